"""Lecture 15, from the mel to the wave: a network against Griffin–Lim, by distances, by pitch and by a recogniser.

The number of refinements was chosen on the validation voices. What is measured of a model stands in half precision,
as it is shipped. No distance is one that was trained: the mel apart, all are at resolutions of their own.
"""

import math
import time
from collections.abc import Callable

import numpy as np
import torch

from course_utils.descriptors import yin
from course_utils.models import checkpoints, datasets, speech_recipes
from course_utils.models.features import LogMel
from course_utils.models.recogniser import DigitRecogniser
from course_utils.models.speech_features import (
    FLOOR,
    HOP,
    N_FFT,
    PITCH_HZ,
    SAMPLE_RATE,
    mel_to_signal,
    pitch_hz,
    speech_mel,
)
from course_utils.models.vocoder import Vocoder, VocoderClips, smeared, vocode
from course_utils.stft import spectrogram

from .jobs import place_of, run_all
from .recogniser import SEEDS, heard, strings_of
from .scores import said_in, scores_of

N_CLIPS, N_EPOCHS = 1600, {"short": 3, "long": 14}  # of 100 steps each
N_MEASURED = {"distances": 40, "words": 200}  # strings
REFINED = (0, 1, 2, 4, 8, 16, 32)
N_REFINE = 32
# The last one tells what the refinement is worth where no network was trained.
WAYS = "recordings", "vocoder", "vocoder, unrefined", "Griffin-Lim 32", "Griffin-Lim 60", "Griffin-Lim 32, refined"
LONG = "vocoder", SEEDS[0], "long"
KINDS = {  # options of the network, and of the recipe
    "vocoder": ({}, {}),
    "not smeared": ({}, {"smear": 0.0}),
    "no source": ({"source": False}, {"smear": 0.0}),
}
OTHER_MEL = {"n_fft": 400, "hop_length": 100, "n_mels": 50, "f_min": 40.0, "f_max": 4000.0, "floor": FLOOR}
OTHER_WINDOWS = 192, 400, 800  # samples; the loss is at 128, 256, 512 and 1024

Maker = Callable[[np.ndarray], np.ndarray]  # of a wave, from a log-mel


