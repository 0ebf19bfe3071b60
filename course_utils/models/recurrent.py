"""LSTM from its equations: one frame, a clip, layers in both directions; padding leaves the state as it is.

Lecture: sequence_models
"""

import torch
from torch import nn

from .._checks import recurrent as _checks


def turned(x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Each clip back to front, its padding left at the end: ``y[t] = x[n − 1 − t]`` for t below its length n.

    Parameters
    ----------
    x : tensor, shape (batch, frames, width)
    valid : bool tensor, shape (batch, frames)

    Returns
    -------
    tensor, shape (batch, frames, width)
        Turned twice it is x again.

    Raises
    ------
    ValueError
        If padding stands before sound.

    Lecture: sequence_models
    """
    _checks.sequence(x)
    _checks.padded_behind(_checks.flags(valid, x))
    t = torch.arange(x.shape[1], device=x.device)
    places = torch.where(valid, valid.sum(dim=1, keepdim=True) - 1 - t, t)
    return x.gather(1, places[..., None].expand_as(x))


def lstm_step(
    x: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    weight_input: torch.Tensor,
    weight_hidden: torch.Tensor,
    bias: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One frame: ``(i, f, g, o) = W x + U h + b``, ``c' = σ(f) c + σ(i) tanh(g)``, ``h' = σ(o) tanh(c')``.

    Parameters
    ----------
    x : tensor, shape (batch, n_inputs)
    hidden, cell : tensor, shape (batch, width)
        What the frame before has left.
    weight_input : tensor, shape (4·width, n_inputs)
        Input gate, forget gate, candidate and output gate, one below the other as in ``torch.nn.LSTM``.
    weight_hidden : tensor, shape (4·width, width)
    bias : tensor, shape (4·width,)
        The sum of the two biases that ``torch.nn.LSTM`` keeps apart.

    Returns
    -------
    hidden, cell : tensor, shape (batch, width)

    After Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
    Lecture: sequence_models
    """
    _checks.state(x, hidden, cell, weight_input, weight_hidden, bias)
    i, f, g, o = (x @ weight_input.T + hidden @ weight_hidden.T + bias).chunk(4, dim=-1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def lstm(
    x: torch.Tensor,
    weight_input: torch.Tensor,
    weight_hidden: torch.Tensor,
    bias: torch.Tensor,
    *,
    valid: torch.Tensor | None = None,
    reverse: bool = False,
) -> torch.Tensor:
    """``lstm_step`` from the first frame to the last, or from the last to the first.

    Parameters
    ----------
    x : tensor, shape (batch, frames, n_inputs)
    weight_input, weight_hidden, bias : tensor, as in ``lstm_step``
    valid : bool tensor, shape (batch, frames), optional
        Padding leaves the state as it is, so that reading backwards begins at the last frame of each clip.
    reverse : bool
        Read from the end; the outputs keep their places.

    Returns
    -------
    tensor, shape (batch, frames, width)
        The hidden state after each frame, 0 in the padding. Equal to ``torch.nn.LSTM`` on a packed sequence.

    Lecture: sequence_models
    """
    _checks.sequence(x, valid)
    _checks.tensor(weight_hidden, "weight_hidden", axes=2)
    reverse = _checks.switch(reverse, "reverse")
    n_batch, n_frames, _ = x.shape
    if valid is None:
        valid = x.new_ones(n_batch, n_frames, dtype=torch.bool)
    else:
        x = x.masked_fill(~valid[..., None], 0)  # what is not looked at would reach the gradients if it were NaN
    hidden = cell = x.new_zeros(n_batch, weight_hidden.shape[1])
    outputs = [hidden] * n_frames
    for t in reversed(range(n_frames)) if reverse else range(n_frames):
        is_sound = valid[:, t, None]
        after = lstm_step(x[:, t], hidden, cell, weight_input, weight_hidden, bias)
        hidden, cell = torch.where(is_sound, after[0], hidden), torch.where(is_sound, after[1], cell)
        outputs[t] = hidden * is_sound
    return torch.stack(outputs, dim=1)


def run_lstm(layers: nn.LSTM, x: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
    """A ``torch.nn.LSTM`` by the equations, with its own weights: each layer reads what the one below has written.

    Parameters
    ----------
    layers : torch.nn.LSTM
        With any number of layers, in one direction or both, with biases, without projection.
    x : tensor, shape (batch, frames, n_inputs)
    valid : bool tensor, shape (batch, frames), optional

    Returns
    -------
    tensor, shape (batch, frames, width), or twice the width in both directions: forward first, then backward
        Equal to the layers themselves to 1e−5, dropout aside.

    Lecture: sequence_models
    """
    _checks.lstm_layers(layers, x)
    for number in range(layers.num_layers):
        directions = []
        for name in ["", "_reverse"][: 1 + layers.bidirectional]:
            place = f"_l{number}{name}"
            bias = getattr(layers, f"bias_ih{place}") + getattr(layers, f"bias_hh{place}")
            weights = getattr(layers, f"weight_ih{place}"), getattr(layers, f"weight_hh{place}"), bias
            directions.append(lstm(x, *weights, valid=valid, reverse=name == "_reverse"))
        x = torch.cat(directions, dim=-1)
    return x
