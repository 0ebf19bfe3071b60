"""Filters, by hand and by ear.

A filter is two short lists of numbers and a memory. Here you run it, read it off a picture and hear what happens
where it was left out; at the end you build one with as few taps as a specification allows. numpy, scipy
and the lecture suffice.
"""

import cmath
import math
from functools import cache

import numpy as np

from .. import filters as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# --------------------------------------------------------------------------- the gain at a frequency


def _gain_by_definition(b, a, frequency_hz, *, sample_rate):
    """Each frequency by itself: a phasor in, its size out."""
    found = []
    for hertz in np.atleast_1d(frequency_hz):
        late = cmath.exp(-2j * cmath.pi * hertz / sample_rate)  # one sample of delay
        size = abs(sum(w * late**k for k, w in enumerate(b))) / abs(sum(w * late**k for k, w in enumerate(a)))
        found.append(max(20 * math.log10(size), -120) if size > 0 else -120)
    return np.reshape(found, np.shape(frequency_hz))


def _responses() -> list[Case]:
    rng = np.random.default_rng(51)
    one = np.array([1.0])
    half = 20 * math.log10(0.5)
    return [
        case(
            np.array([0.5, 0.5]), one, np.array([0.0, 2000, 8000 / 3]), sample_rate=8000,
            says="a mean of two samples", gives=[0, half / 2, half],
        ),
        case(
            np.array([1.0, -1]), one, np.array([4000.0, 0]), sample_rate=8000,
            says="a difference of two samples, which silences 0 Hz", gives=[-half, -120],
        ),
        case(
            one, np.array([1.0, -0.9]), np.array([0.0, 500, 8000]), sample_rate=16_000,
            says="one pole at 0.9",
        ),
        case(
            np.array([2.0, 1]), np.array([4.0, -1, 2]), np.array([100.0, 3000, 7000]), sample_rate=16_000,
            says="a filter with a[0] = 4",
        ),
        case(
            rng.standard_normal(6), np.array([1.0, 0.3, -0.2]), rng.uniform(0, 22_050, 8), sample_rate=44_100,
            says="six random b, three a, eight frequencies",
        ),
        case(np.array([0.1, 0.2]), np.array([0.5, 0.1, 0.1]), 1234.5, sample_rate=8000, says="one frequency alone"),
    ]  # fmt: skip


def gain_db(b, a, frequency_hz, *, sample_rate):
    delay = np.exp(-2j * np.pi * frequency_hz / sample_rate)  # of one sample
    above = sum(b[k] * delay**k for k in range(len(b)))
    below = sum(a[k] * delay**k for k in range(len(a)))
    return 20 * np.log10(np.maximum(np.abs(above / below), 1e-6))  # 1e-6 is −120 dB


def _gain_with(b, a, frequency_hz, sample_rate, *, turns=2 * np.pi, decibels=20.0, floor=1e-6):
    omega = turns * np.asarray(frequency_hz) / sample_rate
    z = np.exp(1j * omega)
    size = abs(np.polyval(b, z) / np.polyval(a, z))  # a delay more or less does not change the size
    with np.errstate(divide="ignore"):
        return decibels * np.log10(np.maximum(size, floor))


def _feedback_turned(a):
    return np.concatenate([a[:1], -a[1:]])


