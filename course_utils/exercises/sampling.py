"""From a wave to numbers, and what is lost on the way

Folded tones, waves between the samples, bits and what they cost. The last exercise moves noise to where it does no harm; its best answer can be computed.
"""

import math

import numpy as np

from .. import sampling as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------------------ folding


def _nearest_multiple(frequency_hz, *, sample_rate):
    """The distance to the nearest multiple of the rate, found by trying them all."""

    def distance_hz(f):
        return min(abs(f - k * sample_rate) for k in range(math.ceil(f / sample_rate) + 1))

    return np.vectorize(distance_hz, otypes=[float])(frequency_hz)


def _tones_to_fold() -> list[Case]:
    rng = np.random.default_rng(2)
    return [
        case(10_000, sample_rate=16_000, says="10 kHz at 16 kHz", gives=6000),
        case(np.array([3000.0, 7000, 13_000]), sample_rate=10_000, says="three tones", gives=[3000, 3000, 3000]),
        case(
            np.array([0.0, 5000, 10_000, 15_000, 20_000]),
            sample_rate=10_000,
            says="multiples of the Nyquist frequency",
            gives=[0, 5000, 0, 5000, 0],
        ),
        case(rng.uniform(0, 200_000, (2, 3, 5)), sample_rate=22_050, says="a table of tones up to 200 kHz"),
        case(rng.uniform(0, 3, 12), sample_rate=0.8, says="a rate of 0.8 Hz"),
    ]


def _folded_in_a_loop(frequency_hz, *, sample_rate):
    def one(f):
        return _while_above(f, sample_rate=sample_rate)

    return [one(f) for f in frequency_hz] if np.ndim(frequency_hz) == 1 else np.vectorize(one)(frequency_hz)


def _smaller_side(frequency_hz, *, sample_rate):
    above = np.mod(frequency_hz, sample_rate)
    return np.minimum(above, sample_rate - above)


SIGNED = (
    "Some values are negative. The sign only says that the alias moves down while the tone moves up; "
    "a frequency that is heard has none."
)


def _signed_alias(frequency_hz, sample_rate, whole):
    return frequency_hz - sample_rate * whole(np.divide(frequency_hz, sample_rate))


def _while_above(frequency_hz, *, sample_rate):
    while frequency_hz > sample_rate / 2:
        frequency_hz = abs(frequency_hz - sample_rate)
    return frequency_hz


