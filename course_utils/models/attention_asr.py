"""Listen, Attend and Spell: a listener hears a clip, a speller writes one token after another, attention points.

The listener gives a state every 40 ms; before each token the speller looks at all of them and takes a weighted mean.
Nothing says beforehand how many tokens there are: one of them means the end. Lecture: attention_asr
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from .._checks import attention_asr as _checks
from .ctc import CTCLoss
from .datasets import DIGITS
from .layers import attention, valid_frames
from .recogniser import DigitRecogniser, HarderStrings
from .recurrent import turned

END, START = 0, 1 + len(DIGITS)  # tokens; digit d is d + 1, so that the end has the place of CTC's blank
FRAMES_A_TOKEN = 3  # 120 ms: no clip is given more tokens than this allows, unless the caller says so

# ------------------------------------------------------------------------------------------ attention


def additive_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    weight_query: torch.Tensor,
    weight_key: torch.Tensor,
    vector: torch.Tensor,
    mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Additive attention: ``softmax(e) V`` with the scores ``e[i, j] = vᵀ tanh(W q[i] + U k[j])``.

    A network of one hidden layer says how well a query and a key go together; in ``layers.attention`` their product
    says it. Both cost one score for each pair, this one d tanh a score.

    Parameters
    ----------
    query : tensor, shape (…, queries, d_query)
    key : tensor, shape (…, keys, d_key)
    value : tensor, shape (…, keys, d_value)
    weight_query : tensor, shape (d, d_query)
        W.
    weight_key : tensor, shape (d, d_key)
        U.
    vector : tensor, shape (d,)
        v.
    mask : bool tensor, broadcast to (…, queries, keys), optional
        True where a query may look.

    Returns
    -------
    output : tensor, shape (…, queries, d_value)
    weights : tensor, shape (…, queries, keys)
        Not negative, 1 in sum.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, the mask is not boolean, or it leaves a query nothing to look at.

    After Bahdanau, Cho & Bengio 2015, section A.1.2. Lecture: attention_asr
    """
    _checks.additive(query, key, value, weight_query, weight_key, vector)
    if mask is not None:
        shape = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2]) + (query.shape[-2], key.shape[-2])
        _checks.attention_mask(mask, tuple(shape))
        _checks.something_to_attend(int((~mask.any(dim=-1)).sum()))
    return _additive(query @ weight_query.T, key @ weight_key.T, value, vector, mask)


def _additive(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, vector: torch.Tensor, mask) -> tuple:
    """With W and U applied."""
    scores = torch.tanh(query[..., :, None, :] + key[..., None, :, :]) @ vector
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
        if not math.isfinite(value.detach().sum(dtype=torch.float32).item()):  # a weight of 0 hides no NaN
            value = torch.where(torch.atleast_2d(mask).any(dim=-2)[..., None], value, 0)
    weights = torch.softmax(scores, dim=-1)
    return weights @ value, weights


