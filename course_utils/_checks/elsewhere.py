"""What ``elsewhere`` words."""

import sys
from collections.abc import Callable
from typing import Any

from . import _show


def function_or_name(function: Callable | str) -> str:
    """The name to speak of: of a function, or the dotted name of one in a library."""
    if isinstance(function, str) and all(part.isidentifier() for part in function.split(".")) and "." in function:
        return function
    if not callable(function):
        raise TypeError(f'function must be a function or its name in a library, got {_show(function)}: "librosa.stft"')
    return getattr(function, "__name__", type(function).__name__)


def not_copied(name: str, error: Exception) -> None:
    """A call that holds what no other process can be given."""
    raise TypeError(
        f"{name} and its arguments must be copied to another process, got {type(error).__name__}: {error}: "
        "leave out open files, widgets and generators"
    ) from None


def came_back(name: str, status: int, answer: bytes) -> None:
    """A process that ended as it should, with its answer."""
    if status or not answer:
        raise RuntimeError(
            f"{name} must come back from its own process, got an end with status {status}: "
            "it called exit(), or took more memory than is free; hand over less"
        )


def without_error(name: str, result: Any, error: tuple[str, str] | None) -> Any:
    """What the call returned; where it raised, that in a sentence."""
    if error is None:
        return result
    kind, said = error
    if kind == "ModuleNotFoundError":
        raise ModuleNotFoundError(f"{name} needs a library that is not there, got {said}: install it")
    raise RuntimeError(f"{name} must run in a process of its own, got {kind}: {said}: call it here to see where")


def known_here(module: str, name: str) -> None:
    """A class that reading an answer does not import."""
    if module.partition(".")[0] not in {"numpy", *sys.modules}:
        raise TypeError(
            f"what comes back must be arrays, numbers and text, got {module}.{name}, whose library would be imported: "
            "turn it into an array first"
        )
