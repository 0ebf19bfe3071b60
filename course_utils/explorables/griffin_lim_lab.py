"""Griffin–Lim step by step: the magnitudes of a clip are kept, the phases are thrown away and found again.

Lecture: stft
"""

import numpy as np
import traitlets

from .. import _checks, audio
from .base import Choice, Explorable, Slider, sound_bytes

LONGEST_S, FADE_S = 1.5, 0.02


class GriffinLimLab(Explorable):
    """Hear phases being found: ``X ← S ∠(C + α (C − C_before))`` with ``C = stft(istft(X))``, first random or zero.

    Frames of 1,024 samples, Hann, hop 256. The curve is the spectral convergence ``‖|C| − S‖ / ‖S‖`` in dB at each
    step, as ``stft.griffin_lim`` returns it; the last curves stay for comparison. Steps run one by one, so that the
    page does not freeze.

    Parameters
    ----------
    signal : ndarray, shape (time,), at least 0.1 s
        Full scale ±1; at most 1.5 s of it are kept, faded in and out within 20 ms, so that it can be repeated. A voice
        by default.
    sample_rate : float, Hz, 3,000…192,000
        Needed with ``signal``.
    momentum : {0, 0.5, 0.9, 0.99}
        α; a new value starts again.
    start : {"random", "zero"}
        The first phases; a new choice starts again.
    picture : {"estimate", "original"}
        Whose spectrogram is shown.

    Attributes
    ----------
    steps : int
        How many steps have been made.
    convergence_db : list of float, dB
        One value for each step.

    Lecture: stft
    """

    title = traitlets.Unicode("Phases lost, and found step by step").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    momentum = Slider(0, label="momentum", values=(0, 0.5, 0.9, 0.99))
    start = Choice("random", ["random", "zero"], label="first phases")
    picture = Choice("estimate", ["estimate", "original"], label="picture")
    steps = traitlets.Int(0).tag(sync=True)
    convergence_db = traitlets.List().tag(sync=True)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        if signal is None:
            signal, sample_rate = audio.load("speech/sentence_awb", mono=True)
        signal = _checks.signal(signal, mono=True)
        sample_rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        _checks.lasts(len(signal), 0.1, sample_rate)
        kept = signal[: round(LONGEST_S * sample_rate)].astype(float)
        n_fade = round(FADE_S * sample_rate)
        fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_fade) / n_fade)
        kept[:n_fade] *= fade
        kept[-n_fade:] *= fade[::-1]
        super().__init__(audio=sound_bytes([kept]), sample_rate=float(sample_rate), **state)
