"""Sound files in and out, and sound in the notebook.

Nothing here changes a level without saying so. Lecture: sampling
"""

import base64
import csv
import html
import io
import os
import re
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np

from . import _files
from ._checks import audio as _checks

DATA_FOLDER = _files.ROOT / "data"
LOUDEST_RMS_DB = -9.0  # dBFS; a sine of amplitude 0.5. `play` turns down what is louder, and says so
LONGEST_S = 60.0  # what one player in a page may hold
_BLOCK = 1 << 16  # samples written at once: libsndfile's ogg encoder crashes on some minutes in one piece


def clips(kind: str | None = None) -> list[dict[str, str]]:
    """The sounds that come with the course, one row of ``data/manifest.csv`` each.

    Parameters
    ----------
    kind : {"music", "speech", "environment", "test_signals"}, optional

    Returns
    -------
    list of dict
        Keys: file, kind, lecture, transcript, notes, sample_rate, seconds, channels, origin, licence, sha256.

    Lecture: start_here
    """
    with (DATA_FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if kind is not None:
        _checks.choice(kind, "kind", sorted({row["kind"] for row in rows}))
    return [row for row in rows if kind in (None, row["kind"])]


def _locate(path: str | os.PathLike) -> Path:
    """A path of the reader's, or a clip of the course named like ``speech/vowel_a``."""
    path = _checks.path(path)
    candidates = [path, DATA_FOLDER / path, DATA_FOLDER / f"{path}.flac"]
    return next((candidate for candidate in candidates if candidate.is_file()), path)


def _open(path: Path):
    """libsndfile's view of a file that exists, is what its name says, and is whole."""
    import soundfile

    _checks.readable_file(path)
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a raw file, which says nothing of itself
        raise _checks.not_a_sound_file(path, error) from None
    _checks.has_last_page(path, file.extra_info)
    _checks.named_rightly(path, file.format)
    _checks.known_length(path, file.frames)
    _checks.complete_file(path, file.frames, file.frames)
    # A wav header states the bytes of its data; libsndfile believes the file's length and notes the difference.
    promised = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if promised and int(promised[2]) < int(promised[1]) < 0xFFFFFFFF:  # streams are written with 0xFFFFFFFF
        n_bytes_each = int(promised[2]) / file.frames
        _checks.complete_file(path, file.frames, round(int(promised[1]) / n_bytes_each))
    return file


def load(
    path: str | os.PathLike, *, sample_rate: int | None = None, mono: bool = False, dtype: type = np.float32
) -> tuple[np.ndarray, int]:
    """Read a sound: wav, flac, ogg, mp3, aiff and what else libsndfile knows.

    Parameters
    ----------
    path : str or path
        A file of yours, or a clip of the course such as ``"speech/vowel_a"``.
    sample_rate : int, Hz, optional
        Resample to this rate; by default the file's own rate is kept.
    mono : bool
        Average the channels.
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.

    Returns
    -------
    signal : ndarray, shape (time,), or (channels, time) if the file has several, full scale ±1
    sample_rate : int, Hz

    Raises
    ------
    FileNotFoundError, ValueError
        Missing, empty, truncated, or not a sound file.

    Lecture: sampling
    """
    path, dtype = _locate(path), _checks.float_type(dtype)
    if sample_rate is not None:
        _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
    with _open(path) as file:
        file_rate, n_promised = file.samplerate, file.frames
        try:
            samples = file.read(dtype=dtype.name, always_2d=True)
        except RuntimeError as error:  # soundfile.LibsndfileError
            raise _checks.not_a_sound_file(path, error) from None
    _checks.complete_file(path, len(samples), n_promised)
    signal = samples.mean(axis=1, dtype=dtype) if mono else np.ascontiguousarray(samples.T)
    if sample_rate not in (None, file_rate):
        from scipy.signal import resample_poly

        common = gcd(sample_rate, file_rate)
        signal = resample_poly(signal, sample_rate // common, file_rate // common, axis=-1)
    return signal[0] if signal.ndim == 2 and len(signal) == 1 else signal, sample_rate or file_rate


def save(path: str | os.PathLike, signal: np.ndarray, sample_rate: int, *, subtype: str = "PCM_16") -> None:
    """Write a sound; the ending of the name chooses the format (wav, flac, ogg, mp3).

    Parameters
    ----------
    path : str or path
    signal : ndarray, shape (time,) or (channels, time), within ±1
    sample_rate : int, Hz
        At most 192,000.
    subtype : str
        Coding of a sample, as in ``soundfile``: "PCM_16", "PCM_24", "FLOAT"; ogg and mp3 have their own.

    Raises
    ------
    FileNotFoundError, ValueError
        If the folder is missing, the signal would clip, or the format cannot hold it.

    Lecture: sampling
    """
    import soundfile

    path, signal = _checks.path(path), _checks.channels_first(_checks.signal(signal))
    _checks.folder_exists(path)
    _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
    ending = _checks.choice(path.suffix.lower(), "the ending of path", (".wav", ".flac", ".ogg", ".mp3"))
    codings = tuple(soundfile.available_subtypes(ending[1:].upper()))
    subtype = None if ending in (".ogg", ".mp3") else _checks.choice(subtype, "subtype", codings)
    if subtype not in ("FLOAT", "DOUBLE"):
        _checks.within_full_scale(signal)
    try:
        with soundfile.SoundFile(path, "w", sample_rate, len(signal), subtype) as file:
            for start in range(0, signal.shape[-1], _BLOCK):
                file.write(signal.T[start : start + _BLOCK])
    except soundfile.LibsndfileError as error:
        raise _checks.not_written(path, error) from None


@dataclass(frozen=True)
class AudioInfo:
    """What a sound file says of itself."""

    path: str
    format: str
    coding: str
    n_channels: int
    sample_rate: int
    n_samples: int
    n_bytes: int

    @property
    def duration_s(self) -> float:
        """Length in s."""
        return self.n_samples / self.sample_rate

    @property
    def bit_rate(self) -> float:
        """Bits of the file for each second of sound, bit/s."""
        return 8 * self.n_bytes / self.duration_s

    def __str__(self) -> str:
        minutes, seconds = divmod(self.duration_s, 60)
        return (
            f"Input File     : {self.path}\n"
            f"Channels       : {self.n_channels}\n"
            f"Sample Rate    : {self.sample_rate} Hz\n"
            f"Duration       : {int(minutes):02d}:{seconds:05.2f} = {self.n_samples} samples\n"
            f"File Size      : {self.n_bytes / 1000:.1f} kB\n"
            f"Bit Rate       : {self.bit_rate / 1000:.0f} kbit/s\n"
            f"Sample Encoding: {self.format}, {self.coding}"
        )

    __repr__ = __str__


def audio_info(path: str | os.PathLike) -> AudioInfo:
    """A report in the style of ``soxi``: rate, channels, length, size, coding; samples are not decoded.

    Parameters
    ----------
    path : str or path
        A file of yours, or a clip of the course.

    Returns
    -------
    AudioInfo
        Prints as a table.

    Raises
    ------
    FileNotFoundError, ValueError
        Missing, empty, or not a sound file.

    Lecture: sampling
    """
    import soundfile

    path = _locate(path)
    with _open(path) as file:
        coding = soundfile.available_subtypes(file.format).get(file.subtype, file.subtype)
        return AudioInfo(
            path.name,
            file.format_info,
            coding,
            file.channels,
            file.samplerate,
            file.frames,
            path.stat().st_size,
        )


@dataclass(frozen=True)
class Sound:
    """A player with its caption, shown by the notebook."""

    flac: bytes
    caption: str

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.flac).decode()
        caption = html.escape(self.caption)
        return (
            '<figure style="margin:0.5em 0">'
            f'<audio controls preload="metadata" aria-label="{caption}" src="data:audio/flac;base64,{data}"></audio>'
            f"<figcaption>{caption}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f"Sound: {self.caption}"


def _fade(signal: np.ndarray, n_fade: int) -> np.ndarray:
    """Raised-cosine ramps at both ends: a tone that starts at full level would click."""
    n_fade = min(n_fade, signal.shape[-1] // 2)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n_fade) + 0.5) / max(n_fade, 1))
    gain = np.ones(signal.shape[-1])
    gain[:n_fade], gain[len(gain) - n_fade :] = ramp, ramp[::-1]
    return signal * gain


def play(signal: np.ndarray, sample_rate: int, *, caption: str, fade_s: float = 0.005) -> Sound:
    """A player for the notebook. The level is what the samples say: nothing is normalised.

    Two things can turn a sound down, and the caption then says by how much: a peak above full scale, and an RMS
    above −9 dBFS, which would hurt in headphones.

    Parameters
    ----------
    signal : ndarray, shape (time,) or (2, time), full scale ±1
    sample_rate : int, Hz
    caption : str
        What to listen for.
    fade_s : float, s
        Ramp at both ends; 0 for clicks that must stay sharp.

    Returns
    -------
    Sound
        FLAC with 16 bits, so that a page stays small.

    Raises
    ------
    ValueError
        If the caption is empty, or the sound longer than 60 s.

    Lecture: sound
    """
    import soundfile

    _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
    signal = _checks.playable(_checks.signal(signal), sample_rate, LONGEST_S)
    caption = _checks.words(caption, "caption")
    loudest = max(np.sqrt(np.mean(signal**2, axis=-1)).max() / 10 ** (LOUDEST_RMS_DB / 20), np.abs(signal).max(), 1.0)
    if loudest > 1:
        signal = signal / loudest
        caption += f" (turned down by {20 * np.log10(loudest):.1f} dB to protect your ears)"
    faded = _fade(signal, round(_checks.number(fade_s, "fade_s", at_least=0, at_most=LONGEST_S) * sample_rate))
    file = io.BytesIO()
    soundfile.write(file, np.minimum(faded.T, 1 - 2**-15), sample_rate, format="FLAC", subtype="PCM_16")
    return Sound(file.getvalue(), caption)
