import numpy as np

from ... import metrics as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _macro_f1_by_counting(confusion):
    n = len(confusion)
    scores = []
    for k in range(n):
        hits = int(confusion[k][k])
        misses = sum(int(confusion[k][j]) for j in range(n)) - hits
        alarms = sum(int(confusion[i][k]) for i in range(n)) - hits
        if hits + misses + alarms:
            scores.append(2 * hits / (2 * hits + misses + alarms))
    return sum(scores) / max(len(scores), 1)


def _tables() -> list[Case]:
    rng = np.random.default_rng(11)
    return [
        case(np.array([[95, 0], [5, 0]]), says="a parrot: 95 of 100 right by always saying 0", gives=0.5 * 190 / 195),
        case(np.array([[2, 1, 0], [0, 1, 1], [0, 0, 1]]), says="six items of three classes", gives=59 / 90),
        case(np.array([[3, 0, 0], [0, 0, 0], [0, 0, 3]]), says="a class that does not occur", gives=1.0),
        case(np.array([[2, 0, 1], [0, 0, 0], [1, 0, 4]]), says="two classes of three occur", gives=11 / 15),
        case(
            np.array([[3, 1, 0], [1, 4, 2], [0, 0, 0]]), says="a class that is called and does not occur", gives=17 / 36
        ),
        case(np.array([[3, 0, 0], [1, 4, 0], [2, 1, 0]]), says="a class that occurs and is not called", gives=22 / 45),
        case(np.array([[0, 4], [4, 0]]), says="all wrong", gives=0.0),
        case(np.zeros((3, 3), int), says="nothing counted yet", gives=0.0),
        case(np.array([[7]]), says="a single class", gives=1.0),
        case(rng.integers(0, 30, (5, 5)), says="five classes, chance"),
        case(rng.integers(0, 5, (8, 8)) + np.diag(rng.integers(5, 90, 8)), says="eight classes of unequal size"),
        case(np.array([[200, 150, 120], [0, 100, 1], [3, 0, 250]], np.uint8), says="counts of eight bits"),
    ]


def macro_f1(confusion):
    confusion = np.asarray(confusion, float)
    hits = np.diagonal(confusion)
    twice = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.sum(2 * hits / np.where(twice > 0, twice, 1)) / max(np.count_nonzero(twice), 1)


def _shares(confusion):
    hits, n_true, n_called = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return hits / np.where(n_called > 0, n_called, 1), hits / np.where(n_true > 0, n_true, 1), n_true


def _f1_of_means(confusion):
    precision, recall, _ = _shares(confusion)
    p, r = precision.mean(), recall.mean()
    return 2 * p * r / (p + r) if p + r else 0.0


def _of_known(scores, confusion):
    """The mean over the classes that occur or are called."""
    is_known = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return scores[is_known].mean() if is_known.any() else 0.0


def _mean_of_nothing(confusion):
    is_known = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return _each_f1(confusion)[is_known].mean() if is_known.any() else np.nan


def _f1_of_known_means(confusion):
    p, r = (_of_known(shares, confusion) for shares in _shares(confusion)[:2])
    return 2 * p * r / (p + r) if p + r else 0.0


def _f1_weighted(confusion):
    precision, recall, n_true = _shares(confusion)
    total = precision + recall
    return np.sum(n_true * 2 * precision * recall / np.where(total > 0, total, 1)) / max(n_true.sum(), 1)


def _f1_with_nan(confusion):
    with np.errstate(all="ignore"):
        return np.mean(2 * np.diagonal(confusion) / (confusion.sum(axis=0) + confusion.sum(axis=1)))


def _mean_over_classes(hits, others, absent=0.0):
    """``hits / (hits + others)``, ``absent`` where a class neither occurs nor is called."""
    whole = hits + others
    return np.where(whole > 0, hits / np.where(whole > 0, whole, 1), absent)


def _errors(confusion):
    return confusion.sum(axis=0) + confusion.sum(axis=1) - 2 * np.diagonal(confusion)


def _each_f1(confusion):
    return _mean_over_classes(2 * np.diagonal(confusion), _errors(confusion))


def _f1_of(chosen):
    """The mean over the classes for which ``chosen(n_true, n_called)`` holds; 0 where there is none."""

    def mean(confusion):
        kept = _each_f1(confusion)[chosen(confusion.sum(axis=1), confusion.sum(axis=0))]
        return kept.mean() if kept.size else 0.0

    return mean


def _hits_as_errors(confusion):
    return _mean_over_classes(2 * np.diagonal(confusion), confusion.sum(axis=0) + confusion.sum(axis=1)).mean()


