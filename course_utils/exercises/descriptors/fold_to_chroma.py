import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case

C4_HZ = 440 * 2 ** (-9 / 12)


def _nearest_class(hz):
    """By octaves up or down until it lies around those twelve notes, then the nearest of them by ear."""
    lowest_hz = C4_HZ * 2 ** (-1 / 24)
    while hz >= 2 * lowest_hz:
        hz /= 2
    while hz < lowest_hz:
        hz *= 2
    return min(range(12), key=lambda number: abs(math.log(C4_HZ * 2 ** (number / 12) / hz)))


def _chroma_by_definition(magnitude, bins_hz):
    table = np.zeros((12, np.shape(magnitude)[1]))
    for k, hz in enumerate(bins_hz):
        if hz > 0:
            table[_nearest_class(hz)] += magnitude[k]
    for m in range(table.shape[1]):
        if max(table[:, m]) > 0:
            table[:, m] /= max(table[:, m])
    return table


def _spectra_to_fold() -> list[Case]:
    rng = np.random.default_rng(12)
    piano_hz = np.array([0, 220, 440, 450, C4_HZ, 2 * C4_HZ])
    strength = np.array([[9.0, 1, 2, 1, 3, 5]]).T
    gives = np.zeros((12, 1))
    gives[9], gives[0] = 0.5, 1
    bins_hz = np.arange(129) * 8000 / 256
    levels = np.array([1, 1e-3, 50, 0, 1])
    return [
        case(strength, piano_hz, says="three A's and two C's over a constant", gives=gives),
        case(rng.random((129, 5)) ** 4 * levels, bins_hz, says="five frames, one silent, of a spectrum of 129 bins"),
        case(np.eye(40), 31.3 * 1.0461 ** np.arange(40), says="one bin in each frame, from 31 Hz up"),
        case(
            rng.random((8, 2)),
            np.array([27.5, 61.7, 29.1, 4186, 90, 7040, 6000, 0.9]),
            says="bins in no order, from 0.9 to 7,040 Hz",
        ),
        case(
            rng.random((40, 4)) * [1, 1e-5, 1e-10, 5e-17],
            500 * 1.031 ** np.arange(40),
            says="frames at 0, −100, −200 and −326 dB",
        ),
        case(np.ones((1, 1)), np.array([0.0]), says="a constant alone", gives=np.zeros((12, 1))),
        case(np.zeros((9, 3)), np.arange(9) * 500.0, says="silence", gives=np.zeros((12, 3))),
        case(rng.random((6, 2)), np.array([300.0, 0, 60, 0, 500, 41]), says="two bins of 0 Hz that are not the first"),
        case(rng.random((4, 2)), np.array([3e-5, 0.021, 198.0, 0]), says="bins far below a hertz"),
    ]


def fold_to_chroma(magnitude, bins_hz):
    above = bins_hz > 0  # 0 Hz is no note
    semitones = 9 + 12 * np.log2(bins_hz[above] / 440)  # above C; A is class 9
    classes = np.round(semitones).astype(int) % 12
    folded = (classes == np.arange(12)[:, np.newaxis]) @ magnitude[above]
    largest = folded.max(axis=0)
    return folded / np.where(largest > 0, largest, 1)


def _folded(classes_of, combine=np.add.at, scale=lambda folded: folded.max(axis=0), keep=lambda bins_hz: bins_hz > 0):
    """Chroma with other classes, another way to add, another scale."""

    def fold(magnitude, bins_hz):
        folded, above = np.zeros((12, magnitude.shape[1])), keep(bins_hz)
        combine(folded, classes_of(bins_hz[above]), magnitude[above])
        largest = scale(folded)
        return folded / np.where(largest > 0, largest, 1)

    return fold


def _class_of(hz, first=9, rounded=np.round):
    return rounded(first + 12 * np.log2(hz / 440)).astype(int) % 12


def _class_of_any(hz):
    with np.errstate(all="ignore"):
        return _class_of(hz)


def _without_class_12(magnitude, bins_hz, above_c):
    classes = np.full(len(bins_hz), 12)
    classes[bins_hz > 0] = np.round(above_c(bins_hz[bins_hz > 0]))
    kept = magnitude * (classes < 12)[:, np.newaxis]
    return _folded(lambda hz: classes % 12, keep=lambda hz: np.ones(len(hz), bool))(kept, bins_hz)


def _mean_of_class(folded, classes, magnitude):
    for number in range(12):
        if (classes == number).any():
            folded[number] = magnitude[classes == number].mean(axis=0)


def _assign_last(folded, classes, magnitude):
    folded[classes] += magnitude  # of equal classes, numpy keeps one


