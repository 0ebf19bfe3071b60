"""Features as layers, data sets and the training loop."""

import os
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from course_utils import mel, mfcc
from course_utils.models import classification, datasets, features, training

SETTINGS = {"sample_rate": 8000, "n_fft": 256, "hop_length": 80, "n_mels": 40, "f_min": 60.0, "f_max": 3800.0}

# ------------------------------------------------------------------------------------------ features


@pytest.mark.parametrize("shape", [(4000,), (3, 1), (2, 3, 777)])
@pytest.mark.parametrize("log", ["natural", "db"])
def test_log_mel_is_the_reference_of_lecture_06(shape, log):
    x = 0.3 * np.random.default_rng(0).standard_normal(shape)
    expected = mel.log_mel(mel.mel_spectrogram(x, **SETTINGS), log=log)
    layer = features.LogMel(**SETTINGS, log=log)
    np.testing.assert_allclose(layer(torch.from_numpy(x)), expected, atol=1e-5)
    found = layer(torch.from_numpy(x).float())
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, expected, atol=2e-3)  # single precision near empty bands


def test_silence_is_the_floor_and_has_no_gradient():
    x = torch.zeros(1000, requires_grad=True)
    level = features.LogMel(**SETTINGS, floor=1e-6)(x)
    assert torch.allclose(level, torch.tensor(np.log(1e-6), dtype=torch.float32))
    level.sum().backward()
    assert torch.equal(x.grad, torch.zeros(1000))


def test_mfcc_is_the_reference_of_lecture_07():
    x = 0.3 * np.random.default_rng(1).standard_normal((2, 3000))
    log_mel = mel.log_mel(mel.mel_spectrogram(x, **SETTINGS), log="natural")
    found = features.MFCC(n_mfcc=13, **SETTINGS)(torch.from_numpy(x))
    np.testing.assert_allclose(found, mfcc.mfcc_from_log_mel(log_mel, n_mfcc=13), atol=1e-5)


def test_features_are_differentiable():
    x = 0.1 * torch.randn(1, 400, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    layer = features.MFCC(n_mfcc=5, sample_rate=8000, n_fft=64, hop_length=32, n_mels=10)
    assert torch.autograd.gradcheck(layer, x.requires_grad_())


def test_more_coefficients_than_bands_are_refused():
    with pytest.raises(ValueError, match="n_mfcc=41 exceeds n_mels=40"):
        features.MFCC(n_mfcc=41, **SETTINGS)


def test_standardize_gives_mean_0_and_variance_1_whatever_the_gain():
    x = torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0))
    y = features.Standardize()(7 * x + 3)
    assert torch.allclose(y.mean(dim=(1, 2)), torch.zeros(3), atol=1e-6)
    assert torch.allclose(y.square().mean(dim=(1, 2)), torch.ones(3), atol=1e-4)
    assert torch.equal(features.Standardize()(torch.full((1, 4, 4), 3.0)), torch.zeros(1, 4, 4))


# ------------------------------------------------------------------------------------------ data


def voices_of(split):
    return {(row["synthesiser"], row["speaker"].removesuffix("16")) for row in datasets.SpokenDigits(split).rows}


def test_no_speaker_is_heard_in_two_splits():
    """kal and kal16 are one man, so they count as one."""
    voices = {split: voices_of(split) for split in datasets.SPLITS}
    assert all(voices.values())
    assert not voices["train"] & voices["valid"]
    assert not voices["train"] & voices["test"]
    assert not voices["valid"] & voices["test"]


def test_no_clip_is_in_two_splits():
    """A synthesiser that falls back to a default voice would put the same sound on both sides."""
    sounds = {split: {clip.tobytes() for clip in datasets.SpokenDigits(split).signals} for split in datasets.SPLITS}
    assert not sounds["train"] & sounds["valid"] and not sounds["train"] & sounds["test"]
    assert not sounds["valid"] & sounds["test"]
    for split in datasets.SPLITS:
        assert len(sounds[split]) >= 0.99 * len(datasets.SpokenDigits(split))


