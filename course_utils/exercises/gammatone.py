"""How wide the ear listens, and for how long.

From a scale of bands to one filter, and from one filter to a bank; numpy, a pencil and a pair of ears are enough.
"""

import math

import numpy as np

from .. import gammatone as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# --------------------------------------------------------------------------------- bands of a telephone


def _telephone_truth():
    """Bands laid side by side, a tenth of a hertz at a time."""

    def bands(low_hz, high_hz):
        steps_hz = np.arange(low_hz + 0.05, high_hz, 0.1)
        return np.sum(0.1 / (24.7 * (4.37 * steps_hz / 1000 + 1)))

    return 100 * bands(300, 3400) / bands(50, 8000)


def telephone_percent():
    below = package.hz_to_erb_rate  # how many bands lie below a frequency
    passed = below(3400) - below(300)
    return 100 * passed / (below(8000) - below(50))


def _share_of_mel(scale):
    from .. import mel

    low, high, lowest, highest = mel.hz_to_mel(np.array([300.0, 3400, 50, 8000]), scale=scale)
    return 100 * (high - low) / (highest - lowest)


TELEPHONE = Exercise(
    name="gammatone/telephone",
    title="how much of the ear a telephone uses",
    stars=1,
    kind="predict",
    task="""
An old telephone line passes what lies between 300 and 3,400 Hz. Of the hertz between 50 Hz and 8 kHz, that is 39 %. Count bands instead, each one ERB wide and laid side by side (Glasberg & Moore 1990): **what percentage of the bands between 50 Hz and 8 kHz lies between 300 and 3,400 Hz?** Guess first, then compute it to a tenth of a per cent. (Accepted within 0.3.)
""",
    start="""### BEGIN SOLUTION
telephone_percent = ...
### END SOLUTION""",
    answer="telephone_percent",
    spec=Value(truth=_telephone_truth, unit="per cent", absolute=0.3),
    reference=telephone_percent,
    hints=(
        "The bands are narrow at the bottom and wide at the top. Which scale counts them?",
        "`cu.gammatone.hz_to_erb_rate` counts the bands below a frequency. Between two frequencies there are "
        "as many as the two counts differ by.",
        "17.9 bands lie between 300 and 3,400 Hz. Count those between 50 and 8,000 Hz in the same way, and divide.",
    ),
    wrongs=(
        Wrong(
            "share of the hertz",
            "That is the share of the hertz. Bands are narrower below than above, so each hertz counts for more down "
            "there. (The widths of the bands at the four ends give the same number: ERB is linear in f.)",
            lambda: 100 * 3100 / 7950,
        ),
        Wrong(
            "a fraction",
            "That is a fraction of 1: per cent are asked, a hundred times as many.",
            lambda: telephone_percent() / 100,
        ),
        Wrong(
            "bands, not their share",
            "That is the number of bands between 300 and 3,400 Hz: divide it by the number between 50 Hz and 8 kHz.",
            lambda: np.diff(package.hz_to_erb_rate([300, 3400]))[0],
        ),
        Wrong(
            "share of the octaves",
            "That is the share of the octaves: it takes every octave to hold as many bands. "
            "From 100 to 200 Hz there are 2.5, from 4 to 8 kHz there are 6.2.",
            lambda: 100 * np.log(3400 / 300) / np.log(8000 / 50),
        ),
        Wrong(
            "counted from 0 Hz",
            "That counts the bands from 0 Hz up. What lies below 300 Hz, and in the whole below 50 Hz, "
            "must be taken off.",
            lambda: 100 * package.hz_to_erb_rate(3400) / package.hz_to_erb_rate(8000),
        ),
        Wrong(
            "Slaney's mel",
            "That is the share on Slaney's mel scale, which is linear up to 1 kHz: it counts steps of pitch, "
            "and has half as many of them below 500 Hz.",
            lambda: _share_of_mel("slaney"),
        ),
        Wrong(
            "HTK's mel",
            "Close by chance: that is the share on HTK's mel scale. Its curve bends at 700 Hz, the ERB-rate's at 229 Hz.",
            lambda: _share_of_mel("htk"),
        ),
        Wrong(
            "one width for all",
            "That divides each range by the width of a band in its middle. The width changes within the range: "
            "add up the bands, or use the scale that has done so.",
            lambda: 100 * (3100 / package.erb_bandwidth_hz(1850)) / (7950 / package.erb_bandwidth_hz(4025)),
        ),
    ),
    also_right=(
        lambda: 57,
        lambda: 100 * math.log((1 + 0.00437 * 3400) / (1 + 0.00437 * 300)) / math.log(35.96 / 1.2185),
        lambda: np.float32(100 * np.subtract(*package.hz_to_erb_rate([3400, 300])) / 31.46),
    ),
)

# ----------------------------------------------------------------------------------- a scale that is none


SLANEY_C = 9.26449 * 24.7  # Hz; 1 / 0.00437 in Glasberg & Moore's formula, which is the same in seven digits


def _centres_by_counting(*, f_min, f_max, n_channels):
    """From the highest to the lowest, each with the same count of bands to the next."""

    def below(frequency_hz):
        return 9.26449 * math.log(1 + frequency_hz / SLANEY_C)  # the integral of 1 / (f / 9.26449 + 24.7)

    step = (below(f_max) - below(f_min)) / n_channels
    counts = [below(f_max) - i * step for i in range(1, n_channels + 1)]
    return np.array([(math.exp(count / 9.26449) - 1) * SLANEY_C for count in counts])


def _bands() -> list[Case]:
    c = SLANEY_C  # four steps, each of which halves f + c
    halved = [8 * (100 + c) - c, 4 * (100 + c) - c, 2 * (100 + c) - c, 100]
    return [
        case(f_min=100, f_max=16 * (100 + c) - c, n_channels=4, says="four channels above 100 Hz", gives=halved),
        case(f_min=50.0, f_max=8000.0, n_channels=64, says="64 channels from 50 Hz to 8 kHz"),
        case(f_min=20, f_max=20_000, n_channels=9, says="nine channels over the range of hearing"),
        case(f_min=312.5, f_max=625.0, n_channels=2, says="two channels in an octave"),
        case(f_min=440, f_max=4000, n_channels=1, says="a single channel", gives=[440]),
    ]


def _mel():
    from .. import mel

    return mel


def _on_scale(to_scale, from_scale, steps=lambda points: points[1:]):
    """Equal steps of any scale, from high to low."""

    def centres(*, f_min, f_max, n_channels):
        return from_scale(steps(np.linspace(to_scale(f_max), to_scale(f_min), n_channels + 1)))

    return centres


def _centres_by_slaney(*, f_min, f_max, n_channels):
    c = SLANEY_C
    ratio = ((f_min + c) / (f_max + c)) ** (1 / n_channels)
    found = [f_max + c]
    for _ in range(n_channels):
        found.append(found[-1] * ratio)
    return [each - c for each in found[1:]]


