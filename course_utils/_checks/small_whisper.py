"""What ``small_whisper`` words."""

import numpy as np
import torch
from torch import nn

from . import LARGEST_RATE
from . import signal as _signal
from .layers import array, caches_in_step, choice, for_network, no_nan, whole_numbers
from .recipes import string_item, strings, timed_lessons  # noqa: F401 -- for small_whisper
from .recogniser import *  # noqa: F403
from .recogniser import _show, _whole, count, network, number, recogniser, tensor, with_numbers
from .recogniser import digits as string_digits


def one_signal(signal, rate) -> tuple[np.ndarray, int]:
    """A signal (time,) that is not empty, and its whole rate."""
    signal = _signal(signal, mono=True)
    rate = number(rate, "sample_rate", at_least=1000, at_most=LARGEST_RATE)
    if rate != int(rate):
        raise ValueError(
            f"sample_rate must be a whole number of Hz, got {rate:.6g}: round it, or resample the signal first"
        )
    return signal.astype(np.float32, copy=False), int(rate)


def no_language(language) -> None:
    """The small model knows none."""
    if language is not None:
        raise ValueError(f"language must be None for a model of digits, got {_show(language)}: leave it out")


def timestamp(token, first: int, vocabulary: int) -> int:
    """A token that means a moment."""
    token = count(token, "token", minimum=0)
    if not first <= token < vocabulary:
        raise ValueError(f"token must be a timestamp, {first}…{vocabulary - 1}, got {token}: pass another one")
    return token


def tokens_of(values, vocabulary: int) -> list[int]:
    """A row of tokens."""
    return _whole(values, "ids", 0, vocabulary - 1, "pass what the model has written")


def prompt_of(values, vocabulary: int, n_longest: int) -> list[int]:
    """What stands before the answer, with room behind it."""
    values = _whole(values, "prompt", 0, vocabulary - 1, "see SmallTokens.prompt")
    if not 0 < len(values) < n_longest:
        raise ValueError(f"prompt must hold 1…{n_longest - 1} tokens, got {len(values)}: see SmallTokens.prompt")
    return values


