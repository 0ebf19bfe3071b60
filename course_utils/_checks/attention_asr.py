"""What ``attention_asr`` words."""

from collections.abc import Sequence

import torch
from torch import nn

from .beam_search import beam  # noqa: F401 -- for attention_asr
from .classification import batch_of_signals
from .layers import *  # noqa: F403
from .layers import (
    _show,
    attention_mask,
    count,
    fits_memory,
    for_network,
    no_nan,
    number,
    odd,
    scores_fit,
    signal_of,
    something_to_attend,
    table_fits,
    tensor,
    whole_numbers,
    with_numbers,
)


def additive(query, key, value, weight_query, weight_key, vector) -> None:
    """Queries, keys and values, and the layer that scores them."""
    for name, x, axes in (("weight_query", weight_query, 2), ("weight_key", weight_key, 2), ("vector", vector, 1)):
        with_numbers(tensor(x, name, axes=axes), name)
    for name, x in (("query", query), ("key", key)):
        with_numbers(tensor(x, name, at_least=2), name)
    d = len(vector)
    for name, x, weight, of in (
        ("weight_query", query, weight_query, "query"),
        ("weight_key", key, weight_key, "key"),
    ):
        if tuple(weight.shape) != (d, x.shape[-1]):
            raise ValueError(
                f"{name} must have the shape ({d}, {x.shape[-1]}), a row for each value of vector and a column for "
                f"each of {of}, got {tuple(weight.shape)}: transpose it, or pass the one that belongs to {of}"
            )
        if weight.dtype != x.dtype or weight.device != x.device:
            raise TypeError(
                f"{name} must be {x.dtype} on {x.device} as {of} is, got {weight.dtype} on {weight.device}: "
                f"pass {name}.to({of})"
            )
    if vector.dtype != query.dtype or vector.device != query.device:
        raise TypeError(
            f"vector must be {query.dtype} on {query.device} as query is, got {vector.dtype} on {vector.device}: "
            "pass vector.to(query)"
        )
    scores_fit(query[..., :1].expand(*query.shape[:-1], key.shape[-1]), key, value)
    n_pairs = query[..., 0].numel() * key.shape[-2]
    table_fits(query, n_pairs * d, f"a table of {n_pairs:,} pairs and {d:,} hidden values", "pass fewer queries")


def widths(**sizes: int) -> list[int]:
    """Widths of layers."""
    return [count(size, name, maximum=65_536) for name, size in sizes.items()]


def kernel(kernel_size) -> int:
    """Length of a filter that has a middle, or 0 for none."""
    kernel_size = count(kernel_size, "kernel_size", minimum=0, maximum=1023)
    if kernel_size:
        odd(kernel_size, "kernel_size")
    return kernel_size


def looked_at(query, key, mask, before, network: nn.Module, query_width: int, key_width: int) -> None:
    """What an attention with weights of its own is given."""
    for name, x, width in (("query", query, query_width), ("key", key, key_width)):
        with_numbers(for_network(x, name, network), name)
        if x.ndim != 3 or x.shape[-1] != width or 0 in x.shape:
            raise ValueError(
                f"{name} must have the shape (batch, {'queries' if name == 'query' else 'keys'}, {width}), "
                f"got {tuple(x.shape)}: make the attention of the width of what it looks at"
            )
    if len(query) != len(key):
        raise ValueError(f"query and key must have one batch, got {len(query)} and {len(key)}: pass as many clips")
    if mask is not None:
        attention_mask(mask, (len(query), query.shape[1], key.shape[1]))
        something_to_attend(int((~mask.any(dim=-1)).sum()))
    if before is not None:
        with_numbers(for_network(before, "before", network), "before")
        if tuple(before.shape) != tuple(key.shape[:2]):
            raise ValueError(
                f"before must have the shape (batch, keys) = {tuple(key.shape[:2])}, got {tuple(before.shape)}: "
                "pass the weights of the step before"
            )


def projected(x, key: torch.Tensor, network: nn.Module) -> torch.Tensor:
    """Keys that were projected before."""
    with_numbers(for_network(x, "projected", network), "projected")
    wanted = (*key.shape[:2], network.project.out_features)
    if tuple(x.shape) != wanted:
        raise ValueError(
            f"projected must have the shape (batch, keys, n_hidden) = {wanted}, got {tuple(x.shape)}: pass project(key)"
        )
    return x


def tokens_of(tokens, signal, start: int) -> torch.Tensor:
    """What a speller is fed, (batch, tokens), for each signal of a batch."""
    batch_of_signals(signal_of(signal))
    return _fed(tokens, len(signal), start)


def to_spell(memory, n_frames, tokens, sampling, network: nn.Module, start: int) -> tuple:
    """What a listener gives, what is fed to a speller at each step, and how often that is what it says itself."""
    memory, n_frames = to_remember(memory, n_frames, network)
    tokens = _fed(tokens, len(memory), start)
    return memory, n_frames, tokens, number(sampling, "sampling", at_least=0, at_most=1)


