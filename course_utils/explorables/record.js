// A recording block by block: its waveform, its level, and what is left without the silence at both ends.
const BLOCK = 1024, MARGIN_S = 0.1, FRAME_S = 0.02;

function render({ model, el }) {
  let blocks = [], rate = 48000, recording = null, trouble = "", ranges = [], levels = null;

  const ui = explorable(model, el, draw);
  const wave = ui.plot({ height: 160, share: 3, label: "Waveform of the recording." });
  const level = ui.plot({ height: 160, share: 3, label: "Level of the recording." });
  const microphone = new Microphone(ui, onBlock);
  const start = button(ui, "● Record", () => (microphone.isOn ? finish() : begin()));
  start.setAttribute("aria-pressed", "false");
  const hear = soundButton(ui, "Hear it", () => ({ signal: kept(), sampleRate: rate }));
  hear.element.hidden = true;
  const meter = levelMeter(ui);
  for (const name of ["trim", "threshold_db"]) ui.on(name, tellPart);
  return ui.close;

  async function begin() {
    start.disabled = true;
    hear.speaker.stop();
    trouble = (await microphone.start()) ?? "";
    start.disabled = false;
    if (microphone.isOn) {
      [blocks, ranges, recording, levels, rate] = [[], [], null, null, microphone.sampleRate];
      hear.element.hidden = true;
    }
    tellState();
  }

  function onBlock(block) {
    blocks.push(block);
    ranges.push(block.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]));
    meter.show(10 * Math.log10(block.reduce((sum, value) => sum + value * value, 0) / BLOCK + 1e-12));
    if (blocks.length * BLOCK >= model.get("longest_s") * rate) finish();
    ui.redraw();
  }

  function finish() {
    microphone.stop();
    meter.show(-Infinity);
    recording = joined(blocks);
    hear.element.hidden = !recording.length;
    if (recording.length) {
      levels = frameLevels(recording, Math.round(FRAME_S * rate));
      model.send({ kind: "heard", sample_rate: rate }, undefined, [recording.buffer]);
      tellPart();
    }
    tellState();
  }

  function tellState() {
    start.textContent = microphone.isOn ? "■ Stop" : "● Record";
    start.setAttribute("aria-pressed", String(microphone.isOn));
    ui.redraw();
  }

  // [first, last) in s, to the sample; what Python cuts.
  function tellPart() {
    if (!recording?.length) return;
    const part = model.get("trim") ? loudPart(levels, model.get("threshold_db")) : [0, recording.length];
    const margin = Math.round(MARGIN_S * rate), frame = Math.round(FRAME_S * rate);
    const [first, last] = model.get("trim") ? [part[0] * frame - margin, part[1] * frame + margin] : part;
    ui.set("kept_s", [Math.max(0, first) / rate, Math.min(recording.length, last) / rate]);
  }

  function kept() {
    const [first, last] = model.get("kept_s").map((s) => Math.round(s * rate));
    return recording.slice(first, last);
  }

  function draw() {
    const end = recording ? recording.length / rate : Math.max(1, model.get("longest_s")), threshold = model.get("threshold_db");
    const colour = model.get("trim") ? 2 : "faint"; // of the threshold
    const xAxis = { low: 0, high: end, label: "time in s" };
    wave.frame({ x: xAxis, y: { low: -1, high: 1, label: "amplitude" } });
    wave.clipped((pen) => {
      pen.strokeStyle = wave.colour(0);
      pen.lineWidth = Math.max(1, wave.toX(BLOCK / rate) - wave.toX(0));
      pen.beginPath();
      ranges.forEach(([low, high], i) => {
        const x = wave.toX(((i + 0.5) * BLOCK) / rate);
        wave.segment(x, wave.toY(low) + 0.5, x, wave.toY(high) - 0.5);
      });
      pen.stroke();
    });
    level.frame({
      x: xAxis, y: { low: -80, high: 0, label: "level in dB" },
      title: "dB re loudest 20 ms", legend: [["silence is below", colour, [6, 4]]],
    });
    level.horizontal(threshold, { colour });
    if (levels) level.line(Float64Array.from(levels, (_, i) => (i + 0.5) * FRAME_S), levels, { colour: 0, width: 1.5 });
    if (recording?.length) {
      for (const plot of [wave, level]) for (const at of model.get("kept_s")) plot.vertical(at, { colour: 1 });
    }
    tell(threshold);
  }

  function tell(threshold) {
    wave.describe(recording ? `Waveform of ${(recording.length / rate).toFixed(2)} s.` : "No recording yet.");
    level.describe(recording ? `Level in steps of 20 ms; silence is below ${threshold} dB.` : "No recording yet.");
    if (trouble) return ui.say(trouble);
    if (microphone.isOn) return ui.say(`Recording; it stops after ${model.get("longest_s")} s.`);
    if (!recording) return ui.say("Press Record and speak. It goes to Python and nowhere else.");
    const peak = ranges.reduce((most, [low, high]) => Math.max(most, -low, high), 0), [first, last] = model.get("kept_s");
    const advice = peak < 1e-4 ? " It is silent: is the microphone muted?"
      : peak > 0.999 ? " It clips: go further away, or turn the microphone down." : "";
    const peakDb = (20 * Math.log10(peak + 1e-9)).toFixed(1).replace("-", "−");
    const part = `${(last - first).toFixed(2)} of ${(recording.length / rate).toFixed(2)} s`;
    ui.say(`${part} at ${rate} Hz are kept, peak ${peakDb} dBFS.${advice}`);
  }
}

// RMS of frames in dB re the loudest of them, not below −80.
function frameLevels(x, frame) {
  const power = Float64Array.from({ length: Math.max(1, Math.floor(x.length / frame)) }, (_, m) =>
    x.subarray(m * frame, (m + 1) * frame).reduce((sum, value) => sum + value * value, 0));
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
