"""Tacotron: guide and loss by hand, neighbours and padding, told against spoken, durations, and learning one string."""

import math

import pytest
import torch
from torch.testing import assert_close

from course_utils import text
from course_utils.models import datasets, speech_recipes
from course_utils.models.speech_features import FLOOR
from course_utils.models.text_to_speech import (
    SpokenMel,
    Tacotron,
    durations_from_attention,
    guided_attention_loss,
    steps_of,
    synthesize,
    tacotron_loss,
)
from tests.hostile import COUNT, LENGTHS, MODULE, NO_TENSORS, NUMBER, POSITIVE, SHARE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

SMALL = {"width": 8, "n_cells": 10, "n_hidden": 6, "n_prenet": 5, "n_postnet": 7, "kernel_size": 3}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # sums of another order
SILENCE = math.log(FLOOR)


def model_of(**options):
    model = shuffled(Tacotron(**{**SMALL, **options}))
    model.scale.mean.fill_(-5.0)
    model.scale.spread.fill_(3.0)
    return model


def texts(*lengths, seed=0):
    tokens = torch.randint(
        1, text.N_TOKENS, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(seed)
    )
    return tokens, torch.tensor(lengths)


# ------------------------------------------------------------------------------------------- the guide


def test_the_guide_by_hand():
    """Two tokens, two steps, g = 0.5: off the diagonal (n/N − t/T)² = 1/4, a penalty of 1 − e^(−1/2)."""
    off = 1 - math.exp(-0.5)
    weights = torch.tensor([[[0.9, 0.1], [0.3, 0.7]]])
    assert guided_attention_loss(weights, width=0.5).item() == pytest.approx((0.1 * off + 0.3 * off) / 2)
    assert guided_attention_loss(torch.eye(5)[None]).item() == pytest.approx(0, abs=1e-7)


def test_the_guide_is_a_loop_over_what_counts_of_each_clip():
    weights, sizes = torch.rand(2, 6, 5), [(3, 4), (5, 6)]
    expected = 0.0
    for clip, (n_tokens, n_steps) in zip(weights, sizes, strict=True):
        penalties = [
            float(clip[t, n]) * (1 - math.exp(-((n / n_tokens - t / n_steps) ** 2) / (2 * 0.3**2)))
            for t in range(n_steps)
            for n in range(n_tokens)
        ]
        expected += sum(penalties) / n_steps / 2
    weights[0, :, 3:] = 0  # attention of a text of three
    found = guided_attention_loss(weights, *zip(*sizes, strict=True), width=0.3)
    assert found.item() == pytest.approx(expected, rel=1e-5)
    weights[0, 4:] = 7.0
    assert guided_attention_loss(weights, *zip(*sizes, strict=True), width=0.3) == found


# -------------------------------------------------------------------------------------------- the loss


def test_the_loss_by_hand():
    """Four frames of the first clip, three of the second, r = 2: silence fills the second's last step up."""
    mel = normal(2, 64, 4)
    output = SpokenMel(
        mel + 0.5, mel - 0.25, torch.tensor([[0.0, 2.0], [-1.0, 3.0]]), torch.rand(2, 2, 3), torch.tensor([3, 3])
    )
    parts = tacotron_loss(output, mel, [4, 3], guide=0.0, stop=2.0)
    filled = (SILENCE - (mel[1, :, 3] + 0.5)).abs().sum()
    assert parts["coarse"].item() == pytest.approx((0.5 * 7 * 64 + float(filled)) / (8 * 64), rel=1e-4)

    def bce(logit, is_last):
        p = 1 / (1 + math.exp(-logit))
        return -math.log(p if is_last else 1 - p)

    stop = 2 * (bce(0, False) + bce(2, True) + bce(-1, False) + bce(3, True)) / 2
    assert parts["stop"].item() == pytest.approx(stop, rel=1e-5) and list(parts) == ["coarse", "mel", "stop"]
    short = tacotron_loss(output, mel, [4, 2], guide=3.0, stop=0.0)
    assert short["mel"].item() == pytest.approx(0.25, rel=1e-4)
    assert_close(short["guide"], 3 * guided_attention_loss(output.weights, [3, 3], [2, 1]))


def test_steps_are_rounded_up():
    assert steps_of(normal(3, 64, 9), [9, 7, 1], 3).tolist() == [3, 3, 1]
    assert steps_of(normal(3, 64, 9), None, 4).tolist() == [3, 3, 3]


# ------------------------------------------------------------------------------------------ the network