SPACE = Exercise(
    name="gammatone/erb_space_hz",
    title="a scale that is none",
    stars=1,
    kind="repair",
    task="""
The function below should place `n_channels` centres at equal steps of the ERB-rate scale, which counts the ear's bands below a frequency (section 1 of the lecture), from high to low: the last one is `f_min`, the first one lies a step below `f_max` (so with one channel it is `f_min`). Everything is in Hz. A scale of this kind stands in the training code of the Opus codec (`dnn/torch/osce/utils/spec.py`, 2023); it has two faults, of which one hides the other, and it runs without a complaint.

Look at the four centres that it prints. **Mend it**: an array or a list of `n_channels` numbers comes out. `f_min` is above 0 and below `f_max`, and there is at least one channel.
""",
    given='''import numpy as np


def published_space_hz(*, f_min, f_max, n_channels):
    """As published: from hertz to ERB, equal steps, and back to hertz."""
    lowest, highest = 24.7 * (4.37 * f_min + 1), 24.7 * (4.37 * f_max + 1)
    steps = np.linspace(highest, lowest, n_channels + 1)[1:]
    return (steps / 24.7 - 1) / 4.37


print(np.round(published_space_hz(f_min=100, f_max=8100, n_channels=4)), "Hz")''',
    start='''def erb_space_hz(*, f_min, f_max, n_channels):
    """Centres at equal steps of the ERB-rate scale, from high to low, in Hz."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="erb_space_hz",
    # Slaney's constants and those of Glasberg & Moore differ in the eighth digit: either may be used.
    spec=Function(cases=_bands, expected=_centres_by_counting, tolerance=1e-5),
    reference=package.erb_space_hz,
    hints=(
        "How far apart are the four centres? What would a scale of the ear do to these distances?",
        "The formula gives the *width* of a band. Which function of the lecture *counts* the bands below a frequency?",
        "Replace both ways: hertz to ERB-rate, E = 21.4 log₁₀(1 + 0.00437 f), equal steps of E, and each of them back, "
        "f = (10^(E / 21.4) − 1) / 0.00437.",
    ),
    wrongs=(
        Wrong(
            "still linear",
            "The centres still lie at equal distances in hertz. The width of a band is linear in f, so equal steps of "
            "it are equal steps of hertz, whether f is fed in Hz or in kHz: a width is not a scale.",
            _on_scale(lambda hz: hz, lambda hz: hz),
        ),
        Wrong(
            "kHz for Hz",
            "The scale is the right one, but 4.37 goes with kHz: fed with Hz, the product is a thousand times the 1 "
            "already at 230 Hz, and the steps are all but those of a logarithm.",
            _on_scale(lambda hz: 21.4 * np.log10(1 + 4.37 * hz), lambda rate: (10 ** (rate / 21.4) - 1) / 4.37),
        ),
        Wrong(
            "logarithmic",
            "These are equal steps of octaves. The ear's bands are so only far above 229 Hz; "
            "below, their width hardly changes.",
            _on_scale(np.log, np.exp),
        ),
        Wrong(
            "lowest first",
            "The centres are right and stand in the other order: the highest comes first here, as in Slaney's report.",
            lambda **band: _centres_by_counting(**band)[::-1],
        ),
        Wrong(
            "f_max included",
            "The first centre is f_max itself: with both ends among them, n centres have n − 1 steps between them, "
            "and the step comes out too large.",
            lambda *, f_min, f_max, n_channels: _on_scale(
                package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: points
            )(f_min=f_min, f_max=f_max, n_channels=max(n_channels - 1, 1))[:n_channels],
        ),
        Wrong(
            "f_min left out",
            "The steps are right and the wrong end is left out: f_max is there, f_min is missing.",
            _on_scale(package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: points[:-1]),
        ),
        Wrong(
            "lowest first, f_max included",
            "Two things are otherwise: the highest centre comes first here, and f_max is not among them. "
            "n centres below it need n steps, not n − 1.",
            lambda *, f_min, f_max, n_channels: package.erb_rate_to_hz(
                np.linspace(package.hz_to_erb_rate(f_min), package.hz_to_erb_rate(f_max), n_channels)
            ),
        ),
        Wrong(
            "mel",
            "These are equal steps of Slaney's mel scale, which is linear up to 1 kHz; "
            "the scale that counts ERBs bends at 229 Hz.",
            _on_scale(lambda hz: _mel().hz_to_mel(float(hz)), lambda mels: _mel().mel_to_hz(mels)),
        ),
        Wrong(
            "not turned back",
            "These are values of the scale, between 0 and some 40: the way back to hertz is missing.",
            _on_scale(package.hz_to_erb_rate, lambda rate: rate),
        ),
    ),
    also_right=(
        _centres_by_slaney,
        _on_scale(package.hz_to_erb_rate, package.erb_rate_to_hz),
        lambda **band: _centres_by_counting(**band).astype(np.float32),
    ),
)

# ------------------------------------------------------------------------------------ filters of any order


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
        case(3000.0, duration_s=0.01, sample_rate=44_100, order=1, says="order 1 at 3 kHz and 44.1 kHz"),
        case(200.0, duration_s=1e-3, sample_rate=1000, order=1, says="order 1, a single sample", gives=[1]),
    ]


def _response(frequency_hz, duration_s, sample_rate, order, *, b_hz=None, power=None, turn=np.cos, scale="gain"):
    """A gammatone with one thing changed."""
    n = order
    integral = math.pi * math.factorial(2 * n - 2) / (4 ** (n - 1) * math.factorial(n - 1) ** 2)
    b_hz = 24.7 * (0.00437 * frequency_hz + 1) / integral if b_hz is None else b_hz
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    g = t ** (n - 1 if power is None else power) * np.exp(-2 * np.pi * b_hz * t)
    g = g * turn(2 * np.pi * frequency_hz * t)
    gain = abs(np.sum(g * np.exp(-2j * np.pi * frequency_hz * t)))
    by_formula = math.factorial(n - 1) * sample_rate / (2 * (2 * np.pi * b_hz) ** n)
    with np.errstate(invalid="ignore"):  # a sine of one sample
        return g / {"gain": gain, "peak": np.abs(g).max(), "integral": gain / sample_rate, "formula": by_formula}[scale]


def _changed(**changes):
    def response(frequency_hz, *, duration_s, sample_rate, order=4):
        now = {
            name: value(frequency_hz, order) if name in ("b_hz", "power") else value for name, value in changes.items()
        }
        return _response(frequency_hz, duration_s, sample_rate, order, **now)

    return response


def _width_by_order(frequency_hz, order):
    """The right b."""
    n = order
    return (
        (24.7 * (0.00437 * frequency_hz + 1))
        * math.factorial(n - 1) ** 2
        * 4 ** (n - 1)
        / (math.pi * math.factorial(2 * n - 2))
    )


IMPULSE = Exercise(
    name="gammatone/impulse_response",
    title="as wide as the ear, whatever the order",
    stars=2,
    kind="implement",
    task=r"""
The factor 1.019 belongs to order 4. `scipy.signal.gammatone` (1.17) keeps it for every order, and the cell below measures what becomes of the width. Write the impulse response of **any order** $n \ge 1$, at the times $t = 0, 1/f_s, 2/f_s, \dots$, `round(duration_s * sample_rate)` of them:

$$g(t) = a\,t^{\,n-1}\,e^{-2\pi b t}\cos(2\pi f t)$$

- $b$, in Hz, is such that the filter is as wide as the ear's, $\mathrm{ERB}(f) = 24.7\,(0.00437 f + 1)$ Hz. The equivalent rectangular bandwidth of a filter of order $n$ is $b\,\dfrac{\pi\,(2n-2)!}{4^{\,n-1}\,(n-1)!^{2}}$.
- $a$ is such that a tone at $f$ keeps its amplitude: $\left|\sum_t g(t)\,e^{-2\pi i f t}\right| = 1$, the sum taken over these samples.

At $t = 0$ order 1 begins with $0^0 = 1$, the others with 0. The durations hold some samples that are not 0. An array or a list comes out.
""",
    given="""import numpy as np
import scipy.signal

for order in (1, 2, 4, 8):
    response, _ = scipy.signal.gammatone(1000, "fir", order=order, numtaps=4000, fs=16_000)
    power = np.abs(np.fft.rfft(response, 160_000)) ** 2  # a bin every 0.1 Hz
    width_hz = 0.1 * power.sum() / power.max()  # area over height
    print(f"order {order}: {width_hz:3.0f} Hz wide; the ear's filter at 1,000 Hz: 133 Hz")""",
    start='''def gammatone_impulse_response(frequency_hz, *, duration_s, sample_rate, order=4):
    """The gammatone of any order, as wide as the ear's filter and with gain 1 at its centre."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="gammatone_impulse_response",
    spec=Function(cases=_filters, expected=_response_by_definition),
    reference=package.gammatone_impulse_response,
    hints=(
        "Begin with b: set the bandwidth of the filter, which has b in it, equal to ERB(f).",
        "For order 4 the fraction is 20π/64 = 0.98, so b is 1.0186 ERB(f). `math.factorial` does the rest.",
        "Leave a out, add up g(t) e^(−2πi f t) over the samples, and divide g by the magnitude of that sum.",
    ),
    wrongs=(
        Wrong(
            "1.019 for every order",
            "Order 4 is right but for a rounded digit, the others are not: 1.019 belongs to order 4. "
            "A filter of lower order has wider skirts, so its b must be smaller.",
            _changed(b_hz=lambda f, n: 1.019 * 24.7 * (0.00437 * f + 1)),
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
            "Order 4 is right, and the others come out as order 4: the argument is not used.",
            lambda frequency_hz, *, duration_s, sample_rate, order=4: _response(
                frequency_hz, duration_s, sample_rate, 4
            ),
        ),
    ),
    also_right=(
        _changed(),
        lambda frequency_hz, *, duration_s, sample_rate, order=4: list(
            _response(frequency_hz, duration_s, sample_rate, order).astype(np.float32)
        ),
        _changed(b_hz=_width_by_order),
    ),
)

# -------------------------------------------------------------------------------------------- listening


def _bell(center_hz, b_hz, duration_s, sample_rate):
    """A gammatone of order 4 and any width, unscaled, and its envelope."""
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    envelope = (b_hz * t) ** 3 * np.exp(-2 * np.pi * b_hz * t)
    return envelope * np.cos(2 * np.pi * center_hz * t), envelope


def three_clocks():
    """A clock through three filters at 1 kHz that differ in width, equally loud: A, B, C and the sampling rate."""
    from .. import audio

    ticks, sample_rate = audio.load("environment/clock", dtype=np.float64)
    ticks = ticks[: int(1.3 * sample_rate)]  # three of them
    b_hz = 1.019 * package.erb_bandwidth_hz(1000.0)
    n_fft = 2**16  # room for the ticks and for the longest response
    heard, spectrum = [], np.fft.rfft(ticks, n_fft)
    for factor in (2 * np.pi, 1 / (2 * np.pi), 1):
        response, _ = _bell(1000, factor * b_hz, 0.15, sample_rate)
        version = np.fft.irfft(spectrum * np.fft.rfft(response, n_fft))[: len(ticks)]
        heard.append(0.06 * version / np.sqrt(np.mean(version**2)))
    return heard, sample_rate


def _clocks_truth():
    """By how long each stays like itself: the lag at which the envelope of its autocorrelation falls to a half."""
    versions, sample_rate = three_clocks()
    lags = []
    for version in versions:
        power = np.abs(np.fft.rfft(version, 2**16)) ** 2  # room for lags up to 0.1 s
        correlation = np.abs(np.fft.irfft(power))[: sample_rate // 10]
        n_period = sample_rate // 1000
        periods = correlation[: len(correlation) // n_period * n_period].reshape(-1, n_period).max(axis=1)
        lags.append(np.flatnonzero(periods < periods[0] / 2)[0])
    by_lag = dict(zip(sorted(lags), ("wide", "right", "narrow"), strict=True))
    return [by_lag[lag] for lag in lags]


def clocks():
    a, b, c = "wide", "narrow", "right"
    return [a, b, c]


def _clocks_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="gammatone/three_clocks",
    title="what a wrong bandwidth sounds like",
    stars=1,
    kind="listen",
    task="""
A ticking clock through three gammatone filters of order 4, all at 1,000 Hz and played equally loud. One is as wide as the ear's, 133 Hz: **right**. In one the 2π in the decay was forgotten, so that it is about six times too **narrow**, 21 Hz. In one the 2π went in twice, so that it is about six times too **wide**, 833 Hz. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.gammatone import three_clocks

versions, sample_rate = three_clocks()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C, half a second apart. What does each tick do after it has begun?")""",
    start="""### BEGIN SOLUTION
clocks = ...  # three of "right", "narrow", "wide"
### END SOLUTION""",
    answer="clocks",
    spec=Value(truth=_clocks_truth, options=("right", "narrow", "wide")),
    reference=clocks,
    hints=(
        "What is narrow in frequency is long in time. Which of the three rings on?",
        "A filter 21 Hz wide makes a note of 1,000 Hz out of every tick. One that is 833 Hz wide leaves it short and dry.",
        "Sort the three by how long a tick lasts: the shortest is the widest filter.",
    ),
    wrongs=(
        Wrong(
            "narrow and wide exchanged",
            "It is the other way round: what rings on is narrow, what is over at once is wide.",
            _clocks_as("narrow", "wide", "right"),
        ),
        Wrong(
            "right and wide exchanged",
            "The note that rings on is found. Of the other two, compare how dry the ticks are: the wide filter "
            "passes more of the click and less of a pitch.",
            _clocks_as("right", "narrow", "wide"),
        ),
        Wrong(
            "right and narrow exchanged",
            "The driest is found. Of the other two, one has a pitch that goes on after each tick: that is the narrow one.",
            _clocks_as("wide", "right", "narrow"),
        ),
        Wrong(
            "A taken for narrow",
            "A does not ring: its ticks are the shortest of the three. A narrow filter goes on for tens of milliseconds.",
            _clocks_as("narrow", "right", "wide"),
        ),
        Wrong(
            "B taken for wide",
            "B cannot be wide: each of its ticks is a note that takes time to fade.",
            _clocks_as("right", "wide", "narrow"),
        ),
    ),
    also_right=(lambda: ("Wide", "Narrow", "Right"), lambda: np.array(["wide", "narrow", "right"])),
)

