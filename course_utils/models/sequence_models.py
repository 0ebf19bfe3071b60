"""Sequence models: Conformer block, four networks with one interface, and what each costs on long clips.

Features are ``(batch, n_mels, frames)``, what a network holds inside is ``(batch, frames, width)``. The parts are
those of ``layers`` and ``recurrent``. Lecture: sequence_models
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import sequence_models as _checks
from .features import StoredScale
from .layers import (
    LearnedPositions,
    MultiHeadAttention,
    TransformerEncoderLayer,
    clip_lengths,
    finite_padding,
    masked_mean,
    sinusoidal_positions,
    valid_frames,
)
from .recurrent import turned

# ----------------------------------------------------------------------------------------- Conformer


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
        kernel_size = _checks.count(kernel_size, "kernel_size", maximum=65_535)
        _checks.odd(kernel_size, "kernel_size")
        n_hidden = _checks.count(n_hidden, "n_hidden", maximum=1_048_576)
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        width, n_heads = _checks.count(width, "width", maximum=65_536), _checks.count(n_heads, "n_heads")
        _checks.heads_divide(width, n_heads)
        self.before, self.after = (_feed_forward(width, n_hidden, dropout) for _ in range(2))
        self.attention_norm, self.attention = nn.LayerNorm(width), MultiHeadAttention(width, n_heads, fused=fused)
        self.convolution_norm, self.gate = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, kernel_size, padding="same", groups=width)
        self.mix = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, width), nn.Dropout(dropout))
        self.dropout, self.norm = nn.Dropout(dropout), nn.LayerNorm(width)

    def forward(self, x: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, frames, width) → (batch, frames, width)."""
        _checks.inside(_checks.for_network(x, "x", self), self.gate.in_features)
        x = finite_padding(x, valid)
        x = x + 0.5 * self.before(x)
        x = x + self.dropout(self.attention(self.attention_norm(x), valid=valid)[0])
        x = x + self._convolve(x, valid)
        return self.norm(x + 0.5 * self.after(x))

    def _convolve(self, x: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
        gated = F.glu(self.gate(self.convolution_norm(x)), dim=-1)
        if valid is not None:
            gated = gated.masked_fill(~valid[..., None], 0)  # the kernel reaches into the padding
        return self.mix(self.depthwise(gated.transpose(1, 2)).transpose(1, 2))


# ------------------------------------------------------------------------ four models, one interface


class SequenceModel(nn.Module):
    """What the four share: features (batch, n_mels, frames) in; scores of the clip, or of each frame, out.

    Features are brought to the mean and spread of the training clips, which ``scale`` keeps. A subclass has
    ``encode(x, valid)``: (batch, frames, n_mels) → (batch, frames, width).
    Lecture: sequence_models
    """

    def __init__(self, n_mels: int, n_classes: int, width: int) -> None:
        super().__init__()
        self.n_mels = _checks.count(n_mels, "n_mels", maximum=65_536)
        self.scale = StoredScale()
        n_classes = _checks.count(n_classes, "n_classes", maximum=65_536)
        self.score = nn.Linear(_checks.count(width, "width", maximum=65_536), n_classes)

    def encode(self, x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        """What the network makes of each frame."""
        raise NotImplementedError

    def _encoded(self, features: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None):
        _checks.batch_of_features(tuple(_checks.for_network(features, "features", self).shape), self.n_mels)
        valid = valid_frames(clip_lengths(features, lengths), features.shape[-1])
        x = self.scale(features).transpose(1, 2).masked_fill(~valid[..., None], 0)
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
        kernel_size = _checks.count(kernel_size, "kernel_size", maximum=65_535)
        _checks.odd(kernel_size, "kernel_size")
        dilations, width = _checks.layers_fit(dilations, "dilations"), self.score.in_features
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        self.enter = nn.Linear(self.n_mels, width)
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
        width = _checks.count(width, "width", maximum=32_768)
        super().__init__(n_mels, n_classes, 2 * width)
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        widths = [self.n_mels] + [2 * width] * (_checks.count(n_layers, "n_layers") - 1)
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
        n_heads, width = _checks.count(n_heads, "n_heads", maximum=65_536), self.score.in_features
        n_hidden = _checks.count(n_hidden, "n_hidden", maximum=1_048_576)
        _checks.heads_divide(width, n_heads)
        n_layers = _checks.count(n_layers, "n_layers", maximum=1000)
        _checks.choice(positions, "positions", ("learned", "sinusoidal", "none"))
        is_learned = positions == "learned"
        self.positions = LearnedPositions(n_longest, width, past=past, start=start) if is_learned else positions
        self.enter = nn.Linear(self.n_mels, width)
        make_layer = self.layer_of(width, n_heads, n_hidden, dropout, fused)
        self.layers = nn.ModuleList(make_layer() for _ in range(n_layers))
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

# ------------------------------------------------------------------------------------- what it costs


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
    kernel_sizes = _checks.layer_sizes(kernel_sizes, "kernel_size")
    strides = [1] * len(kernel_sizes) if strides is None else _checks.layer_sizes(strides, "stride")
    dilations = [1] * len(kernel_sizes) if dilations is None else _checks.layer_sizes(dilations, "dilation")
    _checks.one_for_each_layer(len(kernel_sizes), len(strides), len(dilations))
    field, step = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
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
    return sum(parameter.numel() for parameter in _checks.network(model).parameters() if parameter.requires_grad)


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
    weights = {parameter.untyped_storage().data_ptr() for parameter in _checks.network(model).parameters()}
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
    was_training, times_s = _checks.network(model).training, []
    n_repeats = _checks.count(n_repeats, "n_repeats", maximum=1_000_000)
    model.eval()
    try:
        with torch.inference_mode():
            for _ in range(n_repeats + 1):
                started_s = time.perf_counter()
                model(*inputs)
                times_s.append(time.perf_counter() - started_s)
    finally:
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
    """Time and memory of one clip at each length, on the processor.

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
    n_mels, weight = _checks.sequence_model(model), model.score.weight
    n_frames = _checks.layer_sizes(n_frames, "n_frames")
    generator = torch.Generator().manual_seed(0)
    clips = [torch.randn(1, n_mels, n, generator=generator).to(weight) for n in n_frames]
    seconds = [forward_s(model, clip, n_repeats=n_repeats) for clip in clips]
    return {"n_frames": list(n_frames), "seconds": seconds, "bytes": [kept_bytes(model, clip) for clip in clips]}
