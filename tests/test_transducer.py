"""The transducer's loss against a case worked by hand, published numbers, closed forms, and the sum over all paths."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils.models.transducer import forward_backward, loss_by_paths, n_paths, paths, transducer_loss
from tests.hostile import COUNT, NO_ROW, NO_TENSORS, NUMBER, refusals
from tests.support import refuses

TARGETS = [[], [1], [1, 1], [2, 1, 3], [3, 3, 1, 2]]


def random_logs(n_frames, n_symbols, n_classes=4, seed=0, dtype=torch.float64):
    scores = np.random.default_rng(seed).standard_normal((n_frames, n_symbols + 1, n_classes))
    return torch.from_numpy(scores).to(dtype).log_softmax(dim=-1)


# -------------------------------------------------------------------------------------- hand-worked

# p(blank) and p(a) at each place (t, u): two frames, one symbol.
HAND = torch.tensor([[[0.4, 0.6], [0.5, 0.5]], [[0.2, 0.8], [0.9, 0.1]]], dtype=torch.float64)


def test_two_frames_and_a_symbol_by_hand():
    """a, blank, blank has 0.6 · 0.5 · 0.9 = 0.27; blank, a, blank has 0.4 · 0.8 · 0.9 = 0.288."""
    assert list(paths(2, [1])) == [(1, 0, 0), (0, 1, 0)]
    for loss in (transducer_loss, loss_by_paths):
        assert math.exp(-loss(HAND.log(), [1])) == pytest.approx(0.27 + 0.288)


def test_the_lattice_by_hand():
    """α(1, 1) is reached with 0.4 · 0.8 or 0.6 · 0.5; from (0, 0) both paths lead to the end."""
    alpha, beta, occupancy, log_likelihood = forward_backward(HAND.log(), [1])
    assert_close(alpha.exp(), torch.tensor([[1, 0.6], [0.4, 0.62]], dtype=torch.float64))
    assert_close(beta.exp(), torch.tensor([[0.558, 0.45], [0.72, 0.9]], dtype=torch.float64))
    late = 0.288 / 0.558  # how probable it is that a is written in the second frame
    steps = [[[late, 1 - late], [1 - late, 0]], [[0, late], [1, 0]]]
    assert_close(occupancy, torch.tensor(steps, dtype=torch.float64))
    assert log_likelihood == pytest.approx(math.log(0.558))


def test_a_text_may_be_longer_than_its_clip():
    """One frame, three symbols: they are written one after the other, and there is one way to do it."""
    log_probs = random_logs(1, 3)
    expected = log_probs[0, 0, 2] + log_probs[0, 1, 2] + log_probs[0, 2, 1] + log_probs[0, 3, 0]
    assert list(paths(1, [2, 2, 1])) == [(2, 2, 1, 0)]
    assert_close(transducer_loss(log_probs, [2, 2, 1]), -expected)


def test_a_published_case():
    """The example in the tests of HawkAaron's warp-transducer and of torchaudio: a cost of 4.495666."""
    rows = [
        [[0.1, 0.6, 0.1, 0.1, 0.1], [0.1, 0.1, 0.6, 0.1, 0.1], [0.1, 0.1, 0.2, 0.8, 0.1]],
        [[0.1, 0.6, 0.1, 0.1, 0.1], [0.1, 0.1, 0.2, 0.1, 0.1], [0.7, 0.1, 0.2, 0.1, 0.1]],
    ]
    assert transducer_loss(torch.tensor(rows).log_softmax(dim=-1), [1, 2]).item() == pytest.approx(4.495666, abs=2e-6)


# ------------------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize(("n_frames", "n_symbols"), [(1, 0), (1, 4), (5, 0), (2, 2), (3, 4), (5, 3)])
def test_paths_are_all_there_once(n_frames, n_symbols):
    target = list(range(1, n_symbols + 1))
    found = list(paths(n_frames, target))
    assert len(found) == len(set(found)) == n_paths(n_frames, n_symbols)
    for path in found:
        assert path[-1] == 0
        assert path.count(0) == n_frames
        assert [symbol for symbol in path if symbol] == target


