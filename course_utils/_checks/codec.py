"""What ``models.codec`` and its recipe word."""

from pathlib import Path

import numpy as np
import torch

from . import signal as _signal
from .files import named_file, not_read, not_written  # noqa: F401 -- for codec
from .layers import *  # noqa: F403
from .layers import _show, count, for_network, network, tensor
from .mdct import even_bins
from .music import tokens  # noqa: F401 -- for codec
from .quantisation import codes_of_tables
from .training import file_to_write  # noqa: F401 -- for codec_recipes


def codec(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a FrameCodec, got {_show(model)}: make one, or load its weights")
    return network(model)


def sound(signal) -> np.ndarray:
    """A mono signal in single precision."""
    return _signal(signal, mono=True).astype(np.float32, copy=False)


def frames_of(frames, model) -> torch.Tensor:
    """Frames (batch, bins, frames) of this network."""
    frames = for_network(frames, "frames", model)
    n_bins = model.straight.in_channels
    if frames.ndim != 3 or frames.shape[1] != n_bins or not frames.numel():
        raise ValueError(
            f"frames must have the shape (batch, {n_bins}, frames), got {tuple(frames.shape)}: see mdct.mdct"
        )
    return frames


def frames_alone(frames) -> torch.Tensor:
    """Frames, two at least."""
    frames = tensor(frames, "frames", axes=3)
    if not frames.is_floating_point() or not frames.numel() or frames.shape[2] < 2:
        raise ValueError(
            f"frames must be floats (batch, bins, 2 or more), got {frames.dtype} {tuple(frames.shape)}: see mdct.mdct"
        )
    even_bins(frames.shape[1], "the number of bins")
    return frames


def latent_of(latent, quantiser) -> torch.Tensor:
    """Vectors as wide as the tables."""
    latent = tensor(latent, "latent", axes=3)
    width = quantiser.tables.shape[2]
    if not latent.is_floating_point() or latent.shape[1] != width or not latent.numel():
        raise ValueError(
            f"latent must be floats (batch, {width}, frames), got {latent.dtype} {tuple(latent.shape)}: "
            "pass what the encoder gives"
        )
    if latent.dtype != quantiser.tables.dtype or latent.device != quantiser.tables.device:
        raise TypeError(
            f"latent must be {quantiser.tables.dtype} on {quantiser.tables.device}, got {latent.dtype} on "
            f"{latent.device}: bring both together with .to()"
        )
    return latent


def stages_of(n_stages, n_all: int) -> int:
    """How many stages are used."""
    return n_all if n_stages is None else count(n_stages, "n_stages", maximum=n_all)


def one_number_of_stages(n_stages) -> int | None:
    """One number for a whole batch."""
    if isinstance(n_stages, torch.Tensor):
        values = {int(value) for value in n_stages.flatten().tolist()}
        if len(values) != 1:
            raise ValueError(f"n_stages must be one number for the batch, got {sorted(values)}: sort them")
        return values.pop()
    return n_stages


def codes_of(codes, tables: torch.Tensor) -> torch.Tensor:
    """Whole numbers (batch, stages, frames) of the tables."""
    codes = tensor(codes, "codes", axes=3, any_kind=True)
    if codes.is_floating_point() or codes.dtype == torch.bool or codes.is_complex():
        raise TypeError(f"codes must be whole numbers, got {codes.dtype}: pass what encode gives")
    if not codes.numel() or codes.shape[1] > len(tables):
        raise ValueError(
            f"codes must have the shape (batch, stages up to {len(tables)}, frames), got {tuple(codes.shape)}: "
            "see encode"
        )
    if int(codes.min()) < 0 or int(codes.max()) >= tables.shape[1]:
        got = f"{int(codes.min())}…{int(codes.max())}"
        raise ValueError(f"codes must lie in 0…{tables.shape[1] - 1}, got {got}: pass what encode gives")
    return codes.long()


def table_of_codes(codes, n_codes: int = 4096) -> torch.Tensor:
    """Rows of codes (frames, stages)."""
    codes = codes_of_tables(codes, n_codes)
    if codes.ndim != 2 or codes.shape[1] > 64:
        raise ValueError(f"codes must have the shape (frames, stages), got {codes.shape}: a row for each frame")
    return torch.from_numpy(np.ascontiguousarray(codes))


def coded_frames(coded, frames) -> None:
    """What a codec gave for these frames."""
    if not isinstance(coded, tuple) or len(coded) != 4:
        raise TypeError(f"coded must be what a FrameCodec gives, got {_show(coded)}: pass model(frames)")
    with_numbers(tensor(frames, "frames", axes=3), "frames")  # noqa: F405
    if coded[0].shape != frames.shape:
        raise ValueError(
            f"coded must hold frames of the shape {tuple(frames.shape)}, got {tuple(coded[0].shape)}: pass the frames "
            "that the network was given"
        )


def two_signals(signal, other) -> tuple[torch.Tensor, torch.Tensor]:
    """Two batches of signals of one shape."""
    signal = with_numbers(tensor(signal, "signal", axes=2), "signal")  # noqa: F405
    other = with_numbers(tensor(other, "other", axes=2), "other")  # noqa: F405
    if signal.shape != other.shape or signal.shape[1] < 512:
        raise ValueError(
            f"signal and other must have one shape, of 512 samples or more, got {tuple(signal.shape)} and "
            f"{tuple(other.shape)}: cut the longer one"
        )
    return signal, other


# --------------------------------------------------------------------------------------------- files


def content_of_codec(content, magic: bytes, n_head: int) -> bytes:
    """The codes of a file's content, its head being whole."""
    if not isinstance(content, bytes | bytearray):
        raise TypeError(f"content must be bytes, got {_show(content)}: pass what coded_bytes gives")
    if not content.startswith(magic):
        raise ValueError(
            f"content must begin with {magic!r}, got {bytes(content[:4])!r}: this is no file of save_coded"
        )
    if len(content) <= len(magic) + n_head:
        raise ValueError(f"content must hold a head and codes, got {len(content)} bytes: the file is cut short")
    return bytes(content[len(magic) + n_head :])


def counts_of_file(n_frames: int, n_stages: int, n_bytes: int) -> None:
    """Counts that the rest of a file can hold: of the rarest kind of file a byte stands for some 10,000 codes."""
    if not 1 <= n_stages <= 64 or n_frames < 1 or n_frames * n_stages > 10_000 * n_bytes + 10_000:
        raise ValueError(
            f"content must state 1 to 64 stages and frames that fit into it, got {n_frames} frames of {n_stages} in "
            f"{n_bytes} bytes: the file is damaged, write it anew"
        )


def bytes_of_file(path: Path) -> bytes:
    """All of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        not_read(path, error)


def turns_of_stages(rows: np.ndarray, n_codes: int) -> np.ndarray:
    """Codes of stages that took turns."""
    if not rows.size:
        raise ValueError("tokens must hold a whole frame, got none: pass what tokens_of_codes or a model gives")
    if rows.min() < 0 or rows.max() >= n_codes:
        raise ValueError(
            f"tokens must name the stages in turn, got a token of another stage in frame "
            f"{int(np.argmax((rows < 0).any(axis=1) | (rows >= n_codes).any(axis=1)))}: draw each from its own stage"
        )
    return rows


# -------------------------------------------------------------------------------------------- recipe


def long_enough(signals, n_bins: int, n_frames: int) -> list[np.ndarray]:
    """Sounds that give at least one piece."""
    if isinstance(signals, str | bytes | dict) or not hasattr(signals, "__len__") or not len(signals):
        raise TypeError(f"signals must be a list of signals, got {_show(signals)}: pass at least one")
    checked = [_signal(one, f"signal {k}", mono=True) for k, one in enumerate(signals)]
    n_least = n_bins * n_frames
    if sum(map(len, checked)) < n_least:
        raise ValueError(f"signals must have {n_least} samples together, got {sum(map(len, checked))}: pass more")
    return checked