# ----------------------------------------------------------------------------------- reading a picture


def unknown_ear():
    """Times in ms, the impulse response of one place of an ear, and its envelope, both re the envelope's peak."""
    sample_rate = 100_000
    response, envelope = _bell(1250, 397.9, 0.006, sample_rate)
    return np.arange(len(response)) / 100, response / envelope.max(), envelope / envelope.max()


def _ear_truth():
    """The response alone: area over height of its power response, and where that is highest."""
    _, response, _ = unknown_ear()
    power = np.abs(np.fft.rfft(response, 100_000)) ** 2  # a bin every hertz
    frequency_hz = power.argmax()
    return power.sum() / power.max() / (24.7 * (4.37 * frequency_hz / 1000 + 1))


def times_as_wide():
    five_periods_ms, peak_ms = 4, 1.2  # read from the picture
    frequency_hz = 5 / five_periods_ms * 1000
    b_hz = 3 / (2 * np.pi * peak_ms) * 1000  # t³ e^(−2π b t) is highest where 3/t = 2π b
    return b_hz / 1.019 / package.erb_bandwidth_hz(frequency_hz)


def _read_as(*, frequency_hz=1250.0, order_less_one=3, turns=2 * np.pi, peak_s=1.2e-3):
    b_hz = order_less_one / (turns * peak_s)
    return b_hz / 1.019 / package.erb_bandwidth_hz(frequency_hz)


