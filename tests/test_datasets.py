"""Data sets: splits that do not leak, items that follow from their seed, batches."""

import hashlib
import re
import tempfile
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.testing import assert_array_equal
from torch.utils.data import DataLoader, Dataset

from course_utils import audio, metrics, sound
from course_utils.models import datasets, events
from course_utils.models.datasets import EventScenes, SoundEvents, pad_batch
from course_utils.text import decode, encode, normalize
from tests.hostile import COUNT, MONO, NAME, NUMBER, POSITIVE, refusals
from tests.support import refuses

RATE = events.SAMPLE_RATE
EACH = pytest.mark.parametrize("label", range(len(events.EVENTS)), ids=events.EVENTS)


def voices_of(split):
    return {(row["synthesiser"], row["speaker"].removesuffix("16")) for row in datasets.SpokenDigits(split).rows}


def test_no_speaker_is_heard_in_two_splits():
    """kal and kal16 are one man, so they count as one."""
    voices = {split: voices_of(split) for split in datasets.SPLITS}
    assert all(voices.values())
    assert not voices["train"] & voices["valid"]
    assert not voices["train"] & voices["test"]
    assert not voices["valid"] & voices["test"]


def test_no_clip_is_in_two_splits():
    """A synthesiser that falls back to a default voice would put the same sound on both sides."""
    sounds = {split: {clip.tobytes() for clip in datasets.SpokenDigits(split).signals} for split in datasets.SPLITS}
    assert not sounds["train"] & sounds["valid"] and not sounds["train"] & sounds["test"]
    assert not sounds["valid"] & sounds["test"]
    for split in datasets.SPLITS:
        assert len(sounds[split]) >= 0.99 * len(datasets.SpokenDigits(split))


