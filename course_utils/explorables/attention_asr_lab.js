// An attention matrix over a spoken string, to be bent row by row; what it reads, what it never sees, and its sound.
const RATE = 8000, N_FFT = 256, HOP = 160, N_MELS = 40, FLOOR_DB = -60, ROW = 24, BENT = "bent by hand";
const NARROWEST = 0.01, WIDEST = 2, MOST_ROWS = 12; // s, s; rows
const READS = 0.5; // a row reads the word that holds at least so much of its weight
const HEARD = 0.1; // of a row's peak: what lies below, −20 dB, is not heard
const WHITE = 0.1; // the weight that is drawn as white
const GAP_S = 0.06, EDGE_S = 0.01, GUESS = "?"; // silence between two rows; fade where the clip ends
const GRIP = 8, CLEAR = 18; // px: reach of a handle, and its least distance from the centre

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), end = clip.length / RATE, words = model.get("words");
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, end, words, mel: melOf(clip), playing: null, grip: "centre",
    matrix: ui.plot({ height: 75 + ROW * MOST_ROWS * 0.75, share: 3, label: "Attention matrix." }),
    picture: ui.plot({ height: 170, share: 3, label: "Log-mel spectrogram of the clip." }),
    coverage: ui.plot({ height: 170, share: 3, label: "Coverage." }),
    aligned: make("ol", { className: "aligned" }),
  };
  lab.aligned.setAttribute("aria-hidden", "true"); // the sentence below it says the same
  ui.stage.append(lab.aligned);
  lab.matrix.onDrag((event) => drag(lab, event));
  for (const plot of [lab.picture, lab.coverage]) plot.onDrag(({ x }) => bend(lab, { centre: x }));
  // The list holds the rows; the sliders show the chosen one. Each follows the other once the event is over.
  for (const name of ["row", "rows"]) ui.on(name, () => queueMicrotask(() => showRow(lab)));
  for (const name of ["centre_s", "width_s"]) ui.on(name, () => queueMicrotask(() => moveRow(lab)));
  ui.on("preset", () => takePreset(lab));
  buildButtons(lab);
  showRow(lab);
  return ui.close;
}

function buildButtons(lab) {
  const { ui } = lab;
  lab.buttons = {
    swap: button(ui, "Swap with the next row", () => change(lab, (rows, i) => exchanged(rows, i))),
    same: button(ui, "Look where the row above looks", () => change(lab, (rows, i) => rows.with(i, rows[i - 1]))),
    skip: button(ui, "Skip: take the row out", () => change(lab, (rows, i) => rows.toSpliced(i, 1))),
    twice: button(ui, "Say it twice: repeat the row", () => change(lab, (rows, i) => rows.toSpliced(i, 0, rows[i]))),
  };
  player(lab, "Hear what is read", () => readAloud(lab.clip, lab.model.get("rows")));
  player(lab, "Hear this row", () => readAloud(lab.clip, [lab.model.get("rows")[chosen(lab)]], chosen(lab)));
  player(lab, "Hear the clip", () => ({
    signal: lab.clip, parts: [{ row: null, at: 0, first: 0, length: lab.clip.length }],
  }));
}

// A button for a sound; while it plays, the pictures show which row is heard, and where in the clip.
function player(lab, text, sound) {
  let parts = [];
  const { speaker } = soundButton(lab.ui, text, () => {
    const made = sound();
    ({ parts } = made);
    if (lab.playing) lab.playing.parts = parts;
    return { signal: made.signal, sampleRate: RATE };
  }, { settleMs: 250, follow: text !== "Hear the clip" });
  const tell = speaker.onChange;
  speaker.onChange = (isPlaying) => {
    tell(isPlaying);
    if (isPlaying) {
      lab.playing = { speaker, parts };
      follow(lab);
    } else if (lab.playing?.speaker === speaker) lab.playing = null;
    lab.ui.redraw();
  };
}

// ------------------------------------------------------------------------------------------------------- the attention

// How much a row looks at a moment, re its peak.
const lookAt = (seconds, [centre, width]) => Math.exp(-0.5 * ((seconds - centre) / width) ** 2);

// w_i(t) of each row, over frames of HOP samples: a softmax of the squared distance.
function weightsOf(rows, nFrames) {
  return rows.map(([centre, width]) => {
    const scores = Float64Array.from({ length: nFrames }, (_, m) => -0.5 * (((m * HOP) / RATE - centre) / width) ** 2);
    const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = scores.map((score) => Math.exp(score - most)), sum = sumOf(weights);
    return weights.map((weight) => weight / sum);
  });
}

