"""Tacotron: a network reads characters, attention points at one after another, and mel frames come out.

Listen, Attend and Spell with its ends exchanged: letters are read, frames are written, and a stop token says when to
end. Inside, sequences are (batch, frames, width); outside, mels are (batch, 64, frames). Lecture: text_to_speech
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
from .durations import monotonic_alignment
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

    def __init__(self, widths: Sequence[int], activations: Sequence, dropout: float = 0.0, kernel_size: int = 5):
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
    """From characters to mel frames, r at a time: an encoder, location-sensitive attention, a decoder, a post-net.

    In step i the last frame written goes through a pre-net p and an LSTM cell, whose state looks at the characters;
    a second LSTM reads what was found and gives r frames and the logit of "this was the last step":
    ``s[i] = LSTM(s[i − 1], (p(x[r i − 1]), c[i − 1]))``, ``c[i] = Σ_j α[i, j] h[j]``. Attention is that of
    ``attention_asr.AdditiveAttention``; told what it has seen so far, it learns to go on.

    Parameters
    ----------
    n_vocabulary : int
        Of ``text.encode`` by default; 0 is padding.
    width : int, even
        Of the encoder.
    n_cells : int
        Of both LSTMs of the decoder.
    n_hidden : int
        Of attention.
    n_prenet, n_postnet : int
    reduction : int
        r: fewer steps are faster, and the way that attention must find is shorter.
    kernel_size : int, odd
        Of the filters over what attention has seen.
    dropout : float, 0…1
        Of the pre-net in training: what hides the last frame makes the decoder look at the text.
    cumulative : bool
        Attention is told the sum of all its weights; otherwise those of the step before.

    Forward
    -------
    tokens : tensor of int, shape (batch, tokens)
    n_tokens : tensor of int, shape (batch,), or None
    mel : tensor, shape (batch, 64, frames)
        The true frames, of which each step is told the one before: teacher forcing.
    n_frames : tensor of int, shape (batch,), or None
        Returns a ``SpokenMel``.

    After Wang et al. 2017, Interspeech, and Shen et al. 2018, ICASSP. Lecture: text_to_speech
    """

    not_in_shapes = ("cumulative",)

    def __init__(
        self,
        *,
        n_vocabulary: int = text.N_TOKENS,
        width: int = 96,
        n_cells: int = 160,
        n_hidden: int = 64,
        n_prenet: int = 64,
        n_postnet: int = 64,
        reduction: int = 3,
        kernel_size: int = 15,
        dropout: float = 0.5,
        cumulative: bool = True,
    ):
        super().__init__()
        sizes = {"width": width, "n_cells": n_cells, "n_prenet": n_prenet, "n_postnet": n_postnet}
        width, n_cells, n_prenet, n_postnet = (_checks.count(n, name, maximum=4096) for name, n in sizes.items())
        _checks.even(width, "width")
        self.n_vocabulary = _checks.count(n_vocabulary, "n_vocabulary", minimum=2, maximum=65_536)
        self.reduction = _checks.count(reduction, "reduction", maximum=64)
        self.dropout = _checks.number(dropout, "dropout", at_least=0, at_most=0.99)
        self.cumulative = _checks.switch(cumulative, "cumulative")
        self.scale = StoredScale()
        self.embedding = nn.Embedding(self.n_vocabulary, width, padding_idx=0)
        self.convolutions = _Convolutions([width] * 3, [torch.relu] * 2, 0.1)
        self.directions = nn.ModuleList(nn.LSTM(width, width // 2, batch_first=True) for _ in range(2))
        self.prenet = nn.ModuleList([nn.Linear(N_MELS, n_prenet), nn.Linear(n_prenet, n_prenet)])
        self.cell = nn.LSTMCell(n_prenet + width, n_cells)
        self.attend = AdditiveAttention(n_cells, width, n_hidden, kernel_size=kernel_size)
        self.decoder = nn.LSTM(n_cells + width, n_cells, batch_first=True)
        self.frames = nn.Linear(n_cells + width, N_MELS * self.reduction)
        self.stop = nn.Linear(n_cells + width, 1)
        self.postnet = _Convolutions([N_MELS, n_postnet, n_postnet, N_MELS], [torch.tanh, torch.tanh, nn.Identity()])

    def forward(
        self,
        tokens: torch.Tensor,
        n_tokens: torch.Tensor | Sequence[int] | None,
        mel: torch.Tensor,
        n_frames: torch.Tensor | Sequence[int] | None = None,
    ) -> SpokenMel:
        _checks.told_mel(mel, tokens, N_MELS, self)
        memory, n_tokens = self.read(tokens, n_tokens)
        n_steps = steps_of(mel, n_frames, self.reduction)
        last = self.scale(_padded(mel, n_frames, self.reduction)).mT[:, self.reduction - 1 :: self.reduction]
        fed = self.prepared(torch.cat([self._silence(memory)[:, None], last[:, :-1]], dim=1), dropout=self.training)
        state, found = self.start(memory, n_tokens), []
        for place in range(fed.shape[1]):
            state = self.step(fed[:, place], state)
            found.append((state.hidden, state.context, state.weights))
        hidden, context, weights = (torch.stack(parts, dim=1) for parts in zip(*found, strict=True))
        coarse, stop, _ = self.written(hidden, context)
        return SpokenMel(*self.finished(coarse, n_steps), stop, weights, n_tokens)

    def read(
        self, tokens: torch.Tensor, n_tokens: torch.Tensor | Sequence[int] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What attention looks at, (batch, tokens, width), and how many tokens each text has."""
        tokens, n_tokens = _checks.texts_of(tokens, n_tokens, self.n_vocabulary, self)
        valid = valid_frames(n_tokens, tokens.shape[1])
        x = self.convolutions(self.embedding(tokens).mT, n_tokens).mT
        forwards, backwards = self.directions
        around = forwards(x)[0], turned(backwards(turned(x, valid))[0], valid)
        return (x + torch.cat(around, dim=2)) * valid[..., None], n_tokens

    def start(self, memory: torch.Tensor, n_tokens: torch.Tensor) -> TacotronState:
        """Before the first step: nothing written, and nothing looked at but the first character."""
        mask = valid_frames(n_tokens, memory.shape[1]).to(memory.device)[:, None]
        hidden = memory.new_zeros(len(memory), self.cell.hidden_size)
        weights = F.pad(memory.new_ones(len(memory), 1), (0, memory.shape[1] - 1))
        state = hidden, hidden, torch.zeros_like(memory[:, 0]), weights, torch.zeros_like(weights)
        return TacotronState(memory, self.attend.project(memory), mask, *state)

    def _silence(self, memory: torch.Tensor) -> torch.Tensor:
        """What stands before the first frame, as the network sees it: (batch, 64)."""
        return self.scale(memory.new_full((len(memory), N_MELS), SILENCE))

    def prepared(self, frames: torch.Tensor, *, dropout: bool) -> torch.Tensor:
        """Frames (…, 64), scaled, through the pre-net."""
        for layer in self.prenet:
            frames = F.dropout(torch.relu(layer(frames)), self.dropout, training=dropout)
        return frames

    def step(self, fed: torch.Tensor, state: TacotronState) -> TacotronState:
        """One step of the decoder and of attention; ``fed`` (batch, n_prenet) is by ``prepared``."""
        hidden, cell = self.cell(torch.cat([fed, state.context], dim=1), (state.hidden, state.cell))
        before = state.seen if self.cumulative else state.weights
        context, weights = self.attend(hidden[:, None], state.memory, state.mask, before=before, projected=state.keys)
        context, weights = context[:, 0], weights[:, 0]
        return state._replace(hidden=hidden, cell=cell, context=context, weights=weights, seen=state.seen + weights)

    def written(self, hidden: torch.Tensor, context: torch.Tensor, kept: tuple | None = None) -> tuple:
        """Of steps (batch, steps, …): scaled frames (batch, r steps, 64), stop logits (batch, steps), what to keep."""
        y, kept = self.decoder(torch.cat([hidden, context], dim=2), kept)
        y = torch.cat([y, context], dim=2)
        return self.frames(y).unflatten(2, (self.reduction, N_MELS)).flatten(1, 2), self.stop(y).squeeze(2), kept

    def finished(self, frames: torch.Tensor, n_steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-mels (batch, 64, frames) before and after the post-net."""
        coarse = frames.mT
        fine = coarse + self.postnet(coarse, n_steps * self.reduction)
        return tuple(x * self.scale.spread + self.scale.mean for x in (coarse, fine))


def steps_of(mel: torch.Tensor, n_frames: torch.Tensor | Sequence[int] | None, reduction: int) -> torch.Tensor:
    """How many steps of ``reduction`` frames each clip takes, the last one perhaps not filled.

    Parameters
    ----------
    mel : tensor, shape (batch, 64, frames)
    n_frames : tensor or sequence of int, shape (batch,), or None
    reduction : int

    Returns
    -------
    tensor of int, shape (batch,)

    Lecture: text_to_speech
    """
    n_frames = clip_lengths(mel, n_frames)
    _checks.clip_lengths(n_frames.tolist(), mel.shape[-1])
    reduction = _checks.count(reduction, "reduction", maximum=64)
    return (n_frames + reduction - 1) // reduction


def _padded(mel: torch.Tensor, n_frames: torch.Tensor | Sequence[int] | None, reduction: int) -> torch.Tensor:
    """Silence behind the end of each clip, up to a whole number of steps of the longest."""
    n_frames = clip_lengths(mel, n_frames)
    mel = F.pad(mel, (0, -mel.shape[-1] % reduction))
    return mel.masked_fill(~valid_frames(n_frames, mel.shape[-1])[:, None], SILENCE)


# ------------------------------------------------------------------------------------------ its loss


def guided_attention_loss(
    weights: torch.Tensor,
    n_tokens: torch.Tensor | Sequence[int] | None = None,
    n_steps: torch.Tensor | Sequence[int] | None = None,
    *,
    width: float = 0.2,
) -> torch.Tensor:
    """What attention spends off the diagonal: mean of ``Σ_n α[t, n] (1 − exp(−(n/N − t/T)² / 2g²))`` over the steps.

    Texts are spoken from left to right at about an even pace: whoever looks elsewhere pays.

    Parameters
    ----------
    weights : tensor, shape (batch, steps, tokens)
    n_tokens, n_steps : tensor or sequence of int, shape (batch,), optional
        N and T of each clip; by default all.
    width : float
        g, as a share of the whole.

    Returns
    -------
    scalar tensor, 0…1
        0 where each step looks at its place on the diagonal. A mean over the steps of each clip, then over clips.

    Source: Tachibana, Uenoyama & Aihara 2018, ICASSP, section 4. Lecture: text_to_speech
    """
    weights = _checks.attention_of(weights, axes=3)
    width = _checks.number(width, "width", at_least=1e-3, at_most=1e3)
    n_tokens, n_steps = clip_lengths(weights, n_tokens), clip_lengths(weights.mT, n_steps)
    for lengths, n_all in ((n_tokens, weights.shape[2]), (n_steps, weights.shape[1])):
        _checks.clip_lengths(lengths.tolist(), n_all)
    place = torch.arange(weights.shape[2], device=weights.device) / n_tokens[:, None]
    time = torch.arange(weights.shape[1], device=weights.device) / n_steps[:, None]
    penalty = 1 - torch.exp(-(place[:, None] - time[:, :, None]).square() / (2 * width**2))
    is_step = valid_frames(n_steps, weights.shape[1])[..., None]
    return ((weights * penalty).masked_fill(~is_step, 0).sum(dim=(1, 2)) / n_steps).mean()


def tacotron_loss(
    output: SpokenMel,
    mel: torch.Tensor,
    n_frames: torch.Tensor | Sequence[int] | None = None,
    *,
    guide: float = 10.0,
    stop: float = 0.3,
    width: float = 0.2,
) -> dict[str, torch.Tensor]:
    """``mean|coarse − mel| + mean|fine − mel| + λ_s Σ_i BCE(stop[i]) + λ_g guide``, in its parts.

    Parameters
    ----------
    output : SpokenMel
        By ``Tacotron``.
    mel : tensor, shape (batch, 64, frames)
        What should have been said; silence fills the last step up.
    n_frames : tensor or sequence of int, shape (batch,), optional
    guide : float
        λ_g, of ``guided_attention_loss``; 0 leaves it out.
    stop : float
        λ_s; 0 leaves it out, and nobody learns when to end. The stop is 1 in the last step, 0 before it.
    width : float
        Of the guide.

    Returns
    -------
    dict of "coarse", "mel" (nats, a mean over bands and frames), "stop" (nats a clip) and "guide"
        ``training.fit`` adds them up.

    Lecture: text_to_speech
    """
    reduction = _checks.spoken(output, mel, SpokenMel)
    guide, stop = (_checks.number(n, name, at_least=0, at_most=1e6) for n, name in ((guide, "guide"), (stop, "stop")))
    n_steps = steps_of(mel, n_frames, reduction)
    true = _padded(mel, n_frames, reduction)
    counts = valid_frames(n_steps * reduction, true.shape[2])[:, None]
    parts = {}
    for name, found in (("coarse", output.coarse), ("mel", output.mel)):
        parts[name] = (found - true).abs().masked_fill(~counts, 0).sum() / (N_MELS * counts.sum())
    if stop:
        is_step = valid_frames(n_steps, output.stop.shape[1])
        is_last = torch.arange(output.stop.shape[1], device=mel.device) == n_steps[:, None] - 1
        bce = F.binary_cross_entropy_with_logits(output.stop, is_last.to(output.stop), reduction="none")
        parts["stop"] = stop * bce.masked_fill(~is_step, 0).sum() / len(mel)
    if guide:
        parts["guide"] = guide * guided_attention_loss(output.weights, output.n_tokens, n_steps, width=width)
    return parts


# ------------------------------------------------------------------------------------------ to speak


class Speech(NamedTuple):
    """One text, spoken."""

    mel: torch.Tensor  # (64, r steps)
    weights: torch.Tensor  # (steps, tokens), where each step looked
    stop: torch.Tensor  # (steps,), 0…1, the probability that it is the last
    is_finished: bool  # False: nothing said stop before the limit


@torch.no_grad()
def synthesize(
    model: Tacotron,
    tokens: torch.Tensor,
    n_tokens: torch.Tensor | Sequence[int] | None = None,
    *,
    n_most: int | None = None,
    stop_threshold: float = 0.5,
    dropout: bool = False,
) -> list[Speech]:
    """Speak: each step is fed the last frame that the step before has written, until the stop token says so.

    Parameters
    ----------
    model : Tacotron
        Speaks in evaluation mode, and is left in the mode that it was in.
    tokens : tensor of int, shape (batch, tokens)
        By ``text.encode(…, end=True)``, padded with 0.
    n_tokens : tensor or sequence of int, shape (batch,), optional
    n_most : int, frames, optional
        Where a text is cut that has not ended; by default 60 and 12 more for each token.
    stop_threshold : float, 0…1
        The first step whose probability of a stop is above ends the text. With 1 nothing ever does.
    dropout : bool
        Of the pre-net also now, drawn from torch's generator.

    Returns
    -------
    list of Speech
        What ran into the limit has ``is_finished=False``: listen before you ship it.

    Lecture: text_to_speech
    """
    model, was_training = _checks.tacotron(model, Tacotron), model.training
    stop_threshold = _checks.number(stop_threshold, "stop_threshold", at_least=0, at_most=1)
    dropout = _checks.switch(dropout, "dropout")
    try:
        memory, n_tokens = model.eval().read(tokens, n_tokens)
        n_most = 60 + 12 * n_tokens if n_most is None else _checks.count(n_most, "n_most", maximum=1_000_000)
        n_most = (n_most + torch.zeros_like(n_tokens) + model.reduction - 1) // model.reduction
        frames, weights, stops, n_steps = _spoken(model, memory, n_tokens, n_most, stop_threshold, dropout)
        is_finished = stops.gather(1, n_steps[:, None] - 1)[:, 0] > stop_threshold
        mels = model.finished(frames, n_steps)[1]
    finally:
        model.train(was_training)
    return [
        Speech(mel[:, : model.reduction * n], where[:n, :n_all], stop[:n], is_over)
        for mel, where, stop, n, n_all, is_over in zip(
            mels, weights, stops, n_steps.tolist(), n_tokens.tolist(), is_finished.tolist(), strict=True
        )
    ]


def _spoken(
    model: Tacotron, memory: torch.Tensor, n_tokens: torch.Tensor, n_most: torch.Tensor, threshold: float, dropout: bool
) -> tuple[torch.Tensor, ...]:
    """Scaled frames, weights and stops of all steps of a batch, and how many of them belong to each text."""
    state, kept, fed, found = model.start(memory, n_tokens), None, model._silence(memory), []
    n_steps, is_over = n_most.clone(), torch.zeros_like(n_most, dtype=torch.bool)
    for place in range(int(n_most.max())):
        state = model.step(model.prepared(fed, dropout=dropout), state)
        frames, stop, kept = model.written(state.hidden[:, None], state.context[:, None], kept)
        found.append((frames, state.weights[:, None], torch.sigmoid(stop)))
        fed = frames[:, -1]
        ends = ~is_over & (found[-1][2][:, 0] > threshold) & (place < n_most)
        n_steps, is_over = torch.where(ends, place + 1, n_steps), is_over | ends
        if place + 1 >= int(n_steps.max()):
            break
    return *(torch.cat(parts, dim=1) for parts in zip(*found, strict=True)), n_steps


def durations_from_attention(weights: torch.Tensor, *, reduction: int = 1) -> np.ndarray:
    """How long each token lasts: the way through attention, one token after another, of the largest ``Σ ln α``.

    Each token gets a frame at least, in their order, which the largest weight of each step (argmax) does not promise.
    By ``durations.monotonic_alignment``, Viterbi's algorithm.

    Parameters
    ----------
    weights : tensor, shape (steps, tokens)
        Of one text, such as ``Speech.weights``.
    reduction : int
        Frames a step; at least as many frames as tokens.

    Returns
    -------
    int64 ndarray, shape (tokens,), frames
        Their sum is ``reduction · steps``.

    Lecture: text_to_speech
    """
    weights = _checks.attention_of(weights, axes=2)
    reduction = _checks.count(reduction, "reduction", maximum=64)
    _checks.a_frame_each(reduction * len(weights), weights.shape[1])
    scores = weights.detach().cpu().double().clamp(min=1e-8).log().numpy()
    return monotonic_alignment(np.repeat(scores, reduction, axis=0).T)
