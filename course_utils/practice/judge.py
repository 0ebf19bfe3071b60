"""Is an answer right, and if not, what is it most likely? Runs inside the sandbox, on data that it may spoil."""

import copy
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import batches, claims, compare, diagnose, where
from .borrowed import borrowed
from .cases import in_some_cases, labels, with_other_numbers
from .compare import Trial, as_array
from .evidence import evidence
from .factors import shared_ratio
from .inputs import limited
from .listed import listed, mostly
from .model import Case, Design, Exercise, Function, Value, Wrong
from .odd import ASYNC, is_async, no_function
from .twice import Calls, gives_another, two_results
from .values import true_answer, value_problem, wrong_value
from .where import in_case

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "wrong", "right"
QUICK_S = 1.0  # an answer that takes longer for its cases is tried on no others


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


def at_a_glance(exercise: Exercise, answer: Any) -> Verdict | None:
    """What is to be said of an answer of another kind than is asked, without running it; None if it is of that kind."""
    if answer is None or answer is ...:
        return Verdict(NOT_ATTEMPTED, f"Not attempted yet: {exercise.answer} is still empty.")
    if is_async(answer):
        message = f"{exercise.answer} is an async function, a call of which runs nothing: {ASYNC}."
        return Verdict(WRONG, message, "async function")
    if isinstance(exercise.spec, Function) and not callable(answer):
        return Verdict(WRONG, no_function(answer, exercise.answer), "not a function")
    return None


def judge(exercise: Exercise, answer: Any, tell: Callable[[str | Verdict], None] = lambda _: None) -> Verdict:
    """Judge an answer; ``tell`` is told which case comes next, for the sentence if that one never ends.

    It is also told a verdict that holds already, before the name of the mistake is looked for.
    """
    verdict = at_a_glance(exercise, answer)
    if verdict:
        return verdict
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
    spec, started = exercise.spec, time.perf_counter()
    trials = [try_case(answer, case, spec, tell) for case in spec.cases()]
    if trials and all(isinstance(trial.error, NotImplementedError) for trial in trials):
        raise NotImplementedError
    if not all(trial.right for trial in trials):
        is_quick = time.perf_counter() - started < QUICK_S
        first = next(trial for trial in trials if not trial.right)
        tell(Verdict(WRONG, no_name(exercise, trials, first), evidence=evidence(first)))
        return wrong_function(exercise, answer, trials, first, is_quick=is_quick)
    for prop in spec.properties:
        tell(prop.name)
        sentence = prop.broken(answer)
        if sentence:
            named, _ = listed(exercise, trials, attempt, (prop, sentence))
            return Verdict(WRONG, named.advice, named.name) if named else Verdict(WRONG, sentence, prop.name)
    again = trials[::-1] if time.perf_counter() - started < QUICK_S else trials[:1]
    changed = next((trial for trial in again if not attempt(answer, trial, tell).right), None)
    if changed:
        return Verdict(WRONG, two_results(in_case(changed)), "remembers")
    function = borrowed(exercise, answer, [trial.case for trial in trials])
    if function:
        return only_borrowed(exercise, function)
    return Verdict(RIGHT, f"Right in all {len(trials)} cases." if trials else "Right: it has all that is asked.")


def only_borrowed(exercise: Exercise, function: str) -> Verdict:
    message = (
        f"The numbers are right, and they are those of `{function}`: {exercise.answer} only hands them on. "
        "The exercise is to write that function yourself; any other function of the package may help."
    )
    return Verdict(NOT_ATTEMPTED, message, "package function")


def try_case(answer: Callable, case, spec: Function, tell=lambda _: None) -> Trial:
    """Call the answer on copies of the inputs, and compare with what is expected."""
    expected = spec.expected(*copy.deepcopy(case.arguments), **case.options) if case.gives is None else case.gives
    return attempt(answer, Trial(case, expected, spec=spec), tell)


def try_other(exercise: Exercise, answer: Callable, case: Case) -> Trial:
    """Try an answer on a case that was made up. The task asks for nothing where its own two ways do not agree."""
    spec = exercise.spec
    like = Trial(case, spec.expected(*copy.deepcopy(case.arguments), **case.options), spec=spec)
    if not attempt(exercise.reference, like).right:
        raise ValueError("no such case is asked")
    return attempt(answer, like)


