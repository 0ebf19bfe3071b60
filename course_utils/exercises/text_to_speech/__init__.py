"""Speech from text, and how to tell what is wrong with it

A voice begins with words: here you read numbers and prices aloud as text, and mend a reader that loses the cents. You guide an attention, turn it into durations, and stop a decoder that talks for ever. Then you judge: how far two sounds are from each other once they are aligned, how often a verifier errs, how many right answers of sixteen are no luck. You hear what was done to a voice, see where an alignment got stuck, and train a network to know when it is over.
"""

from .read_alignment import TEXT, made_alignment, peaks_in_letters  # noqa: F401 -- shown in the notebook
from .stop_in_time import decoder_states  # noqa: F401 -- shown in the notebook
from .which_is_real import three_sentences  # noqa: F401 -- shown in the notebook

ORDER = (
    "spell_number",
    "price_in_words",
    "guided_penalty",
    "read_alignment",
    "durations_of",
    "stop_at_last",
    "cheapest_way",
    "equal_error",
    "how_many_of_sixteen",
    "which_is_real",
    "stop_in_time",
)
