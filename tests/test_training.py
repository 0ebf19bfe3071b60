"""The training loop: its numbers by hand, what it keeps and resumes, and that everything can be trained with it."""

import copy
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset

from course_utils import augmentation
from course_utils.models import layers, sequence_models, training
from course_utils.models.classification import EventCNN
from course_utils.models.datasets import pad_batch
from tests.hostile import COUNT, DEVICE, MODULE, NAME, NO_TENSORS, PATHS, POSITIVE, refusals
from tests.support import refuses


def two_clouds(n=64, seed=0):
    """Points on either side of a line: what a linear model learns."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2)).astype(np.float32)
    x, y = torch.from_numpy(x), torch.from_numpy((x[:, 0] > 0).astype(int))
    return [((x[i : i + 16],), (y[i : i + 16],)) for i in range(0, n, 16)]


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


def slope(weight=2.0):
    """One weight: ``y = w x``."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, weight)
    return model


def pairs(*points):
    """A batch of points (x, y)."""
    x, y = torch.tensor([[float(number) for number in point] for point in points]).split(1, dim=1)
    return (x,), (y,)


ONCE = {"n_epochs": 1, "progress": False}
SQUARES = {"loss": nn.functional.mse_loss, "progress": False, "n_epochs": 1}


def steepest(model, rate):
    return torch.optim.SGD(model.parameters(), lr=rate)


def within_one_and_a_half(output, target):
    return ((output - target).abs() < 1.5).double().mean().item()


def test_the_numbers_of_a_history_by_hand():
    """y = 2 x, nothing learned. Training errors 1, 2, −1 and, alone in the last batch, 3; validation 0 and −1, 3.

    Means over items, so that the last batch counts as the one item that it is: (1 + 4 + 1 + 9) / 4 and (0 + 1 + 9) / 3;
    two of three lie within 1.5. Means over batches would be (2 + 9) / 2 and (0 + 5) / 2.
    """
    train = [pairs((1, 1), (1, 0), (1, 3)), pairs((2, 1))]
    valid = [pairs((1, 2)), pairs((3, 7), (1, -1))]
    model, options = slope(), SQUARES | {"metric": within_one_and_a_half}
    history = training.fit(model, train, valid_batches=valid, optimizer=steepest(model, 0.0), **options)
    assert history.column("train_loss") == [pytest.approx(15 / 4)]
    assert history.column("valid_loss") == [pytest.approx(10 / 3)]
    assert history.column("valid_metric") == [pytest.approx(2 / 3)]


def test_one_step_of_fit_is_gradient_descent_by_hand():
    """Loss (w x − y)² of one item: w ← w − lr · 2 x (w x − y)."""
    model = slope()
    history = training.fit(model, [pairs((3, 5))], optimizer=steepest(model, 0.1), **SQUARES)
    assert history.column("train_loss") == [1.0]
    assert model.weight.item() == pytest.approx(2.0 - 0.1 * 2 * 3 * (6 - 5))


@pytest.mark.parametrize(("max_norm", "step"), [(1.5, 1.5), (100.0, 6.0)])
def test_gradients_are_clipped_to_their_norm(max_norm, step):
    """The gradient of the step above is 6; a longer norm than that changes nothing."""
    model = slope()
    training.fit(model, [pairs((3, 5))], optimizer=steepest(model, 0.1), max_norm=max_norm, **SQUARES)
    assert model.weight.item() == pytest.approx(2.0 - 0.1 * step, rel=1e-5)  # torch adds 1e-6 to the norm


def test_the_norm_is_that_of_all_weights_together():
    """Gradients 3 and 4 have the norm 5."""
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    batch = [((torch.tensor([[3.0, 4.0]]),), (torch.zeros(1),))]
    options = {"loss": lambda output, target: output.sum(), "n_epochs": 1, "progress": False}
    training.fit(model, batch, optimizer=steepest(model, 1.0), max_norm=1.0, **options)
    assert model.weight[0].tolist() == pytest.approx([-0.6, -0.8], rel=1e-5)


def test_the_schedule_takes_a_step_with_every_batch():
    """The rate is halved after each of three batches of gradient 1: 2 − 0.1 − 0.05 − 0.025."""
    model = slope()
    optimizer = steepest(model, 0.1)
    halved = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    options = SQUARES | {"loss": lambda output, target: output.mean()}
    training.fit(model, [pairs((1, 0))] * 3, optimizer=optimizer, scheduler=halved, **options)
    assert model.weight.item() == pytest.approx(2 - 0.175)


def test_parts_of_a_loss_are_added_and_each_has_its_column():
    """Of y = 2 x and the point (3, 5): the square of the error 1, and half the weight; the gradient is 6 + ½."""
    model = slope()

    def loss(output, target):
        return {"square": (output - target).square().mean(), "weight": 0.5 * model.weight.sum()}

    options = SQUARES | {"loss": loss, "metric": None}
    batch = [pairs((3, 5))]
    history = training.fit(model, batch, valid_batches=batch, optimizer=steepest(model, 0.1), **options)
    (row,) = history.rows
    assert (row["train_loss"], row["train_square"], row["train_weight"]) == (2, 1, 1)
    weight = 2 - 0.65
    assert model.weight.item() == pytest.approx(weight)
    assert row["valid_square"] == pytest.approx((3 * weight - 5) ** 2)
    assert row["valid_weight"] == pytest.approx(weight / 2)
    assert row["valid_loss"] == pytest.approx(row["valid_square"] + row["valid_weight"])
    with refuses("a part of the loss must not be called 'loss'"):
        training.fit(model, batch, **SQUARES | {"loss": lambda output, target: {"loss": output.sum()}})


class MacroF1:
    """Counts in ``update``, divides in ``compute``: no mean over batches."""

    def reset(self):
        self.table = torch.zeros(2, 2)

    def update(self, output, target):
        for true, said in zip(target, output.argmax(dim=1), strict=True):
            self.table[true, said] += 1

    def compute(self):
        hits = self.table.diagonal()
        return (2 * hits / (self.table.sum(dim=0) + self.table.sum(dim=1))).mean()


