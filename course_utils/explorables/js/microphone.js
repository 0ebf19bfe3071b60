// The microphone, and the button that switches it on and off.

const BLOCK_LENGTH = 1024;

// Runs in the audio thread: hands over blocks of samples, and when the last one of each came, in ms.
const CAPTURE = `registerProcessor("course-capture", class extends AudioWorkletProcessor {
  constructor({ processorOptions: { length } }) {
    super();
    this.block = new Float32Array(length);
    this.filled = 0;
  }
  process([[channel]]) {
    for (const value of channel ?? []) {
      this.block[this.filled++] = value;
      if (this.filled < this.block.length) continue;
      this.port.postMessage({ block: this.block, at: Date.now() });
      this.filled = 0;
    }
    return true;
  }
});`;

const NO_MICROPHONE = {
  NotAllowedError: "The browser may not use the microphone. Allow it at the sign beside the address of the page, " +
    "and press the button again.",
  NotFoundError: "There is no microphone. Plug one in and press the button again, or read a file with cu.audio.load.",
  NotReadableError: "The microphone is held by another program. Close that, and press the button again.",
  missing: "This page has no access to a microphone: browsers give it to https and to localhost only. " +
    "Open JupyterLab at http://localhost, or read a file with cu.audio.load.",
};

// The microphone of one interactive; `onBlock` gets Float32Arrays at `sampleRate`, `length` samples each, and when the
// last of them came (as Date.now() has it). It is off until `start`, and off again when the interactive is closed.
class Microphone {
  constructor(ui, onBlock, length = BLOCK_LENGTH) {
    Object.assign(this, { onBlock, length, stream: null, isClosed: false });
    ui.closers.push(() => { this.isClosed = true; this.stop(); });
  }

  get isOn() { return this.stream !== null; }
  get sampleRate() { return soundOfPage().context.sampleRate; }

  // Only from a click or a key. Returns why there is no sound, in words, or nothing.
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) return NO_MICROPHONE.missing;
    try {
      const shared = soundOfPage(), { context } = shared;
      shared.playing?.stop();
      const asked = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: asked });
      const code = URL.createObjectURL(new Blob([CAPTURE], { type: "text/javascript" }));
      shared.capture ??= context.audioWorklet.addModule(code);
      await Promise.all([shared.capture, context.resume()]);
      if (this.isClosed || this.isOn) stream.getTracks().forEach((track) => track.stop());
      else this.listen(context, stream);
    } catch (error) {
      return NO_MICROPHONE[error.name] ?? `The microphone does not start: ${error.message}.`;
    }
  }

  listen(context, stream) {
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const one = { channelCount: 1, channelCountMode: "explicit", processorOptions: { length: this.length } };
    const capture = new AudioWorkletNode(context, "course-capture", one);
    const mute = new GainNode(context, { gain: 0 }); // it must lead somewhere to be run, and must not be heard
    source.connect(capture).connect(mute).connect(context.destination);
    capture.port.onmessage = ({ data }) => { if (this.stream === stream) this.onBlock(data.block, data.at); };
    Object.assign(this, { stream, nodes: [source, capture, mute] });
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.nodes?.forEach((node) => node.disconnect());
    this.stream = this.nodes = null;
  }
}

// Blocks one after the other in one array; its last `length` samples if there are more.
function joined(blocks, length = Infinity) {
  const all = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all.length > length ? all.slice(all.length - length) : all;
}

// What records for an interactive: a button that switches the microphone on and off, one that plays what was heard, a
// level meter, and the state: `blocks`, `recording` (null before there is one), `rate`, and `trouble` in words. What
// was heard, or its last `nKept()` samples, goes to Python. `words`: { start, stop, hear }.
class Recorder {
  constructor(ui, words, { onStart, onBlock, onStop = () => {}, nKept = () => Infinity, toHear }) {
    Object.assign(this, { ui, words, onStart, onBlock, onStop, nKept, rate: 48000, blocks: [], recording: null });
    this.trouble = "";
    this.microphone = new Microphone(ui, (block) => this.take(block));
    this.button = button(ui, words.start, () => (this.isOn ? this.stop() : this.start()));
    this.button.setAttribute("aria-pressed", "false");
    this.hear = soundButton(ui, words.hear, () => ({ signal: toHear(), sampleRate: this.rate }));
    this.hear.element.hidden = true;
    this.meter = levelMeter(ui, { low: -40, high: -3, optimum: -20 });
  }

  get isOn() { return this.microphone.isOn; }

  async start() {
    this.button.disabled = true;
    this.hear.speaker.stop();
    this.trouble = (await this.microphone.start()) ?? "";
    this.button.disabled = false;
    if (this.isOn) {
      Object.assign(this, { rate: this.microphone.sampleRate, blocks: [], recording: null });
      this.hear.element.hidden = true;
      this.onStart();
    }
    this.tellState();
  }

  take(block) {
    this.blocks.push(block);
    this.meter.show(decibels(powerOf(block)));
    this.onBlock(block);
  }

  stop() {
    this.microphone.stop();
    this.meter.show(-Infinity);
    if (this.blocks.length) {
      this.recording = joined(this.blocks, this.nKept());
      this.ui.model.send({ kind: "heard", sample_rate: this.rate }, undefined, [this.recording.buffer]);
      this.hear.element.hidden = false;
      this.onStop();
    }
    this.tellState();
  }

  tellState() {
    this.button.textContent = this.isOn ? this.words.stop : this.words.start;
    this.button.setAttribute("aria-pressed", String(this.isOn));
    this.ui.redraw();
  }
}
