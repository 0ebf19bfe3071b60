"""Speech all at once: how long each character lasts is predicted, and the frames are made side by side.

No attention, no step that waits for the one before. Duration, pitch and energy stand in numbers between the text and
the sound, where they can be moved. Inside, sequences are (batch, tokens or frames, width). Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .. import text
from .durations import PITCH_REFERENCE_HZ, frame_energy_db, token_means
from .features import StoredScale
from .layers import clip_lengths, valid_frames
from .speech_features import FLOOR, N_MELS


def expand(hidden, durations):
    ends = durations.cumsum(dim=1)
    n_frames = ends[:, -1]
    t = torch.arange(int(n_frames.max()), device=hidden.device)
    owner = torch.searchsorted(ends, t.expand(len(ends), -1).contiguous(), right=True).clamp(max=durations.shape[1] - 1)
    frames = hidden.gather(1, owner[..., None].expand(-1, -1, hidden.shape[2]))
    starts = (ends - durations).gather(1, owner)
    share = (t - starts + 0.5) / durations.gather(1, owner).clamp(min=1)
    return frames, share, n_frames


class _Block(nn.Module):
    def __init__(self, width, kernel_size, voice_size, dropout):
        super().__init__()
        self.layer = nn.Conv1d(width, width, kernel_size, padding=kernel_size // 2)
        self.norm = nn.LayerNorm(width)
        self.film = nn.Linear(voice_size, 2 * width) if voice_size else None
        self.dropout = nn.Dropout(dropout)
        if self.film is not None:
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)

    def forward(self, x, valid, voice):
        y = self.norm(torch.relu(self.layer((x * valid).mT).mT))
        if self.film is not None:
            gain, offset = self.film(voice)[:, None].chunk(2, dim=2)
            y = y * (1 + gain) + offset
        return x + self.dropout(y)


class _Stack(nn.Module):
    def __init__(self, n_layers, *options):
        super().__init__()
        self.blocks = nn.ModuleList(_Block(*options) for _ in range(n_layers))

    def forward(self, x, valid, voice):
        for block in self.blocks:
            x = block(x, valid, voice)
        return x


class _Predictor(nn.Module):
    def __init__(self, width, n_hidden, voice_size, dropout):
        super().__init__()
        self.enter = nn.Linear(width, n_hidden)
        self.stack = _Stack(2, n_hidden, 3, voice_size, dropout)
        self.leave = nn.Linear(n_hidden, 1)

    def forward(self, x, valid, voice):
        return self.leave(self.stack(self.enter(x), valid, voice)).squeeze(2)


class ParallelMel(NamedTuple):
    mel: torch.Tensor
    log_durations: torch.Tensor
    pitch: torch.Tensor
    energy: torch.Tensor
    n_tokens: torch.Tensor


class ParallelSpeech(nn.Module):
    def __init__(
        self,
        n_voices: int = 1,
        *,
        n_vocabulary: int = text.N_TOKENS,
        width: int = 128,
        voice_size: int = 48,
        n_layers: tuple = (3, 5),
        n_hidden: int = 64,
        kernel_size: int = 5,
        film: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.scale = StoredScale()
        self.voices = nn.Embedding(n_voices, voice_size) if n_voices else None
        self.voice_size = voice_size
        film_size = voice_size if film else 0
        self.embedding = nn.Embedding(n_vocabulary, width, padding_idx=0)
        self.encoder = _Stack(n_layers[0], width, kernel_size, film_size, dropout)
        self.speak_as = nn.Linear(voice_size, width)
        self.predictors = nn.ModuleList(_Predictor(width, n_hidden, film_size, dropout) for _ in range(3))
        self.prosody = nn.Sequential(nn.Linear(2, n_hidden), nn.ReLU(), nn.Linear(n_hidden, width))
        self.place = nn.Linear(3, width)
        self.decoder = _Stack(n_layers[1], width, kernel_size, film_size, dropout)
        self.leave = nn.Linear(width, N_MELS)

    def voice_of(self, voices):
        return voices if voices.is_floating_point() else self.voices(voices)

    def read(self, tokens, n_tokens, voices):
        n_tokens = clip_lengths(tokens, n_tokens)
        valid = valid_frames(n_tokens, tokens.shape[1]).to(tokens.device)[..., None]
        voice = self.voice_of(voices)
        hidden = self.encoder(self.embedding(tokens), valid, voice) + self.speak_as(voice)[:, None]
        log_durations, pitch, energy = (predict(hidden, valid, voice) for predict in self.predictors)
        return hidden, voice, log_durations, pitch, energy, n_tokens

    def write(self, hidden, voice, durations, pitch, energy):
        """pitch in octaves, energy in decades (dB/10)"""
        hidden = hidden + self.prosody(torch.stack([pitch, energy], dim=2))
        frames, share, n_frames = expand(torch.cat([hidden, durations[..., None].float()], dim=2), durations)
        frames, length = frames[..., :-1], frames[..., -1]
        place = torch.stack([share, 1 - share, (1 + length).log()], dim=2)
        valid = valid_frames(n_frames, frames.shape[1]).to(frames.device)[..., None]
        frames = self.decoder(frames + self.place(place), valid, voice)
        mel = self.leave(frames).mT * self.scale.spread + self.scale.mean
        return mel, n_frames

    def forward(self, tokens, n_tokens, voices, durations, pitch, energy):
        hidden, voice, log_durations, guessed_pitch, guessed_energy, n_tokens = self.read(tokens, n_tokens, voices)
        mel, _ = self.write(hidden, voice, durations, pitch, energy)
        return ParallelMel(mel, log_durations, guessed_pitch, guessed_energy, n_tokens)

    @torch.no_grad()
    def speak(self, tokens, voice, *, duration_scale=1.0, pitch_semitones=0.0, energy_db=0.0, durations=None, pitch=None, energy=None):
        tokens = torch.as_tensor(tokens)[None]
        voice = torch.as_tensor(voice)[None]
        hidden, v, log_durations, p, e, _ = self.read(tokens, None, voice)
        d = torch.expm1(log_durations).clamp(min=0) if durations is None else torch.as_tensor(durations)[None].float()
        d = d * duration_scale
        ends = d.cumsum(1).round().long()
        d = torch.diff(ends, dim=1, prepend=ends.new_zeros(1, 1))
        p = p if pitch is None else torch.as_tensor(np.log2(np.asarray(pitch) / PITCH_REFERENCE_HZ))[None].float()
        e = e if energy is None else torch.as_tensor(energy)[None].float() / 10
        p, e = p + pitch_semitones / 12, e + energy_db / 10
        mel, _ = self.write(hidden, v, d, p, e)
        return mel[0].clamp(min=math.log(FLOOR)), d[0], PITCH_REFERENCE_HZ * 2 ** p[0], 10 * e[0]


def parallel_loss(output, mel, n_frames, durations, pitch, energy):
    counts = valid_frames(n_frames, mel.shape[2])[:, None]
    is_token = valid_frames(output.n_tokens, durations.shape[1])
    def mean(x): return (x * is_token).sum() / is_token.sum()
    return {
        "mel": ((output.mel - mel).abs() * counts).sum() / (N_MELS * counts.sum()),
        "duration": mean((output.log_durations - (1 + durations.float()).log()).square()),
        "pitch": mean((output.pitch - pitch).square()),
        "energy": mean((output.energy - energy).square()),
    }
