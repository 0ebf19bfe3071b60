import math

import numpy as np

from ... import gammatone as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _bell


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


EXERCISE = Exercise(
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
heights = [f"{envelope[40 * k]:.3f} at {0.4 * k:.1f}" for k in range(13)]
falls = np.flatnonzero((response[:-1] > 0) & (response[1:] <= 0))[:6] + 1
picture.show("The dashed line, height at time in ms: " + ", ".join(heights) + ". The solid line swings within it, "
             "and falls through 0 at " + ", ".join(f"{time_ms[k]:.1f}" for k in falls) + " ms.")""",
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
            "That is less than 1, and this filter is the wider of the two: the quotient is upside down, or 2π divides twice.",
            (lambda: 1 / _read_as(), lambda: _read_as() / (2 * np.pi)),
        ),
        Wrong(
            "compared at 1 kHz",
            "That comes out if it is compared with the 133 Hz of a healthy ear at 1,000 Hz, or if the bell is taken to be "
            "highest at 1.0 ms. Read both again.",
            lambda: _read_as(frequency_hz=1000),
        ),
        Wrong(
            "the healthy ear's width",
            "That is the width in Hz of a healthy ear's filter at this centre: how many times as wide is the one in the picture?",
            lambda: package.erb_bandwidth_hz(1250.0),
        ),
        Wrong(
            "the centre",
            "That is the centre in Hz; the quotient of two widths is asked.",
            lambda: 1250,
        ),
        Wrong(
            "two periods for one",
            "The oscillation was read at half its frequency: a period goes from one crest to the next.",
            lambda: _read_as(frequency_hz=625),
        ),
    ),
    after="Beside a tone in white noise such a filter admits 3.9 dB more of the noise than a healthy ear's.",
    also_right=(
        lambda: 2.45,
        lambda: (3 / (2 * math.pi * 0.0012)) / (1.0186 * 24.7 * (4.37 * 1.25 + 1)),
        lambda: np.array(390.5) / 159.6,
    ),
)
