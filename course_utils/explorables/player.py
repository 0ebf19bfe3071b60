"""A sound with its waveform and spectrogram: seek, loop, zoom, and switch between versions without a gap.

Lecture: start_here
"""

from collections.abc import Mapping

import numpy as np
import traitlets

from .. import _checks
from .base import Explorable, sound_bytes


class Player(Explorable):
    """Hear a sound and see where it is; several versions of it run in step, and a key switches between them.

    Click a picture to go there, drag to loop a part. Nothing is normalised: versions keep their levels. A sound that
    is too loud (RMS above −9 dBFS or peak above 0.9) is turned down, all versions by the same factor, and it says so.

    Parameters
    ----------
    signal : ndarray, shape (time,), or a dict of them
        One sound, or named versions of it of the same length, full scale ±1; all together at most 500,000 samples.
    sample_rate : float, Hz, 3,000…192,000
    title : str

    Attributes
    ----------
    selected : str
        The version that is heard and shown.
    position_s : float, s
        Where the cursor stands; while it plays, where it was last put.
    loop_s : list of two floats, s, or empty
        The part that is repeated.

    Lecture: start_here
    """

    names = traitlets.List().tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    selected = traitlets.TraitType("").tag(sync=True)
    position_s = traitlets.TraitType(0.0).tag(sync=True)
    loop_s = traitlets.List().tag(sync=True)

    def __init__(self, signal: np.ndarray | Mapping[str, np.ndarray], sample_rate: float, *, title: str = "Player"):
        versions = dict(signal) if isinstance(signal, Mapping) else {"sound": signal}
        rows = [_checks.signal(version, f"signal[{name!r}]", mono=True) for name, version in versions.items()]
        _checks.same_length(rows, list(versions))
        self._duration_s = len(rows[0]) / _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        super().__init__(
            title=title, names=list(map(str, versions)), audio=sound_bytes(rows), sample_rate=float(sample_rate)
        )
        self.selected = self.names[0]

    @traitlets.validate("selected")
    def _one_of_the_versions(self, proposal):
        return _checks.choice(proposal["value"], "selected", self.names)

    @traitlets.validate("position_s")
    def _within_the_sound(self, proposal):
        return _checks.number(proposal["value"], "position_s", at_least=0, at_most=self._duration_s)

    @traitlets.validate("loop_s")
    def _a_part_of_the_sound(self, proposal):
        return _checks.span(proposal["value"], "loop_s", self._duration_s)
