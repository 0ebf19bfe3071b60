"""Sounds and levels against closed forms, scipy, librosa and published tables."""

import librosa
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import sound
from tests.hostile import (
    FREQUENCY,
    LEVEL,
    LEVELS,
    NAME,
    NOISE,
    NUMBER,
    POSITIVE,
    RANDOM,
    SAMPLE_RATE,
    SIGNAL,
    TIME,
    VECTOR,
    refusals,
)
from tests.support import random_signal, refuses

ROOT_HALF = 2**-0.5
ONE_SECOND = {"duration_s": 1.0, "sample_rate": 8000}
SHORT = {"duration_s": 0.01, "sample_rate": 8000}
ENVELOPE = {"attack_s": 0.002, "decay_s": 0.002, "sustain_level": 0.5, "release_s": 0.002, **SHORT}
EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1


def rng():
    return np.random.default_rng(7)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_a_sine_of_one_eighth_of_the_rate_takes_eight_known_values():
    x = sound.sine(1000, duration_s=0.001, sample_rate=8000)
    assert_allclose(x, [0, ROOT_HALF, 1, ROOT_HALF, 0, -ROOT_HALF, -1, -ROOT_HALF], **EXACT)


def test_a_sine_with_a_quarter_turn_of_phase_is_a_cosine_of_the_amplitude_asked():
    x = sound.sine(2000, duration_s=0.0005, sample_rate=8000, amplitude=0.25, phase_rad=np.pi / 2)
    assert_allclose(x, [0.25, 0, -0.25, 0], **EXACT)


@pytest.mark.parametrize(("duration_s", "n"), [(1.0, 8000), (0.00012, 1), (0.00019, 2)])
def test_the_number_of_samples_is_duration_times_rate_rounded(duration_s, n):
    assert len(sound.sine(100, duration_s=duration_s, sample_rate=8000)) == n


def test_a_harmonic_tone_of_two_partials_adds_up_to_known_values():
    x = sound.harmonic_tone(1000, amplitudes=[1, 0.5], duration_s=0.001, sample_rate=8000)
    h = ROOT_HALF
    assert_allclose(x, [0, h + 0.5, 1, h - 0.5, 0, -h + 0.5, -1, -h - 0.5], **EXACT)


def test_an_envelope_of_eight_samples_is_what_a_ruler_draws():
    x = sound.adsr(attack_s=2, decay_s=2, sustain_level=0.5, release_s=2, duration_s=8, sample_rate=1)
    assert_allclose(x, [0, 0.5, 1, 0.75, 0.5, 0.5, 0.5, 0.25], **EXACT)


def test_an_envelope_without_attack_and_release_begins_at_full_level_and_ends_held():
    x = sound.adsr(attack_s=0, decay_s=2, sustain_level=0.5, release_s=0, duration_s=4, sample_rate=1)
    assert_allclose(x, [1, 0.75, 0.5, 0.5], **EXACT)


def test_envelope_parts_that_fill_the_duration_fit_in_spite_of_rounding():
    x = sound.adsr(attack_s=0.1, decay_s=0.2, sustain_level=0.5, release_s=0, duration_s=0.3, sample_rate=10)
    assert_allclose(x, [0, 1, 0.75], **EXACT)  # 0.1 + 0.2 > 0.3 in floating point


def test_levels_of_three_samples_are_those_worked_by_hand():
    assert_allclose(sound.rms([0.3, -0.4, 0.0]), np.sqrt(0.25 / 3), **EXACT)
    assert sound.peak([0.3, -0.4, 0.0]) == 0.4


def test_levels_are_taken_along_time_for_every_channel():
    x = np.array([[0.5, -0.5], [1.0, 0.0]])
    assert_allclose(sound.rms(x), [0.5, ROOT_HALF], **EXACT)
    assert_allclose(sound.peak(x), [0.5, 1.0], **EXACT)


@pytest.mark.parametrize(("ratio", "amplitude_db", "power_db"), [(10, 20, 10), (1, 0, 0), (0.5, -6.0206, -3.0103)])
def test_decibels_of_known_ratios(ratio, amplitude_db, power_db):
    assert_allclose(sound.amplitude_to_db(ratio), amplitude_db, atol=1e-4)  # the table has four decimals
    assert_allclose(sound.power_to_db(ratio), power_db, atol=1e-4)
    assert_allclose(sound.db_to_amplitude(amplitude_db), ratio, rtol=1e-4)


