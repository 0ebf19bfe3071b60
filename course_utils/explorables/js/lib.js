// What every interactive shares: controls bound to traits, plots on a canvas, and sound. Stands between dsp.js and the
// interactive's own module; anywidget calls that module's render({ model, el }).

// -------------------------------------------------------------------------------------------------------- the frame

// An id that no other control of the page has: each interactive is a module of its own, so the page must count.
function newId() {
  globalThis.courseControls = (globalThis.courseControls ?? 0) + 1;
  return `explorable-${globalThis.courseControls}`;
}

// The frame of one view: returns what its module builds with. `draw` is called once for each repaint that is due.
function explorable(model, el, draw) {
  const root = document.createElement("section");
  root.className = "explorable";
  root.setAttribute("aria-label", model.get("title"));
  const heading = make("p", { className: "title", textContent: model.get("title") });
  const controls = make("div", { className: "controls" });
  const stage = make("div", { className: "stage" });
  const said = make("p", { className: "said" });
  said.setAttribute("role", "status"); // read aloud when it changes
  root.append(heading, stage, said, controls);
  el.append(root);
  keepKeys(root);

  const closers = [], ui = { model, root, controls, stage, plots: [], closers, ink: null };
  let due = 0, talk = 0;
  ui.redraw = () => { due ||= requestAnimationFrame(repaint); };
  function repaint() {
    due = 0;
    ui.ink = palette(root);
    root.dataset.theme = ui.ink.isDark ? "dark" : "light";
    draw(ui);
  }
  // The outcome in words, under the picture. It is read aloud once the reader holds still.
  ui.say = (text) => {
    if (said.textContent === text) return;
    clearTimeout(talk);
    said.setAttribute("aria-busy", "true");
    said.textContent = text;
    talk = setTimeout(() => said.setAttribute("aria-busy", "false"), 300);
  };
  ui.plot = (options) => {
    const plot = new Plot(ui, options);
    ui.plots.push(plot);
    return plot;
  };
  ui.set = (name, value) => {
    model.set(name, value);
    saveSoon();
  };
  let saving = 0;
  function saveSoon() { // to Python ten times a second at most: a drag is many moves
    saving ||= setTimeout(() => { saving = 0; model.save_changes(); }, 100);
  }
  ui.on = (name, react) => {
    model.on(`change:${name}`, react);
    closers.push(() => model.off(`change:${name}`, react));
  };
  const onAny = () => ui.redraw();
  model.on("change", onAny);
  const theme = new MutationObserver(ui.redraw);
  for (const place of [document.body, document.documentElement]) theme.observe(place, { attributes: true });
  ui.close = () => {
    model.off("change", onAny);
    theme.disconnect();
    cancelAnimationFrame(due);
    clearTimeout(talk);
    if (saving) { clearTimeout(saving); model.save_changes(); }
    closers.forEach((close) => close());
  };
  buildControls(ui);
  ui.redraw();
  return ui;
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// JupyterLab and slides have keys of their own; inside an interactive, arrows, Space and Enter belong to its controls.
function keepKeys(element) {
  element.addEventListener("keydown", (event) => {
    const ours = [" ", "Enter", "Home", "End", "PageUp", "PageDown"].includes(event.key) || event.key.startsWith("Arrow");
    if (ours && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Colours that stay apart in grey and for the colour-blind (Okabe & Ito), in the theme of the page.
function palette(root) {
  const lab = document.body.dataset.jpThemeLight, site = document.documentElement.dataset.theme;
  const isDark = lab !== undefined ? lab === "false" : site !== undefined ? site === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  return isDark
    ? { isDark, paper: "#111111", ink: "#eeeeee", faint: "#9a9a9a", grid: "#3a3a3a",
        lines: ["#7cc4f5", "#f0b43c", "#38c9a0", "#e3a1c6", "#ff8a4a", "#ffffff"] }
    : { isDark, paper: "#ffffff", ink: "#222222", faint: "#636363", grid: "#dddddd",
        lines: ["#00508c", "#b86e00", "#007a59", "#a8447c", "#c04a00", "#000000"] };
}

// ----------------------------------------------------------------------------------------------------- the controls

// One control for each entry of the trait `controls`, which Python makes of the traits themselves.
function buildControls(ui) {
  for (const spec of ui.model.get("controls")) {
    const id = newId(), label = make("label", { htmlFor: id, textContent: spec.label });
    const build = { slider: sliderFor, choice: choiceFor, switch: switchFor }[spec.kind];
    const row = make("div", { className: `control ${spec.kind}` });
    build(ui, spec, id, row, label);
    ui.controls.append(row);
  }
}

const shown = (value, step) => value.toFixed(Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))));

function sliderFor(ui, { name, low, high, step, unit, log, values }, id, row, label) {
  const input = make("input", { type: "range", id, min: 0, max: values ? values.length - 1 : 1000, step: 1 });
  if (!log && !values) Object.assign(input, { min: low, max: high, step });
  const output = make("output", { htmlFor: id });
  const toValue = (place) => {
    if (values) return values[place];
    return log ? Math.min(high, Math.max(low, Math.round((low * (high / low) ** (place / 1000)) / step) * step)) : place;
  };
  const toPlace = (value) => {
    if (values) return values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(values[best] - value) ? i : best), 0);
    return log ? Math.round(1000 * (Math.log(value / low) / Math.log(high / low))) : value;
  };
  const tell = () => {
    const value = ui.model.get(name), text = values ? `${value}` : shown(value, step);
    if (toValue(Number(input.value)) !== value) input.value = toPlace(value);
    output.textContent = `${text} ${unit}`.trim();
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    const old = ui.model.get(name), moved = Number(input.value) - toPlace(old), value = toValue(Number(input.value));
    const isStuck = log && value === old && moved; // a place is less than a step here: a key moves a step all the same
    ui.set(name, isStuck ? Math.min(high, Math.max(low, old + Math.sign(moved) * step)) : value);
  });
  ui.on(name, tell);
  input.value = toPlace(ui.model.get(name));
  tell();
  row.append(label, input, output);
}

