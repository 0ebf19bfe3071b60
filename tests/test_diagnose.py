"""General mistakes: each is named where it is made, and none where it is not."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.practice import diagnose, where
from course_utils.practice.compare import Changed, Trial, argument_names, changed_argument
from course_utils.practice.judge import judge
from course_utils.practice.model import Function, Property, Wrong, case
from tests.answers import doubling, exercise

N = 12
RNG = np.random.default_rng(0)
SIGNAL, PICTURE = RNG.standard_normal(N) + 3, RNG.standard_normal((5, 5)) + 3
CUBE = RNG.standard_normal((2, 3, 4)) + 3
SPECTRUM = RNG.standard_normal(N) + 1j * RNG.standard_normal(N)
POWER = SIGNAL**2
PERIODIC, SYMMETRIC = np.hanning(17)[:16], np.hanning(16)

# What was expected, what came, and the options of the call, for each mistake that must be seen.
MISTAKES = {
    "scale": [
        (SIGNAL, SIGNAL * N, {}),
        (SIGNAL, SIGNAL / N, {}),
        (SIGNAL, 1.7 * SIGNAL, {}),
        (SPECTRUM, SPECTRUM / 2, {}),
    ],
    "offset": [(SIGNAL, SIGNAL + 0.25, {}), (SIGNAL, SIGNAL - 7, {})],
    "sign": [(SIGNAL, -SIGNAL, {}), (SPECTRUM, -SPECTRUM, {})],
    "conjugate": [(SPECTRUM, SPECTRUM.conj(), {})],
    "transpose": [(PICTURE, PICTURE.T, {}), (PICTURE[:3], PICTURE[:3].T, {})],
    "shift by one": [(SIGNAL, np.roll(SIGNAL, 1), {}), (SIGNAL, np.roll(SIGNAL, -1), {})],
    "too many or too few": [
        (SIGNAL, np.append(0, SIGNAL), {}),
        (SIGNAL, SIGNAL[1:], {}),
        (SIGNAL, SIGNAL[:-1], {}),
        (PICTURE, PICTURE[:-1], {}),
        (PICTURE, np.pad(PICTURE, ((0, 0), (0, 3))), {}),
    ],
    "amplitude, power or dB": [
        (SPECTRUM, abs(SPECTRUM), {}),
        (POWER, SIGNAL, {}),
        (SIGNAL, POWER, {}),
        (POWER, 10 * np.log10(POWER), {}),
        (20 * np.log10(SIGNAL), SIGNAL, {}),
    ],
    "hertz, radians or bins": [
        (SIGNAL, SIGNAL * 2 * np.pi, {}),
        (SIGNAL, SIGNAL * 2 * np.pi / 8000, {"sample_rate": 8000}),
        (SIGNAL, SIGNAL * 512 / 16_000, {"sample_rate": 16_000, "n_fft": 512}),
        (SIGNAL, SIGNAL / 8000, {"sample_rate": 8000}),
        (SIGNAL, SIGNAL * 1000, {"sample_rate": 8000}),
    ],
    "symmetric or periodic window": [
        (PERIODIC, SYMMETRIC, {}),
        (SYMMETRIC, PERIODIC, {}),
        (np.outer([1.0, 3, 2], PERIODIC), np.outer([1.0, 3, 2], SYMMETRIC), {}),
    ],
    "integer division": [(SIGNAL, np.floor(SIGNAL), {}), (SIGNAL, SIGNAL.astype(int), {})],
    "part lost": [(SPECTRUM, SPECTRUM.real, {}), (SPECTRUM, SPECTRUM.imag, {})],
    "factor i": [(SPECTRUM, 1j * SPECTRUM, {})],
    "odd result": [(SIGNAL, SIGNAL.astype(str), {}), (SIGNAL, np.array([{}] * N), {}), (SIGNAL, set(SIGNAL), {})],
    "not a number": [
        (np.zeros(4), np.zeros(4) * np.nan, {}),
        (SIGNAL, SIGNAL * np.inf, {}),
        (SIGNAL, np.where(SIGNAL > 3, np.nan, SIGNAL), {}),
        (np.append(SIGNAL, -np.inf), np.append(SIGNAL, np.nan), {}),
    ],
    "no infinity": [(np.append(SIGNAL, -np.inf), np.append(SIGNAL, -200), {})],
    "no return": [(SIGNAL, None, {})],
    "a tuple": [(SIGNAL, (SIGNAL,), {}), (SIGNAL, (SIGNAL, PICTURE), {})],
    "exchanged results": [((SIGNAL, PICTURE), (PICTURE, SIGNAL), {})],
    "mask for indices": [(np.array([1, 3, 4]), np.array([False, True, False, True, True]), {})],
    "other indices": [(np.array([1, 3, 4]), np.array([1, 4, 6, 7]), {}), (np.array([1, 3]), [0, 2, 4], {})],
    "shape": [(SIGNAL, SIGNAL[:, None], {}), (PICTURE, PICTURE.ravel(), {}), (np.array(3.25), np.array([3.25]), {})],
    "axes": [(CUBE, CUBE.transpose(1, 0, 2), {}), (CUBE, CUBE.transpose(2, 0, 1), {})],
    "reversed order": [(SIGNAL, SIGNAL[::-1], {}), (PICTURE, PICTURE[::-1], {})],
    "halves exchanged": [(SIGNAL, np.fft.fftshift(SIGNAL), {}), (SIGNAL[:5], np.fft.ifftshift(SIGNAL[:5]), {})],
    "absolute value": [(SIGNAL - 3, abs(SIGNAL - 3), {}), (abs(SIGNAL - 3), SIGNAL - 3, {})],
    "some signs": [
        (SIGNAL - 3, np.where(SIGNAL > 3.3, 3 - SIGNAL, SIGNAL - 3), {}),
        (PICTURE - 3, (PICTURE - 3) * np.resize([1, -1], len(PICTURE))[:, None], {}),
    ],
    "order": [(SIGNAL, np.sort(SIGNAL), {}), (np.sort(SIGNAL)[::-1], SIGNAL, {})],
    "logarithm": [(SIGNAL, np.log(SIGNAL), {}), (SIGNAL, np.log2(SIGNAL), {}), (np.log1p(SIGNAL), SIGNAL, {})],
    "other logarithm": [(np.log10(SIGNAL), np.log(SIGNAL), {}), (np.log(SIGNAL), np.log2(SIGNAL), {})],
    "one over": [(SIGNAL, 1 / SIGNAL, {}), (SIGNAL, 1 - SIGNAL, {})],
    "running sum": [(SIGNAL, np.cumsum(SIGNAL), {}), (np.cumsum(SIGNAL), SIGNAL, {}), (PICTURE, PICTURE.cumsum(0), {})],
    "mean": [(PICTURE, PICTURE - PICTURE.mean(1, keepdims=True), {}), (PICTURE - PICTURE[:, :1], PICTURE, {})],
    "normalised": [
        (PICTURE, PICTURE / PICTURE.sum(1, keepdims=True), {}),
        (PICTURE / abs(PICTURE).max(0), PICTURE, {}),
    ],
    "clipped": [(SIGNAL, np.minimum(SIGNAL, 3.2), {}), (np.maximum(SIGNAL, 2.7), SIGNAL, {})],
    "rounded": [
        (SIGNAL, np.round(SIGNAL, 1), {}),
        (SPECTRUM, np.round(SPECTRUM, 3).astype(np.complex64), {}),
        (np.array([np.nan, 0.123456, 7.7654321]), np.array([np.nan, 0.1235, 7.7654]), {}),
    ],
    "whole turns": [
        (SIGNAL, SIGNAL + 2 * np.pi * np.arange(N), {}),
        (np.arange(-150, 250, 50), np.arange(-150, 250, 50).astype(np.uint8), {}),
        (np.array([40_000.0, 5, -33_000]), np.array([40_000, 5, -33_000]).astype(np.int16), {}),
    ],
    "scale and offset": [(SIGNAL, 1.8 * SIGNAL + 32, {})],
    "scale of rows": [(PICTURE, PICTURE * SIGNAL[:5, None], {}), (PICTURE, PICTURE + SIGNAL[:5], {})],
    "some places": [
        (SIGNAL, np.append(9.5, SIGNAL[1:]), {}),
        (SIGNAL, np.append(SIGNAL[:-1], 2 * SIGNAL[-1]), {}),
        (SIGNAL - 3, np.where(SIGNAL < 3, 7.5 * SIGNAL, SIGNAL - 3), {}),
    ],
    "all alike": [(SIGNAL, np.zeros(N), {}), (PICTURE, np.full((5, 5), 1.5), {})],
    "one value": [(SIGNAL, np.where(np.isin(np.arange(N), (2, 3, 7)), -1.5, SIGNAL), {})],
}
MISTAKE_CASES = [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes]


EVERY = diagnose.DIAGNOSERS + diagnose.GUESSES + diagnose.FACTS


def trial(expected, got, **options):
    return Trial(case(SIGNAL, says="an input", **options), expected, got)


@pytest.mark.parametrize(("name", "expected", "got", "options"), MISTAKE_CASES)
def test_general_mistake_is_named(name, expected, got, options):
    found = diagnose.diagnose([trial(expected, got, **options)], EVERY)
    assert found is not None and found[0] == name
    assert found[1].endswith((".", "?"))


def test_every_diagnoser_is_tried():
    """The others have tests of their own below."""
    elsewhere = {"in-place modification", "missing batch axis", "whole batch", "wrong dtype", "other input"}
    elsewhere |= {"not a number in part", "magnitudes only", "phases only", "turned by one angle"}
    elsewhere |= {"mixed up", "shared", "other ends", "one end", "order of rows", "one line"}
    assert set(MISTAKES) | elsewhere == {name for name, _ in EVERY}


def test_input_changed_in_place_is_named_though_the_result_is_right():
    def answer(x):
        x *= 2
        return x

    verdict = judge(doubling(), answer)
    assert verdict.diagnosis == "in-place modification" and "np.array(x)" in verdict.message
    assert verdict.message.startswith("It changes its argument x in place")


def test_a_changed_argument_is_named_by_its_place_where_the_function_has_no_name_for_it():
    changed = Trial(case(SIGNAL, says="it"), SIGNAL, SIGNAL, changed=Changed("number 1", SIGNAL, -SIGNAL))
    assert "argument number 1 in place" in diagnose.input_changed([changed])
    assert argument_names(lambda a, /, b, *rest, c=1: a, 3) == ["a", "b", "number 3"]
    assert argument_names(dict.fromkeys, 2) == ["iterable", "value"]
    assert argument_names(int, 1) == ["number 1"]  # compiled, and without a signature


def test_a_function_of_nan_changes_nothing():
    x = np.array([1.0, np.nan])
    assert changed_argument(case(x, says="it"), (x.copy(),), {}, len) is None
    assert changed_argument(case(x, says="it"), (np.array([np.nan, 1.0]),), {}, lambda y: y).name == "y"


def test_rounding_needs_digits_and_one_number_of_places():
    few = [trial(np.array([0.97]), np.array([1.0])), trial(np.array([1.04]), np.array([1.0]))]
    assert where.rounded(few) is None
    mixed = [trial(SIGNAL, np.round(SIGNAL, 1)), trial(SIGNAL, np.round(SIGNAL, 2))]
    assert where.rounded(mixed) is None
    assert where.rounded([trial(SIGNAL, np.floor(SIGNAL * 10) / 10)]) is None
    assert "rounded to 2 decimal places" in where.rounded([trial(SIGNAL, np.round(SIGNAL, 2))])
    assert "rounded to 1 decimal place:" in where.rounded([trial(SIGNAL, np.round(SIGNAL, 1))])


def test_missing_batch_axis_is_named():
    verdict = judge(doubling(), lambda x: [2 * value for value in np.ravel(x)])
    assert verdict.diagnosis == "missing batch axis"


def test_a_batch_with_an_option_of_its_own_is_not_called_a_missing_axis():
    """Wrong because the option is left out, and only the batch has it."""

    def cases():
        return [case(SIGNAL, factor=2, says="one"), case(PICTURE, factor=3, says="a batch")]

    spec = Function(cases=cases, expected=lambda x, factor: factor * x)
    verdict = judge(exercise(spec), lambda x, factor: 2 * x)
    assert "for factor=2: what becomes of `factor`?" in verdict.message


def test_parts_of_a_tuple_are_compared_one_by_one():
    """Arrays of different lengths make no table, and are numbers all the same."""
    found = diagnose.diagnose([trial((SIGNAL, POWER), (SIGNAL, 3 * POWER))])
    assert found[0] == "scale"
    assert diagnose.diagnose([trial((SIGNAL, SIGNAL), (np.ones(30), SIGNAL))]) is None
    assert "A tuple of 2" in judge(doubling_and(), lambda x: 2 * x).message


def doubling_and():
    cases = [case(np.ones(3), says="ones")]
    return exercise(Function(cases=lambda: cases, expected=lambda x: (x + x, x)))


def test_a_ratio_of_nearly_one_is_no_scale():
    found = diagnose.diagnose([trial(SIGNAL, SIGNAL * 0.99998)])
    assert found is None


def test_wrong_dtype_is_named_where_it_matters():
    def cases():
        return [case(np.ones(3, np.float32), says="float32")]

    spec = Function(cases=cases, expected=lambda x: x + x, keeps_dtype=True)
    verdict = judge(exercise(spec), lambda x: 2.0 * x.astype(float))
    assert verdict.diagnosis == "wrong dtype" and "float32 is asked, float64 came" in verdict.message


def test_floats_are_wrong_where_whole_numbers_are_asked():
    """Of any width, in a list or an array, and in each member of a tuple; where floats are expected, they are right."""
    cases = [case(np.array([1.0, 2]), says="two numbers"), case(np.zeros(0), says="nothing")]
    spec = Function(cases=lambda: cases, expected=lambda x: ((2 * x).astype(int), x), integers=True)
    for whole in (lambda y: y.astype(np.int16), lambda y: [int(v) for v in y], lambda y: torch.as_tensor(y).long()):
        assert judge(exercise(spec), lambda x: (whole(2 * x), x)).status == "right"  # noqa: B023 -- at once
    verdict = judge(exercise(spec), lambda x: (2 * x, x))
    assert verdict.diagnosis == "wrong dtype"
    assert "The values are right, the dtype is not: whole numbers are asked, float64 came." in verdict.message
    assert dict(verdict.evidence)["got"].endswith("of dtype float64")


def test_a_mistake_must_explain_every_failure():
    """Twice too large here and three times there is no factor 2; too large here and shifted there is neither."""
    twice, thrice = trial(SIGNAL, 2 * SIGNAL), trial(SIGNAL, 3 * SIGNAL)
    assert diagnose.diagnose([twice, thrice]) is None
    name, sentence = diagnose.diagnose([twice, thrice], diagnose.FACTS)
    assert name == "scale" and "2 times the right one in one case, 3 times in another" in sentence
    assert diagnose.diagnose([twice, trial(SIGNAL, np.roll(SIGNAL, 1))]) is None
    assert diagnose.diagnose([trial(SIGNAL, SIGNAL + 1), trial(SIGNAL, SIGNAL + 2)]) is None


def test_two_mistakes_of_one_kind_are_not_one_mistake():
    """Rounded down here and cut off towards 0 there: both cut digits off, and no one mistake does both."""
    down, cut = trial(-SIGNAL, np.floor(-SIGNAL)), trial(-SIGNAL, np.trunc(-SIGNAL))
    assert diagnose.diagnose([down])[0] == diagnose.diagnose([cut])[0] == "integer division"
    assert diagnose.diagnose([down, cut]) is None


def test_a_listed_wrong_answer_that_spoils_its_input_is_told_from_one_that_does_not():
    def spoils(x):
        x *= 3
        return x

    spoiling = Wrong("tripled in place", "It triples, and spoils x.", spoils)
    asked = doubling(wrongs=(spoiling, Wrong("tripled", "It triples.", lambda x: 3 * x)))
    assert judge(asked, lambda x: x + x + x).diagnosis == "tripled"


@given(st.integers(0, 2**32 - 1), st.integers(5, 40))  # two numbers may well agree to four digits
def test_noise_is_not_diagnosed(seed, n):
    """An answer that has nothing to do with what is asked gets no name."""
    rng = np.random.default_rng(seed)
    assert diagnose.diagnose([trial(rng.standard_normal(n) * 5, rng.standard_normal(n) * 5)], EVERY) is None


def test_a_single_number_is_not_called_scaled_shifted_or_offset():
    """It is some factor and some difference away from any other; two numbers are not."""
    one, other = trial(np.array(3.0), np.array(3.37)), trial(np.array(5.0), np.array(5.0 * 3.37 / 3))
    assert diagnose.diagnose([one]) is None
    assert diagnose.diagnose([one, other])[0] == "scale"


# ------------------------------------------------------------------------- what several cases tell together


def drawn(*shape):
    """Noise that is the same whatever was drawn before."""
    return np.random.default_rng(shape).standard_normal(shape)


def noises(*lengths, batch=False, **options):
    made = [case(drawn(n), says=f"{n} samples", **options) for n in lengths]
    return made + ([case(drawn(2, 3, 8), says="a batch", **options)] if batch else [])


def asked_on(cases, expected, **changes):
    return exercise(Function(cases=lambda: cases, expected=expected), **changes)


def test_few_whole_numbers_in_several_cases_are_enough_to_see_what_goes_on_too_long():
    cases = [case(np.array(x), says="whole numbers") for x in ([1.0, 3], [2.0], [1.0, 2, 5])]
    verdict = judge(asked_on(cases, lambda x: 2 * x), lambda x: np.append(2 * x, [0, 0]))
    assert verdict.diagnosis == "too many or too few" and "2 values too many, at the end" in verdict.message
    verdict = judge(asked_on(cases[1:2], lambda x: 2 * x), lambda x: np.append(2 * x, [0, 0]))
    assert verdict.diagnosis != "too many or too few", "one number may agree by chance"


def test_a_listed_mistake_is_found_though_one_case_comes_out_otherwise():
    """Two ways to guard against a division by 0: the mistake is the same."""
    listed = Wrong("sum", "It is divided by the sum.", lambda x: x / np.where(x.sum() == 0, 1, x.sum()))
    alike = Wrong("sum of squares", "It is divided by the sum of the squares.", lambda x: x / max((x @ x), 1e-3))
    cases = [*noises(4, 5, 6, 7), case(np.array([1.0, -1, 2, -2]), says="a sum of 0")]
    asked = asked_on(cases, lambda x: x / np.abs(x).max(), wrongs=(listed, alike))
    verdict = judge(asked, lambda x: x / x.sum() if x.sum() else 0 * x)
    assert verdict.diagnosis == "sum"
    assert verdict.message == (
        "Most likely: It is divided by the sum. So say its numbers in 4 of the 5 cases that fail, and in the case "
        "“a sum of 0” it gives other numbers."
    )
    assert judge(asked, lambda x: x / (1 + np.ptp(x))).diagnosis not in ("sum", "sum of squares")
    half = judge(asked, lambda x: x / x.sum() if len(x) % 2 else x / (1 + np.ptp(x)))
    assert half.diagnosis not in ("sum", "sum of squares"), "two of five cases are not most"


def test_the_ratio_of_what_is_right_is_not_shown():
    asked = asked_on([case(np.array([0.0, 3, 4]), says="three values")], lambda x: 2 * x)
    assert "got / expected" not in dict(judge(asked, lambda x: np.where(x == 0, 1e-9, 2 * x)).evidence)
    assert dict(judge(asked, lambda x: 3 * x).evidence)["got / expected"] == "1.5"


def test_nan_in_part_of_the_cases_is_told_beside_the_rest():
    cases = [case(np.zeros(4), says="silence"), *noises(5, 6)]
    asked = asked_on(cases, lambda x: x / (np.abs(x).max() or 1))
    assert judge(asked, lambda x: x / np.abs(x).max()).diagnosis == "not a number"
    verdict = judge(asked, lambda x: x**3 / np.abs(x).max())
    assert verdict.diagnosis == "not a number in part"
    assert (
        "It gives NaN in the case “silence”" in verdict.message
        and "In 2 cases it gives other numbers." in verdict.message
    )


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        (lambda x: x - x.mean(), "whole batch", "is a sum, mean or maximum taken over the whole batch?"),
        (lambda x: x - x.mean(axis=0), "whole batch", None),
        (lambda x: (x - x.mean(-1, keepdims=True)).ravel(), "missing batch axis", "leading axes are lost"),
    ],
)
def test_a_mistake_in_batches_is_told_from_others(answer, name, words):
    verdict = judge(asked_on(noises(5, 8, batch=True), lambda x: x - x.mean(-1, keepdims=True)), answer)
    assert verdict.status == "wrong"
    if words:
        assert verdict.diagnosis == name and words in verdict.message


def test_a_batch_that_is_reduced_is_named():
    verdict = judge(asked_on(noises(5, 8, batch=True), lambda x: x.std(-1)), np.std)
    assert verdict.diagnosis == "whole batch" and "shape () where (2, 3) is asked" in verdict.message


COUNTED = {
    "a mean for a sum": (lambda x: x.sum(-1), lambda x: x.mean(-1), "a mean where a sum is asked"),
    "a sum for a mean": (lambda x: x.mean(-1), lambda x: x.sum(-1), "a sum where a mean is asked"),
    "ddof": (lambda x: x.var(-1), lambda x: x.var(-1, ddof=1), "as with ddof"),
    "ddof of a root": (lambda x: x.std(-1, ddof=1), lambda x: x.std(-1), "as with ddof"),
}


@pytest.mark.parametrize(("expected", "answer", "words"), COUNTED.values(), ids=COUNTED)
def test_a_factor_that_depends_on_the_length_is_named_by_it(expected, answer, words):
    verdict = judge(asked_on(noises(5, 9, 16), expected), answer)
    assert verdict.diagnosis == "scale" and words in verdict.message and "N = 5" in verdict.message


def test_a_factor_that_is_a_length_by_chance_is_not_concluded():
    verdict = judge(asked_on(noises(4), lambda x: 2 * x), lambda x: 8 * x)
    assert "4 times too large (which is N here, too)" in verdict.message


OTHER_INPUTS = {
    "an option that is left out": (
        lambda x, *, width: x * width**2 + 1,
        lambda x, *, width: x * 9 + 1,
        "that for width=3: what becomes of `width`?",
    ),
    "an option one too large": (
        lambda x, *, width: np.sin(x * width),
        lambda x, *, width: np.sin(x * (width + 1)),
        "`width` one larger",
    ),
    "a step on the input": (
        lambda x, *, width: np.exp(x) + width,
        lambda x, *, width: np.exp(abs(x)) + width,
        "absolute",
    ),
    "read backwards": (
        lambda x, *, width: np.convolve(x, [1.0, width]),
        lambda x, *, width: np.convolve(x[::-1], [1.0, width]),
        "`x` reversed",
    ),
}


@pytest.mark.parametrize(("expected", "answer", "words"), OTHER_INPUTS.values(), ids=OTHER_INPUTS)
def test_what_is_right_for_other_input_is_told(expected, answer, words):
    cases = noises(5, width=2) + noises(7, width=4) + noises(8, width=3)
    verdict = judge(asked_on(cases, expected), answer)
    assert verdict.diagnosis == "other input" and words in verdict.message


def test_arguments_that_are_exchanged_are_named():
    cases = [case(drawn(4, n)[:, 0], drawn(4, n)[:, 1], says=f"pair {n}") for n in (2, 3, 4)]
    verdict = judge(asked_on(cases, lambda x, y: x - 2 * y), lambda x, y: y - 2 * x)
    assert "`x` and `y` exchanged" in verdict.message


def test_a_guess_that_fails_for_other_numbers_is_not_told():
    """Divided by its first value, which is the largest in these cases only."""
    cases = [case(top - np.arange(6) / 100, says=f"{top}") for top in (3.25, 4.5, 5.75)]
    asked = asked_on(cases, lambda x: x**2 + 1)
    assert judge(asked, lambda x: (x / x[0]) ** 2 + 1).diagnosis is None
    verdict = judge(asked, lambda x: (x / abs(x).max()) ** 2 + 1)
    assert verdict.message == "What came is right with `x` scaled to a peak of 1."


def test_padding_that_is_counted_is_named():
    def mean(x, lengths):
        return np.array([row[:n].mean() for row, n in zip(x, lengths, strict=True)])

    cases = [case(drawn(2, 6), np.array(n), says=f"lengths {n}") for n in ([4, 6], [1, 5])]
    message = judge(asked_on(cases, mean), lambda x, lengths: x.mean(-1)).message
    assert "The padding is counted" in message


def test_a_definition_that_never_ends_for_other_input_stops_no_diagnosis():
    def expected(x, *, hop):
        while hop == 5:
            pass
        return np.sin(x) / hop

    assert judge(asked_on(noises(5, hop=4), expected), lambda x, *, hop: x**3 + 1).diagnosis is None


def odd_is_wrong(x):
    return 2 * x if len(x) % 2 == 0 else 2 * x + np.arange(len(x)) ** 2


def test_wrong_for_odd_lengths_says_which():
    verdict = judge(asked_on(noises(4, 5, 6, 7, 8), lambda x: 2 * x), odd_is_wrong)
    assert verdict.diagnosis == "an odd length" and "Only the first value is right" in verdict.message
    assert "tried with 5, 7; with 4, 6, 8 it is right" in verdict.message


def test_a_slow_answer_is_tried_on_no_more_cases(monkeypatch):
    """Or a mistake would be called an endless loop."""
    calls, asked = [], asked_on(noises(4, 5, 6, 7, 8), lambda x: 2 * x)

    def answer(x):
        calls.append(1)
        return odd_is_wrong(x)

    judge(asked, answer)
    n_quick = len(calls)
    monkeypatch.setattr("course_utils.practice.judge.QUICK_S", 0)
    verdict = judge(asked, answer)
    assert len(calls) - n_quick == 5 < n_quick and verdict.diagnosis == "some places"


def test_an_answer_that_never_ends_on_other_input_is_no_endless_loop():
    """It is right or wrong in the cases that are asked; one sample less is nobody's business."""

    def answer(x):
        while len(x) == 4:
            pass
        return odd_is_wrong(x)

    assert "Of 5, 4 values are wrong" in judge(asked_on(noises(5, 6, 8), lambda x: 2 * x), answer).message


