"""What a network remembers, attends to, and must ignore

The parts of a sequence model fit on a page of numpy. Here you write the four that carry the rest, mend two that published code gets wrong on padded batches, and reckon what a model sees, holds and costs before it is trained.
"""

import math

import numpy as np

from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# --------------------------------------------------------------------------------------------- softmax


def _softmax_by_definition(scores):
    """Ratios of one score to another never overflow where their difference is moderate; what is far below is 0."""
    scores = np.asarray(scores, np.float64)
    found = []
    for row in scores.reshape(-1, scores.shape[-1]):
        shares = []
        for one in row:
            differences = [other - one for other in row]
            shares.append(0.0 if max(differences) > 700 else 1 / math.fsum(math.exp(d) for d in differences))
        found.append(shares)
    return np.reshape(found, scores.shape)


def _scores() -> list[Case]:
    rng = np.random.default_rng(12)
    far_apart = rng.standard_normal((3, 5)) + np.array([[1000.0], [0.0], [-1000.0]])
    return [
        case(np.array([0.0, math.log(3)]), says="scores 0 and ln 3", gives=[0.25, 0.75]),
        case(rng.standard_normal((4, 7)), says="four rows of seven scores"),
        case(rng.standard_normal((2, 3, 4, 5)), says="a batch of two by three tables"),
        case(np.array([1000.0, 1000.0, 999.0]), says="scores near 1,000"),
        case(np.array([-1000.0, -1001.0]), says="scores near −1,000"),
        case(far_apart, says="rows that lie 1,000 apart"),
        case(np.array([400.0, -350.0]), says="scores 750 apart", gives=[1, 0]),
        case(np.array([800.0] + 9 * [0.0]), says="one score far above nine others", gives=[1] + 9 * [0]),
        case(np.array([[3.0], [-2.0]]), says="rows of one score", gives=[[1], [1]]),
    ]


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _softmax_with(shift=lambda scores: 0.0, axis=-1, base=np.e):
    def softmax_of(scores):
        with np.errstate(all="ignore"):
            powers = base ** (scores - shift(scores))
            return powers / powers.sum(axis=axis, keepdims=axis is not None)

    return softmax_of


def _row_maximum(scores):
    return scores.max(axis=-1, keepdims=True)


def _softmax_by_logarithms(scores):
    rest = np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    return np.exp(scores - rest)


