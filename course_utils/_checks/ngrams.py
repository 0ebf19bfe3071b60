"""What ``ngrams`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _show
from . import array as _array
from .music import tokens  # noqa: F401
from .music import tokens as _tokens


def pieces(value, n_tokens: int, name: str = "pieces") -> list[list[int]]:
    """Lists of tokens, each from a 0 to a 0 with none between."""
    if isinstance(value, str | bytes | dict | set) or not hasattr(value, "__len__") or not hasattr(value, "__iter__"):
        raise TypeError(
            f"{name} must be a list of lists of tokens, got {_show(value)}: pass what encode gives, in a list"
        )
    if not len(value):
        raise ValueError(f"{name} must hold a piece, got none: pass at least one list of tokens")
    checked = [_tokens(piece, n_tokens, f"piece {k} of {name}") for k, piece in enumerate(value)]
    for k, piece in enumerate(checked):
        if len(piece) < 2 or piece[0] or piece[-1] or 0 in piece[1:-1]:
            raise ValueError(
                f"piece {k} of {name} must begin and end with 0 and hold no other, got {_show(piece)}: "
                "pass what encode gives"
            )
    return checked


def callable_model(value):
    """A function of a history."""
    if not callable(value):
        raise TypeError(
            f"next_probabilities must be a function of a list of tokens, got {_show(value)}: "
            "pass model.next_probabilities"
        )
    return value


def distribution(value, n_tokens: int | None = None, name: str = "probabilities") -> np.ndarray:
    """Numbers from 0 that add up to 1."""
    p = _array(value, name, real=True, one_axis=True)
    if n_tokens is not None and len(p) != n_tokens:
        raise ValueError(f"{name} must be {n_tokens} numbers, got {len(p)}: one for each token of the vocabulary")
    if p.min() < 0:
        raise ValueError(f"{name} must not be negative, got {p.min():.6g}: pass probabilities, no logits")
    if abs(p.sum() - 1) > 1e-3:
        raise ValueError(f"{name} must add up to 1, got {p.sum():.6g}: divide by the sum, or take a softmax")
    return p
