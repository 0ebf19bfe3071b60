"""The one training loop: history, best weights, early stop, clipping, resume, and a sentence where a loss is NaN.

A batch is ``(inputs, targets)``, two tuples with the items along the first axis of every tensor. The model is called
with the inputs, the loss with what it gives and the targets: ``loss(model(*inputs), *targets)``.
Lecture: classification
"""

import copy
import itertools
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import _files
from .._checks import training as _checks

RESULTS = _files.ROOT / "assets" / "results.json"


@dataclass
class History:
    """What each epoch brought: ``rows`` with epoch, train_loss, valid_loss, valid_metric, seconds.

    A loss of several parts adds a column for each: train_mel and valid_mel for the part called mel.
    """

    rows: list[dict] = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False

    def column(self, name: str) -> list[float]:
        """One quantity over the epochs."""
        return [row[name] for row in self.rows]


class NotFiniteLossError(ArithmeticError):
    """Loss or gradients of a batch are NaN or infinite; ``epoch``, ``number`` and ``batch`` say which one."""

    def __init__(
        self, value: float, epoch: int | None, number: int, batch: tuple, *, kind: str = "batch", what: str = "loss"
    ):
        named = {
            f"{name}[{i}]": x
            for name, part in zip(("inputs", "targets"), batch, strict=True)
            for i, x in enumerate(part)
        }
        bad = [name for name, item in named.items() if item.is_floating_point() and not item.isfinite().all()]
        if bad:
            why = f"{bad[0]} of the batch holds NaN or infinite values: look at the data"
        else:
            why = (
                "all values of the batch are finite: lower the learning rate, or look for log(0), √0, 0/0 and overflow"
            )
        where = f"{kind} {number}" + ("" if epoch is None else f" of epoch {epoch}")
        super().__init__(f"the {what} must be finite, got {value} in {where} (error.batch); {why}")
        self.epoch, self.number, self.batch = epoch, number, batch


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch: on a CPU, the same seed, data and number of threads give the same weights.

    Parameters
    ----------
    seed : int

    Lecture: classification
    """
    seed = _checks.count(seed, "seed", minimum=0, maximum=2**32 - 1)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 -- for libraries that draw from the global generator
    torch.manual_seed(seed)


def home_of(model: nn.Module) -> torch.device:
    """The device where a model's weights are; the processor for one without any.

    Parameters
    ----------
    model : nn.Module

    Returns
    -------
    torch.device

    Lecture: classification
    """
    held = next(itertools.chain(_checks.network(model).parameters(), model.buffers()), None)
    return torch.device("cpu") if held is None else held.device


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """The device to compute on: with "auto" a CUDA card, Apple's, or the processor, the first that is there.

    Parameters
    ----------
    device : str or torch.device
        "auto", or a name that torch knows such as "cpu" or "cuda:1".

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If this machine has no such device.

    Lecture: classification
    """
    if not isinstance(device, str) or device != "auto":
        return _checks.place(device)
    return torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")


def accuracy(output: torch.Tensor, target: torch.Tensor) -> float:
    """The part of items whose largest output is the target's: ``mean(argmax(output) = target)``.

    Parameters
    ----------
    output : tensor, shape (batch, classes, …)
    target : tensor of int, shape (batch, …)

    Returns
    -------
    float, 0…1

    Raises
    ------
    ValueError
        If the shapes differ in more than the classes, there is no item, an output is NaN, or a target is no class.

    Lecture: classification
    """
    _checks.one_class_each(output, target)
    _checks.no_nan(output, "output")
    target = _checks.classes_of(target, output.shape[1])
    return (output.argmax(dim=1) == target).sum().item() / target.numel()


# ------------------------------------------------------------------------------------ a pass over batches


class _Means:
    """Means over items: what a batch gives counts as often as the batch has items."""

    def __init__(self):
        self.totals, self.n_items = {}, 0

    def add(self, values: dict[str, float], n_items: int) -> None:
        if self.totals:
            _checks.same_parts(list(self.totals), list(values))
        for name, value in values.items():
            value = value.item() if isinstance(value, torch.Tensor) else value
            self.totals[name] = self.totals.get(name, 0.0) + n_items * value
        self.n_items += n_items

    def values(self) -> dict[str, float]:
        return {name: total / self.n_items for name, total in self.totals.items()}


def _moved(batch: tuple, place: torch.device, number: int) -> tuple[tuple, tuple]:
    """Inputs and targets on a device."""
    _checks.batch(batch, number)
    inputs, targets = (tuple(item.to(place) for item in part) for part in batch)
    return inputs, targets


def _parts(value: torch.Tensor | dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What a loss gave, its sum under "loss"."""
    if not isinstance(value, dict):
        return {"loss": _checks.scalar(value, "the loss")}
    _checks.part_names(value)
    for name, part in value.items():
        _checks.scalar(part, f"the part {name!r} of the loss")
    return {"loss": sum(value.values())} | value


