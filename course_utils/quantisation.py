"""Vectors as numbers of a table: k-means, and stage upon stage of it on what is left.

Lecture: music_generation
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._checks import quantisation as _checks

_AT_ONCE = 2**22  # distances that are computed together


class Clusters(NamedTuple):
    """A code book (codes, width), and the mean squared error of a number after each turn."""

    codebook: np.ndarray
    errors: list[float]


def nearest(x: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """The number of the nearest code: ``argmin_j |x − c_j|²``, the first of several.

    Parameters
    ----------
    x : ndarray, shape (…, width)
    codebook : ndarray, shape (codes, width)

    Returns
    -------
    ndarray of int64, shape (…)

    Lecture: music_generation
    """
    x, codebook = _checks.vectors_and_codes(x, codebook)
    rows, codes = x.reshape(-1, x.shape[-1]), codebook.astype(np.float64)
    found, squares = np.empty(len(rows), dtype=np.int64), np.sum(codes**2, axis=1) / 2
    step = max(1, _AT_ONCE // len(codes))
    for start in range(0, len(rows), step):  # |x − c|² = |x|² − 2 (x · c − |c|²/2)
        found[start : start + step] = (squares - rows[start : start + step] @ codes.T).argmin(axis=1)
    return found.reshape(x.shape[:-1])


def kmeans(
    x: np.ndarray, n_codes: int, *, rng: np.random.Generator, n_turns: int = 20, restart: bool = True
) -> Clusters:
    """Lloyd's algorithm: give each vector to its nearest code, move each code to the mean of its vectors, again.

    Parameters
    ----------
    x : ndarray, shape (vectors, width)
    n_codes : int, at most as many as vectors
    rng : numpy.random.Generator
        Draws the vectors that are the first codes.
    n_turns : int
    restart : bool
        A code without vectors is put beside the one that has most, so that the two share them. Off: it stays where it
        is, dead.

    Returns
    -------
    Clusters
        The error never rises from turn to turn where no code is restarted.

    Source: Lloyd 1982, IEEE Transactions on Information Theory 28(2), written in 1957; Linde, Buzo & Gray 1980, IEEE
    Transactions on Communications 28(1), for vectors.
    Lecture: music_generation
    """
    x = _checks.rows_of_numbers(x).astype(np.float64)
    n_codes = _checks.no_more_codes(n_codes, len(x))
    n_turns, restart, rng = (
        _checks.count(n_turns, "n_turns"),
        _checks.switch(restart, "restart"),
        _checks.generator(rng),
    )
    codes, errors = x[rng.choice(len(x), n_codes, replace=False)].copy(), []
    for _ in range(n_turns):
        number = nearest(x, codes)
        errors.append(float(np.mean((x - codes[number]) ** 2)))
        counts = np.bincount(number, minlength=n_codes)
        sums = np.zeros_like(codes)
        np.add.at(sums, number, x)
        codes = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], codes)
        if restart:
            _revive(codes, counts, x, rng)
    return Clusters(codes, errors)


def _revive(codes: np.ndarray, counts: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> None:
    """Put each code without vectors beside one of those that have most."""
    dead = np.flatnonzero(counts == 0)
    spread = 0.01 * x.std(axis=0)
    for code, busy in zip(dead, np.argsort(-counts, kind="stable"), strict=False):
        codes[code] = codes[busy] + spread * rng.standard_normal(x.shape[1])


class ResidualQuantiser:
    """Stage after stage: ``r_1 = x``, ``i_s = argmin_j |r_s − c_sj|``, ``r_s+1 = r_s − c_s,i_s``; x̂ is their sum.

    With C codes a stage costs log₂ C bits; all stages together choose among C^S sums from tables of S · C rows.

    Parameters
    ----------
    codebooks : sequence of ndarray, each of shape (codes, width)

    Source: Juang & Gray 1982, "Multiple stage vector quantization for speech coding", ICASSP.
    Lecture: music_generation
    """

    def __init__(self, codebooks: Sequence[np.ndarray]):
        self.codebooks = _checks.tables(codebooks)

    @classmethod
    def fitted(
        cls, x: np.ndarray, n_stages: int, n_codes: int, *, rng: np.random.Generator, n_turns: int = 20
    ) -> "ResidualQuantiser":
        """Each stage by k-means of what the stages before it leave.

        Parameters
        ----------
        x : ndarray, shape (vectors, width)
        n_stages, n_codes : int
        rng : numpy.random.Generator
        n_turns : int

        Returns
        -------
        ResidualQuantiser
        """
        rest, tables = _checks.rows_of_numbers(x).astype(np.float64).copy(), []
        for _ in range(_checks.count(n_stages, "n_stages", maximum=64)):
            tables.append(kmeans(rest, n_codes, rng=rng, n_turns=n_turns).codebook)
            rest -= tables[-1][nearest(rest, tables[-1])]
        return cls(tables)

    def encode(self, x: np.ndarray, n_stages: int | None = None) -> np.ndarray:
        """The numbers of the codes.

        Parameters
        ----------
        x : ndarray, shape (…, width)
        n_stages : int, optional
            The first ones alone; all by default.

        Returns
        -------
        ndarray of int64, shape (…, stages)
        """
        x, _ = _checks.vectors_and_codes(x, self.codebooks[0])
        n_stages = _checks.some_stages(n_stages, len(self.codebooks))
        rest, found = x.astype(np.float64), []
        for table in self.codebooks[:n_stages]:
            found.append(nearest(rest, table))
            rest = rest - table[found[-1]]
        return np.stack(found, axis=-1)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """The sum of the codes: ``Σ_s c_s,i_s``.

        Parameters
        ----------
        codes : ndarray of int, shape (…, stages)
            Of the first stages, or of all.

        Returns
        -------
        ndarray, shape (…, width), float64
        """
        codes = _checks.codes_of_tables(codes, [len(table) for table in self.codebooks])
        return sum(
            table[codes[..., stage]] for stage, table in zip(range(codes.shape[-1]), self.codebooks, strict=False)
        )


def used_codes(codes: np.ndarray, n_codes: int) -> np.ndarray:
    """The share of a table that is in use, of each stage: different codes / n_codes.

    Parameters
    ----------
    codes : ndarray of int, shape (…, stages)
    n_codes : int

    Returns
    -------
    ndarray, shape (stages,), 0…1

    Lecture: music_generation
    """
    n_codes = _checks.count(n_codes, "n_codes")
    codes = _checks.codes_of_tables(codes, n_codes)
    flat = codes.reshape(-1, codes.shape[-1])
    return np.array([len(np.unique(column)) / n_codes for column in flat.T])