def _f1_harmonic(confusion):
    scores = []
    for k in range(len(confusion)):
        called, true, hits = confusion[:, k].sum(), confusion[k].sum(), confusion[k, k]
        if called + true > 0:
            scores.append(0.0 if hits == 0 else 2 / (called / hits + true / hits))
    return np.array(scores or [0.0]).mean()


def _hits_doubled_in_few_bits(confusion):
    hits = np.diagonal(confusion)
    twice = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.sum(2 * hits / np.where(twice > 0, twice, 1)) / max(np.count_nonzero(twice), 1)


def _sums_in_few_bits(confusion):
    hits = np.diagonal(confusion)
    errors = [confusion.sum(axis=axis, dtype=confusion.dtype) - hits for axis in (0, 1)]
    whole = 2.0 * hits + errors[0] + errors[1]
    return np.sum(2.0 * hits / np.where(whole > 0, whole, 1)) / max(np.count_nonzero(whole), 1)


def _f1_up_to(less, less_in_rows, less_in_columns):
    """The mean over fewer classes, and sums that end sooner along rows or columns."""

    def mean(confusion):
        scores, confusion = [], np.asarray(confusion, float)
        n = len(confusion)
        for k in range(n - less):
            hits = confusion[k, k]
            misses, alarms = (
                confusion[k, : n - less_in_rows].sum() - hits,
                confusion[: n - less_in_columns, k].sum() - hits,
            )
            if hits + misses + alarms:
                scores.append(2 * hits / (2 * hits + misses + alarms))
        return sum(scores) / max(len(scores), 1)

    return mean


