"""Drawing: rules by hand, drawn tokens against their distribution, repeats and copies by trying all runs."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from course_utils import sampling_rules as sr
from tests.hostile import COUNT, NUMBER, RANDOM, RNG, VECTOR, refusals

P = np.array([0.4, 0.3, 0.2, 0.1])
WEIGHTS = st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda w: sum(w) > 1e-3)
ROW = st.lists(st.integers(0, 3), max_size=14)


def normal(weights):
    return np.array(weights) / np.sum(weights)


def test_rules_by_hand():
    assert sr.temperature(P, 0.5) == pytest.approx(np.array([16, 9, 4, 1]) / 30)
    assert sr.temperature(P, 1) == pytest.approx(P)
    assert sr.temperature(P, 0).tolist() == [1, 0, 0, 0]
    assert sr.temperature(P, 1e9) == pytest.approx(np.full(4, 0.25))
    assert sr.top_k(P, 2) == pytest.approx(np.array([4, 3, 0, 0]) / 7)
    assert sr.top_k(P, 1).tolist() == [1, 0, 0, 0] and sr.top_k(P, 9) == pytest.approx(P)
    assert sr.nucleus(P, 0.69) == pytest.approx(np.array([4, 3, 0, 0]) / 7)
    assert sr.nucleus(P, 0.71) == pytest.approx(np.array([4, 3, 2, 0]) / 9)  # the one that crosses p is kept
    assert sr.nucleus(P, 0.0).tolist() == [1, 0, 0, 0] and sr.nucleus(P, 1.0) == pytest.approx(P)


def test_the_largest_is_in_every_nucleus():
    """However sure the model is: with 0.95 for one token, p = 0.9 keeps it."""
    sure = np.array([0.01, 0.95, 0.04])
    assert sr.nucleus(sure, 0.9).tolist() == [0, 1, 0]


@given(WEIGHTS, st.floats(0, 5), st.integers(1, 12), st.floats(0, 1))
def test_what_a_rule_leaves_is_a_distribution(weights, t, k, p):
    before = normal(weights)
    for after in (sr.temperature(before, t), sr.top_k(before, k), sr.nucleus(before, p)):
        assert after.sum() == pytest.approx(1) and (after >= 0).all()
        assert after[np.argmax(before)] == pytest.approx(after.max())
    kept = sr.top_k(before, k)
    assert np.count_nonzero(kept) <= k
    nucleus = sr.nucleus(before, p)
    assert before[nucleus > 0].sum() >= min(p, 1) - 1e-9
    without_last = before[nucleus > 0].sum() - before[nucleus > 0].min()
    assert without_last < p + 1e-9 or np.count_nonzero(nucleus) == 1


@given(st.integers(0, 1000), WEIGHTS)
def test_drawing_never_gives_what_has_no_probability(seed, weights):
    p = normal(weights)
    rng = np.random.default_rng(seed)
    assert all(p[sr.draw_token(p, rng)] > 0 for _ in range(20))


@pytest.mark.parametrize("rule", [None, lambda p: sr.temperature(p, 0.5), lambda p: sr.top_k(p, 3)])
def test_drawn_tokens_follow_their_distribution(rule):
    """Chi-squared of 20,000 tokens; a right sampler fails once in 10,000 times."""
    rng, p = np.random.default_rng(5), rule(P) if rule else P
    counts = np.bincount([sr.draw_token(p, rng) for _ in range(20_000)], minlength=4)
    kept = p > 0
    assert counts[~kept].sum() == 0
    assert scipy.stats.chisquare(counts[kept], 20_000 * p[kept]).pvalue > 1e-4


def test_a_piece_goes_on_until_a_zero_comes():
    def counts_down(history):
        p = np.zeros(5)
        p[max(0, 4 - len(history))] = 1
        return p

    rng = np.random.default_rng(0)
    assert sr.generate(counts_down, rng) == [0, 3, 2, 1, 0]
    assert sr.generate(counts_down, rng, start=[0, 4]) == [0, 4, 2, 1, 0]
    assert sr.generate(lambda history: np.eye(5)[2], rng, longest=6) == [0, 2, 2, 2, 2, 2]
    assert sr.generate(lambda history: P, rng, rule=lambda p: sr.top_k(p, 1)) == [0, 0]


def test_generated_pieces_have_the_probability_of_the_model():
    """A model of three tokens: how often each piece of up to three tokens comes, against its probability."""
    p, rng, n = np.array([0.5, 0.3, 0.2]), np.random.default_rng(2), 20_000
    found = [tuple(sr.generate(lambda history: p, rng)) for _ in range(n)]
    for piece in [(0, 0), (0, 1, 0), (0, 2, 0), (0, 1, 2, 0), (0, 2, 2, 0)]:
        expected = np.prod([p[t] for t in piece[1:]])
        assert found.count(piece) / n == pytest.approx(expected, abs=5 * np.sqrt(expected / n))


@given(ROW, st.integers(1, 5))
def test_repeated_ngrams_by_counting(piece, n):
    grams, seen, again = [tuple(piece[k : k + n]) for k in range(len(piece) - n + 1)], set(), 0
    for gram in grams:
        again += gram in seen
        seen.add(gram)
    assert sr.repeated_ngrams(piece, n) == pytest.approx(again / len(grams) if grams else 0)


@given(ROW, st.lists(ROW, max_size=4))
def test_the_longest_copied_run_by_trying_all(piece, pieces):
    def runs(row):
        row = [t for t in row if t]
        return {tuple(row[a:b]) for a in range(len(row)) for b in range(a + 1, len(row) + 1)}

    own = runs(piece)
    expected = max((len(run) for other in pieces for run in own & runs(other)), default=0)
    assert sr.longest_copied_run(piece, pieces) == expected


NO_P = [*VECTOR, [0.5, 0.6], [-0.5, 1.5], [0.0, 0.0], [1.0, 1.0]]
NO_PIECE = [None, "x", b"x", 5, [0.5], [True], [-1, 2], [[1]], {}, object()]


def model(history):
    return P


CALLS = {
    sr.temperature: {"probabilities": (P, NO_P), "t": (0.9, [*NUMBER, -0.1])},
    sr.top_k: {"probabilities": (P, NO_P), "k": (2, COUNT)},
    sr.nucleus: {"probabilities": (P, NO_P), "p": (0.9, [*NUMBER, -0.1, 1.1])},
    sr.draw_token: {"probabilities": (P, NO_P)} | RANDOM,
    sr.generate: {
        "next_probabilities": (model, [None, 5, "x", lambda h: None, lambda h: [0.5, 0.6]]),
        "rng": (np.random.default_rng(0), RNG),
        "start": ([0, 1], [*NO_PIECE, [], [1], [0, 0]]),
        "rule": (None, [5, "x", lambda p: None, lambda p: 2 * p]),
        "longest": (5, [*COUNT, 10**6]),
    },
    sr.repeated_ngrams: {"piece": ([0, 1, 0], NO_PIECE), "n": (2, [*COUNT, 10**4])},
    sr.longest_copied_run: {
        "piece": ([0, 1, 0], NO_PIECE),
        "pieces": ([[0, 1, 0]], [None, "x", 5, [5], [[0.5]], [[-1]], {}]),
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("sampling_rules", CALLS)
