"""Sequences: LSTM, attention, Transformer and Conformer from their equations, and what each costs on long clips.

Features are ``(batch, n_mels, frames)``, what a network holds inside is ``(batch, frames, width)``. ``valid`` is
``(batch, frames)`` and true where a clip has sound, false where it is padded. Lecture: sequence_models
"""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from .._checks import layers as _checks
from .datasets import pad_batch
from .training import History, accuracy, fit, predict

# ----------------------------------------------------------------------------------- which frames count


def valid_frames(lengths: torch.Tensor | Sequence[int], n_frames: int) -> torch.Tensor:
    """Which frames belong to a clip: ``valid[b, t] = (t < lengths[b])``.

    Parameters
    ----------
    lengths : tensor or sequence of int, shape (batch,), frames
    n_frames : int
        Length of the longest clip, to which all are padded.

    Returns
    -------
    bool tensor, shape (batch, frames)
        True where there is sound: the opposite of what ``torch.nn.MultiheadAttention`` calls ``key_padding_mask``.

    Raises
    ------
    ValueError
        If a length is below 1 or above ``n_frames``.

    Lecture: sequence_models
    """
    lengths = torch.as_tensor(lengths)
    _checks.clip_lengths(lengths.tolist(), _checks.count(n_frames, "n_frames"))
    return torch.arange(n_frames, device=lengths.device) < lengths[:, None]


