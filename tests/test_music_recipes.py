"""The recipe of a model of tunes: what it learns, and what it refuses."""

import torch

from course_utils.models import music_generation as mg
from course_utils.models.music_recipes import _PieceBatches, train_melody_model
from tests.hostile import COUNT, DEVICE, MODULE, PATHS, POSITIVE, SHARE, refusals
from tests.networks import seeded  # noqa: F401
from tests.test_music_generation import NO_KINDS, NO_PIECES, PIECES


def test_each_epoch_holds_every_piece_once():
    pieces = [[0, *[1 + k % 7] * (1 + k % 5), 0] for k in range(37)]
    batches = _PieceBatches(pieces, [k % 3 for k in range(37)], 4, seed=0)
    orders = []
    for epoch in range(2):
        batches.dataset.epoch = epoch
        rows = [
            (row[row >= 0].tolist(), kind)
            for (x, kinds), _ in batches
            for row, kind in zip(x, kinds.tolist(), strict=True)
        ]
        assert sorted(rows) == sorted((piece, k % 3) for k, piece in enumerate(pieces))
        orders.append(rows)
    assert orders[0] != orders[1] and len(batches) == 10


def test_rows_of_a_batch_are_of_about_one_length():
    pieces = [[0, *[1] * (1 + 7 * k % 80), 0] for k in range(64)]
    padded = sum(int((x < 0).sum()) for (x,), _ in _PieceBatches(pieces, None, 8, seed=1))
    assert padded < 0.15 * sum(map(len, pieces))


def test_the_same_seed_gives_the_same_weights_and_a_validation_keeps_the_best():
    options = {"n_epochs": 4, "batch_size": 2, "kinds": [0, 1, 2], "valid": mg.piece_batch(PIECES, [0, 1, 2])}
    models, histories = zip(*(train_melody_model(PIECES, seed=5, **options) for _ in range(2)), strict=True)
    assert all(torch.equal(a, b) for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert models[0].n_kinds == 3 and not models[0].training
    assert histories[0].best_epoch is not None


CALLS = {
    train_melody_model: {
        "pieces": (PIECES, NO_PIECES),
        "kinds": ([0, 1, 2], NO_KINDS),
        "model": (mg.MelodyRNN(width=8, n_tokens=9, n_kinds=3), MODULE[1:]),
        "n_epochs": (1, COUNT),
        "batch_size": (2, COUNT),
        "learning_rate": (1e-3, [*POSITIVE, 2.0]),
        "weight_decay": (0.01, SHARE),
        "valid": (None, [5, "x", [], (1,), (1, 2)]),
        "seed": (0, [*COUNT[:-5], -1, 1.5]),
        "device": ("cpu", DEVICE),
        "checkpoint": (None, PATHS),
    }
}
test_hostile_input_is_refused_in_one_sentence = refusals("models.music_recipes", CALLS)