class AdditiveAttention(nn.Module):
    """``additive_attention`` with weights that learn; with ``kernel_size``, it also knows where it looked before.

    Location-aware, a score is ``e[j] = vᵀ tanh(W q + U k[j] + (F ∗ α)[j])``, α being the weights of the step before and
    F a filter for each of the d hidden values: "a little further on" can be learned then, whatever the keys are.

    Parameters
    ----------
    query_width, key_width : int
    n_hidden : int
        d.
    kernel_size : int, odd, or 0
        Length of the filters in frames; 0 for none.

    Forward
    -------
    query : tensor, shape (batch, queries, query_width)
    key : tensor, shape (batch, keys, key_width)
        Values, too.
    mask : bool tensor, shape (batch, 1 or queries, keys), optional
    before : tensor, shape (batch, keys), optional
        The weights of the step before; counts as 0 where there was none.
    projected : tensor, shape (batch, keys, n_hidden), optional
        ``project(key)``, where the keys stay the same for many steps.
        Returns the mixed values (batch, queries, key_width), and the weights (batch, queries, keys).

    After Bahdanau, Cho & Bengio 2015, and Chorowski et al. 2015, equations 8 and 9. Lecture: attention_asr
    """

    def __init__(self, query_width: int, key_width: int, n_hidden: int, *, kernel_size: int = 0):
        super().__init__()
        query_width, key_width, n_hidden = _checks.widths(
            query_width=query_width, key_width=key_width, n_hidden=n_hidden
        )
        self.query = nn.Linear(query_width, n_hidden, bias=False)
        self.project = nn.Linear(key_width, n_hidden)
        self.vector = nn.Parameter(torch.empty(n_hidden).uniform_(-1, 1) / math.sqrt(n_hidden))
        kernel_size, self.filters = _checks.kernel(kernel_size), None
        if kernel_size:
            self.filters = nn.Linear(kernel_size, n_hidden, bias=False)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        mask: torch.Tensor | None = None,
        *,
        before: torch.Tensor | None = None,
        projected: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        _checks.looked_at(query, key, mask, before, self, self.query.in_features, self.project.in_features)
        projected = self.project(key) if projected is None else _checks.projected(projected, key, self)
        if self.filters is not None and before is not None:
            reach = self.filters.in_features // 2
            projected = projected + self.filters(F.pad(before, (reach, reach)).unfold(1, 2 * reach + 1, 1))
        return _additive(self.query(query), projected, key, self.vector, mask)


class DotAttention(nn.Module):
    """Scaled dot-product attention of one head, called like ``AdditiveAttention``: ``e[j] = (W q)ᵀ U k[j] / √d``.

    Parameters
    ----------
    query_width, key_width : int
    n_hidden : int
        d.

    Forward
    -------
    As ``AdditiveAttention``; ``before`` is not used.

    Lecture: attention_asr
    """

    def __init__(self, query_width: int, key_width: int, n_hidden: int):
        super().__init__()
        query_width, key_width, n_hidden = _checks.widths(
            query_width=query_width, key_width=key_width, n_hidden=n_hidden
        )
        self.query = nn.Linear(query_width, n_hidden, bias=False)
        self.project = nn.Linear(key_width, n_hidden)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        mask: torch.Tensor | None = None,
        *,
        before: torch.Tensor | None = None,
        projected: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        _checks.looked_at(query, key, mask, before, self, self.query.in_features, self.project.in_features)
        projected = self.project(key) if projected is None else _checks.projected(projected, key, self)
        return attention(self.query(query), projected, key, mask)


ATTENTIONS = {
    "additive": AdditiveAttention,
    "dot": DotAttention,
    "location": lambda *widths: AdditiveAttention(*widths, kernel_size=31),
}

# ------------------------------------------------------------------------------------ listen and spell


class _Listener(DigitRecogniser):
    """The network of lecture 13 up to its last hidden state (batch, width, frames); ``score`` is left for CTC."""

    def scored(self, x: torch.Tensor) -> torch.Tensor:
        return x.squeeze(2)


class SpellerState(NamedTuple):
    """What the speller goes on from: what it hears, which stays the same, and what the last step has left."""

    memory: torch.Tensor  # (batch, frames, width)
    keys: torch.Tensor  # (batch, frames, n_hidden), the memory projected once for all steps
    mask: torch.Tensor  # (batch, 1, frames), bool
    hidden: torch.Tensor  # (batch, n_cells)
    cell: torch.Tensor  # (batch, n_cells)
    context: torch.Tensor  # (batch, width)
    weights: torch.Tensor  # (batch, frames), where the last step looked; before the first, the first frame

    def rows(self, places: torch.Tensor) -> "SpellerState":
        """The state of some items of the batch, each as often as it is named."""
        return SpellerState(*(part[places] for part in self))


