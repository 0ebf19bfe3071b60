"""Lecture 10: a recipe chosen without people, trained on one synthesiser and tested on the other; then people, once."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset

from course_utils.models import datasets, training

from .augmentation import PARTS, percent, right, trained
from .jobs import run_all

SEEDS = (0, 1, 2)
FIVE = ("speed", "edges", "room", "noise", "microphone")
CANDIDATES = {"none": (), "five": FIVE, "eight": ("pitch", "stretch", *FIVE, "telephone"), "all": tuple(PARTS)}
SYNTHESISERS = ("espeak-ng", "flite")


def shares(model, examples):
    """The probability of each digit, for each example."""
    return torch.softmax(training.predict(model, DataLoader(examples, 256, collate_fn=datasets.pad_batch))[0], dim=1)


def together(models, examples) -> float:
    """The accuracy of the mean of the networks' probabilities, in percent."""
    mean = sum(shares(model, examples) for model in models)
    digits = torch.tensor([digit for _, digit in examples])
    return percent((mean.argmax(dim=1) == digits).numpy())


def choice_run(candidate: str, synthesiser: str) -> dict:
    """Trained on the voices of one synthesiser, tested on those of the other: seed by seed, and together."""
    words = datasets.SpokenDigits("train", "valid")
    own = [number for number, row in enumerate(words.rows) if row["synthesiser"] == synthesiser]
    others = sorted(set(range(len(words))) - set(own))
    models = [trained(Subset(words, own), CANDIDATES[candidate], seed) for seed in SEEDS]
    scores = [percent(right(model, Subset(words, others))[0]) for model in models]
    return {"candidate": candidate, "trained_on": synthesiser, "scores": scores} | {
        "together": together(models, Subset(words, others))
    }


def people_run(candidate: str, people: str) -> dict:
    """The chosen recipe, trained on all synthetic voices but the test's: on those, and on people."""
    words = datasets.SpokenDigits("train", "valid")
    models = [trained(words, CANDIDATES[candidate], seed) for seed in SEEDS]
    recorded = datasets.RecordedDigits(people)
    names = sorted({row["speaker"] for row in recorded.rows})
    of_each = {name: together(models, datasets.RecordedDigits(people, speakers=[name])) for name in names}
    return {
        "clean": together(models, datasets.SpokenDigits("test")),
        "scores": [percent(right(model, recorded)[0]) for model in models],
        "together": together(models, recorded),
        "speakers": of_each,
    }


def measure(people: str | None) -> dict:
    """Choose by the mean over both ways round and three seeds; people are asked of the chosen one only."""
    runs = run_all(choice_run, [(candidate, each) for candidate in CANDIDATES for each in SYNTHESISERS])
    mean = {
        candidate: float(np.mean([run["scores"] for run in runs if run["candidate"] == candidate]))
        for candidate in CANDIDATES
    }
    chosen = max(mean, key=mean.get)
    result = {"seeds": list(SEEDS), "runs": runs, "chosen": chosen}
    return result | ({"people": run_all(people_run, [(chosen, people)])[0]} if people else {})