function choiceFor(ui, { name, options }, id, row, label) {
  const select = make("select", { id });
  options.forEach((option) => select.append(make("option", { value: option, textContent: option })));
  const tell = () => { select.value = ui.model.get(name); };
  select.addEventListener("input", () => ui.set(name, select.value));
  ui.on(name, tell);
  tell();
  row.append(label, select);
}

function switchFor(ui, { name }, id, row, label) {
  const box = make("input", { type: "checkbox", id });
  const tell = () => { box.checked = ui.model.get(name); };
  box.addEventListener("input", () => ui.set(name, box.checked));
  ui.on(name, tell);
  tell();
  row.append(box, label);
}

function button(ui, text, act) {
  const element = make("button", { type: "button", textContent: text });
  element.addEventListener("click", act);
  ui.controls.append(element);
  return element;
}

// ----------------------------------------------------------------------------------------------------------- plots

// One picture: `height` in px; its width follows the page. Axes are given anew for each repaint by `frame`.
class Plot {
  constructor(ui, { height = 240, label, share = 1 }) {
    this.ui = ui;
    this.height = height;
    this.width = 720; // until the page says more; on a hidden slide it says 0
    this.canvas = make("canvas", { className: "plot" });
    this.canvas.style.flex = `${share} 1 ${Math.round(300 * share)}px`;
    this.canvas.style.height = `${height}px`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.pen = this.canvas.getContext("2d");
    ui.stage.append(this.canvas);
    const size = new ResizeObserver(() => ui.redraw());
    size.observe(this.canvas);
    ui.closers.push(() => size.disconnect());
  }

  describe(text) { this.canvas.setAttribute("aria-label", text); }

