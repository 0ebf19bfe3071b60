"""What ``speakers`` words."""

import numpy as np
import torch

from .classification import batch_of_signals, clips_last, clips_reach  # noqa: F401 -- for speakers
from .datasets import chosen, index  # noqa: F401 -- for speakers
from .layers import *  # noqa: F403
from .layers import _show, array, tensor, whole_numbers, with_numbers


def hidden_frames(hidden, width: int) -> None:
    """What a layer gives, (batch, width, frames)."""
    with_numbers(hidden, "hidden")
    if hidden.ndim != 3 or hidden.shape[1] != width or 0 in hidden.shape:
        raise ValueError(
            f"hidden must have the shape (batch, width={width}, frames), got {tuple(hidden.shape)}: transpose it"
        )


def several_of_each(vectors, voices) -> tuple[int, torch.Tensor]:
    """Vectors (clips, numbers) of two voices or more, of each two clips or more: how many voices, numbered from 0."""
    with_numbers(tensor(vectors, "vectors", axes=2), "vectors")
    voices = whole_numbers(voices, "voices")
    if tuple(voices.shape) != (len(vectors),):
        raise ValueError(
            f"voices must hold one number for each of {len(vectors)} clips, got shape {tuple(voices.shape)}: "
            "say of each clip whose it is"
        )
    names, numbers, counts = voices.to(vectors.device).unique(return_inverse=True, return_counts=True)
    if len(names) < 2 or int(counts.min()) < 2:
        raise ValueError(
            f"voices must be two or more, of each two clips or more, got {len(names)} voices and of one "
            f"{int(counts.min())} clips: draw pairs, see VoiceClips"
        )
    return len(names), numbers


def verifier(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {_show(model)}: make one")
    return model


def tracts(tract, signal) -> torch.Tensor:
    """By what each clip's formants are multiplied."""
    with_numbers(tensor(tract, "tract"), "tract")
    tensor(signal, "signal", at_least=1)
    if tuple(tract.shape) != (len(signal),) or not bool(((tract >= 0.5) & (tract <= 2)).all()):
        raise ValueError(
            f"tract must hold a number of 0.5…2 for each of {len(signal)} clips, got {_show(tract)}: 1 leaves it"
        )
    return tract


def vectors(x, name: str, n_numbers: int | None = None) -> np.ndarray:
    """Some vectors (clips, numbers), none of them 0."""
    x = array(x, name, real=True)
    if x.ndim != 2 or (n_numbers is not None and x.shape[1] != n_numbers):
        wanted = "numbers" if n_numbers is None else n_numbers
        raise ValueError(f"{name} must have the shape (clips, {wanted}), got {x.shape}: one vector is {name}[None]")
    x = x.astype(np.float64)
    if not (np.abs(x).max(axis=1) > 0).all():
        raise ValueError(f"{name} must hold vectors of a direction, got one of zeros only: leave it out")
    return x


def signals(clips) -> list:
    """Some signals, each (time,)."""
    is_list = hasattr(clips, "__len__") and hasattr(clips, "__getitem__") and not isinstance(clips, str | dict | bytes)
    if not is_list or (hasattr(clips, "ndim") and clips.ndim != 2):
        raise TypeError(f"clips must be a list of signals (time,), got {_show(clips)}: write [signal]")
    if not len(clips):
        raise ValueError("clips must hold at least one signal, got none: leave the call out")
    return [signal(clip, f"clip {place}", mono=True) for place, clip in enumerate(clips)]  # noqa: F405


def spreads(*values: np.ndarray) -> None:
    """Scores against a cohort that are not all the same."""
    if any((value <= 0).any() for value in values):
        raise ValueError(
            "the cohort must give scores that differ, got one that is the same for all: use more voices than n_best"
        )
