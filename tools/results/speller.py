"""Lecture 14, Listen, Attend and Spell: errors by speaker, what its choices are worth, and a film of its attention.

Settings were chosen on the validation voices. A budget is a number of strings, so that a busy machine changes no
result. What is measured of a model stands in half precision, as it is shipped.
"""

import time
from base64 import b64encode

import numpy as np
import torch

from course_utils.models import checkpoints, datasets, recipes
from course_utils.models.attention_asr import (
    ListenAttendSpell,
    beam_spell,
    expected_tokens,
    fed_tokens,
    greedy_spell,
)
from course_utils.models.recogniser import read_out
from course_utils.models.training import seed_everything

from .jobs import place_of, run_all, ship
from .recogniser import N_EMPTY, N_TEST, SEEDS, TEST_SEED, strings_of
from .scores import said_in, scores_of

N_STRINGS = {"short": 12_000, "long": 75_000}  # that are heard in training, of all lessons
N_ANEW = 6000  # by a new speller, on the listener of the long run
N_SEARCHED = 300  # strings, of each split
N_PARTS = 45
FILMED = (0, 4, 8, 11, 14, 17, 20, 25, 32, 45)  # parts of the training after which the attention is kept
FILM_SEED, FILM_DIGITS = 7, 5
BEAMS = {  # searches on the validation and the test voices
    "greedy": None,
    "beam of 4": {},
    "beam of 10": {"beam_width": 10},
    "and length": {"length_power": 1.0},
    "and coverage": {"length_power": 1.0, "coverage_weight": 0.1},
}
LONG = "joint", SEEDS[0], "long"
KINDS = {  # options of the network, and of the recipe
    "joint": ({}, {}),
    "attention alone": ({}, {"ctc_weight": 0.0}),
    "sampled": ({}, {"sampling": 0.3}),
    "content": ({"attention": "additive"}, {}),
    "dot": ({"attention": "dot"}, {}),
}


def _batches(signals: list[np.ndarray]):
    """Places of about fifty signals of like length, padded, and their lengths."""
    order = sorted(range(len(signals)), key=lambda n: len(signals[n]))
    for start in range(0, len(order), 50):
        places = order[start : start + 50]
        (x, n_samples), _ = datasets.pad_batch([(signals[n], 0) for n in places])
        yield places, x, n_samples


def heard(model: ListenAttendSpell, signals: list[np.ndarray], search: dict | None = None) -> list[list[str]]:
    """The words that greedy decoding, or a beam of these options, finds in each signal."""
    found = [[]] * len(signals)
    for places, x, n_samples in _batches(signals):
        if search is None:
            spelled = greedy_spell(model, x, n_samples)
        else:
            spelled = [best for (best,) in beam_spell(model, x, n_samples, **search)]
        for n, spelling in zip(places, spelled, strict=True):
            found[n] = read_out(spelling.tokens)
    return found


def scored(model: ListenAttendSpell, strings: datasets.DigitStrings, search: dict | None = None) -> dict:
    """See ``scores_of``."""
    signals, said, speakers = said_in(strings)
    return scores_of(said, heard(model, signals, search), speakers)


def wrong_when_told(model: ListenAttendSpell, strings: datasets.DigitStrings) -> dict:
    """Next tokens that are wrong where all before them are true, in per cent: digits, and the end."""
    wrong, asked_of = np.zeros(2), np.zeros(2)
    for start in range(0, len(strings), 50):
        items = [strings[n] for n in range(start, min(start + 50, len(strings)))]
        (x, n_samples), targets = recipes.string_batch(items)
        logits, _ = model(x, n_samples, fed_tokens(*targets))
        asked = expected_tokens(*targets, padding=-1)
        is_wrong = logits.argmax(dim=2) != asked
        for place, counts in enumerate((asked > 0, asked == 0)):
            wrong[place] += int((is_wrong & counts).sum())
            asked_of[place] += int(counts.sum())
    return dict(zip(("digits", "end"), (100 * wrong / asked_of).tolist(), strict=True))


def heard_in_nothing(model: ListenAttendSpell) -> float:
    """Words found in ten clips of 2 s of noise or silence."""
    clips = datasets.DigitStrings("test", N_EMPTY, seed=TEST_SEED, empty_share=1.0, empty_s=(2.0, 2.0))
    return 10 * sum(map(len, heard(model, [signal for signal, _ in clips]))) / N_EMPTY


