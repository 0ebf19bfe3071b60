"""Keep the first cepstral coefficients of a sentence: its envelope, its picture and its sound come back step by step.

Lecture: mfcc
"""

import numpy as np
import traitlets

from .base import Choice, Explorable, Slider, clip_at, sound_bytes


class CepstrumLab(Explorable):
    """Keep ``c[0] … c[n − 1]`` of the DCT over 80 mel bands in dB, set the others to 0, and look and listen.

    ``L = Dᵀ c``: the bands of ``mfcc.inverse_mfcc``; frames of 512 samples every 160, Slaney's bands up to 8 kHz. They
    are heard in two ways: as the mouth of a voice whose source is chosen (a vocoder), and rebuilt by 20 steps of
    ``mel.mel_to_linear`` and 32 of Griffin–Lim.

    Parameters
    ----------
    signal : ndarray, shape (time,), within ±1, optional
        In place of a woman's sentence; its first 1.5 s.
    sample_rate : float, Hz, 8,000…48,000
        Of ``signal``, which is resampled to 16 kHz.
    n_mfcc : int
        Coefficients that are kept: 1, 2, 3, 5, 8, 10, 13, 16, 20, 25, 30, 35, 40, 50, 60, 70 or 80.
    time_s : float, s, 0…1.5
        The frame whose bands and coefficients are drawn.
    source : {"breath", "buzz at 100 Hz", "buzz at 200 Hz"}

    Lecture: mfcc
    """

    title = traitlets.Unicode("The first coefficients, and what they bring back").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    n_mfcc = Slider(
        13, label="coefficients", unit="of 80", values=(1, 2, 3, 5, 8, 10, 13, 16, 20, 25, 30, 35, 40, 50, 60, 70, 80)
    )
    time_s = Slider(0.99, 0, 1.5, label="frame at", unit="s", step=0.01)
    source = Choice("breath", ("breath", "buzz at 100 Hz", "buzz at 200 Hz"), label="source")

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        clip = clip_at(16_000, signal, sample_rate, "speech/sentence_slt", start_s=0.15, longest_s=1.5)
        super().__init__(audio=sound_bytes([clip]), **state)
