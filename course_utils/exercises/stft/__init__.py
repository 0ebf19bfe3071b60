"""From sound to frames, and back again.

The lecture's functions may be used where an exercise does not ask for them; one needs ears, one is read from a picture, none needs a network.
"""

from .two_clicks import clicks_in_words, two_clicks  # noqa: F401 -- shown in the notebook
from .ways_back import four_ways_back  # noqa: F401 -- shown in the notebook

ORDER = (
    "frame",
    "click_frames",
    "two_clicks",
    "resynthesise",
    "ways_back",
    "griffin_lim_step",
    "bin_frequency_hz",
    "early_window",
)
