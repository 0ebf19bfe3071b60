"""What a network remembers, attends to, and must ignore

The parts of a sequence model fit on a page of numpy. Here you write the four that carry the rest, mend two that published code gets wrong on padded batches, and reckon what a model sees, holds and costs before it is trained. In three you train: a lock that must hear which word came first, a network that finds one word among nine, and an LSTM that keeps a bell in mind for three seconds.
"""

from .crossing_frames import made_costs  # noqa: F401 -- shown in the notebook
from .keep_the_bell import bell_clips  # noqa: F401 -- shown in the notebook
from .voice_lock import lock_clips  # noqa: F401 -- shown in the notebook
from .zero_in_clip import zero_clips  # noqa: F401 -- shown in the notebook

ORDER = (
    "softmax",
    "mean_of_clips",
    "field_ms",
    "lstm_parameters",
    "masked_attention",
    "lstm_step",
    "positions",
    "whole_clip",
    "voice_lock",
    "crossing_frames",
    "zero_in_clip",
    "keep_the_bell",
    "far_seeing_stack",
)
