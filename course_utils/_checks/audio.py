"""What ``audio`` words."""

import os
from pathlib import Path

import numpy as np

from . import *  # noqa: F403
from . import _show


def path(value) -> Path:
    """The name of a file."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise TypeError(f"path must be the name of a file, got {_show(value)}: pass a str or a pathlib.Path")
    return Path(value)


def float_type(dtype) -> np.dtype:
    """A floating-point type for samples."""
    if not isinstance(dtype, type | np.dtype) or dtype not in (np.float32, np.float64):
        raise TypeError(
            f"dtype must be numpy.float32 or numpy.float64, got {_show(dtype)}: convert the result yourself"
        )
    return np.dtype(dtype)


def folder_exists(path: Path) -> None:
    """A place to write to."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of {path} must exist, got none: make it with Path.mkdir(parents=True)")


def not_written(path: Path, error) -> ValueError:
    """What to say when the encoder refuses a sound."""
    return ValueError(
        f"{path} must suit its format, got a sound that the encoder refuses ({_reason(error)}): "
        "save it as wav, or change sample_rate or the number of channels"
    )


def readable_file(path: Path) -> None:
    """A file that exists and holds something."""
    if path.is_dir():
        raise ValueError(f"{path} must be a sound file, got a folder: name a file in it")
    if not path.is_file():
        raise FileNotFoundError(
            f"no sound file at {path}: check the spelling, or list the course's clips with course_utils.audio.clips()"
        )
    if path.stat().st_size == 0:
        raise ValueError(f"{path} must hold sound, got an empty file of 0 bytes: copy or download it again")


_FIRST_BYTES = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"FORM": ".aiff"}


def _reason(error) -> str:
    return str(getattr(error, "error_string", error)).strip(" .")


def not_a_sound_file(path, error) -> ValueError:
    """What to say when the decoder refuses a file."""
    with open(path, "rb") as file:
        first = file.read(12)
    is_mpeg_frame = first[:1] == b"\xff" and first[1:2] >= b"\xe0"
    if is_mpeg_frame or any(first.startswith(magic) for magic in _FIRST_BYTES):
        return ValueError(
            f"{path} must be a whole sound file, got a damaged or truncated one ({_reason(error)}): "
            "copy or download it again"
        )
    return ValueError(
        f"{path} must be wav, flac, ogg, mp3 or aiff, got a file that begins with {first!r} ({_reason(error)}): "
        f"convert it with 'ffmpeg -i {path.name} {path.stem}_converted.wav'"
    )


def named_rightly(path, file_format: str) -> None:
    """A name whose ending tells what is inside: other programs trust it."""
    expected = {".wav": ("WAV", "WAVEX", "RF64", "W64"), ".flac": ("FLAC",), ".ogg": ("OGG",), ".mp3": ("MP3",)}
    allowed = expected.get(path.suffix.lower(), (file_format,))
    if file_format not in allowed:
        raise ValueError(
            f"{path} must hold what its ending says, got {file_format} inside a {path.suffix} name: "
            f"rename it to {path.stem}.{file_format.lower()}"
        )


def complete_file(path, n_read: int, n_promised: int) -> None:
    """A file with as many samples as its header says, and at least one."""
    if n_read == 0:
        raise ValueError(
            f"{path} must hold at least one sample, got 0: this is a header without sound, record it again"
        )
    if n_read < n_promised:
        raise ValueError(
            f"{path} must hold the {n_promised} samples that its header promises, got {n_read}: "
            "the file is truncated, copy or download it again"
        )


def known_length(path: Path, n_promised: int) -> None:
    """A file that says how many samples it holds; libsndfile gives the largest number to one that does not."""
    if n_promised == 2**63 - 1:
        raise ValueError(
            f"{path} must say how many samples it holds, got a stream of unknown length: "
            f"convert it with 'ffmpeg -i {path.name} {path.stem}_converted.wav'"
        )


def has_last_page(path: Path, notes: str) -> None:
    """An ogg stream that ends where it says so; ``notes`` are libsndfile's."""
    if "Last page lacks an end-of-stream bit" in notes or "Junk after the last page" in notes:
        raise ValueError(
            f"{path} must end with the last page of its stream, got none: "
            "the file is truncated, copy or download it again"
        )


def playable(signal: np.ndarray, sample_rate: int, longest_s: float) -> np.ndarray:
    """Mono or stereo, and short enough for a page."""
    if signal.ndim > 2 or (signal.ndim == 2 and signal.shape[0] != 2):
        raise ValueError(f"signal must have shape (time,) or (2, time) to be played, got {signal.shape}: pick one")
    duration_s = signal.shape[-1] / sample_rate
    if duration_s > longest_s:
        raise ValueError(f"signal must last at most {longest_s:g} s to be played, got {duration_s:.1f} s: cut it")
    return signal
