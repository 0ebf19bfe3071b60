"""The MDCT: its definition, perfect reconstruction, Parseval, and what one frame alone cannot give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.mdct import imdct, mdct, mdct_of_frame
from tests.hostile import COUNT, SIGNAL, SPECTRUM, VECTOR, refusals
from tests.support import random_signal

LENGTHS = st.integers(1, 300)
BINS = st.integers(1, 40).map(lambda n: 2 * n)


@given(LENGTHS, BINS, st.sampled_from([np.float32, np.float64]))
def test_the_signal_comes_back(n, n_bins, dtype):
    x = random_signal(2, n, seed=n).astype(dtype) if n < 16 * 8 else random_signal(n, seed=n).astype(dtype)
    spectrum = mdct(x, n_bins)
    assert spectrum.dtype == dtype and spectrum.shape == (*x.shape[:-1], n_bins, -(-n // n_bins) + 1)
    back = imdct(spectrum, length=n)
    assert back.dtype == dtype and back.shape == x.shape
    assert np.abs(back - x).max() < (1e-12 if dtype == np.float64 else 1e-5)


@given(LENGTHS, BINS)
def test_energy_is_kept(n, n_bins):
    """Where the signal ends in a full frame of zeros, the two sums are equal, and so are those of any difference."""
    x = np.pad(random_signal(n, seed=n), (0, 2 * n_bins))
    assert np.sum(mdct(x, n_bins) ** 2) == pytest.approx(np.sum(x**2), rel=1e-10)


@given(LENGTHS, BINS)
def test_each_frame_is_that_of_the_definition(n, n_bins):
    x = random_signal(n, seed=n)
    spectrum = mdct(x, n_bins)
    padded = np.pad(x, (n_bins, (spectrum.shape[1] + 1) * n_bins - n_bins - n))
    for k in range(spectrum.shape[1]):
        frame = padded[k * n_bins : (k + 2) * n_bins]
        assert mdct_of_frame(frame) == pytest.approx(spectrum[:, k], abs=1e-10)


def test_there_are_as_many_numbers_as_samples():
    assert mdct(np.zeros(4000) + 0.1, 40).size == 4000 + 40


def test_a_tone_between_two_bins_stands_in_both():
    """1,000 Hz at 8 kHz and N = 40: bin edges lie each 100 Hz, bins 9 and 10 are around it."""
    x = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)
    energy = np.sum(mdct(x, 40)[:, 2:-2] ** 2, axis=1)
    assert set(np.argsort(-energy)[:2]) == {9, 10} and energy[[9, 10]].sum() > 0.9 * energy.sum()


def test_a_tone_that_does_not_change_changes_from_frame_to_frame():
    """The MDCT has no magnitude: the same tone gives other numbers, even other energies, in each frame."""
    x = np.sin(2 * np.pi * 1010 * np.arange(8000) / 8000)
    energy = np.sum(mdct(x, 40)[:, 5:-5] ** 2, axis=0)
    assert energy.max() > 1.3 * energy.min()


def test_one_frame_alone_is_aliased():
    x = random_signal(160, seed=1)
    alone = mdct(x, 40)
    alone[:, [0, 1, 3, 4]] = 0
    back = imdct(alone, length=160)
    assert np.all(back[:40] == 0) and np.all(back[120:] == 0)
    assert np.abs(back[40:120] - x[40:120]).max() > 0.1


EVEN = [*COUNT, 3, 1]
CALLS = {
    mdct_of_frame: {"frame": (random_signal(16), [*VECTOR, random_signal(6), random_signal(7)])},
    mdct: {"signal": (random_signal(64), SIGNAL), "n_bins": (8, EVEN)},
    imdct: {
        "spectrum": (random_signal(8, 5), [*SPECTRUM, random_signal(8, 1), random_signal(7, 5)]),
        "length": (30, [*COUNT[1:], 33]),
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("mdct", CALLS)
