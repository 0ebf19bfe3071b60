import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _quietly


def _mu_law_by_definition(signal, *, mu=255):
    def code(x):
        size = math.log(1 + mu * abs(x)) / math.log(1 + mu)
        return math.floor((math.copysign(size, x) + 1) / 2 * mu + 0.5)

    return np.vectorize(code, otypes=[np.int64])(signal)


def _sounds_to_compress() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([0.0, 1, -1]), says="silence and both ends", gives=[128, 255, 0]),
        case(np.array([3 / 255, -3 / 255]), says="a quiet sample and its negative", gives=[159, 96]),
        case(np.array([0.5, -0.5, 0.01, -0.01]), says="half of full scale, and a hundredth"),
        case(rng.uniform(-1, 1, (2, 3, 40)), says="a batch of two by three signals"),
        case(0.01 * rng.standard_normal(50), says="a quiet signal"),
        case(np.array([0.0, 1, -1, 1 / 5]), mu=15, says="4 bits", gives=[8, 15, 0, 11]),
        case(rng.uniform(-1, 1, 60), mu=63, says="6 bits"),
        case(rng.uniform(-1, 1, (1, 30)).astype(np.float32), says="a batch of one, in float32"),
    ]


def _mu_law_with(compress, place):
    """Another curve, or another way from it to codes."""

    def encode(signal, *, mu=255):
        return _quietly(lambda: place(compress(np.asarray(signal, float), mu), mu).astype(int))

    return encode


def _curve(x, mu):
    return np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)


def _levels(y, mu):
    return np.floor((y + 1) / 2 * mu + 0.5)


def _mu_law_by_search(signal, *, mu=255):
    """The nearest of the μ + 1 compressed levels."""
    levels = np.arange(mu + 1) / mu * 2 - 1
    return np.array(
        [len(levels) - 1 - np.abs(levels[::-1] - y).argmin() for y in np.ravel(_curve(signal, mu))]
    ).reshape(np.shape(signal))


def _a_law(x, mu, a=87.6):
    size = np.abs(x)
    return np.sign(x) * np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))


