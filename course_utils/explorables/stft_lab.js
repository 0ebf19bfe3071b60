// A spectrogram with its frame, hop, window and floor; what the windows add up to; one bin of it heard alone.
const LOWEST_DB = -140, N_KEPT = 8, ZOOM = { s: 0.1, hz: 250 }, BOX = "#ffffff";
const LOBE_BINS = { rectangular: 2, hann: 4, hamming: 4, blackman: 6, kaiser: 2 * Math.hypot(1, 8.6 / Math.PI) };

function render({ model, el }) {
  const rate = model.get("sample_rate"), names = model.get("names"), signals = signalsOf(model, "audio", names.length);
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, rate, names, signals, seconds: signals[0].length / rate,
    kept: new Map(), memory: new Map(), // the last spectrograms; the last window
    plot: ui.plot({ height: 320, share: 1.9, label: "Spectrogram." }),
    sums: ui.plot({ height: 320, label: "The shifted windows and their sums." }),
  };
  lab.plot.onDrag(({ y }) => {
    if (!model.get("zoom")) ui.set("frequency_hz", clamp(Math.round(100 * y) * 10, 60, 8000));
  });
  soundButton(ui, "Hear the clip", () => ({ signal: signal(lab), sampleRate: rate, loop: false }));
  lab.alone = soundButton(ui, "Hear one bin alone", () => ({ signal: oneBin(lab), sampleRate: rate, loop: false }));
  return ui.close;
}

function signal({ model, names, signals }) { return signals[Math.max(0, names.indexOf(model.get("clip")))]; }

// Frame, hop and window.
function gridOf({ model, memory }) {
  const [nFft, name, share] = valuesOf(model, "n_fft", "window", "hop");
  const win = latest(memory, "window", `${name} ${nFft}`, () => windowOf(name, nFft));
  return { nFft, name, hop: Math.round(nFft * share), win };
}

function binOf({ model, rate }, { nFft }) {
  return Math.min(nFft / 2, Math.round((model.get("frequency_hz") * nFft) / rate));
}

// Whether the way back exists: the summed squared windows fall to zero nowhere.
function isCovered({ win, hop }) {
  const sum = shiftedSum(win.map((w) => w * w), hop);
  return Math.min(...sum) > 2.3e-16 * Math.max(...sum);
}

function oneBin(lab) {
  const x = signal(lab), grid = gridOf(lab);
  if (!isCovered(grid)) return new Float32Array(x.length);
  const spectrum = stft(x, grid), { re, im, nBins } = spectrum, k = binOf(lab, grid);
  for (let i = 0; i < re.length; i++) if (i % nBins !== k) re[i] = im[i] = 0;
  return Float32Array.from(istft(spectrum, { ...grid, length: x.length }));
}

function levels(lab, { nFft, hop, name, win }) {
  const { kept } = lab, [clip, floor] = valuesOf(lab.model, "clip", "floor_db"), key = [clip, nFft, hop, name].join();
  const found = once(kept, key, () => {
    if (kept.size === N_KEPT) kept.delete(kept.keys().next().value);
    const { values, nFrames, nBins } = spectrogram(signal(lab), { nFft, hop, win });
    return { db: powerToDb(values, LOWEST_DB), nFrames, nBins };
  });
  const { db, nFrames, nBins } = found;
  if (found.floor !== floor) Object.assign(found, { floor, image: heatmap(db, nFrames, nBins, floor, 0) });
  return found;
}