def test_lengths_that_differ_by_chance_are_no_reason():
    """All that fail are odd and all that are right even; but what is wrong are those beyond 4 samples."""
    verdict = judge(asked_on(noises(2, 4, 5, 7), lambda x: 2 * x), lambda x: 2 * x if len(x) < 5 else x**3 + 1)
    assert "odd" not in verdict.message
    assert "it is right where the length of the signal is at most 4, and wrong above." in verdict.message


@pytest.mark.parametrize(
    ("odd", "plain", "answer", "name"),
    [
        (-np.arange(1.0, 6), np.arange(1.0, 6), lambda x: 2 * np.sqrt(x) ** 2, "not a number"),
        (-np.arange(1.0, 6), np.arange(1.0, 6), lambda x: 2 * abs(x) ** 1.5 if x.min() < 0 else 2 * x, None),
        (np.array([100, 27], np.int8), np.arange(1.0, 6), lambda x: 2 * x, "whole turns"),
        (np.array([3, 7, 1]), np.arange(1.0, 6), lambda x: 2 * x if x.dtype == float else x**3 - 1, "whole numbers"),
        (np.ones((2, 5)), np.arange(1.0, 6), lambda x: 2 * x if x.ndim == 1 else 2 * x[::-1] * SIGNAL[:5], None),
    ],
)
def test_what_only_one_kind_of_case_shows(odd, plain, answer, name):
    cases = [case(odd, says="another"), case(plain, says="plain"), case(plain[:3], says="short")]
    found = judge(asked_on(cases, lambda x: 2 * np.asarray(x, float)), answer).diagnosis
    assert found == name or (name is None and found in (None, "negative values", "a batch", "missing batch axis"))


