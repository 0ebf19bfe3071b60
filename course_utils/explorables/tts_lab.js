// Which symbol is spoken when, for how long and how high: steps to be bent, and a sound of grains of two periods.
const RATE = 8000, FINE = 4; // Hz; the sound is made at so many times the rate, as periods end between samples
const N_FFT = 512, HOP = 128, N_MELS = 64, FLOOR_DB = -60, ROW = 19, BENT = "bent by hand", PAUSE = "·";
const SHORTEST = 0.01, LONGEST = 0.8, MOST_ST = 12, MOST_STEPS = 40, HELD_S = 1.5; // s, s, semitones, steps, s
const GRIP = 9, MIDDLE_HZ = 150; // px around a border; the pitch where the clip has none

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), marks = model.get("marks"), symbols = model.get("symbols");
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, symbols, voice: voiceOf(clip, marks, 1), contour: contourOf(marks), memory: new Map(),
    fine: null, isListening: false, grip: null, heldEnd: 0, // s: while a border is dragged, the scale stays
    matrix: ui.plot({ height: 75 + ROW * Math.max(8, symbols.length), share: 3, label: "Alignment." }),
    pitch: ui.plot({ height: 210, share: 3, label: "Pitch." }),
    picture: ui.plot({ height: 190, share: 3, label: "Mel spectrogram of what is heard." }),
  };
  lab.speaker = new Speaker(ui, (isPlaying) => onPlaying(lab, isPlaying));
  for (const plot of [lab.matrix, lab.picture]) plot.onDrag((event) => dragTime(lab, event));
  lab.pitch.onDrag((event) => dragPitch(lab, event));
  // The list holds the steps; the sliders show the chosen one. Each follows the other once the event is over.
  for (const name of ["step", "steps"]) ui.on(name, () => queueMicrotask(() => showStep(lab)));
  for (const name of ["duration_s", "shift_st"]) ui.on(name, () => queueMicrotask(() => moveStep(lab)));
  ui.on("preset", () => takePreset(lab));
  buildButtons(lab);
  ui.controls.addEventListener("change", () => queueMicrotask(() => hearAnew(lab))); // when it is let go
  showStep(lab);
  return ui.close;
}

function buildButtons(lab) {
  const { ui } = lab, act = (change) => () => { bendSteps(lab, change); hearAnew(lab); };
  lab.hear = button(ui, "", () => toggle(lab));
  lab.original = soundButton(ui, "Hear the clip", () => ({ signal: lab.clip, sampleRate: RATE }), { follow: false });
  lab.buttons = {
    skip: button(ui, "Skip it", act((steps, j) => steps.toSpliced(j, 1))),
    twice: button(ui, "Say it twice", act((steps, j) => steps.toSpliced(j, 0, steps[j]))),
    swap: button(ui, "Swap with the next", act((steps, j) => steps.with(j, steps[j + 1]).with(j + 1, steps[j]))),
  };
}

// ----------------------------------------------------------------------------------------------------------- the sound

// A clip cut into grains, at `factor` times its rate: grain i goes from the mark before it to the one behind.
function voiceOf(clip, marks, factor) {
  const signal = factor === 1 ? clip : resample(clip, { fromRate: RATE, toRate: factor * RATE, width: 16 });
  return { signal, rate: factor * RATE, at: marks.map(([sample]) => sample * factor), hz: marks.map(([, hz]) => hz) };
}

// The logarithm of the pitch over the time in the clip, and its mean; a constant where there is none.
function contourOf(marks) {
  const voiced = marks.filter(([, hz]) => hz > 0), logs = voiced.map(([, hz]) => Math.log(hz));
  if (!voiced.length) return { xs: [0], ys: [Math.log(MIDDLE_HZ)], mean: Math.log(MIDDLE_HZ), hasPitch: false };
  return { xs: voiced.map(([sample]) => sample / RATE), ys: logs, mean: sumOf(logs) / logs.length, hasPitch: true };
}

const valueOn = (at, xs, ys) => interpolate([at], xs, ys)[0];

// Steps as stretches of the output [u0, u1] that read the clip from s0 to s1, in s. Without the stop token the last
// sound is read forwards and backwards until the limit.
function planOf(steps, symbols, speed, hasStop) {
  let end = 0;
  const plan = steps.map(([symbol, duration, shift], j) => {
    const u0 = end, [, s0, s1] = symbols[symbol - 1];
    end += duration / speed;
    return { j, symbol: symbol - 1, u0, u1: end, s0, s1, shift };
  });
  if (hasStop) return plan;
  const last = plan.findLast(({ symbol }) => symbols[symbol][0] !== PAUSE) ?? plan.at(-1);
  const limit = end + HELD_S, each = Math.max(last.s1 - last.s0, SHORTEST);
  for (let turn = 0; end < limit - 1e-9; turn++) {
    const u0 = end, part = Math.min(1, (limit - end) / each);
    const [s0, s1] = turn % 2 ? [last.s0, last.s1] : [last.s1, last.s0];
    end += part * each;
    plan.push({ ...last, j: null, u0, u1: end, s0, s1: s0 + part * (s1 - s0) });
  }
  return plan;
}

