// A clip through speaker, room, noise and masks; each step is computed again only when something before it has changed.
const RATE = 16000, N_FFT = 512, HOP = 160, N_MELS = 40, FLOOR_DB = -60, MAX_ORDER = 16, ROOM_S = 0.5;

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), [rain] = signalsOf(model, "noise"), memory = new Map(); // of the last steps
  const bank = melFilterbank({ sampleRate: RATE, nFft: N_FFT, nMels: N_MELS }), original = logMel({ bank }, clip, null);
  const recorded = heatmap(original.db, original.nFrames, N_MELS, FLOOR_DB, 0);

  const ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, rain, memory, bank, original, recorded,
    wave: ui.plot({ height: 170, share: 3, label: "Waveform of the changed clip." }),
    before: ui.plot({ height: 220, label: "Log-mel spectrogram as recorded." }),
    after: ui.plot({ height: 220, label: "Log-mel spectrogram of the changed clip." }),
  };
  lab.after.onDrag(({ x, y, kind }) => {
    if (kind === "down" && !model.get("freq_mask") && !model.get("time_mask")) {
      ui.set("freq_mask", 6);
      ui.set("time_mask", 15);
    }
    ui.set("freq_mask_at", Math.round(clamp(y - 0.5, 0, N_MELS - 1)));
    ui.set("time_mask_at", Math.round(clamp((100 * x * RATE) / changed(lab).noisy.length, 0, 100)));
  });
  soundButton(ui, "Hear it as recorded", () => ({ signal: clip, sampleRate: RATE }), { follow: false });
  const masked = () => ({ signal: unmasked(lab, changed(lab).noisy), sampleRate: RATE, loop: true });
  soundButton(ui, "Hear it changed", masked);
  return ui.close;
}

// What the clip has become after the room, and after the noise.
function changed(lab) {
  const { model, memory, rain } = lab;
  const [way, factor, room, absorption, snr] = valuesOf(model, "way", "factor", "room_m", "absorption", "snr_db");
  const speaker = latest(memory, "speaker", `${way} ${factor}`, () => spoken(lab, way, factor));
  const inRoom = latest(memory, "room", `${way} ${factor} ${room} ${absorption}`,
    () => heardIn(lab, speaker, room, absorption));
  const noisy = latest(memory, "noise", `${way} ${factor} ${room} ${absorption} ${snr}`,
    () => (isSilent(inRoom) ? inRoom : mixAtSnr(inRoom, rain, snr)));
  return { inRoom, noisy };
}

function spoken({ clip }, way, factor) {
  if (factor === 1) return clip;
  return { speed: changeSpeed, "time stretch": timeStretch, "pitch shift": pitchShift }[way](clip, factor);
}

function heardIn({ memory }, x, room, absorption) {
  if (absorption === 1) return x;
  return convolve(x, latest(memory, "response", `${room} ${absorption}`, () => boxResponse(room, absorption)));
}

// dB re the loudest value of the recorded clip, frame by frame.
function logMel({ bank }, x, reference) {
  const power = applyBank(bank.values, N_MELS, spectrogram(x, { nFft: N_FFT, hop: HOP }));
  const nFrames = power.length / N_MELS, loudest = reference ?? largestOf(power, 1e-30);
  return { db: power.map((value) => Math.max(FLOOR_DB, decibels(value / loudest, 1e-30))), nFrames, loudest };
}

// First and last of what is hidden: in mel bands, and in frames of a picture of nFrames.
function masks({ model }, nFrames) {
  const cut = (centre, width, most) => {
    const from = clamp(Math.round(centre - width / 2), 0, most - width);
    return [from, from + Math.min(width, most)];
  };
  return {
    bands: cut(model.get("freq_mask_at") + 0.5, model.get("freq_mask"), N_MELS),
    frames: cut((model.get("time_mask_at") / 100) * nFrames, Math.min(nFrames, model.get("time_mask")), nFrames),
  };
}

// The clip with silence where the masks are.
function unmasked(lab, x) {
  const { bands, frames } = masks(lab, 1 + Math.floor(x.length / HOP)), hop = N_FFT / 4, { edgesHz } = lab.bank;
  if (bands[0] === bands[1] && frames[0] === frames[1]) return x;
  const spectrum = stft(x, { nFft: N_FFT, hop }), { re, im, nFrames, nBins } = spectrum;
  const between = (band) => (edgesHz[band] + edgesHz[band + 1]) / 2; // half way from the band below
  const [low, high] = bands[0] === bands[1] ? [1, 0] : bands.map(between);
  for (let m = 0; m < nFrames; m++) {
    const isHidden = (m * hop) / HOP >= frames[0] - 0.5 && (m * hop) / HOP < frames[1] - 0.5;
    for (let k = 0; k < nBins; k++) {
      const hz = (k * RATE) / N_FFT;
      if (isHidden || (hz >= low && hz <= high)) re[m * nBins + k] = im[m * nBins + k] = 0;
    }
  }
  return istft(spectrum, { nFft: N_FFT, hop, length: x.length });
}

