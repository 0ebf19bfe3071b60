import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


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
        case(np.ones((2, 3)), *np.zeros((2, 2, 4)), *states(2, 3, 4)[3:], says="a first step, from a state of zeros"),
        case(*states(2, 6, 3, size=0.1), says="small weights"),
        case(*states(2, 1, 5, size=4.0), says="large weights, gates nearly open or shut"),
        case(*states(3, 2, 4, size=2000.0), says="weights of some thousands, gates wholly open or shut"),
    ]


def lstm_step(x, hidden, cell, weight_input, weight_hidden, bias):
    gates = x @ weight_input.T + hidden @ weight_hidden.T + bias
    write, keep, candidate, show = np.split(gates, 4, axis=1)
    cell = cell / (1 + np.exp(-keep)) + np.tanh(candidate) / (1 + np.exp(-write))
    return np.tanh(cell) / (1 + np.exp(-show)), cell


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _step_with(
    order="ifgo",
    squash=np.tanh,
    shown=np.tanh,
    state=None,
    swap=False,
    bias_used=True,
    gate=_sigmoid,
    turn=np.transpose,
):
    def step(x, hidden, cell, weight_input, weight_hidden, bias):
        z = x @ weight_input.T + hidden @ turn(weight_hidden) + (bias if bias_used else 0)
        part = dict(zip(order, np.split(z, 4, axis=1), strict=True))
        if state is None:
            cell = gate(part["f"]) * cell + gate(part["i"]) * squash(part["g"])
        else:
            cell = state(part, hidden, cell)
        hidden = gate(part["o"]) * shown(cell)
        return (cell, hidden) if swap else (hidden, cell)

    return step


def _changed(change):
    """The right step, on arguments that ``change`` has changed."""
    return lambda *arguments: _step_with()(*change(*arguments))


def _with_forget_bias(x, hidden, cell, weight_input, weight_hidden, bias):
    return x, hidden, cell, weight_input, weight_hidden, bias + np.repeat([0.0, 1, 0, 0], hidden.shape[1])


def _every_fourth_row(x, hidden, cell, *weights):
    return x, hidden, cell, *(np.concatenate([weight[part::4] for part in range(4)]) for weight in weights)


def _old_cell_shown(x, hidden, cell, *weights):
    _, after = _step_with()(x, hidden, cell, *weights)
    show = np.split(x @ weights[0].T + hidden @ weights[1].T + weights[2], 4, axis=1)[3]
    return _sigmoid(show) * np.tanh(cell), after


def _coupled(part, hidden, cell):
    return _sigmoid(part["f"]) * cell + (1 - _sigmoid(part["f"])) * np.tanh(part["g"])


def _from_hidden(part, hidden, cell):
    return _sigmoid(part["f"]) * hidden + _sigmoid(part["i"]) * np.tanh(part["g"])


EXERCISE = Exercise(
    title="one step of an LSTM",
    stars=2,
    kind="implement",
    task=r"""
With $z = W x + U h + b$ cut into four equal parts $(z_i, z_f, z_g, z_o)$, in this order:

$$c' = \sigma(z_f)\, c + \sigma(z_i) \tanh(z_g), \qquad h' = \sigma(z_o) \tanh(c'), \qquad \sigma(z) = \frac1{1 + e^{-z}}$$

`x` is `(batch, n_inputs)`, `hidden` and `cell` are `(batch, width)`, `weight_input` is `(4·width, n_inputs)`, `weight_hidden` is `(4·width, width)`, `bias` is `(4·width,)`. Return the tuple **(hidden, cell)** after the step.
""",
    form="One frame of each clip, the state before and the weights in; (hidden, cell) after it out.",
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
            "parts of another library",
            "The four parts stand in another order, as some libraries have it; here it is input, forget, candidate, output.",
            (_step_with(order="iofg"), _step_with(order="igfo"), _step_with(order="gifo"), _step_with(order="fiog")),
        ),
        Wrong(
            "every fourth row",
            "Each part takes every fourth row. The four parts lie one after the other, each of `width` rows.",
            _changed(_every_fourth_row),
        ),
        Wrong(
            "a gate where the candidate belongs",
            "The candidate goes through σ here, so that only positive numbers are written. tanh writes negative ones, too.",
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
            "the cell of before is shown",
            "The output gate shows the cell as it was before the step; the new one is asked.",
            _old_cell_shown,
        ),
        Wrong(
            "ReLU for tanh",
            "The candidate goes through a ReLU, so that no negative number is ever written. tanh writes those, too.",
            _step_with(squash=lambda z: np.maximum(z, 0)),
        ),
        Wrong(
            "no recurrence",
            "The hidden state of the frame before is left out of the gates: U h is missing.",
            _changed(lambda x, hidden, *rest: (x, 0 * hidden, *rest)),
        ),
        Wrong(
            "no input",
            "The input of the frame is left out of the gates: W x is missing.",
            _changed(lambda x, *rest: (0 * x, *rest)),
        ),
        Wrong(
            "a forget bias of 1",
            "1 is added to the forget gate, as some libraries do when they begin to train. The task has the bias it is given.",
            _changed(_with_forget_bias),
        ),
        Wrong(
            "bias twice",
            "The bias is added twice: PyTorch has two of them, the task has one.",
            _changed(lambda *arguments: (*arguments[:5], 2 * arguments[5])),
        ),
        Wrong(
            "no bias",
            "The bias is left out: without input and state the gates would all stand at one half.",
            _step_with(bias_used=False),
        ),
        Wrong(
            "one state twice",
            "Both results are the same. The hidden state is what the output gate shows, the cell is what is kept.",
            (lambda *arguments: 2 * _step_with()(*arguments)[:1], lambda *arguments: 2 * _step_with()(*arguments)[1:]),
        ),
        Wrong(
            "reshaped for transposed",
            "The weights of the state are reshaped to fit: that puts other numbers into the rows, and is right for a width of 1 "
            "only. Multiply with the transpose.",
            _step_with(turn=lambda weight: weight.reshape(weight.shape[::-1])),
        ),
        Wrong(
            "blocks not transposed",
            "The blocks of `weight_hidden` are multiplied as they stand: their rows belong to what comes out, and meet here what "
            "goes in. With a width of 1, or a state of zeros, that makes no difference.",
            _step_with(turn=lambda weight: np.concatenate(np.split(weight, 4), axis=1)),
        ),
        Wrong(
            "infinity over infinity",
            "The gates are right until z passes 709: there eᶻ is infinite, and eᶻ / (1 + eᶻ) is not a number. 1 / (1 + e⁻ᶻ) goes "
            "to 1.",
            _step_with(gate=lambda z: np.exp(z) / (1 + np.exp(z))),
        ),
        Wrong(
            "cell first",
            "The two results stand in the wrong order: the hidden state first, then the cell.",
            _step_with(swap=True),
        ),
    ),
    after="What it remembers hangs on the forget gate: at 0.73 a hundred frames leave 2 · 10⁻¹⁴ of the cell, at 0.993 half of it.",
    also_right=(_step_by_definition, _step_with()),
)