  // Clear, and draw axes. x, y: {low, high, label, log, ticks, format}, where format makes words of a tick; above stand
  // a title, and which line is which: legend [[words, colour, dash], …].
  frame({ x, y, title = "", legend = [] }) {
    const scale = window.devicePixelRatio || 1, { pen, ui: { ink } } = this;
    this.width = this.canvas.clientWidth || this.width;
    const [pixelsX, pixelsY] = [Math.round(this.width * scale), Math.round(this.height * scale)];
    if (this.canvas.width !== pixelsX || this.canvas.height !== pixelsY) {
      this.canvas.width = pixelsX;
      this.canvas.height = pixelsY;
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = ink.paper;
    pen.fillRect(0, 0, this.width, this.height);
    pen.font = "13px system-ui, sans-serif";
    pen.lineWidth = 1;
    pen.setLineDash([]);
    Object.assign(this, { x, y, left: 62, right: this.width - 14, bottom: this.height - 44 });
    this.top = this.heading(title, legend);
    const xTicks = x.ticks ?? ticksOf(x, Math.max(2, (this.right - this.left) / 75));
    const yTicks = y.ticks ?? ticksOf(y, Math.max(2, (this.bottom - this.top) / 34));
    pen.strokeStyle = ink.grid;
    pen.beginPath();
    for (const tick of xTicks) this.segment(this.toX(tick), this.top, this.toX(tick), this.bottom);
    for (const tick of yTicks) this.segment(this.left, this.toY(tick), this.right, this.toY(tick));
    pen.stroke();
    pen.fillStyle = ink.ink;
    pen.textAlign = "center";
    for (const tick of xTicks) pen.fillText((x.format ?? labelOf)(tick), this.toX(tick), this.bottom + 16);
    pen.textAlign = "right";
    for (const tick of yTicks) pen.fillText((y.format ?? labelOf)(tick), this.left - 6, this.toY(tick) + 4);
    pen.textAlign = "center";
    pen.fillText(x.label, (this.left + this.right) / 2, this.height - 8, this.right - this.left);
    pen.save();
    pen.translate(14, (this.top + this.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(y.label, 0, 0, this.bottom - this.top + 20);
    pen.restore();
    pen.strokeStyle = ink.faint;
    pen.strokeRect(this.left, this.top, this.right - this.left, this.bottom - this.top);
  }

  // Title and legend in one row where both fit, else in two; returns where the axes begin.
  heading(title, legend) {
    const { pen, ui: { ink } } = this, widths = legend.map(([words]) => pen.measureText(words).width + 48);
    const all = widths.reduce((sum, width) => sum + width, 0), titleWidth = title ? pen.measureText(title).width + 16 : 0;
    const isOneRow = !title || !legend.length || titleWidth + all < this.right - this.left;
    pen.fillStyle = ink.ink;
    pen.textAlign = "left";
    if (title) pen.fillText(title, this.left, 17, this.right - this.left);
    let x = Math.max(this.left, this.right - all + 12);
    const y = isOneRow ? 17 : 35;
    legend.forEach(([words, colour, dash = []], i) => {
      pen.strokeStyle = this.colour(colour);
      pen.lineWidth = 2.5;
      pen.setLineDash(dash);
      pen.beginPath();
      this.segment(x, y - 4, x + 26, y - 4);
      pen.stroke();
      pen.fillText(words, x + 31, y);
      x += widths[i];
    });
    pen.setLineDash([]);
    pen.lineWidth = 1;
    return !title && !legend.length ? 10 : isOneRow ? 26 : 44;
  }

  // What is drawn now, to be shown again by `restore` under a moving cursor.
  keep() {
    const { canvas } = this;
    this.kept = new OffscreenCanvas(canvas.width, canvas.height);
    this.kept.getContext("2d").drawImage(canvas, 0, 0);
  }

  restore() {
    this.pen.save();
    this.pen.resetTransform();
    this.pen.drawImage(this.kept, 0, 0);
    this.pen.restore();
  }

  segment(x0, y0, x1, y1) {
    this.pen.moveTo(x0, y0);
    this.pen.lineTo(x1, y1);
  }

  toX(value) { return this.left + place(value, this.x) * (this.right - this.left); }
  toY(value) { return this.bottom - place(value, this.y) * (this.bottom - this.top); }
  fromX(pixel) { return unplace((pixel - this.left) / (this.right - this.left), this.x); }
  fromY(pixel) { return unplace((this.bottom - pixel) / (this.bottom - this.top), this.y); }

  // Everything that `paint` draws stays between the axes.
  clipped(paint) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(this.left, this.top, this.right - this.left, this.bottom - this.top);
    pen.clip();
    paint(pen);
    pen.restore();
  }

  // A line through (xs[i], ys[i]); more points than pixels become the lowest and highest of each pixel.
  line(xs, ys, { colour = 0, width = 2, dash = [] } = {}) {
    this.clipped((pen) => {
      pen.strokeStyle = this.colour(colour);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      if (xs.length > 4 * (this.right - this.left)) this.envelope(xs, ys);
      else for (let i = 0; i < xs.length; i++) pen.lineTo(this.toX(xs[i]), this.toY(ys[i]));
      pen.stroke();
    });
  }

  envelope(xs, ys) {
    let pixel = NaN, low = 0, high = 0;
    for (let i = 0; i <= xs.length; i++) {
      const here = i < xs.length ? Math.round(this.toX(xs[i])) : NaN;
      if (here === pixel) {
        if (ys[i] < low) low = ys[i];
        if (ys[i] > high) high = ys[i];
        continue;
      }
      if (!Number.isNaN(pixel)) this.segment(pixel, this.toY(low) + 0.5, pixel, this.toY(high) - 0.5);
      [pixel, low, high] = [here, ys[i], ys[i]];
    }
  }

  points(xs, ys, { colour = 1, radius = 4, stems = false, hollow = false } = {}) {
    this.clipped((pen) => {
      pen.fillStyle = pen.strokeStyle = this.colour(colour);
      pen.lineWidth = 1.5;
      for (let i = 0; i < xs.length; i++) {
        const [px, py] = [this.toX(xs[i]), this.toY(ys[i])];
        pen.beginPath();
        if (stems) this.segment(px, this.toY(0), px, py);
        pen.stroke();
        pen.beginPath();
        pen.arc(px, py, radius, 0, 2 * Math.PI);
        if (hollow) pen.stroke();
        else pen.fill();
      }
    });
  }

  vertical(value, { colour = 1, dash = [6, 4], width = 2, text = "" } = {}) {
    this.clipped((pen) => {
      pen.strokeStyle = pen.fillStyle = this.colour(colour);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      this.segment(this.toX(value), this.top, this.toX(value), this.bottom);
      pen.stroke();
      const isRight = this.toX(value) > (this.left + this.right) / 2;
      pen.textAlign = isRight ? "right" : "left";
      pen.fillText(text, this.toX(value) + (isRight ? -5 : 5), this.top + 14);
    });
  }

  horizontal(value, { colour = 1, dash = [6, 4], width = 2 } = {}) {
    this.clipped((pen) => {
      pen.strokeStyle = this.colour(colour);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      this.segment(this.left, this.toY(value), this.right, this.toY(value));
      pen.stroke();
    });
  }

  // Words at a point of the axes.
  text(words, x, y, { colour = "ink", align = "left" } = {}) {
    this.pen.fillStyle = this.colour(colour);
    this.pen.textAlign = align;
    this.pen.fillText(words, this.toX(x), this.toY(y));
  }

  // A picture made by `heatmap`, between the given ends of both axes.
  image(picture, { x0 = this.x.low, x1 = this.x.high, y0 = this.y.low, y1 = this.y.high } = {}) {
    this.clipped((pen) => {
      pen.imageSmoothingEnabled = false;
      const [left, top] = [this.toX(x0), this.toY(y1)];
      pen.drawImage(picture, left, top, this.toX(x1) - left, this.toY(y0) - top);
    });
  }

  colour(which) { return typeof which === "number" ? this.ui.ink.lines[which] : this.ui.ink[which] ?? which; }

  // Call act({ x, y, kind, event }) while the pointer is held: kind is "down", "move" or "up"; x and y in axis units.
  onDrag(act) {
    let held = false;
    const at = (kind) => (event) => {
      if (kind !== "down" && !held) return;
      held = kind !== "up";
      const box = this.canvas.getBoundingClientRect();
      const pixelX = (event.clientX - box.left) * (this.width / box.width);
      const pixelY = (event.clientY - box.top) * (this.height / box.height);
      act({ x: this.fromX(pixelX), y: this.fromY(pixelY), pixelX, pixelY, kind, event });
      if (kind === "down") this.canvas.setPointerCapture?.(event.pointerId);
    };
    this.canvas.style.touchAction = "none";
    this.canvas.style.cursor = "pointer";
    for (const [type, kind] of [["pointerdown", "down"], ["pointermove", "move"], ["pointerup", "up"], ["pointercancel", "up"]]) {
      this.canvas.addEventListener(type, at(kind));
    }
  }
}

const place = (value, { low, high, log }) =>
  log ? Math.log(Math.max(value, 1e-12) / low) / Math.log(high / low) : (value - low) / (high - low);
const unplace = (part, { low, high, log }) => (log ? low * (high / low) ** part : low + part * (high - low));
const labelOf = (tick) => `${Number(tick.toPrecision(6))}`.replace("-", "−");

// Round numbers on an axis: about `most` of them; on a logarithmic one 1, 2 and 5 times powers of ten.
function ticksOf({ low, high, log }, most) {
  const ticks = [];
  if (log) {
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
      for (const digit of [1, 2, 5]) {
        const tick = Number((digit * 10 ** power).toPrecision(6));
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    }
    return ticks.length <= most + 2 ? ticks : ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
  }
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough * 0.999);
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(Number((k * step).toPrecision(10)));
  return ticks;
}

// matplotlib's "magma" at 33 places; between them it is straight to within 1/255.
const MAGMA = "0000040303120a0822130d341d114729115a36106b440f7651127c5d177f6a1c81762181832681902a819c2e7faa337db73779c43c75d0416fdc4869e75263ef5d5ef56b5cf9795dfc8961fd9869fea772feb67cfec488fed395fde2a3fcf0b2fcfdbf";
const MAGMA_TABLE = (() => {
  const stops = MAGMA.match(/../g).map((hex) => parseInt(hex, 16)), table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * 32, stop = Math.min(31, Math.floor(at)), part = at - stop;
    const [r, g, b] = [0, 1, 2].map((c) => Math.round((1 - part) * stops[3 * stop + c] + part * stops[3 * stop + 3 + c]));
    table[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
})();

// A table of `nColumns` × `nRows` (column after column, row 0 at the bottom) as a picture; low is black, high is bright.
function heatmap(values, nColumns, nRows, low, high) {
  const canvas = new OffscreenCanvas(nColumns, nRows), pen = canvas.getContext("2d");
  const picture = pen.createImageData(nColumns, nRows), pixels = new Uint32Array(picture.data.buffer);
  const scale = 255 / (high - low);
  for (let column = 0; column < nColumns; column++) {
    for (let row = 0; row < nRows; row++) {
      const level = Math.round((values[column * nRows + row] - low) * scale);
      pixels[(nRows - 1 - row) * nColumns + column] = MAGMA_TABLE[level < 0 ? 0 : level > 255 ? 255 : level];
    }
  }
  pen.putImageData(picture, 0, 0);
  return canvas;
}

// ----------------------------------------------------------------------------------------------------------- sound

const LOUDEST_RMS = 10 ** (-9 / 20), LOUDEST_PEAK = 0.9, FADE_S = 0.02;

// One audio context for all interactives of a page; one sound at a time.
function soundOfPage() {
  globalThis.courseSound ??= { context: null, playing: null };
  const shared = globalThis.courseSound;
  if (!shared.context) {
    shared.context = new AudioContext();
    shared.meter = new AnalyserNode(shared.context, { fftSize: 2048 });
    shared.meter.connect(shared.context.destination);
  }
  return shared;
}

// What brings the loudest of the sounds down to a safe level; 1 if none is too loud. Never more than 1.
function safeGain(signals) {
  let gain = 1;
  for (const signal of signals) {
    let power = 0, peak = 0;
    for (const value of signal) {
      power += value * value;
      peak = Math.max(peak, Math.abs(value));
    }
    gain = Math.min(gain, LOUDEST_RMS / Math.sqrt(power / signal.length + 1e-30), LOUDEST_PEAK / (peak + 1e-30));
  }
  return gain;
}

// Sources for several versions of a sound that run in step, each behind a gain of its own; all behind one that fades.
function startSound(context, destination, signals, sampleRate, { selected = 0, loop = false, from = 0, span = null } = {}) {
  const fade = new GainNode(context, { gain: 0 }), start = context.currentTime, gain = safeGain(signals);
  fade.gain.setValueAtTime(0, start);
  fade.gain.linearRampToValueAtTime(gain, start + FADE_S);
  fade.connect(destination);
  const sources = [], gains = [];
  signals.forEach((signal, i) => {
    const samples = atRate(signal, sampleRate, context.sampleRate);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate, numberOfChannels: 1 });
    buffer.copyToChannel(loop ? samples : faded(samples, context.sampleRate), 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    if (loop && span) Object.assign(source, { loopStart: span[0], loopEnd: span[1] });
    const own = new GainNode(context, { gain: i === selected ? 1 : 0 });
    source.connect(own).connect(fade);
    source.start(start, from);
    sources.push(source);
    gains.push(own);
  });
  return {
    start, from, gain, gains, sources,
    select(which) {
      gains.forEach((own, i) => {
        own.gain.cancelScheduledValues(context.currentTime);
        own.gain.setTargetAtTime(i === which ? 1 : 0, context.currentTime, 0.005);
      });
    },
    stop() {
      const now = context.currentTime;
      fade.gain.cancelScheduledValues(now);
      fade.gain.setValueAtTime(fade.gain.value, now);
      fade.gain.linearRampToValueAtTime(0, now + FADE_S);
      sources.forEach((source) => source.stop(now + FADE_S + 0.005));
    },
  };
}

// The browser would draw straight lines between samples of another rate, which adds mirror images: the sinc does not.
const converted = new WeakMap();
function atRate(signal, fromRate, toRate) {
  if (fromRate === toRate) return Float32Array.from(signal);
  const known = converted.get(signal);
  if (known?.toRate === toRate) return known.samples;
  const samples = Float32Array.from(resample(signal, { fromRate, toRate, width: 16 }));
  converted.set(signal, { toRate, samples });
  return samples;
}

// The end of a sound that is cut off goes to zero in 20 ms, a raised cosine.
function faded(signal, sampleRate) {
  const out = Float32Array.from(signal), n = Math.min(out.length, Math.round(FADE_S * sampleRate));
  for (let i = 0; i < n; i++) out[out.length - 1 - i] *= 0.5 - 0.5 * Math.cos((Math.PI * i) / n);
  return out;
}

// What plays the sounds of one interactive. `onChange` is told when it starts and stops.
class Speaker {
  constructor(ui, onChange = () => {}) {
    this.onChange = onChange;
    this.sound = null;
    ui.closers.push(() => this.stop());
  }

