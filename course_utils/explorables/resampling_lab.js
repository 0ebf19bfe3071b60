// The weights of both phases, the gain of the filter and of its aliases, and a sweep that comes back down as an alias.
const OLD_RATE = 48000, NEW_RATE = 32000, FINE_RATE = 96000, N_FINE = 4096; // all instants of both are at 96 kHz
const LOW_HZ = 7000, HIGH_HZ = 24000, SHOWN_S = 0.5, HEARD_S = 2, LEVEL = 0.15;
const SWEEP_FFT = { nFft: 512, hop: 128 }, SWEEP_FLOOR_DB = -100, GAIN_FLOOR_DB = -120;
const ALIAS_FROM_HZ = 18000, LOSS_AT_HZ = 14000; // where the table of the lecture measures

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, shownSweep: sweep(SHOWN_S), memory: new Map(),
    weights: ui.plot({ height: 240, label: "Weights of the filter." }),
    gain: ui.plot({ height: 240, share: 1.7, label: "Gain of the filter and its aliases." }),
    glide: ui.plot({ height: 220, share: 3, label: "Sweep after resampling." }),
  };
  lab.gain.onDrag(({ x }) => ui.set("rolloff", clamp(Math.round((100 * x) / 16) / 100, 0.6, 1)));
  const resampled = () => ({ signal: resample(sweep(HEARD_S), settings(lab)), sampleRate: NEW_RATE });
  soundButton(ui, "Hear it at 32 kHz", resampled);
  soundButton(ui, "Hear the sweep", () => ({ signal: sweep(HEARD_S), sampleRate: OLD_RATE }), { follow: false });
  return ui.close;
}

function settings({ model }) {
  const [width, rolloff, win] = valuesOf(model, "lowpass_filter_width", "rolloff", "window");
  return { fromRate: OLD_RATE, toRate: NEW_RATE, width, rolloff, win };
}

// What follows from the settings.
function resampler(lab) {
  const given = settings(lab);
  return latest(lab.memory, "resampler", JSON.stringify(given), () => {
    const kernel = resampleKernel(given);
    const { values, nFrames, nBins } = spectrogram(resample(lab.shownSweep, given), SWEEP_FFT);
    const picture = heatmap(powerToDb(values, SWEEP_FLOOR_DB), nFrames, nBins, SWEEP_FLOOR_DB, 0);
    return { kernel, fine: fineKernel(kernel), picture, nFrames };
  });
}

function draw(lab) {
  const { kernel, fine } = resampler(lab), gains = rfft(fine.padded).re.map((value) => Math.abs(value) / 2);
  const aliasDb = strongestAliasDb(gains), lossDb = -20 * Math.log10(gainAt(fine, LOSS_AT_HZ));
  drawWeights(lab);
  drawGain(lab, gains, aliasDb);
  drawGlide(lab);
  const nProducts = kernel.values.reduce((count, value) => count + (value !== 0), 0) / kernel.nPhases;
  const alias = aliasDb <= -119.95 ? "below −120" : signed(aliasDb, 1);
  const words = `Alias from 18 kHz on: ${alias} dB. Loss at 14 kHz: ${signed(lossDb, 1)} dB. `
    + `${nProducts} products per sample.`;
  lab.ui.say(words);
  lab.gain.describe(words);
  const line = "A line rises from 8 to 16 kHz; where the sweep has passed 16 kHz, what is left of it runs down.";
  lab.glide.describe(`${line} ${words}`);
}

const binOf = (hz) => Math.round((hz * N_FINE) / FINE_RATE);

// Both aliases of a tone together, where they are strongest.
function strongestAliasDb(gains) {
  let alias = 1e-6;
  for (let bin = binOf(ALIAS_FROM_HZ); bin < binOf(HIGH_HZ); bin++) {
    alias = Math.max(alias, Math.hypot(gains[bin], gains[binOf(OLD_RATE) - bin]));
  }
  return 20 * Math.log10(alias);
}

