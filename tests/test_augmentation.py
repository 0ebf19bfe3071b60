"""Augmentations against hand-worked values, scipy, librosa, measured pitch and duration, and their promises."""

import functools
import math
import multiprocessing
import pickle
from itertools import pairwise

import librosa
import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import audio
from course_utils.augmentation import (
    STEPS,
    Augmented,
    Compose,
    add_noise,
    change_speed,
    crop_edges,
    fix_length,
    gain,
    gain_curve,
    invert_polarity,
    lowpass,
    mix_at_snr,
    mixup,
    pitch_shift,
    random_equalizer,
    random_tilt,
    spec_augment,
    telephone,
    time_shift,
    time_stretch,
    time_warp,
)
from course_utils.sound import chirp, harmonic_tone, sine
from tests.hostile import (
    CORNER,
    COUNT,
    FEATURES,
    NAME,
    NO_ARRAYS,
    NO_FEATURES,
    NOISE,
    NUMBER,
    POSITIVE,
    RANDOM,
    REAL,
    RNG,
    SAMPLE_RATE,
    SIGNAL,
    refusals,
)
from tests.support import random_signal, refuses

RATE = 16000


def generator(seed=0):
    return np.random.default_rng(seed)


def snr_db(signal, mixed):
    """Measured from what was added."""
    noise = mixed.astype(float) - signal
    return 10 * np.log10(np.sum(signal.astype(float) ** 2, axis=-1) / np.sum(noise**2, axis=-1))


def peak_hz(x, rate=RATE, low_hz=0.0):
    """The frequency of the strongest partial above ``low_hz``: a parabola through the log spectrum of a Gaussian."""
    window = scipy.signal.windows.gaussian(len(x), len(x) / 8)  # exact for it
    level = np.log(np.abs(np.fft.rfft(x * window)) + 1e-300)
    first = math.ceil(low_hz * len(x) / rate)
    k = first + int(level[first:].argmax())
    a, b, c = level[k - 1 : k + 2]
    return (k + (a - c) / (2 * (a - 2 * b + c))) * rate / len(x)


def cents(found_hz, expected_hz):
    return 1200 * abs(math.log2(found_hz / expected_hz))


# ------------------------------------------------------------------------ closed form, hand-worked


def test_mixing_is_worked_by_hand():
    # Powers 4 and 1; at 10·log10(4) dB the noise stays as it is, 20 dB below that it is a tenth, 20 above ten times.
    signal, noise, even_db = np.array([2.0, -2, 2, -2]), np.array([1.0, 1, -1, -1]), 10 * math.log10(4)
    assert_allclose(mix_at_snr(signal, noise, even_db), [3, -1, 1, -3])
    assert_allclose(mix_at_snr(signal, noise, even_db + 20), [2.1, -1.9, 1.9, -2.1])
    assert_allclose(mix_at_snr(signal, noise, even_db - 20), [12, 8, -8, -12])


@pytest.mark.parametrize(("asked_db", "careless_db"), [(20, 17.4), (10, 8.7), (3, 2.6)])
def test_the_published_scale_misses_the_ratio(asked_db, careless_db):
    """exp(snr/10) instead of 10^(snr/20): 8.686 dB for each 10 asked."""
    signal, noise = random_signal(RATE), random_signal(RATE, seed=1)
    scale = np.linalg.norm(signal) / np.linalg.norm(noise) / np.exp(asked_db / 10)
    assert_allclose(snr_db(signal, signal + scale * noise), careless_db, atol=0.05)
    assert_allclose(snr_db(signal, mix_at_snr(signal, noise, asked_db)), asked_db, atol=1e-9)


def test_noise_is_cut_or_repeated_from_where_it_begins():
    signal, noise = np.ones(4), np.array([1.0, 2, 3])
    added = mix_at_snr(signal, noise, 0) - signal
    assert_allclose(added / added[0], [1, 2, 3, 1])
    long = np.arange(1.0, 9)
    added = mix_at_snr(signal, long, 0) - signal
    assert_allclose(added / added[0], [1, 2, 3, 4])
    assert_allclose(np.mean(added**2), 1)  # of the piece that is used


def test_the_place_of_noise_is_drawn_evenly_and_never_crosses_its_end():
    signal, long, short = np.ones(3), np.arange(1.0, 7), np.array([1.0, 2])
    rng, starts = generator(), []
    for _ in range(400):
        added = mix_at_snr(signal, long, 0, rng=rng) - signal
        step = added[1] - added[0]
        assert_allclose(np.diff(added), step)  # 6 is never followed by 1
        starts.append(round(added[0] / step))
    assert set(starts) == {1, 2, 3, 4}
    assert min(starts.count(n) for n in (1, 2, 3, 4)) > 70
    repeated = {
        tuple(np.round((mix_at_snr(signal, short, 0, rng=rng) - signal) * math.sqrt(3), 6) > 1.2) for _ in range(40)
    }
    assert len(repeated) == 2  # 1 2 1 and 2 1 2


def test_gain_polarity_and_shift_are_worked_by_hand():
    x = np.array([1.0, 2, 3, 4])
    assert_allclose(gain(x, 20), 10 * x)
    assert_allclose(gain(x, -6.020599913279624), x / 2)
    assert_array_equal(invert_polarity(x), [-1, -2, -3, -4])
    assert_array_equal(time_shift(x, 0.1, sample_rate=10), [0, 1, 2, 3])
    assert_array_equal(time_shift(x, -0.2, sample_rate=10), [3, 4, 0, 0])
    assert_array_equal(time_shift(x, 0.1, sample_rate=10, mode="wrap"), [4, 1, 2, 3])
    assert_array_equal(time_shift(x, 0.0, sample_rate=10), x)
    assert_array_equal(time_shift(x, 0.24, sample_rate=10), [0, 0, 1, 2])  # rounded to 2 samples


