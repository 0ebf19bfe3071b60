import math

import numpy as np

from ... import filters as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _sinc_by_loop(cutoff_hz, *, sample_rate, n_taps):
    taps = []
    for n in range(n_taps):
        t = 2 * cutoff_hz / sample_rate * (n - (n_taps - 1) / 2)
        value = 1.0 if t == 0 else math.sin(math.pi * t) / (math.pi * t)
        taps.append(value * (0.5 - 0.5 * math.cos(2 * math.pi * n / (n_taps - 1))))
    return np.array([tap / sum(taps) for tap in taps])


def _lowpasses() -> list[Case]:
    side = 1 / math.pi  # sinc(½) is 2/π, and the window halves it
    return [
        case(
            2000, sample_rate=8000, n_taps=5, says="five taps, a quarter of the rate",
            gives=[0, side / (1 + 2 * side), 1 / (1 + 2 * side), side / (1 + 2 * side), 0],
        ),
        case(1000, sample_rate=8000, n_taps=3, says="three taps", gives=[0, 1, 0]),
        case(1000, sample_rate=8000, n_taps=4, says="four taps, none in the middle", gives=[0, 0.5, 0.5, 0]),
        case(440, sample_rate=16_000, n_taps=41, says="41 taps"),
        case(4000, sample_rate=44_100, n_taps=64, says="an even number of taps"),
        case(7900.5, sample_rate=16_000, n_taps=10, says="a cut-off just below the Nyquist frequency"),
        case(0.5, sample_rate=48_000, n_taps=8, says="a cut-off of half a hertz"),
        case(60, sample_rate=48_000, n_taps=513, says="513 taps"),
    ]  # fmt: skip


def _sinc_with(cutoff_hz, sample_rate, n_taps, *, periodic=False, middle=None, crossings=2.0):
    from ...dft import window

    middle = (n_taps - 1) / 2 if middle is None else middle
    return window("hann", n_taps, periodic=periodic) * np.sinc(
        crossings * cutoff_hz / sample_rate * (np.arange(n_taps) - middle)
    )


def _sinc_in(shape):
    """Another window, ``shape(n_taps)``."""

    def lowpass(cutoff_hz, *, sample_rate, n_taps):
        middle = (n_taps - 1) / 2
        return _sum_one(np.sinc(2 * cutoff_hz / sample_rate * (np.arange(n_taps) - middle)) * shape(n_taps))

    return lowpass


def _sinc_scaled(size):
    """Divided by something else than the sum of the taps."""

    def lowpass(cutoff_hz, *, sample_rate, n_taps):
        taps = _sinc_with(cutoff_hz, sample_rate, n_taps)
        return taps / size(taps)

    return lowpass


def _sinc_about(place):
    return lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
        _sinc_with(cutoff_hz, sample_rate, n_taps, middle=place(n_taps))
    )


def _nothing_in_the_middle(cutoff_hz, *, sample_rate, n_taps):
    taps = _sinc_with(cutoff_hz, sample_rate, n_taps)
    with np.errstate(invalid="ignore"):  # of three taps nothing is left
        return _sum_one(np.where(np.arange(n_taps) == (n_taps - 1) / 2, 0, taps))


def _middle_by(factor):
    """The middle tap ``factor(2 f_c / f_s)`` times as large as it should be beside the others."""

    def lowpass(cutoff_hz, *, sample_rate, n_taps):
        is_middle = np.arange(n_taps) == (n_taps - 1) / 2
        return _sum_one(
            _sinc_with(cutoff_hz, sample_rate, n_taps) * np.where(is_middle, factor(2 * cutoff_hz / sample_rate), 1)
        )

    return lowpass


def _sum_one(taps):
    return taps / taps.sum()


def _sinc_comprehension(cutoff_hz, *, sample_rate, n_taps):
    from_middle = [n - (n_taps - 1) / 2 for n in range(n_taps)]
    taps = np.sinc([2 * cutoff_hz * t / sample_rate for t in from_middle])
    taps = taps * np.cos(np.pi * np.array(from_middle) / (n_taps - 1)) ** 2
    return [float(tap) for tap in taps / taps.sum()]


