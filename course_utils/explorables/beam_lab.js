// A table of posteriors; below, the prefixes that a beam keeps after each frame; and all candidates of one frame.
const ROW = 24, MOST_FALLEN = 4, EMPTY = "(empty)", STAR = "★";

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const tables = model.get("tables"), sizes = Object.values(tables).map(({ symbols }) => symbols.length);
  const lab = {
    model, ui, tables, memory: new Map(),
    posteriors: ui.plot({ height: 75 + ROW * Math.max(...sizes), share: 3, label: "Posteriors of the symbols." }),
    tree: ui.plot({ height: 270, share: 3, label: "The prefixes kept after each frame." }),
    candidates: ui.plot({ height: 360, share: 3, label: "The candidates of the frame." }),
  };
  for (const plot of [lab.posteriors, lab.tree]) {
    plot.onDrag(({ x }) => ui.set("frame", clamp(Math.round(x), 1, tableOf(lab).posteriors[0].length)));
  }
  return ui.close;
}

function tableOf({ model, tables }) { return tables[model.get("preset")] ?? Object.values(tables)[0]; }

// ---------------------------------------------------------------------------------------------------------- the search

// What the kept prefixes become with one more frame: each entry holds its two probabilities and from where they came.
function extended(beam, frame, symbols, posteriors) {
  const found = new Map();
  const add = (prefix, end, p, from) => {
    if (p === 0) return;
    const entry = once(found, prefix, () => ({ prefix, blank: 0, symbol: 0, from: new Set() }));
    entry[end] += p;
    entry.from.add(from);
  };
  for (const { prefix, blank, symbol } of beam) {
    posteriors.forEach((course, c) => {
      const p = course[frame], letter = symbols[c];
      if (c === 0) add(prefix, "blank", p * (blank + symbol), prefix);
      else if (prefix.endsWith(letter)) {
        add(prefix, "symbol", p * symbol, prefix);
        add(prefix + letter, "symbol", p * blank, prefix);
      } else add(prefix + letter, "symbol", p * (blank + symbol), prefix);
    });
  }
  return [...found.values()];
}

const totalOf = ({ blank, symbol }) => blank + symbol;

// ln of the bigrams' probability; before the first letter stands what has the row of the blank.
function lnBigrams(text, { symbols, bigrams }) {
  const rows = [...text].map((letter) => symbols.indexOf(letter));
  return sumOf(rows.map((row, i) => Math.log(bigrams[rows[i - 1] ?? 0][row - 1])));
}

const scoreOf = (text, p, table, { lmWeight, lengthBonus }) =>
  Math.log(p) + lmWeight * lnBigrams(text, table) + lengthBonus * [...text].length;

// For each frame all candidates, the best first; those before `width` are kept.
function search(table, options) {
  const { symbols, posteriors } = table;
  let beam = [{ prefix: "", blank: 1, symbol: 0 }];
  return posteriors[0].map((_, frame) => {
    const candidates = extended(beam, frame, symbols, posteriors);
    for (const entry of candidates) entry.score = scoreOf(entry.prefix, totalOf(entry), table, options);
    candidates.sort((a, b) => b.score - a.score || (a.prefix < b.prefix ? -1 : 1));
    beam = candidates.slice(0, options.width);
    return { candidates, kept: beam, fallen: candidates.slice(options.width) };
  });
}

// The probability of every string, from every path: the search is judged by what knows nothing of prefixes.
function allStrings({ symbols, posteriors }) {
  const found = new Map(), nFrames = posteriors[0].length;
  const walk = (frame, last, text, p) => {
    if (p === 0) return;
    if (frame === nFrames) {
      found.set(text, (found.get(text) ?? 0) + p);
      return;
    }
    posteriors.forEach((course, c) => {
      walk(frame + 1, c, c && c !== last ? text + symbols[c] : text, p * course[frame]);
    });
  };
  walk(0, 0, "", 1);
  return found;
}

function bestOf(strings, table, options) {
  let best = null;
  for (const [text, p] of strings) {
    const score = scoreOf(text, p, table, options);
    if (!best || score > best.score || (score === best.score && text < best.text)) best = { text, p, score };
  }
  return best;
}

