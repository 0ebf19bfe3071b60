"""Build every clip of data/ and manifest.csv, the same bytes each time.

    python data/make_data.py             build into data/
    python data/make_data.py --out DIR   build into another folder
    python data/make_data.py --check     build into a temporary folder and compare with data/

To change a clip, or the lecture it belongs to, edit its row in the tables CLIPS_* and build again.
"""

import argparse
import csv
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import signal as sps
from scipy.io import wavfile

HERE = Path(__file__).resolve().parent
RATE = 44100  # of everything but speech
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TOOLS = ["espeak-ng", "flite", "fluidsynth", "flac"]  # each in the Debian package of its name
COLUMNS = "file kind lecture transcript notes sample_rate seconds channels origin licence sha256".split()
LICENCE = "CC BY 4.0"


@dataclass(frozen=True)
class Clip:
    file: str
    lecture: str
    notes: str
    origin: str
    build: Callable  # () -> (signal of floats, time last; sample rate)
    transcript: str = ""


# ---------------------------------------------------------------- tools


def missing_tools():
    """One sentence for each thing that is not installed."""
    missing = [(tool, tool) for tool in TOOLS if shutil.which(tool) is None]
    if not SOUNDFONT.exists():
        missing.append((SOUNDFONT, "fluid-soundfont-gm"))
    return [f"{what} is missing: install the Debian package {package}" for what, package in missing]


def run(*command, stdin=None):
    """Run a tool quietly; its own message is the error."""
    done = subprocess.run(command, input=stdin, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))} failed: {done.stderr.decode(errors='replace').strip()}")


def write_flac(path, signal, rate):
    """Round to 16 bits (no dither) and compress.

    -l 0 keeps to FLAC's fixed predictors, which are integer arithmetic: the others use floating point, and libFLAC
    has different routines for different CPUs.
    """
    codes = np.round(np.atleast_2d(signal) * 32768)
    if np.max(np.abs(codes)) > 32767:
        raise ValueError(f"{path.name} peaks above full scale: lower its level")
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = f"--force-raw-format --endian=little --sign=signed --bps=16 --channels={len(codes)} --sample-rate={rate}"
    options = "--best -l 0 --no-padding --no-seektable --silent --force"
    run("flac", *options.split(), *samples.split(), "-o", path, "-", stdin=codes.T.astype("<i2").tobytes())


# ---------------------------------------------------------------- levels and edges


def fade(signal, rate, in_s=0.002, out_s=0.02):
    """Raised-cosine ramps at both ends."""
    signal = np.array(signal)
    n_in, n_out = round(in_s * rate), round(out_s * rate)
    signal[..., :n_in] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(n_in) / n_in)
    signal[..., -n_out:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, n_out + 1) / n_out)
    return signal


def to_peak(signal, peak_db):
    return signal * 10 ** (peak_db / 20) / np.max(np.abs(signal))


def to_rms(signal, rms_db):
    return signal * 10 ** (rms_db / 20) / np.sqrt(np.mean(signal**2))


# ---------------------------------------------------------------- music: a score in words, a MIDI file, fluidsynth

DRUMS = {"kick": 36, "snare": 38, "hat": 42, "open": 46, "crash": 49, "tom": 45}
PIANO, GUITAR, BASS, VIOLIN, TRUMPET, CLARINET, FLUTE, KIT = 0, 24, 32, 40, 56, 71, 73, "drums"


def midi_key(name):
    """'A4' -> 69, 'C#4' -> 61, 'kick' -> 36."""
    if name in DRUMS:
        return DRUMS[name]
    step, sharp, octave = re.fullmatch(r"([A-G])(#?)(\d)", name).groups()
    return 12 * (int(octave) + 1) + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[step] + len(sharp)


def read_score(score):
    """'C4:1 -:0.5 E4+G4:2' -> [(start, end, key), ...] in beats; '-' is a rest, '+' makes a chord."""
    beat, notes = 0.0, []
    for token in score.split():
        names, beats = token.split(":")
        notes += [(beat, beat + float(beats), midi_key(name)) for name in names.split("+") if name != "-"]
        beat += float(beats)
    return notes


def variable_length(number):
    """MIDI's variable-length integers: 7 bits a byte, the top bit set on all but the last."""
    digits = [number & 127]
    while number := number >> 7:
        digits.append(128 | (number & 127))
    return bytes(reversed(digits))


