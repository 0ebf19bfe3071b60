"""What ``checkpoints`` words."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import torch

from .training import *  # noqa: F403
from .training import _show

# ----------------------------------------------------------------------------------------- what is written


def finite_weights(weights: dict[str, torch.Tensor]) -> None:
    """Weights that half precision can hold."""
    for name, value in weights.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise ValueError(
                f"weights must be finite and below 65,504, the largest half-precision number, got others in {name!r}: "
                "train with a lower learning rate, or keep this model with torch.save"
            )


# -------------------------------------------------------------------------------------------- what is read


def weights_file(source, folder: Path) -> Path:
    """A file, or the name of one of the course's own."""
    if isinstance(source, bool) or not isinstance(source, str | os.PathLike) or not str(source):
        raise TypeError(f"source must be a path or a name, got {_show(source)}: name a file that save has written")
    names = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.safetensors"))
    if str(source) in names:
        return folder / f"{source}.safetensors"
    try:
        is_file = Path(source).is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        near = get_close_matches(str(source), names, n=3, cutoff=0)
        raise ValueError(
            f"source must be a file that save has written, or the name of weights that come with the course, such as "
            f"{', '.join(map(repr, near))}, got {_show(str(source))}, which is neither: look for a slip in the name"
        )
    return Path(source)


def unreadable_weights(path: Path, error: Exception) -> NoReturn:
    """A file of another kind, or one that may not be read."""
    raise ValueError(
        f"source must be a safetensors file, got {_show(str(path))}, which cannot be read ({type(error).__name__}): "
        "write it anew with save"
    ) from error


def same_make(path: Path, got: dict[str, tuple], wanted: dict[str, tuple]) -> None:
    """Weights of the same names and shapes."""
    for name in (*wanted, *got):
        if got.get(name) != wanted.get(name):
            here, there = (f"of shape {s[name]}" if name in s else "absent" for s in (wanted, got))
            raise ValueError(
                f"source must hold the weights of a model of the same make, got {_show(str(path))}, "
                f"where {name!r} is {there} and in the model {here}: make the model with the options of that run"
            )


def same_options(path: Path, got: dict[str, str], wanted: dict[str, str]) -> None:
    """Weights of a model with the same options, as far as the file tells them."""
    for name, value in wanted.items():
        if got.get(name, value) != value:
            raise ValueError(
                f"source must hold the weights of a model of the same make, got {_show(str(path))}, trained with "
                f"{name}={got[name]} and not {value}: make the model with the options of that run"
            )


def usable_weights(path: Path, weights: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    """Finite numbers of the kind that the model has, and no variance below 0."""
    for name, value in weights.items():
        if (value.is_floating_point(), value.is_complex()) != (wanted[name].is_floating_point(), False):
            fault = f"{value.dtype} in place of {wanted[name].dtype}"
        elif value.is_floating_point() and not value.to(wanted[name].dtype).isfinite().all():
            fault = f"numbers that are not finite, or too large for {wanted[name].dtype},"
        elif name.endswith("running_var") and value.min() < 0:
            fault = f"a variance of {value.min():.4g}"
        else:
            continue
        raise ValueError(
            f"source must hold weights that can be computed with, got {_show(str(path))} with {fault} in {name!r}: "
            "fetch the file again, or write it anew with save"
        )
