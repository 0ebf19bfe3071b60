"""Filters and resampling against hand-worked values, scipy, soxr, and restated definitions."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.signal
import scipy.special
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import dft, filters
from course_utils.filters import (
    BIQUADS,
    biquad,
    fir_lowpass,
    frequency_response,
    group_delay,
    is_stable,
    lfilter,
    lfilter_loop,
    poles,
    resample,
    resample_kernel,
    resample_loop,
    resampling_quality,
    sine_sweep,
    zeros,
)
from tests.hostile import (
    CORNER,
    COUNT,
    FREQUENCY,
    LEVELS,
    MONO,
    NAME,
    NAN,
    NOISE,
    NUMBER,
    POSITIVE,
    SAMPLE_RATE,
    SIGNAL,
    TIME,
    VECTOR,
    refusals,
)
from tests.support import random_signal, refuses

EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1
RATE = 8000


def gain_db(b, a, frequency_hz):
    return 20 * np.log10(np.abs(frequency_response(b, a, frequency_hz=frequency_hz, sample_rate=RATE)))


# ------------------------------------------------------------------------ closed form, hand-worked


def test_a_difference_equation_worked_by_hand():
    # y[n] = x[n] + ½ y[n−1] halves the impulse again and again; a[0] = 2 halves everything.
    assert_allclose(lfilter_loop([1], [1, -0.5], [1.0, 0, 0, 0]), [1, 0.5, 0.25, 0.125], **EXACT)
    assert_allclose(lfilter([2, 2], [2], [1.0, 0, 3]), [1, 1, 3], **EXACT)
    assert_allclose(lfilter([0, 0, 1], [1], [1.0, 2, 3]), [0, 0, 1], **EXACT)


def test_two_poles_ring_at_their_angle_and_decay_with_their_radius():
    r, omega, n = 0.9, 0.7, np.arange(50)
    impulse = (n == 0).astype(float)
    a = [1, -2 * r * math.cos(omega), r**2]
    assert_allclose(lfilter([1], a, impulse), r**n * np.sin((n + 1) * omega) / math.sin(omega), **EXACT)
    assert_allclose(sorted(poles(a), key=np.imag), [r * np.exp(-1j * omega), r * np.exp(1j * omega)], **EXACT)


def test_three_taps_of_a_windowed_sinc_are_those_worked_by_hand():
    # sinc(±½) = 2/π beside 1, then scaled to the sum 1.
    h = fir_lowpass(2000, sample_rate=RATE, n_taps=3, window="rectangular")
    assert_allclose(h, np.array([2, math.pi, 2]) / (math.pi + 4), **EXACT)


def test_the_lowpass_biquad_at_a_quarter_of_the_rate_is_that_worked_by_hand():
    b, a = biquad("lowpass", frequency_hz=2000, sample_rate=RATE)  # cos ω = 0, sin ω = 1, α = √½
    assert_allclose(b, np.array([0.5, 1, 0.5]) / (1 + math.sqrt(0.5)), **EXACT)
    assert_allclose(a, [1, 0, 3 - 2 * math.sqrt(2)], **EXACT)


@pytest.mark.parametrize("q", [0.5, math.sqrt(0.5), 5])
def test_gains_of_the_biquads_where_they_are_known(q):
    ends = [0, RATE / 2]
    b, a = biquad("lowpass", frequency_hz=1000, sample_rate=RATE, q=q)
    assert_allclose(np.abs(frequency_response(b, a, frequency_hz=[*ends, 1000], sample_rate=RATE)), [1, 0, q], **EXACT)
    b, a = biquad("highpass", frequency_hz=1000, sample_rate=RATE, q=q)
    assert_allclose(np.abs(frequency_response(b, a, frequency_hz=[*ends, 1000], sample_rate=RATE)), [0, 1, q], **EXACT)
    b, a = biquad("bandpass", frequency_hz=1000, sample_rate=RATE, q=q)
    assert_allclose(frequency_response(b, a, frequency_hz=[*ends, 1000], sample_rate=RATE), [0, 0, 1], **EXACT)
    b, a = biquad("notch", frequency_hz=1000, sample_rate=RATE, q=q)
    assert_allclose(frequency_response(b, a, frequency_hz=[*ends, 1000], sample_rate=RATE), [1, 1, 0], **EXACT)
    b, a = biquad("peaking", frequency_hz=1000, sample_rate=RATE, q=q, gain_db=6)
    assert_allclose(gain_db(b, a, [*ends, 1000]), [0, 0, 6], **EXACT)
    b, a = biquad("lowshelf", frequency_hz=1000, sample_rate=RATE, gain_db=-8)
    assert_allclose(gain_db(b, a, [*ends, 1000]), [-8, 0, -4], **EXACT)
    b, a = biquad("highshelf", frequency_hz=1000, sample_rate=RATE, gain_db=8)
    assert_allclose(gain_db(b, a, [*ends, 1000]), [0, 8, 4], **EXACT)


def test_group_delays_that_are_known():
    f = np.linspace(0, 3999, 50)
    assert_allclose(group_delay([0, 0, 0, 1], [1], frequency_hz=f, sample_rate=RATE), np.full(50, 3.0), **EXACT)
    assert_allclose(group_delay([1, 2, 3, 2, 1], [1], frequency_hz=f[:20], sample_rate=RATE), np.full(20, 2), **EXACT)
    omega, r = 2 * np.pi * f / RATE, 0.9  # H = 1 / (1 − r z⁻¹)
    expected = (r * np.cos(omega) - r**2) / (1 - 2 * r * np.cos(omega) + r**2)
    assert_allclose(group_delay([1], [1, -r], frequency_hz=f, sample_rate=RATE), expected, **EXACT)
    assert group_delay([1], [1, -r], frequency_hz=0, sample_rate=RATE) == pytest.approx(9)


def test_what_is_stable():
    assert is_stable([1]) and is_stable([1, -0.999]) and is_stable([2, -1.9])
    assert not is_stable([1, -1]) and not is_stable([1, 1]) and not is_stable([1, -1.001])
    assert not is_stable([1, 0, 1])  # on the circle at a quarter of the rate
    assert not is_stable([1, -2.5, 1])  # 2 and ½: the product of the poles alone tells nothing


def test_the_sweep_gives_each_octave_the_same_time():
    signal, frequency_hz = sine_sweep(125, 4000, duration_s=5, sample_rate=RATE)
    assert len(signal) == 5 * RATE
    assert_allclose(frequency_hz[::RATE], [125, 250, 500, 1000, 2000], rtol=1e-12)


def test_the_kernel_that_doubles_the_rate_is_that_worked_by_hand():
    # One zero crossing: sinc(½) cos²(π/4) = 1/π on both neighbours of the new sample.
    kernel = resample_kernel(from_rate=1, to_rate=2, lowpass_filter_width=1, rolloff=1)
    assert_allclose(kernel, [[0, 1, 0], [0, 1 / math.pi, 1 / math.pi]], **EXACT)
    x = np.array([1.0, 2, 4])
    expected = [1, 3 / math.pi, 2, 6 / math.pi, 4, 4 / math.pi]
    assert_allclose(resample(x, from_rate=1, to_rate=2, lowpass_filter_width=1, rolloff=1), expected, **EXACT)


def test_a_resampled_tone_is_the_tone_at_the_new_rate_without_delay():
    tone = {rate: np.sin(2 * np.pi * 1000 * np.arange(rate) / rate) for rate in (44100, 16000)}
    y = resample(tone[44100], from_rate=44100, to_rate=16000, lowpass_filter_width=64, window="kaiser")
    assert_allclose(y[500:-500], tone[16000][500:-500], rtol=0, atol=1e-7)  # the ripple near 0 is 4e-7 dB


def test_thrown_away_samples_alias_at_full_strength():
    quality = resampling_quality(lambda x: x[::2], from_rate=2 * RATE, to_rate=RATE)
    assert quality.ripple_db == pytest.approx(0, abs=0.01)
    assert quality.image_rejection_db == pytest.approx(0, abs=0.01)


def test_straight_lines_between_samples_leave_the_image_worked_by_hand():
    # h = ½, 1, ½ has (1 + cos ω) / 2 at the new rate; the nearest image of 0.8 Nyquist lies at ω = 0.6 π.
    def lines(x):
        return np.interp(np.arange(2 * len(x)) / 2, np.arange(len(x)), x)

    quality = resampling_quality(lines, from_rate=RATE, to_rate=2 * RATE)
    assert quality.image_rejection_db == pytest.approx(-20 * np.log10((1 + np.cos(0.6 * np.pi)) / 2), abs=0.3)
    assert quality.ripple_db == pytest.approx(-20 * np.log10((1 + np.cos(0.4 * np.pi)) / 2), abs=0.1)


# ------------------------------------------------------------------------------ independent oracle


def test_convolve_is_that_of_lecture_03():
    assert filters.convolve is dft.convolve


@pytest.mark.parametrize("n_taps", [3, 4, 31, 100])
@pytest.mark.parametrize("window", ["rectangular", "hann", "hamming", "blackman", "kaiser"])
def test_the_windowed_sinc_agrees_with_scipy(n_taps, window):
    name = {"rectangular": "boxcar", "kaiser": ("kaiser", 5.0)}.get(window, window)
    expected = scipy.signal.firwin(n_taps, 1234, window=name, fs=RATE)
    assert_allclose(fir_lowpass(1234, sample_rate=RATE, n_taps=n_taps, window=window, beta=5.0), expected, **EXACT)


def analogue(kind, q, amplitude):
    """The prototypes with corner 1 rad/s that the cookbook starts from."""
    root = math.sqrt(amplitude) / q
    return {
        "lowpass": ([1], [1, 1 / q, 1]),
        "highpass": ([1, 0, 0], [1, 1 / q, 1]),
        "bandpass": ([1 / q, 0], [1, 1 / q, 1]),
        "notch": ([1, 0, 1], [1, 1 / q, 1]),
        "peaking": ([1, amplitude / q, 1], [1, 1 / (amplitude * q), 1]),
        "lowshelf": ([amplitude, amplitude * root, amplitude**2], [amplitude, root, 1]),
        "highshelf": ([amplitude**2, amplitude * root, amplitude], [1, root, amplitude]),
    }[kind]


@pytest.mark.parametrize("kind", BIQUADS)
@pytest.mark.parametrize("frequency_hz", [20, 300, 2000, 3900])
@pytest.mark.parametrize(("q", "level_db"), [(0.3, 7.0), (math.sqrt(0.5), -12.0), (8, 3.0)])
def test_biquads_are_the_bilinear_transforms_of_their_prototypes(kind, frequency_hz, q, level_db):
    numerator, denominator = analogue(kind, q, 10 ** (level_db / 40))
    expected = scipy.signal.bilinear(numerator, denominator, fs=1 / (2 * math.tan(math.pi * frequency_hz / RATE)))
    b, a = biquad(kind, frequency_hz=frequency_hz, sample_rate=RATE, q=q, gain_db=level_db)
    assert_allclose(b, expected[0], rtol=0, atol=1e-11)  # scipy expands powers of the corner
    assert_allclose(a, expected[1], rtol=0, atol=1e-11)


@pytest.mark.parametrize("kind", ["lowpass", "highpass"])
def test_the_default_q_is_butterworths(kind):
    b, a = biquad(kind, frequency_hz=440, sample_rate=RATE)
    expected = scipy.signal.butter(2, 440, kind, fs=RATE)
    assert_allclose(np.r_[b, a], np.r_[expected], **EXACT)


@pytest.mark.parametrize(("kind", "design"), [("notch", scipy.signal.iirnotch), ("bandpass", scipy.signal.iirpeak)])
def test_resonances_agree_with_scipy(kind, design):
    # scipy's Q names the width between the −3 dB points after the bilinear transform, the cookbook's before it.
    omega, q = 2 * math.pi * 1000 / RATE, 4
    b, a = biquad(kind, frequency_hz=1000, sample_rate=RATE, q=q)
    expected = design(1000, omega / (2 * math.atan(math.sin(omega) / (2 * q))), fs=RATE)
    assert_allclose(np.r_[b, a], np.r_[expected], **EXACT)


FILTERS = [
    ([1.0], [1.0]),
    ([0.5, -0.3, 0.2, 0.7], [1.0]),
    ([1.0, 0.4], [1.0, -0.7]),
    ([0.0, 1.0, 2.0], [2.0, 0.5, 0.9]),
    scipy.signal.butter(4, 0.2),
    scipy.signal.cheby1(5, 1, 0.3, "highpass"),
]
every_filter = pytest.mark.parametrize(("b", "a"), FILTERS)


@every_filter
def test_the_loop_agrees_with_scipy_and_the_fast_filter_with_the_loop(b, a):
    x = random_signal(300)
    expected = scipy.signal.lfilter(b, a, x)
    assert_allclose(lfilter_loop(b, a, x), expected, rtol=0, atol=1e-11)  # 300 roundings, fed back
    assert_allclose(lfilter(b, a, x), lfilter_loop(b, a, x), rtol=0, atol=1e-11)
    if b[0]:  # scipy parts no delay into sections
        expected = scipy.signal.sosfilt(scipy.signal.tf2sos(b, a), x)
        assert_allclose(lfilter(b, a, x), expected, rtol=0, atol=1e-10)  # other order of terms


@every_filter
def test_response_delay_poles_and_zeros_agree_with_scipy(b, a):
    f = np.linspace(100, 3800, 97)  # the zeros at the ends have no delay
    expected = scipy.signal.freqz(b, a, worN=f, fs=RATE)[1]
    assert_allclose(frequency_response(b, a, frequency_hz=f, sample_rate=RATE), expected, rtol=1e-9, atol=1e-12)
    expected = scipy.signal.group_delay((b, a), w=f, fs=RATE)[1]
    assert_allclose(group_delay(b, a, frequency_hz=f, sample_rate=RATE), expected, rtol=1e-7, atol=1e-7)
    z, p, _ = scipy.signal.tf2zpk(np.trim_zeros(b, "f"), a)  # leading zeros are a delay
    assert_allclose(np.sort_complex(zeros(b)), np.sort_complex(z), rtol=0, atol=1e-9)
    assert_allclose(np.sort_complex(poles(a)), np.sort_complex(p), rtol=0, atol=1e-9)


def test_the_group_delay_is_the_slope_of_the_phase():
    b, a = scipy.signal.butter(4, 0.2)
    f = np.linspace(10, 3000, 2000)
    phase = np.unwrap(np.angle(frequency_response(b, a, frequency_hz=f, sample_rate=RATE)))
    slope = -np.gradient(phase, 2 * np.pi * f / RATE)
    assert_allclose(group_delay(b, a, frequency_hz=f, sample_rate=RATE)[1:-1], slope[1:-1], rtol=1e-3)


def test_the_response_to_a_steady_tone_is_the_frequency_response():
    b, a = biquad("peaking", frequency_hz=900, sample_rate=RATE, q=3, gain_db=9)
    n = np.arange(4000)
    y = lfilter(b, a, np.cos(2 * np.pi * 700 * n / RATE))
    h = frequency_response(b, a, frequency_hz=700, sample_rate=RATE)
    assert_allclose(y[2000:], abs(h) * np.cos(2 * np.pi * 700 * n[2000:] / RATE + np.angle(h)), rtol=0, atol=1e-9)


def test_the_sweep_agrees_with_scipy():
    signal, frequency_hz = sine_sweep(20, 4000, duration_s=2, sample_rate=RATE)
    t = np.arange(2 * RATE) / RATE
    expected = scipy.signal.chirp(t, 20, 2, 4000, method="logarithmic", phi=-90)
    assert_allclose(signal, expected, rtol=0, atol=1e-9)  # 1500 cycles in radians
    turning = np.diff(np.unwrap(np.angle(scipy.signal.hilbert(signal)))) * RATE / (2 * np.pi)
    middle = slice(4000, -4000)
    assert_allclose(turning[middle], np.sqrt(frequency_hz[1:] * frequency_hz[:-1])[middle], rtol=0.02)


# ----------------------------------------------------------------------------------------- resampling

SETTINGS = [
    {},
    {"lowpass_filter_width": 64},
    {"rolloff": 0.8},
    {"window": "kaiser"},
    {"lowpass_filter_width": 16, "rolloff": 0.9475937167399596, "window": "kaiser"},
    {"lowpass_filter_width": 1, "rolloff": 1, "window": "kaiser", "beta": 2.5},
]
every_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: "-".join(map(str, s.values())) or "default")
PAIRS = [
    (44100, 16000), (16000, 44100), (48000, 32000), (44100, 48000), (2, 1), (1, 2), (3, 1), (1, 7), (5, 3),
    (8000, 7999),
]  # fmt: skip
every_pair = pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)


def torchaudio_resample(
    x, from_rate, to_rate, lowpass_filter_width=6, rolloff=0.99, window="hann", beta=14.769656459379492
):
    """torchaudio.functional.resample restated from its documentation and source, one number at a time."""
    divisor = math.gcd(from_rate, to_rate)
    old, new = from_rate // divisor, to_rate // divisor
    base = min(old, new) * rolloff
    width = math.ceil(lowpass_filter_width * old / base)
    padded = [0.0] * width + list(x) + [0.0] * (width + old)
    y = []
    for k in range(math.ceil(new * len(x) / old)):
        stride, phase = divmod(k, new)
        total = 0.0
        for i in range(2 * width + old):
            t = (-phase / new + (i - width) / old) * base
            t = max(-lowpass_filter_width, min(lowpass_filter_width, t))
            if window == "hann":
                weight = math.cos(t * math.pi / lowpass_filter_width / 2) ** 2
            else:
                weight = scipy.special.i0(beta * math.sqrt(1 - (t / lowpass_filter_width) ** 2)) / scipy.special.i0(
                    beta
                )
            sinc = 1.0 if t == 0 else math.sin(t * math.pi) / (t * math.pi)
            total += padded[stride * old + i] * sinc * weight * base / old
        y.append(total)
    return np.array(y)


@every_setting
@pytest.mark.parametrize(("from_rate", "to_rate"), [(441, 160), (7, 10), (10, 7), (3, 2), (1, 2), (2, 1), (4, 6)])
def test_resampling_is_torchaudios_restated(from_rate, to_rate, setting):
    x = random_signal(37)
    expected = torchaudio_resample(x, from_rate, to_rate, **setting)
    assert_allclose(resample(x, from_rate=from_rate, to_rate=to_rate, **setting), expected, **EXACT)


@every_setting
@every_pair
def test_the_fast_way_equals_the_loop(from_rate, to_rate, setting):
    x = random_signal(300)
    expected = resample_loop(x, from_rate=from_rate, to_rate=to_rate, **setting)
    assert_allclose(resample(x, from_rate=from_rate, to_rate=to_rate, **setting), expected, **EXACT)


def prototype(from_rate, to_rate, **setting):
    """The phases of the kernel interleaved: one filter at the rate that both rates divide."""
    divisor = math.gcd(from_rate, to_rate)
    old, new = from_rate // divisor, to_rate // divisor
    kernel = resample_kernel(from_rate=from_rate, to_rate=to_rate, **setting)
    width = (kernel.shape[1] - old) // 2
    half = width * new  # the filter is 0 from there on
    h = np.zeros(2 * half + 1)
    for phase in range(new):
        place = half - (
            (np.arange(kernel.shape[1]) - width) * new - phase * old
        )  # reversed: a sum becomes a convolution
        inside = (place >= 0) & (place <= 2 * half)
        assert not kernel[phase, ~inside].any()
        h[place[inside]] = kernel[phase, inside]
    return h, old, new


@every_setting
@pytest.mark.parametrize(("from_rate", "to_rate"), [(44100, 16000), (3, 4), (16000, 44100), (2, 1), (1, 3)])
def test_scipys_polyphase_filter_with_our_kernel_agrees(from_rate, to_rate, setting):
    h, old, new = prototype(from_rate, to_rate, **setting)
    x = random_signal(2000)
    y = resample(x, from_rate=from_rate, to_rate=to_rate, **setting)
    expected = scipy.signal.resample_poly(x, new, old, window=h / new)
    assert_allclose(y, expected, **EXACT)
    # upfirdn pads nothing: its output starts half a filter early.
    late = scipy.signal.upfirdn(h, np.r_[np.zeros(old), x], new, 1)[len(h) // 2 + old * new :][::old][: len(y)]
    assert_allclose(y[: len(late)], late, **EXACT)


@pytest.mark.parametrize(("from_rate", "to_rate"), [(44100, 16000), (16000, 44100), (48000, 32000)])
def test_the_pass_band_agrees_with_soxr(from_rate, to_rate):
    lowest = min(from_rate, to_rate)
    x = scipy.signal.sosfiltfilt(
        scipy.signal.cheby2(12, 160, 0.8 * lowest / from_rate, output="sos"), random_signal(30000)
    )
    options = {"lowpass_filter_width": 64, "rolloff": 0.94, "window": "kaiser"}
    ours = resample(x, from_rate=from_rate, to_rate=to_rate, **options)[1000:-1000]
    theirs = soxr.resample(x, from_rate, to_rate, "VHQ")[1000 : 1000 + len(ours)]
    assert np.abs(ours - theirs).max() < 3e-6 * np.abs(theirs).max()  # −110 dB: soxr's ripple and our own
    spectra = np.abs(np.fft.rfft([ours * np.hanning(len(ours)), theirs * np.hanning(len(ours))]))
    assert np.abs(spectra[0] - spectra[1]).max() < 3e-6 * spectra.max()


@every_setting
@pytest.mark.parametrize(("from_rate", "to_rate"), [(48000, 32000), (44100, 16000), (16000, 44100), (2, 1), (1, 3)])
def test_the_quality_on_the_sweep_is_that_of_the_filters_response(from_rate, to_rate, setting):
    h, _, new = prototype(from_rate, to_rate, **setting)
    lowest, rate = min(from_rate, to_rate), from_rate * new

    def response_db(from_hz, to_hz):
        response = np.abs(scipy.signal.zoom_fft(h, [from_hz, to_hz], 4000, fs=rate, endpoint=True)) / new
        return 20 * np.log10(np.maximum(response, 1e-12))

    quality = resampling_quality(
        lambda x: resample(x, from_rate=from_rate, to_rate=to_rate, **setting), from_rate=from_rate, to_rate=to_rate
    )
    # The sweep moves on by some per cent in a frame: the edge, where the gain falls fastest, is met for part of it.
    assert quality.ripple_db == pytest.approx(np.ptp(response_db(0.025 * lowest, 0.4 * lowest)), rel=0.06, abs=0.02)
    expected_db = -response_db(0.6 * lowest, min(2 * lowest, rate / 2)).max()
    assert quality.image_rejection_db == pytest.approx(expected_db, abs=0.5 + 0.02 * expected_db)


def test_what_the_settings_are_good_for():
    def quality(**setting):
        return resampling_quality(
            lambda x: resample(x, from_rate=48000, to_rate=32000, **setting), from_rate=48000, to_rate=32000
        )

    default, long, kaiser, early = (
        quality(),
        quality(lowpass_filter_width=128),
        quality(lowpass_filter_width=64, window="kaiser"),
        quality(rolloff=0.8),
    )
    assert 28 < default.image_rejection_db < 30 and 0.5 < default.ripple_db < 0.6
    assert long.image_rejection_db > 110 and long.ripple_db < 1e-4
    assert kaiser.image_rejection_db > 145
    assert early.image_rejection_db > default.image_rejection_db + 20 and early.ripple_db > 5


def test_soxr_is_as_good_as_it_says():
    quality = resampling_quality(lambda x: soxr.resample(x, 44100, 16000, "HQ"), from_rate=44100, to_rate=16000)
    assert quality.image_rejection_db > 120 and quality.ripple_db < 0.01  # 20 bits


# ------------------------------------------------------------------------------------- properties

rates = st.integers(1, 60)


@given(rates, rates, st.integers(1, 80), st.integers(1, 20), st.floats(0.5, 1), st.sampled_from(["hann", "kaiser"]))
def test_any_pair_of_rates_has_the_length_and_the_samples_of_the_loop(old, new, n, width, rolloff, window):
    setting = {"from_rate": old, "to_rate": new, "lowpass_filter_width": width, "rolloff": rolloff, "window": window}
    x = random_signal(n, seed=n)
    y = resample(x, **setting)
    assert len(y) == math.ceil(n * new / old)
    assert_allclose(y, resample_loop(x, **setting), **EXACT)


@given(rates, rates)
def test_a_constant_stays_that_constant(old, new):
    setting = {"from_rate": old, "to_rate": new, "lowpass_filter_width": 32, "window": "kaiser", "rolloff": 0.9}
    n = 80 * max(1, math.ceil(old / new))
    y = resample(np.ones(n), **setting)
    middle = y[len(y) // 2 - max(1, new // old) : len(y) // 2 + max(1, new // old)]
    assert_allclose(middle, 1, atol=1e-6)  # images of 0 Hz are 150 dB down


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 5))
def test_resampling_is_invariant_under_shifts_by_whole_periods(old, new, periods):
    divisor = math.gcd(old, new)
    x, setting = random_signal(60), {"from_rate": old, "to_rate": new, "lowpass_filter_width": 4}
    shifted = resample(np.r_[np.zeros(periods * old // divisor), x], **setting)
    assert_allclose(shifted[periods * new // divisor :], resample(x, **setting), **EXACT)


radii = st.floats(0, 0.98)
angles = st.floats(0, math.pi)


@st.composite
def stable_filters(draw):
    pairs = [draw(st.tuples(radii, angles)) for _ in range(draw(st.integers(0, 3)))]
    a = np.ones(1)
    for r, omega in pairs:
        a = np.convolve(a, [1, -2 * r * math.cos(omega), r**2])
    return draw(st.lists(st.floats(-2, 2), min_size=1, max_size=5)), a


@given(stable_filters(), st.floats(-3, 3), st.integers(0, 20))
def test_filters_are_linear_and_do_not_change_with_time(coefficients, weight, shift):
    b, a = coefficients
    x, z = random_signal(80, seed=1), random_signal(80, seed=2)
    scale = 1 + np.abs(lfilter(b, a, x)).max() + np.abs(lfilter(b, a, z)).max()
    together = lfilter(b, a, x + weight * z)
    assert_allclose(together, lfilter(b, a, x) + weight * lfilter(b, a, z), rtol=0, atol=1e-9 * scale)
    shifted = lfilter(b, a, np.r_[np.zeros(shift), x])
    assert_allclose(shifted[shift:], lfilter(b, a, x), rtol=0, atol=1e-9 * scale)
    assert_array_equal(shifted[:shift], 0)


@given(stable_filters())
def test_a_stable_filter_dies_away_and_a_pole_pushed_out_is_noticed(coefficients):
    b, a = coefficients
    assert is_stable(a)
    y = lfilter(b, a, np.r_[1.0, np.zeros(5000)])
    assert np.abs(y[-10:]).max() < 1e-12 * (1 + np.abs(y).max())  # 0.98^5000 = 1e-44, times a polynomial
    assert not is_stable(np.convolve(a, [1, -1.01]))
    assert not is_stable(np.convolve(a, [1, 0, 1.02]))


@given(st.sampled_from(BIQUADS), st.floats(1, 3999), st.floats(0.05, 50), st.floats(-40, 40))
def test_every_biquad_is_stable(kind, frequency_hz, q, level_db):
    b, a = biquad(kind, frequency_hz=frequency_hz, sample_rate=RATE, q=q, gain_db=level_db)
    assert is_stable(a) and a[0] == 1 and b.dtype == a.dtype == np.float64


@given(
    st.floats(1, 3999), st.integers(3, 200), st.sampled_from(["rectangular", "hann", "hamming", "blackman", "kaiser"])
)
def test_every_windowed_sinc_is_symmetric_with_gain_1(cutoff_hz, n_taps, window):
    h = fir_lowpass(cutoff_hz, sample_rate=RATE, n_taps=n_taps, window=window)
    assert_allclose(h, h[::-1], **EXACT)
    assert_allclose(h.sum(), 1, rtol=1e-12)


# -------------------------------------------------------------------------------------------- edges


def test_leading_axes_are_batch_and_float32_stays():
    x = random_signal(2, 3, 500, dtype=np.float32)
    b, a = biquad("lowpass", frequency_hz=500, sample_rate=RATE)
    y, r = lfilter(b, a, x), resample(x, from_rate=3, to_rate=2)
    assert y.dtype == r.dtype == np.float32 and y.shape == x.shape and r.shape == (2, 3, 334)
    exact = x.astype(float)
    assert_allclose(y[1, 2], lfilter(b, a, exact[1, 2]), rtol=0, atol=2e-7)  # rounded once, at the end
    assert_allclose(r[1, 2], resample(exact[1, 2], from_rate=3, to_rate=2), rtol=0, atol=1e-6)  # sums of 40 in float32
    assert resample(exact, from_rate=3, to_rate=2).dtype == np.float64


def test_nothing_passed_in_is_changed():
    x = random_signal(100)
    before = x.copy()
    same = resample(x, from_rate=7, to_rate=7)
    assert_array_equal(same, x)
    same[0] = 9
    resample(x, from_rate=3, to_rate=2)
    lfilter([1], [1, -0.5], x)
    assert_array_equal(x, before)
    assert_array_equal(resample_loop(x, from_rate=7, to_rate=7), x)


def test_one_sample_and_silence():
    assert_allclose(resample([1.0], from_rate=2, to_rate=1), torchaudio_resample([1.0], 2, 1), **EXACT)
    assert len(resample([1.0], from_rate=1, to_rate=3)) == 3
    assert_array_equal(resample(np.zeros(10), from_rate=3, to_rate=5), np.zeros(17))
    assert_array_equal(lfilter([1, 2], [1, 0.5], np.zeros(4)), np.zeros(4))


def test_a_list_of_frequencies_or_one():
    both = frequency_response([1, 1], [1], frequency_hz=[[0, 1000], [2000, 3000]], sample_rate=RATE)
    assert both.shape == (2, 2)
    assert frequency_response([1, 1], [1], frequency_hz=0, sample_rate=RATE) == 2


def test_a_pure_delay_has_no_zeros():
    assert len(zeros([0, 0, 1])) == 0 and len(poles([1])) == 0


def test_the_import_stays_light():
    code = "import sys, course_utils.filters; sys.exit('scipy.signal' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("frequency_hz", [0, 4000, 5000, -1])
def test_a_corner_at_0_or_nyquist_is_refused(frequency_hz):
    with refuses(r"frequency_hz=-?\d+ must lie between 0 and the Nyquist frequency 4000 Hz, both excluded"):
        biquad("lowpass", frequency_hz=frequency_hz, sample_rate=RATE)
    with refuses("cutoff_hz=-?.* must lie between 0 and the Nyquist frequency 4000 Hz"):
        fir_lowpass(frequency_hz, sample_rate=RATE, n_taps=5)


def test_coefficients_that_are_no_filter_are_refused():
    with refuses("b must not be empty"):
        lfilter([], [1], np.ones(3))
    with refuses("a must not be empty"):
        lfilter([1], [], np.ones(3))
    with refuses(r"a must not begin with 0, got \[0.0, 1.0\]: .* drop the leading zeros"):
        lfilter([1], [0, 1], np.ones(3))
    with refuses("a must be real", TypeError):
        poles([1, 1j])


def test_unstable_coefficients_are_refused_with_the_radius_and_a_way_to_look():
    with refuses(r"poles inside the unit circle, got one of radius 1\.25, .* lfilter_loop"):
        lfilter([1], [1, -1.25], np.ones(3))
    assert_allclose(lfilter_loop([1], [1, -2], [1.0, 0, 0, 0]), [1, 2, 4, 8], **EXACT)


def test_poles_and_zeros_on_the_circle_have_no_response_or_delay():
    with refuses("avoid the zeros of a, where the response is undefined, got 0: leave it out"):
        frequency_response([1], [1, -1], frequency_hz=[100, 0], sample_rate=RATE)
    with refuses("avoid the zeros of b, where the group delay is undefined, got 0: leave it out"):
        group_delay([1, -1], [1], frequency_hz=0, sample_rate=RATE)


def test_frequencies_above_nyquist_are_refused():
    with refuses("frequency_hz=4001 lies above the Nyquist frequency 4000 Hz"):
        frequency_response([1], [1], frequency_hz=[1, 4001], sample_rate=RATE)


def test_rates_that_need_an_enormous_filter_are_refused():
    message = "the filter from from_rate={} to to_rate={} exceeds 16777216 values, got .*: choose rates with a larger"
    with refuses(message.format(10**8, 1)):
        resample(np.ones(3), from_rate=10**8, to_rate=1)
    with refuses(message.format(10**7, 10**7 + 1)):
        resample(np.ones(3), from_rate=10**7, to_rate=10**7 + 1)
    with refuses(message.format(44100, 48001)):  # torchaudio's whole bank: 17 GB
        resample_kernel(from_rate=44100, to_rate=48001)
    assert len(resample(np.ones(30), from_rate=44100, to_rate=48001)) == 33  # phase by phase it fits


def test_a_rate_must_be_whole():
    with refuses("from_rate must be a whole number, got 44100.0: pass an int", TypeError):
        resample(np.ones(3), from_rate=44100.0, to_rate=1)


def test_a_resampler_that_does_not_resample_is_refused():
    with refuses("resampler must return 131072 samples, got 262144: let it take"):
        resampling_quality(lambda x: x, from_rate=2 * RATE, to_rate=RATE)
    with refuses("resampler must be a function", TypeError):
        resampling_quality(None, from_rate=2, to_rate=1)


# ------------------------------------------------------------------------------------ hostile input

POLES = [*VECTOR, [0.0, 1.0]]
RATES = {"from_rate": (3, [*COUNT, 2**28]), "to_rate": (2, [*COUNT, 2**28])}
SINC = {"lowpass_filter_width": (6, COUNT), "rolloff": (0.9, [*NUMBER, 0, 1.01]), "window": ("kaiser", NAME)}
SINC |= {"beta": (9.0, [*NUMBER, -1, 1e4])}
CALLS = {
    fir_lowpass: {
        "cutoff_hz": CORNER, **SAMPLE_RATE, "n_taps": (5, [*COUNT, 2]), "window": ("kaiser", NAME),
        "beta": (8.6, [*NUMBER, -1, 1e4]),
    },
    biquad: {
        "kind": ("peaking", NAME), "frequency_hz": CORNER, **SAMPLE_RATE, "q": (1, [*POSITIVE, 1e9]),
        "gain_db": (3, [*NUMBER, 1e4]),
    },
    lfilter_loop: {"b": ([1.0], VECTOR), "a": ([1.0, 0.5], POLES), "signal": (NOISE, MONO)},
    lfilter: {
        "b": ([1.0], VECTOR), "a": ([1.0, 0.5], [*POLES, [1.0, 1.0], [1.0, -3.0]]), "signal": (NOISE, SIGNAL),
    },
    zeros: {"b": ([1.0, 2.0], VECTOR)},
    poles: {"a": ([1.0, 2.0], POLES)},
    is_stable: {"a": ([1.0, 2.0], POLES)},
    frequency_response: {
        "b": ([1.0], VECTOR), "a": ([1.0, 0.5], POLES), "frequency_hz": ([100.0], [*LEVELS, -1, 4001]), **SAMPLE_RATE,
    },
    group_delay: {
        "b": ([1.0], [*VECTOR, [0.0]]), "a": ([1.0, 0.5], POLES), **SAMPLE_RATE,
        "frequency_hz": ([100.0], [*LEVELS, -1, 4001]),
    },
    sine_sweep: {"start_hz": (100, [*FREQUENCY[1], 0]), "end_hz": (100, [*FREQUENCY[1], 0]), **TIME},
    resample_kernel: {**RATES, **SINC},
    resample_loop: {"signal": (NOISE, MONO), **RATES, **SINC},
    resample: {"signal": (NOISE, SIGNAL), **RATES, **SINC},
    resampling_quality: {
        "resampler": (lambda x: x[::2], [None, 5, "x", lambda x: None, lambda x: x, lambda x: NAN * x[::2]]),
        "from_rate": (2000, [*COUNT, 3, 2_048_001]), "to_rate": (1000, [*COUNT, 3]),
        "pass_band": (0.8, [*NUMBER, 0, 1]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("filters", CALLS)
