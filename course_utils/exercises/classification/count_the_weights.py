import itertools

import numpy as np

from ...practice.model import Exercise, Value, Wrong

CHANNELS, CLASSES = (1, 16, 32, 64), 10


def _weights_one_by_one():
    """Every tensor of the network, filled with ones and added up."""
    total = 0.0
    for n_in, n_out in itertools.pairwise(CHANNELS):
        total += np.ones((n_out, n_in, 3, 3)).sum()  # the kernels
        total += np.ones((2, n_out)).sum()  # scale and shift of the batch norm
    return total + np.ones((CLASSES, CHANNELS[-1])).sum() + np.ones(CLASSES).sum()


def n_weights():
    blocks = [(1, 16), (16, 32), (32, 64)]
    convolutions = sum(3 * 3 * n_in * n_out for n_in, n_out in blocks)
    batch_norms = sum(2 * n_out for _, n_out in blocks)
    return convolutions + batch_norms + 64 * 10 + 10


def _weights(kernel=9, bias=0, norm=2, linear=64 * 10 + 10):
    def count():
        blocks = list(itertools.pairwise(CHANNELS))
        return sum(kernel * n_in * n_out + (bias + norm) * n_out for n_in, n_out in blocks) + linear

    return count


EXERCISE = Exercise(
    title="how many weights?",
    stars=1,
    kind="predict",
    task="""
A network for spoken digits. Its input is one log-mel spectrogram, **one** channel of 40 bands by 101 frames. Three blocks follow, each a convolution 3 × 3 **without bias**, a batch norm, ReLU and a maximum of 2 × 2; they have **16, 32 and 64** channels. Then the mean over all that is left of bands and frames, and one linear layer, with bias, to **10** classes.

How many numbers does the training learn? (The running mean and variance of a batch norm are measured, not learned.)
""",
    form="a whole number",
    answer="n_weights",
    spec=Value(truth=_weights_one_by_one, unit="weights", tolerance=1e-6),
    reference=n_weights,
    hints=(
        "Which layers learn nothing at all? Strike out ReLU, the maxima and the mean.",
        "A kernel of the second block looks at all 16 channels that come in: how many numbers does one such kernel hold, and how many kernels are there?",
        "9 · in · out for each convolution, 2 · channels for each batch norm, 64 · 10 + 10 at the end.",
    ),
    wrongs=(
        Wrong("batch norm forgotten", "Each batch norm learns a scale and a shift for each channel.", _weights(norm=0)),
        Wrong(
            "running statistics counted",
            "Running mean and variance were counted: they are measured, not learned.",
            _weights(norm=4),
        ),
        Wrong(
            "biases counted",
            "These convolutions have no bias: the shift of the batch norm after them does its work.",
            _weights(bias=1),
        ),
        Wrong(
            "bias of the end forgotten",
            "The linear layer at the end has a bias for each class.",
            _weights(linear=64 * 10),
        ),
        Wrong(
            "3 for 3 × 3",
            "A kernel of 3 × 3 holds nine numbers for each channel that comes in.",
            _weights(kernel=3),
        ),
        Wrong(
            "one channel in",
            "Each kernel is counted as if one channel came in. A kernel of the second block looks at all 16 of the first.",
            lambda: 9 * (16 + 32 + 64) + 2 * (16 + 32 + 64) + 650,
        ),
        Wrong(
            "convolutions only",
            "The convolutions are all there; batch norms and the linear layer learn too.",
            lambda: _weights(norm=0, linear=0)(),
        ),
        Wrong(
            "flattened",
            "The linear layer here sees the 64 means, whatever the size of the picture. Flattened, 64 · 5 · 12 numbers would come in, and clips of another length would not fit.",
            _weights(linear=64 * 5 * 12 * 10 + 10),
        ),
    ),
    after="18,432 of them, three quarters, stand in the third convolution: who must save weights begins there, and not at the "
    "650 of the last layer.",
    also_right=(_weights(), lambda: np.int64(_weights()())),
)
