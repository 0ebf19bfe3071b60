"""What ``whisper`` words."""

import inspect
import math
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
import torch
from torch import nn

from . import LARGEST_RATE, fits_memory
from . import signal as _signal
from .bpe import text  # noqa: F401
from .foreign import entries, is_row
from .layers import *  # noqa: F403
from .layers import (
    _show,
    caches_in_step,
    count,
    even,
    for_network,
    heads_divide,
    number,
    switch,
    tensor,
    whole_numbers,
    with_numbers,
)

LARGEST_LOG_MEL = 1_000_000  # a log-mel lies within ±3; the squares of a normalisation overflow far above
WIDEST = 100  # beams: each step looks at their square

# ------------------------------------------------------------------------------------------------ sizes


def sizes(config) -> None:
    """Sizes that a network can have; whole numbers of numpy become plain ones."""
    largest = {"n_encoder_layers": 1000, "n_decoder_layers": 1000, "n_mels": 4096, "vocabulary": 10_000_000}
    least = {"width": 4, "vocabulary": 51_864}
    for name in config.__dataclass_fields__:
        value = count(getattr(config, name), name, minimum=least.get(name, 1), maximum=largest.get(name, 65_536))
        object.__setattr__(config, name, value)
    vocabulary(config.vocabulary)
    even(config.width, "width")
    heads_divide(config.width, config.n_heads)
    n_layers = config.n_encoder_layers + 1.5 * config.n_decoder_layers
    n_weights = config.width * (12 * config.width * n_layers + config.vocabulary)
    fits_memory(4 * n_weights, f"a Whisper of width={config.width}", "lower width or the number of layers")


