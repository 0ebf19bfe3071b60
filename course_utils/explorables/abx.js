// A blind listening test. What X is stands nowhere on the page: it is drawn from a seed when an answer is counted.
const BOX = 22, Z = 1.96, KEYS = { a: "A", b: "B", x: "X" }, ANSWERS = { 1: "A", 2: "B" };

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab)), rate = model.get("sample_rate");
  const lab = {
    model, ui, rate, pair: signalsOf(model, "audio", 2), third: null, heardX: false,
    bars: ui.plot({ height: 230, share: 3, label: "What a guesser would get." }),
    course: ui.plot({ height: 75 + 2 * BOX, share: 3, label: "The trials." }),
    speaker: new Speaker(ui, () => ui.redraw()),
  };
  lab.hear = Object.fromEntries(["A", "B", "X"].map((name) => [name, button(ui, "", () => hear(lab, name))]));
  lab.answer = Object.fromEntries(["A", "B"].map((name) =>
    [name, button(ui, `X is ${name}`, () => answer(lab, name))]));
  lab.again = button(ui, "Begin anew", () => begin(lab));
  lab.slider = ui.controls.querySelector("input[type=range]");
  ui.stage.closest("section").addEventListener("keydown", (event) => press(lab, event));
  ui.on("answers", () => turnPage(lab));
  turnPage(lab);
  return ui.close;
}

// ------------------------------------------------------------------------------------------------ drawing and counting

// What X is in each trial: Python's `hidden_sounds` draws the same.
function hiddenOf(seed, nTrials) {
  const random = seededRandom(seed);
  return Array.from({ length: nTrials }, () => (random() < 0.5 ? "A" : "B"));
}

// The probability of each number of right answers for one who guesses, 0 … n.
function guesses(nTrials) {
  const shares = [2 ** -nTrials];
  for (let k = 1; k <= nTrials; k++) shares.push((shares[k - 1] * (nTrials - k + 1)) / k);
  return shares;
}

const tailFrom = (shares, nRight) => shares.reduceRight((sum, share, k) => (k >= nRight ? sum + share : sum), 0);

function wilson(nRight, n) {
  const p = nRight / n, centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

const stateOf = ({ model }) => {
  const [answers, nTrials] = valuesOf(model, "answers", "n_trials");
  return { answers, nTrials, isDone: answers.length >= nTrials };
};

// Only after the last answer.
function verdict(lab) {
  const { answers, nTrials } = stateOf(lab), hidden = hiddenOf(lab.model.get("seed"), nTrials);
  const nRight = answers.filter((answered, i) => answered === hidden[i]).length;
  return { hidden, nRight, p: tailFrom(guesses(nTrials), nRight), interval: wilson(nRight, nTrials) };
}

// ------------------------------------------------------------------------------------------------------------- a trial

// A trial begins: X is a copy of its own, so that nothing is faster for one sound than for the other.
function turnPage(lab) {
  const { answers, nTrials, isDone } = stateOf(lab);
  lab.speaker.stop();
  lab.heardX = false;
  if (isDone) return;
  const which = hiddenOf(lab.model.get("seed"), nTrials)[answers.length];
  lab.third = Float32Array.from(lab.pair[which === "A" ? 0 : 1]);
}

// All three run in step; another one is switched to without a gap.
function hear(lab, name) {
  const { speaker, pair, third, rate, ui } = lab, selected = ["A", "B", "X"].indexOf(name);
  if (name === "X") lab.heardX = true;
  if (speaker.isPlaying && speaker.options.selected === selected) speaker.stop();
  else if (speaker.isPlaying) speaker.select(selected);
  else speaker.play([...pair, third], rate, { selected });
  ui.redraw();
}

function answer(lab, name) {
  const { answers, isDone } = stateOf(lab);
  if (isDone || !lab.heardX) return;
  lab.ui.set("answers", [...answers, name]);
  if (stateOf(lab).isDone) lab.again.focus(); // what was pressed is switched off now
}

function begin({ model, ui }) {
  const seed = Math.floor(Math.random() * 2 ** 32);
  ui.set("seed", seed === model.get("seed") ? (seed + 1) % 2 ** 32 : seed);
  ui.set("answers", []);
}

// Letters and numbers are ours: in JupyterLab they would insert or cut a cell.
function press(lab, event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey || event.altKey || !(key in KEYS || key in ANSWERS)) return;
  event.stopPropagation();
  if (event.repeat) return;
  if (key in ANSWERS) answer(lab, ANSWERS[key]);
  else if (!stateOf(lab).isDone) hear(lab, KEYS[key]);
}

// ------------------------------------------------------------------------------------------------- pictures and words

