"""Is an answer right, and if not, what is it most likely? Runs inside the sandbox, on data that it may spoil."""

import copy
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import compare, diagnose
from .compare import Trial, as_array, is_number
from .model import Design, Exercise, Function, Value

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "wrong", "right"


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer. ``evidence`` holds pairs of a label and a value in words."""

    status: str
    message: str
    diagnosis: str | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    score: float | None = None

    def as_dict(self) -> dict:
        return asdict(self)


def judge(exercise: Exercise, answer: Any, tell: Callable[[str], None] = lambda _: None) -> Verdict:
    """Judge an answer; ``tell`` is told which case comes next, for the sentence if that one never ends."""
    if answer is None or answer is ...:
        return Verdict(NOT_ATTEMPTED, f"Not attempted yet: {exercise.answer} is still empty.")
    judges = {Function: judge_function, Value: judge_value, Design: judge_design}
    try:
        verdict = judges[type(exercise.spec)](exercise, answer, tell)
    except NotImplementedError:
        return Verdict(NOT_ATTEMPTED, f"Not attempted yet: {exercise.answer} still raises NotImplementedError.")
    if verdict.status == RIGHT and exercise.after:
        return replace(verdict, message=f"{verdict.message} {exercise.after}")
    return verdict


# ---------------------------------------------------------------------------------------- functions


def judge_function(exercise: Exercise, answer: Any, tell) -> Verdict:
    spec = exercise.spec
    if not callable(answer):
        message = f"A function is asked, got {compare.text(answer)}: pass {exercise.answer} itself, without calling it."
        return Verdict(WRONG, message, "not a function")
    trials = [try_case(answer, case, spec, tell) for case in spec.cases()]
    if all(isinstance(trial.error, NotImplementedError) for trial in trials):
        raise NotImplementedError
    if not all(trial.right for trial in trials):
        return wrong_function(exercise, trials)
    for prop in spec.properties:
        tell(prop.name)
        sentence = prop.broken(answer)
        if sentence:
            named = named_wrong(exercise, trials) if exercise.wrongs else None
            return Verdict(WRONG, sentence, prop.name) if named is None else Verdict(WRONG, named[1], named[0])
    again = try_case(answer, trials[0].case, spec, tell)
    if not again.right:
        return Verdict(
            WRONG,
            f"Called a second time with the same input ({again.case.says}), it gives something else: "
            "it remembers the first call, in a variable outside it or in a default argument.",
            "remembers",
        )
    return Verdict(RIGHT, f"Right in all {len(trials)} cases." if trials else "Right: it has all that is asked.")


def try_case(answer: Callable, case, spec: Function, tell=lambda _: None) -> Trial:
    """Call the answer on copies of the inputs, and compare."""
    tell(case.says)
    expected = spec.expected(*copy.deepcopy(case.arguments), **case.options) if case.gives is None else case.gives
    arguments, options = copy.deepcopy((case.arguments, case.options))
    trial = Trial(case, expected)
    try:
        trial.got = answer(*arguments, **options)
        if hasattr(trial.got, "__next__"):  # a generator can be looked at only once
            trial.got = list(trial.got)
    except Exception as error:  # whatever the learner's code raises is a finding
        trial.error = error
        return trial
    trial.changed = changed_argument(case, arguments, options)
    trial.right = trial.got is not None and compare.equal(expected, trial.got, spec.tolerance) and not trial.changed
    if trial.right and not all(dtype_fits(spec, *pair) for pair in compare.parts(expected, trial.got)):
        trial.right, trial.wrong_dtype = False, True
    return trial


def dtype_fits(spec: Function, expected: np.ndarray, got: np.ndarray) -> bool:
    if spec.integers and expected.dtype.kind in "iu" and got.size and got.dtype.kind not in "iu":
        return False
    return not spec.keeps_dtype or got.dtype == expected.dtype


def changed_argument(case, arguments: tuple, options: dict) -> str | None:
    """The place or name of the first array or list that the function changed."""
    before = [*case.arguments, *case.options.values()]
    names = [f"number {n}" for n in range(1, len(arguments) + 1)] + list(case.options)
    for name, old, new in zip(names, before, [*arguments, *options.values()], strict=True):
        if isinstance(old, (np.ndarray, list)) and not np.array_equal(as_array(old), as_array(new)):
            return name
    return None


def behaves_like(trials: list[Trial], wrong: Callable, spec: Function) -> bool:
    """Does a listed wrong answer give on every case what the learner's gave?"""
    for trial in trials:
        other = try_case(wrong, trial.case, spec)
        if trial.error is not None or other.error is not None:
            if type(trial.error) is not type(other.error):
                return False
        elif bool(trial.changed) != bool(other.changed) or trial.wrong_dtype != other.wrong_dtype:
            return False
        elif trial.got is None or other.got is None:
            if trial.got is not other.got:
                return False
        elif not alike(other.got, trial.got, max(spec.tolerance, 1e-9)):
            return False
    return True


