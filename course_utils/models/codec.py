"""A codec of MDCT frames: a small network, a residual quantiser inside it, files, and the tokens of a sound.

Lecture: music_generation
"""

import math
import os
import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import codec as _checks
from .._files import write_whole
from ..entropy_coding import arithmetic_decode, arithmetic_encode
from ..mdct import imdct, mdct
from ..quantisation import ResidualQuantiser
from .features import LogMel
from .training import home_of

SAMPLE_RATE = 8000  # Hz
N_BINS = 40  # of a frame, and its hop in samples: 200 frames a second
N_CODES = 256  # of a stage: 8 bits, 1.6 kbit/s
MOST_STAGES = 12  # 19.2 kbit/s
SCALE = 0.16  # standard deviation of the numbers of a frame: network inputs are about 1
MAGIC = b"SCC1"


def bit_rate(n_stages: int) -> float:
    """The nominal rate of a number of stages: 200 frames a second of 8 bits each.

    Parameters
    ----------
    n_stages : int

    Returns
    -------
    float, bit/s

    Lecture: music_generation
    """
    return _checks.count(n_stages, "n_stages", maximum=64) * SAMPLE_RATE / N_BINS * math.log2(N_CODES)


# ------------------------------------------------------------------------------- a quantiser that learns


class LearnedQuantiser(nn.Module):
    """Stages of code books that follow the numbers they are given: moving averages, as k-means without an end.

    In training each code moves to ``m_j / n_j``, where ``n_j ← γ n_j + (1 − γ) · (its vectors)`` and
    ``m_j ← γ m_j + (1 − γ) · (their sum)``. A code whose n_j falls below ``dead`` is put onto a vector of the batch;
    its averages are set with it, or the next step would put it back.

    Parameters
    ----------
    width : int
    n_stages, n_codes : int
    gamma : float, 0…1
    dead : float
        0 never restarts a code.

    Forward
    -------
    latent : tensor, shape (batch, width, frames)
    n_stages : int, optional
        The first stages alone.
        Returns the sum of the codes (batch, width, frames), through which gradients pass as if it were ``latent``
        (straight-through), and the codes (batch, stages, frames).

    Source: van den Oord et al. 2017, "Neural Discrete Representation Learning", appendix A.1; restarts as in Dhariwal
    et al. 2020, "Jukebox"; stages as in Zeghidour et al. 2021, "SoundStream". Lecture: music_generation
    """

    def __init__(
        self, width: int, n_stages: int = MOST_STAGES, n_codes: int = N_CODES, *, gamma: float = 0.97, dead: float = 0.1
    ):
        super().__init__()
        shape = (
            _checks.count(n_stages, "n_stages", maximum=64),
            _checks.count(n_codes, "n_codes", minimum=2, maximum=4096),
            _checks.count(width, "width", maximum=4096),
        )
        self.gamma = _checks.number(gamma, "gamma", at_least=0, at_most=1)
        self.dead = _checks.number(dead, "dead", at_least=0)
        self.register_buffer("tables", torch.randn(shape) / math.sqrt(shape[-1]))
        self.register_buffer("n_vectors", torch.ones(shape[:2]), persistent=False)
        self.register_buffer("sums", self.tables.clone(), persistent=False)

    @torch.no_grad()
    def begin(self, latent: torch.Tensor, *, seed: int = 0) -> None:
        """Code books by k-means of vectors (vectors, width), stage after stage."""
        x, rng = latent.double().cpu().numpy(), np.random.default_rng(seed)
        found = ResidualQuantiser.fitted(x, len(self.tables), self.tables.shape[1], rng=rng, n_turns=6)
        self.tables.copy_(torch.from_numpy(np.stack(found.codebooks)))
        self.sums.copy_(self.tables)
        self.n_vectors.fill_(1.0)

    def forward(self, latent: torch.Tensor, n_stages: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        latent = _checks.latent_of(latent, self)
        n_stages = _checks.stages_of(n_stages, len(self.tables))
        rest = rows = latent.detach().transpose(1, 2).reshape(-1, latent.shape[1])
        codes = []
        for stage in range(n_stages):
            table = self.tables[stage]
            codes.append((table.square().sum(dim=1) / 2 - rest @ table.T).argmin(dim=1))
            chosen = table[codes[-1]]
            if self.training:
                self._follow(stage, rest, codes[-1])
            rest = rest - chosen
        quantised = (rows - rest).reshape(len(latent), -1, latent.shape[1]).transpose(1, 2)
        shape = (n_stages, len(latent), latent.shape[2])
        return latent + (quantised - latent).detach(), torch.stack(codes).reshape(shape).transpose(0, 1)

    @torch.no_grad()
    def _follow(self, stage: int, vectors: torch.Tensor, codes: torch.Tensor) -> None:
        """Move the codes of a stage to the moving means of their vectors, and put dead ones onto others."""
        n, sums = self.n_vectors[stage], self.sums[stage]
        n.mul_(self.gamma).index_add_(0, codes, torch.full_like(codes, 1.0 - self.gamma, dtype=n.dtype))
        sums.mul_(self.gamma).index_add_(0, codes, (1 - self.gamma) * vectors)
        is_dead = n < self.dead
        if is_dead.any():
            drawn = torch.randint(len(vectors), (int(is_dead.sum()),), device=vectors.device)
            n[is_dead], sums[is_dead] = 1.0, vectors[drawn]
        self.tables[stage] = sums / n.clamp(min=1e-6)[:, None]

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """The sum of the codes (batch, stages, frames): (batch, width, frames)."""
        codes = _checks.codes_of(codes, self.tables)
        return sum(self.tables[stage][codes[:, stage]] for stage in range(codes.shape[1])).transpose(1, 2)


# ------------------------------------------------------------------------------------------- the network


class _Residual(nn.Module):
    """``x + W₂ gelu(W₁ * x)``: a convolution over frames, dilated, and one on each frame alone."""

    def __init__(self, width: int, dilation: int):
        super().__init__()
        self.wide = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.out = nn.Conv1d(width, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.out(F.gelu(self.wide(x)))


class Coded(NamedTuple):
    """What a codec makes of frames: frames again, the latent before and after its quantiser, and the codes."""

    frames: torch.Tensor
    latent: torch.Tensor
    quantised: torch.Tensor
    codes: torch.Tensor


class FrameCodec(nn.Module):
    """MDCT frames and their neighbours → a latent → codes → frames.

    The encoder sees each frame's numbers and their level, ``ln(X_k² + (X_k+1 − X_k−1)² + 0.01)``, a stand-in for the
    magnitude, which an MDCT has not. Both encoder and decoder have a straight path, so that a new network is that of
    k-means on the frames.

    Parameters
    ----------
    n_bins, width, latent : int
        ``latent`` is at least ``n_bins``.
    n_stages, n_codes : int
    dilations : sequence of int
        Of the convolutions in encoder and decoder: how many frames apart their three taps are.

    Forward
    -------
    frames : tensor, shape (batch, n_bins, frames)
        Of ``mdct``.
    n_stages : tensor of int, shape (batch,), or int, optional
        One number for all.
        Returns ``Coded``.

    After Zeghidour et al. 2021, "SoundStream", on frames in the place of samples. Lecture: music_generation
    """

    def __init__(
        self,
        *,
        n_bins: int = N_BINS,
        width: int = 128,
        latent: int = 48,
        n_stages: int = MOST_STAGES,
        n_codes: int = N_CODES,
        dilations: Sequence[int] = (1, 2, 4),
    ):
        super().__init__()
        n_bins, width = _checks.even_bins(n_bins), _checks.count(width, "width", maximum=4096)
        latent = _checks.count(latent, "latent", minimum=n_bins, maximum=4096)
        dilations = _checks.layers_fit(dilations, "dilations")
        self.quantiser = LearnedQuantiser(latent, n_stages, n_codes)
        self.encoder = self._stack(2 * n_bins, width, latent, dilations)
        self.decoder = self._stack(latent, width, n_bins, dilations)
        self.straight = nn.Conv1d(n_bins, latent, 1, bias=False)
        self.back = nn.Conv1d(latent, n_bins, 1, bias=False)
        with torch.no_grad():
            for layer in (self.straight, self.back):
                layer.weight.copy_(torch.eye(*layer.weight.shape[:2])[..., None])
            for stack in (self.encoder, self.decoder):
                stack[-1].weight.mul_(0.3)

    @staticmethod
    def _stack(n_inputs: int, width: int, n_outputs: int, dilations: Sequence[int]) -> nn.Sequential:
        inner = [_Residual(width, dilation) for dilation in dilations]
        return nn.Sequential(nn.Conv1d(n_inputs, width, 3, padding=1), *inner, nn.Conv1d(width, n_outputs, 1))

    def latent_of(self, frames: torch.Tensor) -> torch.Tensor:
        """What is quantised: (batch, latent, frames)."""
        x = _checks.frames_of(frames, self) / SCALE
        beside = F.pad(x, (1, 1))
        level = torch.log(x.square() + (beside[..., 2:] - beside[..., :-2]).square() + 0.01)
        return self.straight(x) + self.encoder(torch.cat([x, level], dim=1))

    def frames_of(self, quantised: torch.Tensor) -> torch.Tensor:
        """Frames from the sum of the codes."""
        return SCALE * (self.back(quantised) + self.decoder(quantised))

    def forward(self, frames: torch.Tensor, n_stages: torch.Tensor | int | None = None) -> Coded:
        latent = self.latent_of(frames)
        quantised, codes = self.quantiser(latent, _checks.one_number_of_stages(n_stages))
        return Coded(self.frames_of(quantised), latent, quantised, codes)


def codec_loss(
    coded: Coded, frames: torch.Tensor, *, mel: float = 0.9, commitment: float = 0.1
) -> dict[str, torch.Tensor]:
    """What a codec is trained with: ``(1 − m) ln(e + 0.001) + m |ln mel − ln mel̂| + c (z − ẑ)²``.

    e is the energy of the error over that of the frames, the mel distance a mean over three resolutions.

    Parameters
    ----------
    coded : Coded
    frames : tensor, shape (batch, bins, frames)
    mel : float, 0…1
        The share m of what is heard; 0 trains for the signal-to-noise ratio alone.
    commitment : float, 0…10⁶
        c: how much the encoder keeps near its codes.

    Returns
    -------
    dict of tensors
        The parts, whose sum is the loss.

    Lecture: music_generation
    """
    mel = _checks.number(mel, "mel", at_least=0, at_most=1)
    commitment = _checks.number(commitment, "commitment", at_least=0, at_most=1e6)
    _checks.coded_frames(coded, frames)
    error = (frames - coded.frames).square().sum() / frames.square().sum().clamp(min=1e-6)
    parts = {"error": (1 - mel) * torch.log(error + 1e-3)}
    parts["commitment"] = commitment * (coded.latent - coded.quantised.detach()).square().mean()
    if mel:
        parts["mel"] = mel * mel_distance(signal_of(coded.frames), signal_of(frames))
    return parts


_RESOLUTIONS = ((128, 32, 20), (256, 64, 40), (512, 128, 64))  # samples of a window and hop, bands


def mel_distance(signal: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Mean difference of log-mel spectrograms, over windows of 16, 32 and 64 ms.

    Parameters
    ----------
    signal, other : tensor, shape (batch, time), 8 kHz

    Returns
    -------
    tensor, a number, in nepers (of power): 1 is a factor of e, or 4.3 dB

    Lecture: music_generation
    """
    signal, other = _checks.two_signals(signal, other)
    apart = []
    for n_fft, hop_length, n_mels in _RESOLUTIONS:
        options = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels, "f_min": 50.0, "f_max": 4000.0}
        features = LogMel(sample_rate=SAMPLE_RATE, floor=1e-3, **options).to(signal.device)
        apart.append((features(signal) - features(other)).abs().mean())
    return sum(apart) / len(apart)


def signal_of(frames: torch.Tensor) -> torch.Tensor:
    """The inverse MDCT, through which gradients pass: equal to ``mdct.imdct``.

    Parameters
    ----------
    frames : tensor, shape (batch, bins, frames)

    Returns
    -------
    tensor, shape (batch, bins · (frames − 1))

    Lecture: music_generation
    """
    frames = _checks.frames_alone(frames)
    n = frames.shape[1]
    t, k = np.arange(2 * n)[:, np.newaxis], np.arange(n)  # by numpy in double precision, which not every device has
    waves = np.sqrt(2 / n) * np.cos(np.pi / n * (t + 0.5 + n / 2) * (k + 0.5)) * np.sin(np.pi * (t + 0.5) / (2 * n))
    halves = torch.einsum("tk,bkm->bmt", torch.from_numpy(waves.astype(np.float32)).to(frames), frames)
    return (halves[:, :-1, n:] + halves[:, 1:, :n]).flatten(1)


# ------------------------------------------------------------------------------------- sounds and files


@torch.no_grad()
def encode(model: FrameCodec, signal: np.ndarray, *, n_stages: int | None = None) -> np.ndarray:
    """A sound as whole numbers, a row for each frame of 5 ms.

    Parameters
    ----------
    model : FrameCodec
    signal : ndarray, shape (time,), 8 kHz
    n_stages : int, optional
        All by default.

    Returns
    -------
    ndarray of int64, shape (frames, stages)

    Lecture: music_generation
    """
    model = _checks.codec(model, FrameCodec).eval()
    frames = torch.from_numpy(mdct(_checks.sound(signal), model.straight.in_channels)).to(home_of(model))
    _, codes = model.quantiser(model.latent_of(frames[None]), _checks.one_number_of_stages(n_stages))
    return codes[0].T.cpu().numpy()


@torch.no_grad()
def decode(model: FrameCodec, codes: np.ndarray, *, length: int | None = None) -> np.ndarray:
    """The sound of rows of codes.

    Parameters
    ----------
    model : FrameCodec
    codes : ndarray of int, shape (frames, stages)
    length : int, samples, optional
        ``40 · (frames − 1)`` by default.

    Returns
    -------
    ndarray, shape (time,), float32

    Lecture: music_generation
    """
    model = _checks.codec(model, FrameCodec).eval()
    codes = _checks.table_of_codes(codes).to(home_of(model))
    frames = model.frames_of(model.quantiser.decode(codes.T[None]))
    return imdct(frames[0].cpu().numpy(), length=length)


def coded_bytes(codes: np.ndarray, length: int) -> bytes:
    """A file's content: its kind, the length, how many frames and stages, and the codes by arithmetic coding.

    Each stage is a context of its own, and of the first the code before it, so that its counts are apart.

    Parameters
    ----------
    codes : ndarray of int, shape (frames, stages), 0…255
    length : int, samples

    Returns
    -------
    bytes
        The same on every machine: nothing but whole numbers is computed.

    Lecture: music_generation
    """
    codes = _checks.table_of_codes(codes, N_CODES).numpy()
    length = _checks.count(length, "length", maximum=2**31)
    n_frames, n_stages = codes.shape
    head = MAGIC + struct.pack("<IIB", length, n_frames, n_stages)
    return head + arithmetic_encode(codes.ravel(), np.tile(np.arange(n_stages), n_frames), n_symbols=N_CODES)


def codes_of_bytes(content: bytes) -> tuple[np.ndarray, int]:
    """What ``coded_bytes`` was given.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    codes : ndarray of int64, shape (frames, stages)
    length : int, samples

    Raises
    ------
    ValueError
        If the content is of another kind, or ends too early.

    Lecture: music_generation
    """
    body = _checks.content_of_codec(content, MAGIC, struct.calcsize("<IIB"))
    length, n_frames, n_stages = struct.unpack("<IIB", content[4 : len(content) - len(body)])
    _checks.counts_of_file(n_frames, n_stages, len(body))
    contexts = np.tile(np.arange(n_stages), n_frames)
    found = arithmetic_decode(body, n_frames * n_stages, contexts, n_symbols=N_CODES)
    return np.array(found).reshape(n_frames, n_stages), length


def save_coded(path: str | os.PathLike, codes: np.ndarray, length: int) -> None:
    """Write ``coded_bytes`` as a file.

    Parameters
    ----------
    path : str or path
    codes : ndarray of int, shape (frames, stages)
    length : int, samples

    Lecture: music_generation
    """
    path, content = _checks.named_file(path), coded_bytes(codes, length)
    try:
        write_whole(path, content)
    except OSError as error:
        _checks.not_written(path, error)


def load_coded(path: str | os.PathLike) -> tuple[np.ndarray, int]:
    """Read a file of ``save_coded``.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    codes : ndarray of int64, shape (frames, stages)
    length : int, samples

    Lecture: music_generation
    """
    return codes_of_bytes(_checks.bytes_of_file(_checks.named_file(path)))


def tokens_of_codes(codes: np.ndarray, n_stages: int = 1) -> list[int]:
    """Codes as a piece for a language model: the first stages of each frame in turn, between two zeros.

    Code c of stage s is the token ``1 + 256 s + c``.

    Parameters
    ----------
    codes : ndarray of int, shape (frames, stages)
    n_stages : int

    Returns
    -------
    list of int

    Lecture: music_generation
    """
    codes = _checks.table_of_codes(codes, N_CODES).numpy()
    n_stages = _checks.count(n_stages, "n_stages", maximum=codes.shape[1])
    return [0, *(1 + N_CODES * np.arange(n_stages) + codes[:, :n_stages]).ravel().tolist(), 0]


def codes_of_tokens(tokens: Sequence[int], n_stages: int = 1) -> np.ndarray:
    """What ``tokens_of_codes`` was given; a last frame that is not whole is left out.

    Parameters
    ----------
    tokens : sequence of int
    n_stages : int

    Returns
    -------
    ndarray of int64, shape (frames, n_stages)

    Raises
    ------
    ValueError
        If the stages do not take turns.

    Lecture: music_generation
    """
    n_stages = _checks.count(n_stages, "n_stages", maximum=64)
    body = [token for token in _checks.tokens(tokens, 1 + N_CODES * n_stages) if token]
    rows = np.array(body[: len(body) // n_stages * n_stages]).reshape(-1, n_stages) - 1
    return _checks.turns_of_stages(rows - N_CODES * np.arange(n_stages), N_CODES)
