import itertools
import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import spelled_by

FEW_PATHS = 3000


def _loss_by_definition(log_probs, target):
    """All paths one by one where they are few; else, frame by frame, what the first symbols of the target have been
    spelled with: in paths that end in the blank, and in paths that end in the last of these symbols."""
    target = np.asarray(target, int).tolist()
    n_classes, n_frames = log_probs.shape
    if n_classes**n_frames <= FEW_PATHS:
        return _loss_path_by_path(log_probs, target)
    in_blank, in_symbol = [0.0] + len(target) * [-math.inf], (len(target) + 1) * [-math.inf]
    for frame in log_probs.T.tolist():
        spelled = [_log_sum(pair) for pair in zip(in_blank, in_symbol, strict=True)]
        now = [-math.inf]
        for i, symbol in enumerate(target):
            is_double = i > 0 and target[i - 1] == symbol
            now.append(frame[symbol] + _log_sum([in_symbol[i + 1], in_blank[i] if is_double else spelled[i]]))
        in_blank, in_symbol = [frame[0] + log_p for log_p in spelled], now
    return -_log_sum([in_blank[-1], in_symbol[-1]])


def _log_sum(values) -> float:
    most = max(values, default=-math.inf)
    if most == -math.inf:
        return -math.inf
    return most + math.log(math.fsum(math.exp(value - most) for value in values))


def _loss_path_by_path(log_probs, target):
    n_classes, n_frames = log_probs.shape
    paths = (p for p in itertools.product(range(n_classes), repeat=n_frames) if spelled_by(p) == target)
    return -_log_sum([math.fsum(log_probs[k, t] for t, k in enumerate(path)) for path in paths])


def _log_softmax(scores):
    return scores - np.logaddexp.reduce(scores, axis=0)


def _clips() -> list[Case]:
    rng = np.random.default_rng(13)

    def clip(n_classes, n_frames, scale=1.0):
        return _log_softmax(scale * rng.standard_normal((n_classes, n_frames)))

    halves = np.log(np.full((2, 3), 0.5))
    with np.errstate(divide="ignore"):
        sure = np.log(np.eye(4)[[0, 1, 1, 0, 3]].T)
        gaps = np.log(np.array([[0.5, 0.0, 0.5, 1.0, 0.2], [0.5, 1.0, 0.0, 0.0, 0.8], [0.0, 0.0, 0.5, 0.0, 0.0]]))
    return [
        case(np.log([[0.6, 0.6], [0.4, 0.4]]), np.array([1]), says="two frames, one symbol", gives=-math.log(0.64)),
        case(halves, np.array([1, 1]), says="a double symbol in three frames", gives=math.log(8)),
        case(halves, np.array([1]), says="one symbol in three frames", gives=math.log(8 / 6)),
        case(np.log([[0.25], [0.75]]), np.array([1]), says="a single frame", gives=math.log(4 / 3)),
        case(np.log([[0.25], [0.75]]), np.array([], int), says="a single frame, empty target", gives=math.log(4)),
        case(clip(5, 40), np.array([], int), says="an empty target"),
        case(halves, np.array([1, 1, 1]), says="a target that needs five frames, in three", gives=math.inf),
        case(halves[:, :2], np.array([1, 1]), says="a double symbol in two frames", gives=math.inf),
        case(clip(4, 3), np.array([2, 3, 1]), says="as many frames as symbols"),
        case(sure, np.array([1, 3]), says="−∞ for all but one path", gives=0.0),
        case(sure, np.array([1, 2]), says="−∞ somewhere in each path", gives=math.inf),
        case(gaps, np.array([1, 2, 1]), says="−∞ here and there"),
        case(clip(3, 6), np.array([1, 2, 1]), says="a symbol that comes back after another"),
        case(clip(6, 30), np.array([4, 4, 4, 1, 5, 5]), says="many repeats"),
        case(clip(29, 1000), rng.integers(1, 29, 8), says="a thousand frames"),
        case(clip(5, 60, scale=100.0), rng.integers(1, 5, 8), says="scores that lie some hundreds apart"),
        case(clip(12, 75), np.array([3, 8, 1, 1, 10, 6, 11]), says="seven digits in 75 frames"),
    ]


