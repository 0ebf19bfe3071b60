"""CTC against sums over all paths, torch's kernel and values worked by hand."""

import itertools
import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils.models import ctc
from tests.hostile import NO_ROW, NO_TENSORS, refusals
from tests.networks import normal, seeded  # noqa: F401
from tests.support import refuses

EXACT = {"rtol": 1e-9, "atol": 1e-9}  # the promise is 1e-6


def scores(*shape, seed=0):
    return normal(*shape, seed=seed).double().log_softmax(dim=-2)


def torch_loss(log_probs, targets, n_frames, n_targets, blank=0):
    sizes = torch.tensor(n_frames), torch.tensor(n_targets)
    return torch.nn.functional.ctc_loss(log_probs.permute(2, 0, 1), targets, *sizes, blank, reduction="none")


# -------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    ("path", "text"),
    [([0, 1, 1, 0], [1]), ([1, 0, 1], [1, 1]), ([1, 1, 1], [1]), ([0, 0], []), ([], []), ([3, 3, 0, 3, 2], [3, 3, 2])],
)
def test_a_path_is_collapsed(path, text):
    assert ctc.collapse(path) == text


def test_the_blank_may_be_any_class():
    assert ctc.collapse([2, 2, 5, 2], blank=5) == [2, 2]


def test_a_letter_in_two_frames():
    """Half and half in both frames: "a" has the paths a–, –a and aa, so three quarters."""
    log_probs = torch.full((2, 2), math.log(0.5), dtype=torch.float64)
    assert_close(ctc.ctc_loss_by_paths(log_probs, [1]), torch.tensor(-math.log(0.75), dtype=torch.float64))
    lattice = ctc.forward_backward(log_probs, [1])
    assert_close(lattice.occupancy, torch.tensor([[1.0, 1], [2, 2]], dtype=torch.float64) / 3)
    assert_close(lattice.alpha.exp(), torch.tensor([[0.5, 0.25], [0.5, 0.5], [0, 0.25]], dtype=torch.float64))


@pytest.mark.parametrize(
    ("n_frames", "target", "n"),
    [(1, [], 1), (4, [], 1), (2, [1], 3), (2, [1, 1], 0), (3, [1, 1], 1), (3, [1, 2], 5), (75, range(1, 8), 82)],
)
def test_alignments_are_counted(n_frames, target, n):
    """The last: 82 choose 14, as any seven symbols of which no two neighbours are equal."""
    assert ctc.n_alignments(n_frames, list(target)) == (math.comb(82, 14) if n == 82 else n)


def test_a_target_needs_a_blank_between_equal_neighbours():
    assert [ctc.n_frames_needed(text) for text in ([], [1], [1, 2, 1], [1, 1, 1])] == [0, 1, 3, 5]


# --------------------------------------------------------------------------- against all paths


@given(st.integers(2, 3), st.integers(1, 5), st.lists(st.integers(1, 2), max_size=3), st.integers(0, 99))
def test_what_one_clip_gives_is_what_all_its_paths_give(n_classes, n_frames, target, seed):
    target, log_probs = [symbol for symbol in target if symbol < n_classes], scores(n_classes, n_frames, seed=seed)
    paths = [p for p in itertools.product(range(n_classes), repeat=n_frames) if ctc.collapse(p) == target]
    assert sorted(ctc.alignments(n_frames, target)) == paths
    assert ctc.n_alignments(n_frames, target) == len(paths)
    assert (len(paths) > 0) == (ctc.n_frames_needed(target) <= n_frames)
    probabilities = [math.exp(sum(log_probs[k, t].item() for t, k in enumerate(path))) for path in paths]
    lattice = ctc.forward_backward(log_probs, target)
    assert_close(lattice.log_likelihood.exp().item(), float(sum(probabilities)), **EXACT)
    assert_close(ctc.ctc_loss_by_paths(log_probs, target), -lattice.log_likelihood, **EXACT)
    expected = torch.zeros_like(log_probs)
    for path, probability in zip(paths, probabilities, strict=True):
        for t, k in enumerate(path):
            expected[k, t] += probability / sum(probabilities)
    assert_close(lattice.occupancy, expected, **EXACT)
    if paths:
        found = ctc.forced_alignment(log_probs, target)
        assert tuple(found.path) in paths
        assert_close(math.exp(found.log_prob), max(probabilities), **EXACT)
        assert [found.path[start] for start, _ in found.spans] == target
        assert all(set(found.path[start:end]) == {s} for (start, end), s in zip(found.spans, target, strict=True))


