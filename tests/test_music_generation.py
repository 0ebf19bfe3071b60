"""Networks over tokens: padding without influence, one step at a time, the loss by hand, and copying that shows."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from course_utils import composer, melody_tokens, ngrams, sampling_rules
from course_utils.models import music_generation as mg
from course_utils.models import music_recipes
from tests.hostile import COUNT, MODULE, NAME, NO_TENSORS, NUMBER, SHARE, refusals
from tests.networks import normal, seeded  # noqa: F401
from tests.support import refuses

PIECES = [[0, 3, 4, 5, 0], [0, 6, 0], [0, 1, 2, 3, 4, 5, 6, 7, 0]]
SMALL = {"n_tokens": 9, "n_kinds": 3}


def networks(**options):
    torch.manual_seed(0)
    made = [mg.MelodyRNN(cell=cell, width=16, **SMALL | options) for cell in ("LSTM", "GRU", "RNN")]
    return [*made, mg.MelodyTransformer(width=16, n_heads=2, n_hidden=16, **SMALL | options)]


@pytest.mark.parametrize("network", networks(), ids=["LSTM", "GRU", "RNN", "Transformer"])
class TestEveryNetwork:
    def test_what_comes_later_and_padding_change_nothing(self, network):
        network.eval()
        (tokens, kinds), _ = mg.piece_batch(PIECES, [0, 1, 2])
        together = network(tokens, kinds)
        for k, piece in enumerate(PIECES):
            alone = network(torch.tensor([piece]), kinds[k : k + 1])[0]
            assert_close(together[k, : len(piece)], alone)
            for n in range(1, len(piece)):
                assert_close(network(torch.tensor([piece[:n]]), kinds[k : k + 1])[0], alone[:n])

    def test_one_token_at_a_time_is_all_at_once(self, network):
        network.eval()
        piece, kinds = torch.tensor([PIECES[2][:-1]]), torch.tensor([1])
        whole, state = network(piece, kinds)[0], None
        for n in range(piece.shape[1]):
            scores, state = network.step(piece[:, n : n + 1], kinds, state)
            assert_close(scores[0], whole[n])

    def test_a_continuation_says_what_the_network_says(self, network):
        says = mg.Continuation(network, 2)
        for piece in (PIECES[2], PIECES[0], PIECES[2]):
            for n in range(1, len(piece)):
                expected = network(torch.tensor([piece[:n]]), torch.tensor([2]))[0, -1].softmax(dim=0)
                assert_close(torch.tensor(says(piece[:n])).float(), expected)
                assert says(piece[:n]).sum() == pytest.approx(1)

    def test_the_kind_counts(self, network):
        piece = torch.tensor([PIECES[0]])
        with torch.no_grad():
            network.kinds.weight.normal_()
        assert not torch.allclose(network(piece, torch.tensor([0])), network(piece, torch.tensor([1])))

    def test_perplexity_is_that_of_n_grams(self, network):
        expected = ngrams.perplexity(mg.Continuation(network, 1), PIECES, n_tokens=9)
        assert mg.perplexity_of(network, PIECES, [1, 1, 1], batch_size=2) == pytest.approx(expected, rel=1e-4)


def test_the_loss_by_hand_counts_no_padding():
    scores = normal(2, 4, 5)
    tokens = torch.tensor([[0, 3, 2, 0], [0, 4, 0, -1]])
    log_p = scores.log_softmax(dim=2)
    told = [(0, 0, 3), (0, 1, 2), (0, 2, 0), (1, 0, 4), (1, 1, 0)]
    assert mg.piece_loss(scores, tokens) == pytest.approx(-np.mean([log_p[place].item() for place in told]), rel=1e-5)
    wrong = F.cross_entropy(scores[:, :-1].flatten(0, 1), tokens[:, 1:].clamp(min=0).flatten())
    assert mg.piece_loss(scores, tokens).item() != pytest.approx(wrong.item())


def test_counting_padding_makes_any_number_look_better():
    """A model that learns that zeros follow zeros: twice as long rows, and about the root of the perplexity."""
    p = torch.full((1, 20, 5), 0.2).log()
    p[0, 9:] = torch.tensor([1.0, 1e-9, 1e-9, 1e-9, 1e-9]).log()
    tokens = torch.tensor([[0, *[1 + k % 4 for k in range(8)], 0, *[-1] * 10]])
    right = mg.piece_loss(p, tokens).exp().item()
    wrong = F.cross_entropy(p[:, :-1].flatten(0, 1), tokens[:, 1:].clamp(min=0).flatten()).exp().item()
    assert right == pytest.approx(5) and wrong == pytest.approx(5 ** (9 / 19), rel=1e-3)


def test_batches_by_hand():
    inputs, (targets,) = mg.piece_batch([[0, 5, 0], [0, 0]], [2, 1])
    assert inputs[0].tolist() == targets.tolist() == [[0, 5, 0], [0, 0, -1]] and inputs[1].tolist() == [2, 1]
    assert len(mg.piece_batch([[0, 5, 0]])[0]) == 1


def test_the_transformer_copies_and_the_lstm_does_not():
    """On the composer's tunes, briefly: attention goes below what a model without memory can reach."""
    rng = np.random.default_rng(1)
    pieces = [melody_tokens.encode(composer.compose(rng), tonic=composer.TONIC) for _ in range(1600)]
    train, test = pieces[:1500], pieces[1500:]
    floor, found = composer.entropy(), {}
    for name, model in {
        "LSTM": mg.MelodyRNN(dropout=0.1),
        "Transformer": mg.MelodyTransformer(dropout=0.0),
    }.items():
        options = {"n_epochs": 10, "batch_size": 16, "learning_rate": 4e-3}
        trained, _ = music_recipes.train_melody_model(train, model=model, **options)
        found[name] = mg.perplexity_of(trained, test)
    assert found["Transformer"] < floor.perplexity_without_memory < found["LSTM"]
    assert found["Transformer"] > floor.perplexity


