// Pictures on a canvas: axes, lines, points, words, and tables of values in colour.

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

  // As `frame`, with one unit as long to the right as up, and ±reach on both axes.
  plane(reach, { x, y, title, legend }) {
    const across = (this.canvas.clientWidth || this.width) - 76, up = this.height - 70;
    const [right, high] = [reach * Math.max(1, across / up), reach * Math.max(1, up / across)];
    this.frame({ x: { low: -right, high: right, label: x }, y: { low: -high, high, label: y }, title, legend });
  }

  // Title and legend in one row where both fit, else in two; returns where the axes begin.
  heading(title, legend) {
    const { pen, ui: { ink } } = this, widths = legend.map(([words]) => pen.measureText(words).width + 48);
    const all = sumOf(widths), titleWidth = title ? pen.measureText(title).width + 16 : 0;
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

  toX(value) { return this.left + shareOf(value, this.x) * (this.right - this.left); }
  toY(value) { return this.bottom - shareOf(value, this.y) * (this.bottom - this.top); }
  fromX(pixel) { return valueAt((pixel - this.left) / (this.right - this.left), this.x); }
  fromY(pixel) { return valueAt((this.bottom - pixel) / (this.bottom - this.top), this.y); }

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

  // A line between the axes, along what `trace` leads the pen.
  stroke({ colour, width = 1, dash = [] }, trace) {
    this.clipped((pen) => {
      pen.strokeStyle = this.colour(colour);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      trace(pen);
      pen.stroke();
    });
  }

  // A line through (xs[i], ys[i]); more points than pixels become the lowest and highest of each pixel.
  line(xs, ys, { colour = 0, width = 2, dash = [] } = {}) {
    this.stroke({ colour, width, dash }, (pen) => {
      if (xs.length > 4 * (this.right - this.left)) this.envelope(xs, ys);
      else for (let i = 0; i < xs.length; i++) pen.lineTo(this.toX(xs[i]), this.toY(ys[i]));
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
    const x = this.toX(value), isRight = x > (this.left + this.right) / 2;
    this.stroke({ colour, width, dash }, (pen) => {
      this.segment(x, this.top, x, this.bottom);
      pen.fillStyle = this.colour(colour);
      pen.textAlign = isRight ? "right" : "left";
      pen.fillText(text, x + (isRight ? -5 : 5), this.top + 14);
    });
  }

  horizontal(value, { colour = 1, dash = [6, 4], width = 2 } = {}) {
    this.stroke({ colour, width, dash }, () => this.segment(this.left, this.toY(value), this.right, this.toY(value)));
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

  // Call act({ x, y, pixelX, pixelY, kind }) while the pointer is held: kind is "down", "move" or "up"; x and y are in
  // the units of the axes.
  onDrag(act) {
    let held = false;
    const at = (kind) => (event) => {
      if (kind !== "down" && !held) return;
      held = kind !== "up";
      const box = this.canvas.getBoundingClientRect();
      const pixelX = (event.clientX - box.left) * (this.width / box.width);
      const pixelY = (event.clientY - box.top) * (this.height / box.height);
      act({ x: this.fromX(pixelX), y: this.fromY(pixelY), pixelX, pixelY, kind });
      if (kind === "down") this.canvas.setPointerCapture?.(event.pointerId);
    };
    this.canvas.style.touchAction = "none";
    this.canvas.style.cursor = "pointer";
    const kinds = { pointerdown: "down", pointermove: "move", pointerup: "up", pointercancel: "up" };
    for (const [type, kind] of Object.entries(kinds)) this.canvas.addEventListener(type, at(kind));
  }
}

const shareOf = (value, { low, high, log }) =>
  log ? Math.log(Math.max(value, 1e-12) / low) / Math.log(high / low) : (value - low) / (high - low);
const valueAt = (share, { low, high, log }) => (log ? low * (high / low) ** share : low + share * (high - low));

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
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push(Number((k * step).toPrecision(10)));
  }
  return ticks;
}

// matplotlib's "magma" at 33 places; between them it is straight to within 1/255.
const MAGMA = "0000040303120a0822130d341d114729115a36106b440f7651127c5d177f6a1c81762181832681902a819c2e7faa337d" +
  "b73779c43c75d0416fdc4869e75263ef5d5ef56b5cf9795dfc8961fd9869fea772feb67cfec488fed395fde2a3fcf0b2" +
  "fcfdbf";
const MAGMA_TABLE = (() => {
  const stops = MAGMA.match(/../g).map((hex) => parseInt(hex, 16)), table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * 32, stop = Math.min(31, Math.floor(at)), part = at - stop;
    const [r, g, b] = [0, 1, 2].map((c) => 3 * stop + c)
      .map((here) => Math.round((1 - part) * stops[here] + part * stops[here + 3]));
    table[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
})();

// From where to where the picture of frames reaches: each is as wide as a hop, and its middle is its time.
const frameSpan = (nFrames, hop, rate) => ({ x0: -hop / 2 / rate, x1: ((nFrames - 0.5) * hop) / rate });

// The number of the frame whose middle is nearest to a time.
const frameAt = (seconds, nFrames, hop, rate) => Math.min(nFrames - 1, Math.round((seconds * rate) / hop));

// A table of `nColumns` × `nRows` (column after column, row 0 at the bottom) as a picture; low is black, high bright.
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