def test_a_metric_that_is_no_mean_over_batches_by_hand():
    """0, 0, 0 and, in a batch of its own, 1; all called 0: F1 is 6/7 and 0. The mean of the batches' F1 differs."""
    says_0 = torch.tensor([[1.0, 0.0]])
    batches = [((says_0.repeat(3, 1),), (torch.zeros(3, dtype=int),)), ((says_0,), (torch.ones(1, dtype=int),))]
    metric = MacroF1()
    for _ in range(2):  # the second pass begins anew
        found = training.evaluate(nn.Identity(), batches, loss=nn.functional.cross_entropy, metric=metric)
        assert found["metric"] == pytest.approx(3 / 7)
    assert found["loss"] == pytest.approx((3 * math.log(1 + math.exp(-1)) + math.log(1 + math.e)) / 4)


def test_without_a_metric_the_lowest_loss_decides():
    """w = 2, 1, 0.5, 0.25 for y = 0.6 x: the third is nearest."""
    model = slope(4.0)
    optimizer = steepest(model, 1.0)

    def loss(output, target):  # gradient w / 2 in training: the weight is halved
        return 0.25 * output.square().mean() if model.training else nn.functional.mse_loss(output, target)

    options = SQUARES | {"loss": loss, "metric": None, "n_epochs": 4}
    history = training.fit(model, [pairs((1, 0.6))], valid_batches=[pairs((1, 0.6))], optimizer=optimizer, **options)
    assert history.column("valid_loss") == pytest.approx([1.4**2, 0.4**2, 0.1**2, 0.35**2])
    assert history.best_epoch == 2 and model.weight.item() == 0.5


def test_a_metric_must_give_a_number():
    def run(metric):
        return training.fit(nn.Linear(2, 2), two_clouds(), valid_batches=two_clouds(), metric=metric, **ONCE)

    class Unfinished:
        def update(self, output, target):
            pass

    class Half(Unfinished):
        def reset(self):
            pass

        def compute(self):
            return math.nan

    def f1(output, target):
        return math.nan

    with refuses("the metric f1 must give a number, got nan for validation batch 0: return 0"):
        run(f1)
    with refuses(r"the metric Half must give a number, got nan for compute\(\)"):
        run(Half())
    for wrong in (None, {"f1": 0.5}, "0.5", torch.ones(3)):
        with refuses("must give a number, got .* return a float", TypeError):
            run(lambda output, target, wrong=wrong: wrong)
    for wrong in ("accuracy", Unfinished(), Half, {}):
        with refuses("metric must be a function, or an object with reset, update and compute", TypeError):
            run(wrong)
    for number in (torch.tensor(0.5), np.float32(0.5), np.array(0.5), 0.5):
        (value,) = run(lambda output, target, number=number: number).column("valid_metric")
        assert type(value) is float and value == 0.5


def test_a_metric_of_numpy_can_be_read_again(tmp_path):
    for n_epochs in (1, 2):
        options = ONCE | {"n_epochs": n_epochs, "metric": lambda output, target: np.float64(0.5)}
        options |= {"valid_batches": two_clouds(), "checkpoint": tmp_path / "run.pt"}
        assert len(training.fit(nn.Linear(2, 2), two_clouds(), **options).rows) == n_epochs


def test_accuracy_with_two_targets_is_refused_at_the_first_batch():
    batches = [(x, (y, y)) for x, (y,) in two_clouds()]
    options = ONCE | {"loss": lambda output, one, other: nn.functional.cross_entropy(output, one)}
    model = nn.Linear(2, 2)
    before = model.weight.tolist()
    with refuses("metric=accuracy needs a single target, got 2 in batch 0: pass metric=None"):
        training.fit(model, batches, valid_batches=batches, **options)
    assert model.weight.tolist() == before
    with refuses("metric=accuracy needs a single target"):
        training.evaluate(model, batches, loss=options["loss"], metric=training.accuracy)
    assert training.fit(model, batches, **options).rows
    assert training.fit(model, batches, valid_batches=batches, metric=None, **options).rows


@pytest.mark.parametrize(
    ("loss", "error", "match"),
    [
        (lambda output, target: 1.0, TypeError, "the loss must be a scalar tensor, got float"),
        (lambda output, target: None, TypeError, "the loss must be a scalar tensor, got NoneType"),
        (lambda output, target: (output.sum(),) * 2, TypeError, "got tuple: .*several parts as a dict"),
        (lambda output, target: output, ValueError, r"real scalar tensor, got torch.float32 of shape \(16, 2\)"),
        (lambda output, target: output.sum()[None], ValueError, r"of shape \(1,\)"),
        (lambda output, target: output.argmax(dim=1).sum(), ValueError, "got torch.int64"),
        (lambda output, target: output.sum().detach(), ValueError, "the loss must have a gradient"),
        (lambda output, target: {}, ValueError, "must have at least one, got {}"),
        (lambda output, target: {0: output.sum()}, TypeError, "must have a name, got 0"),
        (lambda output, target: {"a": output.sum(), "b": 2.0}, TypeError, "the part 'b' of the loss .* got float"),
        (lambda output, target: {"a": output}, ValueError, "the part 'a' of the loss must be a real scalar"),
        ("mse", TypeError, "loss must be a function .*got 'mse'"),
    ],
)
def test_a_loss_must_be_a_scalar_tensor_with_a_gradient(loss, error, match):
    with refuses(match, error):
        training.fit(nn.Linear(2, 2), two_clouds(), loss=loss, **ONCE)


def test_a_loss_has_the_same_parts_for_every_batch():
    names = iter(["a", "b"])
    with refuses(r"the same parts for every batch, got \['loss', 'b'\] after \['loss', 'a'\]"):
        training.fit(nn.Linear(2, 2), two_clouds(), loss=lambda output, target: {next(names): output.sum()}, **ONCE)