// How much higher each moment of the output is, in semitones: straight lines between the middles of the steps.
const shiftsOf = (plan) => [plan.map(({ u0, u1 }) => (u0 + u1) / 2), plan.map(({ shift }) => shift)];

const sourceAt = ({ u0, u1, s0, s1 }, u) => s0 + ((u - u0) / (u1 - u0 || 1)) * (s1 - s0);

// The pitch that is asked for at a moment, in Hz.
function targetHz({ xs, ys, mean }, melody, seconds, shift) {
  return Math.exp(mean + melody * (valueOn(seconds, xs, ys) - mean)) * 2 ** (shift / 12);
}

// The mark next to a moment of the clip, of those within [low, high) if there are any.
function grainAt(at, sample, low, high) {
  let first = 0, last = at.length - 2; // the last mark is the end, and no grain
  while (first < last && at[first] < low) first++;
  while (last > first && at[last] >= high) last--;
  let best = first;
  for (let i = first + 1; i <= last; i++) if (Math.abs(at[i] - sample) < Math.abs(at[best] - sample)) best = i;
  return best;
}

// Pitch-synchronous overlap and add: grains of two periods, as far apart as the new period is.
function speak(voice, contour, plan, melody) {
  const { signal, rate, at, hz } = voice, length = Math.round(plan.at(-1).u1 * rate), [xs, ys] = shiftsOf(plan);
  const out = new Float64Array(length), weight = new Float64Array(length);
  let before = -1, isBack = false;
  for (let u = 0, p = 0; ;) {
    while (p < plan.length - 1 && u >= plan[p].u1 - 1e-9) p++;
    if (u >= plan[p].u1 - 1e-9) break;
    const { s0, s1 } = plan[p], seconds = sourceAt(plan[p], u), [low, high] = [Math.min(s0, s1), Math.max(s0, s1)];
    const i = grainAt(at, seconds * rate, low * rate - 0.5, high * rate - 0.5), period = at[i + 1] - at[i];
    isBack = i === before && !isBack && !hz[i]; // noise that is used again would hum: backwards it does less
    addGrain(out, weight, signal, Math.round(u * rate), at[i], i ? at[i] - at[i - 1] : period, period, isBack);
    const here = at[i] / rate, shift = valueOn(u, xs, ys);
    u += (period / rate) * (hz[i] ? pitchOf(contour, here) / targetHz(contour, melody, here, shift) : 1);
    before = i;
  }
  for (let n = 0; n < length; n++) if (weight[n] > 1) out[n] /= weight[n];
  return out;
}

const pitchOf = ({ xs, ys }, seconds) => Math.exp(valueOn(seconds, xs, ys));

// The clip around `from` under two halves of a Hann window, added around `to`; backwards it is mirrored.
function addGrain(out, weight, signal, to, from, left, right, isBack) {
  for (let n = -left + 1; n < right; n++) {
    const place = to + (isBack ? -n : n), source = from + n;
    if (place < 0 || place >= out.length || source < 0 || source >= signal.length) continue;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * n) / (n < 0 ? left : right));
    out[place] += window * signal[source];
    weight[place] += window;
  }
}

const settings = ({ model }) => valuesOf(model, "steps", "speed", "melody", "stop");

function planNow(lab) {
  const [steps, speed, , hasStop] = settings(lab);
  return planOf(steps, lab.symbols, speed, hasStop);
}

// What is heard: at the fine rate, and made anew only if something has changed.
function soundNow(lab) {
  return latest(lab.memory, "sound", JSON.stringify(settings(lab)), () => {
    lab.fine ??= voiceOf(lab.clip, lab.model.get("marks"), FINE);
    return Float32Array.from(speak(lab.fine, lab.contour, planNow(lab), lab.model.get("melody")));
  });
}

function start(lab) { return lab.speaker.play([soundNow(lab)], FINE * RATE); }

// After the reader has asked for the sound, each change is heard as soon as its control is let go.
function toggle(lab) {
  lab.isListening = !lab.speaker.isPlaying;
  if (lab.isListening) start(lab);
  else lab.speaker.stop();
}

