"""The spectrogram of what the microphone hears, while it hears it; freeze it and go on in Python.

Lecture: start_here
"""

import traitlets

from .base import Explorable, Slider
from .record import Heard


class LiveSpectrogram(Heard, Explorable):
    """Speak or whistle and see it; *Freeze* hands the last seconds to Python.

    Columns are 1,024 samples apart, each the magnitude of one Hann window in dB re a full-scale sine,
    ``20 log₁₀(2 |X[k]| / Σ w)``.

    Parameters
    ----------
    n_fft : {512, 1024, 2048, 4096}, samples
        Length of the window.
    floor_db : float, dB re a full-scale sine, −120…−30
        What is drawn black; white is 60 dB above it.
    top_hz : float, Hz, 1,000…20,000
        Where the picture ends.

    Attributes
    ----------
    signal : ndarray, shape (time,), float32, full scale ±1
        The last 6 s at most. A ``ValueError`` says so before the first freeze.
    sample_rate : float, Hz
        That of the browser's audio, mostly 44,100 or 48,000.

    Lecture: start_here
    """

    title = traitlets.Unicode("What the microphone hears").tag(sync=True)
    n_fft = Slider(2048, label="window", unit="samples", values=(512, 1024, 2048, 4096))
    floor_db = Slider(-90, -120, -30, label="black is", unit="dB", step=1)
    top_hz = Slider(8000, 1000, 20_000, label="up to", unit="Hz", step=500)