def to_remember(memory, n_frames, network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden states of a listener, and how many of each clip count."""
    memory = remembered(memory, network)
    n_frames = whole_numbers(n_frames, "n_frames").to(memory.device)
    if (
        tuple(n_frames.shape) != (len(memory),)
        or not 1 <= int(n_frames.min()) <= int(n_frames.max()) <= memory.shape[1]
    ):
        raise ValueError(
            f"n_frames must hold 1…{memory.shape[1]} for each of {len(memory)} clips, got {_show(n_frames.tolist())}: "
            "pass what encode gives"
        )
    return memory, n_frames


def remembered(memory, network: nn.Module) -> torch.Tensor:
    """Hidden states (batch, frames, width) of a listener."""
    with_numbers(for_network(memory, "memory", network), "memory")
    width = network.norm.normalized_shape[0]
    if memory.ndim != 3 or memory.shape[2] != width or not memory.numel():
        raise ValueError(
            f"memory must have the shape (batch, frames, {width}), got {tuple(memory.shape)}: pass what encode gives"
        )
    no_nan(memory, "memory")
    return memory


def to_step(tokens, state, kind: type, start: int) -> torch.Tensor:
    """The tokens of one step (batch,), and the state of as many clips."""
    if not isinstance(state, kind):
        raise TypeError(f"state must be a {kind.__name__}, got {_show(state)}: begin with model.start")
    if not isinstance(tokens, torch.Tensor) or tokens.ndim != 1:
        raise TypeError(f"tokens must be a tensor (batch,) of whole numbers, got {_show(tokens)}: pass one a clip")
    return _fed(tokens[:, None], len(state.memory), start)[:, 0]


def _fed(tokens, n_batch: int, start: int) -> torch.Tensor:
    """Tokens (batch, tokens) of a speller."""
    if not isinstance(tokens, torch.Tensor):
        raise TypeError(
            f"tokens must be a tensor of whole numbers, got {_show(tokens)}: pass fed_tokens(targets, n_targets)"
        )
    tokens = _whole(tokens, "tokens", 0, start, "pass fed_tokens(targets, n_targets)")
    if not tokens.numel() or len(tokens) != n_batch:
        raise ValueError(
            f"tokens must have the shape ({n_batch}, tokens), at least one for each clip, got {tuple(tokens.shape)}: "
            "begin each with START"
        )
    return tokens


def scores_of_step(logits: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of the next token that can be compared."""
    no_nan(logits, "logits")
    return logits.float().log_softmax(dim=1)


def beams_fit(beam_width: int, n_most: int, memory: torch.Tensor, n_hidden: int) -> None:
    """The beginnings of a clip, each with what it listens to and where it has looked."""
    n_texts = min(beam_width, 10.0 ** min(n_most, 9))
    fits_memory(
        8 * n_texts * memory.shape[1] * (memory.shape[2] + n_hidden + n_most),
        f"a beam of {beam_width:,} over {memory.shape[1]:,} frames and {n_most:,} tokens",
        "lower beam_width or n_most, or cut the sound",
    )


def _whole(x, name: str, lowest: int, highest: int, way_out: str) -> torch.Tensor:
    """A table of whole numbers within bounds, (batch, …)."""
    with_numbers(tensor(x, name, axes=2, any_kind=True, empty=True), name)
    if x.dtype.is_floating_point or x.dtype == torch.bool:
        raise TypeError(f"{name} must be whole numbers, got {x.dtype}: pass {name}.long()")
    x = x.long()
    if x.numel() and not lowest <= int(x.min()) <= int(x.max()) <= highest:
        raise ValueError(f"{name} must be {lowest}…{highest}, got {int(x.min())}…{int(x.max())}: {way_out}")
    return x


def targets_of(targets, n_targets, start: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The true tokens of a batch, and how many of each row count."""
    targets = _whole(targets, "targets", 0, start - 1, "digit d is token d + 1, and 0 is padding")
    n_targets = whole_numbers(n_targets, "n_targets").to(targets.device)
    if tuple(n_targets.shape) != (len(targets),) or not len(targets):
        raise ValueError(
            f"n_targets must hold one number for each of {len(targets)} rows, got {tuple(n_targets.shape)}: "
            "pass the length of each target"
        )
    low, high = int(n_targets.min()), int(n_targets.max())
    if low < 0 or high > targets.shape[1]:
        raise ValueError(
            f"n_targets must be 0…{targets.shape[1]}, the tokens of a row, got {low}…{high}: count what is no padding"
        )
    return targets, n_targets


def speller(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {type(model).__name__}: make one")
    return model


def output_of(output) -> tuple:
    """What a speller gives while it learns."""
    if not isinstance(output, Sequence) or isinstance(output, str) or len(output) != 3:
        got = f"{len(output)} values" if isinstance(output, Sequence) else type(output).__name__
        raise TypeError(f"output must be (logits, log_probs, n_frames), got {got}: let HarderSpelling give them")
    no_nan(with_numbers(tensor(output[0], "logits", axes=3), "logits"), "logits")
    return tuple(output)


def as_many_steps(logits: torch.Tensor, asked: torch.Tensor, n_classes: int) -> torch.Tensor:
    """One token for each step of a speller."""
    if logits.shape[2] != n_classes:
        raise ValueError(
            f"logits must have the shape (batch, tokens, {n_classes}), got {tuple(logits.shape)}: "
            "let HarderSpelling give them"
        )
    if tuple(logits.shape[:2]) != tuple(asked.shape):
        raise ValueError(
            f"targets must have one token less than the logits steps, got {asked.shape[1] - 1} for "
            f"{len(asked)} clips, and logits {tuple(logits.shape)}: feed fed_tokens of the same targets"
        )
    return asked


def weights_of(weights) -> torch.Tensor:
    """Attention of one clip."""
    with_numbers(tensor(weights, "weights", axes=2), "weights")
    if not bool((weights >= 0).all()) or not bool(weights.isfinite().all()):
        raise ValueError("weights must be finite and not negative, got another value: pass the attention's softmax")
    return weights
