"""MFCCs against hand-worked values, librosa, scipy, HTK's formulas, Kaldi and python_speech_features."""

import kaldi_native_fbank
import librosa
import numpy as np
import pytest
import python_speech_features
import scipy.fft
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils.mfcc import (
    CONVENTIONS,
    cmvn,
    dct_matrix,
    delta,
    delta_loop,
    inverse_mfcc,
    lifter,
    mfcc,
    mfcc_from_log_mel,
)
from tests.hostile import COUNT, FEATURES, NAME, NO_FEATURES, NOISE, NUMBER, POSITIVE, REAL, SECOND, SIGNAL, refusals
from tests.support import refuses

EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1
LIKE_LIBRARY = {"rtol": 1e-9, "atol": 1e-9}  # coefficients are of the order of 1 to 1000


def random_features(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(-20, 10, shape).astype(dtype)


def speechlike(seconds=1.0, sample_rate=16000, dtype=np.float64):
    """Noise with a falling spectrum that swells and fades, over a small offset: something to remove a mean from."""
    rng = np.random.default_rng(3)
    noise = np.cumsum(rng.standard_normal(round(seconds * sample_rate))) * 0.01
    noise -= np.linspace(noise[0], noise[-1], len(noise))
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * np.arange(len(noise)) / sample_rate)
    return (0.9 * swell * noise / np.abs(noise).max() + 0.02).astype(dtype)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_the_dct_of_two_and_of_four_points_is_that_worked_by_hand():
    assert_allclose(dct_matrix(2, 2), np.array([[1, 1], [1, -1]]) / np.sqrt(2), **EXACT)
    # cos(π/8) and cos(3π/8) times √(2/4)
    a, b = 0.6532814824381883, 0.2705980500730985
    rows = [[0.5, 0.5, 0.5, 0.5], [a, b, -b, -a], [0.5, -0.5, -0.5, 0.5], [b, -a, a, -b]]
    assert_allclose(dct_matrix(4, 4), rows, **EXACT)
    assert_array_equal(dct_matrix(2, 4), dct_matrix(4, 4)[:2])


def test_norms_of_the_dct_differ_by_factors_known_by_name():
    ortho, htk, plain = (dct_matrix(5, 8, norm=norm) for norm in ("ortho", "htk", None))
    assert_allclose(htk[0], np.sqrt(2) * ortho[0], **EXACT)
    assert_array_equal(htk[1:], ortho[1:])
    assert_allclose(plain[0], 2, **EXACT)
    assert_allclose(plain[1:], 4 * ortho[1:], **EXACT)  # 2 / √(2/8)


def test_the_lifters_are_those_worked_by_hand():
    ones = np.ones((4, 1))
    # sin(π n / 6) = 0, ½, √3/2, 1
    sines = 1 + 3 * np.array([0, 0.5, np.sqrt(3) / 2, 1])
    assert_allclose(lifter(ones, n_lifter=6)[:, 0], sines, **EXACT)
    assert_allclose(lifter(ones, n_lifter=6, kind="librosa")[:3, 0], sines[1:], **EXACT)
    assert_allclose(lifter(ones, n_lifter=0.5, kind="exponential")[:, 0], [1, 1, np.sqrt(2), np.sqrt(3)], **EXACT)


def test_the_cepstrum_of_one_frame_is_that_worked_by_hand():
    log_mel = np.array([[1.0], [2], [3], [6]])
    assert_allclose(mfcc_from_log_mel(log_mel, n_mfcc=1), [[6]], **EXACT)
    assert_allclose(mfcc_from_log_mel(log_mel, n_mfcc=3)[2], [1], **EXACT)  # (1 − 2 − 3 + 6) / 2
    assert_allclose(mfcc_from_log_mel(log_mel, n_mfcc=1, dct_norm="htk"), [[6 * np.sqrt(2)]], **EXACT)
    lifted = mfcc_from_log_mel(log_mel, n_mfcc=3, n_lifter=2)
    assert_allclose(lifted[0], [6], **EXACT)
    assert_allclose(lifted[2], [1], **EXACT)  # 1 + sin π
    assert_allclose(mfcc_from_log_mel(log_mel, n_mfcc=3, n_lifter=4)[2], [3], **EXACT)  # 1 + 2 sin(π/2)


def test_one_coefficient_spreads_evenly_over_the_bands():
    assert_allclose(inverse_mfcc([[6.0]], n_mels=4), np.full((4, 1), 3.0), **EXACT)
    assert_allclose(inverse_mfcc([[6.0 * np.sqrt(2)]], n_mels=4, dct_norm="htk"), np.full((4, 1), 3.0), **EXACT)


def test_a_delta_is_that_worked_by_hand():
    x = np.array([0.0, 1, 4, 9, 16])
    # Width 3: (x[t+1] − x[t−1]) / 2; the ends belong to the outermost line of three frames.
    assert_allclose(delta(x, width=3), [2, 2, 4, 6, 6], **EXACT)
    assert_allclose(delta(x, width=3, mode="nearest"), [0.5, 2, 4, 6, 3.5], **EXACT)
    assert_allclose(delta(x, width=3, order=2), [2, 2, 2, 2, 2], **EXACT)
    assert_allclose(delta(x, width=3, order=2, mode="htk"), [0.75, 1.75, 2, -0.25, -1.25], **EXACT)
    # Width 5: (1 (9 − 1) + 2 (16 − 0)) / 10
    assert_allclose(delta(x, width=5), [4, 4, 4, 4, 4], **EXACT)


