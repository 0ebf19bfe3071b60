"""Lecture 11: how many labels an encoder saves that was trained without any, beside the same network without it.

`make checkpoints` trains the encoder; this section loads it. Settings are chosen on the validation voices, with as many
trials for each linear classifier and for each network; then three seeds choose the labelled words, and the test voices
are asked once.
"""

import itertools

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from course_utils.models import checkpoints, datasets, encoders, recipes, training

from .jobs import place_of, run_all

N_WORDS = (1, 2, 5, 10, 50)  # labelled words of each digit
SEEDS = (0, 1, 2)
CHOOSING = (10, 11, 12)  # seeds of the words that settings are chosen with
DECAYS = (1e-4, 1e-3, 1e-2)  # of the linear classifiers
RATES = (1e-3, 3e-3, 1e-2)  # of the networks, with random views of the words and without
N_TUNED = (2, 10)  # words of each digit in the trials of the networks
N_STEPS = 60
PRETRAINING = {"n_epochs": 30, "rate": 2e-3, "batch_size": 256, "temperature": 0.2}


# --------------------------------------------------------------------------------- without labels


def pretrained_run(seed: int) -> dict:
    """An encoder trained on the words of the training voices, whose digits nobody tells it; resumes what was killed."""
    training.seed_everything(seed)
    pictures, _ = recipes.digit_features("train")
    order = torch.Generator().manual_seed(seed)
    loader = DataLoader(
        pictures,
        PRETRAINING["batch_size"],
        shuffle=True,
        drop_last=True,
        collate_fn=lambda clips: ((torch.stack(clips),), ()),
        generator=order,
    )
    encoder = encoders.ClipEncoder()
    model, rate, n_epochs = encoders.TwoViews(encoder), PRETRAINING["rate"], PRETRAINING["n_epochs"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=n_epochs * len(loader), pct_start=0.1)
    path = place_of(pretrained_run, (seed,))
    path.parent.mkdir(parents=True, exist_ok=True)
    history = training.fit(
        model,
        loader,
        n_epochs=n_epochs,
        loss=_loss,
        metric=None,
        optimizer=optimizer,
        scheduler=schedule,
        checkpoint=path.with_suffix(".pt"),
        progress=False,
    )
    checkpoints.save(encoder, path.with_suffix(".safetensors"))
    return {"loss": history.column("train_loss"), "n_clips": len(pictures), "batch_size": loader.batch_size}


def _loss(pairs: torch.Tensor) -> torch.Tensor:
    return encoders.contrastive_loss(pairs, temperature=PRETRAINING["temperature"])


# ------------------------------------------------------------------------------------ with a few labels


def few(rows: list[dict], n_words: int, seed: int) -> list[int]:
    """Places of ``n_words`` words of each digit, of as few voices as have them: one voice after the other, at random.

    What is drawn for a number of words is among what the same seed draws for more.
    """
    rng = np.random.default_rng(seed)
    voice = np.array([row["speaker"].removesuffix("16") for row in rows])  # kal at two rates is one man
    digit = np.array([int(row["digit"]) for row in rows])
    taken = {k: [] for k in range(10)}
    for name in rng.permutation(sorted(set(voice))):
        for k in range(10):
            found = rng.permutation(np.flatnonzero((voice == name) & (digit == k)))
            taken[k] += found[: n_words - len(taken[k])].tolist()
        if min(map(len, taken.values())) == n_words:
            break
    return [place for places in taken.values() for place in places]


