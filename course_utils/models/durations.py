"""How long each character of a recording lasts, how high and how loud it is: what speech without attention learns from.

Durations are learned from the recordings alone: guess where the characters lie, average what lies under each, look
again. Sequences are (…, tokens) or (…, frames); mels are (…, 64, frames). Lecture: text_to_speech
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import Dataset

from .. import text
from .._checks import durations as _checks
from ..mfcc import mfcc_from_log_mel
from .datasets import DIGITS, VOICES, DigitStrings, Sentences
from .speech_features import FLOOR, HOP, N_MELS, SAMPLE_RATE, pitch_hz, speech_mel

PITCH_REFERENCE_HZ = 100.0  # networks are told octaves above it
MOST_LETTERS = max(map(len, DIGITS))
SPACE = 1 + text.PHONEMES.index(" ")

# ------------------------------------------------------------------------------------------- durations


def monotonic_alignment(scores: np.ndarray) -> np.ndarray:
    """How long to stay in each state, one after another, for the largest sum: ``max Σ_t S[s(t), t]``.

    ``D[i, t] = S[i, t] + max(D[i, t − 1], D[i − 1, t − 1])``: in each frame the way stays, or goes on by one.

    Parameters
    ----------
    scores : ndarray, shape (states, frames)
        Such as log-likelihoods of each frame under each state; at least as many frames as states.

    Returns
    -------
    int64 ndarray, shape (states,), frames
        Each at least 1; their sum is the number of frames. Of ways that are equally good, the one that goes on last.

    After Viterbi 1967. Lecture: text_to_speech
    """
    scores = _checks.scores_of_states(scores)
    n_states, n_frames = scores.shape
    best = np.full(n_states, -np.inf)
    best[0] = scores[0, 0]
    is_entered = np.zeros((n_frames, n_states), bool)
    for t in range(1, n_frames):
        from_before = np.concatenate([[-np.inf], best[:-1]])
        is_entered[t] = from_before > best
        best = np.maximum(best, from_before) + scores[:, t]
    state, durations = n_states - 1, np.zeros(n_states, np.int64)
    for t in range(n_frames - 1, -1, -1):
        durations[state] += 1
        state -= int(is_entered[t, state])
    return durations


def even_durations(n_states: int, n_frames: int) -> np.ndarray:
    """Everything lasts as long as everything else, to a frame: where the search for durations begins.

    Parameters
    ----------
    n_states, n_frames : int

    Returns
    -------
    int64 ndarray, shape (states,), frames
        Their sum is ``n_frames``.

    Lecture: text_to_speech
    """
    n_states, n_frames = _checks.count(n_states, "n_states"), _checks.count(n_frames, "n_frames", minimum=0)
    return np.diff(np.arange(n_states + 1) * n_frames // n_states)


def learn_durations(
    clips: Sequence[np.ndarray], states: Sequence[Sequence[int]], *, n_rounds: int = 8
) -> list[np.ndarray]:
    """Durations from recordings and what is said in them: one Gaussian for each state, and in turn the best alignment.

    ``log p(x | s) = −½ Σ_d ((x[d] − μ[s, d])² / σ²[s, d] + ln σ²[s, d])``. All begin with equal shares; then the mean
    and the variance of each state are those of the frames that lie in it, and ``monotonic_alignment`` says anew which.

    Parameters
    ----------
    clips : sequence of ndarray, shape (features, frames)
        Such as cepstra of which each clip's mean is taken.
    states : sequence of sequence of int
        For each clip its states in their order, from 0; what is said alike has the same number.
    n_rounds : int

    Returns
    -------
    list of int64 ndarray, shape (states of the clip,), frames
        A clip with fewer frames than states keeps ``even_durations``.

    Source: Rabiner, Wilpon & Juang 1986, AT&T Technical Journal 65(3), the segmental k-means procedure.
    Lecture: text_to_speech
    """
    clips, states = _checks.clips_with_states(clips, states)
    n_rounds = _checks.count(n_rounds, "n_rounds", minimum=0, maximum=1000)
    found = [even_durations(len(s), clip.shape[1]) for s, clip in zip(states, clips, strict=True)]
    every = np.concatenate(clips, axis=1).T
    n_states, least = 1 + max(int(s.max()) for s in states), 0.05 * every.var(axis=0) + 1e-9
    for _ in range(n_rounds):
        owner = np.concatenate([np.repeat(s, d) for s, d in zip(states, found, strict=True)])
        n_frames = np.bincount(owner, minlength=n_states)[:, None].clip(1)
        first, second = (_sums(owner, x, n_states) / n_frames for x in (every, every**2))
        variance = (second - first**2).clip(0) + least
        found = [
            monotonic_alignment(_log_likelihood(clip, first[s], variance[s])) if clip.shape[1] >= len(s) else durations
            for clip, s, durations in zip(clips, states, found, strict=True)
        ]
    return found


def _sums(owner: np.ndarray, rows: np.ndarray, n_owners: int) -> np.ndarray:
    return np.stack([np.bincount(owner, column, n_owners) for column in rows.T], axis=1)


def _log_likelihood(clip: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(states, frames), but for a constant."""
    squares = np.square(clip - mean[..., None]) / variance[..., None]
    return -0.5 * (squares.sum(axis=1) + np.log(variance).sum(axis=1, keepdims=True))