def ctc_loss(log_probs, target):
    states = np.zeros(2 * len(target) + 1, int)
    states[1::2] = target
    may_skip = states != np.roll(states, 2)  # from blank to blank, and between equal symbols, a path may not
    nowhere = np.full(2, -np.inf)
    alpha = np.full(len(states) + 2, -np.inf)
    alpha[1] = 0.0  # before the first frame: one step from the first blank, two from the first symbol
    for frame in log_probs.T:
        reached = np.logaddexp(alpha[2:], alpha[1:-1])
        reached = np.logaddexp(reached, np.where(may_skip, alpha[:-2], -np.inf))
        alpha = np.concatenate([nowhere, reached + frame[states]])
    return -np.logaddexp(alpha[-1], alpha[-2])


def _loss_with(
    *,
    may_skip=lambda states, s: states[s] != 0 and states[s] != states[s - 2],
    add=np.logaddexp,
    n_ends=2,
    n_starts=2,
    blanks=True,
    divided_by=lambda log_probs, target: 1,
):
    """The loss state by state, with one of its parts replaced."""

    def loss(log_probs, target):
        states = [0, *(s for symbol in target for s in (int(symbol), 0))] if blanks else [int(s) for s in target] or [0]
        alpha = np.full(len(states), -np.inf)
        alpha[:n_starts] = log_probs[states[:n_starts], 0]
        for frame in log_probs.T[1:]:
            before, alpha = alpha, np.full(len(states), -np.inf)
            for s, symbol in enumerate(states):
                came = before[s]
                came = add(came, before[s - 1]) if s > 0 else came
                came = add(came, before[s - 2]) if s > 1 and may_skip(states, s) else came
                alpha[s] = came + frame[symbol]
        with np.errstate(all="ignore"):
            return -_reduced(add, alpha[-n_ends:]) / divided_by(log_probs, target)

    return loss


def _in_place(log_probs, target):
    """α is overwritten from the first state on, while the next ones still read it."""
    states = [0, *(s for symbol in target for s in (int(symbol), 0))]
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_probs[states[:2], 0]
    for frame in log_probs.T[1:]:
        for s, symbol in enumerate(states):
            came = np.logaddexp(alpha[s], alpha[s - 1]) if s > 0 else alpha[s]
            if s > 1 and symbol not in (0, states[s - 2]):
                came = np.logaddexp(came, alpha[s - 2])
            alpha[s] = came + frame[symbol]
    return -np.logaddexp.reduce(alpha[-2:])


def _step_after_step(log_probs, target):
    """The steps of two are made from where the steps of one have led."""
    states = np.array([0, *(s for symbol in target for s in (int(symbol), 0))])
    may_skip = (states[2:] != 0) & (states[2:] != states[:-2])
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_probs[states[:2], 0]
    for frame in log_probs.T[1:]:
        alpha[1:] = np.logaddexp(alpha[1:], alpha[:-1])
        alpha[2:] = np.logaddexp(alpha[2:], np.where(may_skip, alpha[:-2], -np.inf))
        alpha += frame[states]
    return -np.logaddexp.reduce(alpha[-2:])


def _empty_twice(log_probs, target):
    return _loss_by_definition(log_probs, target) - (0 if len(target) else math.log(2))


def _ends_in_symbol(log_probs, target):
    """All paths less those that end in the blank."""
    with np.errstate(all="ignore"):
        in_blank = _loss_with(n_ends=1)(log_probs, target) if len(target) else np.inf
        return -np.log(np.exp(-_loss_by_definition(log_probs, target)) - np.exp(-in_blank))


def _reduced(add, values):
    total = values[0]
    for value in values[1:]:
        total = add(total, value)
    return total


