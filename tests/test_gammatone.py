"""ERB scales, gammatone filters and gammatonegrams against hand-worked values, the gammatone package and scipy."""

import math
import time

import gammatone.fftweight
import gammatone.filters
import gammatone.gtgram
import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils.gammatone import (
    cochleagram,
    erb_bandwidth_hz,
    erb_rate_to_hz,
    erb_space_hz,
    gammatone_filterbank,
    gammatone_filterbank_loop,
    gammatone_impulse_response,
    gammatone_sections,
    gammatone_weights,
    gammatonegram,
    hz_to_erb_rate,
)
from tests.hostile import COUNT, FREQUENCY, LEVELS, MONO, NAME, NOISE, POSITIVE, SECOND, SIGNAL, TIME, VECTOR, refusals
from tests.support import random_signal, refuses

SAME = {"rtol": 1e-9, "atol": 0}  # what the course promises where definitions agree
GRAMS = pytest.mark.parametrize(
    "gram",
    [gammatonegram, lambda x, **o: gammatonegram(x, **o, method="fft"), cochleagram],
    ids=["exact", "fft", "cochleagram"],
)


def sine(frequency_hz, n_time, sample_rate, amplitude=1.0):
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(n_time) / sample_rate)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_bandwidths_are_those_of_glasberg_and_moores_equation():
    # 24.7 (4.37 F + 1) at F = 0, 0.1, 0.5, 1, 2, 4, 8 kHz, on paper.
    found = erb_bandwidth_hz([0, 100, 500, 1000, 2000, 4000, 8000])
    assert_allclose(found, [24.7, 35.4939, 78.6695, 132.639, 240.578, 456.456, 888.212], rtol=1e-12)
    assert round(float(erb_bandwidth_hz(1000)), 1) == 132.6


def test_the_erb_rate_adds_21_4_for_every_tenfold():
    nine, ninety_nine = 9 / 0.00437, 99 / 0.00437
    assert_allclose(hz_to_erb_rate([0, nine, ninety_nine]), [0, 21.4, 42.8], rtol=1e-14)
    assert_allclose(erb_rate_to_hz([0, 21.4, 42.8]), [0, nine, ninety_nine], rtol=1e-14)
    assert_allclose(hz_to_erb_rate(1000), 15.62, atol=0.005)


def test_a_number_gives_a_number_and_float32_stays():
    for function in (erb_bandwidth_hz, hz_to_erb_rate, erb_rate_to_hz):
        assert np.ndim(function(20)) == 0
        assert function(np.float32([20, 30])).dtype == np.float32
        assert function(np.full((2, 3), 20.0)).shape == (2, 3)


def test_three_steps_from_c_to_7_c_halve_f_plus_c_each_time():
    c = 9.26449 * 24.7
    assert_allclose(erb_space_hz(f_min=0.5 * c, f_max=11 * c, n_channels=3), [5 * c, 2 * c, 0.5 * c], rtol=1e-13)
    assert_array_equal(erb_space_hz(f_min=50, f_max=8000, n_channels=1), [50])
    assert erb_space_hz(f_min=1e-13, f_max=8000, n_channels=3)[-1] == 1e-13


# A quarter of this rate has a pole of radius ½: e^(−2π · 1.019 (f_s / 4 / 9.26449 + 24.7) / f_s) = ½.
QUARTER_RATE = 24.7 / (math.log(2) / (2 * math.pi * 1.019) - 0.25 / 9.26449)


