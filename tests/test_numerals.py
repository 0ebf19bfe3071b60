"""Numbers as words: worked by hand, against num2words, and back."""

import re

from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from course_utils.numerals import (
    LARGEST,
    read_number,
    spell_decimal,
    spell_digits,
    spell_fraction,
    spell_money,
    spell_number,
    spell_ordinal,
    spell_time,
    spell_year,
)
from tests.hostile import refusals
from tests.support import refuses

SIZES = st.integers(0, 36).flatmap(lambda n_digits: st.integers(0, 10**n_digits - 1))  # as many short as long ones


def test_by_hand():
    assert spell_number(0) == "zero" and spell_number(-21) == "minus twenty-one"
    assert spell_number(1_000_005) == "one million five"
    assert spell_number(1_000_005, with_and=True) == "one million and five"
    assert spell_ordinal(112) == "one hundred twelfth" and spell_ordinal(20) == "twentieth"
    assert [spell_year(y) for y in (476, 1000, 1066, 1900)] == [
        *("four seventy-six", "one thousand", "ten sixty-six", "nineteen hundred"),
    ]
    assert [spell_year(y) for y in (1905, 2005, 2010, 2105)] == [
        *("nineteen oh five", "two thousand five", "twenty ten", "twenty-one oh five"),
    ]
    assert spell_decimal("-1,234.50") == "minus one thousand two hundred thirty-four point five zero"
    assert spell_decimal(".5") == "point five" and spell_digits("0070") == "zero zero seven zero"
    assert spell_fraction(1, 2) == "one half" and spell_fraction(3, 2) == "three halves"
    assert spell_fraction(3, 4) == "three quarters" and spell_fraction(1, 21) == "one twenty-first"
    assert spell_fraction(5, 1) == "five over one" and spell_fraction(1, 100) == "one over one hundred"


def test_times_and_money_by_hand():
    assert spell_time(7, 5) == "seven oh five" and spell_time(12) == "twelve o'clock"
    assert (
        spell_time(0) == "zero hundred"
        and spell_time(13) == "thirteen hundred"
        and spell_time(17, 30).endswith("thirty")
    )
    assert spell_time(3, half="pm") == "three p m" and spell_time(12, 15, half="am") == "twelve fifteen a m"
    assert spell_money("3.50") == "three dollars and fifty cents" and spell_money(1, "£") == "one pound"
    assert spell_money("0.01", "£") == "one penny" and spell_money("0.02", "£") == "two pence"
    assert spell_money("1.2", scale="million") == "one point two million dollars"
    assert spell_money(1, scale="million") == "one million dollars"
    assert spell_money("-5", "€") == "minus five euros" and spell_money("0.00") == "zero dollars"
    assert spell_money("3.505") == "three point five zero five dollars" and spell_money("9.50", "¥").endswith(
        "zero yen"
    )


@given(SIZES)
def test_cardinals_as_num2words_has_them(n):
    assert spell_number(n, with_and=True) == num2words(n).replace(",", "")


def test_the_first_twenty_thousand_as_num2words_has_them():
    for n in range(0, 20_000, 7):
        assert spell_number(n, with_and=True) == num2words(n).replace(",", "")
        ordinal = num2words(n, to="ordinal").replace(",", "").replace(" and ", " ")
        assert spell_ordinal(n) == ordinal


@given(st.integers(1, 9999))
def test_years_as_num2words_has_them(year):
    theirs = num2words(year, to="year").replace(",", "").replace(" and ", " ").replace("oh-", "oh ")
    assert spell_year(year) == theirs


@given(SIZES, st.booleans(), st.booleans())
def test_every_number_can_be_read_back(n, with_and, is_negative):
    n = -n if is_negative else n
    assert read_number(spell_number(n, with_and=with_and)) == n


def test_no_two_years_sound_the_same():
    assert len({spell_year(year) for year in range(1, 10_000)}) == 9999


@given(st.from_regex(r"\A(0|[1-9][0-9]{0,20})\.[0-9]{1,12}\Z"))
def test_every_digit_of_a_decimal_is_said(number):
    whole, _, part = spell_decimal(number).partition(" point ")
    assert f"{read_number(whole)}.{''.join(str(read_number(digit)) for digit in part.split())}" == number


@given(st.from_regex(r"\A[0-9]{1,40}\Z"))
def test_every_digit_of_a_string_is_said(digits):
    assert "".join(str(read_number(word)) for word in spell_digits(digits).split()) == digits


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_money_keeps_its_value(units, hundredths):
    words = spell_money(f"{units}.{hundredths:02}")
    found = re.fullmatch(r"(?:(.+) dollars?)?(?: and )?(?:(.+) cents?)?", words)
    assert (read_number(found[1] or "zero"), read_number(found[2] or "zero")) == (units, hundredths)


@given(st.integers(0, 23), st.integers(0, 59))
def test_times_keep_their_value(hour, minute):
    words = spell_time(hour, minute)
    head, tail = re.fullmatch(r"(.+?) (?:oh )?(o'clock|hundred|[a-z-]+)", words).groups()
    assert (read_number(head), 0 if tail in ("o'clock", "hundred") else read_number(tail)) == (hour, minute)


def test_what_cannot_be_said_is_refused():
    with refuses(r"n must lie in -\(10\^36 - 1\)…\(10\^36 - 1\)"):
        spell_number(LARGEST + 1)
    with refuses("words must be one number as spell_number writes it, got 'two five'"):
        read_number("two five")
    with refuses("got 'twelve hundred'"):
        read_number("twelve hundred")
    with refuses("got 'dozen' among them"):
        read_number("one dozen")
    with refuses("number must be digits with at most one point"):
        spell_decimal("1,23.5")
    with refuses("write it as '3.50', as a float forgets zeros", TypeError):
        spell_money(3.5)
    with refuses("hour must lie in 1…12, got 17"):
        spell_time(17, half="pm")


WHOLE = [None, "7", 1.5, float("nan"), True, [1], 10**40, -(10**40), b"7"]
STRINGS = [None, 5, 1.5, b"5", "", " ", ["5"], object(), "five!", "٣", "1" * 5000 + "x"]
CALLS = {
    spell_number: {"n": (7, WHOLE)},
    spell_ordinal: {"n": (7, [*WHOLE, -1])},
    read_number: {"words": ("seven", STRINGS)},
    spell_digits: {"digits": ("007", STRINGS)},
    spell_decimal: {"number": ("3.14", [*STRINGS, "1.2.3", ".", "1" * 50, "1e5", "nan"])},
    spell_fraction: {"numerator": (1, [*WHOLE, -1]), "denominator": (2, [*WHOLE, -1])},
    spell_year: {"year": (1984, [*WHOLE, 0, -44, 10_000])},
    spell_time: {"hour": (7, [*WHOLE, -1, 24]), "minute": (5, [*WHOLE, -1, 60]), "half": ("pm", [None, 5, "noon"])},
    spell_money: {
        "amount": ("3.50", [*STRINGS[:1], 3.5, b"5", "", "five", "1" * 50, 10**40, 10**400, True, "$5"]),
        "currency": ("$", [None, 5, "DM", ""]),
        "scale": ("million", [None, 5, "dozen"]),
    },
}
test_hostile_input = refusals("numerals", CALLS)
