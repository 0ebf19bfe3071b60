"""Durations against a search through all ways, sums by hand, and words whose letters can be told apart."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils import text
from course_utils.models import datasets, durations, speech_features
from course_utils.models.durations import (
    DigitSpeech,
    SentenceSpeech,
    SpokenText,
    learn_durations,
    monotonic_alignment,
    speech_batch,
)
from tests.hostile import COUNT, NO_ROW, NO_TENSORS, NUMBER, refusals
from tests.networks import normal, seeded  # noqa: F401
from tests.support import refuses

STRINGS = {"whole_words": True, "voices": [0, 150]}


@pytest.fixture(scope="module")
def speech():
    return DigitSpeech(datasets.DigitStrings("train", 6, n_digits=(2, 4), **STRINGS))


# ------------------------------------------------------------------------------------------- by hand


def test_an_alignment_by_hand():
    """Two states, three frames: 1 + 5 + 2 to stay in the first for two frames, 1 + 1 + 2 to leave it after one."""
    assert monotonic_alignment(np.array([[1.0, 5, 0], [0, 1, 2]])).tolist() == [2, 1]


def test_means_of_what_lies_under_tokens_by_hand():
    values = torch.tensor([[1.0, 3, 5, 7, 100]])
    found = durations.token_means(values, torch.tensor([[2, 0, 1, 1]]))
    assert found.tolist() == [[2, 0, 5, 7]]  # the last frame belongs to none


def test_a_pitch_lies_on_the_line_between_its_neighbours_by_hand():
    f0_hz = np.array([np.nan, 100, 100, np.nan, 400, 400])
    assert durations.token_pitch(f0_hz, [1, 2, 1, 2]).tolist() == [0, 0, 1, 2]
    assert durations.token_pitch(np.full(3, np.nan), [1, 2]).tolist() == [0, 0]


def test_the_energy_of_equal_bands_by_hand():
    log_mel = torch.full((1, 10, 3), math.log(0.1))
    assert_close(durations.frame_energy_db(log_mel), torch.zeros(1, 3), atol=1e-5, rtol=0)


@given(st.integers(1, 9), st.integers(0, 40))
def test_even_durations_differ_by_a_frame_at_most(n_states, n_frames):
    even = durations.even_durations(n_states, n_frames)
    assert len(even) == n_states and even.sum() == n_frames and np.ptp(even) <= 1


# ------------------------------------------------------------------------------- another way to the same


@given(st.integers(1, 4), st.integers(0, 4), st.integers(0, 1000))
def test_no_other_way_is_better(n_states, n_more, seed):
    n_frames = n_states + n_more
    scores = np.random.default_rng(seed).normal(size=(n_states, n_frames))
    ways = (np.diff([0, *cuts, n_frames]) for cuts in itertools.combinations(range(1, n_frames), n_states - 1))
    best = max(ways, key=lambda way: scores[np.repeat(np.arange(n_states), way), np.arange(n_frames)].sum())
    assert monotonic_alignment(scores).tolist() == best.tolist()


def test_durations_of_words_with_known_letters_are_found():
    """Three sounds, each at a level of its own, in clips whose letters last differently."""
    rng, levels = np.random.default_rng(0), np.array([[0.0, 3.0], [4.0, -2.0], [-4.0, 0.0]])
    true = [rng.integers(2, 12, 3) for _ in range(20)]
    clips = [(np.repeat(levels, d, axis=0) + 0.3 * rng.normal(size=(d.sum(), 2))).T for d in true]
    found = learn_durations(clips, [[0, 1, 2]] * 20)
    assert [d.tolist() for d in found] == [d.tolist() for d in true]
    begun = learn_durations(clips, [[0, 1, 2]] * 20, n_rounds=0)
    assert [d.tolist() for d in begun] != [d.tolist() for d in true]


def test_letters_are_found_in_the_recordings(speech):
    """The s of "six" is a hiss: the frames that are called s lie higher than those of the i."""
    strings, share = speech.strings, []
    for voice in range(0, 230, 10):
        n_s, n_i, _ = speech.letters[10 * voice + 6]
        log_mel = speech_features.speech_mel()(torch.as_tensor(strings.words.signals[10 * voice + 6])).exp()
        high = log_mel[40:].sum(dim=0) / log_mel.sum(dim=0)
        share.append(bool(high[:n_s].mean() > high[n_s : n_s + n_i].mean()))
    assert np.mean(share) > 0.9


# ---------------------------------------------------------------------------------------- strings, batches


def test_a_string_becomes_tokens_that_last_as_long_as_it(speech):
    for place, item in enumerate(speech[n] for n in range(len(speech))):
        signal, digits = speech.strings[place]
        assert text.decode(item.tokens[:-1].tolist()).split() == [datasets.DIGITS[digit] for digit in digits]
        assert item.tokens[-1] == text.END
        assert item.durations.sum() == item.mel.shape[1] and item.durations.min() >= 0
        assert item.voice == speech.strings.voice(place) in (0, 150)
        first = 1 + len(signal) // 128 - item.mel.shape[1]
        spans = speech.strings.spans_s(place) * 62.5 - first
        ends = np.cumsum(item.durations)
        spaces = np.flatnonzero(item.tokens == text.encode(" ")[0])
        assert np.abs(ends[spaces - 1] - spans[:-1, 1]).max() <= 1  # a word ends where its last letter does
        assert np.abs(ends[spaces] - spans[1:, 0]).max() <= 1


def test_letters_of_equal_length_are_equal(speech):
    even = DigitSpeech(speech.strings, aligned=False)
    assert all(np.ptp(letters) <= 1 for letters in even.letters)
    assert any(np.ptp(letters) > 3 for letters in speech.letters)


def test_a_batch_is_padded_and_made_louder(speech):
    items = [speech[0], speech[1]]
    inputs, targets = speech_batch(items)
    louder = speech_batch(items, gain_db=[6.0, 0.0])
    n = items[0].mel.shape[1]
    softer = speech_batch(items, gain_db=[-30.0, 0.0])
    for batch, natural in ((louder, 0.6 * math.log(10)), (softer, -3 * math.log(10))):
        expected = np.maximum(items[0].mel + natural, math.log(1e-5))
        assert_close(batch[1][0][0, :, :n], torch.from_numpy(expected).float())
    assert_close(louder[1][0][1], targets[0][1])
    tokens, n_tokens, voices, lasting, pitch, energy = inputs
    assert n_tokens.tolist() == [len(item.tokens) for item in items] and voices.tolist() == [i.voice for i in items]
    assert (tokens == 0).sum() == 2 * tokens.shape[1] - n_tokens.sum()
    assert targets[1].tolist() == lasting.sum(dim=1).tolist()
    raised = (louder[0][-1] - energy)[0, items[0].durations.argmax()]
    assert 5 < raised <= 6.01 and tokens.shape == pitch.shape == energy.shape


def test_a_voice_may_be_a_vector(speech):
    items = [speech[n]._replace(voice=np.full(5, n, np.float32)) for n in range(2)]
    assert speech_batch(items)[0][2].tolist() == [[0] * 5, [1] * 5]


# -------------------------------------------------------------------------------------------- sentences


@pytest.fixture(scope="module")
def sentences():
    return SentenceSpeech(datasets.Sentences("train", "slt", kinds=["hand"], source="shipped"))


def phonemes_of(item):
    return [text.PHONEMES[number - 1] for number in item.tokens]


def test_every_phoneme_of_a_sentence_lasts_and_no_space_does(sentences):
    for item, row in zip(sentences, sentences.sentences.rows, strict=True):
        assert item.tokens.tolist() == text.encode_phonemes(text.phonemes(row["text"], source="lexicon"))
        assert ((item.durations == 0) == (item.tokens == text.encode_phonemes(" ")[0])).all()
        assert item.durations.sum() == item.mel.shape[1] and len(item.pitch) == len(item.tokens) and item.voice == 0


def test_phonemes_lie_where_they_sound(sentences):
    """No label says where: commas are found to be quiet, and hissing consonants where the high bands are loud."""
    level, high = {",": [], "vowel": []}, {"s": [], "vowel": []}
    for item in sentences:
        energy, tilt = (
            durations.frame_energy_db(torch.tensor(item.mel)).numpy(),
            item.mel[50:].mean(0) - item.mel.mean(0),
        )
        names = np.repeat(phonemes_of(item), item.durations)
        for name, e, t in zip(names, energy, tilt, strict=True):
            kind = "vowel" if name[0] == "ˈ" else name
            level.get(kind, []).append(e)
            high.get(kind, []).append(t)
    assert np.median(level[","]) < np.median(level["vowel"]) - 25
    assert np.median(high["s"]) > np.median(high["vowel"]) + 2


def test_voices_of_sentences_are_numbered_as_in_the_data():
    data = datasets.Sentences("valid", kinds=["new order"], source="shipped")
    found = SentenceSpeech(data, n_rounds=0)
    assert found.voices == [list(datasets.VOICES).index(row["voice"]) for row in data.rows] and set(found.voices) == {
        0,
        1,
        2,
        3,
    }
    assert np.ptp(found[0].durations[found[0].durations > 0]) <= 1  # before the first round all last alike


# --------------------------------------------------------------------------------------------- refusals


def test_no_sentence_is_refused():
    data = datasets.Sentences("valid", "slt", source="shipped")
    data.rows = []
    with refuses("sentences must hold at least one, got none: choose another split"):
        SentenceSpeech(data)


@pytest.mark.parametrize("options", [{"empty_share": 0.1}, {"trim_db": (15.0, 40.0)}, {"pause_s": (-0.05, 0.1)}])
def test_strings_whose_words_do_not_stand_apart_are_refused(options):
    with refuses("strings must hold words that stand apart and are cut once, got"):
        DigitSpeech(datasets.DigitStrings("valid", 2, **options))


def test_an_item_that_contradicts_itself_is_refused(speech):
    item = speech[0]
    with refuses("items must have a duration and a pitch for each token"):
        speech_batch([item._replace(durations=item.durations + 1)])


CLIPS = [np.random.default_rng(0).normal(size=(3, 9)) for _ in range(2)]
ITEM = SpokenText(np.array([1, 2]), 0, np.array([2, 1]), np.zeros(2, np.float32), np.zeros((64, 3), np.float32))
LASTING = (torch.tensor([[2, 1]]), [*NO_ROW, "x", 0.5, [[0.5, 1.0]], [[-1, 2]], [[2, 3]], [[1, 1], [1, 1]]])
CALLS = {
    monotonic_alignment: {"scores": (np.ones((2, 3)), [None, "x", np.ones(3), np.ones((3, 2)), [[math.nan] * 3] * 2])},
    durations.even_durations: {"n_states": (3, COUNT), "n_frames": (5, [*NUMBER, -1, 1.5, 10**12])},
    learn_durations: {
        "clips": (CLIPS, [None, "x", 5, [], [None] * 2, [CLIPS[0], np.ones((2, 9))], CLIPS[:1]]),
        "states": ([[0, 1], [1, 0]], [None, "x", 5, [], [[0, 1]], [[0.5], [1]], [[-1], [0]], [["a"], [0]]]),
        "n_rounds": (2, [*NUMBER, -1, 1.5, 10**12]),
    },
    durations.token_means: {"values": (normal(1, 4), [*NO_TENSORS, normal(2, 4)]), "durations": LASTING},
    durations.token_pitch: {
        "f0_hz": (np.array([100.0, np.nan, 90]), [None, "x", [["a"]], [0.0, 1, 2], [np.inf, 1, 2], [100.0]]),
        "durations": (np.array([2, 1]), [*NO_ROW, "x", 0.5, [0.5, 1.0], [-1, 4], [2, 3]]),
    },
    durations.frame_energy_db: {"log_mel": (normal(2, 4, 5), [*NO_TENSORS, normal(4)])},
    DigitSpeech: {"strings": (datasets.DigitStrings("valid", 1), [None, "x", 5, [], datasets.SpokenDigits("valid")])},
    SentenceSpeech: {
        "sentences": (datasets.Sentences("valid", "slt", kinds=["new order"], source="shipped"), [None, "x", 5, []]),
        "n_rounds": (1, [*NUMBER, -1, 1.5, 10**12]),
    },
    speech_batch: {
        "items": ([ITEM, ITEM], [None, "x", 5, [], [None], [ITEM._replace(pitch=np.zeros(3))]]),
        "gain_db": ([0.0, 1.0], ["x", 5, [], [0.0], [None, 1.0], [math.nan, 0.0]]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.durations", CALLS)
