"""What exercises share in which a network is trained: the right digits, and what is said of probabilities."""

import csv
from functools import cache

import numpy as np

from ...audio import DATA_FOLDER


@cache
def digits_of(split: str) -> np.ndarray:
    """The right digit of each word of a split, in the order of ``datasets.SpokenDigits(split)``."""
    with (DATA_FOLDER / "digits" / "index.csv").open(encoding="utf-8", newline="") as file:
        return np.array([int(row["digit"]) for row in csv.DictReader(file) if row["split"] == split])


def no_chances(n_words: int):
    """What is wrong with an array of probabilities, a row for each word; None where nothing is."""

    def broken(answer):
        try:
            chances = np.asarray(answer, dtype=float)
        except (TypeError, ValueError):
            return f"An array of {n_words} rows and 10 columns is asked: the probabilities of the ten digits."
        if chances.shape != (n_words, 10):
            return f"An array ({n_words}, 10) is asked, a row for each word; this has the shape {chances.shape}."
        if not np.isfinite(chances).all():
            return "Some are NaN or infinite: did the training run away? A lower learning rate may prevent it."
        if chances.min() < -1e-6 or not np.allclose(chances.sum(axis=1), 1, atol=1e-3):
            return (
                "These are no probabilities: none may be below 0, and each row sums to 1. Logits become so by softmax."
            )
        return None

    return broken


def cross_entropy(chances, digits) -> float:
    """Mean of −ln p of the right digit, in nats."""
    right = np.asarray(chances, dtype=float)[np.arange(len(digits)), digits]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def certain(digits, *, chance: float = 0.999) -> np.ndarray:
    """Rows with this probability for the named digits, and the rest spread over the others."""
    chances = np.full((len(digits), 10), (1 - chance) / 9)
    chances[np.arange(len(digits)), digits] = chance
    return chances