function drawWeights(lab) {
  const { weights } = lab, { kernel: { values, nPhases, nTaps, reach }, fine } = resampler(lab);
  const reachMs = (1000 * reach) / OLD_RATE, side = [0.1, 0.25, 0.5, 1, 1.5, 2.2, 3, 4].find((end) => end >= reachMs);
  weights.frame({
    x: { low: -side, high: side, label: "time from the output sample in ms" },
    y: { low: -0.2, high: 0.75, label: "weight" },
    legend: [["phase 0", 0], ["phase 1", 1, [3, 3]]],
  });
  const ms = Float64Array.from(fine.taps, (_, i) => ((i - fine.middle) * 1000) / FINE_RATE);
  weights.line(ms, fine.taps, { colour: "faint", width: 1 });
  for (let phase = 0; phase < nPhases; phase++) {
    const taps = values.subarray(phase * nTaps, (phase + 1) * nTaps);
    const at = Float64Array.from(taps, (_, tap) => (1000 * (tap - reach)) / OLD_RATE - (1000 * phase) / NEW_RATE);
    weights.points(at, taps, { colour: phase, radius: reachMs > 0.6 ? 2 : 4, hollow: phase === 1 });
  }
  weights.describe(`A windowed sinc that ends ${reachMs.toFixed(2)} ms before and after the output sample.`);
}

function drawGain({ model, gain }, gains, aliasDb) {
  gain.frame({
    x: { low: 0, high: 24, label: "frequency that goes in, in kHz" },
    y: { low: GAIN_FLOOR_DB, high: 10, label: "gain in dB" },
    legend: [["passes", 0], ["alias 32−f", 1, [8, 5]], ["alias f−16", 2, [2, 3]]],
  });
  const length = 24 * binOf(1000) + 1;
  const khz = Float64Array.from({ length }, (_, bin) => (bin * FINE_RATE) / N_FINE / 1000);
  const db = Float64Array.from(gains, (value) => 20 * Math.log10(value + 1e-9));
  const mirrored = khz.map((_, bin) => db[N_FINE / 2 - bin]); // 48 kHz − f
  const passing = khz.filter((f) => f <= 16).length;
  gain.line(khz, mirrored, { colour: 2, width: 1.5, dash: [2, 3] });
  gain.line(khz.subarray(0, passing), db.subarray(0, passing), { colour: 0 });
  gain.line(khz.subarray(passing - 1), db.subarray(passing - 1, khz.length), { colour: 1, dash: [8, 5] });
  gain.vertical(16, { colour: "faint", width: 1, dash: [] });
  gain.vertical(16 * model.get("rolloff"), { colour: "ink", width: 1.5, dash: [4, 4] });
  gain.points([18], [Math.max(aliasDb, GAIN_FLOOR_DB + 2)], { colour: 1, radius: 6 });
}

function drawGlide(lab) {
  const { glide } = lab, { picture, nFrames } = resampler(lab);
  glide.frame({
    x: { low: 8, high: 24, label: "the sweep that goes in, in kHz" },
    y: { low: 0, high: 16, label: "comes out in kHz" },
    title: `the sweep at 32 kHz in dB re its loudest, black is ${labelOf(SWEEP_FLOOR_DB)} dB`,
  });
  const inKhz = (s) => (LOW_HZ + ((HIGH_HZ - LOW_HZ) * s) / SHOWN_S) / 1000;
  const { x0, x1 } = frameSpan(nFrames, SWEEP_FFT.hop, NEW_RATE);
  glide.image(picture, { x0: inKhz(x0), x1: inKhz(x1) });
  glide.vertical(16, { colour: "#ffffff", width: 1 });
}

// A sweep from 7 to 24 kHz, as many hertz in each millisecond.
function sweep(seconds) {
  const slope = (HIGH_HZ - LOW_HZ) / seconds;
  return Float64Array.from({ length: seconds * OLD_RATE }, (_, n) => {
    const t = n / OLD_RATE;
    return LEVEL * Math.sin(2 * Math.PI * (LOW_HZ * t + (slope * t * t) / 2));
  });
}

// Both phases in one row, at 96 kHz: weight j of phase p stands at 2j − 3p. Padded, with its middle first, for the FFT.
function fineKernel({ values, nPhases, nTaps, reach }) {
  const middle = 2 * reach + 3, taps = new Float64Array(2 * middle + 1), padded = new Float64Array(N_FINE);
  for (let phase = 0; phase < nPhases; phase++) {
    for (let tap = 0; tap < nTaps; tap++) {
      const at = 2 * (tap - reach) - 3 * phase, value = values[phase * nTaps + tap];
      if (value !== 0) padded[(at + N_FINE) % N_FINE] = taps[at + middle] = value;
    }
  }
  return { taps, middle, padded };
}

// Gain at one frequency; half the sum, since each phase alone has the gain 1.
const gainAt = ({ taps, middle }, hz) =>
  Math.abs(taps.reduce((sum, tap, i) => sum + tap * Math.cos((2 * Math.PI * hz * (i - middle)) / FINE_RATE), 0)) / 2;

export default { render };