def distances(found: np.ndarray, true: np.ndarray) -> dict:
    """How far a wave is from another of the same length: spectra, pitch, and what of each frame does not repeat."""
    other = LogMel(sample_rate=SAMPLE_RATE, **OTHER_MEL)
    mels = [[mel(torch.from_numpy(x)).numpy() for x in (found, true)] for mel in (speech_mel(), other)]
    errors = {name: np.abs(a - b).mean() for name, (a, b) in zip(("mel", "other mel"), mels, strict=True)}
    convergence = []
    for n_fft in OTHER_WINDOWS:
        a, b = (spectrogram(x, n_fft=n_fft, hop_length=n_fft // 4, power=1) for x in (found, true))
        convergence.append(np.linalg.norm(a - b) / np.linalg.norm(b))
    f0, f0_true = pitch_hz(found), pitch_hz(true)
    both, voiced = np.isfinite(f0) & np.isfinite(f0_true), np.isfinite(f0_true)
    apart = np.abs(12 * np.log2(f0[both] / f0_true[both]))
    noisy = [aperiodicity(x)[voiced].mean() if voiced.any() else math.nan for x in (found, true)]
    errors |= {"convergence": np.mean(convergence), "semitones": np.median(apart) if len(apart) else math.nan}
    errors |= {"gross pitch": (apart > 1).mean() if len(apart) else math.nan, "voicing": (both != voiced).mean()}
    return {name: float(x) for name, x in errors.items()} | {"aperiodicity": float(noisy[0] - noisy[1])}


def aperiodicity(signal: np.ndarray) -> np.ndarray:
    """Share of the power that does not repeat, by YIN: low where a voice buzzes."""
    options = {"sample_rate": SAMPLE_RATE, "f_min": PITCH_HZ[0], "f_max": PITCH_HZ[1]}
    return yin(signal, frame_length=N_FFT, hop_length=HOP, threshold=0.15, **options)[1]


def whole(signal: np.ndarray) -> np.ndarray:
    """A signal of whole hops."""
    return np.pad(signal, (0, -len(signal) % HOP)).astype(np.float32)


def resynthesised(make: Maker, signals: list[np.ndarray], change: Callable = lambda mel: mel) -> tuple[list, float]:
    """Each signal from its mel, which may be changed, and the processor seconds that a second of sound took."""
    waves, spent_s, front_end = [], 0.0, speech_mel()
    for signal in signals:
        mel = change(front_end(torch.from_numpy(signal)[None]))[0].numpy()
        started = time.process_time()
        waves.append(make(mel))
        spent_s += time.process_time() - started
    return waves, spent_s / (sum(map(len, signals)) / SAMPLE_RATE)


def means(rows: list[dict]) -> dict:
    """Of each quantity over the strings in which there is one."""
    return {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}


def measured(make: Maker, split: str, change: Callable = lambda mel: mel) -> dict:
    """Distances of the first strings of a split from what a maker gives back of them."""
    strings = strings_of(split, N_MEASURED["distances"])
    signals = [whole(strings[n][0]) for n in range(len(strings))]
    waves, rate = resynthesised(make, signals, change)
    found = means([distances(*pair) for pair in zip(waves, signals, strict=True)])
    return found | {"real_time": rate}


def words_in(make: Maker | None, strings: datasets.DigitStrings, change: Callable = lambda mel: mel) -> dict:
    """Errors of the recogniser of lecture 13 on what a maker gives back; with None on the recordings themselves."""
    signals, said, speakers = said_in(strings)
    if make is not None:
        signals, _ = resynthesised(make, [whole(signal) for signal in signals], change)
    judge = checkpoints.load(DigitRecogniser(), "ctc/whole")
    found = scores_of(said, heard(judge, signals), speakers)
    return {name: found[name] for name in ("pooled", "interval", "substitutions", "deletions", "insertions", "n_words")}


def way(name: str) -> Maker | None:
    """One of ``WAYS`` from a mel to a wave; None for the recordings themselves."""
    if name == WAYS[0]:
        return None
    if name.startswith("vocoder"):
        return trained(*LONG, 0 if name.endswith("unrefined") else N_REFINE)
    refine = Vocoder(width=8, n_layers=1, n_refine=N_REFINE).refined

    @torch.no_grad()
    def griffin_lim(mel: np.ndarray) -> np.ndarray:
        signal = mel_to_signal(mel, n_iter=60 if "60" in name else 32)
        if not name.endswith("refined"):
            return signal
        return refine(torch.from_numpy(signal)[None], torch.from_numpy(mel)[None])[0].numpy()

    return griffin_lim


def unknown_phase(seed: int) -> dict:
    """A wave of known pitch and unknown phase, four turns of 64 samples: what each way of learning answers.

    The mean of all phases is silence, and so is their median. A loss that hears magnitudes alone does not mind the
    phase; an adversary asks for some wave that is possible; diffusion walks to one of them. The last is no network:
    what it may have been is known exactly.
    """
    torch.manual_seed(seed)
    turns = 4 * torch.arange(64) / 64
    found = {name: _regressed(loss, turns) for name, loss in REGRESSIONS.items()}
    found["adversary"] = _adversarial(turns)
    known, x, levels = _waves(turns, 512), 10 * torch.randn(64), 10 * 0.9 ** torch.arange(61)
    for now, then in zip(levels[:-1], levels[1:], strict=True):  # noise, from loud to none
        guess = torch.softmax(-(x - known).square().sum(dim=1) / (2 * now**2), dim=0) @ known  # a mean of what fits
        x = guess + then / now * (x - guess)
    found["diffusion"] = x
    waves = {name: wave.detach().numpy().round(3).tolist() for name, wave in found.items()}
    rms = {name: float(np.sqrt(np.mean(np.square(wave)))) for name, wave in waves.items()}
    return {"waves": waves, "rms": rms, "true_rms": math.sqrt(0.5)}


def _waves(turns: torch.Tensor, count: int) -> torch.Tensor:
    return torch.cos(2 * math.pi * (turns + torch.rand(count, 1)))


REGRESSIONS = {
    "L2": lambda x, y: (x - y).square().mean(),
    "L1": lambda x, y: (x - y).abs().mean(),
    "magnitudes": lambda x, y: (torch.fft.rfft(x).abs() - torch.fft.rfft(y).abs()).abs().mean(),
}


def _regressed(loss: Callable, turns: torch.Tensor) -> torch.Tensor:
    """The wave that is the best answer to all phases at once."""
    wave = (0.1 * torch.randn(64)).requires_grad_()
    optimizer = torch.optim.Adam([wave], 0.01)
    for _ in range(500):
        optimizer.zero_grad()
        loss(wave, _waves(turns, 64)).backward()
        optimizer.step()
    return wave


def _adversarial(turns: torch.Tensor) -> torch.Tensor:
    """What a network makes of a random number, taught by another that tells its waves from true ones."""
    nn = torch.nn
    speaker = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64))
    critic = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
    steps = [torch.optim.Adam(part.parameters(), 2e-3, betas=(0.5, 0.9)) for part in (critic, speaker)]
    for _ in range(1500):
        fake = speaker(torch.randn(64, 2))
        told = (critic(_waves(turns, 64)) - 1).square() + critic(fake.detach()).square()
        for step, loss in zip(steps, (told, None), strict=True):
            step.zero_grad()
            ((critic(fake) - 1).square() if loss is None else loss).mean().backward()
            step.step()
    return speaker(torch.randn(1, 2))[0]


