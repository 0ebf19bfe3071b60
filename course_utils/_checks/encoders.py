"""What ``encoders`` words."""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from . import NotInstalledError, _show, fits_memory
from . import signal as _signal
from .classification import *  # noqa: F403
from .classification import tensor, whole_numbers, with_numbers


def width(n_inputs: int, n_outputs: int) -> int:
    """A linear layer that the memory holds."""
    fits_memory(4 * n_inputs * n_outputs, "the linear layer", "lower n_outputs, n_frames or the channels")
    return n_inputs


def encoder(model, kind: type):
    """A network that gives a vector for each clip."""
    if not isinstance(model, kind):
        raise TypeError(f"encoder must be a ClipEncoder, got {_show(model)}: make one with encoders.ClipEncoder()")
    return model


def pairs_of_views(pairs) -> torch.Tensor:
    """Two vectors for each of several clips."""
    shape = tuple(with_numbers(tensor(pairs, "pairs", axes=3), "pairs").shape)
    if shape[0] < 2 or shape[1] != 2:
        raise ValueError(
            f"pairs must have the shape (batch, 2, n) with at least two clips, got {shape}: "
            "pass what TwoViews gives, and leave out a batch of one clip"
        )
    return pairs


def label_of_each(labels, embeddings: torch.Tensor, n_classes: int) -> torch.Tensor:
    """One class for each vector."""
    labels = whole_numbers(labels, "labels")
    if tuple(labels.shape) != (len(embeddings),):
        raise ValueError(
            f"labels must hold one class for each of {len(embeddings)} clips, got shape {tuple(labels.shape)}: "
            "pass a tensor (clips,)"
        )
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= n_classes:
        raise ValueError(
            f"labels must lie in 0…{n_classes - 1}, got {lowest if lowest < 0 else highest}: count classes from 0"
        )
    return labels.to(embeddings.device).long()


# --------------------------------------------------------------------------- what others have published


def on_disk(source) -> str:
    """A folder with a model, or the name of one that the hub's client has fetched before."""
    if isinstance(source, bool) or not isinstance(source, str | os.PathLike) or not str(source).strip():
        raise TypeError(
            f"source must be a folder, a name such as 'facebook/wav2vec2-base', or a model, got {_show(source)}: "
            "name one that is on disk"
        )
    places = (Path(source) / "config.json", _cache() / f"models--{str(source).replace('/', '--')}")
    try:
        is_there = any(place.exists() for place in places)
    except (OSError, ValueError):
        is_there = False
    return str(source) if is_there else not_read(str(source), "which is neither")


def _cache() -> Path:
    """Where the hub's client keeps what it has fetched."""
    home = os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE", Path(home) / "hub"))


def not_read(source: str, why: str, error: Exception | None = None) -> NoReturn:
    """A model that is not on disk, or not whole."""
    raise FileNotFoundError(
        f"source must be a folder with config.json and weights, or be kept in {_show(str(_cache()))}, where the hub's "
        f"client puts what it fetches, got {_show(source)}, {why}: "
        "fetch it once with huggingface_hub.snapshot_download, or copy its folder here"
    ) from error


def transformers_installed() -> None:
    """The library that builds the published networks."""
    if find_spec("transformers") is None:
        raise NotInstalledError(
            "published needs transformers, which the course does not install: pip install transformers, "
            "or pass a model that is loaded already",
            name="transformers",
        )


def of_waveforms(model):
    """A network that begins with convolutions over the waveform, and its settings."""
    config = getattr(model, "config", None)
    if not all(hasattr(config, name) for name in ("conv_kernel", "conv_stride", "num_hidden_layers")):
        raise ValueError(
            f"source must be an encoder of waveforms, got {type(model).__name__}: "
            "name a model such as wav2vec 2.0, HuBERT or WavLM"
        )
    return config


def layer_number(layer, n_layers: int) -> int:
    """One of the hidden states: what goes into the first layer, and what each gives."""
    if isinstance(layer, bool) or not isinstance(layer, int | np.integer) or not -n_layers - 1 <= layer <= n_layers:
        raise ValueError(
            f"layer must be a whole number from {-n_layers - 1} to {n_layers}, got {_show(layer)}: "
            "0 is what goes into the first layer, -1 what the last one gives"
        )
    return int(layer)


def signals_that_reach(signals, kernels: Sequence[int], strides: Sequence[int]) -> list[np.ndarray]:
    """Signals long enough for one frame behind a stack of convolutions."""
    if isinstance(signals, str | dict) or not hasattr(signals, "__len__") or not len(signals):
        raise TypeError(f"signals must be a list of signals (time,), got {_show(signals)}: pass one clip as [signal]")
    n_least = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        n_least = (n_least - 1) * stride + kernel
    found = [_signal(signal, f"signals[{place}]", mono=True) for place, signal in enumerate(signals)]
    for place, signal in enumerate(found):
        if len(signal) < n_least:
            raise ValueError(
                f"signals[{place}] must have at least {n_least} samples, got {len(signal)}: "
                "resample to 16 kHz first, and leave shorter clips out"
            )
    return found
