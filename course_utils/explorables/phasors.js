// The samples of a piece turned back by a phasor, their sum tip to tail, and the spectrum that its ends make.
const PIECE_S = 0.1, MOST_K = 64, TONE_TURNS = 26, MOST_POINTS = 2400, STROKE = 800; // of a curve, and of one call of `line`

function render({ model, el }) {
  const rate = model.get("sample_rate"), [signal] = signalsOf(model, "audio"), n = Math.round(PIECE_S * rate);
  const turns = 2 * Math.PI / n, cos = Float64Array.from({ length: n }, (_, i) => Math.cos(turns * i));
  const sin = Float64Array.from({ length: n }, (_, i) => Math.sin(turns * i));
  const known = new Map(); // samples, spectrum and visited bins of each sound
  let lastK = model.get("k");

  const ui = explorable(model, el, draw);
  const wound = ui.plot({ height: 290, label: "The samples of the piece, turned back by the phasor." });
  const walk = ui.plot({ height: 290, label: "The sum of the turned samples, step by step." });
  const spectrum = ui.plot({ height: 200, share: 3, label: "Magnitude of the bins that k has passed." });
  spectrum.onDrag(({ x }) => ui.set("k", Math.min(MOST_K, Math.max(0, Math.round(x)))));
  ui.on("k", passBins);
  button(ui, "All bins", () => { piece().passed.fill(1); ui.redraw(); });
  button(ui, "Clear bins", () => { piece().passed.fill(0).fill(1, model.get("k"), model.get("k") + 1); ui.redraw(); });
  soundButton(ui, "Hear the sound", heard);
  soundButton(ui, "Hear the phasor", () => steady(model.get("k") ? [[model.get("k"), 0.2, 1]] : []));
  return ui.close;

  function piece() {
    const name = model.get("sound");
    if (!known.has(name)) {
      const samples = name === "signal" ? Float64Array.from(signal.subarray(0, n))
        : Float64Array.from({ length: n }, (_, i) => toneSample(i, name === "two tones"));
      const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      const { re, im } = rfft(samples), magnitude = re.map((value, k) => Math.hypot(value, im[k]));
      const passed = new Uint8Array(MOST_K + 1);
      passed[model.get("k")] = 1;
      known.set(name, { samples, peak, re, im, magnitude, most: Math.max(...magnitude.subarray(0, MOST_K + 1), 1e-6), passed });
    }
    return known.get(name);
  }

  function toneSample(i, isTwo) {
    const second = isTwo ? 0.1 * sin[(1.5 * TONE_TURNS * i) % n] : 0;
    return 0.2 * cos[(TONE_TURNS * i) % n] + second;
  }

  // A slider may jump; the bins between belong to what it has passed.
  function passBins() {
    const k = model.get("k");
    piece().passed.fill(1, Math.min(k, lastK), Math.max(k, lastK) + 1);
    lastK = k;
  }

  function heard() {
    if (model.get("sound") === "signal") return { signal, sampleRate: rate };
    return steady(model.get("sound") === "one tone" ? [[TONE_TURNS, 0.2, 0]] : [[TONE_TURNS, 0.2, 0], [1.5 * TONE_TURNS, 0.1, 1]]);
  }

  // Ten pieces of cosines, [turns in a piece, amplitude, delay in quarter turns], at the rate of the sound card: no seam.
  function steady(tones) {
    const { sampleRate } = soundOfPage().context, length = Math.round((10 * n * sampleRate) / rate);
    const at = (i, [turned, amplitude, delay]) => amplitude * Math.cos(2 * Math.PI * (((10 * turned * i) % length) / length - delay / 4));
    return { signal: Float32Array.from({ length }, (_, i) => tones.reduce((sum, tone) => sum + at(i, tone), 0)), sampleRate, loop: true };
  }

  function draw() {
    const k = model.get("k"), { samples, peak, re, im, magnitude, most, passed } = piece();
    const nAdded = Math.round((model.get("turned_ms") / 1000) * rate), hz = labelOf((k * rate) / n);
    const { xs, ys, sumX, sumY, endX, endY, reach } = turnBack(samples, k, nAdded);
    drawWound(xs, ys, peak, k);
    drawWalk(sumX, sumY, endX, endY, Math.max(reach, most / 4));
    drawSpectrum(k, magnitude, most, passed, Math.hypot(endX, endY), nAdded === n);
    const length = Math.hypot(endX, endY), part = nAdded === n ? "" : ` after ${nAdded} of ${n} samples`;
    const angle = length > 0.001 * most ? ` at ${labelOf(Math.round((Math.atan2(endY, endX) * 180) / Math.PI))}°` : "";
    ui.say(`Bin ${k}, ${hz} Hz: the sum ends ${length.toFixed(1)} from the start${angle}${part}. The largest bin up to ${MOST_K} has ${most.toFixed(1)}.`);
    wound.describe(`The samples wound around the circle, ${k} turns backward; their mean lies ${(length / Math.max(1, nAdded)).toFixed(3)} from the middle.`);
    walk.describe(`The walk of the partial sums; it ends ${length.toFixed(1)} from the start${angle}.`);
    spectrum.describe(`Magnitudes of ${passed.reduce((a, b) => a + b, 0)} bins of ${MOST_K + 1}; bin ${k} has ${Math.hypot(re[k], im[k]).toFixed(1)}.`);
  }

  // x[n] e^(−2πi kn/N) and its sum, both thinned to what a picture can hold.
  function turnBack(samples, k, nAdded) {
    const step = Math.ceil(n / MOST_POINTS), xs = [], ys = [], sumX = [0], sumY = [0];
    let x = 0, y = 0, reach = 0;
    for (let i = 0; i < nAdded; i++) {
      const at = (k * i) % n, turnedX = samples[i] * cos[at], turnedY = -samples[i] * sin[at];
      x += turnedX;
      y += turnedY;
      if (i % step && i !== nAdded - 1) continue;
      reach = Math.max(reach, Math.abs(x), Math.abs(y));
      xs.push(turnedX);
      ys.push(turnedY);
      sumX.push(x);
      sumY.push(y);
    }
    return { xs, ys, sumX, sumY, endX: x, endY: y, reach };
  }

  function drawWound(xs, ys, peak, k) {
    plane(wound, peak, { x: "cosine part", y: "− sine part", title: `turned back ${k} times; the dot: their mean` });
    const circle = Float64Array.from({ length: 121 }, (_, i) => (Math.PI * i) / 60);
    wound.line(circle.map((a) => peak * Math.cos(a)), circle.map((a) => peak * Math.sin(a)), { colour: "faint", width: 1, dash: [4, 4] });
    curve(wound, xs, ys);
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    wound.points([mean(xs)], [mean(ys)], { colour: 1, radius: 6 });
  }

  function drawWalk(sumX, sumY, endX, endY, reach) {
    plane(walk, reach, { x: "sum with cosine", y: "− sum with sine", title: "the sum, sample by sample" });
    curve(walk, sumX, sumY);
    walk.line([0, endX], [0, endY], { colour: 1, width: 3 });
    arrowHead(walk, endX, endY);
  }

  function drawSpectrum(k, magnitude, most, passed, length, isWhole) {
    spectrum.frame({
      x: { low: -1, high: MOST_K + 1, label: `bin k, ${labelOf(rate / n)} Hz apart` }, y: { low: 0, high: 1.08 * most, label: "magnitude |X[k]|" },
      legend: [["passed", 0], [isWhole ? "now" : "sum so far", 1]],
    });
    const bins = [...passed.keys()].filter((bin) => passed[bin] && bin !== k);
    spectrum.points(bins, bins.map((bin) => magnitude[bin]), { colour: 0, radius: 3, stems: true });
    spectrum.points([k], [length], { colour: 1, radius: 6, stems: true });
  }
}

