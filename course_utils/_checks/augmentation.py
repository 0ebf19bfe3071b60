"""What ``augmentation`` words."""

import inspect
import math
import pickle
from collections.abc import Callable

import numpy as np

from . import *  # noqa: F403
from . import _numbers, _show, array, choice, number, signal


def noise_for(noise, sound: np.ndarray) -> np.ndarray:
    """Noise of one channel for all signals, or with one for each; in the precision of the signal."""
    noise = signal(noise, "noise")
    if noise.ndim > 1 and noise.shape[:-1] != sound.shape[:-1]:
        raise ValueError(
            f"noise must have one axis or the leading axes {sound.shape[:-1]} of signal, got shape {noise.shape}: "
            "pass one channel, or one noise for each signal"
        )
    return noise.astype(sound.dtype, copy=False)


def class_shares(labels, n_items: int) -> np.ndarray:
    """Labels that can be blended: a row of class shares for each item."""
    labels = _numbers(labels, "labels")
    if labels.ndim != 2 or len(labels) != n_items:
        raise ValueError(
            f"labels must have shape ({n_items}, n_classes), a row of shares for each item of the batch, "
            f"got {labels.shape}: pass numpy.eye(n_classes)[labels]"
        )
    return array(labels, "labels", real=True)


def step_list(steps) -> list:
    """The steps of a chain of augmentations."""
    if not isinstance(steps, list | tuple) or any(isinstance(step, str) for step in steps):
        raise TypeError(
            f'steps must be a list of tuples such as [("gain", {{"gain_db": (-6, 6)}}, 0.5)], got {_show(steps)}: '
            "put each step into a tuple of its own"
        )
    return list(steps)


def augmentation_step(step, known: dict, rate) -> tuple[Callable, dict, float]:
    """A step (what, parameters, probability) whose function can be called so, in any process."""
    if not isinstance(step, tuple | list) or len(step) != 3 or not isinstance(step[1], dict):
        raise TypeError(
            f'a step must be (what, parameters, probability), got {_show(step)}: write ("gain", {{"gain_db": -6}}, 1.0)'
        )
    what, parameters, probability = step
    function = what if callable(what) else known[choice(what, "the name of a step", tuple(known))]
    name = getattr(function, "__name__", _show(function))
    probability = number(probability, f"the probability of {name}", at_least=0, at_most=1)
    taken = inspect.signature(function).parameters
    parameters = {
        key: random_parameter(value, f"{key} of {name}", is_whole=key in taken and asks_whole(taken[key]))
        for key, value in parameters.items()
    }
    given = set(parameters) | {"rng"} | ({"sample_rate"} if rate is not None else set())
    try:
        inspect.signature(function).bind(None, **{key: None for key in given if key in parameters or key in taken})
    except TypeError as error:
        raise TypeError(f"{name} must be callable with its parameters, got {_show(parameters)}: {error}") from None
    try:
        pickle.dumps((function, parameters))
    except (pickle.PicklingError, AttributeError, TypeError):
        raise TypeError(
            f"a step must be picklable for the workers of a DataLoader, got {name}: "
            "define it with def at the top level of a module, without lambda"
        ) from None
    return function, parameters, probability


def indexed(examples):
    """A data set, or a list."""
    if isinstance(examples, str | dict) or not (hasattr(examples, "__len__") and hasattr(examples, "__getitem__")):
        raise TypeError(
            f"examples must be a data set or a list of pairs (signal, label), got {_show(examples)}: pass one"
        )
    return examples


def chain(augment) -> Callable:
    """What is called with a signal, its place and the epoch, as a Compose is."""
    try:
        inspect.signature(augment).bind(None, 0, epoch=0)
    except (TypeError, ValueError):
        raise TypeError(
            f"augment must be a Compose, called with (signal, index, epoch=0), got {_show(augment)}: "
            "put what changes a signal into Compose([(function, {}, 1.0)], seed=0)"
        ) from None
    return augment


def signal_and_label(item, index: int):
    """An item of a data set that has two parts."""
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise TypeError(f"examples must hold pairs (signal, label), got {_show(item)} as item {index}: write pairs")
    return item


def asks_whole(parameter: inspect.Parameter) -> bool:
    """Whether a function says of a parameter that it is a whole number."""
    return parameter.annotation in (int, "int")


def random_parameter(value, name: str, *, is_whole: bool = False):
    """A range (low, high), a list to choose from, or a constant."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise ValueError(f"{name} must be a range (low, high), got {_show(value)}: use a list to choose from")
        low, high = (number(bound, f"a bound of {name}") for bound in value)
        if low > high:
            raise ValueError(f"{name} must be a range (low, high), got {_show(value)}: swap its bounds")
        if is_whole and math.ceil(low) > math.floor(high):
            raise ValueError(f"{name} must span a whole number, got {_show(value)}: widen the range")
        return low, high
    if isinstance(value, list) and not value:
        raise ValueError(f"{name} must have something to choose from, got an empty list: add a value")
    return value
