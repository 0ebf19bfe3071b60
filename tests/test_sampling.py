"""Sampling and quantisation against hand-worked values, theory, scipy and librosa."""

import math

import librosa
import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import sampling
from tests.hostile import (
    COUNT,
    LEVELS,
    MONO,
    NAME,
    NAN,
    NO_ARRAYS,
    NOISE,
    RANDOM,
    RNG,
    SAMPLE_RATE,
    SIGNAL,
    TIME,
    VECTOR,
    refusals,
)
from tests.support import random_signal, refuses

EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1


def rng():
    return np.random.default_rng(7)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_samples_are_the_values_at_multiples_of_the_period():
    assert_allclose(sampling.sample(lambda t: 10 * t, sample_rate=4, duration_s=1.25), [0, 2.5, 5, 7.5, 10], **EXACT)


@pytest.mark.parametrize(
    ("frequency_hz", "sample_rate", "heard_hz"),
    [(10_000, 16_000, 6_000), (7_000, 10_000, 3_000), (3_000, 8_000, 3_000), (8_000, 8_000, 0), (12_000, 8_000, 4_000),
     (4_000, 8_000, 4_000), (0, 8_000, 0), (25_000, 8_000, 1_000)],
)  # fmt: skip
def test_tones_fold_to_known_frequencies(frequency_hz, sample_rate, heard_hz):
    assert sampling.alias_frequency_hz(frequency_hz, sample_rate=sample_rate) == heard_hz


def test_one_sample_is_interpolated_to_a_sinc():
    between = sampling.sinc_interpolate([0, 0, 1.0, 0, 0], [0.25, 0.2, 0.225, 0.0], sample_rate=10)
    assert_allclose(between, [2 / np.pi, 1, 2**1.5 / np.pi, 0], **EXACT)  # half, none and a quarter of a period away


def test_three_bits_have_eight_levels_and_clip_one_step_below_plus_one():
    x = np.array([-1.5, -1, -0.9, -0.13, 0.1, 0.13, 0.6, 0.85, 1])
    assert_array_equal(sampling.quantize(x, n_bits=3), [-1, -1, -1, -0.25, 0, 0.25, 0.5, 0.75, 0.75])


def test_one_bit_has_the_levels_minus_one_and_zero():
    assert_array_equal(sampling.quantize(np.array([-0.8, -0.3, 0.3, 0.8]), n_bits=1), [-1, 0, 0, 0])


def test_the_error_that_is_fed_back_makes_two_levels_average_to_the_input():
    # Δ = 0.5. v: 0.3, 0.3 − 0.2, 0.3 + 0.1, 0.3 − 0.1, 0.3 + 0.2, and again.
    shaped = sampling.noise_shape(np.full(10, 0.3), n_bits=2)
    assert_array_equal(shaped, [0.5, 0, 0.5, 0, 0.5] * 2)
    assert shaped.mean() == 0.3


def test_sqnr_of_two_samples_is_that_worked_by_hand():
    assert_allclose(sampling.sqnr_db(np.array([1.0, 1.0]), np.array([1.0, 0.9])), 10 * math.log10(200), **EXACT)
    batch = np.array([[1.0, 1.0], [0.5, 0.0]]), np.array([[1.0, 0.9], [0.5, 0.05]])
    assert_allclose(sampling.sqnr_db(*batch), [23.0103, 20.0], atol=1e-4)  # four decimals


def test_a_compact_disc_takes_1411200_bits_per_second():
    assert sampling.bit_rate(sample_rate=44_100, n_bits=16, n_channels=2) == 1_411_200


def test_mu_law_has_known_codes_at_the_ends_and_in_the_middle():
    # ln(1 + 255/15) / ln 256 = ln 18 / ln 256 = 0.521 of half the codes: 127.5 · 1.521 + 0.5 = 194.46.
    assert_array_equal(sampling.mu_law_encode(np.array([-1, 0, 1 / 15, -1 / 15, 1])), [0, 128, 194, 61, 255])
    assert_allclose(sampling.mu_law_decode(np.array([0, 255])), [-1, 1], **EXACT)
    assert_allclose(sampling.mu_law_decode(np.array([1]), mu=3), [-((4 ** (1 / 3) - 1) / 3)], **EXACT)


