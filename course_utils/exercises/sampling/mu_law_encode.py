import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _quietly


def _nearest_by_definition(signal, *, mu=255):
    """For each sample, the code whose sample is nearest; of two that are equally near, the upper."""

    def received(code):
        y = 2 * code / mu - 1
        return math.copysign(((1 + mu) ** abs(y) - 1) / mu, y)

    samples = [received(code) for code in range(mu + 1)]
    return np.vectorize(
        lambda x: max(range(mu + 1), key=lambda code: (-abs(samples[code] - x), code)), otypes=[np.int64]
    )(np.asarray(signal, float))


def _sounds_to_compress() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([0.0, 1, -1]), says="silence and both ends", gives=[128, 255, 0]),
        case(np.array([0.55, 0.65, -0.55, -0.65, 0]), mu=3, says="2 bits", gives=[2, 3, 1, 0, 2]),
        case(np.array([0.6, 0.75, 0.1, 0.165]), mu=8, says="nine levels", gives=[7, 7, 5, 5]),
        case(rng.uniform(-1, 1, (2, 3, 40)), says="a batch of two by three signals"),
        case(0.01 * rng.standard_normal(50), says="a quiet signal"),
        case(np.linspace(-1, 1, 200), mu=15, says="4 bits"),
        case(rng.uniform(-1, 1, 60), mu=63, says="6 bits"),
        case(rng.uniform(-1, 1, (1, 30)).astype(np.float32), says="a batch of one, in float32"),
        case(
            np.array([-0.5, 0.5, -0.51, 0.49, 0]),
            mu=2,
            says="three levels, two samples half way between them",
            gives=[1, 2, 0, 1, 1],
        ),
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


def nearest_code(signal, *, mu=255):
    received = package.mu_law_decode(np.arange(mu + 1), mu=mu)  # in rising order
    middles = (received[:-1] + received[1:]) / 2  # from here on, the upper of two is nearer
    return np.searchsorted(middles, signal, side="right")


def _nearest_of_all(signal, *, mu=255):
    """All distances at once, the upper codes first."""
    received = package.mu_law_decode(np.arange(mu + 1), mu=mu)[::-1]
    return mu - np.abs(np.asarray(signal, float)[..., np.newaxis] - received).argmin(axis=-1)


def _rounded_then_mended(signal, *, mu=255):
    """The lecture's code, or a neighbour of it that errs less."""
    code = _levels(_curve(np.asarray(signal, float), mu), mu).astype(int)
    tried = np.clip(np.stack([code + 1, code, code - 1]), 0, mu)
    errors = np.abs(package.mu_law_decode(tried, mu=mu) - signal)
    return np.take_along_axis(tried, errors.argmin(axis=0)[np.newaxis], axis=0)[0]


def _received(mu):
    return package.mu_law_decode(np.arange(mu + 1), mu=mu)


def _received_by_powers(mu, n_steps):
    y = 2 * np.arange(mu + 1) / n_steps - 1
    return np.sign(y) * ((1.0 + mu) ** np.abs(y) - 1) / mu


def _one_neighbour(signal, mu, step, is_better):
    code = _levels(_curve(np.asarray(signal, float), mu), mu).astype(int)
    other = np.clip(code + step, 0, mu)
    error, other_error = (np.abs(package.mu_law_decode(c, mu=mu) - signal) for c in (code, other))
    return np.where(is_better(other_error, error), other, code)


def _middles(mu):
    return (_received(mu)[:-1] + _received(mu)[1:]) / 2


def _a_law(x, mu, a=87.6):
    size = np.abs(x)
    return np.sign(x) * np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))


def _mirrored(signal, *, mu=255):
    up = np.searchsorted(_middles(mu), np.abs(signal), side="right")
    return np.where(np.asarray(signal) < 0, mu - up, up)