// The frames that lie within each word: from the first, up to the last.
const framesWithin = (words, nFrames) => words.map(([, ...ends]) =>
  ends.map((seconds) => clamp(Math.ceil((seconds * RATE) / HOP - 1e-9), 0, nFrames)));

// All that is shown: weights, what each row reads, coverage, and what no row has looked at.
function analyse(rows, words, nFrames) {
  const weights = weightsOf(rows, nFrames), frames = framesWithin(words, nFrames);
  const sumIn = (course, [first, last]) => sumOf(course.slice(first, last));
  const read = weights.map((course) =>
    words[frames.findIndex((ends) => sumIn(course, ends) >= READS)]?.[0] ?? GUESS);
  const coverage = new Float64Array(nFrames), isUnseen = Array.from({ length: nFrames }, () => false);
  for (const course of weights) course.forEach((weight, m) => { coverage[m] += weight; });
  const isSpoken = isUnseen.map((_, m) => frames.some(([first, last]) => m >= first && m < last));
  isSpoken.forEach((is, m) => { isUnseen[m] = is && rows.every((row) => lookAt((m * HOP) / RATE, row) < HEARD); });
  const looks = frames.map((ends) => sumIn(coverage, ends)), share = sumOf(isUnseen) / (sumOf(isSpoken) || 1);
  const unseen = frames.map((ends) => sumIn(isUnseen, ends) / (ends[1] - ends[0] || 1));
  const back = rows.flatMap(([centre], i) => (i && centre < rows[i - 1][0] - HOP / RATE / 2 ? [i + 1] : []));
  return { weights, read, coverage, isUnseen, looks, unseen, share, back, steps: align(words.map(([w]) => w), read) };
}

// Kinds of errors as cu.wer.align finds them: the fewest errors, and among those the most hits.
function align(spoken, read) {
  const unit = Math.min(spoken.length, read.length) + 1; // an error outweighs all substitutions
  const costs = [[...read, 0].map((_, j) => j * unit)];
  spoken.forEach((word, i) => {
    const row = [(i + 1) * unit];
    read.forEach((other, j) => row.push(Math.min(
      costs[i][j] + (word === other ? 0 : unit + 1), costs[i][j + 1] + unit, row[j] + unit)));
    costs.push(row);
  });
  const steps = [];
  for (let i = spoken.length, j = read.length; i || j;) {
    const isHit = i && j && spoken[i - 1] === read[j - 1];
    if (i && j && costs[i][j] === costs[i - 1][j - 1] + (isHit ? 0 : unit + 1)) {
      i--;
      j--;
      steps.unshift({ kind: isHit ? "" : "S", spoken: spoken[i], read: read[j] });
    } else if (i && costs[i][j] === costs[i - 1][j] + unit) {
      i--;
      steps.unshift({ kind: "D", spoken: spoken[i], read: null });
    } else {
      j--;
      steps.unshift({ kind: "I", spoken: null, read: read[j] });
    }
  }
  return steps;
}

// The sound of the rows, one after the other, and from where in the clip each part is.
function readAloud(clip, rows, firstRow = 0) {
  const gap = Math.round(GAP_S * RATE), parts = [];
  let at = 0;
  rows.forEach((row, i) => {
    const reach = row[1] * Math.sqrt(-2 * Math.log(HEARD));
    const first = clamp(Math.ceil((row[0] - reach) * RATE), 0, clip.length - 1);
    const last = clamp(Math.floor((row[0] + reach) * RATE), first, clip.length - 1);
    parts.push({ row: firstRow + i, at, first, length: last + 1 - first });
    at += last + 1 - first + gap;
  });
  const signal = new Float64Array(at);
  parts.forEach(({ at: begin, first, length }, i) => {
    for (let n = 0; n < length; n++) {
      const edge = Math.min(1, Math.min(n, length - 1 - n) / (EDGE_S * RATE)); // the clip may cut a row off
      const amplitude = Math.max(0, lookAt((first + n) / RATE, rows[i]) - HEARD) / (1 - HEARD);
      signal[begin + n] = clip[first + n] * amplitude * (0.5 - 0.5 * Math.cos(Math.PI * edge));
    }
  });
  return { signal, parts };
}

function melOf(clip) {
  const { values: bank } = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS });
  const db = powerToDb(applyBank(bank, N_MELS, spectrogram(clip, { nFft: N_FFT, hop: HOP })), FLOOR_DB);
  const nFrames = db.length / N_MELS;
  return { nFrames, image: heatmap(db, nFrames, N_MELS, FLOOR_DB, 0) };
}

