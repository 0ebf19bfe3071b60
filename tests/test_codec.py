"""The codec: its quantiser against k-means, gradients through it, files that give all back, what is refused."""

import math
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils.mdct import imdct, mdct
from course_utils.models import codec
from course_utils.models.codec import FrameCodec, LearnedQuantiser
from course_utils.quantisation import ResidualQuantiser
from tests.hostile import COUNT, MODULE, MONO, NO_TENSORS, NUMBER, PATHS, SHARE, refusals
from tests.networks import normal, seeded  # noqa: F401
from tests.support import random_signal, refuses

SMALL = {"n_bins": 8, "width": 8, "latent": 10, "n_stages": 3, "n_codes": 16, "dilations": (1, 2)}


def small(**options):
    torch.manual_seed(0)
    return FrameCodec(**SMALL | options).eval()


def test_rates_by_hand():
    assert codec.bit_rate(1) == 1600 and codec.bit_rate(12) == 19_200


# --------------------------------------------------------------------------------------- quantiser


def test_stages_are_those_of_the_reference():
    quantiser = LearnedQuantiser(6, 3, 8).eval()
    reference = ResidualQuantiser(list(quantiser.tables.numpy()))
    x = normal(2, 6, 20)
    quantised, codes = quantiser(x)
    assert np.array_equal(codes.transpose(1, 2).numpy(), reference.encode(x.transpose(1, 2).numpy()))
    assert_close(quantised, quantiser.decode(codes))
    assert quantiser(x, 1)[1].shape == (2, 1, 20)


def test_the_gradient_passes_straight_through():
    x = normal(1, 6, 20).requires_grad_()
    quantised, _ = LearnedQuantiser(6, 2, 8).eval()(x)
    weights = normal(1, 6, 20, seed=1)
    (quantised * weights).sum().backward()
    assert_close(x.grad, weights)


def test_without_the_straight_path_the_encoder_learns_nothing():
    """The bug: the codes alone have no gradient for what chose them."""
    quantiser, x = LearnedQuantiser(6, 2, 8).eval(), normal(1, 6, 20).requires_grad_()
    _, codes = quantiser(x)
    assert not quantiser.decode(codes).requires_grad


def test_codes_follow_their_vectors():
    """Two clouds, two codes begun elsewhere: moving averages bring them there, as k-means would."""
    torch.manual_seed(1)
    quantiser = LearnedQuantiser(2, 1, 2, gamma=0.8, dead=0.0).train()
    with torch.no_grad():
        quantiser.tables[0] = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
        quantiser.sums.copy_(quantiser.tables)
    for step in range(60):
        signs = torch.where(torch.arange(40) % 2 == 0, 1.0, -1.0)
        quantiser((torch.tensor([3.0, 2.0])[:, None] * signs + 0.1 * normal(2, 40, seed=step))[None])
    assert_close(quantiser.tables[0], torch.tensor([[3.0, 2.0], [-3.0, -2.0]]), atol=0.1, rtol=0)


def test_a_dead_code_comes_back_and_stays():
    """A code that nothing is near is put onto a vector; its averages too, or the next step would undo it."""
    for dead, n_used in ((0.0, 1), (0.1, 2)):
        torch.manual_seed(1)
        quantiser = LearnedQuantiser(1, 1, 2, gamma=0.9, dead=dead).train()
        with torch.no_grad():
            quantiser.tables[0] = torch.tensor([[0.0], [1000.0]])
            quantiser.sums.copy_(quantiser.tables)
        for step in range(80):
            quantiser(normal(1, 1, 200, seed=step))
        assert len(quantiser.eval()(normal(1, 1, 200, seed=99))[1].unique()) == n_used


def test_in_evaluation_nothing_moves():
    quantiser = LearnedQuantiser(6, 2, 8).eval()
    before = quantiser.tables.clone()
    quantiser(normal(1, 6, 50))
    assert torch.equal(quantiser.tables, before)


def test_a_new_network_begins_as_k_means():
    model, x = small(), normal(1, 8, 400)
    with torch.no_grad():
        latent = model.latent_of(codec.SCALE * x)
    model.quantiser.begin(latent[0].T)
    quantised, _ = model.quantiser(latent)
    assert (quantised - latent).square().mean() < 0.4 * latent.square().mean()


# ----------------------------------------------------------------------------------------- network


def test_the_signal_of_frames_is_that_of_the_reference():
    x = random_signal(800, seed=2).astype(np.float32)
    frames = mdct(x, 40)
    assert codec.signal_of(torch.from_numpy(frames)[None])[0].numpy() == pytest.approx(imdct(frames), abs=1e-5)


