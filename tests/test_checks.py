"""Every public function is tested by name, and none lets hostile input through."""

import ast
import inspect
import warnings
from pathlib import Path

import ipywidgets
import numpy as np
import pytest

from course_utils import (
    audio,
    augmentation,
    descriptors,
    dft,
    effects,
    filters,
    gammatone,
    mel,
    metrics,
    mfcc,
    plotting,
    rooms,
    sampling,
    sound,
    stft,
)
from tests.support import assert_one_sentence, random_signal, random_spectrum

MODULES = [sound, sampling, dft, stft, filters, effects, mel, mfcc, gammatone, descriptors, audio, plotting]
MODULES += [augmentation, rooms, metrics]


def public_functions(module):
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_function_is_called_in_the_tests_of_its_module(module):
    stem = module.__name__.split(".")[-1]
    tree = ast.parse(Path(__file__).with_name(f"test_{stem}.py").read_text(encoding="utf-8"))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert sorted(set(public_functions(module)) - named) == []


# ------------------------------------------------------------------------------------ hostile input

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = [None, "x", True, b"x", object(), {}, [1.0], np.array([1, 2]), 1j]
NUMBER = [*NO_NUMBERS, NAN, INF, -INF, 10**400]
COUNT = [*NUMBER, 0, -1, 1.5, np.float64(2), 10**12]
POSITIVE = [*NUMBER, 0, -1.0]
NO_ARRAYS = [None, "x", b"x", object(), {}, [], [None], ["a"], [[1.0], [1.0, 2.0]], [True], [1j * NAN], [NAN], [INF]]
NO_ARRAYS += [np.array([object()]), np.zeros((0, 3)), np.array(["2026"], "datetime64[D]")]
ARRAY = [*NO_ARRAYS, 0.5, np.float64(1), 3]
REAL = [*ARRAY, [1j]]
SIGNAL = [*REAL, [1], np.ones(3, np.int16), np.ones((100, 2))]
MONO = [*SIGNAL, np.ones((2, 9))]
VECTOR = [*REAL, np.ones((2, 2))]
LEVELS = [*NO_ARRAYS, [1j], 1j]
SPECTRUM = [*ARRAY, [1.0, 2.0]]
NAME = [None, 5, True, b"hann", "nonsense", "", ["hann"], np.array(["a", "b"])]
RNG = [None, 5, "x", np.random, np.random.RandomState(0)]
PATH = [None, 5, True, b"a.wav", "", [], object(), "no such file.wav"]
TEXT = [None, 5, "", " ", "word", b"two words", ["two", "words"]]
FUNCTION = [None, 5, "x", [], lambda t: None, lambda t: t[:-1], lambda t: "x", lambda t: 1j * t]
FUNCTION += [lambda t: 1.0, lambda t: t + NAN]