// ------------------------------------------------------------------------------------------------------------- bending

const chosen = ({ model }) => Math.min(model.get("row"), model.get("rows").length) - 1;
const hundredths = (value) => Math.round(100 * value) / 100;

function exchanged(rows, i) { return rows.with(i, rows[i + 1]).with(i + 1, rows[i]); }

function setRows({ ui }, rows) {
  ui.set("rows", rows);
  ui.set("preset", BENT);
}

function change(lab, act) { setRows(lab, act(lab.model.get("rows"), chosen(lab))); }

// The chosen row is given another centre or width, in s.
function bend(lab, { centre, width }) {
  const [from, wide] = lab.model.get("rows")[chosen(lab)], last = controlOf(lab.model, "centre_s").high;
  setRows(lab, lab.model.get("rows").with(chosen(lab), [
    centre === undefined ? from : hundredths(clamp(centre, 0, last)),
    width === undefined ? wide : hundredths(clamp(width, NARROWEST, WIDEST)),
  ]));
}

// A row is taken hold of where it is pressed: the chosen one at a handle, to be widened, else anywhere, to be moved.
function drag(lab, { x, y, pixelX, kind }) {
  const { model, ui, matrix } = lab, rows = model.get("rows");
  if (kind === "down") {
    const row = clamp(Math.round(y), 1, rows.length);
    const isNear = handlesOf(matrix, rows[row - 1]).some((handle) => Math.abs(handle - pixelX) < GRIP);
    lab.grip = row - 1 === chosen(lab) && isNear ? "width" : "centre";
    ui.set("row", row);
  }
  if (lab.grip === "width") bend(lab, { width: Math.abs(x - rows[chosen(lab)][0]) });
  else if (kind !== "up") bend(lab, { centre: x });
}

function showRow(lab) {
  const { model, ui } = lab, rows = model.get("rows"), [centre, width] = rows[chosen(lab)];
  if (model.get("row") > rows.length) ui.set("row", rows.length);
  ui.set("centre_s", centre);
  ui.set("width_s", width);
}

function moveRow(lab) {
  const here = valuesOf(lab.model, "centre_s", "width_s");
  if (lab.model.get("rows")[chosen(lab)].every((part, i) => part === here[i])) return;
  change(lab, (rows, i) => rows.with(i, here));
}

function takePreset({ model, ui }) {
  const rows = model.get("presets")[model.get("preset")];
  if (rows) ui.set("rows", rows);
}

// ------------------------------------------------------------------------------------------------ pictures and words

function draw(lab) {
  const { model, matrix, picture, coverage } = lab, rows = model.get("rows");
  const found = analyse(rows, lab.words, lab.mel.nFrames);
  const nRows = rows.length, i = chosen(lab);
  lab.buttons.swap.disabled = i === nRows - 1;
  lab.buttons.same.disabled = i === 0;
  lab.buttons.skip.disabled = nRows === 1;
  lab.buttons.twice.disabled = nRows === MOST_ROWS;
  drawMatrix(lab, rows, found);
  drawMel(lab);
  drawCoverage(lab, found);
  drawAligned(lab, found);
  for (const plot of [matrix, picture, coverage]) {
    if (lab.playing) plot.keep();
    else plot.kept = null;
  }
  if (lab.playing) showPlace(lab);
  lab.ui.say(sentences(found, lab.words));
  describe(lab, rows, found);
}

const xAxis = ({ end }) => ({ low: 0, high: end, label: "time in s" });

function markWords({ words }, plot, colour) {
  plot.stroke({ colour, dash: [2, 4] }, () => {
    for (const at of words.flatMap(([, begin, end]) => [begin, end].map((seconds) => plot.toX(seconds)))) {
      plot.segment(at, plot.top, at, plot.bottom);
    }
  });
}

function drawMatrix(lab, rows, { weights, read }) {
  const { matrix: plot, mel: { nFrames } } = lab, nRows = rows.length, ticks = rows.map((_, i) => i + 1);
  plot.frame({
    x: xAxis(lab), y: { low: nRows + 0.5, high: 0.5, label: "", ticks, format: (i) => `${i} ${read[i - 1]}` },
    title: `weights, a row a token (white: ${WHITE} and more); drag a row, or its handles`,
  });
  const table = Float64Array.from({ length: nFrames * nRows }, (_, n) => // `heatmap` puts its row 0 at the bottom
    Math.sqrt(weights[nRows - 1 - (n % nRows)][Math.floor(n / nRows)]));
  const picture = heatmap(table, nFrames, nRows, 0, Math.sqrt(WHITE));
  plot.image(picture, { ...frameSpan(nFrames, HOP, RATE), y0: nRows + 0.5, y1: 0.5 });
  markWords(lab, plot, "#ffffff");
  for (let i = 1; i < nRows; i++) plot.horizontal(i + 0.5, { colour: "#7f7f7f", dash: [], width: 1 });
  drawGrips(plot, rows[chosen(lab)], chosen(lab) + 1);
}