def test_gradients_that_are_not_finite_never_reach_the_weights():
    """√ of 0: the loss is 0, its gradient infinite times zero."""
    for max_norm in (None, 1.0):
        model = slope()
        batches = [pairs((1, 3)), pairs((0, 0))]
        options = SQUARES | {"loss": lambda output, target: (output - target).abs().sum().sqrt(), "max_norm": max_norm}
        match = "the norm of the gradients must be finite, got nan in batch 1 of epoch 0"
        with pytest.raises(training.NotFiniteLossError, match=match) as caught:
            training.fit(model, batches, **options)
        assert caught.value.batch is batches[1]
        assert model.weight.isfinite().all() and model.weight.item() != 2  # the step of batch 0 is there


def test_the_weights_of_the_best_epoch_are_kept():
    values = iter([0.2, 0.9, 0.5, 0.4])
    model, optimizer = linear()
    weights = []

    def metric(output, target):
        weights.append(model.weight.detach().clone())
        return next(values)

    history = training.fit(
        model,
        two_clouds(),
        valid_batches=two_clouds()[:1],
        metric=metric,
        optimizer=optimizer,
        n_epochs=4,
        progress=False,
    )
    assert history.best_epoch == 1
    assert torch.equal(model.weight, weights[1])


def test_training_stops_when_nothing_improves():
    values = iter([0.5, 0.6, 0.6, 0.1, 0.9])
    model, optimizer = linear()
    history = training.fit(
        model,
        two_clouds(),
        valid_batches=two_clouds()[:1],
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


def collate(items):
    x, y = torch.utils.data.default_collate(items)
    return (x,), (y,)


@pytest.mark.parametrize("own_order", [False, True])
def test_resuming_gives_what_an_unbroken_run_gives(tmp_path, own_order):
    """With the order drawn from torch's own random numbers, or from a generator of the DataLoader."""

    def run(n_epochs, checkpoint):
        training.seed_everything(0)
        model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 2))
        points = [item for (x,), (y,) in two_clouds() for item in zip(x, y, strict=True)]
        order = torch.Generator().manual_seed(5) if own_order else None
        history = training.fit(
            model,
            DataLoader(points, 16, shuffle=True, collate_fn=collate, generator=order),
            valid_batches=two_clouds(seed=1),
            n_epochs=n_epochs,
            checkpoint=checkpoint,
            progress=False,
        )
        return history, torch.cat([p.flatten() for p in model.parameters()])

    whole, expected = run(6, None)
    run(2, tmp_path / "digits.pt")
    resumed, found = run(6, tmp_path / "digits.pt")
    assert torch.equal(found, expected)
    assert resumed.column("train_loss") == whole.column("train_loss")


def test_a_run_that_stopped_early_is_not_taken_up_again(tmp_path):
    values = iter([0.5, 0.4, 0.9])

    def run():
        model, optimizer = linear()
        options = {"metric": lambda output, target: next(values), "optimizer": optimizer, "n_epochs": 9, "patience": 1}
        batches = two_clouds()[:1]
        options |= {"valid_batches": batches, "checkpoint": tmp_path / "run.pt", "progress": False}
        return training.fit(model, batches, **options)

    assert len(run().rows) == len(run().rows) == 2


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
batches = Slow([((x,), ((x[:, 0] > 0).long(),))] * 4)
training.seed_everything(0)
model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 2))
training.fit(model, batches, n_epochs=10_000, checkpoint=sys.argv[1], progress=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_kill_costs_at_most_the_epoch_that_ran(tmp_path):
    """Killed in the middle and resumed, weights and losses are those of a run that nobody broke, to the last bit."""
    path = tmp_path / "killed.pt"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], env=os.environ | {"OMP_NUM_THREADS": "1"})
    n_done = 0
    try:
        for _ in range(600):
            time.sleep(0.1)
            if path.exists() and (n_done := len(torch.load(path)["history"]["rows"])) >= 3:
                break
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    n_done = len(torch.load(path)["history"]["rows"])
    assert n_done >= 3
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    batches, found = [((x,), ((x[:, 0] > 0).long(),))] * 4, []
    for checkpoint in (path, None):
        training.seed_everything(0)
        model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 2))
        history = training.fit(model, batches, n_epochs=n_done + 5, checkpoint=checkpoint, progress=False)
        found.append((history.column("train_loss"), model[0].weight.tolist(), model[2].weight.tolist()))
    assert found[0] == found[1] and len(found[0][0]) == n_done + 5


def resumed_from(path, model=None, batches=None, n_epochs=1, **options):
    model = nn.Linear(2, 2) if model is None else model
    options = {"n_epochs": n_epochs, "checkpoint": path, "progress": False} | options
    return training.fit(model, two_clouds() if batches is None else batches, **options)


def test_a_checkpoint_that_does_not_fit_is_a_sentence_with_its_cause(tmp_path):
    path = tmp_path / "other.pt"
    resumed_from(path)
    with refuses("must come from the same model, .*pass the model of that run"):
        resumed_from(path, nn.Linear(2, 3))
    model, optimizer = linear()
    with refuses("must come from the same optimizer and scheduler"):
        resumed_from(path, model, optimizer=optimizer)
    adam = torch.optim.AdamW(model.parameters())
    with refuses("must come from the same optimizer and scheduler"):
        resumed_from(path, model, optimizer=adam, scheduler=torch.optim.lr_scheduler.StepLR(adam, 1))
    points = [item for (x,), (y,) in two_clouds() for item in zip(x, y, strict=True)]
    loader = DataLoader(points, 16, collate_fn=collate, generator=torch.Generator())
    with refuses("must hold the order of train_batches"):
        resumed_from(path, batches=loader)
    torch.save(model.state_dict(), path)
    with refuses("got .*other.pt, which is none: name another file"):
        resumed_from(path)
    path.write_bytes(b"half a file")
    with refuses(r"cannot be read \(.*\): delete it to begin anew"):
        resumed_from(path)


