"""The small model of Whisper's shape: tokens, caches, what padding must not change, and that it learns."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from course_utils import wer
from course_utils.models import checkpoints, datasets, recipes, recogniser, small_whisper, whisper
from course_utils.models.recogniser import DigitRecogniser, HarderStrings
from course_utils.models.small_whisper import SmallTokens, SmallWhisper, Transcription, TranscriptLoss
from tests.hostile import COUNT, LENGTHS, MODULE, NAME, NO_SWITCHES, NO_TENSORS, NUMBER, POSITIVE, RNG, SHARE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

TRUNK = {"width": 8, "n_layers": 2, "channels": (2, 3)}
SMALL = {"width": 12, "n_heads": 2, "n_hidden": 16, "n_layers": 2, "n_longest": 20}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # sums of another order
T = SmallTokens()


def trunk_of(**options):
    trunk = shuffled(DigitRecogniser(**TRUNK, **options))
    for stage in (*trunk.image, trunk.enter, *trunk.layers):
        stage.norm.running_mean.normal_(0, 0.1)
    return trunk


def model_of(**options):
    return shuffled(SmallWhisper(trunk_of(), **SMALL | options))


def sound(n_samples, seed=0):
    return 0.1 * normal(n_samples, seed=seed) * 10 ** -(torch.arange(n_samples) // 2500 % 3 / 2)


# --------------------------------------------------------------------------------------------- tokens


def test_text_stands_below_the_end_and_moments_above_all():
    special = [T.end, T.start, T.transcribe, T.backwards, T.no_speech, T.no_timestamps, T.first_timestamp]
    assert special == list(range(10, 17)) and T.vocabulary == 16 + 201  # 0…8 s in steps of 40 ms
    assert T.seconds(T.vocabulary - 1) == pytest.approx(8) and T.timestamp(9.0) == T.vocabulary - 1
    assert all(T.timestamp(T.seconds(token)) == token for token in range(T.first_timestamp, T.vocabulary))
    assert T.encode("four zero") == [4, 0] and T.text([4, 20, 0, 10]) == "four zero"


def test_a_string_is_written_as_whisper_would():
    spans_s, at = [(0.08, 0.4), (0.38, 0.8), (1.0, 1.02)], T.first_timestamp
    assert T.written([7, 8, 9]) == [T.start, T.transcribe, T.no_timestamps, 7, 8, 9, T.end]
    assert T.written([7, 8], task="backwards")[1:] == [T.backwards, T.no_timestamps, 8, 7, T.end]
    # what overlaps begins where the last one ended, and nothing ends where it begins
    moments = [at + 2, 7, at + 10, at + 10, 8, at + 20, at + 25, 9, at + 26]
    assert T.written([7, 8, 9], spans_s=spans_s) == [T.start, T.transcribe, *moments, T.end]
    assert T.segments(moments)[1] == (pytest.approx(0.4), pytest.approx(0.8), ["eight"])
    assert T.written([], spans_s=[]) == [T.start, T.transcribe, at, T.end]
    assert T.written([]) == [T.start, T.transcribe, T.no_timestamps, T.end]
    # of a digit that the window cuts, the begin; of what follows, nothing
    assert T.written([7, 8, 9], spans_s=spans_s, until_s=0.6)[2:] == [*moments[:4], T.end]
    assert T.written([7, 8, 9], spans_s=spans_s, until_s=0.9)[2:] == [*moments[:6], T.end]
    assert T.segments(moments[:4]) == [(pytest.approx(0.08), pytest.approx(0.4), ["seven"])]


# ---------------------------------------------------------------------------------------- the network


@pytest.mark.parametrize("options", [{}, {"n_encoder_layers": 1}], ids=str)
def test_a_clip_is_heard_alike_whatever_stands_beside_it(options):
    model, lengths, tokens = model_of(**options), [9000, 1, 4321, 320], torch.tensor([[11, 12, 4, 0]] * 4)
    batch = torch.full((4, 9000), 0.7)
    for row, n in zip(batch, lengths, strict=True):
        row[:n] = sound(n, seed=n)
    found = model(batch, lengths, tokens)
    assert found.shape == (4, 4, T.vocabulary)
    for row, n, scores in zip(batch, lengths, found, strict=True):
        assert_close(model(row[None, :n], None, tokens[:1])[0], scores, **LOOSE)


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_with_a_cache_the_scores_are_those_without(positions):
    model, tokens = model_of(positions=positions), torch.tensor([[11, 12, 15, 4, 0, 9, 9]])
    memory = model.encode(sound(6000)[None])
    whole, cache = model.logits(tokens, memory), model.new_cache()
    parts = [model.logits(part, memory, cache) for part in tokens.split([3, 1, 1, 2], dim=1)]
    assert_close(torch.cat(parts, dim=1), whole, **LOOSE)
    assert_close(model.logits(tokens[:, :4], memory), whole[:, :4], **LOOSE)  # nobody looks ahead


def test_greedy_writes_what_the_scores_say_and_stops_at_the_end():
    model = model_of()
    memory, n_frames = model.listen(torch.stack([sound(6000), sound(6000, seed=1)]), [6000, 4000])
    for prompt in ([11], T.prompt(timestamps=False)):
        for row, found in enumerate(model.greedy(memory, n_frames, prompt=prompt)):
            tokens = [*prompt]
            while len(tokens) <= model.n_longest and (len(tokens) == len(prompt) or tokens[-1] != T.end):
                scores = model.logits(torch.tensor([tokens]), memory[row : row + 1, : n_frames[row]])
                tokens.append(int(scores[0, -1].argmax()))
            assert found == [token for token in tokens[len(prompt) :] if token != T.end]


def test_moments_begin_as_the_positions_of_their_frames():
    weight = SmallWhisper(trunk_of(), **SMALL).embedding.weight[T.first_timestamp :]
    assert_close(weight.norm(dim=1), torch.ones(T.n_timestamps), **LOOSE)
    assert weight[5] @ weight[6] > 0.9 > weight[5] @ weight[25]


def test_the_zeros_that_fill_a_window_up_are_not_heard():
    model, x = model_of(), sound(6000)
    features = model.features(x.numpy(), 8000)
    assert features.shape == (6000 + model.n_window,)
    assert_close(model.encode(features[None]), model.encode(x[None]))
    assert model.encode(torch.zeros(2, 3200)).shape == (2, 11, 12)
    assert len(model.features(np.zeros(16_000, np.float32), 16_000)) == 8000 + model.n_window


def test_the_loss_asks_for_no_prompt_and_no_padding():
    rows = [T.written([3]), T.written([])]
    tokens = torch.full((2, 6), -1)
    for row, written in zip(tokens, rows, strict=True):
        row[: len(written)] = torch.tensor(written)
    scores = normal(2, 5, T.vocabulary)
    log_probs = scores.log_softmax(dim=-1)
    asked = [(0, 0, T.transcribe), (0, 2, 3), (0, 3, T.end), (1, 0, T.no_speech), (1, 2, T.end)]
    expected = -sum(log_probs[place] for place in asked) / len(asked)
    assert_close(TranscriptLoss(T)(scores, tokens), expected)


def test_where_each_token_looks_sums_to_one():
    model, tokens = model_of(), torch.tensor([[11, 12, 4], [11, 12, 9]])
    memory = model.listen(torch.stack([sound(3200), sound(3200, seed=1)]))[0]
    weights = model.attended(tokens, memory)
    assert weights.shape == (2, 2, 3, 11)
    assert_close(weights.sum(dim=-1), torch.ones(2, 2, 3))
    assert not model.decoder[0].multihead_attn._forward_hooks


# -------------------------------------------------------------------------------- the weights that come


@pytest.fixture(scope="module")
def shipped():
    return checkpoints.load(SmallWhisper(), "attention_asr/small_whisper")


def test_the_shipped_model_hears_voices_that_it_never_heard(shipped):
    """Measured over 600 strings: 4.3 % of the words wrong, 3.3 % with moments, which are 19 ms off at the median."""
    strings = datasets.DigitStrings("test", 40, seed=3, n_digits=(3, 7), **recipes.STRINGS)
    (x, n_samples), _ = datasets.pad_batch([(signal, 0) for signal, _ in strings])
    memory, n_frames = shipped.listen(x, n_samples)
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in strings]
    words = [T.words(ids) for ids in shipped.greedy(memory, n_frames)]
    assert wer.word_errors(said, words).rate < 0.12
    turned = [T.words(ids)[::-1] for ids in shipped.greedy(memory, n_frames, prompt=T.prompt(None, "backwards", False))]
    assert wer.word_errors(said, turned).rate < 0.2
    off_s = []
    for n, ids in enumerate(shipped.greedy(memory, n_frames, prompt=T.prompt())):
        segments = T.segments(ids)
        if [words for *_, words in segments] == [[word] for word in said[n]]:
            off_s += np.abs(np.array([part[:2] for part in segments]) - strings.spans_s(n)).ravel().tolist()
    assert len(off_s) > 200 and np.median(off_s) < 0.04
    nobody = datasets.DigitStrings("test", 20, seed=3, empty_share=1.0, empty_s=(2.0, 2.0))
    memory = shipped.listen(torch.stack([torch.from_numpy(signal) for signal, _ in nobody]))[0]
    assert sum(map(len, shipped.greedy(memory))) <= 4


def test_windows_reach_what_the_whole_clip_does_not(shipped):
    """Of 14 to 16 digits, more than in any string of the training; measured over 200 strings: 58 and 7 % wrong."""
    strings = datasets.DigitStrings("test", 6, seed=3, n_digits=(14, 16), **recipes.STRINGS)
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in strings]
    options = {"sample_rate": 8000, "temperatures": (0.0,), "max_initial_timestamp": None, "n_longest": 60}
    found = [whisper.transcribe(shipped, signal, **options) for signal, _ in strings]
    assert wer.word_errors(said, [transcript.text.split() for transcript in found]).rate < 0.25
    whole = [T.words(shipped.greedy(shipped.encode(torch.from_numpy(signal)[None]))[0]) for signal, _ in strings]
    assert wer.word_errors(said, whole).rate > 0.35
    for n, transcript in enumerate(found):
        times = [time for part in transcript.segments for time in (part.start_s, part.end_s)]
        assert np.diff(times).min() > -1e-6 and times[-1] < len(strings[n][0]) / 8000 + 1e-6


def test_whisper_decodes_it_by_its_rules(shipped):
    signal, _ = datasets.DigitStrings("test", 1, seed=3, n_digits=(4, 4), **recipes.STRINGS)[0]
    memory = shipped.encode(torch.from_numpy(signal)[None])
    for options in ({}, {"beam_size": 3}, {"temperature": 0.3, "seed": 1}):
        (found,) = whisper.decode(shipped, memory, max_initial_timestamp=None, **options)
        moments = [token for token in found.tokens if token >= T.first_timestamp]
        assert found.tokens[0] == moments[0] and moments == sorted(moments) and found.no_speech_prob < 0.5
    silence = shipped.encode(torch.zeros(1, 8000))
    assert whisper.decode(shipped, silence)[0].no_speech_prob > 0.5


# ------------------------------------------------------------------------------------------- learning


class Tones(torch.utils.data.Dataset):
    """Strings of two tones, which stand for zero and one; as ``DigitStrings``, they know their spans."""

    def __init__(self, n_strings, most, seed=0):
        rng, self.items = np.random.default_rng(seed), []
        for _ in range(n_strings):
            digits = rng.integers(2, size=rng.integers(1, most + 1))
            starts = 800 + 2000 * np.arange(len(digits)) + rng.integers(0, 600)
            signal = np.zeros(int(starts[-1]) + 2400, np.float32)
            for digit, start in zip(digits, starts, strict=True):
                signal[start : start + 1200] = np.sin((0.3 + 0.9 * digit) * np.arange(1200))
            self.items.append((signal, digits, np.stack([starts, starts + 1200], axis=1) / 8000))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, place):
        return self.items[place][:2]

    def spans_s(self, place):
        return self.items[place][2]


def test_moments_move_with_what_changes_the_tempo(monkeypatch):
    strings = Tones(6, 3, seed=2)
    heard = small_whisper.hear_strings(model_of(), [strings])
    for item, (signal, digits) in zip(heard, strings, strict=True):
        assert item.digits.tolist() == digits.tolist() and item.spans_s.shape == (len(digits), 2)
        assert (np.diff(item.spans_s.ravel()) >= 0).all() and item.spans_s.max() <= 0.04 * len(item.frames)
        assert 0.3 < 0.04 * len(item.frames) / (len(signal) / 8000) < 3
    harder = HarderStrings(trunk_of())
    monkeypatch.setattr(harder.mask, "forward", lambda features, n_frames: features)
    for what in ("_in_noise", "_in_a_room", "_over_a_line"):
        monkeypatch.setattr(recogniser, what, lambda power: power)
    signal = torch.zeros(1, 8000)
    signal[0, 4000:4800] = torch.sin(0.9 * torch.arange(800))
    for _ in range(5):  # a tone from 0.5 to 0.6 s: the frame that has most of one band is one of these
        features, n_frames, moments_s = harder.harder(signal)
        assert features.shape[2] == moments_s.shape[1] == n_frames
        assert moments_s[0, features[0].amax(dim=0).argmax()] == pytest.approx(0.55, abs=0.08)


def test_a_batch_holds_every_form():
    item = small_whisper.Heard(normal(50, 8).half(), np.array([3, 7]), np.array([[0.2, 0.6], [0.8, 1.4]]))
    rng, forms = np.random.default_rng(0), ["words", "moments", "backwards", *["cut"] * 20]
    (frames, n_frames, tokens, starts), (targets,) = small_whisper.transcript_batch([item] * 23, forms, rng=rng)
    rows = [row[row >= 0].tolist() for row in tokens]
    assert frames.shape == (23, 50, 8) and n_frames[:3].tolist() == [50] * 3 and starts.tolist() == [0] * 23
    assert (
        torch.equal(tokens, targets) and rows[0] == T.written([3, 7]) and rows[2] == T.written([3, 7], task="backwards")
    )
    assert rows[1] == T.written([3, 7], spans_s=item.spans_s)
    assert {len(T.words(row)) for row in rows[3:]} == {0, 1, 2}
    for row, n in zip(rows[3:], n_frames[3:].tolist(), strict=True):
        assert row == T.written([3, 7], spans_s=item.spans_s, until_s=0.04 * n if n < 50 else None)
    (_, _, tokens, starts), _ = small_whisper.transcript_batch([item] * 5, ["moments"] * 5, rng=rng, shift_s=2.0)
    assert 0 < starts.max() <= 50 and len(set(starts.tolist())) > 2
    assert (tokens[:, 2] - starts).tolist() == [T.first_timestamp + 5] * 5


def test_the_recipe_learns_two_digits_in_seconds():
    trunk = DigitRecogniser(width=24, n_layers=2, channels=(4, 8))  # untrained: it keeps two tones apart as it is
    model = SmallWhisper(trunk, width=32, n_heads=2, n_hidden=64, n_longest=20)
    options = {"n_times": 12, "n_epochs": 2, "batch_s": 20.0, "learning_rate": 5e-3, "harder": False}
    _, history = recipes.train_small_whisper([Tones(300, 3)], model=model, progress=False, **options)
    assert len(history.rows) == 2
    strings = Tones(40, 3, seed=1)
    right, off_s = 0, []
    for place, (signal, digits) in enumerate(strings):
        memory = model.encode(torch.from_numpy(signal)[None])
        right += model.greedy(memory)[0] == digits.tolist()
        found = T.segments(model.greedy(memory, prompt=T.prompt())[0])
        if len(found) == len(digits):
            off_s += np.abs(np.array([part[:2] for part in found]) - strings.spans_s(place)).ravel().tolist()
    assert right > 30 and np.median(off_s) < 0.06


# --------------------------------------------------------------------------------------------- errors


def test_what_cannot_be_is_said():
    with refuses("token must be a timestamp, 16…216, got 15: pass another one"):
        T.seconds(15)
    with refuses("spans_s must be None where task='backwards', got some: moments go with transcribe alone"):
        T.written([1], spans_s=[(0, 1)], task="backwards")
    with refuses("until_s must be None where spans_s is, got 1.0: pass the spans of the digits"):
        T.written([1], until_s=1.0)
    model = model_of()
    memory = model.encode(sound(900)[None])
    with refuses(
        "tokens must be at most n_longest=20, got 21: cut the sound into windows, or train with more positions"
    ):
        model.logits(torch.zeros(1, 21, dtype=torch.int64), memory)
    with refuses("recogniser must hear the whole clip, got a causal one: make it with causal=False"):
        SmallWhisper(DigitRecogniser(causal=True))
    with refuses("recogniser must have its scores, got the trunk of a SmallWhisper: pass a DigitRecogniser"):
        SmallWhisper(model.trunk)


X = sound(700).expand(2, 700).clone()
TOKENS = torch.tensor([[11, 12, 4, 10]] * 2)
NO_TOKENS = [*NO_TENSORS, torch.zeros(2, 2), TOKENS.bool(), TOKENS[0], TOKENS + 300]
MEMORY = normal(2, 5, 12)
NO_MEMORY = [*NO_TENSORS, MEMORY[0], MEMORY.int(), MEMORY[:1].expand(3, 5, 12), normal(2, 5, 13)]
NO_DIGITS = [None, 5, "12", b"1", {}, [1.5], ["a"], [None], [True], np.ones((2, 2)), [-1], [99]]
NO_IDS = [None, 5, "12", {}, [1.5], [None], [True], [-1], [10**6]]
PROMPT = {"language": (None, ["en", 5]), "task": ("transcribe", NAME), "timestamps": (True, NO_SWITCHES)}
ITEMS = [
    small_whisper.Heard(torch.ones(9, 4), np.array([1]), np.array([[0.1, 0.2]])),
    small_whisper.Heard(torch.ones(5, 4), [], []),
]
HEARD = {
    "heard": (normal(2, 5, 8), [*NO_TENSORS, normal(2, 5, 9), normal(5, 8)]),
    "n_frames": (torch.tensor([5, 3]), []),
}
CALLS = {
    SmallTokens: {"longest_s": (8.0, [*POSITIVE, 100.0])},
    T.timestamp: {"seconds": (1.0, [*NUMBER, -1.0])},
    T.seconds: {"token": (20, [*COUNT, 3, 10**6])},
    T.prompt: PROMPT,
    T.encode: {"text": ("one two", [None, 5, b"one", "eleven", ["one"]])},
    T.words: {"ids": ([1, 2], NO_IDS)},
    T.text: {"ids": ([1, 2], NO_IDS)},
    T.segments: {"ids": ([20, 1, 30], NO_IDS)},
    T.written: {
        "digits": ([1, 2], NO_DIGITS),
        "spans_s": ([(0.1, 0.2), (0.3, 0.4)], [5, "x", [(0.1, 0.2)], [(0.2, 0.1), (0.3, 0.4)], [(1,), (2,)]]),
        "until_s": (0.3, [*NUMBER[1:], -1.0]),
        "task": ("transcribe", NAME),
    },
    SmallWhisper: {
        "recogniser": (trunk_of(), [*MODULE[1:], torch.nn.Linear(2, 2)]),
        "tokens": (T, ["x", 5, SmallTokens]),
        "width": (12, [*COUNT, 7]),
        "n_heads": (2, [*COUNT, 5]),
        "n_hidden": (16, COUNT),
        "n_layers": (2, COUNT),
        "n_encoder_layers": (1, [*NUMBER, -1, 1.5]),
        "n_longest": (20, [*COUNT, 1]),
        "positions": ("learned", NAME),
        "window_s": (4.0, [*POSITIVE, 9.0]),
        "dropout": (0.0, SHARE),
    },
    model_of().forward: {
        "signal": (X, [*NO_TENSORS, sound(9), torch.zeros(2, 0)]),
        "lengths": ([700, 500], LENGTHS),
        "tokens": (TOKENS, NO_TOKENS),
    },
    small_whisper.hear_strings: {
        "model": (model_of(), MODULE),
        "lessons": ([Tones(3, 2)], [None, 5, "x", {}, [], [5], [[]], [[(X[0], [1])]]]),
        "harder": (False, []),
        "batch_size": (2, COUNT),
    },
    small_whisper.transcript_batch: {
        "heard": (ITEMS, [None, 5, "x", {}, [], [5], [(1, 2, 3)], iter(ITEMS)]),
        "forms": (["words", "cut"], [None, 5, "words", ["words"], ["words", "sung"], [1, 2]]),
        "rng": (np.random.default_rng(0), RNG),
        "shift_s": (1.0, [*NUMBER, -1.0]),
        "tokens": (None, [5, "x", SmallTokens]),
    },
    Transcription: {"model": (model_of(), [*MODULE, torch.nn.Linear(2, 2)])},
    Transcription(model_of()).forward: HEARD | {"tokens": (TOKENS, NO_TOKENS), "starts": (torch.tensor([0, 2]), [])},
    TranscriptLoss: {"tokens": (T, [None, "x", 5, SmallTokens]), "smoothing": (0.1, SHARE)},
    TranscriptLoss(T).forward: {"scores": (normal(2, 3, T.vocabulary), []), "tokens": (TOKENS, [])},
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.small_whisper", CALLS)


MEMORIES = [*NO_TENSORS, normal(2, 5, 3), normal(5, 8)]


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda value: type(value).__name__)
def test_greedy_refuses_what_listen_does_not_give(memory):
    model = SmallWhisper(DigitRecogniser(width=8, n_layers=1, n_mels=16, channels=(4, 4)), width=8, n_hidden=8).eval()
    with refuses("memory must", (TypeError, ValueError)):
        model.greedy(memory)
    for value in (np.nan, np.inf):
        with refuses("scores must be numbers"):
            model.greedy(torch.full((1, 3, 8), value))


def test_tokens_of_another_vocabulary_have_no_loss():
    tokens = SmallTokens()
    with refuses(f"tokens must lie below {tokens.vocabulary}, got 999"):
        TranscriptLoss(tokens)(torch.zeros(1, 1, tokens.vocabulary), torch.tensor([[11, 999]]))


FRAMES, SPANS = torch.ones(9, 4), np.array([[0.1, 0.2]])
NOT_HEARD = [
    [small_whisper.Heard(None, [1], SPANS)],
    [small_whisper.Heard(FRAMES.numpy(), [1], SPANS)],
    [small_whisper.Heard(FRAMES[:0], [1], SPANS)],
    [small_whisper.Heard(FRAMES * np.nan, [1], SPANS)],
    [small_whisper.Heard(FRAMES, None, SPANS)],
    [small_whisper.Heard(FRAMES, [11], SPANS)],
    [small_whisper.Heard(FRAMES, [1], None)],
    [small_whisper.Heard(FRAMES, [1], SPANS * np.nan)],
    [small_whisper.Heard(FRAMES, [1], -SPANS)],
    [small_whisper.Heard(FRAMES, [1, 2], SPANS)],
    [small_whisper.Heard(FRAMES, [1], SPANS), small_whisper.Heard(FRAMES[:, :2], [1], SPANS)],
]


@pytest.mark.parametrize("heard", NOT_HEARD, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("form", ["words", "cut"])
def test_what_was_not_heard_is_refused(heard, form):
    with refuses("must", (TypeError, ValueError)):
        small_whisper.transcript_batch(heard, [form] * len(heard), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    "tokens", ["x", 5, object(), small_whisper.SmallTokens], ids=lambda value: type(value).__name__
)
def test_other_tokens_are_refused(tokens):
    heard = [small_whisper.Heard(FRAMES, [1], SPANS)]
    with refuses("tokens must be a SmallTokens", TypeError):
        small_whisper.transcript_batch(heard, ["words"], rng=np.random.default_rng(0), tokens=tokens)


class Misplaced(list):
    """Strings that say something wrong of when each digit is said."""

    def spans_s(self, place):
        return self.wrong


@pytest.mark.parametrize(
    "wrong",
    [None, "ab", SPANS[0], -SPANS, SPANS[:, ::-1], SPANS * np.nan, [*SPANS, *SPANS]],
    ids=lambda value: type(value).__name__,
)
def test_spans_that_are_no_moments_are_refused_before_they_are_learned(wrong):
    lesson = Misplaced([(np.zeros(2000, np.float32), [1])])
    lesson.wrong = wrong
    for harder in (False, True):
        with refuses("spans_s must", (TypeError, ValueError)):
            small_whisper.hear_strings(small_whisper.SmallWhisper(), [lesson], harder=harder)
