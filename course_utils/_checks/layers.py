"""What ``layers`` words."""

from . import *  # noqa: F403


def clip_lengths(lengths: list, n_frames: int) -> None:
    """Frames of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if isinstance(length, float):
            raise TypeError(f"lengths must be whole numbers of frames, got {length:g}: pass ints")
        if not 1 <= length <= n_frames:
            raise ValueError(
                f"lengths must lie in 1…{n_frames}, the frames of the batch, got {length} for clip {place}: "
                "count frames, not samples, and leave empty clips out"
            )


def one_length_each(shape: tuple, n_batch: int) -> None:
    """One length for each clip of a batch."""
    if shape != (n_batch,):
        raise ValueError(f"lengths must hold one number for each of {n_batch} clips, got shape {shape}: pass a list")


def attention_mask(is_boolean: bool, dtype) -> None:
    """A mask that says where a query may look."""
    if not is_boolean:
        raise TypeError(f"mask must be boolean, true where a query may look, got {dtype}: pass mask.bool()")


def something_to_attend(n_blind: int) -> None:
    """A mask that leaves every query at least one key."""
    if n_blind:
        raise ValueError(
            f"mask must leave every query a key to look at, got {n_blind} rows that are all false: "
            "if it came from torch's key_padding_mask, where true means ignore, pass ~mask"
        )


def heads_divide(width: int, n_heads: int) -> None:
    """A width that the heads share evenly."""
    if width % n_heads:
        raise ValueError(f"width={width} must be a multiple of n_heads={n_heads}: change one of them")


def positions_reach(n_frames: int, n_longest: int) -> None:
    """A clip that the learned positions cover."""
    if n_frames > n_longest:
        raise ValueError(
            f"the longest clip must have at most n_longest={n_longest} frames, got {n_frames}: cut it, "
            'or build the model with past="interpolate" or a larger n_longest'
        )


def even(value: int, name: str) -> None:
    """A number of sines and cosines."""
    if value % 2:
        raise ValueError(f"{name} must be even, got {value}: use {value + 1}")