def test_digits_are_complete_and_short():
    for split in datasets.SPLITS:
        data = datasets.SpokenDigits(split)
        digits = [data[i][1] for i in range(len(data))]
        assert digits == list(range(10)) * (len(data) // 10)
        assert all(0.08 < len(clip) / data.sample_rate < 1.2 for clip in data.signals)
        assert all(clip.dtype == np.float32 and 0.5 < np.abs(clip).max() < 1 for clip in data.signals)
    both = datasets.SpokenDigits("valid", "test")
    assert len(both) == len(datasets.SpokenDigits("valid")) + len(datasets.SpokenDigits("test"))


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of 'train', 'valid', 'test', got 'dev'"):
        datasets.SpokenDigits("dev")


def test_trim_edges_keeps_what_is_loud():
    x = np.zeros(8000)
    x[3000:5000] = 0.5 * np.sin(np.arange(2000))
    x[6000:6100] = 0.001  # 51 dB below
    kept = datasets.trim_edges(x, sample_rate=8000)
    assert 2000 <= len(kept) <= 2000 + 4 * 80
    assert np.square(kept).sum() == pytest.approx(np.square(x[3000:5000]).sum())


def test_trim_edges_keeps_a_hiss_beside_a_strong_fundamental():
    rng, x = np.random.default_rng(0), np.zeros(8000)
    x[2000:5000] = np.sin(2 * np.pi * 120 / 8000 * np.arange(3000))
    x[5000:6000] = 0.02 * np.diff(rng.standard_normal(1001))  # 28 dB below, and all above 2 kHz
    assert len(datasets.trim_edges(x, sample_rate=8000)) == pytest.approx(3000, abs=200)
    kept = datasets.trim_edges(x, sample_rate=8000, keep_hiss=True)
    assert len(kept) == pytest.approx(4000, abs=200) and np.square(kept).sum() == pytest.approx(np.square(x).sum())


def test_whole_words_of_strings_end_where_silence_begins():
    """Measured: without, "six" keeps a third to 60 % of its length in the voices with a strong fundamental."""
    uncut = datasets.SpokenDigits("valid", below_db=300.0).signals
    cut, whole = (datasets.DigitStrings("valid", 1, whole_words=whole) for whole in (False, True))
    sixes = [n for n, row in enumerate(whole.words.rows) if row["digit"] == "6"]
    kept = [[len(data.words.signals[n]) / len(uncut[n]) for n in sixes] for data in (cut, whole)]
    assert min(kept[0]) < 0.5 and np.median(kept[0]) < 0.7 and min(kept[1]) > 0.9
    energies = [[np.square(x, dtype=np.float64).sum() for x in signals] for signals in (whole.words.signals, uncut)]
    assert min(np.divide(*energies)) > 0.995  # what is cut is no sound


def test_strings_follow_from_seed_and_index_alone():
    data = datasets.DigitStrings("test", 20, seed=3, n_digits=(2, 5))
    again = datasets.DigitStrings("test", 9, seed=3, n_digits=(2, 5))
    for i in (8, 2, 5):
        (x, digits), (y, same) = data[i], again[i]
        assert np.array_equal(x, y) and np.array_equal(digits, same)
        assert 2 <= len(digits) <= 5
    other = datasets.DigitStrings("test", 20, seed=4, n_digits=(2, 5))
    assert any(not np.array_equal(data[i][1], other[i][1]) for i in range(5))
    with pytest.raises(IndexError, match="index must lie in -9…8, the items of the dataset, got 9"):
        again[9]


def test_workers_fetch_the_same_strings():
    data = datasets.DigitStrings("valid", 8, seed=1)
    for one, two in zip(data, DataLoader(data, None, num_workers=2), strict=False):
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def test_a_string_is_its_words_and_pauses():
    data = datasets.DigitStrings("test", 3, seed=0, pause_s=(0.1, 0.1))
    words = data.words
    x, digits = data[0]
    assert not x[:800].any() and not x[-800:].any() and x[800:810].any()
    lengths = [[len(words.signals[voice + digit]) for digit in digits] for voice in range(0, len(words), 10)]
    assert len(x) - 4 * 800 in [sum(row) for row in lengths]


def test_strings_of_lecture_12_are_the_same_to_the_bit():
    """The digest was computed before strings could overlap."""
    digest = hashlib.sha256()
    for options in ({}, {"n_digits": (1, 5), "seed": 3}, {"pause_s": (0, 0.3), "seed": 9}):
        data = datasets.DigitStrings("valid", 40, **options)
        for n, (signal, digits) in enumerate(data):
            for part in (signal.tobytes(), digits.tobytes(), data.speaker(n).encode()):
                digest.update(part)
    assert digest.hexdigest() == "26e024bccd907d3e99321641dd4c6339463df08b0f26c892ca702b3fbb9d56a9"


def test_digits_of_a_string_overlap_and_differ_in_level():
    data = datasets.DigitStrings("test", 40, seed=1, n_digits=(2, 6), pause_s=(-0.06, 0.25), level_db=4.0)
    gaps, gains_db = [], []
    for n in range(len(data)):
        (signal, digits), spans = data[n], data.spans_s(n) * data.sample_rate
        first = data._drawn(n)[2]
        rebuilt = np.zeros(len(signal))
        for digit, (start, end) in zip(digits, spans.round().astype(int), strict=True):
            word = data.words.signals[first + digit]
            assert end - start == len(word)
            inside = slice(start, end)
            is_alone = np.array([np.sum((spans[:, 0] < t) & (t < spans[:, 1])) == 1 for t in range(start, end)])
            gains_db.append(20 * np.log10(np.abs(signal[inside][is_alone]).max() / np.abs(word[is_alone]).max()))
            rebuilt[inside] += 10 ** (gains_db[-1] / 20) * word
        assert np.allclose(rebuilt, signal, atol=1e-5)
        gaps += (spans[1:, 0] - spans[:-1, 1]).tolist()
        assert spans.min() >= 0 and spans.max() <= len(signal)
    assert -480 <= min(gaps) < -200 and 1600 < max(gaps) <= 2000
    assert -8 <= min(gains_db) < -7 and -1 < max(gains_db) <= 0.01


def test_words_are_trimmed_anew():
    plain = datasets.DigitStrings("test", 30, seed=1, pause_s=(-0.06, 0.0))
    trimmed = datasets.DigitStrings("test", 30, seed=1, pause_s=(-0.06, 0.0), trim_db=(10, 10))
    for n in range(30):
        first, (signal, digits), spans = plain._drawn(n)[2], trimmed[n], trimmed.spans_s(n)
        assert np.array_equal(digits, plain[n][1])
        for digit, (start, end) in zip(digits, (8000 * spans).round().astype(int), strict=True):
            word = plain.words.signals[first + digit]
            assert end - start == len(datasets.trim_edges(word, sample_rate=8000, below_db=10.0)) <= len(word)
        gaps, lengths = spans[1:, 0] - spans[:-1, 1], np.diff(spans)[:, 0]
        assert (gaps >= -np.minimum(lengths[1:], lengths[:-1]) / 2 - 1e-3).all()
        assert 0 <= spans.min() and spans.max() <= len(signal) / 8000


def test_in_some_clips_nobody_speaks():
    data = datasets.DigitStrings("test", 200, seed=1, empty_share=0.5, empty_s=(1.0, 2.0))
    empty = [data[n] for n in range(200) if data.is_empty(n)]
    assert 70 < len(empty) < 130 and all(len(digits) == 0 and digits.dtype == np.int64 for _, digits in empty)
    assert all(8000 <= len(x) <= 16000 and x.dtype == np.float32 and np.abs(x).max() <= 1 for x, _ in empty)
    assert 3 < sum(not x.any() for x, _ in empty) < 30
    for n in range(200):
        assert (data.speaker(n) == "") == data.is_empty(n) == (len(data.spans_s(n)) == 0)
    assert not any(datasets.DigitStrings("test", 50).is_empty(n) for n in range(50))


def everyone(tmp_path, leave_out=()):
    """Recordings of two people, tones whose frequency says who and what."""
    for number, name in enumerate(("ann", "bob")):
        for digit in range(10):
            if (name, digit) not in leave_out:
                x = 0.5 * np.sin(2 * np.pi * (200 + 1000 * number + 50 * digit) * np.arange(1600) / 8000)
                audio.save(tmp_path / f"{digit}_{name}_0.wav", x, 8000)
    return tmp_path


def test_strings_of_people_are_joined_from_their_recordings(tmp_path):
    data = datasets.RecordedStrings(everyone(tmp_path), 12, seed=2, n_digits=(2, 3), pause_s=(0.05, 0.1))
    assert {data.speaker(n) for n in range(12)} == {"ann", "bob"}
    for n, (signal, digits) in enumerate(data):
        for digit, (start, end) in zip(digits, (data.spans_s(n) * 8000).round().astype(int), strict=True):
            spectrum = np.abs(np.fft.rfft(signal[start:end], 8000))
            assert spectrum.argmax() == pytest.approx(200 + 1000 * (data.speaker(n) == "bob") + 50 * digit, abs=3)
    assert datasets.RecordedStrings(tmp_path, 3, speakers=["bob"]).speaker(1) == "bob"
    with refuses("each speaker must have recorded all 10 digits, got no 0 by ann: add the recording"):
        datasets.RecordedStrings(recordings(), 3)


def test_pad_batch_stacks_and_says_what_is_padding():
    items = [(np.ones(3, np.float32), 1), (np.ones(5, np.float32), 2)]
    (batch, lengths), (labels,) = pad_batch(items)
    assert batch.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert lengths.tolist() == [3, 5] and labels.tolist() == [1, 2]
    features_of_two = [(torch.ones(2, 3), 0), (torch.ones(2, 1), 1)]
    assert pad_batch(features_of_two)[0][0].shape == (2, 2, 3)


def test_pad_batch_pads_targets_too():
    items = [(np.ones(3, np.float32), np.array([7, 8, 9])), (np.ones(5, np.float32), np.array([4]))]
    _, (targets, lengths) = pad_batch(items)
    assert targets.tolist() == [[7, 8, 9], [4, -1, -1]] and targets.dtype == torch.int64
    assert lengths.tolist() == [3, 1]
    assert pad_batch(items, padding=-100)[1][0][1].tolist() == [4, -100, -100]
    frames = [(torch.ones(2, 3), torch.ones(10, 3)), (torch.ones(2, 1), torch.zeros(10, 2))]
    _, (targets, lengths) = pad_batch(frames)
    assert targets.shape == (2, 10, 3) and targets[1, 0].tolist() == [0, 0, -1] and lengths.tolist() == [3, 2]


def test_pad_batch_takes_several_inputs_and_targets():
    """Features and the tokens so far; the tokens to come and a number."""
    items = [((torch.ones(2, 3), torch.tensor([1, 2])), (torch.tensor([2, 3]), 0.5))]
    items += [((torch.ones(2, 4), torch.tensor([1])), (torch.tensor([3]), 1.5))]
    (features, n_frames, tokens, n_tokens), (to_come, n_to_come, numbers) = pad_batch(items)
    assert features.shape == (2, 2, 4) and n_frames.tolist() == [3, 4]
    assert tokens.tolist() == [[1, 2], [1, 0]] and n_tokens.tolist() == [2, 1]
    assert to_come.tolist() == [[2, 3], [3, -1]] and n_to_come.tolist() == [2, 1]
    assert numbers.tolist() == [0.5, 1.5]


def test_pad_batch_takes_the_type_that_holds_all_items():
    """Whole numbers first: the halves of the second item stay."""
    (batch, _), (targets,) = pad_batch([([1, 2], 1), ([0.5, 0.75, 0.25], 0.5)])
    assert batch.tolist() == [[1, 2, 0], [0.5, 0.75, 0.25]] and targets.tolist() == [1, 0.5]
    wide = pad_batch([(np.ones(2, np.float32), 0), (np.ones(2), 0)])[0][0]
    assert wide.dtype == torch.float64
    assert pad_batch([(np.arange(3.0)[::-1], 0)])[0][0].tolist() == [[2, 1, 0]]


def test_a_target_may_be_empty():
    """A clip in which nobody speaks; the empty list has no type of its own."""
    targets, lengths = pad_batch([(np.ones(2), []), (np.ones(2), [3, 4])])[1]
    assert targets.tolist() == [[-1, -1], [3, 4]] and targets.dtype == torch.int64 and lengths.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("items", "error", "match"),
    [
        ([], ValueError, r"items must hold at least one, got \[\]"),
        ([np.ones(2)], TypeError, r"an item must be a pair \(input, target\), got .* for item 0"),
        ([(np.ones(2), 1), (np.ones(2), 1, 2)], TypeError, "an item must be a pair .* for item 1"),
        ([(None, 1)], TypeError, "the input of an item must be a number, an array or a tensor, got None"),
        ([(np.ones(2), "cat")], TypeError, "the target of an item must be a number, .* got 'cat'"),
        ([(np.ones((2, 3)), 1), (np.ones(3), 1)], ValueError, r"the input must differ .* got shape \(3,\) for item 1"),
        ([(np.ones((2, 3)), 1), (np.ones((1, 3)), 1)], ValueError, r"in its last axis only, got shape \(1, 3\)"),
        ([(np.ones(2), [1, 2]), (np.ones(2), 7)], ValueError, r"the target must differ .* got shape \(\) for item 1"),
        ([(np.ones(2), 1), (np.ones(0), 1)], ValueError, r"the input must not be empty, got shape \(0,\) for item 1"),
        ([(np.ones(2), 1), (np.ones(2) + 1j, 1)], TypeError, "got torch.float64 and torch.complex128: convert one"),
        ([(np.ones(2), [True]), (np.ones(2), [1])], TypeError, "got torch.bool and torch.int64"),
        ([((np.ones(2),), 1), (np.ones(2), 1)], TypeError, "got no tuple for item 1 and a tuple of 1 for item 0"),
        ([((np.ones(2), [1]), 1), ((np.ones(2),), 1)], TypeError, "got a tuple of 1 for item 1 and a tuple of 2"),
        ([((np.ones(2), [[1]]), 1), ((np.ones(2), [1]), 1)], ValueError, r"the input\[1\] must differ"),
        (
            [(np.ones(2), [True]), (np.ones(2), [True] * 2)],
            ValueError,
            "padding=-1 must fit the target, got .*bool",
        ),
        ([(np.ones(2), np.ones(n, np.uint8)) for n in (1, 2)], ValueError, "got torch.uint8, which holds .* 0…255"),
    ],
)
def test_items_that_cannot_stand_in_one_batch_are_refused(items, error, match):
    with refuses(match, error):
        pad_batch(items)