# -------------------------------------------------------------------------------- theory and oracle


@given(st.integers(0, 60_000), st.sampled_from([800, 801, 1000]))
def test_the_spectrum_of_a_sampled_tone_peaks_where_the_alias_is_foretold(frequency_hz, sample_rate):
    x = sampling.sample(
        lambda t: np.cos(2 * np.pi * frequency_hz * t), sample_rate=sample_rate, duration_s=1
    )  # one second: a bin is 1 Hz
    assert np.abs(np.fft.rfft(x)).argmax() == sampling.alias_frequency_hz(frequency_hz, sample_rate=sample_rate)


def test_interpolation_is_the_double_sum_of_shannon():
    x, times_s = random_signal(2, 9), np.linspace(-0.3, 1.2, 17)

    def sinc(u):
        return 1.0 if u == 0 else math.sin(math.pi * u) / (math.pi * u)

    expected = [[sum(v * sinc(8 * t - n) for n, v in enumerate(row)) for t in times_s] for row in x]
    assert_allclose(sampling.sinc_interpolate(x, times_s, sample_rate=8), expected, **EXACT)


def test_a_band_limited_signal_is_rebuilt_between_its_samples():
    t = np.arange(4000) / 1000
    middle_s = np.linspace(1.9, 2.1, 501)
    rebuilt = sampling.sinc_interpolate(np.sin(2 * np.pi * 123.4 * t), middle_s, sample_rate=1000)
    assert_allclose(
        rebuilt, np.sin(2 * np.pi * 123.4 * middle_s), atol=1e-3
    )  # 2000 samples to either end: about 1/2000


@pytest.mark.parametrize("n_bits", [1, 2, 4, 8])
def test_a_quantised_sample_is_the_nearest_of_all_levels(n_bits):
    levels = np.linspace(-1, 1, 2**n_bits, endpoint=False)
    x = random_signal(3, 200)
    nearest = levels[np.abs(x[..., np.newaxis] - levels).argmin(axis=-1)]
    assert_array_equal(sampling.quantize(x, n_bits=n_bits), nearest)


@pytest.mark.parametrize("n_bits", [8, 12, 16])
def test_a_full_scale_sine_has_the_sqnr_of_theory(n_bits):
    x = (1 - 2.0 ** (1 - n_bits)) * np.sin(np.arange(100_000))
    sqnr = sampling.sqnr_db(x, sampling.quantize(x, n_bits=n_bits))
    assert_allclose(
        sqnr, 6.02 * n_bits + 1.76, atol=0.15
    )  # at 8 bits full scale is 0.07 dB short, errors not quite even


@pytest.mark.parametrize(
    ("shape", "distribution"),
    [("rectangular", scipy.stats.uniform(-0.125, 0.25)), ("triangular", scipy.stats.triang(0.5, -0.25, 0.5))],
)
def test_dither_has_the_distribution_of_its_name(shape, distribution):
    noise = sampling.dither(np.zeros(20_000), n_bits=3, rng=rng(), shape=shape)  # Δ = 0.25
    assert scipy.stats.kstest(noise, distribution.cdf).pvalue > 0.01


def test_triangular_dither_gives_a_total_error_of_a_quarter_step_squared_whatever_the_input():
    step = 2**-7
    for x in (np.zeros(100_000), np.full(100_000, 0.3 * step), 0.5 * np.sin(np.arange(100_000))):
        error = sampling.quantize(sampling.dither(x, n_bits=8, rng=rng()), n_bits=8) - x
        assert_allclose(error.var() / step**2, 0.25, rtol=0.02)  # 100,000 draws: 0.4 % at one standard deviation
        assert_allclose(error.mean() / step, 0, atol=0.01)  # 0.5 / √100,000 = 0.0016 at one standard deviation


