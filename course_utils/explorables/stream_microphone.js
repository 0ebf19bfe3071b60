// Sound in chunks to a function of Python, whose text stands here at once; how far it is behind the sound is measured.
const TAKEN = 256, BLOCK_MS = 5; // what comes at once: samples of the microphone (5 ms at 48 kHz), ms of the clip
const MOST_WITH_PYTHON = 3, LONGEST_WAIT_S = 1, SHOWN_S = 10, TAIL_S = 0.5, LONGEST_TEXT = 500;

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, isStarting: false, trouble: "",
    run: null, from: null, // the run that is on or was the last; the source that is open
    level: ui.plot({ height: 160, share: 3, label: "Level of the sound." }),
    delay: ui.plot({ height: 160, share: 3, label: "Delay of the text." }),
  };
  ui.closers.push(() => stop(lab));
  const onBlock = (block, at) => take(lab, block, at);
  lab.sources = { microphone: new Microphone(ui, onBlock, TAKEN), clip: new ClipInPlace(lab, onBlock) };
  lab.line = lineOfText(ui);
  lab.button = button(ui, "● Start", () => (lab.from ? stop(lab) : lab.isStarting || start(lab)));
  lab.button.setAttribute("aria-pressed", "false");
  lab.meter = levelMeter(ui, { low: -40, high: -3, optimum: -20 });
  lab.behind = make("span", { className: "behind" });
  ui.controls.append(lab.behind);
  listen(ui, "msg:custom", (message) => onAnswer(lab, message));
  return ui.close;
}

// Where the text stands; it is read aloud once it has stood still for a moment.
function lineOfText(ui) {
  const line = make("p", { className: "live" });
  line.setAttribute("aria-live", "polite");
  ui.stage.after(line);
  return { element: line, show: speechOf(ui, line) };
}

// ------------------------------------------------------------------------------------------------ start and stop

// The clip in place of the microphone: it is heard, and handed over block by block as if it were being recorded. It
// asks of the page for nothing but sound: where there is no microphone there may be no audio worklet either.
class ClipInPlace {
  constructor(lab, onBlock) { Object.assign(this, { lab, onBlock, timer: 0 }); }

  get isOn() { return this.timer !== 0; }
  get sampleRate() { return this.lab.model.get("clip_rate"); }

  start() {
    const shared = soundOfPage(), { sampleRate } = this, [signal] = signalsOf(this.lab.model, "audio");
    shared.playing?.stop();
    shared.context.resume();
    this.heard = startSound(shared.context, shared.meter, [signal], sampleRate);
    this.playing = shared.playing = { stop: () => stop(this.lab) };
    const samples = joined([signal, new Float32Array(Math.round(TAIL_S * sampleRate))]);
    this.timer = setTimeout(() => this.handOver(samples, Date.now() - BLOCK_MS, 0), BLOCK_MS);
  }

  // What has been recorded since the last time.
  handOver(samples, began, first) {
    const end = Math.min(samples.length, Math.floor(((Date.now() - began) * this.sampleRate) / 1000));
    this.timer = setTimeout(() => this.handOver(samples, began, end), BLOCK_MS);
    this.onBlock(samples.subarray(first, end), began + (1000 * end) / this.sampleRate);
    if (end === samples.length) stop(this.lab);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.heard.stop();
    if (soundOfPage().playing === this.playing) soundOfPage().playing = null;
  }
}

async function start(lab) {
  const { model, ui, sources } = lab;
  let name = model.get("source");
  lab.isStarting = true; // not disabled: a button that is loses the focus
  lab.trouble = (await sources[name].start()) ?? "";
  if (lab.trouble && name === "microphone" && !sources.microphone.isClosed) {
    name = "clip";
    await sources.clip.start();
    lab.trouble = `${lab.trouble} Meanwhile a clip is played in its place.`;
  }
  lab.isStarting = false;
  if (sources[name].isOn) {
    Object.assign(lab, { from: name, run: newRun(model, name, sources[name].sampleRate) });
    lab.line.show("");
    model.send({ kind: "start", run: lab.run.id });
  }
  tellState(lab);
  ui.redraw();
}

function newRun(model, source, rate) {
  const toRate = model.get("sample_rate"), length = Math.round((toRate * model.get("chunk_ms")) / 1000);
  return {
    id: `${Date.now()}-${Math.random()}`, source, rate, toRate, length, chunkS: length / toRate,
    resampler: new StreamResampler({ fromRate: rate, toRate, width: 16 }),
    nTaken: 0, rest: new Float32Array(0), nChunks: 0, // samples of the microphone; of the next chunk; chunks until now
    waiting: [], sent: new Map(), // chunks not sent yet; when the first sample came of each that is not answered yet
    nLeftOut: 0, levels: [], delays: [], unsaid: [], answeredAt: Date.now(), isSilent: false,
  };
}

// Everything goes to Python that has been heard; `isEnded`: Python has ended it, and wants no more.
function stop(lab, isEnded = false) {
  if (!lab.from) return;
  const { model, run, from, sources } = lab;
  lab.from = null;
  sources[from].stop();
  if (!isEnded) {
    cut(lab, run.resampler.flush(), Date.now());
    if (run.rest.length) cut(lab, new Float32Array(run.length - run.rest.length), Date.now());
    while (run.waiting.length) send(lab);
    model.send({ kind: "stop", run: run.id, delays_ms: run.unsaid.splice(0) });
  }
  tellState(lab);
  lab.meter.show(-Infinity);
}

function tellState({ ui, button: element, from }) {
  element.textContent = from ? "■ Stop" : "● Start";
  element.setAttribute("aria-pressed", String(from !== null));
  ui.redraw();
}

// --------------------------------------------------------------------------------------------- chunks and answers

