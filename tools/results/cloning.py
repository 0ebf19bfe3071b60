"""Lecture 15, cloning: an unseen voice from 10 s of it, judged by a verifier that had no part in it.

The synthesiser here reads words, not letters: a table of what each word is at each moment of it, and convolutions that
a voice vector steers in every layer. Its vectors come from a verifier that was trained on half of the speakers; the
judge is another network (two-dimensional convolutions on other features, no augmentation of the kind that the first
had) with another seed, trained on the other half.

Trials: strings by a clone of voice v against the enrolled true voice v, and against those of all other voices u of
other speakers, none of which was in any training. An average voice is as near to all: 50 %. Also: how often a clone is
accepted where the judge accepts as many impostors as it rejects true clips.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import metrics
from course_utils.models import checkpoints, datasets, speech_recipes
from course_utils.models.encoders import ClipEncoder
from course_utils.models.features import LogMel
from course_utils.models.layers import silenced
from course_utils.models.speakers import (
    SpeakerVerifier,
    VoiceClips,
    cosine_scores,
    end_to_end_loss,
    enrol,
    voice_vectors,
)
from course_utils.models.speech_features import HOP, N_MELS, mel_to_signal, speech_mel
from course_utils.models.training import fit, seed_everything

from .jobs import place_of, run_all
from .verification import voices_of

SEEDS = (0, 1, 2)
N_PHASES = 24  # moments of a word in the table; row 10 is the pause
TEN_S = 80_000  # samples
N_STEPS = {"conditioner": 300, "judge": 300, "speaker": 300}
N_TEST = 6  # strings of four digits by each clone, and by each true voice


def halves() -> tuple[list[str], list[str]]:
    """The speakers of the training voices, every other one, so that each half has natural and formant voices."""
    names = sorted({row["speaker"] for row in datasets.SpokenDigits("train").rows} - {"kal16"})
    first, second = names[::2], names[1::2]
    return [*first, *(["kal16"] if "kal" in first else [])], [*second, *(["kal16"] if "kal" in second else [])]


class Judge(nn.Module):
    """The independent verifier: level and mean stay, pictures of 96 frames, two-dimensional convolutions."""

    def __init__(self):
        super().__init__()
        self.mel = LogMel(sample_rate=8000, n_fft=256, hop_length=80, n_mels=48, f_min=50.0, floor=1e-6)
        self.encoder = ClipEncoder(48, 64, channels=(16, 32, 48), n_frames=96)

    def forward(self, signal, lengths, tract=None):
        return F.normalize(self.encoder(self.mel(silenced(signal, lengths)), 1 + lengths // 80), dim=1)


class NoisyJudge(nn.Module):
    """The judge while it learns: white noise and a level, on the waveform."""

    def __init__(self, judge: Judge):
        super().__init__()
        self.judge = judge

    def forward(self, signal, lengths, tract):
        if self.training:
            level = signal.square().mean(dim=1, keepdim=True).sqrt()
            signal = signal + level * 10 ** (-torch.rand(len(signal), 1) * 2 - 0.7) * torch.randn_like(signal)
        return self.judge(signal, lengths)


def judge_run(seed: int, n_steps: int) -> dict:
    """Trained on the second half of the speakers and their virtual relatives."""
    path = place_of(judge_run, (seed, n_steps))
    path.parent.mkdir(parents=True, exist_ok=True)
    seed_everything(1000 + seed)
    judge = Judge()
    clips = VoiceClips("train", 25 * 128, seed=1000 + seed, speakers=halves()[1])
    learner = NoisyJudge(judge)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=n_steps, pct_start=0.2)
    batches = torch.utils.data.DataLoader(clips, 128, collate_fn=datasets.pad_batch)
    options = {"optimizer": optimizer, "scheduler": schedule, "max_norm": 5.0, "metric": None, "progress": False}
    history = fit(learner, batches, n_epochs=n_steps // 25, loss=end_to_end_loss, **options)
    checkpoints.save(judge, path.with_suffix(".safetensors"))
    return {"loss": history.column("train_loss")[-1]}


# ------------------------------------------------------------------------------------- the synthesiser


class ConditionedSpeaker(nn.Module):
    """Words and their times to a log-mel, by a voice vector that scales and shifts each layer (FiLM).

    Forward
    -------
    word, phase : tensors (batch, frames), int and 0…1
    voice : tensor (batch, voice_size)
        Returns (batch, 64, frames).
    """

    def __init__(self, voice_size: int, width: int = 160, n_layers: int = 6):
        super().__init__()
        self.table = nn.Parameter(0.5 * torch.randn(11, N_PHASES, width))
        self.voice = nn.Sequential(nn.Linear(voice_size, 128), nn.ReLU())
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2) for _ in range(n_layers))
        self.films = nn.ModuleList(nn.Linear(128, 2 * width) for _ in range(n_layers + 1))
        self.out = nn.Conv1d(width, N_MELS, 1)
        self.register_buffer("mean", torch.full((N_MELS, 1), -5.0))
        for film in self.films:
            nn.init.zeros_(film.bias)

    def forward(self, word, phase, voice):
        place = phase * (N_PHASES - 1)
        left = place.floor().long().clamp(max=N_PHASES - 2)
        share = (place - left)[..., None]
        x = ((1 - share) * self.table[word, left] + share * self.table[word, left + 1]).mT
        seen = self.voice(voice)
        for film, layer in zip(self.films, [*self.layers, None], strict=True):
            gain, shift = film(seen)[..., None].chunk(2, dim=1)
            x = x * (1 + gain) + shift
            if layer is not None:
                x = x + F.gelu(layer(x))
        return self.mean + 2 * self.out(x)


def frames_of(spans: list[tuple[int, int, int]], n_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Which word sounds in each frame, and how far it has come; pauses are word 10."""
    word, phase = np.full(n_frames, 10), np.zeros(n_frames, np.float32)
    bounds, cursor = [], 0
    for digit, start, stop in spans:
        bounds += [(10, cursor, start), (digit, start, stop)]
        cursor = stop
    bounds.append((10, cursor, n_frames * HOP))
    centre = np.arange(n_frames) * HOP
    for digit, start, stop in bounds:
        inside = (centre >= start) & (centre < stop)
        word[inside], phase[inside] = digit, (centre[inside] - start) / max(1, stop - start)
    return word, phase