def test_a_refused_checkpoint_leaves_the_model_as_it_was(tmp_path):
    """The first layer fits and the second does not."""
    path = tmp_path / "other.pt"
    resumed_from(path, nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)))
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    before = model[0].weight.tolist()
    with refuses("must come from the same model"):
        resumed_from(path, model)
    assert model[0].weight.tolist() == before


def test_a_run_resumed_without_validation_ends_with_its_last_weights(tmp_path):
    path, model = tmp_path / "run.pt", nn.Linear(2, 2)
    resumed_from(path, valid_batches=two_clouds())
    resumed_from(path, model, n_epochs=3)
    assert torch.equal(model.weight, torch.load(path)["model"]["weight"])
    assert not torch.equal(model.weight, torch.load(path)["best"]["weight"])


def test_a_metric_that_comes_or_goes_begins_the_search_for_the_best_epoch_anew(tmp_path):
    """The first epoch's 1 and the second's loss, −0.7 or so, cannot be compared."""
    path, options = tmp_path / "run.pt", {"valid_batches": two_clouds()}
    resumed_from(path, metric=lambda output, target: 1.0, **options)
    assert resumed_from(path, n_epochs=2, metric=None, **options).best_epoch == 1
    assert resumed_from(path, n_epochs=3, metric=lambda output, target: -9.0, **options).best_epoch == 2


def test_what_fit_cannot_train_is_refused_before_it_begins(tmp_path):
    def run(model=None, batches=None, **options):
        model = nn.Linear(2, 2) if model is None else model
        training.fit(model, two_clouds() if batches is None else batches, **ONCE | options)

    model, optimizer = linear()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    with refuses("optimizer must hold weights of this model, got SGD with none of them"):
        run(optimizer=optimizer)
    with refuses("scheduler=StepLR needs its own optimizer, got none: pass optimizer="):
        run(model, scheduler=schedule)
    with refuses("scheduler=StepLR needs its own optimizer, got another one"):
        run(model, scheduler=schedule, optimizer=steepest(model, 1.0))
    with refuses("optimizer must be a torch.optim.Optimizer", TypeError):
        run(optimizer=torch.optim.SGD)
    with refuses("model must be a torch.nn.Module", TypeError):
        run(lambda x: x)
    with refuses("model must have weights to train, got Identity with none"):
        run(nn.Identity())
    with refuses("train_batches must give its batches anew in each of 2 epochs, got a generator", TypeError):
        run(batches=(batch for batch in two_clouds()), n_epochs=2)
    with refuses("valid_batches must give its batches anew in each of 2 epochs", TypeError):
        run(valid_batches=iter(two_clouds()), n_epochs=2)
    with refuses("checkpoint must be a file, got the folder"):
        run(checkpoint=tmp_path)
    with refuses("checkpoint must lie in a folder that exists, got .*: make"):
        run(checkpoint=tmp_path / "absent" / "run.pt")
    with refuses("checkpoint must be a path, got True", TypeError):
        run(checkpoint=True)


def test_patience_is_a_count_and_needs_validation():
    def run(patience, **options):
        training.fit(nn.Linear(2, 2), two_clouds(), patience=patience, **ONCE | options)

    with refuses("patience=2 needs valid_batches, got none"):
        run(2)
    for wrong in (0, -1):
        with refuses(f"patience must be at least 1, got {wrong}"):
            run(wrong, valid_batches=two_clouds())
    for wrong in (1.5, "2", True):
        with refuses("patience must be a whole number", TypeError):
            run(wrong)


def test_an_unknown_device_is_a_sentence():
    for wrong in ("gpu", "cuda:99", None):
        with refuses("device must be one of this machine, got"):
            training.choose_device(wrong)


def test_a_batch_without_items_is_named():
    x, y = torch.ones(3, 2), torch.zeros(3, dtype=int)
    full = ((x,), (y,))
    for batch, found in (
        (((x[:0],), (y[:0],)), r"got inputs\[0\] of shape \(0, 2\) in batch 1"),
        (((), (y,)), "got no inputs in batch 1"),
        (((torch.tensor(1.0),), (y,)), r"got inputs\[0\] of shape \(\) in batch 1"),
    ):
        with refuses(found):
            training.fit(nn.Linear(2, 2), [full, batch], **ONCE)
    with refuses("a batch must hold tensors, got ndarray in batch 0: wrap it", TypeError):
        training.predict(nn.Linear(2, 2), [((x.numpy(),), (y,))])


def test_accuracy_repeats_nothing():
    assert training.accuracy(torch.eye(3), torch.tensor([0, 1, 0])) == pytest.approx(2 / 3)
    for output, target in (((3, 2), (3, 1)), ((3, 2), (1,)), ((3, 2), ()), ((3, 2, 4), (3,)), ((3,), (3,))):
        with refuses("output must have the shape"):
            training.accuracy(torch.zeros(output), torch.zeros(target, dtype=int))
    with refuses("output must hold at least one item"):
        training.accuracy(torch.zeros(0, 2), torch.zeros(0, dtype=int))


def test_a_loss_that_is_not_finite_names_its_batch():
    batches = two_clouds()
    batches[2][0][0][5, 1] = float("nan")
    options = {"n_epochs": 1, "progress": False}
    found = r"batch 2 of epoch 0 .*inputs\[0\] of the batch holds NaN"
    with pytest.raises(training.NotFiniteLossError, match=found) as caught:
        training.fit(nn.Linear(2, 2), batches, **options)
    assert caught.value.batch is batches[2] and caught.value.number == 2 and caught.value.epoch == 0
    with pytest.raises(training.NotFiniteLossError, match="got nan in validation batch 2 of epoch 0") as caught:
        training.fit(nn.Linear(2, 2), two_clouds(), valid_batches=batches, **options)
    assert caught.value.batch is batches[2]
    with pytest.raises(
        training.NotFiniteLossError, match="all values of the batch are finite: lower the learning rate"
    ):
        training.fit(nn.Linear(2, 2), two_clouds(), loss=lambda output, target: output.sum() * math.nan, **options)


