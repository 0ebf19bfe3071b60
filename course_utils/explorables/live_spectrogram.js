// The last seconds of the microphone as a ring of spectra; a changed window makes them anew, a few at each repaint.
const HOP = BLOCK_LENGTH, SHOWN_S = 6, RANGE_DB = 60, MOST_SAMPLES = 30000; // a repaint transforms so many

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, nHeard: 0, loudest: null, windows: new Map(),
    ring: null, // levels of each column; block m lies at m mod nColumns; todo: blocks without levels yet
    plot: ui.plot({ height: 320, share: 3, label: "Live spectrogram." }),
  };
  const words = { start: "● Start", stop: "❚❚ Freeze", hear: "Hear what is frozen" };
  lab.recorder = new Recorder(ui, words, {
    onStart: () => Object.assign(lab, { nHeard: 0, ring: null }),
    onBlock: () => onBlock(lab),
    nKept: () => nShown(lab) * HOP,
    toHear: () => lab.recorder.recording,
  });
  return ui.close;
}

function nShown({ recorder }) { return Math.floor((SHOWN_S * recorder.rate) / HOP); }

function onBlock(lab) {
  const { blocks } = lab.recorder;
  lab.nHeard++;
  if (blocks.length > nShown(lab) + 4) blocks.shift(); // four more: the longest window of the oldest column
  lab.ring?.todo.push(lab.nHeard - 1);
  if (!reducedMotion() || lab.nHeard % 12 === 0) lab.ui.redraw();
}

// Spectra for the window that is asked for; the newest first, so that a change is seen where the reader looks.
function fillRing(lab, nFft) {
  const nColumns = nShown(lab), nBins = nFft / 2 + 1;
  if (lab.ring?.nFft !== nFft) {
    const oldest = Math.max(0, lab.nHeard - nColumns);
    const todo = Array.from({ length: lab.nHeard - oldest }, (_, i) => oldest + i);
    lab.ring = { nFft, nColumns, nBins, todo, levels: new Float32Array(nColumns * nBins).fill(-200) };
  }
  for (let n = 0; n < MOST_SAMPLES / nFft && lab.ring.todo.length; n++) {
    const m = lab.ring.todo.pop();
    if (m < lab.nHeard - nColumns) continue;
    const levels = levelsAt(lab, m, nFft);
    lab.ring.levels.set(levels, (m % nColumns) * nBins);
    if (m === lab.nHeard - 1) lab.loudest = strongestOf(lab, levels, nFft);
  }
  if (lab.ring.todo.length) lab.ui.redraw();
}

// The ring in the order of time, only the rows that are shown.
function picture(lab, nRows, floor) {
  const { levels, nColumns, nBins } = lab.ring, ordered = new Float32Array(nColumns * nRows);
  for (let i = 0; i < nColumns; i++) {
    const at = ((lab.nHeard + i) % nColumns) * nBins;
    ordered.set(levels.subarray(at, at + nRows), i * nRows);
  }
  return heatmap(ordered, nColumns, nRows, floor, floor + RANGE_DB);
}

// dB re a full-scale sine of the window that ends with block m.
function levelsAt(lab, m, nFft) {
  const { blocks } = lab.recorder, last = blocks.length - (lab.nHeard - 1 - m), nBack = Math.ceil(nFft / HOP);
  const end = joined(blocks.slice(Math.max(0, last - nBack), last)), frame = new Float64Array(nFft);
  const win = once(lab.windows, nFft, () => windowOf("hann", nFft));
  for (let n = 1; n <= Math.min(nFft, end.length); n++) frame[nFft - n] = end[end.length - n] * win[nFft - n];
  const { re, im } = rfft(frame), scale = (2 / (nFft / 2)) ** 2; // the sum of a Hann window is N/2
  return Float32Array.from(re, (_, k) => decibels(scale * (re[k] ** 2 + im[k] ** 2), 1e-20));
}

// The strongest bin, refined by a parabola through the levels.
function strongestOf({ recorder }, levels, nFft) {
  const k = levels.reduce((best, value, i) => (i && value > levels[best] ? i : best), 1);
  const [left, middle, right] = [levels[k - 1], levels[k], levels[k + 1] ?? levels[k]];
  const shift = vertexShift(left, middle, right);
  return { hz: ((k + shift) * recorder.rate) / nFft, db: middle - ((left - right) * shift) / 4 };
}

function draw(lab) {
  const { model, plot, recorder: { rate } } = lab;
  const [nFft, floor, topOfAxisHz] = valuesOf(model, "n_fft", "floor_db", "top_hz");
  fillRing(lab, nFft);
  const isLoud = lab.loudest && lab.loudest.db > floor;
  const strongest = isLoud ? `strongest ${lab.loudest.hz.toFixed(0)} Hz, ${signed(lab.loudest.db, 0)} dB` : "";
  const scale = `black ${signed(floor, 0)}, white ${signed(floor + RANGE_DB, 0)} dB re full-scale sine`;
  plot.frame({
    x: { low: -SHOWN_S, high: 0, label: `time in s; ${scale}` },
    y: { low: 0, high: topOfAxisHz / 1000, label: "frequency in kHz" },
    title: `window ${((1000 * nFft) / rate).toFixed(0)} ms${isLoud ? "; " : ""}${strongest}`,
  });
  const binKhz = rate / nFft / 1000, topKhz = Math.min(topOfAxisHz, rate / 2) / 1000;
  const nRows = Math.min(lab.ring.nBins, Math.ceil(topKhz / binKhz) + 1), x0 = (-lab.ring.nColumns * HOP) / rate;
  if (lab.nHeard) plot.image(picture(lab, nRows, floor), { x0, x1: 0, y0: -binKhz / 2, y1: (nRows - 0.5) * binKhz });
  const seen = `Spectrogram of the last ${SHOWN_S} s; ${strongest || "nothing above black"}.`;
  plot.describe(lab.nHeard ? seen : "Nothing heard yet.");
  lab.ui.say(stateOf(lab.recorder));
}

function stateOf({ trouble, isOn, recording, rate }) {
  if (trouble) return trouble;
  if (isOn) return "Listening; Freeze hands the last seconds to Python.";
  if (!recording) return "Press Start, then whistle, hum, hiss and clap. It goes to Python and nowhere else.";
  const seconds = (recording.length / rate).toFixed(1);
  return `Frozen: ${seconds} s at ${rate} Hz are in Python, as signal and sample_rate.`;
}

export default { render };
