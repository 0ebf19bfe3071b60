// The pitch of each frame over time; one frame and itself a lag later; d and d' of that frame with the lag taken.
const RATE = 16000, FRAME = 1024, HOP = 160, LOWEST_HZ = 60, LONGEST = Math.ceil(RATE / LOWEST_HZ);
const PERIODIC = 0.2, HALF_OCTAVE = 0.5;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), frames = framesOf(clip), end = clip.length / RATE;
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, frames, end, lagsMs: frames[0].d.map((_, lag) => (1000 * lag) / RATE), memory: new Map(),
    track: ui.plot({ height: 230, share: 3, label: "Pitch over time." }),
    shifted: ui.plot({ height: 200, share: 3, label: "A frame, and the same frame a lag later." }),
    difference: ui.plot({ height: 220, label: "Difference d over the lag." }),
    normalised: ui.plot({ height: 220, label: "Normalised difference d′ over the lag." }),
  };
  lab.track.onDrag(({ x }) => ui.set("position_s", Math.round(100 * clamp(x, 0, end)) / 100));
  lab.normalised.onDrag(({ y }) => ui.set("threshold", Math.round(100 * clamp(y, 0.01, 1)) / 100));
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE }), { follow: false });
  const found = () => ({ signal: glide(pitches(lab).track, clip.length), sampleRate: RATE });
  soundButton(ui, "Hear the pitch found", found, { follow: false });
  const ofFrame = () => ({ signal: steady(hereOf(lab).hz), sampleRate: 48000, loop: true });
  soundButton(ui, "Hear the pitch of this frame", ofFrame);
  return ui.close;
}

function range({ model }) { return { shortest: Math.floor(RATE / model.get("f_max")), longest: LONGEST }; }

// The pitch of one frame by a rule: { hz, lag, aperiodicity }.
function pick(lab, { d, normalised, isSilent }, rule, threshold) {
  const lags = { ...range(lab), threshold: rule.startsWith("the first dip") ? threshold : -1 };
  const { lag, period } = yinPick(d, rule === "the smallest d" ? d : normalised, lags);
  return { lag, hz: isSilent ? NaN : RATE / period, aperiodicity: normalised[lag] };
}

// All frames by the rule that is chosen, and which of them are off.
function pitches(lab) {
  const [rule, threshold, fMax] = valuesOf(lab.model, "rule", "threshold", "f_max");
  return latest(lab.memory, "pitches", `${rule} ${threshold} ${fMax}`, () => {
    const { isPeriodic, smooth } = latest(lab.memory, "steady", fMax, () => steadyTrack(lab));
    const track = lab.frames.map((frame, m) => (isPeriodic[m] ? pick(lab, frame, rule, threshold).hz : NaN));
    const isOff = track.map((hz, m) => Math.abs(Math.log2(hz / smooth[m])) >= HALF_OCTAVE);
    return { isPeriodic, smooth, track, isOff };
  });
}

// Which frames are periodic, and the pitch that does not jump.
function steadyTrack(lab) {
  const careful = lab.frames.map((frame) => pick(lab, frame, "the first dip", 0.1));
  const isPeriodic = careful.map(({ hz, aperiodicity }) => hz > 0 && aperiodicity < PERIODIC);
  return { isPeriodic, smooth: medianOf(15, careful.map(({ hz }) => hz)) };
}

function frameNumber({ model, frames }) { return frameAt(model.get("position_s"), frames.length, HOP, RATE); }

function hereOf(lab) { return pick(lab, lab.frames[frameNumber(lab)], ...valuesOf(lab.model, "rule", "threshold")); }

