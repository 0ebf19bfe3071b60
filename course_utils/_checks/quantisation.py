"""What ``quantisation`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _as_array, _show
from . import array as _array
from . import count as _count

LARGEST = 1e30  # squares that can be added up


def rows_of_numbers(x, name: str = "x") -> np.ndarray:
    """Vectors, a row each."""
    x = _array(x, name, real=True, largest=LARGEST)
    if x.ndim != 2:
        raise ValueError(f"{name} must have the shape (vectors, width), got {x.shape}: put one vector into each row")
    return x


def vectors_and_codes(x, codebook) -> tuple[np.ndarray, np.ndarray]:
    """Vectors as wide as the codes."""
    x, codebook = _array(x, "x", real=True, largest=LARGEST), rows_of_numbers(codebook, "codebook")
    if x.shape[-1] != codebook.shape[1]:
        raise ValueError(
            f"x must be as wide as the codes, got {x.shape[-1]} for {codebook.shape[1]}: its last axis is the vector"
        )
    return x, codebook


def no_more_codes(n_codes, n_vectors: int) -> int:
    """Codes, each of which can have a vector."""
    n_codes = _count(n_codes, "n_codes")
    if n_codes > n_vectors:
        raise ValueError(f"n_codes must be at most the {n_vectors} vectors, got {n_codes}: pass more vectors")
    return n_codes


def tables(codebooks) -> list[np.ndarray]:
    """Code books of one width."""
    if isinstance(codebooks, str | bytes | dict) or not hasattr(codebooks, "__len__") or not len(codebooks):
        raise TypeError(f"codebooks must be a list of tables, got {_show(codebooks)}: pass one for each stage")
    checked = [rows_of_numbers(table, f"codebook {k}").astype(np.float64) for k, table in enumerate(codebooks)]
    if len({table.shape[1] for table in checked}) > 1:
        raise ValueError(
            f"codebooks must have one width, got {[table.shape[1] for table in checked]}: all are added together"
        )
    return checked


def some_stages(n_stages, n_all: int) -> int:
    """How many stages are used."""
    return n_all if n_stages is None else _count(n_stages, "n_stages", maximum=n_all)


def codes_of_tables(codes, sizes: list[int] | int) -> np.ndarray:
    """Numbers of codes (…, stages), each within its table; of one size for any number of stages."""
    codes = _as_array(codes, "codes")
    if isinstance(sizes, int):
        sizes = [sizes] * (codes.shape[-1] if codes.ndim else 0)
    if codes.dtype.kind not in "iu":
        raise TypeError(f"codes must be whole numbers, got dtype {codes.dtype}: pass what encode gives")
    if codes.ndim == 0 or codes.size == 0 or codes.shape[-1] > len(sizes):
        raise ValueError(
            f"codes must have the shape (…, stages), at most {len(sizes)} stages, got {codes.shape}: see encode"
        )
    highest = np.array(sizes[: codes.shape[-1]]) - 1
    if codes.min() < 0 or (codes > highest).any():
        raise ValueError(
            f"codes must lie in 0…{highest.max()}, got {codes.min()}…{codes.max()}: pass what encode gives"
        )
    return codes.astype(np.int64)
