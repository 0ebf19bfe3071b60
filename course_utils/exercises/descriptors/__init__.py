"""Numbers that describe a sound, and when to believe them

One number per frame is soon computed; whether it means anything depends on pauses, noise, octaves and the range that was searched. Here you write four such descriptors, repair one, and find out what three others report.
"""

from .pitch_hz import rough_voice  # noqa: F401 -- shown in the notebook
from .tickings import three_tickings  # noqa: F401 -- shown in the notebook
from .voice_in_rain import in_rain  # noqa: F401 -- shown in the notebook

ORDER = (
    "zero_crossing_rate",
    "mean_centroid_hz",
    "voice_in_rain",
    "normalised_difference",
    "reported_hz",
    "pitch_hz",
    "tickings",
    "fold_to_chroma",
)
