"""What ``text_to_speech`` words."""

from .layers import *  # noqa: F403