ALIAS = Exercise(
    name="sampling/alias_frequency_hz",
    title="where a tone comes back",
    stars=1,
    kind="implement",
    task=r"""
The lecture folds one tone in a loop. A harmonic sound has dozens, so write the same without a loop: a number or an array of any shape, with frequencies in Hz from 0 upwards, comes in; at which frequency each is heard comes out,

$$f_a = |f - k f_s| \quad\text{with the integer } k \text{ that gives } 0 \le f_a \le f_s/2$$

Tones may lie many times above the rate. One exactly at $f_s/2$ stays there.
""",
    start='''def alias_frequency_hz(frequency_hz, *, sample_rate):
    """Frequencies in Hz in, as many from 0 to half the rate out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="alias_frequency_hz",
    spec=Function(cases=_tones_to_fold, expected=_nearest_multiple),
    reference=package.alias_frequency_hz,
    hints=(
        "Which multiple of the rate lies nearest to 25 kHz, if the rate is 16 kHz? How far away is it?",
        "The nearest multiple is number f / f_s, made a whole number. Up, down, or to the nearest?",
        "Take the distance from f to k times the rate, with k = f / f_s rounded to the nearest integer; "
        "a distance has no sign.",
    ),
    wrongs=(
        Wrong(
            "folded once",
            "It is right up to the rate itself, and negative above it: a tone that lies far above is to "
            "be compared with the second, third, … multiple of the rate.",
            lambda frequency_hz, *, sample_rate: np.where(
                frequency_hz > sample_rate / 2, sample_rate - frequency_hz, frequency_hz
            ),
        ),
        Wrong(
            "folded once, without sign",
            "It is right up to one and a half times the rate. Tones above that lie nearer to the second, third, … "
            "multiple of the rate, and this takes the distance to the first.",
            lambda frequency_hz, *, sample_rate: np.where(
                frequency_hz > sample_rate / 2, np.abs(sample_rate - frequency_hz), frequency_hz
            ),
        ),
        Wrong(
            "remainder by half the rate",
            "7 kHz at a rate of 10 kHz gives 2 kHz: this is the distance down to a multiple of **half** the rate. "
            "Only whole turns per sample are invisible, and they are multiples of the rate.",
            lambda frequency_hz, *, sample_rate: np.mod(frequency_hz, sample_rate / 2),
        ),
        Wrong(
            "remainder only",
            "Some tones are left above half the rate: the remainder is the distance to the multiple **below**. "
            "The one above may be nearer.",
            lambda frequency_hz, *, sample_rate: np.mod(frequency_hz, sample_rate),
        ),
        Wrong(
            "multiple above",
            "Some tones are left above half the rate: this is the distance to the multiple **above** the tone. "
            "The one below may be nearer.",
            lambda frequency_hz, *, sample_rate: np.abs(
                frequency_hz - sample_rate * np.ceil(np.divide(frequency_hz, sample_rate))
            ),
        ),
        Wrong(
            "folded at the rate",
            "The tones turn round at the rate; they turn round at half of it.",
            lambda frequency_hz, *, sample_rate: np.abs(
                np.mod(frequency_hz + sample_rate, 2 * sample_rate) - sample_rate
            ),
        ),
        Wrong(
            "held at Nyquist",
            "Whatever lies above half the rate is put on half the rate. Folding does not stop there: the tone comes "
            "down again.",
            lambda frequency_hz, *, sample_rate: np.minimum(frequency_hz, sample_rate / 2),
        ),
        Wrong(
            "signed", SIGNED, lambda frequency_hz, *, sample_rate: _signed_alias(frequency_hz, sample_rate, np.round)
        ),
        Wrong(
            "signed remainder",
            SIGNED,
            lambda frequency_hz, *, sample_rate: _signed_alias(frequency_hz, sample_rate, lambda x: np.floor(x + 0.5)),
        ),
        Wrong(
            "one number only",
            "It is right for one number and fails for an array: `while`, `if` and `max` cannot ask whether a whole array "
            "is above half the rate. Which formula does for one tone and for many?",
            _while_above,
        ),
    ),
    also_right=(
        _folded_in_a_loop,
        _smaller_side,
        lambda frequency_hz, *, sample_rate: (
            np.arccos(np.cos(2 * np.pi * np.asarray(frequency_hz) / sample_rate)) * sample_rate / (2 * np.pi)
        ),
    ),
)

# --------------------------------------------------------------------------------- reading a picture

GLIDE_S = 4.0


def unknown_glide():
    """A tone that rises evenly from 0 Hz for 4 s, read 8,000 times a second without a filter."""
    rate_hz_per_s = 21_500 / GLIDE_S
    wave = package.sample(lambda t: np.sin(np.pi * rate_hz_per_s * t**2), sample_rate=8000, duration_s=GLIDE_S)
    return 0.3 * wave, 8000


def _glide_truth():
    """From the first half second, in which nothing has folded: the samples' own phase says how fast the tone rises."""
    wave, sample_rate = unknown_glide()
    start = wave[: sample_rate // 2]
    n_fft = len(start)
    spectrum = np.fft.fft(start)
    spectrum[n_fft // 2 :] = 0  # the analytic signal: its phase is that of the tone
    phase = np.unwrap(np.angle(np.fft.ifft(spectrum)))
    middle = np.arange(n_fft // 4, 3 * n_fft // 4) / sample_rate
    half_slope = np.polyfit(middle, phase[n_fft // 4 : 3 * n_fft // 4], 2)[0]  # φ = π · slope · t²
    return half_slope / np.pi * GLIDE_S


def highest_hz():
    n_legs = 5  # up, down, up, down, up, each half the rate high
    descent_hz = 4000 - 2500  # the sixth leg runs down, and ends at 2.5 kHz
    return n_legs * 4000 + descent_hz


READ = Exercise(
    name="sampling/highest_hz",
    title="how high did the glide go?",
    stars=2,
    kind="read",
    task="""
A tone rises evenly, by the same number of hertz in each second, from 0 Hz for 4 s. It was sampled at 8 kHz, and somebody had left out the anti-alias filter. The picture shows what is in the samples. **Which frequency, in Hz, did the tone in the air have at the end?** (Within 2 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.sampling import unknown_glide

glide, sample_rate = unknown_glide()
cu.plotting.spectrogram(
    glide,
    sample_rate,
    title="a rising tone, sampled at 8 kHz without a filter",
    n_fft=256,
    hop_length=64,
    alt="A line zigzags between 0 and 4 kHz. It turns round at the top at 0.74, 2.23 and 3.72 s, "
    "at the bottom at 1.49 and 2.98 s, and ends at 4 s on its way down, at 2.5 kHz.",
)""",
    start="""### BEGIN SOLUTION
highest_hz = ...  # in Hz
### END SOLUTION""",
    answer="highest_hz",
    spec=Value(truth=_glide_truth, unit="Hz", tolerance=0.02),
    reference=highest_hz,
    hints=(
        "Which frequency in the air does the first turning point belong to? And the second?",
        "Each leg of the zigzag, up or down, is 4 kHz of the tone in the air. How many are complete?",
        "Five legs are complete, and the sixth runs down: from the top of the picture to where the line ends.",
    ),
    wrongs=(
        Wrong(
            "what is heard",
            "That is where the line ends, and what is heard. In the air the tone never came down.",
            lambda: 2500,
        ),
        Wrong(
            "last leg from below",
            "The last leg runs down: it begins at 4 kHz and has come only 1.5 kHz far when the sound ends.",
            lambda: 22_500,
        ),
        Wrong(
            "legs of the whole rate",
            "Each leg was taken for 8 kHz. The tone turns round at every multiple of half the rate.",
            lambda: 41_500,
        ),
        Wrong(
            "turns at the top only",
            "Only the legs that go up were counted. On the way down the tone in the air rises just as fast.",
            lambda: 13_500,
        ),
        Wrong(
            "one leg too few",
            "One leg is missing: count the turning points, at the top and at the bottom.",
            lambda: 17_500,
        ),
    ),
    also_right=(lambda: 4000 / 0.744 * 4, lambda: np.float32(21_600)),
)

# -------------------------------------------------------------------------------- between the samples


def _peak_by_definition(signal, factor=4):
    """The sum of sinc pulses, point by point."""
    signal = np.asarray(signal, float)
    n_time = signal.shape[-1]

    def pulse(u):
        return 1.0 if u == 0 else math.sin(math.pi * u) / (math.pi * u)

    def wave(samples, t):
        return sum(x * pulse(t - n) for n, x in enumerate(samples))

    instants = [m / factor for m in range(factor * (n_time - 1) + 1)]
    peaks = [max(abs(wave(row, t)) for t in instants) for row in signal.reshape(-1, n_time).tolist()]
    return np.reshape(peaks, signal.shape[:-1])


def _peaks() -> list[Case]:
    rng = np.random.default_rng(16)
    return [
        case(np.array([1.0, 1.0]), factor=2, says="two equal samples", gives=4 / np.pi),
        case(np.array([-1.0, -1.0]), factor=2, says="two equal samples below zero", gives=4 / np.pi),
        case(np.array([0.5]), says="a single sample", gives=0.5),
        case(np.array([-1.0, 1.2]), says="the highest sample at the end", gives=1.2),
        case(np.array([0.3, -0.8, 0.1]), factor=1, says="no points between the samples", gives=0.8),
        case(np.tile([1.0, 1, -1, -1], 5), says="a tone at a quarter of the rate"),
        case(rng.uniform(-1, 1, 11), factor=5, says="eleven random samples"),
        case(rng.uniform(-1, 1, (2, 3, 9)), factor=3, says="a batch of two by three signals"),
        case(np.zeros(4), says="silence", gives=0),
    ]


def true_peak(signal, *, factor=4):
    signal = np.asarray(signal, float)
    n_points = factor * (signal.shape[-1] - 1) + 1  # the last sample included
    wave = package.sinc_interpolate(signal, np.arange(n_points) / factor, sample_rate=1)
    return np.abs(wave).max(axis=-1)


def _true_peak_by_matrix(signal, *, factor=4):
    n_time = np.shape(signal)[-1]
    grid = np.linspace(0, n_time - 1, factor * (n_time - 1) + 1)
    pulses = np.sinc(np.subtract.outer(np.arange(n_time), grid))
    return np.linalg.norm(np.asarray(signal) @ pulses, ord=np.inf, axis=-1)


def _true_peak_rows(signal, *, factor=4):
    signal = np.asarray(signal)
    if signal.ndim > 1:
        return [_true_peak_rows(row, factor=factor) for row in signal]
    total = np.zeros(factor * (len(signal) - 1) + 1)
    for n, value in enumerate(signal):
        total += value * np.sinc(np.arange(len(total)) / factor - n)
    return max(total.max(), -total.min())


def _quietly(compute):
    """For wrong answers that take logarithms of what has none."""
    with np.errstate(all="ignore"):
        return compute()


def _peak_of(wave_at):
    """The peak of another wave through the samples; ``wave_at(signal, positions)``."""

    def peak(signal, *, factor=4):
        signal = np.asarray(signal, float)
        return np.abs(wave_at(signal, np.arange(factor * (signal.shape[-1] - 1) + 1) / factor)).max(axis=-1)

    return peak


def _sinc_sum(signal, positions, stretch=1.0):
    return signal @ np.sinc(stretch * (positions - np.arange(signal.shape[-1])[:, np.newaxis]))


def _periodic_peak(signal, *, factor=4):
    """By zeros in the middle of the spectrum: the piece taken for one period."""
    signal = np.asarray(signal, float)
    n_time = signal.shape[-1]
    turns = np.fft.fftfreq(n_time, 1 / n_time)
    phasors = np.exp(2j * np.pi * np.outer(turns, np.arange(factor * n_time) / (factor * n_time)))
    return np.abs((np.fft.fft(signal) @ phasors).real / n_time).max(axis=-1)


TRUE_PEAK = Exercise(
    name="sampling/true_peak",
    title="how high the wave rises between the samples",
    stars=2,
    kind="implement",
    task=r"""
A level meter that looks at samples misses what a loudspeaker will get. Rebuild the wave with the lecture's sinc pulses,

$$x(t) = \sum_n x[n]\,\mathrm{sinc}(t - n) \qquad (t \text{ in samples})$$

look at it `factor` times per sample, at $t = 0, \frac{1}{\text{factor}}, \frac{2}{\text{factor}}, \dots$ from the first sample to the last, **both included**, and return the largest $|x(t)|$. There is nothing before the first sample and after the last.

Signals are `(…, time)`: one number for each, so a batch gives an array of shape `(…)`. One sample alone is its own peak; silence has a peak of 0. You may use `cu.sampling.sinc_interpolate`.
""",
    start='''def true_peak(signal, *, factor=4):
    """Signals (…, time) in, the highest |wave| of each out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="true_peak",
    spec=Function(cases=_peaks, expected=_peak_by_definition),
    reference=true_peak,
    hints=(
        "Two samples of 1, and nothing else: how high is the wave half way between them? Add two pulses.",
        "N samples have N − 1 gaps. How many instants is that, if each gap is cut into `factor` parts and the last "
        "sample counts?",
        "`cu.sampling.sinc_interpolate(signal, times, sample_rate=1)` takes the instants in samples; then take the "
        "magnitude, and the largest along the last axis.",
    ),
    wrongs=(
        Wrong(
            "sample peak",
            "That is the highest sample. The wave rises above it, and straight lines between the samples would not "
            "show that: place a sinc pulse on each sample.",
            lambda signal, *, factor=4: np.abs(signal).max(axis=-1),
        ),
        Wrong(
            "crests only",
            "Troughs are missed: a wave that reaches −1.3 overloads a converter just as one that reaches +1.3.",
            lambda signal, *, factor=4: _sinc_sum(
                np.asarray(signal), np.arange(factor * (np.shape(signal)[-1] - 1) + 1) / factor
            ).max(axis=-1),
        ),
        Wrong(
            "last sample left out",
            "The last sample itself is not looked at: from the first to the last, both included, there are "
            "factor · (N − 1) + 1 instants.",
            lambda signal, *, factor=4: np.abs(
                _sinc_sum(np.asarray(signal), np.arange(max(factor * (np.shape(signal)[-1] - 1), 1)) / factor)
            ).max(axis=-1),
        ),
        Wrong(
            "beyond the end",
            "It also looks at the wave after the last sample, where the sum of pulses may overshoot. "
            "The task ends at the last sample.",
            lambda signal, *, factor=4: np.abs(
                _sinc_sum(np.asarray(signal), np.arange(factor * np.shape(signal)[-1]) / factor)
            ).max(axis=-1),
        ),
        Wrong(
            "π twice",
            "The pulses are too narrow by a factor of π: np.sinc(u) contains its own π, so it wants u, not π u.",
            _peak_of(lambda signal, positions: _sinc_sum(signal, positions, np.pi)),
        ),
        Wrong(
            "periodic",
            "This continues the piece as if it repeated, which an FFT does (scipy.signal.resample, too). "
            "Here there is nothing before the first sample and after the last.",
            _periodic_peak,
        ),
        Wrong(
            "in dB",
            "The peak is wanted as an amplitude: 4/π for the first case, and 0 for silence, which has no level in dB.",
            lambda signal, *, factor=4: _quietly(lambda: 20 * np.log10(_peak_by_definition(signal, factor))),
        ),
        Wrong(
            "always four times",
            "It looks four times per sample whatever `factor` says.",
            lambda signal, *, factor=4: _peak_by_definition(signal, 4),
        ),
        Wrong(
            "one peak for the batch",
            "A batch gives a single number: each signal has its own peak, along the last axis.",
            lambda signal, *, factor=4: np.max(_peak_by_definition(signal, factor)),
        ),
    ),
    also_right=(_true_peak_by_matrix, _true_peak_rows),
)

# --------------------------------------------------------------------------------------------- bits


def _ratio_truth():
    """Measured on speech, with a generator of its own."""
    from .. import audio

    words, _ = audio.load("speech/sentence_kal16", dtype=np.float64)
    words = words[4000:84_000]
    words = words * 10 ** (-30 / 20) / np.sqrt(np.mean(words**2))
    dithered = package.dither(words, n_bits=12, rng=np.random.default_rng(1))
    return package.sqnr_db(words, package.quantize(dithered, n_bits=12))


def ratio_db():
    step_db = 20 * np.log10(2.0 ** (1 - 12))
    noise_db = step_db + 10 * np.log10(3 / 12)  # triangular dither trebles the power of plain rounding
    return -30 - noise_db


RATIO = Exercise(
    name="sampling/ratio_db",
    title="twelve bits for speech",
    stars=2,
    kind="predict",
    task="""
Speech comes in at −30 dBFS RMS, where 0 dBFS is an RMS of 1. Triangular dither is added as in the lecture, and the sum is rounded to 12 bits. The error is all that differs from the input, the dither included.

**By how many dB does the speech stand above the error?** (Within 0.3 dB.) The tempting formula, 6.02 b + 1.76 dB, is for something else.
""",
    start="""### BEGIN SOLUTION
ratio_db = ...
### END SOLUTION""",
    answer="ratio_db",
    spec=Value(truth=_ratio_truth, unit="dB", absolute=0.3),
    reference=ratio_db,
    hints=(
        "For which signal does 6.02 b + 1.76 hold? How far below that one is this speech, and what does dither cost?",
        "Begin with the noise alone. Plain rounding makes a noise of power Δ²/12 with Δ = 2^(1 − b); how many dBFS is "
        "that for 12 bits?",
        "Δ²/12 is −77.0 dBFS RMS. Triangular dither adds its 4.8 dB. The speech is at −30 dBFS RMS.",
    ),
    wrongs=(
        Wrong(
            "full-scale sine",
            "That is the ratio of a sine at full scale, without dither. This speech is 27 dB weaker than such a sine, "
            "and the noise does not get weaker with it.",
            lambda: 6.02 * 12 + 1.76,
        ),
        Wrong(
            "dither forgotten",
            "That would be right without dither. The triangular kind makes the noise three times as strong in power.",
            lambda: -30 - 10 * np.log10(2.0**-22 / 12),
        ),
        Wrong(
            "level forgotten",
            "The dither is in it, the level of the speech is not: this is for a sine at full scale.",
            lambda: 6.02 * 12 + 1.76 - 10 * np.log10(3),
        ),
        Wrong(
            "noise re full scale",
            "That is how far the noise lies below 0 dBFS. The speech lies below 0 dBFS, too.",
            lambda: 6.02 * 12,
        ),
        Wrong(
            "30 dB below the sine",
            "3 dB too little: the sine of the formula has an RMS of 0.71, −3 dBFS. Speech at −30 dBFS RMS is 27 dB "
            "below it, not 30.",
            lambda: 6.02 * 12 + 1.76 - 30 - 10 * np.log10(3),
        ),
        Wrong(
            "44 dB",
            "Two ways lead to 44 dB. Either the dither is forgotten and the sine of the formula is taken for 0 dBFS RMS, "
            "where it has −3; or the dither is taken for the rectangular kind, which only doubles the noise.",
            lambda: 6.02 * 12 + 1.76 - 30,
        ),
        Wrong(
            "step of 2^(−b)",
            "6 dB too much: full scale is ±1, so b bits share a range of 2, and the step is 2^(1 − b).",
            lambda: -30 - 10 * np.log10(3 * 2.0**-24 / 12),
        ),
    ),
    also_right=(lambda: -30 + 6.02 * 12, lambda: np.float32(6.02 * 12 + 1.76 - 27 - 4.77)),
)

