"""What trains on the voices of the digits, to speak."""

import pytest
import torch

from course_utils.models import speech_recipes
from course_utils.models.vocoder import Vocoder, VocoderClips
from tests.hostile import COUNT, DEVICE, MODULE, PATHS, POSITIVE, SHARE, refusals
from tests.networks import seeded  # noqa: F401
from tests.support import refuses

CLIPS = VocoderClips("valid", 8, n_frames=12)


def small(**options):
    return Vocoder(width=8, n_layers=1, n_refine=0, **options)


@pytest.mark.parametrize("source", [True, False])
def test_a_vocoder_learns_from_a_few_clips(source):
    options = {"model": small(source=source), "n_epochs": 20, "batch_size": 8, "smear": 0.0, "learning_rate": 1e-2}
    model, history = speech_recipes.train_vocoder(CLIPS, valid=CLIPS, progress=False, **options)
    assert not model.training
    assert history.column("valid_mel")[-1] < 0.9 * history.column("valid_mel")[0]
    assert history.column("train_pitch")[-1] < 0.95 * history.column("train_pitch")[0]


def test_the_same_seed_gives_the_same_vocoder_and_a_killed_run_goes_on(tmp_path):
    options = {"batch_size": 4, "progress": False, "seed": 3, "n_epochs": 3}
    weights = []
    for run in ("whole", "killed"):
        settings = options | {"checkpoint": tmp_path / f"{run}.run"}
        torch.manual_seed(5)
        model = small()
        if run == "killed":
            with pytest.raises(KeyboardInterrupt):
                speech_recipes.train_vocoder(Killed(), model=model, **settings)
            model = small()
        weights.append(speech_recipes.train_vocoder(CLIPS, model=model, **settings)[0].state_dict())
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
        speech_recipes.train_vocoder(CLIPS)


NO_CLIPS = [None, 5, "x", {}, [], [5], [CLIPS[0]], VocoderClips]
CALLS = {
    speech_recipes.train_vocoder: {
        "clips": (CLIPS, NO_CLIPS),
        "model": (small(), [*MODULE[1:], torch.nn.Linear(2, 2)]),
        "n_epochs": (1, COUNT),
        "batch_size": (8, [*COUNT, 9]),
        "learning_rate": (1e-3, POSITIVE),
        "smear": (0.3, SHARE),
        "valid": (None, NO_CLIPS[1:]),
        "seed": (0, [*COUNT[:-5], -1, 1.5, 2**64]),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
        "progress": (False, []),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.speech_recipes", CALLS)
