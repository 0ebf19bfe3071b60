"""Lecture 13: a recogniser of digit strings, by speaker, on people and on silence; and what its choices are worth.

Settings were chosen on the validation voices. What is wrong on the test voices is kept by speaker, since strings of
one speaker are not independent. A budget is a number of steps, so that a busy machine changes no result.
"""

import numpy as np
import torch

from course_utils.models import checkpoints, datasets, recipes
from course_utils.models.ctc import greedy_decode
from course_utils.models.recogniser import DigitRecogniser, read_out
from course_utils.models.training import seed_everything

from .jobs import place_of, run_all, ship
from .scores import said_in, scores_of

SEEDS = (0, 1, 2)
N_STRINGS = {"live": 30_000, "long": 75_000}  # that are heard in training, of all lessons
N_ORDER = 4000  # strings, soon after the plateau of blanks
N_TEST, N_PEOPLE, N_EMPTY = 1000, 400, 200
TEST_SEED = 1000
FRAME_S, HALF_WINDOW_S = 0.04, 0.016
KINDS = {  # options of the network, and what is not as in the recipe
    "whole": ({}, {}),
    "long strings only": ({}, {"short_first": False}),
    "letters": ({"units": "letters", "stride": 1}, {}),
    "causal": ({"causal": True}, {}),
    "3 ahead": ({"causal": True, "look_ahead": 3}, {}),
}


def n_strings_of(kind: str, n_strings: int) -> int:
    """As many strings as make as many batches: long ones take longer, and fewer of them do."""
    if kind != "long strings only":
        return n_strings
    lessons = recipes.string_lessons(n_strings)
    alone = recipes.string_lessons(1000, short_first=False)
    n_batches, n_alone = (len(recipes._Lessons(each, 1, 50.0, "digits").batches) for each in (lessons, alone))
    return round(1000 * n_batches / n_alone)


def strings_of(split: str, n_strings: int) -> datasets.DigitStrings:
    """Strings to be recognised: three to seven digits."""
    return datasets.DigitStrings(split, n_strings, seed=TEST_SEED, n_digits=(3, 7), **recipes.STRINGS)


@torch.no_grad()
def heard(model: DigitRecogniser, signals: list[np.ndarray]) -> list[list[str]]:
    """The words that greedy decoding finds in each signal."""
    found = [[]] * len(signals)
    order = sorted(range(len(signals)), key=lambda n: len(signals[n]))
    for start in range(0, len(order), 50):
        places = order[start : start + 50]
        (x, n_samples), _ = datasets.pad_batch([(signals[n], 0) for n in places])
        for n, classes in zip(places, greedy_decode(*model(x, n_samples)), strict=True):
            found[n] = read_out(classes, model.units)
    return found


def scored(model: DigitRecogniser, strings: datasets.DigitStrings) -> dict:
    """See ``scores_of``; of greedy decoding."""
    signals, said, speakers = said_in(strings)
    return scores_of(said, heard(model, signals), speakers)


def heard_in_nothing(model: DigitRecogniser) -> float:
    """Words found in ten clips of 2 s of noise or silence."""
    clips = datasets.DigitStrings("test", N_EMPTY, seed=TEST_SEED, empty_share=1.0, empty_s=(2.0, 2.0))
    return 10 * sum(map(len, heard(model, [signal for signal, _ in clips]))) / N_EMPTY


@torch.no_grad()
def latency_s(model: DigitRecogniser, n_strings: int = 300) -> dict:
    """How long after a digit ends its frame is there, in strings that were heard rightly: median and 90th percentile.

    What the frame waits for is counted: half a window, and the frames that the network looks ahead.
    """
    strings, waits = strings_of("test", n_strings), []
    ahead_s = HALF_WINDOW_S + FRAME_S * model.look_ahead
    for n in range(n_strings):
        signal, digits = strings[n]
        path = model(torch.from_numpy(signal)[None])[0][0].argmax(dim=0).tolist()
        first = [t for t, c in enumerate(path) if c and (t == 0 or path[t - 1] != c)]
        if [path[t] - 1 for t in first] == digits.tolist():
            waits += (np.array(first) * FRAME_S + ahead_s - strings.spans_s(n)[:, 1]).tolist()
    return {"median": float(np.median(waits)), "p90": float(np.quantile(waits, 0.9)), "n": len(waits)}


