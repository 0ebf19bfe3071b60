// A formula that is typed: its wave, its lines, its sound, and a slider for each of its names.
const RATE = 48000, QUICK = 16384, SLICE = 32768, SETTLE_MS = 150, SEAM_S = 0.005, LARGEST_VALUE = 1e10;
const SIDE_LOBES = 3, OVER_FLOOR = 10, MOST_LINES = 20, MOST_SAID = 8, N_CARET = 34; // N_CARET: characters beside it

const WHOLE = { from_s: 0, parameters: {}, lowest_hz: 0.1, highest_hz: 24000, frequencies: "logarithmic" };
const EXAMPLES = {
  "two tones that beat": {
    ...WHOLE, expression: "0.3 sin(2 pi f t) + 0.3 sin(2 pi (f + d) t)", seconds: 2, shown_s: 1,
    parameters: { f: 440, d: 4 }, lowest_hz: 400, highest_hz: 480, frequencies: "linear",
  },
  "a tone that decays": {
    ...WHOLE, expression: "0.8 sin(2 pi f t) exp(-t / tau)", parameters: { f: 440, tau: 0.3 }, seconds: 2, shown_s: 1,
  },
  "amplitude modulation": {
    ...WHOLE, expression: "0.4 (1 + m sin(2 pi fm t)) sin(2 pi fc t)", seconds: 2, shown_s: 0.1,
    parameters: { m: 0.8, fm: 40, fc: 880 }, lowest_hz: 700, highest_hz: 1060, frequencies: "linear",
  },
  "frequency modulation": {
    ...WHOLE, expression: "0.5 sin(2 pi fc t + k sin(2 pi fm t))", seconds: 2, shown_s: 0.02,
    parameters: { fc: 880, k: 2, fm: 110 }, highest_hz: 1900, frequencies: "linear",
  },
  "a square of odd harmonics": {
    ...WHOLE, seconds: 2, shown_s: 0.02, parameters: { f: 220 }, highest_hz: 2400, frequencies: "linear",
    expression: "0.4 (sin(2pi f t) + sin(6pi f t)/3 + sin(10pi f t)/5 + sin(14pi f t)/7 + sin(18pi f t)/9)",
  },
  "a burst of noise": { ...WHOLE, expression: "0.8 noise exp(-t / 50 ms)", seconds: 0.5, shown_s: 0.2 },
  "four lines": {
    ...WHOLE, expression: "sin(203x) + sin(3x) + 2 sin(50x) + cos(2000x)", seconds: 10, shown_s: 2.5,
    highest_hz: 2000,
  },
};

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, text: null, formula: null, refusal: null, fault: null, // what is typed, and what is wrong with it
    key: "", job: null, waiting: 0, shown: null, whole: null, // the clip that is computed, drawn, and complete
    remembered: {}, heard: new WeakMap(),
    wave: ui.plot({ height: 250, share: 1.2, label: "The wave." }),
    spectrum: ui.plot({ height: 250, label: "The spectrum." }),
  };
  lab.field = fieldFor(lab);
  lab.sliders = make("div", { className: "controls" });
  lab.sliders.style.flex = "1 1 100%";
  lab.names = "";
  ui.controls.prepend(lab.sliders);
  const labels = [...ui.controls.querySelectorAll("label")];
  const { htmlFor } = labels.find(({ textContent }) => textContent === "shown from");
  lab.start = ui.controls.querySelector(`#${htmlFor}`); // label.control is null before the page shows it
  lab.buttons = [["Hear it", false], ["Hear it repeated", true]].map(([words, loop]) =>
    soundButton(ui, words, () => ({ signal: toHear(lab, loop), sampleRate: RATE, loop }), { settleMs: 200 }));
  lab.wave.onDrag((event) => pan(lab, event));
  ui.closers.push(() => clearTimeout(lab.waiting));
  return ui.close;
}

// ------------------------------------------------------------------------------------------------ what is typed