# --------------------------------------------------------------------------------- near relatives


def test_a_listed_mistake_is_found_on_the_cases_that_fail():
    """The learner's is wrong for batches only, and there as the listed one, which is wrong elsewhere, too."""
    listed = Wrong("cubed", "It cubes.", lambda x: x**3 + 1 if x.ndim > 1 or x.size == 1 else 2 * x)
    asked = asked_on([*noises(1, 5), case(PICTURE, says="a"), case(CUBE, says="b")], lambda x: 2 * x, wrongs=(listed,))
    verdict = judge(asked, lambda x: x**3 + 1 if x.ndim > 1 else 2 * x)
    assert verdict.diagnosis == "cubed" and verdict.message == (
        "Most likely: It cubes. Where it is wrong its numbers say so; that mistake is wrong in more cases."
    )


def test_two_listed_mistakes_that_agree_where_it_fails_name_none():
    def wrong(name, size):
        return Wrong(name, name, lambda x: x**3 + 1 if x.ndim > 1 or x.size == size else 2 * x)

    both = (wrong("a", 1), wrong("b", 5))
    asked = asked_on([*noises(1, 5), case(PICTURE, says="a"), case(CUBE, says="b")], lambda x: 2 * x, wrongs=both)
    assert judge(asked, lambda x: x**3 + 1 if x.ndim > 1 else 2 * x).diagnosis not in ("a", "b")


