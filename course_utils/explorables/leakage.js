// A windowed tone: its piece as the DFT repeats it, and its spectrum read on the bins or more densely.
const N = 256, RATE = 16000, TONE_BIN = 40, DENSE = 16, SEAM = 64, LOW_DB = -120;
const WEAK = { bins: 20.3, amplitude: 0.001 };

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, shapes: new Map(), // window, its sum and what its lobes are
    seam: ui.plot({ height: 170, share: 3, label: "The piece, repeated: its end and its beginning." }),
    spectrum: ui.plot({ height: 300, share: 3, label: "Level of the DFT over the bins." }),
  };
  lab.spectrum.onDrag(({ x }) => ui.set("off_bin", Math.round(20 * clamp(x - TONE_BIN, -1, 1)) / 20));
  soundButton(ui, "Hear it repeated", () => repeated(lab));
  return ui.close;
}

function shape({ model, shapes }) {
  const name = model.get("window");
  return once(shapes, name, () => {
    const weights = windowOf(name, N), sum = sumOf(weights);
    return { weights, sum, ...lobesOf(weights, sum) };
  });
}

function piece(lab) {
  const [offBin, hasWeak] = valuesOf(lab.model, "off_bin", "weak_tone"), { weights } = shape(lab);
  const turns = TONE_BIN + offBin, weak = hasWeak ? WEAK.amplitude : 0;
  const cosine = (cycles, n) => Math.cos((2 * Math.PI * cycles * n) / N);
  const sample = (n) => weights[n] * (cosine(turns, n) + weak * cosine(turns + WEAK.bins, n));
  return Float64Array.from({ length: N }, (_, n) => sample(n));
}

// As many repetitions as fill whole samples of the sound card, converted between neighbours: no seam but its own.
function repeated(lab) {
  const { sampleRate } = soundOfPage().context, samples = piece(lab);
  const tiles = RATE / greatestCommonDivisor(RATE, N * sampleRate), length = (tiles * N * sampleRate) / RATE;
  const run = Float64Array.from({ length: 3 * tiles * N }, (_, n) => 0.2 * samples[n % N]);
  const signal = RATE === sampleRate ? run : resample(run, { fromRate: RATE, toRate: sampleRate, width: 16 });
  return { signal: Float32Array.from(signal.subarray(length, 2 * length)), sampleRate, loop: true };
}

// dB re amplitude 1, at every 1/padding of a bin.
function levels(lab, samples, padding) {
  const padded = new Float64Array(N * padding), { sum } = shape(lab);
  padded.set(samples);
  return magnitudesOf(rfft(padded)).map((value) => 20 * Math.log10(Math.max((2 * value) / sum, 1e-10)));
}

function draw(lab) {
  const [padding, off, name, hasWeak] = valuesOf(lab.model, "padding", "off_bin", "window", "weak_tone");
  const samples = piece(lab), dense = levels(lab, samples, DENSE), { edge, sideDb } = shape(lab);
  const onBins = dense.filter((_, k) => k % DENSE === 0), highest = Math.max(...onBins);
  const nNear = onBins.filter((db) => db > highest - 60).length;
  drawSeam(lab, samples);
  drawSpectrum(lab, dense, padding, onBins, TONE_BIN + off, edge);
  const weak = hasWeak ? ` The weak tone stands out by ${standsOut(onBins, off).toFixed(0)} dB on the bins.` : "";
  const words = `${name}, ${signed(off, 2)} bins off: the highest bin reads ${signed(highest, 1)} dB; `
    + `${nNear} of the ${onBins.length} bins are within 60 dB of it. `
    + `Main lobe ${(2 * edge).toFixed(1)} bins wide, highest side lobe ${signed(sideDb, 0)} dB.${weak}`;
  lab.ui.say(words);
  const [last, first] = [samples[N - 1], samples[0]].map((value) => value.toFixed(2));
  lab.seam.describe(`End and beginning of the piece side by side, at ${last} and ${first}.`);
  lab.spectrum.describe(`Levels of the bins around ${TONE_BIN}: ${words}`);
}

