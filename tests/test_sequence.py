"""Sequence models against hand-worked values, torch.nn, transformers, and what padding must not change."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from course_utils.models.sequence import (
    MODELS,
    BiLSTM,
    Conformer,
    ConformerBlock,
    ConvNet,
    LearnedPositions,
    MultiHeadAttention,
    SequenceModel,
    Transformer,
    TransformerEncoderLayer,
    accuracy_on,
    attention,
    feature_clips,
    forward_s,
    growth_exponent,
    kept_bytes,
    lstm,
    lstm_step,
    masked_mean,
    measure_growth,
    n_parameters,
    receptive_field,
    run_lstm,
    sinusoidal_positions,
    train_on,
    turned,
    valid_frames,
)
from tests.support import refuses

SINGLE = {"rtol": 1e-5, "atol": 1e-5}  # what the course promises for float32 and the same weights


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def shuffled(module):
    """Every weight and bias away from the special values that an initialisation gives it."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


def model_of(name, n_classes=4, **options):
    return shuffled(MODELS[name](6, n_classes, **options))


each_model = pytest.mark.parametrize("name", MODELS)

# ------------------------------------------------------------------------ closed form, hand-worked


def test_frames_that_count_are_those_before_the_end():
    assert valid_frames([1, 3], 3).tolist() == [[True, False, False], [True, True, True]]


def test_the_mean_is_over_the_frames_that_count_whatever_stands_behind_them():
    hidden = torch.tensor([[[1.0], [3.0], [math.nan]], [[2.0], [4.0], [9.0]]])
    assert_close(masked_mean(hidden, valid_frames([2, 3], 3)), torch.tensor([[2.0], [5.0]]))


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


def test_attention_by_hand():
    """Scores 0 and ln 3 after division by √4: weights ¼ and ¾."""
    query, key = torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([[0.0, 1, 1, 1], [math.log(3), 0, 0, 0]])
    output, weights = attention(query, key, torch.tensor([[8.0], [4.0]]))
    assert_close(weights, torch.tensor([[0.25, 0.75]]))
    assert_close(output, torch.tensor([[5.0]]))