SOFTMAX = Exercise(
    name="sequence_models/softmax",
    title="scores into shares, of any size",
    stars=1,
    kind="implement",
    task=r"""
Attention turns scores into shares. Write

$$\mathrm{softmax}(s)_i = \frac{e^{s_i}}{\sum_j e^{s_j}}$$

along the **last axis** of an array of any shape. Scores of 1,000 and of −1,000 occur, in one table even; the result must be finite and exact all the same. ($e^{710}$ is more than float64 can hold.)
""",
    start='''def softmax(scores):
    """Scores (…, n) in, shares (…, n) out: none negative, each row 1 in sum."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="softmax",
    spec=Function(cases=_scores, expected=_softmax_by_definition),
    reference=softmax,
    hints=(
        "What happens to the shares if the same number is subtracted from all scores of a row?",
        "Choose that number so that the largest exponent is 0: then nothing overflows, and one term is 1.",
        "`scores.max(axis=-1, keepdims=True)` is the number, and the sum below needs `keepdims=True` too.",
    ),
    wrongs=(
        Wrong(
            "overflow",
            "It is right for moderate scores; near 1,000 both sides of the fraction are infinite, near −1,000 both are 0. "
            "What may be subtracted from all scores of a row without changing the shares?",
            _softmax_with(),
        ),
        Wrong(
            "one maximum for the whole table",
            "The largest score of the whole table is subtracted: rows far below it become 0 / 0. Each row has its own.",
            _softmax_with(lambda scores: scores.max()),
        ),
        Wrong(
            "shares of the whole table",
            "The whole table adds up to 1 here; each row is to do so.",
            _softmax_with(_row_maximum, axis=None),
        ),
        Wrong(
            "along the first axis",
            "The shares add up to 1 along the first axis: with several axes, name the last one.",
            lambda scores: np.apply_along_axis(softmax, 0, scores),
        ),
        Wrong(
            "mean subtracted",
            "The mean of the row is subtracted: one score far above many others still overflows. Which shift makes the largest exponent 0?",
            _softmax_with(lambda scores: scores.mean(axis=-1, keepdims=True)),
        ),
        Wrong(
            "powers of two",
            "These are powers of 2; the definition has e.",
            _softmax_with(_row_maximum, base=2.0),
        ),
        Wrong(
            "minimum subtracted",
            "The smallest score is subtracted, so that the exponents are positive and still overflow.",
            _softmax_with(lambda scores: scores.min(axis=-1, keepdims=True)),
        ),
    ),
    also_right=(_softmax_by_definition, _softmax_by_logarithms),
)

# ----------------------------------------------------------------------------------- the mean of a clip


def _mean_by_definition(hidden, lengths):
    found = []
    for clip, length in zip(hidden, lengths, strict=True):
        found.append([math.fsum(float(clip[t][c]) for t in range(length)) / length for c in range(len(clip[0]))])
    return np.array(found)


def _padded_clips() -> list[Case]:
    rng = np.random.default_rng(3)
    filled = rng.standard_normal((4, 9, 3))
    broken = rng.standard_normal((2, 5, 2))
    broken[1, 3:] = np.inf
    return [
        case(
            np.array([[[1.0], [3.0], [0.0]], [[2.0], [4.0], [9.0]]]),
            np.array([2, 3]),
            says="clips of two and three frames",
            gives=[[2], [5]],
        ),
        case(filled, np.array([9, 1, 4, 8]), says="numbers that are not 0 in the padding"),
        case(broken, np.array([5, 3]), says="infinity in the padding"),
        case(rng.standard_normal((3, 1, 4)), np.array([1, 1, 1]), says="clips of one frame"),
        case(rng.standard_normal((1, 6, 2)) - 5, np.array([6]), says="one clip, no padding, all numbers negative"),
    ]


def mean_of_clips(hidden, lengths):
    counts = np.arange(hidden.shape[1]) < lengths[:, np.newaxis]
    kept = np.where(counts[..., np.newaxis], hidden, 0)
    return kept.sum(axis=1) / lengths[:, np.newaxis]


def _mean_with(length_of=lambda length, n_frames: length, divisor=lambda length, n_frames: length):
    def mean(hidden, lengths):
        n_frames = hidden.shape[1]
        rows = [clip[: length_of(n, n_frames)].sum(axis=0) / divisor(n, n_frames) for clip, n in zip(hidden, lengths)]  # noqa: B905
        return np.array(rows)

    return mean


def _multiplied_mask(hidden, lengths):
    counts = np.arange(hidden.shape[1]) < lengths[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        return (hidden * counts[..., np.newaxis]).sum(axis=1) / lengths[:, np.newaxis]


MEAN = Exercise(
    name="sequence_models/mean_of_clips",
    title="a mean that knows where the clip ends",
    stars=1,
    kind="repair",
    task=r"""
Clips of different lengths share a batch, and the shorter ones are padded. The published code averages over all frames, so that a clip's vector shrinks when a longer clip stands beside it.

**Mend it**: the mean of each clip over its own frames. `hidden` is `(batch, frames, width)`, `lengths` is an integer array `(batch,)` of frames, each at least 1; the result is `(batch, width)`. What stands in the padding must not matter, **whatever it is**: after some layers it is no longer 0, and it may be infinite.
""",
    given='''import numpy as np


def published_mean(hidden, lengths):
    """As published: the mean over time."""
    return hidden.mean(axis=1)


clip = np.full((1, 3, 1), 6.0)
beside_a_long_one = np.pad(clip, ((0, 0), (0, 9), (0, 0)))
for name, batch in (("alone", clip), ("beside a clip of 12 frames", beside_a_long_one)):
    print(f"{name:28s} {published_mean(batch, np.array([3]))[0, 0]:.1f}")''',
    start='''def mean_of_clips(hidden, lengths):
    """Numbers (batch, frames, width) and lengths (batch,) in, means (batch, width) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mean_of_clips",
    spec=Function(cases=_padded_clips, expected=_mean_by_definition),
    reference=mean_of_clips,
    hints=(
        "Which frames count, and by what is their sum divided?",
        "A table of True and False, (batch, frames), comes from comparing frame numbers with lengths as a column.",
        "0 times infinity is NaN: `np.where` with that table chooses, where a product would not.",
    ),
    wrongs=(
        Wrong(
            "over the padding too",
            "That is the published mean: the padding is counted, so that a clip's vector depends on its neighbours.",
            lambda hidden, lengths: hidden.mean(axis=1),
        ),
        Wrong(
            "right sum, all frames",
            "The sum leaves the padding out, the division does not: the longer the neighbour, the smaller the result.",
            _mean_with(divisor=lambda length, n_frames: n_frames),
        ),
        Wrong(
            "sum of all, own frames",
            "The division knows where the clip ends, the sum does not: what stands in the padding is added.",
            _mean_with(length_of=lambda length, n_frames: n_frames),
        ),
        Wrong(
            "a product as mask",
            "0 times infinity is NaN: a mask that is multiplied lets what is broken in the padding through. Choose instead.",
            _multiplied_mask,
        ),
        Wrong(
            "one frame too many",
            "The frame after the last one is counted: a clip of n frames ends with frame n − 1.",
            _mean_with(length_of=lambda length, n_frames: length + 1),
        ),
        Wrong(
            "last frame left out",
            "The last frame of each clip is left out of the sum.",
            _mean_with(length_of=lambda length, n_frames: length - 1),
        ),
        Wrong(
            "sum",
            "These are sums; a mean is asked: divide by the number of frames of each clip.",
            _mean_with(divisor=lambda length, n_frames: 1),
        ),
    ),
    also_right=(_mean_by_definition, _mean_with()),
)

# ------------------------------------------------------------------------------------------- attention


def _attention_by_definition(query, key, value, *, allowed):
    d, found = len(query[0]), []
    for i in range(len(query)):
        scores = {
            j: math.fsum(query[i][c] * key[j][c] for c in range(d)) / math.sqrt(d)
            for j in range(len(key))
            if allowed[i][j]
        }
        highest = max(scores.values())
        shares = {j: math.exp(score - highest) for j, score in scores.items()}
        total = math.fsum(shares.values())
        found.append([math.fsum(s * value[j][c] for j, s in shares.items()) / total for c in range(len(value[0]))])
    return np.array(found)


def _queries() -> list[Case]:
    rng = np.random.default_rng(7)

    def random(*shape):
        return rng.standard_normal(shape)

    by_hand = np.array([[2.0, 0, 0, 0]]), np.array([[0.0, 1, 1, 1], [math.log(3), 0, 0, 0]]), np.array([[8.0], [4.0]])
    some = random(5, 7) > 0
    some[:, 3] = True
    huge = 60 * random(4, 8), 60 * random(6, 8), random(6, 3)
    return [
        case(*by_hand, allowed=np.ones((1, 2), bool), says="scores 0 and ln 3 after the division", gives=[[5]]),
        case(*by_hand, allowed=np.array([[True, False]]), says="a query that may see the first key only", gives=[[8]]),
        case(random(4, 6), random(5, 6), random(5, 3), allowed=np.ones((4, 5), bool), says="four queries, five keys"),
        case(random(5, 4), random(7, 4), random(7, 2), allowed=some, says="a mask with holes"),
        case(random(6, 3), random(6, 3), random(6, 6), allowed=np.tri(6, dtype=bool), says="no query may look ahead"),
        case(*huge, allowed=np.ones((4, 6), bool), says="scores of some thousands"),
        case(random(1, 2), random(1, 2), random(1, 2), allowed=np.ones((1, 1), bool), says="one query, one key"),
    ]


def masked_attention(query, key, value, *, allowed):
    scores = query @ key.T / np.sqrt(query.shape[1])
    scores = np.where(allowed, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers @ value / powers.sum(axis=1, keepdims=True)


def _attention_with(scale=np.sqrt, mask=lambda scores, allowed: np.where(allowed, scores, -np.inf), after=None):
    def attend(query, key, value, *, allowed):
        scores = mask(query @ key.T / scale(query.shape[1]), allowed)
        with np.errstate(all="ignore"):
            shares = softmax(scores)
        return (shares if after is None else after(shares, allowed)) @ value

    return attend


def _unstable_attention(query, key, value, *, allowed):
    with np.errstate(all="ignore"):
        powers = np.exp(query @ key.T / np.sqrt(query.shape[1])) * allowed
        return powers @ value / powers.sum(axis=1, keepdims=True)


def _over_queries(query, key, value, *, allowed):
    scores = np.where(allowed, query @ key.T / np.sqrt(query.shape[1]), -np.inf)
    with np.errstate(all="ignore"):
        return softmax(scores.T).T @ value


def _one_query_at_a_time(query, key, value, *, allowed):
    rows = []
    for q, may in zip(query, allowed, strict=True):
        rows.append(softmax(key[may] @ q / len(q) ** 0.5) @ value[may])
    return np.array(rows)


ATTENTION = Exercise(
    name="sequence_models/masked_attention",
    title="attention that looks only where it may",
    stars=2,
    kind="implement",
    task=r"""
One head of attention, with a mask:

$$\mathrm{out}_i = \sum_j w_{ij}\, v_j, \qquad w_{ij} = \frac{a_{ij}\, e^{s_{ij}}}{\sum_k a_{ik}\, e^{s_{ik}}}, \qquad s_{ij} = \frac{q_i \cdot k_j}{\sqrt d}$$

`query` is `(n, d)`, `key` is `(m, d)`, `value` is `(m, c)`, the result is `(n, c)`. `allowed` is boolean, `(n, m)`: $a_{ij}$ is 1 where it is **True, and query i may look at key j**, else 0. Every query may look at one key at least. Scores of some thousands occur.
""",
    start='''def masked_attention(query, key, value, *, allowed):
    """Queries (n, d), keys (m, d), values (m, c), allowed (n, m) in; (n, c) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="masked_attention",
    spec=Function(cases=_queries, expected=_attention_by_definition),
    reference=masked_attention,
    hints=(
        "All scores at once are one product of matrices, (n, d) times (d, m). Where does the mask act: before the "
        "softmax, or after it?",
        "A key that may not be seen must have the weight 0, and the others must still add up to 1: e to the minus "
        "infinity is 0.",
        "`np.where(allowed, scores, -np.inf)`, then the stable softmax of each row, then `@ value`.",
    ),
    wrongs=(
        Wrong(
            "without the root of d",
            "The scores are not divided by √d: the weights come out too sharp.",
            _attention_with(scale=lambda d: 1),
        ),
        Wrong(
            "divided by d",
            "The scores are divided by d, and the root of d is asked.",
            _attention_with(scale=lambda d: d),
        ),
        Wrong(
            "mask inverted",
            "It looks exactly where it must not. True means “may look” here; some libraries use True for “ignore”.",
            _attention_with(mask=lambda scores, allowed: np.where(allowed, -np.inf, scores)),
        ),
        Wrong(
            "mask ignored",
            "Without a mask it is right; keys that may not be seen still get their share.",
            _attention_with(mask=lambda scores, allowed: scores),
        ),
        Wrong(
            "weights cut after the softmax",
            "Forbidden weights are set to 0 after the softmax, and the rest no longer adds up to 1.",
            _attention_with(
                mask=lambda scores, allowed: scores, after=lambda shares, allowed: np.where(allowed, shares, 0)
            ),
        ),
        Wrong(
            "score 0 for what is forbidden",
            "A forbidden key gets the score 0, and e⁰ is 1: it still has a share, often the largest.",
            _attention_with(mask=lambda scores, allowed: np.where(allowed, scores, 0)),
        ),
        Wrong(
            "softmax over the queries",
            "The weights add up to 1 over the queries; each query's weights are to add up to 1 over the keys.",
            _over_queries,
        ),
        Wrong(
            "overflow",
            "It is right until scores reach some hundreds; then both sides of the fraction are infinite.",
            _unstable_attention,
        ),
    ),
    also_right=(_attention_by_definition, _one_query_at_a_time),
)

