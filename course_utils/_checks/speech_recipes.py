"""What ``speech_recipes`` words."""

import numpy as np

from .datasets import between  # noqa: F401 -- for speech_recipes
from .durations import spoken_texts
from .recipes import *  # noqa: F403
from .recipes import network

N_MELS = 64


def voices_in(clips) -> tuple[int, dict]:
    """How many rows a table of the clips' voices has, and options of a network that is given vectors instead."""
    voices = [clip.voice for clip in spoken_texts(clips, N_MELS)]
    if np.ndim(voices[0]):
        sizes = {np.shape(voice) for voice in voices}
        if len(sizes) > 1 or np.ndim(voices[0]) != 1:
            raise ValueError(f"clips must have voices of one size, got shapes {sorted(sizes)}: make all of them alike")
        return 0, {"voice_size": len(voices[0])}
    return 1 + max(int(voice) for voice in voices), {}


def speaking(model, kind: type):
    """The network that a recipe trains."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {type(model).__name__}: make one")
    return network(model)
