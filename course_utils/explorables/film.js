// A matrix at the moments of a training: played, stepped through and heard; its sharpness over the moments.
const ROW = 26, LEAST_HEIGHT = 220, MOST_HEIGHT = 420;

function render({ model, el }) {
  const [nMoments, nRows, nColumns] = model.get("shape");
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, nMoments, nRows, nColumns, axes: model.get("axes"), pictures: new Map(), timer: 0,
    frames: framesOf(model.get("frames"), nMoments), sounds: soundsOf(model),
    matrix: ui.plot({ height: 75 + clamp(ROW * nRows, LEAST_HEIGHT, MOST_HEIGHT), share: 3, label: "The matrix." }),
    course: ui.plot({ height: 150, share: 3, label: "Sharpness over the moments." }),
  };
  lab.peaks = lab.frames.map((frame) => peaksOf(frame, nRows, nColumns));
  lab.sharpness = lab.peaks.map((peaks) => levelOf(lab, sumOf(peaks.map(({ value }) => value)) / nRows));
  lab.course.onDrag(({ x }) => show(lab, Math.round(x)));
  lab.play = button(ui, "", () => (lab.timer ? halt(lab) : play(lab)));
  lab.back = button(ui, "Back", () => show(lab, model.get("moment") - 1));
  lab.next = button(ui, "Next", () => show(lab, model.get("moment") + 1));
  if (lab.sounds.length) {
    const sound = () => ({ signal: lab.sounds[model.get("moment") - 1], sampleRate: model.get("sample_rate") });
    soundButton(ui, "Hear this moment", sound);
  }
  ui.on("per_second", () => { if (lab.timer) play(lab, model.get("moment")); });
  ui.closers.push(() => clearTimeout(lab.timer));
  return ui.close;
}

function framesOf(view, nMoments) {
  const codes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength), size = codes.length / nMoments;
  return Array.from({ length: nMoments }, (_, moment) => codes.subarray(moment * size, (moment + 1) * size));
}

function soundsOf(model) {
  const [all] = signalsOf(model, "audio");
  let end = 0;
  return model.get("lengths").map((length) => all.subarray(end, end += length));
}

// The largest value of each row, 0 to 1, and its column; where several are as large, the first.
function peaksOf(frame, nRows, nColumns) {
  return Array.from({ length: nRows }, (_, row) => {
    const values = frame.subarray(row * nColumns, (row + 1) * nColumns), value = largestOf(values);
    return { value: value / 255, column: values.indexOf(value) };
  });
}

// ------------------------------------------------------------------------------------------------------------- moving

function show({ model, ui, nMoments }, moment) {
  const inside = clamp(moment, 1, nMoments);
  if (inside !== model.get("moment")) ui.set("moment", inside);
}

// From here on, or from the first moment again where the last one is shown; a single step if motion is to be reduced.
function play(lab, from = lab.model.get("moment") % lab.nMoments) {
  clearTimeout(lab.timer);
  lab.timer = 0;
  if (reducedMotion()) return show(lab, from + 1);
  if (from === 0) show(lab, 1);
  lab.timer = setTimeout(() => {
    const moment = lab.model.get("moment") + 1;
    show(lab, moment);
    if (moment < lab.nMoments) play(lab, moment);
    else halt(lab);
  }, 1000 / lab.model.get("per_second"));
  return lab.ui.redraw();
}

function halt(lab) {
  clearTimeout(lab.timer);
  lab.timer = 0;
  lab.ui.redraw();
}

// ------------------------------------------------------------------------------------------------- pictures and words

const levelOf = ({ axes: { low, high } }, share) => low + share * (high - low);

function draw(lab) {
  const { model, play: button_, back, next, nMoments } = lab, moment = model.get("moment");
  const still = reducedMotion() ? "Step on" : "▶ Play";
  button_.textContent = lab.timer ? "■ Pause" : still;
  button_.setAttribute("aria-pressed", String(lab.timer !== 0));
  back.disabled = moment === 1;
  next.disabled = moment === nMoments;
  drawMatrix(lab, moment - 1);
  drawCourse(lab, moment - 1);
  lab.ui.say(sentences(lab, moment - 1));
  describe(lab, moment - 1);
}