def _with_constant(bins_hz):
    """What the logarithm of 0 becomes as an integer: −2⁶³, whose class is 4."""
    return np.where(bins_hz > 0, _class_of(np.maximum(bins_hz, 1e-9)), 4)


SMALL = (1e-20, float(np.finfo(float).eps), 1e-12, 1e-10, 1e-9, 1e-8, 1.1920929e-07, 1e-6, 1e-5)


EXERCISE = Exercise(
    title="twelve numbers from a spectrum",
    stars=2,
    kind="implement",
    task=r"""
The lecture folds a constant-Q spectrum into pitch classes; many programs fold an ordinary one. Write `fold_to_chroma(magnitude, bins_hz)`: `magnitude` is `(bins, frames)`, `bins_hz` is an array with the frequency of each bin, in any order and at any spacing.

- Each bin belongs to the **nearest semitone** of the scale tuned to A = 440 Hz, whatever its octave: class 0 is C, 1 is C♯, and so on to 11, B. A is class 9.
- The magnitudes of all bins of a class are **added**.
- A bin of 0 Hz belongs to none. (Any other lies above 10⁻⁵ Hz.)
- Each frame is divided by its largest class, also one at −320 dB; a silent frame stays 0.

The result is `(12, frames)`.
""",
    form="Magnitudes (bins, frames) and frequencies (bins,) in, (12, frames) from 0 to 1 out.",
    answer="fold_to_chroma",
    spec=Function(cases=_spectra_to_fold, expected=_chroma_by_definition),
    reference=fold_to_chroma,
    hints=(
        "How many semitones above A are 450 Hz, and how many are 261.6 Hz? Which of these numbers may be negative?",
        "12 log₂(f / 440) counts semitones from A; A is nine semitones above C. Round to the nearest, "
        "then take the remainder modulo 12, which Python gives as 0 … 11 for negative numbers too.",
        "For each class c in 0 … 11: `magnitude[classes == c].sum(axis=0)`, after the bins of 0 Hz are taken out.",
    ),
    wrongs=(
        Wrong(
            "A first",
            "The rows begin with A: 12 log₂(f / 440) counts from A, and C is to be class 0.",
            _folded(lambda hz: _class_of(hz, first=0)),
        ),
        Wrong(
            "semitones cut off",
            "The semitones are not rounded to the nearest: a bin a little beside a note is given to its neighbour.",
            (
                _folded(lambda hz: _class_of(hz, rounded=np.floor)),
                _folded(lambda hz: _class_of(hz, rounded=np.ceil)),
                _folded(lambda hz: np.floor(12 * np.log2(hz / C4_HZ)).astype(int) % 12),
            ),
        ),
        Wrong(
            "remainder before rounding",
            "What lies up to half a semitone below C comes to B: 11.6 rounds to 12, and 12 is C again. Round first, then take the "
            "remainder.",
            (
                _folded(lambda hz: np.clip(np.round((9 + 12 * np.log2(hz / 440)) % 12), 0, 11).astype(int)),
                _folded(lambda hz: np.clip(np.round((12 * np.log2(hz / C4_HZ)) % 12), 0, 11).astype(int)),
            ),
        ),
        Wrong(
            "class 12 lost",
            "What lies up to half a semitone below C is lost: rounded after the remainder it has class 12, and there is none. Round "
            "first, then take the remainder.",
            (
                lambda magnitude, bins_hz: _without_class_12(
                    magnitude, bins_hz, lambda hz: (9 + 12 * np.log2(hz / 440)) % 12
                ),
                lambda magnitude, bins_hz: _without_class_12(
                    magnitude, bins_hz, lambda hz: 12 * np.log2(hz / C4_HZ) % 12
                ),
            ),
        ),
        Wrong(
            "half added, then cut towards A",
            "½ is added, and a whole number is made by cutting towards zero: where the number of semitones is negative (as below 8 Hz in MIDI's count), a bin can go to the semitone "
            "above. Round, or take the floor.",
            (
                _folded(lambda hz: ((12 * np.log2(hz / 440) + 0.5).astype(int) + 9) % 12),
                _folded(lambda hz: (12 * np.log2(hz / 440) + 9.5).astype(int) % 12),
                _folded(lambda hz: (12 * np.log2(hz / C4_HZ) + 0.5).astype(int) % 12),
                _folded(lambda hz: (69.5 + 12 * np.log2(hz / 440)).astype(int) % 12),
            ),
        ),
        Wrong(
            "first bin left out, 0 Hz is not",
            "The first bin is left out whatever its frequency: ask `bins_hz` which one is that of 0 Hz.",
            lambda magnitude, bins_hz: fold_to_chroma(magnitude[1:], bins_hz[1:]),
        ),
        Wrong(
            "first bin left out",
            "The first bin is left out whatever its frequency, and a bin of 0 Hz in another place is not: ask `bins_hz`.",
            lambda magnitude, bins_hz: _folded(_class_of_any, keep=lambda hz: np.ones(len(hz), bool))(
                magnitude[1:], bins_hz[1:]
            ),
        ),
        Wrong(
            "cut off towards A",
            "int() cuts towards zero, so that what lies a little beside a note can go to its neighbour. Round first.",
            _folded(lambda hz: _class_of(hz, rounded=np.trunc)),
        ),
        Wrong(
            "one bin of each class",
            "Of several bins of one class only one is counted: `folded[classes] += …` with an array of repeated "
            "numbers adds once for each number, not once for each bin.",
            _folded(_class_of, combine=_assign_last),
        ),
        Wrong(
            "largest bin of each class",
            "Each class has the largest of its bins; their sum is asked for.",
            _folded(_class_of, combine=np.maximum.at),
        ),
        Wrong(
            "powers added",
            "The magnitudes are squared before they are added, so that weak partials hardly count.",
            lambda magnitude, bins_hz: fold_to_chroma(magnitude**2, bins_hz),
        ),
        Wrong(
            "one scale for all frames",
            "All frames are divided by the same number. Each has its own largest class, so that soft frames reach 1 too.",
            _folded(_class_of, scale=lambda folded: folded.max()),
        ),
        Wrong(
            "sum of 1",
            "The classes of a frame add up to 1 here; the largest of them is to be 1.",
            _folded(_class_of, scale=lambda folded: folded.sum(axis=0)),
        ),
        Wrong(
            "not normalised",
            "These are sums of magnitudes: divide each frame by its largest class.",
            _folded(_class_of, scale=lambda folded: np.ones(1)),
        ),
        Wrong(
            "0 Hz in a class",
            "A bin of 0 Hz has got into class 4: the logarithm of 0 is −∞, which as an integer is −2⁶³, "
            "and that modulo 12 is 4. Leave the bin out.",
            _folded(_with_constant, keep=lambda bins_hz: np.ones(len(bins_hz), bool)),
        ),
        Wrong(
            "another A",
            "The scale is tuned to another A, so that bins near the middle between two notes change their class.",
            tuple(
                _folded(lambda hz, a_hz=a_hz: np.round(9 + 12 * np.log2(hz / a_hz)).astype(int) % 12)
                for a_hz in (428, 430, 256 * 2**0.75, 432, 435, 442, 443, 444, 446)  # 256 Hz for C among them
            ),
        ),
        Wrong(
            "another first class",
            "The classes are counted from another note: class 0 is C, and A is class 9.",
            tuple(_folded(lambda hz, first=first: _class_of(hz, first)) for first in (8, 10, 1, 3, 6)),
        ),
        Wrong(
            "mean of each class",
            "Each class has the mean of its bins. Their sum is asked for: two bins of a class count twice.",
            _folded(_class_of, combine=_mean_of_class),
        ),
        Wrong(
            "along time",
            "Each class is divided by its largest value over time; each frame is to be divided by its largest class.",
            _folded(_class_of, scale=lambda folded: folded.max(axis=1, keepdims=True)),
        ),
        Wrong(
            "low bins left out",
            "Low bins are left out that are not 0 Hz. Only 0 Hz belongs to none.",
            tuple(_folded(_class_of, keep=lambda bins_hz, low=low: bins_hz >= low) for low in (16, 20, 27.5, 30)),
        ),
        Wrong(
            "length of 1",
            "The squares of a frame add up to 1 here; the largest class is to be 1.",
            _folded(_class_of, scale=lambda folded: np.linalg.norm(folded, axis=0)),
        ),
        Wrong(
            "a small number added",
            "A small number guards the division against 0/0. A soft frame then does not reach 1: leave silent frames out of the division instead.",
            (
                *(_folded(_class_of, scale=lambda folded, s=s: folded.max(axis=0) + s) for s in SMALL),
                *(_folded(_class_of, scale=lambda folded, s=s: np.maximum(folded.max(axis=0), s)) for s in SMALL[1:]),
            ),
        ),
        Wrong(
            "soft frames left alone",
            "Soft frames are taken for silence and not divided: only a frame of zeros is silent.",
            tuple(
                _folded(_class_of, scale=lambda folded, least=least: np.where(folded.max(0) > least, folded.max(0), 1))
                for least in (1e-12, 1e-8, 1e-6, 1e-3)
            ),
        ),
    ),
    after="It stands and falls with the tuning: half a semitone higher, at A = 452.9 Hz, every note lies on the border of two "
    "classes, so estimate the tuning first.",
    also_right=(_chroma_by_definition, _folded(_class_of)),
)