def _in_probabilities(log_probs, target, small=0.0):
    """The forward algorithm with products of probabilities."""
    states = np.zeros(2 * len(target) + 1, int)
    states[1::2] = target
    alpha = np.zeros(len(states))
    alpha[:2] = np.exp(log_probs[states[:2], 0])
    for frame in np.exp(log_probs.T[1:]):
        new = alpha.copy()
        new[1:] += alpha[:-1]
        new[2:] += alpha[:-2] * ((states[2:] != 0) & (states[2:] != states[:-2]))
        alpha = new * frame[states]
    with np.errstate(divide="ignore"):
        return -np.log(alpha[-2:].sum() + small)


def _careless(one, other):
    """ln(e^a + e^b), where infinity less infinity is NaN."""
    with np.errstate(all="ignore"):
        most = np.maximum(one, other)
        return most + np.log(np.exp(one - most) + np.exp(other - most))


def _plain(one, other):
    with np.errstate(all="ignore"):
        return np.log(np.exp(one) + np.exp(other))


def _if_infinite(value):
    def loss(log_probs, target):
        found = _loss_by_definition(log_probs, target)
        return found if math.isfinite(found) else value

    return loss


def _floored(lowest):
    return lambda log_probs, target: ctc_loss(np.maximum(log_probs, lowest), target)


def _blank_last(log_probs, target):
    return _loss_by_definition(np.roll(log_probs, 1, axis=0), np.asarray(target) + 0)


def _frames_first(log_probs, target):
    return ctc_loss(log_probs.T, target)


