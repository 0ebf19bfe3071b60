"""An answer that only hands on what the package's own function gives is told so; one that uses the package is right."""

import functools

import numpy as np
import pytest
import torch

import course_utils as cu
from course_utils import exercises
from course_utils.dft import idft
from course_utils.practice import sandbox
from course_utils.practice.borrowed import is_handed_on
from course_utils.practice.judge import judge
from course_utils.practice.model import case
from tests.answers import notebook_function

IDFT, F1 = exercises.find("dft/idft"), exercises.find("classification/macro_f1")


def documented(spectrum):
    """The inverse DFT."""
    return cu.dft.idft(spectrum)


def by_name(spectrum):
    return cu.dft.idft(spectrum=np.asarray(spectrum, complex)).copy()


def row_by_row(spectrum):
    spectrum = np.asarray(spectrum)
    return np.stack([row_by_row(row) for row in spectrum]) if spectrum.ndim > 1 else list(idft(spectrum))


HANDED_ON = {
    "the function": cu.dft.idft,
    "imported": idft,
    "lambda": lambda X: cu.dft.idft(X),
    "partial": functools.partial(cu.dft.idft),
    "with a docstring": documented,
    "by name, as a copy": by_name,
    "in rows": row_by_row,
    "as a tensor": lambda X: torch.as_tensor(cu.dft.idft(X)),
}


@pytest.mark.parametrize("answer", HANDED_ON.values(), ids=HANDED_ON)
def test_the_package_function_is_told_and_not_solved(answer):
    verdict = judge(IDFT, answer)
    assert (verdict.status, verdict.diagnosis) == ("not attempted", "package function")
    assert "`course_utils.dft.idft`: idft only hands them on" in verdict.message


@pytest.mark.parametrize("fork", [True, False])
def test_it_is_told_in_a_process_of_its_own(fork):
    answer = notebook_function("def answer(X):\n    return cu.dft.idft(X)", cu=cu)
    for handed_on in (answer, cu.dft.idft):
        assert sandbox.run(IDFT, handed_on, fork=fork).verdict.diagnosis == "package function"


def test_what_the_package_exports_is_told_though_the_reference_stands_in_the_exercise():
    assert F1.reference.__module__.startswith("course_utils.exercises") and judge(F1, F1.reference).status == "right"
    assert judge(F1, lambda confusion: float(cu.metrics.macro_f1(confusion))).diagnosis == "package function"


def compared(X):
    mine = np.conj(np.fft.fft(np.conj(X))) / np.shape(X)[-1]
    assert np.allclose(mine, cu.dft.idft(X))
    return mine


def looked_at(X):
    idft(X)
    return np.fft.ifft(X)


def used_as_a_part(X):
    """By another function of the package, and by its own on other input."""
    X = np.asarray(X, complex)
    return cu.dft.dft(X.conj()).conj() / X.shape[-1] if X.shape[-1] % 2 else np.real_if_close(halves(X))


def halves(X):
    even, odd = idft(X[..., ::2]), idft(X[..., 1::2])
    turned = odd * np.exp(2j * np.pi * np.arange(even.shape[-1]) / X.shape[-1])
    return np.concatenate([even + turned, even - turned], -1) / 2


OWN_WORK = {
    "numpy": np.fft.ifft,
    "torch": lambda X: torch.fft.ifft(torch.as_tensor(X)),
    "compared with the package": compared,
    "called for nothing": looked_at,
    "a part of it": used_as_a_part,
}


@pytest.mark.parametrize("answer", OWN_WORK.values(), ids=OWN_WORK)
def test_other_use_of_the_package_is_right(answer):
    assert judge(IDFT, answer).status == "right"


def total(x):
    return x[0] + total(x[1:]) if len(x) > 1 else x[0]


@pytest.mark.parametrize(
    ("answer", "is_so"),
    [
        (lambda x: total(x), True),
        (lambda x: [total(x)][0], True),
        (lambda x: total(np.sort(x)), False),  # own work before the call
        (lambda x: 1.0 * (total(x[:1]) + total(x[1:])), False),
        (lambda x: max(total(x), 0), False),  # and behind it
        (np.sum, False),
    ],
)
def test_handing_on_is_seen_by_what_comes_out(answer, is_so):
    """Also of a function that calls itself."""
    assert is_handed_on(total, answer, case(np.array([2.0, -7, 3]), says="three")) == is_so
    assert total([1, 2, 3]) == 6


def test_the_package_is_as_it_was_afterwards():
    code = idft.__code__
    judge(IDFT, idft)
    judge(IDFT, compared)
    assert idft.__code__ is code and np.allclose(idft([1, 0]), [0.5, 0.5])
