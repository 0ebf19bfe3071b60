"""Lecture 15, Tacotron: what two recognisers hear of it, what its guide and its stop token are worth, and a film.

One voice, ten words, each recorded once: the words are known, and short strings occur in training as well. Settings
were chosen with another voice, on the first 40 of the test's strings. A budget is a number of strings, so that a busy
machine changes no result. What is measured of a model stands in half precision, as it is shipped.
"""

import time
from base64 import b64encode
from functools import cache

import numpy as np
import torch

from course_utils import text, wer
from course_utils.models import checkpoints, datasets, recipes, speech_recipes
from course_utils.models.recogniser import DigitRecogniser
from course_utils.models.speech_features import mel_to_signal, speech_errors, speech_mel
from course_utils.models.text_to_speech import Speech, Tacotron, synthesize
from course_utils.models.training import seed_everything

from .jobs import place_of, run_all, ship
from .recogniser import SEEDS, heard

N_STRINGS = {"middle": 3000, "long": 5500}  # that are heard in training, of both lessons
N_TEST, TEST_SEED = 100, 3000
N_COMPARED = 30  # strings whose spectrum, pitch and length are compared with the recording
N_JUDGE, JUDGE = 24_000, {"width": 72, "n_layers": 5}  # strings of the voices of "valid" and "test"
N_PARTS = 20
FILMED = (0, 1, 2, 3, 4, 5, 7, 10, 14, 20)  # parts of the training after which the attention is kept
FILMED_DIGITS = 4
THRESHOLDS = (0.1, 0.9)
TAIL_S = 0.6
LONG = "guided", SEEDS[0], "long"
KINDS = {  # options of the recipe
    "no guide": {"guide": 0.0},
    "no stop": {"stop": 0.0},
    "guided": {},
    "silence behind": {},
}


class WithTail:
    """Strings with digital silence behind each: recordings that nobody has trimmed."""

    def __init__(self, strings: datasets.DigitStrings):
        self.strings = strings

    def __len__(self) -> int:
        return len(self.strings)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        signal, digits = self.strings[index]
        return np.pad(signal, (0, round(TAIL_S * datasets.SAMPLE_RATE))), digits


@cache
def test_strings() -> list[tuple]:
    """Strings of three to five digits of which no training, of any seed, has the order; the words are the same."""
    known = {digits.tobytes() for seed in SEEDS for _, digits in told(seed)}
    options = {"whole_words": True, "voices": (speech_recipes.VOICE,)}
    strings = datasets.DigitStrings("train", 10 * N_TEST, seed=TEST_SEED, n_digits=(3, 5), **options)
    items = (strings[n] for n in range(len(strings)))
    found = {digits.tobytes(): (signal, digits) for signal, digits in items if digits.tobytes() not in known}
    return list(found.values())[:N_TEST]


def told(seed: int) -> list[tuple]:
    """What the longest training of a seed is told."""
    lessons = speech_recipes.dictation_lessons(max(N_STRINGS.values()), seed=100 * seed)
    return [lesson[n] for lesson in lessons for n in range(len(lesson))]


def spoken(model: Tacotron, strings: list[tuple], **options: object) -> list[Speech]:
    """What a model makes of the texts of some strings."""
    texts = [text.encode(speech_recipes.spoken_words(digits), end=True) for _, digits in strings]
    (tokens, n_tokens), _ = datasets.pad_batch([(torch.tensor(ids), 0) for ids in texts])
    return synthesize(model, tokens, n_tokens, **options)


def judged(signals: list[np.ndarray], strings: list[tuple]) -> dict:
    """Word errors of both judges, in per cent."""
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in strings]
    found = {}
    for name, judge, weights in (
        ("lecture 13", DigitRecogniser(), "ctc/whole"),
        ("other voices", DigitRecogniser(**JUDGE), "tts/judge"),
    ):
        errors = wer.word_errors(said, heard(checkpoints.load(judge, weights), signals))
        found[name] = 100 * errors.rate
    return found | {"n_words": errors.n_reference}