function draw(lab) {
  const { clip, original, before, after, memory } = lab, { inRoom, noisy } = changed(lab);
  const { db, nFrames } = latest(memory, "picture", noisy, () => logMel(lab, noisy, original.loudest));
  const { hidden, share } = hide(lab, db, nFrames), picture = heatmap(hidden, nFrames, N_MELS, FLOOR_DB, 0);
  const seconds = Math.max(clip.length, noisy.length) / RATE;
  drawWave(lab, noisy, seconds);
  drawPicture(before, lab.recorded, original.nFrames, seconds, "as recorded; dB re max., black −60");
  drawPicture(after, picture, nFrames, seconds, "changed; drag to place the masks");
  const outcome = outcomeOf(lab, inRoom, noisy, share) + movedBy(lab, hidden);
  lab.ui.say(outcome);
  lab.wave.describe(`Waveform. ${outcome}`);
  before.describe(`Log-mel spectrogram of ${(clip.length / RATE).toFixed(2)} s, as recorded.`);
  after.describe(`Log-mel spectrogram after all changes. ${outcome}`);
}

// The picture with its mean under the masks, and what part of it that is.
function hide(lab, db, nFrames) {
  const { bands, frames } = masks(lab, nFrames), hidden = Float64Array.from(db), mean = sumOf(db) / db.length;
  let nHidden = 0;
  for (let m = 0; m < nFrames; m++) {
    for (let band = 0; band < N_MELS; band++) {
      const isHidden = (m >= frames[0] && m < frames[1]) || (band >= bands[0] && band < bands[1]);
      if (isHidden) [hidden[m * N_MELS + band], nHidden] = [mean, nHidden + 1];
    }
  }
  return { hidden, share: nHidden / hidden.length };
}

function drawWave({ clip, wave, memory }, noisy, seconds) {
  const high = 1.1 * Math.max(peakOf(clip, 0.05), peakOf(noisy, 0.05));
  wave.frame({
    x: { low: 0, high: seconds, label: "time in s" }, y: { low: -high, high, label: "amplitude" },
    legend: [["changed", 0], ["as recorded", 1, [8, 5]]],
  });
  const { times, ends } = latest(memory, "ends", noisy, () => extremes(noisy, 16));
  wave.line(times, ends, { colour: 0, width: 1 });
  const peaks = latest(memory, "peaks", clip, () => peaksOf(clip));
  const middles = peaks.map((_, m) => ((m + 0.5) * HOP) / RATE);
  for (const sign of [1, -1]) {
    wave.line(middles, peaks.map((value) => sign * value), { colour: 1, width: 1.5, dash: [8, 5] });
  }
}

// The peak of each 10 ms.
function peaksOf(x) {
  const length = Math.floor(x.length / HOP);
  return Float64Array.from({ length }, (_, m) => peakOf(x.subarray(m * HOP, (m + 1) * HOP)));
}

function drawPicture(plot, picture, nFrames, seconds, title) {
  const x = { low: 0, high: seconds, label: "time in s" };
  plot.frame({ x, y: { low: 0, high: N_MELS, label: "mel band" }, title });
  plot.image(picture, { x0: 0, x1: (nFrames * HOP) / RATE });
}

// How far the picture is from the recorded one, where both have the same frames.
function movedBy({ original }, db) {
  if (db.length !== original.db.length) return "";
  const total = db.reduce((sum, value, i) => sum + Math.abs(value - original.db[i]), 0);
  return ` The picture has moved by ${(total / db.length).toFixed(1)} dB on average.`;
}

function outcomeOf({ model }, inRoom, noisy, share) {
  const [factor, room, absorption] = valuesOf(model, "factor", "room_m", "absorption");
  const changes = { speed: "as fast and as high", "time stretch": "as fast", "pitch shift": "as high" };
  const how = factor === 1 ? "" : `${labelOf(factor)} times ${changes[model.get("way")]}, `;
  const volume = (0.48 * room ** 3).toFixed(0), lasts = eyring(room, absorption).toFixed(2);
  const place = absorption === 1 ? "no room" : `room of ${volume} m³, T60 ${lasts} s by Eyring's formula`;
  const ratio = isSilent(inRoom) ? "silence" : `SNR ${labelOf(Math.round(10 * sqnrDb(inRoom, noisy)) / 10 || 0)} dB`;
  return `${how}${(noisy.length / RATE).toFixed(2)} s; ${place}; ${ratio}; ${percent(share)} hidden.`;
}

const isSilent = (x) => peakOf(x) < 1e-9; // of what was silent a transform makes some 1e-17

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
  const room = [length, 0.8 * length, 0.6 * length];
  const place = (shares) => shares.map((share, axis) => share * room[axis]);
  const images = imageSources({
    room, source: place([0.3, 0.35, 0.5]), receiver: place([0.7, 0.6, 0.45]),
    absorption, maxOrder: MAX_ORDER, maxDistance: 343 * ROOM_S,
  });
  return trimResponse(roomResponse(images, { sampleRate: RATE, length: ROOM_S * RATE }), RATE);
}

export default { render };