function fieldFor(lab) {
  const { model, ui } = lab, id = newId(), exampleId = newId(), saidId = newId();
  const input = make("input", { type: "text", id, spellcheck: false, autocomplete: "off", className: "formula" });
  const caret = make("pre", { className: "caret" });
  const choice = make("select", { id: exampleId });
  for (const name of Object.keys(EXAMPLES)) choice.append(make("option", { value: name, textContent: name }));
  choice.append(make("option", { value: "", textContent: "your own", disabled: true }));
  caret.setAttribute("aria-hidden", "true"); // the sentence says which character
  input.setAttribute("aria-describedby", saidId);
  input.setAttribute("autocapitalize", "off");
  input.addEventListener("input", () => ui.set("expression", input.value));
  input.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !["Escape", "Tab"].includes(event.key)) {
      event.stopPropagation(); // letters are shortcuts of the notebook
    }
    if (event.key === "Enter" && lab.refusal) input.setSelectionRange(lab.refusal.at, lab.refusal.at + 1);
  });
  choice.addEventListener("input", () => {
    const { parameters, ...others } = EXAMPLES[choice.value];
    lab.remembered = {};
    for (const [name, value] of Object.entries({ ...others, ranges: {}, parameters })) ui.set(name, value);
  });
  const row = make("div", { className: "control" }, make("label", { htmlFor: id, textContent: "x(t) =" }), input);
  row.style.flex = "1 1 26em";
  const examples = make("div", { className: "control" },
    make("label", { htmlFor: exampleId, textContent: "example" }), choice);
  const said = ui.stage.nextElementSibling; // the sentence about a character stands under it
  said.id = saidId;
  said.style.minHeight = "2.9em";
  ui.stage.before(make("div", { className: "controls" }, row, examples), caret, said);
  ui.controls.after(grammarHelp());
  input.value = model.get("expression");
  return { input, caret, choice };
}

function grammarHelp() {
  const lines = [
    "+ − * / ^ ( ); what follows directly is multiplied, from left to right: 2 sin(50 t), 2pi f t. −2^2 is −4.",
    `Functions: ${Object.keys(FUNCTIONS).join(", ")}. noise alone is noise(t). Constants: pi, e. t may be called x.`,
    "Units after a number: Hz and s (× 1), kHz (× 1000), ms, us, %, deg; dB is a factor of amplitude, −6 dB is 0.501.",
    "Each other name is a parameter, and gets a slider.",
  ];
  const details = make("details", { className: "grammar" }, make("summary", { textContent: "What can be typed" }));
  details.append(make("ul", {}, ...lines.map((line) => make("li", { textContent: line }))));
  return details;
}

// The formula of the trait, its names and their values; `lab.refusal` if it cannot be read.
function read(lab) {
  const { model, ui, field } = lab, text = model.get("expression");
  if (text !== lab.text) {
    const { error = null, ...formula } = readExpression(text);
    lab.text = text;
    lab.refusal = error;
    if (!error) lab.formula = { ...formula, text };
    if (field.input.value !== text) field.input.value = text;
    field.choice.value = Object.entries(EXAMPLES).find(([, { expression }]) => expression === text)?.[0] ?? "";
  }
  if (lab.refusal) return;
  const { names } = lab.formula, given = model.get("parameters"), old = Object.keys(given);
  Object.assign(lab.remembered, given);
  if (old.length !== names.length || names.some((name) => !(name in given))) {
    const value = (name) => lab.remembered[name] ?? valueToBegin(name, model.get("ranges")[name]);
    ui.set("parameters", Object.fromEntries(names.map((name) => [name, value(name)])));
  }
}

// What is not given: frequencies, times, phases and shares are known by their first letters.
function rangeToBegin(name) {
  if (/^f/i.test(name)) return [0, 1000];
  if (/^(tau|τ|T$|T0)/.test(name)) return [0.01, 1];
  if (/^(phi|phase|theta|φ|ϕ|θ)/.test(name)) return [0, 6.283];
  return /^(a|A|amp|g|gain|m)\d*$/.test(name) ? [0, 1] : [0, 10];
}

