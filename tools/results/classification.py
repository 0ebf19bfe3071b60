"""Lecture 11: what a leak flatters, a learning rate chosen on validation voices, two event networks with weights."""

import csv
import itertools

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils import audio, metrics
from course_utils.models import checkpoints, classification, datasets, features, recipes, training

from .jobs import place_of, run_all, ship

SEEDS = (0, 1, 2)
RATES = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2)
N_EPOCHS = 10
EVENTS = {"sample_rate": 16_000, "n_fft": 1024, "hop_length": 640, "f_min": 50, "f_max": 7600, "floor": 1e-6}
DIGITS = {"sample_rate": 8000, "n_fft": 256, "hop_length": 80, "f_min": 50, "floor": 1e-6}


# ------------------------------------------------------------------------------------- split by speaker


def split_run(held_out: str, seed: int) -> dict:
    """The men of flite: accuracy of a network on a quarter drawn at random, or on one man."""
    folder = audio.DATA_FOLDER / "digits"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train" and row["synthesiser"] == "flite"]
    packed, _ = audio.load(folder / "train.flac")
    man = np.array([row["speaker"].removesuffix("16") for row in rows])
    signals = np.zeros((len(rows), 8000), np.float32)
    for place, row in enumerate(rows):
        word = packed[int(row["start"]) :][: int(row["length"])][:8000]
        start = (8000 - len(word)) // 2
        signals[place, start : start + len(word)] = word
    labels = torch.tensor([int(row["digit"]) for row in rows])
    with torch.no_grad():
        mels = features.LogMel(**DIGITS)(torch.from_numpy(signals))
    is_test = np.zeros(len(rows), bool)
    is_test[np.random.default_rng(11).permutation(len(rows))[:200]] = True
    if held_out != "shuffled":
        is_test = man == held_out
    training.seed_everything(seed)
    model = classification.EventCNN(channels=(12, 24, 48))
    _train(model, mels[~is_test], labels[~is_test], n_epochs=6, batch_size=32)
    with torch.no_grad():
        right = (model.eval()(mels[is_test]).argmax(dim=1) == labels[is_test]).sum().item()
    return {"right": right, "n": int(is_test.sum())}


def _train(model, inputs, targets, *, n_epochs, batch_size, valid=None, **options):
    pairs = TensorDataset(inputs, targets)
    batches = DataLoader(pairs, batch_size, shuffle=True, drop_last=True, collate_fn=datasets.pad_batch)
    if valid is not None:
        options["valid_batches"] = DataLoader(TensorDataset(*valid), 100, collate_fn=datasets.pad_batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=n_epochs * len(batches))
    options |= {"optimizer": optimizer, "scheduler": schedule, "n_epochs": n_epochs, "progress": False}
    return training.fit(model, batches, **options)


# ------------------------------------------------------------------------------------------ digits


def digits_run(rate: float, seed: int, smoothing: float) -> dict:
    """Spoken digits: learning curves, and what a rate is worth on the validation voices and on those of the test."""
    train, valid, test = (datasets.SpokenDigits(split) for split in ("train", "valid", "test"))
    options = {"n_epochs": N_EPOCHS, "seed": seed, "learning_rate": rate, "label_smoothing": smoothing}
    model, history = recipes.train_digits(train, valid=valid, progress=False, **options)
    found = {"train_loss": history.column("train_loss"), "valid_loss": history.column("valid_loss")}
    found |= {"valid_accuracy": history.column("valid_metric"), "best_epoch": history.best_epoch}
    chances, truth = [], []
    for name, examples in (("valid", valid), ("test", test)):
        output, target = training.predict(model, DataLoader(examples, 256, collate_fn=datasets.pad_batch))
        found[name] = training.accuracy(output, target)
        chances.append(output.softmax(dim=1).numpy())
        truth.append(target.numpy())
    found["ece"] = metrics.expected_calibration_error(np.concatenate(truth), np.concatenate(chances))
    found["answers"] = np.concatenate(chances).argmax(axis=1).tolist()
    return found


