"""A model of Whisper's shape, small enough to train in a lecture: digits, tasks and timestamps as one row of tokens.

An encoder hears the whole clip, a decoder writes one token after another: what it is asked for first, then what it
hears, and where it is wanted when. ``whisper.decode`` and ``whisper.transcribe`` work on it. Lecture: attention_asr
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import small_whisper as _checks
from ..filters import resample
from .datasets import DIGITS, SAMPLE_RATE, DigitStrings, pad_batch
from .layers import (
    DecoderCache,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    clip_lengths,
    sinusoidal_positions,
    valid_frames,
)
from .recogniser import HOP, DigitRecogniser, HarderStrings

TASKS = ("transcribe", "backwards")
NOT_ASKED = -100  # in place of a target that the model need not write

# --------------------------------------------------------------------------------------------- tokens


class SmallTokens:
    """What the small model reads and writes: ten digits, then what no sound says, then the moments of a window.

    As in Whisper's vocabulary, what lies below ``end`` is text, and from ``first_timestamp`` on a token is a moment:
    ``first_timestamp + k`` is k · 40 ms after the start of the window. The attributes are those of
    ``whisper.WhisperTokens``; there are no languages, and no text before a window is read.

    Parameters
    ----------
    longest_s : float, s
        The last moment that has a token.

    Attributes
    ----------
    end, start : int
        The end of what is written, and what stands before everything.
    transcribe, backwards : int
        The tasks: the digits in their order, or from the last to the first.
    no_speech, no_timestamps, first_timestamp : int
    vocabulary : int
        How many tokens there are.

    Examples
    --------
    >>> tokens = SmallTokens()
    >>> tokens.written([4, 0])
    [11, 12, 15, 4, 0, 10]
    >>> tokens.written([4, 0], spans_s=[(0.1, 0.5), (0.52, 0.9)])[2:]
    [18, 4, 28, 29, 0, 38, 10]
    >>> tokens.text([4, 0, 10])
    'four zero'

    Lecture: attention_asr
    """

    seconds_per_timestamp = 0.04
    end, start, transcribe, backwards, no_speech, no_timestamps, first_timestamp = range(len(DIGITS), len(DIGITS) + 7)
    languages, previous = {}, None
    suppressed, blank = (start, transcribe, backwards, no_speech, no_timestamps), ()

    def __init__(self, longest_s: float = 8.0):
        step_s = self.seconds_per_timestamp
        self.n_timestamps = 1 + round(_checks.number(longest_s, "longest_s", at_least=step_s, at_most=60) / step_s)
        self.vocabulary = self.first_timestamp + self.n_timestamps

    def timestamp(self, seconds: float) -> int:
        """The token of a moment: the nearest one, and the last one for what lies behind it."""
        place = round(_checks.number(seconds, "seconds", at_least=0, at_most=1e6) / self.seconds_per_timestamp)
        return self.first_timestamp + min(place, self.n_timestamps - 1)

    def seconds(self, token: int) -> float:
        """The moment that a token means, in s after the start of the window."""
        token = _checks.timestamp(token, self.first_timestamp, self.vocabulary)
        return (token - self.first_timestamp) * self.seconds_per_timestamp

    def prompt(self, language: None = None, task: str = "transcribe", timestamps: bool = True) -> list[int]:
        """What stands before the answer: the start, the task, and whether moments are not wanted."""
        _checks.no_language(language)
        told = [self.start, getattr(self, _checks.choice(task, "task", TASKS))]
        return told if _checks.switch(timestamps, "timestamps") else [*told, self.no_timestamps]

    def encode(self, text: str) -> list[int]:
        """Digits from English words."""
        return [DIGITS.index(word) for word in _checks.words_of(text, DIGITS)]

    def words(self, ids: Sequence[int]) -> list[str]:
        """The English words of the digits among the tokens."""
        return [DIGITS[token] for token in _checks.tokens_of(ids, self.vocabulary) if token < self.end]

    def text(self, ids: Sequence[int]) -> str:
        """The same as a text."""
        return " ".join(self.words(ids))

    def written(
        self,
        digits: Sequence[int],
        *,
        spans_s: Sequence[tuple] | None = None,
        until_s: float | None = None,
        task: str = "transcribe",
    ) -> list[int]:
        """All tokens of a string: the prompt, the digits, the end.

        Parameters
        ----------
        digits : sequence of int, 0…9
        spans_s : sequence of (begin, end), s, optional
            One for each digit, which then stands between two moments, neither of them before the last one written.
            Where nobody speaks, the first moment stands alone.
        until_s : float, s, optional
            Where the window ends. Of a digit that it cuts only the begin is written, as Whisper does it, so that the
            next window can start there; what lies behind is left out. Needs ``spans_s``.
        task : {"transcribe", "backwards"}

        Returns
        -------
        list of int
        """
        digits = _checks.digits(digits, len(DIGITS))
        prompt = self.prompt(None, task, spans_s is not None)
        if spans_s is None:
            _checks.cut_in_time(until_s)
            return [*prompt, *(digits if task == "transcribe" else digits[::-1]), self.end]
        spans_s = _checks.spans(spans_s, len(digits), task)
        until_s = np.inf if until_s is None else _checks.number(until_s, "until_s", at_least=0, at_most=1e6)
        answer, last = [], self.first_timestamp
        for digit, (begin_s, end_s) in zip(digits, spans_s, strict=True):
            if begin_s >= until_s:
                break
            begin = max(self.timestamp(begin_s), last)
            last = min(max(self.timestamp(end_s), begin + 1), self.vocabulary - 1)
            answer += [begin, digit, last]
            if end_s > until_s + self.seconds_per_timestamp:
                answer[-2:] = []
                break
        return [*prompt, *(answer or [self.first_timestamp]), self.end]

    def segments(self, ids: Sequence[int]) -> list[tuple[float, float, list[str]]]:
        """What stands between two moments: (begin in s, end in s, words). What has no second moment is left out."""
        found, begin, words = [], None, []
        for token in _checks.tokens_of(ids, self.vocabulary):
            if token < self.end:
                words.append(DIGITS[token])
            elif token >= self.first_timestamp:
                if words and begin is not None:
                    found.append((begin, self.seconds(token), words))
                begin, words = self.seconds(token), []
        return found


# ---------------------------------------------------------------------------------------- the network


class SmallWhisper(nn.Module):
    """From a sound at 8 kHz and the tokens so far to the scores of the next one.

    The encoder is the trunk of lecture 13's recogniser, a frame every 40 ms, with sinusoidal positions added; the
    decoder is Whisper's: learned positions, layers that look at the tokens so far and at the encoder's frames, and
    scores by the table of embeddings itself, ``logits = E norm(x)``.

    Parameters
    ----------
    recogniser : recogniser.DigitRecogniser, optional
        Its trunk is copied; random weights by default. It hears the whole clip.
    tokens : SmallTokens, optional
    width, n_heads, n_hidden, n_layers : int
        Of the decoder.
    n_encoder_layers : int
        Layers of attention above the trunk.
    n_longest : int, tokens
        How far the learned positions reach, and no text is longer.
    positions : {"learned", "rotary"}
        Of the tokens: a table that is learned and added, or distances alone, see ``layers.rotated``.
    window_s : float, s
        How much sound ``whisper.transcribe`` gives at a time.
    dropout : float, 0…1

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, or None
    tokens : tensor of int, shape (batch, tokens)
        Returns scores (batch, tokens, vocabulary): in row n those of what follows tokens 0…n.

    After Radford et al. 2022, section 2.2. Lecture: attention_asr
    """

    sample_rate = frame_rate = SAMPLE_RATE  # what the encoder takes are samples

    def __init__(
        self,
        recogniser: DigitRecogniser | None = None,
        *,
        tokens: SmallTokens | None = None,
        width: int = 96,
        n_heads: int = 4,
        n_hidden: int = 384,
        n_layers: int = 2,
        n_encoder_layers: int = 0,
        n_longest: int = 64,
        positions: str = "learned",
        window_s: float = 3.0,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.tokens = _checks.small_tokens(SmallTokens() if tokens is None else tokens, SmallTokens)
        recogniser = _checks.whole_recogniser(DigitRecogniser() if recogniser is None else recogniser, DigitRecogniser)
        self.trunk = deepcopy(recogniser)
        n_heard, self.trunk.score = self.trunk.score.in_channels, nn.Identity()
        n_layers = _checks.count(n_layers, "n_layers", maximum=64)
        n_encoder_layers = _checks.count(n_encoder_layers, "n_encoder_layers", minimum=0, maximum=64)
        self.n_longest = _checks.count(n_longest, "n_longest", minimum=4, maximum=65_536)
        longest_s = self.tokens.seconds(self.tokens.vocabulary - 1)
        self.n_window = round(SAMPLE_RATE * _checks.number(window_s, "window_s", at_least=0.04, at_most=longest_s))
        layer = {"n_heads": n_heads, "n_hidden": n_hidden, "dropout": dropout}
        rotary = _checks.choice(positions, "positions", ("learned", "rotary")) == "rotary"
        self.decoder = nn.ModuleList(TransformerDecoderLayer(width, rotary=rotary, **layer) for _ in range(n_layers))
        self.encoder = nn.ModuleList(TransformerEncoderLayer(width, **layer) for _ in range(n_encoder_layers))
        self.norm_heard, self.enter = nn.LayerNorm(n_heard), nn.Linear(n_heard, width)
        self.norm_memory, self.norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.embedding = nn.Embedding(self.tokens.vocabulary, width)
        self.positions = None if rotary else nn.Parameter(sinusoidal_positions(self.n_longest, width))
        with torch.no_grad():  # rows of length 1; moments begin as the positions of their frames
            self.embedding.weight.normal_(std=width**-0.5)
            moments = sinusoidal_positions(self.tokens.n_timestamps, width) * (2 / width) ** 0.5
            self.embedding.weight[self.tokens.first_timestamp :] = moments

    def forward(
        self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None, tokens: torch.Tensor
    ) -> torch.Tensor:
        memory, n_frames = self.listen(signal, lengths)
        return self.logits(tokens, memory, n_frames=n_frames)

    def features(self, signal: np.ndarray, sample_rate: float) -> torch.Tensor:
        """A signal (time,) of any rate as the encoder takes it: at 8 kHz, with a window of zeros behind it."""
        signal, rate = _checks.one_signal(signal, sample_rate)
        if rate != SAMPLE_RATE:
            signal = resample(signal, from_rate=rate, to_rate=SAMPLE_RATE)
        return torch.from_numpy(np.pad(signal, (0, self.n_window)).astype(np.float32)).to(self.embedding.weight)

    def encode(self, signal: torch.Tensor) -> torch.Tensor:
        """What the decoder listens to: (batch, time) → (batch, frames, width), a frame every 40 ms.

        Zeros behind the last sample of all clips are what fills the last window up, and are not heard.
        """
        _checks.batch_of_signals(_checks.signal_of(signal))
        sounding = torch.nonzero(signal.abs().amax(dim=0))
        n_heard = int(sounding[-1]) + 1 if len(sounding) else signal.shape[1]
        return self.listen(signal[:, :n_heard])[0]

    def listen(
        self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the decoder listens to, of clips of any lengths, and the frames of each."""
        power, n_frames = self.trunk.power(signal, lengths)
        heard, n_frames = self.heard(self.trunk.features(power)[0], n_frames)
        return self.remembered(heard, n_frames), n_frames

    def heard(self, features: torch.Tensor, n_frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the trunk makes of features (batch, n_mels, frames of 20 ms): (batch, frames, channels)."""
        x, n_frames = self.trunk.hidden(features, n_frames)
        return x.squeeze(2).mT, n_frames

    def remembered(
        self, heard: torch.Tensor, n_frames: torch.Tensor, starts: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What was heard, (batch, frames, channels), with its positions, through the encoder's own layers.

        ``starts`` (batch,) says at which position each clip begins; at 0 by default.
        """
        x = self.enter(self.norm_heard(heard))
        starts = _checks.starts_of([0] * len(x) if starts is None else starts, len(x)).to(x.device)
        places = starts[:, None] + torch.arange(x.shape[1], device=x.device)
        x = x + sinusoidal_positions(int(places.max()) + 1, x.shape[2]).to(x)[places]
        valid = valid_frames(clip_lengths(x.mT, n_frames), x.shape[1])
        for layer in self.encoder:
            x = layer(x, valid)
        return self.norm_memory(x)

    def new_cache(self) -> list[DecoderCache]:
        """What ``logits`` fills, a layer each."""
        return [DecoderCache() for _ in self.decoder]

    def logits(
        self,
        tokens: torch.Tensor,
        memory: torch.Tensor,
        cache: list[DecoderCache] | None = None,
        *,
        n_frames: torch.Tensor | Sequence[int] | None = None,
    ) -> torch.Tensor:
        """Scores (batch, tokens, vocabulary) of what follows each token.

        Parameters
        ----------
        tokens : tensor of int, shape (batch, tokens)
            With a cache those that follow what it holds.
        memory : tensor, shape (batch, frames, width)
            By ``encode`` or ``listen``.
        cache : list of DecoderCache, optional
            By ``new_cache``; belongs to one memory.
        n_frames : tensor or sequence of int, shape (batch,), optional
            Frames of each clip; all count by default.
        """
        _checks.for_network(memory, "memory", self)
        cache = _checks.caches(cache, DecoderCache, len(self.decoder))
        n_before = 0 if cache is None else len(cache[0])
        tokens = _checks.table_of_tokens(tokens, n_before, self.tokens.vocabulary, self.n_longest)
        valid = None if n_frames is None else valid_frames(clip_lengths(memory.mT, n_frames), memory.shape[1])
        x = self.embedding(tokens) * self.embedding.embedding_dim**0.5
        if self.positions is not None:
            x = x + self.positions[n_before : n_before + tokens.shape[1]]
        for place, layer in enumerate(self.decoder):
            x = layer(x, memory, memory_valid=valid, cache=None if cache is None else cache[place])
        return F.linear(self.norm(x), self.embedding.weight)

    @torch.no_grad()
    def attended(self, tokens: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Where each token looked: weights (layers, batch, tokens, frames), the mean of the heads, 1 in sum."""
        weights = []
        hooks = [
            layer.multihead_attn.register_forward_hook(lambda _, __, output: weights.append(output[1].mean(dim=1)))
            for layer in self.decoder
        ]
        try:
            self.logits(tokens, memory)
        finally:
            for hook in hooks:
                hook.remove()
        return torch.stack(weights)

    @torch.no_grad()
    def greedy(
        self, memory: torch.Tensor, n_frames: torch.Tensor | None = None, *, prompt: Sequence[int] | None = None
    ) -> list[list[int]]:
        """The most probable token, again and again, for clips of any lengths; no other rule is asked.

        Parameters
        ----------
        memory, n_frames
            By ``listen``.
        prompt : sequence of int, optional
            By ``SmallTokens.prompt``; by default transcription without moments.

        Returns
        -------
        list of list of int
            What was written behind the prompt, without the end; what has not ended when the positions do is cut.
        """
        prompt = self.tokens.prompt(timestamps=False) if prompt is None else prompt
        prompt = _checks.prompt_of(prompt, self.tokens.vocabulary, self.n_longest)
        _checks.listened(memory, self.enter.out_features, self)
        new, cache, steps = torch.tensor([prompt] * len(memory), device=memory.device), self.new_cache(), []
        is_done = torch.zeros(len(memory), dtype=torch.bool, device=memory.device)
        while len(prompt) + len(steps) <= self.n_longest and not bool(is_done.all()):
            new = _checks.comparable(self.logits(new, memory, cache, n_frames=n_frames)[:, -1:]).argmax(dim=2)
            steps.append(new)
            is_done |= new[:, 0] == self.tokens.end
        found = torch.cat(steps, dim=1).tolist()
        return [row[: row.index(self.tokens.end)] if self.tokens.end in row else row for row in found]


# ---------------------------------------------------------------------------------- while it learns


# How strings are written: the digits alone; with moments; with moments, and the window ends anywhere; backwards.
FORMS = {"words": 0.45, "moments": 0.2, "cut": 0.2, "backwards": 0.15}


class Heard(NamedTuple):
    """What the trunk of a ``SmallWhisper`` made of a string, half precision (frames, channels), and what is said when.

    Lecture: attention_asr
    """

    frames: torch.Tensor
    digits: np.ndarray
    spans_s: np.ndarray


@torch.no_grad()
def hear_strings(
    model: SmallWhisper, lessons: Sequence[DigitStrings], *, harder: bool = True, batch_size: int = 16
) -> list[Heard]:
    """All strings through the trunk, once: what does not learn need not hear a string again.

    Parameters
    ----------
    model : SmallWhisper
    lessons : sequence of DigitStrings
    harder : bool
        Changed by ``recogniser.HarderStrings``, from torch's generator. What changes the tempo moves the spans.
    batch_size : int

    Returns
    -------
    list of Heard
        In the order of the lessons.

    Lecture: attention_asr
    """
    _checks.timed_lessons(lessons)
    model, heard = _checks.small_whisper(model, SmallWhisper).eval(), []
    change = HarderStrings(model.trunk) if _checks.switch(harder, "harder") else None
    batch_size = _checks.count(batch_size, "batch_size")
    for lesson in lessons:
        for start in range(0, len(lesson), batch_size):
            places = range(start, min(start + batch_size, len(lesson)))
            items = [_checks.string_item(lesson, n) for n in places]
            (signals, n_samples), _ = pad_batch([(signal, 0) for signal, _ in items])
            if change is None:
                power, n_frames = model.trunk.power(signals, n_samples)
                features, moments_s = model.trunk.features(power)[0], None
            else:
                features, n_frames, moments_s = change.harder(signals, n_samples)
            frames, n_heard = model.heard(features, n_frames)
            for row, (n, (_, digits)) in enumerate(zip(places, items, strict=True)):
                spans_s = _checks.spans_of(lesson.spans_s(n), len(digits))
                if moments_s is not None:  # the frame in which each of them is heard now
                    known_s = moments_s[row, : n_frames[row]].numpy()
                    spans_s = HOP / SAMPLE_RATE * np.interp(spans_s, known_s, np.arange(len(known_s)))
                heard.append(Heard(frames[row, : n_heard[row]].half(), np.array(digits, int), spans_s))
    return heard


def transcript_batch(
    heard: Sequence[Heard],
    forms: Sequence[str],
    *,
    rng: np.random.Generator,
    shift_s: float = 0.0,
    tokens: SmallTokens | None = None,
) -> tuple[tuple, tuple]:
    """A batch for a ``Transcription``.

    Parameters
    ----------
    heard : sequence of Heard
    forms : sequence of str
        For each string one of ``FORMS``.
    rng : numpy.random.Generator
        Draws where a window ends, and where in it a string begins.
    shift_s : float, s
        A string begins so late at most, and its moments with it; none lies behind the last one that has a token.
    tokens : SmallTokens, optional

    Returns
    -------
    inputs : (tensor (batch, frames, channels), tensor (batch,), tensor of int (batch, longest), tensor (batch,))
        What was heard, frames, tokens padded with −1, and the frame of the window at which each string begins.
    targets : (tensor of int (batch, longest),)

    Lecture: attention_asr
    """
    tokens = _checks.small_tokens(SmallTokens() if tokens is None else tokens, SmallTokens)
    frames, rows, starts, step_s = [], [], [], tokens.seconds_per_timestamp
    latest = round(_checks.number(shift_s, "shift_s", at_least=0, at_most=60) / step_s)
    rng = _checks.generator(rng)
    for item, form in _checks.heard_strings(heard, forms, Heard, tuple(FORMS)):
        n_frames, is_timed, longest = len(item.frames), form in ("cut", "moments"), tokens.n_timestamps - 1
        n_kept = int(rng.integers(1, n_frames + 1)) if form == "cut" else n_frames
        n_kept = min(n_kept, longest) if is_timed else n_kept
        frames.append(item.frames[:n_kept])
        starts.append(int(rng.integers(0, 1 + max(0, min(latest, longest - n_frames)))))
        moments = {"spans_s": item.spans_s + step_s * starts[-1]} if is_timed else {}
        moments |= {"until_s": step_s * (starts[-1] + n_kept)} if n_kept < n_frames else {}
        task = "backwards" if form == "backwards" else "transcribe"
        rows.append(torch.tensor(tokens.written(item.digits, task=task, **moments)))
    written = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)
    n_frames = torch.tensor([len(kept) for kept in frames])
    return (nn.utils.rnn.pad_sequence(frames, batch_first=True), n_frames, written, torch.tensor(starts)), (written,)


class Transcription(nn.Module):
    """A ``SmallWhisper`` while its decoder learns: the trunk has heard all clips once, the tokens before are told.

    Parameters
    ----------
    model : SmallWhisper
        Shares its weights with this module.

    Forward
    -------
    heard : tensor, shape (batch, frames, channels)
        By ``SmallWhisper.heard``.
    n_frames : tensor of int, shape (batch,)
    tokens : tensor of int, shape (batch, tokens)
        All of them, the start and the end among them; below 0 where padded.
    starts : tensor of int, shape (batch,), optional
        Positions at which the clips begin.
        Returns scores (batch, tokens − 1, vocabulary): of what follows each but the last.

    Lecture: attention_asr
    """

    def __init__(self, model: SmallWhisper):
        super().__init__()
        self.model = _checks.small_whisper(model, SmallWhisper)

    def forward(
        self, heard: torch.Tensor, n_frames: torch.Tensor, tokens: torch.Tensor, starts: torch.Tensor | None = None
    ) -> torch.Tensor:
        heard = _checks.what_was_heard(heard, self.model.enter.in_features, self.model)
        memory = self.model.remembered(heard, n_frames, starts)
        return self.model.logits(_checks.told(tokens)[:, :-1].clamp(min=0), memory, n_frames=n_frames)


class TranscriptLoss(nn.Module):
    """Mean cross-entropy of a token that the model writes itself: not of the prompt, and not of padding.

    Right after the start it is asked whether anybody speaks: there the target is ``no_speech`` or the task.

    Parameters
    ----------
    tokens : SmallTokens
    smoothing : float, 0…1
        Share of the target that all tokens have in common.

    Forward
    -------
    scores : tensor, shape (batch, tokens − 1, vocabulary)
    tokens : tensor of int, shape (batch, tokens)
        Below 0 where padded.

    Lecture: attention_asr
    """

    def __init__(self, tokens: SmallTokens, *, smoothing: float = 0.0):
        super().__init__()
        self.tokens = _checks.small_tokens(tokens, SmallTokens)
        self.smoothing = _checks.number(smoothing, "smoothing", at_least=0, at_most=1)

    def forward(self, scores: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        tokens = _checks.told(tokens)
        scores, asked = _checks.scores_of(scores, tokens, self.tokens.vocabulary), tokens[:, 1:]
        is_silent = ~((asked >= 0) & (asked < self.tokens.end)).any(dim=1)
        asked = asked.masked_fill((asked == self.tokens.no_timestamps) | (asked < 0), NOT_ASKED)
        asked = torch.cat([asked[:, :1].masked_fill(is_silent[:, None], self.tokens.no_speech), asked[:, 1:]], dim=1)
        return F.cross_entropy(scores.mT, asked, ignore_index=NOT_ASKED, label_smoothing=self.smoothing)