def test_one_pascal_is_94_db_spl():
    assert_allclose(sound.amplitude_to_db(1.0, ref=20e-6), 93.98, atol=0.005)  # two decimals
    assert_allclose(sound.db_to_amplitude(93.98, ref=20e-6), 1.0, atol=1e-3)  # 0.01 dB is 0.1 %


# Nominal A-weighting in dB, IEC 61672-1, table 3; given to 0.1 dB at the exact base-ten frequencies.
A_CURVE = {-15: -39.4, -12: -26.2, -9: -16.1, -6: -8.6, -3: -3.2, 0: 0.0, 3: 1.2, 6: 1.0, 9: -1.1, 12: -6.6}


@pytest.mark.parametrize(("third_octave", "level_db"), A_CURVE.items())
def test_the_a_curve_is_that_of_the_standard(third_octave, level_db):
    assert_allclose(sound.a_weighting_db(1000 * 10 ** (third_octave / 10)), level_db, atol=0.06)  # rounded to 0.1 dB


# Formants in Hz of 33 men by the word that was read, Peterson & Barney 1952, table II.
READ = {"i": "heed 270 2290 3010", "ɪ": "hid 390 1990 2550", "ɛ": "head 530 1840 2480", "æ": "had 660 1720 2410"}
READ |= {"ɑ": "hod 730 1090 2440", "ɔ": "hawed 570 840 2410", "ʊ": "hood 440 1020 2240", "u": "who'd 300 870 2240"}
READ |= {"ʌ": "hud 640 1190 2390", "ɝ": "heard 490 1350 1690"}


def test_the_vowels_have_the_published_formants():
    assert {name: list(map(str, formants)) for name, formants in sound.VOWELS.items()} == {
        name: row.split()[1:] for name, row in READ.items()
    }