# ----------------------------------------------------------------------------------------- listening


def four_accidents():
    """One sentence after four accidents: A, B, C and D, equally loud, and the sampling rate."""
    from .. import audio

    words, sample_rate = audio.load("speech/sibilants", dtype=np.float64)
    words = np.pad(words[:44_770] * 0.5 / np.abs(words).max(), 6615)  # 0.3 s of silence before and after
    fourth = words[::4]
    padded = np.fft.rfft(fourth)
    aliased = 4 * np.fft.irfft(np.append(padded[:-1], np.zeros(3 * len(fourth) // 2 + 1)), len(words))
    clipped = np.clip(30 * words, -1, 1)
    coarse = package.quantize(words, n_bits=5)
    dithered = package.quantize(package.dither(words, n_bits=5, rng=np.random.default_rng(3)), n_bits=5)
    versions = [dithered, clipped, aliased, coarse]
    return [0.07 * version / np.sqrt(np.mean(version**2)) for version in versions], sample_rate


def _accident(version, sample_rate):
    """What happened, from the samples: their plateaus, their band, how many levels they have, and their rests."""
    level = np.abs(version)
    power = np.abs(np.fft.rfft(version)) ** 2
    if np.mean(level > 0.999 * level.max()) > 0.01:
        return "clipped"
    if power[len(power) // 4 + 2 :].sum() < 1e-6 * power.sum():
        return "aliased"
    assert len(np.unique(np.round(version / level.max(), 6))) <= 2**5
    return "dithered" if level[: sample_rate // 5].any() else "coarse"


def _accidents_truth():
    versions, sample_rate = four_accidents()
    return [_accident(version, sample_rate) for version in versions]


def accidents():
    a, b, c, d = "dithered", "clipped", "aliased", "coarse"
    return [a, b, c, d]


def _accidents_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="sampling/four_accidents",
    title="what happened to the sentence?",
    stars=1,
    kind="listen",
    task="""
The beginning of *Six thin shells hiss …*, with 0.3 s of silence before and after, met with four accidents. Then all were brought to the same RMS:

- **clipped**: recorded much too loud, and cut off at full scale
- **aliased**: every fourth sample kept, without a filter before
- **coarse**: rounded to 5 bits
- **dithered**: triangular dither added, then rounded to 5 bits

Listen to the silence and to each *s*, then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sampling import four_accidents

versions, sample_rate = four_accidents()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(
    one_after_the_other,
    sample_rate,
    caption="A, B, C and D, half a second apart. What is in the silence? What has become of the s?",
)""",
    start="""### BEGIN SOLUTION
accidents = ...  # four of "clipped", "aliased", "coarse", "dithered"
### END SOLUTION""",
    answer="accidents",
    spec=Value(truth=_accidents_truth, options=("clipped", "aliased", "coarse", "dithered")),
    reference=accidents,
    hints=(
        "A steady hiss that is there before the first word is noise that does not depend on the voice. "
        "Which accident adds such?",
        "With three of four samples dropped, half the new rate is 2.8 kHz: one version sounds dull, and has a rustle "
        "in place of each s.",
        "Two remain. In one, soft sounds have become nearly as loud as loud ones; in the other they are the roughest, "
        "or missing.",
    ),
    wrongs=(
        Wrong(
            "coarse and dithered exchanged",
            "A and D are exchanged. Without dither the error follows the voice, and where the voice stops there is "
            "nothing; dither hisses on.",
            _accidents_as("coarse", "clipped", "aliased", "dithered"),
        ),
        Wrong(
            "clipped and coarse exchanged",
            "B and D are exchanged. Clipping cuts the loud and keeps the quiet; few bits do the opposite, "
            "and swallow what is below half a step.",
            _accidents_as("dithered", "coarse", "aliased", "clipped"),
        ),
        Wrong(
            "clipped and dithered exchanged",
            "A and B are exchanged. A's hiss is the same all the time; B is distorted wherever there is sound.",
            _accidents_as("clipped", "dithered", "aliased", "coarse"),
        ),
        Wrong(
            "aliased and dithered exchanged",
            "A and C are exchanged. C has nothing above 2.8 kHz, and rustles only where an s or sh is spoken; "
            "a hiss that never stops is dither.",
            _accidents_as("aliased", "clipped", "dithered", "coarse"),
        ),
        Wrong(
            "aliased and clipped exchanged",
            "B and C are exchanged. The dull one lost its top with three of four samples; clipping adds harmonics, "
            "and makes a sound brighter.",
            _accidents_as("dithered", "aliased", "clipped", "coarse"),
        ),
    ),
    also_right=(
        lambda: ("Dithered", "Clipped", "Aliased", "Coarse"),
        lambda: np.array(["dithered", "clipped", "aliased", "coarse"]),
    ),
)

# -------------------------------------------------------------------------------------------- mu-law


def _mu_law_by_definition(signal, *, mu=255):
    def code(x):
        size = math.log(1 + mu * abs(x)) / math.log(1 + mu)
        return math.floor((math.copysign(size, x) + 1) / 2 * mu + 0.5)

    return np.vectorize(code, otypes=[np.int64])(signal)


def _sounds_to_compress() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([0.0, 1, -1]), says="silence and both ends", gives=[128, 255, 0]),
        case(np.array([3 / 255, -3 / 255]), says="a quiet sample and its negative", gives=[159, 96]),
        case(np.array([0.5, -0.5, 0.01, -0.01]), says="half of full scale, and a hundredth"),
        case(rng.uniform(-1, 1, (2, 3, 40)), says="a batch of two by three signals"),
        case(0.01 * rng.standard_normal(50), says="a quiet signal"),
        case(np.array([0.0, 1, -1, 1 / 5]), mu=15, says="4 bits", gives=[8, 15, 0, 11]),
        case(rng.uniform(-1, 1, 60), mu=63, says="6 bits"),
    ]


def _mu_law_with(compress, place):
    """Another curve, or another way from it to codes."""

    def encode(signal, *, mu=255):
        return _quietly(lambda: place(compress(np.asarray(signal, float), mu), mu).astype(int))

    return encode


def _curve(x, mu):
    return np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)


def _levels(y, mu):
    return np.floor((y + 1) / 2 * mu + 0.5)


def _mu_law_by_search(signal, *, mu=255):
    """The nearest of the μ + 1 compressed levels."""
    levels = np.arange(mu + 1) / mu * 2 - 1
    return np.array(
        [len(levels) - 1 - np.abs(levels[::-1] - y).argmin() for y in np.ravel(_curve(signal, mu))]
    ).reshape(np.shape(signal))


MU_LAW = Exercise(
    name="sampling/mu_law_encode",
    title="eight bits for a telephone",
    stars=2,
    kind="implement",
    task=r"""
Compress with the logarithm, then place the result on $\mu + 1$ levels, numbered from 0 to $\mu$:

$$y = \operatorname{sgn}(x)\,\frac{\ln(1 + \mu |x|)}{\ln(1 + \mu)}, \qquad \text{code} = \left\lfloor \frac{y + 1}{2}\,\mu + \frac12 \right\rfloor$$

Signals are `(…, time)` within ±1, and the codes come out as integers of the same shape: −1 gives 0, +1 gives $\mu$, and silence, which lies half way between two levels, the upper of the two. $\mu$ is 255 unless said otherwise; 63 and 15 occur, too.
""",
    start='''def mu_law_encode(signal, *, mu=255):
    """Signals (…, time) within ±1 in, integers from 0 to mu out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mu_law_encode",
    spec=Function(cases=_sounds_to_compress, expected=_mu_law_by_definition),
    reference=package.mu_law_encode,
    hints=(
        "What must +1, 0 and −1 give? Check these three before anything else.",
        "The logarithm sees the magnitude only; the sign comes back by a factor. What is np.sign of 0?",
        "y runs from −1 to 1. Add 1, halve, multiply by mu, add a half, and cut off the digits after the point.",
    ),
    wrongs=(
        Wrong(
            "no logarithm",
            "The steps are all alike: that is linear quantisation to 8 bits. Compress before you round.",
            _mu_law_with(lambda x, mu: x, _levels),
        ),
        Wrong(
            "sign lost",
            "Positive and negative samples get the same code: the magnitude went into the logarithm, and the sign "
            "was not put back.",
            _mu_law_with(lambda x, mu: np.abs(_curve(x, mu)), _levels),
        ),
        Wrong(
            "centred on 0",
            "Silence gives about 0: the codes are centred on it, from −μ/2 to μ/2. Here they begin at 0, "
            "so lift y by 1 before you scale it.",
            _mu_law_with(_curve, lambda y, mu: np.floor(y / 2 * mu + 0.5)),
        ),
        Wrong(
            "librosa's codes",
            "These are the codes of `librosa.mu_compress`: they run from −128 to 127, and they cut the curve into "
            "intervals where the task rounds to levels.",
            _mu_law_with(_curve, lambda y, mu: np.digitize(y, np.linspace(-1, 1, 1 + mu), right=True) - (mu + 1) // 2),
        ),
        Wrong(
            "256 intervals",
            "Some codes above silence are one too high, some below it one too low: this cuts −1 … 1 into μ + 1 intervals. "
            "The task has μ + 1 levels, the first on −1 and the last on +1.",
            _mu_law_with(_curve, lambda y, mu: np.minimum(np.floor((y + 1) / 2 * (mu + 1)), mu)),
        ),
        Wrong(
            "librosa's codes, lifted",
            "Some codes are one off: `librosa.mu_compress` cuts −1 … 1 into intervals, and the task rounds to μ + 1 "
            "levels, the first on −1 and the last on +1.",
            _mu_law_with(_curve, lambda y, mu: np.digitize(y, np.linspace(-1, 1, 1 + mu), right=True)),
        ),
        Wrong(
            "compressed only",
            "That is the compressed signal y, within ±1. Its place on the levels from 0 to μ is still to be found.",
            lambda signal, *, mu=255: _curve(np.asarray(signal, float), mu),
        ),
        Wrong(
            "cut off",
            "About half of the codes are one too low: the digits are cut off without adding ½ before, so nothing is "
            "rounded upwards.",
            _mu_law_with(_curve, lambda y, mu: np.floor((y + 1) / 2 * mu)),
        ),
        Wrong(
            "μ + 1 steps",
            "Full scale gives μ + 1, a code too many for the bits: between μ + 1 levels there are μ steps.",
            _mu_law_with(_curve, lambda y, mu: np.round((y + 1) / 2 * (mu + 1))),
        ),
        Wrong(
            "not cut off",
            "The codes have digits after the point: the ½ is added, and the floor after it is missing.",
            lambda signal, *, mu=255: (_curve(np.asarray(signal, float), mu) + 1) / 2 * mu + 0.5,
        ),
        Wrong(
            "not rounded",
            "The codes have digits after the point: only whole numbers can be sent in 8 bits.",
            lambda signal, *, mu=255: (_curve(np.asarray(signal, float), mu) + 1) / 2 * mu,
        ),
        Wrong(
            "logarithm of a negative number",
            "Negative samples come out as nonsense: 1 + μ x falls below zero for them, and has no logarithm. "
            "Only the magnitude goes into the logarithm.",
            _mu_law_with(lambda x, mu: np.log(1 + mu * x) / np.log(1 + mu), _levels),
        ),
        Wrong(
            "int8",
            "Codes above 127 come out negative: int8 ends at 127. Use uint8 or int.",
            lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), mu), mu).astype(int).astype(np.int8),
        ),
        Wrong(
            "mu fixed",
            "It is right for 8 bits and not for fewer: 255 is written somewhere in place of mu.",
            lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), 255), 255).astype(int),
        ),
        Wrong(
            "ln μ below",
            "Full scale must give exactly 1 after compression: the divisor is the logarithm of 1 + μ, not of μ.",
            _mu_law_with(lambda x, mu: np.sign(x) * np.log1p(mu * np.abs(x)) / np.log(mu), _levels),
        ),
    ),
    also_right=(
        _mu_law_by_search,
        lambda signal, *, mu=255: np.round((_curve(np.asarray(signal, float), mu) + 1) / 2 * mu),
    ),
)

# ------------------------------------------------------------------------------------------- 16 bits


def _pcm16_by_definition(signal):
    def level(x):
        return min(max(math.floor(x * 32_768 + 0.5), -32_768), 32_767)

    return np.vectorize(level, otypes=[np.int64])(signal)


def _sounds_to_write() -> list[Case]:
    rng = np.random.default_rng(6)
    return [
        case(np.array([0.0, 0.5, -0.5]), says="silence, and half of full scale", gives=[0, 16_384, -16_384]),
        case(np.array([1.0, -1.0]), says="both ends", gives=[32_767, -32_768]),
        case(np.array([1.7, 1e-5, -1e-5, -1.2]), says="samples outside ±1", gives=[32_767, 0, 0, -32_768]),
        case([0.7 / 32_768, 1.2 / 32_768, -2.8 / 32_768], says="a list of samples near zero", gives=[1, 1, -3]),
        case(rng.uniform(-1, 1, (2, 50)), says="two channels"),
        case(rng.uniform(-1, 1, 40).astype(np.float32), says="float32 samples"),
    ]


def to_pcm16(signal):
    levels = np.round(np.asarray(signal) * 32_768)
    return np.clip(levels, -32_768, 32_767).astype(np.int16)


def _wrapped(levels):
    """What two bytes keep of an integer."""
    return (np.asarray(levels).astype(np.int64) + 32_768) % 65_536 - 32_768


def _pcm16_in_bytes(signal):
    import struct

    flat = [int(max(-32_768, min(32_767, round(float(x) * 2**15)))) for x in np.ravel(signal)]
    return np.frombuffer(struct.pack(f"<{len(flat)}h", *flat), "<i2").reshape(np.shape(signal))


UNSIGNED = "Silence still becomes 32,768, which a reader takes for −1 of full scale. Signed numbers have their zero in the middle."


def _unsigned(signal):
    return np.round((np.asarray(signal) + 1) / 2 * 65_535).astype(np.int64)


TO_PCM16 = Exercise(
    name="sampling/to_pcm16",
    title="sixteen bits, mended",
    stars=1,
    kind="repair",
    task=r"""
“16 bits are 65,536 values, so they go from 0 to 65,535.” Whoever writes that into a file with 16-bit samples gets what the cell below plays: every reader takes the two bytes for a **signed** number.

**Mend it**: floats within ±1, a list or an array `(…, time)`, become integers of the same shape,

$$\text{level} = \mathrm{round}(32{,}768\,x), \qquad -32{,}768 \le \text{level} \le 32{,}767$$

Round to the nearest level (no sample of a check lies exactly between two). What leaves the range, +1 included, is held at its ends. Silence is 0.
""",
    given='''import numpy as np

import course_utils as cu


def published_pcm16(signal):
    """As published: 65,536 values, from 0 to 65535."""
    return np.round((np.asarray(signal) + 1) / 2 * 65535).astype(np.uint16)


words, sample_rate = cu.audio.load("speech/digits")
in_the_file = published_pcm16(words[: 2 * sample_rate]).tobytes()
heard = np.frombuffer(in_the_file, "<i2") / 32768  # as every reader of 16-bit files takes it
print("in the pause before the first word:", np.round(heard[100:108], 3))
cu.audio.play(0.1 * heard, sample_rate, caption="Turned down by 20 dB. What is loudest now?")''',
    start='''def to_pcm16(signal):
    """Floats within ±1 in, whole numbers from -32768 to 32767 out, in the same shape."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="to_pcm16",
    spec=Function(cases=_sounds_to_write, expected=_pcm16_by_definition),
    reference=to_pcm16,
    hints=(
        "Which integer must silence become? And −1?",
        "One multiplication puts ±1 on ±32,768. One of the two ends does not exist.",
        "Multiply, round, clip to the range, and only then convert to int16: a conversion of 32,768 wraps round, "
        "and a conversion without rounding cuts the digits off.",
    ),
    wrongs=(
        Wrong("still unsigned", UNSIGNED, lambda signal: _unsigned(signal) % 65_536),
        Wrong("still unsigned, clipped", UNSIGNED, lambda signal: np.clip(_unsigned(signal), 0, 65_535)),
        Wrong(
            "unsigned, called signed",
            "These are the published numbers under another name: converted to int16, the upper half wraps to below zero, "
            "and silence becomes −32,768. The zero must lie in the middle before the conversion.",
            lambda signal: _wrapped(_unsigned(signal)),
        ),
        Wrong(
            "shifted down",
            "Shifting 0 … 65,535 down by 32,768 makes it signed, but the step is not 1/32,768: 65,535 of them "
            "are stretched over the range, and half of full scale comes out one level off.",
            lambda signal: np.clip(
                np.floor((np.asarray(signal, float) + 1) / 2 * 65_535 + 0.5) - 32_768, -32_768, 32_767
            ).astype(int),
        ),
        Wrong(
            "times 32,767",
            "The step is 1/32,768. With 32,767 nothing clips at +1, and loud samples come out one level short: "
            "−1 does not reach the lowest.",
            lambda signal: np.clip(np.round(np.asarray(signal) * 32_767), -32_768, 32_767).astype(int),
        ),
        Wrong(
            "times 32,767, within ±1",
            "The step is 1/32,768. Clipping to ±1 and multiplying by 32,767 makes loud samples one level too short, "
            "and −1 does not reach the lowest.",
            lambda signal: np.round(np.clip(np.asarray(signal), -1, 1) * 32_767).astype(int),
        ),
        Wrong(
            "times 32,767, cut off",
            "Two things: the step is 1/32,768, not 1/32,767, and a conversion to integers cuts the digits off "
            "where rounding is asked.",
            lambda signal: (np.clip(np.asarray(signal), -1, 1) * 32_767).astype(int),
        ),
        Wrong(
            "cut off",
            "The digits after the point are cut off, towards zero: `astype` and `int` do not round. The error is twice "
            "as large, and it follows the sign of the signal.",
            lambda signal: np.clip(np.asarray(signal) * 32_768, -32_768, 32_767).astype(int),
        ),
        Wrong(
            "rounded down",
            "All is rounded down: the error is half a step on average, a constant offset. Round to the nearest level.",
            lambda signal: np.clip(np.floor(np.asarray(signal) * 32_768), -32_768, 32_767).astype(int),
        ),
        Wrong(
            "wraps",
            "+1 becomes −32,768: there is no level 32,768, and a conversion to int16 wraps round without a word. "
            "Clip before you convert.",
            lambda signal: _wrapped(np.round(np.asarray(signal) * 32_768)),
        ),
        Wrong(
            "wraps and cuts off",
            "Two things: +1 wraps round to −32,768, since there is no level 32,768; and a conversion to int16 cuts "
            "the digits off where rounding is asked.",
            lambda signal: _wrapped(np.asarray(signal) * 32_768),
        ),
        Wrong(
            "clipped before scaling",
            "The signal is clipped to ±1, and +1 times 32,768 still wraps round to −32,768: "
            "the highest level is 32,767.",
            lambda signal: _wrapped(np.round(np.clip(np.asarray(signal), -1, 1) * 32_768)),
        ),
    ),
    also_right=(
        _pcm16_in_bytes,
        lambda signal: np.rint(np.clip(np.asarray(signal, float), -1, 32_767 / 32_768) * 32_768),
        lambda signal: (package.quantize(np.asarray(signal, float), n_bits=16) * 32_768).tolist(),
    ),
)

# --------------------------------------------------------------------------------------------- design

BAND_HZ, DESIGN_RATE = 4000, 48_000
MOST_COEFFICIENTS, MOST_TOTAL_DB, LEAST_REDUCTION_DB = 4, 9.0, 20.0


def _error_filter(coefficients):
    """The weights 1, −c₁, −c₂, … through which the rounding error passes."""
    return np.append(1.0, -np.asarray(coefficients, float))


def total_db(coefficients):
    """How much louder all the noise is than without shaping, in dB."""
    return 10 * np.log10(np.sum(_error_filter(coefficients) ** 2))


def reduction_db(coefficients):
    """How much weaker the noise below 4 kHz is than without shaping, in dB: the mean of |H|² over that band."""
    weights = _error_filter(coefficients)
    lags = np.subtract.outer(np.arange(len(weights)), np.arange(len(weights)))
    return -10 * np.log10(weights @ np.sinc(2 * BAND_HZ / DESIGN_RATE * lags) @ weights)


def _best_reduction_db():
    """The minimum of one quadratic form while another is held: in the eigenvectors of the band's correlation
    each coefficient is r / (λ + μ), and μ is the one root that makes the total what is allowed."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    values, vectors = np.linalg.eigh(r[lags])
    target = vectors.T @ r[1:]
    low, high = 0.0, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        too_large = np.sum((target / (values + middle)) ** 2) > 10 ** (MOST_TOTAL_DB / 10) - 1
        low, high = (middle, high) if too_large else (low, middle)
    c = vectors @ (target / (values + high))
    return -10 * np.log10(1 - 2 * r[1:] @ c + c @ r[lags] @ c)


def _not_coefficients(coefficients):
    array = np.asarray(coefficients)
    if array.ndim != 1 or array.dtype.kind not in "iuf" or not 1 <= len(array) <= MOST_COEFFICIENTS:
        return f"A list of one to {MOST_COEFFICIENTS} real numbers is asked, got shape {array.shape} and dtype {array.dtype}."
    return None if np.isfinite(array).all() else "Some of the coefficients are NaN or infinite."


def _is_h(coefficients):
    """The weights of H themselves begin with 1, and with them turned into coefficients the band is much quieter."""
    first, *rest = np.asarray(coefficients, float)
    if first == 1 and rest and reduction_db(np.negative(rest)) > reduction_db(coefficients) + 6:
        return (
            "These look like the weights of H itself, which begin with 1. The coefficients are what comes after that 1, "
            "each with its sign turned: H = 1 − c₁z⁻¹ − c₂z⁻² − …"
        )
    return None


def _louder_in_band(coefficients):
    gained = reduction_db(coefficients)
    if gained >= 0:
        return None
    turned = reduction_db(np.negative(coefficients)) > 0
    advice = " Are all signs turned round? With c₁ above 0 the filter 1 − c₁z⁻¹ − … takes a difference."
    return f"The noise below 4 kHz is {-gained:.1f} dB louder than without shaping.{advice if turned else ''}"


def _too_loud_in_all(coefficients):
    louder = total_db(coefficients)
    if louder > MOST_TOTAL_DB + 0.005:
        return (
            f"All the noise together is {louder:.2f} dB louder than without shaping; at most {MOST_TOTAL_DB:g} dB are "
            "allowed. The sum of the squares of 1, c₁, c₂, … decides, so smaller coefficients are cheaper."
        )
    return None


def _too_little(coefficients):
    gained = reduction_db(coefficients)
    if gained < LEAST_REDUCTION_DB:
        return (
            f"The noise below 4 kHz is {abs(gained):.1f} dB weaker than without shaping; at least {LEAST_REDUCTION_DB:g} dB "
            "are asked. Does your filter silence more than 0 Hz?"
        )
    return None


def shaping():
    """Least squares on the band, with a penalty on the size that is raised until the total is what is allowed."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))  # correlation of noise in the band
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    for penalty in np.geomspace(1e-9, 1, 4000):
        coefficients = np.linalg.solve(r[lags] + penalty * np.eye(MOST_COEFFICIENTS), r[1:])
        if total_db(coefficients) < MOST_TOTAL_DB:
            break
    return coefficients


def _two_spread_zeros():
    """Silent at ±f₀ with f₀ = 4 kHz/√3: near 0 Hz |H|² goes with (f² − f₀²)², whose mean over the band is least there."""
    return [2 * np.cos(2 * np.pi * BAND_HZ / np.sqrt(3) / DESIGN_RATE), -1.0]


def _shaping_by_descent():
    """Project, step, project: the same minimum by walking downhill."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    c, longest = np.zeros(MOST_COEFFICIENTS), np.sqrt(10 ** (MOST_TOTAL_DB / 10) - 1)
    for _ in range(3000):
        c = c - 0.4 * (r[lags] @ c - r[1:])
        c *= min(1.0, longest / np.linalg.norm(c))
    return c.tolist()


DESIGN = Exercise(
    name="sampling/shaping",
    title="move the noise out of the way",
    stars=3,
    kind="design",
    task=r"""
A sensor delivers nothing above 4 kHz. It is sampled at 48 kHz with 8 bits and noise shaping, and afterwards everything above 4 kHz is filtered away, the noise there included. (Delta-sigma converters work like this, with fewer bits and higher rates.)

`cu.sampling.noise_shape(x, n_bits=8, coefficients=c)` sends the rounding error through $H(z) = 1 - c_1 z^{-1} - c_2 z^{-2} - \dots$ Choose **at most four coefficients** so that

- the noise below 4 kHz, the mean of $|H|^2$ over 0 … 4 kHz, is **at least 20 dB weaker** than without shaping, and weaker still if you can: that is your score
- all the noise together, 0 … 24 kHz, is **at most 9 dB louder** than without shaping (the sum $1 + c_1^2 + c_2^2 + \dots$ in dB), so that there is still room for the signal

The cell measures the differences of first, second and third order. None of the three will do.
""",
    given="""import numpy as np

import course_utils as cu


def measured(coefficients, sample_rate=48_000, top_hz=4000):
    \"\"\"How much weaker the noise below 4 kHz gets, and how much louder all of it, in dB.\"\"\"
    frequency_hz = np.linspace(0, sample_rate / 2, 24_001)
    delays = np.exp(-2j * np.pi * np.outer(frequency_hz / sample_rate, np.arange(1, 1 + len(coefficients))))
    gain = np.abs(1 - delays @ np.asarray(coefficients)) ** 2
    return -10 * np.log10(gain[frequency_hz <= top_hz].mean()), 10 * np.log10(gain.mean())


for coefficients in ([1], [2, -1], [3, -3, 1]):
    weaker_db, louder_db = measured(coefficients)
    print(f"{coefficients}: {weaker_db:.1f} dB weaker below 4 kHz, {louder_db:.1f} dB louder in all")""",
    start="""### BEGIN SOLUTION
shaping = ...  # up to four coefficients c₁, c₂, …
### END SOLUTION""",
    answer="shaping",
    spec=Design(
        properties=(
            Property("up to four real numbers", _not_coefficients),
            Property("H in place of c", _is_h),
            Property("louder in the band", _louder_in_band),
            Property("too loud in all", _too_loud_in_all),
            Property("too little", _too_little),
        ),
        score=reduction_db,
        unit="dB less noise below 4 kHz",
        best=_best_reduction_db(),
        smaller_is_better=False,
    ),
    reference=shaping,
    hints=(
        "The differences put all zeros of H at 0 Hz, where a single frequency falls silent. You have a band of 4 kHz: "
        "where would two zeros do most good?",
        "A pair of zeros at ±f is 1 − 2cos(2πf/f_s) z⁻¹ + z⁻². Try some f between 0 and 4 kHz. With that the "
        "specification can be met; a third and a fourth coefficient go further.",
        "Both noise powers are quadratic in c. Minimise (noise below 4 kHz) + λ·(sum of c²) by least squares on a grid "
        "of frequencies, np.linalg.lstsq or np.linalg.solve, and raise λ until the total is 9 dB.",
    ),
    wrongs=(
        Wrong("up to four real numbers", "", lambda: [1.0, -4, 6, -4, 1]),
        Wrong("H in place of c", "", lambda: [1.0, -2, 1]),
        Wrong("louder in the band", "", lambda: [-2.0, 1]),
        Wrong("too loud in all", "", lambda: [3.0, -3, 1]),
        Wrong("too little", "", lambda: [2.0, -1]),
    ),
    also_right=(_two_spread_zeros, _shaping_by_descent),
)

EXERCISES = (ALIAS, READ, TRUE_PEAK, RATIO, LISTEN, MU_LAW, TO_PCM16, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _tone(frequency_hz, amplitude=1.0, *, sample_rate=44_100, duration_s=1.0):
    return package.sample(
        lambda t: amplitude * np.sin(2 * np.pi * frequency_hz * t), sample_rate=sample_rate, duration_s=duration_s
    )


def _strongest_hz(wave, sample_rate):
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * sample_rate / len(wave)


def _share_above_4k(clip):
    from .. import audio

    words, sample_rate = audio.load(clip, dtype=np.float64)
    power = np.abs(np.fft.rfft(words)) ** 2
    return power[np.fft.rfftfreq(len(words), 1 / sample_rate) > 4000].sum() / power.sum()


def _proof_above_4k():
    assert round(_share_above_4k("speech/sibilants"), 2) == 0.14
    assert round(_share_above_4k("speech/sonorants"), 3) == 0.001


def _proof_every_fourth():
    from .. import audio

    sweep, sample_rate = audio.load("test_signals/log_sweep", dtype=np.float64)
    dropped, rate = sweep[::4], sample_rate / 4
    heard = [_strongest_hz(dropped[int(s * rate) : int(s * rate) + 256], rate) for s in (8.0, 8.1, 8.3, 8.5, 8.7, 8.9)]
    assert heard[1] > heard[0] > 5000 and np.all(np.diff(heard[1:]) < -500)
    level = [np.abs(dropped[int(s * rate) : int(s * rate) + 256]).max() for s in (7.0, 8.5, 9.5)]
    assert np.ptp(level) < 0.05 * level[0]  # never silent


def _rebuilt_error():
    times_s = np.linspace(0, 159 / 8000, 2001)
    tone = np.sin(2 * np.pi * 3000 * np.arange(160) / 8000 + 0.4)
    rebuilt = package.sinc_interpolate(tone, times_s, sample_rate=8000)
    return times_s, np.abs(rebuilt - np.sin(2 * np.pi * 3000 * times_s + 0.4))


def _proof_rebuilding():
    times_s, error = _rebuilt_error()
    middle = error[(times_s > 0.008) & (times_s < 0.012)].max()
    assert error.argmax() in (*range(40), *range(1960, 2001)) and error.max() > 20 * middle


def _proof_quarter_rate():
    between = package.sinc_interpolate(np.tile([1.0, 1, -1, -1], 50), np.arange(9600, 10_400) / 100, sample_rate=1)
    assert np.isclose(np.abs(between).max(), np.sqrt(2), atol=0.01)


def _full_scale_ratio_db(bits):
    sine = _tone(997, 1 - 2.0 ** (1 - bits))
    return package.sqnr_db(sine, package.quantize(sine, n_bits=bits))


def _proof_eight_bits():
    assert abs(_full_scale_ratio_db(16) - _full_scale_ratio_db(8) - 48.2) < 0.3


def _proof_faint_tone():
    faint = _tone(440, 0.4 / 128, sample_rate=22_050, duration_s=2)
    assert not package.quantize(faint, n_bits=8).any()
    dithered = package.dither(faint, n_bits=8, rng=np.random.default_rng(2))
    hissing = package.quantize(dithered, n_bits=8)
    found = 2 * np.mean(hissing * _tone(440, sample_rate=22_050, duration_s=2))
    assert abs(found * 128 - 0.4) < 0.02
    assert np.abs(dithered - faint).max() <= 1 / 128


def _proof_one_bit():
    from .. import audio

    digits, _ = audio.load("speech/digits", dtype=np.float64)
    one_bit = 0.05 * np.sign(digits)
    assert np.array_equal(np.diff(one_bit > 0), np.diff(digits > 0))
    assert 1.5 < package.sqnr_db(digits, one_bit) < 2.5


def _companded_db(level_db):
    tone = _tone(997, 127 / 128 * 10 ** (level_db / 20))
    linear = package.sqnr_db(tone, package.quantize(tone, n_bits=8))
    return linear, package.sqnr_db(tone, package.mu_law_decode(package.mu_law_encode(tone)))


def _proof_companding():
    (linear_0, companded_0), (linear_40, companded_40) = _companded_db(0), _companded_db(-40)
    assert 11 < linear_0 - companded_0 < 13 and 20 < companded_40 - linear_40 < 25


def _proof_three_libraries():
    import inspect
    import io

    import librosa
    import scipy.io.wavfile
    import soundfile

    def written():
        file = io.BytesIO()
        soundfile.write(file, np.zeros((100, 2)), 44_100, subtype="PCM_16", format="WAV")
        file.seek(0)
        return file

    rate, integers = scipy.io.wavfile.read(written())
    assert (rate, integers.dtype, integers.shape) == (44_100, np.int16, (100, 2))
    floats, rate = soundfile.read(written())
    assert (rate, floats.dtype, floats.shape) == (44_100, np.float64, (100, 2))
    defaults = inspect.signature(librosa.load).parameters
    assert (defaults["sr"].default, defaults["mono"].default, defaults["dtype"].default) == (22_050, True, np.float32)


def _proof_tone_13k():
    assert _strongest_hz(_tone(13_000, sample_rate=20_000), 20_000) == 7000


def _proof_alias_or_tone():
    alias, tone = (np.cos(2 * np.pi * f * np.arange(1000) / 16_000) for f in (10_000, 6000))
    assert np.allclose(alias, tone)


def _proof_clip_between():
    samples = 0.99 * np.tile([1.0, 1, -1, -1], 50)
    between = package.sinc_interpolate(samples, np.arange(9600, 10_400) / 100, sample_rate=1)
    assert np.abs(samples).max() < 1 < 1.39 < np.abs(between).max()


def _proof_quiet_speech():
    from .. import audio

    words, _ = audio.load("speech/sentence_slt", dtype=np.float64)
    words *= 10 ** (-30 / 20) / np.sqrt(np.mean(words**2))
    assert abs(package.sqnr_db(words, package.quantize(words, n_bits=8)) - 23) < 1
    assert abs(_full_scale_ratio_db(8) - 49.9) < 0.1


def _proof_why_dither():
    quiet = _tone(440, 0.1)
    dithered = package.dither(quiet, n_bits=8, rng=np.random.default_rng(5))
    plain, better = (package.quantize(x, n_bits=8) - quiet for x in (quiet, dithered))
    assert abs(10 * np.log10(np.mean(better**2) / np.mean(plain**2)) - 4.77) < 0.3
    assert np.abs(dithered - quiet).max() <= 2.0**-7


def _proof_shaped_total():
    quiet, rng = _tone(440, 0.1), np.random.default_rng(5)
    flat = package.quantize(package.dither(quiet, n_bits=8, rng=rng), n_bits=8) - quiet
    shaped = package.noise_shape(quiet, n_bits=8, rng=rng) - quiet
    assert abs(10 * np.log10(np.mean(shaped**2) / np.mean(flat**2)) - 3.0) < 0.2


def _proof_loud_pauses():
    quiet = np.array([-2, -1, 0, 1], "<i2").tobytes()
    misread = np.frombuffer(quiet, "<u2") / 65_535 * 2 - 1
    assert np.abs(misread).min() > 0.99


QUESTIONS = (
    Question(
        name="above_4k",
        kind="predict",
        text="Which share of the energy of the whole sentence lies above 4 kHz?",
        options=(
            wrong(
                "a hundredth",
                "In speech/sonorants, a sentence without hisses, it is a thousandth. This one is full of s and sh.",
            ),
            right("a seventh", "14 %, and most of that in the s and the sh."),
            wrong("half", "Even here the vowels have most of the energy, and theirs lies below 4 kHz."),
        ),
        proof=_proof_above_4k,
    ),
    Question(
        name="every_fourth",
        kind="predict",
        text="After 8.1 s the glide passes 5.5 kHz, and every fourth sample is kept. What do you hear then?",
        options=(
            wrong(
                "silence", "No sample becomes zero by dropping its neighbours: the energy goes somewhere in the band."
            ),
            wrong("a tone that stays at 5.5 kHz", "Folding has no stop at the edge; the alias moves as the tone does."),
            right(
                "a tone that glides down", "Above half the rate the alias lies as far below the edge as the tone above."
            ),
        ),
        proof=_proof_every_fourth,
    ),
    Question(
        name="rebuilding",
        kind="predict",
        text="160 samples of a 3 kHz tone. Where is the error of the rebuilt curve largest?",
        options=(
            right("at the ends", "There half of the pulses that should add up were never recorded."),
            wrong(
                "half way between two samples, everywhere alike",
                "It is 0 on the samples and larger between them, but far from alike: it grows towards the ends.",
            ),
            wrong(
                "nowhere: 3 kHz lies below half the rate",
                "The theorem supposes infinitely many samples, and we keep 160.",
            ),
        ),
        proof=_proof_rebuilding,
    ),
    Question(
        name="quarter_rate",
        kind="predict",
        text="The samples are +1, +1, −1, −1, … How high does the wave between them rise?",
        options=(
            wrong("to 1: no sample is larger", "The samples need not hit the crests; here they miss them by 45° each."),
            wrong(
                "to 2, 6 dB above full scale",
                "That would be twice the samples. They sit at sin 45° = 0.71 of the crest.",
            ),
            right("to 1.41, 3 dB above full scale", "The samples stand 45° beside the crest, at 0.71 of its height."),
        ),
        proof=_proof_quarter_rate,
    ),
    Question(
        name="eight_bits",
        kind="predict",
        text="From 16 to 8 bits, by how many dB does the noise grow?",
        options=(
            wrong("6", "That is the price of one bit, and eight are gone."),
            wrong("24", "That would be 3 dB a bit. A bit halves the step, which is an amplitude: 6 dB."),
            right("48", "The step becomes 2⁸ = 256 times as large, and 20 log₁₀ 256 = 48.2 dB."),
        ),
        proof=_proof_eight_bits,
    ),
    Question(
        name="faint_tone",
        kind="predict",
        text="A tone of 0.4 steps. What is left of it after rounding, without and with random numbers added before?",
        options=(
            wrong("a rough tone without, a smooth one with", "0.4 steps never reach the half step that rounds up."),
            right(
                "nothing without, the tone in a hiss with",
                "Every sample rounds to zero. With noise, a larger sample is rounded up more often than a smaller one.",
            ),
            wrong(
                "nothing without, only noise with",
                "The noise decides single samples; on average they follow the tone at its true level.",
            ),
        ),
        proof=_proof_faint_tone,
    ),
    Question(
        name="one_bit",
        kind="predict",
        text="Only the sign of each sample is kept. How many of the ten digits will you understand?",
        options=(
            wrong("none", "The ratio is 2 dB, and a ratio in dB does not count words."),
            wrong("about half", "The loudness is gone, but every zero crossing stands where it stood."),
            right(
                "nearly all",
                "The zero crossings carry much of the formants (Licklider & Pollack 1948). Did it hold for your ears?",
            ),
        ),
        proof=_proof_one_bit,
    ),
    Question(
        name="companding",
        kind="predict",
        text="Eight bits, linear or mu-law: which has the better ratio at full scale, and which at −40 dB?",
        options=(
            right(
                "linear at full scale, mu-law at −40 dB",
                "Mu-law takes steps from the loud samples and gives them to the quiet ones.",
            ),
            wrong("mu-law at both", "It has 256 levels as well. What the quiet samples gain, the loud ones lose."),
            wrong("linear at both", "At −40 dB a linear quantiser has only its three levels around zero left in use."),
        ),
        proof=_proof_companding,
    ),
    Question(
        name="three_libraries",
        kind="predict",
        text="A stereo file, 16 bits, 44,100 Hz, read with the defaults of scipy, soundfile and librosa. What holds?",
        options=(
            wrong(
                "all three return floats at 44,100 Hz, channels first",
                "scipy hands over the integers of the file, and librosa has another rate as its default.",
            ),
            wrong(
                "soundfile returns integers, scipy makes one channel of two",
                "soundfile returns doubles unless told otherwise, and scipy changes nothing at all.",
            ),
            right(
                "scipy returns integers; librosa changes the rate and makes one channel",
                "scipy and soundfile keep both channels, on the last axis.",
            ),
        ),
        proof=_proof_three_libraries,
    ),
    Question(
        name="tone_13k",
        text="A 13 kHz tone is sampled at 20 kHz without a filter. What is heard?",
        options=(
            wrong("13 kHz", "It lies above the Nyquist frequency of 10 kHz, and no sequence at 20 kHz can hold it."),
            right("7 kHz", "|13 − 20| = 7, and 7 kHz lies below 10 kHz."),
            wrong(
                "3 kHz",
                "That is the distance to 10 kHz. Folding takes the distance to a multiple of the rate, not of half of it.",
            ),
            wrong("nothing", "Folding moves energy, it does not remove it. Only a filter before the sampling does."),
        ),
        proof=_proof_tone_13k,
    ),
    Question(
        name="remove_alias",
        text="A recording at 16 kHz contains an alias at 6 kHz. Which filter removes it without touching anything else?",
        options=(
            wrong("a low-pass at 8 kHz", "Everything in the file already lies below 8 kHz, the alias too."),
            wrong("a notch at 6 kHz", "It also removes whatever really was at 6 kHz."),
            right("none", "After sampling, the alias and a true 6 kHz tone are the same numbers."),
        ),
        proof=_proof_alias_or_tone,
    ),
    Question(
        name="clip_between",
        text="All samples of a file lie within ±0.99. Can the sound clip in a converter?",
        options=(
            right(
                "yes, between the samples",
                "The wave may rise above them, by 3 dB for a tone at a quarter of the rate: that is its true peak.",
            ),
            wrong("no, the largest sample decides", "A converter makes the whole wave, and that may rise higher."),
            wrong("only with fewer than 16 bits", "The bits set the step, not the height of the wave between samples."),
        ),
        proof=_proof_clip_between,
    ),
    Question(
        name="quiet_speech",
        text="Speech at −30 dBFS RMS is stored with 8 linear bits. Roughly which ratio to the noise remains?",
        options=(
            wrong("50 dB", "49.9 dB is the figure for a sine at full scale."),
            wrong("80 dB", "A quieter signal has less of a ratio, not more; the noise stays where it is."),
            right("23 dB", "The noise lies at −49.9 − 3 = −52.9 dBFS RMS, and −30 is 23 dB above it."),
        ),
        proof=_proof_quiet_speech,
    ),
    Question(
        name="why_dither",
        text="Why add dither before rounding to 8 bits?",
        options=(
            wrong("it lowers the noise", "Triangular dither raises the total by 4.8 dB."),
            right(
                "it makes the mean and the power of the error independent of the signal",
                "Distortion turns into a steady hiss, and tones below one step survive.",
            ),
            wrong("it prevents clipping", "It adds up to one step, so if anything it clips a little earlier."),
        ),
        proof=_proof_why_dither,
    ),
    Question(
        name="shaped_total",
        text="Rounding to 8 bits with first-order noise shaping, compared with dither alone: the noise below 1 kHz is far weaker. And its total power?",
        options=(
            wrong("it fell", "Rounding is as coarse as before; shaping only moves the error to other frequencies."),
            wrong(
                "it stayed the same", "A difference of two errors that know nothing of each other has twice the power."
            ),
            right("it doubled", "3 dB more in all, and far less of it at low frequencies."),
        ),
        proof=_proof_shaped_total,
    ),
    Question(
        name="loud_pauses",
        text="In an array made from a 16-bit file the pauses are noise at full level. What has probably happened?",
        options=(
            right(
                "signed samples were read as unsigned",
                "−1 has the bits of 65,535: what flutters around zero jumps between the two ends.",
            ),
            wrong("the dither was too strong", "Triangular dither of 16 bits is ±1 step, some 90 dB below full scale."),
            wrong("the file was clipped", "Clipping cuts what is loud, and leaves the pauses as they are."),
        ),
        proof=_proof_loud_pauses,
    ),
    Question(
        name="load_defaults",
        text='`y, sr = librosa.load("concert.wav")` for a stereo file at 48 kHz. What is `y`?',
        options=(
            wrong("stereo at 48 kHz", "That needs `sr=None, mono=False`."),
            right("mono at 22,050 Hz", "Both defaults apply, and everything above 11 kHz is gone."),
            wrong("mono at 48 kHz", "The default rate is 22,050 Hz; `sr=None` keeps the file's own."),
        ),
        proof=_proof_three_libraries,
    ),
)
