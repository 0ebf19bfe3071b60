"""What trains on the shipped data."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.augmentation import Compose
from course_utils.models import datasets, recipes
from course_utils.models.attention_asr import ListenAttendSpell
from course_utils.models.classification import DigitNet
from course_utils.models.recogniser import DigitRecogniser
from course_utils.models.sequence_models import ConvNet
from course_utils.models.small_whisper import SmallWhisper
from course_utils.models.training import accuracy, predict
from tests.hostile import COUNT, DEVICE, MODULE, NAME, NUMBER, PATHS, POSITIVE, SHARE, refusals
from tests.networks import seeded  # noqa: F401
from tests.support import refuses


def test_augmentations_of_digits_can_be_sent_to_workers():
    chain = recipes.digit_augmentation("crop", "room", seed=0)
    x = datasets.SpokenDigits("test")[0][0]
    assert np.array_equal(pickle.loads(pickle.dumps(chain))(x, 5), chain(x, 5))
    assert recipes.digit_augmentation(seed=0) is None
    with pytest.raises(ValueError, match="name must be one of 'pitch'.*got 'echo'"):
        recipes.digit_augmentation("echo", seed=0)


def test_rooms_have_energy_1_and_begin_with_the_direct_sound():
    for rir in recipes.room_responses(2, seed=5):
        assert np.square(rir.astype(float)).sum() == pytest.approx(1, rel=1e-3)
        assert np.abs(rir).argmax() < 0.01 * datasets.SAMPLE_RATE


def test_features_of_words_are_what_the_network_sees_of_each_alone():
    words, (features, digits) = datasets.SpokenDigits("test"), recipes.digit_features("test")
    assert features.shape == (len(words), 40, 48) and digits.tolist() == [digit for _, digit in words]
    signal = torch.from_numpy(words[7][0])[None]
    alone = DigitNet().standard(signal, [signal.shape[1]])[0]
    assert torch.allclose(features[7], alone, atol=1e-4)
    with pytest.raises(ValueError, match="split must be one of 'train', 'valid', 'test', got 'tests'"):
        recipes.digit_features("tests")


def test_clips_of_strings_are_features_and_one_digit():
    front_end = nn.Unflatten(0, (2, -1))  # two bands: the first half of the samples and the second
    strings = [(np.float32([1, 3, 5, 7]), np.array([4, 8, 6])), (np.float32([3, 5, 1, 7]), np.array([0, 9, 2]))]
    clips = recipes.feature_clips(strings, front_end)
    assert [digit for _, digit in clips] == [8, 9]
    assert clips[0][0].tolist() == [[1, 3], [5, 7]]
    assert recipes.feature_clips(strings, front_end, place=2)[0][1] == 6


def test_clips_of_signals_that_numpy_stores_otherwise_are_the_same():
    signal = np.float32([1, 3, 5, 7])
    frozen = signal.copy()
    frozen.setflags(write=False)
    others = [signal[::-1].copy()[::-1], signal.astype(">f4"), signal.astype(np.longdouble), np.repeat(signal, 2)[::2]]
    for other in (*others, frozen, signal.tolist(), torch.tensor(signal), np.ma.masked_array(signal)):
        ((features, digit),) = recipes.feature_clips([(other, [4, 8])], nn.Unflatten(0, (2, -1)))
        assert features.tolist() == [[1, 3], [5, 7]] and digit == 8


def test_labels_of_any_whole_type_train_alike():
    found = []
    for kind in (int, np.int8, np.uint8, np.int32, np.uint16, np.uint64, torch.tensor, np.array):
        torch.manual_seed(0)
        model = ConvNet(6, 2, width=4, dilations=(1,))
        clips = [(features, kind(label)) for features, label in CLIPS]
        history = recipes.train_on(model, clips, n_epochs=np.uint8(1), seed=np.int64(0), batch_size=np.int64(2))
        found.append((history.column("train_loss"), recipes.accuracy_on(model, clips)))
    assert all(result == found[0] for result in found)


def test_training_measures_the_scale_of_its_clips():
    clips = [(torch.tensor([[1.0, 3], [5, 7]]).repeat(3, 1), 0), (torch.tensor([[3.0, 5], [1, 7]]).repeat(3, 1), 1)]
    model = ConvNet(6, 2, width=8, dilations=(1,))
    recipes.train_on(model, clips, n_epochs=1, seed=0)
    assert model.scale.mean == pytest.approx(4)
    assert model.scale.spread == pytest.approx(np.std([1, 3, 5, 7, 3, 5, 1, 7] * 3, ddof=1))


def test_training_follows_from_the_seed_and_learns():
    generator = torch.Generator().manual_seed(0)
    clips = [(torch.randn(6, 5 + n % 3, generator=generator), n % 2) for n in range(40)]
    for features, target in clips:
        features[target] += 2
    found = []
    for _ in range(2):
        torch.manual_seed(3)
        model = ConvNet(6, 2, width=8, dilations=(1,))
        history = recipes.train_on(model, clips, n_epochs=8, seed=5, batch_size=8, highest_rate=1e-2)
        found.append((history.column("train_loss"), recipes.accuracy_on(model, clips)))
    assert found[0] == found[1] and len(found[0][0]) == 8
    assert found[0][1] > 0.9 and found[0][0][-1] < 0.5 * found[0][0][0]
    right = [int(model.eval()(features[None]).argmax()) == target for features, target in clips]
    assert recipes.accuracy_on(model, clips) == pytest.approx(np.mean(right))


def test_the_recipe_for_digits_learns_with_mixup_and_augmentation():
    """A part of the voices, few epochs: most digits of voices never heard. Chance is 10 %."""
    words = datasets.SpokenDigits("train")
    few = torch.utils.data.Subset(words, [n for n in range(len(words)) if n // 10 % 4 == 0])  # ten words a voice
    options = {
        "augment": recipes.digit_augmentation("crop", seed=0),
        "mixup_alpha": 0.2,
        "spec_augment": True,
        "n_epochs": 5,
    }
    model, history = recipes.train_digits(few, **options, progress=False)
    losses = history.column("train_loss")
    assert losses[-1] < losses[0] - 0.5
    batches = torch.utils.data.DataLoader(datasets.SpokenDigits("test"), 256, collate_fn=datasets.pad_batch)
    assert accuracy(*predict(model, batches)) > 0.7


def test_a_recipe_asks_for_a_batch_of_every_class_before_it_trains():
    with refuses("examples must hold at least batch_size=64 clips, got 10: pass more or lower batch_size"):
        recipes.train_digits(WORDS, n_epochs=1, progress=False)
    with refuses("examples must hold clips of all 10 classes, got none of 8, 9: what is never heard is never learned"):
        recipes.train_digits(WORDS[:8], n_epochs=1, batch_size=8, progress=False)
    with refuses("examples must have classes 0…9, got 10 in item 10"):
        recipes.train_digits([*WORDS, (WORDS[0][0], 10)], n_epochs=1, batch_size=8, progress=False)
    with refuses("place=1 must lie below the number of digits, got 1 in string 0"):
        recipes.feature_clips([(np.ones(9, np.float32), [1])], nn.Identity())


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 5])
def test_a_recipe_takes_any_number_of_steps(n_epochs):
    """The learning rate rises and falls in at least one step each."""
    model = ConvNet(6, 2, width=4, dilations=(1,))
    assert len(recipes.train_on(model, CLIPS, n_epochs=n_epochs, seed=0, batch_size=4).rows) == n_epochs
    recipes.train_digits(WORDS, n_epochs=n_epochs, batch_size=10, progress=False)


def test_lessons_go_from_short_to_long_and_hold_clips_in_which_nobody_speaks():
    lessons = recipes.string_lessons(40, seed=2)
    assert [lesson.n_digits for lesson in lessons] == [(1, 1), (1, 3), (3, 7)] and sum(map(len, lessons)) == 40
    assert all(lesson.empty_share == 0.1 and lesson.pause_s == (-0.06, 0.25) for lesson in lessons)
    assert len({lesson.seed for lesson in lessons}) == 3
    assert [lesson.n_digits for lesson in recipes.string_lessons(40, short_first=False)] == [(3, 7)]


def test_a_batch_of_strings_is_padded_and_knows_what_is_said():
    strings = [(np.ones(900, np.float32), [4, 0]), (np.ones(700, np.float32), np.zeros(0, np.int64))]
    (signals, n_samples), (classes, n_classes) = recipes.string_batch(strings)
    assert signals.shape == (2, 900) and n_samples.tolist() == [900, 700] and signals[1, 700:].sum() == 0
    assert classes.tolist() == [[5, 1], [0, 0]] and n_classes.tolist() == [2, 0]
    assert recipes.string_batch(strings, units="letters")[1][1].tolist() == [len("four_zero"), 0]


CLIPS = [(torch.randn(6, 9, generator=torch.Generator().manual_seed(n)), n % 2) for n in range(4)]
WORDS = [(np.sin(np.arange(3000) / (2 + n)).astype(np.float32), n) for n in range(10)]
NO_CLIPS = [None, 5, "x", {}, [], [5], [(1, 2, 3)], CLIPS[:1], CLIPS[::2], [*CLIPS, (CLIPS[0][0], 2)], iter(CLIPS)]
NO_WORDS = [
    *NO_CLIPS,
    WORDS[:9],
    [*WORDS, (WORDS[0][0], 10)],
    [*WORDS, (WORDS[0][0], -1)],
    [*WORDS, (WORDS[0][0], "a")],
]
SEED = [*COUNT[:-5], -1, 1.5, 2**64]
SOUND = np.ones(800, np.float32)
NO_STRINGS = [None, 5, "x", {}, [5], [(1, 2, 3)], [(None, [1, 2])], [("7_george_0.wav", [1, 2])], [(SOUND, 5)]]
NO_STRINGS += [[(SOUND, None)], [(SOUND, [1, 1.5])], [(SOUND, "12")], [(SOUND, [1, None])], [(SOUND, np.ones((2, 2)))]]
NO_STRINGS += [[(np.ma.masked_array(SOUND, SOUND > 0), [1, 2])], [(torch.ones(800).to_sparse(), [1, 2])]]
STRINGS = [(np.ones(800, np.float32), np.array([1, 2]))]
LESSON = [(np.sin(np.arange(4000) / 3).astype(np.float32), [1, 2]), (np.zeros(3000, np.float32), [])]
NO_LESSONS = [None, 5, "x", {}, [], [5], [[]], [[5]], [[(1, 2, 3)]], [[(None, [1])]], [[(SOUND, 5)]], [[(SOUND, [10])]]]
RECOGNISER = DigitRecogniser(width=4, n_layers=1, channels=(1, 2))
SMALL_WHISPER = SmallWhisper(RECOGNISER, width=4, n_heads=1, n_hidden=4, n_layers=1)


class Timed(list):
    """Strings that know when each digit is said."""

    def spans_s(self, place):
        return np.array([[0.1, 0.2]] * len(self[place][1])).reshape(-1, 2)


TIMED = Timed(LESSON)
SPELLER = ListenAttendSpell(width=4, n_layers=1, channels=(1, 2), n_cells=4, n_hidden=4)
BUDGET = {"n_epochs": (1, COUNT), "seed": (0, SEED), "batch_size": (2, COUNT), "device": ("cpu", DEVICE)}
CALLS = {
    recipes.room_responses: {"n_rooms": (1, COUNT), "seed": (0, SEED)},
    recipes.digit_augmentation: {"seed": (0, SEED)},
    recipes.digit_features: {},
    recipes.train_digits: {
        "examples": (WORDS, NO_WORDS),
        "augment": (None, [5, "x", np.abs, lambda signal: signal, Compose]),
        "mixup_alpha": (0.0, [*NUMBER, -1]),
        "spec_augment": (False, []),
        "valid": (None, [5, "x", {}, [5], [(1, 2, 3)], [*WORDS, (WORDS[0][0], 99)], [(WORDS[0][0], 0.5)]]),
        **BUDGET,
        "learning_rate": (1e-3, POSITIVE),
        "label_smoothing": (0.1, [*NUMBER, -0.1, 1.1]),
        "patience": (None, []),
        "n_workers": (0, [*COUNT[:-5], -1, 1.5, 10**6]),
        "progress": (False, []),
    },
    recipes.feature_clips: {
        "strings": (STRINGS, NO_STRINGS),
        "front_end": (nn.Identity(), MODULE),
        "place": (1, [*COUNT[:-5], -1, 2]),
        "device": ("cpu", DEVICE),
    },
    recipes.train_on: {
        "model": (ConvNet(6, 2, width=4, dilations=(1,)), [*MODULE, nn.Linear(2, 2)]),
        "clips": (CLIPS, NO_CLIPS),
        **BUDGET,
        "highest_rate": (1e-3, POSITIVE),
    },
    recipes.string_lessons: {
        "n_strings": (30, [*COUNT, 2]),
        "split": ("test", NAME),
        "seed": (0, [*COUNT[:-5], -1, 1.5]),
        "empty_share": (0.1, [*NUMBER, -0.1, 1.1]),
    },
    recipes.string_batch: {
        "items": (LESSON, [None, 5, "x", {}, [], [5], [(1, 2, 3)], [(SOUND, 5)], [(SOUND, [10])], [(SOUND, [1.5])]]),
        "units": ("digits", NAME),
    },
    recipes.train_recogniser: {
        "lessons": ([LESSON], NO_LESSONS),
        "model": (RECOGNISER, MODULE[1:]),
        "n_epochs": (1, COUNT),
        "batch_s": (100.0, POSITIVE),
        "learning_rate": (1e-3, POSITIVE),
        "valid": (LESSON, [5, "x", {}, [], [5], [(1, 2, 3)]]),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
    recipes.train_speller: {
        "lessons": ([LESSON], NO_LESSONS),
        "model": (SPELLER, MODULE[1:]),
        "n_epochs": (1, COUNT),
        "batch_s": (100.0, POSITIVE),
        "learning_rate": (1e-3, POSITIVE),
        "ctc_weight": (0.3, SHARE),
        "label_smoothing": (0.1, SHARE),
        "sampling": (0.2, SHARE),
        "watch": (None, [5, "x", {}, []]),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
    recipes.train_small_whisper: {
        "lessons": ([TIMED], [*NO_LESSONS, [LESSON]]),
        "model": (SMALL_WHISPER, MODULE[1:]),
        "n_times": (1, COUNT),
        "n_epochs": (1, COUNT),
        "batch_s": (100.0, POSITIVE),
        "learning_rate": (1e-3, POSITIVE),
        "shift_s": (0.0, [*NUMBER, -1.0]),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
    recipes.accuracy_on: {
        "model": (ConvNet(6, 2, width=4, dilations=(1,)), MODULE),
        "clips": (CLIPS, [None, 5, "x", {}, [], iter(CLIPS)]),
        "device": (None, DEVICE[1:]),
    },
}


def test_every_recipe_that_computes_takes_a_device():
    computing = {recipes.train_digits, recipes.feature_clips, recipes.train_on, recipes.accuracy_on}
    computing |= {recipes.train_recogniser, recipes.train_speller, recipes.train_small_whisper}
    assert {function for function, calls in CALLS.items() if "device" in calls} == computing
    assert (
        len(CALLS) == len(computing) + 5
    )  # rooms, chains and strings are made by numpy, and 2,880 words are soon seen


test_hostile_input_is_refused_in_one_sentence = refusals("models.recipes", CALLS)


@pytest.mark.parametrize("strings", [datasets.DigitStrings("train", 10**8), [(np.zeros(900, np.float32), [1])]])
def test_strings_in_place_of_lessons_are_refused_before_any_is_made(strings):
    with refuses(
        r"lessons must be a list of data sets, got .* strings, which are one lesson: write \[strings\]", TypeError
    ):
        recipes.train_recogniser(strings, progress=False)


def test_a_signal_without_samples_is_no_item():
    with refuses("input of an item must hold numbers, got a tensor on meta", TypeError):
        recipes.string_batch([(torch.zeros(900, device="meta"), [1])])


def test_options_of_the_small_whisper_are_named_and_refused_before_it_hears():
    with refuses("n_times must be at least 1, got 0"):
        recipes.train_small_whisper([], n_times=0)
    with refuses("shift_s must be a number, got 'x'", TypeError):
        recipes.train_small_whisper([], shift_s="x")
