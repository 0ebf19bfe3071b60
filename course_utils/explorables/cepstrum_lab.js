// Bands and coefficients of one frame, both pictures, and the sound of what is kept: through a source, or rebuilt.
const RATE = 16000, N_FFT = 512, HOP = 160, N_MELS = 80, DEPTH_DB = 70, FLOOR = 1e-10;
const N_INVERSE = 20, N_GRIFFIN_LIM = 32, VOICE_RMS = 0.08, COEFFICIENT_TOP = 120;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), random = seededRandom(7), sources = new Map();
  const bank = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS });
  const power = spectrogram(clip, { nFft: N_FFT, hop: HOP }), { nFrames } = power;
  const bandsDb = applyBank(bank.values, N_MELS, power).map((value) => 10 * Math.log10(Math.max(value, FLOOR)));
  const topDb = bandsDb.reduce((most, db) => Math.max(most, db), -200), dct = dctMatrix(N_MELS, N_MELS);
  const coefficients = new Float64Array(nFrames * N_MELS); // frame by frame
  for (let m = 0; m < nFrames; m++) {
    for (let k = 0; k < N_MELS; k++) {
      for (let band = 0; band < N_MELS; band++) {
        coefficients[m * N_MELS + k] += dct[k * N_MELS + band] * bandsDb[m * N_MELS + band];
      }
    }
  }
  const original = heatmap(bandsDb, nFrames, N_MELS, topDb - DEPTH_DB, topDb);
  const binsHz = Float64Array.from({ length: power.nBins }, (_, k) => (k * RATE) / N_FFT);
  const centresHz = bank.edgesHz.subarray(1, N_MELS + 1);
  const binPlaces = binsHz.map((hz) => ((N_MELS + 1) * hzToMel(hz)) / hzToMel(RATE / 2) - 1); // band 0 has its centre at 0
  const steps = model.get("controls").find(({ name }) => name === "n_mfcc").values;
  let keptOf = 0, smoothDb = null, smoothPicture = null;

  const ui = explorable(model, el, draw);
  const bands = ui.plot({ height: 220, share: 1.4, label: "The bands of one frame." });
  const bars = ui.plot({ height: 220, share: 1.4, label: "The coefficients of one frame." });
  const pictures = ["all 80", "kept"].map((label) => ui.plot({ height: 190, share: 1.4, label: `Bands over time, ${label}.` }));
  for (const plot of pictures) plot.onDrag(({ x }) => ui.set("time_s", Math.min(1.5, Math.max(0, Math.round(100 * x) / 100))));
  bars.onDrag(({ x }) => ui.set("n_mfcc", steps.reduce((best, n) => (Math.abs(n - 0.5 - x) < Math.abs(best - 0.5 - x) ? n : best))));
  soundButton(ui, "Hear the source through it", () => ({ signal: vocoder(), sampleRate: RATE, loop: true }));
  soundButton(ui, "Hear it rebuilt", () => ({ signal: rebuilt(), sampleRate: RATE, loop: true }), { settleMs: 250 });
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE, loop: true }), { follow: false });
  return ui.close;

  // The bands that the kept coefficients draw: L = Dᵀ c.
  function renew() {
    const n = model.get("n_mfcc");
    if (n === keptOf) return;
    keptOf = n;
    smoothDb = new Float64Array(nFrames * N_MELS);
    for (let m = 0; m < nFrames; m++) {
      const frame = smoothDb.subarray(m * N_MELS, (m + 1) * N_MELS);
      for (let k = 0; k < n; k++) {
        const c = coefficients[m * N_MELS + k], row = k * N_MELS;
        for (let band = 0; band < N_MELS; band++) frame[band] += dct[row + band] * c;
      }
    }
    smoothPicture = heatmap(smoothDb, nFrames, N_MELS, topDb - DEPTH_DB, topDb);
  }

  function sourceOf(name) {
    if (!sources.has(name)) {
      const period = name === "breath" ? 0 : RATE / Number(name.match(/\d+/)[0]);
      const wave = Float64Array.from({ length: clip.length }, (_, n) => (period ? Number(n % period === 0) : random() - 0.5));
      sources.set(name, stft(wave, { nFft: N_FFT, hop: HOP }));
    }
    return sources.get(name);
  }

  // What the kept bands of a frame do to its bins.
  function gainDb(m) { return interpolate(binsHz, centresHz, smoothDb.subarray(m * N_MELS, (m + 1) * N_MELS)); }

  // The source, each of its bins made as much louder as the bands around it say; always equally loud in all.
  function vocoder() {
    renew();
    const { re, im, nBins } = sourceOf(model.get("source")), shaped = { re: re.slice(), im: im.slice(), nFrames, nBins };
    for (let m = 0; m < nFrames; m++) {
      gainDb(m).forEach((value, k) => {
        shaped.re[m * nBins + k] *= 10 ** (value / 20);
        shaped.im[m * nBins + k] *= 10 ** (value / 20);
      });
    }
    return asLoudAs(istft(shaped, { nFft: N_FFT, hop: HOP, length: clip.length }), VOICE_RMS);
  }

  function rebuilt() {
    renew();
    const wanted = { values: smoothDb.map((db) => 10 ** (db / 10)), nFrames };
    const linear = melToLinear(bank.values, N_MELS, wanted, N_INVERSE), grid = { nFft: N_FFT, hop: HOP, length: clip.length };
    return asLoudAs(griffinLim({ ...linear, values: linear.values.map(Math.sqrt) }, N_GRIFFIN_LIM, grid), VOICE_RMS);
  }

  function draw() {
    renew();
    const n = keptOf, frame = Math.min(nFrames - 1, Math.round((model.get("time_s") * RATE) / HOP));
    let missing = 0;
    for (let i = 0; i < coefficients.length; i++) if (i % N_MELS >= n) missing += coefficients[i] ** 2;
    const offDb = Math.sqrt(missing / coefficients.length).toFixed(1); // the DCT is a rotation: what is set to 0 is the error
    const words = `${n} of ${N_MELS} coefficients: the bands are off by ${offDb} dB (rms over the clip).`;
    drawBands(frame, n);
    drawBars(frame, n);
    drawPicture(pictures[0], original, "all 80");
    drawPicture(pictures[1], smoothPicture, `the first ${n}`);
    ui.say(words);
    bands.describe(`A smooth curve through the levels of ${N_MELS} bands. ${words}`);
    bars.describe(`Coefficients of one frame, the first ${n} are kept.`);
  }

  function drawBands(frame, n) {
    const places = Float64Array.from({ length: N_MELS }, (_, band) => band);
    const part = (table) => table.subarray(frame * N_MELS, (frame + 1) * N_MELS);
    bands.frame({
      x: { low: 0, high: N_MELS - 1, label: "mel band" }, y: { low: -100, high: 40, label: "level in dB re 1" },
      legend: [["80 bands", 0, [2, 3]], [`n = ${n}`, 1], ["source × it", "faint"]],
    });
    const { re, im, nBins } = sourceOf(model.get("source")), gain = gainDb(frame), at = frame * nBins;
    const sourceDb = gain.map((_, k) => 10 * Math.log10(re[at + k] ** 2 + im[at + k] ** 2 + 1e-12));
    const meanDb = sourceDb.reduce((sum, db) => sum + db, 0) / nBins;
    bands.line(binPlaces, sourceDb.map((db, k) => db - meanDb + gain[k]), { colour: "faint", width: 1 });
    bands.line(places, part(bandsDb), { colour: 0, width: 1.5, dash: [2, 3] });
    bands.line(places, part(smoothDb), { colour: 1, width: 3 });
  }

  function drawBars(frame, n) {
    const c = coefficients.subarray(frame * N_MELS, (frame + 1) * N_MELS), all = Float64Array.from(c, (_, k) => k);
    const level = Math.abs(c[0]) > COEFFICIENT_TOP ? `; c₀ = ${c[0].toFixed(0).replace("-", "−")} dB is off the picture` : "";
    bars.frame({
      x: { low: -1, high: N_MELS, label: "coefficient" }, y: { low: -COEFFICIENT_TOP, high: COEFFICIENT_TOP, label: "size in dB" },
      title: `● kept, ○ set to 0${level}`,
    });
    bars.points(all.subarray(0, n), c.subarray(0, n), { colour: 1, radius: 3.5, stems: true });
    bars.points(all.subarray(n), c.subarray(n), { colour: "faint", radius: 2.5, hollow: true });
    bars.vertical(n - 0.5, { colour: "ink", width: 1.5, dash: [4, 4] });
  }

  function drawPicture(plot, image, title) {
    const end = clip.length / RATE;
    plot.frame({
      x: { low: 0, high: end, label: "time in s" }, y: { low: 0, high: N_MELS, label: "mel band" },
      title: `${title}: dB re the clip's maximum, black −${DEPTH_DB}`,
    });
    plot.image(image, { x0: -HOP / 2 / RATE, x1: ((nFrames - 0.5) * HOP) / RATE });
    plot.vertical(Math.min(end, model.get("time_s")), { colour: "#ffffff", width: 1.5, dash: [4, 3] });
  }
}

function asLoudAs(signal, rms) {
  const own = Math.sqrt(signal.reduce((sum, value) => sum + value * value, 0) / signal.length);
  return signal.map((value) => (value * rms) / Math.max(own, 1e-9));
}

export default { render };