def _by_firwin(cutoff_hz, *, sample_rate, n_taps):
    from scipy.signal import firwin

    return firwin(n_taps, cutoff_hz, window="hann", fs=sample_rate)


def _every_size():
    for n_taps in range(3, 150):
        yield case(1000, sample_rate=8000, n_taps=n_taps, says="any number of taps"), (n_taps,)


def _by_parts_of_one(end):
    """The places in the window as parts of 1, by np.arange."""

    def lowpass(cutoff_hz, *, sample_rate, n_taps):
        step = 1 / (n_taps - 1)
        places = np.arange(0, end(step), step)
        sinc = np.sinc(2 * cutoff_hz / sample_rate * (n_taps - 1) * (places - 0.5))
        return _sum_one(sinc * np.sin(np.pi * places) ** 2)

    return lowpass


def _window_by_parts_of_one(cutoff_hz, *, sample_rate, n_taps):
    weights = np.sin(np.pi * np.arange(0, 1 + 1 / (n_taps - 1), 1 / (n_taps - 1))) ** 2
    return _sum_one(weights * np.sinc(2 * cutoff_hz / sample_rate * (np.arange(n_taps) - (n_taps - 1) / 2)))


EXERCISE = Exercise(
    title="a sinc that ends",
    stars=2,
    kind="implement",
    task=r"""
Write the windowed-sinc low-pass of section 3 with a Hann window,

$$h[n] = w[n]\;\operatorname{sinc}\!\left(\tfrac{2 f_c}{f_s}\left(n - \tfrac{N-1}{2}\right)\right), \qquad w[n] = \tfrac12 - \tfrac12\cos\frac{2\pi n}{N-1}$$

for $n = 0 \ldots N-1$, scaled so that a **constant passes unchanged**. $\operatorname{sinc}(t) = \sin(\pi t)/(\pi t)$, and 1 at $t = 0$. The number of taps $N$ is at least 3, and may be even: then no tap lies in the middle.
""",
    form="Cut-off and rate in Hz in, n_taps weights out.",
    answer="fir_lowpass",
    spec=Function(cases=_lowpasses, expected=_sinc_by_loop, properties=(right_count(_every_size),)),
    reference=package.fir_lowpass,
    hints=(
        "Where is the middle of four taps? Between number 1 and number 2.",
        "np.sinc(t) has the π inside. Multiply sinc and window first, and scale last.",
        "What comes out for the input 1, 1, 1, …? The sum of the taps: divide by it.",
    ),
    wrongs=(
        Wrong(
            "sum not 1",
            "The factor 2 f_c / f_s in front makes the gain at 0 Hz nearly 1 only where the taps are many: of three taps "
            "at an eighth of the rate it makes 0.25. What a constant is multiplied by is the sum of the taps.",
            lambda cutoff_hz, *, sample_rate, n_taps: (
                2 * cutoff_hz / sample_rate * _sinc_with(cutoff_hz, sample_rate, n_taps)
            ),
        ),
        Wrong(
            "not scaled at all",
            "The shape is right and the scale is missing: a constant comes out multiplied by the sum of the taps.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sinc_with(cutoff_hz, sample_rate, n_taps),
        ),
        Wrong(
            "scaled before the window",
            "The sinc was scaled to sum 1 and the window came afterwards: it changes the sum again.",
            lambda cutoff_hz, *, sample_rate, n_taps: (
                _sinc_with(cutoff_hz, sample_rate, n_taps)
                / np.sinc(2 * cutoff_hz / sample_rate * (np.arange(n_taps) - (n_taps - 1) / 2)).sum()
            ),
        ),
        Wrong(
            "periodic window",
            "The taps are not symmetric: this window has the period N, as for frames of a spectrogram. "
            "A filter wants the one whose last weight equals its first, with N − 1 below the fraction.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, periodic=True)
            ),
        ),
        Wrong(
            "half the cut-off",
            "The cut-off lies at half of what was asked: the sinc crosses zero every f_s / (2 f_c) samples, "
            "so a factor of 2 is missing inside it.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, crossings=1.0)
            ),
        ),
        Wrong(
            "middle on a sample",
            "It is right for odd lengths only: with an even number of taps the middle lies between two of them, "
            "and a whole number puts the sinc half a sample beside it.",
            (_sinc_about(lambda n_taps: n_taps // 2), _sinc_about(lambda n_taps: (n_taps - 1) // 2)),
        ),
        Wrong(
            "no window",
            "The sinc is cut off without a window: its leaks stay about 21 dB down however many taps there are.",
            _sinc_in(np.ones),
        ),
        Wrong(
            "sinc not moved",
            "The sinc has its peak at the first tap, where the window is 0: it belongs in the middle of the taps.",
            _sinc_about(lambda n_taps: 0),
        ),
        Wrong(
            "π twice",
            "The cut-off is π times too high: np.sinc(t) is sin(πt)/(πt), the π is already inside.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, crossings=2 * np.pi)
            ),
        ),
        Wrong(
            "middle at N / 2",
            "The sinc stands half a sample too late: taps 0 to N − 1 have their middle at (N − 1) / 2.",
            _sinc_about(lambda n_taps: n_taps / 2),
        ),
        Wrong(
            "twice the cut-off",
            "The cut-off lies at twice what was asked: 2 f_c / f_s is already the cut-off as a share of the Nyquist frequency.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, crossings=4.0)
            ),
        ),
        Wrong(
            "sum of the magnitudes",
            "The taps were divided by the sum of their magnitudes. Some are negative, and a constant meets them "
            "with their sign.",
            _sinc_scaled(lambda taps: np.abs(taps).sum()),
        ),
        Wrong(
            "largest tap 1",
            "The taps were divided by the largest one: a constant comes out multiplied by their sum, which is to be 1.",
            _sinc_scaled(np.max),
        ),
        Wrong(
            "energy 1",
            "The squares of the taps add up to 1: that keeps the power of white noise. A constant is multiplied by the sum "
            "of the taps themselves.",
            _sinc_scaled(np.linalg.norm),
        ),
        Wrong(
            "another window",
            "The window is not the Hann window of the formula, which is 0 at the first and at the last tap.",
            (
                *map(_sinc_in, (np.hamming, np.blackman, np.bartlett)),
                _sinc_in(lambda n_taps: np.hanning(n_taps + 2)[1:-1]),
                _sinc_in(lambda n_taps: np.sin(np.pi * np.arange(n_taps) / (n_taps - 1))),
            ),
        ),
        Wrong(
            "0 in the middle",
            "With an odd number of taps t is 0 in the middle, where sin(πt)/(πt) is 0/0 and the sinc is 1: a 0 was put there.",
            _nothing_in_the_middle,
        ),
        Wrong(
            "middle tap of another formula",
            "The middle tap does not fit the others, and only odd lengths have one. sinc(0) is 1: a factor such as 2 f_c / f_s "
            "belongs there if all the other taps have it, too. The scaling has spread the mistake over all taps.",
            (
                *map(_middle_by, (lambda r: r, lambda r: 1 / r, lambda r: r / 2, lambda r: 2 / r, lambda r: 2 * r)),
                *map(_middle_by, (lambda r: np.pi * r, lambda r: 1 / np.pi / r, lambda r: 2.0, lambda r: 0.5)),
                *map(_middle_by, (lambda r: np.pi, lambda r: 1 / np.pi, lambda r: r**2)),
            ),
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one value too many. Count the taps "
            "in whole numbers, and divide.",
            (_by_parts_of_one(lambda step: 1 + step), _window_by_parts_of_one),
        ),
    ),
    after="Beyond the cut-off the strongest leak lies 44 dB down, with 101 taps as with 1,001: where 60 dB are asked, "
    "it is the window that must change.",
    also_right=(
        _sinc_comprehension,
        _by_firwin,
        lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(_sinc_with(cutoff_hz, sample_rate, n_taps)).astype(
            np.float32
        ),
    ),
)