def vocoder_run(kind: str, seed: int, budget: str) -> dict:
    """Train, and keep the weights beside the result."""
    options, others = KINDS[kind]
    path = place_of(vocoder_run, (kind, seed, budget))
    path.parent.mkdir(parents=True, exist_ok=True)
    speech_recipes.seed_everything(seed)
    clips = VocoderClips("train", N_CLIPS, seed=seed)
    settings = {"n_epochs": N_EPOCHS[budget], "seed": seed, "checkpoint": path.with_suffix(".run"), "progress": False}
    model, history = speech_recipes.train_vocoder(clips, model=Vocoder(**options), **settings, **others)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {name: history.column(f"train_{name}") for name in ("log", "convergence", "mel", "pitch")}


def trained(kind: str, seed: int, budget: str, n_refine: int = N_REFINE) -> Maker:
    """What a run learned, as a maker of waves."""
    model = Vocoder(n_refine=n_refine, **KINDS[kind][0])
    checkpoints.load(model, place_of(vocoder_run, (kind, seed, budget)).with_suffix(".safetensors"))
    return lambda mel: vocode(model, mel)


def vocoder_scores(kind: str, seed: int, budget: str) -> dict:
    """Of a run: distances on the validation voices, from true and from smeared mels."""
    make = trained(kind, seed, budget)
    return {"valid": measured(make, "valid"), "valid smeared": measured(make, "valid", smeared)}


def vocoder_refined(n_refine: int) -> dict:
    """How often to refine: the long run on the validation voices."""
    return measured(trained(*LONG, n_refine), "valid")


def vocoder_test(name: str) -> dict:
    """Distances and words of one way to a wave, on the test voices; of the recordings words alone."""
    make = way(name)
    found = {"words": words_in(make, strings_of("test", N_MEASURED["words"]))}
    if make is None:
        return found
    return found | {"test": measured(make, "test"), "smeared": measured(make, "test", smeared)}


def vocoder_people(folder: str, name: str) -> dict:
    """The same of people, whom neither the vocoder nor the recogniser has heard."""
    strings = datasets.RecordedStrings(folder, N_MEASURED["words"], seed=1, n_digits=(3, 7), whole_words=True)
    make = way(name)
    if make is None:
        return {"words": words_in(None, strings)}
    signals = [whole(strings[n][0]) for n in range(N_MEASURED["distances"])]
    waves, _ = resynthesised(make, signals)
    rows = [distances(*pair) for pair in zip(waves, signals, strict=True)]
    return {"words": words_in(make, strings), "test": means(rows)}


def measure(people: str | None) -> dict:
    """One long run, which is shipped; short ones of three seeds and of each kind; and what needs no training."""
    run_all(vocoder_run, [LONG], n_at_once=1)  # `make checkpoints` ships its weights
    jobs = [LONG, *((kind, seed, "short") for seed in SEEDS for kind in KINDS)]
    runs, scores = run_all(vocoder_run, jobs, n_at_once=1), run_all(vocoder_scores, jobs, n_at_once=1)
    refined = run_all(vocoder_refined, [(n,) for n in REFINED], n_at_once=1)
    found = {
        "n_clips": N_CLIPS,
        "n_epochs": N_EPOCHS,
        "n_measured": N_MEASURED,
        "n_refine": N_REFINE,
        "runs": [
            {"kind": kind, "seed": seed, "budget": budget, "loss": run, **score}
            for (kind, seed, budget), run, score in zip(jobs, runs, scores, strict=True)
        ],
        "refined": dict(zip(map(str, REFINED), refined, strict=True)),
        "unknown_phase": run_all(unknown_phase, [(seed,) for seed in SEEDS], n_at_once=1),
        "ways": dict(zip(WAYS, run_all(vocoder_test, [(name,) for name in WAYS], n_at_once=1), strict=True)),
    }
    if people is not None:
        heard_people = run_all(vocoder_people, [(people, name) for name in WAYS], n_at_once=1)
        found["people"] = dict(zip(WAYS, heard_people, strict=True))
    return found