def test_normalising_is_that_worked_by_hand():
    assert_allclose(cmvn([[1.0, 3.0], [5.0, 5.0]]), [[-1, 1], [0, 0]], **EXACT)
    assert_allclose(cmvn([1.0, 2.0, 6.0], variance=False), [-2, -1, 3], **EXACT)
    # Three nearest frames: means 1, 1, 2, 2 (the window moves inwards at the ends)
    assert_allclose(cmvn([0.0, 1, 2, 3], variance=False, n_frames=3), [-1, 0, 0, 1], **EXACT)


# ------------------------------------------------------------------------------ independent oracles


@pytest.mark.parametrize("n_in", [1, 2, 13, 40, 128])
@pytest.mark.parametrize("norm", ["ortho", None])
def test_the_dct_is_that_of_scipy(n_in, norm):
    assert_allclose(dct_matrix(n_in, n_in, norm=norm), scipy.fft.dct(np.eye(n_in), axis=0, norm=norm), **EXACT)


@pytest.mark.parametrize("n_lifter", [1, 13, 22, 40.5])
def test_lifters_are_those_of_python_speech_features_and_librosa(n_lifter):
    features = random_features(20, 7)
    expected = python_speech_features.lifter(features.T, n_lifter).T
    assert_allclose(lifter(features, n_lifter=n_lifter), expected, rtol=1e-12)
    expected = librosa.feature.mfcc(S=features, n_mfcc=20, lifter=n_lifter)
    ours = mfcc_from_log_mel(features, n_mfcc=20, n_lifter=n_lifter, lifter_kind="librosa")
    assert_allclose(ours, expected, **LIKE_LIBRARY)


@pytest.mark.parametrize("settings", [{}, {"n_lifter": 22}, {"n_lifter": 40}])
@pytest.mark.parametrize("norm", ["ortho", None])
@pytest.mark.parametrize("n_mfcc", [1, 13, 40])
def test_the_inverse_is_librosas_in_db(norm, n_mfcc, settings):
    features = random_features(2, n_mfcc, 5) / 10
    theirs = librosa.feature.inverse.mfcc_to_mel(features, n_mels=40, norm=norm, lifter=settings.get("n_lifter", 0))
    ours = inverse_mfcc(features, n_mels=40, dct_norm=norm, lifter_kind="librosa", **settings)
    assert_allclose(10 ** (ours / 10), theirs, rtol=1e-9)


@pytest.mark.parametrize("mode", ["interp", "nearest"])
@pytest.mark.parametrize(("width", "order"), [(3, 1), (3, 2), (5, 1), (9, 1), (9, 2), (9, 3), (13, 1), (31, 2)])
def test_delta_is_librosas(width, order, mode):
    features = random_features(2, 4, 40)
    expected = librosa.feature.delta(features, width=width, order=order, mode=mode)
    assert_allclose(delta(features, width=width, order=order, mode=mode), expected, rtol=1e-9, atol=1e-11)


