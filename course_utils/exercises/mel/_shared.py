"""What several exercises of this topic use."""

import math

import numpy as np


def _mel_of(frequency_hz, scale):
    """The lecture's formulas, for one frequency."""
    if scale == "htk":
        return 2595 * math.log10(1 + frequency_hz / 700)
    if frequency_hz < 1000:
        return 3 * frequency_hz / 200
    return 15 + 27 * math.log(frequency_hz / 1000) / math.log(6.4)


def _hz_by_bisection(mel, *, scale):
    """The frequency whose mel it is, found by halving an interval, without any inverse formula."""
    found = []
    for pitch in np.ravel(mel):
        low, high = 0.0, 100_000.0
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (middle, high) if _mel_of(middle, scale) < pitch else (low, middle)
        found.append(round(high, 9))
    return np.reshape(found, np.shape(mel))


def _scales_as(*words):
    return lambda: list(words)
