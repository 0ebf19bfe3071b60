"""What ``layers`` words, and what every module of ``models`` asks of a tensor."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from . import *  # noqa: F403
from . import _as_array, _show, as_code, count, fits_memory, rounded_up, time_last

# ------------------------------------------------------------------------------- tensors and networks


def tensor(
    x, name: str, *, axes: int | None = None, at_least: int = 0, any_kind: bool = False, empty: bool = False
) -> torch.Tensor:
    """A dense tensor of real floats, or of ``any_kind`` of real numbers; with at least so many axes, or exactly."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(x).__name__}: pass torch.as_tensor({as_code(name)})")
    if x.layout != torch.strided or x.is_quantized:
        way, kind = ("dequantize", x.dtype) if x.is_quantized else ("to_dense", x.layout)
        raise TypeError(f"{name} must be a dense tensor, got {kind}: pass {as_code(name)}.{way}()")
    if x.is_complex() or not (any_kind or x.is_floating_point()):
        way = (
            "its real part or its magnitude"
            if x.is_complex()
            else f"{as_code(name)}.float(), integer PCM over its full scale"
        )
        raise TypeError(f"{name} must hold real floating-point numbers, got {x.dtype}: pass {way}")
    if x.ndim < at_least or (axes is not None and x.ndim != axes):
        wanted = f"at least {at_least}" if axes is None else axes
        raise ValueError(
            f"{name} must have {wanted} axes, got shape {tuple(x.shape)}: add a missing one with {as_code(name)}[None]"
        )
    if not (empty or x.numel()):
        raise ValueError(f"{name} must not be empty, got shape {tuple(x.shape)}: leave it out")
    return x


def boolean(x, name: str, *, axes: int | None = None) -> torch.Tensor:
    """A tensor of True and False."""
    if tensor(x, name, axes=axes, any_kind=True).dtype != torch.bool:
        raise TypeError(f"{name} must be boolean, got {x.dtype}: pass {name}.bool()")
    return x


def signal_of(x, name: str = "signal") -> torch.Tensor:
    """A signal (…, time) in single or double precision."""
    tensor(x, name, at_least=1)
    if x.dtype not in (torch.float32, torch.float64):
        raise TypeError(
            f"{name} must be float32 or float64, got {x.dtype}: pass {as_code(name)}.float(), a logarithm needs it"
        )
    time_last(tuple(x.shape), name)
    return x


def _is_autocast(x: torch.Tensor) -> bool:
    """Whether torch chooses the precision itself."""
    return x.device.type != "meta" and torch.is_autocast_enabled(x.device.type)


def alike(**parts: torch.Tensor) -> None:
    """Floating-point tensors that are computed with each other: of one kind, in one place."""
    (first, x), *others = ((name, tensor(part, name)) for name, part in parts.items())
    for name, other in others:
        if (other.dtype, other.device) != (x.dtype, x.device) and not _is_autocast(x):
            raise TypeError(
                f"{name} must be {x.dtype} on {x.device} as {first} is, got {other.dtype} on {other.device}: "
                f"pass {name}.to({first})"
            )


def for_network(x, name: str, network: nn.Module) -> torch.Tensor:
    """A tensor of the kind of a network's weights, in their place."""
    tensor(x, name, empty=True)
    weight = next((weight for weight in network.parameters() if weight.is_floating_point()), x)
    if x.device != weight.device:
        raise ValueError(
            f"{name} must lie where the weights are, on {weight.device}, got {x.device}: "
            f'pass {name}.to("{weight.device}"), or move the network'
        )
    if x.dtype != weight.dtype and not _is_autocast(x):
        raise TypeError(
            f"{name} must be {weight.dtype} as the weights are, got {x.dtype}: pass {name}.to({weight.dtype})"
        )
    return x


def flags(valid, x: torch.Tensor, name: str = "valid") -> torch.Tensor:
    """Which frames of x (batch, frames, …) are sound: true or false, in the same place."""
    boolean(valid, name)
    if tuple(valid.shape) != tuple(x.shape[:2]) or valid.device != x.device:
        raise ValueError(
            f"{name} must have the shape (batch, frames) = {tuple(x.shape[:2])} on {x.device}, "
            f"got {tuple(valid.shape)} on {valid.device}: pass valid_frames(lengths, n_frames), moved there"
        )
    return with_numbers(valid, name)