# ------------------------------------------------------------------------------------------------ LSTM


def _sigmoid_of(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _step_by_definition(x, hidden, cell, weight_input, weight_hidden, bias):
    n_batch, width = np.shape(hidden)
    after = np.zeros((2, n_batch, width))
    for b in range(n_batch):
        z = [
            math.fsum(
                [
                    bias[row],
                    *(weight_input[row][n] * x[b][n] for n in range(len(x[b]))),
                    *(weight_hidden[row][n] * hidden[b][n] for n in range(width)),
                ]
            )
            for row in range(4 * width)
        ]
        for n in range(width):
            kept = _sigmoid_of(z[width + n]) * cell[b][n]
            written = _sigmoid_of(z[n]) * math.tanh(z[2 * width + n])
            after[1, b, n] = kept + written
            after[0, b, n] = _sigmoid_of(z[3 * width + n]) * math.tanh(kept + written)
    return after[0], after[1]


def _lstm_states() -> list[Case]:
    rng = np.random.default_rng(9)

    def states(n_batch, n_inputs, width, size=1.0):
        inputs = rng.standard_normal((n_batch, n_inputs)), *rng.standard_normal((2, n_batch, width))
        weights = rng.standard_normal((4 * width, n_inputs)), rng.standard_normal((4 * width, width))
        return *inputs, *(size * weight for weight in weights), rng.standard_normal(4 * width)

    gates = np.array([[0.0], [math.log(3)], [math.atanh(0.5)], [-math.log(3)]])
    one, none = np.ones((1, 1)), np.zeros((4, 1))
    return [
        case(
            one,
            0 * one,
            2 * one,
            gates,
            none,
            np.zeros(4),
            says="gates of ½, ¾ and ¼ around a cell of 2",
            gives=([[0.25 * math.tanh(1.75)]], [[1.75]]),
        ),
        case(*states(1, 3, 2), says="three inputs, a width of two"),
        case(*states(5, 2, 4), says="five clips at once"),
        case(*states(2, 6, 3, size=0.1), says="small weights"),
        case(*states(2, 1, 5, size=4.0), says="large weights, gates nearly open or shut"),
    ]


def lstm_step(x, hidden, cell, weight_input, weight_hidden, bias):
    gates = x @ weight_input.T + hidden @ weight_hidden.T + bias
    write, keep, candidate, show = np.split(gates, 4, axis=1)
    cell = cell / (1 + np.exp(-keep)) + np.tanh(candidate) / (1 + np.exp(-write))
    return np.tanh(cell) / (1 + np.exp(-show)), cell


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _step_with(order="ifgo", squash=np.tanh, shown=np.tanh, state=None, swap=False, bias_used=True):
    def step(x, hidden, cell, weight_input, weight_hidden, bias):
        z = x @ weight_input.T + hidden @ weight_hidden.T + (bias if bias_used else 0)
        part = dict(zip(order, np.split(z, 4, axis=1), strict=True))
        if state is None:
            cell = _sigmoid(part["f"]) * cell + _sigmoid(part["i"]) * squash(part["g"])
        else:
            cell = state(part, hidden, cell)
        hidden = _sigmoid(part["o"]) * shown(cell)
        return (cell, hidden) if swap else (hidden, cell)

    return step


def _coupled(part, hidden, cell):
    return _sigmoid(part["f"]) * cell + (1 - _sigmoid(part["f"])) * np.tanh(part["g"])


def _from_hidden(part, hidden, cell):
    return _sigmoid(part["f"]) * hidden + _sigmoid(part["i"]) * np.tanh(part["g"])


LSTM = Exercise(
    name="sequence_models/lstm_step",
    title="one step of an LSTM",
    stars=2,
    kind="implement",
    task=r"""
With $z = W x + U h + b$ cut into four equal parts $(z_i, z_f, z_g, z_o)$, in this order:

$$c' = \sigma(z_f)\, c + \sigma(z_i) \tanh(z_g), \qquad h' = \sigma(z_o) \tanh(c'), \qquad \sigma(z) = \frac1{1 + e^{-z}}$$

`x` is `(batch, n_inputs)`, `hidden` and `cell` are `(batch, width)`, `weight_input` is `(4·width, n_inputs)`, `weight_hidden` is `(4·width, width)`, `bias` is `(4·width,)`. Return the tuple **(hidden, cell)** after the step.
""",
    start='''def lstm_step(x, hidden, cell, weight_input, weight_hidden, bias):
    """One frame of each clip, the state before and the weights in; (hidden, cell) after it out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="lstm_step",
    spec=Function(cases=_lstm_states, expected=_step_by_definition, tolerance=1e-5),
    reference=lstm_step,
    hints=(
        "One product gives all four parts: rows 0 … width − 1 of the weights belong to the first of them.",
        "The weights are stored with the outputs as rows: multiply `x` from the left, with the transpose.",
        "`np.split(z, 4, axis=1)` gives the parts in order; the new cell is needed before the new hidden state.",
    ),
    wrongs=(
        Wrong(
            "input and forget gate exchanged",
            "The first part is the input gate, the second the forget gate; here they are exchanged.",
            _step_with(order="figo"),
        ),
        Wrong(
            "candidate and output gate exchanged",
            "The third part is the candidate and the fourth the output gate, as in PyTorch; here they are exchanged.",
            _step_with(order="ifog"),
        ),
        Wrong(
            "a gate where the candidate belongs",
            "The candidate goes through σ here: then the cell can only grow. It is tanh that may write negative numbers.",
            _step_with(squash=_sigmoid),
        ),
        Wrong(
            "cell shown as it is",
            "The output gate acts on the cell itself; the cell goes through tanh first.",
            _step_with(shown=lambda cell: cell),
        ),
        Wrong(
            "hidden state in place of the cell",
            "The forget gate acts on the hidden state; it is the cell that is kept.",
            _step_with(state=_from_hidden),
        ),
        Wrong(
            "forgets what it writes",
            "One minus the forget gate stands where the input gate belongs: that is another cell, with coupled gates.",
            _step_with(state=_coupled),
        ),
        Wrong(
            "no bias",
            "The bias is left out: without an input the gates would all stand at one half.",
            _step_with(bias_used=False),
        ),
        Wrong(
            "cell first",
            "The two results stand in the wrong order: the hidden state first, then the cell.",
            _step_with(swap=True),
        ),
    ),
    also_right=(_step_by_definition, _step_with()),
)

# ------------------------------------------------------------------------------------------- positions


def _positions_by_definition(n_frames, width):
    table = []
    for t in range(n_frames):
        row = []
        for k in range(width // 2):
            angle = t / 10_000 ** (2 * k / width)
            row += [math.sin(angle), math.cos(angle)]
        table.append(row)
    return np.array(table)


def _tables() -> list[Case]:
    by_hand = [[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]
    return [
        case(2, 4, says="two frames, four numbers each", gives=by_hand),
        case(5, 2, says="one sine and one cosine"),
        case(7, 6, says="seven frames, six numbers each"),
        case(200, 32, says="200 frames, 32 numbers each"),
        case(1, 8, says="the first frame alone", gives=[[0, 1, 0, 1, 0, 1, 0, 1]]),
    ]


def positions(n_frames, width):
    frequencies = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(n_frames)[:, np.newaxis] * frequencies
    table = np.empty((n_frames, width))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


def _positions_with(start=0, base=10_000.0, exponent=lambda k, width: 2 * k / width, parts=(np.sin, np.cos)):
    def table_of(n_frames, width):
        k = np.arange(width // 2)
        angles = (start + np.arange(n_frames)[:, np.newaxis]) / base ** exponent(k, width)
        return np.stack([part(angles) for part in parts], axis=-1).reshape(n_frames, width)

    return table_of


def _sines_then_cosines(n_frames, width):
    table = positions(n_frames, width)
    return np.concatenate([table[:, 0::2], table[:, 1::2]], axis=1)


def _complex_positions(n_frames, width):
    turns = np.exp(1j * np.outer(np.arange(n_frames), 10_000.0 ** (-np.arange(width // 2) * 2 / width)))
    return np.stack([turns.imag, turns.real], axis=2).reshape(n_frames, width)


POSITIONS = Exercise(
    name="sequence_models/positions",
    title="a clock with many hands",
    stars=2,
    kind="implement",
    task=r"""
Attention does not know which frame came first; a pattern added to each frame tells it. Write the table

$$p[t, 2k] = \sin\frac{t}{10000^{2k/D}}, \qquad p[t, 2k+1] = \cos\frac{t}{10000^{2k/D}}$$

for $t = 0 \dots$ `n_frames` − 1 and an even $D$ = `width`: sines in the even columns, cosines in the odd ones. The hand of $k = 0$ turns by one radian a frame, the last one hardly at all.
""",
    start='''def positions(n_frames, width):
    """Two whole numbers in, a table (n_frames, width) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="positions",
    spec=Function(cases=_tables, expected=_positions_by_definition),
    reference=positions,
    hints=(
        "One angle for each frame and each k: a column of frame numbers times a row of width / 2 frequencies.",
        "The frequency of hand k is 10000 to the power −2k / width, for k = 0 … width / 2 − 1.",
        "`table[:, 0::2]` are the even columns and `table[:, 1::2]` the odd ones.",
    ),
    wrongs=(
        Wrong(
            "sines, then cosines",
            "All sines stand in the first half and all cosines in the second; they are to alternate.",
            _sines_then_cosines,
        ),
        Wrong(
            "exponent without the 2",
            "The exponent is k / width, half of what is asked: the slowest hand turns a hundred times too fast.",
            _positions_with(exponent=lambda k, width: k / width),
        ),
        Wrong(
            "exponent twice too large",
            "The exponent runs over even numbers that are doubled once more.",
            _positions_with(exponent=lambda k, width: 4 * k / width),
        ),
        Wrong(
            "first frame is 1",
            "The first frame has the number 1; counting starts at 0.",
            _positions_with(start=1),
        ),
        Wrong(
            "base 1,000",
            "The base is 1,000; 10,000 is asked.",
            _positions_with(base=1000.0),
        ),
        Wrong(
            "cosine first",
            "Sine and cosine have changed places: the even columns hold the sines.",
            _positions_with(parts=(np.cos, np.sin)),
        ),
        Wrong(
            "sine twice",
            "Both columns of a pair hold the sine: then t and π − t look alike.",
            _positions_with(parts=(np.sin, np.sin)),
        ),
    ),
    also_right=(_positions_by_definition, _complex_positions, _positions_with()),
)

# ----------------------------------------------------------------------- the last state, in both directions


def _ends_by_definition(outputs, lengths):
    found = []
    for clip, length in zip(outputs, lengths, strict=True):
        half = len(clip[0]) // 2
        found.append([clip[length - 1][c] if c < half else clip[0][c] for c in range(2 * half)])
    return np.array(found)


def _readings() -> list[Case]:
    rng = np.random.default_rng(8)
    numbered = np.arange(12.0).reshape(1, 3, 4)
    return [
        case(numbered, np.array([3]), says="one clip of three frames", gives=[[8, 9, 2, 3]]),
        case(
            np.repeat(numbered, 2, axis=0),
            np.array([3, 2]),
            says="the same, and cut",
            gives=[[8, 9, 2, 3], [4, 5, 2, 3]],
        ),
        case(rng.standard_normal((5, 8, 6)), np.array([8, 1, 4, 7, 2]), says="five clips of 1 to 8 frames"),
        case(rng.standard_normal((2, 1, 2)), np.array([1, 1]), says="clips of one frame"),
    ]


def whole_clip(outputs, lengths):
    half = outputs.shape[2] // 2
    forwards = outputs[np.arange(len(outputs)), lengths - 1, :half]
    return np.concatenate([forwards, outputs[:, 0, half:]], axis=1)


def _ends_with(forwards, backwards, swap=False):
    def ends(outputs, lengths):
        half, every = outputs.shape[2] // 2, np.arange(len(outputs))
        parts = [outputs[every, forwards(lengths), :half], outputs[every, backwards(lengths), half:]]
        return np.concatenate(parts[::-1] if swap else parts, axis=1)

    return ends


def _last(lengths):
    return lengths - 1


def _first(lengths):
    return 0 * lengths


def _end_of_batch(lengths):
    return 0 * lengths - 1


LAST = Exercise(
    name="sequence_models/whole_clip",
    title="where each reader has read everything",
    stars=2,
    kind="repair",
    task=r"""
A bidirectional LSTM gives `outputs` of shape `(batch, frames, 2·width)`: the first half of the last axis belongs to the reader that goes forwards, the second half to the one that goes backwards. A script wants one vector a clip that has *seen the whole clip*, and takes `outputs[:, -1]`.

**Mend it.** For each clip take both readers where they have read all of it; `lengths` is an integer array `(batch,)` of frames, and what stands behind the end of a clip is padding. The result is `(batch, 2·width)`, forwards first.
""",
    given='''import numpy as np


def published_whole_clip(outputs, lengths):
    """As published: the last frame."""
    return outputs[:, -1]


# Readers that only count: each output is the number of frames read so far.
forwards, backwards = np.array([1, 2, 3, 4, 0, 0]), np.array([4, 3, 2, 1, 0, 0])
outputs = np.stack([forwards, backwards], axis=-1)[np.newaxis].astype(float)
print("frames read, of 4, by each reader:", published_whole_clip(outputs, np.array([4]))[0])''',
    start='''def whole_clip(outputs, lengths):
    """Outputs (batch, frames, 2·width) and lengths (batch,) in, (batch, 2·width) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="whole_clip",
    spec=Function(cases=_readings, expected=_ends_by_definition),
    reference=whole_clip,
    hints=(
        "At which frame has the forward reader seen everything? At which frame has the backward reader?",
        "The forward reader is done at the last frame that is sound, the backward reader at the very first.",
        "A different frame of each clip: `outputs[np.arange(batch), lengths - 1]`.",
    ),
    wrongs=(
        Wrong(
            "end of the batch",
            "That is the published line: behind a short clip it reads padding, and at the end of a long one the "
            "backward reader has seen a single frame.",
            _ends_with(_end_of_batch, _end_of_batch),
        ),
        Wrong(
            "backward reader at the end",
            "The padding is left out now. But at the last frame of a clip the backward reader has seen one frame only.",
            _ends_with(_last, _last),
        ),
        Wrong(
            "forward reader behind the end",
            "The backward reader is taken where it has read all; the forward half of a short clip is still padding.",
            _ends_with(_end_of_batch, _first),
        ),
        Wrong(
            "each at its beginning",
            "Each reader is taken where it begins: forwards at the first frame, backwards at the last.",
            _ends_with(_first, _last),
        ),
        Wrong(
            "one frame before the end",
            "The forward reader is taken one frame too early.",
            _ends_with(lambda lengths: lengths - 2, _first),
        ),
        Wrong(
            "halves exchanged",
            "The right frames, in the wrong order: forwards first, then backwards.",
            _ends_with(_last, _first, swap=True),
        ),
    ),
    also_right=(_ends_by_definition, _ends_with(_last, _first)),
)

# ------------------------------------------------------------------------------------- receptive field


LAYERS = ((3, 2, 1), (3, 2, 1), (5, 1, 1), (5, 1, 4))  # kernel size, stride, dilation; frames of 10 ms


def _field_truth():
    """Which of 400 input frames the middle output depends on, by asking: what does a pulse in that frame change?"""
    x = np.eye(400)  # one row, one place of the pulse
    for kernel_size, stride, dilation in LAYERS:
        reach = (kernel_size - 1) * dilation
        starts = range(0, x.shape[1] - reach, stride)
        x = np.stack([x[:, n : n + reach + 1 : dilation].sum(axis=1) for n in starts], axis=1)
    seen = np.flatnonzero(x[:, x.shape[1] // 2])
    return 10.0 * (seen[-1] - seen[0] + 1)


def field_ms():
    field, step = 1, 1
    for kernel_size, stride, dilation in LAYERS:
        field += (kernel_size - 1) * dilation * step
        step *= stride
    return 10 * field


FIELD = Exercise(
    name="sequence_models/field_ms",
    title="how much sound does one output hear?",
    stars=1,
    kind="predict",
    task="""
A network of four convolutions along time, on frames that come every 10 ms. From the input up:

| layer | kernel size | stride | dilation |
|---|---|---|---|
| 1 | 3 | 2 | 1 |
| 2 | 3 | 2 | 1 |
| 3 | 5 | 1 | 1 |
| 4 | 5 | 1 | 4 |

How long is the **receptive field** of one output, in ms: the number of frames from the first to the last that it depends on, times 10 ms?
""",
    start="""### BEGIN SOLUTION
field_ms = ...  # in ms
### END SOLUTION""",
    answer="field_ms",
    spec=Value(truth=_field_truth, unit="ms", tolerance=1e-6),
    reference=field_ms,
    hints=(
        "Begin with one frame and go up: a layer of kernel size 3 adds two of its input steps.",
        "After a layer with stride 2, one step of the next layer is two frames of the input.",
        "The steps are 1, 2, 4 and 4 frames long. A dilation spreads the kernel: (k − 1) · d steps are added.",
    ),
    wrongs=(
        Wrong(
            "strides forgotten",
            "The dilation is in it, the strides are not: above the second layer one step is four frames long.",
            lambda: 10 * (1 + 2 + 2 + 4 + 16),
        ),
        Wrong(
            "dilation forgotten",
            "The strides are in it, the dilation of the last layer is not: its five taps stand four steps apart.",
            lambda: 10 * (1 + 2 + 4 + 16 + 16),
        ),
        Wrong(
            "strides and dilation forgotten",
            "That is the field of four plain layers: strides and dilation make it longer.",
            lambda: 10 * (1 + 2 + 2 + 4 + 4),
        ),
        Wrong(
            "stride of the layer itself",
            "Each layer's own stride is counted in it; it lengthens the steps of the layers above.",
            lambda: 10 * (1 + 2 * 2 + 2 * 4 + 4 * 4 + 16 * 4),
        ),
        Wrong(
            "kernels in place of kernels less one",
            "A kernel of k taps adds k − 1 steps to the frame that is there already.",
            lambda: 10 * (1 + 3 + 3 * 2 + 5 * 4 + 5 * 16),
        ),
        Wrong(
            "without the first frame",
            "The steps are right; the frame they start from is missing.",
            lambda: 10 * (2 + 4 + 16 + 64),
        ),
        Wrong(
            "frames",
            "That is a number of frames; each stands for 10 ms.",
            lambda: 87,
        ),
    ),
    also_right=(lambda: 870.0, lambda: np.float32(870)),
)

# ------------------------------------------------------------------------------------------- parameters


def _parameters_truth():
    """Every weight of every matrix, one by one as a layer is built up."""
    shapes = [(4 * 128, 80), (4 * 128, 128), (4 * 128,), (4 * 128,)] * 2
    shapes += [(4 * 128, 256), (4 * 128, 128), (4 * 128,), (4 * 128,)] * 2
    return sum(math.prod(shape) for shape in shapes)


def lstm_parameters():
    total, n_inputs, width = 0, 80, 128
    for _ in range(2):
        total += 2 * 4 * width * (n_inputs + width + 2)
        n_inputs = 2 * width
    return total


PARAMETERS = Exercise(
    name="sequence_models/lstm_parameters",
    title="how many numbers does a BiLSTM learn?",
    stars=1,
    kind="predict",
    task="""
Two layers of a bidirectional LSTM on 80 mel bands, each direction 128 numbers wide; the second layer reads both directions of the first. Each direction of a layer has four parts (three gates and the candidate), each with a matrix for its input, one for its own state, and, as `torch.nn.LSTM` keeps it, **two** biases. How many parameters are that together?
""",
    start="""### BEGIN SOLUTION
lstm_parameters = ...  # a whole number
### END SOLUTION""",
    answer="lstm_parameters",
    spec=Value(truth=_parameters_truth, tolerance=1e-9),
    reference=lstm_parameters,
    hints=(
        "One gate of one direction of the first layer: a matrix of 128 × 80, one of 128 × 128, and two biases of 128.",
        "The second layer reads 256 numbers a frame, not 128 and not 80.",
        "Four parts, two directions: 8 · 128 · (n + 128 + 2) for a layer with n inputs.",
    ),
    wrongs=(
        Wrong(
            "one bias",
            "One bias is counted for each part; torch keeps two, which are added.",
            lambda: 8 * 128 * (80 + 128 + 1) + 8 * 128 * (256 + 128 + 1),
        ),
        Wrong(
            "no bias",
            "The biases are not counted: two for each number of each part.",
            lambda: 8 * 128 * (80 + 128) + 8 * 128 * (256 + 128),
        ),
        Wrong(
            "one direction",
            "That is one direction of each layer; there are two, with weights of their own.",
            lambda: 4 * 128 * (80 + 128 + 2) + 4 * 128 * (256 + 128 + 2),
        ),
        Wrong(
            "second layer reads one direction",
            "The second layer is counted with 128 inputs; it reads both directions of the first, 256 numbers.",
            lambda: 8 * 128 * (80 + 128 + 2) + 8 * 128 * (128 + 128 + 2),
        ),
        Wrong(
            "second layer reads the mel bands",
            "Both layers are counted with 80 inputs; the second reads what the first has written.",
            lambda: 2 * 8 * 128 * (80 + 128 + 2),
        ),
        Wrong(
            "three parts",
            "Three gates are counted; the candidate has weights of its own.",
            lambda: 6 * 128 * (80 + 128 + 2) + 6 * 128 * (256 + 128 + 2),
        ),
        Wrong(
            "no state",
            "The matrices for the state of the frame before are missing.",
            lambda: 8 * 128 * (80 + 2) + 8 * 128 * (256 + 2),
        ),
    ),
    also_right=(lambda: 610_304, lambda: 610_304.0),
)

# ---------------------------------------------------------------------------------- reading a picture

_PER_FRAME_US, _PER_PAIR_US, _RECURRENT_US = 30.0, 0.05, 90.0


def made_costs(n_frames):
    """Made times in ms of two networks on clips of so many frames: one reads frame by frame, one attends to pairs."""
    n = np.asarray(n_frames, np.float64)
    return _RECURRENT_US * n / 1000, (_PER_FRAME_US * n + _PER_PAIR_US * n**2) / 1000


def _crossing_truth():
    """The first length at which attention takes longer."""
    n = np.arange(1, 20_000)
    reads, attends = made_costs(n)
    return float(n[attends > reads][0])


def crossing_frames():
    low, high = 1100, 1300  # read from the picture: before 1,100 frames one is cheaper, from 1,300 on the other
    return (low + high) / 2


READ = Exercise(
    name="sequence_models/crossing_frames",
    title="from which length on?",
    stars=2,
    kind="read",
    task="""
The picture shows the time of two networks over the number of frames, both axes logarithmic. One reads frame by frame; the other attends from every frame to every frame. Clips come with 100 frames a second. **From how many frames on is the one that attends the slower one?** (Within 10 %.)
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sequence_models import made_costs

n_frames = np.geomspace(100, 10_000, 50)
picture = cu.plotting.Picture(height_in=4.0)
for costs, label in zip(made_costs(n_frames), ("reads", "attends"), strict=True):
    picture.axes[0].loglog(n_frames, costs, label=label)
picture.axes[0].grid(which="both", alpha=0.35)
picture.axes[0].set(xlabel="length in frames", ylabel="time in ms", xlim=(100, 10_000))
picture.axes[0].set_xticks([100, 200, 500, 1000, 2000, 5000, 10_000], ["100", "200", "500", "1000", "2000", "5000", "10 000"])
picture.show("Two rising lines: the straight one is above at 100 frames, the curved one at 10,000.")""",
    start="""### BEGIN SOLUTION
crossing_frames = ...  # frames
### END SOLUTION""",
    answer="crossing_frames",
    spec=Value(truth=_crossing_truth, unit="frames", tolerance=0.1),
    reference=crossing_frames,
    hints=(
        "Which line is which? One of them becomes steeper.",
        "On a logarithmic axis the thin lines between 1,000 and 2,000 stand for 1,100, 1,200 and so on only if drawn: "
        "the space between 1,000 and 2,000 is as wide as that between 100 and 200.",
        "The crossing stands a little to the right of 1,000: by about a quarter of the way to 2,000.",
    ),
    wrongs=(
        Wrong(
            "the middle of the axis",
            "That is where the axis has 1,000. The lines cross a little to the right of it.",
            lambda: 1000,
        ),
        Wrong(
            "read as if linear",
            "Halfway from 1,000 to 2,000 on a logarithmic axis is 1,414; the crossing stands before it.",
            lambda: 1450,
        ),
        Wrong(
            "where pairs cost as much as frames",
            "At that length the curve begins to bend: the pairs cost as much as the frames. "
            "The other network is slower there still.",
            lambda: 600,
        ),
        Wrong(
            "where it is twice as slow",
            "There the one that attends takes nearly twice as long as the other. The crossing comes earlier.",
            lambda: 3000,
        ),
        Wrong(
            "seconds",
            "That is a length in seconds; frames are asked, and there are 100 in a second.",
            lambda: 12,
        ),
    ),
    also_right=(lambda: 1200, lambda: 1230.0),
)

# ------------------------------------------------------------------------------------------ the design

N_SEEN = 101  # frames


def _is_a_stack(layers) -> bool:
    try:
        pairs = [tuple(int(number) for number in layer) for layer in layers]
        return (
            len(pairs) > 0 and all(len(p) == 2 and min(p) >= 1 for p in pairs) and np.array(layers).dtype.kind in "iu"
        )
    except (TypeError, ValueError):
        return False


def _no_stack(layers):
    if _is_a_stack(layers):
        return None
    return "A list of layers is asked, each a pair of whole numbers from 1 up: (kernel size, dilation)."


def _seen(layers) -> set[int]:
    """The frames that one output depends on, by walking down every path."""
    frames = {0}
    for kernel_size, dilation in reversed(list(layers)):
        frames = {frame + dilation * tap for frame in frames for tap in range(kernel_size)}
    return frames


def _too_heavy(layers):
    n_taps = sum(kernel_size for kernel_size, _ in layers)
    if n_taps <= 30:
        return None
    return f"The kernels have {n_taps} taps together; more than 30 are not afforded. Depth and dilation are cheaper."


def _too_short(layers):
    field = 1 + sum((kernel_size - 1) * dilation for kernel_size, dilation in layers)
    if field >= N_SEEN:
        return None
    return f"One output sees {field} frames; {N_SEEN} are asked. A larger dilation costs nothing."


def _with_holes(layers):
    field = 1 + sum((kernel_size - 1) * dilation for kernel_size, dilation in layers)
    n_missing = field - len(_seen(layers))
    if not n_missing:
        return None
    return (
        f"Of the {field} frames between the first and the last that one output sees, {n_missing} are never looked at: "
        "the taps of one layer stand further apart than what the layers below it see."
    )


def _taps(layers):
    return sum(kernel_size for kernel_size, _ in layers)


def far_seeing_stack():
    return [(3, 1), (3, 3), (3, 9), (4, 27)]


def _doubling():
    return [(2, 2**n) for n in range(7)]


DESIGN = Exercise(
    name="sequence_models/far_seeing_stack",
    title="see two seconds with few weights",
    stars=3,
    kind="design",
    task=f"""
One output of a convolutional network is to see **at least {N_SEEN} neighbouring frames**, two seconds at 50 frames a second. A single kernel would do, and cost {N_SEEN} taps for each pair of channels; a stack of layers with dilation does it with far fewer.

Give the stack as a list of pairs `(kernel_size, dilation)`, the layer at the input first; strides are 1. The layers see **without holes**: every frame between the first and the last must be looked at. All kernels together may have 30 taps at most. The score is their number: **as few taps as you can**.
""",
    start="""### BEGIN SOLUTION
far_seeing_stack = ...  # a list of pairs (kernel_size, dilation)
### END SOLUTION""",
    answer="far_seeing_stack",
    spec=Design(
        properties=(
            Property("no stack", _no_stack),
            Property("too heavy", _too_heavy),
            Property("sees too little", _too_short),
            Property("holes", _with_holes),
        ),
        score=_taps,
        unit="taps",
        best=13,  # proved in _proof_far_seeing
    ),
    reference=far_seeing_stack,
    hints=(
        "Kernels of 2 with dilations 1, 2, 4, 8 … see twice as far with each layer. How many layers is that, and how "
        "many taps?",
        "There are no holes if the dilation of a layer is not larger than what the layers below it see. "
        "Then k taps make the field k times as long.",
        "The fields multiply while the taps add. Which k gives the most for its taps: 2, 3 or 4?",
    ),
    wrongs=(
        Wrong("no stack", "", lambda: [3, 3, 3, 3]),
        Wrong("too heavy", "", lambda: [(101, 1)]),
        Wrong("sees too little", "", lambda: [(3, 1), (3, 2), (3, 4), (3, 8)]),
        Wrong("holes", "", lambda: [(3, 1), (3, 49)]),
    ),
    also_right=(_doubling, lambda: [(5, 1), (5, 5), (5, 25)], lambda: [[4, 27], [3, 9], [3, 3], [3, 1]]),
)

EXERCISES = (SOFTMAX, MEAN, FIELD, PARAMETERS, ATTENTION, LSTM, POSITIONS, LAST, READ, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _proof_far_seeing():
    """Without holes a stack sees at most the product of its kernels; twelve taps reach 3⁴ = 81 at best."""

    def largest_product(n_taps):
        best = [1] * (n_taps + 1)
        for total in range(2, n_taps + 1):
            best[total] = max(k * best[total - k] for k in range(1, total + 1))
        return best[n_taps]

    assert largest_product(12) == 81 < N_SEEN <= largest_product(13) == 108
    assert _taps(far_seeing_stack()) == 13 and len(_seen(far_seeing_stack())) == 108


def _proof_reverse():
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((9, 4)), rng.standard_normal((3, 4, 4))

    def mean_of_attention(frames):
        q, k, v = (frames @ w for w in weights)
        return masked_attention(q, k, v, allowed=np.ones((len(frames), len(frames)), bool)).mean(axis=0)

    assert np.allclose(mean_of_attention(x), mean_of_attention(x[::-1]))


def _proof_neighbour():
    clip = np.full((1, 50, 1), 6.0)
    beside = np.pad(clip, ((0, 0), (0, 150), (0, 0)))
    assert beside.mean(axis=1)[0, 0] == clip.mean(axis=1)[0, 0] / 4
    assert mean_of_clips(beside, np.array([50]))[0, 0] == 6


def _proof_table():
    assert 4 * 4 * 3200**2 / 1e6 == 163.84 and round(4 * 4 * 3200**2 / (4 * 4 * 100**2)) == 1024


def _proof_backward_reader():
    outputs = np.stack([np.arange(1, 101), np.arange(100, 0, -1)], axis=-1)[np.newaxis].astype(float)
    assert outputs[0, -1].tolist() == [100, 1] and whole_clip(outputs, np.array([100]))[0].tolist() == [100, 100]


def _proof_second_digit():
    """The best answer of one who hears three digits and not their order, over all strings of three."""
    strings = np.stack(np.meshgrid(*3 * [np.arange(10)]), axis=-1).reshape(-1, 3)
    most_often = [np.bincount(string, minlength=10).max() / 3 for string in strings]
    n_different = np.array([len(set(string)) for string in strings.tolist()])
    assert [np.mean(n_different == n) for n in (3, 2, 1)] == [0.72, 0.27, 0.01]
    assert np.isclose(np.mean(most_often), 0.72 / 3 + 0.27 * 2 / 3 + 0.01) and round(np.mean(most_often), 2) == 0.43


def _proof_sees():
    assert 1 + 5 * (5 - 1) == 21 and 1 + 4 * (1 + 2 + 4 + 8 + 16) == 125


def _proof_attention_scale():
    rng = np.random.default_rng(1)
    q, k = rng.standard_normal((2, 20_000, 64))
    assert np.isclose((q * k).sum(axis=1).std(), 8, rtol=0.02)


def _proof_forget():
    assert 0.5**20 < 1e-6 and 0.95**20 > 0.35


QUESTIONS = (
    Question(
        name="second_digit",
        kind="predict",
        text="A convolutional network whose outputs see 21 frames (0.4 s) is to say which of ten digits came second of "
        "three, from the mean over its outputs. What can it reach?",
        options=(
            wrong("About 10 %, chance", "It does hear which digits there are; only their order is lost to it."),
            right(
                "About 40 %",
                "It knows the three digits and hardly where they stood: a guess among three, and a better one where "
                "a digit is said twice.",
            ),
            wrong("Nearly 100 %, it hears every digit", "It hears each digit, and the mean forgets where that was."),
        ),
        proof=_proof_second_digit,
    ),
    Question(
        name="reverse",
        kind="predict",
        text="A Transformer without positions, averaged over its frames, is played the same clip backwards, frame by "
        "frame. Its scores:",
        options=(
            wrong("change, since every frame now has other neighbours", "No weight depends on who is a neighbour."),
            right(
                "stay the same to the last digits",
                "Each frame meets the same set of frames, and the mean does not care for their order.",
            ),
            wrong("change sign", "Nothing in attention is odd under time: the sums have the same terms."),
        ),
        proof=_proof_reverse,
    ),
    Question(
        name="neighbour",
        kind="predict",
        text="A clip of 50 frames is scored alone, and then in a batch beside one of 200 frames. The network ends with a "
        "mean over all frames. What happens to the clip's vector?",
        options=(
            wrong("Nothing: zeros add nothing", "They add nothing to the sum, and 150 to the number it is divided by."),
            wrong("Every number is halved", "It is divided by 200 in place of 50."),
            right("It shrinks to about a quarter", "The sum is the same and is divided by four times as many frames."),
        ),
        proof=_proof_neighbour,
    ),
    Question(
        name="long_clip",
        kind="predict",
        text="Clips of 3,200 frames, one processor core, about 105,000 weights each: which takes longest, "
        "the LSTM that must go step by step, or the Transformer that looks at all frames at once?",
        options=(
            wrong(
                "The LSTM: 3,200 steps one after the other", "The steps are small: together they cost few operations."
            ),
            wrong(
                "Much the same, as many weights", "Weights are used once a frame; attention also works for each pair."
            ),
            right(
                "The Transformer",
                "3,200² is ten million pairs in each head and layer: on one core that outweighs what waiting costs.",
            ),
        ),
        proof=_proof_table,
    ),
    Question(
        name="behind_the_table",
        kind="predict",
        text="Learned positions have a table of 400 rows; the training clips were at most about 140 frames long. Now every "
        "test clip gets three seconds (150 frames) of silence in front, and still fits. What happens?",
        options=(
            wrong(
                "Nothing: 300 frames fit into the table", "They fit, and the words stand on rows that never learned."
            ),
            wrong("An error", "The table has 400 rows; only past the last of them is there an error."),
            right(
                "No error, and it fails",
                "Rows beyond the longest training clip still hold their first values; what stands there was never met.",
            ),
        ),
    ),
    Question(
        name="one_table",
        text="Attention with 4 heads keeps its weights for the backward pass, 4 bytes each. How much is that for a clip of 3,200 frames?",
        options=(
            wrong("51 kB for each layer", "That is one number a frame and head; there is one for each pair of frames."),
            right("164 MB for each layer", "4 heads · 3,200² pairs · 4 bytes; at 100 frames it is 0.16 MB."),
            wrong("41 MB for each layer", "That is one head; there are four tables."),
            wrong("as much as at 100 frames, 32 times over", "Pairs grow with the square: 1,024 times over."),
        ),
        proof=_proof_table,
    ),
    Question(
        name="backward_reader",
        text="The output of a bidirectional LSTM at the last frame of a clip of 100 frames: how many frames has each half seen?",
        options=(
            right("Forwards 100, backwards 1", "The backward reader begins at the end; it has seen all at frame 0."),
            wrong("Both 100", "The backward half at the last frame is its first step."),
            wrong("Both 50", "Each reader goes through the whole clip; at its end they have read different parts."),
            wrong("Forwards 1, backwards 100", "That is what the first frame has."),
        ),
        proof=_proof_backward_reader,
    ),
    Question(
        name="true_means",
        text="In PyTorch, what does True mean in a mask of key_padding_mask (MultiheadAttention), and in one of attn_mask "
        "(scaled_dot_product_attention)?",
        options=(
            wrong("“Look here” in both", "MultiheadAttention drops the keys that are True."),
            wrong("“Ignore” in both", "The function looks where the mask is True."),
            right(
                "“Ignore” in the first, “look here” in the second", "Two conventions in one library: test with a clip."
            ),
        ),
    ),
    Question(
        name="root_of_d",
        text="Query and key are 64 independent numbers of variance 1. What spread has their product, and what does √d do?",
        options=(
            wrong("1; it does nothing that matters", "64 products of variance 1 add up to a variance of 64."),
            right("8; divided by √64 it is 1", "So that the softmax is not saturated before anything is learned."),
            wrong("64; divided by √64 it is 8", "The variance is 64, the standard deviation its root."),
        ),
        proof=_proof_attention_scale,
    ),
    Question(
        name="dilated",
        text="Five layers with kernels of 5: with dilations 1, 1, 1, 1, 1 one output sees 21 frames. With 1, 2, 4, 8, 16?",
        options=(
            wrong("21 as well: the weights are as many", "The weights are; their taps stand further apart."),
            wrong("80", "The dilations add up to 31, and each is taken four times."),
            right("125", "1 + 4 · (1 + 2 + 4 + 8 + 16)."),
            wrong("155", "Five times the sum of the dilations; a kernel of five adds four steps."),
        ),
        proof=_proof_sees,
    ),
    Question(
        name="forget_gate",
        text="A gate stands at 0.5 for 20 frames, another at 0.95. How much of the cell is left in each?",
        options=(
            wrong("10 % and 95 %", "The gate acts at each frame, and its powers add up to very little."),
            right("A millionth, and over a third", "0.5²⁰ is 10⁻⁶, 0.95²⁰ is 0.36: gates near 1 make a long memory."),
            wrong("A half, and nearly all", "That is after one frame."),
        ),
        proof=_proof_forget,
    ),
)
