"""Mel scales, filter banks and log-mel front ends against hand-worked values, librosa, transformers and Kaldi."""

import itertools
import math
import re
import tracemalloc
import warnings

import kaldi_native_fbank
import librosa
import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils.mel import (
    hz_to_mel,
    log_mel,
    mel_filterbank,
    mel_frequencies_hz,
    mel_spectrogram,
    mel_to_hz,
    mel_to_linear,
    pcen,
    whisper_log_mel,
)
from course_utils.stft import spectrogram
from tests.hostile import (
    COUNT,
    GRID,
    HOP,
    LEVEL,
    LEVELS,
    NAME,
    NOISE,
    NUMBER,
    POSITIVE,
    SAMPLE_RATE,
    SIGNAL,
    SPECTRUM,
    refusals,
)
from tests.support import random_signal, refuses

EXACT = {"rtol": 1e-14, "atol": 1e-14}  # a few roundings
SAME = {"rtol": 1e-9, "atol": 0}  # what the course promises where definitions agree
scales = pytest.mark.parametrize("scale", ["slaney", "htk"])


def power(*shape, seed=0, dtype=np.float64):
    """Like a mel power spectrogram: 60 dB from the weakest to the loudest."""
    return 10 ** (3 * random_signal(*shape, seed=seed) - 3).astype(dtype)


