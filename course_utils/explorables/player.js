// Waveform and spectrogram over the same time, a cursor through both, and versions of the sound that run in step.
const N_FFT = 1024, FLOOR_DB = -80;

function render({ model, el }) {
  const rate = model.get("sample_rate"), names = model.get("names");
  const signals = signalsOf(model, "audio", names.length), seconds = signals[0].length / rate;
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, rate, names, signals, seconds, gain: safeGain(signals), pictures: new Map(),
    view: { low: 0, high: seconds }, dragFrom: null, // in s
    wave: ui.plot({ height: 150, share: 3, label: "Waveform." }),
    spectrum: ui.plot({ height: 230, share: 3, label: "Spectrogram." }),
    speaker: new Speaker(ui, (isPlaying) => onPlaying(lab, isPlaying)),
  };
  buildButtons(lab);
  for (const plot of [lab.wave, lab.spectrum]) plot.onDrag((event) => drag(lab, event));
  ui.on("selected", () => lab.speaker.select(names.indexOf(model.get("selected"))));
  for (const name of ["loop_s", "position_s"]) ui.on(name, () => restart(lab));
  return ui.close;
}

function buildButtons(lab) {
  const { model, ui, speaker } = lab;
  lab.play = button(ui, "▶ Play", () => (speaker.isPlaying ? speaker.stop() : start(lab, model.get("position_s"))));
  lab.seek = positionSlider(lab);
  if (lab.names.length > 1) versionButtons(lab);
  button(ui, "Loop from here", () => setLoop(lab, now(lab), model.get("loop_s")[1] ?? lab.seconds));
  button(ui, "Loop to here", () => setLoop(lab, model.get("loop_s")[0] ?? 0, now(lab)));
  button(ui, "No loop", () => ui.set("loop_s", []));
  button(ui, "Zoom in", () => zoom(lab, 0.5));
  button(ui, "Zoom out", () => zoom(lab, 2));
  lab.meter = levelMeter(ui, { low: -20, high: -9, optimum: -30 });
}

function now({ model, speaker }) { return speaker.isPlaying ? speaker.position() : model.get("position_s"); }

function start({ model, rate, names, signals, seconds, speaker }, from) {
  const [span, version] = valuesOf(model, "loop_s", "selected"), loop = span.length > 0;
  const inside = loop && (from < span[0] || from >= span[1]) ? span[0] : from >= seconds - 0.01 ? 0 : from;
  const options = { selected: names.indexOf(version), from: inside, loop, span: loop ? span : null };
  return speaker.play(signals, rate, options);
}

function restart(lab) { if (lab.speaker.isPlaying) start(lab, lab.model.get("position_s")); }

function setLoop({ ui }, from, to) { if (to - from > 0.02) ui.set("loop_s", [from, to]); }

function zoom(lab, factor) {
  const width = clamp((lab.view.high - lab.view.low) * factor, 0.01, lab.seconds);
  const low = clamp(now(lab) - width / 2, 0, lab.seconds - width);
  lab.view = { low, high: low + width };
  lab.ui.redraw();
}

function drag(lab, { x, kind }) {
  const { ui } = lab, at = clamp(x, 0, lab.seconds);
  if (kind === "down") lab.dragFrom = at;
  const isLoop = Math.abs(at - lab.dragFrom) > (lab.view.high - lab.view.low) / 50;
  if (kind === "move" && isLoop) ui.set("loop_s", [Math.min(at, lab.dragFrom), Math.max(at, lab.dragFrom)]);
  if (kind === "up" && !isLoop) ui.set("position_s", at);
}

function positionSlider({ seconds, ui }) {
  const id = newId(), input = make("input", { type: "range", id, min: 0, max: seconds, step: seconds / 500 });
  const label = make("label", { htmlFor: id, textContent: "position" }), output = make("output", { htmlFor: id });
  input.addEventListener("input", () => ui.set("position_s", Math.min(seconds, Number(input.value))));
  ui.controls.append(make("div", { className: "control slider" }, label, input, output));
  return { tell(at) {
    input.value = at;
    output.textContent = `${at.toFixed(2)} s`;
    input.setAttribute("aria-valuetext", `${at.toFixed(2)} of ${seconds.toFixed(2)} s`);
  } };
}

