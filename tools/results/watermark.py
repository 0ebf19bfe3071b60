"""Lecture 15, marks and fakes: what a watermark survives, and how a detector of fakes fails on another vocoder's.

The form of the mark was chosen on the validation voices; what is told is of the test voices. False alarms are counted
on the same clips without a mark, after the same attack. Fakes are made of the same true strings, so that a detector
cannot tell them by their words or voices.
"""

import io
from functools import cache

import numpy as np
import soundfile
import torch
from torch import nn

from course_utils import augmentation, descriptors, filters, metrics, sampling
from course_utils.mel import mel_to_linear
from course_utils.models import checkpoints, datasets
from course_utils.models.classification import EventCNN
from course_utils.models.speech_features import (
    F_MAX,
    F_MIN,
    FLOOR,
    HOP,
    N_FFT,
    SAMPLE_RATE,
    mel_to_signal,
    speech_mel,
)
from course_utils.models.training import fit, seed_everything
from course_utils.models.vocoder import Vocoder, vocode
from course_utils.stft import istft, stft
from course_utils.watermark import detect_watermark, watermark

from .jobs import run_all

SEEDS = (0, 1, 2)
STRENGTHS_DB = (0.5, 1.0, 2.0)
N_CLIPS = 40  # strings of five digits, 1.6 to 3.9 s
N_TRAINED, N_TESTED, N_STEPS = 120, 80, 100


def coded(signal: np.ndarray, kind: str, subtype: str) -> np.ndarray:
    """Through a codec at its lowest quality, at 16 kHz since MP3 at 8 kHz is no music's."""
    file = io.BytesIO()
    wide = filters.resample(signal, from_rate=SAMPLE_RATE, to_rate=16_000)
    soundfile.write(file, np.clip(wide, -1, 1), 16_000, format=kind, subtype=subtype, compression_level=0.9)
    file.seek(0)
    decoded = soundfile.read(file, dtype="float32")[0]
    return filters.resample(decoded, from_rate=16_000, to_rate=SAMPLE_RATE)


def through_mel(signal: np.ndarray) -> np.ndarray:
    """Mel and back, by Griffin–Lim."""
    return mel_to_signal(speech_mel()(torch.from_numpy(signal)).numpy())


