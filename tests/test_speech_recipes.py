"""Recipes of speech: that they learn, that a seed gives the same again, and what they refuse."""

import numpy as np
import torch

from course_utils.models import datasets
from course_utils.models.durations import DigitSpeech
from course_utils.models.parallel_speech import ParallelSpeech
from course_utils.models.speech_recipes import dictation_lessons, spoken_words, train_parallel_speech, train_tacotron
from course_utils.models.text_to_speech import Tacotron
from tests.hostile import COUNT, DEVICE, MODULE, NAME, NUMBER, PATHS, POSITIVE, refusals

SEED = [None, "x", 1.5, -1]
SMALL = {"width": 16, "n_hidden": 8, "voice_size": 6, "n_layers": (1, 1)}
CLIPS = list(DigitSpeech(datasets.DigitStrings("valid", 8, n_digits=(1, 2), voices=[0, 3], whole_words=True)))


def trained(**options):
    clips = options.pop("clips", CLIPS)
    torch.manual_seed(0)
    model = ParallelSpeech(4, **SMALL) if np.ndim(clips[0].voice) == 0 else ParallelSpeech(0, **SMALL)
    usual = {"model": model, "n_steps": 30, "n_epochs": 3, "batch_size": 4, "learning_rate": 1e-2, "progress": False}
    return train_parallel_speech(clips, **usual | options)


def test_speech_without_attention_learns_and_a_seed_gives_the_same_again():
    model, history = trained(seed=3)
    assert history.column("train_mel")[-1] < 0.7 * history.column("train_mel")[0]
    assert not model.training and abs(float(model.scale.mean) + 7) < 4
    again, other = trained(seed=3)[1], trained(seed=4)[1]
    assert history.column("train_loss") == again.column("train_loss") != other.column("train_loss")


def test_somebody_may_watch_every_part():
    parts = []
    trained(watch=parts.append)
    assert parts == [0, 1, 2]


def test_voices_may_be_vectors():
    vectors = {0: np.ones(6, np.float32), 3: -np.ones(6, np.float32)}
    model, history = trained(clips=[clip._replace(voice=vectors[clip.voice]) for clip in CLIPS])
    assert model.voices is None and history.column("train_mel")[-1] < history.column("train_mel")[0]
    default, _ = train_parallel_speech(CLIPS, n_steps=1, n_epochs=1, batch_size=2, progress=False)
    assert default.voices.num_embeddings == 4


def test_a_seed_gives_the_same_dictation_again():
    options = {"batch_s": 1.0, "n_epochs": 2, "progress": False}
    one, same, other = (
        train_tacotron([LESSON * 6], model=tacotron(), seed=seed, **options)[1].column("train_mel")
        for seed in (3, 3, 4)
    )
    assert one == same != other


def tacotron():
    torch.manual_seed(0)
    return Tacotron(width=8, n_cells=8, n_hidden=4, n_prenet=4, n_postnet=4, kernel_size=3)


LESSON = [datasets.DigitStrings("valid", 1, n_digits=(1, 1), whole_words=True)[0]]
CALLS = {
    train_parallel_speech: {
        "clips": (CLIPS, [None, 5, "x", {}, [], [None], CLIPS[0]]),
        "model": (ParallelSpeech(4, **SMALL), MODULE[1:]),
        "n_steps": (1, COUNT),
        "n_epochs": (1, COUNT),
        "batch_size": (2, COUNT),
        "learning_rate": (1e-3, POSITIVE),
        "gain_db": ((-3.0, 3.0), [None, "x", 5, (1.0,), (3.0, -3.0), (-100.0, 0.0), (float("nan"), 0.0)]),
        "watch": (None, [5, "x", {}, []]),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
    dictation_lessons: {
        "n_strings": (4, [*COUNT, 1]),
        "voice": (3, [*NUMBER, -1, 1.5, 10**6]),
        "split": ("valid", NAME),
        "seed": (0, SEED),
    },
    spoken_words: {"digits": ([7, 2], [None, "x", 5, {}, [10], [-1], [0.5], [None]])},
    train_tacotron: {
        "lessons": ([LESSON], [None, 5, "x", {}, [], [[]], [None], LESSON[0]]),
        "model": (tacotron(), MODULE[1:]),
        "n_epochs": (1, COUNT),
        "batch_s": (100.0, POSITIVE),
        "learning_rate": (1e-3, POSITIVE),
        "guide": (1.0, [*NUMBER, -1.0]),
        "stop": (1.0, [*NUMBER, -1.0]),
        "watch": (None, [5, "x", {}, []]),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.speech_recipes", CALLS)
