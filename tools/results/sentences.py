"""Lecture 15, a voice that says any sentence: what a second judge hears of texts that were in no training clip.

Two judges, CTC recognisers of phonemes: one has heard other voices say the training texts, the other this one alone.
What they hear is read as words of the lexicon, each as probable as any other at any place: no grammar helps, and words
that sound alike count as one. Needs flite, espeak-ng and what ``data/make_sentences.py --render`` makes. A budget is a
number of steps.
"""

import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import nn

from course_utils import text, wer
from course_utils.models import checkpoints
from course_utils.models.ctc import CTCLoss
from course_utils.models.datasets import Sentences
from course_utils.models.durations import SentenceSpeech, SpokenText
from course_utils.models.parallel_speech import ParallelSpeech
from course_utils.models.recogniser import DigitRecogniser
from course_utils.models.speech_features import mel_to_signal, speech_errors, speech_mel
from course_utils.models.speech_recipes import SENTENCES, train_parallel_speech
from course_utils.models.training import seed_everything

from .jobs import ROOT, place_of, run_all, ship

sys.path.insert(0, str(ROOT / "data"))
import make_digits

SEED = 0
VOICE = "slt"
N_STEPS = 1200
JUDGES = {"other voices": (("rms", "awb", "f2"), 4), "its voice": ((VOICE,), 20)}  # whom they hear, and how often
BATCH_S, LEARNING_RATE = 24.0, 3e-3  # of the judge
PHONES = sorted({sign for said in text.lexicon().values() for sign in said[0]} - set("ˈˌː\u0329 "))
WORD_COST = 2.0  # nats for each word, chosen on recordings of "valid"
N_COMPARED = 40
N_STRANGERS = 3


# ------------------------------------------------------------------------------------------- the judge


def phones_of(words: str) -> list[int]:
    """Classes of what a text sounds like, without stress, length and marks."""
    return [1 + PHONES.index(sign) for sign in text.phonemes(words, source="lexicon") if sign in PHONES]


class Judge(DigitRecogniser):
    """Lecture 13's recogniser, wider, with a score of each phoneme every 20 ms."""

    def __init__(self):
        super().__init__(width=144, n_layers=7, stride=1)
        self.score = nn.Conv1d(144, 1 + len(PHONES), 1)
        nn.init.zeros_(self.score.weight)


def batches_of(items: Sequence[tuple], rng: np.random.Generator) -> list[list[tuple]]:
    """All items once, those of about one length together."""
    order, found = rng.permutation(len(items)), []
    for start in range(0, len(order), 400):
        batch = []
        for item in sorted((items[n] for n in order[start : start + 400]), key=lambda item: len(item[0])):
            if batch and (1 + len(batch)) * len(item[0]) > BATCH_S * Sentences.sample_rate:
                found.append(batch)
                batch = []
            batch.append(item)
        found.append(batch)
    return [found[n] for n in rng.permutation(len(found))]


def faster(signals: torch.Tensor, lengths: torch.Tensor, most: float = 1.3) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch played faster or slower by one factor, at most ``most``: pitch, formants and tempo of another voice."""
    factor = float(most ** (2 * torch.rand(()) - 1))
    lengths = (lengths / factor).ceil().long()
    size = int(lengths.max())
    return nn.functional.interpolate(signals[:, None], size, mode="linear", align_corners=False)[:, 0], lengths


def _stranger(rng: np.random.Generator) -> make_digits.Voice:
    """A voice as nobody in ``VOICES`` has: male voices of flite played faster, one of another kind, or espeak-ng's."""
    speaker = str(rng.choice(["rms", "awb", "kal16", "espeak-ng", "espeak-ng"]))
    if speaker == "espeak-ng":
        variant = str(rng.choice(["f1", "f3", "f4", "f5", "m1", "m3", "m5", "m7"]))
        return make_digits.Voice(speaker, variant, "en-us", int(rng.integers(120, 180)), int(rng.integers(20, 80)))
    if speaker == "kal16":
        return make_digits.Voice("flite", speaker, "", rng.uniform(0.85, 1.15), rng.uniform(100, 220))
    factor = round(rng.uniform(1.1, 1.6 if speaker == "rms" else 1.4), 2)
    return make_digits.Voice("flite", speaker, "", factor * rng.uniform(0.85, 1.1), factor)


