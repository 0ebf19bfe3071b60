"""A windowed sinc from 48 to 32 kHz: its weights, what it lets through, and the alias that comes back down.

Lecture: filters
"""

import traitlets

from .base import Choice, Explorable, Slider


class ResamplingLab(Explorable):
    """Choose the sinc of ``filters.resample`` from 48 to 32 kHz, and see and hear what it does to a rising sweep.

    ``h(τ) = 2 f_c / f_old · sinc(2 f_c τ) w(2 f_c τ / L)``, ``f_c = rolloff · 16 kHz``. A tone at f above 16 kHz should
    vanish; what is left of it comes back as aliases at 32 − f and f − 16 kHz.

    Parameters
    ----------
    lowpass_filter_width : int
        L, zero crossings of the sinc on either side: 2, 3, 4, 6, 8, 12, 16, 24, 32, 48 or 64.
    rolloff : float, 0.6…1
        The cut-off as a part of the lower Nyquist frequency.
    window : {"hann", "kaiser"}
        Kaiser with β = 14.77.

    Lecture: filters
    """

    title = traitlets.Unicode("Resampling from 48 to 32 kHz").tag(sync=True)
    lowpass_filter_width = Slider(6, label="width", unit="crossings", values=(2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64))
    rolloff = Slider(0.99, 0.6, 1, label="roll-off", step=0.01)
    window = Choice("hann", ("hann", "kaiser"), label="window")
