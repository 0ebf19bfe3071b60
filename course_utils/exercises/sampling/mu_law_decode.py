import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _quietly


def _expanded_by_search(codes, *, mu=255):
    """By halving: which sample does the curve send to the level of a code?"""

    def one(code):
        y, low, high = 2 * float(code) / mu - 1, 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            is_below = math.log(1 + mu * middle) / math.log(1 + mu) < abs(y)
            low, high = (middle, high) if is_below else (low, middle)
        return math.copysign(low, y)

    return np.vectorize(one, otypes=[float])(codes)


def _codes_to_expand() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([0, 255]), says="both ends", gives=[-1, 1]),
        case(np.array([8, 6, 4, 2, 0]), mu=8, says="nine levels", gives=[1, 0.25, 0, -0.25, -1]),
        case(np.array([18, 6, 24]), mu=24, says="25 levels", gives=[1 / 6, -1 / 6, 1]),
        case(np.array([127, 128]), says="the two codes next to silence"),
        case(rng.integers(0, 256, (2, 3, 40)), says="a batch of two by three signals"),
        case(np.arange(256, dtype=np.uint8), says="all codes, as bytes"),
        case(np.arange(16), mu=15, says="4 bits"),
        case(rng.integers(0, 64, (1, 30)), mu=63, says="a batch of one, with 6 bits"),
    ]


def _level(codes, mu):
    return np.asarray(codes, float) / mu * 2 - 1


def _power(y, mu):
    return np.sign(y) * ((1 + mu) ** np.abs(y) - 1) / mu


def _expand_with(level, expand):
    """Another level of a code, or another way back from it."""

    def decode(codes, *, mu=255):
        return _quietly(lambda: expand(level(codes, mu), mu))

    return decode


def _in_bytes(codes, *, mu=255):
    """All in the type of the codes, as numpy does it unasked."""
    codes = np.asarray(codes)
    twice = codes * codes.dtype.type(2)
    return _power(twice / mu - 1, mu)


