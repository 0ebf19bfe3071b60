"""The microphone as an array: record, trim the silence, hear it, go on in Python.

Lecture: start_here
"""

import numpy as np
import traitlets

from .._checks import explorables as _checks
from .base import Explorable, Slider, Switch


class Heard:
    """What the page has heard and sent to Python."""

    _heard = None

    def __init__(self, **state):
        super().__init__(**state)
        self.on_msg(self._receive)

    def _receive(self, _, content, buffers):
        if content.get("kind") == "heard":
            rate = _checks.sample_rate(content["sample_rate"])
            self._heard = np.frombuffer(buffers[0], dtype="<f4").astype(np.float32), float(rate)

    @property
    def signal(self) -> np.ndarray:
        return _checks.heard(self._heard)[0]

    @property
    def sample_rate(self) -> float:
        return _checks.heard(self._heard)[1]


class Record(Heard, Explorable):
    """Record with the microphone; ``signal`` and ``sample_rate`` hold what is between the two lines.

    Silence at both ends is what stays ``threshold_db`` below the loudest 20 ms; 0.1 s of it are left.

    Parameters
    ----------
    longest_s : float, s, 1…20
        When it stops by itself.
    trim : bool
        Leave out the silence.
    threshold_db : float, dB re the loudest 20 ms, −70…−10

    Attributes
    ----------
    signal : ndarray, shape (time,), float32, full scale ±1
        A ``ValueError`` says so if nothing has been recorded.
    sample_rate : float, Hz
        That of the browser's audio, mostly 44,100 or 48,000.

    Lecture: start_here
    """

    title = traitlets.Unicode("Record with the microphone").tag(sync=True)
    longest_s = Slider(10, 1, 20, label="stops after", unit="s", step=1)
    trim = Switch(True, label="trim silence")
    threshold_db = Slider(-40, -70, -10, label="silence is below", unit="dB", step=1)
    kept_s = traitlets.List().tag(sync=True)  # which part the page shows as kept

    @traitlets.validate("kept_s")
    def _a_part(self, proposal):
        return _checks.span(proposal["value"], "kept_s", 21)

    @property
    def signal(self) -> np.ndarray:
        signal, rate = _checks.heard(self._heard)
        first, last = self.kept_s or (0, len(signal) / rate)
        return signal[round(first * rate) : round(last * rate)]