def test_a_codec_that_learns_beats_the_one_that_it_began_as():
    from course_utils.models.codec_recipes import train_codec

    rng = np.random.default_rng(0)
    t = np.arange(8000) / 8000
    signals = [
        sum(
            0.2 * np.sin(2 * np.pi * f * t + p)
            for f, p in zip(rng.uniform(200, 3000, 3), rng.uniform(0, 6, 3), strict=True)
        )
        for _ in range(8)
    ]
    options = {"n_frames": 64, "batch_size": 4, "mel": 0.0, "n_parts": 2}
    errors = []
    for n_steps in (2, 120):
        model = small(n_bins=40, latent=40, width=32)
        model, _ = train_codec(signals, model=model, n_steps=n_steps, **options)
        x = np.concatenate(signals[:2]).astype(np.float32)
        y = codec.decode(model, codec.encode(model, x), length=len(x))
        errors.append(np.mean((x - y) ** 2) / np.mean(x**2))
    assert errors[1] < 0.8 * errors[0]


def test_what_is_decoded_does_not_depend_on_what_stands_beside_it():
    model, frames = small(), 0.1 * normal(3, 8, 30)
    together = model(frames)
    for k in range(3):
        assert_close(model(frames[k : k + 1]).frames[0], together.frames[k])


def test_the_loss_by_hand():
    model, frames = small(n_bins=40, latent=40), 0.1 * normal(1, 40, 40)
    coded = model(frames)
    parts = codec.codec_loss(coded, frames, mel=0.25, commitment=2.0)
    error = (frames - coded.frames).square().sum() / frames.square().sum()
    assert parts["error"].item() == pytest.approx(0.75 * math.log(error.item() + 1e-3), rel=1e-4)
    kept = (coded.latent - coded.quantised).square().mean().item()
    assert parts["commitment"].item() == pytest.approx(2 * kept, rel=1e-4)
    assert set(codec.codec_loss(coded, frames, mel=0.0)) == {"error", "commitment"}
    same = codec.signal_of(frames)
    assert codec.mel_distance(same, same) == 0
    assert codec.mel_distance(math.e**0.5 * 10 * same, 10 * same).item() == pytest.approx(1, abs=0.1)


# ------------------------------------------------------------------------------------------- files


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 999), st.integers(1, 10**6))
def test_files_give_every_code_back(n_frames, n_stages, seed, length):
    codes = np.random.default_rng(seed).integers(0, 256, (n_frames, n_stages))
    found, n = codec.codes_of_bytes(codec.coded_bytes(codes, length))
    assert np.array_equal(found, codes) and n == length


def test_a_file_has_the_same_bytes_everywhere(tmp_path):
    codes = np.arange(40).reshape(10, 4) % 7
    content = codec.coded_bytes(codes, 360)
    assert content[:13] == b"SCC1" + struct.pack("<IIB", 360, 10, 4)
    codec.save_coded(tmp_path / "sound.scc", codes, 360)
    assert (tmp_path / "sound.scc").read_bytes() == content
    found, length = codec.load_coded(tmp_path / "sound.scc")
    assert np.array_equal(found, codes) and length == 360


def test_files_of_another_kind_or_cut_short_are_refused():
    content = codec.coded_bytes(np.ones((4, 2), int), 120)
    with refuses("must begin with b'SCC1'"):
        codec.codes_of_bytes(b"RIFF" + content[4:])
    with refuses("must hold a head and codes"):
        codec.codes_of_bytes(content[:12])
    with refuses("must state 1 to 64 stages"):
        codec.codes_of_bytes(content[:12] + b"\xff" + content[13:])
    with refuses("must state 1 to 64 stages"):
        codec.codes_of_bytes(content[:8] + b"\xff\xff\xff\x7f" + content[12:])


def test_a_sound_through_a_codec_has_its_length():
    model, x = small(n_bins=40, latent=40), 0.3 * random_signal(1234).astype(np.float32)
    codes = codec.encode(model, x, n_stages=2)
    assert codes.shape == (32, 2) and codec.decode(model, codes, length=1234).shape == (1234,)
    assert codec.decode(model, codes).shape == (40 * 31,)


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 99))
def test_tokens_give_every_code_back(n_frames, n_stages, seed):
    codes = np.random.default_rng(seed).integers(0, 256, (n_frames, n_stages))
    tokens = codec.tokens_of_codes(codes, n_stages)
    assert tokens[0] == tokens[-1] == 0 and min(tokens[1:-1]) > 0 and len(tokens) == codes.size + 2
    assert np.array_equal(codec.codes_of_tokens(tokens, n_stages), codes)
    assert np.array_equal(codec.codes_of_tokens(tokens[:-1] + [1] * (n_stages - 1), n_stages), codes)


