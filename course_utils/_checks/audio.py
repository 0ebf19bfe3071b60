"""What ``audio`` words."""

import codecs
import re
from pathlib import Path

import numpy as np

from . import *  # noqa: F403
from . import _show, beside, exactly, told_apart
from .files import named_file, shown, unreadable, unwritable  # noqa: F401
from .joined import one_sound  # noqa: F401


def float_type(dtype) -> np.dtype:
    """A floating-point type for samples."""
    if not isinstance(dtype, type | np.dtype) or dtype not in (np.float32, np.float64):
        raise TypeError(
            f"dtype must be numpy.float32 or numpy.float64, got {_show(dtype)}: convert the result yourself"
        )
    return np.dtype(dtype)


def not_encoded(path: Path, error, subtype: str | None) -> ValueError:
    """What to say when the encoder refuses a sound."""
    is_wav = path.suffix.lower() == ".wav"
    way = "save it as wav, or " if not is_wav else "" if subtype == "PCM_16" else 'pass subtype="PCM_16", or '
    return ValueError(
        f"{shown(path)} must suit its format, got a sound that the encoder refuses ({_reason(error)}): "
        f"{way}change sample_rate or the number of channels"
    )


def readable_file(path: Path) -> None:
    """A file that exists, may be read, and may hold sound."""
    try:
        if path.is_dir():
            raise ValueError(f"{shown(path)} must be a sound file, got a folder: name a file in it")
        if not path.is_file():
            raise FileNotFoundError(
                f"no sound file at {shown(path)}: check the spelling, or list the course's clips with "
                "course_utils.audio.clips()"
            )
        first = first_bytes(path)
    except OSError as error:
        raise (error if error.errno is None else unreadable(path, error)) from None
    if not first:
        raise ValueError(f"{shown(path)} must hold sound, got an empty file of 0 bytes: copy or download it again")
    what, way = _no_sound(path, first)
    if what:
        raise ValueError(f"{shown(path)} must hold sound, got {what}, which is not a sound file: {way}")


def first_bytes(path: Path) -> bytes:
    """Enough of a file to tell what it is."""
    with open(path, "rb") as file:
        return file.read(512)


_SOUNDS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd", b"NIST_1A", b"PVF1")
_NO_SOUNDS = {  # how a file begins: what it is
    b"PK\3\4": "a zip archive", b"\x1f\x8b": "a gzip archive", b"BZh": "a bzip2 archive", b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive", b"\xfd7zXZ": "an xz archive", b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
}  # fmt: skip


_ARRAYS = {  # how a file of numbers begins: what it is, and how it is read
    b"\x93NUMPY": ("an array of numpy", "read it with numpy.load"),
    b"\x89HDF": ("an HDF5 file", "read it with h5py"),
    b"MATLAB 5.0": ("a MATLAB file", "read it with scipy.io.loadmat"),
    b"PAR1": ("a Parquet file", "read it with pandas.read_parquet, and take the sound out of it"),
}  # fmt: skip
_HEADERLESS = (".raw", ".pcm", ".s16", ".sw", ".s8", ".u8", ".s24", ".s32", ".f32", ".f64", ".ul", ".al", ".vox")


def _no_sound(path: Path, first: bytes) -> tuple[str, str]:
    """What a file is that is surely no sound, and what can be done beside downloading it again; else nothing."""
    if first.startswith(_SOUNDS):
        return "", ""
    again = "download it again"
    if first.startswith(b"\0\5\x16\7") or path.name.startswith("._"):
        return "what macOS notes beside a file", f"{again}, or load {shown(path.name.removeprefix('._'))} beside it"
    what, way = next((known for magic, known in _ARRAYS.items() if first.startswith(magic)), ("", ""))
    if what:
        return what, way
    known = next((what for magic, what in _NO_SOUNDS.items() if first.startswith(magic)), "")
    if not known and len(set(first)) == 1 and not 0 < first[0] < 128:
        known = f"nothing but bytes of 0x{first[0]:02x}" if first[0] else "nothing but zeros"
    if known:
        return known, f"{again}, or unpack it" if known.endswith("archive") else again
    what, way = _text(first)
    return what, again + way


