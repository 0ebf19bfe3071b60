"""YIN step by step: one frame held against itself, the lag that is taken, and the pitch of a whole clip.

Lecture: descriptors
"""

import numpy as np
import traitlets

from .. import _checks
from .base import Choice, Explorable, Slider, clip_at, sound_bytes

SAMPLE_RATE = 16_000  # Hz
RULES = ("the smallest d", "the smallest d′", "the first dip of d′ below the threshold")


class PitchLab(Explorable):
    """Move a frame through a clip and see why a lag is taken: ``d``, ``d′`` and the first dip below a threshold.

    ``d[τ] = Σ_{n<W} (x[n] − x[n + τ])²`` and ``d′[τ] = d[τ] / (1/τ Σ_{j≤τ} d[j])`` over frames of 1024 samples at
    16 kHz, every 10 ms; lags from the period of ``f_max`` to that of 60 Hz. The last of the three rules is
    ``descriptors.yin``. A ring marks a frame that lies half an octave or more from the steady track, a median of 15
    frames at threshold 0.1; only frames whose aperiodicity there is below 0.2 are counted.

    Parameters
    ----------
    rule : {"the smallest d", "the smallest d′", "the first dip of d′ below the threshold"}
    position_s : float, s
        The middle of the frame, up to the end of the clip.
    threshold : float, 0.01…1
        Of d′.
    f_max : float, Hz, 200…1000
        The highest pitch that is looked for.
    signal : ndarray, shape (time,), optional
        A clip of your own, cut to 2.5 s, such as your voice; by default a flute of ``data/``.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 16 kHz.

    Lecture: descriptors
    """

    title = traitlets.Unicode("YIN: where does a frame repeat itself?").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    rule = Choice(RULES[2], RULES, label="take")
    position_s = Slider(1.0, 0, 2.5, label="frame at", unit="s", step=0.01)
    threshold = Slider(0.1, 0.01, 1, label="threshold", step=0.01)
    f_max = Slider(900, 200, 1000, label="highest pitch", unit="Hz", step=50)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        clip = clip_at(SAMPLE_RATE, signal, sample_rate, "music/flute", longest_s=2.5)
        self._end_s = len(clip) / SAMPLE_RATE
        super().__init__(audio=sound_bytes([clip]), **({"position_s": min(1.0, self._end_s / 2)} | state))
        end = {"high": round(self._end_s, 2)}
        self.set_trait("controls", [c | end if c["name"] == "position_s" else c for c in self.controls])

    @traitlets.validate("position_s")
    def _within_the_clip(self, proposal):
        return _checks.number(proposal["value"], "position_s", at_most=self._end_s)
