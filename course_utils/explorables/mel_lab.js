// Triangles between the bins, the bank as a matrix, the mel spectrogram; and the sound that the bands have kept.
const RATE = 16000, FLOOR_DB = -70, TRIANGLES_TO_KHZ = 1.5, N_INVERSE = 20, N_GRIFFIN_LIM = 16;
const EMPTY = "#1a96d4"; // seen on white, on black and beside the colours of the picture
const MARKS_HZ = [250, 500, 1000, 2000, 4000, 8000];

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), ui = explorable(model, el, () => draw(lab));
  const lab = {
    model, ui, clip, powers: new Map(), // of the clip, for each n_fft
    known: "", bank: null, mel: null, pictures: null, empty: [], nFromOneBin: 0,
    triangles: ui.plot({ height: 220, share: 1.4, label: "The lowest triangles." }),
    matrix: ui.plot({ height: 220, share: 1.4, label: "The filter bank as a matrix." }),
    picture: ui.plot({ height: 220, share: 3, label: "Mel spectrogram." }),
  };
  const left = () => ({ signal: rebuilt(lab), sampleRate: RATE, loop: true });
  soundButton(ui, "Hear what is left", left, { settleMs: 250 });
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE, loop: true }), { follow: false });
  return ui.close;
}

function settings({ model }) {
  const [nMels, nFft, scale, norm] = valuesOf(model, "n_mels", "n_fft", "scale", "norm");
  return { nMels, nFft, scale, norm, sampleRate: RATE };
}

// What follows from the settings is computed once for each of them.
function renew(lab) {
  const now = settings(lab), key = JSON.stringify(now);
  if (key === lab.known) return;
  lab.known = key;
  lab.bank = melFilterbank(now);
  const { nMels, nBins, values } = lab.bank, { nFft } = now;
  const power = once(lab.powers, nFft, () => spectrogram(lab.clip, { nFft, hop: nFft / 4 }));
  const nFed = Array.from({ length: nMels }, (_, band) =>
    values.subarray(band * nBins, (band + 1) * nBins).reduce((count, weight) => count + (weight > 0), 0));
  lab.empty = nFed.flatMap((count, band) => (count ? [] : [band]));
  lab.nFromOneBin = nFed.filter((count) => count === 1).length;
  lab.mel = { values: applyBank(values, nMels, power), nFrames: power.nFrames };
  const turned = new Float64Array(values.length);
  values.forEach((weight, i) => { turned[(i % nBins) * nMels + Math.floor(i / nBins)] = weight; });
  lab.pictures = {
    bank: heatmap(turned, nBins, nMels, 0, largestOf(values)),
    mel: heatmap(powerToDb(lab.mel.values, FLOOR_DB), power.nFrames, nMels, FLOOR_DB, 0),
  };
}

// Non-negative bins that would have given these bands, then phases for them.
function rebuilt(lab) {
  renew(lab);
  const { nFft } = settings(lab), power = melToLinear(lab.bank.values, lab.bank.nMels, lab.mel, N_INVERSE);
  const grid = { nFft, hop: nFft / 4, length: lab.clip.length };
  return griffinLim({ ...power, values: power.values.map(Math.sqrt) }, N_GRIFFIN_LIM, grid);
}

function draw(lab) {
  renew(lab);
  const { nFft, nMels } = settings(lab), feetHz = lab.bank.edgesHz[2];
  drawTriangles(lab, nFft);
  drawMatrix(lab);
  drawPicture(lab, nFft);
  const count = lab.empty.length, empty = `${count || "none"} ${count < 2 ? "is" : "are"} empty`;
  const words = `${nMels} bands of ${lab.bank.nBins} bins: ${empty}, ${lab.nFromOneBin || "none"} fed by one bin. `
    + `The lowest is ${feetHz.toFixed(0)} Hz wide.`;
  lab.ui.say(`${words} Heard: bins by ${N_INVERSE} multiplicative steps, phases by ${N_GRIFFIN_LIM} of Griffin–Lim.`);
  lab.triangles.describe(`Triangles up to ${TRIANGLES_TO_KHZ} kHz. ${words}`);
  lab.matrix.describe(`Weights of ${nMels} bands over frequency: a bright curve that bends. ${words}`);
  lab.picture.describe(`Mel spectrogram. ${words}`);
}

function drawTriangles(lab, nFft) {
  const { triangles, bank } = lab, isArea = lab.model.get("norm") === "slaney";
  const dark = new Set(lab.empty), edges = bank.edgesHz.map((hz) => hz / 1000);
  const heightOf = (band) => (isArea ? 2 / (edges[band + 2] - edges[band]) : 1);
  triangles.frame({
    x: { low: 0, high: TRIANGLES_TO_KHZ, label: "frequency in kHz; marks: bins" },
    y: { low: 0, high: heightOf(0) * 1.1, label: isArea ? "weight in 1/kHz" : "weight" },
    legend: [["band", "ink"], ["empty band", EMPTY, [3, 3]]],
  });
  for (let band = 0; band < bank.nMels && edges[band] < TRIANGLES_TO_KHZ; band++) {
    const look = dark.has(band) ? { colour: EMPTY, width: 3, dash: [3, 3] }
      : { colour: band % 2 ? "faint" : "ink", width: 1.2 };
    triangles.line(edges.subarray(band, band + 3), [0, heightOf(band), 0], look);
  }
  triangles.stroke({ colour: 0, width: 2 }, () => {
    for (let khz = 0; khz <= TRIANGLES_TO_KHZ; khz += RATE / nFft / 1000) {
      triangles.segment(triangles.toX(khz), triangles.bottom, triangles.toX(khz), triangles.bottom - 9);
    }
  });
}

function drawMatrix(lab) {
  const { matrix } = lab;
  matrix.frame({
    x: { low: 0, high: RATE / 2000, label: "frequency of the bin in kHz" },
    y: { low: 0, high: lab.bank.nMels, label: "band" },
    title: "weights; black is 0",
  });
  const half = RATE / 2000 / (lab.bank.nBins - 1) / 2; // a bin is as wide as to the middle between its neighbours
  matrix.image(lab.pictures.bank, { x0: -half, x1: RATE / 2000 + half });
  lightUp(lab, matrix);
}

function drawPicture(lab, nFft) {
  const { picture, empty, mel, bank: { nMels } } = lab, { scale } = settings(lab), top = hzToMel(RATE / 2, scale);
  const bandOf = (hz) => ((nMels + 1) * hzToMel(hz, scale)) / top - 0.5; // 0.5 is the centre of the first band
  const ticks = MARKS_HZ.filter((hz) => bandOf(hz) > 0.3 && bandOf(hz) < nMels).map(bandOf);
  const hzAt = new Map(MARKS_HZ.map((hz) => [bandOf(hz), hz]));
  picture.frame({
    x: { low: 0, high: lab.clip.length / RATE, label: "time in s" },
    y: { low: 0, high: nMels, label: "frequency in Hz", ticks, format: (band) => `${hzAt.get(band)}` },
    title: `dB re maximum, black is −${-FLOOR_DB} dB`, legend: empty.length ? [["empty band", EMPTY]] : [],
  });
  picture.image(lab.pictures.mel, frameSpan(mel.nFrames, nFft / 4, RATE));
  lightUp(lab, picture);
}

// The rows of empty bands.
function lightUp({ empty }, plot) {
  plot.clipped((pen) => {
    pen.fillStyle = EMPTY;
    for (const band of empty) {
      const y = plot.toY(band + 1), height = Math.max(2, plot.toY(band) - y);
      pen.fillRect(plot.left, y, plot.right - plot.left, height);
    }
  });
}

export default { render };
