// The weights of both phases, the gain of the filter and of its images, and a sweep that comes back down as an image.
const OLD_RATE = 48000, NEW_RATE = 32000, FINE_RATE = 96000, N_FINE = 4096; // every input and output instant is at 96 kHz
const LOW_HZ = 7000, HIGH_HZ = 24000, SHOWN_S = 0.5, HEARD_S = 2, LEVEL = 0.15;
const SWEEP_FFT = { nFft: 512, hop: 128 }, SWEEP_FLOOR_DB = -100, GAIN_FLOOR_DB = -120;
const IMAGE_FROM_HZ = 18000, LOSS_AT_HZ = 14000; // where the table of the lecture measures

function render({ model, el }) {
  const shownSweep = sweep(SHOWN_S);
  let known = "", kernel = null, fine = null, picture = null;

  const ui = explorable(model, el, draw);
  const weights = ui.plot({ height: 240, label: "Weights of the filter." });
  const gain = ui.plot({ height: 240, share: 1.7, label: "Gain of the filter and its images." });
  const glide = ui.plot({ height: 220, share: 3, label: "Sweep after resampling." });
  gain.onDrag(({ x }) => ui.set("rolloff", Math.min(1, Math.max(0.6, Math.round((100 * x) / 16) / 100))));
  soundButton(ui, "Hear it at 32 kHz", () => ({ signal: resample(sweep(HEARD_S), options()), sampleRate: NEW_RATE }));
  soundButton(ui, "Hear the sweep", () => ({ signal: sweep(HEARD_S), sampleRate: OLD_RATE }), { follow: false });
  return ui.close;

  function options() {
    const [width, rolloff, win] = ["lowpass_filter_width", "rolloff", "window"].map((name) => model.get(name));
    return { fromRate: OLD_RATE, toRate: NEW_RATE, width, rolloff, win };
  }

  // What follows from the settings is computed once for each of them.
  function renew() {
    const key = JSON.stringify(options());
    if (key === known) return;
    known = key;
    kernel = resampleKernel(options());
    fine = fineKernel(kernel);
    const { values, nFrames, nBins } = spectrogram(resample(shownSweep, options()), SWEEP_FFT);
    picture = heatmap(powerToDb(values, SWEEP_FLOOR_DB), nFrames, nBins, SWEEP_FLOOR_DB, 0);
  }

  function draw() {
    renew();
    const gains = rfft(fine.padded).re.map((value) => Math.abs(value) / 2);
    const at = (hz) => Math.round((hz * N_FINE) / FINE_RATE);
    let image = 0;
    for (let bin = at(IMAGE_FROM_HZ); bin < at(HIGH_HZ); bin++) {
      image = Math.max(image, Math.hypot(gains[bin], gains[at(OLD_RATE) - bin]));
    }
    const imageDb = 20 * Math.log10(Math.max(image, 1e-6)), lossDb = -20 * Math.log10(gainAt(fine, LOSS_AT_HZ));
    drawWeights();
    drawGain(gains, at(1000), imageDb);
    drawGlide();
    const nProducts = kernel.values.reduce((count, value) => count + (value !== 0), 0) / kernel.nPhases;
    const words = `Image from 18 kHz on: ${imageDb <= -119.95 ? "below −120" : minus(imageDb.toFixed(1))} dB. Loss at 14 kHz: `
      + `${minus((Math.round(10 * lossDb) / 10 || 0).toFixed(1))} dB. ${nProducts} products a sample.`;
    ui.say(words);
    gain.describe(words);
    glide.describe(`A line rises from 8 to 16 kHz; where the sweep has passed 16 kHz, an image runs down. ${words}`);
  }

  function drawWeights() {
    const { values, nPhases, nTaps, reach } = kernel;
    const reachMs = (1000 * reach) / OLD_RATE, side = [0.1, 0.25, 0.5, 1, 1.5, 2.2, 3, 4].find((end) => end >= reachMs);
    weights.frame({
      x: { low: -side, high: side, label: "time from the output sample in ms" }, y: { low: -0.2, high: 0.75, label: "weight" },
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

  function drawGain(gains, binsPerKhz, imageDb) {
    gain.frame({
      x: { low: 0, high: 24, label: "frequency that goes in, in kHz" }, y: { low: GAIN_FLOOR_DB, high: 10, label: "gain in dB" },
      legend: [["passes", 0], ["image 32−f", 1, [8, 5]], ["image f−16", 2, [2, 3]]],
    });
    const khz = Float64Array.from({ length: Math.floor(24 * binsPerKhz) + 1 }, (_, bin) => (bin * FINE_RATE) / N_FINE / 1000);
    const db = Float64Array.from(gains, (value) => 20 * Math.log10(value + 1e-9));
    const mirrored = khz.map((_, bin) => db[N_FINE / 2 - bin]); // 48 kHz − f
    const passing = khz.filter((f) => f <= 16).length;
    gain.line(khz, mirrored, { colour: 2, width: 1.5, dash: [2, 3] });
    gain.line(khz.subarray(0, passing), db.subarray(0, passing), { colour: 0 });
    gain.line(khz.subarray(passing - 1), db.subarray(passing - 1, khz.length), { colour: 1, dash: [8, 5] });
    gain.vertical(16, { colour: "faint", width: 1, dash: [] });
    gain.vertical(16 * model.get("rolloff"), { colour: "ink", width: 1.5, dash: [4, 4] });
    gain.points([18], [Math.max(imageDb, GAIN_FLOOR_DB + 2)], { colour: 1, radius: 6 });
  }

  function drawGlide() {
    const inKhz = (s) => (LOW_HZ + ((HIGH_HZ - LOW_HZ) * s) / SHOWN_S) / 1000, { hop } = SWEEP_FFT;
    glide.frame({
      x: { low: 8, high: 24, label: "the sweep that goes in, in kHz" }, y: { low: 0, high: 16, label: "comes out in kHz" },
      title: `the sweep at 32 kHz in dB re its loudest, black is ${minus(SWEEP_FLOOR_DB)} dB`,
    });
    glide.image(picture, { x0: inKhz(-hop / 2 / NEW_RATE), x1: inKhz(((picture.width - 0.5) * hop) / NEW_RATE) });
    glide.vertical(16, { colour: "#ffffff", width: 1 });
  }
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

const minus = (number) => `${number}`.replace("-", "−");

export default { render };
