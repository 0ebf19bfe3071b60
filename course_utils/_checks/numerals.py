"""What ``numerals`` words."""

import re
from numbers import Integral

from . import *  # noqa: F403
from . import _show


def whole(value, name: str, *, at_least: int = 0, at_most: int) -> int:
    """A whole number of any size within its limits."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        way = "pass an int" if not isinstance(value, str) else f"pass int({name})"
        raise TypeError(f"{name} must be a whole number, got {_show(value)}: {way}")
    value = int(value)
    if not at_least <= value <= at_most:
        limits = f"{_bound(at_least)}…{_bound(at_most)}"
        raise ValueError(f"{name} must lie in {limits}, got {_show(value)}: read what lies beyond digit by digit")
    return value


def _bound(value: int) -> str:
    """A limit as it can be read: 36 nines are 10³⁶ − 1."""
    n_digits = len(str(abs(value)))
    if n_digits <= 6:
        return str(value)
    return f"{'-' if value < 0 else ''}(10^{n_digits} - 1)"


def _string(value, name: str, example: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {_show(value)}: pass one such as {example!r}")
    return str(value)


def digits(value) -> str:
    """A string of the ten digits and of nothing else."""
    value = _string(value, "digits", "007")
    if not re.fullmatch(r"[0-9]+", value):
        raise ValueError(f"digits must be 0 to 9 and at least one of them, got {_show(value)}: leave out what is none")
    return value


def decimal(value, largest: int) -> tuple[str, str, str]:
    """Sign, digits before the point without commas, digits behind it."""
    value = _string(value, "number", "3.14")
    found = re.fullmatch(r"([-−]?)((?:\d{1,3}(?:,\d{3})+|\d*))(?:\.(\d+))?", value, re.ASCII)
    if not found or not (found[2] or found[3]):
        raise ValueError(
            f"number must be digits with at most one point, commas only between thousands, got {_show(value)}: "
            "write it as '-1,234.5'"
        )
    before = found[2].replace(",", "")
    if len(before.lstrip("0")) > len(str(largest)):
        raise ValueError(
            f"number must have at most {len(str(largest))} digits before its point, got {len(before)}: "
            "read it digit by digit"
        )
    return found[1], before, found[3] or ""


def amount(value) -> str:
    """An amount as it is written."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        text = str(int(value)) if abs(int(value)) < 10**300 else "9" * 300  # which is refused as too long
        return text
    if not isinstance(value, str):
        raise TypeError(
            f"amount must be an int or a string, got {_show(value)}: write it as '3.50', as a float forgets zeros"
        )
    return value


def words_of_number(value) -> list[str]:
    """Lower case, without hyphens and commas."""
    value = _string(value, "words", "twenty-one")
    words = value.lower().replace("-", " ").replace(",", " ").split()
    if not words:
        raise ValueError(f"words must hold a number in words, got {_show(value)}: pass one such as 'twenty-one'")
    return words


def known_word(word: str, values: dict[str, int]) -> int:
    """A word that stands for a number."""
    if word not in values:
        raise ValueError(f"words must be those of a number, got {_show(word)} among them: leave out what is none")
    return values[word]


def usual_form(words: list[str], is_usual: bool) -> None:
    """A number that is said as spell_number says it."""
    if not is_usual:
        raise ValueError(
            f"words must be one number as spell_number writes it, got {_show(' '.join(words))}: "
            "part several numbers, and say thousands as thousands"
        )