// How much of a string's probability a prefix can still reach after a frame, if nothing more is dropped.
function reachOf(entry, text, frame, { symbols, posteriors }) {
  const leadsThere = ({ prefix }) => text.startsWith(prefix);
  let beam = [entry].filter(leadsThere);
  for (let next = frame + 1; next < posteriors[0].length; next++) {
    beam = extended(beam, next, symbols, posteriors).filter(leadsThere);
  }
  return sumOf(beam.filter(({ prefix }) => prefix === text).map(totalOf));
}

function greedyOf({ symbols, posteriors }) {
  const path = posteriors[0].map((_, frame) => {
    const column = posteriors.map((course) => course[frame]);
    return column.indexOf(Math.max(...column));
  });
  return { path, text: path.map((c, i) => (c && c !== path[i - 1] ? symbols[c] : "")).join("") };
}

// The whole search with the values of the controls, its best string, and the frame (from 1) at which that is lost.
function searched(lab) {
  const table = tableOf(lab), [name, width, lmWeight, lengthBonus] =
    valuesOf(lab.model, "preset", "beam_width", "lm_weight", "length_bonus");
  return latest(lab.memory, "search", [name, width, lmWeight, lengthBonus].join(), () => {
    const options = { width, lmWeight, lengthBonus }, steps = search(table, options);
    const strings = latest(lab.memory, "strings", name, () => allStrings(table));
    const best = bestOf(strings, table, options);
    steps.forEach(({ candidates }, frame) => candidates.forEach((entry) => {
      entry.reach = reachOf(entry, best.text, frame, table);
    }));
    const left = steps.map(({ kept }) => sumOf(kept.map(({ reach }) => reach)) / best.p);
    const lostAt = left.findIndex((share) => share === 0) + 1 || null;
    const answer = steps.at(-1).kept[0].prefix;
    return { table, options, steps, nStrings: strings.size, best, left, lostAt, answer, greedy: greedyOf(table) };
  });
}

// ------------------------------------------------------------------------------------------------ pictures and words

const named = (text) => text || EMPTY;
const quoted = (text) => (text ? `“${text}”` : "the empty string");
const starred = ({ prefix, reach }) => named(prefix) + (reach ? STAR : ""); // can it still become the best string?
const shown = (p) => labelOf(p, 3);

function draw(lab) {
  const found = searched(lab), frame = Math.min(lab.model.get("frame"), found.steps.length);
  const step = found.steps[frame - 1];
  drawPosteriors(lab, found, frame);
  drawTree(lab, found, frame);
  drawCandidates(lab, found, frame);
  const kept = step.kept.map((entry) => `${quoted(entry.prefix)} ${shown(totalOf(entry))}`).join(", ");
  const verb = step.kept.length === 1 ? "is" : "are";
  const beam = `After frame ${frame}, ${step.kept.length} of ${step.candidates.length} prefixes ${verb} kept: ${kept}.`;
  const fate = fateOf(found, frame);
  lab.ui.say(`${beam} ${fate}`);
  describe(lab, found, frame, fate);
}

// What has become of the best string by now; when all frames are read, the answers.
function fateOf({ steps, best, left, lostAt, answer, greedy, nStrings }, frame) {
  const isLost = lostAt !== null && lostAt <= frame, share = left[frame - 1];
  const whole = share > 1 - 1e-9 ? "all" : share < 0.01 ? "less than 1 %" : percent(Math.min(share, 0.99));
  const which = `Of all ${nStrings.toLocaleString("en")} strings the best is ${quoted(best.text)} (${shown(best.p)})`;
  const now = isLost ? `${which}, and it was lost for good at frame ${lostAt}.`
    : `${which}; the beam can still reach ${whole} of its probability.`;
  if (frame < steps.length) return now;
  const verdict = answer === best.text ? "the best"
    : isLost ? "not the best" : "not the best, which has lost too many of its paths";
  return `${now} Greedy decoding answers ${quoted(greedy.text)}; this beam answers ${quoted(answer)}, ${verdict}.`;
}

