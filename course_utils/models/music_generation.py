"""Networks that continue a row of tokens: notes of a melody, chords with it, or the codes of a sound.

Lecture: music_generation
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import music_generation as _checks
from ..melody_tokens import N_TOKENS, PADDING
from .layers import KeyValueCache, TransformerEncoderLayer, causal_mask


class TokenModel(nn.Module):
    """What both networks share: rows for tokens and for the kind of piece, and scores by the same rows.

    ``logits_n = E h_n + b``, h_n being what a network made of tokens 0…n, and E the table that tokens are read by.

    Parameters
    ----------
    n_tokens, width : int
    n_kinds : int
        Kinds that a piece can be asked to be; the row of its kind is added to each token. 0 for none.
    dropout : float, 0…1

    Lecture: music_generation
    """

    def __init__(self, n_tokens: int, width: int, n_kinds: int, dropout: float):
        super().__init__()
        self.n_tokens = _checks.count(n_tokens, "n_tokens", minimum=2, maximum=100_000)
        width = _checks.count(width, "width", maximum=4096)
        self.n_kinds = _checks.count(n_kinds, "n_kinds", minimum=0, maximum=10_000)
        _checks.weights_fit(
            self.n_tokens * width, f"a table of {self.n_tokens} tokens and width={width}", "lower width"
        )
        self.embedding = nn.Embedding(self.n_tokens, width)
        self.kinds = nn.Embedding(max(1, self.n_kinds), width) if self.n_kinds else None
        self.bias = nn.Parameter(torch.zeros(self.n_tokens))
        self.dropout = nn.Dropout(_checks.number(dropout, "dropout", at_least=0, at_most=1))
        with torch.no_grad():
            self.embedding.weight.normal_(std=width**-0.5)
            if self.kinds is not None:
                self.kinds.weight.zero_()

    def enter(self, tokens: torch.Tensor, kinds: torch.Tensor | None) -> torch.Tensor:
        """Rows of the tokens (batch, tokens, width), of length about 1 each in every number."""
        x = self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim)
        if self.kinds is not None:
            x = x + self.kinds(kinds)[:, None]
        return self.dropout(x)

    def leave(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores (batch, tokens, n_tokens)."""
        return F.linear(self.dropout(hidden), self.embedding.weight, self.bias)


class MelodyRNN(TokenModel):
    """A recurrent network that reads a piece from its beginning and says after each token what may follow.

    Parameters
    ----------
    cell : {"LSTM", "GRU", "RNN"}
    width, n_layers : int
    n_tokens, n_kinds : int
    dropout : float, 0…1

    Forward
    -------
    tokens : tensor of int, shape (batch, tokens)
        From the 0 that begins a piece on; below 0 where padded.
    kinds : tensor of int, shape (batch,), optional
        Needed where the model has kinds.
        Returns scores (batch, tokens, n_tokens): in row n those of what follows tokens 0…n.

    Lecture: music_generation
    """

    def __init__(
        self,
        *,
        cell: str = "LSTM",
        width: int = 128,
        n_layers: int = 1,
        n_tokens: int = N_TOKENS,
        n_kinds: int = 0,
        dropout: float = 0.4,
    ):
        super().__init__(n_tokens, width, n_kinds, dropout)
        width, n_layers = int(width), _checks.count(n_layers, "n_layers", maximum=16)
        between = dropout if n_layers > 1 else 0.0
        kind = getattr(nn, _checks.choice(cell, "cell", ("LSTM", "GRU", "RNN")))
        self.layers = kind(width, width, n_layers, batch_first=True, dropout=between)

    def forward(self, tokens: torch.Tensor, kinds: torch.Tensor | None = None) -> torch.Tensor:
        tokens, kinds = _checks.pieces_of_batch(tokens, kinds, self)
        return self.leave(self.layers(self.enter(tokens, kinds))[0])

    def step(self, tokens: torch.Tensor, kinds: torch.Tensor | None, state: object) -> tuple[torch.Tensor, object]:
        """Scores after the last of new tokens (batch, n_tokens), and the state that goes with them."""
        hidden, state = self.layers(self.enter(tokens, kinds), state)
        return self.leave(hidden[:, -1:])[:, 0], state