// The sound anew where it is wanted and has changed.
function hearAnew(lab) {
  const key = JSON.stringify(settings(lab));
  if (lab.isListening && lab.memory.get("sound")?.key !== key) start(lab);
}

// ------------------------------------------------------------------------------------------------------------- bending

const chosen = ({ model }) => Math.min(model.get("step"), model.get("steps").length) - 1;
const thousandths = (value) => Math.round(1000 * value) / 1000;

function bendSteps(lab, change) {
  lab.ui.set("steps", change(lab.model.get("steps"), chosen(lab)));
  lab.ui.set("preset", BENT);
}

function bendStep(lab, { duration, shift }) {
  bendSteps(lab, (steps, j) => steps.with(j, [
    steps[j][0],
    duration === undefined ? steps[j][1] : thousandths(clamp(duration, SHORTEST, LONGEST)),
    shift === undefined ? steps[j][2] : clamp(Math.round(10 * shift) / 10, -MOST_ST, MOST_ST),
  ]));
}

function showStep(lab) {
  const { model, ui } = lab, steps = model.get("steps"), [, duration, shift] = steps[chosen(lab)];
  if (model.get("step") > steps.length) ui.set("step", steps.length);
  ui.set("duration_s", duration);
  ui.set("shift_st", shift);
}

function moveStep(lab) {
  const [duration, shift] = valuesOf(lab.model, "duration_s", "shift_st");
  const [, oldDuration, oldShift] = lab.model.get("steps")[chosen(lab)];
  if (duration !== oldDuration || shift !== oldShift) bendStep(lab, { duration, shift });
}

function takePreset({ model, ui }) {
  const steps = model.get("presets")[model.get("preset")];
  if (steps) ui.set("steps", steps);
}

// Take hold of the end of a step where a border is near, else choose the step; how long it is follows the pointer.
function dragTime(lab, { x, pixelX, kind }) {
  const { model, ui, matrix: plot } = lab, plan = planNow(lab).filter(({ j }) => j !== null);
  if (kind === "down") {
    const near = plan.filter(({ u1 }) => Math.abs(plot.toX(u1) - pixelX) < GRIP);
    const found = near.length ? nearestTo(near, x) : plan.findLast(({ u0 }) => u0 <= x) ?? plan[0];
    lab.grip = near.length ? found.j : null;
    lab.heldEnd = near.length ? plot.x.high : 0;
    ui.set("step", found.j + 1);
  }
  if (kind === "move" && lab.grip !== null) {
    bendStep(lab, { duration: (x - plan[lab.grip].u0) * model.get("speed") });
  }
  if (kind !== "up") return;
  lab.heldEnd = 0;
  ui.redraw();
  hearAnew(lab);
}

const nearestTo = (plan, x) =>
  plan.reduce((best, step) => (Math.abs(step.u1 - x) < Math.abs(best.u1 - x) ? step : best));

// The handle of a step is dragged up and down; the nearest one in time is taken.
function dragPitch(lab, { x, y, kind }) {
  const plan = planNow(lab).filter(({ j }) => j !== null), middle = ({ u0, u1 }) => (u0 + u1) / 2;
  if (kind === "down") {
    const found = plan.reduce((best, step) => (Math.abs(middle(step) - x) < Math.abs(middle(best) - x) ? step : best));
    lab.grip = found.j;
    lab.ui.set("step", found.j + 1);
  }
  if (kind !== "up") bendStep(lab, { shift: 12 * Math.log2(y / unshiftedHz(lab, plan[lab.grip])) });
  else hearAnew(lab);
}

// Where the handle of a step stands before it is shifted.
const unshiftedHz = ({ contour, model }, { s0, s1 }) => targetHz(contour, model.get("melody"), (s0 + s1) / 2, 0);

// ------------------------------------------------------------------------------------------------- pictures and words

function draw(lab) {
  const { model, buttons, hear, speaker } = lab, steps = model.get("steps"), plan = planNow(lab);
  hear.textContent = speaker.isPlaying ? "■ Stop" : "▶ Hear it";
  hear.setAttribute("aria-pressed", String(speaker.isPlaying));
  buttons.skip.disabled = steps.length === 1;
  buttons.twice.disabled = steps.length === MOST_STEPS;
  buttons.swap.disabled = chosen(lab) === steps.length - 1;
  drawAlignment(lab, plan);
  drawPitch(lab, plan);
  drawMel(lab, plan);
  const plots = [lab.matrix, lab.pitch, lab.picture];
  for (const plot of plots) {
    if (speaker.isPlaying) plot.keep();
    else plot.kept = null;
  }
  lab.ui.say(sentences(lab, plan));
  describe(lab, plan);
}

