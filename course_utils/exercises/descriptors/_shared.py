"""What several exercises of this topic use."""

import numpy as np


def normalised_difference(frames, n_lags):
    n_window = frames.shape[-1] - n_lags + 1
    shifted = np.lib.stride_tricks.sliding_window_view(frames, n_window, axis=-1)  # (…, n_lags, n_window)
    d = ((shifted - shifted[..., :1, :]) ** 2).sum(axis=-1)
    total = np.cumsum(d, axis=-1)  # d[0] is 0
    return np.divide(d * np.arange(n_lags), total, out=np.ones_like(d), where=total > 0)
