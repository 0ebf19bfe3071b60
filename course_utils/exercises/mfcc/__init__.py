"""Cepstra, coefficients and their slopes

Eight exercises along the way from a log spectrum to the 39 numbers of a recogniser: read a cepstrum, build the cosine
transform, lifter, normalise a padded batch, take slopes, hear what c0 and c1 do, and at the end find better slopes
than those in the books.
"""

from .four_whispers import four_whispers  # noqa: F401 -- shown in the notebook
from .read_pitch import unknown_cepstrum  # noqa: F401 -- shown in the notebook

ORDER = (
    "read_pitch",
    "dct_matrix",
    "mfcc_from_log_mel",
    "c0_step",
    "cmvn_padded",
    "delta",
    "four_whispers",
    "slope_weights",
)
