"""Numbers that describe a sound, and when to believe them

One number per frame is soon computed; whether it means anything depends on pauses, noise, octaves and the range that was searched. Here you write four such descriptors, repair one, and hear and see two others go wrong.
"""

import functools
import math

import numpy as np

from .. import descriptors as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# --------------------------------------------------------------------------------------- zero crossings


def _crossings_by_counting(signal, *, frame_length, hop_length):
    signal = np.asarray(signal)
    rates = []
    for one in signal.reshape(-1, signal.shape[-1]):
        row, start = [], 0
        while start + frame_length <= len(one):
            n_changes = 0
            for n in range(start + 1, start + frame_length):
                n_changes += (one[n] >= 0) != (one[n - 1] >= 0)
            row.append(n_changes / frame_length)
            start += hop_length
        rates.append(row)
    return np.reshape(rates, (*signal.shape[:-1], -1))


def _waves() -> list[Case]:
    rng = np.random.default_rng(9)
    zeros = np.array([0.0, -1, 0, 0, 2, 0, 0.5, -3])
    return [
        case(np.array([1.0, -1, 1, -1]), frame_length=4, hop_length=4, says="a sign that always changes", gives=[0.75]),
        case(zeros, frame_length=8, hop_length=1, says="zeros among the samples", gives=[0.375]),
        case(
            np.array([1.0, 2, -1, -2]),
            frame_length=2,
            hop_length=2,
            says="a change between two frames",
            gives=[0, 0],
        ),
        case(rng.standard_normal(53), frame_length=16, hop_length=5, says="overlapping frames and a remainder"),
        case(rng.standard_normal(40), frame_length=7, hop_length=11, says="gaps between the frames"),
        case(rng.standard_normal((2, 3, 40)), frame_length=10, hop_length=4, says="a batch of two by three signals"),
        case(np.zeros(12), frame_length=5, hop_length=2, says="silence", gives=[0, 0, 0, 0]),
        case(np.array([3.0, -1]), frame_length=1, hop_length=1, says="frames of one sample", gives=[0, 0]),
    ]


def zero_crossing_rate(signal, *, frame_length, hop_length):
    positive = signal >= 0
    changes = positive[..., 1:] != positive[..., :-1]
    pairs = np.lib.stride_tricks.sliding_window_view(changes, frame_length - 1, axis=-1)
    return pairs[..., ::hop_length, :].sum(axis=-1) / frame_length


def _frames(signal, frame_length, hop_length):
    return np.lib.stride_tricks.sliding_window_view(signal, frame_length, axis=-1)[..., ::hop_length, :]


def _crossings_with(changed, per=lambda frame_length: frame_length):
    """A count of ``changed(frames)`` in frames (…, frame, n), over ``per(frame_length)``."""

    def rate(signal, *, frame_length, hop_length):
        return changed(_frames(signal, frame_length, hop_length)).sum(axis=-1) / max(per(frame_length), 1)

    return rate


def _crossings_padded(signal, *, frame_length, hop_length):
    rest = -(signal.shape[-1] - frame_length) % hop_length
    padded = np.concatenate([signal, np.repeat(signal[..., -1:], rest, axis=-1)], axis=-1)
    return zero_crossing_rate(padded, frame_length=frame_length, hop_length=hop_length)


def _crossings_across(signal, *, frame_length, hop_length):
    changes = np.diff(signal >= 0, axis=-1, prepend=signal[..., :1] >= 0)
    return _frames(changes, frame_length, hop_length).sum(axis=-1) / frame_length


def _crossings_bits(signal, *, frame_length, hop_length):
    """The sign bit of each sample, and the frames cut out one by one."""
    sign = np.signbit(signal)
    starts = range(0, sign.shape[-1] - frame_length + 1, hop_length)
    pieces = [sign[..., start : start + frame_length] for start in starts]
    return np.stack([np.abs(np.diff(piece.astype(int))).sum(axis=-1) / frame_length for piece in pieces], axis=-1)