def test_rectangular_dither_makes_the_mean_right_and_leaves_the_power_to_the_input():
    step = 2**-7
    quiet, halfway = (
        sampling.quantize(
            sampling.dither(np.full(50_000, dc * step), n_bits=8, rng=rng(), shape="rectangular"), n_bits=8
        )
        - dc * step
        for dc in (0.0, 0.5)
    )
    assert_allclose([quiet.mean() / step, halfway.mean() / step], 0, atol=0.01)  # 0.5 / √50,000 = 0.002
    assert_allclose([quiet.var() / step**2, halfway.var() / step**2], [0, 0.25], atol=0.005)  # none, or ±Δ/2 always


@pytest.mark.parametrize("coefficients", [(1.0,), (2.0, -1.0), (0.5, 0.25)])
def test_shaped_noise_has_the_spectrum_of_its_error_filter(coefficients):
    step = 2**-7
    x = 0.3 * np.sin(0.05 * np.arange(60_000))
    error = sampling.noise_shape(x, n_bits=8, rng=rng(), coefficients=coefficients) - x
    f, density = scipy.signal.welch(error, 1.0, nperseg=256)
    response = scipy.signal.freqz([1, *(-c for c in coefficients)], worN=2 * np.pi * f)[1]
    expected = 2 * step**2 / 4 * np.abs(response) ** 2  # white error of variance Δ²/4, one-sided
    part = (f > 0.02) & (f < 0.5)  # welch smears the zero at 0 Hz, and does not double the last bin
    assert_allclose(10 * np.log10(density[part] / expected[part]), 0, atol=1.0)  # 467 averages: 0.2 dB at one deviation


def test_shaped_noise_is_quieter_below_a_sixth_of_the_rate_and_louder_above():
    x = 0.3 * np.sin(0.05 * np.arange(60_000))
    plain = sampling.noise_shape(x, n_bits=8, rng=rng(), coefficients=(0.0,)) - x
    shaped = sampling.noise_shape(x, n_bits=8, rng=rng()) - x
    f, plain_density = scipy.signal.welch(plain, 1.0, nperseg=256)
    ratio = scipy.signal.welch(shaped, 1.0, nperseg=256)[1] / plain_density
    assert (ratio[f < 0.15] < 1).all()  # |1 − e^(−iω)| = 1 at ω = π/3
    assert (ratio[f > 0.18] > 1).all()


@pytest.mark.parametrize(("sample_rate", "change_db"), [(44_100, 0.3), (96_000, -3.9)])
def test_first_order_shaping_helps_the_ear_only_at_a_high_rate(sample_rate, change_db):
    x = 0.3 * np.sin(0.05 * np.arange(200_000))
    errors = np.array([sampling.noise_shape(x, n_bits=8, rng=rng(), coefficients=c) - x for c in ((0.0,), (1.0,))])
    f, densities = scipy.signal.welch(errors, sample_rate, nperseg=2048)
    heard = (densities[:, 1:] * 10 ** (librosa.A_weighting(f[1:]) / 10)).sum(axis=-1)
    assert abs(10 * np.log10(heard[1] / heard[0]) - change_db) < 0.1  # 195 averages of a thousand bins


@pytest.mark.parametrize("mu", [255, 127, 15])
def test_mu_law_codes_are_librosas_curve_rounded_as_torchaudio_rounds(mu):
    x = np.concatenate([random_signal(1000), random_signal(1000) ** 5, [0, 1, -1]])
    curve = librosa.mu_compress(x, mu=mu, quantize=False)
    published = ((curve + 1) / 2 * mu + 0.5).astype(int)  # torchaudio.functional.mu_law_encoding
    assert_array_equal(sampling.mu_law_encode(x, mu=mu), published)


def test_mu_law_codes_are_at_most_one_from_librosas_own():
    x = random_signal(1000) ** 3
    assert np.abs(sampling.mu_law_encode(x) - 128 - librosa.mu_compress(x, mu=255, quantize=True)).max() <= 1