function valueToBegin(name, range) {
  if (range) return (range[0] + range[1]) / 2;
  if (/^f/i.test(name)) return 440;
  const [low, high] = rangeToBegin(name);
  return high === 1 ? 0.5 : high > 7 ? 1 : low;
}

function rangeOf({ model }, name) {
  const value = model.get("parameters")[name], [low, high] = model.get("ranges")[name] ?? rangeToBegin(name);
  return [Math.min(low, value), Math.max(high, value)];
}

// ------------------------------------------------------------------------------------------------ its parameters

function showSliders(lab) {
  const { model, sliders } = lab, { names } = lab.formula;
  if (names.join() !== lab.names) {
    lab.names = names.join();
    sliders.replaceChildren(...names.map((name) => parameterRow(lab, name)));
    sliders.hidden = !names.length;
  }
  const values = model.get("parameters");
  names.forEach((name, i) => {
    const [low, high] = rangeOf(lab, name), step = 10 ** Math.floor(Math.log10((high - low) / 900));
    const [label, from, input, to, output] = sliders.children[i].children, text = labelOf(values[name], 6);
    Object.assign(input, { min: low, max: high, step });
    input.value = values[name];
    for (const [end, value] of [[from, low], [to, high]]) if (document.activeElement !== end) end.value = value;
    output.textContent = text;
    input.setAttribute("aria-valuetext", `${label.textContent} = ${text}`);
  });
}

function parameterRow(lab, name) {
  const { model, ui } = lab, id = newId(), input = make("input", { type: "range", id });
  const end = (which) => {
    const box = make("input", { type: "number", step: "any", className: "end" });
    box.setAttribute("aria-label", `${which ? "highest" : "lowest"} ${name}`);
    box.addEventListener("change", () => {
      const old = rangeOf(lab, name), ends = [...old];
      ends[which] = box.value === "" ? NaN : Number(box.value);
      if (ends[0] < ends[1]) return setRange(lab, name, ends);
      ui.say(`The range of ${name} must rise, got ${ends.join(" to ")}: it stays ${old.join(" to ")}.`);
      box.value = old[which];
    });
    return box;
  };
  input.addEventListener("input", () => {
    ui.set("parameters", { ...model.get("parameters"), [name]: Number(input.value) });
  });
  const row = make("div", { className: "control slider" },
    make("label", { htmlFor: id, textContent: name }), end(0), input, end(1), make("output", { htmlFor: id }));
  row.firstChild.style.minWidth = "2.5em";
  row.style.flex = "1 1 24em";
  return row;
}

// Another range; a value that lies outside moves to its end.
function setRange({ model, ui }, name, [low, high]) {
  const values = model.get("parameters"), value = clamp(values[name], low, high);
  if (value !== values[name]) ui.set("parameters", { ...values, [name]: value });
  ui.set("ranges", { ...model.get("ranges"), [name]: [low, high] });
}

// ------------------------------------------------------------------------------------------------ its samples

// A first look at once; the whole clip, in slices, when nothing has changed for a while.
function begin(lab) {
  const { model, formula } = lab, seconds = model.get("seconds"), given = model.get("parameters");
  const key = JSON.stringify([formula.text, seconds, given]);
  if (key === lab.key) return;
  lab.key = key;
  clearTimeout(lab.waiting);
  lab.fault = null;
  const job = { formula, given, seconds, signal: null, length: Math.round(seconds * RATE) };
  const first = fill(lab, job, new Float64Array(Math.min(job.length, QUICK)), 0);
  if (lab.fault) return;
  lab.shown = { ...job, ...measured(first), isWhole: first.length === job.length };
  lab.job = job;
  if (lab.shown.isWhole) return finish(lab);
  lab.waiting = setTimeout(() => goOn(lab, job, 0), SETTLE_MS);
}

