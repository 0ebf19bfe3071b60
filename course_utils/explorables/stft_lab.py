"""A spectrogram and all its decisions: frame, hop, window, floor; what the windows add up to, and one bin heard alone.

Lecture: stft
"""

from collections.abc import Mapping

import numpy as np
import traitlets

from .. import _checks, audio, filters
from ..dft import WINDOWS
from .base import Choice, Explorable, Slider, Switch, sound_bytes

RATE, LENGTH = 22_050, 33_075  # of the clips of the course: 1.5 s


def course_clips() -> dict[str, np.ndarray]:
    """1.5 s each; in the first, two clicks 5 ms apart stand in the middle of two tones 20 Hz apart."""

    def excerpt(name, start):
        signal, rate = audio.load(name, mono=True)
        if rate == 2 * RATE:
            signal = filters.resample(signal[2 * start : 2 * (start + LENGTH)], from_rate=rate, to_rate=RATE)
            start = 0
        return signal[start : start + LENGTH]

    clicks = np.zeros(LENGTH, np.float32)
    clicks[LENGTH // 2 - 1000 : LENGTH // 2 + 1000] = 2 * excerpt("test_signals/clicks", RATE - 1000)[:2000]
    return {
        "clicks and tones": clicks + 0.03 * excerpt("test_signals/two_tones", 0),
        "piano": excerpt("music/piano_scale", 0),
        "drums": excerpt("music/drums", 0),
        "voice": excerpt("speech/sentence_gb_m1", 0),
    }


class StftLab(Explorable):
    """Choose frame, hop, window and floor: ``X[k, m] = Σ_n w[n] x[m H + n] e^(−2πi k n / N)``, centred frames.

    The box is what one value sees: a window of ``N / f_s`` s by a main lobe, with Hann ``4 f_s / N`` Hz, so that its
    area is the same for every N (4 with Hann). One bin is heard alone: all others are set to zero before the way back.

    Parameters
    ----------
    signal : ndarray, shape (time,), or a dict of them, optional
        One sound, or named ones of the same length, full scale ±1; all together at most 500,000 samples. Clips of the
        course by default.
    sample_rate : float, Hz, 3,000…192,000
        Needed with ``signal``.
    clip : str
        The name of the sound that is shown.
    n_fft : {64, 128, …, 8192}, samples
    hop : {1/8, 1/4, 1/2, 3/4, 1}
        H in parts of N.
    floor_db : float, dB re the maximum, −140…−20
    frequency_hz : float, Hz, 60…8,000
        The nearest bin is the one that is heard; dots at both edges mark it.
    zoom : bool
        Show 0.1 s before and after the middle, and 250 Hz below and above the bin.
    window : {"rectangular", "hann", "hamming", "blackman", "kaiser"}

    Lecture: stft
    """

    title = traitlets.Unicode("One spectrogram, four decisions").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    clip = traitlets.TraitType("").tag(sync=True)
    n_fft = Slider(1024, label="n_fft", unit="samples", values=tuple(2**k for k in range(6, 14)))
    hop = Slider(0.25, label="hop", unit="n_fft", values=(0.125, 0.25, 0.5, 0.75, 1))
    floor_db = Slider(-70, -140, -20, label="floor", unit="dB", step=10)
    frequency_hz = Slider(1010, 60, 8000, label="frequency", unit="Hz", step=10, log=True)
    zoom = Switch(False, label="zoom in to 0.2 s by 500 Hz")
    window = Choice("hann", WINDOWS, label="window")

    def __init__(
        self, signal: np.ndarray | Mapping[str, np.ndarray] | None = None, sample_rate: float | None = None, **state
    ):
        if signal is None:
            signal, sample_rate = course_clips(), RATE
        clips = dict(signal) if isinstance(signal, Mapping) else {"sound": signal}
        rows = [_checks.signal(row, f"signal[{name!r}]", mono=True) for name, row in clips.items()]
        _checks.same_length(rows, list(clips))
        sample_rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        names = list(map(str, clips))
        super().__init__(
            names=names, audio=sound_bytes(rows), sample_rate=float(sample_rate), **({"clip": names[0]} | state)
        )

    @traitlets.default("controls")
    def _list_controls(self):
        choice = {"name": "clip", "kind": "choice", "label": "clip", "options": self.names}
        return super()._list_controls() + [choice] * (len(self.names) > 1)

    @traitlets.validate("clip")
    def _one_of_the_clips(self, proposal):
        return _checks.choice(proposal["value"], "clip", self.names)
