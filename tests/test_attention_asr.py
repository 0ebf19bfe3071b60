"""Listen, Attend and Spell: attention against loops, padding, the two searches against brute force, and learning."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from course_utils import wer
from course_utils.models import checkpoints, datasets, recipes
from course_utils.models.attention_asr import (
    END,
    START,
    AdditiveAttention,
    DotAttention,
    HarderSpelling,
    ListenAttendSpell,
    additive_attention,
    beam_spell,
    coverage_penalty,
    expected_tokens,
    fed_tokens,
    greedy_spell,
    length_penalty,
    spelling_loss,
)
from tests.hostile import COUNT, LENGTHS, MODULE, NAME, NO_TENSORS, NUMBER, POSITIVE, SHARE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

SMALL = {"width": 8, "n_layers": 1, "channels": (2, 3), "n_cells": 6, "n_hidden": 5}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # ln of a power that a sum of another order has rounded otherwise
KINDS = pytest.mark.parametrize("attention", ["additive", "dot", "location"])


def model_of(**options):
    model = shuffled(ListenAttendSpell(**SMALL, **options))
    torch.nn.init.normal_(model.score.weight)
    torch.nn.init.normal_(model.listener.score.weight)
    torch.nn.init.normal_(model.embedding.weight, std=3.0)  # what was written before decides what comes
    return model


def sound(n_samples, seed=0):
    """Noise whose level steps up and down by 20 dB."""
    return 0.1 * normal(n_samples, seed=seed) * 10 ** -(torch.arange(n_samples) // 2500 % 3 / 2)


def batch_of(lengths):
    batch = torch.full((len(lengths), max(lengths)), 0.7)  # what lies in the padding is not heard
    for row, n in zip(batch, lengths, strict=True):
        row[:n] = sound(n, seed=n)
    return batch


# ----------------------------------------------------------------------------------------- attention


def test_additive_attention_by_hand():
    """One hidden value: e = 2 tanh(q + 3 k), with q = 0.5 and k = 0, 1."""
    query, key, value = torch.tensor([[0.5]]), torch.tensor([[0.0], [1.0]]), torch.tensor([[10.0], [20.0]])
    output, weights = additive_attention(
        query, key, value, torch.tensor([[1.0]]), torch.tensor([[3.0]]), torch.tensor([2.0])
    )
    one, other = math.exp(2 * math.tanh(0.5)), math.exp(2 * math.tanh(3.5))
    assert weights[0].tolist() == pytest.approx([one / (one + other), other / (one + other)])
    assert output.item() == pytest.approx((10 * one + 20 * other) / (one + other))


def test_additive_attention_is_a_loop_over_all_pairs():
    query, key, value = normal(2, 3, 4), normal(2, 5, 6, seed=1), normal(2, 5, 7, seed=2)
    w, u, v = normal(8, 4, seed=3), normal(8, 6, seed=4), normal(8, seed=5)
    mask = torch.tensor([[True, True, True, False, True], [False, True, True, True, False]])[:, None]
    output, weights = additive_attention(query, key, value, w, u, v, mask)
    for b, i in itertools.product(range(2), range(3)):
        exps = [
            math.exp(float(v @ torch.tanh(w @ query[b, i] + u @ key[b, j]))) if mask[b, 0, j] else 0.0 for j in range(5)
        ]
        expected = torch.tensor(exps) / sum(exps)
        assert_close(weights[b, i], expected)
        assert_close(output[b, i], sum(expected[j] * value[b, j] for j in range(5)))


def test_the_layer_is_its_equation_and_projects_its_keys_once():
    attend, query, key = AdditiveAttention(4, 6, 8), normal(2, 1, 4), normal(2, 5, 6, seed=1)
    torch.nn.init.zeros_(attend.project.bias)
    expected = additive_attention(query, key, key, attend.query.weight, attend.project.weight, attend.vector)
    for found in (attend(query, key), attend(query, key, projected=attend.project(key))):
        assert_close(found, expected)


def test_location_adds_the_filtered_weights_of_the_step_before():
    attend, query, key = AdditiveAttention(4, 6, 3, kernel_size=3), normal(1, 1, 4), normal(1, 5, 6, seed=1)
    before = torch.tensor([[0.0, 0.2, 0.8, 0.0, 0.0]])
    filters, scores = attend.filters.weight, []
    for j in range(5):
        around = torch.tensor([before[0, t].item() if 0 <= t < 5 else 0.0 for t in (j - 1, j, j + 1)])
        hidden = attend.query(query[0, 0]) + attend.project(key[0, j]) + filters @ around
        scores.append(attend.vector @ torch.tanh(hidden))
    assert_close(attend(query, key, before=before)[1][0, 0], torch.softmax(torch.stack(scores), 0))
    nowhere = torch.zeros_like(before)
    assert_close(attend(query, key)[1], attend(query, key, before=nowhere)[1])


def test_dot_attention_is_its_equation():
    attend, query, key = DotAttention(4, 6, 8), normal(1, 2, 4), normal(1, 5, 6, seed=1)
    mask = torch.tensor([[[True, True, False, True, True]]])
    scores = attend.query(query) @ attend.project(key).mT / math.sqrt(8)
    weights = scores.exp() * mask / (scores.exp() * mask).sum(dim=-1, keepdim=True)
    assert_close(attend(query, key, mask), (weights @ key, weights))


# ----------------------------------------------------------------------------------- listen and spell


def test_what_is_fed_is_one_step_behind_what_is_asked():
    targets, n_targets = torch.tensor([[4, 1, 9], [7, 0, 0], [0, 0, 0]]), torch.tensor([3, 1, 0])
    assert fed_tokens(targets, n_targets).tolist() == [[11, 4, 1, 9], [11, 7, 0, 0], [11, 0, 0, 0]]
    asked = expected_tokens(targets, n_targets)
    assert asked.tolist() == [[4, 1, 9, 0], [7, 0, -100, -100], [0, -100, -100, -100]]
    nothing = torch.zeros(2, 0, dtype=torch.int64), torch.tensor([0, 0])
    assert fed_tokens(*nothing).tolist() == [[11], [11]] and expected_tokens(*nothing).tolist() == [[0], [0]]


@KINDS
def test_a_clip_is_spelled_alike_whatever_stands_beside_it(attention):
    model, lengths = model_of(attention=attention), [9000, 1, 4321, 160]
    batch, tokens = batch_of(lengths), torch.tensor([[START, 3, 1]]).expand(4, -1)
    logits, weights = model(batch, lengths, tokens)
    spelled = greedy_spell(model, batch, lengths)
    for row, n, found, where, spelling in zip(batch, lengths, logits, weights, spelled, strict=True):
        alone, here = model(row[None, :n], None, tokens[:1])
        n_frames = here.shape[-1]
        assert_close(found, alone[0], **LOOSE)
        assert_close(where[:, :n_frames], here[0], **LOOSE)
        assert_close(where.sum(dim=1), torch.ones(3)) and not where[:, n_frames:].any()
        only = greedy_spell(model, row[None, :n])[0]
        assert spelling.tokens == only.tokens
        assert_close(spelling.weights, only.weights, **LOOSE)


def test_steps_one_by_one_give_the_logits_of_all_at_once():
    model, x = model_of(attention="location"), batch_of([5000, 3000])
    tokens = torch.tensor([[START, 2, 2, 9], [START, 5, 0, 0]])
    logits, weights = model(x, [5000, 3000], tokens)
    state = model.start(*model.encode(x, [5000, 3000]))
    for place in range(4):
        found, state = model.step(tokens[:, place], state)
        assert_close(found, logits[:, place])
        assert_close(state.weights, weights[:, place])


def test_scheduled_sampling_feeds_what_was_found():
    model, x = model_of(), sound(6000)[None]
    memory, n_frames = model.encode(x)
    tokens = torch.tensor([[START, 2, 7, 4, 1, 1]])
    free, _ = model.spell(memory, n_frames, tokens, sampling=1.0)
    own = torch.cat([tokens[:, :1], free.argmax(dim=2)[:, :-1]], dim=1)
    assert_close(free, model.spell(memory, n_frames, own)[0])
    told, _ = model.spell(memory, n_frames, tokens)
    assert (free - told).abs().max() > 1e-3
    harder = HarderSpelling(model, sampling=1.0, harder=False)
    assert_close(harder.eval()(x, None, tokens)[0], told)
    assert_close(harder.train()(x, None, tokens)[0].shape, told.shape)


def test_the_loss_is_the_sum_of_two():
    model, x, targets = model_of(), batch_of([9000, 5000]), torch.tensor([[3, 3], [8, 0]])
    n_targets = torch.tensor([2, 1])
    output = HarderSpelling(model, harder=False).eval()(x, [9000, 5000], fed_tokens(targets, n_targets))
    log_p = output[0].log_softmax(dim=2)
    by_hand = -(log_p[0, 0, 3] + log_p[0, 1, 3] + log_p[0, 2, END] + log_p[1, 0, 8] + log_p[1, 1, END]) / 2
    alone = spelling_loss(output, targets, n_targets, ctc_weight=0.0, label_smoothing=0.0)
    assert list(alone) == ["spelling"]
    assert_close(alone["spelling"], by_hand)
    both = spelling_loss(output, targets, n_targets, ctc_weight=0.25, label_smoothing=0.0)
    ctc = torch.nn.functional.ctc_loss(
        output[1].permute(2, 0, 1), targets, output[2], n_targets, reduction="none"
    ).mean()
    assert_close(both["spelling"], 0.75 * by_hand)
    assert_close(both["ctc"], 0.25 * ctc)


# ------------------------------------------------------------------------------------------ searches


def scores_of_all_texts(model, x, n_most, power, coverage):
    """The score of every text by teacher forcing; the end is not asked for where the limit comes before it."""
    memory, n_frames = model.encode(x)
    for n in range(n_most + 1):
        texts = torch.tensor(list(itertools.product(range(1, START), repeat=n)), dtype=torch.int64).reshape(10**n, n)
        fed, asked = torch.nn.functional.pad(texts, (1, 0), value=START), torch.nn.functional.pad(texts, (0, 1))
        rows = torch.zeros(len(texts), dtype=torch.int64)
        logits, weights = model.spell(memory[rows], n_frames[rows], fed)
        n_steps = min(n + 1, n_most)
        log_p = logits.log_softmax(dim=2).gather(2, asked[..., None])[:, :n_steps, 0].sum(dim=1)
        received = weights[:, :n_steps].sum(dim=1).clamp(0.1, 1).log().sum(dim=1)
        scores = log_p / ((5 + n_steps) / 6) ** power + coverage * received
        yield from zip(scores.tolist(), texts.tolist(), strict=True)


@torch.no_grad()
@pytest.mark.parametrize(
    ("attention", "power", "coverage"), [("additive", 0.0, 0.0), ("dot", 1.0, 0.0), ("location", 0.6, 0.3)]
)
def test_a_beam_that_covers_all_texts_finds_the_best(attention, power, coverage):
    model, x, n_most = model_of(attention=attention), sound(2000)[None], 3
    scored = sorted(scores_of_all_texts(model, x, n_most, power, coverage), reverse=True)
    options = {"length_power": power, "coverage_weight": coverage, "n_most": n_most, "n_best": 5}
    found = beam_spell(model, x, beam_width=2000, **options)[0]
    assert [spelling.tokens for spelling in found] == [text for _, text in scored[:5]]
    assert [spelling.score for spelling in found] == pytest.approx([score for score, _ in scored[:5]], abs=1e-4)


@KINDS
def test_a_beam_of_one_is_greedy(attention):
    lengths = [9000, 1, 4321]
    for seed in range(4):
        torch.manual_seed(seed)
        model, batch = model_of(attention=attention), batch_of(lengths)
        expected = greedy_spell(model, batch, lengths)
        for one, (other,) in zip(expected, beam_spell(model, batch, lengths, beam_width=1), strict=True):
            assert one.tokens == other.tokens
            assert one.log_prob == pytest.approx(other.log_prob, abs=1e-3)
            assert_close(one.weights, other.weights, **LOOSE)


def test_a_search_ends_where_a_limit_is_set_and_leaves_the_model_as_it_was():
    model = model_of().train()
    with torch.no_grad():
        model.score.bias[END] = -1000
    for spelling in (greedy_spell(model, sound(16000)[None])[0], beam_spell(model, sound(16000)[None])[0][0]):
        assert len(spelling.tokens) == 2 + 51 // 3 and spelling.weights.shape == (19, 51)
    assert len(greedy_spell(model, sound(16000)[None], n_most=4)[0].tokens) == 4
    assert model.training and all(part.training for part in model.modules())
    with torch.no_grad():
        model.score.bias[END] = 1000
    assert greedy_spell(model, sound(16000)[None])[0].tokens == []


def test_penalties_by_hand():
    assert length_penalty(7, 1.0) == 2 and length_penalty(1, 0.7) == 1 and length_penalty(50, 0.0) == 1
    weights = torch.tensor([[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.45, 0.05]])
    assert coverage_penalty(weights, floor=0.1) == pytest.approx(math.log(0.5 * 1 * 0.45 * 0.1))
    assert coverage_penalty(torch.eye(3)) == 0


# ------------------------------------------------------------------------------------------ learning


def lessons_of_two(n_strings):
    """Strings of two tones, which stand for one and two: a lesson of one each, and one of several."""
    rng, tones = np.random.default_rng(0), [np.sin(0.3 * k * np.arange(1600)).astype(np.float32) for k in (1, 4)]
    gap = np.zeros(800, np.float32)

    def string(n_digits):
        digits = rng.integers(2, size=n_digits)
        return np.concatenate([gap, *(part for digit in digits for part in (tones[digit], gap))]), digits + 1

    return [[string(1) for _ in range(n_strings)], [string(int(rng.integers(0, 4))) for _ in range(2 * n_strings)]]


def test_the_recipe_learns_two_digits_in_seconds():
    torch.manual_seed(3)
    model = ListenAttendSpell(width=24, n_layers=2, channels=(4, 8), n_cells=32, n_hidden=24)
    options = {"n_epochs": 4, "batch_s": 2.0, "learning_rate": 1e-2, "harder": False, "progress": False}
    seen = []
    _, history = recipes.train_speller(lessons_of_two(400), model=model, watch=seen.append, **options)
    assert len(history.rows) == 4 and seen == [0, 1, 2, 3]
    (x, n_samples), (digits, n_digits) = recipes.string_batch(lessons_of_two(40)[1])
    expected = [row[:n].tolist() for row, n in zip(digits, n_digits, strict=True)]
    for found in (greedy_spell(model, x, n_samples), [best for (best,) in beam_spell(model, x, n_samples)]):
        assert np.mean([one.tokens == other for one, other in zip(found, expected, strict=True)]) > 0.9


def test_the_shipped_speller_hears_voices_that_it_never_heard():
    """Measured over 1,000 strings: 6.8 % of the words wrong, most of them of three speakers of eleven."""
    model = checkpoints.load(ListenAttendSpell(), "attention_asr/las")
    strings = datasets.DigitStrings("test", 60, seed=3, n_digits=(3, 7), **recipes.STRINGS)
    (x, n_samples), targets = recipes.string_batch([strings[n] for n in range(60)])
    said = [row[:n].tolist() for row, n in zip(*targets, strict=True)]
    spelled = greedy_spell(model, x, n_samples)
    assert wer.word_errors(said, [spelling.tokens for spelling in spelled]).rate < 0.15
    middles = [(spelling.weights[:-1] @ torch.arange(spelling.weights.shape[1]).float()).diff() for spelling in spelled]
    assert (torch.cat(middles) > 0).float().mean() > 0.97  # where it looks goes on from digit to digit


def test_refusals_say_what_to_do():
    model = model_of()
    with refuses("tokens must be a tensor of whole numbers, got None: pass fed_tokens", TypeError):
        model(sound(900)[None])
    with refuses("tokens must be 0…11, got 3…12: pass fed_tokens"):
        model(sound(900)[None], None, torch.tensor([[3, 12]]))
    with refuses(
        r"weight_key must have the shape \(3, 4\), a row for each value of vector and a column for each of key, "
        r"got \(4, 3\): transpose it, or pass the one that belongs to key"
    ):
        additive_attention(normal(2, 4), normal(5, 4), normal(5, 4), normal(3, 4), normal(4, 3), normal(3))


X = sound(1400).expand(2, 1400).clone()
TOKENS = torch.tensor([[START, 3], [START, 0]])
NO_TOKENS = [*NO_TENSORS, TOKENS.float(), TOKENS + 1, TOKENS[0], TOKENS[:1], TOKENS[:, :0], -TOKENS]
FORWARD = {
    "signal": (X, [*NO_TENSORS, sound(9), torch.zeros(2, 0)]),
    "lengths": ([1400, 900], LENGTHS),
    "tokens": (TOKENS, NO_TOKENS),
}
HEARD = {"signal": FORWARD["signal"], "lengths": FORWARD["lengths"]}
TARGETS = torch.tensor([[3, 3], [8, 0]])
TAUGHT = {
    "targets": (TARGETS, [*NO_TENSORS, TARGETS.float(), TARGETS + 9, -TARGETS, TARGETS[0]]),
    "n_targets": (torch.tensor([2, 1]), ["x", 0.5, object(), {}, [0.5, 1.0], [[1, 2]], [1, 2, 3], [-1, 2], [1, 3]]),
}
OUTPUT = HarderSpelling(model_of(), harder=False).eval()(X, None, fed_tokens(TARGETS, torch.tensor([2, 1])))
OUTPUT = tuple(part.detach() for part in OUTPUT)
QUERY, KEY = normal(2, 3, 4), normal(2, 5, 6)
LOOK = {
    "query": (QUERY, [*NO_TENSORS, QUERY[0], QUERY[:1], QUERY[..., :3], QUERY[:, :0]]),
    "key": (KEY, [*NO_TENSORS, KEY[0], KEY[:1], KEY[..., :3], KEY[:, :0]]),
    "mask": (torch.ones(2, 1, 5, dtype=torch.bool), [*NO_TENSORS[1:], torch.ones(2, 1, 5), torch.zeros(2, 1, 5) > 0]),
    "before": (torch.zeros(2, 5), [*NO_TENSORS[1:], torch.zeros(2, 4), torch.zeros(2, 5, 1)]),
    "projected": (normal(2, 5, 8), [*NO_TENSORS[1:], normal(2, 5, 7), normal(2, 4, 8)]),
}
WIDTHS = {"query_width": (4, COUNT), "key_width": (6, COUNT), "n_hidden": (8, COUNT)}
WEIGHTS = {
    "weight_query": (normal(8, 4), [*NO_TENSORS, normal(4, 8), normal(8)]),
    "weight_key": (normal(8, 6), [*NO_TENSORS, normal(6, 8), normal(8)]),
    "vector": (normal(8), [*NO_TENSORS, normal(7), normal(8, 1)]),
}
MODEL = {
    "width": (8, COUNT),
    "n_layers": (1, COUNT),
    "n_mels": (32, COUNT[:-1]),
    "channels": ((2, 3), [None, 5, "x", (), (0, 1), (1.5, 2)]),
    "n_cells": (6, COUNT),
    "n_hidden": (5, COUNT),
    "attention": ("additive", NAME),
    "dropout": (0.1, SHARE),
}
METHODS = model_of().eval()


@pytest.mark.parametrize(
    "memory",
    [*NO_TENSORS, normal(2, 5, 7), normal(5, 8), torch.full((2, 5, 8), math.nan)],
    ids=lambda value: type(value).__name__,
)
def test_what_no_listener_gives_is_refused(memory):
    for call in (
        lambda: METHODS.spell(memory, [5, 5], torch.tensor([[START], [START]])),
        lambda: METHODS.start(memory, [5, 5]),
        lambda: METHODS.ctc(memory),
    ):
        with refuses("memory must", (TypeError, ValueError)):
            call()


def test_steps_and_frames_that_do_not_fit_are_refused():
    memory, fed = normal(2, 5, 8), torch.tensor([[START], [START]])
    for n_frames in (None, [5], [0, 5], [6, 5], [1.5, 2]):
        with refuses("n_frames must", (TypeError, ValueError)):
            METHODS.spell(memory, n_frames, fed)
    for tokens in (None, [[1]], fed[:1], fed[:, :0], -fed, fed + 1, fed.float()):
        with refuses("tokens must", (TypeError, ValueError)):
            METHODS.spell(memory, [5, 5], tokens)
    for sampling in (None, "x", -1, 2, math.nan):
        with refuses("sampling must", (TypeError, ValueError)):
            METHODS.spell(memory, [5, 5], fed, sampling=sampling)
    state = METHODS.start(memory, [5, 5])
    for tokens in (None, [1, 2], fed, fed[:1, 0], fed[:, 0] + 1):
        with refuses("tokens must", (TypeError, ValueError)):
            METHODS.step(tokens, state)
    with refuses("state must be a SpellerState", TypeError):
        METHODS.step(fed[:, 0], None)


def test_scores_that_are_nan_are_refused():
    model = model_of().eval()
    torch.nn.init.constant_(model.score.weight, math.nan)
    for search in (greedy_spell, beam_spell):
        with refuses("logits must be numbers, got 1?[0-9] NaN"):
            search(model, torch.zeros(1, 800))
    with refuses("logits must be numbers"):
        spelling_loss((OUTPUT[0] * math.nan, *OUTPUT[1:]), *(value for value, _ in TAUGHT.values()))
    with refuses(r"logits must have the shape \(batch, tokens, 11\)"):
        spelling_loss((OUTPUT[0][..., :5], *OUTPUT[1:]), *(value for value, _ in TAUGHT.values()))


def test_beams_beyond_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr("course_utils._checks.free_bytes", lambda: 2**28)
    with refuses("a beam of 100,000 over 101 frames and 35 tokens needs .*: lower beam_width"):
        beam_spell(METHODS, torch.zeros(1, 32_000), beam_width=100_000)


def test_what_the_mask_hides_has_no_influence_not_even_nan():
    attend = AdditiveAttention(4, 6, 8)
    query, key, mask = normal(2, 3, 4), normal(2, 5, 6), torch.arange(5).expand(2, 1, 5) < 3
    expected = attend(query, key, mask)
    key[:, 3:] = math.nan
    for found, wanted in zip(attend(query, key, mask), expected, strict=True):
        assert_close(found, wanted)


SEARCH = {"model": (model_of(), MODULE), **HEARD, "n_most": (3, COUNT[1:])}
CALLS = {
    additive_attention: {
        "query": (QUERY, [*NO_TENSORS, QUERY[..., :3]]),
        "key": (KEY, [*NO_TENSORS, KEY[..., :3], KEY[:, :0]]),
        "value": (KEY, [*NO_TENSORS, KEY[:, :4]]),
        **WEIGHTS,
        "mask": LOOK["mask"],
    },
    AdditiveAttention: {**WIDTHS, "kernel_size": (3, [*NUMBER, -1, 2, 1.5])},
    AdditiveAttention(4, 6, 8, kernel_size=3).forward: LOOK,
    DotAttention: WIDTHS,
    DotAttention(4, 6, 8).forward: LOOK,
    ListenAttendSpell: MODEL,
    model_of().forward: FORWARD,
    fed_tokens: TAUGHT,
    expected_tokens: {**TAUGHT, "padding": (-100, [*NUMBER, 1.5, 10**12])},
    HarderSpelling: {"model": (model_of(), [*MODULE, torch.nn.Linear(2, 2)]), "sampling": (0.5, SHARE)},
    HarderSpelling(model_of()).eval().forward: FORWARD,
    spelling_loss: {
        "output": (OUTPUT, [None, 5, "xyz", OUTPUT[:2], OUTPUT[0], (OUTPUT[0][:, :1], *OUTPUT[1:])]),
        **TAUGHT,
        "ctc_weight": (0.3, SHARE),
        "label_smoothing": (0.1, SHARE),
    },
    greedy_spell: SEARCH,
    length_penalty: {"n_tokens": (3, [*NUMBER, -1, 1.5]), "power": (0.7, [*NUMBER, -1, 2.5])},
    coverage_penalty: {
        "weights": (torch.rand(3, 5), [*NO_TENSORS, torch.rand(5), -torch.rand(3, 5), torch.rand(3, 5) / 0]),
        "floor": (0.1, [*POSITIVE, 1.1]),
    },
    beam_spell: {
        **SEARCH,
        "beam_width": (2, COUNT),
        "length_power": (0.5, [*NUMBER, -1, 2.5]),
        "coverage_weight": (0.1, [*NUMBER, -1, 11]),
        "n_best": (1, [*COUNT, 3]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.attention_asr", CALLS)
