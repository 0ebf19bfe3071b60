"""Sound events: sounds made by rule, and splits by source."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from course_utils import descriptors, sound, stft
from course_utils.models import classification, datasets, events
from tests.hostile import COUNT, NAME, POSITIVE, RNG, SIGNAL, refusals
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


@pytest.mark.parametrize("module", [events, classification, datasets])
def test_events_bring_in_no_librosa(module):
    assert not hasattr(module, "librosa")


HOSTILE = {"_hz": [*POSITIVE, 19, 7001], "_per_s": [*POSITIVE, 1001], "_s": [*POSITIVE, 11]}
KINDS = {
    kind.make: {"rng": (np.random.default_rng(0), RNG)}
    | {name: (low, next(v for unit, v in HOSTILE.items() if name.endswith(unit))) for name, low, _ in (kind.a, kind.b)}
    for kind in events.KINDS.values()
}
NO_SOURCES = [
    None,
    "x",
    5,
    {},
    (1, 0.5, 0.5),
    events.Source(10, 0.5, 0.5),
    events.Source(-1, 0.5, 0.5),
    events.Source(1, 2.0, 0.5),
]
NO_SOURCES += [events.Source("dog", 0.5, 0.5), events.Source(1, 0.5, float("nan"))]
RANDOM = (np.random.default_rng(0), RNG)
CALLS = KINDS | {
    events.split_of_cell: {"i": (1, [*COUNT[:-5], -1, 5]), "j": (1, [*COUNT[:-5], -1, 5])},
    events.draw_source: {"label": (1, [*COUNT[:-5], -1, 10]), "split": ("train", NAME), "rng": RANDOM},
    events.settings: {"source": (events.Source(1, 0.5, 0.5), NO_SOURCES)},
    events.render_event: {"source": (events.Source(1, 0.5, 0.5), NO_SOURCES), "rng": RANDOM},
    events.background: {"duration_s": (0.1, [*POSITIVE, 1e-9, 1e9]), "rng": RANDOM},
    events.as_recorded: {"signal": (np.ones(9), [*SIGNAL, [2.0]])},
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.events", CALLS)
