"""Lecture 10: what each augmentation is worth, alone and in the chain, on synthetic voices, a bad line and people."""

from collections.abc import Sequence

import numpy as np
from torch.utils.data import DataLoader

from course_utils import augmentation, metrics
from course_utils.models import datasets, recipes, training

from .jobs import run_all

N_EPOCHS = 12
MIXUP_ALPHA = 0.2
# What is switched on or off together; the last two are no steps of the chain, they change the features of a batch.
PARTS = {
    "pitch": ("pitch",),
    "stretch": ("stretch",),
    "speed": ("speed",),
    "edges": ("trim", "crop"),
    "room": ("room",),
    "noise": ("noise",),
    "microphone": ("levels", "tilt", "equalizer"),
    "telephone": ("telephone",),
    "SpecAugment": (),
    "mixup": (),
}
N_SEEDS = {"none": 10, "all": 5}  # both are compared with ten others
N_SEEDS_OF_A_PART = 3


def rows() -> dict[str, tuple[str, ...]]:
    """Which parts each row of the table trains with."""
    found = {"none": (), **{name: (name,) for name in PARTS}, "all": tuple(PARTS)}
    return found | {f"all but {name}": tuple(other for other in PARTS if other != name) for name in PARTS}


def degraded(examples):
    """The test set as a bad line hears it: pink noise at 10 dB, then a telephone; the same for every model."""
    chain = [("add_noise", {"snr_db": 10.0, "colour": "pink"}, 1.0), ("telephone", {}, 1.0)]
    return augmentation.Augmented(examples, augmentation.Compose(chain, seed=99, sample_rate=datasets.SAMPLE_RATE))


def right(model, examples):
    """Which items are named rightly."""
    output, target = training.predict(model, DataLoader(examples, 256, collate_fn=datasets.pad_batch))
    return (output.argmax(dim=1) == target).numpy(), target.numpy(), output.argmax(dim=1).numpy()


def trained(examples, parts: Sequence[str], seed: int, *, n_epochs: int = N_EPOCHS):
    """A network trained on ``examples`` with the named parts."""
    steps = [step for part in parts for step in PARTS[part]]
    model, _ = recipes.train_digits(
        examples,
        augment=recipes.digit_augmentation(*steps, seed=seed),
        mixup_alpha=MIXUP_ALPHA if "mixup" in parts else 0.0,
        spec_augment="SpecAugment" in parts,
        n_epochs=n_epochs,
        seed=seed,
        progress=False,
    )
    return model


def percent(values):
    return round(100 * float(np.mean(values)), 2)


def ablation_run(row: str, seed: int, people: str | None) -> dict:
    """One training on synthetic voices with some augmentations; accuracies in percent."""
    train, test = datasets.SpokenDigits("train", "valid"), datasets.SpokenDigits("test")
    model = trained(train, rows()[row], seed)
    found = {"row": row, "seed": seed}
    found |= {"clean": percent(right(model, test)[0]), "degraded": percent(right(model, degraded(test))[0])}
    if people:
        recorded = datasets.RecordedDigits(people)
        is_right, target, predicted = right(model, recorded)
        found["people"] = percent(is_right)
        speakers = np.array([row["speaker"] for row in recorded.rows])
        found["speakers"] = {name: percent(is_right[speakers == name]) for name in sorted(set(speakers))}
        confusion = metrics.confusion_matrix(target, predicted, n_classes=10)
        found["recall"] = [round(100 * float(value), 1) for value in metrics.precision_recall_f1(confusion).recall]
    return found


def measure(people: str | None) -> dict:
    """What each augmentation is worth: trained on synthetic voices, tested on others, on a bad line, and on people."""
    n_seeds = {row: N_SEEDS.get(row, N_SEEDS_OF_A_PART) for row in rows()}
    runs = run_all(ablation_run, [(row, seed, people) for row in rows() for seed in range(n_seeds[row])])
    columns = [name for name in ("clean", "degraded", "people", "processor_s") if name in runs[0]]
    table = []
    for row in rows():
        mine = [run for run in runs if run["row"] == row]
        table.append({"augmentation": row} | {name: [run[name] for run in mine] for name in columns})
    result = {"n_epochs": N_EPOCHS, "parts": list(PARTS), "rows": table}
    if people:
        best = sorted((run for run in runs if run["row"] == "all"), key=lambda run: run["people"])
        result["median_run"] = best[len(best) // 2]
    return result