def test_a_filter_at_a_quarter_of_the_rate_is_the_one_worked_by_hand():
    # The zeros are ±½(√2 + 1) and ±½(√2 − 1): H = (1 − 3/2 z⁻² + 1/16 z⁻⁴) / (1 + 1/4 z⁻²)⁴ / gain, with
    # (1 + 1/4 z⁻²)⁻⁴ = 1 − z⁻² + 5/8 z⁻⁴ − …, and at z = i the gain (1 + 3/2 + 1/16) / (3/4)⁴.
    gain = (41 / 16) * 256 / 81
    expected = np.array([1, 0, -1 - 3 / 2, 0, 5 / 8 + 3 / 2 + 1 / 16]) / gain
    options = {"center_hz": [QUARTER_RATE / 4], "sample_rate": QUARTER_RATE}
    impulse = [1.0, 0, 0, 0, 0]
    assert_allclose(gammatone_filterbank_loop(impulse, **options)[0], expected, atol=1e-15)
    assert_allclose(gammatone_filterbank(impulse, **options)[0], expected, atol=1e-15)


def test_weights_at_a_quarter_of_the_rate_are_those_worked_by_hand():
    # |H| at z = 1, i, −1 before scaling: |−7/16| / (5/4)⁴, (41/16) / (3/4)⁴ and the first again.
    at_ends = (7 / 16) * 256 / 625
    at_center = (41 / 16) * 256 / 81
    found = gammatone_weights(n_fft=4, sample_rate=QUARTER_RATE, n_channels=1, f_min=QUARTER_RATE / 4)
    assert_allclose(found, [[at_ends / at_center, 1, at_ends / at_center]], rtol=1e-12)


def test_a_gammatone_rises_with_the_cube_of_time_and_is_highest_after_three_time_constants():
    g = gammatone_impulse_response(1000, duration_s=0.05, sample_rate=1_000_000)
    crests = g[::1000]  # every period of the tone, where the cosine is 1
    b = 1.0186 * 132.639
    assert g[0] == 0
    assert np.argmax(crests) == round(1000 * 3 / (2 * math.pi * b))  # ms
    assert_allclose(crests[2] / crests[1], 8 * math.exp(-2 * math.pi * b * 0.001), rtol=1e-4)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8])
def test_whatever_its_order_a_gammatone_is_as_wide_as_the_ears_filter(order):
    # The box with the same peak and the same area: ∫|H|² df / max |H|², over positive frequencies.
    g = gammatone_impulse_response(4000, duration_s=0.5, sample_rate=64_000, order=order)
    power = np.abs(np.fft.rfft(g)) ** 2
    # 2 %: the mirror image around −4 kHz and the end at Nyquist, which order 1 with its wide skirts feels most.
    assert_allclose(power.sum() * 2 / power.max(), 456.456, rtol=0.02 if order == 1 else 4e-3)


@pytest.mark.parametrize("center_hz", [60, 440, 1010, 3010])
def test_a_tone_shows_its_effective_value_in_its_own_channel(center_hz):
    x = sine(center_hz, 16_000, 16_000, amplitude=0.5)
    # 0.5 s: the channel at 60 Hz has settled; frames of 1/10 s hold whole periods.
    gram = gammatonegram(x, sample_rate=16_000, window_s=0.1, hop_s=0.1, n_channels=1, f_min=center_hz)
    assert_allclose(gram[0, 5:], 0.5 / math.sqrt(2), rtol=1e-6)
    gram = cochleagram(x, sample_rate=16_000, window_s=0.1, hop_s=0.1, n_channels=1, f_min=center_hz, power=0.3)
    assert_allclose(gram[0, 5:], (0.5 / math.pi) ** 0.3, rtol=1e-4)  # the mean of sampled half-waves


def test_a_click_under_the_top_of_the_window_sums_each_row_of_weights():
    x = np.zeros(512)
    x[256] = 0.5  # |X| = ½ everywhere; 25 ms at 8 kHz are 200 samples, so N = 512
    weights = gammatone_weights(n_fft=512, sample_rate=8000, n_channels=5, f_min=100)
    found = gammatonegram(x, sample_rate=8000, n_channels=5, f_min=100, method="fft")
    assert_allclose(found[:, 0], weights.sum(axis=1) / 1024, rtol=1e-12)


# ------------------------------------------------------------------------------ independent oracle

RATES = pytest.mark.parametrize("sample_rate", [8000, 11025.5, 16000, 22050, 44100, 96000])
LOWEST = pytest.mark.parametrize("f_min", [20, 50, 310.7])


