// The plane with its roots, and what they do: gain and group delay over frequency, impulse response over time.
const TOP = 1.4, N_PLACES = 400, RESPONSE_MS = 30, FIRST_MS = 5;

function render({ model, el }) {
  const rate = model.get("sample_rate"), [clip] = signalsOf(model, "audio");
  const clipRms = rmsOf(clip), twice = Float64Array.from({ length: 2 * clip.length }, (_, n) => clip[n % clip.length]);
  const placesHz = Float64Array.from({ length: N_PLACES + 1 }, (_, i) => (i * rate) / 2 / N_PLACES);
  const placesKhz = placesHz.map((hz) => hz / 1000), xAxis = { low: 0, high: rate / 2000, label: "frequency in kHz" };
  const nResponse = Math.round((RESPONSE_MS * rate) / 1000), click = new Float64Array(nResponse);
  click[0] = 1;
  const responseMs = click.map((_, n) => (1000 * n) / rate);
  let held = null;

  const ui = explorable(model, el, draw);
  const plane = ui.plot({ height: 290, label: "The plane of poles and zeros." });
  const gain = ui.plot({ height: 290, share: 1.4, label: "Gain over frequency." });
  const delay = ui.plot({ height: 180, share: 1.4, label: "Group delay over frequency." });
  const ringing = ui.plot({ height: 180, share: 1.4, label: "Impulse response." });
  plane.onDrag(drag);
  const filtered = soundButton(ui, "Hear it filtered", () => ({ signal: throughFilter(), sampleRate: rate, loop: true }));
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: rate, loop: true }), { follow: false });
  return ui.close;

  function coefficients() {
    const [b, a] = ["zero", "pole"].map((kind) => pairPolynomial(model.get(`${kind}_radius`), model.get(`${kind}_angle`)));
    return { b, a, isStable: model.get("pole_radius") < 1 };
  }

  // The clip as it repeats for ever, as loud after the filter as before; nothing if the filter is unstable.
  function throughFilter() {
    const { b, a, isStable } = coefficients();
    if (!isStable) return new Float64Array(clip.length);
    const out = lfilter(b, a, twice).subarray(clip.length), factor = clipRms / (rmsOf(out) + 1e-12);
    return out.map((value) => value * factor);
  }

  // The root that was nearest when the pointer went down follows it; below the axis its partner does.
  function drag({ x, y, pixelX, pixelY, kind }) {
    if (kind === "down") {
      const far = (root) => {
        const [re, im] = placeOf(root);
        return Math.hypot(plane.toX(re) - pixelX, plane.toY(Math.sign(y || 1) * im) - pixelY);
      };
      held = far("pole") < far("zero") ? "pole" : "zero"; // zeros that lie on the poles can be pulled off
    }
    const most = held === "pole" ? 1.1 : 1.3, degrees = (Math.abs(Math.atan2(y, x)) * 180) / Math.PI;
    ui.set(`${held}_radius`, Math.min(most, Math.round(Math.hypot(x, y) * 200) / 200));
    ui.set(`${held}_angle`, Math.round(degrees * 2) / 2);
  }

  function placeOf(root) {
    const radius = model.get(`${root}_radius`), angle = (model.get(`${root}_angle`) * Math.PI) / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }

  function draw() {
    const { b, a, isStable } = coefficients();
    const filterState = isStable ? "" : "unstable: no tone stays steady";
    filtered.element.disabled = !isStable;
    if (!isStable) filtered.speaker.stop();
    drawPlane(isStable);
    const mostDb = drawGain(b, a, filterState);
    drawDelay(b, a, filterState);
    drawRinging(lfilter(b, a, click));
    const words = outcome(isStable, mostDb);
    ui.say(words);
    plane.describe(words);
  }

  function drawPlane(isStable) {
    const innerHeight = plane.height - 70, innerWidth = (plane.canvas.clientWidth || plane.width) - 76;
    const side = (TOP * innerWidth) / innerHeight;
    plane.frame({
      x: { low: -side, high: side, label: "real part" }, y: { low: -TOP, high: TOP, label: "imaginary part" },
      title: isStable ? "stable: both poles × inside" : "UNSTABLE: poles × not inside",
    });
    const turn = Float64Array.from({ length: 121 }, (_, i) => (i * Math.PI) / 60);
    plane.line(turn.map(Math.cos), turn.map(Math.sin), { colour: "faint", width: 1.5 });
    const [zeroRe, zeroIm] = placeOf("zero"), [poleRe, poleIm] = placeOf("pole");
    plane.points([zeroRe, zeroRe], [zeroIm, -zeroIm], { colour: 0, radius: 8, hollow: true });
    for (const im of [poleIm, -poleIm]) cross(poleRe, im);
  }

  function cross(re, im) {
    plane.clipped((pen) => {
      const [x, y] = [plane.toX(re), plane.toY(im)];
      pen.strokeStyle = plane.colour(4);
      pen.lineWidth = 3;
      pen.beginPath();
      plane.segment(x - 7, y - 7, x + 7, y + 7);
      plane.segment(x - 7, y + 7, x + 7, y - 7);
      pen.stroke();
    });
  }

  function marks(plot) {
    plot.vertical((model.get("zero_angle") * rate) / 360000, { colour: 0, width: 1.2, dash: [2, 4], text: "○" });
    plot.vertical((model.get("pole_angle") * rate) / 360000, { colour: 4, width: 1.2, dash: [7, 4], text: "×" });
  }

  function drawGain(b, a, filterState) {
    gain.frame({ x: xAxis, y: { low: -50, high: 50, label: "gain in dB" }, title: filterState || "what becomes of a steady tone" });
    marks(gain);
    if (filterState) return Infinity;
    const { re, im } = frequencyResponse(b, a, placesHz, rate);
    const levelDb = re.map((value, i) => 10 * Math.log10(value * value + im[i] * im[i] + 1e-12));
    gain.line(placesKhz, levelDb, { colour: "ink" });
    const [low, high] = [Math.min(...levelDb), Math.max(...levelDb)];
    gain.describe(`Gain between ${signed(low)} and ${signed(high)} dB.`);
    return high;
  }

  function drawDelay(b, a, filterState) {
    const late = filterState ? [0] : groupDelay(b, a, placesHz, rate).filter(Number.isFinite);
    const most = late.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
    const high = [5, 10, 20, 50, 100, 200, 500].find((end) => end >= most) ?? 500;
    delay.frame({ x: xAxis, y: { low: -high, high, label: "delay in samples" }, title: filterState || "group delay" });
    marks(delay);
    if (filterState) return;
    delay.line(placesKhz, groupDelay(b, a, placesHz, rate), { colour: "ink" });
    delay.describe(`Group delay, at most ${most.toFixed(0)} samples from zero.`);
  }

  function drawRinging(response) {
    const early = response.subarray(0, Math.round((FIRST_MS * rate) / 1000));
    const most = early.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
    const high = [1, 2, 5, 10, 20, 50, 100, 200].find((end) => end >= most) ?? 500;
    ringing.frame({
      x: { low: 0, high: RESPONSE_MS, label: "time in ms" }, y: { low: -high, high, label: "response" },
      title: "what one click becomes",
    });
    ringing.line(responseMs, response.map((value) => Math.max(-1e6, Math.min(1e6, value))), { colour: 2, width: 1.5 });
    ringing.describe(`Impulse response over ${RESPONSE_MS} ms.`);
  }

  function outcome(isStable, mostDb) {
    const radius = model.get("pole_radius"), zeroRadius = model.get("zero_radius");
    const [poleHz, zeroHz] = ["pole", "zero"].map((root) => `${Math.round((model.get(`${root}_angle`) * rate) / 360)} Hz`);
    const double = model.get("pole_angle") % 180 === 0 ? " (a double pole on the real axis)" : "";
    const poles = `Poles: radius ${radius.toFixed(3)} at ${poleHz}${double}`;
    if (!isStable) {
      const growthDb = (20 * Math.log10(radius) * rate) / 1000;
      return `${poles}. Unstable: one click ${radius > 1 ? `grows by ${growthDb.toFixed(1)} dB every ms`
        : "rings for ever"}. Drawn, not played.`;
    }
    if (radius === zeroRadius && poleHz === zeroHz) return `${poles}, cancelled by the zeros. Gain: 0.0 dB.`;
    const ringMs = ((3 / -Math.log10(radius)) * 1000) / rate;
    const zeros = zeroRadius === 1 ? `silence ${zeroHz}` : `radius ${zeroRadius.toFixed(3)} at ${zeroHz}`;
    return `${poles}, ring for ${radius ? ringMs.toFixed(1) : "0.0"} ms (60 dB). Zeros: ${zeros}. Gain: up to ${signed(mostDb)} dB.`;
  }
}

const rmsOf = (x) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

const signed = (db) => db.toFixed(1).replace("-", "−");

export default { render };
