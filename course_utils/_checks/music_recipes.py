"""What ``models.music_recipes`` words."""

from .music_generation import *  # noqa: F403
from .music_generation import _show


def one_batch(valid) -> tuple:
    """What ``piece_batch`` gives."""
    if not isinstance(valid, tuple) or len(valid) != 2 or not all(isinstance(part, tuple) for part in valid):
        raise TypeError(f"valid must be a batch (inputs, targets), got {_show(valid)}: make it with piece_batch")
    return valid