ZERO_CROSSINGS = Exercise(
    name="descriptors/zero_crossing_rate",
    title="how often the sign changes",
    stars=1,
    kind="implement",
    task=r"""
The cheapest descriptor needs no multiplication. Write

$$z[m] = \frac{1}{N} \sum_{n=1}^{N-1} \big[\, s[mH+n] \ne s[mH+n-1] \,\big], \qquad s[n] = \big[\, x[n] \ge 0 \,\big]$$

with $N$ = `frame_length` and $H$ = `hop_length` in samples. Frame $m$ is `x[m·H : m·H + N]`; nothing is padded, and samples left at the end that fill no frame are not used. **Zero counts as positive.** Signals are `(…, time)`, at least one frame long, and the result is `(…, frames)`: crossings per sample. A frame of one sample has no pair, and so the rate 0.
""",
    start='''def zero_crossing_rate(signal, *, frame_length, hop_length):
    """Signals (…, time) in, crossings per sample (…, frames) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="zero_crossing_rate",
    spec=Function(cases=_waves, expected=_crossings_by_counting),
    reference=zero_crossing_rate,
    hints=(
        "How many pairs of neighbours has a frame of N samples? Each either changes its sign or does not.",
        "Turn the samples into True and False first. Two neighbours that differ are one crossing, zeros included.",
        "`s[..., 1:] != s[..., :-1]` marks the crossings inside one frame; add them along the last axis, divide by N.",
    ),
    wrongs=(
        Wrong(
            "zero as a third sign",
            "A sample of exactly 0 counts here as a sign of its own, so that a way down through 0 is two crossings. "
            "The task counts 0 as positive.",
            _crossings_with(lambda frames: np.diff(np.sign(frames), axis=-1) != 0),
        ),
        Wrong(
            "half a crossing at zero",
            "A step to or from exactly 0 counts as half a crossing: sign() is 0 there, and half the difference 1/2. "
            "The task knows only two signs.",
            _crossings_with(lambda frames: np.abs(np.diff(np.sign(frames), axis=-1)) / 2),
        ),
        Wrong(
            "negative product",
            "A crossing that passes through a sample of exactly 0 is missed: "
            "the product of that sample with its neighbours is 0, not negative.",
            _crossings_with(lambda frames: frames[..., 1:] * frames[..., :-1] < 0),
        ),
        Wrong(
            "zero taken for negative",
            "Zero counts as negative here: `>` where the task says `≥`.",
            _crossings_with(lambda frames: np.diff(frames > 0, axis=-1)),
        ),
        Wrong(
            "divided by N − 1",
            "It is N/(N − 1) times too large: a mean over the N − 1 pairs. The task divides by the N samples of the frame.",
            _crossings_with(lambda frames: np.diff(frames >= 0, axis=-1), lambda frame_length: frame_length - 1),
        ),
        Wrong(
            "count",
            "These are numbers of crossings; a rate is asked: divide by the length of the frame.",
            _crossings_with(lambda frames: np.diff(frames >= 0, axis=-1), lambda frame_length: 1),
        ),
        Wrong(
            "pair across the border",
            "The step from the sample before the frame to its first one is counted too: "
            "a frame of N samples has N − 1 pairs of its own.",
            _crossings_across,
        ),
        Wrong(
            "last frame filled up",
            "There is a frame too many where the last samples fill no frame: the task leaves them out.",
            _crossings_padded,
        ),
        Wrong(
            "centred frames",
            "The frames are centred on every hop, with the ends repeated: librosa and the package do that by default. "
            "Here frame m begins at sample m·H.",
            package.zero_crossing_rate,
        ),
    ),
    also_right=(_crossings_by_counting, _crossings_bits, functools.partial(package.zero_crossing_rate, center=False)),
)

# ------------------------------------------------------------------------------ the centroid of a clip


def _centroid_by_definition(magnitude, *, sample_rate):
    n_bins, n_frames = np.shape(magnitude)
    powers = [sum(float(magnitude[k][m]) ** 2 for k in range(n_bins)) for m in range(n_frames)]
    found = []
    for m in range(n_frames):
        if powers[m] > max(powers) / 10_000:
            moments = [k * sample_rate / (2 * (n_bins - 1)) * magnitude[k][m] for k in range(n_bins)]
            found.append(sum(moments) / sum(magnitude[k][m] for k in range(n_bins)))
    return sum(found) / len(found) if found else 0.0


def _spectrograms() -> list[Case]:
    rng = np.random.default_rng(21)
    two, speech = np.array([[0.0, 0], [3, 0], [1, 0]]), rng.random((33, 12))
    flat, peak = np.full(65, 1 / np.sqrt(65)), np.eye(65)[9]  # equal powers; the sums differ by 18 dB
    levels = 10 ** (-np.array([0, 10, 19.5, 20.5, 39.5, 40.5, 60, 79, 90, 120, 200, 0.5]) / 20)
    return [
        case(two, sample_rate=8, says="one frame of sound and one of silence", gives=2.5),
        case(speech, sample_rate=16_000, says="twelve frames, nearly equally loud"),
        case(speech * levels * 0.37, sample_rate=22_050, says="frames from 0 to 200 dB below the loudest"),
        case(
            np.stack([peak, 10 ** (-41 / 20) * flat, 10 ** (-39 / 20) * flat], axis=-1),
            sample_rate=8000,
            says="a tone, and a flat spectrum 41 and 39 dB below it",
        ),
        case(speech[:, :1], sample_rate=44_100, says="a single frame"),
        case(np.zeros((17, 4)), sample_rate=8000, says="silence throughout", gives=0),
    ]


def mean_centroid_hz(magnitude, *, sample_rate):
    power = (magnitude**2).sum(axis=0)
    loud = magnitude[:, power > 1e-4 * power.max()]
    if loud.size == 0:
        return 0.0
    bins_hz = np.linspace(0, sample_rate / 2, len(magnitude))
    return np.mean(bins_hz @ loud / loud.sum(axis=0))


def _centroid_of(magnitude, sample_rate, n_all=None):
    """Centroids of all frames; NaN in silence."""
    bins_hz = np.arange(len(magnitude)) * sample_rate / (2 * (len(magnitude) - 1) if n_all is None else n_all)
    with np.errstate(all="ignore"):
        return bins_hz @ magnitude / magnitude.sum(axis=0)


def _gated(strength, ratio, centroid=_centroid_of):
    """The mean centroid of the frames whose ``strength(magnitude)`` exceeds ``ratio`` of the largest one."""

    def mean_hz(magnitude, *, sample_rate):
        size = strength(magnitude)
        kept = size > ratio * size.max()
        return float(np.mean(centroid(magnitude[:, kept], sample_rate))) if kept.any() else 0.0

    return mean_hz


def _power_of(magnitude):
    return (magnitude**2).sum(axis=0)


def _centroid_of_the_sum(magnitude, sample_rate):
    return _centroid_of(magnitude.sum(axis=1, keepdims=True), sample_rate)


def _silence_as_zero(magnitude, *, sample_rate):
    return np.nan_to_num(_centroid_of(magnitude, sample_rate)).mean()


def _silence_left_out(magnitude, *, sample_rate):
    found = _centroid_of(magnitude, sample_rate)
    return found[np.isfinite(found)].mean() if np.isfinite(found).any() else 0.0


def _faint_as_zero(magnitude, *, sample_rate):
    power = _power_of(magnitude)
    return np.where(power > 1e-4 * power.max(), np.nan_to_num(_centroid_of(magnitude, sample_rate)), 0).mean()


def _absolute_gate(magnitude, *, sample_rate):
    kept = _power_of(magnitude) > 1e-4
    return _centroid_of(magnitude[:, kept], sample_rate).mean() if kept.any() else 0.0


CENTROID = Exercise(
    name="descriptors/mean_centroid_hz",
    title="how bright is a recording with pauses?",
    stars=2,
    kind="repair",
    task=r"""
A script describes each file of a collection by its mean spectral centroid. One file has a second of silence before and after ten spoken digits. With digital silence the mean is not a number; with the dither of a 16-bit file it is a number, and nobody notices that it is that of the dither.

**Mend it.** Only frames whose power, $\sum_k S[k]^2$, is **more than 1/10,000 of that of the loudest frame** count (that is, less than 40 dB below it); the result is the mean of *their* centroids $\sum_k f_k S[k] / \sum_k S[k]$ in Hz. `magnitude` is `(freq, time)`, with bins from 0 Hz to the Nyquist frequency, both included. If the recording is silent throughout, return 0.
""",
    given='''import numpy as np

import course_utils as cu


def published_mean_centroid_hz(magnitude, *, sample_rate):
    """As published: the centroid of each frame, then the mean."""
    bins_hz = np.linspace(0, sample_rate / 2, len(magnitude))
    centroid_hz = bins_hz @ magnitude / magnitude.sum(axis=0)
    return centroid_hz.mean()


digits, sample_rate = cu.audio.load("speech/digits", dtype=np.float64)
padded = np.pad(digits, sample_rate)
dithered = padded + 2**-15 * np.random.default_rng(1).standard_normal(len(padded))
for name, signal in (("without pauses", digits), ("zeros", padded), ("dither", dithered)):
    magnitude = cu.stft.spectrogram(signal, n_fft=512, power=1)
    with np.errstate(invalid="ignore"):
        mean_hz = published_mean_centroid_hz(magnitude, sample_rate=sample_rate)
    print(f"{name:14s} {mean_hz:5.0f} Hz")''',
    start='''def mean_centroid_hz(magnitude, *, sample_rate):
    """A magnitude spectrogram (freq, time) in, one frequency in Hz out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mean_centroid_hz",
    spec=Function(cases=_spectrograms, expected=_centroid_by_definition),
    reference=mean_centroid_hz,
    hints=(
        "Which frames have no business in the mean? Decide that before a centroid is computed.",
        "One power per frame: square, then add along the frequencies. Compare with the largest of them.",
        "A row of True and False picks columns: `magnitude[:, keep]`. It may pick none, and the mean of nothing is NaN.",
    ),
    wrongs=(
        Wrong(
            "only exact silence left out",
            "Frames of zeros are left out, faint ones are not: dither is never exactly 0, and its centroid, "
            "a quarter of the sampling rate, still counts as much as a vowel's.",
            _silence_left_out,
        ),
        Wrong(
            "silence as 0 Hz",
            "Silent frames now count as 0 Hz, which pulls the mean down as dither pulls it up: leave them out of it.",
            _silence_as_zero,
        ),
        Wrong(
            "faint frames as 0 Hz",
            "The right frames are found, but their centroids are set to 0 and averaged with the rest: "
            "divide by the number of frames that count.",
            _faint_as_zero,
        ),
        Wrong(
            "gate by the sum of magnitudes",
            "The frames are chosen by the sum of their magnitudes: noise spread over many bins has a large sum and "
            "little power. The task asks for the sum of squares.",
            _gated(lambda magnitude: magnitude.sum(axis=0), 1e-2),
        ),
        Wrong(
            "40 dB of the wrong kind",
            "The gate opens 80 dB below the loudest frame: 1/10,000 is 40 dB for a power and 80 dB for an amplitude.",
            _gated(_power_of, 1e-8),
        ),
        Wrong(
            "absolute gate",
            "The power of a frame is compared with 1/10,000 itself, not with that share of the loudest frame: "
            "a softer recording would have other frames.",
            _absolute_gate,
        ),
        Wrong(
            "20 dB",
            "The gate closes 20 dB below the loudest frame: 1/100 is 40 dB for an amplitude and 20 dB for a power.",
            _gated(_power_of, 1e-2),
        ),
        Wrong(
            "centroid of the mean spectrum",
            "That is the centroid of the added spectra, in which a loud frame weighs more than a soft one. "
            "The mean of the centroids is asked, each frame counted once.",
            _gated(_power_of, 1e-4, _centroid_of_the_sum),
        ),
        Wrong(
            "weighted by power",
            "Each bin is weighted by its power, which listens to strong partials more: here the weight is the magnitude.",
            _gated(_power_of, 1e-4, lambda magnitude, sample_rate: _centroid_of(magnitude**2, sample_rate)),
        ),
        Wrong(
            "half the rate over K bins",
            "The frequencies of the bins are a little too low: K bins from 0 Hz to the Nyquist frequency, "
            "both included, have K − 1 steps between them.",
            _gated(
                _power_of,
                1e-4,
                lambda magnitude, sample_rate: _centroid_of(magnitude, sample_rate, 2 * len(magnitude)),
            ),
        ),
    ),
    also_right=(
        _gated(_power_of, 1e-4),
        lambda magnitude, *, sample_rate: np.float32(_centroid_by_definition(magnitude, sample_rate=sample_rate)),
    ),
)

# ----------------------------------------------------------------------------------- a voice in rain

RECORDINGS = (("speech/plosives", 0, 0.0), ("speech/digits", 5, 2.0), ("speech/sentence_us_f2", 0, 4.0))
MOST_ERRORS = 0.2


@functools.cache
def _recordings():
    """Speech between two seconds of pause, in rain: clip, SNR in dB, power (bins, frames) and where it is speech."""
    from .. import audio, filters, sound, stft

    def at_16k(clip):
        signal, rate = audio.load(clip, mono=True, dtype=np.float64)
        return signal if rate == 16_000 else filters.resample(signal, from_rate=rate, to_rate=16_000)

    rain, found = at_16k("environment/rain"), []
    for clip, snr_db, start_s in RECORDINGS:
        words = np.pad(at_16k(clip)[:64_000], 16_000)
        is_speech = package.detect_voice(words, sample_rate=16_000, threshold_db=-30)
        drops = np.roll(rain, -round(start_s * 16_000))[: len(words)]
        loudness = sound.rms(words[np.repeat(is_speech, 160)[: len(words)]]) / sound.rms(drops)
        noisy = words + drops * loudness * 10 ** (-snr_db / 20)
        found.append((clip, snr_db, stft.spectrogram(noisy, n_fft=400, hop_length=160), is_speech))
    return found


def in_rain():
    """Three recordings: what is spoken, SNR in dB, power (201 bins, frames), and True where the clean clip has speech."""
    return [(clip, snr_db, power.copy(), is_speech.copy()) for clip, snr_db, power, is_speech in _recordings()]


def _decide(is_voice, power):
    return np.asarray(is_voice(power.copy())).astype(bool)


def _not_one_decision_a_frame(is_voice):
    if not callable(is_voice):
        return "A function is asked: pass `is_voice` itself, without calling it."
    for clip, _, power, is_speech in _recordings():
        got = np.asarray(is_voice(power.copy()))
        if got.dtype == object:
            return f"What it returns for {clip} is no array of decisions: is there a return in its last line?"
        if got.shape != is_speech.shape or not np.isin(got, (0, 1)).all():
            return (
                f"One True or False for each of {len(is_speech)} frames is asked for {clip}; "
                f"it gives shape {got.shape} and dtype {got.dtype}."
            )
    return None


def _depends_on_level(is_voice):
    for clip, _, power, _ in _recordings():
        changed = np.count_nonzero(_decide(is_voice, power) != _decide(is_voice, power * 1e-4))
        if changed > 2:
            return (
                f"With the microphone 40 dB less sensitive {changed} frames of {clip} are decided otherwise: "
                "a threshold in dB must be relative to something in the recording."
            )
    return None


def _errors(is_voice):
    """Clip, and the shares of speech that is missed and of pause that is taken for speech."""
    for clip, _, power, is_speech in _recordings():
        active = _decide(is_voice, power)
        yield clip, np.mean(~active[is_speech]), np.mean(active[~is_speech])


def _false_alarms(is_voice):
    for clip, _, alarms in _errors(is_voice):
        if alarms > MOST_ERRORS:
            return f"In the rain on {clip} it takes {alarms:.0%} of the pauses for speech; at most 20 % are accepted."
    return None


def _misses(is_voice):
    for clip, missed, _ in _errors(is_voice):
        if missed > MOST_ERRORS:
            return f"In the rain on {clip} it misses {missed:.0%} of the speech; at most 20 % are accepted."
    return None


def _mean_f1(is_voice):
    scores = []
    for _, _, power, is_speech in _recordings():
        active = _decide(is_voice, power)
        scores.append(2 * np.sum(active & is_speech) / (np.sum(active) + np.sum(is_speech)))
    return float(np.mean(scores))


def voice_in_rain():
    """A band where rain is weak, a mean over 110 ms, and a threshold taken from the noise."""

    def is_voice(power):
        band = power[2:28].sum(axis=0)  # 80 to 1,080 Hz
        steady = np.convolve(np.pad(band, 5, mode="edge"), np.ones(11), "valid")
        level_db = 10 * np.log10(steady)
        return level_db > np.percentile(level_db, 5) + 2.0

    return is_voice


def _steady_db(power, low, high, n_mean):
    """The level of a band in dB, its power averaged over ``n_mean`` frames."""
    padded = np.pad(power[low:high].sum(axis=0), n_mean // 2, mode="edge")
    return 10 * np.log10(np.convolve(padded, np.ones(n_mean) / n_mean, "valid"))


def _band_detector(low, high, n_mean, quantile, margin_db):
    """The family of ``voice_in_rain``, with its five settings free."""

    def is_voice(power):
        level_db = _steady_db(power, low, high, n_mean)
        return level_db > np.percentile(level_db, quantile) + margin_db

    return is_voice


def _voice_with_memory():
    """Frame by frame: on above one threshold, off only below a lower one, with the noise from the softest frames."""

    def is_voice(power):
        steady = [float(np.mean(power[2:26, max(m - 4, 0) : m + 5])) for m in range(power.shape[1])]
        noise = sorted(steady)[len(steady) // 5]
        decisions, active = [], False
        for level in steady:
            active = level > (1.3 if active else 1.5) * noise
            decisions.append(active)
        return decisions

    return is_voice


DESIGN = Exercise(
    name="descriptors/voice_in_rain",
    title="speech in the rain",
    stars=3,
    kind="design",
    task=r"""
Three recordings of speech, each with a second of pause before and after it, in rain: two with the rain as loud as the speech, one with 5 dB less. You get the **power** spectrogram of each: 201 bins, 40 Hz apart from 0 to 8,000 Hz, and 100 frames a second, each 25 ms long. Write `is_voice(power)`, which returns True or False for each frame. What counts as speech is what the lecture's detector finds in the clean recording.

In each recording at most **20 %** of the speech may be missed, and at most **20 %** of the pauses taken for speech. The decisions must not depend on the level: with all powers 10,000 times smaller they stay the same. Then the score is the mean over the three recordings of

$$F_1 = \frac{2 \cdot \text{frames that are speech and taken for it}}{\text{frames that are speech} + \text{frames taken for it}}$$

the larger, the better. One and the same function must serve all three.
""",
    given='''import numpy as np

from course_utils.exercises.descriptors import in_rain


def report(is_voice):
    """Misses, false alarms and F1 in each recording."""
    for clip, snr_db, power, is_speech in in_rain():
        active = np.asarray(is_voice(power)).astype(bool)
        missed, alarms = np.mean(~active[is_speech]), np.mean(active[~is_speech])
        f1 = 2 * np.sum(active & is_speech) / (np.sum(active) + np.sum(is_speech))
        print(f"{clip:22s} {snr_db} dB SNR: {missed:4.0%} missed, {alarms:4.0%} false, F1 {f1:.3f}")


def lecture_voice(power):
    """The lecture's repaired detector: 80 to 1,000 Hz, 4 dB above the 20th percentile."""
    level_db = 10 * np.log10(power[2:26].sum(axis=0))
    return level_db > np.percentile(level_db, 20) + 4


report(lecture_voice)''',
    start='''def is_voice(power):
    """Power (201 bins, frames) in, True or False for each frame out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="is_voice",
    spec=Design(
        properties=(
            Property("one decision a frame", _not_one_decision_a_frame),
            Property("depends on the level", _depends_on_level),
            Property("false alarms", _false_alarms),
            Property("misses", _misses),
        ),
        score=_mean_f1,
        unit="mean F1",
        best=0.90992,  # of such detectors, by 25 coordinate searches; _proof_voice_in_rain looks around it
        smaller_is_better=False,
    ),
    reference=voice_in_rain,
    hints=(
        "The lecture's detector has few false alarms and many misses. Which of its numbers trades one for the other, "
        "and why can you not lower it far as things are?",
        "The power of rain jumps from frame to frame; that of speech lasts. What does a mean over neighbouring "
        "frames do to each?",
        "Average the power of the low bands over about eleven frames, and the rain hardly jumps: then 2 dB above the "
        "level that the softest frames, one in twenty, stay below is enough.",
    ),
    wrongs=(
        Wrong("one decision a frame", "", lambda: lambda power: 10 * np.log10(power)),
        Wrong("depends on the level", "", lambda: lambda power: power[2:26].sum(axis=0) > 1.0),
        Wrong("false alarms", "", lambda: lambda power: power.sum(axis=0) > 1e-3 * power.sum(axis=0).max()),
        Wrong("misses", "", lambda: _band_detector(2, 26, 1, 20, 4.0)),
    ),
    also_right=(_voice_with_memory, lambda: _band_detector(3, 30, 9, 20, 1.5)),
)

# ------------------------------------------------------------------------------- the difference function


def _difference_by_definition(frames, n_lags):
    frames = np.asarray(frames)
    rows = []
    for frame in frames.reshape(-1, frames.shape[-1]):
        n_window = len(frame) - n_lags + 1
        d = [sum((frame[n] - frame[n + lag]) ** 2 for n in range(n_window)) for lag in range(n_lags)]
        row = [1.0]
        for lag in range(1, n_lags):
            mean = sum(d[1 : lag + 1]) / lag
            row.append(d[lag] / mean if mean > 0 else 1.0)
        rows.append(row)
    return np.reshape(rows, (*frames.shape[:-1], n_lags))


def _frames_and_lags() -> list[Case]:
    rng = np.random.default_rng(5)
    pulses = np.array([1.0, 0, 0, 1, 0, 0, 1, 0])
    voiced = np.convolve(np.tile([1.0, 0, 0, 0, 0, 0, 0], 9), [1, -0.4, 0.7, 0.1])[:60]
    return [
        case(pulses, 5, says="a pulse every third sample, five lags", gives=[1, 1, 1, 0, 4 / 3]),
        case(voiced + 0.01 * rng.standard_normal(60), 25, says="a period of seven samples, nearly"),
        case(rng.standard_normal(31), 16, says="31 random samples, 16 lags"),
        case(rng.standard_normal((2, 3, 24)), 9, says="a batch of two by three frames"),
        case(0.001 * rng.standard_normal(20), 6, says="a very soft frame"),
        case(np.append(np.zeros(9), rng.standard_normal(6)), 7, says="a frame that begins with silence"),
        case(np.zeros(10), 4, says="silence", gives=[1, 1, 1, 1]),
        case(np.array([0.7, -0.2]), 1, says="lag 0 alone", gives=[1]),
        case(np.array([0.5, -0.5, 1.5]), 3, says="a window of one sample", gives=[1, 1, 1]),
    ]


def normalised_difference(frames, n_lags):
    n_window = frames.shape[-1] - n_lags + 1
    shifted = np.lib.stride_tricks.sliding_window_view(frames, n_window, axis=-1)  # (…, n_lags, n_window)
    d = ((shifted - shifted[..., :1, :]) ** 2).sum(axis=-1)
    total = np.cumsum(d, axis=-1)  # d[0] is 0
    return np.divide(d * np.arange(n_lags), total, out=np.ones_like(d), where=total > 0)


def _differences(frames, n_lags, size=np.square):
    n_window = frames.shape[-1] - n_lags + 1
    head = frames[..., :n_window]
    return np.stack([size(head - frames[..., t : t + n_window]).sum(axis=-1) for t in range(n_lags)], axis=-1)


def _relative(d, terms):
    """d over its running mean, of ``terms(lags)`` values."""
    total = np.cumsum(d, axis=-1)
    return np.where(total > 0, d * terms(np.arange(d.shape[-1])) / np.where(total > 0, total, 1), 1.0)


def _difference_of_what_is_left(frames, n_lags):
    n_samples = frames.shape[-1]
    d = [np.square(frames[..., : n_samples - t] - frames[..., t:]).sum(axis=-1) for t in range(n_lags)]
    return _relative(np.stack(d, axis=-1), lambda lags: lags)


def _difference_from_the_mean_before(frames, n_lags):
    d = _differences(frames, n_lags)
    before = np.cumsum(d, axis=-1) - d
    return np.where(before > 0, d * (np.arange(n_lags) - 1) / np.where(before > 0, before, 1), 1.0)


def _difference_by_spectrum(frames, n_lags):
    """Two energies less twice the correlation."""
    n_window, n_fft = frames.shape[-1] - n_lags + 1, 2 * frames.shape[-1]
    spectrum = np.fft.rfft(frames[..., :n_window], n_fft).conj() * np.fft.rfft(frames, n_fft)
    power = np.pad(np.cumsum(frames**2, axis=-1), [(0, 0)] * (frames.ndim - 1) + [(1, 0)])
    energy = power[..., n_window:] - power[..., :n_lags]
    d = energy[..., :1] + energy - 2 * np.fft.irfft(spectrum, n_fft)[..., :n_lags]
    d[..., 0] = 0
    return _relative(d, lambda lags: lags)


DIFFERENCE = Exercise(
    name="descriptors/normalised_difference",
    title="the function in which YIN seeks its dip",
    stars=2,
    kind="implement",
    task=r"""
Steps 2 and 3 of YIN. How much does a frame differ from itself $\tau$ samples later, and how much is that, relative to the mean over all shorter shifts and this one?

$$d[\tau] = \sum_{n=0}^{W-1} (x[n] - x[n+\tau])^2, \qquad d'[\tau] = \frac{d[\tau]}{\frac1\tau \sum_{j=1}^{\tau} d[j]}, \qquad d'[0] = 1$$

for $\tau = 0, 1, \dots$ `n_lags − 1`. **Each shift has the same number of terms, $W$**: a frame of $N$ samples has $W = N - \texttt{n\_lags} + 1$. Where the mean is 0, as in silence, $d'$ is 1. Frames are arrays of floats `(…, N)` with $N \ge$ `n_lags`; the leading axes stay, and the result is `(…, n_lags)`.
""",
    start='''def normalised_difference(frames, n_lags):
    """Frames (…, N) in, d' (…, n_lags) out; entry 0 is 1."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="normalised_difference",
    spec=Function(cases=_frames_and_lags, expected=_difference_by_definition),
    reference=normalised_difference,
    hints=(
        "First d alone. For which shifts must a frame of 8 samples and 5 lags have samples, and how many are left to sum?",
        "`x[..., :W]` against `x[..., t : t + W]`, for each t. The sums of d so far are `np.cumsum`.",
        "The mean over j = 1 … τ is the sum so far over τ, because d[0] = 0 adds nothing. "
        "So d' is d times τ over the sum; entry 0 and silence need a 1 put in by hand.",
    ),
    wrongs=(
        Wrong(
            "all that is left",
            "Longer shifts have fewer terms here: d sums over what is left of the frame, and falls for that reason alone. "
            "W is the same for all shifts.",
            _difference_of_what_is_left,
        ),
        Wrong(
            "mean with shift 0",
            "The mean runs from shift 0, so that it has τ + 1 terms. d[0] is always 0 and says nothing: begin at 1.",
            lambda frames, n_lags: np.where(
                np.arange(n_lags) == 0, 1.0, _relative(_differences(frames, n_lags), lambda lags: lags + 1)
            ),
        ),
        Wrong(
            "sum, not mean",
            "It is τ times too small: d is divided by the sum of the differences so far, where their mean is asked.",
            lambda frames, n_lags: _relative(_differences(frames, n_lags), lambda lags: np.where(lags > 0, 1, 0)),
        ),
        Wrong(
            "not normalised",
            "That is d itself. Its minimum is at shift 0, where every frame equals itself; d' has the 1 there.",
            _differences,
        ),
        Wrong(
            "absolute differences",
            "The differences are not squared: their absolute values are another function (the AMDF of Ross et al., 1974).",
            lambda frames, n_lags: _relative(_differences(frames, n_lags, np.abs), lambda lags: lags),
        ),
        Wrong(
            "mean of the shorter shifts only",
            "The mean leaves out the shift itself. It belongs to it, so that d'[1] is 1 for every frame that is not silent.",
            _difference_from_the_mean_before,
        ),
        Wrong(
            "0 at shift 0",
            "Entry 0 is 0. It is set to 1, so that a search for a dip does not find the shift 0.",
            lambda frames, n_lags: np.where(
                np.arange(n_lags) == 0, 0.0, _relative(_differences(frames, n_lags), lambda lags: lags)
            ),
        ),
    ),
    also_right=(_difference_by_definition, _difference_by_spectrum),
)