GAIN = Exercise(
    name="filters/gain_db",
    title="the gain at any frequency",
    stars=1,
    kind="implement",
    task=r"""
What a filter does to a steady tone of frequency $f$:

$$H(f) = \frac{\sum_k b_k\,e^{-i\omega k}}{\sum_k a_k\,e^{-i\omega k}}, \qquad \omega = 2\pi f / f_s$$

Write `gain_db(b, a, frequency_hz, sample_rate=…)`: the gain $|H(f)|$ **in dB** at each of the frequencies. `b` and `a` are arrays, perhaps of different lengths; `a[0]` need not be 1. `frequency_hz` is an array, or one number, and then one number comes out. Where less than −120 dB is left, return −120 dB: a silenced frequency has no logarithm.
""",
    start='''def gain_db(b, a, frequency_hz, *, sample_rate):
    """Coefficients and frequencies in Hz in, the gain in dB at each of them out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="gain_db",
    spec=Function(cases=_responses, expected=_gain_by_definition, tolerance=1e-4),  # |H| + 1e-6 is a floor, too
    reference=gain_db,
    hints=(
        "What is the phasor of one sample of delay? Delay k is its k-th power, and the same list of powers serves b and a.",
        "Compute the two sums apart, as complex numbers; divide; take the magnitude; only then go to dB.",
        "A gain is a ratio of amplitudes, so 20 log₁₀. −120 dB is the amplitude 1e-6: np.maximum before the logarithm.",
    ),
    wrongs=(
        Wrong(
            "10 log",
            "Every gain in dB is halved: 10 log₁₀ is for powers, and |H| is a ratio of amplitudes.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(
                b, a, frequency_hz, sample_rate, decibels=10, floor=1e-12
            ),
        ),
        Wrong(
            "half the angle",
            "Each frequency is read at half its place: a tone at the sampling rate turns by 2π in a sample, "
            "so the Nyquist frequency is at π, not at π/2.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate, turns=np.pi),
        ),
        Wrong(
            "turns for radians",
            "The exponent is in turns, f / f_s, and the exponential wants radians: a factor of 2π is missing.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate, turns=1.0),
        ),
        Wrong(
            "feedback with the sign of the recursion",
            "The minus signs belong to the recursion, where the feedback is brought to the other side. "
            "In H(f) the coefficients a[1], a[2], … are added as they are.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, _feedback_turned(a), frequency_hz, sample_rate),
        ),
        Wrong(
            "denominator left out",
            "Only b is used: this is right for FIR filters, and the poles, which make resonances, are missing.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, np.ones(1), frequency_hz, sample_rate),
        ),
        Wrong(
            "a[0] taken for 1",
            "It is right where a[0] is 1: the denominator starts with a[0] itself, whatever it is.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, np.append(1.0, a[1:]), frequency_hz, sample_rate),
        ),
        Wrong(
            "no decibels",
            "This is the ratio of the amplitudes itself, 1 where nothing is changed: the last step, to dB, is missing.",
            lambda b, a, frequency_hz, *, sample_rate: (
                10 ** (_gain_with(b, a, frequency_hz, sample_rate, floor=0.0) / 20)
            ),
        ),
        Wrong(
            "no floor",
            "The difference of two samples has the gain 0 at 0 Hz, and the logarithm of 0 is minus infinity: "
            "set the floor before the logarithm.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate, floor=0.0),
        ),
    ),
    also_right=(
        _gain_by_definition,
        lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate).astype(np.float32),
    ),
)

# --------------------------------------------------------------------------------- the windowed sinc


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
        case(440, sample_rate=16_000, n_taps=41, says="41 taps"),
        case(4000, sample_rate=44_100, n_taps=64, says="an even number of taps"),
        case(7900.5, sample_rate=16_000, n_taps=10, says="a cut-off just below the Nyquist frequency"),
    ]  # fmt: skip


def _sinc_with(cutoff_hz, sample_rate, n_taps, *, periodic=False, middle=None, crossings=2.0):
    from ..dft import window

    middle = (n_taps - 1) / 2 if middle is None else middle
    return window("hann", n_taps, periodic=periodic) * np.sinc(
        crossings * cutoff_hz / sample_rate * (np.arange(n_taps) - middle)
    )


def _sum_one(taps):
    return taps / taps.sum()


def _sinc_comprehension(cutoff_hz, *, sample_rate, n_taps):
    from_middle = [n - (n_taps - 1) / 2 for n in range(n_taps)]
    taps = np.sinc([2 * cutoff_hz * t / sample_rate for t in from_middle])
    taps = taps * np.cos(np.pi * np.array(from_middle) / (n_taps - 1)) ** 2
    return [float(tap) for tap in taps / taps.sum()]


SINC = Exercise(
    name="filters/fir_lowpass",
    title="a sinc that ends",
    stars=2,
    kind="implement",
    task=r"""
Write the windowed-sinc low-pass of section 3 with a Hann window,

$$h[n] = w[n]\;\operatorname{sinc}\!\left(\tfrac{2 f_c}{f_s}\left(n - \tfrac{N-1}{2}\right)\right), \qquad w[n] = \tfrac12 - \tfrac12\cos\frac{2\pi n}{N-1}$$

for $n = 0 \ldots N-1$, scaled so that a **constant passes unchanged**. $\operatorname{sinc}(t) = \sin(\pi t)/(\pi t)$, and 1 at $t = 0$. The number of taps $N$ is at least 3, and may be even: then no tap lies in the middle.
""",
    start='''def fir_lowpass(cutoff_hz, *, sample_rate, n_taps):
    """Cut-off and rate in Hz in, n_taps weights out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="fir_lowpass",
    spec=Function(cases=_lowpasses, expected=_sinc_by_loop),
    reference=package.fir_lowpass,
    hints=(
        "Where is the middle of four taps? Between number 1 and number 2.",
        "np.sinc(t) has the π inside. Multiply sinc and window first, and scale last.",
        "What comes out for the input 1, 1, 1, …? The sum of the taps: divide by it.",
    ),
    wrongs=(
        Wrong(
            "sum not 1",
            "The factor 2 f_c / f_s in front makes the gain at 0 Hz nearly 1, and no more than nearly: "
            "what a constant is multiplied by is the sum of the taps.",
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
            "and N // 2 puts the sinc half a sample too late.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, middle=n_taps // 2)
            ),
        ),
        Wrong(
            "no window",
            "The sinc is cut off without a window: its leaks stay 21 dB down however many taps there are.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                np.sinc(2 * cutoff_hz / sample_rate * (np.arange(n_taps) - (n_taps - 1) / 2))
            ),
        ),
        Wrong(
            "sinc not moved",
            "The sinc has its peak at the first tap, where the window is 0: it belongs in the middle of the taps.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(_sinc_with(cutoff_hz, sample_rate, n_taps, middle=0)),
        ),
        Wrong(
            "π twice",
            "The cut-off is π times too high: np.sinc(t) is sin(πt)/(πt), the π is already inside.",
            lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(
                _sinc_with(cutoff_hz, sample_rate, n_taps, crossings=2 * np.pi)
            ),
        ),
    ),
    also_right=(
        _sinc_comprehension,
        lambda cutoff_hz, *, sample_rate, n_taps: _sum_one(_sinc_with(cutoff_hz, sample_rate, n_taps)).astype(
            np.float32
        ),
    ),
)

# -------------------------------------------------------------------------- the difference equation


def _by_equations(b, a, x):
    """All samples at once: Σ_k a[k] y[n − k] = Σ_k b[k] x[n − k] is one triangular system."""
    n = np.arange(np.shape(x)[-1])
    lag = n[:, np.newaxis] - n

    def matrix(c):
        return np.where((lag >= 0) & (lag < len(c)), np.asarray(c)[np.clip(lag, 0, len(c) - 1)], 0.0)

    sources = np.asarray(x) @ matrix(b).T
    return np.linalg.solve(matrix(a), sources[..., np.newaxis])[..., 0]


def _recursions() -> list[Case]:
    rng = np.random.default_rng(53)
    click, one = np.array([1.0, 0, 0, 0]), np.array([1.0])
    b, a = rng.standard_normal(4), np.array([2.0, -1.5, 0.9])
    return [
        case(np.array([0.5, 0.5]), one, np.array([2.0, 4, 6]), says="a mean of two samples", gives=[1, 3, 5]),
        case(one, np.array([1.0, -0.5]), click, says="a click into one pole", gives=[1, 0.5, 0.25, 0.125]),
        case(one, np.array([4.0, 2]), 8 * click, says="a[0] = 4", gives=[2, -1, 0.5, -0.25]),
        case(one, np.array([1.0, 0, -2]), click, says="an unstable filter", gives=[1, 0, 2, 0]),
        case(b, a, rng.standard_normal(30), says="four b, three a, 30 random samples"),
        case(b[:2], np.append(a, 0.3), rng.standard_normal(3), says="a signal shorter than the filter"),
        case(b, a, rng.standard_normal((2, 3, 8)), says="a batch of two by three signals"),
        case(b, a, np.array([-1.5]), says="a single sample"),
        case(b, a, np.zeros(6), says="silence"),
    ]


def lfilter(b, a, x):
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k <= n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k <= n)
        y[..., n] = (new - old) / a[0]
    return y


def _recursion_with(b, a, x, *, feedback=1.0, wraps=False, divide_new=None, divide_old=None):
    divide_new = a[0] if divide_new is None else divide_new
    divide_old = a[0] if divide_old is None else divide_old
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if wraps or k <= n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k <= n)
        y[..., n] = new / divide_new - feedback * old / divide_old
    return y


def _oldest_missed(b, a, x):
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k < n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k < n)
        y[..., n] = (new - old) / a[0]
    return y


def _along_first_axis(b, a, x):
    return np.moveaxis(_recursion_with(b, a, np.moveaxis(x, 0, -1)), -1, 0)


def _by_impulse_response(b, a, x):
    """h by long division, then a convolution of each signal."""
    n_samples = x.shape[-1]
    h = np.zeros(n_samples)
    for n in range(n_samples):
        h[n] = (b[n] if n < len(b) else 0) - sum(a[k] * h[n - k] for k in range(1, min(len(a), n + 1)))
        h[n] /= a[0]
    return np.apply_along_axis(lambda one: np.convolve(one, h)[:n_samples], -1, x)


def _by_scipy(b, a, x):
    from scipy.signal import lfilter

    return lfilter(b, a, x).astype(np.float32)


RECURSION = Exercise(
    name="filters/lfilter",
    title="run any filter",
    stars=2,
    kind="implement",
    task=r"""
Every filter of the lecture is one equation between what goes in and what comes out,

$$\sum_{k} a_k\,y[n-k] = \sum_{k} b_k\,x[n-k]$$

Solve it for $y[n]$ and write `lfilter(b, a, x)`. Before the first sample all is silent, $x$ and $y$. As many samples come out as went in. `a[0]` need not be 1, `b` and `a` need not be of the same length and may be longer than the signal, and signals are `(…, time)`: the leading axes stay. An unstable filter is run all the same.
""",
    start='''def lfilter(b, a, x):
    """Coefficients (n_b,) and (n_a,), signals (…, time) in; signals (…, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="lfilter",
    spec=Function(cases=_recursions, expected=_by_equations),
    reference=lfilter,
    hints=(
        "Move everything but a₀ y[n] to the right-hand side. Which terms change their sign, and what is left to be done?",
        "Start with zeros in the shape of x, and fill y[..., n] for one n after the other. "
        "What does y[..., n - k] mean to Python while k > n?",
        "For each n: the sum over b of x[..., n − k], less the sum over a from k = 1 of y[..., n − k], "
        "both only as far as k ≤ n; and all of it over a[0].",
    ),
    wrongs=(
        Wrong(
            "feedback added",
            "The feedback is added: on its way to the other side of the equation it changes its sign. "
            "(Some books write the coefficients with the sign already changed; scipy and this course do not.)",
            lambda b, a, x: _recursion_with(b, a, x, feedback=-1.0),
        ),
        Wrong(
            "a[0] ignored",
            "It is right as long as a[0] is 1: what is left of y[n] is a[0] y[n], so a division is missing.",
            lambda b, a, x: _recursion_with(b, a, x, divide_new=1, divide_old=1),
        ),
        Wrong(
            "a[0] divides the input only",
            "The inputs are divided by a[0] and the outputs that come back are not: the whole right-hand side is.",
            lambda b, a, x: _recursion_with(b, a, x, divide_old=1),
        ),
        Wrong(
            "the past wraps round",
            "The first samples hear the last ones: x[n − k] with k > n is a negative index, "
            "which counts from the end in Python. Before the first sample there is silence.",
            lambda b, a, x: _recursion_with(b, a, x, wraps=True),
        ),
        Wrong(
            "along the first axis",
            "A batch is filtered across its signals in place of along time, which is the last axis.",
            _along_first_axis,
        ),
        Wrong(
            "time first",
            "The values are right, and time has become the first axis: a list of one output for each n has it there.",
            lambda b, a, x: np.moveaxis(_recursion_with(b, a, x), -1, 0),
        ),
        Wrong(
            "first sample missed",
            "The first sample of the signal is never heard: at n = k the sample n − k is number 0, and it counts.",
            _oldest_missed,
        ),
        Wrong(
            "numerator only",
            "Only b is used: this is the FIR half, and what came out never comes back.",
            lambda b, a, x: _recursion_with(b, a, x, feedback=0.0),
        ),
    ),
    also_right=(_by_equations, _by_impulse_response, _by_scipy),
)

# ---------------------------------------------------------------------------------- forwards and back


def _both_ways_truth():
    """Where twice the gain in dB crosses half the power, on a grid of 0.1 Hz."""
    b, a = package.biquad("lowpass", frequency_hz=2000, sample_rate=16_000)
    grid_hz = np.arange(100, 4000, 0.1)
    gain = np.abs(package.frequency_response(b, a, frequency_hz=grid_hz, sample_rate=16_000))
    power = gain**4  # two passes, and power is amplitude squared
    return grid_hz[np.flatnonzero(power < 0.5)[0]]


def corner_hz():
    sample_rate, single_hz = 16_000, 2000
    x = (2**0.5 - 1) ** (1 / 4)  # analogue: two passes have the power 1 / (1 + x⁴)²
    bent = np.tan(np.pi * single_hz / sample_rate)  # the bilinear transform bends the axis
    return np.arctan(x * bent) * sample_rate / np.pi


BOTH_WAYS = Exercise(
    name="filters/both_ways",
    title="forwards, then backwards",
    stars=2,
    kind="predict",
    task=r"""
`scipy.signal.filtfilt` runs a filter over the sound, then runs it over the result from the end to the beginning, so that the two delays cancel. The filter is a biquad: Butterworth low-pass ($Q = 1/\sqrt2$), corner 2,000 Hz, at 16 kHz. In one pass, a tone at 2,000 Hz comes out with half its power (−3.01 dB).

**At which frequency, in Hz, is the power halved after both passes?** (Within 0.5 %. The lecture's functions may help.)
""",
    start="""### BEGIN SOLUTION
corner_hz = ...
### END SOLUTION""",
    answer="corner_hz",
    spec=Value(truth=_both_ways_truth, unit="Hz", tolerance=0.005),
    reference=corner_hz,
    hints=(
        "What is the gain at 2,000 Hz after two passes, in dB?",
        "Gains in dB add. So look for the frequency at which one pass takes 1.505 dB away.",
        'Evaluate `cu.filters.frequency_response` of `cu.filters.biquad("lowpass", …)` on a fine grid, '
        "and find where the fourth power of its magnitude falls below one half.",
    ),
    wrongs=(
        Wrong(
            "unmoved",
            "2,000 Hz are halved by the first pass and halved again by the second: −6.02 dB. The corner has moved.",
            lambda: 2000,
        ),
        Wrong(
            "moved upwards",
            "That is where one pass takes 6 dB away, so two take 12: the 3 dB were doubled where they are to be shared. "
            "Two passes take more away than one at every frequency, so the corner moves down.",
            lambda: np.arctan(3**0.25 * np.tan(np.pi / 8)) * 16_000 / np.pi,
        ),
        Wrong(
            "first order",
            "This is a filter of first order in both passes: the power of a Butterworth filter of second order is "
            "1/(1 + x⁴), not 1/(1 + x²).",
            lambda: np.arctan((2**0.5 - 1) ** 0.5 * np.tan(np.pi / 8)) * 16_000 / np.pi,
        ),
        Wrong(
            "the analogue corner",
            "Nearly: that is the corner of the analogue filter. The bilinear transform bends the frequency axis, "
            "more so near the Nyquist frequency: a tangent is involved.",
            lambda: 2000 * (2**0.5 - 1) ** 0.25,
        ),
        Wrong(
            "half the frequency",
            "The corner moves, but not by an octave: at 1,000 Hz one pass takes only 0.2 dB away, "
            "a Butterworth filter is flat until close to its corner.",
            lambda: 1000,
        ),
        Wrong(
            "halved twice",
            "That is where one pass takes 0.75 dB away: the level in dB was halved once too often.",
            lambda: np.arctan((2**0.25 - 1) ** 0.25 * np.tan(np.pi / 8)) * 16_000 / np.pi,
        ),
    ),
    also_right=(lambda: np.float32(1634.1), _both_ways_truth),
)

# --------------------------------------------------------------------------- reading poles and zeros


def unknown_plane():
    """Zeros and poles of a filter."""
    return np.array([-0.6 + 0.8j, -0.6 - 0.8j]), np.array([0.7 + 0.4j, 0.7 - 0.4j])


def _plane_truth():
    """By running the filter: which tone it silences, and how its answer to a click turns and shrinks."""
    zeros, poles = unknown_plane()
    b, a = np.poly(zeros).real, np.poly(poles).real
    grid_hz = np.arange(1, 8000)
    size = np.abs(package.frequency_response(b, a, frequency_hz=grid_hz, sample_rate=16_000))
    ringing = package.lfilter_loop(b, a, np.eye(1, 200)[0])[3:]  # the inputs have passed
    turned, shrunk = np.linalg.lstsq(np.stack([ringing[1:-1], ringing[:-2]], axis=1), ringing[2:], rcond=None)[0]
    radius = np.sqrt(-shrunk)  # y[n] = 2 r cos ω y[n − 1] − r² y[n − 2]
    rings_hz = np.arccos(turned / (2 * radius)) * 16_000 / (2 * np.pi)
    return [grid_hz[size.argmin()], rings_hz, 1000 * np.log(1000) / -np.log(radius) / 16_000]


def plane():
    zero, pole = -0.6 + 0.8j, 0.7 + 0.4j  # read from the picture
    hz_per_radian = 16_000 / (2 * np.pi)
    n_samples = 3 / -np.log10(abs(pole))  # 60 dB are a factor of 10³
    return [np.angle(zero) * hz_per_radian, np.angle(pole) * hz_per_radian, 1000 * n_samples / 16_000]


def _plane_as(silenced_hz, rings_hz, fades_ms):
    return lambda: [silenced_hz, rings_hz, fades_ms]


_ANGLES = np.angle([-0.6 + 0.8j, 0.7 + 0.4j]) * 16_000 / (2 * np.pi)
_FADES_MS = 3 / -np.log10(abs(0.7 + 0.4j)) / 16

READ = Exercise(
    name="filters/read_plane",
    title="three numbers from a picture",
    stars=2,
    kind="read",
    task="""
The poles (crosses) and zeros (circles) of a filter that runs at 16 kHz. All of them lie on crossings of the grid. Read from the picture, in this order:

1. the frequency that it **silences**, in Hz;
2. the frequency at which it **rings** after a click, in Hz;
3. how long that ringing takes to fall by **60 dB**, in ms.

A list of three numbers, each within 4 %.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.filters import unknown_plane

zeros, poles = unknown_plane()
picture = cu.plotting.Picture(height_in=4.6)
ax, turn = picture.axes[0], np.exp(2j * np.pi * np.arange(361) / 360)
ax.plot(turn.real, turn.imag, color="0.5", linewidth=1)
ax.plot(zeros.real, zeros.imag, "o", markersize=10, fillstyle="none", label="zero")
ax.plot(poles.real, poles.imag, "x", markersize=10, color=cu.plotting.COLOURS[4], label="pole")
ax.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), xlabel="real part", ylabel="imaginary part")
ax.set(xticks=np.arange(-10, 11, 5) / 10, yticks=np.arange(-10, 11, 5) / 10)
ax.set_xticks(np.arange(-11, 12) / 10, minor=True)
ax.set_yticks(np.arange(-11, 12) / 10, minor=True)
ax.grid(True, which="both", linewidth=0.6, color="0.75")
ax.legend(loc="upper right")
picture.show("The unit circle. Circles at -0.6 plus and minus 0.8 i, on the circle; "
             "crosses at 0.7 plus and minus 0.4 i, inside it.")""",
    start="""### BEGIN SOLUTION
plane = ...  # [silences in Hz, rings at in Hz, falls by 60 dB in ms]
### END SOLUTION""",
    answer="plane",
    spec=Value(truth=_plane_truth, tolerance=0.04),
    reference=plane,
    hints=(
        "Walk along the circle from 1, which is 0 Hz, to −1, which is the Nyquist frequency. On whose place are you silenced?",
        "A frequency is an angle: the full turn is 16,000 Hz. np.angle gives the angle of a complex number in radians.",
        "At each sample the ringing shrinks to r times its size, r the pole's distance from 0. "
        "60 dB are a factor of 1,000: how many samples is that, and how many ms at 16 kHz?",
    ),
    wrongs=(
        Wrong(
            "poles and zeros exchanged",
            "Crosses and circles are exchanged: a zero silences, a pole rings.",
            _plane_as(_ANGLES[1], _ANGLES[0], _FADES_MS),
        ),
        Wrong(
            "half a turn for the rate",
            "Both frequencies are twice too high: the Nyquist frequency, 8,000 Hz, is half a turn away from 0 Hz.",
            _plane_as(2 * _ANGLES[0], 2 * _ANGLES[1], _FADES_MS),
        ),
        Wrong(
            "time constant",
            "The third is the time in which it falls to 1/e, less than 9 dB; 60 dB take ln 1000 = 6.9 times as long.",
            _plane_as(*_ANGLES, 1 / -np.log(abs(0.7 + 0.4j)) / 16),
        ),
        Wrong(
            "60 dB as 10⁶",
            "The third is twice too long: 60 dB are a factor of 1,000 in amplitude (a million is the power), "
            "and the radius shrinks the amplitude.",
            _plane_as(*_ANGLES, 2 * _FADES_MS),
        ),
        Wrong(
            "time in samples",
            "The third is in samples: at 16 kHz there are 16 in each ms.",
            _plane_as(*_ANGLES, 16 * _FADES_MS),
        ),
        Wrong(
            "radius from the real part",
            "The third is computed with 0.7, the real part, for the radius: the pole's distance from 0 is larger.",
            _plane_as(*_ANGLES, 3 / -np.log10(0.7) / 16),
        ),
        Wrong(
            "time in seconds",
            "The third is in seconds, ms are asked.",
            _plane_as(*_ANGLES, _FADES_MS / 1000),
        ),
        Wrong(
            "angle in the wrong quadrant",
            "The first angle is counted from −1 backwards: the arc tangent of 0.8 / 0.6 does not know that the zero lies "
            "left of the imaginary axis, between a quarter and half of a turn.",
            _plane_as(8000 - _ANGLES[0], _ANGLES[1], _FADES_MS),
        ),
        Wrong(
            "angles in degrees",
            "The first two are angles in degrees: the full turn of 360° is 16,000 Hz.",
            _plane_as(*np.degrees(np.angle([-0.6 + 0.8j, 0.7 + 0.4j])), _FADES_MS),
        ),
    ),
    also_right=(
        lambda: (5639, 1322, 2.0),
        lambda: np.array([126.87 / 360 * 16_000, 29.74 / 360 * 16_000, 2.004], dtype=np.float32),
    ),
)

# ------------------------------------------------------------------------------------ loops and echoes


def _decay_db(loop_s, g):
    """By how many dB the echoes of one loop fall in a second: run at 1 kHz, seen at its first and last echo."""
    delay, y = round(1000 * loop_s), [1.0] + [0.0] * 1000
    for n in range(delay, len(y)):
        y[n] = g * y[n - delay]
    last = max(n for n in range(len(y)) if y[n] > 0)
    return -20 * math.log10(y[last]) * 1000 / last


def _loop_truth():
    asked, low, high = _decay_db(0.05, 0.6), 0.1, 0.999
    for _ in range(30):  # a larger g falls more slowly
        middle = (low + high) / 2
        low, high = (middle, high) if _decay_db(0.02, middle) > asked else (low, middle)
    return low


def loop_gain():
    loop_s, shorter_s, g = 0.05, 0.02, 0.6
    rounds = loop_s / shorter_s  # of the shorter loop, in the time of one of the longer
    return g ** (1 / rounds)


LOOP = Exercise(
    name="filters/loop_gain",
    title="a shorter loop, as long a tail",
    stars=1,
    kind="predict",
    task="""
A comb filter, y[n] = x[n] + g y[n − D], sends a sound round a loop of 50 ms with g = 0.6. The echoes follow each other too slowly: they flutter. You shorten the loop to 20 ms, and the reverberation is to take **as long as before** to fall by 60 dB.

**Which g does the shorter loop need?** (Within 1 %.)
""",
    start="""### BEGIN SOLUTION
loop_gain = ...
### END SOLUTION""",
    answer="loop_gain",
    spec=Value(truth=_loop_truth, tolerance=0.01),
    reference=loop_gain,
    hints=(
        "How often does the sound go round each loop in 100 ms?",
        "After 100 ms the longer loop has multiplied twice. The shorter one has multiplied five times, "
        "and is to be at the same level.",
        "g⁵ = 0.6².",
    ),
    wrongs=(
        Wrong(
            "the same g",
            "With the same g the shorter loop dies away in two fifths of the time: "
            "it loses as much in each round, and goes round more often.",
            lambda: 0.6,
        ),
        Wrong(
            "g in proportion to the loop",
            "A smaller g makes it die away faster, and the shorter loop already does: each round must lose less, not more.",
            lambda: 0.6 * 0.4,
        ),
        Wrong(
            "exponent upside down",
            "The exponent is upside down: five rounds of the shorter loop stand for two of the longer.",
            lambda: 0.6**2.5,
        ),
        Wrong(
            "loss in proportion",
            "Near, but the loss of 0.4 must not be divided: losses of one round after the other multiply. "
            "It is the loss in dB that is in proportion to the loop.",
            lambda: 1 - 0.4 * 0.4,
        ),
        Wrong(
            "square root",
            "The square root is for a loop of half the length; 20 ms are two fifths of 50 ms.",
            lambda: 0.6**0.5,
        ),
    ),
    also_right=(lambda: np.float32(0.8152), lambda: 10 ** (-(-20 * np.log10(0.6) * 0.4) / 20), lambda: 0.36**0.2),
)

# ----------------------------------------------------------------------------- what came through the halving


def three_conversions():
    """One sentence taken from 16 kHz to 8 kHz and back, A, B and C, each another way, and the sampling rate."""
    return [version.copy() for version in _conversions()], 16_000


@cache
def _conversions():
    from .. import audio

    words, file_rate = audio.load("speech/sibilants", dtype=np.float64)
    rate = 16_000
    words = package.resample(words[: 2 * file_rate], from_rate=file_rate, to_rate=rate, lowpass_filter_width=64)
    taps = package.fir_lowpass(3600, sample_rate=rate, n_taps=121, window="kaiser")

    def low(signal):
        return package.convolve(signal, taps)[60 : 60 + len(signal)]

    def every_second(signal):
        kept = np.zeros_like(signal)
        kept[::2] = 2 * signal[::2]
        return kept

    filtered = every_second(low(words))
    versions = low(every_second(words)), low(filtered), filtered
    return [0.08 * version / np.sqrt(np.mean(version**2)) for version in versions]


def _conversions_truth():
    """By where the power lies: images above 4 kHz; or below it, more than the gentlest of the others lets through."""
    versions, rate = three_conversions()
    hertz = np.fft.rfftfreq(len(versions[0]), 1 / rate)
    power = [np.abs(np.fft.rfft(version)) ** 2 for version in versions]
    high = [p[hertz > 4500].sum() / p[hertz < 3500].sum() for p in power]
    hiss = [p[(hertz > 2500) & (hertz < 3300)].sum() / p[hertz < 1000].sum() for p in power]
    imaged = int(np.argmax(high))
    rest = [place for place in range(3) if place != imaged]
    aliased = max(rest, key=lambda place: hiss[place])
    return ["imaged" if n == imaged else "aliased" if n == aliased else "clean" for n in range(3)]


def conversions():
    a, b, c = "aliased", "clean", "imaged"
    return [a, b, c]


def _conversions_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="filters/three_conversions",
    title="where was the low-pass left out?",
    stars=1,
    kind="listen",
    task="""
A sentence full of s and sh (*Six thin shells hiss…*), taken from 16 kHz to 8 kHz and back. That needs two low-passes: one **before** every second sample is dropped, one **after** zeros were put back in their places. One version had both and is **clean**. One had no first filter and is **aliased**. One had no last filter and is **imaged**. Listen, with headphones if you can, and give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.filters import three_conversions

versions, sample_rate = three_conversions()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C, half a second apart. What has become of the s?")""",
    start="""### BEGIN SOLUTION
conversions = ...  # three of "clean", "aliased", "imaged"
### END SOLUTION""",
    answer="conversions",
    spec=Value(truth=_conversions_truth, options=("clean", "aliased", "imaged")),
    reference=conversions,
    hints=(
        "Which of the three has anything above 4 kHz? A telephone has not.",
        "Zeros between the samples mirror the voice at 4 kHz: vowels get a shrill double. "
        "Between the other two, compare the s with the vowel beside it.",
        "Where the first filter is missing, the s, which lay above 4 kHz, has come down and hisses where it never was; "
        "where it is there, the s is nearly gone. Or look: draw the spectrograms.",
    ),
    wrongs=(
        Wrong(
            "aliased and clean exchanged",
            "C is found. Of the other two, the one with the louder s is not the clean one: what a clean conversion to 8 kHz "
            "has above 4 kHz is lost, and cannot be heard as hiss below.",
            _conversions_as("clean", "aliased", "imaged"),
        ),
        Wrong(
            "aliased and imaged exchanged",
            "B is found. Images lie above 4 kHz, aliases below: which of A and C is shrill?",
            _conversions_as("imaged", "clean", "aliased"),
        ),
        Wrong(
            "clean and imaged exchanged",
            "C is not clean because it is bright: a rate of 8 kHz has nothing above 4 kHz, "
            "so what you hear up there was made by the zeros.",
            _conversions_as("aliased", "imaged", "clean"),
        ),
        Wrong(
            "all shifted",
            "None is in its place. Begin with the shrill one: only images lie above 4 kHz.",
            _conversions_as("clean", "imaged", "aliased"),
        ),
        Wrong(
            "all shifted the other way",
            "None is in its place. Begin with the shrill one, then ask in which of the others the s is nearly gone.",
            _conversions_as("imaged", "aliased", "clean"),
        ),
    ),
    also_right=(lambda: ("Aliased", "Clean", "Imaged"), lambda: np.array(["aliased", "clean", "imaged"])),
)