def masked_mean(hidden: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The mean over the frames that count: ``Σ_t valid[t] h[t] / Σ_t valid[t]``.

    Parameters
    ----------
    hidden : tensor, shape (batch, frames, width)
    valid : bool tensor, shape (batch, frames)

    Returns
    -------
    tensor, shape (batch, width)
        What stands in the padding has no influence, not even NaN.

    Lecture: sequence_models
    """
    kept = hidden.masked_fill(~valid[..., None], 0)
    return kept.sum(dim=1) / valid.sum(dim=1, keepdim=True)


# ----------------------------------------------------------------------------------------------- LSTM


def turned(x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Each clip back to front, its padding left at the end: ``y[t] = x[n − 1 − t]`` for t below its length n.

    Parameters
    ----------
    x : tensor, shape (batch, frames, width)
    valid : bool tensor, shape (batch, frames)

    Returns
    -------
    tensor, shape (batch, frames, width)
        Turned twice it is x again.

    Lecture: sequence_models
    """
    t = torch.arange(x.shape[1], device=x.device)
    places = torch.where(valid, valid.sum(dim=1, keepdim=True) - 1 - t, t)
    return x.gather(1, places[..., None].expand_as(x))


def lstm_step(
    x: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    weight_input: torch.Tensor,
    weight_hidden: torch.Tensor,
    bias: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One frame: ``(i, f, g, o) = W x + U h + b``, ``c' = σ(f) c + σ(i) tanh(g)``, ``h' = σ(o) tanh(c')``.

    Parameters
    ----------
    x : tensor, shape (batch, n_inputs)
    hidden, cell : tensor, shape (batch, width)
        What the frame before has left.
    weight_input : tensor, shape (4·width, n_inputs)
        Input gate, forget gate, candidate and output gate, one below the other as in ``torch.nn.LSTM``.
    weight_hidden : tensor, shape (4·width, width)
    bias : tensor, shape (4·width,)
        The sum of the two biases that ``torch.nn.LSTM`` keeps apart.

    Returns
    -------
    hidden, cell : tensor, shape (batch, width)

    After Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
    Lecture: sequence_models
    """
    i, f, g, o = (x @ weight_input.T + hidden @ weight_hidden.T + bias).chunk(4, dim=-1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def lstm(
    x: torch.Tensor,
    weight_input: torch.Tensor,
    weight_hidden: torch.Tensor,
    bias: torch.Tensor,
    *,
    valid: torch.Tensor | None = None,
    reverse: bool = False,
) -> torch.Tensor:
    """``lstm_step`` from the first frame to the last, or from the last to the first.

    Parameters
    ----------
    x : tensor, shape (batch, frames, n_inputs)
    weight_input, weight_hidden, bias : tensor, as in ``lstm_step``
    valid : bool tensor, shape (batch, frames), optional
        Padding leaves the state as it is, so that reading backwards begins at the last frame of each clip.
    reverse : bool
        Read from the end; the outputs keep their places.

    Returns
    -------
    tensor, shape (batch, frames, width)
        The hidden state after each frame, 0 in the padding. Equal to ``torch.nn.LSTM`` on a packed sequence.

    Lecture: sequence_models
    """
    n_batch, n_frames, _ = x.shape
    valid = x.new_ones(n_batch, n_frames, dtype=torch.bool) if valid is None else valid
    hidden = cell = x.new_zeros(n_batch, weight_hidden.shape[1])
    outputs = [hidden] * n_frames
    for t in reversed(range(n_frames)) if reverse else range(n_frames):
        is_sound = valid[:, t, None]
        after = lstm_step(x[:, t], hidden, cell, weight_input, weight_hidden, bias)
        hidden, cell = torch.where(is_sound, after[0], hidden), torch.where(is_sound, after[1], cell)
        outputs[t] = hidden * is_sound
    return torch.stack(outputs, dim=1)


def run_lstm(layers: nn.LSTM, x: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
    """A ``torch.nn.LSTM`` by the equations, with its own weights: each layer reads what the one below has written.

    Parameters
    ----------
    layers : torch.nn.LSTM
        With any number of layers, in one direction or both, with biases, without projection.
    x : tensor, shape (batch, frames, n_inputs)
    valid : bool tensor, shape (batch, frames), optional

    Returns
    -------
    tensor, shape (batch, frames, width), or twice the width in both directions: forward first, then backward
        Equal to the layers themselves to 1e−5, dropout aside.

    Lecture: sequence_models
    """
    for number in range(layers.num_layers):
        directions = []
        for name in ["", "_reverse"][: 1 + layers.bidirectional]:
            place = f"_l{number}{name}"
            bias = getattr(layers, f"bias_ih{place}") + getattr(layers, f"bias_hh{place}")
            weights = getattr(layers, f"weight_ih{place}"), getattr(layers, f"weight_hh{place}"), bias
            directions.append(lstm(x, *weights, valid=valid, reverse=name == "_reverse"))
        x = torch.cat(directions, dim=-1)
    return x


# ------------------------------------------------------------------------------------------ attention


def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention: ``softmax(Q Kᵀ / √d) V``.

    Parameters
    ----------
    query : tensor, shape (…, queries, d)
    key : tensor, shape (…, keys, d)
    value : tensor, shape (…, keys, d_value)
    mask : bool tensor, broadcast to (…, queries, keys), optional
        True where a query may look, as in ``torch.nn.functional.scaled_dot_product_attention``.

    Returns
    -------
    output : tensor, shape (…, queries, d_value)
    weights : tensor, shape (…, queries, keys)
        How much each query takes of each key: not negative, 1 in sum.

    Raises
    ------
    TypeError, ValueError
        If the mask is not boolean, or leaves a query nothing to look at: the softmax would be 0 / 0.

    After Vaswani et al. 2017, equation 1.
    Lecture: sequence_models
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if mask is not None:
        _checks.attention_mask(mask.dtype == torch.bool, mask.dtype)
        _checks.something_to_attend(int((~mask.any(dim=-1)).sum()))
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    return weights @ value, weights


class MultiHeadAttention(nn.Module):
    """``n_heads`` attentions side by side, each on its own ``width / n_heads`` numbers, then mixed.

    Parameters
    ----------
    width : int
        Numbers per frame; a multiple of ``n_heads``.
    n_heads : int
    fused : bool
        Let torch's fused kernel do the arithmetic: the same result without the table of weights in memory.

    The weights have the names of ``torch.nn.MultiheadAttention``; for the same weights the results agree to 1e−5.
    After Vaswani et al. 2017, section 3.2.2. Lecture: sequence_models
    """

    def __init__(self, width: int, n_heads: int, *, fused: bool = False) -> None:
        super().__init__()
        _checks.heads_divide(_checks.count(width, "width"), _checks.count(n_heads, "n_heads"))
        self.n_heads, self.fused = n_heads, fused
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        *,
        valid: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Queries (batch, queries, width), and keys and values (batch, keys, width): the queries by default.

        ``valid`` (batch, keys) says which keys are sound, ``mask`` (queries, keys) where a query may look.
        Gives the output (batch, queries, width) and the weights (batch, heads, queries, keys), None if fused.
        """
        key = query if key is None else key
        value = key if value is None else value
        weights = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (self._heads(F.linear(x, w, b)) for x, w, b in zip((query, key, value), *weights, strict=True))
        allowed = None if valid is None else valid[:, None, None, :]
        if mask is not None:
            allowed = mask if allowed is None else mask & allowed
        if self.fused:
            mixed, table = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed), None
        else:
            mixed, table = attention(q, k, v, allowed)
        return self.out_proj(mixed.transpose(1, 2).flatten(2)), table

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, frames, width) → (batch, heads, frames, width / heads)."""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


# ------------------------------------------------------------------------------------------ positions


def sinusoidal_positions(n_frames: int, width: int) -> torch.Tensor:
    """``p[t, 2k] = sin(t / 10000^(2k / width))``, ``p[t, 2k + 1]`` the cosine of the same angle.

    Parameters
    ----------
    n_frames : int
    width : int, even

    Returns
    -------
    tensor, shape (frames, width)
        Each row has the squared norm ``width / 2``; the product of two rows depends on their distance only.

    After Vaswani et al. 2017, section 3.5.
    Lecture: sequence_models
    """
    _checks.count(n_frames, "n_frames")
    _checks.even(_checks.count(width, "width"), "width")
    t = torch.arange(n_frames, dtype=torch.float64)[:, None]
    angle = t * 10_000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).float()


class LearnedPositions(nn.Module):
    """A table of ``n_longest`` rows, learned like any weight; row t is added to frame t.

    Parameters
    ----------
    n_longest : int, frames
    width : int, even
    past : {"error", "interpolate"}
        What to do with a clip of more frames: refuse it, or stretch the table over its own length.
    start : {"sinusoidal", "random"}
        First values: the sinusoids, of which neighbours are alike, or noise, where that must be learned too.

    Lecture: sequence_models
    """

    def __init__(self, n_longest: int, width: int, *, past: str = "error", start: str = "sinusoidal") -> None:
        super().__init__()
        self.past = _checks.choice(past, "past", ("error", "interpolate"))
        rows = sinusoidal_positions(n_longest, width)
        is_random = _checks.choice(start, "start", ("sinusoidal", "random")) == "random"
        self.table = nn.Parameter(math.sqrt(0.5) * torch.randn(rows.shape) if is_random else rows)

    def forward(self, valid: torch.Tensor) -> torch.Tensor:
        """(batch, frames) → (batch, frames, width). The neighbours of a clip do not change its positions."""
        last, lengths = len(self.table) - 1, valid.sum(dim=1)
        if self.past == "error":
            _checks.positions_reach(int(lengths.max()), len(self.table))
        stretch = last / (lengths - 1).clamp(min=max(last, 1))  # 1 for every clip that the table covers
        at = (torch.arange(valid.shape[1], device=valid.device) * stretch[:, None]).clamp(max=last)
        low = at.floor().long()
        part = (at - low)[..., None]
        return (1 - part) * self.table[low] + part * self.table[(low + 1).clamp(max=last)]


# --------------------------------------------------------------------------- Transformer and Conformer


class TransformerEncoderLayer(nn.Module):
    """Attention, then two linear layers on each frame alone; each is added to what went in, and normalised.

    ``x ← norm(x + attention(x))``, ``x ← norm(x + W₂ relu(W₁ x))``; with ``norm_first`` the sum is left alone and
    what goes into each part is normalised, which trains without a warm-up.

    Parameters
    ----------
    width, n_heads, n_hidden : int
    dropout : float, 0…1
    norm_first, fused : bool

    Names and results are those of ``torch.nn.TransformerEncoderLayer``, to 1e−5. Lecture: sequence_models
    """

    def __init__(
        self,
        width: int,
        n_heads: int,
        n_hidden: int,
        *,
        dropout: float = 0.1,
        norm_first: bool = True,
        fused: bool = False,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attn = MultiHeadAttention(width, n_heads, fused=fused)
        self.linear1, self.linear2 = nn.Linear(width, n_hidden), nn.Linear(n_hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, frames, width) → (batch, frames, width)."""
        if self.norm_first:
            x = x + self._attend(self.norm1(x), valid)
            return x + self._feed_forward(self.norm2(x))
        x = self.norm1(x + self._attend(x, valid))
        return self.norm2(x + self._feed_forward(x))

    def _attend(self, x: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
        return self.dropout(self.self_attn(x, valid=valid)[0])

    def _feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.linear2(self.dropout(torch.relu(self.linear1(x)))))


def _feed_forward(width: int, n_hidden: int, dropout: float) -> nn.Sequential:
    hidden = nn.Linear(width, n_hidden), nn.SiLU(), nn.Dropout(dropout)
    return nn.Sequential(nn.LayerNorm(width), *hidden, nn.Linear(n_hidden, width), nn.Dropout(dropout))


class ConformerBlock(nn.Module):
    """Half a feed-forward, attention, a convolution along time, half a feed-forward; each added to what went in.

    Parameters
    ----------
    width, n_heads, n_hidden : int
    kernel_size : int, odd, frames
    dropout : float, 0…1
    fused : bool

    After Gulati et al. 2020. Two things differ: positions are absolute, added before the first block; and where
    they normalise the convolution over the batch, this does it frame by frame, so that a clip's output depends
    neither on its neighbours in the batch nor on padding. Lecture: sequence_models
    """

    def __init__(
        self,
        width: int,
        n_heads: int,
        n_hidden: int,
        *,
        kernel_size: int = 15,
        dropout: float = 0.1,
        fused: bool = False,
    ) -> None:
        super().__init__()
        _checks.odd(_checks.count(kernel_size, "kernel_size"), "kernel_size")
        self.before, self.after = (_feed_forward(width, n_hidden, dropout) for _ in range(2))
        self.attention_norm, self.attention = nn.LayerNorm(width), MultiHeadAttention(width, n_heads, fused=fused)
        self.convolution_norm, self.gate = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, kernel_size, padding="same", groups=width)
        self.mix = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, width), nn.Dropout(dropout))
        self.dropout, self.norm = nn.Dropout(dropout), nn.LayerNorm(width)

    def forward(self, x: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, frames, width) → (batch, frames, width)."""
        x = x + 0.5 * self.before(x)
        x = x + self.dropout(self.attention(self.attention_norm(x), valid=valid)[0])
        x = x + self._convolve(x, valid)
        return self.norm(x + 0.5 * self.after(x))

    def _convolve(self, x: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
        gated = F.glu(self.gate(self.convolution_norm(x)), dim=-1)
        if valid is not None:
            gated = gated * valid[..., None]  # the kernel reaches into the padding: it must find zeros there
        return self.mix(self.depthwise(gated.transpose(1, 2)).transpose(1, 2))


# ------------------------------------------------------------------------- four models, one interface


class SequenceModel(nn.Module):
    """What the four share: features (batch, n_mels, frames) in; scores of the clip, or of each frame, out.

    A subclass has ``encode(x, valid)``: (batch, frames, n_mels) → (batch, frames, width).
    Lecture: sequence_models
    """

    def __init__(self, n_mels: int, n_classes: int, width: int) -> None:
        super().__init__()
        self.n_mels = _checks.count(n_mels, "n_mels")
        self.score = nn.Linear(width, _checks.count(n_classes, "n_classes"))

    def encode(self, x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        """What the network makes of each frame."""
        raise NotImplementedError

    def _encoded(self, features: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None):
        _checks.batch_of_features(tuple(features.shape), self.n_mels)
        n_batch, _, n_frames = features.shape
        lengths = torch.full((n_batch,), n_frames) if lengths is None else torch.as_tensor(lengths)
        _checks.one_length_each(tuple(lengths.shape), n_batch)
        valid = valid_frames(lengths.to(features.device), n_frames)
        x = features.transpose(1, 2).masked_fill(~valid[..., None], 0)
        return self.encode(x, valid), valid

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> torch.Tensor:
        """Scores of each clip (batch, classes), from the mean over its own frames."""
        return self.score(masked_mean(*self._encoded(features, lengths)))

    def frames(self, features: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> torch.Tensor:
        """Scores of each frame (batch, classes, frames), 0 in the padding."""
        hidden, valid = self._encoded(features, lengths)
        return self.score(hidden).masked_fill(~valid[..., None], 0).transpose(1, 2)


class ConvNet(SequenceModel):
    """Convolutions along time with the mel bands as channels; each layer is added to what went in.

    Parameters
    ----------
    n_mels, n_classes, width : int
    kernel_size : int, odd, frames
    dilations : sequence of int, frames
        Distance of the taps of each layer's kernel. The receptive field is ``receptive_field_frames``.
    dropout : float, 0…1

    Lecture: sequence_models
    """

    def __init__(
        self,
        n_mels: int,
        n_classes: int,
        *,
        width: int = 64,
        kernel_size: int = 5,
        dilations: Sequence[int] = (1, 1, 1, 1, 1),
        dropout: float = 0.1,
    ) -> None:
        super().__init__(n_mels, n_classes, width)
        _checks.odd(_checks.count(kernel_size, "kernel_size"), "kernel_size")
        self.enter = nn.Linear(n_mels, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, kernel_size, padding="same", dilation=dilation) for dilation in dilations
        )
        self.dropout = nn.Dropout(dropout)
        self.receptive_field_frames = receptive_field([kernel_size] * len(dilations), dilations=dilations)

    def encode(self, x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        x = self.enter(x)
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            inside = norm(x) * valid[..., None]  # zeros beyond the end, as beside a clip that stands alone
            x = x + self.dropout(torch.relu(convolution(inside.transpose(1, 2)).transpose(1, 2)))
        return x


class BiLSTM(SequenceModel):
    """Layers of LSTM that read each clip forwards and backwards.

    The padding stands at the end, where a forward reader comes too late to be misled; the backward reader is given
    each clip turned round. The result is that of ``torch.nn.LSTM`` on a packed sequence, without the loop over
    frames that packing costs on a processor.

    Parameters
    ----------
    n_mels, n_classes, width : int
        ``width`` numbers in each direction.
    n_layers : int
    dropout : float, 0…1
        Between the layers.

    Lecture: sequence_models
    """

    def __init__(
        self, n_mels: int, n_classes: int, *, width: int = 52, n_layers: int = 2, dropout: float = 0.1
    ) -> None:
        super().__init__(n_mels, n_classes, 2 * width)
        widths = [n_mels] + [2 * width] * (_checks.count(n_layers, "n_layers") - 1)
        self.forwards, self.backwards = (
            nn.ModuleList(nn.LSTM(n_inputs, width, batch_first=True) for n_inputs in widths) for _ in range(2)
        )
        self.dropout = nn.Dropout(dropout)

    def encode(self, x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        for number, (forwards, backwards) in enumerate(zip(self.forwards, self.backwards, strict=True)):
            x = self.dropout(x) if number else x
            x = torch.cat([forwards(x)[0], turned(backwards(turned(x, valid))[0], valid)], dim=-1)
        return x


class Transformer(SequenceModel):
    """A Transformer encoder: positions are added to the frames, then come ``n_layers`` layers of attention.

    Parameters
    ----------
    n_mels, n_classes, width, n_heads, n_hidden, n_layers : int
    positions : {"learned", "sinusoidal", "none"}
    n_longest : int, frames
        Rows of the learned table; longer clips raise a ``ValueError``, or stretch it with ``past="interpolate"``.
    past : {"error", "interpolate"}
    start : {"sinusoidal", "random"}
        First values of the learned table.
    dropout : float, 0…1
    fused : bool

    Lecture: sequence_models
    """

    def __init__(
        self,
        n_mels: int,
        n_classes: int,
        *,
        width: int = 64,
        n_heads: int = 4,
        n_hidden: int = 128,
        n_layers: int = 3,
        positions: str = "learned",
        n_longest: int = 500,
        past: str = "error",
        start: str = "sinusoidal",
        dropout: float = 0.1,
        fused: bool = False,
    ) -> None:
        super().__init__(n_mels, n_classes, width)
        _checks.choice(positions, "positions", ("learned", "sinusoidal", "none"))
        is_learned = positions == "learned"
        self.positions = LearnedPositions(n_longest, width, past=past, start=start) if is_learned else positions
        self.enter = nn.Linear(n_mels, width)
        make_layer = self.layer_of(width, n_heads, n_hidden, dropout, fused)
        self.layers = nn.ModuleList(make_layer() for _ in range(_checks.count(n_layers, "n_layers")))
        self.norm = nn.LayerNorm(width)

    def layer_of(self, width: int, n_heads: int, n_hidden: int, dropout: float, fused: bool) -> Callable:
        """What makes one layer."""
        return lambda: TransformerEncoderLayer(width, n_heads, n_hidden, dropout=dropout, fused=fused)

    def encode(self, x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        x = self.enter(x)
        if isinstance(self.positions, LearnedPositions):
            x = x + self.positions(valid)
        elif self.positions == "sinusoidal":
            x = x + sinusoidal_positions(*x.shape[1:]).to(x)
        for layer in self.layers:
            x = layer(x, valid)
        return self.norm(x)


class Conformer(Transformer):
    """The same with Conformer blocks, two of them by default.

    Parameters
    ----------
    n_mels, n_classes : int
    kernel_size : int, odd, frames
    **options
        Those of ``Transformer``.

    Lecture: sequence_models
    """

    def __init__(self, n_mels: int, n_classes: int, *, kernel_size: int = 15, **options) -> None:
        self.kernel_size = kernel_size
        super().__init__(n_mels, n_classes, **{"n_hidden": 80, "n_layers": 2} | options)

    def layer_of(self, width: int, n_heads: int, n_hidden: int, dropout: float, fused: bool) -> Callable:
        """What makes one block."""
        options = {"kernel_size": self.kernel_size, "dropout": dropout, "fused": fused}
        return lambda: ConformerBlock(width, n_heads, n_hidden, **options)


MODELS = {"CNN": ConvNet, "BiLSTM": BiLSTM, "Transformer": Transformer, "Conformer": Conformer}

# ------------------------------------------------------------------------- a task in which order counts


def feature_clips(
    strings: Sequence[tuple[np.ndarray, np.ndarray]],
    front_end: nn.Module,
    *,
    place: int = 1,
    scale: tuple[float, float] | None = None,
) -> tuple[list[tuple[torch.Tensor, int]], tuple[float, float]]:
    """Features of each string less their mean, over their spread; its class is the digit in one place.

    Parameters
    ----------
    strings : sequence of (signal, digits)
        Such as ``datasets.DigitStrings``.
    front_end : torch.nn.Module
        (time,) → (n_mels, frames), such as ``features.LogMel``.
    place : int
        Which digit is asked for; 1 is the second.
    scale : (mean, spread), optional
        Of the training clips; measured on these by default.

    Returns
    -------
    clips : list of (features, digit)
    scale : (mean, spread)

    Lecture: sequence_models
    """
    with torch.no_grad():
        items = (strings[number] for number in range(len(strings)))
        pairs = [(front_end(torch.as_tensor(signal)), int(digits[place])) for signal, digits in items]
    every = torch.cat([features for features, _ in pairs], dim=-1)
    mean, spread = scale or (every.mean().item(), every.std().item())
    return [((features - mean) / spread, digit) for features, digit in pairs], (mean, spread)


def train_on(
    model: SequenceModel,
    clips: Sequence[tuple[torch.Tensor, int]],
    *,
    n_epochs: int,
    seed: int,
    batch_size: int = 32,
    highest_rate: float = 2e-3,
) -> History:
    """The same budget for every model: AdamW, a rate that rises and falls, batches in an order that the seed gives.

    Parameters
    ----------
    model : SequenceModel
        Trained in place, on the processor.
    clips : sequence of (features, target)
    n_epochs, seed, batch_size : int
    highest_rate : float
        Of learning, reached after three tenths of the steps (``OneCycleLR``).

    Returns
    -------
    History

    Lecture: sequence_models
    """
    order = torch.Generator().manual_seed(seed)
    batches = DataLoader(list(clips), batch_size, shuffle=True, collate_fn=pad_batch, generator=order)
    optimizer = torch.optim.AdamW(model.parameters(), lr=highest_rate)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, highest_rate, total_steps=n_epochs * len(batches))
    options = {"optimizer": optimizer, "scheduler": rates, "device": "cpu", "progress": False}
    return fit(model, batches, n_epochs=n_epochs, **options)


def accuracy_on(model: SequenceModel, clips: Sequence[tuple[torch.Tensor, int]]) -> float:
    """The part of clips whose class is found.

    Parameters
    ----------
    model : SequenceModel
    clips : sequence of (features, target)

    Returns
    -------
    float, 0…1

    Lecture: sequence_models
    """
    return accuracy(*predict(model, DataLoader(list(clips), 100, collate_fn=pad_batch), device="cpu"))


# --------------------------------------------------------------------------------------- what it costs


def receptive_field(
    kernel_sizes: Sequence[int], *, strides: Sequence[int] | None = None, dilations: Sequence[int] | None = None
) -> int:
    """How many input frames one output sees: ``1 + Σ_l (k_l − 1) d_l Π_{j<l} s_j``.

    Parameters
    ----------
    kernel_sizes : sequence of int, frames
        Of each layer, the one nearest the input first.
    strides, dilations : sequence of int, frames, optional
        1 by default.

    Returns
    -------
    int, frames

    Lecture: sequence_models
    """
    strides = [1] * len(kernel_sizes) if strides is None else strides
    dilations = [1] * len(kernel_sizes) if dilations is None else dilations
    _checks.one_for_each_layer(len(kernel_sizes), len(strides), len(dilations))
    field, step = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        for name, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation)):
            _checks.count(value, name)
        field += (kernel_size - 1) * dilation * step
        step *= stride
    return field


def n_parameters(model: nn.Module) -> int:
    """How many numbers a model learns.

    Parameters
    ----------
    model : torch.nn.Module

    Returns
    -------
    int

    Lecture: sequence_models
    """
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def kept_bytes(model: nn.Module, *inputs: torch.Tensor) -> int:
    """What a forward pass must keep in memory for the backward pass, weights aside: what limits the batch.

    Parameters
    ----------
    model : torch.nn.Module
    *inputs : tensor
        What the model is called with.

    Returns
    -------
    int, bytes
        Each piece of memory is counted once, however many views of it are kept.

    Lecture: sequence_models
    """
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = model(*inputs)  # held until the sum is taken: freed memory would be counted as used again
    total = sum(kept.values())
    del result
    return total


def forward_s(model: nn.Module, *inputs: torch.Tensor, n_repeats: int = 5) -> float:
    """How long a model takes for its inputs: the shortest of some passes, without gradients.

    Parameters
    ----------
    model : torch.nn.Module
    *inputs : tensor
        What the model is called with.
    n_repeats : int
        After one pass that is not counted.

    Returns
    -------
    float, s

    Lecture: sequence_models
    """
    was_training, times_s = model.training, []
    model.eval()
    with torch.inference_mode():
        for _ in range(_checks.count(n_repeats, "n_repeats") + 1):
            started_s = time.perf_counter()
            model(*inputs)
            times_s.append(time.perf_counter() - started_s)
    model.train(was_training)
    return min(times_s[1:])


def growth_exponent(n_frames: Sequence[int], costs: Sequence[float]) -> float:
    """The p of ``cost ∝ frames^p``: slope of the straight line through the logarithms, by least squares.

    Parameters
    ----------
    n_frames : sequence of int
        At least two lengths.
    costs : sequence of float
        Seconds or bytes, above 0.

    Returns
    -------
    float
        1: twice the length costs twice as much. 2: four times.

    Lecture: sequence_models
    """
    n_frames, costs = _checks.positive(n_frames, "n_frames"), _checks.positive(costs, "costs")
    _checks.same_shape(n_frames, costs, "n_frames and costs")
    _checks.count(len(np.unique(n_frames)), "the number of different n_frames", minimum=2)
    return float(np.polyfit(np.log(n_frames), np.log(costs), 1)[0])


def measure_growth(model: SequenceModel, n_frames: Sequence[int], *, n_repeats: int = 3) -> dict[str, list]:
    """Time and memory of one clip at each length, and the exponents of growth over the two longest thirds.

    Parameters
    ----------
    model : SequenceModel
    n_frames : sequence of int
    n_repeats : int
        Passes of which the shortest counts.

    Returns
    -------
    dict
        "n_frames", "seconds" of a forward pass, "bytes" kept for a backward pass.

    Lecture: sequence_models
    """
    generator = torch.Generator().manual_seed(0)
    clips = [torch.randn(1, model.n_mels, n, generator=generator) for n in n_frames]
    seconds = [forward_s(model, clip, n_repeats=n_repeats) for clip in clips]
    return {"n_frames": list(n_frames), "seconds": seconds, "bytes": [kept_bytes(model, clip) for clip in clips]}