@given(st.integers(0, 999))
def test_each_frame_of_the_lattice_holds_all_paths(seed):
    lattice = ctc.forward_backward(scores(4, 7, seed=seed), [1, 1, 3])
    through = (lattice.alpha + lattice.beta).logsumexp(dim=0)
    assert_close(through, lattice.log_likelihood.expand(7), **EXACT)
    assert_close(lattice.occupancy.sum(dim=0), torch.ones(7, dtype=torch.float64), **EXACT)


# ------------------------------------------------------------------------------ against torch


@given(st.data())
def test_value_and_gradient_are_torchs(data):
    n_classes, n_all, longest = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 9)), data.draw(st.integers(0, 5))
    blank = data.draw(st.integers(0, n_classes - 1))
    symbols = st.sampled_from([k for k in range(n_classes) if k != blank])
    targets = torch.tensor(
        data.draw(st.lists(st.lists(symbols, min_size=longest, max_size=longest), min_size=3, max_size=3))
    )
    targets = targets.reshape(3, longest).long()
    n_frames = data.draw(st.lists(st.integers(1, n_all), min_size=3, max_size=3))
    n_targets = data.draw(st.lists(st.integers(0, longest), min_size=3, max_size=3))
    logits = normal(3, n_classes, n_all, seed=data.draw(st.integers(0, 99))).double()
    weights, gradients, losses = normal(3).double(), [], []
    for loss in (ctc.ctc_loss, ctc.ctc_loss_rescaled, torch_loss):
        given_ = logits.clone().requires_grad_()
        losses.append(loss(given_.log_softmax(dim=1), targets, n_frames, n_targets, blank=blank))
        is_possible = losses[-1].isfinite()
        (losses[-1] * weights)[is_possible].sum().backward()
        gradients.append(given_.grad)
    for loss, gradient in zip(losses[:-1], gradients[:-1], strict=True):
        assert_close(loss, losses[-1], **EXACT)
        assert_close(gradient[is_possible], gradients[-1][is_possible], **EXACT)
        assert (gradient[~is_possible] == 0).all()  # where torch gives NaN


def test_long_clips_in_single_precision():
    log_probs, targets = normal(4, 29, 500).log_softmax(dim=1), torch.randint(1, 29, (4, 60))
    sizes = [500, 480, 300, 61], [60, 3, 0, 30]
    expected = torch_loss(log_probs.double(), targets, *sizes).float()
    assert_close(ctc.ctc_loss(log_probs, targets, *sizes), expected, rtol=1e-5, atol=1e-3)
    assert_close(ctc.ctc_loss_rescaled(log_probs, targets, *sizes), expected, rtol=1e-5, atol=1e-3)


def test_the_gradient_of_the_scores_is_softmax_less_occupancy():
    logits = normal(4, 6).double().requires_grad_()
    ctc.ctc_loss(logits.log_softmax(dim=0)[None], torch.tensor([[1, 3]]), [6], [2]).sum().backward()
    occupancy = ctc.forward_backward(logits.detach().log_softmax(dim=0), [1, 3]).occupancy
    assert_close(logits.grad, logits.detach().softmax(dim=0) - occupancy, **EXACT)


def test_a_clip_does_not_hear_its_neighbours():
    log_probs, targets = scores(3, 5, 20), torch.tensor([[1, 2, 3], [4, 4, -1], [-1, -1, -1]])
    together = ctc.ctc_loss(log_probs, targets, [20, 9, 14], [3, 2, 0])
    for number, (n, length) in enumerate([(20, 3), (9, 2), (14, 0)]):
        alone = ctc.ctc_loss(
            log_probs[number : number + 1, :, :n], targets[number : number + 1, :length], [n], [length]
        )
        assert_close(alone[0], together[number], **EXACT)


# -------------------------------------------------------------------------------- running under


def test_what_runs_under_is_caught_and_what_does_not_matter_is_not():
    """A frame that gives the symbol e⁻⁸⁰⁰: its product is 0 in double precision, its logarithm is not."""
    certain = torch.tensor([[0.0], [-800.0]], dtype=torch.float64)
    log_probs = certain.repeat(1, 6)[None]
    assert_close(ctc.ctc_loss(log_probs, torch.tensor([[1]]), [6], [1]).item(), 800 - math.log(6), **EXACT)
    with refuses("must stay above 1e-290"):
        ctc.ctc_loss_rescaled(log_probs, torch.tensor([[1]]), [6], [1])
    assert ctc.ctc_loss_rescaled(log_probs, torch.tensor([[1]]), [6], [0]).item() == 0


