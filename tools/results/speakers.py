"""Lecture 10: three people you know, and a fourth; with augmentation, and with synthetic voices beside them."""

from torch.utils.data import ConcatDataset

from course_utils.models import datasets

from .augmentation import N_EPOCHS, SEEDS, STEPS, percent, right, trained
from .jobs import run_all


def speaker_run(speaker: str, seed: int, people: str) -> dict:
    """Trained on all recorded speakers but one, tested on that one: nothing of hers is heard in training."""
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    train = datasets.RecordedDigits(people, speakers=[name for name in everyone if name != speaker])
    test = datasets.RecordedDigits(people, speakers=[speaker])
    scores = {"speaker": speaker, "seed": seed}
    for name, examples, steps in (
        ("plain", train, ()),
        ("augmented", train, STEPS),
        ("with_synthetic", ConcatDataset([train, datasets.SpokenDigits("train", "valid")]), STEPS),
    ):
        scores[name] = percent(right(trained(examples, steps, seed), test)[0])
    return scores


def measure(people: str | None) -> dict | None:
    """Leave one speaker out: how well a network that knows some people understands another one."""
    if not people:
        return None
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    runs = run_all(speaker_run, [(speaker, seed, people) for seed in SEEDS for speaker in everyone])
    kinds = ("plain", "augmented", "with_synthetic")
    means = {kind: [percent([r[kind] / 100 for r in runs if r["seed"] == seed]) for seed in SEEDS] for kind in kinds}
    return {"seeds": list(SEEDS), "n_epochs": N_EPOCHS, "means": means, "runs": runs}
