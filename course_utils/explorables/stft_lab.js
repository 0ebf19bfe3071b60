// A spectrogram with its frame, hop, window and floor; what the windows add up to; one bin of it heard alone.
const LOWEST_DB = -140, N_KEPT = 8, ZOOM = { s: 0.1, hz: 250 }, BOX = "#ffffff";
const LOBE_BINS = { rectangular: 2, hann: 4, hamming: 4, blackman: 6, kaiser: 2 * Math.hypot(1, 8.6 / Math.PI) };

function render({ model, el }) {
  const rate = model.get("sample_rate"), names = model.get("names"), signals = signalsOf(model, "audio", names.length);
  const seconds = signals[0].length / rate, kept = new Map(); // the last spectrograms
  let layout = null;

  const ui = explorable(model, el, draw);
  const plot = ui.plot({ height: 320, share: 1.9, label: "Spectrogram." });
  const sums = ui.plot({ height: 320, label: "The shifted windows and their sums." });
  plot.onDrag(({ y }) => model.get("zoom") || ui.set("frequency_hz", Math.min(8000, Math.max(60, Math.round(100 * y) * 10))));
  soundButton(ui, "Hear the clip", () => ({ signal: signal(), sampleRate: rate, loop: false }));
  const alone = soundButton(ui, "Hear one bin alone", () => ({ signal: oneBin(), sampleRate: rate, loop: false }));
  return ui.close;

  function signal() { return signals[Math.max(0, names.indexOf(model.get("clip")))]; }

  function grid() {
    const nFft = model.get("n_fft"), name = model.get("window"), hop = Math.round(nFft * model.get("hop"));
    if (layout?.nFft !== nFft || layout.name !== name || layout.hop !== hop) layout = { nFft, name, hop, win: windowOf(name, nFft) };
    return layout;
  }

  function binOf({ nFft }) { return Math.min(nFft / 2, Math.round((model.get("frequency_hz") * nFft) / rate)); }

  // Whether the way back exists: the summed squared windows fall to zero nowhere.
  function isCovered({ win, hop }) {
    const sum = shiftedSum(win.map((w) => w * w), hop);
    return Math.min(...sum) > 2.3e-16 * Math.max(...sum);
  }

  function oneBin() {
    const x = signal();
    if (!isCovered(grid())) return new Float32Array(x.length);
    const spectrum = stft(x, layout), { nBins } = spectrum, k = binOf(layout);
    for (let i = 0; i < spectrum.re.length; i++) if (i % nBins !== k) spectrum.re[i] = spectrum.im[i] = 0;
    return Float32Array.from(istft(spectrum, { ...layout, length: x.length }));
  }

  function levels({ nFft, hop, name, win }) {
    const key = [model.get("clip"), nFft, hop, name].join();
    if (!kept.has(key)) {
      const { values, nFrames, nBins } = spectrogram(signal(), { nFft, hop, win });
      if (kept.size === N_KEPT) kept.delete(kept.keys().next().value);
      kept.set(key, { db: powerToDb(values, LOWEST_DB), nFrames, nBins });
    }
    const found = kept.get(key), floor = model.get("floor_db");
    if (found.floor !== floor) Object.assign(found, { floor, image: heatmap(found.db, found.nFrames, found.nBins, floor, 0) });
    return found;
  }

  function draw() {
    const { nFft, hop, name } = grid(), bin = rate / nFft, k = binOf(layout), covered = isCovered(layout);
    const error = colaError(layout.win, hop), lobe = LOBE_BINS[name];
    drawPicture(levels(layout), layout, lobe, k * bin);
    drawSums(layout);
    alone.element.disabled = !covered;
    if (!covered) alone.speaker.stop();
    const time = (samples) => `${labelOf(Number(((1000 * samples) / rate).toPrecision(3)))} ms`;
    const constant = error < 1e-6 ? "add up to a constant (COLA)" : `ripple by ${error < 0.1 ? labelOf(Number((100 * error).toPrecision(2))) : (100 * error).toFixed(0)} %`;
    const back = covered ? "" : ", and some sample lies under zeros only: there is no way back (NOLA fails), and nothing to hear";
    ui.say(`A window of ${time(nFft)} by a main lobe of ${(lobe * bin).toFixed(bin < 10 ? 1 : 0)} Hz; a new one each ${time(hop)}. The windows ${constant}${back}. `
      + `Bin ${k} is ${(k * bin).toFixed(1)} Hz.`);
    plot.describe(`Spectrogram of ${model.get("clip")}, ${name} window of ${time(nFft)}, bins of ${bin.toFixed(1)} Hz, down to ${labelOf(model.get("floor_db"))} dB.`);
    sums.describe(`${name} windows, each ${time(hop)} after the last: they ${constant}.`);
  }

  function drawPicture({ image, nFrames }, { nFft, hop }, lobe, hz) {
    const floor = model.get("floor_db"), middle = seconds / 2, nyquist = rate / 2, zoom = model.get("zoom");
    const x = zoom ? { low: middle - ZOOM.s, high: middle + ZOOM.s } : { low: 0, high: seconds };
    const y = zoom ? { low: Math.max(0, hz - ZOOM.hz) / 1000, high: (hz + ZOOM.hz) / 1000 } : { low: 0, high: nyquist / 1000 };
    plot.frame({ x: { ...x, label: "time in s" }, y: { ...y, label: "frequency in kHz" }, title: `${labelOf(floor)} dB re maximum is black; the box is one value` });
    const half = hop / 2 / rate, halfBin = rate / nFft / 2000;
    plot.image(image, { x0: -half, x1: ((nFrames - 1) * hop) / rate + half, y0: -halfBin, y1: nyquist / 1000 + halfBin });
    // What one value sees, as a box in the corner; the bin that can be heard, at both edges.
    const left = x.low + 0.03 * (x.high - x.low), top = y.high - 0.05 * (y.high - y.low);
    const right = left + nFft / rate, bottom = top - 2 * lobe * halfBin;
    for (const pen of [{ colour: "#000000", width: 5 }, { colour: BOX, width: 2 }]) {
      plot.line([left, right, right, left, left], [bottom, bottom, top, top, bottom], pen);
      plot.points([x.low, x.high], [hz / 1000, hz / 1000], { colour: pen.colour, radius: 3 + pen.width });
    }
  }

  // Over the time of two windows.
  function drawSums({ nFft, hop, win }) {
    const sum = shiftedSum(win, hop), squared = shiftedSum(win.map((w) => w * w), hop), part = hop / nFft;
    sums.frame({
      x: { low: -1, high: 1, label: `time in windows of ${labelOf(Number(((1000 * nFft) / rate).toPrecision(3)))} ms` },
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
}

export default { render };
