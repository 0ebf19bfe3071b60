"""Lecture 15, who speaks: a verifier on unheard synthetic voices and on people, and what closes the gap between them.

A trial compares an enrolled voice, the mean of some strings, with one more string. What is said counts: three digits
of 0–4 against three of 5–9, so that no word is in both; any three; or all ten, in any order. Of people, one half of
their recordings enrols and the other is tested; a synthetic voice says a word in one way only, so that only the first
kind is asked of it. Settings were chosen on the validation voices, as they are and over bad lines (each string over
one of its own); people are the test set, and every look at them stands in the results. Budgets are steps, one thread.
"""

import time
from pathlib import Path

import numpy as np

from course_utils import metrics
from course_utils.models import checkpoints, datasets, recipes, speech_recipes
from course_utils.models.speakers import (
    SpeakerVerifier,
    VoiceClips,
    cosine_scores,
    enrol,
    normalised_scores,
    voice_vectors,
)
from course_utils.models.training import seed_everything

from .jobs import place_of, run_all, ship

SEEDS = (0, 1, 2)
STEPS, LONG_STEPS, BATCH = 100, 1000, 128
N_STRINGS = {"valid": 6, "test": 6, "people": 20}  # of each side, for each voice
TEXTS = {  # digits that enrol, digits that are tested, and how many of them a string holds
    "3 others": (range(5), range(5, 10), 3),
    "3": (range(10), range(10), 3),
    "10": (range(10), range(10), 10),
}
LINES = ("stretch", "room", "noise", "tilt", "equalizer", "telephone", "levels")
KINDS = {  # options of the clips, of the network, of the recipe
    "rooms and lines": ({}, {}, {}),
    "as they are": ({}, {}, {"world": 0.0}),
    "no virtual voices": ({"virtual": False}, {}, {}),
    "mean kept": ({}, {"subtract_mean": False}, {}),
}
LONG_KINDS = list(KINDS)[:2]
SHIPPED = LONG_KINDS[0], SEEDS[0], LONG_STEPS


