"""Data that is always there: spoken digits by synthetic voices, recordings of people on disk, everyday sound events.

Items are (signal, label), signals of different lengths; ``pad_batch`` makes a batch ``(inputs, targets)``. Splits are
by speaker: no voice is heard in two of them. Lecture: classification
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from .. import metrics
from .._checks import datasets as _checks
from .._files import ROOT
from ..audio import DATA_FOLDER, load
from ..sound import noise
from . import events

SAMPLE_RATE = 8000  # Hz, of the spoken digits
SPLITS = ("train", "valid", "test")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def trim_edges(
    signal: np.ndarray, *, sample_rate: float, below_db: float = 25.0, keep_hiss: bool = False
) -> np.ndarray:
    """Cut what lies before the first and after the last loud moment: the same rule for every data set and microphone.

    Loud is where the mean square over 10 ms is less than ``below_db`` under its maximum; 5 ms stay on either side.

    Parameters
    ----------
    signal : ndarray, shape (time,)
    sample_rate : float, Hz
    below_db : float, dB
    keep_hiss : bool
        Loud is also where that holds for ``x[n] − x[n − 1]``, which rises by 6 dB an octave: beside a strong
        fundamental the s of "six" lies 25 dB below the vowel, and would be cut off.

    Returns
    -------
    ndarray, shape (shorter time,)
        A view of ``signal``.

    Lecture: classification
    """
    signal = _checks.signal(signal, mono=True)
    n_mean = max(1, round(0.01 * _checks.number(sample_rate, "sample_rate", above=0, at_most=1e9)))
    n_mean = min(n_mean, len(signal))
    below_db = _checks.number(below_db, "below_db", above=0, at_most=300)
    heard = [np.asarray(signal)]
    if _checks.switch(keep_hiss, "keep_hiss"):
        heard.append(np.diff(signal, prepend=signal[:1]))
    is_loud = np.zeros(len(signal), bool)
    for x in heard:
        power = np.convolve(np.square(x, dtype=np.float64), np.ones(n_mean) / n_mean, "same")[: len(signal)]
        is_loud |= power >= 10 ** (-below_db / 10) * power.max()
    loud = np.flatnonzero(is_loud)
    return signal[max(0, loud[0] - n_mean // 2) : loud[-1] + 1 + n_mean // 2]


def pad_batch(items: Sequence[tuple], *, padding: float = -1) -> tuple[tuple, tuple]:
    """Stack items of different lengths into ``(inputs, targets)``: the ``collate_fn`` of a ``DataLoader``.

    Parameters
    ----------
    items : sequence of (input, target)
        Each a number, or an array or tensor of shape (…, time): signals (time,), features (bands, frames), labels of
        frames, tokens. Or a tuple of such, where a model or a loss takes several. A target may be empty, an input not.
    padding : float
        What stands behind the shorter targets, such as the ``ignore_index`` of a loss. Behind inputs there are zeros.

    Returns
    -------
    inputs : tuple of tensors
        Of each input (batch, …, longest time), then its lengths (batch,), int: what is not padding. A model that does
        not look at them hears the silence of its neighbours.
    targets : tuple of tensors
        Likewise; a target that is a number gives its tensor (batch,) and no lengths.

    Raises
    ------
    TypeError, ValueError
        If items cannot stand in one tensor: axes other than time differ, types are of different kinds, something is
        empty, or the type cannot hold the padding.

    Lecture: classification
    """
    items = _checks.pairs(items)
    padding = _checks.padding(padding)
    inputs, targets = zip(*items, strict=True)
    return _stacked(inputs, 0, "input"), _stacked(targets, padding, "target")


def _stacked(entries: Sequence, padding: float, name: str) -> tuple[torch.Tensor, ...]:
    """One entry of each item: a tensor of numbers, or a padded tensor and its lengths; of tuples, all of them."""
    if _checks.tuples_alike(entries, name):
        columns = enumerate(zip(*entries, strict=True))
        return tuple(tensor for i, column in columns for tensor in _stacked(column, padding, f"{name}[{i}]"))
    entries = [_checks.tensor(entry, name) for entry in entries]
    dtype = _checks.same_kind(entries, name)
    _checks.stackable([tuple(entry.shape) for entry in entries], name)
    if not entries[0].ndim:
        return (torch.stack([entry.to(dtype) for entry in entries]),)
    lengths = torch.tensor([entry.shape[-1] for entry in entries])
    shape = (len(entries), *entries[0].shape[:-1], int(lengths.max()))
    _checks.batch_fits(entries[0], dtype, shape)
    batch = entries[0].new_zeros(shape, dtype=dtype)
    if lengths.min() < lengths.max():
        _checks.paddable(dtype, padding, name)
        batch.fill_(padding)
    for place, entry in enumerate(entries):
        batch[place, ..., : entry.shape[-1]] = entry
    return batch, lengths


class MixedBatch:
    """Mixup where it costs nothing, on features: a ``collate_fn`` that draws for each item a partner and a share.

    With λ ~ Beta(α, α), the larger of λ and 1 − λ belongs to the item itself; the target is (λ, 1 − λ) of both classes.
    Beside signals and lengths the inputs hold the partner of each item, (batch,), and its own share, (batch, 1, 1).

    Parameters
    ----------
    n_classes : int
    alpha : float
        Small: little is blended. 0: nothing, and no partners.

    Source: Zhang et al. 2018, ICLR.
    Lecture: augmentation
    """

    def __init__(self, n_classes: int, alpha: float):
        self.n_classes = _checks.count(n_classes, "n_classes")
        self.alpha = _checks.mixing(alpha)

    def __call__(self, items: Sequence[tuple]) -> tuple[tuple, tuple]:
        inputs, targets = pad_batch(items)
        labels = _checks.classes(targets, self.n_classes)
        target = torch.nn.functional.one_hot(labels, self.n_classes).float()
        if not self.alpha:
            return inputs, (target,)
        alpha = torch.tensor(self.alpha)
        share = torch.distributions.Beta(alpha, alpha).sample((len(labels), 1))
        share, partner = torch.maximum(share, 1 - share), torch.randperm(len(labels))
        return (*inputs, partner, share[..., None]), (share * target + (1 - share) * target[partner],)


class SpokenDigits(Dataset):
    """Words "zero" to "nine" at 8 kHz by synthetic speakers (espeak-ng and flite), each heard in one split only.

    Parameters
    ----------
    *splits : {"train", "valid", "test"}
        One or several. "valid" holds a synthesiser's speaker (flite slt) whose like is not in "test".
    below_db, keep_hiss : float, bool
        Of ``trim_edges``.

    Attributes
    ----------
    rows : list of dict
        For each item what is known of it: split, digit, synthesiser, speaker, accent, speed, pitch.

    Items
    -----
    signal : float32 ndarray, shape (time,), 0.09…0.92 s, peak −1 dBFS, trimmed by ``trim_edges``
    digit : int, 0…9

    Lecture: classification
    """

    sample_rate = SAMPLE_RATE

    def __init__(self, *splits: str, below_db: float = 25.0, keep_hiss: bool = False):
        wanted = [_checks.choice(split, "split", SPLITS) for split in splits or ("train",)]
        with (DATA_FOLDER / "digits" / "index.csv").open(encoding="utf-8", newline="") as file:
            self.rows = [row for row in csv.DictReader(file) if row["split"] in wanted]
        packs = {split: load(DATA_FOLDER / "digits" / f"{split}.flac")[0] for split in wanted}
        self.signals = []
        for row in self.rows:
            start, length = int(row.pop("start")), int(row.pop("length"))
            clip = packs[row["split"]][start : start + length]
            self.signals.append(trim_edges(clip, sample_rate=SAMPLE_RATE, below_db=below_db, keep_hiss=keep_hiss))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        index = _checks.index(index, len(self))
        return self.signals[index], int(self.rows[index]["digit"])


VOICES = {"slt": "flite", "rms": "flite", "awb": "flite", "f2": "espeak-ng"}  # of the sentences, and who makes them
RENDERED = ROOT / "build" / "sentences"  # what data/make_sentences.py --render has made on this machine


class Sentences(Dataset):
    """Everyday words and short sentences at 8 kHz by four synthetic voices; the texts of the splits are all different.

    What is shipped has been through Ogg Vorbis, 17 dB ("f2") to 23 dB ("slt") of signal to error: "slt" whole, of the
    other voices the splits "valid" and "test" and one sentence in ten of "train". All of it, without loss, comes from
    ``python data/make_sentences.py --render``, where flite and espeak-ng are installed.

    Parameters
    ----------
    split : {"train", "valid", "test"}
    voice : {"slt", "rms", "awb", "f2"}, optional
        All by default. "f2" is espeak-ng's, the others flite's.
    kinds : sequence of str, optional
        Only these: of "train" ``word`` (one word), ``hand`` and ``grammar`` (who wrote the sentence); of "valid" and
        "test" ``new order`` (all pairs of neighbours are in training sentences), ``new pair`` (all words are, some
        pair is not); of "test" also ``new word`` (some word is in no training text).
    source : {"auto", "rendered", "shipped"}
        "auto" takes what has been rendered on this machine where it is. Figures need the same source to agree.

    Attributes
    ----------
    rows : list of dict
        For each item split, kind, voice, what is written ("It costs $2.50.") and the text that is said.

    Items
    -----
    signal : float32 ndarray, shape (time,)
        Peak −1 dBFS; what the codec puts above full scale is clipped.
    text : str
        As ``text.normalize`` gives it: what ``text.encode`` takes.

    Raises
    ------
    FileNotFoundError
        If the rendered source is asked for and has not been made.

    Lecture: text_to_speech
    """

    sample_rate = SAMPLE_RATE

    def __init__(
        self, split: str, voice: str | None = None, *, kinds: Sequence[str] | None = None, source: str = "auto"
    ) -> None:
        split, voice = _checks.choice(split, "split", SPLITS), _checks.choice_or_none(voice, "voice", tuple(VOICES))
        source = _checks.choice(source, "source", ("auto", "rendered", "shipped"))
        is_rendered = source != "shipped" and _checks.rendered(RENDERED, needed=source == "rendered")
        folder = RENDERED if is_rendered else DATA_FOLDER / "sentences"
        self.source = "rendered" if is_rendered else "shipped"
        with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
            self.rows = [row for row in csv.DictReader(file) if row["split"] == split and voice in (None, row["voice"])]
        wanted = _checks.chosen(kinds, sorted({row["kind"] for row in self.rows}), "kinds")
        self.rows = [row for row in self.rows if row["kind"] in wanted]
        suffix = "flac" if is_rendered else "ogg"
        packs = {name: load(folder / f"{name}.{suffix}")[0].clip(-1, 1) for name in {row["voice"] for row in self.rows}}
        self.signals = []
        for row in self.rows:
            start, length = int(row.pop("start")), int(row.pop("length"))
            self.signals.append(packs[row["voice"]][start : start + length])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, str]:
        index = _checks.index(index, len(self))
        return self.signals[index], self.rows[index]["text"]


def _edges(whole_words: bool) -> dict:
    """Where the words of strings are cut: options of ``trim_edges``."""
    return {"below_db": 30.0, "keep_hiss": True} if whole_words else {}


class DigitStrings(Dataset):
    """Strings of digits by one voice each, with pauses between them; as many as you like, made when they are asked for.

    Item i follows from (seed, i) alone: the same on every machine, in any order and with any number of workers.

    Parameters
    ----------
    split : {"train", "valid", "test"}
        Its voices.
    n_strings : int
    seed : int
    n_digits : (int, int)
        Fewest and most digits of a string.
    pause_s : (float, float), s
        Shortest and longest pause, before, between and after the digits. Below 0 two digits overlap, by 60 ms
        and half the shorter one at most.
    level_db : float, dB
        How far the level of a digit lies above or below the middle, which is as much below the recording.
    trim_db : (float, float), dB, optional
        Every word is trimmed anew by ``trim_edges``, with a ``below_db`` from this range in steps of 5 dB: what is
        lost of a soft consonant at the edge depends on the speaker and on who trims. ``whole_words`` still holds.
    empty_share : float, 0…1
        Share of the items in which nobody speaks: noise of any colour and level, or silence, and no digit.
    empty_s : (float, float), s
        How long those are, to 10 ms.
    whole_words : bool
        Every word with its soft consonants: trimmed with ``keep_hiss``, 30 dB below. Otherwise "six" loses half of its
        length where the fundamental of a voice is strong.
    voices : sequence of int, optional
        Only these, see ``voice``; all of the split by default.

    Items
    -----
    signal : float32 ndarray, shape (time,)
    digits : int64 ndarray, shape (digits,)

    Lecture: sequence_models
    """

    sample_rate = SAMPLE_RATE

    def __init__(
        self,
        split: str,
        n_strings: int,
        *,
        seed: int = 0,
        n_digits: tuple[int, int] = (3, 3),
        pause_s: tuple[float, float] = (0.05, 0.2),
        level_db: float = 0.0,
        trim_db: tuple[float, float] | None = None,
        empty_share: float = 0.0,
        empty_s: tuple[float, float] = (0.5, 3.0),
        whole_words: bool = False,
        voices: Sequence[int] | None = None,
    ):
        self.whole_words = _checks.switch(whole_words, "whole_words")
        self.words = SpokenDigits(split, **_edges(whole_words))
        self.n_strings, self.seed = _checks.count(n_strings, "n_strings"), _checks.count(seed, "seed", minimum=0)
        self.n_digits = _checks.fewest_and_most(n_digits, "n_digits", minimum=1, maximum=1000)
        self.pause_s = _checks.between(pause_s, "pause_s", at_least=-0.06, at_most=60)
        self.level_db = _checks.number(level_db, "level_db", at_least=0, at_most=60)
        self.trim_db = None if trim_db is None else _checks.between(trim_db, "trim_db", at_least=1, at_most=300)
        self.empty_share = _checks.number(empty_share, "empty_share", at_least=0, at_most=1)
        self.empty_s = _checks.between(empty_s, "empty_s", at_least=0.1, at_most=60)
        self.voices = _checks.voices(voices, len(self.words) // len(DIGITS))  # ten words of each stand together
        self._trims: dict[tuple[int, float], np.ndarray] = {}

    def __len__(self) -> int:
        return self.n_strings

    def _drawn(self, index: int) -> tuple[np.random.Generator, np.ndarray, int]:
        """The stream of an item after its digits and its voice are drawn; the voice as the place of its first word."""
        rng = np.random.default_rng([self.seed, _checks.index(index, len(self))])
        digits = rng.integers(len(DIGITS), size=rng.integers(self.n_digits[0], self.n_digits[1] + 1))
        return rng, digits, len(DIGITS) * self.voices[int(rng.integers(len(self.voices)))]

    def _recordings(self, rng: np.random.Generator, digits: np.ndarray, first: int) -> list[int]:
        """The place of a word for each digit."""
        return [first + int(digit) for digit in digits]

    def _trimmed(self, place: int, below_db: float) -> np.ndarray:
        """A word trimmed again, once for each of a few levels."""
        below_db = 5.0 * round(below_db / 5) or 5.0
        if (place, below_db) not in self._trims:
            word = self.words.signals[place]
            options = {"below_db": below_db, "keep_hiss": self.whole_words}
            self._trims[place, below_db] = trim_edges(word, sample_rate=SAMPLE_RATE, **options)
        return self._trims[place, below_db]

    def is_empty(self, index: int) -> bool:
        """Whether nobody speaks in an item."""
        place = _checks.index(index, len(self))
        return bool(np.random.default_rng([self.seed, place, 1]).random() < self.empty_share)

    def speaker(self, index: int) -> str:
        """Who speaks an item, "" for nobody: strings of one speaker are not independent of each other."""
        return "" if self.is_empty(index) else self.words.rows[self._drawn(index)[2]]["speaker"]

    def voice(self, index: int) -> int:
        """The number of the voice of an item, counted in the split: one person, accent, tempo and pitch."""
        return self._drawn(index)[2] // len(DIGITS)

    def _placed(self, index: int) -> tuple[list[np.ndarray], np.ndarray, int, np.ndarray]:
        """The words of an item, the sample at which each begins, the length of the whole, and the digits."""
        rng, digits, first = self._drawn(index)
        pauses = np.array([round(pause * SAMPLE_RATE) for pause in rng.uniform(*self.pause_s, len(digits) + 1)])
        pauses[[0, -1]] = pauses[[0, -1]].clip(min=0)
        gains = 10 ** (rng.uniform(-2 * self.level_db, 0, len(digits)) / 20) if self.level_db else None
        places = self._recordings(rng, digits, first)
        if self.trim_db is None:
            words = [self.words.signals[place] for place in places]
        else:
            words = [self._trimmed(place, rng.uniform(*self.trim_db)) for place in places]
        if gains is not None:
            words = [np.float32(gain) * word for gain, word in zip(gains, words, strict=True)]
        lengths = np.array([len(word) for word in words])
        pauses[1:-1] = np.maximum(pauses[1:-1], -np.minimum(lengths[1:], lengths[:-1]) // 2)
        starts = np.cumsum(pauses[:-1]) + np.cumsum(lengths) - lengths
        return words, starts, int((starts + lengths).max() + pauses[-1]), digits

    def spans_s(self, index: int) -> np.ndarray:
        """When each digit begins and ends, in s: float64 (digits, 2). What a forced alignment is scored by."""
        if self.is_empty(index):
            return np.zeros((0, 2))
        words, starts, _, _ = self._placed(index)
        return np.stack([starts, starts + [len(word) for word in words]], axis=1) / SAMPLE_RATE

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.is_empty(index):
            rng = np.random.default_rng([self.seed, _checks.index(index, len(self)), 2])
            return _nobody(rng, float(rng.uniform(*self.empty_s))), np.zeros(0, np.int64)
        words, starts, n_samples, digits = self._placed(index)
        signal = np.zeros(n_samples, np.float32)
        for word, start in zip(words, starts, strict=True):
            signal[start : start + len(word)] += word
        return signal, digits


def _nobody(rng: np.random.Generator, duration_s: float) -> np.ndarray:
    """Silence, one time in seven, or noise of −80 to −10 dBFS whose level may drift by 15 dB."""
    n_samples = 80 * round(duration_s * SAMPLE_RATE / 80)  # a length whose Fourier transform is quick
    if rng.random() < 1 / 7:
        return np.zeros(n_samples, np.float32)
    colour = ("white", "pink", "brown")[rng.integers(3)]
    hiss = noise(colour, duration_s=n_samples / SAMPLE_RATE, sample_rate=SAMPLE_RATE, rng=rng, rms=1.0)
    drift_db = np.interp(np.arange(n_samples), np.linspace(0, n_samples, 6), rng.uniform(-15, 0, 6))
    level_db = rng.uniform(-80, -10) + drift_db * (rng.random() < 0.5)
    return (hiss * 10 ** (level_db / 20)).clip(-1, 1).astype(np.float32)


class RecordedDigits(Dataset):
    """Digits spoken by people, from a folder of files ``{digit}_{speaker}_{number}.wav``.

    That is how the Free Spoken Digit Dataset names them (Jackson et al., CC BY-SA 4.0): 8 kHz, six speakers. It does
    not come with the course; unpack it anywhere and name the folder.

    Parameters
    ----------
    folder : path
    speakers : sequence of str, optional
        Only these.
    below_db, keep_hiss : float, bool
        Of ``trim_edges``.

    Items
    -----
    signal : float32 ndarray, shape (time,), peak −1 dBFS, trimmed by ``trim_edges``
    digit : int, 0…9

    Raises
    ------
    FileNotFoundError
        If the folder holds no such file.

    Lecture: augmentation
    """

    sample_rate = SAMPLE_RATE

    def __init__(
        self,
        folder: str | Path,
        *,
        speakers: Sequence[str] | None = None,
        below_db: float = 25.0,
        keep_hiss: bool = False,
    ):
        paths = _checks.folder_of_digits(folder)
        self.rows = [dict(zip(("digit", "speaker", "number"), path.stem.split("_"), strict=True)) for path in paths]
        wanted = _checks.chosen(speakers, sorted({row["speaker"] for row in self.rows}))
        keep = [row["speaker"] in wanted for row in self.rows]
        self.rows = [row for row, kept in zip(self.rows, keep, strict=True) if kept]
        self.signals = []
        for path, kept in zip(paths, keep, strict=True):
            if kept:
                signal, _ = load(path, sample_rate=SAMPLE_RATE, mono=True)
                peak = max(float(np.abs(signal).max()), 1e-9)
                signal = signal * np.float32(10 ** (-1 / 20) / peak)
                edges = {"below_db": below_db, "keep_hiss": keep_hiss}
                self.signals.append(trim_edges(signal, sample_rate=SAMPLE_RATE, **edges))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        index = _checks.index(index, len(self))
        return self.signals[index], int(self.rows[index]["digit"])


class RecordedStrings(DigitStrings):
    """Strings joined from recordings of people, one person a string: each digit is any one of their recordings of it.

    Parameters
    ----------
    folder : path
        See ``RecordedDigits``; every speaker has recorded every digit.
    n_strings : int
    speakers : sequence of str, optional
        Only these.
    **options
        Those of ``DigitStrings``.

    Items
    -----
    signal : float32 ndarray, shape (time,)
    digits : int64 ndarray, shape (digits,)

    Raises
    ------
    FileNotFoundError
        If the folder holds no such file.
    ValueError
        If a speaker lacks a digit.

    Lecture: ctc
    """

    def __init__(self, folder: str | Path, n_strings: int, *, speakers: Sequence[str] | None = None, **options):
        super().__init__("test", n_strings, **options)
        self.words = RecordedDigits(folder, speakers=speakers, **_edges(self.whole_words))
        self.people = sorted({row["speaker"] for row in self.words.rows})
        self.voices, self.places = range(len(self.people)), {}
        for place, row in enumerate(self.words.rows):
            self.places.setdefault((row["speaker"], int(row["digit"])), []).append(place)
        _checks.all_recorded(self.places, self.people, len(DIGITS))

    def speaker(self, index: int) -> str:
        """Who speaks an item, "" for nobody."""
        return "" if self.is_empty(index) else self.people[self._drawn(index)[2] // len(DIGITS)]

    def _recordings(self, rng: np.random.Generator, digits: np.ndarray, first: int) -> list[int]:
        person = self.people[first // len(DIGITS)]
        return [int(rng.choice(self.places[person, int(digit)])) for digit in digits]


# ------------------------------------------------------------------------------------ sound events


def _item_rng(seed: int, split: str, index: int, kind: int) -> np.random.Generator:
    """A stream of its own for each item: it depends on nothing that other items or workers do."""
    return np.random.default_rng([seed, events.SPLITS.index(split), index, kind])


class SoundEvents(Dataset):
    """Clips of 2 s at 16 kHz with one everyday sound each, in noise; made by rule, as many as are asked for.

    Item i is drawn from a stream of random numbers that depends on ``(seed, split, i)`` alone: the same on every
    machine and with any number of workers. Classes come in turn, label = i mod 10. Splits share no source.

    Parameters
    ----------
    split : {"train", "valid", "test"}
    n_items : int
    seed : int
    snr_db : tuple of float, dB
        Event against background while it lasts, drawn uniformly between the two.

    Lecture: classification
    """

    classes = events.EVENTS
    duration_s = 2.0

    def __init__(
        self, split: str, n_items: int = 1000, *, seed: int = 0, snr_db: tuple[float, float] = (-10.0, 20.0)
    ) -> None:
        self.split = _checks.choice(split, "split", events.SPLITS)
        self.n_items = _checks.count(n_items, "n_items")
        self.seed = _checks.count(seed, "seed", minimum=0)
        self.snr_db = _checks.between(snr_db, "snr_db", at_least=-120, at_most=120)

    def __len__(self) -> int:
        return self.n_items

    def source(self, index: int) -> events.Source:
        """Whose sound item ``index`` is."""
        index = _checks.index(index, len(self))
        return events.draw_source(index % len(self.classes), self.split, _item_rng(self.seed, self.split, index, 0))

    def snr(self, index: int) -> float:
        """How far the event of item ``index`` lies above the background while it lasts, in dB."""
        return float(_item_rng(self.seed, self.split, _checks.index(index, len(self)), 3).uniform(*self.snr_db))

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        source, index = self.source(index), _checks.index(index, len(self))
        rng = _item_rng(self.seed, self.split, index, 1)
        n_time = round(self.duration_s * events.SAMPLE_RATE)
        event = events.render_event(source, rng)[:n_time]
        start = int(rng.integers(n_time - len(event) + 1))
        clip = 10 ** (-self.snr(index) / 20) * events.background(self.duration_s, rng)
        clip[start : start + len(event)] += event
        peak = 10 ** (rng.uniform(-20, -1) / 20)
        return events.as_recorded(clip * peak / np.abs(clip).max()), source.label


class EventScenes(Dataset):
    """Scenes at 16 kHz in which events come and overlap, each with the same SNR against the background.

    Two events of one class keep half a second apart; events of different classes may overlap. Item i depends on
    ``(seed, split, i)`` alone, and splits share no source, as in ``SoundEvents``.

    Parameters
    ----------
    split : {"train", "valid", "test"}
    n_items : int
    duration_s : float, s
        From 5 to 10.
    n_events : tuple of int
        Fewest and most events that are tried in a scene; one that finds no place is left out.
    snr_db : float, dB
        RMS of each event, while it lasts, over that of the background.
    hop_s : float, s
        Of the frame labels.
    seed : int

    Lecture: classification
    """

    classes = events.EVENTS

    def __init__(
        self,
        split: str,
        n_items: int = 100,
        *,
        duration_s: float = 6.0,
        n_events: tuple[int, int] = (2, 6),
        snr_db: float = 10.0,
        hop_s: float = 0.04,
        seed: int = 0,
    ) -> None:
        self.split = _checks.choice(split, "split", events.SPLITS)
        self.n_items = _checks.count(n_items, "n_items")
        self.duration_s = _checks.number(duration_s, "duration_s", at_least=5, at_most=10)
        self.n_events = _checks.fewest_and_most(n_events, "n_events", minimum=0, maximum=20)
        self.snr_db = _checks.number(snr_db, "snr_db", at_least=-120, at_most=120)
        self.hop_s = _checks.number(hop_s, "hop_s", above=0)
        _checks.frames_in(self.duration_s, self.hop_s)
        self.seed = _checks.count(seed, "seed", minimum=0)

    def __len__(self) -> int:
        return self.n_items

    def scene(self, index: int) -> tuple[np.ndarray, list[metrics.Event]]:
        """The sound of scene ``index``, float32 ``(time,)``, and its events, sorted by onset."""
        rng = _item_rng(self.seed, self.split, _checks.index(index, len(self)), 2)
        rate = events.SAMPLE_RATE
        scene = events.background(self.duration_s, rng) * 10 ** (-self.snr_db / 20)
        placed: list[metrics.Event] = []
        for _ in range(rng.integers(self.n_events[0], self.n_events[1] + 1)):
            source = events.draw_source(int(rng.integers(len(self.classes))), self.split, rng)
            sound = events.render_event(source, rng)
            start = int(rng.integers(len(scene) - len(sound)))
            event = metrics.Event(start / rate, (start + len(sound)) / rate, source.label)
            if all(event.label != e.label or _apart(event, e) for e in placed):
                scene[start : start + len(sound)] += sound
                placed.append(event)
        peak = 10 ** (rng.uniform(-12, -1) / 20)
        return events.as_recorded(scene * peak / np.abs(scene).max()), sorted(placed)

    def events(self, index: int) -> list[metrics.Event]:
        """The true events of scene ``index``."""
        return self.scene(index)[1]

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The sound (time,), and float32 labels (classes, frames), 1 where the middle of a frame lies in an event."""
        signal, placed = self.scene(index)
        n_frames = round(self.duration_s / self.hop_s)
        frames = metrics.events_to_frames(placed, n_frames=n_frames, hop_s=self.hop_s, n_classes=len(self.classes))
        return signal, frames.astype(np.float32)


def _apart(one: metrics.Event, other: metrics.Event, pause_s: float = 0.5) -> bool:
    return one.onset_s > other.offset_s + pause_s or other.onset_s > one.offset_s + pause_s
