// Griffin–Lim in slices of one step: the picture of what was found, the curve of its distance, and its sound.
const N_FFT = 1024, HOP = 256, MOST_STEPS = 100, FLOOR_DB = -70, PAUSE_MS = 40, STEPS_A_SOUND = 10;
const EARLIER = [{ colour: 1, dash: [8, 5] }, { colour: 2, dash: [3, 3] }, { colour: 3, dash: [12, 4, 3, 4] }];

function render({ model, el }) {
  const rate = model.get("sample_rate"), [signal] = signalsOf(model, "audio"), seconds = signal.length / rate;
  const grid = { nFft: N_FFT, hop: HOP, length: signal.length }, wanted = stft(signal, grid);
  const magnitude = magnitudesOf(wanted), loudest = largestOf(magnitude, 1e-30);
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, rate, signal, seconds, grid, wanted, magnitude, loudest, power: Math.max(powerOf(signal), 1e-30),
    firsts: new Map(), images: new Map(),
    earlier: [], now: null, timer: 0, // earlier curves: { name, db }
    picture: ui.plot({ height: 300, share: 1.4, label: "Spectrogram." }),
    curve: ui.plot({ height: 300, share: 1.4, label: "Distance of the magnitudes over the steps." }),
  };
  lab.run = button(ui, "Run", () => (lab.timer ? halt(lab) : proceed(lab)));
  lab.one = button(ui, "One step", () => { halt(lab); step(lab); report(lab); });
  button(ui, "Start again", () => restart(lab));
  const estimate = () => ({ signal: lab.now.signal, sampleRate: rate, loop: true });
  lab.estimate = soundButton(ui, "Hear the estimate", estimate, { follow: false });
  soundButton(ui, "Hear the original", () => ({ signal, sampleRate: rate, loop: true }), { follow: false });
  for (const name of ["momentum", "start"]) ui.on(name, () => restart(lab));
  ui.closers.push(() => clearTimeout(lab.timer));
  restart(lab);
  return ui.close;
}

function restart(lab) {
  const [start, momentum] = valuesOf(lab.model, "start", "momentum");
  const name = `${momentum}${start === "random" ? "" : ", zero"}`;
  if (lab.now?.db.length > 1) {
    const others = lab.earlier.filter((curve) => curve.name !== lab.now.name);
    lab.earlier = [{ name: lab.now.name, db: lab.now.db }, ...others].slice(0, EARLIER.length);
  }
  lab.earlier = lab.earlier.filter((curve) => curve.name !== name);
  lab.now = { name, before: null, db: [], ...firstOf(lab, start) };
  halt(lab);
}

// What a run begins with: the phases, their sound, and its STFT.
function firstOf({ grid, wanted, magnitude, firsts }, start) {
  return once(firsts, start, () => {
    const random = seededRandom(1), turns = magnitude.map(() => (start === "random" ? 2 * Math.PI * random() : 0));
    const spectrum = { ...wanted, ...partsOf(magnitude, turns) }, signal = istft(spectrum, grid);
    return { spectrum, signal, consistent: stft(signal, grid) };
  });
}

// The sound of step i is made of the phases before it: what its distance is measured on.
function step(lab) {
  const { now, estimate: { speaker }, magnitude, grid } = lab, momentum = lab.model.get("momentum");
  const found = griffinLimStep(now.spectrum, magnitude, now.before, { ...grid, momentum });
  const { consistent, signal } = found;
  Object.assign(now, { spectrum: found.next, before: consistent, consistent, signal });
  now.db.push(20 * Math.log10(Math.max(found.convergence, 1e-10)));
  if (now.db.length % STEPS_A_SOUND === 0 && speaker.isPlaying) speaker.replace([signal]);
  lab.ui.redraw();
}

// One step, then the page has its turn.
function proceed(lab) {
  step(lab);
  lab.timer = lab.now.db.length < MOST_STEPS ? setTimeout(() => proceed(lab), PAUSE_MS) : 0;
  if (!lab.timer) halt(lab);
}

function halt(lab) {
  clearTimeout(lab.timer);
  lab.timer = 0;
  report(lab);
}

function report(lab) {
  const { ui, now, estimate: { speaker } } = lab;
  ui.set("convergence_db", [...now.db]);
  ui.set("steps", now.db.length);
  if (speaker.isPlaying) speaker.replace([now.signal]);
  ui.redraw();
}

function draw(lab) {
  const { model, now, run } = lab, [momentum, start] = valuesOf(model, "momentum", "start"), nSteps = now.db.length;
  run.textContent = lab.timer ? "Stop" : "Run";
  run.disabled = lab.one.disabled = nSteps >= MOST_STEPS;
  const errorDb = decibels(powerOf(differenceOf(now.signal, lab.signal)) / lab.power, 1e-30);
  const reached = nSteps ? inDb(now.db[nSteps - 1]) : "";
  const distance = nSteps ? `the magnitudes are at ${reached} re the wanted ones` : "the phases have been thrown away";
  lab.ui.say(`Step ${nSteps} of ${MOST_STEPS}, momentum ${momentum}, first phases ${start}: ${distance}; `
    + `the waveform's error is at ${inDb(errorDb)} re the original.`);
  drawPicture(lab);
  drawCurve(lab);
  lab.curve.describe(`Distance after ${nSteps} steps: ${reached || "none yet"}; ${lab.earlier.length} earlier curves.`);
}

const inDb = (value) => `${signed(value, 1)} dB`;

function drawPicture(lab) {
  const { model, now, rate, wanted, picture, images } = lab, which = model.get("picture");
  const { re, im } = which === "original" ? wanted : now.consistent, halfBin = rate / N_FFT / 2000;
  const image = latest(images, "shown", re, () =>
    heatmap(levels(lab, re, im), wanted.nFrames, wanted.nBins, FLOOR_DB, 0));
  picture.frame({
    x: { low: 0, high: lab.seconds, label: "time in s" }, y: { low: 0, high: rate / 2000, label: "frequency in kHz" },
    title: `${which}, dB re the original's loudest, black is ${labelOf(FLOOR_DB)} dB`,
  });
  picture.image(image, { ...frameSpan(wanted.nFrames, HOP, rate), y0: -halfBin, y1: rate / 2000 + halfBin });
  picture.describe(`Spectrogram of the ${which}, after ${now.db.length} steps.`);
}

function levels({ loudest }, re, im) {
  const db = new Float32Array(re.length), power = loudest ** 2;
  for (let i = 0; i < db.length; i++) db[i] = decibels((re[i] * re[i] + im[i] * im[i]) / power);
  return db;
}

function drawCurve(lab) {
  const { curve, now, earlier } = lab, steps = (db) => Float64Array.from(db, (_, i) => i + 1);
  curve.frame({
    x: { low: 0, high: MOST_STEPS, label: "steps" }, y: { low: -45, high: 0, label: "distance in dB" },
    title: "momentum",
    legend: [[now.name, 0], ...earlier.map(({ name }, i) => [name, EARLIER[i].colour, EARLIER[i].dash])],
  });
  earlier.forEach(({ db }, i) => curve.line(steps(db), db, EARLIER[i]));
  curve.line(steps(now.db), now.db, { colour: 0, width: 2.5 });
  const last = now.db.length;
  if (last) curve.points([last], [now.db[last - 1]], { colour: 0, radius: 5 });
}

export default { render };
