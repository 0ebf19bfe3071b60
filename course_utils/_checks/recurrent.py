"""What ``recurrent`` words."""

from torch import nn

from .layers import *  # noqa: F403
from .layers import alike, flags, for_network, tensor


def sequence(x, valid=None) -> None:
    """A batch (batch, frames, width), and which of its frames are sound."""
    tensor(x, "x", axes=3)
    if valid is not None:
        flags(valid, x)


def padded_behind(valid) -> None:
    """Frames of sound before all padding."""
    is_late = (valid[:, 1:] & ~valid[:, :-1]).any(dim=1)
    if n_late := int(is_late.sum()):
        raise ValueError(
            f"valid must be true before it is false, padding behind the sound, got {n_late} clips with padding before "
            "it: pad at the end, as datasets.pad_batch does"
        )


def state(x, hidden, cell, weight_input, weight_hidden, bias) -> None:
    """One frame, what the frame before has left, and weights of the four gates, one below the other."""
    parts = {"x": x, "hidden": hidden, "cell": cell, "weight_input": weight_input, "weight_hidden": weight_hidden}
    for name, part in (parts | {"bias": bias}).items():
        tensor(part, name, axes=1 if name == "bias" else 2)
    alike(**parts, bias=bias)
    shapes, (n_inputs, width) = [tuple(part.shape) for part in (*parts.values(), bias)], (x.shape[1], hidden.shape[1])
    wanted = [(len(x), n_inputs), (len(x), width), (len(x), width), (4 * width, n_inputs), (4 * width, width)]
    if shapes != [*wanted, (4 * width,)]:
        raise ValueError(
            f"x, hidden, cell, weight_input, weight_hidden and bias must have shapes that fit, such as "
            f"{[*wanted, (4 * width,)]}, got {shapes}: take the weights from a torch.nn.LSTM, and begin with zeros"
        )


def lstm_layers(layers, x) -> None:
    """A torch.nn.LSTM that ``run_lstm`` can follow, and what it takes."""
    if not isinstance(layers, nn.LSTM) or layers.proj_size or not layers.bias:
        raise TypeError(
            f"layers must be a torch.nn.LSTM with biases and without projection, got {layers!r:.60}: make one of those"
        )
    for_network(x, "x", layers)
    if x.ndim == 3 and x.shape[-1] != layers.input_size:
        raise ValueError(
            f"x must have {layers.input_size} inputs, got shape {tuple(x.shape)}: pass (batch, frames, inputs)"
        )
