"""Sequence models against torch.nn and transformers, what padding must not change, and what they cost."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from course_utils.models.layers import TransformerEncoderLayer, valid_frames
from course_utils.models.sequence_models import (
    MODELS,
    BiLSTM,
    Conformer,
    ConformerBlock,
    ConvNet,
    SequenceModel,
    Transformer,
    forward_s,
    growth_exponent,
    kept_bytes,
    measure_growth,
    n_parameters,
    receptive_field,
)
from course_utils.models.training import fit
from tests.hostile import COUNT, LENGTHS, MODULE, NAME, NO_TENSORS, SHARE, VECTOR, refusals
from tests.networks import SINGLE, normal, seeded, shuffled  # noqa: F401
from tests.support import refuses


def model_of(name, n_classes=4, **options):
    model = shuffled(MODELS[name](6, n_classes, **options))
    model.scale.measure([2 * normal(6, 50, seed=9) + 1])
    return model


each_model = pytest.mark.parametrize("name", MODELS)


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
def test_features_are_brought_to_the_scale_of_the_training_clips(name):
    model, x, lengths = model_of(name), normal(2, 6, 9), [9, 5]
    mean, spread = model.scale.mean.item(), model.scale.spread.item()
    expected = model(x, lengths)
    model.scale.mean.fill_(0.0)
    model.scale.spread.fill_(1.0)
    assert_close(model((x - mean) / spread, lengths), expected, **SINGLE)
    assert (model(x, lengths) - expected).abs().max() > 1e-3


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
    generator = torch.Generator().manual_seed(1)

    def batch():
        target = torch.randint(0, 2, (64,), generator=generator)
        x = 0.3 * torch.randn(64, 6, 12, generator=generator)
        for place, band in ((2, 0), (5, 1), (8, 2)):
            x[:, band, place] += 2.0
        swapped = x.clone()
        swapped[:, 1], swapped[:, 2] = x[:, 2], x[:, 1]
        return (torch.where(target[:, None, None] == 1, swapped, x),), (target,)

    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    fit(model, [batch() for _ in range(60)], n_epochs=1, optimizer=optimizer, progress=False)
    (x,), (target,) = batch()
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
        assert other.scale.mean != 0 and other.scale.spread > 1.5  # what features are brought to is saved, too
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


@each_model
def test_features_that_do_not_fit_are_refused(name):
    model = model_of(name)
    with refuses(r"features must have the shape \(batch, 6, frames\), got \(6, 9\): pass the output of LogMel"):
        model(normal(6, 9))
    with refuses(r"got \(2, 9, 6\): this looks like \(batch, frames, n_mels\)"):
        model(normal(2, 9, 6))
    with refuses(r"got \(2, 6, 0\)"):
        model(normal(2, 6, 0))


@pytest.mark.parametrize("name", ["Transformer", "Conformer"])
def test_past_the_longest_position_a_model_refuses_or_stretches(name):
    with refuses("the longest clip must have at most n_longest=8 frames, got 9: cut it, or build the model with past="):
        model_of(name, n_longest=8)(normal(1, 6, 9))
    assert model_of(name, n_longest=8)(normal(1, 6, 9), [8]).isfinite().all()
    assert model_of(name, n_longest=8, past="interpolate")(normal(1, 6, 900)).isfinite().all()
    assert model_of(name, positions="sinusoidal")(normal(1, 6, 900)).isfinite().all()


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


def test_models_that_cannot_be_are_refused():
    with refuses("kernel_size must be odd"):
        ConformerBlock(8, 2, 8, kernel_size=4)
    with refuses("kernel_size must be odd"):
        ConvNet(6, 4, kernel_size=4)
    with refuses("positions must be one of 'learned', 'sinusoidal', 'none', got 'rotary'"):
        Transformer(6, 4, positions="rotary")
    with refuses("n_classes must be at least 1"):
        ConvNet(6, 0)
    with refuses("lengths must hold one number for each of 2 clips, got shape"):
        model_of("CNN")(normal(2, 6, 9), [3, 4, 5])


@each_model
def test_all_numbers_are_single_precision(name):
    state = model_of(name).state_dict()
    assert {value.dtype for value in state.values() if value.is_floating_point()} == {torch.float32}


MEL, INSIDE = normal(2, 6, 9), normal(2, 9, 8)
VALID = torch.tensor([[True] * 9, [True] * 4 + [False] * 5])
NO_FLAGS = [*NO_TENSORS[1:], torch.ones(2, 9), torch.ones(3, 9, dtype=torch.bool)]
PLAIN = {"n_mels": (6, COUNT), "n_classes": (4, COUNT), "width": (8, COUNT), "dropout": (0.1, SHARE)}
TRANSFORMER = {
    **PLAIN,
    "n_heads": (2, [*COUNT, 3]),
    "n_hidden": (8, COUNT),
    "n_layers": (1, COUNT),
    "positions": ("learned", NAME),
    "n_longest": (20, COUNT),
    "past": ("error", NAME),
    "start": ("random", NAME),
}


class Constant(nn.Module):
    """Takes nothing."""

    def forward(self):
        return torch.ones(1)


LAYERS = [None, 5, "x", {}, [0], [1.5], ["a"]]
FORWARD = {"features": (MEL, [*NO_TENSORS, normal(2, 5, 9)]), "lengths": ([5, 9], LENGTHS)}
CALLS = {
    ConformerBlock: {
        "width": (8, [*COUNT, 7]),
        "n_heads": (2, [*COUNT, 3]),
        "n_hidden": (8, COUNT),
        "kernel_size": (3, [*COUNT, 4]),
        "dropout": (0.1, SHARE),
    },
    ConformerBlock(8, 2, 8).eval().forward: {"x": (INSIDE, NO_TENSORS), "valid": (VALID, NO_FLAGS)},
    SequenceModel: {name: PLAIN[name] for name in ("n_mels", "n_classes", "width")},
    ConvNet: {**PLAIN, "kernel_size": (3, [*COUNT, 4]), "dilations": ((1, 2), [*LAYERS, []])},
    BiLSTM: {**PLAIN, "n_layers": (1, COUNT)},
    Transformer: TRANSFORMER,
    Conformer: {**TRANSFORMER, "kernel_size": (3, [*COUNT, 4])},
    **{MODELS[name](6, 4).eval().forward: FORWARD for name in MODELS},
    receptive_field: {
        "kernel_sizes": ([3, 3], LAYERS),
        "strides": ([1, 2], [*LAYERS[1:], [1]]),
        "dilations": ([1, 2], [*LAYERS[1:], [1]]),
    },
    n_parameters: {"model": (nn.Linear(2, 2), MODULE)},
    kept_bytes: {"model": (Constant(), MODULE)},
    forward_s: {"model": (Constant(), MODULE), "n_repeats": (1, COUNT)},
    growth_exponent: {
        "n_frames": ([1, 2], [*VECTOR, [0, 1], [2, 2], [1, 2, 3]]),
        "costs": ([1.0, 2.0], [*VECTOR, [0.0, 1.0]]),
    },
    measure_growth: {
        "model": (model_of("CNN"), [*MODULE, nn.Linear(2, 2)]),
        "n_frames": ([9, 18], LAYERS),
        "n_repeats": (1, COUNT),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.sequence_models", CALLS)