function describe({ posteriors, tree, candidates }, { table, steps, greedy }, frame, fate) {
  const { symbols } = table, column = table.posteriors.map((course, c) => `${symbols[c]} ${shown(course[frame - 1])}`);
  const path = greedy.path.map((c) => symbols[c]).join("");
  posteriors.describe(`Posteriors of frame ${frame}: ${column.join(", ")}. Most likely in each frame: ${path}.`);
  const rows = steps.slice(0, frame).map(({ kept }, i) =>
    `frame ${i + 1} ${kept.map(starred).join(" ")}`);
  tree.describe(`Kept after each frame, the best first: ${rows.join("; ")}. ${fate}`);
  const { kept, fallen } = steps[frame - 1];
  const words = (entry) => `${starred(entry)} ${shown(totalOf(entry))}, ${shown(entry.blank)} ends in the blank and ` +
    `${shown(entry.symbol)} in its symbol, score ${signed(entry.score, 2)}${mergedWords(entry)}`;
  const dropped = fallen.length ? `Dropped: ${fallen.slice(0, MOST_FALLEN).map(words).join("; ")}` : "None is dropped";
  const more = fallen.length > MOST_FALLEN ? `; and ${fallen.length - MOST_FALLEN} more` : "";
  candidates.describe(`Kept: ${kept.map(words).join("; ")}. ${dropped}${more}.`);
}

const mergedWords = ({ from }) => (from.size > 1 ? `, merged from ${[...from].map(named).join(" and ")}` : "");

const framesOf = (nFrames) => ({
  low: 0.5, high: nFrames + 0.5, label: "frame", ticks: Array.from({ length: nFrames }, (_, i) => i + 1),
});

function drawPosteriors({ posteriors: plot }, { table: { symbols, posteriors }, greedy }, frame) {
  const nFrames = posteriors[0].length, nRows = symbols.length;
  const y = { low: -0.5, high: nRows - 0.5, label: "symbol", ticks: [...symbols.keys()] };
  const title = "posteriors; underlined: the most likely (greedy)";
  plot.frame({ x: framesOf(nFrames), y: { ...y, format: (c) => (c ? symbols[c] : "blank") }, title });
  const columns = posteriors[0].flatMap((_, t) => posteriors.map((course) => course[t]));
  plot.image(heatmap(columns, nFrames, nRows, 0, 1));
  posteriors.forEach((course, c) => course.forEach((p, t) => {
    const colour = p > 0.6 ? "#000000" : "#ffffff", words = p.toFixed(2).replace(/^0/, "");
    plot.text(words, t + 1, c - 4 / ROW, { colour, align: "center" });
    if (greedy.path[t] !== c) return;
    const [x, below] = [plot.toX(t + 1), plot.toY(c) + 9];
    plot.stroke({ colour, width: 2 }, () => plot.segment(x - 14, below, x + 14, below));
  }));
  const [left, right] = [plot.toX(frame - 0.5), plot.toX(frame + 0.5)];
  plot.clipped((pen) => {
    pen.setLineDash([]);
    for (const [colour, inset, width] of [["#000000", 2.5, 5], ["#ffffff", 2.5, 2]]) { // seen on dark and on bright
      Object.assign(pen, { strokeStyle: colour, lineWidth: width });
      pen.strokeRect(left + inset, plot.top + inset, right - left - 2 * inset, plot.bottom - plot.top - 2 * inset);
    }
  });
}

// Each kept prefix at its rank, joined with those of the frame before that it came from.
function drawTree({ tree: plot }, { steps, options, best, lostAt }, frame) {
  const low = Math.max(3, options.width) + 0.5, ticks = Array.from({ length: low - 0.5 }, (_, i) => i + 1);
  const title = `kept after each frame; ${STAR} can still become the best string`;
  plot.frame({ x: framesOf(steps.length), y: { low, high: 0.5, label: "rank", ticks }, title });
  const half = Math.min(40, (plot.toX(2) - plot.toX(1)) * 0.42) || 40;
  for (let t = 1; t < frame; t++) {
    const before = steps[t - 1].kept;
    steps[t].kept.forEach(({ reach, from }, rank) => before.forEach((parent, i) => {
      if (!from.has(parent.prefix)) return;
      plot.stroke({ colour: reach ? 0 : "faint", width: reach ? 2.5 : 1 }, () =>
        plot.segment(plot.toX(t) + half, plot.toY(i + 1), plot.toX(t + 1) - half, plot.toY(rank + 1)));
    }));
  }
  steps.slice(0, frame).forEach(({ kept }, t) => kept.forEach((entry, rank) => {
    plot.clipped((pen) => drawNode(plot, pen, { entry, half, x: t + 1, y: rank + 1 }));
  }));
  if (lostAt !== null && lostAt <= frame) {
    plot.vertical(lostAt - 0.5, { colour: 4, dash: [6, 4] });
    const isRight = lostAt > steps.length / 2, x = plot.toX(lostAt - 0.5) + (isRight ? -6 : 6);
    plot.clipped((pen) => {
      Object.assign(pen, { fillStyle: plot.colour(4), textAlign: isRight ? "right" : "left" });
      pen.fillText(`${named(best.text)} lost at frame ${lostAt}`, x, plot.bottom - 6);
    });
  }
}