EXERCISE = Exercise(
    title="the other end of the telephone",
    stars=2,
    kind="implement",
    task=r"""
The sender compresses each sample $x$ with the lecture's curve and rounds the result to one of $\mu + 1$ levels, numbered from 0 to $\mu$:

$$y = \operatorname{sgn}(x)\,\frac{\ln(1 + \mu |x|)}{\ln(1 + \mu)}, \qquad \text{code} = \left\lfloor \frac{y + 1}{2}\,\mu + \frac12 \right\rfloor$$

You are the receiver, and the way back is not written down anywhere. **Which $y$ does a code stand for, and which $x$ has that $y$?** Rounding cannot be undone, so take the level itself: code 0 is −1, code $\mu$ is +1.

Codes are integers of any type, bytes (`uint8`) included, in any shape `(…, time)`; the samples come out as floats of the same shape within ±1. $\mu$ is 255 unless said otherwise; smaller ones occur, too.
""",
    form="Integers (…, time) from 0 to mu in, samples within ±1 out.",
    answer="mu_law_decode",
    spec=Function(cases=_codes_to_expand, expected=_expanded_by_search),
    reference=package.mu_law_decode,
    hints=(
        "Go backwards, one step at a time: the sender's last step is the receiver's first. What are the y of the codes 0, μ/2 and μ?",
        "Without the rounding, code = (y + 1)/2 · μ. Then |y| ln(1 + μ) = ln(1 + μ |x|): how does one get out of a logarithm?",
        "y = 2 code / μ − 1. The magnitude of x is ((1 + μ) to the power |y|, minus 1) over μ, and x has the sign of y. "
        "Divide before you double: twice a byte may not fit into a byte.",
    ),
    wrongs=(
        Wrong(
            "not expanded",
            "That is y, the compressed sample. Quiet samples come out far too loud: the logarithm is still in them.",
            lambda codes, *, mu=255: _level(codes, mu),
        ),
        Wrong(
            "sign lost",
            "No sample is negative: the magnitude of y was expanded, and its sign was not put back.",
            _expand_with(_level, lambda y, mu: np.abs(_power(y, mu))),
        ),
        Wrong(
            "power of a negative number",
            "Positive samples are right and negative ones are far too small: the curve is odd, so expand the magnitude of y and give the result its sign.",
            _expand_with(_level, lambda y, mu: ((1 + mu) ** y - 1) / mu),
        ),
        Wrong(
            "bytes that wrap",
            "It is right for other integers and wrong for bytes: twice a `uint8` above 127 does not fit into a `uint8`, and wraps round. Divide first, or convert to float.",
            _in_bytes,
        ),
        Wrong(
            "μ + 1 steps",
            "Code μ does not give +1: between μ + 1 levels there are μ steps, so it is divided by μ.",
            _expand_with(lambda codes, mu: np.asarray(codes, float) / (mu + 1) * 2 - 1, _power),
        ),
        Wrong(
            "middle of an interval",
            "The ends do not come out as ±1: this cuts the range into μ + 1 intervals and takes their middles. The sender rounds to levels, the first on −1 and the last on +1.",
            _expand_with(lambda codes, mu: (2 * np.asarray(codes, float) + 1) / (mu + 1) - 1, _power),
        ),
        Wrong(
            "codes from 0 to 1",
            "The codes were brought to 0 … 1, or to 0 … 2. Code 0 stands for y = −1.",
            (
                _expand_with(lambda codes, mu: np.asarray(codes, float) / mu, _power),
                _expand_with(lambda codes, mu: np.asarray(codes, float) / mu * 2, _power),
            ),
        ),
        Wrong(
            "compressed again",
            "Quiet samples come out louder still: this compresses y once more. The inverse of a logarithm is a power.",
            _expand_with(_level, lambda y, mu: np.sign(y) * np.log1p(mu * np.abs(y)) / np.log1p(mu)),
        ),
        Wrong(
            "power of e",
            "The base is wrong: |y| was multiplied by ln(1 + μ) neither in the exponent nor by taking 1 + μ for the base.",
            (
                _expand_with(_level, lambda y, mu: np.sign(y) * np.expm1(np.abs(y)) / mu),
                _expand_with(_level, lambda y, mu: np.sign(y) * np.expm1(np.abs(y)) / np.expm1(1)),
            ),
        ),
        Wrong(
            "power of μ",
            "The base is 1 + μ: the sender divides by the logarithm of 1 + μ.",
            (
                _expand_with(_level, lambda y, mu: np.sign(y) * (float(mu) ** np.abs(y) - 1) / mu),
                _expand_with(_level, lambda y, mu: np.sign(y) * (float(mu) ** np.abs(y) - 1) / (mu - 1)),
            ),
        ),
        Wrong(
            "1 not subtracted",
            "Silence does not come out as silence: 1 + μ |x| is the power, so subtract the 1 before dividing by μ.",
            (
                _expand_with(_level, lambda y, mu: np.sign(y) * (1.0 + mu) ** np.abs(y) / mu),
                _expand_with(_level, lambda y, mu: np.sign(y) * (1.0 + mu) ** np.abs(y) / (1 + mu)),
                _expand_with(_level, lambda y, mu: np.sign(y) * (1.0 + mu) ** (np.abs(y) - 1)),
            ),
        ),
        Wrong(
            "divided by 1 + μ",
            "Code μ gives a little less than +1: the sender multiplies |x| by μ, so divide by μ.",
            _expand_with(_level, lambda y, mu: np.sign(y) * ((1.0 + mu) ** np.abs(y) - 1) / (1 + mu)),
        ),
        Wrong(
            "not divided by μ",
            "Samples go up to μ, far beyond ±1: inside the logarithm |x| was multiplied by μ.",
            _expand_with(_level, lambda y, mu: np.sign(y) * ((1.0 + mu) ** np.abs(y) - 1)),
        ),
        Wrong(
            "mu fixed",
            "It is right for 8 bits and not for fewer: 255 or 256 is written somewhere in place of mu.",
            (
                lambda codes, *, mu=255: _power(_level(codes, 255), 255),
                lambda codes, *, mu=255: _power(_level(codes, mu), 255),
                lambda codes, *, mu=255: _power(_level(codes, 255), mu),
            ),
        ),
        Wrong(
            "whole numbers divided",
            "Only the ends survive: `//` cuts the digits off, and nearly every code divided by μ becomes 0.",
            _expand_with(lambda codes, mu: np.asarray(codes, int) // mu * 2.0 - 1, _power),
        ),
        Wrong(
            "turned round",
            "The scale is turned round: code 0 is −1 and code μ is +1.",
            lambda codes, *, mu=255: -_power(_level(codes, mu), mu),
        ),
        Wrong(
            "another curve",
            "The curve was taken for a power of y, as in a square. It is a logarithm, so the way back is a power with y in the exponent.",
            (
                _expand_with(_level, lambda y, mu: np.sign(y) * y**2),
                _expand_with(_level, lambda y, mu: y**3),
            ),
        ),
    ),
    after="Encode your samples again and the same codes come out, so a call may pass from exchange to exchange and lose nothing after the first.",
    also_right=(
        lambda codes, *, mu=255: np.sign(_level(codes, mu)) * np.expm1(np.abs(_level(codes, mu)) * np.log1p(mu)) / mu,
        lambda codes, *, mu=255: _expanded_by_search(np.arange(mu + 1), mu=mu)[np.asarray(codes)],
    ),
)