# ------------------------------------------------------------------------- a range that is too narrow


def _reported_truth():
    from .. import sound

    sung = sound.vowel("ɑ", fundamental_hz=640, duration_s=0.4, sample_rate=16_000)
    found_hz, _ = package.yin(sung, sample_rate=16_000, f_min=60, f_max=300)
    return float(np.median(found_hz))


def reported_hz():
    f0_hz, f_max = 640, 300
    n_periods = math.ceil(f0_hz / f_max)  # the fewest whose length is allowed
    return f0_hz / n_periods


RANGE = Exercise(
    name="descriptors/reported_hz",
    title="a soprano, tracked with the settings for a bass",
    stars=1,
    kind="predict",
    task="""
A pitch tracker was set up for a bass: YIN with `f_min=60`, `f_max=300` Hz and a threshold of 0.1. Then a soprano sings a steady, clean note of 640 Hz. **Which frequency in Hz is reported?** (Within 1 %. Nothing warns, and the aperiodicity is near 0.)
""",
    start="""### BEGIN SOLUTION
reported_hz = ...
### END SOLUTION""",
    answer="reported_hz",
    spec=Value(truth=_reported_truth, unit="Hz"),
    reference=reported_hz,
    hints=(
        "At which shifts does this note fit onto itself? There are more than one.",
        "The search begins at the period of 300 Hz, 3.33 ms. Which of those shifts is the first that is longer?",
        "One period lasts 1.56 ms, two last 3.13 ms, three 4.69 ms.",
    ),
    wrongs=(
        Wrong(
            "the note",
            "Its period of 1.56 ms is shorter than every shift that is tried: 3.33 ms and more.",
            lambda: 640,
        ),
        Wrong(
            "the edge of the range",
            "At the edge of the range there is no dip: 3.33 ms are not a whole number of periods. "
            "The tracker does not stop there, it looks for a shift that fits.",
            lambda: 300,
        ),
        Wrong(
            "an octave below",
            "Two periods last 3.13 ms, and the search begins at 3.33 ms: 320 Hz is still above the range.",
            lambda: 320,
        ),
        Wrong(
            "two octaves below",
            "Four periods fit as well, and YIN takes the first dip: what comes before it? "
            "The error need not be a number of octaves.",
            lambda: 160,
        ),
        Wrong(
            "the longest that fits",
            "Ten periods fit into the range too; YIN takes the first dip below the threshold, not the last.",
            lambda: 640 / 10,
        ),
        Wrong(
            "an octave too low",
            "Six periods fit as well, and so do fewer: YIN takes the first dip.",
            lambda: 640 / 6,
        ),
        Wrong(
            "the other edge",
            "That is the lower edge; YIN begins at the shortest shift, the period of f_max.",
            lambda: 60,
        ),
        Wrong(
            "nothing",
            "It does report something: a shift of several periods fits as well as one, so that nothing looks wrong.",
            lambda: 0,
        ),
    ),
    also_right=(lambda: np.float32(213.3), lambda: 1000 / 4.69),
)