def test_what_runs_under_at_first_and_counts_later_is_caught():
    """The one path that ends well is the one that began at e⁻⁷⁵⁰: the sum of the others looks sound, and is wrong."""
    log_probs = torch.full((3, 12), -math.inf, dtype=torch.float64)
    log_probs[0], log_probs[1, 0] = 0.0, -750.0
    log_probs[0, 6:], log_probs[2, 6:] = -800.0, 0.0
    exact = ctc.ctc_loss(log_probs[None], torch.tensor([[1, 2]]), [12], [2])
    assert exact.isfinite().all()
    with refuses("must stay above 1e-290"):
        ctc.ctc_loss_rescaled(log_probs[None], torch.tensor([[1, 2]]), [12], [2])


def test_a_gradient_that_runs_under_is_caught():
    """1, 2, 1, 2 is heard where 1, 2 is wanted: one half denies what the other needs, and their shares vanish."""
    log_probs = torch.full((1, 3, 12), -120.0, dtype=torch.float64)
    log_probs[0, 1, [0, *range(6, 11)]] = log_probs[0, 2, [*range(1, 6), 11]] = 0.0
    log_probs.requires_grad_()
    loss = ctc.ctc_loss_rescaled(log_probs, torch.tensor([[1, 2]]), [12], [2])
    assert_close(loss, ctc.ctc_loss(log_probs, torch.tensor([[1, 2]]), [12], [2]), **EXACT)
    with refuses("must stay above 1e-250"):
        loss.sum().backward()


def test_probabilities_of_0_are_no_accident():
    log_probs = torch.tensor([[0.0, 0.0], [-math.inf, -math.inf]])[None]
    assert ctc.ctc_loss_rescaled(log_probs, torch.tensor([[1]]), [2], [1]).item() == math.inf
    assert ctc.ctc_loss(log_probs, torch.tensor([[1]]), [2], [1]).item() == math.inf
    with refuses("must allow the target"):
        ctc.forced_alignment(log_probs[0], [1])


# ------------------------------------------------------------------------------ training, decoding


def test_the_loss_for_fit_is_the_mean_and_has_its_gradient():
    logits, targets, sizes = normal(2, 5, 8).requires_grad_(), torch.tensor([[1, 2], [3, -1]]), ([8, 5], [2, 1])
    output = logits.log_softmax(dim=1), torch.tensor(sizes[0])
    loss = ctc.CTCLoss()(output, targets, torch.tensor(sizes[1]))
    assert_close(loss, ctc.ctc_loss(output[0], targets, *sizes).mean())
    (gradient,) = torch.autograd.grad(loss, logits, retain_graph=True)
    expected = torch.autograd.grad(ctc.ctc_loss(output[0], targets, *sizes).mean(), logits)[0]
    assert_close(gradient, expected, rtol=1e-4, atol=1e-6)


def test_a_target_that_does_not_fit_is_named():
    output = normal(2, 5, 3).log_softmax(dim=1), [3, 3]
    with refuses(
        "target 1 must fit into its clip: 3 symbols and 1 blanks between equal neighbours need 4 frames, got 3"
    ):
        ctc.CTCLoss()(output, torch.tensor([[1, 2, 3], [1, 1, 2]]), [3, 3])
    assert ctc.ctc_loss(output[0], torch.tensor([[1, 2, 3], [1, 1, 2]]), [3, 3], [3, 3]).isinf().tolist() == [
        False,
        True,
    ]


def test_the_best_path_need_not_spell_the_best_text():
    """Blank 0.6 in both frames: the best path is empty with 0.36, and the text "a" has 0.64."""
    log_probs = torch.tensor([[0.6, 0.6], [0.4, 0.4]]).log()
    assert ctc.greedy_decode(log_probs[None]) == [[]]
    assert_close(ctc.ctc_loss_by_paths(log_probs, [1]).exp().reciprocal().item(), 0.64)


def test_greedy_decoding_stops_at_the_length_of_the_clip():
    best = torch.nn.functional.one_hot(torch.tensor([[1, 1, 0, 1, 2], [3, 0, 3, 3, 1]]), 4).permute(0, 2, 1).float()
    assert ctc.greedy_decode(best, [5, 3]) == [[1, 1, 2], [3, 3]]
    assert ctc.greedy_decode(best, [0, 4]) == [[], [3, 3]]


