import math

import numpy as np
import scipy.special

from ...practice.model import Case, Exercise, Function, Wrong, case


def _cross_entropy_by_scipy(logits, target):
    rows = [scipy.special.log_softmax(np.asarray(row, np.float64)) for row in logits]
    return -sum(float(row[k]) for row, k in zip(rows, target, strict=True)) / len(rows)


def _logits() -> list[Case]:
    rng = np.random.default_rng(8)
    targets = rng.integers(0, 10, 20)
    return [
        case(np.zeros((2, 4)), np.array([0, 3]), says="logits of zero: four classes alike", gives=math.log(4)),
        case(np.log([[3.0, 1.0]]), np.array([0]), says="three to one", gives=math.log(4 / 3)),
        case(np.array([[1000.0, 0.0]]), np.array([0]), says="a logit of 1,000 for the right class", gives=0.0),
        case(np.array([[1000.0, 0.0], [0, 0]]), np.array([1, 1]), says="a logit of 1,000 for a wrong class"),
        case(np.array([[-1000.0, -1001.0], [3, 3]]), np.array([0, 1]), says="logits near −1,000"),
        case(np.array([[800.0, -800, 0], [-800, 0, 0]]), np.array([1, 1]), says="rows of very different height"),
        case(
            np.array([[1e300, 0.0], [0, -1e300]]),
            np.array([0, 0]),
            says="logits of ±10³⁰⁰, which are finite, for the right class",
            gives=0.0,
        ),
        case(np.array([[5.0], [-3.0]]), np.array([0, 0]), says="a single class", gives=0.0),
        case(3 * rng.standard_normal((20, 10)), targets, says="a batch of twenty"),
        case(200 * rng.standard_normal((20, 10)), targets, says="a batch after a step that was too large"),
        case(np.array([[1e30, 0.0, 3], [0, 1, 2]]), np.array([1, 2]), says="a logit of 10³⁰ for a wrong class"),
        case(np.array([[12.0, 0], [-3, -16]]), np.array([0, 0]), says="a loss of some millionths"),
    ]


def cross_entropy(logits, target):
    highest = logits.max(axis=1, keepdims=True)
    log_sum = highest[:, 0] + np.log(np.exp(logits - highest).sum(axis=1))
    return np.mean(log_sum - logits[np.arange(len(target)), target])


def _softmax(logits, highest=0.0):
    powers = np.exp(logits - highest)
    return powers / powers.sum(axis=1, keepdims=True)


def _loss_with(log_probability, reduce=np.mean):
    """Cross-entropy from ``log_probability(logits)``, a table (batch, classes)."""

    def loss(logits, target):
        with np.errstate(all="ignore"):
            return -reduce(log_probability(logits)[np.arange(len(target)), target])

    return loss


def _stable(logits):
    highest = logits.max(axis=1, keepdims=True)
    return logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))


def _every_target(logits, target):
    return -_stable(logits)[:, target].mean()


def _stable_softmax(logits):
    return _softmax(logits, logits.max(axis=1, keepdims=True))


def _in_single_precision(loss):
    def single(logits, target):
        with np.errstate(all="ignore"):
            return loss(logits.astype(np.float32), target)

    return single


def _below(logits):
    return logits - logits.max(axis=1, keepdims=True)


def _binary(logits, target):
    is_right = np.arange(logits.shape[1]) == target[:, np.newaxis]
    return np.mean(np.logaddexp(0, logits) - np.where(is_right, logits, 0))


def _over_the_batch(logits):
    return logits - scipy.special.logsumexp(logits, axis=0)


def _shifted_by_the_largest_of_all(logits):
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _cross_entropy_by_addition(logits, target):
    """``ln(e^a + e^b)`` one after the other, which numpy has as logaddexp."""
    return np.mean([np.logaddexp.reduce(row) - row[k] for row, k in zip(logits, target, strict=True)])


SMALL = (2.220446049250313e-16, *(10.0**-n for n in (15, 12, 10, 9, 8, 7, 6, 5, 4)))
TINY = (2.2250738585072014e-308, 1e-300, 1e-100)  # too small to make a difference where they are only added


BOUNDS = (10, 20, 30, 50, 80, 88, 100, 200, 500, 700, 709)


