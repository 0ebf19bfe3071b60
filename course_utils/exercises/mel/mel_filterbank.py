import functools
import math

import numpy as np

from ... import mel as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _mel_of


def _bank_by_definition(n_mels, *, sample_rate, n_fft, f_min, f_max):
    lowest, highest = (_mel_of(f, "htk") for f in (f_min, f_max))
    points = [lowest + (highest - lowest) * i / (n_mels + 1) for i in range(n_mels + 2)]
    bank = []
    for low, centre, high in zip(points, points[1:], points[2:], strict=False):
        row = []
        for k in range(n_fft // 2 + 1):
            mel = _mel_of(k * sample_rate / n_fft, "htk")
            if low < mel <= centre:
                row.append((mel - low) / (centre - low))
            elif centre < mel < high:
                row.append((high - mel) / (high - centre))
            else:
                row.append(0)
        bank.append(row)
    return np.array(bank)


def mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max):
    bins_hz = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    bins, lowest, highest = (np.log(1 + f / 700) for f in (bins_hz, f_min, f_max))  # 2595 cancels
    points = np.linspace(lowest, highest, n_mels + 2)
    low, centre, high = points[:-2, None], points[1:-1, None], points[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return np.maximum(np.minimum(rising, falling), 0)


def _banks() -> list[Case]:
    falling = 2 * (1 - math.log10(5.5))  # 6,300 Hz are 2595 mel, the peak lies at half, 3,150 Hz are 2595 log10(5.5)
    return [
        case(
            1,
            sample_rate=12_600,
            n_fft=4,
            f_min=0,
            f_max=6300,
            says="one band and three bins",
            gives=[[0, falling, 0]],
        ),
        case(6, sample_rate=16_000, n_fft=128, f_min=0, f_max=8000, says="six bands up to the Nyquist frequency"),
        case(9, sample_rate=22_050, n_fft=333, f_min=133.3, f_max=6855.5, says="an odd n_fft and a narrower range"),
        case(5, sample_rate=8000, n_fft=101, f_min=0, f_max=4000, says="an odd n_fft up to the Nyquist frequency"),
        case(40, sample_rate=16_000, n_fft=128, f_min=20, f_max=7600, says="bands that fall between two bins"),
        case(3, sample_rate=8000, n_fft=16, f_min=500, f_max=4000, says="a range that begins on a bin"),
        case(4, sample_rate=8000, n_fft=64, f_min=0, f_max=3000, says="a range that ends below the Nyquist frequency"),
        case(40, sample_rate=16_000, n_fft=512, f_min=20, f_max=8000, says="forty bands and an FFT of 512"),
    ]


def _hz_to_mel(frequency_hz, scale="htk"):
    return package.hz_to_mel(np.maximum(frequency_hz, 0), scale=scale)


def _triangles(points, bins, lowest=0):
    """Triangles of height 1 on these points, read off at these bins."""
    low, centre, high = points[:-2, None], points[1:-1, None], points[2:, None]
    return np.maximum(np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)), lowest)


def _points(n_points, f_min, f_max):
    """Equally far apart in mel."""
    return np.linspace(_hz_to_mel(f_min), _hz_to_mel(f_max), n_points)


