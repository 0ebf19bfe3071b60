import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(x, tables):
    """Vector by vector, stage by stage: the nearest row of what is left."""
    found = []
    for vector in np.asarray(x, float):
        rest, numbers = vector.copy(), []
        for table in tables:
            distances = [np.sum((rest - row) ** 2) for row in np.asarray(table, float)]
            numbers.append(int(np.argmin(distances)))
            rest = rest - np.asarray(table, float)[numbers[-1]]
        found.append(numbers)
    return np.array(found)


def residual_codes(x, tables):
    rest, found = np.array(x, float), []
    for table in np.asarray(tables, float):
        distances = np.sum((rest[:, None] - table) ** 2, axis=2)
        found.append(distances.argmin(axis=1))
        rest -= table[found[-1]]
    return np.stack(found, axis=1)


def _by_products(x, tables):
    rest, found = np.array(x, float), []
    for table in tables:
        table = np.asarray(table, float)
        scores = rest @ table.T - np.sum(table**2, axis=1) / 2
        found.append(np.argmax(scores, axis=1))
        rest = rest - table[found[-1]]
    return [list(map(int, row)) for row in np.array(found).T]


def _cases() -> list[Case]:
    rng = np.random.default_rng(16)
    table = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    by_hand = np.array([[1.2, 0.1], [0.1, 1.6], [-0.2, -0.3]])
    found = [
        case(by_hand, np.stack([table, table / 4]), says="two stages", gives=[[1, 1], [2, 0], [0, 0]]),
        case(by_hand, table[None], says="one stage", gives=[[1], [2], [0]]),
    ]
    for n, stages, codes, width in (
        (7, 3, 4, 2),
        (1, 4, 8, 3),
        (20, 2, 16, 5),
        (5, 6, 5, 4),
        (9, 3, 1, 2),
        (12, 4, 8, 1),
    ):
        tables = rng.standard_normal((stages, codes, width)) / 1.6 ** np.arange(stages)[:, None, None]
        says = f"{n} vectors of {width}, {stages} stages of {codes}"
        found.append(case(1.5 * rng.standard_normal((n, width)), tables, says=says))
    longer = rng.standard_normal((3, 6, 3))
    longer[:, 0] *= 6  # one row is far longer than the others
    found.append(case(rng.standard_normal((8, 3)), longer, says="rows of very different lengths"))
    return found


def _with(target=lambda rest, x: rest, score=None, left=lambda rest, row: rest - row, shape=lambda found: found.T):
    def answer(x, tables):
        x, found = np.array(x, float), []
        rest = x.copy()
        for table in np.asarray(tables, float):
            now = target(rest, x)
            table_scores = np.sum((now[:, None] - table) ** 2, axis=2) if score is None else score(now, table)
            found.append(table_scores.argmin(axis=1))
            rest = left(rest, table[found[-1]])
        return shape(np.array(found))

    return answer


EXERCISE = Exercise(
    title="code by stages",
    stars=2,
    kind="implement",
    task="""
A residual quantiser has a table of code vectors for each stage. The first stage takes the nearest row to the vector, the next stage the nearest row of *its* table to what is left, and so on.

**Write `residual_codes(x, tables)`.** `x` has the shape (vectors, width), `tables` (stages, codes, width). The result holds the numbers of the rows, whole numbers, in the shape **(vectors, stages)**. Nearest is the smallest squared distance; of equal ones the first. The arguments must stay as they are.
""",
    given="""import numpy as np

tables = np.array([[[0.0, 0], [1, 0], [0, 2]], [[0, 0], [0.25, 0], [0, 0.5]]])  # two stages, three codes
x = np.array([[1.2, 0.1]])
print("nearest row of the first table: 1; what is left:", x[0] - tables[0, 1])""",
    form="Vectors (vectors, width), tables (stages, codes, width); numbers (vectors, stages).",
    answer="residual_codes",
    spec=Function(cases=_cases, expected=_by_definition, integers=True),
    reference=residual_codes,
    hints=(
        "Begin with one stage: distances (vectors, codes) of all pairs, and the number of the smallest in each row.",
        "Before the next stage, subtract from each vector the row that was chosen for it: that is what is left.",
        "`np.sum((rest[:, None] - table) ** 2, axis=2).argmin(axis=1)`, then `rest = rest - table[numbers]`; stack along axis 1.",
    ),
    wrongs=(
        Wrong(
            "each stage codes the vector",
            "Each stage looks at the vector itself: from the second on it is to look at what is left.",
            _with(target=lambda rest, x: x),
        ),
        Wrong(
            "added back",
            "What was chosen is added to the rest, and must be taken away.",
            _with(left=lambda rest, row: rest + row),
        ),
        Wrong(
            "largest product",
            "It takes the row with the largest product: a long row wins although it is far away.",
            _with(score=lambda now, table: -(now @ table.T)),
        ),
        Wrong(
            "largest cosine",
            "It takes the row of the most similar direction: how long the row is counts, too.",
            _with(score=lambda now, table: -(now @ table.T) / np.maximum(np.linalg.norm(table, axis=1), 1e-12)),
        ),
        Wrong(
            "sum of absolute differences",
            "Distances are absolute differences, added up: squared ones are asked for.",
            _with(score=lambda now, table: np.sum(np.abs(now[:, None] - table), axis=2)),
        ),
        Wrong(
            "turned",
            "The result has the shape (stages, vectors): turn it over.",
            _with(shape=lambda found: found),
        ),
        Wrong(
            "the farthest",
            "It takes the farthest row of each table, and the nearest is asked for.",
            _with(score=lambda now, table: -np.sum((now[:, None] - table) ** 2, axis=2)),
        ),
        Wrong(
            "the rest is what was chosen",
            "After a stage you go on with the row that was chosen, and not with what it leaves over.",
            _with(left=lambda rest, row: row),
        ),
        Wrong(
            "one table for all",
            "Every stage uses the first table: each has its own.",
            lambda x, tables: _by_definition(x, [tables[0]] * len(tables)),
        ),
    ),
    after="The greedy way is not the best one: keeping a few candidates at each stage, as a beam search does, gains up to a decibel.",
    also_right=(_by_definition, _by_products),
)
