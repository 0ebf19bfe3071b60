import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _context_by_definition(state, frames, *, w_state, w_frame, v):
    scores = []
    for frame in frames:
        score = 0.0
        for unit in range(len(v)):
            inside = math.fsum(w_state[unit][n] * state[n] for n in range(len(state)))
            inside += math.fsum(w_frame[unit][n] * frame[n] for n in range(len(frame)))
            score += v[unit] * math.tanh(inside)
        scores.append(score)
    shares = [math.exp(score - max(scores)) for score in scores]
    weights = np.array([share / math.fsum(shares) for share in shares])
    context = [math.fsum(w * frame[n] for w, frame in zip(weights, frames, strict=True)) for n in range(len(frames[0]))]
    return np.array(context), weights


def _decoder_steps() -> list[Case]:
    rng = np.random.default_rng(14)

    def random(n_state, n_frames, width, n_units, size=1.0):
        weights = {"w_state": rng.standard_normal((n_units, n_state)), "w_frame": rng.standard_normal((n_units, width))}
        arrays = rng.standard_normal(n_state), rng.standard_normal((n_frames, width))
        return arrays, weights | {"v": size * rng.standard_normal(n_units)}

    by_hand = np.array([1.0, 1.0]), np.array([[-2.0], [math.log(3) / 2 - 1], [-2]])
    given = {"w_state": np.array([[2.0, -1.0]]), "w_frame": np.array([[1.0]]), "v": np.array([0.0])}
    half = given | {"v": np.array([2 * math.log(2)])}
    some, weights = random(4, 7, 3, 5)
    many, big = random(3, 6, 4, 8, size=800)
    few, plain = random(2, 1, 5, 3)
    long, other = random(6, 40, 2, 4, size=3)
    pushed, low = random(2, 6, 3, 4)
    low["w_state"][0], low["w_frame"][0], low["v"][0] = 40 * np.sign(pushed[0]), 0, -5000  # this unit is 1 throughout
    return [
        case(
            *by_hand, **given, says="v is 0: the frames share alike", gives=(by_hand[1].mean(axis=0), np.full(3, 1 / 3))
        ),
        case(
            np.array([1.0, 1.0]),
            np.array([[-1.0], [math.log(3) / 2 - 1], [-1]]),
            **half,
            says="three frames whose scores are 0, ln 2 and 0",
            gives=(np.array([(math.log(3) / 2 - 1) / 2 - 1 / 2]), np.array([0.25, 0.5, 0.25])),
        ),
        case(*some, **weights, says="seven frames"),
        case(*many, **big, says="scores of some thousands"),
        case(*few, **plain, says="a single frame", gives=(few[1][0], np.ones(1))),
        case(*long, **other, says="forty frames"),
        case(0 * long[0], long[1], **other, says="a state of zeros"),
        case(*pushed, **low, says="scores near −5,000"),
        case(*many, **big | {"v": -big["v"]}, says="the scores of some thousands with the other sign"),
    ]


def additive_context(state, frames, *, w_state, w_frame, v):
    hidden = np.tanh(w_state @ state + frames @ w_frame.T)
    scores = hidden @ v
    powers = np.exp(scores - scores.max())
    weights = powers / powers.sum()
    return weights @ frames, weights


def _softmax(scores, axis=None):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)


def _context_with(inside=np.add, bend=np.tanh, share=_softmax, score=lambda hidden, v: hidden @ v):
    """``inside(of the state, of the frames)``, ``bend`` in the place of tanh, ``share`` in that of the softmax."""

    def attend(state, frames, *, w_state, w_frame, v):
        with np.errstate(all="ignore"):
            weights = share(score(bend(inside(w_state @ state, frames @ w_frame.T)), v))
            return weights @ frames, weights

    return attend


def _unstable(scores):
    return np.exp(scores) / np.exp(scores).sum()


def _less(scores, number):
    return np.exp(scores - number) / np.exp(scores - number).sum()


def _changed(change):
    """The right weights and the frames, and what is made of them."""
    return lambda state, frames, **weights: change(additive_context(state, frames, **weights)[1], frames)


def _of_projections(state, frames, *, w_state, w_frame, v):
    weights = additive_context(state, frames, w_state=w_state, w_frame=w_frame, v=v)[1]
    return weights @ (frames @ w_frame.T), weights


