"""Recipes of speech synthesis and of speakers: what trains on the digits' voices, with the settings chosen for it.

Lecture: text_to_speech
"""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .. import text
from .._checks import speech_recipes as _checks
from .datasets import DIGITS, DigitStrings, pad_batch
from .durations import SpokenText, speech_batch
from .parallel_speech import ParallelSpeech, parallel_loss
from .recipes import _in_one_cycle, _Lessons
from .speakers import HarderVoices, SpeakerVerifier, VoiceClips, end_to_end_loss
from .speech_features import speech_mel
from .text_to_speech import Tacotron, tacotron_loss
from .training import History, choose_device, seed_everything
from .vocoder import Resynthesis, Vocoder, VocoderClips, clip_batch, vocoder_loss

# ------------------------------------------------------------------------------ speech without attention

SENTENCES = {
    "n_voices": 1,
    "n_vocabulary": text.N_PHONEMES,
    "width": 112,
    "voice_size": 4,
}  # the make of "tts/sentences"


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
    n_steps: int = 600,
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
    others = {"n_epochs": batches.n_parts, "learning_rate": learning_rate}
    others |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, model, batches, loss=parallel_loss, max_norm=5.0, **others)


# -------------------------------------------------------------------------------- speech with attention

VOICE = 214  # of "train": flite's rms, its own tempo, about 95 Hz
DICTATION = {(1, 2): 0.3, (1, 5): 0.7}  # digits in a string: share of the strings, in this order


def dictation_lessons(n_strings: int, *, voice: int = VOICE, split: str = "train", seed: int = 0) -> list[DigitStrings]:
    """What one voice reads out: ten words in every order, one or two digits first, then up to five.

    Parameters
    ----------
    n_strings : int
        Of both lessons together.
    voice : int
        See ``datasets.DigitStrings.voice``.
    split : {"train", "valid", "test"}
    seed : int

    Returns
    -------
    list of datasets.DigitStrings
        Pauses last 0.05 to 0.2 s.

    Lecture: text_to_speech
    """
    n_strings = _checks.count(n_strings, "n_strings", minimum=len(DICTATION))
    seed = _checks.count(seed, "seed", minimum=0)
    options = {"whole_words": True, "voices": (voice,)}
    return [
        DigitStrings(split, max(1, round(share * n_strings)), seed=seed + number, n_digits=n_digits, **options)
        for number, (n_digits, share) in enumerate(DICTATION.items())
    ]


def spoken_words(digits: Sequence[int]) -> str:
    """The text of a string of digits: "seven two five".

    Parameters
    ----------
    digits : sequence of int, 0…9

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    return " ".join(DIGITS[digit] for digit in _checks.string_digits(digits, len(DIGITS)))


class _Dictation(_Lessons):
    """The batches of ``_Lessons`` as a ``Tacotron`` takes them; before each part, somebody may listen."""

    def __init__(self, lessons: Sequence, n_parts: int, batch_s: float, watch: Callable | None):
        super().__init__(lessons, n_parts, batch_s, "characters")
        self.watch, self.mel = watch, speech_mel()

    def __iter__(self) -> Iterator[tuple]:
        if self.watch is not None:
            self.watch(self.dataset.epoch)
        yield from super().__iter__()

    def batch_of(self, items: list[tuple]) -> tuple[tuple, tuple]:
        clips = []
        for signal, digits in items:
            mel = self.mel(torch.as_tensor(signal, dtype=torch.float32))
            clips.append(((torch.tensor(text.encode(spoken_words(digits), end=True)), mel), mel))
        return pad_batch(clips)


def train_tacotron(
    lessons: Sequence[Dataset],
    *,
    model: Tacotron | None = None,
    n_epochs: int = 10,
    batch_s: float = 24.0,
    learning_rate: float = 6e-3,
    guide: float = 10.0,
    stop: float = 0.3,
    watch: Callable[[int], None] | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[Tacotron, History]:
    """The course's recipe for a Tacotron of one voice: told the true frames, every string heard once, short ones first.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 1.

    Parameters
    ----------
    lessons : sequence of Dataset
        Items (signal at 8 kHz, digits), such as ``dictation_lessons``; the words of the digits are what is read.
    model : text_to_speech.Tacotron, optional
        Trained in place; made with the seed by default. Mean and spread of 300 clips of the last lesson are measured.
    n_epochs : int
        Parts of the lessons after which the history has a row.
    batch_s : float, s
        How much sound a batch holds.
    learning_rate : float
        The largest of the cycle.
    guide, stop : float
        See ``text_to_speech.tacotron_loss``.
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
    model : text_to_speech.Tacotron
        In evaluation mode.
    history : training.History

    Lecture: text_to_speech
    """
    n_epochs, _, learning_rate = _checks.budget(n_epochs, 1, learning_rate)
    batch_s = _checks.number(batch_s, "batch_s", above=0, at_most=1e6)
    guide, stop = (_checks.number(n, name, at_least=0, at_most=1e6) for n, name in ((guide, "guide"), (stop, "stop")))
    _checks.switch(progress, "progress")
    choose_device(device)  # before anything is computed
    _checks.some_lessons(lessons)
    _checks.watcher(watch)
    seed_everything(seed)
    model = _checks.speaking(Tacotron() if model is None else model, Tacotron)
    batches = _Dictation(lessons, n_epochs, batch_s, watch)
    last = lessons[-1]
    clips = [_checks.string_item(last, place)[0] for place in range(min(300, len(last)))]
    model.scale.measure(batches.mel(torch.as_tensor(clip, dtype=torch.float32)) for clip in clips)
    loss = partial(tacotron_loss, guide=guide, stop=stop)
    options = {"n_epochs": batches.n_parts, "learning_rate": learning_rate}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, model, batches, loss=loss, max_norm=1.0, **options)


# ---------------------------------------------------------------------------------------- from mel to wave


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
    options = {"n_epochs": n_epochs, "learning_rate": learning_rate, "valid_batches": held_out}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(learner.model, learner, batches, loss=vocoder_loss, max_norm=1.0, **options)


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
    batches = DataLoader(clips, batch_size, drop_last=True, collate_fn=pad_batch)  # pairs are together, drawn at random
    options = {"n_epochs": n_epochs, "learning_rate": learning_rate, "rise": 0.2, "weight_decay": 0.02}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, learner, batches, loss=end_to_end_loss, max_norm=5.0, **options)
