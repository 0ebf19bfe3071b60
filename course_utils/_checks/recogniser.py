"""What ``recogniser`` words."""

import torch

from .classification import batch_of_signals, clips_last  # noqa: F401 -- for recogniser
from .layers import *  # noqa: F403
from .layers import _show, count, for_torch, tensor, with_numbers


def digits(values, n_digits: int) -> list[int]:
    """A list or a row of digits, perhaps empty."""
    return _whole(values, "digits", 0, n_digits - 1, "write [4, 0, 7]")


def units_of(values, n_units: int) -> list[int]:
    """Classes of a collapsed path."""
    return _whole(values, "classes", 1, n_units, "collapse the path and leave the blank, class 0, out")


def _whole(values, name: str, lowest: int, highest: int, way_out: str) -> list[int]:
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__") or getattr(values, "ndim", 1) != 1:
        raise TypeError(f"{name} must be a list or a row of whole numbers, got {_show(values)}: {way_out}")
    found = values.tolist() if hasattr(values, "tolist") else list(values)
    for place, value in enumerate(found):
        try:
            count(value, name, minimum=lowest, maximum=highest)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} must be whole numbers {lowest}…{highest}, got {_show(value)} in place {place}: {way_out}"
            ) from None
    return [int(value) for value in found]


def ahead(look_ahead, n_layers: int, causal: bool) -> int:
    """Frames that a causal network may look ahead."""
    look_ahead = count(look_ahead, "look_ahead", minimum=0, maximum=n_layers)
    if look_ahead and not causal:
        raise ValueError(
            f"look_ahead must be 0 where the network hears the whole clip, got {look_ahead}: pass causal=True"
        )
    return look_ahead


def mel_powers(power, n_mels: int) -> torch.Tensor:
    """(batch, bands, frames), none negative."""
    with_numbers(tensor(power, "power"), "power")
    if power.ndim != 3 or power.shape[1] != n_mels or 0 in power.shape:
        raise ValueError(
            f"power must have the shape (batch, n_mels={n_mels}, frames), got {tuple(power.shape)}: "
            "let the power method make it"
        )
    if not bool((power >= 0).all()) or not bool(power.isfinite().all()):
        raise ValueError("power must be finite and not negative, got another value: pass powers, not their logarithm")
    return power


def reference_before(before, n_batch: int) -> None:
    """What a stream remembers of the loudest sound."""
    with_numbers(tensor(before, "before"), "before")
    if not before.is_floating_point() or tuple(before.shape) != (n_batch, 1, 1):
        got = f"{before.dtype} {tuple(before.shape)}" if isinstance(before, torch.Tensor) else _show(before)
        raise TypeError(
            f"before must hold floats of shape ({n_batch}, 1, 1), got {got}: pass the last frame's reference"
        )


def recogniser(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {type(model).__name__}: make one")
    return model


def causal_network(model, kind: type):
    """One that can answer before the sound ends."""
    if not recogniser(model, kind).causal:
        raise ValueError("model must be causal, got one that hears the whole clip: make it with causal=True")
    return model


def piece(samples, is_finished: bool) -> torch.Tensor:
    """The next samples of a stream."""
    if is_finished:
        raise ValueError("a stream must not be fed once it is finished, got another piece: call restart first")
    try:
        samples = torch.as_tensor(for_torch(samples, "samples"))
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"samples must be an array of samples (time,), got {_show(samples)}: convert it") from None
    with_numbers(tensor(samples, "samples", axes=1, empty=True), "samples")
    if not bool(samples.isfinite().all()):
        raise ValueError("samples must be finite, got NaN or infinity in this piece: look at what records them")
    return samples


def something_heard(n_samples: int, is_finished: bool) -> None:
    """A stream that has begun and not yet ended."""
    if is_finished or not n_samples:
        got = "an empty one" if not n_samples else "one that is finished"
        raise ValueError(f"a stream must have been fed before it ends, got {got}: feed it some samples")