def midi_file(parts, *, bpm, velocity=90, vibrato=0, ticks=480):
    """A one-track MIDI file; parts is [(GM program counted from 0, score), ...]."""
    events = [(0, b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big"))]
    for index, (program, score) in enumerate(parts):
        channel = 9 if program == KIT else index
        if program != KIT:
            events.append((0, bytes([0xC0 | channel, program])))
        for start, end, key in read_score(score):
            accent = 10 if start % 1 == 0 else 0
            events.append((round(start * ticks), bytes([0x90 | channel, key, velocity + accent])))
            events.append((round(end * ticks) - 1, bytes([0x80 | channel, key, 0])))
            for step in range(9 if vibrato else 0):  # the modulation wheel opens over the first half of the note
                tick = round((start + (end - start) * step / 16) * ticks)
                events.append((tick, bytes([0xB0 | channel, 1, vibrato * step // 8])))
    track, now = b"", 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track += variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + b"".join(n.to_bytes(size, "big") for n, size in [(6, 4), (0, 2), (1, 2), (ticks, 2)])
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


FLUIDSYNTH = f"fluidsynth -f /dev/null -niq -o synth.cpu-cores=1 -r {RATE} -g 0.4 -C 0 -T raw -O float -E little"


def render(parts, *, seconds, bpm=120, stereo=False, **score_options):
    """Play a score: dry mono, or stereo in fluidsynth's room. Floats come out, so nothing dithers."""
    with tempfile.TemporaryDirectory() as folder:
        score, raw = Path(folder, "score.mid"), Path(folder, "out.raw")
        score.write_bytes(midi_file(parts, bpm=bpm, **score_options))
        run(*FLUIDSYNTH.split(), "-R", str(int(stereo)), "-F", raw, SOUNDFONT, score)
        channels = np.fromfile(raw, dtype="<f4").astype(float).reshape(-1, 2).T
    length = round(seconds * RATE)
    channels = np.pad(channels, ((0, 0), (0, max(0, length - channels.shape[1]))))[:, :length]
    mix = channels if stereo else channels.mean(axis=0)
    return to_peak(fade(mix, RATE, out_s=0.25), -6), RATE


def music(name, lecture, notes, parts, **options):
    origin = f"fluidsynth 2.3.1 with FluidR3_GM 3.1 (render in make_data.py, own score): {parts} {options}"
    return Clip(f"music/{name}.flac", lecture, notes, origin, lambda: render(parts, **options))


SCALE = "C4:1 D4:1 E4:1 F4:1 G4:1 A4:1 B4:1 C5:2"
FOLK = "D5:1 E5:0.5 F#5:0.5 A5:1.5 F#5:0.5 G5:0.5 E5:0.5 C#5:1 D5:2"
BEAT = "kick+hat:0.5 hat:0.5 snare+hat:0.5 hat:0.5 kick+hat:0.5 kick+hat:0.5 snare+hat:0.5 open:0.5 "
FILL = "kick+hat:0.5 snare:0.25 snare:0.25 tom:0.5 tom:0.25 tom:0.25 kick+crash:2"
A_MINOR, F_MAJOR = "A3:0.5 C4:0.5 E4:0.5 A4:0.5 ", "F3:0.5 A3:0.5 C4:0.5 F4:0.5 "
C_MAJOR, G_MAJOR = "C3:0.5 G3:0.5 C4:0.5 E4:0.5 ", "G3:0.5 B3:0.5 D4:0.5 G4:0.5 "
PICKED = 2 * A_MINOR + 2 * F_MAJOR + 2 * C_MAJOR + G_MAJOR + C_MAJOR
TUNE = "E5:1.5 D5:0.5 C5:1 A4:1 A4:0.5 C5:0.5 F5:1 E5:2 G5:1.5 E5:0.5 D5:1 C5:1 D5:1 B4:1 C5:2"
CHORDS = "A3+C4+E4:4 F3+A3+C4:4 C3+G3+E4:4 G3+B3+D4:2 C3+G3+E4:2"
WALK = "A2:1 E2:1 A2:1 G2:1 F2:1 C3:1 F2:1 G2:1 C3:1 G2:1 C3:1 E3:1 G2:1 D3:1 C3:2"
SAME_NOTE = "One note A4 = 440 Hz, the same in all clips music/*_a4: only the timbre differs"

CLIPS_MUSIC = [
    music("piano_a4", "01_sound", SAME_NOTE, [(PIANO, "A4:6")], seconds=2.5),
    music("guitar_a4", "01_sound", SAME_NOTE, [(GUITAR, "A4:6")], seconds=2.5),
    music("violin_a4", "01_sound", SAME_NOTE, [(VIOLIN, "A4:6")], seconds=2.5),
    music("flute_a4", "01_sound", SAME_NOTE, [(FLUTE, "A4:6")], seconds=2.5),
    music("clarinet_a4", "01_sound", SAME_NOTE + "; odd harmonics dominate", [(CLARINET, "A4:6")], seconds=2.5),
    music("trumpet_a4", "01_sound", SAME_NOTE, [(TRUMPET, "A4:6")], seconds=2.5),
    music("piano_a0", "01_sound",
          "The lowest key, A0 = 27.5 Hz: no peak at 27.5 Hz stands out of the rumble",
          [(PIANO, "A0:6")], seconds=3),
    music("piano_chord", "03_dft", "C major, C4 E4 G4 C5 struck together", [(PIANO, "C4+E4+G4+C5:6")], seconds=3),
    music("piano_scale", "04_stft", "C major scale C4 to C5, two notes a second", [(PIANO, SCALE)], seconds=5),
    music("guitar", "02_sampling", "Broken chords Am F C G on a nylon-string guitar",
          [(GUITAR, A_MINOR + F_MAJOR + C_MAJOR + G_MAJOR)], seconds=5.5, bpm=100),
    music("violin_vibrato", "04_stft", "One long A4 whose vibrato opens over two seconds", [(VIOLIN, "A4:10")],
          seconds=4.5, vibrato=127),
    music("violin", "03_dft", "A short phrase in D major", [(VIOLIN, FOLK)], seconds=5.5, bpm=96, vibrato=45),
    music("flute", "04_stft", "The phrase of music/violin on a flute", [(FLUTE, FOLK)], seconds=5.5, bpm=96),
    music("drums", "04_stft", "Two bars of kick, snare and hi-hat, 110 beats a minute", [(KIT, BEAT + FILL)],
          seconds=5.5, bpm=110),
    music("arrangement", "00_start_here", "Flute, guitar, piano, bass and drums, four bars, 112 beats a minute",
          [(FLUTE, TUNE), (GUITAR, PICKED), (PIANO, CHORDS), (BASS, WALK), (KIT, BEAT * 3 + FILL)],
          seconds=9.8, bpm=112, stereo=True),
]  # fmt: skip


# ---------------------------------------------------------------- speech: espeak-ng (22.05 kHz) and flite (16 kHz)

VERSIONS = {"espeak-ng": "espeak-ng 1.51", "flite": "flite 2.2"}


def speech_command(voice, text, wav, speed):
    """The command line; `voice` is 'synthesiser voice'. Write `en`, not `en-gb`: that ignores +m1 without a word."""
    synthesiser, variant = voice.split()
    if synthesiser == "flite":
        return ["flite", "-voice", variant, "-o", wav, "-t", text]
    return ["espeak-ng", "-v", variant, "-s", str(speed), "-w", wav, text]


def speak(voice, text, speed=150):
    """The synthesiser's own samples without the silence around them, every voice at -24 dBFS RMS."""
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder, "out.wav"))
        run(*speech_command(voice, text, wav, speed))
        rate, codes = wavfile.read(wav)
    signal = codes / 32768
    loud = np.flatnonzero(np.abs(signal) > 0.01 * np.max(np.abs(signal)))
    margin = round(0.04 * rate)
    signal = signal[max(0, loud[0] - margin) : loud[-1] + margin]
    return to_rms(fade(signal, rate, in_s=0.01), -24), rate


def speak_in_slots(voice, words, *, slot_s):
    """Each word at the start of its own slot of equal length."""
    slots = []
    for word in words:
        signal, rate = speak(voice, word)
        slots.append(np.pad(signal, (0, round(slot_s * rate) - len(signal))))
    return np.concatenate(slots), rate


def speech_origin(voice, text, speed=150):
    return f"{VERSIONS[voice.split()[0]]}: {shlex.join(speech_command(voice, text, 'out.wav', speed))}"


def speech(name, lecture, notes, voice, text):
    return Clip(f"speech/{name}.flac", lecture, notes, speech_origin(voice, text), lambda: speak(voice, text), text)


def vowel(name, phoneme):
    """A long vowel, from espeak-ng's phoneme input, slowly."""
    voice, text, speed = "espeak-ng it", f"[[{phoneme}]]", 80
    notes = f"Isolated vowel, male voice, pitch nearly level at 97 Hz: espeak-ng phoneme {text} of Italian"
    origin = speech_origin(voice, text, speed)
    return Clip(f"speech/vowel_{name}.flac", "01_sound", notes, origin, lambda: speak(voice, text, speed))


def word_pair(first, second, contrast):
    voice = "espeak-ng en"
    notes = f"Minimal pair {contrast}: the first word starts at 0 s, the second at exactly 1 s; male voice"
    return Clip(
        f"speech/pair_{first}_{second}.flac",
        "04_stft",
        notes,
        f"{speech_origin(voice, first)}; the same for {second}",
        lambda: speak_in_slots(voice, [first, second], slot_s=1),
        f"{first}, {second}",
    )


SENTENCE = "The young judge chose three thick blue shawls, and five good hosts outside enjoyed them with pleasure."
SAME_WORDS = "The sentence that all clips speech/sentence_* say"
DIGITS = "zero, one, two, three, four, five, six, seven, eight, nine"

CLIPS_SPEECH = [
    speech("sentence_gb_m1", "03_dft", SAME_WORDS + "; male, British", "espeak-ng en+m1", SENTENCE),
    speech("sentence_us_m3", "03_dft", SAME_WORDS + "; male, American", "espeak-ng en-us+m3", SENTENCE),
    speech("sentence_scotland_m7", "04_stft", SAME_WORDS + "; male, Scottish", "espeak-ng en-gb-scotland+m7", SENTENCE),
    speech("sentence_us_f2", "03_dft", SAME_WORDS + "; female, American", "espeak-ng en-us+f2", SENTENCE),
    speech("sentence_rp_f4", "04_stft", SAME_WORDS + "; female, British", "espeak-ng en-gb-x-rp+f4", SENTENCE),
    speech("sentence_caribbean_f3", "04_stft", SAME_WORDS + "; female, Caribbean", "espeak-ng en-029+f3", SENTENCE),
    speech("sentence_whisper", "04_stft", SAME_WORDS + "; whispered: breath noise in place of the voice, so no pitch",
           "espeak-ng en+whisper", SENTENCE),
    speech("sentence_slt", "00_start_here", SAME_WORDS + "; female, American", "flite slt", SENTENCE),
    speech("sentence_rms", "03_dft", SAME_WORDS + "; male, American", "flite rms", SENTENCE),
    speech("sentence_awb", "04_stft", SAME_WORDS + "; male, Scottish", "flite awb", SENTENCE),
    speech("sentence_kal16", "02_sampling", SAME_WORDS + "; male, American, 16 kHz", "flite kal16", SENTENCE),
    speech("sentence_kal8", "02_sampling", SAME_WORDS + "; male, the speaker of sentence_kal16 at 8 kHz",
           "flite kal", SENTENCE),
    speech("sonorants", "01_sound", "Voiced throughout and nearly without noise; male", "espeak-ng en",
           "A lonely lion ran around a yellow meadow."),
    speech("sibilants", "02_sampling", "14 % of the energy above 4 kHz (in speech/sonorants 0.1 %); female",
           "espeak-ng en-us+f5", "Six thin shells hiss as the surf sifts past such soft shoes."),
    speech("plosives", "04_stft", "Silences and bursts; male", "flite rms",
           "Pack a big bag, tap the top, and kick the dark gate open."),
    speech("digits", "02_sampling", "Ten digits; female", "flite slt", DIGITS),
    vowel("a", "a:"),
    vowel("e", "e:"),
    vowel("i", "i:"),
    vowel("o", "o:"),
    vowel("u", "u:"),
    word_pair("sip", "ship", "s/sh"),
    word_pair("pat", "bat", "p/b"),
    word_pair("see", "she", "s/sh before a long vowel"),
    word_pair("bit", "beat", "short/long i"),
    word_pair("thin", "fin", "th/f"),
]  # fmt: skip


# ---------------------------------------------------------------- environment: physics in a few lines each


def silence(seconds):
    return np.zeros(round(seconds * RATE))


def add(signal, start_s, event):
    """Mix an event in at a time; what would ring past the end is cut."""
    start = round(start_s * RATE)
    part = event[: max(0, len(signal) - start)]
    signal[start : start + len(part)] += part


def times(seconds):
    return np.arange(round(seconds * RATE)) / RATE


def filtered(signal, shape, cutoff_hz, order=2):
    """A Butterworth filter; shape is lowpass, highpass or bandpass."""
    return sps.sosfilt(sps.butter(order, cutoff_hz, shape, fs=RATE, output="sos"), signal)


def ring(frequencies_hz, decays_s, amplitudes, seconds):
    """A struck body: a sum of modes, each falling by 60 dB in its decay time."""
    t = times(seconds)
    modes = [
        a * 10 ** (-3 * t / d) * np.sin(2 * np.pi * f * t)
        for f, d, a in zip(frequencies_hz, decays_s, amplitudes, strict=True)
    ]
    return np.sum(modes, axis=0)


def in_room(signal, rng, *, rt60_s, wet, damping_hz=5000):
    """Add a diffuse reverberation tail: decaying noise whose energy is `wet` times the direct sound's."""
    t = times(rt60_s)
    tail = rng.standard_normal(len(t)) * 10 ** (-3 * t / rt60_s) * (t > 0.004)
    tail = filtered(tail, "lowpass", damping_hz, order=1)
    tail *= np.sqrt(wet / np.sum(tail**2))
    return signal + sps.fftconvolve(signal, tail)[: len(signal)]


def background(rng, seconds, *, cutoff_hz, rms):
    """Distant rumble: noise falling 12 dB an octave above the cut-off."""
    noise = filtered(rng.standard_normal(round(seconds * RATE)), "lowpass", cutoff_hz)
    return noise * rms / np.sqrt(np.mean(noise**2))


def siren(seed, seconds=8.0, speed=18.0, nearest=12.0):
    """A wailing siren (550-1400 Hz) drives past: delay r/c gives the Doppler shift, 1/r the level."""
    rng = np.random.default_rng(seed)
    t = times(seconds)
    distance = np.hypot(nearest, speed * (t - 0.55 * seconds))
    clock = np.arange(-RATE, len(t)) / RATE  # the siren has been on for a second
    sweep = 0.5 - 0.5 * np.cos(2 * np.pi * clock / 3.2)
    phase = 2 * np.pi * np.cumsum(550 * (1400 / 550) ** sweep) / RATE
    total = np.zeros_like(t)
    for extra_m, gain in [(0, 1.0), (21, 0.25), (47, 0.15)]:  # direct, and two walls
        heard = np.interp(t - (distance + extra_m) / 343, clock, phase)
        horn = sum(np.sin(k * heard) * a for k, a in [(1, 1.0), (2, 0.35), (3, 0.5), (4, 0.15), (5, 0.2), (7, 0.08)])
        total += gain * horn * nearest / (distance + extra_m)
    return total + background(rng, seconds, cutoff_hz=200, rms=0.02)


def raindrop(rng):
    """The click of the impact, and the ring of the air bubble under it, rising as the bubble surfaces."""
    t = times(0.03)
    frequency = rng.uniform(1200, 7000)
    bubble = np.sin(2 * np.pi * frequency * t * (1 + 4 * t)) * np.exp(-t / rng.uniform(0.002, 0.006))
    click = rng.standard_normal(len(t)) * np.exp(-t / 0.0006)
    return click + rng.uniform(0, 1) * bubble


def rain(seed, seconds=6.0):
    """Far drops fuse into hiss; near ones, with heavy-tailed loudness, stand out."""
    rng = np.random.default_rng(seed)
    far = filtered(rng.standard_normal(round(seconds * RATE)), "bandpass", [700, 9000], order=1)
    total = 0.07 * far * (1 + background(rng, seconds, cutoff_hz=0.7, rms=0.15))
    for start in rng.uniform(0, seconds, 1800):
        add(total, start, min(0.03 * rng.pareto(1.4), 0.25) * raindrop(rng))
    return total + background(rng, seconds, cutoff_hz=250, rms=0.02)


def tick(rng, pitch):
    """An escapement: unlock, impulse and drop, a few milliseconds apart, ringing in the case."""
    case = np.array([1150, 2320, 3470, 4950, 6800, 9100]) * pitch
    total = silence(0.15)
    for start, gain in [(0.001, 0.35), (0.009, 0.2), (0.016, 1.0)]:
        body = ring(case, [0.05, 0.035, 0.03, 0.02, 0.015, 0.01], gain * rng.uniform(0.5, 1, 6), 0.06)
        add(total, start, body)
        add(total, start, gain * 0.8 * rng.standard_normal(60) * np.exp(-np.arange(60) / 12))
    return total


def clock(seed, seconds=6.0):
    """Tick and tock every half second; the two sides of the pendulum differ in colour and a little in time."""
    rng = np.random.default_rng(seed)
    total = silence(seconds)
    for beat in range(int(seconds * 2)):
        tock = beat % 2
        add(total, 0.2 + 0.5 * beat + 0.012 * tock, (0.8 if tock else 1) * tick(rng, 0.86 if tock else 1.0))
    return in_room(total, rng, rt60_s=0.35, wet=0.25) + background(rng, seconds, cutoff_hz=150, rms=0.002)


def engine(seed, seconds=7.0):
    """Four cylinders: unequal exhaust pulses at twice the revolutions, through the resonances of the pipe."""
    rng = np.random.default_rng(seed)
    t = times(seconds)
    rpm = np.interp(t, [0, 1.5, 3.2, 3.8, 5.6, seconds], [850, 850, 3400, 3300, 900, 850])
    rpm = sps.sosfiltfilt(sps.butter(1, 1.5, fs=RATE, output="sos"), rpm)
    firings = np.cumsum(rpm / 30) / RATE  # two firings a revolution
    n_firings = int(firings[-1])
    when = np.interp(np.arange(1, n_firings + 1), firings, t) + 0.00012 * rng.standard_normal(n_firings)
    strength = np.tile([1.0, 0.85, 0.95, 0.75], n_firings)[:n_firings] * (1 + 0.04 * rng.standard_normal(n_firings))
    load = 0.45 + 0.55 * np.interp(when, t, rpm) / 3400
    pulse_t = times(0.012)
    pulse = pulse_t * np.exp(-pulse_t / 0.0012) / 0.0012
    excitation = silence(seconds)
    for start, gain in zip(when, strength * load, strict=True):
        add(excitation, start, gain * (pulse + 0.25 * np.exp(-pulse_t / 0.003) * rng.standard_normal(len(pulse))))
    pipe = 0.5 * excitation
    for centre_hz, quality, gain in [(95, 3, 1.0), (210, 4, 0.9), (430, 4, 0.7), (900, 3, 0.4), (1900, 2, 0.2)]:
        pipe += gain * sps.lfilter(*sps.iirpeak(centre_hz, quality, fs=RATE), excitation)
    pipe = filtered(pipe, "highpass", 30)
    pipe = filtered(pipe, "lowpass", 2500, order=1)
    return in_room(pipe, rng, rt60_s=0.25, wet=0.1)


def whistle(start_hz, end_hz, seconds, *, bend=0.0, warble_hz=0.0, depth=0.0):
    """One bird syllable: a nearly pure tone whose pitch glides, arches (bend) and warbles, all in octaves."""
    t = times(seconds)
    u = t / seconds
    octaves = np.log2(end_hz / start_hz) * u + bend * np.sin(np.pi * u) + depth * np.sin(2 * np.pi * warble_hz * t)
    phase = 2 * np.pi * np.cumsum(start_hz * 2**octaves) / RATE
    return np.sin(np.pi * u) ** 0.7 * (np.sin(phase) + 0.06 * np.sin(2 * phase))


def birds(seed, seconds=8.0):
    """Three singers: a two-note call, a descending trill, a warbler; outdoors."""
    rng = np.random.default_rng(seed)
    total = silence(seconds)
    for start in [0.3, 1.1, 5.3, 6.1]:  # high-low, high-low
        add(total, start, 0.8 * whistle(4300, 4200, 0.22, bend=0.05))
        add(total, start + 0.3, 0.7 * whistle(3300, 3150, 0.28, bend=0.03))
    for start, gain in [(2.1, 1.0), (6.5, 0.3)]:  # the second trill is farther away
        for i in range(12):
            pitch = 6800 - 220 * i + rng.uniform(-60, 60)
            add(total, start + i * (0.095 + 0.0015 * i), gain * (0.2 + 0.03 * i) * whistle(pitch, 0.65 * pitch, 0.05))
    at = 3.9
    while at < 5.0:
        low, length = rng.uniform(2200, 3400), rng.uniform(0.07, 0.16)
        syllable = whistle(
            low,
            low * rng.uniform(0.8, 1.5),
            length,
            bend=rng.uniform(-0.4, 0.5),
            warble_hz=rng.uniform(18, 40),
            depth=rng.uniform(0, 0.12),
        )
        add(total, at, 0.5 * syllable)
        at += length + rng.uniform(0.02, 0.07)
    total = in_room(total, rng, rt60_s=0.5, wet=0.05, damping_hz=9000)
    return total + background(rng, seconds, cutoff_hz=400, rms=0.006)


def chime(fundamental_hz, rng):
    """A felt-tipped plunger strikes a metal bar: free-free bar modes, each split into a slowly beating pair."""
    ratios = np.array([1, 2.756, 5.404, 8.933])
    modes = np.concatenate([ratios, ratios * 1.0012]) * fundamental_hz
    bar = ring(modes, [3.2, 1.3, 0.5, 0.2] * 2, [1, 0.35, 0.16, 0.06, 0.4, 0.2, 0.08, 0.03], 3.4)
    knock = ring([180, 410, 760], [0.08, 0.05, 0.04], [0.3, 0.2, 0.1], 3.4)
    knock[:200] += 0.2 * rng.standard_normal(200) * np.exp(-np.arange(200) / 40)
    return bar + knock


def door_bell(seed, seconds=4.5):
    """Ding (E5) when the button goes in, dong (C5) when it is let go."""
    rng = np.random.default_rng(seed)
    total = silence(seconds)
    add(total, 0.05, chime(659.26, rng))
    add(total, 0.8, chime(523.25, rng))
    return in_room(total, rng, rt60_s=0.5, wet=0.15) + background(rng, seconds, cutoff_hz=150, rms=0.001)


def shard(rng, size):
    """A piece of glass hits the floor: a handful of inharmonic modes, higher and shorter the smaller it is."""
    n_modes = 6
    modes = rng.uniform(1400, 4200) / size * np.cumprod(rng.uniform(1.05, 1.6, n_modes))
    decays = 0.16 * size * rng.uniform(0.4, 1.3, n_modes)
    loudness = rng.uniform(0.2, 1, n_modes) * (2000 / modes) ** 0.5 * (modes < 18000)
    return ring(modes, decays, loudness, 0.25)


def breaking_glass(seed, seconds=2.8):
    """The blow, the crack spreading (dense pieces), then shards that fall and bounce ever faster."""
    rng = np.random.default_rng(seed)
    total = silence(seconds)
    blow = rng.standard_normal(round(0.08 * RATE)) * np.exp(-times(0.08) / 0.009)
    add(total, 0.1, filtered(blow, "highpass", 900, order=1))
    add(total, 0.1, ring([140, 260, 520], [0.15, 0.12, 0.1], [0.6, 0.4, 0.3], 0.2))
    for start in 0.1 + rng.exponential(0.06, 140):
        add(total, start, 0.5 * rng.uniform(0.2, 1) * shard(rng, rng.uniform(0.4, 1.2)))
    for landing in 0.35 + rng.gamma(2.0, 0.3, 70):
        size, at, interval, gain = rng.uniform(0.3, 1), landing, rng.uniform(0.08, 0.2), rng.uniform(0.1, 1)
        while gain > 0.02:
            add(total, at, gain * shard(rng, size))
            at, interval, gain = at + interval, interval * 0.6, gain * 0.5
    return in_room(total, rng, rt60_s=0.4, wet=0.1, damping_hz=9000)


def footstep(rng, foot):
    """Heel, then sole, on a wooden floor: boards that boom, leather that scuffs."""
    total = silence(0.4)
    for start, gain, pitch in [(0.0, 1.0, 1.0), (0.11 + 0.015 * rng.uniform(), 0.4, 1.35)]:
        boards = np.array([82, 131, 205, 334, 560, 910]) * pitch * (1.06 if foot else 1) * rng.uniform(0.97, 1.03)
        add(total, start, gain * ring(boards, [0.16, 0.14, 0.1, 0.08, 0.05, 0.04], [1, 0.9, 0.6, 0.45, 0.3, 0.2], 0.2))
        knock = rng.standard_normal(round(0.03 * RATE)) * np.exp(-times(0.03) / 0.003)
        add(total, start, 0.9 * gain * filtered(knock, "bandpass", [700, 4500], order=1))
    scuff = filtered(rng.standard_normal(len(times(0.12))), "bandpass", [1500, 7000], order=1)
    add(total, 0.12, 0.06 * scuff * np.sin(np.pi * times(0.12) / 0.12) ** 2)
    return total


def footsteps(seed, seconds=5.0):
    """A walk at 108 steps a minute, coming nearer."""
    rng = np.random.default_rng(seed)
    total = silence(seconds)
    for step in range(8):
        add(total, 0.25 + 0.556 * step + 0.015 * rng.standard_normal(), (0.5 + 0.07 * step) * footstep(rng, step % 2))
    total = in_room(total, rng, rt60_s=0.6, wet=0.2, damping_hz=3000)
    return total + background(rng, seconds, cutoff_hz=150, rms=0.002)


# ---------------------------------------------------------------- test signals


def log_sweep(seconds=10.0):
    """A logarithmic sweep: every octave takes the same time."""
    return sps.chirp(times(seconds), 20, seconds, 20000, method="logarithmic", phi=-90)


def clicks():
    """Single samples of full height: one at 0.5 s, then pairs about 5, 20 and 80 ms apart."""
    total = silence(3)
    total[[22050, 44100, 44320, 66150, 67032, 88200, 91728]] = 1
    return total


def two_tones():
    """1000 Hz and 1020 Hz together, equally loud."""
    return sum(np.sin(2 * np.pi * f * times(2)) for f in (1000, 1020))


def level_steps():
    """1 kHz for a second at each of -6, -12, -18 ... -48 dB of full scale."""
    tone = fade(np.sin(2 * np.pi * 1000 * times(0.9)), RATE, in_s=0.01)
    total = silence(8)
    for step in range(8):
        add(total, step, 10 ** (-6 * step / 20) * tone)
    return total


def left_right():
    """A voice says left, right and both, each where it says."""
    words, rate = speak_in_slots("flite slt", ["left", "right", "both"], slot_s=1.2)
    sides = np.repeat([[1, 0, 1], [0, 1, 1]], len(words) // 3, axis=1)
    return sides * words, rate


def own(kind, name, lecture, notes, function, peak_db=-6.0, **arguments):
    """A row for a sound of our own; `arguments` go to the function that makes it."""

    def build():
        ramps = {"in_s": 0.03, "out_s": 0.3} if kind == "environment" else {}
        return to_peak(fade(function(**arguments), RATE, **ramps), peak_db), RATE

    call = ", ".join(f"{key}={value}" for key, value in arguments.items())
    origin = f"make_data.py: {function.__name__}({call}), peak {peak_db:g} dBFS; numpy 2.4, scipy 1.17"
    return Clip(f"{kind}/{name}.flac", lecture, notes, origin, build)


CLIPS_OWN = [
    own("environment", "siren", "04_stft", "A wailing siren drives past: sweep and Doppler shift", siren, seed=1),
    own("environment", "rain", "01_sound", "Steady rain with near drops", rain, -9, seed=2),
    own("environment", "clock", "01_sound", "Tick and tock, two a second", clock, -12, seed=3),
    own("environment", "engine", "03_dft", "Four cylinders: idle 850/min, up to 3400/min, back", engine, seed=4),
    own("environment", "birds", "04_stft", "Three birds: two-note call, descending trill, warble", birds, -9, seed=5),
    own("environment", "door_bell", "03_dft", "Ding E5 at 0.05 s, dong C5 at 0.8 s: inharmonic bar modes",
        door_bell, seed=6),
    own("environment", "breaking_glass", "04_stft", "Blow at 0.1 s, then falling shards", breaking_glass, seed=7),
    own("environment", "footsteps", "01_sound", "Eight steps on a wooden floor, coming nearer", footsteps, -9, seed=8),
    own("test_signals", "log_sweep", "02_sampling", "20 Hz to 20 kHz in 10 s, logarithmic: a decade takes 10/3 s",
        log_sweep),
    own("test_signals", "clicks", "04_stft",
        "Single samples at positions 22050, 44100 44320 (5 ms apart, rounded to 220 samples), 66150 67032 (20 ms), "
        "88200 91728 (80 ms)", clicks),
    own("test_signals", "two_tones", "04_stft", "1000 Hz and 1020 Hz, equal level: 20 beats a second", two_tones),
    own("test_signals", "level_steps", "00_start_here", "1 kHz, a step each second: -6, -12 ... -48 dBFS peak",
        level_steps),
    Clip("test_signals/stereo_left_right.flac", "00_start_here",
         "Left channel from 0 s, right channel from 1.2 s, both from 2.4 s; female voice",
         f"{speech_origin('flite slt', 'left')}; the same for right, both", left_right, "left, right, both"),
]  # fmt: skip

CLIPS = CLIPS_MUSIC + CLIPS_SPEECH + CLIPS_OWN


# ---------------------------------------------------------------- building and checking


def build(folder):
    """Write every clip and the manifest."""
    rows = []
    for clip in CLIPS:
        signal, rate = clip.build()
        path = folder / clip.file
        write_flac(path, signal, rate)
        channels, length = np.atleast_2d(signal).shape
        kind, seconds = clip.file.split("/")[0], f"{length / rate:.6f}"
        row = [clip.file, kind, clip.lecture, clip.transcript, clip.notes, rate, seconds, channels, clip.origin]
        rows.append([*row, LICENCE, hashlib.sha256(path.read_bytes()).hexdigest()])
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


def differences(ours, rebuilt):
    """Names of the files that are not the same bytes in both folders."""
    names = [*(clip.file for clip in CLIPS), "manifest.csv"]
    missing = [name for name in names if not (ours / name).exists()]
    return missing + [n for n in names if n not in missing and (ours / n).read_bytes() != (rebuilt / n).read_bytes()]


def main():
    parser = argparse.ArgumentParser(description="Build the clips of data/ and manifest.csv.")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="folder to build into")
    parser.add_argument("--check", action="store_true", help="rebuild elsewhere and compare every file")
    arguments = parser.parse_args()
    if lines := missing_tools():
        sys.exit("\n".join(lines))
    if not arguments.check:
        build(arguments.out)
        print(f"{len(CLIPS)} clips and manifest.csv are in {arguments.out}")
        return
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        different = differences(arguments.out, Path(folder))
    if different:
        sys.exit(f"not the same after a rebuild: {', '.join(different)}")
    print(f"{len(CLIPS)} clips and manifest.csv rebuild bit for bit")


if __name__ == "__main__":
    main()
