"""Files laid end to end: a decoder reads the first sound and stops, and nothing says that there is more."""

import mmap
import os
import re
import shlex
import struct
from functools import lru_cache
from pathlib import Path

from .files import shown


def one_sound(path: Path, file_format: str = "") -> None:
    """A file in which no second sound follows the first."""
    stat = os.stat(path)
    at = _next_sound(os.fspath(path), file_format, stat.st_size, stat.st_mtime_ns)
    if at:
        first, second = (shlex.quote(f"{shown(path.stem)}_{n}{shown(path.suffix)}") for n in (1, 2))
        name = shlex.quote(shown(path.name))
        raise ValueError(
            f"{shown(path)} must hold one sound, got another that begins at byte {at} of {stat.st_size} and would be "
            f"lost, as where files are joined or a stream is recorded: "
            f"part it with 'head -c {at} {name} > {first}' and 'tail -c +{at + 1} {name} > {second}'"
        )


@lru_cache(maxsize=64)  # parts of one long file are read again and again
def _next_sound(path: str, file_format: str, n_bytes: int, _changed: int) -> int:
    """Where the second sound begins, 0 where there is none."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        find = {"OGG": _next_ogg, "FLAC": _next_flac, "MP3": _next_mp3, "CAF": _next_caf}.get(file_format, _next_whole)
        at = find(data)
    return at if 0 < at < n_bytes else 0


def _next_ogg(data: mmap.mmap) -> int:
    """The first page of a stream behind pages that are none's first; those of parallel streams stand side by side."""
    at, has_begun = data.find(b"OggS"), False
    while 0 <= at <= len(data) - 27:
        is_first, n_pieces = data[at + 5] & 2, data[at + 26]
        if is_first and has_begun:
            return at
        has_begun = has_begun or not is_first
        at += 27 + n_pieces + sum(data[at + 27 : at + 27 + n_pieces])
        if data[at : at + 4] != b"OggS":
            at = data.find(b"OggS", at)
    return 0


def _next_flac(data: mmap.mmap) -> int:
    """Another mark with the block that must follow it."""
    begin = data.find(b"fLaC") + 4
    found = (data.find(b"fLaC" + last + b"\0\0\x22", begin) for last in (b"\0", b"\x80"))
    return min((at for at in found if at > 0), default=0)


def _next_caf(data: mmap.mmap) -> int:
    """The mark of a file where a chunk should begin."""
    at = 8
    while 0 < at <= len(data) - 12:
        kind, size = struct.unpack(">4sq", data[at : at + 12])
        if kind == b"caff":
            return at
        at += 12 + size if size >= 0 else len(data)
    return 0


# How a file begins that says its length: the form of that, its place, and the bytes before those that are counted.
_LENGTHS = {
    b"RIFF": ("<I", 4, 8), b"RIFX": (">I", 4, 8), b"FORM": (">I", 4, 8),
    b"RF64": ("<Q", 20, 8), b"riff": ("<Q", 16, 0),
}  # fmt: skip


def _next_whole(data: mmap.mmap) -> int:
    """What stands behind the length in the header, if it begins as this file does."""
    magic = data[:4]
    if magic == b".snd" and len(data) > 12:
        end = sum(struct.unpack(">II", data[4:12]))
    elif magic in _LENGTHS and len(data) > 28:
        form, place, n_before = _LENGTHS[magic]
        end = n_before + struct.unpack_from(form, data[:28], place)[0]
    else:
        return 0
    return next((at for at in (end, end + end % 2) if at > 12 and data[at : at + 4] == magic), 0)


_KBIT = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBIT_LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _frame_bytes(data: mmap.mmap, at: int) -> int:
    """How long the frame of layer III is that begins there, 0 where none does."""
    head = int.from_bytes(data[at : at + 4], "big")
    version, layer, rate, coarse = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or coarse == 3:
        return 0
    sample_rate = (44_100, 48_000, 32_000)[coarse] >> {3: 0, 2: 1, 0: 2}[version]
    kbit = (_KBIT if version == 3 else _KBIT_LOW)[rate - 1]
    return (144_000 if version == 3 else 72_000) * kbit // sample_rate + (head >> 9 & 1)


def _behind_tags(data: mmap.mmap, at: int) -> int:
    """The first byte behind what says who made a piece: each tag has a size of four times seven bits."""
    while data[at : at + 3] in (b"ID3", b"TAG"):
        if data[at : at + 3] == b"TAG":
            at += 128
        else:
            at += 10 + sum(
                (byte & 127) << shift for byte, shift in zip(data[at + 6 : at + 10], (21, 14, 7, 0), strict=False)
            )
    return at


def _next_mp3(data: mmap.mmap) -> int:
    """Three frames in a row behind those that the first one counts; without a count all are read."""
    begin = _behind_tags(data, 0)
    named = re.search(rb"(Xing|Info)...(.)(....)(....)|(VBRI)......(....)(....)", data[begin : begin + 200], re.DOTALL)
    if not named:
        return 0
    flags = 3 if named[5] else named[2][0] & 3
    counts = (named[7], named[6]) if named[5] else (named[3], named[4] if flags == 3 else b"")
    n_frames, n_bytes = (int.from_bytes(count, "big") for count in counts)
    if not flags & 1 or not n_frames:
        return 0
    end = begin + n_bytes
    for _ in range(0 if n_bytes else n_frames + 1):
        end += _frame_bytes(data, end)
    end = _behind_tags(data, end)
    for found in re.finditer(rb"\xff[\xe2-\xff]", data[end : end + (1 << 16)]):
        at = third = end + found.start()
        for _ in range(2):
            third += _frame_bytes(data, third) or len(data)
        if _frame_bytes(data, third):
            return at
    return 0
