"""A sound sent along the basilar membrane: which place moves when, and what one place passes on.

Lecture: gammatone
"""

import numpy as np
import traitlets

from .base import Choice, Explorable, Slider, clip_at, sound_bytes


class Cochlea(Explorable):
    """Send a tone, two clicks or a clip along the membrane, and choose a place to listen at.

    64 places from 80 to 7,000 Hz at equal steps of ERB rate; each is Slaney's gammatone of order 4, as in
    ``gammatone.gammatone_filterbank``. The picture is ``(mean max(y, 0))^0.3``, the motion half-wave rectified and
    compressed, over frames of two samples, or of 5 ms for a clip. Beside it one place is held against the mel band with
    its centre there: one of 64 Slaney bands up to 8 kHz, on an STFT with a Hann window of 512 samples, 32 ms.

    Parameters
    ----------
    sound : {"tone", "two clicks", "clip"}
    place_hz : float, Hz, 80…7000
        The place that is compared and heard.
    frequency_hz : float, Hz, 80…7000
        Of the tone.
    gap_ms : float, ms, 1…20
        Between the clicks.
    signal : ndarray, shape (time,), optional
        A clip of your own, cut to 1.5 s; by default a sentence of ``data/``.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 16 kHz.

    Lecture: gammatone
    """

    title = traitlets.Unicode("A sound on its way along the basilar membrane").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sound = Choice("tone", ("tone", "two clicks", "clip"), label="sound")
    place_hz = Slider(1000, 80, 7000, label="place", unit="Hz", log=True)
    frequency_hz = Slider(1000, 80, 7000, label="tone", unit="Hz", log=True)
    gap_ms = Slider(5, 1, 20, label="clicks apart", unit="ms", step=0.5)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: int | None = None, **state):
        clip = clip_at(16_000, signal, sample_rate, "speech/sentence_us_f2", longest_s=1.5)
        super().__init__(audio=sound_bytes([clip]), **state)
