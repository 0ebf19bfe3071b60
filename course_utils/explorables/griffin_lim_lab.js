// Griffin–Lim in slices of one step: the picture of what was found, the curve of its distance, and its sound.
const N_FFT = 1024, HOP = 256, MOST_STEPS = 100, FLOOR_DB = -70, PAUSE_MS = 40, STEPS_A_SOUND = 10;
const EARLIER = [{ colour: 1, dash: [8, 5] }, { colour: 2, dash: [3, 3] }, { colour: 3, dash: [12, 4, 3, 4] }];

function render({ model, el }) {
  const rate = model.get("sample_rate"), [signal] = signalsOf(model, "audio"), seconds = signal.length / rate;
  const grid = { nFft: N_FFT, hop: HOP, length: signal.length }, wanted = stft(signal, grid);
  const magnitude = wanted.re.map((re, i) => Math.hypot(re, wanted.im[i])); // S
  const loudest = magnitude.reduce((most, value) => Math.max(most, value), 1e-30);
  const firsts = new Map();
  let earlier = [], now = null, timer = 0, drawn = {}; // earlier curves: { name, db }

  const ui = explorable(model, el, draw);
  const picture = ui.plot({ height: 300, share: 1.4, label: "Spectrogram." });
  const curve = ui.plot({ height: 300, share: 1.4, label: "Distance of the magnitudes over the steps." });
  const run = button(ui, "Run", () => (timer ? halt() : proceed()));
  const one = button(ui, "One step", () => { halt(); step(); report(); });
  button(ui, "Start again", restart);
  const estimate = soundButton(ui, "Hear the estimate", () => ({ signal: now.signal, sampleRate: rate, loop: true }), { follow: false });
  soundButton(ui, "Hear the original", () => ({ signal, sampleRate: rate, loop: true }), { follow: false });
  ui.on("momentum", restart);
  ui.on("start", restart);
  ui.closers.push(() => clearTimeout(timer));
  restart();
  return ui.close;

  function restart() {
    if (now?.db.length > 1) earlier = [{ name: now.name, db: now.db }, ...earlier.filter(({ name }) => name !== now.name)].slice(0, EARLIER.length);
    const start = model.get("start"), name = `${model.get("momentum")}${start === "random" ? "" : ", zero"}`;
    earlier = earlier.filter((one) => one.name !== name);
    now = { name, before: null, db: [], ...firstOf(start) };
    halt();
  }

  // What a run begins with: the phases, their sound, and its STFT.
  function firstOf(start) {
    if (!firsts.has(start)) {
      const random = seededRandom(1), turns = magnitude.map(() => (start === "random" ? 2 * Math.PI * random() : 0));
      const re = magnitude.map((value, i) => value * Math.cos(turns[i])), im = magnitude.map((value, i) => value * Math.sin(turns[i]));
      const spectrum = { ...wanted, re, im }, found = istft(spectrum, grid);
      firsts.set(start, { spectrum, signal: found, consistent: stft(found, grid) });
    }
    return firsts.get(start);
  }

  // The sound of step i is made of the phases before it: what its distance is measured on.
  function step() {
    const { consistent, convergence, next, signal: found } = griffinLimStep(now.spectrum, magnitude, now.before, { ...grid, momentum: model.get("momentum") });
    Object.assign(now, { spectrum: next, before: consistent, consistent, signal: found });
    now.db.push(20 * Math.log10(Math.max(convergence, 1e-10)));
    if (now.db.length % STEPS_A_SOUND === 0 && estimate.speaker.isPlaying) estimate.speaker.replace([now.signal]);
    ui.redraw();
  }

  // One step, then the page has its turn.
  function proceed() {
    step();
    timer = now.db.length < MOST_STEPS ? setTimeout(proceed, PAUSE_MS) : 0;
    if (!timer) halt();
  }

  function halt() {
    clearTimeout(timer);
    timer = 0;
    report();
  }

  function report() {
    ui.set("convergence_db", [...now.db]);
    ui.set("steps", now.db.length);
    if (estimate.speaker.isPlaying) estimate.speaker.replace([now.signal]);
    ui.redraw();
  }

  function draw() {
    const nSteps = now.db.length, isDone = nSteps >= MOST_STEPS, error = [0, 0];
    run.textContent = timer ? "Stop" : "Run";
    run.disabled = one.disabled = isDone;
    signal.forEach((value, n) => { error[0] += (now.signal[n] - value) ** 2; error[1] += value * value; });
    const waveform = 10 * Math.log10(error[0] / Math.max(error[1], 1e-30)), inDb = (value) => `${value.toFixed(1).replace("-", "−")} dB`;
    const distance = nSteps ? `the magnitudes are at ${inDb(now.db[nSteps - 1])} re the wanted ones` : "the phases are thrown away";
    ui.say(`Step ${nSteps} of ${MOST_STEPS}, momentum ${model.get("momentum")}, first phases ${model.get("start")}: ${distance}; the waveform's error is at ${inDb(waveform)} re the original.`);
    drawPicture();
    drawCurve();
    curve.describe(`Distance after ${nSteps} steps: ${nSteps ? inDb(now.db[nSteps - 1]) : "none yet"}; ${earlier.length} earlier curves.`);
  }

  function drawPicture() {
    const isOriginal = model.get("picture") === "original", { re, im } = isOriginal ? wanted : now.consistent;
    if (drawn.of !== re) drawn = { of: re, image: heatmap(levels(re, im), wanted.nFrames, wanted.nBins, FLOOR_DB, 0) };
    const title = `${model.get("picture")}, dB re its loudest, black is ${labelOf(FLOOR_DB)} dB`.replace("its loudest", "the original's loudest");
    picture.frame({ x: { low: 0, high: seconds, label: "time in s" }, y: { low: 0, high: rate / 2000, label: "frequency in kHz" }, title });
    const half = HOP / 2 / rate, halfBin = rate / N_FFT / 2000;
    picture.image(drawn.image,
      { x0: -half, x1: ((wanted.nFrames - 1) * HOP) / rate + half, y0: -halfBin, y1: rate / 2000 + halfBin });
    picture.describe(`Spectrogram of the ${model.get("picture")}, after ${now.db.length} steps.`);
  }

  function levels(re, im) {
    const db = new Float32Array(re.length);
    for (let i = 0; i < db.length; i++) db[i] = 10 * Math.log10(Math.max((re[i] * re[i] + im[i] * im[i]) / loudest ** 2, 1e-12));
    return db;
  }

  function drawCurve() {
    const looks = (i) => [EARLIER[i].colour, EARLIER[i].dash];
    curve.frame({
      x: { low: 0, high: MOST_STEPS, label: "steps" }, y: { low: -45, high: 0, label: "distance in dB" },
      title: "momentum", legend: [[now.name, 0], ...earlier.map(({ name }, i) => [name, ...looks(i)])],
    });
    const steps = (db) => Float64Array.from(db, (_, i) => i + 1);
    earlier.forEach(({ db }, i) => curve.line(steps(db), db, EARLIER[i]));
    curve.line(steps(now.db), now.db, { colour: 0, width: 2.5 });
    const last = now.db.length;
    if (last) curve.points([last], [now.db[last - 1]], { colour: 0, radius: 5 });
  }
}

export default { render };