# ----------------------------------------------------------------------------------- block by block


def _block_by_definition(h, block, memory):
    past = [*memory, *block]  # the oldest first
    output = []
    for n in range(len(block)):
        now = len(memory) + n
        output.append(sum(h[m] * past[now - m] for m in range(len(h))))
    return np.array(output), np.array(past[len(past) - (len(h) - 1) :], dtype=float)


def _blocks() -> list[Case]:
    rng = np.random.default_rng(59)
    h = rng.standard_normal(5)
    return [
        case(
            np.array([1.0, 1]), np.array([1.0, 2, 3]), np.array([10.0]),
            says="two taps, after a 10", gives=(np.array([11.0, 3, 5]), np.array([3.0])),
        ),
        case(h, rng.standard_normal(12), np.zeros(4), says="the first block of a stream"),
        case(h, rng.standard_normal(12), rng.standard_normal(4), says="a block in the middle of a stream"),
        case(h, rng.standard_normal(4), rng.standard_normal(4), says="a block as long as the memory"),
        case(h, rng.standard_normal(2), rng.standard_normal(4), says="a block shorter than the memory"),
        case(h, rng.standard_normal(1), rng.standard_normal(4), says="a block of one sample"),
        case(
            np.array([0.5]), np.array([2.0, -4, 6]), np.zeros(0),
            says="a filter of one tap, without a memory", gives=(np.array([1.0, -2, 3]), np.zeros(0)),
        ),
    ]  # fmt: skip