@given(f_min=st.floats(1, 400), above=st.floats(1, 40_000), n_channels=st.integers(1, 200))
def test_the_spacing_agrees_with_the_package(f_min, above, n_channels):
    found = erb_space_hz(f_min=f_min, f_max=f_min + above, n_channels=n_channels)
    assert_allclose(found, gammatone.filters.erb_space(f_min, f_min + above, n_channels), **SAME)


@RATES
@LOWEST
def test_the_filter_bank_agrees_with_the_package(sample_rate, f_min):
    x = random_signal(6000)
    center_hz = gammatone.filters.centre_freqs(sample_rate, 12, f_min)
    expected = gammatone.filters.erb_filterbank(x, gammatone.filters.make_erb_filters(sample_rate, center_hz))
    found = gammatone_filterbank(x, center_hz=center_hz, sample_rate=sample_rate)
    # Relative to each channel's peak, since a band-pass signal goes through zero.
    assert_allclose(found / abs(expected).max(1)[:, None], expected / abs(expected).max(1)[:, None], atol=1e-9)


@pytest.mark.parametrize("frequency_hz", [100, 1000, 7000])
def test_filters_and_impulse_responses_agree_with_scipy(frequency_hz):
    b, a = scipy.signal.gammatone(frequency_hz, "iir", fs=16000)
    found = scipy.signal.sos2tf(gammatone_sections([frequency_hz], sample_rate=16000)[0])
    assert_allclose(found[0][:5], b, rtol=1e-9, atol=1e-9 * abs(b).max())
    assert_allclose(found[1], a, rtol=1e-9)
    fir = scipy.signal.gammatone(frequency_hz, "fir", order=4, numtaps=1600, fs=16000)[0]
    ours = gammatone_impulse_response(frequency_hz, duration_s=0.1, sample_rate=16000)
    # scipy takes b = 1.019 ERB with 9.26449 and a gain that leaves out the mirror image.
    assert_allclose(ours, fir, atol=3e-3 * abs(fir).max())


@RATES
@LOWEST
def test_the_exact_gammatonegram_agrees_with_the_package(sample_rate, f_min):
    x = random_signal(int(0.2 * sample_rate))
    expected = gammatone.gtgram.gtgram(x, sample_rate, 0.025, 0.010, 13, f_min)
    assert_allclose(gammatonegram(x, sample_rate=sample_rate, n_channels=13, f_min=f_min), expected, **SAME)


@pytest.mark.parametrize(
    ("window_s", "hop_s", "f_max"), [(0.02, 0.02, 6000), (0.01, 0.0171, 11025), (0.1, 0.0007, 999)]
)
def test_other_grids_and_bands_agree_with_the_package_too(window_s, hop_s, f_max):
    x = random_signal(5000)
    expected = gammatone.gtgram.gtgram(x, 22050, window_s, hop_s, 64, 80, f_max)
    found = gammatonegram(x, sample_rate=22050, window_s=window_s, hop_s=hop_s, f_min=80, f_max=f_max)
    assert_allclose(found, expected, **SAME)


@RATES
@LOWEST
def test_the_fft_form_agrees_with_the_package(sample_rate, f_min):
    x = random_signal(int(0.3 * sample_rate) + 5)
    expected = gammatone.fftweight.fft_gtgram(x, sample_rate, 0.025, 0.010, 13, f_min)
    found = gammatonegram(x, sample_rate=sample_rate, n_channels=13, f_min=f_min, method="fft")
    assert expected[:, -1].all()
    assert_allclose(found, expected, **SAME)


def test_the_last_frame_that_fits_to_the_sample_is_there_and_not_zero_as_in_the_package():
    x = random_signal(512 + 3 * 80)  # N and three hops of 10 ms at 8 kHz
    expected = gammatone.fftweight.fft_gtgram(x, 8000, 0.025, 0.010, 13, 50)
    found = gammatonegram(x, sample_rate=8000, n_channels=13, method="fft")
    assert_allclose(found[:, :3], expected[:, :3], **SAME)
    assert not expected[:, 3].any()
    # One more sample, and the package computes that frame.
    longer = gammatone.fftweight.fft_gtgram(np.append(x, 0), 8000, 0.025, 0.010, 13, 50)
    assert_allclose(found, longer, **SAME)