def _text(first: bytes) -> tuple[str, str]:
    """What a file is that holds nothing but letters, and what can be done; else nothing."""
    letters = first.removeprefix(b"\xef\xbb\xbf")
    if letters.startswith((b"\xff\xfe", b"\xfe\xff")):  # two bytes a letter
        letters = letters[2:].replace(b"\0", b"")
    n_ascii = sum(byte < 128 for byte in letters)
    if (
        any(byte < 32 and byte not in b"\t\n\r\f" for byte in letters)
        or n_ascii < len(letters) / 2
        and not _utf8(letters)
    ):
        return "", ""
    text = letters.strip()
    if text.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer", " with 'git lfs pull'"
    if b"annex/objects/" in text:
        return "a git-annex pointer", " with 'git annex get'"
    if b"<html" in text.lower() or text.lower().startswith(b"<!doctype html"):
        return "a web page", ", from the address of the file itself"
    what = {b"<": "an XML text", b"{": "a JSON text", b"[": "a JSON text"}.get(text[:1], "a text")
    return f"{what} that begins {text[:20].decode('utf-8', 'backslashreplace')!r}", ""


def _utf8(letters: bytes) -> bool:
    """Whether these are letters of any alphabet, the last of which may be cut off."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(letters)
    except UnicodeDecodeError:
        return False
    return True


def _reason(error) -> str:
    return str(getattr(error, "error_string", error)).strip(" .").replace(". ", ", ")


def _command(path: Path, way: str, result: str, options: str = "") -> str:
    """A line for the terminal, such as 'ffmpeg -i in.m4a in_converted.wav'."""
    names = shown(path.name), f"{shown(path.stem)}_{result}.wav"
    given, made = (name if re.fullmatch("[a-zA-Z0-9_.+-]+", name) else f'"{name}"' for name in names)
    return f"'{way} {given} {options}{made}'"


def not_a_sound_file(path: Path, error) -> ValueError:
    """What to say when the decoder refuses a file."""
    first, reason = first_bytes(path), _reason(error)
    is_mpeg_frame = first[:1] == b"\xff" and first[1:2] >= b"\xe0"
    is_other = first[:4] in (b"RIFF", b"FORM") and first[8:12] not in (b"WAVE", b"AIFF", b"AIFC", b"8SVX")  # AVI
    is_unknown = re.search("unimplemented|unsupported|unknown encoding|malformed 'fmt", reason, re.IGNORECASE)
    is_container = is_other or first[4:8] == b"ftyp" or first.startswith(b"\x1aE\xdf\xa3")  # MP4, Matroska
    if path.suffix.lower() in _HEADERLESS and not is_container:
        return _headerless(path, first)
    convert = f"convert it with {_command(path, 'ffmpeg -i', 'converted')}"
    if not is_mpeg_frame and (is_other or not first.startswith(_SOUNDS)):
        return ValueError(
            f"{shown(path)} must be wav, flac, ogg, mp3 or aiff, got a file that begins with {first[:12]!r} "
            f"({reason}): {convert}"
        )
    if is_unknown:
        return ValueError(f"{shown(path)} must have a coding that libsndfile knows, got another ({reason}): {convert}")
    return ValueError(
        f"{shown(path)} must be a whole sound file, got a damaged or truncated one ({reason}): "
        "copy or download it again"
    )


def _headerless(path: Path, first: bytes) -> ValueError:
    """What to say of samples that nothing says the rate and the coding of; or of a sound whose name says that."""
    if first.startswith(_SOUNDS):
        return ValueError(
            f"{shown(path)} must have the ending of what is inside, got a name for samples without a header: "
            "rename it to what it is, such as .wav"
        )
    return ValueError(
        f"{shown(path)} must say in a header what its rate and its coding are, got none: read it with "
        f'numpy.fromfile({_show(str(path))}, "<i2") / 2**15 if it holds 16-bit integers, and pass its rate yourself'
    )


def named_rightly(path, file_format: str) -> None:
    """A name whose ending tells what is inside: other programs trust it."""
    expected = {".wav": ("WAV", "WAVEX", "RF64", "W64"), ".flac": ("FLAC",), ".ogg": ("OGG",), ".mp3": ("MP3",)}
    allowed = expected.get(path.suffix.lower(), (file_format,))
    if file_format not in allowed:
        raise ValueError(
            f"{shown(path)} must hold what its ending says, got {file_format} inside a {path.suffix} name: "
            f"rename it to {shown(path.stem)}.{file_format.lower()}"
        )


def holds_samples(path: Path, n_samples: int, n_behind: int, file_format: str) -> None:
    """A file of one sample or more; ``n_behind`` bytes follow a header that says that there are none."""
    if n_samples == 0 and n_behind:
        way = "ffmpeg -i" if file_format in ("WAV", "WAVEX", "CAF") else "sox --ignore-length"
        raise ValueError(
            f"{shown(path)} must say in its header how long its sound is, got 0 with {n_behind} bytes behind it, as a "
            f"recorder leaves it that was cut off: repair it with {_command(path, way, 'repaired')}"
        )
    if n_samples == 0:
        raise ValueError(
            f"{shown(path)} must hold at least one sample, got 0: this is a header without sound, record it again"
        )


def countable(path: Path, file_format: str) -> None:
    """A wav file no longer than its header can count; libsndfile would stop reading there."""
    n_bytes = path.stat().st_size
    if file_format in ("WAV", "WAVEX") and n_bytes > 2**32 + 2**20:
        way = _command(path, "ffmpeg -ignore_length 1 -i", "converted", "-rf64 auto ")
        raise ValueError(
            f"{shown(path)} must have at most 2³² bytes, more than which a wav header cannot count, got {n_bytes}: "
            f"convert it with {way}"
        )


def complete_file(path: Path, n_found: int, n_promised: int, what: str = "samples") -> None:
    """A file with as many samples, or bytes, as its header says."""
    if n_found < n_promised:
        raise ValueError(
            f"{shown(path)} must hold the {n_promised} {what} that its header promises, got {n_found}: "
            "the file is truncated, copy or download it again"
        )


def starts_within(path: Path, start_s: float, end_s: float) -> None:
    """A part that begins before the sound ends."""
    if start_s >= end_s:
        start, end = told_apart(start_s, end_s)
        raise ValueError(f"start_s must lie before the end of {shown(path)} at {end} s, got {start}: lower start_s")


def finite_samples(path: Path, samples: np.ndarray, begin: int, rate: int) -> None:
    """Samples (time, channels) that are numbers: one that is not would spread over all that is computed with it."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = samples.sum(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(samples).all(axis=1)) if not np.isfinite(total) else []
    if len(bad):
        raise ValueError(
            f"{shown(path)} must hold finite samples, got {len(bad)} NaN or infinite ones, the first at "
            f"{(begin + bad[0]) / rate:g} s: read it with soundfile.read, and replace them with numpy.nan_to_num"
        )