EXERCISE = Exercise(
    title="eight bits for a telephone",
    stars=2,
    kind="implement",
    task=r"""
Compress with the logarithm, then place the result on $\mu + 1$ levels, numbered from 0 to $\mu$:

$$y = \operatorname{sgn}(x)\,\frac{\ln(1 + \mu |x|)}{\ln(1 + \mu)}, \qquad \text{code} = \left\lfloor \frac{y + 1}{2}\,\mu + \frac12 \right\rfloor$$

Signals are `(…, time)` within ±1, and the codes come out as **integers** of the same shape, of an integer type (128 and not 128.0): −1 gives 0, +1 gives $\mu$, and silence, which lies half way between two levels, the upper of the two. $\mu$ is 255 unless said otherwise; 63 and 15 occur, too.
""",
    form="Signals (…, time) within ±1 in, integers from 0 to mu out.",
    answer="mu_law_encode",
    spec=Function(cases=_sounds_to_compress, expected=_mu_law_by_definition, integers=True),
    reference=package.mu_law_encode,
    hints=(
        "What must +1, 0 and −1 give? Check these three before anything else.",
        "The logarithm sees the magnitude only; the sign comes back by a factor. What is np.sign of 0?",
        "y runs from −1 to 1. Add 1, halve, multiply by mu, add a half, and cut off the digits after the point.",
    ),
    wrongs=(
        Wrong(
            "no logarithm",
            "The steps are all alike: that is linear quantisation to 8 bits. Compress before you round.",
            _mu_law_with(lambda x, mu: x, _levels),
        ),
        Wrong(
            "sign lost",
            "Positive and negative samples get the same code: the magnitude went into the logarithm, and the sign "
            "was not put back.",
            _mu_law_with(lambda x, mu: np.abs(_curve(x, mu)), _levels),
        ),
        Wrong(
            "centred on 0",
            "Silence gives about 0: the codes are centred on it, from −μ/2 to μ/2. Here they begin at 0, for y = −1.",
            (
                _mu_law_with(_curve, lambda y, mu: np.floor(y / 2 * mu + 0.5)),
                _mu_law_with(_curve, lambda y, mu: _levels(y, mu) - (mu + 1) // 2),
            ),
        ),
        Wrong(
            "librosa's codes",
            "These are the codes of `librosa.mu_compress`: they run from −128 to 127, and they cut the curve into "
            "intervals where the task rounds to levels.",
            _mu_law_with(_curve, lambda y, mu: np.digitize(y, np.linspace(-1, 1, 1 + mu), right=True) - (mu + 1) // 2),
        ),
        Wrong(
            "256 intervals",
            "Some codes above silence are one too high, some below it one too low: this cuts −1 … 1 into μ + 1 intervals. "
            "The task has μ + 1 levels, the first on −1 and the last on +1.",
            (
                _mu_law_with(_curve, lambda y, mu: np.minimum(np.floor((y + 1) / 2 * (mu + 1)), mu)),
                _mu_law_with(_curve, lambda y, mu: np.floor((y + 1) / 2 * (mu + 1))),
            ),
        ),
        Wrong(
            "a step too many",
            "Some codes are one too high: y + 1 is scaled to μ + 1 steps, 256 for 8 bits, and from the first of μ + 1 levels to the last there are μ.",
            (
                _mu_law_with(_curve, lambda y, mu: np.clip(np.round((y + 1) * 128), 0, mu)),
                _mu_law_with(_curve, lambda y, mu: np.clip(np.round((y + 1) / 2 * (mu + 1)), 0, mu)),
            ),
        ),
        Wrong(
            "rounded up",
            "About half of the codes are one too high: whatever lies between two levels goes to the upper one, as in "
            "`librosa.mu_compress`, and the nearer one is asked.",
            _mu_law_with(_curve, lambda y, mu: np.digitize(y, np.linspace(-1, 1, 1 + mu), right=True)),
        ),
        Wrong(
            "compressed only",
            "That is the compressed signal y, within ±1. Its place on the levels from 0 to μ is still to be found.",
            lambda signal, *, mu=255: _curve(np.asarray(signal, float), mu),
        ),
        Wrong(
            "cut off",
            "About half of the codes are one too low: the digits are cut off without adding ½ before, so nothing is "
            "rounded upwards.",
            _mu_law_with(_curve, lambda y, mu: np.floor((y + 1) / 2 * mu)),
        ),
        Wrong(
            "μ + 1 steps",
            "Full scale gives μ + 1, a code too many for the bits: between μ + 1 levels there are μ steps.",
            _mu_law_with(_curve, lambda y, mu: np.round((y + 1) / 2 * (mu + 1))),
        ),
        Wrong(
            "not cut off",
            "The codes have digits after the point: the ½ is added, and the floor after it is missing.",
            lambda signal, *, mu=255: (_curve(np.asarray(signal, float), mu) + 1) / 2 * mu + 0.5,
        ),
        Wrong(
            "not rounded",
            "The codes have digits after the point: only whole numbers can be sent in 8 bits.",
            lambda signal, *, mu=255: (_curve(np.asarray(signal, float), mu) + 1) / 2 * mu,
        ),
        Wrong(
            "logarithm of a negative number",
            "Negative samples come out as nonsense: 1 + μ x falls below zero for them, and has no logarithm. "
            "Only the magnitude goes into the logarithm.",
            _mu_law_with(lambda x, mu: np.log(1 + mu * x) / np.log(1 + mu), _levels),
        ),
        Wrong(
            "int8",
            "Codes above 127 come out negative: int8 ends at 127. Use uint8 or int.",
            lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), mu), mu).astype(int).astype(np.int8),
        ),
        Wrong(
            "mu fixed",
            "It is right for 8 bits and not for fewer: 255 is written somewhere in place of mu.",
            (
                lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), 255), 255).astype(int),
                lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), mu), 255).astype(int),
                lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), 255), mu).astype(int),
            ),
        ),
        Wrong(
            "ln μ below",
            "Full scale must give exactly 1 after compression: the divisor is the logarithm of 1 + μ, not of μ.",
            _mu_law_with(lambda x, mu: np.sign(x) * np.log1p(mu * np.abs(x)) / np.log(mu), _levels),
        ),
        Wrong(
            "floats",
            "The values are right, and they are floats: `np.floor` and `np.round` return those. Convert, or nobody can send them in 8 bits.",
            lambda signal, *, mu=255: _levels(_curve(np.asarray(signal, float), mu), mu),
        ),
        Wrong(
            "two logarithms",
            "Above and below the line stand logarithms to different bases: both natural, or both of any other base.",
            tuple(_mu_law_with(lambda x, mu, base=base: _curve(x, mu) / np.log(base), _levels) for base in (2, 10)),
        ),
        Wrong(
            "1 left out",
            "The logarithm of μ |x| falls below zero for quiet samples, and silence has none: it is 1 + μ |x|.",
            _mu_law_with(
                lambda x, mu: np.sign(x) * np.clip(np.log(mu * np.abs(x) + 1e-12) / np.log1p(mu), -1, 1), _levels
            ),
        ),
        Wrong(
            "same steps up and down",
            "Silence gets a level of its own, and the steps are (μ − 1)/2 a side: here 0 lies half way between two of μ + 1 levels.",
            _mu_law_with(_curve, lambda y, mu: np.round(y * (mu // 2)) + mu // 2 + 1),
        ),
        Wrong(
            "turned round",
            "The scale is turned round: −1 gives 0 and +1 gives μ.",
            (
                _mu_law_with(lambda x, mu: -_curve(x, mu), _levels),
                lambda signal, *, mu=255: mu - _mu_law_by_definition(signal, mu=mu),
            ),
        ),
        Wrong(
            "normalised first",
            "The signal is scaled to a peak of 1 first, so a quiet sound loses its level: the samples come as they are.",
            lambda signal, *, mu=255: _mu_law_by_definition(np.asarray(signal) / (np.abs(signal).max() or 1), mu=mu),
        ),
        Wrong(
            "another curve",
            "The curve is another one, a root or that of A-law: compress with the logarithm of 1 + μ |x|.",
            (_mu_law_with(lambda x, mu: np.sign(x) * np.sqrt(np.abs(x)), _levels), _mu_law_with(_a_law, _levels)),
        ),
        Wrong(
            "half subtracted",
            "All codes are one too low: ½ is subtracted before the digits are cut off, and it has to be added.",
            _mu_law_with(_curve, lambda y, mu: np.floor((y + 1) / 2 * mu - 0.5)),
        ),
        Wrong(
            "not divided by ln(1 + μ)",
            "Full scale is far above 1 after compression: divide by the logarithm of 1 + μ.",
            _mu_law_with(lambda x, mu: np.sign(x) * np.log1p(mu * np.abs(x)), _levels),
        ),
        Wrong(
            "divided by μ",
            "Full scale is far below 1 after compression: divide by the logarithm of 1 + μ, not by μ.",
            _mu_law_with(lambda x, mu: np.sign(x) * np.log1p(mu * np.abs(x)) / mu, _levels),
        ),
    ),
    after="Decoded again, a sentence 40 dB below full scale stands 36 dB above its error; 8 bits without the logarithm leave it 14 dB.",
    also_right=(
        _mu_law_by_search,
        lambda signal, *, mu=255: np.round((_curve(np.asarray(signal, float), mu) + 1) / 2 * mu).astype(np.uint8),
    ),
)