// Where the width of a row is taken hold of, in px: a width to the left and right, but not on the centre.
const handlesOf = (plot, [centre, width]) => [-1, 1].map((side) => clamp(
  plot.toX(centre) + side * Math.max(CLEAR, plot.toX(width) - plot.toX(0)), plot.left + GRIP, plot.right - GRIP));

// The chosen row in a frame; its centre and its width on either side, to be dragged.
function drawGrips(plot, [centre, width], row) {
  const [top, middle, bottom] = [plot.toY(row - 0.5), plot.toY(row), plot.toY(row + 0.5)];
  plot.clipped((pen) => {
    pen.setLineDash([]);
    for (const [colour, wide] of [["#000000", 5], ["#ffffff", 2]]) { // seen on dark and on bright
      Object.assign(pen, { strokeStyle: colour, lineWidth: wide });
      pen.strokeRect(plot.left + 2, top + 2, plot.right - plot.left - 4, bottom - top - 4);
    }
    for (const at of handlesOf(plot, [centre, width])) {
      pen.fillStyle = plot.ui.ink.isDark ? "#7cc4f5" : "#56b4e9";
      Object.assign(pen, { strokeStyle: "#000000", lineWidth: 1 });
      pen.fillRect(at - 3, top + 5, 6, bottom - top - 10);
      pen.strokeRect(at - 3, top + 5, 6, bottom - top - 10);
    }
    pen.beginPath();
    pen.arc(plot.toX(centre), middle, 5, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  });
}

function drawMel(lab) {
  const { picture: plot, mel: { image, nFrames }, words } = lab;
  plot.frame({
    x: xAxis(lab), y: { low: 0, high: N_MELS, label: "mel band" },
    title: `what is spoken, dB re max., black ${signed(FLOOR_DB, 0)}`,
  });
  plot.image(image, frameSpan(nFrames, HOP, RATE));
  markWords(lab, plot, "#ffffff");
  plot.clipped((pen) => words.forEach(([word, begin, end]) => {
    const x = plot.toX((begin + end) / 2), wide = pen.measureText(word).width + 8;
    pen.fillStyle = "#000000";
    pen.fillRect(x - wide / 2, plot.top + 2, wide, 17);
    Object.assign(pen, { fillStyle: "#ffffff", textAlign: "center" });
    pen.fillText(word, x, plot.top + 15);
  }));
}

function drawCoverage(lab, { coverage, isUnseen, looks }) {
  const { coverage: plot, words } = lab, most = Math.max(0.05, ...coverage);
  plot.frame({
    x: xAxis(lab), y: { low: 0, high: 1.35 * most, label: "sum of weights" },
    title: "coverage; ×: looks at a word", legend: [["never looked at", 4, [3, 3]]],
  });
  const wide = HOP / RATE / 2;
  plot.clipped((pen) => {
    pen.fillStyle = plot.colour(0);
    coverage.forEach((value, m) => {
      const [left, right] = [plot.toX((m * HOP) / RATE - wide), plot.toX((m * HOP) / RATE + wide)];
      pen.fillRect(left, plot.toY(value), right - left + 0.5, plot.bottom - plot.toY(value));
    });
  });
  for (let m = 0; m < isUnseen.length; m++) {
    if (!isUnseen[m]) continue;
    const first = m;
    while (isUnseen[m + 1]) m++;
    hatch(plot, plot.toX((first * HOP) / RATE - wide), plot.toX((m * HOP) / RATE + wide));
  }
  markWords(lab, plot, "faint");
  words.forEach(([, begin, end], k) =>
    plot.text(`${signed(looks[k], 1)}×`, (begin + end) / 2, 1.35 * most * 0.86, { align: "center" }));
}

function hatch(plot, left, right) {
  plot.clipped((pen) => {
    pen.beginPath();
    pen.rect(left, plot.top + 24, right - left, plot.bottom - plot.top - 24);
    pen.clip();
    Object.assign(pen, { strokeStyle: plot.colour(4), lineWidth: 1.5 });
    pen.setLineDash([]);
    pen.beginPath();
    const high = plot.bottom - plot.top;
    for (let x = left - (left % 7) - high; x < right; x += 7) plot.segment(x, plot.bottom, x + high, plot.top);
    pen.stroke();
    pen.strokeRect(left, plot.top + 24, right - left, high - 24);
  });
}

// Columns of two words, one below the other, and the kind of the error.
function drawAligned({ aligned }, { steps }) {
  const column = (kind, ...cells) => {
    const item = make("li", {}, ...cells.map((text) => make("span", { textContent: text })));
    item.dataset.kind = kind;
    return item;
  };
  aligned.replaceChildren(column("", "spoken", "read", "error"), ...steps.map(({ kind, spoken, read }) =>
    column(kind, spoken ?? "—", read ?? "—", kind || "\u00a0")));
}

// While it sounds: the row that is heard, and the place in the clip; where motion is to be reduced, only the row.
function follow(lab) {
  if (!lab.playing?.speaker.isPlaying) return;
  showPlace(lab);
  if (reducedMotion()) setTimeout(() => follow(lab), 250);
  else requestAnimationFrame(() => follow(lab));
}

function showPlace({ playing, matrix, picture, coverage, model }) {
  const n = playing ? playing.speaker.position() * RATE : -1;
  const part = playing?.parts.findLast(({ at }) => at <= n), plots = [matrix, picture, coverage];
  for (const plot of plots) if (plot.kept) plot.restore();
  if (!part) return;
  if (part.row !== null && part.row < model.get("rows").length) {
    matrix.pen.fillStyle = matrix.colour(4);
    matrix.pen.textAlign = "left";
    matrix.pen.fillText("◀", matrix.right + 1, matrix.toY(part.row + 1) + 4);
  }
  const seconds = (part.first + Math.min(part.length, n - part.at)) / RATE;
  if (reducedMotion()) return;
  for (const plot of plots) plot.vertical(seconds, { colour: plot === coverage ? "ink" : "#7cc4f5", dash: [] });
}

const KINDS = { S: "substituted", D: "deleted", I: "inserted" };

function errorsOf(steps) {
  const nameOf = ({ kind, spoken, read }) => (kind === "S" ? `${spoken} by ${read}` : spoken ?? read);
  return ["D", "I", "S"].flatMap((kind) => {
    const names = steps.filter((step) => step.kind === kind).map(nameOf);
    return names.length ? [`${names.length} ${KINDS[kind]} (${names.join(", ")})`] : [];
  });
}

const rowsIn = (numbers) =>
  (numbers.length > 1 ? `Rows ${numbers.slice(0, -1).join(", ")} and ` : "Row ") + numbers.at(-1);

function sentences({ read, steps, share, unseen, back }, words) {
  const nErrors = steps.filter(({ kind }) => kind).length;
  const guesses = read.flatMap((word, i) => (word === GUESS ? [i + 1] : []));
  const text = [
    `Spoken: ${words.map(([word]) => word).join(" ")}. Read: ${read.join(" ")}.`,
    nErrors ? `WER ${percent(nErrors / words.length)}: ${errorsOf(steps).join(", ")}.` : "WER 0 %.",
  ];
  if (guesses.length) text.push(`${rowsIn(guesses)}: no word has half of the weight, so the token is a guess.`);
  if (back.length) text.push(`${rowsIn(back)} ${back.length > 1 ? "step" : "steps"} back in time.`);
  const missed = words.filter((_, k) => unseen[k] > 0.5).map(([word]) => word);
  text.push(share < 0.005 ? "Every moment of speech is looked at."
    : `${percent(share)} of the speech is never looked at${missed.length ? `, most of ${missed.join(", ")}` : ""}.`);
  if (!nErrors && share > 0.3) text.push("One look a word is enough where the encoder's frames know their neighbours.");
  return text.join(" ");
}

function describe({ matrix, picture, coverage, words }, rows, { read, looks, share }) {
  const places = rows.map(([centre, width], i) =>
    `${i + 1} ${read[i]} at ${centre.toFixed(2)} ± ${width.toFixed(2)} s`);
  matrix.describe(`Attention, one row a token: ${places.join("; ")}.`);
  const spans = words.map(([word, begin, end]) => `${word} ${begin.toFixed(2)} to ${end.toFixed(2)} s`);
  picture.describe(`Log-mel spectrogram of what is spoken: ${spans.join(", ")}.`);
  const sums = words.map(([word], k) => `${word} ${signed(looks[k], 1)} times`);
  coverage.describe(`Coverage: ${sums.join(", ")}; ${percent(share)} of the speech is never looked at.`);
}

export default { render };
