"""What a network remembers, attends to, and must ignore

The parts of a sequence model fit on a page of numpy. Here you write the four that carry the rest, mend two that published code gets wrong on padded batches, and reckon what a model sees, holds and costs before it is trained.
"""

from .crossing_frames import made_costs  # noqa: F401 -- shown in the notebook

ORDER = (
    "softmax",
    "mean_of_clips",
    "field_ms",
    "lstm_parameters",
    "masked_attention",
    "lstm_step",
    "positions",
    "whole_clip",
    "crossing_frames",
    "far_seeing_stack",
)