def harmonic_amplitudes(x, fundamental_hz, sample_rate):
    """Of a tone of one second: every harmonic of a whole number of hertz falls on a bin."""
    return 2 * np.abs(np.fft.rfft(x))[fundamental_hz :: int(fundamental_hz)][: sample_rate // 2 // fundamental_hz - 1]


@pytest.mark.parametrize("name", sound.VOWELS)
def test_the_spectral_envelope_of_a_vowel_peaks_at_its_formants(name):
    x = sound.vowel(name, fundamental_hz=20, **ONE_SECOND)
    amplitudes = harmonic_amplitudes(x, 20, 8000)
    peaks_hz = 20 * (1 + scipy.signal.find_peaks(amplitudes)[0])
    # Half a harmonic, and the falling source pulls a peak down by up to B²/4F = 6 Hz; neighbours pull F2 and F3.
    assert_allclose(peaks_hz, sound.VOWELS[name], atol=32)


def test_linear_prediction_finds_the_formants_of_a_sung_vowel():
    x = sound.vowel((500, 1500, 2500), fundamental_hz=100, **ONE_SECOND)
    flat = scipy.signal.lfilter([1, -0.95], [1], x) * np.hanning(len(x))
    correlation = scipy.signal.correlate(flat, flat)[len(flat) - 1 :]
    predictor = scipy.linalg.solve_toeplitz(correlation[:8], correlation[1:9])
    poles = np.roots([1, *-predictor])
    found_hz = np.sort(np.angle(poles[(poles.imag > 0) & (np.abs(poles) > 0.9)])) * 8000 / (2 * np.pi)
    assert_allclose(found_hz, (500, 1500, 2500), rtol=0.05)  # prediction leans to the nearest harmonic


def test_the_resonance_of_one_formant_is_as_wide_as_its_bandwidth():
    x = sound.vowel((1000,), bandwidths_hz=(60,), fundamental_hz=2, **ONE_SECOND)
    without_source = harmonic_amplitudes(x, 2, 8000) * np.arange(1, 2000)
    inside = without_source**2 > without_source.max() ** 2 / 2
    assert_allclose(2 * inside.sum(), 60, atol=4)  # one harmonic of 2 Hz at each flank


def test_far_above_its_formants_a_vowel_falls_by_42_db_per_octave():
    x = sound.vowel("u", fundamental_hz=400, duration_s=1, sample_rate=88200)
    amplitudes = harmonic_amplitudes(x, 400, 88200)
    fall_db = 20 * np.log10(amplitudes[2 * 40 - 1] / amplitudes[40 - 1])  # from 16 to 32 kHz
    assert_allclose(fall_db, -42.14, atol=0.5)  # −12 + 6 for source and lips, −12 for each of three resonances


# ------------------------------------------------------------------------------ independent oracle


@pytest.mark.parametrize("shape", ["linear", "logarithmic"])
@pytest.mark.parametrize(("start_hz", "end_hz"), [(100, 3900), (3000, 20), (440, 440)])
def test_a_chirp_is_that_of_scipy(shape, start_hz, end_hz):
    x = sound.chirp(start_hz, end_hz, shape=shape, amplitude=0.7, **ONE_SECOND)
    t = np.arange(8000) / 8000
    expected = 0.7 * scipy.signal.chirp(t, start_hz, 1.0, end_hz, method=shape, phi=-90)
    assert_allclose(x, expected, atol=1e-9)  # phases of thousands of turns, each to 1e-16 relative


@pytest.mark.parametrize("phases_rad", [None, [0.1, 0.2, -3.0, 1.0]])
def test_the_spectrum_of_a_harmonic_tone_holds_the_amplitudes_and_phases_asked(phases_rad):
    amplitudes = np.array([0.5, 0.0, 0.25, 0.1])
    x = sound.harmonic_tone(100, amplitudes=amplitudes, phases_rad=phases_rad, **ONE_SECOND)
    spectrum = np.fft.rfft(x) / 4000
    lines = np.zeros(4001, complex)
    lines[[100, 200, 300, 400]] = amplitudes * np.exp(1j * (np.array(phases_rad or [0] * 4) - np.pi / 2))
    assert_allclose(spectrum, lines, atol=1e-11)  # 8000 roundings of 1e-16


@pytest.mark.parametrize(("colour", "slope_db"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_the_power_density_of_noise_falls_by_its_slope_per_octave(colour, slope_db):
    x = sound.noise(colour, duration_s=20, sample_rate=16000, rng=rng())
    f, density = scipy.signal.welch(x, 16000, nperseg=4096)
    part = (f > 40) & (f < 7000)
    slope = np.polyfit(np.log2(f[part]), 10 * np.log10(density[part]), 1)[0]
    assert_allclose(slope, slope_db, atol=0.1)  # 160 averages scatter each bin by 0.35 dB, the fit by far less


@pytest.mark.parametrize("colour", ["pink", "brown"])
def test_coloured_noise_is_flat_below_20_hz(colour):
    x = sound.noise(colour, duration_s=400, sample_rate=200, rng=rng())
    f, density = scipy.signal.welch(x, 200, nperseg=400)
    low, high = density[(f >= 2) & (f < 10)].mean(), density[(f >= 10) & (f < 19)].mean()
    assert_allclose(10 * np.log10(low / high), 0, atol=0.5)  # 400 averages over 16 bins


def test_white_noise_is_gaussian():
    x = sound.noise("white", duration_s=5, sample_rate=8000, rng=rng(), rms=1.0)
    assert scipy.stats.kstest(x, "norm").pvalue > 0.01


@pytest.mark.parametrize("frequency_hz", [110.0, 440.0, 1999.0])
def test_a_plucked_string_is_a_comb_filter_fed_with_a_burst(frequency_hz):
    x = sound.pluck(frequency_hz, rng=rng(), decay=0.99, **ONE_SECOND)
    period = round(8000 / frequency_hz - 0.5)
    burst = np.zeros(8000)
    burst[:period] = rng().uniform(-1, 1, period)
    feedback = np.zeros(period + 2)
    feedback[[0, -2, -1]] = 1, -0.495, -0.495
    assert_allclose(x, scipy.signal.lfilter([1], feedback, burst), **EXACT)


def test_a_plucked_string_sounds_at_the_pitch_asked():
    x = sound.pluck(200, duration_s=2, sample_rate=44100, rng=rng(), decay=1.0)
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    found_hz = np.fft.rfftfreq(len(x), 1 / 44100)[150 * 2 + np.argmax(spectrum[150 * 2 : 250 * 2])]
    assert_allclose(found_hz, 200, atol=1.0)  # half a sample in 220 is 0.5 Hz, a bin is 0.5 Hz


def test_levels_agree_with_librosa_and_numpy_norms():
    x = random_signal(3, 1000)
    one_frame = librosa.feature.rms(y=x, frame_length=1000, hop_length=1000, center=False)[:, 0, 0]
    assert_allclose(sound.rms(x), one_frame, rtol=1e-6)  # librosa sums in float32
    assert_array_equal(sound.peak(x), np.linalg.norm(x, np.inf, axis=-1))


@pytest.mark.parametrize("ref", [1.0, 0.02, np.max])
def test_decibels_agree_with_librosa(ref):
    x = np.abs(random_signal(5, 7)) + 1e-3
    assert_allclose(sound.amplitude_to_db(x, ref=ref), librosa.amplitude_to_db(x, ref=ref, top_db=None), **EXACT)
    assert_allclose(sound.power_to_db(x, ref=ref), librosa.power_to_db(x, ref=ref, top_db=None), **EXACT)


def test_amplitudes_agree_with_librosa():
    level_db = 60 * random_signal(20)
    assert_allclose(sound.db_to_amplitude(level_db, ref=0.3), librosa.db_to_amplitude(level_db, ref=0.3), rtol=1e-12)


def test_the_a_curve_agrees_with_librosa():
    f = np.geomspace(10, 20000, 200)
    expected = librosa.A_weighting(f, min_db=None)
    assert_allclose(sound.a_weighting_db(f), expected, atol=2e-3)  # librosa takes +2.00 dB where the curve needs 1.9997


# -------------------------------------------------------------------------- invariant, round trip


@given(st.floats(0, 4000), st.floats(0, 1), st.floats(-10, 10), st.integers(1, 500))
def test_a_sine_obeys_its_recurrence_and_stays_within_its_amplitude(frequency_hz, amplitude, phase_rad, n):
    x = sound.sine(frequency_hz, duration_s=n / 8000, sample_rate=8000, amplitude=amplitude, phase_rad=phase_rad)
    turn = 2 * np.cos(2 * np.pi * frequency_hz / 8000)
    assert len(x) == n
    assert np.abs(x).max() <= amplitude
    assert_allclose(x[2:], turn * x[1:-1] - x[:-2], atol=1e-11)  # 500 samples of phase, each to 1e-16 relative


@given(st.sampled_from(["white", "pink", "brown"]), st.integers(1, 300), st.floats(0, 1))
def test_noise_has_exactly_the_rms_asked_and_follows_its_generator(colour, n, level):
    options = {"duration_s": n / 8000, "sample_rate": 8000, "rms": level}
    x = sound.noise(colour, rng=np.random.default_rng(n), **options)
    assert x.shape == (n,)
    assert_allclose(np.sqrt(np.mean(x**2)), level, atol=1e-12)  # one division
    assert_array_equal(x, sound.noise(colour, rng=np.random.default_rng(n), **options))


@given(st.lists(st.floats(0, 0.2), min_size=3, max_size=3), st.floats(0, 1))
def test_an_envelope_stays_between_zero_and_one(parts_s, sustain_level):
    attack_s, decay_s, release_s = parts_s
    x = sound.adsr(
        attack_s=attack_s, decay_s=decay_s, sustain_level=sustain_level, release_s=release_s, duration_s=0.6,
        sample_rate=500,
    )  # fmt: skip
    assert x.shape == (300,)
    assert x.min() >= 0
    assert x.max() <= 1


@given(st.floats(20, 2000), st.integers(1, 400), st.floats(0, 1))
def test_a_plucked_string_never_exceeds_its_burst(frequency_hz, n, decay):
    x = sound.pluck(frequency_hz, duration_s=n / 8000, sample_rate=8000, rng=rng(), decay=decay)
    assert x.shape == (n,)
    assert np.abs(x).max() <= 1


@given(st.floats(50, 2000), st.integers(1, 400))
def test_a_vowel_peaks_at_half_of_full_scale_or_is_its_silent_first_sample(fundamental_hz, n):
    x = sound.vowel("æ", fundamental_hz=fundamental_hz, duration_s=n / 8000, sample_rate=8000)
    assert x.shape == (n,)
    assert_allclose(np.abs(x).max(), 0.5 if n > 1 else 0, **EXACT)


@given(st.integers(0, 3), st.integers(1, 40), st.sampled_from([np.float32, np.float64]))
def test_levels_keep_leading_axes_and_precision(n_axes, n, dtype):
    x = random_signal(*(2, 3, 1)[:n_axes], n, dtype=dtype)
    for level in (sound.rms, sound.peak):
        assert level(x).shape == x.shape[:-1]
        assert level(x).dtype == dtype
    assert (sound.rms(x) <= sound.peak(x) * (1 + 1e-6)).all()  # float32 rounds to 6e-8 at each step


@given(st.floats(-150, 50), st.floats(1e-3, 1e3))
def test_level_and_amplitude_undo_each_other(level_db, ref):
    assert_allclose(sound.amplitude_to_db(sound.db_to_amplitude(level_db, ref=ref), ref=ref), level_db, atol=1e-10)


@given(st.floats(1e-8, 1e3))
def test_the_same_sound_has_one_level_as_amplitude_and_as_power(a):
    assert_allclose(sound.power_to_db(a**2), sound.amplitude_to_db(a), atol=1e-10)  # logarithms to 1e-16 relative


# ------------------------------------------------------------------------------------------- edges


@pytest.mark.parametrize("to_db", [sound.amplitude_to_db, sound.power_to_db])
def test_silence_has_the_floor_as_its_level(to_db):
    assert_allclose(to_db(np.zeros(3)), [-200] * 3, **EXACT)
    assert_allclose(to_db([0.0, 1.0], floor_db=-80), [-80, 0], **EXACT)
    assert_allclose(to_db(np.zeros(3), ref=np.max, floor_db=-80), [-80] * 3, **EXACT)


@pytest.mark.parametrize("to_db", [sound.amplitude_to_db, sound.power_to_db])
def test_decibels_keep_float32_and_take_single_numbers(to_db):
    assert to_db(np.ones((2, 3), np.float32)).dtype == np.float32
    assert np.ndim(to_db(0.5)) == 0


def test_a_tone_of_zero_frequency_or_amplitude_is_silent():
    assert not sound.sine(0, **SHORT).any()
    assert not sound.sine(100, amplitude=0, **SHORT).any()
    assert not sound.harmonic_tone(100, amplitudes=[0, 0], **SHORT).any()


def test_a_harmonic_that_would_alias_may_be_listed_with_amplitude_zero():
    assert_array_equal(
        sound.harmonic_tone(3000, amplitudes=[1, 0], **SHORT), sound.sine(3000, duration_s=0.01, sample_rate=8000)
    )


def test_the_a_curve_is_minus_200_db_at_0_hz():
    assert sound.a_weighting_db(0) == -200


# ------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    "too_high",
    [
        lambda: sound.sine(4001, **SHORT),
        lambda: sound.harmonic_tone(1500, amplitudes=[1, 1, 1], **SHORT),
        lambda: sound.chirp(100, 4500, **SHORT),
        lambda: sound.chirp(4500, 100, **SHORT),
        lambda: sound.vowel("i", fundamental_hz=5000, **SHORT),
    ],
)
def test_a_frequency_above_nyquist_is_refused(too_high):
    with refuses(r"lies above the Nyquist frequency 4000 Hz and would alias: lower .* or raise sample_rate=8000"):
        too_high()


TIMED = {
    "sine": lambda **o: sound.sine(1, **o),
    "harmonic_tone": lambda **o: sound.harmonic_tone(1, amplitudes=[1], **o),
    "chirp": lambda **o: sound.chirp(1, 2, **o),
    "noise": lambda **o: sound.noise("pink", rng=rng(), **o),
    "adsr": lambda **o: sound.adsr(**{**ENVELOPE, **o}),
    "pluck": lambda **o: sound.pluck(100, rng=rng(), **o),
    "vowel": lambda **o: sound.vowel("i", fundamental_hz=100, **o),
}


@pytest.mark.parametrize("make", TIMED.values(), ids=TIMED)
@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ({"sample_rate": 0}, ValueError, "sample_rate must be above 0, got 0: change"),
        ({"sample_rate": -8000}, ValueError, "sample_rate must be above 0, got -8000: change"),
        ({"sample_rate": "8000"}, TypeError, "sample_rate must be a number, got '8000': pass an int or a float"),
        ({"sample_rate": np.inf}, ValueError, "sample_rate must be finite, got inf"),
        ({"duration_s": -1.0}, ValueError, "duration_s must be above 0, got -1"),
        ({"duration_s": np.nan}, ValueError, "duration_s must be finite, got nan"),
        (
            {"duration_s": 1e-9},
            ValueError,
            "duration_s=1e-09 must hold a sample at sample_rate=8000, got none: use at least",
        ),
        (
            {"duration_s": 1e300},
            ValueError,
            r"duration_s=1e\+300 must hold at most 268435456 samples, got 8e\+303 .* make it shorter",
        ),
    ],
)
def test_an_impossible_rate_or_duration_is_refused(make, wrong, error, match):
    with refuses(match, error):
        make(**{"duration_s": 0.01, "sample_rate": 8000, **wrong})


