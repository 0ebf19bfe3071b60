// An LSTM that writes a tune: the bars of the next note's probability, the rules of drawing, and the tune so far.
const SHOWN = 16, MOST = 120, RATE = 22050, TEMPO = 110, TONIC = 67, LOUDNESS = 0.35;
const STEPS = ["do", "di", "re", "mi♭", "mi", "fa", "fi", "so", "la♭", "la", "ti♭", "ti"];

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, net: networkOf(model), states: [], drawn: 0,
    bars: ui.plot({ height: 300, share: 1.2, label: "The next note." }),
    roll: ui.plot({ height: 300, share: 1.6, label: "The tune so far." }),
  };
  lab.one = button(ui, "Draw one note", () => keep(lab, [...kept(lab), drawOne(lab)]));
  lab.all = button(ui, "Draw to the end", () => finish(lab));
  lab.likeliest = button(ui, "Take the likeliest", () => keep(lab, [...kept(lab), likeliest(lab)]));
  lab.back = button(ui, "One note back", () => ui.set("kept", Math.max(0, at(lab) - 1)));
  button(ui, "Start again", () => keep(lab, []));
  lab.play = soundButton(ui, "Hear the tune", () => ({ signal: soundOf(lab), sampleRate: RATE }), { follow: false });
  lab.roll.onDrag(({ x }) => ui.set("kept", noteAt(lab, x)));
  ui.on("kind", () => { lab.states = []; });
  return ui.close;
}

// ------------------------------------------------------------------------------------------------------- the network

