"""What a classifier's number says, and when not to believe it

A library trains the model; what goes wrong is the loss, the split or the score. Here you find test clips whose voice or recording the network has met, repair a loss that turns into NaN, count weights, read an error rate off a curve, listen into a scene, and turn frame probabilities into events. In three you train: until thirty words are known by heart, until a rare word is heard, and until a network says how sure it may be.
"""

from .calibrate import sure_network  # noqa: F401 -- shown in the notebook
from .frames_to_events import frame_probabilities  # noqa: F401 -- shown in the notebook
from .rare_word import rare_words  # noqa: F401 -- shown in the notebook
from .read_the_eer import two_voices  # noqa: F401 -- shown in the notebook
from .what_comes_when import a_scene  # noqa: F401 -- shown in the notebook

ORDER = (
    "macro_f1",
    "count_the_weights",
    "read_the_eer",
    "find_the_leak",
    "why_is_the_loss_nan",
    "learn_by_heart",
    "standardise",
    "rare_word",
    "calibrate",
    "what_comes_when",
    "frames_to_events",
)