def attempt(answer: Callable, like: Trial, tell=lambda _: None) -> Trial:
    """Try an answer on the case of another trial."""
    case, spec = like.case, like.spec
    tell(case.says)
    trial = Trial(case, like.expected, spec=spec)
    arguments, options = copy.deepcopy((case.arguments, case.options))
    try:
        trial.got = answer(*arguments, **options)
        if hasattr(trial.got, "__next__"):  # a generator can be looked at only once
            trial.got = list(trial.got)
        elif isinstance(trial.got, (list, np.ndarray)):  # a list outside the answer goes on growing
            trial.got = trial.got.copy()
    except Exception as error:  # whatever the learner's code raises is a finding
        trial.error = error
        return trial
    trial.changed = compare.changed_argument(case, arguments, options, answer)
    pairs = compare.parts(trial.expected, trial.got) if trial.got is not None else None
    trial.right = pairs is not None and all(is_right(trial, *pair) for pair in pairs) and not trial.changed
    if trial.right:
        trial.wrong_dtype = next((kinds for kinds in (dtype_fault(spec, *pair) for pair in pairs) if kinds), None)
        trial.right = trial.wrong_dtype is None
    return trial


def is_right(trial: Trial, expected: np.ndarray, got: np.ndarray) -> bool:
    """Equal, and no True where the number 1 is asked; an array of them may be a mask."""
    is_truth_value = got.ndim == 0 and got.dtype == bool and expected.dtype != bool
    return trial.agrees(expected, got) and not is_truth_value


def dtype_fault(spec: Function, expected: np.ndarray, got: np.ndarray) -> tuple[np.dtype, np.dtype] | None:
    """The dtype that is asked and the one that came, where the task cares."""
    is_whole = expected.dtype.kind not in "iu" or not got.size or got.dtype.kind in "iu"
    fits = (is_whole or not spec.integers) and (got.dtype == expected.dtype or not spec.keeps_dtype)
    return None if fits else (expected.dtype, got.dtype)


def wrong_function(
    exercise: Exercise, answer: Callable, trials: list[Trial], first: Trial, *, is_quick: bool
) -> Verdict:
    """Which mistake: that it remembers, one that the exercise lists, an error, a general one, or none with a name."""
    if is_quick and any(
        gives_another(trial, lambda trial=trial: attempt(answer, trial)) for trial in (trials[0], first)
    ):
        return Verdict(WRONG, two_results(in_case(first)), "remembers", evidence(first))
    same, relative = listed(exercise, trials, attempt)
    if same:
        name, sentence = same.name, same.advice
    elif first.error is not None:
        name, sentence = error_name(first.error), error_sentence(exercise, first)
    else:
        name, sentence = general(exercise, answer if is_quick else None, trials, relative)
    return Verdict(WRONG, sentence, name, evidence(first, shared_ratio(trials)))


def general(
    exercise: Exercise, answer: Callable | None, trials: list[Trial], relative: Wrong | None
) -> tuple[str | None, str]:
    """What explains the numbers; else the mistake that is made elsewhere, too; else where and for what it fails.

    An answer that may be tried on more cases is passed; one that took long has no time left for it.
    """

    def retry(case):
        with limited(QUICK_S):  # it may well never end for what nobody asks of it
            return try_other(exercise, answer, case)

    found = explained(trials, retry if answer else None)
    if found:
        return found[0], of_each(trials, member(trials, found)) + share(trials, found[1])
    guess = guessed(answer, trials, retry) if answer else None
    if guess:
        return guess[0], guess[1] + ("" if guess[0] == "not used" else share(trials, guess[1]))
    if relative:
        so_far = "Where it is wrong its numbers say so; that mistake is wrong in more cases."
        return relative.name, f"{MOST_LIKELY} {relative.advice} {so_far}"
    most = mostly(exercise, trials, attempt) if answer else None
    if most:
        return most[0].name, f"{MOST_LIKELY} {most[0].advice} {said_by(trials, *most[1:])}"
    return told(exercise, trials, retry if answer else None)


MOST_LIKELY = "Most likely:"  # before what is said of a listed mistake: it need not be true of this answer


def said_by(trials: list[Trial], apart: list[Trial], akin: list[Trial]) -> str:
    """In how many cases the numbers are those of a listed mistake; what is seen in the others; what goes with it."""
    n_failed = sum(not trial.right for trial in trials)
    others = f", and {where.otherwise(apart)}" if apart else ""
    more = f" That {where.otherwise(akin)} may come of it, too." if akin else ""
    return f"So say its numbers in {n_failed - len(apart) - len(akin)} of the {n_failed} cases that fail{others}.{more}"


