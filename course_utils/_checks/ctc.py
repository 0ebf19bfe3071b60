"""What ``ctc`` words."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from . import _show, count, fits_memory
from .foreign import entries, is_row
from .layers import *  # noqa: F403
from .layers import tensor, whole_numbers

MOST_PATHS = 200_000


def symbols(given, name: str, *, blank: int | None = None) -> list[int]:
    """Numbers of classes, none of them the blank where that is given."""
    if not is_row(given):
        raise TypeError(f"{name} must be a list of class numbers, got {_show(given)}: look its symbols up first")
    found = [count(entry, f"each symbol of {name}", minimum=0) for entry in entries(given, name)]
    if blank is not None and blank in found:
        raise ValueError(f"{name} must not hold the blank, class {blank}, got {_show(found)}: it stands for no symbol")
    return found


def target_of(target, n_classes: int, blank: int) -> list[int]:
    """The symbols of a clip, each one a class other than the blank."""
    target = symbols(target, "target", blank=blank)
    if target and max(target) >= n_classes:
        raise ValueError(
            f"target must hold classes 0 to {n_classes - 1}, got {max(target)}: "
            "it was made for another vocabulary than log_probs"
        )
    return target


def blank_of(blank, n_classes: int) -> int:
    """The class that stands for no symbol."""
    blank = count(blank, "blank", minimum=0)
    if blank >= n_classes:
        raise ValueError(
            f"blank must be one of the classes 0 to {n_classes - 1}, got {blank}: it needs a class of its own"
        )
    return blank


def of_one_clip(log_probs) -> None:
    """Log-probabilities (classes, frames)."""
    if isinstance(log_probs, torch.Tensor) and log_probs.ndim == 3:
        raise ValueError(
            f"log_probs must be of one clip (classes, frames), got shape {tuple(log_probs.shape)}: pass log_probs[0]"
        )
    log_probabilities(tensor(log_probs, "log_probs", axes=2))


def one_clip(log_probs, target, blank) -> tuple[list[int], int]:
    """Log-probabilities of one clip and its target; gives the symbols and the blank."""
    of_one_clip(log_probs)
    blank = blank_of(blank, len(log_probs))
    return target_of(target, len(log_probs), blank), blank


def log_probabilities(log_probs: torch.Tensor, axis: int = -2) -> None:
    """Logarithms of numbers that add up to 1 over the classes, by default the second axis from the end."""
    if log_probs.dtype not in (torch.float32, torch.float64):
        raise TypeError(
            f"log_probs must be of single or double precision, got {log_probs.dtype}, whose rounding errors grow from "
            "frame to frame: pass log_probs.float()"
        )
    if log_probs.device.type == "meta":
        with_numbers(log_probs, "log_probs")  # noqa: F405
    if not _add_up(log_probs.detach(), axis):
        _which_they_are(log_probs.detach(), axis)


def _add_up(log_probs: torch.Tensor, axis: int) -> bool:
    return bool((log_probs.exp().sum(dim=axis) - 1).abs().amax() <= 1e-3)  # NaN does not


def _which_they_are(scores: torch.Tensor, axis: int) -> None:
    if scores.isnan().any():
        n_bad = int(scores.isnan().sum())
        raise ValueError(
            f"log_probs must be numbers, got {n_bad} NaN: look for what made them, 0 · ∞ or ln of less than 0"
        )
    if scores.min() >= 0 and (scores.sum(dim=axis) - 1).abs().max() < 1e-2:
        raise ValueError("log_probs must be logarithms, got probabilities that add up to 1: pass their .log()")
    form = ("batch, " * (scores.ndim == 3) + "classes, frames") if axis == -2 else "frames, symbols + 1, classes"
    for other in set(range(-scores.ndim, 0)) - {axis}:
        if _add_up(scores, other):
            raise ValueError(
                f"log_probs must have the axes ({form}), got shape {tuple(scores.shape)}, in which the classes are "
                f"axis {other}: move that one, log_probs.transpose({other}, {axis})"
            )
    total = scores.double().exp().sum(dim=axis)
    worst = total.flatten()[(total - 1).abs().nan_to_num(posinf=math.inf).flatten().argmax()].item()
    raise ValueError(
        "log_probs must be logarithms of probabilities that add up to 1 over the classes"
        f"{'' if axis == -2 else ', the last axis'}, got a sum of {worst:.4g}: "
        f"pass scores.log_softmax(dim={axis}); of other scores the loss may even be negative"
    )


def _about(n: int) -> str:
    """A whole number that no float may hold."""
    return f"{n:.3g}" if n < 10**300 else f"about 10^{math.log10(n):.0f}"


def differentiated_once(is_again: bool) -> None:
    """A gradient of which no gradient is asked: it is computed, and autograd knows nothing of its steps."""
    if is_again:
        raise ValueError(
            "create_graph must be False, got True, and second derivatives would be wrong: "
            "sum a small example path by path, whose every step autograd knows"
        )


def none_impossible(log_probs: torch.Tensor) -> None:
    """Probabilities above 0, as torch's kernel needs them for its gradient."""
    n_bad = log_probs.numel() - int(log_probs.isfinite().sum())
    if n_bad:
        raise ValueError(
            f"log_probs must be finite, got {n_bad} of −∞, for which torch's gradient is NaN: compute them with "
            "log_softmax, which never gives it, or use ctc_loss"
        )


def few_paths(n_paths: int) -> None:
    """A sum that can be written out."""
    if n_paths > MOST_PATHS:
        raise ValueError(
            f"a sum path by path needs at most {MOST_PATHS:,} of them, got {_about(n_paths)}: "
            "pass fewer frames, or use forward_backward, which sums them all"
        )


