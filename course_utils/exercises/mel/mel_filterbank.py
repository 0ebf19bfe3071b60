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
    ]


def _bank_on(points_hz, bins_hz):
    """Triangles of area 1 on these points, read off at these bins."""
    low, centre, high = points_hz[:-2, None], points_hz[1:-1, None], points_hz[2:, None]
    height = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.maximum(height, 0) / ((high - low) / 2)


def _points_hz(n_points, f_min, f_max, scale="htk"):
    return package.mel_frequencies_hz(n_points, f_min=f_min, f_max=f_max, scale=scale)


def _bins_hz(sample_rate, n_fft):
    return np.arange(n_fft // 2 + 1) * sample_rate / n_fft


def _bank_of_blogs(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """The recipe of many blogs: points rounded down to bins, height 1."""
    edges = np.floor((n_fft + 1) * _points_hz(n_mels + 2, f_min, f_max) / sample_rate).astype(int)
    bank = np.zeros((n_mels, n_fft // 2 + 1))
    for i, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        for k in range(low, min(centre, bank.shape[1])):
            bank[i, k] = (k - low) / (centre - low)
        for k in range(centre, min(high, bank.shape[1])):
            bank[i, k] = (high - k) / (high - centre)
    return bank


def _bank_rounded(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """The same, with the area of the exact triangles."""
    points_hz = _points_hz(n_mels + 2, f_min, f_max)
    bank = _bank_of_blogs(n_mels, sample_rate=sample_rate, n_fft=n_fft, f_min=f_min, f_max=f_max)
    return bank * 2 / (points_hz[2:] - points_hz[:-2])[:, None]


def _bank_sums_to_one(n_mels, *, sample_rate, n_fft, f_min, f_max):
    plain = _bank_on(_points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft))
    sums = plain.sum(axis=1, keepdims=True)
    return np.divide(plain, sums, out=np.zeros_like(plain), where=sums > 0)


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
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
                sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max, scale="htk", norm=None
            ),
        ),
        Wrong(
            "rows that add up to 1",
            "Each row is divided by its own sum. The area is that of the triangle, whatever bins happen to meet it: "
            "a band that is met at its foot only must read low.",
            _bank_sums_to_one,
        ),
        Wrong(
            "edges rounded down to bins",
            "The points were rounded down to whole bins before the triangles were drawn: low bands lean, share a peak "
            "or vanish. Keep the points in Hz, and ask each bin for its frequency.",
            _bank_rounded,
        ),
        Wrong(
            "the recipe of the blogs",
            "Two things differ: the points were rounded down to whole bins before the triangles were drawn, "
            "and every triangle has the height 1. Keep the points in Hz, and divide by the area.",
            _bank_of_blogs,
        ),
        Wrong(
            "sides straight over mel",
            "The sides of the triangles are straight over mel, as in HTK and Kaldi; here they are straight over hertz. "
            "Compare frequencies in Hz, not their mel.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
                sample_rate=sample_rate,
                n_fft=n_fft,
                n_mels=n_mels,
                f_min=f_min,
                f_max=f_max,
                scale="htk",
                linear_in="mel",
            ),
        ),
        Wrong(
            "Slaney's scale",
            "The points stand on Slaney's scale; HTK's is asked. The norm of that name does not bring its scale along.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max, "slaney"), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "equal steps in hertz",
            "All triangles have the same width: the points are equally far apart in Hz, and should be so in mel.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                np.linspace(f_min, f_max, n_mels + 2), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "range ignored",
            "The bank runs from 0 Hz to the Nyquist frequency whatever `f_min` and `f_max` say.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, 0, sample_rate / 2), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "last bin on the Nyquist frequency",
            "It is right for even `n_fft` only: with an odd one no bin lies on the Nyquist frequency, "
            "so a linspace that ends there puts every bin too high.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max), np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
            ),
        ),
        Wrong(
            "rate over the kept bins",
            "Every bin is placed too low: half the rate is divided by the N // 2 + 1 bins that are kept, "
            "and the whole rate should be divided by N.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max), np.arange(n_fft // 2 + 1) * sample_rate / 2 / (n_fft // 2 + 1)
            ),
        ),
    ),
    also_right=(
        _bank_by_interpolation,
        lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
            sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max, scale="htk"
        ).astype(np.float32),
    ),
)