class Task:
    """The digits, and which words of the training voices have a label."""

    def __init__(self):
        self.rows = datasets.SpokenDigits("train").rows
        self.words = {split: recipes.digit_features(split) for split in ("train", "valid", "test")}

    def labelled(self, n_words: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        places = few(self.rows, n_words, seed)
        return tuple(column[places] for column in self.words["train"])

    @torch.no_grad()
    def right(self, model, *splits: str) -> dict[str, float]:
        """The share of the words of each split that a model names rightly."""
        return {name: training.accuracy(model(self.words[name][0]), self.words[name][1]) for name in splits}


def pretrained() -> encoders.ClipEncoder:
    return checkpoints.load(encoders.ClipEncoder(), "classification/encoder")


LINEAR = {"frozen": pretrained, "mean": lambda: _mean, "picture": lambda: nn.Flatten()}
TUNED = {"tuned": pretrained, "random": encoders.ClipEncoder}


def _mean(pictures: torch.Tensor) -> torch.Tensor:
    """The baseline: the mean of each band over the frames."""
    return pictures.mean(dim=2)


def linear(way: str, task: Task, n_words: int, seed: int, decay: float):
    """A linear classifier behind something that does not learn."""
    encode, (pictures, digits) = LINEAR[way](), task.labelled(n_words, seed)
    with torch.no_grad():
        layer = encoders.linear_probe(encode(pictures), digits, 10, decay=decay)
    return lambda x: layer(encode(x))


def tuned(way: str, task: Task, n_words: int, seed: int, rate: float, has_views: bool) -> nn.Module:
    """The encoder and a linear layer behind it, all of it trained on the labelled words for ``N_STEPS`` batches."""
    training.seed_everything(seed)
    encoder, (pictures, digits) = TUNED[way](), task.labelled(n_words, seed)
    view = encoders.RandomView() if has_views else nn.Identity()
    model = nn.Sequential(view, encoder, nn.Linear(encoder.head.out_features, 10))
    chosen = [torch.randperm(len(digits))[:64] for _ in range(N_STEPS)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=N_STEPS)
    batches = [((pictures[places],), (digits[places],)) for places in chosen]
    training.fit(model, batches, n_epochs=1, optimizer=optimizer, scheduler=schedule, progress=False)
    return model.eval()


def trials_run(way: str) -> dict:
    """What each setting of one way is worth on the validation voices: the mean over words and draws."""
    task, found = Task(), []
    if way in LINEAR:
        settings, function, sizes, seeds = [(decay,) for decay in DECAYS], linear, N_WORDS, CHOOSING
    else:
        settings, function, sizes, seeds = list(itertools.product(RATES, (False, True))), tuned, N_TUNED, CHOOSING[:1]
    for setting in settings:
        shares = [task.right(function(way, task, n, seed, *setting), "valid")["valid"] for n in sizes for seed in seeds]
        found.append({"setting": list(setting), "valid": float(np.mean(shares))})
    return {"trials": found}


def seed_run(seed: int, settings: dict[str, list]) -> dict:
    """Every way with every number of words, for one draw of the words: accuracy on validation and test voices."""
    task, rows = Task(), []
    for n in N_WORDS:
        voices = {task.rows[place]["speaker"].removesuffix("16") for place in few(task.rows, n, seed)}
        for way, setting in settings.items():
            function = linear if way in LINEAR else tuned
            rows.append({"way": way, "n": n, "voices": len(voices)})
            rows[-1] |= task.right(function(way, task, n, seed, *setting), "valid", "test")
    return {"rows": rows}


def measure(people: object) -> dict:
    """Settings first, then the test."""
    ways = [*LINEAR, *TUNED]
    trials = {way: run["trials"] for way, run in zip(ways, run_all(trials_run, [(w,) for w in ways]), strict=True)}
    settings = {way: max(trials[way], key=lambda trial: trial["valid"])["setting"] for way in ways}
    runs = [run["rows"] for run in run_all(seed_run, [(seed, settings) for seed in SEEDS])]
    found = {"seeds": list(SEEDS), "n_words": list(N_WORDS), "trials": trials, "settings": settings}
    found |= {"pretraining": PRETRAINING, "n_steps": N_STEPS}
    found["voices"] = {n: [r["voices"] for rows in runs for r in rows if r["n"] == n][:: len(ways)] for n in N_WORDS}
    for split in ("valid", "test"):
        found[split] = {
            way: [[r[split] for rows in runs for r in rows if (r["way"], r["n"]) == (way, n)] for n in N_WORDS]
            for way in ways
        }
    return found