def spoken(words: dict[int, list[np.ndarray]], digits, rng, speed: float = 1.0) -> tuple[np.ndarray, list]:
    """A string and where each digit lies; played faster by a factor."""
    parts, spans, n = [np.zeros(int(rng.uniform(400, 1600)), np.float32)], [], 0
    n = len(parts[0])
    for digit in digits:
        word = words[int(digit)][0]
        spans.append((int(digit), n, n + len(word)))
        parts += [word, np.zeros(int(rng.uniform(400, 1600)), np.float32)]
        n += len(word) + len(parts[-1])
    signal = np.concatenate(parts)
    if speed != 1.0:
        signal = np.interp(np.arange(0, len(signal) - 1, speed), np.arange(len(signal)), signal).astype(np.float32)
        spans = [(d, round(a / speed), round(b / speed)) for d, a, b in spans]
    return signal, spans


def ten_seconds(words: dict, rng: np.random.Generator, digits=range(10), speed: float = 1.0) -> list:
    """Strings of a voice, each with its spans, 10 s of sound in all."""
    found, total = [], 0
    while total < TEN_S:
        signal, spans = spoken(words, rng.choice(list(digits), 4, replace=False), rng, speed)
        found.append((signal, spans))
        total += len(signal)
    return found


class Conditions:
    """What is known of a voice from 10 s: the verifier's vector."""

    def __init__(self, verifier: SpeakerVerifier):
        self.verifier, self.mel = verifier, speech_mel()
        self.size = verifier.embedding.out_features

    def __call__(self, strings: list) -> torch.Tensor:
        return 8 * torch.from_numpy(enrol(voice_vectors(self.verifier, [signal for signal, _ in strings])))


