"""What ``classification`` words."""

from . import *  # noqa: F403


def clips_reach(lengths: list, n_frames: int, at_least: int) -> None:
    """Clips long enough to leave a frame after pooling."""
    for place, length in enumerate(lengths):
        if not at_least <= length <= n_frames:
            raise ValueError(
                f"clips must have {at_least} to {n_frames} frames, the length of the batch, got {length:g} for clip "
                f"{place}: count frames, not samples, and lengthen clips that are too short"
            )