def test_padding_fits_the_targets():
    items = [(np.ones(2), [1]), (np.ones(2), [1, 2])]
    for wrong in (0.5, float("nan"), float("inf"), 2.0**70):
        with refuses("must fit the target, got torch.int64"):
            pad_batch(items, padding=wrong)
    with refuses("padding must be a number, got 'x'", TypeError):
        pad_batch(items, padding="x")
    assert pad_batch([(np.ones(2), [True]), (np.ones(2), [True] * 2)], padding=0)[1][0].tolist()[0] == [True, False]
    assert pad_batch([(np.ones(2), [0.5]), (np.ones(2), [0.5] * 2)], padding=float("nan"))[1][0][0, 1].isnan()


def test_mixed_batches_take_one_class_an_item():
    for label in (3, -1):
        with refuses(f"labels must lie in 0…2, got {label}: number the classes from 0"):
            datasets.MixedBatch(3, 0.4)([(np.ones(2), 0), (np.ones(2), label)])
    for label in (1.0, [1, 2], (1, 2), True):
        with refuses("the target of an item must be one class, a whole number", TypeError):
            datasets.MixedBatch(3, 0.4)([(np.ones(2), label)])


def test_strings_of_digits_make_batches():
    (signals, n_samples), (digits, n_digits) = pad_batch(list(datasets.DigitStrings("test", 6, n_digits=(1, 4))))
    assert signals.shape == (6, n_samples.max()) and digits.shape == (6, n_digits.max())
    assert all((row[n:] == -1).all() and (row[:n] >= 0).all() for row, n in zip(digits, n_digits, strict=True))


