"""What ``training`` words."""

from . import *  # noqa: F403


def batch(parts) -> None:
    """A batch of a loop: inputs and targets."""
    if not isinstance(parts, (tuple, list)) or len(parts) != 2 or not all(isinstance(p, (tuple, list)) for p in parts):
        kinds = [type(p).__name__ for p in parts] if isinstance(parts, (tuple, list)) else type(parts).__name__
        raise TypeError(
            f"a batch must be (inputs, targets), two tuples, got {kinds}: "
            "give the DataLoader collate_fn=datasets.pad_batch, or write ((x,), (y,))"
        )


def some(n_items: int, name: str) -> int:
    """A pass over batches that met at least one."""
    if not n_items:
        raise ValueError(f"{name} must not be empty, got none: give it more items, or turn drop_last off")
    return n_items


def part_names(names) -> None:
    """Parts of a loss: their sum is called loss, and the metric has a column of its own."""
    for name in names:
        if name in ("loss", "metric"):
            raise ValueError(f"a part of the loss must not be called {name!r}, got {list(names)}: rename it")
