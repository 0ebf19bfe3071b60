"""The recogniser of digit strings: what padding must not change, causality, streaming, and that it learns."""

import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from course_utils import wer
from course_utils.mel import mel_frequencies_hz
from course_utils.models import checkpoints, datasets, recipes, recogniser
from course_utils.models.ctc import greedy_decode
from course_utils.models.features import LogMel
from course_utils.models.recogniser import DigitRecogniser, HarderStrings, Stream, StringFeatures, read_out, spelled
from tests.hostile import COUNT, LENGTHS, MODULE, NAME, NO_ROW, NO_TENSORS, NUMBER, POSITIVE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

SMALL = {"width": 8, "n_layers": 3, "channels": (2, 3)}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # ln of a power that a sum of another order has rounded otherwise


def model_of(**options):
    model = shuffled(DigitRecogniser(**SMALL, **options))
    for stage in (*model.image, model.enter, *model.layers):
        stage.norm.running_mean.normal_(0, 0.1)
    torch.nn.init.normal_(model.score.weight)
    return model


def sound(n_samples, seed=0):
    """Noise whose level steps up and down by 20 dB."""
    return 0.1 * normal(n_samples, seed=seed) * 10 ** -(torch.arange(n_samples) // 2500 % 3 / 2)


KINDS = pytest.mark.parametrize(
    "options", [{}, {"stride": 1}, {"causal": True}, {"causal": True, "look_ahead": 2}], ids=str
)


def test_digits_become_classes_and_letters_and_come_back():
    assert spelled([0, 9, 9]) == [1, 10, 10]
    assert spelled([]) == spelled([], "letters") == []
    assert recogniser.LETTERS == (*"efghinorstuvwxz", "_")
    assert "".join(recogniser.LETTERS[c - 1] for c in spelled([3, 1], "letters")) == "three_one"
    for units in recogniser.UNITS:
        assert read_out(spelled([3, 1, 1], units), units) == ["three", "one", "one"]
    assert read_out(spelled([3], "letters")[:3], "letters") == ["thr"]


@KINDS
def test_scores_are_log_probabilities(options):
    model = model_of(**options)
    scores, n_frames = model(torch.stack([sound(6400), sound(6400)]), [6400, 159])
    n_longest = 1 + 6400 // (160 * model.stride)
    assert scores.shape == (2, 11, n_longest) and n_frames.tolist() == [n_longest, 1]
    assert_close(scores.exp().sum(dim=1), torch.ones(2, n_longest))
    assert model_of(units="letters", **options)(sound(900)[None])[0].shape[:2] == (1, 17)


@KINDS
def test_a_clip_is_heard_alike_whatever_stands_beside_it(options):
    model, lengths = model_of(**options), [9000, 1, 4321, 160, 320]
    batch = torch.full((5, 9000), 0.7)  # what lies in the padding is not heard
    for row, n in zip(batch, lengths, strict=True):
        row[:n] = sound(n, seed=n)
    scores, n_frames = model(batch, lengths)
    for row, n, found, n_found in zip(batch, lengths, scores, n_frames, strict=True):
        alone, n_alone = model(row[None, :n])
        assert n_alone == n_found
        assert_close(found[:, :n_found], alone[0], **LOOSE)


def test_a_causal_network_does_not_hear_what_comes_later():
    for look_ahead in (0, 2):
        model, frame = model_of(causal=True, look_ahead=look_ahead), 20
        one, other = sound(16000), sound(16000)
        n_heard = 320 * (frame + look_ahead) + 128  # and half a window
        other[n_heard:] = normal(16000 - n_heard, seed=5)
        found = [model(x[None])[0][0] for x in (one, other)]
        assert_close(found[0][:, : frame + 1], found[1][:, : frame + 1], **LOOSE)
        assert (found[0][:, frame + 1] - found[1][:, frame + 1]).abs().max() > 1e-3
    found = [model_of()(x[None])[0][0] for x in (one, other)]
    assert (found[0][:, frame] - found[1][:, frame]).abs().max() > 1e-3


@pytest.mark.parametrize("options", [{}, {"look_ahead": 2}, {"stride": 1, "look_ahead": 1}], ids=str)
@pytest.mark.parametrize("n_samples", [1, 161, 3200, 12345])
def test_a_stream_gives_the_frames_of_the_whole(options, n_samples):
    model, x = model_of(causal=True, **options), sound(n_samples)
    whole, stream, rng = model(x[None])[0][0], Stream(model), np.random.default_rng(n_samples)
    for _ in range(2):
        parts, start = [], 0
        while start < n_samples:
            n = int(rng.integers(0, 1200))
            parts.append(stream.feed(x[start : start + n]))
            start += n
        assert_close(torch.cat([*parts, stream.finish()], dim=1), whole, **LOOSE)
        stream.restart()


def test_a_stream_is_behind_by_no_more_than_a_frame_and_half_a_window():
    stream, n_frames = Stream(model_of(causal=True)), 0
    for number, piece in enumerate(sound(16000).split(80), 1):
        n_frames += stream.feed(piece).shape[1]
        assert n_frames == max(0, (80 * number - 128) // 320 + 1)


def test_a_stream_that_has_ended_is_not_fed():
    stream = Stream(model_of(causal=True))
    with refuses("a stream must have been fed before it ends, got an empty one: feed it some samples"):
        stream.finish()
    stream.feed(sound(100))
    stream.finish()
    with refuses("a stream must not be fed once it is finished, got another piece: call restart first"):
        stream.feed(sound(100))
    with refuses("a stream must have been fed before it ends, got one that is finished: feed it some samples"):
        stream.finish()
    with refuses("model must be causal, got one that hears the whole clip: make it with causal=True"):
        Stream(model_of())
    with refuses("look_ahead must be 0 where the network hears the whole clip, got 1: pass causal=True"):
        DigitRecogniser(look_ahead=1)


def test_features_are_the_spectrum_over_the_loudest_band():
    features, x = StringFeatures(range_db=30.0), sound(4000)[None]
    power, n_frames = features.power(x, torch.tensor([4000]))
    assert n_frames.tolist() == [26]
    log_mel = LogMel(sample_rate=8000, n_fft=256, hop_length=160, n_mels=40, f_min=60.0, f_max=3800.0)(x)
    centres_hz = mel_frequencies_hz(42, f_min=60.0, f_max=3800.0)[1:-1]
    gain = torch.tensor((np.maximum(centres_hz, 300) / 1000) ** (0.6 * math.log2(10)))  # 6 dB an octave
    log_mel = log_mel + gain.log()[:, None].float()
    level = torch.log(torch.exp(log_mel - log_mel.max()) + 1e-3)
    assert_close(features(power)[0], level - level.mean(dim=1, keepdim=True), rtol=1e-4, atol=1e-4)
    assert_close(features(100 * power)[0], features(power)[0])  # a gain of 20 dB vanishes
    assert features(torch.zeros(1, 40, 5))[0].abs().max() < 1e-6  # silence is no sound


def test_the_reference_falls_by_so_many_db_a_second():
    power = torch.full((1, 40, 100), 1e-9)
    power[:, 7, 10], power[:, 9, 60] = 1.0, 2.0
    reference = StringFeatures(decay_db=6.0, slope_db=0.0)(power)[1][0, 0]
    expected, now = [], math.log(1e-6)
    for loudest in power.amax(dim=1)[0].tolist():
        now = max(now - 0.6 * math.log(10) * 0.02, math.log(max(loudest, 1e-6)))
        expected.append(now)
    assert_close(reference, torch.tensor(expected, dtype=reference.dtype))


def test_bending_moves_a_formant_and_a_factor_of_1_changes_nothing():
    """A bump in one band lies, for a = 1.25, where the frequency is 1.25 times lower."""
    mel, power = LogMel(sample_rate=8000, n_mels=40), torch.zeros(1, 40, 3)
    centres_hz = mel_frequencies_hz(42, f_min=0, f_max=4000)[1:-1]
    power[0, 30] = 1.0
    bent = recogniser.bend_bands(power, mel, torch.tensor([1.25]))
    wanted = int(np.abs(centres_hz - centres_hz[30] / 1.25).argmin())
    assert abs(int(bent[0, :, 0].argmax()) - wanted) <= 1
    assert_close(recogniser.bend_bands(power, mel, torch.tensor([1.0])), power, rtol=1e-4, atol=1e-4)


def test_what_makes_strings_harder_is_drawn_in_training_alone():
    model = model_of()
    harder, x = HarderStrings(model), torch.stack([sound(8000), sound(8000, seed=1)])
    assert_close(harder.eval()(x, [8000, 5000])[0], model(x, [8000, 5000])[0])
    harder.train()
    (one, n_one), (other, n_other) = harder(x, torch.tensor([8000, 5000])), harder(x, torch.tensor([8000, 5000]))
    assert one.isfinite().all() and one.shape[2] == n_one.max() and other.shape[2] == n_other.max()
    assert one.shape != other.shape or (one - other).abs().max() > 1e-3
    silence, _ = harder(torch.zeros(2, 8000), torch.tensor([8000, 1]))
    assert silence.isfinite().all()


def lessons_of_two(n_strings):
    """Strings of two tones, which stand for one and two: a lesson of one each, and one of several."""
    rng, tones = np.random.default_rng(0), [np.sin(0.3 * k * np.arange(1600)).astype(np.float32) for k in (1, 4)]
    gap = np.zeros(800, np.float32)

    def string(n_digits):
        digits = rng.integers(2, size=n_digits)
        return np.concatenate([gap, *(part for digit in digits for part in (tones[digit], gap))]), digits + 1

    return [[string(1) for _ in range(n_strings)], [string(int(rng.integers(0, 4))) for _ in range(2 * n_strings)]]


@pytest.mark.parametrize("units", ["digits", "letters"])
def test_the_recipe_learns_two_digits_in_seconds(units):
    torch.manual_seed(3)
    model = DigitRecogniser(width=24, n_layers=2, channels=(4, 8), units=units, stride=2 - (units == "letters"))
    if units == "letters":  # a word in so few frames is more than seconds teach
        recipes.train_recogniser(lessons_of_two(4), model=model, n_epochs=1, batch_s=2.0, progress=False)
        return
    options = {"n_epochs": 4, "batch_s": 4.0, "learning_rate": 1e-2, "harder": False, "progress": False}
    _, history = recipes.train_recogniser(lessons_of_two(300), model=model, **options)
    assert len(history.rows) == 4
    (x, n_samples), (digits, n_digits) = recipes.string_batch(lessons_of_two(40)[1])
    scores, n_frames = model(x, n_samples)
    paths = [row[:n].tolist() for row, n in zip(scores.argmax(dim=1), n_frames, strict=True)]
    found = [[c for c, before in zip(path, [0, *path], strict=False) if c and c != before] for path in paths]
    expected = [row[:n].tolist() for row, n in zip(digits, n_digits, strict=True)]
    assert np.mean([one == other for one, other in zip(found, expected, strict=True)]) > 0.9


def test_every_clip_is_heard_once_in_the_order_of_the_lessons():
    lessons = lessons_of_two(20)
    batches = recipes._Lessons(lessons, 2, 2.0, "digits")
    heard = []
    for part in range(2):
        batches.dataset.epoch = part
        heard += [
            sorted(map(tuple, row)) for row in ([t[:n].tolist() for t, n in zip(*b[1], strict=True)] for b in batches)
        ]
    n_heard = sum(map(len, heard))
    assert len(lessons[0]) + len(lessons[1]) - n_heard <= 8  # of a batch that would have made the parts unequal
    assert all(len(digits) == 1 for batch in heard[:1] for digits in batch)
    assert max(len(digits) for batch in heard[-4:] for digits in batch) == 3


def heard(model, signals):
    (x, n_samples), _ = datasets.pad_batch([(signal, 0) for signal in signals])
    with torch.no_grad():
        return [read_out(classes) for classes in greedy_decode(*model(x, n_samples))]


def test_the_shipped_recogniser_hears_voices_that_it_never_heard():
    """Measured over 1,000 strings: 3.5 % of the words wrong, nearly all of them of three speakers of eleven."""
    model = checkpoints.load(DigitRecogniser(), "ctc/whole")
    strings = datasets.DigitStrings("test", 60, seed=3, n_digits=(3, 7), **recipes.STRINGS)
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in strings]
    found = heard(model, [signal for signal, _ in strings])
    assert wer.word_errors(said, found).rate < 0.15
    nobody = datasets.DigitStrings("test", 30, seed=3, empty_share=1.0, empty_s=(2.0, 2.0))
    assert sum(map(len, heard(model, [signal for signal, _ in nobody]))) <= 5


def test_the_shipped_stream_hears_what_the_whole_does():
    model = checkpoints.load(DigitRecogniser(causal=True), "ctc/causal")
    signal = torch.from_numpy(datasets.DigitStrings("test", 1, n_digits=(7, 7), **recipes.STRINGS)[0][0])
    stream = Stream(model)
    parts = [stream.feed(piece) for piece in signal.split(400)]
    with torch.no_grad():
        assert_close(torch.cat([*parts, stream.finish()], dim=1), model(signal[None])[0][0], **LOOSE)


class OnePiece(Stream):
    """Each piece begins a sound, so that equal pieces give equal frames."""

    def feed(self, samples):
        self.restart()
        return super().feed(samples)


X = sound(700).expand(2, 700).clone()
FORWARD = {"signal": (X, [*NO_TENSORS, sound(9), torch.zeros(2, 0)]), "lengths": ([700, 500], LENGTHS)}
POWER = torch.rand(2, 40, 6, generator=torch.Generator().manual_seed(0))
UNITS = ("digits", [name for name in NAME if name is not None])
NO_DIGITS = [None, 5, "12", b"1", {}, [1.5], ["a"], [None], [True], np.ones((2, 2)), [-1], [99], *NO_ROW]
MODEL = {
    "n_mels": (40, COUNT[:-1]),
    "width": (8, COUNT),
    "n_layers": (2, COUNT),
    "kernel_size": (3, [*COUNT, 4, 1]),
    "channels": ((2, 3), [None, 5, "x", (), (0, 1), (1.5, 2)]),
    "units": ("digits", NAME),
    "stride": (2, [*COUNT, 3]),
    "look_ahead": (0, [*NUMBER, -1, 1, 1.5]),
}
CALLS = {
    spelled: {"digits": ([1, 2], NO_DIGITS), "units": ("digits", NAME)},
    read_out: {"classes": ([1, 2], [*NO_DIGITS, [0]]), "units": ("digits", NAME)},
    StringFeatures: {
        "n_mels": (40, COUNT[:-1]),
        "range_db": (40.0, [*POSITIVE, 121]),
        "slope_db": (6.0, [*NUMBER, 25]),
        "decay_db": (6.0, [*NUMBER[1:], -1]),
        "quietest": (1e-6, POSITIVE),
    },
    StringFeatures(decay_db=6.0).forward: {
        "power": (POWER, [*NO_TENSORS, POWER[:, :3], -POWER, POWER / 0]),
        "before": (torch.zeros(2, 1, 1), [*NO_TENSORS[1:], torch.zeros(2, 2, 1)]),
    },
    DigitRecogniser: MODEL,
    model_of().forward: FORWARD,
    Stream: {"model": (model_of(causal=True), [*MODULE, DigitRecogniser(**SMALL)])},
    OnePiece(model_of(causal=True)).feed: {
        "samples": (sound(700), [*NO_TENSORS[:2], object(), {}, X, X[0].int(), X[0] / 0])
    },
    recogniser.bend_bands: {
        "power": (POWER, [*NO_TENSORS, POWER[:, :3], -POWER, POWER / 0]),
        "mel": (StringFeatures().mel, MODULE),
        "factor": (torch.tensor([0.9, 1.2]), [*NO_TENSORS, torch.ones(3), torch.zeros(2), torch.full((2,), math.nan)]),
    },
    HarderStrings: {"model": (model_of(), [*MODULE, torch.nn.Linear(2, 2)])},
    HarderStrings(model_of()).eval().forward: FORWARD,
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.recogniser", CALLS)


@pytest.mark.parametrize(
    ("attempt", "match"),
    [
        (lambda: DigitRecogniser(width=65_536, kernel_size=1023), "network of .* weights needs .* GB of memory"),
        (lambda: DigitRecogniser(channels=(65_536, 65_536)), "network of .* weights needs .* GB of memory"),
        (lambda: DigitRecogniser(n_layers=2**28), "network of .* weights needs .* GB of memory"),
        (lambda: model_of().train()(sound(100)[None]), "a batch must have at least 2 frames of scores"),
        (lambda: model_of().scores(torch.zeros(2, 30, 9), [9, 9]), r"features must have the shape \(batch, n_mels=32"),
        (lambda: model_of().scores(torch.zeros(2, 32, 9), [9, 99]), "99"),
        (lambda: model_of().scores(torch.zeros(2, 32, 9), [9]), "n_frames must have one number for each of 2 clips"),
        (lambda: StringFeatures().power(torch.zeros(2, 900), [900]), "lengths"),
    ],
)
def test_networks_too_large_and_batches_that_do_not_fit_are_refused(attempt, match):
    with refuses(match):
        attempt()


@pytest.mark.parametrize("dtype", [torch.double, torch.half, torch.bfloat16])
def test_a_stream_wants_a_network_in_single_precision(dtype):
    with refuses("model must be of single precision and on the cpu to stream, got", TypeError):
        Stream(model_of(causal=True).to(dtype))


@pytest.mark.parametrize("bad", [3e38, 1e300, math.nan])
def test_a_piece_that_is_refused_leaves_the_stream_as_it_was(bad):
    stream, x = Stream(model_of(causal=True)), sound(2000)
    expected = stream.feed(x)
    stream.restart()
    stream.feed(x[:900])
    n_before = stream._n_samples
    with refuses("samples must"):
        stream.feed(np.full(900, bad))
    assert stream._n_samples == n_before
    assert_close(stream.feed(x[900:])[:, -1], expected[:, -1], **LOOSE)
