"""Networks that name a sound: mel CNNs, from the waveform to a class, and to events in time.

Lecture: classification
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from .. import _checks, rooms
from ..augmentation import Augmented, Compose
from ..metrics import Event, frames_to_events
from .datasets import SAMPLE_RATE, pad_batch, trim_edges
from .features import LogMel, Standardize
from .training import History, fit, seed_everything


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
        Returns a tensor of shape (batch, bands, n_frames).

    Lecture: classification
    """

    def __init__(self, n_frames: int):
        super().__init__()
        self.n_frames = _checks.count(n_frames, "n_frames", minimum=2)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        last = (lengths.to(features) - 1).clamp(min=0)[:, None]
        position = torch.linspace(0, 1, self.n_frames, device=features.device, dtype=features.dtype) * last
        left = position.floor().long().clamp(max=features.shape[-1] - 1)
        right = (left + 1).clamp(max=features.shape[-1] - 1)
        share = (position - left)[:, None]
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
    lengths : tensor, shape (batch,), samples
        Returns a tensor of shape (batch, n_mels, n_frames), mean 0 and variance 1 in each clip.

    Lecture: classification
    """

    def __init__(self, *, n_mels: int = 40, n_frames: int = 48, range_db: float = 40.0):
        super().__init__()
        self.mel = LogMel(sample_rate=SAMPLE_RATE, n_fft=256, hop_length=80, n_mels=n_mels, f_min=60.0, f_max=3800.0)
        self.fit_frames, self.standardize = FitFrames(n_frames), Standardize()
        self.floor = 10 ** (-range_db / 10)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        power = self.fit_frames(self.mel.power(signal), 1 + lengths // self.mel.hop_length)
        loudest = power.amax(dim=(1, 2), keepdim=True).clamp(min=self.mel.floor)
        level = torch.log(power / loudest + self.floor)
        return self.standardize(level - level.mean(dim=1, keepdim=True))


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
        Returns logits of shape (batch, n_classes).

    Lecture: classification
    """

    def __init__(self, n_mels: int, n_classes: int, *, n_channels: Sequence[int] = (24, 48, 64), dropout: float = 0.2):
        super().__init__()
        blocks = []
        for n_in, n_out in zip((1, *n_channels), n_channels, strict=False):
            convolution = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
            blocks += [convolution, nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)]
        self.blocks = nn.Sequential(*blocks).to(memory_format=torch.channels_last)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * n_channels[-1] * (n_mels // 2 ** len(n_channels)), n_classes)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        image = features[:, None].contiguous(memory_format=torch.channels_last)  # half the time of the default order
        hidden = self.blocks(image)
        pooled = torch.cat([hidden.amax(dim=3), hidden.mean(dim=3)], dim=1)
        return self.head(self.dropout(pooled.flatten(1)))


class DigitNet(nn.Module):
    """From the waveform to the logits of ten digits: ``DigitFeatures``, then ``MelCNN``.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor, shape (batch,), samples
    partner, share : tensors, optional
        For mixup, see ``MixedBatch``: the item that is blended with each, and the share of the first.
        Returns a tensor of shape (batch, 10).

    Lecture: classification
    """

    def __init__(self, **options: object):
        super().__init__()
        self.features = DigitFeatures()
        self.network = MelCNN(self.features.mel.n_mels, 10, **options)

    def forward(self, signal, lengths, partner=None, share=None) -> torch.Tensor:
        features = self.features(signal, lengths)
        if partner is not None:
            features = share * features + (1 - share) * features[partner]
        return self.network(features)


def room_responses(n_rooms: int, *, seed: int = 0) -> list[np.ndarray]:
    """Impulse responses of random boxes at 8 kHz: 2.5–7 m long and wide, walls that keep 25–70 % of the energy.

    Parameters
    ----------
    n_rooms, seed : int

    Returns
    -------
    list of float32 ndarray, shape (time,)
        From the direct sound on, at most 0.4 s, energy 1.

    Lecture: augmentation
    """
    rng = np.random.default_rng(_checks.count(seed, "seed", minimum=0))
    responses = []
    for _ in range(_checks.count(n_rooms, "n_rooms", maximum=10_000)):
        room_m = rng.uniform([2.5, 2.5, 2.2], [7.0, 7.0, 3.2])
        source_m, receiver_m = (room_m * rng.uniform(0.15, 0.85, 3) for _ in range(2))
        absorption = float(rng.uniform(0.25, 0.7))
        rir = rooms.image_source_rir(
            room_m, source_m, receiver_m, sample_rate=SAMPLE_RATE, absorption=absorption, duration_s=0.4
        )
        responses.append(rooms.trim_rir(rir, sample_rate=SAMPLE_RATE).astype(np.float32))
    return responses


# What may happen to a digit without its becoming another one: see lecture 10 for what each is worth.
DIGIT_STEPS = {
    "tilt": ("random_tilt", {"gain_db": (-24.0, 6.0)}, 0.6),
    "trim": (trim_edges, {"below_db": (10.0, 30.0), "sample_rate": SAMPLE_RATE}, 0.8),
    "crop": ("crop_edges", {"max_share": 0.12}, 0.7),
    "speed": ("change_speed", {"factor": [0.83, 0.87, 0.91, 0.95, 1.05, 1.1, 1.15, 1.2]}, 0.9),
    "equalizer": ("random_equalizer", {"n_bands": 3}, 0.6),
    "room": (rooms.convolve_rir, {"rir": lambda: room_responses(24)}, 0.35),
    "noise": ("add_noise", {"snr_db": (10.0, 40.0), "colour": ["white", "pink", "brown"]}, 0.8),
    "levels": ("gain_curve", {"max_gain_db": 12.0}, 1.0),
}


def digit_augmentation(*names: str, seed: int) -> Compose | None:
    """The chain of the named ``DIGIT_STEPS``, in their order there; None for none of them.

    Parameters
    ----------
    *names : str
    seed : int

    Returns
    -------
    augmentation.Compose or None

    Lecture: augmentation
    """
    wanted = {_checks.choice(name, "name", tuple(DIGIT_STEPS)) for name in names}
    steps = []
    for name, (what, parameters, probability) in DIGIT_STEPS.items():
        if name in wanted:
            made = {key: value() if callable(value) else value for key, value in parameters.items()}
            steps.append((what, made, probability))
    return Compose(steps, seed=seed, sample_rate=SAMPLE_RATE) if steps else None


class MixedBatch:
    """Mixup where it costs nothing, on features: a ``collate_fn`` that draws for each item a partner and a share.

    With λ ~ Beta(α, α), the larger of λ and 1 − λ belongs to the item itself; the target is (λ, 1 − λ) of both classes.

    Parameters
    ----------
    n_classes : int
    alpha : float
        Small: little is blended. 0: nothing.

    Source: Zhang et al. 2018, ICLR.
    Lecture: augmentation
    """

    def __init__(self, n_classes: int, alpha: float):
        self.n_classes = _checks.count(n_classes, "n_classes")
        self.alpha = _checks.number(alpha, "alpha", at_least=0)

    def __call__(self, items: Sequence[tuple]) -> tuple:
        signals, lengths, labels = pad_batch(items)
        target = nn.functional.one_hot(labels, self.n_classes).float()
        if not self.alpha:
            return signals, lengths, target
        alpha = torch.tensor(self.alpha)
        share = torch.distributions.Beta(alpha, alpha).sample((len(labels), 1))
        share, partner = torch.maximum(share, 1 - share), torch.randperm(len(labels))
        return signals, lengths, partner, share[..., None], share * target + (1 - share) * target[partner]


def train_digits(
    examples: Dataset,
    *,
    augment: Compose | None = None,
    mixup_alpha: float = 0.0,
    valid: Dataset | None = None,
    n_epochs: int = 15,
    seed: int = 0,
    batch_size: int = 64,
    learning_rate: float = 4e-3,
    n_workers: int = 0,
    progress: bool = True,
) -> tuple[DigitNet, History]:
    """The course's recipe for spoken digits: AdamW, one cycle of the learning rate, labels smoothed by 0.1.

    Parameters
    ----------
    examples, valid : Dataset
        Items (signal at 8 kHz, digit), such as ``datasets.SpokenDigits``.
    augment : augmentation.Compose, optional
        Drawn anew for each epoch.
    mixup_alpha : float
        0 for none, see ``MixedBatch``.
    n_epochs, seed, batch_size : int
    learning_rate : float
        The largest of the cycle.
    n_workers : int
        Processes that fetch and augment.
    progress : bool

    Returns
    -------
    model : DigitNet
    history : training.History

    Lecture: classification
    """
    seed_everything(seed)
    model = DigitNet()
    data = examples if augment is None else Augmented(examples, augment)
    loader = DataLoader(
        data, batch_size, shuffle=True, drop_last=True, collate_fn=MixedBatch(10, mixup_alpha), num_workers=n_workers
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    history = fit(
        model,
        loader,
        n_epochs=n_epochs,
        valid_batches=None if valid is None else DataLoader(valid, 256, collate_fn=pad_batch),
        loss=nn.CrossEntropyLoss(label_smoothing=0.1),
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(
            optimizer, learning_rate, total_steps=n_epochs * len(loader), pct_start=0.2
        ),
        progress=progress,
    )
    return model, history


# ------------------------------------------------------------------------------------ sound events


class EventCNN(nn.Module):
    """Which event a clip holds: three blocks of convolution, a pool over everything that is left, one linear layer.

    ``(batch, n_mels, frames) → (batch, n_classes)`` logits; any number of frames from 8 up. Mean and maximum over
    frequency and time are both kept: the mean hears a steady sound, the maximum one tick.

    Parameters
    ----------
    n_classes : int
    channels : tuple of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of 2 × 2.

    Lecture: classification
    """

    def __init__(self, n_classes: int = 10, channels: tuple[int, ...] = (8, 16, 32)) -> None:
        super().__init__()
        _checks.count(n_classes, "n_classes")
        self.standardize = Standardize()
        self.blocks = nn.Sequential(*_blocks(channels, pool=2)).to(memory_format=torch.channels_last)
        self.classify = nn.Linear(2 * channels[-1], n_classes)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        hidden = self.blocks(_as_image(self.standardize(log_mel)))
        return self.classify(torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1))


class EventDetector(nn.Module):
    """Which events sound in each frame: convolutions that pool over frequency only, then time alone, ever wider.

    ``(batch, n_mels, frames) → (batch, n_classes, frames)`` logits. The dilated convolutions over time look 26 frames
    back and as many ahead, which bridges the pause between two footsteps.

    Parameters
    ----------
    n_mels : int
    n_classes : int
    channels : tuple of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of two neighbouring bands.
    width : int
        Channels of the convolutions over time.

    Lecture: classification
    """

    def __init__(
        self, n_mels: int = 40, n_classes: int = 10, *, channels: tuple[int, ...] = (8, 16, 32), width: int = 64
    ) -> None:
        super().__init__()
        for name, value in (("n_mels", n_mels), ("n_classes", n_classes), ("width", width)):
            _checks.count(value, name)
        self.standardize = Standardize()
        self.blocks = nn.Sequential(*_blocks(channels, pool=(2, 1))).to(memory_format=torch.channels_last)
        layers, n_in = [], channels[-1] * (n_mels >> len(channels))
        for dilation in (1, 3, 9):
            layers += [nn.Conv1d(n_in, width, 5, padding="same", dilation=dilation, bias=False)]
            layers += [nn.BatchNorm1d(width), nn.ReLU()]
            n_in = width
        self.context = nn.Sequential(*layers)
        self.classify = nn.Conv1d(width, n_classes, 1)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        hidden = self.blocks(_as_image(self.standardize(log_mel)))
        return self.classify(self.context(hidden.flatten(1, 2)))


def _blocks(channels: tuple[int, ...], pool: int | tuple[int, int]) -> list[nn.Module]:
    layers, n_in = [], 1
    for n_out in channels:
        layers += [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]
        layers += [nn.MaxPool2d(pool)]
        n_in = n_out
    return layers


def _as_image(features: torch.Tensor) -> torch.Tensor:
    """(batch, bands, frames) → (batch, 1, bands, frames), channels last in memory: half the time on a processor."""
    return features[:, None].contiguous(memory_format=torch.channels_last)


def frame_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of each class in each frame: ``−[y ln σ(z) + (1 − y) ln(1 − σ(z))]``, averaged.

    Parameters
    ----------
    logits : tensor, shape (batch, classes, frames)
        Frames beyond those of the target, such as the last one of a centred spectrogram, are not looked at.
    target : tensor, shape (batch, classes, frames)
        0 and 1.

    Returns
    -------
    tensor, a single number, nats

    Lecture: classification
    """
    return F.binary_cross_entropy_with_logits(logits[..., : target.shape[-1]], target)


def frame_f1(logits: torch.Tensor, target: torch.Tensor) -> float:
    """F1 of all cells of the table (class, frame) together, at a probability of one half.

    Parameters
    ----------
    logits, target : as in ``frame_loss``

    Returns
    -------
    float, 0…1

    Lecture: classification
    """
    active, target = logits[..., : target.shape[-1]] > 0, target > 0.5
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
    options = {"hop_s": hop_s, "threshold": threshold, "n_median": n_median, "minimum_s": minimum_s}
    return [frames_to_events(scene, **options) for scene in torch.sigmoid(logits).detach().cpu().numpy()]


def saliency(model: nn.Module, log_mel: torch.Tensor, label: int) -> torch.Tensor:
    """What the answer hangs on: ``|∂z_label / ∂x|``, how much the logit moves with each cell of the spectrogram.

    Parameters
    ----------
    model : nn.Module
        ``(batch, n_mels, frames)`` to logits ``(batch, classes)``; used in evaluation mode.
    log_mel : tensor, shape (batch, n_mels, frames)
    label : int

    Returns
    -------
    tensor, shape (batch, n_mels, frames), not negative

    Source: Simonyan, Vedaldi & Zisserman 2014, ICLR workshop.
    Lecture: classification
    """
    was_training = model.training
    model.eval()
    x = log_mel.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x)[:, label].sum(), x)
    model.train(was_training)
    return gradient.abs()