def filter_block(h, block, memory):
    known = np.concatenate([memory, block])  # enough of the past for every output of this block
    output = np.zeros(len(block))
    for n in range(len(block)):
        output[n] = np.sum(h * known[n : n + len(h)][::-1])
    return output, known[len(block) :]


def _block_with(remember, use_memory=True):
    def filter_block(h, block, memory):
        known = np.concatenate([memory if use_memory else np.zeros(len(h) - 1), block])
        output = np.convolve(known, h)[len(h) - 1 :][: len(block)]
        return output, remember(h, block, memory, np.concatenate([memory, block]), output)

    return filter_block


def _block_convolved(h, block, memory):
    known = list(memory) + list(block)
    return np.convolve(known, h, mode="valid").tolist(), known[len(block) :]


def _block_float32(h, block, memory):
    output, memory = _block_by_definition(h, block, memory)
    return output.astype(np.float32), memory.astype(np.float32)


def _overlap_add(h, block, memory):
    full = np.convolve(block, h)
    n_common = min(len(memory), len(full))
    full[:n_common] += memory[:n_common]
    return full[: len(block)], full[len(block) :]


STREAM = Exercise(
    name="filters/filter_block",
    title="the filter that forgets, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below filters a stream block by block, and forgets at the end of each block what came before. **Mend it**: `filter_block(h, block, memory)` receives, besides the $N$ taps and the block, the **last $N-1$ inputs** of the stream, the oldest first (zeros at the start of the stream), and returns two things: the output, as long as the block, and the memory for the next call.

Then the outputs of all blocks, joined, equal the filtered whole. The blocks of a real stream are of any length from one sample on, also **shorter than the memory**; and a filter of one tap has an empty memory.
""",
    given='''import numpy as np


def published_filter_block(h, block):
    """As published: each block is convolved for itself, and cut to its length."""
    return np.convolve(block, h)[: len(block)]


h, stream = np.ones(3) / 3, np.full(8, 6.0)
whole = np.convolve(stream, h)[: len(stream)]
joined = np.concatenate([published_filter_block(h, block) for block in np.split(stream, 2)])
print("in one piece:  ", *whole)
print("in two blocks: ", *joined)''',
    start='''def filter_block(h, block, memory):
    """N taps, a block and N - 1 inputs before it in; the output and the last N - 1 inputs out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="filter_block",
    spec=Function(cases=_blocks, expected=_block_by_definition),
    reference=filter_block,
    hints=(
        "Which inputs does the first output of a block need, and where are they?",
        "Put the memory in front of the block. The full convolution of that has outputs you do not want: how many at the "
        "beginning, how many at the end?",
        "The next memory is the end of memory and block together. Count where it begins from the front: "
        "x[-(N − 1):] is all of x when N is 1.",
    ),
    wrongs=(
        Wrong(
            "memory from the block alone",
            "The output is right, and the next memory is cut from the block alone: a block shorter than N − 1 samples does not "
            "hold enough of the past, and with one tap x[-0:] is all of it.",
            _block_with(lambda h, block, memory, known, output: block[-(len(h) - 1) :]),
        ),
        Wrong(
            "one tap remembers all",
            "It is right but for a filter of one tap: x[-0:] is the same as x[0:], all of it, where nothing is to be remembered.",
            _block_with(lambda h, block, memory, known, output: known[-(len(h) - 1) :]),
        ),
        Wrong(
            "mended in nothing",
            "It still forgets: neither is the memory put in front of the block, nor is a new one made.",
            _block_with(lambda h, block, memory, known, output: memory, use_memory=False),
        ),
        Wrong(
            "outputs of the memory",
            "The output begins too early: its first N − 1 values belong to the inputs of the memory, "
            "whose outputs were given by earlier calls.",
            lambda h, block, memory: (
                np.convolve(np.concatenate([memory, block]), h)[: len(block)],
                np.concatenate([memory, block])[len(block) :],
            ),
        ),
        Wrong(
            "tail kept",
            "The output is longer than the block: the tail of the convolution belongs to inputs that have not come yet.",
            lambda h, block, memory: (
                np.convolve(np.concatenate([memory, block]), h)[len(memory) :],
                np.concatenate([memory, block])[len(block) :],
            ),
        ),
        Wrong(
            "taps not turned round",
            "The newest input meets the last tap: in a convolution h[0] weighs the newest and the last tap the oldest.",
            lambda h, block, memory: _block_with(lambda h, block, memory, known, output: known[len(block) :])(
                h[::-1], block, memory
            ),
        ),
        Wrong(
            "memory not used",
            "The memory is handed on and not used: the output still begins as if silence had come before.",
            _block_with(lambda h, block, memory, known, output: known[len(block) :], use_memory=False),
        ),
        Wrong(
            "memory not renewed",
            "The memory comes back as it went in: the next block would hear the block before this one.",
            _block_with(lambda h, block, memory, known, output: memory),
        ),
        Wrong(
            "outputs remembered",
            "It remembers outputs. An FIR filter has no feedback: what it needs of the past are inputs.",
            _block_with(
                lambda h, block, memory, known, output: np.concatenate([memory, output])[len(block) :],
            ),
        ),
        Wrong(
            "one sample too many",
            "The memory grows by one: for N taps the newest input comes with the block, so N − 1 older ones are enough.",
            _block_with(lambda h, block, memory, known, output: known[max(len(known) - len(h), 0) :]),
        ),
        Wrong(
            "newest first",
            "The memory comes back with the newest input first; it is to stay in the order in which it was heard.",
            _block_with(lambda h, block, memory, known, output: known[len(block) :][::-1]),
        ),
        Wrong(
            "overlap and add",
            "This is the other way to join blocks, overlap-add, whose memory is the tail of what comes out. "
            "Here the memory holds inputs, and nothing is added to the output.",
            _overlap_add,
        ),
    ),
    also_right=(_block_convolved, _block_float32),
)

