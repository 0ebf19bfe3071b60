"""Recipes of speech: that they learn, that a seed gives the same again, and what they refuse."""

import numpy as np
import pytest
import torch

from course_utils.models import datasets
from course_utils.models.durations import DigitSpeech
from course_utils.models.parallel_speech import ParallelSpeech
from course_utils.models.speakers import SpeakerVerifier, VoiceClips
from course_utils.models.speech_recipes import (
    dictation_lessons,
    spoken_words,
    train_parallel_speech,
    train_tacotron,
    train_verifier,
    train_vocoder,
)
from course_utils.models.text_to_speech import Tacotron
from course_utils.models.vocoder import Vocoder, VocoderClips
from tests.hostile import COUNT, DEVICE, MODULE, NAME, NUMBER, PATHS, POSITIVE, SHARE, refusals
from tests.networks import seeded  # noqa: F401
from tests.support import refuses

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


def test_a_dictation_is_one_voice_that_reads_short_strings_first():
    short, long = dictation_lessons(10, voice=3, split="valid", seed=2)
    assert (len(short), len(long)) == (3, 7)
    assert {len(short[n][1]) for n in range(3)} <= {1, 2} and max(len(long[n][1]) for n in range(7)) <= 5
    assert {lesson.voice(n) for lesson in (short, long) for n in range(3)} == {3}


def test_digits_are_spoken_as_words():
    assert spoken_words([7, 2, 5]) == "seven two five" and spoken_words([]) == ""


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


WAVES = VocoderClips("valid", 8, n_frames=12)


def small_vocoder(**options):
    return Vocoder(width=8, n_layers=1, n_refine=0, **options)


@pytest.mark.parametrize("source", [True, False])
def test_a_vocoder_learns_from_a_few_clips(source):
    options = {
        "model": small_vocoder(source=source),
        "n_epochs": 20,
        "batch_size": 8,
        "smear": 0.0,
        "learning_rate": 1e-2,
    }
    model, history = train_vocoder(WAVES, valid=WAVES, progress=False, **options)
    assert not model.training
    assert history.column("valid_mel")[-1] < 0.9 * history.column("valid_mel")[0]
    assert history.column("train_pitch")[-1] < 0.95 * history.column("train_pitch")[0]


def test_the_same_seed_gives_the_same_vocoder_and_a_killed_run_goes_on(tmp_path):
    options = {"batch_size": 4, "progress": False, "seed": 3, "n_epochs": 3}
    weights = []
    for run in ("whole", "killed"):
        settings = options | {"checkpoint": tmp_path / f"{run}.run"}
        torch.manual_seed(5)
        model = small_vocoder()
        if run == "killed":
            with pytest.raises(KeyboardInterrupt):
                train_vocoder(Killed(), model=model, **settings)
            model = small_vocoder()
        weights.append(train_vocoder(WAVES, model=model, **settings)[0].state_dict())
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


class Killed(VocoderClips):
    """The same clips until the second epoch."""

    def __init__(self):
        super().__init__("valid", 8, n_frames=12)

    def __getitem__(self, index):
        if self.epoch == 1 and index == 6:
            raise KeyboardInterrupt
        return super().__getitem__(index)


def test_too_few_clips_are_refused():
    with refuses("clips must hold at least batch_size=16 clips, got 8: raise n_clips"):
        train_vocoder(WAVES)


NO_WAVES = [None, 5, "x", {}, [], [5], [WAVES[0]], VocoderClips]
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
    train_vocoder: {
        "clips": (WAVES, NO_WAVES),
        "model": (small_vocoder(), [*MODULE[1:], torch.nn.Linear(2, 2)]),
        "n_epochs": (1, COUNT),
        "batch_size": (8, [*COUNT, 9]),
        "learning_rate": (1e-3, POSITIVE),
        "smear": (0.3, SHARE),
        "valid": (None, NO_WAVES[1:]),
        "seed": (0, [*COUNT[:-5], -1, 1.5, 2**64]),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
        "progress": (False, []),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.speech_recipes", CALLS)
