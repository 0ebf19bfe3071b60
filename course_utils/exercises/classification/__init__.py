"""What a classifier's number says, and when not to believe it

A model is trained by others; the loss, the split and the score are where yours goes wrong. Here you find test clips that the network has met before, repair a loss that turns into NaN, count weights, read an error rate off a curve, listen into a scene, and turn frame probabilities into events.
"""

from .frames_to_events import frame_probabilities  # noqa: F401 -- shown in the notebook
from .read_the_eer import two_voices  # noqa: F401 -- shown in the notebook
from .what_comes_when import a_scene  # noqa: F401 -- shown in the notebook

ORDER = (
    "macro_f1",
    "count_the_weights",
    "read_the_eer",
    "find_the_leak",
    "why_is_the_loss_nan",
    "standardise",
    "what_comes_when",
    "frames_to_events",
)
