"""k-means and residual quantisation: by hand, against trying all codes, scikit-learn, and what must never rise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from course_utils.quantisation import ResidualQuantiser, _revive, kmeans, nearest, used_codes
from tests.hostile import COUNT, RANDOM, REAL, refusals
from tests.support import random_signal, refuses

TABLE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 8), st.integers(0, 99))
def test_the_nearest_code_by_trying_all(n, n_codes, width, seed):
    x, codes = random_signal(n, width, seed=seed), random_signal(n_codes, width, seed=seed + 100)
    distances = np.sum((x[:, None] - codes) ** 2, axis=2)
    assert distances[np.arange(n), nearest(x, codes)] == pytest.approx(distances.min(axis=1))
    assert nearest(x.reshape(1, n, width), codes).shape == (1, n)


def test_of_equal_codes_the_first_is_taken():
    assert nearest(np.array([[0.5, 0.0]]), TABLE).tolist() == [0]


@given(st.integers(5, 80), st.integers(1, 5), st.integers(0, 99))
def test_the_error_never_rises(n, n_codes, seed):
    found = kmeans(random_signal(n, 3, seed=seed), n_codes, rng=np.random.default_rng(seed), restart=False)
    assert all(b <= a + 1e-12 for a, b in zip(found.errors, found.errors[1:], strict=False))


def test_clusters_that_lie_apart_are_found():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    x = np.concatenate([c + 0.1 * rng.standard_normal((50, 2)) for c in centres])
    best = min((kmeans(x, 3, rng=np.random.default_rng(k)) for k in range(5)), key=lambda found: found.errors[-1])
    assert np.sort(best.codebook.sum(axis=1)) == pytest.approx([0, 5, 5], abs=0.15)
    theirs = KMeans(3, n_init=5, random_state=0).fit(x)
    assert best.errors[-1] * x.size == pytest.approx(theirs.inertia_, rel=1e-6)


def test_a_dead_code_is_put_beside_the_busiest():
    codes, x = np.array([[0.0, 0.0], [9.0, 9.0], [4.0, 4.0]]), random_signal(50, 2)
    _revive(codes, np.array([10, 0, 40]), x, np.random.default_rng(0))
    assert codes[[0, 2]].tolist() == [[0, 0], [4, 4]] and codes[1] == pytest.approx([4, 4], abs=0.05)
    assert codes[1].tolist() != [4, 4]


def test_codes_that_nothing_is_near_come_back_to_use():
    """Three clouds, one of which is drawn twice as a first code far from what a split would need."""
    rng = np.random.default_rng(1)
    x = np.repeat(np.array([[0.0], [1.0], [10.0]]), 40, axis=0) + 0.001 * rng.standard_normal((120, 1))
    errors = [
        [kmeans(x, 5, rng=np.random.default_rng(k), restart=r).errors[-1] for k in range(30)] for r in (True, False)
    ]
    assert np.mean(errors[0]) <= np.mean(errors[1])


@given(st.integers(1, 4), st.integers(0, 20))
def test_each_stage_brings_the_sum_nearer(n_stages, seed):
    x = random_signal(80, 4, seed=seed)
    quantiser = ResidualQuantiser.fitted(x, n_stages, 8, rng=np.random.default_rng(seed), n_turns=5)
    errors = [np.mean((x - quantiser.decode(quantiser.encode(x, k))) ** 2) for k in range(1, n_stages + 1)]
    assert all(b <= a + 1e-12 for a, b in zip([np.mean(x**2) + 1, *errors], errors, strict=False))


def test_stages_by_hand():
    quantiser = ResidualQuantiser([TABLE, 0.25 * TABLE])
    assert quantiser.encode(np.array([1.2, 0.1])).tolist() == [1, 1]
    assert quantiser.decode(np.array([1, 1])).tolist() == [1.25, 0]
    assert quantiser.decode(np.array([[1], [2]])).tolist() == [[1, 0], [0, 2]]
    assert quantiser.encode(np.array([1.2, 0.1]), 1).tolist() == [1]


def test_encoding_what_was_decoded_changes_nothing_in_the_first_stage():
    rng = np.random.default_rng(0)
    quantiser = ResidualQuantiser.fitted(random_signal(200, 4), 1, 16, rng=rng)
    codes = np.arange(16)[:, None]
    assert np.array_equal(quantiser.encode(quantiser.decode(codes)), codes)


def test_used_codes_by_hand():
    assert used_codes(np.array([[0, 1], [0, 2], [0, 3]]), 4).tolist() == [0.25, 0.75]


X = random_signal(12, 3)
NO_ROWS = [*REAL, random_signal(4), random_signal(2, 3, 4)]
NO_CODES = [None, "x", 5, [0.5], [[-1]], [[16]], np.zeros((2, 0), int), [True], [["a"]]]
CALLS = {
    nearest: {"x": (X, [*REAL, random_signal(5, 4)]), "codebook": (X[:4], [*NO_ROWS, random_signal(5, 4)])},
    kmeans: {"x": (X, NO_ROWS), "n_codes": (3, [*COUNT, 13]), "n_turns": (2, COUNT)} | RANDOM,
    used_codes: {"codes": (np.array([[1, 2]]), NO_CODES), "n_codes": (4, COUNT)},
}
test_hostile_input_is_refused_in_one_sentence = refusals("quantisation", CALLS)


@pytest.mark.parametrize("tables", [None, 5, "x", [], [X[0]], [X, random_signal(3, 4)], [[["a"]]], {}])
def test_no_tables_are_refused(tables):
    with refuses("must", (TypeError, ValueError)):
        ResidualQuantiser(tables)


def test_no_vectors_and_no_codes_are_refused():
    quantiser = ResidualQuantiser([X[:4], X[4:8]])
    for x in [*REAL, random_signal(5, 4)]:
        with refuses("must", (TypeError, ValueError)):
            quantiser.encode(x)
    for codes in [*NO_CODES, [[4]], [[0, 0, 0]]]:
        with refuses("must", (TypeError, ValueError)):
            quantiser.decode(codes)
    for n_stages in [*COUNT[1:], 3]:
        with refuses("must", (TypeError, ValueError)):
            quantiser.encode(X, n_stages)
    for n_stages in [*COUNT, 65]:
        with refuses("must", (TypeError, ValueError)):
            ResidualQuantiser.fitted(X, n_stages, 2, rng=np.random.default_rng(0))