EXERCISE = Exercise(
    title="the CTC loss, in the logarithm",
    stars=3,
    kind="implement",
    task=r"""
The probability of a text is the sum over all paths that collapse to it, and the loss of a clip is

$$-\ln \sum_{\pi \to y} \prod_t p(\pi_t, t) .$$

Write it for one clip. `log_probs` is (classes, frames), natural logarithms, class 0 is the blank; `target` is an array of **whole numbers** from 1 up, and may be empty. The paths cannot be listed: sum them frame by frame over the states *blank, first symbol, blank, second symbol, …, blank*. Stay in the logarithm, for after a thousand frames of an unsure network every product is 0 in float64.

Some `log_probs` are −∞, since a probability may be 0. Where no path is left, or the target does not fit into the frames, the loss is infinite, `np.inf`. It is not divided by anything.
""",
    form="Log-probabilities (classes, frames) and the symbols of the target in, −ln p out.",
    answer="ctc_loss",
    spec=Function(cases=_clips, expected=_loss_by_definition, tolerance=1e-9),
    reference=ctc_loss,
    hints=(
        "α[s] holds the sum over all beginnings of paths that are in state s now. From which states can a path come to s?",
        "From s itself, from s − 1, and from s − 2 if s is a symbol and not the same as the one at s − 2: between equal "
        "symbols the blank is needed. A path begins in one of the first two states, and ends in one of the last two.",
        "`np.logaddexp(a, b)` is ln(eᵃ + eᵇ), with −∞ as well. For each frame: combine α, α moved by one, and α moved by two "
        "where that is allowed, with −∞ in the gaps; then add the frame's log-probabilities of the states.",
    ),
    wrongs=(
        Wrong(
            "products of probabilities",
            "It is right for short clips. After hundreds of frames the products are 0, and their logarithm is −∞: add logarithms.",
            (_in_probabilities, _loss_with(add=_plain)),
        ),
        Wrong(
            "a small number added",
            "A small number inside the last logarithm hides that the products have become 0: the loss of a long clip is a "
            "constant then, and an impossible target looks possible.",
            tuple(
                lambda log_probs, target, small=small: _in_probabilities(log_probs, target, small)
                for small in (1e-300, 1e-100, 1e-30, 1e-20, 1e-12, 1e-10, 1e-8)
            ),
        ),
        Wrong(
            "infinity less infinity",
            "Where both terms of a sum are −∞, the larger one is taken out and −∞ less −∞ is NaN. np.logaddexp minds that.",
            _loss_with(add=_careless),
        ),
        Wrong(
            "−∞ replaced by a large number",
            "Probabilities of 0 are replaced by small ones: an impossible target then has a finite loss.",
            tuple(_floored(lowest) for lowest in (-1e30, -1e10, -1e9, -1e6, -1e5, -1e4, -1000.0)),
        ),
        Wrong(
            "impossible is not infinite",
            "A target that no path spells has an infinite loss. A finite number in its place hides that the clip cannot be learned.",
            (_if_infinite(0.0), *(_if_infinite(10.0**power) for power in (3, 4, 5, 6, 8, 9, 10, 30, 300))),
        ),
        Wrong(
            "a double letter without its blank",
            "From one symbol to the next the blank may be left out only if they differ: equal ones would be merged.",
            _loss_with(may_skip=lambda states, s: states[s] != 0),
        ),
        Wrong(
            "the blank always needed",
            "The step over a blank is missing: a path may go from one symbol straight to another one.",
            _loss_with(may_skip=lambda states, s: False),
        ),
        Wrong(
            "steps over symbols",
            "A step of two is allowed from blank to blank here, and leaves out the symbol between them.",
            (
                _loss_with(may_skip=lambda states, s: True),
                _loss_with(may_skip=lambda states, s: s % 2 == 0 or states[s] != states[s - 2]),
            ),
        ),
        Wrong(
            "one end only",
            "A path may end in the last symbol or in the blank behind it; only one of the two is counted.",
            (_loss_with(n_ends=1), _ends_in_symbol),
        ),
        Wrong(
            "one beginning only",
            "A path may begin with the blank or with the first symbol; only the blank is counted.",
            _loss_with(n_starts=1),
        ),
        Wrong(
            "overwritten while it is read",
            "Within one frame a path passes from one state to the next and on: α is overwritten while its old values are still "
            "needed. Read them from a copy.",
            (_in_place, _step_after_step),
        ),
        Wrong(
            "the one end counted twice",
            "For an empty target, and only there, the loss is too small by ln 2: with one state the last and the last but one are "
            "the same, and it is counted twice.",
            _empty_twice,
        ),
        Wrong(
            "the best path",
            "The largest of the paths is taken where their sum is asked: that is the alignment of Viterbi.",
            _loss_with(add=np.maximum),
        ),
        Wrong(
            "no blanks at all",
            "Only the symbols are states here. The paths with blanks before, between or behind them are left out.",
            _loss_with(blanks=False, n_ends=1, n_starts=1),
        ),
        Wrong(
            "divided",
            "The loss is divided by a length, as some libraries do in a mean; here it is the plain −ln p.",
            (
                _loss_with(divided_by=lambda log_probs, target: max(len(target), 1)),
                _loss_with(divided_by=lambda log_probs, target: log_probs.shape[1]),
            ),
        ),
        Wrong(
            "sign",
            "That is the log-likelihood, which is not above 0; the loss is its negative.",
            lambda log_probs, target: -_loss_by_definition(log_probs, target),
        ),
        Wrong(
            "another base",
            "The logarithm is natural; this one is to base 2, or to base 10.",
            (
                lambda log_probs, target: _loss_by_definition(log_probs, target) / math.log(2),
                lambda log_probs, target: _loss_by_definition(log_probs, target) / math.log(10),
            ),
        ),
        Wrong(
            "the probability",
            "That is the probability of the target; its negative logarithm is asked.",
            lambda log_probs, target: math.exp(-_loss_by_definition(log_probs, target)),
        ),
        Wrong(
            "blank last",
            "The last class is taken for the blank: here it is class 0.",
            _blank_last,
        ),
        Wrong(
            "axes exchanged",
            "Frames and classes are exchanged: the classes are the first axis, the frames the second.",
            _frames_first,
        ),
    ),
    after="Its gradient with respect to the scores is softmax less occupancy, how probable each class is in each frame once the "
    "text is known.",
    also_right=(_loss_by_definition, _loss_with()),
)
