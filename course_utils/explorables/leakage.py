"""A tone between two bins, under a window, with zeros appended: lobes, the samples taken of them, and the seam heard.

Lecture: dft
"""

import traitlets

from ..dft import WINDOWS
from .base import Choice, Explorable, Slider, Switch


class Leakage(Explorable):
    """Move a tone off its bin, fade the piece, append zeros: the DFT samples ``½ W(k − k₀)`` at k = 0, 1/P, 2/P, …

    The piece has 256 samples at 16 kHz, so that bins lie 62.5 Hz apart. The sound is the windowed piece, repeated:
    what the bins describe. A second tone, 60 dB weaker, can be hidden 20.3 bins above the first.

    Parameters
    ----------
    off_bin : float, bins, −1…1
        The tone makes ``40 + off_bin`` turns in the piece.
    padding : {1, 2, 4, 16}
        P: with zeros the piece is P times as long.
    weak_tone : bool
    window : {"rectangular", "hann", "hamming", "blackman", "kaiser"}
        Periodic; Kaiser with β = 8.6.
    lobes : bool
        Show the transform between its samples, with the ends of the main lobe.

    Lecture: dft
    """

    title = traitlets.Unicode("A tone off its bin: lobes, and where the DFT reads them").tag(sync=True)
    off_bin = Slider(0, -1, 1, label="off the bin", unit="bins", step=0.05)
    padding = Slider(1, label="zero-padded to", unit="× 256", values=(1, 2, 4, 16))
    weak_tone = Switch(False, label="weak tone (−60 dB) 20.3 bins above")
    window = Choice("rectangular", WINDOWS, label="window")
    lobes = Switch(False, label="show the lobes")
