"""Lecture 15, speech without attention: errors by voice, whether its controls do what they say, and its choices.

A budget is a number of steps, so that a busy machine changes no result. What is measured stands in half precision, as
it is shipped. The strings that are said occur in no training clip; their words do, in these voices.
"""

import time

import numpy as np
import torch

from course_utils import text, wer
from course_utils.models import checkpoints, datasets
from course_utils.models.ctc import greedy_decode
from course_utils.models.durations import DigitSpeech, SpokenText
from course_utils.models.parallel_speech import ParallelSpeech, Spoken
from course_utils.models.recogniser import DigitRecogniser, read_out
from course_utils.models.speech_features import SAMPLE_RATE, mel_to_signal, pitch_hz, speech_errors
from course_utils.models.speech_recipes import VOICE, train_parallel_speech
from course_utils.models.training import seed_everything

from .jobs import place_of, run_all, ship
from .scores import scores_of

SEEDS = (0, 1, 2)
N_CLIPS, N_TEST, N_MOVED = 3000, 100, 40
N_STEPS = {"long": 600, "short": 150}
TEST_SEED = 15_000
STRINGS = {"pause_s": (0.05, 0.2), "whole_words": True}
KINDS = {  # options of the network, and whether the letters are aligned
    "as shipped": ({}, True),
    "letters of equal length": ({}, False),
    "voice added once": ({"film": False}, True),
    "no comb": ({"comb": False}, True),
    "one voice": ({}, True),  # that of the Tacotron
}
MOVES = {  # what a reader asks for
    "pitch_semitones": (-6.0, -4.0, -2.0, 2.0, 4.0, 6.0),
    "duration_scale": (0.7, 1.5),
    "energy_db": (-10.0, -6.0, 3.0, 6.0),
}


def voices_of(kind: str) -> tuple[int] | None:
    """Who speaks: all voices of the training split, or one."""
    return (VOICE,) if kind == "one voice" else None


def clips_of(seed: int, *, aligned: bool = True, voices: tuple[int] | None = None) -> list[SpokenText]:
    """What is learned from: strings of one to five digits."""
    options = {"n_digits": (1, 5), "voices": voices, **STRINGS}
    strings = datasets.DigitStrings("train", N_CLIPS, seed=100 * seed + 1, **options)
    return list(DigitSpeech(strings, aligned=aligned))


def unseen(
    learned: list[SpokenText], voices: tuple[int] | None = None
) -> tuple[datasets.DigitStrings, DigitSpeech, list[int]]:
    """Strings of three to five digits, and the places of a hundred whose text is that of no clip."""
    known = {clip.tokens.tobytes() for clip in learned}
    strings = datasets.DigitStrings("train", 10 * N_TEST, seed=TEST_SEED, n_digits=(3, 5), voices=voices, **STRINGS)
    speech, places = DigitSpeech(strings), []
    for place in range(len(strings)):
        if len(places) < N_TEST and tokens_of(strings[place][1]).tobytes() not in known:
            places.append(place)
    return strings, speech, places


def tokens_of(digits: np.ndarray) -> np.ndarray:
    """The characters of some digits, and the end."""
    return np.array(text.encode(" ".join(datasets.DIGITS[digit] for digit in digits), end=True))


def judged(signals: list[np.ndarray]) -> list[list[str]]:
    """The words that lecture 13's recogniser hears."""
    judge, found = checkpoints.load(DigitRecogniser(), "ctc/whole"), []
    with torch.no_grad():
        for signal in signals:
            found.append(read_out(greedy_decode(*judge(torch.as_tensor(signal)[None]))[0]))
    return found


def said_by(model: ParallelSpeech, wanted: list[SpokenText], **moved: object) -> tuple[list[Spoken], list[np.ndarray]]:
    """Spectrograms and sounds of some texts, each in the voice that it was recorded in unless another is given."""
    voice = moved.pop("voice", None)
    spoken = [model.speak(item.tokens, item.voice if voice is None else voice, **moved) for item in wanted]
    return spoken, [mel_to_signal(one.mel) for one in spoken]


def words_of(wanted: list[SpokenText]) -> list[list[str]]:
    """What should be said."""
    return [text.decode(item.tokens[:-1].tolist()).split() for item in wanted]


def scored(wanted: list[SpokenText], signals: list[np.ndarray], speakers: list[str]) -> dict:
    """Words that the judge misheard, see ``scores_of``; of one voice all together."""
    if len(set(speakers)) == 1:
        return {"pooled": wer_of(wanted, signals)}
    return scores_of(words_of(wanted), judged(signals), speakers)


def wer_of(wanted: list[SpokenText], signals: list[np.ndarray]) -> float:
    """Per cent."""
    return 100 * wer.word_errors(words_of(wanted), judged(signals)).rate


def token_errors(spoken: list[Spoken], wanted: list[SpokenText]) -> dict:
    """What was guessed of letters, against the recording: medians of frames and of semitones."""
    rows = []
    for one, item in zip(spoken, wanted, strict=True):
        is_letter = item.tokens <= 26
        frames = np.abs(one.durations - item.durations)[is_letter]
        semitones = 12 * np.abs(np.log2(one.pitch / 100) - item.pitch)[is_letter]
        rows.append((frames.mean(), np.median(semitones), one.durations.sum() / item.durations.sum()))
    frames, semitones, ratio = np.array(rows).T
    return {
        "duration_frames": float(frames.mean()),
        "pitch_semitones": float(np.median(semitones)),
        "whole_duration": float(np.abs(ratio - 1).mean()),
    }


