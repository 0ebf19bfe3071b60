"""Features as layers, against the numpy references; normalisation of clips and of a training set."""

import numpy as np
import pytest
import torch

from course_utils import mel, mfcc
from course_utils.augmentation import spec_augment
from course_utils.models import features
from tests.hostile import COUNT, LENGTHS, NAME, NO_TENSORS, NUMBER, POSITIVE, SHARE, refusals

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


# ------------------------------------------------------------------------------------- SpecAugment


def test_masks_of_a_batch_are_as_wide_and_as_often_as_those_of_the_reference():
    ramp = torch.arange(40.0)[:, None] + 100 * torch.arange(100.0)
    torch.manual_seed(5)
    out = features.SpecAugment().train()(ramp.expand(2000, 40, 100))
    is_hidden = (out != ramp).float()
    assert torch.all(out[is_hidden > 0] == ramp.mean())
    rng = np.random.default_rng(5)
    theirs = np.mean([spec_augment(ramp.numpy(), rng=rng, max_warp=0) != ramp.numpy() for _ in range(2000)], axis=0)
    assert is_hidden.mean().item() == pytest.approx(theirs.mean(), abs=0.01)
    assert np.abs(is_hidden.mean(dim=(0, 2)).numpy() - theirs.mean(axis=1)).max() < 0.05
    assert np.abs(is_hidden.mean(dim=(0, 1)).numpy() - theirs.mean(axis=0)).max() < 0.05
    assert len(set(is_hidden.sum(dim=(1, 2)).tolist())) > 100  # each clip has masks of its own


def test_masks_lie_within_the_clip_and_are_gone_in_evaluation():
    torch.manual_seed(0)
    clips, lengths = torch.rand(500, 6, 50), torch.tensor([10, 50]).repeat(250)
    layer = features.SpecAugment(n_freq_masks=0, max_time_width=30, max_time_share=0.5)
    out = layer.train()(clips, lengths)
    is_hidden = (out != clips).any(dim=1)
    assert not is_hidden[::2, 10:].any() and is_hidden[::2].any() and is_hidden[1::2, 10:].any()
    assert is_hidden[::2].sum(dim=1).max() <= 10
    mean = clips[0, :, :10].mean()
    assert is_hidden[0].any() and torch.allclose(out[0][:, is_hidden[0]], mean)
    assert layer.eval()(clips, lengths) is clips
    assert torch.equal(features.SpecAugment(n_freq_masks=0, n_time_masks=0).train()(clips), clips)


def test_clips_that_are_refused_leave_a_scale_as_it_was():
    layer = features.StoredScale()
    for wrong in ([torch.ones(4, 9)], [torch.full((4, 9), float("nan"))]):
        with pytest.raises(ValueError, match="spread of the clips must be above 0 and finite"):
            layer.measure(wrong)
    assert layer.mean == 0 and layer.spread == 1


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
SPOILT = [torch.where(torch.arange(800) == 300, x, SIGNAL) for x in (float("nan"), float("inf"), 1e25)]
SMALL = {"sample_rate": 8000, "n_fft": 256, "n_mels": 8}
CLIPS = [torch.rand(4, 9), torch.rand(4, 5)]
CALLS = {
    features.LogMel: LOG_MEL,
    features.LogMel(**SMALL).forward: {"signal": (SIGNAL, [*NO_TENSORS, *COLUMNS, *SPOILT, SIGNAL.half(), SIGNAL[:0]])},
    features.MFCC: {"n_mfcc": (4, [*COUNT, 9]), **LOG_MEL},
    features.MFCC(**SMALL, n_mfcc=4).forward: {"signal": (SIGNAL, [*NO_TENSORS, *COLUMNS, *SPOILT, SIGNAL.bfloat16()])},
    features.SpecAugment: {
        "n_freq_masks": (2, [*COUNT[:-5], -1, 1.5, 10**12]),
        "max_freq_width": (3, [*COUNT[:-5], -1, 1.5]),
        "n_time_masks": (2, [*COUNT[:-5], -1, 1.5, 10**12]),
        "max_time_width": (3, [*COUNT[:-5], -1, 1.5]),
        "max_time_share": (0.2, SHARE),
    },
    features.SpecAugment(max_freq_width=3).eval().forward: {
        "features": (torch.rand(2, 4, 9), [*NO_TENSORS, torch.rand(4, 9), torch.rand(2, 2, 9)]),
        "lengths": ([3, 9], LENGTHS),
    },
    features.Standardize: {},
    features.Standardize().forward: {"features": (torch.rand(2, 4, 9), NO_TENSORS), "lengths": ([3, 9], LENGTHS)},
    features.StoredScale: {},
    features.StoredScale().forward: {"features": (torch.rand(2, 4, 9), NO_TENSORS)},
    features.StoredScale().measure: {
        "clips": (CLIPS, [None, 5, "x", [], [None], [torch.ones(4)], [torch.ones(4, 9)], [*CLIPS, torch.rand(3, 9)]])
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.features", CALLS)
