"""Numbers in a sentence, with the digits that make it true."""

import numpy as np


def plain(value: float) -> float:
    """A numpy scalar as a number of Python: its text is the number alone."""
    if isinstance(value, np.floating):  # long double, too, whose item is none of Python's
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def _order(value: float, other: float) -> int:
    """1 if the value is the larger, −1 if it is the smaller."""
    return (value > other) - (value < other)


def exactly(value: float) -> str:
    """A number with all of its digits: a bound in a sentence."""
    short = f"{value:g}"
    return short if float(short) == value else repr(plain(value))


def beside(value: float, *bounds: float, digits: int = 6) -> str:
    """A number with as many digits as it takes to see on which side of each bound it lies: 1.0000001 is not 1."""
    value, bounds = plain(value), tuple(map(plain, bounds))
    for n in range(digits, 18):
        text = f"{value:.{n}g}"
        if all(_order(float(text), bound) == _order(value, bound) for bound in bounds):
            return text
    return exactly(value)


def told_apart(value: float, other: float, digits: int = 6) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see which is the larger."""
    value, other = plain(value), plain(other)
    for n in range(digits, 18):
        texts = f"{value:.{n}g}", f"{other:.{n}g}"
        if _order(*map(float, texts)) == _order(value, other):
            return texts
    return exactly(value), exactly(other)


def rounded_up(value: float, digits: int = 4) -> str:
    """A number with a few digits that is no smaller than it is: what is divided by it comes down far enough."""
    texts = (f"{value:.{n}g}" for n in range(digits, 18))
    return next((text for text in texts if float(text) >= value), exactly(value))
