// One period of a tone, its partials, two seconds of its envelope, and the air that carries it.
const TONE_RATE = 48000, TONE_S = 2, TONE_RMS = 0.1, SPEED_M_S = 343, AIR_M = 4, N_PARCELS = 1800, CROWDING = 0.6;
const MARKED_M = 2, N_PERIOD = 1024, SLOW_S = 2.5; // in slow motion a period takes so long

function render({ model, el }) {
  let period = null, isMoving = false, movedTurns = 0, lastTime = 0;
  const random = seededRandom(8), scattered = Float64Array.from({ length: 30 }, () => 2 * Math.PI * random());
  const parcels = Float64Array.from({ length: 2 * N_PARCELS }, (_, i) => (i % 2 ? 2 * random() - 1 : -0.5 + 5 * random()));

  const ui = explorable(model, el, draw);
  const wave = ui.plot({ height: 190, share: 0.9, label: "Wave of the tone." });
  const bars = ui.plot({ height: 190, share: 0.9, label: "Amplitudes of the harmonics." });
  const note = ui.plot({ height: 190, share: 0.9, label: "Envelope of the note." });
  const air = ui.plot({ height: 150, share: 3, label: "Parcels of air and the pressure." });
  bars.onDrag(({ x, y }) => setAmplitude(Math.min(8, Math.max(1, Math.round(x))), Math.round(20 * y) / 20));
  const sliders = amplitudeSliders();
  soundButton(ui, "Hear the note", () => ({ signal: enveloped(), sampleRate: TONE_RATE }));
  soundButton(ui, "Hear it held", () => ({ signal: tone(), sampleRate: TONE_RATE, loop: true }));
  const move = button(ui, "Move the air", reducedMotion() ? step : toggle);
  if (reducedMotion()) move.textContent = "Air: an eighth of a period on";
  ui.closers.push(() => { isMoving = false; });
  return ui.close;

  function setAmplitude(k, value) {
    ui.set("amplitudes", model.get("amplitudes").map((old, i) => (i === k - 1 ? Math.min(1, Math.max(0, value)) : old)));
  }

  // Eight small sliders for what is dragged in the picture.
  function amplitudeSliders() {
    const row = make("div", { className: "control" }, make("span", { textContent: "amplitudes A₁ … A₈" }));
    Object.assign(row.style, { flex: "1 1 100%", flexWrap: "wrap", gap: "0.2em 0.9em" });
    const inputs = model.get("amplitudes").map((_, i) => {
      const id = newId(), input = make("input", { type: "range", id, min: 0, max: 1, step: 0.05 });
      input.style.flex = "1 1 3.5em";
      input.style.minWidth = "3.5em";
      input.addEventListener("input", () => setAmplitude(i + 1, Number(input.value)));
      const label = make("label", { htmlFor: id, textContent: i + 1 });
      row.append(make("div", { className: "control" }, label, input));
      row.lastChild.style.flex = "1 1 4.5em";
      input.setAttribute("aria-label", `amplitude of harmonic ${i + 1}`);
      return input;
    });
    ui.controls.prepend(row);
    return inputs;
  }

  // {hz, amplitude, phase, k} of each partial that sounds, at an RMS of 0.1; the detuned harmonic makes two.
  function partials() {
    const given = model.get("amplitudes"), f0 = model.get("fundamental_hz"), apart = model.get("detune_hz");
    const all = Array.from({ length: model.get("highest") }, (_, i) => {
      const k = i + 1, phase = model.get("scatter") * scattered[i];
      return { hz: k * f0, amplitude: k <= 8 ? given[i] : (8 * given[7]) / k, phase, k };
    }).filter(({ amplitude }) => amplitude > 0);
    const power = all.reduce((sum, { amplitude }) => sum + (amplitude * amplitude) / 2, 0);
    const scale = power > 0 ? TONE_RMS / Math.sqrt(power) : 0;
    return all.flatMap((one) => {
      const whole = { ...one, amplitude: scale * one.amplitude }, half = { ...whole, amplitude: whole.amplitude / 2 };
      return apart && one.k === model.get("detuned") ? [half, { ...half, hz: one.hz + apart }] : [whole];
    });
  }

  // Two seconds; frequencies that are multiples of ½ Hz come back to where they began.
  function tone() {
    const whole = partials().map((one) => ({ ...one, hz: Math.round(one.hz * TONE_S) / TONE_S }));
    return sumOfSines(whole, TONE_S * TONE_RATE, TONE_RATE);
  }

  function enveloped() {
    const shape = adsr(TONE_S * TONE_RATE, TONE_RATE, envelope());
    return sumOfSines(partials(), TONE_S * TONE_RATE, TONE_RATE).map((value, n) => value * shape[n]);
  }

  function envelope() {
    const [attackS, decayS, releaseS] = ["attack_s", "decay_s", "release_s"].map((name) => model.get(name));
    return { attackS, decayS, releaseS, sustain: model.get("sustain_level") };
  }

  function toggle() {
    isMoving = !isMoving;
    move.textContent = isMoving ? "Hold the air" : "Move the air";
    lastTime = performance.now();
    if (isMoving) requestAnimationFrame(advance);
    else ui.set("instant", Math.round(50 * ((model.get("instant") + movedTurns) % 1)) / 50);
    if (!isMoving) movedTurns = 0;
    ui.redraw();
  }

  function step() { ui.set("instant", (model.get("instant") + 0.125) % 1); }

  function advance(time) {
    if (!isMoving || !el.isConnected) return;
    movedTurns += Math.max(0, time - lastTime) / 1000 / SLOW_S;
    lastTime = time;
    drawAir();
    requestAnimationFrame(advance);
  }

  function draw() {
    const all = partials(), f0 = model.get("fundamental_hz"), apart = model.get("detune_hz"), m = model.get("detuned");
    const still = all.map(({ amplitude, phase, k }) => ({ hz: k, amplitude, phase })); // at the start, halves in step
    period = sumOfSines(still, N_PERIOD, N_PERIOD);
    const peak = period.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    model.get("amplitudes").forEach((value, i) => {
      sliders[i].value = value;
      sliders[i].setAttribute("aria-valuetext", value.toFixed(2));
    });
    drawWave(f0, peak);
    drawBars(m, apart);
    const fallDb = drawNote(all, m, apart);
    drawAir(peak);
    if (!all.length) return ui.say("No partial is left: silence.");
    const count = new Set(all.map(({ k }) => k)).size, crest = (20 * Math.log10(peak / TONE_RMS)).toFixed(1);
    const isBeating = apart > 0 && all.some(({ k }) => k === m);
    const fall = fallDb > 60 ? "falls silent with it" : `falls by ${fallDb.toFixed(1)} dB`;
    const fading = isBeating ? ` Harmonic ${m} fades ${labelOf(apart)} times a second, the whole tone ${fall}.` : "";
    ui.say(`${count} ${count === 1 ? "harmonic" : "harmonics"} of ${labelOf(f0)} Hz, peak ${crest} dB over RMS.${fading}`);
  }

  function drawWave(f0, peak) {
    const endMs = 3000 / f0, high = peak > 0.48 ? 0.8 : 0.5;
    const xAxis = { low: 0, high: endMs, label: "time in ms" };
    wave.frame({ x: xAxis, y: { low: -high, high, label: "amplitude" }, title: "3 periods" });
    const xs = Float64Array.from({ length: 601 }, (_, i) => (endMs * i) / 600);
    wave.line(xs, xs.map((_, i) => period[Math.round((i * N_PERIOD) / 200) % N_PERIOD]), { colour: 0 });
    wave.describe(`Three periods of the wave, ${endMs.toFixed(1)} ms; it reaches ${peak.toFixed(2)}.`);
  }

  function drawBars(m, apart) {
    const given = model.get("amplitudes"), highest = model.get("highest");
    const step = highest > 12 ? 5 : highest > 8 ? 2 : 1, nShown = Math.max(8, highest);
    const ticks = Array.from({ length: nShown }, (_, i) => i + 1).filter((k) => k === 1 || k % step === 0);
    bars.frame({
      x: { low: 0.4, high: nShown + 0.6, label: "harmonic k", ticks },
      y: { low: 0, high: 1.05, label: "amplitude" }, title: "drag a bar", legend: [["detuned", 1]],
    });
    bars.clipped((pen) => {
      const width = Math.min(22, 0.7 * (bars.toX(2) - bars.toX(1))), zero = bars.toY(0);
      for (let k = 1; k <= nShown; k++) {
        const value = k <= 8 ? given[k - 1] : (8 * given[7]) / k, top = Math.min(zero - 2, bars.toY(value));
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
  function drawNote(all, m, apart) {
    const pair = all.filter(({ k }) => apart && k === m);
    const power = (some) => some.reduce((sum, { amplitude }) => sum + amplitude ** 2 / 2, 0);
    const steady = power(all) - power(pair), beating = 2 * power(pair); // two halves: twice the power of the whole, halved
    const xs = Float64Array.from({ length: 801 }, (_, i) => (TONE_S * i) / 800);
    const shape = adsr(801, 800 / TONE_S, envelope());
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
  function drawAir(peak = air.peak) {
    air.peak = peak;
    const f0 = model.get("fundamental_hz"), turns = model.get("instant") + movedTurns, wavelength = SPEED_M_S / f0;
    const { pressure, shift } = airTables(period, peak);
    const at = (table, x) => table[((Math.floor((turns - x / wavelength) * N_PERIOD) % N_PERIOD) + N_PERIOD) % N_PERIOD];
    const shown = isMoving ? `slow motion, one period in ${SLOW_S} s` : `${(turns % 1).toFixed(2)} of a period`;
    air.frame({
      x: { low: 0, high: AIR_M, label: "place in m" }, y: { low: -1.1, high: 1.1, label: "p / peak", ticks: [-1, 0, 1] },
      title: `wavelength ${wavelength.toFixed(2)} m, ${shown}`, legend: [["pressure", 0], ["where the dot rests", 1, [6, 4]]],
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
    if (isMoving) return;
    air.describe(`Parcels of air crowd where the pressure is high; wavelength ${wavelength.toFixed(2)} m, at ${shown}.`);
  }
}

// Over one period of time at x = 0: pressure re its peak, and displacement in wavelengths; p ∝ −∂ξ/∂x ∝ ∂ξ/∂t.
function airTables(period, peak) {
  const pressure = period.map((value) => value / (peak || 1));
  let total = 0;
  const sum = pressure.map((value) => (total += value) / period.length), mean = sum.reduce((a, b) => a + b, 0) / sum.length;
  return { pressure, shift: sum.map((value) => CROWDING * (value - mean)) };
}

export default { render };