# ------------------------------------------------------------------------------------------ events


def rendered(examples) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-mel spectrograms and labels of all items."""
    to_mel = features.LogMel(n_mels=40, **EVENTS)
    signals, targets = (
        torch.from_numpy(np.array(column))
        for column in zip(*map(examples.__getitem__, range(len(examples))), strict=True)
    )
    return torch.cat([to_mel(part) for part in signals.split(100)]), targets


def events_run(seed: int) -> dict:
    """One event in a clip: macro F1 on sources never heard, of the epoch that was best on validation sources."""
    training.seed_everything(seed)
    model = classification.EventCNN()
    valid = rendered(datasets.SoundEvents("valid", 300))
    history = _train(model, *rendered(datasets.SoundEvents("train", 1200)), n_epochs=8, batch_size=32, valid=valid)
    checkpoints.save(model, place_of(events_run, (seed,)).with_suffix(".safetensors"))
    mels, labels = rendered(datasets.SoundEvents("test", 600))
    with torch.no_grad():
        called = model.half().float().eval()(mels).argmax(dim=1)
    score = metrics.macro_f1(metrics.confusion_matrix(labels.numpy(), called.numpy()))
    return {"macro_f1": score, "best_epoch": history.best_epoch, "valid": max(history.column("valid_metric"))}


def detector_run(seed: int) -> dict:
    """Events in time: F1 of frames and of events on scenes of sources never heard."""
    training.seed_everything(seed)
    model = classification.EventDetector()
    options = {"loss": classification.frame_loss, "metric": classification.frame_f1}
    valid = rendered(datasets.EventScenes("valid", 100))
    history = _train(
        model, *rendered(datasets.EventScenes("train", 600)), n_epochs=12, batch_size=8, valid=valid, **options
    )
    checkpoints.save(model, place_of(detector_run, (seed,)).with_suffix(".safetensors"))
    scenes = datasets.EventScenes("test", 200)
    mels, frames = rendered(scenes)
    with torch.no_grad():
        logits = torch.cat([model.half().float().eval()(part) for part in mels.split(50)])[..., : frames.shape[-1]]
    found = classification.detect_events(logits, hop_s=scenes.hop_s)
    score = metrics.event_f1([scenes.events(index) for index in range(len(scenes))], found).f1
    return {"frame_f1": classification.frame_f1(logits, frames), "event_f1": score, "best_epoch": history.best_epoch}


def measure(people: object) -> dict:
    """All of it; the weights of the first seed into assets."""
    splits = ("shuffled", "awb", "kal", "rms")
    runs = run_all(split_run, [(name, seed) for name in splits for seed in SEEDS])
    leak = {name: runs[n * len(SEEDS) : (n + 1) * len(SEEDS)] for n, name in enumerate(splits)}
    trials = run_all(digits_run, [(rate, 0, 0.1) for rate in RATES])
    best = RATES[int(np.argmax([run["valid"] for run in trials]))]
    final = {
        name: run_all(digits_run, [(best, seed, smoothing) for seed in SEEDS])
        for name, smoothing in (("smoothed", 0.1), ("plain", 0.0))
    }
    answers = {name: [np.array(run.pop("answers")) for run in final[name]] for name in final}
    changed = {
        "by_smoothing": [int((a != b).sum()) for a, b in zip(answers["smoothed"], answers["plain"], strict=True)],
        "by_seed": [int((a != b).sum()) for a, b in itertools.combinations(answers["smoothed"], 2)],
    }
    for run in trials:
        del run["answers"]
    found = {"seeds": list(SEEDS), "rates": list(RATES), "rate": best, "leak": leak, "trials": trials, "digits": final}
    found["changed"] = changed
    for name, function in (("events", events_run), ("detector", detector_run)):
        found[name] = run_all(function, [(seed,) for seed in SEEDS])
        ship(place_of(function, (SEEDS[0],)), f"classification/{name}")
    return found
