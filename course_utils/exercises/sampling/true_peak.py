import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _quietly


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
        case(np.array([1.2, -1.0]), says="the highest sample at the beginning", gives=1.2),
        case(rng.uniform(-1, 1, (1, 12)), factor=7, says="a batch of a single signal, seven points a sample"),
        case(1e-6 * rng.uniform(-1, 1, 10), says="ten samples at −120 dB"),
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


def _periodic_to_the_last(signal, *, factor=4):
    """The same, from the first sample to the last."""
    from scipy.signal import resample

    n_time = np.shape(signal)[-1]
    return np.abs(resample(signal, factor * n_time, axis=-1)[..., : factor * (n_time - 1) + 1]).max(axis=-1)


def _measured(measure):
    """Another measure of the right wave."""

    def peak(signal, *, factor=4):
        signal = np.asarray(signal, float)
        return measure(_sinc_sum(signal, np.arange(factor * (signal.shape[-1] - 1) + 1) / factor))

    return peak


def _peak_with_points(n_points_of):
    def peak(signal, *, factor=4):
        n_time = np.shape(signal)[-1]
        positions = np.linspace(0, n_time - 1, max(n_points_of(n_time, factor), 1))
        return np.abs(_sinc_sum(np.asarray(signal, float), positions)).max(axis=-1)

    return peak


def _lanczos_sum(signal, positions, n_lobes):
    away = positions - np.arange(signal.shape[-1])[:, np.newaxis]
    return signal @ (np.sinc(away) * np.sinc(away / n_lobes) * (np.abs(away) < n_lobes))


def _nan_skipped(signal, *, factor=4):
    signal = np.asarray(signal, float)
    positions = np.arange(factor * (signal.shape[-1] - 1) + 1) / factor
    turns = np.pi * (positions - np.arange(signal.shape[-1])[:, np.newaxis])
    with np.errstate(invalid="ignore"):
        return np.fmax.reduce(np.abs(signal @ (np.sin(turns) / turns)), axis=-1)


def _by_resample_poly(signal, *, factor=4):
    from scipy.signal import resample_poly

    return np.abs(resample_poly(np.asarray(signal, float), factor, 1, axis=-1)).max(axis=-1)


EXERCISE = Exercise(
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
            "times multiplied by π",
            "The times are multiplied by π before the places of the samples are subtracted, so it looks past the end of the piece: np.sinc(u) contains its own π.",
            _peak_of(lambda signal, positions: _sinc_sum(signal, np.pi * positions)),
        ),
        Wrong(
            "periodic",
            "This continues the piece as if it repeated, which an FFT does (scipy.signal.resample, too). "
            "Here there is nothing before the first sample and after the last.",
            (_periodic_peak, _periodic_to_the_last),
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
        Wrong(
            "another pulse",
            "The wave is rebuilt with other pulses than the sinc: it comes near, and is another wave.",
            (
                _peak_of(lambda signal, positions: _lanczos_sum(signal, positions, 3)),
                _peak_of(lambda signal, positions: _lanczos_sum(signal, positions, 4)),
                _by_resample_poly,
            ),
        ),
        Wrong(
            "half of peak to peak",
            "Half the distance from the lowest to the highest point is the peak only where both are equally far from 0.",
            _measured(lambda wave: np.ptp(wave, axis=-1) / 2),
        ),
        Wrong(
            "first sample left out",
            "The first sample itself is not looked at: from the first to the last, both included.",
            _measured(lambda wave: np.abs(wave[..., min(1, wave.shape[-1] - 1) :]).max(axis=-1)),
        ),
        Wrong(
            "beyond both ends",
            "It also looks before the first sample and after the last, where the sum of pulses may overshoot.",
            lambda signal, *, factor=4: np.abs(
                _sinc_sum(np.asarray(signal, float), np.arange(-factor, factor * np.shape(signal)[-1] + 1) / factor)
            ).max(axis=-1),
        ),
        Wrong(
            "other steps",
            "The points are not 1/`factor` of a sample apart, so it meets the crest at another place: from the first sample to the last it takes (N − 1) · `factor` + 1 of them.",
            (
                *tuple(
                    lambda signal, *, factor=4, step=step: _peak_by_definition(signal, step(factor))
                    for step in (lambda n: n + 1, lambda n: 2 * n, lambda n: max(n - 1, 1))
                ),
                _peak_with_points(lambda n_time, factor: factor * n_time),
                _peak_with_points(lambda n_time, factor: factor * (n_time - 1)),
            ),
        ),
        Wrong(
            "samples skipped",
            "The samples themselves are not looked at, as by a maximum that skips NaN: at its own instant the pulse of a sample is "
            "0/0, and sinc is 1 there.",
            _nan_skipped,
        ),
        Wrong(
            "sign kept",
            "The highest point comes with its sign: where the deepest point decides the peak is negative, and magnitudes are asked.",
            _measured(
                lambda wave: np.where(wave.max(axis=-1) >= -wave.min(axis=-1), wave.max(axis=-1), wave.min(axis=-1))
            ),
        ),
        Wrong(
            "place of the peak",
            "That is where the peak lies, not how high it is.",
            (
                lambda signal, *, factor=4: (
                    _measured(lambda wave: np.abs(wave).argmax(axis=-1))(signal, factor=factor) / factor
                ),
                _measured(lambda wave: np.abs(wave).argmax(axis=-1)),
            ),
        ),
    ),
    after="A tone at a quarter of the rate may be met 45° beside each of its crests: then every sample reads 3 dB too low, and a converter that is set by the samples clips.",
    also_right=(_true_peak_by_matrix, _true_peak_rows),
)