def material(conditions: Conditions, speeds: tuple = (0.85, 0.92, 1.0, 1.09, 1.18)) -> list:
    """Every training voice at some speeds: its words, the speed, its condition."""
    rng = np.random.default_rng(5)
    found = []
    for words in voices_of("train").values():
        for speed in speeds:
            strings = [spoken(words, rng.choice(10, 4, replace=False), rng, speed) for _ in range(2)]
            found.append((words, speed, conditions(strings)))
    return found


def speaker_batch(chosen: list, rng: np.random.Generator, mel: LogMel) -> tuple:
    """Strings of three digits of some voices: words, phases, conditions, mels, and which frames count."""
    rows = []
    for words, speed, condition in chosen:
        signal, spans = spoken(words, rng.choice(10, 3), rng, speed)
        target = mel(torch.from_numpy(signal))
        word, phase = frames_of(spans, target.shape[1])
        rows.append((torch.from_numpy(word), torch.from_numpy(phase), condition, target))
    n = max(row[3].shape[1] for row in rows)
    word = torch.stack([F.pad(row[0], (0, n - len(row[0])), value=10) for row in rows])
    phase = torch.stack([F.pad(row[1], (0, n - len(row[1]))) for row in rows])
    target = torch.stack([F.pad(row[3], (0, n - row[3].shape[1])) for row in rows])
    counts = torch.stack([torch.arange(n) < row[3].shape[1] for row in rows])[:, None]
    return word, phase, torch.stack([row[2] for row in rows]), target, counts


def train_speaker(conditions: Conditions, seed: int, n_steps: int, batch: int = 24) -> tuple[ConditionedSpeaker, list]:
    """L1 between mels, a cycle of the rate; the condition is blurred a little, as an unseen voice's will be."""
    seed_everything(seed)
    voices, rng = material(conditions), np.random.default_rng(seed)
    model = ConditionedSpeaker(conditions.size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=n_steps, pct_start=0.15)
    losses = []
    for _ in range(n_steps):
        chosen = [voices[n] for n in rng.integers(len(voices), size=batch)]
        word, phase, voice, target, counts = speaker_batch(chosen, rng, conditions.mel)
        found = model(word, phase, voice + 0.1 * torch.randn_like(voice))
        loss = ((found - target).abs() * counts).sum() / (N_MELS * counts.sum())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return model.eval(), losses


def tuned(model: ConditionedSpeaker, conditions: Conditions, strings: list, what: str, n_steps: int) -> tuple:
    """A copy of the model, and a condition, fitted to the 10 s of a voice: "vector", "last" layers too, or "all"."""
    import copy

    model = copy.deepcopy(model)
    voice = conditions(strings)[None].clone().requires_grad_(what != "nothing")
    if what == "nothing" or not n_steps:
        return model, voice.detach()
    parts = {
        "vector": [],
        "last": [*model.out.parameters(), *model.films[-1].parameters(), *model.layers[-1].parameters()],
    }
    weights = list(model.parameters()) if what == "all" else parts[what]
    groups = (
        [{"params": [voice], "lr": 0.05}, {"params": weights, "lr": 1e-3}]
        if weights
        else [{"params": [voice], "lr": 0.05}]
    )
    optimizer = torch.optim.Adam(groups)
    rows = []
    for signal, spans in strings:
        target = conditions.mel(torch.from_numpy(signal))
        word, phase = frames_of(spans, target.shape[1])
        rows.append((torch.from_numpy(word)[None], torch.from_numpy(phase)[None], target[None]))
    for step in range(n_steps):
        word, phase, target = rows[step % len(rows)]
        loss = (model(word, phase, voice) - target).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval(), voice.detach()


def rates_of(strings: list) -> dict[int, int]:
    """Mean length of each word in the 10 s; of words that are not in it, the voice's tempo times everybody's."""
    lengths = {}
    for _, spans in strings:
        for digit, start, stop in spans:
            lengths.setdefault(digit, []).append(stop - start)
    own = {digit: float(np.mean(found)) for digit, found in lengths.items()}
    everybody = mean_lengths()
    tempo = np.mean([own[digit] / everybody[digit] for digit in own])
    return {digit: round(own.get(digit, tempo * everybody[digit])) for digit in range(10)}