function draw(lab) {
  const { rate, alone } = lab, grid = gridOf(lab), { nFft, hop, name, win } = grid, covered = isCovered(grid);
  const bin = rate / nFft, k = binOf(lab, grid), lobe = LOBE_BINS[name];
  drawPicture(lab, levels(lab, grid), grid, lobe, k * bin);
  drawSums(lab, grid);
  alone.element.disabled = !covered;
  if (!covered) alone.speaker.stop();
  const [length, step] = [nFft, hop].map((samples) => `${labelOf((1000 * samples) / rate, 3)} ms`);
  const sum = sumInWords(colaError(win, hop)), noWayBack = "there is no way back (NOLA fails), and nothing to hear";
  const back = covered ? "" : `, and some sample lies under zeros only: ${noWayBack}`;
  const width = (lobe * bin).toFixed(bin < 10 ? 1 : 0);
  lab.ui.say(`A window lasts ${length}, its main lobe is ${width} Hz wide; a new one begins every ${step}. `
    + `The windows ${sum}${back}. Bin ${k} is ${(k * bin).toFixed(1)} Hz.`);
  const [clip, floor] = valuesOf(lab.model, "clip", "floor_db");
  const fine = `${name} window of ${length}, bins of ${bin.toFixed(1)} Hz`;
  lab.plot.describe(`Spectrogram of ${clip}, ${fine}, down to ${labelOf(floor)} dB.`);
  lab.sums.describe(`${name} windows, a new one every ${step}: they ${sum}.`);
}

function sumInWords(error) {
  if (error < 1e-6) return "add up to a constant (COLA)";
  return `ripple by ${error < 0.1 ? labelOf(100 * error, 2) : (100 * error).toFixed(0)} %`;
}

function drawPicture({ model, rate, seconds, plot }, { image, nFrames }, { nFft, hop }, lobe, hz) {
  const [floor, isZoomed] = valuesOf(model, "floor_db", "zoom"), middle = seconds / 2, topKhz = rate / 2000;
  const x = isZoomed ? { low: middle - ZOOM.s, high: middle + ZOOM.s } : { low: 0, high: seconds };
  const y = !isZoomed ? { low: 0, high: topKhz }
    : { low: Math.max(0, hz - ZOOM.hz) / 1000, high: (hz + ZOOM.hz) / 1000 };
  const title = `${labelOf(floor)} dB re maximum is black; the box is one value`;
  plot.frame({ x: { ...x, label: "time in s" }, y: { ...y, label: "frequency in kHz" }, title });
  const halfBin = rate / nFft / 2000;
  plot.image(image, { ...frameSpan(nFrames, hop, rate), y0: -halfBin, y1: topKhz + halfBin });
  // What one value sees, as a box in the corner; the bin that can be heard, at both edges.
  const left = x.low + 0.03 * (x.high - x.low), top = y.high - 0.05 * (y.high - y.low);
  const right = left + nFft / rate, bottom = top - 2 * lobe * halfBin;
  for (const pen of [{ colour: "#000000", width: 5 }, { colour: BOX, width: 2 }]) {
    plot.line([left, right, right, left, left], [bottom, bottom, top, top, bottom], pen);
    plot.points([x.low, x.high], [hz / 1000, hz / 1000], { colour: pen.colour, radius: 3 + pen.width });
  }
}

// Over the time of two windows.
function drawSums({ rate, sums }, { nFft, hop, win }) {
  const sum = shiftedSum(win, hop), squared = shiftedSum(win.map((w) => w * w), hop), part = hop / nFft;
  sums.frame({
    x: { low: -1, high: 1, label: `time in windows of ${labelOf((1000 * nFft) / rate, 3)} ms` },
    y: { low: 0, high: 1.15 * Math.max(...sum), label: "weight" }, legend: [["sum of w", 0], ["sum of w²", 1, [8, 5]]],
  });
  const steps = Float64Array.from({ length: 65 }, (_, i) => i / 64 - 0.5), last = Math.ceil(1.5 / part);
  const shape = steps.map((u) => win[Math.min(nFft - 1, Math.round((u + 0.5) * nFft))]);
  for (let m = -last; m <= last; m++) sums.line(steps.map((u) => m * part + u), shape, { colour: "faint", width: 1 });
  const places = Float64Array.from({ length: 257 }, (_, i) => i / 128 - 1);
  const folded = places.map((u) => ((Math.round((u + 0.5) * nFft) % hop) + hop) % hop); // window 0 begins at −½
  sums.line(places, folded.map((n) => sum[n]), { colour: 0, width: 2.5 });
  sums.line(places, folded.map((n) => squared[n]), { colour: 1, width: 2.5, dash: [8, 5] });
}

export default { render };
