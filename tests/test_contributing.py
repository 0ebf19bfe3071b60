"""The examples of CONTRIBUTING.md work as they stand there."""

import dataclasses
import importlib.util
import inspect
import re

import numpy as np
import pytest

from authoring.cells import ROOT
from authoring.runs import slowness
from course_utils import dft
from course_utils._checks import dft as _checks_of_dft
from course_utils.practice.judge import judge
from course_utils.practice.questions import parse_questions
from tests import test_exercises

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def example(language, inside):
    """The one block of code in which some text stands."""
    blocks = [block for block in re.findall(rf"```{language}\n(.*?)```", TEXT, re.S) if inside in block]
    assert len(blocks) == 1
    return blocks[0]


def run(source, package):
    names = {"__package__": package, "__name__": f"{package}.example", "np": np}
    exec(source, names)
    return names


@pytest.fixture
def pasted(tmp_path):
    """The example as the file that CONTRIBUTING asks for."""
    path = tmp_path / "half_the_amplitude.py"
    path.write_text(example("python", "EXERCISE ="), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("course_utils.exercises.sound.half_the_amplitude", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dataclasses.replace(module.EXERCISE, name="sound/half_the_amplitude")


def shared_tests():
    """The tests that every exercise must pass, by name."""
    found = {}
    for name, test in vars(test_exercises).items():
        for mark in getattr(test, "pytestmark", []):
            if mark.args[:2] == ("exercise", test_exercises.ALL):
                found[name] = test
    return found


@pytest.mark.parametrize("test", shared_tests().values(), ids=shared_tests())
def test_the_exercise_passes_all_tests_of_an_exercise(pasted, test):
    wanted = inspect.signature(test).parameters
    test(pasted, **{"slow": max(1.0, slowness())} if "slow" in wanted else {})


def test_the_exercise(pasted):
    exercise = pasted
    for right in (exercise.reference, *exercise.also_right):
        assert judge(exercise, right()).status == "right"
    for wrong, code in exercise.wrong_codes:
        assert judge(exercise, code()).diagnosis == wrong.name
    assert len(exercise.task.strip()) > 100 and len(exercise.hints) >= 3 and len(exercise.wrongs) >= 4
    assert exercise.spec.truth.__code__.co_names, "the truth is typed: it must be measured or derived"
    assert exercise.stub == "### BEGIN SOLUTION\nchange_db = ...  # in dB\n### END SOLUTION"


def test_the_question_and_its_proof():
    (question,) = parse_questions(example("markdown", "## half_bin"))
    run(example("python", "def half_bin"), "tests.questions")[question.name]()


def test_the_check():
    """The head of its file, and one function to the letter: there is no second copy of it to grow old."""
    lines = (ROOT / "course_utils" / "_checks" / "dft.py").read_text(encoding="utf-8").splitlines()
    head = f"{lines[0]}\n\n{next(line for line in lines if line.startswith('from . import *'))}\n\n\n"
    assert example("python", "power_of_two") == head + inspect.getsource(_checks_of_dft.power_of_two)
    assert dft.fft_radix2(np.ones(4))[0] == 4