@pytest.mark.parametrize("level", [sound.rms, sound.peak])
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"signal must not be empty, got shape \(0,\): pass at least one sample"),
        ([0.0, np.nan], ValueError, "signal must be finite, got 1 NaN or infinite values of 2: find them"),
        (np.ones(3, np.int16), TypeError, "integer PCM of dtype int16: convert it with signal / 32768, or read"),
        (np.ones(3, np.uint8), TypeError, "integer PCM of dtype uint8: convert it with signal / 128 - 1, or read"),
        (np.ones((100, 2)), ValueError, r"time as its last axis, got shape \(100, 2\): .* pass signal.T"),
        (np.ones(3, complex), TypeError, "signal must be real, got complex128: pass signal.real or the magnitude"),
        (0.5, ValueError, "signal must have at least one axis, got the single number 0.5: pass a list"),
        ("a", TypeError, "signal must hold numbers, got dtype <U1: pass a numeric array"),
        ([True], TypeError, "signal must hold numbers, got dtype bool: pass a numeric array"),
        ([[0.1], [0.1, 0.2]], TypeError, "signal must be a table of numbers, got rows of different lengths"),
    ],
)
def test_what_is_no_signal_is_refused(level, x, error, match):
    with refuses(match, error):
        level(x)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: sound.noise("green", rng=rng(), **SHORT), ValueError, "colour must be one of 'white', 'pink', "),
        (lambda: sound.noise("pink", rng=7, **SHORT), TypeError, "rng must be a numpy.random.Generator, got 7: pass"),
        (lambda: sound.noise("pink", rng=rng(), rms=-1, **SHORT), ValueError, "rms must be at least 0, got -1"),
        (lambda: sound.chirp(0, 9, shape="logarithmic", **SHORT), ValueError, "start_hz must be above 0, got 0"),
        (lambda: sound.chirp(1, 9, shape="up", **SHORT), ValueError, "shape must be one of 'linear', 'logarithmic'"),
        (lambda: sound.chirp(1, 9, amplitude="1", **SHORT), TypeError, "amplitude must be a number, got '1'"),
        (lambda: sound.sine(-1, **SHORT), ValueError, "frequency_hz must be at least 0, got -1"),
        (lambda: sound.sine(1, amplitude=-1, **SHORT), ValueError, "amplitude must be at least 0, got -1"),
        (lambda: sound.harmonic_tone(9, amplitudes=[-1], **SHORT), ValueError, "amplitudes must not be negative"),
        (
            lambda: sound.harmonic_tone(9, amplitudes=[1], phases_rad=[0, 0], **SHORT),
            ValueError,
            r"amplitudes and phases_rad must have the same shape, got \(1,\) and \(2,\): trim or pad one",
        ),
        (lambda: sound.adsr(**{**ENVELOPE, "attack_s": 1}), ValueError, r"attack_s \+ decay_s \+ release_s must be at"),
        (lambda: sound.adsr(**{**ENVELOPE, "sustain_level": 2}), ValueError, "sustain_level must be at most 1, got 2"),
        (lambda: sound.pluck(2001, rng=rng(), **SHORT), ValueError, "frequency_hz must be at most 2000, got 2001"),
        (lambda: sound.pluck(0.5, rng=rng(), **SHORT), ValueError, "frequency_hz must be at least 1, got 0.5"),
        (lambda: sound.pluck(99, rng=rng(), decay=1.1, **SHORT), ValueError, "decay must be at most 1, got 1.1"),
        (lambda: sound.vowel("q", fundamental_hz=99, **SHORT), ValueError, "vowel must be one of 'i', .* got 'q'"),
        (lambda: sound.vowel((0, 1, 2), fundamental_hz=99, **SHORT), ValueError, "formants_hz must be above 0, got 0"),
        (lambda: sound.vowel((9, 9), fundamental_hz=99, **SHORT), ValueError, "formants_hz and bandwidths_hz must"),
        (lambda: sound.amplitude_to_db([-1.0]), ValueError, "amplitude must not be negative, got -1: pass a magnitude"),
        (lambda: sound.power_to_db([1.0], ref=0), ValueError, "ref must be above 0, got 0"),
        (lambda: sound.power_to_db([0.0, 1.0], ref=np.min), ValueError, "ref must be above 0, got 0"),
        (lambda: sound.power_to_db([1.0], floor_db=1e9), ValueError, "floor_db must be at most 200"),
        (lambda: sound.db_to_amplitude(1e6), ValueError, "the largest level_db must be at most 600"),
        (lambda: sound.db_to_amplitude(0, ref=0), ValueError, "ref must be above 0, got 0"),
        (lambda: sound.a_weighting_db(-5), ValueError, "frequency_hz must not be negative, got -5"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


def test_a_level_beyond_what_numbers_hold_is_refused():
    with refuses("the largest level_db re 1 must be at most 600, got 6600"):
        sound.db_to_amplitude(np.float32(600), ref=1e300)
    with refuses("ref must be at least 1.17549e-38, got 1e-60|ref must be at least 1.17549435"):
        sound.power_to_db(np.ones(3, np.float32), ref=1e-60)
    with refuses("power / ref must be at most 3.40"):
        sound.power_to_db(np.full(3, 1e20, np.float32), ref=1e-30)


def test_rms_of_what_squares_would_lose():
    for value in (1e-30, 1e-40, 1e9):
        x = np.full((2, 9), value, np.float32)
        assert rms_of(x) == pytest.approx(x[:, 0].astype(float), rel=1e-6, abs=0)


def rms_of(x):
    result = sound.rms(x)
    assert result.dtype == x.dtype
    return result.astype(float)


def two_sines():
    """200 Hz of amplitude 0.5 and 3,000 Hz of amplitude 0.25, and each alone."""
    low, high = (sound.sine(f, amplitude=a, duration_s=0.1, sample_rate=8000) for f, a in ((200, 0.5), (3000, 0.25)))
    return low + high, low, high


def test_a_band_keeps_the_sines_that_lie_in_it():
    both, low, high = two_sines()
    assert_allclose(sound.keep_band(both, 0, 1000, sample_rate=8000), low, **EXACT)
    assert_allclose(sound.keep_band(both, 3000, 4000, sample_rate=8000), high, **EXACT)  # the edges are kept
    assert_allclose(sound.keep_band(both, 3000, 3000, sample_rate=8000), high, **EXACT)
    assert_allclose(sound.keep_band(both, 300, 2999, sample_rate=8000), 0 * both, **EXACT)


@pytest.mark.parametrize("n", [1, 2, 9, 10])
def test_the_whole_band_is_the_sound_and_two_bands_add_up_to_it(n):
    x = random_signal(2, n)
    assert_allclose(sound.keep_band(x, 0, 500, sample_rate=1000), x, **EXACT)
    low, high = (sound.keep_band(x, *edges_hz, sample_rate=1000) for edges_hz in ((0, 123), (123.001, 500)))
    assert_allclose(low + high, x, **EXACT)
    assert sound.keep_band(x.astype(np.float32), 0, 500, sample_rate=1000).dtype == np.float32


def test_the_sines_in_a_sum_of_sines():
    frequency_hz, amplitude = sound.sines_in(two_sines()[0] + 0.125, sample_rate=8000)
    found = dict(zip(frequency_hz[amplitude > 1e-9], amplitude[amplitude > 1e-9], strict=True))
    assert list(found) == [0, 200, 3000]
    assert_allclose(list(found.values()), [0.125, 0.5, 0.25], **EXACT)
    nyquist = 0.5 * np.tile([1.0, -1], 20)
    assert_allclose(sound.sines_in(nyquist, sample_rate=1000)[1][[0, -1]], [0, 0.5], **EXACT)


@pytest.mark.parametrize("n", [9, 10])
def test_half_the_squares_of_the_amplitudes_are_the_power(n):
    x = random_signal(3, n)
    x -= x.mean(axis=-1, keepdims=True)
    x = sound.keep_band(x, 0, 499, sample_rate=1000)
    amplitude = sound.sines_in(x, sample_rate=1000)[1]
    assert_allclose(np.sum(amplitude**2 / 2, axis=-1), sound.rms(x) ** 2, **EXACT)


def test_a_fade_keeps_a_steady_sine_and_hides_the_cuts():
    whole = sound.sine(200, amplitude=0.5, duration_s=0.1, sample_rate=8000)
    assert sound.sines_in(whole, sample_rate=8000, fade=True)[1][20] == pytest.approx(0.5, abs=1e-12)
    cut = sound.sine(205, amplitude=0.5, duration_s=0.1, sample_rate=8000)  # 20.5 periods
    plain, faded = (sound.sines_in(cut, sample_rate=8000, fade=fade)[1][100:] for fade in (False, True))
    assert faded.max() < plain.max() / 100
    theirs = np.abs(np.fft.rfft(cut * scipy.signal.get_window("hann", 800)))[1:-1] / 200
    assert_allclose(sound.sines_in(cut, sample_rate=8000, fade=True)[1][1:-1], theirs, **EXACT)


# ------------------------------------------------------------------------------------ hostile input

CALLS = {
    sound.sine: {"frequency_hz": FREQUENCY, **TIME, "amplitude": (1, [*NUMBER, -1]), "phase_rad": (0, NUMBER)},
    sound.harmonic_tone: {
        "fundamental_hz": FREQUENCY, "amplitudes": ([1.0], [*VECTOR, [-1.0]]), **TIME,
        "phases_rad": ([0.0], [*VECTOR[1:], [1, 2]]),
    },
    sound.chirp: {
        "start_hz": FREQUENCY, "end_hz": FREQUENCY, **TIME, "shape": ("linear", NAME), "amplitude": (1, [*NUMBER, -1]),
    },
    sound.noise: {"colour": ("pink", NAME), **TIME, **RANDOM, "rms": (0.1, [*NUMBER, -1])},
    sound.adsr: {
        **{part: (0.001, [*NUMBER, -1, 1]) for part in ("attack_s", "decay_s", "release_s")},
        "sustain_level": (0.5, [*NUMBER, -1, 2]), **TIME,
    },
    sound.pluck: {"frequency_hz": (100, [*FREQUENCY[1], 1e-9]), **TIME, **RANDOM, "decay": (0.9, [*NUMBER, -1, 2])},
    sound.vowel: {
        "vowel_or_formants_hz": ((500, 1500, 2500), [*VECTOR, "q", "", (0, 0, 0), (-1, 2, 3), (1, 2)]),
        "fundamental_hz": (100, [*FREQUENCY[1], 1e-9]), **TIME,
        "bandwidths_hz": ((80, 90, 120), [*VECTOR, (0, 0, 0), (1, 2)]),
    },
    sound.rms: {"signal": (NOISE, SIGNAL)},
    sound.peak: {"signal": (NOISE, SIGNAL)},
    sound.amplitude_to_db: {"amplitude": ([1.0], [*LEVELS, -1]), **LEVEL},
    sound.power_to_db: {"power": ([1.0], [*LEVELS, -1]), **LEVEL},
    sound.db_to_amplitude: {"level_db": ([1.0], [*LEVELS, 1e9]), "ref": (1.0, POSITIVE)},
    sound.a_weighting_db: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    sound.keep_band: {
        "signal": (NOISE, SIGNAL), "low_hz": (100, [*NUMBER, -1, 4001]), "high_hz": (3000, [*FREQUENCY[1], 50]),
        **SAMPLE_RATE,
    },
    sound.sines_in: {"signal": (NOISE, SIGNAL), **SAMPLE_RATE},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("sound", CALLS)


def test_the_parts_of_an_envelope_are_held_against_its_duration_as_it_was_passed():
    with refuses("attack_s .* must be at most 0.5, got 3: change"):
        sound.adsr(attack_s=1, decay_s=1, sustain_level=0.5, release_s=1, duration_s=0.5, sample_rate=8000)
