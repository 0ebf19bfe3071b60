import numpy as np

from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


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
    levels = 10 ** (-np.array([0, 10, 19.5, 20.5, 39.5, 40.5, 60, 70, 90, 48.5, 200, 0.5]) / 20)
    return [
        case(two, sample_rate=8, says="one frame of sound and one of silence", gives=2.5),
        case(speech, sample_rate=16_000, says="twelve frames, nearly equally loud"),
        case(speech * levels * 0.37, sample_rate=22_050, says="frames from 0 to 200 dB below the loudest"),
        case(
            np.stack([peak, 10 ** (-41 / 20) * flat, 10 ** (-39 / 20) * flat], axis=-1),
            sample_rate=8000,
            says="a tone, and a flat spectrum 41 and 39 dB below it",
        ),
        case(
            np.array([[0, 0], [1e6, 0], [0, 1e4]]),
            sample_rate=8,
            says="a frame of exactly 1/10,000 of the loudest one's power",
            gives=2,
        ),
        case(1e-7 * speech * levels, sample_rate=16_000, says="a recording 140 dB softer, with soft frames"),
        case(1e-24 * speech * levels, sample_rate=16_000, says="a recording 480 dB softer, with soft frames"),
        case(speech[:, :1], sample_rate=44_100, says="a single frame"),
        case(np.zeros((17, 4)), sample_rate=8000, says="silence throughout", gives=0),
        case(speech[:20], sample_rate=11_025, says="an odd rate"),
        case(
            np.array([[0.0, 0, 2], [3, 0, 0], [1, 2, 0]]),
            sample_rate=8,
            says="a frame with the last bin alone, and one with the first",
            gives=13 / 6,
        ),
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


def _gated(strength, ratio, centroid=_centroid_of, compare=np.greater, reference=np.max, average=np.mean):
    """The average centroid of the frames whose ``strength(magnitude)`` exceeds ``ratio`` of the largest one."""

    def mean_hz(magnitude, *, sample_rate):
        size = strength(magnitude)
        kept = compare(size, ratio * reference(size)) & magnitude.any(axis=0)
        return float(average(centroid(magnitude[:, kept], sample_rate))) if kept.any() else 0.0

    return mean_hz


def _power_of(magnitude):
    return (magnitude**2).sum(axis=0)


def _divided_by_a_little_more(small):
    return lambda magnitude, sample_rate: (
        np.linspace(0, sample_rate / 2, len(magnitude)) @ magnitude / (magnitude.sum(axis=0) + small)
    )


def _gate_of_bins(magnitude, *, sample_rate):
    loud = np.where(magnitude**2 > 1e-4 * (magnitude**2).max(), magnitude, 0)
    loud = loud[:, loud.any(axis=0)]
    return _centroid_of(loud, sample_rate).mean() if loud.size else 0.0


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


def _with_least(least):
    """The right gate, and none of a recording whose loudest power is not above ``least``."""

    def mean_hz(magnitude, *, sample_rate):
        is_silent = _power_of(magnitude).max() <= least
        return 0.0 if is_silent else mean_centroid_hz(magnitude, sample_rate=sample_rate)

    return mean_hz


SMALL = (1e-20, float(np.finfo(float).eps), 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)


def _every_size():
    for n_bins in range(2, 140):
        for sample_rate in (16_000, 22_050):
            yield case(np.ones((n_bins, 2)), sample_rate=sample_rate, says="any number of bins"), ()


def _with_bins(bins_of):
    """The right mean over frequencies ``bins_of(rate, number of bins)``."""

    def mean_hz(magnitude, *, sample_rate):
        kept = magnitude[:, _power_of(magnitude) > 1e-4 * _power_of(magnitude).max()]
        return np.mean(bins_of(sample_rate, len(magnitude)) @ kept / kept.sum(axis=0)) if kept.size else 0.0

    return mean_hz


def _arange_to(end):
    def bins_hz(sample_rate, n_bins):
        step_hz = sample_rate / 2 / (n_bins - 1)
        return np.arange(0, end(sample_rate / 2, step_hz), step_hz)

    return bins_hz


def _without_last_bin(of_power, above, below):
    """The last bin missing in the power, in the sum of the moments, or in that of the magnitudes."""

    def mean_hz(magnitude, *, sample_rate):
        less = [np.where(np.arange(len(magnitude))[:, np.newaxis] < len(magnitude) - 1, magnitude, 0), magnitude]
        power = _power_of(less[not of_power])
        kept = power > 1e-4 * power.max()
        bins_hz = np.linspace(0, sample_rate / 2, len(magnitude))
        with np.errstate(all="ignore"):
            centroids = bins_hz @ less[not above][:, kept] / less[not below][:, kept].sum(axis=0)
        return np.mean(centroids) if kept.any() else 0.0

    return mean_hz


EXERCISE = Exercise(
    title="how bright is a recording with pauses?",
    stars=2,
    kind="repair",
    task=r"""
A script describes each file of a collection by its mean spectral centroid. One file has a second of silence before and after ten spoken digits. With digital silence the mean is not a number; with the dither of a 16-bit file it is a number, and nobody notices that the dither has raised it.

**Mend it.** Only frames whose power, $\sum_k S[k]^2$, is **more than 1/10,000 of that of the loudest frame** count (that is, less than 40 dB below it); the result is the mean of *their* centroids $\sum_k f_k S[k] / \sum_k S[k]$ in Hz. `magnitude` is `(freq, time)`, with bins from 0 Hz to the Nyquist frequency, both included. The level of the recording must not matter: a hundred decibels softer, it is as bright (its largest magnitude is 10⁻²⁵ or more). If it is silent throughout, return 0.
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
for name, signal in (("no padding", digits), ("zeros", padded), ("dither", dithered)):
    magnitude = cu.stft.spectrogram(signal, n_fft=512, power=1)
    with np.errstate(invalid="ignore"):
        mean_hz = published_mean_centroid_hz(magnitude, sample_rate=sample_rate)
    print(f"{name:14s} {mean_hz:5.0f} Hz")''',
    form="A magnitude spectrogram (freq, time) in, one frequency in Hz out.",
    answer="mean_centroid_hz",
    spec=Function(cases=_spectrograms, expected=_centroid_by_definition, properties=(right_count(_every_size),)),
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
            "The right frames are found, but the centroids of the others are set to 0 and averaged with theirs: "
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
            "soft recordings taken for silence",
            "A soft recording is taken for silence, which is to give 0: only a recording of zeros is silent throughout.",
            tuple(_with_least(least) for least in (1e-10, 1e-12, 1e-15, 1e-20, 1e-30)),
        ),
        Wrong(
            "20 dB",
            "The gate closes 20 dB below the loudest frame: 1/100 is 40 dB for an amplitude and 20 dB for a power.",
            _gated(_power_of, 1e-2),
        ),
        Wrong(
            "another threshold",
            "The gate opens at another level: 1/10,000 of the power of the loudest frame is asked for.",
            tuple(_gated(_power_of, ratio) for ratio in (1e-3, 1e-5, 1e-6)),
        ),
        Wrong(
            "the bound included",
            "A frame of exactly 1/10,000 counts here: the task asks for more than that.",
            _gated(_power_of, 1e-4, compare=np.greater_equal),
        ),
        Wrong(
            "1/10,000 of the mean",
            "The power of a frame is compared with the mean of all powers. It is the loudest frame that counts.",
            _gated(_power_of, 1e-4, reference=np.mean),
        ),
        Wrong(
            "each bin by itself",
            "Single bins are left out where they are faint. A frame counts as a whole, with all its bins, or not at all.",
            _gate_of_bins,
        ),
        Wrong(
            "a small number added",
            "A small number guards against a 0. It is not small beside the sound of a soft recording.",
            (
                *(_gated(lambda magnitude, s=s: _power_of(magnitude) + s, 1e-4) for s in SMALL),
                *(_gated(_power_of, 1e-4, _divided_by_a_little_more(small)) for small in SMALL),
            ),
        ),
        Wrong(
            "median",
            "That is the median of the centroids; their mean is asked for.",
            _gated(_power_of, 1e-4, average=np.median),
        ),
        Wrong(
            "centroid of the mean spectrum",
            "That is the centroid of the added spectra, in which a loud frame weighs more than a soft one. "
            "The mean of the centroids is asked for, each frame counted once.",
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
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one frequency too many. "
            "np.linspace takes the number of bins.",
            (
                _with_bins(_arange_to(lambda half_hz, step_hz: half_hz + step_hz)),
                _with_bins(_arange_to(lambda half_hz, step_hz: half_hz + 1e-12)),
            ),
        ),
        Wrong(
            "half the rate in whole hertz",
            "At an odd rate the Nyquist frequency ends in a half, which // cuts off: divide with /.",
            _with_bins(lambda sample_rate, n_bins: np.linspace(0, sample_rate // 2, n_bins)),
        ),
        Wrong(
            "last bin left out",
            "The last bin is left out of a sum, that of the power or one of the centroid's: range(n − 1) ends at n − 2, and the bins are "
            "those from 0 to n − 1.",
            tuple(_without_last_bin(*which) for which in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1))),
        ),
    ),
    after="One click breaks it: 40 dB above the voice it shuts the gate for all the rest, and the mean is the click's own.",
    also_right=(
        _gated(_power_of, 1e-4),
        lambda magnitude, *, sample_rate: np.float32(_centroid_by_definition(magnitude, sample_rate=sample_rate)),
    ),
)
