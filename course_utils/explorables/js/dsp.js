// Signal processing for the interactives: each function repeats one of course_utils, and a browser test compares them.
// Signals and tables are Float64Array; tables lie row after row (frame by frame, band by band).

// ---------------------------------------------------------------------------------------- Numbers (lecture 01 and all)

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const nearest = (values, wanted) =>
  values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best));
const rmsOf = (x) => Math.sqrt(powerOf(x));
const decibels = (power, least = 1e-12) => 10 * Math.log10(Math.max(power, least));

function sumOf(x) { // plain loops: clips and whole spectrograms go through them
  let sum = 0;
  for (const value of x) sum += value;
  return sum;
}

function powerOf(x) {
  let sum = 0;
  for (const value of x) sum += value * value;
  return sum / x.length;
}

function differenceOf(x, y) {
  const rest = new Float64Array(y.length);
  for (let n = 0; n < rest.length; n++) rest[n] = x[n] - y[n];
  return rest;
}

function largestOf(x, least = 0) { // not below `least`
  let most = least;
  for (const value of x) if (value > most) most = value;
  return most;
}

function peakOf(x, least = 0) {
  let most = least;
  for (const value of x) most = Math.max(most, Math.abs(value));
  return most;
}

// From magnitudes and angles to the parts of complex numbers, and back to the magnitudes.
const partsOf = (size, angle) => ({
  re: size.map((value, i) => value * Math.cos(angle[i])), im: size.map((value, i) => value * Math.sin(angle[i])),
});
const magnitudesOf = ({ re, im }) => re.map((value, i) => Math.hypot(value, im[i]));

// ------------------------------------------------------------------------------------------------ DFT (lecture 03)

const fftPlans = new Map(); // twiddles and bit reversal of each power of two that was asked for

function fftPlan(n) {
  if (fftPlans.has(n)) return fftPlans.get(n);
  const cos = new Float64Array(n / 2), sin = new Float64Array(n / 2), reversed = new Uint32Array(n);
  for (let k = 0; k < n / 2; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / n);
    sin[k] = Math.sin((2 * Math.PI * k) / n);
  }
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1] >> 1) | (i & 1 ? n / 2 : 0);
  fftPlans.set(n, { cos, sin, reversed });
  return fftPlans.get(n);
}

// In place: X[k] = Σ x[n] e^(−2πi kn/N), N a power of two.
function fftRadix2(re, im) {
  const n = re.length, { cos, sin, reversed } = fftPlan(n);
  for (let i = 0; i < n; i++) {
    const j = reversed[i];
    if (j > i) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const i = start + k, j = i + half, c = cos[k * stride], s = sin[k * stride];
        const oddRe = re[j] * c + im[j] * s, oddIm = im[j] * c - re[j] * s;
        re[j] = re[i] - oddRe;
        im[j] = im[i] - oddIm;
        re[i] += oddRe;
        im[i] += oddIm;
      }
    }
  }
}

// Any length, by Bluestein: kn = (k² + n² − (k − n)²) / 2 makes a convolution of the DFT.
function fftBluestein(re, im) {
  const n = re.length;
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const cos = new Float64Array(n), sin = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * ((k * k) % (2 * n))) / n;
    cos[k] = Math.cos(angle);
    sin[k] = Math.sin(angle);
  }
  const aRe = new Float64Array(size), aIm = new Float64Array(size);
  const bRe = new Float64Array(size), bIm = new Float64Array(size);
  for (let k = 0; k < n; k++) {
    aRe[k] = re[k] * cos[k] + im[k] * sin[k];
    aIm[k] = im[k] * cos[k] - re[k] * sin[k];
    bRe[k] = cos[k];
    bIm[k] = sin[k];
    if (k) {
      bRe[size - k] = cos[k];
      bIm[size - k] = sin[k];
    }
  }
  fftRadix2(aRe, aIm);
  fftRadix2(bRe, bIm);
  for (let k = 0; k < size; k++) {
    const real = aRe[k] * bRe[k] - aIm[k] * bIm[k];
    aIm[k] = -(aRe[k] * bIm[k] + aIm[k] * bRe[k]); // conjugated: the inverse transform is a forward one, mirrored
    aRe[k] = real;
  }
  fftRadix2(aRe, aIm);
  for (let k = 0; k < n; k++) {
    const real = aRe[k] / size, imag = -aIm[k] / size;
    re[k] = real * cos[k] + imag * sin[k];
    im[k] = imag * cos[k] - real * sin[k];
  }
}

// In place, any length ≥ 1.
function fft(re, im) {
  if (re.length & (re.length - 1)) fftBluestein(re, im);
  else if (re.length > 1) fftRadix2(re, im);
}

// In place: x[n] = 1/N Σ X[k] e^(2πi kn/N).
function ifft(re, im) {
  fft(im, re); // swapping the parts before and after conjugates input and output
  for (let k = 0; k < re.length; k++) {
    re[k] /= re.length;
    im[k] /= im.length;
  }
}

