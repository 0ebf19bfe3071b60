// The samples of a piece turned back by a phasor, their sum tip to tail, and the spectrum that its ends make.
const PIECE_S = 0.1, MOST_K = 64, TONE_TURNS = 26;
const MOST_POINTS = 2400, STROKE = 800; // of a curve, and of one call of `line`

function render({ model, el }) {
  const rate = model.get("sample_rate"), [signal] = signalsOf(model, "audio"), n = Math.round(PIECE_S * rate);
  const turns = 2 * Math.PI / n, cos = Float64Array.from({ length: n }, (_, i) => Math.cos(turns * i));
  const sin = Float64Array.from({ length: n }, (_, i) => Math.sin(turns * i));
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, rate, signal, n, cos, sin, lastK: model.get("k"),
    known: new Map(), // samples, spectrum and visited bins of each sound
    wound: ui.plot({ height: 290, label: "The samples of the piece, turned back by the phasor." }),
    walk: ui.plot({ height: 290, label: "The sum of the turned samples, step by step." }),
    spectrum: ui.plot({ height: 200, share: 3, label: "Magnitude of the bins that k has passed." }),
  };
  lab.spectrum.onDrag(({ x }) => ui.set("k", clamp(Math.round(x), 0, MOST_K)));
  ui.on("k", () => passBins(lab));
  button(ui, "All bins", () => {
    piece(lab).passed.fill(1);
    ui.redraw();
  });
  button(ui, "Clear bins", () => {
    piece(lab).passed.fill(0)[model.get("k")] = 1;
    ui.redraw();
  });
  soundButton(ui, "Hear the sound", () => heard(lab));
  soundButton(ui, "Hear the phasor", () => steady(lab, model.get("k") ? [[model.get("k"), 0.2, 1]] : []));
  return ui.close;
}

function piece(lab) {
  const { model, n } = lab, name = model.get("sound");
  return once(lab.known, name, () => {
    const samples = name === "signal" ? Float64Array.from(lab.signal.subarray(0, n))
      : Float64Array.from({ length: n }, (_, i) => toneSample(lab, i, name === "two tones"));
    const magnitude = magnitudesOf(rfft(samples)).slice(0, MOST_K + 1), passed = new Uint8Array(MOST_K + 1);
    passed[model.get("k")] = 1;
    return { samples, peak: peakOf(samples, 1e-6), magnitude, most: largestOf(magnitude, 1e-6), passed };
  });
}

function toneSample({ n, cos, sin }, i, isTwo) {
  const second = isTwo ? 0.1 * sin[(1.5 * TONE_TURNS * i) % n] : 0;
  return 0.2 * cos[(TONE_TURNS * i) % n] + second;
}

// A slider may jump; the bins between belong to what it has passed.
function passBins(lab) {
  const k = lab.model.get("k");
  piece(lab).passed.fill(1, Math.min(k, lab.lastK), Math.max(k, lab.lastK) + 1);
  lab.lastK = k;
}

function heard(lab) {
  const name = lab.model.get("sound"), first = [TONE_TURNS, 0.2, 0], second = [1.5 * TONE_TURNS, 0.1, 1];
  if (name === "signal") return { signal: lab.signal, sampleRate: lab.rate };
  return steady(lab, name === "one tone" ? [first] : [first, second]);
}

// Ten pieces of cosines, [turns in a piece, amplitude, delay in quarter turns], at the rate of the sound card: no seam.
function steady({ rate, n }, tones) {
  const { sampleRate } = soundOfPage().context, length = Math.round((10 * n * sampleRate) / rate);
  const turnsAt = (i, turns) => ((10 * turns * i) % length) / length;
  const at = (i, [turns, amplitude, delay]) => amplitude * Math.cos(2 * Math.PI * (turnsAt(i, turns) - delay / 4));
  const signal = Float32Array.from({ length }, (_, i) => tones.reduce((sum, tone) => sum + at(i, tone), 0));
  return { signal, sampleRate, loop: true };
}

function draw(lab) {
  const { rate, n } = lab, [k, turnedMs] = valuesOf(lab.model, "k", "turned_ms");
  const { samples, peak, magnitude, most, passed } = piece(lab), nAdded = Math.round((turnedMs / 1000) * rate);
  const turned = turnBack(lab, samples, k, nAdded), { endX, endY } = turned, length = Math.hypot(endX, endY);
  drawWound(lab, turned, peak, k);
  drawWalk(lab, turned, Math.max(turned.reach, most / 4));
  drawSpectrum(lab, k, length, nAdded === n);
  const part = nAdded === n ? "" : ` after ${nAdded} of ${n} samples`;
  const angle = length > 0.001 * most ? ` at ${labelOf(Math.round((Math.atan2(endY, endX) * 180) / Math.PI))}°` : "";
  const end = `the sum ends ${length.toFixed(1)} from the start${angle}${part}`, hz = labelOf((k * rate) / n);
  lab.ui.say(`Bin ${k}, ${hz} Hz: ${end}. The largest bin up to ${MOST_K} has ${most.toFixed(1)}.`);
  const mean = `their mean lies ${(length / Math.max(1, nAdded)).toFixed(3)} from the middle`;
  lab.wound.describe(`The samples wound around the circle, ${k} turns backward; ${mean}.`);
  lab.walk.describe(`The walk of the partial sums; it ends ${length.toFixed(1)} from the start${angle}.`);
  const bins = `${sumOf(passed)} bins of ${MOST_K + 1}`;
  lab.spectrum.describe(`Magnitudes of ${bins}; bin ${k} has ${magnitude[k].toFixed(1)}.`);
}

// x[n] e^(−2πi kn/N) and its sum, both thinned to what a picture can hold.
function turnBack({ n, cos, sin }, samples, k, nAdded) {
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

function drawWound({ wound }, { xs, ys }, peak, k) {
  const title = `turned back ${k} times; the dot: their mean`;
  wound.plane(1.08 * peak, { x: "cosine part", y: "− sine part", title });
  const circle = Float64Array.from({ length: 121 }, (_, i) => (Math.PI * i) / 60);
  const [across, up] = [Math.cos, Math.sin].map((part) => circle.map((angle) => peak * part(angle)));
  wound.line(across, up, { colour: "faint", width: 1, dash: [4, 4] });
  curve(wound, xs, ys);
  const mean = (values) => sumOf(values) / Math.max(1, values.length);
  wound.points([mean(xs)], [mean(ys)], { colour: 1, radius: 6 });
}

function drawWalk({ walk }, { sumX, sumY, endX, endY }, reach) {
  walk.plane(1.08 * reach, { x: "sum with cosine", y: "− sum with sine", title: "the sum, sample by sample" });
  curve(walk, sumX, sumY);
  walk.line([0, endX], [0, endY], { colour: 1, width: 3 });
  arrowHead(walk, endX, endY);
}

function drawSpectrum(lab, k, length, isWhole) {
  const { rate, n, spectrum } = lab, { magnitude, most, passed } = piece(lab);
  spectrum.frame({
    x: { low: -1, high: MOST_K + 1, label: `bin k, ${labelOf(rate / n)} Hz apart` },
    y: { low: 0, high: 1.08 * most, label: "magnitude |X[k]|" },
    legend: [["passed", 0], [isWhole ? "now" : "sum so far", 1]],
  });
  const bins = [...passed.keys()].filter((bin) => passed[bin] && bin !== k);
  spectrum.points(bins, bins.map((bin) => magnitude[bin]), { colour: 0, radius: 3, stems: true });
  spectrum.points([k], [length], { colour: 1, radius: 6, stems: true });
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
