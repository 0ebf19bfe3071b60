"""Small faults planted into the source of each exercise's reference: a check must reject them.

``make test`` tries a few of them, drawn anew whenever the package changes; ``make mutants`` tries all, and writes
``assets/mutants.json``.
"""

import contextlib
import faulthandler
import json
import os
import random
import signal
from pathlib import Path

import numpy as np
import pytest

from authoring.runs import state_of_the_tree
from course_utils import exercises
from course_utils.practice import sandbox
from course_utils.practice.judge import judge
from course_utils.practice.model import Function
from tests.mutants import COUNTS, mutants

ALL = [exercise for topic in exercises.TOPICS for exercise in exercises.exercises(topic)]
N_DRAWN = 2  # of an exercise


def argued_survivors():
    """Mutants that a check accepts, rightly: what was done to the reference, with the line that came of it, and why
    that is no mistake. By exercise, one file a topic."""
    found = {}
    for path in sorted((Path(__file__).parent / "survivors").glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


SURVIVORS = argued_survivors()


def accepts(exercise, mutant):
    """Is a mutant's answer taken for right? Values and designs are computed first, as the learner would."""
    if isinstance(exercise.spec, Function):
        return sandbox.run(exercise, mutant, limit_s=3).verdict.status == "right"
    return in_a_child(lambda: judge(exercise, mutant()).status == "right")


def in_a_child(question) -> bool:
    """Ask where a mutant may hang or crash; no answer is a no."""
    if not hasattr(os, "fork"):
        with contextlib.suppress(Exception):
            return question()
        return False
    pid = os.fork()
    if pid == 0:
        is_so = False
        with contextlib.suppress(BaseException), np.errstate(all="ignore"):
            faulthandler.disable()
            signal.alarm(10)
            is_so = question()
        os._exit(0 if is_so else 1)
    return os.waitpid(pid, 0)[1] == 0


# A network that is trained another way may be as right as ours: what comes out is checked, not how.
MUTATED = [exercise for exercise in ALL if exercise.kind != "train"]


@pytest.mark.parametrize("exercise", MUTATED, ids=lambda exercise: exercise.name)
def test_mutants_of_the_reference_are_rejected(exercise, request):
    """All but those whose equivalence is argued in tests/survivors, one by one."""
    argued = SURVIVORS.get(exercise.name, {})
    found = list(mutants(exercise.reference))
    assert len(found) >= 8
    if not request.config.option.all_mutants:
        drawn = random.Random(state_of_the_tree() + exercise.name).sample(found, N_DRAWN)
        assert [said for said, mutant in drawn if said not in argued and accepts(exercise, mutant)] == []
        return
    survivors = [said for said, mutant in found if accepts(exercise, mutant)]
    COUNTS.mkdir(parents=True, exist_ok=True)
    counts = {"mutants": len(found), "rejected": len(found) - len(survivors), "argued": len(survivors)}
    (COUNTS / f"{exercise.name.replace('/', '-')}.json").write_text(json.dumps(counts))
    assert [said for said in survivors if said not in argued] == []
    assert [said for said in argued if said not in survivors] == [], "argued for, and rejected: take it off the list"


def test_whoever_is_argued_for_exists():
    """A line of the reference that has changed takes its argument with it."""
    for exercise in ALL:
        said = {said for said, _ in mutants(exercise.reference)} if exercise.name in SURVIVORS else set()
        assert sorted(set(SURVIVORS.get(exercise.name, {})) - said) == []
    assert set(SURVIVORS) <= {exercise.name for exercise in ALL}
