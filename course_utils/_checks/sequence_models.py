"""What ``sequence_models`` words."""

from .layers import *  # noqa: F403
from .layers import _show, count, network


def batch_of_features(shape: tuple, n_mels: int) -> None:
    """Features of a batch of clips for a model of ``n_mels`` bands."""
    if len(shape) != 3 or shape[1] != n_mels or 0 in shape:
        turned = ": this looks like (batch, frames, n_mels), transpose the last two axes"
        is_turned = len(shape) == 3 and shape[2] == n_mels
        raise ValueError(
            f"features must have the shape (batch, {n_mels}, frames), got {shape}"
            f"{turned if is_turned else ': pass the output of LogMel, one clip as features[None]'}"
        )


def sequence_model(model) -> int:
    """A network that takes features of its own number of bands."""
    if not hasattr(network(model), "n_mels") or not hasattr(model, "score"):
        raise TypeError(f"model must be a SequenceModel, got {type(model).__name__}: make one of MODELS")
    return model.n_mels


def layer_sizes(sizes, name: str) -> list[int]:
    """Whole numbers, one for each layer, or none."""
    if isinstance(sizes, str | dict) or not hasattr(sizes, "__len__") or not hasattr(sizes, "__iter__"):
        raise TypeError(f"{name} must be a list of whole numbers, got {_show(sizes)}: write one for each")
    return [count(size, name) for size in sizes]


def one_for_each_layer(n_kernels: int, n_strides: int, n_dilations: int) -> None:
    """Stride and dilation of each layer."""
    if not n_kernels == n_strides == n_dilations:
        raise ValueError(
            f"strides and dilations must have one value for each of {n_kernels} kernels, "
            f"got {n_strides} and {n_dilations}: pass as many of each"
        )