def test_augmented_data_are_drawn_anew_each_epoch():
    class Recorder:
        epoch = None

        def __len__(self):
            return 4

        def __getitem__(self, index):
            seen.append(self.epoch)
            return torch.ones(2), 0

    seen = []
    training.fit(nn.Linear(2, 2), DataLoader(Recorder(), 4, collate_fn=collate), n_epochs=3, progress=False)
    assert seen == [0] * 4 + [1] * 4 + [2] * 4


def test_no_batches_is_a_sentence():
    with pytest.raises(ValueError, match="train_batches must not be empty"):
        training.fit(nn.Linear(2, 2), [], n_epochs=1, progress=False)
    with refuses("valid_batches must not be empty"):
        training.fit(nn.Linear(2, 2), two_clouds(), valid_batches=[], n_epochs=1, progress=False)
    with refuses("batches must not be empty"):
        training.predict(nn.Linear(2, 2), [])


def test_a_batch_that_is_not_two_tuples_is_a_sentence():
    x, y = torch.ones(3, 2), torch.ones(3, dtype=int)
    for batch in ((x, y), [x, y], (x, x, y)):
        with refuses(r"a batch must be \(inputs, targets\), two tuples, got \['Tensor', 'Tensor'", TypeError):
            training.fit(nn.Linear(2, 2), [batch], n_epochs=1, progress=False)
    with refuses("got Tensor: give the DataLoader collate_fn=datasets.pad_batch", TypeError):
        training.predict(nn.Linear(2, 2), [x])


def test_predict_gives_what_a_loss_takes():
    """Of clips of one length a tensor; of batches of different lengths a list, one tensor an item."""
    model = nn.Conv1d(1, 1, 1)
    equal = [((torch.ones(2, 1, 5),), (torch.zeros(2, dtype=int), torch.ones(2))) for _ in range(3)]
    output, labels, numbers = training.predict(model, equal)
    assert output.shape == (6, 1, 5) and labels.shape == numbers.shape == (6,)
    unequal = [((torch.ones(2, 1, 5),), (torch.zeros(2, 3),)), ((torch.ones(1, 1, 7),), (torch.zeros(1, 4),))]
    output, targets = training.predict(model, unequal)
    assert [item.shape[-1] for item in output] == [5, 5, 7] and [len(item) for item in targets] == [3, 3, 4]
    assert not model.training and not output[0].requires_grad


def test_predict_takes_a_model_that_gives_several_outputs():
    class Two(nn.Module):
        def forward(self, x, lengths):
            return x, lengths

    items = [(torch.ones(1, n), n) for n in (3, 5, 4)]
    (output, lengths), labels = training.predict(Two(), [pad_batch(items[:2]), pad_batch(items[2:])])
    assert [item.shape[-1] for item in output] == [5, 5, 4] and lengths.tolist() == labels.tolist() == [3, 5, 4]


def test_auto_takes_what_there_is():
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert training.choose_device("auto").type == expected
    assert training.choose_device("cpu") == torch.device("cpu")


class Elsewhere(nn.Module):
    """On the ``meta`` device, which stands for a card: it computes shapes and no numbers."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2, device="meta")

    def forward(self, x):
        assert x.device.type == "meta"
        return torch.zeros(len(self.layer(x)), 2)


def test_a_model_is_judged_where_it_is():
    model = Elsewhere()
    assert training.home_of(model).type == "meta" and training.home_of(nn.Identity()).type == "cpu"
    (output,) = training.predict(model, [((torch.ones(4, 2),), ())])
    assert output.shape == (4, 2) and training.home_of(model).type == "meta"


@pytest.mark.parametrize("n_workers", [0, 2])
def test_the_epoch_reaches_what_augments_in_a_part_of_it_and_in_workers_that_live_on(n_workers):
    noise = augmentation.Compose([("add_noise", {"snr_db": 0.0}, 1.0)], seed=1)
    heard = []

    class Remembers(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(8, 2)

        def forward(self, x, lengths):
            heard.append(x.clone())
            return self.layer(x)

    examples = [(np.sin(np.arange(1, 9) * n).astype(np.float32), n % 2) for n in range(1, 7)]
    part = Subset(augmentation.Augmented(examples, noise), [0, 2, 4])
    both = ConcatDataset([part, augmentation.Augmented(examples, noise)])
    lives_on = {"num_workers": n_workers, "persistent_workers": True} if n_workers else {}
    loader = DataLoader(both, 9, collate_fn=pad_batch, **lives_on)
    training.fit(Remembers(), loader, n_epochs=3, progress=False)
    expected = [
        torch.from_numpy(np.array([noise(examples[n][0], n, epoch=epoch) for n in (0, 2, 4, *range(6))]))
        for epoch in range(3)
    ]
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(heard, expected, strict=True))


def test_an_unknown_result_is_refused():
    with pytest.raises(ValueError, match="name must be one of .*got 'nothing'"):
        training.recorded("nothing")


# ------------------------------------------------------------------------------- what fit can train
#
# Small tasks, each of which a part of the course stands on. No loop but the one of fit, and batches of pad_batch.


def trained(model, make_items, *, rate, n_epochs, n_items, **options):
    """A model trained on items of seed 0 and validated on others, and its history."""
    train = DataLoader(list(make_items(n_items, 0)), 64, shuffle=True, collate_fn=pad_batch)
    valid = DataLoader(list(make_items(200, 1)), 64, collate_fn=pad_batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=n_epochs * len(train))
    options |= {"optimizer": optimizer, "scheduler": schedule, "n_epochs": n_epochs, "max_norm": 5.0}
    return training.fit(model, train, valid_batches=valid, progress=False, **options)


def random_integers(generator, low, high, n=1):
    return torch.randint(low, high, (n,), generator=generator)


def glides(n_items, seed):
    """A line that rises or falls over the bands, anywhere in noise, in clips of 12 to 23 frames."""
    generator = torch.Generator().manual_seed(seed)
    for number in range(n_items):
        clip = torch.randn(8, int(random_integers(generator, 12, 24)), generator=generator)
        start, bands = int(random_integers(generator, 0, clip.shape[1] - 7)), torch.arange(8)
        clip[bands if number % 2 else bands.flip(0), start + bands] += 4
        yield clip, number % 2


def test_fit_trains_a_cnn():
    torch.manual_seed(0)
    history = trained(EventCNN(2, (8, 16)), glides, rate=2e-2, n_epochs=4, n_items=500)
    assert max(history.column("valid_metric")) > 0.95


class Speller(nn.Module):
    """Log-probabilities of five symbols and the blank in each frame, and how many frames count."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(5, 32, 5, padding="same"), nn.ReLU(), nn.Conv1d(32, 6, 1))

    def forward(self, features, lengths):
        return self.layers(features).log_softmax(dim=1), lengths


