import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _linear_by_loops(mel_power, bank, *, n_iter):
    """Bin by bin and frame by frame."""
    mel_power, bank = np.asarray(mel_power, float), np.asarray(bank, float)
    n_mels, n_bins = bank.shape
    result = np.ones((*mel_power.shape[:-2], n_bins, mel_power.shape[-1]))
    for place in np.ndindex(mel_power.shape[:-2]):
        for frame in range(mel_power.shape[-1]):
            power = [1.0] * n_bins
            for _ in range(n_iter):
                lacks = []
                for i in range(n_mels):
                    has = sum(bank[i, k] * power[k] for k in range(n_bins))
                    lacks.append(mel_power[(*place, i, frame)] / has if has > 0 else 0.0)
                reach = [sum(bank[i, k] for i in range(n_mels)) for k in range(n_bins)]
                pull = [sum(bank[i, k] * lacks[i] for i in range(n_mels)) for k in range(n_bins)]
                power = [power[k] * pull[k] / reach[k] if reach[k] > 0 else 0.0 for k in range(n_bins)]
            result[(*place, slice(None), frame)] = power
    return result


def _bands_to_invert() -> list[Case]:
    rng = np.random.default_rng(9)
    two = np.array([[1.0, 1, 0], [0, 1, 1]])
    uneven = np.array([[0.5, 1, 0.25, 0, 0, 0], [0, 0.1, 0.8, 0.4, 0, 0], [0, 0, 0, 0.6, 0.3, 0]])
    with_empty = np.vstack([uneven, np.zeros(6)])
    powers = rng.uniform(0.1, 2, (3, 4))
    return [
        case(np.array([[4.0]]), np.array([[1.0, 1]]), n_iter=1, says="one band of two bins", gives=[[2], [2]]),
        case(np.array([[2.0], [6]]), two, n_iter=1, says="two bands that share a bin", gives=[[1], [2], [3]]),
        case(powers, uneven, n_iter=1, says="three bands, six bins of which the last is in none, one step"),
        case(powers, uneven, n_iter=9, says="the same after nine steps"),
        case(np.vstack([powers, np.zeros(4)]), with_empty, n_iter=3, says="a bank with an empty band"),
        case(np.zeros((3, 2)), uneven, n_iter=3, says="silence", gives=np.zeros((6, 2))),
        case(powers * [[1], [0], [1]], uneven, n_iter=4, says="a silent band between two others"),
        case(powers * [1, 0, 0, 1], uneven, n_iter=4, says="two silent frames between two others"),
        case(1e-20 * powers, uneven, n_iter=4, says="bands at −200 dB"),
        case(powers, 1e-18 * uneven, n_iter=1, says="a bank of weights about 10⁻¹⁸"),
        case(powers[np.newaxis], uneven, n_iter=2, says="a batch of one signal"),
        case(rng.uniform(0, 2, (2, 4, 3, 5)), uneven, n_iter=2, says="a batch of two by four signals"),
    ]


def mel_to_linear(mel_power, bank, *, n_iter):
    reach = bank.sum(axis=0)[:, np.newaxis]
    linear = np.ones((*mel_power.shape[:-2], bank.shape[1], mel_power.shape[-1]))
    for _ in range(n_iter):
        has = bank @ linear
        lacks = np.divide(mel_power, has, out=np.zeros_like(has), where=has > 0)
        linear = np.divide(linear * (bank.T @ lacks), reach, out=np.zeros_like(linear), where=reach > 0)
    return linear


def _ratio(a, b):
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros(a.shape), where=b > 0)


def _steps(step, start=np.ones):
    """The same loop around another step: ``step(linear, mel_power, bank)``."""

    def answer(mel_power, bank, *, n_iter):
        linear = start((*mel_power.shape[:-2], bank.shape[1], mel_power.shape[-1]))
        for _ in range(n_iter):
            linear = step(linear, mel_power, bank)
        return linear

    return answer


def _reach(bank):
    return bank.sum(axis=0)[:, None]


SMALL = (1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)


