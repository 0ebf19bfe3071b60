import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(n, sums, vectors, numbers):
    """Code by code, as the text says."""
    n, sums = np.array(n, float), np.array(sums, float)
    vectors, numbers = np.asarray(vectors, float), np.asarray(numbers)
    for code in range(len(n)):
        own = [vectors[k] for k in range(len(vectors)) if numbers[k] == code]
        n[code] = 0.9 * n[code] + 0.1 * len(own)
        sums[code] = 0.9 * sums[code] + 0.1 * sum(own, np.zeros(sums.shape[1]))
    dead = [code for code in range(len(n)) if n[code] < 0.1]
    for place, code in enumerate(dead):
        n[code], sums[code] = 1.0, vectors[place % len(vectors)]
    return n, sums, sums / n[:, None]


def revive_codes(n, sums, vectors, numbers):
    n, sums = np.array(n, float), np.array(sums, float)
    own = np.asarray(numbers)[:, None] == np.arange(len(n))
    n = 0.9 * n + 0.1 * own.sum(axis=0)
    sums = 0.9 * sums + 0.1 * own.T @ vectors
    dead = np.flatnonzero(n < 0.1)
    n[dead] = 1.0
    sums[dead] = np.asarray(vectors)[np.arange(len(dead)) % len(vectors)]
    return n, sums, sums / n[:, None]


