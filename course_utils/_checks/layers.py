"""What ``layers`` words."""

from . import *  # noqa: F403
from . import _show, count


def clip_lengths(lengths: list, n_frames: int, at_least: int = 1) -> None:
    """Frames of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if isinstance(length, float):
            raise TypeError(f"lengths must be whole numbers of frames, got {length}: pass ints")
        if not at_least <= length <= n_frames:
            raise ValueError(
                f"lengths must lie in {at_least}…{n_frames}, the frames of the batch, got {length} for clip {place}: "
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


def mask_fits(shape: tuple, n_queries: int, n_keys: int) -> None:
    """A mask for these queries and keys, those of a cache among them."""
    if shape != (n_queries, n_keys):
        raise ValueError(
            f"mask must have the shape (queries, keys) = {(n_queries, n_keys)}, keys of the cache included, "
            f"got {shape}: say with valid what differs from clip to clip"
        )


def valid_fits(is_boolean: bool, shape: tuple, expected: tuple) -> None:
    """What says for each key of each clip whether it is sound."""
    if not is_boolean:
        raise TypeError("valid must be boolean, true where there is sound, got other numbers: pass valid.bool()")
    if shape != expected:
        raise ValueError(
            f"valid must have the shape (batch, keys) = {expected}, keys of the cache included, got {shape}: "
            "pass valid_frames(lengths, n_frames) of all of them"
        )


def same_batch(query: tuple, key: tuple, value: tuple, width: int) -> None:
    """Queries, keys and values of the same clips."""
    fits = all(len(shape) == 3 and shape[2] == width for shape in (query, key, value))
    if not fits or query[0] != key[0] or key[:2] != value[:2] or not key[1]:
        raise ValueError(
            f"query must have the shape (batch, queries, {width}), key and value (batch, keys, {width}) with at least "
            f"one key, got {query}, {key} and {value}: nothing is repeated, expand() a memory that clips share"
        )


def same_cache(held: tuple, new: tuple) -> None:
    """Keys that can stand behind those of a cache."""
    if held != new:
        raise ValueError(
            f"a cache of (batch, heads, d) = {held} must be given the same again, got {new}: "
            "begin another batch, and another layer, with a new cache"
        )


def same_memory(is_same: bool, held: tuple, new: tuple) -> None:
    """A cache that has read a memory stays with it."""
    if not is_same:
        raise ValueError(
            f"a cache must be given the memory that it has read, of shape {held}, got another one of shape {new}: "
            "begin with a new DecoderCache"
        )


def patch(pool) -> tuple[int, int]:
    """Bands and frames of which the maximum is taken."""
    if not isinstance(pool, tuple | list) or len(pool) != 2:
        raise TypeError(f"pool must be two whole numbers, bands and frames, got {_show(pool)}: pass (2, 2)")
    return tuple(count(size, "pool") for size in pool)


def image(shape: tuple, n_channels: int, pool: tuple) -> None:
    """What a convolution block takes and can pool."""
    if len(shape) != 4 or shape[1] != n_channels or shape[2] < pool[0] or shape[3] < pool[1]:
        raise ValueError(
            f"x must have the shape (batch, {n_channels}, bands, frames) with at least {pool[0]} bands and {pool[1]} "
            f"frames, got {shape}: pass a longer clip, or choose a smaller pool"
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
