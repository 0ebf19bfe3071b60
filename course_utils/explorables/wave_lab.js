// One period of a tone, its partials, two seconds of its envelope, and the air that carries it.
const TONE_RATE = 48000, TONE_S = 2, TONE_RMS = 0.1, SPEED_M_S = 343, AIR_M = 4, N_PARCELS = 1800, CROWDING = 0.6;
const MARKED_M = 2, N_PERIOD = 1024, SLOW_S = 2.5; // in slow motion a period takes so long

function render({ model, el }) {
  const random = seededRandom(8), scattered = Float64Array.from({ length: 30 }, () => 2 * Math.PI * random());
  const parcels = Float64Array.from({ length: 2 * N_PARCELS }, (_, i) =>
    (i % 2 ? 2 * random() - 1 : -0.5 + 5 * random()));
  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, el, scattered, parcels, period: null, peak: 0, isMoving: false, movedTurns: 0, lastTime: 0,
    wave: ui.plot({ height: 190, share: 0.9, label: "Wave of the tone." }),
    bars: ui.plot({ height: 190, share: 0.9, label: "Amplitudes of the harmonics." }),
    note: ui.plot({ height: 190, share: 0.9, label: "Envelope of the note." }),
    air: ui.plot({ height: 150, share: 3, label: "Parcels of air and the pressure." }),
  };
  lab.bars.onDrag(({ x, y }) => setAmplitude(lab, clamp(Math.round(x), 1, 8), Math.round(20 * y) / 20));
  lab.sliders = amplitudeSliders(lab);
  soundButton(ui, "Hear the note", () => ({ signal: enveloped(lab), sampleRate: TONE_RATE }));
  soundButton(ui, "Hear it held", () => ({ signal: tone(lab), sampleRate: TONE_RATE, loop: true }));
  lab.move = button(ui, "Move the air", reducedMotion() ? () => step(lab) : () => toggle(lab));
  if (reducedMotion()) lab.move.textContent = "Air: an eighth of a period on";
  ui.closers.push(() => { lab.isMoving = false; });
  return ui.close;
}

function setAmplitude({ model, ui }, k, value) {
  ui.set("amplitudes", model.get("amplitudes").map((old, i) => (i === k - 1 ? clamp(value, 0, 1) : old)));
}

// Eight small sliders for what is dragged in the picture.
function amplitudeSliders(lab) {
  const row = make("div", { className: "control" }, make("span", { textContent: "amplitudes A₁ … A₈" }));
  Object.assign(row.style, { flex: "1 1 100%", flexWrap: "wrap", gap: "0.2em 0.9em" });
  const inputs = lab.model.get("amplitudes").map((_, i) => {
    const id = newId(), input = make("input", { type: "range", id, min: 0, max: 1, step: 0.05 });
    Object.assign(input.style, { flex: "1 1 3.5em", minWidth: "3.5em" });
    input.setAttribute("aria-label", `amplitude of harmonic ${i + 1}`);
    input.addEventListener("input", () => setAmplitude(lab, i + 1, Number(input.value)));
    row.append(make("div", { className: "control" }, make("label", { htmlFor: id, textContent: i + 1 }), input));
    row.lastChild.style.flex = "1 1 4.5em";
    return input;
  });
  lab.ui.controls.prepend(row);
  return inputs;
}

// {hz, amplitude, phase, k} of each partial that sounds, at an RMS of 0.1; the detuned harmonic makes two.
function partials({ model, scattered }) {
  const [f0, nHarmonics, scatter] = valuesOf(model, "fundamental_hz", "highest", "scatter");
  const [given, detuned, apart] = valuesOf(model, "amplitudes", "detuned", "detune_hz");
  const all = Array.from({ length: nHarmonics }, (_, i) => i + 1)
    .map((k) => ({ hz: k * f0, amplitude: amplitudeOf(given, k), phase: scatter * scattered[k - 1], k }))
    .filter(({ amplitude }) => amplitude > 0);
  const power = powerSum(all), scale = power > 0 ? TONE_RMS / Math.sqrt(power) : 0;
  return all.flatMap((one) => {
    const whole = { ...one, amplitude: scale * one.amplitude }, half = { ...whole, amplitude: whole.amplitude / 2 };
    return apart && one.k === detuned ? [half, { ...half, hz: one.hz + apart }] : [whole];
  });
}

const amplitudeOf = (given, k) => (k <= 8 ? given[k - 1] : (8 * given[7]) / k); // beyond the eighth they fall like 1/k
const powerSum = (some) => some.reduce((sum, { amplitude }) => sum + amplitude ** 2 / 2, 0);

