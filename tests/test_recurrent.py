"""LSTM against hand-worked values and torch.nn."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from course_utils.models.layers import valid_frames
from course_utils.models.recurrent import lstm, lstm_step, run_lstm, turned
from tests.hostile import NO_TENSORS, refusals
from tests.networks import SINGLE, normal, seeded, shuffled  # noqa: F401


def test_one_lstm_step_by_hand():
    """One input of 1, no recurrence: i = σ(0) = ½, f = σ(ln 3) = ¾, g = tanh(artanh ½) = ½, o = σ(−ln 3) = ¼."""
    weights = torch.tensor([[0.0], [math.log(3)], [math.atanh(0.5)], [-math.log(3)]])
    hidden, cell = lstm_step(
        torch.ones(1, 1), torch.zeros(1, 1), torch.full((1, 1), 2.0), weights, torch.zeros(4, 1), torch.zeros(4)
    )
    assert_close(cell, torch.tensor([[0.75 * 2 + 0.5 * 0.5]]))
    assert_close(hidden, torch.tensor([[0.25 * math.tanh(1.75)]]))


def test_lstm_holds_for_ever_what_its_gates_keep():
    """Forget gate open, input gate shut after the first frame: the cell keeps its value over 1,000 frames."""
    x = torch.zeros(1, 1000, 1)
    x[:, 0] = 1
    weights = torch.tensor([[80.0], [0.0], [20.0], [0.0]])  # input gate and candidate listen to x
    bias = torch.tensor([-40.0, 40.0, 0.0, 40.0])
    outputs = lstm(x, weights, torch.zeros(4, 1), bias)
    assert_close(outputs[0, :, 0], torch.full((1000,), math.tanh(1.0)))


def test_clips_are_turned_within_their_length():
    x = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]])
    valid = valid_frames([3, 2], 3)
    assert turned(x, valid)[..., 0].tolist() == [[3, 2, 1], [5, 4, 6]]
    assert torch.equal(turned(turned(x, valid), valid), x)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_lstm_equals_torch(bidirectional, n_layers):
    layers = shuffled(nn.LSTM(6, 5, n_layers, batch_first=True, bidirectional=bidirectional))
    x = normal(3, 11, 6)
    assert_close(run_lstm(layers, x), layers(x)[0], **SINGLE)


def test_lstm_with_padding_equals_torch_packed():
    layers = shuffled(nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True))
    x, lengths = normal(4, 9, 6), [9, 1, 4, 7]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(layers(packed)[0], batch_first=True)
    assert_close(run_lstm(layers, x, valid_frames(lengths, 9)), expected, **SINGLE)


def test_lstm_step_equals_torch_cell():
    cell_module = shuffled(nn.LSTMCell(6, 5))
    x, hidden, cell = normal(3, 6), normal(3, 5, seed=1), normal(3, 5, seed=2)
    bias = cell_module.bias_ih + cell_module.bias_hh
    ours = lstm_step(x, hidden, cell, cell_module.weight_ih, cell_module.weight_hh, bias)
    for mine, theirs in zip(ours, cell_module(x, (hidden, cell)), strict=True):
        assert_close(mine, theirs, **SINGLE)


X, VALID = normal(2, 6, 3), torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
NO_FLAGS = [*NO_TENSORS[1:], torch.ones(2, 6), torch.ones(3, 6, dtype=torch.bool)]
WEIGHTS = {
    "weight_input": (normal(16, 3), NO_TENSORS),
    "weight_hidden": (normal(16, 4), NO_TENSORS),
    "bias": (normal(16), NO_TENSORS),
}
CALLS = {
    turned: {"x": (X, NO_TENSORS), "valid": (VALID, [None, *NO_FLAGS, VALID.flip(1)])},
    lstm_step: {
        "x": (X[:, 0], NO_TENSORS),
        "hidden": (normal(2, 4), NO_TENSORS),
        "cell": (normal(2, 4), NO_TENSORS),
        **WEIGHTS,
    },
    lstm: {"x": (X, NO_TENSORS), **WEIGHTS, "valid": (VALID, NO_FLAGS)},
    run_lstm: {
        "layers": (
            nn.LSTM(3, 4, batch_first=True),
            [None, "x", 5, nn.GRU(3, 4), nn.LSTM(3, 4, bias=False), nn.LSTM(2, 4)],
        ),
        "x": (X, NO_TENSORS),
        "valid": (VALID, NO_FLAGS),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.recurrent", CALLS)
