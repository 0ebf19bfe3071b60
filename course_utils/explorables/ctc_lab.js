// A table of posteriors to paint; the lattice of a target on it, its paths, their sum, and where the gradient pulls.
const PAINTED = "painted", HIGH = 0.9, LOW = 0.1, CELL = 22, CLEAR_PULL = 0.1;

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const nRows = Math.max(...model.get("tables").map(({ symbols }) => symbols.length));
  const longest = Math.max(...controlOf(model, "target").options.map((target) => target.length));
  const lab = {
    model, ui, brush: HIGH,
    table: ui.plot({ height: 80 + CELL * nRows, label: "Table of posteriors." }),
    pull: ui.plot({ height: 80 + CELL * nRows, label: "Table of occupancies." }),
    trellis: ui.plot({ height: 80 + CELL * (2 * longest + 1), share: 3, label: "Forward lattice." }),
  };
  lab.table.onDrag((event) => paint(lab, event));
  for (const plot of [lab.pull, lab.trellis]) plot.onDrag(({ x }) => ui.set("frame", frameOf(lab, x)));
  // The slider shows the chosen cell, and moves it. Each follows the other once the event is over.
  for (const name of ["posteriors", "frame", "symbol", "blank"]) ui.on(name, () => queueMicrotask(() => showCell(lab)));
  ui.on("probability", () => queueMicrotask(() => moveCell(lab)));
  ui.on("preset", () => takeTable(lab));
  ui.on("symbols", () => offerWhatIsSpelled(lab));
  nameOptions(lab);
  offerWhatIsSpelled(lab);
  showCell(lab);
  return ui.close;
}

// ------------------------------------------------------------------------------------------------- CTC in logarithms

const LOGS = { none: -Infinity, add: logSum, times: (a, b) => a + b };
const BEST = { none: -Infinity, add: (values) => Math.max(...values), times: (a, b) => a + b };
const COUNTS = { none: 0, add: sumOf, times: (a, b) => a * b };

function logSum(logs) {
  const most = Math.max(...logs);
  return most === -Infinity ? most : most + Math.log(sumOf(logs.map((value) => Math.exp(value - most))));
}

// The states of a target, and from which of them each may be reached: itself, the one before if it is another symbol,
// and the one before that if only a blank would be left out between two different symbols.
function statesOf(target, hasBlank) {
  const states = hasBlank ? [0, ...target.flatMap((row) => [row, 0])] : target;
  const before = states.map((row, s) => [s].concat(
    s > 0 && row !== states[s - 1] ? s - 1 : [],
    hasBlank && s > 1 && row !== 0 && row !== states[s - 2] ? s - 2 : []));
  const after = states.map((_, s) => [...states.keys()].filter((next) => before[next].includes(s)));
  const ends = hasBlank ? 2 : 1, isFirst = (s) => s < ends, isLast = (s) => s >= states.length - ends;
  return { states, before, after, isFirst, isLast };
}

// result[t][s]: over all ways to state s in frame t, the sum (or the best, or the number) of their products.
function sweep(values, { states, before, isFirst }, { none, add, times }) {
  const result = [];
  for (let t = 0; t < values[0].length; t++) {
    result.push(states.map((row, s) => {
      const here = values[row]?.[t] ?? none; // a symbol that the table lacks is never seen
      if (t === 0) return isFirst(s) ? here : none;
      return times(add(before[s].map((from) => result[t - 1][from])), here);
    }));
  }
  return result;
}

// β_t(s): over all ways from state s in frame t to the end, without frame t itself.
function sweepBack(logs, { states, after, isLast }) {
  const nFrames = logs[0].length, result = Array.from({ length: nFrames });
  for (let t = nFrames - 1; t >= 0; t--) {
    result[t] = states.map((_, s) => {
      if (t === nFrames - 1) return isLast(s) ? 0 : -Infinity;
      return logSum(after[s].map((to) => result[t + 1][to] + (logs[states[to]]?.[t + 1] ?? -Infinity)));
    });
  }
  return result;
}

