// The pitch of each frame over time; one frame and itself a lag later; d and d' of that frame with the lag that is taken.
const RATE = 16000, FRAME = 1024, HOP = 160, LOWEST_HZ = 60, LONGEST = Math.ceil(RATE / LOWEST_HZ);
const PERIODIC = 0.2, HALF_OCTAVE = 0.5;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), frames = framesOf(clip), lagsMs = frames[0].d.map((_, lag) => (1000 * lag) / RATE);
  const ui = explorable(model, el, draw);
  const track = ui.plot({ height: 230, share: 3, label: "Pitch over time." });
  const shifted = ui.plot({ height: 200, share: 3, label: "A frame, and the same frame a lag later." });
  const difference = ui.plot({ height: 220, label: "Difference d over the lag." });
  const normalised = ui.plot({ height: 220, label: "Normalised difference d′ over the lag." });
  let known = { key: null };

  const end = clip.length / RATE;
  track.onDrag(({ x }) => ui.set("position_s", Math.round(100 * Math.min(end, Math.max(0, x))) / 100));
  normalised.onDrag(({ y }) => ui.set("threshold", Math.round(100 * Math.min(1, Math.max(0.01, y))) / 100));
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE }), { follow: false });
  const found = () => ({ signal: glide(pitches().track, clip.length), sampleRate: RATE });
  soundButton(ui, "Hear the pitch found", found, { follow: false });
  soundButton(ui, "Hear the pitch of this frame", () => ({ signal: steady(hereOf().hz), sampleRate: 48000, loop: true }));
  return ui.close;

  function range() { return { shortest: Math.floor(RATE / model.get("f_max")), longest: LONGEST }; }

  // The pitch of one frame by a rule: { hz, lag, aperiodicity }.
  function pick({ d, normalised: relative, isSilent }, rule, threshold) {
    const lags = range(), isLast = rule.startsWith("the first dip");
    const { lag, period } = yinPick(d, rule === "the smallest d" ? d : relative, { ...lags, threshold: isLast ? threshold : -1 });
    return { lag, hz: isSilent ? NaN : RATE / period, aperiodicity: relative[lag] };
  }

  // All frames by the rule that is chosen, and which of them are off; remembered until rule, threshold or range change.
  function pitches() {
    const [rule, threshold, fMax] = ["rule", "threshold", "f_max"].map((name) => model.get(name));
    const key = `${rule} ${threshold} ${fMax}`;
    if (known.key === key) return known;
    if (known.fMax !== fMax) {
      const careful = frames.map((frame) => pick(frame, "the first dip", 0.1));
      const isPeriodic = careful.map((one) => one.hz > 0 && one.aperiodicity < PERIODIC);
      known = { fMax, isPeriodic, smooth: medianOf(15, careful.map((one) => one.hz)) };
    }
    const { isPeriodic, smooth } = known;
    const found = frames.map((frame, m) => (isPeriodic[m] ? pick(frame, rule, threshold).hz : NaN));
    const isOff = found.map((hz, m) => Math.abs(Math.log2(hz / smooth[m])) >= HALF_OCTAVE);
    known = { key, fMax, isPeriodic, smooth, track: found, isOff };
    return known;
  }

  function frameNumber() { return Math.min(frames.length - 1, Math.round((model.get("position_s") * RATE) / HOP)); }
  function hereOf() { return pick(frames[frameNumber()], model.get("rule"), model.get("threshold")); }

  function draw() {
    const m = frameNumber(), frame = frames[m], here = hereOf(), { isOff, isPeriodic } = pitches();
    const nOff = isOff.filter(Boolean).length, nPeriodic = isPeriodic.filter(Boolean).length;
    drawTrack(m);
    drawShifted(frame, here);
    drawLags(difference, frame.d.map((value) => value / frame.most), here, { label: "d re maximum", title: "difference d" });
    drawLags(normalised, frame.normalised, here, { label: "d′", title: "d′: d over its mean so far", withThreshold: true });
    const one = Number.isNaN(here.hz) ? "silence"
      : `a lag of ${inMs(here.lag)}, ${here.hz.toFixed(1)} Hz, d′ = ${here.aperiodicity.toFixed(2)}`;
    const wrong = `Half an octave or more off: ${nOff} of ${nPeriodic} periodic frames.`;
    const outcome = `Frame at ${((m * HOP) / RATE).toFixed(2)} s: ${one}. ${wrong}`;
    ui.say(outcome);
    track.describe(`Pitch over time. ${outcome}`);
  }

  function drawTrack(m) {
    const { track: found, smooth, isOff, isPeriodic } = pitches(), times = found.map((_, i) => (i * HOP) / RATE);
    track.frame({
      x: { low: 0, high: end, label: "time in s" }, y: { low: LOWEST_HZ * 0.9, high: 1100, log: true, label: "pitch in Hz" },
      title: "dots: pitch found; rings: half an octave or more off", legend: [["the steady track", 2, [8, 5]]],
    });
    const only = (keep) => [times.filter((_, i) => keep(i)), found.filter((_, i) => keep(i))];
    for (const [from, to] of stretches(isPeriodic)) {
      track.line(times.slice(from, to), smooth.slice(from, to), { colour: 2, dash: [8, 5], width: 3 });
    }
    track.points(...only((i) => found[i] > 0 && !isOff[i]), { colour: 0, radius: 2.5 });
    track.points(...only((i) => isOff[i]), { colour: 1, radius: 5, hollow: true });
    track.vertical(times[m], { colour: "ink", dash: [] });
  }

  function drawShifted({ start }, { lag }) {
    const length = Math.round(0.025 * RATE), at = Float64Array.from({ length }, (_, n) => (1000 * n) / RATE);
    const [first, second] = [0, lag].map((shift) => at.map((_, n) => clip[start + shift + n] ?? 0));
    const high = 1.1 * Math.max(1e-3, ...first.map(Math.abs), ...second.map(Math.abs));
    shifted.frame({
      x: { low: 0, high: 25, label: "time within the frame in ms" }, y: { low: -high, high, label: "amplitude" },
      title: `lag ${inMs(lag)}`, legend: [["x[n]", 0], ["x[n + τ]", 1, [8, 5]]],
    });
    shifted.line(at, first, { colour: 0, width: 1.5 });
    shifted.line(at, second, { colour: 1, dash: [8, 5] });
    shifted.describe(`The frame, and the same frame ${inMs(lag)} later: the better they agree, the smaller d.`);
  }

  function drawLags(plot, values, { lag }, { label, title, withThreshold = false }) {
    const high = withThreshold ? 1.05 * Math.min(3, Math.max(1.2, ...values)) : 1.05, { shortest } = range();
    const words = withThreshold ? [["threshold", "ink", [6, 4]]] : [];
    plot.frame({
      x: { low: 0, high: lagsMs.at(-1), label: "lag in ms" }, y: { low: 0, high, label },
      title, legend: [...words, ["lag taken", 1, [2, 3]]],
    });
    plot.line(lagsMs.slice(0, shortest + 1), values.slice(0, shortest + 1), { colour: "faint", width: 1 });
    plot.line(lagsMs.slice(shortest), values.slice(shortest), { colour: 0 });
    if (withThreshold) plot.horizontal(model.get("threshold"), { colour: "ink" });
    plot.vertical(lagsMs[lag], { colour: 1, dash: [2, 3] });
    plot.points([lagsMs[lag]], [values[lag]], { colour: 1, radius: 5 });
    plot.describe(`${title} over lags up to ${inMs(LONGEST)}; taken: ${inMs(lag)}, where it is ${values[lag].toFixed(2)}.`);
  }
}