def heard_errors(spoken: list[Spoken], signals: list[np.ndarray], recorded: list[tuple]) -> dict:
    """What is measured in the sound against the recording, see ``speech_features.speech_errors``."""
    found = []
    for one, signal, (log_mel, sound) in zip(spoken, signals, recorded, strict=True):
        n_frames = 1 + len(signal) // 128
        found.append(speech_errors(one.mel[:, :n_frames], signal, log_mel, sound))
    return {name: float(np.nanmedian([getattr(one, name) for one in found])) for name in found[0]._fields}


def level_db(signal: np.ndarray) -> float:
    """Mean power."""
    return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64))))


def moved(model: ParallelSpeech, wanted: list[SpokenText]) -> dict:
    """For each control and each value: what is measured in the sound, against the same text with nothing moved."""
    still, sounds = said_by(model, wanted)
    pitch, level = [pitch_hz(sound) for sound in sounds], [level_db(sound) for sound in sounds]
    found = {}
    for name, values in MOVES.items():
        found[name] = {}
        for value in values:
            spoken, signals = said_by(model, wanted, **{name: value})
            if name == "pitch_semitones":
                seen = [(a, b) for a, b in zip(map(pitch_hz, signals), pitch, strict=True) if _both_voiced(a, b)]
                measured = [12 * np.log2(np.nanmedian(a) / np.nanmedian(b)) for a, b in seen]
            elif name == "duration_scale":
                pairs = zip(spoken, still, strict=True)
                measured = [a.mel.shape[1] / b.mel.shape[1] for a, b in pairs]
            else:
                measured = [level_db(signal) - before for signal, before in zip(signals, level, strict=True)]
            found[name][f"{value:g}"] = {
                "n": len(measured),
                "median": float(np.median(measured)) if measured else None,
                "quartiles": np.quantile(measured, (0.25, 0.75)).tolist() if measured else None,
                "wer": wer_of(wanted, signals),
            }
    return found


def _both_voiced(a: np.ndarray, b: np.ndarray) -> bool:
    return min(np.isfinite(a).sum(), np.isfinite(b).sum()) >= 10


def parallel_final(kind: str, seed: int, budget: str) -> dict:
    """What one training is worth, in half precision; the weights beside it."""
    options, aligned = KINDS[kind]
    path = place_of(parallel_final, (kind, seed, budget))
    path.parent.mkdir(parents=True, exist_ok=True)
    clips = clips_of(seed, aligned=aligned, voices=voices_of(kind))
    strings, speech, places = unseen(clips, voices_of(kind))
    seed_everything(seed)
    model = ParallelSpeech(1 + max(clip.voice for clip in clips), **options)
    started = time.process_time()
    model, history = train_parallel_speech(clips, model=model, n_steps=N_STEPS[budget], seed=seed, progress=False)
    spent_s = round(time.process_time() - started, 1)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    checkpoints.load(model, path.with_suffix(".safetensors"))
    wanted, speakers = [speech[place] for place in places], [strings.speaker(place) for place in places]
    recorded = []
    for place, item in zip(places, wanted, strict=True):
        sound = strings[place][0]
        first = (1 + len(sound) // 128) - item.mel.shape[1]
        recorded.append((item.mel, sound[128 * first :]))
    started = time.process_time()
    spoken = [model.speak(item.tokens, item.voice) for item in wanted]
    speaking_s = time.process_time() - started
    signals = [mel_to_signal(one.mel) for one in spoken]
    found = {
        "mel_loss": history.column("train_mel"),
        "training_processor_s": spent_s,
        "n_weights": sum(weight.numel() for weight in model.parameters()),
        "real_time": speaking_s * SAMPLE_RATE / sum(map(len, signals)),
        "test": scored(wanted, signals, speakers),
        "tokens": token_errors(spoken, wanted),
        "heard": heard_errors(spoken, signals, recorded),
    }
    if budget == "long":
        found["top_line"] = wer_of(wanted, [sound for _, sound in recorded])
        found["moved"] = moved(model, wanted[:N_MOVED])
        spoken, signals = said_by(model, wanted, voice=model.mean_voice())
        found["mean_voice"] = {
            "wer": wer_of(wanted, signals),
            "heard": heard_errors(spoken, signals, recorded),
        }
    elif kind == "no comb":
        found["moved"] = moved(model, wanted[:N_MOVED])
    return found


def measure(people: str | None) -> dict:
    """Three long runs, of which the first is shipped, and three short ones of each kind; nothing needs people."""
    jobs = [("as shipped", seed, "long") for seed in SEEDS]
    jobs += [(kind, seed, "short") for seed in SEEDS for kind in KINDS]
    runs = run_all(parallel_final, jobs, n_at_once=1)
    ship(place_of(parallel_final, jobs[0]), "tts/parallel")
    found = {"seeds": list(SEEDS), "n_clips": N_CLIPS, "n_steps": N_STEPS, "n_test": N_TEST, "n_moved": N_MOVED}
    found["runs"] = [
        {"kind": kind, "seed": seed, "budget": budget} | run
        for (kind, seed, budget), run in zip(jobs, runs, strict=True)
    ]
    return found
