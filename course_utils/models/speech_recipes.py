"""Recipes of speech synthesis and of speakers: what trains on the digits' voices, with the settings chosen for it.

Lecture: text_to_speech
"""

import os

import torch
from torch.utils.data import DataLoader

from .._checks import speech_recipes as _checks
from .recipes import _one_cycle
from .training import History, choose_device, fit, seed_everything
from .vocoder import Resynthesis, Vocoder, VocoderClips, clip_batch, vocoder_loss


def train_vocoder(
    clips: VocoderClips,
    *,
    model: Vocoder | None = None,
    n_epochs: int = 10,
    batch_size: int = 16,
    learning_rate: float = 2e-3,
    smear: float = 0.3,
    valid: VocoderClips | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[Vocoder, History]:
    """The course's recipe for a vocoder: give back what was said from its mel, at four resolutions, phases left free.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 1.

    Parameters
    ----------
    clips : vocoder.VocoderClips
        Drawn anew for each epoch.
    model : vocoder.Vocoder, optional
        Trained in place; made with the seed by default.
    n_epochs, batch_size : int
    learning_rate : float
        The largest of the cycle.
    smear : float, 0…1
        See ``vocoder.Resynthesis``.
    valid : vocoder.VocoderClips, optional
        Clips whose loss decides which epoch was the best.
    seed : int
    device : str
        See ``training.choose_device``.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : vocoder.Vocoder
        In evaluation mode.
    history : training.History
        With the parts log, convergence, mel and pitch of the loss.

    Lecture: text_to_speech
    """
    n_epochs, batch_size, learning_rate = _checks.budget(n_epochs, batch_size, learning_rate)
    _checks.switch(progress, "progress")
    _checks.vocoder_clips(clips, "clips", VocoderClips, batch_size)
    if valid is not None:
        _checks.vocoder_clips(valid, "valid", VocoderClips, 1)
    choose_device(device)  # before anything is computed
    seed_everything(seed)
    learner = Resynthesis(Vocoder() if model is None else model, smear=smear)
    batches = DataLoader(clips, batch_size, drop_last=True, collate_fn=clip_batch)  # drawn anew, they need no shuffling
    held_out = None if valid is None else DataLoader(valid, batch_size, collate_fn=clip_batch)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=learning_rate, weight_decay=0.01)
    history = fit(
        learner,
        batches,
        n_epochs=n_epochs,
        valid_batches=held_out,
        loss=vocoder_loss,
        metric=None,
        optimizer=optimizer,
        scheduler=_one_cycle(optimizer, learning_rate, n_epochs * len(batches), rise=0.15),
        max_norm=1.0,
        device=device,
        checkpoint=checkpoint,
        progress=progress,
    )
    return learner.model.eval(), history