def spelled(n_items, seed):
    """Two to four symbols, each a band that sounds for 2 to 4 frames and rests for 2."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_items):
        symbols = random_integers(generator, 1, 6, int(random_integers(generator, 2, 5)))
        parts = []
        for symbol in symbols:
            n_frames = int(random_integers(generator, 2, 5))
            part = torch.zeros(5, n_frames + 2)
            part[symbol - 1, :n_frames] = 2
            parts.append(part)
        features = torch.cat(parts, dim=1)
        yield features + 0.3 * torch.randn(features.shape, generator=generator), symbols


def ctc_loss(output, targets, n_targets):
    log_probabilities, n_frames = output
    return nn.functional.ctc_loss(log_probabilities.permute(2, 0, 1), targets, n_frames, n_targets)


def spelled_exactly(output, targets, n_targets):
    """The share of strings that the best path spells: repeats merged, blanks taken out."""
    n_right = 0
    for best, n_frames, target, n in zip(output[0].argmax(dim=1), output[1], targets, n_targets, strict=True):
        merged = torch.unique_consecutive(best[:n_frames])
        n_right += merged[merged > 0].tolist() == target[:n].tolist()
    return n_right / len(targets)


def test_fit_trains_ctc():
    torch.manual_seed(0)
    options = {"loss": ctc_loss, "metric": spelled_exactly}
    history = trained(Speller(), spelled, rate=2e-2, n_epochs=10, n_items=600, **options)
    assert max(history.column("valid_metric")) > 0.95


N_SYMBOLS = 6  # and one more that begins and ends a word


class Reverser(nn.Module):
    """An encoder, and a decoder that is given the word so far."""

    def __init__(self, width=32):
        super().__init__()
        self.symbols = nn.Embedding(N_SYMBOLS + 1, width)
        options = {"width": width, "n_heads": 4, "n_hidden": 64, "dropout": 0.0}
        self.encoder = layers.TransformerEncoderLayer(**options)
        self.decoder = layers.TransformerDecoderLayer(**options)
        self.score = nn.Linear(width, N_SYMBOLS + 1)

    def placed(self, symbols, first=0):
        n_all = first + symbols.shape[1]
        return self.symbols(symbols) + layers.sinusoidal_positions(n_all, self.score.in_features)[first:]

    def encode(self, word, length):
        valid = layers.valid_frames(length, word.shape[1])
        return self.encoder(self.placed(word), valid), valid

    def forward(self, word, length, so_far, n_so_far):
        memory, valid = self.encode(word, length)
        return self.score(self.decoder(self.placed(so_far), memory, memory_valid=valid)).transpose(1, 2)

    def spell(self, word, length, n_steps):
        """Symbol after symbol, each fed back: no teacher."""
        (memory, valid), cache = self.encode(word, length), layers.DecoderCache()
        said = [torch.full((len(word), 1), N_SYMBOLS)]
        for step in range(n_steps):
            hidden = self.decoder(self.placed(said[-1], step), memory, memory_valid=valid, cache=cache)
            said.append(self.score(hidden).argmax(dim=-1))
        return torch.cat(said[1:], dim=1)


def reversed_words(n_items, seed):
    generator, end = torch.Generator().manual_seed(seed), torch.tensor([N_SYMBOLS])
    for _ in range(n_items):
        word = random_integers(generator, 0, N_SYMBOLS, int(random_integers(generator, 3, 6)))
        yield (word, torch.cat([end, word.flip(0)])), torch.cat([word.flip(0), end])


def of_symbols(output, target, lengths):
    return nn.functional.cross_entropy(output, target, ignore_index=-1)


def all_symbols_right(output, target, lengths):
    return ((output.argmax(dim=1) == target) | (target < 0)).all(dim=1).double().mean().item()


def test_fit_trains_sequence_to_sequence():
    torch.manual_seed(0)
    model, options = Reverser(), {"loss": of_symbols, "metric": all_symbols_right}
    history = trained(model, reversed_words, rate=1e-2, n_epochs=8, n_items=2000, **options)
    assert max(history.column("valid_metric")) > 0.9
    (word, length, *_), (target, _) = pad_batch(list(reversed_words(200, 1)))
    with torch.inference_mode():
        said = model.eval().spell(word, length, target.shape[1])
    assert ((said == target) | (target < 0)).all(dim=1).double().mean() > 0.9


class Tunes(nn.Module):
    """The next of four notes, from those so far."""

    def __init__(self, width=32):
        super().__init__()
        self.notes, self.score = nn.Embedding(4, width), nn.Linear(width, 4)
        self.positions = nn.Parameter(torch.randn(16, width))
        self.layer = layers.TransformerEncoderLayer(width, 4, 64, dropout=0.0)

    def forward(self, notes, lengths):
        n_notes = notes.shape[1]
        x = self.notes(notes) + self.positions[:n_notes]
        return self.score(self.layer(x, mask=layers.causal_mask(n_notes))).transpose(1, 2)


def rounds(n_items, seed):
    """Three notes drawn from four, then the same again and again: 9 to 12 in all."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_items):
        tune = random_integers(generator, 0, 4, 3).repeat(4)[: int(random_integers(generator, 9, 13))]
        yield tune[:-1], tune[1:]


