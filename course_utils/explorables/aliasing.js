// The tone in the air, its samples, the wave rebuilt from them; and the zigzag on which every tone is found again.
const AIR_RATE = 64000, AMPLITUDE = 0.3, AXIS = { low: 0, high: 16, label: "tone in the air in kHz" };

function render({ model, el }) {
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui,
    waves: ui.plot({ height: 230, share: 1.4, label: "Wave in the air, its samples and the wave rebuilt from them." }),
    zigzag: ui.plot({ height: 230, label: "Frequency heard over frequency in the air." }),
  };
  lab.zigzag.onDrag(({ x }) => ui.set("frequency_hz", clamp(Math.round(x * 20) * 50, 100, 15900)));
  soundButton(ui, "Hear the air", () => tone(lab, 48000, AMPLITUDE));
  soundButton(ui, "Hear the samples", () => tone(lab, model.get("sample_rate"), amplitude(lab)));
  return ui.close;
}

// A second of the tone, at some rate: a whole number of periods, so that it loops.
function tone({ model }, sampleRate, height) {
  const hz = model.get("frequency_hz"), turns = (n) => ((hz * n) % sampleRate) / sampleRate;
  const signal = Float64Array.from({ length: sampleRate }, (_, n) => height * Math.sin(2 * Math.PI * turns(n)));
  return { signal, sampleRate, loop: true };
}

// What the filter leaves of the tone.
function amplitude({ model }) {
  const [hz, rate, isFiltered] = valuesOf(model, "frequency_hz", "sample_rate", "anti_alias");
  return isFiltered ? AMPLITUDE * filterGain(hz, rate) : AMPLITUDE;
}

function draw(lab) {
  const [hz, rate] = valuesOf(lab.model, "frequency_hz", "sample_rate"), height = amplitude(lab);
  const heardHz = aliasFrequencyHz(hz, rate), lossDb = -20 * Math.log10(Math.max(height / AMPLITUDE, 1e-9));
  drawWaves(lab, hz, rate, height);
  drawZigzag(lab, hz, rate, heardHz);
  const weaker = lossDb < 1 ? "" : lossDb > 60 ? ", more than 60 dB weaker" : `, ${lossDb.toFixed(0)} dB weaker`;
  const isOnZeros = hz % rate === rate / 2; // a sine is sampled at its zeros; a cosine at its peaks
  const outcome = isOnZeros ? `${hz} Hz: every sample of this sine falls on a zero, and nothing comes back.`
    : `${hz} Hz comes back at ${labelOf(heardHz)} Hz${weaker}.`;
  lab.ui.say(outcome);
  lab.waves.describe(`Wave and samples over 2 ms: ${outcome}`);
  lab.zigzag.describe(`A zigzag between 0 and ${rate / 2} Hz; ${outcome}`);
}

function drawWaves({ waves }, hz, rate, height) {
  waves.frame({
    x: { low: 0, high: 2, label: "time in ms" }, y: { low: -0.45, high: 0.45, label: "amplitude" },
    title: `${rate / 1000} samples each ms`, legend: [["in the air", 0], ["rebuilt", 1, [8, 5]]],
  });
  const times = Float64Array.from({ length: 800 }, (_, i) => i / 400);
  const sine = (ms, frequencyHz) => Math.sin((2 * Math.PI * frequencyHz * ms) / 1000);
  waves.line(times, times.map((ms) => AMPLITUDE * sine(ms, hz)), { colour: 0, width: 1.2 });
  const folded = hz % rate === rate / 2 ? 0 : hz - rate * Math.round(hz / rate); // below zero: the wave is inverted
  waves.line(times, times.map((ms) => height * sine(ms, folded)), { colour: 1, width: 2.5, dash: [8, 5] });
  const at = Float64Array.from({ length: (2 * rate) / 1000 + 1 }, (_, n) => (1000 * n) / rate);
  waves.points(at, at.map((ms) => height * sine(ms, hz)), { colour: "ink", stems: true });
}

function drawZigzag({ zigzag }, hz, rate, heardHz) {
  zigzag.frame({ x: AXIS, y: { low: 0, high: 8, label: "heard in kHz" }, title: `Nyquist frequency ${rate / 2} Hz` });
  const corners = Float64Array.from({ length: 32000 / rate + 1 }, (_, k) => (k * rate) / 2000);
  zigzag.line(corners, corners.map((khz) => aliasFrequencyHz(1000 * khz, rate) / 1000), { colour: 0 });
  zigzag.vertical(rate / 2000, { colour: "faint", width: 1 });
  zigzag.points([hz / 1000], [heardHz / 1000], { colour: 1, radius: 8 });
}

// Gain of the anti-alias filter at a frequency: the DFT of its taps.
function filterGain(hz, rate) {
  const { values, reach } = resampleKernel({ fromRate: AIR_RATE, toRate: rate, width: 16 });
  let re = 0, im = 0;
  for (let tap = 0; tap <= 2 * reach; tap++) {
    re += values[tap] * Math.cos((2 * Math.PI * hz * (tap - reach)) / AIR_RATE);
    im += values[tap] * Math.sin((2 * Math.PI * hz * (tap - reach)) / AIR_RATE);
  }
  return Math.hypot(re, im);
}

export default { render };
