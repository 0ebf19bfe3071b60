"""What ``melody_tokens`` words."""

from .music import *  # noqa: F403


def has_token(pair: tuple, place: int, numbers: dict, lowest: int, highest: int, lengths: tuple) -> None:
    """A note that the vocabulary holds."""
    step, length = pair
    if step is not None and not lowest <= step <= highest:
        raise ValueError(
            f"each note must lie within {lowest}…{highest} semitones of the tonic, got {step} in note {place}: "
            "bring it nearer by octaves, or choose another tune"
        )
    if pair not in numbers:
        known = ", ".join(f"{x:g}" for x in lengths)
        raise ValueError(
            f"each note must last one of {known} quarters, got {length:g} in note {place}: "
            "round the lengths, or part the note"
        )


def some_token(tokens: list[int]) -> list[int]:
    """At least one note before the end."""
    if not tokens:
        raise ValueError("tokens must hold a note before the end, got none: pass what encode or a model gives")
    return tokens
