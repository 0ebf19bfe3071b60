"""Mixtures, masks and shifts of pitch, and how a training set leaks

Each augmentation is a claim: the label is still true. Here you mix noise at an exact ratio, mend a mask, find what leaks from a training set into its test set, see and hear what was done to a sound, and build a shifter of pitch that keeps time. In three you train: for a call from the rain, for recordings whose sessions are exchanged, and for notes that nobody played.
"""

from ._shared import trained, word_pictures  # noqa: F401 -- shown in the notebook
from .pictures import four_pictures, what_is_seen  # noqa: F401 -- shown in the notebook
from .rainy_call import rainy_calls  # noqa: F401 -- shown in the notebook
from .swapped_sessions import two_sessions  # noqa: F401 -- shown in the notebook
from .unplayed_notes import played_notes, spectra  # noqa: F401 -- shown in the notebook
from .versions import three_versions  # noqa: F401 -- shown in the notebook

ORDER = (
    "mix",
    "word_snr_db",
    "hide",
    "leaking",
    "rainy_call",
    "pictures",
    "versions",
    "unplayed_notes",
    "swapped_sessions",
    "shift_pitch",
)