# ------------------------------------------------------------------------- what tokens have, and frames


def token_means(values: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
    """The mean of what lies under each token; 0 for a token that lasts no frame.

    Parameters
    ----------
    values : tensor, shape (…, frames)
    durations : tensor of int, shape (…, tokens), frames
        In sum at most as many as there are; what lies behind is not looked at.

    Returns
    -------
    tensor, shape (…, tokens)

    Lecture: text_to_speech
    """
    values, durations = _checks.values_with_durations(values, durations)
    sums = F.pad(values.cumsum(dim=-1), (1, 0))
    ends = durations.cumsum(dim=-1)
    return (sums.gather(-1, ends) - sums.gather(-1, ends - durations)) / durations.clamp(min=1)


def token_pitch(f0_hz: np.ndarray, durations: np.ndarray) -> np.ndarray:
    """The pitch of each token: the mean of ``log₂(f / 100 Hz)`` over its voiced frames.

    Parameters
    ----------
    f0_hz : ndarray, shape (frames,), Hz
        NaN where there is no pitch, see ``speech_features.pitch_hz``.
    durations : ndarray of int, shape (tokens,), frames
        Their sum is the number of frames.

    Returns
    -------
    float32 ndarray, shape (tokens,), octaves above 100 Hz
        A token without a pitch lies on the line between its neighbours, so that none has to be told apart; 0
        everywhere where no token has one.

    Lecture: text_to_speech
    """
    f0_hz, durations = _checks.pitch_with_durations(f0_hz, durations)
    owner, is_voiced = np.repeat(np.arange(len(durations)), durations), np.isfinite(f0_hz)
    n_voiced = np.bincount(owner[is_voiced], minlength=len(durations))
    if not n_voiced.any():
        return np.zeros(len(durations), np.float32)
    octaves = np.log2(f0_hz[is_voiced] / PITCH_REFERENCE_HZ)
    sums, known = np.bincount(owner[is_voiced], octaves, len(durations)), np.flatnonzero(n_voiced)
    return np.interp(np.arange(len(durations)), known, sums[known] / n_voiced[known]).astype(np.float32)


def frame_energy_db(log_mel: torch.Tensor) -> torch.Tensor:
    """The level of each frame, all bands together: ``10 log₁₀ Σ_b e^L[b]``.

    Parameters
    ----------
    log_mel : tensor, shape (…, bands, frames), natural logarithm of a power

    Returns
    -------
    tensor, shape (…, frames), dB

    Lecture: text_to_speech
    """
    return 10 / math.log(10) * torch.logsumexp(_checks.tensor(log_mel, "log_mel", at_least=2), dim=-2)


class SpokenText(NamedTuple):
    """A text and its recording: who speaks, how long each token lasts, and how high it is."""

    tokens: np.ndarray  # (tokens,), int
    voice: int | np.ndarray  # its number, or a vector
    durations: np.ndarray  # (tokens,), int, frames
    pitch: np.ndarray  # (tokens,), octaves above 100 Hz
    mel: np.ndarray  # (64, frames), float32


class DigitSpeech(Dataset):
    """Strings of digits as ``SpokenText``: their words' characters, a space for each pause, and the end.

    Where a word begins is known. Where its letters do is learned, from all recordings of that word, when this is made.
    The clip begins with its first word; what follows the last belongs to the end token.

    Parameters
    ----------
    strings : datasets.DigitStrings
        Without empty ones, words that overlap, or ``trim_db``; best with ``whole_words``.
    aligned : bool
        False: every letter of a word lasts equally long.

    Items
    -----
    SpokenText
        ``voice`` is the number of ``strings.voice``.

    Lecture: text_to_speech
    """

    def __init__(self, strings: DigitStrings, *, aligned: bool = True):
        self.strings, self.mel = _checks.plain_strings(strings, DigitStrings), speech_mel()
        words, states = [], []
        for signal, row in zip(strings.words.signals, strings.words.rows, strict=True):
            cepstra = mfcc_from_log_mel(self.mel(torch.as_tensor(signal)).numpy())
            words.append(cepstra - cepstra.mean(axis=1, keepdims=True))
            digit = int(row["digit"])
            states.append(range(MOST_LETTERS * digit, MOST_LETTERS * digit + len(DIGITS[digit])))
        self.letters = learn_durations(words, states, n_rounds=8 if _checks.switch(aligned, "aligned") else 0)

    def __len__(self) -> int:
        return len(self.strings)

    def __getitem__(self, index: int) -> SpokenText:
        signal, digits = self.strings[index]
        voice, ends = self.strings.voice(index), []
        spans = np.round(SAMPLE_RATE * self.strings.spans_s(index)).astype(int)
        for digit, (start, end) in zip(digits.tolist(), spans, strict=True):
            letters = self.letters[len(DIGITS) * voice + digit]
            share = np.cumsum(letters) / letters.sum()
            ends += [start, *(start + (end - start) * share)]  # of the pause before, and of the letters
        bounds = np.round(np.array([*ends, len(signal)]) / HOP).astype(int)
        bounds[-1] = 1 + len(signal) // HOP
        durations, first = np.diff(bounds), bounds[0]
        tokens = np.array(text.encode(" ".join(DIGITS[digit] for digit in digits), end=True))
        log_mel = self.mel(torch.as_tensor(signal)).numpy()[:, first:]
        pitch = token_pitch(pitch_hz(signal)[first:], durations)
        return SpokenText(tokens, voice, durations, pitch, log_mel)


class SentenceSpeech(Dataset):
    """Words and sentences as ``SpokenText``: their phonemes, of which nobody has said how long they last.

    ``learn_durations`` finds it, one Gaussian for each phoneme of each voice over cepstra and their slopes, when this
    is made. A space between two words lasts no frame; a comma is the pause that it makes, and the mark at the end what
    is left.

    Parameters
    ----------
    sentences : datasets.Sentences
        A few hundred, so that every phoneme occurs often.
    n_rounds : int
        See ``learn_durations``.

    Items
    -----
    SpokenText
        Tokens by ``text.encode_phonemes``, with the pronunciations of ``text.lexicon``; ``voice`` is the place of the
        speaker in ``datasets.VOICES``: 0 is "slt".

    Lecture: text_to_speech
    """

    def __init__(self, sentences: Sentences, *, n_rounds: int = 8):
        self.sentences, mel = _checks.sentences(sentences, Sentences), speech_mel()
        self.tokens, self.mels, clips, states = [], [], [], []
        self.voices = [list(VOICES).index(row["voice"]) for row in sentences.rows]
        for number, voice in enumerate(self.voices):
            signal, said = sentences[number]
            self.tokens.append(np.array(text.encode_phonemes(text.phonemes(said, source="lexicon"))))
            self.mels.append(mel(torch.as_tensor(signal)).numpy())
            cepstra = mfcc_from_log_mel(self.mels[-1])
            clips.append(
                np.concatenate([cepstra - cepstra.mean(axis=1, keepdims=True), 2 * np.gradient(cepstra, axis=1)])
            )
            states.append(text.N_PHONEMES * voice + self.tokens[-1][self.tokens[-1] != SPACE])
        self.lasting = learn_durations(clips, states, n_rounds=n_rounds)

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> SpokenText:
        (signal, _), tokens = self.sentences[index], self.tokens[index]
        durations = np.zeros(len(tokens), np.int64)
        durations[tokens != SPACE] = self.lasting[index]
        pitch = token_pitch(pitch_hz(signal), durations)
        return SpokenText(tokens, self.voices[index], durations, pitch, self.mels[index])


def speech_batch(items: Sequence[SpokenText], *, gain_db: Sequence[float] | None = None) -> tuple[tuple, tuple]:
    """A batch for speech without attention, padded with 0: what it is told, and what it shall say.

    Parameters
    ----------
    items : sequence of SpokenText
    gain_db : sequence of float, dB, optional
        One for each item: a spectrogram is as easily made louder as a sound, ``max(L + g ln 10 / 10, ln 1e-5)``.

    Returns
    -------
    inputs : (tokens, n_tokens, voices, durations, pitch, energy)
        Tensors (batch, tokens), and (batch,) of the second; ``voices`` (batch,) of int, or (batch, size). The energy
        of a token is the mean of ``frame_energy_db`` over its frames.
    targets : (mel, n_frames, durations, pitch, energy)
        ``mel`` (batch, 64, frames), ``n_frames`` (batch,).

    Lecture: text_to_speech
    """
    items = _checks.spoken_texts(items, N_MELS)
    gains = _checks.gains(gain_db, len(items))
    tokens, durations, pitch = (
        _padded([_checks.for_batch(getattr(item, name), name) for item in items])
        for name in ("tokens", "durations", "pitch")
    )
    louder = [_checks.for_batch(item.mel, "mel") + g * math.log(10) / 10 for item, g in zip(items, gains, strict=True)]
    log_mel = _padded([x.clamp(min=math.log(FLOOR)).mT for x in louder]).mT
    energy = token_means(frame_energy_db(log_mel), durations)
    voices = torch.stack([_checks.for_batch(item.voice, "voice") for item in items])
    n_tokens, n_frames = torch.tensor([len(item.tokens) for item in items]), durations.sum(dim=1)
    return (tokens, n_tokens, voices, durations, pitch, energy), (log_mel, n_frames, durations, pitch, energy)


def _padded(rows: list[torch.Tensor]) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
