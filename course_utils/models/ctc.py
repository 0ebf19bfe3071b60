"""Connectionist temporal classification (CTC): the probability of a short text, summed over all its alignments.

A path names one class for each frame. To collapse it, merge what is repeated and then take out the blanks; a text has
the probability of all paths that collapse to it. Scores are ``(batch, classes, frames)``, as the networks here give
them. After Graves, Fernández, Gomez & Schmidhuber 2006. Lecture: ctc
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from .._checks import ctc as _checks

# ------------------------------------------------------------------------------------------ alignments


def collapse(path: Sequence[int], *, blank: int = 0) -> list[int]:
    """What a path spells: repeats merged, then blanks taken out.

    Parameters
    ----------
    path : sequence of int
        One class for each frame.
    blank : int

    Returns
    -------
    list of int

    Lecture: ctc
    """
    path, blank = _checks.symbols(path, "path"), _checks.count(blank, "blank", minimum=0)
    return [symbol for symbol, _ in itertools.groupby(path) if symbol != blank]


def n_frames_needed(target: Sequence[int]) -> int:
    """The fewest frames that a target fits into: one for each symbol, and a blank between two that are equal.

    Parameters
    ----------
    target : sequence of int

    Returns
    -------
    int

    Lecture: ctc
    """
    target = _checks.symbols(target, "target")
    return len(target) + sum(one == other for one, other in itertools.pairwise(target))


def n_alignments(n_frames: int, target: Sequence[int]) -> int:
    """How many paths of so many frames collapse to a target.

    Parameters
    ----------
    n_frames : int
    target : sequence of int

    Returns
    -------
    int
        Exact: the binomial coefficient of n_frames + L − R over 2L, if R of the L symbols repeat the one before.

    Lecture: ctc
    """
    n_frames = _checks.count(n_frames, "n_frames", maximum=100_000)
    target = _checks.symbols(target, "target")
    n_symbols, n_repeats = len(target), n_frames_needed(target) - len(target)
    return math.comb(n_frames + n_symbols - n_repeats, 2 * n_symbols)


def alignments(n_frames: int, target: Sequence[int], *, blank: int = 0) -> Iterator[tuple[int, ...]]:
    """All paths of so many frames that collapse to a target, one after the other.

    Parameters
    ----------
    n_frames : int
    target : sequence of int
    blank : int

    Yields
    ------
    tuple of int
        One class for each frame; ``n_alignments`` of them, so keep the numbers small.

    Lecture: ctc
    """
    n_frames = _checks.count(n_frames, "n_frames", maximum=100_000)
    blank = _checks.count(blank, "blank", minimum=0)
    target = _checks.symbols(target, "target", blank=blank)
    states = _with_blanks(target, blank)
    repeats = [False, *(one == other for one, other in itertools.pairwise(target)), False]
    fewest = [1 if s % 2 else int(repeats[s // 2]) for s in range(len(states))][: len(states)]  # frames in each state
    n_places = n_frames - sum(fewest) + 2 * len(target)  # of the frames to be shared out, and the bars between states

    def path_of(bars: tuple[int, ...]) -> tuple[int, ...]:
        gaps = zip((-1, *bars), (*bars, n_places), fewest, strict=True)
        runs = ([state] * (end - start - 1 + n) for state, (start, end, n) in zip(states, gaps, strict=True))
        return tuple(itertools.chain.from_iterable(runs))

    return map(path_of, itertools.combinations(range(n_places), 2 * len(target)))


def _with_blanks(target: list[int], blank: int | None) -> list:
    """The states that a path runs through: a blank before, between and behind the symbols."""
    return [blank, *itertools.chain.from_iterable((symbol, blank) for symbol in target)]


def _sources(states: list, state: int) -> list[int]:
    """Where a path may have been one frame earlier: here, one state back, or two if a blank between is not needed."""
    may_skip = state % 2 == 1 and state >= 3 and states[state] != states[state - 2]
    return [source for source in (state, state - 1, *[state - 2] * may_skip) if source >= 0]


# -------------------------------------------------------------------------------------- one clip, slowly


def ctc_loss_by_paths(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> torch.Tensor:
    """The loss from its definition, path by path: ``−ln Σ_π Π_t p(π_t, t)`` over all π that collapse to the target.

    Parameters
    ----------
    log_probs : tensor, shape (classes, frames)
        Of each frame; ``log_softmax`` over the classes.
    target : sequence of int
    blank : int

    Returns
    -------
    tensor, a single number
        Infinite where no path is as short as the clip.

    Lecture: ctc
    """
    target, blank = _checks.one_clip(log_probs, target, blank)
    _checks.few_paths(n_alignments(log_probs.shape[1], target))
    frames = torch.arange(log_probs.shape[1], device=log_probs.device)
    paths = [log_probs[list(path), frames].sum() for path in alignments(log_probs.shape[1], target, blank=blank)]
    return -torch.logsumexp(torch.stack(paths), dim=0) if paths else log_probs.new_tensor(math.inf)


class Lattice(NamedTuple):
    """The states of a target against the frames of one clip; all but ``occupancy`` are logarithms.

    State 2i + 1 is symbol i of the target, the even ones are the blanks around them.
    """

    alpha: torch.Tensor  # (states, frames): all beginnings that are in state s at frame t, frame t included
    beta: torch.Tensor  # (states, frames): all continuations behind it
    occupancy: torch.Tensor  # (classes, frames): the probability that the true path is in class k at frame t
    log_likelihood: torch.Tensor  # of the target


def forward_backward(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> Lattice:
    """Sums over all beginnings and all ends of the paths, frame by frame, and what they say about each frame.

    ``α[s, t] = p(s, t) Σ α[r, t − 1]`` over the states r from which s is reached, ``β`` the same from the end without
    its own ``p(s, t)``, and ``γ[k, t] = Σ α[s, t] β[s, t] / P`` over the states s of class k. The gradient of the loss
    with respect to the scores before ``log_softmax`` is ``softmax − γ``.

    Parameters
    ----------
    log_probs : tensor, shape (classes, frames)
    target : sequence of int
    blank : int

    Returns
    -------
    Lattice
        Of an impossible target the log-likelihood is −∞ and the occupancy 0.

    Lecture: ctc
    """
    target, blank = _checks.one_clip(log_probs, target, blank)
    n_frames, places = [log_probs.shape[1]], torch.tensor([target], dtype=torch.long).reshape(1, -1)
    given = _States(log_probs.detach()[None], places, n_frames, [len(target)], blank)
    alpha, log_likelihood = _log_alpha(given)
    beta = _log_beta(given)
    occupancy = _occupancy(given, alpha, beta, log_likelihood)
    return Lattice(alpha[:, 0, 2:].T, beta[:, 0, 2:].T, occupancy[0], log_likelihood[0])


# ---------------------------------------------------------------------------------------- a batch, fast


class _States:
    """The states of a batch of targets, each table ready for steps over frames.

    Two states that are never reached stand before those of each clip, so that the steps of all clips are steps along
    one row: (frames, batch, 2 + states).
    """

    def __init__(self, log_probs: torch.Tensor, targets: torch.Tensor, n_frames: list, n_targets: list, blank: int):
        n_batch, self.n_classes, self.n_all = log_probs.shape
        place = log_probs.device
        targets, self.n_frames = targets.to(place), torch.tensor(n_frames, device=place)
        self.last = 2 + 2 * torch.tensor(n_targets, device=place)[:, None]
        s = torch.arange(3 + 2 * targets.shape[1], device=place)
        self.symbols = torch.full((n_batch, len(s)), blank, device=place)
        self.symbols[:, 3::2] = targets
        self.symbols = torch.where(s <= self.last, self.symbols, blank)  # whatever the padding holds
        self.may_skip = torch.zeros_like(self.symbols, dtype=torch.bool)
        self.may_skip[:, 5::2] = self.symbols[:, 5::2] != self.symbols[:, 3:-2:2]
        self.is_end = (s == self.last) | ((s == self.last - 1) & (s > 2))
        self.frames, self.best = log_probs.permute(2, 0, 1).contiguous(), log_probs.detach().amax(dim=1).T

    @cached_property
    def emission(self) -> torch.Tensor:
        """The logarithm of what each frame gives each state: (frames, batch, 2 + states)."""
        emission = self.frames.gather(2, self.symbols.expand(self.n_all, -1, -1))
        emission[:, :, :2] = -math.inf
        return emission

    def probabilities(self) -> Iterator[np.ndarray]:
        """What each frame gives each state, without the logarithm, in double precision: (batch × (2 + states),).

        Each class is raised once, whatever states it is in. The array is used again for the next frame.
        """
        n_batch = len(self.symbols)
        of_classes = np.zeros((self.n_all, n_batch * self.n_classes + 1))  # the last one is for no class
        np.exp(self.frames.flatten(1).numpy(), out=of_classes[:, :-1], dtype=np.float64)
        places = self.symbols + self.n_classes * torch.arange(n_batch)[:, None]
        places[:, :2] = of_classes.shape[1] - 1
        places, row = places.numpy().ravel(), np.empty(places.numel())
        for frame in of_classes:
            yield frame.take(places, out=row, mode="clip")

    def on_the_way(self, frames: np.ndarray, clips: np.ndarray) -> np.ndarray:
        """Which states some path runs through, for some frames of some clips: (cells, states)."""
        t, last = frames[:, None], self.last.numpy()[clips]
        n_left = self.n_frames.numpy()[clips, None] - 1 - t
        s = np.arange(self.symbols.shape[1])
        is_in_reach = (s >= 2) & (s <= 2 * t + 3) & (s >= last - 1 - 2 * n_left) & (s <= last) & (n_left >= 0)
        scores = np.take_along_axis(self.frames.numpy()[frames, clips], self.symbols.numpy()[clips], axis=1)
        return is_in_reach & (scores > -np.inf)

    def of_classes(self, share: torch.Tensor) -> torch.Tensor:
        """Shares of the states (frames, batch, states), those of a class added up: (batch, classes, frames)."""
        table = share.new_zeros(len(self.symbols), self.n_classes, self.n_all)
        return table.scatter_add_(1, self.symbols[..., None].expand(-1, -1, self.n_all), share.permute(1, 2, 0))

    def at_the_end(self, table: torch.Tensor) -> torch.Tensor:
        """The row of the last frame of each clip: (frames, batch, states) → (batch, states)."""
        return table[self.n_frames - 1, torch.arange(len(self.n_frames))]


def _log_alpha(given: _States) -> tuple[torch.Tensor, torch.Tensor]:
    """α (frames, batch, states), and the log-likelihood of each clip."""
    alpha = torch.full_like(given.emission, -math.inf)
    alpha[0, :, 2:4] = given.emission[0, :, 2:4]
    rows, emission = alpha.flatten(1), given.emission.flatten(1)
    skip = torch.where(given.may_skip, 0.0, -math.inf).to(alpha).flatten()[2:]
    for t in range(1, len(rows)):
        before = rows[t - 1]
        reached = torch.logaddexp(torch.logaddexp(before[2:], before[1:-1]), before[:-2] + skip)
        torch.add(reached, emission[t, 2:], out=rows[t, 2:])
    last = given.at_the_end(alpha).masked_fill(~given.is_end, -math.inf)
    return alpha, torch.logsumexp(last, dim=1)


def _log_beta(given: _States) -> torch.Tensor:
    """β (frames, batch, states)."""
    n_all, n_batch, n_states = given.emission.shape
    beta = torch.full_like(given.emission, -math.inf)
    at_end = torch.where(given.is_end, 0.0, -math.inf).to(beta)
    skip = torch.where(given.may_skip, 0.0, -math.inf).to(beta).flatten()
    ahead = beta.new_full((n_batch * n_states + 2,), -math.inf)  # two states behind the last of all
    for t in reversed(range(n_all)):
        is_last, is_inside = ((given.n_frames == t + 1)[:, None], (given.n_frames > t + 1)[:, None])
        beta[t] = torch.where(is_last, at_end, -math.inf)
        if t + 1 < n_all:
            torch.add(beta[t + 1], given.emission[t + 1], out=ahead[:-2].view(n_batch, n_states))
            onwards = ahead[2:] + torch.cat([skip[2:], skip.new_full((2,), -math.inf)])
            reached = torch.logaddexp(torch.logaddexp(ahead[:-2], ahead[1:-1]), onwards)
            beta[t] = torch.where(is_inside, reached.view(n_batch, n_states), beta[t])
    return beta


def _occupancy(given: _States, alpha: torch.Tensor, beta: torch.Tensor, log_likelihood: torch.Tensor) -> torch.Tensor:
    """γ (batch, classes, frames): the states of a class added up; 0 in the padding and for what is impossible."""
    return given.of_classes((alpha + beta - log_likelihood.masked_fill(log_likelihood == -math.inf, 0)[:, None]).exp())


class _LogSum(torch.autograd.Function):
    """The log-likelihood of a batch; its derivative is the occupancy, so that no step has to be kept for autograd."""

    @staticmethod
    def forward(ctx, log_probs, targets, n_frames, n_targets, blank):
        given = _States(log_probs, targets, n_frames, n_targets, blank)
        alpha, log_likelihood = _log_alpha(given)
        ctx.kept = given, alpha, log_likelihood
        return log_likelihood

    @staticmethod
    def backward(ctx, gradient):
        _checks.differentiated_once(torch.is_grad_enabled())
        given, alpha, log_likelihood = ctx.kept
        occupancy = _occupancy(given, alpha, _log_beta(given), log_likelihood)
        return gradient[:, None, None] * occupancy, None, None, None, None


def ctc_loss(
    log_probs: torch.Tensor,
    targets: torch.Tensor,
    n_frames: torch.Tensor | Sequence[int],
    n_targets: torch.Tensor | Sequence[int],
    *,
    blank: int = 0,
) -> torch.Tensor:
    """``−ln p(target)`` of each clip by the forward algorithm in the logarithm; gradients by forward and backward.

    Parameters
    ----------
    log_probs : tensor, shape (batch, classes, frames)
        ``log_softmax`` over the classes.
    targets : tensor of int, shape (batch, longest)
        What stands behind ``n_targets`` symbols is not looked at.
    n_frames, n_targets : sequence of int, shape (batch,)
        Frames of each clip *as the network gives them*, after its strides, and symbols of each target.
    blank : int

    Returns
    -------
    tensor, shape (batch,)
        Infinite where a target does not fit into its frames (``n_frames_needed``); its gradient is 0. Not divided by
        anything: ``torch.nn.CTCLoss(reduction="none")`` gives the same numbers.

    Raises
    ------
    ValueError
        If what is given are probabilities or scores and no log-probabilities, or a target holds the blank.

    Lecture: ctc
    """
    return -_LogSum.apply(log_probs, *_checks.batch(log_probs, targets, n_frames, n_targets, blank))


def ctc_loss_rescaled(
    log_probs: torch.Tensor,
    targets: torch.Tensor,
    n_frames: torch.Tensor | Sequence[int],
    n_targets: torch.Tensor | Sequence[int],
    *,
    blank: int = 0,
) -> torch.Tensor:
    """The same without logarithms: α is divided by its sum c every few frames, and ``−ln p = −Σ ln c − ln α_last``.

    Products and sums in place of exponentials and logarithms: more than twice as fast, as long as the probabilities
    that the target needs are numbers above 0 in double precision. The gradient is ``−γ`` with ``γ = α β / Σ α β`` over
    the states of a frame, from which every factor cancels.

    Parameters
    ----------
    log_probs : tensor, shape (batch, classes, frames)
    targets : tensor of int, shape (batch, longest)
    n_frames, n_targets : sequence of int, shape (batch,)
    blank : int
        As in ``ctc_loss``.

    Returns
    -------
    tensor, shape (batch,)

    Raises
    ------
    ValueError
        If what the target needs has run under, so that the sum, or a gradient that is asked, is wrong.

    Rabiner 1989, section V.A. Lecture: ctc
    """
    return -_RescaledSum.apply(log_probs, *_checks.batch(log_probs, targets, n_frames, n_targets, blank))


class _RescaledSum(torch.autograd.Function):
    """What ``_LogSum`` is, by products."""

    @staticmethod
    def forward(ctx, log_probs, *checked):
        scores = log_probs.detach().cpu()
        given = _States(scores if scores.dtype == torch.float32 else scores.double(), *checked)
        with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 where no path has a probability
            sums, last, kept = _rescaled_alpha(given)
            block_ends = BLOCK * np.arange(1, len(sums) + 1)[:, None] - 1
            log_sums = np.where(block_ends < given.n_frames.numpy() - 1, np.log(sums), 0)
            log_last = np.log((last * given.is_end.numpy()).sum(axis=1))
            log_likelihood = np.nan_to_num(log_sums.sum(axis=0) + log_last, nan=-np.inf, neginf=-np.inf)
            suspect = _may_have_run_under(given, kept, log_sums, log_last)
        if suspect.any():
            exact = -_LogSum.apply(log_probs.detach(), *checked)
            _checks.has_not_run_under(-log_likelihood, exact.double().cpu().numpy(), suspect)
        ctx.kept = given, log_likelihood > -np.inf
        return torch.from_numpy(log_likelihood).to(log_probs)

    @staticmethod
    def backward(ctx, gradient):
        _checks.differentiated_once(torch.is_grad_enabled())
        occupancy = torch.from_numpy(_rescaled_share(*ctx.kept))
        return gradient[:, None, None] * ctx.kept[0].of_classes(occupancy).to(gradient), None, None, None, None


BLOCK = 5  # frames until α is divided by its sum
FLOOR = 1e-290  # what counts as nothing: some frames before double precision has no number


def _rescaled_alpha(given: _States) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums c (blocks, batch), α in the last frame of each clip (batch, states), and behind each block."""
    ends, (n_batch, n_states) = given.n_frames.numpy() - 1, given.symbols.shape
    kept, sums = np.empty((given.n_all // BLOCK, n_batch, n_states)), np.empty((given.n_all // BLOCK, n_batch))
    old, new, last = (np.zeros(n_batch * n_states) for _ in range(3))
    old[2::n_states] = 1  # from where both the first blank and the first symbol are reached
    skip, end_frames = given.may_skip.numpy().astype(float).ravel()[2:], set(ends.tolist())
    by_skip = np.empty_like(skip)
    turns = [(a[:-2], a[1:-1], a[2:], b[2:], b) for a, b in ((old, new), (new, old))]
    for t, row in enumerate(given.probabilities()):
        two_back, one_back, here, reached, old = turns[t % 2]
        np.multiply(two_back, skip, out=by_skip)
        np.add(here, one_back, out=reached)
        reached += by_skip
        old *= row
        if t in end_frames:
            np.copyto(last, old, where=np.repeat(ends == t, n_states))
        if t % BLOCK == BLOCK - 1:
            old[old < FLOOR] = 0  # processors are slow with what is nearly 0
            table, block = old.reshape(n_batch, n_states), t // BLOCK
            table.sum(axis=1, out=sums[block])
            table /= sums[block, :, None]
            kept[block] = table
    return sums, last.reshape(n_batch, n_states), kept


def _rescaled_share(given: _States, is_possible: np.ndarray) -> np.ndarray:
    """γ of each state (frames, batch, states): α β, divided by its sum in each frame."""
    n_frames, probabilities = given.n_frames.numpy(), np.stack([row.copy() for row in given.probabilities()])
    probabilities = probabilities.reshape(given.n_all, *given.symbols.shape)
    may_skip, alpha, beta = given.may_skip.numpy(), np.zeros_like(probabilities), np.zeros_like(probabilities)
    old = np.zeros(probabilities.shape[1:])
    old[:, 2] = 1
    for t, row in enumerate(probabilities):
        alpha[t, :, 2:] = (old[:, 2:] + old[:, 1:-1] + may_skip[:, 2:] * old[:, :-2]) * row[:, 2:]
        old = _divided_by_sum(alpha[t])
    for t in reversed(range(len(beta))):
        if t + 1 < len(beta):
            ahead = beta[t + 1] * probabilities[t + 1]
            beta[t] = ahead
            beta[t, :, :-1] += ahead[:, 1:]
            beta[t, :, :-2] += may_skip[:, 2:] * ahead[:, 2:]
        np.copyto(beta[t], given.is_end.numpy(), where=(n_frames == t + 1)[:, None])
        _divided_by_sum(beta[t])
    alpha *= beta
    is_heard = (np.arange(len(alpha))[:, None] < n_frames) & is_possible
    _checks.shares_have_not_run_under(alpha.sum(axis=2), is_heard)
    alpha[~is_heard] = 0
    return _divided_by_sum(alpha)


def _divided_by_sum(table: np.ndarray) -> np.ndarray:
    """In place, along the states; what is nothing stays so."""
    total = table.sum(axis=-1, keepdims=True)
    table /= np.where(total > 0, total, 1)
    return table


def _may_have_run_under(given: _States, kept: np.ndarray, log_sums: np.ndarray, log_last: np.ndarray) -> np.ndarray:
    """Clips of which a state has come to nothing that might have counted, had every later frame favoured it most."""
    is_inside = np.arange(given.n_all)[:, None] < given.n_frames.numpy()
    most = np.where(is_inside, given.best.double().numpy(), 0)
    most = (most.sum(axis=0) - most.cumsum(axis=0))[BLOCK - 1 :: BLOCK] + math.log(kept.shape[2] * FLOOR)
    behind = log_last + log_sums.sum(axis=0) - log_sums.cumsum(axis=0)  # what the frames behind a block have brought
    blocks, clips = np.nonzero(~(most < behind + math.log(1e-9)))
    is_lost = ~(kept[blocks, clips] > FLOOR) & given.on_the_way(BLOCK * (blocks + 1) - 1, clips)
    suspect = np.zeros(kept.shape[1], bool)
    suspect[clips[is_lost.any(axis=1)]] = True
    return suspect


class CTCLoss(nn.Module):
    """The mean loss of a batch for ``training.fit``, by torch's kernel: the numbers of ``ctc_loss``, sooner.

    Parameters
    ----------
    blank : int

    Forward
    -------
    output : (log_probs, n_frames)
        What the network gives: (batch, classes, frames), and the frames of each clip.
    targets : tensor of int, shape (batch, longest)
    n_targets : tensor of int, shape (batch,)
        Returns the mean over the clips of −ln p; ``torch.nn.CTCLoss(reduction="mean")`` divides each by the length of
        its target first. A target that does not fit into its frames raises a ``ValueError``: it would be an infinite
        loss, or, with torch's ``zero_infinity=True``, a clip that is never learned and never missed.

    Lecture: ctc
    """

    def __init__(self, *, blank: int = 0):
        super().__init__()
        self.blank = _checks.count(blank, "blank", minimum=0)

    def forward(self, output: tuple, targets: torch.Tensor, n_targets: torch.Tensor) -> torch.Tensor:
        log_probs, n_frames = _checks.scores_and_lengths(output)
        targets, n_frames, n_targets, _ = _checks.batch(log_probs, targets, n_frames, n_targets, self.blank)
        _checks.none_impossible(log_probs)
        for number, (row, room, n) in enumerate(zip(targets.tolist(), n_frames, n_targets, strict=True)):
            _checks.target_fits(n_frames_needed(row[:n]), n, room, number)
        sizes = [torch.tensor(sizes) for sizes in (n_frames, n_targets)]
        losses = nn.functional.ctc_loss(
            log_probs.permute(2, 0, 1), targets.to(log_probs.device), *sizes, self.blank, reduction="none"
        )
        return losses.mean()


# --------------------------------------------------------------------------------------------- decoding


def greedy_decode(
    log_probs: torch.Tensor, n_frames: torch.Tensor | Sequence[int] | None = None, *, blank: int = 0
) -> list[list[int]]:
    """The best class of each frame, collapsed: the text of the best *path*, which need not be the best text.

    Parameters
    ----------
    log_probs : tensor, shape (batch, classes, frames)
        Scores of any kind will do.
    n_frames : sequence of int, shape (batch,), optional
        All frames by default.
    blank : int

    Returns
    -------
    list of list of int

    Lecture: ctc
    """
    n_frames, blank = _checks.scores(log_probs, n_frames, blank)
    best = log_probs.argmax(dim=1).tolist()
    return [collapse(path[:n], blank=blank) for path, n in zip(best, n_frames, strict=True)]


class Alignment(NamedTuple):
    """The most probable path of a target, and where in it each symbol stands."""

    path: list[int]  # a class for each frame
    spans: list[tuple[int, int]]  # of each symbol: its first frame, and the first one behind it
    log_prob: float  # of the path


def forced_alignment(log_probs: torch.Tensor, target: Sequence[int], *, blank: int = 0) -> Alignment:
    """The most probable path that collapses to a target: the forward algorithm with maxima in place of its sums.

    Parameters
    ----------
    log_probs : tensor, shape (classes, frames)
    target : sequence of int
    blank : int

    Returns
    -------
    Alignment
        Of paths that are equally probable, the one that stays longest in each state, read from the end.

    Raises
    ------
    ValueError
        If the target does not fit, or each of its paths has a frame of probability 0.

    Viterbi 1967. Lecture: ctc
    """
    target, blank = _checks.one_clip(log_probs, target, blank)
    n_all = log_probs.shape[1]
    _checks.target_fits(n_frames_needed(target), len(target), n_all)
    states = _with_blanks(target, blank)
    emission = log_probs.detach()[states].T.tolist()  # (frames, states)
    best = [value if s < 2 else -math.inf for s, value in enumerate(emission[0])]
    sources = [_sources(states, s) for s in range(len(states))]
    came_from = []
    for row in emission[1:]:
        came_from.append([max(of, key=best.__getitem__) for of in sources])
        best = [best[source] + value for source, value in zip(came_from[-1], row, strict=True)]
    state = max(range(len(states) - 1, max(-1, len(states) - 3), -1), key=best.__getitem__)
    log_prob = _checks.reachable(best[state])
    visited = [state]
    for back in reversed(came_from):
        visited.append(back[visited[-1]])
    visited.reverse()
    spans = [(visited.index(s), n_all - visited[::-1].index(s)) for s in range(1, len(states), 2)]
    return Alignment([states[s] for s in visited], spans, log_prob)