const xAxis = ({ heldEnd, grip }, plan) => ({
  low: 0, high: heldEnd ? Math.max(heldEnd, plan[grip].u1) : plan.at(-1).u1, label: "time in s, of what is heard",
});

function borders(plot, plan, colour) {
  plot.stroke({ colour, dash: [2, 4] }, () => plan.forEach(({ u1 }) =>
    plot.segment(plot.toX(u1), plot.top, plot.toX(u1), plot.bottom)));
}

function drawAlignment(lab, plan) {
  const { matrix: plot, symbols } = lab, own = chosen(lab);
  plot.frame({
    x: xAxis(lab, plan), title: "alignment: which symbol is spoken when; drag a border",
    y: {
      low: symbols.length + 0.5, high: 0.5, label: "symbol", ticks: symbols.map((_, k) => k + 1),
      format: (k) => symbols[k - 1][0],
    },
  });
  borders(plot, plan, "faint");
  plot.clipped((pen) => plan.forEach(({ j, symbol, u0, u1 }) => {
    const [left, right, top, bottom] = [plot.toX(u0), plot.toX(u1), plot.toY(symbol + 0.6), plot.toY(symbol + 1.4)];
    pen.fillStyle = plot.colour(j === null ? 4 : 0);
    pen.fillRect(left, top, Math.max(1, right - left), bottom - top);
    if (j !== own) return;
    Object.assign(pen, { strokeStyle: plot.ui.ink.ink, lineWidth: 3 });
    pen.setLineDash([]);
    pen.strokeRect(left, top - 2, right - left, bottom - top + 4);
  }));
}

function drawPitch(lab, plan) {
  const { pitch: plot, contour, model } = lab, centre = Math.exp(contour.mean), melody = model.get("melody");
  const [low, high] = [centre / 2.6, centre * 2.6], [xs, ys] = shiftsOf(plan);
  plot.frame({
    x: xAxis(lab, plan), title: "pitch; drag a handle",
    y: { low, high, log: true, label: "pitch in Hz", ticks: [75, 100, 150, 200, 300, 400, 600].filter(
      (hz) => hz > low && hz < high) },
    legend: [["as spoken", "faint", [4, 3]], ["as asked for", 1]],
  });
  borders(plot, plan, "faint");
  for (const [colour, width, dash, hzAt] of [
    ["faint", 1.5, [4, 3], (seconds) => pitchOf(contour, seconds)],
    [1, 2.5, [], (seconds, u) => targetHz(contour, melody, seconds, valueOn(u, xs, ys))],
  ]) {
    for (const run of voicedRuns(lab, plan)) {
      plot.line(run.map(([u]) => u), run.map(([u, seconds]) => hzAt(seconds, u)), { colour, width, dash });
    }
  }
  plan.filter(({ j }) => j !== null).forEach((step) => {
    const u = (step.u0 + step.u1) / 2, hz = unshiftedHz(lab, step) * 2 ** (step.shift / 12);
    plot.points([u], [clamp(hz, low * 1.02, high / 1.02)], {
      colour: 1, radius: step.j === chosen(lab) ? 8 : 5, hollow: lab.symbols[step.symbol][0] === PAUSE,
    });
  });
}

// Pairs of a moment of the output and of the clip, where the clip has a pitch; one list for each stretch.
function voicedRuns({ voice: { at, hz } }, plan) {
  const runs = [];
  for (const step of plan) {
    const points = Math.max(2, Math.round((step.u1 - step.u0) / 0.015));
    let run = null;
    for (let i = 0; i <= points; i++) {
      const u = step.u0 + ((step.u1 - step.u0) * i) / points, seconds = sourceAt(step, u);
      if (hz[at.findLastIndex((sample) => sample <= seconds * RATE)] > 0) {
        if (!run) runs.push(run = []);
        run.push([u, seconds]);
      } else run = null;
    }
  }
  return runs;
}

function melOf(lab, plan) {
  return latest(lab.memory, "mel", JSON.stringify(settings(lab)), () => {
    const signal = speak(lab.voice, lab.contour, plan, lab.model.get("melody"));
    const bank = once(lab.memory, "bank", () => melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS }).values);
    const db = powerToDb(applyBank(bank, N_MELS, spectrogram(signal, { nFft: N_FFT, hop: HOP })), FLOOR_DB);
    const nFrames = db.length / N_MELS;
    return { nFrames, image: heatmap(db, nFrames, N_MELS, FLOOR_DB, 0) };
  });
}

