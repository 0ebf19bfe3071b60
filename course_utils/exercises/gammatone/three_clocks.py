import numpy as np

from ... import gammatone as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _bell


def three_clocks():
    """A clock through three filters at 1 kHz that differ in width, equally loud: A, B, C and the sampling rate."""
    from ... import audio

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


EXERCISE = Exercise(
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
    form='three of "right", "narrow", "wide"',
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
    after="At work send one click through the bank: at 1,000 Hz the envelope of a filter as wide as the ear's is 60 dB down "
    "after 17 ms.",
    also_right=(lambda: ("Wide", "Narrow", "Right"), lambda: np.array(["wide", "narrow", "right"])),
)