// The N/2 + 1 bins of a real signal.
function rfft(x) {
  const re = Float64Array.from(x), im = new Float64Array(x.length), nBins = (x.length >> 1) + 1;
  fft(re, im);
  return { re: re.slice(0, nBins), im: im.slice(0, nBins) };
}

const COSINE_TERMS = { rectangular: [1], hann: [0.5, 0.5], hamming: [0.54, 0.46], blackman: [0.42, 0.5, 0.08] };

function besselI0(x) {
  let term = 1, sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

// Periodic; the Kaiser window with β = 8.6.
function windowOf(name, length) {
  if (length === 1) return Float64Array.of(1);
  return Float64Array.from({ length }, (_, n) => {
    if (name === "kaiser") return besselI0(8.6 * Math.sqrt(1 - (2 * n / length - 1) ** 2)) / besselI0(8.6);
    return COSINE_TERMS[name].reduce((sum, a, m) => sum + (-1) ** m * a * Math.cos((2 * Math.PI * m * n) / length), 0);
  });
}

// ----------------------------------------------------------------------------------------------- STFT (lecture 04)

// Centred, zeros beyond the ends: {re, im} of nFrames rows with nBins values.
function stft(x, { nFft, hop, win = windowOf("hann", nFft) }) {
  const nBins = (nFft >> 1) + 1, pad = nFft >> 1, nFrames = 1 + Math.floor((x.length + 2 * pad - nFft) / hop);
  const re = new Float64Array(nFrames * nBins), im = new Float64Array(nFrames * nBins);
  const frameRe = new Float64Array(nFft), frameIm = new Float64Array(nFft);
  for (let m = 0; m < nFrames; m += 2) { // two real frames in one complex transform
    const start = m * hop - pad, isPair = m + 1 < nFrames;
    for (let n = 0; n < nFft; n++) {
      frameRe[n] = win[n] * (x[start + n] ?? 0);
      frameIm[n] = isPair ? win[n] * (x[start + hop + n] ?? 0) : 0;
    }
    fft(frameRe, frameIm);
    for (let k = 0; k < nBins; k++) {
      const mirror = k ? nFft - k : 0, at = m * nBins + k;
      re[at] = (frameRe[k] + frameRe[mirror]) / 2;
      im[at] = (frameIm[k] - frameIm[mirror]) / 2;
      if (isPair) {
        re[at + nBins] = (frameIm[k] + frameIm[mirror]) / 2;
        im[at + nBins] = (frameRe[mirror] - frameRe[k]) / 2;
      }
    }
  }
  return { re, im, nFrames, nBins };
}

// Power of each bin of each frame.
function spectrogram(x, options) {
  const { re, im, nFrames, nBins } = stft(x, options);
  for (let i = 0; i < re.length; i++) re[i] = re[i] * re[i] + im[i] * im[i];
  return { values: re, nFrames, nBins };
}

// The signal whose centred frames are nearest to the given ones: windowed again, added, divided by the squared windows.
function istft({ re, im, nFrames, nBins }, { nFft, hop, win = windowOf("hann", nFft), length }) {
  const pad = nFft >> 1, nAll = (nFrames - 1) * hop + nFft;
  const total = new Float64Array(nAll), divisor = new Float64Array(nAll);
  const frameRe = new Float64Array(nFft), frameIm = new Float64Array(nFft);
  for (let m = 0; m < nFrames; m++) {
    for (let k = 0; k < nBins; k++) {
      const at = m * nBins + k, isEdge = k === 0 || 2 * k === nFft;
      frameRe[k] = re[at];
      frameIm[k] = isEdge ? 0 : im[at];
      if (!isEdge) {
        frameRe[nFft - k] = re[at];
        frameIm[nFft - k] = -im[at];
      }
    }
    ifft(frameRe, frameIm);
    for (let n = 0; n < nFft; n++) {
      total[m * hop + n] += frameRe[n] * win[n];
      divisor[m * hop + n] += win[n] * win[n];
    }
  }
  const least = 2.3e-16 * largestOf(divisor);
  return Float64Array.from({ length: length ?? nAll - 2 * pad }, (_, n) =>
    divisor[pad + n] > least ? total[pad + n] / divisor[pad + n] : 0);
}

// s[n] = Σ_m v[n − mH] for n = 0 … H − 1: what copies of v add up to, one period of it.
function shiftedSum(values, hop) {
  const sum = new Float64Array(hop);
  values.forEach((value, n) => { sum[n % hop] += value; });
  return sum;
}

// How far shifted windows are from a constant sum: max |s[n] / mean(s) − 1|.
function colaError(weights, hop) {
  const sum = shiftedSum(weights, hop), mean = sumOf(sum) / hop;
  return peakOf(sum.map((value) => value / mean - 1));
}

// One step of Griffin–Lim: C = stft(istft(X)), ‖|C| − S‖ / ‖S‖, and the next X = S ∠(C + α (C − C before)).
function griffinLimStep(spectrum, magnitude, before, { momentum, ...grid }) {
  const signal = istft(spectrum, grid), { re, im, nFrames, nBins } = stft(signal, grid);
  const next = { re: new Float64Array(re.length), im: new Float64Array(re.length), nFrames, nBins };
  let error = 0, total = 0;
  for (let i = 0; i < re.length; i++) {
    error += (Math.sqrt(re[i] * re[i] + im[i] * im[i]) - magnitude[i]) ** 2;
    total += magnitude[i] ** 2;
    const aheadRe = re[i] + momentum * (re[i] - (before ? before.re[i] : 0));
    const aheadIm = im[i] + momentum * (im[i] - (before ? before.im[i] : 0));
    const scale = magnitude[i] / Math.max(Math.sqrt(aheadRe * aheadRe + aheadIm * aheadIm), 1e-30);
    next.re[i] = aheadRe * scale;
    next.im[i] = aheadIm * scale;
  }
  return { signal, consistent: { re, im }, convergence: Math.sqrt(error / Math.max(total, 1e-60)), next };
}

// A signal whose magnitudes come near to the given ones: some steps of Griffin–Lim from random phases.
function griffinLim({ values, nFrames, nBins }, nSteps, { length, ...grid }) {
  const random = seededRandom(1), turns = values.map(() => 2 * Math.PI * random());
  let spectrum = { ...partsOf(values, turns), nFrames, nBins }, before = null;
  for (let step = 0; step < nSteps; step++) {
    const { consistent, next } = griffinLimStep(spectrum, values, before, { momentum: 0.99, ...grid });
    [spectrum, before] = [next, consistent];
  }
  return istft(spectrum, { ...grid, length });
}

// 10 log10 of power relative to its maximum, not below floorDb.
function powerToDb(power, floorDb = -80) {
  const loudest = largestOf(power, 1e-30);
  const db = new Float32Array(power.length); // a plain loop: four times as fast as a map
  for (let i = 0; i < db.length; i++) db[i] = Math.max(floorDb, 10 * Math.log10(Math.max(power[i] / loudest, 1e-30)));
  return db;
}

// ---------------------------------------------------------------------------------------------- Filters (lecture 05)

// A second-order Butterworth high-pass (Bristow-Johnson).
function highpass(frequencyHz, sampleRate) {
  const omega = (2 * Math.PI * frequencyHz) / sampleRate, cos = Math.cos(omega), alpha = Math.sin(omega) / Math.SQRT2;
  const b = [(1 + cos) / 2, -1 - cos, (1 + cos) / 2], a = [1 + alpha, -2 * cos, 1 - alpha];
  return { b: b.map((value) => value / a[0]), a: a.map((value) => value / a[0]) };
}

// y[n] = (Σ b[k] x[n − k] − Σ a[k] y[n − k]) / a[0], transposed direct form II.
function lfilter(b, a, x) {
  const order = Math.max(a.length, b.length) - 1, state = new Float64Array(order + 1), y = new Float64Array(x.length);
  const numerator = Float64Array.from({ length: order + 1 }, (_, k) => (b[k] ?? 0) / a[0]);
  const denominator = Float64Array.from({ length: order + 1 }, (_, k) => (a[k] ?? 0) / a[0]);
  for (let n = 0; n < x.length; n++) {
    const out = numerator[0] * x[n] + state[0];
    for (let k = 1; k <= order; k++) state[k - 1] = state[k] + numerator[k] * x[n] - denominator[k] * out;
    y[n] = out;
  }
  return y;
}

// H(f) = Σ b[k] e^(−iωk) / Σ a[k] e^(−iωk)
function frequencyResponse(b, a, frequenciesHz, sampleRate) {
  const re = new Float64Array(frequenciesHz.length), im = new Float64Array(frequenciesHz.length);
  const at = (coefficients, omega) => coefficients.reduce(
    ([real, imag], c, k) => [real + c * Math.cos(omega * k), imag - c * Math.sin(omega * k)], [0, 0]);
  frequenciesHz.forEach((hz, i) => {
    const omega = (2 * Math.PI * hz) / sampleRate;
    const [br, bi] = at(b, omega), [ar, ai] = at(a, omega), power = ar * ar + ai * ai;
    re[i] = (br * ar + bi * ai) / power;
    im[i] = (bi * ar - br * ai) / power;
  });
  return { re, im };
}

// A pair of roots r e^(±iθ) as a polynomial in z⁻¹: 1 − 2r cos θ z⁻¹ + r² z⁻².
const pairPolynomial = (radius, degrees) => [1, -2 * radius * Math.cos((Math.PI * degrees) / 180), radius * radius];

// In samples: τ = Re(Σ k b[k] e^(−iωk) / Σ b[k] e^(−iωk)) − the same of a.
function groupDelay(b, a, frequenciesHz, sampleRate) {
  const lateness = (coefficients, omega) => {
    let re = 0, im = 0, slopeRe = 0, slopeIm = 0;
    coefficients.forEach((c, k) => {
      re += c * Math.cos(omega * k);
      im -= c * Math.sin(omega * k);
      slopeRe += k * c * Math.cos(omega * k);
      slopeIm -= k * c * Math.sin(omega * k);
    });
    return (slopeRe * re + slopeIm * im) / (re * re + im * im);
  };
  return Float64Array.from(frequenciesHz, (hz) => {
    const omega = (2 * Math.PI * hz) / sampleRate;
    return lateness(b, omega) - lateness(a, omega);
  });
}

const sinc = (t) => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
const greatestCommonDivisor = (a, b) => (b ? greatestCommonDivisor(b, a % b) : a);

const KAISER_BETA = 14.769656459379492; // as torchaudio has it

// The phases of a windowed-sinc resampler, one row for each output sample of a period.
function resampleKernel({ fromRate, toRate, width = 6, rolloff = 0.99, win = "hann" }) {
  const divisor = greatestCommonDivisor(fromRate, toRate), old = fromRate / divisor, fresh = toRate / divisor;
  const cutoff = Math.min(old, fresh) * rolloff, reach = Math.ceil((width * old) / cutoff), nTaps = 2 * reach + old;
  const values = new Float64Array(fresh * nTaps), scale = besselI0(KAISER_BETA);
  for (let phase = 0; phase < fresh; phase++) {
    for (let tap = 0; tap < nTaps; tap++) {
      const t = (((tap - reach) * fresh - phase * old) * cutoff) / (old * fresh), inside = t / width;
      if (Math.abs(inside) >= 1) continue;
      const taper = win === "hann" ? Math.cos((Math.PI * inside) / 2) ** 2
        : besselI0(KAISER_BETA * Math.sqrt(1 - inside * inside)) / scale;
      values[phase * nTaps + tap] = (sinc(t) * taper * cutoff) / old;
    }
  }
  return { values, nPhases: fresh, nTaps, old, reach };
}

function resample(x, options) {
  const { values, nPhases, nTaps, old, reach } = resampleKernel(options);
  const y = new Float64Array(Math.ceil((x.length * nPhases) / old));
  const padded = new Float64Array(x.length + 2 * nTaps); // so that the loop need not ask where the sound ends
  padded.set(x, reach);
  for (let phase = 0; phase < nPhases; phase++) {
    const row = values.subarray(phase * nTaps, (phase + 1) * nTaps);
    const first = row.findIndex((weight) => weight !== 0), end = row.findLastIndex((weight) => weight !== 0) + 1;
    for (let n = phase, start = 0; n < y.length; n += nPhases, start += old) {
      let sum = 0;
      for (let tap = first; tap < end; tap++) sum += row[tap] * padded[start + tap];
      y[n] = sum;
    }
  }
  return y;
}

// The same for a sound that comes in blocks: `push` gives each output sample as soon as its last input is there.
class StreamResampler {
  constructor(options) {
    const { values, nPhases, nTaps, old, reach } = resampleKernel(options);
    this.isNone = options.fromRate === options.toRate;
    this.rows = Array.from({ length: nPhases }, (_, phase) => {
      const row = values.subarray(phase * nTaps, (phase + 1) * nTaps), first = row.findIndex((weight) => weight !== 0);
      return { first, weights: row.subarray(first, row.findLastIndex((weight) => weight !== 0) + 1) };
    });
    Object.assign(this, { old, reach, phase: 0, kept: new Float32Array(reach) });
  }

  push(block) {
    if (this.isNone) return Float32Array.from(block);
    const x = new Float32Array(this.kept.length + block.length), y = [];
    x.set(this.kept);
    x.set(block, this.kept.length);
    for (let start = 0; ;) {
      const { first, weights } = this.rows[this.phase], from = start + first;
      if (from + weights.length > x.length) {
        this.kept = x.slice(start);
        return Float32Array.from(y);
      }
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap] * x[from + tap];
      y.push(sum);
      this.phase = (this.phase + 1) % this.rows.length;
      if (this.phase === 0) start += this.old;
    }
  }

  // What still waited for its last input, once the sound has ended.
  flush() { return this.push(new Float32Array(this.isNone ? 0 : this.reach + this.old)); }
}