def vocabulary(value) -> int:
    """One of Whisper's vocabularies."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value not in (51_864, 51_865, 51_866):
        raise ValueError(
            f"vocabulary must be 51864 (English only), 51865 or 51866 (multilingual), got {_show(value)}: "
            "choose one of them"
        )
    return int(value)


def table_of_positions(n_frames, width) -> tuple[int, int]:
    """A table of sines and cosines that memory holds."""
    n_frames, width = count(n_frames, "n_frames"), count(width, "width", minimum=4)
    even(width, "width")
    table = f"a table of {n_frames:,} frames and width={width}"
    fits_memory(32 * n_frames * width, table, "lower n_frames or width")
    return n_frames, width


def config(value, kind: type):
    """The size of a network."""
    if not isinstance(value, kind):
        raise TypeError(f'config must be a WhisperConfig, got {_show(value)}: pass WhisperConfig.preset("tiny")')
    return value


def tokens(value, kind: type, config):
    """The special tokens, as many as the network scores; by default those of its vocabulary."""
    if value is None:
        return kind(config.vocabulary)
    if not isinstance(value, kind):
        raise TypeError(f"tokens must be WhisperTokens, got {_show(value)}: pass WhisperTokens(config.vocabulary)")
    if value.vocabulary != config.vocabulary:
        raise ValueError(
            f"tokens must be of the vocabulary {config.vocabulary} that config asks for, got {value.vocabulary}: "
            "pass WhisperTokens(config.vocabulary)"
        )
    return value


# ------------------------------------------------------------------------------------------ what goes in


def window_of_features(log_mel, n_mels: int, n_frames: int, network: nn.Module) -> None:
    """Windows of exactly the length that has positions."""
    with_numbers(tensor(log_mel, "log_mel", axes=3), "log_mel")
    if tuple(log_mel.shape[1:]) != (n_mels, n_frames):
        raise ValueError(
            f"log_mel must have the shape (batch, {n_mels}, {n_frames}), got {tuple(log_mel.shape)}: pass "
            f"mel.whisper_log_mel(signal, n_mels={n_mels}), which pads to 30 s"
        )
    for_network(log_mel, "log_mel", network)
    if not (peak := float(log_mel.detach().abs().max())) <= LARGEST_LOG_MEL:
        raise ValueError(
            f"log_mel must be finite and within ±{LARGEST_LOG_MEL:,}, got a peak of {peak:.4g}: look for NaN in the "
            "signal, and pass mel.whisper_log_mel, which lies near ±1"
        )


def caches(value, kind: type, n_layers: int) -> list:
    """One cache for each layer, or nothing for each."""
    if value is None:
        return [None] * n_layers
    if not isinstance(value, list) or len(value) != n_layers or not all(isinstance(held, kind) for held in value):
        raise TypeError(
            f"cache must be a list of {n_layers} {kind.__name__}, one for each layer, got {_show(value)}: "
            "begin with model.new_cache()"
        )
    return caches_in_step(value)


def tokens_that_fit(value, n_before: int, vocabulary: int, n_longest: int) -> torch.Tensor:
    """Numbers of tokens (batch, n) that the table of positions still covers."""
    value = whole_numbers(tensor(value, "tokens", axes=2, any_kind=True), "tokens")
    lowest, highest = (int(bound) for bound in value.aminmax())
    if lowest < 0 or highest >= vocabulary:
        raise ValueError(
            f"tokens must lie in 0…{vocabulary - 1}, got {lowest if lowest < 0 else highest}: "
            "encode the text with this model's tokens"
        )
    if n_before + value.shape[1] > n_longest:
        raise ValueError(
            f"a text must have at most {n_longest} tokens, those of the cache included, got "
            f"{n_before + value.shape[1]}: shorten the prompt, or begin a new window"
        )
    return value


def one_signal(signal, rate) -> tuple[np.ndarray, int]:
    """A signal (time,) that is not empty, and its whole rate."""
    signal = _signal(signal, mono=True)
    rate = number(rate, "sample_rate", at_least=1000, at_most=LARGEST_RATE)
    if rate != int(rate):
        raise ValueError(
            f"sample_rate must be a whole number of Hz, got {rate:.6g}: round it, or resample the signal first"
        )
    return signal.astype(np.float32, copy=False), int(rate)


def memory(value) -> torch.Tensor:
    """What an encoder gives."""
    if not with_numbers(tensor(value, "memory", axes=3), "memory").isfinite().all():
        raise ValueError(
            "memory must be finite, got NaN or infinite values: look for them in the signal and in the weights"
        )
    return value


# ---------------------------------------------------------------------------------------------- decoding


def model(value, *, long: bool = False):
    """A network that can be decoded; for long sounds it must say how it hears them."""
    names = ("tokens", "logits", "new_cache", "n_longest")
    names += ("features", "encode", "frame_rate", "n_window") if long else ()
    lacks = [name for name in names if not hasattr(value, name)]
    if lacks or isinstance(value, type):
        raise TypeError(
            f"model must be a Whisper, or have what it has, got {_show(value)}, which lacks "
            f"{(lacks or ['weights'])[0]}: "
            'make one with Whisper(WhisperConfig.preset("tiny"))'
        )
    return value


def scores_and_tokens(logits, past, tokens) -> int:
    """Scores (batch, vocabulary), what each row has written, and the number of the first time."""
    with_numbers(tensor(logits, "logits", axes=2), "logits")
    with_numbers(tensor(past, "past", axes=2, any_kind=True, empty=True), "past")
    first = getattr(tokens, "first_timestamp", None)
    wanted = ("end", "no_timestamps", "seconds_per_timestamp")
    if first is None or isinstance(tokens, type) or not all(hasattr(tokens, name) for name in wanted):
        raise TypeError(f"tokens must be WhisperTokens or alike, got {_show(tokens)}: pass model.tokens")
    if past.is_floating_point() or past.dtype == torch.bool:
        raise TypeError(f"past must be whole numbers, got {past.dtype}: pass the tokens behind the prompt")
    n_scores = logits.shape[1]
    if len(past) != len(logits) or n_scores <= first or n_scores != getattr(tokens, "vocabulary", n_scores):
        raise ValueError(
            f"logits must have the shape (batch, vocabulary) with as many rows as past, and times from {first} on, "
            f"got {tuple(logits.shape)} and {tuple(past.shape)}: pass scores of the last token alone"
        )
    if past.numel() and not 0 <= int(past.min()) <= int(past.max()) < logits.shape[1]:
        raise ValueError(
            f"past must hold tokens of 0…{logits.shape[1] - 1}, got {int(past.min())}…{int(past.max())}: "
            "pass the tokens behind the prompt, without padding"
        )
    if not (logits < math.inf).all():  # false for NaN, too; −∞ is what a rule hides
        raise ValueError("logits must be numbers, got NaN or ∞: look for NaN in the signal and in the weights")
    return first


def probabilities(values: torch.Tensor) -> torch.Tensor:
    """What a softmax gives, where it has something to choose from."""
    if values.isnan().any():
        raise ValueError(
            "model must score some token above −∞ and none with NaN, got a row without probabilities: look for NaN in "
            "the signal and in the weights, and suppress fewer tokens"
        )
    return values


def that_fit(told: list, memory: torch.Tensor, n_texts: int, model) -> list:
    """Prompts of all windows, where memory holds as many texts of each, their scores and what they listen to."""
    n_rows, n_layers = n_texts * len(told), len(model.new_cache())
    n_scores = 4 * len(told[0]) * getattr(model.tokens, "vocabulary", 0)
    n_heard = (1 + 2 * n_layers) * memory.shape[1] * memory.shape[2]
    fits_memory(
        4 * n_rows * (n_scores + n_heard),
        f"a search with {n_texts:,} texts for each of {len(told):,} windows",
        "lower beam_size or best_of, shorten the prompt, or pass fewer windows at once",
    )
    return told


def latest(value) -> float | None:
    """The latest first time in s, or None."""
    return None if value is None else number(value, "max_initial_timestamp", at_least=0, at_most=1e6)


def several_languages(languages: dict) -> dict:
    """A model that has been told apart languages."""
    if not languages:
        raise ValueError(
            "model must be multilingual to detect a language, got one without language tokens: pass no language"
        )
    return languages


def what_to_do(language, task, languages: dict) -> tuple[str | None, str]:
    """A language and a task that a model knows."""
    if not isinstance(task, str) or task not in ("transcribe", "translate"):
        raise ValueError(f"task must be 'transcribe' or 'translate', got {_show(task)}: choose one of them")
    known = languages or ("en",)
    if not languages and language is None and task == "transcribe":
        return None, task
    if not languages and task == "translate":
        raise ValueError(
            "task must be 'transcribe' for an English-only model, got 'translate': name a multilingual one"
        )
    if not isinstance(language, str) or language not in known:
        shown = ", ".join(list(known)[:5]) + (", …" if len(known) > 5 else "")
        raise ValueError(
            f"language must be a code that the model knows ({shown}), got {_show(language)}: "
            "pass 'en', or None to decode, which detects it"
        )
    return language, task


def one_way(tokens, temperature, best_of, beam_size, patience, length_penalty, seed) -> tuple[int | None, int]:
    """Greedy, beams, or draws: options that go together."""
    temperature = warm(temperature)
    best_of = count(best_of, "best_of", maximum=1000)
    seed = count(seed, "seed", minimum=0, maximum=2**63 - 1)
    number(patience, "patience", above=0, at_most=1000)
    if length_penalty is not None:
        number(length_penalty, "length_penalty", at_least=0, at_most=1)
    if temperature == 0 and best_of > 1:
        raise ValueError(f"best_of must be 1 where temperature=0, got {best_of}: all texts would be alike")
    if beam_size is None:
        return None, seed
    beam_size = count(beam_size, "beam_size", maximum=min(WIDEST, getattr(tokens, "vocabulary", 1001) - 1))
    if temperature > 0 or round(beam_size * patience) < 1:
        raise ValueError(
            f"beam_size must go with temperature=0 and a patience that leaves one text, got "
            f"temperature={temperature:g} and patience={patience:g}: choose one way"
        )
    return beam_size, seed


def longest(value, n_longest: int) -> int:
    """How many tokens are written at most."""
    return count(value, "n_longest", maximum=n_longest)


def prompt(value, tokens) -> list[int]:
    """Tokens of what was said before."""
    if not is_row(value):
        raise TypeError(f"prompt must be a text or a list of tokens, got {_show(value)}: pass a str")
    value = entries(value, "prompt")
    for number_ in value:
        if isinstance(number_, bool) or not isinstance(number_, Integral) or number_ < 0:
            raise TypeError(f"prompt must hold tokens, got {_show(number_)}: pass a str, or what tokens.encode gives")
    if len(value) and tokens.previous is None:
        raise ValueError(f"prompt must be empty for a model that takes none, got {len(value)} tokens: leave it out")
    return [int(number_) for number_ in value]


def given(encoding, kind: type, suppressed, blank, n_tokens: int) -> tuple:
    """Text to tokens, and two lists of tokens, each of them or nothing."""
    if encoding is not None and not isinstance(encoding, kind):
        raise TypeError(
            f"encoding must be a BytePairEncoding, got {_show(encoding)}: pass BytePairEncoding(whisper_ranks(path))"
        )
    n_text = 50_257 if n_tokens > 51_864 else 50_256
    if encoding is not None and set(encoding.tokens) != set(range(n_text)):
        raise ValueError(
            f"encoding must have the {n_text:,} tokens of text of vocabulary={n_tokens}, numbered from 0, got "
            f"{len(encoding):,} up to {max(encoding.tokens):,}: pass that of the vocab.json beside the weights"
        )
    return encoding, *(_tokens(value, name, n_tokens) for name, value in (("suppressed", suppressed), ("blank", blank)))


def _tokens(value, name: str, n_tokens: int) -> list[int] | None:
    if value is None:
        return None
    if not is_row(value) and not isinstance(value, set | frozenset):
        raise TypeError(f"{name} must be a list of tokens, got {_show(value)}: pass whole numbers")
    value = entries(value, name)
    for number_ in value:
        is_whole = isinstance(number_, Integral) and not isinstance(number_, bool)
        if not is_whole or not 0 <= number_ < n_tokens:
            raise ValueError(
                f"{name} must hold tokens of 0…{n_tokens - 1}, got {_show(number_)}: look where it comes from"
            )
    return [int(number_) for number_ in value]


def ids(value, vocabulary: int) -> list[int]:
    """A row of tokens, special ones among them."""
    if not is_row(value):
        raise TypeError(f"ids must be a list of tokens, got {_show(value)}: pass what decode has written")
    return _tokens(value, "ids", vocabulary)


def steps(token, first: int, vocabulary: int) -> int:
    """How many timestamps lie before a token that means a moment."""
    if count(token, "token", minimum=0) >= vocabulary or token < first:
        raise ValueError(f"token must be a timestamp, {first}…{vocabulary - 1}, got {token}: pass another one")
    return int(token) - first


def keeps(value) -> bool:
    """Whether what was said so far is the prompt of the next window."""
    return switch(value, "condition_on_previous_text")


def encoding_known(value, vocabulary: int) -> None:
    """The English-only models write in an alphabet of their own."""
    if value is None and vocabulary == 51_864:
        raise ValueError(
            f"vocabulary={vocabulary} (English only) needs the encoding of GPT-2, got none, and the course has the "
            "multilingual one alone: pass BytePairEncoding(whisper_ranks(path)) of the vocab.json beside the weights"
        )


def options_of(function, options: dict, tokens, language) -> dict:
    """Options that are handed on, of those that transcribe does not choose itself: refused before anything is heard."""
    known = set(inspect.signature(function).parameters) - {"model", "memory", "prompt", "temperature"}
    for name in options:
        if name not in known:
            raise TypeError(
                f"options must be those of decode, got {_show(name)}: say with temperatures how texts are drawn, and "
                "with initial_prompt what was said before"
            )
    code = next(iter(getattr(tokens, "languages", None) or [None])) if language is None else language
    tokens.prompt(code, options.get("task", "transcribe"), options.get("timestamps", True))
    if options.get("beam_size") is not None:
        one_way(tokens, 0, 1, options["beam_size"], options.get("patience", 1.0), None, 0)
    count(options.get("best_of", 1), "best_of", maximum=1000)
    return dict(options)


def temperatures(value) -> list[float]:
    """At least one temperature."""
    if isinstance(value, Real) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, Sequence) or isinstance(value, str) or not len(value):
        raise TypeError(f"temperatures must be a list of numbers, got {_show(value)}: pass [0.0]")
    return [warm(item, "a temperature of temperatures") for item in value]


def warm(value, name: str = "temperature") -> float:
    """What scores are divided by, or 0."""
    value = number(value, name, at_least=0, at_most=100)
    if 0 < value < 1e-3:
        raise ValueError(f"{name} must be 0 or at least 0.001, got {value:g}: 0 takes the best token")
    return value


def thresholds(compression_ratio, log_prob, no_speech) -> tuple[float, float, float]:
    """What makes a text be written again, or passed over; infinity switches one off."""
    found = []
    for name, value in (("compression_ratio", compression_ratio), ("logprob", log_prob), ("no_speech", no_speech)):
        if isinstance(value, float | np.floating) and math.isinf(value):
            found.append(float(value))
        else:
            found.append(number(value, f"{name}_threshold"))
    return tuple(found)
