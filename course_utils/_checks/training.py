"""What ``training`` words."""

import inspect
import math
import os
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from .layers import *  # noqa: F403
from .layers import _show, count, network, tensor, with_numbers

# ------------------------------------------------------------------------------------------ batches


def batch(parts, number: int) -> None:
    """A batch of a loop: inputs and targets, tensors with at least one item."""
    if not isinstance(parts, (tuple, list)) or len(parts) != 2 or not all(isinstance(p, (tuple, list)) for p in parts):
        kinds = [type(p).__name__ for p in parts] if isinstance(parts, (tuple, list)) else type(parts).__name__
        raise TypeError(
            f"a batch must be (inputs, targets), two tuples, got {kinds}: "
            "give the DataLoader collate_fn=datasets.pad_batch, or write ((x,), (y,))"
        )
    for item in (*parts[0], *parts[1]):
        if not isinstance(item, torch.Tensor):
            raise TypeError(
                f"a batch must hold tensors, got {type(item).__name__} in batch {number}: wrap it in torch.as_tensor"
            )
    shape = tuple(parts[0][0].shape) if parts[0] else None
    if not shape or not shape[0]:
        got = "no inputs" if shape is None else f"inputs[0] of shape {shape}"
        raise ValueError(
            f"a batch must hold at least one item along the first axis, got {got} in batch {number}: leave it out"
        )


def batches(value, name: str):
    """Something that gives batches."""
    if isinstance(value, str | dict) or not (hasattr(value, "__iter__") or hasattr(value, "__getitem__")):
        raise TypeError(f"{name} must give batches, got {_show(value)}: pass a DataLoader, or a list of them")
    return value


def joinable(parts: tuple, what: str) -> None:
    """What all batches gave: tensors with an axis of items, or tuples of as many."""
    kinds = {type(part) for part in parts}
    for part in parts:
        if isinstance(part, (tuple, list)):
            if len(kinds) > 1 or len(part) != len(parts[0]) or not len(part):
                raise ValueError(f"{what} must have as many parts in every batch, got {_show(part)}: give all of them")
        elif not isinstance(part, torch.Tensor):
            raise TypeError(
                f"{what} must be a tensor or a tuple of tensors, got {type(part).__name__}: "
                "take out what is compared, in a module around the model"
            )
        elif not part.ndim:
            raise ValueError(f"{what} must have an axis of items, got a single number: leave out its mean or sum")
        elif len(kinds) > 1 or part.ndim != parts[0].ndim:
            raise ValueError(f"{what} must have as many axes in every batch, got {part.ndim}: make them alike")


def some(n_items: int, name: str) -> int:
    """A pass over batches that met at least one."""
    if not n_items:
        raise ValueError(f"{name} must not be empty, got none: give it more items, or turn drop_last off")
    return n_items


def lasting(batches, name: str, n_epochs: int) -> None:
    """Batches that a second epoch finds again."""
    if n_epochs > 1 and hasattr(batches, "__next__"):
        raise TypeError(
            f"{name} must give its batches anew in each of {n_epochs} epochs, got a {type(batches).__name__}, which is "
            "used up after one: pass a list or a DataLoader"
        )


# ---------------------------------------------------------------------------------- loss and metric


def loss_and_metric(loss, metric) -> bool:
    """Two callables; or a metric that counts, for which it gives True."""
    if isinstance(loss, type):
        raise TypeError(f"loss must be an instance, got the class {loss.__name__}: pass {loss.__name__}()")
    if not callable(loss):
        raise TypeError(f"loss must be a function (output, *targets), got {_show(loss)}: pass one of nn.functional")
    is_pooled = hasattr(metric, "update")
    fits = all(hasattr(metric, name) for name in ("reset", "compute")) if is_pooled else callable(metric)
    if isinstance(metric, type) or not (fits or metric is None):
        raise TypeError(
            "metric must be a function, or an object with reset, update and compute, "
            f"got {_show(metric)}: write what is missing, pass an instance of a class, or None"
        )
    return is_pooled