class MelodyTransformer(TokenModel):
    """Layers of attention to all tokens so far, places by rotation: any earlier bar can be looked up.

    Parameters
    ----------
    width, n_heads, n_hidden, n_layers : int
    n_tokens, n_kinds : int
    dropout : float, 0…1

    Forward
    -------
    tokens : tensor of int, shape (batch, tokens)
        From the 0 that begins a piece on; below 0 where padded.
    kinds : tensor of int, shape (batch,), optional
        Needed where the model has kinds.
        Returns scores (batch, tokens, n_tokens): in row n those of what follows tokens 0…n.

    After Huang et al. 2019, "Music Transformer", but with the distances of Su et al. 2021. Lecture: music_generation
    """

    def __init__(
        self,
        *,
        width: int = 64,
        n_heads: int = 4,
        n_hidden: int = 128,
        n_layers: int = 2,
        n_tokens: int = N_TOKENS,
        n_kinds: int = 0,
        dropout: float = 0.2,
    ):
        super().__init__(n_tokens, width, n_kinds, dropout)
        width, n_layers = int(width), _checks.count(n_layers, "n_layers", maximum=64)
        options = {"dropout": dropout, "rotary": True, "fused": True, "activation": "gelu"}
        self.layers = nn.ModuleList(
            TransformerEncoderLayer(width, n_heads, n_hidden, **options) for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: torch.Tensor, kinds: torch.Tensor | None = None) -> torch.Tensor:
        tokens, kinds = _checks.pieces_of_batch(tokens, kinds, self)
        return self.leave(self._run(self.enter(tokens, kinds), None))

    def _run(self, x: torch.Tensor, caches: list[KeyValueCache] | None) -> torch.Tensor:
        n_before = len(caches[0]) if caches else 0
        mask = causal_mask(x.shape[1], n_before + x.shape[1], device=x.device)
        for number, layer in enumerate(self.layers):
            x = layer(x, mask=mask, cache=caches[number] if caches else None)
        return self.norm(x)

    def step(self, tokens: torch.Tensor, kinds: torch.Tensor | None, state: list | None) -> tuple[torch.Tensor, list]:
        """Scores after the last of new tokens (batch, n_tokens), and the caches that go with them."""
        state = [KeyValueCache() for _ in self.layers] if state is None else state
        return self.leave(self._run(self.enter(tokens, kinds), state)[:, -1:])[:, 0], state


# ------------------------------------------------------------------------------- learning and continuing


def piece_batch(pieces: Sequence[Sequence[int]], kinds: Sequence[int] | None = None) -> tuple[tuple, tuple]:
    """Pieces of different lengths side by side, for ``training.fit``.

    Parameters
    ----------
    pieces : sequence of sequences of int
        Each from a 0 to a 0.
    kinds : sequence of int, optional
        One for each piece, where the model has kinds.

    Returns
    -------
    inputs : (tokens (batch, longest),), or (tokens, kinds (batch,))
    targets : (tokens,)
        −1 behind the end of each.

    Lecture: music_generation
    """
    pieces = _checks.pieces(pieces, 100_000)
    tokens = torch.full((len(pieces), max(map(len, pieces))), PADDING)
    for row, piece in zip(tokens, pieces, strict=True):
        row[: len(piece)] = torch.tensor(piece)
    if kinds is None:
        return (tokens,), (tokens,)
    return (tokens, torch.tensor(_checks.kinds_of(kinds, len(pieces)))), (tokens,)


def piece_loss(scores: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of what follows, in nats: ``−Σ ln p(t_n+1 | t_0…n) / N``; padding is not counted.

    Parameters
    ----------
    scores : tensor, shape (batch, tokens, n_tokens)
    tokens : tensor of int, shape (batch, tokens)
        Below 0 where padded.

    Returns
    -------
    tensor, a number
        Its exponential is the perplexity.

    Lecture: music_generation
    """
    tokens = _checks.told_pieces(scores, tokens)
    return F.cross_entropy(scores[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PADDING)


def perplexity_of(
    model: nn.Module, pieces: Sequence[Sequence[int]], kinds: Sequence[int] | None = None, *, batch_size: int = 20
) -> float:
    """A network's perplexity, as ``ngrams.perplexity`` counts it: every token but the first 0, the end among them.

    Parameters
    ----------
    model : MelodyRNN or MelodyTransformer
    pieces : sequence of sequences of int
    kinds : sequence of int, optional
    batch_size : int

    Returns
    -------
    float, 1 or more

    Lecture: music_generation
    """
    model, batch_size = _checks.network(model), _checks.count(batch_size, "batch_size")
    pieces = _checks.pieces(pieces, model.n_tokens)
    kinds = None if kinds is None else _checks.kinds_of(kinds, len(pieces))
    was_training, nats, n_counted = model.training, 0.0, 0
    model.eval()
    try:
        with torch.no_grad():
            for k in range(0, len(pieces), batch_size):
                part = None if kinds is None else kinds[k : k + batch_size]
                inputs, (tokens,) = piece_batch(pieces[k : k + batch_size], part)
                n_here = int((tokens[:, 1:] != PADDING).sum())
                nats += n_here * piece_loss(model(*inputs), tokens).item()
                n_counted += n_here
    finally:
        model.train(was_training)
    return math.exp(nats / n_counted)


class Continuation:
    """A network as a function from the tokens so far to the probabilities of the next, for ``sampling_rules.generate``.

    It remembers what it has read: if the tokens so far go on from those of the last call, only the new ones are read.

    Parameters
    ----------
    model : MelodyRNN or MelodyTransformer
    kind : int, optional
        The kind of piece to write, where the model has kinds.

    Call
    ----
    history : sequence of int
        From the 0 that begins a piece on. Returns an array (n_tokens,) that adds up to 1.

    Lecture: music_generation
    """

    def __init__(self, model: nn.Module, kind: int | None = None):
        self.model = _checks.melody_model(model, TokenModel).eval()
        self.kinds = _checks.one_kind(kind, self.model.n_kinds)
        self.read, self.state = [], None

    def __call__(self, history: Sequence[int]) -> np.ndarray:
        history = _checks.begun_piece(history, self.model.n_tokens)
        if self.state is None or history[: len(self.read)] != self.read or len(history) == len(self.read):
            self.read, self.state = [], None
        new = torch.tensor([history[len(self.read) :]])
        with torch.no_grad():
            scores, self.state = self.model.step(new, self.kinds, self.state)
        self.read = list(history)
        return scores[0].double().softmax(dim=0).numpy()
