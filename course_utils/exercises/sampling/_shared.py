"""What several exercises of this topic use."""

import numpy as np


def _quietly(compute):
    """For wrong answers that take logarithms of what has none."""
    with np.errstate(all="ignore"):
        return compute()