def test_a_wide_tolerance_does_not_make_two_mistakes_one():
    wrongs = (Wrong("5 % more", "A factor of 1.05.", lambda x: 1.05 * x),)
    asked = exercise(Function(cases=lambda: noises(8), expected=lambda x: x, tolerance=0.03), wrongs=wrongs)
    assert judge(asked, lambda x: 1.05 * x).diagnosis == "5 % more"
    assert judge(asked, lambda x: 1.035 * x).diagnosis == "scale"


def test_of_two_mistakes_nearly_alike_the_nearer_is_named():
    wrongs = tuple(Wrong(name, name, lambda x, by=by: by * x) for name, by in (("thrice", 3.0), ("a bit more", 3.002)))
    spec = Function(cases=lambda: noises(8), expected=lambda x: x, tolerance=1e-3)
    for by, name in ((3.0, "thrice"), (3.0003, "thrice"), (3.0018, "a bit more"), (3.002, "a bit more")):
        assert judge(exercise(spec, wrongs=wrongs), lambda x: by * x).diagnosis == name  # noqa: B023 -- at once


@given(st.integers(0, 2**32 - 1))
def test_noise_in_whole_numbers_is_not_diagnosed(seed):
    """Small whole numbers agree by chance with much: no reason may be made of that."""
    rng = np.random.default_rng(seed)
    found = diagnose.diagnose([trial(rng.integers(0, 4, 5), rng.integers(0, 4, 5))])  # facts are true whatever comes
    assert found is None or found[0] == "other indices", found


# ------------------------------------------------------------------------ one half of a complex number


def spectra(*lengths, batch=False):
    return [case(drawn(n) + 1j * drawn(n + 1)[1:], says=f"{n} values") for n in lengths] + (
        [case(drawn(2, 3, 8) + 1j * drawn(3, 2, 8).reshape(2, 3, 8), says="a batch")] if batch else []
    )


def turned(x, by):
    return x * np.exp(1j * np.asarray(by))


HALF_RIGHT = {
    "one angle": (lambda x: turned(x, 0.7), "off by one angle, +40.11°"),
    "an angle for each length": (lambda x: turned(x, len(x)), "in each case they are off by one angle of its own"),
    "conjugated and turned": (lambda x: turned(x.conj(), 0.7), "the opposite sign, up to one angle"),
    "from another zero": (lambda x: turned(x, 0.3 * np.arange(len(x)) + len(x)), "grows evenly along the last axis"),
    "anything": (lambda x: turned(x, np.arange(len(x)) ** 2), "Every magnitude is right, and the phases are not."),
    "other magnitudes": (lambda x: x * np.abs(x), "Every phase is right, and the magnitudes are not"),
}


@pytest.mark.parametrize(("answer", "words"), HALF_RIGHT.values(), ids=HALF_RIGHT)
def test_half_a_complex_number_is_told(answer, words):
    assert words in judge(asked_on(spectra(5, 6, 8), lambda x: x), answer).message


def test_the_magnitude_of_a_single_number_is_told():
    cases = [case(drawn(n), says=f"{n} samples") for n in (4, 6)]
    asked = asked_on(cases, lambda x: np.fft.fft(x)[1])
    assert "Every magnitude is right" in judge(asked, lambda x: turned(np.fft.fft(x)[1], len(x))).message
    assert "magnitude" not in judge(asked, lambda x: turned(np.fft.fft(x)[1], 1) + 0.1).message


def test_phases_that_are_wrong_in_a_batch_only():
    asked = asked_on(spectra(5, 6, batch=True), lambda x: turned(x, x.shape[-1]))
    message = judge(asked, lambda x: turned(x, len(x))).message
    assert message.startswith("It is right for one signal. Of a batch every magnitude is right") and "len(x)" in message


# ------------------------------------------------------------------------------------------ leading axes


def level(x, axis=-1):
    return np.sqrt(np.mean(x**2, axis=axis, keepdims=True))


BATCHES = {
    "len(x)": (
        lambda x: x / x.shape[-1],
        lambda x: x / len(x) + (x.ndim > 1) * x**2,
        "the shape is right and the values",
    ),
    "all share": (
        lambda x: np.sin(x / level(x)),
        lambda x: np.sin(x / level(x, None)),
        "all of its signals laid end to",
    ),
    "an item shares": (
        lambda x: np.sin(x / level(x)),
        lambda x: np.sin(x / level(x, (-2, -1) if x.ndim > 1 else -1)),
        "those along axis -2 laid end to end",
    ),
    "items share": (
        lambda x: np.sin(x / level(x)),
        lambda x: np.sin(x / level(x, (0, -1) if x.ndim > 1 else -1)),
        "those along axis -3 laid end to end",
    ),
    "a number that all share": (
        lambda x: np.log(level(x)[..., 0]),
        lambda x: np.broadcast_to(np.log(level(x, None).ravel()[0]), x.shape[:-1]),
        "laid end to end",
    ),
    "other places": (lambda x: x + 1, lambda x: x.T.reshape(x.shape) + 1, "stand in other places"),
    "mixed up first": (
        lambda x: np.cumsum(np.sin(x), -1),
        lambda x: np.cumsum(np.sin(x.reshape(x.shape[-1], -1)), 0).reshape(x.shape),
        "mixed up before anything is computed",
    ),
    "flattened": (
        lambda x: np.cumsum(x, -1),
        lambda x: np.cumsum(x, -1).ravel(),
        "in order, and leading axes are lost",
    ),
    "numbers flattened": (lambda x: x**2, lambda x: x.ravel() ** 2, "Give the result the shape of the input"),
}


