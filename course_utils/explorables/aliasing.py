"""A tone drawn through the Nyquist frequency: its samples, and the tone that they are taken for.

Lecture: sampling
"""

import traitlets

from .base import Explorable, Slider, Switch


class Aliasing(Explorable):
    """Drag a tone past half the sampling rate: ``f`` is heard at ``|f − f_s round(f / f_s)|``.

    Both tones are heard: the one in the air, and the one rebuilt from the samples with a sinc. The anti-alias filter
    is the windowed sinc of ``filters.resample`` from 64 kHz to ``sample_rate`` with 16 zero crossings.

    Parameters
    ----------
    frequency_hz : float, Hz, 100…15,900
    sample_rate : {4000, 8000, 16000}, Hz
    anti_alias : bool
        Filter before sampling.

    Lecture: sampling
    """

    title = traitlets.Unicode("A tone, its samples, and what they are taken for").tag(sync=True)
    frequency_hz = Slider(5000, 100, 15_900, label="tone in the air", unit="Hz", step=50)
    sample_rate = Slider(8000, label="sampling rate", unit="Hz", values=(4000, 8000, 16_000))
    anti_alias = Switch(False, label="anti-alias filter before sampling")