function versionButtons({ model, names, ui }) {
  const group = make("div", { className: "control" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "version");
  const buttons = names.map((name) => button(ui, name, () => ui.set("selected", name)));
  group.append(...buttons);
  const tell = () => buttons.forEach((element, i) =>
    element.setAttribute("aria-pressed", String(names[i] === model.get("selected"))));
  ui.on("selected", tell);
  tell();
  ui.controls.append(group);
}

function onPlaying(lab, isPlaying) {
  lab.play.textContent = isPlaying ? "■ Stop" : "▶ Play";
  if (isPlaying) requestAnimationFrame(() => follow(lab));
  else lab.meter.show(-Infinity);
  lab.ui.redraw();
}

// While it plays: cursor and level, sixty times a second, or four where motion is to be reduced.
function follow(lab) {
  if (!lab.speaker.isPlaying) return;
  const { meter: analyser } = soundOfPage(), samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  lab.meter.show(decibels(powerOf(samples)));
  cursors(lab);
  if (reducedMotion()) setTimeout(() => requestAnimationFrame(() => follow(lab)), 250);
  else requestAnimationFrame(() => follow(lab));
}

function pictureOf({ rate, signals, pictures }, which) {
  return once(pictures, which, () => {
    const hop = Math.max(N_FFT / 4, Math.ceil(signals[which].length / 1000));
    const { values, nFrames, nBins } = spectrogram(signals[which], { nFft: N_FFT, hop });
    const image = heatmap(powerToDb(values, FLOOR_DB), nFrames, nBins, FLOOR_DB, 0);
    return { image, span: frameSpan(nFrames, hop, rate) };
  });
}

function draw(lab) {
  const { rate, names, view, gain, wave, spectrum } = lab;
  const [selected, span] = valuesOf(lab.model, "selected", "loop_s");
  drawWave(lab, names.indexOf(selected));
  drawSpectrum(lab, names.indexOf(selected));
  for (const plot of [wave, spectrum]) {
    span.forEach((at) => plot.vertical(at, { colour: 2, dash: [] }));
    plot.keep();
  }
  wave.describe(`Waveform of ${selected}, ${view.low.toFixed(2)} to ${view.high.toFixed(2)} s.`);
  spectrum.describe(`Spectrogram of ${selected}, up to ${(rate / 2000).toFixed(1)} kHz.`);
  cursors(lab);
  const part = span.length ? `, repeats ${span[0].toFixed(2)} to ${span[1].toFixed(2)} s` : "";
  const down = gain < 1 ? ` Turned down by ${(-20 * Math.log10(gain)).toFixed(1)} dB: it is louder than is safe.` : "";
  lab.ui.say(`${lab.seconds.toFixed(2)} s at ${rate} Hz${part}.${down}`);
}

function drawWave({ wave, view, rate, names, signals }, which) {
  const title = names.length > 1 ? names[which] : "";
  wave.frame({ x: { ...view, label: "time in s" }, y: { low: -1, high: 1, label: "amplitude" }, title });
  const first = Math.floor(view.low * rate), last = Math.min(signals[which].length, Math.ceil(view.high * rate) + 1);
  const part = signals[which].subarray(first, last);
  wave.line(Float64Array.from(part, (_, n) => (first + n) / rate), part, { width: 1 });
}

function drawSpectrum(lab, which) {
  const { spectrum, rate } = lab, { image, span } = pictureOf(lab, which);
  spectrum.frame({
    x: { ...lab.view, label: "time in s" }, y: { low: 0, high: rate / 2000, label: "frequency in kHz" },
    title: `dB re maximum, black is ${signed(FLOOR_DB, 0)} dB`,
  });
  spectrum.image(image, { ...span, y0: 0, y1: rate / 2000 });
}

function cursors(lab) {
  const at = now(lab);
  for (const plot of [lab.wave, lab.spectrum]) {
    plot.restore();
    plot.vertical(at, { colour: 1, dash: [4, 3] });
  }
  lab.seek.tell(at);
}

export default { render };