# Arguments that work, and what is wrong for each of them.
TIME = {"duration_s": (0.01, POSITIVE), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9])}
FREQUENCY = (100, [*NUMBER, -1, 4001])
N_BITS = {"n_bits": (8, [*COUNT, 33])}
RANDOM = {"rng": (np.random.default_rng(0), RNG)}
X = random_signal(64)
SPECTROGRAM = random_spectrum(9, 9)
HOP = {"hop_length": (4, COUNT)}
GRID = {"n_fft": (16, COUNT), "win_length": (16, [*COUNT[1:], 17, 15]), "hop_length": (4, COUNT[1:])}
GRID |= {"window": (np.ones(16), [*VECTOR, np.ones(15), np.ones(17), "nonsense"])}
INVERSE = {**GRID, "n_fft": (16, [*COUNT[1:], 15, 18]), "length": (20, [*COUNT[1:], 1000])}
INVERSE["hop_length"] = (4, [*COUNT[1:], 17])
LEVEL = {"ref": (1.0, [*POSITIVE, lambda x: None, lambda x: x, lambda x: -1.0]), "floor_db": (-80, [*NUMBER, 1e9])}
POLES = [*VECTOR, [0.0, 1.0]]
CORNER = (100, [*NUMBER, 0, -1, 4000, 4001])
RATES = {"from_rate": (3, [*COUNT, 2**28]), "to_rate": (2, [*COUNT, 2**28])}
SINC = {"lowpass_filter_width": (6, COUNT), "rolloff": (0.9, [*NUMBER, 0, 1.01]), "window": ("kaiser", NAME)}
SINC |= {"beta": (9.0, [*NUMBER, -1, 1e4])}
STEPS = [None, 5, "gain", ("gain", 1), [()], [None], [5], [("echo", 1)], [(5, 1)], [("lowpass",)], [("gain", 1, 2)]]
STEPS += [[(name, value)] for name in effects.EFFECTS for value in ([None], "x", NAN, INF, object(), 1j)]
STEPS += [[(name, -1)] for name in effects.EFFECTS if name != "gain"]
STEPS += [[("lowpass", 4000)], [("speed", 1e9)], [("rate", 0.5)], [("tempo", 0)], [("trim", 9)], [("pad", 1e9)]]
AX = plotting.Picture().axes[0]
RATE = {"sample_rate": (8000, [*POSITIVE, "44100"])}
WHOLE_RATE = {"sample_rate": (8000, [*COUNT, "44100"])}
FEATURES = random_signal(14, 20)
NO_FEATURES = [*REAL, X]
LIFTED = {"dct_norm": ("htk", NAME[1:]), "n_lifter": (22, [*NUMBER, -1]), "lifter_kind": ("librosa", NAME)}
DELTA = {"features": (FEATURES, [*REAL, X[:8]]), "width": (9, [*COUNT, 2, 8, 21]), "order": (2, [*COUNT, 9])}
DELTA["mode"] = ("interp", NAME)
SECOND = random_signal(8000)
LOW_RATE = {"sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 50, 1e18])}
CENTERS = {"center_hz": ([100.0, 3000.0], [*VECTOR, [0.0], [-1.0], [4000.0]]), **LOW_RATE}
GAMMATONES = {"n_channels": (4, COUNT), "f_min": (50, [*POSITIVE, 4000]), "f_max": (3900, [*POSITIVE[1:], 4001, 10])}
GAMMATONEGRAM = {"signal": (SECOND, [*SIGNAL, X]), **LOW_RATE, **GAMMATONES}
GAMMATONEGRAM |= {"window_s": (0.025, [*POSITIVE, 2, 1e-9, 1e9]), "hop_s": (0.01, [*POSITIVE, 1e-9, 1e9])}
BANDS = {**RATE, "n_fft": (16, COUNT), "f_min": (0.0, [*NUMBER, -1, 4000]), "f_max": (4000, [*NUMBER[1:], 0, 4001])}
BANDS |= {"scale": ("htk", NAME), "norm": (None, NAME[1:]), "linear_in": ("mel", NAME)}
MEL_POWER = (power := np.ones((2, 9)), [*SPECTRUM, -power, 1j * power])
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
CONSTANT_Q = {
    "signal": (SECOND, [*SIGNAL, X]), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 1e9]),
    "hop_length": (512, COUNT), "f_min": (110.0, [*POSITIVE, 1e-300, 4000]), "n_bins": (24, [*COUNT, 99]),
    "bins_per_octave": (12, COUNT),
}  # fmt: skip
DB = (6.0, [*NUMBER, 121, -121])
SPEED = (1.1, [*POSITIVE, 0.05, 11])
BOX = {
    "room_m": ((5.0, 4.0, 3.0), [*VECTOR, (5.0, 4.0), (5.0, 4.0, -3.0), (5.0, 4.0, 1.0)]),
    "source_m": ((1.0, 2.0, 1.5), [*VECTOR, (6.0, 2.0, 1.0), (0.0, 2.0, 1.0), (3.0, 2.0, 1.5), (1.0, 2.0)]),
    "receiver_m": ((3.0, 2.0, 1.5), [*VECTOR, (6.0, 2.0, 1.0), (1.0, 2.0, 1.5), (1.0, 2.0)]),
    "absorption": (0.5, [*NO_ARRAYS, 1j, [0.1, 0.2], 50, -0.1, np.full((2, 3), 0.5)]),
}  # fmt: skip
WALLS = {"room_m": BOX["room_m"], "absorption": (0.5, [*BOX["absorption"][1], 0])}
WALLS["room_m"] = ((5.0, 4.0, 3.0), [*VECTOR, (5.0, 4.0), (5.0, 4.0, -3.0)])
RIR = 0.9 ** np.arange(200.0)
LABELS = [*NO_ARRAYS, [0.5, 1.0], [-1, 1], [[0, 1]], [10_000, 1], 1]
CLASSES = {"truth": ([0, 1, 1], [*LABELS, [0, 1]]), "predicted": ([0, 1, 0], [*LABELS, [0, 1]])}
COUNTED = [*NO_ARRAYS, [1, 2], np.ones((2, 3), int), np.eye(2), -np.eye(2, dtype=int)]
COUNTED = {"confusion": (np.eye(3, dtype=int), COUNTED)}
YES_NO = [*NO_ARRAYS[:-4], [0.5, 1], [2, 0], [[0, 1]], [1, 1, 0], 1]
SCORED = {"is_positive": ([0, 1, 1, 0], [*YES_NO, [1, 1, 1, 1]]), "score": (X[:4], [*VECTOR, X[:3]])}
CALIBRATED = {"truth": ([0, 1], [*LABELS, [0, 2], [0]]), "n_bins": (10, COUNT)}
CALIBRATED["probabilities"] = (np.array([[0.9, 0.1], [0.4, 0.6]]), [*REAL, X[:2], [[0.5, 0.6]], [[1.5, -0.5]]])
EVENTS = [metrics.Event(0.5, 1.0, 1)]
NO_EVENTS = [None, "x", 5, [5], [(1, 2)], [(1.0, 0.5, 0)], [(-1.0, 2, 0)], [(0.0, NAN, 0)], [(0.0, 1.0, 0.5)], ["abc"]]
MATCHED = {"onset_tolerance_s": (0.2, [*NUMBER, -1]), "offset_tolerance_s": (0.2, [*NUMBER, -1])}
MATCHED["offset_share"] = (0.2, [*NUMBER, -1])
TITLE = {"title": ("a tone", []), "alt": ("a tone again", [5, "word", b"two words"])}
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
    sound.rms: {"signal": (X, SIGNAL)},
    sound.peak: {"signal": (X, SIGNAL)},
    sound.amplitude_to_db: {"amplitude": ([1.0], [*LEVELS, -1]), **LEVEL},
    sound.power_to_db: {"power": ([1.0], [*LEVELS, -1]), **LEVEL},
    sound.db_to_amplitude: {"level_db": ([1.0], [*LEVELS, 1e9]), "ref": (1.0, POSITIVE)},
    sound.a_weighting_db: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    sampling.sample: {"function": (np.sin, FUNCTION), **TIME},
    sampling.alias_frequency_hz: {"frequency_hz": ([1.0], [*LEVELS, -1]), **RATE},
    sampling.sinc_interpolate: {"samples": (X, SIGNAL), "times_s": ([0.0], VECTOR), **RATE},
    sampling.quantize: {"signal": (X, SIGNAL), **N_BITS},
    sampling.dither: {"signal": (X, SIGNAL), **N_BITS, **RANDOM, "shape": ("triangular", NAME)},
    sampling.noise_shape: {"signal": (X, MONO), **N_BITS, "rng": (None, RNG[1:]), "coefficients": ([1.0], VECTOR)},
    sampling.sqnr_db: {"signal": (X, [*SIGNAL, X[:-1], 0 * X]), "quantized": (X / 2, [*SIGNAL, X[:-1]])},
    sampling.bit_rate: {**RATE, **N_BITS, "n_channels": (1, COUNT)},
    sampling.mu_law_encode: {"signal": (X, [*SIGNAL, 2 * X]), "mu": (255, COUNT)},
    sampling.mu_law_decode: {"codes": ([1], [*NO_ARRAYS, [0.5], [-1], [256]]), "mu": (255, COUNT)},
    dft.dft: {"x": (X, [*ARRAY, np.ones((2, 2))])},
    dft.idft: {"spectrum": (X, [*ARRAY, np.ones((2, 2))])},
    dft.dft_matrix: {"n_points": (4, [*COUNT, 10**5])},
    dft.fft_radix2: {"x": (X, [*ARRAY, np.ones(3)])},
    dft.fft_bluestein: {"x": (X, ARRAY)},
    dft.fft: {"x": (X, ARRAY)},
    dft.ifft: {"spectrum": (X, ARRAY)},
    dft.rfft: {"x": (X, REAL)},
    dft.goertzel: {"x": (X, REAL), "frequency_hz": FREQUENCY, **RATE},
    dft.frequencies_hz: {"n_fft": (8, COUNT), **RATE},
    dft.window: {"name": ("hann", NAME), "length": (8, COUNT), "beta": (8.6, [*NUMBER, -1, 1e4])},
    dft.leakage_db: {"window": ([1.0, 2.0], [*VECTOR, [1.0, -1.0]]), "offset_bins": ([1.0], LEVELS)},
    dft.convolve: {"x": (X, REAL), "h": ([1.0], VECTOR)},
    stft.frame: {"signal": (X, SIGNAL), "frame_length": (16, [*COUNT, 65]), **HOP},
    stft.stft: {"signal": (X, SIGNAL), **GRID, "pad_mode": ("edge", NAME)},
    stft.istft: {"spectrum": (SPECTROGRAM, SPECTRUM), **INVERSE},
    stft.dual_window: {"window": (np.ones(8), [*VECTOR, np.zeros(8)]), "hop_length": (4, [*COUNT, 9])},
    stft.cola_error: {"window": (np.ones(8), [*VECTOR, np.zeros(8)]), "hop_length": (4, [*COUNT, 9])},
    stft.spectrogram: {"signal": (X, SIGNAL), **GRID, "power": (2.0, POSITIVE)},
    stft.griffin_lim: {
        "magnitude": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, SPECTROGRAM.real]), **RANDOM, "n_iter": (2, COUNT),
        **INVERSE, "momentum": (0.5, [*NUMBER, -1, 2]),
    },
    stft.phase_vocoder: {
        "spectrum": (SPECTROGRAM, SPECTRUM), "rate": (1.5, [*POSITIVE, 1e-12]), "hop_length": (4, COUNT[1:]),
        "n_fft": (16, [*COUNT[1:], 15, 18]),
    },
    mel.hz_to_mel: {"frequency_hz": ([1.0], [*LEVELS, -1]), "scale": ("htk", NAME)},
    mel.mel_to_hz: {"mel": ([1.0], [*LEVELS, -1, 1e5]), "scale": ("htk", NAME)},
    mel.mel_frequencies_hz: {
        "n_mels": (4, [*COUNT, 1]), "f_min": (0, [*NUMBER, -1, 100]), "f_max": (100, [*NUMBER, 0, -1]),
        "scale": ("slaney", NAME),
    },
    mel.mel_filterbank: {**BANDS, "n_mels": (2, [*COUNT, 10**8])},
    mel.mel_spectrogram: {
        "signal": (X, SIGNAL), **BANDS, **GRID, "pad_mode": ("edge", NAME), "power": (2.0, POSITIVE),
        "n_mels": (2, COUNT),
    },
    mel.log_mel: {
        "mel_power": MEL_POWER, "log": ("natural", NAME), "ref": LEVEL["ref"], "floor": (1e-9, [*POSITIVE, 1e-320]),
        "top_db": (80, [*NUMBER[1:], -1, 1e9]),
    },
    mel.whisper_log_mel: {
        "signal": (X, SIGNAL), "n_mels": (8, [*COUNT, 10**8]), "pad_s": (0.1, [*POSITIVE[1:], None, 1e-9, 0.01, 1e9]),
        "sample_rate": (16000, [*POSITIVE, 8000]),
    },
    mel.pcen: {
        "mel_power": MEL_POWER, **RATE, **HOP, "gain": (0.98, [*NUMBER, -1, 2]), "bias": (2.0, POSITIVE),
        "power": (0.5, [*POSITIVE, 2]), "time_constant_s": (0.4, POSITIVE), "eps": (1e-6, POSITIVE),
    },
    mel.mel_to_linear: {"mel_power": MEL_POWER, **BANDS, "n_iter": (2, COUNT)},
    mfcc.dct_matrix: {"n_out": (4, [*COUNT, 9]), "n_in": (8, [*COUNT, 3, 10**5]), "norm": (None, NAME[1:])},
    mfcc.lifter: {"mfcc": (FEATURES, NO_FEATURES), "n_lifter": (22, [*POSITIVE, 1e9]), "kind": ("htk", NAME)},
    mfcc.mfcc_from_log_mel: {"log_mel": (FEATURES, NO_FEATURES), "n_mfcc": (5, [*COUNT, 15]), **LIFTED},
    mfcc.inverse_mfcc: {"mfcc": (FEATURES, NO_FEATURES), "n_mels": (20, [*COUNT, 13]), **LIFTED},
    mfcc.mfcc: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9, 50]),
        "n_mfcc": (5, [*COUNT, 24]), "convention": ("kaldi", NAME), "n_fft": (512, [*COUNT[1:], 199]),
        "win_length": (200, [*COUNT[1:], 513]), "hop_length": (80, COUNT[1:]), "window": ("hann", NAME),
        "full_scale": (1.0, [*POSITIVE, 1e300]), "pre_emphasis": (0.9, [*NUMBER, -1, 2]), "power": (2, [*POSITIVE, 99]),
        "n_mels": (23, COUNT), "f_min": (20, [*NUMBER, -1, 4001]), "f_max": (3800, [*POSITIVE[1:], 4001, 10]),
        "floor": (1e-7, POSITIVE), "log": ("log10", NAME), "top_db": (80, [*NUMBER[1:], -1]), "scale": ("htk", NAME),
        "norm": (None, NAME[1:]), "linear_in": ("hz", NAME), **LIFTED,
    },
    mfcc.cmvn: {"features": (FEATURES, REAL), "n_frames": (5, COUNT[1:])},
    mfcc.delta: DELTA,
    mfcc.delta_loop: DELTA,
    gammatone.erb_bandwidth_hz: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    gammatone.hz_to_erb_rate: {"frequency_hz": ([1.0], [*LEVELS, -1])},
    gammatone.erb_rate_to_hz: {"erb_rate": ([1.0], [*LEVELS, -1, 1e9])},
    gammatone.erb_space_hz: {**GAMMATONES, "f_max": (3900, [*POSITIVE, 10])},
    gammatone.gammatone_impulse_response: {
        "frequency_hz": (100, [*FREQUENCY[1], 0, 4000]), **TIME, "order": (4, [*COUNT, 17]),
    },
    gammatone.gammatone_sections: CENTERS,
    gammatone.gammatone_filterbank: {"signal": (X, SIGNAL), **CENTERS},
    gammatone.gammatone_filterbank_loop: {"signal": (X, MONO), **CENTERS},
    gammatone.gammatone_weights: {"n_fft": (512, COUNT), **LOW_RATE, **GAMMATONES},
    gammatone.gammatonegram: {**GAMMATONEGRAM, "method": ("fft", NAME)},
    gammatone.cochleagram: {**GAMMATONEGRAM, "power": (0.3, [*POSITIVE, 2])},
    filters.fir_lowpass: {
        "cutoff_hz": CORNER, **RATE, "n_taps": (5, [*COUNT, 2]), "window": ("kaiser", NAME),
        "beta": (8.6, [*NUMBER, -1, 1e4]),
    },
    filters.biquad: {
        "kind": ("peaking", NAME), "frequency_hz": CORNER, **RATE, "q": (1, [*POSITIVE, 1e9]),
        "gain_db": (3, [*NUMBER, 1e4]),
    },
    filters.lfilter_loop: {"b": ([1.0], VECTOR), "a": ([1.0, 0.5], POLES), "signal": (X, MONO)},
    filters.lfilter: {
        "b": ([1.0], VECTOR), "a": ([1.0, 0.5], [*POLES, [1.0, 1.0], [1.0, -3.0]]), "signal": (X, SIGNAL),
    },
    filters.zeros: {"b": ([1.0, 2.0], VECTOR)},
    filters.poles: {"a": ([1.0, 2.0], POLES)},
    filters.is_stable: {"a": ([1.0, 2.0], POLES)},
    filters.frequency_response: {
        "b": ([1.0], VECTOR), "a": ([1.0, 0.5], POLES), "frequency_hz": ([100.0], [*LEVELS, -1, 4001]), **RATE,
    },
    filters.group_delay: {
        "b": ([1.0], [*VECTOR, [0.0]]), "a": ([1.0, 0.5], POLES), **RATE,
        "frequency_hz": ([100.0], [*LEVELS, -1, 4001]),
    },
    filters.sine_sweep: {"start_hz": (100, [*FREQUENCY[1], 0]), "end_hz": (100, [*FREQUENCY[1], 0]), **TIME},
    filters.resample_kernel: {**RATES, **SINC},
    filters.resample_loop: {"signal": (X, MONO), **RATES, **SINC},
    filters.resample: {"signal": (X, SIGNAL), **RATES, **SINC},
    filters.resampling_quality: {
        "resampler": (lambda x: x[::2], [None, 5, "x", lambda x: None, lambda x: x, lambda x: NAN * x[::2]]),
        "from_rate": (2000, [*COUNT, 3]), "to_rate": (1000, [*COUNT, 3]), "pass_band": (0.8, [*NUMBER, 0, 1]),
    },
    effects.reverb: {
        "signal": (X, SIGNAL), **RATE, "stereo_depth": (0, [*NUMBER, -1, 101]), "pre_delay_s": (0, [*NUMBER, -1, 1]),
        **{name: (50, [*NUMBER, -1, 101]) for name in ("reverberance", "hf_damping", "room_scale")},
        "wet_gain_db": (0, [*NUMBER, -11, 11]),
    },
    effects.tempo: {
        "signal": (X, [*SIGNAL, np.ones((2, 2, 9))]), "factor": (2, [*POSITIVE, 101, 0.01]),
        "sample_rate": (8000, [*POSITIVE, 10]),
    },
    effects.apply_effects: {
        "signal": (X, [*SIGNAL, np.ones((2, 2, 9))]), "effects": ([("gain", -3)], STEPS), **WHOLE_RATE,
    },
    descriptors.zero_crossing_rate: {"signal": (X, SIGNAL), "frame_length": (16, COUNT), **HOP},
    **{
        function: {"spectrogram": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, SPECTROGRAM.real]), **RATE, **N_FFT}
        for function in (descriptors.spectral_centroid_hz, descriptors.spectral_bandwidth_hz)
    },
    descriptors.spectral_rolloff_hz: {
        "spectrogram": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, SPECTROGRAM.real]), **RATE, **N_FFT,
        "roll_percent": (0.85, [*POSITIVE, 1, 85]),
    },
    descriptors.spectral_flatness: {
        "spectrogram": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, SPECTROGRAM.real]), "power": (2.0, [*POSITIVE, 99]),
        "floor": (1e-10, POSITIVE),
    },
    descriptors.detect_voice: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9]),
        "threshold_db": (-30, [*NUMBER, 0, 30, -1e9]), "frame_s": (0.025, [*POSITIVE, 1e-9]),
        "hop_s": (0.01, [*POSITIVE, 1e-9]), "hangover_s": (0.1, [*NUMBER, -1, 1e9]),
    },
    descriptors.autocorrelation_pitch_hz: PITCH,
    descriptors.yin: {**PITCH, "threshold": (0.1, POSITIVE)},
    descriptors.yin_loop: {**PITCH, "threshold": (0.1, POSITIVE)},
    descriptors.onset_strength: {
        "signal": (SECOND, SIGNAL), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9]), "hop_length": (512, COUNT),
        "n_fft": (2048, COUNT), "n_mels": (40, COUNT),
    },
    descriptors.tempo_bpm: {
        **ONSETS, "start_bpm": (120, [*POSITIVE, 1e9, 1]), "std_octaves": (1.0, POSITIVE), "max_bpm": (320, POSITIVE),
    },
    descriptors.beat_times_s: {
        **ONSETS, "onset_strength": (abs(SECOND[:99]), [*VECTOR, -SECOND[:99], [1.0, 0.0]]),
        "bpm": (120, [*POSITIVE[1:], 1, 1e9]), "tightness": (100.0, POSITIVE),
    },
    descriptors.cqt: CONSTANT_Q,
    descriptors.cqt_loop: CONSTANT_Q,
    descriptors.chroma: {
        **{name: CONSTANT_Q[name] for name in ("signal", "sample_rate", "hop_length", "f_min")},
        "n_octaves": (2, [*COUNT, 30]), "bins_per_octave": (12, [*COUNT, 13]),
    },
    augmentation.mix_at_snr: {
        "signal": (X, [*SIGNAL, np.zeros(9)]), "noise": (X, [*SIGNAL, np.zeros(9), np.ones((2, 9))]), "snr_db": DB,
        "rng": (np.random.default_rng(0), RNG[1:]),
    },
    augmentation.add_noise: {"signal": (X, [*SIGNAL, np.zeros(9)]), "snr_db": DB, **RANDOM, "colour": ("pink", NAME)},
    augmentation.gain: {"signal": (X, SIGNAL), "gain_db": DB},
    augmentation.invert_polarity: {"signal": (X, SIGNAL)},
    augmentation.gain_curve: {
        "signal": (X, SIGNAL), **RANDOM, "max_gain_db": (6, [*NUMBER, -1, 61]), "n_points": (4, [*COUNT, 1]),
    },
    augmentation.random_tilt: {"signal": (X, SIGNAL), "gain_db": (-6, [*NUMBER, -41, 41]), **RANDOM, **RATE},
    augmentation.time_shift: {
        "signal": (X, SIGNAL), "shift_s": (0.001, [*NUMBER, 1, -1, 1e300]), **RATE, "mode": ("wrap", NAME),
    },
    augmentation.fix_length: {
        "signal": (X, SIGNAL), "n_samples": (30, COUNT), "rng": (np.random.default_rng(0), RNG[1:]),
    },
    augmentation.crop_edges: {"signal": (X, SIGNAL), **RANDOM, "max_share": (0.1, [*NUMBER, -0.1, 0.46])},
    augmentation.change_speed: {"signal": (X, SIGNAL), "factor": SPEED},
    augmentation.time_stretch: {"signal": (X, SIGNAL), "factor": SPEED, "n_fft": (16, [*COUNT, 3])},
    augmentation.pitch_shift: {
        "signal": (X, SIGNAL), "n_semitones": (2, [*NUMBER, 25, -25]), "n_fft": (16, [*COUNT, 3]),
    },
    augmentation.lowpass: {"signal": (X, SIGNAL), "cutoff_hz": CORNER, **RATE},
    augmentation.random_equalizer: {
        "signal": (X, SIGNAL), **RANDOM, "sample_rate": (8000, [*POSITIVE, "44100", 100]), "n_bands": (2, COUNT),
        "max_gain_db": (6, [*NUMBER, -1, 41]),
    },
    augmentation.telephone: {
        "signal": (X, SIGNAL), **RATE, "f_min": (300, [*NUMBER, 0, -1, 3400]), "f_max": (3400, [*NUMBER, 0, 4000, 200]),
        "mu": (255, COUNT),
    },
    augmentation.time_warp: {
        "spectrogram": (FEATURES, NO_FEATURES), "source": (5, [*COUNT, 19]), "target": (9, [*COUNT, 19]),
    },
    augmentation.spec_augment: {
        "spectrogram": (FEATURES, NO_FEATURES), **RANDOM, "n_freq_masks": (2, [*NUMBER, -1, 1.5, 10**12]),
        "max_freq_width": (3, [*NUMBER, -1, 15]), "n_time_masks": (2, [*NUMBER, -1, 10**12]),
        "max_time_width": (3, [*NUMBER, -1, 1.5]), "max_time_share": (0.5, [*NUMBER, -1, 1.5]),
        "max_warp": (2, [*NUMBER, -1, 1.5]), "value": (-3.0, NUMBER[1:]),
    },
    augmentation.mixup: {
        "batch": (FEATURES, REAL), "labels": (np.eye(14), [*NO_ARRAYS, np.arange(14), np.eye(13), 1j * np.eye(14)]),
        **RANDOM, "alpha": (0.2, [*POSITIVE, 1e9]),
    },
    rooms.image_sources: {
        **BOX, "max_order": (2, [*NUMBER, -1, 1.5, 10**12]), "max_distance_m": (20, [*POSITIVE[1:], 1.9]),
    },
    rooms.image_source_rir: {
        **BOX, **RATE, "max_order": (2, [*NUMBER[1:], -1, 1.5, 10**12]),
        "duration_s": (0.05, [*POSITIVE[1:], 1e300, 0.005]), "n_taps": (81, [*COUNT, 80, 1]),
        "high_pass_hz": (20.0, [*NUMBER[1:], 0, -1, 4000]),
    },
    rooms.sabine_s: WALLS,
    rooms.eyring_s: WALLS,
    rooms.energy_decay_db: {"rir": (RIR, [*SIGNAL, np.zeros(9)])},
    rooms.rt60_s: {
        "rir": (RIR, [*SIGNAL, np.zeros(9), np.ones(9)]), **RATE, "decay_db": (30, [*NUMBER, 4, 101]),
    },
    rooms.trim_rir: {
        "rir": (RIR, [*MONO, np.zeros(9)]), **RATE, "pre_s": (0.001, [*NUMBER, -1, 1e9]),
        "threshold_db": (-20, [*NUMBER, 0, 20]), "normalize": ("peak", NAME),
    },
    rooms.convolve_rir: {"signal": (X, SIGNAL), "rir": (RIR, MONO)},
    metrics.confusion_matrix: {**CLASSES, "n_classes": (3, [*COUNT[1:], 1])},
    metrics.precision_recall_f1: COUNTED,
    metrics.macro_f1: COUNTED,
    metrics.wilson_interval: {
        "n_right": (3, [*NUMBER, -1, 1.5, 5]), "n_items": (4, [*COUNT[:-1], 2]), "z": (1.96, [*POSITIVE, 1e9]),
    },
    metrics.roc_curve: SCORED,
    metrics.roc_auc: SCORED,
    metrics.det_curve: SCORED,
    metrics.equal_error_rate: SCORED,
    metrics.average_precision: {**SCORED, "is_positive": ([0, 1, 1, 0], [*YES_NO, [0, 0, 0, 0]])},
    metrics.mean_average_precision: {
        "is_positive": (np.eye(2), [*YES_NO[:-2], [1, 0], np.eye(3), np.zeros((2, 2))]),
        "score": (np.eye(2), [*REAL, X]),
    },
    metrics.reliability: CALIBRATED,
    metrics.expected_calibration_error: CALIBRATED,
    metrics.events_to_frames: {
        "events": (EVENTS, [*NO_EVENTS, [(0.0, 1.0, 5)], [(0.0, 1.0, "dog")]]), "n_frames": (9, COUNT),
        "hop_s": (0.1, POSITIVE), "n_classes": (2, COUNT),
    },
    metrics.median_filter: {"active": ([0, 1, 1], [*NO_ARRAYS[:9], [0.5], [NAN], 1]), "n_median": (3, [*COUNT, 2])},
    metrics.frames_to_events: {
        "probability": (abs(FEATURES), [*REAL, X, FEATURES, 2 * abs(FEATURES)]), "hop_s": (0.1, POSITIVE),
        "threshold": (0.5, [*NUMBER, -0.1, 1.1]), "n_median": (3, [*COUNT, 2]), "minimum_s": (0.1, [*NUMBER, -1]),
    },
    metrics.match_events: {"truth": (EVENTS, NO_EVENTS), "found": (EVENTS, NO_EVENTS), **MATCHED},
    metrics.event_f1: {
        "truth": ([EVENTS], [*NO_EVENTS, EVENTS, [[]], [EVENTS, EVENTS]]),
        "found": ([EVENTS], [*NO_EVENTS, EVENTS, [EVENTS, []]]), **MATCHED,
    },
    audio.clips: {"kind": ("speech", NAME[1:])},
    audio.load: {
        "path": (audio.clips()[0]["file"], PATH), "sample_rate": (8000, [*COUNT[1:], "44100"]),
        "dtype": (np.float32, [5, "x", np.int16, int, np.complex64, [], np.array([1, 2])]),
    },
    audio.save: {
        "path": ("a.wav", PATH[:-1]), "signal": (X, [*SIGNAL, 2 * X]), **WHOLE_RATE, "subtype": ("PCM_16", NAME),
    },
    audio.audio_info: {"path": (audio.clips()[0]["file"], PATH)},
    audio.play: {
        "signal": (X, SIGNAL), **WHOLE_RATE, "caption": ("a tone", TEXT), "fade_s": (0.01, [*NUMBER, -1, 1e300]),
    },
    plotting.draw_waveform: {"ax": (AX, []), "signal": (X, SIGNAL), **RATE},
    plotting.draw_spectrum: {
        "ax": (AX, []), "frequency_hz": (X + 1, [*VECTOR, X[1:]]), "level_db": (X, [*VECTOR, X[1:]]),
    },
    plotting.draw_spectrogram: {
        "ax": (AX, []), "level_db": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, X]), **RATE, **HOP,
        "max_hz": (100, POSITIVE[1:]), "floor_db": (-80, [*NUMBER, 1]),
    },
    plotting.draw_samples: {"ax": (AX, []), "times": (X, [*VECTOR, X[1:]]), "samples": (X, [*VECTOR, X[1:]])},
    plotting.waveform: {"signal": (X, SIGNAL), **RATE, **TITLE},
    plotting.spectrum: {"signal": (X, MONO), **RATE, **TITLE, "max_hz": (100, POSITIVE[1:])},
    plotting.spectrogram: {
        "signal": (X, MONO), **RATE, **TITLE, "n_fft": (16, COUNT), **HOP, "max_hz": (100, POSITIVE[1:]),
        "floor_db": (-80, [*NUMBER, 1]),
    },
    plotting.explore: {"update": (lambda **_: [], [None, 5, "x"]), "level": (ipywidgets.IntSlider(), [None, 5, "x"])},
}  # fmt: skip


def test_no_public_function_is_spared():
    assert set(CALLS) == {function for module in MODULES for function in public_functions(module).values()}


def call(function, arguments):
    parameters = inspect.signature(function).parameters.items()
    positional = [name for name, parameter in parameters if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
    named = {name: value for name, value in arguments.items() if name not in positional}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning from inside numpy means that the input went too far
        return function(*(arguments[name] for name in positional if name in arguments), **named)


@pytest.mark.parametrize("function", CALLS, ids=lambda f: f"{f.__module__.split('.')[-1]}.{f.__name__}")
def test_hostile_input_is_refused_in_one_sentence(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    usual = {name: value for name, (value, _) in CALLS[function].items()}
    call(function, usual)
    let_through = []
    for name, (_, hostile) in CALLS[function].items():
        for value in hostile:
            try:
                result = call(function, {**usual, name: value})
                let_through.append(f"{name}={value!r} gave {result!r:.60}")
            except (ValueError, TypeError, FileNotFoundError) as error:
                try:
                    assert_one_sentence(error)
                except AssertionError as reason:
                    let_through.append(f"{name}={value!r}: {reason}")
            except Exception as error:
                let_through.append(f"{name}={value!r} gave {error!r}")
    assert let_through == [], "\n".join(let_through)
