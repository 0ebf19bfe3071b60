"""What the questions of sequence_models claim, computed. A function proves the question of its name."""

import time

import numpy as np
import torch
from torch import nn

from course_utils.models import layers, training
from course_utils.models import sequence_models as package

from ._shared import one_thread


def _noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def second_digit():
    """The best answer of one who hears three digits and not their order, over all strings of three."""
    strings = np.stack(np.meshgrid(*3 * [np.arange(10)]), axis=-1).reshape(-1, 3)
    most_often = [np.bincount(string, minlength=10).max() / 3 for string in strings]
    n_different = np.array([len(set(string)) for string in strings.tolist()])
    assert [np.mean(n_different == n) for n in (3, 2, 1)] == [0.72, 0.27, 0.01]
    assert np.isclose(np.mean(most_often), 0.72 / 3 + 0.27 * 2 / 3 + 0.01) and round(np.mean(most_often), 2) == 0.43
    assert abs(training.recorded("sequence")["models"]["CNN"]["mean"] - 0.4) < 0.05  # and what the long run found


def reverse():
    clip = _noise(1, 40, 60)
    scores = {}
    for positions in ("none", "learned"):
        torch.manual_seed(0)
        model = package.Transformer(40, 10, positions=positions).eval()
        with torch.inference_mode():
            scores[positions] = model(clip), model(clip.flip(2))
    assert torch.allclose(*scores["none"], atol=1e-5) and not torch.allclose(*scores["learned"], atol=1e-2)


def neighbour():
    hidden = 1 + _noise(1, 50, 3).abs()
    beside = nn.functional.pad(hidden, (0, 0, 0, 150))
    assert torch.allclose(beside.mean(dim=1), hidden.mean(dim=1) / 4)
    own = layers.masked_mean(beside, layers.valid_frames([50], 200))
    assert torch.allclose(own, hidden.mean(dim=1))


def long_clip():
    """At 1,600 frames already, in time of one core, and so by far that a busy machine changes nothing."""
    clip, models = _noise(1, 40, 1600), (package.BiLSTM(40, 10), package.Transformer(40, 10, n_longest=1600))
    seconds = []
    with one_thread(), torch.inference_mode():
        for model in models:
            passes = []
            for _ in range(2):
                started = time.thread_time()
                model.eval()(clip)
                passes.append(time.thread_time() - started)
            seconds.append(min(passes))
    assert seconds[1] > 4 * seconds[0]
    n_weights = package.n_parameters(models[0]), package.n_parameters(models[1]) - models[1].positions.table.numel()
    assert all(abs(n - 105_000) < 2000 for n in n_weights)


def _clips_of_two_marks(rng, n_clips, n_silent):
    """Clips of 24 frames with two marks; the label is whether the second came first. Silence stands before them."""
    clips, is_swapped = 0.1 * rng.standard_normal((n_clips, 8, n_silent + 24)), rng.integers(0, 2, n_clips)
    for clip, swapped in zip(clips, is_swapped, strict=True):
        early, late = n_silent + rng.integers(1, 10), n_silent + rng.integers(13, 22)
        clip[swapped, early : early + 3] += 2
        clip[1 - swapped, late : late + 3] += 2
    return torch.from_numpy(clips).float(), torch.from_numpy(is_swapped)


def behind_the_table():
    rng = np.random.default_rng(0)
    training.seed_everything(0)
    model = package.Transformer(8, 2, width=16, n_heads=2, n_hidden=16, n_layers=2, n_longest=100, dropout=0.0)
    first, right = model.positions.table.detach().clone(), {}
    batches = [((clips,), (labels,)) for clips, labels in (_clips_of_two_marks(rng, 32, 0) for _ in range(60))]
    with one_thread():
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0)
        training.fit(model, batches, n_epochs=1, optimizer=optimizer, device="cpu", progress=False)
        for n_silent in (0, 40):
            clips, labels = _clips_of_two_marks(rng, 300, n_silent)
            with torch.inference_mode():
                right[n_silent] = training.accuracy(model.eval()(clips), labels)
    learned = (model.positions.table.detach() - first).abs().amax(dim=1)
    assert learned[:24].min() > 0 and learned[24:].max() == 0  # no clip has met what stands there
    assert right[0] > 0.95 and right[40] < 0.7  # no error, and it fails: half would be chance
    try:
        model(torch.zeros(1, 8, 101))
    except ValueError:
        return
    raise AssertionError("past the last row there is an error")