# ------------------------------------------------------------------------------------------ speed


def test_as_fast_as_torch():
    """T = 500, B = 16, C = 29, L = 60; twice the ratios that hold on an idle machine (1.2 and 0.4), one thread."""
    log_probs, targets = normal(16, 29, 500).log_softmax(dim=1), torch.randint(1, 29, (16, 60))
    sizes, n_threads, fastest = ([500] * 16, [60] * 16), torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        for loss in (torch_loss, ctc.ctc_loss, ctc.ctc_loss_rescaled):
            taken = []
            for _ in range(7):
                started = time.process_time()
                loss(log_probs, targets, *sizes)
                taken.append(time.process_time() - started)
            fastest.append(min(taken))
    finally:
        torch.set_num_threads(n_threads)
    assert fastest[1] < 2.4 * fastest[0] and fastest[2] < 0.8 * fastest[0]


# ------------------------------------------------------------------------------------------ refusals


def test_what_is_no_logarithm_of_probabilities_is_told_apart():
    good = normal(1, 4, 6).log_softmax(dim=1)
    rest = torch.tensor([[1, 2]]), [6], [2]
    for bad, match in (
        (good.exp(), "must be logarithms, got probabilities that add up to 1"),
        (normal(1, 4, 6), "add up to 1 over the classes, got a sum of"),
        (good.transpose(1, 2), r"must have the axes \(batch, classes, frames\), got shape \(1, 6, 4\)"),
        (torch.where(good < -2, torch.nan, good), "got [0-9]+ NaN"),
    ):
        with refuses(match):
            ctc.ctc_loss(bad, *rest)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"targets": torch.tensor([[1, 9]])}, "classes 0 to 4, got 9: it was made for another vocabulary"),
        ({"targets": torch.tensor([[1, 0]])}, "must not hold the blank, class 0"),
        ({"targets": torch.tensor([1, 2])}, r"shape \(batch, longest\)"),
        ({"targets": torch.tensor([[1, 2], [1, 2]])}, "one row for each of 1 clips"),
        ({"blank": 5}, "one of the classes 0 to 4, got 5"),
        ({"blank": -1}, "blank must be at least 0"),
        ({"n_frames": [12]}, "n_frames must be 1 to 6, the frames of log_probs, got 12: divide lengths"),
        ({"n_targets": [3]}, "n_targets must be 0 to 2"),
        ({"n_frames": [6, 6]}, "one number for each of 1 clips"),
    ],
)
def test_what_does_not_belong_together_is_named(changed, match):
    arguments = {"targets": torch.tensor([[1, 2]]), "n_frames": [6], "n_targets": [2]} | changed
    for loss in (ctc.ctc_loss, ctc.ctc_loss_rescaled):
        with refuses(match):
            loss(scores(1, 5, 6), **arguments)


