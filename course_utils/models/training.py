"""A training loop that fits on a page: history, best weights, early stop, resume, and a sentence where a loss is NaN.

A batch is a tuple: its last item is the target, the others are what the model is called with.
Lecture: classification
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import _checks, _files

RESULTS = _files.ROOT / "assets" / "results.json"


@dataclass
class History:
    """What each epoch brought: ``rows`` with epoch, train_loss, valid_loss, valid_metric, seconds."""

    rows: list[dict] = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False

    def column(self, name: str) -> list[float]:
        """One quantity over the epochs."""
        return [row[name] for row in self.rows]


class NotFiniteLossError(ArithmeticError):
    """The loss of a batch is NaN or infinite; ``epoch``, ``number`` and ``batch`` say which one."""

    def __init__(self, loss: float, epoch: int, number: int, batch: tuple):
        bad = [i for i, item in enumerate(batch) if item.is_floating_point() and not item.isfinite().all()]
        if bad:
            why = f"item {bad[0]} of the batch holds NaN or infinite values: look at the data"
        else:
            why = "all values of the batch are finite: lower the learning rate, or look for log(0), 0/0 and overflow"
        super().__init__(f"the loss must be finite, got {loss} in batch {number} of epoch {epoch} (error.batch); {why}")
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


def choose_device(device: str = "auto") -> torch.device:
    """The device to compute on: with "auto" a CUDA card, Apple's, or the processor, the first that is there.

    Parameters
    ----------
    device : str
        "auto", or a name that torch knows such as "cpu" or "cuda:1".

    Returns
    -------
    torch.device

    Lecture: classification
    """
    if device != "auto":
        return torch.device(device)
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

    Lecture: classification
    """
    return (output.argmax(dim=1) == target).double().mean().item()


@torch.no_grad()
def predict(model: nn.Module, batches: Iterable[tuple], *, device: str = "auto") -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs of a model in evaluation mode, and the targets, of all batches.

    Parameters
    ----------
    model : nn.Module
    batches : iterable of tuples
        The last item of each is the target.
    device : str

    Returns
    -------
    output : tensor, shape (items, …), on the CPU
    target : tensor, shape (items, …)

    Lecture: classification
    """
    place = choose_device(device)
    model.to(place).eval()
    pairs = [(model(*(item.to(place) for item in batch[:-1])).cpu(), batch[-1]) for batch in batches]
    if not pairs:
        raise ValueError("batches must not be empty, got none: is the data set longer than the batch, or drop_last on?")
    outputs, targets = zip(*pairs, strict=True)
    return torch.cat(outputs), torch.cat(targets)


def fit(
    model: nn.Module,
    train_batches: Iterable[tuple],
    *,
    n_epochs: int,
    valid_batches: Iterable[tuple] | None = None,
    loss: Callable = nn.functional.cross_entropy,
    metric: Callable = accuracy,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    device: str = "auto",
    patience: int | None = None,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> History:
    """Train: for each batch ``θ ← optimizer(∇θ loss(model(inputs), target))``; keep the weights of the best epoch.

    Parameters
    ----------
    model : nn.Module
        Changed in place; ends with the weights of the best epoch, or the last where nothing is validated.
    train_batches, valid_batches : iterable of tuples
        A ``DataLoader``, or a list; the last item of a batch is the target.
    n_epochs : int
    loss : callable (output, target) → scalar tensor
    metric : callable (output, target) → float, larger is better
        Decides which epoch is the best, on all of ``valid_batches`` at once.
    optimizer : torch.optim.Optimizer, optional
        AdamW at 1e-3 by default.
    scheduler : torch.optim.lr_scheduler.LRScheduler, optional
        Stepped after every batch.
    device : str
        See ``choose_device``.
    patience : int, optional
        Stop after so many epochs without a better one.
    checkpoint : path, optional
        Written after every epoch, in one move; a file that is there is resumed from, so that a kill costs at most
        the epoch that was running.
    progress : bool
        A bar for the epochs.

    Returns
    -------
    History

    Raises
    ------
    NotFiniteLossError
        With the batch that caused it.

    Lecture: classification
    """
    n_epochs, place = _checks.count(n_epochs, "n_epochs"), choose_device(device)
    model.to(place)
    state = _State(model, optimizer or torch.optim.AdamW(model.parameters(), lr=1e-3), scheduler)
    if checkpoint is not None and Path(checkpoint).exists():
        state.load(Path(checkpoint), place)
    for epoch in _bar(range(len(state.history.rows), n_epochs), n_epochs, progress):
        started = time.perf_counter()
        if hasattr(getattr(train_batches, "dataset", None), "epoch"):
            train_batches.dataset.epoch = epoch  # augmentation.Augmented draws anew for each
        row = {"epoch": epoch, "train_loss": _train_epoch(state, train_batches, loss, place, epoch)}
        if valid_batches is not None:
            output, target = predict(model, valid_batches, device=place)
            row |= {"valid_loss": float(loss(output, target)), "valid_metric": float(metric(output, target))}
        state.keep(row | {"seconds": time.perf_counter() - started})
        if checkpoint is not None:
            state.save(Path(checkpoint))
        if patience is not None and valid_batches is not None and epoch - state.history.best_epoch >= patience:
            state.history.stopped_early = True
            break
    if state.best is not None:
        model.load_state_dict(state.best)
    return state.history


def _train_epoch(state: "_State", batches: Iterable[tuple], loss: Callable, place: torch.device, epoch: int) -> float:
    """One pass over the batches; the mean loss of an item."""
    state.model.train()
    total, n_items = 0.0, 0
    for number, batch in enumerate(batches):
        *inputs, target = (item.to(place) for item in batch)
        value = loss(state.model(*inputs), target)
        if not torch.isfinite(value):
            raise NotFiniteLossError(value.item(), epoch, number, batch)
        state.optimizer.zero_grad()
        value.backward()
        state.optimizer.step()
        if state.scheduler is not None:
            state.scheduler.step()
        total, n_items = total + value.item() * len(target), n_items + len(target)
    if not n_items:
        raise ValueError("train_batches must not be empty, got none: is the data set longer than the batch?")
    return total / n_items


class _State:
    """What training would lose if it were killed: weights, optimiser, schedule, history, random numbers."""

    def __init__(self, model, optimizer, scheduler):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.history, self.best = History(), None

    def keep(self, row: dict) -> None:
        """Append an epoch, and its weights where it is the best so far."""
        best = self.history.best_epoch
        self.history.rows.append(row)
        if "valid_metric" in row and (best is None or row["valid_metric"] > self.history.rows[best]["valid_metric"]):
            self.history.best_epoch = row["epoch"]
            self.best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def save(self, path: Path) -> None:
        parts = {"model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler}
        state = {name: part.state_dict() for name, part in parts.items() if part is not None}
        state |= {"history": asdict(self.history), "best": self.best, "random": torch.get_rng_state()}
        unfinished = path.with_name(path.name + ".part")
        torch.save(state, unfinished)
        unfinished.replace(path)  # either the old file or the new one is there, never half of it

    def load(self, path: Path, place: torch.device) -> None:
        try:
            state = torch.load(path, map_location=place, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.scheduler is not None:
                self.scheduler.load_state_dict(state["scheduler"])
            self.history, self.best = History(**state["history"]), state["best"]
            torch.set_rng_state(state["random"].cpu())
        except Exception as error:
            raise ValueError(
                f"checkpoint {path} does not fit this model and optimiser ({type(error).__name__}): "
                "delete it to begin anew, or name another file"
            ) from error


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
