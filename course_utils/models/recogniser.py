"""A recogniser of spoken digit strings: log-mel, convolutions, and a score of the blank and each unit every 40 ms.

Scores are (batch, classes, frames), class 0 is the blank. The network hears a clip whole or, with ``causal=True``,
as the sound comes. Lecture: ctc
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import recogniser as _checks
from ..mel import hz_to_mel, mel_frequencies_hz
from .datasets import DIGITS, SAMPLE_RATE
from .features import LogMel, SpecAugment
from .layers import clip_lengths, silenced, valid_frames

HOP = 160  # samples, 20 ms, of a frame of features
LETTERS = tuple(sorted(set("".join(DIGITS)))) + ("_",)  # "_" stands between two words
UNITS = {"digits": tuple(str(digit) for digit in range(10)), "letters": LETTERS}

# ------------------------------------------------------------------------------------- what is written


def spelled(digits: Sequence[int], units: str = "digits") -> list[int]:
    """The classes of a string: digit d is d + 1, or every letter of "one_two" is its place in ``LETTERS`` + 1.

    Parameters
    ----------
    digits : sequence of int, 0…9
        May be empty.
    units : {"digits", "letters"}

    Returns
    -------
    list of int
        Targets of a CTC loss whose blank is class 0.

    Lecture: ctc
    """
    names = UNITS[_checks.choice(units, "units", tuple(UNITS))]
    digits = _checks.digits(digits, len(DIGITS))
    if units == "digits":
        return [digit + 1 for digit in digits]
    return [names.index(letter) + 1 for letter in "_".join(DIGITS[digit] for digit in digits)]


def read_out(classes: Sequence[int], units: str = "digits") -> list[str]:
    """The words of a collapsed path: the inverse of ``spelled``, as English words.

    Parameters
    ----------
    classes : sequence of int, from 1
        Without blanks.
    units : {"digits", "letters"}

    Returns
    -------
    list of str
        Of letters, whatever stands between two "_": "thr" is a word, and a wrong one.

    Lecture: ctc
    """
    names = UNITS[_checks.choice(units, "units", tuple(UNITS))]
    classes = _checks.units_of(classes, len(names))
    if units == "digits":
        return [DIGITS[c - 1] for c in classes]
    return [word for word in "".join(names[c - 1] for c in classes).split("_") if word]


# ------------------------------------------------------------------------------------ what is heard


class StringFeatures(nn.Module):
    """The shape of each spectrum: ``ln(g P / ref + floor)`` less its mean over the bands, P being mel power.

    The gain g rises by ``slope_db`` an octave from 300 Hz on and is 1 at 1 kHz: it lifts soft consonants over the
    floor, which a strong fundamental sets high. The reference is the loudest band of ``g P`` in the clip; or, with
    ``decay_db``, the loudest until now, which is forgotten at that many dB a second: ``ref[t] = max(g P[t],
    c · ref[t − 1])``, and no frame waits for a later one. It is never below ``quietest``, so that silence becomes 0
    and not a magnified rounding error.

    Parameters
    ----------
    n_mels : int
    range_db : float, dB
        The floor lies so far below the reference.
    slope_db : float, dB an octave
    decay_db : float, dB/s, optional
    quietest : float, a power

    Forward
    -------
    power : tensor, shape (batch, n_mels, frames)
        By ``power``; 0 behind the end of a clip.
    before : tensor, shape (batch, 1, 1), optional
        ln of the reference in the frame before the first, where a stream goes on.
        Returns a tensor (batch, n_mels, frames), and ln of the reference in each frame.

    Lecture: ctc
    """

    def __init__(
        self,
        *,
        n_mels: int = 40,
        range_db: float = 40.0,
        slope_db: float = 6.0,
        decay_db: float | None = None,
        quietest: float = 1e-6,
    ):
        super().__init__()
        self.mel = LogMel(sample_rate=SAMPLE_RATE, n_fft=256, hop_length=HOP, n_mels=n_mels, f_min=60.0, f_max=3800.0)
        slope_db = _checks.number(slope_db, "slope_db", at_least=-24, at_most=24)
        centres_hz = mel_frequencies_hz(n_mels + 2, f_min=self.mel.f_min, f_max=self.mel.f_max)[1:-1]
        gain_db = slope_db * np.log2(centres_hz.clip(min=300.0) / 1000)
        self.register_buffer("gain", torch.from_numpy(10 ** (gain_db / 10)).float()[:, None], persistent=False)
        self.floor = 10 ** (-_checks.number(range_db, "range_db", above=0, at_most=120) / 10)
        self.quietest = _checks.number(quietest, "quietest", at_least=1e-30, at_most=1e30)
        decay_db = None if decay_db is None else _checks.number(decay_db, "decay_db", at_least=0, at_most=1e4)
        self.slope = None if decay_db is None else decay_db * math.log(10) / 10 * HOP / SAMPLE_RATE

    def power(self, signal: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mel power of a batch of signals, 0 behind the end of each, and the frames of each."""
        lengths = _lengths(signal, lengths)
        n_frames = 1 + lengths // HOP
        return silenced(self.mel.power(silenced(signal, lengths)), n_frames), n_frames

    def forward(self, power: torch.Tensor, before: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        _checks.mel_powers(power, self.mel.n_mels)
        power = power * self.gain.to(power)
        loudest = power.amax(dim=1, keepdim=True).clamp(min=self.quietest).log()
        if self.slope is None:
            reference = loudest.amax(dim=2, keepdim=True).expand_as(loudest)
        else:  # with the slope taken out, the loudest until now is a running maximum
            fall = self.slope * torch.arange(1, loudest.shape[2] + 1, device=power.device, dtype=loudest.dtype)
            rising = loudest + fall
            if before is not None:
                _checks.reference_before(before, len(power))
                rising = torch.cat([before, rising], dim=2)
            reference = rising.cummax(dim=2).values[:, :, -loudest.shape[2] :] - fall
            reference = reference.clamp(min=math.log(self.quietest))
        level = torch.log(power * torch.exp(-reference).to(power) + self.floor)
        return level - level.mean(dim=1, keepdim=True), reference


class _Convolution(nn.Module):
    """Convolution over bands and frames, batch norm, ReLU; the frames it still needs are kept between two calls.

    Whole or in pieces, the same sum: a clip has zeros before its first frame and, once the last piece has come, behind
    its last one.

    Parameters
    ----------
    layer : nn.Conv2d
        Without padding of the frames.
    ahead : int, frames
        How far a frame looks ahead; the rest of the kernel looks back.
    is_residual : bool
        Add what went in.

    Forward
    -------
    x : tensor, shape (batch, channels, bands, frames)
    kept : tensor, shape (batch, channels, bands, a few frames), optional
        What the call before gave; zeros where this is the first.
    is_last : bool
        Returns the frames that can be computed, and what to keep.

    Lecture: ctc
    """

    def __init__(self, layer: nn.Conv2d, *, ahead: int, is_residual: bool = False):
        super().__init__()
        self.layer, self.is_residual = layer, is_residual
        self.norm, self.ahead = nn.BatchNorm2d(layer.out_channels), ahead
        self.kernel_size, self.stride = layer.kernel_size[-1], layer.stride[-1]
        self.back = self.kernel_size - 1 - ahead

    def forward(self, x: torch.Tensor, kept: torch.Tensor | None = None, *, is_last: bool = True) -> tuple:
        before = x.new_zeros(*x.shape[:-1], self.back) if kept is None else kept
        x = torch.cat([before, x, x.new_zeros(*x.shape[:-1], self.ahead if is_last else 0)], dim=-1)
        n_out = max(0, (x.shape[-1] - self.kernel_size) // self.stride + 1)
        if not n_out:
            return self._nothing(x), x
        y = torch.relu(self.norm(self.layer(x)))
        return y + x[..., self.back : self.back + n_out] if self.is_residual else y, x[..., n_out * self.stride :]

    def _nothing(self, x: torch.Tensor) -> torch.Tensor:
        """No frame, in the shape of what will come."""
        missing = x.new_zeros(*x.shape[:-1], self.kernel_size)
        return self.layer(missing)[..., :0]


class DigitRecogniser(nn.Module):
    """From the waveform to log-probabilities of the blank and ten digits, or of the letters of their names.

    Convolutions over bands and frames, then residual ones along time; each is followed by a batch norm and ReLU.

    Parameters
    ----------
    n_mels : int
    width, n_layers, kernel_size : int
        Of the convolutions along time; the kernel is odd.
    channels : sequence of int
        Of the convolutions over bands and frames, each of which halves the bands; the last one takes the stride.
    units : {"digits", "letters"}
    stride : {1, 2}
        Frames of 20 ms in a frame of scores: with 2, by default, a score every 40 ms. The letters of a word that is
        said in a quarter of a second need 1.
    causal : bool
        No frame waits for a later one, but for the half window of the spectrum: 16 ms. See ``Stream``.
    look_ahead : int, frames of scores
        How far a causal network may look ahead after all, a frame a layer: at most ``n_layers``.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, optional
        Returns log-probabilities (batch, classes, frames) and the frames of each clip (batch,), int: one for each
        320 samples (or 160), and one more. What stands behind them is padding.

    Lecture: ctc
    """

    not_in_shapes = "units", "stride", "causal", "look_ahead"  # a file of weights says them, too

    def __init__(
        self,
        *,
        n_mels: int = 32,
        width: int = 96,
        n_layers: int = 6,
        kernel_size: int = 5,
        channels: Sequence[int] = (16, 32),
        units: str = "digits",
        stride: int = 2,
        causal: bool = False,
        look_ahead: int = 0,
    ):
        super().__init__()
        width, n_layers = _checks.count(width, "width", maximum=65_536), _checks.count(n_layers, "n_layers")
        kernel_size = _checks.count(kernel_size, "kernel_size", minimum=3, maximum=1023)
        _checks.odd(kernel_size, "kernel_size")
        self.units, self.causal = _checks.choice(units, "units", tuple(UNITS)), _checks.switch(causal, "causal")
        self.stride = _checks.count(stride, "stride", maximum=2)
        self.look_ahead = _checks.ahead(look_ahead, n_layers, causal)
        self.features = StringFeatures(n_mels=n_mels, decay_db=6.0 if causal else None)
        channels, n_bands, self.image = (
            _checks.layers_fit(channels, "channels"),
            self.features.mel.n_mels,
            nn.ModuleList(),
        )
        _checks.weights_fit(n_layers * kernel_size * width**2 + width * n_bands * channels[-1], channels)
        for n, (n_in, n_out) in enumerate(zip((1, *channels), channels, strict=False)):
            steps = 2, self.stride if n == len(channels) - 1 else 1
            layer = nn.Conv2d(n_in, n_out, 3, steps, (1, 0), bias=False)
            self.image.append(_Convolution(layer, ahead=0 if causal else 1))
            n_bands = -(-n_bands // 2)
        self.enter = _Convolution(nn.Conv2d(channels[-1], width, (n_bands, 1), bias=False), ahead=0)
        ahead = [kernel_size // 2] * n_layers if not causal else [int(n < look_ahead) for n in range(n_layers)]
        self.layers = nn.ModuleList(
            _Convolution(nn.Conv2d(width, width, (1, kernel_size), bias=False), ahead=n, is_residual=True)
            for n in ahead
        )
        self.score = nn.Conv1d(width, 1 + len(UNITS[units]), 1)
        nn.init.zeros_(self.score.weight)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> tuple:
        power, n_frames = self.power(signal, lengths)
        return self.scores(self.features(power)[0], n_frames)

    def power(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> tuple:
        """Mel power (batch, n_mels, frames) of 20 ms, and the frames of each clip."""
        return self.features.power(signal, lengths)

    def scores(self, features: torch.Tensor, n_frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities of features (batch, n_mels, frames of 20 ms), and the frames of scores of each clip."""
        x, n_frames = self.hidden(features, n_frames)
        return self.scored(x), n_frames

    def hidden(self, features: torch.Tensor, n_frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the last layer gives, (batch, width, 1, frames), before it is scored, and the frames of each clip."""
        n_frames = _checks.features_of(features, n_frames, self.features.mel.n_mels)
        _checks.more_than_one_frame(self.training, len(features) * ((features.shape[2] - 1) // self.stride + 1))
        x = silenced(features, n_frames)[:, None].to(self.enter.layer.weight)
        x = x.contiguous(memory_format=torch.channels_last)
        is_heard = None
        for stage in (*self.image, self.enter, *self.layers):
            x = stage(x)[0]
            if stage.stride > 1 or is_heard is None:
                n_frames = (n_frames - 1) // stage.stride + 1
                is_heard = valid_frames(n_frames, x.shape[-1])[:, None, None].to(x)
            x = x * is_heard
        return x, n_frames

    def scored(self, x: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what the last layer gives, (batch, width, 1, frames), which may be no frame at all."""
        x = x.squeeze(2)
        return self.score(x).log_softmax(dim=1) if x.shape[-1] else x.new_zeros(len(x), self.score.out_channels, 0)


# ------------------------------------------------------------------------------- as the sound comes


class Stream:
    """A causal ``DigitRecogniser`` that is fed pieces of a sound; its frames are those of the whole, one by one.

    Parameters
    ----------
    model : DigitRecogniser
        With ``causal=True``; set to evaluation mode.

    Examples
    --------
    >>> stream = Stream(DigitRecogniser(causal=True))
    >>> frames = [stream.feed(torch.zeros(400)) for _ in range(4)]
    >>> [part.shape[1] for part in (*frames, stream.finish())]
    [1, 2, 1, 1, 1]

    Lecture: ctc
    """

    def __init__(self, model: DigitRecogniser):
        self.model = _checks.causal_network(model, DigitRecogniser).eval()
        _checks.in_single_precision(model.score.weight)
        self.restart()

    def restart(self) -> None:
        """Forget what was heard: the next piece begins a sound."""
        self._pending = torch.zeros(2 * HOP)  # what the window of the next frame still needs
        self._reference = None
        self._kept = [None] * (len(self.model.image) + 1 + len(self.model.layers))
        self._n_samples = 0
        self.is_finished = False

    @torch.no_grad()
    def feed(self, samples: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (classes, new frames) after the next samples (time,), 8 kHz, of any number."""
        samples = _checks.piece(samples, self.is_finished)
        self._n_samples += len(samples)
        self._pending = torch.cat([self._pending, samples.to(self._pending)])
        half = self.model.features.mel.n_fft // 2
        return self._next((len(self._pending) - 2 * HOP - half) // HOP + 1, is_last=False)

    @torch.no_grad()
    def finish(self) -> torch.Tensor:
        """What is left, (classes, frames), now that no sound follows; then ``restart``, or nothing more."""
        _checks.something_heard(self._n_samples, self.is_finished)
        self.is_finished = True
        n_left = (len(self._pending) - 2 * HOP) // HOP + 1
        return self._next(n_left, is_last=True)

    def _next(self, n_frames: int, *, is_last: bool) -> torch.Tensor:
        """So many frames of features more, and the scores that follow from them."""
        n_frames = max(0, n_frames)
        x = self.model.features.mel.power(self._pending[None])[:, :, 2 : 2 + n_frames]
        self._pending = self._pending[n_frames * HOP :]
        if n_frames:
            x, reference = self.model.features(x, self._reference)
            self._reference = reference[:, :, -1:]
        x = x[:, None]
        for place, stage in enumerate((*self.model.image, self.model.enter, *self.model.layers)):
            x, self._kept[place] = stage(x, self._kept[place], is_last=is_last)
        return self.model.scored(x)[0]


# ---------------------------------------------------------------------------------- while it learns


class HarderStrings(nn.Module):
    """A ``DigitRecogniser`` while it learns: what voices, rooms, microphones and lines do, drawn anew for each batch.

    The pitch changes on the waveform, which is played faster or slower, by up to 6 semitones; all else on mel power,
    where it costs a tenth of a step: formants and tempo are brought back and get factors of their own, as of a vocal
    tract of another length; then reverberation, the colour of a line, level over time, noise, and the masks of
    ``features.SpecAugment``. Outside training mode the model is called as it is.

    Parameters
    ----------
    model : DigitRecogniser
        Shares its weights with this module.

    Forward
    -------
    As ``DigitRecogniser``.

    Lecture: ctc
    """

    def __init__(self, model: DigitRecogniser):
        super().__init__()
        self.model = _checks.recogniser(model, DigitRecogniser)
        self.mask = SpecAugment(max_freq_width=6, max_time_width=6)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> tuple:
        if not self.training:
            return self.model(signal, lengths)
        return self.model.scores(*self.harder(signal, lengths)[:2])

    @torch.no_grad()
    def harder(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> tuple:
        """Features (batch, n_mels, frames of 20 ms) of the signals as changed, the frames of each clip, and sources.

        Those are the moments of the signals, in s, (batch, frames), that are heard in each frame.
        """
        signal, lengths, faster = _other_pitch(signal, _lengths(signal, lengths))
        power, n_frames = self.model.power(signal, lengths)
        power = _other_tract(power, self.model.features.mel, faster)
        power, n_frames, source = _other_tempo(power, n_frames, faster)
        power = _over_a_line(_in_a_room(power))
        features = self.model.features(silenced(_in_noise(power), n_frames))[0]
        return self.mask(features, n_frames), n_frames, source * (faster * HOP / SAMPLE_RATE)

    @staticmethod
    def as_in_the_world(power: torch.Tensor, n_frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Other tempo, room, line, level and noise for mel powers (batch, n_mels, frames); the voice stays."""
        power, n_frames, _ = _other_tempo(power, n_frames)
        return silenced(_in_noise(_over_a_line(_in_a_room(power))), n_frames), n_frames


def _lengths(signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None) -> torch.Tensor:
    """Samples of each clip of a batch of signals that can be heard."""
    _checks.batch_of_signals(_checks.signal_of(signal))
    lengths = clip_lengths(signal, lengths)
    _checks.clips_last(lengths.tolist(), signal.shape[-1])
    return lengths


def _uniform(power: torch.Tensor, low: float, high: float, *shape: int) -> torch.Tensor:
    """Numbers of each clip's own, from torch's generator."""
    return low + (high - low) * torch.rand(len(power), *shape, device=power.device)


def _sometimes(power: torch.Tensor, probability: float) -> torch.Tensor:
    """1 for some clips, 0 for the others: (batch, 1, 1)."""
    return (torch.rand(len(power), 1, 1, device=power.device) < probability).to(power)


def _other_pitch(signal: torch.Tensor, lengths: torch.Tensor, *, most: float = 1.4) -> tuple:
    """A batch played faster by one factor, 1/most…most, and the factor: pitch, formants and tempo move together."""
    factor = float(most ** (2 * torch.rand(()) - 1))
    n_new = (lengths / factor).ceil().long()
    n_longest = int(n_new.max())
    resampled = F.interpolate(signal[:, None], n_longest, mode="linear", align_corners=False)[:, 0]
    return resampled, n_new, factor


def _other_tract(power: torch.Tensor, mel: LogMel, faster: float = 1.0, *, most: float = 1.4) -> torch.Tensor:
    """Spectra as of a vocal tract of another length: ``bend_bands`` by a factor of each clip's own.

    It is ``faster``, so that what was played faster gets its formants back, times 1/most…most.
    """
    return bend_bands(power, mel, faster * _uniform(power, -math.log(most), math.log(most)).exp())


def bend_bands(power: torch.Tensor, mel: LogMel, factor: torch.Tensor) -> torch.Tensor:
    """Formants elsewhere, as of a vocal tract of another length: ``P'(f) = P(a f)``, linear between bands.

    Parameters
    ----------
    power : tensor, shape (batch, n_mels, frames)
    mel : features.LogMel
        Which has made it.
    factor : tensor, shape (batch,)
        a of each clip, 0.25…4: above 1 formants move down. Beyond the highest band stands that band.

    Returns
    -------
    tensor, shape (batch, n_mels, frames)

    Lecture: text_to_speech
    """
    _checks.mel_powers(power, _checks.log_mel_layer(mel, LogMel).n_mels)
    f_max = mel.sample_rate / 2 if mel.f_max is None else mel.f_max
    edges = hz_to_mel(np.array([mel.f_min, f_max]))
    centres_hz = mel_frequencies_hz(mel.n_mels + 2, f_min=mel.f_min, f_max=f_max)[1:-1]
    a = _checks.factors(factor, len(power)).detach().float().cpu().numpy().astype(np.float64)[:, None]
    place = (hz_to_mel(a * centres_hz) - edges[0]) / (edges[1] - edges[0]) * (mel.n_mels + 1) - 1
    source = torch.from_numpy(place.astype(np.float32)).to(power).clamp(0, mel.n_mels - 1)
    weight = 1 - (source[:, :, None] - torch.arange(mel.n_mels, device=power.device)).abs()
    return weight.clamp(min=0) @ power


def _other_tempo(power: torch.Tensor, n_frames: torch.Tensor, faster: float = 1.0, *, most: float = 1.35) -> tuple:
    """Each clip at a tempo of its own, 0.85…1.2 over ``faster``, which wanders by 1/most…most: vowels grow, s shrinks.

    ``P'(t) = P(a[0] + … + a[t − 1])``, linear between frames; a is a curve through points some 120 ms apart. Gives the
    power, the frames of each clip, and those sums, (batch, frames).
    """
    n_most = int(n_frames.max() * faster * most / 0.85) + 1
    curve = _uniform(power, -math.log(most), math.log(most), 1, max(2, round(n_most / 6)))
    curve = F.interpolate(curve, n_most, mode="linear", align_corners=True)[:, 0]
    step = curve.exp() * _uniform(power, 0.85, 1.2, 1) / faster
    source = step.cumsum(dim=1) - step[:, :1]
    n_new = (source <= n_frames[:, None] - 1).sum(dim=1)
    source = torch.minimum(source[:, : int(n_new.max())], (n_frames[:, None] - 1).to(source))
    left = source.floor().long()
    right, share = (left + 1).clamp(max=power.shape[2] - 1), (source - left)[:, None]
    left, right = (index[:, None].expand(-1, power.shape[1], -1) for index in (left, right))
    return (1 - share) * power.gather(2, left) + share * power.gather(2, right), n_new, source


def _in_a_room(power: torch.Tensor, *, probability: float = 0.35) -> torch.Tensor:
    """Reverberation as a tail of power that decays by 60 dB in 0.1…0.5 s, 3…18 dB below the sound itself."""
    n_batch, n_tail = len(power), 12
    time_s = torch.arange(1, n_tail + 1, device=power.device) * HOP / SAMPLE_RATE
    tail = torch.exp(-math.log(1e6) * time_s / _uniform(power, 0.1, 0.5, 1))
    wet = 10 ** _uniform(power, -1.8, -0.3, 1) * _sometimes(power, probability)[:, 0]
    kernel = torch.cat([torch.ones_like(wet), tail * wet / tail.sum(dim=1, keepdim=True)], dim=1).flip(1)
    return F.conv1d(F.pad(power, (n_tail, 0)).transpose(0, 1), kernel[:, None], groups=n_batch).transpose(0, 1)


def _over_a_line(power: torch.Tensor) -> torch.Tensor:
    """Another microphone and line: a tilt, a curve of five points, a telephone's edges; and a level that wanders."""
    n_bands, n_frames = power.shape[1:]
    height = torch.linspace(0, 1, n_bands, device=power.device)[:, None]
    gain_db = _uniform(power, -24, 6, 1, 1) * height * _sometimes(power, 0.6)
    curve_db = F.interpolate(_uniform(power, -8, 8, 1, 5), n_bands, mode="linear", align_corners=True).mT
    gain_db = gain_db + curve_db * _sometimes(power, 0.6)
    gain_db = gain_db - 30 * ((height < 0.12) | (height > 0.93)) * _sometimes(power, 0.3)
    level_db = F.interpolate(_uniform(power, -8, 8, 1, 6), n_frames, mode="linear", align_corners=True)
    return power * 10 ** ((gain_db + level_db) / 10)


def _in_noise(power: torch.Tensor, *, probability: float = 0.7) -> torch.Tensor:
    """Noise of any slope, 18…50 dB below the loudest cell: in each cell its power has an exponential distribution."""
    height = torch.linspace(0, 1, power.shape[1], device=power.device)[:, None]
    slope_db = _uniform(power, -35, 5, 1, 1) * height
    slope_db = slope_db - slope_db.amax(dim=1, keepdim=True)
    share = 10 ** _uniform(power, -5.0, -1.8, 1, 1) * _sometimes(power, probability)
    level = power.amax(dim=(1, 2), keepdim=True) * share
    return power + level * 10 ** (slope_db / 10) * torch.empty_like(power).exponential_()
