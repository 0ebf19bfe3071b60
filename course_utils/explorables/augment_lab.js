// A clip through speaker, room, noise and masks; each step is computed again only when something before it has changed.
const RATE = 16000, N_FFT = 512, HOP = 160, N_MELS = 40, FLOOR_DB = -60, MAX_ORDER = 16, ROOM_S = 0.5;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), [rain] = signalsOf(model, "noise"), memory = new Map(); // of the last steps
  const bank = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS }), original = logMel(clip, null);
  const recorded = heatmap(original.db, original.nFrames, N_MELS, FLOOR_DB, 0);

  const ui = explorable(model, el, draw);
  const wave = ui.plot({ height: 170, share: 3, label: "Waveform of the changed clip." });
  const before = ui.plot({ height: 220, label: "Log-mel spectrogram as recorded." });
  const after = ui.plot({ height: 220, label: "Log-mel spectrogram of the changed clip." });
  after.onDrag(({ x, y, kind }) => {
    if (kind === "down" && !model.get("freq_mask") && !model.get("time_mask")) {
      ui.set("freq_mask", 6);
      ui.set("time_mask", 15);
    }
    ui.set("freq_mask_at", Math.round(Math.min(N_MELS - 1, Math.max(0, y - 0.5))));
    ui.set("time_mask_at", Math.round(Math.min(100, Math.max(0, (100 * x * RATE) / changed().noisy.length))));
  });
  soundButton(ui, "Hear it as recorded", () => ({ signal: clip, sampleRate: RATE }), { follow: false });
  soundButton(ui, "Hear it changed", () => ({ signal: unmasked(changed().noisy), sampleRate: RATE, loop: true }));
  return ui.close;

  // The value of a step, computed again when its key has changed.
  function step(name, key, compute) {
    if (memory.get(name)?.key !== key) memory.set(name, { key, value: compute() });
    return memory.get(name).value;
  }

  // What the clip has become after the room, and after the noise.
  function changed() {
    const [way, factor, room, absorption, snr] = ["way", "factor", "room_m", "absorption", "snr_db"]
      .map((name) => model.get(name));
    const speaker = step("speaker", `${way} ${factor}`, () => spoken(way, factor));
    const inRoom = step("room", `${way} ${factor} ${room} ${absorption}`, () => heardIn(speaker, room, absorption));
    const noisy = step("noise", `${way} ${factor} ${room} ${absorption} ${snr}`, () =>
      (isSilent(inRoom) ? inRoom : mixAtSnr(inRoom, rain, snr)));
    return { inRoom, noisy };
  }

  function spoken(way, factor) {
    if (factor === 1) return clip;
    return { speed: changeSpeed, "time stretch": timeStretch, "pitch shift": pitchShift }[way](clip, factor);
  }

  function heardIn(x, room, absorption) {
    if (absorption === 1) return x;
    const response = step("response", `${room} ${absorption}`, () => boxResponse(room, absorption));
    return convolve(x, response);
  }

  // dB re the loudest value of the recorded clip, frame by frame.
  function logMel(x, reference) {
    const power = applyBank(bank.values, N_MELS, spectrogram(x, { nFft: N_FFT, hop: HOP })), nFrames = power.length / N_MELS;
    const loudest = reference ?? power.reduce((high, value) => Math.max(high, value), 1e-30);
    return { db: power.map((value) => Math.max(FLOOR_DB, 10 * Math.log10(value / loudest + 1e-30))), nFrames, loudest };
  }

  // First and last of what is hidden: in mel bands, and in frames of a picture of nFrames.
  function masks(nFrames) {
    const cut = (centre, width, most) => {
      const from = Math.max(0, Math.min(most - width, Math.round(centre - width / 2)));
      return [from, from + Math.min(width, most)];
    };
    return {
      bands: cut(model.get("freq_mask_at") + 0.5, model.get("freq_mask"), N_MELS),
      frames: cut((model.get("time_mask_at") / 100) * nFrames, Math.min(nFrames, model.get("time_mask")), nFrames),
    };
  }

  // The clip with silence where the masks are.
  function unmasked(x) {
    const { bands, frames } = masks(1 + Math.floor(x.length / HOP)), hop = N_FFT / 4;
    if (bands[0] === bands[1] && frames[0] === frames[1]) return x;
    const spectrum = stft(x, { nFft: N_FFT, hop });
    const between = (band) => (bank.edgesHz[band] + bank.edgesHz[band + 1]) / 2; // half way from the band below
    const [low, high] = bands[0] === bands[1] ? [1, 0] : bands.map(between);
    for (let m = 0; m < spectrum.nFrames; m++) {
      const isHidden = (m * hop) / HOP >= frames[0] - 0.5 && (m * hop) / HOP < frames[1] - 0.5;
      for (let k = 0; k < spectrum.nBins; k++) {
        const hz = (k * RATE) / N_FFT;
        if (isHidden || (hz >= low && hz <= high)) spectrum.re[m * spectrum.nBins + k] = spectrum.im[m * spectrum.nBins + k] = 0;
      }
    }
    return istft(spectrum, { nFft: N_FFT, hop, length: x.length });
  }

  function draw() {
    const { inRoom, noisy } = changed(), { db, nFrames } = step("picture", noisy, () => logMel(noisy, original.loudest));
    const { bands, frames } = masks(nFrames), hidden = Float64Array.from(db);
    const mean = db.reduce((sum, value) => sum + value, 0) / db.length;
    let nHidden = 0;
    for (let m = 0; m < nFrames; m++) {
      for (let band = 0; band < N_MELS; band++) {
        const isHidden = (m >= frames[0] && m < frames[1]) || (band >= bands[0] && band < bands[1]);
        if (isHidden) [hidden[m * N_MELS + band], nHidden] = [mean, nHidden + 1];
      }
    }
    const seconds = Math.max(clip.length, noisy.length) / RATE;
    drawWave(noisy, seconds);
    drawPicture(before, recorded, original.nFrames, seconds, "as recorded; dB re max., black −60");
    drawPicture(after, heatmap(hidden, nFrames, N_MELS, FLOOR_DB, 0), nFrames, seconds, "changed; drag to place the masks");
    const outcome = outcomeOf(inRoom, noisy, nHidden / hidden.length) + movedBy(hidden);
    ui.say(outcome);
    wave.describe(`Waveform. ${outcome}`);
    before.describe(`Log-mel spectrogram of ${(clip.length / RATE).toFixed(2)} s, as recorded.`);
    after.describe(`Log-mel spectrogram after all changes. ${outcome}`);
  }

  function drawWave(noisy, seconds) {
    const loudest = (x) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0.05);
    const high = 1.1 * Math.max(loudest(clip), loudest(noisy));
    wave.frame({
      x: { low: 0, high: seconds, label: "time in s" }, y: { low: -high, high, label: "amplitude" },
      legend: [["changed", 0], ["as recorded", 1, [8, 5]]],
    });
    const { times, ends } = step("ends", noisy, () => extremes(noisy, 16));
    wave.line(times, ends, { colour: 0, width: 1 });
    outline(clip, 1);
  }

  // The peaks of each 10 ms, above and below.
  function outline(x, colour) {
    const peaks = step("peaks", x, () => Float64Array.from({ length: Math.floor(x.length / HOP) }, (_, m) =>
      x.subarray(m * HOP, (m + 1) * HOP).reduce((high, value) => Math.max(high, Math.abs(value)), 0)));
    const times = peaks.map((_, m) => ((m + 0.5) * HOP) / RATE);
    for (const sign of [1, -1]) wave.line(times, peaks.map((value) => sign * value), { colour, width: 1.5, dash: [8, 5] });
  }

  function drawPicture(plot, picture, nFrames, seconds, title) {
    plot.frame({ x: { low: 0, high: seconds, label: "time in s" }, y: { low: 0, high: N_MELS, label: "mel band" }, title });
    plot.image(picture, { x0: 0, x1: (nFrames * HOP) / RATE });
  }

  // How far the picture is from the recorded one, where both have the same frames.
  function movedBy(db) {
    if (db.length !== original.db.length) return "";
    const total = db.reduce((sum, value, i) => sum + Math.abs(value - original.db[i]), 0);
    return ` The picture has moved by ${(total / db.length).toFixed(1)} dB on average.`;
  }

  function outcomeOf(inRoom, noisy, share) {
    const [factor, room, absorption] = ["factor", "room_m", "absorption"].map((name) => model.get(name));
    const changes = { speed: "as fast and as high", "time stretch": "as fast", "pitch shift": "as high" };
    const how = factor === 1 ? "" : `${labelOf(factor)} times ${changes[model.get("way")]}, `;
    const volume = (0.48 * room ** 3).toFixed(0), lasts = eyring(room, absorption).toFixed(2);
    const place = absorption === 1 ? "no room" : `room of ${volume} m³, T60 ${lasts} s after Eyring`;
    const ratio = isSilent(inRoom) ? "silence" : `SNR ${labelOf(Math.round(10 * snrOf(inRoom, noisy)) / 10 || 0)} dB`;
    return `${how}${(noisy.length / RATE).toFixed(2)} s; ${place}; ${ratio}; ${(100 * share).toFixed(0)} % hidden.`;
  }
}