function draw(lab) {
  const { answers, isDone } = stateOf(lab), { speaker } = lab;
  const playing = speaker.isPlaying ? ["A", "B", "X"][speaker.options.selected] : null;
  for (const [name, element] of Object.entries(lab.hear)) {
    element.textContent = `${name === playing ? "■" : "▶"} ${name}`;
    element.setAttribute("aria-pressed", String(name === playing));
    element.disabled = isDone;
  }
  for (const element of Object.values(lab.answer)) element.disabled = isDone || !lab.heardX;
  lab.again.disabled = !answers.length;
  lab.slider.disabled = answers.length > 0;
  const found = isDone ? verdict(lab) : null;
  drawBars(lab, found);
  drawTrials(lab, found);
  lab.ui.say([isDone ? outcome(lab, found) : progress(lab), levels(lab), lab.model.get("note")].join(" ").trim());
}

function drawBars(lab, found) {
  const { bars: plot } = lab, { nTrials } = stateOf(lab), shares = guesses(nTrials), most = Math.max(...shares);
  const enough = shares.findIndex((_, k) => tailFrom(shares, k) < 0.05);
  plot.frame({
    x: { low: -0.7, high: nTrials + 0.7, label: "right answers" },
    y: { low: 0, high: 112 * most, label: "probability in %" },
    title: "what a guesser gets", legend: found ? [["as many as you or more", 4]] : [],
  });
  plot.clipped((pen) => shares.forEach((share, k) => {
    const [left, right] = [plot.toX(k - 0.38), plot.toX(k + 0.38)], top = plot.toY(100 * share);
    pen.fillStyle = plot.colour(found && k >= found.nRight ? 4 : 0);
    pen.fillRect(left, top, right - left, plot.bottom - top);
  }));
  if (found) plot.vertical(found.nRight, { colour: "ink", text: "you" });
  else plot.vertical(enough - 0.5, { colour: "ink", text: "5 % from here" });
  const rule = `${enough} or more of ${nTrials} come to a guesser with probability ` +
    `${labelOf(tailFrom(shares, enough), 2)}.`;
  plot.describe(found ? `${rule} You have ${found.nRight}.` : rule);
}

// One column for each trial: what was answered and, once all are, what X was.
function drawTrials(lab, found) {
  const { course: plot } = lab, { answers, nTrials } = stateOf(lab), every = Math.ceil(nTrials / 20);
  plot.frame({
    x: { low: 0.5, high: nTrials + 0.5, label: "trial", ticks: answers.concat(Array(nTrials - answers.length).fill(""))
      .map((_, i) => i + 1).filter((i) => (i - 1) % every === 0) },
    y: { low: 0, high: 2, label: "", ticks: [0.5, 1.5], format: (at) => (at > 1 ? "answer" : "X was") },
    title: found ? "wrong answers are framed" : "what X was is shown at the end",
  });
  answers.forEach((answered, i) => {
    plot.text(answered, i + 1, 1.35, { align: "center" });
    plot.text(found ? found.hidden[i] : "·", i + 1, 0.35, { align: "center" });
    if (!found || found.hidden[i] === answered) return;
    const [left, right] = [plot.toX(i + 0.6), plot.toX(i + 1.4)];
    Object.assign(plot.pen, { strokeStyle: plot.colour(4), lineWidth: 2 });
    plot.pen.strokeRect(left, plot.top + 2, right - left, plot.bottom - plot.top - 4);
  });
  const told = answers.map((answered, i) => `${i + 1} ${answered}${found ? `, X was ${found.hidden[i]}` : ""}`);
  plot.describe(told.length ? `Answers: ${told.join("; ")}.` : "No answer yet.");
}

function progress(lab) {
  const { answers, nTrials } = stateOf(lab);
  const what = lab.heardX ? "Is X the sound A or B?" : "Hear X, and A and B as often as you like; then answer.";
  return `Trial ${answers.length + 1} of ${nTrials}. ${what}`;
}

function outcome(lab, { nRight, p, interval }) {
  const { nTrials } = stateOf(lab), ends = interval.map((share) => signed(100 * share, 0)).join(" to ");
  const chance = p >= 0.0005 ? `p = ${signed(p, 3)}` : "p < 0.001";
  const verdicts = p < 0.05 ? "Guessing does so well less than once in 20 tests: you hear a difference."
    : "That does not prove that there is no difference; only that this test did not show one.";
  return `${nRight} of ${nTrials} right. A guesser has so many or more with ${chance}; ` +
    `95 % interval of your share ${ends} %. ${verdicts}`;
}

function levels({ model }) {
  const [[a, b], down] = valuesOf(model, "levels_db", "turned_down_db"), which = down.findIndex((db) => db > 0.005);
  const words = which < 0 ? "" : ` (${"AB"[which]} was turned down by ${signed(down[which], 1)} dB)`;
  return Math.abs(a - b) < 0.05 ? `A and B have the same level, ${signed(a, 1)} dBFS${words}.`
    : `A has ${signed(a, 1)} dBFS, B ${signed(b, 1)} dBFS: the level tells them apart.`;
}

export default { render };
