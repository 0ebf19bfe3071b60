"""What is worded of a file by all that read or write one: each cause has its own way out."""

import errno
import os
import re
from pathlib import Path
from typing import NoReturn

from . import _show

LONGEST_PATH = 200  # characters of it in a sentence

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM)
_NO_NAME = (errno.EILSEQ, errno.EINVAL)


def named_file(value) -> Path:
    """The name of a file; bytes are names, too."""
    try:
        name = os.fsdecode(value)
        os.fsencode(name)  # what the system could never have named
    except (TypeError, UnicodeError):
        name = ""
    if not name or "\0" in name:
        raise TypeError(f"path must be the name of a file, got {_show(value)}: pass a str or a pathlib.Path")
    if re.match(r"[A-Za-z][\w+.-]+://", name):
        raise ValueError(
            f"path must be the name of a file on this machine, got the address {shown(name)}: "
            "name a file here, and download what lies there first"
        )
    return Path(name)


def shown(path) -> str:
    """A path in a sentence: on one line, on any console whatever its bytes are, its middle left out if it is long."""
    text = "".join(map(_printable, os.fsdecode(path)))
    return text if len(text) <= LONGEST_PATH else f"{text[:60]} ... {text[60 - LONGEST_PATH :]}"


def _printable(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python keeps a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def said(error: OSError) -> str:
    """The cause in the system's words."""
    return (error.strerror or str(error) or type(error).__name__).lower()


def unreadable(path, error: OSError) -> Exception:
    """What to say when the system does not let a file be read."""
    where = shown(path)
    if error.errno == errno.ENAMETOOLONG:
        return _too_long(path)
    if error.errno in _NOT_ALLOWED:
        return PermissionError(
            f"{where} must be a file that you may read, got no permission: give yourself the right to read it"
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return FileNotFoundError(f"{where} must be a file, got none: check the spelling")
    if error.errno == errno.EISDIR:
        return ValueError(f"{where} must be a file, got a folder: name a file in it")
    return ValueError(f"{where} must be a file that can be read, got {said(error)}: copy or download it again")


def not_read(path, error: OSError) -> NoReturn:
    """A file that the system does not let be read."""
    problem = unreadable(path, error)
    raise problem from None


def not_written(path, error: OSError) -> NoReturn:
    """A file that the system does not let be written."""
    problem = unwritable(path, error)
    raise problem from None


def unwritable(path, error: OSError) -> Exception:
    """What to say when the system does not let a file be written."""
    where, code, folder = shown(path), error.errno, os.path.dirname(os.path.abspath(path))
    if code == errno.ENAMETOOLONG:
        return _too_long(path)
    if os.path.isdir(path):
        return ValueError(f"{where} must be a file, got a folder of that name: choose another name, or one inside it")
    if code in _FULL:
        return ValueError(f"{where} needs room on its disk, got a full one: remove something, or choose another disk")
    if code == errno.EFBIG:
        return ValueError(f"{where} needs a disk that takes files of its size, got {said(error)}: choose another")
    if code == errno.EROFS:
        return PermissionError(f"{where} must lie where you may write, got a read-only disk: choose another folder")
    if code in _NO_NAME:
        return ValueError(f"{where} must have a name that the disk can hold, got {said(error)}: choose another name")
    if code in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST) and not os.path.isdir(folder):
        return _no_folder(path, folder)
    if code in (*_NOT_ALLOWED, errno.ENOENT):  # some folders, as /proc, say that there is no such file
        return PermissionError(
            f"{where} must lie where you may write, got {said(error)}: "
            "choose another folder, or give yourself the right to write there"
        )
    return ValueError(f"{where} must be a file that can be written, got {said(error)}: choose another folder")


def _no_folder(path, folder: str) -> Exception:
    """What to say when the folder is missing, or a file stands where it or one above it should be."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if os.path.isdir(folder):
        return FileNotFoundError(
            f"the folder of {shown(path)} must exist, got none: make it with Path.mkdir(parents=True)"
        )
    got = "a file" if os.path.exists(folder) else "a link to nothing"
    return ValueError(
        f"{shown(folder)} must be a folder to hold {shown(os.path.basename(path))}, got {got}: "
        "rename that, or choose another folder"
    )


def _too_long(path) -> ValueError:
    n_bytes = len(os.fsencode(os.path.basename(path)))
    what = f"one of {n_bytes} bytes" if n_bytes > 255 else f"a path of {len(os.fsencode(path))} bytes"
    return ValueError(f"{shown(path)} must have a name that the disk can hold, got {what}: shorten it")
