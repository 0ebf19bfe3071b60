// A windowed tone: its piece as the DFT repeats it, and its spectrum read on the bins or more densely.
const N = 256, RATE = 16000, TONE_BIN = 40, DENSE = 16, SEAM = 64, LOW_DB = -120, WEAK = { bins: 20.3, amplitude: 0.001 };

function render({ model, el }) {
  const ui = explorable(model, el, draw);
  const seam = ui.plot({ height: 170, share: 3, label: "The piece, repeated: its end and its beginning." });
  const spectrum = ui.plot({ height: 300, share: 3, label: "Level of the DFT over the bins." });
  spectrum.onDrag(({ x }) => ui.set("off_bin", Math.round(20 * Math.min(1, Math.max(-1, x - TONE_BIN))) / 20));
  soundButton(ui, "Hear it repeated", repeated);
  const shapes = new Map(); // window, its sum and what its lobes are
  return ui.close;

  function shape() {
    const name = model.get("window");
    if (!shapes.has(name)) {
      const weights = windowOf(name, N), sum = weights.reduce((total, w) => total + w, 0);
      shapes.set(name, { weights, sum, ...lobesOf(weights, sum) });
    }
    return shapes.get(name);
  }

  function piece() {
    const turns = TONE_BIN + model.get("off_bin"), weak = model.get("weak_tone") ? WEAK.amplitude : 0, { weights } = shape();
    const cosine = (cycles, n) => Math.cos((2 * Math.PI * cycles * n) / N);
    return Float64Array.from({ length: N }, (_, n) => weights[n] * (cosine(turns, n) + weak * cosine(turns + WEAK.bins, n)));
  }

  // As many repetitions as fill whole samples of the sound card, converted between neighbours: no seam but the piece's own.
  function repeated() {
    const { sampleRate } = soundOfPage().context, tiles = RATE / greatestCommonDivisor(RATE, N * sampleRate), once = piece();
    const run = Float64Array.from({ length: 3 * tiles * N }, (_, n) => 0.2 * once[n % N]);
    const length = (tiles * N * sampleRate) / RATE;
    const signal = RATE === sampleRate ? run : resample(run, { fromRate: RATE, toRate: sampleRate, width: 16 });
    return { signal: Float32Array.from(signal.subarray(length, 2 * length)), sampleRate, loop: true };
  }

  // dB re amplitude 1, at every 1/padding of a bin.
  function levels(once, padding) {
    const padded = new Float64Array(N * padding), { sum } = shape();
    padded.set(once);
    const { re, im } = rfft(padded);
    return re.map((value, k) => 20 * Math.log10(Math.max((2 * Math.hypot(value, im[k])) / sum, 1e-10)));
  }

  function draw() {
    const once = piece(), padding = model.get("padding"), dense = levels(once, DENSE), off = model.get("off_bin");
    const onBins = dense.filter((_, k) => k % DENSE === 0), highest = Math.max(...onBins);
    const nNear = onBins.filter((db) => db > highest - 60).length, { edge, sideDb } = shape();
    drawSeam(once);
    drawSpectrum(dense, padding, onBins, TONE_BIN + off, edge);
    const weak = !model.get("weak_tone") ? "" : ` The weak tone stands out by ${standsOut(onBins, off).toFixed(0)} dB on the bins.`;
    const words = `${model.get("window")}, ${signed(off)} bins off: the highest bin reads ${signed(highest, 1)} dB; ${nNear} of the ${onBins.length} bins are within 60 dB of it. `
      + `Main lobe ${(2 * edge).toFixed(1)} bins wide, highest side lobe ${signed(sideDb, 0)} dB.${weak}`;
    ui.say(words);
    seam.describe(`End and beginning of the piece side by side, at ${once[N - 1].toFixed(2)} and ${once[0].toFixed(2)}.`);
    spectrum.describe(`Levels of the bins around ${TONE_BIN}: ${words}`);
  }

  // How far the weak tone rises above the bins on both sides of it.
  function standsOut(onBins, off) {
    const at = Math.round(TONE_BIN + off + WEAK.bins), top = Math.max(onBins[at - 1], onBins[at], onBins[at + 1]);
    return Math.max(0, top - Math.max(onBins[at - 3], onBins[at + 3]));
  }

  // Between the samples the tone goes on; the window is drawn straight from sample to sample.
  function drawSeam(once) {
    seam.frame({
      x: { low: -SEAM / 16, high: SEAM / 16, label: "time from the seam in ms" }, y: { low: -1.3, high: 1.3, label: "amplitude" },
      title: "end of the piece, seam, beginning of the piece",
    });
    const { weights } = shape(), turns = TONE_BIN + model.get("off_bin");
    const at = (n) => (weights[Math.floor(n)] * (1 - (n % 1)) + weights[Math.floor(n + 1) % N] * (n % 1)) * Math.cos((2 * Math.PI * turns * n) / N);
    const end = Float64Array.from({ length: 4 * SEAM + 1 }, (_, i) => N - SEAM + i / 4), begin = end.map((n) => n - N + SEAM);
    const ys = [...end.map((n) => at(Math.min(n, N - 1e-9))), ...begin.map(at)];
    seam.line([...end.map((n) => (n - N) / 16), ...begin.map((n) => n / 16)], ys, { colour: 0, width: 1.5 });
    seam.vertical(0, { colour: 1, width: 1.5 });
    const near = Float64Array.from({ length: 2 * SEAM + 1 }, (_, i) => i - SEAM);
    seam.points(near.map((n) => n / 16), near.map((n) => once[(n + N) % N]), { colour: 0, radius: 2.5 });
  }

  function drawSpectrum(dense, padding, onBins, tone, edge) {
    spectrum.frame({
      x: { low: 22, high: 68, label: `bin (${RATE / N} Hz each)` }, y: { low: LOW_DB, high: 6, label: "level in dB re amplitude 1" },
      legend: [["on the bins", 0], ...(padding > 1 ? [[`${padding} readings a bin`, 1]] : []), ...(model.get("lobes") ? [["between", "faint", [3, 3]]] : [])],
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
    spectrum.clipped((pen) => {
      pen.strokeStyle = spectrum.colour(0);
      pen.beginPath();
      onBins.forEach((db, k) => spectrum.segment(spectrum.toX(k), spectrum.bottom, spectrum.toX(k), spectrum.toY(db)));
      pen.stroke();
    });
    spectrum.points(Float64Array.from(onBins, (_, k) => k), onBins, { colour: 0, radius: 4 });
  }
}

// Half the width of the main lobe in bins, and the highest side lobe in dB, read at 1/32 of a bin.
function lobesOf(weights, sum) {
  const padded = new Float64Array(32 * N);
  padded.set(weights);
  const { re, im } = rfft(padded), level = re.map((value, k) => Math.hypot(value, im[k]) / sum);
  let edge = 1;
  while (level[edge + 1] < level[edge]) edge++;
  return { edge: edge / 32, sideDb: 20 * Math.log10(level.subarray(edge).reduce((most, value) => Math.max(most, value), 0)) };
}

const signed = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");

export default { render };
