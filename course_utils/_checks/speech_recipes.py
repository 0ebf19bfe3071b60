"""What ``speech_recipes`` words."""

from .layers import *  # noqa: F403
from .layers import _show
from .recipes import budget  # noqa: F401 -- for speech_recipes
from .speakers import verifier  # noqa: F401 -- for speech_recipes


def voice_clips(clips, kind: type, batch_size: int) -> None:
    """Clips that know how many voices there are, a batch at least."""
    if not isinstance(clips, kind):
        raise TypeError(
            f"clips must be {kind.__name__}, got {_show(clips)}: make them with {kind.__name__}('train', n)"
        )
    if len(clips) < max(2, batch_size):
        raise ValueError(
            f"clips must hold at least batch_size={batch_size} clips, and two, got {len(clips)}: raise n_clips"
        )
