"""The recipe of the codec: what it draws, that it goes on where it stood, and what it refuses."""

import numpy as np
import torch
from torch.testing import assert_close

from course_utils.models.codec import FrameCodec
from course_utils.models.codec_recipes import STAGES, _FrameBatches, train_codec
from tests.hostile import COUNT, DEVICE, MODULE, NUMBER, PATHS, POSITIVE, SHARE, refusals
from tests.networks import seeded  # noqa: F401
from tests.support import random_signal

SIGNALS = [0.2 * random_signal(3000, seed=k) for k in range(3)]
OPTIONS = {"n_steps": 4, "batch_size": 2, "n_frames": 64, "n_parts": 2, "mel": 0.0}


def small():
    torch.manual_seed(0)
    return FrameCodec(width=8, latent=40, n_stages=12, n_codes=8, dilations=(1,))


def test_pieces_are_drawn_anew_in_each_part():
    frames = torch.arange(300.0).expand(40, 300)
    batches = _FrameBatches(frames, STAGES, 30, 3, 5, 64, seed=1)
    begins, stages = [], set()
    for epoch in range(3):
        batches.dataset.epoch = epoch
        drawn = list(batches)
        assert len(drawn) == len(batches) == 10
        begins.append([x[:, 0, 0].tolist() for (x, _), _ in drawn])
        stages |= {int(n[0]) for (_, n), _ in drawn}
        assert all(torch.equal(x[0, 0], torch.arange(64.0) + x[0, 0, 0]) for (x, _), _ in drawn)
    assert begins[0] != begins[1] and stages <= set(STAGES) and len(stages) > 3


def test_a_killed_run_goes_on_where_it_stood(tmp_path):
    whole, history = train_codec(SIGNALS, model=small(), **OPTIONS)
    path = tmp_path / "run.pt"
    train_codec(SIGNALS, model=small(), checkpoint=path, **OPTIONS)
    again, kept = train_codec(SIGNALS, model=small(), checkpoint=path, **OPTIONS)
    assert len(history.rows) == len(kept.rows) == 2 and not again.training
    assert_close(again.state_dict(), whole.state_dict())
    assert np.isfinite(history.column("train_loss")).all()


CALLS = {
    train_codec: {
        "signals": (SIGNALS, [None, "x", 5, [], [[]], [None], [np.ones((2, 9))], [0.1 * random_signal(100)], {}]),
        "model": (small(), MODULE[1:]),
        "n_steps": (2, COUNT),
        "batch_size": (2, COUNT),
        "n_frames": (64, [*COUNT, 15]),
        "learning_rate": (1e-3, [*POSITIVE, 2.0]),
        "mel": (0.0, SHARE),
        "commitment": (0.1, [*NUMBER, -1.0]),
        "n_parts": (1, COUNT),
        "seed": (0, [*COUNT[:-5], -1, 1.5]),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    }
}
test_hostile_input_is_refused_in_one_sentence = refusals("models.codec_recipes", CALLS)
