"""The shared checks: what numpy would lose, what no memory holds, columns, ranges, and a rule in every sentence."""

import ast
import re
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils import (
    _checks,
    augmentation,
    descriptors,
    dft,
    effects,
    filters,
    gammatone,
    mel,
    metrics,
    rooms,
    sampling,
    sound,
    stft,
)
from course_utils.models import classification, datasets, features, layers
from tests.support import random_signal, refuses

NOISE = random_signal(4000)
PACKAGE = Path(_checks.__file__).parents[1]

# --------------------------------------------------------------------------------- what numpy would lose


def test_a_mask_is_refused_and_an_empty_one_is_none():
    masked = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, True])
    for value in (masked, [masked, masked], (masked[0], masked[1])):
        n = 4 if isinstance(value, list) else 1 if isinstance(value, tuple) else 2
        with refuses(rf"x must have no masked values, got {n}, .*x\.filled\(0\)", TypeError):
            _checks.array(value)
    unmasked = _checks.array(np.ma.masked_array([1.0, 2.0]))
    assert type(unmasked) is np.ndarray and unmasked.tolist() == [1, 2]
    with refuses("labels must have no masked values", TypeError):
        _checks.labels(np.ma.masked_array([1, 2], [True, False]), "labels")
    with refuses("is_positive must have no masked values", TypeError):
        metrics.roc_auc(np.ma.masked_array([True, False], [True, False]), [1.0, 2.0])


@pytest.mark.parametrize(
    ("tensor", "way"),
    [
        (lambda: torch.ones(3, requires_grad=True), r"requires a gradient: pass x\.detach\(\)"),
        (lambda: [torch.ones(3, requires_grad=True)], r"pass x\.detach\(\)"),
        (lambda: torch.ones(3).to_sparse(), r"pass x\.to_dense\(\)"),
        (lambda: torch.ones(3).to_sparse().requires_grad_(), r"pass x\.detach\(\)\.to_dense\(\)"),
        (lambda: torch.ones(3, dtype=torch.bfloat16), r"pass x\.float\(\)"),
        (lambda: torch.ones(3).to(torch.float8_e5m2), r"pass x\.float\(\)"),
        (lambda: torch.ones(3, dtype=torch.cfloat).conj(), r"pass x\.resolve_conj\(\)"),
        (lambda: torch.ones(3, device="meta"), "x must hold numbers, got a tensor on meta"),
    ],
)
def test_a_tensor_that_numpy_cannot_read_is_told_the_way(tensor, way):
    with refuses(way, TypeError):
        _checks.array(tensor())


def test_a_plain_tensor_is_read():
    assert _checks.array(torch.tensor([1.0, 2.0])).tolist() == [1, 2]
    assert _checks.signal(torch.ones(3, dtype=torch.half)).dtype == np.float64


def test_what_numpy_cannot_read_for_its_own_reasons_is_a_sentence():
    class Distant:
        def __array__(self, *arguments, **options):
            raise TypeError("Implicit conversion is not allowed.\nUse get().")

    with refuses(
        r"x must be an array, got a Distant that numpy cannot read \(Implicit conversion .*: convert it", TypeError
    ):
        _checks.array(Distant())


def test_a_column_is_taken_for_time_and_channels():
    for shape, way in {
        (8000, 1): r"signal\[:, 0\]",
        (2, 8000, 1): r"signal\[\.\.\., 0\]",
        (32, 2): r"signal\.T",
    }.items():
        with refuses(f"time as its last axis, got shape .*pass {way}"):
            _checks.signal(np.ones(shape))
    with refuses(r"pass signal\.swapaxes\(-1, -2\)"):
        _checks.signal(np.ones((3, 8000, 2)))
    for shape in ((15, 1), (1, 1), (31, 2), (8000, 9)):
        assert _checks.signal(np.ones(shape)).shape == shape
    for function in (dft.fft, dft.ifft, dft.rfft, dft.fft_radix2, dft.fft_bluestein):
        with refuses("time as its last axis"):
            function(np.ones((8000, 1)))


def test_a_signal_far_beyond_full_scale_is_refused():
    for dtype in (np.float32, np.float64):
        with refuses("signal must lie within ±1e\\+10, got a peak of 2e\\+10"):
            stft.stft(np.full(9, -2e10, dtype), n_fft=4)
        assert np.isfinite(stft.spectrogram(np.full(9, 1e10, dtype), n_fft=4)).all()


