// Sound: it begins on a click, fades in and out, and is turned down where it would be too loud.

const LOUDEST_RMS = 10 ** (-9 / 20), LOUDEST_PEAK = 0.9, FADE_S = 0.02;

// One audio context for all interactives of a page; one sound at a time.
function soundOfPage() {
  globalThis.courseSound ??= { context: null, playing: null };
  const shared = globalThis.courseSound;
  if (!shared.context) {
    shared.context = new AudioContext();
    shared.meter = new AnalyserNode(shared.context, { fftSize: 2048 });
    shared.meter.connect(shared.context.destination);
  }
  return shared;
}

// What brings the loudest of the sounds down to a safe level; 1 if none is too loud. Never more than 1.
function safeGain(signals) {
  let gain = 1;
  for (const signal of signals) {
    let power = 0, peak = 0;
    for (const value of signal) {
      power += value * value;
      peak = Math.max(peak, Math.abs(value));
    }
    gain = Math.min(gain, LOUDEST_RMS / Math.sqrt(power / signal.length + 1e-30), LOUDEST_PEAK / (peak + 1e-30));
  }
  return gain;
}

// Sources for several versions of a sound that run in step, each behind a gain of its own; all behind one that fades.
function startSound(context, destination, signals, sampleRate, options = {}) {
  const { selected = 0, loop = false, from = 0, span = null } = options;
  const fade = new GainNode(context, { gain: 0 }), start = context.currentTime, gain = safeGain(signals);
  fade.gain.setValueAtTime(0, start);
  fade.gain.linearRampToValueAtTime(gain, start + FADE_S);
  fade.connect(destination);
  const sources = [], gains = [];
  signals.forEach((signal, i) => {
    const samples = atRate(signal, sampleRate, context.sampleRate);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate, numberOfChannels: 1 });
    buffer.copyToChannel(loop ? samples : faded(samples, context.sampleRate), 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    if (loop && span) Object.assign(source, { loopStart: span[0], loopEnd: span[1] });
    const own = new GainNode(context, { gain: i === selected ? 1 : 0 });
    source.connect(own).connect(fade);
    source.start(start, from);
    sources.push(source);
    gains.push(own);
  });
  return {
    start, from, sources,
    select(which) {
      gains.forEach((own, i) => {
        own.gain.cancelScheduledValues(context.currentTime);
        own.gain.setTargetAtTime(i === which ? 1 : 0, context.currentTime, 0.005);
      });
    },
    stop() {
      const now = context.currentTime;
      fade.gain.cancelScheduledValues(now);
      fade.gain.setValueAtTime(fade.gain.value, now);
      fade.gain.linearRampToValueAtTime(0, now + FADE_S);
      sources.forEach((source) => source.stop(now + FADE_S + 0.005));
    },
  };
}

// The browser would draw straight lines between samples of another rate, which adds mirror images: the sinc does not.
const converted = new WeakMap();
function atRate(signal, fromRate, toRate) {
  if (fromRate === toRate) return Float32Array.from(signal);
  const known = converted.get(signal);
  if (known?.toRate === toRate) return known.samples;
  const samples = Float32Array.from(resample(signal, { fromRate, toRate, width: 16 }));
  converted.set(signal, { toRate, samples });
  return samples;
}

// The end of a sound that is cut off goes to zero in 20 ms, a raised cosine.
function faded(signal, sampleRate) {
  const out = Float32Array.from(signal), n = Math.min(out.length, Math.round(FADE_S * sampleRate));
  for (let i = 0; i < n; i++) out[out.length - 1 - i] *= 0.5 - 0.5 * Math.cos((Math.PI * i) / n);
  return out;
}

// What plays the sounds of one interactive. `onChange` is told when it starts and stops.
class Speaker {
  constructor(ui, onChange = () => {}) {
    this.onChange = onChange;
    this.sound = null;
    ui.closers.push(() => this.stop());
  }

  get isPlaying() { return this.sound !== null; }

