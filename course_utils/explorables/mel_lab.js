// Triangles between the bins, the bank as a matrix, the mel spectrogram; and the sound that the bands have kept.
const RATE = 16000, FLOOR_DB = -70, TRIANGLES_TO_KHZ = 1.5, N_INVERSE = 20, N_GRIFFIN_LIM = 16;
const EMPTY = "#1a96d4"; // seen on white, on black and beside the colours of the picture
const MARKS_HZ = [250, 500, 1000, 2000, 4000, 8000];

function render({ model, el }) {
  const [clip] = signalsOf(model, "audio"), powers = new Map();
  let known = "", bank = null, mel = null, pictures = null, empty = [], nFromOneBin = 0;

  const ui = explorable(model, el, draw);
  const triangles = ui.plot({ height: 220, share: 1.4, label: "The lowest triangles." });
  const matrix = ui.plot({ height: 220, share: 1.4, label: "The filter bank as a matrix." });
  const picture = ui.plot({ height: 220, share: 3, label: "Mel spectrogram." });
  const slow = { settleMs: 250 };
  soundButton(ui, "Hear what is left", () => ({ signal: rebuilt(), sampleRate: RATE, loop: true }), slow);
  soundButton(ui, "Hear the clip", () => ({ signal: clip, sampleRate: RATE, loop: true }), { follow: false });
  return ui.close;

  function settings() {
    const [nMels, nFft, scale, norm] = ["n_mels", "n_fft", "scale", "norm"].map((name) => model.get(name));
    return { nMels, nFft, scale, norm, sampleRate: RATE, fMin: 0, fMax: RATE / 2 };
  }

  function powerOf(nFft) {
    if (!powers.has(nFft)) powers.set(nFft, spectrogram(clip, { nFft, hop: nFft / 4 }));
    return powers.get(nFft);
  }

  // What follows from the settings is computed once for each of them.
  function renew() {
    const now = settings(), key = JSON.stringify(now);
    if (key === known) return;
    known = key;
    bank = melFilterbank(now);
    const { nMels, nBins, values } = bank, power = powerOf(now.nFft);
    const nFed = Array.from({ length: nMels }, (_, band) =>
      values.subarray(band * nBins, (band + 1) * nBins).reduce((count, weight) => count + (weight > 0), 0));
    empty = nFed.flatMap((count, band) => (count ? [] : [band]));
    nFromOneBin = nFed.filter((count) => count === 1).length;
    mel = { values: applyBank(values, nMels, power), nFrames: power.nFrames };
    const turned = new Float64Array(values.length);
    for (let band = 0; band < nMels; band++) for (let k = 0; k < nBins; k++) turned[k * nMels + band] = values[band * nBins + k];
    pictures = {
      bank: heatmap(turned, nBins, nMels, 0, values.reduce((most, weight) => Math.max(most, weight), 0)),
      mel: heatmap(powerToDb(mel.values, FLOOR_DB), power.nFrames, nMels, FLOOR_DB, 0),
    };
  }

  // Non-negative bins that would have given these bands, then phases for them.
  function rebuilt() {
    renew();
    const { nFft } = settings(), power = melToLinear(bank.values, bank.nMels, mel, N_INVERSE);
    const grid = { nFft, hop: nFft / 4, length: clip.length };
    return griffinLim({ ...power, values: power.values.map(Math.sqrt) }, N_GRIFFIN_LIM, grid);
  }

  function draw() {
    renew();
    const { nFft, nMels } = settings(), feetHz = bank.edgesHz[2];
    drawTriangles(nFft);
    drawMatrix();
    drawPicture(nFft);
    const none = empty.length === 0 ? "none is empty" : empty.length === 1 ? "1 is empty" : `${empty.length} are empty`;
    const words = `${nMels} bands of ${bank.nBins} bins: ${none}, ${nFromOneBin || "none"} fed by one bin. `
      + `The lowest is ${feetHz.toFixed(0)} Hz wide.`;
    ui.say(`${words} Heard: bins by ${N_INVERSE} multiplicative steps, phases by ${N_GRIFFIN_LIM} of Griffin–Lim.`);
    triangles.describe(`Triangles up to ${TRIANGLES_TO_KHZ} kHz. ${words}`);
    matrix.describe(`Weights of ${nMels} bands over frequency: a bright curve that bends. ${words}`);
    picture.describe(`Mel spectrogram. ${words}`);
  }

  function drawTriangles(nFft) {
    const isArea = model.get("norm") === "slaney", dark = new Set(empty), edges = bank.edgesHz.map((hz) => hz / 1000);
    const heightOf = (band) => (isArea ? 2 / (edges[band + 2] - edges[band]) : 1);
    triangles.frame({
      x: { low: 0, high: TRIANGLES_TO_KHZ, label: "frequency in kHz; marks: bins" },
      y: { low: 0, high: heightOf(0) * 1.1, label: isArea ? "weight in 1/kHz" : "weight" },
      legend: [["band", "ink"], ["empty band", EMPTY, [3, 3]]],
    });
    for (let band = 0; band < bank.nMels && edges[band] < TRIANGLES_TO_KHZ; band++) {
      const look = dark.has(band) ? { colour: EMPTY, width: 3, dash: [3, 3] } : { colour: band % 2 ? "faint" : "ink", width: 1.2 };
      triangles.line(edges.subarray(band, band + 3), [0, heightOf(band), 0], look);
    }
    triangles.clipped((pen) => {
      pen.strokeStyle = triangles.colour(0);
      pen.lineWidth = 2;
      pen.beginPath();
      for (let khz = 0; khz <= TRIANGLES_TO_KHZ; khz += RATE / nFft / 1000) {
        triangles.segment(triangles.toX(khz), triangles.bottom, triangles.toX(khz), triangles.bottom - 9);
      }
      pen.stroke();
    });
  }

  function drawMatrix() {
    matrix.frame({
      x: { low: 0, high: RATE / 2000, label: "frequency of the bin in kHz" }, y: { low: 0, high: bank.nMels, label: "band" },
      title: "weights; black is 0",
    });
    const half = RATE / 2000 / (bank.nBins - 1) / 2; // a bin is as wide as to the middle between its neighbours
    matrix.image(pictures.bank, { x0: -half, x1: RATE / 2000 + half });
    lightUp(matrix);
  }

  function drawPicture(nFft) {
    const { nMels } = bank, { scale } = settings(), top = hzToMel(RATE / 2, scale);
    const bandOf = (hz) => ((nMels + 1) * hzToMel(hz, scale)) / top - 0.5; // 0.5 is the centre of the first band
    const ticks = MARKS_HZ.filter((hz) => bandOf(hz) > 0.3 && bandOf(hz) < nMels).map(bandOf);
    const hzAt = new Map(MARKS_HZ.map((hz) => [bandOf(hz), hz]));
    const end = ((mel.nFrames - 0.5) * nFft) / 4 / RATE;
    picture.frame({
      x: { low: 0, high: clip.length / RATE, label: "time in s" },
      y: { low: 0, high: nMels, label: "frequency in Hz", ticks, format: (band) => `${hzAt.get(band)}` },
      title: `dB re maximum, black is −${-FLOOR_DB} dB`, legend: empty.length ? [["empty band", EMPTY]] : [],
    });
    picture.image(pictures.mel, { x0: -nFft / 8 / RATE, x1: end });
    lightUp(picture);
  }

  // The rows of empty bands.
  function lightUp(plot) {
    plot.clipped((pen) => {
      pen.fillStyle = EMPTY;
      for (const band of empty) {
        const y = plot.toY(band + 1), height = Math.max(2, plot.toY(band) - y);
        pen.fillRect(plot.left, y, plot.right - plot.left, height);
      }
    });
  }
}

export default { render };
