"""Models that count: small cases by hand, probabilities that add up to one, perplexity by its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import composer, melody_tokens, music
from course_utils.ngrams import SMOOTHINGS, NGram, perplexity
from tests.hostile import COUNT, NAME, refusals
from tests.support import refuses

PIECES = st.lists(st.lists(st.integers(1, 5), max_size=8).map(lambda body: [0, *body, 0]), min_size=1, max_size=6)
HISTORY = st.lists(st.integers(0, 5), max_size=6)


@given(PIECES, st.integers(1, 5), st.sampled_from(SMOOTHINGS), HISTORY)
def test_probabilities_add_up_to_one_and_none_is_zero(pieces, order, smoothing, history):
    p = NGram(pieces, order, smoothing=smoothing, n_tokens=7).next_probabilities(history)
    assert p.sum() == pytest.approx(1) and (p > 0).all() and p.shape == (7,)


def test_add_one_by_hand():
    """After 1 came 2 twice and the end once; three tokens and an end make V = 4."""
    model = NGram([[0, 1, 2, 1, 2, 1, 0]], 2, smoothing="add one", n_tokens=4)
    assert model.next_probabilities([0, 1]) == pytest.approx(np.array([2, 1, 3, 1]) / 7)


def test_witten_bell_by_hand():
    """Two kinds among three: 2 / 5 go to the shorter history, where 1 has 3, 2 has 2, the end 1 of 6, 3 / 9 left."""
    model = NGram([[0, 1, 2, 1, 2, 1, 0]], 2, smoothing="Witten-Bell", n_tokens=4)
    shorter = (np.array([1, 3, 2, 0]) + 3 * 0.25) / 9
    assert model.next_probabilities([0, 1]) == pytest.approx((np.array([1, 0, 2, 0]) + 2 * shorter) / 5)


def test_kneser_ney_by_hand():
    """'1 3' always comes after 1: 3 is frequent, and yet a poor guess where nothing is known."""
    model = NGram([[0, 1, 3, 1, 3, 2, 0]], 2, n_tokens=5)
    # pairs: 01 1, 13 2, 31 1, 32 1, 20 1; so n1 = 4, n2 = 1
    d = 4 / (4 + 2 * 1)
    assert model.discounts[1] == pytest.approx(d)
    # contexts: 1 after {0, 3}, 3 after {1}, 2 after {3}, 0 after {2}: n1 = 3, n2 = 1
    below = 3 / (3 + 2)
    shorter = (np.maximum(np.array([1, 2, 1, 1, 0]) - below, 0) + below * 4 / 5) / 5
    assert model.next_probabilities([0, 3]) == pytest.approx(
        (np.maximum(np.array([0, 1, 1, 0, 0]) - d, 0) + d * 2 * shorter) / 2
    )
    assert model.next_probabilities([0, 4]) == pytest.approx(shorter)  # a history that never came
    assert shorter[1] > shorter[3]


def test_the_beginning_of_a_piece_is_counted_as_it_came():
    """What stands behind the first 0 has no longer context: its counts are those of the pieces."""
    pieces = [[0, 1, 2, 0]] * 9 + [[0, 2, 1, 0]]
    for order in (2, 3, 4):
        p = NGram(pieces, order, n_tokens=4).next_probabilities([0])
        assert p[1] > 0.75 > p[2]


@given(PIECES, st.sampled_from(SMOOTHINGS))
def test_perplexity_is_that_of_its_definition(pieces, smoothing):
    model = NGram(pieces, 2, smoothing=smoothing, n_tokens=7)
    log_p = [math.log(model.next_probabilities(p[:k])[p[k]]) for p in pieces for k in range(1, len(p))]
    assert perplexity(model.next_probabilities, pieces, n_tokens=7) == pytest.approx(math.exp(-np.mean(log_p)))


def test_perplexity_of_what_is_known():
    even = lambda history: np.full(8, 1 / 8)  # noqa: E731
    assert perplexity(even, [[0, 1, 2, 0], [0, 0]], n_tokens=8) == pytest.approx(8)
    sure = lambda history: np.eye(8)[0]  # noqa: E731
    assert perplexity(sure, [[0, 0]], n_tokens=8) == 1
    assert perplexity(sure, [[0, 1, 0]], n_tokens=8) == math.inf


def test_padding_would_halve_it_and_is_refused():
    with refuses("must hold no padding, got -1"):
        perplexity(lambda history: np.full(8, 1 / 8), [[0, 1, 0, -1]], n_tokens=8)


def test_longer_histories_need_more_tunes():
    """On tunes that were not counted a trigram of Kneser–Ney is best, add-one by far the worst."""
    train, valid = ([melody_tokens.encode(t) for t in music.tunes(split)] for split in ("train", "valid"))
    found = {
        (s, n): perplexity(NGram(train, n, smoothing=s).next_probabilities, valid[:20])
        for s in SMOOTHINGS
        for n in (1, 3)
    }
    assert found["Kneser-Ney", 3] < found["Witten-Bell", 3] < 0.5 * found["add one", 3]
    assert found["Kneser-Ney", 3] < 0.5 * found["Kneser-Ney", 1]


def test_no_n_gram_goes_below_the_composers_floor():
    rng = np.random.default_rng(0)
    pieces = [melody_tokens.encode(composer.compose(rng), tonic=composer.TONIC) for _ in range(320)]
    model = NGram(pieces[:300], 2, smoothing="Witten-Bell")
    assert perplexity(model.next_probabilities, pieces[300:]) > composer.entropy().perplexity_without_memory


NO_PIECES = [
    None,
    "x",
    5,
    [],
    [[]],
    [[0]],
    [[1, 2]],
    [[0, 1]],
    [[0, 0, 0]],
    [[0, 9, 0]],
    [[0, -1, 0]],
    [[0, 0.5, 0]],
    {},
]


@pytest.mark.parametrize("pieces", NO_PIECES)
def test_no_pieces_are_refused(pieces):
    with refuses("must", (TypeError, ValueError)):
        NGram(pieces, 2, n_tokens=5)
    with refuses("must", (TypeError, ValueError)):
        perplexity(lambda history: np.full(5, 0.2), pieces, n_tokens=5)


@pytest.mark.parametrize(
    "name, values", {"order": [*COUNT, 13], "smoothing": NAME, "n_tokens": [*COUNT[:-1], 1, 10**6]}.items()
)
def test_no_options_are_refused(name, values):
    for value in values:
        with refuses("must", (TypeError, ValueError)):
            NGram([[0, 1, 0]], **({"order": 2, "n_tokens": 5} | {name: value}))


@pytest.mark.parametrize(
    "model", [None, 5, lambda h: None, lambda h: np.ones(5), lambda h: np.full(4, 0.25), lambda h: -1]
)
def test_no_models_are_refused(model):
    with refuses("must", (TypeError, ValueError)):
        perplexity(model, [[0, 1, 0]], n_tokens=5)


@pytest.mark.parametrize("history", [None, "x", 5, [0.5], [-1], [5], [[0]], [True]])
def test_no_histories_are_refused(history):
    with refuses("must", (TypeError, ValueError)):
        NGram([[0, 1, 0]], 2, n_tokens=5).next_probabilities(history)


CALLS = {
    perplexity: {
        "next_probabilities": (lambda history: np.full(5, 0.2), [None, 5, lambda h: None, lambda h: np.ones(5)]),
        "pieces": ([[0, 1, 0]], NO_PIECES),
        "n_tokens": (5, [*COUNT[:-1], 1, 10**6]),
    }
}
test_hostile_input_is_refused_in_one_sentence = refusals("ngrams", CALLS)
