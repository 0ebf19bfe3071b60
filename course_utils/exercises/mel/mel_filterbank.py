import functools
import math

import numpy as np

from ... import mel as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _mel_of


def _bank_by_definition(n_mels, *, sample_rate, n_fft, f_min, f_max):
    lowest, highest = (_mel_of(f, "htk") for f in (f_min, f_max))
    points = [lowest + (highest - lowest) * i / (n_mels + 1) for i in range(n_mels + 2)]
    points_hz = [700 * (math.pow(10, m / 2595) - 1) for m in points]
    bank = []
    for low, centre, high in zip(points_hz, points_hz[1:], points_hz[2:], strict=False):
        row = []
        for k in range(n_fft // 2 + 1):
            f = k * sample_rate / n_fft
            if low < f <= centre:
                height = (f - low) / (centre - low)
            elif centre < f < high:
                height = (high - f) / (high - centre)
            else:
                height = 0
            row.append(height / ((high - low) / 2))
        bank.append(row)
    return np.array(bank)


def mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max):
    lowest, highest = 2595 * np.log10(1 + np.array([f_min, f_max]) / 700)
    points_hz = 700 * (10 ** (np.linspace(lowest, highest, n_mels + 2) / 2595) - 1)
    low, centre, high = points_hz[:-2, None], points_hz[1:-1, None], points_hz[2:, None]
    bins_hz = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    rising, falling = (bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)
    return np.maximum(np.minimum(rising, falling), 0) * 2 / (high - low)


def _banks() -> list[Case]:
    middle = 3150 / (6300 - 700 * (math.sqrt(10) - 1))  # the one band peaks at 1297.5 mel, 1513.6 Hz
    return [
        case(
            1,
            sample_rate=12_600,
            n_fft=4,
            f_min=0,
            f_max=6300,
            says="one band and three bins",
            gives=[[0, middle * 2 / 6300, 0]],
        ),
        case(6, sample_rate=16_000, n_fft=128, f_min=0, f_max=8000, says="six bands up to the Nyquist frequency"),
        case(9, sample_rate=22_050, n_fft=333, f_min=133.3, f_max=6855.5, says="an odd n_fft and a narrower range"),
        case(5, sample_rate=8000, n_fft=101, f_min=0, f_max=4000, says="an odd n_fft up to the Nyquist frequency"),
        case(40, sample_rate=16_000, n_fft=128, f_min=20, f_max=7600, says="bands that fall between two bins"),
        case(3, sample_rate=8000, n_fft=16, f_min=500, f_max=4000, says="a range that begins on a bin"),
        case(4, sample_rate=8000, n_fft=64, f_min=0, f_max=3000, says="a range that ends below the Nyquist frequency"),
    ]


def _bank_on(points_hz, bins_hz, lowest=0):
    """Triangles of area 1 on these points, read off at these bins."""
    low, centre, high = points_hz[:-2, None], points_hz[1:-1, None], points_hz[2:, None]
    height = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.maximum(height, lowest) / ((high - low) / 2)


def _points_hz(n_points, f_min, f_max, scale="htk"):
    return package.mel_frequencies_hz(n_points, f_min=f_min, f_max=f_max, scale=scale)


