// Query, keys and values in two planes, to be dragged; below, frames of a clip as tokens, seen by two heads.
const RATE = 16000, N_FFT = 512, HOP = 320, N_MELS = 40, FLOOR_DB = -60, N_TOKENS = 4, HEIGHT = 300, REACH = 2;
const HEADS = ["below 1 kHz", "above 3 kHz"], MOST_OF = 0.8;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), frames = framesOf(clip), end = clip.length / RATE;
  const names = controlOf(model, "vector").options;
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, frames, end, names,
    asking: ui.plot({ height: HEIGHT, label: "Query and keys." }),
    giving: ui.plot({ height: HEIGHT, label: "Values and output." }),
    picture: ui.plot({ height: 190, share: 3, label: "Log-mel spectrogram of the clip." }),
    shares: ui.plot({ height: 180, share: 3, label: "Weights of both heads over the clip." }),
  };

  lab.asking.onDrag((event) => drag(lab, event, 0, N_TOKENS + 1));
  lab.giving.onDrag((event) => drag(lab, event, N_TOKENS + 1, names.length));
  for (const plot of [lab.picture, lab.shares]) {
    plot.onDrag(({ x }) => ui.set("query_s", Math.min(end, Math.round(50 * Math.max(0, x)) / 50)));
  }
  // The list holds the vectors; x and y show the chosen one. Each follows the other once the event is over.
  for (const name of ["vector", "vectors"]) ui.on(name, () => queueMicrotask(() => showChosen(lab)));
  for (const name of ["x", "y"]) ui.on(name, () => queueMicrotask(() => moveChosen(lab)));
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE }), { follow: false });
  soundButton(ui, "Hear what the query takes", () => ({ signal: weighted(lab), sampleRate: RATE, loop: true }));
  return ui.close;
}

function chosen({ model, names }) { return names.indexOf(model.get("vector")); }

function showChosen(lab) {
  const [x, y] = lab.model.get("vectors")[chosen(lab)];
  lab.ui.set("x", x);
  lab.ui.set("y", y);
}

function moveChosen(lab) {
  const vectors = lab.model.get("vectors"), here = valuesOf(lab.model, "x", "y");
  if (vectors[chosen(lab)].every((part, i) => part === here[i])) return;
  lab.ui.set("vectors", vectors.map((vector, i) => (i === chosen(lab) ? here : vector)));
}

// The nearest vector of a plane is taken hold of, and follows.
function drag(lab, { x, y, kind }, first, last) {
  const vectors = lab.model.get("vectors"), round = (value) => Math.round(20 * clamp(value, -REACH, REACH)) / 20;
  let which = chosen(lab);
  if (kind === "down") {
    which = first;
    for (let i = first; i < last; i++) if (distance(vectors[i], [x, y]) < distance(vectors[which], [x, y])) which = i;
  }
  if (which < first || which >= last) return;
  lab.ui.set("vectors", vectors.map((vector, i) => (i === which ? [round(x), round(y)] : vector)));
  lab.ui.set("vector", lab.names[which]);
}

function byHand({ model }) {
  const [query, ...rest] = model.get("vectors"), last = model.get("causal") ? model.get("token") : N_TOKENS;
  const mayLook = (j) => j < last, keys = rest.slice(0, N_TOKENS), values = rest.slice(N_TOKENS);
  return { query, keys, values, mayLook, ...attend(query, keys, values, { mayLook, scaled: model.get("scaled") }) };
}

function frameNumber({ model, frames }) { return frameAt(model.get("query_s"), frames.nFrames, HOP, RATE); }

// Weights of a head over the frames of the clip.
function ofHead(lab, head) {
  const [isCausal, scaled] = valuesOf(lab.model, "causal", "scaled"), rows = lab.frames.heads[HEADS.indexOf(head)];
  const m = frameNumber(lab), last = isCausal ? m : rows.length;
  return attend(rows[m], rows, rows, { mayLook: (j) => j <= last, scaled }).weights;
}

