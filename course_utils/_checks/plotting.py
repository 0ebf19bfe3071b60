"""What ``plotting`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _show, number


def axes(ax):
    """What can be drawn into."""
    if not (hasattr(ax, "get_figure") and hasattr(ax, "imshow")):
        raise TypeError(f"ax must be one Axes of matplotlib, got {_show(ax)}: pass Picture().axes[0]")
    return ax


def one_spectrogram(level_db: np.ndarray, name: str) -> np.ndarray:
    """A spectrogram of one channel that has at least two bins."""
    if level_db.ndim != 2 or len(level_db) < 2:
        raise ValueError(f"{name} must have shape (freq, time), two bins or more, got {level_db.shape}: pick a channel")
    return level_db


def top_of_axis(max_hz, rate: float) -> float:
    """The upper end of a frequency axis: the Nyquist frequency unless a lower one is asked for."""
    return rate / 2 if max_hz is None else number(max_hz, "max_hz", above=0, at_most=rate / 2)


def redraws(update, controls: dict) -> None:
    """A function to call, and controls that can be watched."""
    if not callable(update):
        raise TypeError(f"update must be a function of the controls' values, got {_show(update)}: pass a function")
    for name, control in controls.items():
        if not hasattr(control, "observe"):
            raise TypeError(f"{name} must be a control of ipywidgets, got {_show(control)}: pass an IntSlider")


def shown_parts(parts) -> list:
    """Pictures and sounds, as ``update`` is to return them."""
    if not isinstance(parts, list | tuple) or not all(hasattr(part, "_repr_html_") for part in parts):
        raise TypeError(
            f"update must return a list of pictures and sounds, got {_show(parts)}: return [picture.show(…)]"
        )
    return list(parts)
