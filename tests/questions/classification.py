"""What the questions of classification claim, computed. A function proves the question of its name."""

import copy
import functools
import math

import numpy as np
import torch
from torch import nn

from course_utils import metrics as package
from course_utils.exercises.classification.why_is_the_loss_nan import _cross_entropy_by_scipy
from course_utils.models import checkpoints, classification, datasets, encoders, features, recipes, training

from ._shared import one_thread


def _log_mel(signals):
    settings = {"n_fft": 256, "hop_length": 80, "n_mels": 40, "f_min": 50, "floor": 1e-6}
    return features.LogMel(sample_rate=8000, **settings)(torch.from_numpy(np.array(signals)))


def _padded(word, n_samples=8000):
    missing = n_samples - len(word)
    return np.pad(word, (missing // 2, missing - missing // 2))


def silence_is_no_zero():
    word = max(datasets.SpokenDigits("valid").signals, key=len)
    picture = _log_mel(_padded(word)).numpy()
    before = picture[:, : (8000 - len(word)) // 2 // 80 - 2]
    assert np.allclose(before, math.log(1e-6)) and round(math.log(1e-6), 1) == -13.8
    assert picture.min() >= before.max() - 1e-4
    sounding = picture[:, picture.max(axis=0) > math.log(1e-6) + 0.01]
    assert -8 < sounding.mean() < -3 and abs(before.mean() - picture.mean()) > 1  # nor is it the mean of the clip


def ten_labels():
    """Twelve voices that say each digit once, each by itself; tested on the voices of the test."""
    (pictures, digits), (others, truth) = (recipes.digit_features(split) for split in ("train", "test"))
    encoder = checkpoints.load(encoders.ClipEncoder(), "classification/encoder")
    speakers = np.array([row["speaker"] for row in datasets.SpokenDigits("train").rows])
    ways = {"mean": lambda x: x.mean(dim=2), "picture": lambda x: x.flatten(1), "embedding": encoder}
    right = {name: [] for name in ways}
    with one_thread(), torch.no_grad():
        for name, way in ways.items():
            x, new = way(pictures), way(others)
            for speaker in sorted(set(speakers))[::4][:12]:
                ten = np.flatnonzero(speakers == speaker)[:10]
                assert sorted(digits[ten].tolist()) == list(range(10))
                layer = encoders.linear_probe(x[ten], digits[ten], 10)
                right[name].append(training.accuracy(layer(new), truth))
    mean, picture, embedding = (np.mean(right[name]) for name in ways)
    assert mean + 0.1 < picture and picture + 0.05 < embedding


@functools.cache
def _three_men():
    """Pictures of digits that flite's three men say, standardised; the digits; who speaks."""
    spoken = datasets.SpokenDigits("train")
    chosen = [n for n, row in enumerate(spoken.rows) if row["synthesiser"] == "flite"]
    with one_thread():
        pictures = features.Standardize()(_log_mel([_padded(spoken.signals[n][:8000]) for n in chosen]))
    digits = torch.tensor([spoken[n][1] for n in chosen])
    who = np.array([spoken.rows[n]["speaker"].removesuffix("16") for n in chosen])
    return nn.functional.avg_pool1d(pictures, 3), digits, who


def _collated(items):
    x, y = torch.utils.data.default_collate(items)
    return (x,), (y,)


def _trained(train):
    """A small network with batch norm, after five epochs."""
    pictures, digits, _ = _three_men()
    training.seed_everything(11)
    layers = []
    for n_in in (40, 32):
        layers += [nn.Conv1d(n_in, 32, 5, stride=2), nn.BatchNorm1d(32), nn.ReLU()]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(128, 10))
    pairs = torch.utils.data.TensorDataset(pictures[train], digits[train])
    batches = torch.utils.data.DataLoader(pairs, 32, shuffle=True, drop_last=True, collate_fn=_collated)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    training.fit(model, batches, n_epochs=5, optimizer=optimizer, device="cpu", progress=False)
    return model


@functools.cache
def _shuffled():
    """The clips that are tested, and a network that was trained on all others."""
    order = np.random.default_rng(11).permutation(len(_three_men()[1]))
    with one_thread():
        return order[:200], _trained(order[200:])


def _share_right(model, chosen):
    pictures, digits, _ = _three_men()
    with one_thread(), torch.no_grad():
        return training.accuracy(model(pictures[chosen]), digits[chosen])


def voices_known():
    test, model = _shuffled()
    known_wrong, new_wrong = 1 - _share_right(model.eval(), test), []
    for name in ("awb", "kal", "rms"):
        is_his = _three_men()[2] == name
        with one_thread():
            model = _trained(np.flatnonzero(~is_his))
        new_wrong.append(1 - _share_right(model.eval(), np.flatnonzero(is_his)))
    assert known_wrong < 0.08 and min(new_wrong) > 2 * known_wrong and np.mean(new_wrong) > 4 * known_wrong


def first_loss():
    assert all(round(_cross_entropy_by_scipy(np.zeros((1, 10)), [label]), 2) == 2.30 for label in range(10))
    torch.manual_seed(0)
    untrained = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Linear(32, 10))
    assert abs(nn.functional.cross_entropy(untrained(torch.randn(100, 40)), torch.arange(100) % 10).item() - 2.3) < 0.2


def forgotten_eval():
    test, model = _shuffled()
    with_eval = _share_right(model.eval(), test)
    one_by_one = [_share_right(model.eval(), [clip]) for clip in test]
    assert np.isclose(np.mean(one_by_one), with_eval)  # one at a time alone harms nothing
    forgetful = copy.deepcopy(model).train()  # in training mode hearing a clip changes the running means
    assert np.mean([_share_right(forgetful, [clip]) for clip in test]) < with_eval - 0.1


def frames_or_events():
    """Three events of a second in each of 50 scenes, and frames of which 3 in 100 are wrong, one by one."""
    rng = np.random.default_rng(0)
    events = [package.Event(onset_s, onset_s + 1, 0) for onset_s in (1.0, 3.0, 5.0)]
    labels = package.events_to_frames(events, n_frames=175, hop_s=0.04, n_classes=1)
    truth, found, smoothed, n_both, n_active = [], [], [], 0, 0
    for _ in range(50):
        active = labels ^ (rng.random(labels.shape) < 0.03)
        n_both, n_active = n_both + 2 * (active & labels).sum(), n_active + active.sum() + labels.sum()
        truth.append(events)
        found.append(package.frames_to_events(active.astype(float), hop_s=0.04))
        smoothed.append(package.frames_to_events(active.astype(float), hop_s=0.04, n_median=13, minimum_s=0.3))
    frame_f1 = n_both / n_active
    assert frame_f1 > 0.9 and package.event_f1(truth, found).f1 < frame_f1 - 0.2
    assert package.event_f1(truth, smoothed).f1 > 0.9  # what smoothing repairs


def two_hundred_clips():
    low, high = package.wilson_interval(194, 200)
    assert (round(100 * low), round(100 * high)) == (94, 99)
    low, high = package.wilson_interval(round(0.97 * 4500), 4500)
    assert 0.009 < high - low < 0.011
    low, _ = package.wilson_interval(round(0.98 * 300), 300)
    assert low < 0.97


def _errors_of_splits(rng):
    """One draw of five machines and four of customers: errors by second, by day, by machine, and at the customers'.

    A machine has its own resonances and its own way to be faulty beside the common one; a day has its own weather,
    and a second differs little from the one before. The nearest neighbour decides.
    """
    n_machines, n_days, n_seconds, n_bands = 9, 6, 15, 30
    machine, day, second = (x.ravel() for x in np.indices((n_machines, n_days, n_seconds)))
    is_faulty = day % 2 == 1
    resonances, weather = rng.standard_normal((n_machines, n_bands)), rng.standard_normal((n_machines, n_days, n_bands))
    fault = 0.4 * rng.standard_normal(n_bands) + 0.4 * rng.standard_normal((n_machines, n_bands))
    drift = rng.standard_normal((n_machines, n_days, n_seconds, n_bands)).cumsum(axis=2).reshape(-1, n_bands)
    heard = resonances[machine] + 0.2 * weather[machine, day] + is_faulty[:, np.newaxis] * fault[machine] + 0.03 * drift

    def error(is_test, is_train):
        apart = (
            np.square(heard[is_train]).sum(axis=1) - 2 * heard[is_test] @ heard[is_train].T
        )  # + what is the same for all
        return np.mean(is_faulty[is_train][apart.argmin(axis=1)] != is_faulty[is_test])

    own = machine < 5
    by_second = rng.random(len(machine)) < 0.2
    ways = (by_second & own, ~by_second & own), (own & (day < 2), own & (day >= 2))
    in_turn = [error(machine == k, own & (machine != k)) for k in range(5)]
    return [*(error(*way) for way in ways), np.mean(in_turn), error(~own, own)]


def five_machines():
    rng = np.random.default_rng(0)
    by_second, by_day, by_machine, at_customers = np.mean([_errors_of_splits(rng) for _ in range(10)], axis=0)
    assert by_second < 0.02 and by_day < 0.5 * at_customers
    assert at_customers > 0.2 and abs(by_machine - at_customers) < 0.1


def the_parrot():
    confusion = np.array([[950, 0], [50, 0]])
    assert round(package.macro_f1(confusion), 2) == 0.49
    assert np.trace(confusion) / confusion.sum() == 0.95


def late_by_300_ms():
    truth, late = [package.Event(1.0, 2.0, 0)], [package.Event(1.3, 2.0, 0)]
    both = [package.Event(5.0, 6.0, 0)]
    scores = package.event_f1([truth + both], [late + both])
    assert scores.precision == scores.recall == scores.f1 == 0.5


def promise_of_99():
    probabilities = np.tile([0.99, 0.01], (100, 1))
    truth = np.repeat([0, 1], [90, 10])
    assert round(package.expected_calibration_error(truth, probabilities), 2) == 0.09
    temperatures = np.geomspace(0.2, 5, 500)
    cooler = [probabilities ** (1 / t) / (probabilities ** (1 / t)).sum(axis=1, keepdims=True) for t in temperatures]
    best = min(cooler, key=lambda p: -np.log(p[np.arange(100), truth]).mean())  # fitted as one fits it
    assert round(best[0, 0], 2) == 0.90 and package.expected_calibration_error(truth, best) < 0.01
    assert (best.argmax(axis=1) == probabilities.argmax(axis=1)).all()


def adaptive_pool():
    model = classification.EventCNN().eval()
    short, long = (
        torch.randn(1, 40, n, generator=torch.Generator().manual_seed(0)) for n in (64, 640)
    )  # 8 and 80 after
    assert model(short).shape == model(long).shape == (1, 10)
    layers = [layer for block in model.blocks for layer in (block.convolution, block.norm, nn.ReLU(), block.pool)]
    flat = nn.Sequential(model.standardize, nn.Unflatten(1, (1, 40)), *layers, nn.Flatten(), nn.LazyLinear(10))
    flat(short).sum().backward()
    assert all(weight.grad.isfinite().all() for weight in flat[-1].parameters())  # a derivative it has
    try:
        flat(long)
    except RuntimeError:
        refused = True
    assert refused and flat[-1].weight.numel() > 10 * model.classify.weight.numel()
    word = torch.zeros(1, 40, 320)
    word[:, :, :64] = short
    with torch.no_grad():
        early, late = model(word), model(word.roll(160, dims=2))
    assert (early - late).abs().max() < 0.5 * early.abs().max()
    of_digits = classification.MelCNN(40, 10).eval()  # over time alone
    assert of_digits(short).shape == of_digits(long).shape == (1, 10)


def first_nan():
    pictures = torch.randn(128, 40, 32, generator=torch.Generator().manual_seed(0))
    pictures[70] = math.log(1e-6)  # a clip of digital silence
    careless = (pictures - pictures.mean((1, 2), keepdim=True)) / pictures.std((1, 2), keepdim=True)
    digits = torch.arange(128) % 10
    batches = [(careless[n : n + 32], digits[n : n + 32]) for n in range(0, 128, 32)]

    def network():
        return nn.Sequential(nn.Flatten(), nn.Linear(40 * 32, 16), nn.ReLU(), nn.Linear(16, 10))

    for kind in (torch.optim.AdamW, torch.optim.SGD):  # each of them ends there
        model = network()
        optimizer = kind(model.parameters(), lr=1e-3)
        for inputs, targets in batches:
            loss = nn.functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss.isnan() and all(weights.isnan().all() for weights in model.parameters())  # not the last layer alone
    try:
        pairs = [((inputs,), (targets,)) for inputs, targets in batches]
        training.fit(network(), pairs, n_epochs=1, device="cpu", progress=False)
    except training.NotFiniteLossError as error:
        number, is_bad = error.number, ~error.batch[0][0].isfinite().flatten(1).all(dim=1)
    assert number == 2 and is_bad.nonzero().flatten().tolist() == [70 - 64]


def whose_mean():
    """How far the mean of all clips lies from that of the training clips, in deviations."""
    rng = np.random.default_rng(0)
    train = rng.normal(-5, 2, (400, 40))

    def shift(test):
        everything = np.concatenate([train, test])
        return abs((everything.mean() - train.mean()) / train.std())

    like_it, louder = rng.normal(-5, 2, (100, 40)), rng.normal(-5 + 4.6, 2, (100, 40))  # by 20 dB
    assert shift(like_it) < 0.02 and shift(louder) > 0.3  # from the features, and no label was used
    told = (np.concatenate([train, louder]).mean() - 400 / 500 * train.mean()) / (100 / 500)
    assert np.isclose(told, louder.mean())  # the level of the test room can be read off
