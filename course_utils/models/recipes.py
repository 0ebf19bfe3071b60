"""Recipes: what trains on the data that come with the course, with every setting that was chosen for it.

Lecture: classification
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset

from .. import rooms
from .._checks import recipes as _checks
from ..augmentation import Augmented, Compose
from . import checkpoints
from .attention_asr import HarderSpelling, ListenAttendSpell, fed_tokens, spelling_loss
from .classification import DigitNet, HarderDigits
from .ctc import CTCLoss
from .datasets import SAMPLE_RATE, DigitStrings, MixedBatch, SpokenDigits, pad_batch, trim_edges
from .recogniser import DigitRecogniser, HarderStrings, spelled
from .sequence_models import SequenceModel
from .small_whisper import FORMS, Heard, SmallWhisper, Transcription, TranscriptLoss, hear_strings, transcript_batch
from .training import History, accuracy, choose_device, fit, predict, seed_everything

# -------------------------------------------------------------------------------------- spoken digits


def room_responses(n_rooms: int, *, seed: int = 0) -> list[np.ndarray]:
    """Impulse responses of random boxes at 8 kHz: 2.5–7 m long and wide, walls that absorb 25–70 % of the energy.

    Parameters
    ----------
    n_rooms, seed : int

    Returns
    -------
    list of float32 ndarray, shape (time,)
        From the direct sound on, at most 0.4 s, energy 1.

    Lecture: augmentation
    """
    rng = np.random.default_rng(_checks.count(seed, "seed", minimum=0))
    responses = []
    for _ in range(_checks.count(n_rooms, "n_rooms", maximum=10_000)):
        room_m = rng.uniform([2.5, 2.5, 2.2], [7.0, 7.0, 3.2])
        source_m, receiver_m = (room_m * rng.uniform(0.15, 0.85, 3) for _ in range(2))
        absorption = float(rng.uniform(0.25, 0.7))
        rir = rooms.image_source_rir(
            room_m, source_m, receiver_m, sample_rate=SAMPLE_RATE, absorption=absorption, duration_s=0.4
        )
        responses.append(rooms.trim_rir(rir, sample_rate=SAMPLE_RATE).astype(np.float32))
    return responses


# What may happen to a digit without its becoming another: the order of the world, speaker, room, microphone, line.
# Lecture 10 shows what they are worth, in eight parts.
DIGIT_STEPS = {
    "pitch": ("pitch_shift", {"n_semitones": (-2.0, 2.0), "n_fft": 512}, 0.5),
    "stretch": ("time_stretch", {"factor": (0.85, 1.2), "n_fft": 512}, 0.5),
    "speed": ("change_speed", {"factor": [0.83, 0.87, 0.91, 0.95, 1.05, 1.1, 1.15, 1.2]}, 0.9),
    "trim": (trim_edges, {"below_db": (10.0, 30.0), "sample_rate": SAMPLE_RATE}, 0.8),
    "crop": ("crop_edges", {"max_share": 0.12}, 0.7),
    "levels": ("gain_curve", {"max_gain_db": 12.0}, 1.0),
    "room": (rooms.convolve_rir, {"rir": lambda: room_responses(24)}, 0.35),
    "noise": ("add_noise", {"snr_db": (10.0, 40.0), "colour": ["white", "pink", "brown"]}, 0.8),
    "tilt": ("random_tilt", {"gain_db": (-24.0, 6.0)}, 0.6),
    "equalizer": ("random_equalizer", {"n_bands": 3}, 0.6),
    "telephone": ("telephone", {}, 0.3),
}


def digit_augmentation(*names: str, seed: int) -> Compose | None:
    """The chain of the named ``DIGIT_STEPS``, in their order there; None for none of them.

    Parameters
    ----------
    *names : str
    seed : int

    Returns
    -------
    augmentation.Compose or None

    Lecture: augmentation
    """
    seed = _checks.count(seed, "seed", minimum=0)
    wanted = {_checks.choice(name, "name", tuple(DIGIT_STEPS)) for name in names}
    steps = []
    for name, (what, parameters, probability) in DIGIT_STEPS.items():
        if name in wanted:
            made = {key: value() if callable(value) else value for key, value in parameters.items()}
            steps.append((what, made, probability))
    return Compose(steps, seed=seed, sample_rate=SAMPLE_RATE) if steps else None


@torch.no_grad()
def digit_features(*splits: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All words of some splits as ``DigitNet`` sees them: little pictures, for networks that learn in seconds.

    Parameters
    ----------
    *splits : {"train", "valid", "test"}
        In the order of ``datasets.SpokenDigits(*splits).rows``.

    Returns
    -------
    features : tensor, shape (words, 40 bands, 48 frames)
        Log-mel with mean 0 and standard deviation 1 for each word.
    digits : tensor of int, shape (words,)

    Lecture: classification
    """
    loader, network = DataLoader(SpokenDigits(*splits), 256, collate_fn=pad_batch), DigitNet()
    parts = [(network.standard(*inputs), digits) for inputs, (digits,) in loader]
    features, digits = (torch.cat(column) for column in zip(*parts, strict=True))
    return features, digits