// ---------------------------------------------------------------------------------------------- Sound (lecture 01)

// Σ A sin(2π f n / f_s + φ) over partials {hz, amplitude, phase}: each sine is a pointer turned by one angle a sample.
function sumOfSines(partials, length, sampleRate) {
  const y = new Float64Array(length);
  for (const { hz, amplitude, phase = 0 } of partials) {
    if (!amplitude) continue;
    const turn = (2 * Math.PI * hz) / sampleRate, c = Math.cos(turn), s = Math.sin(turn);
    let re = amplitude * Math.cos(phase), im = amplitude * Math.sin(phase);
    for (let n = 0; n < length; n++) {
      y[n] += im;
      [re, im] = [re * c - im * s, re * s + im * c];
    }
  }
  return y;
}

// 0 → 1 (attack) → sustain → held → 0 (release), straight lines.
function adsr(length, sampleRate, { attackS, decayS, sustain, releaseS }) {
  const end = length / sampleRate;
  return Float64Array.from({ length }, (_, n) => {
    const t = n / sampleRate;
    if (t < attackS) return t / attackS;
    if (t < attackS + decayS) return 1 + ((sustain - 1) * (t - attackS)) / decayS;
    return t > end - releaseS ? (sustain * (end - t)) / releaseS : sustain;
  });
}