function take(lab, block, at) {
  lab.run.nTaken += block.length;
  cut(lab, lab.run.resampler.push(block), at);
  catchUp(lab);
  while (lab.run.waiting.length && lab.run.sent.size < MOST_WITH_PYTHON) send(lab);
}

// Chunks of what has come; `at`: when the last sample of it came.
function cut({ ui, run, meter }, samples, at) {
  run.rest = joined([run.rest, samples]);
  while (run.rest.length >= run.length) {
    const chunk = run.rest.slice(0, run.length), sinceS = run.nTaken / run.rate - run.nChunks * run.chunkS;
    run.rest = run.rest.slice(run.length);
    run.waiting.push({ number: run.nChunks, chunk, at: at - 1000 * sinceS });
    run.levels[run.nChunks++] = decibels(powerOf(chunk), 1e-9);
    meter.show(decibels(powerOf(chunk)));
    if (!reducedMotion() || run.nChunks % 8 === 0) ui.redraw();
  }
}

// Where Python does not keep up, what waits is left out, so that the text is on time again.
function catchUp({ run }) {
  if (run.waiting.length * run.chunkS < LONGEST_WAIT_S) return;
  run.nLeftOut += run.waiting.length;
  run.waiting = [];
  run.isSilent = Date.now() - run.answeredAt > 1000 * LONGEST_WAIT_S;
}

function send({ model, run }) {
  const { number, chunk, at } = run.waiting.shift();
  run.sent.set(number, at);
  model.send({ kind: "chunk", run: run.id, number, delays_ms: run.unsaid.splice(0) }, undefined, [chunk.buffer]);
}

function onAnswer(lab, { kind, run: id, number, text }) {
  const { model, ui, run } = lab;
  if (run?.id !== id) return;
  if (kind === "ended") {
    lab.trouble = text;
    stop(lab, true);
  } else if (text !== null) lab.line.show(text.length > LONGEST_TEXT ? `… ${text.slice(-LONGEST_TEXT)}` : text);
  if (kind === "answer") {
    Object.assign(run, { answeredAt: Date.now(), isSilent: false });
    run.delays[number] = Date.now() - run.sent.get(number);
    run.unsaid.push(run.delays[number]);
    run.sent.delete(number);
    while (lab.from && run.waiting.length && run.sent.size < MOST_WITH_PYTHON) send(lab);
  }
  if (kind === "stopped") model.send({ kind: "measured", run: id, delays_ms: run.unsaid.splice(0) });
  ui.redraw();
}

// ------------------------------------------------------------------------------------------------ picture and words

function draw(lab) {
  const { model, level, delay, run } = lab, chunkMs = model.get("chunk_ms");
  const x = { low: -SHOWN_S, high: 0, label: "time in s" }, delays = run ? run.delays.filter((ms) => ms > 0) : [];
  const recent = delays.slice(-20), largest = largestOf(recent), middle = recent.length ? median(recent) : null;
  level.frame({ x, y: { low: -80, high: 0, label: "level in dBFS" }, title: lab.from ?? model.get("source") });
  const y = { low: 0, high: Math.max(400, 1.1 * largestOf(delays.slice(-SHOWN_S / 0.04))), label: "delay in ms" };
  delay.frame({ x, y, title: "text behind the sound", legend: [["length of a chunk", 2, [6, 4]]] });
  delay.horizontal(chunkMs, { colour: 2 });
  if (run) {
    const first = Math.max(0, run.nChunks - Math.ceil(SHOWN_S / run.chunkS));
    lineOf(level, run, run.levels, first);
    lineOf(delay, run, run.delays, first);
  }
  const behind = `delay ${middle === null ? "–" : middle.toFixed(0)} ms`;
  if (lab.behind.textContent !== behind) lab.behind.textContent = behind;
  level.describe(run ? `Level of the last ${SHOWN_S} s, from the ${run.source}.` : "Nothing has been heard yet.");
  const most = `the last 20 answers: median ${middle?.toFixed(0)} ms, ${largest.toFixed(0)} ms at most`;
  const measured = middle === null ? "no text yet" : most;
  delay.describe(`Delay of the text behind the sound; a chunk has ${labelOf(chunkMs)} ms; ${measured}.`);
  lab.ui.say(stateOf(lab, delays));
}

// What has been measured for the chunks from `first` on, at the time when each began.
function lineOf(plot, run, values, first) {
  const known = [];
  for (let i = first; i < run.nChunks; i++) if (values[i] !== undefined) known.push(i);
  plot.line(known.map((i) => (i - run.nChunks) * run.chunkS), known.map((i) => values[i]), { colour: 0, width: 1.5 });
}

function median(values) {
  const sorted = Float64Array.from(values).sort(), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function stateOf({ model, run, from, trouble }, delays) {
  const leftOut = run?.nLeftOut ? ` ${(run.nLeftOut * run.chunkS).toFixed(1)} s of the sound were left out.` : "";
  if (from && run.isSilent) {
    return `Python does not answer: it runs a cell, or its kernel is gone.${leftOut}`;
  }
  if (from) return (trouble || `Streaming the ${from}.`) + (leftOut && ` Python has not kept up:${leftOut}`);
  if (trouble) return trouble;
  if (!run) {
    const what = model.get("source") === "clip" ? "to hear the clip, and to send it to Python" : "and speak";
    return `Press Start ${what}. The sound goes to Python and nowhere else.`;
  }
  const all = `${(run.nChunks * run.chunkS).toFixed(1)} s were heard`;
  if (!delays.length) return `${all}, and Python has not answered.${leftOut}`;
  const behind = `${median(delays).toFixed(0)} ms (median), ${largestOf(delays).toFixed(0)} ms at most`;
  return `Stopped. ${all}; the text was behind by ${behind}.${leftOut}`;
}

export default { render };