def test_a_length_is_fixed_at_the_end_or_at_random():
    x = np.array([1.0, 2, 3])
    assert_array_equal(fix_length(x, 5), [1, 2, 3, 0, 0])
    assert_array_equal(fix_length(x, 2), [1, 2])
    assert_array_equal(fix_length(x, 3), x)
    rng = generator()
    assert {tuple(fix_length(x, 2, rng=rng)) for _ in range(50)} == {(1, 2), (2, 3)}
    assert {tuple(fix_length(x, 4, rng=rng)) for _ in range(50)} == {(1, 2, 3, 0), (0, 1, 2, 3)}


def test_edges_are_cropped_evenly_and_never_by_more_than_their_share():
    x, rng = np.arange(1000.0), generator()
    pieces = [crop_edges(x, rng=rng, max_share=0.2) for _ in range(400)]
    before, after = np.array([(piece[0], 999 - piece[-1]) for piece in pieces]).T
    for cut in (before, after):
        assert 0 <= cut.min() < 10
        assert 190 < cut.max() < 200
        assert_allclose([cut.mean(), cut.std()], [100, 200 / math.sqrt(12)], atol=8)
    assert abs(np.corrcoef(before, after)[0, 1]) < 0.15  # drawn apart
    assert all((np.diff(piece) == 1).all() for piece in pieces)
    assert_array_equal(crop_edges(x, rng=rng, max_share=0), x)
    assert crop_edges(random_signal(2, 3, 50), rng=rng, max_share=0.45).shape[:-1] == (2, 3)
    for n_time in range(1, 12):
        assert crop_edges(random_signal(n_time, dtype=np.float32), rng=rng, max_share=0.45).dtype == np.float32
        assert min(len(crop_edges(random_signal(n_time), rng=rng, max_share=0.45)) for _ in range(50)) >= 1


def test_a_warp_is_worked_by_hand():
    ramp = np.arange(7.0)[np.newaxis]
    # (0, 0), (4, 2), (6, 6): half speed up to frame 4, then double
    assert_allclose(time_warp(ramp, source=2, target=4)[0], [0, 0.5, 1, 1.5, 2, 4, 6])
    assert_allclose(time_warp(ramp, source=4, target=2)[0], [0, 2, 4, 4.5, 5, 5.5, 6])
    assert_allclose(time_warp(ramp**2, source=3, target=3), ramp**2)
    between = time_warp(np.array([[0.0, 0, 10, 0, 0]]), source=2, target=3)[0]
    assert_allclose(between, [0, 0, 20 / 3 / 2, 10, 0])  # frame 2 reads at 4/3


def test_mixing_up_two_examples_is_their_weighted_sum():
    x, y = np.array([[0.0, 0], [1, 10]]), np.eye(2)
    for seed in range(20):
        batch, labels = mixup(x, y, rng=generator(seed), alpha=1.0)
        # each row is λ of itself and 1 − λ of itself or the other: x tells λ, and the label must agree
        assert_allclose(labels[:, 1], batch[:, 0])
        assert_allclose(batch[:, 1], 10 * batch[:, 0])
        assert_allclose(labels.sum(axis=1), 1)


def test_the_share_in_a_mixture_follows_the_beta_distribution():
    x, y = np.arange(20_000.0)[:, np.newaxis] % 2, np.zeros((20_000, 1))
    for alpha in (0.2, 1.0, 4.0):
        mixed = mixup(x, y, rng=generator(), alpha=alpha)[0]
        # Half of the pairs are of unlike values; there x' is λ or 1 − λ, both of variance 1 / (4 (2α + 1)).
        blended = mixed[(mixed > 0) & (mixed < 1)]
        assert_allclose(len(blended) / len(x), 0.5, atol=0.05 if alpha > 0.5 else 0.08)  # λ rounds to 0 or 1
        if alpha >= 1:
            assert_allclose(blended.var(), 1 / (4 * (2 * alpha + 1)), rtol=0.05)


# ----------------------------------------------------------------------------- measured on the result


@given(
    asked_db=st.floats(-40, 80),
    n_time=st.integers(1, 3000),
    n_noise=st.integers(1, 3000),
    seed=st.integers(0, 99),
    single=st.booleans(),
)
def test_the_ratio_asked_is_the_ratio_measured(asked_db, n_time, n_noise, seed, single):
    dtype = np.float32 if single else np.float64
    signal = random_signal(n_time, seed=seed, dtype=dtype) + dtype(0.01)
    noise = 1e-3 * random_signal(n_noise, seed=seed + 1).astype(dtype) + dtype(1e-6)
    mixed = mix_at_snr(signal, noise, asked_db, rng=generator(seed))
    assert mixed.dtype == dtype
    assert_allclose(snr_db(signal, mixed), asked_db, atol=0.01)  # the promise


def test_the_ratio_holds_on_clips_and_for_each_signal_of_a_batch():
    words, rate = audio.load("speech/digits")
    rain, _ = audio.load("environment/rain", sample_rate=rate)
    for asked_db in (-10, 0, 20, 60):
        assert_allclose(snr_db(words, mix_at_snr(words, rain, asked_db, rng=generator())), asked_db, atol=0.01)
    batch = random_signal(2, 3, 500) * np.array([[0.01], [1], [5]])
    assert_allclose(snr_db(batch, mix_at_snr(batch, random_signal(500, seed=5), 7)), 7, atol=1e-9)
    assert_allclose(snr_db(batch, mix_at_snr(batch, random_signal(2, 3, 90, seed=5), 7)), 7, atol=1e-9)


