"""A clip with fewer bits: what the error is, how it looks and sounds, and when theory is right about it.

Lecture: sampling
"""

import numpy as np
import traitlets

from .. import _checks, audio
from .base import Choice, Explorable, Slider, Switch, sound_bytes

CLIP, START_S, SHOWN_S = "music/guitar", 1.0, 1.5
LEAST = 4096  # samples: a few frames of the spectrum


class Quantizer(Explorable):
    """Choose bits, dither and noise shaping; see the spectrum of the error, and hear clip, result and error alone.

    Steps of ``Δ = 2^(1−b)``. Theory: the error is white, independent of the signal, of power ``Δ²/12``, so that a
    full-scale sine stands ``6.02 b + 1.76`` dB above it, and a signal of RMS level L ``6.02 b + 4.77 + L``. Triangular
    dither makes the power ``Δ²/4``; the filter ``1 − Σ c_i z^−i`` multiplies it by ``1 + Σ c_i²``. What is heard too
    loud (RMS above −9 dBFS) is turned down.

    Parameters
    ----------
    signal : ndarray, shape (time,), full scale ±1, optional
        Its first 1.5 s, at least 4,096 samples; a guitar by default.
    sample_rate : float, Hz, optional
        Of ``signal``, 3,000…192,000.
    n_bits : int, 2…12
    level_db : float, dB, −40…0
        Of the clip before it is quantised; it is not turned up again.
    dither : bool
        Triangular, of one step to either side.
    shaping : {"none", "first order", "second order"}
        Error feedback with c = (1,) or (2, −1).
    heard : {"clip", "quantised", "error alone"}

    Lecture: sampling
    """

    title = traitlets.Unicode("A clip, its samples with fewer bits, and the error").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    n_bits = Slider(5, label="bits", values=tuple(range(2, 13)))
    level_db = Slider(0, -40, 0, label="level of the clip", unit="dB", step=1)
    dither = Switch(False, label="dither")
    shaping = Choice("none", ("none", "first order", "second order"), label="noise shaping")
    heard = Choice("quantised", ("clip", "quantised", "error alone"), label="to be heard")

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        if signal is None:
            signal, sample_rate = audio.load(CLIP, mono=True)
            signal = signal[round(START_S * sample_rate) :]
        rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        signal = _checks.signal(signal, mono=True)[: round(SHOWN_S * rate)]
        _checks.fits_signal(LEAST, len(signal), "the shortest clip")
        super().__init__(audio=sound_bytes([signal]), sample_rate=float(rate), **state)
