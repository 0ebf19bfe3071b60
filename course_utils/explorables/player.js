// Waveform and spectrogram over the same time, a cursor through both, and versions of the sound that run in step.
const N_FFT = 1024, FLOOR_DB = -80;

function render({ model, el }) {
  const rate = model.get("sample_rate"), names = model.get("names");
  const signals = signalsOf(model, "audio", names.length), seconds = signals[0].length / rate;
  let view = { low: 0, high: seconds }, drawn = null, dragFrom = null;
  const pictures = new Map(), gain = safeGain(signals);

  const ui = explorable(model, el, draw);
  const wave = ui.plot({ height: 150, share: 3, label: "Waveform." });
  const spectrum = ui.plot({ height: 230, share: 3, label: "Spectrogram." });
  const speaker = new Speaker(ui, onPlaying);

  const play = button(ui, "▶ Play", () => (speaker.isPlaying ? speaker.stop() : start(model.get("position_s"))));
  const seek = positionSlider();
  if (names.length > 1) versionButtons();
  button(ui, "Loop from here", () => loop(now(), model.get("loop_s")[1] ?? seconds));
  button(ui, "Loop to here", () => loop(model.get("loop_s")[0] ?? 0, now()));
  button(ui, "No loop", () => ui.set("loop_s", []));
  button(ui, "Zoom in", () => zoom(0.5));
  button(ui, "Zoom out", () => zoom(2));
  const meter = make("meter", { min: -60, max: 0, low: -20, high: -9, optimum: -30, value: -60 });
  meter.setAttribute("aria-label", "level in dB re full scale");
  const level = make("span", { className: "level", textContent: "−∞ dBFS" });
  ui.controls.append(make("div", { className: "control" }, meter, level));

  for (const plot of [wave, spectrum]) plot.onDrag(drag);
  ui.on("selected", () => speaker.select(names.indexOf(model.get("selected"))));
  ui.on("loop_s", restart);
  ui.on("position_s", restart);
  return ui.close;

  function now() { return speaker.isPlaying ? speaker.position() : model.get("position_s"); }

  function start(from) {
    const span = model.get("loop_s");
    const inside = span.length && (from < span[0] || from >= span[1]) ? span[0] : from >= seconds - 0.01 ? 0 : from;
    const selected = names.indexOf(model.get("selected"));
    return speaker.play(signals, rate, { selected, from: inside, loop: span.length > 0, span: span.length ? span : null });
  }

  function restart() { if (speaker.isPlaying) start(model.get("position_s")); }

  function loop(from, to) { if (to - from > 0.02) ui.set("loop_s", [from, to]); }

  function zoom(factor) {
    const width = Math.min(seconds, Math.max(0.01, (view.high - view.low) * factor));
    const low = Math.min(Math.max(0, now() - width / 2), seconds - width);
    view = { low, high: low + width };
    ui.redraw();
  }

  function drag({ x, kind }) {
    const at = Math.min(seconds, Math.max(0, x));
    if (kind === "down") dragFrom = at;
    const isLoop = Math.abs(at - dragFrom) > (view.high - view.low) / 50;
    if (kind === "move" && isLoop) ui.set("loop_s", [Math.min(at, dragFrom), Math.max(at, dragFrom)]);
    if (kind === "up" && !isLoop) ui.set("position_s", at);
  }

  function positionSlider() {
    const id = newId(), input = make("input", { type: "range", id, min: 0, max: seconds, step: seconds / 500 });
    const row = make("div", { className: "control slider" }, make("label", { htmlFor: id, textContent: "position" }), input);
    const output = make("output", { htmlFor: id });
    row.append(output);
    input.addEventListener("input", () => ui.set("position_s", Math.min(seconds, Number(input.value))));
    ui.controls.append(row);
    return { tell(at) {
      input.value = at;
      output.textContent = `${at.toFixed(2)} s`;
      input.setAttribute("aria-valuetext", `${at.toFixed(2)} of ${seconds.toFixed(2)} s`);
    } };
  }

  function versionButtons() {
    const group = make("div", { className: "control" });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "version");
    const buttons = names.map((name) => {
      const one = make("button", { type: "button", textContent: name });
      one.addEventListener("click", () => ui.set("selected", name));
      group.append(one);
      return one;
    });
    const tell = () => buttons.forEach((one, i) => one.setAttribute("aria-pressed", String(names[i] === model.get("selected"))));
    ui.on("selected", tell);
    tell();
    ui.controls.append(group);
  }

  function onPlaying(isPlaying) {
    play.textContent = isPlaying ? "■ Stop" : "▶ Play";
    if (isPlaying) requestAnimationFrame(follow);
    else showLevel(-Infinity);
    ui.redraw();
  }

  // While it plays: cursor and level, sixty times a second, or four where motion is to be reduced.
  function follow() {
    if (!speaker.isPlaying) return;
    const { meter: analyser } = soundOfPage(), samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    showLevel(10 * Math.log10(samples.reduce((sum, value) => sum + value * value, 0) / samples.length + 1e-12));
    cursors();
    if (reducedMotion()) setTimeout(() => requestAnimationFrame(follow), 250);
    else requestAnimationFrame(follow);
  }

  function showLevel(db) {
    meter.value = Math.max(-60, db);
    level.textContent = db < -90 ? "−∞ dBFS" : `${db.toFixed(0).replace("-", "−")} dBFS`;
  }

  function pictureOf(which) {
    if (!pictures.has(which)) {
      const hop = Math.max(N_FFT / 4, Math.ceil(signals[which].length / 1000));
      const { values, nFrames, nBins } = spectrogram(signals[which], { nFft: N_FFT, hop });
      const db = powerToDb(values, FLOOR_DB);
      pictures.set(which, { image: heatmap(db, nFrames, nBins, FLOOR_DB, 0), end: ((nFrames - 0.5) * hop) / rate, start: -hop / 2 / rate });
    }
    return pictures.get(which);
  }

  function draw() {
    const which = names.indexOf(model.get("selected")), { image, start: x0, end: x1 } = pictureOf(which);
    const xAxis = { ...view, label: "time in s" }, title = names.length > 1 ? model.get("selected") : "";
    const first = Math.floor(view.low * rate), last = Math.min(signals[which].length, Math.ceil(view.high * rate) + 1);
    wave.frame({ x: xAxis, y: { low: -1, high: 1, label: "amplitude" }, title });
    const shownPart = signals[which].subarray(first, last);
    wave.line(Float64Array.from(shownPart, (_, n) => (first + n) / rate), shownPart, { width: 1 });
    spectrum.frame({ x: xAxis, y: { low: 0, high: rate / 2000, label: "frequency in kHz" }, title: `dB re maximum, black is ${FLOOR_DB} dB`.replace("-", "−") });
    spectrum.image(image, { x0, x1, y0: 0, y1: rate / 2000 });
    for (const plot of [wave, spectrum]) {
      model.get("loop_s").forEach((at) => plot.vertical(at, { colour: 2, dash: [] }));
      plot.keep();
    }
    wave.describe(`Waveform of ${model.get("selected")}, ${view.low.toFixed(2)} to ${view.high.toFixed(2)} s.`);
    spectrum.describe(`Spectrogram of ${model.get("selected")}, up to ${(rate / 2000).toFixed(1)} kHz.`);
    cursors();
    const span = model.get("loop_s"), part = span.length ? `, repeats ${span[0].toFixed(2)} to ${span[1].toFixed(2)} s` : "";
    const down = gain < 1 ? ` Turned down by ${(-20 * Math.log10(gain)).toFixed(1)} dB: it is louder than is safe.` : "";
    ui.say(`${seconds.toFixed(2)} s at ${rate} Hz${part}.${down}`);
  }

  function cursors() {
    const at = now();
    for (const plot of [wave, spectrum]) {
      plot.restore();
      plot.vertical(at, { colour: 1, dash: [4, 3] });
    }
    seek.tell(at);
  }
}

export default { render };
