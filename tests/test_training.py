"""The training loop: its numbers by hand, what it keeps and resumes, and that everything can be trained with it."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from course_utils.models import training


def two_clouds(n=64, seed=0):
    """Points on either side of a line: what a linear model learns."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2)).astype(np.float32)
    return [
        (torch.from_numpy(x[i : i + 16]), torch.from_numpy((x[i : i + 16, 0] > 0).astype(int))) for i in range(0, n, 16)
    ]


def linear(seed=0):
    torch.manual_seed(seed)
    model = nn.Linear(2, 2)
    return model, torch.optim.SGD(model.parameters(), lr=0.5)


def test_fit_learns_and_tells_its_history():
    model, optimizer = linear()
    history = training.fit(
        model, two_clouds(), valid_batches=two_clouds(seed=1), optimizer=optimizer, n_epochs=20, progress=False
    )
    assert history.column("epoch") == list(range(20))
    assert history.column("train_loss")[-1] < 0.5 * history.column("train_loss")[0]
    assert history.column("valid_metric")[-1] > 0.9
    assert set(history.rows[0]) == {"epoch", "train_loss", "valid_loss", "valid_metric", "seconds"}


def test_one_step_of_fit_is_gradient_descent_by_hand():
    """Loss (w x − y)² of one item: w ← w − lr · 2 x (w x − y)."""
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(2.0)
    batch = [(torch.tensor([[3.0]]), torch.tensor([[5.0]]))]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = training.fit(
        model, batch, loss=nn.functional.mse_loss, optimizer=optimizer, n_epochs=1, device="cpu", progress=False
    )
    assert history.column("train_loss") == [1.0]
    assert model.weight.item() == pytest.approx(2.0 - 0.1 * 2 * 3 * (6 - 5))


def test_the_weights_of_the_best_epoch_are_kept():
    values = iter([0.2, 0.9, 0.5, 0.4])
    model, optimizer = linear()
    weights = []

    def metric(output, target):
        weights.append(model.weight.detach().clone())
        return next(values)

    history = training.fit(
        model, two_clouds(), valid_batches=two_clouds(), metric=metric, optimizer=optimizer, n_epochs=4, progress=False
    )
    assert history.best_epoch == 1
    assert torch.equal(model.weight, weights[1])


def test_training_stops_when_nothing_improves():
    values = iter([0.5, 0.6, 0.6, 0.1, 0.9])
    model, optimizer = linear()
    history = training.fit(
        model,
        two_clouds(),
        valid_batches=two_clouds(),
        metric=lambda output, target: next(values),
        optimizer=optimizer,
        n_epochs=5,
        patience=2,
        progress=False,
    )
    assert history.stopped_early and len(history.rows) == 4 and history.best_epoch == 1


def test_the_same_seed_gives_the_same_weights():
    found = []
    for seed in (3, 3, 4):
        training.seed_everything(seed)
        model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 2))
        training.fit(model, two_clouds(), n_epochs=3, device="cpu", progress=False)
        found.append(torch.cat([p.flatten() for p in model.parameters()]))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_resuming_gives_what_an_unbroken_run_gives(tmp_path):
    def run(n_epochs, checkpoint):
        training.seed_everything(0)
        model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 2))
        data = [(x[0], y) for x_batch, y_batch in two_clouds() for x, y in zip(x_batch.split(1), y_batch, strict=True)]
        history = training.fit(
            model,
            DataLoader(data, 16, shuffle=True),
            valid_batches=two_clouds(seed=1),
            n_epochs=n_epochs,
            checkpoint=checkpoint,
            device="cpu",
            progress=False,
        )
        return history, torch.cat([p.flatten() for p in model.parameters()])

    whole, expected = run(6, None)
    run(2, tmp_path / "digits.pt")
    resumed, found = run(6, tmp_path / "digits.pt")
    assert torch.equal(found, expected)
    assert resumed.column("train_loss") == whole.column("train_loss")


KILLED = """
import sys, time, torch
from torch import nn
from course_utils.models import training

class Slow(list):
    def __iter__(self):
        for item in list.__iter__(self):
            time.sleep(0.05)
            yield item

x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
batches = Slow([(x, (x[:, 0] > 0).long())] * 4)
training.seed_everything(0)
training.fit(nn.Linear(2, 2), batches, n_epochs=10_000, checkpoint=sys.argv[1], progress=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_kill_costs_at_most_the_epoch_that_ran(tmp_path):
    path = tmp_path / "killed.pt"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)])
    n_done = 0
    try:
        for _ in range(600):
            time.sleep(0.1)
            if path.exists() and (n_done := len(torch.load(path)["history"]["rows"])) >= 3:
                break
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert n_done >= 3
    training.seed_everything(0)
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    history = training.fit(
        nn.Linear(2, 2), [(x, (x[:, 0] > 0).long())], n_epochs=n_done + 20, checkpoint=path, progress=False
    )
    assert history.column("epoch") == list(range(n_done + 20))


def test_a_checkpoint_of_another_model_is_a_sentence(tmp_path):
    path = tmp_path / "other.pt"
    training.fit(nn.Linear(2, 2), two_clouds(), n_epochs=1, checkpoint=path, progress=False)
    with pytest.raises(ValueError, match="does not fit this model and optimiser .*: delete it"):
        training.fit(nn.Linear(2, 3), two_clouds(), n_epochs=1, checkpoint=path, progress=False)
    path.write_bytes(b"half a file")
    with pytest.raises(ValueError, match="does not fit this model"):
        training.fit(nn.Linear(2, 2), two_clouds(), n_epochs=1, checkpoint=path, progress=False)


def test_a_loss_that_is_not_finite_names_its_batch():
    batches = two_clouds()
    batches[2][0][5, 1] = float("nan")
    with pytest.raises(
        training.NotFiniteLossError, match="batch 2 of epoch 0 .*item 0 of the batch holds NaN"
    ) as caught:
        training.fit(nn.Linear(2, 2), batches, n_epochs=1, progress=False)
    assert caught.value.batch is batches[2] and caught.value.number == 2
    model, _ = linear()
    with pytest.raises(
        training.NotFiniteLossError, match="all values of the batch are finite: lower the learning rate"
    ):
        training.fit(
            model,
            two_clouds(),
            loss=lambda output, target: output.sum().log() * float("nan"),
            n_epochs=1,
            progress=False,
        )


def test_augmented_data_are_drawn_anew_each_epoch():
    class Recorder:
        epoch = None

        def __len__(self):
            return 4

        def __getitem__(self, index):
            seen.append(self.epoch)
            return torch.ones(2), 0

    seen = []
    training.fit(nn.Linear(2, 2), DataLoader(Recorder(), 4), n_epochs=3, progress=False)
    assert seen == [0] * 4 + [1] * 4 + [2] * 4


def test_no_batches_is_a_sentence():
    with pytest.raises(ValueError, match="train_batches must not be empty"):
        training.fit(nn.Linear(2, 2), [], n_epochs=1, progress=False)
    with pytest.raises(ValueError, match="batches must not be empty"):
        training.predict(nn.Linear(2, 2), [])


def test_auto_takes_what_there_is():
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert training.choose_device("auto").type == expected
    assert training.choose_device("cpu") == torch.device("cpu")


def test_an_unknown_result_is_refused():
    with pytest.raises(ValueError, match="name must be one of .*got 'nothing'"):
        training.recorded("nothing")
