"""What ``classification`` words."""

from . import *  # noqa: F403
from . import beside
from .sequence_models import batch_of_features as _batch_of_features


def batch_of_features(shape: tuple, n_mels: int | None = None, *, at_least: int = 1) -> None:
    """Features of a batch of clips: of a model's bands, or of any number from a least one."""
    if n_mels is not None:
        _batch_of_features(shape, n_mels)
    elif len(shape) != 3 or 0 in shape or shape[1] < at_least:
        raise ValueError(
            f"features must have the shape (batch, n_mels, frames) with at least {at_least} bands, got {shape}: "
            "pass the output of LogMel, one clip as features[None]"
        )


def batch_of_signals(shape: tuple) -> None:
    """Signals of a batch of clips."""
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"signal must have the shape (batch, time), got {shape}: pass one clip as signal[None]")


def clips_last(lengths: list, n_time: int) -> None:
    """Samples of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if isinstance(length, bool | float):
            raise TypeError(f"lengths must be whole numbers of samples, got {length} for clip {place}: pass ints")
        if not 1 <= length <= n_time:
            raise ValueError(
                f"lengths must lie in 1…{n_time}, the samples of the batch, got {length} for clip {place}: "
                "count samples, not frames, and leave empty clips out"
            )


def long_enough(n_frames: int, at_least: int) -> None:
    """A batch that leaves a frame after pooling."""
    if n_frames < at_least:
        raise ValueError(
            f"clips must have at least {at_least} frames, got {n_frames}: lengthen them, or lower the hop of LogMel"
        )


def clips_reach(lengths: list, n_frames: int, at_least: int) -> None:
    """Clips long enough to leave a frame after pooling."""
    for place, length in enumerate(lengths):
        if not at_least <= length <= n_frames:
            raise ValueError(
                f"clips must have {at_least} to {n_frames} frames, the length of the batch, "
                f"got {beside(length, at_least, n_frames)} for clip {place}: "
                "count frames, not samples, and lengthen clips that are too short"
            )