@pytest.mark.parametrize(("expected", "answer", "words"), BATCHES.values(), ids=BATCHES)
def test_what_is_wrong_with_a_batch_is_told(expected, answer, words):
    verdict = judge(asked_on(noises(5, 8, batch=True), expected), answer)
    assert verdict.status == "wrong" and words in verdict.message
    assert ("signal" in verdict.message) == (words != "Give the result the shape of the input")


def test_a_table_that_is_no_batch_of_signals_is_not_called_so():
    cases = [case(drawn(4), says="a row"), case(drawn(2, 3, 5), says="a table")]
    asked = asked_on(cases, lambda tone_hz: np.cumsum(tone_hz, -1))
    message = judge(asked, lambda tone_hz: np.cumsum(tone_hz, 0)).message
    assert "signal" not in message and "leading axes" in message


# ------------------------------------------------------------------------------------- ends, and some cases


def mean_of_three(x, mode, ends=(1, 1)):
    padded = np.pad(np.pad(x, (1, 1), mode="edge")[1 - ends[0] : len(x) + 1 + ends[1]], (0, 0))
    if mode != "edge":
        padded = np.pad(x, ends, mode=mode)
        padded = np.pad(padded, (1 - ends[0], 1 - ends[1]), mode="edge")
    return padded[:-2] + 2 * padded[1:-1] + 4 * padded[2:]


OTHER_ENDS = {
    "wrapped": (
        lambda x: mean_of_three(x, "wrap", (1, 0)),
        "before the first value there stand values from the other end",
    ),
    "zeros": (lambda x: mean_of_three(x, "constant"), "before the first and behind the last value there stand zeros"),
    "mirrored": (
        lambda x: mean_of_three(x, "reflect", (0, 1)),
        "behind the last value there stand the values mirrored",
    ),
    "anything": (lambda x: mean_of_three(x, "edge") + (np.arange(len(x)) == 0) * 9, "the first one is wrong"),
    "more": (
        lambda x: mean_of_three(x, "edge") + (np.arange(len(x)) < 2) * (9 + x),
        "the end is right, the start is not",
    ),
    "late": (
        lambda x: mean_of_three(x, "edge") + (np.arange(len(x)) > len(x) - 3) * (9 + x),
        "the start is right, the end",
    ),
    "both": (
        lambda x: mean_of_three(x, "edge") + (abs(np.arange(len(x)) - len(x) / 2 + 0.5) > len(x) / 2 - 2) * (9 + x),
        "the middle is right",
    ),
}


@pytest.mark.parametrize(("answer", "words"), OTHER_ENDS.values(), ids=OTHER_ENDS)
def test_what_is_wrong_at_an_end_only_is_told(answer, words):
    assert words in judge(asked_on(noises(7, 9, 12), lambda x: mean_of_three(x, "edge")), answer).message


def framed(x, n_fft):
    return np.lib.stride_tricks.sliding_window_view(x, n_fft)[::2].std(-1)


