"""What ``recipes`` words."""

from .layers import *  # noqa: F403
from .layers import _show, count, network, number


def examples(items, n_classes: int, name: str, *, batch_size: int = 1) -> None:
    """Pairs (clip, class), a whole batch at least, among them some of every class."""
    sequence(items, name, "(clip, class)")
    if len(items) < max(1, batch_size):
        raise ValueError(
            f"{name} must hold at least batch_size={batch_size} clips, got {len(items)}: pass more or lower batch_size"
        )
    found = set()
    for place in range(len(items)):
        item = items[place]
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise TypeError(f"{name} must hold pairs (clip, class), got {_show(item)} as item {place}: write pairs")
        found.add(_class(item[1], n_classes, name, place))
    missing = sorted(set(range(n_classes)) - found)
    if missing:
        raise ValueError(
            f"{name} must hold clips of all {n_classes} classes, got none of {', '.join(map(str, missing))}: "
            "what is never heard is never learned, add some"
        )


def _class(label, n_classes: int, name: str, place: int) -> int:
    try:
        return count(label.item() if hasattr(label, "item") else label, "label", minimum=0, maximum=n_classes - 1)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{name} must have classes 0…{n_classes - 1}, got {_show(label)} in item {place}: number them from 0"
        ) from None


def budget(n_epochs, batch_size, learning_rate, rate_name: str = "learning_rate", n_workers=0) -> None:
    """How long and how fast to learn."""
    count(n_epochs, "n_epochs", maximum=1_000_000)
    count(batch_size, "batch_size")
    count(n_workers, "n_workers", minimum=0, maximum=1024)
    number(learning_rate, rate_name, above=0, at_most=1e3)


def sequence_model(model) -> int:
    """A network with a scale to measure and a number of classes."""
    if not hasattr(network(model), "scale") or not hasattr(model, "score"):
        raise TypeError(f"model must be a SequenceModel, got {type(model).__name__}: make one of MODELS")
    return model.score.out_features


def digit_of(digits, place: int, number: int) -> int:
    """The digit in one place of a string."""
    if place >= len(digits):
        raise ValueError(
            f"place={place} must lie below the number of digits, got {len(digits)} in string {number}: lower it"
        )
    return int(digits[place])


def sequence(value, name: str, pair: str):
    """A data set, or a list, of pairs."""
    if isinstance(value, str | dict) or not (hasattr(value, "__len__") and hasattr(value, "__getitem__")):
        raise TypeError(f"{name} must be a data set or a list of pairs {pair}, got {_show(value)}: pass one")
    return value
