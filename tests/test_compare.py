"""What came beside what was expected: as arrays, as equal or not, and in words."""

import numpy as np
import pytest
import torch

from course_utils.practice import compare
from course_utils.practice.judge import try_case
from course_utils.practice.model import Function, case

# --------------------------------------------------------------------------------- the small tools


def test_trials_copy_their_inputs():
    x = np.ones(3)

    def spoil(values):
        values[:] = 0
        return values

    spec = Function(cases=lambda: [], expected=lambda x: x + x)
    try_case(spoil, case(x, says="ones"), spec)
    assert x.all()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.arange(3), "[0, 1, 2]"),
        (np.arange(100) / 3, "[0, 0.333333, 0.666667, 1, 1.33333, 1.66667, …] of shape (100,)"),
        (np.zeros((2, 2)), "[0, 0, 0, 0] of shape (2, 2)"),
        (np.float32(0.5), "0.5"),
        ((1, np.ones(2)), "(1, [1, 1])"),
        (np.random.default_rng(0), "a random generator"),
        (len, "len"),
        ("a" * 100, "'aaaaaaaaaaaa...aaaaaaaaaaaaa'"),
    ],
)
def test_values_in_words(value, words):
    assert compare.text(value) == words


@pytest.mark.parametrize(
    ("expected", "got", "is_close"),
    [
        ([1, 2], [1, 2.0000001], True),
        ([1, 2], [1, 2.00001], False),
        ([1, 2], np.array([1, 2.00001], np.float32), True),  # single precision has its own tolerance
        ([1, 2], np.array([1, 2.01], np.float32), False),
        ([0, 0], [0, 1e-9], True),
        ([0, 0], [0, 1e-3], False),
        ([1, 2], [[1, 2]], False),
        ([np.nan, 1], [np.nan, 1], True),
        ([np.inf, 1], [-np.inf, 1], False),
        ([1, 1], [np.nan, 1], False),
        (["a"], ["a"], True),
        (["a"], [1], False),
        ([1e300, 1e300], [1e300, 1e300], True),
    ],
)
def test_closeness(expected, got, is_close):
    assert compare.close(compare.as_array(expected), compare.as_array(got), 1e-6) == is_close


@pytest.mark.parametrize(
    ("expected", "got", "is_close"),
    [
        ([1.0, 1e-9], [1.0, 2e-9], False),  # an error in a small value, which the largest would hide
        ([1.0, 1e-9], [1.0, 1e-9 * (1 + 1e-9)], True),
        ([1.0, 0.0], [1.0, 0.0], True),
        ([1.0, 0.0], [1.0, 1e-12], False),
        ([1.0, 1e-30], np.array([1.0, 1e-30], np.float32), True),
        ([1.0, 1e-9], np.array([1.0, 1.1e-9], np.float32), False),
        ([-np.inf, 1e-9], [-np.inf, 1e-9], True),
    ],
)
def test_closeness_of_each_value(expected, got, is_close):
    assert compare.close(compare.as_array(expected), compare.as_array(got), 1e-6, per_value=True) == is_close
    spec = Function(cases=lambda: [case(says="it", gives=expected)], per_value=True)
    assert try_case(lambda: got, spec.cases()[0], spec).right == is_close


def test_whatever_an_object_does_it_is_an_array():
    class Raises:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError

        def __iter__(self):
            raise RuntimeError

    for value in (Raises(), [Raises()], list, {1}, b"a", None, [[1], [1, 2]], [np.zeros((2, 3)), np.zeros((2, 4))]):
        assert not compare.is_number(compare.as_array(value))
    assert compare.as_array([np.float32(1), 2**70]).tolist() == [1.0, 2.0**70]


@pytest.mark.parametrize(
    ("expected", "got", "is_close"),
    [
        (1 / 3, float(np.float32(1 / 3)), True),  # of a tensor, by item()
        (1 / 3, float(np.float32(1 / 3)) + 1e-9, False),
        (0.50001, 0.5, False),  # what float32 holds with bits to spare says nothing of single precision
        (10000.3, 10000.0, False),
        (1 / 3, torch.tensor(1.0).div(3).item(), True),
        (1 / 3, float(np.float32(0.334)), False),
        ([1 / 3, 1.0], [float(np.float32(1 / 3)), 1.0], False),
    ],
)
def test_one_number_of_a_tensor_is_right_to_single_precision(expected, got, is_close):
    assert compare.close(compare.as_array(expected), compare.as_array(got), 1e-9) == is_close