  get isPlaying() { return this.sound !== null; }

  // signals: one or several of the same length. Only from a click or a key: browsers forbid it otherwise.
  async play(signals, sampleRate, options = {}) {
    const shared = soundOfPage();
    shared.playing?.stop();
    shared.playing = this;
    await shared.context.resume();
    if (shared.playing !== this) return;
    this.begin(shared, signals, sampleRate, options);
    this.onChange(true);
  }

  begin(shared, signals, sampleRate, options) {
    const sound = startSound(shared.context, shared.meter, signals, sampleRate, options);
    Object.assign(this, { sound, sampleRate, options, seconds: signals[0].length / sampleRate });
    sound.sources[0].onended = () => { if (this.sound === sound) this.stop(); };
  }

  // Other sounds in the place of these, without a gap: the old ones fade out while the new ones fade in.
  replace(signals, sampleRate = this.sampleRate) {
    if (!this.sound) return;
    const from = this.position(), old = this.sound;
    this.sound = null;
    old.stop();
    const seconds = signals[0].length / sampleRate;
    this.begin(soundOfPage(), signals, sampleRate, { ...this.options, from: from % seconds });
  }

  select(which) {
    if (!this.sound) return;
    this.options = { ...this.options, selected: which };
    this.sound.select(which);
  }