def final(kind: str, seed: int, budget: str) -> dict:
    """What one training is worth on the validation and the test voices, in half precision; the weights beside it."""
    options, others = KINDS[kind]
    lessons = recipes.string_lessons(n_strings_of(kind, N_STRINGS[budget]), seed=100 * seed, **others)
    seed_everything(seed)
    path = place_of(final, (kind, seed, budget))
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"checkpoint": path.with_suffix(".pt"), "progress": False}
    model, history = recipes.train_recogniser(lessons, model=DigitRecogniser(**options), seed=seed, **kept)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    checkpoints.load(model, path.with_suffix(".safetensors"))
    found = {"loss": history.column("train_loss"), "valid": scored(model, strings_of("valid", N_TEST))["mean"]}
    found |= {"test": scored(model, strings_of("test", N_TEST)), "in_nothing": heard_in_nothing(model)}
    return found | ({"latency_s": latency_s(model)} if model.causal else {})


def order_run(kind: str, seed: int) -> dict:
    """A short training in one of two orders, on the validation voices."""
    options, others = KINDS[kind]
    lessons = recipes.string_lessons(n_strings_of(kind, N_ORDER), seed=100 * seed, **others)
    seed_everything(seed)
    model, _ = recipes.train_recogniser(lessons, model=DigitRecogniser(**options), seed=seed, progress=False)
    return {"pooled": scored(model, strings_of("valid", 300))["pooled"]}


def people_run(kind: str, seed: int, budget: str, people: str) -> dict:
    """Strings joined from recordings of people, of which none was heard in training."""
    model = DigitRecogniser(**KINDS[kind][0])
    checkpoints.load(model, place_of(final, (kind, seed, budget)).with_suffix(".safetensors"))
    options = {"seed": TEST_SEED, "n_digits": (3, 7), **recipes.STRINGS}
    return scored(model, datasets.RecordedStrings(people, N_PEOPLE, **options))


def measure(people: str | None) -> dict:
    """The long runs, three seeds and a causal one; then three seeds and the choices, at the budget of a lecture."""
    jobs = [("whole", SEEDS[0], "long"), ("causal", SEEDS[0], "long")]
    jobs += [("whole", seed, "long") for seed in SEEDS[1:]]
    jobs += [("whole", seed, "live") for seed in SEEDS]
    n_of_people = len(jobs)
    jobs += [(kind, SEEDS[0], "live") for kind in KINDS if kind != "whole"]
    runs = run_all(final, jobs)
    for kind in ("whole", "causal"):
        ship(place_of(final, (kind, SEEDS[0], "long")), f"ctc/{kind}")
    found = {"seeds": list(SEEDS), "n_strings": N_STRINGS, "n_test": N_TEST}
    found["runs"] = [
        {"kind": kind, "seed": seed, "budget": budget} | run
        for (kind, seed, budget), run in zip(jobs, runs, strict=True)
    ]
    found["order"] = {"n_strings": N_ORDER}
    for kind in ("whole", "long strings only"):
        found["order"][kind] = [run["pooled"] for run in run_all(order_run, [(kind, seed) for seed in SEEDS])]
    if people:
        of_people = run_all(people_run, [(*job, people) for job in jobs[:n_of_people]])
        found["people"] = [
            {"kind": kind, "seed": seed, "budget": budget} | run
            for (kind, seed, budget), run in zip(jobs, of_people, strict=False)
        ]
    return found
