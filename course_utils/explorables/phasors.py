"""A sound wound around a circle: where the sum of the turned-back samples ends is one bin of the DFT.

Lecture: dft
"""

import numpy as np
import traitlets

from .. import _checks, audio
from .base import Choice, Explorable, Slider, sound_bytes

PIECE_S = 0.1  # the N samples that are transformed: bins lie 10 Hz apart
LONGEST_S = 1.5  # of the signal, to be heard


class Phasors(Explorable):
    """Turn the samples back with the phasor of bin k, add them tip to tail: ``X[k] = Σ_n x[n] e^(−2πi k n / N)``.

    The first 0.1 s of the sound are transformed; whatever bins k has passed stay in the spectrum. A tone of the choice
    *one tone* makes 26 turns in the piece; *two tones* adds one of 39 turns and half the amplitude, 90° later.

    Parameters
    ----------
    signal : ndarray, shape (time,), at least 0.1 s
        Full scale ±1; at most 1.5 s of it are kept. The piano chord of the lecture by default.
    sample_rate : float, Hz, 3,000…192,000
        Needed with ``signal``.
    k : int, 0…64
        Turns of the phasor in the piece.
    turned_ms : float, ms, 0…100
        How much of the piece has been added.
    sound : {"signal", "one tone", "two tones"}

    Lecture: dft
    """

    title = traitlets.Unicode("The sum of the turned-back samples is one bin of the DFT").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    k = Slider(20, 0, 64, label="bin k", step=1)
    turned_ms = Slider(100, 0, 100, label="samples added", unit="ms", step=1)
    sound = Choice("signal", ["signal", "one tone", "two tones"], label="sound on the circle")

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        if signal is None:
            signal, sample_rate = audio.load("music/piano_chord", mono=True)
            signal = signal[sample_rate // 5 :]  # the blow of the hammers left out
        signal = _checks.signal(signal, mono=True)
        sample_rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        _checks.lasts(len(signal), PIECE_S, sample_rate)
        sent = sound_bytes([signal[: round(LONGEST_S * sample_rate)]])
        super().__init__(audio=sent, sample_rate=float(sample_rate), **state)