LOGS = scores(5, 6)
NO_LOGS = [
    *NO_TENSORS,
    LOGS.exp(),
    normal(5, 6),
    torch.full((5, 6), math.nan),
    LOGS[0],
    torch.zeros(5, 0),
    LOGS.to("meta"),
]
NO_BATCH = [*NO_LOGS[:-1], LOGS, LOGS[None].exp(), torch.zeros(0, 5, 6)]
NO_TEXT = [None, "12", b"12", 5, {1: 2}, [0.5], [-1], ["a"], [[1]], [True], *NO_ROW]
NO_TARGET = [*NO_TEXT, [7], [1, 0]]
NO_TABLE = [None, "x", 5, [1, 2], [[0.5, 1.0]], [[1, 9], [1, 2]], torch.ones(2, 2, 2).long(), [[0, 1], [1, 2]]]
NO_BLANK = [None, "x", -1, 5, 1.5, True, [0]]
NO_SIZES = [None, "x", 0.5, [0.5, 1.0], [[1, 2]], [-1, 2], [10**6, 2], [1, 2, 3], ["a", "b"]]
ONE = {"log_probs": (LOGS, NO_LOGS), "target": ([1, 2], NO_TARGET), "blank": (0, NO_BLANK)}
BATCH = {
    "log_probs": (scores(2, 5, 6), NO_BATCH),
    "targets": (torch.tensor([[1, 2], [3, 4]]), NO_TABLE),
    "n_frames": ([6, 5], [*NO_SIZES, [0, 6]]),
    "n_targets": ([2, 1], NO_SIZES),
    "blank": (0, NO_BLANK),
}
COUNTS = (6, [None, "x", 0, -1, 1.5, True, math.nan, 10**9])
CALLS = {
    ctc.collapse: {"path": ([1, 1, 0], NO_TEXT), "blank": (0, [])},
    ctc.n_frames_needed: {"target": ([1, 1], NO_TEXT)},
    ctc.n_alignments: {"n_frames": COUNTS, "target": ([1, 2], NO_TEXT)},
    ctc.alignments: {"n_frames": COUNTS, "target": ([1, 2], [*NO_TEXT, [1, 0]]), "blank": (0, NO_BLANK[:3])},
    ctc.ctc_loss_by_paths: ONE,
    ctc.forward_backward: ONE,
    ctc.forced_alignment: ONE,
    ctc.ctc_loss: BATCH,
    ctc.ctc_loss_rescaled: BATCH,
    ctc.greedy_decode: {
        "log_probs": (scores(2, 5, 6), [*NO_TENSORS, LOGS, torch.full((2, 5, 6), math.nan)]),
        "n_frames": ([6, 5], NO_SIZES[1:]),
        "blank": (0, NO_BLANK),
    },
    ctc.CTCLoss: {"blank": (0, [None, "x", -1, 1.5, True])},
    ctc.CTCLoss().forward: {
        "output": ((scores(2, 5, 6), [6, 5]), [None, "x", 5, scores(2, 5, 6), (1, 2, 3), (scores(2, 5, 6),)]),
        "targets": BATCH["targets"],
        "n_targets": BATCH["n_targets"],
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("models.ctc", CALLS)


def test_numbers_of_any_whole_kind_are_symbols():
    assert ctc.collapse(np.array([1, 1, 0], np.int8)) == ctc.collapse(torch.tensor([1, 1, 0])) == [1]


# ------------------------------------------------------------------- what is too large, too coarse, or turned round


def test_large_numbers_of_paths_are_counted_and_refused_at_once():
    text = [1, 2, 2] * 100
    assert ctc.n_alignments(100_000, text) == math.comb(100_000 + 300 - 100, 600)
    assert ctc.collapse(next(ctc.alignments(5000, [1]))) == [1]
    assert list(ctc.alignments(20, range(1, 41))) == list(ctc.alignments(30, [1] * 18)) == []
    with refuses(r"needs at most 200,000 of them, got about 10\^360"):
        ctc.ctc_loss_by_paths(scores(5, 1000), text)


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16])
def test_coarse_numbers_are_refused(dtype):
    """In bfloat16 the sum over 1,500 frames stopped at 2,048, in place of 5,664."""
    with refuses(r"must be of single or double precision, got .*: pass log_probs.float\(\)", TypeError):
        ctc.ctc_loss(scores(1, 5, 6).to(dtype), [[1]], [6], [1])
    with refuses("must be of single or double precision", TypeError):
        ctc.forward_backward(LOGS.to(dtype), [1])


def test_tables_with_their_axes_in_another_order_are_refused_with_the_way_back():
    for table in (scores(2, 5, 6).mT, scores(2, 5, 6).transpose(0, 1)):
        axis = -1 if table.shape[0] == 2 else -3
        with refuses(rf"the classes are axis {axis}: move that one, log_probs.transpose\({axis}, -2\)"):
            ctc.ctc_loss(table, torch.ones(len(table), 1).long(), [1] * len(table), [1] * len(table))


def test_a_second_derivative_is_refused():
    x = scores(1, 5, 6).requires_grad_()
    for loss in (ctc.ctc_loss, ctc.ctc_loss_rescaled):
        with refuses("create_graph must be False, got True, and second derivatives would be wrong"):
            torch.autograd.grad(loss(x, [[1]], [6], [1]).sum(), x, create_graph=True)


def test_torchs_kernel_is_not_asked_for_a_gradient_that_is_nan():
    log_probs = scores(1, 5, 6)
    log_probs[0, :, 2] = torch.tensor([0.0, *[-math.inf] * 4])
    assert ctc.ctc_loss(log_probs, [[1]], [6], [1]).isfinite().all()
    with refuses("log_probs must be finite, got 4 of −∞"):
        ctc.CTCLoss()((log_probs, [6]), [[1]], [1])
