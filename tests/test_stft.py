"""The short-time Fourier transform and its inverse against hand-worked values, scipy, librosa and torch."""

import subprocess
import sys
import tracemalloc

import librosa
import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from authoring.runs import slowness
from course_utils import dft
from course_utils import stft as module
from course_utils.stft import cola_error, dual_window, frame, griffin_lim, istft, phase_vocoder, spectrogram, stft
from tests.hostile import (
    COUNT,
    GRID,
    HOP,
    MAGNITUDE,
    NAME,
    NOISE,
    NUMBER,
    POSITIVE,
    RANDOM,
    SIGNAL,
    SPECTROGRAM,
    SPECTRUM,
    VECTOR,
    refusals,
)
from tests.support import random_signal, random_spectrum, refuses

EXACT = {"rtol": 0, "atol": 1e-12}  # a few roundings of numbers near 1


def rng():
    return np.random.default_rng(7)


def hann(n):
    return scipy.signal.get_window("hann", n)


# ------------------------------------------------------------------------ closed form, hand-worked


def test_frames_of_three_samples_every_two_are_columns():
    assert_array_equal(frame(np.arange(8.0), frame_length=3, hop_length=2), [[0, 2, 4], [1, 3, 5], [2, 4, 6]])


def test_the_spectrogram_of_one_impulse_is_that_worked_by_hand():
    # Frames of four samples every two around the impulse at n = 3; Hann is 0, ½, 1, ½, rows are bins 0, 1, 2.
    x = np.array([0, 0, 0, 1.0, 0, 0])
    spectrum = stft(x, n_fft=4, hop_length=2, center=False)
    assert_allclose(spectrum, [[0.5, 0.5], [0.5j, -0.5j], [-0.5, -0.5]], **EXACT)
    assert_allclose(spectrogram(x, n_fft=4, hop_length=2, center=False), np.full((3, 2), 0.25), **EXACT)


def test_a_centred_frame_is_centred_on_its_multiple_of_the_hop():
    x = np.zeros(9)
    x[4] = 1.0
    assert_allclose(np.abs(stft(x, n_fft=4, hop_length=2)), [[0, 0, 1, 0, 0]] * 3, **EXACT)


def test_a_tone_on_a_bin_has_half_the_sum_of_the_window_there():
    x = np.cos(2 * np.pi * 5 * np.arange(256) / 64)
    inner = np.abs(stft(x, n_fft=64, hop_length=16, center=False))
    assert_allclose(inner[5], 16, **EXACT)  # Hann of 64 samples sums to 32
    assert_allclose(inner[4], 8, **EXACT)
    assert_allclose(inner[8:], 0, atol=1e-12)