READ = Exercise(
    name="gammatone/unknown_ear",
    title="an ear that listens too widely",
    stars=2,
    kind="read",
    task="""
Where the cochlea is damaged, its filters are wider than those of a healthy ear (Glasberg & Moore 1986). The picture is the impulse response of one place of such an ear: a gammatone of order 4, its envelope dashed. Neither its centre nor its width is given; both can be read. **How many times as wide as a healthy ear's filter at the same centre is it?** (One number, within 8 %.)
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.gammatone import unknown_ear

time_ms, response, envelope = unknown_ear()
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(time_ms, response, label="response")
picture.axes[0].plot(time_ms, envelope, "--", label="envelope")
picture.axes[0].set(xlim=(0, 5), xticks=np.arange(0, 5.1, 0.4), xlabel="time in ms")
picture.axes[0].set(ylabel="re the envelope's peak")
picture.axes[0].legend()
picture.show("A dashed bell rises from 0, is highest at 1.2 ms, has faded by 4 ms; below it an oscillation, "
             "which takes 4 ms for five periods.")""",
    start="""### BEGIN SOLUTION
times_as_wide = ...
### END SOLUTION""",
    answer="times_as_wide",
    spec=Value(truth=_ear_truth, tolerance=0.08),
    reference=times_as_wide,
    hints=(
        "Two readings are enough: how long a period of the oscillation takes, and when the bell is highest.",
        "The bell is t³ e^(−2π b t). Where is its derivative 0? That gives b from the time of the peak.",
        "The peak stands at 3/(2π b), so b = 398 Hz, and the filter is b/1.019 wide. "
        "Divide by the ERB at the centre that the period gives.",
    ),
    wrongs=(
        Wrong(
            "n for n − 1",
            "The peak of t³ e^(−2π b t) stands at 3/(2π b): the power of t is the order less one.",
            lambda: _read_as(order_less_one=4),
        ),
        Wrong(
            "2π forgotten",
            "The 2π in the exponent is missing: the bell is highest at 3/(2π b), and b is in Hz.",
            lambda: _read_as(turns=1),
        ),
        Wrong(
            "half periods",
            "The oscillation was read at twice its frequency: from one zero to the next is half a period.",
            lambda: _read_as(frequency_hz=2500),
        ),
        Wrong(
            "the highest crest",
            "The oscillation's highest crest is at 1.6 ms, the top of the bell is not: read the dashed line.",
            lambda: _read_as(peak_s=1.6e-3),
        ),
        Wrong(
            "the width in hertz",
            "That is the width of this filter in Hz. Divide it by the width of a healthy ear's at the same centre.",
            lambda: 3 / (2 * np.pi * 1.2e-3) / 1.019,
        ),
        Wrong(
            "upside down",
            "That is the healthy ear's width over this one's: the filter is the wider of the two.",
            lambda: 1 / _read_as(),
        ),
        Wrong(
            "compared at 1 kHz",
            "That comes out if it is compared with the 133 Hz of a healthy ear at 1,000 Hz, or if the bell is taken to be "
            "highest at 1.0 ms. Read both again.",
            lambda: _read_as(frequency_hz=1000),
        ),
    ),
    also_right=(
        lambda: 2.45,
        lambda: (3 / (2 * math.pi * 0.0012)) / (1.0186 * 24.7 * (4.37 * 1.25 + 1)),
        lambda: np.array(390.5) / 159.6,
    ),
)

# --------------------------------------------------------------------------------- a click stood upright


def _upright_by_definition(bands, center_hz, *, sample_rate):
    early = np.zeros(np.shape(bands))
    for channel, hz in enumerate(center_hz):
        lag_s = 3 / (2 * math.pi * 1.019 * 24.7 * (4.37 * hz / 1000 + 1))
        lag = math.floor(sample_rate * lag_s + 0.5)
        for n in range(np.shape(bands)[-1] - lag):
            early[..., channel, n] = bands[..., channel, n + lag]
    return early


def _channels() -> list[Case]:
    rng = np.random.default_rng(13)
    counted = np.array([np.arange(1.0, 13), np.arange(21.0, 33)])
    moved = [[11, 12, *[0] * 10], [27, 28, 29, 30, 31, 32, *[0] * 6]]  # by 10.1 and by 6.4 samples
    few_hz, many_hz = np.array([200.0, 450]), np.array([5000.0, 90, 1200])
    bank = rng.standard_normal((3, 700))
    return [
        case(counted, few_hz, sample_rate=1000, says="two channels that lag by 10.1 and 6.4 ms", gives=moved),
        case(bank, many_hz, sample_rate=44_100, says="three channels in no order, at 44.1 kHz"),
        case(rng.standard_normal((2, 3, 60)), many_hz, sample_rate=2205, says="a batch of two signals"),
        case(counted[:1], few_hz[:1], sample_rate=1250, says="a lag of 12.65 in 12 samples", gives=[[0] * 12]),
        case(np.zeros((2, 9)), few_hz, sample_rate=1000, says="silence"),
    ]


def upright(bands, center_hz, *, sample_rate):
    b_hz = 1.019 * package.erb_bandwidth_hz(center_hz)
    lags = np.round(3 / (2 * np.pi * b_hz) * sample_rate).astype(int)
    early = np.zeros_like(bands)
    for channel, lag in enumerate(lags):
        kept = bands[..., channel, lag:]
        early[..., channel, : kept.shape[-1]] = kept
    return early


def _lagging(lags_of, *, later=False, wrap=False):
    """Shifts by other lags, or another way."""

    def shifted(bands, center_hz, *, sample_rate):
        n_time = np.shape(bands)[-1]
        moved = np.zeros(np.shape(bands))
        for channel, lag in enumerate(
            np.broadcast_to(lags_of(np.asarray(center_hz), sample_rate), np.shape(center_hz))
        ):
            source = np.arange(n_time) + (-1 if later else 1) * int(lag)
            inside = (source >= 0) & (source < n_time) | wrap
            moved[..., channel, inside] = np.asarray(bands)[..., channel, source[inside] % n_time]
        return moved

    return shifted


def _lags(center_hz, sample_rate, *, factor=3 / (2 * np.pi * 1.019)):
    return np.round(factor / package.erb_bandwidth_hz(center_hz) * sample_rate)


def _upright_by_take(bands, center_hz, *, sample_rate):
    n = np.arange(np.shape(bands)[-1]) + _lags(center_hz, sample_rate)[:, np.newaxis].astype(int)
    padded = np.concatenate([bands, np.zeros_like(bands)], axis=-1)
    last = padded.shape[-1] - 1
    return np.take_along_axis(padded, np.broadcast_to(np.minimum(n, last), np.shape(bands)), axis=-1)