def test_stages_that_do_not_take_turns_are_refused():
    with refuses("must name the stages in turn, got a token of another stage in frame 1"):
        codec.codes_of_tokens([0, 1, 257, 1, 2], 2)
    with refuses("must hold a whole frame"):
        codec.codes_of_tokens([0, 1], 2)


FRAMES = 0.1 * normal(1, 8, 6)
NO_FRAMES = [*NO_TENSORS, normal(8, 6), normal(1, 9, 6), normal(1, 8, 0), torch.ones(1, 8, 6, dtype=torch.int64)]
CODES = np.array([[1, 2], [3, 4]])
NO_CODES = [None, "x", 5, [0.5], [[-1, 0]], np.zeros((2, 0), int), [[True, False]], [["a"]], np.ones((2, 2, 2), int)]
OTHER = random_signal(1, 600).astype(np.float32)
CALLS = {
    codec.bit_rate: {"n_stages": (2, [*COUNT, 65])},
    LearnedQuantiser: {
        "width": (4, [*COUNT, 10**5]),
        "n_stages": (2, [*COUNT, 65]),
        "n_codes": (4, [*COUNT, 1, 10**5]),
        "gamma": (0.9, SHARE),
        "dead": (0.1, [*NUMBER, -1.0]),
    },
    LearnedQuantiser(8, 2, 4).eval().forward: {"latent": (FRAMES, NO_FRAMES), "n_stages": (1, [*COUNT[1:], 3])},
    FrameCodec: {
        "n_bins": (8, [*COUNT, 7]),
        "width": (8, [*COUNT, 10**5]),
        "latent": (8, [*COUNT, 7]),
        "n_stages": (2, [*COUNT, 65]),
        "n_codes": (4, [*COUNT, 1]),
        "dilations": ((1, 2), [None, 5, "x", (), (0,), (1.5,)]),
    },
    small().forward: {"frames": (FRAMES, NO_FRAMES), "n_stages": (2, [*COUNT[1:], 4, torch.tensor([1, 2])])},
    codec.codec_loss: {
        "coded": (codec.Coded(*(part.detach() for part in small()(FRAMES))), [None, 5, "x", (1, 2)]),
        "frames": (FRAMES, [*NO_TENSORS, normal(1, 8, 5)]),
        "mel": (0.0, SHARE),
        "commitment": (0.1, [*NUMBER, -1.0]),
    },
    codec.mel_distance: {
        "signal": (torch.from_numpy(OTHER), [*NO_TENSORS, normal(1, 500), normal(600)]),
        "other": (torch.from_numpy(0.5 * OTHER), [*NO_TENSORS, normal(1, 601)]),
    },
    codec.signal_of: {"frames": (FRAMES, [*NO_TENSORS, normal(8, 6), normal(1, 8, 1), normal(1, 7, 6)])},
    codec.encode: {
        "model": (small(), MODULE),
        "signal": (random_signal(64).astype(np.float32), MONO),
        "n_stages": (2, [*COUNT[1:], 4]),
    },
    codec.decode: {"model": (small(), MODULE), "codes": (CODES, [*NO_CODES, [[16]]]), "length": (8, [*COUNT[1:], 9])},
    codec.coded_bytes: {"codes": (CODES, [*NO_CODES, [[256]]]), "length": (80, COUNT)},
    codec.codes_of_bytes: {"content": (codec.coded_bytes(CODES, 80), [None, "x", 5, b"", b"SCC1", [1]])},
    codec.save_coded: {
        "path": ("sound.scc", [p for p in PATHS if p != "/proc/run.pt"]),
        "codes": (CODES, NO_CODES),
        "length": (80, COUNT),
    },
    codec.load_coded: {"path": ("there.scc", PATHS)},
    codec.tokens_of_codes: {"codes": (CODES, [*NO_CODES, [[256]]]), "n_stages": (2, [*COUNT, 3])},
    codec.codes_of_tokens: {
        "tokens": ([0, 5, 260, 0], [None, "x", 5, [0.5], [-1], [9999], []]),
        "n_stages": (2, [*COUNT, 65]),
    },
}


@pytest.fixture(autouse=True)
def _a_file(tmp_path):
    (tmp_path / "there.scc").write_bytes(codec.coded_bytes(CODES, 80))


test_hostile_input_is_refused_in_one_sentence = refusals("models.codec", CALLS)
