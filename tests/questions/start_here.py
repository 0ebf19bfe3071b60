"""What the questions of start_here claim, computed. A function proves the question of its name."""

import numpy as np


def half_as_loud():
    assert round(20 * np.log10(0.5)) == -6
    n_steps = np.log(10 ** (-10 / 20)) / np.log(0.5)  # 10 dB in halvings of the amplitude
    assert 1.6 < n_steps < 1.7


def reversed():
    x = np.random.default_rng(0).standard_normal(512)
    assert np.allclose(np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(x[::-1])))