EXERCISE = Exercise(
    title="the sender that errs least",
    stars=2,
    kind="implement",
    task=r"""
The lecture's sender rounds *after* compressing: it takes the level that is nearest to $y$. The receiver makes of each code, 0 to $\mu$, the sample

$$x = \operatorname{sgn}(y)\,\frac{(1 + \mu)^{|y|} - 1}{\mu}, \qquad y = 2\,\frac{\text{code}}{\mu} - 1$$

which is `cu.sampling.mu_law_decode`. Nearest on the curve is not always nearest in what is heard: with $\mu = 3$, a sample of 0.55 is sent as code 3 and comes out as 1, where code 2 would give 0.2. **Write a sender whose error after decoding is as small as it can be.**

Signals are `(…, time)` within ±1, and the codes come out as **integers** of the same shape. With an odd $\mu$ silence lies half way between two samples of the receiver: take the upper code, and so wherever two are equally near. $\mu$ is 255 unless said otherwise; smaller ones occur, too.
""",
    form="Signals (…, time) within ±1 in, integers from 0 to mu out.",
    answer="nearest_code",
    spec=Function(cases=_sounds_to_compress, expected=_nearest_by_definition, integers=True),
    reference=nearest_code,
    hints=(
        "How many different samples can the receiver make at all? Make them all, once.",
        "Between two neighbours among these, where does the nearer one change? The curve is not needed any more.",
        "np.searchsorted finds between which two of the middles a sample lies. Which `side` sends silence to the upper code?",
    ),
    wrongs=(
        Wrong(
            "nearest on the curve",
            "That is the lecture's sender: it rounds y. The middle between two levels of y is not the middle between the two samples that they stand for, so some codes are one too far out.",
            (
                _mu_law_with(_curve, _levels),
                lambda signal, *, mu=255: package.mu_law_encode(signal, mu=mu),
                _mu_law_with(_curve, lambda y, mu: np.round((y + 1) / 2 * mu)),
            ),
        ),
        Wrong(
            "lower of two",
            "Where two codes are equally near the lower one is taken, and silence becomes 127 instead of 128: `argmin` gives the first, `searchsorted` by default the left.",
            (
                lambda signal, *, mu=255: np.searchsorted(_middles(mu), np.asarray(signal, float)),
                lambda signal, *, mu=255: np.abs(np.asarray(signal, float)[..., np.newaxis] - _received(mu)).argmin(
                    axis=-1
                ),
                lambda signal, *, mu=255: np.abs(
                    np.asarray(signal, float)[..., np.newaxis] - _received_by_powers(mu, mu)
                ).argmin(axis=-1),
            ),
        ),
        Wrong(
            "one neighbour tried",
            "The rounded code is compared with one of its two neighbours only. For positive samples the better one may lie below, "
            "for negative ones above.",
            tuple(
                lambda signal, *, mu=255, step=step, is_better=is_better: _one_neighbour(signal, mu, step, is_better)
                for step in (-1, 1)
                for is_better in (np.less, np.less_equal)
            ),
        ),
        Wrong(
            "μ + 1 steps",
            "The codes stand for other samples, those of y = 2 · code / (μ + 1) − 1: then the last is not +1. Between μ + 1 codes "
            "there are μ steps.",
            lambda signal, *, mu=255: np.searchsorted(
                (_received_by_powers(mu, mu + 1)[1:] + _received_by_powers(mu, mu + 1)[:-1]) / 2,
                np.asarray(signal, float),
                side="right",
            ),
        ),
        Wrong(
            "next above",
            "This takes the first sample of the receiver that is not below: about half of the codes are one too high. The nearer of the two neighbours is asked.",
            lambda signal, *, mu=255: np.searchsorted(_received(mu), np.asarray(signal, float)),
        ),
        Wrong(
            "next below",
            "This takes the last sample of the receiver that is not above: about half of the codes are one too low. The nearer of the two neighbours is asked.",
            lambda signal, *, mu=255: np.searchsorted(_received(mu), np.asarray(signal, float), side="right") - 1,
        ),
        Wrong(
            "no logarithm",
            "The steps are all alike: that is linear quantisation. Compress before you round.",
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
                lambda signal, *, mu=255: _nearest_of_all(signal, mu=mu) - (mu + 1) // 2,
            ),
        ),
        Wrong(
            "mu fixed",
            "It is right for 8 bits and not for fewer: a number that belongs to 8 bits is written somewhere in place of mu.",
            lambda signal, *, mu=255: _nearest_of_all(signal, mu=255),
        ),
        Wrong(
            "floats",
            "The values are right, and they are floats. Convert, or nobody can send them in 8 bits.",
            lambda signal, *, mu=255: _nearest_of_all(signal, mu=mu).astype(float),
        ),
        Wrong(
            "int8",
            "Codes above 127 come out negative: int8 ends at 127. Use uint8 or int.",
            lambda signal, *, mu=255: _nearest_of_all(signal, mu=mu).astype(np.int8),
        ),
        Wrong(
            "turned round",
            "The scale is turned round: −1 gives 0 and +1 gives μ.",
            lambda signal, *, mu=255: mu - _nearest_of_all(signal, mu=mu),
        ),
        Wrong(
            "logarithm of a negative number",
            "Negative samples come out as nonsense: 1 + μ x falls below zero for all but the faintest, and has no logarithm. "
            "Only the magnitude goes into the logarithm.",
            _mu_law_with(lambda x, mu: np.log(1 + mu * x) / np.log(1 + mu), _levels),
        ),
        Wrong(
            "mirrored",
            "It encodes the magnitude and turns the code round for negative samples: of two codes that are equally near, "
            "it then takes the lower one below 0, where the upper one is asked.",
            _mirrored,
        ),
        Wrong(
            "highest code missing",
            "The highest code, mu, never comes out: range(mu) ends at mu − 1, and the codes are those from 0 to mu.",
            lambda signal, *, mu=255: np.minimum(nearest_code(signal, mu=mu), mu - 1),
        ),
    ),
    after="With 2 bits this gains 0.5 dB on a full-scale sine and with 8 bits about 0.002 dB, so there the lecture's rounding on the curve is good enough.",
    also_right=(_nearest_of_all, _rounded_then_mended),
)
