"""How good is a classifier, a detector, a probability? Counts first, then the ratios that are made of them.

Labels are whole numbers from 0, scores larger for "more likely positive", probabilities ``(…, classes)`` per item or
``(classes, frames)`` in time. Lecture: classification
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._checks import metrics as _checks

ROUNDING_S = 1e-9  # 2.2 − 2.0 is 2e−16 more than 0.2: a tolerance must not depend on that

# ------------------------------------------------------------------------------------ counts of classes


class ClassScores(NamedTuple):
    """One value for each class."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    n_true: np.ndarray


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, *, n_classes: int | None = None) -> np.ndarray:
    """Who is taken for whom: ``C[i, j]`` = number of items of class i that were called j.

    Parameters
    ----------
    truth, predicted : ndarray of int, shape (items,)
    n_classes : int, optional
        One more than the largest label by default.

    Returns
    -------
    ndarray, shape (n_classes, n_classes), int64
        Rows are the truth; the diagonal is what was right. Equal to ``sklearn.metrics.confusion_matrix``.

    Lecture: classification
    """
    truth, predicted = _checks.labels(truth, "truth"), _checks.labels(predicted, "predicted")
    _checks.same_shape(truth, predicted, "truth and predicted")
    highest = int(max(truth.max(), predicted.max()))
    n_classes = highest + 1 if n_classes is None else _checks.count(n_classes, "n_classes", maximum=10_000)
    _checks.label_fits(highest, n_classes)
    counts = np.bincount(truth * n_classes + predicted, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, and 0 for 0/0."""
    return part / np.where(whole > 0, whole, 1)


def precision_recall_f1(confusion: np.ndarray) -> ClassScores:
    """Per class: ``P = TP/(TP + FP)``, ``R = TP/(TP + FN)``, ``F1 = 2 TP/(2 TP + FP + FN)``.

    ``F1`` is the harmonic mean of P and R. 0/0 counts as 0: the precision of a class that is never predicted,
    the recall of one that has no items.

    Parameters
    ----------
    confusion : ndarray of int, shape (n_classes, n_classes)
        Rows are the truth.

    Returns
    -------
    ClassScores
        ``precision, recall, f1`` (0…1) and ``n_true``, each of shape (n_classes,). Equal to
        ``sklearn.metrics.precision_recall_fscore_support`` with ``zero_division=0``.

    Lecture: classification
    """
    confusion = _checks.confusion(confusion)
    right, n_true, n_called = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(_ratio(right, n_called), _ratio(right, n_true), _ratio(2 * right, n_true + n_called), n_true)


def macro_f1(confusion: np.ndarray) -> float:
    """The mean of the classes' F1: a rare class counts as much as a frequent one.

    Parameters
    ----------
    confusion : ndarray of int, shape (n_classes, n_classes)
        Rows are the truth. A class that is neither true nor predicted is left out of the mean.

    Returns
    -------
    float, 0…1
        Equal to ``sklearn.metrics.f1_score`` with ``average="macro"``; 0 where nothing was counted.

    Lecture: classification
    """
    f1, confusion = precision_recall_f1(confusion).f1, np.asarray(confusion)
    occurs = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return float(f1[occurs].mean()) if occurs.any() else 0.0


def wilson_interval(n_right: int, n_items: int, *, z: float = 1.96) -> tuple[float, float]:
    """What accuracy may lie behind n_right of n_items: the p with ``|p̂ − p| ≤ z √(p (1 − p)/n)``, p̂ = n_right/n.

    Parameters
    ----------
    n_right, n_items : int
        Items that are independent of each other; twenty clips of one speaker are not twenty items.
    z : float, standard deviations
        1.96 for 95 %.

    Returns
    -------
    tuple of float, 0…1
        Lower and upper end; never below 0 or above 1, and not empty when all are right.

    Source: Wilson 1927, Journal of the American Statistical Association 22(158).
    Lecture: classification
    """
    n = _checks.count(n_items, "n_items")
    p = _checks.count(n_right, "n_right", minimum=0, maximum=n) / n
    z = _checks.number(z, "z", above=0, at_most=100)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def student_interval(values: np.ndarray, *, confidence: float = 0.95) -> tuple[float, float]:
    """Where the mean of all such values may lie: ``m ± t s/√n``, from n independent ones.

    m is their mean, s their standard deviation (n − 1 below), t the quantile of Student's distribution.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Independent of each other, two or more: one number for each speaker, not one for each clip; to compare two
        models, the difference of their accuracies for each speaker.
    confidence : float, above 0, at most 0.9999

    Returns
    -------
    tuple of float
        Lower and upper end, in the unit of the values. With few values the interval is wide.

    Source: Student 1908, Biometrika 6(1).
    Lecture: sequence_models
    """
    from scipy.special import stdtrit

    values = _checks.array(values, "values", real=True, one_axis=True).astype(np.float64)
    _checks.count(len(values), "the number of values", minimum=2)
    confidence = _checks.number(confidence, "confidence", above=0, at_most=0.9999)
    t = float(stdtrit(len(values) - 1, (1 + confidence) / 2))
    scale = _checks.power_of_two_above(values / 2)  # squares of what is very large or small could not be held
    half = t * float((values / scale).std(ddof=1) * scale) / math.sqrt(len(values))
    mean = float((values / scale).mean() * scale)
    return _checks.held(mean - half, mean + half)


# ------------------------------------------------------------------------------------ one class, a score


class Curve(NamedTuple):
    """Error rates at every threshold, from the strictest to the most lenient; equal scores share one."""

    threshold: np.ndarray
    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray


def _counts_above(is_positive, score) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct scores, falling, and how many positives and negatives reach at least each of them."""
    is_positive = _checks.decisions(is_positive, "is_positive")
    score = _checks.array(score, "score", real=True, one_axis=True)
    _checks.same_shape(is_positive, score, "is_positive and score")
    order = np.argsort(-score, kind="stable")
    score, is_positive = score[order], is_positive[order]
    last = np.append(score[1:] != score[:-1], True)  # of a run of equal scores
    return score[last], np.cumsum(is_positive)[last], np.cumsum(~is_positive)[last]


def roc_curve(is_positive: np.ndarray, score: np.ndarray) -> Curve:
    """Receiver operating characteristic: ``TPR = TP/P`` against ``FPR = FP/N`` as the threshold falls.

    An item is called positive if its score is at least the threshold; the first threshold is infinite.

    Parameters
    ----------
    is_positive : ndarray of bool, shape (items,)
    score : ndarray, shape (items,)
        Any scale: only the order counts.

    Returns
    -------
    Curve
        ``threshold, false_positive_rate, true_positive_rate``, from (0, 0) to (1, 1). Equal to
        ``sklearn.metrics.roc_curve(…, drop_intermediate=False)``.

    Raises
    ------
    ValueError
        If all items are positive, or all negative: one of the two rates has no items to be measured on.

    Lecture: classification
    """
    threshold, n_positive, n_negative = _counts_above(is_positive, score)
    _checks.both_kinds(int(n_positive[-1]), int(n_negative[-1]))
    rates = [np.concatenate([[0.0], counts / counts[-1]]) for counts in (n_negative, n_positive)]
    return Curve(np.concatenate([[np.inf], threshold]), *rates)


def roc_auc(is_positive: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC: the chance that a positive item scores above a negative one, ties counted as half.

    Parameters
    ----------
    is_positive, score : as in ``roc_curve``

    Returns
    -------
    float, 0…1
        0.5 for a score that knows nothing.

    Lecture: classification
    """
    _, fpr, tpr = roc_curve(is_positive, score)
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))


def det_curve(is_positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detection error trade-off: misses ``FN/P = 1 − TPR`` against false alarms ``FP/N``.

    Parameters
    ----------
    is_positive, score : as in ``roc_curve``

    Returns
    -------
    tuple of ndarray
        Thresholds, false-alarm rate (rising) and miss rate (falling), each of shape (thresholds,). Drawn on axes
        that are stretched by the inverse of the normal distribution, two Gaussian scores give a straight line.

    Source: Martin et al. 1997, Eurospeech.
    Lecture: classification
    """
    threshold, fpr, tpr = roc_curve(is_positive, score)
    return threshold, fpr, 1 - tpr


def equal_error_rate(is_positive: np.ndarray, score: np.ndarray) -> float:
    """The error rate where misses and false alarms are equally frequent: ``FPR = 1 − TPR``.

    Between two thresholds the curve is taken for a straight line: the value is exact where a threshold meets it.

    Parameters
    ----------
    is_positive, score : as in ``roc_curve``

    Returns
    -------
    float, 0…1
        0.5 for a score that knows nothing.

    Lecture: classification
    """
    _, alarms, misses = det_curve(is_positive, score)
    after = int(np.argmax(alarms >= misses))  # the first threshold where alarms are as frequent; never 0
    before = after - 1
    gap_before, gap_after = misses[before] - alarms[before], alarms[after] - misses[after]
    share = gap_before / (gap_before + gap_after)
    return float(alarms[before] + share * (alarms[after] - alarms[before]))


def average_precision(is_positive: np.ndarray, score: np.ndarray) -> float:
    """Precision, averaged over the recall that each threshold adds: ``AP = Σ_k (R_k − R_{k−1}) P_k``.

    Parameters
    ----------
    is_positive, score : as in ``roc_curve``
        All items may be positive; one must be.

    Returns
    -------
    float, 0…1
        A score that knows nothing has the share of positives. Equal to ``sklearn.metrics.average_precision_score``.

    Lecture: classification
    """
    _, n_positive, n_negative = _counts_above(is_positive, score)
    _checks.has_positive(int(n_positive[-1]))
    precision = n_positive / (n_positive + n_negative)
    return float(np.sum(np.diff(n_positive, prepend=0) / n_positive[-1] * precision))


def mean_average_precision(is_positive: np.ndarray, score: np.ndarray) -> float:
    """mAP: the mean over classes of ``average_precision``; an item may belong to several classes.

    Parameters
    ----------
    is_positive : ndarray of bool, shape (items, classes)
    score : ndarray, shape (items, classes)

    Returns
    -------
    float, 0…1

    Raises
    ------
    ValueError
        If a class has no positive item: nothing can be said of it, so leave it out and say so.

    Lecture: classification
    """
    is_positive, score = _checks.item_by_class(is_positive, "is_positive"), _checks.item_by_class(score, "score")
    _checks.same_shape(is_positive, score, "is_positive and score")
    return float(np.mean([average_precision(p, s) for p, s in zip(is_positive.T, score.T, strict=True)]))


# ------------------------------------------------------------------------------------ does it mean 90 %?


class Reliability(NamedTuple):
    """What was promised and what came of it, bin by bin; NaN where a bin is empty."""

    edges: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    n_items: np.ndarray


def reliability(truth: np.ndarray, probabilities: np.ndarray, *, n_bins: int = 10) -> Reliability:
    """Items sorted by the probability of the class they were given; in each bin the mean promise and the share right.

    Bin b holds confidences in ``(b/B, (b + 1)/B]``; the class is the most probable one.

    Parameters
    ----------
    truth : ndarray of int, shape (items,)
    probabilities : ndarray, shape (items, classes)
        Rows add up to 1.
    n_bins : int
        B.

    Returns
    -------
    Reliability
        ``edges`` (n_bins + 1), ``confidence, accuracy, n_items`` (n_bins).

    Source: Guo et al. 2017, ICML.
    Lecture: classification
    """
    probabilities = _checks.distributions(probabilities)
    truth = _checks.labels(truth, "truth")
    _checks.same_shape(truth, probabilities[:, 0], "truth and the items of probabilities")
    _checks.label_fits(int(truth.max()), probabilities.shape[1])
    n_bins = _checks.count(n_bins, "n_bins", maximum=10_000)
    edges = np.linspace(0, 1, n_bins + 1)
    confidence = probabilities.max(axis=1).astype(np.float64)
    is_right = probabilities.argmax(axis=1) == truth
    bins = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, n_bins - 1)
    n_items = np.bincount(bins, minlength=n_bins)
    safe = np.where(n_items > 0, n_items, np.nan)
    sums = [np.bincount(bins, weights=values, minlength=n_bins) for values in (confidence, is_right)]
    return Reliability(edges, sums[0] / safe, sums[1] / safe, n_items)


def expected_calibration_error(truth: np.ndarray, probabilities: np.ndarray, *, n_bins: int = 10) -> float:
    """ECE: ``Σ_b n_b/n · |accuracy_b − confidence_b|``, by how much promises are broken on average.

    Parameters
    ----------
    truth, probabilities, n_bins : as in ``reliability``

    Returns
    -------
    float, 0…1
        Depends on the bins, and is above 0 for few items even if every promise is honest.

    Source: Naeini et al. 2015, AAAI; Guo et al. 2017, ICML.
    Lecture: classification
    """
    _, confidence, accuracy, n_items = reliability(truth, probabilities, n_bins=n_bins)
    return float(np.nansum(n_items * np.abs(accuracy - confidence)) / n_items.sum())


# ------------------------------------------------------------------------------------ events in time


class Event(NamedTuple):
    """A sound with a beginning and an end; the label is a whole number or a name."""

    onset_s: float
    offset_s: float
    label: int | str


class EventScores(NamedTuple):
    """Over all events, and F1 for each label that occurs."""

    precision: float
    recall: float
    f1: float
    f1_of_label: dict


def events_to_frames(events: Sequence[Event], *, n_frames: int, hop_s: float, n_classes: int) -> np.ndarray:
    """Frame m, from ``m·hop_s`` to ``(m + 1)·hop_s``, holds a class if its middle lies in an event of the class.

    Parameters
    ----------
    events : sequence of Event
        Labels are whole numbers below ``n_classes``.
    n_frames : int
    hop_s : float, s
    n_classes : int

    Returns
    -------
    ndarray, shape (n_classes, n_frames), bool

    Lecture: classification
    """
    hop_s = _checks.number(hop_s, "hop_s", above=0, at_most=1e9)
    n_classes = _checks.count(n_classes, "n_classes", maximum=10_000)
    n_frames = _checks.count(n_frames, "n_frames", maximum=10_000_000)
    table = f"a table of {n_classes:,} classes and {n_frames:,} frames"
    _checks.fits_memory(n_classes * n_frames, table, "lower n_frames or n_classes")
    middle_s = (np.arange(n_frames) + 0.5) * hop_s
    frames = np.zeros((n_classes, len(middle_s)), bool)
    for onset_s, offset_s, label in _checks.events(events, "events"):
        label = _checks.count(label, "the label of an event", minimum=0)
        _checks.label_fits(label, n_classes)
        frames[label] |= (middle_s >= onset_s) & (middle_s < offset_s)
    return frames


def median_filter(active: np.ndarray, n_median: int) -> np.ndarray:
    """The majority among ``n_median`` neighbours: removes runs, and fills gaps, of up to ``n_median // 2`` frames.

    Parameters
    ----------
    active : ndarray of bool, shape (…, frames)
        Continued at both ends by its first and last value.
    n_median : int, frames, odd

    Returns
    -------
    ndarray of bool, same shape

    Lecture: classification
    """
    active = _checks.decisions(active, "active", one_axis=False)
    n_median = _checks.count(n_median, "n_median", maximum=1_000_001)
    _checks.odd(n_median, "n_median")
    padded = np.pad(active, [(0, 0)] * (active.ndim - 1) + [(n_median // 2 + 1, n_median // 2)], mode="edge")
    up_to = np.cumsum(padded, axis=-1)
    return 2 * (up_to[..., n_median:] - up_to[..., :-n_median]) > n_median


def frames_to_events(
    probability: np.ndarray, *, hop_s: float, threshold: float = 0.5, n_median: int = 1, minimum_s: float = 0.0
) -> list[Event]:
    """Frame probabilities into events: threshold, median filter, runs of active frames, minimum length.

    A run of frames a…b becomes an event from ``a·hop_s`` to ``(b + 1)·hop_s``: the inverse of ``events_to_frames``.

    Parameters
    ----------
    probability : ndarray, shape (classes, frames), 0…1
    hop_s : float, s
    threshold : float, 0…1
        A frame is active if its probability is at least this.
    n_median : int, frames, odd
        1 leaves the median filter out.
    minimum_s : float, s
        Shorter runs are dropped.

    Returns
    -------
    list of Event
        Sorted by onset; the label is the row.

    Lecture: classification
    """
    probability = _checks.probabilities(probability, "probability", n_axes=2)
    hop_s = _checks.number(hop_s, "hop_s", above=0, at_most=1e9)
    threshold = _checks.number(threshold, "threshold", at_least=0, at_most=1)
    minimum_s = _checks.number(minimum_s, "minimum_s", at_least=0)
    active = median_filter(probability >= threshold, n_median)
    change = np.diff(np.pad(active, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    labels, onsets = np.nonzero(change == 1)
    offsets = np.nonzero(change == -1)[1]
    long_enough = (offsets - onsets) * hop_s >= minimum_s - ROUNDING_S
    runs = zip(onsets[long_enough] * hop_s, offsets[long_enough] * hop_s, labels[long_enough], strict=True)
    return sorted(Event(float(onset_s), float(offset_s), int(label)) for onset_s, offset_s, label in runs)


def match_events(
    truth: Sequence[Event],
    found: Sequence[Event],
    *,
    onset_tolerance_s: float = 0.2,
    offset_tolerance_s: float = 0.2,
    offset_share: float = 0.2,
) -> list[tuple[int, int]]:
    """As many pairs as possible, each event in one pair at most, by augmenting paths.

    A true and a found event may pair if labels are equal, ``|Δonset| ≤ onset_tolerance_s`` and
    ``|Δoffset| ≤ max(offset_tolerance_s, offset_share · true length)``.

    Parameters
    ----------
    truth, found : sequence of Event
        Of one recording.
    onset_tolerance_s, offset_tolerance_s : float, s
    offset_share : float
        0 for a fixed tolerance.

    Returns
    -------
    list of (int, int)
        Positions in ``truth`` and in ``found``.

    Source: Mesaros, Heittola & Virtanen 2016, Applied Sciences 6(6); Berge 1957 for the paths.
    Lecture: classification
    """
    onset_tolerance_s = _checks.number(onset_tolerance_s, "onset_tolerance_s", at_least=0)
    offset_tolerance_s = _checks.number(offset_tolerance_s, "offset_tolerance_s", at_least=0)
    offset_share = _checks.number(offset_share, "offset_share", at_least=0)
    truth, found = _events(truth, "truth"), _events(found, "found")

    def may_pair(a, b):
        slack_s = max(offset_tolerance_s, offset_share * (a.offset_s - a.onset_s)) + ROUNDING_S
        onset_fits = abs(a.onset_s - b.onset_s) <= onset_tolerance_s + ROUNDING_S
        return a.label == b.label and onset_fits and abs(a.offset_s - b.offset_s) <= slack_s

    candidates = [[j for j, b in enumerate(found) if may_pair(a, b)] for a in truth]
    partner: dict[int, int] = {}  # of each true event
    for i in range(len(truth)):
        _augment(i, candidates, partner)
    return sorted(partner.items())


def _events(events: Sequence[Event], name: str) -> list[Event]:
    return [Event(*event) for event in _checks.events(events, name)]


def _augment(start: int, candidates: list[list[int]], partner: dict[int, int]) -> None:
    """Give the true event ``start`` a partner, moving others to theirs along a shortest path, if there is one."""
    taken = {j: i for i, j in partner.items()}
    reached_from: dict[int, int] = {}  # a found event, and the true one that looked at it first
    queue = [start]
    for i in queue:
        for j in candidates[i]:
            if j in reached_from:
                continue
            reached_from[j] = i
            if j in taken:
                queue.append(taken[j])
                continue
            while True:  # go back along the path; each true event on it takes the found one that it reached
                i = reached_from[j]
                left, partner[i] = partner.get(i), j
                if i == start:
                    return
                j = left


def event_f1(
    truth: Sequence[Sequence[Event]],
    found: Sequence[Sequence[Event]],
    *,
    onset_tolerance_s: float = 0.2,
    offset_tolerance_s: float = 0.2,
    offset_share: float = 0.2,
) -> EventScores:
    """``F1 = 2 TP/(n_true + n_found)``, TP being the pairs of ``match_events``, added over recordings.

    Parameters
    ----------
    truth, found : sequence of sequences of Event
        One sequence for each recording.
    onset_tolerance_s, offset_tolerance_s, offset_share : as in ``match_events``

    Returns
    -------
    EventScores
        ``precision, recall, f1`` over all events (micro average) and ``f1_of_label``; their mean is the macro average.
        A ratio without events is 0. Defined as the event-based scores of sed_eval with optimal matching.

    Raises
    ------
    ValueError
        If no recording has a true event.

    Source: Mesaros, Heittola & Virtanen 2016, Applied Sciences 6(6).
    Lecture: classification
    """
    truth, found = _checks.recordings(truth, found)
    options = {"onset_tolerance_s": onset_tolerance_s, "offset_tolerance_s": offset_tolerance_s}
    counts: dict = {}  # label: pairs, true, found
    for ours, theirs in zip(truth, found, strict=True):
        ours, theirs = _events(ours, "truth"), _events(theirs, "found")
        pairs = match_events(ours, theirs, **options, offset_share=offset_share)
        columns = ([ours[i] for i, _ in pairs], ours, theirs)
        for column, events in enumerate(columns):
            for event in events:
                counts.setdefault(event.label, [0, 0, 0])[column] += 1
    n_pairs, n_true, n_found = np.sum(list(counts.values()), axis=0)
    f1_of_label = {label: 2 * tp / (n + m) for label, (tp, n, m) in sorted(counts.items(), key=str)}
    precision, recall = float(n_pairs / max(n_found, 1)), float(n_pairs / n_true)
    return EventScores(precision, recall, float(2 * n_pairs / (n_true + n_found)), f1_of_label)