def test_mu_law_decoding_is_librosas_expansion():
    codes = np.arange(256)
    assert_allclose(
        sampling.mu_law_decode(codes), librosa.mu_expand(codes / 127.5 - 1, mu=255, quantize=False), **EXACT
    )


# -------------------------------------------------------------------------- invariant, round trip


@given(st.integers(1, 40), st.integers(0, 2), st.sampled_from([np.float32, np.float64]))
def test_interpolation_at_the_sampling_instants_returns_the_samples(n, n_axes, dtype):
    x = random_signal(*(2, 3)[:n_axes], n, dtype=dtype)
    y = sampling.sinc_interpolate(x, np.arange(n) / 8000, sample_rate=8000)
    assert y.dtype == dtype
    assert_allclose(y, x, atol=1e-6 if dtype == np.float32 else 1e-12)  # n / f_s · f_s is off by a rounding


@given(st.integers(1, 24), st.integers(0, 2), st.integers(1, 50), st.sampled_from([np.float32, np.float64]))
def test_quantisation_stays_on_its_grid_within_half_a_step_and_changes_nothing_twice(n_bits, n_axes, n, dtype):
    step = 2.0 ** (1 - n_bits)
    x = random_signal(*(2, 3)[:n_axes], n, seed=n, dtype=dtype)
    q = sampling.quantize(x, n_bits=n_bits)
    assert (q.shape, q.dtype) == (x.shape, dtype)
    assert_array_equal(q / step, np.round(q / step))
    assert (np.abs(q - x)[x < 1 - step] <= step / 2).all()
    assert_array_equal(sampling.quantize(q, n_bits=n_bits), q)


@given(st.integers(1, 16), st.integers(0, 2), st.integers(1, 50), st.sampled_from(["triangular", "rectangular"]))
def test_dither_is_bounded_and_keeps_shape_precision_and_generator(n_bits, n_axes, n, shape):
    x = random_signal(*(2, 3)[:n_axes], n, dtype=np.float32)
    y = sampling.dither(x, n_bits=n_bits, rng=rng(), shape=shape)
    assert (y.shape, y.dtype) == (x.shape, np.float32)
    widest = {"triangular": 1.0, "rectangular": 0.5}[shape] * 2.0 ** (1 - n_bits)
    assert np.abs(y.astype(float) - x).max() <= widest + 1e-6  # float32 rounds to 6e-8
    assert_array_equal(y, sampling.dither(x, n_bits=n_bits, rng=rng(), shape=shape))


@given(st.integers(1, 16), st.integers(1, 100))
def test_without_feedback_noise_shaping_is_plain_quantisation(n_bits, n):
    x = random_signal(n, seed=n)
    shaped = sampling.noise_shape(x, n_bits=n_bits, coefficients=(0.0,))
    assert_array_equal(shaped, sampling.quantize(x, n_bits=n_bits))


@given(st.integers(1, 1000))
def test_every_mu_law_code_survives_decoding_and_encoding(mu):
    codes = np.arange(mu + 1)
    assert_array_equal(sampling.mu_law_encode(sampling.mu_law_decode(codes, mu=mu), mu=mu), codes)


# ------------------------------------------------------------------------------------------- edges


def test_codes_of_eight_bits_decode_like_any_integers():
    codes = np.arange(256)
    assert_array_equal(sampling.mu_law_decode(codes.astype(np.uint8)), sampling.mu_law_decode(codes))


def test_clipping_does_not_wind_up_the_error_that_is_fed_back():
    shaped = sampling.noise_shape(np.concatenate([np.full(1000, 3.0), np.zeros(20)]), n_bits=8)
    assert_array_equal(shaped[:1000], np.full(1000, 127 / 128))
    assert_array_equal(shaped[-10:], np.zeros(10))


def test_noise_shaping_keeps_float32():
    assert sampling.noise_shape(np.zeros(3, np.float32), n_bits=8).dtype == np.float32