@pytest.mark.parametrize(("colour", "slope_db"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_noise_has_its_ratio_and_its_slope_per_octave(colour, slope_db):
    x = sine(440, duration_s=60, sample_rate=RATE)
    noise = add_noise(x, 12, rng=generator(), colour=colour) - x
    assert_allclose(snr_db(x, x + noise), 12, atol=1e-9)
    f, density = scipy.signal.welch(noise, RATE, nperseg=4096)
    octaves = [10 * np.log10(density[(f >= low) & (f < 2 * low)].mean()) for low in (125, 250, 500, 1000, 2000)]
    assert_allclose(np.diff(octaves), slope_db, atol=0.3)  # 20,000 values an octave and more
    assert np.abs(noise).max() < 6 * np.std(noise)  # noise, not a click of the same spectrum


@pytest.mark.parametrize("factor", [0.5, 0.87, 1.0, 1.0595, 1.5, 2.0])
def test_speed_moves_pitch_and_duration_by_the_factor(factor):
    x = sine(1000, duration_s=2, sample_rate=RATE)
    fast = change_speed(x, factor)
    assert len(fast) == round(len(x) / factor)
    assert cents(peak_hz(fast[500:-500]), 1000 * factor) < 0.1


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 1.7])
def test_a_stretch_moves_the_duration_only(factor):
    x = harmonic_tone(200, amplitudes=[1, 0.5, 0.3, 0.2], duration_s=2, sample_rate=RATE)
    y = time_stretch(x, factor)
    assert len(y) == round(len(x) / factor)
    for low_hz, expected_hz in ((0, 200), (300, 400)):
        assert cents(peak_hz(y[2000:-2000], low_hz=low_hz), expected_hz) < 5  # the promise; it is below 1
    steady = y[2000:-2000]
    assert_allclose(np.std(steady), np.std(x), rtol=0.15)  # bins of one partial drift out of step, and some is lost


@pytest.mark.parametrize("n_semitones", [-12, -5, -0.5, 0, 3, 7, 12])
def test_a_shift_of_pitch_moves_the_pitch_only(n_semitones):
    x = harmonic_tone(330, amplitudes=[1, 0.4, 0.2], duration_s=1.5, sample_rate=RATE)
    y = pitch_shift(x, n_semitones)
    assert y.shape == x.shape
    assert cents(peak_hz(y[3000:-3000]), 330 * 2 ** (n_semitones / 12)) < 5


def test_events_keep_their_relative_place_in_a_stretch_and_their_place_in_a_pitch_shift():
    x = np.zeros(2 * RATE)
    bursts = (6000, 14000, 25000)
    for start in bursts:
        x[start : start + 400] = random_signal(400, seed=start)

    def centres(y, expected):
        power = y**2
        for place in expected:
            near = np.arange(max(0, int(place) - 2500), int(place) + 2500)
            yield np.sum(near * power[near]) / np.sum(power[near]) - place

    for function, factor in (
        (lambda s: time_stretch(s, 0.8), 0.8),
        (lambda s: change_speed(s, 0.8), 0.8),
        (lambda s: pitch_shift(s, 4), 1.0),
    ):
        # A vocoder smears a burst over a window of 1,024 samples, evenly: a tenth of it is allowed.
        assert np.abs(list(centres(function(x), [(start + 200) / factor for start in bursts]))).max() < 160, function


def test_speed_removes_what_would_alias():
    x = sine(5000, duration_s=1, sample_rate=RATE)
    fast = change_speed(x, 2.0)  # 10 kHz does not fit below 8 kHz
    assert np.std(fast[500:-500]) < 0.01  # 40 dB down, 25 % above the edge of a short kernel


def test_a_lowpass_is_scipys_butterworth():
    x = random_signal(2, 4000)
    sos = scipy.signal.butter(4, 1800, fs=RATE, output="sos")
    assert_allclose(lowpass(x, 1800, sample_rate=RATE), scipy.signal.sosfilt(sos, x), atol=1e-12)


def test_a_telephone_is_a_band_and_a_coder():
    x = 0.5 * random_signal(RATE)
    low, high = (scipy.signal.butter(4, f, kind, fs=RATE, output="sos") for f, kind in ((3400, "low"), (300, "high")))
    band = scipy.signal.sosfilt(high, scipy.signal.sosfilt(low, x))
    mu = np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256)
    coded = telephone(x, sample_rate=RATE)
    compressed = np.sign(coded) * np.log1p(255 * np.abs(coded)) / np.log(256)
    assert np.abs(compressed - mu).max() <= 1 / 255 + 1e-9  # half a step of 2/255
    assert_allclose((compressed + 1) / 2 * 255, np.round((compressed + 1) / 2 * 255), atol=1e-6)
    assert len(np.unique(np.round(telephone(x, sample_rate=RATE, mu=15), 9))) <= 16
    loud = telephone(8 * x, sample_rate=RATE)
    assert_allclose(np.std(loud), 8 * np.std(band), rtol=0.02)  # scaled back, not clipped


def test_an_equalizer_stays_within_its_gains_and_differs_from_draw_to_draw():
    impulse = np.zeros(8192)
    impulse[0] = 1
    levels_db = []
    for seed in range(12):
        response = random_equalizer(impulse, rng=generator(seed), sample_rate=RATE, n_bands=3, max_gain_db=5)
        levels_db.append(20 * np.log10(np.abs(np.fft.rfft(response))))
    assert np.abs(levels_db).max() < 15
    assert all(np.abs(level_db).max() > 0.5 for level_db in levels_db)
    assert all(np.abs(a - b).max() > 0.5 for a, b in pairwise(levels_db))
    flat = random_equalizer(impulse, rng=generator(), sample_rate=RATE, max_gain_db=0)
    assert_allclose(flat, impulse, atol=1e-12)


def test_a_tilt_leaves_low_frequencies_and_moves_high_ones_by_its_gain():
    impulse, corners_hz = np.eye(1, 8192)[0], []
    for seed, gain_db in enumerate(np.tile([-24.0, -3.0, 6.0], 15)):
        response = random_tilt(impulse, gain_db, rng=generator(seed), sample_rate=RATE)
        level_db = 20 * np.log10(np.abs(np.fft.rfft(response)))
        assert_allclose(level_db[[0, -1]], [0, gain_db], atol=1e-6)  # 0 Hz and the Nyquist frequency
        share = level_db / gain_db
        assert np.all(np.diff(share) > -1e-6)
        corners_hz.append(np.interp(0.5, share, np.fft.rfftfreq(8192, 1 / RATE)))  # at the corner half the gain in dB
    assert 0.1 * RATE * 0.99 < min(corners_hz) < 0.13 * RATE and 0.3 * RATE < max(corners_hz) < 0.375 * RATE * 1.01
    assert_allclose(random_tilt(impulse, 0.0, rng=generator(), sample_rate=RATE), impulse, atol=1e-12)


