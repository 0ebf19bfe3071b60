"""How long each character of a recording lasts, how high and how loud it is: what a parallel synthesiser learns from.

Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from .. import text

from ..mfcc import mfcc_from_log_mel
from .datasets import DIGITS, DigitStrings
from .speech_features import HOP, SAMPLE_RATE, pitch_hz, speech_mel

PITCH_REFERENCE_HZ = 100.0  # the pitch inside the network is in octaves above it

# ------------------------------------------------------------------------------------ what is learned from


class SpokenText(NamedTuple):
    """A text and the recording of it: how long each token lasts, and how high it is."""

    tokens: np.ndarray  # (tokens,), int
    voice: int | np.ndarray  # its number, or a vector
    durations: np.ndarray  # (tokens,), int, frames
    pitch: np.ndarray  # (tokens,), octaves above 100 Hz
    mel: np.ndarray  # (64, frames)


def token_pitch(f0_hz: np.ndarray, durations: np.ndarray) -> np.ndarray:
    n_tokens = len(durations)
    owner = np.repeat(np.arange(n_tokens), durations)
    is_voiced = np.isfinite(f0_hz)
    octaves = np.log2(f0_hz[is_voiced] / PITCH_REFERENCE_HZ)
    count = np.bincount(owner[is_voiced], minlength=n_tokens)
    if not count.any():
        return np.zeros(n_tokens, np.float32)
    total = np.bincount(owner[is_voiced], octaves, minlength=n_tokens)
    known = np.flatnonzero(count)
    return np.interp(np.arange(n_tokens), known, total[known] / count[known]).astype(np.float32)


def frame_energy_db(mel: torch.Tensor) -> torch.Tensor:
    """10 lg of the power of all bands: (…, 64, frames) → (…, frames)."""
    return 10 / math.log(10) * torch.logsumexp(mel, dim=-2)


def token_means(x: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
    """Means over the frames of each token; 0 for those that have none."""
    cumulated = F.pad(x.cumsum(dim=-1), (1, 0))
    ends = durations.cumsum(dim=-1)
    starts = ends - durations
    total = cumulated.gather(-1, ends) - cumulated.gather(-1, starts)
    return total / durations.clamp(min=1)


def monotonic_alignment(scores: np.ndarray) -> np.ndarray:
    """(states, frames) → durations ≥ 1."""
    n_states, n_frames = scores.shape
    best = np.full(n_states, -np.inf)
    best[0] = scores[0, 0]
    is_new = np.zeros((n_frames, n_states), bool)
    for t in range(1, n_frames):
        entered = np.concatenate([[-np.inf], best[:-1]])
        is_new[t] = entered > best
        best = np.maximum(best, entered) + scores[:, t]
    state, durations = n_states - 1, np.zeros(n_states, int)
    for t in range(n_frames - 1, -1, -1):
        durations[state] += 1
        if t and is_new[t, state]:
            state -= 1
    return durations


def even_durations(n_states, n_frames):
    return np.diff(np.linspace(0, n_frames, n_states + 1).round().astype(int))


def learn_durations(clips: Sequence[np.ndarray], states: Sequence[Sequence[int]], *, n_rounds: int = 8):
    """Segmental k-means."""
    states = [np.asarray(s) for s in states]
    found = [even_durations(len(s), c.shape[1]) for c, s in zip(clips, states, strict=True)]
    every = np.concatenate(clips, axis=1).T
    n_states = 1 + max(int(s.max()) for s in states)
    floor = 0.05 * every.var(axis=0)
    for _ in range(n_rounds):
        owner = np.concatenate([np.repeat(s, d) for s, d in zip(states, found, strict=True)])
        count = np.bincount(owner, minlength=n_states)[:, None].clip(1)
        sums = np.zeros((2, n_states, every.shape[1]))
        np.add.at(sums[0], owner, every)
        np.add.at(sums[1], owner, every**2)
        mean = sums[0] / count
        var = sums[1] / count - mean**2 + floor
        found = []
        for clip, s in zip(clips, states, strict=True):
            z = clip[None] - mean[s][..., None]
            scores = -0.5 * ((z**2 / var[s][..., None]).sum(axis=1) + np.log(var[s]).sum(axis=1)[:, None])
            found.append(monotonic_alignment(scores) if clip.shape[1] >= len(s) else even_durations(len(s), clip.shape[1]))
    return found


class DigitSpeech:
    """Strings as SpokenText; the alignment of each recording is learned once."""

    def __init__(self, strings: DigitStrings, *, aligned: bool = True):
        self.strings, self.mel = strings, speech_mel()
        words, states = [], []
        with torch.no_grad():
            for signal, digit in zip(strings.words.signals, (int(r["digit"]) for r in strings.words.rows), strict=True):
                mfcc = mfcc_from_log_mel(self.mel(torch.as_tensor(signal)).numpy())
                words.append(mfcc - mfcc.mean(axis=1, keepdims=True))
                states.append([8 * digit + place for place in range(len(DIGITS[digit]))])
        if aligned:
            self.letters = learn_durations(words, states)
        else:
            self.letters = [even_durations(len(s), w.shape[1]) for w, s in zip(words, states, strict=True)]

    def __len__(self):
        return len(self.strings)

    @torch.no_grad()
    def __getitem__(self, index):
        signal, digits = self.strings[index]
        first = self.strings._drawn(index)[2]
        spans = np.round(self.strings.spans_s(index) * SAMPLE_RATE).astype(int)
        bounds = [spans[0, 0]]
        for n, (digit, (start, end)) in enumerate(zip(digits, spans, strict=True)):
            inner = np.cumsum(self.letters[first + int(digit)])
            bounds += [start + (end - start) * b / inner[-1] for b in inner]
            bounds.append(spans[n + 1, 0] if n + 1 < len(spans) else len(signal))
        frames = np.round(np.array(bounds) / HOP).astype(int)
        frames[-1] = 1 + len(signal) // HOP
        durations = np.diff(frames)
        tokens = np.array(text.encode(" ".join(DIGITS[d] for d in digits), end=True))
        mel = self.mel(torch.as_tensor(signal))[:, frames[0] :].numpy()
        pitch = token_pitch(pitch_hz(signal)[frames[0] :], durations)
        return SpokenText(tokens, first // len(DIGITS), durations, pitch, mel)