// The values of the formula in a block of samples; a fault if one of them is no ordinary number.
function fill(lab, { formula: { tree }, given }, block, first) {
  for (let i = 0; i < block.length; i++) block[i] = (first + i) / RATE; // loops: callbacks take ten times as long
  const values = valuesAt(tree, block, given);
  if (typeof values === "number") block.fill(values);
  else block.set(values);
  let bad = 0;
  while (bad < block.length && Math.abs(block[bad]) <= LARGEST_VALUE) bad++;
  if (bad < block.length) lab.fault = faultAt(tree, (first + bad) / RATE, given, block[bad]);
  return block;
}

function faultAt(tree, time, given, value) {
  if (!Number.isFinite(value)) return whyNotFinite(tree, time, given);
  const got = `got ${labelOf(value, 3)} at t = ${labelOf(time)} s`;
  return new Refusal(tree.at ?? 0, `values must lie within ±${labelOf(LARGEST_VALUE)}, ${got}: scale the formula down`);
}

function goOn(lab, job, from, { isAll = false } = {}) {
  job.signal ??= new Float64Array(job.length);
  let end = from;
  do {
    const start = end;
    end = Math.min(start + SLICE, job.length);
    fill(lab, job, job.signal.subarray(start, end), start);
  } while (isAll && end < job.length && !lab.fault);
  if (lab.fault) {
    lab.shown = lab.whole;
    return lab.ui.redraw();
  }
  if (end < job.length) return void (lab.waiting = setTimeout(() => goOn(lab, job, end), 0));
  lab.shown = { ...job, ...measured(job.signal), isWhole: true };
  finish(lab);
  return lab.ui.redraw();
}

function finish(lab) {
  const { ui, shown } = lab;
  lab.whole = shown;
  ui.set("lines", shown.lines.map(({ hz, amplitude }) => [hz, amplitude]));
}

// What the pictures and the words need to know of a signal.
function measured(signal) {
  const spectrum = amplitudeSpectrum(signal);
  const lines = linesOf(spectrum, signal.length / RATE), gain = safeGain([signal]);
  return { signal, spectrum, lines, peak: peakOf(signal), rms: rmsOf(signal), gain };
}

// The whole clip; where it is repeated, 5 ms at its ends fade, so that it does not jump.
function toHear(lab, loop) {
  const { job, shown } = lab;
  if (!shown) return new Float64Array(RATE / 10);
  if (!shown.isWhole && job) {
    clearTimeout(lab.waiting);
    goOn(lab, job, 0, { isAll: true });
    if (lab.fault) return new Float64Array(RATE / 10);
  }
  const { signal } = lab.shown;
  if (!loop) return signal;
  return once(lab.heard, signal, () => {
    const n = Math.round(SEAM_S * RATE), seamless = signal.slice();
    for (let i = 0; i < n; i++) {
      const part = 0.5 - 0.5 * Math.cos((Math.PI * i) / n);
      seamless[i] *= part;
      seamless[seamless.length - 1 - i] *= part;
    }
    return seamless;
  });
}

// ------------------------------------------------------------------------------------------------ its spectrum

// Amplitudes of the sines in a signal, under a Hann window: two real samples in one complex number, then parted.
function amplitudeSpectrum(signal) {
  const size = 2 ** Math.ceil(Math.log2(Math.max(4, signal.length))), half = size / 2, scale = 4 / signal.length;
  const re = new Float64Array(half), im = new Float64Array(half), amplitudes = new Float64Array(half + 1);
  for (let n = 0; n < signal.length; n++) {
    const value = signal[n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / signal.length));
    if (n & 1) im[n >> 1] = value;
    else re[n >> 1] = value;
  }
  fft(re, im);
  for (let k = 0; k <= half; k++) {
    const i = k % half, j = (half - k) % half, turn = (2 * Math.PI * k) / size, c = Math.cos(turn), s = Math.sin(turn);
    const evenRe = (re[i] + re[j]) / 2, evenIm = (im[i] - im[j]) / 2;
    const oddRe = (im[i] + im[j]) / 2, oddIm = (re[j] - re[i]) / 2;
    const x = evenRe + c * oddRe + s * oddIm, y = evenIm + c * oddIm - s * oddRe;
    amplitudes[k] = scale * Math.sqrt(x * x + y * y);
  }
  return { amplitudes, binHz: RATE / size };
}

