"""Lecture 12: its networks on one task, each at the learning rate that suits it, then with three seeds.

Rates are chosen on the validation voices, with as many trials for each network. What is right on the test voices is
kept by speaker, since strings of one speaker are not independent.
"""

import time

import numpy as np
import torch

from course_utils.models import checkpoints, datasets, features, layers, recipes, sequence_models, training

from .jobs import place_of, run_all, ship

SEEDS = (0, 1, 2)
RATES = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3)
BUDGETS = {"many": (3000, 8), "few": (500, 24)}  # strings for training, epochs
N_VALID = N_TEST = 1000
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
NAMES = [(name,) for name in sequence_models.MODELS]
VARIANTS = {name: (name, {}) for name in sequence_models.MODELS} | OTHERS


def make_model(name: str, n_mels: int = 40, **options) -> sequence_models.SequenceModel:
    """A variant by its name; attention with the fused kernel unless told otherwise."""
    family, own = VARIANTS[name]
    attends = {"fused": True, "n_longest": LONGEST} if "former" in family else {}
    return sequence_models.MODELS[family](n_mels, 10, **attends | own | options)


# --------------------------------------------------------------------------------------- accuracy


def clips_of(split: str, n_strings: int) -> tuple[list, list[str]]:
    """Features and second digit of strings, and who speaks each."""
    front_end = features.LogMel(sample_rate=datasets.SAMPLE_RATE, n_fft=256, hop_length=160, n_mels=40, floor=1e-6)
    strings = datasets.DigitStrings(split, n_strings)
    return recipes.feature_clips(strings, front_end), [strings.speaker(number) for number in range(n_strings)]


def trained(name: str, rate: float, seed: int, budget: str) -> sequence_models.SequenceModel:
    """A variant, trained; its weights in the half precision in which they are kept."""
    n_strings, n_epochs = BUDGETS[budget]
    clips, _ = clips_of("train", n_strings)
    training.seed_everything(seed)
    model = make_model(name)
    recipes.train_on(model, clips, n_epochs=n_epochs, seed=seed, highest_rate=rate)
    return model.half().float()


def trial(name: str, rate: float, budget: str) -> dict:
    """What a learning rate is worth on the validation voices."""
    clips, _ = clips_of("valid", N_VALID)
    return {"valid": recipes.accuracy_on(trained(name, rate, SEEDS[0], budget), clips)}


def final(name: str, rate: float, seed: int, budget: str) -> dict:
    """Right on the test voices: of all, of each speaker, and after a silence; the weights beside it."""
    model = trained(name, rate, seed, budget)
    checkpoints.save(model, place_of(final, (name, rate, seed, budget)).with_suffix(".safetensors"))
    clips, speakers = clips_of("test", N_TEST)
    quiet = torch.stack([clip[:, 0] for clip, _ in clips]).mean(dim=0)[:, None].expand(-1, SILENCE)
    late = [(torch.cat([quiet, clip], dim=1), target) for clip, target in clips]
    loader = [datasets.pad_batch(clips[start : start + 100]) for start in range(0, len(clips), 100)]
    output, target = training.predict(model, loader)
    right, speakers = (output.argmax(dim=1) == target).numpy(), np.array(speakers)
    return {
        "test": float(right.mean()),
        "after_silence": recipes.accuracy_on(model, late),
        "speakers": {speaker: float(right[speakers == speaker].mean()) for speaker in sorted(set(speakers))},
    }


def compared(names: list[str], budget: str) -> dict[str, dict]:
    """Of each variant the trials, the rate chosen by them, and what it reached with each seed."""
    trials = run_all(trial, [(name, rate, budget) for name in names for rate in RATES])
    found = {}
    for number, name in enumerate(names):
        valid = [run["valid"] for run in trials[number * len(RATES) : (number + 1) * len(RATES)]]
        found[name] = {"valid": valid, "rate": RATES[int(np.argmax(valid))]}
    jobs = [(name, found[name]["rate"], seed, budget) for name in names for seed in SEEDS]
    runs = run_all(final, jobs)
    for name in names:
        mine = [run for job, run in zip(jobs, runs, strict=True) if job[0] == name]
        found[name] |= {
            "accuracy": [run["test"] for run in mine],
            "mean": float(np.mean([run["test"] for run in mine])),
            "after_silence": [run["after_silence"] for run in mine],
            "after_silence_mean": float(np.mean([run["after_silence"] for run in mine])),
            "speakers": {who: float(np.mean([run["speakers"][who] for run in mine])) for who in mine[0]["speakers"]},
            "train_s": float(np.mean([run["processor_s"] for run in mine])),
        }
    return found


# ------------------------------------------------------------------------------------------- cost


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


def step_of(name: str) -> dict:
    """Of a variant that is compared in this alone."""
    return {"step_ms": step_ms(make_model(name))}


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


def measure(people: object) -> dict:
    """Accuracy, training time, latency, memory and exponents, ready for JSON; the first seeds' weights into assets."""
    found = compared(list(VARIANTS), "many")
    few = compared(list(sequence_models.MODELS), "few")
    for name in sequence_models.MODELS:
        ship(place_of(final, (name, found[name]["rate"], SEEDS[0], "many")), f"sequence/{name}")
    for name, cost in zip(sequence_models.MODELS, run_all(costs_of, NAMES, n_at_once=1), strict=True):
        found[name] |= cost
    found["CNN, dilated"] |= run_all(step_of, [("CNN, dilated",)], n_at_once=1)[0]
    packing = run_all(packing_costs, [()], n_at_once=1)[0]
    frames = [clip.shape[1] for clip, _ in clips_of("train", BUDGETS["many"][0])[0]]
    return {
        "task": "which digit came second of three, on voices never heard in training",
        "seeds": list(SEEDS),
        "rates": list(RATES),
        "budgets": {name: {"n_train": n, "n_epochs": epochs} for name, (n, epochs) in BUDGETS.items()},
        "n_test": N_TEST,
        "mean_frames": float(np.mean(frames)),
        "longest_frames": max(frames),
        "silence_frames": SILENCE,
        "models": found,
        "few": few,
        "packing": packing,
    }