def quietly(function, **options):
    """Without the warning of empty filters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return function(**options)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_slaneys_scale_is_a_line_up_to_15_mel_and_27_steps_from_1_to_6_4_khz():
    assert_allclose(hz_to_mel([0, 200 / 3, 500, 1000, 6400]), [0, 1, 7.5, 15, 42], **EXACT)
    assert_allclose(mel_to_hz([0, 1, 7.5, 15, 42]), [0, 200 / 3, 500, 1000, 6400], **EXACT)
    assert_allclose(hz_to_mel(1000 * 6.4 ** (1 / 27)), 16, **EXACT)


def test_htks_scale_adds_2595_mel_for_every_tenfold_of_700_hz_and_above():
    assert_allclose(hz_to_mel([0, 6300, 69300], scale="htk"), [0, 2595, 5190], **EXACT)
    assert_allclose(mel_to_hz([0, 2595, 5190], scale="htk"), [0, 6300, 69300], **EXACT)
    assert_allclose(hz_to_mel(1000, scale="htk"), 999.9855, atol=5e-5)  # meant to be 1000


def test_a_number_gives_a_number_and_float32_stays():
    for scale, function in itertools.product(("slaney", "htk"), (hz_to_mel, mel_to_hz)):
        assert np.ndim(function(440, scale=scale)) == 0
        assert function(np.float32([20, 440]), scale=scale).dtype == np.float32
        assert function(np.full((2, 3), 50.0), scale=scale).shape == (2, 3)


def test_frequencies_at_equal_steps_of_pitch_include_both_ends():
    assert_allclose(mel_frequencies_hz(4, f_max=1000), [0, 1000 / 3, 2000 / 3, 1000], rtol=1e-13)
    assert_allclose(mel_frequencies_hz(3, f_min=1000, f_max=6400), [1000, 1000 * math.sqrt(6.4), 6400], rtol=1e-13)
    assert_allclose(mel_frequencies_hz(3, f_max=69300, scale="htk"), [0, 6300, 69300], rtol=1e-13)


# Edges at 0, 200, 400, 600, 800 Hz, where Slaney's scale is a line; a bin every 100 Hz.
TRIANGLES = np.array(
    [[0, 0.5, 1, 0.5, 0, 0, 0, 0, 0], [0, 0, 0, 0.5, 1, 0.5, 0, 0, 0], [0, 0, 0, 0, 0, 0.5, 1, 0.5, 0]]
)


def test_three_triangles_are_those_worked_by_hand():
    options = {"sample_rate": 1600, "n_fft": 16, "n_mels": 3}
    assert_allclose(mel_filterbank(**options, norm=None), TRIANGLES, atol=1e-14)
    assert_allclose(mel_filterbank(**options), TRIANGLES / 200, atol=1e-16)  # half of 400 Hz wide
    assert_allclose(mel_filterbank(**options, norm=None, linear_in="mel"), TRIANGLES, atol=1e-14)


def test_a_triangle_over_mel_is_half_high_halfway_in_mel():
    # HTK: edges at 0, 2595 and 5190 mel are 0, 6300 and 69300 Hz; 2595/2 mel are 700 (√10 − 1) Hz.
    half_hz = 700 * (math.sqrt(10) - 1)
    options = {"sample_rate": 100 * half_hz, "n_fft": 100, "n_mels": 1, "f_max": 69300, "scale": "htk", "norm": None}
    assert_allclose(mel_filterbank(**options, linear_in="mel")[0, 1], 0.5, rtol=1e-12)
    assert_allclose(mel_filterbank(**options)[0, 1], half_hz / 6300, rtol=1e-12)


def test_the_mel_spectrogram_of_one_impulse_sums_each_triangle():
    # |X|² = 1 in every bin of a frame that holds the impulse under the top of a rectangular window.
    x = np.zeros(16)
    x[3] = 1
    options = {"sample_rate": 1600, "n_fft": 16, "n_mels": 3, "norm": None, "window": "rectangular", "center": False}
    assert_allclose(mel_spectrogram(x, **options), [[2], [2], [2]], rtol=1e-13)
    assert_allclose(mel_spectrogram(3 * x, **options, power=1.0), [[6], [6], [6]], rtol=1e-13)
    assert_allclose(mel_spectrogram(3 * x, **options), [[18], [18], [18]], rtol=1e-13)


def test_logarithms_are_those_worked_by_hand():
    mel_power = np.array([[1.0, 100.0, 0.0]])
    assert_allclose(log_mel(mel_power), [[0, 20, -100]], atol=1e-12)
    assert_allclose(log_mel(mel_power, log="log10"), [[0, 2, -10]], atol=1e-12)
    assert_allclose(log_mel(mel_power, log="natural"), np.log(10) * np.array([[0, 2, -10]]), atol=1e-12)
    assert_allclose(log_mel(mel_power, ref=10.0), [[-10, 10, -110]], atol=1e-12)
    assert_allclose(log_mel(mel_power, ref=np.max), [[-20, 0, -120]], atol=1e-12)
    assert_allclose(log_mel(mel_power, floor=1e-3), [[0, 20, -30]], atol=1e-12)


def test_top_db_means_decibels_whatever_the_logarithm_and_counts_from_each_spectrograms_own_maximum():
    mel_power = np.array([[[1.0, 100.0, 1e-4]], [[1.0, 1e-2, 1e-4]]])
    assert_allclose(log_mel(mel_power, top_db=30), [[[0, 20, -10]], [[0, -20, -30]]], atol=1e-12)
    assert_allclose(log_mel(mel_power, log="log10", top_db=30), [[[0, 2, -1]], [[0, -2, -3]]], atol=1e-12)
    natural = np.log(10) * np.array([[[0, 2, -1]], [[0, -2, -3]]])
    assert_allclose(log_mel(mel_power, log="natural", top_db=30), natural, atol=1e-12)


def test_the_first_two_frames_of_pcen_are_those_worked_by_hand():
    # T = √2 frames gives b = ½; M = ½ · 1 + ½ · 3 = 2, then ½ · 2 + ½ · 6 = 4; P = √(S / M + 2) − √2.
    found = pcen([[3.0, 6.0]], sample_rate=1.0, hop_length=1, time_constant_s=math.sqrt(2), gain=1, eps=1e-15)
    assert_allclose(found, [[math.sqrt(3.5) - math.sqrt(2)] * 2], rtol=1e-12)


def test_silence_is_minus_one_and_a_half_to_whisper():
    assert_allclose(whisper_log_mel(np.zeros(400)), np.full((80, 3000), -1.5), atol=1e-15)  # (−10 + 4) / 4


def test_a_band_is_spread_evenly_over_its_bins_on_the_way_back():
    # One triangle 0, ½, 1, ½, 0: every flat S with 2 S = M will do, and the mean of the band is flat.
    found = mel_to_linear([[6.0]], sample_rate=800, n_fft=8, f_max=400, norm=None)
    assert_allclose(found[:, 0], [0, 3, 3, 3, 0], rtol=1e-14)


# ------------------------------------------------------------------------------ independent oracle

frequencies = st.lists(st.floats(0, 96_000), min_size=1, max_size=20).map(np.array)


@scales
@given(frequency_hz=frequencies)
def test_the_scales_agree_with_librosa(scale, frequency_hz):
    mel = librosa.hz_to_mel(frequency_hz, htk=scale == "htk")
    assert_allclose(hz_to_mel(frequency_hz, scale=scale), mel, **SAME)
    assert_allclose(mel_to_hz(mel, scale=scale), librosa.mel_to_hz(mel, htk=scale == "htk"), **SAME)


@scales
def test_kaldis_scales_agree_up_to_their_constants(scale):
    frequency_hz = np.geomspace(20, 20_000, 50)
    kaldi = {"slaney": "mel_scale_slaney", "htk": "mel_scale"}[scale]
    found = [getattr(kaldi_native_fbank.MelBanks, kaldi)(f) for f in frequency_hz]
    # In float32; 1127 stands for 2595 / ln 10 = 1126.99.
    assert_allclose(found, hz_to_mel(frequency_hz, scale=scale), rtol=2e-5)


@scales
@pytest.mark.parametrize(("n_mels", "f_min", "f_max"), [(2, 0, 8000), (130, 20, 11025), (41, 1000.5, 22050)])
def test_the_frequencies_agree_with_librosa(scale, n_mels, f_min, f_max):
    expected = librosa.mel_frequencies(n_mels, fmin=f_min, fmax=f_max, htk=scale == "htk")
    assert_allclose(mel_frequencies_hz(n_mels, f_min=f_min, f_max=f_max, scale=scale), expected, rtol=1e-9, atol=1e-10)


def assert_the_bank_is_librosas(sample_rate, n_fft, n_mels, f_min, f_max, scale, norm):
    options = {"n_fft": n_fft, "n_mels": n_mels, "norm": norm}
    ours = quietly(mel_filterbank, sample_rate=sample_rate, f_min=f_min, f_max=f_max, scale=scale, **options)
    theirs = quietly(
        librosa.filters.mel, sr=sample_rate, fmin=f_min, fmax=f_max, htk=scale == "htk", dtype=float, **options
    )
    # A bin at the foot of a triangle has a weight of about 0, with a rounding error relative to the peak.
    assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10 * max(ours.max(), theirs.max()))


@scales
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize("n_fft", [2048, 512, 511, 400, 33])
@pytest.mark.parametrize("sample_rate", [16000, 22050, 44100, 7999, 11025.5])
def test_the_filter_bank_agrees_with_librosa(scale, norm, n_fft, sample_rate):
    limits = [(0.0, None), (20.0, None), (0.0, 0.45 * sample_rate), (133.3, 0.305 * sample_rate)]
    for (f_min, f_max), n_mels in itertools.product(limits, (1, 40, 128)):
        assert_the_bank_is_librosas(sample_rate, n_fft, n_mels, f_min, f_max, scale, norm)


@given(
    sample_rate=st.floats(1000, 192_000) | st.integers(1000, 192_000),
    n_fft=st.integers(1, 1024),
    n_mels=st.integers(1, 150),
    limits=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    scale=st.sampled_from(["slaney", "htk"]),
    norm=st.sampled_from(["slaney", None]),
)
def test_any_filter_bank_agrees_with_librosa(sample_rate, n_fft, n_mels, limits, scale, norm):
    f_min, f_max = (limit * sample_rate / 2 for limit in limits)
    assume(f_max - f_min > 50)  # narrower triangles magnify the rounding of their edges
    assert_the_bank_is_librosas(sample_rate, n_fft, n_mels, f_min, f_max, scale, norm)


@scales
@pytest.mark.parametrize(("linear_in", "norm"), [("hz", "slaney"), ("hz", None), ("mel", None)])
def test_the_filter_bank_agrees_with_transformers(scale, linear_in, norm):
    for n_bins, n_mels, f_min, f_max, sample_rate in [(257, 40, 20, 7600, 16000), (1025, 80, 0, 11025, 22050)]:
        from transformers.audio_utils import mel_filter_bank  # here: it takes 3 s

        expected = mel_filter_bank(
            n_bins, n_mels, f_min, f_max, sample_rate, norm, scale, triangularize_in_mel_space=linear_in == "mel"
        )
        options = {"sample_rate": sample_rate, "n_fft": 2 * n_bins - 2, "n_mels": n_mels, "f_min": f_min}
        ours = mel_filterbank(**options, f_max=f_max, scale=scale, norm=norm, linear_in=linear_in)
        assert_allclose(ours, expected.T, rtol=1e-9, atol=1e-10 * ours.max())


@pytest.mark.parametrize(("n_mels", "f_min", "f_max"), [(23, 20.0, 8000.0), (40, 0.0, 7600.0), (80, 60.5, 7000.0)])
def test_triangles_over_mel_are_kaldis(n_mels, f_min, f_max):
    options, frames = kaldi_native_fbank.MelBanksOptions(), kaldi_native_fbank.FrameExtractionOptions()
    options.num_bins, options.low_freq, options.high_freq, frames.samp_freq = n_mels, f_min, f_max, 16000
    expected = np.array(kaldi_native_fbank.MelBanks(options, frames, 1.0).get_matrix())
    limits = {"n_mels": n_mels, "f_min": f_min, "f_max": f_max}
    ours = quietly(mel_filterbank, sample_rate=16000, n_fft=512, **limits, scale="htk", norm=None, linear_in="mel")
    # Kaldi computes mel in float32: 1 part in 10⁷ of 2840 mel, over half a width of at least 30 mel.
    assert_allclose(ours[:, : expected.shape[1]], expected, rtol=0, atol=3e-5)


def torchaudio_bank(n_bins, f_min, f_max, n_mels, sample_rate, norm, scale):
    """The published formula of ``torchaudio.functional.melscale_fbanks``, transposed: bins up to half the rate."""
    bins_hz = np.linspace(0, sample_rate // 2, n_bins)
    if scale == "htk":
        mel = np.linspace(2595 * np.log10(1 + f_min / 700), 2595 * np.log10(1 + f_max / 700), n_mels + 2)
        edges = 700 * (10 ** (mel / 2595) - 1)
    else:
        edges = librosa.mel_frequencies(n_mels + 2, fmin=f_min, fmax=f_max)
    slopes = edges[np.newaxis] - bins_hz[:, np.newaxis]
    down, up = -slopes[:, :-2] / np.diff(edges)[:-1], slopes[:, 2:] / np.diff(edges)[1:]
    bank = np.maximum(0, np.minimum(down, up))
    return (bank * (2 / (edges[2:] - edges[:-2]) if norm == "slaney" else 1)).T


@scales
@pytest.mark.parametrize("norm", ["slaney", None])
def test_the_filter_bank_agrees_with_torchaudios_formula(scale, norm):
    expected = torchaudio_bank(513, 30.0, 7000.0, 64, 16000, norm, scale)
    ours = mel_filterbank(sample_rate=16000, n_fft=1024, n_mels=64, f_min=30.0, f_max=7000.0, scale=scale, norm=norm)
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-10 * ours.max())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_fft": 512, "hop_length": 160, "win_length": 400, "n_mels": 40, "power": 1.0},
        {"n_fft": 511, "hop_length": 100, "n_mels": 20, "center": False, "window": "hamming"},
        {"n_fft": 1024, "hop_length": 256, "pad_mode": "reflect", "norm": None, "n_mels": 64},
    ],
    ids=len,
)
@scales
def test_the_mel_spectrogram_agrees_with_librosa(options, scale):
    x = random_signal(2, 8000)
    limits = {"fmin": 50, "fmax": 7000, "htk": scale == "htk", "dtype": float}
    expected = librosa.feature.melspectrogram(y=x, sr=16000, **limits, **options)
    found = mel_spectrogram(x, sample_rate=16000, f_min=50, f_max=7000, scale=scale, **options)
    assert_allclose(found, expected, **SAME)


@given(
    ref=st.floats(1e-12, 1e6),
    floor=st.floats(1e-12, 1e-2),
    top_db=st.none() | st.floats(0, 200),
    seed=st.integers(0, 99),
)
def test_decibels_agree_with_librosa(ref, floor, top_db, seed):
    mel_power = power(5, 7, seed=seed) * (random_signal(5, 7, seed=seed) > -0.8)
    expected = librosa.power_to_db(mel_power, ref=ref, amin=floor, top_db=top_db)
    assert_allclose(log_mel(mel_power, ref=ref, floor=floor, top_db=top_db), expected, rtol=1e-9, atol=1e-11)
    expected = librosa.power_to_db(mel_power, ref=np.max, amin=floor, top_db=top_db)
    assert_allclose(log_mel(mel_power, ref=np.max, floor=floor, top_db=top_db), expected, rtol=1e-9, atol=1e-11)


def whisper_by_torch(x, n_mels):
    """The published formula in float64, on torch's STFT and librosa's bank."""
    window = torch.hann_window(400, dtype=torch.float64)
    spectrum = torch.stft(torch.tensor(x), 400, 160, window=window, return_complex=True)[..., :-1].numpy()
    bank = librosa.filters.mel(sr=16000, n_fft=400, n_mels=n_mels, dtype=float)
    log_power = np.log10(np.maximum(bank @ np.abs(spectrum) ** 2, 1e-10))
    return (np.maximum(log_power, log_power.max() - 8) + 4) / 4


def speech_like():
    """A second of noise that fades by 120 dB, so that the clamp and the floor both act."""
    return random_signal(16000) * np.geomspace(1, 1e-6, 16000)


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("n_time", [201, 16000, 16037])
def test_whispers_front_end_is_the_published_formula(n_mels, n_time):
    x = np.resize(speech_like(), n_time)
    expected = whisper_by_torch(x, n_mels)
    assert_allclose(whisper_log_mel(x, n_mels=n_mels, pad_s=None), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("seconds", [0.5, 30, 31.7])
def test_whispers_front_end_agrees_with_transformers(n_mels, seconds):
    x = np.resize(speech_like(), round(16000 * seconds))
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor(feature_size=n_mels)
    ours = whisper_log_mel(x, n_mels=n_mels)
    assert ours.shape == (n_mels, 3000)
    # Its numpy path computes in float64 and stores the result, at most 2 in size, in float32.
    padded = np.pad(x, (0, max(0, 480_000 - len(x))))[:480_000]
    expected = extractor._np_extract_fbank_features([padded], "cpu")[0]
    assert_allclose(ours, expected, rtol=0, atol=5e-7)
    # Its usual path is float32 throughout. An FFT of 400 points errs by about 1e-7 of the loudest bin, so a power
    # that is 80 dB (1e-4 in amplitude) below it by about 2e-3 of itself: 1e-3 / ln 10 / 4 of a unit. Mostly it is less.
    expected = extractor(x, sampling_rate=16000, return_tensors="np")["input_features"][0]
    assert_allclose(ours, expected, rtol=0, atol=2e-4)
    assert np.abs(ours - expected).mean() < 1e-6
    assert_allclose(whisper_log_mel(x.astype(np.float32), n_mels=n_mels), expected, rtol=0, atol=2e-4)


@given(
    gain=st.floats(0, 1),
    bias=st.floats(0.01, 10),
    exponent=st.floats(0.01, 1),
    time_constant_s=st.floats(0.01, 2),
    eps=st.floats(1e-9, 1e-2),
    scale=st.sampled_from([1e-6, 1.0, 2.0**31]),
)
def test_pcen_agrees_with_librosa(gain, bias, exponent, time_constant_s, eps, scale):
    mel_power = scale * power(2, 4, 50)
    ours = {"gain": gain, "bias": bias, "power": exponent, "eps": eps}
    expected = librosa.pcen(mel_power, sr=16000, hop_length=160, time_constant=time_constant_s, **ours)
    found = pcen(mel_power, sample_rate=16000, hop_length=160, time_constant_s=time_constant_s, **ours)
    assert_allclose(found, expected, **SAME)


def test_pcens_defaults_are_librosas():
    mel_power = power(4, 50)
    expected = librosa.pcen(mel_power, sr=22050, hop_length=512)
    assert_allclose(pcen(mel_power, sample_rate=22050, hop_length=512), expected, **SAME)


def test_pcen_is_the_recursion_of_its_definition():
    mel_power = power(3, 40)
    n_frames = 0.4 * 22050 / 512
    b, slow = (math.sqrt(1 + 4 * n_frames**2) - 1) / (2 * n_frames**2), 1
    for t in range(40):
        slow = (1 - b) * slow + b * mel_power[:, t]
        expected = (mel_power[:, t] / (1e-6 + slow) ** 0.98 + 2) ** 0.5 - 2**0.5
        found = pcen(mel_power, sample_rate=22050, hop_length=512)[:, t]
        assert_allclose(found, expected, rtol=1e-9, atol=1e-14)  # the definition subtracts numbers near 1


INVERSES = [{}, {"scale": "htk", "norm": None}, {"f_min": 80.0, "f_max": 7600.0}]


def residual(bank, linear, mel_power):
    return np.linalg.norm(bank @ linear - mel_power) / np.linalg.norm(mel_power)


@pytest.mark.parametrize("options", INVERSES, ids=len)
def test_the_way_back_fits_better_than_librosas(options):
    linear = power(257, 8)
    bank = mel_filterbank(sample_rate=16000, n_fft=512, n_mels=40, **options)
    mel_power = bank @ linear
    theirs = librosa.feature.inverse.mel_to_stft(
        mel_power, sr=16000, n_fft=512, fmin=options.get("f_min", 0), fmax=options.get("f_max"),
        htk=options.get("scale") == "htk", norm=options.get("norm", "slaney"),
    )  # fmt: skip
    ours = mel_to_linear(mel_power, sample_rate=16000, n_fft=512, **options)
    assert ours.shape == linear.shape
    assert ours.min() >= 0
    assert residual(bank, ours, mel_power) <= residual(bank, theirs**2, mel_power)
    assert residual(bank, ours, mel_power) < 1e-3


def test_the_way_back_comes_near_least_squares_where_no_spectrogram_fits():
    # Bands at random, which overlapping triangles cannot all reach: scipy's exact solver gives the least residual.
    bank = mel_filterbank(sample_rate=16000, n_fft=512, n_mels=40)
    mel_power = power(40, 6)
    exact = np.stack([scipy.optimize.nnls(bank, column)[0] for column in mel_power.T], axis=1)
    ours = residual(bank, mel_to_linear(mel_power, sample_rate=16000, n_fft=512), mel_power)
    least = residual(bank, exact, mel_power)
    assert least > 0.01
    assert ours <= 1.6 * least  # another distance is minimised


@pytest.mark.parametrize("power", [1.0, 2.0, 0.7])
def test_bands_made_block_by_block_are_the_bank_times_the_spectrogram(power):
    x, options = random_signal(2, 60_000), {"n_fft": 1000, "hop_length": 100, "pad_mode": "reflect"}  # three blocks
    bank = mel_filterbank(sample_rate=16000, n_fft=1000, n_mels=40)
    found = mel_spectrogram(x, sample_rate=16000, n_mels=40, power=power, **options)
    assert_allclose(found, bank @ spectrogram(x, power=power, **options), rtol=1e-12)


def test_empty_filters_give_bands_of_zero():
    options = {"sample_rate": 16000, "n_fft": 16, "n_mels": 200}  # bins every 1000 Hz
    x, bank = random_signal(3000), quietly(mel_filterbank, **options)
    found = quietly(mel_spectrogram, signal=x, **options)
    assert not bank[:16].any()
    assert not found[~bank.any(axis=1)].any()
    assert_allclose(found, bank @ spectrogram(x, n_fft=16), rtol=1e-12)


# -------------------------------------------------------------------------------------- invariants


@scales
@given(frequency_hz=frequencies)
def test_the_scales_are_inverse_pairs(scale, frequency_hz):
    # HTK's 1 + f/700 loses what is below 1e-16 of 1, which is 1e-13 Hz.
    mel = hz_to_mel(frequency_hz, scale=scale)
    assert_allclose(mel_to_hz(mel, scale=scale), frequency_hz, rtol=1e-12, atol=1e-12)
    assert_allclose(hz_to_mel(mel_to_hz(mel, scale=scale), scale=scale), mel, rtol=1e-12, atol=1e-11)


@scales
@given(pair=st.tuples(st.floats(0, 96_000), st.floats(0, 96_000)).map(sorted))
def test_the_scales_rise(scale, pair):
    assume(pair[1] - pair[0] > 1e-6)
    low, high = hz_to_mel(pair, scale=scale)
    assert low < high
    low, high = mel_to_hz(np.array(pair) / 1000, scale=scale)
    assert low < high


banks = st.fixed_dictionaries(
    {
        "sample_rate": st.integers(2000, 96_000),
        "n_fft": st.integers(2, 2048),
        "n_mels": st.integers(1, 100),
        "f_min": st.floats(0, 400),
        "f_max": st.none() | st.floats(600, 1000),
        "scale": st.sampled_from(["slaney", "htk"]),
        "linear_in": st.sampled_from(["hz", "mel"]),
    }
)


def edges_of(options):
    f_max = options["f_max"] or options["sample_rate"] / 2
    return mel_frequencies_hz(options["n_mels"] + 2, f_min=options["f_min"], f_max=f_max, scale=options["scale"])


@given(options=banks)
def test_triangles_are_never_negative_and_add_up_to_one_between_the_first_centre_and_the_last(options):
    bank, edges_hz = quietly(mel_filterbank, **options, norm=None), edges_of(options)
    bins_hz = np.arange(options["n_fft"] // 2 + 1) * options["sample_rate"] / options["n_fft"]
    assert bank.shape == (options["n_mels"], len(bins_hz))
    assert bank.min() >= 0
    assert bank.max() <= 1
    inside = (bins_hz >= edges_hz[1]) & (bins_hz <= edges_hz[-2])
    assert_allclose(bank[:, inside].sum(axis=0), 1, atol=1e-9)  # rounding of the edges over the width
    outside = (bins_hz < edges_hz[0]) | (bins_hz > edges_hz[-1])
    assert not bank[:, outside].any()


@given(options=banks)
def test_the_norm_divides_each_filter_by_half_its_width(options):
    edges_hz = edges_of(options)
    half_width = (edges_hz[2:] - edges_hz[:-2])[:, np.newaxis] / 2
    expected = quietly(mel_filterbank, **options, norm=None) / half_width
    assert_allclose(quietly(mel_filterbank, **options), expected, rtol=1e-12)


@scales
def test_filters_peak_at_their_centres_and_hold_an_area_of_one_hertz(scale):
    bank = mel_filterbank(sample_rate=16000, n_fft=2**16, n_mels=40, scale=scale)
    bin_hz = 16000 / 2**16
    centres_hz = mel_frequencies_hz(42, f_max=8000, scale=scale)[1:-1]
    assert_allclose(bank.argmax(axis=1) * bin_hz, centres_hz, atol=bin_hz)
    assert_allclose(bank.sum(axis=1) * bin_hz, 1, rtol=1e-4)  # a Riemann sum over 400 bins or more


def test_white_noise_is_level_after_slaneys_norm_and_rises_without():
    def range_db(norm):
        mel_power = mel_spectrogram(random_signal(200_000), sample_rate=16000, n_mels=40, norm=norm)
        return np.ptp(log_mel(mel_power.mean(axis=-1, keepdims=True)))

    assert range_db("slaney") < 1.5  # means of 390 frames and at least 13 bins
    assert range_db(None) > 6  # the widest filter is five times as wide as the narrowest


@given(signal_gain=st.floats(1e-3, 1e3))
def test_power_goes_with_the_square_of_the_signal(signal_gain):
    x = random_signal(4000)
    options = {"sample_rate": 8000, "n_fft": 256, "n_mels": 20}
    expected = signal_gain**2 * mel_spectrogram(x, **options)
    assert_allclose(mel_spectrogram(signal_gain * x, **options), expected, rtol=1e-11)


@pytest.mark.parametrize("log", ["db", "natural", "log10"])
def test_nothing_lies_below_the_floor_and_float32_stays(log):
    mel_power = power(4, 5, dtype=np.float32) * np.float32([1, 0, 1, 0, 1])
    level = log_mel(mel_power, log=log, floor=1e-5)
    assert level.dtype == np.float32
    assert level.min() == pytest.approx({"db": -50, "natural": -5 * math.log(10), "log10": -5}[log], rel=1e-6)
    assert_allclose(level, log_mel(mel_power.astype(float), log=log, floor=1e-5), rtol=1e-5, atol=1e-5)


def test_float32_gives_float32_near_the_result_in_float64():
    x, mel_power = random_signal(8000, dtype=np.float32), power(80, 20, dtype=np.float32)
    rate = {"sample_rate": 16000}
    for function, data, options in [
        (mel_spectrogram, x, rate | {"n_mels": 40}),
        (whisper_log_mel, x, {}),
        (pcen, mel_power, rate | {"hop_length": 160}),
        (mel_to_linear, mel_power, rate),
    ]:
        single, double = function(data, **options), function(data.astype(float), **options)
        assert (single.dtype, double.dtype) == (np.float32, np.float64), function
        # Roundings of 6e-8; a hundred multiplications on the way back.
        assert_allclose(single, double, rtol=1e-3, atol=1e-5 * double.max(), err_msg=str(function))


def test_leading_axes_are_a_batch():
    x, mel_power, rate = random_signal(2, 3, 3000), power(2, 3, 40, 9), {"sample_rate": 16000}
    for function, data, options in [
        (mel_spectrogram, x, rate | {"n_mels": 40, "n_fft": 512}),
        (whisper_log_mel, x * np.arange(1, 4)[:, None], {"pad_s": 0.2}),
        (log_mel, mel_power * np.arange(1, 4)[:, None, None], {"top_db": 20}),
        (pcen, mel_power, rate | {"hop_length": 160}),
        (mel_to_linear, mel_power, rate | {"n_fft": 512}),
    ]:
        together = function(data, **options)
        alone = [[function(one, **options) for one in row] for row in data]
        assert_allclose(together, alone, rtol=1e-12, atol=1e-14, err_msg=str(function))


def test_the_input_is_left_as_it_was():
    x, mel_power, rate = random_signal(3000), power(40, 9), {"sample_rate": 16000}
    before = x.copy(), mel_power.copy()
    mel_spectrogram(x, **rate), whisper_log_mel(x), log_mel(mel_power, top_db=10)
    pcen(mel_power, **rate, hop_length=160), mel_to_linear(mel_power, **rate, n_fft=512)
    assert_array_equal(x, before[0])
    assert_array_equal(mel_power, before[1])


def test_a_steady_sound_fades_in_pcen_and_a_new_one_stands_out():
    mel_power = np.full((1, 400), 1e6)
    mel_power[:, 200:210] *= 10
    found = pcen(mel_power, sample_rate=22050, hop_length=512)[0]
    assert found[0] > 5 * found[199]
    assert found[200] > 2 * found[199]
    assert found[399] == pytest.approx(found[199], rel=1e-2)


@given(scale=st.sampled_from([1e-6, 1e6]))
def test_the_way_back_scales_with_its_input_and_fits_better_with_every_step(scale):
    mel_power = mel_filterbank(sample_rate=16000, n_fft=512, n_mels=40) @ power(257, 5)
    bank = mel_filterbank(sample_rate=16000, n_fft=512, n_mels=40)
    options = {"sample_rate": 16000, "n_fft": 512}
    louder = mel_to_linear(scale * mel_power, **options)
    assert_allclose(louder, scale * mel_to_linear(mel_power, **options), rtol=1e-9)
    errors = [residual(bank, mel_to_linear(mel_power, **options, n_iter=n), mel_power) for n in (1, 3, 10, 30, 100)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 10 * errors[-1]


def test_silence_comes_back_as_silence():
    assert not mel_to_linear(np.zeros((40, 3)), sample_rate=16000, n_fft=512).any()
    mel_power = np.zeros((40, 2))
    mel_power[20, 1] = 1
    found = mel_to_linear(mel_power, sample_rate=16000, n_fft=512)
    assert not found[:, 0].any()
    assert np.isfinite(found).all()


# -------------------------------------------------------------------------------------------- edges


def test_an_empty_filter_is_named_with_the_way_out_and_where_it_was_asked_for():
    # Edges at 0, 200, 400, 600, 800 Hz, and bins at 0 and 1000 Hz.
    with pytest.warns(UserWarning) as caught:
        bank = mel_filterbank(sample_rate=2000, n_fft=2, n_mels=3, f_max=800)
    message = str(caught[0].message)
    assert not bank.any()
    assert "3 of n_mels=3 filters are empty" in message
    assert "filter 0, 1, 2:" in message
    assert "lower n_mels, or raise n_fft (6 fills all)" in message  # each is 400 Hz wide: 2000 / 400, and one more
    assert caught[0].filename == __file__


@given(options=banks, norm=st.sampled_from(["slaney", None]))
def test_the_warning_names_every_empty_filter_and_its_advice_fills_them(options, norm):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bank = mel_filterbank(**options, norm=norm)
    empty = np.flatnonzero(bank.sum(axis=1) == 0)
    assert len(caught) == bool(len(empty))
    if len(empty):
        message = str(caught[0].message)
        assert message.startswith(f"{len(empty)} of n_mels=")
        assert [int(i) for i in re.findall(r"\d+", re.search("filter ([^:]*):", message)[1])] == list(empty[:8])
        assert ("…" in message) == (len(empty) > 8)
        enough = int(re.search(r"\((\d+) fills all\)", message)[1])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            mel_filterbank(**options | {"n_fft": enough}, norm=norm)


def test_librosas_silent_first_filter_is_named_too():
    # Filter 0 spans 0 to 87 Hz and the first bins are 0 and 172 Hz; librosa does not look at filters that begin at 0.
    with pytest.warns(UserWarning, match="filters are empty.*filter 0"):
        mel_filterbank(sample_rate=44100, n_fft=256, n_mels=60)


def test_sensible_banks_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mel_filterbank(sample_rate=22050, n_fft=2048).shape == (128, 1025)
        mel_filterbank(sample_rate=16000, n_fft=400, n_mels=128)
        mel_filterbank(sample_rate=16000, n_fft=512, n_mels=23, f_min=20, scale="htk", norm=None, linear_in="mel")
        mel_filterbank(sample_rate=8000, n_fft=256, n_mels=1, f_max=4000)


def test_whisper_pads_and_cuts_to_the_length_asked_for():
    x = random_signal(16000)
    assert whisper_log_mel(x).shape == (80, 3000)
    assert whisper_log_mel(x, pad_s=2.5, n_mels=40).shape == (40, 250)
    assert whisper_log_mel(x, pad_s=None).shape == (80, 100)
    assert_array_equal(whisper_log_mel(x, pad_s=0.5), whisper_log_mel(x[:8000], pad_s=None))
    padded = np.pad(x, (0, 16000))
    assert_array_equal(whisper_log_mel(x, pad_s=2), whisper_log_mel(padded, pad_s=None))


def test_the_peak_of_memory_is_at_most_one_and_a_half_times_the_spectrum():
    x = random_signal(60 * 22050, dtype=np.float32)
    mel_spectrogram(x[:5000], sample_rate=22050)
    tracemalloc.start()
    try:
        n_frames = mel_spectrogram(x, sample_rate=22050).shape[-1]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.5 * 1025 * n_frames * np.dtype(np.complex64).itemsize


# ------------------------------------------------------------------------------------------- errors

BANK = {"sample_rate": 16000, "n_fft": 512}


def test_a_band_beyond_nyquist_or_upside_down_is_refused():
    for function in (mel_filterbank, lambda **o: mel_spectrogram(np.ones(600), **o)):
        with refuses(r"f_max=9000 lies above the Nyquist frequency 8000 Hz"):
            function(**BANK, f_max=9000)
        with refuses("f_min=4000 must lie below f_max=4000"):
            function(**BANK, f_min=4000, f_max=4000)
        with refuses("f_min=8000 must lie below f_max=8000"):
            function(**BANK, f_min=8000)
        with refuses("f_min must be at least 0, got -5"):
            function(**BANK, f_min=-5)
    with refuses("f_max=9000 lies above"):
        mel_to_linear(power(40, 3), **BANK, f_max=9000)
    with refuses("f_min=5 must lie below f_max=5"):
        mel_frequencies_hz(4, f_min=5, f_max=5)
    with refuses("n_mels must be at least 2, got 1"):
        mel_frequencies_hz(1, f_max=100)


def test_edges_that_rounding_makes_one_are_refused():
    with refuses("n_mels=80 filters between 1000 and 1000 Hz must be at least 1e-9 Hz wide"):
        mel_filterbank(**BANK, n_mels=80, f_min=1000, f_max=np.nextafter(1000, 2000))


def test_more_filters_than_fit_are_refused():
    with refuses("n_mels must be at most 261123, got 1000000"):  # 2²⁶ // 257 bins
        mel_filterbank(**BANK, n_mels=10**6)


@scales
def test_negative_complex_and_enormous_values_are_refused(scale):
    with refuses("frequency_hz must not be negative, got -3"):
        hz_to_mel([1, -3], scale=scale)
    with refuses("mel must not be negative, got -3"):
        mel_to_hz([1, -3], scale=scale)
    with refuses("frequency_hz must be real", TypeError):
        hz_to_mel([1j], scale=scale)
    with refuses("the largest mel must be at most"):
        mel_to_hz(1e6, scale=scale)


def test_names_that_are_unknown_are_refused():
    for name, value in {"scale": "mel", "norm": "l2", "linear_in": "bark"}.items():
        with refuses(f"{name} must be one of .*, got '{value}'"):
            mel_filterbank(**BANK, **{name: value})
    with refuses("log must be one of 'db', 'natural', 'log10', got 'ln'"):
        log_mel(power(4, 5), log="ln")


@pytest.mark.parametrize(
    "function",
    [
        log_mel,
        lambda m: pcen(m, sample_rate=16000, hop_length=160),
        lambda m: mel_to_linear(m, sample_rate=16000, n_fft=512),
    ],
    ids=["log_mel", "pcen", "mel_to_linear"],
)
def test_what_is_no_mel_power_is_refused(function):
    with refuses("mel_power must not be negative, got -60"):
        function(np.full((40, 3), -60.0))
    with refuses(r"mel_power must have the axes \(…, freq, time\)"):
        function(np.ones(40))
    with refuses("mel_power must be real", TypeError):
        function(np.ones((40, 3), complex))
    with refuses("mel_power must be finite"):
        function(np.full((40, 3), np.nan))
    with refuses("mel_power must not be empty"):
        function(np.ones((40, 0)))


@pytest.mark.parametrize(
    "function", [lambda x: mel_spectrogram(x, **BANK), whisper_log_mel], ids=["mel_spectrogram", "whisper_log_mel"]
)
def test_what_is_no_signal_is_refused(function):
    with refuses("integer PCM", TypeError):
        function(np.ones(600, np.int16))
    with refuses("time as its last axis"):
        function(np.ones((600, 2)))
    with refuses("signal must be real", TypeError):
        function(np.ones(600, complex))


def test_whisper_refuses_another_rate_and_what_cannot_be_mirrored():
    with refuses("sample_rate must be 16000 for Whisper, got 44100: resample first"):
        whisper_log_mel(random_signal(600), sample_rate=44100)
    with refuses("signal must hold at least 201 samples, got 200: zero-pad it or raise pad_s"):
        whisper_log_mel(random_signal(200), pad_s=None)
    with refuses("pad_s=1e-06 must hold a sample at sample_rate=16000"):
        whisper_log_mel(random_signal(200), pad_s=1e-6)


def test_limits_of_the_logarithm_and_of_pcen_are_kept():
    with refuses("floor must be at least 1.1754943508222875e-38, got 0"):
        log_mel(power(4, 5, dtype=np.float32), floor=0)
    for ref in (0, lambda mel_power: -1.0):
        with refuses("ref must be (above|at least) 0, got"):
            log_mel(power(4, 5), ref=ref)
    assert_array_equal(log_mel(np.zeros((4, 5)), ref=np.max), np.zeros((4, 5)))
    with refuses("top_db must be at least 0, got -80"):
        log_mel(power(4, 5), top_db=-80)
    for name, value, rule in [("gain", 2, "at most 1"), *((name, 0, "above 0") for name in ("bias", "power", "eps"))]:
        with refuses(f"{name} must be {rule}, got {value}"):
            pcen(power(4, 5), sample_rate=16000, hop_length=160, **{name: value})
    with refuses("time_constant_s must be above 0, got 0"):
        pcen(power(4, 5), sample_rate=16000, hop_length=160, time_constant_s=0)


# ------------------------------------------------------------------------------------ hostile input

BANDS = {**SAMPLE_RATE, "n_fft": (16, COUNT), "scale": ("htk", NAME), "norm": (None, NAME[1:])}
BANDS |= {"f_min": (0.0, [*NUMBER, -1, 4000]), "f_max": (4000, [*NUMBER[1:], 0, 4001]), "linear_in": ("mel", NAME)}
MEL_POWER = (np.ones((2, 9)), [*SPECTRUM, -np.ones((2, 9)), 1j * np.ones((2, 9))])
CALLS = {
    hz_to_mel: {"frequency_hz": ([1.0], [*LEVELS, -1]), "scale": ("htk", NAME)},
    mel_to_hz: {"mel": ([1.0], [*LEVELS, -1, 1e5]), "scale": ("htk", NAME)},
    mel_frequencies_hz: {
        "n_mels": (4, [*COUNT, 1]), "f_min": (0, [*NUMBER, -1, 100]), "f_max": (100, [*NUMBER, 0, -1]),
        "scale": ("slaney", NAME),
    },
    mel_filterbank: {**BANDS, "n_mels": (2, [*COUNT, 10**8])},
    mel_spectrogram: {
        "signal": (NOISE, SIGNAL), **BANDS, **GRID, "pad_mode": ("edge", NAME), "power": (2.0, POSITIVE),
        "n_mels": (2, COUNT),
    },
    log_mel: {
        "mel_power": MEL_POWER, "log": ("natural", NAME), "ref": LEVEL["ref"], "floor": (1e-9, [*POSITIVE, 1e-320]),
        "top_db": (80, [*NUMBER[1:], -1, 1e9]),
    },
    whisper_log_mel: {
        "signal": (NOISE, SIGNAL), "n_mels": (8, [*COUNT, 10**8]),
        "pad_s": (0.1, [*POSITIVE[1:], None, 1e-9, 0.01, 1e9]), "sample_rate": (16000, [*POSITIVE, 8000]),
    },
    pcen: {
        "mel_power": MEL_POWER, **SAMPLE_RATE, **HOP, "gain": (0.98, [*NUMBER, -1, 2]), "bias": (2.0, POSITIVE),
        "power": (0.5, [*POSITIVE, 2]), "time_constant_s": (0.4, POSITIVE), "eps": (1e-6, POSITIVE),
    },
    mel_to_linear: {"mel_power": MEL_POWER, **BANDS, "n_iter": (2, COUNT)},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("mel", CALLS)