@pytest.mark.parametrize("mode", ["edge", "constant", "reflect", "symmetric"])
def test_frames_that_are_centred_are_told(mode):
    cases = noises(11, n_fft=4) + noises(16, n_fft=6) + noises(17, n_fft=5)
    asked = asked_on(cases, lambda x, *, n_fft: framed(x, n_fft))
    verdict = judge(asked, lambda x, *, n_fft: framed(np.pad(x, n_fft // 2, mode=mode), n_fft))
    assert "Half a frame is padded on either side of `x`" in verdict.message


def test_cases_that_are_right_are_named_where_they_are_few():
    asked = asked_on(noises(4, 5, 6, 7), lambda x: 2 * x)
    message = judge(asked, lambda x: 2 * x if len(x) == 6 else x**3 + 1).message
    assert "right in 1 of 4 cases" in message and "Right is “6 samples”." in message
    asked = asked_on(noises(4, 5, 6, 7, 8), lambda x: 2 * x)
    message = judge(asked, lambda x: x**3 + 1 if len(x) in (5, 6) else 2 * x).message
    assert "wrong in the case “5 samples”. Wrong is “6 samples”, too." in message


def test_right_for_whole_multiples_only():
    cases = [noises(n, hop=hop)[0] for n, hop in ((6, 2), (9, 3), (7, 2), (11, 4), (8, 3), (12, 3))]
    asked = asked_on(cases, lambda x, *, hop: 2 * x)
    message = judge(asked, lambda x, *, hop: 2 * x if len(x) % hop == 0 else x**3 - 1).message
    assert "it is right where the length of the signal is a whole multiple of `hop`" in message


def test_right_on_a_bin_only():
    cases = [
        case(drawn(n), float(hz), says=f"{n} at {hz} Hz", sample_rate=80)
        for n, hz in ((8, 20), (10, 0), (5, 13), (8, 19), (20, 36))
    ]
    asked = asked_on(cases, lambda x, tone_hz, *, sample_rate: x * tone_hz + 1)

    def on_bin(x, tone_hz, *, sample_rate):
        return x * round(tone_hz * len(x) / sample_rate) * sample_rate / len(x) + 1

    assert "`tone_hz` lies on a bin" in judge(asked, on_bin).message


def test_a_ratio_is_shown_of_several_values_only():
    asked = asked_on([case(np.array([0.0, 3, 0]), says="one value")], lambda x: 2 * x)
    assert "got / expected" not in dict(judge(asked, lambda x: x).evidence)
    asked = asked_on([case(np.array([0.0, n]), says=f"{n}") for n in (3, 4)], lambda x: 2 * x)
    assert dict(judge(asked, lambda x: x).evidence)["got / expected"] == "0.5"
    assert (
        " times the right value"
        not in judge(asked_on(noises(5), lambda x: x), lambda x: np.append(2 * x[0], x[1:])).message
    )


def test_a_list_of_numbers_that_stand_for_themselves_has_no_ends():
    asked = asked_on(noises(7, 9, 12), lambda x: 2 * x)
    message = judge(asked, lambda x: 2 * x + (np.arange(len(x)) < 3) * (9 + x)).message
    assert "The end is right" not in message


# ------------------------------------------------------------------------- rules, tried on more cases


def test_a_rule_that_holds_for_these_cases_only_is_not_said():
    """The cases that are right are whole multiples by chance."""
    cases = [noises(n, hop=hop)[0] for n, hop in ((4, 4), (6, 6), (5, 1), (7, 2), (11, 4), (8, 3))]
    asked = asked_on(cases, lambda x, *, hop: 2 * x)
    message = judge(asked, lambda x, *, hop: 2 * x if len(x) == hop or hop == 1 else x**3 - 1).message
    assert "whole multiple" not in message


def test_right_for_powers_of_two_only():
    cases = [*noises(4, 6, 7, 8, 16), case(np.zeros(5), says="silence")]
    asked = asked_on(cases, lambda x: 2 * x)
    message = judge(asked, lambda x: 2 * x if len(x) & (len(x) - 1) == 0 else 2 * x + x[::-1] ** 3).message
    assert "it is right where the length of the signal is a power of two, and wrong where not" in message


def test_a_factor_that_is_a_length_of_these_cases_only_is_said_of_them():
    asked = asked_on(noises(8, 16), lambda x: x)
    assert judge(asked, lambda x: x * len(x)).message.startswith("Every value is N times too large")
    message = judge(asked, lambda x: x * (8 if len(x) < 10 else 16)).message
    assert message.startswith("In these cases every value is N times too large")


def test_an_argument_that_is_not_used_is_named():
    cases = [case(drawn(n), says=f"{n}", gain=gain, shift=0.5) for n, gain in ((5, 0.3), (6, 0.7), (8, 1.1))]
    asked = asked_on(cases, lambda x, *, gain, shift: np.tanh(gain * x) + shift)
    assert "`gain` is not used" in judge(asked, lambda x, *, gain, shift: np.tanh(0.996 * x) + shift).message
    assert "is not used" not in judge(asked, lambda x, *, gain, shift: np.tanh(gain * x**2) + shift).message


@pytest.mark.parametrize(
    ("x", "asked", "answer", "words"),
    [
        (np.array([1.0, 900]), lambda x: x, lambda x: np.log(np.exp(x)), "the size of the numbers"),
        (np.array([0.0, 2]), lambda x: np.sinc(x), lambda x: np.sin(np.pi * x) / (np.pi * x), "the zeros in the input"),
        (np.array([-1.0, 2]), lambda x: np.cbrt(x), lambda x: x ** (1 / 3), "the negative numbers"),
        (np.zeros(3), lambda x: x, lambda x: x / x.sum() * x.sum(), "silence"),
        (np.ones(3), lambda x: x - x.mean(), lambda x: (x - x.mean()) / x.std() * x.std(), "values that are alike"),
    ],
)
def test_what_gives_nan_is_named(x, asked, answer, words):
    message = judge(asked_on([case(x, says="one"), case(np.array([1.0, 2.5, 2]), says="two")], asked), answer).message
    assert "gives NaN" in message or "gives infinity" in message
    assert f"It comes of {words}" in message


# ------------------------------------------------------------------ nothing is said that was not tried


def test_a_rule_rests_only_on_what_the_task_asks():
    """Where the reference refuses a case the task does not ask for it, whatever the definition makes of it."""

    def reference(x, *, hop):
        if hop > len(x) // 2:
            raise ValueError("gaps")
        return 2 * x

    cases = [case(drawn(n), says=f"{n}", hop=hop) for n, hop in ((8, 2), (9, 3), (12, 4), (10, 5))]
    asked = asked_on(cases, lambda x, *, hop: 2 * x, reference=reference)
    message = judge(asked, lambda x, *, hop: 2 * x if hop > len(x) // 2 else x**3 - 1).message
    assert "right where" not in message


def test_a_rule_wants_different_numbers():
    """Each case of ten samples turned on is no other length."""
    cases = noises(8, 6, 5)
    message = judge(asked_on(cases, lambda x: 2 * x), lambda x: 2 * x if len(x) != 5 else x**3).message
    assert "a whole multiple of 2, and wrong" not in message


def test_a_factor_of_one_case_is_no_factor():
    """A class left out of a mean of three is 3/2 times too large by chance."""
    cases = [case(np.array(x), says=f"{x}") for x in ([1.0, 2, 6], [2.0, 0, 5], [1.0, 1, 4], [3.0, 2, 2])]
    asked = asked_on(cases, lambda x: x.mean())
    verdict = judge(asked, lambda x: x.sum() / np.count_nonzero(x))
    assert "factor" not in verdict.message and "times" not in verdict.message
    assert "it is wrong in the case “[2.0, 0, 5]”" in verdict.message or "right in 3 of 4" in verdict.message
    one_length = asked_on(noises(4, 5, 6), lambda x: x)
    assert "11 times the right one" in judge(one_length, lambda x: x * (11 if len(x) > 5 else 1)).message


def test_a_factor_that_other_cases_do_not_show_gives_no_reason():
    asked = asked_on(noises(8, 16), lambda x: x)
    message = judge(asked, lambda x: x * (8 if len(x) < 10 else 16)).message
    assert "times too large" in message and "a sum where" not in message


def test_an_argument_that_is_read_is_not_called_unused():
    """What is subtracted and added again cancels out."""
    cases = [case(drawn(n), says=f"{n}", gain=gain, shift=0.5) for n, gain in ((5, 0.3), (6, 0.7), (8, 1.1))]
    asked = asked_on(cases, lambda x, *, gain, shift: np.tanh(gain * x) + shift)
    message = judge(asked, lambda x, *, gain, shift: np.tanh(0.996 * x) + shift + gain - gain).message
    assert "With another `gain` it gives the same" in message and "not used" not in message
    assert "not used" not in judge(asked, lambda x, **named: np.tanh(0.996 * x) + named["shift"]).message


def test_a_place_that_moves_with_the_input_is_no_place():
    """Only the first clip has no padding; turned on, it is another one."""
    lengths = np.array([4, 2, 1])
    cases = [case(drawn(3, 4), lengths, says="padded"), case(drawn(2, 4), np.array([4, 4]), says="full")]
    asked = asked_on(cases, lambda x, n: np.array([row[:k].sum() for row, k in zip(x, n, strict=True)]))
    message = judge(asked, lambda x, n: x.sum(axis=1)).message
    assert not message.startswith("Only the first")


def test_a_listed_mistake_is_known_on_floats_too():
    """The listed answer runs over in eight bits, the learner's does not."""
    listed = Wrong("doubled twice", "It doubles twice.", lambda x: 2 * (2 * x))
    cases = [case(np.array([200, 7], np.uint8), says="eight bits"), *noises(3, 5)]
    asked = asked_on(cases, lambda x: 2.0 * x, wrongs=(listed,))
    assert judge(asked, lambda x: 4.0 * x).diagnosis == "doubled twice"


def test_a_property_is_broken_in_the_same_words():
    """Another count left to rounding is not the listed one."""
    broken = Property(
        "size", lambda answer: None if len(answer(np.ones(9))) == 9 else f"{len(answer(np.ones(9)))} came"
    )
    listed = Wrong(
        "one too many", "There is one too many.", lambda x: 2 * np.append(x, x[:1]) if len(x) == 9 else 2 * x
    )
    spec = Function(cases=lambda: noises(4, 5), expected=lambda x: 2 * x, properties=(broken,))
    asked = exercise(spec, wrongs=(listed,))
    assert judge(asked, lambda x: 2 * np.append(x, 7) if len(x) == 9 else 2 * x).diagnosis == "one too many"
    assert judge(asked, lambda x: 2 * x[:8]).message == "8 came"


def test_a_value_that_does_not_decide_is_not_named():
    """The one case that fails is also the only one with hop=4; its silence is the reason."""
    cases = [noises(n, hop=hop)[0] for n, hop in ((6, 2), (7, 3), (8, 2))]
    cases.append(case(np.zeros(5), hop=4, says="silence"))
    asked = asked_on(cases, lambda x, *, hop: x / (np.abs(x).max() or 1))
    message = judge(asked, lambda x, *, hop: x / np.abs(x).max()).message
    assert "`hop` is 4" not in message and "It comes of silence" in message


def test_leading_axes_that_stayed_are_not_called_lost():
    cases = [case(drawn(6, 3), says="one"), case(drawn(2, 6, 3), says="a batch")]
    asked = asked_on(cases, lambda x: np.cumsum(x, axis=-2)[..., :4, :])
    message = judge(asked, lambda x: np.cumsum(x, axis=0)[:4]).message
    assert "must stay" not in message and "counted from the front" in message


def test_short_rows_are_shown_with_those_that_follow():
    asked = asked_on([case(np.array([[1.0], [2], [3]]), says="three rows")], lambda x: 2 * x)
    shown = dict(judge(asked, lambda x: 2 * x[::-1]).evidence)
    assert shown["expected"] == "[2, 4, 6] of shape (3, 1)" and shown["got"] == "[6, 4, 2] of shape (3, 1)"


def test_whole_numbers_that_are_off_by_a_small_one_have_made_no_turns():
    """Of two whole numbers every second pair lies an even number apart."""
    cases = [case(np.array(x), says=f"{x}", size=2) for x in ([3, 5, 7], [2, 4, 9])]
    asked = asked_on(cases, lambda x, *, size: x)
    message = judge(asked, lambda x, *, size: x + np.array([0, 2, 6])).message
    assert "multiples" not in message


def test_rows_in_another_order_are_told():
    cases = [
        case(drawn(n, 3), np.array(lengths), says=f"{n}")
        for n, lengths in ((3, [2, 1, 4]), (2, [5, 4]), (4, [4, 3, 9, 1]))
    ]
    asked = asked_on(cases, lambda x, lengths: x * lengths[:, None])
    message = judge(asked, lambda x, lengths: (x * lengths[:, None])[np.argsort(-lengths)]).message
    assert message.startswith("The rows along the first axis are right, and stand in another order")


def test_what_a_default_passes_is_not_called_read():
    cases = [case(drawn(n), says=f"{n}", **options) for n, options in ((5, {}), (6, {"gain": 0.7}), (8, {"gain": 1.1}))]
    asked = asked_on(cases, lambda x, *, gain=0.3: np.tanh(gain * x))
    message = judge(asked, lambda x, *, gain=0.3: np.tanh(0.996 * x)).message
    assert message.startswith("`gain` is not used") and "So it is" not in message


# ---------------------------------------------------------------------------- only what is seen is said


def test_of_cases_that_come_out_otherwise_is_told_what_is_seen():
    def sums(x):
        return x / x.sum()

    listed = Wrong("sum", "It is divided by the sum.", sums)
    cases = [*noises(4, 5, 6, 7, 8, 9), *noises(1), *noises(2, 2)]
    asked = asked_on(cases, lambda x: x / np.abs(x).max(), wrongs=(listed,))

    def stops(x):
        if len(x) == 1:
            raise IndexError("index -2 is out of bounds")
        return np.full(2, np.nan) if len(x) == 2 else sums(x)

    message = judge(asked, stops).message
    assert "and in 2 cases it gives NaN" in message and "others" not in message
    assert "in the case “1 samples” it stops with IndexError: index -2 is out of bounds" in message
    message = judge(asked, lambda x: np.zeros(9) if len(x) < 3 else sums(x)).message
    assert "and in 3 cases it gives another shape" in message
    message = judge(asked, lambda x: None if len(x) < 3 else sums(x)).message
    assert "and in 3 cases it returns None" in message


def test_two_errors_are_one_mistake_only_if_they_say_the_same():
    def short(x):
        return np.full(3, x[4])

    listed = Wrong("fifth", "The fifth value is read, which is not always there.", short)
    asked = asked_on(noises(3, 4), lambda x: 2 * x, wrongs=(listed,))
    assert judge(asked, lambda x: np.full(3, x[6])).diagnosis == "fifth"

    def out_of_list(x):
        return 2 * list(x)[7]

    assert judge(asked, out_of_list).diagnosis == "IndexError"


def test_zeros_throughout_are_not_called_cut_off():
    asked = asked_on(noises(6, 8, 9), np.abs)
    message = judge(asked, lambda x: 0 * x if len(x) > 6 else np.abs(x)).message
    assert "Everything comes out as 0" in message and "cut off" not in message
    some = judge(asked_on(noises(6, 8, 9), np.abs), lambda x: np.where(x > 0, 0, np.abs(x))).message
    assert "cut off" not in some
    message = judge(asked_on(noises(9, 12), lambda x: x), lambda x: np.maximum(x, 0)).message
    assert message.startswith("Values below 0 are cut off there")


def test_a_short_axis_has_no_ends():
    def parts_of(x):
        return np.array([x.sum(), x.max(), x.min(), x @ x])

    asked = asked_on(noises(7, 9, 12), parts_of)
    message = judge(asked, lambda x: parts_of(x) + (np.arange(4) > 1) * (1 + x[0])).message
    assert "the end is not" not in message and "beyond" not in message
    gap = np.array([1, 1, 0, 1, 0, 0, 0, 0])
    asked = asked_on([case(drawn(8), says="eight")], lambda x: np.cumsum(x))
    assert "start is not" not in judge(asked, lambda x: np.cumsum(x) + gap * x).message


def test_twice_as_much_is_not_called_a_level():
    asked = asked_on(noises(5, 6, 7), np.cumsum)
    message = judge(asked, lambda x: 2 * np.cumsum(x)).message
    assert message.startswith("Every value is 2 times too large") and "dB" not in message
    assert "What came is the square of" in judge(asked, lambda x: np.cumsum(x) ** 2).message


def test_small_changes_of_a_large_number_are_no_shift():
    cases = [case(np.array([5512.4, 5512.5, 5512]), says="large"), *noises(5, 6)]
    message = judge(
        asked_on(cases, lambda x: x), lambda x: np.array([5512.02, 5512.4, 5512.11]) if x[0] > 9 else x
    ).message
    assert "one place" not in message and "sorted" not in message


def test_only_whole_numbers_of_so_many_bits_run_over():
    asked = asked_on(noises(5, 6, 7), lambda x: x)
    assert "dtype" not in judge(asked, lambda x: x + 256 * (x > 0)).message
    cases = [case(np.array([100, 90, n], np.int8), says=f"{n}") for n in (50, 80, 110)]
    verdict = judge(asked_on(cases, lambda x: 2 * x.astype(float)), lambda x: x + x)
    assert "ran over the ends of their dtype" in verdict.message


def test_infinity_that_goes_in_is_told():
    cases = [case(np.array([1.0, n, np.inf]), says=f"{n}") for n in (2, 3)]
    message = judge(asked_on(cases, lambda x: np.where(np.isfinite(x), x, 0)), lambda x: x).message
    assert "its input holds such numbers" in message and "logarithm" not in message


def padded_clip(n, length):
    return case(drawn(1, n), np.array([length]), says=f"{length} of {n}")


def test_one_case_in_which_another_input_gives_the_same_is_no_reason():
    """In a batch of one clip of 3 frames of 5, the length squared counts all of the padding, as so much else does."""

    def expected(x, lengths):
        return np.exp(x) * (np.arange(x.shape[1]) < lengths[:, None])

    asked = asked_on([padded_clip(5, 3), padded_clip(8, 2), padded_clip(6, 5)], expected)
    answer = lambda x, lengths: np.exp(x) if x.shape[1] == 5 else expected(x, lengths)  # noqa: E731
    assert judge(asked, answer).diagnosis != "other input"
    assert "with `lengths` squared" in judge(asked, lambda x, lengths: expected(x, lengths**2)).message


def test_an_option_that_is_left_out_is_told_of_one_case_and_those_that_are_right():
    cases = [*noises(5, 6, width=2), *noises(7, width=4)]
    asked = asked_on(cases, lambda x, *, width: np.sin(x * width))
    assert "that for width=2" in judge(asked, lambda x, *, width: np.sin(2 * x)).message


def test_arguments_exchanged_in_one_case_are_no_question_of_order():
    cases = [case(2.5, 7.25, says="one"), case(3.5, 1.75, says="two"), case(0.123456, 8.5, says="three")]
    asked = asked_on(cases, lambda low, high: low + 0 * high)
    message = judge(asked, lambda low, high: high if low < 1 else low).message
    assert "which one comes first" not in message


def test_of_a_tuple_is_said_which_member():
    asked = asked_on(noises(5, 6, 7), lambda x: (x, np.cumsum(x)))
    assert judge(asked, lambda x: (x, -np.cumsum(x))).message.startswith("Number 2 of the tuple: every value has the")


def test_a_batch_is_not_blamed_for_what_single_signals_show_too():
    asked = asked_on(noises(5, 6, batch=True), lambda x: np.cumsum(x, -1))
    message = judge(asked, lambda x: np.cumsum(x, -1) + (x.shape[-1] > 6) * np.sin(9 * x)).message
    assert "for one signal" not in message


def test_nan_that_any_change_takes_away_has_no_cause():
    cases = [case(np.array([-1.0, 2, 2, 0]), says="one"), case(np.array([-3.0, 1, 1, 0]), says="two")]
    asked = asked_on(cases, lambda x: 2 * x)
    message = judge(asked, lambda x: np.where((x == -1).any(), np.nan, 2 * x)).message
    assert "It gives NaN" in message and "It comes of" not in message


def test_noise_on_large_numbers_is_no_factor_of_a_row():
    cases = [case(4000 + 900 * drawn(3, 2), says="a table"), case(4000 + 900 * drawn(4, 2), says="another")]
    message = judge(asked_on(cases, lambda x: x), lambda x: x + 0.2 * np.sin(x)).message
    assert "one factor or term" not in message


def test_signals_strung_together_are_told_though_some_batches_come_out_right():
    def slope(x):
        padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 1)], mode="edge")
        return padded[..., 2:] - padded[..., :-2]

    cases = [*noises(5), *noises(9, batch=True), case(drawn(1, 7), says="a batch of one")]
    cases += [case(drawn(3, 6), says="three"), case(np.full((2, 5), 3.0), says="a held note")]
    message = judge(asked_on(cases, slope), lambda x: slope(x.ravel()).reshape(x.shape)).message
    assert "laid end to end as one" in message


def test_a_batch_whose_parts_are_right_alone_is_told():
    def moved(table, *, steps):
        return np.stack([np.cumsum(np.roll(table[..., n, :], step, -1), -1) for n, step in enumerate(steps)], -2)

    def first_axis(table, *, steps):
        out = table.copy()
        for n, step in enumerate(steps[: len(table)]):
            out[n] = np.cumsum(np.roll(table[n], step, -1), -1)
        return out

    cases = [case(drawn(3, n), steps=(0, 1, 3), says=f"{n}") for n in (7, 8)]
    cases += [
        case(drawn(2, 3, 9), steps=(1, 2, 4), says="two tables"),
        case(drawn(1, 3, 9), steps=(1, 2, 5), says="one of a batch"),
    ]
    message = judge(asked_on(cases, moved), first_axis).message
    assert "Passed alone, each part without leading axes is right" in message


def test_no_power_of_two_is_made_of_seconds():
    cases = [
        case(drawn(9), decay_s=s, says=f"{s} s, {n}", hop=n) for s, n in ((0, 3), (0.25, 4), (0, 5), (0.5, 6), (0, 7))
    ]
    asked = asked_on([*cases, case(drawn(9), decay_s=0.7, hop=2, says="more")], lambda x, *, decay_s, hop: x + decay_s)
    message = judge(asked, lambda x, *, decay_s, hop: x + np.sin(x) * decay_s).message
    assert "power of two" not in message and "multiple of" not in message
    assert "it is right where `decay_s` is 0" in message


def test_half_of_the_cases_in_other_numbers_are_another_mistake():
    listed = Wrong("sum", "It is divided by the sum.", lambda x: x / x.sum())
    cases = noises(4, 5, 6, 7, 8, 9, 10)
    asked = asked_on(cases, lambda x: x / np.abs(x).max(), wrongs=(listed,))
    message = judge(asked, lambda x: x / x.sum() if len(x) > 5 else x / (x @ x + 1)).message
    assert "Most likely" not in message


def test_two_factors_that_are_shown_differ():
    scales = {4: 1.5, 5: 2.5, 6: 1.5}
    message = judge(asked_on(noises(4, 5, 6), lambda x: x), lambda x: x * scales.get(len(x), 1.5)).message
    assert "1.5 times the right one in one case, 2.5 times in another" in message


def test_nobody_asks_whether_the_signal_is_left_out():
    asked = asked_on(
        [case(drawn(n), drawn(n), says=f"{n}") for n in (5, 6, 7)], lambda x, weights: np.cumsum(weights) * x
    )
    message = judge(asked, lambda x, weights: np.cumsum(weights)).message
    assert "`x`" in message and "left out" not in message
    assert "all ones: is it left out?" in judge(asked, lambda x, weights: np.arange(1, len(x) + 1) * x).message


def test_nan_that_goes_with_a_listed_mistake_is_no_second_one():
    """Where the listed answer gives no number either, as it divides by what is 0, that is not said to be apart."""

    def over_sum(x):
        with np.errstate(all="ignore"):
            return x / x.sum()

    listed = Wrong("sum", "It is divided by the sum.", over_sum)
    cases = [*noises(4, 5, 6, 7), case(np.array([1.0, -1, 2, -2]), says="a sum of 0")]
    asked = asked_on(cases, lambda x: x / np.abs(x).max(), wrongs=(listed,))
    verdict = judge(asked, lambda x: x / x.sum() if x.sum() else np.nan * x)
    assert verdict.message == (
        "Most likely: It is divided by the sum. So say its numbers in 4 of the 5 cases that fail. That in the case "
        "“a sum of 0” it gives NaN may come of it, too."
    )


def test_cases_that_hold_several_arrays_are_told_from_one_another():
    """A trial is found by what it is: arrays that are compared give no single truth."""

    def over_sum(x, y):
        with np.errstate(all="ignore"):
            return x * y / (x * y).sum()

    listed = Wrong("sum", "It is divided by the sum.", over_sum)
    pairs = [case(drawn(n), drawn(n, 1)[:, 0], says=f"{n}") for n in (4, 5, 6, 7)]
    pairs += [case(np.array([1.0, 2]), np.array([2.0, -1]), says="a sum of 0")]
    pairs += [case(np.array([3.0, 1]), np.array([1.0, -3]), says="another sum of 0")]
    asked = asked_on(pairs, lambda x, y: x * y / np.abs(x * y).max(), wrongs=(listed,))
    verdict = judge(asked, lambda x, y: over_sum(x, y) if (x * y).sum() else x * np.nan if y[1] < -2 else 0 * x)
    assert verdict.diagnosis == "sum"
    assert "in the case “a sum of 0” it gives other numbers" in verdict.message
    assert "That in the case “another sum of 0” it gives NaN may come of it, too." in verdict.message


def test_exponentials_that_all_become_0_are_not_said_to_run_over():
    def shares(x, shift):
        with np.errstate(all="ignore"):
            powers = np.exp(x - shift(x))
            return powers / powers.sum()

    cases = [case(np.array(x), says=f"{x}") for x in ([1.0, 2.5, 2], [-1000.0, -1001], [900.0, 901.5])]
    asked = asked_on(cases, lambda x: shares(x, np.max))
    message = judge(asked, lambda x: shares(x, lambda x: np.abs(x).max())).message
    assert "run over" not in message
    assert (
        "with smaller ones there is none, nor with all signs turned round" in message and "or all of them 0" in message
    )
    message = judge(asked, lambda x: shares(x, lambda x: 0)).message
    assert "with smaller ones there is none." in message and "signs" not in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: np.where(np.arange(6) < 5, y, 0), "All but the last column is right, and that one is 0 throughout."),
        (lambda y: np.where(np.arange(6) > 0, y, y + y**3), "All but the first column is right."),
        (lambda y: np.where(np.arange(4)[:, None] < 3, y, 0), "All but the last row is right, and that one is 0"),
    ],
)
def test_of_one_column_it_is_not_said_that_columns_differ(change, words):
    def table(x):
        return np.maximum(x, 0)

    cases = [case(drawn(4, 6) * rising, says=f"{rising}") for rising in (1.0, 2.0)]
    message = judge(asked_on(cases, table), lambda x: change(table(x))).message
    assert message.startswith(words) and "factor" not in message


