"""Speech all at once: how long each character lasts is predicted, and all frames are made side by side.

No attention that can lose its place, no stop token, no step that waits for the one before. Between the text and the
sound stand three numbers for each character, duration, pitch and energy: a model predicts them, and a reader may move
them. Inside, sequences are (batch, tokens or frames, width). Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from .. import text
from .._checks import parallel_speech as _checks
from ..mel import mel_filterbank
from .durations import PITCH_REFERENCE_HZ
from .features import StoredScale
from .layers import clip_lengths, valid_frames
from .speech_features import F_MAX, F_MIN, FLOOR, N_FFT, N_MELS, SAMPLE_RATE

# ------------------------------------------------------------------------------- from tokens to frames


def _owners(durations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Whose each frame is (batch, frames), how far in its token it lies (0…1), and the frames of each clip."""
    ends = durations.cumsum(dim=1)
    n_frames = ends[:, -1]
    t = torch.arange(int(n_frames.max()), device=durations.device)
    owner = torch.searchsorted(ends, t.expand(len(ends), -1).contiguous(), right=True)
    owner = owner.clamp(max=durations.shape[1] - 1)  # of padding, the last token
    own = durations.gather(1, owner)
    return owner, (t - ends.gather(1, owner) + own + 0.5) / own.clamp(min=1), n_frames


def _of(values: torch.Tensor, owner: torch.Tensor) -> torch.Tensor:
    """Rows (batch, frames, width) of tokens (batch, tokens, width)."""
    return values.gather(1, owner[..., None].expand(-1, -1, values.shape[2]))