const isSilent = (x) => x.every((value) => Math.abs(value) < 1e-9); // of what was silent a transform makes some 1e-17

// Lowest and highest value of every `width` samples: all that is seen of a waveform, and quicker to draw.
function extremes(x, width) {
  const n = Math.floor(x.length / width), times = new Float64Array(2 * n), ends = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    let low = Infinity, high = -Infinity;
    for (let k = i * width; k < (i + 1) * width; k++) {
      if (x[k] < low) low = x[k];
      if (x[k] > high) high = x[k];
    }
    times[2 * i] = times[2 * i + 1] = ((i + 0.5) * width) / RATE;
    [ends[2 * i], ends[2 * i + 1]] = [low, high];
  }
  return { times, ends };
}

// Reverberation time of a diffuse field in the box: 24 ln 10 / c · V / (−S ln(1 − α)).
function eyring(length, absorption) {
  const volume = 0.48 * length ** 3, area = 2 * length ** 2 * (0.8 + 0.6 + 0.48);
  return ((24 * Math.LN10) / 343) * (volume / (-area * Math.log(1 - absorption)));
}

function boxResponse(length, absorption) {
  const room = [length, 0.8 * length, 0.6 * length], place = (shares) => shares.map((share, axis) => share * room[axis]);
  const images = imageSources({
    room, source: place([0.3, 0.35, 0.5]), receiver: place([0.7, 0.6, 0.45]),
    absorption, maxOrder: MAX_ORDER, maxDistance: 343 * ROOM_S,
  });
  return trimResponse(roomResponse(images, { sampleRate: RATE, length: ROOM_S * RATE }), RATE);
}

function snrOf(x, mixture) {
  let power = 0, rest = 0;
  for (let n = 0; n < x.length; n++) {
    power += x[n] ** 2;
    rest += (mixture[n] - x[n]) ** 2;
  }
  return 10 * Math.log10(power / rest);
}

export default { render };
