import math

import numpy as np

from ... import gammatone as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _response_by_definition(frequency_hz, *, duration_s, sample_rate, order=4):
    area = math.pi  # of 1 / (1 + x²)^n, which is the power response of order n at x = (ν − f) / b
    for n in range(2, order + 1):
        area *= (2 * n - 3) / (2 * n - 2)
    b_hz = 24.7 * (4.37 * frequency_hz / 1000 + 1) / area
    found, passed = [], 0
    for k in range(round(duration_s * sample_rate)):
        t = k / sample_rate
        turns = frequency_hz * t
        found.append(t ** (order - 1) * math.exp(-2 * math.pi * b_hz * t) * math.cos(2 * math.pi * turns))
        passed += found[-1] * complex(math.cos(2 * math.pi * turns), -math.sin(2 * math.pi * turns))
    return np.array(found) / abs(passed)


def _filters() -> list[Case]:
    return [
        case(1000.0, duration_s=0.02, sample_rate=16_000, says="the default order at 1 kHz"),
        case(1000, duration_s=0.02, sample_rate=16_000, order=2, says="order 2"),
        case(440.0, duration_s=0.03004, sample_rate=8000, order=3, says="order 3 at 440 Hz, 240.3 samples"),
        case(150.0, duration_s=0.0501, sample_rate=8000, order=8, says="order 8 at 150 Hz, 400.8 samples"),
        case(1000.0, duration_s=0.03, sample_rate=16_000, order=12, says="order 12 at 1 kHz"),
        case(3000.0, duration_s=0.01, sample_rate=44_100, order=1, says="order 1 at 3 kHz and 44.1 kHz"),
        case(200.0, duration_s=1e-3, sample_rate=1000, order=1, says="order 1, a single sample", gives=[1]),
        case(2345.6, duration_s=0.012, sample_rate=44_100, order=16, says="order 16 at 2,345.6 Hz"),
    ]


def _response(
    frequency_hz,
    duration_s,
    sample_rate,
    order,
    *,
    b_hz=None,
    power=None,
    turn=np.cos,
    scale="gain",
    length=round,
    first=0,
):
    """A gammatone with one thing changed."""
    n = order
    b_hz = _width_by_order(frequency_hz, n) if b_hz is None else b_hz
    t = (np.arange(length(duration_s * sample_rate)) + first) / sample_rate
    g = t ** (n - 1 if power is None else power) * np.exp(-2 * np.pi * b_hz * t)
    g = g * turn(2 * np.pi * frequency_hz * t)
    gain = abs(np.sum(g * np.exp(-2j * np.pi * frequency_hz * t)))
    by_formula = math.factorial(n - 1) * sample_rate / (2 * (2 * np.pi * b_hz) ** n)
    sizes = {
        "gain": gain,
        "peak": np.abs(g).max(),
        "integral": gain / sample_rate,
        "formula": by_formula,
        "energy": np.linalg.norm(g),
        "sum": abs(g.sum()),
        "magnitudes": np.abs(g).sum(),
        "real": np.sum(g * np.cos(2 * np.pi * frequency_hz * t)),
        "largest": np.abs(np.fft.fft(g, 2**14)).max(),
        "largest bin": np.abs(np.fft.rfft(g)).max(),
        "none": 1,
    }
    with np.errstate(invalid="ignore"):  # a sine of one sample
        return g / sizes[scale]


def _changed(**changes):
    def response(frequency_hz, *, duration_s, sample_rate, order=4):
        now = {
            name: value(frequency_hz, order) if name in ("b_hz", "power") else value for name, value in changes.items()
        }
        return _response(frequency_hz, duration_s, sample_rate, order, **now)

    return response


def _after(change):
    """The right samples, changed: ``change(samples, order)``."""
    return lambda frequency_hz, *, order=4, **options: change(_changed()(frequency_hz, order=order, **options), order)


def _width_by_order(frequency_hz, order):
    """The right b."""
    n = order
    integral = math.pi * math.factorial(2 * n - 2) / (4 ** (n - 1) * math.factorial(n - 1) ** 2)
    return 24.7 * (0.00437 * frequency_hz + 1) / integral


def _from_zero(frequency_hz, *, duration_s, sample_rate, order=4):
    """Every order begins with 0, and the gain is that of what is left."""
    g = _response(frequency_hz, duration_s, sample_rate, order, scale="none")
    g[0] = 0
    with np.errstate(invalid="ignore"):  # a single sample
        return g / abs(np.sum(g * np.exp(-2j * np.pi * frequency_hz * np.arange(len(g)) / sample_rate)))


