"""A melody as notes on five lines. Lecture: music_generation"""

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ._checks import score as _checks
from .music import FIFTHS, FLATS, MODES, SHARPS, Note, Tune, _checked, bar_quarters, bars_of, note_name
from .plotting import Picture, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTERS = "CDEFGAB"
_BOTTOM = 4 * 7 + _LETTERS.index("E")  # E4 is the lowest of the five lines, F5 the highest


def _place(pitch: int, flats: bool) -> tuple[int, str]:
    """How many steps of lines and spaces a note stands above the lowest line, and its accidental."""
    name = note_name(pitch, flats=flats)
    octave = pitch // 12 - 1
    return 7 * octave + _LETTERS.index(name[0]) - _BOTTOM, {"#": "♯", "b": "♭"}.get(name[1], "")


def _draw_note(ax: "Axes", x: float, note: Note, flats: bool, in_key: set[str]) -> None:
    """Head, stem, dot, accidental and the short lines above and below the five."""
    from matplotlib.patches import Ellipse

    if note.pitch is None:
        ax.text(x, 4, "–", ha="center", va="center", fontsize=15)
        return
    y, accidental = _place(note.pitch, flats)
    is_open = note.quarters >= 2
    ax.add_patch(Ellipse((x, y), 0.34, 1.7, angle=0, fill=not is_open, color="k", linewidth=1.4))
    if note.quarters < 4:
        up = y < 4
        side = x + (0.15 if up else -0.15)
        ax.plot([side, side], [y, y + (7 if up else -7)], color="k", linewidth=1.2, linestyle="-")
        for k in range({0.25: 2, 0.375: 2, 0.5: 1, 0.75: 1}.get(note.quarters, 0)):
            end = y + (7 - 1.6 * k if up else -7 + 1.6 * k)
            ax.plot([side, side + 0.22], [end, end - (1.6 if up else -1.6)], color="k", linewidth=1.8, linestyle="-")
    if note.quarters in (0.75, 1.5, 3.0):
        ax.plot([x + 0.28], [y + 0.4 + y % 2 * 0.6], marker=".", color="k", markersize=5)
    if accidental and note_name(note.pitch, flats=flats)[:-1] not in in_key:
        ax.text(x - 0.22, y, accidental, ha="right", va="center", fontsize=11)
    for line in (*range(-2, y - 1, -2), *range(10, y + 1, 2)):
        ax.plot([x - 0.3, x + 0.3], [line, line], color="0.3", linewidth=1, linestyle="-")


def _key(tune: Tune) -> tuple[bool, set[str], str]:
    """Whether a key is written with flats, which notes its signature changes, and the signature in words."""
    n_sharps = FIFTHS[tune.tonic] + MODES[tune.mode]
    order = "FCGDAEB"
    if n_sharps >= 0:
        changed = {f"{letter}#" for letter in order[:n_sharps]}
    else:
        changed = {f"{letter}b" for letter in order[::-1][:-n_sharps]}
    kind = "sharp" if n_sharps > 0 else "flat"
    words = f"{abs(n_sharps)} {kind}{'s' if abs(n_sharps) != 1 else ''}" if n_sharps else "no sharps or flats"
    return n_sharps < 0, changed & set(FLATS + SHARPS), words


def draw_score(tune: Tune, *, n_bars: int = 8, bars_a_row: int = 4) -> Shown:
    """The first bars of a tune, written down: heads on five lines, of which the lowest is E4 and the highest F5.

    A full head is a quarter or shorter, flags halve it, a dot makes it half as long again, a dash is a rest.

    Parameters
    ----------
    tune : Tune
    n_bars : int, 1…32
        A pickup is a bar of its own.
    bars_a_row : int, 1…8

    Returns
    -------
    Shown
        Its alt text names the notes.

    Lecture: music_generation
    """
    tune = _checked(tune)
    n_bars, bars_a_row = _checks.count(n_bars, "n_bars", maximum=32), _checks.count(bars_a_row, "bars_a_row", maximum=8)
    found = bars_of(tune)[:n_bars]
    flats, changed, words = _key(tune)
    rows = [found[k : k + bars_a_row] for k in range(0, len(found), bars_a_row)]
    picture, widest = Picture(len(rows), height_in=1.55), 1.0
    for ax, row in zip(picture.axes, rows, strict=True):
        at = 0.0
        for line in range(0, 10, 2):
            ax.axhline(line, color="0.3", linewidth=1, linestyle="-")
        for bar in row:
            for note in bar:
                _draw_note(ax, at + 0.35, note, flats, changed)
                at += 0.3 + max(note.quarters, 0.4)
            at += 0.25
            ax.plot([at, at], [0, 8], color="k", linewidth=1.3, linestyle="-")
        widest = max(widest, at)
        ax.set(ylim=(-8, 16))
        ax.axis("off")
    for ax in picture.axes:
        ax.set_xlim(-0.1, widest)
    picture.axes[0].set_title(f"{tune.title}: {tune.metre}, {tune.tonic} {tune.mode}, {words}", parse_math=False)
    return picture.show(
        f"The first {len(found)} bars of {tune.title}, in {tune.metre} and {tune.tonic} {tune.mode}: {_read(found)}."
    )


def _read(found: list[tuple[Note, ...]]) -> str:
    """The notes in words, a bar after the other."""
    read = []
    for bar in found:
        names = [("rest" if n.pitch is None else note_name(n.pitch), n.quarters) for n in bar]
        groups = [
            (quarters, [name for name, _ in group]) for quarters, group in groupby(names, key=lambda pair: pair[1])
        ]
        read.append(", ".join(f"{' '.join(group)} of {quarters:g}" for quarters, group in groups))
    return "; ".join(read) + " quarters"


def piano_roll(tune: Tune, *, n_quarters: float = 32.0, alt: str | None = None) -> Shown:
    """A tune as bars, pitch against time, bar lines dotted: what is equal looks equal.

    Parameters
    ----------
    tune : Tune
    n_quarters : float, 1…512
        How much is drawn.
    alt : str, optional
        What is seen; by default the range and the number of notes.

    Returns
    -------
    Shown

    Lecture: music_generation
    """
    tune, n_quarters = _checked(tune), _checks.number(n_quarters, "n_quarters", at_least=1, at_most=512)
    picture = Picture(height_in=2.6)
    ax, at, drawn = picture.axes[0], -tune.pickup, []
    for note in tune.notes:
        if note.pitch is not None and at < n_quarters:
            ax.barh(note.pitch, note.quarters * 0.92, left=at, height=0.9, color="#00508C")
            drawn.append(note.pitch)
        at += note.quarters
    end = min(at, n_quarters)
    for line in np.arange(0, end + 1e-9, bar_quarters(tune.metre)):
        ax.axvline(line, color="0.6", linewidth=0.8, linestyle=":")
    low, high = (min(drawn), max(drawn)) if drawn else (60, 72)
    ticks = list(range(low - low % 2, high + 2, max(2, (high - low) // 12 * 2)))
    ax.set(xlabel="time in quarter notes", ylabel="pitch", xlim=(-tune.pickup, end), ylim=(low - 1, high + 1))
    ax.set_yticks(ticks, [note_name(pitch) for pitch in ticks])
    ax.set_title(tune.title, parse_math=False)
    words = f"{len(drawn)} notes from {note_name(low)} to {note_name(high)}, {end:g} quarters long"
    return picture.show(alt or f"Piano roll of {tune.title}: {words}.")
