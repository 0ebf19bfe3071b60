"""What ``sound`` words."""

from . import *  # noqa: F403
from . import number


def parts_fit(sum_s: float, name: str, duration_s: float) -> None:
    """Parts of a duration, whose sum may be off by a rounding error: 0.1 + 0.2 > 0.3."""
    if sum_s > duration_s * (1 + 1e-12):
        number(sum_s, name, at_most=duration_s)