def test_defaults_are_2048_points_and_a_quarter_of_the_window():
    x = random_signal(5000)
    assert stft(x).shape == (1025, 1 + 5000 // 512)
    assert stft(x, win_length=400, n_fft=512).shape == (257, 1 + 5000 // 100)


def test_the_dual_of_hann_at_half_overlap_is_that_worked_by_hand():
    # w = 0, ½, 1, ½; w² summed over shifts by 2: 0 + 1 and ¼ + ¼.
    assert_allclose(dual_window([0, 0.5, 1, 0.5], hop_length=2), [0, 1, 1, 1], **EXACT)


def test_the_error_of_constant_overlap_add_is_that_worked_by_hand():
    assert_allclose(cola_error([0, 0.5, 1, 0.5], hop_length=2), 0, atol=1e-15)
    assert_allclose(cola_error([0, 0.5, 1, 0.5], hop_length=4), 1, **EXACT)  # 0, ½, 1, ½ about a mean of ½
    assert_allclose(cola_error([1, 1, 1], hop_length=2), 1 / 3, **EXACT)  # 2, 1, 2, 1, … about 3/2


def test_one_frame_is_inverted_by_dividing_by_the_window():
    spectrum = stft(np.array([0.5, 1.0, -1.0]), n_fft=3, hop_length=3, window="rectangular", center=False)
    assert_allclose(istft(spectrum, n_fft=3, hop_length=3, window="rectangular", center=False), [0.5, 1, -1], **EXACT)


def test_frames_played_at_half_speed_are_repeated_between_and_twice_as_many():
    magnitudes = np.abs(phase_vocoder(np.array([[1, 3, 5], [2, 2, 2]], complex), rate=0.5, hop_length=1))
    # Half-way values; after the last frame comes silence.
    assert_allclose(magnitudes, [[1, 2, 3, 4, 5, 2.5], [2, 2, 2, 2, 2, 1]], **EXACT)


def test_a_tone_keeps_its_frequency_when_played_slower():
    sample_rate, rate = 8000, 0.7
    x = np.cos(2 * np.pi * 1010.3 * np.arange(16000) / sample_rate)
    slow = istft(phase_vocoder(stft(x, n_fft=512, hop_length=64), rate=rate, hop_length=64), hop_length=64)
    middle = slow[4000:18000] * np.hanning(14000)
    found_hz = np.abs(np.fft.rfft(middle, 140_000)).argmax() * sample_rate / 140_000
    assert_allclose(len(slow), 16000 / rate, rtol=0.01)  # whole frames
    assert_allclose(found_hz, 1010.3, atol=0.5)  # a bin is 0.06 Hz, the ends of the tone lean on it


# ------------------------------------------------------------------------------ independent oracle

GRIDS = [
    {"n_fft": 2048},
    {"n_fft": 512, "hop_length": 128},
    {"n_fft": 512, "hop_length": 100, "win_length": 400},
    {"n_fft": 511, "hop_length": 77, "win_length": 300},
    {"n_fft": 64, "hop_length": 1},
    {"n_fft": 33, "hop_length": 33},
]
grids = pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: "-".join(map(str, grid.values())))


@pytest.mark.parametrize(("frame_length", "hop_length"), [(1, 1), (8, 3), (64, 64), (100, 1)])
def test_frames_agree_with_librosa(frame_length, hop_length):
    x = random_signal(2, 100)
    expected = librosa.util.frame(x, frame_length=frame_length, hop_length=hop_length)
    assert_array_equal(frame(x, frame_length=frame_length, hop_length=hop_length), expected)


@grids
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman"])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect", "edge"])
def test_the_stft_agrees_with_librosa(grid, window, pad_mode):
    x = random_signal(2, 3000)
    expected = librosa.stft(x, **grid, window=window, pad_mode=pad_mode, dtype=complex)
    assert_allclose(stft(x, **grid, window=window, pad_mode=pad_mode), expected, atol=1e-11)  # sums of 2048 terms


@grids
def test_the_stft_without_centring_agrees_with_librosa(grid):
    x = random_signal(3000)
    expected = librosa.stft(x, **grid, center=False, dtype=complex)
    assert_allclose(stft(x, **grid, center=False), expected, atol=1e-11)


@grids
@pytest.mark.parametrize("center", [True, False])
def test_the_stft_agrees_with_torch(grid, center):
    x = random_signal(3000)
    options = {"hop_length": None, "win_length": grid["n_fft"], **grid}
    window = torch.hann_window(options["win_length"], dtype=torch.float64)
    tensor = torch.from_numpy(x)
    expected = torch.stft(tensor, **options, window=window, center=center, pad_mode="constant", return_complex=True)
    assert_allclose(stft(x, **grid, center=center), expected.numpy(), atol=1e-11)


