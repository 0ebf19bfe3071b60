import functools
import math

import numpy as np
import scipy.fft

from ...practice.model import Case, Exercise, Function, Wrong, case


def _coefficients_by_definition(log_mel, *, n_mfcc, n_lifter):
    log_mel = np.asarray(log_mel)
    n_mels = log_mel.shape[-2]
    found = np.zeros((*log_mel.shape[:-2], n_mfcc, log_mel.shape[-1]))
    for k in range(n_mfcc):
        raised = 1 + n_lifter / 2 * math.sin(math.pi * k / n_lifter) if n_lifter else 1
        scale = math.sqrt((1 if k == 0 else 2) / n_mels) * raised
        for m in range(n_mels):
            found[..., k, :] += scale * math.cos(math.pi * k * (m + 0.5) / n_mels) * log_mel[..., m, :]
    return found


def _levels() -> list[Case]:
    rng = np.random.default_rng(13)

    def levels(*shape):
        return 15 * rng.standard_normal(shape) - 40

    flat, edge = np.full((4, 1), 3.0), np.array([[1.0], [-1.0]])
    return [
        case(flat, n_mfcc=3, n_lifter=0, says="four bands at 3 dB, no lifter", gives=[[6], [0], [0]]),
        case(edge, n_mfcc=2, n_lifter=0, says="two bands at 1 and -1 dB, no lifter", gives=[[0], [math.sqrt(2)]]),
        case(edge, n_mfcc=2, n_lifter=2, says="the same with Q = 2", gives=[[0], [2 * math.sqrt(2)]]),
        case(levels(40, 7), n_mfcc=13, n_lifter=22, says="40 bands, 13 coefficients, Q = 22"),
        case(levels(12, 12), n_mfcc=12, n_lifter=0, says="as many frames as bands, all kept, no lifter"),
        case(levels(12, 12), n_mfcc=8, n_lifter=15, says="as many frames as bands, Q = 15"),
        case(levels(2, 3, 26, 5), n_mfcc=13, n_lifter=22, says="a batch of two by three spectrograms"),
        case(levels(20, 4), n_mfcc=1, n_lifter=22, says="one coefficient"),
        case(levels(26, 3), n_mfcc=20, n_lifter=12, says="more coefficients than Q, which is 12"),
        case(levels(1, 9, 4), n_mfcc=5, n_lifter=0, says="a batch of one spectrogram, no lifter"),
        case(np.array([[-3.0]]), n_mfcc=1, n_lifter=22, says="one band and one frame", gives=[[-3]]),
        case(1e-6 * levels(8, 3), n_mfcc=5, n_lifter=10, says="levels of some 10⁻⁵"),
    ]


def mfcc_from_log_mel(log_mel, *, n_mfcc, n_lifter):
    n_mels = log_mel.shape[-2]
    k, m = np.arange(n_mfcc)[:, np.newaxis], np.arange(n_mels)
    rows = np.sqrt(2 / n_mels) * np.cos(np.pi * k * (m + 0.5) / n_mels)
    rows[0] /= np.sqrt(2)
    if n_lifter:
        rows *= 1 + n_lifter / 2 * np.sin(np.pi * k / n_lifter)
    return rows @ log_mel  # the leading axes stay


def _raised(coefficients, n_lifter, first=0):
    k = np.arange(first, first + coefficients.shape[-2])[:, np.newaxis]
    return coefficients * (1 + n_lifter / 2 * np.sin(np.pi * k / n_lifter)) if n_lifter else coefficients


def _with_scipy(log_mel, *, n_mfcc, n_lifter, axis=-2, norm="ortho"):
    return _raised(scipy.fft.dct(log_mel, axis=axis, norm=norm)[..., :n_mfcc, :], n_lifter)


def _without_level(log_mel, *, n_mfcc, n_lifter):
    n_mels = np.shape(log_mel)[-2]
    all_of_them = np.zeros((*np.shape(log_mel)[:-2], n_mels + 1, np.shape(log_mel)[-1]))
    all_of_them[..., :n_mels, :] = scipy.fft.dct(log_mel, axis=-2, norm="ortho")
    return _raised(all_of_them[..., 1 : n_mfcc + 1, :], n_lifter, first=1)


