"""Prefix beam search against cases worked by hand, sums over all paths, and the search written with dictionaries."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.models.beam_search import Bigrams, Hypothesis, beam_search
from course_utils.models.ctc import ctc_loss, greedy_decode
from tests.hostile import COUNT, NO_ROW, NO_TENSORS, NUMBER, refusals
from tests.support import processor_s, refuses

WIDE = {"beam_width": 5000, "n_best": 5000}  # more than the texts of the small alphabets here
CLOSE = {"rel": 1e-12, "abs": 1e-12}  # the same sums in double precision, in another order


def logs(*rows):
    """Log-probabilities (classes, frames) from the probabilities of each class."""
    return torch.tensor(rows, dtype=torch.float64).log()


def random_logs(n_classes, n_frames, seed=0, sharpness=1.0):
    """Random columns; the sharper, the more of a frame one class has."""
    scores = sharpness * np.random.default_rng(seed).standard_normal((n_classes, n_frames))
    return torch.from_numpy(scores).log_softmax(dim=0)


# -------------------------------------------------------------------------------------- hand-worked


def test_two_frames_by_hand():
    """The best path is two blanks, 0.36; the other three paths all spell a."""
    log_probs = logs([0.6, 0.6], [0.4, 0.4])
    assert greedy_decode(log_probs[None]) == [[]]
    best, other = beam_search(log_probs, beam_width=2, n_best=2)
    assert (best.text, other.text) == ([1], [])
    assert math.exp(best.log_prob) == pytest.approx(0.64)
    assert math.exp(other.log_prob) == pytest.approx(0.36)


def test_a_beam_of_one_drops_the_symbol_before_its_paths_meet():
    (only,) = beam_search(logs([0.6, 0.6], [0.4, 0.4]), beam_width=1)
    assert only.text == []
    assert math.exp(only.log_prob) == pytest.approx(0.36)


def test_a_repeat_across_a_blank_by_hand():
    """aa needs all three frames, a–blank–a: 0.729. Three blanks have 0.009, and the rest spells a."""
    found = beam_search(logs([0.1, 0.9, 0.1], [0.9, 0.1, 0.9]), n_best=3)
    assert [text for text, _, _ in found] == [[1, 1], [1], []]
    assert [math.exp(log_prob) for _, log_prob, _ in found] == pytest.approx([0.729, 0.262, 0.009])


def test_hello_keeps_both_of_its_l():
    letters, path = "_ehlo", "hel_lo"
    columns = [[0.9 if letter == seen else 0.025 for seen in path] for letter in letters]
    (best,) = beam_search(logs(*columns))
    assert "".join(letters[symbol] for symbol in best.text) == "hello"
    (merged,) = beam_search(logs(*columns)[:, [0, 1, 2, 2, 5]])
    assert "".join(letters[symbol] for symbol in merged.text) == "helo"


def test_a_wider_beam_may_answer_worse():
    """Of width 1 the search keeps the empty text and ends with b. Of width 2 it keeps a beside it, and drops b (0.135
    after two frames) for good: the paths of a (0.15775) then outweigh what the empty text gives to b, 0.14625. With all
    its paths b has 0.3195."""
    log_probs = logs([0.45, 0.65, 0.30], [0.40, 0.05, 0.20], [0.15, 0.30, 0.50])
    answers = [beam_search(log_probs, beam_width=width)[0] for width in (1, 2, 5000)]
    assert [text for text, _, _ in answers] == [[2], [1], [2]]
    assert [math.exp(log_prob) for _, log_prob, _ in answers] == pytest.approx([0.14625, 0.15775, 0.3195])


def test_bigrams_by_hand():
    """Two texts begin with 1; 1 stands before 1 once and before 2 once, 2 before nothing. One is added to each."""
    model = Bigrams([[1, 2], [1, 1]], 3)
    assert math.exp(model.log_prob(1)) == pytest.approx(3 / 4)
    assert math.exp(model.log_prob(2)) == pytest.approx(1 / 4)
    assert [math.exp(model.log_prob(s, before)) for before in (1, 2) for s in (1, 2)] == pytest.approx([0.5] * 4)
    assert math.exp(model.log_prob_of([1, 1, 2])) == pytest.approx(3 / 4 * 1 / 2 * 1 / 2)
    assert model.log_prob_of([]) == 0
    less = Bigrams([[1, 2], [1, 1]], 3, add=0.5)
    assert math.exp(less.log_prob(2)) == pytest.approx(0.5 / 3)


def test_a_language_model_and_a_bonus_by_hand():
    """One frame: a has 0.46, b 0.36, the empty text 0.18. A text that began with b makes b twice as probable as a."""
    log_probs, model = logs([0.18], [0.46], [0.36]), Bigrams([[2]], 3)
    assert beam_search(log_probs)[0].text == [1]
    (best,) = beam_search(log_probs, language_model=model, lm_weight=1)
    assert best.text == [2]
    assert math.exp(best.log_prob) == pytest.approx(0.36)
    assert math.exp(best.score) == pytest.approx(0.36 * 2 / 3)
    (best,) = beam_search(log_probs, language_model=model, lm_weight=2)
    assert best.text == []  # 0.18 against 0.36 · 4/9 = 0.16
    (best,) = beam_search(log_probs, language_model=model, lm_weight=2, length_bonus=math.log(2))
    assert best.text == [2]
    assert math.exp(best.score) == pytest.approx(2 * 0.36 * 4 / 9)


# ---------------------------------------------------------------------------- independent oracles


def all_texts(probabilities, blank=0):
    """The probability of each text, summed over every path there is."""
    n_classes, n_frames = probabilities.shape
    found = {}
    for path in itertools.product(range(n_classes), repeat=n_frames):
        changes = [s for t, s in enumerate(path) if s != blank and (t == 0 or path[t - 1] != s)]
        p = math.prod(probabilities[s, t] for t, s in enumerate(path))
        found[tuple(changes)] = found.get(tuple(changes), 0) + p
    return {text: p for text, p in found.items() if p > 0}


def pair_counts(texts, symbols, add):
    """ln p of a text from a table of counted pairs, None before the first symbol."""
    pairs = [pair for text in texts for pair in zip([None, *text[:-1]], text, strict=True)]

    def log_prob(text):
        total = 0
        for pair in zip([None, *text[:-1]], text, strict=bool(text)):
            n_before = sum(before == pair[0] for before, _ in pairs)
            total += math.log((pairs.count(pair) + add) / (n_before + add * len(symbols)))
        return total

    return log_prob


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize(("lm_weight", "length_bonus"), [(0, 0), (0, 1.5), (0.7, 0), (2, -0.5)])
@pytest.mark.parametrize(("n_classes", "n_frames"), [(3, 1), (3, 7), (4, 5), (5, 4)])
def test_a_wide_beam_equals_the_sum_over_all_paths(n_classes, n_frames, lm_weight, length_bonus, blank):
    log_probs = random_logs(n_classes, n_frames, seed=n_frames)
    symbols = [s for s in range(n_classes) if s != blank]
    texts = [symbols[:1] * 2 + symbols, symbols[::-1], symbols[1:]]
    rule = pair_counts(texts, symbols, 0.5)
    expected = {
        text: (math.log(p), math.log(p) + lm_weight * rule(list(text)) + length_bonus * len(text))
        for text, p in all_texts(log_probs.exp().numpy(), blank).items()
    }
    model = Bigrams(texts, n_classes, add=0.5, blank=blank)
    options = {"language_model": model, "lm_weight": lm_weight, "length_bonus": length_bonus, "blank": blank}
    found = beam_search(log_probs, **WIDE, **options)
    assert {tuple(text) for text, _, _ in found} == set(expected)
    assert len(found) == len(expected)
    for text, *values in found:
        assert values == pytest.approx(expected[tuple(text)], **CLOSE)
    assert [score for _, _, score in found] == sorted((score for _, _, score in found), reverse=True)
    assert beam_search(log_probs, **(WIDE | {"n_best": 1}), **options) == found[:1]
    for text in itertools.product(symbols, repeat=3):
        assert model.log_prob_of(text) == pytest.approx(rule(list(text)), **CLOSE)


def searched_with_dictionaries(probabilities, width, bonus_of):
    """The best text, its probability and score: products of probabilities, two for each text, in a dictionary."""
    beam = {(): (1.0, 0.0)}
    for frame in probabilities.T:
        after = {}
        for text, (in_blank, in_symbol) in beam.items():
            for s, y in enumerate(frame):
                if s == 0:
                    steps = [(text, y * (in_blank + in_symbol), 0)]
                elif text and s == text[-1]:
                    steps = [(text, 0, y * in_symbol), ((*text, s), 0, y * in_blank)]
                else:
                    steps = [((*text, s), 0, y * (in_blank + in_symbol))]
                for new, more_in_blank, more_in_symbol in steps:
                    old = after.get(new, (0, 0))
                    after[new] = (old[0] + more_in_blank, old[1] + more_in_symbol)
        scores = {text: math.log(sum(pair)) + bonus_of(text) for text, pair in after.items() if sum(pair)}
        best = sorted(scores, key=scores.get, reverse=True)[:width]
        beam = {text: after[text] for text in best}
    return [(list(text), math.log(sum(beam[text])), scores[text]) for text in best]


@pytest.mark.parametrize("width", [1, 2, 3, 8, 16])
@pytest.mark.parametrize(("lm_weight", "length_bonus"), [(0, 0), (0.8, 1.2)])
def test_a_narrow_beam_drops_what_the_search_with_dictionaries_drops(width, lm_weight, length_bonus):
    model = Bigrams([[1, 2, 3, 3, 1], [4, 2, 1]], 6)

    def bonus_of(text):
        return lm_weight * model.log_prob_of(text) + length_bonus * len(text)

    for seed in range(5):
        log_probs = random_logs(6, 30, seed=seed, sharpness=2)
        options = {"language_model": model, "lm_weight": lm_weight, "length_bonus": length_bonus}
        found = beam_search(log_probs, beam_width=width, n_best=width, **options)
        expected = searched_with_dictionaries(log_probs.exp().numpy(), width, bonus_of)
        assert [text for text, _, _ in found] == [text for text, _, _ in expected]
        for (_, *values), (_, *theirs) in zip(found, expected, strict=True):
            assert values == pytest.approx(theirs, **CLOSE)


@pytest.mark.parametrize("n_frames", [1, 2, 6])
def test_the_probability_of_a_text_is_that_of_the_loss(n_frames):
    log_probs = random_logs(4, n_frames, seed=n_frames)
    for text, log_prob, score in beam_search(log_probs, **WIDE):
        target = torch.tensor([text], dtype=torch.long).reshape(1, -1)
        assert log_prob == pytest.approx(-ctc_loss(log_probs[None], target, [n_frames], [len(text)]).item(), **CLOSE)
        assert score == log_prob


# ----------------------------------------------------------------------------------------- invariants

WEIGHTS = st.integers(2, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(any), min_size=1, max_size=5)
)


def of_weights(columns):
    """Log-probabilities (classes, frames), some of them −∞."""
    weights = torch.tensor(columns, dtype=torch.float64).T
    return (weights / weights.sum(dim=0)).log()


@given(WEIGHTS)
def test_all_texts_together_have_probability_one_also_with_zeros(columns):
    log_probs = of_weights(columns)
    found = beam_search(log_probs, **WIDE)
    expected = all_texts(log_probs.exp().numpy())
    assert {tuple(text): math.exp(p) for text, p, _ in found} == pytest.approx(expected, **CLOSE)
    assert sum(math.exp(log_prob) for _, log_prob, _ in found) == pytest.approx(1, **CLOSE)


@given(WEIGHTS, st.integers(1, 6))
def test_what_a_beam_finds_has_at_least_the_probability_that_it_says(columns, width):
    log_probs = of_weights(columns)
    truth = all_texts(log_probs.exp().numpy())
    found = beam_search(log_probs, beam_width=width, n_best=width)
    assert 1 <= len(found) <= width
    assert len({tuple(text) for text, _, _ in found}) == len(found)
    for text, log_prob, _ in found:
        assert math.exp(log_prob) <= truth[tuple(text)] * (1 + 1e-12)  # rounded


@given(WEIGHTS, st.integers(1, 6), st.randoms(use_true_random=False))
def test_a_weight_of_0_and_a_bonus_of_0_change_nothing(columns, width, random):
    log_probs = of_weights(columns)
    texts = [[random.randrange(1, len(log_probs)) for _ in range(4)]]
    model = Bigrams(texts, len(log_probs))
    assert beam_search(log_probs, beam_width=width, language_model=model) == beam_search(log_probs, beam_width=width)


@given(st.integers(0, 10**6), st.permutations(range(5)), st.integers(1, 8))
def test_classes_are_only_names(seed, order, width):
    """Row order[k] is class k under another name, the blank and the language model with it."""
    log_probs, texts = random_logs(5, 8, seed=seed), [[1, 2, 2, 4], [3, 1]]
    renamed = torch.empty_like(log_probs)
    renamed[list(order)] = log_probs
    options = {"beam_width": width, "lm_weight": 0.5, "length_bonus": 0.3}
    (best,) = beam_search(log_probs, language_model=Bigrams(texts, 5), **options)
    model = Bigrams([[order[s] for s in text] for text in texts], 5, blank=order[0])
    (other,) = beam_search(renamed, language_model=model, blank=order[0], **options)
    assert other.text == [order[s] for s in best.text]
    assert other[1:] == pytest.approx(best[1:], **CLOSE)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(1, 8))
def test_where_one_path_dominates_greedy_decoding_finds_the_same(path, width):
    """One class has 0.99 in each frame: the path has more than 0.88, and no other text can have as much."""
    log_probs = torch.full((5, len(path)), 0.0025, dtype=torch.float64)
    log_probs[path, range(len(path))] = 0.99
    assert [beam_search(log_probs.log(), beam_width=width)[0].text] == greedy_decode(log_probs[None])


@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_bigrams_add_up_to_one_after_everything(seed, add):
    rng = np.random.default_rng(seed)
    model = Bigrams([rng.integers(1, 6, rng.integers(0, 9)).tolist() for _ in range(4)], 6, add=add)
    for before in (None, 1, 2, 3, 4, 5):
        total = sum(math.exp(model.log_prob(s, before)) for s in range(1, 6))
        assert total == pytest.approx(1, **CLOSE)
    texts = itertools.product(range(1, 6), repeat=3)
    assert sum(math.exp(model.log_prob_of(text)) for text in texts) == pytest.approx(1, **CLOSE)


# --------------------------------------------------------------------------------------------- edges


def test_a_long_clip_does_not_run_under():
    """3,000 frames of uniform noise: each path has e^−10,000, which no float holds."""
    log_probs = torch.full((29, 3000), -math.log(29), dtype=torch.float64)
    (best,) = beam_search(log_probs, beam_width=2)
    assert math.isfinite(best.log_prob)
    assert best.log_prob < -1000


def test_a_clip_of_blanks_is_the_empty_text():
    assert beam_search(logs([1, 1, 1], [0, 0, 0]), n_best=4) == [Hypothesis([], 0.0, 0.0)]


def test_texts_are_fewer_than_wanted_where_no_more_are_possible():
    assert {tuple(text) for text, _, _ in beam_search(logs([0.5], [0.5]), n_best=9)} == {(), (1,)}


def test_unseen_texts_leave_all_symbols_equally_probable():
    model = Bigrams([], 5)
    assert [math.exp(model.log_prob(s, before)) for s in (1, 4) for before in (None, 2)] == pytest.approx([0.25] * 4)


def test_single_precision_and_gradients_find_the_same():
    log_probs = random_logs(5, 20)
    (best,) = beam_search(log_probs)
    (single,) = beam_search(log_probs.float().requires_grad_())
    assert single.text == best.text
    assert single.log_prob == pytest.approx(best.log_prob, rel=1e-5)  # what float32 keeps of the input


def test_500_frames_of_29_classes_take_less_than_a_second():
    log_probs, model = random_logs(29, 500, sharpness=3), Bigrams([[*range(1, 29)]], 29)
    start = processor_s()
    beam_search(log_probs, beam_width=16, language_model=model, lm_weight=0.5, length_bonus=1)
    assert processor_s() - start < 1  # 0.07 s on one core


# -------------------------------------------------------------------------------------------- errors


def test_other_numbers_than_log_probabilities_are_refused():
    probabilities = torch.tensor([[0.6, 0.6], [0.4, 0.4]])
    with refuses("log_probs must be logarithms, got probabilities that add up to 1: pass their .log()"):
        beam_search(probabilities)
    with refuses("log_probs must be logarithms of probabilities that add up to 1 over the classes, got a sum of 14.78"):
        beam_search(torch.full((2, 3), 2.0))
    with refuses("log_probs must be of one clip"):
        beam_search(probabilities.log()[None])


def test_a_language_model_of_another_vocabulary_is_refused():
    log_probs = random_logs(4, 3)
    with refuses("must have the 4 classes of log_probs and the blank 0, got 5 classes and the blank 0: count its"):
        beam_search(log_probs, language_model=Bigrams([[1]], 5), lm_weight=1)
    with refuses("must have the 4 classes of log_probs and the blank 0, got 4 classes and the blank 3"):
        beam_search(log_probs, language_model=Bigrams([[1]], 4, blank=3))
    with refuses("lm_weight must be 0 without a language model, got 0.5: pass language_model=Bigrams"):
        beam_search(log_probs, lm_weight=0.5)


def test_what_is_no_text_is_refused():
    with refuses("each text must not hold the blank, class 0"):
        Bigrams([[1, 0]], 3)
    with refuses("texts must hold classes 0 to 2, got 3: they were made for another vocabulary"):
        Bigrams([[1], [], [3]], 3)
    with refuses("texts must be a list of lists of class numbers", TypeError):
        Bigrams("abc", 3)
    with refuses("each text must be a list of class numbers, got 'abc': look its symbols up first", TypeError):
        Bigrams(["abc"], 3)
    with refuses("symbol must be one of the classes 0 to 2 other than the blank 0, got 3"):
        Bigrams([], 3).log_prob(3)
    with refuses("before must be one of the classes 0 to 2 other than the blank 0, got 0"):
        Bigrams([], 3).log_prob(1, 0)
    with refuses("each symbol of text must be one of the classes"):
        Bigrams([], 3).log_prob_of([1, 0])


def test_more_texts_than_the_beam_holds_are_refused():
    with refuses("n_best must be at most beam_width=4, got 5: keep a wider beam"):
        beam_search(random_logs(3, 3), beam_width=4, n_best=5)


LM = Bigrams([[1, 2, 2], [3]], 4)
NO_TEXTS = [
    None,
    "x",
    5,
    object(),
    {},
    [1, 2],
    ["a"],
    [[0]],
    [[9]],
    [[0.5]],
    [None],
    [[True]],
    [[-1]],
    [[[1]]],
    *NO_ROW,
    *([row] for row in NO_ROW),
]
NO_BLANK = [*NUMBER, -1, 4, 0.5, 10**12]
CALLS = {
    Bigrams: {
        "texts": ([[1, 2, 2], [3]], NO_TEXTS),
        "n_classes": (4, [*COUNT, 1, 3]),
        "add": (1.0, [*NUMBER, 0, -1]),
        "blank": (0, [*NO_BLANK, 1]),
    },
    LM.log_prob: {"symbol": (1, [*COUNT, 4]), "before": (2, [*COUNT[1:], 4])},
    LM.log_prob_of: {"text": ([1, 3], [None, "x", 5, object(), {}, [0], [4], [1.0], [None], [True]])},
    beam_search: {
        "log_probs": (random_logs(4, 5), [*NO_TENSORS, torch.zeros(4, 5), torch.full((4, 5), math.nan)]),
        "beam_width": (8, [*COUNT, 1]),
        "blank": (0, [*NO_BLANK, 1]),
        "language_model": (LM, [None, "x", 5, object(), {}, Bigrams, Bigrams([], 5), Bigrams([], 4, blank=1)]),
        "lm_weight": (0.5, [*NUMBER, -0.1, 1001]),
        "length_bonus": (1.0, [*NUMBER, 1001, -1001]),
        "n_best": (3, [*COUNT, 9]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.beam_search", CALLS)