# ----------------------------------------------------------------------------------- what no memory holds

FULL = "needs .* GB of memory, which exceeds what is free, got 0 GB"
HUGE = {
    "stft": lambda: stft.stft(NOISE, n_fft=64, hop_length=1),
    "spectrogram": lambda: stft.spectrogram(NOISE, n_fft=64, hop_length=1),
    "mel_spectrogram": lambda: mel.mel_spectrogram(NOISE, sample_rate=8000, n_fft=256, hop_length=1, n_mels=8),
    "phase_vocoder": lambda: stft.phase_vocoder(np.ones((9, 9), complex), rate=0.01),
    "window": lambda: dft.window("hann", 1000),
    "leakage_db": lambda: dft.leakage_db(np.ones(9), np.arange(9.0)),
    "sine": lambda: sound.sine(100, duration_s=1, sample_rate=8000),
    "sinc_interpolate": lambda: sampling.sinc_interpolate(NOISE, np.arange(9) / 100, sample_rate=8000),
    "resample": lambda: filters.resample(NOISE, from_rate=1, to_rate=100),
    "resample_loop": lambda: filters.resample_loop(NOISE, from_rate=1, to_rate=100),
    "cqt": lambda: descriptors.cqt(NOISE, sample_rate=8000, f_min=200, n_bins=12, hop_length=1),
    "cqt_loop": lambda: descriptors.cqt_loop(NOISE, sample_rate=8000, f_min=200, n_bins=12, hop_length=1),
    "cochleagram": lambda: gammatone.cochleagram(NOISE, sample_rate=8000, hop_s=1 / 8000),
    "mel_to_linear": lambda: mel.mel_to_linear(np.ones((8, 9)), sample_rate=8000, n_fft=256),
    "image_source_rir": lambda: rooms.image_source_rir(
        [5, 4, 3], [1, 1, 1], [2, 2, 2], sample_rate=8000, absorption=0.5, max_order=0, duration_s=1.0
    ),
    "events_to_frames": lambda: metrics.events_to_frames([], n_frames=9, hop_s=1.0, n_classes=9),
    "fix_length": lambda: augmentation.fix_length(NOISE, 5000),
    "pad": lambda: effects.apply_effects(NOISE, [("pad", 1)], sample_rate=8000),
    "fade": lambda: effects.apply_effects(NOISE, [("fade", 0.1, 1)], sample_rate=8000),
    "pad_batch": lambda: datasets.pad_batch([(np.ones(9), 0), (np.ones(5), 1)]),
    "LogMel": lambda: features.LogMel(sample_rate=8000)(torch.ones(4000)),
    "valid_frames": lambda: layers.valid_frames([3, 5], 5),
    "causal_mask": lambda: layers.causal_mask(9),
    "sinusoidal_positions": lambda: layers.sinusoidal_positions(9, 8),
    "attention": lambda: layers.attention(*[torch.ones(2, 9, 4)] * 3),
    "FitFrames": lambda: classification.FitFrames(9)(torch.ones(2, 4, 9), torch.tensor([3, 9])),
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_a_result_that_exceeds_memory_is_refused_before_it_is_made(name, monkeypatch):
    HUGE[name]()  # with memory it works
    monkeypatch.setattr(_checks, "ALWAYS_FITS", 0)
    monkeypatch.setattr(_checks, "free_bytes", lambda: 0)
    with refuses(FULL):
        HUGE[name]()


@pytest.mark.parametrize(
    "call",
    [
        lambda: stft.stft(np.zeros(2**22, np.float32), n_fft=2**20, hop_length=1),
        lambda: stft.stft(NOISE, n_fft=2**28, hop_length=1),
        lambda: filters.resample(NOISE, from_rate=1, to_rate=1_000_000_000 // 4000),
        lambda: sampling.sinc_interpolate(np.zeros(2**20), np.zeros(2**20), sample_rate=8000),
        lambda: layers.causal_mask(10**7),
    ],
)
def test_a_huge_result_is_refused_at_once_with_its_size(call, monkeypatch):
    monkeypatch.setattr(_checks, "free_bytes", lambda: 6e9)
    tracemalloc.start()
    with refuses(
        "needs [0-9,.e+]+ GB of memory, which exceeds what is free, got 6 GB|exceeds .* values|must be at most"
    ):
        call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6


def test_free_memory_is_what_the_system_or_the_process_allows(monkeypatch):
    free = _checks.free_bytes()
    assert 1e7 < free < 1e14
    if sys.platform == "linux":
        resource = pytest.importorskip("resource")
        used = next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmSize"))
        monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024 * used + 5_000_000, -1))
        assert 0 <= _checks.free_bytes() <= 2e7