# --------------------------------------------------------------------------------------------- design

RATE_HZ, PASS_HZ, STOP_HZ = 48_000, 6000, 10_000
PASS_DB, STOP_DB, MOST_TAPS = 0.1, -60.0, 50
_PASS_GRID_HZ = np.arange(0, PASS_HZ + 1, 10.0)
_STOP_GRID_HZ = np.arange(STOP_HZ, RATE_HZ / 2 + 1, 10.0)


def _design_db(taps, frequency_hz):
    size = np.abs(package.frequency_response(taps, [1.0], frequency_hz=frequency_hz, sample_rate=RATE_HZ))
    return 20 * np.log10(np.maximum(size, 1e-10))


def _no_taps(taps):
    taps = np.asarray(taps)
    if taps.ndim != 1 or not taps.size or taps.dtype.kind not in "iuf":
        return f"A list of real taps is asked, got shape {taps.shape} and dtype {taps.dtype}."
    return None if np.isfinite(taps).all() else "Some of the taps are NaN or infinite."


def _uneven(taps):
    taps = np.asarray(taps, float)
    if np.abs(taps - taps[::-1]).max() > 1e-6 * np.abs(taps).max():
        return "It is not symmetric: some frequencies would come out later than others. The n-th tap from the end equals the n-th."
    return None