def test_a_gain_curve_is_straight_in_decibels_between_its_points():
    for seed in range(5):
        level_db = 20 * np.log10(gain_curve(np.ones(1001), rng=generator(seed), max_gain_db=9, n_points=5))
        assert np.abs(level_db).max() <= 9 and np.ptp(level_db) > 1
        bends = np.flatnonzero(np.abs(np.diff(level_db, 2)) > 1e-9) + 1
        assert set(bends) <= {250, 500, 750}
    x = random_signal(2000)
    assert_allclose(gain_curve(x, rng=generator(), max_gain_db=0), x)
    drawn = [gain_curve(np.ones(11), rng=generator(seed), max_gain_db=6)[[0, -1]] for seed in range(300)]
    assert abs(np.abs(20 * np.log10(drawn)).mean() - 3) < 0.3  # uniform in ±6 dB, at both ends


def test_a_stretch_is_librosas():
    x = audio.load("speech/digits", dtype=np.float64)[0][:RATE]
    for factor in (0.7, 1.3):
        theirs = librosa.effects.time_stretch(x, rate=factor, n_fft=1024, hop_length=256)
        assert_allclose(time_stretch(x, factor), theirs, atol=1e-6)


def test_a_speed_up_of_a_chirp_is_the_faster_chirp():
    x = chirp(200, 1400, duration_s=2, sample_rate=RATE)
    faster = chirp(400, 2800, duration_s=1, sample_rate=RATE)
    assert_allclose(change_speed(x, 2.0)[50:-50], faster[50:-50], atol=0.02)  # ripple of a short kernel


# ------------------------------------------------------------------------------------------- masks


def masked(spectrogram, out):
    """Bins that are masked in all frames, and frames that are masked in all bins."""
    changed = out != spectrogram
    return changed.all(axis=-1), changed.all(axis=-2)


def test_masks_hold_the_mean_of_the_spectrogram():
    s = random_signal(40, 100) - 30
    options = {"max_warp": 0, "max_time_share": 1.0}
    out = spec_augment(s, rng=generator(3), **options)
    bins, frames = masked(s, out)
    assert bins.any()
    assert frames.any()
    hidden = bins[:, np.newaxis] | frames
    assert_array_equal(out != s, hidden)
    # By default the first mask holds the mean of all; a second one holds the same.
    assert_allclose(out[hidden], s.mean(), rtol=1e-12)
    assert_array_equal(spec_augment(s, rng=generator(3), value=-7.5, **options)[hidden], -7.5)


@given(
    seed=st.integers(0, 10_000),
    f=st.integers(0, 12),
    t=st.integers(0, 30),
    share=st.floats(0, 1),
    n_time=st.integers(1, 60),
)
def test_masks_are_as_wide_as_allowed(seed, f, t, share, n_time):
    s = random_signal(12, n_time, seed=seed)
    options = {"n_freq_masks": 1, "n_time_masks": 1, "max_freq_width": f, "max_time_width": t, "max_warp": 0}
    out = spec_augment(s, rng=generator(seed), max_time_share=share, value=9.0, **options)
    bins, frames = (out == 9).all(axis=1), (out == 9).all(axis=0)
    if not bins.all():
        assert frames.sum() <= min(t, int(share * n_time))
        assert np.count_nonzero(np.diff(frames.astype(int)) == 1) <= 1  # one piece
    if not frames.all():
        assert bins.sum() <= f
    assert_array_equal(out[~bins][:, ~frames], s[~bins][:, ~frames])


def test_widths_and_places_of_masks_are_uniform():
    n, counts, places = 6000, np.zeros(5), np.zeros((5, 8))
    rng, s = generator(), random_signal(8, 1)
    options = {"n_freq_masks": 1, "n_time_masks": 0, "max_freq_width": 4, "max_warp": 0, "value": 9.0}
    for _ in range(n):
        found = np.flatnonzero(spec_augment(s, rng=rng, **options)[:, 0] == 9)
        counts[len(found)] += 1
        if len(found):
            places[len(found), found[0]] += 1
    assert_allclose(counts / n, 1 / 5, atol=0.02)
    for width in range(1, 5):
        allowed = 8 - width + 1
        assert_allclose(places[width, :allowed] / counts[width], 1 / allowed, atol=0.05)
        assert not places[width, allowed:].any()


def test_a_warp_in_spec_augment_moves_by_up_to_its_limit():
    ramp = np.tile(np.arange(50.0), (3, 1))
    options = {"n_freq_masks": 0, "n_time_masks": 0}  # three bins are fewer than a mask may be wide: no matter
    shifts = [spec_augment(ramp, rng=generator(seed), max_warp=6, **options) - ramp for seed in range(300)]
    assert 0.3 < np.mean([shift.max() > 0.5 for shift in shifts]) < 0.6  # earlier as often as later
    assert 0.3 < np.mean([shift.min() < -0.5 for shift in shifts]) < 0.6
    moved = np.abs(shifts)
    assert 5.9 < max(m.max() for m in moved) <= 6
    assert all(m[:, 0].max() == 0 and m[:, -1].max() == 0 for m in moved)
    assert min(m.max() for m in moved) == 0
    assert_array_equal(spec_augment(ramp, rng=generator(), max_warp=0, **options), ramp)
    for n_time in (1, 2, 3, 4, 5):  # too short for a warp: no error
        assert spec_augment(ramp[:, :n_time], rng=generator(), max_warp=6, **options).shape == (3, n_time)


def test_each_spectrogram_of_a_batch_has_masks_and_a_mean_of_its_own():
    s = random_signal(2, 3, 20, 50) + 10 * np.arange(6).reshape(2, 3, 1, 1)
    out = spec_augment(s, rng=generator(), max_warp=0)
    hidden = [out[i, j] != s[i, j] for i in range(2) for j in range(3)]
    assert len({h.tobytes() for h in hidden}) == 6
    for i, j in np.ndindex(2, 3):
        assert_allclose(out[i, j][out[i, j] != s[i, j]], s[i, j].mean(), rtol=1e-9)
    rng = generator()
    assert_array_equal(out, [[spec_augment(one, rng=rng, max_warp=0) for one in row] for row in s])


