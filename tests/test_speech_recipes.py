"""Recipes of speech: that they learn, that a seed gives the same again, and what they refuse."""

import numpy as np
import torch

from course_utils.models import datasets
from course_utils.models.durations import DigitSpeech
from course_utils.models.parallel_speech import ParallelSpeech
from course_utils.models.speakers import SpeakerVerifier, VoiceClips
from course_utils.models.speech_recipes import train_parallel_speech, train_verifier
from tests.hostile import COUNT, DEVICE, MODULE, PATHS, POSITIVE, SHARE, refusals

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


def test_a_few_steps_teach_a_verifier_and_a_seed_gives_the_same_again():
    def trained_verifier(**options):
        torch.manual_seed(1)
        small = SpeakerVerifier(channels=(8, 16), width=32)
        usual = {"n_epochs": 4, "batch_size": 32, "world": 0.0, "learning_rate": 1e-2, "progress": False}
        return train_verifier(VoiceClips("valid", 160, virtual=False), model=small, **usual | options)

    model, history = trained_verifier()
    losses = history.column("train_loss")
    assert losses[-1] < losses[0] - 0.3 and not model.training
    few = {"n_epochs": 1, "world": 1.0}
    again, same, other = (trained_verifier(seed=seed, **few)[1].column("train_loss") for seed in (3, 3, 4))
    assert again == same != other


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
    train_verifier: {
        "clips": (VoiceClips("valid", 8), [None, 5, "x", [], [(0, 1)], VoiceClips("valid", 1)]),
        "model": (SpeakerVerifier(channels=(2, 3), width=8, n_outputs=5), MODULE[1:]),
        "n_epochs": (1, COUNT),
        "batch_size": (8, COUNT),
        "learning_rate": (1e-3, POSITIVE),
        "world": (0.5, SHARE),
        "seed": (0, SEED),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.speech_recipes", CALLS)
