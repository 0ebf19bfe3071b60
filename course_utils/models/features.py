"""Features as layers: the numpy references of lectures 06 and 07 as ``nn.Module``, for any batch, device and gradient.

A layer here that normalises says over what; a network uses one of them and no other. Lecture: classification
"""

import math
from collections.abc import Iterable
from functools import lru_cache

import torch
from torch import nn

from .._checks import layers as _checks
from ..dft import window as make_window
from ..mel import mel_filterbank
from ..mfcc import dct_matrix


@lru_cache(maxsize=16)
def _window_and_bank(sample_rate, n_fft, n_mels, f_min, f_max) -> tuple[torch.Tensor, torch.Tensor]:
    bank = mel_filterbank(sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max)
    return torch.from_numpy(make_window("hann", n_fft)), torch.from_numpy(bank)


class LogMel(nn.Module):
    """Log-mel spectrogram: ``L = ln(max(B |X|², floor))``, or 10 log₁₀ of it.

    Equal to ``mel.log_mel(mel.mel_spectrogram(x, …), log=…, floor=…)`` to 1e-5 in float64. Window and filters are
    buffers of single precision: they move with ``.to(device)`` and are not trained. For a signal in double precision
    both are built anew.

    Parameters
    ----------
    sample_rate : float, Hz
    n_fft, hop_length : int, samples
    n_mels : int
    f_min, f_max : float, Hz
        ``f_max=None`` is half the rate.
    log : {"natural", "db"}
    floor : float, a power
        What stands in for less: a number that single precision can hold. Below it the gradient is 0.

    Forward
    -------
    signal : tensor, shape (…, time), float32 or float64, full scale ±1
        Returns a tensor of shape (…, n_mels, 1 + time // hop_length). NaN, and what is too loud for its precision,
        raise a ``ValueError``.

    Lecture: classification
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        n_fft: int = 512,
        hop_length: int = 128,
        n_mels: int = 40,
        f_min: float = 0.0,
        f_max: float | None = None,
        log: str = "natural",
        floor: float = 1e-10,
    ):
        super().__init__()
        self.sample_rate = _checks.sample_rate(sample_rate)
        self.n_fft, self.n_mels = _checks.count(n_fft, "n_fft"), _checks.count(n_mels, "n_mels")
        self.f_min = _checks.number(f_min, "f_min", at_least=0)
        self.f_max = None if f_max is None else _checks.number(f_max, "f_max", above=0)
        self.hop_length = _checks.count(hop_length, "hop_length")
        self.scale = {"natural": 1.0, "db": 10 / math.log(10)}[_checks.choice(log, "log", ("natural", "db"))]
        single = torch.finfo(torch.float32)  # in which most signals are
        self.floor = _checks.number(floor, "floor", at_least=single.tiny, at_most=single.max)
        window, bank = self._exact()
        self.register_buffer("window", window.float())
        self.register_buffer("bank", bank.float())

    def _exact(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Window and filters in double precision."""
        return _window_and_bank(self.sample_rate, self.n_fft, self.n_mels, self.f_min, self.f_max)

    def power(self, signal: torch.Tensor) -> torch.Tensor:
        """Mel power spectrogram ``B |X|²``: (…, time) → (…, n_mels, frames)."""
        signal = _checks.signal_of(signal)
        rows = signal.reshape(-1, signal.shape[-1])
        n_values = 4 * len(rows) * (self.n_fft // 2 + 1) * (1 + rows.shape[-1] // self.hop_length)
        _checks.table_fits(rows, n_values, "the spectrogram", "raise hop_length, lower n_fft, or pass fewer signals")
        is_stored = signal.dtype == self.bank.dtype == torch.float32
        window, bank = (self.window, self.bank) if is_stored else self._exact()
        window, bank = window.to(signal), bank.to(signal)
        spectrum = torch.stft(
            rows, self.n_fft, self.hop_length, window=window, center=True, pad_mode="constant", return_complex=True
        )
        power = _checks.power_is_finite(bank @ (spectrum.real.square() + spectrum.imag.square()), signal)
        return power.reshape(*signal.shape[:-1], *power.shape[-2:])

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        return self.scale * torch.log(self.power(signal).clamp(min=self.floor))

    def extra_repr(self) -> str:
        return f"sample_rate={self.sample_rate}, n_fft={self.n_fft}, hop_length={self.hop_length}, n_mels={self.n_mels}"


class MFCC(nn.Module):
    """Mel-frequency cepstral coefficients: ``c = D L``, the orthonormal DCT-II of a log-mel spectrogram over its bands.

    Equal to ``mfcc.mfcc_from_log_mel`` of the reference log-mel spectrogram to 1e-5.

    Parameters
    ----------
    n_mfcc : int
        At most ``n_mels``.
    **log_mel : as in ``LogMel``

    Forward
    -------
    signal : tensor, shape (…, time)
        Returns a tensor of shape (…, n_mfcc, frames).

    Lecture: classification
    """

    def __init__(self, *, n_mfcc: int = 13, **log_mel: object):
        super().__init__()
        self.log_mel = LogMel(**log_mel)
        self.n_mfcc = _checks.count(n_mfcc, "n_mfcc")
        _checks.no_more(self.n_mfcc, self.log_mel.n_mels, "n_mfcc", "n_mels")
        self.register_buffer("dct", self._exact().float())

    def _exact(self) -> torch.Tensor:
        """The matrix in double precision."""
        return torch.from_numpy(dct_matrix(self.n_mfcc, self.log_mel.n_mels))

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        log_mel = self.log_mel(signal)
        dct = self.dct if log_mel.dtype == self.dct.dtype == torch.float32 else self._exact()
        return dct.to(log_mel) @ log_mel


class Standardize(nn.Module):
    """Zero mean and unit variance of each clip over its own bands and frames.

    A gain vanishes as long as no cell is at the floor of the logarithm. Padding is: give its place by ``lengths``.

    Forward
    -------
    features : tensor, shape (…, bands, frames)
    lengths : tensor of int, shape (…), frames, optional
        What of each clip is not padding; by default all of it.
        Returns a tensor of the same shape, 0 in the padding. A constant clip becomes 0, and its gradient is finite.

    Lecture: classification
    """

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        exact = _checks.tensor(features, "features", at_least=2)
        if exact.dtype.itemsize < 4:  # half precision holds no sum over a clip
            exact = exact.float()
        if lengths is not None:
            lengths = _checks.frames_of_each(lengths, tuple(exact.shape[:-2]), exact.shape[-1]).to(exact.device)
        centred = exact - _mean(exact, lengths)
        if lengths is not None:
            centred = centred.masked_fill(_padding(exact, lengths), 0)
        variance = _mean(centred.square(), lengths).clamp(min=1e-20)  # the slope of a root is infinite at 0
        return (centred / (variance.sqrt() + 1e-5)).to(features.dtype)


def _padding(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """True behind the end of a clip: (…, 1, frames)."""
    return torch.arange(features.shape[-1], device=features.device) >= lengths[..., None, None]


def _mean(features: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """Over bands and frames of each clip: (…, 1, 1)."""
    if lengths is None:
        return features.mean(dim=(-2, -1), keepdim=True)
    dtype = torch.float32 if features.dtype.itemsize < 4 else features.dtype  # half precision may overflow in the sum
    kept = features.masked_fill(_padding(features, lengths), 0).sum(dim=(-2, -1), keepdim=True, dtype=dtype)
    return (kept / (features.shape[-2] * lengths[..., None, None])).to(features.dtype)


class SpecAugment(nn.Module):
    """Hide bands and moments of every clip of a batch, each clip with masks of its own; in training mode alone.

    A mask of width f, uniform in 0…F, covers the bands f₀ … f₀ + f − 1, f₀ uniform in 0…ν − f; so for frames, of which
    a mask covers at most the share p of the clip. What is hidden becomes the mean of the clip. Drawn from torch's own
    generator, on the device of the features. Like ``augmentation.spec_augment``, without its warp of time.

    Parameters
    ----------
    n_freq_masks, n_time_masks : int
        0 for none.
    max_freq_width : int, bands
        F, at most as many as there are.
    max_time_width : int, frames
        T.
    max_time_share : float, 0…1
        p.

    Forward
    -------
    features : tensor, shape (batch, bands, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        What of each clip is not padding, by default all of it; masks lie within it, and the padding stays as it is.
        Returns a tensor of the same shape; in evaluation mode the features themselves.

    Source: Park et al. 2019, Interspeech, section 2.
    Lecture: augmentation
    """

    def __init__(
        self,
        *,
        n_freq_masks: int = 2,
        max_freq_width: int = 8,
        n_time_masks: int = 2,
        max_time_width: int = 20,
        max_time_share: float = 0.2,
    ):
        super().__init__()
        self.n_freq_masks = _checks.count(n_freq_masks, "n_freq_masks", minimum=0, maximum=10_000)
        self.n_time_masks = _checks.count(n_time_masks, "n_time_masks", minimum=0, maximum=10_000)
        self.max_freq_width = _checks.count(max_freq_width, "max_freq_width", minimum=0)
        self.max_time_width = _checks.count(max_time_width, "max_time_width", minimum=0)
        self.max_time_share = _checks.number(max_time_share, "max_time_share", at_least=0, at_most=1)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        _checks.tensor(features, "features", axes=3)
        n_batch, n_bands, n_frames = features.shape
        if lengths is None:
            lengths = torch.full((n_batch,), n_frames)
        lengths = _checks.frames_of_each(lengths, (n_batch,), n_frames).to(features.device)
        if self.n_freq_masks:
            _checks.no_more(self.max_freq_width, n_bands, "max_freq_width", "the bands")
        if not self.training:
            return features
        bands = torch.full_like(lengths, n_bands)
        widest = (self.max_time_share * lengths).floor().clamp(max=self.max_time_width)
        is_hidden = _stripes(self.n_freq_masks, torch.full_like(widest, self.max_freq_width), bands, n_bands)[
            :, :, None
        ]
        is_hidden = is_hidden | _stripes(self.n_time_masks, widest, lengths, n_frames)[:, None]
        return torch.where(is_hidden & ~_padding(features, lengths), _mean(features, lengths), features)


def _stripes(n_masks: int, widest: torch.Tensor, lengths: torch.Tensor, n_all: int) -> torch.Tensor:
    """True in ``n_masks`` stripes of each clip, none wider than ``widest``, all within ``lengths``: (batch, n_all)."""
    chance = torch.rand(2, n_masks, len(lengths), device=lengths.device)
    width = (chance[0] * (widest + 1)).floor()
    start = (chance[1] * (lengths - width + 1)).floor()
    place = torch.arange(n_all, device=lengths.device)[:, None, None]
    return ((place >= start) & (place < start + width)).any(dim=1).T


class StoredScale(nn.Module):
    """``(x − mean) / spread`` with two numbers measured once, on the training clips: the level of a clip stays.

    Both are buffers: they are saved with the weights of the network that holds this layer.

    Forward
    -------
    features : tensor, shape (…)
        Returns a tensor of the same shape; before anything is measured, the features themselves.

    Lecture: sequence_models
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.0))
        self.register_buffer("spread", torch.tensor(1.0))

    def measure(self, clips: Iterable[torch.Tensor]) -> None:
        """Mean and standard deviation over all bands and frames of the clips, each (bands, frames)."""
        every = torch.cat(_checks.clips_alike(clips), dim=-1).float()
        mean, spread = every.mean().item(), _checks.spread(every.std().item())
        self.mean.fill_(mean)
        self.spread.fill_(spread)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        _checks.tensor(features, "features")
        return (features - self.mean) / self.spread