def _too_many(taps):
    if len(taps) > MOST_TAPS:
        return f"It has {len(taps)} taps; at most {MOST_TAPS} are accepted, and far fewer than that can do it."
    return None


def _pass_band_off(taps):
    if np.sum(taps) < 0:
        return "Its gain in the pass band is negative: what passes is turned upside down."
    level_db = _design_db(taps, _PASS_GRID_HZ)
    worst = np.abs(level_db).argmax()
    if abs(level_db[worst]) > PASS_DB:
        return (
            f"In the pass band its gain is {level_db[worst]:+.3f} dB at {_PASS_GRID_HZ[worst]:,.0f} Hz; "
            f"at most {PASS_DB} dB up or down is asked."
        )
    return None


def _stop_band_leaks(taps):
    level_db = _design_db(taps, _STOP_GRID_HZ)
    worst = level_db.argmax()
    if level_db[worst] > STOP_DB:
        return (
            f"In the stop band {level_db[worst]:.1f} dB are left at {_STOP_GRID_HZ[worst]:,.0f} Hz; "
            "at most −60 dB are asked."
        )
    return None


def _can_meet(n_taps):
    """Is there a symmetric filter of this length that meets the mask? By Remez's exchange, without a library.

    For any r + 1 frequencies there is an error that the best of r cosines cannot avoid (de la Vallée Poussin 1910).
    The frequencies are moved to where the error is largest, until it cannot be avoided or stays within the mask.
    """
    grid_hz = np.concatenate([_PASS_GRID_HZ, _STOP_GRID_HZ[:-1]])  # an even length has a zero at the Nyquist frequency
    wanted = (grid_hz <= PASS_HZ).astype(float)
    allowed = np.where(wanted == 1, 10 ** (PASS_DB / 20) - 1, 10 ** (STOP_DB / 20))
    n_cosines = (n_taps + 1) // 2
    half = 0.0 if n_taps % 2 else 0.5
    cosines = np.cos(2 * np.pi * np.outer(grid_hz / RATE_HZ, np.arange(n_cosines) + half))
    chosen = np.linspace(0, len(grid_hz) - 1, n_cosines + 1).astype(int)
    for _ in range(40):
        signs = (-1.0) ** np.arange(n_cosines + 1)
        system = np.column_stack([cosines[chosen], signs * allowed[chosen]])
        solution = np.linalg.solve(system, wanted[chosen])
        error = (cosines @ solution[:-1] - wanted) / allowed
        if abs(solution[-1]) > 1:  # not even at these few frequencies
            return False
        if np.abs(error).max() <= 1:
            return True
        peaks = [0, *np.flatnonzero(np.diff(np.sign(np.diff(error)))) + 1, len(error) - 1]
        for edge in np.flatnonzero(np.diff(wanted)):
            peaks += [edge, edge + 1]
        runs = []  # of each run of peaks with one sign, the largest
        for place in sorted(set(peaks)):
            if runs and error[place] * error[runs[-1]] > 0:
                runs[-1] = max(runs[-1], place, key=lambda p: abs(error[p]))
            else:
                runs.append(place)
        while len(runs) > n_cosines + 1:
            runs.pop(0 if abs(error[runs[0]]) < abs(error[runs[-1]]) else -1)
        chosen = np.array(runs)
    raise ArithmeticError(f"the exchange does not end for {n_taps} taps")


def shortest():
    """Parks and McClellan (1972): all ripples of a band are equal, so none of them wastes a tap."""
    from scipy.signal import remez

    bands_hz = (0, 6000, 10_000, 24_000)
    # 0.1 dB are an error of 0.0116, and −60 dB one of 0.001: the stop band weighs 11.6 times as much.
    return remez(32, bands_hz, [1, 0], weight=[1, 11.6], fs=48_000)


def _kaiser(n_taps=44, beta=5.7, cutoff_hz=7900):
    return package.fir_lowpass(cutoff_hz, sample_rate=RATE_HZ, n_taps=n_taps, window="kaiser", beta=beta)


def _least_squares():
    """Another way to fewer taps than a window: least squares with weights, band by band."""
    hertz = np.concatenate([_PASS_GRID_HZ, _STOP_GRID_HZ])
    wanted = (hertz <= PASS_HZ).astype(float)
    weight = np.where(wanted == 1, 1.0, 9.0)
    cosines = np.cos(2 * np.pi * np.outer(hertz / RATE_HZ, np.arange(20)))
    halves = np.linalg.lstsq(cosines * weight[:, np.newaxis], wanted * weight, rcond=None)[0]
    return np.concatenate([halves[:0:-1] / 2, halves[:1], halves[1:] / 2])


DESIGN = Exercise(
    name="filters/shortest",
    title="as few taps as possible",
    stars=3,
    kind="design",
    task="""
Of a sound at 48 kHz every third sample is to be kept, and a low-pass must stand before that. Design its taps:

- 0 to 6,000 Hz: gain 1, within **±0.1 dB**;
- 10,000 to 24,000 Hz: at most **−60 dB**;
- between, anything;
- symmetric, so that all frequencies are late by the same time;
- as **few** taps as you can. 50 are the most that is accepted.

What is left between 6,000 and 10,000 Hz folds to 6,000 Hz and above, where nobody looks. Every tap costs half a sample of delay. A windowed sinc does it with 44 taps; it can be done with fewer.
""",
    given='''import numpy as np

import course_utils as cu


def measured(taps):
    """The largest deviation from 0 dB up to 6 kHz, and the highest level from 10 kHz on, in dB."""
    bands_hz = np.arange(0, 6001, 10), np.arange(10_000, 24_001, 10)
    passed, stopped = (
        cu.sound.amplitude_to_db(
            np.abs(cu.filters.frequency_response(taps, [1.0], frequency_hz=hz, sample_rate=48_000)), floor_db=-120
        )
        for hz in bands_hz
    )
    return np.abs(passed).max(), stopped.max()


for window in ("hann", "blackman", "kaiser"):
    windowed = cu.filters.fir_lowpass(8000, sample_rate=48_000, n_taps=50, window=window)
    ripple_db, leak_db = measured(windowed)
    print(f"50 taps, {window:9s} off by {ripple_db:.3f} dB, leaks {leak_db:.1f} dB")''',
    start="""### BEGIN SOLUTION
taps = ...
### END SOLUTION""",
    answer="taps",
    spec=Design(
        properties=(
            Property("real taps", _no_taps),
            Property("too many taps", _too_many),
            Property("not symmetric", _uneven),
            Property("pass band", _pass_band_off),
            Property("stop band", _stop_band_leaks),
        ),
        score=len,
        unit="taps",
        best=next(n_taps for n_taps in range(3, MOST_TAPS) if _can_meet(n_taps)),
    ),
    reference=shortest,
    hints=(
        "Which of the windows has a parameter? Its depth at β = 8.6 is more than is asked, and depth costs width. "
        "The cut-off is free, too.",
        "Kaiser with β near 5.7 and a cut-off near 7,900 Hz gets to 44 taps. Its error is largest beside the edges and "
        "small elsewhere, and in the pass band less than half of what is allowed: can it be spread evenly?",
        "The filter whose ripples are all as high as they may be was found by Parks and McClellan (1972): "
        "`scipy.signal.remez`, with weights that say how much smaller the error must be in the stop band.",
    ),
    wrongs=(
        Wrong("stop band", "", lambda: package.fir_lowpass(8000, sample_rate=RATE_HZ, n_taps=50, window="hann")),
        Wrong("pass band", "", lambda: package.fir_lowpass(8000, sample_rate=RATE_HZ, n_taps=44, window="kaiser")),
        Wrong("too many taps", "", lambda: _kaiser(101, 8.6, 8000)),
        Wrong("not symmetric", "", lambda: np.append(_kaiser(), 0.001)),
        Wrong("real taps", "", lambda: _kaiser()[np.newaxis]),
    ),
    also_right=(_kaiser, _least_squares),
)

