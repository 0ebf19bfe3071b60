"""Sound files in and out, and sound in the notebook.

Nothing here changes a level without saying so. Lecture: sampling
"""

import base64
import csv
import html
import io
import mmap
import os
import re
import struct
from collections.abc import Iterator
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


# How `load` resamples: with the filter of scipy.signal.resample_poly, whose import takes 50 MB of a notebook's memory
_RESAMPLED = {"lowpass_filter_width": 10, "rolloff": 1.0, "window": "kaiser", "beta": 5.0}


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
    path = _checks.named_file(path)
    candidates = [path, DATA_FOLDER / path, DATA_FOLDER / f"{path}.flac"]
    return next((candidate for candidate in candidates if os.path.isfile(candidate)), path)


# What each chunked format begins with: where its first chunk is, how a chunk begins, which one holds the samples, and
# how many bytes stand before them.
_CHUNKS = dict.fromkeys((b"RIFF", b"RF64"), (12, "<4sI", b"data", 0)) | {
    b"RIFX": (12, ">4sI", b"data", 0), b"FORM": (12, ">4sI", b"SSND", 8), b"caff": (8, ">4sq", b"data", 4),
}  # fmt: skip


def _bytes_behind(path: Path) -> int:
    """How many bytes follow the header of a file that says it holds no sound; 0 if they are another chunk."""
    n_bytes = path.stat().st_size
    with open(path, "rb") as file:
        magic = file.read(4)
        if magic in (b".snd", b"dns."):  # the length of the header comes next
            return max(0, n_bytes - int.from_bytes(file.read(4), "big" if magic == b".snd" else "little"))
        at, form, wanted, n_before = _CHUNKS.get(magic, (n_bytes, "<4sI", b"", 0))
        for kind, size, begin in _chunks(file, at, form, n_bytes):
            if kind == wanted:
                is_stated = n_before + 1 < size < 0xFFFFFFFF
                behind = next(_chunks(file, begin + n_before, form, n_bytes), (b"", 0, 0))
                is_chunk = re.fullmatch(rb"[\w ]{4}", behind[0]) and behind[1] + behind[2] <= n_bytes
                return 0 if is_stated or is_chunk else max(0, n_bytes - begin - n_before)
    return 0


def _chunks(file, at: int, form: str, n_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, size and first byte of each chunk."""
    n_head = struct.calcsize(form)
    while 0 < at <= n_bytes - n_head:
        file.seek(at)
        kind, size = struct.unpack(form, file.read(n_head))
        yield kind, size, at + n_head
        at += n_head + size + (size % 2 if n_head == 8 else 0)


# What libsndfile notes where a header promises more than the file holds.
_PROMISED = re.compile(r"^ *(data|SSND|BODY|Data Size|riff|Riff size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
_PLACEHOLDERS = 0x7F000000, 1 << 31, 1 << 32  # near these, and 0: sizes that are written before the length is known


def _check_promise(path: Path, file) -> None:
    """Refuse a file that is shorter than its header says; one that was streamed could not know."""
    for kind, promised, found in _PROMISED.findall(file.extra_info):
        promised, found = int(promised), int(found)
        if promised == 0 or any(-(1 << 16) <= promised - size <= 256 for size in _PLACEHOLDERS):
            continue
        if kind == "data" and file.frames and found % file.frames == 0:
            _checks.complete_file(path, file.frames, promised * file.frames // found)
        _checks.complete_file(path, found, promised, "bytes")


class _Longer:
    """An mp3 file that says it is 64 times as long: libsndfile reads as far as it guesses by the first frame's rate."""

    def __init__(self, path: Path):
        with open(path, "rb") as file:
            self.bytes, self.at = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        end = len(self.bytes) if offset else 64 * len(self.bytes)  # the last bytes are where they are: a tag, perhaps
        self.at = (0, self.at, end)[whence] + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, n_bytes: int) -> bytes:
        piece = self.bytes[self.at : self.at + n_bytes]
        self.at += len(piece)
        return piece