def test_the_stft_agrees_with_scipy():
    x = random_signal(2000)
    theirs = scipy.signal.ShortTimeFFT(hann(128), hop=32, fs=1, phase_shift=None)
    expected = theirs.stft(x, p0=2, p1=2000 // 32 - 2)  # slices that lie within the signal
    ours = stft(x, n_fft=128, hop_length=32, center=False)
    assert_allclose(ours[:, : expected.shape[-1]], expected, **EXACT)


@grids
@pytest.mark.parametrize("power", [1.0, 2.0, 0.5])
def test_spectrograms_agree_with_librosa(grid, power):
    x = random_signal(3000)
    expected = np.abs(librosa.stft(x, **grid, dtype=complex)) ** power
    assert_allclose(spectrogram(x, **grid, power=power), expected, rtol=1e-7, atol=1e-10)  # roots of tiny values


@pytest.mark.parametrize("grid", GRIDS[:4], ids=lambda grid: "-".join(map(str, grid.values())))
@pytest.mark.parametrize("length", [None, 3000, 2500])
def test_the_inverse_of_any_spectrum_agrees_with_librosa(grid, length):
    spectrum = random_spectrum(2, grid["n_fft"] // 2 + 1, 40)
    expected = librosa.istft(spectrum, **grid, length=length, dtype=float)
    ours = istft(spectrum, **grid, length=length)
    assert ours.shape == expected.shape
    assert_allclose(ours, expected, rtol=1e-6, atol=1e-6)  # librosa sums squared windows in float32


def test_the_inverse_of_any_spectrum_agrees_with_torch():
    spectrum = random_spectrum(257, 40)
    window = torch.hann_window(512, dtype=torch.float64)
    expected = torch.istft(torch.from_numpy(spectrum), n_fft=512, hop_length=100, window=window)
    assert_allclose(istft(spectrum, hop_length=100), expected.numpy(), **EXACT)


@pytest.mark.parametrize("hop_length", [1, 16, 20, 31, 32])
@pytest.mark.parametrize("name", ["hann", "hamming", "boxcar", "blackman"])
def test_the_dual_window_is_scipys(name, hop_length):
    window = scipy.signal.get_window(name, 64)
    expected = scipy.signal.ShortTimeFFT(window, hop=hop_length, fs=1).dual_win
    assert_allclose(dual_window(window, hop_length=hop_length), expected, rtol=1e-12, atol=1e-15)


@given(st.sampled_from(["hann", "hamming", "boxcar", "bartlett"]), st.integers(2, 60), st.data())
def test_constant_and_nonzero_overlap_add_hold_where_scipy_says_so(name, n, data):
    hop_length = data.draw(st.integers(1, n))
    window = scipy.signal.get_window(name, n)
    constant = cola_error(window, hop_length=hop_length) < 1e-9
    assert constant == scipy.signal.check_COLA(window, n, n - hop_length, tol=1e-9)
    try:
        dual_window(window, hop_length=hop_length)
        nonzero = True
    except ValueError:
        nonzero = False
    assert nonzero == scipy.signal.check_NOLA(window, n, n - hop_length, tol=1e-15)


@pytest.mark.parametrize("rate", [0.5, 0.77, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("hop_length", [None, 100])
def test_the_phase_vocoder_agrees_with_librosa(rate, hop_length):
    spectrum = stft(random_signal(2, 4000), n_fft=512)
    expected = librosa.phase_vocoder(spectrum, rate=rate, hop_length=hop_length)
    ours = phase_vocoder(spectrum, rate=rate, hop_length=hop_length)
    assert_allclose(ours, expected, atol=1e-9)  # phases of many turns, added over 60 frames


def spectral_convergence(signal, magnitude, **grid):
    """Measured with librosa's analysis, on the signal that came out."""
    return np.linalg.norm(np.abs(librosa.stft(signal, **grid)) - magnitude) / np.linalg.norm(magnitude)


@pytest.fixture(scope="module")
def spoken():
    """Two seconds of a gliding harmonic tone in noise, as magnitudes."""
    t = np.arange(32000) / 16000
    tone = sum(np.sin(2 * np.pi * k * (150 * t + 20 * t**2)) / k for k in range(1, 20))
    signal = (0.1 * tone + 0.01 * rng().standard_normal(32000)).astype(np.float32)
    return np.abs(librosa.stft(signal, n_fft=1024, hop_length=256))


def test_griffin_lim_converges_at_least_as_far_as_librosa(spoken):
    signal, _ = griffin_lim(spoken, n_iter=32, hop_length=256, rng=rng())
    theirs = librosa.griffinlim(spoken, n_iter=32, hop_length=256, random_state=0)
    ours_db, theirs_db = (
        20 * np.log10(spectral_convergence(x, spoken, n_fft=1024, hop_length=256)) for x in (signal, theirs)
    )
    assert ours_db < theirs_db + 0.5  # the first phase is random; half a decibel is its scatter
    assert ours_db < -15


def test_griffin_lim_reports_the_convergence_that_librosa_measures(spoken):
    options = {"hop_length": 256, "momentum": 0.0}
    before, _ = griffin_lim(spoken, n_iter=5, rng=rng(), **options)
    _, reported = griffin_lim(spoken, n_iter=6, rng=rng(), **options)
    # Step i reports on the signal after i − 1 steps.
    assert_allclose(reported[5], spectral_convergence(before, spoken, n_fft=1024, hop_length=256), rtol=1e-4)  # float32


# -------------------------------------------------------------------------- invariant, round trip


@given(st.integers(1, 200), st.integers(0, 2), st.sampled_from([np.float32, np.float64]), st.data())
def test_the_inverse_returns_any_signal_on_any_grid(n, n_axes, dtype, data):
    n_fft = data.draw(st.integers(1, 65), "n_fft")
    win_length = data.draw(st.integers(max(1, n_fft - 20), n_fft), "win_length")
    window = data.draw(st.sampled_from(["hann", "hamming", "blackman", "rectangular", "kaiser"]), "window")
    longest = {"rectangular": win_length, "hamming": win_length, "kaiser": win_length}.get(window, win_length // 2)
    hop_length = data.draw(st.integers(1, max(1, longest)), "hop_length")
    x = random_signal(*(2, 3)[:n_axes], n, seed=n, dtype=dtype)
    if win_length < n_fft:  # the padding of a centred frame is under zeros of the window: give the ends a frame
        x = np.pad(x, [(0, 0)] * n_axes + [(0, n_fft)])
    grid = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window}
    try:
        dual = dual_window(dft.window(window, win_length), hop_length=hop_length)
    except ValueError:
        with refuses("NOLA"):
            istft(stft(x, **grid), length=x.shape[-1], **grid)
        return
    spectrum = stft(x, **grid)
    assert spectrum.dtype == (np.complex64 if dtype == np.float32 else np.complex128)
    assert spectrum.shape == (*x.shape[:-1], n_fft // 2 + 1, 1 + (x.shape[-1] - n_fft % 2) // hop_length)
    n_seen = min(n, (spectrum.shape[-1] - 1) * hop_length + 1)  # up to the centre of the last frame
    y = istft(spectrum, length=n_seen, **grid)
    assert (y.dtype, y.shape) == (dtype, (*x.shape[:-1], n_seen))
    tolerance = (1e-6 if dtype == np.float32 else 1e-12) * max(1, np.abs(dual).max() / 4)  # the dual magnifies
    assert_allclose(y, x[..., :n_seen], atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize(
    "grid",
    [
        {},
        {"n_fft": 2048, "hop_length": 1024},
        {"n_fft": 1023, "hop_length": 300},
        {"n_fft": 1024, "hop_length": 200, "win_length": 800, "window": "blackman"},
        {"n_fft": 512, "hop_length": 128, "window": np.hanning(514)[1:-1]},
        {"n_fft": 512, "hop_length": 512, "window": "rectangular"},
        {"n_fft": 400, "hop_length": 160, "window": "hamming"},
    ],
)
def test_a_second_of_noise_is_reconstructed_to_the_precision_of_its_type(grid, dtype, tolerance):
    x = random_signal(2, 22050, dtype=dtype)
    n_fft = {"n_fft": grid["n_fft"]} if "n_fft" in grid else {}
    y = istft(stft(x, **grid), length=22050, **{**grid, **n_fft})
    assert y.dtype == dtype
    assert_allclose(y, x, atol=tolerance)  # as the issue of the course asks


def test_without_centring_all_but_the_faded_ends_is_reconstructed():
    x = random_signal(4000)
    grid = {"n_fft": 512, "hop_length": 128, "center": False}
    y = istft(stft(x, **grid), **grid)
    assert len(y) == 512 + (4000 - 512) // 128 * 128
    assert_allclose(y[128:-128], x[128 : len(y) - 128], **EXACT)  # nearer to the ends the window magnifies roundings
    assert y[0] == 0  # the periodic Hann window is 0 there


@given(st.integers(1, 40), st.data())
def test_window_and_dual_add_up_to_one_and_the_dual_of_the_dual_is_the_window(n, data):
    hop_length = data.draw(st.integers(1, n))
    window = random_signal(n, seed=n) + 1.5
    dual = dual_window(window, hop_length=hop_length)
    total = sum((window * dual)[start : start + hop_length] @ np.eye(min(hop_length, n - start), hop_length)
                for start in range(0, n, hop_length))  # fmt: skip
    assert_allclose(total, np.ones(hop_length), **EXACT)
    assert_allclose(dual_window(dual, hop_length=hop_length), window, **EXACT)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 50))
def test_the_stft_is_linear_and_leading_axes_do_not_matter(n, n_fft, hop_length):
    x = random_signal(2, 3, n, seed=n)
    grid = {"n_fft": n_fft, "hop_length": hop_length}
    all_at_once = stft(x, **grid)
    assert_allclose(all_at_once[1, 2], stft(x[1, 2], **grid), **EXACT)
    assert_allclose(stft(x[0] - 2 * x[1], **grid), all_at_once[0] - 2 * all_at_once[1], atol=1e-11)  # sums of 40 terms


def test_many_long_signals_are_cut_into_blocks_without_a_seam(monkeypatch):
    x = random_signal(3, 5000)
    grid = {"n_fft": 64, "hop_length": 10}
    whole = stft(x, **grid)
    monkeypatch.setattr(module, "_BLOCK_VALUES", 1000)
    assert_array_equal(stft(x, **grid), whole)
    assert_allclose(istft(whole, length=5000, **grid), x, **EXACT)


def test_the_classic_griffin_lim_never_gets_worse_and_momentum_gets_further(spoken):
    classic = griffin_lim(spoken, n_iter=24, hop_length=256, momentum=0.0, rng=rng())[1]
    fast = griffin_lim(spoken, n_iter=24, hop_length=256, rng=rng())[1]
    assert (np.diff(classic) <= 1e-6).all()  # Griffin & Lim 1984, theorem; float32 rounding
    assert fast[-1] < classic[-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_griffin_lim_keeps_axes_precision_and_length_and_follows_its_generator(dtype):
    magnitude = np.abs(stft(random_signal(2, 3, 700, dtype=dtype), n_fft=65, hop_length=16))
    options = {"n_fft": 65, "hop_length": 16, "n_iter": 3, "length": 700}
    signal, convergence = griffin_lim(magnitude, rng=rng(), **options)
    assert (signal.shape, signal.dtype, convergence.shape) == ((2, 3, 700), dtype, (3,))
    assert_array_equal(signal, griffin_lim(magnitude, rng=rng(), **options)[0])


@given(st.integers(2, 40), st.integers(1, 20), st.floats(0.2, 5))
def test_the_phase_vocoder_gives_frames_divided_by_rate_rounded_up(n_bins, n_frames, rate):
    spectrum = random_spectrum(2, n_bins, n_frames).astype(np.complex64)
    y = phase_vocoder(spectrum, rate=rate)
    assert (y.shape, y.dtype) == ((2, n_bins, int(np.ceil(n_frames / rate))), np.complex64)
    assert np.isfinite(y).all()


@given(st.integers(2, 40), st.integers(1, 20))
def test_at_rate_one_the_phase_vocoder_changes_nothing(n_bins, n_frames):
    spectrum = random_spectrum(n_bins, n_frames)
    assert_allclose(phase_vocoder(spectrum, rate=1), spectrum, atol=1e-11)  # phases of some hundred turns


# ------------------------------------------------------------------------------------------- edges


def test_frames_are_a_view_that_cannot_be_written_to():
    x = np.arange(8.0)
    frames = frame(x, frame_length=4, hop_length=2)
    assert np.shares_memory(frames, x)
    assert not frames.flags.writeable


@pytest.mark.filterwarnings("ignore:n_fft=:UserWarning:librosa")
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9])
@pytest.mark.parametrize("n_fft", [7, 8])
def test_signals_shorter_than_a_frame_are_centred_in_zeros(n, n_fft):
    x = random_signal(n)
    expected = librosa.stft(x, n_fft=n_fft, hop_length=2, dtype=complex)
    spectrum = stft(x, n_fft=n_fft, hop_length=2)
    assert_allclose(spectrum, expected, **EXACT)
    assert_allclose(istft(spectrum, n_fft=n_fft, hop_length=2, length=n), x, **EXACT)


def test_a_frame_as_long_as_the_signal_is_allowed():
    assert stft(random_signal(8), n_fft=8, center=False).shape == (5, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silence_stays_silent(dtype):
    spectrum = stft(np.zeros(1000, dtype), n_fft=64)
    assert not spectrum.any()
    assert not istft(spectrum).any()
    assert not phase_vocoder(spectrum, rate=1.3).any()
    signal, convergence = griffin_lim(np.abs(spectrum), rng=rng(), n_iter=2)
    assert not signal.any()
    assert not convergence.any()


def test_the_signal_is_not_changed():
    x, spectrum = random_signal(1000), random_spectrum(33, 20)
    magnitude = np.abs(spectrum)
    copies = x.copy(), spectrum.copy(), magnitude.copy()
    stft(x, n_fft=64), istft(spectrum), phase_vocoder(spectrum, rate=2), griffin_lim(magnitude, rng=rng(), n_iter=2)
    for changed, copy in zip((x, spectrum, magnitude), copies, strict=True):
        assert_array_equal(changed, copy)


def test_the_peak_of_memory_is_at_most_three_times_the_output():
    x = random_signal(60 * 22050, dtype=np.float32)
    stft(x[:5000])
    tracemalloc.start()
    try:
        spectrum = stft(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 3 * spectrum.nbytes


COLD = """
import time
import numpy as np
import course_utils.stft
from course_utils import plotting
x = np.sin(np.arange(22050) * 0.1)
assert plotting.spectrogram(x, 22050, title="a tone").png
import sys
print(time.process_time(), *sorted({"librosa", "numba", "torch"} & set(sys.modules)))
"""


def test_a_cold_process_draws_its_first_spectrogram_soon_and_without_heavy_imports():
    runs = [subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True) for _ in range(3)]
    seconds, heavy = zip(*((float(words[0]), words[1:]) for words in (run.stdout.split() for run in runs)), strict=True)
    assert heavy == ([], [], [])
    assert min(seconds) <= 2.5 * max(1, slowness())


# ------------------------------------------------------------------------------------------ errors

TAKES_SIGNAL = {
    "frame": lambda x: frame(x, frame_length=1, hop_length=1),
    "stft": lambda x: stft(x, n_fft=8),
    "spectrogram": lambda x: spectrogram(x, n_fft=8),
}


@pytest.mark.parametrize("call", TAKES_SIGNAL.values(), ids=TAKES_SIGNAL)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"signal must not be empty, got shape \(0,\): pass at least one sample"),
        ([0.0, np.nan], ValueError, "signal must be finite, got 1 NaN or infinite values of 2: find them"),
        (np.ones(9, np.int16), TypeError, "got integer PCM of dtype int16: convert it with signal / 32768"),
        (np.ones((9000, 2)), ValueError, r"time as its last axis, got shape \(9000, 2\): .* pass signal.T"),
        (np.ones(9, complex), TypeError, "signal must be real, got complex128: pass signal.real"),
        ("abc", TypeError, "signal must hold numbers, got dtype <U3: pass a numeric array"),
    ],
)
def test_what_is_no_signal_is_refused(call, x, error, match):
    with refuses(match, error):
        call(x)


TAKES_SPECTRUM = {
    "istft": istft,
    "griffin_lim": lambda s: griffin_lim(s, rng=rng()),
    "phase_vocoder": lambda s: phase_vocoder(s, rate=1),
}


@pytest.mark.parametrize("call", TAKES_SPECTRUM.values(), ids=TAKES_SPECTRUM)
@pytest.mark.parametrize(
    ("spectrum", "error", "match"),
    [
        (np.ones(5), ValueError, r"must have the axes \(…, freq, time\), got shape \(5,\): pass the output of stft"),
        (np.ones((5, 0)), ValueError, r"must not be empty, got shape \(5, 0\)"),
        (np.full((5, 2), np.nan), ValueError, "must be finite, got 10 NaN or infinite values of 10"),
        (None, TypeError, "must hold numbers, got dtype object"),
    ],
)
def test_what_is_no_spectrogram_is_refused(call, spectrum, error, match):
    with refuses(match, error):
        call(spectrum)


HOPS = {
    "frame": lambda hop: frame(random_signal(64), frame_length=16, hop_length=hop),
    "stft": lambda hop: stft(random_signal(64), n_fft=16, hop_length=hop),
    "spectrogram": lambda hop: spectrogram(random_signal(64), n_fft=16, hop_length=hop),
    "istft": lambda hop: istft(random_spectrum(9, 9), hop_length=hop),
    "dual_window": lambda hop: dual_window(hann(16), hop_length=hop),
    "cola_error": lambda hop: cola_error(hann(16), hop_length=hop),
    "griffin_lim": lambda hop: griffin_lim(np.ones((9, 9)), hop_length=hop, rng=rng()),
    "phase_vocoder": lambda hop: phase_vocoder(random_spectrum(9, 9), rate=1, hop_length=hop),
}


@pytest.mark.parametrize("call", HOPS.values(), ids=HOPS)
@pytest.mark.parametrize(
    ("hop_length", "error", "match"),
    [
        (0, ValueError, "hop_length must be at least 1, got 0: raise hop_length"),
        (-4, ValueError, "hop_length must be at least 1, got -4: raise hop_length"),
        (2.0, TypeError, "hop_length must be a whole number, got 2.0: pass an int"),
        ("4", TypeError, "hop_length must be a whole number, got '4': pass an int"),
        (True, TypeError, "hop_length must be a whole number, got True: pass an int"),
    ],
)
def test_an_impossible_hop_is_refused(call, hop_length, error, match):
    with refuses(match, error):
        call(hop_length)


@pytest.mark.parametrize("name", ["istft", "dual_window", "cola_error", "griffin_lim"])
def test_a_hop_longer_than_the_window_is_refused_where_all_samples_are_needed(name):
    with refuses("hop_length=17 exceeds the window length 16, so samples between frames are never seen .*NOLA"):
        HOPS[name](17)


NOLA = (
    r"hop_length=16 breaks NOLA \(nonzero overlap-add\): the squared windows, summed over all frames, must stay above "
    r"zero, .*, got 0\.0e\+00 of their maximum at position 0: lower hop_length or take a window"
)


@pytest.mark.parametrize("name", ["istft", "dual_window", "griffin_lim"])
def test_a_window_that_leaves_zeros_is_refused_with_an_explanation_of_nola(name):
    with refuses(NOLA):
        HOPS[name](16)


def test_a_short_window_with_a_hop_beyond_it_breaks_nola():
    with refuses("hop_length=12 breaks NOLA"):
        istft(random_spectrum(9, 9), hop_length=12, win_length=8, window="rectangular")


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: stft(np.ones(1500), center=False), ValueError, "n_fft=2048 exceeds the signal length 1500: zero-pad"),
        (lambda: spectrogram([0.5], n_fft=2, center=False), ValueError, "n_fft=2 exceeds the signal length 1: zero-pa"),
        (lambda: frame([0.5], frame_length=2, hop_length=1), ValueError, "frame_length=2 exceeds the signal length 1"),
        (lambda: frame([0.5], frame_length=0, hop_length=1), ValueError, "frame_length must be at least 1, got 0"),
        (lambda: stft([0.5], n_fft=0), ValueError, "n_fft must be at least 1, got 0: raise n_fft"),
        (lambda: stft([0.5], n_fft=512.0), TypeError, "n_fft must be a whole number, got 512.0: pass an int"),
        (lambda: stft([0.5], n_fft=10**12), ValueError, "n_fft must be at most 268435456, got 10{12}: lower n_fft"),
        (lambda: stft([0.5], n_fft=8, win_length=9), ValueError, "win_length=9 exceeds n_fft=8: lower win_length or"),
        (lambda: stft([0.5], n_fft=8, win_length=0), ValueError, "win_length must be at least 1, got 0"),
        (lambda: stft([0.5], window="gauss"), ValueError, "window must be one of 'rectangular', .* got 'gauss'"),
        (lambda: stft([0.5], n_fft=8, window=np.ones(9)), ValueError, "win_length=9 exceeds n_fft=8"),
        (lambda: stft([0.5], n_fft=8, window=np.ones(7), win_length=8), ValueError, "window must have win_length=8 v"),
        (lambda: stft([0.5], n_fft=8, window=np.ones((1, 8))), ValueError, r"window must have one axis, got shape \(1"),
        (lambda: stft([0.5], n_fft=8, window=None), TypeError, "window must hold numbers, got dtype object"),
        (lambda: stft([0.5], n_fft=8, window=np.ones(8, complex)), TypeError, "window must be real, got complex128"),
        (lambda: stft([0.5], n_fft=8, pad_mode="wrap"), ValueError, "pad_mode must be one of 'constant', 'reflect', '"),
        (lambda: stft([0.5], n_fft=8, pad_mode="reflect"), ValueError, "needs more than n_fft // 2 = 4 samples, got 1"),
        (lambda: spectrogram([0.5], power=0), ValueError, "power must be above 0, got 0"),
        (lambda: spectrogram([0.5], power=np.nan), ValueError, "power must be finite, got nan"),
        (lambda: istft(random_spectrum(9, 9), n_fft=18), ValueError, "n_fft=18 needs 10 one-sided bins, got 9 along"),
        (lambda: istft(random_spectrum(9, 9), length=500), ValueError, "sample 40 of the output must lie under"),
        (lambda: istft(random_spectrum(9, 9), length=-1), ValueError, "length must be at least 1, got -1"),
        (lambda: istft(random_spectrum(9, 1)), ValueError, "the frames must hold a sample besides the padding .* got"),
        (lambda: dual_window(np.zeros(4), hop_length=2), ValueError, "hop_length=2 breaks NOLA"),
        (lambda: dual_window(np.ones((2, 4)), hop_length=2), ValueError, "window must have one axis"),
        (lambda: cola_error([1.0, -1.0], hop_length=1), ValueError, "window must not add up to 0"),
        (lambda: griffin_lim(-np.ones((9, 9)), rng=rng()), ValueError, "magnitude must not be negative, got -1: pass"),
        (lambda: griffin_lim(random_spectrum(9, 9), rng=rng()), TypeError, "magnitude must be real, got complex128"),
        (lambda: griffin_lim(np.ones((9, 9)), rng=0), TypeError, "rng must be a numpy.random.Generator, got 0: pass"),
        (lambda: griffin_lim(np.ones((9, 9)), rng=rng(), n_iter=0), ValueError, "n_iter must be at least 1, got 0"),
        (lambda: griffin_lim(np.ones((9, 9)), rng=rng(), momentum=2), ValueError, "momentum must be at most 1, got 2"),
        (lambda: griffin_lim(np.ones((9, 9)), rng=rng(), length=99), ValueError, "must lie under a frame, got none wi"),
        (lambda: griffin_lim(np.ones((9, 9)), rng=rng(), length="9"), TypeError, "length must be a whole number, got"),
        (lambda: phase_vocoder(random_spectrum(9, 9), rate=0), ValueError, "rate must be above 0, got 0"),
        (lambda: phase_vocoder(random_spectrum(9, 9), rate="2"), TypeError, "rate must be a number, got '2'"),
        (lambda: phase_vocoder(random_spectrum(9, 9), rate=1e-12), ValueError, "the number of frames / rate must be a"),
        (lambda: phase_vocoder(random_spectrum(9, 9), rate=1, n_fft=20), ValueError, "n_fft=20 needs 11 one-sided"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


def test_griffin_lim_finds_the_same_phase_however_quiet_the_sound():
    magnitude = np.abs(stft(random_signal(800, dtype=np.float32), n_fft=64))
    loud, loud_convergence = griffin_lim(magnitude, rng=np.random.default_rng(0), n_iter=8)
    for scale in (2.0**-90, 2.0**60):
        quiet, convergence = griffin_lim((scale * magnitude).astype(np.float32), rng=np.random.default_rng(0), n_iter=8)
        assert_allclose(quiet / scale, loud, rtol=1e-6)  # a power of two is exact, but in denormals
        assert_allclose(convergence, loud_convergence, rtol=1e-6)


# ------------------------------------------------------------------------------------ hostile input

INVERSE = {**GRID, "n_fft": (16, [*COUNT[1:], 15, 18]), "length": (20, [*COUNT[1:], 1000])}
INVERSE["hop_length"] = (4, [*COUNT[1:], 17])
CALLS = {
    frame: {"signal": (NOISE, SIGNAL), "frame_length": (16, [*COUNT, 65]), **HOP},
    stft: {"signal": (NOISE, SIGNAL), **GRID, "pad_mode": ("edge", NAME)},
    istft: {"spectrum": (SPECTROGRAM, SPECTRUM), **INVERSE},
    dual_window: {"window": (np.ones(8), [*VECTOR, np.zeros(8)]), "hop_length": (4, [*COUNT, 9])},
    cola_error: {"window": (np.ones(8), [*VECTOR, np.zeros(8)]), "hop_length": (4, [*COUNT, 9])},
    spectrogram: {"signal": (NOISE, SIGNAL), **GRID, "pad_mode": ("edge", NAME), "power": (2.0, POSITIVE)},
    griffin_lim: {
        "magnitude": MAGNITUDE, **RANDOM, "n_iter": (2, COUNT), **INVERSE, "momentum": (0.5, [*NUMBER, -1, 2]),
    },
    phase_vocoder: {
        "spectrum": (SPECTROGRAM, SPECTRUM), "rate": (1.5, [*POSITIVE, 1e-12]), "hop_length": (4, COUNT[1:]),
        "n_fft": (16, [*COUNT[1:], 15, 18]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("stft", CALLS)


def test_one_bin_is_that_of_one_point_whoever_leaves_out_its_number():
    x = random_signal(5)
    spectrum = stft(x, n_fft=1, hop_length=1)
    assert_allclose(istft(spectrum), x, **EXACT)
    assert_allclose(phase_vocoder(spectrum, rate=1.0), spectrum, **EXACT)
