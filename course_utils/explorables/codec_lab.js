// Stages of a codec, heard and seen beside the original; and k-means in two dimensions, turn by turn.
const RATE = 8000, N_FFT = 256, HOP = 64, FLOOR_DB = -60, KBITS = 1.6, MOST_TURNS = 60;

function render({ model, el }) {
  const sounds = signalsOf(model, "audio", model.get("n_sounds")), ui = explorable(model, el, () => draw(lab));
  const loudest = largestOf(spectrogram(sounds[0], { nFft: N_FFT, hop: HOP }).values, 1e-12);
  const lab = {
    model, ui, sounds, loudest, pictures: new Map(), points: model.get("points"), book: null,
    picture: ui.plot({ height: 280, share: 1.4, label: "Spectrogram." }),
    curve: ui.plot({ height: 280, share: 0.8, label: "Signal-to-noise ratio over the stages." }),
    plane: ui.plot({ height: 300, share: 1, label: "Code book." }),
  };
  soundButton(ui, "Hear it", () => ({ signal: chosen(lab), sampleRate: RATE }));
  lab.turn = button(ui, "One turn of k-means", () => turn(lab));
  lab.revive = button(ui, "Move dead codes to the busiest", () => revive(lab));
  button(ui, "Start again", () => begin(lab));
  lab.curve.onDrag(({ x }) => ui.set("stages", clamp(Math.round(x), 1, sounds.length - 1)));
  for (const name of ["codes", "first"]) ui.on(name, () => begin(lab));
  begin(lab);
  return ui.close;
}

const counted = (stages) => `${stages} ${stages === 1 ? "stage" : "stages"}`;

function chosen({ model, sounds }) {
  const [stages, heard] = valuesOf(model, "stages", "heard"), coded = sounds[Math.round(stages)];
  if (heard === "original") return sounds[0];
  return heard === "coded" ? coded : differenceOf(sounds[0], coded);
}

// ------------------------------------------------------------------------------------------------------------- k-means

function begin(lab) {
  const { model, points } = lab, [n, first] = valuesOf(model, "codes", "first"), random = seededRandom(7);
  const start = points[Math.floor(points.length / 2)] ?? [0, 0];
  lab.book = Array.from({ length: n }, (_, i) => {
    if (first === "all at one place") return [start[0] + 1e-5 * i, start[1]];
    return [...(points[Math.floor(random() * points.length)] ?? [0, 0])];
  });
  lab.ui.set("turns", 0);
  lab.ui.set("errors", []);
  lab.ui.redraw();
}

