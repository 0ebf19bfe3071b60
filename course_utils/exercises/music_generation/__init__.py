"""Tunes and sounds as rows of tokens

A model of tokens is judged before it is heard: you compute a perplexity that counts no padding, and tell a copy in another key from a new tune. You mend a sampler that throws its best guess away, say what a message costs, code vectors stage by stage, and bring dead codes back to life. You hear which of three tunes nobody composed, and build a model that can count *and* copy.
"""

from .count_and_copy import composed_pieces  # noqa: F401 -- shown in the notebook
from .which_is_alive import three_tunes  # noqa: F401 -- shown in the notebook

ORDER = (
    "same_tune",
    "pieces_perplexity",
    "keep_the_nucleus",
    "message_bits",
    "which_is_alive",
    "residual_codes",
    "revive_codes",
    "count_and_copy",
)