# ---------------------------------------------------------------------------------- numbers and switches


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float16, np.float32, np.longdouble])
def test_a_number_of_numpy_becomes_one_of_python(dtype):
    assert type(_checks.number(dtype(5), "x", at_least=-120, at_most=1e308)) in (int, float)
    assert -_checks.number(dtype(5), "x") == -5


def test_a_zero_below_zero_is_zero():
    for zero in (-0.0, np.float32(-0.0), np.longdouble(-0.0)):
        assert np.copysign(1, _checks.number(zero, "x", at_least=0)) == 1
    with refuses("x must be finite"):
        _checks.number(np.finfo(np.longdouble).max, "x")


def test_a_switch_is_true_or_false_and_no_word_for_it():
    assert _checks.switch(np.True_, "center") is True and _checks.switch(False, "center") is False
    for value in ("False", "", 0, 1, None, [], np.array([True, False])):
        with refuses("center must be True or False, got .*: pass a bool", TypeError):
            _checks.switch(value, "center")


SCALARS = {"count", "number", "switch", "sample_rate", "frequency", "cutoff", "below_zero", "fraction", "band"}


def called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_a_number_that_was_checked_is_what_is_computed_with(path):
    """The argument itself may be of a small type of numpy, which wraps round: the check's answer takes its name."""
    found = []
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Expr) and called(statement.value) in SCALARS:
            if isinstance(statement.value.args[0], ast.Name):
                found.append(f"{path.name}:{statement.lineno} {ast.unparse(statement)}")
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
            targets = [ast.unparse(name) for name in getattr(statement.targets[0], "elts", [])]
            for i, part in enumerate(statement.value.elts):
                used = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
                before = {
                    name
                    for name, at in zip(targets, statement.value.elts, strict=False)
                    if called(at) and ast.unparse(at).startswith("_checks.")
                }
                if called(part) and used & (before - {targets[i]} if targets else set()):
                    found.append(f"{path.name}:{statement.lineno} uses what is checked beside it")
    assert found == []


def test_a_reference_that_fails_is_told_with_the_way():
    for function, way in ((max, "got max, which fails"), (lambda x: 1 / 0, "ZeroDivisionError")):
        for call in (sound.power_to_db, sound.amplitude_to_db, mel.log_mel):
            with refuses(f"ref must be a number, .*{way}.*: pass numpy.max", TypeError):
                call(np.ones((3, 4)), ref=function)


def test_a_description_is_no_name_to_be_typed():
    with refuses(r"np\.argwhere\(~np\.isfinite\(x\)\)"):
        _checks.array([np.nan], "the output of resampler")
    with refuses(r"pass torch\.as_tensor\(x\)", TypeError):
        features.StoredScale().measure([np.ones((3, 4))])


# -------------------------------------------------------------------------------------- ranges and words


def test_an_interval_has_two_ends_in_order():
    assert _checks.interval((1, 2), "x", _checks.number) == _checks.interval([1, 2], "x", _checks.number) == (1, 2)
    with refuses(r"x must be a range \(low, high\), got \(2, 1\): swap its bounds"):
        _checks.interval((2, 1), "x", _checks.number)
    with refuses(r"x must be a range \(low, high\), got 5: write two numbers", TypeError):
        _checks.interval(5, "x", _checks.number)
    with refuses("a bound of x must be finite"):
        _checks.interval((1, float("nan")), "x", _checks.number)


def test_every_sentence_has_a_rule_before_its_way_out():
    """What a raise in _checks words: a rule word, then a colon."""
    found = []
    for path in Path(_checks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                text = " ".join(ast.unparse(node.exc.args[0]).split())
                if not re.search(r"\b(must|exceeds|needs|lies above|no sound file|nothing has been)\b.*: ", text):
                    found.append(f"{path.name}:{node.lineno} {text:.80}")
    assert found == []
