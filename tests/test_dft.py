"""The ladder of DFT algorithms against hand-worked values, numpy.fft and scipy.signal."""

import time

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import dft
from tests.hostile import ARRAY, COUNT, FREQUENCY, LEVELS, NAME, NOISE, NUMBER, REAL, SAMPLE_RATE, VECTOR, refusals
from tests.support import random_signal, random_spectrum, refuses

EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 60, 64, 97, 128]
POWERS = [n for n in LENGTHS if n & (n - 1) == 0]


def by_matrix(x):
    return dft.dft_matrix(np.shape(x)[-1]) @ x


LADDER = {f.__name__: f for f in (dft.dft, by_matrix, dft.fft_radix2, dft.fft_bluestein, dft.fft)}
ladder = pytest.mark.parametrize("transform", LADDER.values(), ids=LADDER)


# ------------------------------------------------------------------------ closed form, hand-worked


@ladder
def test_the_transform_of_1_2_3_4_is_that_worked_by_hand(transform):
    assert_allclose(transform([1.0, 2.0, 3.0, 4.0]), [10, -2 + 2j, -2, -2 - 2j], **EXACT)


@ladder
def test_an_impulse_has_every_frequency_and_a_phasor_one(transform):
    assert_allclose(transform([0, 1.0, 0, 0]), [1, -1j, -1, 1j], **EXACT)
    assert_allclose(transform(np.array([1, 1j, -1, -1j])), [0, 4, 0, 0], **EXACT)


@pytest.mark.parametrize("inverse", [dft.idft, dft.ifft])
def test_the_inverse_divides_by_n_once(inverse):
    assert_allclose(inverse([10, -2 + 2j, -2, -2 - 2j]), [1, 2, 3, 4], **EXACT)
    assert_allclose(inverse([0, 3.0, 0]), np.exp(2j * np.pi * np.arange(3) / 3), **EXACT)


def test_the_matrix_of_four_points_is_made_of_quarter_turns():
    expected = [[1, 1, 1, 1], [1, -1j, -1, 1j], [1, -1, 1, -1], [1, 1j, -1, -1j]]
    assert_allclose(dft.dft_matrix(4), expected, **EXACT)


def test_the_one_sided_spectrum_of_a_cosine_is_half_of_n_at_its_bin():
    assert_allclose(dft.rfft(np.cos(2 * np.pi * 2 * np.arange(8) / 8)), [0, 0, 4, 0, 0], **EXACT)


def test_goertzel_of_four_samples_at_a_quarter_of_the_rate_is_that_worked_by_hand():
    assert_allclose(dft.goertzel([1.0, 2.0, 3.0, 4.0], 2000, sample_rate=8000), -2 + 2j, **EXACT)
    assert_allclose(dft.goertzel([1.0, 2.0, 3.0, 4.0], 0, sample_rate=8000), 10, **EXACT)


def test_bins_of_five_and_six_points_lie_at_multiples_of_rate_over_n():
    assert_allclose(dft.frequencies_hz(6, sample_rate=600), [0, 100, 200, 300], **EXACT)
    assert_allclose(dft.frequencies_hz(5, sample_rate=500), [0, 100, 200], **EXACT)


def test_windows_of_four_samples_are_those_worked_by_hand():
    assert_allclose(dft.window("hann", 4), [0, 0.5, 1, 0.5], **EXACT)
    assert_allclose(dft.window("hann", 3, periodic=False), [0, 1, 0], **EXACT)
    assert_allclose(dft.window("hamming", 4), [0.08, 0.54, 1, 0.54], **EXACT)
    assert_allclose(dft.window("blackman", 4), [0, 0.34, 1, 0.34], **EXACT)
    assert_allclose(dft.window("rectangular", 4), [1, 1, 1, 1], **EXACT)


