"""Mixtures, masks and shifts of pitch, and how a training set leaks

Each augmentation is a claim: the label is still true. Here you mix noise at an exact ratio, mend a mask, find what leaks from a training set into its test set, see and hear what was done to a sound, and build a shifter of pitch that keeps time.
"""

from .pictures import four_pictures, what_is_seen  # noqa: F401 -- shown in the notebook
from .versions import three_versions  # noqa: F401 -- shown in the notebook

ORDER = (
    "mix",
    "word_snr_db",
    "hide",
    "leaking",
    "pictures",
    "versions",
    "shift_pitch",
)