def _one_matrix(state, frames, *, w_state, w_frame, v):
    """State and frame side by side, and the matrices, too: Bahdanau's form with one product."""
    beside = np.hstack([np.tile(state, (len(frames), 1)), frames])
    scores = np.tanh(beside @ np.hstack([w_state, w_frame]).T) @ v
    weights = _softmax(scores)
    return (weights[:, np.newaxis] * frames).sum(axis=0), weights


def _without_last(state, frames, **weights):
    shares = additive_context(state, frames[:-1], **weights)[1] if len(frames) > 1 else np.ones(1)
    shares = np.append(shares, 0.0) if len(frames) > 1 else shares
    return shares @ frames, shares


def _best_alone(scores):
    return np.eye(len(scores))[scores.argmax()]


EXERCISE = Exercise(
    title="one look at the recording",
    stars=1,
    kind="implement",
    task=r"""
Before it writes a token, the speller of this lecture looks at the recording once. **Additive attention** compares its state $s$ with every frame $h_t$ through a small network, and returns a mean of the frames, the **context** $c$:

$$e_t = v^\top \tanh(W s + U h_t), \qquad a_t = \frac{e^{e_t}}{\sum_k e^{e_k}}, \qquad c = \sum_t a_t\, h_t$$

Write it. `state` is `(n,)`, `frames` is `(frames, width)`, `w_state` is $W$, `(units, n)`, `w_frame` is $U$, `(units, width)`, and `v` is `(units,)`. The result is a tuple: the context `(width,)` and the weights `(frames,)`. Scores of some thousands occur, of either sign.
""",
    form="State (n,), frames (frames, width); a tuple out: context (width,), weights (frames,).",
    answer="additive_context",
    spec=Function(cases=_decoder_steps, expected=_context_by_definition),
    reference=additive_context,
    hints=(
        "All frames at once: which product of matrices gives (frames, units)? What the state adds is the same for each frame.",
        "One score for each frame is one product more, with v. The softmax runs over the frames.",
        "`np.tanh(w_state @ state + frames @ w_frame.T) @ v` are the scores; subtract the largest before the exponential; "
        "the context is `weights @ frames`.",
    ),
    wrongs=(
        Wrong(
            "without the tanh",
            "The tanh is missing. What the state adds is then the same for every frame, and the softmax cancels it: the decoder "
            "looks at the same place whatever its state.",
            _context_with(bend=lambda x: x),
        ),
        Wrong(
            "another bend",
            "Between the two products stands another function than tanh: the formula asks for tanh, which runs from −1 to 1.",
            (
                _context_with(bend=lambda x: np.maximum(x, 0)),
                _context_with(bend=lambda x: 1 / (1 + np.exp(-x))),
                _context_with(bend=lambda x: 2 / (1 + np.exp(-x)) - 1),
            ),
        ),
        Wrong(
            "multiplied",
            "The projections of state and frame are multiplied: that is how dot-product attention compares them. Here they "
            "are added inside the tanh.",
            (
                _context_with(inside=np.multiply),
                _context_with(inside=np.multiply, bend=lambda x: x),
                _context_with(inside=np.multiply, bend=lambda x: x, score=lambda hidden, v: hidden.sum(axis=1)),
                _context_with(
                    inside=np.multiply,
                    bend=lambda x: x,
                    score=lambda hidden, v: hidden.sum(axis=1) / np.sqrt(hidden.shape[1]),
                ),
            ),
        ),
        Wrong(
            "state without effect",
            "The weights do not depend on the state: either it is left out, or it is added outside the tanh of the frames, where "
            "it is the same for each and the softmax cancels it. It belongs inside, beside each frame.",
            (
                _context_with(inside=lambda state, frames: frames),
                _context_with(inside=lambda state, frames: np.tanh(state) + np.tanh(frames), bend=lambda x: x),
            ),
        ),
        Wrong(
            "state subtracted",
            "The projected state is subtracted from the projected frame, or the other way round: the two are added.",
            (_context_with(inside=np.subtract), _context_with(inside=lambda state, frames: frames - state)),
        ),
        Wrong(
            "tanh around the score",
            "A tanh stands around the whole score, which then lies between −1 and 1: no frame can get much more than another.",
            (
                _context_with(bend=lambda x: x, score=lambda hidden, v: np.tanh(hidden @ v)),
                _context_with(score=lambda hidden, v: np.tanh(hidden @ v)),
            ),
        ),
        Wrong(
            "v left out",
            "The units are added up as they are: v says what each one counts, and with which sign.",
            (
                _context_with(score=lambda hidden, v: hidden.sum(axis=1)),
                _context_with(score=lambda hidden, v: hidden.mean(axis=1)),
            ),
        ),
        Wrong(
            "divided by a root",
            "The scores are divided by the root of the number of units. That belongs to dot-product attention; v is learned, "
            "and sets its own scale.",
            _context_with(score=lambda hidden, v: hidden @ v / np.sqrt(len(v))),
        ),
        Wrong(
            "no softmax",
            "The weights do not come from a softmax: exponentials, each divided by the sum of all.",
            (
                _context_with(share=lambda scores: scores),
                _context_with(share=lambda scores: scores / scores.sum()),
                _context_with(share=np.exp),
                _context_with(share=lambda scores: np.exp(scores - scores.max())),
                _context_with(share=lambda scores: 1 / (1 + np.exp(-scores))),
            ),
        ),
        Wrong(
            "overflow",
            "It is right for small scores. For scores of some thousands the exponential is infinite, or 0 where they are negative: "
            "subtract the largest score first, which changes no weight.",
            (
                _context_with(share=_unstable),
                _context_with(share=lambda scores: np.nan_to_num(_unstable(scores))),
            ),
        ),
        Wrong(
            "not the largest score",
            "What is subtracted is not the largest score itself, with its sign: among scores of some thousands the exponentials then "
            "become infinite, or all of them 0.",
            tuple(
                _context_with(share=lambda scores, shift=shift, mend=mend: mend(_less(scores, shift(scores))))
                for mend in (lambda weights: weights, np.nan_to_num)
                for shift in (
                    lambda scores: np.abs(scores).max(),
                    lambda scores: max(scores.max(), 0),
                    lambda scores: scores[np.abs(scores).argmax()],
                    np.mean,
                    np.min,
                    lambda scores: scores[0],
                )
            ),
        ),
        Wrong(
            "clipped scores",
            "The scores are clipped before the exponential, so that all that lies beyond the bound looks alike.",
            tuple(
                _context_with(share=lambda scores, most=most: _softmax(np.clip(scores, -most, most)))
                for most in (50, 88, 100, 500, 700)
            ),
        ),
        Wrong(
            "the best frame alone",
            "The frame with the highest score takes all: the softmax leaves a share to the others, and a gradient with it.",
            _context_with(share=_best_alone),
        ),
        Wrong(
            "context of the projections",
            "The weights are right. The context is made of U h: it should be a mean of the frames themselves.",
            _of_projections,
        ),
        Wrong(
            "frames not weighted",
            "The weights are right, and the context does not use them: every frame counts alike in it.",
            (
                _changed(lambda weights, frames: (frames.mean(axis=0), weights)),
                _changed(lambda weights, frames: (frames.sum(axis=0), weights)),
            ),
        ),
        Wrong(
            "divided once more",
            "The weights are right. The context is divided by the number of frames as well: the weights add up to 1 already.",
            _changed(lambda weights, frames: ((weights[:, np.newaxis] * frames).mean(axis=0), weights)),
        ),
        Wrong(
            "the best frame as context",
            "The weights are right. The context is the frame with the largest weight, and not the mean that they make of all.",
            _changed(lambda weights, frames: (frames[weights.argmax()], weights)),
        ),
        Wrong(
            "exchanged",
            "The two results are exchanged: first the context, then the weights.",
            _changed(lambda weights, frames: (weights, weights @ frames)),
        ),
        Wrong(
            "last frame left out",
            "The last frame gets no weight: range(n − 1) ends at n − 2, and the frames are those from 0 to n − 1.",
            _without_last,
        ),
    ),
    after="The tanh is what lets the state choose among frames, since without it the state would add the same number to every score "
    "and the softmax would take it out again.",
    also_right=(_context_by_definition, _one_matrix),
)
