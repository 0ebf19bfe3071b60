"""Descriptors against hand-worked values, restated definitions, librosa, and sounds of known pitch and beat."""

import itertools
import math

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import audio
from course_utils.descriptors import (
    autocorrelation_pitch_hz,
    beat_times_s,
    chroma,
    cqt,
    cqt_loop,
    detect_voice,
    onset_strength,
    spectral_bandwidth_hz,
    spectral_centroid_hz,
    spectral_flatness,
    spectral_rolloff_hz,
    tempo_bpm,
    yin,
    yin_loop,
    zero_crossing_rate,
)
from course_utils.sound import VOWELS, harmonic_tone, sine, vowel
from tests.hostile import (
    COUNT,
    HOP,
    MAGNITUDE,
    NOISE,
    NUMBER,
    POSITIVE,
    REAL,
    SAMPLE_RATE,
    SECOND,
    SIGNAL,
    VECTOR,
    refusals,
)
from tests.support import random_signal, refuses

SAME = {"rtol": 1e-9, "atol": 1e-12}  # what the course promises where definitions agree
RATE = 22050
C1_HZ = 440 * 2 ** (-45 / 12)


def magnitude(*shape, seed=0, dtype=np.float64):
    """Like a spectrogram: 60 dB from the weakest to the loudest."""
    return 10 ** (1.5 * random_signal(*shape, seed=seed) - 1.5).astype(dtype)


def clip(name, sample_rate=RATE, dtype=np.float64):
    return audio.load(name, sample_rate=sample_rate, mono=True, dtype=dtype)[0]


def clicks(bpm, *, sample_rate=RATE, duration_s=12.0, first_s=0.25, seed=0):
    """A metronome of short bursts of noise, and the times at which they begin."""
    times_s = np.arange(first_s, duration_s - 0.3, 60 / bpm)
    x = np.zeros(round(duration_s * sample_rate))
    burst = random_signal(1000, seed=seed) * np.exp(-np.arange(1000) / 200)
    for start in np.round(times_s * sample_rate).astype(int):
        x[start : start + 1000] += burst
    return x, times_s


def note_hz(semitones_above_c1):
    return C1_HZ * 2 ** (semitones_above_c1 / 12)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_sign_changes_are_counted_and_zero_is_positive():
    x = np.array([1.0, -1, 1, -1, 0, 2, 0, -1])
    options = {"frame_length": 4, "hop_length": 4, "center": False}
    assert_allclose(zero_crossing_rate(x, **options), [3 / 4, 1 / 4])  # the change between frames belongs to none
    assert_allclose(zero_crossing_rate(x, frame_length=4, hop_length=4), [1 / 4, 2 / 4, 1 / 4])


@given(frequency_hz=st.floats(50, 3900), phase_rad=st.floats(0, 6.28))
def test_a_sine_crosses_zero_twice_a_period(frequency_hz, phase_rad):
    x = sine(frequency_hz, duration_s=1, sample_rate=8000, phase_rad=phase_rad)
    rate = zero_crossing_rate(x, frame_length=2000, hop_length=500, center=False)
    assert_allclose(rate, 2 * frequency_hz / 8000, atol=2 / 2000)  # a crossing at either edge


BINS = np.array([[1.0], [0.0], [3.0]])  # at 0, 2 and 4 Hz
AT_8_HZ = {"sample_rate": 8}


def test_the_shape_of_a_spectrum_of_three_bins_is_worked_by_hand():
    assert_allclose(spectral_centroid_hz(BINS, **AT_8_HZ), [3])  # (0·1 + 4·3) / 4
    assert_allclose(spectral_bandwidth_hz(BINS, **AT_8_HZ), [math.sqrt(3)])  # √((9·1 + 1·3) / 4)
    for roll_percent, expected in [(0.2, 0), (0.25, 0), (0.26, 4), (0.85, 4)]:
        assert_allclose(spectral_rolloff_hz(BINS, **AT_8_HZ, roll_percent=roll_percent), [expected])
    assert_allclose(spectral_flatness([[1.0], [4.0]], power=1), [2 / 2.5])
    assert_allclose(spectral_flatness([[1.0], [4.0]]), [4 / 8.5])
    assert_allclose(spectral_flatness([[1.0], [0.0]], floor=1e-4, power=1), [1e-2 / (1.0001 / 2)])


def test_an_odd_transform_has_other_frequencies():
    # Five points at 10 Hz: bins at 0, 2 and 4 Hz too.
    assert_allclose(spectral_centroid_hz(BINS, sample_rate=10, n_fft=5), [3])
    assert_allclose(spectral_centroid_hz(BINS, sample_rate=10), [3.75])


def test_flat_spectra_have_flatness_one_and_white_noise_e_to_minus_gamma():
    assert_allclose(spectral_flatness(np.full((9, 2), 0.3)), 1, rtol=1e-12)
    power = np.random.default_rng(0).exponential(size=(200_000, 1))  # of a bin of white noise
    assert_allclose(spectral_flatness(power, power=1), math.exp(-np.euler_gamma), rtol=5e-3)  # 3 deviations


def test_silence_has_no_centre_no_width_and_a_flat_floor():
    silent = np.zeros((9, 3))
    for function in (spectral_centroid_hz, spectral_bandwidth_hz, spectral_rolloff_hz):
        assert_array_equal(function(silent, sample_rate=8000), np.zeros(3))
    assert_allclose(spectral_flatness(silent), 1)
    assert not detect_voice(np.zeros(8000), sample_rate=8000).any()


def test_voice_is_what_lies_less_than_the_threshold_below_the_loudest_frame():
    # Frames of 10 samples every 10, centred: −40 dB, 0 dB and −20 dB, each for 50 samples.
    x = np.repeat([0.01, 1, 0.1], 50)
    options = {"sample_rate": 1000, "frame_s": 0.01, "hop_s": 0.01}
    loud, middle = np.arange(16) * 10 - 5, np.arange(16)
    inside = (loud + 10 > 50) & (loud < 100)
    assert_array_equal(detect_voice(x, **options, threshold_db=-10), inside)
    assert_array_equal(detect_voice(x, **options, threshold_db=-21), inside | (middle >= 10) & (middle < 15))
    assert detect_voice(x, **options, threshold_db=-50).all()
    # Ten milliseconds more are one frame more.
    late = detect_voice(x, **options, threshold_db=-10, hangover_s=0.02)
    assert_array_equal(late, inside | (middle > 10) & (middle <= 12))