function nearestCodes(points, book) {
  return points.map(([x, y]) => {
    let best = 0, least = Infinity;
    book.forEach(([a, b], i) => {
      const distance = (x - a) ** 2 + (y - b) ** 2;
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  });
}

function meanError(points, book, owners) {
  return sumOf(points.map(([x, y], n) => (x - book[owners[n]][0]) ** 2 + (y - book[owners[n]][1]) ** 2)) /
    Math.max(1, 2 * points.length);
}

function turn(lab) {
  const { points, book, model, ui } = lab, owners = nearestCodes(points, book), sums = book.map(() => [0, 0, 0]);
  points.forEach(([x, y], n) => {
    const sum = sums[owners[n]];
    [sum[0], sum[1], sum[2]] = [sum[0] + x, sum[1] + y, sum[2] + 1];
  });
  sums.forEach(([x, y, n], i) => { if (n) book[i] = [x / n, y / n]; });
  ui.set("errors", [...model.get("errors"), meanError(points, book, nearestCodes(points, book))]);
  ui.set("turns", model.get("turns") + 1);
  ui.redraw();
}

// Each dead code goes beside the code that has most points.
function revive(lab) {
  const { points, book } = lab, counts = countsOf(lab), spread = 0.02 * peakOf(points.flat(), 1e-6);
  counts.forEach((count, i) => {
    if (count) return;
    const busiest = counts.indexOf(Math.max(...counts));
    book[i] = [book[busiest][0] + spread * (i % 2 ? 1 : -1), book[busiest][1] + spread * (i % 3 ? 1 : -1)];
    counts[busiest] = Math.floor(counts[busiest] / 2);
  });
  lab.ui.redraw();
}

function countsOf({ points, book }) {
  const counts = book.map(() => 0);
  for (const owner of nearestCodes(points, book)) counts[owner] += 1;
  return counts;
}

// ------------------------------------------------------------------------------------------------------------ pictures

function draw(lab) {
  if (!lab.book) return;
  const { model, ui, turn: turnButton, revive: reviveButton, book } = lab, counts = countsOf(lab);
  const stages = Math.round(model.get("stages")), snr = model.get("snr_db")[stages - 1];
  const dead = counts.filter((count) => count === 0).length, turns = model.get("turns");
  turnButton.disabled = turns >= MOST_TURNS;
  reviveButton.disabled = dead === 0;
  drawPicture(lab, stages);
  drawCurve(lab, stages);
  drawPlane(lab, counts);
  const error = meanError(lab.points, book, nearestCodes(lab.points, book));
  ui.say(`${counted(stages)}: ${signed(stages * KBITS, 1)} kbit/s, ${signed(snr, 1)} dB. ` +
    `Code book of ${book.length} after ${turns} turns: error ${labelOf(error, 3)}, ${dead} dead.`);
}

function drawPicture(lab, stages) {
  const { model, picture: plot, pictures, loudest } = lab, heard = model.get("heard"), signal = chosen(lab);
  const image = once(pictures, `${heard} ${heard === "original" ? 0 : stages}`, () => {
    const { values, nFrames, nBins } = spectrogram(signal, { nFft: N_FFT, hop: HOP });
    return { nFrames, picture: heatmap(values.map((power) => decibels(power / loudest)), nFrames, nBins, FLOOR_DB, 0) };
  });
  plot.frame({
    x: { low: 0, high: signal.length / RATE, label: "time in s" },
    y: { low: 0, high: RATE / 2000, label: "frequency in kHz" },
    title: `${heard}${heard === "original" ? "" : `, ${counted(stages)}`}, dB re the original's loudest, black ` +
      labelOf(FLOOR_DB),
  });
  plot.image(image.picture, { ...frameSpan(image.nFrames, HOP, RATE), y0: 0, y1: RATE / 2000 });
  plot.describe(`Spectrogram of the sound, ${heard}, with ${counted(stages)} at ${signed(stages * KBITS, 1)} kbit/s.`);
}

function drawCurve({ model, curve: plot }, stages) {
  const snr = model.get("snr_db"), all = snr.map((_, i) => i + 1), most = Math.max(...snr);
  plot.frame({
    x: { low: 0.5, high: snr.length + 0.5, label: "stages, 1.6 kbit/s each", ticks: all.filter((i) => i % 2 === 0) },
    y: { low: Math.min(0, ...snr), high: 1.1 * Math.max(most, 1), label: "SNR in dB" },
    title: `${signed(snr[stages - 1], 1)} dB`,
  });
  plot.line(all, snr);
  plot.points(all, snr, { colour: 0, radius: 3 });
  plot.vertical(stages, { colour: 1 });
  plot.describe(`Signal-to-noise ratio: ${all.map((i) => `${counted(i)} ${signed(snr[i - 1], 1)} dB`).join("; ")}.`);
}

function drawPlane({ plane: plot, points, book, model }, counts) {
  const reach = 1.1 * peakOf(points.flat(), 1e-3);
  plot.frame({
    x: { low: -reach, high: reach, label: "number of 300–400 Hz" },
    y: { low: -reach, high: reach, label: "number of 400–500 Hz" },
    title: `${book.length} codes after ${model.get("turns")} turns`,
  });
  plot.points(points.map(([x]) => x), points.map(([, y]) => y), { colour: 0, radius: 1.5 });
  for (const isDead of [false, true]) {
    const shown = book.filter((_, i) => (counts[i] === 0) === isDead);
    plot.points(shown.map(([x]) => x), shown.map(([, y]) => y), { colour: 1, radius: 7, hollow: isDead });
  }
  plot.describe(`${points.length} points and ${book.length} codes: ${book.slice(0, 32).map(([x, y], i) =>
    `(${signed(x, 2)}, ${signed(y, 2)}) with ${counts[i]} points`).join("; ")}.`);
}

export default { render };
