"""The transducer (RNN-T): as CTC it sums over alignments, and each symbol may depend on those before it.

Its network gives the probabilities of all classes for each frame t *and* each number u of symbols that have been
written. A path starts at (0, 0). The blank takes it one frame on, to (t + 1, u); the next symbol of the text keeps it
in its frame, at (t, u + 1); and the blank behind the last frame ends it. After Graves 2012. Lecture: ctc
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from .._checks import transducer as _checks


def n_paths(n_frames: int, n_symbols: int) -> int:
    """How many paths write so many symbols in so many frames: the binomial coefficient of T + U − 1 over U.

    Parameters
    ----------
    n_frames, n_symbols : int
        T and U. A frame may write any number of symbols, so that a text may be longer than its clip.

    Returns
    -------
    int

    Lecture: ctc
    """
    n_frames = _checks.count(n_frames, "n_frames", maximum=100_000)
    n_symbols = _checks.count(n_symbols, "n_symbols", minimum=0, maximum=100_000)
    return math.comb(n_frames + n_symbols - 1, n_symbols)


def paths(n_frames: int, target: Sequence[int], *, blank: int = 0) -> Iterator[tuple[int, ...]]:
    """All paths that write a target in so many frames, one after the other.

    Parameters
    ----------
    n_frames : int
        T.
    target : sequence of int
        Of U symbols.
    blank : int

    Yields
    ------
    tuple of int
        T + U classes: the symbols in their order, and T blanks between them, of which the last one ends the path.

    Lecture: ctc
    """
    n_frames = _checks.count(n_frames, "n_frames", maximum=100_000)
    target = _checks.symbols(target, "target", blank=_checks.count(blank, "blank", minimum=0))
    n_steps = n_frames + len(target) - 1  # before the last blank

    def spelled(places: tuple[int, ...]) -> tuple[int, ...]:
        path = [blank] * (n_steps + 1)
        for place, symbol in zip(places, target, strict=True):
            path[place] = symbol
        return tuple(path)

    return map(spelled, itertools.combinations(range(n_steps), len(target)))


def loss_by_paths(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> torch.Tensor:
    """The loss from its definition: ``−ln Σ_π Π p(class | t, u)``, each path π followed through its places (t, u).

    Parameters
    ----------
    log_probs : tensor, shape (frames, symbols + 1, classes)
        ``log_softmax`` over the classes; row u is what the network says when u symbols of the target are written.
    target : sequence of int
    blank : int

    Returns
    -------
    tensor, a single number

    Lecture: ctc
    """
    target, blank = _checks.lattice(log_probs, target, blank)
    n_frames = len(log_probs)
    _checks.few_paths(n_paths(n_frames, len(target)))
    along = []
    for path in paths(n_frames, target, blank=blank):
        t = u = 0
        steps = []
        for symbol in path:
            steps.append(log_probs[t, u, symbol])
            t, u = (t + 1, u) if symbol == blank else (t, u + 1)
        along.append(torch.stack(steps).sum())
    return -torch.logsumexp(torch.stack(along), dim=0)


class TransducerLattice(NamedTuple):
    """The places (t, u) of one clip and its target; all but ``occupancy`` are logarithms."""

    alpha: torch.Tensor  # (frames, symbols + 1): all ways from the start to a place
    beta: torch.Tensor  # (frames, symbols + 1): all ways from there to the end
    occupancy: torch.Tensor  # (frames, symbols + 1, classes): the probability that the true path takes this step
    log_likelihood: torch.Tensor  # of the target


def forward_backward(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> TransducerLattice:
    """Sums over all ways to and from each place, and what they say about each step.

    ``α(t, u) = α(t − 1, u) p(blank | t − 1, u) + α(t, u − 1) p(y_u | t, u − 1)``, with y_u the u-th symbol; ``β`` the
    same from the end, ``P = β(0, 0)``; and ``γ(t, u, k) = α(t, u) p(k | t, u) β(where k leads) / P``. The gradient of
    the loss with respect to ``log_probs`` is ``−γ``.

    Parameters
    ----------
    log_probs : tensor, shape (frames, symbols + 1, classes)
    target : sequence of int
    blank : int

    Returns
    -------
    TransducerLattice
        Where each path has a step of probability 0, the log-likelihood is −∞ and the occupancy 0.

    Graves 2012, equations 16 to 20. Lecture: ctc
    """
    target, blank = _checks.lattice(log_probs, target, blank)
    values = log_probs.detach().cpu().double().numpy()
    waits = values[:, :, blank]  # (frames, symbols + 1)
    writes = values[:, np.arange(len(target)), target] if target else values[:, :0, 0]  # (frames, symbols)
    alpha = _log_sums(waits[:-1], writes)
    end = waits[-1, -1]
    beta = end + _log_sums(waits[:-1][::-1, ::-1], writes[::-1, ::-1])[::-1, ::-1]
    log_likelihood = beta[0, 0]
    occupancy = np.zeros_like(values)
    if log_likelihood > -np.inf:
        occupancy[:-1, :, blank] = np.exp(alpha[:-1] + waits[:-1] + beta[1:] - log_likelihood)
        occupancy[-1, -1, blank] = 1  # every path ends here
        written = np.exp(alpha[:, :-1] + writes + beta[:, 1:] - log_likelihood)
        occupancy[:, np.arange(len(target)), target] = written
    tables = (alpha, beta, occupancy, log_likelihood)
    return TransducerLattice(*(torch.tensor(table.copy()).to(log_probs) for table in tables))


def _log_sums(waits: np.ndarray, writes: np.ndarray) -> np.ndarray:
    """ln of the sum over all ways from (0, 0) to each place."""
    table = np.full((len(writes), writes.shape[1] + 1), -np.inf)
    table[0, 0] = 0
    for t in range(len(table)):
        if t:
            table[t] = table[t - 1] + waits[t - 1]
        for u in range(1, table.shape[1]):
            table[t, u] = np.logaddexp(table[t, u], table[t, u - 1] + writes[t, u - 1])
    return table


class _LogLikelihood(torch.autograd.Function):
    """ln P of one clip; its derivative is the occupancy."""

    @staticmethod
    def forward(ctx, log_probs, target, blank):
        found = forward_backward(log_probs, target, blank=blank)
        ctx.save_for_backward(found.occupancy)
        return found.log_likelihood

    @staticmethod
    def backward(ctx, gradient):
        _checks.differentiated_once(torch.is_grad_enabled())
        (occupancy,) = ctx.saved_tensors
        return gradient * occupancy, None, None


def transducer_loss(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> torch.Tensor:
    """``−ln P(target)`` by the forward algorithm in the logarithm; its gradient by forward and backward.

    Parameters
    ----------
    log_probs : tensor, shape (frames, symbols + 1, classes)
        ``log_softmax`` over the classes; row u is what the network says when u symbols of the target are written.
    target : sequence of int
        May be longer than the clip has frames, and hold repeats.
    blank : int

    Returns
    -------
    tensor, a single number
        Infinite where each path has a step of probability 0; its gradient is 0 then.

    Raises
    ------
    ValueError
        If ``log_probs`` have another number of rows than the target needs, or are none.

    Lecture: ctc
    """
    return -_LogLikelihood.apply(log_probs, *_checks.lattice(log_probs, target, blank))