def explained(trials: list[Trial], retry: Callable | None) -> tuple[str, str] | None:
    """The first general mistake that explains what came, as far as it holds when more is tried."""
    diagnosers = diagnose.DIAGNOSERS
    if all(
        isinstance(trial.expected, bool | np.bool_) for trial in trials
    ):  # a mistake in numbers makes either of them
        in_numbers = diagnose.RULES | diagnose.IN_FEW
        diagnosers = [(name, diagnoser) for name, diagnoser in diagnosers if name not in in_numbers]
    while found := diagnose.diagnose(trials, diagnosers):
        sentence = more_exactly(found, trials, retry)
        if sentence:
            return found[0], sentence
        diagnosers = diagnosers[[name for name, _ in diagnosers].index(found[0]) + 1 :]
    return None


def guessed(answer: Callable, trials: list[Trial], retry: Callable) -> tuple[str, str] | None:
    """What is tried out: another input, if other numbers say the same; an argument that makes no difference."""
    found = diagnose.diagnose(trials, diagnose.GUESSES)
    if found and diagnose.diagnose(with_other_numbers(trials, retry), diagnose.GUESSES):
        return found
    sentence = claims.unused(answer, trials, retry)
    return ("not used", sentence) if sentence else None


def more_exactly(found: tuple[str, str], trials: list[Trial], retry: Callable | None) -> str | None:
    """What explains the numbers, with what can be seen by trying more: does it hold, and where does NaN come from?

    None where it would have to be tried, and does not hold or cannot be.
    """
    is_alone = diagnose.is_one_number(found, trials)
    if not retry:
        return None if is_alone else found[1]
    if found[0] == "not a number":
        why = claims.of_holes(trials, where.holes, retry)
        cases = in_some_cases(trials, retry)
        sentence = found[1].replace(f": {where.SUSPECTS}", f". {why}") if why else found[1]
        apart = cases[1] if cases else claims.own_value(trials, retry)
        return f"{sentence} {apart}" if apart else sentence
    more = claims.further(trials, retry) if is_alone or diagnose.is_to_try(found, trials) else []
    return diagnose.tried_again(found, diagnose.DIAGNOSERS, trials, more)


def told(exercise: Exercise, trials: list[Trial], retry: Callable | None) -> tuple[str | None, str]:
    """Of a mistake without a name: for which inputs it is made, where the numbers differ, or which cases are right."""
    more = claims.further(trials, retry) if retry else []
    cases = (in_some_cases(trials, retry, more) or claims.rule(trials, more)) if retry else None
    cases = cases or (batches.one_by_one(trials, retry) if retry else None)
    seen = exercise.spec.sees(trials) if exercise.spec.sees else None
    fact = ("what is seen", seen) if seen else diagnose.diagnose(trials, diagnose.FACTS)
    if fact and retry:
        fact = fact[0], diagnose.tried_again(fact, diagnose.FACTS, trials, more)
    if fact and fact[1] and fact[0] != "what is seen":
        fact = fact[0], member(trials, fact)
    if cases and cases[0] == "one by one" and fact and fact[1] and "right for " in fact[1]:
        cases = None  # the same in more words
    facts = [one for one in (cases, fact) if one and one[1]]
    if not facts:
        return None, no_name(exercise, trials, next(trial for trial in trials if not trial.right))
    sentence = " ".join(sentence for _, sentence in facts)
    return facts[0][0], sentence + share(trials, sentence)


def member(trials: list[Trial], found: tuple[str, str]) -> str:
    """A sentence on numbers, and of which member of a tuple it is said: of the first that is wrong."""
    wrong = [trial for trial in trials if not trial.right and isinstance(trial.expected, tuple)]
    numbers = {trial.wrong_part for trial in wrong} - {None}
    if not numbers or len(wrong[0].expected) < 2 or found[0] in diagnose.OF_ALL:
        return found[1]
    which = f"Number {numbers.pop() + 1}" if len(numbers) == 1 else "The first wrong member"
    return f"{which} of the tuple: {found[1][0].lower()}{found[1][1:]}"


def of_each(trials: list[Trial], sentence: str) -> str:
    """What is said of every value, where each case has one and some are right: of those that are wrong."""
    wrong = [trial for trial in trials if not trial.right]
    is_one = len(wrong) < len(trials) and all(trial.pair is not None and not trial.pair[0].ndim for trial in wrong)
    if not is_one:
        return sentence
    where_wrong = "the number" if sentence.startswith("In ") else "where it is wrong, the number"
    said = re.sub("every value (is|has|stands)", rf"{where_wrong} \1", sentence.replace("Every value", "every value"))
    return said[0].upper() + said[1:]


