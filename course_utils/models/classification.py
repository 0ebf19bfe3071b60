"""Networks that name a sound: mel CNNs, from the waveform to a class, and to events in time.

Each takes ``(features, lengths)`` or ``(signal, lengths)`` and normalises every clip by itself; without lengths a clip
fills its batch. Lecture: classification
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from .._checks import classification as _checks
from ..metrics import Event, frames_to_events
from .datasets import SAMPLE_RATE
from .features import LogMel, SpecAugment, Standardize
from .layers import ConvolutionBlock, clip_lengths, silenced, valid_frames

NO_EVENT = -30.0  # the logit of a frame behind the end: a probability of 1e-13


class FitFrames(nn.Module):
    """Stretch every clip to the same number of frames: ``Y[j] = M(j (L − 1) / (n − 1))``, linear between frames.

    L is the number of frames that are not padding. Tempo and padding vanish, the order of sounds stays.

    Parameters
    ----------
    n_frames : int

    Forward
    -------
    features : tensor, shape (batch, bands, frames)
    lengths : tensor, shape (batch,), frames, may be fractions
        From above 0 to the frames of the batch. Returns a tensor of shape (batch, bands, n_frames).

    Lecture: classification
    """

    def __init__(self, n_frames: int):
        super().__init__()
        self.n_frames = _checks.count(n_frames, "n_frames", minimum=2)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        _checks.fractions_of_frames(lengths, features)
        n_values = 4 * len(features) * features.shape[1] * self.n_frames
        _checks.table_fits(features, n_values, f"a batch of {self.n_frames:,} frames each", "lower n_frames")
        dtype = torch.float32 if features.dtype.itemsize < 4 else features.dtype  # half precision counts to 2048
        last = (lengths.to(features.device, dtype) - 1).clamp(min=0)[:, None]
        position = torch.linspace(0, 1, self.n_frames, device=features.device, dtype=dtype) * last
        left = position.floor().long().clamp(max=features.shape[-1] - 1)
        right = torch.minimum(left + 1, last.ceil().long())  # not the padding, of which a share of 0 would be NaN
        share = (position - left)[:, None].to(features.dtype)
        left, right = (index[:, None].expand(-1, features.shape[1], -1) for index in (left, right))
        return (1 - share) * features.gather(2, left) + share * features.gather(2, right)


class DigitFeatures(nn.Module):
    """What the digit network sees: the shape of each spectrum, log-mel less its mean over the bands, in 48 frames.

    A floor ``range_db`` below the clip's loudest band is added: beneath it the synthesiser is silent and a room is not.
    Which sound of a word is the louder depends on the speaker and the microphone; the shape says which sound it is.

    Parameters
    ----------
    n_mels, n_frames : int
    range_db : float, dB

    Forward
    -------
    signal : tensor, shape (batch, time)
    lengths : tensor or sequence of int, shape (batch,), samples
        Returns a tensor of shape (batch, n_mels, n_frames), which the network behind it normalises.

    Lecture: classification
    """

    def __init__(self, *, n_mels: int = 40, n_frames: int = 48, range_db: float = 40.0):
        super().__init__()
        self.mel = LogMel(sample_rate=SAMPLE_RATE, n_fft=256, hop_length=80, n_mels=n_mels, f_min=60.0, f_max=3800.0)
        self.fit_frames = FitFrames(n_frames)
        self.floor = 10 ** (-_checks.number(range_db, "range_db", above=0, at_most=120) / 10)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int]) -> torch.Tensor:
        _checks.batch_of_signals(signal)
        lengths = clip_lengths(signal, lengths)
        _checks.clips_last(lengths.tolist(), signal.shape[-1])
        power = self.mel.power(silenced(signal, lengths))  # the last frame of a clip reaches into its padding
        power = self.fit_frames(power, 1 + lengths // self.mel.hop_length)
        loudest = power.amax(dim=(1, 2), keepdim=True).clamp(min=self.mel.floor)
        level = torch.log(power / loudest + self.floor)
        return level - level.mean(dim=1, keepdim=True)


class MelCNN(nn.Module):
    """Three blocks of convolution, batch norm, ReLU and max pooling; then the mean and the maximum over time.

    The pooling is adaptive: any number of frames from 8 on gives the same number of outputs.

    Parameters
    ----------
    n_mels : int, at least 8
    n_classes : int
    n_channels : three ints
    dropout : float, 0…1

    Forward
    -------
    features : tensor, shape (batch, n_mels, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        Returns logits of shape (batch, n_classes).

    Lecture: classification
    """

    def __init__(self, n_mels: int, n_classes: int, *, n_channels: Sequence[int] = (24, 48, 64), dropout: float = 0.2):
        super().__init__()
        n_channels = _checks.layers_fit(n_channels, "n_channels")
        self.n_mels = _checks.count(n_mels, "n_mels", minimum=2 ** len(n_channels))
        n_classes = _checks.count(n_classes, "n_classes", maximum=65_536)
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        self.standardize, self.blocks = Standardize(), _blocks(n_channels)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * n_channels[-1] * (self.n_mels // 2 ** len(n_channels)), n_classes)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        _checks.for_network(features, "features", self)
        _checks.batch_of_features(tuple(features.shape), self.n_mels)
        lengths = _padded_lengths(features, lengths, at_least=2 ** len(self.blocks))
        return self.classify(self.standardize(features, lengths), lengths)

    def classify(self, standard: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """The logits of features that are normalised already, for those who blend some before."""
        mean, highest = _mean_and_maximum(*_run(self.blocks, standard, lengths), dims=(3,))
        return self.head(self.dropout(torch.cat([highest, mean], dim=1).flatten(1)))


class DigitNet(nn.Module):
    """From the waveform to the logits of ten digits: ``DigitFeatures``, then ``MelCNN``.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples
        Returns a tensor of shape (batch, 10).

    Lecture: classification
    """

    def __init__(self, **options: object):
        super().__init__()
        self.features = DigitFeatures()
        self.network = MelCNN(self.features.mel.n_mels, 10, **options)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int]) -> torch.Tensor:
        return self.network.classify(self.standard(signal, lengths))

    def standard(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int]) -> torch.Tensor:
        """What the network sees, normalised: (batch, n_mels, frames)."""
        features = self.features(signal, lengths).to(self.network.head.weight)  # a double or half network, too
        return self.network.standardize(features)


class HarderDigits(nn.Module):
    """A ``DigitNet`` while it learns: masks and mixtures of features stand around it, and are gone when it is used.

    Parameters
    ----------
    model : DigitNet
        Shares its weights with this module.
    spec_augment : bool
        Hide bands and moments by ``features.SpecAugment``, in training mode.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples
    partner, share : tensors, optional
        For mixup, see ``MixedBatch``: the item that is blended with each, and the share of the first.
        Returns a tensor of shape (batch, 10).

    Lecture: augmentation
    """

    def __init__(self, model: DigitNet, *, spec_augment: bool = False):
        super().__init__()
        self.model, spec_augment = _checks.digit_net(model, DigitNet), _checks.switch(spec_augment, "spec_augment")
        self.mask = SpecAugment(max_freq_width=6, max_time_width=10) if spec_augment else nn.Identity()

    def forward(self, signal, lengths, partner=None, share=None) -> torch.Tensor:
        standard = self.mask(self.model.standard(signal, lengths))
        if partner is not None:
            partner, share = _checks.mixture(partner, share, standard)
            standard = share * standard + (1 - share) * standard[partner]
        return self.model.network.classify(standard)


# ------------------------------------------------------------------------------------ sound events


class EventCNN(nn.Module):
    """Which event a clip holds: three blocks of convolution, a pool over everything that is left, one linear layer.

    Mean and maximum over frequency and time are both kept: the mean hears a steady sound, the maximum one tick.

    Parameters
    ----------
    n_classes : int
    channels : tuple of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of 2 × 2.

    Forward
    -------
    log_mel : tensor, shape (batch, n_mels, frames)
        Any number of bands and of frames from 8 up.
    lengths : tensor of int, shape (batch,), frames, optional
        Returns logits of shape (batch, n_classes).

    Lecture: classification
    """

    def __init__(self, n_classes: int = 10, channels: tuple[int, ...] = (8, 16, 32)) -> None:
        super().__init__()
        n_classes = _checks.count(n_classes, "n_classes", maximum=65_536)
        channels = _checks.layers_fit(channels, "channels")
        self.standardize, self.blocks = Standardize(), _blocks(channels)
        self.classify = nn.Linear(2 * channels[-1], n_classes)

    def forward(self, log_mel: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        _checks.for_network(log_mel, "log_mel", self)
        _checks.batch_of_features(tuple(log_mel.shape), at_least=2 ** len(self.blocks))
        lengths = _padded_lengths(log_mel, lengths, at_least=2 ** len(self.blocks))
        hidden, lengths = _run(self.blocks, self.standardize(log_mel, lengths), lengths)
        return self.classify(torch.cat(_mean_and_maximum(hidden, lengths, dims=(2, 3)), dim=1))


class EventDetector(nn.Module):
    """Which events sound in each frame: convolutions that pool over frequency only, then time alone, ever wider.

    The dilated convolutions over time look 26 frames back and as many ahead, which bridges the pause between two
    footsteps.

    Parameters
    ----------
    n_mels : int
    n_classes : int
    channels : tuple of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of two neighbouring bands.
    width : int
        Channels of the convolutions over time.

    Forward
    -------
    log_mel : tensor, shape (batch, n_mels, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        Returns logits of shape (batch, n_classes, frames), ``NO_EVENT`` in the padding.

    Lecture: classification
    """

    def __init__(
        self, n_mels: int = 40, n_classes: int = 10, *, channels: tuple[int, ...] = (8, 16, 32), width: int = 64
    ) -> None:
        super().__init__()
        n_classes = _checks.count(n_classes, "n_classes", maximum=65_536)
        width = _checks.count(width, "width", maximum=65_536)
        channels = _checks.layers_fit(channels, "channels")
        self.n_mels = _checks.count(n_mels, "n_mels", minimum=2 ** len(channels))
        self.standardize, self.blocks = Standardize(), _blocks(channels, pool=(2, 1))
        self.context = nn.ModuleList()
        n_in = channels[-1] * (self.n_mels >> len(channels))
        for dilation in (1, 3, 9):
            convolution = nn.Conv1d(n_in, width, 5, padding="same", dilation=dilation, bias=False)
            self.context.append(nn.Sequential(convolution, nn.BatchNorm1d(width), nn.ReLU()))
            n_in = width
        self.classify = nn.Conv1d(width, n_classes, 1)

    def forward(self, log_mel: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        _checks.for_network(log_mel, "log_mel", self)
        _checks.batch_of_features(tuple(log_mel.shape), self.n_mels)
        lengths = _padded_lengths(log_mel, lengths)
        logits = self.of_frames(self.standardize(log_mel, lengths), lengths)
        if lengths is None:
            return logits
        return logits.masked_fill(~valid_frames(lengths, logits.shape[-1])[:, None], NO_EVENT)

    def of_frames(self, standard: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """The logits of features that are normalised already."""
        hidden, _ = _run(self.blocks, standard, lengths)
        hidden = hidden.flatten(1, 2)
        for layer in self.context:
            hidden = layer(hidden if lengths is None else silenced(hidden, lengths))
        return self.classify(hidden)


# ---------------------------------------------------------------------------- what the networks share


def _padded_lengths(features: torch.Tensor, lengths: torch.Tensor | None, at_least: int = 1) -> torch.Tensor | None:
    """Frames of each clip; None where no clip of the batch is padded, and nothing needs to be hidden."""
    _checks.long_enough(features.shape[-1], at_least)
    lengths = clip_lengths(features, lengths)
    _checks.clips_reach(lengths.tolist(), features.shape[-1], at_least)
    return None if bool((lengths == features.shape[-1]).all()) else lengths


def _blocks(channels: Sequence[int], pool: tuple[int, int] = (2, 2)) -> nn.ModuleList:
    """From one channel, the spectrogram, to those of each block."""
    pairs = zip((1, *channels), channels, strict=False)
    blocks = nn.ModuleList(ConvolutionBlock(n_in, n_out, pool=pool) for n_in, n_out in pairs)
    return blocks.to(memory_format=torch.channels_last)


def _run(blocks: nn.ModuleList, features: torch.Tensor, lengths: torch.Tensor | None) -> tuple:
    """(batch, bands, frames) through the blocks: (batch, channels, fewer bands, fewer frames), and the lengths."""
    image = features[:, None].contiguous(memory_format=torch.channels_last)  # half the time of the default order
    for block in blocks:
        image, lengths = block(image, lengths)
    return image, lengths


def _mean_and_maximum(hidden: torch.Tensor, lengths: torch.Tensor | None, *, dims: tuple[int, ...]) -> tuple:
    """Over time and what else is named, of what is not negative: behind a ReLU zeros never are the maximum."""
    if lengths is None:
        return hidden.mean(dim=dims), hidden.amax(dim=dims)
    hidden = silenced(hidden, lengths)
    mean = hidden.mean(dim=dims)
    share = lengths / hidden.shape[-1]  # the zeros of the padding were counted
    mean = (mean / share.view(-1, *[1] * (mean.ndim - 1))).to(hidden.dtype)
    return mean, hidden.amax(dim=dims)


# ------------------------------------------------------------------------------- frames and events


def frame_loss(logits: torch.Tensor, target: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
    """Binary cross-entropy of each class in each frame: ``−[y ln σ(z) + (1 − y) ln(1 − σ(z))]``, averaged.

    Parameters
    ----------
    logits : tensor, shape (batch, classes, frames)
        Frames beyond those of the target, such as the last one of a centred spectrogram, are not looked at.
    target : tensor, shape (batch, classes, frames)
        0 and 1, or shares between them.
    lengths : tensor of int, shape (batch,), frames, optional
        Of the targets; frames behind them are left out.

    Returns
    -------
    tensor, a single number, nats

    Lecture: classification
    """
    return F.binary_cross_entropy_with_logits(*_cells(logits, target, lengths))


def _cells(logits: torch.Tensor, target: torch.Tensor, lengths: torch.Tensor | None) -> tuple:
    """Logits and targets of the cells that count: all of them, or in one row those that are no padding."""
    _checks.cells(logits, target)
    target = target.to(logits)
    logits, lengths = logits[..., : target.shape[-1]], _padded_lengths(target, lengths)
    if lengths is not None:
        counts = valid_frames(lengths, target.shape[-1])[:, None].expand_as(target)
        logits, target = logits[counts], target[counts]
    _checks.shares(target)
    return logits, target


def frame_f1(logits: torch.Tensor, target: torch.Tensor, lengths: torch.Tensor | None = None) -> float:
    """F1 of all cells of the table (class, frame) together, at a probability of one half.

    Parameters
    ----------
    logits, target, lengths : as in ``frame_loss``

    Returns
    -------
    float, 0…1

    Lecture: classification
    """
    logits, target = _cells(logits, target, lengths)
    _checks.no_nan(logits, "logits")
    active, target = logits > 0, target > 0.5
    return float(2 * (active & target).sum() / max(1, int(active.sum() + target.sum())))


def detect_events(
    logits: torch.Tensor, *, hop_s: float, threshold: float = 0.4, n_median: int = 13, minimum_s: float = 0.3
) -> list[list[Event]]:
    """Logits of frames into lists of events: sigmoid, then ``metrics.frames_to_events`` for each scene.

    Parameters
    ----------
    logits : tensor, shape (batch, classes, frames)
    hop_s : float, s
    threshold : float, 0…1
    n_median : int, frames, odd
    minimum_s : float, s
        These three were chosen on validation scenes.

    Returns
    -------
    list of lists of Event
        One list a scene.

    Lecture: classification
    """
    _checks.with_numbers(_checks.tensor(logits, "logits", axes=3), "logits")
    options = {"hop_s": hop_s, "threshold": threshold, "n_median": n_median, "minimum_s": minimum_s}
    return [frames_to_events(scene, **options) for scene in torch.sigmoid(logits).detach().float().cpu().numpy()]


def saliency(model: nn.Module, log_mel: torch.Tensor, label: int, lengths: torch.Tensor | None = None) -> torch.Tensor:
    """What the answer depends on: ``|∂z_label / ∂x|``, how much the logit moves with each cell of the spectrogram.

    Parameters
    ----------
    model : nn.Module
        ``(log_mel, lengths)`` to logits ``(batch, classes)``; used in evaluation mode, and left as it was.
    log_mel : tensor, shape (batch, n_mels, frames)
    label : int
    lengths : tensor of int, shape (batch,), frames, optional

    Returns
    -------
    tensor, shape (batch, n_mels, frames), not negative

    Source: Simonyan, Vedaldi & Zisserman 2014, ICLR workshop.
    Lecture: classification
    """
    was_training = _checks.network(model).training
    label = _checks.count(label, "label", minimum=0)
    model.eval()
    try:
        with torch.inference_mode(False), torch.enable_grad():  # also where the caller wants no gradients
            x = _checks.for_network(log_mel, "log_mel", model).detach().clone().requires_grad_()
            logits = _checks.class_of(label, model(x, lengths))
            (gradient,) = torch.autograd.grad(logits[:, label].sum(), x)
    finally:
        model.train(was_training)
    return gradient.abs()
