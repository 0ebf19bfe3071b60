"""Lecture 10: what each augmentation is worth, on synthetic voices, a bad line and people."""

import numpy as np
from torch.utils.data import DataLoader

from course_utils import augmentation, metrics
from course_utils.models import datasets, recipes, training

from .jobs import run_all

SEEDS = (0, 1, 2)
N_EPOCHS = 15
STEPS = (*recipes.DIGIT_STEPS, "mixup")
MIXUP_ALPHA = 0.2
ROWS = {
    "none": (),
    **{name: (name,) for name in STEPS},
    "all": STEPS,
}


def degraded(examples):
    """The test set as a bad line hears it: pink noise at 10 dB, then a telephone; the same for every model."""
    chain = [("add_noise", {"snr_db": 10.0, "colour": "pink"}, 1.0), ("telephone", {}, 1.0)]
    return augmentation.Augmented(examples, augmentation.Compose(chain, seed=99, sample_rate=datasets.SAMPLE_RATE))


def right(model, examples):
    """Which items are named rightly."""
    output, target = training.predict(model, DataLoader(examples, 256, collate_fn=datasets.pad_batch))
    return (output.argmax(dim=1) == target).numpy(), target.numpy(), output.argmax(dim=1).numpy()


def trained(examples, names, seed):
    """A network trained on ``examples`` with the named augmentations."""
    model, _ = recipes.train_digits(
        examples,
        augment=recipes.digit_augmentation(*(name for name in names if name != "mixup"), seed=seed),
        mixup_alpha=MIXUP_ALPHA if "mixup" in names else 0.0,
        n_epochs=N_EPOCHS,
        seed=seed,
        progress=False,
    )
    return model


def percent(values):
    return round(100 * float(np.mean(values)), 2)


def ablation_run(row: str, seed: int, people: str | None) -> dict:
    """One training on synthetic voices with some augmentations; accuracies in percent."""
    train, test = datasets.SpokenDigits("train", "valid"), datasets.SpokenDigits("test")
    model = trained(train, ROWS[row], seed)
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
    runs = run_all(ablation_run, [(row, seed, people) for row in reversed(ROWS) for seed in SEEDS])
    columns = [name for name in ("clean", "degraded", "people", "processor_s") if name in runs[0]]
    rows = []
    for row in ROWS:
        mine = [run for run in runs if run["row"] == row]
        rows.append({"augmentation": row} | {name: [run[name] for run in mine] for name in columns})
    result = {"seeds": list(SEEDS), "n_epochs": N_EPOCHS, "rows": rows}
    if people:
        best = sorted((run for run in runs if run["row"] == "all"), key=lambda run: run["people"])[len(SEEDS) // 2]
        result["median_run"] = best
    return result
