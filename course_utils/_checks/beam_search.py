"""What ``beam_search`` words."""

import numpy as np
import torch

from . import _show, count, fits_memory
from .ctc import *  # noqa: F403
from .ctc import blank_of, of_one_clip, symbols
from .foreign import plain_tensor

MOST_CLASSES, WIDEST = 10_000, 100_000


def vocabulary(n_classes, blank) -> tuple[int, int]:
    """How many classes there are, the blank among them, and which it is."""
    n_classes = count(n_classes, "n_classes", minimum=2, maximum=MOST_CLASSES)
    fits_memory(16 * n_classes**2, "the table of all pairs of classes", "pass fewer classes")
    return n_classes, blank_of(blank, n_classes)


def texts_of(texts, n_classes: int, blank: int) -> list[list[int]]:
    """Texts whose symbols are looked up."""
    if isinstance(texts, str | bytes | dict | set) or not hasattr(texts, "__iter__") or getattr(texts, "ndim", 2) != 2:
        raise TypeError(
            f"texts must be a list of lists of class numbers, got {_show(texts)}: look up the symbols of each text"
        )
    if isinstance(texts, torch.Tensor):
        plain_tensor(texts, "texts")
    found = [symbols(text, "each text", blank=blank) for text in texts]
    if (highest := max(map(max, filter(None, found)), default=0)) >= n_classes:
        raise ValueError(
            f"texts must hold classes 0 to {n_classes - 1}, got {highest}: they were made for another vocabulary"
        )
    return found


def symbol_of(symbol, name: str, n_classes: int, blank: int) -> int:
    """A class other than the blank."""
    symbol = count(symbol, name, minimum=0)
    if symbol >= n_classes or symbol == blank:
        raise ValueError(
            f"{name} must be one of the classes 0 to {n_classes - 1} other than the blank {blank}, got {symbol}: "
            "look it up in the vocabulary of the texts"
        )
    return symbol


def text_of(text, n_classes: int, blank: int) -> list[int]:
    """One text of the vocabulary."""
    return [symbol_of(s, "each symbol of text", n_classes, blank) for s in symbols(text, "text")]


def frames_of(log_probs, blank) -> tuple[np.ndarray, int]:
    """Log-probabilities (frames, classes) of one clip in double precision, and the blank among its classes."""
    of_one_clip(log_probs)
    return log_probs.detach().cpu().double().numpy().T, blank_of(blank, len(log_probs))


def beam(beam_width, n_best, n_classes: int) -> tuple[int, int]:
    """How many texts are kept, and how many of them are wanted."""
    beam_width = count(beam_width, "beam_width", maximum=WIDEST)
    n_best = count(n_best, "n_best")
    if n_best > beam_width:
        raise ValueError(f"n_best must be at most beam_width={beam_width}, got {n_best}: keep a wider beam")
    fits_memory(64 * beam_width * n_classes, "the table of all longer texts", "lower beam_width")
    return beam_width, n_best


def language_model(model, kind: type, lm_weight: float, n_classes: int, blank: int) -> None:
    """Bigrams of the same vocabulary, where they are weighed at all."""
    if model is None:
        if lm_weight:
            raise ValueError(
                f"lm_weight must be 0 without a language model, got {lm_weight:g}: pass language_model=Bigrams(…)"
            )
        return
    if not isinstance(model, kind):
        raise TypeError(
            f"language_model must be made by {kind.__name__}, got {_show(model)}: pass an instance, or None"
        )
    if (model.n_classes, model.blank) != (n_classes, blank):
        raise ValueError(
            f"language_model must have the {n_classes} classes of log_probs and the blank {blank}, got "
            f"{model.n_classes} classes and the blank {model.blank}: count its texts with the same vocabulary"
        )