# ---------------------------------------------------------------------------------- reading a picture


def _rough_signal():
    """A vowel at 11,025 Hz, each second period weaker."""
    from .. import sound

    vowel = sound.vowel("ɑ", fundamental_hz=175, duration_s=0.1, sample_rate=11_025)
    return vowel * (1 + 0.2 * np.cos(np.pi * np.arange(len(vowel)) / 63))


def rough_voice():
    """The d' of one frame of a rough voice, for the shifts 0 … 279."""
    return normalised_difference(_rough_signal()[100:], 280)


def _rough_truth():
    """What the package's tracker reports in the middle of the sound."""
    found_hz, _ = package.yin(
        _rough_signal(), sample_rate=11_025, f_min=60, f_max=800, frame_length=800, hop_length=100
    )
    return float(np.median(found_hz[4:-4]))


def pitch_hz():
    lag = 63  # the first dip below the dashed line, read from the picture
    return 11_025 / lag


READ = Exercise(
    name="descriptors/pitch_hz",
    title="a pitch from its dips",
    stars=2,
    kind="read",
    task="""
A rough voice, sampled at 11,025 Hz: its periods are alike, but each second one is weaker. The picture shows $d'$ of one frame over the shift in samples, with YIN's threshold of 0.1 dashed. **Which pitch, in Hz, does YIN report?** (Within 3 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.descriptors import rough_voice

curve = rough_voice()
dips = [n for n in range(1, len(curve) - 1) if curve[n] < min(curve[n - 1], curve[n + 1])]
picture = cu.plotting.Picture(height_in=3.4)
picture.axes[0].plot(curve)
picture.axes[0].axhline(0.1, color="black", linestyle="--")
picture.axes[0].set(xlim=(0, 280), ylim=(-0.05, 2), xticks=range(0, 281, 20))
picture.axes[0].set(xlabel="shift in samples", ylabel="d', relative")
words = ", ".join(f"{curve[n]:.2f} at {n}" for n in dips)
picture.show(f"d' begins at 1; a dashed line lies at 0.1. The dips, from left to right: {words} samples.")""",
    start="""### BEGIN SOLUTION
pitch_hz = ...
### END SOLUTION""",
    answer="pitch_hz",
    spec=Value(truth=_rough_truth, unit="Hz", tolerance=0.03),
    reference=pitch_hz,
    hints=(
        "Most of the dips do not count for YIN. Which of them reach below the dashed line?",
        "Of those that do, YIN does not ask which is the deepest.",
        "The first dip below 0.1 is a little right of 60 samples. How many of such periods pass in a second?",
    ),
    wrongs=(
        Wrong(
            "the deepest dip",
            "That is the deepest dip, at two periods: with each second one weaker, two periods fit better than one. "
            "YIN takes the first dip below the threshold.",
            lambda: 11_025 / 126,
        ),
        Wrong(
            "four periods",
            "That is the last of the deep dips, at four periods. The first one below the threshold counts.",
            lambda: 11_025 / 252,
        ),
        Wrong(
            "three periods",
            "That dip lies at three periods, and there are others below the threshold before it.",
            lambda: 11_025 / 189,
        ),
        Wrong(
            "the first dip of all",
            "That dip is a shallow one, which never comes near the dashed line: it belongs to a formant.",
            lambda: 11_025 / 15,
        ),
        Wrong(
            "a formant",
            "That dip stays above 0.4. One swing of the first formants fits a little better than its neighbours; "
            "a period fits almost completely.",
            lambda: 11_025 / 31,
        ),
        Wrong(
            "the shift itself",
            "That is the shift in samples. How many such shifts pass in a second, at 11,025 samples?",
            lambda: 63,
        ),
        Wrong(
            "the period",
            "That is the period in ms; the pitch is how many of them fit into a second.",
            lambda: 63 / 11.025,
        ),
        Wrong(
            "samples taken for milliseconds",
            "The axis counts samples, not milliseconds: divide the sampling rate by the shift.",
            lambda: 1000 / 63,
        ),
    ),
    also_right=(lambda: 175, lambda: 1 / (62.5 / 11_025)),
)

