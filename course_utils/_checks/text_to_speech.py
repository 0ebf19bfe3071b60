"""What ``text_to_speech`` words."""

import torch
from torch import nn

from .layers import *  # noqa: F403
from .layers import clip_lengths, for_network, tensor, whole_numbers, with_numbers


def texts_of(tokens, n_tokens, n_vocabulary: int, network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts of a batch as numbers of characters, padded, and how many of each row count."""
    with_numbers(tensor(tokens, "tokens", axes=2, any_kind=True), "tokens")
    if tokens.dtype.is_floating_point or tokens.dtype == torch.bool:
        raise TypeError(f"tokens must be whole numbers, got {tokens.dtype}: pass the numbers of text.encode")
    if not 0 <= int(tokens.min()) <= int(tokens.max()) < n_vocabulary:
        raise ValueError(
            f"tokens must be 0…{n_vocabulary - 1}, got {int(tokens.min())}…{int(tokens.max())}: "
            "pass the numbers of text.encode"
        )
    n_tokens = torch.full((len(tokens),), tokens.shape[1]) if n_tokens is None else whole_numbers(n_tokens, "n_tokens")
    if tuple(n_tokens.shape) != (len(tokens),):
        raise ValueError(
            f"n_tokens must hold one number for each of {len(tokens)} texts, got shape {tuple(n_tokens.shape)}: "
            "pass the length of each text"
        )
    clip_lengths(n_tokens.tolist(), tokens.shape[1])
    place = next(network.parameters()).device
    return tokens.long().to(place), n_tokens.to(place)


def told_mel(mel, tokens, n_mels: int, network: nn.Module) -> None:
    """True frames, one clip for each text."""
    with_numbers(for_network(mel, "mel", network), "mel")
    if mel.ndim != 3 or mel.shape[1] != n_mels or not mel.numel():
        raise ValueError(f"mel must have the shape (batch, {n_mels}, frames), got {tuple(mel.shape)}: see speech_mel")
    if isinstance(tokens, torch.Tensor) and tokens.ndim and len(tokens) != len(mel):
        raise ValueError(f"tokens and mel must have one batch, got {len(tokens)} and {len(mel)}: pass as many of each")


def attention_of(weights, *, axes: int) -> torch.Tensor:
    """Attention of one text, or of a batch."""
    with_numbers(tensor(weights, "weights", axes=axes), "weights")
    if not bool(weights.isfinite().all()) or not bool((weights >= 0).all()):
        raise ValueError("weights must be finite and not negative, got another value: pass the attention's softmax")
    return weights


def a_frame_each(n_frames: int, n_tokens: int) -> None:
    """A text no longer than its sound."""
    if n_frames < n_tokens:
        raise ValueError(
            f"weights must have as many frames as tokens, got {n_frames} frames for {n_tokens} tokens: "
            "state the reduction, or leave a text out that was cut short"
        )


def spoken(output, mel, kind: type) -> int:
    """What a Tacotron gives, beside the truth; frames a step."""
    if not isinstance(output, kind):
        raise TypeError(f"output must be a {kind.__name__}, got {type(output).__name__}: let a Tacotron give it")
    with_numbers(tensor(mel, "mel", axes=3), "mel")
    reduction = output.mel.shape[2] // output.stop.shape[1]
    n_frames = reduction * -(-mel.shape[2] // reduction)
    if tuple(output.mel.shape) != (*mel.shape[:2], n_frames):
        raise ValueError(
            f"mel must be what the Tacotron was told, of which it makes {(*mel.shape[:2], n_frames)}, "
            f"got {tuple(output.mel.shape)} as output: pass the same clips"
        )
    return reduction


def tacotron(model, kind: type):
    """The network of this module."""
    if not isinstance(model, kind):
        raise TypeError(f"model must be a {kind.__name__}, got {type(model).__name__}: make one")
    return model