def strangers(seed: int) -> list[tuple[np.ndarray, str]]:
    """Training sentences, each by ``N_STRANGERS`` voices."""
    rng = np.random.default_rng(seed)
    said = [row["text"] for row in Sentences("train", "slt", kinds=["hand", "grammar"], source="rendered").rows]
    drawn = [(_stranger(rng), words) for words in said for _ in range(N_STRANGERS)]
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(lambda one: make_digits.say(*one), drawn))
    return [(np.asarray(sound, np.float32), words) for sound, (_, words) in zip(sounds, drawn, strict=True)]


def sentence_judge(kind: str, seed: int) -> dict:
    """A recogniser of what some voices say in training texts; its weights beside it."""
    voices, n_epochs = JUDGES[kind]
    items = [
        (torch.as_tensor(signal), torch.tensor(phones_of(said)))
        for voice in voices
        for signal, said in Sentences("train", voice, source="rendered")
    ]
    if VOICE not in voices:
        items += [(torch.as_tensor(signal), torch.tensor(phones_of(said))) for signal, said in strangers(seed)]
    rng = np.random.default_rng(seed)
    seed_everything(seed)
    judge, loss = Judge().train(), CTCLoss()
    batches = [batch for _ in range(n_epochs) for batch in batches_of(items, rng)]
    optimizer = torch.optim.AdamW(judge.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=len(batches), pct_start=0.15)
    for batch in batches:
        signals, targets = (nn.utils.rnn.pad_sequence(part, batch_first=True) for part in zip(*batch, strict=True))
        lengths, n_targets = (torch.tensor([len(x) for x in part]) for part in zip(*batch, strict=True))
        optimizer.zero_grad()
        loss(judge(*faster(signals, lengths)), targets, n_targets).backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 20.0)
        optimizer.step()
        cycle.step()
    path = place_of(sentence_judge, (kind, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints.save(judge.eval(), path.with_suffix(".safetensors"))
    return {"n_weights": sum(weight.numel() for weight in judge.parameters())}


class Words:
    """The best row of words for what a judge hears: Viterbi through a loop of all words, each at the same cost."""

    def __init__(self, cost: float = WORD_COST):
        self.cost, self.names = cost, {}
        for word in text.lexicon():
            self.names.setdefault(tuple(phones_of(word)), word)  # words that sound alike count as the first of them
        classes, self.first, self.last = [0], [], []  # state 0: between two words
        for said in self.names:
            self.first.append(len(classes))
            classes += [s for phone in said for s in (phone, 0)][:-1]
            self.last.append(len(classes) - 1)
        self.classes, self.first, self.last = map(np.array, (classes, self.first, self.last))
        skips = (self.classes[2:] != self.classes[:-2]) & (self.classes[2:] > 0)
        inside = np.ones(len(classes), bool)
        inside[self.first] = inside[0] = False
        second = np.zeros(len(classes), bool)
        second[self.first[self.first + 1 < len(classes)] + 1] = True
        self.one, self.two = inside, inside & ~second & np.concatenate([[False, False], skips])

    def canonical(self, words: str) -> list[str]:
        """Each word as the first that sounds like it."""
        return [self.names[tuple(phones_of(word))] for word in re.findall(r"[a-z']+", words)]

    def read(self, log_probs: np.ndarray) -> list[str]:
        """Words of log-probabilities (classes, frames)."""
        n, ends = (
            len(self.classes),
            {int(last): word for last, word in zip(self.last, self.names.values(), strict=True)},
        )
        score, came, places = np.full(n, -np.inf), [], np.arange(n)
        score[0] = 0
        for t in range(log_probs.shape[1]):
            best = int(self.last[score[self.last].argmax()])
            others = self.last[self.classes[self.last] != self.classes[best]]  # a repeat needs a blank between
            other = int(others[score[others].argmax()])
            one = np.where(self.one, np.roll(score, 1), -np.inf)
            two = np.where(self.two, np.roll(score, 2), -np.inf)
            moved = np.argmax([score, one, two], axis=0)
            origin = places - moved
            found = np.choose(moved, [score, one, two])
            source = np.where(self.classes[self.first] == self.classes[best], other, best)
            entered, origin_first = np.maximum(score[source], score[0]), np.where(score[source] > score[0], source, 0)
            entered = entered - self.cost
            enters = entered > score[self.first]
            origin[self.first] = np.where(enters, origin_first, self.first)
            found[self.first] = np.where(enters, entered, score[self.first])
            origin[0], found[0] = (best, score[best]) if score[best] > score[0] else (0, score[0])
            score = found + log_probs[self.classes, t]
            came.append(origin)
        state, words = int(max((0, *self.last), key=lambda s: score[s])), []
        if state:
            words.append(ends[state])
        starts = set(self.first.tolist())
        for origin in came[:0:-1]:
            before = int(origin[state])
            if before != state and before in ends and (state == 0 or state in starts):
                words.append(ends[before])
            state = before
        return words[::-1]


def heard(judge: Judge, words: Words, signals: Sequence[np.ndarray]) -> list[list[str]]:
    """The words of some sounds."""
    with torch.no_grad():
        return [words.read(judge(torch.as_tensor(signal)[None])[0][0].numpy().astype(float)) for signal in signals]


def judged(judge: Judge, signals: Sequence[np.ndarray], sentences: Sentences) -> dict:
    """Word errors in per cent, of all and by kind, and what was heard."""
    words = Words()
    said, found = [words.canonical(row["text"]) for row in sentences.rows], heard(judge, words, signals)
    kinds = [row["kind"] for row in sentences.rows]
    report = {"all": _rate(said, found), "n_words": sum(map(len, said)), "heard": [" ".join(row) for row in found]}
    for kind in sorted(set(kinds)):
        rows = [(a, b) for a, b, k in zip(said, found, kinds, strict=True) if k == kind]
        report[kind] = _rate(*zip(*rows, strict=True))
    return report


def _rate(said: Sequence, found: Sequence) -> float:
    return 100 * wer.word_errors(list(said), list(found)).rate


# ------------------------------------------------------------------------------------------ the speaker


def tokens_of(written: str) -> list[int]:
    """What the model reads."""
    return text.encode_phonemes(text.phonemes(written, source="lexicon"))


def sentence_speaker(seed: int, n_steps: int) -> dict:
    """One training; the weights beside it."""
    started = time.process_time()
    clips: list[SpokenText] = list(SentenceSpeech(Sentences("train", VOICE, source="rendered")))
    seed_everything(seed)
    model = ParallelSpeech(**SENTENCES)
    path = place_of(sentence_speaker, (seed, n_steps))
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"n_steps": n_steps, "n_epochs": 10, "seed": seed, "progress": False}
    model, history = train_parallel_speech(clips, model=model, checkpoint=path.with_suffix(".state"), **options)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {
        "training_processor_s": round(time.process_time() - started, 1),
        "n_weights": sum(weight.numel() for weight in model.parameters()),
        "mel_loss": history.column("train_mel"),
    }


def compared(spoken: Sequence[np.ndarray], sounds: Sequence[np.ndarray], sentences: Sentences) -> dict:
    """Spectrum, pitch and length against the recordings: means."""
    mel, errors = speech_mel(), []
    for place in range(min(N_COMPARED, len(sentences))):
        recorded = sentences[place][0]
        true_mel = mel(torch.as_tensor(recorded)).numpy()
        errors.append(speech_errors(spoken[place], sounds[place], true_mel, recorded))
    return dict(zip(errors[0]._fields, np.nanmean(errors, axis=0).tolist(), strict=True))


def measure(people: str | None) -> dict:
    """The judges, the speaker, and what they hear of it; nothing needs people."""
    run_all(sentence_judge, [(kind, SEED) for kind in JUDGES], n_at_once=1)
    (run,) = run_all(sentence_speaker, [(SEED, N_STEPS)], n_at_once=1)
    ship(place_of(sentence_speaker, (SEED, N_STEPS)), "tts/sentences")
    torch.set_num_threads(1)
    model = checkpoints.load(ParallelSpeech(**SENTENCES), "tts/sentences")
    sentences, mel = Sentences("test", VOICE, source="rendered"), speech_mel()
    signals = [signal for signal, _ in sentences]
    spoken = [model.speak(tokens_of(row["text"]), 0).mel for row in sentences.rows]
    sounds = {
        "recordings": signals,
        "Griffin–Lim": [mel_to_signal(mel(torch.as_tensor(signal)).numpy()) for signal in signals],
        "model": [mel_to_signal(one) for one in spoken],
    }
    found = {"seed": SEED, "n_steps": N_STEPS, "n_test": len(sentences), "voice": VOICE, "training": run}
    found |= {"said": [row["text"] for row in sentences.rows], "judges": {}}
    for kind in JUDGES:
        judge = checkpoints.load(Judge(), place_of(sentence_judge, (kind, SEED)).with_suffix(".safetensors"))
        found["judges"][kind] = {name: judged(judge, clips, sentences) for name, clips in sounds.items()}
    return found | {"errors": compared(spoken, sounds["model"], sentences)}