def _bins_hz(sample_rate, n_fft):
    return np.arange(n_fft // 2 + 1) * sample_rate / n_fft


def _bank_with(points=_points_hz, bins=_bins_hz, n_bins=lambda n_fft: n_fft // 2 + 1, lowest=0):
    """Right triangles on other points, read off at other bins, or at fewer of them."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        made = _bank_on(points(n_mels + 2, f_min, f_max), bins(sample_rate, n_fft), lowest)
        return made[:, : n_bins(n_fft)]

    return bank


def _bank_of_range(limits):
    """``limits(f_min, f_max, nyquist_hz)`` in place of the two that are asked."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        points_hz = _points_hz(n_mels + 2, *limits(f_min, f_max, sample_rate / 2))
        return _bank_on(points_hz, _bins_hz(sample_rate, n_fft))

    return bank


def _bank_of_blogs(rounds=np.floor, more=1, area=False):
    """The recipe of many blogs: points rounded to bins, height 1."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        points_hz = _points_hz(n_mels + 2, f_min, f_max)
        edges = rounds((n_fft + more) * points_hz / sample_rate).astype(int)
        made = np.zeros((n_mels, n_fft // 2 + 1))
        for i, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
            for k in range(low, min(centre, made.shape[1])):
                made[i, k] = (k - low) / (centre - low)
            for k in range(centre, min(high, made.shape[1])):
                made[i, k] = (high - k) / (high - centre)
        return made * 2 / (points_hz[2:] - points_hz[:-2])[:, None] if area else made

    return bank


def _bank_filled(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """An empty band gets the bin that is nearest to its centre."""
    points_hz = _points_hz(n_mels + 2, f_min, f_max)
    bank = _bank_on(points_hz, _bins_hz(sample_rate, n_fft))
    for i in np.flatnonzero(bank.max(axis=1) == 0):
        bank[i, round(points_hz[i + 1] * n_fft / sample_rate)] = 2 / (points_hz[i + 2] - points_hz[i])
    return bank


def _by_package(**changed):
    return lambda n_mels, **options: package.mel_filterbank(n_mels=n_mels, **options, scale="htk", **changed)


def _bank_sums_to_one(n_mels, *, sample_rate, n_fft, f_min, f_max):
    plain = _bank_on(_points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft))
    sums = plain.sum(axis=1, keepdims=True)
    return np.divide(plain, sums, out=np.zeros_like(plain), where=sums > 0)


def _bank_of_sampled_area(empty=0.0):
    """Divided by the area under the bins; ``empty`` where a band has none."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        plain = _bank_on(_points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft))
        areas = plain.sum(axis=1, keepdims=True) * sample_rate / n_fft
        return np.divide(plain, areas, out=np.full_like(plain, empty), where=areas > 0)

    return bank


def _bank_by_interpolation(n_mels, *, sample_rate, n_fft, f_min, f_max):
    points_hz, bins_hz = _points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft)
    areas = (points_hz[2:] - points_hz[:-2]) / 2
    return [np.interp(bins_hz, points_hz[i : i + 3], [0, 1 / areas[i], 0]) for i in range(n_mels)]


EXERCISE = Exercise(
    title="the filter bank",
    stars=2,
    kind="implement",
    task=r"""
Asked in interviews, and got wrong in blogs. Write `mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max)` on the **HTK** scale, $m = 2595\,\log_{10}(1 + f/700)$:

- The first triangle begins at `f_min`, the last one ends at `f_max` (both in Hz, as `sample_rate` is, and at most half of that); the points between are equally far apart in mel. Band $i$ rises from point $i$ to point $i+1$ and falls to point $i+2$, with sides straight over hertz.
- Each triangle has the **area** 1, as with `norm="slaney"`: its height is $2/(f_{i+2} - f_i)$, in 1/Hz.
- It is read off at the exact frequencies of the bins $0, 1, \dots, \lfloor N/2 \rfloor$ of an FFT of N = `n_fft` samples, even or odd.

An array `(n_mels, n_fft // 2 + 1)` comes out. A band without a bin inside is a row of zeros.
""",
    form="n_mels triangles of area 1, HTK scale: (n_mels, n_fft // 2 + 1), in 1/Hz.",
    answer="mel_filterbank",
    spec=Function(cases=_banks, expected=_bank_by_definition),
    reference=mel_filterbank,
    hints=(
        "How many points do n triangles stand on, if each one's peak is where its neighbours begin and end?",
        "Take the points in mel with `np.linspace`, turn them into Hz, and write down the frequencies of the bins in Hz, too.",
        "At a bin the triangle is the lower one of a rising and a falling line, but never below 0. "
        "Its area is half its width, as long as its height is 1.",
    ),
    wrongs=(
        Wrong(
            "height 1",
            "Every triangle has the height 1: that is `norm=None`. Here each has the area 1, so wide bands are low.",
            _by_package(norm=None),
        ),
        Wrong(
            "rows that add up to 1",
            "Each row is divided by its own sum. The area is that of the triangle, whatever bins happen to meet it: "
            "a band that is met at its foot only must read low.",
            _bank_sums_to_one,
        ),
        Wrong(
            "area under the bins",
            "Each row is divided by the area that its bins cover, their sum times the distance of two bins. The area is that "
            "of the triangle, whatever bins happen to meet it: a height of 2 over the width in Hz.",
            (_bank_of_sampled_area(), _bank_of_sampled_area(np.nan)),
        ),
        Wrong(
            "edges rounded to bins",
            "The points were rounded to whole bins before the triangles were drawn: low bands lean, share a peak "
            "or vanish. Keep the points in Hz, and ask each bin for its frequency.",
            tuple(
                _bank_of_blogs(*how, area=True) for how in ((np.floor, 1), (np.floor, 0), (np.round, 0), (np.round, 1))
            ),
        ),
        Wrong(
            "the recipe of the blogs",
            "Two things differ: the points were rounded to whole bins before the triangles were drawn, "
            "and every triangle has the height 1. Keep the points in Hz, and divide by the area.",
            tuple(_bank_of_blogs(*how) for how in ((np.floor, 1), (np.floor, 0), (np.round, 0), (np.round, 1))),
        ),
        Wrong(
            "sides straight over mel",
            "The sides of the triangles are straight over mel, as in HTK and Kaldi; here they are straight over hertz. "
            "Compare frequencies in Hz, not their mel.",
            _by_package(linear_in="mel"),
        ),
        Wrong(
            "Slaney's scale",
            "The points stand on Slaney's scale; HTK's is asked. The norm of that name does not bring its scale along.",
            _bank_with(functools.partial(_points_hz, scale="slaney")),
        ),
        Wrong(
            "equal steps in hertz",
            "All triangles have the same width: the points are equally far apart in Hz, and should be so in mel.",
            _bank_with(lambda n_points, f_min, f_max: np.linspace(f_min, f_max, n_points)),
        ),
        Wrong(
            "range ignored",
            "The bank runs from 0 Hz to the Nyquist frequency whatever `f_min` and `f_max` say.",
            _bank_of_range(lambda f_min, f_max, nyquist_hz: (0, nyquist_hz)),
        ),
        Wrong(
            "f_min ignored",
            "`f_max` is kept, and the bank begins at 0 Hz whatever `f_min` says.",
            _bank_of_range(lambda f_min, f_max, nyquist_hz: (0, f_max)),
        ),
        Wrong(
            "f_max ignored",
            "`f_min` is kept, and the bank ends at the Nyquist frequency whatever `f_max` says.",
            _bank_of_range(lambda f_min, f_max, nyquist_hz: (f_min, nyquist_hz)),
        ),
        Wrong(
            "last bin on the Nyquist frequency",
            "It is right for even `n_fft` only: with an odd one no bin lies on the Nyquist frequency, "
            "so a linspace that ends there puts every bin too high.",
            _bank_with(bins=lambda sample_rate, n_fft: np.linspace(0, sample_rate / 2, n_fft // 2 + 1)),
        ),
        Wrong(
            "rate over the kept bins",
            "Every bin is placed too low: half the rate is divided by the N // 2 + 1 bins that are kept, "
            "and the whole rate should be divided by N.",
            _bank_with(bins=lambda sample_rate, n_fft: np.arange(n_fft // 2 + 1) * sample_rate / 2 / (n_fft // 2 + 1)),
        ),
        Wrong(
            "a bin missing",
            "The last bin is missing: of an FFT of N samples the bins 0 to N // 2 are kept, which are N // 2 + 1.",
            (_bank_with(n_bins=lambda n_fft: n_fft // 2), _bank_with(n_bins=lambda n_fft: (n_fft + 1) // 2)),
        ),
        Wrong(
            "a point missing",
            "The last triangle does not end at f_max: n triangles stand on n + 2 points, both ends included.",
            _bank_with(lambda n_points, f_min, f_max: _points_hz(n_points + 1, f_min, f_max)[:-1]),
        ),
        Wrong(
            "sides not cut at 0",
            "Outside its feet a triangle is 0; here its sides go on, below 0.",
            _bank_with(lowest=-np.inf),
        ),
        Wrong(
            "empty bands filled",
            "A band without a bin inside was given its nearest one: asked is a row of zeros.",
            _bank_filled,
        ),
    ),
    after="librosa's default is Slaney's scale with this area, torchaudio's is HTK's with the height 1: "
    "whoever takes features from both must spell out both choices.",
    also_right=(
        _bank_by_interpolation,
        lambda n_mels, **options: _by_package()(n_mels, **options).astype(np.float32),
    ),
)