def test_of_columns_that_are_right_no_factor_is_said():
    factors = np.array([1.0, 1, 1, 1, 3, 4])
    message = judge(asked_on([case(drawn(4, 6), says="a")], lambda x: 2 * x), lambda x: 2 * x * factors).message
    assert "Some columns are right; within each of the others" in message


def test_the_sign_of_infinity_is_said():
    cases = [case(np.zeros(3), says="silence"), *noises(4)]
    with np.errstate(divide="ignore"):
        message = judge(
            asked_on(cases, lambda x: 20 * np.log10(np.maximum(abs(x), 1e-6))),
            lambda x: np.where(abs(x) > 0, 20 * np.log10(np.maximum(abs(x), 1e-6)), -np.inf),
        ).message
    assert "It gives −infinity in the case “silence”" in message


@pytest.mark.parametrize(
    ("asked", "answer", "words"),
    [
        (
            np.fft.ifft,
            lambda x: np.fft.ifft(np.append(x[:-1], 0)),
            "a 0 for its last value: does a sum end one too soon?",
        ),
        (
            lambda x: np.polyval(x, np.arange(len(x)) / 3),
            lambda x: np.polyval(np.append(0, x[1:]), np.arange(len(x)) / 3),
            "a 0 for its first value: does a sum begin one too late?",
        ),
    ],
)
def test_a_sum_that_ends_one_too_soon_is_told(asked, answer, words):
    message = judge(asked_on(noises(4, 5, 6), lambda x: asked(x)), answer).message
    assert message.startswith(f"What came is right with `x` and {words}")