@pytest.mark.parametrize("options", [{}, {"reduction": 2}, {"reduction": 1, "cumulative": False}])
def test_what_stands_beside_a_clip_changes_nothing(options):
    model, (tokens, n_tokens) = model_of(**options), texts(7, 3, 5)
    mel, n_frames = normal(3, 64, 20) - 5, torch.tensor([8, 20, 13])
    together = model(tokens, n_tokens, mel, n_frames)
    for row, (n, n_text) in enumerate(zip(n_frames.tolist(), n_tokens.tolist(), strict=True)):
        alone = model(tokens[row : row + 1, :n_text], None, mel[row : row + 1, :, :n], None)
        n_steps = -(-n // model.reduction)
        assert alone.mel.shape == (1, 64, n_steps * model.reduction)
        assert_close(together.mel[row, :, : alone.mel.shape[2]], alone.mel[0], **LOOSE)
        assert_close(together.stop[row, :n_steps], alone.stop[0], **LOOSE)
        assert_close(together.weights[row, :n_steps, :n_text], alone.weights[0], **LOOSE)
        assert not together.weights[row, :, n_text:].any()
    mel[0, :, 8:], tokens[1, 3:] = math.nan, 0
    assert_close(model(tokens, n_tokens, mel, n_frames), together)


def test_a_step_knows_only_what_came_before():
    model, (tokens, n_tokens) = model_of(), texts(6)
    mel = normal(1, 64, 12) - 5
    before = model(tokens, n_tokens, mel)
    changed = mel.clone()
    changed[:, :, 6:] += 1
    after = model(tokens, n_tokens, changed)
    assert_close(after.coarse[:, :, :9], before.coarse[:, :, :9])
    assert (after.coarse[:, :, 9:] - before.coarse[:, :, 9:]).abs().max() > 1e-4


def test_told_its_own_frames_it_writes_them_again():
    """Synthesis is teacher forcing with its own coarse frames, which the pre-net alone is fed."""
    model, (tokens, n_tokens) = model_of(), texts(9, 4)
    spoken = synthesize(model, tokens, n_tokens, n_most=30, stop_threshold=1.0)
    mel = normal(2, 64, 30)
    for _ in range(10):  # each pass makes one more step right
        mel = model(tokens, n_tokens, mel).coarse.detach()
    told = model(tokens, n_tokens, mel)
    for row, speech in enumerate(spoken):
        assert speech.mel.shape == (64, 30) and not speech.is_finished
        assert_close(speech.mel, told.mel[row], **LOOSE)
        assert_close(speech.weights, told.weights[row, :, : n_tokens[row]], **LOOSE)
        assert_close(speech.stop, torch.sigmoid(told.stop[row]), **LOOSE)


def test_speech_is_alike_whatever_stands_beside_it():
    model, (tokens, n_tokens) = model_of(), texts(9, 4, 6)
    stops = torch.cat([speech.stop for speech in synthesize(model, tokens, n_tokens, stop_threshold=1.0)])
    threshold = float(stops.quantile(0.9))
    for row, speech in enumerate(synthesize(model, tokens, n_tokens, stop_threshold=threshold)):
        (alone,) = synthesize(model, tokens[row : row + 1, : n_tokens[row]], stop_threshold=threshold)
        assert_close(speech.mel, alone.mel, **LOOSE)
        assert speech.is_finished == alone.is_finished
        assert not (speech.stop[:-1] > threshold).any()


def test_the_stop_ends_a_text_and_the_limit_is_told():
    model, (tokens, n_tokens) = model_of().train(), texts(5, 2)
    ended = synthesize(model, tokens, n_tokens, stop_threshold=0.0)
    assert [speech.mel.shape for speech in ended] == [(64, 3), (64, 3)] and all(s.is_finished for s in ended)
    (cut, _) = synthesize(model, tokens, n_tokens, stop_threshold=1.0)
    assert cut.mel.shape == (64, 60 + 12 * 5) and not cut.is_finished
    assert model.training and all(part.training for part in model.modules())


def test_dropout_in_synthesis_is_drawn_and_repeats_with_its_seed():
    model, (tokens, n_tokens) = model_of(), texts(5)
    options = {"n_most": 12, "stop_threshold": 1.0, "dropout": True}
    torch.manual_seed(1)
    first, second = (synthesize(model, tokens, n_tokens, **options)[0].mel for _ in range(2))
    torch.manual_seed(1)
    assert_close(synthesize(model, tokens, n_tokens, **options)[0].mel, first)
    assert (first - second).abs().max() > 1e-3


# ------------------------------------------------------------------------------------------- durations


def test_durations_are_the_way_of_the_largest_product():
    weights = torch.tensor([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.1, 0.7], [0.1, 0.2, 0.7]])
    assert durations_from_attention(weights).tolist() == [1, 1, 2]  # 0.9 · 0.3 · 0.7 · 0.7; argmax says 2, 0, 2
    assert durations_from_attention(torch.eye(4), reduction=3).tolist() == [3, 3, 3, 3]


def test_durations_last_as_long_as_the_speech():
    for seed in range(5):
        weights = torch.softmax(3 * normal(11, 6, seed=seed), dim=1)
        durations = durations_from_attention(weights, reduction=2)
        assert durations.sum() == 22 and (durations >= 1).all()


# -------------------------------------------------------------------------------------------- learning