def test_fit_trains_a_language_model():
    """Two of the notes to guess are anybody's guess, ln 4 nats each; the others follow. Nobody can do better."""
    torch.manual_seed(0)
    model = Tunes()
    trained(model, rounds, rate=2e-2, n_epochs=8, n_items=1500, loss=of_symbols, metric=None)
    tunes = list(rounds(200, 2))
    least = 2 * math.log(4) * len(tunes) / sum(len(target) for _, target in tunes)
    found = training.evaluate(model, [pad_batch(tunes)], loss=of_symbols)["loss"]
    assert 0.98 * least < found < least + 0.03


def test_an_optimiser_or_a_schedule_whose_step_needs_an_argument_is_refused_before_the_first_epoch():
    model, optimizer = linear()
    before = model.weight.clone()
    with refuses("optimizer must step without arguments, got LBFGS, whose step needs closure: use AdamW", TypeError):
        training.fit(model, two_clouds(), optimizer=torch.optim.LBFGS(model.parameters()), **ONCE)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with refuses("scheduler must step without arguments, got ReduceLROnPlateau, whose step needs metrics", TypeError):
        training.fit(model, two_clouds(), optimizer=optimizer, scheduler=plateau, **ONCE)
    assert torch.equal(model.weight, before)


def test_a_schedule_shorter_than_the_run_is_refused_before_it(tmp_path):
    def one_cycle(n_steps):
        model, optimizer = linear()
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=n_steps)
        return model, {"optimizer": optimizer, "scheduler": scheduler, "progress": False}

    model, options = one_cycle(11)
    before = model.weight.clone()
    with refuses("scheduler=OneCycleLR must last 12 steps, 4 for each of 3 epochs, got 11: make it with"):
        training.fit(model, two_clouds(), n_epochs=3, **options)
    assert torch.equal(model.weight, before)
    model, options = one_cycle(12)
    training.fit(model, two_clouds(), n_epochs=2, checkpoint=tmp_path / "run.pt", **options)
    model, options = one_cycle(12)
    history = training.fit(model, two_clouds(), n_epochs=3, checkpoint=tmp_path / "run.pt", **options)
    assert len(history.rows) == 3  # what is left of it is counted from where it stood

    class Stream:
        """Batches whose number nobody knows."""

        def __iter__(self):
            return iter(two_clouds())

    model, options = one_cycle(3)
    with refuses("scheduler=OneCycleLR must last as long as the run, got one that has ended"):
        training.fit(model, Stream(), n_epochs=1, **options)


@pytest.mark.parametrize(
    ("output", "error", "match"),
    [
        (lambda x: {"scores": x}, TypeError, "what the model gives must be a tensor or a tuple of tensors, got dict"),
        (lambda x: None, TypeError, "what the model gives must be a tensor .* got NoneType"),
        (lambda x: x.numpy(), TypeError, "got ndarray"),
        (lambda x: x.mean(), ValueError, "what the model gives must have an axis of items, got a single number"),
        (lambda x: (x, {"a": x}), TypeError, "got dict"),
        (lambda x: (x,) * len(x), ValueError, "what the model gives must have as many parts in every batch"),
    ],
)
def test_predict_joins_tensors_and_nothing_else(output, error, match):
    class Model(nn.Module):
        def forward(self, x):
            return output(x)

    batches = [((torch.ones(3, 2),), (torch.ones(3),)), ((torch.ones(2, 2),), (torch.ones(2),))]
    with refuses(match, error):
        training.predict(Model(), batches)


@pytest.mark.parametrize("path", ["missing/run.pt", "/proc/run.pt", "a" * 300, "bad\0name", "."])
def test_a_checkpoint_that_cannot_be_written_is_refused_before_the_first_epoch(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, optimizer = linear()
    before = model.weight.clone()
    with refuses("checkpoint must (lie in a folder that exists|be a file)"):
        training.fit(model, two_clouds(), optimizer=optimizer, checkpoint=path, **ONCE)
    assert torch.equal(model.weight, before) and list(tmp_path.iterdir()) == []


def test_a_checkpoint_for_which_the_disk_is_full_is_a_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training.torch, "save", full)
    with refuses(r"checkpoint must be a file that can be written, got .*run.pt.* \(No space left on device\): name"):
        training.fit(linear()[0], two_clouds(), checkpoint=tmp_path / "run.pt", **ONCE)


def test_a_device_that_is_not_there_is_told_what_is():
    for device in ("gpu", "mps:9", "meta", "cuda:99", None, 5):
        with refuses('device must be one of this machine, got .*: use "cpu"'):
            training.choose_device(device)


NAN = float("nan")
FIVE, ZEROS = torch.randn(5, 2), torch.zeros(5, dtype=torch.long)
NO_LABELS = {
    "beyond the classes": (ZEROS + 2,),
    "below 0": (ZEROS - 1,),
    "beyond, of 16 bits": ((ZEROS + 2).to(torch.uint16),),
    "floats": (torch.zeros(5),),
    "booleans": (ZEROS > 0,),
    "complex": (torch.zeros(5) * 1j,),
    "fewer": (ZEROS[:4],),
    "more": (torch.zeros(6, dtype=torch.long),),
    "with an axis": (ZEROS[:, None],),
    "one": (ZEROS[0],),
    "none": (),
    "two": (ZEROS, ZEROS),
    "shares of other classes": (torch.rand(5, 3),),
    "shares of another type": (torch.rand(5, 2).double(),),
}
CROSS_ENTROPIES = [nn.functional.cross_entropy, nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.1)]