# --------------------------------------------------------------------------------------- invariants

RATED = {"sample_rate": RATE}
WAVEFORM = [
    ("mix_at_snr", lambda x: mix_at_snr(x, random_signal(300, seed=9), 10)),
    ("gain", lambda x: gain(x, -3)),
    ("invert_polarity", invert_polarity),
    ("time_shift", lambda x: time_shift(x, 0.005, **RATED)),
    ("fix_length", lambda x: fix_length(x, 1500)),
    ("change_speed", lambda x: change_speed(x, 1.1)),
    ("time_stretch", lambda x: time_stretch(x, 1.1, n_fft=256)),
    ("pitch_shift", lambda x: pitch_shift(x, 2, n_fft=256)),
    ("lowpass", lambda x: lowpass(x, 3000, **RATED)),
    ("random_equalizer", lambda x: random_equalizer(x, rng=generator(4), **RATED)),
    ("random_tilt", lambda x: random_tilt(x, -9.0, rng=generator(4), **RATED)),
    ("gain_curve", lambda x: gain_curve(x, rng=generator(4))),
    ("telephone", lambda x: telephone(x, **RATED)),
]


@pytest.mark.parametrize("function", [f for _, f in WAVEFORM], ids=[name for name, _ in WAVEFORM])
def test_batches_precision_and_the_input_are_kept(function):
    x = random_signal(2, 3, 2000)
    before = x.copy()
    together = function(x)
    assert_array_equal(x, before)
    alone = np.array([[function(one) for one in row] for row in x])
    assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
    single = function(x.astype(np.float32))
    assert single.dtype == np.float32
    if function is not dict(WAVEFORM)["telephone"]:  # a rounding error may choose the next code
        assert_allclose(single, together, atol=2e-3)  # phases of a vocoder add up in float32


def test_precision_of_what_draws_noise_and_of_features():
    x = random_signal(4, 2000, dtype=np.float32)
    for colour in ("white", "pink", "brown"):
        assert add_noise(x, 10, rng=generator(), colour=colour).dtype == np.float32
    noises = add_noise(x, 0, rng=generator()) - x
    assert np.abs(np.corrcoef(noises)[0, 1:]).max() < 0.1  # each its own
    assert (
        spec_augment(x, rng=generator(), max_freq_width=2).dtype == time_warp(x, source=5, target=9).dtype == np.float32
    )
    mixed, labels = mixup(x, np.eye(4, dtype=np.float32), rng=generator())
    assert mixed.dtype == labels.dtype == np.float32


@settings(max_examples=60)
@given(
    n_time=st.integers(1, 3000),
    factor=st.floats(0.1, 10),
    n_fft=st.sampled_from([4, 5, 64, 255, 1024]),
    n_semitones=st.floats(-24, 24),
)
def test_lengths_are_exact_for_any_signal(n_time, factor, n_fft, n_semitones):
    x = random_signal(n_time)
    expected = max(1, round(n_time / factor))
    assert time_stretch(x, factor, n_fft=n_fft).shape == (expected,)
    assert change_speed(x, factor).shape == (expected,)
    assert pitch_shift(x, n_semitones, n_fft=n_fft).shape == x.shape


@given(gain_db=st.floats(-60, 60))
def test_louder_stays_louder(gain_db):
    x, factor = random_signal(500), 10 ** (gain_db / 20)
    assert_allclose(mix_at_snr(gain(x, gain_db), x[::-1], 5), factor * mix_at_snr(x, x[::-1], 5), rtol=1e-9)
    assert_allclose(pitch_shift(factor * x, 3, n_fft=64), factor * pitch_shift(x, 3, n_fft=64), atol=1e-9 * factor)
    assert_allclose(gain(gain(x, gain_db), -gain_db), x)


def test_speed_and_stretch_of_one_change_nothing():
    x = random_signal(3000)
    assert_array_equal(change_speed(x, 1), x)
    assert_allclose(time_stretch(x, 1.0), x, atol=1e-9)
    assert_allclose(pitch_shift(x, 0), x, atol=1e-9)
    assert_allclose(time_shift(time_shift(x, 0.01, **RATED, mode="wrap"), -0.01, **RATED, mode="wrap"), x)


def test_silence_stays_silent_where_no_noise_is_asked():
    x = np.zeros(900)
    for function in (gain, pitch_shift, time_stretch, change_speed):
        assert not function(x, 2).any()
    assert not lowpass(x, 1000, **RATED).any()
    assert np.abs(telephone(x, **RATED)).max() < 1e-4  # the code nearest to 0


# ---------------------------------------------------------------------------------------- the chain


def halve(x):
    return x / 2


def chain(**options):
    steps = [
        ("gain", {"gain_db": (-6, 6)}, 0.7),
        ("add_noise", {"snr_db": (0, 30), "colour": ["white", "pink"]}, 0.5),
        ("time_shift", {"shift_s": (-0.01, 0.01), "mode": "wrap"}, 1.0),
        (halve, {}, 0.5),
    ]
    return Compose(steps, seed=5, sample_rate=RATE, **options)


X = random_signal(400)


def augmented(index):
    return chain()(X, index)


def test_the_same_number_gives_the_same_result_in_any_order_and_process():
    augment = chain()
    forwards = [augment(X, i, epoch=2) for i in range(12)]
    backwards = [augment(X, i, epoch=2) for i in reversed(range(12))][::-1]
    copied = pickle.loads(pickle.dumps(augment))
    for again in (backwards, [copied(X, i, epoch=2) for i in range(12)]):
        assert_array_equal(forwards, again)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert_array_equal(pool.map(augmented, range(8)), [augmented(i) for i in range(8)])


def _taps(signal, *, n_taps: int, gain: float):
    return np.array([n_taps, gain])