def test_a_word_is_learned_and_watched():
    clip = datasets.DigitStrings("train", 1, seed=3, n_digits=(1, 1), whole_words=True, voices=(214,))[0]
    parts = []
    model, history = speech_recipes.train_tacotron(
        [[clip] * 120], model=Tacotron(**SMALL), n_epochs=4, batch_s=1.0, seed=1, watch=parts.append, progress=False
    )
    assert parts == [0, 1, 2, 3] and not model.training
    mel = history.column("train_mel")
    assert mel[-1] < 0.6 * mel[0] and history.column("train_guide")[-1] < history.column("train_guide")[0]


def test_lessons_hold_one_voice_and_become_longer():
    short, long = speech_recipes.dictation_lessons(40, seed=5)
    assert (len(short), len(long)) == (12, 28)
    assert max(len(short[n][1]) for n in range(12)) == 2 and max(len(long[n][1]) for n in range(28)) == 5
    assert {lesson.voice(n) for lesson in (short, long) for n in range(12)} == {speech_recipes.VOICE}
    assert speech_recipes.spoken_words([7, 2, 0]) == "seven two zero"


# --------------------------------------------------------------------------------------------- errors


def test_what_does_not_fit_is_told():
    model, (tokens, n_tokens) = model_of(), texts(5, 2)
    with refuses(r"tokens must be 0…34, got 35…35: pass the numbers of text.encode"):
        synthesize(model, torch.full((1, 3), 35))
    with refuses(r"mel must have the shape \(batch, 64, frames\), got \(2, 9, 64\)"):
        model(tokens, n_tokens, normal(2, 9, 64))
    with refuses("tokens and mel must have one batch, got 2 and 3"):
        model(tokens, n_tokens, normal(3, 64, 9))
    with refuses("weights must have as many frames as tokens, got 4 frames for 5 tokens"):
        durations_from_attention(torch.rand(2, 5), reduction=2)
    with refuses("mel must be what the Tacotron was told"):
        tacotron_loss(model(tokens, n_tokens, normal(2, 64, 9)), normal(2, 64, 12))


TOKENS, N_TOKENS = texts(5, 2)
MEL = normal(2, 64, 9)
NO_TEXTS = [*NO_TENSORS, TOKENS[0], TOKENS.float(), TOKENS + 99, -TOKENS, TOKENS[:0], TOKENS[:, :0]]
NO_MEL = [*NO_TENSORS, MEL[0], MEL[:, :40], MEL.double(), MEL[:1], MEL[:, :, :0]]
TEXTS = {"tokens": (TOKENS, NO_TEXTS), "n_tokens": (N_TOKENS, LENGTHS)}
HEARD = {"mel": (MEL, NO_MEL), "n_frames": (torch.tensor([9, 4]), LENGTHS)}
WEIGHTS = torch.softmax(normal(2, 4, 3), dim=2)
SIZE = (8, [*COUNT, 7])
OUTPUT = SpokenMel(*(part.detach() for part in model_of()(TOKENS, N_TOKENS, MEL)))
CALLS = {
    Tacotron: {
        "n_vocabulary": (9, [*COUNT, 1]),
        **{name: (8, COUNT) for name in ("n_cells", "n_hidden", "n_prenet", "n_postnet")},
        "width": SIZE,
        "reduction": (2, COUNT),
        "kernel_size": (3, [*NUMBER, -1, 2, 1.5]),
        "dropout": (0.5, [*SHARE, 1.0]),
    },
    model_of().forward: {**TEXTS, **HEARD},
    steps_of: {"mel": (MEL, NO_TENSORS), "n_frames": HEARD["n_frames"], "reduction": (3, COUNT)},
    guided_attention_loss: {
        "weights": (WEIGHTS, [*NO_TENSORS, WEIGHTS[0], -WEIGHTS, WEIGHTS / 0]),
        "n_tokens": (torch.tensor([3, 2]), LENGTHS),
        "n_steps": (torch.tensor([4, 2]), LENGTHS),
        "width": (0.2, [*POSITIVE, 1e-9]),
    },
    tacotron_loss: {
        "output": (OUTPUT, [None, 5, "x", MEL, (MEL, MEL)]),
        "mel": (MEL, [*NO_TENSORS, MEL[0], MEL[:, :40], MEL[:1]]),
        "n_frames": HEARD["n_frames"],
        "guide": (1.0, [*NUMBER, -1.0]),
        "stop": (1.0, [*NUMBER, -1.0]),
        "width": (0.2, [*POSITIVE, 1e-9]),
    },
    synthesize: {
        "model": (model_of(), [*MODULE, torch.nn.Linear(2, 2)]),
        **TEXTS,
        "n_most": (6, COUNT[1:]),
        "stop_threshold": (0.5, SHARE),
    },
    durations_from_attention: {
        "weights": (WEIGHTS[0], [*NO_TENSORS, WEIGHTS, -WEIGHTS[0], WEIGHTS[0] / 0]),
        "reduction": (2, COUNT),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.text_to_speech", CALLS)