# ------------------------------------------------------------------------------------------ listening

BEAT_S = 60 / 110  # the drums' score


def _tick(sample_rate):
    t_s = np.arange(round(0.03 * sample_rate)) / sample_rate
    return 0.4 * np.exp(-t_s / 0.008) * np.sin(2 * np.pi * 2000 * t_s)


def three_tickings():
    """The drums with the ticks of three beat trackers, of which one is right: A, B, C and the sampling rate."""
    from .. import audio

    drums, sample_rate = audio.load("music/drums", mono=True, dtype=np.float64)
    drums, tick = drums[: round(4.36 * sample_rate)], _tick(sample_rate)
    number, found = np.arange(7), []  # the last beat has the crash
    for times_s in ((number + 0.5) * BEAT_S, number * BEAT_S, number * BEAT_S * 0.94):
        ticks = np.zeros(len(drums))
        for start in np.round(times_s * sample_rate).astype(int):
            ticks[start : start + len(tick)] += tick[: len(ticks) - start]
        found.append(0.6 * drums + ticks)
    return found, sample_rate


def _tickings_truth():
    """Where the ticks, taken out of the sound, stand among the beats of the score."""
    from .. import audio

    drums, sample_rate = audio.load("music/drums", mono=True, dtype=np.float64)
    words = []
    for version in three_tickings()[0]:
        loud = np.flatnonzero(np.abs(version - 0.6 * drums[: len(version)]) > 0.05)
        starts_s = loud[np.diff(loud, prepend=-sample_rate) > 0.1 * sample_rate] / sample_rate
        beat = starts_s / BEAT_S
        drift = np.ptp(beat - np.arange(len(beat)))
        aside = abs(np.mean(beat - np.round(beat)))
        words.append("drifts" if drift > 0.2 else "between" if aside > 0.25 else "on")
    return words