class Film:
    """Where a model looks while it learns, one string of a validation voice being spelled by teacher forcing."""

    def __init__(self, model: ListenAttendSpell):
        strings = datasets.DigitStrings("valid", 1, seed=FILM_SEED, n_digits=(FILM_DIGITS,) * 2, **recipes.STRINGS)
        self.model, (self.signal, self.digits), self.spans_s = model, strings[0], strings.spans_s(0)
        self.frames = {}

    @torch.no_grad()
    def __call__(self, part: int) -> None:
        """Keep the weights before a part, in steps of 1/255."""
        if part not in FILMED:
            return
        was_training = self.model.training
        (x, n_samples), targets = recipes.string_batch([(self.signal, self.digits)])
        _, weights = self.model.eval()(x, n_samples, fed_tokens(*targets))
        self.model.train(was_training)
        self.frames[part] = (255 * weights[0]).round().to(torch.uint8).numpy()

    def kept(self) -> dict:
        """What the lecture draws: uint8 (moments, tokens, frames) in base64, and the truth."""
        table = np.stack(list(self.frames.values()))
        return {
            "parts": list(self.frames),
            "n_parts": N_PARTS,
            "shape": list(table.shape),
            "weights": b64encode(table.tobytes()).decode(),
            "digits": self.digits.tolist(),
            "spans_s": self.spans_s.round(3).tolist(),
            "seed": FILM_SEED,
        }


def las_final(kind: str, seed: int, budget: str) -> dict:
    """What one training is worth on the validation and the test voices, in half precision; the weights beside it."""
    options, others = KINDS[kind]
    lessons = recipes.string_lessons(N_STRINGS[budget], seed=100 * seed)
    path = place_of(las_final, (kind, seed, budget))
    path.parent.mkdir(parents=True, exist_ok=True)
    seed_everything(seed)
    model = ListenAttendSpell(**options)
    film = Film(model)
    watching = {"watch": film, "n_epochs": N_PARTS, "progress": False}
    started = time.process_time()
    model, history = recipes.train_speller(lessons, model=model, seed=seed, **watching, **others)
    spent_s = round(time.process_time() - started, 1)
    film(N_PARTS)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    checkpoints.load(model, path.with_suffix(".safetensors"))
    valid, test = (strings_of(split, N_TEST) for split in ("valid", "test"))
    return {
        "spelling_loss": history.column("train_spelling"),
        "training_processor_s": spent_s,
        "valid": scored(model, valid),
        "test": scored(model, test),
        "wrong_when_told": wrong_when_told(model, test),
        "in_nothing": heard_in_nothing(model),
        "film": film.kept(),
    }


def las_searches(kind: str, seed: int, budget: str) -> dict:
    """What a beam, a normalised length and a penalty of what was not looked at change."""
    model = ListenAttendSpell(**KINDS[kind][0])
    checkpoints.load(model, place_of(las_final, (kind, seed, budget)).with_suffix(".safetensors"))
    found = {}
    for name, search in BEAMS.items():
        found[name] = {
            split: scored(model, strings_of(split, N_SEARCHED), search)["pooled"] for split in ("valid", "test")
        }
    return found


def las_anew(kind: str, seed: int) -> dict:
    """A speller that begins anew on the listener of the long run, which goes on learning: how soon does it spell?"""
    options, others = KINDS[kind]
    known = checkpoints.load(ListenAttendSpell(), place_of(las_final, LONG).with_suffix(".safetensors"))
    seed_everything(seed)
    model = ListenAttendSpell(**options)
    model.listener.load_state_dict(known.listener.state_dict())
    lessons = recipes.string_lessons(N_ANEW, seed=100 * seed + 50)
    model, history = recipes.train_speller(lessons, model=model, seed=seed, n_epochs=12, progress=False, **others)
    strings = strings_of("valid", N_SEARCHED)
    return {
        "spelling_loss": history.column("train_spelling"),
        "valid": scored(model, strings),
        "wrong_when_told": wrong_when_told(model, strings),
    }


def las() -> dict:
    """Three long runs, the first with searches and a film; three seeds with and without CTC; new spellers of a kind."""
    jobs = [("joint", seed, "long") for seed in SEEDS]
    jobs += [(kind, seed, "short") for seed in SEEDS for kind in ("joint", "attention alone")]
    runs = run_all(las_final, jobs, n_at_once=1)
    ship(place_of(las_final, LONG), "attention_asr/las")
    anew = [(kind, seed) for seed in SEEDS for kind in ("joint", "sampled", "content", "dot")]
    found = {"seeds": list(SEEDS), "n_strings": N_STRINGS, "n_test": N_TEST, "film": runs[0]["film"]}
    found["searches"] = {"n_strings": N_SEARCHED} | run_all(las_searches, [LONG])[0]
    found["runs"] = [
        {"kind": kind, "seed": seed, "budget": budget} | {name: run[name] for name in run if name != "film"}
        for (kind, seed, budget), run in zip(jobs, runs, strict=True)
    ]
    found["anew"] = [
        {"kind": kind, "seed": seed, "n_strings": N_ANEW} | run
        for (kind, seed), run in zip(anew, run_all(las_anew, anew, n_at_once=1), strict=True)
    ]
    return found


def measure(people: str | None) -> dict:
    """As ``las``; nothing needs people."""
    return las()
