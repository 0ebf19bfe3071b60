"""What ``score`` words."""

from .music import *  # noqa: F403