function draw(lab) {
  const m = frameNumber(lab), frame = lab.frames[m], here = hereOf(lab), { isOff, isPeriodic } = pitches(lab);
  const nOff = isOff.filter(Boolean).length, nPeriodic = isPeriodic.filter(Boolean).length;
  drawTrack(lab, m);
  drawShifted(lab, frame, here);
  const relative = frame.d.map((value) => value / frame.most);
  drawLags(lab, lab.difference, relative, here, { label: "d re maximum", title: "difference d" });
  const words = { label: "d′", title: "d′: d over its mean so far", withThreshold: true };
  drawLags(lab, lab.normalised, frame.normalised, here, words);
  const one = Number.isNaN(here.hz) ? "silence"
    : `a lag of ${inMs(here.lag)}, ${here.hz.toFixed(1)} Hz, d′ = ${here.aperiodicity.toFixed(2)}`;
  const wrong = `Half an octave or more off: ${nOff} of ${nPeriodic} periodic frames.`;
  const outcome = `Frame at ${((m * HOP) / RATE).toFixed(2)} s: ${one}. ${wrong}`;
  lab.ui.say(outcome);
  lab.track.describe(`Pitch over time. ${outcome}`);
}

function drawTrack(lab, m) {
  const { track } = lab, { track: found, smooth, isOff, isPeriodic } = pitches(lab);
  const times = found.map((_, i) => (i * HOP) / RATE);
  track.frame({
    x: { low: 0, high: lab.end, label: "time in s" },
    y: { low: LOWEST_HZ * 0.9, high: 1100, log: true, label: "pitch in Hz" },
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

function drawShifted({ clip, shifted }, { start }, { lag }) {
  const length = Math.round(0.025 * RATE), at = Float64Array.from({ length }, (_, n) => (1000 * n) / RATE);
  const [first, second] = [0, lag].map((shift) => at.map((_, n) => clip[start + shift + n] ?? 0));
  const high = 1.1 * peakOf([...first, ...second], 1e-3);
  shifted.frame({
    x: { low: 0, high: 25, label: "time within the frame in ms" }, y: { low: -high, high, label: "amplitude" },
    title: `lag ${inMs(lag)}`, legend: [["x[n]", 0], ["x[n + τ]", 1, [8, 5]]],
  });
  shifted.line(at, first, { colour: 0, width: 1.5 });
  shifted.line(at, second, { colour: 1, dash: [8, 5] });
  shifted.describe(`The frame, and the same frame ${inMs(lag)} later: the better they agree, the smaller d.`);
}

function drawLags(lab, plot, values, { lag }, { label, title, withThreshold = false }) {
  const { lagsMs } = lab, { shortest } = range(lab);
  const high = withThreshold ? 1.05 * clamp(largestOf(values), 1.2, 3) : 1.05;
  const words = withThreshold ? [["threshold", "ink", [6, 4]]] : [];
  plot.frame({
    x: { low: 0, high: lagsMs.at(-1), label: "lag in ms" }, y: { low: 0, high, label },
    title, legend: [...words, ["lag taken", 1, [2, 3]]],
  });
  plot.line(lagsMs.slice(0, shortest + 1), values.slice(0, shortest + 1), { colour: "faint", width: 1 });
  plot.line(lagsMs.slice(shortest), values.slice(shortest), { colour: 0 });
  if (withThreshold) plot.horizontal(lab.model.get("threshold"), { colour: "ink" });
  plot.vertical(lagsMs[lag], { colour: 1, dash: [2, 3] });
  plot.points([lagsMs[lag]], [values[lag]], { colour: 1, radius: 5 });
  const taken = `taken: ${inMs(lag)}, where it is ${values[lag].toFixed(2)}`;
  plot.describe(`${title} over lags up to ${inMs(LONGEST)}; ${taken}.`);
}

const inMs = (lag) => `${((1000 * lag) / RATE).toFixed(2)} ms`;

// d and d' of frames centred on every hop, zeros beyond the ends.
function framesOf(clip) {
  return Array.from({ length: 1 + Math.floor(clip.length / HOP) }, (_, m) => {
    const start = m * HOP - FRAME / 2, frame = Float64Array.from({ length: FRAME }, (_, n) => clip[start + n] ?? 0);
    const d = yinDifference(frame, LONGEST + 2), most = largestOf(d);
    return { start, d, normalised: yinNormalise(d), most: most || 1, isSilent: most === 0 };
  });
}

// Running median of an odd number of values; at the ends the last value is repeated.
function medianOf(width, values) {
  const half = (width - 1) / 2, at = (i) => values[clamp(i, 0, values.length - 1)] || 0;
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