function drawMel(lab, plan) {
  const { picture: plot, symbols } = lab, { image, nFrames } = melOf(lab, plan);
  plot.frame({
    x: xAxis(lab, plan), y: { low: 0, high: N_MELS, label: "mel band" },
    title: `what is heard, dB re max., black ${signed(FLOOR_DB, 0)}; drag a border`,
  });
  plot.image(image, frameSpan(nFrames, HOP, RATE));
  borders(plot, plan, "#ffffff");
  plot.clipped((pen) => plan.forEach(({ symbol, u0, u1 }) => {
    const [words] = symbols[symbol], wide = pen.measureText(words).width + 4, x = plot.toX((u0 + u1) / 2);
    if (plot.toX(u1) - plot.toX(u0) < wide) return;
    pen.fillStyle = "#000000";
    pen.fillRect(x - wide / 2, plot.top + 2, wide, 17);
    Object.assign(pen, { fillStyle: "#ffffff", textAlign: "center" });
    pen.fillText(words, x, plot.top + 15);
  }));
}

function onPlaying(lab, isPlaying) {
  lab.ui.redraw();
  if (isPlaying) requestAnimationFrame(() => follow(lab));
}

// While it sounds a line moves through the pictures; where motion is to be reduced it does not.
function follow(lab) {
  if (!lab.speaker.isPlaying || reducedMotion()) return;
  for (const plot of [lab.matrix, lab.pitch, lab.picture]) {
    if (!plot.kept) continue;
    plot.restore();
    plot.vertical(lab.speaker.position(), { colour: plot === lab.picture ? "#7cc4f5" : "ink", dash: [] });
  }
  requestAnimationFrame(() => follow(lab));
}

const nameOf = ([symbol]) => (symbol === PAUSE ? "pause" : symbol);
const namesOf = (symbols, numbers) => numbers.map((k) => nameOf(symbols[k])).join(" ");

// What the order does: symbols that are never spoken, and steps that go back.
function brokenOrder(symbols, plan) {
  const order = plan.filter(({ j }) => j !== null).map(({ symbol }) => symbol);
  const missing = symbols.map((_, k) => k).filter((k) => !order.includes(k) && symbols[k][0] !== PAUSE);
  const back = order.flatMap((k, j) => (j && k <= order[j - 1] ? [j + 1] : []));
  return { missing, back };
}

function sentences(lab, plan) {
  const { model, symbols } = lab, { missing, back } = brokenOrder(symbols, plan), own = plan[chosen(lab)];
  const text = [`${signed(plan.at(-1).u1, 2)} s (spoken in ${signed(symbols.at(-1)[2], 2)} s).`];
  text.push(`Step ${own.j + 1}, ${nameOf(symbols[own.symbol])}: ${signed(1000 * (own.u1 - own.u0), 0)} ms, ` +
    `${own.shift > 0 ? "+" : ""}${signed(own.shift, 1)} semitones.`);
  if (missing.length) text.push(`Never spoken: ${namesOf(symbols, missing)}.`);
  if (back.length) {
    const some = `${back.slice(0, 6).join(", ")}${back.length > 6 ? " and more" : ""}`;
    text.push(back.length > 1 ? `Steps ${some} repeat or go back.` : `Step ${some} repeats or goes back.`);
  }
  if (!missing.length && !back.length) text.push("Each symbol once, in order.");
  if (!model.get("stop")) text.push(`No stop token: the last sound is held for ${HELD_S} s more.`);
  if (!lab.contour.hasPitch) text.push("The clip has no pitch that could be moved.");
  return text.join(" ");
}

function describe(lab, plan) {
  const { matrix, pitch, picture, symbols, contour, model } = lab, own = plan.filter(({ j }) => j !== null);
  const times = plan.map((step) => `${nameOf(symbols[step.symbol])} to ${step.u1.toFixed(2)} s`).join(", ");
  matrix.describe(`Alignment, from the first step to the last: ${times}.`);
  const heights = own.filter(({ symbol }) => symbols[symbol][0] !== PAUSE).map((step) =>
    `${nameOf(symbols[step.symbol])} ${Math.round(unshiftedHz(lab, step) * 2 ** (step.shift / 12))} Hz`);
  const mean = Math.round(Math.exp(contour.mean)), seconds = plan.at(-1).u1.toFixed(2);
  pitch.describe(`Pitch of what is heard: ${heights.join(", ")}; mean of the clip ${mean} Hz.`);
  picture.describe(`Log-mel spectrogram of what is heard, ${seconds} s at speed ${model.get("speed")}.`);
}

export default { render };
