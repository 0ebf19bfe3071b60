"""What ``recogniser`` words."""

import torch

from . import LARGEST_PEAK
from .classification import batch_of_signals, clips_last  # noqa: F401 -- for recogniser
from .foreign import entries, is_row
from .layers import *  # noqa: F403
from .layers import _show, clip_lengths, count, fits_memory, for_torch, tensor, whole_numbers, with_numbers


def digits(values, n_digits: int) -> list[int]:
    """A list or a row of digits, perhaps empty."""
    return _whole(values, "digits", 0, n_digits - 1, "write [4, 0, 7]")


def units_of(values, n_units: int) -> list[int]:
    """Classes of a collapsed path."""
    return _whole(values, "classes", 1, n_units, "collapse the path and leave the blank, class 0, out")


def _whole(values, name: str, lowest: int, highest: int, way_out: str) -> list[int]:
    if not is_row(values):
        raise TypeError(f"{name} must be a list or a row of whole numbers, got {_show(values)}: {way_out}")
    found = entries(values, name)
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
    samples = samples.float()
    if not bool(samples.isfinite().all()):
        raise ValueError("samples must be finite, got NaN or infinity in this piece: look at what records them")
    if len(samples) and (peak := samples.abs().max().item()) > LARGEST_PEAK:  # before any of it is kept
        raise ValueError(
            f"samples must lie within ±{LARGEST_PEAK:g}, got a peak of {peak:.6g}: divide them by their full scale"
        )
    return samples


def something_heard(n_samples: int, is_finished: bool) -> None:
    """A stream that has begun and not yet ended."""
    if is_finished or not n_samples:
        got = "an empty one" if not n_samples else "one that is finished"
        raise ValueError(f"a stream must have been fed before it ends, got {got}: feed it some samples")


def weights_fit(n_along_time: int, channels: tuple) -> None:
    """Weights of a network, their gradients and what an optimiser keeps, in memory."""
    n_weights = n_along_time + 9 * sum(n_in * n_out for n_in, n_out in zip((1, *channels), channels, strict=False))
    what = f"a network of {n_weights:,} weights"
    fits_memory(16 * n_weights, what, "lower width, n_layers, kernel_size or channels")


def features_of(features, n_frames, n_mels: int) -> torch.Tensor:
    """Features (batch, bands, frames), and how many frames of each clip count."""
    with_numbers(tensor(features, "features"), "features")
    if features.ndim != 3 or features.shape[1] != n_mels:
        raise ValueError(
            f"features must have the shape (batch, n_mels={n_mels}, frames), got {tuple(features.shape)}: "
            "let the features of this model make them"
        )
    n_frames = whole_numbers(n_frames, "n_frames")
    if tuple(n_frames.shape) != (len(features),):
        raise ValueError(
            f"n_frames must have one number for each of {len(features)} clips, got shape {tuple(n_frames.shape)}: "
            "pass those that the power method gives"
        )
    clip_lengths(n_frames.tolist(), features.shape[2])
    return n_frames.to(features.device)


def more_than_one_frame(is_training: bool, n_frames: int) -> None:
    """Frames that a batch norm can take a spread of."""
    if is_training and n_frames < 2:
        raise ValueError(
            "a batch must have at least 2 frames of scores while the network learns, got 1, which has no spread: "
            "pass more or longer clips, or call eval() first"
        )


def in_single_precision(weight: torch.Tensor) -> None:
    """A network that can be fed by a stream."""
    if weight.dtype != torch.float32 or weight.device.type != "cpu":
        raise TypeError(
            f"model must be of single precision and on the cpu to stream, got {weight.dtype} on {weight.device}: "
            'pass model.float().to("cpu")'
        )


def log_mel_layer(mel, kind: type):
    """The layer whose bands are bent."""
    if not isinstance(mel, kind):
        raise TypeError(f"mel must be a LogMel, got {_show(mel)}: pass the layer that has made the power")
    return mel


def factors(factor, n_batch: int) -> torch.Tensor:
    """By what each clip's formants are multiplied."""
    with_numbers(tensor(factor, "factor"), "factor")
    if tuple(factor.shape) != (n_batch,) or not bool(((factor >= 0.25) & (factor <= 4)).all()):
        lowest, highest = (float(bound) for bound in factor.detach().float().aminmax())
        raise ValueError(
            f"factor must hold a number of 0.25…4 for each of {n_batch} clips, got shape {tuple(factor.shape)}, "
            f"{lowest:.3g}…{highest:.3g}: 1 leaves a clip as it is"
        )
    return factor