def test_whole_numbers_are_drawn_where_the_function_asks_for_them():
    chain = Compose([(_taps, {"n_taps": (2, 5), "gain": (2, 5)}, 1.0)], seed=3)
    drawn = np.array([chain(X, index) for index in range(200)])
    assert set(drawn[:, 0]) == {2, 3, 4, 5} and len(set(drawn[:, 1])) == 200
    ((_, arguments),) = Compose([("spec_augment", {"max_freq_width": (1, 4)}, 1.0)], seed=0).draw(0)
    assert type(arguments["max_freq_width"]) is int


def test_a_range_without_a_whole_number_is_refused():
    with refuses("n_taps of _taps must span a whole number, got \\(2.2, 2.8\\)"):
        Compose([(_taps, {"n_taps": (2.2, 2.8), "gain": 1.0}, 1.0)], seed=3)


def test_seed_epoch_and_index_each_change_the_draw():
    augment = chain()
    outcomes = [augment(X, i, epoch=e) for i in range(6) for e in range(6)]
    other = Compose([("gain", {"gain_db": (-6, 6)}, 1)], seed=1), Compose([("gain", {"gain_db": (-6, 6)}, 1)], seed=2)
    assert len({y.tobytes() for y in outcomes}) == 36
    assert not np.array_equal(other[0](X, 0), other[1](X, 0))


def test_a_step_that_is_switched_off_leaves_the_draws_of_the_others():
    def steps(p):
        return [
            ("add_noise", {"snr_db": (0, 30)}, p),
            ("gain", {"gain_db": (-20, 20)}, 1.0),
        ]

    on, off = (dict_of(Compose(steps(p), seed=3).draw(17)) for p in (1, 0))
    assert "add_noise" in on
    assert "add_noise" not in off
    assert on["gain"] == off["gain"]


def dict_of(drawn):
    return {function.__name__: arguments for function, arguments in drawn}


def test_ranges_lists_and_constants_are_drawn_as_they_say():
    augment = Compose(
        [("add_noise", {"snr_db": (5, 15), "colour": ["white", "brown"]}, 0.25), ("gain", {"gain_db": 2}, 1)], seed=0
    )
    drawn = [dict_of(augment.draw(i)) for i in range(2000)]
    assert all(d["gain"] == {"gain_db": 2} for d in drawn)
    noisy = [d["add_noise"] for d in drawn if "add_noise" in d]
    assert_allclose(len(noisy) / 2000, 0.25, atol=0.03)
    values = np.array([d["snr_db"] for d in noisy])
    assert 5 <= values.min() < 5.2
    assert 14.8 < values.max() <= 15
    assert_allclose([values.mean(), values.std()], [10, 10 / math.sqrt(12)], atol=0.4)
    assert_allclose(np.mean([d["colour"] == "white" for d in noisy]), 0.5, atol=0.07)


def test_two_steps_of_a_kind_draw_different_numbers():
    (_, first), (_, second) = Compose([("gain", {"gain_db": (-6, 6)}, 1)] * 2, seed=0).draw(0)
    assert first != second


def test_steps_are_done_in_their_order_and_the_empty_chain_does_nothing():
    first, second = (
        Compose([a, b], seed=0)(np.array([1.0, 2, 3]), 0)
        for a, b in [
            (("time_shift", {"shift_s": 1, "sample_rate": 1}, 1), (first_is_ten, {}, 1)),
            ((first_is_ten, {}, 1), ("time_shift", {"shift_s": 1, "sample_rate": 1}, 1)),
        ]
    )
    assert_array_equal(first, [10, 1, 2])
    assert_array_equal(second, [0, 10, 2])
    assert_array_equal(Compose([], seed=0)(X, 3), X)


@pytest.mark.parametrize("n_workers", [0, 1, 2])
def test_a_loader_gives_the_same_batches_with_any_number_of_workers(n_workers):
    from torch.utils.data import DataLoader

    examples = [(random_signal(200, seed=n, dtype=np.float32), n) for n in range(10)]
    dataset = Augmented(examples, chain())
    for epoch in (0, 1):
        dataset.epoch = epoch
        loader = DataLoader(dataset, batch_size=4, num_workers=n_workers)
        signals = np.concatenate([batch.numpy() for batch, _ in loader])
        expected = [chain()(signal, n, epoch=epoch) for signal, n in examples]
        assert_array_equal(signals, np.array(expected))
        assert signals.dtype == np.float32
    assert len(dataset) == 10


def test_what_can_be_no_dataset_of_augmented_pairs_is_refused():
    examples = [(X, 1)]
    for wrong in (lambda signal: signal, np.abs, None, 5, "gain", Compose):
        with refuses("augment must be a Compose, called with", TypeError):
            Augmented(examples, wrong)
    for wrong in (None, 5, "x", {}, iter(examples)):
        with refuses("examples must be a data set or a list of pairs", TypeError):
            Augmented(wrong, chain())
    for wrong in (X, (X,), (X, 1, 2), None):
        with refuses("examples must hold pairs .* as item 0", TypeError):
            Augmented([wrong], chain())[0]
    assert Augmented(examples, lambda signal, index, *, epoch: signal)[0][1] == 1


def first_is_ten(x):
    return np.concatenate([[10.0], x[1:]])


def test_every_named_step_runs_in_a_chain():
    parameters = {
        "gain": {"gain_db": (-3, 3)},
        "time_shift": {"shift_s": (-0.01, 0.01)},
        "fix_length": {"n_samples": 500},
        "change_speed": {"factor": (0.9, 1.1)},
        "time_stretch": {"factor": (0.9, 1.1), "n_fft": 256},
        "pitch_shift": {"n_semitones": (-2, 2), "n_fft": [256, 512]},
        "mix_at_snr": {"noise": [random_signal(300, seed=1), random_signal(900, seed=2)], "snr_db": (0, 20)},
        "add_noise": {"snr_db": (0, 20)},
        "lowpass": {"cutoff_hz": (1000, 4000)},
        "random_tilt": {"gain_db": (-20, 6)},
    }
    for name in STEPS:
        x = random_signal(20, 30) if name == "spec_augment" else X
        y = Compose([(name, parameters.get(name, {}), 1.0)], seed=1, sample_rate=RATE)(x, 0)
        assert np.isfinite(y).all(), name