def pulsed(signal: np.ndarray) -> np.ndarray:
    """Mel and back by a classical vocoder: the spectrum's magnitude, the phases of pulses at the pitch, or of noise."""
    mel = speech_mel()(torch.from_numpy(signal)).numpy()
    options = {"sample_rate": SAMPLE_RATE, "n_fft": N_FFT, "f_min": F_MIN, "f_max": F_MAX}
    magnitude = np.sqrt(mel_to_linear(np.maximum(np.exp(mel) - np.float32(FLOOR), 0), **options))
    n, rng = HOP * (mel.shape[1] - 1), np.random.default_rng(0)
    f0_hz, aperiodicity = descriptors.yin(
        np.pad(signal, (0, 2048)), sample_rate=SAMPLE_RATE, f_min=60.0, f_max=500.0, frame_length=512, hop_length=HOP
    )[:2]
    frames = np.minimum(np.arange(n) // HOP, len(f0_hz) - 1)
    pitch, is_voiced = np.nan_to_num(f0_hz, nan=100.0)[frames], aperiodicity[frames] < 0.3
    phase = np.cumsum(pitch / SAMPLE_RATE)
    excitation = np.where(is_voiced, np.diff(np.floor(phase), prepend=0) * 10, 0) + 0.1 * rng.standard_normal(n)
    spectrum = stft(excitation, n_fft=N_FFT, hop_length=HOP)
    n_frames = min(magnitude.shape[1], spectrum.shape[1])
    turned = magnitude[:, :n_frames] * np.exp(1j * np.angle(spectrum[:, :n_frames]))
    return istft(turned, n_fft=N_FFT, hop_length=HOP, length=n).astype(np.float32)


ATTACKS = {
    "none": lambda x, rng: x,
    "noise, 20 dB": lambda x, rng: augmentation.add_noise(x, 20.0, rng=rng),
    "noise, 10 dB": lambda x, rng: augmentation.add_noise(x, 10.0, rng=rng),
    "mu-law": lambda x, rng: sampling.mu_law_decode(sampling.mu_law_encode(np.clip(x, -1, 1))).astype(np.float32),
    "telephone": lambda x, rng: augmentation.telephone(x, sample_rate=8000),
    "lowpass, 2 kHz": lambda x, rng: augmentation.lowpass(x, 2000.0, sample_rate=8000),
    "equaliser": lambda x, rng: augmentation.random_equalizer(x, rng=rng, sample_rate=8000),
    "to 6 kHz and back": lambda x, rng: filters.resample(
        filters.resample(x, from_rate=8000, to_rate=6000), from_rate=6000, to_rate=8000
    ),
    "MP3": lambda x, rng: coded(x, "MP3", "MPEG_LAYER_III"),
    "Opus": lambda x, rng: coded(x, "OGG", "OPUS"),
    "first 0.5 s cut": lambda x, rng: x[4000 + int(rng.integers(64)) :],
    "Griffin-Lim": lambda x, rng: through_mel(x),
    "pulses": lambda x, rng: pulsed(x),
    "1 % faster": lambda x, rng: augmentation.change_speed(x, 1.01),
    "5 % faster": lambda x, rng: augmentation.change_speed(x, 1.05),
    "stretched 5 %": lambda x, rng: augmentation.time_stretch(x, 1.05, n_fft=512),
    "pitch, 1 semitone": lambda x, rng: augmentation.pitch_shift(x, 1.0, n_fft=512),
    "marked again": lambda x, rng: watermark(x, 10**9, strength_db=2.0),
}


def strings_of(split: str, n: int, seed: int, n_digits: tuple[int, int] = (5, 5)) -> list[np.ndarray]:
    """Strings of the digits' voices."""
    strings = datasets.DigitStrings(split, n, seed=seed, n_digits=n_digits, whole_words=True)
    return [strings[number][0] for number in range(n)]


def found_at(clean: np.ndarray, marked: np.ndarray, false_alarms: float = 0.01) -> float:
    """Share of marks found where that share of clips without one is taken for marked."""
    return float((marked > np.quantile(clean, 1 - false_alarms)).mean())


def mark_run(strength_db: float) -> dict:
    """What is found after each attack, searching for the beginning: AUC, EER, and the share at 1 % false alarms."""
    clips, found = strings_of("test", N_CLIPS, 31), {}
    marked = [watermark(x, 100 + n, strength_db=strength_db) for n, x in enumerate(clips)]
    snr_db = [10 * np.log10(np.sum(x**2) / np.sum((y - x) ** 2)) for x, y in zip(clips, marked, strict=True)]
    for name, attack in ATTACKS.items():
        scores = {"marked": [], "clean": []}
        for n, (x, y) in enumerate(zip(clips, marked, strict=True)):
            for kind, signal in (("clean", x), ("marked", y)):
                changed = np.asarray(attack(signal, np.random.default_rng(n)), np.float32)
                scores[kind].append(detect_watermark(changed, 100 + n).score)
                if kind == "clean":  # and with keys that are nobody's
                    scores[kind] += [detect_watermark(changed, 5000 + n + 100 * k).score for k in range(2)]
        clean, hidden = (np.array(scores[kind]) for kind in ("clean", "marked"))
        labels, every = np.r_[np.ones(len(hidden), bool), np.zeros(len(clean), bool)], np.r_[hidden, clean]
        found[name] = {
            "mean score": float(hidden.mean()),
            "mean score, no mark": float(clean.mean()),
            "auc": metrics.roc_auc(labels, every),
            "eer": 100 * metrics.equal_error_rate(labels, every),
            "found at 1 %": 100 * found_at(clean, hidden),
        }
    return {"snr_db": float(np.mean(snr_db)), "attacks": found}


def lengths_run(strength_db: float) -> dict:
    """How long a clip must be: share found at 1 % false alarms, by its digits."""
    found = {}
    for n_digits in (1, 2, 3, 5):
        clips = strings_of("test", N_CLIPS, 32, (n_digits, n_digits))
        scores = [
            (detect_watermark(x, n, search=False).score, detect_watermark(y, n, search=False).score)
            for n, x in enumerate(clips)
            for y in [watermark(x, n, strength_db=strength_db)]
        ]
        clean, hidden = np.array(scores).T
        found[str(n_digits)] = {
            "mean_s": float(np.mean([len(x) for x in clips]) / SAMPLE_RATE),
            "found at 1 %": 100 * found_at(clean, hidden),
        }
    return found


# ---------------------------------------------------------------------------------------------- fakes


@cache
def shipped_vocoder() -> Vocoder:
    return checkpoints.load(Vocoder(), "tts/vocoder")


def vocoded(signal: np.ndarray) -> np.ndarray:
    """Mel and back by the network that lecture 15 loads."""
    return vocode(shipped_vocoder(), speech_mel()(torch.from_numpy(signal)).numpy())


FAKES = {"Griffin-Lim": through_mel, "pulses": pulsed, "vocoder": vocoded}
AFTER = ("as made", "MP3", "noise, 20 dB")  # what happens to true and fake alike


class FakeDetector(nn.Module):
    """True or fake, by a small picture of ln |X|: 129 bins, a frame every 8 ms."""

    def __init__(self):
        super().__init__()
        self.network = EventCNN(2, channels=(8, 16, 32))
        self.register_buffer("window", torch.hann_window(256))

    def forward(self, signal, lengths):
        spectrum = torch.stft(signal, 256, 64, window=self.window, return_complex=True, pad_mode="constant")
        return self.network(torch.log(spectrum.abs() + 1e-3), 1 + lengths // 64)


def made(fake, clips: list[np.ndarray]) -> list[np.ndarray]:
    """Each clip faked, and as loud as before."""
    found = []
    for x in clips:
        y = fake(x)
        found.append((y * np.sqrt(np.mean(x**2) / max(1e-12, np.mean(y**2)))).astype(np.float32))
    return found


def fake_run(seed: int) -> dict:
    """Detectors trained on each kind of fakes, and on all, judged on each kind: test voices."""
    rng = np.random.default_rng(seed)
    train, test = strings_of("train", N_TRAINED, 40 + seed, (2, 3)), strings_of("test", N_TESTED, 50 + seed, (2, 3))
    faked = {name: (made(fake, train), made(fake, test)) for name, fake in FAKES.items()}
    kinds = {name: [name] for name in FAKES} | {"all": list(FAKES)}
    table = {}
    for name, parts in kinds.items():
        seed_everything(seed)
        examples = [(x, 0) for x in train]
        examples += [(faked[parts[n % len(parts)]][0][n], 1) for n in range(len(train))]
        model = FakeDetector()
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
        order = torch.Generator().manual_seed(int(rng.integers(2**31)))
        loader = torch.utils.data.DataLoader(
            examples, 32, shuffle=True, drop_last=True, collate_fn=datasets.pad_batch, generator=order
        )
        fit(model, loader, n_epochs=-(-N_STEPS // len(loader)), optimizer=optimizer, progress=False)
        fakes = {other: clips for other, (_, clips) in faked.items()}
        table[name] = {after: detected(model.eval(), test, fakes, after) for after in AFTER}
    return {"detectors": table}


@torch.no_grad()
def detected(model: FakeDetector, true: list[np.ndarray], fakes: dict[str, list], after: str) -> dict:
    """Of each maker's fakes the EER and the share taken for true, of the true the share taken for fake, in per cent."""
    of_true = scores_of(model, sent_on(true, after))
    found = {"true": {"taken for fake": 100 * float((of_true >= 0).mean())}}
    for maker, clips in fakes.items():
        of_fake = scores_of(model, sent_on(clips, after))
        labels = np.r_[np.zeros(len(of_true), bool), np.ones(len(of_fake), bool)]
        eer = 100 * metrics.equal_error_rate(labels, np.r_[of_true, of_fake])
        found[maker] = {"eer": eer, "taken for true": 100 * float((of_fake < 0).mean())}
    return found


def sent_on(clips: list[np.ndarray], after: str) -> list[np.ndarray]:
    """Clips after one of ``AFTER``."""
    if after == "as made":
        return clips
    return [np.asarray(ATTACKS[after](x, np.random.default_rng(n)), np.float32) for n, x in enumerate(clips)]


def scores_of(model: FakeDetector, clips: list[np.ndarray]) -> np.ndarray:
    """How fake each clip sounds to a detector."""
    found = []
    for start in range(0, len(clips), 25):
        inputs, _ = datasets.pad_batch([(x, 0) for x in clips[start : start + 25]])
        logits = model(*inputs)
        found.append((logits[:, 1] - logits[:, 0]).numpy())
    return np.concatenate(found)


def measure(people: str | None) -> dict:
    """The mark at three strengths, and three seeds of the detectors."""
    marks = run_all(mark_run, [(strength,) for strength in STRENGTHS_DB], n_at_once=1)
    lengths = run_all(lengths_run, [(1.0,)], n_at_once=1)[0]
    fakes = run_all(fake_run, [(seed,) for seed in SEEDS], n_at_once=1)
    return {
        "n_clips": N_CLIPS,
        "marks": {str(strength): run for strength, run in zip(STRENGTHS_DB, marks, strict=True)},
        "lengths": lengths,
        "fakes": [{"seed": seed} | run for seed, run in zip(SEEDS, fakes, strict=True)],
    }
