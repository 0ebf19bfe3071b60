"""What ``classification`` words."""

import torch

from .layers import *  # noqa: F403
from .layers import _show, beside, tensor, whole_numbers, with_numbers
from .sequence_models import batch_of_features as _batch_of_features


def batch_of_features(shape: tuple, n_mels: int | None = None, *, at_least: int = 1) -> None:
    """Features of a batch of clips: of a model's bands, or of any number from a least one."""
    if n_mels is not None:
        _batch_of_features(shape, n_mels)
    elif len(shape) != 3 or 0 in shape or shape[1] < at_least:
        raise ValueError(
            f"features must have the shape (batch, n_mels, frames) with at least {at_least} bands, got {shape}: "
            "pass the output of LogMel, one clip as features[None]"
        )


def batch_of_signals(signal) -> None:
    """Signals of a batch of clips."""
    shape = tuple(with_numbers(tensor(signal, "signal", at_least=1), "signal").shape)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"signal must have the shape (batch, time), got {shape}: pass one clip as signal[None]")


def clips_last(lengths: list, n_time: int) -> None:
    """Samples of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if not 1 <= length <= n_time:
            raise ValueError(
                f"lengths must lie in 1…{n_time}, the samples of the batch, got {length} for clip {place}: "
                "count samples, not frames, and leave empty clips out"
            )


def cells(logits, target) -> None:
    """Scores (batch, classes, frames) for at least the frames of a target."""
    with_numbers(tensor(logits, "logits", axes=3), "logits")
    with_numbers(tensor(target, "target", axes=3, any_kind=True), "target")
    if logits.shape[:2] != target.shape[:2] or logits.shape[2] < target.shape[2]:
        raise ValueError(
            f"logits must have the shape (batch, classes, frames) of target, or more frames, got {tuple(logits.shape)} "
            f"and {tuple(target.shape)}: compute the target with the hop of the features"
        )


def shares(target: torch.Tensor) -> None:
    """Targets that a probability is compared with."""
    lowest, highest = (bound.item() for bound in target.detach().aminmax())
    if not (lowest >= 0 and highest <= 1):
        bad = beside(lowest, 0) if lowest < 0 else beside(highest, 1) if highest > 1 else "nan"
        raise ValueError(
            f"target must be 0 or 1, or a share between them, in each cell that counts, got {bad}: "
            "pass metrics.events_to_frames, and the lengths where the rest is padding"
        )


def fractions_of_frames(lengths, features) -> None:
    """One length for each clip (batch, bands, frames), not necessarily whole."""
    tensor(features, "features", axes=3)
    with_numbers(tensor(lengths, "lengths", any_kind=True), "lengths")
    if tuple(lengths.shape) != (len(features),):
        raise ValueError(
            f"lengths must hold one number for each of {len(features)} clips, got shape {tuple(lengths.shape)}: "
            "pass a tensor (batch,)"
        )
    lowest, highest, n_frames = *(float(bound) for bound in lengths.detach().float().aminmax()), features.shape[-1]
    if not (lowest > 0 and highest <= n_frames):
        bad = beside(lowest, 0) if lowest <= 0 else beside(highest, n_frames) if highest > n_frames else "nan"
        raise ValueError(
            f"lengths must lie above 0 and at or below {n_frames}, the frames of the batch, got {bad}: "
            "count frames, not samples, and leave empty clips out"
        )


def digit_net(model, kind: type):
    """The network of the spoken digits."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a DigitNet, got {_show(model)}: make one with classification.DigitNet()")
    return model


def mixture(partner, share, features) -> tuple[torch.Tensor, torch.Tensor]:
    """Partners and shares of a mixed batch, the shares in the precision of the features."""
    partner, n_items = whole_numbers(partner, "partner"), len(features)
    share = with_numbers(tensor(share, "share"), "share").to(features)
    lowest, highest = int(partner.min()), int(partner.max())
    shapes_fit = tuple(partner.shape) == (n_items,) and tuple(share.shape) == (n_items, 1, 1)
    if not shapes_fit or lowest < 0 or highest >= n_items:
        raise ValueError(
            f"partner and share must hold an item of 0…{n_items - 1} and a share for each of {n_items} items, got "
            f"shapes {tuple(partner.shape)} and {tuple(share.shape)}, partners {lowest}…{highest}: use MixedBatch"
        )
    return partner, share


def class_of(label, logits) -> torch.Tensor:
    """Scores (batch, classes) of a network, among them those of a class."""
    tensor(logits, "the output of model", axes=2)
    if not -logits.shape[1] <= label < logits.shape[1]:
        raise ValueError(f"label must lie below the {logits.shape[1]} classes, got {label}: pass the number of a class")
    if not logits.requires_grad:
        raise ValueError(
            "the output of model must have a gradient, got one without: compute it without detach() or no_grad()"
        )
    return logits


def long_enough(n_frames: int, at_least: int) -> None:
    """A batch that leaves a frame after pooling."""
    if n_frames < at_least:
        raise ValueError(
            f"clips must have at least {at_least} frames, got {n_frames}: lengthen them, or lower the hop of LogMel"
        )


def clips_reach(lengths: list, n_frames: int, at_least: int) -> None:
    """Clips long enough to leave a frame after pooling."""
    for place, length in enumerate(lengths):
        if not at_least <= length <= n_frames:
            raise ValueError(
                f"clips must have {at_least} to {n_frames} frames, the length of the batch, "
                f"got {beside(length, at_least, n_frames)} for clip {place}: "
                "count frames, not samples, and lengthen clips that are too short"
            )
