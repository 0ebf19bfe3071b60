"""Networks that name a sound: what padding, level and time must not change; losses and events by hand."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from course_utils import metrics
from course_utils.models import classification, datasets, training
from course_utils.models.classification import (
    EventCNN,
    EventDetector,
    MelCNN,
    detect_events,
    frame_f1,
    frame_loss,
    saliency,
)
from course_utils.models.layers import valid_frames
from tests.hostile import COUNT, LENGTHS, MODULE, NO_TENSORS, NUMBER, POSITIVE, SHARE, refusals
from tests.networks import SINGLE, normal, seeded, shuffled  # noqa: F401
from tests.support import refuses


def test_fit_frames_interpolates_over_what_is_no_padding():
    ramp = torch.arange(10.0)[None, None].repeat(2, 3, 1)
    found = classification.FitFrames(4)(ramp, torch.tensor([10, 4]))
    assert torch.allclose(found[0, 0], torch.tensor([0.0, 3, 6, 9]))
    assert torch.allclose(found[1, 2], torch.tensor([0.0, 1, 2, 3]))
    assert torch.allclose(classification.FitFrames(4)(ramp[:1], torch.tensor([1]))[0, 0], torch.zeros(4))


EACH = pytest.mark.parametrize(
    "make", [EventCNN, EventDetector, lambda: MelCNN(40, 10)], ids=["CNN", "detector", "mel"]
)


@EACH
def test_a_clip_gives_the_same_alone_and_beside_a_longer_one(make):
    """Odd and even lengths, with silence, noise and NaN in the padding; one loud neighbour."""
    model = shuffled(make())
    for n_frames in (8, 9, 13, 30):
        clip = 3 * normal(1, 40, n_frames, seed=n_frames) - 5
        with torch.no_grad():
            alone = model(clip)[0]
            for filling in (0.0, 50.0, float("nan")):
                batch = torch.full((2, 40, 37), filling)
                batch[0, :, :n_frames], batch[1] = clip[0], 100 * normal(40, 37)
                beside = model(batch, torch.tensor([n_frames, 37]))[0]
                torch.testing.assert_close(beside[..., : alone.shape[-1]], alone, **SINGLE)
            assert torch.equal(model(clip, torch.tensor([n_frames]))[0], alone)


def test_behind_the_end_there_is_no_event():
    model = shuffled(EventDetector())
    logits = model(normal(2, 40, 30), torch.tensor([30, 11]))
    assert (logits[1, :, 11:] == classification.NO_EVENT).all() and (logits[1, :, :11] > -30).all()
    assert torch.sigmoid(logits[1, 0, 20]) < 1e-12


@EACH
def test_gradients_reach_every_weight_and_no_padding(make):
    model = shuffled(make()).train()
    x, lengths = normal(3, 40, 24).requires_grad_(), torch.tensor([24, 9, 16])
    logits = model(x, lengths)
    inside = valid_frames(lengths, 24)[:, None]
    logits = logits.masked_fill(~inside, 0) if logits.ndim == 3 else logits
    logits.square().sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in model.parameters())
    assert (x.grad.masked_select(~inside) == 0).all() and x.grad.isfinite().all()


def test_a_word_gives_the_same_alone_and_beside_a_longer_one():
    model = shuffled(classification.DigitNet())
    data = datasets.SpokenDigits("test")
    order = np.argsort([len(clip) for clip in data.signals])
    short, long = data[order[0]], data[order[-1]]
    alone, _ = training.predict(model, [datasets.pad_batch([short])])
    beside, _ = training.predict(model, [datasets.pad_batch([short, long])])
    torch.testing.assert_close(alone[0], beside[0], **SINGLE)


@pytest.mark.parametrize("make", [classification.DigitNet, EventCNN, EventDetector])
def test_all_numbers_are_single_precision_and_saved(make, tmp_path):
    model = shuffled(make())
    state = model.state_dict()
    assert {value.dtype for value in state.values() if value.is_floating_point()} == {torch.float32}
    torch.save(state, tmp_path / "weights.pt")
    other = make().eval()
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    inputs = (normal(1, 4000), torch.tensor([4000])) if make is classification.DigitNet else (normal(1, 40, 20),)
    assert torch.equal(model(*inputs), other(*inputs))


def test_the_network_takes_any_number_of_frames():
    model = classification.MelCNN(40, 7).eval()
    assert [model(torch.zeros(2, 40, n)).shape for n in (8, 48, 333)] == [(2, 7)] * 3


def test_gain_does_not_change_the_answer():
    torch.manual_seed(0)
    model = classification.DigitNet().eval()
    (x, lengths), _ = datasets.pad_batch([datasets.SpokenDigits("test")[3]])
    assert torch.allclose(model(x, lengths), model(0.01 * x, lengths), atol=1e-3)


def test_networks_take_any_length():
    torch.manual_seed(0)
    for n_frames in (8, 51, 151):
        x = torch.randn(3, 40, n_frames)
        assert EventCNN().eval()(x).shape == (3, 10)
        assert EventDetector().eval()(x).shape == (3, 10, n_frames)


@pytest.mark.parametrize("model", [EventCNN(), EventDetector()], ids=["EventCNN", "EventDetector"])
def test_networks_do_not_hear_the_level(model):
    x = torch.randn(2, 40, 60)
    model.eval()
    with torch.no_grad():
        assert_allclose(model(x + 3.7), model(x), atol=1e-4)  # float32 through three blocks


def test_the_detector_looks_26_frames_to_each_side_and_some_more():
    """2·(1 + 3 + 9) = 26 in the context, and one each in three blocks."""
    model = EventDetector().eval()
    x = torch.randn(1, 40, 101, requires_grad=True)
    logits = model.of_frames(x)  # without Standardize
    logits[0, 0, 50].backward()
    reached = torch.nonzero(x.grad[0].abs().sum(dim=0)).flatten()
    assert 50 - reached.min() <= 29 and reached.max() - 50 <= 29
    assert reached.max() - 50 >= 24


def test_the_classifier_does_not_care_when():
    """A pattern moved by a whole pool of 8 frames in silence: the mean and the maximum stay the same."""
    model = EventCNN().eval()
    x = torch.zeros(1, 40, 80)
    pattern = torch.randn(40, 16)
    moved = x.clone()
    x[0, :, 24:40], moved[0, :, 32:48] = pattern, pattern
    with torch.no_grad():
        assert_allclose(model(x), model(moved), atol=1e-5)


def test_frame_loss_by_hand():
    logits = torch.tensor([[[0.0, np.log(3.0), 99.0]]])  # probabilities 1/2 and 3/4; the third frame has no target
    target = torch.tensor([[[1.0, 0.0]]])
    assert float(frame_loss(logits, target)) == pytest.approx((np.log(2) + np.log(4)) / 2, rel=1e-6)
    assert frame_f1(logits, target) == 0
    assert frame_f1(logits, torch.tensor([[[1.0, 1.0]]])) == pytest.approx(2 / 3)  # a logit of exactly 0 is no call


def test_frames_behind_the_end_of_a_target_are_not_looked_at():
    logits = torch.tensor([[[0.0, np.log(3.0), 99.0]], [[np.log(3.0), -50.0, float("nan")]]])
    target = torch.tensor([[[1.0, 0.0]], [[1.0, -1.0]]])
    loss = float(frame_loss(logits, target, torch.tensor([2, 1])))
    assert loss == pytest.approx((np.log(2) + np.log(4) + np.log(4 / 3)) / 3, rel=1e-6)
    assert frame_f1(logits, target, torch.tensor([2, 1])) == pytest.approx(2 / 4)  # 1 hit, 2 calls, 2 true


def test_detect_events_by_hand():
    logits = torch.full((1, 2, 20), -5.0)
    logits[0, 1, 5:15] = 5.0
    found = detect_events(logits, hop_s=0.1, n_median=3)
    assert found == [[pytest.approx(metrics.Event(0.5, 1.5, 1))]]


def test_saliency_is_the_gradient():
    torch.manual_seed(0)
    model = EventCNN()
    x = torch.randn(1, 40, 32)
    found = saliency(model, x, 3)
    assert found.shape == x.shape and (found >= 0).all() and model.training
    model.eval().double()
    x = x.double()
    band, frame = np.unravel_index(int(found[0].argmax()), (40, 32))
    step = torch.zeros_like(x)
    step[0, band, frame] = 1e-5
    with torch.no_grad():
        slope = (model(x + step)[0, 3] - model(x - step)[0, 3]) / 2e-5
    assert abs(float(slope)) == pytest.approx(float(found[0, band, frame]), rel=1e-3)  # kinks of ReLU and maximum


def test_networks_are_small():
    assert sum(p.numel() for p in EventCNN().parameters()) < 10_000
    assert sum(p.numel() for p in EventDetector().parameters()) < 110_000


def test_networks_refuse():
    with refuses("n_classes must be at least 1"):
        EventCNN(0)
    with refuses("width must be at least 1"):
        EventDetector(width=0)
    with refuses("clips must have 8 to 20 frames, the length of the batch, got 7 for clip 1: count frames"):
        EventCNN()(normal(2, 40, 20), torch.tensor([20, 7]))
    with refuses("got 21 for clip 0"):
        EventDetector()(normal(2, 40, 20), torch.tensor([21, 7]))
    with refuses("lengths must hold one number for each of 2 clips"):
        MelCNN(40, 10)(normal(2, 40, 20), torch.tensor([20]))
    with refuses("n_mels must be at least 8, got 7"):
        MelCNN(7, 10)
    with refuses("n_mels must be at least 8, got 4"):
        EventDetector(4)


def test_networks_say_how_many_bands_and_frames_they_need():
    for model in (EventCNN(), MelCNN(40, 10)):
        with refuses("clips must have at least 8 frames, got 1: lengthen them"):
            model(normal(2, 40, 1))
    with refuses(r"features must have the shape \(batch, n_mels, frames\) with at least 8 bands, got \(2, 4, 20\)"):
        EventCNN()(normal(2, 4, 20))
    for model in (EventDetector(), MelCNN(40, 10)):
        with refuses(r"features must have the shape \(batch, 40, frames\), got \(2, 64, 20\)"):
            model(normal(2, 64, 20))
    for model in (EventCNN(), EventDetector(), MelCNN(40, 10)):
        for shape in ((40, 20), (0, 40, 20)):
            with refuses(r"features must have the shape .*one clip as features\[None\]"):
                model(normal(*shape))


def test_lengths_of_digits_are_samples_of_the_batch():
    model, signal = classification.HarderDigits(classification.DigitNet()).eval(), 0.1 * normal(2, 5000)
    assert torch.equal(model(signal, [3000, 5000]), model(signal, torch.tensor([3000, 5000])))
    for wrong, found in (([0, 5000], "0 for clip 0"), ([20, 5001], "5001 for clip 1")):
        with refuses(f"lengths must lie in 1…5000, the samples of the batch, got {found}: count samples"):
            model(signal, torch.tensor(wrong))
    for wrong in (torch.tensor([3000.0, 5000.0]), [0.5, 1.0], [True, True]):
        with refuses("lengths must be whole numbers, got torch", TypeError):
            model(signal, wrong)
    with refuses("lengths must hold one number for each of 2 clips"):
        model(signal, [5000])
    with refuses(r"signal must have the shape \(batch, time\), got \(5000,\): pass one clip as signal\[None\]"):
        model(signal[0], [5000])


MEL, SOUND = normal(2, 8, 24), 0.1 * normal(2, 4000)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_saliency_needs_no_gradients_of_its_caller(mode):
    model = EventCNN(3, (2, 2, 2))
    expected = saliency(model, MEL, 1)
    with mode():
        assert torch.equal(saliency(model, MEL, 1), expected)


def test_saliency_of_what_has_no_gradient_is_refused():
    class Deaf(EventCNN):
        def forward(self, log_mel, lengths=None):
            return super().forward(log_mel, lengths).detach()

    with refuses("the output of model must have a gradient"):
        saliency(Deaf(3, (2, 2, 2)), MEL, 1)


@pytest.mark.parametrize("arguments", [(MEL[..., :2], 1), (MEL, 7), (MEL, 1, [99, 24]), (MEL.double(), 1)])
def test_a_refused_saliency_leaves_the_mode_of_the_model(arguments):
    model = EventCNN(3, (2, 2, 2)).train()
    with pytest.raises((TypeError, ValueError)):
        saliency(model, *arguments)
    assert model.training


@pytest.mark.parametrize("measure", [frame_loss, frame_f1])
def test_targets_of_cells_are_shares(measure):
    """Behind the lengths anything may stand, such as the padding of pad_batch."""
    padded = TARGET.clone()
    padded[0, :, 5:] = -1
    assert measure(LOGITS, padded, [5, 9]) == measure(LOGITS, padded.clamp(min=0), [5, 9])
    for value in (7, -1, 1.01, float("nan")):
        with refuses("target must be 0 or 1, or a share between them"):
            measure(LOGITS, torch.full_like(TARGET, value))


def test_scores_that_are_not_numbers_have_no_f1():
    with refuses("logits must be numbers, got 6 NaN of 54: look for NaN"):
        frame_f1(LOGITS.index_fill(2, torch.tensor([3]), float("nan")), TARGET)


BEYOND = [torch.tensor(x) for x in ([12.0, 25.0], [0.0, 24.0], [-5.0, 24.0], [float("nan"), 24.0], [9, 10**6])]
TUPLES = [None, 5, "x", (), {}, (0, 8), (2.5, 4), ("a",), (-1,)]
LOGITS, TARGET = normal(2, 3, 9), (normal(2, 3, 9, seed=1) > 0).float()
PAIR = {
    "logits": (LOGITS, [*NO_TENSORS, normal(2, 3, 8)]),
    "target": (TARGET, [*NO_TENSORS, TARGET[:1]]),
    "lengths": ([5, 9], LENGTHS),
}
CALLS = {
    classification.FitFrames: {"n_frames": (9, [*COUNT, 1])},
    classification.FitFrames(9).forward: {
        "features": (MEL, NO_TENSORS),
        "lengths": (torch.tensor([12.0, 24.0]), [*NO_TENSORS, torch.ones(3), *BEYOND]),
    },
    classification.DigitFeatures: {
        "n_mels": (8, COUNT),
        "n_frames": (9, [*COUNT, 1]),
        "range_db": (40.0, [*POSITIVE, 121]),
    },
    classification.DigitFeatures(n_mels=8, n_frames=9).forward: {
        "signal": (SOUND, NO_TENSORS),
        "lengths": ([3000, 4000], [*LENGTHS[:7], [0, 3]]),
    },
    MelCNN: {
        "n_mels": (8, [*COUNT, 7]),
        "n_classes": (3, COUNT),
        "n_channels": ((2, 2, 2), TUPLES),
        "dropout": (0.2, SHARE),
    },
    MelCNN(8, 3, n_channels=(2, 2, 2)).eval().forward: {"features": (MEL, NO_TENSORS), "lengths": ([9, 24], LENGTHS)},
    classification.DigitNet: {"n_channels": ((2, 2, 2), TUPLES), "dropout": (0.2, SHARE)},
    classification.DigitNet(n_channels=(2, 2, 2)).eval().forward: {
        "signal": (SOUND, NO_TENSORS),
        "lengths": (torch.tensor([3000, 4000]), LENGTHS[:7]),
    },
    classification.HarderDigits: {"model": (classification.DigitNet(), MODULE), "spec_augment": (True, [])},
    classification.HarderDigits(classification.DigitNet(n_channels=(2, 2, 2))).eval().forward: {
        "signal": (SOUND, NO_TENSORS),
        "lengths": (torch.tensor([3000, 4000]), LENGTHS[:7]),
        "partner": (torch.tensor([1, 0]), ["x", [0.5, 1.0], [2, 0], [-1, 0], [0]]),
        "share": (torch.rand(2, 1, 1), NO_TENSORS),
    },
    EventCNN: {"n_classes": (3, COUNT), "channels": ((2, 2, 2), TUPLES)},
    EventCNN(3, (2, 2, 2)).eval().forward: {"log_mel": (MEL, NO_TENSORS), "lengths": ([9, 24], LENGTHS)},
    EventDetector: {
        "n_mels": (8, [*COUNT, 7]),
        "n_classes": (3, COUNT),
        "channels": ((2, 2, 2), TUPLES),
        "width": (4, COUNT),
    },
    EventDetector(8, 3, channels=(2, 2, 2), width=4).eval().forward: {
        "log_mel": (MEL, NO_TENSORS),
        "lengths": ([9, 24], LENGTHS),
    },
    frame_loss: PAIR,
    frame_f1: PAIR,
    detect_events: {
        "logits": (LOGITS, NO_TENSORS),
        "hop_s": (0.1, POSITIVE),
        "threshold": (0.4, SHARE),
        "n_median": (3, [*COUNT, 2]),
        "minimum_s": (0.1, [*NUMBER, -1]),
    },
    saliency: {
        "model": (EventCNN(3, (2, 2, 2)), MODULE),
        "log_mel": (MEL, NO_TENSORS),
        "label": (1, [*COUNT[:-5], -1, 3]),
        "lengths": ([9, 24], LENGTHS),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.classification", CALLS)