def share(trials: list[Trial], sentence: str) -> str:
    """Where it is so, unless all cases fail or the sentence has said it."""
    n_right = sum(trial.right for trial in trials)
    if not n_right or "in the case “" in sentence or "right for one" in sentence:
        return ""
    first = next(trial for trial in trials if not trial.right)
    return f" So it is {in_case(first)}; it is right in {n_right} of {len(trials)} cases.{labels(trials)}"


def no_name(exercise: Exercise, trials: list[Trial], first: Trial) -> str:
    """What is true of an answer whose mistake has no name."""
    n_right = sum(trial.right for trial in trials)
    where = f"The result is right in {n_right} of {len(trials)} cases and wrong {in_case(first)}.{labels(trials)}"
    raises = next((trial for trial in trials if trial.error is not None), None)
    if raises:
        more = error_sentence(exercise, raises)
    else:
        more = shape_sentence(first) or f"{count_sentence(first)}Compare the numbers below, and try that input by hand."
    return f"{where if n_right else 'The result is wrong.'} {more}"


def count_sentence(trial: Trial) -> str:
    """How many of the values are wrong, where some are right."""
    wrong = trial.wrong_values
    n_wrong = 0 if wrong is None else np.count_nonzero(wrong)
    if not 0 < n_wrong < wrong.size:
        return ""
    first = [int(n) for n in np.argwhere(wrong)[0]]
    place = first[0] if len(first) == 1 else first
    which = "one value is wrong, at" if n_wrong == 1 else f"{n_wrong} values are wrong, the first at"
    return f"Of {wrong.size}, {which} index {place}. "


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
        return f"It calls itself without end {in_case(trial)}: which call is the one that does not go on?"
    if isinstance(error, MemoryError):
        return f"It asks for more memory than there is {in_case(trial)}: does a list grow without end?"
    sentence = f"It raises {raised(error, f' {in_case(trial)}')}"
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


# ------------------------------------------------------------------------------------------- values


def judge_value(exercise: Exercise, answer: Any, tell) -> Verdict:
    shown = (("got", f"{compare.text(answer)} {exercise.spec.unit}".strip()),)
    truth = true_answer(exercise.spec)
    problem = value_problem(exercise.spec, truth, answer)
    if problem:
        return Verdict(WRONG, problem, "form", shown)
    wrong = wrong_value(exercise, truth, answer)
    if wrong:
        return Verdict(WRONG, wrong[1], wrong[0], shown)
    return Verdict(RIGHT, "Right: it agrees with what was measured or derived another way.")


# ------------------------------------------------------------------------------------------ designs


def judge_design(exercise: Exercise, answer: Any, tell) -> Verdict:
    spec = exercise.spec
    answer = as_array(answer) if hasattr(answer, "detach") else answer  # a torch tensor
    answer = list(answer) if hasattr(answer, "__next__") else answer  # a generator can be looked at only once
    calls = Calls(answer) if callable(answer) else None
    for prop in spec.properties:
        tell(prop.name)
        try:
            sentence = prop.broken(calls or answer)
        except NotImplementedError:
            raise
        except Exception as error:  # a design of another form than the property expects
            sentence = f"Its property “{prop.name}” cannot be measured: {raised(error)}."
        if sentence and calls and calls.differ():
            return Verdict(WRONG, two_results(""), "remembers", (("got", compare.text(answer)),))
        if sentence:
            shown = () if callable(answer) else (("got", compare.text(answer)),)  # a name says nothing
            return Verdict(WRONG, sentence, prop.name, shown)
    score = float(spec.score(answer))
    return Verdict(RIGHT, f"Right: it meets the specification. {score_sentence(exercise, score)}", score=score)


def score_sentence(exercise: Exercise, score: float) -> str:
    spec = exercise.spec
    if exercise.kind == "train":  # which ends a little otherwise each time, and on each machine
        return f"Yours has {score:.3g} {spec.unit}; a network of ours has {spec.best:.3g}."
    ahead = score < spec.best if spec.smaller_is_better else score > spec.best
    numbers = f"Yours has {score:.4g} {spec.unit}; the best known has {spec.best:.4g}"
    if np.isclose(score, spec.best, rtol=1e-3):
        return f"{numbers}, so yours is as good."
    if ahead:
        return f"{numbers}: yours is better, please report it."
    return f"{numbers}: it can be done with {'less' if spec.smaller_is_better else 'more'}."