def tickings():
    a, b, c = "between", "on", "drifts"
    return [a, b, c]


def _tickings_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="descriptors/tickings",
    title="which beat tracker is right?",
    stars=1,
    kind="listen",
    task="""
Two bars of drums, three times, each with the ticks of another beat tracker. The ticks of one are **on** the beat throughout. Those of another have the right tempo and stand **between** the beats, half a beat late. Those of the third begin on the beat, stand 6 % too close to each other, and so **drift** away from it. Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.descriptors import three_tickings

versions, sample_rate = three_tickings()
gap = np.zeros(sample_rate)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(
    one_after_the_other, sample_rate, caption="A, B and C, a second apart. Where do the ticks fall, first and last?"
)""",
    start="""### BEGIN SOLUTION
tickings = ...  # three of "on", "between", "drifts"
### END SOLUTION""",
    answer="tickings",
    spec=Value(truth=_tickings_truth, options=("on", "between", "drifts")),
    reference=tickings,
    hints=(
        "Listen to the first tick of each: does it come with the first stroke of the drums, or after it?",
        "Two of the three begin with the drums. Then listen to the last ticks of these two.",
        "There is a crash near the end. One of the last ticks comes together with it, one before it, one after it.",
    ),
    wrongs=(
        Wrong(
            "A taken for right",
            "A's first tick comes after the first stroke, with a soft hi-hat alone: its tempo is right, "
            "its place half a beat late.",
            _tickings_as("on", "between", "drifts"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C begin alike. Listen to their ends: the last tick of B comes with the crash, that of C before it.",
            _tickings_as("between", "drifts", "on"),
        ),
        Wrong(
            "A and C exchanged",
            "C begins with the drums, so it cannot be the one that is half a beat late throughout; "
            "and A is as late at the end as at the beginning.",
            _tickings_as("drifts", "on", "between"),
        ),
        Wrong(
            "C taken for right, A for drifting",
            "A keeps its distance from the beat from first to last: that is no drift.",
            _tickings_as("drifts", "between", "on"),
        ),
        Wrong(
            "A taken for right, B for drifting",
            "The first tick of A comes after the first stroke of the drums: it is not on the beat.",
            _tickings_as("on", "drifts", "between"),
        ),
    ),
    also_right=(lambda: ("Between", "On", "Drifts"), lambda: np.array(["between", "on", "drifts"])),
)

# --------------------------------------------------------------------------------------------- chroma

C4_HZ = 440 * 2 ** (-9 / 12)


def _nearest_class(hz):
    """By octaves up or down until it lies around those twelve notes, then the nearest of them by ear."""
    lowest_hz = C4_HZ * 2 ** (-1 / 24)
    while hz >= 2 * lowest_hz:
        hz /= 2
    while hz < lowest_hz:
        hz *= 2
    return min(range(12), key=lambda number: abs(math.log(C4_HZ * 2 ** (number / 12) / hz)))


def _chroma_by_definition(magnitude, bins_hz):
    table = np.zeros((12, np.shape(magnitude)[1]))
    for k, hz in enumerate(bins_hz):
        if hz > 0:
            table[_nearest_class(hz)] += magnitude[k]
    for m in range(table.shape[1]):
        if max(table[:, m]) > 0:
            table[:, m] /= max(table[:, m])
    return table


def _spectra_to_fold() -> list[Case]:
    rng = np.random.default_rng(12)
    piano_hz = np.array([0, 220, 440, 450, C4_HZ, 2 * C4_HZ])
    strength = np.array([[9.0, 1, 2, 1, 3, 5]]).T
    gives = np.zeros((12, 1))
    gives[9], gives[0] = 0.5, 1
    bins_hz = np.arange(129) * 8000 / 256
    levels = np.array([1, 1e-3, 50, 0, 1])
    return [
        case(strength, piano_hz, says="three A's and two C's over a constant", gives=gives),
        case(rng.random((129, 5)) ** 4 * levels, bins_hz, says="five frames, one silent, of a spectrum of 129 bins"),
        case(np.eye(40), 31.3 * 1.0461 ** np.arange(40), says="one bin in each frame, from 31 Hz up"),
        case(
            rng.random((8, 2)),
            np.array([27.5, 61.7, 29.1, 4186, 90, 7040, 6000, 0.9]),
            says="bins in no order, from 0.9 to 7,040 Hz",
        ),
        case(np.ones((1, 1)), np.array([0.0]), says="a constant alone", gives=np.zeros((12, 1))),
        case(np.zeros((9, 3)), np.arange(9) * 500.0, says="silence", gives=np.zeros((12, 3))),
    ]


def fold_to_chroma(magnitude, bins_hz):
    above = bins_hz > 0  # 0 Hz is no note
    semitones = 9 + 12 * np.log2(bins_hz[above] / 440)  # above C; A is class 9
    classes = np.round(semitones).astype(int) % 12
    folded = (classes == np.arange(12)[:, np.newaxis]) @ magnitude[above]
    largest = folded.max(axis=0)
    return folded / np.where(largest > 0, largest, 1)


def _folded(classes_of, combine=np.add.at, scale=lambda folded: folded.max(axis=0), keep=lambda bins_hz: bins_hz > 0):
    """Chroma with other classes, another way to add, another scale."""

    def fold(magnitude, bins_hz):
        folded, above = np.zeros((12, magnitude.shape[1])), keep(bins_hz)
        combine(folded, classes_of(bins_hz[above]), magnitude[above])
        largest = scale(folded)
        return folded / np.where(largest > 0, largest, 1)

    return fold


def _class_of(hz, first=9, rounded=np.round):
    return rounded(first + 12 * np.log2(hz / 440)).astype(int) % 12


def _assign_last(folded, classes, magnitude):
    folded[classes] += magnitude  # of equal classes, numpy keeps one


def _with_constant(bins_hz):
    """What the logarithm of 0 becomes as an integer: −2⁶³, whose class is 4."""
    return np.where(bins_hz > 0, _class_of(np.maximum(bins_hz, 1e-9)), 4)