def labels_of(loss, output, targets: tuple, where: str) -> tuple:
    """What the cross-entropy of torch compares, one class for each item or its shares; other losses have own rules."""
    is_module = isinstance(loss, torch.nn.CrossEntropyLoss)
    if not (is_module or loss is torch.nn.functional.cross_entropy):
        return targets
    if len(targets) != 1:
        raise ValueError(
            f"the cross-entropy needs a single target, got {len(targets)} in {where}: "
            "pass loss=, one that is called with the output and all targets"
        )
    (target,) = targets
    if not isinstance(output, torch.Tensor) or not output.is_floating_point() or output.ndim < 2:
        got = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise TypeError(
            f"the cross-entropy needs scores (batch, classes, …) of the model, got {got} in {where}: "
            "let the model give them, or pass another loss="
        )
    if target.is_floating_point() and target.shape == output.shape and target.dtype == output.dtype:
        return targets
    if target.is_floating_point() or target.is_complex() or target.dtype == torch.bool:
        raise TypeError(
            f"targets of the cross-entropy must be classes, whole numbers, got {target.dtype} of shape "
            f"{tuple(target.shape)} in {where}: pass indices, or shares in the shape and type of the output"
        )
    wanted = (output.shape[0], *output.shape[2:])
    if tuple(target.shape) != wanted:
        raise ValueError(
            f"targets of the cross-entropy must have the shape {wanted}, one class for each item, "
            f"got {tuple(target.shape)} in {where}: let items stand along the first axis of both"
        )
    ignored = loss.ignore_index if is_module else -100
    target = target.long()
    classes_of(target[target != ignored], output.shape[1], f" in {where}, and {ignored} is passed over")
    return (target,)


def classes_of(target: torch.Tensor, n_classes: int, where: str = "") -> torch.Tensor:
    """Whole numbers, each of which names a class."""
    target = target.long()
    lowest, highest = (int(target.min()), int(target.max())) if target.numel() else (0, 0)
    if lowest < 0 or highest >= n_classes:
        raise ValueError(
            f"targets must be classes 0…{n_classes - 1}, got {lowest if lowest < 0 else highest}{where}: "
            "number them from 0, leave padding out, or give the model more classes"
        )
    return target


def scalar(value, name: str):
    """A loss, or a part of it: one real number in a tensor."""
    if not isinstance(value, torch.Tensor):
        raise TypeError(
            f"{name} must be a scalar tensor, got {type(value).__name__}: return what torch computes, without "
            "float() or .item(), and several parts as a dict"
        )
    if value.ndim or not value.is_floating_point():
        raise ValueError(
            f"{name} must be a real scalar tensor, got {value.dtype} of shape {tuple(value.shape)}: "
            "take its mean over the items"
        )
    return value


def has_gradient(has: bool) -> None:
    """A loss that leads back to the weights."""
    if not has:
        raise ValueError(
            "the loss must have a gradient, got a tensor with requires_grad=False: compute it from the output without "
            "detach(), no_grad() or argmax, and leave some weights of the model trainable"
        )


def part_names(names) -> None:
    """Parts of a loss: their sum is called loss, and the metric has a column of its own."""
    if not names:
        raise ValueError("a loss of several parts must have at least one, got {}: return a scalar tensor or name parts")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"a part of the loss must have a name, got {name!r}: use a str as its key")
        if name in ("loss", "metric"):
            raise ValueError(f"a part of the loss must not be called {name!r}, got {list(names)}: rename it")


def same_parts(before: list, now: list) -> None:
    """Parts that every batch has."""
    if set(before) != set(now):
        raise ValueError(
            f"the loss must have the same parts for every batch, got {now} after {before}: give 0 for an absent one"
        )