def test_nothing_lost_is_an_infinite_sqnr():
    assert sampling.sqnr_db(np.array([0.5]), np.array([0.5])) == np.inf


def test_aliases_keep_the_shape_of_their_frequencies():
    assert sampling.alias_frequency_hz(np.full((2, 3), 9.0), sample_rate=8).shape == (2, 3)


# ------------------------------------------------------------------------------------------ errors

TAKES_SIGNAL = {
    "sinc_interpolate": lambda x: sampling.sinc_interpolate(x, [0.0], sample_rate=8),
    "quantize": lambda x: sampling.quantize(x, n_bits=8),
    "dither": lambda x: sampling.dither(x, n_bits=8, rng=rng()),
    "noise_shape": lambda x: sampling.noise_shape(x, n_bits=8),
    "sqnr_db": lambda x: sampling.sqnr_db(x, x),
    "mu_law_encode": sampling.mu_law_encode,
}


@pytest.mark.parametrize("call", TAKES_SIGNAL.values(), ids=TAKES_SIGNAL)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"must not be empty, got shape \(0,\): pass at least one sample"),
        ([0.0, np.inf], ValueError, "must be finite, got 1 NaN or infinite values of 2: find them"),
        (
            np.ones(3, np.int16),
            TypeError,
            "must be floating point, nominally within ±1, got integer PCM of dtype int16",
        ),
        (np.ones((100, 2)), ValueError, r"must have time as its last axis, got shape \(100, 2\): .* pass \w+.T"),
        (np.ones(3, complex), TypeError, r"must be real, got complex128: pass \w+.real"),
        (None, TypeError, "must hold numbers, got dtype object"),
    ],
)
def test_what_is_no_signal_is_refused(call, x, error, match):
    with refuses(match, error):
        call(x)


@pytest.mark.parametrize("function", [sampling.quantize, sampling.dither, sampling.noise_shape, sampling.bit_rate])
@pytest.mark.parametrize(
    ("n_bits", "error", "match"),
    [
        (0, ValueError, "n_bits must be at least 1, got 0: raise n_bits"),
        (33, ValueError, "n_bits must be at most 32, got 33: lower n_bits"),
        (8.0, TypeError, "n_bits must be a whole number, got 8.0: pass an int"),
        (True, TypeError, "n_bits must be a whole number, got True: pass an int"),
    ],
)
def test_an_impossible_number_of_bits_is_refused(function, n_bits, error, match):
    rest = {sampling.dither: {"rng": rng()}, sampling.bit_rate: {"sample_rate": 8, "n_channels": 1}}.get(function, {})
    with refuses(match, error):
        function(*() if function is sampling.bit_rate else ([0.5],), n_bits=n_bits, **rest)


