"""A mel filter bank of one's own: triangles, matrix, picture, and the sound that the bands still hold.

Lecture: mel
"""

import numpy as np
import traitlets

from .base import Choice, Explorable, Slider, clip_at, sound_bytes


class MelLab(Explorable):
    """Choose a bank and see its empty filters light up; hear what its bands have kept of a clip.

    The bank is that of ``mel.mel_filterbank`` from 0 to 8 kHz; frames lie ``n_fft / 4`` apart. The
    sound goes back by 20 steps of ``mel.mel_to_linear`` and 16 of Griffin–Lim with momentum 0.99.

    Parameters
    ----------
    signal : ndarray, shape (time,), within ±1, optional
        In place of a man's sentence; its first 1.2 s.
    sample_rate : float, Hz, 8,000…48,000
        Of ``signal``, which is resampled to 16 kHz.
    n_mels : int
        Bands: 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100 or 128.
    n_fft : {256, 512, 1024, 2048}, samples
    scale : {"slaney", "htk"}
    norm : {"slaney", "none"}
        Triangles of area 1, or of height 1.

    Lecture: mel
    """

    title = traitlets.Unicode("A mel filter bank, what it shows, and what it keeps").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    n_mels = Slider(40, label="bands", values=(5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 128))
    n_fft = Slider(512, label="n_fft", unit="samples", values=(256, 512, 1024, 2048))
    scale = Choice("slaney", ("slaney", "htk"), label="scale")
    norm = Choice("slaney", ("slaney", "none"), label="norm")

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        clip = clip_at(16_000, signal, sample_rate, "speech/sentence_rms", start_s=0.15, longest_s=1.2)
        super().__init__(audio=sound_bytes([clip]), **state)
