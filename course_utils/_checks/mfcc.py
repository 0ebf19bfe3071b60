"""What ``mfcc`` words."""

import numpy as np

from . import *  # noqa: F403


def undoes_lifter(weights: np.ndarray, n_lifter: float) -> np.ndarray:
    """Weights that can be divided by."""
    smallest = int(np.abs(weights).argmin())
    if abs(weights[smallest]) < 1e-9:
        raise ValueError(
            f"n_lifter={n_lifter:g} must leave every coefficient to be undone, got weight 0 for number {smallest}: "
            "pass fewer coefficients or another lifter"
        )
    return weights


def enough_frames(n_time: int, width: int) -> None:
    """As many frames as a polynomial is fitted to."""
    if n_time < width:
        raise ValueError(
            f"width={width} exceeds the number of frames {n_time}: lower width, or use mode='nearest', "
            "which repeats the first and the last frame"
        )
