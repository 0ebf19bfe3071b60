// Bands and coefficients of one frame, both pictures, and the sound of what is kept: through a source, or rebuilt.
const RATE = 16000, N_FFT = 512, HOP = 160, N_MELS = 80, DEPTH_DB = 70, FLOOR = 1e-10;
const BINS_HZ = Float64Array.from({ length: N_FFT / 2 + 1 }, (_, k) => (k * RATE) / N_FFT);
const BIN_PLACES = BINS_HZ.map((hz) => ((N_MELS + 1) * hzToMel(hz)) / hzToMel(RATE / 2) - 1); // band 0 lies at 0
const N_INVERSE = 20, N_GRIFFIN_LIM = 32, VOICE_RMS = 0.08, COEFFICIENT_TOP = 120;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, ...cepstrumOf(clip),
    random: seededRandom(7), sources: new Map(), keptOf: 0, smoothDb: null, smoothPicture: null,
    bands: ui.plot({ height: 220, share: 1.4, label: "The bands of one frame." }),
    bars: ui.plot({ height: 220, share: 1.4, label: "The coefficients of one frame." }),
    whole: ui.plot({ height: 190, share: 1.4, label: "Bands over time, all 80." }),
    smooth: ui.plot({ height: 190, share: 1.4, label: "Bands over time, kept." }),
  };
  for (const plot of [lab.whole, lab.smooth]) {
    plot.onDrag(({ x }) => ui.set("time_s", clamp(Math.round(100 * x) / 100, 0, 1.5)));
  }
  lab.bars.onDrag(({ x }) => ui.set("n_mfcc", nearest(controlOf(model, "n_mfcc").values, x + 0.5)));
  soundButton(ui, "Hear the source through it", () => ({ signal: vocoder(lab), sampleRate: RATE, loop: true }));
  soundButton(ui, "Hear it rebuilt", () => ({ signal: rebuilt(lab), sampleRate: RATE, loop: true }), { settleMs: 250 });
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE, loop: true }), { follow: false });
  return ui.close;
}

// What does not change: the bands of the clip in dB, their picture and their coefficients, frame by frame.
function cepstrumOf(clip) {
  const bank = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS });
  const power = spectrogram(clip, { nFft: N_FFT, hop: HOP }), { nFrames } = power;
  const bandsDb = applyBank(bank.values, N_MELS, power).map((value) => decibels(value, FLOOR));
  const topDb = largestOf(bandsDb, -200), dct = dctMatrix(N_MELS, N_MELS);
  const coefficients = new Float64Array(nFrames * N_MELS);
  for (let m = 0; m < nFrames; m++) {
    for (let k = 0; k < N_MELS; k++) {
      for (let band = 0; band < N_MELS; band++) {
        coefficients[m * N_MELS + k] += dct[k * N_MELS + band] * bandsDb[m * N_MELS + band];
      }
    }
  }
  return { bank, nFrames, bandsDb, topDb, dct, coefficients, original: pictureOf(bandsDb, nFrames, topDb) };
}

function pictureOf(db, nFrames, topDb) { return heatmap(db, nFrames, N_MELS, topDb - DEPTH_DB, topDb); }

// The bands that the kept coefficients draw: L = Dᵀ c.
function renew(lab) {
  const { nFrames, coefficients, dct } = lab, n = lab.model.get("n_mfcc");
  if (n === lab.keptOf) return;
  lab.keptOf = n;
  lab.smoothDb = new Float64Array(nFrames * N_MELS);
  for (let m = 0; m < nFrames; m++) {
    const frame = lab.smoothDb.subarray(m * N_MELS, (m + 1) * N_MELS);
    for (let k = 0; k < n; k++) {
      const c = coefficients[m * N_MELS + k], row = k * N_MELS;
      for (let band = 0; band < N_MELS; band++) frame[band] += dct[row + band] * c;
    }
  }
  lab.smoothPicture = pictureOf(lab.smoothDb, nFrames, lab.topDb);
}

function sourceOf({ clip, random, sources }, name) {
  return once(sources, name, () => {
    const period = name === "breath" ? 0 : RATE / Number(name.match(/\d+/)[0]);
    const sample = (n) => (period ? Number(n % period === 0) : random() - 0.5);
    return stft(Float64Array.from({ length: clip.length }, (_, n) => sample(n)), { nFft: N_FFT, hop: HOP });
  });
}

// What the kept bands of a frame do to its bins.
function gainOf({ bank, smoothDb }, m) {
  return interpolate(BINS_HZ, bank.edgesHz.subarray(1, N_MELS + 1), smoothDb.subarray(m * N_MELS, (m + 1) * N_MELS));
}