@pytest.mark.parametrize("loss", CROSS_ENTROPIES)
@pytest.mark.parametrize("kind", NO_LABELS)
def test_labels_of_the_wrong_kind_are_refused_before_a_weight_changes(kind, loss):
    model, optimizer = linear()
    before = copy.deepcopy(model.state_dict())
    wrong = [((FIVE,), NO_LABELS[kind])]
    with refuses("in batch 0", (TypeError, ValueError)):
        training.fit(model, wrong, n_epochs=1, loss=loss, optimizer=optimizer, progress=False)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with refuses("in validation batch 0", (TypeError, ValueError)):
        training.evaluate(model, wrong, loss=loss)


@pytest.mark.parametrize("loss", CROSS_ENTROPIES)
def test_labels_of_any_whole_type_and_shares_are_taken(loss):
    model, _ = linear()
    expected = training.evaluate(model, [((FIVE,), (ZEROS,))], loss=loss, metric=training.accuracy)
    for dtype in (torch.int8, torch.uint8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.uint64):
        batches = [((FIVE,), (ZEROS.to(dtype),))]
        assert training.evaluate(model, batches, loss=loss, metric=training.accuracy) == expected
        training.fit(copy.deepcopy(model), batches, n_epochs=1, loss=loss, progress=False)
    shares = [((FIVE,), (torch.nn.functional.one_hot(ZEROS, 2).float(),))]
    assert training.evaluate(model, shares, loss=loss)["loss"] == pytest.approx(expected["loss"])
    ignored = [((FIVE,), (ZEROS.index_fill(0, torch.tensor([1]), -100),))]
    assert math.isfinite(training.evaluate(model, ignored, loss=loss)["loss"])
    assert training.evaluate(model, [((FIVE,), (ZEROS + 7,))], loss=lambda z, y: (z.sum() + y.sum()).abs())["loss"] > 0


@pytest.mark.parametrize("output", [(FIVE, FIVE), FIVE[:, 0], FIVE.long()])
def test_a_model_that_gives_no_scores_is_told_what_the_cross_entropy_needs(output):
    class Gives(nn.Linear):
        def forward(self, x):
            return output

    with refuses("the cross-entropy needs scores", TypeError):
        training.fit(Gives(2, 2), [((FIVE,), (ZEROS,))], n_epochs=1, progress=False)


def test_what_is_refused_leaves_the_mode_of_a_model():
    model, _ = linear()
    for refused in (
        lambda: training.predict(model, "x"),
        lambda: training.evaluate(model, "x", loss=nn.functional.cross_entropy),
        lambda: training.evaluate(model, BATCHES, loss=nn.CrossEntropyLoss),
        lambda: training.fit(model, BATCHES, n_epochs=1, loss=5),
        lambda: sequence_models.forward_s(model, torch.ones(2, 3)),
        lambda: sequence_models.forward_s(model, FIVE, n_repeats=0),
    ):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            refused()
        assert model.training


NO_SCORES = [torch.ones(3, 2, device="meta"), torch.ones(3, 2) * 1j, torch.full((3, 2), NAN)]
NO_CLASSES = [torch.tensor([0, 1, 2]), torch.tensor([0, -1, 0]), torch.tensor([9, 0, 0], dtype=torch.uint16)]
BATCHES = two_clouds()
NO_BATCHES = [
    None,
    5,
    "x",
    {},
    [],
    [5],
    [(1, 2)],
    [((), ())],
    [((np.ones(3),), ())],
    [((torch.ones(0, 2),), (torch.ones(0),))],
]
NO_LOSS, NO_METRIC = [None, 5, "x", nn.CrossEntropyLoss, nn.MSELoss], [5, "x", object(), torch.nn.Linear]
CALLS = {
    training.seed_everything: {"seed": (0, [*COUNT[:-5], -1, 1.5, 2**64])},
    training.choose_device: {"device": ("cpu", DEVICE)},
    training.home_of: {"model": (linear()[0], MODULE)},
    training.accuracy: {
        "output": (torch.ones(3, 2), [*NO_TENSORS, *NO_SCORES]),
        "target": (
            torch.zeros(3, dtype=torch.long),
            [*NO_TENSORS, torch.zeros(4, dtype=torch.long), torch.zeros(3), *NO_CLASSES],
        ),
    },
    training.predict: {"model": (linear()[0], MODULE), "batches": (BATCHES, NO_BATCHES), "device": (None, DEVICE[1:])},
    training.evaluate: {
        "model": (linear()[0], MODULE),
        "batches": (BATCHES, NO_BATCHES),
        "loss": (nn.functional.cross_entropy, NO_LOSS),
        "metric": (None, NO_METRIC),
        "device": (None, DEVICE[1:]),
        "epoch": (None, []),
    },
    training.fit: {
        "model": (linear()[0], MODULE),
        "train_batches": (BATCHES, NO_BATCHES),
        "n_epochs": (1, COUNT),
        "valid_batches": (BATCHES, NO_BATCHES[1:]),
        "loss": (nn.functional.cross_entropy, NO_LOSS),
        "metric": (None, NO_METRIC),
        "optimizer": (None, ["x", 5, torch.optim.SGD]),
        "scheduler": (None, ["x", 5, torch.optim.lr_scheduler.OneCycleLR]),
        "max_norm": (1.0, POSITIVE[1:]),
        "device": ("cpu", DEVICE),
        "patience": (None, COUNT[1:]),
        "checkpoint": (None, PATHS),
        "progress": (False, []),
    },
    training.recorded: {"name": ("augmentation", NAME)},
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.training", CALLS)
