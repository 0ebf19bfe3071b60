"""Features as layers: the numpy references of lectures 06 and 07 as ``nn.Module``, for any batch, device and gradient.

Lecture: classification
"""

import torch
from torch import nn

from .. import _checks
from ..dft import window as make_window
from ..mel import mel_filterbank
from ..mfcc import dct_matrix


class LogMel(nn.Module):
    """Log-mel spectrogram: ``L = ln(max(B |X|², floor))``, or 10 log₁₀ of it.

    Equal to ``mel.log_mel(mel.mel_spectrogram(x, …), log=…, floor=…)`` to 1e-5 in float64. Window and filters are
    buffers: they move with ``.to(device)`` and are not trained.

    Parameters
    ----------
    sample_rate : float, Hz
    n_fft, hop_length : int, samples
    n_mels : int
    f_min, f_max : float, Hz
        ``f_max=None`` is half the rate.
    log : {"natural", "db"}
    floor : float, a power
        What stands in for less. Below it the gradient is 0.

    Forward
    -------
    signal : tensor, shape (…, time), float32 or float64, full scale ±1
        Returns a tensor of shape (…, n_mels, 1 + time // hop_length).

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
        bank = mel_filterbank(sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max)
        self.sample_rate, self.n_fft, self.n_mels = sample_rate, n_fft, n_mels
        self.hop_length = _checks.count(hop_length, "hop_length")
        self.scale = {"natural": 1.0, "db": 10 / torch.log(torch.tensor(10.0, dtype=torch.float64)).item()}[
            _checks.choice(log, "log", ("natural", "db"))
        ]
        self.floor = _checks.number(floor, "floor", above=0)
        self.register_buffer("window", torch.from_numpy(make_window("hann", n_fft)))
        self.register_buffer("bank", torch.from_numpy(bank))

    def power(self, signal: torch.Tensor) -> torch.Tensor:
        """Mel power spectrogram ``B |X|²``: (…, time) → (…, n_mels, frames)."""
        rows = signal.reshape(-1, signal.shape[-1])
        window, bank = self.window.to(signal.dtype), self.bank.to(signal.dtype)
        spectrum = torch.stft(
            rows, self.n_fft, self.hop_length, window=window, center=True, pad_mode="constant", return_complex=True
        )
        power = bank @ (spectrum.real.square() + spectrum.imag.square())
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
        _checks.no_more(_checks.count(n_mfcc, "n_mfcc"), self.log_mel.n_mels, "n_mfcc", "n_mels")
        self.register_buffer("dct", torch.from_numpy(dct_matrix(n_mfcc, self.log_mel.n_mels)))

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        log_mel = self.log_mel(signal)
        return self.dct.to(log_mel.dtype) @ log_mel


class Standardize(nn.Module):
    """Zero mean and unit variance of each clip over its bands and frames: gain and microphone level vanish.

    Forward
    -------
    features : tensor, shape (…, bands, frames)
        Returns a tensor of the same shape. A constant clip becomes 0, not NaN.

    Lecture: classification
    """

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        centred = features - features.mean(dim=(-2, -1), keepdim=True)
        return centred / (centred.square().mean(dim=(-2, -1), keepdim=True).sqrt() + 1e-5)
