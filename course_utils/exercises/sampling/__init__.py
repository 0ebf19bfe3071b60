"""From a wave to numbers, and what is lost on the way

Folded tones, waves between the samples, bits and what they cost. The last exercise moves noise to where it does no harm; its best answer can be computed.
"""

from .four_accidents import four_accidents  # noqa: F401 -- shown in the notebook
from .highest_hz import glide_in_words, unknown_glide  # noqa: F401 -- shown in the notebook

ORDER = (
    "alias_frequency_hz",
    "highest_hz",
    "true_peak",
    "ratio_db",
    "four_accidents",
    "mu_law_encode",
    "to_pcm16",
    "shaping",
)
