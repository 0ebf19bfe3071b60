// The plane with its roots, and what they do: gain and group delay over frequency, impulse response over time.
const TOP = 1.4, N_PLACES = 400, RESPONSE_MS = 30, FIRST_MS = 5;

function render({ model, el }) {
  const rate = model.get("sample_rate"), [clip] = signalsOf(model, "audio");
  const ui = explorable(model, el, () => draw(lab));
  const placesHz = Float64Array.from({ length: N_PLACES + 1 }, (_, i) => (i * rate) / 2 / N_PLACES);
  const lab = {
    model, ui, rate, clip, placesHz, placesKhz: placesHz.map((hz) => hz / 1000),
    twice: Float64Array.from({ length: 2 * clip.length }, (_, n) => clip[n % clip.length]),
    click: Float64Array.from({ length: Math.round((RESPONSE_MS * rate) / 1000) }, (_, n) => (n ? 0 : 1)),
    xAxis: { low: 0, high: rate / 2000, label: "frequency in kHz" }, held: null, // the root that follows the pointer
    plane: ui.plot({ height: 290, label: "The plane of poles and zeros." }),
    gain: ui.plot({ height: 290, share: 1.4, label: "Gain over frequency." }),
    delay: ui.plot({ height: 180, share: 1.4, label: "Group delay over frequency." }),
    ringing: ui.plot({ height: 180, share: 1.4, label: "Impulse response." }),
  };
  lab.plane.onDrag((event) => drag(lab, event));
  const filtered = () => ({ signal: throughFilter(lab), sampleRate: rate, loop: true });
  lab.filtered = soundButton(ui, "Hear it filtered", filtered);
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: rate, loop: true }), { follow: false });
  return ui.close;
}

function coefficients({ model }) {
  const [b, a] = ["zero", "pole"].map((root) => pairPolynomial(...valuesOf(model, `${root}_radius`, `${root}_angle`)));
  return { b, a, isStable: model.get("pole_radius") < 1 };
}

// The clip as it repeats for ever, as loud after the filter as before; nothing if the filter is unstable.
function throughFilter(lab) {
  const { clip } = lab, { b, a, isStable } = coefficients(lab);
  if (!isStable) return new Float64Array(clip.length);
  const out = lfilter(b, a, lab.twice).subarray(clip.length), factor = rmsOf(clip) / (rmsOf(out) + 1e-12);
  return out.map((value) => value * factor);
}

// The root that was nearest when the pointer went down follows it; below the axis its partner does.
function drag(lab, { x, y, pixelX, pixelY, kind }) {
  const { ui, plane } = lab;
  if (kind === "down") {
    const far = (root) => {
      const [re, im] = placeOf(lab, root);
      return Math.hypot(plane.toX(re) - pixelX, plane.toY(Math.sign(y || 1) * im) - pixelY);
    };
    lab.held = far("pole") < far("zero") ? "pole" : "zero"; // zeros that lie on the poles can be pulled off
  }
  const most = lab.held === "pole" ? 1.1 : 1.3, degrees = (Math.abs(Math.atan2(y, x)) * 180) / Math.PI;
  ui.set(`${lab.held}_radius`, Math.min(most, Math.round(Math.hypot(x, y) * 200) / 200));
  ui.set(`${lab.held}_angle`, Math.round(degrees * 2) / 2);
}

