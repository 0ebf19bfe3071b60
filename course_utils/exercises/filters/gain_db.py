import cmath
import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


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
        case(
            np.array([2e-6]), one, np.array([10.0, 700]), sample_rate=8000,
            says="a gain of −114 dB, just above the floor", gives=[20 * math.log10(2e-6)] * 2,
        ),
        case(
            np.array([0.1, 0, -0.1]), one, np.array([0.0, 4000]), sample_rate=8000,
            says="two silenced frequencies, one of which keeps 10⁻¹⁷ by rounding", gives=[-120, -120],
        ),
        case(np.array([0.1, 0.1]), one, np.array([1000.0]), sample_rate=8000, says="an array of one frequency"),
        case(np.array([2e-8]), np.array([1e-3, 5e-4]), np.array([0.0, 3000]), sample_rate=8000, says="small coefficients above and below"),
        case(np.array([0.1, 0.2]), np.array([0.5, 0.1, 0.1]), 440, sample_rate=8000, says="one frequency alone, a whole number"),
        case(np.array([2e-18]), np.array([1e-14, 5e-15]), np.array([10.0, 2500]), sample_rate=8000, says="tiny coefficients"),
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


def _gain_changed(change, **differently):
    """The right way, for other coefficients ``change(b, a)``."""

    def gain(b, a, frequency_hz, *, sample_rate):
        return _gain_with(*change(b, a), frequency_hz, sample_rate, **differently)

    return gain


def _gain_by_another_floor(floor):
    return _gain_changed(lambda b, a: (b, a), floor=floor)


def _amplitude(b, a, frequency_hz, sample_rate, *, of=abs):
    z = np.exp(-2j * np.pi * np.asarray(frequency_hz) / sample_rate)
    return of(np.polynomial.polynomial.polyval(z, b) / np.polynomial.polynomial.polyval(z, a))


def _gain_of_exact_zeros(b, a, frequency_hz, *, sample_rate):
    size = _amplitude(b, a, frequency_hz, sample_rate)
    return np.where(size == 0, -120, 20 * np.log10(np.where(size == 0, 1, size)))


def _read_off(n_points):
    """Between the points of a grid, as of scipy.signal.freqz."""

    def gain(b, a, frequency_hz, *, sample_rate):
        grid_hz = np.arange(n_points) * sample_rate / 2 / n_points
        return np.interp(frequency_hz, grid_hz, _gain_with(b, a, grid_hz, sample_rate))

    return gain


def _top_db(floor):
    def gain(b, a, frequency_hz, *, sample_rate):
        found = _gain_with(b, a, frequency_hz, sample_rate, floor=floor)
        return np.maximum(found, np.max(found) - 80)

    return gain


def _freqz_of(taken):
    """What comes of ``freqz`` with the frequency as it is, as the floor lets it through."""

    def gain(b, a, frequency_hz, *, sample_rate):
        import scipy.signal

        size = np.abs(scipy.signal.freqz(b, a, worN=frequency_hz, fs=sample_rate)[1])
        return taken(20 * np.log10(np.maximum(size, 1e-6)), frequency_hz)

    return gain


def _floor_added(floor):
    return lambda b, a, frequency_hz, *, sample_rate: 20 * np.log10(_amplitude(b, a, frequency_hz, sample_rate) + floor)


def _gain_of_shorter(b, a):
    n_both = min(len(b), len(a))
    return b[:n_both], a[:n_both]


def _feedback_turned(a):
    return np.concatenate([a[:1], -a[1:]])


def _one_number_for_one(b, a, frequency_hz, *, sample_rate):
    found = _gain_with(b, a, frequency_hz, sample_rate)
    return found.reshape(-1)[0] if found.size == 1 else found


def _each_part_with_a_floor(b, a, frequency_hz, *, sample_rate):
    one = np.array([1.0])
    above, below = (_gain_with(c, one, frequency_hz, sample_rate) for c in (b, a))
    return np.maximum(above - below, -120)


def _below_and(small, of):
    def gain(b, a, frequency_hz, *, sample_rate):
        z = np.exp(-2j * np.pi * np.asarray(frequency_hz) / sample_rate)
        above, below = (np.polynomial.polynomial.polyval(z, c) for c in (b, a))
        return 20 * np.log10(np.maximum(np.abs(above / (of(below) + small)), 1e-6))

    return gain


def _denominator_of_at_least(least):
    def gain(b, a, frequency_hz, *, sample_rate):
        one = np.array([1.0])
        above, below = (_amplitude(c, one, frequency_hz, sample_rate) for c in (b, a))
        return 20 * np.log10(np.maximum(above / np.maximum(below, least), 1e-6))

    return gain


