"""A matrix that changes while something learns, shown as a film: play it, step through it, hear each of its moments.

Lecture: attention_asr
"""

from collections.abc import Sequence

import numpy as np
import traitlets

from .._checks import explorables as _checks
from .base import LARGEST_MESSAGE, Choice, Explorable, Slider, sound_bytes

MOST_MOMENTS, MOST_ROWS, MOST_COLUMNS = 240, 80, 1000


class Film(Explorable):
    """A matrix at several moments of a training, above it a cursor over the course of its sharpness.

    The level of a value v is ``(v − low) / (high − low)``; black is 0, white is 1. Sharpness is the mean over the rows
    of their largest value. Where the reader has asked for little motion nothing moves by itself: *Play* takes one step.

    Parameters
    ----------
    frames : array, shape (moments, rows, columns)
        Floats, or ``uint8`` with 255 for 1. Row 0 is drawn at the top. At most 240 moments of 80 × 1000, 1 MB in all.
    times : sequence of str, one for each moment
        What the moment is called: "after 3,000 strings".
    x_label, y_label : str
        With the unit: "time in s".
    x_step : float
        From one column to the next, in the unit of ``x_label``. Column m is drawn from ``m · x_step`` on.
    rows : sequence of str, optional
        The name of each row; its number, from 1, by default.
    spans : array, shape (rows or fewer, 2), optional
        In the unit of ``x_label``: a dotted line in each of the first rows, where it should be.
    captions : sequence of str, optional
        A sentence for each moment.
    low, high : float
        The values that are drawn as black and as white; by default 0 and the largest value (1 for ``uint8``).
    sounds : sequence of ndarray, shape (time,), within ±1, optional
        One for each moment; their lengths may differ.
    sample_rate : float, Hz, 3,000…192,000
        Of ``sounds``.
    title : str
    moment : int, from 1
        The one that is shown.
    per_second : float, 0.5…10
        How many moments a second are shown while it plays.
    brightness : {"square root", "linear"}
        The square root of the level makes small values visible.

    Raises
    ------
    ValueError
        If the numbers of frames, times, captions or sounds differ, or the film does not fit into the page.

    Lecture: attention_asr
    """

    frames = traitlets.Bytes().tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    axes = traitlets.Dict().tag(sync=True)
    times = traitlets.List().tag(sync=True)
    captions = traitlets.List().tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    lengths = traitlets.List().tag(sync=True)
    sample_rate = traitlets.Float(0.0).tag(sync=True)
    moment = Slider(1, 1, MOST_MOMENTS, label="moment")
    per_second = Slider(2, 0.5, 10, step=0.5, label="moments a second")
    brightness = Choice("square root", ["square root", "linear"], label="brightness")

    def __init__(
        self,
        frames: np.ndarray,
        *,
        times: Sequence[str],
        x_label: str,
        y_label: str,
        x_step: float = 1.0,
        rows: Sequence[str] | None = None,
        spans: np.ndarray | None = None,
        captions: Sequence[str] | None = None,
        low: float = 0.0,
        high: float | None = None,
        sounds: Sequence[np.ndarray] | None = None,
        sample_rate: float | None = None,
        title: str = "A film of the training",
        **state,
    ):
        table = _checks.film_frames(frames, (MOST_MOMENTS, MOST_ROWS, MOST_COLUMNS), LARGEST_MESSAGE)
        self._n_moments, n_rows, n_columns = table.shape
        low, high = _checks.film_range(low, table.max() if high is None else high)
        names = list(map(str, range(1, n_rows + 1))) if rows is None else _checks.texts(rows, "rows", n_rows)
        step = _checks.number(x_step, "x_step", above=0, at_most=1e6)
        given = {
            "frames": np.round(255 * ((table - low) / (high - low)).clip(0, 1)).astype(np.uint8).tobytes(),
            "shape": list(table.shape),
            "times": _checks.texts(times, "times", self._n_moments),
            "captions": [] if captions is None else _checks.texts(captions, "captions", self._n_moments),
            "title": _checks.text(title, "title"),
            "axes": {
                "x": _checks.text(x_label, "x_label"),
                "y": _checks.text(y_label, "y_label"),
                "step": step,
                "rows": names,
                "spans": [] if spans is None else _checks.film_spans(spans, n_rows, step * n_columns),
                "low": low,
                "high": high,
            },
        }
        super().__init__(**given, **self._heard(sounds, sample_rate), **state)
        end = {"high": self._n_moments}
        self.set_trait("controls", [c | end if c["name"] == "moment" else c for c in self.controls])

    def _heard(self, sounds, sample_rate) -> dict:
        """The traits of the sounds."""
        _checks.together(sounds=sounds, sample_rate=sample_rate)
        if sounds is None:
            return {}
        rows = _checks.one_each(sounds, "sounds", self._n_moments)
        rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        return {"audio": sound_bytes(rows, "sounds"), "lengths": list(map(len, rows)), "sample_rate": float(rate)}

    @traitlets.validate("moment")
    def _one_of_the_moments(self, proposal):
        return _checks.count(proposal["value"], "moment", maximum=self._n_moments)