function drawNode(plot, pen, { entry, half, x, y }) {
  const [middle, centre] = [plot.toX(x), plot.toY(y)];
  Object.assign(pen, { fillStyle: plot.colour("paper"), strokeStyle: plot.colour(entry.reach ? 0 : "faint") });
  pen.lineWidth = entry.reach ? 2.5 : 1;
  pen.setLineDash([]);
  pen.fillRect(middle - half, centre - 9, 2 * half, 18);
  pen.strokeRect(middle - half, centre - 9, 2 * half, 18);
  pen.fillStyle = plot.colour("ink");
  pen.textAlign = "center";
  pen.fillText(starred(entry), middle, centre + 4, 2 * half - 4);
}

// One bar for each candidate, the part that ends in the blank first; the dropped ones are hollow, below a line.
function drawCandidates({ candidates: plot }, { steps, options }, frame) {
  const { kept, fallen } = steps[frame - 1], rows = [...kept, ...fallen.slice(0, MOST_FALLEN)], cut = kept.length - 0.5;
  const most = Math.max(...rows.map(totalOf)), across = (plot.canvas.clientWidth || plot.width) - 76;
  const more = fallen.length - MOST_FALLEN, title = `frame ${frame}: kept above the line${
    more > 0 ? `, ${more} more below` : ""}`;
  const ticks = rows.map((_, i) => i), format = (i) => starred(rows[i]);
  plot.frame({
    x: { low: 0, high: most * Math.max(1.6, across / Math.max(60, across - 300)), label: "probability of the prefix" },
    y: { low: Math.max(5, rows.length) - 0.5, high: -0.6, label: "prefix", ticks, format },
    title, legend: [["ends in blank", 0], ["ends in symbol", 1, [5, 4]]],
  });
  rows.forEach((entry, i) => {
    const isKept = i < cut, middle = plot.toY(i), [start, border, end] =
      [0, entry.blank, totalOf(entry)].map((p) => plot.toX(p));
    bar(plot, start, border, middle, { colour: 0, isKept });
    bar(plot, border, end, middle, { colour: 1, isKept, isHatched: true });
    const parts = [shown(totalOf(entry)), ` = ${shown(entry.blank)} + ${shown(entry.symbol)}`];
    if (options.lmWeight || options.lengthBonus) parts.push(`, score ${signed(entry.score, 2)}`);
    parts.push(mergedWords(entry));
    plot.clipped((pen) => {
      let words = isKept ? "" : "✗ ";
      for (const part of parts) if (end + 6 + pen.measureText(words + part).width < plot.right) words += part;
      Object.assign(pen, { fillStyle: plot.colour("ink"), textAlign: "left" });
      pen.fillText(words, end + 6, middle + 4);
    });
  });
  if (fallen.length) plot.horizontal(cut, { colour: "ink", dash: [6, 4], width: 1.5 });
}

function bar(plot, from, to, middle, { colour, isKept, isHatched = false }) {
  if (to - from < 0.01) return;
  const top = middle - 7, height = 14;
  plot.clipped((pen) => {
    pen.beginPath();
    pen.rect(from, top, to - from, height);
    pen.clip();
    pen.fillStyle = plot.colour(colour);
    pen.strokeStyle = plot.colour(isKept ? "paper" : colour);
    if (isKept) pen.fillRect(from, top, to - from, height);
    pen.lineWidth = isKept ? 1.5 : 1;
    pen.setLineDash([]);
    pen.beginPath();
    if (isHatched) for (let x = from - height; x < to; x += 6) plot.segment(x, top + height, x + height, top);
    pen.stroke();
    Object.assign(pen, { lineWidth: 3, strokeStyle: plot.colour(colour) });
    pen.strokeRect(from, top, to - from, height);
  });
}

export default { render };
