"""What several exercises of this topic use."""

import numpy as np


def _bell(center_hz, b_hz, duration_s, sample_rate):
    """A gammatone of order 4 and any width, unscaled, and its envelope."""
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    envelope = (b_hz * t) ** 3 * np.exp(-2 * np.pi * b_hz * t)
    return envelope * np.cos(2 * np.pi * center_hz * t), envelope