// How far the weak tone rises above the bins on both sides of it.
function standsOut(onBins, off) {
  const at = Math.round(TONE_BIN + off + WEAK.bins), top = Math.max(onBins[at - 1], onBins[at], onBins[at + 1]);
  return Math.max(0, top - Math.max(onBins[at - 3], onBins[at + 3]));
}

// Between the samples the tone goes on; the window is drawn straight from sample to sample.
function drawSeam(lab, samples) {
  const { seam } = lab;
  seam.frame({
    x: { low: -SEAM / 16, high: SEAM / 16, label: "time from the seam in ms" },
    y: { low: -1.3, high: 1.3, label: "amplitude" },
    title: "end of the piece, seam, beginning of the piece",
  });
  const { weights } = shape(lab), turns = TONE_BIN + lab.model.get("off_bin");
  const weight = (n) => weights[Math.floor(n)] * (1 - (n % 1)) + weights[Math.floor(n + 1) % N] * (n % 1);
  const at = (n) => weight(n) * Math.cos((2 * Math.PI * turns * n) / N);
  const end = Float64Array.from({ length: 4 * SEAM + 1 }, (_, i) => N - SEAM + i / 4);
  const begin = end.map((n) => n - N + SEAM);
  const ys = [...end.map((n) => at(Math.min(n, N - 1e-9))), ...begin.map(at)];
  seam.line([...end.map((n) => (n - N) / 16), ...begin.map((n) => n / 16)], ys, { colour: 0, width: 1.5 });
  seam.vertical(0, { colour: 1, width: 1.5 });
  const near = Float64Array.from({ length: 2 * SEAM + 1 }, (_, i) => i - SEAM);
  seam.points(near.map((n) => n / 16), near.map((n) => samples[(n + N) % N]), { colour: 0, radius: 2.5 });
}

function drawSpectrum({ model, spectrum }, dense, padding, onBins, tone, edge) {
  spectrum.frame({
    x: { low: 22, high: 68, label: `bin (${RATE / N} Hz each)` },
    y: { low: LOW_DB, high: 6, label: "level in dB re amplitude 1" },
    legend: [["on the bins", 0], ...(padding > 1 ? [[`${padding} readings a bin`, 1]] : []),
      ...(model.get("lobes") ? [["between", "faint", [3, 3]]] : [])],
  });
  const places = Float64Array.from(dense, (_, k) => k / DENSE);
  if (model.get("lobes")) {
    spectrum.line(places, dense, { colour: "faint", width: 1.2, dash: [3, 3] });
    spectrum.vertical(tone - edge, { colour: 2, width: 1.5 });
    spectrum.vertical(tone + edge, { colour: 2, width: 1.5, text: "main lobe" });
  }
  const read = dense.filter((_, k) => k % (DENSE / padding) === 0);
  if (padding > 1) {
    const readAt = read.map((_, i) => i / padding);
    spectrum.line(readAt, read, { colour: 1, width: 1.2 });
    if (padding < DENSE) spectrum.points(readAt, read, { colour: 1, radius: 2.5 });
  }
  spectrum.stroke({ colour: 0 }, () => {
    onBins.forEach((db, k) => spectrum.segment(spectrum.toX(k), spectrum.bottom, spectrum.toX(k), spectrum.toY(db)));
  });
  spectrum.points(Float64Array.from(onBins, (_, k) => k), onBins, { colour: 0, radius: 4 });
}

// Half the width of the main lobe in bins, and the highest side lobe in dB, read at 1/32 of a bin.
function lobesOf(weights, sum) {
  const padded = new Float64Array(32 * N);
  padded.set(weights);
  const level = magnitudesOf(rfft(padded)).map((value) => value / sum);
  let edge = 1;
  while (level[edge + 1] < level[edge]) edge++;
  return { edge: edge / 32, sideDb: 20 * Math.log10(largestOf(level.subarray(edge))) };
}

export default { render };