// Two seconds; frequencies that are multiples of ½ Hz come back to where they began.
function tone(lab) {
  const whole = partials(lab).map((one) => ({ ...one, hz: Math.round(one.hz * TONE_S) / TONE_S }));
  return sumOfSines(whole, TONE_S * TONE_RATE, TONE_RATE);
}

function enveloped(lab) {
  const shape = adsr(TONE_S * TONE_RATE, TONE_RATE, envelope(lab));
  return sumOfSines(partials(lab), TONE_S * TONE_RATE, TONE_RATE).map((value, n) => value * shape[n]);
}

function envelope({ model }) {
  const [attackS, decayS, sustain, releaseS] = valuesOf(model, "attack_s", "decay_s", "sustain_level", "release_s");
  return { attackS, decayS, sustain, releaseS };
}

function toggle(lab) {
  const { ui } = lab;
  lab.isMoving = !lab.isMoving;
  lab.move.textContent = lab.isMoving ? "Hold the air" : "Move the air";
  lab.lastTime = performance.now();
  if (lab.isMoving) requestAnimationFrame((time) => advance(lab, time));
  else ui.set("instant", Math.round(50 * ((lab.model.get("instant") + lab.movedTurns) % 1)) / 50);
  if (!lab.isMoving) lab.movedTurns = 0;
  ui.redraw();
}

function step({ model, ui }) { ui.set("instant", (model.get("instant") + 0.125) % 1); }

function advance(lab, time) {
  if (!lab.isMoving || !lab.el.isConnected) return;
  lab.movedTurns += Math.max(0, time - lab.lastTime) / 1000 / SLOW_S;
  lab.lastTime = time;
  drawAir(lab);
  requestAnimationFrame((next) => advance(lab, next));
}

function draw(lab) {
  const { model, ui } = lab, all = partials(lab);
  const [f0, apart, m] = valuesOf(model, "fundamental_hz", "detune_hz", "detuned");
  const still = all.map(({ amplitude, phase, k }) => ({ hz: k, amplitude, phase })); // at the start, halves in step
  lab.period = sumOfSines(still, N_PERIOD, N_PERIOD);
  lab.peak = peakOf(lab.period);
  model.get("amplitudes").forEach((value, i) => {
    lab.sliders[i].value = value;
    lab.sliders[i].setAttribute("aria-valuetext", value.toFixed(2));
  });
  drawWave(lab, f0);
  drawBars(lab, m, apart);
  const fallDb = drawNote(lab, all, m, apart);
  drawAir(lab);
  if (!all.length) return ui.say("No partial is left: silence.");
  const count = new Set(all.map(({ k }) => k)).size, harmonics = `${count} ${count === 1 ? "harmonic" : "harmonics"}`;
  const crest = (20 * Math.log10(lab.peak / TONE_RMS)).toFixed(1);
  const isBeating = apart > 0 && all.some(({ k }) => k === m);
  const fall = fallDb > 60 ? "falls silent with it" : `falls by ${fallDb.toFixed(1)} dB`;
  const fading = isBeating ? ` Harmonic ${m} fades ${labelOf(apart)} times a second, the whole tone ${fall}.` : "";
  ui.say(`${harmonics} of ${labelOf(f0)} Hz, peak ${crest} dB over RMS.${fading}`);
}

function drawWave({ wave, period, peak }, f0) {
  const endMs = 3000 / f0, high = peak > 0.48 ? 0.8 : 0.5, x = { low: 0, high: endMs, label: "time in ms" };
  wave.frame({ x, y: { low: -high, high, label: "amplitude" }, title: "3 periods" });
  const xs = Float64Array.from({ length: 601 }, (_, i) => (endMs * i) / 600);
  wave.line(xs, xs.map((_, i) => period[Math.round((i * N_PERIOD) / 200) % N_PERIOD]), { colour: 0 });
  wave.describe(`Three periods of the wave, ${endMs.toFixed(1)} ms; it reaches ${peak.toFixed(2)}.`);
}