def one_target(n_targets: int, number: int) -> None:
    """What ``accuracy`` compares with."""
    if n_targets != 1:
        raise ValueError(
            f"metric=accuracy needs a single target, got {n_targets} in batch {number}: "
            f"pass metric=None, or one that is called with the output and {n_targets} targets"
        )


def metric_value(value, metric, where: str) -> float:
    """What a metric gave, as a number that can be compared and stored."""
    name = getattr(metric, "__name__", type(metric).__name__)
    try:
        result = float(value) if np.ndim(value) == 0 and not isinstance(value, str) else None
    except (TypeError, ValueError):
        result = None
    if result is None:
        raise TypeError(
            f"the metric {name} must give a number, got {_show(value)} for {where}: return a float, larger for better"
        )
    if math.isnan(result):
        raise ValueError(
            f"the metric {name} must give a number, got nan for {where}: return 0 where there is nothing to count, or "
            "count over all batches in an object with reset, update and compute"
        )
    return result


def one_class_each(output, target) -> None:
    """Scores (batch, classes, …) and the true classes (batch, …)."""
    for name, x in (("output", output), ("target", target)):
        with_numbers(tensor(x, name, any_kind=True, empty=True), name)
    if output.is_complex() or output.dtype == torch.bool or target.is_floating_point() or target.is_complex():
        raise TypeError(
            f"output must hold scores, and target whole numbers, got {output.dtype} and {target.dtype}: "
            "pass class indices"
        )
    output, target = tuple(output.shape), tuple(target.shape)
    if len(output) < 2 or (output[0], *output[2:]) != target:
        raise ValueError(
            "output must have the shape (batch, classes, …) and target (batch, …), "
            f"got {output} and {target}: leave out or add axes, nothing is repeated"
        )
    if 0 in output:
        raise ValueError(f"output must hold at least one item and one class, got shape {output}: pass more items")


# ------------------------------------------------------------------------------------------ the loop


_OTHERS = {"optimizer": "AdamW, SGD or the like", "scheduler": "OneCycleLR or the like, or patience="}


def steps_alone(part, name: str) -> None:
    """An optimiser, or a schedule, whose step needs no argument."""
    if isinstance(part, type) or not callable(getattr(part, "step", None)):
        raise TypeError(f"{name} must have a step, got {_show(part)}: make {_OTHERS[name]}")
    _, *parameters = inspect.signature(type(part).step).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in named if p.default is p.empty]
    if needed:
        raise TypeError(
            f"{name} must step without arguments, got {type(part).__name__}, whose step needs {' and '.join(needed)}: "
            f"use {_OTHERS[name]}"
        )


def schedule_lasts(scheduler, batches, n_epochs: int) -> None:
    """A schedule of known length that reaches the end of the run."""
    total = getattr(scheduler, "total_steps", None)
    if total is None or not hasattr(batches, "__len__"):
        return
    n_steps = n_epochs * len(batches)
    left = total - scheduler.last_epoch
    if n_steps > left:
        raise ValueError(
            f"scheduler={type(scheduler).__name__} must last {n_steps} steps, {len(batches)} for each of {n_epochs} "
            f"epochs, got {left}: make it with total_steps={n_steps}"
        )


def schedule_ended(scheduler, error: Exception) -> NoReturn:
    """A schedule that ends before the run does, where nobody could know it."""
    name, why = type(scheduler).__name__, str(error).partition(".")[0]
    raise ValueError(
        f"scheduler={name} must last as long as the run, got one that has ended ({why}): "
        "raise its total_steps, or lower n_epochs"
    ) from error