// ------------------------------------------------------------------------------------------- Sampling (lecture 02)

// Where a frequency is found after sampling: |f − f_s round(f / f_s)|.
const aliasFrequencyHz = (hz, sampleRate) => Math.abs(hz - sampleRate * Math.round(hz / sampleRate));

function roundToEven(x) { // as numpy rounds: halves go to the even neighbour
  const down = Math.floor(x), rest = x - down;
  return rest === 0.5 ? down + (down & 1) : Math.round(x);
}

// Triangular dither, a sum of two uniform numbers of one step each.
function triangularDither(length, nBits, random) {
  const step = 2 ** (1 - nBits);
  return Float64Array.from({ length }, () => (random() + random() - 1) * step);
}

// The errors of the last samples, weighted by `coefficients`, are subtracted before rounding.
function noiseShape(x, nBits, { noise = null, coefficients = [1] } = {}) {
  const steps = 2 ** (nBits - 1), errors = new Float64Array(coefficients.length), y = new Float64Array(x.length);
  for (let n = 0; n < x.length; n++) {
    let fed = 0;
    for (let k = 0; k < errors.length; k++) fed += coefficients[k] * errors[k];
    const wanted = x[n] - fed, level = roundToEven((wanted + (noise ? noise[n] : 0)) * steps);
    y[n] = Math.min(Math.max(level, -steps), steps - 1) / steps;
    for (let k = errors.length - 1; k > 0; k--) errors[k] = errors[k - 1];
    errors[0] = Math.max(-1, Math.min(1, y[n] - wanted));
  }
  return y;
}

