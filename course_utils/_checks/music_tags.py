"""What ``music_tags`` words."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from . import *  # noqa: F403
from . import _show
from . import count as _count
from . import signal as _signal
from .files import named_file, shown
from .quantisation import rows_of_numbers


def long_enough(signal, n_least: int) -> np.ndarray:
    """A mono signal of some frames."""
    signal = _signal(signal, mono=True)
    if len(signal) < n_least:
        raise ValueError(f"signal must have at least {n_least} samples, got {len(signal)}: take a longer part")
    return signal


def examples(x, known, labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of one width, and a label for each known one."""
    x, known = rows_of_numbers(x, "x"), rows_of_numbers(known, "known")
    if x.shape[1] != known.shape[1]:
        raise ValueError(f"x and known must have one width, got {x.shape[1]} and {known.shape[1]}: compute both alike")
    labels = np.asarray(labels)
    if labels.shape != (len(known),):
        raise ValueError(f"labels must be {len(known)}, one for each of known, got shape {labels.shape}: pass one each")
    return x, known, labels


def pitch_ranges(ranges, instruments: tuple) -> dict:
    """Instruments and the pitches they play."""
    if not isinstance(ranges, Mapping) or not ranges:
        raise TypeError(f"ranges must be a dict of (lowest, end), got {_show(ranges)}: name one instrument at least")
    checked = {}
    for name, pair in ranges.items():
        choice(name, "each name of ranges", instruments)  # noqa: F405
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise TypeError(f"ranges must hold pairs (lowest, end), got {_show(pair)}: write (60, 72)")
        low = _count(pair[0], "the lowest pitch of ranges", minimum=0, maximum=126)
        checked[name] = (low, _count(pair[1], "the end of ranges", minimum=low + 1, maximum=128))
    return checked


def files_of_classes(folder, endings: tuple) -> list[tuple[str, Path]]:
    """(label, file) of all sounds one level down."""
    folder = named_file(folder)
    if not os.path.isdir(folder):
        what = "a file" if os.path.isfile(folder) else "none"
        raise FileNotFoundError(f"folder must be one that is there, got {what} at {shown(folder)}: check the spelling")
    found = sorted(
        path for path in folder.glob("*/*") if path.suffix.lower() in endings and not path.name.startswith(".")
    )
    return [(path.parent.name, path) for path in found]


def some_sound(files: list, folder) -> list:
    """A folder that holds sounds of classes."""
    if not files:
        raise ValueError(
            f"folder must hold subfolders with sounds, got none in {shown(folder)}: name the folder above the classes"
        )
    return files
