"""Lecture 16, melodies: n-grams and networks on tunes, and on those of a composer whose entropy is known."""

import math
import time

import numpy as np
import torch
from torch.nn import functional as F

from course_utils import composer, melody_tokens, music, sampling_rules
from course_utils.models import checkpoints
from course_utils.models import music_generation as mg
from course_utils.models.music_recipes import train_melody_model
from course_utils.ngrams import SMOOTHINGS, NGram, perplexity

from .jobs import place_of, run_all, ship
from .recogniser import SEEDS

N_TUNES, ORDERS = (100, 400), (1, 2, 3, 4, 5, 6)
N_COMPOSED = {"train": 2000, "test": 200}
NETWORKS = {  # options, epochs, learning rate; chosen on the validation tunes
    "LSTM": (mg.MelodyRNN, {"dropout": 0.4}, 4e-3),
    "RNN": (mg.MelodyRNN, {"cell": "RNN", "dropout": 0.4}, 2e-3),
    "Transformer": (mg.MelodyTransformer, {"width": 96, "n_hidden": 192, "n_layers": 3}, 3e-3),
}
COMPOSED = {
    "LSTM": (mg.MelodyRNN, {"dropout": 0.1}, 4e-3),
    "RNN": (mg.MelodyRNN, {"cell": "RNN", "dropout": 0.1}, 2e-3),
    "Transformer": (mg.MelodyTransformer, {"dropout": 0.0}, 4e-3),
}
RULES = {
    "greedy": lambda p: sampling_rules.temperature(p, 0),
    "T = 0.7": lambda p: sampling_rules.temperature(p, 0.7),
    "T = 1": None,
    "T = 1.5": lambda p: sampling_rules.temperature(p, 1.5),
    "top 5": lambda p: sampling_rules.top_k(p, 5),
    "nucleus 0.9": lambda p: sampling_rules.nucleus(p, 0.9),
}


def tokens_and_kinds(split: str, n: int | None = None) -> tuple[list, list]:
    found = music.tunes(split)[:n]
    return [melody_tokens.encode(tune) for tune in found], [melody_tokens.kind_of(tune) for tune in found]


def counted(n_tunes: int, smoothing: str) -> dict:
    """Perplexity of n-grams on the test tunes, and on the validation tunes, by order."""
    train, _ = tokens_and_kinds("train", n_tunes)
    found = {}
    for split in ("valid", "test"):
        pieces, _ = tokens_and_kinds(split)
        models = {n: NGram(train, n, smoothing=smoothing) for n in ORDERS}
        found[split] = {str(n): perplexity(model.next_probabilities, pieces) for n, model in models.items()}
    return found


