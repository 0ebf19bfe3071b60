"""What ``speech_recipes`` words."""

import numpy as np

from .datasets import between  # noqa: F401 -- for speech_recipes
from .durations import spoken_texts
from .recipes import *  # noqa: F403
from .recipes import _show, network
from .speakers import verifier  # noqa: F401 -- for speech_recipes

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


def voice_clips(clips, kind: type, batch_size: int) -> None:
    """Clips that know how many voices there are, a batch at least."""
    if not isinstance(clips, kind):
        raise TypeError(
            f"clips must be {kind.__name__}, got {_show(clips)}: make them with {kind.__name__}('train', n)"
        )
    if len(clips) < max(2, batch_size):
        raise ValueError(
            f"clips must hold at least batch_size={batch_size} clips, and two, got {len(clips)}: raise n_clips"
        )


def vocoder_clips(clips, name: str, kind: type, batch_size: int) -> None:
    """Clips with their pitch, a batch at least."""
    if not isinstance(clips, kind):
        raise TypeError(
            f"{name} must be {kind.__name__}, got {_show(clips)}: make them with {kind.__name__}('train', n)"
        )
    if len(clips) < batch_size:
        raise ValueError(
            f"{name} must hold at least batch_size={batch_size} clips, got {len(clips)}: raise n_clips of them"
        )
