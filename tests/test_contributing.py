"""The examples of CONTRIBUTING.md work as they stand there."""

import re

import numpy as np

from authoring.cells import ROOT
from course_utils import dft
from course_utils.practice.judge import judge
from course_utils.practice.questions import parse_questions

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


def test_the_exercise():
    exercise = run(example("python", "EXERCISE ="), "course_utils.exercises.sound")["EXERCISE"]
    for right in (exercise.reference, *exercise.also_right):
        assert judge(exercise, right()).status == "right"
    for wrong, code in exercise.wrong_codes:
        assert judge(exercise, code()).diagnosis == wrong.name
    assert len(exercise.task.strip()) > 100 and len(exercise.hints) >= 3 and len(exercise.wrongs) >= 4
    assert exercise.stub == "### BEGIN SOLUTION\nchange_db = ...  # in dB\n### END SOLUTION"


def test_the_question_and_its_proof():
    (question,) = parse_questions(example("markdown", "## half_bin"))
    run(example("python", "def half_bin"), "tests.questions")[question.name]()


def test_the_check():
    """It is shown as a whole, and there is no second copy of it to grow old."""
    assert (ROOT / "course_utils" / "_checks" / "dft.py").read_text(encoding="utf-8") == example(
        "python", "power_of_two"
    )
    assert dft.fft_radix2(np.ones(4))[0] == 4
