"""What ``events`` words."""

from . import *  # noqa: F403
from . import _show, count, generator, number

LIMITS = {"_hz": (20, 7000), "_per_s": (0.1, 1000), "_s": (0.01, 10)}


def settings(rng, **settings: float) -> list[float]:
    """A generator, and the settings of a kind of event, within what some seconds at 16 kHz can hold."""
    generator(rng)
    checked = []
    for name, value in settings.items():
        lowest, highest = next(limits for unit, limits in LIMITS.items() if name.endswith(unit))
        checked.append(number(value, name, at_least=lowest, at_most=highest))
    return checked


def source(value, n_kinds: int):
    """One source of all kinds: a class, and two positions within its ranges."""
    if not isinstance(value, tuple) or not all(hasattr(value, name) for name in ("label", "a", "b")):
        raise TypeError(f"source must be a Source(label, a, b), got {_show(value)}: take one from draw_source")
    label = count(value.label, "the label of a source", minimum=0, maximum=n_kinds - 1)
    a, b = (number(getattr(value, name), f"{name} of a source", at_least=0, at_most=1) for name in ("a", "b"))
    return value._replace(label=label, a=a, b=b)
