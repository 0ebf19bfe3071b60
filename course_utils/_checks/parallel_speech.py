"""What ``parallel_speech`` words."""

import numpy as np
import torch
from torch import nn

from .durations import durations_of
from .layers import *  # noqa: F403
from .layers import (
    _show,
    array,
    count,
    fits_memory,
    for_network,
    layers_fit,
    number,
    odd,
    tensor,
    whole_numbers,
    with_numbers,
)

MOST_SECONDS = 600
FRAMES_A_SECOND = 62.5


def numbers_with_durations(values, durations) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers of tokens as rows of one, and how long each lasts."""
    return rows_with_durations(tensor(values, "values", axes=2)[..., None], durations, name="values")


def rows_with_durations(rows, durations, *, name: str = "hidden") -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of tokens (batch, tokens, width), and how long each lasts."""
    rows = with_numbers(tensor(rows, name, axes=3), name)
    durations = durations_of(durations).to(rows.device)
    if durations.shape != rows.shape[:2]:
        raise ValueError(
            f"durations must have the shape {tuple(rows.shape[:2])} of the tokens in {name}, "
            f"got {tuple(durations.shape)}: pass one for each token"
        )
    sums = durations.sum(dim=1)
    if not sums.min():
        raise ValueError("durations must last at least one frame in sum, got a clip of none: raise one of them")
    n_values = len(rows) * int(sums.max()) * rows.shape[2]
    fits_memory(4 * n_values, f"a table of {len(rows):,} clips and {int(sums.max()):,} frames", "shorten them")
    return rows, durations


def pitches(f0_hz) -> np.ndarray:
    """Pitches of which a comb is made."""
    f0_hz = array(f0_hz, "f0_hz", real=True)
    if f0_hz.ndim != 1 or f0_hz.min() < 40 or f0_hz.max() > 1000:
        raise ValueError(f"f0_hz must be pitches (pitches,) from 40 to 1000 Hz, got {_show(f0_hz)}: pass Hz")
    return f0_hz.astype(np.float64)


def tables(n_voices, n_vocabulary) -> tuple[int, int]:
    """Rows of tables."""
    n_voices = count(n_voices, "n_voices", minimum=0, maximum=1_000_000)
    return n_voices, count(n_vocabulary, "n_vocabulary", minimum=2, maximum=1_000_000)


def widths(**sizes: int) -> list[int]:
    """Widths of layers."""
    return [count(size, name, maximum=4096) for name, size in sizes.items()]


def two_stacks(n_layers) -> tuple[int, int]:
    """Layers of the encoder and of the decoder."""
    n_layers = layers_fit(n_layers, "n_layers")
    if len(n_layers) != 2 or max(n_layers) > 100:
        raise ValueError(f"n_layers must be two numbers up to 100, got {_show(n_layers)}: write (3, 5)")
    return n_layers


def kernel_of(kernel_size) -> int:
    """Length of a filter that has a middle."""
    kernel_size = count(kernel_size, "kernel_size", maximum=1023)
    odd(kernel_size, "kernel_size")
    return kernel_size


def tokens_of(tokens, network: nn.Module) -> torch.Tensor:
    """Texts (batch, tokens) of the vocabulary."""
    tokens, n_all = whole_numbers(tokens, "tokens"), network.embedding.num_embeddings
    if tokens.ndim != 2:
        raise ValueError(f"tokens must have the axes (batch, tokens), got shape {tuple(tokens.shape)}: add one")
    if tokens.min() < 0 or tokens.max() >= n_all:
        raise ValueError(
            f"tokens must lie in 0…{n_all - 1}, got {int(tokens.min())}…{int(tokens.max())}: see text.encode"
        )
    return tokens.to(network.embedding.weight.device)


def with_table(network: nn.Module) -> nn.Embedding:
    """A network that has a table of voices."""
    if network.voices is None:
        raise ValueError(
            f"voices must be vectors of {network.voice_size} numbers where n_voices=0, got numbers of voices: "
            "pass a float tensor"
        )
    return network.voices


def voices_of(voices, network: nn.Module) -> torch.Tensor:
    """Numbers of voices in the table, or vectors."""
    if isinstance(voices, torch.Tensor) and voices.is_floating_point():
        for_network(with_numbers(voices, "voices"), "voices", network)
        if voices.ndim != 2 or voices.shape[1] != network.voice_size:
            raise ValueError(
                f"voices must have the shape (batch, {network.voice_size}), got {tuple(voices.shape)}: "
                "pass a vector for each text"
            )
        return voices
    voices, table = whole_numbers(voices, "voices"), with_table(network)
    if voices.ndim != 1 or voices.min() < 0 or voices.max() >= table.num_embeddings:
        raise ValueError(
            f"voices must be numbers from 0 to {table.num_embeddings - 1}, one for each text, got {_show(voices)}: "
            "see DigitStrings.voice"
        )
    return voices.to(table.weight.device)


def a_voice_each(n_voices: int, n_texts: int) -> None:
    """Somebody who speaks for each text."""
    if n_voices != n_texts:
        raise ValueError(f"voices must hold one for each of {n_texts} texts, got {n_voices}: pass as many")