def one_table():
    """What grows with the square of the length in a layer of 4 heads, from the bytes that are kept for two lengths."""
    torch.manual_seed(0)
    layer = layers.TransformerEncoderLayer(64, 4, 128, dropout=0.0)
    kept = [package.kept_bytes(layer, _noise(1, n, 64), torch.ones(1, n, dtype=torch.bool)) for n in (200, 400)]
    bytes_of_a_pair = (kept[1] - 2 * kept[0]) / (2 * 200**2)
    assert round(bytes_of_a_pair) == 16  # 4 heads of 4 bytes
    assert round(16 * 3200**2 / 1e6) == 164 and round(16 * 100**2 / 1e6, 2) == 0.16 and (3200 / 100) ** 2 == 1024


def backward_reader():
    """Which frames move the output at the last frame, and at the first: as many have been seen."""
    torch.manual_seed(0)
    reader = nn.LSTM(4, 8, batch_first=True, bidirectional=True)
    n_seen = {}
    for place in (-1, 0):
        for half in ("forwards", "backwards"):
            clip = _noise(1, 100, 4).double().requires_grad_()
            output = reader.double()(clip)[0][0, place]
            (output[:8] if half == "forwards" else output[8:]).sum().backward()
            n_seen[place, half] = int((clip.grad[0].abs().amax(dim=1) > 0).sum())
    assert (n_seen[-1, "forwards"], n_seen[-1, "backwards"]) == (100, 1)
    assert (n_seen[0, "forwards"], n_seen[0, "backwards"]) == (1, 100)


def true_means():
    """Three keys of which the last is True in both masks: whom does the query hear?"""
    query, keys = _noise(1, 1, 4), _noise(1, 3, 4, seed=1)
    mask, swapped = torch.tensor([[False, False, True]]), keys.clone()
    swapped[0, 2] = 9
    torch.manual_seed(0)
    module = nn.MultiheadAttention(4, 1, batch_first=True).eval()
    with torch.inference_mode():
        heard = [module(query, k, k, key_padding_mask=mask, need_weights=False)[0] for k in (keys, swapped)]
        function = nn.functional.scaled_dot_product_attention
        alone = function(query, keys, keys, attn_mask=mask[:, None])
    assert torch.allclose(*heard)  # what is True may be anything: it is ignored
    assert torch.allclose(alone[0, 0], keys[0, 2])  # what is True is all that is looked at


def dilated():
    for dilations, n_seen in (((1, 1, 1, 1, 1), 21), ((1, 2, 4, 8, 16), 125)):
        layers = nn.Sequential(*(nn.Conv1d(1, 1, 5, dilation=d, padding="same") for d in dilations)).double()
        for layer in layers:
            nn.init.ones_(layer.weight)
        clip = torch.zeros(1, 1, 401, dtype=torch.double, requires_grad=True)
        layers(clip)[0, 0, 200].backward()
        assert int((clip.grad != 0).sum()) == n_seen


def root_of_d():
    rng = np.random.default_rng(1)
    q, k = rng.standard_normal((2, 20_000, 64))
    products = (q * k).sum(axis=1)
    assert np.isclose(products.std(), 8, rtol=0.02) and np.isclose((products / np.sqrt(64)).std(), 1, rtol=0.02)
    scores = torch.from_numpy(products.reshape(400, 50))
    largest = [scores.div(scale).softmax(dim=1).amax(dim=1).mean() for scale in (1, 8)]
    assert largest[0] > 0.8 and largest[1] < 0.3  # saturated, and not


def forget_gate():
    """An LSTM's cell that starts at 1 and takes nothing in, with its forget gate held at a value."""
    for gate, low, high in ((0.5, 0.9e-6, 1e-6), (0.95, 1 / 3, 0.4)):
        cell = nn.LSTMCell(1, 1)
        for weight in cell.parameters():
            nn.init.zeros_(weight)
        cell.bias_ih.data = torch.tensor([-99.0, float(np.log(gate / (1 - gate))), 0, 0])  # input gate shut
        state = torch.zeros(1, 1), torch.ones(1, 1)
        with torch.inference_mode():
            for _ in range(20):
                state = cell(torch.zeros(1, 1), state)
        assert low < state[1].item() < high
