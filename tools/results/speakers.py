"""Lecture 10: three people you know, and a fourth; with augmentation, and with synthetic voices beside them."""

from torch.utils.data import ConcatDataset

from course_utils.models import datasets

from .augmentation import PARTS, percent, right, trained
from .jobs import run_all

SEEDS = (0, 1, 2)
N_STEPS = 325  # of each training: what has more examples goes through them less often
BATCH = 64


def speaker_run(speaker: str, seed: int, people: str) -> dict:
    """Trained on all recorded speakers but one, tested on that one: nothing of hers is heard in training."""
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    train = datasets.RecordedDigits(people, speakers=[name for name in everyone if name != speaker])
    test = datasets.RecordedDigits(people, speakers=[speaker])
    scores = {"speaker": speaker, "seed": seed}
    for name, examples, parts in (
        ("plain", train, ()),
        ("augmented", train, tuple(PARTS)),
        ("with_synthetic", ConcatDataset([train, datasets.SpokenDigits("train", "valid")]), tuple(PARTS)),
    ):
        n_epochs = round(N_STEPS / (len(examples) // BATCH))
        model = trained(examples, parts, seed, n_epochs=n_epochs)
        scores[name] = percent(right(model, test)[0])
        scores[f"{name}_steps"] = n_epochs * (len(examples) // BATCH)
    return scores


def measure(people: str | None) -> dict | None:
    """Leave one speaker out: how well a network that knows some people understands another one."""
    if not people:
        return None
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    runs = run_all(speaker_run, [(speaker, seed, people) for seed in SEEDS for speaker in everyone])
    kinds = ("plain", "augmented", "with_synthetic")
    of_a_person = {
        kind: {name: [run[kind] for run in runs if run["speaker"] == name] for name in everyone} for kind in kinds
    }
    return {"seeds": list(SEEDS), "steps": {kind: runs[0][f"{kind}_steps"] for kind in kinds}, "people": of_a_person}
