"""The recipe of lecture 16's codec.

Lecture: music_generation
"""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch

from .._checks import codec as _checks
from ..mdct import mdct
from .codec import FrameCodec, codec_loss
from .recipes import _in_one_cycle
from .training import History, choose_device, seed_everything

STAGES = (1, 1, 2, 2, 3, 4, 6, 8, 12)  # drawn from for each batch: few are learned most


class _FrameBatches:
    """Pieces of frames, drawn anew, and how many stages code them."""

    def __init__(self, frames: torch.Tensor, stages: Sequence[int], n_steps, n_parts, batch_size, n_frames, seed):
        self.frames, self.stages, self.batch_size, self.n_frames = frames, stages, batch_size, n_frames
        self.seed = seed
        self.n_parts = min(n_parts, n_steps)
        self.n_steps = n_steps // self.n_parts
        self.dataset = SimpleNamespace(epoch=0)  # which part it is, ``fit`` says

    def __len__(self) -> int:
        return self.n_steps

    def __iter__(self) -> Iterator[tuple]:
        rng = np.random.default_rng([self.seed, self.dataset.epoch])
        last = self.frames.shape[1] - self.n_frames
        for _ in range(self.n_steps):
            begins = rng.integers(last + 1, size=self.batch_size)
            x = torch.stack([self.frames[:, at : at + self.n_frames] for at in begins])
            yield (x, torch.full((len(x),), int(rng.choice(self.stages)))), (x,)


def train_codec(
    signals: Sequence[np.ndarray],
    *,
    model: FrameCodec | None = None,
    n_steps: int = 9000,
    batch_size: int = 12,
    n_frames: int = 160,
    learning_rate: float = 1e-3,
    mel: float = 0.9,
    commitment: float = 0.1,
    n_parts: int = 20,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = False,
) -> tuple[FrameCodec, History]:
    """A codec that has learned from sounds: it begins as k-means of their frames, stage after stage.

    Parameters
    ----------
    signals : sequence of ndarray, shape (time,), 8 kHz
    model : FrameCodec, optional
        Its first weights drawn with ``seed`` by default.
    n_steps, batch_size : int
    n_frames : int
        Of a piece: 160 are 0.8 s.
    learning_rate : float
    mel, commitment : float
        See ``codec.codec_loss``.
    n_parts : int
        Parts of the training, as epochs of the history.
    seed : int
    device : str
    checkpoint : path, optional
        See ``training.fit``.
    progress : bool

    Returns
    -------
    model, history
        In evaluation mode.

    Lecture: music_generation
    """
    n_steps, batch_size = _checks.count(n_steps, "n_steps"), _checks.count(batch_size, "batch_size")
    n_frames, n_parts = _checks.count(n_frames, "n_frames", minimum=16), _checks.count(n_parts, "n_parts")
    seed = _checks.count(seed, "seed", minimum=0)
    learning_rate = _checks.number(learning_rate, "learning_rate", above=0, at_most=1)
    commitment = _checks.number(commitment, "commitment", at_least=0, at_most=1e6)
    seed_everything(seed)
    model = _checks.codec(FrameCodec() if model is None else model, FrameCodec)
    checkpoint = None if checkpoint is None else _checks.file_to_write(checkpoint, "checkpoint")
    n_bins = model.straight.in_channels
    signals = _checks.long_enough(signals, n_bins, n_frames)
    frames = torch.from_numpy(np.concatenate([mdct(x.astype(np.float32), n_bins) for x in signals], axis=1))
    rng = np.random.default_rng(seed)
    if checkpoint is None or not checkpoint.exists():
        with torch.no_grad():
            latent = model.eval().latent_of(frames[None, :, :20_000])[0].T
        n_least = model.quantiser.tables.shape[1]
        places = rng.choice(len(latent), min(len(latent), 10_000), replace=False)
        model.quantiser.begin(latent[places] if len(latent) > n_least else latent.repeat(n_least, 1), seed=seed)
    stages = [n for n in STAGES if n <= len(model.quantiser.tables)]
    batches = _FrameBatches(frames, stages, n_steps, n_parts, batch_size, n_frames, seed)
    others = {"n_epochs": batches.n_parts, "learning_rate": learning_rate, "rise": 0.02}
    others |= {"device": choose_device(device), "checkpoint": checkpoint, "progress": progress}
    loss = partial(codec_loss, mel=mel, commitment=commitment)
    return _in_one_cycle(model, model, batches, loss=loss, max_norm=1.0, **others)
