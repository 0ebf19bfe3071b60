// A clip, the clip with fewer bits, and what lies between them: over time, over frequency, and as a ratio.
const N_FFT = 1024, FEEDBACK = { none: [], "first order": [1], "second order": [2, -1] }, HIGH_HZ = 7000, SHOWN_MS = 6;

function render({ model, el }) {
  const rate = model.get("sample_rate"), clip = Float64Array.from(signalsOf(model, "audio")[0]);
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, rate, clip, noise: triangularDither(clip.length, 1, seededRandom(2)), loudest: indexOfPeak(clip),
    clipPower: powerOf(clip), clipDb: inDb(welch(clip, rate)), memory: new Map(),
    wave: ui.plot({ height: 220, share: 0.85, label: "Clip and quantised clip over time." }),
    spectrum: ui.plot({ height: 220, share: 1, label: "Spectra of the clip and of the error." }),
    ratio: ui.plot({ height: 220, share: 0.85, label: "SQNR over bits." }),
  };
  lab.ratio.onDrag(({ x }) => ui.set("n_bits", clamp(Math.round(x), 2, 12)));
  soundButton(ui, "Hear", () => {
    const { x, q, error } = quantised(lab), versions = { clip: x, quantised: q, "error alone": error };
    return { signal: versions[model.get("heard")], sampleRate: rate, loop: true };
  });
  return ui.close;
}

// The clip at its level, quantised, and the error; made anew where a setting has changed.
function quantised({ model, memory, clip, noise, rate }) {
  const [nBits, levelDb, hasDither, shaping] = valuesOf(model, "n_bits", "level_db", "dither", "shaping");
  return latest(memory, "made", [nBits, levelDb, hasDither, shaping].join(), () => {
    const gain = 10 ** (levelDb / 20), step = 2 ** (1 - nBits), coefficients = FEEDBACK[shaping];
    const x = latest(memory, "x", levelDb, () => clip.map((value) => gain * value));
    const q = noiseShape(x, nBits, { noise: hasDither ? noise.map((value) => step * value) : null, coefficients });
    const error = differenceOf(q, x), noisePower = ((step * step) / 12) * (hasDither ? 3 : 1);
    return { x, q, error, density: welch(error, rate), step, noisePower, coefficients }; // its power before shaping
  });
}

function draw(lab) {
  const { ui } = lab, [nBits, levelDb] = valuesOf(lab.model, "n_bits", "level_db");
  const { x, q, density, step, noisePower, coefficients } = quantised(lab);
  const power = lab.clipPower * 10 ** (levelDb / 10), measuredDb = sqnrDb(x, q);
  const shapedPower = noisePower * coefficients.reduce((sum, c) => sum + c * c, 1);
  const theoryDb = 10 * Math.log10(power / shapedPower);
  drawWave(lab, x, q, step);
  const share = drawSpectra(lab, density, noisePower, coefficients);
  drawRatio(lab, nBits, measuredDb, theoryDb);
  if (!power) return ui.say("The clip is silent.");
  if (measuredDb === Infinity) return ui.say("No error: every sample lies on a step.");
  const mute = measuredDb === 0 && q.every((value) => value === 0) ? " Every sample rounds to zero." : "";
  const error = `Error ${signed(10 * Math.log10(power) - measuredDb, 1)} dBFS RMS`;
  const where = `${percent(share)} of it above ${HIGH_HZ / 1000} kHz.${mute}`;
  ui.say(`SQNR ${signed(measuredDb, 1)} dB, theory ${signed(theoryDb, 1)} dB. ${error}, ${where}`);
}

// Thick is what is heard.
function widthOf({ model }, version) { return model.get("heard") === version ? 3 : 1.3; }