def mean_lengths(kept: dict = {}) -> dict[int, float]:  # noqa: B006 -- computed once
    if not kept:
        voices = voices_of("train").values()
        kept.update({digit: float(np.mean([len(words[digit][0]) for words in voices])) for digit in range(10)})
    return kept


@torch.no_grad()
def says(model: ConditionedSpeaker, voice: torch.Tensor, digits, lengths: dict, rng: np.random.Generator) -> np.ndarray:
    """A string by the clone, by Griffin-Lim."""
    spans, n = [], int(rng.uniform(400, 1600))
    for digit in digits:
        spans.append((int(digit), n, n + lengths[int(digit)]))
        n += lengths[int(digit)] + int(rng.uniform(400, 1600))
    word, phase = frames_of(spans, 1 + n // HOP)
    mel = model(torch.from_numpy(word)[None], torch.from_numpy(phase)[None], voice)[0]
    return mel_to_signal(mel.numpy(), rng=rng)


def clone_trials(judge: nn.Module, names: list[str], true: list, clones: list) -> dict:
    """EERs in per cent; see the head of this module. Strings of each voice, true ones and clones."""
    speakers = np.array([name.split()[0].removesuffix("16") for name in names])
    vectors = [[voice_vectors(judge, strings) for strings in kind] for kind in (true, clones)]
    enrolled = np.stack([enrol(of_one[: len(of_one) // 2]) for of_one in vectors[0]])
    true_tested = np.stack([of_one[len(of_one) // 2 :] for of_one in vectors[0]])
    cloned = np.stack(vectors[1])
    is_other = speakers[:, None] != speakers
    is_same = np.eye(len(names), dtype=bool)

    def table(tested):
        flat = cosine_scores(enrolled, tested.reshape(-1, tested.shape[-1]))
        return flat.reshape(len(names), len(names), -1)

    of_true, of_clone = table(true_tested), table(cloned)

    def eer(positive, negative):
        labels = np.r_[np.ones(positive.size, bool), np.zeros(negative.size, bool)]
        return 100 * metrics.equal_error_rate(labels, np.r_[positive.ravel(), negative.ravel()])

    impostors = of_true[is_other]
    scores = np.r_[of_true[is_same].ravel(), impostors.ravel()]
    labels = np.r_[np.ones(of_true[is_same].size, bool), np.zeros(impostors.size, bool)]
    threshold, alarms, misses = metrics.det_curve(labels, scores)
    at = threshold[np.argmax(alarms >= misses)]
    return {
        "judge on true voices": eer(of_true[is_same], impostors),
        "clone own, clone other": eer(of_clone[is_same], of_clone[is_other]),
        "clone own, true other": eer(of_clone[is_same], impostors),
        "accepted": 100 * float((of_clone[is_same] >= at).mean()),
        "nearest is own": 100
        * float(
            (
                np.where(is_other[:, :, None] | is_same[:, :, None], of_clone, -2).argmax(axis=0)
                == np.arange(len(names))[:, None]
            ).mean()
        ),
    }


def conditioner_run(seed: int, n_steps: int) -> dict:
    """The verifier of the first half of the speakers, whose vectors steer the synthesiser."""
    path = place_of(conditioner_run, (seed, n_steps))
    path.parent.mkdir(parents=True, exist_ok=True)
    seed_everything(seed)
    clips = VoiceClips("train", 25 * 128, seed=seed, speakers=halves()[0])
    model, history = speech_recipes.train_verifier(clips, n_epochs=n_steps // 25, seed=seed, progress=False)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {"loss": history.column("train_loss")[-1]}


WAYS = {  # what is tuned on the 10 s, and for how many steps
    "vector": ("nothing", 0),
    "vector tuned": ("vector", 60),
    "last layer tuned": ("last", 60),
}


def targets_of(split: str, seed: int, heard=range(10), said=range(10)) -> tuple[list[str], list, list]:
    """Unseen voices: names, the 10 s of each, and its true strings, half to enrol and half as a top line."""
    rng, names, material_of, true = np.random.default_rng([seed, 7]), [], [], []
    for name, words in voices_of(split).items():
        names.append(name)
        material_of.append(ten_seconds(words, rng, heard))
        true.append([spoken(words, rng.choice(list(said), 4, replace=False), rng)[0] for _ in range(2 * N_TEST)])
    return names, material_of, true


def cloned(model, conditions, way: str, material_of: list, seed: int, said=range(10)) -> list[list[np.ndarray]]:
    """Strings of four digits by a clone of each voice."""
    rng, found = np.random.default_rng([seed, 8]), []
    for strings in material_of:
        copy, voice = tuned(model, conditions, strings, *WAYS[way])
        lengths = rates_of(strings)
        texts = [rng.choice(list(said), 4, replace=False) for _ in range(N_TEST)]
        found.append([says(copy, voice, digits, lengths, rng) for digits in texts])
    return found


def resynthesised(true: list) -> list:
    """True strings through mel and Griffin-Lim: the most that a clone can reach here."""
    mel = speech_mel()
    return [[mel_to_signal(mel(torch.from_numpy(x)).numpy()) for x in strings[N_TEST:]] for strings in true]


def average(model, conditions, n_voices: int, seed: int) -> list:
    """The mean of all training voices' conditions, for everybody."""
    rng = np.random.default_rng([seed, 9])
    voice = torch.stack([condition for _, _, condition in material(conditions, (1.0,))]).mean(dim=0, keepdim=True)
    lengths = {digit: round(length) for digit, length in mean_lengths().items()}
    return [
        [says(model, voice, rng.choice(10, 4, replace=False), lengths, rng) for _ in range(N_TEST)]
        for _ in range(n_voices)
    ]


def speaker_run(seed: int, n_steps: int) -> dict:
    """A synthesiser steered by the seed's conditioner."""
    path = place_of(speaker_run, (seed, n_steps))
    path.parent.mkdir(parents=True, exist_ok=True)
    model, losses = train_speaker(conditions_of(seed), seed, n_steps)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {"loss": [float(np.mean(part)) for part in np.array_split(losses, 10)]}


def kept(model: nn.Module, run, seed: int, what: str) -> nn.Module:
    """A model with the weights that a run of a seed has kept."""
    return checkpoints.load(model, place_of(run, (seed, N_STEPS[what])).with_suffix(".safetensors"))


def conditions_of(seed: int) -> Conditions:
    """Vectors by the seed's conditioner."""
    return Conditions(kept(SpeakerVerifier(), conditioner_run, seed, "conditioner"))


def clone_run(seed: int, split: str) -> dict:
    """Clones of all voices of a split, each way, by a seed's synthesiser, before its judge."""
    conditions, judge = conditions_of(seed), kept(Judge(), judge_run, seed, "judge")
    model = kept(ConditionedSpeaker(conditions.size), speaker_run, seed, "speaker")
    names, material_of, true = targets_of(split, seed)
    found = {"true, Griffin-Lim": clone_trials(judge, names, true, resynthesised(true))}
    found["average voice"] = clone_trials(judge, names, true, average(model, conditions, len(names), seed))
    heard, said = range(5), range(5, 10)
    _, of_few, true_others = targets_of(split, seed, heard, said)
    for way in WAYS:
        found[way] = clone_trials(judge, names, true, cloned(model, conditions, way, material_of, seed))
        if way != "vector tuned":
            clones = cloned(model, conditions, way, of_few, seed, said)
            found[f"{way}, other words"] = clone_trials(judge, names, true_others, clones)
    return {"trials": found}


def measure(people: str | None) -> dict:
    """Three seeds of everything; the ways were compared on the validation voices before."""
    run_all(conditioner_run, [(seed, N_STEPS["conditioner"]) for seed in SEEDS], n_at_once=1)
    run_all(judge_run, [(seed, N_STEPS["judge"]) for seed in SEEDS], n_at_once=1)
    run_all(speaker_run, [(seed, N_STEPS["speaker"]) for seed in SEEDS], n_at_once=1)
    jobs = [(seed, "test") for seed in SEEDS]
    runs = run_all(clone_run, jobs, n_at_once=1)
    return {
        "seeds": list(SEEDS),
        "n_steps": N_STEPS,
        "n_strings": N_TEST,
        "runs": [{"seed": seed, "split": split} | run for (seed, split), run in zip(jobs, runs, strict=True)],
    }