def _bins_hz(sample_rate, n_fft):
    return np.arange(n_fft // 2 + 1) * sample_rate / n_fft


def _bank_with(points=_points, bins=_bins_hz, n_bins=lambda n_fft: n_fft // 2 + 1, lowest=0):
    """Right triangles on other points, read off at other bins, or at fewer of them."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        made = _triangles(points(n_mels + 2, f_min, f_max), _hz_to_mel(bins(sample_rate, n_fft)), lowest)
        return made[:, : n_bins(n_fft)]

    return bank


def _last_column_empty(n_mels, **options):
    bank = mel_filterbank(n_mels, **options)
    bank[:, -1] = 0
    return bank


def _bank_of_range(limits):
    """``limits(f_min, f_max, nyquist_hz)`` in place of the two that are asked."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        points = _points(n_mels + 2, *limits(f_min, f_max, sample_rate / 2))
        return _triangles(points, _hz_to_mel(_bins_hz(sample_rate, n_fft)))

    return bank


ROUNDED = ((np.floor, 1), (np.floor, 0), (np.round, 0), (np.round, 1), (np.ceil, 0))


def _bank_of_blogs(rounds=np.floor, more=1):
    """The recipe of many blogs: points rounded to bins."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        points_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale="htk")
        edges = rounds((n_fft + more) * points_hz / sample_rate).astype(int)
        made = np.zeros((n_mels, n_fft // 2 + 1))
        for i, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
            for k in range(low, min(centre, made.shape[1])):
                made[i, k] = (k - low) / (centre - low)
            for k in range(centre, min(high, made.shape[1])):
                made[i, k] = (high - k) / (high - centre)
        return made

    return bank


def _points_on_bins(rounds, more=0):
    """The points moved to bins, and the triangles drawn over mel on these."""

    def bank(n_mels, *, sample_rate, n_fft, f_min, f_max):
        points_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale="htk")
        moved_hz = rounds((n_fft + more) * points_hz / sample_rate + 1e-9) * sample_rate / n_fft
        with np.errstate(all="ignore"):  # two points on one bin
            return np.nan_to_num(_triangles(_hz_to_mel(moved_hz), _hz_to_mel(_bins_hz(sample_rate, n_fft))))

    return bank


def _bank_by_case(n_mels, *, sample_rate, n_fft, f_min, f_max, rounds=np.floor, more=0):
    """Moved to bins, and each bin asked on which side of the centre it lies."""
    points_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale="htk")
    points = _hz_to_mel(rounds((n_fft + more) * points_hz / sample_rate + 1e-9) * sample_rate / n_fft)
    bins, rows = _hz_to_mel(_bins_hz(sample_rate, n_fft)), []
    with np.errstate(all="ignore"):
        for low, centre, high in zip(points, points[1:], points[2:], strict=False):
            rising = np.where((low < bins) & (bins <= centre), (bins - low) / (centre - low), 0)
            rows.append(np.where((centre < bins) & (bins < high), (high - bins) / (high - centre), rising))
    return np.array(rows)


def _largest_is_1(n_mels, **options):
    plain = mel_filterbank(n_mels, **options)
    largest = plain.max(axis=1, keepdims=True)
    return np.divide(plain, largest, out=np.zeros_like(plain), where=largest > 0)


def _over_width(width):
    """Each triangle over ``width(low_hz, high_hz)``."""

    def bank(n_mels, *, f_min, f_max, **options):
        points_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale="htk")
        plain = mel_filterbank(n_mels, f_min=f_min, f_max=f_max, **options)
        return plain / width(points_hz[:-2, None], points_hz[2:, None])

    return bank


def _bank_filled(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """An empty band gets the bin that is nearest to its centre."""
    bank = mel_filterbank(n_mels, sample_rate=sample_rate, n_fft=n_fft, f_min=f_min, f_max=f_max)
    centres_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale="htk")[1:-1]
    for i in np.flatnonzero(bank.max(axis=1) == 0):
        bank[i, round(centres_hz[i] * n_fft / sample_rate)] = 1
    return bank


def _by_package(*, linear_in="mel", norm=None, scale="htk"):
    return lambda n_mels, **options: package.mel_filterbank(
        n_mels=n_mels, **options, linear_in=linear_in, norm=norm, scale=scale
    )


def _bank_sums_to_one(n_mels, **options):
    plain = mel_filterbank(n_mels, **options)
    sums = plain.sum(axis=1, keepdims=True)
    return np.divide(plain, sums, out=np.zeros_like(plain), where=sums > 0)


def _bank_by_interpolation(n_mels, *, sample_rate, n_fft, f_min, f_max):
    points, bins = _points(n_mels + 2, f_min, f_max), _hz_to_mel(_bins_hz(sample_rate, n_fft))
    return [np.interp(bins, points[i : i + 3], [0, 1, 0]) for i in range(n_mels)]


def _every_size():
    for n_mels in range(1, 100):
        for f_min, f_max in ((0, 8000), (20, 7600)):
            says = "any number of bands"
            yield case(n_mels, sample_rate=16_000, n_fft=32, f_min=f_min, f_max=f_max, says=says), (n_mels, 17)
    for n_fft in range(16, 130):
        says = "any length of the FFT"
        yield case(2, sample_rate=44_100, n_fft=n_fft, f_min=0, f_max=22_050, says=says), (2, n_fft // 2 + 1)


def _points_by_arange(n_points, f_min, f_max):
    lowest, highest = _hz_to_mel(f_min), _hz_to_mel(f_max)
    step = (highest - lowest) / (n_points - 1)
    return np.arange(lowest, highest + step, step)


def _bins_by_arange(sample_rate, n_fft):
    step_hz = sample_rate / n_fft
    return np.arange(0, (n_fft // 2 + 1) * step_hz, step_hz)


EXERCISE = Exercise(
    title="Kaldi's filter bank",
    stars=2,
    kind="implement",
    task=r"""
The lecture's bank is librosa's. Kaldi and HTK draw another one, and whoever serves a model that was trained with Kaldi needs it. Write `mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max)` on the **HTK** scale, $m = 2595\,\log_{10}(1 + f/700)$:

- The first triangle begins at `f_min`, the last one ends at `f_max` (both in Hz, as `sample_rate` is, and at most half of that); the points between are equally far apart in mel. Band $i$ rises from point $i$ to point $i+1$ and falls to point $i+2$.
- The sides are straight over **mel**, not over hertz, and each triangle has the height 1.
- It is read off at the exact frequencies of the bins $0, 1, \dots, \lfloor N/2 \rfloor$ of an FFT of N = `n_fft` samples, even or odd.

An array `(n_mels, n_fft // 2 + 1)` comes out. A band without a bin inside is a row of zeros.
""",
    form="Triangles straight over mel, height 1, HTK scale: (n_mels, n_fft // 2 + 1).",
    answer="mel_filterbank",
    spec=Function(cases=_banks, expected=_bank_by_definition, properties=(right_count(_every_size),)),
    reference=mel_filterbank,
    hints=(
        "In which unit do the points lie at equal steps, and in which unit are the sides straight? What has to be converted?",
        "The points need not become hertz at all. Write down the frequencies of the bins, and turn *those* into mel.",
        "At a bin the triangle is the lower one of a rising and a falling line, but never below 0: with the points and the "
        "bins in mel, as in the lecture with both in Hz.",
    ),
    wrongs=(
        Wrong(
            "sides straight over hertz",
            "The sides of the triangles are straight over hertz, as in librosa; here they are straight over mel. "
            "Compare mel with mel, not frequencies in Hz.",
            _by_package(linear_in="hz"),
        ),
        Wrong(
            "over its width",
            'Each triangle is divided by a measure of its width, as with `norm="slaney"`: wide ones are lower. Here '
            "each has the height 1, however wide it is.",
            (
                _by_package(norm="slaney"),
                _over_width(lambda low_hz, high_hz: high_hz - low_hz),
                _over_width(lambda low_hz, high_hz: _hz_to_mel(high_hz) - _hz_to_mel(low_hz)),
                _over_width(lambda low_hz, high_hz: (_hz_to_mel(high_hz) - _hz_to_mel(low_hz)) / 2),
            ),
        ),
        Wrong(
            "the lecture's bank",
            "Two things are still the lecture's: the sides are straight over hertz, and each triangle has the area 1. "
            "Asked are sides straight over mel, and the height 1.",
            _by_package(linear_in="hz", norm="slaney"),
        ),
        Wrong(
            "rows that add up to 1",
            "Each row is divided by its own sum. Here the height of a triangle is 1, whatever bins happen to meet it: "
            "a band that is met at its foot only must read low.",
            _bank_sums_to_one,
        ),
        Wrong(
            "largest weight 1",
            "In every row the largest weight is 1: each row was divided by its maximum. A triangle has the height 1 at its "
            "centre, which seldom lies on a bin, so that the largest weight that is read off is mostly less.",
            _largest_is_1,
        ),
        Wrong(
            "points moved to bins",
            "The points were moved to whole bins before the triangles were drawn over mel: their feet and tips stand "
            "elsewhere then. Let them stand where they fall, and read them off at the bins.",
            (
                *(_points_on_bins(*how) for how in ROUNDED),
                *(functools.partial(_bank_by_case, rounds=rounds, more=more) for rounds, more in ROUNDED),
            ),
        ),
        Wrong(
            "edges rounded to bins",
            "The points were rounded to whole bins before the triangles were drawn: low bands lean, share a peak "
            "or vanish. Round nothing, and ask each bin for its mel.",
            tuple(_bank_of_blogs(*how) for how in ROUNDED),
        ),
        Wrong(
            "Slaney's scale",
            "Points and bins stand on Slaney's scale; HTK's is asked.",
            _by_package(scale="slaney"),
        ),
        Wrong(
            "equal steps in hertz",
            "The points are equally far apart in Hz, and should be so in mel.",
            _bank_with(lambda n_points, f_min, f_max: _hz_to_mel(np.linspace(f_min, f_max, n_points))),
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
            "so a linspace that ends there puts all bins but the first too high.",
            _bank_with(bins=lambda sample_rate, n_fft: np.linspace(0, sample_rate / 2, n_fft // 2 + 1)),
        ),
        Wrong(
            "rate over the kept bins",
            "All bins but the first are placed too low: half the rate is divided by the N // 2 + 1 bins that are kept, "
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
            _bank_with(lambda n_points, f_min, f_max: _points(n_points + 1, f_min, f_max)[:-1]),
        ),
        Wrong(
            "range in n steps",
            "The last triangle ends above f_max: n triangles stand on n + 2 points, so the range in mel is divided into n + 1 steps, "
            "not into n.",
            _bank_with(
                lambda n_points, f_min, f_max: (
                    _hz_to_mel(f_min) + (_hz_to_mel(f_max) - _hz_to_mel(f_min)) / (n_points - 2) * np.arange(n_points)
                )
            ),
        ),
        Wrong(
            "last bin empty",
            "The last bin, number N // 2, has no weight. For even N it lies on the Nyquist frequency, where the last triangle has come "
            "down to 0; for odd N it lies half a bin below, and has one.",
            _last_column_empty,
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
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one value too many, and with it a "
            "band or a bin too many. Take the number of points, not the end.",
            (
                _bank_with(points=_points_by_arange),
                _bank_with(bins=_bins_by_arange, n_bins=lambda n_fft: None),
            ),
        ),
    ),
    after="librosa's weights with `htk=True, norm=None` differ from these by little, so a comparison with Kaldi that still fails "
    "badly has another cause: the window, the pre-emphasis or the scale of the samples.",
    also_right=(
        _bank_by_interpolation,
        lambda n_mels, **options: _by_package()(n_mels, **options).astype(np.float32),
    ),
)
