import math

import numpy as np

from ... import descriptors as package
from ...practice.model import Exercise, Value, Wrong


def _reported_truth():
    from ... import sound

    sung = sound.vowel("ɑ", fundamental_hz=640, duration_s=0.4, sample_rate=16_000)
    found_hz, _ = package.yin(sung, sample_rate=16_000, f_min=60, f_max=300)
    return float(np.median(found_hz))


def reported_hz():
    f0_hz, f_max = 640, 300
    n_periods = math.ceil(f0_hz / f_max)  # the fewest whose length is allowed
    return f0_hz / n_periods


EXERCISE = Exercise(
    title="a soprano, tracked with the settings for a bass",
    stars=1,
    kind="predict",
    task="""
A pitch tracker was set up for a bass: YIN with `f_min=60`, `f_max=300` Hz and a threshold of 0.1. Then a soprano sings a steady, clean note of 640 Hz. **Which frequency in Hz is reported?** (Within 1 %. Nothing warns, and the aperiodicity is near 0.)
""",
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
            "five periods",
            "Five periods fit as well, and so do fewer: YIN takes the first dip.",
            lambda: 640 / 5,
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
    after="Nothing in the reading shows that it is a twelfth too low, so choose `f_max` from the highest note you expect.",
    also_right=(lambda: np.float32(213.3), lambda: 1000 / 4.69),
)