UPRIGHT = Exercise(
    name="gammatone/upright",
    title="the click, stood upright",
    stars=2,
    kind="implement",
    task=r"""
The hook of the lecture sent a click through a bank, and the line bent: the envelope $t^3 e^{-2\pi b t}$ of a channel is highest at $3 / (2\pi b)$, with $b = 1.019\ \mathrm{ERB}(f)$ and $\mathrm{ERB}(f) = 24.7\,(0.00437 f + 1)$ Hz. To compare onsets across channels, take each channel's own lag off again.

Write `upright(bands, center_hz, sample_rate=…)`: outputs of a bank `(…, channel, time)`, the centre of each channel in Hz (an array, in any order), and the sampling rate in Hz come in. Each channel is moved **earlier** by its lag, **rounded to the nearest sample**; zeros follow at its end, and the shape stays. Leading axes are a batch. A lag may be longer than the signal, of which then nothing is left.
""",
    given="""import numpy as np

import course_utils as cu

click = np.zeros(640)
click[80] = 1  # at 5 ms
center_hz = cu.gammatone.erb_space_hz(f_min=80, f_max=7000, n_channels=48)[::-1]
bands = cu.gammatone.gammatone_filterbank(click, center_hz=center_hz, sample_rate=16_000)
scaled = bands / np.abs(bands).max(axis=1, keepdims=True)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].pcolormesh(np.arange(640) / 16 - 5, np.arange(48), scaled, cmap="gray")
picture.axes[0].set(xlabel="time after the click in ms", ylabel="centre")
picture.axes[0].set_yticks(range(0, 48, 10), [f"{hz:.0f} Hz" for hz in center_hz[::10]])
picture.axes[0].grid(visible=False)
picture.show("A bent wave: the top rows are strongest within 1 ms of the click, the bottom row after 13 ms.")""",
    start='''def upright(bands, center_hz, *, sample_rate):
    """Outputs of a bank (…, channel, time) in, the same with each channel's lag taken off out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="upright",
    spec=Function(cases=_channels, expected=_upright_by_definition),
    reference=upright,
    hints=(
        "Work out the lag of the channel at 1,000 Hz by hand, in ms and in samples at 16 kHz. Is it 3.5 ms?",
        "An array of whole numbers, one lag for each channel; then a loop over the channels, "
        "with `bands[..., channel, lag:]` as what is left of one.",
        "Begin with zeros of the shape of bands, and write what is left of each channel to its beginning. "
        "How many samples are left says the piece itself, also when there are none.",
    ),
    wrongs=(
        Wrong(
            "moved later",
            "The channels are moved the other way: the lag is there twice now. Sample n must get what stood at n + lag.",
            _lagging(_lags, later=True),
        ),
        Wrong(
            "wrapped round",
            "What is moved out at the beginning comes back at the end, as with np.roll: zeros belong there.",
            _lagging(_lags, wrap=True),
        ),
        Wrong(
            "order for order less one",
            "The lags are a third too long: t³ e^(−2π b t) is highest at 3/(2π b), and 4 is the order.",
            _lagging(lambda hz, rate: _lags(hz, rate, factor=4 / (2 * np.pi * 1.019))),
        ),
        Wrong(
            "2π missing",
            "The lags are 2π times too long: b is in Hz and stands with 2π in the exponent.",
            _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / 1.019)),
        ),
        Wrong(
            "ERB for b",
            "The lags are 2 % too long, which is some samples in low channels: b is 1.019 times the ERB.",
            _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / (2 * np.pi))),
        ),
        Wrong(
            "one lag for all",
            "All channels are moved by the lag of the first one, so that the wave stays bent: each has its own.",
            _lagging(lambda hz, rate: _lags(hz, rate)[:1]),
        ),
        Wrong(
            "rounded down",
            "Some channels stand a sample off: int(…) and astype(int) cut the digits off, the nearest sample is asked.",
            _lagging(lambda hz, rate: np.floor(3 / (2 * np.pi * 1.019) / package.erb_bandwidth_hz(hz) * rate)),
        ),
        Wrong(
            "seconds for samples",
            "Nothing has moved: the lags are in seconds, far below 1. In samples they are sample_rate times as many.",
            _lagging(lambda hz, rate: 0 * hz),
        ),
    ),
    also_right=(
        _upright_by_take,
        _lagging(_lags),
        lambda bands, center_hz, *, sample_rate: upright(bands, center_hz, sample_rate=sample_rate).tolist(),
    ),
)

# ----------------------------------------------------------------------------------------- a hair cell


def _hair_cell_by_definition(band, *, frame_length, hop_length, power):
    band = np.asarray(band)
    rows = []
    for signal in band.reshape(-1, band.shape[-1]):
        rates, start = [], 0
        while start + frame_length <= len(signal):
            total = 0.0
            for n in range(start, start + frame_length):
                total += signal[n] if signal[n] > 0 else 0.0
            rates.append((total / frame_length) ** power)
            start += hop_length
        rows.append(rates)
    return np.array(rows).reshape(*band.shape[:-1], -1)


def _motions() -> list[Case]:
    rng = np.random.default_rng(17)
    by_hand = np.array([4.0, -2, 0, 0, -8, 16])
    return [
        case(by_hand, frame_length=4, hop_length=2, power=0.5, says="six samples, two frames", gives=[1, 2]),
        case(by_hand, frame_length=2, hop_length=3, power=1, says="gaps between frames, no compression", gives=[2, 0]),
        case(rng.standard_normal(53), frame_length=10, hop_length=4, power=0.3, says="53 samples, a rest left out"),
        case(rng.standard_normal((2, 3, 20)), frame_length=7, hop_length=3, power=0.3, says="a batch of two by three"),
        case(rng.standard_normal(9), frame_length=9, hop_length=4, power=0.25, says="exactly one frame"),
        case(-np.ones(8), frame_length=4, hop_length=4, power=0.3, says="motion to one side only", gives=[0, 0]),
        case(np.zeros(6), frame_length=3, hop_length=3, power=0.3, says="silence", gives=[0, 0]),
    ]


def hair_cell(band, *, frame_length, hop_length, power):
    rectified = np.maximum(band, 0)
    n_frames = 1 + (rectified.shape[-1] - frame_length) // hop_length
    starts = [m * hop_length for m in range(n_frames)]
    means = [rectified[..., start : start + frame_length].mean(axis=-1) for start in starts]
    return np.stack(means, axis=-1) ** power


def _frames(band, frame_length, hop_length):
    return np.lib.stride_tricks.sliding_window_view(band, frame_length, axis=-1)[..., ::hop_length, :]


def _cell(of_frames):
    """A hair cell that does something else with its frames (…, frame, time)."""

    def cell(band, *, frame_length, hop_length, power):
        return of_frames(_frames(np.asarray(band), frame_length, hop_length), power)

    return cell


def _unrectified(frames, power):
    with np.errstate(invalid="ignore"):
        return frames.mean(axis=-1) ** power


def _in_db(frames, power):
    with np.errstate(divide="ignore"):
        return 20 * np.log10(np.maximum(frames, 0).mean(axis=-1))


def _cell_with_padded_rest(band, *, frame_length, hop_length, power):
    n_time = np.shape(band)[-1]
    rest = -(n_time - frame_length) % hop_length
    padded = np.concatenate([band, np.zeros((*np.shape(band)[:-1], rest))], axis=-1)
    return hair_cell(padded, frame_length=frame_length, hop_length=hop_length, power=power)


def _cell_by_rows(band, *, frame_length, hop_length, power):
    if np.ndim(band) > 1:
        options = {"frame_length": frame_length, "hop_length": hop_length, "power": power}
        return [_cell_by_rows(row, **options) for row in band]
    found = []
    for start in range(0, len(band) - frame_length + 1, hop_length):
        positive = [value for value in band[start : start + frame_length] if value > 0]
        found.append((sum(positive) / frame_length) ** power)
    return found


HAIR_CELL = Exercise(
    name="gammatone/hair_cell",
    title="what the nerve is told",
    stars=2,
    kind="implement",
    task=r"""
One channel of a bank swings both ways; a hair cell answers to one direction only, too slowly to follow single periods, and to large motions less than in proportion. As in the lecture's cochleagram,

$$c[m] = \Big(\frac{1}{L}\sum_{n=0}^{L-1}\max(y[mH + n],\,0)\Big)^{p}$$

with $L$ = `frame_length` and $H$ = `hop_length` in samples, and $p$ = `power` above 0 and up to 1. Frame $m$ begins at sample $mH$; only frames that lie in the signal as a whole count, and a shorter rest is left out. Signals `(…, time)` come in, at least a frame long, and `(…, frames)` comes out; $H$ may be larger than $L$. The signal itself must stay as it was.
""",
    start='''def hair_cell(band, *, frame_length, hop_length, power):
    """Motion (…, time) in, what the nerve is told (…, frames) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="hair_cell",
    spec=Function(cases=_motions, expected=_hair_cell_by_definition),
    reference=hair_cell,
    hints=(
        "There are three steps, and their order matters: which is done to samples, which to frames, "
        "and which to what is left of a frame?",
        "How many frames of length L at steps of H fit into N samples? Try N = 6, L = 4, H = 2 by hand.",
        "Set what is below 0 to 0 (in a copy), take the mean of each frame along the last axis, "
        "then raise to the power.",
    ),
    wrongs=(
        Wrong(
            "full-wave",
            "Both directions count here: that is full-wave rectification. A hair cell answers to one, "
            "so what is negative becomes 0.",
            _cell(lambda frames, p: np.abs(frames).mean(axis=-1) ** p),
        ),
        Wrong(
            "compressed before the mean",
            "Each sample is compressed and then the mean is taken. Here the mean over the frame comes first, "
            "and the power is applied to the mean.",
            _cell(lambda frames, p: (np.maximum(frames, 0) ** p).mean(axis=-1)),
        ),
        Wrong(
            "rectified after the mean",
            "The mean is taken before what is negative becomes 0: both directions of an oscillation cancel, "
            "and little is left to rectify.",
            _cell(lambda frames, p: np.maximum(frames.mean(axis=-1), 0) ** p),
        ),
        Wrong(
            "root mean square",
            "That is the root mean square of the rectified motion, as a gammatonegram would take it; "
            "the plain mean is asked.",
            _cell(lambda frames, p: np.sqrt((np.maximum(frames, 0) ** 2).mean(axis=-1)) ** p),
        ),
        Wrong(
            "mean of the positive samples",
            "The sum is divided by the number of positive samples. A frame has L samples, "
            "and those that became 0 count as well.",
            _cell(lambda frames, p: (np.maximum(frames, 0).sum(-1) / np.maximum((frames > 0).sum(-1), 1)) ** p),
        ),
        Wrong(
            "sum",
            "The sum over the frame is not divided by its length, so that longer frames seem louder.",
            _cell(lambda frames, p: np.maximum(frames, 0).sum(axis=-1) ** p),
        ),
        Wrong(
            "rest padded",
            "There is a frame too many: the rest at the end is filled with zeros. A rest that fills no frame is left out.",
            _cell_with_padded_rest,
        ),
        Wrong(
            "last frame missing",
            "The last frame is missing: where one frame fits there is 1, and another one for each whole hop that is left.",
            lambda band, *, frame_length, hop_length, power: hair_cell(
                band, frame_length=frame_length, hop_length=hop_length, power=power
            )[..., :-1],
        ),
        Wrong(
            "not rectified",
            "Nothing is rectified: the mean of an oscillation is near 0, and where it is negative "
            "a power such as 0.3 of it is no number.",
            _cell(_unrectified),
        ),
        Wrong(
            "in dB",
            "These are decibels: silence becomes −∞. A power is asked, which leaves zero at zero.",
            _cell(_in_db),
        ),
        Wrong(
            "not compressed",
            "The power is missing: these are the means of the rectified motion.",
            _cell(lambda frames, p: np.maximum(frames, 0).mean(axis=-1)),
        ),
    ),
    also_right=(
        _cell_by_rows,
        _cell(lambda frames, p: np.where(frames > 0, frames, 0).mean(axis=-1) ** p),
        _cell(
            lambda frames, p: ((np.abs(frames) + frames).sum(axis=-1) / (2 * frames.shape[-1])).astype(np.float32) ** p
        ),
    ),
)

# ---------------------------------------------------------------------------------------------- design

LOWEST_HZ, HIGHEST_HZ, RIPPLE_DB, MOST = 200.0, 6000.0, 3.0, 32


def _erb_grid():
    """The band that is to be covered, a hundredth of an ERB at a time, and how far each point is from its edges."""
    low, high = package.hz_to_erb_rate(np.array([LOWEST_HZ, HIGHEST_HZ]))
    points = np.linspace(low, high, 2490)
    return package.erb_rate_to_hz(points), np.minimum(points - low, high - points)


def _summed_db(center_hz):
    frequency_hz, from_edge = _erb_grid()
    centre = np.asarray(center_hz, float)[:, np.newaxis]
    off = (frequency_hz - centre) / (1.019 * package.erb_bandwidth_hz(centre))
    return frequency_hz, from_edge, 10 * np.log10(np.sum((1 + off**2) ** -4, axis=0))


def _not_centres(center_hz):
    center_hz = np.asarray(center_hz)
    if center_hz.ndim != 1 or center_hz.size == 0 or center_hz.dtype.kind not in "iuf":
        return f"A list of centres in Hz is asked, got shape {center_hz.shape} and dtype {center_hz.dtype}."
    return None if np.isfinite(center_hz).all() else "Some of the centres are NaN or infinite."


def _beyond_hearing(center_hz):
    outside = [hz for hz in np.asarray(center_hz, float) if not 20 <= hz <= 20_000]
    return f"A centre stands at {outside[0]:.4g}: they must lie between 20 and 20,000 Hz." if outside else None


def _too_many(center_hz):
    if len(center_hz) > MOST:
        return f"{len(center_hz)} channels; at most {MOST} are accepted, which is more than one for each ERB."
    return None


def _edge_uncovered(center_hz):
    frequency_hz, from_edge, level_db = _summed_db(center_hz)
    lowest = level_db.argmin()
    if np.ptp(level_db) > RIPPLE_DB and from_edge[lowest] < 0.3:
        return (
            f"The sum falls off at an edge of the band: at {frequency_hz[lowest]:.0f} Hz it is {np.ptp(level_db):.1f} dB "
            f"below its highest point, and at most {RIPPLE_DB:g} dB are allowed."
        )
    return None


def _ripple(center_hz):
    frequency_hz, _, level_db = _summed_db(center_hz)
    low, high = frequency_hz[[level_db.argmin(), level_db.argmax()]]
    if np.ptp(level_db) > RIPPLE_DB:
        return (
            f"The sum varies by {np.ptp(level_db):.2f} dB: it is lowest at {low:.0f} Hz, in a gap, "
            f"and highest at {high:.0f} Hz; at most {RIPPLE_DB:g} dB are allowed."
        )
    return None


def fewest_centres():
    """Equal steps of the ERB scale; the outermost flanks reach the edges from 0.4 ERB inside."""
    lowest = package.hz_to_erb_rate(LOWEST_HZ) + 0.4
    highest = package.hz_to_erb_rate(HIGHEST_HZ) - 0.4
    return package.erb_rate_to_hz(np.linspace(lowest, highest, 20))


def _with_both_ends(n_channels):
    low, high = package.hz_to_erb_rate(np.array([LOWEST_HZ, HIGHEST_HZ]))
    return package.erb_rate_to_hz(np.linspace(low, high, n_channels))


DESIGN = Exercise(
    name="gammatone/fewest_centres",
    title="the fewest channels without a hole",
    stars=3,
    kind="design",
    task=r"""
How many channels does a bank need? A tone that glides from 200 to 6,000 Hz should be seen equally well all the way: the powers of all channels together,

$$S(\nu) = \sum_i \Big(1 + \big(\tfrac{\nu - f_i}{b_i}\big)^2\Big)^{-4}, \qquad b_i = 1.019\ \mathrm{ERB}(f_i)$$

(the power response of gammatones of order 4, without the mirror image at −f), may vary by **at most 3 dB** between 200 and 6,000 Hz, both included. Give a list of centres in Hz, in any order, with as **few** channels as you can: 32 are the most that is accepted, and it can be done with fewer channels than there are ERBs in the band, 24.9. A centre may stand anywhere from 20 to 20,000 Hz.

The cell below draws the sum for the centres that the course's `erb_space_hz` gives. Change them there, and watch.
""",
    given='''import numpy as np

import course_utils as cu


def summed_db(center_hz, frequency_hz):
    """The powers of all channels together, in dB."""
    center_hz = np.asarray(center_hz)[:, np.newaxis]
    off = (frequency_hz - center_hz) / (1.019 * cu.gammatone.erb_bandwidth_hz(center_hz))
    return 10 * np.log10(np.sum((1 + off**2) ** -4, axis=0))


frequency_hz = np.geomspace(200, 6000, 4000)
first_try = cu.gammatone.erb_space_hz(f_min=200, f_max=6000, n_channels=24)
level_db = summed_db(first_try, frequency_hz)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].semilogx(frequency_hz, level_db)
picture.axes[0].set_xticks([200, 500, 1000, 2000, 6000], ["200", "500", "1000", "2000", "6000"])
picture.axes[0].minorticks_off()
picture.axes[0].set(xlabel="frequency in Hz", ylabel="summed power in dB", ylim=(-16, 4))
picture.show(f"The sum of {len(first_try)} channels varies by {np.ptp(level_db):.1f} dB: "
             "small waves up to the last centre, and a fall from there to 6,000 Hz.")''',
    start="""### BEGIN SOLUTION
center_hz = ...
### END SOLUTION""",
    answer="center_hz",
    spec=Design(
        properties=(
            Property("no list of centres", _not_centres),
            Property("centres beyond hearing", _beyond_hearing),
            Property("too many channels", _too_many),
            Property("an edge uncovered", _edge_uncovered),
            Property("too much ripple", _ripple),
        ),
        score=len,
        unit="channels",
        # Minimax by a sequence of linear programmes from ten starts: 20 centres come to 2.80 dB, 19 never below 3.26 dB.
        best=20,
    ),
    reference=fewest_centres,
    hints=(
        "`erb_space_hz` leaves f_max out. What should its f_max be, so that the first centre stands at 6,000 Hz?",
        "With a centre at each end, equal steps of the ERB-rate scale do it with 21. "
        "Is the sum at its lowest at the edges, or in the gaps? Draw it.",
        "The outermost channels also cover what lies outside the band, where nothing is asked. Move both inward by some "
        "tenths of an ERB, and the gaps close enough for one channel less.",
    ),
    wrongs=(
        Wrong("no list of centres", "", lambda: 20),
        Wrong("centres beyond hearing", "", lambda: [0.0, *_with_both_ends(21)]),
        Wrong("too many channels", "", lambda: _with_both_ends(40)),
        Wrong("an edge uncovered", "", lambda: package.erb_space_hz(f_min=200, f_max=6000, n_channels=24)),
        Wrong("too much ripple", "", lambda: _with_both_ends(19)),
    ),
    also_right=(
        lambda: _with_both_ends(21),
        lambda: np.round(fewest_centres()).astype(int).tolist(),
        lambda: sorted(_with_both_ends(30), reverse=True),
    ),
)