# ------------------------------------------------------------------------------------------ errors


def test_silence_has_no_ratio():
    with refuses("signal must not be silent"):
        mix_at_snr(np.zeros(10), np.ones(10), 10)
    with refuses("noise must not be silent"):
        mix_at_snr(np.ones(10), np.zeros(3), 10)
    with refuses("noise must not be silent"):  # the piece that is used
        mix_at_snr(np.ones(10), np.r_[np.zeros(10), 1.0], 10)
    with refuses("signal must not be silent"):
        add_noise(np.stack([np.ones(10), np.zeros(10)]), 10, rng=generator())


def test_arguments_out_of_range_are_refused():
    x = random_signal(100)
    with refuses("snr_db must be at most 120, got 200"):
        mix_at_snr(x, x, 200)
    with refuses(r"noise must have one axis or the leading axes \(\) of signal, got shape \(2, 100\)"):
        mix_at_snr(x, np.stack([x, x]), 10)
    with refuses("colour must be one of 'white', 'pink', 'brown', got 'red'"):
        add_noise(x, 10, rng=generator(), colour="red")
    with refuses("rng must be a numpy.random.Generator", TypeError):
        add_noise(x, 10, rng=0)
    with refuses("gain_db must be at most 120"):
        gain(x, 121)
    with refuses("time_shift must leave at least one sample"):
        time_shift(x, 1, sample_rate=100)
    with refuses("mode must be one of 'zeros', 'wrap'"):
        time_shift(x, 0.1, sample_rate=100, mode="reflect")
    for function in (change_speed, time_stretch):
        for factor in (0, -1, 11):
            with refuses("factor must be at (least|most)"):
                function(x, factor)
    with refuses("n_semitones must be at most 24"):
        pitch_shift(x, 25)
    with refuses("n_fft must be at least 4"):
        time_stretch(x, 1.1, n_fft=2)
    with refuses("cutoff_hz=4000 must lie between 0 and the Nyquist frequency 4000"):
        lowpass(x, 4000, sample_rate=8000)
    with refuses("f_max=3400 must lie between 0 and the Nyquist frequency 3000"):
        telephone(x, sample_rate=6000)
    with refuses("f_min=4000 must lie below f_max=3400"):
        telephone(x, sample_rate=16000, f_min=4000)
    with refuses("sample_rate must be above 200"):
        random_equalizer(x, rng=generator(), sample_rate=200)
    with refuses("gain_db must be at least -40"):
        random_tilt(x, -50, rng=generator(), sample_rate=8000)
    with refuses("max_gain_db must be at most 60"):
        gain_curve(x, rng=generator(), max_gain_db=61)
    with refuses("n_points must be at least 2"):
        gain_curve(x, rng=generator(), n_points=1)


def test_masks_and_mixtures_out_of_range_are_refused():
    s = random_signal(6, 30)
    with refuses("max_freq_width=7 exceeds freq=6"):
        spec_augment(s, rng=generator(), max_freq_width=7)
    with refuses("max_time_share must be at most 1"):
        spec_augment(s, rng=generator(), max_freq_width=2, max_time_share=1.5)
    with refuses("spectrogram must have the axes"):
        spec_augment(s[0], rng=generator())
    for source, target in ((0, 5), (29, 5), (5, 29), (5, 0)):
        with refuses("(source|target) must be at (least 1|most 28)"):
            time_warp(s, source=source, target=target)
    with refuses(r"labels must have shape \(6, n_classes\).*got \(6,\): pass numpy.eye"):
        mixup(s, np.arange(6), rng=generator())
    with refuses("alpha must be above 0"):
        mixup(s, np.eye(6), rng=generator(), alpha=0)


def test_chains_that_cannot_run_are_refused_when_they_are_made():
    def make(*steps, **options):
        return Compose(list(steps), seed=0, **options)

    with refuses("the name of a step must be one of 'gain', .* got 'reverb'"):
        make(("reverb", {}, 1))
    with refuses("the probability of gain must be at most 1, got 2"):
        make(("gain", {"gain_db": 1}, 2))
    with refuses(r"gain_db of gain must be a range \(low, high\), got \(6, -6\): swap"):
        make(("gain", {"gain_db": (6, -6)}, 1))
    with refuses("gain_db of gain must be a range .* use a list"):
        make(("gain", {"gain_db": (1, 2, 3)}, 1))
    with refuses("colour of add_noise must have something to choose from"):
        make(("add_noise", {"snr_db": 1, "colour": []}, 1))
    with refuses("time_shift must be callable with its parameters.*sample_rate", TypeError):
        make(("time_shift", {"shift_s": 1.0}, 1))
    make(("time_shift", {"shift_s": 1.0}, 1), sample_rate=8000)
    with refuses("gain must be callable with its parameters.*gain_bd", TypeError):
        make(("gain", {"gain_bd": 1.0}, 1))
    with refuses("a step must be picklable.*got <lambda>", TypeError):
        make((lambda x: x, {}, 1))
    make((functools.partial(gain, gain_db=3), {}, 1))
    with refuses(r"a step must be \(what, parameters, probability\)", TypeError):
        make(("gain", {"gain_db": 1}))
    with refuses("steps must be a list of tuples", TypeError):
        Compose(("gain", {"gain_db": 1}, 1.0), seed=0)
    with refuses("seed must be at least 0"):
        Compose([], seed=-1)
    with refuses("index must be at least 0"):
        make()(X, -1)


def test_spec_augment_masks_whatever_the_order_in_memory():
    x = random_signal(2, 3, 40, 100, seed=1)
    expected = spec_augment(x, rng=np.random.default_rng(0))
    assert np.count_nonzero(expected != x) > 1000
    wide = np.repeat(x, 2, axis=-1)
    for same in (np.asfortranarray(x), x.transpose(1, 0, 2, 3).copy().transpose(1, 0, 2, 3), wide[..., ::2]):
        assert_array_equal(spec_augment(same, rng=np.random.default_rng(0)), expected)


