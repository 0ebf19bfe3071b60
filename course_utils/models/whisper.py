"""Whisper from scratch: encoder, decoder, special tokens, the rules of decoding, and long audio in windows.

Log-mel windows of 30 s are encoded once; a decoder then writes one token after another: which language, which task,
times, text. The rules of decoding work on any model that has what ``Whisper`` has: ``tokens``, ``encode``, ``logits``,
``new_cache``, ``features``, ``frame_rate``, ``n_window`` and ``n_longest``. Lecture: attention_asr
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._checks import whisper as _checks
from ..bpe import BytePairEncoding, whisper_ranks
from ..filters import resample
from ..mel import whisper_log_mel
from . import published
from .layers import DecoderCache, TransformerDecoderLayer, TransformerEncoderLayer

# ------------------------------------------------------------------------------------------ the network


@dataclass(frozen=True)
class WhisperConfig:
    """The size of a Whisper. ``n_frames`` are those that leave the encoder, at 20 ms each.

    The vocabulary says which languages there are: 51,864 English alone, 51,865 99 languages, 51,866 100 of them.
    """

    width: int = 384
    n_heads: int = 6
    n_encoder_layers: int = 4
    n_decoder_layers: int = 4
    n_mels: int = 80
    vocabulary: int = 51_865
    n_frames: int = 1500
    n_longest: int = 448  # tokens

    def __post_init__(self) -> None:
        _checks.sizes(self)

    @classmethod
    def preset(cls, name: str) -> "WhisperConfig":
        """A published size, "tiny" to "large-v3-turbo", with ".en" behind it the English-only one; or "toy"."""
        return cls(**published.preset(name))


def sinusoids(n_frames: int, width: int) -> Tensor:
    """Whisper's positions: ``p[t, k] = sin(ω_k t)``, ``p[t, n + k] = cos(ω_k t)``, ``n = width / 2``, k = 0 … n − 1.

    ``ω_k = 10000^(−k / (n − 1))``: from one radian a frame down to a ten-thousandth of it. All sines stand
    before all cosines, while ``layers.sinusoidal_positions`` lets them alternate.

    Parameters
    ----------
    n_frames : int
    width : int, even, at least 4

    Returns
    -------
    tensor, shape (frames, width)

    Source: Radford et al. 2022, arXiv 2212.04356, the code published with it.
    Lecture: attention_asr
    """
    n_frames, width = _checks.table_of_positions(n_frames, width)
    angle = np.arange(n_frames)[:, np.newaxis] * 10_000.0 ** (-np.arange(width // 2) / (width // 2 - 1))
    return torch.from_numpy(np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32))


def _layers(kind: type, n_layers: int, config: WhisperConfig) -> nn.ModuleList:
    options = {"dropout": 0.0, "activation": "gelu", "fused": True}
    return nn.ModuleList(kind(config.width, config.n_heads, 4 * config.width, **options) for _ in range(n_layers))


class AudioEncoder(nn.Module):
    """Two convolutions, of which the second halves the frame rate; positions are added; then layers of attention.

    Parameters
    ----------
    config : WhisperConfig

    Forward
    -------
    log_mel : tensor, shape (batch, n_mels, 2 · n_frames)
        Returns a tensor of shape (batch, n_frames, width): what the decoder listens to.

    Lecture: attention_asr
    """

    def __init__(self, config: WhisperConfig) -> None:
        super().__init__()
        self.n_mels, width = _checks.config(config, WhisperConfig).n_mels, config.width
        self.conv1 = nn.Conv1d(self.n_mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("embed_positions", sinusoids(config.n_frames, width))
        self.layers = _layers(TransformerEncoderLayer, config.n_encoder_layers, config)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, log_mel: Tensor) -> Tensor:
        _checks.window_of_features(log_mel, self.n_mels, 2 * len(self.embed_positions), self)
        hidden = F.gelu(self.conv2(F.gelu(self.conv1(log_mel)))).transpose(1, 2) + self.embed_positions
        for layer in self.layers:
            hidden = layer(hidden)
        return self.layer_norm(hidden)


class TextDecoder(nn.Module):
    """Tokens and their places as vectors; layers of attention to the tokens before and to the sound; scores.

    The matrix that turns tokens into vectors also turns the last vectors into scores: ``z = E h``.

    Parameters
    ----------
    config : WhisperConfig

    Forward
    -------
    tokens : tensor of int, shape (batch, n)
    memory : tensor, shape (batch, n_frames, width)
    cache : list of DecoderCache, one for each layer, optional
        The tokens follow those that it holds, in their places; keys of the memory are computed once.
        Returns logits of shape (batch, n, vocabulary).

    Lecture: attention_asr
    """

    def __init__(self, config: WhisperConfig) -> None:
        super().__init__()
        width = _checks.config(config, WhisperConfig).width
        self.embed_tokens = nn.Embedding(config.vocabulary, width)
        self.embed_positions = nn.Parameter(0.01 * torch.randn(config.n_longest, width))
        self.layers = _layers(TransformerDecoderLayer, config.n_decoder_layers, config)
        self.layer_norm = nn.LayerNorm(width)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)

    def forward(self, tokens: Tensor, memory: Tensor, cache: list | None = None) -> Tensor:
        caches = _checks.caches(cache, DecoderCache, len(self.layers))
        n_before = len(caches[0]) if cache else 0
        tokens = _checks.tokens_that_fit(tokens, n_before, *map(len, (self.embed_tokens.weight, self.embed_positions)))
        # Without n_before, every token that follows a cache would stand at place 0.
        hidden = self.embed_tokens(tokens) + self.embed_positions[n_before : n_before + tokens.shape[1]]
        for layer, held in zip(self.layers, caches, strict=True):
            hidden = layer(hidden, memory, cache=held)
        return F.linear(self.layer_norm(hidden), self.embed_tokens.weight)


class Whisper(nn.Module):
    """An encoder that hears 30 s at a time, and a decoder that writes what it heard.

    Parameters
    ----------
    config : WhisperConfig
    tokens : WhisperTokens, optional
        By default those of the vocabulary of ``config``.

    Forward
    -------
    log_mel : tensor, shape (batch, n_mels, 3000)
    tokens : tensor of int, shape (batch, n)
        Returns logits of shape (batch, n, vocabulary).

    For the same weights the logits are those of transformers' ``WhisperForConditionalGeneration``, to 1e−4.
    Source: Radford et al. 2022, arXiv 2212.04356. Lecture: attention_asr
    """

    sample_rate, frame_rate = 16_000, 100  # Hz; frames a second of what the encoder takes

    def __init__(self, config: WhisperConfig, *, tokens: "WhisperTokens | None" = None) -> None:
        super().__init__()
        self.config = _checks.config(config, WhisperConfig)
        self.tokens = _checks.tokens(tokens, WhisperTokens, config)
        self.encoder, self.decoder = AudioEncoder(config), TextDecoder(config)
        self.n_window, self.n_longest = 2 * config.n_frames, config.n_longest

    def forward(self, log_mel: Tensor, tokens: Tensor) -> Tensor:
        return self.logits(tokens, self.encode(log_mel))

    def features(self, signal: np.ndarray, sample_rate: float) -> Tensor:
        """Log-mel (n_mels, frames) of a signal (time,) of any rate, with a window of silence behind it."""
        signal, rate = _checks.one_signal(signal, sample_rate)
        signal = resample(signal, from_rate=rate, to_rate=self.sample_rate)
        n_silent = self.n_window * self.sample_rate // self.frame_rate
        features = whisper_log_mel(np.pad(signal, (0, n_silent)), n_mels=self.config.n_mels, pad_s=None)
        return torch.from_numpy(features).to(self.decoder.embed_positions)

    def encode(self, log_mel: Tensor) -> Tensor:
        """(batch, n_mels, 3000) → (batch, 1500, width)."""
        return self.encoder(log_mel)

    def logits(self, tokens: Tensor, memory: Tensor, cache: list | None = None) -> Tensor:
        """Tokens (batch, n) and memory (batch, 1500, width) → (batch, n, vocabulary)."""
        return self.decoder(tokens, memory, cache)

    def new_cache(self) -> list[DecoderCache]:
        """What ``logits`` fills, a layer each."""
        return [DecoderCache() for _ in self.decoder.layers]

    @classmethod
    def from_pretrained(cls, source: str | Path, *, local_files_only: bool = False) -> "Whisper":
        """Published weights, as safetensors in the layout of transformers; a pickle is never opened.

        ``source`` is a folder, the name of a size ("tiny"), or of a model on the hub ("openai/whisper-tiny"), which
        huggingface_hub looks for in its cache and, unless ``local_files_only``, on the network.
        """
        folder = published.folder_of(source, local_files_only=local_files_only)
        config = WhisperConfig(**published.sizes(folder))
        tokens = WhisperTokens(config.vocabulary, **published.token_options(folder, config.vocabulary))
        model = cls(config, tokens=tokens)
        model.load_state_dict(published.weights(folder, model.state_dict()))
        return model.eval()


# ------------------------------------------------------------------------------------------ special tokens


class WhisperTokens:
    """The numbers of Whisper's tokens: text first, then the end, the start, languages, tasks, and 1,501 times.

    Parameters
    ----------
    vocabulary : int
        51,864 (English only), 51,865 or 51,866.
    encoding : BytePairEncoding, optional
        By default that of the course; the English-only models have another one, ``vocab.json`` beside their weights.
    suppressed, blank : sequence of int, optional
        Tokens that are never written, and those that a text does not begin with, where a publication says so.

    Attributes
    ----------
    end, start, translate, transcribe, previous, no_speech, no_timestamps, first_timestamp : int
    languages : dict, code → int
        Empty for the English-only models, which are not told a language or a task.
    seconds_per_timestamp : float, s

    Source: Radford et al. 2022, arXiv 2212.04356, section 2.3. Lecture: attention_asr
    """

    seconds_per_timestamp = 0.02

    def __init__(self, vocabulary: int = 51_865, *, encoding=None, suppressed=None, blank=None) -> None:
        self.vocabulary = _checks.vocabulary(vocabulary)
        self.end = 50_257 if self.vocabulary > 51_864 else 50_256
        self.start = self.end + 1
        n_languages = self.vocabulary - 1509 - self.end
        codes = published.LANGUAGES[: n_languages if self.vocabulary > 51_864 else 0]
        self.languages = {code: self.start + 1 + place for place, code in enumerate(codes)}
        first = self.start + 1 + n_languages
        self.translate, self.transcribe, self.language_model, self.previous = range(first, first + 4)
        self.no_speech, self.no_timestamps, self.first_timestamp = range(first + 4, first + 7)
        self._given = _checks.given(encoding, BytePairEncoding, suppressed, blank, self.vocabulary)

    @cached_property
    def encoding(self) -> BytePairEncoding:
        """Text to tokens and back."""
        _checks.encoding_known(self._given[0], self.vocabulary)
        return self._given[0] or BytePairEncoding(whisper_ranks())

    @cached_property
    def suppressed(self) -> list[int]:
        """What is never written: what opens a prompt, and signs that transcripts have and speech has not."""
        never = {self.transcribe, self.translate, self.start, self.previous, self.language_model, self.no_speech}
        if self._given[1] is not None:
            return sorted(never.union(self._given[1]))
        encode, signs, notes = self.encoding.encode, published.SIGNS, published.NOTES
        ways = [(sign, ids) for sign in signs + notes for ids in (encode(sign), encode(f" {sign}"))]
        never |= {ids[0] for sign, ids in ways if len(ids) == 1 or sign in notes}  # of notes all begin alike
        return sorted(never | {encode(" -")[0], encode(" '")[0]})

    @cached_property
    def blank(self) -> list[int]:
        """What a text does not begin with: a space alone, or its end."""
        return [*self.encoding.encode(" "), self.end] if self._given[2] is None else list(self._given[2])

    def prompt(self, language: str | None, task: str, timestamps: bool) -> list[int]:
        """What the decoder is told before it writes: start, language, task, and whether to leave out times."""
        language, task = _checks.what_to_do(language, task, self.languages)
        told = [self.languages[language], getattr(self, task)] if self.languages else []
        return [self.start, *told, *([] if _checks.switch(timestamps, "timestamps") else [self.no_timestamps])]

    def encode(self, text: str) -> list[int]:
        """A text as it stands inside a transcript: after a space."""
        return self.encoding.encode(" " + _checks.text(text).strip())

    def text(self, ids: Sequence[int]) -> str:
        """The text of tokens, special ones left out."""
        return self.encoding.decode([number for number in _checks.ids(ids, self.vocabulary) if number < self.end])

    def seconds(self, token: int) -> float:
        """The time that a timestamp stands for, within its window."""
        return _checks.steps(token, self.first_timestamp, self.vocabulary) * self.seconds_per_timestamp


# ------------------------------------------------------------------------------------------ rules of decoding


@dataclass(frozen=True)
class Decoded:
    """What was written about one window.

    ``mean_log_prob`` is the mean of ``ln p`` over the tokens and the end.
    """

    tokens: list[int]
    text: str
    language: str | None = None
    mean_log_prob: float = math.nan
    no_speech_prob: float = math.nan
    temperature: float = 0.0

    @property
    def compression_ratio(self) -> float:
        """How much shorter zlib makes the text: above 2.4 it repeats itself."""
        return len(self.text.encode()) / len(zlib.compress(self.text.encode()))


def timestamp_rules(
    logits: Tensor, past: Tensor, tokens: object, *, max_initial_timestamp: float | None = 1.0
) -> Tensor:
    """−∞ for what may not come next where times are written.

    A text stands between two times, ``<|0.00|> text <|1.20|>``, and the next begins with a time again. Times never
    fall, no text ends where it begins, the first time comes first and within ``max_initial_timestamp``. Where all times
    together are more probable than the most probable other token, a time must come.

    Parameters
    ----------
    logits : tensor, shape (batch, vocabulary)
    past : tensor of int, shape (batch, n)
        What stands behind the prompt so far.
    tokens : WhisperTokens or alike
    max_initial_timestamp : float, s, or None

    Returns
    -------
    tensor, shape (batch, vocabulary)

    Source: the code published with Radford et al. 2022.
    Lecture: attention_asr
    """
    first, latest_s = _checks.scores_and_tokens(logits, past, tokens), _checks.latest(max_initial_timestamp)
    number, n_past = torch.arange(logits.shape[1], device=logits.device), past.shape[1]
    hidden = (number == tokens.no_timestamps).expand(logits.shape)
    if n_past == 0:
        last = math.inf if latest_s is None else first + round(latest_s / tokens.seconds_per_timestamp)
        hidden = hidden | (number < first) | (number > last)
    else:
        is_time = past >= first
        is_pair = is_time[:, -1:] & (is_time[:, -2:-1] if n_past > 1 else True)  # a text must follow
        is_single = is_time[:, -1:] & ~is_pair  # a time must follow, or the end
        hidden = hidden | is_pair & (number >= first) | is_single & (number < tokens.end)
        place = (is_time * torch.arange(1, n_past + 1, device=logits.device)).argmax(dim=1, keepdim=True)
        lowest = past.gather(1, place) + ~is_single
        hidden = hidden | is_time.any(dim=1, keepdim=True) & (number >= first) & (number < lowest)
    logits = logits.masked_fill(hidden, -math.inf)
    log_probs = torch.log_softmax(logits.float(), dim=-1)
    is_likely = log_probs[:, first:].logsumexp(dim=-1) > log_probs[:, :first].amax(dim=-1)
    return logits.masked_fill(is_likely[:, None] & (number < first), -math.inf)


@torch.no_grad()
def detect_language(model: nn.Module, memory: Tensor) -> list[dict[str, float]]:
    """How probable each language is: the softmax over the language tokens, after the start.

    Parameters
    ----------
    model : Whisper or alike
    memory : tensor, shape (batch, frames, width)
        What ``model.encode`` gives.

    Returns
    -------
    list of dict, code → probability

    Lecture: attention_asr
    """
    languages = _checks.several_languages(_checks.model(model).tokens.languages)
    start = torch.full((len(_checks.memory(memory)), 1), model.tokens.start, device=memory.device)
    probs = _checks.probabilities(model.logits(start, memory)[:, 0, list(languages.values())].float().softmax(dim=-1))
    return [dict(zip(languages, row, strict=True)) for row in probs.tolist()]


@torch.no_grad()
def decode(
    model: nn.Module,
    memory: Tensor,
    *,
    language: str | None = None,
    task: str = "transcribe",
    timestamps: bool = True,
    temperature: float = 0.0,
    best_of: int = 1,
    beam_size: int | None = None,
    patience: float = 1.0,
    length_penalty: float | None = None,
    prompt: str | Sequence[int] = (),
    n_longest: int | None = None,
    suppress: bool = True,
    max_initial_timestamp: float | None = 1.0,
    seed: int = 0,
) -> list[Decoded]:
    """Write a text for each window: greedily, by beam search, or drawing from the softmax of ``logits / temperature``.

    The score of a text is ``Σ ln p``; of several the one with the highest score over its length is given, or over
    ``((5 + length) / 6)^length_penalty``.

    Parameters
    ----------
    model : Whisper or alike, in evaluation mode
    memory : tensor, shape (batch, frames, width)
        What ``model.encode`` gives.
    language : str or None
        A code such as "de"; None asks ``detect_language``.
    task : {"transcribe", "translate"}
    timestamps : bool
        Write times, by ``timestamp_rules``.
    temperature : float
        0 takes the most probable token.
    best_of : int
        Texts that are drawn, where the temperature is above 0.
    beam_size : int or None
        Texts that are kept at each step; a search ends with ``round(beam_size · patience)`` finished ones.
    patience : float
    length_penalty : float, 0…1, or None
    prompt : str or sequence of int
        What was said before; its end is kept.
    n_longest : int
        Tokens; half of what the decoder holds by default.
    suppress : bool
        Never write ``tokens.suppressed``, nor begin with ``tokens.blank``.
    max_initial_timestamp : float, s, or None
    seed : int
        Of the draws.

    Returns
    -------
    list of Decoded, one for each window

    Token for token what OpenAI's ``whisper.decode`` gives for the same weights, but for what is drawn.
    Lecture: attention_asr
    """
    tokens, n_clips = _checks.model(model).tokens, len(_checks.memory(memory))
    beam_size, seed = _checks.one_way(tokens, temperature, best_of, beam_size, patience, length_penalty, seed)
    n_longest = _checks.longest(model.n_longest // 2 if n_longest is None else n_longest, model.n_longest)
    detected = detect_language(model, memory) if language is None and tokens.languages else ()
    languages = [max(found, key=found.get) for found in detected] or [language] * n_clips
    before = _checks.prompt(tokens.encode(prompt) if isinstance(prompt, str) else prompt, tokens)
    before = [tokens.previous, *before[-(model.n_longest // 2 - 1) :]] if len(before) else []
    told = [before + tokens.prompt(code, task, timestamps) for code in languages]
    n_told, search = len(told[0]), _Search(n_clips, tokens.end, temperature, best_of, beam_size, patience, seed)
    texts = torch.tensor(_checks.that_fit(told, memory, search.n_texts, model), device=memory.device)
    texts, memory = (x.repeat_interleave(search.n_texts, dim=0) for x in (texts, memory))
    scores, cache, silent = torch.zeros(len(texts), device=memory.device), model.new_cache(), [math.nan] * n_clips
    for step in range(n_longest):
        logits = model.logits(texts if step == 0 else texts[:, -1:], memory, cache).float()
        if step == 0 and tokens.no_speech is not None:
            silent = logits[:: search.n_texts, len(before)].softmax(dim=-1)[:, tokens.no_speech].tolist()
        logits = logits[:, -1]
        if _checks.switch(suppress, "suppress"):
            logits[:, [*tokens.suppressed, *([] if step else tokens.blank)]] = -math.inf
        if timestamps:
            logits = timestamp_rules(logits, texts[:, n_told:], tokens, max_initial_timestamp=max_initial_timestamp)
        texts, scores, is_done = search.extend(texts, scores, logits, cache)
        if is_done or texts.shape[1] > model.n_longest:
            break
    return [
        Decoded(ids, tokens.text(ids).strip(), code, score / (len(ids) + 1), quiet, temperature)
        for (ids, score), code, quiet in zip(
            search.best(texts, scores, n_told, length_penalty), languages, silent, strict=True
        )
    ]


class _Search:
    """Several texts for each clip, and those that have ended: ``n_texts`` rows a clip, side by side."""

    def __init__(self, n_clips, end, temperature, best_of, beam_size, patience, seed):
        self.end, self.temperature, self.is_beam = end, temperature, beam_size is not None
        self.n_texts, self.n_wanted = beam_size or best_of, round((beam_size or best_of) * patience)
        self.ended = [{} for _ in range(n_clips)]  # text → score
        self.generator = torch.Generator().manual_seed(seed)

    def extend(self, texts, scores, logits, cache):
        """Texts that are one token longer, their scores, and whether that is enough."""
        log_probs = _checks.probabilities(logits.log_softmax(dim=-1))
        if self.is_beam:
            return self._extend_beams(texts, scores, log_probs, cache)
        if self.temperature == 0:
            chosen = logits.argmax(dim=-1)
        else:
            probs = (logits / self.temperature).softmax(dim=-1).cpu()
            chosen = torch.multinomial(probs, 1, generator=self.generator)[:, 0].to(logits.device)
        has_ended = texts[:, -1] == self.end
        scores = scores + log_probs.gather(1, chosen[:, None])[:, 0] * ~has_ended
        chosen = chosen.masked_fill(has_ended, self.end)
        return torch.cat([texts, chosen[:, None]], dim=1), scores, bool((chosen == self.end).all())

    def _extend_beams(self, texts, scores, log_probs, cache):
        values, numbers = log_probs.topk(self.n_texts + 1)  # one more, should one be the end
        values, numbers, rows = (values + scores[:, None]).tolist(), numbers.tolist(), texts.tolist()
        kept = []
        for clip, ended in enumerate(self.ended):
            found = {}  # texts that are alike, as all are at first, count once
            for row in range(clip * self.n_texts, (clip + 1) * self.n_texts):
                for value, number in zip(values[row], numbers[row], strict=True):
                    found[(*rows[row], number)] = value, row
            ranked = sorted(found.items(), key=lambda item: -item[1][0])
            open_texts = [item for item in ranked if item[0][-1] != self.end][: self.n_texts]
            for text, (score, _) in ranked[: ranked.index(open_texts[-1])]:
                if text[-1] == self.end and len(ended) < self.n_wanted:
                    ended[text] = score
            kept += [(text, score, row) for text, (score, row) in open_texts]
        texts, scores, rows = map(list, zip(*kept, strict=True))
        for held in cache:  # the keys and values of the texts that go on; what they listen to is the same
            held.tokens.key, held.tokens.value = held.tokens.key[rows], held.tokens.value[rows]
        texts, scores = (torch.tensor(x, device=log_probs.device) for x in (texts, scores))
        return texts, scores, all(len(ended) >= self.n_wanted for ended in self.ended)

    def best(self, texts, scores, n_told, penalty):
        """The tokens behind the prompt, up to the end, and the score of the best text of each clip."""
        chosen = []
        for clip, ended in enumerate(self.ended):
            rows = range(clip * self.n_texts, (clip + 1) * self.n_texts)
            for row in sorted(rows, key=lambda row: -scores[row].item()):
                if len(ended) < self.n_texts:
                    ended[(*texts[row].tolist(), self.end)] = scores[row].item()
            found = [(list(text[n_told : text.index(self.end, n_told)]), score) for text, score in ended.items()]
            lengths = [len(ids) if penalty is None else ((5 + len(ids)) / 6) ** penalty for ids, _ in found]
            chosen.append(max(zip(found, lengths, strict=True), key=lambda item: item[0][1] / max(item[1], 0.5))[0])
        return chosen


# ------------------------------------------------------------------------------------------ long audio


@dataclass(frozen=True)
class Segment:
    """A piece of a transcript, from ``start_s`` to ``end_s``, and what was written about its window."""

    start_s: float
    end_s: float
    text: str
    tokens: list[int] = field(repr=False)
    window: Decoded = field(repr=False)


@dataclass(frozen=True)
class Transcript:
    """All of a sound: its text, its language, its segments in order."""

    text: str
    language: str | None
    segments: list[Segment]


@torch.no_grad()
def transcribe(
    model: nn.Module,
    signal: np.ndarray,
    *,
    sample_rate: float,
    language: str | None = None,
    temperatures: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    compression_ratio_threshold: float = 2.4,
    logprob_threshold: float = -1.0,
    no_speech_threshold: float = 0.6,
    condition_on_previous_text: bool = True,
    initial_prompt: str = "",
    **options: object,
) -> Transcript:
    """A sound of any length: a window of 30 s is written down, and the next begins at the last time that stands there.

    A text that repeats itself or is improbable is written again with the next temperature. A window is passed over
    where silence is probable and the text is not.

    Parameters
    ----------
    model : Whisper or alike, in evaluation mode
    signal : ndarray, shape (time,), full scale ±1
    sample_rate : float, Hz
        Of the signal, which is resampled where the model was trained at another one.
    language : str or None
        None detects it in the first window.
    temperatures : sequence of float
        Tried in this order.
    compression_ratio_threshold : float
        A text above it repeats itself.
    logprob_threshold : float
        A mean log probability below it is too low.
    no_speech_threshold : float
        A probability of silence above it is high.
    condition_on_previous_text : bool
        The text so far is the prompt of the next window, unless it was drawn at more than 0.5.
    initial_prompt : str
    **options : object
        Those of ``decode``.

    Returns
    -------
    Transcript
        No segment ends later than the sound.

    Source: Radford et al. 2022, section 4.5, and the code published with it, where the last window is filled with
    zeros; here it is filled with what silence sounds like.
    Lecture: attention_asr
    """
    tokens, keeps = _checks.model(model, long=True).tokens, _checks.keeps(condition_on_previous_text)
    limits = _checks.thresholds(compression_ratio_threshold, logprob_threshold, no_speech_threshold)
    temperatures, options = _checks.temperatures(temperatures), _checks.options_of(decode, options, tokens, language)
    heard = model.features(signal, sample_rate)
    n_content, seek, segments = heard.shape[-1] - model.n_window, 0, []
    said = tokens.encode(initial_prompt) if _checks.text(initial_prompt, "initial_prompt").strip() else []
    n_initial, n_forgotten = len(said), 0
    while seek < n_content:
        size, start_s = min(model.n_window, n_content - seek), seek / model.frame_rate
        memory = model.encode(heard[None, ..., seek : seek + model.n_window])
        options["prompt"] = [] if tokens.previous is None else said[n_forgotten:]
        window = _with_fallback(model, memory, temperatures, limits, {**options, "language": language})
        language = window.language
        if window.no_speech_prob > limits[2] and not window.mean_log_prob > limits[1]:
            seek += size
            continue
        pieces, n_read = _pieces(window.tokens, tokens, model.frame_rate, size)
        for begin, end, ids in pieces:
            begin, end = (min(start_s + t, n_content / model.frame_rate) for t in (begin, end))
            if begin < end and (text := tokens.text(ids)).strip():
                segments.append(Segment(begin, end, text, ids, window))
                said += ids
        if not keeps or window.temperature > 0.5:
            n_forgotten = len(said)
        seek += n_read
    return Transcript(tokens.text(said[n_initial:]), language, segments)


def _with_fallback(model, memory, temperatures, limits, options) -> Decoded:
    """The first text that neither repeats itself nor is improbable, unless there is silence; else the last."""
    for temperature in temperatures:
        unfit = ("beam_size", "patience") if temperature > 0 else ("best_of",)
        chosen = {name: value for name, value in options.items() if name not in unfit}
        window = decode(model, memory, temperature=temperature, **chosen)[0]
        is_improbable = window.mean_log_prob < limits[1]
        is_silent = is_improbable and window.no_speech_prob > limits[2]
        if is_silent or not (is_improbable or window.compression_ratio > limits[0]):
            break
    return window


def _pieces(ids: list[int], tokens: object, frame_rate: float, size: int) -> tuple[list, int]:
    """Begin and end in s and tokens of each piece of a window, and how many of its frames are done with.

    Two times side by side end one piece and begin the next. What is not finished when the window ends is left to the
    next window, which begins at the last time; a single time at the end says that nothing follows.
    """
    is_time = [number >= tokens.first_timestamp for number in ids]
    cuts = [place for place in range(1, len(ids)) if is_time[place - 1] and is_time[place]]
    if not cuts:
        times = [tokens.seconds(number) for number, so in zip(ids, is_time, strict=True) if so] or [0.0]
        return [(times[0] if is_time[:1] == [True] else 0.0, times[-1] or size / frame_rate, ids)], size
    cuts += [len(ids)] * (is_last := is_time[-2:] == [False, True])
    pieces = [ids[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False)]
    times = [[tokens.seconds(max(n, tokens.first_timestamp)) for n in (piece[0], piece[-1])] for piece in pieces]
    n_read = round(times[-1][1] * frame_rate)
    return [(*t, piece) for t, piece in zip(times, pieces, strict=True)], size if is_last or not n_read else n_read
