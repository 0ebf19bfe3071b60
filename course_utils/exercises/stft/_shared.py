"""What several exercises of this topic use."""

import numpy as np


def _frames_one_by_one(signal, *, frame_length, hop_length):
    pieces, start = [], 0
    while start + frame_length <= np.shape(signal)[-1]:
        pieces.append([np.asarray(signal)[..., start + n] for n in range(frame_length)])
        start += hop_length
    return np.moveaxis(np.array(pieces), (0, 1), (-1, -2))
