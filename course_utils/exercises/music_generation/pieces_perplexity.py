import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(log2_p, lengths):
    """Every piece cut at its own length; all tokens of all pieces count alike."""
    bits = [-float(row[k]) for row, n in zip(np.asarray(log2_p), lengths, strict=True) for k in range(int(n))]
    return 2 ** (sum(bits) / len(bits))


def pieces_perplexity(log2_p, lengths):
    log2_p, lengths = np.asarray(log2_p, float), np.asarray(lengths)
    counts = np.arange(log2_p.shape[1]) < lengths[:, None]
    return 2 ** -log2_p[counts].mean()


def _by_sums(log2_p, lengths):
    kept = np.where(np.arange(np.shape(log2_p)[1])[None] < np.asarray(lengths)[:, None], log2_p, 0)
    return np.exp(-np.log(2) * kept.sum() / np.sum(lengths))


def _cases() -> list[Case]:
    rng = np.random.default_rng(16)

    def made(lengths, says, padding=0.0, n_extra=0, **options):
        table = -rng.uniform(0.2, 6, (len(lengths), max(lengths) + n_extra))
        table[np.arange(table.shape[1]) >= np.array(lengths)[:, None]] = padding
        return case(table, np.array(lengths), says=says, **options)

    eighth = np.full((2, 4), -3.0)
    eighth[1, 2:] = 0
    return [
        case(eighth, np.array([4, 2]), says="one in eight each time, two tokens of padding", gives=8.0),
        case(np.array([[-1.0, -3.0]]), np.array([2]), says="a piece of two tokens, 1 and 3 bits", gives=4.0),
        case(np.array([[-1.0, 0, 0], [-3, -3, -3]]), np.array([1, 3]), says="a short and a long piece", gives=2**2.5),
        made([5, 9, 2], "padding that costs nothing"),
        made([5, 9, 2], "padding that costs a lot", padding=-9.0),
        made([7, 7], "no padding"),
        made([3, 4], "a column of padding in all pieces", n_extra=2),
        made([1, 30], "a piece of one token beside one of thirty"),
        made([6, 2, 8, 4], "padding of −100 bits", padding=-100.0),
    ]


def _mean_of(f):
    def answer(log2_p, lengths):
        rows = [np.asarray(row, float)[: int(n)] for row, n in zip(log2_p, lengths, strict=True)]
        return f(rows, np.asarray(log2_p, float), np.asarray(lengths))

    return answer


EXERCISE = Exercise(
    title="perplexity of pieces",
    stars=2,
    kind="implement",
    task="""
A model was asked for all tokens of several tunes at once. The tunes have different lengths, so that the table is filled up; what the model said about the filling means nothing.

**Write `pieces_perplexity(log2_p, lengths)`**: `log2_p` (pieces, longest) holds the binary logarithms of the probabilities that the model gave to the tokens that came, and `lengths` how many tokens each piece has (its end is one of them). The result is the perplexity, two to the mean number of bits, where **every token of every piece counts once**.
""",
    given="""import numpy as np

log2_p = np.array([[-1.0, 0, 0], [-3, -3, -3]])  # the first piece has one token, the second three
lengths = np.array([1, 3])
print("bits of the tokens:", -log2_p[0, :1], -log2_p[1])""",
    form="Binary logarithms (pieces, longest), lengths (pieces,); a number, 1 or more.",
    answer="pieces_perplexity",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=pieces_perplexity,
    hints=(
        "Which entries of the table are tokens? Make a mask of them, or go through the rows.",
        "Bits are −log₂ p. Take their mean over all tokens of all pieces, not over pieces.",
        "`counts = np.arange(longest) < lengths[:, None]`, then `2 ** -log2_p[counts].mean()`.",
    ),
    wrongs=(
        Wrong(
            "padding counted",
            "The filling is among the tokens: the mean runs over the whole table.",
            _mean_of(lambda rows, table, lengths: 2 ** -table.mean()),
        ),
        Wrong(
            "sum over all, divided by the tokens",
            "The filling's bits are in the sum, though it is divided by the right number.",
            _mean_of(lambda rows, table, lengths: 2 ** (-table.sum() / lengths.sum())),
        ),
        Wrong(
            "divided by the table",
            "The sum is right; it is divided by all entries of the table, and the filling is among them.",
            _mean_of(lambda rows, table, lengths: 2 ** (-sum(row.sum() for row in rows) / table.size)),
        ),
        Wrong(
            "mean over pieces of their perplexities",
            "It is the mean of each piece's perplexity: short pieces weigh as much as long ones.",
            _mean_of(lambda rows, table, lengths: np.mean([2 ** -row.mean() for row in rows])),
        ),
        Wrong(
            "mean over pieces of their bits",
            "It is the mean of each piece's mean: short pieces weigh as much as long ones.",
            _mean_of(lambda rows, table, lengths: 2 ** -np.mean([row.mean() for row in rows])),
        ),
        Wrong(
            "natural logarithm",
            "The table holds binary logarithms, and you take e to their power.",
            _mean_of(lambda rows, table, lengths: np.exp(-np.concatenate(rows).mean())),
        ),
        Wrong(
            "sign",
            "It is below 1: log₂ p is negative, and bits are −log₂ p.",
            _mean_of(lambda rows, table, lengths: 2 ** np.concatenate(rows).mean()),
        ),
        Wrong(
            "bits",
            "These are the mean bits: the perplexity is two to their power.",
            _mean_of(lambda rows, table, lengths: -np.concatenate(rows).mean()),
        ),
        Wrong(
            "the end left out",
            "The last token of each piece, its end, is missing: a model must know when it is over, too.",
            _mean_of(
                lambda rows, table, lengths: (
                    2 ** -np.concatenate([row[:-1] for row in rows] + [np.zeros(0)]).mean()
                    if lengths.max() > 1
                    else 1.0
                )
            ),
        ),
        Wrong(
            "the first left out",
            "The first token of each piece is missing: it is predicted from the beginning, and counts.",
            _mean_of(
                lambda rows, table, lengths: (
                    2 ** -np.concatenate([row[1:] for row in rows] + [np.zeros(0)]).mean() if lengths.max() > 1 else 1.0
                )
            ),
        ),
        Wrong(
            "bits of a piece",
            "It takes the mean over pieces of their sums: a mean over tokens is asked for.",
            (
                _mean_of(lambda rows, table, lengths: 2 ** -np.mean([row.sum() for row in rows])),
                _mean_of(lambda rows, table, lengths: 2 ** (-np.concatenate(rows).sum() / len(rows))),
            ),
        ),
        Wrong(
            "median",
            "It takes the median of the bits: their mean is asked for.",
            _mean_of(lambda rows, table, lengths: 2 ** -np.median(np.concatenate(rows))),
        ),
        Wrong(
            "ten to the power",
            "The table holds binary logarithms, and you take ten to their power.",
            _mean_of(lambda rows, table, lengths: 10 ** -np.concatenate(rows).mean()),
        ),
        Wrong(
            "mean of the reciprocals",
            "It averages 1 / p instead of the logarithms: one improbable token decides everything.",
            _mean_of(lambda rows, table, lengths: np.mean(2 ** -np.concatenate(rows))),
        ),
    ),
    after="State with every perplexity how many tokens it was taken over, and what one token is: without that it cannot be compared.",
    also_right=(_by_definition, _by_sums),
)