def prosody(durations, pitch, energy, tokens, n_tokens, network: nn.Module) -> tuple[torch.Tensor, ...]:
    """Three numbers for each token; of padding they do not count."""
    durations = durations_of(durations)
    place = torch.arange(tokens.shape[1], device=n_tokens.device) < n_tokens[:, None]
    for name, x in (("durations", durations), ("pitch", pitch), ("energy", energy)):
        if name != "durations":
            for_network(with_numbers(tensor(x, name, axes=2), name), name, network)
        if tuple(x.shape) != tuple(tokens.shape):
            raise ValueError(
                f"{name} must have the shape {tuple(tokens.shape)} of tokens, got {tuple(x.shape)}: pass one for each"
            )
    durations = durations.to(n_tokens.device).masked_fill(~place, 0)
    return durations, *(x.masked_fill(~place, 0) for x in (pitch, energy))


def one_text(tokens, network: nn.Module) -> torch.Tensor:
    """A text (1, tokens)."""
    tokens = whole_numbers(tokens, "tokens")
    if tokens.ndim != 1:
        raise ValueError(f"tokens must be one text (tokens,), got shape {tuple(tokens.shape)}: pass one row")
    return tokens_of(tokens[None], network)


def one_voice(voice, network: nn.Module) -> torch.Tensor:
    """A voice of a batch of one: its number (1,), or its vector (1, size)."""
    if isinstance(voice, np.ndarray | torch.Tensor) and voice.ndim == 1:
        vector = voice if isinstance(voice, torch.Tensor) else torch.as_tensor(array(voice, "voice", real=True))
        if vector.is_floating_point():
            weight = network.embedding.weight
            if len(vector) != network.voice_size or not vector.isfinite().all():
                raise ValueError(
                    f"voice must be {network.voice_size} finite numbers, got {_show(voice)}: pass one vector"
                )
            return vector.to(weight)[None]
    n_voices = with_table(network).num_embeddings
    return torch.tensor([count(voice, "voice", minimum=0, maximum=n_voices - 1)])


def _of_each(value, n_tokens: int, name: str, low: float, high: float) -> np.ndarray:
    """A number for each token, from low to high."""
    if isinstance(value, bool | str) or value is None:
        raise TypeError(f"{name} must be a number, or one for each token, got {_show(value)}: pass numbers")
    value = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value)
    if value.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a number, or one for each token, got {_show(value)}: pass numbers")
    if value.shape not in ((), (n_tokens,)):
        raise ValueError(f"{name} must hold {n_tokens} numbers, one for each token, got shape {value.shape}: pass them")
    if not (is_fine := (value >= low) & (value <= high)).all():
        wrong = value if not value.ndim else value[~is_fine][0]
        raise ValueError(f"{name} must lie within {low:g}…{high:g}, got {wrong:.6g}: move it less")
    return np.broadcast_to(value, n_tokens).astype(np.float32)


def asked(n_tokens: int, duration_scale, pitch_semitones, energy_db, durations, pitch, energy) -> list:
    """What a reader moves, and what a reader gives, of each token."""
    found = [
        _of_each(value, n_tokens, name, low, high)
        for value, name, low, high in (
            (duration_scale, "duration_scale", 0.01, 100),
            (pitch_semitones, "pitch_semitones", -48, 48),
            (energy_db, "energy_db", -200, 100),
        )
    ]
    for value, name, low, high in (
        (durations, "durations", 0, MOST_SECONDS * FRAMES_A_SECOND),
        (pitch, "pitch", 20, 2000),
        (energy, "energy", -200, 100),
    ):
        found.append(None if value is None else _of_each(value, n_tokens, name, low, high))
    return found


def ends_of(durations: torch.Tensor) -> torch.Tensor:
    """When each token ends, in frames, of a text that lasts some, and not for ever."""
    ends = durations.float().cumsum(dim=1)
    last = number(float(ends[0, -1]), "the sum of durations", at_least=0, at_most=1e12)
    if not 0.5 < last <= MOST_SECONDS * FRAMES_A_SECOND:
        raise ValueError(
            f"durations must last from 1 frame to {MOST_SECONDS:g} s in sum, got {last / FRAMES_A_SECOND:.4g} s: "
            "scale them, or cut the text"
        )
    return ends


def targets(output, kind: type, mel, n_frames, durations, pitch, energy) -> torch.Tensor:
    """What was said, and what should have been."""
    if not isinstance(output, kind):
        raise TypeError(f"output must be a {kind.__name__}, got {type(output).__name__}: pass what the model gives")
    with_numbers(tensor(mel, "mel", axes=3), "mel")
    if mel.shape != output.mel.shape:
        raise ValueError(
            f"mel must have the shape {tuple(output.mel.shape)} of what was said, got {tuple(mel.shape)}: "
            "tell the model the durations of the recording"
        )
    for name, x in (("durations", durations), ("pitch", pitch), ("energy", energy)):
        with_numbers(tensor(x, name, axes=2, any_kind=name == "durations"), name)
        if x.shape != output.pitch.shape:
            raise ValueError(
                f"{name} must have the shape {tuple(output.pitch.shape)}, got {tuple(x.shape)}: pass one for each token"
            )
    n_frames = whole_numbers(n_frames, "n_frames").to(mel.device)
    if tuple(n_frames.shape) != (len(mel),):
        raise ValueError(f"n_frames must have the shape ({len(mel)},), got {tuple(n_frames.shape)}: one for each clip")
    return n_frames