def said_by(model: Tacotron, strings: list[tuple], **options: object) -> dict:
    """Errors that both judges hear by way of Griffin–Lim, and how each speech ended."""
    speeches = spoken(model, strings, **options)
    frames = [len(signal) // 128 + 1 for signal, _ in strings]
    return judged([mel_to_signal(speech.mel.numpy()) for speech in speeches], strings) | {
        "unfinished": sum(not speech.is_finished for speech in speeches),
        "length": float(np.mean([speech.mel.shape[1] / n for speech, n in zip(speeches, frames, strict=True)])),
    }


def compared(model: Tacotron, strings: list[tuple], **options: object) -> dict:
    """Spectrum, pitch and length against the recordings: means of what is known, None where nothing is."""
    mel, errors = speech_mel(), []
    for speech, (signal, _) in zip(spoken(model, strings, **options), strings, strict=True):
        made = mel_to_signal(speech.mel.numpy())
        errors.append(speech_errors(speech.mel.numpy(), made, mel(torch.from_numpy(signal)).numpy(), signal))
    columns = [[value for value in column if np.isfinite(value)] for column in zip(*errors, strict=True)]
    means = [float(np.mean(column)) if column else None for column in columns]
    return dict(zip(errors[0]._fields, means, strict=True))


class Film:
    """Where a Tacotron looks while it learns, one text being told frame by frame."""

    def __init__(self, model: Tacotron):
        strings = [item for item in test_strings() if len(item[1]) == FILMED_DIGITS]
        self.model, (signal, self.digits), self.frames = model, strings[0], {}
        ids = text.encode(speech_recipes.spoken_words(self.digits), end=True)
        self.inputs = torch.tensor([ids]), None, speech_mel()(torch.from_numpy(signal))[None]

    @torch.no_grad()
    def __call__(self, part: int) -> None:
        """Keep the weights before a part, in steps of 1/255."""
        if part in FILMED:
            was_training = self.model.training
            weights = self.model.eval()(*self.inputs).weights[0]
            self.model.train(was_training)
            self.frames[part] = (255 * weights).round().to(torch.uint8).numpy()

    def kept(self) -> dict:
        """What the lecture draws: uint8 (moments, steps, tokens) in base64."""
        table = np.stack(list(self.frames.values()))
        return {
            "parts": list(self.frames),
            "n_parts": N_PARTS,
            "shape": list(table.shape),
            "weights": b64encode(table.tobytes()).decode(),
            "text": speech_recipes.spoken_words(self.digits),
            "reduction": self.model.reduction,
        }


def tts_judge(seed: int) -> dict:
    """A recogniser that has heard neither the voice nor anybody of "train"."""
    path = place_of(tts_judge, (seed,))
    path.parent.mkdir(parents=True, exist_ok=True)
    seed_everything(seed)
    halves = [
        recipes.string_lessons(N_JUDGE // 2, split=split, seed=7 + 10 * number)
        for number, split in enumerate(("valid", "test"))
    ]
    lessons = [lesson for pair in zip(*halves, strict=True) for lesson in pair]
    model, _ = recipes.train_recogniser(lessons, model=DigitRecogniser(**JUDGE), progress=False, seed=seed)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {}


def tts_final(kind: str, seed: int, budget: str) -> dict:
    """What one training is worth; the weights beside it."""
    lessons = speech_recipes.dictation_lessons(N_STRINGS[budget], seed=100 * seed)
    lessons = [WithTail(lesson) for lesson in lessons] if kind == "silence behind" else lessons
    path = place_of(tts_final, (kind, seed, budget))
    path.parent.mkdir(parents=True, exist_ok=True)
    seed_everything(seed)
    model = Tacotron()
    film, started = Film(model), time.process_time()
    options = {"n_epochs": N_PARTS, "progress": False, "watch": film} | KINDS[kind]
    model, history = speech_recipes.train_tacotron(lessons, model=model, seed=seed, **options)
    spent_s = round(time.process_time() - started, 1)
    film(N_PARTS)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    checkpoints.load(model, path.with_suffix(".safetensors"))
    strings = test_strings()
    found = {"training_processor_s": spent_s, "mel_loss": history.column("train_mel"), "film": film.kept()}
    ending = {"stop_threshold": 1.0} if kind == "no stop" else {}  # what was never taught is not asked
    found["test"], found["errors"] = said_by(model, strings, **ending), compared(model, strings[:N_COMPARED], **ending)
    if kind == "guided" and budget == "long":
        seed_everything(seed)
        found["pre-net dropout"] = said_by(model, strings, dropout=True)
    if (kind, seed, budget) == LONG:
        found["thresholds"] = {str(level): said_by(model, strings, stop_threshold=level) for level in THRESHOLDS}
    return found


def top_line() -> dict:
    """The recordings themselves, and by way of their mel and Griffin–Lim."""
    strings, mel = test_strings(), speech_mel()
    signals = [signal for signal, _ in strings]
    back = [mel_to_signal(mel(torch.from_numpy(signal)).numpy()) for signal in signals]
    return {"recordings": judged(signals, strings), "Griffin–Lim": judged(back, strings)}


def measure(people: str | None) -> dict:
    """The judge, then all trainings; nothing needs people."""
    run_all(tts_judge, [(SEEDS[0],)], n_at_once=1)
    ship(place_of(tts_judge, (SEEDS[0],)), "tts/judge")
    jobs = [("guided", seed, "long") for seed in SEEDS]
    jobs += [("guided", seed, "middle") for seed in SEEDS]
    jobs += [(kind, seed, "long") for kind in KINDS for seed in SEEDS if kind != "guided"]
    runs = run_all(tts_final, jobs, n_at_once=1)
    ship(place_of(tts_final, LONG), "tts/tacotron")
    found = {"seeds": list(SEEDS), "n_strings": N_STRINGS, "n_test": N_TEST, "voice": speech_recipes.VOICE}
    found |= {"film": runs[0]["film"], "top_line": top_line()}
    found["runs"] = [
        {"kind": kind, "seed": seed, "budget": budget} | {name: run[name] for name in run if name != "film"}
        for (kind, seed, budget), run in zip(jobs, runs, strict=True)
    ]
    return found