// The clip, each frame as loud as its weight re the largest; straight lines between the frames' middles.
function weighted(lab) {
  const weights = ofHead(lab, lab.model.get("head")), most = Math.max(...weights);
  return Float64Array.from(lab.clip, (value, n) => {
    const left = Math.floor(n / HOP), part = n / HOP - left;
    return (value * ((1 - part) * weights[left] + part * (weights[left + 1] ?? weights[left]))) / most;
  });
}

function draw(lab) {
  const { model, asking, giving } = lab;
  const hand = byHand(lab), both = HEADS.map((head) => ofHead(lab, head)), m = frameNumber(lab);
  drawAsking(lab, hand);
  drawGiving(lab, hand);
  const [[x, y], plot] = [model.get("vectors")[chosen(lab)], chosen(lab) > N_TOKENS ? giving : asking];
  plot.points([x], [y], { colour: "ink", radius: 11, hollow: true }); // the one that the sliders move
  drawClip(lab, m, both);
  const taken = hand.weights.map((weight, j) => `${percent(weight)} from token ${j + 1}`).join(", ");
  const outcome = `Token ${model.get("token")} takes ${taken}.`;
  const counts = both.map((weights, i) => `${nMost(weights)} by the bands ${HEADS[i]}`).join(", ");
  const at = `${((m * HOP) / RATE).toFixed(2)} s`;
  const inClip = `In the clip, the frame at ${at} takes 80 % from ${counts} (of ${lab.frames.nFrames} frames).`;
  lab.ui.say(`${outcome} ${inClip}`);
  asking.describe(`Query and keys in a plane. ${outcome}`);
  const output = hand.output.map((part) => part.toFixed(2)).join(", ");
  giving.describe(`Values in a plane, and the output at ${output}. ${outcome}`);
  lab.picture.describe("Log-mel spectrogram of the clip. The query is marked.");
  lab.shares.describe(`Weights over the frames of the clip. ${inClip}`);
}

function drawAsking({ model, asking }, { query, keys, scores, mayLook }) {
  const title = `scores; token ${model.get("token")} asks`;
  asking.plane(REACH + 0.3, { x: "x", y: "y", title, legend: [["query", 1], ["keys", 0]] });
  const long = 10 / (Math.hypot(...query) || 1);
  asking.line([-long * query[0], long * query[0]], [-long * query[1], long * query[1]], { colour: "faint", width: 1 });
  arrow(asking, query, { colour: 1, width: 5, label: "q" });
  keys.forEach((key, j) => {
    const along = dot(key, query) / (dot(query, query) || 1); // its foot on the line of the query
    asking.line([key[0], along * query[0]], [key[1], along * query[1]], { colour: "faint", width: 1, dash: [2, 3] });
    const label = `k${j + 1}: ${mayLook(j) ? signed(scores[j], 2) : "masked"}`;
    arrow(asking, key, { colour: mayLook(j) ? 0 : "faint", below: query[0] * key[1] <= query[1] * key[0], label });
  });
}

function drawGiving({ giving }, { values, weights, output }) {
  const legend = [["values", 0], ["output", 1]];
  giving.plane(REACH + 0.3, { x: "x", y: "y", title: "weighted mean of the values", legend });
  values.forEach((value, j) => {
    giving.line([value[0], output[0]], [value[1], output[1]], { colour: "faint", width: 1 + 6 * weights[j] });
    giving.points([value[0]], [value[1]], { colour: 0, radius: 3 + 12 * Math.sqrt(weights[j]) });
    const [side, align] = value[0] < 0 ? [-0.38, "right"] : [0.38, "left"];
    giving.text(`v${j + 1}: ${percent(weights[j])}`, value[0] + side, value[1], { align });
  });
  giving.points([output[0]], [output[1]], { colour: 1, radius: 8 });
}

