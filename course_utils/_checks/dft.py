"""What ``dft`` words."""

from . import *  # noqa: F403


def power_of_two(n: int, name: str) -> int:
    """A length that radix-2 can halve down to one."""
    if n & (n - 1):
        raise ValueError(f"{name} must be a power of two, got {n}: zero-pad, or use fft, which takes any length")
    return n