@pytest.mark.parametrize("sample_rate", [0, -1, np.nan, np.inf, "44100", None])
def test_an_impossible_rate_is_refused(sample_rate):
    numeric = isinstance(sample_rate, int | float)
    for call in (
        lambda: sampling.sample(np.sin, sample_rate=sample_rate, duration_s=1),
        lambda: sampling.alias_frequency_hz(1, sample_rate=sample_rate),
        lambda: sampling.sinc_interpolate([0.5], [0.0], sample_rate=sample_rate),
        lambda: sampling.bit_rate(sample_rate=sample_rate, n_bits=8, n_channels=1),
    ):
        with refuses("sample_rate must be (above 0|finite|a number), got ", ValueError if numeric else TypeError):
            call()


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: sampling.sample(3, sample_rate=8, duration_s=1), TypeError, "function must be a function of time"),
        (lambda: sampling.sample(lambda t: 1.0, sample_rate=8, duration_s=1), ValueError, "output must have at least"),
        (lambda: sampling.sample(lambda t: t[:3], sample_rate=8, duration_s=1), ValueError, "output and its times"),
        (lambda: sampling.sample(np.log, sample_rate=8, duration_s=1), ValueError, "output must be finite, got 1 NaN"),
        (lambda: sampling.alias_frequency_hz(-1, sample_rate=8), ValueError, "frequency_hz must not be negative"),
        (lambda: sampling.sinc_interpolate([0.5], 0.0, sample_rate=8), ValueError, "times_s must have one axis"),
        (lambda: sampling.noise_shape(np.zeros((2, 9)), n_bits=8), ValueError, r"signal must be mono .* signal\[0\]"),
        (lambda: sampling.noise_shape([0.5], n_bits=8, rng=1), TypeError, "rng must be a numpy.random.Generator, got"),
        (lambda: sampling.noise_shape([0.5], n_bits=8, coefficients=()), ValueError, "coefficients must not be empty"),
        (lambda: sampling.dither([0.5], n_bits=8, rng=rng(), shape="gauss"), ValueError, "shape must be one of 'tri"),
        (lambda: sampling.sqnr_db([0.5], [0.5, 0.5]), ValueError, "signal and quantized must have the same shape"),
        (lambda: sampling.sqnr_db([0.0], [0.5]), ValueError, "signal must not be silent, got a power of 0: a ratio"),
        (lambda: sampling.mu_law_encode([2.0]), ValueError, "signal must lie within ±1, got a peak of 2: scale it"),
        (lambda: sampling.mu_law_encode([0.5], mu=0), ValueError, "mu must be at least 1, got 0"),
        (lambda: sampling.mu_law_decode([256]), ValueError, "codes must lie in 0…255, got 256…256: pass the output"),
        (lambda: sampling.mu_law_decode([-1]), ValueError, "codes must lie in 0…255, got -1…-1: pass the output"),
        (lambda: sampling.mu_law_decode([0.5]), TypeError, "codes must be integers in 0…255, got dtype float64"),
        (lambda: sampling.mu_law_decode(np.array([], int)), ValueError, "codes must not be empty"),
        (lambda: sampling.bit_rate(sample_rate=8, n_bits=8, n_channels=0), ValueError, "n_channels must be at least 1"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error), np.errstate(divide="ignore"):
        call()


# ------------------------------------------------------------------------------------ hostile input

FUNCTION = [None, 5, "x", [], lambda t: None, lambda t: t[:-1], lambda t: "x", lambda t: 1j * t]
FUNCTION += [lambda t: 1.0, lambda t: t + NAN]
N_BITS = {"n_bits": (8, [*COUNT, 33])}
CALLS = {
    sampling.sample: {"function": (np.sin, FUNCTION), **TIME},
    sampling.alias_frequency_hz: {"frequency_hz": ([1.0], [*LEVELS, -1]), **SAMPLE_RATE},
    sampling.sinc_interpolate: {"samples": (NOISE, SIGNAL), "times_s": ([0.0], VECTOR), **SAMPLE_RATE},
    sampling.quantize: {"signal": (NOISE, SIGNAL), **N_BITS},
    sampling.dither: {"signal": (NOISE, SIGNAL), **N_BITS, **RANDOM, "shape": ("triangular", NAME)},
    sampling.noise_shape: {"signal": (NOISE, MONO), **N_BITS, "rng": (None, RNG[1:]), "coefficients": ([1.0], VECTOR)},
    sampling.sqnr_db: {
        "signal": (NOISE, [*SIGNAL, NOISE[:-1], 0 * NOISE]), "quantized": (NOISE / 2, [*SIGNAL, NOISE[:-1]]),
    },
    sampling.bit_rate: {**SAMPLE_RATE, **N_BITS, "n_channels": (1, COUNT)},
    sampling.mu_law_encode: {"signal": (NOISE, [*SIGNAL, 2 * NOISE]), "mu": (255, COUNT)},
    sampling.mu_law_decode: {"codes": ([1], [*NO_ARRAYS, [0.5], [-1], [256]]), "mu": (255, COUNT)},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("sampling", CALLS)


def test_the_way_out_of_a_negative_frequency_is_one_for_frequencies():
    with refuses("frequency_hz must not be negative, got -1: pass the distance from 0"):
        sampling.alias_frequency_hz(-1, sample_rate=8000)
