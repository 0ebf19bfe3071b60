"""Noise, room, speed and masks on one clip: waveform, log-mel spectrogram and sound change at once.

Lecture: augmentation
"""

import numpy as np
import traitlets

from .. import audio
from .base import Choice, Explorable, Slider, clip_at, sound_bytes

SAMPLE_RATE = 16_000  # Hz


class AugmentLab(Explorable):
    """Change a clip as a training set would: first the speaker, then the room, then the noise, then the masks.

    The steps are ``augmentation.change_speed``, ``time_stretch`` or ``pitch_shift``; ``rooms.image_source_rir`` up to
    order 16 and 0.5 s, trimmed, for a box of L × 0.8 L × 0.6 L; ``augmentation.mix_at_snr`` with rain; and masks with
    the mean on 40 mel bands every 10 ms, in dB re the maximum of the recorded clip and not below −60. In the sound,
    what a mask hides is silent.

    Parameters
    ----------
    way : {"speed", "time stretch", "pitch shift"}
    factor : float, 0.5…2
        How much faster, or higher.
    room_m : float, m, 2…20
        L.
    absorption : float, 0.3…1
        Of all walls; 1 returns nothing, as outdoors.
    snr_db : float, dB, −10…60
    freq_mask, freq_mask_at : float, mel bands
        Width of the mask, at most 16, and the band in its middle.
    time_mask, time_mask_at : float, frames, % of the clip
        Width of the mask, at most 40 frames of 10 ms, and where its middle is.
    signal : ndarray, shape (time,), optional
        A clip of your own, cut to 1.5 s; by default digits of ``data/``.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 16 kHz.

    Lecture: augmentation
    """

    title = traitlets.Unicode("One clip, changed").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    noise = traitlets.Bytes().tag(sync=True)
    way = Choice("speed", ("speed", "time stretch", "pitch shift"), label="change")
    factor = Slider(1.1, 0.5, 2, label="by a factor of", step=0.05)
    room_m = Slider(5, 2, 20, label="length of the room", unit="m", step=0.5)
    absorption = Slider(0.5, 0.3, 1, label="its walls absorb", step=0.05)
    snr_db = Slider(20, -10, 60, label="SNR, rain", unit="dB")
    freq_mask = Slider(4, 0, 16, label="frequency mask", unit="bands")
    freq_mask_at = Slider(12, 0, 39, label="frequency mask at", unit="of 40")
    time_mask = Slider(12, 0, 40, label="time mask", unit="frames")
    time_mask_at = Slider(50, 0, 100, label="time mask at", unit="% of the clip")

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        clip = clip_at(SAMPLE_RATE, signal, sample_rate, "speech/digits", longest_s=1.5)
        rain, _ = audio.load("environment/rain", sample_rate=SAMPLE_RATE, mono=True)
        super().__init__(audio=sound_bytes([clip]), noise=sound_bytes([rain[: 3 * SAMPLE_RATE]]), **state)
