"""What ``text`` words."""

import unicodedata
from collections.abc import Sequence
from numbers import Integral
from typing import NoReturn

from . import *  # noqa: F403
from . import _show
from .foreign import entries, is_row

LONGEST = 1_000_000  # characters


def text(value, name: str = "text") -> str:
    """A string that is not too long."""
    if not isinstance(value, str):
        way = "decode it, value.decode()" if isinstance(value, bytes) else "pass a str"
        raise TypeError(f"{name} must be a string, got {_show(value)}: {way}")
    if len(value) > LONGEST:
        raise ValueError(
            f"{name} must have at most {LONGEST} characters, got {len(value)}: pass it sentence by sentence"
        )
    return str(value)


def of_characters(value, characters: str) -> str:
    """A string of a model's own characters."""
    value = text(value)
    if unknown := sorted(set(value) - set(characters)):
        raise ValueError(
            f"text must hold only a to z, the space and {characters[27:]}, got {_show(unknown[0])}: pass normalize(text)"
        )
    return value


def tokens(value, last: int) -> list[int]:
    """Numbers of characters."""
    if not is_row(value):
        raise TypeError(f"ids must be a list of whole numbers, got {_show(value)}: pass what encode gives")
    ids = []
    for number in entries(value, "ids"):
        if isinstance(number, bool) or not isinstance(number, Integral):
            raise TypeError(f"ids must hold whole numbers, got {_show(number)}: pass what encode gives")
        if not 0 <= number <= last:
            raise ValueError(f"ids must lie in 0…{last}, got {_show(int(number))}: pass what encode gives")
        ids.append(int(number))
    return ids


def not_english(character: str) -> NoReturn:
    """A character that no rule can say."""
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    raise ValueError(
        f"text must be English, in Latin letters, got {ascii(character)} ({name}): transliterate it or leave it out"
    )