@pytest.mark.parametrize(
    ("name", "offset_bins", "level_db"),
    [
        ("rectangular", 0.5, -3.92),  # 2/π
        ("rectangular", 1.5, -13.46),  # 2/3π, near the first side lobe
        ("hann", 0.5, -1.42),  # 8/3π
        ("hann", 1, -6.02),  # 1/2
        ("hamming", 1, 20 * np.log10(0.23 / 0.54)),
        ("blackman", 2, 20 * np.log10(0.04 / 0.42)),
    ],
)
def test_leakage_at_known_offsets(name, offset_bins, level_db):
    found = dft.leakage_db(dft.window(name, 4096), offset_bins)
    assert_allclose(found, level_db, atol=0.01)  # two decimals


def test_a_window_leaks_nothing_where_its_spectrum_is_zero():
    assert_allclose(dft.leakage_db(np.ones(64), [0, 1, 2, 31]), [0, -200, -200, -200], atol=1e-9)


def test_convolution_of_three_and_two_samples_is_that_worked_by_hand():
    assert_allclose(dft.convolve([1.0, 2.0, 3.0], [1.0, -1.0]), [1, 1, 1, -3], **EXACT)


# ------------------------------------------------------------------------------ independent oracle


@ladder
def test_every_rung_agrees_with_numpy(transform):
    for n in POWERS if transform is dft.fft_radix2 else LENGTHS:
        for x in (random_signal(n), random_spectrum(n)):
            assert_allclose(transform(x), np.fft.fft(x), atol=1e-12 * n)  # n terms, each to 1e-16 and a few roundings


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("inverse", [dft.idft, dft.ifft])
def test_the_inverses_agree_with_numpy(inverse, n):
    spectrum = random_spectrum(n)
    assert_allclose(inverse(spectrum), np.fft.ifft(spectrum), atol=1e-12)  # the sum of n terms is divided by n


@pytest.mark.parametrize("n", [*LENGTHS, 5000, 65536])
def test_long_transforms_agree_with_numpy(n):
    x = random_signal(n)
    largest = np.abs(np.fft.fft(x)).max()
    assert_allclose(dft.fft(x) / largest, np.fft.fft(x) / largest, atol=1e-13)  # log₂ n stages of 1e-16
    assert_allclose(dft.rfft(x) / largest, np.fft.rfft(x) / largest, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 64, 205])
@pytest.mark.parametrize("frequency_hz", [0, 100, 697, 1209.5, 3999, 4000])
def test_goertzel_agrees_with_the_definition_at_any_frequency(n, frequency_hz):
    x = random_signal(2, n)
    phasor = np.exp(-2j * np.pi * frequency_hz / 8000 * np.arange(n))
    found = dft.goertzel(x, frequency_hz, sample_rate=8000)
    assert_allclose(found, (x * phasor).sum(axis=-1), atol=1e-9)  # near 0 and Nyquist errors grow like n²


def test_goertzel_at_a_bin_agrees_with_numpy():
    x = random_signal(50)
    bins = [dft.goertzel(x, f, sample_rate=1000) for f in np.fft.rfftfreq(50, 1 / 1000)]
    assert_allclose(bins, np.fft.rfft(x), atol=1e-11)  # 50 samples through a resonator, n² · 1e-16


@pytest.mark.parametrize("n", LENGTHS)
def test_bins_agree_with_numpy(n):
    assert_allclose(dft.frequencies_hz(n, sample_rate=22050), np.fft.rfftfreq(n, 1 / 22050), rtol=1e-14)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 64, 65])
@pytest.mark.parametrize("name", dft.WINDOWS)
def test_windows_agree_with_scipy(name, length, periodic):
    theirs = {"rectangular": "boxcar", "kaiser": ("kaiser", 8.6)}.get(name, name)
    expected = scipy.signal.get_window(theirs, length, fftbins=periodic)
    assert_allclose(dft.window(name, length, periodic=periodic), expected, **EXACT)


@pytest.mark.parametrize("beta", [0, 3.5, 14, 700])
def test_the_kaiser_window_agrees_with_scipy_for_every_shape(beta):
    expected = scipy.signal.get_window(("kaiser", beta), 33)
    assert_allclose(
        dft.window("kaiser", 33, beta=beta), expected, atol=1e-9
    )  # I₀ is a polynomial fit, to 1e-8 relative