// The lines: highest within the width of the window, far above what lies around, and no side lobe of a stronger one.
function linesOf({ amplitudes, binHz }, seconds) {
  const width = Math.round(2 / seconds / binHz), least = Math.max(1e-9, largestOf(amplitudes) / 1000), found = [];
  const candidates = [];
  for (let k = 0; k < amplitudes.length; k++) {
    if (amplitudes[k] <= least || !isHighest(amplitudes, k, width)) continue;
    if (isOverFloor(amplitudes, k, 12 * width) && isOverFloor(amplitudes, k, 200 * width)) candidates.push(k);
  }
  candidates.sort((a, b) => amplitudes[b] - amplitudes[a]);
  for (const k of candidates) {
    const line = lineAt(amplitudes, k, binHz, seconds);
    const lobes = found.reduce((sum, other) => sum + lobesAt(line.hz, other, seconds), 0);
    if (line.seen > SIDE_LOBES * lobes) found.push(line);
    if (found.length === MOST_LINES) break;
  }
  return found.sort((a, b) => a.hz - b.hz);
}

function isHighest(values, k, width) {
  for (let i = Math.max(0, k - width); i <= Math.min(values.length - 1, k + width); i++) {
    if (values[i] > values[k] || (values[i] === values[k] && i < k)) return false;
  }
  return true;
}

// A quarter of what lies around it, near and far, is ten times weaker. Noise does not do that, nor does its burst.
function isOverFloor(values, k, reach) {
  const first = Math.max(0, k - reach), last = Math.min(values.length - 1, k + reach);
  let nWeak = 0;
  for (let i = first; i <= last; i++) if (values[i] * OVER_FLOOR < values[k]) nWeak++;
  return 4 * nWeak > last - first;
}

// The vertex of a parabola through three levels, and there the height of the window; a constant is seen twice as high.
function lineAt(amplitudes, k, binHz, seconds) {
  const seen = amplitudes[k];
  if (!k) return { hz: 0, amplitude: seen / 2, seen };
  const [before, at, after] = [k - 1, k, k + 1].map((i) => Math.log(Math.max(amplitudes[i] ?? 0, 1e-30)));
  const shift = vertexShift(before, at, after), b = shift * binHz * seconds;
  return { hz: (k + shift) * binHz, amplitude: (seen * (1 - b * b)) / sinc(b), seen };
}

// The most that the window lets through of another line, and of its image below 0 Hz.
function lobesAt(hz, other, seconds) {
  return [hz - other.hz, hz + other.hz].reduce((sum, apartHz) => {
    const b = Math.abs(apartHz) * seconds;
    return sum + (b < 2 ? 0.1 : 1 / (Math.PI * b * (b * b - 1))) * other.seen;
  }, 0);
}

// ------------------------------------------------------------------------------------------------ what is drawn

function draw(lab) {
  read(lab);
  if (!lab.refusal) {
    showSliders(lab);
    begin(lab);
  }
  tell(lab);
  const { shown, refusal, fault, buttons } = lab;
  if (fault) buttons.forEach(({ speaker }) => speaker.stop());
  for (const { element, speaker } of buttons) element.disabled = !speaker.isPlaying && Boolean(refusal || fault);
  const old = shown ? "the last formula that could be drawn" : "no picture yet", title = refusal || fault ? old : "";
  limitStart(lab);
  drawWave(lab, shown, title);
  drawSpectrum(lab, shown, title);
}

