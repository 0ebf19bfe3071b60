// The membrane's motion over place and time; and one place of it, over frequency and over time, against a mel band.
const RATE = 16000, N_PLACES = 64, LOW_HZ = 80, HIGH_HZ = 7000, N_WINDOW = 512, N_SHORT = 800, START = 80;
const LOW_ERB = hzToErbRate(LOW_HZ), HIGH_ERB = hzToErbRate(HIGH_HZ);
const PLACES_HZ = Float64Array.from({ length: N_PLACES }, (_, i) =>
  erbRateToHz(LOW_ERB + ((HIGH_ERB - LOW_ERB) * i) / (N_PLACES - 1)));
const SWEEP_HZ = Float64Array.from({ length: 240 }, (_, i) => LOW_HZ * (HIGH_HZ / LOW_HZ) ** (i / 239));
const TICKS_HZ = [100, 200, 500, 1000, 2000, 5000];
const PLACE_AXIS = {
  low: LOW_ERB, high: HIGH_ERB, label: "place in Hz, ERB scale",
  ticks: TICKS_HZ.map(hzToErbRate), format: (erb) => labelOf(Math.round(erbRateToHz(erb))),
};
const HZ_AXIS = { low: LOW_HZ, high: HIGH_HZ, log: true, label: "tone in Hz", ticks: TICKS_HZ };

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), memory = new Map();
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, memory,
    membrane: ui.plot({ height: 270, share: 3, label: "Motion of the membrane over place and time." }),
    across: ui.plot({ height: 230, label: "Response of one place over frequency." }),
    along: ui.plot({ height: 230, label: "Level at one place over time." }),
  };
  lab.membrane.onDrag(({ y }) => ui.set("place_hz", hertz(erbRateToHz(y))));
  lab.across.onDrag(({ x }) => ui.set("frequency_hz", hertz(x)));
  // After the event: JupyterLab's models lose the redraw of a change within which another one is made.
  ui.on("frequency_hz", () => queueMicrotask(() => ui.set("sound", "tone")));
  ui.on("gap_ms", () => queueMicrotask(() => ui.set("sound", "two clicks")));
  soundButton(ui, "Hear the sound", () => ({ signal: toHear(lab), sampleRate: RATE, loop: isShort(lab) }));
  const place = () => ({ signal: heardAtPlace(lab).signal, sampleRate: RATE, loop: isShort(lab) });
  soundButton(ui, "Hear this place", place);
  return ui.close;
}

const hertz = (value) => Math.round(clamp(value, LOW_HZ, HIGH_HZ));

function isShort({ model }) { return model.get("sound") !== "clip"; }

function soundKey({ model }) {
  const [sound, hz, gapMs] = valuesOf(model, "sound", "frequency_hz", "gap_ms");
  return sound + { tone: hz, "two clicks": gapMs, clip: "" }[sound];
}

// A tone or two clicks from sample `start` on.
function shortSound(lab, length, start) {
  const out = new Float64Array(length), [sound, hz] = valuesOf(lab.model, "sound", "frequency_hz");
  if (sound === "tone") {
    for (let n = start; n < length; n++) out[n] = 0.3 * Math.sin((2 * Math.PI * ((hz * (n - start)) % RATE)) / RATE);
  } else out[start] = out[start + secondClick(lab)] = 0.5;
  return out;
}

function secondClick({ model }) { return Math.round((model.get("gap_ms") * RATE) / 1000); }

function pictured(lab) { return isShort(lab) ? shortSound(lab, N_SHORT + N_WINDOW / 2, START) : lab.clip; }

// One second of a tone, or clicks twice a second, go round in a loop.
function toHear(lab) {
  if (!isShort(lab)) return lab.clip;
  return lab.model.get("sound") === "tone" ? shortSound(lab, RATE, 0) : shortSound(lab, RATE / 2, START);
}

// At the place's own level, or raised to that of the whole sound by 20 dB at most.
function heardAtPlace(lab) {
  const whole = toHear(lab), n = whole.length, hz = lab.model.get("place_hz");
  const out = !isShort(lab) ? gammatoneFilter(whole, hz, RATE)
    : gammatoneFilter(Float64Array.from({ length: 2 * n }, (_, i) => whole[i % n]), hz, RATE).slice(n);
  const gain = clamp(rmsOf(whole) / (rmsOf(out) + 1e-30), 1, 10);
  return { signal: out.map((value) => gain * value), gainDb: 20 * Math.log10(gain) };
}