def _every_size():
    for n_samples in range(40, 160):
        duration_s = n_samples / 44_100
        yield case(3000.0, duration_s=duration_s, sample_rate=44_100, says="any duration"), (n_samples,)


def _timed_by_arange(frequency_hz, *, duration_s, sample_rate, order=4):
    """Times from 0 to the rounded duration, by a step in seconds."""
    n_samples = len(np.arange(0, round(duration_s * sample_rate) / sample_rate, 1 / sample_rate))
    return _response(frequency_hz, n_samples / sample_rate, sample_rate, order)


EXERCISE = Exercise(
    title="as wide as the ear, whatever the order",
    stars=2,
    kind="implement",
    task=r"""
The factor 1.019 belongs to order 4. `scipy.signal.gammatone` (1.17) keeps it for every order, and the cell below measures what becomes of the width. Write the impulse response of **any order** $n$ from 1 to 16, at the times $t = 0, 1/f_s, 2/f_s, \dots$, `round(duration_s * sample_rate)` of them:

$$g(t) = a\,t^{\,n-1}\,e^{-2\pi b t}\cos(2\pi f t)$$

- $b$, in Hz, is such that the filter is as wide as the ear's, $\mathrm{ERB}(f) = 24.7\,(0.00437 f + 1)$ Hz. The equivalent rectangular bandwidth of a filter of order $n$ is $b\,\dfrac{\pi\,(2n-2)!}{4^{\,n-1}\,(n-1)!^{2}}$.
- $a$ is such that a tone at $f$ keeps its amplitude: $\left|\sum_t g(t)\,e^{-2\pi i f t}\right| = 1$, the sum taken over these samples.

At $t = 0$ order 1 begins with $0^0 = 1$, the others with 0. The durations hold some samples that are not 0. ($t^{15}$ can be less than float32 holds.) An array or a list comes out.
""",
    given="""import numpy as np
import scipy.signal

for order in (1, 2, 4, 8):
    response, _ = scipy.signal.gammatone(1000, "fir", order=order, numtaps=4000, fs=16_000)
    power = np.abs(np.fft.rfft(response, 160_000)) ** 2  # a bin every 0.1 Hz
    width_hz = 0.1 * power.sum() / power.max()  # area over height
    print(f"order {order}: {width_hz:3.0f} Hz wide; the ear's filter at 1,000 Hz: 133 Hz")""",
    form="The gammatone of any order, as wide as the ear's filter and with gain 1 at its centre.",
    answer="gammatone_impulse_response",
    spec=Function(cases=_filters, expected=_response_by_definition, properties=(right_count(_every_size),)),
    reference=package.gammatone_impulse_response,
    hints=(
        "Begin with b: set the bandwidth of the filter, which has b in it, equal to ERB(f).",
        "For order 4 the fraction is 20π/64 = 0.98, so b is 1.0186 ERB(f). `math.factorial` does the rest.",
        "Leave a out, add up g(t) e^(−2πi f t) over the samples, and divide g by the magnitude of that sum.",
    ),
    wrongs=(
        Wrong(
            "1.019 for every order",
            "Order 4 is right, or nearly so, and the others are not: 1.019 belongs to order 4. "
            "A filter of lower order has wider skirts, so its b must be smaller.",
            (
                _changed(b_hz=lambda f, n: 1.019 * 24.7 * (0.00437 * f + 1)),
                _changed(b_hz=lambda f, n: 1.0186 * 24.7 * (0.00437 * f + 1)),
                _changed(b_hz=lambda f, n: _width_by_order(f, 4)),
            ),
        ),
        Wrong(
            "b is the ERB",
            "Here b is the ERB itself. The two differ by a factor that depends on the order: π for order 1, 0.98 for order 4.",
            _changed(b_hz=lambda f, n: 24.7 * (0.00437 * f + 1)),
        ),
        Wrong(
            "factor upside down",
            "The factor between b and the ERB is applied upside down: b times the fraction is the ERB, so b is the ERB "
            "divided by it.",
            _changed(b_hz=lambda f, n: (24.7 * (0.00437 * f + 1)) ** 2 / _width_by_order(f, n)),
        ),
        Wrong(
            "2π missing in the decay",
            "It decays 2π times too slowly, so the filter is six times too narrow: b is in Hz, and the exponent is −2π b t.",
            _changed(b_hz=lambda f, n: _width_by_order(f, n) / (2 * math.pi)),
        ),
        Wrong(
            "t to the power n",
            "The bell rises with tⁿ; order n has t^(n−1), so this is one order too many.",
            _changed(power=lambda f, n: n),
        ),
        Wrong(
            "kHz for Hz",
            "The response is over within a few samples: 4.37 goes with kHz, so with f in Hz it must be 0.00437.",
            _changed(b_hz=lambda f, n: _width_by_order(f, n) * (4.37 * f + 1) / (0.00437 * f + 1)),
        ),
        Wrong(
            "sine",
            "The tone under the bell is a sine; a gammatone has a cosine.",
            _changed(turn=np.sin),
        ),
        Wrong(
            "peak of 1",
            "The largest sample is 1; asked is a gain of 1 for a tone at f, which is a sum over all samples.",
            _changed(scale="peak"),
        ),
        Wrong(
            "integral for sum",
            "It is f_s times too large: the sum over the samples was multiplied by their distance 1/f_s, as for an "
            "integral. A filter is applied by a plain sum.",
            _changed(scale="integral"),
        ),
        Wrong(
            "gain by formula",
            "The shape is right, and a is nearly so for high orders: it is that of the response without samples, end and "
            "mirror image. Add up these samples instead, for a gain of exactly 1.",
            _changed(scale="formula"),
        ),
        Wrong(
            "order 4 always",
            "Order 4 is right, and the others come out as order 4.",
            lambda frequency_hz, *, duration_s, sample_rate, order=4: _response(
                frequency_hz, duration_s, sample_rate, 4
            ),
        ),
        Wrong(
            "another power or factorial",
            "The factor between b and the ERB is not that of the task: below it stands (n − 1)! squared, and 4 to the power n − 1. "
            "For order 4 it is 20π/64.",
            (
                _changed(b_hz=lambda f, n: _width_by_order(f, n) / math.factorial(n - 1)),
                _changed(b_hz=lambda f, n: _width_by_order(f, n) * 4),
                _changed(b_hz=lambda f, n: _width_by_order(f, n) / 2 ** (n - 1)),
                _changed(b_hz=lambda f, n: _width_by_order(f, n) * math.pi),
            ),
        ),
        Wrong(
            "a complex tone",
            "The tone under the bell is complex: a gammatone has its real part, a cosine.",
            _changed(turn=lambda angle: np.exp(1j * angle)),
        ),
        Wrong(
            "energy 1",
            "The squares of the samples add up to 1; asked is a gain of 1 for a tone at f, which is the magnitude of a sum with that tone.",
            _changed(scale="energy"),
        ),
        Wrong(
            "gain at 0 Hz",
            "The samples, or their magnitudes, add up to 1: that is a gain of 1 for a constant, and f is where it is asked.",
            (_changed(scale="sum"), _changed(scale="magnitudes")),
        ),
        Wrong(
            "real part of the gain",
            "The sum is complex, and only its real part was taken: with few samples the imaginary part is not 0.",
            _changed(scale="real"),
        ),
        Wrong(
            "gain at the peak of the spectrum",
            "The largest gain of all, or of the bins of an FFT, is 1. It need not lie at f itself: there the gain is asked.",
            (_changed(scale="largest"), _changed(scale="largest bin")),
        ),
        Wrong(
            "not scaled",
            "The shape is right and a is missing: divide by the gain for a tone at f.",
            _changed(scale="none"),
        ),
        Wrong(
            "length cut or rounded up",
            "The number of samples is not the nearest one: `round(duration_s * sample_rate)` is asked, and int(…) and ceil do not round to the nearest.",
            (_changed(length=math.ceil), _changed(length=lambda n: max(math.floor(n), 1))),
        ),
        Wrong(
            "half or twice as large",
            "A real tone is half e^(2πi f t) and half e^(−2πi f t), but the sum of the task has taken that into account: "
            "no 2 is to be multiplied or divided by.",
            (_after(lambda samples, n: 2 * samples), _after(lambda samples, n: samples / 2)),
        ),
        Wrong(
            "0⁰ taken for 0",
            "Order 1 begins with a 0 here. 0⁰ is 1: at t = 0 a filter of order 1 has its largest value.",
            (_after(lambda samples, n: samples * (np.arange(len(samples)) > 0)), _from_zero),
        ),
        Wrong(
            "begins at 1 / f_s",
            "The first sample belongs to t = 0; here it belongs to t = 1/f_s.",
            _changed(first=1),
        ),
        Wrong(
            "np.arange with a float step",
            "With a step of 1/f_s seconds, rounding decides whether np.arange has one sample too many. Count the samples in "
            "whole numbers, and divide by the rate.",
            _timed_by_arange,
        ),
    ),
    after="A bank of order 1 with the factor of order 4 is 3.2 times as wide as the ear, and nothing in its code says so.",
    also_right=(
        _changed(),
        lambda frequency_hz, *, duration_s, sample_rate, order=4: list(
            _response(frequency_hz, duration_s, sample_rate, order).astype(np.float32)
        ),
        _changed(b_hz=_width_by_order),
    ),
)
