"""What ``composer`` words."""

from .music import *  # noqa: F403