const inMs = (lag) => `${((1000 * lag) / RATE).toFixed(2)} ms`;

// d and d' of frames centred on every hop, zeros beyond the ends.
function framesOf(clip) {
  return Array.from({ length: 1 + Math.floor(clip.length / HOP) }, (_, m) => {
    const start = m * HOP - FRAME / 2, frame = Float64Array.from({ length: FRAME }, (_, n) => clip[start + n] ?? 0);
    const d = yinDifference(frame, LONGEST + 2), most = d.reduce((high, value) => Math.max(high, value), 0);
    return { start, d, normalised: yinNormalise(d), most: most || 1, isSilent: most === 0 };
  });
}

// Running median of an odd number of values; at the ends the last value is repeated.
function medianOf(width, values) {
  const half = (width - 1) / 2, at = (i) => values[Math.min(values.length - 1, Math.max(0, i))] || 0;
  return values.map((_, i) => Array.from({ length: width }, (_, k) => at(i + k - half)).sort((a, b) => a - b)[half]);
}

// [from, to) of each run of true.
function stretches(flags) {
  const runs = [];
  flags.forEach((flag, i) => {
    if (flag && !flags[i - 1]) runs.push([i, i + 1]);
    else if (flag) runs.at(-1)[1] = i + 1;
  });
  return runs;
}

// A tone that follows the pitches; where there is none it fades away.
function glide(hzOfFrames, length) {
  const out = new Float64Array(length);
  let phase = 0, level = 0;
  for (let n = 0; n < length; n++) {
    const hz = hzOfFrames[Math.min(hzOfFrames.length - 1, Math.round(n / HOP))], isThere = hz > 0;
    level += ((isThere ? 0.2 : 0) - level) / 80; // 5 ms
    if (isThere) phase += hz / RATE;
    out[n] = level * Math.sin(2 * Math.PI * (phase % 1));
  }
  return out;
}

// A whole number of periods at 48 kHz, about a second; silence if there is no pitch.
function steady(hz) {
  if (!(hz > 0)) return new Float64Array(48000);
  const nPeriods = Math.round(hz), length = Math.round((48000 * nPeriods) / hz);
  return Float64Array.from({ length }, (_, n) => 0.2 * Math.sin((2 * Math.PI * nPeriods * n) / length));
}

export default { render };
