import numpy as np

from ...metrics import equal_error_rate
from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(is_positive, score):
    """Both rates at every threshold that changes anything, from high to low; where they cross, a straight line."""
    is_positive, score = np.asarray(is_positive, bool), np.asarray(score, np.float64)
    before = (1.0, 0.0)
    for threshold in sorted(set(score.tolist()), reverse=True):
        accepted = score >= threshold
        misses = float(np.mean(~accepted[is_positive]))
        alarms = float(np.mean(accepted[~is_positive]))
        if alarms >= misses:
            gap = before[0] - before[1]
            share = gap / (gap + alarms - misses)
            return before[1] + share * (alarms - before[1])
        before = (misses, alarms)
    raise AssertionError("at the lowest threshold everything is accepted")


def _by_line(is_positive, score):
    """The crossing of the two curves by interpolation."""
    is_positive, score = np.asarray(is_positive, bool), np.asarray(score, float)
    thresholds = np.append(np.inf, np.unique(score)[::-1])
    misses = np.array([np.mean(score[is_positive] < t) for t in thresholds])
    alarms = np.array([np.mean(score[~is_positive] >= t) for t in thresholds])
    return float(np.interp(0, alarms - misses, alarms))


def _made(seed, n_same, n_other, apart):
    rng = np.random.default_rng(seed)
    score = np.concatenate([apart + rng.standard_normal(n_same), rng.standard_normal(n_other)])
    order = rng.permutation(len(score))
    return (np.arange(len(score)) < n_same)[order], score[order]


def _cases() -> list[Case]:
    four = np.array([True, True, True, True, False, False, False, False])
    found = [
        case(four, np.array([9, 8, 7, 3, 6, 2, 1, 0.0]), says="one of four wrong on either side", gives=0.25),
        case(four, np.array([9, 8, 7, 6, 3, 2, 1, 0.0]), says="two sides that are apart", gives=0.0),
        case(four, np.array([3, 2, 1, 0, 9, 8, 7, 6.0]), says="the wrong way round", gives=1.0),
        case(np.array([True, False]), np.array([1.0, 0.0]), says="one pair of each", gives=0.0),
        case(np.array([True, False]), np.array([0.5, 0.5]), says="two equal scores", gives=0.5),
        case(np.array([True] * 2 + [False] * 3), np.ones(5), says="five equal scores", gives=0.5),
        case(
            np.array([True, True, False, False, False]),
            np.array([2, 1, 3, 0, -1.0]),
            says="two of one and three of the other",
        ),
    ]
    for seed, n_same, n_other, apart in (
        (1, 50, 50, 2.0),
        (2, 30, 300, 1.5),
        (3, 200, 20, 1.0),
        (4, 7, 11, 0.5),
        (5, 500, 700, 3.0),
    ):
        found.append(
            case(*_made(seed, n_same, n_other, apart), says=f"{n_same} pairs of one voice and {n_other} of two")
        )
    is_positive, score = _made(6, 80, 120, 1.5)
    return [
        *found,
        case(is_positive, np.round(score), says="scores with many ties"),
        case(is_positive, 0.9 + 1e-6 * score, says="scores that lie close together"),
        case(is_positive, -100 + score, says="negative scores"),
        case(is_positive, score.astype(np.float32), says="float32"),
    ]


def _curves(is_positive, score):
    is_positive, score = np.asarray(is_positive, bool), np.asarray(score, float)
    thresholds = np.append(np.unique(score), np.inf)
    misses = np.array([np.mean(score[is_positive] < t) for t in thresholds])
    alarms = np.array([np.mean(score[~is_positive] >= t) for t in thresholds])
    return thresholds, misses, alarms, is_positive, score


def _from_curves(choose):
    return lambda is_positive, score: float(choose(*_curves(is_positive, score)))


def _nearest(thresholds, misses, alarms, is_positive, score):
    place = np.argmin(np.abs(misses - alarms))
    return (misses[place] + alarms[place]) / 2


def _nearest_alarms(thresholds, misses, alarms, is_positive, score):
    return alarms[np.argmin(np.abs(misses - alarms))]


def _fewest_errors(thresholds, misses, alarms, is_positive, score):
    return np.min((misses + alarms) / 2)


def _fewest_mistakes(thresholds, misses, alarms, is_positive, score):
    return np.min((misses * is_positive.sum() + alarms * (~is_positive).sum()) / len(score))