def words_of(text, known: tuple) -> list[str]:
    """Words that have a token."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {_show(text)}: write 'four two'")
    for word in text.split():
        if word not in known:
            raise ValueError(f"text must be words from {known[0]} to {known[-1]}, got {word!r}: write 'four two'")
    return text.split()


def cut_in_time(until_s) -> None:
    """Where a window ends is written by moments alone."""
    if until_s is not None:
        raise ValueError(f"until_s must be None where spans_s is, got {_show(until_s)}: pass the spans of the digits")


def spans(values, n_digits: int, task: str) -> list[tuple]:
    """When each digit begins and ends."""
    if task != "transcribe":
        raise ValueError(f"spans_s must be None where task={task!r}, got some: moments go with transcribe alone")
    try:
        found = [tuple(number(float(end), "spans_s", at_least=0, at_most=1e6) for end in span) for span in values]
    except (TypeError, ValueError):
        raise TypeError(f"spans_s must hold pairs (begin, end) in s, got {_show(values)}: see spans_s") from None
    if len(found) != n_digits or any(len(span) != 2 or span[1] < span[0] for span in found):
        raise ValueError(
            f"spans_s must hold a begin and an end for each of {n_digits} digits, got {_show(found)}: see spans_s"
        )
    return found


def small_tokens(tokens, kind: type):
    """The vocabulary of this module."""
    if not isinstance(tokens, kind):
        raise TypeError(f"tokens must be a {kind.__name__}, got {type(tokens).__name__}: make one")
    return tokens


def small_whisper(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {type(model).__name__}: make one")
    return network(model)


def whole_recogniser(model, kind: type):
    """A recogniser whose trunk hears the whole clip, and that still has its scores."""
    if recogniser(model, kind).causal:
        raise ValueError("recogniser must hear the whole clip, got a causal one: make it with causal=False")
    if not isinstance(model.score, nn.Conv1d):
        raise ValueError("recogniser must have its scores, got the trunk of a SmallWhisper: pass a DigitRecogniser")
    return model


def told(tokens) -> torch.Tensor:
    """Rows of tokens of at least the start and the end, below 0 where padded."""
    tokens = whole_numbers(tensor(tokens, "tokens", axes=2, any_kind=True), "tokens")
    if tokens.shape[1] < 2:
        raise ValueError(f"tokens must hold the start and the end, got {tokens.shape[1]}: see SmallTokens.written")
    return tokens


def what_was_heard(heard, n_channels: int, network: nn.Module) -> torch.Tensor:
    """What a trunk gives, in any precision."""
    with_numbers(tensor(heard, "heard", axes=3), "heard")
    if not heard.is_floating_point() or heard.shape[2] != n_channels:
        raise ValueError(
            f"heard must be floats (batch, frames, {n_channels}), got {heard.dtype} {tuple(heard.shape)}: "
            "let the heard method of this model make it"
        )
    weight = next(network.parameters())
    return for_network(heard.to(weight.dtype), "heard", network)


def starts_of(starts, n_batch: int) -> torch.Tensor:
    """Where each clip begins in its window."""
    starts = whole_numbers(starts, "starts")
    if tuple(starts.shape) != (n_batch,) or int(starts.min()) < 0 or int(starts.max()) > 1_000_000:
        raise ValueError(
            f"starts must be a frame, from 0 on, for each of {n_batch} clips, got {_show(starts.tolist())}: pass one"
        )
    return starts


def scores_of(scores, tokens: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """Scores of every token but the first."""
    with_numbers(tensor(scores, "scores", axes=3), "scores")
    expected = (len(tokens), tokens.shape[1] - 1, vocabulary)
    if (highest := int(tokens.max())) >= vocabulary:
        raise ValueError(f"tokens must lie below {vocabulary}, got {highest}: use the vocabulary of this model")
    if not scores.is_floating_point() or tuple(scores.shape) != expected:
        raise ValueError(
            f"scores must be floats {expected}, got {scores.dtype} {tuple(scores.shape)}: see Transcription"
        )
    return scores


def table_of_tokens(tokens, n_before: int, vocabulary: int, n_longest: int) -> torch.Tensor:
    """Numbers of tokens (batch, n), at positions that were learned."""
    tokens = whole_numbers(tensor(tokens, "tokens", axes=2, any_kind=True), "tokens")
    lowest, highest = int(tokens.min()), int(tokens.max())
    if lowest < 0 or highest >= vocabulary:
        raise ValueError(
            f"tokens must lie in 0…{vocabulary - 1}, got {lowest if lowest < 0 else highest}: "
            "use the vocabulary of this model, and another number than −1 for padding"
        )
    if n_before + tokens.shape[1] > n_longest:
        raise ValueError(
            f"tokens must be at most n_longest={n_longest}, got {n_before + tokens.shape[1]}: "
            "cut the sound into windows, or train with more positions"
        )
    return tokens


def listened(memory, width: int, network: nn.Module) -> torch.Tensor:
    """What the encoder gives, (batch, frames, width)."""
    with_numbers(for_network(memory, "memory", network), "memory")
    if memory.ndim != 3 or memory.shape[2] != width or not memory.numel():
        raise ValueError(
            f"memory must have the shape (batch, frames, {width}), got {tuple(memory.shape)}: pass what listen gives"
        )
    return memory


def comparable(scores: torch.Tensor) -> torch.Tensor:
    """Scores of which one is the highest."""
    no_nan(scores, "scores")
    return scores


def caches(value, kind: type, n_layers: int):
    """One cache for each layer, or none."""
    if value is None:
        return value
    if isinstance(value, list) and len(value) == n_layers and all(isinstance(c, kind) for c in value):
        return caches_in_step(value)
    raise TypeError(
        f"cache must be a list of {n_layers} {kind.__name__}, one for each layer, got {_show(value)}: "
        "begin with model.new_cache()"
    )


def spans_of(spans_s, n_digits: int) -> np.ndarray:
    """When each digit of a string begins and ends, as numbers (digits, 2)."""
    spans_s = array(spans_s, "spans_s", real=True) if n_digits else np.zeros((0, 2))
    if spans_s.shape != (n_digits, 2) or spans_s.min(initial=0) < 0 or (spans_s[:, 1] < spans_s[:, 0]).any():
        raise ValueError(
            f"spans_s must be pairs (begin, end) in s of {n_digits} digits, got {_show(spans_s.tolist())}: "
            "see DigitStrings.spans_s"
        )
    return spans_s


def heard_strings(heard, forms, kind: type, names: tuple) -> list[tuple]:
    """What was heard, with its spans as an array, and for each string how it is written."""
    spans = []
    for item in strings(heard, "heard"):
        if not isinstance(item, kind):
            raise TypeError(f"heard must hold {kind.__name__}, got {_show(item)}: let hear_strings make them")
        frames = with_numbers(tensor(item.frames, "frames of heard", axes=2), "frames of heard")
        if frames.shape[1] != heard[0].frames.shape[1]:
            raise ValueError(
                f"heard must have as many channels each, got {frames.shape[1]} and {heard[0].frames.shape[1]}: "
                "let one model hear them all"
            )
        no_nan(frames, "frames of heard")
        spans.append(spans_of(item.spans_s, len(string_digits(item.digits, 10))))
    if not isinstance(forms, list | tuple) or len(forms) != len(heard):
        raise TypeError(f"forms must be a list of {len(heard)}, one a string, got {_show(forms)}: write ['words']")
    items = [item._replace(spans_s=moments) for item, moments in zip(heard, spans, strict=True)]
    return [(item, choice(form, "forms", names)) for item, form in zip(items, forms, strict=True)]