def _joined(parts: tuple, what: str) -> torch.Tensor | list[torch.Tensor] | tuple:
    """Results of batches one behind the other: a tensor, or a list of items where lengths differ."""
    _checks.joinable(parts, what)
    if isinstance(parts[0], (tuple, list)):
        return tuple(_joined(column, what) for column in zip(*parts, strict=True))
    parts = [part.cpu() for part in parts]
    if len({part.shape[1:] for part in parts}) == 1:
        return torch.cat(parts)
    return [item for part in parts for item in part]


@torch.no_grad()
def predict(model: nn.Module, batches: Iterable[tuple], *, device: str | torch.device | None = None) -> tuple:
    """Outputs of a model in evaluation mode, and the targets, of all batches: what a loss or a metric is called with.

    Parameters
    ----------
    model : nn.Module
    batches : iterable of (inputs, targets)
    device : str or torch.device, optional
        By default where the model is.

    Returns
    -------
    output : tensor, shape (items, …), on the processor
        A list with one tensor for each item where the batches differ in length, padded as in its batch; a tuple of
        either where the model gives a tuple.
    *targets : tensor, shape (items, …), or list
        As many as a batch has: ``output, target = predict(…)`` where it is one.

    Lecture: classification
    """
    place = home_of(model) if device is None else choose_device(device)
    _checks.batches(batches, "batches")
    _checks.network(model).to(place).eval()
    outputs, targets = [], []
    for number, batch in enumerate(batches):
        inputs, truth = _moved(batch, place, number)
        outputs.append(model(*inputs))
        targets.append(truth)
    _checks.some(len(outputs), "batches")
    output = _joined(outputs, "what the model gives")
    return (output, *(_joined(targets, "targets") if targets[0] else ()))


@torch.no_grad()
def evaluate(
    model: nn.Module,
    batches: Iterable[tuple],
    *,
    loss: Callable,
    metric: Callable | object | None = None,
    device: str | torch.device | None = None,
    epoch: int | None = None,
) -> dict[str, float]:
    """Loss and metric of a model in evaluation mode, batch by batch: lengths may differ from one to the next.

    Parameters
    ----------
    model : nn.Module
    batches : iterable of (inputs, targets)
    loss, metric : as in ``fit``
    device : str or torch.device, optional
        By default where the model is.
    epoch : int, optional
        Named in the error.

    Returns
    -------
    dict of str to float
        "loss", each part of it, and "metric" where there is one. Loss, parts and a metric that is a function are
        means over items.

    Raises
    ------
    NotFiniteLossError
        With the batch that caused it.

    Lecture: classification
    """
    place, means = home_of(model) if device is None else choose_device(device), _Means()
    is_pooled = _checks.loss_and_metric(loss, metric)
    _checks.batches(batches, "valid_batches")
    _checks.network(model).to(place).eval()
    if is_pooled:
        metric.reset()
    for number, batch in enumerate(batches):
        inputs, targets = _moved(batch, place, number)
        output = model(*inputs)
        labels = _checks.labels_of(loss, output, targets, f"validation batch {number}")
        values = _parts(loss(output, *labels))
        if not torch.isfinite(values["loss"]):
            raise NotFiniteLossError(float(values["loss"]), epoch, number, batch, kind="validation batch")
        if is_pooled:
            metric.update(output, *targets)
        elif metric is not None:
            if metric is accuracy:
                _checks.one_target(len(targets), number)
            values["metric"] = _checks.metric_value(metric(output, *targets), metric, f"validation batch {number}")
        means.add(values, len(inputs[0]))
    _checks.some(means.n_items, "valid_batches")
    if not is_pooled:
        return means.values()
    return means.values() | {"metric": _checks.metric_value(metric.compute(), metric, "compute()")}


# ------------------------------------------------------------------------------------------ the loop


