"""Recipes of speech synthesis and of speakers: what trains on the digits' voices, with the settings chosen for it.

Lecture: text_to_speech
"""

import os

import torch
from torch.utils.data import DataLoader

from .._checks import speech_recipes as _checks
from .datasets import pad_batch
from .recipes import _one_cycle
from .speakers import HarderVoices, SpeakerVerifier, VoiceClips, end_to_end_loss
from .training import History, choose_device, fit, seed_everything


def train_verifier(
    clips: VoiceClips,
    *,
    model: SpeakerVerifier | None = None,
    n_epochs: int = 20,
    batch_size: int = 128,
    learning_rate: float = 3e-3,
    world: float = 0.5,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[SpeakerVerifier, History]:
    """The course's recipe for who speaks: which two clips of a batch are of one voice?

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 5.

    Parameters
    ----------
    clips : speakers.VoiceClips
        Drawn anew for each epoch.
    model : speakers.SpeakerVerifier, optional
        Trained in place; made with the seed by default.
    n_epochs, batch_size : int
    learning_rate : float
        The largest of the cycle.
    world : float, 0…1
        See ``speakers.HarderVoices``.
    seed : int
    device : str
        See ``training.choose_device``.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : speakers.SpeakerVerifier
        In evaluation mode.
    history : training.History

    Lecture: text_to_speech
    """
    n_epochs, batch_size, learning_rate = _checks.budget(n_epochs, batch_size, learning_rate)
    _checks.switch(progress, "progress")
    _checks.voice_clips(clips, VoiceClips, batch_size)
    choose_device(device)  # before anything is computed
    seed_everything(seed)
    model = _checks.verifier(SpeakerVerifier() if model is None else model, SpeakerVerifier)
    learner = HarderVoices(model, world=world)
    batches = DataLoader(
        clips, batch_size, drop_last=True, collate_fn=pad_batch
    )  # pairs stay together, and are drawn at random
    optimizer = torch.optim.AdamW(learner.parameters(), lr=learning_rate, weight_decay=0.02)
    history = fit(
        learner,
        batches,
        n_epochs=n_epochs,
        loss=end_to_end_loss,
        metric=None,
        optimizer=optimizer,
        scheduler=_one_cycle(optimizer, learning_rate, n_epochs * len(batches), rise=0.2),
        max_norm=5.0,
        device=device,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), history