def trainable(model, optimizer, scheduler) -> None:
    """A model with weights, an optimiser of those, and a schedule of that optimiser."""
    weights = {id(weight) for weight in network(model).parameters()}
    if not weights:
        raise ValueError(f"model must have weights to train, got {type(model).__name__} with none: add a layer")
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim.Optimizer, got {_show(optimizer)}: make one of model.parameters()"
        )
    if optimizer is not None and not any(id(w) in weights for group in optimizer.param_groups for w in group["params"]):
        raise ValueError(
            f"optimizer must hold weights of this model, got {type(optimizer).__name__} with none of them: "
            "make it of model.parameters()"
        )
    for name, part in (("optimizer", optimizer), ("scheduler", scheduler)):
        if part is not None:
            steps_alone(part, name)
    if scheduler is not None and (optimizer is None or getattr(scheduler, "optimizer", optimizer) is not optimizer):
        got = "none" if optimizer is None else "another one"
        raise ValueError(
            f"scheduler={type(scheduler).__name__} needs its own optimizer, got {got}: "
            "pass optimizer=, the one that the scheduler was made with"
        )


def watched(patience, valid_batches) -> None:
    """How long to wait for a better epoch, where epochs are compared."""
    if patience is not None and valid_batches is None:
        raise ValueError(
            f"patience={count(patience, 'patience')} needs valid_batches, got none: pass some, or no patience"
        )
    if patience is not None:
        count(patience, "patience")


def file_to_write(path, name: str) -> Path:
    """A file in a folder that is there."""
    if isinstance(path, bool) or not isinstance(path, str | os.PathLike):
        raise TypeError(f"{name} must be a path, got {_show(path)}: name a file")
    path = Path(path)
    try:
        is_folder, has_place = path.is_dir(), path.parent.is_dir()
        if has_place and not is_folder:
            unfinished = path.with_name(path.name + ".part")
            unfinished.touch()  # nothing but the attempt tells whether it may, and whether the name is good
            unfinished.unlink()
    except (OSError, ValueError) as error:
        not_written(path, name, error)
    if is_folder:
        raise ValueError(f"{name} must be a file, got the folder {path}: name a file in it, such as {path / 'run.pt'}")
    if not has_place:
        raise ValueError(f"{name} must lie in a folder that exists, got {path}: make {path.parent} first")
    return path


def not_written(path: Path, name: str, error: Exception) -> NoReturn:
    """A file that the system, or the disk, refuses."""
    why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    raise ValueError(
        f"{name} must be a file that can be written, got {_show(str(path))} ({why}): "
        "name another one, or make room and give yourself the right to write there"
    ) from error


# -------------------------------------------------------------------------------------- a checkpoint


def unreadable_checkpoint(path, error: Exception) -> NoReturn:
    """A file that torch cannot read."""
    raise ValueError(
        f"checkpoint must be a file that fit has written, got {path}, which cannot be read ({type(error).__name__}): "
        "delete it to begin anew, or name another file"
    ) from error


def parts_of_checkpoint(path, state, parts: dict, has_order: bool) -> None:
    """A file with what this run needs: ``parts`` holds the state of each part before it is resumed."""
    needed = {"model", "optimizer", "history", "best", "random", "order"}
    if not isinstance(state, dict) or not needed <= set(state):
        raise ValueError(
            f"checkpoint must be a file that fit has written, got {path}, which is none: name another file"
        )
    options = [[set(group) for group in s["optimizer"]["param_groups"]] for s in (state, parts)]
    if ("scheduler" in state) != ("scheduler" in parts) or options[0] != options[1]:
        raise ValueError(
            f"checkpoint={path} must come from the same optimizer and scheduler, got others: "
            "pass those of that run, or name another file"
        )
    if has_order and state["order"] is None:
        raise ValueError(
            f"checkpoint={path} must hold the order of train_batches, got none, since that run had no generator: "
            "leave the generator out, or name another file"
        )


def checkpoint_of_another(path, part: str, error: Exception) -> NoReturn:
    """A file whose model, optimiser or schedule is of another shape."""
    raise ValueError(
        f"checkpoint={path} must come from the same {part}, got one that does not fit ({type(error).__name__}): "
        f"pass the {part} of that run, or name another file to begin anew"
    ) from error
