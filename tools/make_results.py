"""Run what takes too long for a lecture, and write what came out to assets/results.json, from which lectures quote.

    python tools/make_results.py                          everything that needs no recordings
    python tools/make_results.py --people DIR             and what needs people: {digit}_{speaker}_{number}.wav in DIR
    python tools/make_results.py augmentation sequence    only these

Each entry says with which seeds, versions and processor time it was measured. One thread a training, two at once.
"""

import argparse
import json
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import ConcatDataset, DataLoader

from course_utils import augmentation, metrics
from course_utils.models import datasets, recipes, training

sys.path.insert(0, str(Path(__file__).resolve().parent))

SEEDS = (0, 1, 2)
N_EPOCHS = 15
STEPS = (*recipes.DIGIT_STEPS, "mixup")
MIXUP_ALPHA = 0.2
MILD = ("crop", "speed", "equalizer", "room", "noise", "mixup")  # without those that only other microphones ask for
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
    """A network trained on ``examples`` with the named augmentations, and the processor time in s that took."""
    started = time.process_time()
    model, _ = recipes.train_digits(
        examples,
        augment=recipes.digit_augmentation(*(name for name in names if name != "mixup"), seed=seed),
        mixup_alpha=MIXUP_ALPHA if "mixup" in names else 0.0,
        n_epochs=N_EPOCHS,
        seed=seed,
        progress=False,
    )
    return model, round(time.process_time() - started, 1)


def percent(values):
    return round(100 * float(np.mean(values)), 2)


def ablation_run(job):
    """One training on synthetic voices with some augmentations; accuracies in percent."""
    row, seed, people = job
    torch.set_num_threads(1)
    train, test = datasets.SpokenDigits("train", "valid"), datasets.SpokenDigits("test")
    model, processor_s = trained(train, ROWS[row], seed)
    found = {"row": row, "seed": seed, "processor_s": processor_s}
    found |= {"clean": percent(right(model, test)[0]), "degraded": percent(right(model, degraded(test))[0])}
    if people:
        recorded = datasets.RecordedDigits(people)
        is_right, target, predicted = right(model, recorded)
        found["people"] = percent(is_right)
        speakers = np.array([row["speaker"] for row in recorded.rows])
        found["speakers"] = {name: percent(is_right[speakers == name]) for name in sorted(set(speakers))}
        confusion = metrics.confusion_matrix(target, predicted, n_classes=10)
        found["recall"] = [round(100 * float(value), 1) for value in metrics.precision_recall_f1(confusion).recall]
    print(found, flush=True)
    return found


def run_all(function, jobs):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(function, jobs))


def augmentation_results(people):
    """What each augmentation is worth: trained on synthetic voices, tested on others, on a bad line, and on people."""
    runs = run_all(ablation_run, [(row, seed, people) for row in reversed(ROWS) for seed in SEEDS])
    columns = [name for name in ("clean", "degraded", "people", "processor_s") if name in runs[0]]
    rows = []
    for row in ROWS:
        mine = [run for run in runs if run["row"] == row]
        rows.append({"augmentation": row} | {name: [run[name] for run in mine] for name in columns})
    result = {"seeds": SEEDS, "n_epochs": N_EPOCHS, "rows": rows}
    if people:
        best = sorted((run for run in runs if run["row"] == "all"), key=lambda run: run["people"])[len(SEEDS) // 2]
        result["median_run"] = best
    return result


def speaker_run(job):
    """Trained on all recorded speakers but one, tested on that one: nothing of hers is heard in training."""
    speaker, seed, people = job
    torch.set_num_threads(1)
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    train = datasets.RecordedDigits(people, speakers=[name for name in everyone if name != speaker])
    test = datasets.RecordedDigits(people, speakers=[speaker])
    scores = {"speaker": speaker, "seed": seed}
    for name, examples, steps in (
        ("plain", train, ()),
        ("augmented", train, STEPS),
        ("with_synthetic", ConcatDataset([train, datasets.SpokenDigits("train", "valid")]), STEPS),
    ):
        model, processor_s = trained(examples, steps, seed)
        scores |= {name: percent(right(model, test)[0]), f"{name}_processor_s": processor_s}
    print(scores, flush=True)
    return scores


def speakers_results(people):
    """Leave one speaker out: how well a network that knows some people understands another one."""
    if not people:
        return None
    everyone = sorted({row["speaker"] for row in datasets.RecordedDigits(people).rows})
    runs = run_all(speaker_run, [(speaker, seed, people) for seed in SEEDS for speaker in everyone])
    kinds = ("plain", "augmented", "with_synthetic")
    means = {kind: [percent([r[kind] / 100 for r in runs if r["seed"] == seed]) for seed in SEEDS] for kind in kinds}
    return {"seeds": SEEDS, "n_epochs": N_EPOCHS, "means": means, "runs": runs}


def digits_run(seed):
    """The network of lecture 11: trained on the training voices, tested on voices never heard."""
    torch.set_num_threads(1)
    model, processor_s = trained(datasets.SpokenDigits("train"), MILD, seed)
    scores = {split: percent(right(model, datasets.SpokenDigits(split))[0]) for split in ("valid", "test")}
    return {"seed": seed, "processor_s": processor_s} | scores


def digits_results(people):
    return {"runs": run_all(digits_run, SEEDS)}


def sequence_results(people):
    from make_results_sequence import sequence_results as measure

    return measure()


SECTIONS = {
    "augmentation": augmentation_results,
    "speakers": speakers_results,
    "digits": digits_results,
    "sequence": sequence_results,
}


def main():
    parser = argparse.ArgumentParser(description="Measure what lectures quote, into assets/results.json.")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    parser.add_argument("--people", type=Path, help="folder of recorded digits")
    arguments = parser.parse_args()
    path = training.RESULTS
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in arguments.sections or SECTIONS:
        started = time.perf_counter()
        found = SECTIONS[name](arguments.people)
        if found is None:
            print(f"{name}: skipped, it needs --people")
            continue
        versions = {package: version(package) for package in ("torch", "numpy")} | {"python": platform.python_version()}
        results[name] = found | {"versions": versions, "total_s": round(time.perf_counter() - started)}
        path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{name}: {results[name]['total_s']} s")


if __name__ == "__main__":
    main()