EXERCISE = Exercise(
    title="the gain at any frequency",
    stars=1,
    kind="implement",
    task=r"""
What a filter does to a steady tone of frequency $f$:

$$H(f) = \frac{\sum_k b_k\,e^{-i\omega k}}{\sum_k a_k\,e^{-i\omega k}}, \qquad \omega = 2\pi f / f_s$$

Write `gain_db(b, a, frequency_hz, sample_rate=…)`: the gain $|H(f)|$ **in dB** at each of the frequencies. `b` and `a` are arrays, perhaps of different lengths; `a[0]` need not be 1. `frequency_hz` is an array, or one number, and then one number comes out. Where less than −120 dB is left, return −120 dB: a silenced frequency has no logarithm.
""",
    form="Coefficients and frequencies in Hz in, the gain in dB at each of them out.",
    answer="gain_db",
    spec=Function(cases=_responses, expected=_gain_by_definition, tolerance=1e-4),
    reference=gain_db,
    hints=(
        "What is the phasor of one sample of delay? Delay k is its k-th power, and the same list of powers serves b and a.",
        "Compute the two sums apart, as complex numbers; divide; take the magnitude; only then go to dB.",
        "A gain is a ratio of amplitudes, so 20 log₁₀. −120 dB is the amplitude 1e-6: np.maximum before the logarithm.",
    ),
    wrongs=(
        Wrong(
            "10 log",
            "Every gain above the floor is halved in dB: 10 log₁₀ is for powers, and |H| is a ratio of amplitudes.",
            (
                _gain_changed(lambda b, a: (b, a), decibels=10, floor=1e-12),
                _gain_changed(lambda b, a: (b, a), decibels=10),
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
            "half turns for radians",
            "f / (f_s/2) counts half turns, and the exponential wants radians, π times as many: what comes out at f is the gain "
            "at f / π.",
            lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate, turns=2.0),
        ),
        Wrong(
            "a number taken for a count",
            "`freqz` takes a single whole number for a count of points, and not for a frequency: give it an array of one, and take the one "
            "gain out again.",
            (_freqz_of(lambda level, hz: level), _freqz_of(lambda level, hz: level if np.ndim(hz) else level[0])),
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
            _gain_changed(lambda b, a: (b, np.append(1.0, a[1:]))),
        ),
        Wrong(
            "a[0] divides one list only",
            "One of the two lists was divided by a[0] and the other was not: their ratio stays as it is "
            "if both are divided, or neither.",
            (_gain_changed(lambda b, a: (b, a / a[0])), _gain_changed(lambda b, a: (b / a[0], a))),
        ),
        Wrong(
            "cut to the shorter list",
            "Of the longer list only as many coefficients are used as the shorter one has: the two sums "
            "have lengths of their own.",
            _gain_changed(_gain_of_shorter),
        ),
        Wrong(
            "real part",
            "That is the real part of H(f). A tone that comes out a quarter of a period late has none: "
            "the gain is the magnitude of the complex number.",
            lambda b, a, frequency_hz, *, sample_rate: (
                20 * np.log10(np.maximum(np.abs(_amplitude(b, a, frequency_hz, sample_rate, of=np.real)), 1e-6))
            ),
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
            _gain_by_another_floor(0.0),
        ),
        Wrong(
            "only an exact zero",
            "Rounding leaves 10⁻¹⁷ of a silenced frequency in place of 0: compare with the floor of −120 dB, "
            "and not with 0.",
            _gain_of_exact_zeros,
        ),
        Wrong(
            "floor added",
            "The floor is added to |H|: a gain of −114 dB then reads 3.5 dB too high. It stands in for less, "
            "it does not come on top.",
            _floor_added(1e-6),
        ),
        Wrong(
            "another floor",
            "The floor lies elsewhere: −120 dB is the amplitude 10⁻⁶. (10⁻¹² is its power, and belongs before 10 log₁₀.)",
            (
                *(_gain_by_another_floor(10.0**power) for power in (-5, -4, -3, -7, -8, -9, -10, -12, -15, -20)),
                *(_floor_added(10.0**power) for power in (-7, -8, -9, -10, -12)),
            ),
        ),
        Wrong(
            "read off a grid",
            "It is read between the points of a grid: nearly right where the response is smooth, and off near a notch. "
            "Compute it at the frequencies asked.",
            tuple(_read_off(n) for n in (256, 512, 513, 1024, 1025, 2048, 4096)),
        ),
        Wrong(
            "80 dB below the largest",
            "The floor hangs on the largest gain, 80 dB below it, as with `librosa.amplitude_to_db` unless `top_db=None`: it is to "
            "lie at −120 dB, whatever the other frequencies do.",
            (_top_db(1e-5), _top_db(1e-6)),
        ),
        Wrong(
            "one number as an array",
            "For one frequency it gives an array of one gain: a number goes in, so a number comes out.",
            lambda b, a, frequency_hz, *, sample_rate: np.atleast_1d(_gain_with(b, a, frequency_hz, sample_rate)),
        ),
        Wrong(
            "an array of one as a number",
            "An array with one frequency is still an array: as many gains come out, in an array of the same shape. "
            "Only a number gives a number.",
            _one_number_for_one,
        ),
        Wrong(
            "a guard for each part",
            "Numerator or denominator has a guard of its own, a floor or a small number that is added: both may be small, and their "
            "quotient need not be. The floor of −120 dB holds for the gain.",
            (
                _each_part_with_a_floor,
                *(_denominator_of_at_least(10.0**power) for power in (-2, -3, -4, -5, -6, -8, -9, -10, -12)),
                *(_below_and(10.0**-n, of) for n in (12, 10, 9, 8, 7, 6, 5, 4, 3) for of in (abs, lambda below: below)),
            ),
        ),
    ),
    after="The phase is not in it: an all-pass has 0 dB at every frequency, and smears a click all the same.",
    also_right=(
        _gain_by_definition,
        lambda b, a, frequency_hz, *, sample_rate: _gain_with(b, a, frequency_hz, sample_rate).astype(np.float32),
    ),
)