EXERCISE = Exercise(
    title="why is the loss NaN?",
    stars=2,
    kind="repair",
    task=r"""
A network learns for 40 batches; then the loss is NaN, and from there all weights are. The inputs are finite and the logits are finite, if large: a step was too long. The loss was written as the textbook has it,

$$L = -\frac1B \sum_b \ln \frac{e^{z_{b, y_b}}}{\sum_k e^{z_{b, k}}}$$

and $e^{1000}$ is more than a float can hold, while $e^{-1000}$ is 0 and has no logarithm.

**Mend it**, so that it gives the value of the formula for any finite float64 logits, $10^{300}$ among them, to the digits that logits of that size leave, and without clipping anything. `logits` is `(batch, classes)`, `target` holds the right class of each row; the result is the mean in nats. (Where the right class has all the probability the loss is 0; where it has $e^{-1000}$ of it, the loss is 1,000.)
""",
    given='''import numpy as np


def published_cross_entropy(logits, target):
    """As the formula stands."""
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.mean(np.log(probability[np.arange(len(target)), target]))


with np.errstate(all="ignore"):
    for largest in (10.0, 700.0, 1000.0):
        losses = [published_cross_entropy(np.array([[largest, 0.0]]), np.array([right])) for right in (0, 1)]
        print(f"logits {largest:6.0f} and 0: loss {losses[0]:.4g} if the first is right,", end=" ")
        print(f"{losses[1]:.4g} if the second is")''',
    form="Logits (batch, classes) and right classes (batch,) in, the mean loss in nats out.",
    answer="cross_entropy",
    spec=Function(cases=_logits, expected=_cross_entropy_by_scipy),
    reference=cross_entropy,
    hints=(
        "Take the logarithm of the fraction on paper before anything is computed. Which exponential disappears?",
        "Add the same number to all logits of a row: the fraction does not change. Which number keeps every exponential at 1 or below?",
        "`ln Σ exp(z) = m + ln Σ exp(z − m)` with m the largest logit of the row; the loss is that less the logit of the right class.",
    ),
    wrongs=(
        Wrong(
            "every row with every target",
            "`[:, target]` takes from each row the classes of all rows, B × B numbers: each row has its own, so pair them with "
            "`np.arange(len(target))`.",
            _every_target,
        ),
        Wrong(
            "the formula as it stands",
            "The exponential of a large logit overflows: infinity over infinity is NaN.",
            _loss_with(lambda z: np.log(_softmax(z))),
        ),
        Wrong(
            "softmax first",
            "The largest logit is subtracted, and then the softmax is computed and its logarithm taken: a probability of e^−1000 is 0 by then, and the loss infinite. Stay in logarithms.",
            _loss_with(lambda z: np.log(_stable_softmax(z))),
        ),
        Wrong(
            "a small number added",
            "A small number inside the logarithm hides the infinity and caps the loss, with no gradient beyond: the worst mistakes teach nothing.",
            tuple(_loss_with(lambda z, small=small: np.log(_stable_softmax(z) + small)) for small in SMALL),
        ),
        Wrong(
            "a small number added to the sum",
            "A small number is added to the sum of the exponentials: a small loss comes out too large. One of the terms is 1 once the "
            "largest logit is subtracted: there is nothing to guard against.",
            tuple(
                _loss_with(
                    lambda z, small=small: (
                        (shifted := z - z.max(axis=1, keepdims=True))
                        - np.log(np.exp(shifted).sum(axis=1, keepdims=True) + small)
                    )
                )
                for small in SMALL[3:]
            ),
        ),
        Wrong(
            "clipped probability",
            "A clipped probability caps the loss: the worst mistakes all count alike, and have no gradient.",
            (
                *(_loss_with(lambda z, p=p: np.log(np.maximum(_stable_softmax(z), p))) for p in (*TINY, *SMALL)),
                *(_loss_with(lambda z, p=p: np.log(np.clip(_stable_softmax(z), p, 1 - p))) for p in SMALL[2:]),
            ),
        ),
        Wrong(
            "clipped logits",
            "The logits are clipped before the exponential, so that a larger one makes no difference any more.",
            tuple(_loss_with(lambda z, most=most: _stable(np.clip(z, -most, most))) for most in BOUNDS),
        ),
        Wrong(
            "largest not put back",
            "The largest logit is taken out of the sum and not put back: the loss of each row is too small by it, and can be "
            "below 0, which no cross-entropy is.",
            lambda logits, target: np.mean(
                np.log(np.exp(_below(logits)).sum(axis=1)) - logits[np.arange(len(target)), target]
            ),
        ),
        Wrong(
            "largest put back twice",
            "The loss of each row is too large by its largest logit: it is taken out of both, the sum and the logit of the right class, and then put back once.",
            lambda logits, target: np.mean(
                np.log(np.exp(_below(logits)).sum(axis=1))
                - _below(logits)[np.arange(len(target)), target]
                + logits.max(axis=1)
            ),
        ),
        Wrong(
            "a wider float",
            "A wider float only moves the overflow: a long double ends at e^11,356, and logits of 10³⁰⁰ are allowed. Take the "
            "largest logit of the row out.",
            lambda logits, target: float(
                _loss_with(lambda z: np.log(_softmax(z)))(logits.astype(np.longdouble), target)
            ),
        ),
        Wrong(
            "largest of the batch",
            "The same number is subtracted from all rows: in a row far below it every exponential is 0, and the logarithm of the sum is −∞.",
            _loss_with(_shifted_by_the_largest_of_all),
        ),
        Wrong(
            "NaN replaced",
            "NaN or infinity is replaced by a number, which says nothing of the loss where the step was too long.",
            (
                lambda logits, target: np.nan_to_num(
                    _loss_with(lambda z: np.log(_softmax(z)))(logits, target), posinf=0
                ),
                lambda logits, target: np.nan_to_num(_loss_with(lambda z: np.log(_softmax(z)))(logits, target)),
                lambda logits, target: np.nan_to_num(
                    _loss_with(lambda z: np.log(_stable_softmax(z)))(logits, target), posinf=0
                ),
                lambda logits, target: np.nan_to_num(_loss_with(lambda z: np.log(_stable_softmax(z)))(logits, target)),
            ),
        ),
        Wrong(
            "single precision",
            "It is computed in float32, which ends at 3.4 · 10³⁸: larger logits become infinite, and infinity less "
            "infinity is NaN.",
            (
                _in_single_precision(_loss_with(_stable)),
                _in_single_precision(cross_entropy),
                lambda logits, target: float(_in_single_precision(_loss_with(_stable))(logits, target)),
                lambda logits, target: float(_in_single_precision(cross_entropy)(logits, target)),
            ),
        ),
        Wrong(
            "capped loss",
            "The loss of a row cannot exceed a bound: beyond it all mistakes count alike.",
            (
                *(_loss_with(lambda z, most=most: np.maximum(_stable(z), -most)) for most in BOUNDS),
                *(_loss_with(lambda z, most=most: np.log(_softmax(np.maximum(_below(z), -most)))) for most in BOUNDS),
            ),
        ),
        Wrong(
            "largest in place of the sum",
            "ln Σ exp(z) is taken for the largest logit alone. That is near only where one logit leads by far.",
            _loss_with(_below),
        ),
        Wrong(
            "logits scaled down",
            "The logits are divided by the largest one: that changes their differences, and with them the loss. Subtract.",
            _loss_with(lambda z: _stable(z / max(np.abs(z).max(), 1))),
        ),
        Wrong(
            "yes or no for each class",
            "That is the binary cross-entropy, a yes or no for each class; here one class of each row is right.",
            _binary,
        ),
        Wrong(
            "not averaged",
            "These are the losses of all rows; their mean is asked.",
            _loss_with(_stable, np.asarray),
        ),
        Wrong(
            "mean over the classes",
            "The loss is divided by the number of classes, too: each row has one right class, and counts once.",
            lambda logits, target: cross_entropy(logits, target) / logits.shape[1],
        ),
        Wrong(
            "softmax over the batch",
            "The exponentials are added over the batch, down the columns; the classes of one row stand side by side.",
            _loss_with(_over_the_batch),
        ),
        Wrong("sum", "That is the sum over the batch; the mean is asked.", _loss_with(_stable, np.sum)),
        Wrong("bits", "These are bits: the logarithm is to the base 2.", _loss_with(lambda z: _stable(z) / np.log(2))),
        Wrong(
            "logarithm to base ten",
            "The logarithm is to base ten; nats are asked.",
            _loss_with(lambda z: _stable(z) / np.log(10)),
        ),
        Wrong(
            "logits for probabilities",
            "The logit of the right class is taken as if it were the logarithm of its probability: ln Σ exp(z), "
            "which is subtracted from it, is missing.",
            _loss_with(lambda z: z),
        ),
    ),
    after="This is why `torch.nn.functional.cross_entropy` takes logits: given probabilities it computes a second softmax, and "
    "with ten classes its loss cannot fall below 1.46.",
    also_right=(_cross_entropy_by_addition, _loss_with(_stable), _cross_entropy_by_scipy),
)