EXERCISES = (GAIN, SINC, RECURSION, READ, BOTH_WAYS, LOOP, LISTEN, STREAM, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _mean_db(n_samples, frequency_hz):
    taps = np.full(n_samples, 1 / n_samples)
    return gain_db(taps, np.ones(1), np.asarray(frequency_hz, float), sample_rate=16_000)


def _lowpass_db(n_taps, window, frequency_hz):
    taps = package.fir_lowpass(4000, sample_rate=44_100, n_taps=n_taps, window=window)
    response = package.frequency_response(taps, [1.0], frequency_hz=frequency_hz, sample_rate=44_100)
    return 20 * np.log10(np.maximum(np.abs(response), 1e-9))


def _strongest_leak_db(n_taps, window):
    """Beyond the first zero above the cut-off at 4 kHz of 44.1 kHz."""
    level_db = _lowpass_db(n_taps, window, np.arange(4000.0, 9000, 2))
    return level_db[np.flatnonzero(np.diff(level_db) > 0)[0] :].max()


def _proof_sweep():
    from .. import audio

    sweep, click = (audio.load(f"test_signals/{name}", dtype=np.float64)[0] for name in ("log_sweep", "clicks"))
    energy_db = 10 * np.log10(np.sum(sweep**2) / click.max() ** 2)
    assert 49 < energy_db < 55
    assert np.isclose(10 * np.log10(4), 6, atol=0.03) and np.isclose(10 * np.log10(100), 20)


def _proof_two_whistles():
    assert _mean_db(9, 16_000 / 9) <= -119
    assert -14 < _mean_db(9, 2600) < -12


def _proof_thousand_taps():
    assert round(_strongest_leak_db(101, "rectangular")) == round(_strongest_leak_db(1001, "rectangular")) == -21


def _proof_before_the_blow():
    taps = package.fir_lowpass(1000, sample_rate=44_100, n_taps=4001, window="rectangular")
    before = taps[:2000]  # what a click 2,000 samples later sends ahead of itself
    loudest_hz = np.abs(np.fft.rfft(before * np.hanning(2000), 44_100)).argmax()
    assert 950 < loudest_hz < 1050
    assert np.abs(before[1500:]).max() > 3 * np.abs(before[:500]).max()


def _proof_boost_and_cut():
    centre = {"frequency_hz": 1000, "sample_rate": 44_100, "q": 1.5}
    (b_up, a_up), (b_down, a_down) = (package.biquad("peaking", gain_db=db, **centre) for db in (12, -12))
    assert np.allclose(np.convolve(b_up, b_down), np.convolve(a_up, a_down))


def _proof_click_order():
    ends_hz = np.array([0.0, 22_050])
    late = 100 * package.group_delay([-0.7, 1], [1, -0.7], frequency_hz=ends_hz, sample_rate=44_100) / 44.1
    assert late[0] > late[1] and 12 < late[0] - late[1] < 13
    assert np.isclose(late[0], 12.85, atol=0.01) and late[1] < 0.5


def _proof_decimals():
    qs = 0.5 / np.cos(np.pi * np.array([1, 3, 5, 7]) / 16)
    four = [package.biquad("lowpass", frequency_hz=300, sample_rate=16_000, q=q)[1] for q in qs]
    long = np.ones(1)
    for a in four:
        long = np.convolve(long, a)
    assert [package.is_stable(np.round(long, decimals)) for decimals in (2, 6, 7, 8)] == [False, False, False, True]
    assert all(package.is_stable(np.round(a, 2)) for a in four)
    assert not package.is_stable(long.astype(np.float32).astype(float))


def _proof_speed():
    assert 440 * 0.8 == 352 and 440 / 0.8 == 550 and 300 * 0.8 == 240 and 300 / 0.8 == 375


def _conversion_db(frequency_hz, **settings):
    """A tone from 48 to 32 kHz: the level of what comes out, in dB re the tone."""
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(9600) / 48_000 + 1)
    middle = package.resample(tone, from_rate=48_000, to_rate=32_000, **settings)[1600:4800]
    return 10 * np.log10(max(2 * np.mean(middle**2), 1e-12))


def _proof_kaiser_width():
    for width, kaiser_is_better in ((6, False), (64, True)):
        hann, kaiser = (
            max(_conversion_db(hz, lowpass_filter_width=width, window=window) for hz in (18_000, 18_500, 19_000))
            for window in ("hann", "kaiser")
        )
        assert (kaiser < hann) == kaiser_is_better


def _proof_mean_of_eight():
    assert (_mean_db(8, np.arange(2000, 8001, 2000)) <= -119).all()
    assert np.isclose(_mean_db(8, 3000), -13, atol=0.1)
    assert round(_mean_db(8, np.arange(2000, 8000, 10)).max()) == -13


def _proof_window_depth():
    assert round(_strongest_leak_db(201, "hann")) == round(_strongest_leak_db(804, "hann")) == -44
    assert -88 < _strongest_leak_db(201, "kaiser") < -86


def _proof_ringing():
    n_samples = 3 / -np.log10(0.999)
    assert int(n_samples) == 6904 and 430 < n_samples / 16 < 433


def _proof_in_32_bits():
    a = np.array([1.0])
    for q in 0.5 / np.cos(np.pi * np.array([1, 3, 5, 7]) / 16):
        a = np.convolve(a, package.biquad("lowpass", frequency_hz=100, sample_rate=48_000, q=q)[1])
    assert not package.is_stable(a.astype(np.float32).astype(float))
    moved = package.poles(a.astype(np.float32).astype(float) * np.append(1, np.full(8, 0.999)))
    assert np.abs(moved).max() > 1


def _proof_images():
    assert -8 < _conversion_db(16_050) < -5 and -18 < _conversion_db(18_000) < -16
    assert _conversion_db(18_000, lowpass_filter_width=64) < -80


def _proof_late():
    taps = package.fir_lowpass(1000, sample_rate=16_000, n_taps=101)
    late = package.group_delay(taps, [1.0], frequency_hz=np.array([100.0, 900]), sample_rate=16_000)
    assert np.allclose(late, 50) and np.isclose(1000 * 50 / 16_000, 3.125)
    assert np.isclose(1000 * 101 / 16_000, 6.3, atol=0.02)


def _proof_fir_memory():
    rng = np.random.default_rng(64)
    h, x = rng.standard_normal(64), rng.standard_normal(700)
    whole = np.convolve(x, h)[:700]
    for n_kept, joins in ((63, True), (62, False)):
        known = x[320 - n_kept : 640]
        second = np.convolve(known, h)[n_kept : n_kept + 320]
        assert np.allclose(second, whole[320:640]) == joins