def alike(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, tuple) != isinstance(other, tuple):
        return False
    with np.errstate(all="ignore"):
        return compare.equal(one, other, tolerance)


def named_wrong(exercise: Exercise, trials: list[Trial]) -> tuple[str, str] | None:
    for wrong, code in exercise.wrong_codes:
        if behaves_like(trials, code, exercise.spec):
            broken = [prop for prop in exercise.spec.properties if all(t.right for t in trials)]
            if not broken or any(prop.broken(code) for prop in broken):
                return wrong.name, wrong.advice
    return None


def wrong_function(exercise: Exercise, trials: list[Trial]) -> Verdict:
    """Which mistake: one that the exercise lists, a general one, or what can be said without a name."""
    first = next(trial for trial in trials if not trial.right)
    shown = evidence(first)
    found = named_wrong(exercise, trials)
    if found is None and first.error is not None:
        found = error_name(first.error), error_sentence(exercise, first)
    found = found or diagnose.diagnose(trials)
    if found:
        return Verdict(WRONG, found[1], found[0], shown)
    n_right = sum(trial.right for trial in trials)
    where = f"right in {n_right} of {len(trials)} cases, wrong for {first.case.says}" if n_right else "wrong"
    shapes = shape_sentence(first)
    message = f"The result is {where}. {shapes or 'Compare the numbers below, and try that input by hand.'}"
    return Verdict(WRONG, message, None, shown)


def error_name(error: Exception) -> str:
    """What an exception is called; numpy has memory errors of its own."""
    named = {RecursionError: "endless recursion", MemoryError: "memory"}
    return next((name for kind, name in named.items() if isinstance(error, kind)), type(error).__name__)


def shape_sentence(trial: Trial) -> str:
    pairs = compare.parts(trial.expected, trial.got)
    if pairs is None:
        return f"A tuple of {len(trial.expected)} is asked."
    for expected, got in pairs:
        if expected.shape != got.shape:
            return f"Its shape is {got.shape}, {expected.shape} is asked."
    return ""


def error_sentence(exercise: Exercise, trial: Trial) -> str:
    """What was raised, where in the learner's own lines, and for which input."""
    error = trial.error
    if isinstance(error, RecursionError):
        return f"It calls itself without end for {trial.case.says}: which call is the one that does not go on?"
    if isinstance(error, MemoryError):
        return f"It asks for more memory than there is for {trial.case.says}: does a list grow without end?"
    sentence = f"It raises {raised(error, f' for {trial.case.says}')}"
    if isinstance(error, TypeError) and len(traceback.extract_tb(error.__traceback__)) == 1:
        sentence += f". It is called as {exercise.answer}({compare.call_text(trial.case)})"
    return sentence + "."