def some_frame_counts(valid: torch.Tensor) -> None:
    """At least one frame of each clip, of which a mean can be taken."""
    if n_empty := len(valid) - int(valid.any(dim=1).sum()):
        raise ValueError(
            f"valid must leave every clip a frame, got {n_empty} clips without any: leave empty clips out, "
            "and if true means padding, pass ~valid"
        )


def power_is_finite(power: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
    """A power that its signal did not spoil. It has fewer values than the signal, and is looked at in its stead."""
    if power.device.type == "meta" or not power.numel() or math.isfinite(power.detach().amax().item()):
        return power
    if n_bad := signal.numel() - int(signal.isfinite().sum()):
        raise ValueError(
            f"signal must be finite, got {n_bad} NaN or infinite values of {signal.numel()}: "
            "find them with torch.argwhere(~signal.isfinite())"
        )
    raise ValueError(
        f"signal must have a power that {signal.dtype} can hold, got a peak of "
        f"{rounded_up(float(signal.detach().abs().max()))}: divide it by its full scale"
    )


def place(device) -> torch.device:
    """A device of this machine that holds numbers."""
    if isinstance(device, str | torch.device):
        try:
            found = torch.ones(1, device=device or "none")
            found.item()  # meta has a name and no numbers
            return found.device
        except (RuntimeError, AssertionError, TypeError, ImportError):
            pass
    there = ['"cpu"', *(f'"cuda:{number}"' for number in range(torch.cuda.device_count()))]
    there += ['"mps"'] if torch.backends.mps.is_available() else []
    raise ValueError(f"device must be one of this machine, got {_show(device)}: use {' or '.join(there)}")


def with_numbers(x: torch.Tensor, name: str) -> torch.Tensor:
    """A tensor that can be looked at."""
    if x.device.type == "meta":
        raise TypeError(f"{name} must hold numbers, got a tensor on meta, which has a shape only: make it on the cpu")
    return x


def whole_numbers(x, name: str = "lengths") -> torch.Tensor:
    """Whole numbers in a list, an array or a tensor, as int64: small kinds wrap round when they are multiplied."""
    x = for_torch(x, name)
    try:
        x = torch.as_tensor(x)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be whole numbers, got {_show(x)}: pass a list of ints, or a tensor") from None
    tensor(with_numbers(x, name), name, any_kind=True)
    if x.dtype == torch.bool or x.is_floating_point() or x.is_complex():
        raise TypeError(f"{name} must be whole numbers, got {x.dtype}: pass ints")
    whole = x.long()
    if x.dtype == torch.uint64 and (whole < 0).any():
        raise ValueError(f"{name} must be below 2^63, got one above in torch.uint64: look where it comes from")
    return whole


def for_torch(x, name: str):
    """Arrays and numbers of numpy that torch can read: no mask, no types, order of bytes or strides of numpy's own."""
    if isinstance(x, np.unsignedinteger):
        return int(x)
    if isinstance(x, list | tuple):
        return [int(n) if isinstance(n, np.unsignedinteger) else n for n in x]
    if not isinstance(x, np.ndarray | np.longdouble):
        return x
    x = _as_array(x, name)
    if x.dtype == np.longdouble:
        x = x.astype(np.float64)
    is_plain = x.flags.writeable and x.dtype.isnative and min(x.strides, default=0) >= 0
    return x if is_plain else np.array(x, x.dtype.newbyteorder("="))


def no_nan(scores: torch.Tensor, name: str) -> None:
    """Scores that can be compared."""
    if scores.isnan().any():
        n_bad = int(scores.isnan().sum())
        raise ValueError(
            f"{name} must be numbers, got {n_bad} NaN of {scores.numel()}: look for NaN in the clips and in the weights"
        )


def frames_of_each(lengths, leading: tuple, n_frames: int) -> torch.Tensor:
    """One length for each clip of features (…, bands, frames), of 1 to all frames."""
    lengths = whole_numbers(lengths)
    if tuple(lengths.shape) != leading:
        raise ValueError(
            f"lengths must have the shape {leading}, one for each clip, got {tuple(lengths.shape)}: pass them"
        )
    lowest, highest = int(lengths.min()), int(lengths.max())
    if lowest < 1 or highest > n_frames:
        raise ValueError(
            f"lengths must lie in 1…{n_frames}, the frames of the batch, got {lowest if lowest < 1 else highest}: "
            "count frames, not samples, and leave empty clips out"
        )
    return lengths


def clips_alike(clips: Sequence, name: str = "clips") -> list[torch.Tensor]:
    """At least one clip (bands, frames), all with as many bands."""
    if isinstance(clips, str | torch.Tensor) or not hasattr(clips, "__iter__"):
        raise TypeError(f"{name} must be a list of tensors (bands, frames), got {_show(clips)}: pass some clips")
    clips = [tensor(clip, f"a clip of {name}", axes=2) for clip in clips]
    if not clips:
        raise ValueError(f"{name} must hold at least one clip, got none: pass the training clips")
    for place, clip in enumerate(clips):
        if len(clip) != len(clips[0]):
            raise ValueError(
                f"{name} must have as many bands each, got {len(clip)} in clip {place} and {len(clips[0])} in clip 0: "
                "compute all features with the same n_mels"
            )
    return clips


def spread(value: float) -> float:
    """A standard deviation that can be divided by."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"the spread of the clips must be above 0 and finite, got {value:g}: pass clips that differ")
    return value


def table_fits(x: torch.Tensor, n_values: float, what: str, way_out: str) -> None:
    """What is computed from a tensor, in the memory of the processor; other devices speak for themselves."""
    if x.device.type == "cpu":
        fits_memory(x.element_size() * n_values, what, way_out)


def weights_fit(n_weights: int, what: str, way_out: str) -> None:
    """The weights of a layer in memory, which torch would ask for without a word of their size."""
    fits_memory(4 * n_weights, what, way_out)


def layers_fit(sizes, name: str, *, minimum: int = 1) -> tuple[int, ...]:
    """One whole number for each layer."""
    if not isinstance(sizes, Sequence) or isinstance(sizes, str) or not len(sizes):
        raise TypeError(f"{name} must be a tuple with a number for each layer, got {_show(sizes)}: write (8, 16)")
    return tuple(count(size, name, minimum=minimum, maximum=65_536) for size in sizes)


def network(model) -> nn.Module:
    """A torch.nn.Module."""
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model must be a torch.nn.Module, got {_show(model)}: make it one, or an instance of the class"
        )
    return model


# -------------------------------------------------------------------------------- parts of networks


def clip_lengths(lengths: list, n_frames: int, at_least: int = 1) -> None:
    """Frames of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if not at_least <= length <= n_frames:
            raise ValueError(
                f"lengths must lie in {at_least}…{n_frames}, the frames of the batch, got {length} for clip {place}: "
                "count frames, not samples, and leave empty clips out"
            )


def scores_fit(query, key, value) -> None:
    """Queries, keys and values that can be compared, and the table of their scores in memory."""
    for name, part in (("query", query), ("key", key), ("value", value)):
        tensor(part, name, at_least=2)
    alike(query=query, key=key, value=value)
    shapes = tuple(query.shape), tuple(key.shape), tuple(value.shape)
    if shapes[0][-1] != shapes[1][-1] or shapes[1][-2] != shapes[2][-2]:
        raise ValueError(
            f"query and key must have the same width, key and value the same number of keys, got shapes {shapes[0]}, "
            f"{shapes[1]} and {shapes[2]}: pass (…, queries, d), (…, keys, d) and (…, keys, d_value)"
        )
    try:
        torch.broadcast_shapes(*(shape[:-2] for shape in shapes))
    except RuntimeError:
        raise ValueError(
            f"query, key and value must have the same leading axes, got shapes {shapes[0]}, {shapes[1]} and "
            f"{shapes[2]}: expand() what is shared"
        ) from None


def table_of_scores(query, n_keys: int) -> None:
    """The weights of all queries (…, queries, d) and keys in memory."""
    n_values = 3 * math.prod(query.shape[:-1]) * n_keys
    what = f"a table of {query.shape[-2]:,} queries and {n_keys:,} keys"
    table_fits(query, n_values, what, "pass shorter clips, or fused=True")


def one_length_each(shape: tuple, n_batch: int) -> None:
    """One length for each clip of a batch."""
    if shape != (n_batch,):
        raise ValueError(f"lengths must hold one number for each of {n_batch} clips, got shape {shape}: pass a list")


def attention_mask(mask, shape: tuple | None = None) -> None:
    """A mask that says where a query may look, and that can be laid over a table (…, queries, keys)."""
    if not isinstance(mask, torch.Tensor) or mask.dtype != torch.bool:
        dtype = getattr(mask, "dtype", type(mask).__name__)
        raise TypeError(f"mask must be boolean, true where a query may look, got {dtype}: pass mask.bool()")
    with_numbers(tensor(mask, "mask", any_kind=True), "mask")
    try:
        fits = shape is None or torch.broadcast_shapes(tuple(mask.shape), shape) == torch.Size(shape)
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(f"mask must spread over the table {shape}, got {tuple(mask.shape)}: pass (queries, keys)")


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


def valid_fits(valid, expected: tuple, device: torch.device | None = None) -> None:
    """What says for each key of each clip whether it is sound."""
    if not isinstance(valid, torch.Tensor) or valid.dtype != torch.bool:
        raise TypeError("valid must be boolean, true where there is sound, got other numbers: pass valid.bool()")
    shape = tuple(with_numbers(tensor(valid, "valid", any_kind=True), "valid").shape)
    if shape != expected:
        raise ValueError(
            f"valid must have the shape (batch, keys) = {expected}, keys of the cache included, got {shape}: "
            "pass valid_frames(lengths, n_frames) of all of them"
        )
    if device is not None and valid.device != device:
        raise ValueError(f"valid must lie where x is, on {device}, got {valid.device}: pass valid.to(x.device)")


def same_batch(query: tuple, key: tuple, value: tuple, width: int) -> None:
    """Queries, keys and values of the same clips."""
    fits = all(len(shape) == 3 and shape[2] == width for shape in (query, key, value))
    if not fits or query[0] != key[0] or key[:2] != value[:2] or not key[1]:
        raise ValueError(
            f"query must have the shape (batch, queries, {width}), key and value (batch, keys, {width}) with at least "
            f"one key, got {query}, {key} and {value}: nothing is repeated, expand() a memory that clips share"
        )


def cache_of(cache, kind: type) -> None:
    """Nothing, or a cache of the right kind."""
    if cache is not None and not isinstance(cache, kind):
        raise TypeError(f"cache must be a {kind.__name__}, got {_show(cache)}: begin with {kind.__name__}()")


def caches_in_step(caches: list) -> list:
    """Caches of the layers of one network: each has its own, and all hold the same places."""
    if len({id(cache) for cache in caches}) < len(caches) or len({len(cache) for cache in caches}) > 1:
        raise ValueError(
            f"cache must hold another one for each layer, and all of one length, got {[len(c) for c in caches]} tokens "
            f"in {len({id(cache) for cache in caches})} caches: begin with model.new_cache()"
        )
    return caches


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


def inside(x, width: int) -> None:
    """A batch as a layer takes it: (batch, frames, width)."""
    if x.ndim != 3 or x.shape[-1] != width:
        raise ValueError(
            f"x must have the shape (batch, frames, {width}), got {tuple(x.shape)}: transpose or project it"
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


def of_itself(is_itself: bool, name: str) -> None:
    """Distances are those of one sequence."""
    if not is_itself:
        raise ValueError(
            f"{name} positions are distances within one sequence, so key must be the query, got another tensor: "
            f"leave key out, or build the attention with {name}=False"
        )


def even(value: int, name: str) -> None:
    """A number of sines and cosines."""
    if value % 2:
        raise ValueError(f"{name} must be even, got {value}: use {value + 1}")
