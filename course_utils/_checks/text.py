"""What ``text`` words."""

import shutil
import subprocess
import unicodedata
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
            f"text must hold only a to z, the space and {characters[27:]}, got {_show(unknown[0])}: "
            "pass normalize(text)"
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


def program(name: str, *, needed: bool) -> str | None:
    """Where a program is; None where it is not and need not be."""
    found = shutil.which(name)
    if needed and found is None:
        raise ValueError(
            f"source must be one that is installed, got {name!r}, which is not: install the package {name}, or pass "
            "'lexicon'"
        )
    return found


def output(command: list[str], given: str) -> str:
    """What a program writes, given a text to read: no shell sees it, and it cannot be taken for an option."""
    try:
        done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(
            f"source must work, got {command[0]!r}, which fails ({type(error).__name__}): install it again, or pass "
            "'lexicon'"
        ) from None
    return done.stdout.decode(errors="replace")


def known(word: str, words) -> str:
    """A word of the lexicon."""
    if word not in words:
        raise ValueError(
            f"text must hold words of the lexicon, got {_show(word)}, which is none of its {len(words)}: install "
            "espeak-ng, which says any word"
        )
    return word


def phoneme(value: str, known_phonemes) -> str:
    """A phoneme of English."""
    if value not in known_phonemes:
        raise ValueError(
            f"ipa must hold phonemes of English as espeak-ng writes them, got {ascii(value)}: pass what phonemes gives"
        )
    return value