// 10 log10 (Σ x² / Σ (q − x)²); +∞ where nothing was lost.
function sqnrDb(x, quantized) {
  let power = 0, noise = 0;
  for (let n = 0; n < x.length; n++) {
    power += x[n] * x[n];
    noise += (quantized[n] - x[n]) ** 2;
  }
  return 10 * Math.log10(power / noise);
}

// Random numbers that are the same at each start (mulberry32), 0 ≤ r < 1.
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// ---------------------------------------------------------------------------------- Mel and cepstrum (lectures 06, 07)

const BREAK_HZ = 1000, HZ_PER_MEL = 200 / 3, BREAK_MEL = BREAK_HZ / HZ_PER_MEL, LOG_STEP = Math.log(6.4) / 27;

function hzToMel(hz, scale = "slaney") {
  if (scale === "htk") return 2595 * Math.log10(1 + hz / 700);
  return hz < BREAK_HZ ? hz / HZ_PER_MEL : BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP;
}

function melToHz(mel, scale = "slaney") {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  return mel < BREAK_MEL ? mel * HZ_PER_MEL : BREAK_HZ * Math.exp(LOG_STEP * (mel - BREAK_MEL));
}

// Triangles between equally spaced mels up to half the rate: nMels rows of nFft/2 + 1 weights, and their edges.
function melFilterbank({ sampleRate, nFft, nMels, scale = "slaney", norm = "slaney" }) {
  const nBins = (nFft >> 1) + 1, high = hzToMel(sampleRate / 2, scale);
  const edgesHz = Float64Array.from({ length: nMels + 2 }, (_, i) => melToHz((high * i) / (nMels + 1), scale));
  const values = new Float64Array(nMels * nBins);
  for (let band = 0; band < nMels; band++) {
    const [left, centre, right] = edgesHz.subarray(band, band + 3);
    const height = norm === "slaney" ? 2 / (right - left) : 1;
    for (let k = 0; k < nBins; k++) {
      const hz = (k * sampleRate) / nFft;
      const weight = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (weight > 0) values[band * nBins + k] = weight * height;
    }
  }
  return { values, edgesHz, nMels, nBins };
}

// Each row of a spectrogram (frames × bins) through a filter bank (bands × bins): frames × bands.
function applyBank(bank, nBands, { values, nFrames, nBins }) {
  const out = new Float64Array(nFrames * nBands);
  for (let band = 0; band < nBands; band++) {
    let first = 0, last = nBins;
    while (first < nBins && bank[band * nBins + first] === 0) first++;
    while (last > first && bank[band * nBins + last - 1] === 0) last--;
    for (let m = 0; m < nFrames; m++) {
      let sum = 0;
      for (let k = first; k < last; k++) sum += bank[band * nBins + k] * values[m * nBins + k];
      out[m * nBands + band] = sum;
    }
  }
  return out;
}