function drawClip({ model, frames, end, picture, shares }, m, both) {
  const x = { low: 0, high: end, label: "time in s" }, at = (m * HOP) / RATE;
  const title = "dB re max., black −60; heads: outside the dots";
  picture.frame({ x, y: { low: 0, high: N_MELS, label: "mel band" }, title });
  picture.image(frames.image, frameSpan(frames.nFrames, HOP, RATE));
  for (const band of frames.borders) picture.horizontal(band, { colour: "#ffffff", dash: [2, 4], width: 1.5 });
  picture.vertical(at, { colour: "#ffffff", dash: [] });
  const times = both[0].map((_, j) => (j * HOP) / RATE);
  const courses = both.map((weights) => weights.map((weight) => 100 * weight));
  const high = 1.1 * Math.max(...courses.flat());
  shares.frame({
    x, y: { low: 0, high, label: "weight in %" },
    title: "what the query takes; thick: heard", legend: [[HEADS[0], 0], [HEADS[1], 1, [8, 5]]],
  });
  courses.forEach((course, i) => {
    const width = HEADS[i] === model.get("head") ? 3.5 : 1.5;
    shares.line(times, course, { colour: i, dash: i ? [8, 5] : [], width });
  });
  shares.vertical(at, { colour: "ink", dash: [], width: 1 });
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

// From the origin to a point, with a head and a name.
function arrow(plot, [x, y], { colour, width = 2, label, below = false }) {
  const [fromX, fromY, toX, toY] = [plot.toX(0), plot.toY(0), plot.toX(x), plot.toY(y)];
  const angle = Math.atan2(toY - fromY, toX - fromX);
  const from = (length, turn) => [toX + length * Math.cos(angle + turn), toY + length * Math.sin(angle + turn)];
  plot.clipped((pen) => {
    pen.strokeStyle = pen.fillStyle = plot.colour(colour);
    pen.lineWidth = width;
    pen.setLineDash([]);
    pen.beginPath();
    plot.segment(fromX, fromY, ...from(-6, 0));
    pen.stroke();
    pen.beginPath();
    for (const [length, turn] of [[0, 0], [11, 2.6], [11, -2.6]]) pen.lineTo(...from(length, turn));
    pen.fill();
    pen.fillStyle = plot.colour("ink");
    pen.textAlign = toX < fromX ? "right" : "left";
    pen.fillText(label, toX + (toX < fromX ? -14 : 14), toY + (below ? 15 : -5));
  });
}

// How many frames, the largest first, hold 80 % of the weight.
function nMost(weights) {
  let left = MOST_OF - 1e-9;
  return [...weights].sort((a, b) => b - a).findIndex((weight) => (left -= weight) <= 0) + 1;
}

// The tokens: picture, and for each head one row a frame, every band in units of its standard deviation about its mean.
function framesOf(clip) {
  const { values: weights, edgesHz } = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS });
  const db = powerToDb(applyBank(weights, N_MELS, spectrogram(clip, { nFft: N_FFT, hop: HOP })), FLOOR_DB);
  const nFrames = db.length / N_MELS, image = heatmap(db, nFrames, N_MELS, FLOOR_DB, 0);
  const [low, high] = [1000, 3000].map((border) => edgesHz.findIndex((hz) => hz >= border) - 1); // by their centres
  const standard = Array.from({ length: N_MELS }, (_, band) => {
    const course = Float64Array.from({ length: nFrames }, (_, m) => db[m * N_MELS + band]);
    const mean = sumOf(course) / nFrames;
    const spread = rmsOf(course.map((value) => value - mean));
    return course.map((value) => (value - mean) / (spread || 1));
  });
  const rows = (from, to) =>
    Array.from({ length: nFrames }, (_, m) => standard.slice(from, to).map((course) => course[m]));
  return { nFrames, image, borders: [low, high], heads: [rows(0, low), rows(high, N_MELS)] };
}

export default { render };
