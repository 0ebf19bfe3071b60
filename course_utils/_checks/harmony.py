"""What ``harmony`` words."""

from collections.abc import Iterable

from .music import *  # noqa: F403
from .music import _show
from .ngrams import callable_model, distribution  # noqa: F401 -- for harmony


def several(tunes) -> list:
    """Tunes in any row."""
    if isinstance(tunes, str | bytes | dict) or not isinstance(tunes, Iterable):
        raise TypeError(f"tunes must be a list of music.Tune, got {_show(tunes)}: put them into a list")
    tunes = list(tunes)
    if not tunes:
        raise ValueError("tunes must hold one, got none: pass tunes whose chords are known")
    return tunes


def one_chord_a_bar(chords, names: tuple, n_bars: int) -> list[str]:
    """Chords that are known, as many as bars."""
    if not isinstance(chords, list | tuple):
        raise TypeError(f"chords must be a list of names, got {_show(chords)}: pass one for each bar")
    for chord in chords:
        choice(chord, "each of chords", names)  # noqa: F405
    if len(chords) != n_bars:
        raise ValueError(f"chords must be one for each of {n_bars} bars, got {len(chords)}: see music.bars_of")
    return list(chords)


def some_chords(chords, names: tuple) -> list[str]:
    """Chords that are known, one at least."""
    n = len(chords) if isinstance(chords, list | tuple) else 0
    chords = one_chord_a_bar(chords, names, n)
    if not chords:
        raise ValueError("chords must hold one, got none: pass a name for each bar")
    return chords