def test_a_trained_model_writes_what_it_has_read():
    """One piece again and again: greedily, the model writes that piece."""
    piece = [0, 3, 1, 4, 1, 5, 0]
    model, history = music_recipes.train_melody_model(
        [piece] * 8, model=mg.MelodyRNN(width=16, n_tokens=9, dropout=0.0), n_epochs=60, learning_rate=2e-2
    )
    assert history.column("train_loss")[-1] < 0.1
    rng = np.random.default_rng(0)
    assert sampling_rules.generate(mg.Continuation(model), rng, rule=lambda p: sampling_rules.top_k(p, 1)) == piece


def test_a_run_that_was_killed_goes_on(tmp_path):
    options = {"n_epochs": 3, "batch_size": 2, "seed": 3}
    whole, _ = music_recipes.train_melody_model(PIECES, model=networks(n_kinds=0)[0], **options)
    path = tmp_path / "run.pt"
    with pytest.raises(ValueError, match="checkpoint"):
        music_recipes.train_melody_model(PIECES, model=networks(n_kinds=0)[0], checkpoint=tmp_path, **options)
    music_recipes.train_melody_model(PIECES, model=networks(n_kinds=0)[0], checkpoint=path, **options)
    again, history = music_recipes.train_melody_model(PIECES, model=networks(n_kinds=0)[0], checkpoint=path, **options)
    assert len(history.rows) == 3
    assert_close(again.state_dict(), whole.state_dict())


def test_tokens_and_kinds_that_do_not_fit_are_refused():
    model = networks()[0]
    tokens, kinds = torch.tensor([[0, 1, 0]]), torch.tensor([1])
    with refuses("must hold kinds, one for each piece, got None"):
        model(tokens)
    with refuses("must be 1 numbers in 0…2"):
        model(tokens, torch.tensor([3]))
    with refuses("must lie below 9, got 9"):
        model(torch.tensor([[0, 9]]), kinds)
    with refuses("must hold no kinds"):
        networks(n_kinds=0)[0](tokens, kinds)
    with refuses("history must begin with 0"):
        mg.Continuation(model, 1)([1, 2])
    with refuses("must be None for a model without kinds"):
        mg.Continuation(networks(n_kinds=0)[0], 1)


NO_PIECES = [None, "x", 5, [], [[]], [[0]], [[1, 2]], [[0, -1, 0]], [[0, 0.5, 0]], {}, [[0, 0, 0]]]
NO_KINDS = ["x", 5, [0], [0.5] * 3, [-1, 0, 0], [True] * 3, {}]
SIZE = [*COUNT, 10**6]
HEARD = torch.tensor([[0, 3, 4, 0]])
NO_ROWS = [*NO_TENSORS, torch.zeros(1, 0, dtype=torch.int64), torch.tensor([0, 1]), torch.tensor([[0.5]])]
CALLS = {
    mg.TokenModel: {
        "n_tokens": (9, [*SIZE, 1]),
        "width": (8, SIZE),
        "n_kinds": (2, [*COUNT[:-5], -1, 10**6]),
        "dropout": (0.1, SHARE),
    },
    mg.MelodyRNN: {
        "cell": ("GRU", NAME),
        "width": (8, SIZE),
        "n_layers": (2, [*COUNT, 17]),
        "n_tokens": (9, [*SIZE, 1]),
        "n_kinds": (2, [*COUNT[:-5], -1, 10**6]),
        "dropout": (0.1, SHARE),
    },
    mg.MelodyRNN(width=8, n_tokens=9).eval().forward: {
        "tokens": (HEARD, NO_ROWS),
        "kinds": (None, [5, "x", torch.tensor([0])]),
    },
    mg.MelodyTransformer: {
        "width": (8, [*SIZE, 7]),
        "n_heads": (2, COUNT),
        "n_hidden": (8, [*COUNT, 10**7]),
        "n_layers": (1, [*COUNT, 65]),
        "n_tokens": (9, [*SIZE, 1]),
        "n_kinds": (2, [*COUNT[:-5], -1, 10**6]),
        "dropout": (0.1, SHARE),
    },
    mg.MelodyTransformer(width=8, n_heads=2, n_hidden=8, n_tokens=9).eval().forward: {
        "tokens": (HEARD, NO_ROWS),
        "kinds": (None, [5, "x", torch.tensor([0])]),
    },
    mg.piece_batch: {"pieces": (PIECES, NO_PIECES), "kinds": ([0, 1, 2], NO_KINDS)},
    mg.piece_loss: {
        "scores": (normal(1, 4, 9), [*NO_TENSORS, normal(4, 9), normal(1, 3, 9)]),
        "tokens": (HEARD, [*NO_ROWS, torch.tensor([[-1, -1, -1, -1]]), torch.tensor([[9, 9, 9, 9]])]),
    },
    mg.perplexity_of: {
        "model": (networks()[0], MODULE),
        "pieces": (PIECES, NO_PIECES),
        "kinds": ([0, 1, 2], NO_KINDS),
        "batch_size": (2, COUNT),
    },
    mg.Continuation: {"model": (networks()[0], MODULE), "kind": (1, [*NUMBER, 3, -1, "x"])},
}
test_hostile_input_is_refused_in_one_sentence = refusals("models.music_generation", CALLS)