CHROMA = Exercise(
    name="descriptors/fold_to_chroma",
    title="twelve numbers from a spectrum",
    stars=2,
    kind="implement",
    task=r"""
The lecture folds a constant-Q spectrum into pitch classes; many programs fold an ordinary one. Write `fold_to_chroma(magnitude, bins_hz)`: `magnitude` is `(bins, frames)`, `bins_hz` is an array with the frequency of each bin, in any order and at any spacing.

- Each bin belongs to the **nearest semitone** of the scale tuned to A = 440 Hz, whatever its octave: class 0 is C, 1 is C♯, and so on to 11, B. A is class 9.
- The magnitudes of all bins of a class are **added**.
- A bin of 0 Hz belongs to none.
- Each frame is divided by its largest class; a silent frame stays 0.

The result is `(12, frames)`.
""",
    start='''def fold_to_chroma(magnitude, bins_hz):
    """Magnitudes (bins, frames) and frequencies (bins,) in, (12, frames) from 0 to 1 out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="fold_to_chroma",
    spec=Function(cases=_spectra_to_fold, expected=_chroma_by_definition),
    reference=fold_to_chroma,
    hints=(
        "How many semitones above A are 450 Hz, and how many are 261.6 Hz? Which of these numbers may be negative?",
        "12 log₂(f / 440) counts semitones from A; A is nine semitones above C. Round to the nearest, "
        "then take the remainder modulo 12, which Python gives as 0 … 11 for negative numbers too.",
        "For each class c in 0 … 11: `magnitude[classes == c].sum(axis=0)`, after the bins of 0 Hz are taken out.",
    ),
    wrongs=(
        Wrong(
            "A first",
            "The rows begin with A: 12 log₂(f / 440) counts from A, and C is to be class 0.",
            _folded(lambda hz: _class_of(hz, first=0)),
        ),
        Wrong(
            "semitones cut off",
            "The semitones are rounded down: a bin a little below a note is given to the note below. Take the nearest.",
            _folded(lambda hz: _class_of(hz, rounded=np.floor)),
        ),
        Wrong(
            "cut off towards A",
            "int() cuts towards zero, so that what lies a little below a note goes to its neighbour. Round first.",
            _folded(lambda hz: _class_of(hz, rounded=np.trunc)),
        ),
        Wrong(
            "one bin of each class",
            "Of several bins of one class only one is counted: `folded[classes] += …` with an array of repeated "
            "numbers adds once for each number, not once for each bin.",
            _folded(_class_of, combine=_assign_last),
        ),
        Wrong(
            "largest bin of each class",
            "Each class has the largest of its bins; their sum is asked.",
            _folded(_class_of, combine=np.maximum.at),
        ),
        Wrong(
            "powers added",
            "The magnitudes are squared before they are added, so that weak partials hardly count.",
            lambda magnitude, bins_hz: fold_to_chroma(magnitude**2, bins_hz),
        ),
        Wrong(
            "one scale for all frames",
            "All frames are divided by the same number. Each has its own largest class, so that soft frames reach 1 too.",
            _folded(_class_of, scale=lambda folded: folded.max()),
        ),
        Wrong(
            "sum of 1",
            "The classes of a frame add up to 1 here; the largest of them is to be 1.",
            _folded(_class_of, scale=lambda folded: folded.sum(axis=0)),
        ),
        Wrong(
            "not normalised",
            "These are sums of magnitudes: divide each frame by its largest class.",
            _folded(_class_of, scale=lambda folded: np.ones(1)),
        ),
        Wrong(
            "0 Hz in a class",
            "A bin of 0 Hz has got into class 4: the logarithm of 0 is −∞, which as an integer is −2⁶³, "
            "and that modulo 12 is 4. Leave the bin out.",
            _folded(_with_constant, keep=lambda bins_hz: np.ones(len(bins_hz), bool)),
        ),
        Wrong(
            "A4 at 432 Hz",
            "The scale is tuned to another A, so that bins near the middle between two notes change their class.",
            _folded(lambda hz: np.round(9 + 12 * np.log2(hz / 432)).astype(int) % 12),
        ),
    ),
    also_right=(_chroma_by_definition, _folded(_class_of)),
)

EXERCISES = (ZERO_CROSSINGS, CENTROID, DESIGN, DIFFERENCE, RANGE, READ, LISTEN, CHROMA)

# ------------------------------------------------------------------------------------------ questions


def _reading_hz(signal, sample_rate):
    return sample_rate / 2 * package.zero_crossing_rate(signal).mean()


def _proof_ripple():
    from .. import sound

    both = sound.sine(200, duration_s=4, sample_rate=16_000, amplitude=0.5)
    both = both + sound.sine(5100, duration_s=4, sample_rate=16_000, amplitude=0.1)
    assert 480 < _reading_hz(both, 16_000) < 510
    assert round(100 / (1 + 0.2**2)) == 96


def _four_numbers(clip):
    """Centroid, bandwidth, roll-off in Hz and flatness in dB: medians of the loud frames."""
    from .. import audio, stft

    signal, sample_rate = audio.load(clip, mono=True, dtype=np.float64)
    magnitude = stft.spectrogram(signal, n_fft=2048, power=1)
    power = (magnitude**2).sum(axis=0)
    loud = magnitude[:, power > 1e-3 * power.max()]
    parts = (package.spectral_centroid_hz, package.spectral_bandwidth_hz, package.spectral_rolloff_hz)
    shape_hz = [np.median(part(loud, sample_rate=sample_rate)) for part in parts]
    return [*shape_hz, 10 * np.log10(np.median(package.spectral_flatness(loud)))]


def _proof_same_note():
    trumpet, flute = _four_numbers("music/trumpet_a4"), _four_numbers("music/flute_a4")
    assert 2.1 < trumpet[0] / flute[0] < 2.3 and 2.9 < trumpet[2] / flute[2] < 3.1
    assert 1.2 < trumpet[1] / flute[1] < 1.35 and abs(trumpet[3] - flute[3]) < 2


def _proof_rain_and_bird():
    rain, birds = _four_numbers("environment/rain"), _four_numbers("environment/birds")
    assert 49 < rain[3] - birds[3] < 53 and 2 < rain[0] / birds[0] < 2.3


def _proof_pauses():
    """Speech with noise 20 dB below it, and a threshold 30 dB below the loudest frame."""
    clip, _, _, is_speech = _recordings()[0]
    from .. import audio, sound

    words = np.pad(audio.load(clip, mono=True, dtype=np.float64)[0][:64_000], 16_000)
    loudness = sound.rms(words[np.repeat(is_speech, 160)[: len(words)]])
    noisy = words + 0.1 * loudness * np.random.default_rng(3).standard_normal(len(words))
    active = package.detect_voice(noisy, sample_rate=16_000, threshold_db=-30)
    assert np.mean(active[~is_speech]) > 0.9 and np.mean(active[is_speech]) > 0.99


def _proof_first_dip():
    curve = rough_voice()
    assert curve.argmin() in (126, 252) and curve[63] < 0.1 and curve[1:55].min() > 0.4


def _proof_two_bins():
    notes_hz = 440 * 2 ** ((np.arange(24) - 45) / 12)
    bins = np.unique(np.round(notes_hz * 2048 / 44_100))
    assert len(bins) == 5 and np.isclose(44_100 / 2048, 21.5, atol=0.05)
    assert np.round(notes_hz[[0, -1]]).tolist() == [33, 123]


def _proof_clock():
    from .. import audio

    clock, sample_rate = audio.load("environment/clock", mono=True, dtype=np.float64)
    strength = package.onset_strength(clock, sample_rate=sample_rate)
    assert np.allclose(60 / np.array([0.488, 0.512]), [123, 117], atol=0.5)
    assert 117 < package.tempo_bpm(strength, sample_rate=sample_rate) < 119
    centred = strength - strength.mean()
    repeats = np.correlate(centred, centred, "full")[len(centred) - 1 :]
    half, whole = round(0.5 * sample_rate / 512), round(sample_rate / 512)
    assert repeats[whole - 1 : whole + 2].max() > repeats[half - 3 : half + 4].max()


def _proof_white():
    white = np.random.default_rng(2).standard_normal(80_000)
    assert 1950 < _reading_hz(white, 8000) < 2050


def _proof_fourth():
    one = fold_to_chroma(np.ones((1, 1)), np.array([262.0]))
    fourth = fold_to_chroma(np.ones((1, 1)), np.array([262.0 * 2 ** (5 / 12)]))
    assert np.array_equal(np.roll(one, 5, axis=0), fourth)


def _proof_mean_pitch():
    track_hz = np.array([150.0] * 9 + [300])
    assert np.isclose(track_hz.mean(), 165) and np.median(track_hz) == 150
    assert np.isclose(np.exp(np.log(track_hz).mean()), 160.8, atol=0.05)


def _proof_voice_in_rain():
    """The best score that is known, and no step of one setting away from it is better."""
    best = DESIGN.spec.best
    assert np.isclose(_mean_f1(voice_in_rain()), best, atol=1e-5)
    found = (2, 28, 11, 5, 2.0)
    for place, step in enumerate((1, 1, 2, 1, 0.25)):
        for sign in (-1, 1):
            settings = [*found[:place], found[place] + sign * step, *found[place + 1 :]]
            assert _mean_f1(_band_detector(*settings)) <= best


QUESTIONS = (
    Question(
        name="ripple",
        kind="predict",
        text="A sine of 200 Hz with a fifth of its amplitude at 5,100 Hz on top: which frequency do the crossings read?",
        options=(
            wrong("200 Hz", "96 % of the power is there, but a count of signs does not weigh by power."),
            right("about 500 Hz", "Near each crossing of the slow sine the ripple crosses several times."),
            wrong("5,100 Hz", "Most of the time the slow sine holds the ripple far from zero."),
            wrong(
                "2,650 Hz, the mean of both", "Crossings are counted where the sum is small, not averaged over tones."
            ),
        ),
        proof=_proof_ripple,
    ),
    Question(
        name="same_note",
        kind="predict",
        text="A trumpet and a flute play the same A4. Which of the numbers comes out nearly the same?",
        options=(
            wrong(
                "the centroid, near 440 Hz", "It describes all partials together: the trumpet's is twice the flute's."
            ),
            wrong("the roll-off", "The trumpet's strong upper partials move it to three times the flute's."),
            wrong("all of them: it is the same note", "They describe the envelope of the partials, not their spacing."),
            right("the flatness alone", "Both are tones, a few narrow lines: near −60 dB, whatever their brightness."),
        ),
        proof=_proof_same_note,
    ),
    Question(
        name="pauses",
        kind="predict",
        text="Rain 20 dB below the speech: how many of the pauses does the detector take for speech?",
        options=(
            wrong(
                "1 in 100", "That would need rain well below the threshold, which lies 30 dB below the loudest frame."
            ),
            wrong("1 in 10", "Rain is steady: if some of its frames are above the threshold, nearly all are."),
            right(
                "nearly all",
                "The loudest frame lies several dB above the average of the speech, but not ten: the rain clears −30 dB.",
            ),
        ),
        proof=_proof_pauses,
    ),
    Question(
        name="fair_sum",
        kind="predict",
        text="Which sum finds the pitch more often?",
        options=(
            wrong(
                "the fair one, with equally many products",
                "Two periods fit as well as one: rounding decides which wins.",
            ),
            right(
                "the unfair one, with all products that are left",
                "Fewer products make longer shifts weaker, and so the first period wins over its multiples.",
            ),
            wrong("both find the same", "Where all multiples of the period fit equally well, a small taper decides."),
        ),
    ),
    Question(
        name="octave_apart",
        kind="predict",
        text="On which sound do autocorrelation and YIN disagree by an octave or more?",
        options=(
            wrong("on the voice", "Its periods are clear in the frames that count as periodic, and both find them."),
            wrong("on the violin, because of its vibrato", "Within one frame the pitch moves by less than a semitone."),
            right("on the flute", "Where one note gives way to the next, two sound at once, and a method must choose."),
            wrong("on none", "Each of the two assumes one pitch; a legato in a room breaks that."),
        ),
    ),
    Question(
        name="clock_tempo",
        kind="predict",
        text="What does the estimator say of a clock that ticks and tocks twice a second?",
        options=(
            wrong("120 a minute", "That is its make. But tick and tock are not equally far apart."),
            right(
                "a little less than 120 a minute", "Its steps are 488 and 512 ms in turn: 123 and 117, and never 120."
            ),
            wrong("60 a minute", "From tick to tick it repeats better, but the guess of 120 weighs against it."),
        ),
        proof=_proof_clock,
    ),
    Question(
        name="bass_bins",
        kind="predict",
        text="Into how many bins of 21.5 Hz do the 24 notes of the lowest two octaves fall?",
        options=(
            wrong("24", "The semitones are 2 to 7 Hz apart there, and a bin is 21.5 Hz wide."),
            wrong("12", "That would be a bin for each whole tone, which in the bass is 4 to 13 Hz."),
            right("5", "From 33 to 123 Hz are 90 Hz, a little over four bins."),
        ),
        proof=_proof_two_bins,
    ),
    Question(
        name="twice_the_rate",
        kind="predict",
        text="The same samples at twice the rate: what moves?",
        options=(
            wrong("the constant-Q picture stretches to twice its height", "Equal ratios are equal distances there."),
            wrong("both move up by 12 rows", "The chroma has 12 rows, and they form a circle."),
            wrong("neither moves", "The notes do: the constant-Q picture says which octave they are in."),
            right("the constant-Q picture moves up by 12 rows, the chroma stays", "An octave is 12 rows, or none."),
        ),
    ),
    Question(
        name="white_crossings",
        text="White noise is sampled at 8,000 Hz. Which frequency do its zero crossings read, roughly?",
        options=(
            wrong("0 Hz: its mean is zero", "A mean of zero says nothing about how often the sign changes."),
            right("2,000 Hz", "Independent samples change their sign every second time: a quarter of the rate."),
            wrong(
                "4,000 Hz: it reaches up to there", "Only a change at every sample would read the Nyquist frequency."
            ),
        ),
        proof=_proof_white,
    ),
    Question(
        name="rain_or_bird",
        text="Which descriptor tells steady rain from a whistling bird best?",
        options=(
            right("flatness", "Noise fills all bins, a whistle few: in section 2 they lay 51 dB apart."),
            wrong("energy", "It depends on distance and gain: a near bird is louder than far rain."),
            wrong(
                "the centroid", "They differ by a factor of two, and a bird may whistle as high as the rain's centroid."
            ),
            wrong("pitch in Hz", "Rain has none, and a tracker returns a number for it all the same."),
        ),
        proof=_proof_rain_and_bird,
    ),
    Question(
        name="threshold_in_noise",
        text="A speech detector opens at −30 dB re the loudest frame. Now steady noise lies 20 dB below the speech. It:",
        options=(
            wrong(
                "works, since the noise is far weaker than the speech",
                "Weaker than the speech, and above the threshold.",
            ),
            wrong("misses nearly all speech", "Noise adds energy: on average it makes no frame weaker."),
            right(
                "takes nearly every pause for speech",
                "The noise is above the threshold: take the threshold from the noise.",
            ),
        ),
        proof=_proof_pauses,
    ),
    Question(
        name="better_voice_detector",
        text="Rain is as loud as the speech. Which change helps an energy detector most?",
        options=(
            wrong("a higher threshold", "It trades false alarms for misses, and both distributions stay as they were."),
            right(
                "a band of 80 to 1,000 Hz, and a mean over some 100 ms",
                "Vowels have most of their power there, and a mean makes the jumps of the rain smaller than the voice.",
            ),
            wrong("a higher gain", "Speech and rain grow together, and a relative threshold does not notice."),
        ),
        proof=_proof_voice_in_rain,
    ),
    Question(
        name="first_dip",
        text="Why does YIN take the first dip below its threshold, and not the deepest?",
        options=(
            wrong("it is faster", "All shifts are computed anyway, before the search begins."),
            wrong(
                "the first is the deepest by definition",
                "Rounding, noise, or a voice whose periods alternate decide that.",
            ),
            wrong("the deepest belongs to the formants", "Their dips are shallow; the deep ones are whole periods."),
            right(
                "two periods fit as well as one, or better",
                "The deepest may lie at any multiple: it gives pitches that are octaves, or more, too low.",
            ),
        ),
        proof=_proof_first_dip,
    ),
    Question(
        name="outlier_in_a_track",
        text="Nine frames read 150 Hz, one reads 300 Hz by an octave error. What do mean and median say?",
        options=(
            right("165 Hz and 150 Hz", "The error weighs 150 Hz in the mean; the median does not notice it."),
            wrong("150 Hz both", "The mean adds all ten values: 9 times 150 and once 300, over 10."),
            wrong(
                "161 Hz and 150 Hz",
                "161 Hz is the mean of the cents, or logarithms: better than 165, and still not 150.",
            ),
            wrong("225 Hz and 150 Hz", "That is the middle of the two values, as if both came equally often."),
        ),
        proof=_proof_mean_pitch,
    ),
    Question(
        name="half_tempo",
        text="An estimator says 74 beats a minute for a song that people tap at 148. What is your first thought?",
        options=(
            wrong("the onsets were not found", "With bad onsets the answer would hardly be exactly half."),
            right("half tempo: both periods are in the music", "Look at the prior, and score such answers separately."),
            wrong(
                "the sampling rate is wrong by a factor of two",
                "Possible, but it would move the pitch by an octave too: play the file, and you hear it.",
            ),
        ),
    ),
    Question(
        name="transposed_chroma",
        text="A melody is transposed up by a fourth. What happens to its chroma?",
        options=(
            wrong("nothing", "That holds for octaves only."),
            wrong(
                "it is stretched",
                "Equal ratios are equal distances in pitch: everything moves by the same number of rows.",
            ),
            right("its rows turn by five", "A fourth is five semitones, and the twelve classes form a circle."),
        ),
        proof=_proof_fourth,
    ),
)