def _weighted(weights):
    """Lifter weights ``weights(k, Q)`` of another kind."""

    def coefficients(log_mel, *, n_mfcc, n_lifter):
        plain = mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0)
        return plain * weights(np.arange(n_mfcc)[:, np.newaxis], n_lifter) if n_lifter else plain

    return coefficients


def _lifter(k, length):
    return 1 + length / 2 * np.sin(np.pi * k / length)


def _first_bands_only(log_mel, *, n_mfcc, n_lifter):
    return _with_scipy(log_mel[..., :n_mfcc, :], n_mfcc=n_mfcc, n_lifter=n_lifter)


def _another_logarithm(logarithm):
    return lambda log_mel, *, n_mfcc, n_lifter: _with_scipy(
        logarithm(np.maximum(log_mel, 1e-10)), n_mfcc=n_mfcc, n_lifter=n_lifter
    )


def _htk_scaled(log_mel, *, n_mfcc, n_lifter):
    found = mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=n_lifter)
    found[..., 0, :] *= np.sqrt(2)
    return found


def _all_along_the_first_axis(log_mel, *, n_mfcc, n_lifter):
    turned = np.moveaxis(scipy.fft.dct(log_mel, axis=0, norm="ortho")[:n_mfcc], 0, -1)
    return np.moveaxis(_raised(turned[..., np.newaxis], n_lifter)[..., 0], -1, 0)