def raised(error: BaseException, when: str = "") -> str:
    """An exception, the learner's own line that raised it, and what it said."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.line and not is_ours(f.filename)]
    where = f" in the line `{own[0].line.strip()}`" if own else ""
    said = " ".join(str(error).split())[:200] or "no message"
    return f"{type(error).__name__}{where}{when}: {said.rstrip('.')}"


def is_ours(filename: str) -> bool:
    return not {PRACTICE, PRACTICE.parent / "exercises"}.isdisjoint(Path(filename).parents)


PRACTICE = Path(__file__).parent


def evidence(trial: Trial) -> tuple[tuple[str, str], ...]:
    """Input, expected, got, and their ratio where it is the same everywhere."""
    shown = [
        ("input", f"{trial.case.says}: {compare.call_text(trial.case)}"),
        ("expected", compare.text(trial.expected)),
    ]
    if trial.error is not None:
        return (*shown, ("got", f"{type(trial.error).__name__}"))
    shown.append(("got", compare.text(trial.got)))
    ratio = diagnose.constant_ratio(trial)
    return (*shown, ("got / expected", f"{ratio:.6g}")) if ratio is not None else tuple(shown)


# ------------------------------------------------------------------------------------------- values


def judge_value(exercise: Exercise, answer: Any, tell) -> Verdict:
    spec = exercise.spec
    given, truth = as_array(answer), as_array(spec.truth())
    if not is_number(truth) and given.dtype.kind in "US":
        given, truth = normal_words(given), normal_words(truth)
    problem = value_problem(spec, given, truth)
    if problem:
        return Verdict(WRONG, problem, "form", (("got", compare.text(answer)),))
    if same_value(spec, truth, given):
        return Verdict(RIGHT, "Right: it agrees with what was measured or derived another way.")
    shown = (("got", f"{compare.text(answer)} {spec.unit}".strip()),)
    for wrong, code in exercise.wrong_codes:
        value = as_array(code())
        value = value if is_number(truth) else normal_words(value)
        if value.shape == given.shape and same_value(spec, value, given):
            return Verdict(WRONG, wrong.advice, wrong.name, shown)
    name, sentence = general_value_mistake(spec, truth, given)
    return Verdict(WRONG, sentence, name, shown)


def normal_words(array: np.ndarray) -> np.ndarray:
    return np.char.strip(np.char.lower(array.astype(str)))


def same_value(spec: Value, truth: np.ndarray, given: np.ndarray) -> bool:
    if truth.shape != given.shape or is_number(truth) != is_number(given):
        return False
    if not is_number(truth):
        return bool((truth == given).all())
    allowed = np.abs(truth) * spec.tolerance if spec.absolute is None else spec.absolute
    return bool((np.abs(given.astype(complex) - truth) <= allowed + 1e-12).all())


def value_problem(spec: Value, given: np.ndarray, truth: np.ndarray) -> str | None:
    """What is wrong with the form of an answer, before its value is looked at."""
    if spec.options:
        options = ", ".join(map(repr, spec.options))
        unknown = [word for word in np.atleast_1d(given) if str(word) not in normal_words(np.array(spec.options))]
        if unknown:
            return f"The answer is made of the words {options}; {str(unknown[0])!r} is none of them."
    elif not is_number(given):
        return f"A number{' in ' + spec.unit if spec.unit else ''} is asked, without text and unit."
    elif not np.isfinite(given).all():
        return "The answer must be finite: NaN and infinity are no numbers of anything."
    if given.shape != truth.shape:
        asked = "one value" if truth.ndim == 0 else f"a list of {len(truth)}"
        return f"The answer is {asked}; got {'one value' if given.ndim == 0 else f'a list of {len(given)}'}."
    return None


FACTORS = {
    ": the thousand between Hz and kHz, or s and ms?": 1000.0,
    ": 2π, as between hertz and radians per second?": 2 * np.pi,
    ": a 2 too many or too few?": 2.0,
    ": a 10 too many or too few?": 10.0,
    ": a hundred, as between a part of 1 and per cent?": 100.0,
}


def general_value_mistake(spec: Value, truth: np.ndarray, given: np.ndarray) -> tuple[str | None, str]:
    if not is_number(truth):
        return misplaced_words(truth, given) if truth.size > 1 else (None, "That is not it: look or listen again.")
    if same_value(spec, -truth, given):
        return "sign", "The size is right, the sign is not."
    with np.errstate(all="ignore"):
        ratio = np.unique(np.round(given / truth, 3)) if (truth != 0).all() else np.array([])
    for name, factor in FACTORS.items():
        if len(ratio) == 1 and np.isclose(max(ratio[0], 1 / ratio[0] if ratio[0] else 0), factor, rtol=spec.tolerance):
            return "scale", f"It is {ratio[0]:.4g} times the right value{name}"
    if truth.ndim:
        wrong = [n + 1 for n in range(len(truth)) if not same_value(spec, truth[n], given[n])]
        return None, f"Number {', '.join(map(str, wrong))} of {len(truth)} is not right."
    return None, f"Not that value, which is too {'large' if given.real > truth.real else 'small'}."


def misplaced_words(truth: np.ndarray, given: np.ndarray) -> tuple[str | None, str]:
    """What can be said of a list of words: one of them twice, two exchanged, others in each other's places."""
    wrong = [n + 1 for n in range(truth.size) if truth[n] != given[n]]
    right = [n + 1 for n in range(truth.size) if truth[n] == given[n]]
    if len(np.unique(truth)) < truth.size:  # a word may stand in several places
        return None, f"{len(wrong)} of {truth.size} are not right."
    missing = [repr(str(word)) for word in truth if word not in given]
    if missing:
        return "a word twice", f"Each word belongs in one place, and {' and '.join(missing)} in none of yours."
    if not right:
        return "none in its place", f"None of the {truth.size} is in its place: begin with the one that stands out."
    names = " and ".join(map(str, right))
    if len(wrong) == 2:
        return "exchanged", f"Two are exchanged: number {' and '.join(map(str, wrong))}."
    return "in each other's places", f"Number {names} is right; the others are in each other's places."


# ------------------------------------------------------------------------------------------ designs


def judge_design(exercise: Exercise, answer: Any, tell) -> Verdict:
    spec = exercise.spec
    answer = as_array(answer) if hasattr(answer, "detach") else answer  # a torch tensor
    for prop in spec.properties:
        tell(prop.name)
        try:
            sentence = prop.broken(answer)
        except NotImplementedError:
            raise
        except Exception as error:  # a design of another form than the property expects
            sentence = f"Its property “{prop.name}” cannot be measured: {raised(error)}."
        if sentence:
            return Verdict(WRONG, sentence, prop.name, (("got", compare.text(answer)),))
    score = float(spec.score(answer))
    return Verdict(RIGHT, f"Right: it meets the specification. {score_sentence(spec, score)}", score=score)


def score_sentence(spec: Design, score: float) -> str:
    ahead = score < spec.best if spec.smaller_is_better else score > spec.best
    numbers = f"Yours has {score:.4g} {spec.unit}; the best known has {spec.best:.4g}"
    if np.isclose(score, spec.best, rtol=1e-3):
        return f"{numbers}, so yours is as good."
    if ahead:
        return f"{numbers}: yours is better, please report it."
    return f"{numbers}: it can be done with {'less' if spec.smaller_is_better else 'more'}."
