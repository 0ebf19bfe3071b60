"""A pair of poles and a pair of zeros, dragged in the plane: gain, delay, ringing, and the sound that comes out.

Lecture: filters
"""

import numpy as np
import traitlets

from .base import Explorable, Slider, clip_or, sound_bytes


class PoleZero(Explorable):
    """Drag poles and zeros: ``H(z) = (1 − 2 R cos φ z⁻¹ + R² z⁻²) / (1 − 2 r cos θ z⁻¹ + r² z⁻²)``.

    The pairs are conjugate, so that the filter is real; at 0° and 180° a pair meets on the real axis, as a double root.
    The filtered clip is played as loud as the clip itself. A filter with a pole on or outside the circle is drawn and
    not played.

    Parameters
    ----------
    signal : ndarray, shape (time,), within ±1, optional
        What is filtered, in place of spoken digits; its first 1.5 s.
    sample_rate : float, Hz, 8,000…48,000
        Of ``signal``.
    pole_radius : float, 0…1.1
    pole_angle : float, degrees, 0…180
        180° is the Nyquist frequency.
    zero_radius : float, 0…1.3
    zero_angle : float, degrees, 0…180

    Lecture: filters
    """

    title = traitlets.Unicode("Poles × and zeros ○ of a filter").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    pole_radius = Slider(0.95, 0, 1.1, label="pole radius", step=0.005)
    pole_angle = Slider(45, 0, 180, label="pole angle", unit="°", step=0.5)
    zero_radius = Slider(1, 0, 1.3, label="zero radius", step=0.005)
    zero_angle = Slider(90, 0, 180, label="zero angle", unit="°", step=0.5)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        signal, sample_rate = clip_or(signal, sample_rate, "speech/digits", longest_s=1.5)
        super().__init__(audio=sound_bytes([signal]), sample_rate=sample_rate, **state)