def test_noise_that_has_decayed_is_silent_and_quiet_noise_is_not():
    x = random_signal(800, dtype=np.float32)
    with refuses("noise must not be silent, got a power of"):
        mix_at_snr(x, (1e-44 * x).astype(np.float32), 10)
    with refuses("noise must not be silent"):
        mix_at_snr(x.astype(float), 1e-160 * x.astype(float), 10)
    for scale in (1e-15, 1e9):
        y = mix_at_snr(x, scale * x[::-1], 10.0)
        assert y.dtype == np.float32
        snr_db = 10 * np.log10(np.sum(x.astype(float) ** 2) / np.sum((y.astype(float) - x) ** 2))
        assert snr_db == pytest.approx(10, abs=1e-3)


def test_noise_is_mixed_to_a_list_a_tensor_and_half_precision():
    x, noise = random_signal(400), random_signal(400, seed=1)
    for signal in (x.tolist(), torch.from_numpy(x)):
        assert_array_equal(mix_at_snr(signal, noise, 5.0), mix_at_snr(x, noise, 5.0))
    half = x.astype(np.float16)
    for scale in (1e6, 1e-9):  # more and less than half precision holds
        assert_allclose(mix_at_snr(half, noise * scale, 5.0), mix_at_snr(half.astype(float), noise, 5.0))


def test_a_range_of_no_width_may_be_written_with_minus_zero():
    x = random_signal(400)
    for function in (gain_curve, random_equalizer):
        options = {"sample_rate": 8000} if function is random_equalizer else {}
        assert function(x, rng=np.random.default_rng(0), max_gain_db=-0.0, **options).shape == x.shape
    assert crop_edges(x, rng=np.random.default_rng(0), max_share=-0.0).shape == x.shape
    ranges = [(0.0, -0.0), (np.uint8(3), np.uint8(3))]
    chain = Compose([("gain", {"gain_db": bounds}, 1.0) for bounds in ranges], seed=0)
    assert_allclose(chain(x, 0), x * 10 ** (3 / 20))


DB = (6.0, [*NUMBER, 121, -121])
SPEED = (1.1, [*POSITIVE, 0.05, 11])
CALLS = {
    mix_at_snr: {
        "signal": (NOISE, [*SIGNAL, np.zeros(9)]), "noise": (NOISE, [*SIGNAL, np.zeros(9), np.ones((2, 9))]),
        "snr_db": DB, "rng": (np.random.default_rng(0), RNG[1:]),
    },
    add_noise: {"signal": (NOISE, [*SIGNAL, np.zeros(9)]), "snr_db": DB, **RANDOM, "colour": ("pink", NAME)},
    gain: {"signal": (NOISE, SIGNAL), "gain_db": DB},
    invert_polarity: {"signal": (NOISE, SIGNAL)},
    gain_curve: {
        "signal": (NOISE, SIGNAL), **RANDOM, "max_gain_db": (6, [*NUMBER, -1, 61]), "n_points": (4, [*COUNT, 1]),
    },
    random_tilt: {"signal": (NOISE, SIGNAL), "gain_db": (-6, [*NUMBER, -41, 41]), **RANDOM, **SAMPLE_RATE},
    time_shift: {
        "signal": (NOISE, SIGNAL), "shift_s": (0.001, [*NUMBER, 1, -1, 1e300]), **SAMPLE_RATE, "mode": ("wrap", NAME),
    },
    fix_length: {
        "signal": (NOISE, SIGNAL), "n_samples": (30, COUNT), "rng": (np.random.default_rng(0), RNG[1:]),
    },
    crop_edges: {"signal": (NOISE, SIGNAL), **RANDOM, "max_share": (0.1, [*NUMBER, -0.1, 0.46])},
    change_speed: {"signal": (NOISE, SIGNAL), "factor": SPEED},
    time_stretch: {"signal": (NOISE, SIGNAL), "factor": SPEED, "n_fft": (16, [*COUNT, 3])},
    pitch_shift: {
        "signal": (NOISE, SIGNAL), "n_semitones": (2, [*NUMBER, 25, -25]), "n_fft": (16, [*COUNT, 3]),
    },
    lowpass: {"signal": (NOISE, SIGNAL), "cutoff_hz": CORNER, **SAMPLE_RATE},
    random_equalizer: {
        "signal": (NOISE, SIGNAL), **RANDOM, "sample_rate": (8000, [*POSITIVE, "44100", 100]), "n_bands": (2, COUNT),
        "max_gain_db": (6, [*NUMBER, -1, 41]),
    },
    telephone: {
        "signal": (NOISE, SIGNAL), **SAMPLE_RATE, "f_min": (300, [*NUMBER, 0, -1, 3400]),
        "f_max": (3400, [*NUMBER, 0, 4000, 200]), "mu": (255, COUNT),
    },
    time_warp: {
        "spectrogram": (FEATURES, NO_FEATURES), "source": (5, [*COUNT, 19]), "target": (9, [*COUNT, 19]),
    },
    spec_augment: {
        "spectrogram": (FEATURES, NO_FEATURES), **RANDOM, "n_freq_masks": (2, [*NUMBER, -1, 1.5, 10**12]),
        "max_freq_width": (3, [*NUMBER, -1, 15]), "n_time_masks": (2, [*NUMBER, -1, 10**12]),
        "max_time_width": (3, [*NUMBER, -1, 1.5]), "max_time_share": (0.5, [*NUMBER, -1, 1.5]),
        "max_warp": (2, [*NUMBER, -1, 1.5]), "value": (-3.0, NUMBER[1:]),
    },
    mixup: {
        "batch": (FEATURES, REAL), "labels": (np.eye(14), [*NO_ARRAYS, np.arange(14), np.eye(13), 1j * np.eye(14)]),
        **RANDOM, "alpha": (0.2, [*POSITIVE, 1e9]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("augmentation", CALLS)