@given(st.integers(2, 30), st.integers(1, 30))
def test_paths_are_counted_as_in_pascals_triangle(n_frames, n_symbols):
    """The last step before the end is a blank or a symbol."""
    assert n_paths(n_frames, n_symbols) == n_paths(n_frames - 1, n_symbols) + n_paths(n_frames, n_symbols - 1)
    assert n_paths(1, n_symbols) == n_paths(n_frames, 0) == 1


@pytest.mark.parametrize(("n_frames", "target"), [(1, []), (4, [1, 2]), (100, [3, 1, 1, 2] * 5)])
def test_equal_probabilities_count_the_paths(n_frames, target):
    log_probs = torch.full((n_frames, len(target) + 1, 4), math.log(0.25), dtype=torch.float64)
    expected = (n_frames + len(target)) * math.log(4) - math.log(n_paths(n_frames, len(target)))
    assert transducer_loss(log_probs, target).item() == pytest.approx(expected, rel=1e-12)  # sums of 2,000 logarithms


def test_all_texts_together_have_probability_one():
    """One distribution everywhere, the blank with 0.7: the lengths of the texts are negative-binomial."""
    n_frames, total = 4, 0
    for length in range(60):
        log_probs = torch.tensor([0.7, 0.3], dtype=torch.float64).log().expand(n_frames, length + 1, 2)
        total += math.exp(-transducer_loss(log_probs, [1] * length))
    assert total == pytest.approx(1, abs=1e-12)  # of 0.3^60, nothing is left


# ---------------------------------------------------------------------------------- sum over all paths


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n_frames", [1, 2, 5])
@pytest.mark.parametrize("blank", [0, 3])
def test_forward_and_backward_equal_the_sum_over_all_paths(n_frames, target, blank):
    target = [symbol if symbol != blank else 0 for symbol in target]
    log_probs = random_logs(n_frames, len(target), seed=n_frames).requires_grad_()
    by_paths, loss = (f(log_probs, target, blank=blank) for f in (loss_by_paths, transducer_loss))
    assert_close(loss, by_paths, rtol=1e-12, atol=1e-12)  # the same sums in another order
    (expected,) = torch.autograd.grad(by_paths, log_probs)
    (gradient,) = torch.autograd.grad(3 * loss, log_probs)
    lattice = forward_backward(log_probs, target, blank=blank)
    assert_close(gradient, 3 * expected, rtol=1e-10, atol=1e-12)
    assert_close(lattice.occupancy, -expected, rtol=1e-10, atol=1e-12)
    assert_close(lattice.log_likelihood, -by_paths.detach(), rtol=1e-12, atol=1e-12)


def test_the_gradient_is_that_of_differences():
    scores = random_logs(3, 2, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: transducer_loss(x.log_softmax(dim=-1), [2, 1]), scores)


# ----------------------------------------------------------------------------------------- invariants


@given(st.integers(1, 6), st.sampled_from(TARGETS), st.integers(0, 10**6))
def test_each_path_leaves_each_frame_and_writes_each_symbol_once(n_frames, target, seed):
    lattice = forward_backward(random_logs(n_frames, len(target), seed=seed), target)
    by_frame = lattice.occupancy[:, :, 0].sum(dim=1)
    assert_close(by_frame, torch.ones(n_frames, dtype=torch.float64))
    written = lattice.occupancy[:, range(len(target)), target].sum(dim=0) if target else torch.ones(0).double()
    assert_close(written, torch.ones(len(target), dtype=torch.float64))
    assert_close(lattice.occupancy.sum(), torch.tensor(float(n_frames + len(target)), dtype=torch.float64))
    through = (lattice.alpha + lattice.beta - lattice.log_likelihood).exp()  # the place (t, u) is on the path
    assert_close(through, lattice.occupancy.sum(dim=-1))