def joined(words: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Words one after the other, 50 to 200 ms apart."""
    parts = [np.zeros(int(rng.uniform(400, 1600)), np.float32)]
    for word in words:
        parts += [word, np.zeros(int(rng.uniform(400, 1600)), np.float32)]
    return np.concatenate(parts)


def voices_of(split: str, people: str | None = None) -> dict[str, dict[int, list[np.ndarray]]]:
    """The recordings of each digit by each voice, a name and a number for each."""
    if split == "people":
        words = datasets.RecordedDigits(people, below_db=30.0, keep_hiss=True)
        names = [row["speaker"] for row in words.rows]
    else:
        words = datasets.SpokenDigits(split, below_db=30.0, keep_hiss=True)
        names = [f"{row['speaker']} {n // 10}" for n, row in enumerate(words.rows)]
    found = {}
    for row, name, signal in zip(words.rows, names, words.signals, strict=True):
        found.setdefault(name, {}).setdefault(int(row["digit"]), []).append(signal)
    return found


def strings_of(
    split: str, people: str | None = None, *, text: str = "3 others", lines: bool = False
) -> tuple[list, list, list]:
    """Names of the voices, and of each the strings that enrol it and those that are tested.

    Of people, the first 25 recordings of a digit enrol and the last 25 are tested.
    """
    rng = np.random.default_rng(15)
    chain = recipes.digit_augmentation(*LINES, seed=15) if lines else None
    names, sides, count = [], ([], []), 0
    for name, words in voices_of(split, people).items():
        names.append(name)
        for side, digits in enumerate(TEXTS[text][:2]):
            strings = []
            for _ in range(N_STRINGS[split]):
                drawn = []
                for digit in rng.choice(digits, TEXTS[text][2], replace=False):
                    of_it = words[int(digit)]
                    half = of_it[len(of_it) // 2 :] if side and len(of_it) > 1 else of_it[: -(-len(of_it) // 2)]
                    drawn.append(half[int(rng.integers(len(half)))])
                string = joined(drawn, rng)
                strings.append(string if chain is None else chain(string, count))
                count += 1
            sides[side].append(strings)
    return names, *sides


def vectors_of(model: SpeakerVerifier, strings: list[list[np.ndarray]]) -> np.ndarray:
    """(voices, strings, numbers)."""
    flat = voice_vectors(model, [string for of_one in strings for string in of_one])
    return flat.reshape(len(strings), len(strings[0]), -1)


def scores_of(enrolling: np.ndarray, tested: np.ndarray, n_enrol: int, cohort: np.ndarray | None = None) -> np.ndarray:
    """(voices, groups of ``n_enrol`` strings, voices, strings)."""
    n_voices, n_strings, width = enrolling.shape
    groups = enrolling[:, : n_strings // n_enrol * n_enrol].reshape(n_voices, -1, n_enrol, width)
    enrolled = np.array([[enrol(group) for group in of_one] for of_one in groups]).reshape(-1, width)
    flat = tested.reshape(-1, width)
    table = cosine_scores(enrolled, flat) if cohort is None else normalised_scores(enrolled, flat, cohort, n_best=100)
    return table.reshape(n_voices, -1, n_voices, tested.shape[1])


def equal_errors(scores: np.ndarray, names: list[str]) -> float:
    """The EER of all trials together, in per cent; two voices of one speaker are not compared: are they one?"""
    speakers = np.array([name.split()[0].removesuffix("16") for name in names])
    is_same = np.broadcast_to(np.eye(len(names), dtype=bool)[:, None, :, None], scores.shape)
    is_other = np.broadcast_to((speakers[:, None] != speakers)[:, None, :, None], scores.shape)
    asked = is_same | is_other
    return 100 * metrics.equal_error_rate(is_same[asked], scores[asked])


def cohort_of(model: SpeakerVerifier) -> np.ndarray:
    """A clip of each of some hundred voices of the training, the virtual ones among them."""
    clips = VoiceClips("train", 400, seed=99)
    return voice_vectors(model, [clips[n][0][0] for n in range(len(clips))])


def judged(
    model: SpeakerVerifier, split: str, people: str | None = None, *, lines: bool = False, cohort: np.ndarray
) -> dict:
    """EER in per cent by text and by how many strings enrol, with and without normalised scores; people by pairs."""
    found = {}
    for text in TEXTS if split == "people" else list(TEXTS)[:1]:
        names, enrolling, tested = strings_of(split, people, text=text, lines=lines)
        enrolling, tested = vectors_of(model, enrolling), vectors_of(model, tested)
        found[text] = {}
        for n in (1, 3, 6):
            found[text][str(n)] = equal_errors(scores_of(enrolling, tested, n), names)
            found[text][f"{n}, normalised"] = equal_errors(scores_of(enrolling, tested, n, cohort), names)
        if split == "people":
            found[text]["pairs"] = by_pairs(scores_of(enrolling, tested, 3), names)
    return found


def by_pairs(scores: np.ndarray, names: list[str]) -> dict[str, float]:
    """The EER of each two voices."""
    found = {}
    for one in range(len(names)):
        for other in range(one):
            both = (one, other)
            pair = scores[np.ix_(both, range(scores.shape[1]), both, range(scores.shape[3]))]
            found[f"{names[other]}, {names[one]}"] = equal_errors(pair, [names[place] for place in both])
    return found


def spread_of(model: SpeakerVerifier, split: str, people: str | None = None) -> dict:
    """Mean cosine of two strings of one voice, and of two voices of different speakers: how wide a voice is."""
    names, enrolling, tested = strings_of(split, people)
    scores = scores_of(vectors_of(model, enrolling), vectors_of(model, tested), 1)
    speakers = np.array([name.split()[0].removesuffix("16") for name in names])
    means = scores.mean(axis=(1, 3))
    return {"same": float(np.diag(means).mean()), "other": float(means[speakers[:, None] != speakers].mean())}


def verifier_run(kind: str, seed: int, n_steps: int, people: str | None) -> dict:
    """One training, judged in half precision on the validation and the test voices and on people; weights beside it."""
    clips, network, recipe = KINDS[kind]
    path = place_of(verifier_run, (kind, seed, n_steps, people))
    path.parent.mkdir(parents=True, exist_ok=True)
    started = time.process_time()
    data = VoiceClips("train", 50 * BATCH, seed=seed, **clips)
    seed_everything(seed)
    options = {"n_epochs": n_steps // 50, "batch_size": BATCH, "seed": seed, "progress": False}
    model = SpeakerVerifier(**network) if network else None  # made with the seed
    model, history = speech_recipes.train_verifier(data, model=model, **options, **recipe)
    spent_s = round(time.process_time() - started, 1)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {"loss": history.column("train_loss"), "training_processor_s": spent_s} | all_judged(
        kind, path, people, is_long=n_steps == LONG_STEPS
    )


def all_judged(kind: str, path: Path, people: str | None, *, is_long: bool) -> dict:
    """What the weights of a run are worth."""
    model = checkpoints.load(SpeakerVerifier(**KINDS[kind][1]), path.with_suffix(".safetensors"))
    cohort = cohort_of(model)
    found = {
        "valid": judged(model, "valid", cohort=cohort),
        "test": judged(model, "test", cohort=cohort),
        "spread": {"test": spread_of(model, "test")},
    }
    if is_long:
        found["valid over lines"] = judged(model, "valid", lines=True, cohort=cohort)
    if people:
        found["people"] = judged(model, "people", people, cohort=cohort)
        found["spread"]["people"] = spread_of(model, "people", people)
    return found


def measure(people: str | None) -> dict:
    """Three short runs of each kind and three long ones of two, of which one is shipped."""
    jobs = [(kind, seed, STEPS, people) for seed in SEEDS for kind in KINDS]
    jobs += [(kind, seed, LONG_STEPS, people) for kind in LONG_KINDS for seed in SEEDS]
    runs = run_all(verifier_run, jobs, n_at_once=1)
    ship(place_of(verifier_run, (*SHIPPED, people)), "tts/verifier")
    return {
        "seeds": list(SEEDS),
        "n_strings": N_STRINGS,
        "runs": [
            {"kind": kind, "seed": seed, "steps": n_steps} | run
            for (kind, seed, n_steps, _), run in zip(jobs, runs, strict=True)
        ],
    }