def _with_small(small):
    """The ways to keep a divisor from 0 by a small number."""
    return (
        _steps(lambda s, m, bank: s * (bank.T @ (m / (bank @ s + small))) / (_reach(bank) + small)),
        _steps(lambda s, m, bank: s * (bank.T @ ((m + small) / (bank @ s + small))) / (_reach(bank) + small)),
        _steps(lambda s, m, bank: s * (bank.T @ (m / np.maximum(bank @ s, small))) / np.maximum(_reach(bank), small)),
        _steps(lambda s, m, bank: _ratio(s * (bank.T @ (m / (bank @ s + small))), _reach(bank))),
        _steps(lambda s, m, bank: s * (bank.T @ _ratio(m, bank @ s)) / (_reach(bank) + small)),
        _steps(lambda s, m, bank: _ratio(s * (bank.T @ (m / np.maximum(bank @ s, small))), _reach(bank))),
        _steps(lambda s, m, bank: s * (bank.T @ _ratio(m, bank @ s)) / np.maximum(_reach(bank), small)),
    )


def _times(number):
    """Another number of steps."""
    return lambda mel_power, bank, *, n_iter: mel_to_linear(mel_power, bank, n_iter=number(n_iter))


def _from_transposed(mel_power, bank, *, n_iter):
    """Begun with the bands spread over their bins in place of ones."""
    linear = bank.T @ mel_power
    for _ in range(n_iter):
        linear = _ratio(linear * (bank.T @ _ratio(mel_power, bank @ linear)), _reach(bank))
    return linear


def _only_filled(mel_power, bank, *, n_iter):
    """With weights whose columns add up to 1, and the bins that no band reaches set to 0 at the start."""
    share = _ratio(bank, bank.sum(axis=0))
    reached = bank.any(axis=0)[:, None] * np.ones(mel_power.shape[-1])
    linear = np.broadcast_to(reached, (*mel_power.shape[:-2], *reached.shape))
    for _ in range(n_iter):
        has = np.einsum("ik,...kt->...it", bank, linear)
        linear = linear * np.einsum("ik,...it->...kt", share, np.where(has > 0, mel_power / np.where(has, has, 1), 0))
    return linear


