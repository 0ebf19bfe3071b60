"""What ``transducer`` words."""

import torch

from .ctc import *  # noqa: F403
from .ctc import blank_of, target_of, tensor
from .layers import with_numbers


def lattice(log_probs, target, blank) -> tuple[list[int], int]:
    """Log-probabilities (frames, symbols + 1, classes) and the target behind them; gives the target and the blank."""
    tensor(log_probs, "log_probs", axes=3)
    with_numbers(log_probs, "log_probs")
    blank = blank_of(blank, log_probs.shape[2])
    target = target_of(target, log_probs.shape[2], blank)
    if log_probs.shape[1] != len(target) + 1:
        raise ValueError(
            f"log_probs must have the shape (frames, {len(target) + 1}, classes), a row before each symbol of the "
            f"target and one behind them, got {tuple(log_probs.shape)}: compute them with this target"
        )
    total = log_probs.detach().double().exp().sum(dim=-1)
    slack = 1e-3 if log_probs.dtype in (torch.float32, torch.float64) else 0.05
    if not bool(((total - 1).abs() <= slack).all()):  # NaN is none
        worst = total.flatten()[(total - 1).abs().nan_to_num(nan=torch.inf).argmax()].item()
        raise ValueError(
            "log_probs must be logarithms of probabilities that add up to 1 over the classes, the last axis, got a sum "
            f"of {worst:.4g}: pass scores.log_softmax(dim=-1)"
        )
    return target, blank