def test_a_train_of_impulses_has_exactly_the_pitch_of_its_period():
    x = np.zeros(4000)
    x[::50] = 1
    # The window is 432 − 82 samples long, seven periods.
    f0_hz, aperiodicity = yin(x, sample_rate=8000, f_min=100, f_max=1000, frame_length=432)
    assert_allclose(f0_hz[3:-3], 160, rtol=1e-9)
    assert_allclose(aperiodicity[3:-3], 0, atol=1e-12)
    f0_hz, strength = autocorrelation_pitch_hz(x, sample_rate=8000, f_min=100, f_max=1000, frame_length=400)
    assert_allclose(f0_hz[3:-3], 160, rtol=1e-9)
    assert_allclose(strength[3:-3], 7 / 8, rtol=1e-9)  # eight impulses, seven pairs


def test_silence_has_no_pitch():
    for function, quality in ((yin, 1), (yin_loop, 1), (autocorrelation_pitch_hz, 0)):
        f0_hz, found = function(np.zeros(4000), sample_rate=8000, f_min=100)
        assert np.isnan(f0_hz).all()
        assert_array_equal(found, quality)


@pytest.mark.parametrize("period", [20, 21, 25, 30])
def test_impulses_every_so_many_frames_have_that_tempo_and_those_beats(period):
    strength = np.zeros(600)
    strength[7::period] = 1
    options = {"sample_rate": 5000, "hop_length": 100}  # 50 frames per second
    assert_allclose(tempo_bpm(strength, **options), 3000 / period, rtol=1e-3)  # overlap falls with the lag
    assert_allclose(beat_times_s(strength, **options), np.arange(7, 600, period) / 50, atol=1e-12)


def test_the_weight_decides_between_a_tempo_and_its_double():
    strength = np.zeros(600)
    strength[::10], strength[::20] = 0.6, 1  # 300 beats a minute, every other one louder
    options = {"sample_rate": 5000, "hop_length": 100}
    assert tempo_bpm(strength, **options, start_bpm=120) == pytest.approx(150, rel=1e-2)
    assert tempo_bpm(strength, **options, start_bpm=290, std_octaves=0.2) == pytest.approx(300, rel=1e-2)
    assert tempo_bpm(strength, **options, start_bpm=290, std_octaves=0.2, max_bpm=200) < 200


@given(seed=st.integers(0, 1000), floor=st.floats(0, 100))
def test_a_constant_added_to_the_onsets_changes_no_tempo(seed, floor):
    strength = np.random.default_rng(seed).random(400)
    strength[::37] += 2
    options = {"sample_rate": 5000, "hop_length": 100}
    assert tempo_bpm(strength + floor, **options) == pytest.approx(tempo_bpm(strength, **options), rel=1e-9)


def test_no_onset_has_no_tempo_and_no_beat():
    options = {"sample_rate": RATE}
    assert np.isnan(tempo_bpm(np.zeros(300), **options))
    assert len(beat_times_s(np.zeros(300), **options)) == 0


@given(k=st.integers(0, 47), amplitude=st.floats(0.01, 1), phase_rad=st.floats(0, 6.28))
def test_a_tone_in_a_bin_has_half_its_amplitude_times_the_root_of_the_kernels_length(k, amplitude, phase_rad):
    options = {"f_min": 110.0, "n_bins": 48}
    frequency_hz = 110 * 2 ** (k / 12)
    x = sine(frequency_hz, duration_s=1, sample_rate=8000, amplitude=amplitude, phase_rad=phase_rad)
    q = (2 ** (1 / 12) + 2 ** (-1 / 12)) / (2 ** (1 / 12) - 2 ** (-1 / 12))
    expected = amplitude / 2 * math.sqrt(q * 8000 / frequency_hz)
    found = cqt(x, sample_rate=8000, hop_length=256, **options)[k, 8:-8]
    assert_allclose(np.abs(found), expected, rtol=1e-3)  # sums of a window whose length is no whole number
    # The phase counts from the middle of the frame; a sine begins a quarter turn late.
    turned = phase_rad - math.pi / 2 + 2 * math.pi * frequency_hz / 8000 * 256 * np.arange(8, 8 + len(found))
    assert_allclose(found / np.abs(found), np.exp(1j * turned), atol=2e-3)


@pytest.mark.parametrize("semitone", [0, 9, 14, 33, 47, 59, 76])
def test_a_note_is_in_its_pitch_class(semitone):
    x = sine(note_hz(semitone), duration_s=3, sample_rate=RATE)
    found = chroma(x, sample_rate=RATE)[:, 20:-20]
    assert_array_equal(found.argmax(axis=0), semitone % 12)
    assert_allclose(found.max(axis=0), 1)
    others = np.delete(found, [(semitone + i) % 12 for i in (-1, 0, 1)], axis=0)
    assert others.max() < 0.05


def test_the_notes_of_a_chord_and_of_a_scale_are_found():
    loudest = np.argsort(chroma(clip("music/piano_chord"), sample_rate=RATE).mean(axis=-1))[::-1]
    assert set(loudest[:3]) == {0, 4, 7}  # C E G
    found = chroma(clip("music/piano_scale"), sample_rate=RATE, f_min=note_hz(36), n_octaves=3)
    middles = librosa.time_to_frames(np.arange(7) * 0.5 + 0.35, sr=RATE)
    assert_array_equal(found[:, middles].argmax(axis=0), [0, 2, 4, 5, 7, 9, 11])


# ------------------------------------------------------------------------------ independent oracle


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(("frame_length", "hop_length"), [(2048, 512), (401, 160), (7, 10)])
def test_zero_crossings_agree_with_librosa(frame_length, hop_length, center):
    x = np.round(4 * random_signal(2, 9000)) / 4  # with exact zeros
    options = {"frame_length": frame_length, "hop_length": hop_length, "center": center}
    assert_allclose(zero_crossing_rate(x, **options), librosa.feature.zero_crossing_rate(x, **options)[:, 0], **SAME)