def test_digits_are_complete_and_short():
    for split in datasets.SPLITS:
        data = datasets.SpokenDigits(split)
        digits = [data[i][1] for i in range(len(data))]
        assert digits == list(range(10)) * (len(data) // 10)
        assert all(0.08 < len(clip) / data.sample_rate < 1.2 for clip in data.signals)
        assert all(clip.dtype == np.float32 and 0.5 < np.abs(clip).max() < 1 for clip in data.signals)
    both = datasets.SpokenDigits("valid", "test")
    assert len(both) == len(datasets.SpokenDigits("valid")) + len(datasets.SpokenDigits("test"))


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of 'train', 'valid', 'test', got 'dev'"):
        datasets.SpokenDigits("dev")


def test_trim_edges_keeps_what_is_loud():
    x = np.zeros(8000)
    x[3000:5000] = 0.5 * np.sin(np.arange(2000))
    x[6000:6100] = 0.001  # 51 dB below
    kept = datasets.trim_edges(x, sample_rate=8000)
    assert 2000 <= len(kept) <= 2000 + 4 * 80
    assert np.square(kept).sum() == pytest.approx(np.square(x[3000:5000]).sum())


def test_strings_follow_from_seed_and_index_alone():
    data = datasets.DigitStrings("test", 20, seed=3, n_digits=(2, 5))
    again = datasets.DigitStrings("test", 9, seed=3, n_digits=(2, 5))
    for i in (8, 2, 5):
        (x, digits), (y, same) = data[i], again[i]
        assert np.array_equal(x, y) and np.array_equal(digits, same)
        assert 2 <= len(digits) <= 5
    other = datasets.DigitStrings("test", 20, seed=4, n_digits=(2, 5))
    assert any(not np.array_equal(data[i][1], other[i][1]) for i in range(5))
    with pytest.raises(IndexError, match="index must be 0 to 8, got 9"):
        again[9]


def test_workers_fetch_the_same_strings():
    data = datasets.DigitStrings("valid", 8, seed=1)
    for one, two in zip(data, DataLoader(data, None, num_workers=2), strict=False):
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def test_a_string_is_its_words_and_pauses():
    data = datasets.DigitStrings("test", 3, seed=0, pause_s=(0.1, 0.1))
    words = data.words
    x, digits = data[0]
    assert not x[:800].any() and not x[-800:].any() and x[800:810].any()
    lengths = [[len(words.signals[voice + digit]) for digit in digits] for voice in range(0, len(words), 10)]
    assert len(x) - 4 * 800 in [sum(row) for row in lengths]


def test_pad_batch_stacks_and_says_what_is_padding():
    items = [(np.ones(3, np.float32), 1), (np.ones(5, np.float32), 2)]
    batch, lengths, labels = datasets.pad_batch(items)
    assert batch.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert lengths.tolist() == [3, 5] and labels.tolist() == [1, 2]
    features_of_two = [(torch.ones(2, 3), 0), (torch.ones(2, 1), 1)]
    assert datasets.pad_batch(features_of_two)[0].shape == (2, 2, 3)


def test_recorded_digits_are_read_by_their_names(tmp_path):
    import soundfile

    x = 0.1 * np.sin(np.arange(4000) / 3)
    for name in ("7_ada_0", "0_bob_3"):
        soundfile.write(tmp_path / f"{name}.wav", x, 8000)
    data = datasets.RecordedDigits(tmp_path)
    assert [(data[i][1], data.rows[i]["speaker"]) for i in range(2)] == [(0, "bob"), (7, "ada")]
    assert np.abs(data[0][0]).max() == pytest.approx(10 ** (-1 / 20), rel=1e-3)
    assert len(datasets.RecordedDigits(tmp_path, speakers=["ada"])) == 1
    with pytest.raises(FileNotFoundError, match="found none in .*: unpack the recordings"):
        datasets.RecordedDigits(tmp_path / "empty")


# ------------------------------------------------------------------------------------------ networks


def test_fit_frames_interpolates_over_what_is_no_padding():
    ramp = torch.arange(10.0)[None, None].repeat(2, 3, 1)
    found = classification.FitFrames(4)(ramp, torch.tensor([10, 4]))
    assert torch.allclose(found[0, 0], torch.tensor([0.0, 3, 6, 9]))
    assert torch.allclose(found[1, 2], torch.tensor([0.0, 1, 2, 3]))
    assert torch.allclose(classification.FitFrames(4)(ramp[:1], torch.tensor([1]))[0, 0], torch.zeros(4))


def test_what_a_clip_gives_does_not_depend_on_the_padding_beside_it():
    torch.manual_seed(0)
    model = classification.DigitNet().eval()
    data = datasets.SpokenDigits("test")
    order = np.argsort([len(clip) for clip in data.signals])
    short, long = data[order[0]], data[order[-1]]
    alone, _ = training.predict(model, [datasets.pad_batch([short])])
    beside, _ = training.predict(model, [datasets.pad_batch([short, long])])
    assert torch.allclose(alone[0], beside[0], atol=1e-4)


def test_the_network_takes_any_number_of_frames():
    model = classification.MelCNN(40, 7).eval()
    assert [model(torch.zeros(2, 40, n)).shape for n in (8, 48, 333)] == [(2, 7)] * 3


def test_gain_does_not_change_the_answer():
    torch.manual_seed(0)
    model = classification.DigitNet().eval()
    x, lengths, _ = datasets.pad_batch([datasets.SpokenDigits("test")[3]])
    assert torch.allclose(model(x, lengths), model(0.01 * x, lengths), atol=1e-3)


def test_mixed_batch_blends_features_and_targets_alike():
    items = [(np.full(4, i, np.float32), i) for i in range(10)]
    torch.manual_seed(0)
    _, _, partner, share, target = classification.MixedBatch(10, 0.5)(items)
    assert ((share >= 0.5) & (share <= 1)).all() and (share < 0.99).any()
    for i in range(10):
        expected = np.zeros(10)
        expected[i] += share[i].item()
        expected[partner[i]] += 1 - share[i].item()
        np.testing.assert_allclose(target[i], expected, atol=1e-6)
    signals, lengths, plain = classification.MixedBatch(10, 0.0)(items)
    assert torch.equal(plain, torch.eye(10)) and len(signals) == len(lengths) == 10


def test_augmentations_of_digits_can_be_sent_to_workers():
    chain = classification.digit_augmentation("crop", "room", seed=0)
    x = datasets.SpokenDigits("test")[0][0]
    assert np.array_equal(pickle.loads(pickle.dumps(chain))(x, 5), chain(x, 5))
    assert classification.digit_augmentation(seed=0) is None
    with pytest.raises(ValueError, match="name must be one of 'tilt'.*got 'echo'"):
        classification.digit_augmentation("echo", seed=0)


def test_rooms_have_energy_1_and_begin_with_the_direct_sound():
    for rir in classification.room_responses(2, seed=5):
        assert np.square(rir.astype(float)).sum() == pytest.approx(1, rel=1e-3)
        assert np.abs(rir).argmax() < 0.01 * datasets.SAMPLE_RATE


# ------------------------------------------------------------------------------------------ training


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