def train_digits(
    examples: Dataset,
    *,
    augment: Compose | None = None,
    mixup_alpha: float = 0.0,
    spec_augment: bool = False,
    valid: Dataset | None = None,
    n_epochs: int = 15,
    seed: int = 0,
    batch_size: int = 64,
    learning_rate: float = 4e-3,
    label_smoothing: float = 0.1,
    patience: int | None = None,
    n_workers: int = 0,
    device: str = "cpu",
    progress: bool = True,
) -> tuple[DigitNet, History]:
    """The course's recipe for spoken digits: AdamW, one cycle of the learning rate, smoothed labels.

    Parameters
    ----------
    examples, valid : Dataset
        Items (signal at 8 kHz, digit), such as ``datasets.SpokenDigits``; examples are a batch or more, of all digits.
    augment : augmentation.Compose, optional
        Drawn anew for each epoch.
    mixup_alpha : float
        0 for none, see ``datasets.MixedBatch``.
    spec_augment : bool
        See ``classification.HarderDigits``.
    n_epochs, seed, batch_size : int
    learning_rate : float
        The largest of the cycle.
    label_smoothing : float, 0…1
        What of each label is spread over all ten digits.
    patience : int, optional
        Stop after so many epochs without a better one on ``valid``.
    n_workers : int
        Processes that fetch and augment.
    device : str
        See ``training.choose_device``.
    progress : bool

    Returns
    -------
    model : DigitNet
    history : training.History

    Lecture: classification
    """
    n_epochs, batch_size, learning_rate = _checks.budget(n_epochs, batch_size, learning_rate)
    n_workers = _checks.count(n_workers, "n_workers", minimum=0, maximum=1024)
    label_smoothing = _checks.number(label_smoothing, "label_smoothing", at_least=0, at_most=1)
    _checks.examples(examples, 10, "examples", batch_size=batch_size)
    if valid is not None:
        _checks.labelled(valid, 10, "valid")
    for name, value in (("spec_augment", spec_augment), ("progress", progress)):
        _checks.switch(value, name)
    choose_device(device)  # before anything is computed
    seed_everything(seed)
    model = DigitNet()
    data = examples if augment is None else Augmented(examples, augment)
    loader = DataLoader(
        data, batch_size, shuffle=True, drop_last=True, collate_fn=MixedBatch(10, mixup_alpha), num_workers=n_workers
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    history = fit(
        HarderDigits(model, spec_augment=spec_augment),
        loader,
        n_epochs=n_epochs,
        valid_batches=None if valid is None else DataLoader(valid, 256, collate_fn=pad_batch),
        loss=nn.CrossEntropyLoss(label_smoothing=label_smoothing),
        optimizer=optimizer,
        scheduler=_one_cycle(optimizer, learning_rate, n_epochs * len(loader), rise=0.2),
        device=device,
        patience=patience,
        progress=progress,
    )
    return model, history


def _one_cycle(optimizer: torch.optim.Optimizer, highest: float, n_steps: int, *, rise: float) -> OneCycleLR:
    """A rate that rises over a share of the steps, and falls; torch divides by 0 where either lasts no step."""
    n_steps = max(2, n_steps)
    rise = min(max(rise, 1.5 / n_steps), 1 - 0.5 / n_steps)
    return OneCycleLR(optimizer, highest, total_steps=n_steps, pct_start=rise)


# ---------------------------------------------------------------------- a task in which order counts


def feature_clips(
    strings: Sequence[tuple[np.ndarray, np.ndarray]], front_end: nn.Module, *, place: int = 1, device: str = "cpu"
) -> list[tuple[torch.Tensor, int]]:
    """Features of each string; its class is the digit in one place.

    Parameters
    ----------
    strings : sequence of (signal, digits)
        Such as ``datasets.DigitStrings``.
    front_end : torch.nn.Module
        (time,) → (n_mels, frames), such as ``features.LogMel``.
    place : int
        Which digit is asked for; 1 is the second.
    device : str
        Where the features are computed, see ``training.choose_device``.

    Returns
    -------
    list of (features, digit)
        On the processor.

    Lecture: sequence_models
    """
    n_strings = len(_checks.sequence(strings, "strings", "(signal, digits)"))
    where, clips = choose_device(device), []
    front_end = _checks.network(front_end).to(where)
    place = _checks.count(place, "place", minimum=0)
    with torch.no_grad():
        for number in range(n_strings):
            signal, digits = _checks.pair(strings[number], "strings", "(signal, digits)", number)
            digit = _checks.digit_of(digits, place, number)
            clips.append((front_end(_checks.item_tensor(signal, "signal").to(where)).cpu(), digit))
    return clips


def train_on(
    model: SequenceModel,
    clips: Sequence[tuple[torch.Tensor, int]],
    *,
    n_epochs: int,
    seed: int,
    batch_size: int = 32,
    highest_rate: float = 2e-3,
    device: str = "cpu",
) -> History:
    """The same budget for every model: AdamW, a rate that rises and falls, batches in an order that the seed gives.

    Parameters
    ----------
    model : SequenceModel
        Trained in place; mean and spread of the clips are measured first, and stay with it.
    clips : sequence of (features, target)
        Some of every class.
    n_epochs, seed, batch_size : int
    highest_rate : float
        Of learning, reached after three tenths of the steps (``OneCycleLR``).
    device : str
        See ``training.choose_device``.

    Returns
    -------
    History

    Lecture: sequence_models
    """
    n_epochs, batch_size, highest_rate = _checks.budget(n_epochs, batch_size, highest_rate, "highest_rate")
    _checks.examples(clips, _checks.sequence_model(model), "clips")
    seed = _checks.count(seed, "seed", minimum=0, maximum=2**63 - 1)
    choose_device(device)  # before anything is measured
    model.scale.measure(features for features, _ in clips)
    order = torch.Generator().manual_seed(seed)
    batches = DataLoader(list(clips), batch_size, shuffle=True, collate_fn=pad_batch, generator=order)
    optimizer = torch.optim.AdamW(model.parameters(), lr=highest_rate)
    rates = _one_cycle(optimizer, highest_rate, n_epochs * len(batches), rise=0.3)
    options = {"optimizer": optimizer, "scheduler": rates, "device": device, "progress": False}
    return fit(model, batches, n_epochs=n_epochs, **options)


def accuracy_on(model: SequenceModel, clips: Sequence[tuple[torch.Tensor, int]], *, device: str | None = None) -> float:
    """The part of clips whose class is found.

    Parameters
    ----------
    model : SequenceModel
    clips : sequence of (features, target)
    device : str, optional
        See ``training.choose_device``; by default where the model is.

    Returns
    -------
    float, 0…1

    Lecture: sequence_models
    """
    clips = _checks.sequence(clips, "clips", "(features, class)")
    return accuracy(*predict(model, DataLoader(clips, 100, collate_fn=pad_batch), device=device))


# ------------------------------------------------------------------------------- strings of digits

STRINGS = {"pause_s": (-0.06, 0.25), "level_db": 4.0, "whole_words": True}  # overlapping and apart, louder and softer
LESSONS = {(1, 1): 0.25, (1, 3): 0.2, (3, 7): 0.55}  # digits in a string: share of the strings, in this order


def string_lessons(
    n_strings: int, *, split: str = "train", seed: int = 0, empty_share: float = 0.1, short_first: bool = True
) -> list[DigitStrings]:
    """What a recogniser hears, from the easy to the hard: single digits, then up to three, then three to seven.

    Parameters
    ----------
    n_strings : int
        Of all lessons together.
    split : {"train", "valid", "test"}
        The voices.
    seed : int
    empty_share : float, 0…1
        Share of the clips in which nobody speaks.
    short_first : bool
        False: as many clips, all of them long.

    Returns
    -------
    list of datasets.DigitStrings

    Lecture: ctc
    """
    n_strings = _checks.count(n_strings, "n_strings", minimum=len(LESSONS))
    seed = _checks.count(seed, "seed", minimum=0)
    shares = LESSONS if _checks.switch(short_first, "short_first") else {list(LESSONS)[-1]: 1.0}
    options = {"empty_share": empty_share, "trim_db": (15.0, 40.0), **STRINGS}
    lessons = [
        DigitStrings(split, max(1, round(share * n_strings)), seed=seed + number, n_digits=n_digits, **options)
        for number, (n_digits, share) in enumerate(shares.items())
    ]
    for lesson in lessons:  # what one has trimmed, the next one need not
        lesson.words, lesson._trims = lessons[0].words, lessons[0]._trims
    return lessons


class _Lessons:
    """Batches of about as many seconds each, in the order of the lessons; one call of ``iter`` is one part of them.

    Of eight batches in a row the clips are sorted by length and the batches shuffled: half of what a network would
    compute is padding otherwise.
    """

    n_sorted = 8

    def __init__(self, lessons: Sequence, n_parts: int, batch_s: float, units: str):
        self.units, self.batches = units, []
        self.dataset = SimpleNamespace(epoch=0)  # which part it is, ``fit`` says
        for number, lesson in enumerate(lessons):
            n_heard = min(len(lesson), 50)
            mean_s = sum(len(_checks.string_item(lesson, n)[0]) for n in range(n_heard)) / n_heard / SAMPLE_RATE
            n_items = max(1, round(batch_s / mean_s))
            self.batches += [(number, range(i, min(i + n_items, len(lesson)))) for i in range(0, len(lesson), n_items)]
        self.lessons, self.n_parts = lessons, min(n_parts, len(self.batches))

    def __len__(self) -> int:
        return len(self.batches) // self.n_parts

    def __iter__(self) -> Iterator[tuple]:
        part = self.dataset.epoch
        mine, order = self.batches[part * len(self) : (part + 1) * len(self)], np.random.default_rng(part)
        for start in range(0, len(mine), self.n_sorted):
            group = mine[start : start + self.n_sorted]
            items = [self.lessons[n][place] for n, places in group for place in places]
            items.sort(key=lambda item: len(item[0]))
            bounds = np.linspace(0, len(items), len(group) + 1).round().astype(int)
            for place in order.permutation(len(group)):
                yield self.batch_of(items[bounds[place] : bounds[place + 1]])

    def batch_of(self, items: list[tuple]) -> tuple[tuple, tuple]:
        """What the network is given of some strings."""
        return string_batch(items, units=self.units)


def string_batch(items: Sequence[tuple], *, units: str = "digits") -> tuple[tuple, tuple]:
    """A batch for a recogniser: signals, their lengths; and classes of the units, padded with 0, and how many.

    Parameters
    ----------
    items : sequence of (signal, digits)
    units : {"digits", "letters"}

    Returns
    -------
    inputs : (tensor (batch, time), tensor (batch,))
    targets : (tensor of int (batch, longest), tensor (batch,))

    Lecture: ctc
    """
    items = [_checks.string_item(items, place) for place in range(len(_checks.strings(items, "items")))]
    spelt = [(signal, torch.tensor(spelled(digits, units), dtype=torch.int64)) for signal, digits in items]
    return pad_batch(spelt, padding=0)


def _in_one_cycle(
    model: nn.Module,
    learner: nn.Module,
    batches: Iterable,
    *,
    n_epochs: int,
    learning_rate: float,
    max_norm: float,
    rise: float = 0.15,
    weight_decay: float = 0.01,
    **others: object,
) -> tuple[nn.Module, History]:
    """``learner``, which holds the model, fitted by AdamW in one cycle of the learning rate; the model, to evaluate."""
    learned = [weight for weight in learner.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=learning_rate, weight_decay=weight_decay)
    history = fit(
        learner,
        batches,
        n_epochs=n_epochs,
        metric=None,
        optimizer=optimizer,
        scheduler=_one_cycle(optimizer, learning_rate, n_epochs * len(batches), rise=rise),
        max_norm=max_norm,
        **others,
    )
    return model.eval(), history


def train_recogniser(
    lessons: Sequence[Dataset],
    *,
    model: DigitRecogniser | None = None,
    n_epochs: int = 10,
    batch_s: float = 50.0,
    learning_rate: float = 4e-3,
    valid: Dataset | None = None,
    harder: bool = True,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[DigitRecogniser, History]:
    """The course's recipe for strings of digits: every clip is heard once, in the order of the lessons.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 20.

    Parameters
    ----------
    lessons : sequence of Dataset
        Items (signal at 8 kHz, digits), such as ``string_lessons``.
    model : DigitRecogniser, optional
        Trained in place; made with the seed by default.
    n_epochs : int
        Parts of the lessons after which the history has a row.
    batch_s : float, s
        How much sound a batch holds: more clips where they are short.
    learning_rate : float
        The largest of the cycle.
    valid : Dataset, optional
        Strings whose loss decides which part was the best.
    harder : bool
        Augment by ``recogniser.HarderStrings``.
    seed : int
    device : str
        See ``training.choose_device``.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : DigitRecogniser
        In evaluation mode.
    history : training.History

    Lecture: ctc
    """
    n_epochs, _, learning_rate = _checks.budget(n_epochs, 1, learning_rate)
    batch_s = _checks.number(batch_s, "batch_s", above=0, at_most=1e6)
    for name, value in (("harder", harder), ("progress", progress)):
        _checks.switch(value, name)
    choose_device(device)  # before anything is computed
    _checks.some_lessons(lessons)
    if valid is not None:
        _checks.strings(valid, "valid")
    seed_everything(seed)
    model = _checks.recogniser(DigitRecogniser() if model is None else model, DigitRecogniser)
    batches = _Lessons(lessons, n_epochs, batch_s, model.units)
    held_out = None if valid is None else list(_Lessons([valid], 1, batch_s, model.units))
    learner = HarderStrings(model) if harder else model
    options = {"n_epochs": batches.n_parts, "learning_rate": learning_rate, "valid_batches": held_out}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, learner, batches, loss=CTCLoss(), max_norm=20.0, **options)


# --------------------------------------------------------------------------- the same strings, spelled


class _Spelled(_Lessons):
    """The batches of ``_Lessons`` with the tokens that a speller is fed; before each part, somebody may watch."""

    def __init__(self, lessons: Sequence, n_parts: int, batch_s: float, watch: Callable | None = None):
        super().__init__(lessons, n_parts, batch_s, "digits")
        self.watch = watch

    def __iter__(self) -> Iterator[tuple]:
        if self.watch is not None:
            self.watch(self.dataset.epoch)
        for inputs, targets in super().__iter__():
            yield (*inputs, fed_tokens(*targets)), targets


def train_speller(
    lessons: Sequence[Dataset],
    *,
    model: ListenAttendSpell | None = None,
    n_epochs: int = 10,
    batch_s: float = 40.0,
    learning_rate: float = 4e-3,
    ctc_weight: float = 0.3,
    label_smoothing: float = 0.1,
    sampling: float = 0.0,
    harder: bool = True,
    watch: Callable[[int], None] | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[ListenAttendSpell, History]:
    """The recipe of ``train_recogniser`` for a speller: fed the truth, every clip heard once, the easy ones first.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 20.

    Parameters
    ----------
    lessons : sequence of Dataset
        Items (signal at 8 kHz, digits), such as ``string_lessons``.
    model : attention_asr.ListenAttendSpell, optional
        Trained in place; made with the seed by default.
    n_epochs : int
        Parts of the lessons after which the history has a row.
    batch_s : float, s
        How much sound a batch holds.
    learning_rate : float
        The largest of the cycle.
    ctc_weight, label_smoothing : float, 0…1
        See ``attention_asr.spelling_loss``.
    sampling : float, 0…1
        See ``attention_asr.HarderSpelling``.
    harder : bool
        Augment by ``recogniser.HarderStrings``.
    watch : callable, optional
        Called with the number of each part before it begins: to look at the model while it learns.
    seed : int
    device : str
        See ``training.choose_device``.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : attention_asr.ListenAttendSpell
        In evaluation mode.
    history : training.History

    Lecture: attention_asr
    """
    n_epochs, _, learning_rate = _checks.budget(n_epochs, 1, learning_rate)
    batch_s = _checks.number(batch_s, "batch_s", above=0, at_most=1e6)
    ctc_weight, label_smoothing, sampling = (
        _checks.number(value, name, at_least=0, at_most=1)
        for name, value in (("ctc_weight", ctc_weight), ("label_smoothing", label_smoothing), ("sampling", sampling))
    )
    for name, value in (("harder", harder), ("progress", progress)):
        _checks.switch(value, name)
    choose_device(device)  # before anything is computed
    _checks.some_lessons(lessons)
    _checks.watcher(watch)
    seed_everything(seed)
    model = _checks.recogniser(ListenAttendSpell() if model is None else model, ListenAttendSpell)
    batches = _Spelled(lessons, n_epochs, batch_s, watch)
    learner = HarderSpelling(model, sampling=sampling, harder=harder)
    loss = partial(spelling_loss, ctc_weight=ctc_weight, label_smoothing=label_smoothing)
    options = {"n_epochs": batches.n_parts, "learning_rate": learning_rate}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, learner, batches, loss=loss, max_norm=20.0, **options)


# ------------------------------------------------------------------------- a model of Whisper's shape


class _Transcripts:
    """Batches of what was heard, of about as many frames each; a form is drawn for every string and every time.

    Single digits come first, then all strings ``n_times``. In a batch are strings of about one length.
    """

    def __init__(self, heard: list[Heard], n_times: int, n_parts: int, n_frames: int, seed: int, **options: object):
        self.heard, self.seed, self.forms, self.options, self.batches = heard, seed, options.pop("forms"), options, []
        self.dataset = SimpleNamespace(epoch=0)  # which part it is, ``fit`` says
        rng, singles = np.random.default_rng(seed), [place for place, item in enumerate(heard) if len(item.digits) == 1]
        for places in [singles, *[range(len(heard))] * n_times]:
            places = np.array(places, int)
            lengths = np.array([len(self.heard[place].frames) for place in places])
            order = np.argsort(lengths * rng.uniform(0.8, 1.25, len(places)))
            ends = np.flatnonzero(np.diff(np.cumsum(lengths[order]) // n_frames)) + 1
            groups = [group for group in np.split(places[order], ends) if len(group)]
            self.batches += [groups[n] for n in rng.permutation(len(groups))]
        self.n_parts = min(n_parts, len(self.batches))

    def __len__(self) -> int:
        return len(self.batches) // self.n_parts

    def __iter__(self) -> Iterator[tuple]:
        part = self.dataset.epoch
        rng = np.random.default_rng([self.seed, part])
        for places in self.batches[part * len(self) : (part + 1) * len(self)]:
            forms = rng.choice(list(self.forms), p=list(self.forms.values()), size=len(places)).tolist()
            yield transcript_batch([self.heard[place] for place in places], forms, rng=rng, **self.options)


def train_small_whisper(
    lessons: Sequence[DigitStrings],
    *,
    model: SmallWhisper | None = None,
    n_times: int = 6,
    n_epochs: int = 10,
    batch_s: float = 40.0,
    learning_rate: float = 2e-3,
    shift_s: float = 0.0,
    harder: bool = True,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> tuple[SmallWhisper, History]:
    """The course's recipe for a small Whisper: the trunk hears every string once and stays as it is, the rest learns.

    AdamW, one cycle of the learning rate, gradients clipped to a norm of 5, targets smoothed by 0.05.

    Parameters
    ----------
    lessons : sequence of DigitStrings
        Such as ``string_lessons``.
    model : SmallWhisper, optional
        Trained in place; by default one on the trunk of the recogniser that comes with the course, "ctc/whole".
    n_times : int
        How often each string is learned, each time written in one of ``small_whisper.FORMS``.
    n_epochs : int
        Parts of the training after which the history has a row.
    batch_s : float, s
        How much sound a batch holds: more strings where they are short.
    learning_rate : float
        The largest of the cycle.
    shift_s : float, s
        See ``small_whisper.transcript_batch``.
    harder : bool
        Augment by ``recogniser.HarderStrings``.
    seed : int
    device : str
        See ``training.choose_device``; what was heard is computed on the processor.
    checkpoint : path, optional
        See ``training.fit``: a run that was killed goes on from there.
    progress : bool

    Returns
    -------
    model : SmallWhisper
        In evaluation mode.
    history : training.History

    Lecture: attention_asr
    """
    n_epochs, n_times, learning_rate = _checks.budget(n_epochs, n_times, learning_rate, size_name="n_times")
    batch_s = _checks.batch_and_shift(batch_s, shift_s)
    _checks.switch(progress, "progress")
    choose_device(device)  # before anything is computed
    seed_everything(seed)
    _checks.timed_lessons(lessons)
    model = SmallWhisper(checkpoints.load(DigitRecogniser(), "ctc/whole")) if model is None else model
    heard = hear_strings(model, lessons, harder=harder)
    model.trunk.requires_grad_(False)
    options = {"forms": FORMS, "shift_s": shift_s, "tokens": model.tokens}
    batches = _Transcripts(heard, n_times, n_epochs, max(1, round(batch_s / 0.04)), seed, **options)
    loss = TranscriptLoss(model.tokens, smoothing=0.05)
    options = {"n_epochs": batches.n_parts, "learning_rate": learning_rate}
    options |= {"device": device, "checkpoint": checkpoint, "progress": progress}
    return _in_one_cycle(model, Transcription(model), batches, loss=loss, max_norm=5.0, **options)
