"""Numbers and paths in the sentences of _checks: with the digits that make them true, on any console."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import _checks, filters
from course_utils._checks import audio, descriptors, files, gammatone, mel, metrics, rooms  # noqa: F401
from tests.support import refuses

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
RATE = 8000

# -------------------------------------------------------------------------------------- hand-worked


@pytest.mark.parametrize(
    ("value", "bound", "text"),
    [
        (2, 1, "2"), (1.5, 1, "1.5"), (1.0000001, 1, "1.0000001"), (0.99999999, 1, "0.99999999"), (1, 1, "1"),
        (np.float32(1.0000001), 1, "1.0000001"), (1e-300, 0, "1e-300"), (-1e-300, 0, "-1e-300"),
        (1234567, 1, "1.23457e+06"),
        (4000.00001, 4000, "4000.00001"), (2**28 + 1, 2**28, "2.684355e+08"),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_that_tell_it_from_a_bound(value, bound, text):
    assert _checks.beside(value, bound) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (11_025.25, "11025.25"), (22_050.0, "22050"), (1 / 3, "0.3333333333333333"), (1e6, "1e+06")],
)
def test_a_bound_has_all_its_digits(value, text):
    assert _checks.exactly(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2, "2"), (1.5, "1.5"), (1.0000001, "1.0000001"), (1.23456, "1.235"), (1.23444, "1.23444"), (1e9, "1e+09")],
)
def test_a_factor_is_rounded_up(value, text):
    assert _checks.rounded_up(value) == text


# ---------------------------------------------------------------------------------------- invariant


def side(value, bound):
    return (value > bound) - (value < bound)


@given(NUMBERS, NUMBERS)
def test_what_is_read_is_true(value, bound):
    assert side(float(_checks.beside(value, bound)), bound) == side(value, bound)
    assert float(_checks.exactly(bound)) == bound
    assert side(*map(float, _checks.told_apart(value, bound))) == side(value, bound)
    assert float(_checks.rounded_up(value)) >= value


@given(st.floats(-1e6, 1e6), st.integers(-4, 4))
def test_neighbours_are_told_apart(bound, n_steps):
    value = bound
    for _ in range(abs(n_steps)):
        value = np.nextafter(value, np.inf * n_steps)
    assert side(float(_checks.beside(value, bound)), bound) == side(n_steps, 0)
    assert side(*map(float, _checks.told_apart(value, bound))) == side(n_steps, 0)


@given(st.floats(1, 1e3, exclude_min=True))
def test_dividing_by_the_factor_that_was_told_is_enough(peak):
    signal = np.array([peak, -peak, 0.1])
    with pytest.raises(ValueError, match="got a peak of") as caught:
        _checks.within_full_scale(signal)
    factor = float(str(caught.value).split("got a peak of ")[1].split(":")[0])
    _checks.within_full_scale(signal / factor)


# ------------------------------------------------------------------------------ sentences of the modules

ABOVE = 1 + 1e-9
NEAR_MISSES = [
    (lambda: _checks.number(ABOVE, "x", at_most=1), "must be at most 1, got 1.000000001"),
    (lambda: _checks.number(1 - 1e-9, "x", at_least=1), "must be at least 1, got 0.999999999"),
    (lambda: _checks.number(11_025.26, "x", at_most=11_025.25), "must be at most 11025.25, got 11025.3"),
    (lambda: _checks.number(0.333, "x", at_least=1 / 3), "must be at least 0.3333333333333333, got 0.333"),
    (lambda: _checks.frequency(4000 * ABOVE, RATE), "frequency_hz=4000.000004 lies above .* 4000 Hz"),
    (lambda: _checks.frequency(11_025.3, 22_050.5), "frequency_hz=11025.3 lies above .* 11025.25 Hz .*=22050.5"),
    (lambda: _checks.n_samples((2**28 + 2) / RATE, RATE), r"at most 268435456 samples, got 2.6844e\+08"),
    (lambda: _checks.span([0.1, 1.234568], "loop_s", 1.23456789), "≤ 1.23456789 in s, got .0.1, 1.234568."),
    (lambda: _checks.cutoff(4000 * ABOVE, RATE), "frequency_hz=4000.000004 must lie between 0 and .* 4000 Hz"),
    (lambda: _checks.band(1000 * ABOVE, 1000), "f_min=1000.000001 must lie below f_max=1000"),
    (lambda: _checks.sum_not_zero(np.array([0.1, 0.2, -0.3]), "x"), "got .*e-17, which is 0 but for rounding"),
    (lambda: _checks.lasts(98, 0.0123456789, RATE), "at least 0.0123456789 s, got 98 samples"),
    (lambda: filters.lfilter([1], [1, -ABOVE], np.ones(9)), "got one of radius 1.000000001"),
    (lambda: _checks.filters.filter_size(2**28 + 1, 2**28, 1, 2), r"exceeds 268435456 values, got 2.6844e\+08"),
    (lambda: _checks.rooms.room([5, 4, 3], ABOVE), "in 0…1, .*, got 1.000000001…1.000000001"),
    (lambda: _checks.rooms.apart(0.009999), "at least 0.01 m apart, got 0.009999 m"),
    (lambda: _checks.rooms.direct_sound_within(3.4641, 3.4639), "direct sound, 3.4641 m .*, got 3.4639 m"),
    (lambda: _checks.rooms.images_fit(10_001, 10_000), "at most 10000 .*, got about 10001"),
    (lambda: _checks.rooms.decays(24.999, 20), "decay by 25 dB, .*, got 24.999 dB"),
    (lambda: _checks.descriptors.holds_two_periods(319, 50, 8000), "got 1.99 at .*: use at least 320 samples"),
    (lambda: _checks.descriptors.holds_two_periods(319, 49.7, 8000), "use at least 322 samples"),
    (lambda: _checks.descriptors.bins_below_nyquist(4000 * ABOVE, 9, RATE), "4000 Hz or below, got 4000.000004 Hz"),
    (lambda: _checks.descriptors.holds_kernel(1000, 1000 * ABOVE, 50), "50 Hz, 1000.000001 samples, got 1000"),
    (lambda: _checks.descriptors.fraction(ABOVE, "x"), "both excluded, got 1.000000001"),
    (lambda: _checks.metrics.probabilities([[ABOVE, 0]], "x", n_axes=2), "in 0…1, got 0…1.000000001"),
    (lambda: _checks.metrics.distributions([[0.5, 0.50101]]), "must add up to 1, got 1.001"),
    (lambda: _checks.gammatone.centers([4000 * ABOVE], RATE), "Nyquist frequency 4000 Hz, .*, got 4000.000004"),
    (lambda: _checks.mel.rate_of_model(16_000.001, 16_000, "it"), "must be 16000 for it, got 16000.001"),
    (lambda: _checks.mel.edges_apart(np.array([1, 1 + 9.99e-10]), 1), r"at least 1e-9 Hz wide, got 9\.\d+e-10 Hz"),
    (lambda: _checks.audio.playable(np.zeros(480_001), RATE, 60), "at most 60 s to be played, got 60.0001 s"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "match"), NEAR_MISSES)
def test_a_near_miss_is_told_from_a_hit(call, match):
    with refuses(match):
        call()


def test_a_scalar_of_32_bits_that_is_a_bound_is_within():
    assert _checks.number(np.float32(0.01), "x", at_least=0.01, at_most=0.01) == pytest.approx(0.01)


# -------------------------------------------------------------------------------------------- paths


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.wav", "a.wav"), (b"caf\xe9.wav", r"caf\xe9.wav"), ("caf\udce9.wav", r"caf\xe9.wav"),
        ("ünï 中文 🎵.wav", "ünï 中文 🎵.wav"),
        ("a\nb\t\x1b[31m.wav", r"a\nb\t\x1b[31m.wav"), ("\ud800", r"\ud800"), ("a\u202eb", r"a\u202eb"),
        ("x" * 300, "x" * 60 + " ... " + "x" * 140),
    ],
)  # fmt: skip
def test_a_path_is_shown_on_one_line_and_on_any_console(path, text):
    assert files.shown(path) == text
    files.shown(path).encode("utf-8")


@pytest.mark.parametrize("code", [code for code in errno.errorcode if os.strerror(code)])
def test_every_cause_gets_one_sentence(tmp_path, code):
    for say in (files.unreadable, files.unwritable):
        said = say(tmp_path / "a.wav", OSError(code, os.strerror(code)))
        assert isinstance(said, ValueError | FileNotFoundError | PermissionError) and said.args
        text = str(said)
        assert " must " in text or " needs " in text
        assert ", got " in text and ": " in text.split(", got ")[1] and "\n" not in text