// What is wrong and where, or what is seen.
function tell(lab) {
  const { model, ui, field: { input, caret } } = lab, wrong = lab.refusal ?? lab.fault;
  for (const [name, value] of [["message", wrong?.words ?? ""], ["message_at", wrong?.at ?? null]]) {
    if (model.get(name) !== value) ui.set(name, value);
  }
  input.setAttribute("aria-invalid", String(Boolean(wrong)));
  caret.hidden = !wrong;
  if (wrong) {
    const first = Math.max(0, wrong.at - N_CARET), before = lab.text.slice(first, wrong.at);
    const [character = " "] = lab.text.slice(wrong.at);
    const rest = lab.text.slice(wrong.at + character.length, wrong.at + N_CARET);
    const lead = first ? "…" : "", under = `\n${" ".repeat(lead.length + before.length)}^`;
    caret.replaceChildren(lead + before, make("mark", { textContent: character }), rest + under);
    return ui.say(wrong.words);
  }
  return ui.say(outcome(lab));
}

function outcome({ model, shown, formula }) {
  const { lines, gain, isWhole, peak } = shown, isLinear = model.get("levels") === "linear";
  const notes = [...new Set(formula.notes)].map((note) => ` ${note}`).join("");
  if (!isWhole) return `A first look.${notes}`;
  if (!peak) return `Silence: all values are 0.${notes}`;
  const strong = [...lines].sort((a, b) => b.amplitude - a.amplitude).slice(0, MOST_SAID).sort((a, b) => a.hz - b.hz);
  const more = lines.length > strong.length ? " and weaker ones" : "";
  const list = strong.map(({ hz, amplitude }) => `${hzText(hz, shown)} (${levelText(amplitude, isLinear)})`).join(", ");
  const seen = lines.length ? `${lines.length === 1 ? "Line" : "Lines"} at ${list}${more}.` : "No clear line.";
  const down = gain < 1 ? `, turned down by ${(-20 * Math.log10(gain)).toFixed(1)} dB: louder is not safe` : "";
  return `${seen} Peak ${labelOf(peak, 3)}${down}.${notes}`;
}

// With as many digits as the clip is long enough for: 0.01 Hz from 10 s.
const hzText = (hz, { signal }) =>
  `${Number(hz.toFixed(clamp(Math.ceil(Math.log10((10 * signal.length) / RATE)), 0, 2)))} Hz`;
const levelText = (amplitude, isLinear) =>
  (isLinear ? labelOf(amplitude, 3) : `${signed(20 * Math.log10(amplitude), 1)} dB`);

// From where to where the wave is shown.
function viewOf({ model }, seconds) {
  const span = Math.min(model.get("shown_s"), seconds), low = clamp(model.get("from_s"), 0, seconds - span);
  return { low, high: low + span, span };
}

// The slider ends where the end of the clip is shown.
function limitStart(lab) {
  const { model, start } = lab, seconds = model.get("seconds");
  start.max = Math.max(0.001, seconds - Math.min(model.get("shown_s"), seconds));
  start.value = model.get("from_s");
}

function pan(lab, { pixelX, kind }) {
  const { model, ui, wave, shown } = lab;
  if (!shown) return;
  const { low, span } = viewOf(lab, shown.seconds);
  if (kind === "down") lab.held = { pixelX, low };
  if (kind !== "move" || !lab.held) return;
  const moved = ((lab.held.pixelX - pixelX) / (wave.right - wave.left)) * span;
  const wanted = clamp(lab.held.low + moved, 0, model.get("seconds") - span);
  ui.set("from_s", Math.round(wanted * 1e4) / 1e4);
}

