from functools import cache

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case

TO_DB = 10 / np.log(10) * np.sqrt(2)


def _by_definition(a, b):
    """By recursion: the cheapest way to a pair of frames comes from one of three."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)

    @cache
    def cheapest(i, j):
        here = TO_DB * np.sqrt(np.sum((a[i] - b[j]) ** 2))
        before = [cheapest(k, m) for k, m in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if k >= 0 and m >= 0]
        return here + (min(before) if before else 0.0)

    return float(cheapest(len(a) - 1, len(b) - 1))


def cheapest_way(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    cost = 10 / np.log(10) * np.sqrt(2 * ((a[:, None] - b[None]) ** 2).sum(axis=2))
    total = np.full((len(a) + 1, len(b) + 1), np.inf)
    total[0, 0] = 0
    for i in range(len(a)):
        for j in range(len(b)):
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


def _row_by_row(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    row = np.full(len(b), np.inf)
    for i, frame in enumerate(a):
        cost = TO_DB * np.linalg.norm(frame - b, axis=1)
        new = np.empty(len(b))
        for j in range(len(b)):
            ways = [row[j]] + ([new[j - 1], row[j - 1]] if j else [])
            new[j] = cost[j] + (min(ways) if i or j else 0)
        row = new
    return row[-1]


def _cases() -> list[Case]:
    rng = np.random.default_rng(15)
    walk = np.cumsum(rng.standard_normal((9, 3)), axis=0)
    slow = np.repeat(walk, [1, 2, 1, 3, 1, 1, 2, 1, 1], axis=0)
    one, two = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [2.0]])
    noisy = slow + 0.2 * rng.standard_normal(slow.shape)
    return [
        case(one, one, says="twice the same", gives=0.0),
        case(one, np.repeat(one, 2, axis=0), says="the same at half the speed", gives=0.0),
        case(one, two, says="a frame without a partner", gives=float(TO_DB)),
        case(two, one, says="the same, exchanged", gives=float(TO_DB)),
        case(one, one[::-1], says="a sequence and its reverse", gives=float(4 * TO_DB)),
        case(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]), says="one frame each", gives=float(5 * TO_DB)),
        case(np.array([[1.0]]), one, says="one frame and three", gives=float(2 * TO_DB)),
        case(walk, slow, says="a sequence that lingers"),
        case(walk, noisy, says="one that lingers and differs"),
        case(noisy, walk, says="the same, exchanged"),
        case(rng.standard_normal((7, 13)), rng.standard_normal((11, 13)), says="7 and 11 frames of 13 coefficients"),
        case(rng.standard_normal((12, 2)), rng.standard_normal((4, 2)), says="12 and 4 frames"),
        case(
            rng.standard_normal((5, 4)).astype(np.float32),
            rng.standard_normal((6, 4)).astype(np.float32),
            says="float32",
        ),
    ]


def _with(
    distance=lambda d: np.sqrt((d**2).sum(axis=2)),
    factor=TO_DB,
    steps=((1, 1), (1, 0), (0, 1)),
    finish=lambda total: total[-1, -1],
    first=lambda cost: cost,
):
    def answer(a, b):
        a, b = np.asarray(a, float), np.asarray(b, float)
        cost = first(factor * distance(a[:, None] - b[None]))
        total = np.full(cost.shape, np.inf)
        for i in range(len(a)):
            for j in range(len(b)):
                before = [total[i - k, j - m] for k, m in steps if i >= k and j >= m]
                total[i, j] = cost[i, j] + (min(before) if i or j else 0) if before or not (i or j) else np.inf
        found = finish(total)
        return float(found) if np.isfinite(found) else float("inf")

    return answer


def _diagonal(a, b):
    n = min(len(a), len(b))
    return float(TO_DB * np.sqrt(((np.asarray(a)[:n] - np.asarray(b)[:n]) ** 2).sum(axis=1)).sum())


def _nearest(a, b):
    """Each frame of the first with its nearest one, whatever the order."""
    apart = np.sqrt(((np.asarray(a)[:, None] - np.asarray(b)[None]) ** 2).sum(axis=2))
    return float(TO_DB * apart.min(axis=1).sum())


def _greedy(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    cost = TO_DB * np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2))
    i = j = 0
    total = cost[0, 0]
    while i < len(a) - 1 or j < len(b) - 1:
        ways = [(i + k, j + m) for k, m in ((1, 1), (1, 0), (0, 1)) if i + k < len(a) and j + m < len(b)]
        i, j = min(ways, key=lambda way: cost[way])
        total += cost[i, j]
    return float(total)


def _mean(a, b):
    return _by_definition(a, b) / max(len(a), len(b))


EXERCISE = Exercise(
    title="two voices in step",
    stars=3,
    kind="implement",
    task=r"""
