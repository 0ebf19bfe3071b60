import functools

import numpy as np

from ... import metrics as package
from ...practice.model import Exercise, Value, Wrong


@functools.cache
def two_voices():
    """Scores of a speaker verifier: True where it was the speaker, and the scores."""
    rng = np.random.default_rng(21)
    is_speaker = np.repeat([True, False], [400, 1600])
    return is_speaker, np.concatenate([rng.normal(1.9, 1.3, 400), rng.normal(0.0, 0.8, 1600)])


def _eer_by_counting():
    """The threshold, among all scores, where misses and false alarms are most nearly alike."""
    is_speaker, score = two_voices()
    best = min(
        (abs(np.mean(score[is_speaker] < t) - np.mean(score[~is_speaker] >= t)), t) for t in np.sort(score).tolist()
    )[1]
    return 100 * (np.mean(score[is_speaker] < best) + np.mean(score[~is_speaker] >= best)) / 2


def eer_percent():
    _, alarms, misses = package.det_curve(*two_voices())
    nearest = np.argmin(np.abs(alarms - misses))
    return 100 * (alarms[nearest] + misses[nearest]) / 2


def _eer_other(value):
    return lambda: float(value(*two_voices()))


EXERCISE = Exercise(
    title="read the error rate of a lock",
    stars=1,
    kind="read",
    task="""
A lock opens to one voice. Two thousand attempts, 400 of them by its owner, gave the curve below: for each threshold, how many of the others it lets in, and how many times it lets the owner in. **What is its equal error rate, in per cent**, where both kinds of error are equally frequent? Half a per cent either way is near enough.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.classification import two_voices

threshold, alarms, hits = cu.metrics.roc_curve(*two_voices())
picture = cu.plotting.Picture(width_in=5.5, height_in=4.6)
picture.axes[0].plot(100 * alarms, 100 * hits)
picture.axes[0].set(xlabel="others let in, in %", ylabel="owner let in, in %", xlim=(0, 50), ylim=(50, 100))
picture.axes[0].set_xticks(range(0, 51, 5))
picture.axes[0].set_yticks(range(50, 101, 5))
at = {percent: 100 * hits[np.searchsorted(alarms, percent / 100, side="right") - 1] for percent in range(4, 21, 2)}
picture.show("A curve from the lower left to the upper right. The owner is let in "
             + ", ".join(f"{y:.1f} % of the time where others are {x} %" for x, y in at.items()) + ".")""",
    form="in %",
    answer="eer_percent",
    spec=Value(truth=_eer_by_counting, unit="%", absolute=0.5),
    reference=eer_percent,
    hints=(
        "The curve shows the owner let in. The error is the owner kept out: which is 100 % less that.",
        "Which straight line holds the points where both errors are alike? It runs from the upper left corner downwards.",
        "On that line others let in and owner let in add up to 100 %: go along the curve until they do.",
    ),
    wrongs=(
        Wrong(
            "owner let in",
            "That is how often the owner is let in at that threshold; the error is what is missing to 100 %.",
            _eer_other(lambda truth, score: 100 - 100 * package.equal_error_rate(truth, score)),
        ),
        Wrong(
            "area",
            "That is the area under the curve, the chance that the owner scores above somebody else.",
            _eer_other(lambda truth, score: 100 * package.roc_auc(truth, score)),
        ),
        Wrong(
            "area above",
            "That is the area above the curve: a mean over all thresholds, not the error at one.",
            _eer_other(lambda truth, score: 100 - 100 * package.roc_auc(truth, score)),
        ),
        Wrong(
            "both errors added",
            "That is the sum of the two errors; each of them is half of it.",
            _eer_other(lambda truth, score: 200 * package.equal_error_rate(truth, score)),
        ),
        Wrong(
            "threshold of zero",
            "That is the share of others let in where the threshold is 0, the middle of their scores.",
            _eer_other(lambda truth, score: 100 * np.mean(score[~truth] >= 0)),
        ),
    ),
    after="At that point one stranger in six gets in; where one in a hundred does, this lock lets its owner in every second time.",
    also_right=(lambda: round(_eer_by_counting(), 1), lambda: np.float32(eer_percent())),
)