def _cases() -> list[Case]:
    rng = np.random.default_rng(16)
    found = [
        case(
            np.array([1.0, 0.05]),
            np.array([[2.0], [5.0]]),
            np.array([[3.0], [4.0]]),
            np.array([0, 0]),
            says="one code alive, one dead",
            gives=(np.array([1.1, 1.0]), np.array([[2.5], [3.0]]), np.array([[2.5 / 1.1], [3.0]])),
        ),
    ]
    for n_codes, n_vectors, width, says in (
        (6, 20, 3, "some dead codes"),
        (5, 2, 2, "two vectors"),
        (3, 30, 1, "many vectors"),
        (8, 8, 4, "eight codes"),
    ):
        n = rng.choice([0.02, 0.08, 0.6, 2.0], n_codes)
        vectors = rng.standard_normal((n_vectors, width))
        numbers = rng.integers(0, max(1, n_codes // 2), n_vectors)
        found.append(case(n, n[:, None] * rng.standard_normal((n_codes, width)), vectors, numbers, says=says))
    few = np.array([1.0, 0.02, 0.02, 0.02, 0.02])
    found.append(
        case(
            few,
            rng.standard_normal((5, 2)),
            rng.standard_normal((2, 2)),
            np.array([0, 0]),
            says="four dead codes, two vectors",
        )
    )
    alive = np.array([1.0, 2.0, 0.5])
    found.append(
        case(alive, alive[:, None] * np.eye(3), rng.standard_normal((9, 3)), np.arange(9) % 3, says="no dead code")
    )
    return found


def _with(also_sums=True, also_counts=True, pick=lambda place, vectors: vectors[place % len(vectors)], when="after"):
    def answer(n, sums, vectors, numbers):
        n, sums = np.array(n, float), np.array(sums, float)
        vectors = np.asarray(vectors, float)
        before = n.copy()
        own = np.asarray(numbers)[:, None] == np.arange(len(n))
        n = 0.9 * n + 0.1 * own.sum(axis=0)
        sums = 0.9 * sums + 0.1 * own.T @ vectors
        table = sums / n[:, None]
        dead = np.flatnonzero((n if when == "after" else before) < 0.1)
        for place, code in enumerate(dead):
            table[code] = pick(place, vectors)
            if also_counts:
                n[code] = 1.0
            if also_sums:
                sums[code] = pick(place, vectors)
        return n, sums, table

    return answer


def _averaged(n, sums, vectors, numbers, old=0.9):
    own = np.asarray(numbers)[:, None] == np.arange(len(n))
    n = old * np.asarray(n, float) + (1 - old) * own.sum(axis=0)
    return n, old * np.asarray(sums, float) + (1 - old) * own.T @ np.asarray(vectors, float)


def _never(n, sums, vectors, numbers):
    n, sums = _averaged(n, sums, vectors, numbers)
    return n, sums, sums / n[:, None]


def _exchanged(n, sums, vectors, numbers):
    n, sums = _averaged(n, sums, vectors, numbers, old=0.1)
    dead = np.flatnonzero(n < 0.1)
    n[dead] = 1.0
    sums[dead] = np.asarray(vectors, float)[np.arange(len(dead)) % len(vectors)]
    return n, sums, sums / n[:, None]


def _in_one_loop(n, sums, vectors, numbers):
    """The averages first, vector by vector; the dead ones from a list."""
    n, sums = [0.9 * float(x) for x in n], [[0.9 * float(x) for x in row] for row in sums]
    for vector, code in zip(vectors, numbers, strict=True):
        n[int(code)] += 0.1
        sums[int(code)] = [s + 0.1 * float(v) for s, v in zip(sums[int(code)], vector, strict=True)]
    place = 0
    for code, count in enumerate(n):
        if count < 0.1:
            n[code], sums[code] = 1.0, [float(v) for v in vectors[place % len(vectors)]]
            place += 1
    return np.array(n), np.array(sums), np.array(sums) / np.array(n)[:, None]


EXERCISE = Exercise(
    title="bring codes back to life",
    stars=3,
    kind="repair",
    task="""
The codes of a quantiser follow their vectors as moving averages: each has a count `n` (codes,) and a sum `sums` (codes, width), and its place is `sums / n`. The published step below puts a dead code onto a vector, and with the next batch it is dead again.

**Mend it.** `vectors` (vectors, width) are those of a batch, and `numbers`, whole numbers, says which code is the nearest to each. In this order: every count becomes 0.9 times itself plus 0.1 times the number of its vectors; every sum becomes 0.9 times itself plus 0.1 times the sum of its vectors. Then every code whose **new count is below 0.1** is restarted: the first dead code on the first vector of the batch, the second on the second, and so on, from the first again if there are more. A restarted code **counts as one vector**. Give a tuple of the new counts, the new sums and the table (codes, width). The arguments must stay as they are.
""",
    given='''import numpy as np


def published_step(n, sums, vectors, numbers):
    """As published."""
    own = numbers[:, None] == np.arange(len(n))
    n, sums = 0.9 * n + 0.1 * own.sum(axis=0), 0.9 * sums + 0.1 * own.T @ vectors
    table = sums / n[:, None]
    dead = np.flatnonzero(n < 0.1)
    table[dead] = vectors[np.arange(len(dead)) % len(vectors)]
    return n, sums, table


n, sums = np.array([1.0, 0.05]), np.array([[2.0], [5.0]])
vectors, numbers = np.array([[3.0], [4.0]]), np.array([0, 0])
for _ in range(2):
    n, sums, table = published_step(n, sums, vectors, numbers)
    print("the dead code: sum / count =", sums[1] / n[1], "and not its place", table[1])''',
    form="Counts, sums, vectors and their codes; new counts, sums and table.",
    answer="revive_codes",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=revive_codes,
    hints=(
        "What will the next step compute the place of a code from? Not from the table.",
        "A code that stands for one vector has the count 1 and that vector as its sum.",
        "Set `n[dead] = 1` and `sums[dead] = vectors[...]`, and compute the table last, `sums / n[:, None]`.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "Counts and sums do not know of the restart: the next step computes the code's old place from them again.",
            _with(also_sums=False, also_counts=False),
        ),
        Wrong(
            "only the sums",
            "The sum is new and the count is not: their quotient is far from the vector.",
            _with(also_counts=False),
        ),
        Wrong(
            "only the counts",
            "The count is new and the sum is not: their quotient is not the vector.",
            _with(also_sums=False),
        ),
        Wrong(
            "judged before",
            "It asks the old counts which codes are dead: those after this batch are asked for.",
            _with(when="before"),
        ),
        Wrong(
            "all on one vector",
            "All dead codes are put onto the first vector, where all but one die again.",
            _with(pick=lambda place, vectors: vectors[0]),
        ),
        Wrong(
            "onto the mean",
            "Dead codes are put onto the mean of the batch, and all onto the same place.",
            _with(pick=lambda place, vectors: vectors.mean(axis=0)),
        ),
        Wrong(
            "counts of the batch alone",
            "The old counts and sums are forgotten: 0.9 of them stay.",
            lambda n, sums, vectors, numbers: _by_definition(0 * np.asarray(n), 0 * np.asarray(sums), vectors, numbers),
        ),
        Wrong(
            "0.1 and 0.9 exchanged",
            "The weights are exchanged: the old value keeps 0.9, and the batch gets 0.1.",
            _exchanged,
        ),
        Wrong(
            "never restarted",
            "No code is restarted: those below 0.1 are dead.",
            _never,
        ),
    ),
    after="The same mistake hides wherever a value has averages behind it: batch norm, EMA weights, Adam's moments after a restart.",
    also_right=(_by_definition, _in_one_loop),
)
