"""What the questions of sequence_models claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils.exercises.sequence_models.masked_attention import masked_attention
from course_utils.exercises.sequence_models.mean_of_clips import mean_of_clips
from course_utils.exercises.sequence_models.whole_clip import whole_clip


def reverse():
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((9, 4)), rng.standard_normal((3, 4, 4))

    def mean_of_attention(frames):
        q, k, v = (frames @ w for w in weights)
        return masked_attention(q, k, v, allowed=np.ones((len(frames), len(frames)), bool)).mean(axis=0)

    assert np.allclose(mean_of_attention(x), mean_of_attention(x[::-1]))


def neighbour():
    clip = np.full((1, 50, 1), 6.0)
    beside = np.pad(clip, ((0, 0), (0, 150), (0, 0)))
    assert beside.mean(axis=1)[0, 0] == clip.mean(axis=1)[0, 0] / 4
    assert mean_of_clips(beside, np.array([50]))[0, 0] == 6


def long_clip():
    assert 4 * 4 * 3200**2 / 1e6 == 163.84 and round(4 * 4 * 3200**2 / (4 * 4 * 100**2)) == 1024


def backward_reader():
    outputs = np.stack([np.arange(1, 101), np.arange(100, 0, -1)], axis=-1)[np.newaxis].astype(float)
    assert outputs[0, -1].tolist() == [100, 1] and whole_clip(outputs, np.array([100]))[0].tolist() == [100, 100]


def second_digit():
    """The best answer of one who hears three digits and not their order, over all strings of three."""
    strings = np.stack(np.meshgrid(*3 * [np.arange(10)]), axis=-1).reshape(-1, 3)
    most_often = [np.bincount(string, minlength=10).max() / 3 for string in strings]
    n_different = np.array([len(set(string)) for string in strings.tolist()])
    assert [np.mean(n_different == n) for n in (3, 2, 1)] == [0.72, 0.27, 0.01]
    assert np.isclose(np.mean(most_often), 0.72 / 3 + 0.27 * 2 / 3 + 0.01) and round(np.mean(most_often), 2) == 0.43


def dilated():
    assert 1 + 5 * (5 - 1) == 21 and 1 + 4 * (1 + 2 + 4 + 8 + 16) == 125


def root_of_d():
    rng = np.random.default_rng(1)
    q, k = rng.standard_normal((2, 20_000, 64))
    assert np.isclose((q * k).sum(axis=1).std(), 8, rtol=0.02)


def forget_gate():
    assert 0.5**20 < 1e-6 and 0.95**20 > 0.35


one_table = long_clip  # the same measurement