// Bins whose bands are the given ones: S ← S · Bᵀ(M / BS) / Bᵀ1, from the mean of the bands that reach a bin.
// M: frames × bands.
function melToLinear(bank, nMels, { values, nFrames }, nIter) {
  const nBins = bank.length / nMels, ofBin = new Float64Array(nBins), ofBand = new Float64Array(nMels), reach = [];
  for (let band = 0; band < nMels; band++) {
    const row = bank.subarray(band * nBins, (band + 1) * nBins);
    reach.push([row.findIndex((weight) => weight > 0), row.findLastIndex((weight) => weight > 0)]);
    row.forEach((weight, k) => { ofBin[k] += weight; ofBand[band] += weight; });
  }
  const out = new Float64Array(nFrames * nBins), lack = new Float64Array(nBins);
  for (let m = 0; m < nFrames; m++) {
    const bins = out.subarray(m * nBins, (m + 1) * nBins);
    for (let step = 0; step <= nIter; step++) {
      lack.fill(0);
      for (let band = 0; band < nMels; band++) {
        const [first, last] = reach[band], offset = band * nBins;
        let sum = step ? 0 : ofBand[band];
        if (step) for (let k = first; k <= last; k++) sum += bank[offset + k] * bins[k];
        const ratio = sum > 0 ? values[m * nMels + band] / sum : 0;
        if (ratio) for (let k = first; k <= last; k++) lack[k] += bank[offset + k] * ratio;
      }
      for (let k = 0; k < nBins; k++) bins[k] = ofBin[k] > 0 ? ((step ? bins[k] : 1) * lack[k]) / ofBin[k] : 0;
    }
  }
  return { values: out, nFrames, nBins };
}

// Straight lines between the points (xs[i], ys[i]), xs rising; level before the first and after the last.
function interpolate(x, xs, ys) {
  let i = 0;
  return Float64Array.from(x, (at) => {
    while (i < xs.length - 1 && xs[i + 1] <= at) i++;
    while (i > 0 && xs[i] > at) i--;
    const part = i < xs.length - 1 ? (at - xs[i]) / (xs[i + 1] - xs[i]) : 0;
    return ys[i] + (part > 0 ? part * (ys[i + 1] - ys[i]) : 0);
  });
}

// Orthonormal DCT-II as a table of nOut rows.
function dctMatrix(nOut, nIn) {
  return Float64Array.from({ length: nOut * nIn }, (_, i) => {
    const k = Math.floor(i / nIn), n = i % nIn;
    return Math.sqrt((k ? 2 : 1) / nIn) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * nIn));
  });
}

// ------------------------------------------------------------------------------------------ Gammatone (lecture 08)

const erbBandwidthHz = (hz) => 24.7 * (1 + 0.00437 * hz);
const hzToErbRate = (hz) => 21.4 * Math.log10(1 + 0.00437 * hz);
const erbRateToHz = (erb) => (10 ** (erb / 21.4) - 1) / 0.00437;

// Slaney's gammatone: four biquads in a row that share a pair of poles, each with gain 1 at the centre.
function gammatoneSections(hz, sampleRate) {
  const theta = (2 * Math.PI * hz) / sampleRate, cos = Math.cos(theta), sin = Math.sin(theta);
  const radius = Math.exp((-2 * Math.PI * 1.019 * (hz / 9.26449 + 24.7)) / sampleRate);
  const poles = (1 - radius) * Math.hypot((1 - radius) * cos, (1 + radius) * sin); // distances from e^(iθ) to both
  const wide = Math.sqrt(3 + 2 ** 1.5), narrow = Math.sqrt(3 - 2 ** 1.5);
  return [wide, -wide, narrow, -narrow].map((factor) => {
    const zero = radius * (cos + factor * sin), gain = Math.hypot(cos - zero, sin) / poles;
    return { b: [1 / gain, -zero / gain], a: [1, -2 * radius * cos, radius * radius] };
  });
}

// What the place of `hz` passes on: the signal through the four biquads.
function gammatoneFilter(x, hz, sampleRate) {
  const y = new Float64Array(x.length);
  for (let n = 0; n < y.length; n++) y[n] = x[n] + 1e-200; // a decay to 0 would end in slow subnormal numbers
  for (const { b: [b0, b1], a: [, a1, a2] } of gammatoneSections(hz, sampleRate)) {
    let state1 = 0, state2 = 0;
    for (let n = 0; n < y.length; n++) {
      const out = b0 * y[n] + state1;
      state1 = b1 * y[n] - a1 * out + state2;
      state2 = -a2 * out;
      y[n] = out;
    }
  }
  return y;
}

// Power response of the cascade, 1 at the centre.
function gammatonePower(hz, frequenciesHz, sampleRate) {
  const power = new Float64Array(frequenciesHz.length).fill(1);
  for (const { b, a } of gammatoneSections(hz, sampleRate)) {
    const { re, im } = frequencyResponse(b, a, frequenciesHz, sampleRate);
    for (let i = 0; i < power.length; i++) power[i] *= re[i] * re[i] + im[i] * im[i];
  }
  return power;
}

// ---------------------------------------------------------------------------------------------- Pitch (lecture 09)