function drawWave(lab, shown, title) {
  const { wave } = lab, seconds = shown?.seconds ?? lab.model.get("seconds");
  const { low, high, span } = viewOf(lab, seconds);
  const isShort = span < 0.2, factor = isShort ? 1000 : 1, reach = roundUp(shown?.peak || 1);
  wave.frame({
    x: { low: factor * low, high: factor * high, label: `time in ${isShort ? "ms" : "s"}` },
    y: { low: -reach, high: reach, label: "x(t)" },
    title: title || `${labelOf(span * factor, 3)} ${isShort ? "ms" : "s"} of ${labelOf(seconds, 4)} s, drag to move`,
  });
  if (!shown) return wave.describe("No wave: the formula cannot be drawn.");
  const width = Math.floor(wave.right - wave.left), colour = title ? "faint" : 0;
  if (span * RATE < 4 * width) {
    const t = Float64Array.from({ length: 2 * width + 1 }, (_, i) => low + (span * i) / (2 * width));
    const values = valuesAt(shown.formula.tree, t, shown.given), isFlat = typeof values === "number";
    wave.line(t.map((s) => factor * s), isFlat ? t.map(() => values) : values, { colour, width: 1.5 });
  } else drawRanges(wave, rangesOf(shown, low, span, width), colour);
  const [from, to, peak] = [low, high, shown.peak].map((value) => labelOf(value, 4));
  return wave.describe(`x(t) from ${from} to ${to} s; peak ${peak}${shown.isWhole ? "" : ", a first look"}.`);
}

// Lowest and highest value in each of so many parts of a view: of the samples, or at a few moments at a first look.
function rangesOf({ isWhole, signal, formula, given }, low, span, width) {
  const lows = new Float64Array(width).fill(Infinity), highs = new Float64Array(width).fill(-Infinity);
  const add = (x, value) => {
    if (value < lows[x]) lows[x] = value;
    if (value > highs[x]) highs[x] = value;
  };
  if (isWhole) {
    const first = Math.round(low * RATE), n = Math.min(Math.round(span * RATE), signal.length - first);
    for (let i = 0; i < n; i++) {
      const x = Math.min(width - 1, Math.floor((i * width) / n));
      if (i && lows[x] === Infinity) add(x, signal[first + i - 1]); // so that a steep wave has no gaps
      add(x, signal[first + i]);
    }
    return { lows, highs };
  }
  const nEach = 12, t = new Float64Array(nEach * width);
  for (let i = 0; i < t.length; i++) t[i] = low + (span * (i + ((i * 0.618034) % 1))) / t.length;
  const values = valuesAt(formula.tree, t, given);
  for (let i = 0; i < t.length; i++) add(Math.floor(i / nEach), typeof values === "number" ? values : values[i]);
  return { lows, highs };
}

function drawRanges(wave, { lows, highs }, colour) {
  wave.stroke({ colour, width: 1 }, () => {
    for (let x = 0; x < lows.length; x++) {
      const high = wave.toY(highs[x]), low = Math.max(high + 1, wave.toY(lows[x]));
      wave.segment(wave.left + x + 0.5, high - 0.5, wave.left + x + 0.5, low);
    }
  });
}

const roundUp = (value) => {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1.1, 1.5, 2.2, 3.3, 5.5, 7.5, 11].find((digit) => digit * power >= value);
};