EXERCISE = Exercise(
    title="bins from bands",
    stars=2,
    kind="implement",
    task=r"""
A vocoder's first step: find a power spectrogram S that is nowhere negative and has the bands M, that is $BS \approx M$ with the bank B, `(n_mels, n_bins)`. Begin with S = 1 in every bin and repeat `n_iter` times: multiply each bin by what its bands lack,

$$S \leftarrow S \cdot \frac{B^{\mathsf T}\left(M / (BS)\right)}{B^{\mathsf T} 1}$$

where products and quotients without a matrix are taken element by element, $B^{\mathsf T}1$ is the sum of each **column** of B, and **0/0 counts as 0**. The Kullback–Leibler divergence of BS from M never rises that way (Lee & Seung 2001, theorem 2).

`mel_power` is `(…, n_mels, time)` and holds zeros in silence; `(…, n_bins, time)` comes out. The bank is nowhere negative. A bin that is in no band comes out as 0, and the bank may have a row of zeros (M is 0 there).
""",
    form="Mel powers (…, n_mels, time) and a bank (n_mels, n_bins) in, powers (…, n_bins, time) out.",
    answer="mel_to_linear",
    spec=Function(cases=_bands_to_invert, expected=_linear_by_loops),
    reference=mel_to_linear,
    hints=(
        "Write the step for one frame of the hand-made bank [[1, 1, 0], [0, 1, 1]] with M = [2, 6] on paper: "
        "what does BS give, what do the bands lack, and what does the shared bin make of it?",
        "`bank @ S` keeps leading axes, and so does `bank.T @ …`. The column sums need a second axis to divide by: `[:, None]`.",
        "For 0/0: `np.divide(a, b, out=np.zeros_like(a), where=b > 0)`, with a of the full shape. Twice.",
    ),
    wrongs=(
        Wrong(
            "divided by the rows",
            "B is divided by the sums of its rows where the sums of its columns belong: B transposed times 1 "
            "adds up, for each bin, over the bands.",
            _steps(
                lambda s, m, bank: (
                    _ratio(s, 1.0 * (_reach(bank) > 0))
                    * (_ratio(bank, bank.sum(axis=1, keepdims=True)).T @ _ratio(m, bank @ s))
                )
            ),
        ),
        Wrong(
            "column sums missing",
            "The division by B transposed times 1 is missing: a bin is multiplied by the weighted sum of what its bands "
            "lack, and should be by their weighted mean.",
            _steps(lambda s, m, bank: s * (bank.T @ _ratio(m, bank @ s))),
        ),
        Wrong(
            "difference for ratio",
            "The bands' lack is taken as a difference, M − BS, and added: that is a gradient step for least squares, "
            "and can turn negative. Here it is a ratio, and it multiplies.",
            _steps(lambda s, m, bank: s + _ratio(bank.T @ (m - bank @ s), _reach(bank))),
        ),
        Wrong(
            "not multiplied by S",
            "The old S is not multiplied in: each step begins anew, and bands that were wrong stay wrong.",
            _steps(lambda s, m, bank: _ratio(bank.T @ _ratio(m, bank @ s), _reach(bank))),
        ),
        Wrong(
            "pseudo-inverse",
            "This is the pseudo-inverse, which needs bins that are negative to meet the bands, and a negative power has no "
            "magnitude; cut off at 0, its bins no longer meet them.",
            (
                lambda mel_power, bank, *, n_iter: np.linalg.pinv(bank) @ mel_power,
                lambda mel_power, bank, *, n_iter: np.maximum(np.linalg.pinv(bank) @ mel_power, 0),
            ),
        ),
        Wrong(
            "rule for the squared error",
            "This is Lee and Seung's other rule, which lessens the squared error: B transposed times M over B transposed "
            "times BS. Here M is divided by BS before B transposed comes.",
            _steps(lambda s, m, bank: _ratio(s * (bank.T @ m), bank.T @ (bank @ s))),
        ),
        Wrong(
            "ratio upside down",
            "The ratio is upside down: a bin whose bands lack power must grow, so M stands above and BS below.",
            _steps(lambda s, m, bank: _ratio(s * (bank.T @ _ratio(bank @ s, m)), _reach(bank))),
        ),
        Wrong(
            "another number of steps",
            "Each step is right, their number is not: the loop runs `n_iter` times, beginning with ones.",
            (
                *map(_times, (lambda n: n + 1, lambda n: n - 1, lambda n: 1, lambda n: 30)),
                lambda mel_power, bank, *, n_iter: (
                    mel_to_linear(mel_power, bank, n_iter=n_iter - 1) * (_reach(bank) > 0)
                ),
            ),
        ),
        Wrong(
            "another start",
            "It begins with B transposed times M: where two bands share bins the steps then lead elsewhere. "
            "Begin with 1 in every bin.",
            _from_transposed,
        ),
        Wrong(
            "square root",
            "That is the square root of the powers, the magnitudes: here S is a power spectrogram, as M is.",
            lambda mel_power, bank, *, n_iter: np.sqrt(mel_to_linear(mel_power, bank, n_iter=n_iter)),
        ),
        Wrong(
            "0/0 not caught",
            "It gives NaN. Two divisions can be 0/0, and neither is caught: M/(BS), where all bins of a band are 0 or its "
            "row is, and the one by the column sums, which are 0 for a bin in no band. Both count as 0.",
            _steps(lambda s, m, bank: s * (bank.T @ (m / (bank @ s))) / _reach(bank)),
        ),
        Wrong(
            "0/0 of the column sums",
            "It gives NaN: a bin that is in no band has a column sum of 0, and the division by it is 0/0. It counts as 0.",
            _steps(lambda s, m, bank: s * (bank.T @ _ratio(m, bank @ s)) / _reach(bank)),
        ),
        Wrong(
            "0/0 of the ratio",
            "It gives NaN: M/(BS) is 0/0 where all bins of a band have become 0, as in silence, or where a row of B is all "
            "0. It counts as 0.",
            _steps(lambda s, m, bank: _ratio(s * (bank.T @ (m / (bank @ s))), _reach(bank))),
        ),
        Wrong(
            "a small number added",
            "A small number guards a division against 0/0. Where the divisor itself is small, as in soft bands or with small weights, "
            "the bins come out wrong: ask whether it is 0.",
            tuple(code for small in SMALL for code in _with_small(small)),
        ),
        Wrong(
            "bins in no band keep 1",
            "It is right but for bins that are in no band: they keep the 1 they began with. Nothing is known "
            "of them, and 0 is asked.",
            _steps(
                lambda s, m, bank: np.where(_reach(bank) > 0, s * _ratio(bank.T @ _ratio(m, bank @ s), _reach(bank)), s)
            ),
        ),
    ),
    after="The vocoder's second step is the phases; and harmonics that fell into one band stay one, "
    "however many steps are taken.",
    also_right=(
        _only_filled,
        _linear_by_loops,
        lambda mel_power, bank, *, n_iter: mel_to_linear(mel_power, bank, n_iter=n_iter).astype(np.float32),
    ),
)
