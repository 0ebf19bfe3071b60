"""Between the samples and their spectrum.

One exercise needs ears; for the others paper, numpy and the lecture are enough. None needs a network.
"""

from .read_length import piece_in_words, unknown_piece  # noqa: F401 -- shown in the notebook
from .three_rooms import three_rooms  # noqa: F401 -- shown in the notebook

ORDER = (
    "idft",
    "mirror_bin",
    "frequencies_hz",
    "three_rooms",
    "amplitude_spectrum",
    "goertzel",
    "convolve",
    "read_length",
    "low_window",
)