@pytest.mark.parametrize("n_fft", [2048, 511, 2])
@pytest.mark.parametrize("sample_rate", [22050, 7999.5])
def test_the_shape_of_the_spectrum_agrees_with_librosa(n_fft, sample_rate):
    s = magnitude(2, n_fft // 2 + 1, 30)
    s[..., 3] = 0
    ours, theirs = {"sample_rate": sample_rate, "n_fft": n_fft}, {"S": s, "sr": sample_rate}
    theirs["freq"] = librosa.fft_frequencies(sr=sample_rate, n_fft=n_fft)
    feature = librosa.feature
    assert_allclose(spectral_centroid_hz(s, **ours), feature.spectral_centroid(**theirs)[:, 0], **SAME)
    assert_allclose(spectral_bandwidth_hz(s, **ours), feature.spectral_bandwidth(**theirs)[:, 0], **SAME)
    for p in (0.01, 0.5, 0.85, 0.99):
        expected = feature.spectral_rolloff(**theirs, roll_percent=p)[:, 0]
        assert_allclose(spectral_rolloff_hz(s, **ours, roll_percent=p), expected, **SAME)
    for power, floor in [(2.0, 1e-10), (1.0, 1e-10), (2.0, 1e-3)]:
        expected = feature.spectral_flatness(S=s, power=power, amin=floor)[:, 0]
        assert_allclose(spectral_flatness(s, power=power, floor=floor), expected, **SAME)


@pytest.mark.parametrize("name", ["speech/digits", "music/trumpet_a4"])
def test_descriptors_of_clips_agree_with_librosa(name):
    x = clip(name)
    s = np.abs(librosa.stft(x))
    feature = librosa.feature
    assert_allclose(spectral_centroid_hz(s, sample_rate=RATE), feature.spectral_centroid(y=x)[0], **SAME)
    assert_allclose(spectral_bandwidth_hz(s, sample_rate=RATE), feature.spectral_bandwidth(y=x)[0], **SAME)
    assert_allclose(spectral_rolloff_hz(s, sample_rate=RATE), feature.spectral_rolloff(y=x)[0], **SAME)
    assert_allclose(spectral_flatness(s), feature.spectral_flatness(y=x)[0], **SAME)


@pytest.mark.parametrize("threshold_db", [-20.0, -45.0])
def test_voice_agrees_with_librosas_level_of_each_frame(threshold_db):
    x = clip("speech/digits", 16000)
    rms = librosa.feature.rms(y=x, frame_length=400, hop_length=160)[0]
    expected = librosa.amplitude_to_db(rms, ref=np.max, amin=1e-12, top_db=None) > threshold_db
    found = detect_voice(x, sample_rate=16000, threshold_db=threshold_db)
    assert_array_equal(found, expected)
    assert 0.1 < found.mean() < 0.95


def yin_by_hand(frame, sample_rate, f_min, f_max, threshold):
    """The paper's steps for one frame, number by number."""
    shortest, longest = int(sample_rate // f_max), math.ceil(sample_rate / f_min)
    n_window = len(frame) - longest - 1
    d = [sum((frame[n] - frame[n + lag]) ** 2 for n in range(n_window)) for lag in range(longest + 2)]
    normalised = [1.0] + [d[lag] * lag / sum(d[1 : lag + 1]) for lag in range(1, longest + 2)]
    lags = range(shortest, longest + 1)
    dips = [i for i in lags if normalised[i] < threshold and normalised[i - 1] > normalised[i] <= normalised[i + 1]]
    lag = dips[0] if dips else min(lags, key=lambda i: normalised[i])
    a, b, _ = np.polyfit([-1, 0, 1], d[lag - 1 : lag + 2], 2)
    shift = -b / (2 * a)
    return sample_rate / (lag + (shift if abs(shift) < 1 else 0)), normalised[lag]


@pytest.mark.parametrize("threshold", [0.05, 0.3])
def test_yin_is_the_papers_steps(threshold):
    rng = np.random.default_rng(0)
    for _ in range(20):  # periods of 7 to 44 samples
        tone = harmonic_tone(rng.uniform(90, 570), amplitudes=rng.random(3), duration_s=0.05, sample_rate=4000)
        x = tone + rng.uniform(0, 0.3) * random_signal(200)
        f0_hz, aperiodicity = yin(
            x, sample_rate=4000, f_min=101, f_max=510, frame_length=120, hop_length=40, threshold=threshold
        )
        expected = yin_by_hand(x[20:140], 4000, 101, 510, threshold)
        assert_allclose((f0_hz[2], aperiodicity[2]), expected, rtol=1e-9)


def test_the_autocorrelation_is_librosas():
    x = vowel("ɑ", fundamental_hz=131, duration_s=0.3, sample_rate=8000) + 0.02 * random_signal(2400)
    f0_hz, strength = autocorrelation_pitch_hz(
        x, sample_rate=8000, f_min=80, f_max=400, frame_length=600, hop_length=100
    )
    r = librosa.autocorrelate(x[900:1500])
    peaks = [lag for lag in range(20, 101) if r[lag - 1] < r[lag] >= r[lag + 1]]
    lag = max(peaks, key=lambda i: r[i])
    assert_allclose(strength[12], r[lag] / r[0], rtol=1e-9)
    assert abs(8000 / f0_hz[12] - lag) < 0.5 + 1e-9


SYNTHETIC = [(8000, 1024), (16000, 2048), (22050, 2048), (44100, 4096)]  # frames of 93 to 128 ms


@pytest.mark.parametrize(("sample_rate", "frame_length"), SYNTHETIC)
def test_yin_is_within_a_percent_of_the_true_pitch_of_every_vowel_and_makes_no_octave_error(sample_rate, frame_length):
    octave_errors = n_frames = 0
    for name, f0_hz in itertools.product(VOWELS, np.geomspace(60, 800, 9)):
        x = vowel(name, fundamental_hz=f0_hz, duration_s=0.5, sample_rate=sample_rate)
        found = yin(x, sample_rate=sample_rate, frame_length=frame_length)[0][3:-3]
        octave_errors += np.count_nonzero(np.abs(np.log2(found / f0_hz)) > 0.5)
        n_frames += len(found)
        assert_allclose(found, f0_hz, rtol=0.01, err_msg=f"{name} at {f0_hz:.1f} Hz")
    assert n_frames >= 900
    assert octave_errors == 0


@given(
    f0_hz=st.floats(60, 800),
    amplitudes=st.lists(st.floats(0.1, 1), min_size=1, max_size=8),
    phases=st.integers(0, 1000),
)
def test_yin_is_within_a_percent_of_the_true_pitch_of_harmonic_tones(f0_hz, amplitudes, phases):
    phases_rad = np.random.default_rng(phases).uniform(0, 6.28, len(amplitudes))
    x = harmonic_tone(f0_hz, amplitudes=amplitudes, duration_s=0.4, sample_rate=RATE, phases_rad=phases_rad)
    found, aperiodicity = yin(x, sample_rate=RATE)
    assert_allclose(found[3:-3], f0_hz, rtol=0.01)
    assert aperiodicity[3:-3].max() < 0.1


def test_the_missing_fundamental_is_heard():
    x = harmonic_tone(200, amplitudes=[0, 0, 0, 1, 1, 1], duration_s=0.5, sample_rate=RATE)
    assert_allclose(yin(x, sample_rate=RATE)[0][3:-3], 200, rtol=0.01)


CLIPS_WITH_PITCH = [
    "speech/sentence_slt",
    "speech/sentence_rms",
    "speech/sonorants",
    "music/flute",
    "music/violin_vibrato",
]


@pytest.mark.parametrize("name", CLIPS_WITH_PITCH)
def test_yin_is_near_librosas_in_voiced_frames_of_clips(name):
    x = clip(name)
    f0_hz, aperiodicity = yin(x, sample_rate=RATE, f_min=65, f_max=800)
    theirs = librosa.yin(x, sr=RATE, fmin=65, fmax=800)
    voiced = aperiodicity < 0.1
    assert voiced.sum() > 20
    cents = 1200 * np.abs(np.log2(f0_hz / theirs)[voiced])
    # librosa's difference function leaves out the end of the frame, whose energy it counts: its window shrinks with
    # the lag and is another one, so a gliding pitch and the first dip may differ.
    assert np.median(cents) < 5
    assert np.mean(cents > 50) < 0.1


@pytest.mark.parametrize(
    ("name", "sample_rate"), [("music/drums", 22050), ("music/arrangement", 44100), ("speech/digits", 16000)]
)
def test_onset_strength_agrees_with_librosa(name, sample_rate):
    x = clip(name, sample_rate)
    for options in ({}, {"hop_length": 300, "n_fft": 1024, "n_mels": 40}):
        expected = librosa.onset.onset_strength(y=x, sr=sample_rate, dtype=float, **options)
        assert_allclose(onset_strength(x, sample_rate=sample_rate, **options), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bpm", [85, 97, 110, 120, 133, 150, 165])
def test_tempo_and_beats_of_a_metronome(bpm):
    x, times_s = clicks(bpm)
    strength = onset_strength(x, sample_rate=RATE)
    assert tempo_bpm(strength, sample_rate=RATE) == pytest.approx(bpm, rel=0.01)
    beats_s = beat_times_s(strength, sample_rate=RATE)
    distance_s = np.abs(beats_s[:, np.newaxis] - times_s).min(axis=1)
    assert distance_s.max() < 0.035  # the energy of a burst arrives within one and a half hops of 23 ms
    assert len(beats_s) >= len(times_s) - 1
    assert 60 / np.diff(beats_s).mean() == pytest.approx(bpm, rel=0.01)


@pytest.mark.parametrize("bpm", [45, 60, 180, 240])
def test_far_from_the_start_the_tempo_may_be_a_whole_factor_off_and_is_right_when_the_start_is_near(bpm):
    strength = onset_strength(clicks(bpm, duration_s=20)[0], sample_rate=RATE)
    ratio = tempo_bpm(strength, sample_rate=RATE) / bpm
    ratio = max(ratio, 1 / ratio)
    assert ratio == pytest.approx(round(ratio), rel=0.01)
    assert ratio < 3.1
    assert tempo_bpm(strength, sample_rate=RATE, start_bpm=bpm, std_octaves=0.5) == pytest.approx(bpm, rel=0.015)


@pytest.mark.parametrize(("name", "bpm"), [("music/drums", 110), ("music/arrangement", 112), ("music/guitar", 100)])
@pytest.mark.parametrize("sample_rate", [22050, 44100])
def test_tempo_and_beats_of_clips_agree_with_their_scores_and_with_librosa(name, bpm, sample_rate):
    strength = onset_strength(clip(name, sample_rate), sample_rate=sample_rate)
    found = tempo_bpm(strength, sample_rate=sample_rate)
    assert found == pytest.approx(bpm, rel=0.01)
    theirs, beats_s = librosa.beat.beat_track(onset_envelope=strength, sr=sample_rate, units="time")
    assert found == pytest.approx(theirs, rel=0.03)  # its grid of whole frames: half a step of 5 % at 22.05 kHz
    # One frame, since its period is a whole number of frames.
    assert_allclose(beat_times_s(strength, sample_rate=sample_rate), beats_s, atol=1.01 * 512 / sample_rate)


def beats_by_hand(strength, period, tightness):
    """The best path that ends at each frame, from the definition; the best of all; without its weak ends."""
    around = [np.exp(-0.5 * (32 * i / period) ** 2) for i in range(-period, period + 1)]
    padded = np.pad(strength / np.std(strength, ddof=1), period)
    local = [np.dot(around, padded[t : t + 2 * period + 1]) for t in range(len(strength))]
    best = []  # (score, path) of each frame
    for t, score in enumerate(local):
        before = [best[s] for s in range(max(0, t - 2 * period), t - math.ceil(period / 2) + 1)]
        links = [(total - tightness * math.log((t - path[-1]) / period) ** 2, path) for total, path in before]
        total, path = max(links, key=lambda link: link[0], default=(0, []))
        best.append((score + total, [*path, t]))
    path = np.array(max(best, key=lambda end: end[0])[1])
    values = np.array(local)[path]
    strong = np.flatnonzero(values >= 0.5 * np.sqrt(np.mean(values**2)))
    return path[strong[0] : strong[-1] + 1]


@given(seed=st.integers(0, 10_000), period=st.sampled_from([20, 25, 30]), tightness=st.sampled_from([30, 300]))
def test_beats_are_the_path_with_the_largest_sum(seed, period, tightness):
    strength = np.random.default_rng(seed).random(300) ** 4
    strength[0] = 0.5  # the path may begin at once
    ours = beat_times_s(strength, sample_rate=5000, hop_length=100, bpm=3000 / period, tightness=tightness)
    assert_allclose(ours * 50, beats_by_hand(strength, period, tightness), atol=1e-9)


@pytest.mark.parametrize("semitone", range(0, 84, 7))
def test_the_constant_q_of_a_tone_is_librosas_within_a_twentieth_of_a_decibel(semitone):
    x = sine(note_hz(semitone), duration_s=3, sample_rate=RATE)
    ours, theirs = np.abs(cqt(x, sample_rate=RATE)), np.abs(librosa.cqt(x, sr=RATE))
    assert ours.shape == theirs.shape
    middle = slice(40, -40)  # where the kernels lie inside the signal
    level_db = 20 * np.log10(ours[semitone, middle] / theirs[semitone, middle])
    assert_allclose(level_db, 0, atol=0.05)
    # Elsewhere librosa rounds the kernels' lengths, drops 1 % of each kernel and takes the first and the last bin's
    # bandwidth from one neighbour.
    assert_allclose(ours[:, middle], theirs[:, middle], atol=0.01 * theirs[:, middle].max())


@pytest.mark.parametrize("name", ["music/piano_chord", "music/guitar", "music/arrangement"])
def test_constant_q_and_chroma_of_clips_are_near_librosas(name):
    x = clip(name)
    theirs = np.abs(librosa.cqt(x, sr=RATE))
    assert np.linalg.norm(np.abs(cqt(x, sample_rate=RATE)) - theirs) < 0.01 * np.linalg.norm(theirs)  # −40 dB
    ours, theirs = chroma(x, sample_rate=RATE), librosa.feature.chroma_cqt(y=x, sr=RATE, tuning=0.0)
    assert_array_equal(ours.shape, theirs.shape)
    assert np.median(np.abs(ours - theirs)) < 2e-3
    assert np.mean(np.abs(ours - theirs) > 0.02) < 0.02  # attacks and near silence
    assert np.mean(ours.argmax(axis=0) == theirs.argmax(axis=0)) > 0.98


@pytest.mark.parametrize("semitone", [36, 43, 45, 52])
def test_chroma_of_a_note_is_in_the_class_that_librosas_stft_chroma_finds(semitone):
    x = harmonic_tone(note_hz(semitone), amplitudes=[1, 0.3, 0.1], duration_s=2, sample_rate=RATE)
    theirs = librosa.feature.chroma_stft(y=x, sr=RATE, tuning=0.0)[:, 20:-20].mean(axis=-1)
    assert chroma(x, sample_rate=RATE)[:, 20:-20].mean(axis=-1).argmax() == theirs.argmax() == semitone % 12


# ---------------------------------------------------------------------- fast versions and definitions


@given(seed=st.integers(0, 1000), f_min=st.floats(50, 400), frame_length=st.sampled_from([401, 512, 1000]))
def test_yin_is_its_definition(seed, f_min, frame_length):
    x = harmonic_tone(500, amplitudes=[1, 0.5], duration_s=0.2, sample_rate=8000) + 0.1 * random_signal(1600, seed=seed)
    options = {"sample_rate": 8000, "f_min": f_min, "f_max": 900, "frame_length": frame_length, "hop_length": 111}
    for fast, slow in zip(yin(x, **options), yin_loop(x, **options), strict=True):
        assert_allclose(fast, slow, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("hop_length", [512, 96, 441, 2048])
@pytest.mark.parametrize(("f_min", "n_bins", "bins_per_octave"), [(55.0, 60, 12), (110.0, 37, 9), (200.0, 100, 36)])
def test_the_constant_q_is_its_definition(hop_length, f_min, n_bins, bins_per_octave):
    x = random_signal(2 * 8192)  # also long enough that the last frame has its middle at the very end
    options = {"sample_rate": 8000, "hop_length": hop_length, "f_min": f_min}
    options |= {"n_bins": n_bins, "bins_per_octave": bins_per_octave}
    fast, slow = cqt(x, **options), cqt_loop(x, **options)
    assert fast.shape == slow.shape == (n_bins, 1 + len(x) // hop_length)
    # Decimation cuts off what Hann's window hears beyond its 50th side lobe: −110 dB.
    assert_allclose(fast, slow, atol=3e-6 * np.abs(slow).max())


def test_the_constant_q_is_its_formula():
    x, rate, f_min, b = random_signal(3000), 4000, 100.0, 5
    found = cqt_loop(x, sample_rate=rate, hop_length=700, f_min=f_min, n_bins=12, bins_per_octave=b)
    for k, m in itertools.product(range(12), range(5)):
        f = f_min * 2 ** (k / b)
        length = (2 ** (1 / b) + 2 ** (-1 / b)) / (2 ** (1 / b) - 2 ** (-1 / b)) * rate / f
        inside = [n for n in range(-2000, 2000) if abs(n) < length / 2 and 0 <= 700 * m + n < len(x)]
        terms = [
            x[700 * m + n] * (0.5 + 0.5 * math.cos(2 * math.pi * n / length)) * np.exp(-2j * np.pi * f / rate * n)
            for n in inside
        ]
        assert_allclose(found[k, m], 2 / math.sqrt(length) * sum(terms), atol=1e-12)


# ------------------------------------------------------------------------------------- invariants


@given(gain=st.floats(1e-4, 1e4))
def test_louder_changes_no_descriptor_of_shape_pitch_or_pitch_class(gain):
    s, x = magnitude(65, 5), harmonic_tone(220, amplitudes=[1, 0.5], duration_s=0.5, sample_rate=8000)
    for function in (spectral_centroid_hz, spectral_bandwidth_hz, spectral_rolloff_hz):
        assert_allclose(function(gain * s, sample_rate=8000), function(s, sample_rate=8000), rtol=1e-9)
    assert_allclose(spectral_flatness(gain * s, floor=1e-30), spectral_flatness(s, floor=1e-30), rtol=1e-9)
    assert_array_equal(zero_crossing_rate(gain * x), zero_crossing_rate(x))
    assert_array_equal(detect_voice(gain * x, sample_rate=8000), detect_voice(x, sample_rate=8000))
    assert_allclose(yin(gain * x, sample_rate=8000), yin(x, sample_rate=8000), rtol=1e-9, atol=1e-12)
    options = {"sample_rate": 8000, "f_min": note_hz(36), "n_octaves": 2}
    assert_allclose(chroma(gain * x, **options), chroma(x, **options), rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 1000))
def test_descriptors_of_shape_stay_in_their_range(seed):
    s = magnitude(33, 7, seed=seed)
    centroid_hz, bandwidth_hz = (f(s, sample_rate=8000) for f in (spectral_centroid_hz, spectral_bandwidth_hz))
    assert ((centroid_hz > 0) & (centroid_hz < 4000)).all()
    assert (bandwidth_hz**2 <= centroid_hz * (4000 - centroid_hz) * (1 + 1e-9)).all()  # two bins at the ends at most
    rolloff_hz = [spectral_rolloff_hz(s, sample_rate=8000, roll_percent=p) for p in (0.1, 0.5, 0.9)]
    assert (np.diff(rolloff_hz, axis=0) >= 0).all()
    assert ((spectral_flatness(s) > 0) & (spectral_flatness(s) <= 1)).all()


@settings(max_examples=8)
@given(semitone=st.integers(12, 23), octaves=st.integers(1, 4))
def test_chroma_does_not_hear_the_octave(semitone, octaves):
    low, high = (
        chroma(sine(note_hz(n), duration_s=2, sample_rate=RATE), sample_rate=RATE)[:, 40:-40]
        for n in (semitone, semitone + 12 * octaves)
    )
    assert_allclose(low, high, atol=0.01)


def test_a_scale_raised_by_a_semitone_turns_the_chroma_by_one():
    x = clip("music/piano_scale")
    found = chroma(x, sample_rate=RATE, f_min=note_hz(24), n_octaves=4)
    # The same samples at a rate a semitone higher.
    options = {"f_min": note_hz(25), "n_octaves": 4}
    turned = chroma(x, sample_rate=RATE * 2 ** (1 / 12), **options)
    assert_allclose(turned, np.roll(found, 1, axis=0), atol=1e-6)


def test_a_delay_by_whole_hops_delays_frames():
    x, rate = vowel("i", fundamental_hz=150, duration_s=1, sample_rate=8000), {"sample_rate": 8000}
    late = np.pad(x, (1024, 0))
    for function, options in [
        (zero_crossing_rate, {"hop_length": 512}),
        (lambda x, **o: yin(x, **o)[0], rate | {"hop_length": 512}),
        (lambda x, **o: np.abs(cqt(x, **o)), rate | {"f_min": 100.0, "n_bins": 24, "hop_length": 512}),
    ]:
        before, after = function(x, **options), function(late, **options)
        assert_allclose(after[..., 6:-5], before[..., 4:-5], rtol=1e-6, atol=1e-9)


def test_float32_gives_float32_near_the_result_in_float64():
    s, x = magnitude(65, 9, dtype=np.float32), vowel("ɛ", fundamental_hz=210, duration_s=1, sample_rate=8000)
    x = (x + 0.01 * random_signal(8000)).astype(np.float32)
    rate = {"sample_rate": 8000}
    low = rate | {"f_min": 100.0}
    for function, data, options, rtol in [
        (spectral_centroid_hz, s, rate, 1e-5),
        (spectral_bandwidth_hz, s, rate, 1e-5),
        (spectral_rolloff_hz, s, rate, 1e-5),
        (spectral_flatness, s, {}, 1e-5),
        (lambda x, **o: yin(x, **o)[0], x, rate, 1e-3),
        (lambda x, **o: autocorrelation_pitch_hz(x, **o)[0], x, rate, 1e-3),
        (lambda x, **o: np.abs(cqt(x, **o)), x, low | {"n_bins": 36}, 1e-4),
        (chroma, x, low | {"n_octaves": 3}, 1e-4),
        (onset_strength, x, rate | {"n_mels": 40}, 1e-3),
    ]:
        single, double = function(data, **options), function(data.astype(float), **options)
        assert single.dtype == np.float32, function
        assert_allclose(single, double, rtol=rtol, atol=1e-4 * np.abs(double).max(), err_msg=str(function))


def test_leading_axes_are_a_batch():
    x, s, rate = random_signal(2, 3, 6000), magnitude(2, 3, 33, 9), {"sample_rate": 8000}
    x *= np.arange(1, 4)[:, np.newaxis]
    low = rate | {"f_min": 200.0}
    for function, data, options in [
        (zero_crossing_rate, x, {}),
        (spectral_centroid_hz, s, rate),
        (spectral_bandwidth_hz, s, rate),
        (spectral_rolloff_hz, s, rate),
        (spectral_flatness, s, {}),
        (lambda x, **o: detect_voice(x, **o).astype(float), x, rate | {"threshold_db": -0.5, "hangover_s": 0.01}),
        (lambda x, **o: yin(x, **o)[0], x, rate),
        (lambda x, **o: autocorrelation_pitch_hz(x, **o)[1], x, rate),
        (onset_strength, x, rate | {"n_mels": 40}),
        (tempo_bpm, s[..., 0, :].repeat(9, axis=-1), {"sample_rate": 8000, "hop_length": 800}),
        (cqt, x, low | {"n_bins": 24}),
        (cqt_loop, x, low | {"n_bins": 3}),
        (chroma, x, low | {"n_octaves": 2}),
    ]:
        together = function(data, **options)
        alone = np.array([[function(one, **options) for one in row] for row in data])
        assert_allclose(together, alone, rtol=1e-9, atol=1e-12, err_msg=str(function))


def test_the_input_is_left_as_it_was():
    x, rate = random_signal(8000), {"sample_rate": 8000}
    before = x.copy()
    yin(x, **rate), autocorrelation_pitch_hz(x, **rate), cqt(x, **rate, n_bins=60, f_min=60), zero_crossing_rate(x)
    strength = onset_strength(x, **rate, n_mels=40, hop_length=64)
    strength_before = strength.copy()
    tempo_bpm(strength, **rate, hop_length=64), beat_times_s(strength, **rate, hop_length=64)
    assert_array_equal(x, before)
    assert_array_equal(strength, strength_before)


# ------------------------------------------------------------------------------------------ edges


def test_frames_are_as_many_as_in_a_centred_spectrogram():
    for n_time, hop_length in itertools.product((4999, 5000, 5001), (250, 512)):
        x, options = random_signal(n_time), {"sample_rate": 8000, "hop_length": hop_length}
        expected = 1 + n_time // hop_length
        assert len(zero_crossing_rate(x, hop_length=hop_length)) == expected
        assert len(yin(x, **options)[0]) == len(yin(x, **options, frame_length=401)[0]) == expected
        assert cqt(x, **options, f_min=200.0, n_bins=12).shape == (12, expected)
        assert len(onset_strength(x, **options, n_mels=20)) == expected
        assert len(detect_voice(x, sample_rate=8000, hop_s=hop_length / 8000)) == expected


def test_noise_is_aperiodic_and_a_vowel_is_not():
    noise = yin(random_signal(RATE), sample_rate=RATE)[1]
    voiced = yin(vowel("u", fundamental_hz=120, duration_s=1, sample_rate=RATE), sample_rate=RATE)[1]
    assert noise.min() > 0.3
    assert voiced[3:-3].max() < 0.01


def test_steady_noise_near_the_speech_makes_every_frame_active():
    x = clip("speech/digits", 16000)
    noisy = x + 0.1 * np.abs(x).max() * random_signal(len(x))
    assert detect_voice(x, sample_rate=16000).mean() < 0.8
    assert detect_voice(noisy, sample_rate=16000).all()


def test_silent_signals_have_no_constant_q_and_no_chroma():
    assert not cqt(np.zeros(RATE), sample_rate=RATE).any()
    assert not chroma(np.zeros(2 * RATE), sample_rate=RATE).any()
    assert not onset_strength(np.zeros(RATE), sample_rate=RATE).any()


def test_the_highest_bin_may_lie_at_the_nyquist_frequency():
    found = cqt(random_signal(4000), sample_rate=8000, f_min=2000.0, n_bins=13)
    assert np.isfinite(found).all()
    with refuses("n_bins=14 must end at the Nyquist frequency 4000 Hz or below, got 4237.8"):
        cqt(random_signal(4000), sample_rate=8000, f_min=2000.0, n_bins=14)


# ------------------------------------------------------------------------------------------- errors

TRACKERS = pytest.mark.parametrize("function", [yin, yin_loop, autocorrelation_pitch_hz])
CONSTANT_Q = pytest.mark.parametrize("function", [cqt, cqt_loop])


@TRACKERS
def test_trackers_refuse_ranges_and_frames_in_which_no_pitch_can_be_seen(function):
    x = random_signal(4000)
    with refuses("f_min=500 must lie below f_max=500"):
        function(x, sample_rate=8000, f_min=500, f_max=500)
    with refuses("f_max=5000 lies above the Nyquist frequency 4000"):
        function(x, sample_rate=8000, f_max=5000)
    with refuses("f_min must be above 0"):
        function(x, sample_rate=8000, f_min=0)
    with refuses("frame_length=300 must hold two periods of f_min=50 Hz, got 1.9 .* use at least 320"):
        function(x, sample_rate=8000, frame_length=300)
    function(x, sample_rate=8000, frame_length=320)


@CONSTANT_Q
def test_constant_q_refuses_bins_above_nyquist_and_short_signals(function):
    with refuses("n_bins=84 must end at the Nyquist frequency 3500 Hz or below, got 3951"):
        function(random_signal(8000), sample_rate=7000)
    with refuses("signal must be at least as long as the kernel of f_min=100 Hz, 1386.*got 1386"):
        function(random_signal(1386), sample_rate=8000, f_min=100.0, n_bins=12)
    assert function(random_signal(1387), sample_rate=8000, f_min=100.0, n_bins=12).shape == (12, 3)


def test_chroma_refuses_bins_that_part_semitones_unequally():
    with refuses("bins_per_octave must be a multiple of 12, got 30: take 2"):
        chroma(random_signal(9000), sample_rate=8000, bins_per_octave=30)
    with refuses("n_octaves=7 must end at the Nyquist"):
        chroma(random_signal(9000), sample_rate=8000)


def test_spectra_that_are_none_are_refused():
    for function in (spectral_centroid_hz, spectral_bandwidth_hz, spectral_rolloff_hz):
        with refuses("n_fft=100 needs 51 one-sided bins, got 9"):
            function(magnitude(9, 4), sample_rate=8000, n_fft=100)
        with refuses("spectrogram must not be negative"):
            function(-magnitude(9, 4), sample_rate=8000)
        with refuses("spectrogram must be real", TypeError):
            function(1j * magnitude(9, 4), sample_rate=8000)
    for roll_percent in (0, 1, 85):
        with refuses(f"roll_percent must lie between 0 and 1, both excluded, got {roll_percent}"):
            spectral_rolloff_hz(magnitude(9, 4), sample_rate=8000, roll_percent=roll_percent)


def test_onsets_too_short_or_negative_are_refused():
    options = {"sample_rate": RATE}
    for function in (tempo_bpm, beat_times_s):
        with refuses("onset_strength must have at least"):
            function([0.0, 1, 0, 1], **options)
        with refuses("onset_strength must not be negative"):
            function(-magnitude(200), **options)
    with refuses("a beat at 3 beats per minute, got 200: pass a longer recording"):
        beat_times_s(magnitude(200), **options, bpm=3)
    with refuses("bpm must be at most 1291"):
        beat_times_s(magnitude(200), **options, bpm=2000)


def test_a_signal_shorter_than_a_frame_is_refused_where_no_padding_helps():
    with refuses("frame_length=2048 exceeds the signal length 2000"):
        zero_crossing_rate(random_signal(2000), center=False)
    with refuses("threshold_db must be below 0 dB, the loudest frame, got 30: pass -30"):
        detect_voice(random_signal(2000), sample_rate=8000, threshold_db=30)
    with refuses("hop_s=1e-06 must hold a sample"):
        detect_voice(random_signal(2000), sample_rate=8000, hop_s=1e-6)


def onsets_of(*times_s, seconds=10.0):
    x = np.zeros(round(22050 * seconds))
    for time_s in times_s:
        x[round(22050 * time_s) :][:200] = np.hanning(200)
    return onset_strength(x, sample_rate=22050)


@pytest.mark.parametrize("onsets", [onsets_of(4.0), onsets_of(9.2), onsets_of(1.5, seconds=3.0), onsets_of()])
def test_one_click_has_no_tempo_and_no_beats(onsets):
    assert np.isnan(tempo_bpm(onsets, sample_rate=22050))
    assert len(beat_times_s(onsets, sample_rate=22050)) == 0
    assert np.isnan(tempo_bpm(onsets + 1, sample_rate=22050))  # a constant is nothing that begins


def test_two_clicks_have_a_tempo_beside_one_that_has_none():
    both = np.stack([onsets_of(4.0, 4.5), onsets_of(4.0)])
    assert_allclose(tempo_bpm(both, sample_rate=22050), [120, np.nan], rtol=0.02)


def test_pitch_and_tempo_do_not_depend_on_the_level():
    x = np.sin(2 * np.pi * 200 * np.arange(8000) / 8000).astype(np.float32)
    quiet = (2.0**-100 * x).astype(np.float32)
    for track in (yin, autocorrelation_pitch_hz):
        assert_allclose(track(quiet, sample_rate=8000), track(x, sample_rate=8000), rtol=1e-6)
    onsets = onsets_of(1.0, 1.5, 2.0, 2.5)
    assert tempo_bpm(1e-200 * onsets, sample_rate=22050) == pytest.approx(120, rel=0.02)


def test_a_click_has_no_pitch_by_autocorrelation():
    x = np.zeros(4096)
    x[2000] = 1
    pitch_hz, _ = autocorrelation_pitch_hz(x, sample_rate=8000)
    assert np.isnan(pitch_hz).all()


def test_rolloff_of_half_precision_does_not_overflow():
    spectrum = np.full((129, 4), 1000, np.float16)
    expected = spectral_rolloff_hz(spectrum.astype(float), sample_rate=8000)
    assert_allclose(spectral_rolloff_hz(spectrum, sample_rate=8000), expected)


# ------------------------------------------------------------------------------------ hostile input

N_FFT = {"n_fft": (16, [*COUNT[1:], 15, 18])}
PITCH = {
    "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 1e9]),
    "f_min": (50, [*POSITIVE, 1000, 1e-300]), "f_max": (1000, [*POSITIVE, 4001, 50]),
    "frame_length": (512, [*COUNT, 319]), "hop_length": (128, COUNT[1:]),
}  # fmt: skip
ONSETS = {
    "onset_strength": (abs(SECOND[:99]), [*REAL, -SECOND[:99], [1.0]]),
    "sample_rate": (8000, [*POSITIVE, "44100", 1e-9]), "hop_length": (512, COUNT),
}  # fmt: skip
CQT = {
    "signal": (SECOND, [*SIGNAL, NOISE]), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 1e9]),
    "hop_length": (512, COUNT), "f_min": (110.0, [*POSITIVE, 1e-300, 4000]), "n_bins": (24, [*COUNT, 99]),
    "bins_per_octave": (12, COUNT),
}  # fmt: skip
CALLS = {
    zero_crossing_rate: {"signal": (NOISE, SIGNAL), "frame_length": (16, COUNT), **HOP},
    spectral_centroid_hz: {"spectrogram": MAGNITUDE, **SAMPLE_RATE, **N_FFT},
    spectral_bandwidth_hz: {"spectrogram": MAGNITUDE, **SAMPLE_RATE, **N_FFT},
    spectral_rolloff_hz: {
        "spectrogram": MAGNITUDE, **SAMPLE_RATE, **N_FFT, "roll_percent": (0.85, [*POSITIVE, 1, 85]),
    },
    spectral_flatness: {"spectrogram": MAGNITUDE, "power": (2.0, [*POSITIVE, 99]), "floor": (1e-10, POSITIVE)},
    detect_voice: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9]),
        "threshold_db": (-30, [*NUMBER, 0, 30, -1e9]), "frame_s": (0.025, [*POSITIVE, 1e-9]),
        "hop_s": (0.01, [*POSITIVE, 1e-9]), "hangover_s": (0.1, [*NUMBER, -1, 1e9]),
    },
    autocorrelation_pitch_hz: PITCH,
    yin: {**PITCH, "threshold": (0.1, POSITIVE)},
    yin_loop: {**PITCH, "threshold": (0.1, POSITIVE)},
    onset_strength: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9]), "hop_length": (512, COUNT),
        "n_fft": (2048, COUNT), "n_mels": (40, COUNT),
    },
    tempo_bpm: {
        **ONSETS, "start_bpm": (120, [*POSITIVE, 1e9, 1]), "std_octaves": (1.0, POSITIVE),
        "max_bpm": (320, [*POSITIVE, 20]),
    },
    beat_times_s: {
        **ONSETS, "onset_strength": (abs(SECOND[:99]), [*VECTOR, -SECOND[:99], [1.0, 0.0]]),
        "bpm": (120, [*POSITIVE[1:], 1, 1e9]), "tightness": (100.0, POSITIVE),
    },
    cqt: CQT,
    cqt_loop: CQT,
    chroma: {
        **{name: CQT[name] for name in ("signal", "sample_rate", "hop_length", "f_min")},
        "n_octaves": (2, [*COUNT, 30]), "bins_per_octave": (12, [*COUNT, 13]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("descriptors", CALLS)