def _mp3_states_length(path: Path) -> bool:
    """Whether the first frame of an mp3 file holds a count of the frames, as Xing or VBRI write it."""
    with open(path, "rb") as file:
        tag = file.read(10)
        while tag[:3] == b"ID3":  # each followed by a size of four times seven bits
            file.seek(
                sum((byte & 127) << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True)), os.SEEK_CUR
            )
            tag = file.read(10)
        frame = tag + file.read(190)
    named = re.search(rb"(?:Xing|Info)(....)(....)", frame, re.DOTALL)
    return b"VBRI" in frame or bool(named and named[1][3] & 1 and any(named[2]))


def _open(path: Path) -> tuple["soundfile.SoundFile", int | None]:  # noqa: F821
    """libsndfile's view of a file that exists, is what its name says, and is whole; and its length, if that is said."""
    import soundfile

    _checks.readable_file(path)
    try:
        file = soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)
        if file.format == "MP3" and not _mp3_states_length(path):
            file.close()
            file = soundfile.SoundFile(_Longer(path))
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a raw file, which says nothing of itself
        if _checks.first_bytes(path).startswith(b"caff") and (n_behind := _bytes_behind(path)):
            _checks.holds_samples(path, 0, n_behind, "CAF")
        _checks.one_sound(path)
        raise _checks.not_a_sound_file(path, error) from None
    try:
        _check_header(path, file)
    except ValueError:
        file.close()
        raise
    is_stated = file.frames != 2**63 - 1 and not isinstance(file.name, _Longer)
    if file.subtype.startswith("DWVW") or not is_stated:
        file.seekable = lambda: False  # soundfile would seek after each reading, and fail
    return file, file.frames if is_stated else None


def _check_header(path: Path, file) -> None:
    """Refuse what a header says that the rest of the file does not keep."""
    _checks.one_sound(path, file.format)
    _checks.has_last_page(path, file.extra_info)
    _checks.named_rightly(path, file.format)
    _checks.countable(path, file.format)
    _check_promise(path, file)
    if file.format == "NIST" and (stated := re.search(rb"sample_count -i (\d+)", _checks.first_bytes(path))):
        _checks.complete_file(path, file.frames, int(stated[1]))
    _checks.holds_samples(path, file.frames, 0 if file.frames else _bytes_behind(path), file.format)


# Samples that are decoded before those that are wanted, since a frame of mp3 leans on the frames before it; and since
# libsndfile loses its place in the last page of an ogg file, which holds at most 255 packets of 4096 samples.
_RUN_UP = dict.fromkeys(("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"), 16 * 1152) | {"VORBIS": 1 << 20}


def _read(path: Path, file, begin: int, end: int, dtype: np.dtype) -> np.ndarray:
    """Samples ``begin`` to ``end``, or the last, as (time, channels); what cannot seek is read from its beginning."""
    import soundfile

    at, can_seek = 0, file.seekable() or file.format in ("FLAC", "MP3")
    if can_seek:
        at = max(0, begin - _RUN_UP.get(file.subtype, 0))
        try:
            file.seek(at)
        except soundfile.LibsndfileError:  # behind the end of what does not say where it ends
            return np.empty((0, file.channels), dtype)
    try:
        if file.seekable():
            return file.read(end - at, dtype=dtype.name, always_2d=True)[begin - at :]
        pieces = [np.empty((0, file.channels), dtype)]
        while at < end:
            piece = file.read(min(_BLOCK, end - at), dtype=dtype.name, always_2d=True)
            if not len(piece):
                break
            pieces.append(piece[max(0, begin - at) :])
            at += len(piece)
        return np.concatenate(pieces)
    except soundfile.LibsndfileError as error:
        raise _checks.not_a_sound_file(path, error) from None
    except MemoryError:
        raise _checks.too_long_for_memory(path, end - begin, file.channels) from None