def test_recorded_digits_are_read_by_their_names(tmp_path):
    import soundfile

    x = 0.1 * np.sin(np.arange(4000) / 3)
    for name in ("7_ada_0", "0_bob_3"):
        soundfile.write(tmp_path / f"{name}.wav", x, 8000)
    data = datasets.RecordedDigits(tmp_path)
    assert [(data[i][1], data.rows[i]["speaker"]) for i in range(2)] == [(0, "bob"), (7, "ada")]
    assert np.abs(data[0][0]).max() == pytest.approx(10 ** (-1 / 20), rel=1e-3)
    assert len(datasets.RecordedDigits(tmp_path, speakers=["ada"])) == 1
    (tmp_path / "7_ada_0.wav").rename(tmp_path / "7_ada_0.WAV")
    assert [row["speaker"] for row in datasets.RecordedDigits(tmp_path).rows] == ["bob", "ada"]
    with pytest.raises(FileNotFoundError, match=r"folder must be one that can be read, got .*No such file"):
        datasets.RecordedDigits(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match=r"folder must be one that can be read, got .*Not a directory"):
        datasets.RecordedDigits(tmp_path / "0_bob_3.wav")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="found none in .*: unpack the recordings"):
        datasets.RecordedDigits(tmp_path / "empty")


INDEXED = {
    "SpokenDigits": lambda: datasets.SpokenDigits("test"),
    "DigitStrings": lambda: datasets.DigitStrings("test", 4),
    "RecordedDigits": lambda: datasets.RecordedDigits(recordings()),
    "RecordedStrings": lambda: datasets.RecordedStrings(everyone(Path(tempfile.mkdtemp(prefix="digits_"))), 4),
    "SoundEvents": lambda: SoundEvents("test", 4),
    "EventScenes": lambda: EventScenes("test", 4),
}


def test_every_dataset_is_asked_for_its_items():
    found = {name for name, kind in vars(datasets).items() if isinstance(kind, type) and issubclass(kind, Dataset)}
    assert found - {"Dataset"} == set(INDEXED)


@pytest.mark.parametrize("name", INDEXED)
def test_an_item_is_found_by_a_whole_number_of_any_kind(name):
    data = INDEXED[name]()
    n = len(data)
    expected = data[1]
    kinds = [np.int64(1), np.uint8(1), np.int8(1 - n) if n < 128 else 1, torch.tensor(1), np.array(1), 1 - n]
    for index in kinds:
        for part, wanted in zip(data[index], expected, strict=True):
            assert_array_equal(part, wanted)
    for index in (n, -n - 1, np.int64(n)):
        with pytest.raises(IndexError, match=f"index must lie in {-n}…{n - 1}, the items of the dataset, got {index}:"):
            data[index]
    for index in (1.5, 1.0, np.float64(1), "1", None, slice(2), [1], True, torch.tensor(1.0), torch.tensor([1, 2])):
        with refuses("index must be a whole number, got", TypeError):
            data[index]


