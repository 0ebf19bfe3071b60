"""What ``durations`` words."""

from collections.abc import Sequence

import numpy as np
import torch

from .layers import *  # noqa: F403
from .layers import _show, array, for_torch, number, tensor, whole_numbers, with_numbers

MOST_FRAMES = 10_000_000


def scores_of_states(scores) -> np.ndarray:
    """A table (states, frames) in which each state can last a frame."""
    scores = array(scores, "scores", real=True)
    if scores.ndim != 2:
        raise ValueError(f"scores must have the axes (states, frames), got shape {scores.shape}: pass one clip")
    if scores.shape[1] < scores.shape[0]:
        raise ValueError(
            f"scores must have a frame for each of {scores.shape[0]} states, got {scores.shape[1]} frames: "
            "pass a longer clip, or scores.T"
        )
    return scores.astype(np.float64)


def _several(value, name: str, what: str) -> list:
    if isinstance(value, str | bytes | dict) or not isinstance(value, Sequence | np.ndarray) or not len(value):
        raise TypeError(f"{name} must be a list of {what}, at least one, got {_show(value)}: pass some")
    return list(value)


def clips_with_states(clips, states) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Features of each clip, and what is said in it."""
    clips, states = _several(clips, "clips", "arrays"), _several(states, "states", "rows of whole numbers")
    if len(clips) != len(states):
        raise ValueError(f"states must hold a row for each of {len(clips)} clips, got {len(states)}: pass as many")
    clips = [array(clip, "clips", real=True) for clip in clips]
    for clip in clips:
        if clip.ndim != 2 or len(clip) != len(clips[0]):
            raise ValueError(
                f"clips must have the axes (features, frames), as many features each, got shape {clip.shape} beside "
                f"{clips[0].shape}: make all of them alike"
            )
    return [clip.astype(np.float64) for clip in clips], [_states(row) for row in states]


def _states(row) -> np.ndarray:
    row = whole_numbers(list(row) if isinstance(row, range) else row, "states").numpy()
    if row.ndim != 1 or row.min() < 0 or row.max() > MOST_FRAMES:
        raise ValueError(f"states must be whole numbers from 0, a row for each clip, got {_show(row)}: number them")
    return row


def durations_of(durations, name: str = "durations") -> torch.Tensor:
    """Whole numbers of frames, none below 0."""
    durations = whole_numbers(durations, name)
    if durations.ndim < 1 or durations.min() < 0 or durations.max() > MOST_FRAMES:
        raise ValueError(f"{name} must be frames from 0 to {MOST_FRAMES:,}, got {_show(durations)}: count again")
    return durations


def values_with_durations(values, durations) -> tuple[torch.Tensor, torch.Tensor]:
    """Frames, and tokens that last no longer than these."""
    with_numbers(tensor(values, "values", at_least=1), "values")
    durations = durations_of(durations).to(values.device)
    if durations.shape[:-1] != values.shape[:-1]:
        raise ValueError(
            f"durations must have the batch of values, {tuple(values.shape[:-1])}, got {tuple(durations.shape[:-1])}: "
            "pass a row for each clip"
        )
    if (longest := int(durations.sum(dim=-1).max())) > values.shape[-1]:
        raise ValueError(f"durations must last at most {values.shape[-1]} frames in sum, got {longest}: shorten them")
    return values, durations


def pitch_with_durations(f0_hz, durations) -> tuple[np.ndarray, np.ndarray]:
    """Frames of a pitch or none, shared out among tokens."""
    f0_hz, durations = np.asarray(f0_hz), durations_of(durations).cpu().numpy()
    if f0_hz.dtype.kind not in "fiu" or f0_hz.ndim != 1:
        raise TypeError(f"f0_hz must be numbers (frames,), got {_show(f0_hz)}: see pitch_hz")
    if durations.ndim != 1 or durations.sum() != len(f0_hz):
        raise ValueError(
            f"durations must last as long as f0_hz, {len(f0_hz)} frames, got {int(durations.sum())}: count again"
        )
    if (f0_hz <= 0).any() or np.isinf(f0_hz).any():
        raise ValueError("f0_hz must be above 0 Hz and finite, or NaN, got a frame that is not: write NaN for no pitch")
    return f0_hz.astype(np.float64), durations


def plain_strings(strings, kind: type):
    """Strings whose words stand apart, as they were recorded."""
    if type(strings) is not kind:  # a word of RecordedStrings is one of several recordings
        raise TypeError(f"strings must be {kind.__name__}, got {type(strings).__name__}: make some")
    if strings.empty_share or strings.trim_db is not None or strings.pause_s[0] < 0:
        raise ValueError(
            "strings must hold words that stand apart and are cut once, got "
            f"empty_share={strings.empty_share:g}, trim_db={strings.trim_db}, pause_s={strings.pause_s}: "
            "leave them at 0, None and 0 or more"
        )
    return strings


def sentences(value, kind: type):
    """Sentences, at least one."""
    if not isinstance(value, kind):
        raise TypeError(f"sentences must be {kind.__name__}, got {type(value).__name__}: make some")
    if not len(value):
        raise ValueError("sentences must hold at least one, got none: choose another split, voice or kind")
    return value


def spoken_texts(items, n_mels: int) -> list:
    """Texts with what was recorded of them."""
    items = _several(items, "items", "SpokenText")
    for place, item in enumerate(items):
        if not hasattr(item, "durations") or not hasattr(item, "mel"):
            raise TypeError(f"items must be SpokenText, got {_show(item)} as item {place}: see DigitSpeech")
        lengths = len(item.tokens), len(item.durations), len(item.pitch)
        if len(set(lengths)) > 1 or item.mel.shape != (n_mels, int(np.sum(item.durations))):
            raise ValueError(
                f"items must have a duration and a pitch for each token, and the frames of all in mel, got {lengths} "
                f"and mel of shape {item.mel.shape} in item {place}: look where it was made"
            )
    return items


def for_batch(x, name: str) -> torch.Tensor:
    """Whole numbers as int64, others in single precision."""
    try:
        x = torch.as_tensor(for_torch(x, name))
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be numbers, got {_show(x)}: pass an array") from None
    return x.float() if x.is_floating_point() else x.long()


def gains(gain_db, n_items: int) -> list[float]:
    """A level for each item."""
    if gain_db is None:
        return [0.0] * n_items
    found = [number(value, "gain_db", at_least=-200, at_most=60) for value in _several(gain_db, "gain_db", "numbers")]
    if len(found) != n_items:
        raise ValueError(f"gain_db must hold a number for each of {n_items} items, got {len(found)}: pass as many")
    return found
