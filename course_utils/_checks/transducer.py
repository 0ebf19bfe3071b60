"""What ``transducer`` words."""

from .ctc import *  # noqa: F403
from .ctc import blank_of, log_probabilities, target_of, tensor
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
    log_probabilities(log_probs, axis=-1)
    return target, blank