def network_run(name: str, n_tunes: int, seed: int) -> dict:
    """A network on tunes of which the kind is told, and how it does on others."""
    kind, options, learning_rate = NETWORKS[name]
    train, kinds = tokens_and_kinds("train", n_tunes)
    torch.manual_seed(seed)
    model, started = kind(n_kinds=len(melody_tokens.KINDS), **options), time.process_time()
    settings = {"kinds": kinds, "model": model, "n_epochs": 20, "learning_rate": learning_rate, "seed": seed}
    model, _ = train_melody_model(train, **settings)
    path = place_of(network_run, (name, n_tunes, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    found = {split: mg.perplexity_of(model, *tokens_and_kinds(split)) for split in ("valid", "test")}
    n_weights = sum(weight.numel() for weight in model.parameters())
    return found | {
        "train": mg.perplexity_of(model, train, kinds),
        "n_weights": n_weights,
        "train_s": time.process_time() - started,
    }


def composed(n: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [melody_tokens.encode(composer.compose(rng), tonic=composer.TONIC) for _ in range(n)]


def composed_run(name: str, seed: int) -> dict:
    """A network on the composer's tunes: its perplexity, and bits a token in each part of the form."""
    kind, options, learning_rate = COMPOSED[name]
    torch.manual_seed(seed)
    model, started = kind(**options), time.process_time()
    settings = {"model": model, "n_epochs": 10, "batch_size": 16, "learning_rate": learning_rate, "seed": seed}
    model, _ = train_melody_model(composed(N_COMPOSED["train"], 100 + seed), **settings)
    spent_s, test = time.process_time() - started, composed(N_COMPOSED["test"], 1)
    path = place_of(composed_run, (name, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {"test": mg.perplexity_of(model, test), "parts": bits_of_parts(model, test), "train_s": spent_s}


@torch.no_grad()
def bits_of_parts(model: torch.nn.Module, pieces: list[list[int]]) -> dict[str, float]:
    """Mean bits of a token in the first A, its copies, B and the end."""
    sums = {name: [0.0, 0] for name in ("A", "second A", "B", "last A", "end")}
    for piece in pieces:
        bits = F.cross_entropy(
            model(torch.tensor([piece]))[0, :-1], torch.tensor(piece[1:]), reduction="none"
        ) / math.log(2)
        n = length_of_a(piece[1:-1])
        ends = [0, n, 2 * n, len(piece) - 2 - n, len(piece) - 2, len(piece) - 1]
        for name, begin, end in zip(sums, ends, ends[1:], strict=False):
            sums[name][0] += bits[begin:end].sum().item()
            sums[name][1] += end - begin
    return {name: total / count for name, (total, count) in sums.items()}


def length_of_a(body: list[int]) -> int:
    """Tokens of the first phrase: two bars of 4/4."""
    quarters = 0.0
    for k, token in enumerate(body):
        quarters += melody_tokens.LENGTHS[(token - 1) % len(melody_tokens.LENGTHS)]
        if quarters == 8:
            return k + 1
    raise ValueError("a composed tune has phrases of 8 quarters")


def drawn(name: str, rule: str, seed: int) -> dict:
    """Tunes of a network by a rule: what they repeat of themselves, and have copied."""
    kind, options, _ = NETWORKS[name]
    train, _ = tokens_and_kinds("train")
    path = place_of(network_run, (name, N_TUNES[-1], SEEDS[0])).with_suffix(".safetensors")
    model = checkpoints.load(kind(n_kinds=len(melody_tokens.KINDS), **options), path)
    rng = np.random.default_rng(seed)
    kinds = tokens_and_kinds("test")[1]
    pieces = [sampling_rules.generate(mg.Continuation(model, k), rng, rule=RULES[rule], longest=150) for k in kinds]
    return habits(pieces, train) | {"tokens": float(np.mean([len(p) for p in pieces]))}


def habits(pieces: list[list[int]], train: list[list[int]]) -> dict:
    copied = [sampling_rules.longest_copied_run(piece, train) for piece in pieces]
    return {
        "repeated": float(np.mean([sampling_rules.repeated_ngrams(piece) for piece in pieces])),
        "copied": float(np.median(copied)),
        "copied_most": int(max(copied)),
    }


def measure(people: str | None) -> dict:
    """Tables of lecture 16's first half; the weights that it loads."""
    tables = run_all(counted, [(n, s) for n in N_TUNES for s in SMOOTHINGS])
    jobs = [(name, n, seed) for name in NETWORKS for n in N_TUNES for seed in SEEDS]
    networks = run_all(network_run, jobs)
    ship(place_of(network_run, ("LSTM", N_TUNES[-1], SEEDS[0])), "melody/lstm")
    copies = run_all(composed_run, [(name, seed) for name in COMPOSED for seed in SEEDS])
    rules = [(name, rule, seed) for name in ("LSTM", "Transformer") for rule in RULES for seed in SEEDS]
    floor, train = composer.entropy(), tokens_and_kinds("train")[0]
    return {
        "n_grams": [
            {"n_tunes": n, "smoothing": s} | t
            for (n, s), t in zip([(n, s) for n in N_TUNES for s in SMOOTHINGS], tables, strict=True)
        ],
        "networks": [{"name": a, "n_tunes": n, "seed": s} | run for (a, n, s), run in zip(jobs, networks, strict=True)],
        "composed": [
            {"name": name, "seed": seed} | run
            for (name, seed), run in zip([(name, seed) for name in COMPOSED for seed in SEEDS], copies, strict=True)
        ],
        "floor": {"with_memory": floor.perplexity, "without_memory": floor.perplexity_without_memory},
        "drawn": [
            {"name": a, "rule": r, "seed": s} | found
            for (a, r, s), found in zip(rules, run_all(drawn, rules), strict=True)
        ],
        "human": habits(tokens_and_kinds("test")[0], train),
    }
