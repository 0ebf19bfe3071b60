"""Lecture 14: the small Whisper; CTC, Listen-Attend-and-Spell and it where each breaks; and what mends it.

Settings were chosen on the validation voices. A table has one row for each condition and one column for each way to
hear: a function from signals to lists of words. What mends was tried at a small budget, with one seed;
relative positions with three.
"""

import itertools
import time
from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from course_utils import augmentation
from course_utils.models import checkpoints, datasets, recipes
from course_utils.models.attention_asr import ListenAttendSpell, greedy_spell
from course_utils.models.ctc import greedy_decode
from course_utils.models.recogniser import DigitRecogniser, read_out
from course_utils.models.small_whisper import SmallWhisper
from course_utils.models.training import seed_everything
from course_utils.models.whisper import transcribe

from .jobs import place_of, run_all, ship
from .scores import scores_of

SEEDS = (0, 1, 2)
BUDGETS = {"live": (8000, 5), "long": (12_000, 10), "small": (5000, 6)}  # strings; how often each is learned
N_TEST, N_EACH, N_EMPTY, N_STREAM = 600, 200, 100, 40
TEST_SEED = 1000
RATE = datasets.SAMPLE_RATE
Hears = Callable[[list[np.ndarray]], list[list[str]]]

# ------------------------------------------------------------------------------------- ways to hear


def in_batches(written: Callable, signals: list[np.ndarray], n_at_once: int = 50) -> list:
    """What ``written(signals (batch, time), lengths)`` gives for each; clips of about one length together."""
    found = [None] * len(signals)
    order = sorted(range(len(signals)), key=lambda n: len(signals[n]))
    for start in range(0, len(order), n_at_once):
        places = order[start : start + n_at_once]
        (x, n_samples), _ = datasets.pad_batch([(signals[n], 0) for n in places])
        with torch.no_grad():
            for n, one in zip(places, written(x, n_samples), strict=True):
                found[n] = one
    return found


def ctc(model: DigitRecogniser, signals: list[np.ndarray]) -> list[list[str]]:
    """Lecture 13's recogniser, the best path."""
    return in_batches(lambda x, n: [read_out(classes) for classes in greedy_decode(*model(x, n))], signals)


def whole(model: SmallWhisper, signals: list[np.ndarray], task: str = "transcribe") -> list[list[str]]:
    """The small Whisper, the whole clip at once, digits alone."""
    return [model.tokens.words(ids) for ids in tokens_of(model, signals, task=task, timestamps=False)]


def tokens_of(model: SmallWhisper, signals: list[np.ndarray], **prompt: object) -> list[list[int]]:
    """Greedily, all tokens."""
    prompt = model.tokens.prompt(**prompt)
    return in_batches(lambda x, n: model.greedy(*model.listen(x, n), prompt=prompt), signals)


def whole_from(model: SmallWhisper, start: int, signals: list[np.ndarray]) -> list[list[str]]:
    """As ``whole``, the positions of the frames beginning at another one than 0."""
    prompt = model.tokens.prompt(timestamps=False)

    def written(x: torch.Tensor, n_samples: torch.Tensor) -> list[list[str]]:
        power, n_frames = model.trunk.power(x, n_samples)
        heard, n_frames = model.heard(model.trunk.features(power)[0], n_frames)
        memory = model.remembered(heard, n_frames, torch.full((len(x),), start))
        return [model.tokens.words(ids) for ids in model.greedy(memory, n_frames, prompt=prompt)]

    return in_batches(written, signals)


def with_moments(model: SmallWhisper, signals: list[np.ndarray]) -> list[list[str]]:
    """The small Whisper, the whole clip at once, with moments."""
    return [model.tokens.words(ids) for ids in tokens_of(model, signals)]


def in_windows(model: SmallWhisper, signals: list[np.ndarray]) -> list[list[str]]:
    """The small Whisper in windows of 3 s, the next one where the last moment stands; no second try."""
    options = {"sample_rate": RATE, "temperatures": (0.0,), "max_initial_timestamp": None, "n_longest": 60}
    return [transcribe(model, signal, **options).text.split() for signal in signals]


def spelled(model: ListenAttendSpell, signals: list[np.ndarray]) -> list[list[str]]:
    """Listen, Attend and Spell, the whole clip at once."""
    return in_batches(lambda x, n: [read_out(found.tokens) for found in greedy_spell(model, x, n)], signals)