  // signals: one or several of the same length. Only from a click or a key: browsers forbid it otherwise.
  async play(signals, sampleRate, options = {}) {
    const shared = soundOfPage();
    shared.playing?.stop();
    shared.playing = this;
    await shared.context.resume();
    if (shared.playing !== this) return;
    this.begin(shared, signals, sampleRate, options);
    this.onChange(true);
  }

  begin(shared, signals, sampleRate, options) {
    const sound = startSound(shared.context, shared.meter, signals, sampleRate, options);
    Object.assign(this, { sound, sampleRate, options, seconds: signals[0].length / sampleRate });
    sound.sources[0].onended = () => { if (this.sound === sound) this.stop(); };
  }

  // Other sounds in the place of these, without a gap: the old ones fade out while the new ones fade in.
  replace(signals, sampleRate = this.sampleRate) {
    if (!this.sound) return;
    const from = this.position(), old = this.sound;
    this.sound = null;
    old.stop();
    const seconds = signals[0].length / sampleRate;
    this.begin(soundOfPage(), signals, sampleRate, { ...this.options, from: from % seconds });
  }

  select(which) {
    if (!this.sound) return;
    this.options = { ...this.options, selected: which };
    this.sound.select(which);
  }

  // Seconds into the sound.
  position() {
    if (!this.sound) return 0;
    const { context } = soundOfPage(), at = this.sound.from + context.currentTime - this.sound.start;
    const [begin, end] = (this.options.loop && this.options.span) || [0, this.seconds];
    return this.options.loop && at >= end ? begin + ((at - begin) % (end - begin)) : Math.min(at, end);
  }

  stop() {
    if (!this.sound) return;
    const { sound } = this;
    this.sound = null;
    sound.stop();
    if (soundOfPage().playing === this) soundOfPage().playing = null;
    this.onChange(false);
  }
}

// A button that plays what `sound()` gives, { signals or signal, sampleRate, …options }, and stops it when pressed
// again. While it plays, a change of the traits changes the sound: at once, or, if `settleMs` is given because it is
// slow to make, when nothing has changed for so long.
function soundButton(ui, text, sound, { follow = true, settleMs = 0 } = {}) {
  const element = button(ui, `▶ ${text}`, () => (speaker.isPlaying ? speaker.stop() : start()));
  const speaker = new Speaker(ui, (isPlaying) => {
    element.textContent = `${isPlaying ? "■ Stop" : "▶"} ${isPlaying ? "" : text}`.trim();
    element.setAttribute("aria-pressed", String(isPlaying));
  });
  element.setAttribute("aria-pressed", "false");
  const parts = () => {
    const { signal, signals = [signal], sampleRate, ...options } = sound();
    return [signals, sampleRate, options];
  };
  const start = () => speaker.play(...parts());
  let waiting = 0;
  const renew = () => {
    if (settleMs) waiting = clearTimeout(waiting);
    waiting ||= setTimeout(() => {
      waiting = 0;
      if (speaker.isPlaying) speaker.replace(...parts().slice(0, 2));
    }, settleMs || 80);
  };
  if (follow) listen(ui, "change", renew);
  ui.closers.push(() => clearTimeout(waiting));
  return { element, speaker };
}

// A sound that Python sent as 16-bit integers in a trait of bytes, as floats; several rows if it holds several.
function signalsOf(model, name, nRows = 1) {
  const view = model.get(name);
  if (!view?.byteLength) return [];
  const codes = new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const length = codes.length / nRows;
  return Array.from({ length: nRows }, (_, row) =>
    Float32Array.from(codes.subarray(row * length, (row + 1) * length), (code) => code / 32768));
}

// A level meter; `show` takes dBFS.
function levelMeter(ui, { low, high, optimum }) {
  const meter = make("meter", { min: -60, max: 0, low, high, optimum, value: -60 });
  meter.setAttribute("aria-label", "level in dB re full scale");
  const words = make("span", { className: "level", textContent: "−∞ dBFS" });
  ui.controls.append(make("div", { className: "control" }, meter, words));
  return { show(db) {
    meter.value = Math.max(-60, db);
    words.textContent = db < -90 ? "−∞ dBFS" : `${signed(db, 0)} dBFS`;
  } };
}
