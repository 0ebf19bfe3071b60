"""What the questions of classification claim, computed. A function proves the question of its name."""

import math

import numpy as np

from course_utils import metrics as package
from course_utils.exercises.classification.why_is_the_loss_nan import _cross_entropy_by_scipy


def silence_is_no_zero():
    assert round(math.log(1e-6), 1) == -13.8


def first_loss():
    assert round(_cross_entropy_by_scipy(np.zeros((1, 10)), [0]), 2) == 2.30


def two_hundred_clips():
    low, high = package.wilson_interval(194, 200)
    assert (round(100 * low), round(100 * high)) == (94, 99)
    low, high = package.wilson_interval(98, 100)
    assert low < 0.97 < high


def the_parrot():
    confusion = np.array([[950, 0], [50, 0]])
    assert round(package.macro_f1(confusion), 2) == 0.49
    assert np.trace(confusion) / confusion.sum() == 0.95


def late_by_300_ms():
    truth, late = [package.Event(1.0, 2.0, 0)], [package.Event(1.3, 2.0, 0)]
    both = [package.Event(5.0, 6.0, 0)]
    scores = package.event_f1([truth + both], [late + both])
    assert scores.precision == scores.recall == scores.f1 == 0.5


def promise_of_99():
    probabilities = np.tile([0.99, 0.01], (100, 1))
    truth = np.repeat([0, 1], [90, 10])
    assert round(package.expected_calibration_error(truth, probabilities), 2) == 0.09
    cooler = probabilities**0.478 / (probabilities**0.478).sum(axis=1, keepdims=True)
    assert round(cooler[0, 0], 2) == 0.90 and (cooler.argmax(axis=1) == probabilities.argmax(axis=1)).all()


def adaptive_pool():
    sizes = [101 // 2**3, 151 // 2**3]
    assert sizes == [12, 18]
