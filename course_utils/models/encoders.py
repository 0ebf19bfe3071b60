"""An encoder that learns without labels: a clip becomes a short vector.

Two random views of a clip must be told to belong together, among the views of all other clips of the batch.
Lecture: classification
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import encoders as _checks
from .classification import FitFrames
from .features import SpecAugment, Standardize
from .layers import ConvolutionBlock, clip_lengths


class ClipEncoder(nn.Module):
    """A log-mel clip as a vector: normalised, stretched to ``n_frames``, blocks of convolution, one linear layer.

    The order of sounds stays, tempo and level vanish. What is learned on the vector stands behind it.

    Parameters
    ----------
    n_mels, n_outputs : int
    channels : tuple of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of 2 × 2.
    n_frames : int

    Forward
    -------
    features : tensor, shape (batch, n_mels, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        Returns a tensor of shape (batch, n_outputs).

    Lecture: classification
    """

    def __init__(
        self, n_mels: int = 40, n_outputs: int = 128, *, channels: Sequence[int] = (8, 16, 32), n_frames: int = 48
    ) -> None:
        super().__init__()
        channels = _checks.layers_fit(channels, "channels")
        self.n_mels = _checks.count(n_mels, "n_mels", minimum=2 ** len(channels), maximum=65_536)
        n_frames = _checks.count(n_frames, "n_frames", minimum=2 ** len(channels), maximum=65_536)
        n_outputs = _checks.count(n_outputs, "n_outputs", maximum=65_536)
        self.standardize, self.fit_frames = Standardize(), FitFrames(n_frames)
        pairs = zip((1, *channels), channels, strict=False)
        self.blocks = nn.ModuleList(ConvolutionBlock(n_in, n_out) for n_in, n_out in pairs)
        n_left = (self.n_mels >> len(channels)) * (n_frames >> len(channels))
        self.head = nn.Linear(_checks.width(channels[-1] * n_left, n_outputs), n_outputs)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.fitted(features, lengths)[:, None]
        for block in self.blocks:
            hidden, _ = block(hidden)
        return self.head(hidden.flatten(1))

    def fitted(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """What the convolutions see: (batch, n_mels, n_frames)."""
        _checks.for_network(features, "features", self)
        _checks.batch_of_features(tuple(features.shape), self.n_mels)
        lengths = clip_lengths(features, lengths)
        return self.fit_frames(self.standardize(features, lengths), lengths)


class RandomView(nn.Module):
    """The same clip as another voice and microphone might give it: bent, tilted, noisy, with holes; in training alone.

    A part of the frames is stretched over all, the bands are scaled by up to 12 % and shifted by up to 6 % of their
    number, a smooth curve over them and white noise are added, a stripe of bands and one of frames are hidden.

    Parameters
    ----------
    strength : float, 0…1
        0 changes nothing.

    Forward
    -------
    features : tensor, shape (batch, bands, frames), each clip with mean 0 and standard deviation 1
        Returns a tensor of the same shape; in evaluation mode the features themselves.

    Lecture: classification
    """

    def __init__(self, *, strength: float = 1.0) -> None:
        super().__init__()
        self.strength = _checks.number(strength, "strength", at_least=0, at_most=1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        _checks.with_numbers(_checks.tensor(features, "features", axes=3), "features")
        if not self.training or not self.strength:
            return features
        n_batch, n_bands, n_frames = features.shape
        x, amount = features.float(), self.strength

        def spread(*shape):
            return amount * (2 * torch.rand(n_batch, *shape, device=x.device) - 1)

        grid = x.new_zeros(n_batch, 2, 3)
        grid[:, 0, 0] = 1 - 0.3 * spread().abs()
        grid[:, 0, 2] = (1 - grid[:, 0, 0]) * (2 * torch.rand(n_batch, device=x.device) - 1)
        grid[:, 1, 1], grid[:, 1, 2] = 1 + 0.12 * spread(), 0.12 * spread()
        places = F.affine_grid(grid, [n_batch, 1, n_bands, n_frames], align_corners=False)
        x = F.grid_sample(x[:, None], places, padding_mode="border", align_corners=False)[:, 0]
        band = (torch.arange(n_bands, device=x.device) + 0.5) / n_bands
        curves = torch.cos(math.pi * torch.arange(1, 4, device=x.device)[:, None] * band)
        x = x + (0.4 * amount * torch.randn(n_batch, 3, device=x.device) @ curves)[..., None]
        x = x + 0.3 * spread(1, 1) * torch.randn_like(x)
        widths = [int(amount * size / 5) for size in (n_bands, n_frames)]
        hide = SpecAugment(n_freq_masks=1, n_time_masks=1, max_freq_width=widths[0], max_time_width=widths[1])
        return hide(x).to(features.dtype)


class TwoViews(nn.Module):
    """A ``ClipEncoder`` while it learns: two random views of each clip, and a layer behind it that is then thrown away.

    Parameters
    ----------
    encoder : ClipEncoder
        Shares its weights with this module.
    n_outputs : int
        Of the layer behind it, where views are compared.

    Forward
    -------
    features : tensor, shape (batch, n_mels, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        Returns a tensor of shape (batch, 2, n_outputs), what ``contrastive_loss`` takes.

    Lecture: classification
    """

    def __init__(self, encoder: ClipEncoder, *, n_outputs: int = 128) -> None:
        super().__init__()
        self.encoder, self.view = _checks.encoder(encoder, ClipEncoder), RandomView()
        n_outputs = _checks.count(n_outputs, "n_outputs", maximum=65_536)
        n_inputs = encoder.head.out_features
        self.projector = nn.Sequential(nn.BatchNorm1d(n_inputs), nn.ReLU(), nn.Linear(n_inputs, n_outputs))

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        fitted = self.encoder.fitted(features, lengths)
        return torch.stack([self.projector(self.encoder(self.view(fitted))) for _ in range(2)], dim=1)


def contrastive_loss(pairs: torch.Tensor, *, temperature: float = 0.2) -> torch.Tensor:
    """NT-Xent, the mean over all 2n views: ``−ln(exp(s(i, i′) / τ) / Σ exp(s(i, k) / τ))``, the sum over all k ≠ i.

    s is the cosine of the angle between two vectors, i′ the other view of the clip of i, τ the temperature. Each view
    has a class of its own, so no label is needed; views that are all alike give ln(2n − 1).

    Parameters
    ----------
    pairs : tensor, shape (batch, 2, n)
        Two views of each clip, of two clips or more.
    temperature : float

    Returns
    -------
    tensor, a single number, nats

    Source: Chen et al. 2020, ICML, equation 1; for sounds Saeed, Grangier & Zeghidour 2021, ICASSP.
    Lecture: classification
    """
    pairs = _checks.pairs_of_views(pairs)
    temperature = _checks.number(temperature, "temperature", at_least=1e-3, at_most=1e3)
    views = pairs.float() if pairs.dtype.itemsize < 4 else pairs
    views = F.normalize(views.transpose(0, 1).flatten(0, 1), dim=1)
    scores = (views @ views.T / temperature).fill_diagonal_(-torch.inf)
    other = torch.arange(len(views), device=views.device).roll(len(pairs))
    return F.cross_entropy(scores, other)


def linear_probe(embeddings: torch.Tensor, labels: torch.Tensor, n_classes: int, *, decay: float = 1e-3) -> nn.Linear:
    """The linear classifier of least loss on vectors that stay as they are: ``mean cross-entropy + decay ‖W‖²``.

    Each column is standardised first, and all are divided by √n; the layer that comes back takes the vectors as given.

    Parameters
    ----------
    embeddings : tensor, shape (clips, n)
    labels : tensor of int, shape (clips,)
    n_classes : int
    decay : float

    Returns
    -------
    torch.nn.Linear
        (…, n) → logits (…, n_classes).

    Lecture: classification
    """
    embeddings = _checks.with_numbers(_checks.tensor(embeddings, "embeddings", axes=2), "embeddings").detach()
    n_classes = _checks.count(n_classes, "n_classes", minimum=2, maximum=65_536)
    labels = _checks.label_of_each(labels, embeddings, n_classes)
    decay = _checks.number(decay, "decay", above=0, at_most=100)
    x = embeddings.float() if embeddings.dtype.itemsize < 4 else embeddings
    mean, scale = x.mean(dim=0), (x.std(dim=0, correction=0) + 1e-5) * math.sqrt(x.shape[1])
    layer = nn.Linear(x.shape[1], n_classes, device=x.device, dtype=x.dtype)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = F.cross_entropy(layer((x - mean) / scale), labels) + decay * layer.weight.square().sum()
        value.backward()
        return value

    with torch.inference_mode(False), torch.enable_grad():
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        optimizer.step(loss)
    with torch.no_grad():
        layer.weight.div_(scale)
        layer.bias.sub_(layer.weight @ mean)
    return layer.requires_grad_(False)


def published(source: str | Path | nn.Module, *, layer: int = -1) -> Callable[[Sequence[np.ndarray]], torch.Tensor]:
    """An encoder that others have trained and published, such as wav2vec 2.0 or HuBERT, from the disk of this machine.

    Nothing is fetched. The vector of a clip is the mean over the frames of one layer: ``v = (1 / T) Σ h_t``.

    Parameters
    ----------
    source : str, path or torch.nn.Module
        A folder with weights, the name of a model that the hub's cache holds ("facebook/wav2vec2-base"), or a model
        that is loaded already.
    layer : int
        Which of its hidden states; 0 is what goes into the first Transformer layer, −1 what the last one gives.

    Returns
    -------
    callable, signals → tensor of shape (clips, n)
        Of signals (time,) at 16 kHz, each by itself, with mean 0 and standard deviation 1.

    Raises
    ------
    ImportError
        If transformers is not installed.
    FileNotFoundError
        If the weights are not on disk.

    Source: Baevski et al. 2020, NeurIPS; Hsu et al. 2021, IEEE/ACM TASLP.
    Lecture: classification
    """
    model = source if isinstance(source, nn.Module) else _from_disk(source)
    config = _checks.of_waveforms(model)
    layer = _checks.layer_number(layer, config.num_hidden_layers)
    model.eval()

    @torch.no_grad()
    def encode(signals: Sequence[np.ndarray]) -> torch.Tensor:
        vectors = []
        for signal in _checks.signals_that_reach(signals, config.conv_kernel, config.conv_stride):
            x = (signal - signal.mean()) / (signal.std() + 1e-7)
            x = torch.from_numpy(x.astype(np.float32))[None].to(next(model.parameters()))
            vectors.append(model(x, output_hidden_states=True).hidden_states[layer].mean(dim=1))
        return torch.cat(vectors)

    return encode


def _from_disk(source: str | Path) -> nn.Module:
    """A model of transformers, without a look at the network."""
    source = _checks.on_disk(source)
    _checks.transformers_installed()
    from transformers import AutoModel

    try:
        return AutoModel.from_pretrained(source, local_files_only=True)
    except (OSError, ValueError) as error:
        _checks.not_read(source, f"which could not be read there ({type(error).__name__})", error)
