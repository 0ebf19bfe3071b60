"""What ``vocoder`` words."""

import torch
from torch import nn

from .layers import *  # noqa: F403
from .layers import _show, count, for_network, signal_of, tensor, weights_fit, with_numbers
from .speech_features import LOUDEST, log_mel  # noqa: F401 -- for vocoder


def sizes(width, n_layers) -> tuple[int, int]:
    """Of a network that fits into memory."""
    width, n_layers = count(width, "width", maximum=65_536), count(n_layers, "n_layers", maximum=1000)
    weights_fit(n_layers * 6 * width**2, f"{n_layers:,} layers of width {width:,}", "lower width or n_layers")
    return width, n_layers


def vocoder(model, kind: type) -> nn.Module:
    """A vocoder."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a Vocoder, got {_show(model)}: make one with Vocoder()")
    return model


def spectra(spectrum, n_bins: int) -> torch.Tensor:
    """Complex spectrograms (batch, n_bins, frames)."""
    if not isinstance(spectrum, torch.Tensor) or not spectrum.is_complex() or spectrum.layout != torch.strided:
        raise TypeError(f"spectrum must be a complex tensor, got {type(spectrum).__name__}: make it with torch.stft")
    if spectrum.dtype == torch.complex32:
        raise TypeError("spectrum must be complex64 or complex128, got complex32: pass spectrum.to(torch.complex64)")
    if spectrum.ndim != 3 or spectrum.shape[1] != n_bins or not spectrum.numel():
        raise ValueError(
            f"spectrum must have the shape (batch, {n_bins}, frames), got {tuple(spectrum.shape)}: "
            "add a missing axis with spectrum[None]"
        )
    return spectrum


def pitches(f0_hz, f_max: float) -> torch.Tensor:
    """Pitches (batch, frames), all of them between 0 and half the rate."""
    with_numbers(tensor(f0_hz, "f0_hz", axes=2), "f0_hz")
    if f0_hz.shape[1] < 2:
        raise ValueError(f"f0_hz must have at least 2 frames, got {f0_hz.shape[1]}: a wave lies between two")
    lowest, highest = f0_hz.detach().min().item(), f0_hz.detach().max().item()
    if not 1 <= lowest <= highest < f_max:
        raise ValueError(
            f"f0_hz must lie from 1 to below {f_max:g} Hz, got {lowest:.4g} to {highest:.4g}: "
            "give frames without a pitch that of a neighbour"
        )
    return f0_hz


def told_pitch(pitch_hz, f0_hz: torch.Tensor, f_max: float) -> torch.Tensor:
    """A pitch for each frame, or 0."""
    tensor(pitch_hz, "pitch_hz")
    if pitch_hz.shape != f0_hz.shape or pitch_hz.device != f0_hz.device:
        raise ValueError(
            f"pitch_hz must have the shape (batch, frames) = {tuple(f0_hz.shape)} on {f0_hz.device}, "
            f"got {tuple(pitch_hz.shape)} on {pitch_hz.device}: one for each frame of mel"
        )
    is_wrong = ((pitch_hz > 0) & (pitch_hz < 1)) | (pitch_hz >= f_max)
    if is_wrong.any():
        raise ValueError(
            f"pitch_hz must be 0 or lie from 1 to below {f_max:g} Hz, got {pitch_hz[is_wrong][0].item():.4g}: "
            "0 leaves it to the network"
        )
    return pitch_hz


def pitch_scores(scores, n_pitches: int) -> torch.Tensor:
    """Scores (…, n_pitches)."""
    with_numbers(tensor(scores, "scores", at_least=1), "scores")
    if scores.shape[-1] != n_pitches:
        raise ValueError(
            f"scores must have {n_pitches} values along the last axis, got shape {tuple(scores.shape)}: "
            "take them from Vocoder.spoken"
        )
    if scores.isnan().any():
        raise ValueError("scores must be numbers, got NaN: look at the weights of the network")
    return scores


def mels(mel, n_mels: int, network: nn.Module) -> torch.Tensor:
    """A batch of mels (batch, n_mels, frames)."""
    with_numbers(for_network(mel, "mel", network), "mel")
    if mel.ndim != 3 or mel.shape[1] != n_mels or 0 in mel.shape:
        raise ValueError(
            f"mel must have the shape (batch, {n_mels}, frames), got {tuple(mel.shape)}: make it with speech_mel()"
        )
    return mel


def levels(mel: torch.Tensor) -> torch.Tensor:
    """What of the mels is no padding: numbers, and none louder than a wave can be."""
    highest, lowest = mel.detach().amax().item(), mel.detach().amin().item()
    if not (highest <= LOUDEST and lowest > -1e4):
        raise ValueError(
            f"mel must be finite and lie below {LOUDEST} (a power of 1e6), got {lowest:.4g} to {highest:.4g}: "
            "pass the natural logarithm of a power, not decibels"
        )
    return mel


def clips(items, hop: int) -> list:
    """Pairs (signal, pitch_hz) of equal lengths, a pitch for each frame."""
    if isinstance(items, str | dict) or not hasattr(items, "__len__") or not hasattr(items, "__getitem__"):
        raise TypeError(f"items must be a list of pairs (signal, pitch_hz), got {_show(items)}: see VocoderClips")
    if not len(items):
        raise ValueError("items must hold at least one pair (signal, pitch_hz), got none: leave the batch out")
    items = [items[place] for place in range(len(items))]
    for place, item in enumerate(items):
        is_pair = isinstance(item, tuple | list) and len(item) == 2
        if not is_pair or any(getattr(part, "ndim", 0) != 1 or part.dtype.kind != "f" for part in item):
            raise TypeError(
                f"items must hold pairs of float arrays (signal, pitch_hz), got {_show(item)} as item {place}: "
                "take them from VocoderClips"
            )
        if len(item[0]) != len(items[0][0]) or len(item[1]) != 1 + len(item[0]) // hop:
            raise ValueError(
                f"items must have as many samples as the first and a pitch for each {hop} of them and one more, got "
                f"{len(item[0])} and {len(item[1])} in item {place}: take them from VocoderClips"
            )
    return items


def whole_hops(signal, hop: int) -> torch.Tensor:
    """A batch of signals of whole hops."""
    with_numbers(signal_of(signal), "signal")
    if signal.ndim != 2 or signal.shape[1] % hop:
        raise ValueError(
            f"signal must have the shape (batch, a multiple of {hop}), got {tuple(signal.shape)}: cut or pad it"
        )
    return signal


def resynthesised(output, signal, pitch_hz, n_pitches: int, hop: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What a Resynthesis gives, and what was wanted."""
    if not isinstance(output, tuple | list) or len(output) != 2:
        raise TypeError(f"output must be a pair (signal, scores), got {_show(output)}: take it from Resynthesis")
    found, scores = output
    whole_hops(signal, hop)
    with_numbers(tensor(found, "output[0]"), "output[0]")
    with_numbers(tensor(pitch_hz, "pitch_hz", axes=2), "pitch_hz")
    pitch_scores(scores, n_pitches)
    n_frames = 1 + signal.shape[1] // hop
    wanted = [("output[0]", found, tuple(signal.shape)), ("pitch_hz", pitch_hz, (len(signal), n_frames))]
    for name, x, shape in [*wanted, ("output[1]", scores, (len(signal), n_frames, n_pitches))]:
        if tuple(x.shape) != shape:
            raise ValueError(
                f"{name} must have the shape {shape} beside signal {tuple(signal.shape)}, got {tuple(x.shape)}: "
                "pass what belongs to signal"
            )
    return found, scores
