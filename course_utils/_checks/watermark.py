"""What ``watermark`` words."""

import numpy as np

from . import *  # noqa: F403
from . import signal as _signal


def marked_signal(x, n_least: int) -> np.ndarray:
    """A signal long enough to hold some cells of a mark."""
    x = _signal(x, mono=True)
    if len(x) < n_least:
        raise ValueError(f"signal must have at least {n_least} samples, got {len(x)}: a mark needs time, pass more")
    return x