def _length(path: Path) -> int:
    """How many samples a file holds; where its header does not say, it is read through to count them."""
    file, n_samples = _open(path)
    with file:
        if n_samples is not None:
            return n_samples
        n_samples = 0
        while n_read := len(file.read(_BLOCK, dtype="float32")):
            n_samples += n_read
    _checks.holds_samples(path, n_samples, 0, file.format)
    return n_samples


def load(
    path: str | os.PathLike,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    dtype: type = np.float32,
    start_s: float = 0.0,
    duration_s: float | None = None,
) -> tuple[np.ndarray, int]:
    """Read a sound, or a part of it: wav, flac, ogg, mp3, aiff and what else libsndfile knows.

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
    start_s : float, s
        Where to begin; what stands before is not read, unless the coding asks for it.
    duration_s : float, s, optional
        How much to read: less where the file ends sooner, all by default. A part equals that part of the whole sound,
        resampled or not.

    Returns
    -------
    signal : ndarray, shape (time,), or (channels, time) if the file has several, full scale ±1
    sample_rate : int, Hz

    Raises
    ------
    FileNotFoundError, PermissionError, ValueError
        Missing, not to be read, empty, truncated, not a sound file, or with samples that are not finite; or if the
        part begins behind its end.

    Lecture: sampling
    """
    path, dtype, mono = _locate(path), _checks.float_type(dtype), _checks.switch(mono, "mono")
    if sample_rate is not None:
        sample_rate = _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
    start_s = _checks.number(start_s, "start_s", at_least=0)
    if duration_s is not None:
        duration_s = _checks.number(duration_s, "duration_s", above=0)
    file, n_samples = _open(path)
    with file:
        rates = file.samplerate, sample_rate or file.samplerate
        if n_samples is None:
            n_samples = _enough(path, start_s, duration_s, rates)
        _checks.starts_within(path, start_s, n_samples / rates[0])
        part = _part(start_s, duration_s, n_samples, rates)
        begin, end = _behind(part, n_samples, rates)
        samples = _read(path, file, begin, end, dtype)
    _checks.complete_file(path, len(samples), end - begin)
    _checks.finite_samples(path, samples, begin, rates[0])
    signal = samples.mean(axis=1, dtype=dtype) if mono else np.ascontiguousarray(samples.T)
    if rates[0] != rates[1]:
        signal = _resampled(path, signal, begin, part, rates)
    return signal[0] if signal.ndim == 2 and len(signal) == 1 else signal, rates[1]


_LARGEST_FILTER = 1 << 23  # values: 64 MB


def _enough(path: Path, start_s: float, duration_s: float | None, rates: tuple[int, int]) -> int:
    """The length of a stream that does not say it, or so much of it as holds the part that is asked for."""
    if duration_s is not None:
        _, end = _behind(_part(start_s, duration_s, 1 << 40, rates), 1 << 40, rates)
        with _open(path)[0] as file:
            if len(_read(path, file, end - 1, end, np.dtype("float32"))):
                return end
    return _length(path)


