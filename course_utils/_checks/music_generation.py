"""What ``models.music_generation`` words."""

from numbers import Integral

import torch

from .layers import *  # noqa: F403
from .layers import _show, tensor, whole_numbers
from .layers import network as _network
from .ngrams import pieces  # noqa: F401 -- for music_generation
from .ngrams import tokens as _tokens


def melody_model(model, kind: type):
    """A network that continues pieces."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a MelodyRNN or a MelodyTransformer, got {_show(model)}: make one")
    return _network(model)


def _rows_of_tokens(tokens, n_tokens: int) -> torch.Tensor:
    tokens = whole_numbers(with_numbers(tensor(tokens, "tokens", axes=2, any_kind=True), "tokens"), "tokens")  # noqa: F405
    if tokens.shape[1] and int(tokens.max()) >= n_tokens:
        raise ValueError(f"tokens must lie below {n_tokens}, got {int(tokens.max())}: pass what encode gives")
    if not tokens.numel():
        raise ValueError(f"tokens must hold a piece, got the shape {tuple(tokens.shape)}: begin each with 0")
    return tokens.long()


def pieces_of_batch(tokens, kinds, model) -> tuple:
    """Tokens (batch, tokens) with 0 for padding, and their kinds."""
    tokens = _rows_of_tokens(tokens, model.n_tokens).clamp(min=0)
    if (kinds is None) != (model.n_kinds == 0):
        needed = "kinds, one for each piece" if model.n_kinds else "no kinds, since this model has none"
        raise ValueError(f"inputs must hold {needed}, got {_show(kinds)}: see n_kinds")
    if kinds is not None:
        kinds = whole_numbers(tensor(kinds, "kinds", axes=1, any_kind=True), "kinds").long()
        last = model.n_kinds - 1
        if len(kinds) != len(tokens) or int(kinds.min()) < 0 or int(kinds.max()) > last:
            raise ValueError(
                f"kinds must be {len(tokens)} numbers in 0…{last}, got {_show(kinds.tolist())}: pass one for each piece"
            )
    home = next(model.parameters()).device
    if tokens.device != home:
        raise ValueError(f"tokens must lie on {home}, got {tokens.device}: move them with .to({str(home)!r})")
    return tokens, kinds


def told_pieces(scores, tokens) -> torch.Tensor:
    """Tokens that belong to scores (batch, tokens, n_tokens)."""
    scores = with_numbers(tensor(scores, "scores", axes=3), "scores")  # noqa: F405
    tokens = _rows_of_tokens(tokens, scores.shape[2])
    if tokens.shape != scores.shape[:2]:
        raise ValueError(
            f"scores and tokens must be as many, got {tuple(scores.shape[:2])} and {tuple(tokens.shape)}: "
            "pass the tokens that the network was given"
        )
    if not bool((tokens[:, 1:] >= 0).any()):
        raise ValueError("tokens must hold one that follows another, got padding alone: leave empty pieces out")
    return tokens


def kinds_of(kinds, n_pieces: int) -> list[int]:
    """A kind for each piece."""
    values = kinds.tolist() if hasattr(kinds, "tolist") else kinds
    if not isinstance(values, list | tuple):
        raise TypeError(f"kinds must be a list of whole numbers, got {_show(kinds)}: pass one for each piece")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
            raise TypeError(f"kinds must hold whole numbers from 0, got {_show(value)}: see melody_tokens.kind_of")
    if len(values) != n_pieces:
        raise ValueError(f"kinds must be as many as pieces, got {len(values)} for {n_pieces}: pass one for each")
    return [int(value) for value in values]


def one_kind(kind, n_kinds: int) -> torch.Tensor | None:
    """What a model is asked to write."""
    if n_kinds == 0:
        if kind is not None:
            raise ValueError(f"kind must be None for a model without kinds, got {_show(kind)}: leave it out")
        return None
    return torch.tensor([count(kind, "kind", minimum=0, maximum=n_kinds - 1)])  # noqa: F405


def begun_piece(history, n_tokens: int) -> list[int]:
    """Tokens from the 0 that begins a piece on."""
    history = _tokens(history, n_tokens, "history")
    if not history or history[0]:
        raise ValueError(f"history must begin with 0, got {_show(history)}: put the tokens behind a 0")
    return history