def expand(hidden: torch.Tensor, durations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The length regulator: each token's row as often as the token lasts frames.

    Parameters
    ----------
    hidden : tensor, shape (batch, tokens, width)
    durations : tensor of int, shape (batch, tokens), frames
        0 for padding, and where a token is not to be heard.

    Returns
    -------
    frames : tensor, shape (batch, most frames, width)
        What stands behind the end of a clip has no meaning.
    n_frames : tensor of int, shape (batch,)
        The sums of the durations, each at least 1.

    Source: Ren et al. 2019, NeurIPS, section 3.2.
    Lecture: text_to_speech
    """
    hidden, durations = _checks.rows_with_durations(hidden, durations)
    owner, _, n_frames = _owners(durations)
    return _of(hidden, owner), n_frames


def contour(values: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
    """A line through the middle of each token: a pitch that glides where ``expand`` would make steps.

    Parameters
    ----------
    values : tensor, shape (batch, tokens)
    durations : tensor of int, shape (batch, tokens), frames
        Tokens that last no frame are passed over.

    Returns
    -------
    tensor, shape (batch, most frames)
        Constant before the first middle and behind the last one.

    Lecture: text_to_speech
    """
    rows, durations = _checks.numbers_with_durations(values, durations)
    owner, share, _ = _owners(durations)
    place = torch.arange(durations.shape[1], device=durations.device).expand_as(durations)
    is_heard = durations > 0
    before = torch.where(is_heard, place, -1).cummax(dim=1).values
    behind = torch.where(is_heard, place, durations.shape[1]).flip(1).cummin(dim=1).values.flip(1)
    before = torch.cat([torch.full_like(before[:, :1], -1), before[:, :-1]], dim=1)  # of each token the one before it
    behind = torch.cat([behind[:, 1:], torch.full_like(behind[:, :1], durations.shape[1])], dim=1)
    before = torch.where(before < 0, place, before)
    behind = torch.where(behind >= durations.shape[1], place, behind)
    other = torch.where(share < 0.5, before.gather(1, owner), behind.gather(1, owner))
    own, its = durations.gather(1, owner), durations.gather(1, other)
    part = (2 * (share - 0.5).abs() * own / (own + its).clamp(min=1)).to(values.dtype)
    return torch.lerp(_of(rows, owner)[..., 0], _of(rows, other)[..., 0], part)


def harmonic_comb(f0_hz: np.ndarray) -> np.ndarray:
    """Where harmonics lie in a mel spectrum: ``C[b] = ln(ε + Σ_k B[b, k] Σ_h f₀ |W(f_k − h f₀)|² / Σ_k B[b, k])``.

    W is the spectrum of the Hann window, 1 at 0 Hz, and ε = 1e−3 fills the gaps. Of a low voice the bands from about
    1 kHz up hold several harmonics each, and C is flat there.

    Parameters
    ----------
    f0_hz : ndarray, shape (pitches,), Hz, 40…1000

    Returns
    -------
    float32 ndarray, shape (pitches, 64), natural logarithm

    Lecture: text_to_speech
    """
    f0_hz = _checks.pitches(f0_hz)
    bank = mel_filterbank(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS, f_min=F_MIN, f_max=F_MAX)
    grid_hz, width_hz = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE), SAMPLE_RATE / N_FFT
    rows = []
    for f0 in f0_hz:
        harmonics_hz = f0 * np.arange(1, F_MAX // f0 + 3)
        bins = (grid_hz[:, None] - harmonics_hz) / width_hz
        window = np.sinc(bins) + 0.5 * (np.sinc(bins - 1) + np.sinc(bins + 1))
        rows.append(np.log(1e-3 + bank @ (f0 * np.square(window).sum(axis=1)) / bank.sum(axis=1)))
    return np.array(rows, np.float32)


class HarmonicComb(nn.Module):
    """``harmonic_comb`` of a pitch in octaves above 100 Hz, read from a table of 48 rows an octave, mean 0.

    Forward
    -------
    pitch : tensor, shape (…)
        Below −1 and above 3 octaves the ends of the table. Returns a tensor of shape (…, 64).

    Lecture: text_to_speech
    """

    steps, lowest, highest = 48, -1, 3

    def __init__(self):
        super().__init__()
        octaves = np.arange(self.steps * self.lowest, self.steps * self.highest + 1) / self.steps
        table = harmonic_comb(PITCH_REFERENCE_HZ * 2**octaves)
        self.register_buffer("table", torch.from_numpy(table - table.mean()), persistent=False)

    def forward(self, pitch: torch.Tensor) -> torch.Tensor:
        at = (_checks.with_numbers(_checks.tensor(pitch, "pitch"), "pitch").float() - self.lowest) * self.steps
        at = at.clamp(0, len(self.table) - 1)
        low = at.floor().clamp(max=len(self.table) - 2).long()
        return torch.lerp(self.table[low], self.table[low + 1], (at - low)[..., None].to(self.table))


# ----------------------------------------------------------------------------------------- the network


class _Block(nn.Module):
    """``x + dropout(γ(v) norm(relu(conv(x))) + β(v))``: what a voice v changes, in every layer; or γ = 1, β = 0."""

    def __init__(self, width: int, kernel_size: int, voice_size: int, dropout: float):
        super().__init__()
        self.layer = nn.Conv1d(width, width, kernel_size, padding=kernel_size // 2)
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)
        self.film = nn.Linear(voice_size, 2 * width) if voice_size else None
        if self.film is not None:
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)

    def forward(self, x: torch.Tensor, valid: torch.Tensor, voice: torch.Tensor) -> torch.Tensor:
        y = self.norm(torch.relu(self.layer(x.masked_fill(~valid, 0).mT).mT))
        if self.film is not None:
            gain, offset = self.film(voice)[:, None].chunk(2, dim=2)
            y = (1 + gain) * y + offset
        return x + self.dropout(y)


class _Stack(nn.ModuleList):
    def __init__(self, n_layers: int, *options: object):
        super().__init__(_Block(*options) for _ in range(n_layers))

    def forward(self, x: torch.Tensor, valid: torch.Tensor, voice: torch.Tensor) -> torch.Tensor:
        for block in self:
            x = block(x, valid, voice)
        return x


class _Predictor(nn.Module):
    """A number for each token."""

    def __init__(self, width: int, n_hidden: int, voice_size: int, dropout: float):
        super().__init__()
        self.enter, self.leave = nn.Linear(width, n_hidden), nn.Linear(n_hidden, 1)
        self.stack = _Stack(2, n_hidden, 3, voice_size, dropout)

    def forward(self, x: torch.Tensor, valid: torch.Tensor, voice: torch.Tensor) -> torch.Tensor:
        return self.leave(self.stack(self.enter(x), valid, voice)).squeeze(2)


class ParallelMel(NamedTuple):
    """What a ``ParallelSpeech`` says while it is told durations, pitch and energy, and what it would have guessed."""

    mel: torch.Tensor  # (batch, 64, frames)
    log_durations: torch.Tensor  # (batch, tokens), ln(1 + frames)
    pitch: torch.Tensor  # (batch, tokens), octaves above 100 Hz
    energy: torch.Tensor  # (batch, tokens), dB
    n_tokens: torch.Tensor  # (batch,)


class Spoken(NamedTuple):
    """A spectrogram, and what it was made from."""

    mel: np.ndarray  # (64, frames), see speech_features.mel_to_signal
    durations: np.ndarray  # (tokens,), frames
    pitch: np.ndarray  # (tokens,), Hz
    energy: np.ndarray  # (tokens,), dB


class ParallelSpeech(nn.Module):
    """From characters to a mel spectrogram in one pass: encoder, three predictors, length regulator, decoder.

    A frame is an envelope, and a comb of harmonics as far as the voice sounds: ``L = envelope + gain · C(pitch)``.
    The pitch moves the comb and nothing else has to learn where harmonics lie.

    Parameters
    ----------
    n_voices : int
        Rows of a table of voices, learned; 0 for none: voices are then given as vectors, such as a verifier's.
    n_vocabulary : int
        Of tokens; 0 is padding.
    width, n_hidden : int
        Of encoder and decoder, and of the predictors.
    voice_size : int
        Numbers that say who speaks.
    n_layers : (int, int)
        Of the encoder and of the decoder.
    kernel_size : int, odd
    film : bool
        The voice scales and shifts what every layer gives; otherwise it is added once, behind the encoder.
    comb : bool
        False: no comb; the decoder is told the pitch as a number alone.
    dropout : float, 0…1

    Forward
    -------
    tokens : tensor of int, shape (batch, tokens)
    n_tokens : tensor or sequence of int, shape (batch,), or None
    voices : tensor of int, shape (batch,), or of float, shape (batch, voice_size)
    durations : tensor of int, shape (batch, tokens), frames
    pitch : tensor, shape (batch, tokens), octaves above 100 Hz
    energy : tensor, shape (batch, tokens), dB
        Returns a ``ParallelMel``.

    Examples
    --------
    >>> model = ParallelSpeech(3, width=16, n_hidden=8).eval()
    >>> model.speak(text.encode("one two", end=True), 2, durations=[4] * 8).mel.shape
    (64, 32)

    After Ren et al. 2019 and 2021 (FastSpeech), Łańcucki 2021 (a pitch for each character), Perez et al. 2018
    (``film``). Lecture: text_to_speech
    """

    def __init__(
        self,
        n_voices: int = 1,
        *,
        n_vocabulary: int = text.N_TOKENS,
        width: int = 128,
        voice_size: int = 48,
        n_layers: Sequence[int] = (3, 5),
        n_hidden: int = 64,
        kernel_size: int = 5,
        film: bool = True,
        comb: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__()
        n_voices, n_vocabulary = _checks.tables(n_voices, n_vocabulary)
        width, voice_size, n_hidden = _checks.widths(width=width, voice_size=voice_size, n_hidden=n_hidden)
        n_layers, kernel_size = _checks.two_stacks(n_layers), _checks.kernel_of(kernel_size)
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        conditioned = voice_size if _checks.switch(film, "film") else 0
        self.scale, self.voice_size = StoredScale(), voice_size
        self.voices = nn.Embedding(n_voices, voice_size) if n_voices else None
        self.embedding = nn.Embedding(n_vocabulary, width, padding_idx=0)
        self.encoder = _Stack(n_layers[0], width, kernel_size, conditioned, dropout)
        self.speaker = nn.Linear(voice_size, width)
        self.predictors = nn.ModuleList(_Predictor(width, n_hidden, conditioned, dropout) for _ in range(3))
        self.prosody = nn.Sequential(nn.Linear(2, n_hidden), nn.ReLU(), nn.Linear(n_hidden, width))
        self.comb = HarmonicComb() if _checks.switch(comb, "comb") else None
        self.excited = nn.Linear(N_MELS, width) if comb else None
        self.place = nn.Linear(3, width)
        self.decoder = _Stack(n_layers[1], width, kernel_size, conditioned, dropout)
        self.leave = nn.Linear(width, 2 * N_MELS if comb else N_MELS)

    def forward(
        self,
        tokens: torch.Tensor,
        n_tokens: torch.Tensor | Sequence[int] | None,
        voices: torch.Tensor,
        durations: torch.Tensor,
        pitch: torch.Tensor,
        energy: torch.Tensor,
    ) -> ParallelMel:
        tokens = _checks.tokens_of(tokens, self)
        hidden, voice, guessed, n_tokens = self.read(tokens, n_tokens, voices)
        durations, pitch, energy = _checks.prosody(durations, pitch, energy, tokens, n_tokens, self)
        mel, _ = self.write(hidden, voice, durations, pitch, energy)
        return ParallelMel(mel, *guessed, n_tokens)

    def voice_vectors(self, voices: torch.Tensor) -> torch.Tensor:
        """(batch, voice_size) of numbers of voices (batch,); vectors as they are."""
        voices = _checks.voices_of(voices, self)
        return voices if voices.is_floating_point() else self.voices(voices)

    def mean_voice(self) -> torch.Tensor:
        """The mean of the table of voices, (voice_size,): nobody, and everybody a little."""
        return _checks.with_table(self).weight.detach().mean(dim=0)

    def read(
        self, tokens: torch.Tensor, n_tokens: torch.Tensor | Sequence[int] | None, voices: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...], torch.Tensor]:
        """Hidden states (batch, tokens, width), voices, what is guessed of each token, and how many there are."""
        tokens = _checks.tokens_of(tokens, self)
        n_tokens = clip_lengths(tokens, n_tokens)
        valid, voice = valid_frames(n_tokens, tokens.shape[1])[..., None], self.voice_vectors(voices)
        _checks.a_voice_each(len(voice), len(tokens))
        hidden = self.encoder(self.embedding(tokens), valid, voice) + self.speaker(voice)[:, None]
        log_durations, pitch, tens = (predict(hidden, valid, voice) for predict in self.predictors)
        return hidden, voice, (log_durations, pitch, 10 * tens), n_tokens

    def write(
        self,
        hidden: torch.Tensor,
        voice: torch.Tensor,
        durations: torch.Tensor,
        pitch: torch.Tensor,
        energy: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The spectrogram (batch, 64, frames) of what ``read`` gives, spoken like this, and its frames."""
        hidden = hidden + self.prosody(torch.stack([pitch, energy / 10], dim=2))
        x, n_frames = expand(hidden, durations)
        owner, share, _ = _owners(durations)
        share = share.to(x)
        place = [share, 1 - share, torch.log1p(durations.gather(1, owner).to(x))]
        x = x + self.place(torch.stack(place, dim=2))
        comb = None if self.comb is None else self.comb(contour(pitch, durations)).to(x)
        x = x if comb is None else x + self.excited(comb)
        valid = valid_frames(n_frames, x.shape[1])[..., None]
        envelope, *gain = self.leave(self.decoder(x, valid, voice)).split(N_MELS, dim=2)
        mel = envelope * self.scale.spread + self.scale.mean
        return (mel if comb is None else mel + gain[0] * comb).mT, n_frames

    @torch.no_grad()
    def speak(
        self,
        tokens: Sequence[int],
        voice: int | torch.Tensor | np.ndarray,
        *,
        duration_scale: float | Sequence[float] = 1.0,
        pitch_semitones: float | Sequence[float] = 0.0,
        energy_db: float | Sequence[float] = 0.0,
        durations: Sequence[float] | None = None,
        pitch: Sequence[float] | None = None,
        energy: Sequence[float] | None = None,
    ) -> Spoken:
        """Say a text, as guessed or as told.

        Parameters
        ----------
        tokens : sequence of int
            Such as ``text.encode("one two", end=True)``.
        voice : int, or tensor or ndarray of shape (voice_size,)
        duration_scale : float, or one for each token
            2 is half as fast.
        pitch_semitones : float, or one for each token, semitones
            Added to the pitch.
        energy_db : float, or one for each token, dB
            Added to the energy.
        durations : sequence of float, shape (tokens,), frames, optional
            In place of the guess; so for the others. Frames are whole: ends of tokens are rounded, not durations, so
            that nothing adds up.
        pitch : sequence of float, shape (tokens,), Hz, optional
        energy : sequence of float, shape (tokens,), dB, optional

        Returns
        -------
        Spoken

        Lecture: text_to_speech
        """
        place = self.embedding.weight.device
        tokens = _checks.one_text(tokens, self).to(place)
        n, was_training = tokens.shape[1], self.training
        asked = _checks.asked(n, duration_scale, pitch_semitones, energy_db, durations, pitch, energy)
        scale, semitones, louder, durations, pitch, energy = (
            None if x is None else torch.as_tensor(x, dtype=self.embedding.weight.dtype, device=place)[None]
            for x in asked
        )
        try:
            hidden, voice, guessed, _ = self.eval().read(tokens, None, _checks.one_voice(voice, self).to(place))
            lasting = torch.expm1(guessed[0]).clamp(min=0) if durations is None else durations
            ends = _checks.ends_of(lasting * scale).round().long()
            durations = torch.diff(ends, dim=1, prepend=torch.zeros_like(ends[:, :1]))
            pitch = (guessed[1] if pitch is None else torch.log2(pitch / PITCH_REFERENCE_HZ)) + semitones / 12
            energy = (guessed[2] if energy is None else energy) + louder
            mel, _ = self.write(hidden, voice, durations, pitch, energy)
        finally:
            self.train(was_training)
        found = mel.clamp(min=math.log(FLOOR)), durations, PITCH_REFERENCE_HZ * 2**pitch, energy
        return Spoken(*(x[0].cpu().numpy() for x in found))


def parallel_loss(
    output: ParallelMel,
    mel: torch.Tensor,
    n_frames: torch.Tensor,
    durations: torch.Tensor,
    pitch: torch.Tensor,
    energy: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """``mean |L − L̂|``, and mean squares of what is guessed of each token: ln(1 + duration), octaves, tens of dB.

    Parameters
    ----------
    output : ParallelMel
    mel : tensor, shape (batch, 64, frames)
    n_frames : tensor of int, shape (batch,)
    durations, pitch, energy : tensor, shape (batch, tokens)
        As in ``durations.speech_batch``.

    Returns
    -------
    dict of str to tensor
        "mel", "duration", "pitch" and "energy".

    Lecture: text_to_speech
    """
    n_frames = _checks.targets(output, ParallelMel, mel, n_frames, durations, pitch, energy)
    is_frame = valid_frames(n_frames, mel.shape[2]).to(mel.device)[:, None]
    is_token = valid_frames(output.n_tokens, durations.shape[1]).to(mel.device)
    guessed = {
        "duration": output.log_durations - torch.log1p(durations.to(output.log_durations)),
        "pitch": output.pitch - pitch,
        "energy": (output.energy - energy) / 10,
    }
    parts = {"mel": (output.mel - mel).abs().masked_fill(~is_frame, 0).sum() / (N_MELS * n_frames.sum())}
    n_tokens = output.n_tokens.sum()
    return parts | {name: x.square().masked_fill(~is_token, 0).sum() / n_tokens for name, x in guessed.items()}
