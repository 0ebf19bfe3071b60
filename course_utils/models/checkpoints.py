"""Weights in files, in half precision: what a long run learned, loaded into a model of the same make.

Lecture: sequence_models
"""

from pathlib import Path

import torch
from torch import nn

from .. import _files
from .._checks import checkpoints as _checks

FOLDER = _files.ROOT / "assets" / "checkpoints"  # trained by `make results` and `make checkpoints`


def save(model: nn.Module, path: str | Path) -> None:
    """Write the weights of a model, rounded to half precision (11 bits), as safetensors; in one move.

    Buffers, such as the mean and the spread of the training clips, are written as they are.

    Parameters
    ----------
    model : torch.nn.Module
    path : path
        In a folder that exists.

    Raises
    ------
    ValueError
        If a weight is not finite, or too large for half precision (65,504), or nothing can be written there.

    Lecture: sequence_models
    """
    from safetensors.torch import save

    told = _options_of(model)
    learned = dict(_checks.network(model).named_parameters(remove_duplicate=False))
    weights = {  # a copy of each, since a file holds nothing that shares memory
        name: (value.half() if name in learned else value).clone(memory_format=torch.contiguous_format)
        for name, value in model.state_dict().items()
    }
    _checks.finite_weights(weights)
    path = _checks.file_to_write(path, "path")
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_bytes(save(weights, metadata=told))
        unfinished.replace(path)
    except OSError as error:
        _checks.not_written(path, "path", error)


def load(model: nn.Module, source: str | Path) -> nn.Module:
    """Read the weights of a model of the same make, and set it to evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    source : str or path
        A file that ``save`` has written, or the name of weights that come with the course: "sequence/CNN".

    Returns
    -------
    torch.nn.Module
        ``model``.

    Raises
    ------
    ValueError
        If there is no such file, it cannot be read, or it holds the weights of another model.

    Lecture: sequence_models
    """
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load

    _checks.network(model)
    path = _checks.weights_file(source, FOLDER)
    try:
        weights = load(path.read_bytes())
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        _checks.unreadable_weights(path, error)
    wanted = model.state_dict()
    _checks.same_make(
        path, {n: tuple(w.shape) for n, w in weights.items()}, {n: tuple(w.shape) for n, w in wanted.items()}
    )
    _checks.same_options(path, told, _options_of(model))
    _checks.usable_weights(path, weights, wanted)
    with torch.no_grad():
        model.load_state_dict({name: value.to(wanted[name].dtype) for name, value in weights.items()})
    return model.eval()


def _options_of(model: nn.Module) -> dict[str, str]:
    """What the shapes of the weights do not tell, of a model whose class names it in ``not_in_shapes``."""
    return {name: str(getattr(model, name)) for name in getattr(model, "not_in_shapes", ())}