function halfToFloat(code) {
  const sign = code & 0x8000 ? -1 : 1, exponent = (code >> 10) & 31, fraction = code & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function networkOf(model) {
  const { width, tokens, kinds } = model.get("shape"), view = model.get("weights");
  const codes = new Uint16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const all = Float32Array.from(codes, halfToFloat);
  let end = 0;
  const take = (n) => all.subarray(end, end += n);
  return {
    width, tokens, embedding: take(tokens * width), kinds: take(kinds * width), bias: take(tokens),
    input: take(4 * width * width), hidden: take(4 * width * width), gates: take(4 * width),
  };
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// One token more: i, f, g, o as torch orders them.
function stepOf(net, token, kind, before) {
  const { width, embedding, kinds, input, hidden, gates, bias, tokens } = net, scale = Math.sqrt(width);
  const x = Float64Array.from({ length: width }, (_, j) =>
    scale * embedding[token * width + j] + kinds[kind * width + j]);
  const sums = Float64Array.from(gates);
  for (let i = 0; i < 4 * width; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += input[i * width + j] * x[j] + hidden[i * width + j] * before.h[j];
    sums[i] += sum;
  }
  const c = new Float64Array(width), h = new Float64Array(width), scores = new Float64Array(tokens);
  for (let j = 0; j < width; j++) {
    const [i, f, g, o] = [0, 1, 2, 3].map((part) => sums[part * width + j]);
    c[j] = sigmoid(f) * before.c[j] + sigmoid(i) * Math.tanh(g);
    h[j] = sigmoid(o) * Math.tanh(c[j]);
  }
  for (let t = 0; t < tokens; t++) {
    let sum = bias[t];
    for (let j = 0; j < width; j++) sum += embedding[t * width + j] * h[j];
    scores[t] = sum;
  }
  return { h, c, scores, token };
}

// What the network says after 0 and these notes; what it has read before is remembered.
function scoresAfter(lab, notes) {
  const { net, states, model } = lab, kind = controlOf(model, "kind").options.indexOf(model.get("kind"));
  const read = [0, ...notes];
  let known = 0;
  while (known < read.length && states[known]?.token === read[known]) known += 1;
  states.length = known;
  for (; known < read.length; known++) {
    const nothing = { h: new Float64Array(net.width), c: new Float64Array(net.width) };
    states.push(stepOf(net, read[known], kind, states[known - 1] ?? nothing));
  }
  return states.at(-1).scores;
}

// ---------------------------------------------------------------------------------------------------------- the rules

function softmax(scores, temperature) {
  const most = Math.max(...scores), p = Float64Array.from(scores, (z) => Math.exp((z - most) / temperature));
  const sum = sumOf(p);
  return p.map((value) => value / sum);
}

function afterRules(scores, { temperature, topK, nucleus }) {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const q = new Float64Array(scores.length);
  if (temperature === 0) {
    q[order[0]] = 1;
    return q;
  }
  const p = softmax(scores, temperature), few = order.slice(0, topK), sum = sumOf(few.map((token) => p[token]));
  let before = 0;
  few.forEach((token, i) => {
    if (i === 0 || before < nucleus) q[token] = p[token];
    before += p[token] / sum;
  });
  const left = sumOf(q);
  return q.map((value) => value / left);
}

const rulesOf = (model) => {
  const [temperature, topK, nucleus] = valuesOf(model, "temperature", "top_k", "nucleus");
  return { temperature, topK: Math.round(topK), nucleus };
};

// -------------------------------------------------------------------------------------------------------- the drawing

const at = ({ model }) => Math.min(Math.round(model.get("kept")), model.get("notes").length);
const kept = (lab) => lab.model.get("notes").slice(0, at(lab)).filter((token) => token !== 0);

function drawOne(lab, notes = kept(lab)) {
  const q = afterRules(scoresAfter(lab, notes), rulesOf(lab.model));
  lab.drawn += 1;
  const random = seededRandom(1000 * lab.model.get("seed") + lab.drawn)();
  let sum = 0, last = 0;
  for (let token = 0; token < q.length; token++) {
    if (q[token] > 0) last = token;
    sum += q[token];
    if (random < sum) return token;
  }
  return last;
}

function likeliest(lab) {
  const scores = scoresAfter(lab, kept(lab));
  return scores.indexOf(Math.max(...scores));
}

function finish(lab) {
  const notes = kept(lab);
  while (notes.length < MOST && notes.at(-1) !== 0) notes.push(drawOne(lab, notes));
  keep(lab, notes);
}

function keep(lab, notes) {
  if (notes.length === 0) lab.drawn = 0;
  lab.ui.set("notes", notes.slice(0, MOST));
  lab.ui.set("kept", Math.min(notes.length, MOST));
  lab.play.speaker.stop();
  lab.ui.redraw();
}

// ---------------------------------------------------------------------------------------------------- notes and sound

function noteOf({ model }, token) {
  const { lengths, lowest } = model.get("shape"), place = Math.floor((token - 1) / lengths.length);
  return { step: place === 0 ? null : lowest + place - 1, quarters: lengths[(token - 1) % lengths.length] };
}

function nameOf(lab, token) {
  if (token === 0) return "end";
  const { step, quarters } = noteOf(lab, token);
  if (step === null) return `rest ${quarters}`;
  const octave = Math.floor(step / 12), marks = octave > 0 ? "’".repeat(octave) : ",".repeat(-octave);
  return `${signed(step, 0)} ${STEPS[((step % 12) + 12) % 12]}${marks} ${quarters}`;
}

const tuneOf = (lab) => lab.model.get("notes").filter((token) => token !== 0).map((token) => noteOf(lab, token));

function noteAt(lab, quarters) {
  let end = 0, n = 0;
  for (const note of tuneOf(lab)) {
    if (end + note.quarters / 2 > quarters) break;
    end += note.quarters;
    n += 1;
  }
  return n;
}

function soundOf(lab) {
  const notes = tuneOf(lab).slice(0, Math.max(1, at(lab))), second = 60 / TEMPO;
  const total = sumOf(notes.map(({ quarters }) => quarters)) || 1;
  const sound = new Float32Array(Math.round(total * second * RATE) + RATE / 10);
  let begin = 0;
  for (const { step, quarters } of notes) {
    const length = Math.round(quarters * second * RATE);
    if (step !== null) addNote(sound, Math.round(begin), length, 440 * 2 ** ((TONIC + step - 69) / 12));
    begin += quarters * second * RATE;
  }
  return sound;
}

function addNote(sound, begin, length, hz) {
  const envelope = adsr(length, RATE, { attackS: 0.02, decayS: 0.05, sustain: 0.8, releaseS: 0.05 });
  for (let n = 0; n < length; n++) {
    const turn = (2 * Math.PI * hz * n) / RATE;
    const tone = 0.7 * Math.sin(turn) + 0.15 * Math.sin(2 * turn) + 0.05 * Math.sin(3 * turn);
    sound[begin + n] += LOUDNESS * envelope[n] * tone;
  }
}

// ----------------------------------------------------------------------------------------------------------- pictures

function draw(lab) {
  const { model, ui } = lab, notes = kept(lab), scores = scoresAfter(lab, notes);
  const before = softmax(scores, 1), after = afterRules(scores, rulesOf(model));
  const order = Array.from(before.keys()).sort((a, b) => before[b] - before[a]);
  const bars = order.slice(0, SHOWN).map((token) => [token, before[token], after[token]]);
  const ended = model.get("notes").slice(0, at(lab)).includes(0) || notes.length >= MOST - 1;
  for (const control of [lab.one, lab.all, lab.likeliest]) control.disabled = ended;
  lab.back.disabled = at(lab) === 0;
  lab.play.element.disabled = tuneOf(lab).length === 0;
  const rounded = bars.map(([token, ...values]) => [token, ...values.map((value) => Number(value.toPrecision(6)))]);
  if (JSON.stringify(rounded) !== JSON.stringify(model.get("bars"))) ui.set("bars", rounded);
  drawBars(lab, bars, after);
  drawRoll(lab, ended);
  const left = after.filter((value) => value > 0).length;
  ui.say(`${notes.length} notes kept${ended ? ", the tune is over" : ""}. Likeliest next: ${nameOf(lab, order[0])}, ` +
    `${percent(before[order[0]])}; the rules leave ${left} of ${after.length} tokens, the largest with ` +
    `${percent(Math.max(...after))}.`);
}

function drawBars(lab, bars, after) {
  const left = after.filter((value) => value > 0).length;
  const { bars: plot } = lab, high = Math.max(0.05, ...bars.flatMap(([, ...values]) => values)) * 1.45;
  plot.frame({
    x: { low: 0, high, label: "probability" },
    y: { low: SHOWN + 0.5, high: 0.5, label: "rank", ticks: [1, 4, 8, 12, 16] },
    title: `next note: before (line), after the rules (bar); ${left} of ${after.length} are left`,
  });
  bars.forEach(([, before, now], i) => {
    plot.stroke({ colour: 0, width: 9 }, () =>
      plot.segment(plot.toX(0), plot.toY(i + 1), plot.toX(now), plot.toY(i + 1)));
    plot.stroke({ colour: 1, width: 3 }, () =>
      plot.segment(plot.toX(before), plot.toY(i + 0.65), plot.toX(before), plot.toY(i + 1.35)));
    plot.text(nameOf(lab, bars[i][0]), Math.max(before, now) + 0.02 * high, i + 1.25);
  });
  plot.describe(`Next note: ${bars.slice(0, 6).map(([token, before, now]) =>
    `${nameOf(lab, token)} ${percent(before)}, after the rules ${percent(now)}`).join("; ")}. ` +
    `${after.filter((value) => value > 0).length} tokens can be drawn.`);
}

function drawRoll(lab, ended) {
  const { roll: plot } = lab, notes = tuneOf(lab), total = Math.max(16, sumOf(notes.map(({ quarters }) => quarters)));
  const steps = notes.map(({ step }) => step).filter((step) => step !== null);
  const low = Math.min(-5, ...steps) - 1, high = Math.max(12, ...steps) + 1;
  plot.frame({
    x: { low: 0, high: total, label: "time in quarters; drag to continue from another note" },
    y: { low, high, label: "semitones above the tonic" },
    title: `${notes.length} notes${ended ? ", ended" : ""}; seed ${lab.model.get("seed")}`,
  });
  let begin = 0;
  const mark = Math.min(at(lab), notes.length);
  notes.forEach(({ step, quarters }, i) => {
    const colour = i < mark ? 0 : 3, width = i < mark ? 7 : 3;
    if (step !== null) {
      plot.stroke({ colour, width }, () =>
        plot.segment(plot.toX(begin), plot.toY(step), plot.toX(begin + 0.9 * quarters), plot.toY(step)));
    }
    begin += quarters;
  });
  plot.vertical(sumOf(notes.slice(0, mark).map(({ quarters }) => quarters)), { colour: 1 });
  plot.describe(`${notes.length} notes: ${notes.slice(0, 40).map(({ step, quarters }) =>
    `${step === null ? "rest" : signed(step, 0)} for ${quarters}`).join(", ")}. The first ${mark} are kept.`);
}

export default { render };
