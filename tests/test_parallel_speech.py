"""Speech without attention against loops, combs against the spectrum of a real one, and controls that are measured."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils import text
from course_utils.models import checkpoints, speech_features
from course_utils.models.datasets import Sentences
from course_utils.models.parallel_speech import (
    HarmonicComb,
    ParallelMel,
    ParallelSpeech,
    contour,
    expand,
    harmonic_comb,
    parallel_loss,
)
from course_utils.models.speech_recipes import SENTENCES
from tests.hostile import COUNT, NO_ROW, NO_SWITCHES, NO_TENSORS, NUMBER, SHARE, refusals  # noqa: F401
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

ONE_TWO = text.encode("one two", end=True)
SMALL = {"width": 16, "n_hidden": 8, "voice_size": 6, "n_layers": (1, 2)}
LASTING = st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any)


def small(**options):
    torch.manual_seed(0)
    return shuffled(ParallelSpeech(3, **SMALL | options))


def told(model, n_batch=2, seed=0):
    """What a model is told of texts of 8 and 5 tokens."""
    rng = torch.Generator().manual_seed(seed)
    tokens = torch.tensor([ONE_TWO, [*ONE_TWO[4:], 0, 0, 0, 0]])[:n_batch, :]
    n_tokens = torch.tensor([8, 4])[:n_batch]
    lasting = torch.randint(1, 5, tokens.shape, generator=rng)
    lasting[1:, 4:] = 0
    return tokens, n_tokens, torch.tensor([0, 2])[:n_batch], lasting, normal(n_batch, 8, seed=1), normal(n_batch, 8)


# ------------------------------------------------------------------------------------------- by hand


def test_rows_are_repeated_by_hand():
    frames, n_frames = expand(torch.tensor([[[1.0], [3], [5]], [[2], [4], [9]]]), torch.tensor([[2, 4, 1], [1, 0, 2]]))
    assert frames[0, :, 0].tolist() == [1, 1, 3, 3, 3, 3, 5] and frames[1, :3, 0].tolist() == [2, 9, 9]
    assert n_frames.tolist() == [7, 3]


def test_a_contour_by_hand():
    """Middles at 1, 4 and 7: from 1 to 3 in three frames, and so on."""
    found = contour(torch.tensor([[1.0, 3, 5]]), torch.tensor([[2, 4, 2]]))
    assert_close(found, torch.tensor([[1, 4 / 3, 2, 8 / 3, 10 / 3, 4, 14 / 3, 5]]))


# ------------------------------------------------------------------------------- another way to the same


@given(LASTING)
def test_expansion_is_a_loop_and_numpys_repeat(lasting):
    values = np.arange(1.0, 1 + len(lasting))
    frames, n_frames = expand(torch.tensor(values)[None, :, None], torch.tensor([lasting]))
    assert frames[0, :, 0].tolist() == np.repeat(values, lasting).tolist() and n_frames.tolist() == [sum(lasting)]


@given(LASTING)
def test_a_contour_is_numpys_interpolation(lasting):
    values, heard = np.random.default_rng(len(lasting)).normal(size=len(lasting)), np.array(lasting) > 0
    middles = np.cumsum(lasting) - np.array(lasting) / 2
    expected = np.interp(np.arange(sum(lasting)) + 0.5, middles[heard], values[heard])
    found = contour(torch.tensor(values)[None], torch.tensor([lasting]))
    assert_close(found[0].numpy(), expected, atol=1e-6, rtol=1e-5)  # shares are in single precision


@pytest.mark.parametrize("f0_hz", [110.0, 187.5, 260.0, 400.0])
def test_a_comb_is_the_spectrum_of_harmonics_of_equal_level(f0_hz):
    """Cosines at all multiples, by the lecture's own spectrogram: where bands are resolved, the same ups and downs."""
    time_s = np.arange(8000) / 8000
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, int(4000 // f0_hz))
    parts = (np.cos(2 * np.pi * n * f0_hz * time_s + phases[n - 1]) for n in range(1, 1 + int(3999 // f0_hz)))
    log_mel = speech_features.speech_mel()(torch.tensor(sum(parts), dtype=torch.float32))[:, 20:40].mean(dim=1).numpy()
    true, comb = (10 / math.log(10) * x[:40] for x in (log_mel, harmonic_comb([f0_hz])[0]))
    is_peak = comb > comb.max() - 10
    difference = (true - comb)[is_peak]
    assert np.ptp(difference) < 3.5  # dB; bands are wider above, where phases of two harmonics in one matter
    assert np.corrcoef(true, comb)[0, 1] > 0.95


def test_a_table_of_combs_is_read_between_its_rows():
    comb, octaves = HarmonicComb(), np.array([-1.0, 0.0, 0.5, 3.0])
    exact = harmonic_comb(100 * 2**octaves)
    found = comb(torch.tensor(octaves, dtype=torch.float32)).numpy()
    assert_close(np.diff(found, axis=0), np.diff(exact, axis=0), atol=1e-4, rtol=1e-4)  # but for the mean
    ends = comb(torch.tensor([-9.0, -1, 3, 9]))
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[2], ends[3])


# --------------------------------------------------------------------------------------------- invariants


@pytest.mark.parametrize("options", [{}, {"film": False}, {"comb": False}])
def test_what_stands_beside_a_text_changes_nothing(options):
    model = small(**options)
    tokens, n_tokens, voices, lasting, pitch, energy = told(model)
    pitch[1, 4:], energy[1, 4:] = 99.0, -99.0  # padding
    both = model(tokens, n_tokens, voices, lasting, pitch, energy)
    alone = model(tokens[1:, :4], None, voices[1:], lasting[1:, :4], pitch[1:, :4], energy[1:, :4])
    n = int(lasting[1].sum())
    assert_close(both.mel[1:, :, :n], alone.mel, atol=1e-4, rtol=1e-4)
    for name in ("log_durations", "pitch", "energy"):
        assert_close(getattr(both, name)[1:, :4], getattr(alone, name), atol=1e-5, rtol=1e-4)


def test_speaking_is_the_forward_pass_with_its_own_guesses():
    model = small()
    options = {"pitch": [150.0] * 8, "energy": [-20.0] * 8, "harmonics": 1.0}
    spoken = model.speak(ONE_TWO, 1, durations=[3] * 8, **options)
    octaves = torch.full((1, 8), math.log2(1.5))
    output = model(
        torch.tensor([ONE_TWO]), None, torch.tensor([1]), torch.full((1, 8), 3), octaves, torch.full((1, 8), -20.0)
    )
    assert_close(spoken.mel, output.mel[0].detach().clamp(min=math.log(1e-5)).numpy(), atol=1e-4, rtol=1e-4)
    guessed = model.speak(ONE_TWO, 1, durations=[3] * 8)
    assert_close(guessed.energy, output.energy[0].detach().numpy(), atol=1e-4, rtol=1e-4)
    assert_close(guessed.pitch, (100 * 2 ** output.pitch[0]).detach().numpy(), atol=1e-2, rtol=1e-4)


def test_a_vector_speaks_like_the_row_of_the_table_that_it_is():
    model = small()
    by_number = model.speak(ONE_TWO, 2, durations=[2] * 8)
    for vector in (model.voices.weight[2].detach(), model.voices.weight[2].detach().numpy()):
        assert_close(model.speak(ONE_TWO, vector, durations=[2] * 8).mel, by_number.mel)
    assert_close(model.mean_voice(), model.voices.weight.detach().mean(dim=0))
    assert not np.allclose(model.speak(ONE_TWO, model.mean_voice(), durations=[2] * 8).mel, by_number.mel)


def test_a_model_for_vectors_alone_has_no_table():
    model = ParallelSpeech(0, **SMALL).eval()
    assert model.speak(ONE_TWO, torch.ones(6), durations=[2] * 8).mel.shape == (64, 16)
    with refuses("voices must be vectors of 6 numbers where n_voices=0"):
        model.speak(ONE_TWO, 0)
    with refuses("voices must be vectors of 6 numbers where n_voices=0"):
        model.mean_voice()


@pytest.mark.parametrize("film", [True, False])
def test_the_voice_changes_every_layer_or_the_first_alone(film):
    model = small(film=film)
    assert any("film" in name for name in model.state_dict()) == film
    one, other = (model.speak(ONE_TWO, voice, durations=[2] * 8).mel for voice in (0, 1))
    assert not np.allclose(one, other)


def test_durations_are_rounded_so_that_nothing_adds_up():
    model = small()
    assert model.speak(ONE_TWO, 0, durations=[1.4] * 8).durations.tolist() == [1, 2, 1, 2, 1, 1, 2, 1]
    assert model.speak(ONE_TWO, 0, durations=[2] * 8, duration_scale=1.5).mel.shape[1] == 24
    stretched = model.speak(ONE_TWO, 0, durations=[2] * 8, duration_scale=[1, 1, 1, 1, 1, 1, 1, 3])
    assert stretched.durations.tolist() == [2] * 7 + [6]


def test_what_is_asked_is_added_to_what_is_guessed():
    model = small()
    still = model.speak(ONE_TWO, 0, durations=[2] * 8)
    higher = model.speak(ONE_TWO, 0, durations=[2] * 8, pitch_semitones=12.0, energy_db=[3.0] * 8)
    assert_close(higher.pitch, 2 * still.pitch, rtol=1e-4, atol=1e-3)
    assert_close(higher.energy, still.energy + 3, rtol=1e-4, atol=1e-3)


def test_without_harmonics_the_comb_is_gone_and_they_grow_in_proportion():
    model = small()
    none, some, more = (model.speak(ONE_TWO, 0, durations=[2] * 8, harmonics=h).mel for h in (0.0, 1.0, 3.0))
    heard = np.minimum(np.minimum(none, some), more) > math.log(1e-5)  # not at the floor
    assert heard.mean() > 0.5 and np.abs(some - none).max() > 0.01
    assert_close((more - none)[heard], 3 * (some - none)[heard], atol=1e-4, rtol=1e-3)


def test_speaking_leaves_a_model_in_training_as_it_was():
    model = small().train()
    first, second = (model.speak(ONE_TWO, 0, durations=[2] * 8).mel for _ in range(2))
    assert model.training and np.array_equal(first, second)  # without dropout
    with refuses("durations must last from 1 frame"):
        model.speak(ONE_TWO, 0, durations=[0] * 8)
    assert model.training


def test_a_loss_of_nothing_wrong_is_zero_and_padding_does_not_count():
    model = small()
    inputs = told(model)
    output = model(*inputs)
    n_frames = inputs[3].sum(dim=1)
    exact = ParallelMel(
        output.mel, torch.log1p(inputs[3].float()), inputs[4].clone(), inputs[5].clone(), output.n_tokens
    )
    wanted = output.mel.clone()
    wanted[1, :, n_frames[1] :] = 5.0
    exact.pitch[1, 4:] = 7.0
    parts = parallel_loss(exact, wanted, n_frames, *inputs[3:])
    assert {name: value.item() for name, value in parts.items()} == dict.fromkeys(parts, 0.0)
    wanted[0, 0, 0] += 64.0 * float(n_frames.sum())
    assert_close(parallel_loss(exact, wanted, n_frames, *inputs[3:])["mel"], torch.tensor(1.0))


# ------------------------------------------------------------------------------------------- as shipped


@pytest.fixture(scope="module")
def shipped():
    return checkpoints.load(ParallelSpeech(230), "tts/parallel")


def test_the_shipped_weights_fit_and_the_controls_do_what_they_say(shipped):
    assert (checkpoints.FOLDER / "tts/parallel.safetensors").stat().st_size < 3e6
    tokens, semitones, louder = text.encode("seven three nine", end=True), [], []
    for voice in (23, 69, 115, 161, 207):  # whose pitch can be measured
        still, higher, quieter = (
            speech_features.mel_to_signal(shipped.speak(tokens, voice, **moved).mel)
            for moved in ({}, {"pitch_semitones": 4.0}, {"energy_db": -6.0})
        )
        ratio = np.nanmedian(speech_features.pitch_hz(higher)) / np.nanmedian(speech_features.pitch_hz(still))
        semitones.append(12 * np.log2(ratio))
        louder.append(10 * np.log10(np.mean(quieter**2) / np.mean(still**2)))
    assert abs(np.median(semitones) - 4) < 0.5
    assert abs(np.median(louder) + 6) < 1


# --------------------------------------------------------------------------------------------- refusals

MODEL = {
    "n_voices": (2, [*NUMBER, -1, 1.5, 10**12]),
    "n_vocabulary": (35, [*COUNT, 1]),
    "width": (8, COUNT),
    "voice_size": (4, COUNT),
    "n_layers": ((1, 1), [None, "x", 5, (1,), (1, 2, 3), (0, 1), (1, 1.5)]),
    "n_hidden": (4, COUNT),
    "kernel_size": (3, [*COUNT, 2]),
    "dropout": (0.1, SHARE),
}
TOKENS, N_TOKENS, VOICES, FRAMES, PITCH, ENERGY = told(None)
NO_NUMBERS = [*NO_TENSORS, PITCH[:, :3], PITCH.double()]
FORWARD = {
    "tokens": (TOKENS, [None, "x", 0.5, TOKENS[0], TOKENS + 40, TOKENS - 9, TOKENS.float(), *NO_ROW]),
    "n_tokens": (N_TOKENS, ["x", 0.5, [0.5, 1.0], [0, 3], [9, 9], [1]]),
    "voices": (VOICES, [None, "x", 0.5, [3, 0], [-1, 0], [0], torch.ones(2, 5), torch.ones(6)]),
    "durations": (FRAMES, [None, "x", 0.5, FRAMES[:, :3], FRAMES - 9, FRAMES.float(), FRAMES * 0]),
    "pitch": (PITCH, NO_NUMBERS),
    "energy": (ENERGY, NO_NUMBERS),
}
OUTPUT = ParallelMel(normal(2, 64, 9), PITCH, PITCH, PITCH, N_TOKENS)
CALLS = {
    expand: {"hidden": (normal(2, 3, 4), NO_TENSORS), "durations": (torch.ones(2, 3).long(), [*NO_ROW, "x", 0.5])},
    contour: {"values": (normal(2, 3), NO_TENSORS), "durations": (torch.ones(2, 3).long(), [*NO_ROW, "x", 0.5])},
    harmonic_comb: {"f0_hz": (np.array([100.0]), [None, "x", 100.0, [], [5.0], [5000.0], [math.nan], [[100.0]]])},
    HarmonicComb: {},
    HarmonicComb().forward: {"pitch": (normal(2, 3), NO_TENSORS)},
    ParallelSpeech: MODEL,
    small().forward: FORWARD,
    parallel_loss: {
        "output": (OUTPUT, [None, 5, "xyz", tuple(OUTPUT)]),
        "mel": (normal(2, 64, 9), [*NO_TENSORS, normal(2, 64, 8)]),
        "n_frames": (torch.tensor([9, 5]), [None, "x", 0.5, [9], [0, 9], [9, 99], [0.5, 1.0]]),
        "durations": (FRAMES, [None, "x", 5, FRAMES[:, :3]]),
        "pitch": (PITCH, [None, "x", 5, PITCH[:, :3]]),
        "energy": (ENERGY, [None, "x", 5, ENERGY[:, :3]]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.parallel_speech", CALLS)


# ------------------------------------------------------------------------------------- a voice for any sentence


def test_the_shipped_voice_says_sentences_that_it_has_never_read():
    """Nearer to the recording of the same text than to that of any other, and as long as it to a sixth."""
    model = checkpoints.load(ParallelSpeech(**SENTENCES), "tts/sentences")
    known = {row["text"] for row in Sentences("train", "slt", source="shipped").rows}
    data = Sentences("test", "slt", kinds=["new pair"], source="shipped")
    wanted = [data[place] for place in range(4)]
    assert not known & {said for _, said in wanted}
    recorded = [speech_features.speech_mel()(torch.as_tensor(signal)).numpy() for signal, _ in wanted]
    for place, (_, said) in enumerate(wanted):
        mel = model.speak(text.encode_phonemes(text.phonemes(said, source="lexicon")), 0).mel
        far = [speech_features.mel_cepstral_distortion(mel, other) for other in recorded]
        assert np.argmin(far) == place and far[place] < 4
        assert abs(mel.shape[1] / recorded[place].shape[1] - 1) < 1 / 6


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("tokens", [], "tokens must"),
        ("tokens", [[1, 2]], "tokens must be one text"),
        ("tokens", [99] * 8, r"tokens must lie in 0…34, got 99…99"),
        ("voice", 3, "voice must be at most 2, got 3"),
        ("voice", None, "voice must be"),
        ("voice", np.ones(5), "voice must be 6 finite numbers"),
        ("voice", np.full(6, np.nan), "voice must"),
        ("duration_scale", 0.0, r"duration_scale must lie within 0.01…100, got 0"),
        ("duration_scale", math.nan, "duration_scale must lie within"),
        ("duration_scale", [1.0, 2.0], "duration_scale must hold 8 numbers, one for each token"),
        ("pitch_semitones", "high", "pitch_semitones must be a number, or one for each token"),
        ("energy_db", None, "energy_db must be a number"),
        ("energy_db", 1e9, "energy_db must lie within"),
        ("durations", [1e9] * 8, "durations must lie within"),
        ("durations", [30_000] * 8, "durations must last from 1 frame to 600 s in sum"),
        ("pitch", [0.0] * 8, "pitch must lie within 20…2000"),
        ("energy", [1.0], "energy must hold 8 numbers"),
        ("harmonics", 5.0, "harmonics must be at most 4, got 5"),
    ],
)
def test_what_cannot_be_said_is_refused(name, value, sentence):
    usual = {"tokens": ONE_TWO, "voice": 0, "durations": [2] * 8}
    with refuses(sentence, (TypeError, ValueError)):
        small().speak(**usual | {name: value})