function drawBars({ model, bars }, m, apart) {
  const [given, highest] = valuesOf(model, "amplitudes", "highest"), nShown = Math.max(8, highest);
  const apartTicks = highest > 12 ? 5 : highest > 8 ? 2 : 1;
  const ticks = Array.from({ length: nShown }, (_, i) => i + 1).filter((k) => k === 1 || k % apartTicks === 0);
  bars.frame({
    x: { low: 0.4, high: nShown + 0.6, label: "harmonic k", ticks },
    y: { low: 0, high: 1.05, label: "amplitude" }, title: "drag a bar", legend: [["detuned", 1]],
  });
  bars.clipped((pen) => {
    const width = Math.min(22, 0.7 * (bars.toX(2) - bars.toX(1))), zero = bars.toY(0);
    for (let k = 1; k <= nShown; k++) {
      const value = amplitudeOf(given, k), top = Math.min(zero - 2, bars.toY(value));
      const isDetuned = k === m, sounds = k <= highest && value > 0;
      pen.fillStyle = pen.strokeStyle = bars.colour(isDetuned ? 1 : 0);
      pen.lineWidth = 1.5;
      const paint = (x, y, w) => (sounds ? pen.fillRect(x, y, w, zero - y) : pen.strokeRect(x, y, w, zero - y));
      if (!isDetuned || !apart) paint(bars.toX(k) - width / 2, top, width);
      else for (const side of [-1, 0.15]) paint(bars.toX(k) + side * 0.55 * width, bars.toY(value / 2), 0.42 * width);
    }
  });
  const list = given.map((value) => value.toFixed(2)).join(", ");
  bars.describe(`Bars to be dragged, amplitudes of harmonics 1 to 8: ${list}; those up to ${highest} sound.`);
}

// Envelope and RMS of the note; returns by how many dB the beats make the RMS fall.
function drawNote(lab, all, m, apart) {
  const { note } = lab, pair = all.filter(({ k }) => apart && k === m);
  const beating = 2 * powerSum(pair); // two halves: twice the power of the whole, halved
  const steady = powerSum(all) - powerSum(pair);
  const xs = Float64Array.from({ length: 801 }, (_, i) => (TONE_S * i) / 800);
  const shape = adsr(801, 800 / TONE_S, envelope(lab));
  const rms = xs.map((t, i) => shape[i] * Math.sqrt(steady + beating * Math.cos(Math.PI * apart * t) ** 2));
  note.frame({
    x: { low: 0, high: TONE_S, label: "time in s" }, y: { low: 0, high: 0.12, label: "RMS over a period" },
    legend: [["note", 0], ["ADSR", 1, [8, 5]]],
  });
  note.line(xs, rms, { colour: 0, width: 4 });
  note.line(xs, shape.map((value) => TONE_RMS * value), { colour: 1, width: 1.5, dash: [8, 5] });
  const beats = pair.length ? `swells and fades ${labelOf(apart)} times a second under` : "follows";
  note.describe(`The note ${beats} its envelope.`);
  return 10 * Math.log10((steady + beating) / steady);
}

// Pressure at −1…1, and parcels displaced so that their density follows it.
function drawAir(lab) {
  const { parcels, air } = lab, [f0, instant] = valuesOf(lab.model, "fundamental_hz", "instant");
  const turns = instant + lab.movedTurns, wavelength = SPEED_M_S / f0;
  const { pressure, shift } = airTables(lab.period, lab.peak);
  const at = (table, x) => table[((Math.floor((turns - x / wavelength) * N_PERIOD) % N_PERIOD) + N_PERIOD) % N_PERIOD];
  const moment = lab.isMoving ? `slow motion, one period in ${SLOW_S} s` : `${(turns % 1).toFixed(2)} of a period`;
  air.frame({
    x: { low: 0, high: AIR_M, label: "position in m" },
    y: { low: -1.1, high: 1.1, label: "p / peak", ticks: [-1, 0, 1] },
    title: `wavelength ${wavelength.toFixed(2)} m, ${moment}`,
    legend: [["pressure", 0], ["where the dot rests", 1, [6, 4]]],
  });
  air.clipped((pen) => {
    pen.fillStyle = air.colour("faint");
    for (let i = 0; i < parcels.length; i += 2) {
      pen.fillRect(air.toX(parcels[i] + wavelength * at(shift, parcels[i])) - 1, air.toY(parcels[i + 1]) - 1, 2, 2);
    }
  });
  const xs = Float64Array.from({ length: 501 }, (_, i) => (AIR_M * i) / 500);
  air.line(xs, xs.map((x) => at(pressure, x)), { colour: 0 });
  air.points([MARKED_M + wavelength * at(shift, MARKED_M)], [0], { colour: 1, radius: 7 });
  air.vertical(MARKED_M, { colour: 1, width: 1.2 });
  if (lab.isMoving) return;
  air.describe(`Parcels of air crowd where the pressure is high; wavelength ${wavelength.toFixed(2)} m, at ${moment}.`);
}

// Over one period of time at x = 0: pressure re its peak, and displacement in wavelengths; p ∝ −∂ξ/∂x ∝ ∂ξ/∂t.
function airTables(period, peak) {
  const pressure = period.map((value) => value / (peak || 1));
  let total = 0;
  const sum = pressure.map((value) => (total += value) / period.length), mean = sumOf(sum) / sum.length;
  return { pressure, shift: sum.map((value) => CROWDING * (value - mean)) };
}

export default { render };
