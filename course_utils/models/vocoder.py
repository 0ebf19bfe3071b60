"""From the mel back to the wave: pulses and noise, which a network shapes that has learned where each belongs.

Signals are at 8 kHz, mels those of ``speech_features``, (batch, 64, frames). Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from .._checks import vocoder as _checks
from ..dft import window as make_window
from ..mel import mel_filterbank
from .datasets import DigitStrings
from .features import LogMel
from .layers import clip_lengths, silenced, valid_frames
from .speech_features import F_MAX, F_MIN, FLOOR, HOP, N_FFT, N_MELS, PITCH_HZ, SAMPLE_RATE, pitch_hz, speech_mel

N_BINS = N_FFT // 2 + 1
N_PITCHES = 120  # on the scale on which the network writes a pitch: a step of 31 cents
N_NOISE = 2**16  # samples after which the noise repeats, 8.2 s
UNIT_POWER = 8 / (3 * N_FFT)  # mean square of a signal whose STFT by a Hann window has the mean power 1
AT_FLOOR = math.log(FLOOR) + 0.02  # what lies below is silence
RESOLUTIONS = (1024, 512, 256, 128)  # windows of the loss, in samples
LEARNED_ON = {"n_digits": (1, 3), "pause_s": (0.02, 0.2), "level_db": 4.0, "whole_words": True}

# ------------------------------------------------------------------------- the grid, and what is shaped on it


@lru_cache(maxsize=8)
def _window(n_fft: int) -> torch.Tensor:
    return torch.from_numpy(make_window("hann", n_fft).astype(np.float32))


def _stft(signal: torch.Tensor, n_fft: int = N_FFT) -> torch.Tensor:
    """``stft.stft`` with a hop of a quarter: (batch, time) → (batch, freq, frames)."""
    window = _window(n_fft).to(signal.device)
    options = {"window": window, "center": True, "pad_mode": "constant", "return_complex": True}
    return torch.stft(signal, n_fft, n_fft // 4, **options)


def inverse_stft(spectrum: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> torch.Tensor:
    """``stft.istft`` of clips of different lengths: ``x[n] = Σ_m w[n − mH] y_m[n − mH] / Σ_m w²[n − mH]``.

    Both sums are over the frames of the clip, so that it ends as it does when it stands alone.

    Parameters
    ----------
    spectrum : complex tensor, shape (batch, 257, frames)
    lengths : tensor or sequence of int, shape (batch,), frames, optional
        From 2; by default all.

    Returns
    -------
    tensor, shape (batch, 128 (frames − 1))
        0 behind the end of each clip.

    Source: Griffin & Lim 1984, equation 6.
    Lecture: text_to_speech
    """
    lengths = clip_lengths(_checks.spectra(spectrum, N_BINS).real, lengths)
    _checks.clip_lengths(lengths.tolist(), spectrum.shape[-1], at_least=2)
    valid, window = valid_frames(lengths, spectrum.shape[-1])[:, None], _window(N_FFT).to(spectrum.device)[:, None]
    frames = torch.fft.irfft(spectrum.masked_fill(~valid, 0), n=N_FFT, dim=1) * window
    signal, squares = _overlap_add(frames), _overlap_add(window.square() * valid)
    return silenced(signal / squares.clamp(min=1e-3), HOP * (lengths - 1))


def _overlap_add(frames: torch.Tensor) -> torch.Tensor:
    """(batch, N_FFT, frames) → (batch, HOP (frames − 1)): what lies between the middles of the first and the last."""
    n_time = HOP * (frames.shape[-1] - 1)
    total = F.fold(frames, (1, N_FFT + n_time), (1, N_FFT), stride=(1, HOP))[:, 0, 0]
    return total[:, N_FFT // 2 : N_FFT // 2 + n_time]


def pulses(f0_hz: torch.Tensor) -> torch.Tensor:
    """What the vocal folds give: ``√(2σ/K) Σ_{k=1}^{K} cos(k φ[n])``, with ``φ[n] = 2π Σ_{m≤n} f₀[m] / f_s``.

    K harmonics lie below 4 kHz. The pitch is interpolated between frames and summed: that makes phases which go on
    from one frame to the next, and which no mel holds. σ makes the mean power of the STFT 1, whatever the pitch.

    Parameters
    ----------
    f0_hz : tensor, shape (batch, frames), Hz, above 0 and below 4000

    Returns
    -------
    tensor, shape (batch, 128 (frames − 1))

    Source: Wang, Takaki & Yamagishi 2019, ICASSP (neural source-filter).
    Lecture: text_to_speech
    """
    f0_hz = _checks.pitches(f0_hz, F_MAX)
    n_time = HOP * (f0_hz.shape[1] - 1)
    f0 = F.interpolate(f0_hz[:, None].float(), size=n_time + 1, mode="linear", align_corners=True)[:, 0, 1:]
    turns = torch.cumsum((f0 / SAMPLE_RATE).view(len(f0), -1, HOP), dim=2)  # within a hop, then those before:
    before = F.pad(turns[:, :-1, -1:].remainder(1.0), (0, 0, 1, 0)).cumsum(dim=1)  # sums stay small, and exact
    turns = (turns + before.remainder(1.0)).flatten(1)
    n_harmonics = (F_MAX / f0).floor()
    return _cosines(turns - turns.round(), n_harmonics) * (2 * UNIT_POWER / n_harmonics).sqrt()


def _cosines(turns: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    """``Σ_{k=1}^{n} cos 2πkt = (sin((2n + 1) πt) / sin(πt) − 1) / 2``, which is n where t = 0."""
    low, high = torch.sin(math.pi * turns), torch.sin((2 * n + 1) * math.pi * turns)
    is_zero = low.abs() < 1e-6
    return 0.5 * (torch.where(is_zero, 2 * n + 1, high / low.masked_fill(is_zero, 1.0)) - 1)


@lru_cache(maxsize=1)
def _noise() -> torch.Tensor:
    """White noise whose STFT has the mean power 1: the same for every clip, so that a mel always sounds the same."""
    noise = np.random.default_rng(15).standard_normal(N_NOISE, np.float32)
    return torch.from_numpy(noise) * math.sqrt(UNIT_POWER)


@lru_cache(maxsize=1)
def _scale() -> torch.Tensor:
    """ln of the pitches that the network chooses from, as intervals equally far apart."""
    return torch.linspace(*np.log(PITCH_HZ).tolist(), N_PITCHES)


def read_pitch(scores: torch.Tensor) -> torch.Tensor:
    """The pitch that scores say: ``exp Σ_j p_j ln f_j`` over the seven steps around the best, p their softmax.

    Parameters
    ----------
    scores : tensor, shape (…, 120)
        Of pitches from 60 to 500 Hz, equally far apart as intervals.

    Returns
    -------
    tensor, shape (…), Hz

    Source: Kim et al. 2018, ICASSP (CREPE).
    Lecture: text_to_speech
    """
    scores = _checks.pitch_scores(scores, N_PITCHES).float()
    best = scores.argmax(dim=-1, keepdim=True)
    near = (best + torch.arange(-3, 4, device=scores.device)).clamp(0, N_PITCHES - 1)
    weights = torch.softmax(scores.gather(-1, near), dim=-1)
    return torch.exp((weights * _scale().to(scores.device)[near]).sum(dim=-1))


# ---------------------------------------------------------------------------------------------- the network


@lru_cache(maxsize=1)
def _mel() -> LogMel:
    return speech_mel()


@lru_cache(maxsize=1)
def _spread() -> tuple[torch.Tensor, torch.Tensor]:
    """What makes a mel a spectrum: a mean over the bands for each bin, (257, 64), and ln of what a band sums."""
    bank = mel_filterbank(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS, f_min=F_MIN, f_max=F_MAX)
    share = bank / bank.sum(axis=1, keepdims=True)
    heard = np.flatnonzero(share.sum(axis=0))  # a bin in no band has the level of the nearest that is in one
    nearest = heard[np.abs(np.arange(N_BINS)[:, None] - heard).argmin(axis=1)]
    share = share[:, nearest] / share[:, nearest].sum(axis=0)
    area = np.log(bank.sum(axis=1))[:, None]
    return tuple(torch.from_numpy(np.ascontiguousarray(x, np.float32)) for x in (share.T, area))


class _Block(nn.Module):
    """``x + γ W₂ GELU(W₁ norm(depthwise(x)))``: each channel looks around, then the channels of a frame meet.

    (batch, width, frames) → the same. Source: Liu et al. 2022, CVPR (ConvNeXt), in one dimension as in Siuzdak 2023.
    """

    def __init__(self, width: int, *, kernel_size: int = 7, expansion: int = 3):
        super().__init__()
        self.look = nn.Conv1d(width, width, kernel_size, padding=kernel_size // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen, self.narrow = nn.Linear(width, expansion * width), nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + (self.scale * self.narrow(F.gelu(self.widen(self.norm(self.look(x).mT))))).mT


class Vocoder(nn.Module):
    """``x = istft(S e^{g + iθ} ⊙ stft(pulses) + S e^h ⊙ stft(noise))``: a mel as a wave.

    S is the magnitude that the mel itself says, smooth over the bins. The network sees the mel and writes, for each
    bin of each frame, how much of the pulses (g) and of the noise (h) there is, by how much the pulses turn (θ), and
    for each frame the pitch. With ``source=False`` there is neither: ``x = istft(S e^{g + iθ})``, and all phases must
    come out of the network. Then, ``n_refine`` times, the wave's own mel is compared with the mel that was asked for,
    and its spectrum scaled by what is missing.

    Parameters
    ----------
    width, n_layers : int
    source : bool
    n_refine : int
        Each step costs an STFT and its inverse. Right for the mel of a recording; a mel that was predicted is too
        smooth, and a wave that is made to fit it loses its harmonics: 0 for those.

    Forward
    -------
    mel : tensor, shape (batch, 64, frames)
        As ``speech_features.speech_mel`` gives it, of 2 frames or more.
    lengths : tensor of int, shape (batch,), frames, optional
    pitch_hz : tensor, shape (batch, frames), Hz, optional
        Replaces the network's own pitch where it is above 0: the reader's, or the true one in training.
        Returns a tensor (batch, 128 (frames − 1)), 0 behind the end of each clip. Where all bands of a frame lie at
        the floor, it is silent.

    Source: Siuzdak 2023 (Vocos); Wang, Takaki & Yamagishi 2019; Valin & Skoglund 2019, ICASSP.
    Lecture: text_to_speech
    """

    def __init__(self, *, width: int = 128, n_layers: int = 4, source: bool = True, n_refine: int = 32):
        super().__init__()
        width, n_layers = _checks.sizes(width, n_layers)
        self.source = _checks.switch(source, "source")
        self.n_refine = _checks.count(n_refine, "n_refine", minimum=0, maximum=1000)
        _mel()  # made now: its window is computed in double precision, which not every device has
        self.enter = nn.Conv1d(N_MELS, width, 7, padding=3)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(n_layers))
        self.norm = nn.LayerNorm(width)
        self.pitch = nn.Linear(width, N_PITCHES)
        self.shape = nn.Linear(width, (3 if source else 2) * N_BINS)
        with torch.no_grad():  # at first the wave is what the mel says
            self.shape.weight.mul_(0.1)
            self.shape.bias.zero_()

    def forward(
        self,
        mel: torch.Tensor,
        lengths: torch.Tensor | Sequence[int] | None = None,
        pitch_hz: torch.Tensor | None = None,
    ) -> torch.Tensor:
        signal, _ = self.spoken(mel, lengths, pitch_hz)
        return self.refined(signal, mel, lengths).to(mel.dtype)

    def refined(
        self, signal: torch.Tensor, mel: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None
    ) -> torch.Tensor:
        """``x ← istft(stft(x) ⊙ e^{Δ/2})``, Δ being the mel less that of x: a wave nearer to what was asked for."""
        lengths = clip_lengths(mel, lengths)
        spread, bank = _spread()[0].to(mel.device), _mel().bank.to(mel.device)
        mel = silenced(mel.float(), lengths)
        for _ in range(self.n_refine):
            spectrum = _stft(signal)
            power = bank @ (spectrum.real.square() + spectrum.imag.square())
            missing = (mel - power.clamp(min=FLOOR).log()).clamp(-4, 4)
            signal = inverse_stft(spectrum * torch.exp(0.5 * spread @ missing), lengths)
        return signal

    def spoken(
        self,
        mel: torch.Tensor,
        lengths: torch.Tensor | Sequence[int] | None = None,
        pitch_hz: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What ``forward`` gives before it is refined, and the scores of the pitches, (batch, frames, 120)."""
        lengths = clip_lengths(_checks.mels(mel, N_MELS, self), lengths)
        _checks.clip_lengths(lengths.tolist(), mel.shape[-1], at_least=2)
        mel = _checks.levels(silenced(mel, lengths))
        hidden = self._hidden(mel, lengths)
        scores, parts = self.pitch(hidden), self.shape(hidden).mT.float().clamp(-12, 12).split(N_BINS, dim=1)
        spread, area = (x.to(mel.device) for x in _spread())
        says = 0.5 * (spread @ (mel.float() - area))
        says = says.masked_fill((mel < AT_FLOOR).all(dim=1, keepdim=True), -torch.inf)
        spectrum = torch.polar(torch.exp(says + parts[0]), parts[1])
        if self.source:
            f0 = read_pitch(scores.detach())
            if pitch_hz is not None:
                told = silenced(_checks.told_pitch(pitch_hz, f0, F_MAX), lengths)
                f0 = torch.where(told > 0, told.float(), f0)
            voiced, hiss = pulses(f0), _noise().to(f0.device)
            hiss = hiss[torch.arange(voiced.shape[1], device=f0.device) % N_NOISE].expand(len(f0), -1)
            voiced, hiss = (_stft(silenced(x, HOP * (lengths - 1))) for x in (voiced, hiss))
            spectrum = spectrum * voiced + torch.exp(says + parts[2]) * hiss
        return inverse_stft(spectrum, lengths), scores

    def _hidden(self, mel: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """What the network makes of each frame: (batch, frames, width)."""
        x = silenced(self.enter(silenced((mel + 6) / 3, lengths)), lengths)
        for block in self.blocks:
            x = silenced(block(x), lengths)
        return self.norm(x.mT)


@torch.no_grad()
def vocode(model: Vocoder, log_mel: np.ndarray) -> np.ndarray:
    """The wave of one mel or of several: ``mel_to_signal`` by a network.

    Parameters
    ----------
    model : Vocoder
    log_mel : ndarray, shape (…, 64, frames)
        As ``speech_features.speech_mel`` gives it, of 2 frames or more.

    Returns
    -------
    ndarray, shape (…, 128 (frames − 1)), float32

    Lecture: text_to_speech
    """
    model, log_mel = _checks.vocoder(model, Vocoder), _checks.log_mel(log_mel, "log_mel", N_MELS, at_least=2)
    rows = torch.from_numpy(log_mel.reshape(-1, *log_mel.shape[-2:]).astype(np.float32)).to(model.shape.weight)
    was_training, signal = model.training, model.eval()(rows)
    model.train(was_training)
    return signal.float().cpu().numpy().reshape(*log_mel.shape[:-2], -1)


# --------------------------------------------------------------------------------------- while it learns


class VocoderClips(Dataset):
    """Pieces of digit strings and their pitch by YIN; another piece of each string in every epoch, at another level.

    Parameters
    ----------
    split : {"train", "valid", "test"}
        The voices.
    n_clips : int
        Strings of one to three digits.
    seed : int
    n_frames : int
        Of the mel of a piece, 16 ms each.

    Items
    -----
    signal : float32 ndarray, shape (128 (n_frames − 1),)
        With zeros behind a string that is shorter.
    pitch_hz : float32 ndarray, shape (n_frames,)
        0 where there is none.

    Lecture: text_to_speech
    """

    def __init__(self, split: str, n_clips: int, *, seed: int = 0, n_frames: int = 49):
        n_clips = _checks.count(n_clips, "n_clips")
        self.strings = DigitStrings(split, n_clips, seed=seed, **LEARNED_ON)
        self.n_frames = _checks.count(n_frames, "n_frames", minimum=5, maximum=100_000)
        self.epoch, self._known = 0, {}

    def __len__(self) -> int:
        return len(self.strings)

    def _whole(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A string of whole hops and the pitch of its frames, computed once."""
        if index not in self._known:
            signal = self.strings[index][0]
            signal = np.pad(signal, (0, max(-len(signal) % HOP, HOP * (self.n_frames - 1) - len(signal))))
            self._known[index] = signal, np.nan_to_num(pitch_hz(signal)).astype(np.float32)
        return self._known[index]

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        signal, pitch = self._whole(int(index) % len(self) if index in range(-len(self), len(self)) else index)
        rng = np.random.default_rng([self.strings.seed, self.epoch, index % len(self), 4])
        first, gain = int(rng.integers(len(pitch) - self.n_frames + 1)), 10 ** (rng.uniform(-12, 6) / 20)
        piece = signal[HOP * first : HOP * (first + self.n_frames - 1)]
        return piece * np.float32(gain), pitch[first : first + self.n_frames]


def clip_batch(items: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[tuple, tuple]:
    """Inputs and targets of a ``Resynthesis``, which are the same: signals, and pitches.

    Parameters
    ----------
    items : sequence of (signal, pitch_hz)
        Of ``VocoderClips``.

    Returns
    -------
    inputs, targets : (tensor (batch, time), tensor (batch, frames))

    Lecture: text_to_speech
    """
    both = tuple(torch.from_numpy(np.stack(column)) for column in zip(*_checks.clips(items, HOP), strict=True))
    return both, both


class Resynthesis(nn.Module):
    """A ``Vocoder`` while it learns: it is given the mel of a signal and its pitch, and gives the signal.

    Parameters
    ----------
    model : Vocoder
        Shares its weights with this module.
    smear : float, 0…1
        In training, share of the clips whose mel is smoothed over three bands and three frames, as mels that were
        predicted are.

    Forward
    -------
    signal : tensor, shape (batch, time)
    pitch_hz : tensor, shape (batch, 1 + time // 128), Hz, 0 for none
        Returns the signal, and scores (batch, frames, 120) of the pitch.

    Lecture: text_to_speech
    """

    def __init__(self, model: Vocoder, *, smear: float = 0.0):
        super().__init__()
        self.model, self.smear = _checks.vocoder(model, Vocoder), _checks.number(smear, "smear", at_least=0, at_most=1)

    def forward(self, signal: torch.Tensor, pitch_hz: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mel = _mel()(_checks.whole_hops(signal, HOP)).to(self.model.shape.weight)
        if self.training and self.smear:
            is_smeared = torch.rand(len(mel), 1, 1, device=mel.device) < self.smear
            mel = torch.where(is_smeared, smeared(mel), mel)
        signal, scores = self.model.spoken(mel, None, _checks.tensor(pitch_hz, "pitch_hz", axes=2))
        return signal.to(mel.dtype), scores


def smeared(mel: torch.Tensor) -> torch.Tensor:
    """A mean over three bands and three frames, weights ¼ ½ ¼: what a regression does to details that it cannot know.

    Parameters
    ----------
    mel : tensor, shape (batch, bands, frames)

    Returns
    -------
    tensor of the same shape

    Lecture: text_to_speech
    """
    weights = torch.tensor([0.25, 0.5, 0.25]).to(_checks.tensor(mel, "mel", axes=3))
    padded = F.pad(mel[:, None], (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, (weights[:, None] * weights)[None, None])[:, 0]


def vocoder_loss(
    output: tuple[torch.Tensor, torch.Tensor], signal: torch.Tensor, pitch_hz: torch.Tensor
) -> dict[str, torch.Tensor]:
    """How far a wave is from another, with no eye for phase, and how badly its pitch was read.

    ``log``: mean ``|Δ ln |X||`` at four resolutions. ``convergence``: half of ``‖|X̂| − |X|‖ / ‖X‖``, their mean.
    ``mel``: mean ``|ΔL|``. ``pitch``: a fifth of the cross-entropy against a bell one step wide around the true pitch.

    Parameters
    ----------
    output : (tensor (batch, time), tensor (batch, frames, 120))
        By ``Resynthesis``.
    signal : tensor, shape (batch, time)
    pitch_hz : tensor, shape (batch, frames), Hz
        0 where there is none, and nothing to be learned.

    Returns
    -------
    dict of str to scalar tensor

    Source: Yamamoto, Song & Kim 2020, ICASSP (Parallel WaveGAN), section 2.2.
    Lecture: text_to_speech
    """
    found, scores = _checks.resynthesised(output, signal, pitch_hz, N_PITCHES, HOP)
    found, true, logs, convergence = found.float(), signal.float(), [], []
    for n_fft in RESOLUTIONS:
        a, b = (_stft(x, n_fft).abs() for x in (found, true))
        floor = math.sqrt(FLOOR * n_fft / N_FFT)
        logs.append(F.l1_loss(torch.log(a + floor), torch.log(b + floor)))
        rest, whole = ((x.square().sum(dim=(1, 2)) + 1e-8).sqrt() for x in (a - b, b))
        convergence.append((rest / (whole + 1e-2)).mean())
    distance = (_scale().to(scores.device) - pitch_hz.float().clamp(min=1.0).log()[..., None]) * N_PITCHES
    bell = torch.softmax(-0.5 * (distance / math.log(PITCH_HZ[1] / PITCH_HZ[0])).square(), dim=-1)
    missed, is_voiced = -(bell * F.log_softmax(scores.float(), dim=-1)).sum(dim=-1), pitch_hz > 0
    return {
        "log": torch.stack(logs).mean(),
        "convergence": 0.5 * torch.stack(convergence).mean(),
        "mel": F.l1_loss(_mel()(found), _mel()(true)),
        "pitch": 0.2 * (missed * is_voiced).sum() / is_voiced.sum().clamp(min=1),
    }