function placeOf({ model }, root) {
  const radius = model.get(`${root}_radius`), angle = (model.get(`${root}_angle`) * Math.PI) / 180;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function draw(lab) {
  const { filtered } = lab, { b, a, isStable } = coefficients(lab);
  const filterState = isStable ? "" : "unstable: no tone stays steady";
  filtered.element.disabled = !isStable;
  if (!isStable) filtered.speaker.stop();
  drawPlane(lab, isStable);
  const mostDb = drawGain(lab, b, a, filterState);
  drawDelay(lab, b, a, filterState);
  drawRinging(lab, lfilter(b, a, lab.click));
  const words = outcome(lab, isStable, mostDb);
  lab.ui.say(words);
  lab.plane.describe(words);
}

function drawPlane(lab, isStable) {
  const { plane } = lab;
  const title = isStable ? "stable: both poles × inside" : "UNSTABLE: poles × not inside";
  plane.plane(TOP, { x: "real part", y: "imaginary part", title });
  const turn = Float64Array.from({ length: 121 }, (_, i) => (i * Math.PI) / 60);
  plane.line(turn.map(Math.cos), turn.map(Math.sin), { colour: "faint", width: 1.5 });
  const [zeroRe, zeroIm] = placeOf(lab, "zero"), [poleRe, poleIm] = placeOf(lab, "pole");
  plane.points([zeroRe, zeroRe], [zeroIm, -zeroIm], { colour: 0, radius: 8, hollow: true });
  for (const im of [poleIm, -poleIm]) cross(lab, poleRe, im);
}

function cross({ plane }, re, im) {
  const [x, y] = [plane.toX(re), plane.toY(im)];
  plane.stroke({ colour: 4, width: 3 }, () => {
    plane.segment(x - 7, y - 7, x + 7, y + 7);
    plane.segment(x - 7, y + 7, x + 7, y - 7);
  });
}

function marks({ model, rate }, plot) {
  plot.vertical((model.get("zero_angle") * rate) / 360000, { colour: 0, width: 1.2, dash: [2, 4], text: "○" });
  plot.vertical((model.get("pole_angle") * rate) / 360000, { colour: 4, width: 1.2, dash: [7, 4], text: "×" });
}

function drawGain(lab, b, a, filterState) {
  const { gain } = lab, title = filterState || "what becomes of a steady tone";
  gain.frame({ x: lab.xAxis, y: { low: -50, high: 50, label: "gain in dB" }, title });
  marks(lab, gain);
  gain.describe(`Gain: ${filterState}.`);
  if (filterState) return Infinity;
  const { re, im } = frequencyResponse(b, a, lab.placesHz, lab.rate);
  const levelDb = re.map((value, i) => decibels(value * value + im[i] * im[i]));
  gain.line(lab.placesKhz, levelDb, { colour: "ink" });
  const [low, high] = [Math.min(...levelDb), Math.max(...levelDb)];
  gain.describe(`Gain between ${signed(low, 1)} and ${signed(high, 1)} dB.`);
  return high;
}

function drawDelay(lab, b, a, filterState) {
  const { rate, placesHz, delay } = lab;
  const late = filterState ? [] : groupDelay(b, a, placesHz, rate), most = peakOf(late.filter(Number.isFinite));
  const high = [5, 10, 20, 50, 100, 200, 500].find((end) => end >= most) ?? 500;
  const title = filterState || "group delay";
  delay.frame({ x: lab.xAxis, y: { low: -high, high, label: "delay in samples" }, title });
  marks(lab, delay);
  delay.describe(`Group delay: ${filterState}.`);
  if (filterState) return;
  delay.line(lab.placesKhz, late, { colour: "ink" });
  delay.describe(`Group delay, at most ${most.toFixed(0)} samples from zero.`);
}

function drawRinging({ rate, ringing }, response) {
  const most = peakOf(response.subarray(0, Math.round((FIRST_MS * rate) / 1000)));
  const high = [1, 2, 5, 10, 20, 50, 100, 200].find((end) => end >= most) ?? 500;
  ringing.frame({
    x: { low: 0, high: RESPONSE_MS, label: "time in ms" }, y: { low: -high, high, label: "response" },
    title: "what one click becomes",
  });
  const times = response.map((_, n) => (1000 * n) / rate);
  ringing.line(times, response.map((value) => clamp(value, -1e6, 1e6)), { colour: 2, width: 1.5 });
  ringing.describe(`Impulse response over ${RESPONSE_MS} ms.`);
}

function outcome({ model, rate }, isStable, mostDb) {
  const [radius, zeroRadius] = valuesOf(model, "pole_radius", "zero_radius");
  const [poleAngle, zeroAngle] = valuesOf(model, "pole_angle", "zero_angle");
  const [poleHz, zeroHz] = [poleAngle, zeroAngle].map((angle) => `${Math.round((angle * rate) / 360)} Hz`);
  const double = poleAngle % 180 === 0 ? " (a double pole on the real axis)" : "";
  const poles = `Poles: radius ${radius.toFixed(3)} at ${poleHz}${double}`;
  if (!isStable) {
    const growthDb = (20 * Math.log10(radius) * rate) / 1000;
    const click = radius > 1 ? `grows by ${growthDb.toFixed(1)} dB every ms` : "rings for ever";
    return `${poles}. Unstable: one click ${click}. Drawn, not played.`;
  }
  if (radius === zeroRadius && poleHz === zeroHz) return `${poles}, cancelled by the zeros. Gain: 0.0 dB.`;
  const ringMs = radius ? ((3 / -Math.log10(radius)) * 1000) / rate : 0;
  const zeros = zeroRadius === 1 ? `silence ${zeroHz}` : `radius ${zeroRadius.toFixed(3)} at ${zeroHz}`;
  const gain = `Gain: up to ${signed(mostDb, 1)} dB.`;
  return `${poles}, ring for ${ringMs.toFixed(1)} ms (60 dB). Zeros: ${zeros}. ${gain}`;
}

export default { render };