class ListenAttendSpell(nn.Module):
    """From the waveform to the logits of the next token: a listener, attention, and a speller.

    The listener is the network of lecture 13 without its scores, and an LSTM in both directions: alike digits differ by
    what stands around them. In each step an LSTM cell reads the token before and what attention found then; its new
    state s looks at the memory, and s and what it finds there give the logits:
    ``s[i] = LSTM(s[i − 1], (y[i − 1], c[i − 1]))``, ``c[i] = Σ_t α[i, t] h[t]``, ``logits[i] = W (s[i], c[i]) + b``.

    Parameters
    ----------
    width, n_layers, n_mels : int
        Of the listener, see ``recogniser.DigitRecogniser``.
    channels : sequence of int
        Of its convolutions over bands and frames.
    n_cells : int
        Width of the speller's LSTM.
    n_hidden : int
        Of the attention.
    attention : {"location", "additive", "dot"}
        "location" is additive, and knows where the step before has looked; before the first, that is frame 0.
    dropout : float, 0…1
        On what the logits are computed from, in training.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, or None
    tokens : tensor of int, shape (batch, tokens)
        What is fed: ``START``, and then the true tokens, see ``fed_tokens``.
        Returns logits (batch, tokens, 11), of the end and ten digits, and weights (batch, tokens, frames). The frames
        are those of ``encode``, each 40 ms.

    Examples
    --------
    >>> model = ListenAttendSpell().eval()
    >>> logits, weights = model(torch.zeros(2, 8000), [8000, 4000], torch.tensor([[11, 4, 1], [11, 4, 1]]))
    >>> logits.shape, weights.shape
    (torch.Size([2, 3, 11]), torch.Size([2, 3, 26]))

    After Chan et al. 2016, whose listener is a pyramid of LSTMs. Lecture: attention_asr
    """

    def __init__(
        self,
        *,
        width: int = 80,
        n_layers: int = 5,
        n_mels: int = 32,
        channels: Sequence[int] = (16, 32),
        n_cells: int = 96,
        n_hidden: int = 64,
        attention: str = "location",
        dropout: float = 0.1,
    ):
        super().__init__()
        n_cells, n_hidden = (
            _checks.count(n, name, maximum=4096) for n, name in ((n_cells, "n_cells"), (n_hidden, "n_hidden"))
        )
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        kind = ATTENTIONS[_checks.choice(attention, "attention", tuple(ATTENTIONS))]
        self.listener = _Listener(width=width, n_layers=n_layers, n_mels=n_mels, channels=channels)
        width = self.listener.score.in_channels
        _checks.even(width, "width")
        self.norm = nn.LayerNorm(width)
        self.directions = nn.ModuleList(nn.LSTM(width, width // 2, batch_first=True) for _ in range(2))
        self.embedding = nn.Embedding(START + 1, n_hidden)
        self.cell = nn.LSTMCell(n_hidden + width, n_cells)
        self.attend = kind(n_cells, width, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(n_cells + width, START)

    def forward(
        self,
        signal: torch.Tensor,
        lengths: torch.Tensor | Sequence[int] | None = None,
        tokens: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = _checks.tokens_of(tokens, signal, START)
        return self.spell(*self.encode(signal, lengths), tokens)

    def encode(
        self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Listen: hidden states (batch, frames, width), one every 40 ms, and the frames of each clip."""
        return self.ordered(*self.listener(signal, lengths))

    def ordered(self, hidden: torch.Tensor, n_frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the convolutions give (batch, width, frames), and in both directions what stands before and after."""
        hidden, (forwards, backwards) = hidden.mT, self.directions
        valid = valid_frames(n_frames, hidden.shape[1])
        around = forwards(hidden)[0], turned(backwards(turned(hidden, valid))[0], valid)
        return self.norm(hidden + torch.cat(around, dim=2)) * valid[..., None], n_frames

    def spell(
        self, memory: torch.Tensor, n_frames: torch.Tensor, tokens: torch.Tensor, *, sampling: float = 0.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and weights of all steps; with a probability of ``sampling``, a step is fed what the last one says."""
        memory, n_frames, tokens, sampling = _checks.to_spell(memory, n_frames, tokens, sampling, self, START)
        state, found, fed = self.start(memory, n_frames), [], tokens[:, 0]
        for place in range(tokens.shape[1]):
            if place:
                fed = tokens[:, place]
            if place and sampling:
                own = torch.rand(len(fed), device=fed.device) < sampling
                fed = torch.where(own, found[-1][0].argmax(dim=1), fed)
            logits, state = self.step(fed, state)
            found.append((logits, state.weights))
        return tuple(torch.stack(parts, dim=1) for parts in zip(*found, strict=True))

    def start(self, memory: torch.Tensor, n_frames: torch.Tensor) -> SpellerState:
        """Before the first token: nothing written, and nothing looked at but the first frame, where a clip begins."""
        memory, n_frames = _checks.to_remember(memory, n_frames, self)
        n_batch, n_all, width = memory.shape
        mask = valid_frames(n_frames, n_all).to(memory.device)[:, None]
        hidden = memory.new_zeros(n_batch, self.cell.hidden_size)
        context, weights = memory.new_zeros(n_batch, width), memory.new_zeros(n_batch, n_all)
        weights[:, 0] = 1
        return SpellerState(memory, self.attend.project(memory), mask, hidden, hidden, context, weights)

    def step(self, tokens: torch.Tensor, state: SpellerState) -> tuple[torch.Tensor, SpellerState]:
        """Logits (batch, 11) of the token after ``tokens`` (batch,), and the state with which it goes on."""
        tokens = _checks.to_step(tokens, state, SpellerState, START)
        fed = torch.cat([self.embedding(tokens), state.context], dim=1)
        hidden, cell = self.cell(fed, (state.hidden, state.cell))
        context, weights = self.attend(
            hidden[:, None], state.memory, state.mask, before=state.weights, projected=state.keys
        )
        context, weights = context[:, 0], weights[:, 0]
        logits = self.score(self.dropout(torch.cat([hidden, context], dim=1)))
        return logits, state._replace(hidden=hidden, cell=cell, context=context, weights=weights)

    def ctc(self, memory: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (batch, 11, frames) of the blank and ten digits, by the listener alone."""
        return self.listener.score(_checks.remembered(memory, self).mT).log_softmax(dim=1)


# ----------------------------------------------------------------------------------- what it learns from


def fed_tokens(targets: torch.Tensor, n_targets: torch.Tensor) -> torch.Tensor:
    """What a speller is fed in training: ``START``, then the true tokens, each one step before the next is asked for.

    Parameters
    ----------
    targets : tensor of int, shape (batch, longest)
        Digit d as d + 1.
    n_targets : tensor of int, shape (batch,)
        How many of them count, from 0.

    Returns
    -------
    tensor of int, shape (batch, longest + 1)
        ``END`` in the padding.

    Lecture: attention_asr
    """
    targets, n_targets = _checks.targets_of(targets, n_targets, START)
    fed = F.pad(targets, (1, 0), value=START)
    return fed.masked_fill(torch.arange(fed.shape[1], device=fed.device) > n_targets[:, None], END)


def expected_tokens(targets: torch.Tensor, n_targets: torch.Tensor, *, padding: int = -100) -> torch.Tensor:
    """What the logits of each step are compared with: the true tokens, and then ``END``.

    Parameters
    ----------
    targets : tensor of int, shape (batch, longest)
    n_targets : tensor of int, shape (batch,)
    padding : int
        Behind the end; torch's losses leave −100 out.

    Returns
    -------
    tensor of int, shape (batch, longest + 1)

    Lecture: attention_asr
    """
    targets, n_targets = _checks.targets_of(targets, n_targets, START)
    place = torch.arange(targets.shape[1] + 1, device=targets.device)
    asked = F.pad(targets, (0, 1)).masked_fill(place >= n_targets[:, None], END)
    return asked.masked_fill(place > n_targets[:, None], _checks.count(padding, "padding", minimum=-(2**31)))


class HarderSpelling(nn.Module):
    """A ``ListenAttendSpell`` while it learns: heard as in ``recogniser.HarderStrings``, and with the scores of CTC.

    Parameters
    ----------
    model : ListenAttendSpell
        Shares its weights with this module.
    sampling : float, 0…1
        Scheduled sampling: the probability with which a step is fed what the last one has found in place of the truth.
        In training only.
    harder : bool
        Augment.

    Forward
    -------
    As ``ListenAttendSpell``. Returns logits (batch, tokens, 11), CTC's log-probabilities (batch, 11, frames), and the
    frames of each clip.

    Scheduled sampling: Bengio et al. 2015. Lecture: attention_asr
    """

    def __init__(self, model: ListenAttendSpell, *, sampling: float = 0.0, harder: bool = True):
        super().__init__()
        self.model = _checks.speller(model, ListenAttendSpell)
        self.sampling = _checks.number(sampling, "sampling", at_least=0, at_most=1)
        self.hear = HarderStrings(model.listener) if _checks.switch(harder, "harder") else model.listener

    def forward(
        self,
        signal: torch.Tensor,
        lengths: torch.Tensor | Sequence[int] | None = None,
        tokens: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        tokens = _checks.tokens_of(tokens, signal, START)
        memory, n_frames = self.model.ordered(*self.hear(signal, lengths))
        sampling = self.sampling if self.training else 0.0
        logits, _ = self.model.spell(memory, n_frames, tokens, sampling=sampling)
        return logits, self.model.ctc(memory), n_frames


def spelling_loss(
    output: tuple,
    targets: torch.Tensor,
    n_targets: torch.Tensor,
    *,
    ctc_weight: float = 0.3,
    label_smoothing: float = 0.1,
) -> dict[str, torch.Tensor]:
    """``(1 − λ) Σ_i −ln p(y[i] | y[<i], x) + λ (−ln p_CTC(y | x))``, the mean over the clips, in two parts.

    Parameters
    ----------
    output : (logits, log_probs, n_frames)
        As ``HarderSpelling`` gives them.
    targets : tensor of int, shape (batch, longest)
        Digit d as d + 1.
    n_targets : tensor of int, shape (batch,)
    ctc_weight : float, 0…1
        λ; with 0 the alignment is learned by attention alone.
    label_smoothing : float, 0…1
        What of each label is spread over all classes.

    Returns
    -------
    dict of "spelling" and, with λ > 0, "ctc" to a scalar tensor, nats a clip
        ``training.fit`` adds them up.

    After Kim, Hori & Watanabe 2017, equation 10. Lecture: attention_asr
    """
    logits, log_probs, n_frames = _checks.output_of(output)
    ctc_weight = _checks.number(ctc_weight, "ctc_weight", at_least=0, at_most=1)
    label_smoothing = _checks.number(label_smoothing, "label_smoothing", at_least=0, at_most=1)
    asked = _checks.as_many_steps(logits, expected_tokens(targets, n_targets), START)
    spelling = F.cross_entropy(logits.mT, asked.to(logits.device), label_smoothing=label_smoothing, reduction="sum")
    parts = {"spelling": (1 - ctc_weight) * spelling / len(logits)}
    if ctc_weight:
        parts["ctc"] = ctc_weight * CTCLoss()((log_probs, n_frames), targets, n_targets)
    return parts


# ---------------------------------------------------------------------------------------- decoding


class Spelling(NamedTuple):
    """What a search has written."""

    tokens: list[int]  # without the end: digit d is d + 1, as in ``recogniser.read_out``
    log_prob: float  # ln p of all that was written, the end included where it came
    score: float  # what it was chosen by: log_prob by the length, and the penalty of what nobody looked at
    weights: torch.Tensor  # (steps, frames): where each token looked, and the end


def greedy_spell(
    model: ListenAttendSpell,
    signal: torch.Tensor,
    lengths: torch.Tensor | Sequence[int] | None = None,
    *,
    n_most: int | None = None,
) -> list[Spelling]:
    """Feed each step the best token of the last one, until the end comes or the limit is reached.

    Parameters
    ----------
    model : ListenAttendSpell
        Used in evaluation mode, and left as it was.
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, optional
    n_most : int, optional
        Tokens at most; by default one for each 120 ms of the clip. A speller that does not find the end goes on for
        ever otherwise.

    Returns
    -------
    list of Spelling, one a clip

    Lecture: attention_asr
    """
    model = _checks.speller(model, ListenAttendSpell)
    with _evaluated(model):
        memory, n_frames = model.encode(signal, lengths)
        limits, state = _limits(n_frames, n_most), model.start(memory, n_frames)
        tokens, steps = torch.full_like(n_frames, START), []
        is_open, log_prob = (
            torch.ones_like(n_frames, dtype=torch.bool),
            torch.zeros(len(n_frames), device=memory.device),
        )
        n_steps = torch.zeros_like(n_frames)
        for step in range(int(limits.max())):
            logits, state = model.step(tokens, state)
            best, tokens = _checks.scores_of_step(logits).max(dim=1)
            log_prob, n_steps = log_prob + best * is_open, n_steps + is_open
            steps.append((tokens, state.weights))
            is_open = is_open & (tokens != END) & (step + 1 < limits)
            if not is_open.any():
                break
    written, weights = (torch.stack(parts, dim=1).cpu() for parts in zip(*steps, strict=True))
    found = zip(written, log_prob.tolist(), weights, n_steps.tolist(), n_frames.tolist(), strict=True)
    return [Spelling([t for t in row[:n].tolist() if t], p, p, w[:n, :t]) for row, p, w, n, t in found]


def length_penalty(n_tokens: int, power: float) -> float:
    """By what ``ln p`` is divided: ``((5 + n) / 6)^power``, n counting the end; 1 for power 0.

    Every token costs something, so that the likeliest text is a short one; a power of 1 compares means, nearly.

    Parameters
    ----------
    n_tokens : int
    power : float, 0…2

    Returns
    -------
    float

    Wu et al. 2016, equation 14. Lecture: attention_asr
    """
    n_tokens = _checks.count(n_tokens, "n_tokens", minimum=0)
    return ((5 + n_tokens) / 6) ** _checks.number(power, "power", at_least=0, at_most=2)


def coverage_penalty(weights: torch.Tensor, *, floor: float = 0.1) -> float:
    """How much of the clip nobody looked at: ``Σ_t ln min(max(Σ_i α[i, t], floor), 1)``, at most 0.

    In translation each word is worth a look. Of sound most frames are looked at by nobody, each of which costs
    ``ln floor``: what is compared is how many more one text leaves out than another.

    Parameters
    ----------
    weights : tensor, shape (tokens, frames)
        Attention of one clip, without its padding.
    floor : float, 0…1
        Of what a frame received; 0 would make the penalty infinite where a weight is 0.

    Returns
    -------
    float, nats

    Wu et al. 2016, equation 14, without the floor. Lecture: attention_asr
    """
    floor = _checks.number(floor, "floor", above=0, at_most=1)
    received = _checks.weights_of(weights).detach().float().sum(dim=0)
    return float(received.clamp(min=floor, max=1).log().sum())


def beam_spell(
    model: ListenAttendSpell,
    signal: torch.Tensor,
    lengths: torch.Tensor | Sequence[int] | None = None,
    *,
    beam_width: int = 4,
    length_power: float = 0.0,
    coverage_weight: float = 0.0,
    n_most: int | None = None,
    n_best: int = 1,
) -> list[list[Spelling]]:
    """The texts with the largest ``ln p / length_penalty + coverage_weight · coverage_penalty`` of each clip.

    After each step the ``beam_width`` likeliest beginnings are kept; one that has ended, or reached the limit, is put
    aside. The search ends when no beginning is left that could still become one of the best: what follows only lowers
    ``ln p``. With a beam that covers all texts it is exact; with a beam of 1 it is ``greedy_spell``.

    Parameters
    ----------
    model : ListenAttendSpell
        Used in evaluation mode, and left as it was.
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, optional
    beam_width : int
    length_power : float, 0…2
        See ``length_penalty``.
    coverage_weight : float, 0…10
        See ``coverage_penalty``.
    n_most : int, optional
        As in ``greedy_spell``.
    n_best : int
        How many texts of each clip are wanted, at most ``beam_width``.

    Returns
    -------
    list of lists of Spelling
        For each clip the best first.

    After Wu et al. 2016, section 7. Lecture: attention_asr
    """
    model = _checks.speller(model, ListenAttendSpell)
    beam_width, n_best = _checks.beam(beam_width, n_best, START)
    length_penalty(0, length_power)
    weight = _checks.number(coverage_weight, "coverage_weight", at_least=0, at_most=10)
    with _evaluated(model):
        memory, n_frames = model.encode(signal, lengths)
        limits, found = _limits(n_frames, n_most).tolist(), []
        for clip, n in enumerate(n_frames.tolist()):
            _checks.beams_fit(beam_width, limits[clip], memory[:1, :n], model.embedding.embedding_dim)
            state = model.start(memory[clip : clip + 1, :n], n_frames[clip : clip + 1])
            found.append(_searched(model, state, limits[clip], beam_width, (length_power, weight), n_best))
    return found


def _searched(
    model: ListenAttendSpell, state: SpellerState, n_most: int, beam_width: int, scoring: tuple, n_best: int
) -> list[Spelling]:
    """The best texts of one clip."""
    power, coverage_weight = scoring
    done, texts, log_prob = [], [[]], torch.zeros(1, device=state.memory.device)
    tokens, looked = (
        torch.full((1,), START, device=log_prob.device),
        state.weights.new_zeros(1, 0, state.weights.shape[1]),
    )
    for step in range(1, n_most + 1):
        logits, state = model.step(tokens, state)
        looked = torch.cat([looked, state.weights[:, None]], dim=1)
        table = log_prob[:, None] + _checks.scores_of_step(logits)
        log_prob, best = table.flatten().topk(min(beam_width, table.numel()))
        rows, tokens = best // table.shape[1], best % table.shape[1]
        texts = [texts[row] + [token] for row, token in zip(rows.tolist(), tokens.tolist(), strict=True)]
        state, looked = state.rows(rows), looked[rows]
        for text, p, weights in zip(texts, log_prob.tolist(), looked, strict=True):
            if text[-1] == END or step == n_most:
                score = p / length_penalty(step, power)
                score += coverage_weight * coverage_penalty(weights) if coverage_weight else 0.0
                done.append(Spelling([t for t in text if t], p, score, weights.cpu()))
        is_open = tokens != END
        done = sorted(done, key=lambda spelling: -spelling.score)[:n_best]
        highest = log_prob[is_open].max().item() / length_penalty(n_most, power) if is_open.any() else -math.inf
        if len(done) == n_best and highest <= done[-1].score or not is_open.any():
            break
        texts = [text for text in texts if text[-1] != END]
        state, looked, tokens, log_prob = state.rows(is_open), looked[is_open], tokens[is_open], log_prob[is_open]
    return done


def _limits(n_frames: torch.Tensor, n_most: int | None) -> torch.Tensor:
    """Steps at most for each clip, the end among them."""
    if n_most is not None:
        return torch.full_like(n_frames, _checks.count(n_most, "n_most", maximum=100_000))
    return 2 + n_frames // FRAMES_A_TOKEN


@contextmanager
def _evaluated(model: nn.Module) -> Iterator[None]:
    """A model in evaluation mode, without gradients, for as long as a search lasts."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)