def after_activity(hears: Hears, signals: list[np.ndarray], **options: float) -> list[list[str]]:
    """Another way to hear, of what is left when silence is cut out; where nothing is left, nothing is said."""
    kept = [active(signal, **options) for signal in signals]
    some = [n for n, signal in enumerate(kept) if len(signal) > RATE // 10]
    found = [[] for _ in signals]
    for n, words in zip(some, hears([kept[n] for n in some]) if some else [], strict=True):
        found[n] = words
    return found


def active(signal: np.ndarray, *, below_db: float = 30.0, above_floor_db: float = 9.0, around_s: float = 0.15):
    """Where somebody speaks, by level alone: within 30 dB of the loudest 20 ms and 9 dB above the quietest tenth."""
    hop = RATE // 50
    frames = signal[: len(signal) // hop * hop].reshape(-1, hop)
    level_db = 10 * np.log10((frames.astype(np.float64) ** 2).mean(axis=1) + 1e-10)
    speaks = (level_db > level_db.max() - below_db) & (level_db > np.quantile(level_db, 0.1) + above_floor_db)
    n_around = round(around_s * RATE / hop)
    speaks = np.convolve(speaks, np.ones(2 * n_around + 1), mode="same") > 0
    return signal[: len(frames) * hop][np.repeat(speaks, hop)]


def in_pieces(hears: Hears, signals: list[np.ndarray], *, fewest_s: float = 1.5, most_s: float = 3.0):
    """Another way to hear, of pieces that are cut where it is quietest, one after the other, their texts joined."""
    hop, cuts = RATE // 50, []
    for signal in signals:
        power = (signal[: len(signal) // hop * hop].reshape(-1, hop).astype(np.float64) ** 2).mean(axis=1)
        power = np.convolve(power, np.ones(3) / 3, mode="same")
        places = [0]
        while len(signal) - places[-1] > most_s * RATE:
            first = places[-1] // hop + round(fewest_s * RATE / hop)
            places.append(hop * (first + int(power[first : first + round((most_s - fewest_s) * RATE / hop)].argmin())))
        cuts.append([*places, len(signal)])
    pieces = [s[a:b] for s, places in zip(signals, cuts, strict=True) for a, b in itertools.pairwise(places)]
    heard = iter(hears(pieces))
    return [sum((next(heard) for _ in places[1:]), []) for places in cuts]


@cache
def listeners() -> dict[str, Hears]:
    """The models of the table, and how each is asked."""
    recogniser = checkpoints.load(DigitRecogniser(), "ctc/whole")
    small = checkpoints.load(SmallWhisper(), "attention_asr/small_whisper")
    found = {
        "CTC": lambda signals: ctc(recogniser, signals),
        "small Whisper": lambda signals: whole(small, signals),
        "with moments": lambda signals: with_moments(small, signals),
        "in windows": lambda signals: in_windows(small, signals),
        "behind activity": lambda signals: after_activity(lambda x: whole(small, x), signals),
        "windows behind activity": lambda signals: after_activity(lambda x: in_windows(small, x), signals),
    }
    return found | speller()


def speller() -> dict[str, Hears]:
    """Listen, Attend and Spell, where its weights are there."""
    if not (checkpoints.FOLDER / "attention_asr" / "las.safetensors").exists():
        return {}
    model = checkpoints.load(ListenAttendSpell(), "attention_asr/las")
    return {
        "LAS": lambda signals: spelled(model, signals),
        "LAS behind activity": lambda signals: after_activity(lambda x: spelled(model, x), signals),
        "LAS in pieces": lambda signals: in_pieces(lambda x: spelled(model, x), signals),
        "LAS pieces behind activity": lambda signals: after_activity(
            lambda x: in_pieces(lambda y: spelled(model, y), x), signals
        ),
    }


# --------------------------------------------------------------------------------- what they are given


def strings_of(split: str, n_strings: int, n_digits: tuple[int, int] = (3, 7), **options: object):
    """Strings to be recognised."""
    options = {"seed": TEST_SEED, "n_digits": n_digits, **recipes.STRINGS, **options}
    return datasets.DigitStrings(split, n_strings, **options)


def _noisy(snr_db: float) -> Callable:
    def change(signal: np.ndarray, number: int) -> np.ndarray:
        return augmentation.add_noise(signal, snr_db, rng=np.random.default_rng([TEST_SEED, number]), colour="pink")

    return change


def _faster(factor: float) -> Callable:
    return lambda signal, number: augmentation.time_stretch(signal, factor, n_fft=512)


CONDITIONS = {  # digits, options of the strings, what is done to a signal
    "3–7 digits": ((3, 7), {}, None),
    "8–10 digits": ((8, 10), {}, None),
    "14–16 digits": ((14, 16), {}, None),
    "noise at 20 dB": ((3, 7), {}, _noisy(20)),
    "noise at 10 dB": ((3, 7), {}, _noisy(10)),
    "noise at 5 dB": ((3, 7), {}, _noisy(5)),
    "half rate": ((3, 7), {}, _faster(0.5)),
    "double rate": ((3, 7), {}, _faster(2.0)),
    "no gaps": ((3, 7), {"pause_s": (0.0, 0.0)}, None),
    "gaps of 400–800 ms": ((3, 7), {"pause_s": (0.4, 0.8)}, None),
}


@cache
def given(condition: str, split: str = "test", n_strings: int = N_EACH) -> tuple[list, list, list]:
    """Signals, what is said in each, and who speaks."""
    n_digits, options, change = CONDITIONS[condition]
    strings = strings_of(split, n_strings, n_digits, **options)
    items = [strings[n] for n in range(n_strings)]
    signals = [signal if change is None else change(signal, n) for n, (signal, _) in enumerate(items)]
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in items]
    return signals, said, [strings.speaker(n) for n in range(n_strings)]


def scored(hears: Hears, signals: list, said: list, speakers: list) -> dict:
    """See ``scores_of``."""
    return scores_of(said, hears(signals), speakers)


def nobody() -> dict[str, list[np.ndarray]]:
    """2 s of silence, and of noise of any colour and level."""
    clips = datasets.DigitStrings("test", N_EMPTY, seed=TEST_SEED, empty_share=1.0, empty_s=(2.0, 2.0))
    signals = [clips[n][0] for n in range(N_EMPTY)]
    noise = [signal for signal in signals if np.any(signal)]
    hum = 1e-4 * np.random.default_rng(TEST_SEED).standard_normal((50, 2 * RATE)).astype(np.float32)  # −80 dBFS
    return {"digital silence": [np.zeros(2 * RATE, np.float32)], "a quiet room": list(hum), "noise": noise}


def heard_in_nothing(hears: Hears) -> dict[str, float]:
    """Words in ten clips in which nobody speaks."""
    return {name: 10 * sum(map(len, hears(signals))) / len(signals) for name, signals in nobody().items()}


def as_it_comes(hears: Hears) -> dict:
    """What each says before the end: the sound cut 200 ms behind each digit but the last, as if it were all.

    The share of texts that are those of the digits so far, and the share that the whole text does not take back; and
    what asking again every 200 ms costs, in s for each s of sound.
    """
    strings, cut, expected, whole_of = strings_of("test", N_STREAM), [], [], []
    for n in range(N_STREAM):
        signal, digits = strings[n]
        words = [datasets.DIGITS[digit] for digit in digits]
        for place, end_s in enumerate(strings.spans_s(n)[:-1, 1]):
            cut.append(signal[: round((end_s + 0.2) * RATE)])
            expected.append(words[: place + 1])
            whole_of.append(n)
    texts, final = hears(cut), hears([strings[n][0] for n in range(N_STREAM)])
    kept = [final[n][: len(text)] == text for n, text in zip(whole_of, texts, strict=True)]
    # what begins within the 200 ms may be heard already, so that one more word is right as well
    fits = [text[: len(e)] == e and len(text) <= len(e) + 1 for text, e in zip(texts, expected, strict=True)]
    again = [strings[n][0][:end] for n in range(10) for end in range(RATE // 5, len(strings[n][0]), RATE // 5)]
    sound_s = sum(len(strings[n][0]) for n in range(10)) / RATE
    return {"right": float(np.mean(fits)), "kept": float(np.mean(kept)), "again": _processor_s(hears, again) / sound_s}


def _processor_s(hears: Hears, signals: list[np.ndarray]) -> float:
    """Processor time of one clip at a time."""
    started = time.process_time()
    for signal in signals:
        hears([signal])
    return time.process_time() - started


def cost(hears: Hears) -> float:
    """Processor time in ms for a second of sound, strings of 3 to 7 digits one at a time."""
    signals = given("3–7 digits", n_strings=20)[0]
    hears(signals[:2])
    return 1000 * _processor_s(hears, signals) / (sum(map(len, signals)) / RATE)


def timing(model: SmallWhisper, split: str = "test", n_strings: int = N_EACH) -> dict:
    """How far moments lie from those of the strings, in ms, where all digits were heard rightly."""
    strings = strings_of(split, n_strings)
    off_ms, found = [], tokens_of(model, [strings[n][0] for n in range(n_strings)])
    for n, ids in enumerate(found):
        segments = model.tokens.segments(ids)
        if [words for *_, words in segments] == [[datasets.DIGITS[digit]] for digit in strings[n][1]]:
            off_ms.append(1000 * (np.array([part[:2] for part in segments]) - strings.spans_s(n)))
    off_ms = np.concatenate(off_ms) if off_ms else np.full((1, 2), np.nan)
    return {
        "median": float(np.median(np.abs(off_ms))),
        "begin": float(np.median(np.abs(off_ms[:, 0]))),
        "end": float(np.median(np.abs(off_ms[:, 1]))),
        "p90": float(np.quantile(np.abs(off_ms), 0.9)),
        "bias": np.median(off_ms, axis=0).tolist(),
        "n_digits": len(off_ms),
    }


# --------------------------------------------------------------------------------------------- runs


def lessons_of(n_strings: int, seed: int, *, longest: int | None = None, **options: object) -> list:
    """Those of lecture 13; with ``longest`` the last of them is of three to so many digits, in as much sound."""
    lessons = recipes.string_lessons(n_strings, seed=100 * seed, **options)
    if longest is not None:
        lessons[-1] = up_to(longest, len(lessons[-1]), seed=100 * seed + 2)
    return lessons


def up_to(longest: int, n_strings: int, *, seed: int) -> datasets.DigitStrings:
    """Strings of three to so many digits, in as much sound as so many strings of three to seven have."""
    options = {"empty_share": 0.1, "trim_db": (15.0, 40.0), **recipes.STRINGS}
    return datasets.DigitStrings(
        "train", round(n_strings * 10 / (3 + longest)), n_digits=(3, longest), seed=seed, **options
    )


def trained(
    job: tuple, budget: str, seed: int, *, lessons: dict | None = None, network: dict | None = None, **options: object
):
    """A training, its weights in half precision beside its result."""
    n_strings, n_times = BUDGETS[budget]
    lessons = lessons_of(n_strings, seed, **(lessons or {}))
    seed_everything(seed)
    model = SmallWhisper(checkpoints.load(DigitRecogniser(), "ctc/whole"), **(network or {}))
    path = place_of(*job).with_suffix(".safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"n_times": n_times, "seed": seed, "progress": False, "checkpoint": path.with_suffix(".pt"), **options}
    started = time.process_time()
    model, history = recipes.train_small_whisper(lessons, model=model, **options)
    checkpoints.save(model, path)
    checkpoints.load(model, path)
    return model, {"loss": history.column("train_loss"), "training_s": round(time.process_time() - started, 1)}


def final(seed: int, budget: str) -> dict:
    """What one training is worth on the validation and the test voices, and its moments."""
    model, found = trained((final, (seed, budget)), budget, seed)
    for split in ("valid", "test"):
        signals, said, speakers = given("3–7 digits", split, N_TEST)
        found[split] = scored(lambda x: whole(model, x), signals, said, speakers)
        found[f"{split}_moments"] = scored(lambda x: with_moments(model, x), signals, said, speakers)
        found[f"{split}_ms"] = timing(model, split)
    turned = [[*reversed(words)] for words in said]
    found["backwards"] = scored(lambda x: whole(model, x, "backwards"), signals, turned, speakers)["pooled"]
    return found | {"in_nothing": heard_in_nothing(lambda x: whole(model, x))}


MENDS = {  # what differs: options of the lessons, options of the recipe and of the network
    "as it is": ({}, {}),
    "longer strings": ({"longest": 16}, {}),
    "no empty clips": ({"empty_share": 0.0}, {}),
    "many empty clips": ({"empty_share": 0.25}, {}),
    "positions anywhere": ({}, {"shift_s": 8.0}),
    "relative positions": ({}, {"network": {"positions": "rotary"}}),
    "relative and anywhere": ({}, {"network": {"positions": "rotary"}, "shift_s": 8.0}),
    "relative and longer": ({"longest": 16}, {"network": {"positions": "rotary"}}),
}
MENDED = ("3–7 digits", "8–10 digits", "14–16 digits", "gaps of 400–800 ms")


def mend(kind: str, seed: int = 0) -> dict:
    """A small budget, with one thing changed."""
    lessons, options = MENDS[kind]
    model, found = trained((mend, (kind, seed)), "small", seed, lessons=lessons, **options)
    for condition in MENDED:
        data = given(condition)
        found[condition] = {
            "whole": scored(lambda x: whole(model, x), *data)["pooled"],
            "with moments": scored(lambda x: with_moments(model, x), *data)["pooled"],
        }
    return found | {"in_nothing": heard_in_nothing(lambda x: whole(model, x))}


LATE = 0, 12, 25, 50  # frames of 40 ms
N_LATE = 100  # strings


def late(kind: str, seed: int) -> dict:
    """WER in per cent of what ``mend`` trained, the positions of the frames beginning at other places than 0."""
    model = SmallWhisper(**MENDS[kind][1].get("network", {}))
    checkpoints.load(model, place_of(mend, (kind, seed)).with_suffix(".safetensors"))
    signals, said, speakers = given("3–7 digits", n_strings=N_LATE)
    texts = {start: whole_from(model, start, signals) for start in LATE}
    return {f"{0.04 * start:.2f} s": scores_of(said, found, speakers)["pooled"] for start, found in texts.items()}


SPELLED_ON = {"LAS trained further": 7, "LAS, longer strings": 16}  # digits of the longest
N_SPELLED_ON = 10_000  # strings of 3 to 7 digits, or longer ones in as much sound


def spell_on(kind: str, seed: int = 0) -> dict:
    """The long run of Listen, Attend and Spell goes on learning, at a quarter of its rate."""
    lesson = up_to(SPELLED_ON[kind], N_SPELLED_ON, seed=100 * seed + 60)
    model, started = checkpoints.load(ListenAttendSpell(), "attention_asr/las"), time.process_time()
    options = {"seed": seed, "n_epochs": 10, "learning_rate": 1e-3, "progress": False}
    model, _ = recipes.train_speller([lesson], model=model, **options)
    found = {"training_s": round(time.process_time() - started, 1)}
    for condition in MENDED:
        found[condition] = {"whole": scored(lambda x: spelled(model, x), *given(condition))["pooled"]}
    return found | {"in_nothing": heard_in_nothing(lambda x: spelled(model, x))}


_BEHIND = ("3–7 digits", MENDED[-1], "noise at 10 dB")
ONLY = {"in windows": (*MENDED, "noise at 10 dB"), "windows behind activity": MENDED}
ONLY |= {"behind activity": _BEHIND, "LAS behind activity": _BEHIND}
ONLY |= {"LAS in pieces": ONLY["in windows"], "LAS pieces behind activity": MENDED}


def compared(name: str) -> dict:
    """One way to hear under every condition, or under those that it is meant for."""
    hears = listeners()[name]
    found = {condition: scored(hears, *given(condition)) for condition in ONLY.get(name, CONDITIONS)}
    found |= {"in_nothing": heard_in_nothing(hears), "ms_per_s": cost(hears)}
    return found if name in ONLY else found | {"as_it_comes": as_it_comes(hears)}


def measure(people: str | None) -> dict:
    """Three seeds of the long run and of the budget of a lecture; the table; what mends."""
    jobs = [(seed, budget) for budget in ("long", "live") for seed in SEEDS]
    runs = run_all(final, jobs)
    ship(place_of(final, jobs[0]), "attention_asr/small_whisper")
    found = {"seeds": list(SEEDS), "budgets": BUDGETS, "n_test": N_TEST, "n_each": N_EACH}
    found["runs"] = [{"seed": seed, "budget": budget} | run for (seed, budget), run in zip(jobs, runs, strict=True)]
    names = list(listeners())
    found["table"] = dict(zip(names, run_all(compared, [(name,) for name in names]), strict=True))
    found["mends"] = dict(zip(MENDS, run_all(mend, [(kind,) for kind in MENDS]), strict=True))
    for kind in ("as it is", "relative positions"):
        runs = run_all(late, [(kind, seed) for seed in SEEDS])
        found.setdefault("late", {})[kind] = dict(zip(map(str, SEEDS), runs, strict=True))
    found["mends"] |= dict(zip(SPELLED_ON, run_all(spell_on, [(kind,) for kind in SPELLED_ON]), strict=True))
    for kind in ("as it is", "relative positions"):
        of_seeds = run_all(mend, [(kind, seed) for seed in SEEDS])
        found.setdefault("positions", {})[kind] = [run["14–16 digits"]["whole"] for run in of_seeds]
    return found