function draw(lab) {
  const [hz, sound] = valuesOf(lab.model, "place_hz", "sound");
  const x = latest(lab.memory, "signal", soundKey(lab), () => pictured(lab));
  const time = isShort(lab) ? { low: 0, high: 50, label: "time in ms" }
    : { low: 0, high: x.length / RATE, label: "time in s" };
  drawMembrane(lab, x, hz, time);
  drawAcross(lab, hz);
  const [gammatone, mel] = drawAlong(lab, x, hz, time);
  const tell = { tone: toneWords, "two clicks": clickWords, clip: clipWords }[sound];
  const outcome = tell(lab, hz, gammatone, mel), erb = erbBandwidthHz(hz).toFixed(0);
  lab.ui.say(`The place of ${labelOf(hz)} Hz has a bandwidth of ${erb} Hz (its ERB). ${outcome}`);
  lab.along.describe(`Level at the place of ${hz} Hz over time. ${outcome}`);
}

function drawMembrane(lab, x, hz, time) {
  const { membrane, memory } = lab, length = isShort(lab) ? 2 : RATE / 200;
  const { picture, nFrames } = latest(memory, "membrane", soundKey(lab), () => membranePicture(x, length));
  membrane.frame({ x: time, y: PLACE_AXIS, title: "motion, rectified, compressed: black 0, bright most" });
  membrane.image(picture, { x0: 0, x1: time.high });
  membrane.horizontal(hzToErbRate(hz), { colour: "#ffffff", dash: [6, 4] });
  const answers = lab.model.get("sound") === "two clicks" ? ": low places answer later and longer" : "";
  membrane.describe(`Motion over place and time, ${nFrames} moments${answers}. Marked: ${hz} Hz.`);
}

function drawAcross({ model, across }, hz) {
  const isTone = model.get("sound") === "tone";
  const [gammatone, band] = [gammatonePower(hz, SWEEP_HZ, RATE), melBandPower(hz, SWEEP_HZ)];
  across.frame({
    x: HZ_AXIS, y: { low: -40, high: 3, label: "response in dB" }, title: `the place of ${labelOf(hz)} Hz`,
    legend: [["gammatone", 0], ["mel band", 1, [8, 5]], ...(isTone ? [["tone", "ink", [2, 3]]] : [])],
  });
  across.line(SWEEP_HZ, band.map((power) => decibels(power)), { colour: 1, dash: [8, 5] });
  across.line(SWEEP_HZ, gammatone.map((power) => decibels(power)), { colour: 0 });
  if (isTone) across.vertical(model.get("frequency_hz"), { colour: "ink", dash: [2, 3] });
  const what = `Response of the place of ${hz} Hz to tones, and that of the mel band there`;
  across.describe(`${what}; both are 0 dB at the centre.`);
}

// Levels over time, each re its own maximum: [times, decibels] of the place and of the mel band.
function drawAlong(lab, x, hz, time) {
  const { along } = lab, isFine = isShort(lab), unit = isFine ? 1000 : 1;
  const frame = RATE / 200, hop = isFine ? RATE / 1000 : frame;
  const { values, nBins, nFrames } = latest(lab.memory, "stft", soundKey(lab),
    () => spectrogram(x, { nFft: N_WINDOW, hop }));
  const y = gammatoneFilter(x, hz, RATE);
  const level = isFine ? envelopePower(y).slice(0, N_SHORT) : frameMeans(y.map((value) => value * value), frame);
  const times = level.map((_, n) => (unit * (isFine ? n : (n + 0.5) * frame)) / RATE);
  const band = melWeights(hz), course = new Float64Array(nFrames);
  for (let m = 0; m < nFrames; m++) for (const [k, weight] of band) course[m] += weight * values[m * nBins + k];
  const places = course.map((_, m) => (unit * m * hop) / RATE);
  const [levelDb, courseDb] = [powerToDb(level, -60), powerToDb(course, -60)];
  along.frame({
    x: time, y: { low: -40, high: 3, label: "level in dB re max." },
    title: "the same place", legend: [["gammatone", 0], ["mel band", 1, [8, 5]]],
  });
  along.line(places, courseDb, { colour: 1, dash: [8, 5] });
  along.line(times, levelDb, { colour: 0 });
  return [levelDb, courseDb];
}

function toneWords({ model }, hz) {
  const tone = Float64Array.of(model.get("frequency_hz"));
  const [place, band] = [gammatonePower(hz, tone, RATE), melBandPower(hz, tone)].map(([power]) => decibels(power));
  return `A tone of ${labelOf(tone[0])} Hz reaches it with ${inDb(place)}, and the mel band there with ${inDb(band)}.`;
}

