"""What ``dft`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _largest


def power_of_two(n: int, name: str) -> int:
    """A length that radix-2 can halve down to one."""
    if n & (n - 1):
        raise ValueError(f"{name} must be a power of two, got {n}: zero-pad, or use fft, which takes any length")
    return n


def _most(x: np.ndarray, *, by_chirps: bool = False) -> float:
    """How large values may be for sums over all of them to be finite; Bluestein's algorithm adds up such sums."""
    if x.dtype in (np.float32, np.complex64):
        return float(np.finfo(np.float32).max) / (4 * x.shape[-1])
    return 1e250 if by_chirps else 1e280


def summable(x: np.ndarray, name: str = "x", *, by_chirps: bool = False) -> np.ndarray:
    """Values whose sums their type can hold."""
    most, peak = _most(x, by_chirps=by_chirps), _largest(x)
    if peak > most:
        raise ValueError(f"{name} must lie within ±{most:.2g}, got a peak of {peak:.2g}: scale it down")
    return x


def product(spectrum: np.ndarray) -> np.ndarray:
    """The product of two spectra whose sums their type can hold."""
    most, peak = _most(spectrum), _largest(spectrum)
    if not peak <= most:
        raise ValueError(
            f"x and h must be so small that the product of their spectra lies within ±{most:.2g}, got {peak:.2g}: "
            "scale them down"
        )
    return spectrum