// All that is shown: of probabilities[row][t] and the rows of a target.
function analyse(probabilities, target, hasBlank) {
  const logs = probabilities.map((row) => row.map(Math.log)), graph = statesOf(target, hasBlank);
  const ends = (last, { none, add }) => add([none, ...last.filter((_, s) => graph.isLast(s))]);
  const alpha = sweep(logs, graph, LOGS), beta = sweepBack(logs, graph), logP = ends(alpha.at(-1), LOGS);
  const nPaths = ends(sweep(logs.map((row) => row.map(() => 1)), graph, COUNTS).at(-1), COUNTS);
  const inState = alpha.map((row, t) =>
    row.map((value, s) => (logP === -Infinity ? 0 : Math.exp(value + beta[t][s] - logP))));
  const occupancy = probabilities.map((_, row) =>
    inState.map((shares) => sumOf(shares.filter((_, s) => graph.states[s] === row))));
  return { ...graph, alpha, beta, logP, nPaths, occupancy, best: bestPath(logs, graph) };
}

// The likeliest path of the target: its states, or none, and the logarithm of its probability.
function bestPath(logs, graph) {
  const scores = sweep(logs, graph, BEST), last = scores.at(-1);
  const likeliest = (row, among) => among.reduce((a, b) => (row[b] > row[a] ? b : a));
  const ends = [...last.keys()].filter(graph.isLast);
  let s = ends.length ? likeliest(last, ends) : null;
  const log = s === null ? -Infinity : last[s];
  if (log === -Infinity) return { path: [], log };
  const path = [s];
  for (let t = scores.length - 1; t > 0; t--) path.unshift((s = likeliest(scores[t - 1], graph.before[s])));
  return { path, log };
}

const collapse = (path) => path.filter((row, t) => row !== 0 && row !== path[t - 1]);

// -------------------------------------------------------------------------------------------------- table and controls

// What the frames say: without the blank its row is 0 and the others are scaled to sum to 1.
function probabilitiesOf({ model }) {
  const [rows, hasBlank] = valuesOf(model, "posteriors", "blank");
  if (hasBlank) return rows;
  const rest = rows[0].map((_, t) => sumOf(rows.slice(1).map((row) => row[t])));
  return rows.map((row, k) => row.map((value, t) => {
    if (k === 0) return 0;
    return rest[t] > 0 ? value / rest[t] : 1 / (rows.length - 1);
  }));
}

function cellOf({ model }) { return [model.get("symbols").indexOf(model.get("symbol")), model.get("frame") - 1]; }

// One value of a column is changed; the others keep their proportions, or share alike where all of them are 0.
function raised(column, row, value) {
  const rest = sumOf(column) - column[row], isSpread = rest > 1e-12;
  const others = column.map((old) => (isSpread ? (old * (1 - value)) / rest : (1 - value) / (column.length - 1)));
  others[row] = value;
  const sum = sumOf(others);
  return others.map((other) => other / sum);
}

// The cell is given a value, and with the blank off the blank keeps what it has.
function setCell(lab, row, t, value) {
  const { model, ui } = lab, [rows, hasBlank] = valuesOf(model, "posteriors", "blank");
  if (row < (hasBlank ? 0 : 1)) return;
  const column = rows.map((old) => old[t]), blank = column[0] < 1 ? column[0] : 0;
  const seen = probabilitiesOf(lab).map((old) => old[t]);
  const next = hasBlank ? raised(column, row, value)
    : [blank, ...raised(seen.slice(1), row - 1, value).map((share) => share * (1 - blank))];
  ui.set("posteriors", rows.map((old, k) => old.map((before, i) => (i === t ? next[k] : before))));
  ui.set("preset", PAINTED);
}

function showCell(lab) {
  const [row, t] = cellOf(lab);
  if (row >= 0) lab.ui.set("probability", clamp(probabilitiesOf(lab)[row][t], 0, 1));
}

function moveCell(lab) {
  const [row, t] = cellOf(lab), wanted = lab.model.get("probability");
  if (row >= 0 && wanted !== clamp(probabilitiesOf(lab)[row][t], 0, 1)) setCell(lab, row, t, wanted);
}

const nFramesOf = ({ model }) => model.get("posteriors")[0].length;
const frameOf = (lab, x) => clamp(Math.round(x), 1, nFramesOf(lab));