Two people say the same sentence, one faster than the other. To compare what they said, and not when, each frame must be held against its counterpart: **dynamic time warping**. Write `cheapest_way(a, b)` for two sequences of cepstra of the shapes (frames, coefficients) and (other frames, coefficients).

The distance of two frames is the mel-cepstral distortion in dB, $\frac{10}{\ln 10} \sqrt{2 \sum_k (a_k - b_k)^2}$. A *way* goes through pairs (i, j), from the first frames (0, 0) to the last of both; each step raises i by one, or j by one, or both. Its cost is the **sum of the distances of all its pairs**, the first and the last among them. The result is the cost of the cheapest way, in dB.
""",
    form="Cepstra (frames, coefficients) of two clips; the cost of the cheapest way, in dB.",
    answer="cheapest_way",
    spec=Function(cases=_cases, expected=_by_definition, tolerance=1e-6),
    reference=cheapest_way,
    hints=(
        "Make the table of all distances first. The cheapest way to (0, 0) costs its distance.",
        "The cheapest way to (i, j) costs its distance and the smallest of three: at (i − 1, j − 1), (i − 1, j) and (i, j − 1).",
        "Fill the table row by row. Where one of the three lies outside, leave it out, or take infinity for it; the answer is the "
        "last corner.",
    ),
    wrongs=(
        Wrong(
            "frame by frame",
            "Frame 5 is held against frame 5: that is the distance without warping, and what is left over counts nothing.",
            _diagonal,
        ),
        Wrong(
            "nearest frames",
            "Each frame is held against its nearest one, and the order is lost: a way never goes back, and it leaves out no frame.",
            _nearest,
        ),
        Wrong(
            "greedy",
            "It takes the cheapest next step each time, which may lead where all is dear. Fill the whole table.",
            _greedy,
        ),
        Wrong(
            "without the diagonal",
            "A step may raise both at once: without it a way has more pairs than it needs.",
            _with(steps=((1, 0), (0, 1))),
        ),
        Wrong(
            "steps of two",
            "A step raises i or j by one, or both: yours leaves frames out, or cannot wait.",
            (_with(steps=((1, 1), (1, 2), (2, 1))), _with(steps=((1, 1), (1, 0)))),
        ),
        Wrong(
            "without the two",
            "The 2 under the root is missing: all is too small by √2.",
            _with(factor=10 / np.log(10)),
        ),
        Wrong(
            "another logarithm",
            "The factor is 10 / ln 10, 4.34: it turns natural logarithms into dB.",
            (_with(factor=np.sqrt(2)), _with(factor=10 * np.sqrt(2)), _with(factor=20 / np.log(10) * np.sqrt(2))),
        ),
        Wrong(
            "squares",
            "The root is missing: these are squares of distances.",
            (
                _with(distance=lambda d: (d**2).sum(axis=2)),
                _with(distance=lambda d: 2 * (d**2).sum(axis=2), factor=10 / np.log(10)),
            ),
        ),
        Wrong(
            "absolute differences",
            "The distance is the root of the sum of squares, and not the sum of the absolute differences.",
            (_with(distance=lambda d: np.abs(d).sum(axis=2)), _with(distance=lambda d: np.sqrt((d**2).mean(axis=2)))),
        ),
        Wrong(
            "end of either",
            "The way ends at the last frame of *both*: yours may end anywhere in the last row or column.",
            (_with(finish=lambda total: total[-1].min()), _with(finish=lambda total: total[:, -1].min())),
        ),
        Wrong("mean", "The sum along the way is asked for, and this is divided by a number of frames.", _mean),
        Wrong(
            "first pair left out",
            "The first pair costs its distance, too.",
            _with(first=lambda cost: np.where(np.arange(cost.size).reshape(cost.shape) == 0, 0.0, cost)),
        ),
    ),
    after="A distortion without alignment measures tempo, and one with it cannot hear tempo at all: report durations beside it.",
    also_right=(_by_definition, _row_by_row),
)