def test_attention_with_mask_by_hand():
    one, value = torch.ones(2, 1), torch.tensor([[8.0], [4.0]])
    output, weights = attention(one, one, value, torch.tensor([[True, False], [True, True]]))
    assert_close(weights, torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    assert_close(output, torch.tensor([[8.0], [6.0]]))


def test_attention_with_huge_scores_is_finite():
    output, weights = attention(torch.tensor([[1e3]]), torch.tensor([[1e3], [-1e3]]), torch.tensor([[1.0], [2.0]]))
    assert_close(weights, torch.tensor([[1.0, 0.0]]))
    assert_close(output, torch.tensor([[1.0]]))


def test_sinusoidal_positions_by_hand():
    p = sinusoidal_positions(3, 4)
    expected = [[math.sin(t), math.cos(t), math.sin(t / 100), math.cos(t / 100)] for t in range(3)]
    assert_close(p, torch.tensor(expected), rtol=0, atol=1e-7)


def test_receptive_field_by_hand():
    assert receptive_field([]) == 1
    assert receptive_field([5]) == 5
    assert receptive_field([3, 3, 3]) == 7
    assert receptive_field([3, 3], strides=[2, 1]) == 1 + 2 + 2 * 2
    assert receptive_field([3, 3, 3], dilations=[1, 2, 4]) == 15
    assert receptive_field([10, 3, 3], strides=[5, 2, 2]) == 10 + 2 * 5 + 2 * 10  # the first layers of wav2vec 2.0


def test_parameters_by_hand():
    layer = TransformerEncoderLayer(8, 2, 16)
    assert n_parameters(layer) == 4 * (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8) + 2 * (8 + 8)
    lstm_layers = nn.LSTM(6, 5)
    assert n_parameters(lstm_layers) == 4 * 5 * (6 + 5 + 2)
    lstm_layers.bias_hh_l0.requires_grad_(False)
    assert n_parameters(lstm_layers) == 4 * 5 * (6 + 5 + 1)


def test_kept_bytes_by_hand():
    """sin keeps its input for cos; a linear layer too; a product of a tensor with itself keeps it once."""

    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(10, 20)

        def forward(self, x):
            y = self.linear(x)  # keeps x
            z = torch.sin(y)  # keeps y
            return z * z  # keeps z, once

    assert kept_bytes(Steps(), torch.randn(7, 10)) == 4 * 7 * (10 + 20 + 20)


def test_growth_exponent_by_hand():
    assert growth_exponent([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)
    assert growth_exponent([100, 200], [5.0, 5.0]) == pytest.approx(0)


# ------------------------------------------------------------------------------ independent oracles


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


def test_bilstm_equals_torch_packed():
    """Two layers in both directions: the same weights in one ``torch.nn.LSTM`` on a packed sequence."""
    ours = shuffled(BiLSTM(6, 3, width=5))
    theirs = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True).eval()
    named = {}
    for number, (forwards, backwards) in enumerate(zip(ours.forwards, ours.backwards, strict=True)):
        named |= {name.replace("l0", f"l{number}"): weight for name, weight in forwards.state_dict().items()}
        named |= {f"{name.replace('l0', f'l{number}')}_reverse": w for name, w in backwards.state_dict().items()}
    theirs.load_state_dict(named)
    x, lengths = normal(4, 9, 6), [9, 1, 4, 7]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    valid = valid_frames(lengths, 9)
    assert_close(ours.encode(x, valid)[valid], expected[valid], **SINGLE)


def test_lstm_step_equals_torch_cell():
    cell_module = shuffled(nn.LSTMCell(6, 5))
    x, hidden, cell = normal(3, 6), normal(3, 5, seed=1), normal(3, 5, seed=2)
    bias = cell_module.bias_ih + cell_module.bias_hh
    ours = lstm_step(x, hidden, cell, cell_module.weight_ih, cell_module.weight_hh, bias)
    for mine, theirs in zip(ours, cell_module(x, (hidden, cell)), strict=True):
        assert_close(mine, theirs, **SINGLE)


def test_attention_equals_torch():
    q, k, v = normal(2, 3, 5, 8), normal(2, 3, 7, 8, seed=1), normal(2, 3, 7, 4, seed=2)
    mask = normal(2, 1, 5, 7, seed=3) > 0
    mask[..., 2] = True
    for allowed in (None, mask):
        expected = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        assert_close(attention(q, k, v, allowed)[0], expected, **SINGLE)


def pair_of_attentions(width=12, n_heads=3, **options):
    theirs = shuffled(nn.MultiheadAttention(width, n_heads, batch_first=True))
    ours = MultiHeadAttention(width, n_heads, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_equals_torch(fused, padded, causal):
    ours, theirs = pair_of_attentions(fused=fused)
    x = normal(3, 7, 12)
    valid = valid_frames([7, 2, 5], 7) if padded else None
    mask = torch.ones(7, 7, dtype=torch.bool).tril() if causal else None
    output, weights = ours(x, valid=valid, mask=mask)
    options = {"key_padding_mask": None if valid is None else ~valid, "attn_mask": None if mask is None else ~mask}
    expected, table = theirs(x, x, x, average_attn_weights=False, **options)
    assert_close(output, expected, **SINGLE)
    if not fused:
        assert_close(weights, table, **SINGLE)
        assert_close(weights.sum(dim=-1), torch.ones(3, 3, 7), **SINGLE)


def test_cross_attention_equals_torch():
    ours, theirs = pair_of_attentions()
    query, key, value = normal(2, 4, 12), normal(2, 9, 12, seed=1), normal(2, 9, 12, seed=2)
    assert_close(ours(query, key, value)[0], theirs(query, key, value)[0], **SINGLE)
    assert_close(ours(query, key)[0], theirs(query, key, key)[0], **SINGLE)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("fused", [False, True])
def test_transformer_layer_equals_torch(norm_first, fused):
    theirs = shuffled(nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, norm_first=norm_first))
    ours = TransformerEncoderLayer(12, 3, 20, norm_first=norm_first, fused=fused).eval()
    ours.load_state_dict(theirs.state_dict())
    x, valid = normal(3, 7, 12), valid_frames([7, 2, 5], 7)
    assert_close(ours(x), theirs(x), **SINGLE)
    expected = theirs(x, src_key_padding_mask=~valid)
    assert_close(ours(x, valid)[valid], expected[valid], **SINGLE)


class FrameNorm(nn.Module):
    """Normalises (batch, width, frames) over the width, as our block does where theirs does it over the batch."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


def conformer_of_transformers(ours, width, n_heads, n_hidden, kernel_size):
    """The block of transformers with the weights of ours."""
    from transformers import Wav2Vec2ConformerConfig
    from transformers.models.wav2vec2_conformer.modeling_wav2vec2_conformer import Wav2Vec2ConformerEncoderLayer

    config = Wav2Vec2ConformerConfig(
        hidden_size=width,
        num_attention_heads=n_heads,
        intermediate_size=n_hidden,
        conv_depthwise_kernel_size=kernel_size,
        position_embeddings_type=None,
        hidden_act="swish",
    )
    theirs = Wav2Vec2ConformerEncoderLayer(config).eval()
    for half, norm, feed in (
        (ours.before, theirs.ffn1_layer_norm, theirs.ffn1),
        (ours.after, theirs.ffn2_layer_norm, theirs.ffn2),
    ):
        norm.load_state_dict(half[0].state_dict())
        feed.intermediate_dense.load_state_dict(half[1].state_dict())
        feed.output_dense.load_state_dict(half[4].state_dict())
    theirs.self_attn_layer_norm.load_state_dict(ours.attention_norm.state_dict())
    parts = zip(ours.attention.in_proj_weight.chunk(3), ours.attention.in_proj_bias.chunk(3), strict=True)
    for name, (weight, bias) in zip("qkv", parts, strict=True):
        getattr(theirs.self_attn, f"linear_{name}").load_state_dict({"weight": weight, "bias": bias})
    theirs.self_attn.linear_out.load_state_dict(ours.attention.out_proj.state_dict())
    convolution = theirs.conv_module
    convolution.layer_norm.load_state_dict(ours.convolution_norm.state_dict())
    convolution.pointwise_conv1 = nn.Conv1d(width, 2 * width, 1)
    convolution.pointwise_conv1.load_state_dict({"weight": ours.gate.weight[..., None], "bias": ours.gate.bias})
    convolution.depthwise_conv = ours.depthwise
    convolution.batch_norm = FrameNorm(ours.mix[0])
    convolution.pointwise_conv2 = nn.Conv1d(width, width, 1)
    convolution.pointwise_conv2.load_state_dict({"weight": ours.mix[2].weight[..., None], "bias": ours.mix[2].bias})
    theirs.final_layer_norm.load_state_dict(ours.norm.state_dict())
    return theirs


def test_conformer_block_equals_transformers():
    """Weights copied part by part; only the norm inside the convolution is replaced by ours."""
    ours = shuffled(ConformerBlock(12, 3, 20, kernel_size=5))
    theirs = conformer_of_transformers(ours, 12, 3, 20, 5)
    x = normal(2, 9, 12)
    expected = theirs(x)
    assert_close(ours(x), expected[0] if isinstance(expected, tuple) else expected, **SINGLE)


def test_parameters_and_memory_of_attention_grow_as_the_table_does():
    """The table of weights alone has heads · frames² numbers; the fused kernel keeps none of it."""
    x = {n: torch.randn(1, n, 12) for n in (64, 128)}
    for fused, at_least, at_most in ((False, 3 * (128**2 - 64**2) * 4, math.inf), (True, 0, 3 * 64 * 12 * 4 * 8)):
        module = MultiHeadAttention(12, 3, fused=fused)
        extra = kept_bytes(module, x[128]) - kept_bytes(module, x[64])
        assert at_least <= extra <= at_most


# -------------------------------------------------------------------------- invariants, round trips


@given(n_frames=st.integers(1, 40), shift=st.integers(0, 20), half_width=st.integers(1, 16))
def test_products_of_positions_depend_on_distance_only(n_frames, shift, half_width):
    p = sinusoidal_positions(n_frames + shift, 2 * half_width).double()
    assert_close((p**2).sum(dim=1), torch.full((n_frames + shift,), float(half_width)).double(), rtol=1e-5, atol=1e-5)
    product = p @ p.T
    assert_close(product[:n_frames, :n_frames], product[shift:, shift:], rtol=1e-4, atol=1e-4)


def test_attention_without_positions_does_not_know_the_order():
    """Permuting the frames permutes the outputs, and leaves the score of the clip as it is."""
    model = model_of("Transformer", positions="none")
    x, order = normal(2, 6, 9), torch.randperm(9, generator=torch.Generator().manual_seed(1))
    assert_close(model(x[..., order]), model(x), **SINGLE)
    assert_close(model.frames(x[..., order]), model.frames(x)[..., order], **SINGLE)


@pytest.mark.parametrize("name", ["CNN", "BiLSTM", "Transformer", "Conformer"])
def test_all_others_know_the_order(name):
    model, x = model_of(name), normal(2, 6, 9)
    assert (model(x.flip(-1)) - model(x)).abs().max() > 1e-3


@pytest.mark.parametrize("positions", ["learned", "sinusoidal"])
def test_positions_tell_a_sequence_from_its_reverse(positions):
    model, x = model_of("Transformer", positions=positions), normal(2, 6, 9)
    assert (model(x.flip(-1)) - model(x)).abs().max() > 1e-3


OPTIONS = {
    "CNN": [{}, {"dilations": (1, 2, 4)}],
    "BiLSTM": [{}],
    "Transformer": [{}, {"positions": "sinusoidal"}, {"fused": True}, {"n_longest": 8, "past": "interpolate"}],
    "Conformer": [{}, {"fused": True}, {"n_longest": 8, "past": "interpolate"}],
}
each_variant = pytest.mark.parametrize(("name", "options"), [(n, o) for n, each in OPTIONS.items() for o in each])


@each_variant
def test_a_clip_does_not_depend_on_the_padding_beside_it(name, options):
    """Alone, beside shorter and longer neighbours, and with NaN or loud noise in the padding."""
    model = model_of(name, **options)
    clips = [normal(6, n, seed=n) for n in (1, 4, 10, 13)]
    lengths = [clip.shape[-1] for clip in clips]
    for filling in (0.0, 1e6, math.nan):
        batch = torch.full((4, 6, 17), filling)
        for row, clip in zip(batch, clips, strict=True):
            row[:, : clip.shape[-1]] = clip
        together, frames = model(batch, lengths), model.frames(batch, torch.tensor(lengths))
        for number, clip in enumerate(clips):
            n = lengths[number]
            assert_close(together[number], model(clip[None])[0], **SINGLE)
            assert_close(frames[number, :, :n], model.frames(clip[None])[0], **SINGLE)
            assert (frames[number, :, n:] == 0).all()


@each_variant
def test_gradients_reach_every_weight_and_no_padding(name, options):
    model = model_of(name, **options).train()
    x = normal(3, 6, 12).requires_grad_()
    lengths = [12, 5, 9]
    loss = nn.functional.cross_entropy(model(x, lengths), torch.tensor([0, 1, 2]))
    (loss + model.frames(x, lengths).square().sum()).backward()
    for weight, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), weight
        assert "table" in weight or "in_proj_bias" in weight or parameter.grad.abs().max() > 0, weight
    outside = ~valid_frames(lengths, 12)[:, None, :].expand_as(x)
    assert (x.grad[outside] == 0).all() and (x.grad[~outside] != 0).any()


@each_model
def test_the_interface_is_one(name):
    model = model_of(name, n_classes=5)
    assert isinstance(model, SequenceModel)
    assert model(normal(3, 6, 20)).shape == (3, 5)
    assert model.frames(normal(3, 6, 20)).shape == (3, 5, 20)
    assert model(normal(1, 6, 1)).shape == (1, 5) and model.frames(normal(1, 6, 1)).shape == (1, 5, 1)
    assert model(normal(2, 6, 4)).dtype == torch.float32


@each_model
def test_clip_scores_are_the_mean_of_frame_scores(name):
    """The last layer is linear, and the mean may be taken before it or after."""
    model, x, lengths = model_of(name), normal(2, 6, 7), [7, 4]
    mean = model.frames(x, lengths).sum(dim=-1) / torch.tensor(lengths)[:, None]
    assert_close(model(x, lengths), mean, **SINGLE)


@each_model
def test_models_learn_which_of_two_came_first(name):
    """Three bursts in noise; the class is the order of the last two. 60 steps are enough for each."""
    options = {"dilations": (1, 2, 4)} if name == "CNN" else {"n_longest": 30} if "former" in name else {}
    model = MODELS[name](6, 2, dropout=0.0, **options)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)

    def batch():
        target = torch.randint(0, 2, (64,), generator=generator)
        x = 0.3 * torch.randn(64, 6, 12, generator=generator)
        for place, band in ((2, 0), (5, 1), (8, 2)):
            x[:, band, place] += 2.0
        swapped = x.clone()
        swapped[:, 1], swapped[:, 2] = x[:, 2], x[:, 1]
        return torch.where(target[:, None, None] == 1, swapped, x), target

    for _ in range(60):
        x, target = batch()
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        optimiser.step()
    x, target = batch()
    assert (model.eval()(x).argmax(dim=1) == target).float().mean() > 0.95


@pytest.mark.parametrize("dilations", [(1, 1, 1), (1, 2, 4)])
def test_the_receptive_field_is_what_the_gradient_sees(dilations):
    model = shuffled(ConvNet(6, 4, kernel_size=3, dilations=dilations))
    x = normal(1, 6, 41).requires_grad_()
    model.frames(x)[0, :, 20].sum().backward()
    seen = np.flatnonzero(x.grad[0].abs().sum(dim=0).numpy())
    assert seen[-1] - seen[0] + 1 == model.receptive_field_frames == receptive_field([3] * 3, dilations=dilations)
    assert seen[0] + seen[-1] == 40


@pytest.mark.parametrize("name", ["BiLSTM", "Transformer", "Conformer"])
def test_the_others_see_the_whole_clip(name):
    model = model_of(name)
    x = normal(1, 6, 41).requires_grad_()
    model.frames(x)[0, :, 20].sum().backward()
    assert (x.grad[0].abs().sum(dim=0) > 0).all()


# ------------------------------------------------------------------------------------------- edges


def test_positions_within_the_table_are_its_rows():
    positions = LearnedPositions(8, 4, past="interpolate")
    found = positions(valid_frames([8, 5], 8))
    assert_close(found[0], positions.table)
    assert_close(found[1, :5], positions.table[:5])


def test_positions_past_the_table_stretch_over_the_clip():
    positions = LearnedPositions(5, 2, past="interpolate")
    found = positions(valid_frames([9, 3], 9))
    assert_close(found[0, ::2], positions.table)
    assert_close(found[0, 1::2], (positions.table[1:] + positions.table[:-1]) / 2)
    assert_close(found[1, :3], positions.table[:3])


def test_a_table_of_one_row():
    positions = LearnedPositions(1, 2, past="interpolate")
    assert_close(positions(valid_frames([3, 1], 3)), positions.table.expand(2, 3, 2))


def test_a_layer_that_adds_nothing_leaves_what_went_in():
    """All weights after the first layer 0: each part of each block is added to what went in, and nothing else."""
    x = normal(2, 6, 9)
    for name in ("CNN", "Transformer"):
        model = model_of(name, **({"positions": "none"} if name == "Transformer" else {}))
        for weight, parameter in model.named_parameters():
            if "convolutions" in weight or "linear2" in weight or "out_proj" in weight:
                nn.init.zeros_(parameter)
        entered = model.enter(x.transpose(1, 2))
        expected = model.norm(entered) if name == "Transformer" else entered
        assert_close(model.encode(x.transpose(1, 2), valid_frames([9, 9], 9)), expected, **SINGLE)


def test_learned_positions_begin_as_asked():
    assert torch.equal(LearnedPositions(9, 4).table, sinusoidal_positions(9, 4))
    noise = LearnedPositions(500, 40, start="random").table
    assert noise.square().mean().item() == pytest.approx(0.5, rel=0.05)  # as large as a sinusoid, on average
    assert abs((noise[1:] * noise[:-1]).mean().item()) < 0.02
    assert Transformer(6, 4, start="random").positions.table.std() > 0 and noise.requires_grad


def test_clips_of_strings_are_standardised_with_the_scale_of_the_training_clips():
    front_end = nn.Unflatten(0, (2, -1))  # two bands: the first half of the samples and the second
    strings = [(np.float32([1, 3, 5, 7]), np.array([4, 8, 6])), (np.float32([3, 5, 1, 7]), np.array([0, 9, 2]))]
    clips, (mean, spread) = feature_clips(strings, front_end)
    assert (mean, spread) == (pytest.approx(4), pytest.approx(np.std([1, 3, 5, 7, 3, 5, 1, 7], ddof=1)))
    assert [digit for _, digit in clips] == [8, 9]
    assert_close(clips[0][0], (torch.tensor([[1.0, 3], [5, 7]]) - 4) / spread)
    again, scale = feature_clips(strings[:1], front_end, place=2, scale=(1.0, 2.0))
    assert scale == (1.0, 2.0) and again[0][1] == 6
    assert_close(again[0][0], torch.tensor([[0.0, 1], [2, 3]]))


def test_training_follows_from_the_seed_and_learns():
    generator = torch.Generator().manual_seed(0)
    clips = [(torch.randn(6, 5 + n % 3, generator=generator), n % 2) for n in range(40)]
    for features, target in clips:
        features[target] += 2
    found = []
    for _ in range(2):
        torch.manual_seed(3)
        model = ConvNet(6, 2, width=8, dilations=(1,))
        history = train_on(model, clips, n_epochs=8, seed=5, batch_size=8, highest_rate=1e-2)
        found.append((history.column("train_loss"), accuracy_on(model, clips)))
    assert found[0] == found[1] and len(found[0][0]) == 8
    assert found[0][1] > 0.9 and found[0][0][-1] < 0.5 * found[0][0][0]
    right = [int(model.eval()(features[None]).argmax()) == target for features, target in clips]
    assert accuracy_on(model, clips) == pytest.approx(np.mean(right))


def test_dropout_acts_in_training_only():
    for name in MODELS:
        model, x = model_of(name), normal(1, 6, 9)
        assert torch.equal(model(x), model(x))
        model.train()
        assert not torch.equal(model(x), model(x)), name


def test_a_model_can_be_saved_and_loaded(tmp_path):
    for name in MODELS:
        model, other = model_of(name), MODELS[name](6, 4).eval()
        torch.save(model.state_dict(), tmp_path / "weights.pt")
        other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
        assert torch.equal(model(normal(1, 6, 9)), other(normal(1, 6, 9)))


def test_four_models_of_comparable_size():
    """Positions aside, which depend on the longest clip."""
    sizes = {}
    for name, make in MODELS.items():
        model = make(40, 10)
        sizes[name] = n_parameters(model) - sum(p.numel() for n, p in model.named_parameters() if "table" in n)
    assert max(sizes.values()) < 1.1 * min(sizes.values()), sizes
    assert isinstance(MODELS["Conformer"](6, 4), Conformer) and isinstance(MODELS["BiLSTM"](6, 4), BiLSTM)


def test_growth_is_measured_at_every_length():
    growth = measure_growth(Transformer(6, 4, n_longest=300), [32, 64, 300], n_repeats=1)
    assert growth["n_frames"] == [32, 64, 300]
    assert all(len(values) == 3 and min(values) > 0 for values in growth.values())
    assert growth_exponent(growth["n_frames"], growth["bytes"]) > 1.2
    assert growth_exponent([64, 256], measure_growth(ConvNet(6, 4), [64, 256])["bytes"]) == pytest.approx(1, abs=0.02)


def test_timing_leaves_the_mode_of_the_model_alone():
    model = ConvNet(6, 4).train()
    assert 0 < forward_s(model, normal(1, 6, 9), n_repeats=2) < 5
    assert model.training


# ------------------------------------------------------------------------------------------ errors


def test_lengths_that_do_not_fit_are_refused():
    with refuses("lengths must lie in 1…9, the frames of the batch, got 10 for clip 1"):
        valid_frames([3, 10], 9)
    with refuses("got 0 for clip 0"):
        valid_frames([0, 9], 9)
    with refuses("lengths must be whole numbers of frames, got 0.5", TypeError):
        valid_frames([0.5, 1.0], 9)
    with refuses("n_frames must be at least 1"):
        valid_frames([1], 0)
    with refuses("lengths must hold one number for each of 2 clips, got shape"):
        model_of("CNN")(normal(2, 6, 9), [3, 4, 5])


@each_model
def test_features_that_do_not_fit_are_refused(name):
    model = model_of(name)
    with refuses(r"features must have the shape \(batch, 6, frames\), got \(6, 9\): pass the output of LogMel"):
        model(normal(6, 9))
    with refuses(r"got \(2, 9, 6\): this looks like \(batch, frames, n_mels\)"):
        model(normal(2, 9, 6))
    with refuses(r"got \(2, 6, 0\)"):
        model(normal(2, 6, 0))


def test_masks_that_cannot_be_meant_are_refused():
    x = normal(1, 3, 4)
    with refuses("mask must be boolean, true where a query may look, got torch.float32", TypeError):
        attention(x, x, x, torch.zeros(3, 3))
    with refuses("mask must leave every query a key to look at, got 1 rows"):
        attention(x, x, x, torch.tensor([[True] * 3, [False] * 3, [True] * 3]))


@pytest.mark.parametrize("name", ["Transformer", "Conformer"])
def test_past_the_longest_position_a_model_refuses_or_stretches(name):
    with refuses("the longest clip must have at most n_longest=8 frames, got 9: cut it, or build the model with past="):
        model_of(name, n_longest=8)(normal(1, 6, 9))
    assert model_of(name, n_longest=8)(normal(1, 6, 9), [8]).isfinite().all()
    assert model_of(name, n_longest=8, past="interpolate")(normal(1, 6, 900)).isfinite().all()
    assert model_of(name, positions="sinusoidal")(normal(1, 6, 900)).isfinite().all()


def test_shapes_of_models_that_cannot_be_are_refused():
    with refuses("width=10 must be a multiple of n_heads=4"):
        MultiHeadAttention(10, 4)
    with refuses("kernel_size must be odd"):
        ConformerBlock(8, 2, 8, kernel_size=4)
    with refuses("kernel_size must be odd"):
        ConvNet(6, 4, kernel_size=4)
    with refuses("positions must be one of 'learned', 'sinusoidal', 'none', got 'rotary'"):
        Transformer(6, 4, positions="rotary")
    with refuses("past must be one of 'error', 'interpolate', got 'wrap'"):
        LearnedPositions(5, 2, past="wrap")
    with refuses("width must be even, got 5: use 6"):
        sinusoidal_positions(3, 5)
    with refuses("n_classes must be at least 1"):
        ConvNet(6, 0)


def test_receptive_fields_that_cannot_be_are_refused():
    with refuses("strides and dilations must have one value for each of 2 kernels, got 1 and 2"):
        receptive_field([3, 3], strides=[2])
    with refuses("kernel_size must be at least 1, got 0"):
        receptive_field([0])
    with refuses("stride must be at least 1, got 0"):
        receptive_field([3], strides=[0])


def test_exponents_need_two_lengths_and_costs_above_zero():
    with refuses("the number of different n_frames must be at least 2, got 1"):
        growth_exponent([100, 100], [1, 2])
    with refuses("costs must be above 0"):
        growth_exponent([100, 200], [1, 0])
    with refuses("n_frames and costs must have the same shape"):
        growth_exponent([100, 200], [1])
