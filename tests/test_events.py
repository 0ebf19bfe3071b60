"""Sound events: sounds made by rule, splits by source, datasets, and the two small networks that hear them."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch.utils.data import DataLoader

from course_utils import descriptors, metrics, sound, stft
from course_utils.models import classification, datasets, events
from course_utils.models.classification import (
    EventCNN,
    EventDetector,
    detect_events,
    frame_f1,
    frame_loss,
    saliency,
)
from course_utils.models.datasets import EventScenes, SoundEvents
from tests.support import refuses

RATE = events.SAMPLE_RATE
EACH = pytest.mark.parametrize("label", range(len(events.EVENTS)), ids=events.EVENTS)


def rendered(label, seed=0, split="train"):
    rng = np.random.default_rng(seed)
    return events.render_event(events.draw_source(label, split, rng), rng)


def power_near(signal, frequency_hz, width=0.06):
    """Share of the power within 6 % of a frequency."""
    power = np.abs(np.fft.rfft(signal)) ** 2
    f = np.fft.rfftfreq(len(signal), 1 / RATE)
    return power[np.abs(f - frequency_hz) < width * frequency_hz].sum() / power.sum()


# ------------------------------------------------------------------------------------ what is made


def rng():
    return np.random.default_rng(3)


def test_an_alarm_has_its_pitch_and_its_beeps():
    signal = events.alarm(rng(), pitch_hz=1000, beeps_per_s=4)
    assert power_near(signal, 1000) + power_near(signal, 2000) + power_near(signal, 3000) > 0.98
    loud = np.abs(signal).reshape(-1, 400).max(axis=1) > 0.3  # 25 ms
    n_beeps = np.count_nonzero(np.diff(loud.astype(int)) == 1) + loud[0]
    assert n_beeps == round(4 * len(signal) / RATE)


def test_a_bell_rings_at_its_pitch_and_at_that_of_its_second_bar():
    signal = events.bell(rng(), pitch_hz=600, decay_s=0.3)
    second = max(power_near(signal, 600 * ratio, 0.03) for ratio in (4 / 5, 5 / 6, 3 / 4))
    assert power_near(signal, 600, 0.03) > 0.2 < second


def test_a_bell_decays_as_told():
    """e^{−t/d}: the modes of the second bar fall by 60 dB in 6.9 d."""
    signal = events.bell(rng(), pitch_hz=600, decay_s=0.2)
    late, later = (signal[round(t * RATE) :][:800].std() for t in (0.5, 0.7))
    assert later / late == pytest.approx(np.exp(-1), rel=0.1)  # beats of the two bars


def test_birds_stay_within_an_octave_of_their_pitch():
    signal = events.birds(rng(), pitch_hz=3500, chirps_per_s=6)
    assert power_near(signal, 3500, 0.5) > 0.95


@pytest.mark.parametrize(
    ("make", "setting", "name", "period_s"),
    [
        (events.clock, {"case_hz": 1500}, "ticks_per_s", 0.25),
        (events.footsteps, {"floor_hz": 120}, "steps_per_s", 0.4),
    ],
)
def test_blows_come_at_their_rate(make, setting, name, period_s):
    signal = make(rng(), **setting, **{name: 1 / period_s})
    onsets = descriptors.onset_strength(signal, sample_rate=RATE, hop_length=160)
    together = np.correlate(onsets, onsets, "full")[len(onsets) :]  # from a shift of one frame on
    assert (15 + together[15:80].argmax() + 1) / 100 == pytest.approx(period_s, abs=0.03)  # 10 ms frames


def test_a_dog_barks_at_its_pitch():
    signal = events.dog(rng(), pitch_hz=500, bark_s=0.25)
    start = int(np.abs(signal).argmax())
    pitch_hz, _ = descriptors.yin(signal[start : start + 2048], sample_rate=RATE, f_min=200, f_max=1200)
    assert 0.6 * 500 < np.median(pitch_hz) < 1.15 * 500  # it rises to 500 Hz and falls


def test_an_engine_fires_as_often_as_told():
    signal = events.engine(rng(), firings_per_s=100, pipe_hz=200)
    envelope = np.abs(np.fft.rfft(signal**2 - np.mean(signal**2)))
    f = np.fft.rfftfreq(len(signal), 1 / RATE)
    assert 70 < f[1 + envelope[1 : np.searchsorted(f, 140)].argmax()] < 130  # it slows down or speeds up by a quarter


def test_glass_starts_with_a_blow_and_ends_with_shards():
    signal = events.glass(rng(), shard_hz=3000, spread_s=0.3)
    assert np.abs(signal).argmax() < 0.03 * RATE
    late = signal[round(0.2 * RATE) :]
    assert power_near(late, 3000 * 1.5, 0.7) > 0.9


def test_rain_has_its_hiss():
    signal = events.rain(rng(), hiss_hz=2000, drops_per_s=20)
    flatness = descriptors.spectral_flatness(stft.spectrogram(signal, n_fft=512, power=1)[24:140]).mean()
    assert flatness > 0.3  # white noise in one frame: 0.56
    assert power_near(signal, 2000, 1.5) > 0.7


def test_a_siren_goes_up_from_its_lowest_pitch():
    signal = events.siren(rng(), low_hz=500, period_s=0.8)
    strongest = np.abs(np.fft.rfft(signal[: RATE // 2 * 1]))
    f = np.fft.rfftfreq(RATE // 2, 1 / RATE)
    assert strongest[f < 450].max() < 0.1 * strongest.max()
    assert 480 < f[strongest.argmax()] < 2.45 * 500


@EACH
def test_an_event_has_rms_1_and_ends_20_db_down(label):
    for seed in range(20):
        signal = rendered(label, seed)
        assert sound.rms(signal) == pytest.approx(1, abs=0.02)
        assert 0.25 < len(signal) / RATE < 3.2
        blocks = np.sqrt((signal[: len(signal) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1))
        assert blocks[0] > 0.09 * blocks.max()
        assert blocks[-1] > 0.02 * blocks.max()  # the last one is faded out


@EACH
def test_two_sounds_of_one_source_differ(label):
    source = events.draw_source(label, "train", np.random.default_rng(0))
    one, other = (events.render_event(source, np.random.default_rng(seed)) for seed in (1, 2))
    n = min(len(one), len(other))
    assert abs(np.corrcoef(one[:n], other[:n])[0, 1]) < 0.95


def test_background_has_its_length_and_level_and_many_colours():
    slopes = []
    for seed in range(20):
        signal = events.background(2.0, np.random.default_rng(seed))
        assert signal.shape == (2 * RATE,) and sound.rms(signal) == pytest.approx(1)
        power = np.abs(np.fft.rfft(signal)) ** 2
        slopes.append(10 * np.log10(power[200:400].mean() / power[6400:12800].mean()))
    assert min(slopes) < 5 and max(slopes) > 12  # dB over five octaves: white 0, pink 15, brown 30


def test_as_recorded_is_a_16_bit_sound():
    signal = events.as_recorded(np.array([0.1, -0.5, 1.0, 1e-6]))
    assert signal.dtype == np.float32
    assert_array_equal(signal * 32_768, [3277, -16_384, 32_767, 0])
    with refuses("must lie within ±1"):
        events.as_recorded(np.array([1.5]))


# ------------------------------------------------------------------------------------ splits that do not leak


def test_cells_are_shared_out_3_to_1_to_1_in_every_row_and_column():
    table = np.array([[events.split_of_cell(i, j) for j in range(5)] for i in range(5)])
    for line in [*table, *table.T]:
        assert sorted(line) == ["test", "train", "train", "train", "valid"]
    with refuses("i must be at most 4"):
        events.split_of_cell(5, 0)


@EACH
def test_no_source_of_one_split_is_near_a_source_of_another(label):
    """The gap between two splits is that between two cells: twice the margin."""
    drawn = {}
    for k, split in enumerate(events.SPLITS):
        rng = np.random.default_rng(k)
        drawn[split] = np.array([events.draw_source(label, split, rng)[1:] for _ in range(400)])
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        distance = np.abs(drawn[one][:, None] - drawn[other]).max(axis=2)
        assert distance.min() >= 2 * events.MARGIN / events.N_CELLS - 1e-12


@EACH
def test_every_source_of_the_datasets_lies_in_its_split(label):
    for split in events.SPLITS:
        data = SoundEvents(split, 200, seed=5)
        for index in range(label, 200, 10):
            _, a, b = data.source(index)
            assert events.split_of_cell(int(5 * a), int(5 * b)) == split


def test_scenes_are_made_of_sources_of_their_split(monkeypatch):
    seen = []
    original = events.render_event
    monkeypatch.setattr(events, "render_event", lambda source, rng: seen.append(source) or original(source, rng))
    for split in events.SPLITS:
        seen.clear()
        for index in range(5):
            EventScenes(split, 5).scene(index)
        assert {events.split_of_cell(int(5 * a), int(5 * b)) for _, a, b in seen} == {split}


def test_settings_run_from_end_to_end_by_ratios():
    low, high = (events.settings(events.Source(0, position, position)) for position in (0.0, 1.0))
    middle = events.settings(events.Source(0, 0.5, 0.5))
    assert low == pytest.approx({"pitch_hz": 700, "beeps_per_s": 2.5})
    assert high == pytest.approx({"pitch_hz": 3400, "beeps_per_s": 9})
    assert middle["pitch_hz"] ** 2 == pytest.approx(700 * 3400)
    with refuses("split must be one of"):
        events.draw_source(0, "dev", np.random.default_rng(0))
    with refuses("label must be at most 9"):
        events.draw_source(10, "train", np.random.default_rng(0))


# ------------------------------------------------------------------------------------ datasets


def test_clips_are_what_they_say():
    data = SoundEvents("train", 30)
    assert len(data) == 30
    for index, (clip, label) in enumerate(data):
        assert clip.dtype == np.float32 and clip.shape == (2 * RATE,)
        assert label == index % 10 and type(label) is int
        assert 0.09 < np.abs(clip).max() <= 0.9
    assert data.classes == events.EVENTS


@pytest.mark.parametrize("data", [SoundEvents("train", 12), EventScenes("test", 6)], ids=["clips", "scenes"])
def test_the_same_with_any_number_of_workers(data):
    here = [data[i] for i in range(len(data))]
    for n_workers in (0, 2):
        for i, (signal, target) in enumerate(DataLoader(data, batch_size=None, num_workers=n_workers)):
            assert_array_equal(signal, here[i][0])
            assert_array_equal(target, here[i][1])
    assert_array_equal(data[5][0], here[5][0])  # out of order
    assert_array_equal(data[-1][0], here[-1][0])


def test_the_same_on_every_machine():
    """Values of a 16-bit file: rounding errors of another processor do not reach them."""
    clip, _ = SoundEvents("train", 10, seed=1)[3]
    scene, _ = EventScenes("test", 10, seed=1)[3]
    assert_array_equal((clip[8000:8008] * 32_768).astype(int), GOLDEN_CLIP)
    assert_array_equal((scene[8000:8008] * 32_768).astype(int), GOLDEN_SCENE)


GOLDEN_CLIP = [205, -9, 127, 42, -94, -47, 133, 87]
GOLDEN_SCENE = [-328, 77, -186, 76, 293, 50, -126, -82]


def test_items_seeds_and_splits_differ():
    clips = [SoundEvents(split, 20, seed=seed)[i][0] for split in events.SPLITS for seed in (0, 1) for i in (0, 10)]
    for i, one in enumerate(clips):
        for other in clips[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.5


def test_the_snr_of_a_clip_is_what_it_says():
    """Where the event is over, the rest is background: clips of one loud and of one weak event."""
    loud, weak = (SoundEvents("train", 40, snr_db=(level, level)) for level in (20.0, -10.0))
    for index in range(40):
        assert loud.snr(index) == 20 and weak.snr(index) == -10
    spread = [SoundEvents("test", 400).snr(index) for index in range(400)]
    assert -10 <= min(spread) < -9.5 and 19.5 < max(spread) <= 20 and abs(np.mean(spread) - 5) < 1.5  # 3 errors: 1.3
    crest = [np.abs(data[i][0]).max() / sound.rms(data[i][0]) for data in (loud, weak) for i in range(0, 40, 10)]
    assert min(crest) > 1.4


def test_longer_datasets_begin_with_the_shorter():
    assert_array_equal(SoundEvents("valid", 5)[4][0], SoundEvents("valid", 5000)[4][0])


def test_a_loop_over_a_dataset_ends():
    assert len(list(SoundEvents("test", 3))) == 3
    with pytest.raises(IndexError, match="index must lie below n_items=3, got 3"):
        SoundEvents("test", 3)[3]


def test_events_of_a_scene_have_the_snr_that_was_asked():
    """Scenes of one event: power with it, less that of the background, over that of the background."""
    data = EventScenes("train", 30, n_events=(1, 1), snr_db=10.0)
    measured = []
    for index in range(30):
        scene, placed = data.scene(index)
        start, end = (round(t * RATE) for t in (placed[0].onset_s, placed[0].offset_s))
        outside = np.concatenate([scene[:start], scene[end:]])
        measured.append(np.mean(scene[start:end] ** 2) / np.mean(outside**2) - 1)
    assert 10 * np.log10(np.median(measured)) == pytest.approx(10, abs=0.6)  # the background fluctuates


def test_scenes_are_what_they_say():
    data = EventScenes("valid", 40)
    n_overlaps = 0
    for index in range(40):
        signal, frames = data[index]
        placed = data.events(index)
        assert signal.dtype == frames.dtype == np.float32
        assert signal.shape == (6 * RATE,) and frames.shape == (10, 150)
        assert 1 <= len(placed) <= 6 and placed == sorted(placed)
        assert all(0 <= e.onset_s < e.offset_s <= 6 for e in placed)
        for e in placed:  # half of its frames are within half a frame of what was placed
            middle = int((e.onset_s + e.offset_s) / 2 / 0.04)
            assert frames[e.label, middle] == 1
        total_s = frames.sum() * 0.04
        assert total_s == pytest.approx(sum(e.offset_s - e.onset_s for e in placed), abs=0.05 * len(placed))
        n_overlaps += int((frames.sum(axis=0) > 1).any())
    assert n_overlaps > 10


def test_events_of_one_class_keep_apart():
    data = EventScenes("train", 60, n_events=(6, 6), duration_s=5.0)
    for index in range(60):
        placed = data.events(index)
        for label in range(10):
            mine = [e for e in placed if e.label == label]
            assert all(b.onset_s - a.offset_s > 0.5 for a, b in zip(mine, mine[1:], strict=False))


def test_frames_give_the_events_back():
    data = EventScenes("test", 10, hop_s=0.02)
    truth = [data.events(i) for i in range(10)]
    found = [metrics.frames_to_events(data[i][1], hop_s=0.02) for i in range(10)]
    assert metrics.event_f1(truth, found).f1 == 1
    assert metrics.event_f1(truth, found, onset_tolerance_s=0.011, offset_tolerance_s=0.011, offset_share=0).f1 == 1


def test_datasets_refuse():
    with refuses("split must be one of"):
        SoundEvents("dev")
    with refuses("n_items must be at least 1"):
        SoundEvents("train", 0)
    with refuses("duration_s must be at least 5"):
        EventScenes("train", duration_s=2.0)
    with refuses("hop_s must be above 0"):
        EventScenes("train", hop_s=0.0)
    with refuses("snr_db must be finite"):
        EventScenes("train", snr_db=float("nan"))


# ------------------------------------------------------------------------------------ networks


def test_networks_take_any_length():
    torch.manual_seed(0)
    for n_frames in (8, 51, 151):
        x = torch.randn(3, 40, n_frames)
        assert EventCNN().eval()(x).shape == (3, 10)
        assert EventDetector().eval()(x).shape == (3, 10, n_frames)


@pytest.mark.parametrize("model", [EventCNN(), EventDetector()], ids=["EventCNN", "EventDetector"])
def test_networks_do_not_hear_the_level(model):
    x = torch.randn(2, 40, 60)
    model.eval()
    with torch.no_grad():
        assert_allclose(model(x + 3.7), model(x), atol=1e-4)  # float32 through three blocks


def test_the_detector_looks_26_frames_to_each_side_and_some_more():
    """2·(1 + 3 + 9) = 26 in the context, and one each in three blocks."""
    model = EventDetector().eval()
    x = torch.randn(1, 40, 101, requires_grad=True)
    logits = model.classify(model.context(model.blocks(x[:, None]).flatten(1, 2)))  # without Standardize
    logits[0, 0, 50].backward()
    reached = torch.nonzero(x.grad[0].abs().sum(dim=0)).flatten()
    assert 50 - reached.min() <= 29 and reached.max() - 50 <= 29
    assert reached.max() - 50 >= 24


def test_the_classifier_does_not_care_when():
    """A pattern moved by a whole pool of 8 frames in silence: the mean and the maximum stay the same."""
    model = EventCNN().eval()
    x = torch.zeros(1, 40, 80)
    pattern = torch.randn(40, 16)
    moved = x.clone()
    x[0, :, 24:40], moved[0, :, 32:48] = pattern, pattern
    with torch.no_grad():
        assert_allclose(model(x), model(moved), atol=1e-5)


def test_frame_loss_by_hand():
    logits = torch.tensor([[[0.0, np.log(3.0), 99.0]]])  # probabilities 1/2 and 3/4; the third frame has no target
    target = torch.tensor([[[1.0, 0.0]]])
    assert float(frame_loss(logits, target)) == pytest.approx((np.log(2) + np.log(4)) / 2, rel=1e-6)
    assert frame_f1(logits, target) == 0
    assert frame_f1(logits, torch.tensor([[[1.0, 1.0]]])) == pytest.approx(2 / 3)  # a logit of exactly 0 is no call


def test_detect_events_by_hand():
    logits = torch.full((1, 2, 20), -5.0)
    logits[0, 1, 5:15] = 5.0
    found = detect_events(logits, hop_s=0.1, n_median=3)
    assert found == [[pytest.approx(metrics.Event(0.5, 1.5, 1))]]


def test_saliency_is_the_gradient():
    torch.manual_seed(0)
    model = EventCNN()
    x = torch.randn(1, 40, 32)
    found = saliency(model, x, 3)
    assert found.shape == x.shape and (found >= 0).all() and model.training
    model.eval().double()
    x = x.double()
    band, frame = np.unravel_index(int(found[0].argmax()), (40, 32))
    step = torch.zeros_like(x)
    step[0, band, frame] = 1e-5
    with torch.no_grad():
        slope = (model(x + step)[0, 3] - model(x - step)[0, 3]) / 2e-5
    assert abs(float(slope)) == pytest.approx(float(found[0, band, frame]), rel=1e-3)  # kinks of ReLU and maximum


def test_networks_are_small():
    assert sum(p.numel() for p in EventCNN().parameters()) < 10_000
    assert sum(p.numel() for p in EventDetector().parameters()) < 110_000


def test_networks_refuse():
    with refuses("n_classes must be at least 1"):
        EventCNN(0)
    with refuses("width must be at least 1"):
        EventDetector(width=0)


@pytest.mark.parametrize("module", [events, classification, datasets])
def test_events_bring_in_no_librosa(module):
    assert not hasattr(module, "librosa")
