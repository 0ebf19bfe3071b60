"""What ``mdct`` words."""

import numpy as np

from . import *  # noqa: F403
from . import array as _array
from . import count as _count


def even_bins(n_bins, name: str = "n_bins") -> int:
    """A number of bins that can be folded."""
    n_bins = _count(n_bins, name, minimum=2, maximum=65_536)
    if n_bins % 2:
        raise ValueError(f"{name} must be even, got {n_bins}: frames are folded by quarters, take {n_bins + 1}")
    return n_bins


def frame_of_two_halves(frame) -> np.ndarray:
    """2N samples, N even."""
    frame = _array(frame, "frame", real=True, one_axis=True)
    if len(frame) % 4 or len(frame) > 65_536:
        raise ValueError(f"frame must have 2N samples, N even and below 32,769, got {len(frame)}: cut or pad it")
    return frame


def two_frames(n_frames: int) -> int:
    """Frames enough for one that overlaps."""
    if n_frames < 2:
        raise ValueError(f"spectrum must have at least 2 frames, got {n_frames}: one alone keeps its aliases, pass all")
    return n_frames