def _the_threshold(thresholds, misses, alarms, is_positive, score):
    return np.sort(thresholds[np.isfinite(thresholds)])[np.argmin(np.abs(misses - alarms)[:-1])]


def _shares_of_all(is_positive, score):
    """Both errors as shares of all pairs."""
    _, misses, alarms, is_positive, score = _curves(is_positive, score)
    share = is_positive.mean()
    difference = alarms * (1 - share) - misses * share
    return float(np.interp(0, difference[::-1], (alarms * (1 - share))[::-1]))


def _at_half(is_positive, score):
    is_positive, said = np.asarray(is_positive, bool), np.asarray(score) > 0.5
    return float(np.mean(said != is_positive))


def _at_the_middle(is_positive, score):
    is_positive, score = np.asarray(is_positive, bool), np.asarray(score, float)
    middle = (score[is_positive].mean() + score[~is_positive].mean()) / 2
    return float(np.mean([np.mean(score[is_positive] < middle), np.mean(score[~is_positive] >= middle)]))


EXERCISE = Exercise(
    title="how often does a verifier err?",
    stars=2,
    kind="implement",
    task="""
A verifier gives a score to a pair of clips: large if it takes them for one voice. Where to put the threshold is a question of what costs more, and to compare verifiers one takes the threshold at which **both errors are equally frequent**. Write `equal_error(is_positive, score)`: `is_positive` says of each pair whether one voice speaks in both, `score` holds what the verifier gave.

Accepted is a pair whose score is at the threshold or above. *Misses* are pairs of one voice that are not accepted, as a share of **all pairs of one voice**; *false alarms* are pairs of two voices that are accepted, as a share of **all pairs of two voices**. As the threshold falls from above the largest score to the smallest, misses fall from 1 to 0 and false alarms rise from 0 to 1, in steps: equal score fall together. Where the two cross between two steps, take both for straight lines there. The result is the rate at the crossing, from 0 to 1. Both kinds of pairs occur.
""",
    form="Whether each pair is one voice, and its score; the equal error rate, 0…1.",
    answer="equal_error",
    spec=Function(cases=_cases, expected=_by_definition, tolerance=1e-6),
    reference=equal_error_rate,
    hints=(
        "Only the scores themselves matter as thresholds, and one above all of them. For each, compute both rates.",
        "Go from the largest to the smallest. At the first threshold where alarms are no longer fewer than misses, they have crossed.",
        "Between the step before (gap = misses − alarms) and this one (gap = alarms − misses) the crossing divides the way in "
        "proportion to the two gaps.",
    ),
    wrongs=(
        Wrong(
            "nearest step",
            "It takes the step where the two rates are nearest, and no line between two steps: it is off where pairs are few.",
            (_from_curves(_nearest), _from_curves(_nearest_alarms)),
        ),
        Wrong(
            "smallest mean of both",
            "That is the smallest mean of both rates at any threshold: another figure. They are to be equal.",
            _from_curves(_fewest_errors),
        ),
        Wrong(
            "smallest number of mistakes",
            "That is the smallest share of wrong decisions, which depends on how many pairs of each kind there are.",
            _from_curves(_fewest_mistakes),
        ),
        Wrong(
            "shares of all pairs",
            "Misses are a share of the pairs of one voice, false alarms of those of two: neither is a share of all.",
            _shares_of_all,
        ),
        Wrong(
            "threshold",
            "That is the threshold at which it happens; the rate is asked for.",
            _from_curves(_the_threshold),
        ),
        Wrong(
            "fixed threshold",
            "It decides at a fixed threshold: scores have no such zero. Let the threshold go through all of them.",
            (_at_half, _at_the_middle),
        ),
        Wrong(
            "kinds exchanged",
            "That is one minus the right rate, as if pairs of two voices were to have the larger scores: `is_positive` is True where one "
            "voice speaks in both.",
            (
                lambda is_positive, score: _by_definition(~np.asarray(is_positive, bool), score),
                lambda is_positive, score: 1 - _by_definition(is_positive, score),
            ),
        ),
        Wrong(
            "in per cent",
            "A rate from 0 to 1 is asked for, and this is in per cent.",
            lambda is_positive, score: 100 * _by_definition(is_positive, score),
        ),
    ),
    after="Report the number of pairs beside it: with 20 pairs of one voice the rate moves in steps of 5 %.",
    also_right=(_by_definition, _by_line),
)