EXERCISE = Exercise(
    title="a number that a parrot does not win",
    stars=1,
    kind="implement",
    task=r"""
A detector of gunshots hears 95 clips without and 5 with a shot. It always says *no shot*, and its accuracy is 95 %. Write the number that gives it away, from a confusion matrix `C[i, j]` = how many items of class $i$ were called $j$:

$$F_k = \frac{2\,\mathrm{TP}_k}{2\,\mathrm{TP}_k + \mathrm{FN}_k + \mathrm{FP}_k}, \qquad \text{macro } F_1 = \text{mean of the } F_k$$

$\mathrm{FN}_k$ are the items of class $k$ that were called something else, $\mathrm{FP}_k$ those called $k$ that are something else. The mean is over the classes that occur or are called; one of which nothing is known is left out, as scikit-learn does it, and with an empty table the result is 0. `confusion` is `(K, K)` whole numbers, of any type (`uint8` is one); the result is one number.
""",
    form="A confusion matrix (K, K) in, rows the truth; one number out.",
    answer="macro_f1",
    spec=Function(cases=_tables, expected=_macro_f1_by_counting),
    reference=macro_f1,
    hints=(
        "What is on the diagonal, and what is the sum of a row, of a column?",
        "A row adds up to TP + FN, a column to TP + FP. So the denominator of the formula is a row and a column together.",
        "With `C` as floats, `2 * np.diagonal(C) / (C.sum(axis=0) + C.sum(axis=1))` per class; then see to 0/0, then the mean.",
    ),
    wrongs=(
        Wrong(
            "accuracy",
            "That is the share of right items, which the parrot wins: each class must have its own score before they are averaged.",
            (
                lambda confusion: np.trace(confusion) / max(confusion.sum(), 1),
                lambda confusion: np.trace(confusion) / (confusion.sum() or np.nan),
            ),
        ),
        Wrong(
            "weighted by size",
            "The classes are weighted by how many items they have; macro means that a rare class counts as much as a frequent one.",
            _f1_weighted,
        ),
        Wrong(
            "F1 of the means",
            "Precision and recall were averaged first and combined then. The mean of F1 is another number: combine within each class.",
            (_f1_of_means, _f1_of_known_means),
        ),
        Wrong(
            "mean recall",
            "That is the mean recall, also called balanced accuracy: false alarms are not counted.",
            (
                lambda confusion: _shares(confusion)[1].mean(),
                lambda confusion: _of_known(_shares(confusion)[1], confusion),
                lambda confusion: _of_known(_shares(confusion)[1], np.diag(confusion.sum(axis=1))),
            ),
        ),
        Wrong(
            "mean precision",
            "That is the mean precision: items that were missed are not counted.",
            (
                lambda confusion: _shares(confusion)[0].mean(),
                lambda confusion: _of_known(_shares(confusion)[0], confusion),
            ),
        ),
        Wrong(
            "mean of nothing",
            "In an empty table there is no class to average over, and the mean of nothing is NaN: 0 is asked there.",
            _mean_of_nothing,
        ),
        Wrong("0/0", "A class that neither occurs nor is called gives 0/0, and NaN spoils the mean.", _f1_with_nan),
        Wrong(
            "absent class as 1",
            "A class that neither occurs nor is called counts as 1 here, as if it had been recognised; the task leaves it out.",
            lambda confusion: _mean_over_classes(2 * np.diagonal(confusion), _errors(confusion), absent=1.0).mean(),
        ),
        Wrong(
            "intersection over union",
            "Hits stand once above and once below the line: that is the overlap of two sets, TP / (TP + FN + FP). "
            "F₁ counts them twice in both places.",
            (
                lambda confusion: _mean_over_classes(np.diagonal(confusion), _errors(confusion)).mean(),
                lambda confusion: _of_known(_mean_over_classes(np.diagonal(confusion), _errors(confusion)), confusion),
            ),
        ),
        Wrong(
            "precision and recall combined otherwise",
            "Precision and recall are combined in another way. F₁ is their harmonic mean, which lies nearer to the smaller of the two.",
            (
                *(
                    lambda confusion, mean=mean, combined=combined: mean(combined(*_shares(confusion)[:2]), confusion)
                    for mean in (lambda scores, confusion: scores.mean(), _of_known)
                    for combined in (lambda p, r: (p + r) / 2, lambda p, r: np.sqrt(p * r), np.minimum)
                ),
            ),
        ),
        Wrong(
            "one class alone",
            "That is the F₁ of one class, as for a detector with a positive class. The mean over all classes is asked.",
            (lambda confusion: _each_f1(confusion)[-1], lambda confusion: _each_f1(confusion)[0]),
        ),
        Wrong("not averaged", "These are the F₁ of all classes; their mean is asked.", _each_f1),
        Wrong(
            "sum",
            "That is the sum over the classes; their mean is asked.",
            lambda confusion: _each_f1(confusion).sum(),
        ),
        Wrong(
            "absent class as 0",
            "A class that neither occurs nor is called counts as 0 here, as if all of it had been missed; the task leaves it out.",
            lambda confusion: _each_f1(confusion).mean(),
        ),
        Wrong(
            "class that does not occur left out",
            "A class that is called and does not occur was left out of the mean: its false alarms count, and its F₁ is 0.",
            (
                _f1_of(lambda n_true, n_called: (n_true > 0) | (n_called == 0)),
                _f1_of(lambda n_true, n_called: n_true > 0),
            ),
        ),
        Wrong(
            "class that is not called left out",
            "A class that occurs and is never called was left out of the mean: all its items were missed, and its F₁ is 0.",
            (
                _f1_of(lambda n_true, n_called: (n_called > 0) | (n_true == 0)),
                _f1_of(lambda n_true, n_called: n_called > 0),
            ),
        ),
        Wrong(
            "class without hits left out",
            "A class without a hit was left out of the mean: its F₁ is 0, and it counts like the others.",
            (
                _f1_of(lambda n_true, n_called: (n_called > 0) & (n_true > 0)),
                lambda confusion: (
                    np.mean(_each_f1(confusion)[np.diagonal(confusion) > 0]) if np.trace(confusion) else 0.0
                ),
            ),
        ),
        Wrong(
            "hits among the errors",
            "The hits count as errors, too: the sum of a row or of a column holds what is on the diagonal, which is to be taken out.",
            _hits_as_errors,
        ),
        Wrong(
            "rounded",
            "The result is rounded: leave it as it is.",
            tuple(lambda confusion, n=n: round(macro_f1(confusion), n) for n in (1, 2, 3, 4, 5)),
        ),
        Wrong(
            "counts in few bits",
            "Whole numbers of eight bits end at 255, and twice 200, or a sum above it, begins again at 0. Make floats of the "
            "counts before you add and multiply.",
            (_hits_doubled_in_few_bits, _sums_in_few_bits),
        ),
        Wrong(
            "last class left out",
            "The last class is left out of the mean or of the sums: range(n − 1) ends at n − 2, and the classes are those from 0 to n − 1.",
            tuple(_f1_up_to(*how) for how in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1))),
        ),
    ),
    after="A rare class makes it jump: with five shots in the test, a single one more that is heard takes the parrot from 0.49 "
    "to 0.66, so say how many items the rarest class has.",
    also_right=(_macro_f1_by_counting, _f1_harmonic, package.macro_f1),
)