def test_delta_is_librosas_where_there_are_as_many_frames_as_the_width():
    features = random_features(4, 9)
    assert_allclose(delta(features), librosa.feature.delta(features), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("n_frames", [1, 3, 40])
@pytest.mark.parametrize("half", [1, 2, 4])
def test_htk_deltas_are_those_of_python_speech_features(half, n_frames):
    features = random_features(13, n_frames)
    once = python_speech_features.delta(features.T, half)
    width = 2 * half + 1
    assert_allclose(delta(features, width=width, mode="htk"), once.T, rtol=1e-9, atol=1e-11)
    twice = python_speech_features.delta(once, half)
    assert_allclose(delta(features, width=width, order=2, mode="htk"), twice.T, rtol=1e-9, atol=1e-11)


def test_normalising_is_the_z_score_of_scipy():
    features = random_features(2, 13, 50)
    assert_allclose(cmvn(features), scipy.stats.zscore(features, axis=-1), rtol=1e-9)


@pytest.mark.parametrize("n_frames", [1, 2, 7, 20, 29, 30, 31])
def test_sliding_normalisation_moves_its_window_inwards_as_kaldi_does(n_frames):
    features = random_features(3, 30)
    expected = np.zeros_like(features)
    for t in range(30):  # apply-cmvn-sliding --center
        start = t - n_frames // 2
        end = start + n_frames
        if start < 0:
            start, end = 0, end - start
        if end > 30:
            start, end = max(0, start - (end - 30)), 30
        window = features[:, start:end]
        spread = window.std(axis=1)
        expected[:, t] = (features[:, t] - window.mean(axis=1)) / np.where(spread > 0, spread, 1)
    assert_allclose(cmvn(features, n_frames=n_frames), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("sample_rate", [8000, 22050, 44101])
@pytest.mark.parametrize("n_mfcc", [1, 13, 20, 128])
def test_the_librosa_convention_is_librosa(sample_rate, n_mfcc):
    x = speechlike(dtype=np.float64)
    expected = librosa.feature.mfcc(y=x, sr=sample_rate, n_mfcc=n_mfcc, dtype=float)
    assert_allclose(mfcc(x, sample_rate=sample_rate, n_mfcc=n_mfcc), expected, **LIKE_LIBRARY)


def test_every_setting_of_librosa_is_reached_by_name():
    x = speechlike()
    names = {"n_fft": 1024, "hop_length": 160, "win_length": 400, "window": "hamming", "center": False, "power": 1.0}
    names |= {"n_mels": 40}
    theirs = librosa.feature.mfcc(
        y=x,
        sr=16000,
        n_mfcc=20,
        lifter=30,
        norm=None,
        htk=True,
        mel_norm=None,
        fmin=50,
        fmax=7000,
        dtype=float,
        **names,
    )
    ours = mfcc(
        x,
        sample_rate=16000,
        n_mfcc=20,
        n_lifter=30,
        dct_norm=None,
        scale="htk",
        norm=None,
        f_min=50,
        f_max=7000,
        **names,
    )
    assert_allclose(ours, theirs, **LIKE_LIBRARY)
    padded = mfcc(x, sample_rate=16000, pad_mode="edge")
    assert_allclose(
        padded, librosa.feature.mfcc(y=x, sr=16000, n_mfcc=13, pad_mode="edge", dtype=float), **LIKE_LIBRARY
    )


def torchaudio_mfcc(x, sample_rate, n_mfcc=40, n_fft=400, n_mels=128, top_db=80.0):
    """``torchaudio.transforms.MFCC`` restated from its documentation, with torch's own STFT."""
    spectrum = torch.stft(
        torch.from_numpy(x), n_fft, n_fft // 2, n_fft, torch.hann_window(n_fft, dtype=torch.float64),
        center=True, pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    power = spectrum.abs().numpy() ** 2
    bins_hz = np.linspace(0, sample_rate // 2, n_fft // 2 + 1)
    top_mel = 2595 * np.log10(1 + sample_rate // 2 / 700)
    corners_hz = 700 * (10 ** (np.linspace(0, top_mel, n_mels + 2) / 2595) - 1)
    bank = np.stack([np.interp(bins_hz, corners_hz[j : j + 3], [0, 1, 0]) for j in range(n_mels)])
    level_db = 10 * np.log10(np.maximum(bank @ power, 1e-10))
    level_db = np.maximum(level_db, level_db.max() - top_db)
    return scipy.fft.dct(level_db, axis=0, norm="ortho")[:n_mfcc]


@pytest.mark.filterwarnings("ignore::UserWarning")  # 128 bands are too many for 400 samples, and torchaudio's default
@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 44100])
def test_the_torchaudio_convention_is_its_documented_formula(sample_rate):
    x = speechlike()
    ours = mfcc(x, sample_rate=sample_rate, n_mfcc=40, convention="torchaudio")
    assert_allclose(ours, torchaudio_mfcc(x, sample_rate), **LIKE_LIBRARY)
    ours = mfcc(x, sample_rate=sample_rate, n_mfcc=23, convention="torchaudio", n_fft=512, hop_length=256, n_mels=23)
    assert_allclose(ours, torchaudio_mfcc(x, sample_rate, 23, 512, 23), **LIKE_LIBRARY)
    lifted = mfcc(
        x,
        sample_rate=sample_rate,
        n_mfcc=23,
        convention="torchaudio",
        n_fft=512,
        hop_length=256,
        n_mels=23,
        n_lifter=22,
    )
    assert_allclose(lifted, lifter(ours, n_lifter=22), **LIKE_LIBRARY)


def htk_mel_levels(x, sample_rate, *, povey, remove_mean, magnitude, n_mels, f_min, floor):
    """Filter-bank levels and log energy as the HTK Book and Kaldi's documentation describe them, loop by loop."""
    length, hop = int(0.025 * sample_rate), int(0.010 * sample_rate)
    n_fft = 2 ** int(np.ceil(np.log2(length)))
    levels, energies = [], []
    for start in range(0, len(x) - length + 1, hop):
        s = 32768 * x[start : start + length]
        if remove_mean:
            s = s - np.mean(s)
        energies.append(np.log(max(np.dot(s, s), floor)))
        s = np.append(s[0] * (1 - 0.97), s[1:] - 0.97 * s[:-1])
        turn = np.cos(2 * np.pi * np.arange(length) / (length - 1))
        s = s * ((0.5 - 0.5 * turn) ** 0.85 if povey else 0.54 - 0.46 * turn)
        spectrum = np.abs(np.fft.fft(s, n_fft))[: n_fft // 2]
        spectrum = spectrum if magnitude else spectrum**2
        lowest, highest = (1127 * np.log(1 + f / 700) for f in (f_min, sample_rate / 2))
        step = (highest - lowest) / (n_mels + 1)
        frame = np.zeros(n_mels)
        for k in range(n_fft // 2):
            mel = 1127 * np.log(1 + k * sample_rate / n_fft / 700)
            for j in range(n_mels):
                frame[j] += max(0, 1 - abs(mel - lowest - (j + 1) * step) / step) * spectrum[k]
        levels.append(np.log(np.maximum(frame, floor)))
    return np.array(levels).T, np.array(energies)


def htk_cepstrum(levels, n_mfcc, first):
    """``√(2/N) Σ_j m_j cos(π i (j − ½) / N)``, lifted with L = 22; coefficient 0 is scaled by ``first``."""
    n = len(levels)
    rows = []
    for i in range(n_mfcc):
        total = sum(levels[j - 1] * np.cos(np.pi * i / n * (j - 0.5)) for j in range(1, n + 1))
        rows.append((first if i == 0 else 1) * np.sqrt(2 / n) * total * (1 + 11 * np.sin(np.pi * i / 22)))
    return np.array(rows)


@pytest.mark.parametrize("sample_rate", [8000, 10240, 11025, 16000])
def test_the_htk_and_kaldi_conventions_are_their_documented_formulas(sample_rate):
    x = speechlike(0.2, sample_rate)
    x[: len(x) // 4] = 0  # below every floor
    x[len(x) // 4 : len(x) // 2] *= 1e-5
    htk = {"povey": False, "remove_mean": False, "magnitude": True, "n_mels": 26, "f_min": 0, "floor": 1.0}
    levels, _ = htk_mel_levels(x, sample_rate, **htk)
    assert_allclose(mfcc(x, sample_rate=sample_rate, convention="htk"), htk_cepstrum(levels, 13, 1), **LIKE_LIBRARY)
    kaldi = {"povey": True, "remove_mean": True, "magnitude": False, "n_mels": 23, "f_min": 20, "floor": 2.0**-23}
    levels, energy = htk_mel_levels(x, sample_rate, **kaldi)
    expected = htk_cepstrum(levels, 13, np.sqrt(0.5))
    ours = mfcc(x, sample_rate=sample_rate, convention="kaldi", energy=False)
    assert_allclose(ours, expected, **LIKE_LIBRARY)
    assert_allclose(mfcc(x, sample_rate=sample_rate, convention="kaldi")[0], energy, **LIKE_LIBRARY)


def kaldi_frames(computer, options, x, sample_rate):
    """What the C++ program computes, in float32 and from 16-bit amplitudes: (coefficient, time)."""
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = sample_rate
    options.mel_opts.use_slaney_mel_scale = False
    options.mel_opts.norm = ""
    online = computer(options)
    online.accept_waveform(sample_rate, (32768 * x).tolist())
    online.input_finished()
    return np.array([online.get_frame(i) for i in range(online.num_frames_ready)]).T


IN_FLOAT32 = {"rtol": 1e-4, "atol": 2e-3}  # Kaldi computes in single precision; values reach 100


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
@pytest.mark.parametrize("energy", [True, False])
def test_the_kaldi_convention_is_kaldi(sample_rate, energy):
    x = speechlike(0.5, sample_rate)
    options = kaldi_native_fbank.MfccOptions()
    options.use_energy = energy
    expected = kaldi_frames(kaldi_native_fbank.OnlineMfcc, options, x, sample_rate)
    assert_allclose(mfcc(x, sample_rate=sample_rate, convention="kaldi", energy=energy), expected, **IN_FLOAT32)


def test_settings_of_kaldi_are_reached_by_name():
    x = speechlike(0.5)
    options = kaldi_native_fbank.MfccOptions()
    options.num_ceps, options.cepstral_lifter = 40, 0
    options.mel_opts.num_bins, options.mel_opts.low_freq, options.mel_opts.high_freq = 40, 60, 7600
    options.frame_opts.window_type, options.frame_opts.remove_dc_offset = "hanning", False
    options.frame_opts.preemph_coeff, options.frame_opts.round_to_power_of_two = 0.9, False
    expected = kaldi_frames(kaldi_native_fbank.OnlineMfcc, options, x, 16000)
    changed = {"n_lifter": 0, "n_mels": 40, "f_min": 60, "f_max": 7600, "window": "hann", "remove_mean": False}
    changed |= {"pre_emphasis": 0.9, "n_fft": 400}
    assert_allclose(mfcc(x, sample_rate=16000, n_mfcc=40, convention="kaldi", **changed), expected, **IN_FLOAT32)


def test_the_filters_of_htk_are_those_of_kaldi():
    # Levels of one frame from its filter bank with magnitudes, floored at 1 as HTK does, then HTK's own DCT.
    x = speechlike(0.5)
    options = kaldi_native_fbank.FbankOptions()
    options.use_power, options.mel_opts.htk_mode = False, True
    options.mel_opts.num_bins, options.mel_opts.low_freq = 26, 0
    options.frame_opts.window_type, options.frame_opts.remove_dc_offset = "hamming", False
    levels = kaldi_frames(kaldi_native_fbank.OnlineFbank, options, x, 16000)
    assert_allclose(mfcc(x, sample_rate=16000, convention="htk"), htk_cepstrum(levels, 13, 1), **IN_FLOAT32)


# --------------------------------------------------------------------- definition and fast version


@given(
    st.integers(1, 3), st.integers(1, 40), st.sampled_from([3, 5, 9, 13]), st.integers(1, 4),
    st.sampled_from(["interp", "nearest", "htk"]), st.integers(0, 99),
)  # fmt: skip
def test_delta_is_its_definition(n_rows, n_frames, width, order, mode, seed):
    order = min(order, width - 1)
    n_frames += width if mode == "interp" else 0
    features = random_features(n_rows, n_frames, seed=seed)
    expected = delta_loop(features, width=width, order=order, mode=mode)
    assert_allclose(delta(features, width=width, order=order, mode=mode), expected, rtol=1e-9, atol=1e-9)


def test_the_cepstrum_of_a_level_is_its_definition():
    log_mel = random_features(26, 3)
    total = np.zeros((13, 3))
    for k in range(13):
        for n in range(26):
            total[k] += np.sqrt((1 if k == 0 else 2) / 26) * np.cos(np.pi * k * (n + 0.5) / 26) * log_mel[n]
    assert_allclose(mfcc_from_log_mel(log_mel), total, rtol=1e-12)


# -------------------------------------------------------------------------------------- invariants


@given(st.integers(1, 200))
def test_the_dct_is_orthonormal(n):
    matrix = dct_matrix(n, n)
    assert_allclose(matrix @ matrix.T, np.eye(n), atol=1e-11)  # sums of up to 200 products
    assert_allclose(matrix.T @ matrix, np.eye(n), atol=1e-11)


CEPSTRA = {
    "dct_norm": st.sampled_from(["ortho", "htk", None]),
    "n_lifter": st.sampled_from([0, 22, 30.5]),
    "lifter_kind": st.sampled_from(["htk", "librosa"]),
}


@given(st.integers(1, 20), st.integers(0, 20), st.fixed_dictionaries(CEPSTRA))
def test_the_inverse_of_all_coefficients_is_the_level_and_of_some_returns_them(n_mfcc, n_more, settings):
    log_mel = random_features(2, n_mfcc, 4)
    coefficients = mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, **settings)
    assert_allclose(inverse_mfcc(coefficients, n_mels=n_mfcc, **settings), log_mel, rtol=1e-9)
    smooth = inverse_mfcc(coefficients, n_mels=n_mfcc + n_more, **settings)
    assert_allclose(mfcc_from_log_mel(smooth, n_mfcc=n_mfcc, **settings), coefficients, rtol=1e-9, atol=1e-9)


def test_an_exponential_lifter_is_undone_too():
    log_mel, settings = random_features(20, 4), {"n_lifter": 0.6, "lifter_kind": "exponential"}
    coefficients = mfcc_from_log_mel(log_mel, n_mfcc=20, **settings)
    unlifted = mfcc_from_log_mel(log_mel, n_mfcc=20)
    assert_allclose(coefficients, lifter(unlifted, n_lifter=0.6, kind="exponential"), rtol=1e-12)
    assert_allclose(inverse_mfcc(coefficients, n_mels=20, **settings), log_mel, rtol=1e-9)


def test_coefficients_keep_the_energy_of_the_level():
    log_mel = random_features(40, 6)
    assert_allclose(np.sum(mfcc_from_log_mel(log_mel, n_mfcc=40) ** 2), np.sum(log_mel**2), rtol=1e-12)  # Parseval


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_cepstra_inverses_lifters_and_deltas_are_linear(a, b):
    x, y = random_features(14, 20), random_features(14, 20, seed=1)
    for operation in (
        mfcc_from_log_mel,
        lambda z: inverse_mfcc(z, n_mels=20, n_lifter=22),
        lambda z: lifter(z, n_lifter=22),
        delta,
        lambda z: delta(z, order=2, mode="htk"),
        lambda z: cmvn(z, variance=False),
    ):
        assert_allclose(operation(a * x + b * y), a * operation(x) + b * operation(y), rtol=1e-9, atol=1e-9)


MODES = st.sampled_from(["interp", "nearest", "htk"])


@given(st.floats(-10, 10), st.floats(-10, 10), st.sampled_from([3, 5, 9, 11]), st.integers(1, 2), MODES)
def test_the_delta_of_a_constant_is_zero_and_of_a_ramp_its_slope(level, slope, width, order, mode):
    features = np.tile(level + slope * np.arange(40.0), (2, 1))
    assert_allclose(delta(np.full((2, 40), level), width=width, order=order, mode=mode), 0, atol=1e-12)
    changes = delta(features, width=width, order=order, mode=mode)
    inner = changes if mode == "interp" else changes[:, width:-width]  # elsewhere the repeated end bends the ramp
    assert_allclose(inner, slope if order == 1 else 0, atol=1e-11)


@given(st.integers(1, 4))
def test_a_polynomial_has_its_own_derivative(order):
    t = np.linspace(-1, 1, 30)
    step = t[1] - t[0]
    expected = np.prod(np.arange(1, order + 1)) * step**order
    assert_allclose(delta(t**order, order=order), np.full(30, expected), rtol=1e-8)


@given(st.integers(2, 60), st.integers(0, 99))
def test_normalised_features_have_mean_zero_and_variance_one(n_frames, seed):
    normal = cmvn(random_features(2, 5, n_frames, seed=seed))
    assert_allclose(normal.mean(axis=-1), 0, atol=1e-12)
    assert_allclose(normal.var(axis=-1), 1, rtol=1e-9)
    assert_allclose(cmvn(normal), normal, atol=1e-9)


@given(st.floats(0.01, 100), st.floats(-100, 100))
def test_normalising_undoes_gain_and_offset(gain, offset):
    features = random_features(3, 50)
    assert_allclose(cmvn(gain * features + offset), cmvn(features), atol=1e-9)
    assert_allclose(cmvn(features + offset, variance=False), cmvn(features, variance=False), atol=1e-10)
    sliding = cmvn(gain * features + offset, n_frames=10)
    assert_allclose(sliding, cmvn(features, n_frames=10), atol=1e-9)


def test_a_gain_moves_coefficient_zero_alone():
    x = speechlike()
    quiet, loud = (mfcc(gain * x, sample_rate=16000, top_db=None, floor=1e-30) for gain in (0.1, 1.0))
    assert_allclose(loud[0] - quiet[0], 20 * np.sqrt(128), rtol=1e-9)  # 20 dB in every band
    assert_allclose(loud[1:], quiet[1:], atol=1e-9)


QUIET = {"librosa": {}, "torchaudio": {"n_mels": 40}, "kaldi": {}, "htk": {}}  # settings that leave no filter empty


@pytest.mark.parametrize(("convention", "settings"), QUIET.items())
def test_a_gain_is_taken_away_by_normalising(convention, settings):
    x = speechlike()
    full, half = (mfcc(gain * x, sample_rate=16000, convention=convention, **settings) for gain in (1, 0.5))
    assert_allclose(cmvn(half, variance=False), cmvn(full, variance=False), atol=1e-8)


@pytest.mark.parametrize(("convention", "settings"), QUIET.items())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_axes_and_precision_are_kept_and_each_signal_stands_alone(convention, settings, dtype):
    batch = np.stack([[speechlike(dtype=dtype), 0.01 * speechlike(dtype=dtype)]] * 2)
    batch[1] = batch[1, :, ::-1]
    features = mfcc(batch, sample_rate=16000, convention=convention, **settings)
    assert features.dtype == dtype
    assert features.shape[:3] == (2, 2, 13)
    for i in np.ndindex(2, 2):
        alone = mfcc(batch[i], sample_rate=16000, convention=convention, **settings)
        assert_allclose(features[i], alone, **(IN_FLOAT32 if dtype == np.float32 else LIKE_LIBRARY))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_keep_axes_and_precision(dtype):
    x = random_features(2, 3, 14, 20, dtype=dtype)
    rows = x.reshape(6, 14, 20)
    for operation, n_rows in (
        (mfcc_from_log_mel, 13),
        (lambda z: inverse_mfcc(z, n_mels=20, n_lifter=22), 20),
        (lambda z: lifter(z, n_lifter=22), 14),
        (delta, 14),
        (delta_loop, 14),
        (lambda z: delta(z, mode="htk", order=2), 14),
        (cmvn, 14),
        (lambda z: cmvn(z, n_frames=7), 14),
    ):
        y = operation(x)
        assert (y.dtype, y.shape) == (dtype, (2, 3, n_rows, 20))
        assert_allclose(y.reshape(6, n_rows, 20), [operation(row) for row in rows], rtol=1e-4, atol=1e-5)


# ------------------------------------------------------------------------------------------- edges


@pytest.mark.parametrize(("convention", "settings"), QUIET.items())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silence_gives_finite_coefficients_that_never_change(convention, settings, dtype):
    features = mfcc(np.zeros(8000, dtype), sample_rate=16000, convention=convention, **settings)
    assert np.isfinite(features).all()
    assert_allclose(features[1:], 0, atol=1e-3 if dtype == np.float32 else 1e-9)
    assert_allclose(delta(features), 0, atol=1e-4 if dtype == np.float32 else 1e-10)
    assert_array_equal(cmvn(features), np.zeros_like(features))


def test_a_signal_of_one_frame_gives_one_column():
    x = speechlike(0.025)
    for convention in ("kaldi", "htk"):
        assert mfcc(x, sample_rate=16000, convention=convention).shape == (13, 1)
    assert mfcc(x, sample_rate=16000).shape == (13, 1)


@pytest.mark.parametrize(
    ("sample_rate", "win_length", "hop_length"), [(10240, 256, 102), (11025, 275, 110), (44000, 1100, 440)]
)
def test_a_recognisers_frames_follow_the_rate(sample_rate, win_length, hop_length):
    x = speechlike(0.3, sample_rate)
    for convention in ("kaldi", "htk"):
        same = {"win_length": win_length, "hop_length": hop_length, "n_fft": 2 ** int(np.ceil(np.log2(win_length)))}
        ours = mfcc(x, sample_rate=sample_rate, convention=convention)
        assert_array_equal(ours, mfcc(x, sample_rate=sample_rate, convention=convention, **same))
        assert ours.shape == (13, 1 + (len(x) - win_length) // hop_length)


def test_one_frame_is_normalised_to_zero_and_may_be_differentiated_when_repeated():
    features = random_features(13, 1)
    assert_array_equal(cmvn(features), np.zeros((13, 1)))
    assert_allclose(delta(features, mode="nearest"), 0, atol=1e-13)


def test_a_coefficient_that_never_changes_becomes_zero_in_its_window_only():
    features = np.array([0.1] * 10 + [0.1, 0.3] * 5)
    normal = cmvn(features, n_frames=4)
    assert_array_equal(normal[:8], np.zeros(8))
    assert_allclose(np.abs(normal[12:]), 1, rtol=1e-9)


def test_the_features_are_not_changed():
    x, signal = random_features(14, 20), speechlike()
    copies = x.copy(), signal.copy()
    mfcc_from_log_mel(x), inverse_mfcc(x), lifter(x, n_lifter=22), delta(x), delta(x, mode="htk"), cmvn(x)
    mfcc(signal, sample_rate=16000), mfcc(signal, sample_rate=16000, convention="kaldi")
    assert_array_equal(x, copies[0])
    assert_array_equal(signal, copies[1])


def test_the_conventions_are_not_changed_by_use():
    before = {name: dict(table) for name, table in CONVENTIONS.items()}
    for convention in CONVENTIONS:
        mfcc(speechlike(), sample_rate=16000, convention=convention, n_mels=20, n_lifter=5)
    assert before == CONVENTIONS


# ------------------------------------------------------------------------------------------ errors

TAKES_FEATURES = {
    "mfcc_from_log_mel": lambda x: mfcc_from_log_mel(x, n_mfcc=1),
    "inverse_mfcc": inverse_mfcc,
    "lifter": lambda x: lifter(x, n_lifter=22),
    "delta": delta,
    "delta_loop": delta_loop,
    "cmvn": cmvn,
}


@pytest.mark.parametrize("call", TAKES_FEATURES.values(), ids=TAKES_FEATURES)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        (np.zeros((13, 0)), ValueError, r"must not be empty, got shape \(13, 0\)"),
        (np.full((13, 9), np.nan), ValueError, "must be finite, got 117 NaN or infinite values of 117"),
        (np.full((13, 9), np.inf), ValueError, "must be finite, got 117 NaN or infinite values of 117"),
        (np.ones((13, 9), complex), TypeError, "must be real, got complex128"),
        ("abc", TypeError, "must hold numbers, got dtype <U3"),
        (None, TypeError, "must hold numbers, got dtype object"),
    ],
)
def test_what_holds_no_features_is_refused(call, x, error, match):
    with refuses(match, error):
        call(x)


@pytest.mark.parametrize("name", ["mfcc_from_log_mel", "inverse_mfcc", "lifter"])
def test_one_axis_is_refused_where_coefficients_and_time_are_needed(name):
    with refuses(r"must have the axes \(…, (mel|coefficient), time\), got shape \(13,\): pass one frame as"):
        TAKES_FEATURES[name](np.ones(13))


F = np.ones((13, 20))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: delta(F, width=8), ValueError, "width must be odd, so that .* got 8: take 7 or 9"),
        (lambda: delta(F, width=1), ValueError, "width must be at least 3, got 1: raise width"),
        (lambda: delta(F, width=-3), ValueError, "width must be at least 3, got -3"),
        (lambda: delta(F, width=9.0), TypeError, "width must be a whole number, got 9.0: pass an int"),
        (lambda: delta(F, width=21), ValueError, "width=21 exceeds the number of frames 20: lower width, or use mode="),
        (lambda: delta_loop(F, width=21), ValueError, "width=21 exceeds the number of frames 20"),
        (lambda: delta(F, order=0), ValueError, "order must be at least 1, got 0"),
        (lambda: delta(F, width=3, order=3), ValueError, "order must be at most 2, got 3: lower order"),
        (lambda: delta(F, order=1.0), TypeError, "order must be a whole number, got 1.0"),
        (lambda: delta(F, mode="mirror"), ValueError, "mode must be one of 'interp', 'nearest', 'htk', got 'mirror'"),
        (lambda: cmvn(F, n_frames=0), ValueError, "n_frames must be at least 1, got 0"),
        (lambda: lifter(F, n_lifter=0), ValueError, "n_lifter must be above 0, got 0"),
        (lambda: lifter(F, n_lifter=-22), ValueError, "n_lifter must be above 0, got -22"),
        (lambda: lifter(F, n_lifter=np.nan), ValueError, "n_lifter must be finite, got nan"),
        (lambda: lifter(F, n_lifter="22"), TypeError, "n_lifter must be a number, got '22'"),
        (lambda: lifter(F, n_lifter=22, kind="sine"), ValueError, "kind of lifter must be one of 'htk', 'librosa', 'e"),
        (lambda: lifter(F, n_lifter=22, kind="exponential"), ValueError, "n_lifter must be at most 10, got 22"),
        (lambda: mfcc_from_log_mel(F, n_mfcc=14), ValueError, "n_mfcc=14 exceeds n_mels=13: lower n_mfcc or raise n_m"),
        (lambda: mfcc_from_log_mel(F, n_mfcc=0), ValueError, "n_mfcc must be at least 1, got 0"),
        (lambda: mfcc_from_log_mel(F, n_lifter=-1), ValueError, "n_lifter must be at least 0, got -1"),
        (lambda: mfcc_from_log_mel(F, lifter_kind="no"), ValueError, "the kind of lifter must be one of"),
        (lambda: mfcc_from_log_mel(F, dct_norm="orthonormal"), ValueError, "norm of the DCT must be one of 'ortho', '"),
        (lambda: inverse_mfcc(F, n_mels=12), ValueError, "coefficients=13 exceeds n_mels=12"),
        (lambda: inverse_mfcc(F, n_lifter=2), ValueError, "n_lifter=2 must leave every .* weight 0 for number 3"),
        (lambda: inverse_mfcc(F, dct_norm="x"), ValueError, "the norm of the DCT must be one of"),
        (lambda: dct_matrix(5, 4), ValueError, "n_out=5 exceeds n_in=4: lower n_out or raise n_in"),
        (lambda: dct_matrix(0, 4), ValueError, "n_out must be at least 1, got 0"),
        (lambda: dct_matrix(1, 10**6), ValueError, "n_in must be at most 8192, got 1000000"),
        (lambda: dct_matrix(2, 2.0), TypeError, "n_in must be a whole number, got 2.0"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        (
            {"convention": "matlab"},
            ValueError,
            "convention must be one of 'librosa', 'torchaudio', 'kaldi', 'htk', got",
        ),
        ({"pre_emphasis": 0.97}, ValueError, "a setting of convention='librosa' must be one of 'n_fft', .*got 'pre_em"),
        ({"convention": "kaldi", "center": True}, ValueError, "a setting of convention='kaldi' must be one of .*'cen"),
        ({"n_mfcc": 129}, ValueError, "n_mfcc=129 exceeds n_mels=128"),
        ({"convention": "kaldi", "n_mfcc": 24}, ValueError, "n_mfcc=24 exceeds n_mels=23"),
        ({"n_mfcc": 0}, ValueError, "n_mfcc must be at least 1, got 0"),
        ({"sample_rate": 0}, ValueError, "sample_rate must be above 0, got 0"),
        ({"convention": "kaldi", "sample_rate": 50}, ValueError, "win_length must be at least 2, got 1"),
        ({"convention": "kaldi", "sample_rate": 99}, ValueError, "hop_length must be at least 1, got 0"),
        ({"convention": "htk", "n_fft": 256}, ValueError, "win_length=400 exceeds n_fft=256"),
        ({"convention": "htk", "window": "gauss"}, ValueError, "window must be one of 'rectangular', .*'povey', got"),
        ({"convention": "htk", "pre_emphasis": 2}, ValueError, "pre_emphasis must be at most 1, got 2"),
        ({"convention": "htk", "full_scale": 0}, ValueError, "full_scale must be above 0, got 0"),
        ({"convention": "htk", "power": -1}, ValueError, "power must be above 0, got -1"),
        ({"convention": "htk", "f_max": 9000}, ValueError, "f_max=9000 lies above the Nyquist frequency 8000 Hz"),
        ({"f_max": 9000}, ValueError, "f_max=9000 lies above the Nyquist frequency 8000 Hz"),
        ({"n_lifter": -1}, ValueError, "n_lifter must be at least 0, got -1"),
        ({"floor": 0}, ValueError, "floor must be at least"),
    ],
)
def test_a_wrong_setting_is_refused(settings, error, match):
    with refuses(match, error):
        mfcc(speechlike(), **({"sample_rate": 16000} | settings))


@pytest.mark.parametrize("convention", ["kaldi", "htk"])
def test_a_signal_shorter_than_a_frame_is_refused(convention):
    with refuses("frame_length=400 exceeds the signal length 399: zero-pad the signal"):
        mfcc(speechlike()[:399], sample_rate=16000, convention=convention)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"signal must not be empty, got shape \(0,\)"),
        (np.full(8000, np.nan), ValueError, "signal must be finite"),
        (np.ones(8000, np.int16), TypeError, "got integer PCM of dtype int16: convert it with signal / 32768"),
        (np.ones(8000, complex), TypeError, "signal must be real, got complex128"),
    ],
)
def test_what_is_no_signal_is_refused(convention, x, error, match):
    with refuses(match, error):
        mfcc(x, sample_rate=16000, convention=convention)


