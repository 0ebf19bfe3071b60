"""What the questions of dft claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import dft as package


def _leakage(window, offset_bins):
    """The highest leakage of a window near a distance in bins, dB re the peak."""
    offsets = np.arange(offset_bins - 2, offset_bins + 2, 1 / 16)
    return package.leakage_db(package.window(window, 1024), offsets).max()


def quarter_period():
    t_s = np.arange(100) / 100
    delayed = np.cos(2 * np.pi * 3 * (t_s - 1 / 12))
    assert abs(np.sum(delayed * np.cos(2 * np.pi * 3 * t_s))) < 1e-9


def five_turns():
    spectrum = np.fft.fft(np.cos(2 * np.pi * 5 * np.arange(32) / 32))
    assert np.allclose(spectrum[[5, 27]], 16) and np.count_nonzero(np.abs(spectrum) > 1e-9) == 2


def half_bin():
    level = np.abs(np.fft.rfft(np.cos(2 * np.pi * 16.5 * np.arange(256) / 256)))
    assert len(level) == 129 and level.min() > level.max() / 1000


def weak_tone():
    for window, shown in (("rectangular", False), ("hamming", False), ("hann", True), ("kaiser", True)):
        assert (_leakage(window, 20) < -70) == shown


def bin_125():
    assert package.frequencies_hz(1000, sample_rate=8000)[125] == 1000
    assert round(125 * 8000 / 501) == 1996


def bin_40():
    assert np.isclose(abs(np.fft.fft(np.cos(2 * np.pi * 40 * np.arange(512) / 512))[40]), 256)


def padding():
    full = 1000 + 100 - 1
    assert full == 1099 and full - 1024 == 75


def hum():
    assert _leakage("hann", 35) < -90 and _leakage("kaiser", 35) < -90
    assert -42 < _leakage("rectangular", 35) < -38 and -59 < _leakage("hamming", 35) < -55