function drawSpectrum(lab, shown, title) {
  const { model, spectrum: plot } = lab, seconds = shown?.seconds ?? 1;
  const isLinear = model.get("levels") === "linear";
  const most = (shown && largestOf(shown.spectrum.amplitudes)) || 1, topDb = 10 * Math.ceil(2 * Math.log10(most) + 1);
  const toLevel = (amplitude) => (isLinear ? amplitude : 20 * Math.log10(Math.max(amplitude, 1e-20)));
  plot.frame({
    x: frequencyAxis(model, seconds),
    y: isLinear ? { low: 0, high: roundUp(1.1 * most), label: "amplitude" }
      : { low: topDb - 100, high: topDb, label: "dB re amplitude 1" },
    title: title || (shown.isWhole ? "spectrum of" : "first look,") + ` ${labelOf(shown.signal.length / RATE, 2)} s`,
  });
  if (!shown) return plot.describe("No spectrum: the formula cannot be drawn.");
  const colour = title ? "faint" : 0;
  outline(plot, shown.spectrum, toLevel, colour);
  markLines(plot, shown, toLevel, title ? "faint" : 1);
  const inView = shown.lines.filter(({ hz }) => hz >= plot.x.low && hz <= plot.x.high);
  const list = inView.map(({ hz, amplitude }) => `${hzText(hz, shown)} at ${levelText(amplitude, isLinear)}`);
  const [from, to] = [plot.x.low, plot.x.high].map((hz) => labelOf(hz));
  return plot.describe(`Spectrum from ${from} to ${to} Hz; lines: ${list.join(", ") || "none"}.`);
}

// On a logarithmic axis it begins below the lowest frequency that a clip so long can show.
function frequencyAxis(model, seconds) {
  const [lowest, highest, axis] = valuesOf(model, "lowest_hz", "highest_hz", "frequencies");
  const log = axis === "logarithmic", least = log ? 10 ** Math.floor(Math.log10(1 / seconds)) : 0;
  const low = lowest > 0.1 ? Math.max(lowest, least) : least;
  return { low, high: Math.max(highest, 1.1 * low + 5), label: "frequency in Hz", log };
}

// The largest bin under each pixel; where bins lie wider apart, straight lines between them.
function outline(plot, { amplitudes, binHz }, toLevel, colour) {
  plot.stroke({ colour, width: 1.5 }, (pen) => {
    let k = Math.max(0, Math.floor(plot.x.low / binHz));
    for (let x = plot.left; x <= plot.right + 1; x++) {
      const end = Math.min(amplitudes.length - 1, Math.floor(plot.fromX(x + 0.5) / binHz));
      if (k > end) continue;
      let best = k;
      for (let i = k; i <= end; i++) if (amplitudes[i] > amplitudes[best]) best = i;
      pen.lineTo(plot.toX(best * binHz || plot.x.low), plot.toY(toLevel(amplitudes[best])));
      k = end + 1;
    }
    if (k < amplitudes.length) pen.lineTo(plot.toX(k * binHz), plot.toY(toLevel(amplitudes[k])));
  });
}

// A point on each line, and its frequency where there is room for it: no other line may stand under the words.
function markLines(plot, shown, toLevel, colour) {
  const inView = shown.lines.filter(({ hz }) => hz >= plot.x.low && hz <= plot.x.high && hz > 0);
  plot.points(inView.map(({ hz }) => hz), inView.map(({ amplitude }) => toLevel(amplitude)), { colour, radius: 4 });
  const marks = inView.map(({ hz, amplitude }) =>
    ({ x: plot.toX(hz), y: plot.toY(toLevel(amplitude)), words: hzText(hz, shown) }));
  const taken = [];
  plot.pen.fillStyle = plot.colour("ink");
  plot.pen.textAlign = "center";
  for (const mark of marks.sort((a, b) => a.y - b.y)) {
    const { x, y, words } = mark, half = plot.pen.measureText(words).width / 2 + 4, aside = half + 3;
    const isFree = ([at, up]) =>
      !marks.some((other) => other !== mark && Math.abs(other.x - at) < half && up > other.y - 12) &&
      !taken.some(([m, h, v]) => Math.abs(m - at) < h + half && Math.abs(v - up) < 16);
    const place = [[x, y - 9], [x + aside, y + 14], [x - aside, y + 14]]
      .map(([at, up]) => [clamp(at, plot.left + half, plot.right - half), Math.max(plot.top + 14, up)])
      .find((spot, i) => isFree(spot) && (i === 0 || Math.abs(spot[0] - x) > half));
    if (!place) continue;
    taken.push([place[0], half, place[1]]);
    plot.pen.fillText(words, ...place);
  }
}

export default { render };
