"""Recipes of lecture 16: networks that learn to continue tunes.

Lecture: music_generation
"""

import os
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np
from torch import nn

from .._checks import music_recipes as _checks
from .music_generation import MelodyRNN, TokenModel, piece_batch, piece_loss
from .recipes import _in_one_cycle
from .training import History, choose_device, seed_everything


class _PieceBatches:
    """All pieces once an epoch, drawn anew, those of about one length side by side."""

    n_sorted = 8  # batches that are sorted by length together

    def __init__(self, pieces: list[list[int]], kinds: list[int] | None, batch_size: int, seed: int):
        self.pieces, self.kinds, self.batch_size, self.seed = pieces, kinds, batch_size, seed
        self.dataset = SimpleNamespace(epoch=0)  # which epoch it is, ``fit`` says

    def __len__(self) -> int:
        return -(-len(self.pieces) // self.batch_size)

    def __iter__(self) -> Iterator[tuple]:
        rng = np.random.default_rng([self.seed, self.dataset.epoch])
        order, size = rng.permutation(len(self.pieces)), self.n_sorted * self.batch_size
        groups = [sorted(order[k : k + size], key=lambda n: len(self.pieces[n])) for k in range(0, len(order), size)]
        batches = [g[k : k + self.batch_size] for g in groups for k in range(0, len(g), self.batch_size)]
        for number in rng.permutation(len(batches)):
            kinds = None if self.kinds is None else [self.kinds[n] for n in batches[number]]
            yield piece_batch([self.pieces[n] for n in batches[number]], kinds)


def train_melody_model(
    pieces: Sequence[Sequence[int]],
    *,
    kinds: Sequence[int] | None = None,
    model: nn.Module | None = None,
    n_epochs: int = 20,
    batch_size: int = 8,
    learning_rate: float = 4e-3,
    weight_decay: float = 0.05,
    valid: tuple | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = False,
) -> tuple[nn.Module, History]:
    """A network that has learned to continue pieces: cross-entropy, AdamW in one cycle, gradients clipped to 1.

    Parameters
    ----------
    pieces : sequence of sequences of int
        Each from a 0 to a 0.
    kinds : sequence of int, optional
        One for each piece, where the model has kinds.
    model : MelodyRNN or MelodyTransformer, optional
        An LSTM of 128 numbers by default, its first weights drawn with ``seed``.
    n_epochs, batch_size : int
    learning_rate, weight_decay : float
    valid : tuple, optional
        A batch of ``piece_batch``, after each epoch measured; the weights of the best epoch are kept.
    seed : int
    device : str
    checkpoint : path, optional
        See ``training.fit``.
    progress : bool

    Returns
    -------
    model, history
        In evaluation mode.

    Lecture: music_generation
    """
    n_epochs, batch_size = _checks.count(n_epochs, "n_epochs"), _checks.count(batch_size, "batch_size")
    seed = _checks.count(seed, "seed", minimum=0)
    learning_rate = _checks.number(learning_rate, "learning_rate", above=0, at_most=1)
    weight_decay = _checks.number(weight_decay, "weight_decay", at_least=0, at_most=1)
    seed_everything(seed)
    if model is None:
        model = MelodyRNN(n_kinds=0 if kinds is None else 1 + max(_checks.kinds_of(kinds, len(pieces))))
    pieces = _checks.pieces(pieces, _checks.melody_model(model, TokenModel).n_tokens)
    kinds = None if kinds is None else _checks.kinds_of(kinds, len(pieces))
    batches = _PieceBatches(pieces, kinds, batch_size, seed)
    others = {"n_epochs": n_epochs, "learning_rate": learning_rate, "weight_decay": weight_decay, "rise": 0.1}
    others |= {"valid_batches": None if valid is None else [_checks.one_batch(valid)], "checkpoint": checkpoint}
    others |= {"device": choose_device(device), "progress": progress}
    return _in_one_cycle(model, model, batches, loss=piece_loss, max_norm=1.0, **others)