# ------------------------------------------------------------------------------------ hostile input

LIFTED = {"dct_norm": ("htk", NAME[1:]), "n_lifter": (22, [*NUMBER, -1]), "lifter_kind": ("librosa", NAME)}
DELTA = {"features": (FEATURES, [*REAL, NOISE[:8]]), "width": (9, [*COUNT, 2, 8, 21]), "order": (2, [*COUNT, 9])}
DELTA["mode"] = ("interp", NAME)
CALLS = {
    dct_matrix: {"n_out": (4, [*COUNT, 9]), "n_in": (8, [*COUNT, 3, 10**5]), "norm": (None, NAME[1:])},
    lifter: {"mfcc": (FEATURES, NO_FEATURES), "n_lifter": (22, [*POSITIVE, 1e9]), "kind": ("htk", NAME)},
    mfcc_from_log_mel: {"log_mel": (FEATURES, NO_FEATURES), "n_mfcc": (5, [*COUNT, 15]), **LIFTED},
    inverse_mfcc: {"mfcc": (FEATURES, NO_FEATURES), "n_mels": (20, [*COUNT, 13]), **LIFTED},
    mfcc: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 50]),
        "n_mfcc": (5, [*COUNT, 24]), "convention": ("kaldi", NAME), "n_fft": (512, [*COUNT[1:], 199]),
        "win_length": (200, [*COUNT[1:], 513]), "hop_length": (80, COUNT[1:]), "window": ("hann", NAME),
        "full_scale": (1.0, [*POSITIVE, 1e300]), "pre_emphasis": (0.9, [*NUMBER, -1, 2]), "power": (2, [*POSITIVE, 99]),
        "n_mels": (23, COUNT), "f_min": (20, [*NUMBER, -1, 4001]), "f_max": (3800, [*POSITIVE[1:], 4001, 10]),
        "floor": (1e-7, POSITIVE), "log": ("log10", NAME), "top_db": (80, [*NUMBER[1:], -1]), "scale": ("htk", NAME),
        "norm": (None, NAME[1:]), "linear_in": ("hz", NAME), **LIFTED,
    },
    cmvn: {"features": (FEATURES, REAL), "n_frames": (5, COUNT[1:])},
    delta: DELTA,
    delta_loop: DELTA,
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("mfcc", CALLS)