// The source, each of its bins made as much louder as the bands around it say; always equally loud in all.
function vocoder(lab) {
  renew(lab);
  const source = sourceOf(lab, lab.model.get("source")), { nBins } = source;
  const shaped = { ...source, re: source.re.slice(), im: source.im.slice() };
  for (let m = 0; m < lab.nFrames; m++) {
    gainOf(lab, m).forEach((db, k) => {
      shaped.re[m * nBins + k] *= 10 ** (db / 20);
      shaped.im[m * nBins + k] *= 10 ** (db / 20);
    });
  }
  return atVoiceLevel(istft(shaped, { nFft: N_FFT, hop: HOP, length: lab.clip.length }));
}

function rebuilt(lab) {
  renew(lab);
  const wanted = { values: lab.smoothDb.map((db) => 10 ** (db / 10)), nFrames: lab.nFrames };
  const linear = melToLinear(lab.bank.values, N_MELS, wanted, N_INVERSE), magnitudes = linear.values.map(Math.sqrt);
  const grid = { nFft: N_FFT, hop: HOP, length: lab.clip.length };
  return atVoiceLevel(griffinLim({ ...linear, values: magnitudes }, N_GRIFFIN_LIM, grid));
}

function draw(lab) {
  const { coefficients } = lab;
  renew(lab);
  const n = lab.keptOf, frame = frameAt(lab.model.get("time_s"), lab.nFrames, HOP, RATE);
  let missing = 0;
  for (let i = 0; i < coefficients.length; i++) if (i % N_MELS >= n) missing += coefficients[i] ** 2;
  const offDb = Math.sqrt(missing / coefficients.length).toFixed(1); // the DCT is a rotation: the zeros are the error
  const words = `${n} of ${N_MELS} coefficients: the bands are off by ${offDb} dB (rms over the clip).`;
  drawBands(lab, frame, n);
  drawBars(lab, frame, n);
  drawPicture(lab, lab.whole, lab.original, "all 80");
  drawPicture(lab, lab.smooth, lab.smoothPicture, `the first ${n}`);
  lab.ui.say(words);
  lab.bands.describe(`A smooth curve through the levels of ${N_MELS} bands. ${words}`);
  lab.bars.describe(`Coefficients of one frame, the first ${n} are kept.`);
}

function drawBands(lab, frame, n) {
  const { bands } = lab, places = Float64Array.from({ length: N_MELS }, (_, band) => band);
  const part = (table) => table.subarray(frame * N_MELS, (frame + 1) * N_MELS);
  bands.frame({
    x: { low: 0, high: N_MELS - 1, label: "mel band" }, y: { low: -100, high: 40, label: "level in dB re 1" },
    legend: [["80 bands", 0, [2, 3]], [`n = ${n}`, 1], ["source × it", "faint"]],
  });
  const { re, im, nBins } = sourceOf(lab, lab.model.get("source")), gain = gainOf(lab, frame), at = frame * nBins;
  const sourceDb = gain.map((_, k) => decibels(re[at + k] ** 2 + im[at + k] ** 2));
  const meanDb = sumOf(sourceDb) / nBins;
  bands.line(BIN_PLACES, sourceDb.map((db, k) => db - meanDb + gain[k]), { colour: "faint", width: 1 });
  bands.line(places, part(lab.bandsDb), { colour: 0, width: 1.5, dash: [2, 3] });
  bands.line(places, part(lab.smoothDb), { colour: 1, width: 3 });
}

function drawBars({ coefficients, bars }, frame, n) {
  const c = coefficients.subarray(frame * N_MELS, (frame + 1) * N_MELS), all = Float64Array.from(c, (_, k) => k);
  const level = Math.abs(c[0]) > COEFFICIENT_TOP ? `; c₀ = ${signed(c[0], 0)} dB is off the picture` : "";
  bars.frame({
    x: { low: -1, high: N_MELS, label: "coefficient" },
    y: { low: -COEFFICIENT_TOP, high: COEFFICIENT_TOP, label: "size in dB" },
    title: `● kept, ○ set to 0${level}`,
  });
  bars.points(all.subarray(0, n), c.subarray(0, n), { colour: 1, radius: 3.5, stems: true });
  bars.points(all.subarray(n), c.subarray(n), { colour: "faint", radius: 2.5, hollow: true });
  bars.vertical(n - 0.5, { colour: "ink", width: 1.5, dash: [4, 4] });
}

function drawPicture({ model, clip, nFrames }, plot, image, title) {
  const end = clip.length / RATE;
  plot.frame({
    x: { low: 0, high: end, label: "time in s" }, y: { low: 0, high: N_MELS, label: "mel band" },
    title: `${title}: dB re the clip's maximum, black −${DEPTH_DB}`,
  });
  plot.image(image, frameSpan(nFrames, HOP, RATE));
  plot.vertical(Math.min(end, model.get("time_s")), { colour: "#ffffff", width: 1.5, dash: [4, 3] });
}

function atVoiceLevel(signal) {
  const rms = Math.max(rmsOf(signal), 1e-9);
  return signal.map((value) => (value * VOICE_RMS) / rms);
}

export default { render };
