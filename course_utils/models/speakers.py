"""Who speaks? A network that makes a vector of a voice, and what is done with it: enrolment, scores, trials.

Clips are 8 kHz; a vector has length 1, and two clips are compared by the cosine between theirs. Lecture: text_to_speech
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from .._checks import speakers as _checks
from . import recogniser
from .datasets import DIGITS, SAMPLE_RATE, SpokenDigits, pad_batch
from .features import LogMel, SpecAugment
from .layers import ConvolutionBlock, clip_lengths, masked_mean, silenced, valid_frames

HOP = recogniser.HOP  # samples, 20 ms, of a frame of features
MOST = 0.18, 0.12  # of the logarithms of speed, 3 semitones, and of the formants' factor, of voices that nobody has

# --------------------------------------------------------------------------------------- a voice as a vector


class AttentivePooling(nn.Module):
    """Frames to one vector: mean and spread of each channel over time, ``μ = Σ_t a_t h_t``, ``σ² = Σ_t a_t h_t² − μ²``.

    The weights a_t are a softmax over the frames of the clip, of each channel's own: a vowel tells more than a pause.

    Parameters
    ----------
    width : int
        Channels.
    n_hidden : int
        Of the small network that gives the weights.

    Forward
    -------
    hidden : tensor, shape (batch, width, frames)
    lengths : tensor of int, shape (batch,), frames
        Returns a tensor of shape (batch, 2 width): means, then spreads.

    Source: Okabe, Koshinaka & Shinoda 2018, Interspeech.
    Lecture: text_to_speech
    """

    def __init__(self, width: int, n_hidden: int = 48):
        super().__init__()
        self.width = _checks.count(width, "width", maximum=65_536)
        n_hidden = _checks.count(n_hidden, "n_hidden", maximum=65_536)
        self.score = nn.Sequential(nn.Conv1d(width, n_hidden, 1), nn.Tanh(), nn.Conv1d(n_hidden, width, 1))

    def forward(self, hidden: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        _checks.hidden_frames(_checks.for_network(hidden, "hidden", self), self.width)
        lengths = clip_lengths(hidden, lengths)
        hidden = silenced(hidden, lengths)
        valid = valid_frames(lengths, hidden.shape[-1])[:, None]
        weights = self.score(hidden).float().masked_fill(~valid, -math.inf).softmax(dim=2)
        exact = hidden.float()
        mean = (weights * exact).sum(dim=2)
        variance = (weights * (exact - mean[..., None]).square()).sum(dim=2)
        return torch.cat([mean, (variance + 1e-5).sqrt()], dim=1).to(hidden.dtype)


class SpeakerVerifier(nn.Module):
    """From the waveform to a vector of length 1 that is near those of the same voice, whatever it says.

    Log-mel less its mean over time in each band (which takes a microphone's colour away), blocks of convolution over
    bands and frames, one over all bands, attentive pooling over time, one linear layer.

    Parameters
    ----------
    n_mels : int, at least 8
    channels : sequence of int
        Of each block: convolution 3 × 3, batch norm, ReLU, maximum of 2 × 2.
    width : int
        Channels of the convolution over all bands, whose frames are pooled.
    n_outputs : int
        Numbers of the vector.
    subtract_mean : bool
        Off: a voice's mean spectrum counts, and so does the microphone's.
    range_db : float, dB
        A floor so far below the loudest cell of the clip is added.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples, optional
        At least a frame of 20 ms for every pooling: 1,120 samples for three blocks.
        Returns a tensor of shape (batch, n_outputs).

    After Snyder et al. 2018, ICASSP (frames, statistics, vector), and Okabe et al. 2018.
    Lecture: text_to_speech
    """

    not_in_shapes = ("subtract_mean", "range_db")  # a file of weights says them, too

    def __init__(
        self,
        *,
        n_mels: int = 40,
        channels: Sequence[int] = (8, 24, 48),
        width: int = 128,
        n_outputs: int = 64,
        subtract_mean: bool = True,
        range_db: float = 45.0,
    ):
        super().__init__()
        channels = _checks.layers_fit(channels, "channels")
        n_mels = _checks.count(n_mels, "n_mels", minimum=2 ** len(channels), maximum=1024)
        width = _checks.count(width, "width", maximum=65_536)
        n_outputs = _checks.count(n_outputs, "n_outputs", maximum=65_536)
        n_bands = channels[-1] * (n_mels >> len(channels))
        _checks.weights_fit(width * (n_bands + 2 * n_outputs), "this network", "lower width or channels")
        self.subtract_mean = _checks.switch(subtract_mean, "subtract_mean")
        self.range_db = _checks.number(range_db, "range_db", above=0, at_most=120)
        self.mel = LogMel(sample_rate=SAMPLE_RATE, n_fft=256, hop_length=HOP, n_mels=n_mels, f_min=60.0, f_max=3800.0)
        pairs = zip((1, *channels), channels, strict=False)
        self.blocks = nn.ModuleList(ConvolutionBlock(n_in, n_out) for n_in, n_out in pairs)
        self.blocks.to(memory_format=torch.channels_last)
        self.across = nn.Sequential(nn.Conv1d(n_bands, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.pool = AttentivePooling(width)
        self.embedding = nn.Linear(2 * width, n_outputs)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> torch.Tensor:
        power, n_frames = self.power(signal, lengths)
        return self.embed(self.features(power, n_frames), n_frames)

    def power(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None = None) -> tuple:
        """Mel power (batch, n_mels, frames) of 20 ms, 0 behind the end of each clip, and the frames of each."""
        _checks.batch_of_signals(_checks.signal_of(signal))
        lengths = clip_lengths(signal, lengths)
        _checks.clips_last(lengths.tolist(), signal.shape[-1])
        n_frames = 1 + lengths // HOP
        return silenced(self.mel.power(silenced(signal, lengths)), n_frames), n_frames

    def features(self, power: torch.Tensor, n_frames: torch.Tensor) -> torch.Tensor:
        """What the network sees of a power, (batch, n_mels, frames): the level does not count."""
        loudest = power.amax(dim=(1, 2), keepdim=True).clamp(min=self.mel.floor)
        level = torch.log(power / loudest + 10 ** (-self.range_db / 10))
        if not self.subtract_mean:
            return silenced(level - level.amax(dim=(1, 2), keepdim=True) / 2, n_frames)
        valid = valid_frames(n_frames, power.shape[-1])
        return silenced(level - masked_mean(level.mT, valid)[..., None], n_frames)

    def embed(self, features: torch.Tensor, n_frames: torch.Tensor) -> torch.Tensor:
        """The vectors (batch, n_outputs) of features, and the frames of each clip that count."""
        _checks.clips_reach(n_frames.tolist(), features.shape[-1], 2 ** len(self.blocks))
        image = silenced(features, n_frames)[:, None].to(self.embedding.weight)
        image = image.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            image, n_frames = block(image, n_frames)
        hidden = self.across(silenced(image.flatten(1, 2), n_frames))
        return F.normalize(self.embedding(self.pool(hidden, n_frames)), dim=1)


# ----------------------------------------------------------------------------------------- while it learns


def end_to_end_loss(vectors: torch.Tensor, voices: torch.Tensor, *, scale: float = 20.0) -> torch.Tensor:
    """Which voice of the batch is it? ``−s cos(e_i, c_y) + ln Σ_k e^(s cos(e_i, c_k))``, the mean over the clips i.

    c_k is the mean of the vectors of voice k; of the clip's own voice y, of the *other* clips: a clip is no help in
    finding itself. The generalised end-to-end loss with a fixed scale s.

    Parameters
    ----------
    vectors : tensor, shape (clips, numbers)
    voices : tensor of int, shape (clips,)
        At least two voices, of each two clips or more.
    scale : float

    Returns
    -------
    tensor, a number
        ln of the number of voices where all vectors are the same.

    Source: Wan et al. 2018, ICASSP, equations 5 and 6.
    Lecture: text_to_speech
    """
    scale = _checks.number(scale, "scale", above=0, at_most=1e4)
    n_voices, voices = _checks.several_of_each(vectors, voices)
    unit = F.normalize(vectors.float(), dim=1)
    is_own = F.one_hot(voices, n_voices).to(unit)
    sums = is_own.T @ unit
    others = sums[voices] - unit
    cosines = unit @ F.normalize(sums, dim=1).T
    own = (unit * F.normalize(others, dim=1)).sum(dim=1, keepdim=True)
    return F.cross_entropy(scale * torch.where(is_own > 0, own, cosines), voices)


class VoiceClips(Dataset):
    """Pairs of clips of one voice that share no word, 0.8 to 1.6 s each; made when they are asked for.

    Items 2i and 2i + 1 are a pair. The voice is one of the digits', played at a speed of its own (pitch and formants
    move) and with formants of its own: a voice that nobody has. Two pairs in a row come from the same recordings, so
    that what tells them apart is the voice and not the synthesiser. All follows from (seed, epoch, number) alone.

    Parameters
    ----------
    split : {"train", "valid", "test"}
    n_clips : int
    seed : int
    speakers : sequence of str, optional
        Only voices of these.
    virtual : bool
        Off: only the voices as they are.

    Attributes
    ----------
    epoch : int
        Set by ``training.fit``: every epoch has clips of its own.

    Items
    -----
    inputs : (float32 ndarray (time,), float)
        The signal, and by what its formants are still to be multiplied; see ``HarderVoices``.
    pair : int
        The number of the pair.

    Source: virtual speakers by bending the frequency axis, after Jaitly & Hinton 2013.
    Lecture: text_to_speech
    """

    def __init__(
        self,
        split: str,
        n_clips: int,
        *,
        seed: int = 0,
        speakers: Sequence[str] | None = None,
        virtual: bool = True,
    ):
        words = SpokenDigits(split, below_db=30.0, keep_hiss=True)
        names = [row["speaker"] for row in words.rows]
        wanted = _checks.chosen(speakers, sorted(set(names)))
        self.signals = [signal for signal, name in zip(words.signals, names, strict=True) if name in wanted]
        self.n_clips, self.seed = _checks.count(n_clips, "n_clips"), _checks.count(seed, "seed", minimum=0)
        self.virtual, self.epoch = _checks.switch(virtual, "virtual"), 0

    def __len__(self) -> int:
        return self.n_clips

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, float], int]:
        pair, side = divmod(_checks.index(index, len(self)), 2)
        rng = np.random.default_rng([self.seed, self.epoch, pair])
        family = np.random.default_rng([self.seed, self.epoch, 2**32 + pair // 2]) if self.virtual else rng
        first = len(DIGITS) * int(family.integers(len(self.signals) // len(DIGITS)))
        speed, tract = (float(math.exp(rng.uniform(-most, most))) for most in MOST) if self.virtual else (1.0, 1.0)
        digits = np.split(rng.permutation(len(DIGITS)), 2)[side]
        rng = rng.spawn(2)[side]
        speed *= 1 + rng.uniform(-0.03, 0.03)  # nobody says a word twice at one pitch
        n_samples, parts, n_so_far = int(rng.uniform(0.8, 1.6) * SAMPLE_RATE), [], 0
        while n_so_far < 1.2 * n_samples * speed + 1:
            word = self.signals[first + int(rng.choice(digits))]
            parts += [word, np.zeros(int(rng.uniform(0, 0.15) * SAMPLE_RATE), np.float32)]
            n_so_far += len(word) + len(parts[-1])
        signal = np.concatenate(parts)
        start = rng.uniform(0, len(signal) - n_samples * speed - 1)
        clip = np.interp(start + speed * np.arange(n_samples), np.arange(len(signal)), signal)
        return (clip.astype(np.float32), tract), pair


class HarderVoices(nn.Module):
    """A ``SpeakerVerifier`` while it learns: what a pair must not be told by is drawn anew for each clip.

    In training mode the clips' formants are moved as they ask. With ``world``, tempo, room, line, level and noise of
    some of them change, on mel power, as by ``recogniser.HarderStrings``, and stripes are hidden.

    Parameters
    ----------
    model : SpeakerVerifier
        Shares its weights with this module.
    world : float, 0…1
        Share of the clips to which it happens. The others stay as they are, so that some pairs hold one of each.

    Forward
    -------
    signal : tensor, shape (batch, time), 8 kHz
    lengths : tensor or sequence of int, shape (batch,), samples
    tract : tensor, shape (batch,)
        What the formants are multiplied by, 0.5…2.
        Returns vectors (batch, n_outputs), for ``end_to_end_loss``.

    Lecture: text_to_speech
    """

    def __init__(self, model: SpeakerVerifier, *, world: float = 0.5):
        super().__init__()
        self.model = _checks.verifier(model, SpeakerVerifier)
        self.world = _checks.number(world, "world", at_least=0, at_most=1)
        self.mask = SpecAugment(max_freq_width=6, max_time_width=8)

    def forward(self, signal: torch.Tensor, lengths: torch.Tensor | Sequence[int], tract: torch.Tensor) -> torch.Tensor:
        tract = _checks.tracts(tract, signal)
        power, n_frames = self.model.power(signal, lengths)
        power = recogniser.bend_bands(power, self.model.mel, 1 / tract)
        if self.training and self.world:
            power, n_frames = _mixed(
                power, n_frames, *recogniser.HarderStrings.as_in_the_world(power, n_frames), self.world
            )
        features = self.model.features(power, n_frames)
        features = self.mask(features, n_frames) if self.world else features
        return self.model.embed(features, n_frames)


def _mixed(power: torch.Tensor, n_frames: torch.Tensor, other: torch.Tensor, n_other: torch.Tensor, share: float):
    """Each clip from the one batch or, with a probability, from the other."""
    n_longest = max(power.shape[2], other.shape[2])
    power, other = (F.pad(x, (0, n_longest - x.shape[2])) for x in (power, other))
    is_other = torch.rand(len(power), device=power.device) < share
    return torch.where(is_other[:, None, None], other, power), torch.where(is_other, n_other, n_frames)


# ------------------------------------------------------------------------------------------ who it is


@torch.no_grad()
def voice_vectors(model: nn.Module, clips: Sequence[np.ndarray], *, batch_size: int = 50) -> np.ndarray:
    """The vector of each clip, by a model in evaluation mode.

    Parameters
    ----------
    model : SpeakerVerifier
        Or another network of ``(signal, lengths)``.
    clips : sequence of float ndarray, each (time,), 8 kHz
    batch_size : int
        Clips of about one length are heard at once.

    Returns
    -------
    ndarray, shape (clips, n_outputs), float32
        Each of length 1.

    Lecture: text_to_speech
    """
    clips, batch_size = _checks.signals(clips), _checks.count(batch_size, "batch_size")
    was_training = _checks.network(model).training
    model.eval()
    order = sorted(range(len(clips)), key=lambda place: len(clips[place]))
    found = [np.zeros(0, np.float32)] * len(clips)
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        inputs, _ = pad_batch([(np.asarray(clips[place], np.float32), 0) for place in places])
        for place, vector in zip(places, model(*inputs).float().cpu().numpy(), strict=True):
            found[place] = vector / max(float(np.linalg.norm(vector)), 1e-12)
    model.train(was_training)
    return np.stack(found)


def enrol(vectors: np.ndarray) -> np.ndarray:
    """One vector for several clips of a voice: their mean, brought back to length 1.

    Parameters
    ----------
    vectors : ndarray, shape (clips, numbers)
        Each counts as one of length 1.

    Returns
    -------
    ndarray, shape (numbers,), float32

    Raises
    ------
    ValueError
        If they cancel each other.

    Lecture: text_to_speech
    """
    return _directions(_directions(_checks.vectors(vectors, "vectors")).mean(axis=0, keepdims=True))[0].astype("f4")


def _directions(vectors: np.ndarray) -> np.ndarray:
    vectors = _checks.vectors(vectors, "vectors")
    vectors = vectors / np.abs(vectors).max(axis=1, keepdims=True)  # squares of small numbers would be 0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def cosine_scores(enrolled: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """How alike two voices are: ``s[i, j] = e_i · t_j / (|e_i| |t_j|)``.

    Parameters
    ----------
    enrolled : ndarray, shape (voices, numbers)
    tested : ndarray, shape (clips, numbers)

    Returns
    -------
    ndarray, shape (voices, clips), −1…1, float64

    Lecture: text_to_speech
    """
    enrolled = _checks.vectors(enrolled, "enrolled")
    return _directions(enrolled) @ _directions(_checks.vectors(tested, "tested", enrolled.shape[1])).T


def normalised_scores(
    enrolled: np.ndarray, tested: np.ndarray, cohort: np.ndarray, *, n_best: int | None = None
) -> np.ndarray:
    """Is it more alike than strangers are? ``½ ((s − μ_e)/σ_e + (s − μ_t)/σ_t)``: symmetric normalisation.

    μ_e, σ_e are mean and spread of the scores of the enrolled voice against a cohort of strangers, μ_t, σ_t those of
    the clip; a voice that resembles everybody, or a line that makes everybody alike, no longer gains by it.

    Parameters
    ----------
    enrolled : ndarray, shape (voices, numbers)
    tested : ndarray, shape (clips, numbers)
    cohort : ndarray, shape (strangers, numbers)
    n_best : int, optional
        Only so many strangers count, those that are most alike (adaptive); by default all.

    Returns
    -------
    ndarray, shape (voices, clips), float64
        In standard deviations.

    Source: Kenny 2010, Odyssey; Matějka et al. 2017, Interspeech (adaptive).
    Lecture: text_to_speech
    """
    scores = cosine_scores(enrolled, tested)
    cohort = _checks.vectors(cohort, "cohort", np.shape(enrolled)[1])
    n_best = len(cohort) if n_best is None else _checks.count(n_best, "n_best", minimum=2, maximum=len(cohort))
    found = []
    for vectors in (enrolled, tested):
        best = np.sort(cosine_scores(vectors, cohort), axis=1)[:, -n_best:]
        _checks.spreads(best.std(axis=1))
        found.append((best.mean(axis=1), best.std(axis=1)))
    (mean_e, spread_e), (mean_t, spread_t) = found
    return ((scores - mean_e[:, None]) / spread_e[:, None] + (scores - mean_t) / spread_t) / 2
