// A recording block by block: its waveform, its level, and what is left without the silence at both ends.
const MARGIN_S = 0.1, FRAME_S = 0.02;

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, ranges: [], levels: null, // lowest and highest of each block; dB of each 20 ms of the recording
    wave: ui.plot({ height: 160, share: 3, label: "Waveform of the recording." }),
    level: ui.plot({ height: 160, share: 3, label: "Level of the recording." }),
  };
  lab.recorder = new Recorder(ui, { start: "● Record", stop: "■ Stop", hear: "Hear it" }, {
    onStart: () => Object.assign(lab, { ranges: [], levels: null }),
    onBlock: (block) => onBlock(lab, block),
    onStop: () => onStop(lab),
    toHear: () => kept(lab),
  });
  for (const name of ["trim", "threshold_db"]) ui.on(name, () => tellPart(lab));
  return ui.close;
}

function onBlock({ model, ui, ranges, recorder }, block) {
  ranges.push(block.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]));
  if (ranges.length * BLOCK_LENGTH >= model.get("longest_s") * recorder.rate) recorder.stop();
  ui.redraw();
}

function onStop(lab) {
  lab.levels = frameLevels(lab.recorder.recording, Math.round(FRAME_S * lab.recorder.rate));
  tellPart(lab);
}

// [first, last) in s, to the sample; what Python cuts.
function tellPart({ model, ui, recorder: { recording, rate }, levels }) {
  if (!recording) return;
  const [isTrimmed, thresholdDb] = valuesOf(model, "trim", "threshold_db");
  const part = isTrimmed ? loudPart(levels, thresholdDb) : [0, recording.length];
  const margin = Math.round(MARGIN_S * rate), frame = Math.round(FRAME_S * rate);
  const [first, last] = isTrimmed ? [part[0] * frame - margin, part[1] * frame + margin] : part;
  ui.set("kept_s", [Math.max(0, first) / rate, Math.min(recording.length, last) / rate]);
}

function kept({ model, recorder }) {
  const [first, last] = model.get("kept_s").map((s) => Math.round(s * recorder.rate));
  return recorder.recording.slice(first, last);
}

function draw(lab) {
  const { model, ui, wave, level, recorder: { recording, rate } } = lab;
  const end = recording ? recording.length / rate : Math.max(1, model.get("longest_s"));
  const x = { low: 0, high: end, label: "time in s" };
  drawWave(lab, x);
  drawLevel(lab, x);
  if (recording) {
    for (const plot of [wave, level]) for (const at of model.get("kept_s")) plot.vertical(at, { colour: 1 });
  }
  const silence = `silence is below ${labelOf(model.get("threshold_db"))} dB`;
  wave.describe(recording ? `Waveform of ${end.toFixed(2)} s.` : "No recording yet.");
  level.describe(recording ? `Level in steps of 20 ms; ${silence}.` : "No recording yet.");
  ui.say(stateOf(lab));
}

function drawWave({ wave, ranges, recorder: { rate } }, x) {
  wave.frame({ x, y: { low: -1, high: 1, label: "amplitude" } });
  const width = Math.max(1, wave.toX(BLOCK_LENGTH / rate) - wave.toX(0));
  wave.stroke({ colour: 0, width }, () => ranges.forEach(([low, high], i) => {
    const at = wave.toX(((i + 0.5) * BLOCK_LENGTH) / rate);
    wave.segment(at, wave.toY(low) + 0.5, at, wave.toY(high) - 0.5);
  }));
}

function drawLevel({ model, level, levels }, x) {
  const colour = model.get("trim") ? 2 : "faint"; // of the threshold
  level.frame({
    x, y: { low: -80, high: 0, label: "level in dB" },
    title: "dB re loudest 20 ms", legend: [["silence is below", colour, [6, 4]]],
  });
  level.horizontal(model.get("threshold_db"), { colour });
  if (levels) level.line(Float64Array.from(levels, (_, i) => (i + 0.5) * FRAME_S), levels, { colour: 0, width: 1.5 });
}

function stateOf({ model, ranges, recorder: { trouble, isOn, recording, rate } }) {
  if (trouble) return trouble;
  if (isOn) return `Recording; it stops after ${model.get("longest_s")} s.`;
  if (!recording) return "Press Record and speak. It goes to Python and nowhere else.";
  const peak = peakOf(ranges.flat()), [first, last] = model.get("kept_s");
  const advice = peak < 1e-4 ? " It is silent: is the microphone muted?"
    : peak > 0.999 ? " It clips: go further away, or turn the microphone down." : "";
  const part = `${(last - first).toFixed(2)} of ${(recording.length / rate).toFixed(2)} s`;
  return `${part} at ${rate} Hz are kept, peak ${signed(20 * Math.log10(peak + 1e-9), 1)} dBFS.${advice}`;
}

// RMS of frames in dB re the loudest of them, not below −80.
function frameLevels(x, frame) {
  const power = Float64Array.from({ length: Math.max(1, Math.floor(x.length / frame)) }, (_, m) =>
    powerOf(x.subarray(m * frame, (m + 1) * frame)));
  return powerToDb(power, -80);
}

// The first frame at or above the threshold, and the one after the last.
function loudPart(levels, thresholdDb) {
  let [first, last] = [0, levels.length];
  while (first < last - 1 && levels[first] < thresholdDb) first++;
  while (last > first + 1 && levels[last - 1] < thresholdDb) last--;
  return [first, last];
}

export default { render };