function drawWave(lab, x, q, step) {
  const { rate, wave } = lab;
  const first = clamp(lab.loudest - Math.round((rate * SHOWN_MS) / 2000), 0, x.length - 2);
  const last = Math.min(x.length, first + Math.round((rate * SHOWN_MS) / 1000));
  const piece = x.subarray(first, last), stairs = q.subarray(first, last), most = peakOf([...piece, ...stairs], step);
  wave.frame({
    x: { low: 0, high: SHOWN_MS, label: "time in ms" },
    y: { low: -1.15 * most, high: 1.15 * most, label: "amplitude" },
    legend: [["clip", 0], ["quantised", 1]],
  });
  const times = Float64Array.from(piece, (_, n) => (1000 * n) / rate);
  const corners = Float64Array.from({ length: 2 * times.length }, (_, i) => ((i + 1) >> 1) * (1000 / rate));
  wave.line(corners, corners.map((_, i) => stairs[i >> 1]), { colour: 1, width: widthOf(lab, "quantised") });
  wave.line(times, piece, { colour: 0, width: widthOf(lab, "clip") });
  wave.describe(`${SHOWN_MS} ms of the clip and, in steps of ${labelOf(step, 3)}, the quantised clip.`);
}

// Power densities; returns which part of the error's power lies above HIGH_HZ.
function drawSpectra(lab, density, noisePower, coefficients) {
  const { rate, spectrum } = lab, top = rate / 2000, levelDb = lab.model.get("level_db");
  const hz = Float64Array.from({ length: N_FFT / 2 }, (_, k) => ((k + 1) * rate) / N_FFT);
  const { re, im } = frequencyResponse([1, ...coefficients.map((c) => -c)], [1], hz, rate);
  spectrum.frame({
    x: { low: 0.05, high: top, log: true, label: "frequency in kHz" },
    y: { low: -150, high: -20, label: "level of each hertz in dBFS" },
    legend: [["clip", 0], ["error", 1], ["theory", "ink", [7, 5]]],
  });
  const khz = hz.map((value) => value / 1000);
  spectrum.line(khz, lab.clipDb.map((db) => db + levelDb), { colour: 0, width: widthOf(lab, "clip") });
  spectrum.line(khz, inDb(density), { colour: 1, width: widthOf(lab, "error alone") });
  const expected = hz.map((_, k) => ((2 * noisePower) / rate) * (re[k] ** 2 + im[k] ** 2));
  spectrum.line(khz, inDb(expected), { colour: "ink", width: 1.5, dash: [7, 5] });
  const share = shareAbove(density, hz), theory = shareAbove(expected, hz);
  const high = `above ${HIGH_HZ / 1000} kHz`;
  spectrum.describe(`Density of the error: ${percent(share)} of its power lies ${high}, by theory ${percent(theory)}.`);
  return share;
}

function drawRatio({ ratio }, nBits, measuredDb, theoryDb) {
  const bits = Float64Array.of(2, 12), full = bits.map((b) => 6.02 * b + 1.76);
  ratio.frame({
    x: { low: 1.5, high: 12.5, label: "bits", ticks: [2, 4, 6, 8, 10, 12] },
    y: { low: -40, high: 80, label: "SQNR in dB" },
    legend: [["theory, sine", "ink", [3, 4]], ["clip", 0]],
  });
  ratio.line(bits, full, { colour: "ink", width: 1.5, dash: [3, 4] });
  ratio.line(bits, bits.map((b) => theoryDb + 6.0206 * (b - nBits)), { colour: 0 });
  if (Number.isFinite(measuredDb)) ratio.points([nBits], [Math.max(-38, measuredDb)], { colour: 1, radius: 7 });
  ratio.describe(`SQNR with ${nBits} bits: measured ${signed(measuredDb, 1)} dB, theory ${signed(theoryDb, 1)} dB.`);
}

const inDb = (density) => density.map((value) => decibels(value, 1e-30));
const indexOfPeak = (x) => x.reduce((best, value, n) => (Math.abs(value) > Math.abs(x[best]) ? n : best), 0);

// Which part of a power lies above HIGH_HZ.
function shareAbove(density, hz) {
  const total = sumOf(density);
  return total > 0 ? density.reduce((sum, value, k) => sum + (hz[k] > HIGH_HZ ? value : 0), 0) / total : 0;
}

// Power density of bins 1 … N/2 in 1/Hz, the mean over frames that lie end to end, all within the ends.
function welch(x, rate) {
  const { values, nFrames, nBins } = spectrogram(x, { nFft: N_FFT, hop: N_FFT });
  const density = new Float64Array(nBins - 1), scale = 2 / (rate * 0.375 * N_FFT * (nFrames - 2)); // Σ w² is 3/8 N
  for (let m = 1; m < nFrames - 1; m++) for (let k = 1; k < nBins; k++) density[k - 1] += scale * values[m * nBins + k];
  return density;
}

export default { render };