// d[τ] = Σ_{n<W} (x[n] − x[n + τ])² for τ = 0 … nLags − 1, W = frame − nLags + 1.
function yinDifference(frame, nLags) {
  const nWindow = frame.length - nLags + 1;
  return Float64Array.from({ length: nLags }, (_, lag) => {
    let sum = 0;
    for (let n = 0; n < nWindow; n++) sum += (frame[n] - frame[n + lag]) ** 2;
    return sum;
  });
}

// d'[τ] = d[τ] / (1/τ Σ_{j≤τ} d[j]), 1 at τ = 0.
function yinNormalise(d) {
  let total = 0;
  return d.map((value, lag) => {
    if (lag) total += value;
    return lag && total > 0 ? (value * lag) / total : 1;
  });
}

// The first dip of d' below the threshold between two lags, or the deepest point; refined by a parabola through d.
function yinPick(d, normalised, { shortest, longest, threshold }) {
  let lag = shortest, found = false;
  for (let tau = shortest; tau <= longest && !found; tau++) {
    const here = normalised[tau];
    if (here < threshold && here < normalised[tau - 1] && here <= normalised[tau + 1]) [lag, found] = [tau, true];
  }
  for (let tau = shortest; tau <= longest && !found; tau++) if (normalised[tau] < normalised[lag]) lag = tau;
  return { lag, period: lag + vertexShift(d[lag - 1], d[lag], d[lag + 1]) };
}

// How far from the middle one of three points their parabola has its extremum; 0 if beyond its neighbours.
function vertexShift(before, at, after) {
  const curvature = before - 2 * at + after, shift = curvature === 0 ? 0 : (before - after) / (2 * curvature);
  return Math.abs(shift) < 1 ? shift : 0;
}

// ------------------------------------------------------------------------------------------ Augmentation (lecture 10)

// x + g v with g = √(P_x / P_v · 10^(−snr/10)); a shorter noise is repeated.
function mixAtSnr(x, noise, snrDb) {
  const mixture = new Float64Array(x.length);
  let power = 0, noisePower = 0;
  for (let n = 0, at = 0; n < x.length; n++) {
    mixture[n] = noise[at];
    power += x[n] * x[n];
    noisePower += noise[at] * noise[at];
    at = at + 1 < noise.length ? at + 1 : 0;
  }
  const scale = Math.sqrt((power / noisePower) * 10 ** (-snrDb / 10));
  for (let n = 0; n < x.length; n++) mixture[n] = x[n] + scale * mixture[n];
  return mixture;
}

// Magnitude and angle of each bin of each frame.
function polarOf({ re, im, nFrames, nBins }) {
  const size = new Float64Array(re.length), angle = new Float64Array(re.length);
  for (let i = 0; i < re.length; i++) {
    size[i] = Math.sqrt(re[i] * re[i] + im[i] * im[i]);
    angle[i] = Math.atan2(im[i], re[i]);
  }
  return { size, angle, nFrames, nBins };
}

// Frames read at another speed: magnitudes interpolated, phases advanced by what was measured between two frames.
function phaseVocoder({ size, angle, nFrames, nBins }, rate, { nFft, hop }) {
  const nOut = Math.ceil(nFrames / rate), re = new Float64Array(nOut * nBins), im = new Float64Array(nOut * nBins);
  const phase = angle.slice(0, nBins);
  for (let m = 0; m < nOut; m++) {
    const left = Math.floor(m * rate), part = m * rate - left, isLast = left + 1 >= nFrames;
    const here = left * nBins, next = here + nBins;
    for (let k = 0; k < nBins; k++) {
      const height = (1 - part) * size[here + k] + part * (isLast ? 0 : size[next + k]);
      const expected = (2 * Math.PI * hop * k) / nFft;
      re[m * nBins + k] = height * Math.cos(phase[k]);
      im[m * nBins + k] = height * Math.sin(phase[k]);
      const rest = (isLast ? 0 : angle[next + k]) - angle[here + k] - expected;
      phase[k] += expected + rest - 2 * Math.PI * Math.round(rest / (2 * Math.PI));
    }
  }
  return { re, im, nFrames: nOut, nBins };
}

// As many samples as asked for: cut, or zeros at the end.
function fixLength(x, length) {
  const out = new Float64Array(length);
  out.set(x.subarray(0, length));
  return out;
}

// The duration shrinks by the factor, the pitch stays. The frames of a signal are kept for the next factor.
const stretchable = new WeakMap(), STRETCH = { nFft: 1024, hop: 256 };
function timeStretch(x, factor) {
  if (!stretchable.has(x)) stretchable.set(x, polarOf(stft(x, STRETCH)));
  const length = Math.round(x.length / factor);
  return istft(phaseVocoder(stretchable.get(x), factor, STRETCH), { ...STRETCH, length });
}

// y(t) = x(factor · t), for a factor in thousandths.
function changeSpeed(x, factor) {
  const faster = resample(x, { fromRate: Math.round(1000 * factor), toRate: 1000 });
  return fixLength(faster, Math.round(x.length / factor));
}

