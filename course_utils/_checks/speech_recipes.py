"""What ``speech_recipes`` words."""

from .layers import *  # noqa: F403
from .layers import _show
from .recipes import budget  # noqa: F401 -- for speech_recipes


def vocoder_clips(clips, name: str, kind: type, batch_size: int) -> None:
    """Clips with their pitch, a batch at least."""
    if not isinstance(clips, kind):
        raise TypeError(
            f"{name} must be {kind.__name__}, got {_show(clips)}: make them with {kind.__name__}('train', n)"
        )
    if len(clips) < batch_size:
        raise ValueError(
            f"{name} must hold at least batch_size={batch_size} clips, got {len(clips)}: raise n_clips of them"
        )