@pytest.mark.parametrize("name", dft.WINDOWS)
def test_leakage_agrees_with_the_frequency_response_of_scipy(name):
    window = dft.window(name, 31)
    offsets = np.linspace(-5, 5, 41).reshape(1, 41)
    response = scipy.signal.freqz(window, worN=2 * np.pi * offsets[0] / 31)[1]
    expected = np.maximum(20 * np.log10(np.abs(response) / window.sum()), -200)
    found = dft.leakage_db(window, offsets)
    assert found.shape == (1, 41)
    part = expected > -150  # deeper than that both are rounding
    assert_allclose(found[0, part], expected[part], atol=1e-4)  # 1e-16 of the sum against −150 dB of it


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (5, 1), (8, 8), (100, 17), (3, 64)])
def test_convolution_agrees_with_numpy_and_scipy(n, m):
    x, h = random_signal(2, n), random_signal(m, seed=1)
    assert_allclose(dft.convolve(x[0], h), np.convolve(x[0], h), **EXACT)
    assert_allclose(dft.convolve(x, h), scipy.signal.fftconvolve(x, h[np.newaxis], axes=-1), **EXACT)


# -------------------------------------------------------------------------- invariant, round trip

lengths = st.integers(1, 70)


@given(lengths, st.booleans())
def test_the_loop_and_the_fast_transform_are_one(n, is_complex):
    x = random_spectrum(n, seed=n) if is_complex else random_signal(n, seed=n)
    assert_allclose(dft.dft(x), dft.fft(x), atol=1e-11)  # 70 terms
    assert_allclose(dft.idft(x), dft.ifft(x), atol=1e-12)


@given(lengths, st.integers(0, 2), st.sampled_from([np.float32, np.float64, np.complex64, np.complex128]))
def test_the_inverse_returns_the_signal_for_any_length_batch_and_precision(n, n_axes, dtype):
    x = random_spectrum(*(2, 3)[:n_axes], n, seed=n)
    x = (x.real if np.dtype(dtype).kind == "f" else x).astype(dtype)
    single = dtype in (np.float32, np.complex64)
    for y in (dft.fft(x), dft.ifft(dft.fft(x))):
        assert y.dtype == (np.complex64 if single else np.complex128)
        assert y.shape == x.shape
    assert_allclose(dft.ifft(dft.fft(x)), x, atol=2e-5 if single else 1e-12)  # the precision of the type, some stages


@given(lengths)
def test_energy_is_the_same_in_time_and_frequency(n):
    x = random_spectrum(n, seed=n)
    assert_allclose(np.sum(np.abs(dft.fft(x)) ** 2), n * np.sum(np.abs(x) ** 2), rtol=1e-12)


@given(lengths, st.integers(-100, 100))
def test_a_shift_in_time_turns_the_phase(n, shift):
    x = random_signal(n, seed=n)
    turn = np.exp(-2j * np.pi * np.arange(n) * shift / n)
    assert_allclose(dft.fft(np.roll(x, shift)), dft.fft(x) * turn, atol=1e-11)  # phases of 100 turns


@given(lengths)
def test_the_rows_of_the_matrix_are_orthogonal(n):
    matrix = dft.dft_matrix(n)
    assert_allclose(matrix @ matrix.conj().T, n * np.eye(n), atol=1e-11)  # sums of 70 unit numbers