function clickWords(lab, hz, gammatone, mel) {
  const middle = START + secondClick(lab) / 2, lag = (3 * RATE) / (2 * Math.PI * 1.019 * erbBandwidthHz(hz));
  const valley = valleyDb(gammatone, middle + lag), valleyMel = valleyDb(mel, (middle * 1000) / RATE);
  const verdict = (db) => (db < -40 ? "two, with silence between them"
    : db < -3 ? `two, ${inDb(db)} between them` : "one");
  const apart = `${lab.model.get("gap_ms")} ms apart`;
  return `The clicks, ${apart}, are ${verdict(valley)}; in the mel band they are ${verdict(valleyMel)}.`;
}

function clipWords(lab, hz) {
  const { clip } = lab;
  const { passed, gainDb } = latest(lab.memory, "passed", hz, () => ({
    passed: decibels(powerOf(gammatoneFilter(clip, hz, RATE)) / powerOf(clip)), gainDb: heardAtPlace(lab).gainDb,
  }));
  return `What it passes on has ${inDb(passed)} re the clip, and is played ${gainDb.toFixed(0)} dB louder than that.`;
}

const inDb = (db) => (db < -60 ? "less than −60 dB" : `${signed(db, 0)} dB`);

// Mean of each whole frame.
function frameMeans(x, length) {
  return Float64Array.from({ length: Math.floor(x.length / length) }, (_, m) => {
    let sum = 0;
    for (let n = m * length; n < (m + 1) * length; n++) sum += x[n];
    return sum / length;
  });
}

// (mean max(y, 0))^0.3 of each place over frames, re its maximum.
function membranePicture(x, length) {
  const part = length === 2 ? x.subarray(0, N_SHORT) : x, nFrames = Math.floor(part.length / length);
  const values = new Float64Array(nFrames * N_PLACES);
  PLACES_HZ.forEach((hz, place) => {
    const motion = gammatoneFilter(part, hz, RATE);
    for (let n = 0; n < nFrames * length; n++) {
      if (motion[n] > 0) values[Math.floor(n / length) * N_PLACES + place] += motion[n] / length;
    }
  });
  let most = 1e-30;
  for (let i = 0; i < values.length; i++) {
    values[i] = values[i] ** 0.3;
    if (values[i] > most) most = values[i];
  }
  return { picture: heatmap(values, nFrames, N_PLACES, 0, most), nFrames };
}

// Squared envelope: the frequencies below zero are left out, which leaves a signal that turns round without swinging.
function envelopePower(x) {
  const size = 2 ** Math.ceil(Math.log2(x.length)), re = new Float64Array(size), im = new Float64Array(size);
  re.set(x);
  fft(re, im);
  for (let k = 1; k < size / 2; k++) [re[k], im[k]] = [2 * re[k], 2 * im[k]];
  re.fill(0, size / 2 + 1);
  im.fill(0, size / 2 + 1);
  ifft(re, im);
  return Float64Array.from(x, (_, n) => re[n] * re[n] + im[n] * im[n]);
}

// The bins of the mel band with its centre at a frequency, of 64 bands up to 8 kHz, and the triangle's weight on each.
function melWeights(hz) {
  const step = hzToMel(RATE / 2) / 65, mel = hzToMel(hz), binHz = RATE / N_WINDOW, weights = [];
  const [left, right] = [melToHz(Math.max(0, mel - step)), melToHz(mel + step)];
  for (let k = Math.ceil(left / binHz); k * binHz < right; k++) {
    weights.push([k, Math.min((k * binHz - left) / (hz - left), (right - k * binHz) / (right - hz))]);
  }
  return weights.filter(([k, weight]) => weight > 0 && k <= N_WINDOW / 2);
}

// Power of the band for tones, re one at its centre: the triangle over bins that the Hann window has widened.
function melBandPower(hz, frequenciesHz) {
  const weights = melWeights(hz);
  const lobe = (x) => (Math.abs(Math.abs(x) - 1) < 1e-9 ? 0.25 : (sinc(x) / (1 - x * x)) ** 2);
  const power = (f) => weights.reduce((sum, [k, weight]) => sum + weight * lobe((f * N_WINDOW) / RATE - k), 0);
  const atCentre = power(hz);
  return frequenciesHz.map((f) => power(f) / atCentre);
}

// How far the level falls between the highest point before `middle` and the highest one after it.
function valleyDb(level, middle) {
  const peak = (from, to) => {
    let best = from;
    for (let n = from; n < to; n++) if (level[n] > level[best]) best = n;
    return best;
  };
  const split = Math.min(level.length - 1, Math.round(middle));
  const left = peak(0, split), right = peak(split, level.length);
  let lowest = Infinity;
  for (let n = left; n <= right; n++) lowest = Math.min(lowest, level[n]);
  return lowest - Math.min(level[left], level[right]);
}

export default { render };