def _part(start_s: float, duration_s: float | None, n_samples: int, rates: tuple[int, int]) -> slice:
    """The samples that are asked for, counted at the second rate: at least one, and none behind the end."""
    n_all = -(-n_samples * rates[1] // rates[0])
    start = min(round(start_s * rates[1]), n_all - 1)
    if duration_s is None or duration_s * rates[1] >= n_all - start:
        return slice(start, n_all)
    return slice(start, start + _checks.n_samples(duration_s, rates[1]))


def _ratio(rates: tuple[int, int]) -> tuple[int, int]:
    """How many samples of the second rate last as long as how many of the first."""
    common = gcd(*rates)
    return rates[1] // common, rates[0] // common


def _behind(part: slice, n_samples: int, rates: tuple[int, int]) -> tuple[int, int]:
    """First and last sample of the file behind a part: with what the filter reaches, and from a whole period on."""
    up, down = _ratio(rates)
    reach = 0 if up == down else 10 * max(up, down) // up + 1  # of the filter
    begin = max(0, part.start * down // up - reach) // down * down
    return begin, min(n_samples, -(-part.stop * down // up) + reach)


def _resampled(path: Path, signal: np.ndarray, begin: int, part: slice, rates: tuple[int, int]) -> np.ndarray:
    """The part at the second rate, of samples from ``begin`` on at the first."""
    from .filters import resample

    up, down = _ratio(rates)
    n_new = signal.shape[-1] * up // down
    _checks.resampling_fits(path, rates, 20 * max(up, down), _LARGEST_FILTER, "a filter")
    _checks.resampling_fits(path, rates, n_new, max(_checks.LARGEST_COUNT, signal.shape[-1]), "a result")
    offset = begin // down * up
    resampled = resample(signal, from_rate=down, to_rate=up, **_RESAMPLED)
    return resampled[..., part.start - offset : part.stop - offset]


def save(path: str | os.PathLike, signal: np.ndarray, sample_rate: int, *, subtype: str = "PCM_16") -> None:
    """Write a sound; the ending of the name chooses the format (wav, flac, ogg, mp3).

    Parameters
    ----------
    path : str or path
    signal : ndarray, shape (time,) or (channels, time), within ±1
    sample_rate : int, Hz
        At most 192,000.
    subtype : str
        Coding of a sample, as in ``soundfile``: "PCM_16", "PCM_24", "FLOAT"; ogg and mp3 have their own. Those of
        whole blocks, "GSM610" and the ADPCM of telephones, fill up their last block with silence: the file is longer.

    Raises
    ------
    FileNotFoundError, PermissionError, ValueError
        If the folder is missing or not to be written, the disk is full, the signal would clip, or the format cannot
        hold it.

    Lecture: sampling
    """
    import soundfile

    path, signal = _checks.named_file(path), _checks.channels_first(_checks.signal(signal, largest=None))
    sample_rate = _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
    ending = _checks.choice(path.suffix.lower(), "the ending of path", (".wav", ".flac", ".ogg", ".mp3"))
    codings = tuple(name for name in soundfile.available_subtypes(ending[1:].upper()) if not name.startswith("MPEG"))
    subtype = None if ending in (".ogg", ".mp3") else _checks.choice(subtype, "subtype", codings)
    if subtype not in ("FLOAT", "DOUBLE"):
        _checks.within_full_scale(signal)
    _checks.fits_float32(signal, subtype)
    encoded = io.BytesIO()
    try:
        with soundfile.SoundFile(encoded, "w", sample_rate, len(signal), subtype, format=ending[1:]) as file:
            for start in range(0, signal.shape[-1], _BLOCK):
                file.write(signal.T[start : start + _BLOCK])
    except soundfile.LibsndfileError as error:
        raise _checks.not_encoded(path, error, subtype) from None
    _write(path, encoded.getbuffer())


def _write(path: Path, content: memoryview) -> None:
    try:
        _files.write_whole(path, content)
    except OSError as error:
        raise _checks.unwritable(path, error) from None


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
        minutes, seconds = divmod(round(self.duration_s, 2), 60)
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
    """A report in the style of ``soxi``: rate, channels, length, size, coding.

    Samples are decoded only to count those of a stream that does not say how many it holds.

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
    FileNotFoundError, PermissionError, ValueError
        Missing, not to be read, empty, truncated, or not a sound file.

    Lecture: sampling
    """
    import soundfile

    path = _locate(path)
    file, n_samples = _open(path)
    with file:
        coding = soundfile.available_subtypes(file.format).get(file.subtype, file.subtype)
        return AudioInfo(
            _checks.shown(path.name),
            file.format_info,
            coding,
            file.channels,
            file.samplerate,
            _length(path) if n_samples is None else n_samples,
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

    sample_rate = _checks.count(sample_rate, "sample_rate", maximum=_checks.LARGEST_RATE)
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