QUESTIONS = (
    Question(
        name="sweep_or_click",
        kind="predict",
        text="By how many dB is the noise in the measured response lower with the glide than with the click?",
        options=(
            wrong(
                "6 dB", "That is what averaging four clicks would gain. The glide plays much longer than four clicks."
            ),
            wrong("20 dB", "That is what averaging a hundred clicks would gain; the glide has the energy of far more."),
            right(
                "50 dB", "It plays 441,000 samples where the click plays one: some 50 dB more energy at the same peak."
            ),
        ),
        proof=_proof_sweep,
    ),
    Question(
        name="two_whistles",
        kind="predict",
        text="Which of the two whistles does the mean of nine samples remove better?",
        options=(
            wrong(
                "the one at 2,600 Hz", "A mean is a low-pass, and yet its gain does not fall steadily: it has arches."
            ),
            right(
                "the one at 1,778 Hz", "Nine samples hold exactly one period of it, and the mean of a period is zero."
            ),
            wrong(
                "both alike", "Nine samples hold one whole period of the first and about one and a half of the second."
            ),
        ),
        proof=_proof_two_whistles,
    ),
    Question(
        name="thousand_taps",
        kind="predict",
        text="With 1,001 taps and no window, how far down is the strongest leak above the cut-off?",
        options=(
            right(
                "21 dB",
                "The leak comes from the cut, and a longer sinc is cut off as abruptly; only the edge is steeper.",
            ),
            wrong(
                "41 dB",
                "Ten times as many taps make the edge ten times as steep, and the leak comes nearer unweakened.",
            ),
            wrong("61 dB", "No length reaches that without a window: the first leak does not depend on the length."),
        ),
        proof=_proof_thousand_taps,
    ),
    Question(
        name="before_the_blow",
        kind="predict",
        text="What lies in the 40 ms before the blow?",
        options=(
            wrong(
                "silence", "There are 2,000 taps on either side of the middle: each output hears 45 ms of the future."
            ),
            right(
                "a tone near 1,000 Hz that swells", "The symmetric response rings before the blow as long as after it."
            ),
            wrong("the blow itself, early", "The delay was taken back exactly, so the blow is where it was."),
        ),
        proof=_proof_before_the_blow,
    ),
    Question(
        name="boost_and_cut",
        kind="predict",
        text="Is the guitar that went through both filters the original?",
        options=(
            wrong(
                "no, the phases have changed twice", "They have, and the second change is the opposite of the first."
            ),
            wrong("only away from 1,000 Hz", "At 1,000 Hz, too, the two gains multiply to 1, and so do the phases."),
            right(
                "yes, sample by sample", "The zeros of one filter stand on the poles of the other: together they are 1."
            ),
        ),
        proof=_proof_boost_and_cut,
    ),
    Question(
        name="click_order",
        kind="predict",
        text="Which part of the click comes out first, and by how much?",
        options=(
            wrong(
                "the low frequencies, by some 12 ms",
                "The pole stands beside them, and what it stands next to it holds back.",
            ),
            wrong(
                "the high frequencies, by over 100 ms",
                "One of the hundred filters holds 0 Hz back by under 6 samples, 0.13 ms.",
            ),
            right(
                "the high frequencies, by some 12 ms", "At 0 Hz a hundred all-passes take 12.8 ms, at the top 0.4 ms."
            ),
        ),
        proof=_proof_click_order,
    ),
    Question(
        name="decimals",
        kind="predict",
        text="How many decimals do the two forms need to stay stable, and is float32 enough for the long one?",
        options=(
            wrong(
                "two or three for both; float32 is ample",
                "It is the same filter, but eight roots that crowd together move much farther than two.",
            ),
            right(
                "eight for the long one, two for the biquads; float32 is not enough",
                "Its eight poles crowd near z = 1, and an error ε in a coefficient moves them by about the eighth root of ε.",
            ),
            wrong(
                "six for the long one, two for the biquads; float32 is just enough",
                "With six and with seven decimals it still explodes, and so it does in float32.",
            ),
        ),
        proof=_proof_decimals,
    ),
    Question(
        name="speed_and_tempo",
        kind="predict",
        text="Near which pitches do `speed 0.8` and `tempo 0.8` leave the flute, and where is the chain's cut-off?",
        options=(
            right(
                "352 Hz, 440 Hz, 240 Hz", "speed plays all that came before it more slowly, the filter's edge included."
            ),
            wrong(
                "352 Hz, 440 Hz, 300 Hz", "The pitches are right. What speed slows down has the filter's edge in it."
            ),
            wrong(
                "352 Hz, 352 Hz, 300 Hz",
                "tempo lays pieces of the sound farther apart, and each piece keeps its pitch.",
            ),
            wrong("550 Hz, 440 Hz, 375 Hz", "0.8 is slower: every frequency is multiplied by 0.8, not divided by it."),
        ),
        proof=_proof_speed,
    ),
    Question(
        name="footstep",
        kind="predict",
        text="Which of the three sounds like a room?",
        options=(
            wrong("one loop", "Its echoes come every 25 ms, 40 a second: a flutter, with a pitch of its own."),
            right(
                "eight loops and four all-passes",
                "The all-passes turn each echo into a row of echoes: some hundred times as many as from the loops alone.",
            ),
            wrong(
                "eight loops",
                "Better, and still only 75 echoes in the first 0.3 s; a hall sends thousands a second.",
            ),
        ),
    ),
    Question(
        name="kaiser_width",
        kind="predict",
        text="Kaiser's window with a large β, at width 6 and at width 64: where is it better than Hann's?",
        options=(
            wrong(
                "at both", "Its low leaks are paid for with a wide main lobe, and at width 6 there is no room for it."
            ),
            wrong("at neither", "At width 64 the wide lobe fits, and the leaks beyond it are lower than Hann's."),
            right(
                "at width 64 only",
                "At width 6 its transition is so wide that images are stronger than with Hann's. "
                "A rolloff of 0.8 weakens them, and costs treble.",
            ),
        ),
        proof=_proof_kaiser_width,
    ),
    Question(
        name="mean_of_eight",
        text="A mean over 8 samples at 16 kHz. Which of these tones vanishes?",
        options=(
            right(
                "8,000 Hz", "8 samples hold 4 whole periods. So do 2,000, 4,000 and 6,000 Hz with 1, 2 and 3 periods."
            ),
            wrong("3,000 Hz", "That is 1.5 periods in 8 samples, near the top of an arch."),
            wrong(
                "everything above 2,000 Hz",
                "Only the multiples of 2,000 Hz; between them up to −13 dB comes through.",
            ),
        ),
        proof=_proof_mean_of_eight,
    ),
    Question(
        name="window_depth",
        text="A windowed-sinc low-pass with Hann's window leaks at −44 dB; you need −80 dB. What do you change?",
        options=(
            wrong("four times as many taps", "The edge becomes four times as steep, the leak stays at −44 dB."),
            wrong("the cut-off frequency", "That moves edge and leaks together."),
            right(
                "the window",
                "Depth is the window's. Kaiser with β = 8.6 reaches −86 dB; its edge is wider, so add taps afterwards.",
            ),
        ),
        proof=_proof_window_depth,
    ),
    Question(
        name="ringing",
        text="A biquad has its poles at radius 0.999, at 16 kHz. What do you expect?",
        options=(
            wrong("It is unstable.", "Inside the circle is stable, however near."),
            right("A resonance that takes some 430 ms to fall by 60 dB.", "3 / −log₁₀(0.999) is 6,904 samples."),
            wrong(
                "Nothing: 0.999 is nearly 1, so the gain is nearly 1.",
                "The gain is one over the distance to the pole, so near a pole it is large.",
            ),
        ),
        proof=_proof_ringing,
    ),
    Question(
        name="late",
        text="A symmetric low-pass of 101 taps at 16 kHz. How late does a tone in its pass band come out?",
        options=(
            wrong("it depends on its frequency", "Not here: symmetric taps have a linear phase, one delay for all."),
            wrong("6.3 ms", "That is the length of the filter. Its centre of gravity is the tap in the middle."),
            right("3.1 ms", "(101 − 1)/2 = 50 samples, at every frequency."),
            wrong("not at all", "A filter hears no future: the middle tap of 101 has 50 taps before it."),
        ),
        proof=_proof_late,
    ),
    Question(
        name="same_magnitude",
        text="Two filters have exactly the same magnitude response. Can they sound different?",
        options=(
            wrong(
                "No: the ear hears levels at frequencies.",
                "The click of the hook became a glide with every level unchanged.",
            ),
            right(
                "Yes: where frequencies come out at different times, by more than a few ms.",
                "Compare the group delays, and test with clicks and drums, where arrival times count.",
            ),
            wrong("Only if one of them is unstable.", "All-passes are stable and do just this."),
        ),
    ),
    Question(
        name="in_32_bits",
        text="An eighth-order low-pass designed with `butter(8, 100, fs=48_000)` explodes in float32. What do you do?",
        options=(
            wrong(
                "Multiply the coefficients by 0.999.",
                "That moves the poles in an uncontrolled way: some stay outside the circle, and the filter is another.",
            ),
            wrong("Clip the output to ±1.", "The poles stay outside, and the output becomes full-scale noise."),
            right(
                "Ask for second-order sections and run it as four biquads.",
                'Two roots at a time hardly move under rounding. In scipy, `output="sos"` and `sosfilt`.',
            ),
        ),
        proof=_proof_in_32_bits,
    ),
    Question(
        name="images",
        text="From 48 to 32 kHz with `lowpass_filter_width=6, rolloff=0.99`. What may a model trained on the result learn?",
        options=(
            right(
                "Images between 14 and 16 kHz that a better resampler does not make.",
                "And it misses them when the deployed system resamples differently.",
            ),
            wrong(
                "Nothing special: resampling is lossless.",
                "Tones between 16 and 18 kHz come back as images, only 7 to 17 dB weaker.",
            ),
            wrong(
                "A delay of 6 samples.",
                "The kernel is centred on each output sample, so nothing is late.",
            ),
        ),
        proof=_proof_images,
    ),
    Question(
        name="fir_memory",
        text="A stream is filtered in blocks of 320 samples with 64 taps. What must be handed from block to block?",
        options=(
            wrong("the last 64 outputs", "An FIR filter has no feedback: it needs nothing of what it gave out."),
            right(
                "the last 63 inputs", "The first output of a block needs the block's first sample and 63 older ones."
            ),
            wrong(
                "nothing, if each block is longer than the filter",
                "The first 63 outputs of each block reach back into the block before.",
            ),
        ),
        proof=_proof_fir_memory,
    ),
)