@RATES
@pytest.mark.parametrize("n_fft", [256, 1024])
def test_the_weights_agree_with_the_package(sample_rate, n_fft):
    expected = gammatone.fftweight.fft_weights(n_fft, sample_rate, 21, 1, 40, 3900, n_fft // 2 + 1)[0]
    found = gammatone_weights(n_fft=n_fft, sample_rate=sample_rate, n_channels=21, f_min=40, f_max=3900)
    assert_allclose(found, expected, **SAME)


def test_weights_of_an_odd_transform_are_the_response_of_the_sections():
    found = gammatone_weights(n_fft=255, sample_rate=8000, n_channels=9, f_min=60, f_max=3000)
    center_hz = erb_space_hz(f_min=60, f_max=3000, n_channels=9)[::-1]
    for row, sections in zip(found, gammatone_sections(center_hz, sample_rate=8000), strict=True):
        response = scipy.signal.sosfreqz(sections, np.arange(128) * 8000 / 255, fs=8000)[1]
        assert_allclose(row, abs(response), rtol=1e-9)


def test_the_bank_is_its_definition():
    x, options = random_signal(700), {"center_hz": [3500.0, 90.0, 700.0], "sample_rate": 8000}
    slow = gammatone_filterbank_loop(x, **options)
    assert_allclose(gammatone_filterbank(x, **options), slow, rtol=1e-9, atol=1e-12)


def test_gammatonegram_and_cochleagram_are_the_defined_bank_frame_by_frame():
    x, band = random_signal(700), {"f_min": 90, "f_max": 3700, "n_channels": 3}
    bank = gammatone_filterbank_loop(x, center_hz=erb_space_hz(**band)[::-1], sample_rate=8000)
    frames = [bank[:, start : start + 200] for start in range(0, 501, 80)]
    expected = [np.sqrt((y**2).mean(axis=1)) for y in frames]
    assert_allclose(gammatonegram(x, sample_rate=8000, **band), np.transpose(expected), **SAME)
    expected = [np.where(y > 0, y, 0).mean(axis=1) ** 0.4 for y in frames]
    assert_allclose(cochleagram(x, sample_rate=8000, **band, power=0.4), np.transpose(expected), **SAME)


# ------------------------------------------------------------------------------------- invariants

centers = st.tuples(st.floats(8000, 192_000), st.floats(0.002, 0.98)).map(lambda p: (p[0], p[0] / 2 * p[1]))


@given(frequency_hz=st.lists(st.floats(0, 96_000), min_size=2, max_size=30, unique=True).map(np.array))
def test_the_erb_rate_comes_back_and_rises_with_frequency(frequency_hz):
    frequency_hz = np.sort(np.round(frequency_hz, 3))
    erb_rate = hz_to_erb_rate(frequency_hz)
    assert_allclose(erb_rate_to_hz(erb_rate), frequency_hz, rtol=1e-12, atol=1e-10)  # 1 + 0.00437 f cancels near 0
    rises = np.diff(frequency_hz) > 0
    assert (np.diff(erb_rate)[rises] > 0).all()
    assert (np.diff(erb_bandwidth_hz(frequency_hz))[rises] > 0).all()


@given(f_min=st.floats(1, 400), above=st.floats(10, 40_000), n_channels=st.integers(2, 100))
def test_centres_fall_from_below_f_max_to_f_min_in_steps_of_equal_ratio_to_their_widths(f_min, above, n_channels):
    space_hz = erb_space_hz(f_min=f_min, f_max=f_min + above, n_channels=n_channels)
    assert (np.diff(space_hz) < 0).all()
    assert space_hz[0] < f_min + above
    assert space_hz[-1] == f_min
    width_hz = space_hz / 9.26449 + 24.7
    assert_allclose(width_hz[1:] / width_hz[:-1], width_hz[1] / width_hz[0], rtol=1e-9)


@given(where=centers)
def test_every_filter_is_stable_and_has_gain_0_db_at_its_centre_stage_by_stage(where):
    sample_rate, center_hz = where
    sections = gammatone_sections([center_hz], sample_rate=sample_rate)[0]
    z = np.exp(-2j * np.pi * center_hz / sample_rate * np.arange(3))
    for stage in sections:
        assert abs(np.roots(stage[3:])).max() < 1
        assert 20 * math.log10(abs(stage[:3] @ z / (stage[3:] @ z))) == pytest.approx(0, abs=1e-6)


@given(where=centers, order=st.integers(1, 8))
def test_an_impulse_response_has_gain_0_db_at_its_frequency(where, order):
    sample_rate, frequency_hz = where
    g = gammatone_impulse_response(frequency_hz, duration_s=0.05, sample_rate=sample_rate, order=order)
    assert len(g) == round(0.05 * sample_rate)
    gain = abs(g @ np.exp(-2j * np.pi * frequency_hz / sample_rate * np.arange(len(g))))
    assert 20 * math.log10(gain) == pytest.approx(0, abs=1e-9)


@given(
    sample_rate=st.floats(8000, 96_000),
    n_fft=st.integers(1, 600),
    n_channels=st.integers(1, 40),
    f_min=st.floats(20, 900),
)
def test_weights_are_not_negative_and_hardly_more_than_one(sample_rate, n_fft, n_channels, f_min):
    weights = gammatone_weights(n_fft=n_fft, sample_rate=sample_rate, n_channels=n_channels, f_min=f_min)
    assert weights.shape == (n_channels, n_fft // 2 + 1)
    assert weights.min() >= 0
    assert weights.max() < 1.2  # the peak lies beside the centre where the band is wide for its frequency


def test_each_row_of_weights_is_highest_at_its_centre():
    weights = gammatone_weights(n_fft=16384, sample_rate=16000, n_channels=40, f_min=100, f_max=7000)
    peaks_hz = weights.argmax(axis=1) * 16000 / 16384
    expected = gammatone.filters.erb_space(100, 7000, 40)[::-1]
    # Half a percent, where the mirror image pulls at the lowest, or a bin.
    assert_allclose(peaks_hz, expected, rtol=5e-3, atol=1)


@GRAMS
@given(gain=st.floats(1e-6, 1e6))
def test_levels_go_with_the_amplitude(gram, gain):
    x, options = random_signal(2500), {"sample_rate": 8000, "n_channels": 6}
    power = 0.3 if gram is cochleagram else 1
    assert_allclose(gram(gain * x, **options), gain**power * gram(x, **options), rtol=1e-9)


@GRAMS
def test_float32_gives_float32_near_the_result_in_float64(gram):
    x = random_signal(30_000, dtype=np.float32)  # five blocks of 8 kHz
    single, double = gram(x, sample_rate=8000), gram(x.astype(float), sample_rate=8000)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    assert_allclose(single, double, rtol=1e-5)  # the sum over 257 bins in float32


@RATES
@pytest.mark.parametrize("center_hz", [[20, 300.0], [900, 100, 3000.0], [3900.0]], ids=str)
def test_a_bank_in_float32_is_the_bank_in_float64_whatever_the_length_of_its_blocks(sample_rate, center_hz):
    options = {"center_hz": center_hz, "sample_rate": sample_rate}
    for n_time in (1, 700, 2 * int(sample_rate) + 1):
        x = random_signal(2, n_time, dtype=np.float32)
        single = gammatone_filterbank(x, **options)
        assert (single.dtype, single.shape) == (np.float32, (2, len(center_hz), n_time))
        double = gammatone_filterbank(x.astype(float), **options)
        # A few roundings of 6e-8 of the peak.
        peaks = abs(double).max(axis=-1, keepdims=True)
        assert_allclose(single / peaks, double / peaks, atol=1e-6)


def test_a_channel_in_float32_keeps_its_level_120_db_below_a_loud_one():
    x = np.float32(sine(3500, 30_000, 16000))
    double = gammatonegram(x.astype(float), sample_rate=16000, n_channels=30, f_min=20)
    assert double[5].min() < 1e-6
    single = gammatonegram(x, sample_rate=16000, n_channels=30, f_min=20)
    assert_allclose(single[5:], double[5:], rtol=1e-3)  # 0.01 dB


@GRAMS
def test_leading_axes_are_a_batch(gram):
    x = random_signal(2, 3, 2500) * np.arange(1, 4)[:, None]
    together = gram(x, sample_rate=8000, n_channels=7)
    assert_allclose(together, [[gram(one, sample_rate=8000, n_channels=7) for one in row] for row in x], rtol=1e-12)


def test_leading_axes_of_a_bank_are_a_batch_and_the_input_is_left_as_it_was():
    x = random_signal(2, 3, 300)
    before = x.copy()
    options = {"center_hz": [500.0, 90.0], "sample_rate": 8000}
    together = gammatone_filterbank(x, **options)
    assert together.shape == (2, 3, 2, 300)
    assert_allclose(together, [[gammatone_filterbank(one, **options) for one in row] for row in x], rtol=1e-12)
    assert_array_equal(x, before)


@GRAMS
def test_the_lowest_channel_comes_first(gram):
    x = sine(150, 8000, 8000)
    level = gram(x, sample_rate=8000, n_channels=20)[:, -1]
    center_hz = erb_space_hz(f_min=50, f_max=4000, n_channels=20)[::-1]
    assert abs(center_hz[level.argmax()] - 150) < 40


# ------------------------------------------------------------------------------------------- edges


def test_silence_is_silent_before_a_sound_and_long_after_it():
    x = np.zeros(40_000)
    x[100] = 1
    bank = gammatone_filterbank(x, center_hz=[3000.0, 100.0], sample_rate=8000)
    assert not bank[:, :100].any()
    assert not bank[:, -8000:].any()
    assert not gammatonegram(0 * x, sample_rate=8000).any()
    assert not gammatonegram(0 * x, sample_rate=8000, method="fft").any()
    assert not cochleagram(0 * x, sample_rate=8000, power=0.01).any()


def test_silence_after_a_sound_takes_no_longer_than_noise():
    click = np.zeros(20 * 22050)
    click[0] = 1

    def seconds(x):
        start = time.process_time()
        gammatonegram(x, sample_rate=22050, n_channels=4)
        return time.process_time() - start

    noise = random_signal(len(click))
    gammatonegram(noise[:5000], sample_rate=22050)
    # Subnormal numbers would make it a hundred times as long.
    assert min(seconds(click) for _ in range(3)) < 5 * min(seconds(noise) for _ in range(3))


@GRAMS
def test_half_a_sample_is_rounded_up_and_a_rest_left_out(gram):
    # 10 ms at 22 050 Hz are 220.5 samples, so 221; a window of 551, or a transform of 2048.
    x = random_signal(2048 + 2 * 221)
    first = 551 if gram in (gammatonegram, cochleagram) else 2048
    for n_time, n_frames in [(first + 2 * 221, 3), (first + 2 * 221 - 1, 2), (first, 1)]:
        assert gram(x[:n_time], sample_rate=22050, n_channels=2).shape == (2, n_frames)


def test_a_full_band_up_to_nyquist_leaves_the_top_to_the_step_below():
    gram = gammatonegram(random_signal(600), sample_rate=8000, n_channels=3, f_max=4000)
    assert_array_equal(gram, gammatonegram(random_signal(600), sample_rate=8000, n_channels=3))


# ------------------------------------------------------------------------------------------ errors

X = random_signal(2500)
BANDS = [
    lambda **o: gammatonegram(X, sample_rate=8000, **o),
    lambda **o: gammatonegram(X, sample_rate=8000, method="fft", **o),
    lambda **o: cochleagram(X, sample_rate=8000, **o),
    lambda **o: gammatone_weights(n_fft=64, sample_rate=8000, **o),
]


@pytest.mark.parametrize("function", BANDS, ids=["exact", "fft", "cochleagram", "weights"])
def test_a_band_beyond_nyquist_or_upside_down_or_at_zero_is_refused(function):
    with refuses("f_max=4001 lies above the Nyquist frequency 4000 Hz"):
        function(f_max=4001)
    with refuses("f_min=900 must lie below f_max=900"):
        function(f_min=900, f_max=900)
    with refuses("f_min=4000 must lie below f_max=4000"):
        function(f_min=4000)
    with refuses("f_min must be above 0, got 0"):
        function(f_min=0)
    with refuses("f_min must be above 0, got -5"):
        function(f_min=-5)
    with refuses("n_channels must be at least 1, got 0"):
        function(n_channels=0)


def test_a_spacing_of_an_empty_band_is_refused():
    with refuses("f_min must be above 0, got 0"):
        erb_space_hz(f_min=0, f_max=100, n_channels=3)
    with refuses("f_min=100 must lie below f_max=100"):
        erb_space_hz(f_min=100, f_max=100, n_channels=3)


@pytest.mark.parametrize(
    "function",
    [
        lambda center_hz: gammatone_sections(center_hz, sample_rate=8000),
        lambda center_hz: gammatone_filterbank(X, center_hz=center_hz, sample_rate=8000),
        lambda center_hz: gammatone_filterbank_loop(X, center_hz=center_hz, sample_rate=8000),
    ],
    ids=["sections", "bank", "loop"],
)
def test_centres_beyond_the_band_are_refused(function):
    for wrong in (0, -1, 4000, 5000):
        with refuses(f"center_hz must lie between 0 and the Nyquist frequency 4000 Hz, both excluded, got {wrong}"):
            function([100, wrong])
    with refuses("center_hz must not be empty"):
        function([])
    with refuses("center_hz must have"):
        function(100)


@GRAMS
def test_what_is_no_signal_is_refused(gram):
    with refuses("integer PCM", TypeError):
        gram(np.ones(600, np.int16), sample_rate=8000)
    with refuses("time as its last axis"):
        gram(np.ones((600, 2)), sample_rate=8000)
    with refuses("signal must be finite"):
        gram(np.full(600, np.nan), sample_rate=8000)
    with refuses("signal must be real", TypeError):
        gram(np.ones(600, complex), sample_rate=8000)


def test_a_signal_shorter_than_a_window_is_refused():
    with refuses("window_s=0.025 needs 200 samples, got a signal of 199"):
        gammatonegram(X[:199], sample_rate=8000)
    with refuses("window_s=0.025 needs 512 samples, got a signal of 511"):
        gammatonegram(X[:511], sample_rate=8000, method="fft")
    with refuses("window_s=0.025 needs 200 samples, got a signal of 199"):
        cochleagram(X[:199], sample_rate=8000)


@GRAMS
def test_windows_and_hops_without_a_sample_are_refused(gram):
    with refuses("window_s=1e-06 must hold a sample at sample_rate=8000"):
        gram(X, sample_rate=8000, window_s=1e-6)
    with refuses("hop_s=1e-06 must hold a sample at sample_rate=8000"):
        gram(X, sample_rate=8000, hop_s=1e-6)
    with refuses("window_s must be above 0, got -1"):
        gram(X, sample_rate=8000, window_s=-1)


def test_a_rate_without_end_is_refused():
    for dtype in (np.float32, np.float64):
        assert np.isfinite(gammatone_filterbank(X[:99].astype(dtype), center_hz=[100.0], sample_rate=1e9)).all()
        with refuses(r"sample_rate must be at most 1e\+09, got 1e\+10"):
            gammatone_filterbank(X[:99].astype(dtype), center_hz=[100.0], sample_rate=1e10)


def test_more_channels_than_fit_are_refused():
    with refuses("3000 channels of 100000 values must hold at most 268435456 together"):
        gammatone_filterbank(np.zeros(100_000), center_hz=np.full(3000, 100.0), sample_rate=8000)
    with refuses("values must hold at most 268435456 together"):
        gammatonegram(np.zeros(100_000), sample_rate=8000, n_channels=300_000)
    with refuses("n_channels must be at most"):
        gammatone_weights(n_fft=4096, sample_rate=8000, n_channels=10**6)


def test_other_limits_are_kept():
    with refuses("method must be one of 'exact', 'fft', got 'fast'"):
        gammatonegram(X, sample_rate=8000, method="fast")
    with refuses("power must be above 0, got 0"):
        cochleagram(X, sample_rate=8000, power=0)
    with refuses("power must be at most 1, got 2"):
        cochleagram(X, sample_rate=8000, power=2)
    with refuses("the largest erb_rate must be at most 300"):
        erb_rate_to_hz([1, 301])
    for function in (erb_bandwidth_hz, hz_to_erb_rate):
        with refuses("frequency_hz must not be negative, got -3"):
            function([1, -3])
    with refuses("erb_rate must not be negative, got -3"):
        erb_rate_to_hz(-3)
    with refuses("order must be at most 16, got 17"):
        gammatone_impulse_response(100, duration_s=0.1, sample_rate=8000, order=17)
    with refuses("frequency_hz=4000 must lie between 0 and the Nyquist frequency"):
        gammatone_impulse_response(4000, duration_s=0.1, sample_rate=8000)
    with refuses("duration_s=0.0001 at sample_rate=8000 must hold some of the impulse response"):
        gammatone_impulse_response(100, duration_s=1e-4, sample_rate=8000)


# ------------------------------------------------------------------------------------ hostile input

LOW_RATE = {"sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 50, 1e18])}
CENTERS = {"center_hz": ([100.0, 3000.0], [*VECTOR, [0.0], [-1.0], [4000.0]]), **LOW_RATE}
GAMMATONES = {"n_channels": (4, COUNT), "f_min": (50, [*POSITIVE, 4000]), "f_max": (3900, [*POSITIVE[1:], 4001, 10])}
GAMMATONEGRAM = {"signal": (SECOND, [*SIGNAL, NOISE]), **LOW_RATE, **GAMMATONES}
GAMMATONEGRAM |= {"window_s": (0.025, [*POSITIVE, 2, 1e-9, 1e9]), "hop_s": (0.01, [*POSITIVE, 1e-9, 1e9])}


def test_a_gammatonegram_of_a_very_soft_sound_is_not_silent():
    x = random_signal(8000).astype(np.float32)
    loud, soft = (gammatonegram(x * np.float32(s), sample_rate=8000, n_channels=8) for s in (2.0**-8, 2.0**-80))
    assert_array_equal(soft * np.float32(2.0**72), loud)


CALLS = {
    erb_bandwidth_hz: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    hz_to_erb_rate: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    erb_rate_to_hz: {"erb_rate": ([1.0], [*LEVELS, -1, 1e9])},
    erb_space_hz: {**GAMMATONES, "f_max": (3900, [*POSITIVE, 10])},
    gammatone_impulse_response: {
        "frequency_hz": (100, [*FREQUENCY[1], 0, 4000]), **TIME, "order": (4, [*COUNT, 17]),
    },
    gammatone_sections: CENTERS,
    gammatone_filterbank: {"signal": (NOISE, SIGNAL), **CENTERS},
    gammatone_filterbank_loop: {"signal": (NOISE, MONO), **CENTERS},
    gammatone_weights: {"n_fft": (512, COUNT), **LOW_RATE, **GAMMATONES},
    gammatonegram: {**GAMMATONEGRAM, "method": ("fft", NAME)},
    cochleagram: {**GAMMATONEGRAM, "power": (0.3, [*POSITIVE, 2])},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("gammatone", CALLS)