  // Seconds into the sound.
  position() {
    if (!this.sound) return 0;
    const { context } = soundOfPage(), at = this.sound.from + context.currentTime - this.sound.start;
    const [begin, end] = (this.options.loop && this.options.span) || [0, this.seconds];
    return this.options.loop && at >= end ? begin + ((at - begin) % (end - begin)) : Math.min(at, end);
  }

  stop() {
    if (!this.sound) return;
    const { sound } = this;
    this.sound = null;
    sound.stop();
    if (soundOfPage().playing === this) soundOfPage().playing = null;
    this.onChange(false);
  }
}

// A button that plays what `sound()` gives, { signals or signal, sampleRate, …options }, and stops it when pressed again.
// While it plays, a change of the traits changes the sound: at once, or, if `settleMs` is given because it is slow to make,
// when nothing has changed for so long.
function soundButton(ui, text, sound, { follow = true, settleMs = 0 } = {}) {
  const element = button(ui, `▶ ${text}`, () => (speaker.isPlaying ? speaker.stop() : start()));
  const speaker = new Speaker(ui, (isPlaying) => {
    element.textContent = `${isPlaying ? "■ Stop" : "▶"} ${isPlaying ? "" : text}`.trim();
    element.setAttribute("aria-pressed", String(isPlaying));
  });
  element.setAttribute("aria-pressed", "false");
  const parts = () => {
    const { signal, signals = [signal], sampleRate, ...options } = sound();
    return [signals, sampleRate, options];
  };
  const start = () => speaker.play(...parts());
  let waiting = 0;
  const renew = () => {
    if (settleMs) waiting = clearTimeout(waiting);
    waiting ||= setTimeout(() => {
      waiting = 0;
      if (speaker.isPlaying) speaker.replace(...parts().slice(0, 2));
    }, settleMs || 80);
  };
  if (follow) {
    ui.model.on("change", renew);
    ui.closers.push(() => { ui.model.off("change", renew); clearTimeout(waiting); });
  }
  return { element, speaker };
}

// A sound that Python sent as 16-bit integers in a trait of bytes, as floats; several rows if it holds several.
function signalsOf(model, name, nRows = 1) {
  const view = model.get(name);
  if (!view?.byteLength) return [];
  const codes = new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const length = codes.length / nRows;
  return Array.from({ length: nRows }, (_, row) =>
    Float32Array.from(codes.subarray(row * length, (row + 1) * length), (code) => code / 32768));
}

// ------------------------------------------------------------------------------------------------------ microphone

// Runs in the audio thread: hands over blocks of 1,024 samples.
const CAPTURE = `registerProcessor("course-capture", class extends AudioWorkletProcessor {
  block = new Float32Array(1024);
  filled = 0;
  process([[channel]]) {
    for (const value of channel ?? []) {
      this.block[this.filled++] = value;
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block);
      this.filled = 0;
    }
    return true;
  }
});`;

const NO_MICROPHONE = {
  NotAllowedError: "The browser may not use the microphone. Allow it at the sign beside the address of the page, " +
    "and press the button again.",
  NotFoundError: "There is no microphone. Plug one in and press the button again, or read a file with cu.audio.load.",
  NotReadableError: "The microphone is held by another program. Close that, and press the button again.",
  missing: "This page has no access to a microphone: browsers give it to https and to localhost only. " +
    "Open JupyterLab at http://localhost, or read a file with cu.audio.load.",
};

// The microphone of one interactive; `onBlock` gets Float32Arrays at `sampleRate`. It is off until `start`, and off again
// when the interactive is closed.
class Microphone {
  constructor(ui, onBlock) {
    Object.assign(this, { onBlock, stream: null, isClosed: false });
    ui.closers.push(() => { this.isClosed = true; this.stop(); });
  }