def test_mixed_batch_blends_features_and_targets_alike():
    items = [(np.full(4, i, np.float32), i) for i in range(10)]
    torch.manual_seed(0)
    (_, _, partner, share), (target,) = datasets.MixedBatch(10, 0.5)(items)
    assert ((share >= 0.5) & (share <= 1)).all() and (share < 0.99).any()
    for i in range(10):
        expected = np.zeros(10)
        expected[i] += share[i].item()
        expected[partner[i]] += 1 - share[i].item()
        np.testing.assert_allclose(target[i], expected, atol=1e-6)
    (signals, lengths), (plain,) = datasets.MixedBatch(10, 0.0)(items)
    assert torch.equal(plain, torch.eye(10)) and len(signals) == len(lengths) == 10


@EACH
def test_every_source_of_the_datasets_lies_in_its_split(label):
    for split in events.SPLITS:
        data = SoundEvents(split, 200, seed=5)
        for index in range(label, 200, 10):
            _, a, b = data.source(index)
            assert events.split_of_cell(int(5 * a), int(5 * b)) == split


def test_scenes_are_made_of_sources_of_their_split(monkeypatch):
    seen = []
    original = events.render_event
    monkeypatch.setattr(events, "render_event", lambda source, rng: seen.append(source) or original(source, rng))
    for split in events.SPLITS:
        seen.clear()
        for index in range(5):
            EventScenes(split, 5).scene(index)
        assert {events.split_of_cell(int(5 * a), int(5 * b)) for _, a, b in seen} == {split}


def test_clips_are_what_they_say():
    data = SoundEvents("train", 30)
    assert len(data) == 30
    for index, (clip, label) in enumerate(data):
        assert clip.dtype == np.float32 and clip.shape == (2 * RATE,)
        assert label == index % 10 and type(label) is int
        assert 0.09 < np.abs(clip).max() <= 0.9
    assert data.classes == events.EVENTS


@pytest.mark.parametrize("data", [SoundEvents("train", 12), EventScenes("test", 6)], ids=["clips", "scenes"])
def test_the_same_with_any_number_of_workers(data):
    here = [data[i] for i in range(len(data))]
    for n_workers in (0, 2):
        for i, (signal, target) in enumerate(DataLoader(data, batch_size=None, num_workers=n_workers)):
            assert_array_equal(signal, here[i][0])
            assert_array_equal(target, here[i][1])
    assert_array_equal(data[5][0], here[5][0])  # out of order
    assert_array_equal(data[-1][0], here[-1][0])


def test_the_same_on_every_machine():
    """Values of a 16-bit file: rounding errors of another processor do not reach them."""
    clip, _ = SoundEvents("train", 10, seed=1)[3]
    scene, _ = EventScenes("test", 10, seed=1)[3]
    assert_array_equal((clip[8000:8008] * 32_768).astype(int), GOLDEN_CLIP)
    assert_array_equal((scene[8000:8008] * 32_768).astype(int), GOLDEN_SCENE)


GOLDEN_CLIP = [205, -9, 127, 42, -94, -47, 133, 87]


GOLDEN_SCENE = [-328, 77, -186, 76, 293, 50, -126, -82]


