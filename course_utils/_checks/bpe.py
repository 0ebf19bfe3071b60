"""What ``bpe`` words."""

import os
from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import NoReturn

from . import *  # noqa: F403
from . import _show
from .files import shown, unreadable
from .foreign import entries, is_row


def text(value, name: str = "text") -> str:
    """A string that UTF-8 can write: pairs of surrogates become characters, halves of them U+FFFD."""
    if not isinstance(value, str):
        way = "decode it, value.decode()" if isinstance(value, bytes) else "pass a str"
        raise TypeError(f"{name} must be a string, got {_show(value)}: {way}")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value)


def texts(value) -> list[str]:
    """Some strings."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"texts must be a list of strings, got {_show(value)}: pass one text as [text]")
    return [text(item, "a text of texts") for item in value]


def ranks(value) -> dict[bytes, int]:
    """Tokens of bytes with their numbers, each byte alone among them."""
    is_table = isinstance(value, Mapping) and all(isinstance(token, bytes) for token in value)
    if not is_table or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in value.values()):
        raise TypeError(
            f"ranks must be a dict from bytes to whole numbers, got {_show(value)}: pass what learn_merges gives"
        )
    n_missing = sum(bytes([byte]) not in value for byte in range(256))
    if n_missing or len(set(value.values())) < len(value):
        got = f"{n_missing} bytes without a number" if n_missing else "two tokens of one number"
        raise ValueError(
            f"ranks must hold each of the 256 bytes, and each token under its own number, got {got}: "
            "pass what learn_merges or whisper_ranks gives"
        )
    return {token: int(rank) for token, rank in value.items()}


def tokens(value, known: Mapping[int, bytes]) -> list[int]:
    """Numbers of tokens that a vocabulary has."""
    if not is_row(value):
        raise TypeError(f"ids must be a list of whole numbers, got {_show(value)}: pass what encode gives")
    value = entries(value, "ids")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, Integral):
            raise TypeError(f"ids must hold whole numbers, got {_show(number)}: pass what encode gives")
        if int(number) not in known:
            raise ValueError(
                f"ids must lie in 0…{max(known)}, the tokens of text, got {_show(int(number))}: "
                "leave special tokens out"
            )
    return [int(number) for number in value]


def path(value):
    """The name of a file."""
    if isinstance(value, bool) or not isinstance(value, str | os.PathLike) or not str(value):
        raise TypeError(f"path must be the name of a file, got {_show(value)}: pass a str or a Path")
    return value


def content(path: Path) -> bytes:
    """All bytes of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        sentence = unreadable(path, error)
        raise sentence from None
    except ValueError:  # a name with a zero byte
        raise ValueError(f"path must be the name of a file, got {_show(str(path))}: check the spelling") from None


def no_vocabulary(path: Path, error: Exception) -> NoReturn:
    """A file of another kind."""
    raise ValueError(
        f"path must be a .tiktoken file or a vocab.json of GPT-2's kind, got {shown(path)}, which is neither "
        f"({type(error).__name__}): download it again"
    ) from error