  get isOn() { return this.stream !== null; }
  get sampleRate() { return soundOfPage().context.sampleRate; }

  // Only from a click or a key. Returns why there is no sound, in words, or nothing.
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) return NO_MICROPHONE.missing;
    try {
      const shared = soundOfPage(), { context } = shared;
      shared.playing?.stop();
      const asked = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: asked });
      const code = URL.createObjectURL(new Blob([CAPTURE], { type: "text/javascript" }));
      shared.capture ??= context.audioWorklet.addModule(code);
      await Promise.all([shared.capture, context.resume()]);
      if (this.isClosed || this.isOn) stream.getTracks().forEach((track) => track.stop());
      else this.listen(context, stream);
    } catch (error) {
      return NO_MICROPHONE[error.name] ?? `The microphone does not start: ${error.message}.`;
    }
  }

  listen(context, stream) {
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const capture = new AudioWorkletNode(context, "course-capture", { channelCount: 1, channelCountMode: "explicit" });
    const mute = new GainNode(context, { gain: 0 }); // it must lead somewhere to be run, and must not be heard
    source.connect(capture).connect(mute).connect(context.destination);
    capture.port.onmessage = ({ data }) => { if (this.stream === stream) this.onBlock(data); };
    Object.assign(this, { stream, nodes: [source, capture, mute] });
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.nodes?.forEach((node) => node.disconnect());
    this.stream = this.nodes = null;
  }
}

// A level meter for what comes in; `show` takes dBFS.
function levelMeter(ui) {
  const meter = make("meter", { min: -60, max: 0, low: -40, high: -3, optimum: -20, value: -60 });
  meter.setAttribute("aria-label", "level in dB re full scale");
  const words = make("span", { className: "level", textContent: "−∞ dBFS" });
  ui.controls.append(make("div", { className: "control" }, meter, words));
  return { show(db) {
    meter.value = Math.max(-60, db);
    words.textContent = db < -90 ? "−∞ dBFS" : `${db.toFixed(0).replace("-", "−")} dBFS`;
  } };
}

// Blocks one after the other in one array; its last `length` samples if there are more.
function joined(blocks, length = Infinity) {
  const all = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all.length > length ? all.slice(all.length - length) : all;
}