def resampling_fits(path: Path, rates: tuple[int, int], n_values: int, largest: int, what: str) -> None:
    """Two rates whose filter, and a sound at the second of them, for which there is room; a header may say any rate."""
    if n_values > largest:
        raise ValueError(
            f"{shown(path)} at {rates[0]} Hz needs {what} of at most {largest} values to be resampled to {rates[1]} "
            f"Hz, got {beside(n_values, largest, digits=3)}: "
            "see whether the rate in its header is right, or leave sample_rate out"
        )


def too_long_for_memory(path: Path, n_samples: int, n_channels: int) -> ValueError:
    """What to say of a file that is too long to be read at once."""
    return ValueError(
        f"{shown(path)} must fit into memory, got {n_samples} samples of {n_channels} channels: "
        "read a part of it with start_s and duration_s"
    )


def fits_float32(signal: np.ndarray, subtype: str | None) -> None:
    """Samples that a file of 32-bit floats can hold."""
    largest = np.finfo(np.float32).max
    if subtype == "FLOAT" and np.abs(signal).max() > largest:
        raise ValueError(f"signal must lie within ±{largest:.4g}, got {np.abs(signal).max():.4g}: save it as DOUBLE")


def has_last_page(path: Path, notes: str) -> None:
    """An ogg stream that ends where it says so; ``notes`` are libsndfile's."""
    if "Last page lacks an end-of-stream bit" in notes or "Junk after the last page" in notes:
        raise ValueError(
            f"{shown(path)} must end with the last page of its stream, got none: "
            "the file is truncated, copy or download it again"
        )


def playable(signal: np.ndarray, sample_rate: int, longest_s: float) -> np.ndarray:
    """Mono or stereo, and short enough for a page."""
    if signal.ndim > 2 or (signal.ndim == 2 and signal.shape[0] != 2):
        raise ValueError(f"signal must have shape (time,) or (2, time) to be played, got {signal.shape}: pick one")
    duration_s = signal.shape[-1] / sample_rate
    if duration_s > longest_s:
        raise ValueError(
            f"signal must last at most {exactly(longest_s)} s to be played, "
            f"got {beside(duration_s, longest_s, digits=3)} s: cut it"
        )
    return signal
