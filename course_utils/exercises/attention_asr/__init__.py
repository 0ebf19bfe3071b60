"""A decoder that chooses where to listen, and when to stop

An attention decoder writes one token after the other and looks at the recording before each. Here you write that look, the loop around it, and the tokens of Whisper. You mend what published code gets wrong without an error: weight on the padding, a cache that forgets positions, a file at another rate, times of the wrong window. You read from the weights of attention which word was skipped, and train a pointer that goes on reading where its training rows ended.
"""

from .long_rows import rows_to_copy  # noqa: F401 -- shown in the notebook
from .read_attention import SPOKEN, made_attention, peaks_in_words  # noqa: F401 -- shown in the notebook

ORDER = (
    "additive_context",
    "decode_greedily",
    "read_attention",
    "padded_weights",
    "encode_word",
    "segments_of",
    "window_at_16_khz",
    "step_with_cache",
    "long_rows",
)