// A stroke raises the cells that it crosses where the first was low, and lowers them where it was high.
function paint(lab, { x, y, kind }) {
  const { model, ui } = lab, frame = frameOf(lab, x), row = clamp(Math.round(y), 0, model.get("symbols").length - 1);
  if (kind === "up") return;
  if (kind === "down") lab.brush = probabilitiesOf(lab)[row][frame - 1] < 0.5 ? HIGH : LOW;
  ui.set("frame", frame);
  ui.set("symbol", model.get("symbols")[row]);
  setCell(lab, row, frame - 1, lab.brush);
}

function takeTable({ model, ui }) {
  const table = model.get("tables").find(({ name }) => name === model.get("preset"));
  if (!table) return; // painted
  ui.set("symbols", table.symbols);
  ui.set("posteriors", table.posteriors);
  if (!table.targets.includes(model.get("target"))) ui.set("target", table.targets[0]);
  if (!table.symbols.includes(model.get("symbol"))) ui.set("symbol", table.symbols[0]);
}

function optionsOf({ model, ui }, name) {
  const place = model.get("controls").findIndex((control) => control.name === name); // they stand in the same order
  return ui.controls.children[place].querySelectorAll("option");
}

function nameOptions(lab) {
  for (const option of optionsOf(lab, "target")) if (!option.value) option.textContent = "(nothing)";
  for (const option of optionsOf(lab, "symbol")) {
    if (lab.model.get("tables").some(({ symbols }) => symbols[0] === option.value)) option.textContent += " (blank)";
  }
}

// Of the targets and symbols of all tables, those of this one.
function offerWhatIsSpelled(lab) {
  const symbols = lab.model.get("symbols"), letters = symbols.slice(1);
  for (const option of optionsOf(lab, "symbol")) option.hidden = option.disabled = !symbols.includes(option.value);
  for (const option of optionsOf(lab, "target")) {
    option.hidden = option.disabled = [...option.value].some((letter) => !letters.includes(letter));
  }
}

// ------------------------------------------------------------------------------------------------------------ pictures

function draw(lab) {
  const { model } = lab, [symbols, target, hasBlank] = valuesOf(model, "symbols", "target", "blank");
  const probabilities = probabilitiesOf(lab), rows = [...target].map((letter) => symbols.indexOf(letter));
  const key = [model.get("posteriors"), target, hasBlank];
  if (lab.key?.some((part, i) => part !== key[i]) ?? true) {
    [lab.key, lab.found] = [key, analyse(probabilities, rows, hasBlank)]; // not again while only the frame moves
  }
  const likeliest = probabilities[0].map((_, t) => {
    const column = probabilities.map((row) => row[t]), most = Math.max(...column.slice(hasBlank ? 0 : 1));
    return column.indexOf(most, hasBlank ? 0 : 1);
  });
  drawPosteriors(lab, probabilities, likeliest);
  drawOccupancy(lab, probabilities);
  drawLattice(lab);
  const words = wordsOf(lab, likeliest), pull = pullOf(lab, probabilities);
  lab.ui.say(`${words.sum} ${words.likeliest} ${words.filled}${pull}`);
  lab.table.describe(`Posteriors of ${symbols.length} symbols in ${likeliest.length} frames. ${words.likeliest}`);
  lab.pull.describe(`Occupancy of each symbol in each frame.${pull}`);
  lab.trellis.describe(`Forward lattice of ${quoted(target)}. ${words.filled}`);
}

// Axes of a table: frames to the right, the first row on top.
function axes({ model }, plot, { names, label, title }) {
  const nFrames = nFramesOf({ model }), rows = [...names.keys()];
  plot.frame({
    x: { low: 0.5, high: nFrames + 0.5, label: "frame", ticks: Array.from({ length: nFrames }, (_, t) => t + 1) },
    y: { low: Math.max(1, rows.length) - 0.5, high: -0.5, label, ticks: rows, format: (row) => names[row] }, title,
  });
}