EXERCISES = (TELEPHONE, SPACE, IMPULSE, LISTEN, READ, UPRIGHT, HAIR_CELL, DESIGN)

# ------------------------------------------------------------------------------------------- questions


def _proof_bands_below_500():
    from .. import mel

    erb_bands = 64 * package.hz_to_erb_rate(500.0) / package.hz_to_erb_rate(8000.0)
    mel_bands = 64 * mel.hz_to_mel(500.0) / mel.hz_to_mel(8000.0)
    assert (round(float(mel_bands)), round(float(erb_bands))) == (11, 21)


def _envelope(signal):
    spectrum = np.fft.fft(signal)
    spectrum[len(signal) // 2 + 1 :] = 0
    return 2 * np.abs(np.fft.ifft(spectrum))


def _valley_db(course):
    """How deep the lowest point between the highest of each half lies below the lower of the two."""
    middle = len(course) // 2
    left, after = course[:middle].argmax(), middle + course[middle:].argmax()
    return 20 * np.log10(course[left : after + 1].min() / min(course[left], course[after]))


def _proof_two_clicks():
    pair = np.zeros(1100)
    pair[[200, 420]] = 1  # as in test_signals/clicks: 5 ms apart
    four = package.gammatone_filterbank(pair, center_hz=[200.0, 1000, 4000, 8000], sample_rate=44_100)
    low, middle, high, highest = (_valley_db(_envelope(response)[200:620]) for response in four)
    assert low > -1 and -4 < middle < -2 and high < -60 and highest < -60


def _proof_fft_click():
    click = np.zeros(16_000)
    click[8000] = 1
    grid = {"sample_rate": 16_000, "window_s": 0.005, "hop_s": 0.001}
    lags = []
    for method in package.METHODS:
        levels = package.gammatonegram(click, method=method, **grid)
        lags.append(levels[0].argmax() - levels[-1].argmax())
    assert lags == [17, 0]


def _proof_footsteps():
    assert round(10**0.3, 2) == 2.0 and round(10**0.7, 1) == 5.0


def _proof_tones_and_clicks():
    t = np.arange(26_460) / 44_100  # 0.6 s
    two = 0.2 * np.sin(2 * np.pi * 200 * t) + 0.2 * np.sin(2 * np.pi * 285 * t)
    bank = package.gammatone_filterbank(two, center_hz=np.geomspace(150, 400, 30), sample_rate=44_100)
    assert _valley_db(np.sqrt(np.mean(bank[:, 8820:] ** 2, axis=1))) < -4


def _proof_erb():
    assert round(float(package.erb_bandwidth_hz(1000.0))) == 133


def _proof_rings():
    click = np.zeros(4000)
    click[0] = 1
    bank = package.gammatone_filterbank(click, center_hz=[80.0, 1000, 7000], sample_rate=16_000)
    peaks_ms = [np.abs(band).argmax() / 16 for band in bank]
    assert peaks_ms[0] > 12 and 3 < peaks_ms[1] < 4 and peaks_ms[2] < 1


def _proof_peak():
    assert np.isclose(1000 * 3 / (2 * np.pi * 1.019 * package.erb_bandwidth_hz(1000.0)), 3.53, atol=0.01)
    assert round(1000 / float(package.erb_bandwidth_hz(1000.0)), 1) == 7.5
    assert round(1000 * 3 / (1.019 * float(package.erb_bandwidth_hz(1000.0)))) == 22


def _proof_unstable():
    from scipy.signal import gammatone

    for frequency_hz, sample_rate, stable in ((60, 44_100, False), (1000, 16_000, True)):
        poles = np.roots(gammatone(frequency_hz, "iir", fs=sample_rate)[1])
        assert (np.abs(poles).max() < 1) == stable


def _proof_thousandfold():
    assert round(1000**0.3) == 8 and round(20 * np.log10(1000)) == 60


QUESTIONS = (
    Question(
        name="bands_below_500",
        kind="predict",
        text="Of 64 bands up to 8 kHz, how many lie below 500 Hz with Slaney's mel, and how many with the ERB-rate scale?",
        options=(
            wrong(
                "11 and 11", "Both scales bend, but not alike: mel is linear up to 1 kHz, the ERB-rate bends at 229 Hz."
            ),
            right("11 and 21", "A band at 100 Hz is 35 Hz wide, one at 4 kHz 456 Hz: a third of all lie below 500 Hz."),
            wrong("21 and 11", "It is the other way round: mel is the one that spends fewer bands on the bottom."),
        ),
        proof=_proof_bands_below_500,
    ),
    Question(
        name="two_clicks",
        kind="predict",
        text="At which of the four places are the clicks two, with silence between?",
        options=(
            wrong("at all four", "At 200 Hz a filter rings for more than 20 ms, and the clicks are 5 ms apart."),
            wrong(
                "at 1,000, 4,000 and 8,000 Hz",
                "At 1,000 Hz the first answer is strongest after 3.5 ms and not over when the second begins.",
            ),
            right(
                "at 4,000 and 8,000 Hz",
                "There bands are wide and answers short: the first has died away before the second click comes.",
            ),
            wrong(
                "at none",
                "The higher the place, the wider its band and the shorter its answer: at 4 kHz it is 20 dB down after 3 ms.",
            ),
        ),
        proof=_proof_two_clicks,
    ),
    Question(
        name="fft_click",
        kind="predict",
        text="Does the gammatonegram that is made from an FFT bend, too?",
        options=(
            wrong(
                "yes, as much",
                "Its weights have the width of the filters, and not their delay: they are only magnitudes.",
            ),
            wrong("yes, half as much", "A weight makes a bin larger or smaller; it cannot make it later."),
            right("no", "One window serves all frequencies, so the click is in the same frames in every row."),
        ),
        proof=_proof_fft_click,
    ),
    Question(
        name="footsteps",
        kind="predict",
        text="Amplitudes differ tenfold. By which factor after the power 0.3?",
        options=(
            right("2", "10 to the power 0.3 is 2.0: twenty decibels become six."),
            wrong("5", "That would be the power 0.7; 0.3 compresses more."),
            wrong("10", "Only the power 1 leaves the factor as it is."),
        ),
        proof=_proof_footsteps,
    ),
    Question(
        name="neighbours",
        kind="predict",
        text="Which bands find most often a neighbour of the same kind?",
        options=(
            wrong(
                "gammatone, by far",
                "They resemble an ear's, but a distance in dB between two means is no ear: mel does as well here.",
            ),
            right(
                "mel and gammatone about alike, in two of three",
                "A little ahead of the linear bands, by less than so few clips can show.",
            ),
            wrong("linear, by far", "They spend most of their 64 bands above 1 kHz, and come out a little behind."),
            wrong("all near chance", "Chance would be two of five, as more than half of the clips are speech."),
        ),
    ),
    Question(
        name="tones_and_clicks",
        kind="predict",
        text="Which picture shows both pairs as two: the tones 85 Hz apart, and the clicks 5 ms apart?",
        options=(
            wrong("the STFT", "Its window of 23 ms is too short for the tones, and too long for the clicks."),
            wrong("mel", "It adds up bins of that STFT: what is one there stays one."),
            right(
                "gammatone",
                "It rings long at 200 Hz, where the tones are, and briefly at 4 kHz, where the clicks are seen.",
            ),
            wrong("none", "No single window does it. A bank has another one at every place."),
        ),
        proof=_proof_tones_and_clicks,
    ),
    Question(
        name="erb_meaning",
        text="What does an ERB of 133 Hz at 1,000 Hz say?",
        options=(
            wrong(
                "Tones 133 Hz apart cannot be told apart in pitch",
                "One after the other, listeners tell tones at 1 kHz apart that differ by a few hertz. "
                "The ERB is about sounds at the same time.",
            ),
            right(
                "Noise within about 133 Hz around a tone hides it, noise further away hardly does",
                "That is how it was measured: a slit in the noise helps while it is narrower than the band.",
            ),
            wrong(
                "The ear has a filter every 133 Hz",
                "Filters overlap; the ERB is the width of one, not the distance to the next.",
            ),
        ),
        proof=_proof_erb,
    ),
    Question(
        name="against_mel",
        text="Up to 8 kHz, and compared with Slaney's mel, how many bands does the ERB-rate scale give to what lies below 500 Hz?",
        options=(
            right("about twice as many", "21 of 64 against 11."),
            wrong("fewer", "It is mel that has fewer there: 11 of 64 against 21."),
            wrong(
                "as many, up to a factor for all frequencies",
                "The scales differ in shape: mel is linear up to 1 kHz and the ERB-rate is not.",
            ),
        ),
        proof=_proof_bands_below_500,
    ),
    Question(
        name="rings_longest",
        text="A click is sent through the bank. Which channel rings longest?",
        options=(
            wrong(
                "all alike, the filters have the same order",
                "The order shapes the response, the bandwidth sets its duration.",
            ),
            wrong("the highest", "It is the widest, and strongest within a millisecond."),
            right("the lowest", "It is the narrowest, and what is narrow in frequency is long in time."),
        ),
        proof=_proof_rings,
    ),
    Question(
        name="peak_at_1k",
        text="A click at 0 ms reaches the channel at 1,000 Hz (order 4, ERB 133 Hz). When is its envelope highest?",
        options=(
            wrong("at 0 ms", "t³ is 0 there: the envelope rises before it decays."),
            right("at 3.5 ms", "At 3/(2π b) with b = 1.019 · 133 Hz."),
            wrong("at 7.5 ms", "That is 1/ERB, the right order of size; the peak of t³ e^(−2π b t) is at 3/(2π b)."),
            wrong("at 22 ms", "The 2π is missing: the envelope decays with e^(−2π b t), and b is in Hz."),
        ),
        proof=_proof_peak,
    ),
    Question(
        name="fft_form",
        text="When is the FFT form of the gammatonegram a poor stand-in?",
        options=(
            wrong("for the average spectrum of a sentence", "There it is a fair and faster approximation."),
            wrong(
                "for stationary noise",
                "Levels differ by a constant that depends on the band, but nothing in time is at stake.",
            ),
            right(
                "for the timing of onsets at different frequencies",
                "It has one window for all frequencies and no delay between channels.",
            ),
        ),
        proof=_proof_fft_click,
    ),
    Question(
        name="nan_at_60",
        text="Your gammatone filter grows without bounds at 60 Hz and works at 1 kHz. First suspicion?",
        options=(
            wrong(
                "the recording is too loud", "A linear filter does not care: twice the input gives twice the output."
            ),
            right(
                "the sections were multiplied out into one polynomial",
                "Four nearly equal pairs of poles near the circle do not survive the rounding of its coefficients.",
            ),
            wrong(
                "the sampling rate is too low", "A higher rate makes it worse: it moves the poles nearer to the circle."
            ),
        ),
        proof=_proof_unstable,
    ),
    Question(
        name="thousandfold",
        text="Two sounds differ a thousandfold in amplitude. What is left of that after the power 0.3?",
        options=(
            right("a factor of 8", "1,000 to the power 0.3 is 7.9: 60 dB become 18 dB."),
            wrong(
                "a factor of 300",
                "A power is no product: the exponent multiplies the decibels, 0.3 times 60 dB is 18 dB.",
            ),
            wrong(
                "a difference of 18",
                "That is what a logarithm would make of it. A power keeps factors: 18 dB are a factor of 8.",
            ),
        ),
        proof=_proof_thousandfold,
    ),
)
