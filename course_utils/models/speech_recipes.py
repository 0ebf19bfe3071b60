"""Recipes of speech synthesis and of speakers: what trains on the digits' voices, with the settings chosen for it.

Lecture: text_to_speech
"""

import os
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import numpy as np
import torch
from torch.utils.data import DataLoader

from .._checks import speech_recipes as _checks
from .datasets import pad_batch
from .durations import SpokenText, speech_batch
from .parallel_speech import ParallelSpeech, parallel_loss
from .recipes import _in_one_cycle, _one_cycle
from .speakers import HarderVoices, SpeakerVerifier, VoiceClips, end_to_end_loss
from .training import History, choose_device, fit, seed_everything

# ------------------------------------------------------------------------------ speech without attention


class _SpeechBatches:
    """Batches of clips of about one length, drawn anew for each part, each clip louder or softer."""

    n_sorted = 4

    def __init__(self, clips: Sequence[SpokenText], n_steps: int, n_parts: int, batch_size: int, gain_db: tuple, seed):
        self.clips, self.batch_size, self.gain_db, self.seed = list(clips), batch_size, gain_db, seed
        self.n_parts, self.n_steps, self.watch = min(n_parts, n_steps), n_steps, None
        self.lengths = np.array([clip.mel.shape[1] for clip in self.clips])
        self.dataset = SimpleNamespace(epoch=0)  # which part it is, ``fit`` says

    def __len__(self) -> int:
        return self.n_steps // self.n_parts

    def __iter__(self) -> Iterator[tuple]:
        rng = np.random.default_rng([self.seed, self.dataset.epoch])
        if self.watch is not None:
            self.watch(self.dataset.epoch)
        for _ in range(len(self)):
            drawn = rng.integers(len(self.clips), size=self.n_sorted * self.batch_size)
            drawn = drawn[np.argsort(self.lengths[drawn])].reshape(self.n_sorted, -1)
            places = drawn[rng.integers(self.n_sorted)]
            gain_db = rng.uniform(*self.gain_db, len(places))
            yield speech_batch([self.clips[place] for place in places], gain_db=gain_db.tolist())


def train_parallel_speech(
    clips: Sequence[SpokenText],
    *,
    model: ParallelSpeech | None = None,
    n_steps: int = 1600,
    n_epochs: int = 10,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    gain_db: tuple[float, float] = (-12.0, 3.0),
    watch: Callable[[int], None] | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[ParallelSpeech, History]:
    """The course's recipe for speech without attention: told durations, pitch and energy, it learns mel and all three.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 5.

    Parameters
    ----------
    clips : sequence of durations.SpokenText
        Such as ``list(DigitSpeech(strings))``.
    model : parallel_speech.ParallelSpeech, optional
        Trained in place; by default one with a row for each voice, or for vectors where the clips have such.
    n_steps : int
        Batches, of clips of about one length.
    n_epochs : int
        Parts of the training after which the history has a row.
    batch_size : int
    learning_rate : float
        The largest of the cycle.
    gain_db : (float, float), dB
        Each clip is made louder by a level from this range: otherwise nothing tells the model what energy does.
    watch : callable, optional
        Called with the number of each part before it begins: to hear the model while it learns.
    seed : int
    device : str
        See ``training.choose_device``.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : parallel_speech.ParallelSpeech
        In evaluation mode.
    history : training.History

    Lecture: text_to_speech
    """
    n_epochs, batch_size, learning_rate = _checks.budget(n_epochs, batch_size, learning_rate)
    n_steps = _checks.count(n_steps, "n_steps", maximum=10_000_000)
    gain_db = _checks.between(gain_db, "gain_db", at_least=-60, at_most=20)
    _checks.switch(progress, "progress")
    _checks.watcher(watch)
    choose_device(device)  # before anything is computed
    n_voices, options = _checks.voices_in(clips)
    seed_everything(seed)
    model = _checks.speaking(ParallelSpeech(n_voices, **options) if model is None else model, ParallelSpeech)
    batches = _SpeechBatches(clips, n_steps, n_epochs, batch_size, gain_db, seed)
    batches.watch = watch
    model.scale.measure(torch.as_tensor(clip.mel) for clip in batches.clips[:500])
    others = {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, model, batches, loss=parallel_loss, learning_rate=learning_rate, max_norm=5.0, **others)


# ------------------------------------------------------------------------------------------ who speaks


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
