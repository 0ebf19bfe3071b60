"""Tacotron: a network reads characters, attention points at one after another, and mel frames come out.

Of Listen, Attend and Spell the two ends are exchanged: letters are read, frames are written, and a stop token says
when to end. Inside, sequences are (batch, frames, width); outside, mels are (batch, 64, frames). Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .. import text
from .._checks import text_to_speech as _checks
from .attention_asr import AdditiveAttention
from .features import StoredScale
from .layers import clip_lengths, silenced, valid_frames
from .recurrent import turned
from .speech_features import FLOOR, N_MELS

SILENCE = math.log(FLOOR)


# ---------------------------------------------------------------------------------------- the network


class SpokenMel(NamedTuple):
    """What a ``Tacotron`` gives while it is told the true frames; r frames a step."""

    coarse: torch.Tensor  # (batch, 64, r steps), log-mel before the post-net
    mel: torch.Tensor  # (batch, 64, r steps), after it
    stop: torch.Tensor  # (batch, steps), logits of "this step is the last"
    weights: torch.Tensor  # (batch, steps, tokens), where each step looked
    n_tokens: torch.Tensor  # (batch,)


class TacotronState(NamedTuple):
    """What a decoder goes on from."""

    memory: torch.Tensor  # (batch, tokens, width)
    keys: torch.Tensor  # (batch, tokens, n_hidden)
    mask: torch.Tensor  # (batch, 1, tokens)
    hidden: torch.Tensor  # (batch, n_cells)
    cell: torch.Tensor
    context: torch.Tensor  # (batch, width)
    weights: torch.Tensor  # (batch, tokens), where the last step looked
    seen: torch.Tensor  # (batch, tokens), their sum until now


class _Convolutions(nn.Module):
    """Convolutions along time, each with batch norm, an activation and dropout; what lies behind a clip counts as 0."""

    def __init__(self, widths: Sequence[int], kernel_size: int, activations: Sequence, dropout: float):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv1d(n_in, n_out, kernel_size, padding=kernel_size // 2)
            for n_in, n_out in zip(widths, widths[1:], strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(n_out) for n_out in widths[1:])
        self.activations, self.dropout = activations, nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, n_frames: torch.Tensor) -> torch.Tensor:
        for layer, norm, activation in zip(self.layers, self.norms, self.activations, strict=True):
            x = self.dropout(activation(norm(layer(silenced(x, n_frames)))))
        return x


class Tacotron(nn.Module):
    def __init__(
        self,
        *,
        n_vocabulary: int = text.N_TOKENS,
        width: int = 128,
        n_cells: int = 192,
        n_hidden: int = 64,
        n_prenet: int = 64,
        n_postnet: int = 96,
        reduction: int = 3,
        kernel_size: int = 15,
        dropout: float = 0.5,
        cumulative: bool = True,
    ):
        super().__init__()
        self.reduction, self.cumulative = reduction, cumulative
        self.scale = StoredScale()
        self.embedding = nn.Embedding(n_vocabulary, width, padding_idx=0)
        self.convolutions = _Convolutions([width] * 3, 5, [torch.relu] * 2, 0.1)
        self.directions = nn.ModuleList(nn.LSTM(width, width // 2, batch_first=True) for _ in range(2))
        self.prenet = nn.ModuleList([nn.Linear(N_MELS, n_prenet), nn.Linear(n_prenet, n_prenet)])
        self.dropout = dropout
        self.cell = nn.LSTMCell(n_prenet + width, n_cells)
        self.attend = AdditiveAttention(n_cells, width, n_hidden, kernel_size=kernel_size)
        self.decoder = nn.LSTM(n_cells + width, n_cells, batch_first=True)
        self.frames = nn.Linear(n_cells + width, N_MELS * reduction)
        self.stop = nn.Linear(n_cells + width, 1)
        self.postnet = _Convolutions(
            [N_MELS, n_postnet, n_postnet, N_MELS], 5, [torch.tanh, torch.tanh, nn.Identity()], 0.0
        )

    def read(self, tokens, n_tokens=None):
        n_tokens = clip_lengths(tokens, n_tokens)
        valid = valid_frames(n_tokens, tokens.shape[1])
        x = self.convolutions(self.embedding(tokens).mT, n_tokens).mT
        forwards, backwards = self.directions
        around = forwards(x)[0], turned(backwards(turned(x, valid))[0], valid)
        return (x + torch.cat(around, dim=2)) * valid[..., None], n_tokens

    def start(self, memory, n_tokens):
        n_batch, n_all, width = memory.shape
        mask = valid_frames(n_tokens, n_all).to(memory.device)[:, None]
        hidden = memory.new_zeros(n_batch, self.cell.hidden_size)
        context, weights = memory.new_zeros(n_batch, width), memory.new_zeros(n_batch, n_all)
        first = weights.clone()
        first[:, 0] = 1
        return TacotronState(memory, self.attend.project(memory), mask, hidden, hidden, context, first, weights)

    def prepared(self, frames, dropout):
        for layer in self.prenet:
            frames = F.dropout(torch.relu(layer(frames)), self.dropout, training=dropout)
        return frames

    def step(self, fed, state):
        hidden, cell = self.cell(torch.cat([fed, state.context], dim=1), (state.hidden, state.cell))
        before = state.seen if self.cumulative else state.weights
        context, weights = self.attend(hidden[:, None], state.memory, state.mask, before=before, projected=state.keys)
        weights = weights[:, 0]
        return state._replace(
            hidden=hidden, cell=cell, context=context[:, 0], weights=weights, seen=state.seen + weights
        )

    def written(self, hidden, context, kept=None):
        """(batch, steps, …) → frames (batch, r steps, 64) normalised, stop logits (batch, steps)."""
        y, kept = self.decoder(torch.cat([hidden, context], dim=2), kept)
        y = torch.cat([y, context], dim=2)
        return self.frames(y).unflatten(2, (self.reduction, N_MELS)).flatten(1, 2), self.stop(y).squeeze(2), kept

    def forward(self, tokens, n_tokens, mel, n_frames):
        n_steps = -(-clip_lengths(mel, n_frames) // self.reduction)
        memory, n_tokens = self.read(tokens, n_tokens)
        state = self.start(memory, n_tokens)
        mel = told_frames(mel, n_frames, self.reduction)
        last = self.scale(mel).mT[:, self.reduction - 1 :: self.reduction]
        go = self.scale(mel.new_full((len(mel), 1, N_MELS), SILENCE))
        fed = self.prepared(torch.cat([go, last[:, :-1]], dim=1), self.training)
        found = []
        for place in range(fed.shape[1]):
            state = self.step(fed[:, place], state)
            found.append((state.hidden, state.context, state.weights))
        hidden, context, weights = (torch.stack(parts, dim=1) for parts in zip(*found, strict=True))
        coarse, stop, _ = self.written(hidden, context)
        coarse, mel = self.finished(coarse.mT, n_steps)
        return SpokenMel(coarse, mel, stop, weights, n_tokens)

    def finished(self, coarse, n_steps):
        fine = coarse + self.postnet(coarse, n_steps * self.reduction)
        return tuple(x * self.scale.spread + self.scale.mean for x in (coarse, fine))


def told_frames(mel, n_frames, reduction):
    """Silence behind the end, to a whole number of steps."""
    n_more = -mel.shape[-1] % reduction
    mel, n_frames = F.pad(mel, (0, n_more)), clip_lengths(mel, n_frames)
    return mel.masked_fill(~valid_frames(n_frames, mel.shape[-1])[:, None], SILENCE)


# ------------------------------------------------------------------------------------------ its loss


def guided_attention_loss(weights, n_tokens, n_steps, *, width=0.2):
    place = torch.arange(weights.shape[2], device=weights.device) / n_tokens[:, None]
    time = torch.arange(weights.shape[1], device=weights.device) / n_steps[:, None]
    penalty = 1 - torch.exp(-(place[:, None] - time[:, :, None]).square() / (2 * width**2))
    is_step = valid_frames(n_steps, weights.shape[1])[..., None]
    return ((weights * penalty * is_step).sum(dim=(1, 2)) / n_steps).mean()


def tacotron_loss(output, mel, n_frames, *, guide=1.0, stop=1.0, width=0.2):
    reduction = output.mel.shape[2] // output.stop.shape[1]
    n_steps = -(-n_frames // reduction)
    true = told_frames(mel, n_frames, reduction)
    counts = valid_frames(n_steps * reduction, true.shape[2])[:, None]
    n_values = N_MELS * counts.sum()
    parts = {}
    for name, found in (("coarse", output.coarse), ("mel", output.mel)):
        parts[name] = ((found - true).abs() * counts).sum() / n_values
    if stop:
        is_step = valid_frames(n_steps, output.stop.shape[1])
        is_last = (torch.arange(output.stop.shape[1], device=mel.device) == n_steps[:, None] - 1).float()
        bce = F.binary_cross_entropy_with_logits(output.stop, is_last, reduction="none")
        parts["stop"] = stop * (bce * is_step).sum() / len(mel)
    if guide:
        parts["guide"] = guide * guided_attention_loss(output.weights, output.n_tokens, n_steps, width=width)
    return parts


# ------------------------------------------------------------------------------------------ to speak


class Speech(NamedTuple):
    mel: torch.Tensor  # (64, frames)
    weights: torch.Tensor  # (steps, tokens)
    stop: torch.Tensor  # (steps,)
    is_finished: bool


@torch.no_grad()
def synthesize(model, tokens, n_tokens=None, *, n_most=None, stop_threshold=0.5, dropout=False):
    was_training = model.training
    model.eval()
    memory, n_tokens = model.read(tokens, n_tokens)
    state, kept, r = model.start(memory, n_tokens), None, model.reduction
    n_most = -(-(20 * int(n_tokens.max()) + 60) // r) if n_most is None else -(-n_most // r)
    fed = model.scale(memory.new_full((len(memory), N_MELS), SILENCE))
    frames, stops, weights = [], [], []
    n_steps = torch.full((len(memory),), n_most)
    is_done = torch.zeros(len(memory), dtype=torch.bool)
    for place in range(n_most):
        state = model.step(model.prepared(fed, dropout), state)
        new, stop, kept = model.written(state.hidden[:, None], state.context[:, None], kept)
        frames.append(new), stops.append(torch.sigmoid(stop)), weights.append(state.weights)
        ends = ~is_done & (stops[-1][:, 0] > stop_threshold)
        n_steps[ends] = place + 1
        is_done |= ends
        fed = new[:, -1]
        if bool(is_done.all()):
            break
    _, mel = model.finished(torch.cat(frames, dim=1).mT, n_steps)
    stops, weights = torch.cat(stops, dim=1), torch.stack(weights, dim=1)
    model.train(was_training)
    return [
        Speech(mel[i, :, : r * n], weights[i, :n, : n_tokens[i]], stops[i, :n], bool(is_done[i]))
        for i, n in enumerate(n_steps.tolist())
    ]
