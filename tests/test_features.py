"""Features as layers, against the numpy references; normalisation of clips and of a training set."""

import numpy as np
import pytest
import torch

from course_utils import mel, mfcc
from course_utils.models import features
from tests.hostile import COUNT, LENGTHS, NAME, NO_TENSORS, NUMBER, POSITIVE, refusals

SETTINGS = {"sample_rate": 8000, "n_fft": 256, "hop_length": 80, "n_mels": 40, "f_min": 60.0, "f_max": 3800.0}


@pytest.mark.parametrize("shape", [(4000,), (3, 1), (2, 3, 777)])
@pytest.mark.parametrize("log", ["natural", "db"])
def test_log_mel_is_the_reference_of_lecture_06(shape, log):
    x = 0.3 * np.random.default_rng(0).standard_normal(shape)
    expected = mel.log_mel(mel.mel_spectrogram(x, **SETTINGS), log=log)
    layer = features.LogMel(**SETTINGS, log=log)
    np.testing.assert_allclose(layer(torch.from_numpy(x)), expected, atol=1e-5)
    found = layer(torch.from_numpy(x).float())
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, expected, atol=2e-3)  # single precision near empty bands


def test_silence_is_the_floor_and_has_no_gradient():
    x = torch.zeros(1000, requires_grad=True)
    level = features.LogMel(**SETTINGS, floor=1e-6)(x)
    assert torch.allclose(level, torch.tensor(np.log(1e-6), dtype=torch.float32))
    level.sum().backward()
    assert torch.equal(x.grad, torch.zeros(1000))


def test_mfcc_is_the_reference_of_lecture_07():
    x = 0.3 * np.random.default_rng(1).standard_normal((2, 3000))
    log_mel = mel.log_mel(mel.mel_spectrogram(x, **SETTINGS), log="natural")
    found = features.MFCC(n_mfcc=13, **SETTINGS)(torch.from_numpy(x))
    np.testing.assert_allclose(found, mfcc.mfcc_from_log_mel(log_mel, n_mfcc=13), atol=1e-5)


def test_buffers_are_single_precision_and_double_is_as_exact_as_numpy():
    """Window, filters and matrix rounded to single precision would be wrong by 1e-7 of themselves."""
    layer = features.MFCC(n_mfcc=13, **SETTINGS)
    assert {value.dtype for value in layer.state_dict().values()} == {torch.float32}
    x = 0.3 * np.random.default_rng(1).standard_normal(3000)
    log_mel = mel.log_mel(mel.mel_spectrogram(x, **SETTINGS), log="natural")
    for made in (layer, layer.double()):
        np.testing.assert_allclose(made.log_mel(torch.from_numpy(x)), log_mel, rtol=1e-10, atol=1e-10)
        found = made(torch.from_numpy(x))
        np.testing.assert_allclose(found, mfcc.mfcc_from_log_mel(log_mel, n_mfcc=13), rtol=1e-10, atol=1e-10)


def test_features_are_differentiable():
    x = 0.1 * torch.randn(1, 400, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    layer = features.MFCC(n_mfcc=5, sample_rate=8000, n_fft=64, hop_length=32, n_mels=10)
    assert torch.autograd.gradcheck(layer, x.requires_grad_())


def test_more_coefficients_than_bands_are_refused():
    with pytest.raises(ValueError, match="n_mfcc=41 exceeds n_mels=40"):
        features.MFCC(n_mfcc=41, **SETTINGS)


def test_standardize_gives_mean_0_and_variance_1_whatever_the_gain():
    x = torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0))
    y = features.Standardize()(7 * x + 3)
    assert torch.allclose(y.mean(dim=(1, 2)), torch.zeros(3), atol=1e-6)
    assert torch.allclose(y.square().mean(dim=(1, 2)), torch.ones(3), atol=1e-4)
    assert torch.equal(features.Standardize()(torch.full((1, 4, 4), 3.0)), torch.zeros(1, 4, 4))


def test_standardize_leaves_out_the_padding():
    clip = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    batch = torch.full((2, 5, 9), float("nan"))
    batch[0, :, :7], batch[1] = clip, 100.0
    found = features.Standardize()(batch, torch.tensor([7, 9]))
    torch.testing.assert_close(found[0, :, :7], features.Standardize()(clip[None])[0])
    assert (found[0, :, 7:] == 0).all() and (found[1] == 0).all()


def test_a_constant_clip_has_a_finite_gradient():
    """The slope of a root is infinite at 0, and infinity times 0 is NaN."""
    x = torch.full((2, 4, 4), 3.0, requires_grad=True)
    for lengths in (None, torch.tensor([4, 2])):
        (gradient,) = torch.autograd.grad(features.Standardize()(x, lengths).square().sum(), x)
        assert gradient.isfinite().all()


def test_a_stored_scale_is_measured_once_and_saved():
    scale = features.StoredScale()
    x = torch.tensor([[0.0, 2.0], [4.0, 6.0]])
    assert torch.equal(scale(x), x)
    scale.measure([x, x + 1])
    values = [0, 2, 4, 6, 1, 3, 5, 7]
    np.testing.assert_allclose(scale(x), (x - np.mean(values)) / np.std(values, ddof=1), rtol=1e-6)
    assert set(scale.state_dict()) == {"mean", "spread"}


SIGNAL = torch.sin(torch.arange(800) / 5)
FLOOR = [*POSITIVE, 1e-60, 1e-40, 1e39]
LOG_MEL = {
    "sample_rate": (8000, [*POSITIVE, "8000", [8000]]),
    "n_fft": (256, COUNT),
    "hop_length": (80, COUNT),
    "n_mels": (8, COUNT),
    "f_min": (0.0, [*NUMBER, -1, 4000]),
    "f_max": (4000.0, [*NUMBER[1:], 0, 4001]),
    "log": ("db", NAME),
    "floor": (1e-10, FLOOR),
}
COLUMNS = [torch.ones(800, 2), torch.ones(800, 1), torch.ones(3, 800, 2), torch.ones(800, dtype=torch.int16)]
SMALL = {"sample_rate": 8000, "n_fft": 256, "n_mels": 8}
CLIPS = [torch.rand(4, 9), torch.rand(4, 5)]
CALLS = {
    features.LogMel: LOG_MEL,
    features.LogMel(**SMALL).forward: {"signal": (SIGNAL, [*NO_TENSORS, *COLUMNS, SIGNAL.half(), SIGNAL[:0]])},
    features.MFCC: {"n_mfcc": (4, [*COUNT, 9]), **LOG_MEL},
    features.MFCC(**SMALL, n_mfcc=4).forward: {"signal": (SIGNAL, [*NO_TENSORS, *COLUMNS, SIGNAL.bfloat16()])},
    features.Standardize: {},
    features.Standardize().forward: {"features": (torch.rand(2, 4, 9), NO_TENSORS), "lengths": ([3, 9], LENGTHS)},
    features.StoredScale: {},
    features.StoredScale().forward: {"features": (torch.rand(2, 4, 9), NO_TENSORS)},
    features.StoredScale().measure: {
        "clips": (CLIPS, [None, 5, "x", [], [None], [torch.ones(4)], [torch.ones(4, 9)], [*CLIPS, torch.rand(3, 9)]])
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.features", CALLS)