# --------------------------------------------------------------------------------------------- edges


def test_what_is_impossible_has_an_infinite_loss_and_no_gradient():
    probabilities = torch.tensor([0.5, 0, 0.5], dtype=torch.float64).expand(3, 2, 3)
    log_probs = probabilities.log().requires_grad_()
    loss = transducer_loss(log_probs, [1])
    loss.backward()
    assert loss.item() == math.inf
    assert log_probs.grad.eq(0).all()
    lattice = forward_backward(log_probs, [1])
    assert lattice.log_likelihood == -math.inf
    assert lattice.occupancy.eq(0).all()


def test_500_frames_do_not_run_under():
    target = [1, 2, 3] * 20
    log_probs = random_logs(500, len(target), n_classes=29, dtype=torch.float32)
    loss = transducer_loss(log_probs, target)
    assert loss.dtype == torch.float32
    assert 500 < loss.item() < 2000
    exact = transducer_loss(log_probs.double(), target)
    assert_close(loss.double(), exact, rtol=1e-6, atol=0)  # rounded once, at the end


# -------------------------------------------------------------------------------------------- errors


def test_a_lattice_of_another_target_is_refused():
    with refuses(r"log_probs must have the shape \(frames, 3, classes\), a row before each symbol of the target and"):
        transducer_loss(random_logs(3, 1), [1, 2])


def test_scores_and_probabilities_are_refused():
    with refuses(r"add up to 1 over the classes, the last axis, got a sum of 4: pass scores.log_softmax\(dim=-1\)"):
        transducer_loss(torch.zeros(3, 2, 4), [1])
    with refuses("log_probs must be numbers, got 24 NaN"):
        transducer_loss(torch.full((3, 2, 4), math.nan), [1])
    with refuses("got probabilities that add up to 1: pass their .log()"):
        transducer_loss(random_logs(3, 1).exp(), [1])
    with refuses(r"the classes are axis -3: move that one, log_probs.transpose\(-3, -1\)"):
        transducer_loss(random_logs(3, 1).transpose(0, 2), [1])
    with refuses("create_graph must be False, got True, and second derivatives would be wrong"):
        x = random_logs(3, 1).requires_grad_()
        torch.autograd.grad(transducer_loss(x, [1]), x, create_graph=True)
    with refuses("target must not hold the blank, class 0"):
        transducer_loss(random_logs(3, 1), [0])
    with refuses("target must hold classes 0 to 3, got 4: it was made for another vocabulary than log_probs"):
        transducer_loss(random_logs(3, 1), [4])


def test_more_paths_than_can_be_summed_are_refused():
    with refuses("a sum path by path needs at most 200,000 of them, got 8.15e.06: pass fewer frames, or use forward_"):
        loss_by_paths(random_logs(40, 6), [1, 2, 3, 1, 2, 3])


NO_TARGET = [None, "x", 5, object(), {}, [0], [1.0], [True], [None], [[1]], [-1], *NO_ROW]
NO_BLANK = [*NUMBER, -1, 0.5, 1, 10**12]
LATTICE = {
    "log_probs": (random_logs(3, 2), [*NO_TENSORS, torch.zeros(3, 3, 4), torch.full((3, 3, 4), math.nan)]),
    "target": ([1, 2], [*NO_TARGET, [], [1], [4, 1]]),
    "blank": (0, [*NO_BLANK, 4]),
}
CALLS = {
    n_paths: {"n_frames": (3, COUNT), "n_symbols": (2, [*NUMBER, -1, 1.5, 10**12])},
    paths: {"n_frames": (3, COUNT), "target": ([1, 2], NO_TARGET), "blank": (0, NO_BLANK[:-1])},
    loss_by_paths: LATTICE,
    forward_backward: LATTICE,
    transducer_loss: LATTICE,
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.transducer", CALLS)