function pictureOf({ frames, nRows, nColumns, pictures }, which, brightness) {
  return once(pictures, `${which} ${brightness}`, () => {
    const table = Float64Array.from({ length: nRows * nColumns }, (_, n) => { // `heatmap` puts its row 0 at the bottom
      const share = frames[which][(nRows - 1 - (n % nRows)) * nColumns + Math.floor(n / nRows)] / 255;
      return brightness === "linear" ? share : Math.sqrt(share);
    });
    return heatmap(table, nColumns, nRows, 0, 1);
  });
}

function drawMatrix(lab, which) {
  const { matrix: plot, axes, nRows, nColumns, model } = lab, every = Math.ceil(nRows / 16);
  const ticks = axes.rows.map((_, i) => i + 1).filter((i) => (i - 1) % every === 0);
  plot.frame({
    x: { low: 0, high: nColumns * axes.step, label: axes.x },
    y: { low: nRows + 0.5, high: 0.5, label: axes.y, ticks, format: (i) => axes.rows[i - 1] },
    title: `${model.get("times")[which]} (black ${labelOf(axes.low, 3)}, white ${labelOf(axes.high, 3)}, ` +
      `${model.get("brightness")})`,
  });
  plot.image(pictureOf(lab, which, model.get("brightness")), { y0: nRows + 0.5, y1: 0.5 });
  plot.stroke({ colour: "#ffffff", width: 3, dash: [2, 5] }, () => axes.spans.forEach(([begin, end], row) =>
    plot.segment(plot.toX(begin), plot.toY(row + 1), plot.toX(end), plot.toY(row + 1))));
}

function drawCourse({ course: plot, sharpness, nMoments, axes, model }, which) {
  const all = sharpness.map((_, i) => i + 1), every = Math.ceil(nMoments / 12);
  const most = Math.max(...sharpness), low = Math.min(axes.low, ...sharpness);
  plot.frame({
    x: {
      low: 0.5, high: nMoments + 0.5, ticks: all.filter((i) => (i - 1) % every === 0),
      label: `moment; all are played in ${signed(nMoments / model.get("per_second"), 1)} s`,
    },
    y: { low, high: low + 1.15 * (most - low || 1), label: "mean peak" },
    title: `sharpness: mean over the rows of the largest value; ${labelOf(sharpness[which], 2)} ` +
      model.get("times")[which],
  });
  plot.line(all, sharpness);
  plot.points(all, sharpness, { colour: 0, radius: 3 });
  plot.vertical(which + 1, { colour: 1 });
  plot.points([which + 1], [sharpness[which]], { radius: 6 });
}

// How often the brightest place lies further on than that of the row above.
const stepsOn = (peaks) => peaks.filter(({ column }, i) => i && column > peaks[i - 1].column).length;

function sentences({ model, nRows, nMoments, peaks, sharpness }, which) {
  const text = [`${model.get("times")[which]}.`];
  if (model.get("captions").length) text.push(model.get("captions")[which]);
  text.push(`Moment ${which + 1} of ${nMoments}: mean peak ${labelOf(sharpness[which], 2)};`);
  text.push(nRows > 1 ? `the brightest place moves on in ${stepsOn(peaks[which])} of ${nRows - 1} steps.` : "one row.");
  return text.join(" ");
}

function describe(lab, which) {
  const { matrix, course, axes, model, sharpness } = lab, peaks = lab.peaks[which];
  const places = peaks.slice(0, 24).map(({ value, column }, row) =>
    `${axes.rows[row]} ${labelOf(levelOf(lab, value), 2)} at ${labelOf((column + 0.5) * axes.step, 3)}`);
  const rest = peaks.length > 24 ? `; and ${peaks.length - 24} more rows` : "";
  matrix.describe(`${model.get("times")[which]}. Largest value of each row, and where it is on the axis ` +
    `“${axes.x}”: ${places.join("; ")}${rest}.`);
  course.describe(`Mean of the rows' largest values: ${labelOf(sharpness[0], 2)} at moment 1, ` +
    `${labelOf(sharpness[which], 2)} at moment ${which + 1}, ${labelOf(sharpness.at(-1), 2)} at the last.`);
}

export default { render };
