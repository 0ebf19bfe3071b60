"""What ``dft`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _largest


def power_of_two(n: int, name: str) -> int:
    """A length that radix-2 can halve down to one."""
    if n & (n - 1):
        raise ValueError(f"{name} must be a power of two, got {n}: zero-pad, or use fft, which takes any length")
    return n


def product(spectrum: np.ndarray) -> np.ndarray:
    """The product of two spectra, so far from what its type can hold that all bins can be added up."""
    most = float(np.finfo(spectrum.dtype).max) / spectrum.shape[-1]
    peak = _largest(spectrum)
    if not peak <= most:
        raise ValueError(
            f"x and h must be so small that a product of their spectra lies within ±{most:.2g}, got {peak:.2g}: "
            "scale them down"
        )
    return spectrum