def _sizes(given, name: str, n_batch: int, most: int, least: int, what: str) -> list[int]:
    sizes = whole_numbers(given, name)
    if tuple(sizes.shape) != (n_batch,):
        raise ValueError(
            f"{name} must have one number for each of {n_batch} clips, got shape {tuple(sizes.shape)}: {_way_out(name)}"
        )
    sizes = sizes.tolist()
    if min(sizes) < least or max(sizes) > most:
        worst = min(sizes) if min(sizes) < least else max(sizes)
        raise ValueError(f"{name} must be {least} to {most}, {what}, got {worst}: {_way_out(name)}")
    return sizes


def _way_out(name: str) -> str:
    if name == "n_frames":
        return "divide lengths of the input by the stride of the network"
    return "count the symbols of each target, without its padding"


def table_of_symbols(targets) -> torch.Tensor:
    """Targets (batch, longest), of which the longest may be empty."""
    is_empty = isinstance(targets, torch.Tensor) and targets.ndim == 2 and targets.shape[1] == 0
    targets = targets.long() if is_empty else whole_numbers(targets, "targets")
    if targets.ndim != 2:
        raise ValueError(
            f"targets must have the shape (batch, longest), got {tuple(targets.shape)}: pad them, a row for each clip"
        )
    return targets.to("cpu")


def batch(log_probs, targets, n_frames, n_targets, blank) -> tuple[torch.Tensor, list[int], list[int], int]:
    """Log-probabilities and targets that belong together; gives targets, frames and symbols of each, and the blank."""
    n_batch, n_classes, n_all = tensor(log_probs, "log_probs", axes=3).shape
    log_probabilities(log_probs)
    blank = blank_of(blank, n_classes)
    targets = table_of_symbols(targets)
    if len(targets) != n_batch:
        raise ValueError(
            f"targets must have one row for each of {n_batch} clips, got shape {tuple(targets.shape)}: pad shorter ones"
        )
    n_frames = _sizes(n_frames, "n_frames", n_batch, n_all, 1, "the frames of log_probs")
    n_targets = _sizes(n_targets, "n_targets", n_batch, targets.shape[1], 0, "the columns of targets")
    is_inside = torch.arange(targets.shape[1]) < torch.tensor(n_targets)[:, None]
    is_bad = is_inside & ((targets < 0) | (targets >= n_classes) | (targets == blank))
    for number in is_bad.any(dim=1).nonzero().flatten().tolist():
        target_of(targets[number, : n_targets[number]].tolist(), n_classes, blank)
    n_values = 3 * n_batch * n_all * (2 * targets.shape[1] + 3) * log_probs.element_size()
    fits_memory(n_values, "the table of all states and frames", "pass fewer or shorter clips")
    return targets.masked_fill(~is_inside, 0), n_frames, n_targets, blank


def scores(log_probs, n_frames, blank) -> tuple[list[int], int]:
    """Scores of a batch that can be compared; gives the frames of each clip, and the blank."""
    n_batch, n_classes, n_all = tensor(log_probs, "log_probs", axes=3).shape
    no_nan(with_numbers(log_probs, "log_probs"), "log_probs")  # noqa: F405
    blank = blank_of(blank, n_classes)
    if n_frames is None:
        return [n_all] * n_batch, blank
    return _sizes(n_frames, "n_frames", n_batch, n_all, 0, "the frames of log_probs"), blank


def scores_and_lengths(output) -> tuple:
    """What a recogniser gives."""
    if not isinstance(output, Sequence) or len(output) != 2:
        kind = f"{len(output)} values" if isinstance(output, Sequence) else type(output).__name__
        raise TypeError(f"output must be (log_probs, n_frames), got {kind}: let the network give both")
    return tuple(output)


def target_fits(n_needed: int, n_symbols: int, n_frames: int, number: int | None = None) -> None:
    """A target that is no longer than its clip."""
    if n_needed > n_frames:
        which = "the target" if number is None else f"target {number}"
        blanks = n_needed - n_symbols
        between = f" and {blanks} blanks between equal neighbours" if blanks else ""
        raise ValueError(
            f"{which} must fit into its clip: {n_symbols} symbols{between} need {n_needed} frames, got {n_frames}: "
            "leave the clip out, shorten the hop or lower the stride"
        )


def reachable(log_prob: float) -> float:
    """The logarithm of a path that can be."""
    if log_prob == -math.inf:
        raise ValueError(
            "log_probs must allow the target: each of its paths has a frame of probability 0, got −∞: "
            "compute them with log_softmax, which never gives 0"
        )
    return log_prob


def has_not_run_under(loss: np.ndarray, exact: np.ndarray, suspect: np.ndarray) -> None:
    """A product of probabilities that is still what it should be."""
    is_wrong = suspect & ~np.isclose(loss, exact, rtol=1e-5, atol=1e-6)
    if is_wrong.any():
        number = int(np.flatnonzero(is_wrong)[0])
        raise ValueError(
            f"the probabilities of clip {number} must stay above 1e-290, near the smallest number of double precision, "
            f"got a loss of {loss[number]:.6g} in place of {exact[number]:.6g}: use ctc_loss, which adds logarithms"
        )


def shares_have_not_run_under(sums: np.ndarray, is_heard: np.ndarray) -> None:
    """What the paths through a frame are worth, both halves rescaled, is far from the smallest number there is."""
    if (sums < 1e-250)[is_heard].any():
        frame, clip = np.argwhere((sums < 1e-250) & is_heard)[0]
        raise ValueError(
            f"the shares of the states in frame {frame} of clip {clip} must stay above 1e-250, near the smallest "
            f"number of double precision, got {sums[frame, clip]:.3g}: use ctc_loss, which adds logarithms"
        )
