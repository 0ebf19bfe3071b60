"""Stage upon stage of a codec, heard and seen; and a code book of two numbers while it learns.

Lecture: music_generation
"""

import numpy as np
import traitlets

from .._checks import explorables as _checks
from ..mdct import mdct
from .base import Choice, Explorable, Slider, clip_at, sound_bytes

RATE, LONGEST_S, MOST_POINTS = 8000, 2.5, 600
BINS = 3, 4  # of 40: 300 to 500 Hz


class CodecLab(Explorable):
    """Hear how much of a sound each stage of a residual quantiser brings, and watch k-means place the codes.

    Each stage adds 8 bits to each 5 ms, 1.6 kbit/s. The points on the right are two neighbouring numbers of the
    sound's MDCT frames, 300 to 400 and 400 to 500 Hz; a turn of k-means gives each point to the nearest code, and moves
    each code to the mean of its points. A code without points is drawn hollow: it is dead.

    Parameters
    ----------
    signal : ndarray, shape (time,), within ±1, optional
        At most 2.5 s of it; spoken digits by default.
    sample_rate : float, Hz, 8,000…48,000
        Needed with ``signal``, which is resampled to 8 kHz.
    model : models.codec.FrameCodec, optional
        Of 40 bins; the course's own by default.
    stages : {1, …, 12}
    heard : {"coded", "original", "what is missing"}
    codes : {2, …, 32}
        Of the code book in two dimensions.
    first : {"drawn from the points", "all at one place"}
        Where the codes begin.

    Attributes
    ----------
    snr_db : list of float, dB
        After each number of stages.
    turns : int
        How many turns of k-means have been made.
    errors : list of float
        Mean squared error of a number after each turn.

    Lecture: music_generation
    """

    title = traitlets.Unicode("Stages of a codec, and a code book").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    n_sounds = traitlets.Int().tag(sync=True)
    snr_db = traitlets.List().tag(sync=True)
    points = traitlets.List().tag(sync=True)
    stages = Slider(1, label="stages", values=tuple(range(1, 13)))
    heard = Choice("coded", ["coded", "original", "what is missing"], label="sound and picture")
    codes = Slider(8, label="codes in the book", values=(2, 3, 4, 6, 8, 12, 16, 24, 32))
    first = Choice("drawn from the points", ["drawn from the points", "all at one place"], label="first codes")
    turns = traitlets.Int(0).tag(sync=True)
    errors = traitlets.List().tag(sync=True)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, *, model=None, **state):
        from ..models import checkpoints, codec

        clip = clip_at(RATE, signal, sample_rate, "speech/digits", longest_s=LONGEST_S).astype(np.float32)
        _checks.lasts(len(clip), 0.1, RATE)
        if model is None:
            model = checkpoints.load(codec.FrameCodec(), "codec/network")
        codes = codec.encode(_checks.codec_of_bins(model, codec.N_BINS), clip)
        sounds = [clip] + [codec.decode(model, codes[:, :n], length=len(clip)) for n in range(1, codes.shape[1] + 1)]
        power = max(float(np.sum(clip**2)), 1e-12)
        snr_db = [10 * np.log10(power / max(float(np.sum((clip - x) ** 2)), 1e-12)) for x in sounds[1:]]
        pairs = mdct(clip, codec.N_BINS)[BINS[0] : BINS[1] + 1].T
        pairs = pairs[np.linalg.norm(pairs, axis=1) > 0.02 * max(1e-9, np.abs(pairs).max())][:MOST_POINTS]
        super().__init__(
            audio=sound_bytes([np.clip(x, -1, 1) for x in sounds]),
            n_sounds=len(sounds),
            snr_db=[round(float(value), 3) for value in snr_db],
            points=[[round(float(value), 4) for value in pair] for pair in pairs],
            **state,
        )