def fit(
    model: nn.Module,
    train_batches: Iterable[tuple],
    *,
    n_epochs: int,
    valid_batches: Iterable[tuple] | None = None,
    loss: Callable = nn.functional.cross_entropy,
    metric: Callable | object | None = accuracy,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    max_norm: float | None = None,
    device: str | torch.device = "cpu",
    patience: int | None = None,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> History:
    """Train: for each batch ``θ ← optimizer(∇θ loss(model(*inputs), *targets))``; keep the weights of the best epoch.

    Parameters
    ----------
    model : nn.Module
        Changed in place; ends with the weights of the best epoch, or the last where nothing is validated.
    train_batches, valid_batches : iterable of (inputs, targets), two tuples
        A ``DataLoader`` with ``datasets.pad_batch``, or a list. Items stand along the first axis.
    n_epochs : int
    loss : callable (output, *targets) → scalar tensor, or dict of str to scalar tensor
        A mean over the items of the batch; the default takes one class for each. Of a dict the sum is trained, and
        the history has a column for each part.
    metric : callable (output, *targets) → float, or object with reset(), update(output, *targets) and compute()
        Decides which epoch is the best; larger is better. A function is averaged over items, batch by batch. What is
        no such mean (macro-F1, a word error rate) is an object that counts in ``update`` and divides in ``compute``,
        like those of torchmetrics. With None the lowest validation loss decides. NaN is refused; where a batch has
        several targets, the default must be replaced.
    optimizer : torch.optim.Optimizer, optional
        AdamW at 1e-3 by default. One whose step needs a closure (LBFGS) is refused.
    scheduler : torch.optim.lr_scheduler.LRScheduler, optional
        Of that optimiser. Stepped after every batch, without arguments; one of known length must reach the end.
    max_norm : float, optional
        Gradients of all weights together are scaled down to this norm where theirs is larger.
    device : str or torch.device
        See ``choose_device``.
    patience : int, optional
        Stop after so many epochs without a better one; needs ``valid_batches``.
    checkpoint : path, optional
        Written after every epoch, in one move; a file that is there is resumed from, so that a kill costs at most
        the epoch that was running. A run that has stopped early stays as it is. Where a run that had a metric is
        resumed with None, or the other way round, the search for the best epoch begins anew.
    progress : bool
        A bar for the epochs.

    Returns
    -------
    History
        Losses are means over the items of an epoch.

    Raises
    ------
    NotFiniteLossError
        With the batch that caused it, before its gradients reach the weights.

    Lecture: classification
    """
    n_epochs, place = _checks.count(n_epochs, "n_epochs"), choose_device(device)
    max_norm = None if max_norm is None else _checks.number(max_norm, "max_norm", above=0)
    progress = _checks.switch(progress, "progress")
    _checks.trainable(model, optimizer, scheduler)
    _checks.loss_and_metric(loss, metric)
    _checks.watched(patience, valid_batches)
    for name, batches in (("train_batches", train_batches), ("valid_batches", valid_batches)):
        if batches is not None or name == "train_batches":
            _checks.lasting(_checks.batches(batches, name), name, n_epochs)
    checkpoint = None if checkpoint is None else _checks.file_to_write(checkpoint, "checkpoint")
    model.to(place)
    optimizer = optimizer or torch.optim.AdamW(model.parameters(), lr=1e-3)
    state = _State(model, optimizer, scheduler, getattr(train_batches, "generator", None))
    state.n_targets = 1 if metric is accuracy and valid_batches is not None else None
    if checkpoint is not None and checkpoint.exists():
        state.load(checkpoint, place, has_metric=metric is not None)
    n_done = n_epochs if state.history.stopped_early else len(state.history.rows)
    _checks.schedule_lasts(scheduler, train_batches, max(0, n_epochs - n_done))
    for epoch in _bar(range(n_done, n_epochs), n_epochs, progress):
        started = time.perf_counter()
        _tell_epoch(getattr(train_batches, "dataset", None), epoch)
        row = {"epoch": epoch} | _named("train", _train_epoch(state, train_batches, loss, max_norm, place, epoch))
        if valid_batches is not None:
            options = {"loss": loss, "metric": metric, "device": place, "epoch": epoch}
            row |= _named("valid", evaluate(model, valid_batches, **options))
        state.keep(row | {"seconds": time.perf_counter() - started})
        state.history.stopped_early = patience is not None and state.n_worse >= patience
        if checkpoint is not None:
            state.save(checkpoint)
        if state.history.stopped_early:
            break
    if state.best is not None and valid_batches is not None:
        model.load_state_dict(state.best)
    return state.history


def _tell_epoch(dataset: object, epoch: int) -> None:
    """To ``augmentation.Augmented``, which draws anew for each; also within a Subset or a ConcatDataset."""
    if hasattr(dataset, "epoch"):
        dataset.epoch = epoch
    for inner in (getattr(dataset, "dataset", None), *getattr(dataset, "datasets", ())):
        if inner is not None:
            _tell_epoch(inner, epoch)


def _named(split: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{split}_{name}": value for name, value in values.items()}


def _train_epoch(state: "_State", batches: Iterable[tuple], loss: Callable, max_norm, place, epoch) -> dict[str, float]:
    """One pass over the batches: the mean loss of an item, and of each part."""
    state.model.train()
    means = _Means()
    for number, batch in enumerate(batches):
        inputs, targets = _moved(batch, place, number)
        if state.n_targets is not None:
            _checks.one_target(len(targets), number)
        output = state.model(*inputs)
        values = _parts(loss(output, *_checks.labels_of(loss, output, targets, f"batch {number}")))
        if not torch.isfinite(values["loss"]):
            raise NotFiniteLossError(values["loss"].item(), epoch, number, batch)
        _checks.has_gradient(values["loss"].requires_grad)
        norm = state.backward(values["loss"], max_norm)
        if not math.isfinite(norm):
            raise NotFiniteLossError(norm, epoch, number, batch, what="norm of the gradients")
        state.step()
        means.add(values, len(inputs[0]))
    _checks.some(means.n_items, "train_batches")
    return means.values()


class _State:
    """What training would lose if it were killed: weights, optimiser, schedule, history, random numbers."""

    def __init__(self, model, optimizer, scheduler, generator):
        self.model, self.optimizer, self.scheduler, self.generator = model, optimizer, scheduler, generator
        self.history, self.best = History(), None

    def backward(self, value: torch.Tensor, max_norm: float | None) -> float:
        """Gradients, clipped where asked; their norm before that."""
        self.optimizer.zero_grad()
        value.backward()
        if max_norm is not None:
            return nn.utils.clip_grad_norm_(self.model.parameters(), max_norm).item()
        gradients = [weight.grad for weight in self.model.parameters() if weight.grad is not None]
        return nn.utils.get_total_norm(gradients).item()

    def step(self) -> None:
        """One step of the optimiser and one of the schedule."""
        self.optimizer.step()
        if self.scheduler is not None:
            try:
                self.scheduler.step()
            except ValueError as error:
                _checks.schedule_ended(self.scheduler, error)

    @property
    def n_worse(self) -> int:
        """Epochs since the best one."""
        best = self.history.best_epoch
        return len(self.history.rows) - 1 - (-1 if best is None else best)

    def keep(self, row: dict) -> None:
        """Append an epoch, and its weights where it is the best so far."""
        best = self.history.best_epoch
        self.history.rows.append(row)
        score = _score(row)
        if not math.isnan(score) and (best is None or score > _score(self.history.rows[best])):
            self.history.best_epoch = row["epoch"]
            self.best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def _states(self) -> dict[str, dict]:
        parts = {"model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler}
        return {name: part.state_dict() for name, part in parts.items() if part is not None}

    def save(self, path: Path) -> None:
        state = self._states() | {"history": asdict(self.history), "best": self.best, "random": torch.get_rng_state()}
        state["order"] = None if self.generator is None else self.generator.get_state()
        unfinished = path.with_name(path.name + ".part")
        try:
            torch.save(state, unfinished)
            unfinished.replace(path)  # either the old file or the new one is there, never half of it
        except (OSError, RuntimeError) as error:
            _checks.not_written(path, "checkpoint", error)

    def load(self, path: Path, place: torch.device, *, has_metric: bool) -> None:
        """What the file holds, or nothing of it."""
        try:
            state = torch.load(path, map_location=place, weights_only=True)
        except Exception as error:
            _checks.unreadable_checkpoint(path, error)
        before = copy.deepcopy(self._states())
        _checks.parts_of_checkpoint(path, state, before, self.generator is not None)
        try:
            for name in before:
                getattr(self, name).load_state_dict(state[name])
        except Exception as error:
            for part, values in before.items():
                getattr(self, part).load_state_dict(values)
            _checks.checkpoint_of_another(path, name, error)
        self.history, self.best = History(**state["history"]), state["best"]
        best = self.history.best_epoch
        if best is not None and has_metric != ("valid_metric" in self.history.rows[best]):
            self.history.best_epoch = self.best = None  # two scales that cannot be compared
        torch.set_rng_state(state["random"].cpu())
        if self.generator is not None:  # the DataLoader's own, where it has one
            self.generator.set_state(state["order"].cpu())


def _score(row: dict) -> float:
    """What makes an epoch the best: its metric, or else a low loss; NaN where nothing was validated."""
    return row.get("valid_metric", -row.get("valid_loss", math.nan))


def _bar(epochs: Iterable[int], n_epochs: int, progress: bool) -> Iterable[int]:
    from tqdm.auto import tqdm

    return tqdm(epochs, desc="epochs", total=n_epochs, initial=epochs.start, disable=not progress)


def recorded(name: str) -> dict:
    """A long run's results as ``make results`` measured them: what a lecture quotes and does not compute again.

    Parameters
    ----------
    name : str
        Such as "augmentation".

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If nothing of that name was recorded.

    Lecture: classification
    """
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results[_checks.choice(name, "name", tuple(results))]
