"""The long run of lecture 12: the models of ``course_utils.models.sequence_models`` on one task, with three seeds each.

``make results`` calls ``sequence_results`` and keeps what it gives in assets/results.json.
"""

import time
from collections.abc import Sequence

import numpy as np
import torch

from course_utils.models import datasets, features, layers, recipes, sequence_models, training

LENGTHS = (100, 200, 400, 800, 1600, 3200)  # frames
LONGEST = 400  # rows of the learned positions
SILENCE = 150  # frames, 3 s
OTHERS = {
    "CNN, dilated": ("CNN", {"dilations": (1, 2, 4, 8, 16)}),
    "Transformer, random table": ("Transformer", {"start": "random"}),
    "Transformer, sinusoidal": ("Transformer", {"positions": "sinusoidal"}),
    "Transformer, no positions": ("Transformer", {"positions": "none"}),
    "Conformer, no positions": ("Conformer", {"positions": "none"}),
}
VARIANTS = {name: (name, {}) for name in sequence_models.MODELS} | OTHERS


def make_model(name: str, n_mels: int = 40, **options) -> sequence_models.SequenceModel:
    """A variant by its name; attention with the fused kernel unless told otherwise."""
    family, own = VARIANTS[name]
    attends = {"fused": True, "n_longest": LONGEST} if "former" in family else {}
    return sequence_models.MODELS[family](n_mels, 10, **attends | own | options)


def make_clips(n_train: int, n_test: int) -> dict[str, list]:
    """Strings of three digits and their second digit, of the training voices and of voices never heard."""
    front_end = features.LogMel(sample_rate=datasets.SAMPLE_RATE, n_fft=256, hop_length=160, n_mels=40, floor=1e-6)
    clips = {}
    for split, n_strings in (("train", n_train), ("test", n_test)):
        strings = datasets.DigitStrings(split, n_strings)
        clips[split] = recipes.feature_clips(strings, front_end)
    quiet = torch.stack([clip[:, 0] for clip, _ in clips["test"]]).mean(dim=0)[:, None].expand(-1, SILENCE)
    clips["late"] = [(torch.cat([quiet, clip], dim=1), target) for clip, target in clips["test"]]
    return clips


def step_ms(model: sequence_models.SequenceModel, n_repeats: int = 20) -> float:
    """Forward and backward pass of a batch of 32 clips of 81 frames: the shortest, where the machine may be busy."""
    generator = torch.Generator().manual_seed(0)
    x, target = torch.randn(32, 40, 81, generator=generator), torch.arange(32) % 10
    shortest = float("inf")
    for _ in range(n_repeats):
        started = time.perf_counter()
        torch.nn.functional.cross_entropy(model(x), target).backward()
        shortest = min(shortest, 1000 * (time.perf_counter() - started))
    return shortest


def costs_of(name: str) -> dict:
    """Parameters, latency of a clip of two seconds, and how time and memory grow with the length, on one core."""
    longest = {} if "former" not in name else {"n_longest": max(LENGTHS)}
    two_seconds = torch.randn(1, 40, 100, generator=torch.Generator().manual_seed(0))
    found = {
        "parameters": sequence_models.n_parameters(make_model(name)),
        "step_ms": step_ms(make_model(name)),
        "latency_ms": 1000 * sequence_models.forward_s(make_model(name), two_seconds, n_repeats=30),
    }
    for kind, options in {"": {}, "_plain": {"fused": False} if longest else None}.items():
        if options is not None:
            growth = sequence_models.measure_growth(make_model(name, **longest, **options), LENGTHS)
            found[f"growth{kind}"] = growth
            found[f"time_exponent{kind}"] = sequence_models.growth_exponent(LENGTHS[-3:], growth["seconds"][-3:])
            found[f"memory_exponent{kind}"] = sequence_models.growth_exponent(LENGTHS[-3:], growth["bytes"][-3:])
    return found


def packing_costs(n_repeats: int = 20) -> dict:
    """Forward and backward pass of a BiLSTM on 32 clips of 60 to 100 frames, in ms: padded, packed, turned round."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(32, 100, 40, generator=generator)
    lengths = torch.randint(60, 101, (32,), generator=generator)
    lengths[0] = 100
    theirs = torch.nn.LSTM(40, 52, 2, batch_first=True, bidirectional=True)
    ours = make_model("BiLSTM").eval()
    valid = layers.valid_frames(lengths, 100)

    def packed():
        inside = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return torch.nn.utils.rnn.pad_packed_sequence(theirs(inside)[0], batch_first=True)[0]

    ways = {"padded_ms": lambda: theirs(x)[0], "packed_ms": packed, "turned_ms": lambda: ours.encode(x, valid)}
    shortest = dict.fromkeys(ways, float("inf"))
    for _ in range(n_repeats):
        for name, way in ways.items():
            started = time.perf_counter()
            way().sum().backward()
            shortest[name] = min(shortest[name], 1000 * (time.perf_counter() - started))
    return shortest


def sequence_results(
    seeds: Sequence[int] = (0, 1, 2), *, n_train: int = 3000, n_test: int = 1000, n_epochs: int = 8
) -> dict:
    """Accuracy (each seed, mean, spread), training time, latency, memory and exponents, ready for JSON."""
    started = time.perf_counter()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        clips = make_clips(n_train, n_test)
        found = {name: train_variant(name, clips, seeds, n_epochs) for name in VARIANTS}
        for name in sequence_models.MODELS:
            found[name] |= costs_of(name)
        packing = packing_costs()
    finally:
        torch.set_num_threads(threads)
    frames = [clip.shape[1] for clip, _ in clips["train"]]
    return {
        "task": "which digit came second of three, on voices never heard in training",
        "seeds": list(seeds),
        "n_train": n_train,
        "n_test": n_test,
        "n_epochs": n_epochs,
        "threads": 1,
        "mean_frames": float(np.mean(frames)),
        "longest_frames": max(frames),
        "silence_frames": SILENCE,
        "models": found,
        "packing": packing,
        "seconds": time.perf_counter() - started,
    }


def train_variant(name: str, clips: dict[str, list], seeds: Sequence[int], n_epochs: int) -> dict:
    """One variant with every seed: accuracy on new voices, and on the same clips after a silence."""
    rows = []
    for seed in seeds:
        training.seed_everything(seed)
        model = make_model(name)
        history = recipes.train_on(model, clips["train"], n_epochs=n_epochs, seed=seed)
        accuracies = [recipes.accuracy_on(model, clips[split]) for split in ("test", "late")]
        rows.append([*accuracies, sum(history.column("seconds"))])
        print(
            f"{name}, seed {seed}: {accuracies[0]:.3f}, after silence {accuracies[1]:.3f}, {rows[-1][2]:.0f} s",
            flush=True,
        )
    test, late, seconds = map(list, zip(*rows, strict=True))
    return {
        "accuracy": test,
        "mean": float(np.mean(test)),
        "spread": float(np.ptp(test)),
        "after_silence": late,
        "after_silence_mean": float(np.mean(late)),
        "train_s": float(np.mean(seconds)),
    }
