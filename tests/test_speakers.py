"""The verifier: its loss by hand, its pooling, padding, scores against scipy, pairs of clips, and that it learns."""

import math

import numpy as np
import pytest
import scipy.spatial.distance
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils import metrics
from course_utils.models import checkpoints, datasets, speakers
from course_utils.models.speakers import (
    AttentivePooling,
    HarderVoices,
    SpeakerVerifier,
    VoiceClips,
    cosine_scores,
    end_to_end_loss,
    enrol,
    normalised_scores,
    voice_vectors,
)
from tests.hostile import COUNT, LENGTHS, MODULE, NAME, NO_TENSORS, POSITIVE, SHARE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import random_signal, refuses

SMALL = {"channels": (2, 3), "width": 8, "n_outputs": 5}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # sums of another order, and a logarithm
SEED = [*COUNT[:-5], -1, 1.5]


def model_of(**options):
    model = shuffled(SpeakerVerifier(**SMALL, **options))
    for block in model.blocks:
        block.norm.running_mean.normal_(0, 0.1)
    return model


def sound(n_samples, seed=0):
    """Noise whose level steps up and down by 20 dB."""
    return 0.1 * normal(n_samples, seed=seed) * 10 ** -(torch.arange(n_samples) // 900 % 3 / 2)


# ------------------------------------------------------------------------------------------- the loss


def test_the_loss_of_four_clips_worked_by_hand():
    """Two voices along the axes, clips at 0° and 60°, 90° and 90°: each clip's own centre is its neighbour."""
    half = math.sqrt(3) / 2
    vectors = torch.tensor([[1.0, 0], [0.5, half], [0, 1], [0, 1]])
    c30, c60 = half, 0.5  # of the first voice's centre, at 30°, the second's clips at 90° see cos 60°
    own = torch.tensor([[c60, 0.0], [c60, c30], [c60, 1.0], [c60, 1.0]])  # against voice 0, voice 1
    expected = -(
        own[0].log_softmax(0)[0] + own[1].log_softmax(0)[0] + own[2].log_softmax(0)[1] + own[3].log_softmax(0)[1]
    )
    assert_close(end_to_end_loss(vectors, torch.tensor([0, 0, 1, 1]), scale=1.0), expected / 4)


def loss_by_definition(vectors, voices, scale):
    """Equations 5 and 6 of Wan et al., clip by clip."""
    total = 0.0
    for i, own in enumerate(voices):
        sims = {}
        for k in set(voices):
            members = [vectors[j] / np.linalg.norm(vectors[j]) for j in range(len(voices)) if voices[j] == k and j != i]
            centre = np.mean(members, axis=0)
            sims[k] = scale * vectors[i] @ centre / np.linalg.norm(vectors[i]) / np.linalg.norm(centre)
        total -= sims[own] - math.log(sum(math.exp(s) for s in sims.values()))
    return total / len(voices)


@given(st.integers(0, 2**31), st.integers(2, 4), st.integers(2, 4), st.floats(0.5, 20))
def test_the_loss_is_that_of_its_definition(seed, n_voices, n_clips, scale):
    vectors = np.random.default_rng(seed).standard_normal((n_voices * n_clips, 6))
    voices = np.random.default_rng(seed).permutation(np.repeat(np.arange(n_voices), n_clips))
    found = end_to_end_loss(torch.from_numpy(vectors).float(), torch.from_numpy(7 * voices), scale=scale)
    assert found.item() == pytest.approx(loss_by_definition(vectors, voices.tolist(), scale), rel=1e-3, abs=1e-4)


def test_equal_vectors_lose_the_logarithm_of_the_voices_and_distant_ones_nothing():
    voices = torch.tensor([0, 0, 1, 1, 2, 2])
    assert end_to_end_loss(torch.ones(6, 4), voices).item() == pytest.approx(math.log(3))
    assert end_to_end_loss(torch.eye(3).repeat_interleave(2, 0), voices, scale=30.0).item() < 1e-6


# ---------------------------------------------------------------------------------------- the network


def test_even_weights_pool_to_mean_and_spread():
    pool, hidden = AttentivePooling(4), normal(2, 4, 9)
    torch.nn.init.zeros_(pool.score[2].weight)
    found = pool(hidden, torch.tensor([9, 5]))
    assert_close(found[1, :4], hidden[1, :, :5].mean(dim=1))
    assert_close(found[0, 4:], hidden[0].std(dim=1, correction=0), rtol=1e-3, atol=1e-3)  # 1e-5 is added


def test_weights_make_one_frame_count():
    pool, hidden = AttentivePooling(1, 1), torch.tensor([[[1.0, 2.0, 7.0, 3.0]]])
    with torch.no_grad():
        for weight, value in zip(pool.parameters(), (1.0, -4.0, 1000.0, 0.0), strict=True):
            weight.fill_(value)  # tanh(h − 4) · 1000: only 7 gets a weight
    assert_close(pool(hidden, torch.tensor([4])), torch.tensor([[7.0, math.sqrt(1e-5)]]))


@pytest.mark.parametrize("subtract_mean", [True, False])
def test_a_clip_has_its_vector_whatever_stands_beside_it(subtract_mean):
    model, lengths = model_of(subtract_mean=subtract_mean), [9000, 700, 4321]
    batch = torch.full((3, 9000), 0.7)  # what lies in the padding is not heard
    for row, n in zip(batch, lengths, strict=True):
        row[:n] = sound(n, seed=n)
    for row, n, found in zip(batch, lengths, model(batch, lengths), strict=True):
        assert_close(found, model(row[None, :n])[0], **LOOSE)
        assert found.norm().item() == pytest.approx(1)


def test_neither_level_nor_a_microphones_colour_counts_but_the_colour_does_where_the_mean_stays():
    x = sound(6000)[None]
    for model in (model_of(range_db=120.0), model_of(subtract_mean=False, range_db=120.0)):
        assert_close(model(0.1 * x), model(x), **LOOSE)
    power, n_frames = model.power(x)
    line = torch.linspace(1, 4, model.mel.n_mels)[:, None]
    for subtract_mean, is_same in ((True, True), (False, False)):
        model = model_of(subtract_mean=subtract_mean, range_db=120.0)
        close = torch.allclose(model.features(line * power, n_frames), model.features(power, n_frames), atol=1e-3)
        assert close == is_same


# ------------------------------------------------------------------------------------- what it hears


def test_pairs_are_of_one_voice_and_share_no_word(monkeypatch):
    clips = VoiceClips("valid", 40, seed=3, virtual=False)
    clips.signals = [np.full(800, n, np.float32) for n in range(len(clips.signals))]
    for pair in range(20):
        heard = []
        for side in range(2):
            (signal, tract), number = clips[2 * pair + side]
            assert number == pair and tract == 1.0
            assert 0.8 * 8000 <= len(signal) <= 1.6 * 8000 and signal.dtype == np.float32
            heard.append({round(float(v)) for v in signal[np.equal(signal, np.round(signal))] if v})
        voices = {n // 10 for words in heard for n in words}
        assert len(voices) == 1
        assert not heard[0] & heard[1]


def test_clips_follow_from_seed_epoch_and_number():
    one, other = (VoiceClips("valid", 8, seed=1) for _ in range(2))
    assert np.array_equal(one[5][0][0], other[5][0][0])
    other.epoch = 1
    assert not np.array_equal(one[5][0][0][:6000], other[5][0][0][:6000])
    few = VoiceClips("valid", 8, speakers=["m6", "f5"])
    assert len(few.signals) == 40


def test_virtual_voices_differ_and_come_in_families():
    clips = VoiceClips("valid", 80)
    tracts = [clips[n][0][1] for n in range(80)]
    assert tracts[::2] == tracts[1::2] and len(set(tracts)) == 40
    assert max(abs(math.log(tract)) for tract in tracts) <= speakers.MOST[1]


def test_the_world_is_drawn_in_training_alone_and_for_its_share_of_the_clips():
    x, lengths, tract = torch.stack([sound(8000), sound(8000)]), torch.tensor([8000, 6000]), torch.ones(2)
    for world, is_same in ((0.0, True), (1.0, False)):
        model = HarderVoices(model_of(), world=world)
        expected = model.eval().model(x, lengths)
        assert_close(model(x, lengths, tract), expected, **LOOSE)
        model.train().model.eval()
        assert torch.allclose(model(x, lengths, tract), expected, **LOOSE) == is_same


def test_a_tract_moves_formants_up():
    """A peak at 1000 Hz comes to stand at 1200 Hz."""
    model = model_of()
    power = torch.zeros(1, 40, 9)
    at = [int(np.argmin(np.abs(np.array(centres()) - f))) for f in (1000, 1200)]
    power[:, at[0]] = 1
    moved = speakers.recogniser.bend_bands(power, model.mel, torch.tensor([1 / 1.2]))
    assert abs(int(moved[0, :, 4].argmax()) - at[1]) <= 1


def centres():
    from course_utils.mel import mel_frequencies_hz

    return mel_frequencies_hz(42, f_min=60.0, f_max=3800.0)[1:-1]


# ------------------------------------------------------------------------------------------ scores


@given(st.integers(0, 2**31), st.floats(1e-12, 1e12))
def test_scores_are_those_of_scipy_whatever_the_lengths(seed, scale):
    rng = np.random.default_rng(seed)
    one, other = rng.standard_normal((3, 7)), rng.standard_normal((4, 7))
    expected = 1 - scipy.spatial.distance.cdist(one, other, "cosine")
    assert np.allclose(cosine_scores(scale * one, other), expected)


def test_enrolment_is_the_mean_of_directions():
    assert np.allclose(enrol(np.array([[5.0, 0], [0, 0.1]])), np.sqrt([0.5, 0.5]))
    assert np.allclose(enrol(np.array([[0.0, 2]])), [0, 1])
    with refuses("vectors must hold vectors of a direction, got one of zeros only"):
        enrol(np.array([[1.0, 0], [-1, 0]]))


def test_normalised_scores_by_definition():
    rng = np.random.default_rng(3)
    one, other, cohort = (rng.standard_normal((n, 6)) for n in (2, 3, 20))
    found, best = normalised_scores(one, other, cohort), normalised_scores(one, other, cohort, n_best=5)
    for i in range(2):
        for j in range(3):
            cosine = lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b)  # noqa: E731
            for n, table in ((20, found), (5, best)):
                sides = []
                for vector in (one[i], other[j]):
                    strangers = sorted(cosine(vector, c) for c in cohort)[-n:]
                    sides.append((cosine(one[i], other[j]) - np.mean(strangers)) / np.std(strangers))
                assert table[i, j] == pytest.approx(np.mean(sides))


def test_vectors_come_in_the_order_of_the_clips_and_leave_the_model_in_its_mode():
    model = model_of().train()
    clips = [sound(n, seed=n).numpy() for n in (3000, 900, 5000, 1000)]
    found = voice_vectors(model, clips, batch_size=2)
    assert model.training and found.dtype == np.float32
    for clip, vector in zip(clips, found, strict=True):
        assert_close(torch.from_numpy(vector), model.eval()(torch.from_numpy(clip)[None])[0], **LOOSE)


# ---------------------------------------------------------------------------------------- it learns


def words_of_each(split, half):
    words = datasets.SpokenDigits(split, below_db=30.0, keep_hiss=True)
    n_voices = len(words) // 10
    return [np.concatenate([words.signals[10 * v + d] for d in half]) for v in range(n_voices)], [
        row["speaker"] for row in words.rows[::10]
    ]


def test_the_shipped_verifier_knows_unheard_voices_by_other_words():
    model = checkpoints.load(SpeakerVerifier(), "tts/verifier")
    (one, who), (other, _) = (words_of_each("test", half) for half in (range(5), range(5, 10)))
    scores, who = cosine_scores(voice_vectors(model, one), voice_vectors(model, other)), np.array(who)
    is_same = np.eye(len(who), dtype=bool)
    asked = is_same | (who[:, None] != who)
    assert metrics.equal_error_rate(is_same[asked], scores[asked]) < 0.05


# -------------------------------------------------------------------------------------- what is refused

X, VECTORS = torch.stack([sound(3000), sound(3000)]), np.random.default_rng(0).standard_normal((4, 5))
NO_SIGNALS = [*NO_TENSORS, X[0], X[:, :0], X.int(), X / 0, X[:, :100]]
FORWARD = {"signal": (X, NO_SIGNALS), "lengths": ([3000, 2000], [*LENGTHS, [3000, 100]])}
NO_VECTORS = [
    None,
    "x",
    5,
    object(),
    {},
    [],
    VECTORS[0],
    0 * VECTORS,
    np.full_like(VECTORS, np.inf),
    VECTORS[None],
    1j * VECTORS,
]
NAMES = [5, "m6", [], ["nobody"], [5], object()]
CALLS = {
    AttentivePooling: {"width": (4, COUNT), "n_hidden": (3, COUNT)},
    AttentivePooling(8).forward: {
        "hidden": (normal(2, 8, 9), [*NO_TENSORS, normal(2, 7, 9), normal(8, 9), normal(2, 8, 0)]),
        "lengths": ([9, 4], LENGTHS),
    },
    SpeakerVerifier: {
        "n_mels": (40, [*COUNT, 3]),
        "channels": ((2, 3), [None, 5, "x", [], [0], [1.5], object()]),
        "width": (8, COUNT),
        "n_outputs": (5, COUNT),
        "range_db": (45.0, [*POSITIVE, 121]),
    },
    model_of().forward: FORWARD,
    end_to_end_loss: {
        "vectors": (normal(4, 3), [*NO_TENSORS, normal(4), normal(3, 3)]),
        "voices": (torch.tensor([0, 1, 0, 1]), [None, "x", 5, [0, 1], [0, 0, 0, 0], [0, 1, 2, 2], [0.5] * 4, object()]),
        "scale": (20.0, POSITIVE),
    },
    VoiceClips: {
        "split": ("valid", NAME),
        "n_clips": (4, COUNT),
        "seed": (0, SEED),
        "speakers": (["m6", "f5"], NAMES),
    },
    HarderVoices: {"model": (model_of(), [*MODULE, torch.nn.Linear(2, 2)]), "world": (0.5, SHARE)},
    HarderVoices(model_of()).eval().forward: FORWARD
    | {"tract": (torch.ones(2), [*NO_TENSORS, torch.ones(3), torch.zeros(2), torch.tensor([1.0, math.nan])])},
    voice_vectors: {
        "model": (model_of(), MODULE),
        "clips": (
            [random_signal(3000)],
            [None, "x", 5, {}, [], [[]], [None], random_signal(3000), ["x"], [np.ones(9, int)]],
        ),
        "batch_size": (2, COUNT),
    },
    enrol: {"vectors": (VECTORS, NO_VECTORS)},
    cosine_scores: {"enrolled": (VECTORS, [*NO_VECTORS, VECTORS[:, :4]]), "tested": (VECTORS, NO_VECTORS)},
    normalised_scores: {
        "enrolled": (VECTORS, [*NO_VECTORS, VECTORS[:, :4]]),
        "tested": (VECTORS, NO_VECTORS),
        "cohort": (VECTORS[::-1].copy(), [*NO_VECTORS, VECTORS[:, :4], VECTORS[[0, 0]]]),
        "n_best": (3, [*COUNT[1:], 1, 5]),
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("models.speakers", CALLS)


def test_pairs_that_the_loss_cannot_compare_are_refused():
    with refuses("voices must be two or more, of each two clips or more, got 3 voices and of one 1 clips"):
        end_to_end_loss(normal(4, 3), torch.tensor([0, 0, 1, 2]))
    with refuses("voices must hold one number for each of 4 clips"):
        end_to_end_loss(normal(4, 3), torch.tensor([0, 0, 1]))
