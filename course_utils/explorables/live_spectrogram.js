// The last seconds of the microphone as a ring of spectra; a changed window makes them anew, a few at each repaint.
const HOP = 1024, SHOWN_S = 6, RANGE_DB = 60, MOST_SAMPLES = 30000; // a repaint transforms so many

function render({ model, el }) {
  let rate = 48000, blocks = [], nHeard = 0, trouble = "", frozen = null, loudest = null;
  let ring = null; // levels of each column; block m lies at m mod nColumns; todo: blocks without levels yet

  const ui = explorable(model, el, draw);
  const plot = ui.plot({ height: 320, share: 3, label: "Live spectrogram." });
  const microphone = new Microphone(ui, onBlock);
  const start = button(ui, "● Start", () => (microphone.isOn ? freeze() : begin()));
  start.setAttribute("aria-pressed", "false");
  const hear = soundButton(ui, "Hear what is frozen", () => ({ signal: frozen, sampleRate: rate }));
  hear.element.hidden = true;
  const meter = levelMeter(ui);
  return ui.close;

  async function begin() {
    start.disabled = true;
    hear.speaker.stop();
    trouble = (await microphone.start()) ?? "";
    start.disabled = false;
    if (microphone.isOn) {
      [rate, blocks, nHeard, frozen, ring] = [microphone.sampleRate, [], 0, null, null];
      hear.element.hidden = true;
    }
    tellState();
  }

  function nShown() { return Math.floor((SHOWN_S * rate) / HOP); }

  function onBlock(block) {
    blocks.push(block);
    nHeard++;
    if (blocks.length > nShown() + 4) blocks.shift(); // four more: the longest window of the oldest column
    ring?.todo.push(nHeard - 1);
    meter.show(10 * Math.log10(block.reduce((sum, value) => sum + value * value, 0) / HOP + 1e-12));
    if (!reducedMotion() || nHeard % 12 === 0) ui.redraw();
  }

  function freeze() {
    microphone.stop();
    meter.show(-Infinity);
    if (nHeard) {
      frozen = joined(blocks, nShown() * HOP);
      model.send({ kind: "heard", sample_rate: rate }, undefined, [frozen.buffer]);
      hear.element.hidden = false;
    }
    tellState();
  }

  function tellState() {
    start.textContent = microphone.isOn ? "❚❚ Freeze" : "● Start";
    start.setAttribute("aria-pressed", String(microphone.isOn));
    ui.redraw();
  }

  // Spectra for the window that is asked for; the newest first, so that a change is seen where the reader looks.
  function fillRing(nFft) {
    const nColumns = nShown(), nBins = nFft / 2 + 1;
    if (ring?.nFft !== nFft) {
      const oldest = Math.max(0, nHeard - nColumns), todo = Array.from({ length: nHeard - oldest }, (_, i) => oldest + i);
      ring = { nFft, nColumns, nBins, todo, levels: new Float32Array(nColumns * nBins).fill(-200) };
    }
    for (let n = 0; n < MOST_SAMPLES / nFft && ring.todo.length; n++) {
      const m = ring.todo.pop();
      if (m < nHeard - nColumns) continue;
      const levels = levelsAt(m, nFft);
      ring.levels.set(levels, (m % nColumns) * nBins);
      if (m === nHeard - 1) loudest = peakOf(levels, nFft);
    }
    if (ring.todo.length) ui.redraw();
  }

  // The ring in the order of time, only the rows that are shown.
  function picture(nRows, floor) {
    const { levels, nColumns, nBins } = ring, ordered = new Float32Array(nColumns * nRows);
    for (let i = 0; i < nColumns; i++) {
      const at = ((nHeard + i) % nColumns) * nBins;
      ordered.set(levels.subarray(at, at + nRows), i * nRows);
    }
    return heatmap(ordered, nColumns, nRows, floor, floor + RANGE_DB);
  }

  // dB re a full-scale sine of the window that ends with block m.
  function levelsAt(m, nFft) {
    const last = blocks.length - (nHeard - 1 - m), nBack = Math.ceil(nFft / HOP);
    const end = joined(blocks.slice(Math.max(0, last - nBack), last)), frame = new Float64Array(nFft), win = windowFor(nFft);
    for (let n = 1; n <= Math.min(nFft, end.length); n++) frame[nFft - n] = end[end.length - n] * win[nFft - n];
    const { re, im } = rfft(frame), scale = (2 / (nFft / 2)) ** 2; // the sum of a Hann window is N/2
    return Float32Array.from(re, (_, k) => 10 * Math.log10(scale * (re[k] ** 2 + im[k] ** 2) + 1e-20));
  }

  // The strongest bin, refined by a parabola through the levels.
  function peakOf(levels, nFft) {
    const k = levels.reduce((best, value, i) => (i && value > levels[best] ? i : best), 1);
    const [left, middle, right] = [levels[k - 1], levels[k], levels[k + 1] ?? levels[k]], bend = left - 2 * middle + right;
    const shift = bend < 0 ? (left - right) / (2 * bend) : 0;
    return { hz: ((k + shift) * rate) / nFft, db: middle - ((left - right) * shift) / 4 };
  }

  function draw() {
    const nFft = model.get("n_fft"), floor = model.get("floor_db"), topHz = Math.min(model.get("top_hz"), rate / 2);
    fillRing(nFft);
    const isLoud = loudest && loudest.db > floor;
    const strongest = isLoud ? `strongest ${loudest.hz.toFixed(0)} Hz, ${signed(loudest.db)} dB` : "";
    const scale = `black ${signed(floor)}, white ${signed(floor + RANGE_DB)} dB re full-scale sine`;
    plot.frame({
      x: { low: -SHOWN_S, high: 0, label: `time in s; ${scale}` },
      y: { low: 0, high: model.get("top_hz") / 1000, label: "frequency in kHz" },
      title: `window ${((1000 * nFft) / rate).toFixed(0)} ms${isLoud ? "; " : ""}${strongest}`,
    });
    const binKhz = rate / nFft / 1000, nRows = Math.min(ring.nBins, Math.ceil(topHz / 1000 / binKhz) + 1);
    const x0 = (-ring.nColumns * HOP) / rate;
    if (nHeard) plot.image(picture(nRows, floor), { x0, x1: 0, y0: -binKhz / 2, y1: (nRows - 0.5) * binKhz });
    plot.describe(nHeard ? `Spectrogram of the last ${SHOWN_S} s; ${strongest || "nothing above black"}.` : "Nothing heard yet.");
    if (trouble) return ui.say(trouble);
    if (microphone.isOn) return ui.say("Listening; Freeze hands the last seconds to Python.");
    if (!frozen) return ui.say("Press Start, then whistle, hum, hiss and clap. It goes to Python and nowhere else.");
    ui.say(`Frozen: ${(frozen.length / rate).toFixed(1)} s at ${rate} Hz are in Python, as signal and sample_rate.`);
  }
}

const signed = (db) => db.toFixed(0).replace("-", "−");
const windows = new Map();
function windowFor(nFft) {
  if (!windows.has(nFft)) windows.set(nFft, windowOf("hann", nFft));
  return windows.get(nFft);
}

export default { render };