EXERCISE = Exercise(
    title="liftered coefficients of a batch",
    stars=2,
    kind="implement",
    task=r"""
From a log-mel spectrogram $L$ of the shape `(…, mel, time)` to its first `n_mfcc` $\le M$ coefficients, `(…, n_mfcc, time)`:

$$c[k, t] = w_k\, s_k \sum_{m=0}^{M-1} L[m, t] \cos\!\left(\frac{\pi k\,(m + \tfrac12)}{M}\right), \qquad k = 0, 1, \dots$$

$s_0 = \sqrt{1/M}$ and $s_k = \sqrt{2/M}$ make it orthonormal; $w_k = 1 + \frac{Q}{2}\sin\frac{\pi k}{Q}$ is HTK's lifter. $Q$ is `n_lifter`; **0 means that there is none**, $w_k = 1$. The unit stays that of $L$, so no logarithm is taken here. Leading axes, as of a batch, stay. (`scipy.fft.dct` is allowed.)
""",
    form="Levels (…, mel, time) in, coefficients (…, n_mfcc, time) out.",
    answer="mfcc_from_log_mel",
    spec=Function(cases=_levels, expected=_coefficients_by_definition),
    reference=mfcc_from_log_mel,
    hints=(
        "Over which of the axes does the sum run, counted from the end?",
        "A matrix of cosines times `log_mel` with @ does every frame of every spectrogram. The weights of the lifter "
        "belong to the rows.",
        "`scipy.fft.dct(log_mel, axis=-2, norm='ortho')[..., :n_mfcc, :]` has all but the lifter; its weights need the "
        "shape (n_mfcc, 1), and n_lifter = 0 a way past the division.",
    ),
    wrongs=(
        Wrong(
            "along time",
            "The cosines run over time: the last axis is what `scipy.fft.dct` takes if it is not told which. "
            "The bands are the axis before it.",
            functools.partial(_with_scipy, axis=-1),
        ),
        Wrong(
            "along the first axis",
            "The cosines run over the first axis, which in a batch counts the spectrograms: the bands are the last axis but one.",
            (functools.partial(_with_scipy, axis=0), _all_along_the_first_axis),
        ),
        Wrong(
            "half of Q cut off",
            "It is right for even Q. `n_lifter // 2` cuts the half off where Q is odd: for Q = 15 it gives 7 in place of 7.5.",
            _weighted(lambda k, length: 1 + length // 2 * np.sin(np.pi * k / length)),
        ),
        Wrong(
            "bands cut before the transform",
            "The bands were cut to n_mfcc before the transform: all of them go into every coefficient, "
            "and it is the coefficients that are cut.",
            _first_bands_only,
        ),
        Wrong(
            "a logarithm too many",
            "A logarithm was taken of L, which is one already: a level in dB may be negative, and then has none.",
            (_another_logarithm(np.log), _another_logarithm(np.log10), _another_logarithm(lambda x: 10 * np.log10(x))),
        ),
        Wrong(
            "not orthonormal",
            "c0 is 2√M times as large as it should be and the others √(2M) times: "
            "this is the plain sum with a factor of 2, what scipy gives without `norm`.",
            functools.partial(_with_scipy, norm=None),
        ),
        Wrong(
            "c0 too large",
            "Only c0 differs: it is √2 times too large. The row of ones has the squared length M, the others M/2.",
            _htk_scaled,
        ),
        Wrong(
            "lifter counted from 1",
            "Each coefficient has the weight of its upper neighbour: the sine counts from 1, as in librosa. "
            "In HTK c0 is weighted with sin 0 and stays as it is.",
            lambda log_mel, *, n_mfcc, n_lifter: _raised(
                mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0), n_lifter, first=1
            ),
        ),
        Wrong(
            "lifter twice as deep",
            "The sine has the factor Q in front; the lifter's is Q/2. Without lifter all is right.",
            _weighted(lambda k, length: 2 * _lifter(k, length) - 1),
        ),
        Wrong(
            "c0 dropped",
            "These are c1, c2, … : the level, c0, is missing. Some recipes leave it out; here it is the first row.",
            _without_level,
        ),
        Wrong(
            "no lifter",
            "It is right as long as n_lifter is 0: the weights of the lifter are missing.",
            lambda log_mel, *, n_mfcc, n_lifter: mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0),
        ),
        Wrong(
            "divided by the lifter",
            "It is divided by the weights of the lifter, which are to be multiplied in. Without lifter all is right.",
            _weighted(lambda k, length: 1 / _lifter(k, length)),
        ),
        Wrong(
            "twice the angle",
            "The sine of the lifter makes a whole turn on Q coefficients, and is to make half a one: sin(πk/Q).",
            _weighted(lambda k, length: 1 + length / 2 * np.sin(2 * np.pi * k / length)),
        ),
        Wrong(
            "half the angle",
            "The sine of the lifter makes a quarter of a turn on Q coefficients, and is to make half a one: sin(πk/Q).",
            _weighted(lambda k, length: 1 + length / 2 * np.sin(np.pi * k / (2 * length))),
        ),
        Wrong(
            "lifter ends at Q",
            "It is right up to k = Q. The sine goes on there and turns negative, so the weights fall below 1: "
            "they are neither cut nor folded.",
            (
                _weighted(lambda k, length: np.maximum(_lifter(k, length), 1)),
                _weighted(lambda k, length: np.where(k < length, _lifter(k, length), 1)),
                _weighted(lambda k, length: 1 + length / 2 * np.abs(np.sin(np.pi * k / length))),
            ),
        ),
        Wrong(
            "1 of the lifter missing",
            "The weights are the sine alone, so that c0 becomes 0: the lifter is 1 + Q/2 times the sine.",
            _weighted(lambda k, length: _lifter(k, length) - 1),
        ),
        Wrong(
            "n_mfcc for Q",
            "The lifter is made with the number of coefficients: its Q is `n_lifter`.",
            lambda log_mel, *, n_mfcc, n_lifter: _with_scipy(log_mel, n_mfcc=n_mfcc, n_lifter=n_lifter and n_mfcc),
        ),
        Wrong(
            "first axis cut",
            "The coefficients are cut along the first axis, which in a batch is not that of the bands: "
            "cut with [..., :n_mfcc, :].",
            lambda log_mel, *, n_mfcc, n_lifter: _raised(
                scipy.fft.dct(log_mel, axis=-2, norm="ortho")[:n_mfcc], n_lifter
            ),
        ),
    ),
    after="With Q = 22 c11 has 12 times its size, in HTK and Kaldi; librosa has no lifter unless it is told, "
    "so a model trained on the one misreads the other.",
    also_right=(
        _with_scipy,
        _coefficients_by_definition,
        lambda log_mel, *, n_mfcc, n_lifter: _with_scipy(
            np.float32(log_mel), n_mfcc=n_mfcc, n_lifter=n_lifter
        ).tolist(),
    ),
)
