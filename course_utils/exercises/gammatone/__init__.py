"""How wide the ear listens, and for how long.

From a scale of bands to one filter, and from one filter to a bank; numpy, a pencil and a pair of ears are enough.
"""

from .three_clocks import three_clocks  # noqa: F401 -- shown in the notebook
from .unknown_ear import unknown_ear  # noqa: F401 -- shown in the notebook

ORDER = (
    "telephone",
    "erb_space_hz",
    "impulse_response",
    "three_clocks",
    "unknown_ear",
    "upright",
    "hair_cell",
    "fewest_centres",
)