def test_items_seeds_and_splits_differ():
    clips = [SoundEvents(split, 20, seed=seed)[i][0] for split in events.SPLITS for seed in (0, 1) for i in (0, 10)]
    for i, one in enumerate(clips):
        for other in clips[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.5


def test_the_snr_of_a_clip_is_what_it_says():
    """Where the event is over, the rest is background: clips of one loud and of one weak event."""
    loud, weak = (SoundEvents("train", 40, snr_db=(level, level)) for level in (20.0, -10.0))
    for index in range(40):
        assert loud.snr(index) == 20 and weak.snr(index) == -10
    spread = [SoundEvents("test", 400).snr(index) for index in range(400)]
    assert -10 <= min(spread) < -9.5 and 19.5 < max(spread) <= 20 and abs(np.mean(spread) - 5) < 1.5  # 3 errors: 1.3
    crest = [np.abs(data[i][0]).max() / sound.rms(data[i][0]) for data in (loud, weak) for i in range(0, 40, 10)]
    assert min(crest) > 1.4


def test_longer_datasets_begin_with_the_shorter():
    assert_array_equal(SoundEvents("valid", 5)[4][0], SoundEvents("valid", 5000)[4][0])


def test_a_loop_over_a_dataset_ends():
    assert len(list(SoundEvents("test", 3))) == 3
    with pytest.raises(IndexError, match="index must lie in -3…2, the items of the dataset, got 3"):
        SoundEvents("test", 3)[3]


def test_events_of_a_scene_have_the_snr_that_was_asked():
    """Scenes of one event: power with it, less that of the background, over that of the background."""
    data = EventScenes("train", 30, n_events=(1, 1), snr_db=10.0)
    measured = []
    for index in range(30):
        scene, placed = data.scene(index)
        start, end = (round(t * RATE) for t in (placed[0].onset_s, placed[0].offset_s))
        outside = np.concatenate([scene[:start], scene[end:]])
        measured.append(np.mean(scene[start:end] ** 2) / np.mean(outside**2) - 1)
    assert 10 * np.log10(np.median(measured)) == pytest.approx(10, abs=0.6)  # the background fluctuates


def test_scenes_are_what_they_say():
    data = EventScenes("valid", 40)
    n_overlaps = 0
    for index in range(40):
        signal, frames = data[index]
        placed = data.events(index)
        assert signal.dtype == frames.dtype == np.float32
        assert signal.shape == (6 * RATE,) and frames.shape == (10, 150)
        assert 1 <= len(placed) <= 6 and placed == sorted(placed)
        assert all(0 <= e.onset_s < e.offset_s <= 6 for e in placed)
        for e in placed:  # half of its frames are within half a frame of what was placed
            middle = int((e.onset_s + e.offset_s) / 2 / 0.04)
            assert frames[e.label, middle] == 1
        total_s = frames.sum() * 0.04
        assert total_s == pytest.approx(sum(e.offset_s - e.onset_s for e in placed), abs=0.05 * len(placed))
        n_overlaps += int((frames.sum(axis=0) > 1).any())
    assert n_overlaps > 10


def test_events_of_one_class_keep_apart():
    data = EventScenes("train", 60, n_events=(6, 6), duration_s=5.0)
    for index in range(60):
        placed = data.events(index)
        for label in range(10):
            mine = [e for e in placed if e.label == label]
            assert all(b.onset_s - a.offset_s > 0.5 for a, b in zip(mine, mine[1:], strict=False))


def test_frames_give_the_events_back():
    data = EventScenes("test", 10, hop_s=0.02)
    truth = [data.events(i) for i in range(10)]
    found = [metrics.frames_to_events(data[i][1], hop_s=0.02) for i in range(10)]
    assert metrics.event_f1(truth, found).f1 == 1
    assert metrics.event_f1(truth, found, onset_tolerance_s=0.011, offset_tolerance_s=0.011, offset_share=0).f1 == 1


def test_datasets_refuse():
    with refuses("split must be one of"):
        SoundEvents("dev")
    with refuses("n_items must be at least 1"):
        SoundEvents("train", 0)
    with refuses("duration_s must be at least 5"):
        EventScenes("train", duration_s=2.0)
    with refuses("hop_s must be above 0"):
        EventScenes("train", hop_s=0.0)
    with refuses("snr_db must be finite"):
        EventScenes("train", snr_db=float("nan"))


@lru_cache
def test_padding_and_labels_of_numpy_are_numbers():
    items = [(np.ones(5, np.float32), [1, 2]), (np.ones(3, np.float32), [0])]
    for padding in (np.int64(-100), np.int8(-100), np.float32(-100)):
        assert pad_batch(items, padding=padding)[1][0].tolist() == [[1, 2], [0, -100]]
    for kind in (np.uint8, np.uint16, np.uint32, np.uint64):
        (labels,) = pad_batch([(x, kind(n)) for n, (x, _) in enumerate(items)])[1]
        assert labels.tolist() == [0, 1] and labels.dtype == torch.long
        assert datasets.MixedBatch(2, 0.0)([(x, np.array(n, kind)) for n, (x, _) in enumerate(items)])[1][0].shape == (
            2,
            2,
        )


def recordings():
    """A folder with a recording of Ann and one of Bob, and one that is named otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="digits_"))
    for name in ("7_ann_0.wav", "3_bob_0.wav", "3_bob_0_old.wav"):
        audio.save(folder / name, 0.5 * np.sin(np.arange(4000)), 8000)
    return folder


def test_speakers_who_are_not_there_are_refused_by_name():
    folder = recordings()
    assert [row["speaker"] for row in datasets.RecordedDigits(folder).rows] == ["bob", "ann"]
    assert len(datasets.RecordedDigits(folder, speakers=("bob",))) == 1
    for wrong in (["nobody"], ["ann", "nobody"]):
        with refuses("speakers must be some of ann, bob, got 'nobody'"):
            datasets.RecordedDigits(folder, speakers=wrong)
    with refuses("speakers must be some of ann, bob, got none"):
        datasets.RecordedDigits(folder, speakers=[])
    with refuses(r"speakers must be a list of names, got 'ann': write \['ann'\]", TypeError):
        datasets.RecordedDigits(folder, speakers="ann")


def test_ranges_are_low_and_high():
    with refuses(r"snr_db must be a range \(low, high\), got \(20, -10\): swap"):
        SoundEvents("test", 1, snr_db=(20, -10))
    with refuses(r"n_events must be a range \(low, high\), got \(6, 2\): swap"):
        EventScenes("test", 1, n_events=(6, 2))
    with refuses(r"pause_s must be a range \(low, high\), got \(0.2, 0.1\): swap"):
        datasets.DigitStrings("test", 1, pause_s=(0.2, 0.1))
    with refuses("the number of frames, duration_s / hop_s, must be at least 1, got 0"):
        EventScenes("test", 1, hop_s=20)


@pytest.mark.parametrize(
    "clip",
    [
        np.arange(5.0)[::-1], np.arange(5.0, dtype=">f8"), np.arange(5, dtype=np.longdouble), np.arange(10.0)[::2],
        np.ma.masked_array(np.arange(5.0)), np.asfortranarray(np.ones((2, 5))), torch.arange(5.0).requires_grad_(),
        torch.ones(5, dtype=torch.half), torch.ones(5, dtype=torch.bfloat16),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_a_clip_however_stored_stands_in_a_batch(clip):
    frozen = clip.copy() if isinstance(clip, np.ndarray) else clip
    if isinstance(clip, np.ndarray):
        frozen.setflags(write=False)
    for entry in (clip, frozen):
        (batch, lengths), _ = pad_batch([(entry, 0), (entry[..., :3], 1)])
        expected = np.array(clip.tolist(), float)
        assert_array_equal(batch[0].detach().double(), expected)
        assert lengths.tolist() == [5, 3] and not batch[1, ..., 3:].any()


@pytest.mark.parametrize(
    ("items", "error", "match"),
    [
        (
            [(np.ones(9), 0), (np.ones((2, 9)), 1)],
            ValueError,
            "input must differ from item to item in its last",
        ),
        ([(torch.ones(3), 0), (torch.ones(3, device="meta"), 1)], ValueError, "must lie in one place in all items"),
        (
            [(torch.ones(3).to_sparse(), 0)],
            TypeError,
            r"must be a dense tensor, got torch.sparse_coo: pass x",
        ),
        ([(np.ma.masked_array([1.0, 2.0], [0, 1]), 0)], TypeError, "input must have no masked values, got 1"),
        ([(np.array(["2026"], "datetime64[D]"), 0)], TypeError, "must be a number, an array or a tensor"),
        ([(np.zeros(3, "f8, i4"), 0)], TypeError, "must be a number, an array or a tensor"),
    ],
)
def test_clips_that_no_batch_can_hold_are_refused(items, error, match):
    with refuses(match, error):
        pad_batch(items)


# ------------------------------------------------------------------------------------------ sentences


@pytest.fixture(scope="module")
def said():
    """What is shipped, by split."""
    return {split: datasets.Sentences(split, source="shipped") for split in datasets.SPLITS}


def words_of(text):
    return re.findall(r"[a-z']+", text)


def test_no_text_of_the_test_set_is_in_training(said):
    texts = {split: {row["text"].rstrip(".?") for row in data.rows} for split, data in said.items()}
    assert not texts["train"] & texts["test"] and not texts["train"] & texts["valid"] | texts["valid"] & texts["test"]
    assert len({row["text"] for row in said["train"].rows if row["kind"] == "word"}) >= 400
    sentences = {row["text"] for data in said.values() for row in data.rows if row["kind"] != "word"}
    assert len(sentences) >= 600 and all(3 <= len(words_of(text.replace("-", " "))) <= 10 for text in sentences)


def test_the_kind_says_what_is_new(said):
    train = [words_of(row["text"].replace("-", " ")) for row in said["train"].rows]
    known, pairs = {word for words in train for word in words}, {p for words in train for p in pairwise(words)}
    n_of = dict.fromkeys(("new order", "new pair", "new word"), 0)
    for row in said["test"].rows:
        words = words_of(row["text"].replace("-", " "))
        new_word, new_pair = not set(words) <= known, not set(pairwise(words)) <= pairs
        assert row["kind"] == ("new word" if new_word else "new pair" if new_pair else "new order")
        n_of[row["kind"]] += 1
    assert n_of["new pair"] >= 4 * 50 and n_of["new word"] >= 4 * 15


def test_voices_are_as_told(said):
    n_of = Counter((row["split"], row["voice"]) for data in said.values() for row in data.rows)
    assert {voice for _, voice in n_of} == set(datasets.VOICES) and len(datasets.Sentences("test", "awb")) == n_of[
        "test", "awb"
    ]
    assert n_of["train", "slt"] > 10 * n_of["train", "rms"] and n_of["test", "slt"] == n_of["test", "f2"]
    sets = {voice: {row["text"] for row in said["train"].rows if row["voice"] == voice} for voice in datasets.VOICES}
    assert all(sets[voice] < sets["slt"] for voice in ("rms", "awb", "f2"))


def test_sentences_can_be_encoded_and_heard(said):
    for data in said.values():
        for (signal, text), row in zip(map(data.__getitem__, range(0, len(data), 37)), data.rows[::37], strict=True):
            assert signal.dtype == np.float32 and 0.1 * 8000 < len(signal) < 5 * 8000 and 0.5 < abs(signal).max() <= 1
            assert decode(encode(text)) == text == normalize(row["written"]) == row["text"]
    assert "it costs two dollars and fifty cents." in {row["text"] for row in said["train"].rows}


def test_only_some_kinds(said):
    rows = datasets.Sentences("test", "slt", kinds=["new word"], source="shipped").rows
    assert {row["kind"] for row in rows} == {"new word"} and len(rows) == 20
    with refuses("kinds must be some of new order, new pair, new word, got 'word'"):
        datasets.Sentences("test", kinds=["word"], source="shipped")


def test_what_is_rendered_here_is_preferred(tmp_path, monkeypatch, said):
    monkeypatch.setattr(datasets, "RENDERED", tmp_path / "sentences")
    assert datasets.Sentences("test", "slt").source == "shipped"
    with refuses("source must be one that is there, got 'rendered' and nothing in", FileNotFoundError):
        datasets.Sentences("test", source="rendered")
    datasets.RENDERED.mkdir()
    lines = ["split,kind,voice,start,length,written,text", "test,new pair,slt,3,5,Yes!,yes!", "train,word,slt,0,1,a,a"]
    (datasets.RENDERED / "index.csv").write_text("\n".join(lines), encoding="utf-8")
    codes = np.arange(10, dtype=np.int16) * 1000
    soundfile.write(datasets.RENDERED / "slt.flac", codes, 8000)
    data = datasets.Sentences("test", "slt")
    assert data.source == "rendered" and len(data) == 1 and data[0][1] == "yes!"
    assert np.array_equal(data[0][0], codes[3:8] / np.float32(32768))
    assert datasets.Sentences("test", "slt", source="shipped").source == "shipped"


NO_RANGES = [None, 5, "x", (1,), (1, 2, 3), (3, 2), (2.0, float("nan")), ("a", "b"), {}, (True, 2)]
INDEX = [*COUNT[:-5], -1, 10**12]
ITEMS = [(np.ones(5, np.float32), [1, 2]), (np.ones(3, np.float32), [0])]
NO_ITEMS = [None, 5, "x", {}, [], [5], [(1, 2, 3)], [(np.ones(3), "a")], [(None, 1)], [(np.zeros(0), 1)]]
NO_ITEMS += [[(np.ones((2, 9)), 0), (np.ones(9), 1)], [(np.array([object()]), 1)], [(torch.ones(3).to_sparse(), 1)]]
NO_ITEMS += [
    [(np.ma.masked_array([1.0, 2.0], [True, False]), 1)],
    [(torch.ones(3), 1), (torch.ones(3, device="meta"), 1)],
]
CALLS = {
    datasets.trim_edges: {
        "signal": (np.sin(np.arange(800)), MONO),
        "sample_rate": (8000, POSITIVE),
        "below_db": (25.0, [*POSITIVE, 301]),
    },
    pad_batch: {
        "items": (ITEMS, NO_ITEMS),
        "padding": (-1, [None, "x", object(), True, np.True_, 0.5, np.float32(0.5), 1e300]),
    },
    datasets.MixedBatch: {"n_classes": (2, COUNT), "alpha": (0.2, [*NUMBER, -0.1, 1e-30, 1e300])},
    datasets.SpokenDigits: {"below_db": (25.0, [*POSITIVE, 301])},
    datasets.Sentences: {
        "split": ("test", NAME),
        "voice": ("awb", [5, True, b"awb", "nonsense", "", ["awb"], np.array(["a", "b"])]),
        "kinds": (["new word"], ["new word", 5, [], ["nonsense"], [None]]),
        "source": ("shipped", NAME),
    },
    datasets.DigitStrings: {
        "split": ("test", NAME),
        "n_strings": (2, COUNT),
        "seed": (0, INDEX),
        "n_digits": ((1, 2), [*NO_RANGES, (0, 2)]),
        "pause_s": ((0.0, 0.1), [*NO_RANGES, (-1, 1), (0, 1e9)]),
        "level_db": (4.0, [*NUMBER, -1, 61]),
        "trim_db": ((10, 30), [*NO_RANGES[1:], (0, 10), (10, 1e9)]),
        "empty_share": (0.1, [*NUMBER, -0.1, 1.1]),
        "empty_s": ((0.5, 1.0), [*NO_RANGES, (0, 1), (0.5, 1e9)]),
    },
    datasets.RecordedStrings: {
        "folder": (everyone(Path(tempfile.mkdtemp(prefix="digits_"))), [None, 5, True, "", "missing", object()]),
        "n_strings": (2, COUNT),
        "speakers": (["ann"], ["ann", 5, [], ["nobody"], ["ann", "nobody"], [None]]),
    },
    datasets.RecordedDigits: {
        "below_db": (25.0, [*POSITIVE, 301]),
        "folder": (recordings(), [None, 5, True, "", "missing", object(), ["x"]]),
        "speakers": (["ann"], ["ann", 5, [], ["nobody"], ["ann", "nobody"], [None]]),
    },
    SoundEvents: {
        "split": ("test", NAME),
        "n_items": (2, COUNT),
        "seed": (0, INDEX),
        "snr_db": ((-10, 20), [*NO_RANGES, 10, (20, -10), (-1e6, 0), (0, 1e6)]),
    },
    EventScenes: {
        "split": ("test", NAME),
        "n_items": (2, COUNT),
        "duration_s": (6.0, [*NUMBER, 4, 11]),
        "n_events": ((1, 2), [*NO_RANGES, (-1, 2), (1, 21)]),
        "snr_db": (10, [*NUMBER, 1e6]),
        "hop_s": (0.04, [*POSITIVE, 100, 1e-9]),
        "seed": (0, INDEX),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.datasets", CALLS)