def test_a_sum_over_rows_that_ends_one_too_soon_is_told():
    cases = [case(drawn(rows, 6), says=f"{rows} rows") for rows in (3, 4)]
    message = judge(asked_on(cases, lambda x: x.sum(axis=0)), lambda x: x[:-1].sum(axis=0)).message
    assert "`x` and zeros for its last row: does a sum end one too soon?" in message
    assert "last row" not in judge(asked_on(cases, lambda x: x.sum(axis=0)), lambda x: x[:-2].sum(axis=0)).message


def test_rows_that_are_missing_are_told_though_a_table_of_one_row_comes_out_empty():
    cases = [case(drawn(rows, 3), says=f"{rows} rows") for rows in (1, 4, 3)]
    message = judge(asked_on(cases, lambda x: 2 * x), lambda x: [list(2 * row) for row in x[:-1]]).message
    assert message.startswith("There is one value too few along axis -2, at the end")


def test_what_goes_in_is_no_reason_where_others_are_wrong_as_well():
    cases = [case(np.array([n, 2.0, last]), says=f"{n}, {last}") for n in (3, 4, 5) for last in (6, np.inf)]
    asked = asked_on(cases, lambda x: np.where(np.isfinite(x), x, 0))
    message = judge(asked, lambda x: x + np.sin(x[0] * np.arange(1, 4)) * (x[0] != 4)).message
    assert "whose input holds such numbers, too." in message and "come through" not in message


def test_one_value_of_three_is_not_every_second_one():
    def middle(x):
        return np.where(np.arange(len(x)) == 1, x + 1 / (1 + x), x)

    def odd(x):
        return np.where(np.arange(len(x)) % 2 == 1, x + 1 / (1 + x**2), x)

    few, more = (asked_on(noises(*lengths), lambda x: x) for lengths in ((3, 3, 3), (3, 7, 8)))
    assert "odd index" not in judge(few, middle).message
    assert "odd index" in judge(more, odd).message


def test_of_one_number_in_some_cases_nothing_is_said_of_every_value():
    cases = [case(np.array([n, n**2 / 7]), says=f"{n}") for n in (1.5, 2.5, 3.7, -4.1, -5.3)]
    message = judge(asked_on(cases, np.sum), lambda x: np.sum(x) + (x[0] > 0) * np.log(2)).message
    assert message.startswith("Where it is wrong, the number is off by the same amount, +0.6931")
    message = judge(asked_on(cases, np.sum), lambda x: np.sum(x) + np.log(2)).message
    assert message.startswith("Every value is off by the same amount")