// A cell: the darker (on a dark page the brighter), the larger its share; with words where they fit.
function cell(plot, row, t, share, words) {
  const [left, top, right, bottom] = [plot.toX(t + 0.5), plot.toY(row - 0.5), plot.toX(t + 1.5), plot.toY(row + 0.5)];
  plot.clipped((pen) => {
    pen.fillStyle = plot.colour("paper");
    pen.fillRect(left, top, right - left, bottom - top);
    pen.globalAlpha = share;
    pen.fillStyle = plot.colour(0);
    pen.fillRect(left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
    pen.strokeStyle = plot.colour("grid");
    pen.lineWidth = 1;
    pen.setLineDash([]);
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.fillStyle = plot.colour(share > 0.6 ? "paper" : "ink");
    pen.textAlign = "center";
    const fitting = words.find((text) => [12, 11].some((size) => {
      pen.font = `${size}px system-ui, sans-serif`;
      return pen.measureText(text).width < right - left - 2;
    }));
    pen.fillText(fitting ?? "", (left + right) / 2, (top + bottom) / 2 + 4);
  });
}

function box(plot, row, t, { colour, width, dash = [], inset = 1.5 }) {
  plot.stroke({ colour, width, dash }, (pen) => {
    const [left, top] = [plot.toX(t + 0.5) + inset, plot.toY(row - 0.5) + inset];
    pen.rect(left, top, plot.toX(t + 1.5) - left - inset, plot.toY(row + 0.5) - top - inset);
  });
}

const short = (share) => (share > 0.995 ? "1" : share < 0.005 ? "0" : share.toFixed(2).slice(1));
const namesOf = (model) =>
  model.get("symbols").map((symbol, row) => (row ? symbol : `${symbol} ${model.get("blank") ? "blank" : "off"}`));

function drawPosteriors(lab, probabilities, likeliest) {
  const { model, table } = lab, [row, t] = cellOf(lab);
  const title = "posteriors: drag to paint; boxed: likeliest; dashed: chosen";
  axes(lab, table, { names: namesOf(model), label: "symbol", title });
  probabilities.forEach((values, k) => values.forEach((value, i) => cell(table, k, i, value, [short(value)])));
  likeliest.forEach((most, i) => box(table, most, i, { colour: "ink", width: 2 }));
  if (row >= 0) box(table, row, t, { colour: 1, width: 3, dash: [4, 3], inset: 3.5 });
}

function drawOccupancy(lab, probabilities) {
  const { model, pull, found } = lab, t = model.get("frame") - 1;
  const isPossible = found.logP > -Infinity, title = "occupancy γ; ▲▼: where a step of training pulls";
  axes(lab, pull, { names: namesOf(model), label: "symbol", title: isPossible ? title : "no path, so no occupancy" });
  if (!isPossible) return;
  found.occupancy.forEach((shares, row) => shares.forEach((share, i) => {
    const way = Math.abs(share - probabilities[row][i]) < CLEAR_PULL ? "" : share > probabilities[row][i] ? "▲" : "▼";
    cell(pull, row, i, Math.min(1, share), [way + short(share), way || short(share)]);
  }));
  for (const x of [t + 0.5, t + 1.5]) pull.vertical(x, { colour: 1, width: 2, dash: [4, 3] }); // the frame
}

function drawLattice(lab) {
  const { model, trellis, found } = lab, [symbols, target, frame] = valuesOf(model, "symbols", "target", "frame");
  const names = found.states.map((row) => symbols[row] ?? "?");
  const title = `ln α up to frame ${frame}; shade: share of the frame; boxed: likeliest path`;
  axes(lab, trellis, { names, label: `states of ${quoted(target)}`, title });
  for (let t = 0; t < frame; t++) {
    const all = logSum([-Infinity, ...found.alpha[t]]);
    found.alpha[t].forEach((log, s) => {
      if (log > -Infinity) cell(trellis, s, t, Math.exp(log - all), [signed(log, 2), signed(log, 1), signed(log, 0)]);
    });
  }
  drawSteps(lab, frame - 1);
  found.best.path.forEach((state, t) => box(trellis, state, t, { colour: 1, width: 3 }));
}

// By which steps the newest column came from the one before.
function drawSteps({ trellis, found }, t) {
  if (t === 0 || trellis.toX(1) - trellis.toX(0) < 45) return; // on a narrow page the numbers need the room
  found.before.forEach((sources, s) => sources.forEach((from) => {
    if (found.alpha[t - 1][from] === -Infinity || found.alpha[t][s] === -Infinity) return;
    trellis.line([t + 0.5 - 0.12, t + 0.5 + 0.12], [from + 0.38 * (s - from), from + 0.62 * (s - from)],
      { colour: "ink", width: 1.5 });
  }));
}

// --------------------------------------------------------------------------------------------------------------- words

const quoted = (text) => (text ? `“${text}”` : "nothing");
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// Three digits, and a power of ten where the number is small.
function shown(p) {
  if (p === 0 || p >= 0.001) return labelOf(p, 3);
  const [digits, power] = p.toExponential(2).split("e-");
  return `${digits}·10⁻${[...power].map((digit) => SUPERSCRIPT[digit]).join("")}`;
}

const spelledBy = (symbols, path) => path.map((row) => symbols[row] ?? "?").join("");

function wordsOf(lab, likeliest) {
  const { model, found } = lab, [symbols, target, frame] = valuesOf(model, "symbols", "target", "frame");
  const read = quoted(spelledBy(symbols, collapse(likeliest)));
  const sum = Math.exp(logSum([-Infinity, ...found.alpha[frame - 1]]));
  return {
    sum: found.logP > -Infinity ? summed(lab) : `p(${quoted(target)}) = 0, −ln p is infinite: ${whyNone(lab)}`,
    likeliest: `No path at all is likelier than ${spelledBy(symbols, likeliest)}, which collapses to ${read}.`,
    filled: `Up to frame ${frame}, α sums to ${shown(sum)}.`,
  };
}

function summed({ model, found }) {
  const [symbols, target] = valuesOf(model, "symbols", "target"), { nPaths, logP, best } = found;
  const path = spelledBy(symbols, best.path.map((s) => found.states[s]));
  const count = `${nPaths.toLocaleString("en")} path${nPaths === 1 ? "" : "s"}`;
  const share = `${shown(Math.exp(best.log))}, ${labelOf(100 * Math.exp(best.log - logP), 2)} % of p`;
  return `${count} of ${nFramesOf({ model })} frames collapse${nPaths === 1 ? "s" : ""} to ${quoted(target)}: ` +
    `p = ${shown(Math.exp(logP))}, −ln p = ${signed(-logP, 2)} nats. ` +
    `None of them is likelier than ${path} (${share}).` +
    withoutBlank(model);
}

function withoutBlank(model) {
  return model.get("blank") ? "" : " Without the blank, every frame must be given to some symbol, pauses included.";
}

// Why no path gives the target.
function whyNone({ model, found }) {
  const [symbols, target, hasBlank] = valuesOf(model, "symbols", "target", "blank");
  const letters = [...target], missing = letters.find((letter) => !symbols.slice(1).includes(letter));
  const doubled = letters.find((letter, i) => letter === letters[i + 1]);
  if (missing) return `the table has no ${missing}. Choose another target.`;
  if (!hasBlank && doubled) {
    const both = doubled + doubled;
    return `without the blank, equal neighbours always merge, and ${both} becomes ${doubled} in every path.`;
  }
  if (!hasBlank && !target) return "without the blank, every frame must be given to some symbol.";
  if (found.nPaths) return "each of its paths meets a cell that is 0.";
  return "it has more symbols, and blanks between equal ones, than there are frames.";
}

// Which symbol of the frame is pulled up most, and which down.
function pullOf({ model, found }, probabilities) {
  const t = model.get("frame") - 1, symbols = model.get("symbols");
  if (found.logP === -Infinity) return " No path, no gradient.";
  const gaps = found.occupancy.map((shares, row) => shares[t] - probabilities[row][t]);
  const tell = (gap) => {
    const row = gaps.indexOf(gap);
    const [from, to] = [probabilities[row][t], found.occupancy[row][t]].map((share) => share.toFixed(2));
    return `${row ? quoted(symbols[row]) : "the blank"} from ${from} towards ${to}`;
  };
  const [low, high] = [Math.min(...gaps), Math.max(...gaps)];
  if (high < 0.005) return " There posterior and occupancy agree within 0.005.";
  return ` There a gradient step pulls ${tell(high)} and ${tell(low)}.`;
}

export default { render };