// Another pitch in the same time: stretch by the ratio, then play that much faster.
function pitchShift(x, ratio) {
  return fixLength(changeSpeed(timeStretch(x, 1 / ratio), ratio), x.length);
}

// Mirror images of a source in a box, at i L + s for even i and (i + 1) L − s for odd i: amplitude √(1 − α)^order / d.
function imageSources({ room, source, receiver, absorption, maxOrder, maxDistance = Infinity }) {
  const distance = [], amplitude = [], reflection = Math.sqrt(1 - absorption);
  const image = (axis, i) => (i % 2 ? (i + 1) * room[axis] - source[axis] : i * room[axis] + source[axis]);
  const offset = (axis, i) => image(axis, i) - receiver[axis];
  for (let i = -maxOrder; i <= maxOrder; i++) {
    const leftY = maxOrder - Math.abs(i), x = offset(0, i);
    for (let j = -leftY; j <= leftY; j++) {
      const leftZ = leftY - Math.abs(j), y = offset(1, j);
      for (let k = -leftZ; k <= leftZ; k++) {
        const d = Math.hypot(x, y, offset(2, k));
        if (d > maxDistance) continue;
        distance.push(d);
        amplitude.push(reflection ** (Math.abs(i) + Math.abs(j) + Math.abs(k)) / d);
      }
    }
  }
  return { distance, amplitude };
}

const PULSE_TAPS = 81, PULSE_PLACES = 64; // a sinc under a Hann window, at places between two samples
const pulseKernels = Array.from({ length: PULSE_PLACES }, (_, place) =>
  Float64Array.from({ length: PULSE_TAPS }, (_, k) => {
    const t = k - (PULSE_TAPS >> 1) - place / PULSE_PLACES;
    return sinc(t) * Math.cos((Math.PI * t) / (PULSE_TAPS + 1)) ** 2;
  }));

// Impulse response of a box: a pulse for each image, linear between the places; a high-pass at 20 Hz stops the drift.
function roomResponse({ distance, amplitude }, { sampleRate, length }) {
  const response = new Float64Array(length), half = PULSE_TAPS >> 1;
  const add = (place, weight) => {
    const kernel = pulseKernels[place % PULSE_PLACES], start = Math.floor(place / PULSE_PLACES) - half;
    const last = Math.min(PULSE_TAPS, length - start);
    for (let k = Math.max(0, -start); k < last; k++) response[start + k] += weight * kernel[k];
  };
  distance.forEach((d, i) => {
    const place = (d * sampleRate * PULSE_PLACES) / 343, left = Math.floor(place);
    add(left, amplitude[i] * (left + 1 - place));
    add(left + 1, amplitude[i] * (place - left));
  });
  const { b, a } = highpass(20, sampleRate);
  return lfilter(b, a, response);
}

// From 1 ms before the first sample within 20 dB of the largest; energy 1.
function trimResponse(response, sampleRate) {
  const most = peakOf(response);
  const first = response.findIndex((value) => Math.abs(value) >= 0.1 * most);
  const kept = response.slice(Math.max(0, first - roundToEven(0.001 * sampleRate)));
  const scale = rmsOf(kept) * Math.sqrt(kept.length);
  return kept.map((value) => value / scale);
}

// y[n] = Σ h[m] x[n − m] for the samples of x: both in one complex transform, x as real and h as imaginary part.
function convolve(x, h) {
  const size = 2 ** Math.ceil(Math.log2(x.length + h.length - 1));
  const re = new Float64Array(size), im = new Float64Array(size);
  re.set(x);
  im.set(h);
  fft(re, im);
  const outRe = new Float64Array(size), outIm = new Float64Array(size);
  for (let k = 0; k < size; k++) { // X H = (Z[k]² − Z*[−k]²) / 4i
    const mirror = k ? size - k : 0, a = re[k], b = im[k], c = re[mirror], d = -im[mirror];
    outRe[k] = (a * b - c * d) / 2;
    outIm[k] = -(a * a - b * b - c * c + d * d) / 4;
  }
  ifft(outRe, outIm);
  return outRe.slice(0, x.length);
}

// --------------------------------------------------------------------------------------------- Attention (lecture 12)

// Weights softmax(q·k / √d) of one query over keys, 0 where mayLook is false; and the mean of the values so weighted.
function attend(query, keys, values, { mayLook = () => true, scaled = true } = {}) {
  const scale = scaled ? Math.sqrt(query.length) : 1;
  const scores = keys.map((key) => key.reduce((sum, value, i) => sum + value * query[i], 0) / scale);
  const most = scores.reduce((high, score, j) => (mayLook(j) ? Math.max(high, score) : high), -Infinity);
  const shares = scores.map((score, j) => (mayLook(j) ? Math.exp(score - most) : 0));
  const total = sumOf(shares), weights = shares.map((share) => share / total);
  const output = Array.from(values[0], (_, i) => weights.reduce((sum, weight, j) => sum + weight * values[j][i], 0));
  return { scores, weights, output };
}