// Axes on which one unit is as long to the right as up.
function plane(plot, reach, { x, y, title }) {
  const across = (plot.canvas.clientWidth || plot.width) - 76, up = plot.height - 44 - 26, wide = 1.08 * reach;
  const high = { x: wide * Math.max(1, across / up), y: wide * Math.max(1, up / across) };
  plot.frame({ x: { low: -high.x, high: high.x, label: x }, y: { low: -high.y, high: high.y, label: y }, title });
}

// A line that runs back and forth; `line` would take many points for a function of x and draw its envelope.
function curve(plot, xs, ys) {
  for (let from = 0; from < xs.length; from += STROKE) {
    plot.line(xs.slice(from, from + STROKE + 1), ys.slice(from, from + STROKE + 1), { colour: 0, width: 1.2 });
  }
}

function arrowHead(plot, x, y) {
  const angle = Math.atan2(y, x), [px, py] = [plot.toX(x), plot.toY(y)];
  if (Math.hypot(px - plot.toX(0), py - plot.toY(0)) < 12) return;
  plot.clipped((pen) => {
    pen.fillStyle = plot.colour(1);
    pen.beginPath();
    pen.moveTo(px, py);
    for (const turn of [2.7, -2.7]) pen.lineTo(px + 14 * Math.cos(angle + turn), py - 14 * Math.sin(angle + turn));
    pen.fill();
  });
}

export default { render };