@given(lengths, st.integers(0, 2), st.sampled_from([np.float32, np.float64]))
def test_the_one_sided_spectrum_tells_all_of_a_real_signal(n, n_axes, dtype):
    x = random_signal(*(2, 3)[:n_axes], n, seed=n, dtype=dtype)
    half = dft.rfft(x)
    assert half.shape == (*x.shape[:-1], n // 2 + 1)
    assert_allclose(np.fft.irfft(half, n), x, atol=1e-5 if dtype == np.float32 else 1e-12)  # precision of the type


@given(lengths, lengths)
def test_convolution_commutes_and_keeps_float32(n, m):
    x, h = random_signal(n), random_signal(m, seed=1)
    assert_allclose(dft.convolve(x, h), dft.convolve(h, x), **EXACT)
    assert dft.convolve(x.astype(np.float32), h.astype(np.float32)).dtype == np.float32


@given(st.sampled_from(dft.WINDOWS), st.integers(1, 200))
def test_a_periodic_window_is_a_symmetric_one_without_its_last_sample(name, length):
    if length > 1:  # a window of one sample is 1 by convention
        assert_allclose(dft.window(name, length), dft.window(name, length + 1, periodic=False)[:-1], **EXACT)


# ------------------------------------------------------------------------------------------- edges


@ladder
def test_silence_stays_silent_and_one_sample_stays_itself(transform):
    assert not np.any(transform(np.zeros(8)))
    assert_array_equal(transform([0.5]), [0.5])


def test_integers_are_transformed_like_floats():
    assert_allclose(dft.fft(np.array([1, 2, 3], np.int8)), np.fft.fft([1, 2, 3]), **EXACT)


def test_a_single_offset_gives_a_single_level():
    assert np.ndim(dft.leakage_db(np.ones(8), 0.5)) == 0


def growth_exponent(transform, lengths, n_rounds):
    """Slope of log time over log length; the lengths take turns, so that a busy moment hits them all."""
    fastest = dict.fromkeys(lengths, np.inf)
    for _ in range(n_rounds):
        for n in lengths:
            x = random_signal(n)
            start = time.process_time()
            transform(x)
            fastest[n] = min(fastest[n], time.process_time() - start)
    return np.polyfit(np.log(lengths), np.log(list(fastest.values())), 1)[0]


def test_the_loop_takes_time_like_n_squared():
    assert growth_exponent(dft.dft, [128, 256, 512], 5) > 1.9


def test_the_fast_transform_takes_time_hardly_more_than_like_n():
    assert growth_exponent(dft.fft, [2**p for p in range(10, 19)], 10) < 1.2  # n log n alone is 1.1


# ------------------------------------------------------------------------------------------ errors

TAKES_ARRAY = {
    f.__name__: f for f in (dft.dft, dft.idft, dft.fft_radix2, dft.fft_bluestein, dft.fft, dft.ifft, dft.rfft)
}
TAKES_ARRAY |= {
    "goertzel": lambda x: dft.goertzel(x, 1, sample_rate=8),
    "leakage_db": lambda x: dft.leakage_db(x, 1),
    "leakage_db offsets": lambda x: dft.leakage_db([1.0], x),
    "convolve x": lambda x: dft.convolve(x, [1.0]),
    "convolve h": lambda x: dft.convolve([1.0], x),
}
REAL_ONLY = ["rfft", "goertzel", "leakage_db", "leakage_db offsets", "convolve x", "convolve h"]


@pytest.mark.parametrize("call", TAKES_ARRAY.values(), ids=TAKES_ARRAY)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"must not be empty, got shape \(0,\)|must have one axis"),
        ([0.0, np.nan], ValueError, "must be finite, got 1 NaN or infinite values of 2: find them"),
        ("abc", TypeError, "must hold numbers, got dtype <U3: pass a numeric array"),
        (None, TypeError, "must hold numbers, got dtype object: pass a numeric array"),
        ([[1.0], [1.0, 2.0]], TypeError, "must be a table of numbers, got rows of different lengths"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(call, x, error, match):
    with refuses(match, error):
        call(x)


@pytest.mark.parametrize("name", REAL_ONLY)
def test_complex_where_real_is_asked_is_refused(name):
    with refuses(r"must be real, got complex128: pass \w+.real or the magnitude abs\(", TypeError):
        TAKES_ARRAY[name](np.ones(4, complex))


@pytest.mark.parametrize("name", ["dft", "idft", "leakage_db", "convolve h"])
def test_two_axes_where_one_is_asked_are_refused(name):
    with refuses(r"must have one axis, got shape \(2, 2\): pass a list or one row"):
        TAKES_ARRAY[name](np.ones((2, 2)))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: dft.fft_radix2(np.ones(12)), ValueError, "the length of x must be a power of two, got 12: zero-pad"),
        (lambda: dft.dft_matrix(0), ValueError, "n_points must be at least 1, got 0"),
        (lambda: dft.dft_matrix(10**6), ValueError, "n_points must be at most 8192, got 1000000: lower n_points"),
        (lambda: dft.dft_matrix(4.0), TypeError, "n_points must be a whole number, got 4.0: pass an int"),
        (lambda: dft.goertzel([1.0], 5, sample_rate=8), ValueError, "frequency_hz=5 lies above the Nyquist"),
        (lambda: dft.goertzel([1.0], -1, sample_rate=8), ValueError, "frequency_hz must be at least 0, got -1"),
        (lambda: dft.goertzel([1.0], 1, sample_rate="8"), TypeError, "sample_rate must be a number, got '8'"),
        (lambda: dft.frequencies_hz(0, sample_rate=8), ValueError, "n_fft must be at least 1, got 0"),
        (lambda: dft.frequencies_hz(8, sample_rate=-8), ValueError, "sample_rate must be above 0, got -8"),
        (lambda: dft.window("hanning", 8), ValueError, "window must be one of 'rectangular', .* got 'hanning': choose"),
        (lambda: dft.window("hann", 0), ValueError, "length must be at least 1, got 0"),
        (lambda: dft.window("hann", 10**12), ValueError, "length must be at most 268435456, got 10{12}: lower length"),
        (lambda: dft.window("kaiser", 8, beta=1e3), ValueError, "beta must be at most 700, got 1000"),
        (lambda: dft.leakage_db([1.0, -1.0], 1), ValueError, "window must not add up to 0, got 0"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


# ------------------------------------------------------------------------------------ hostile input

CALLS = {
    dft.dft: {"x": (NOISE, [*ARRAY, np.ones((2, 2))])},
    dft.idft: {"spectrum": (NOISE, [*ARRAY, np.ones((2, 2))])},
    dft.dft_matrix: {"n_points": (4, [*COUNT, 10**5])},
    dft.fft_radix2: {"x": (NOISE, [*ARRAY, np.ones(3)])},
    dft.fft_bluestein: {"x": (NOISE, ARRAY)},
    dft.fft: {"x": (NOISE, ARRAY)},
    dft.ifft: {"spectrum": (NOISE, ARRAY)},
    dft.rfft: {"x": (NOISE, REAL)},
    dft.goertzel: {"x": (NOISE, REAL), "frequency_hz": FREQUENCY, **SAMPLE_RATE},
    dft.frequencies_hz: {"n_fft": (8, COUNT), **SAMPLE_RATE},
    dft.window: {"name": ("hann", NAME), "length": (8, COUNT), "beta": (8.6, [*NUMBER, -1, 1e4])},
    dft.leakage_db: {"window": ([1.0, 2.0], [*VECTOR, [1.0, -1.0]]), "offset_bins": ([1.0], LEVELS)},
    dft.convolve: {"x": (NOISE, REAL), "h": ([1.0], [*VECTOR, [1e308], [1e308, 1e308]])},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("dft", CALLS)


@pytest.mark.parametrize("length", [4, 5])
@pytest.mark.parametrize("transform", [dft.dft, dft.idft, dft.fft, dft.ifft, dft.fft_bluestein, dft.rfft])
def test_values_whose_sum_no_float_holds_are_refused_and_not_called_infinite(transform, length):
    with refuses("(x|spectrum) must lie within .* got a peak of 1e.308: scale it down"):
        transform(np.full(length, 1e308))
    assert np.isfinite(transform(np.full(length, 1e249))).all()


def test_float32_is_refused_where_its_own_sums_end():
    with refuses("x must lie within .* got a peak of 1e.38: scale it down"):
        dft.rfft(np.full(40, 1e38, np.float32))
