import itertools

import numpy as np

from ...practice.model import Case, Exercise, Function, Property, Wrong, case
from ._shared import normalised_difference


def _difference_by_definition(frames, n_lags):
    frames = np.asarray(frames)
    rows = []
    for frame in frames.reshape(-1, frames.shape[-1]):
        n_window = len(frame) - n_lags + 1
        d = [sum((frame[n] - frame[n + lag]) ** 2 for n in range(n_window)) for lag in range(n_lags)]
        row = [1.0]
        for lag in range(1, n_lags):
            mean = sum(d[1 : lag + 1]) / lag
            row.append(d[lag] / mean if mean > 0 else 1.0)
        rows.append(row)
    return np.reshape(rows, (*frames.shape[:-1], n_lags))


def _frames_and_lags() -> list[Case]:
    rng = np.random.default_rng(5)
    pulses = np.array([1.0, 0, 0, 1, 0, 0, 1, 0])
    silent_at_first = np.append(np.zeros(12), [1, 0.5, -2])  # d is 0, 0, 0, 0, 1, 1.25, 5.25
    voiced = np.convolve(np.tile([1.0, 0, 0, 0, 0, 0, 0], 9), [1, -0.4, 0.7, 0.1])[:60]
    return [
        case(pulses, 5, says="a pulse every third sample, five lags", gives=[1, 1, 1, 0, 4 / 3]),
        case(voiced + 0.01 * rng.standard_normal(60), 25, says="a period of seven samples, nearly"),
        case(rng.standard_normal(31), 16, says="31 random samples, 16 lags"),
        case(rng.standard_normal((2, 3, 24)), 9, says="a batch of two by three frames"),
        case(0.001 * rng.standard_normal(20), 6, says="a very soft frame"),
        case(np.append(np.zeros(9), rng.standard_normal(6)), 7, says="a frame that begins with silence"),
        case(silent_at_first, 7, says="a mean of 0 for the first three shifts", gives=[1, 1, 1, 1, 4, 25 / 9, 4.2]),
        case(1e-6 * rng.standard_normal(20), 6, says="a frame at −120 dB"),
        case(1e-12 * rng.standard_normal(20), 6, says="a frame at −240 dB"),
        case(rng.standard_normal((3, 24)) * [[1], [0], [1]], 9, says="three frames, one of them silent"),
        case(np.zeros(10), 4, says="silence", gives=[1, 1, 1, 1]),
        case(np.array([0.7, -0.2]), 1, says="lag 0 alone", gives=[1]),
        case(np.array([0.5, -0.5, 1.5]), 3, says="a window of one sample", gives=[1, 1, 1]),
        case(1000 + 1e-4 * rng.standard_normal(20), 6, says="small changes on a large constant"),
        case(1e-20 * rng.standard_normal(20), 6, says="a frame at −400 dB"),
        case(rng.standard_normal((1, 15)), 5, says="a batch of one"),
    ]


def _differences(frames, n_lags, size=np.square):
    n_window = frames.shape[-1] - n_lags + 1
    head = frames[..., :n_window]
    return np.stack([size(head - frames[..., t : t + n_window]).sum(axis=-1) for t in range(n_lags)], axis=-1)


def _relative(d, terms):
    """d over its running mean, of ``terms(lags)`` values."""
    total = np.cumsum(d, axis=-1)
    return np.where(total > 0, d * terms(np.arange(d.shape[-1])) / np.where(total > 0, total, 1), 1.0)


def _difference_of_what_is_left(frames, n_lags):
    n_samples = frames.shape[-1]
    d = [np.square(frames[..., : n_samples - t] - frames[..., t:]).sum(axis=-1) for t in range(n_lags)]
    return _relative(np.stack(d, axis=-1), lambda lags: lags)


def _difference_with(small=0.0, silence=1.0, least=0.0):
    """``small`` added to the sum; ``silence`` where the sum is not above ``least``."""

    def difference(frames, n_lags):
        d = _differences(frames, n_lags)
        total = np.cumsum(d, axis=-1)
        relative = d * np.arange(n_lags) / np.where(total + small > 0, total + small, 1)
        found = relative if silence is None else np.where(total > least, relative, silence)
        return np.where(np.arange(n_lags) == 0, 1.0, found)

    return difference


def _difference_over_at_least(least, silence):
    def difference(frames, n_lags):
        d = _differences(frames, n_lags)
        total = np.cumsum(d, axis=-1)
        found = d * np.arange(n_lags) / np.maximum(total, least)
        found = found if silence is None else np.where(total > 0, found, silence)
        return np.where(np.arange(n_lags) == 0, 1.0, found)

    return difference


def _difference_where_there_is_any(frames, n_lags):
    if not frames.any():
        return np.ones((*frames.shape[:-1], n_lags))
    return _divided_anyway(frames, n_lags)


def _difference_where_the_frame_is_silent(frames, n_lags):
    return np.where(frames.any(axis=-1, keepdims=True), _divided_anyway(frames, n_lags), 1.0)


def _divided_anyway(frames, n_lags):
    with np.errstate(all="ignore"):
        d = _differences(frames, n_lags)
        return np.where(np.arange(n_lags) == 0, 1.0, d * np.arange(n_lags) / np.cumsum(d, axis=-1))


def _difference_of_means(small, on_top):
    """A small number added to the mean, and to d itself where it is ``on_top``, too."""

    def difference(frames, n_lags):
        d = _differences(frames, n_lags)
        mean = np.cumsum(d, axis=-1) / np.maximum(np.arange(n_lags), 1)
        return np.where(np.arange(n_lags) == 0, 1.0, (d + small * on_top) / (mean + small))

    return difference


def _sum_over_the_batch(frames, n_lags):
    d = _differences(frames, n_lags)
    total = np.cumsum(d).reshape(d.shape)
    found = np.where(total > 0, d * np.arange(n_lags) / np.where(total > 0, total, 1), 1.0)
    return np.where(np.arange(n_lags) == 0, 1.0, found)


def _noise_where_nothing_differs(answer):
    """A constant frame differs from itself nowhere, whatever the constant and the length."""
    for constant, n_samples in itertools.product((0.1, 0.3, 0.7, -1.1), (33, 40, 57, 101)):
        found = np.asarray(answer(np.full(n_samples, constant), 9), float)
        if not np.allclose(found, 1):
            return (
                f"For a frame of {n_samples} times {constant} it gives {found[np.argmax(abs(found - 1))]:.3g} where 1 is "
                "asked for: d is exactly 0 there, and rounding noise, divided by itself, is not 1."
            )
    return None


def _difference_by_spectrum(frames, n_lags):
    """Two energies less twice the correlation."""
    n_window, n_fft = frames.shape[-1] - n_lags + 1, 2 * frames.shape[-1]
    spectrum = np.fft.rfft(frames[..., :n_window], n_fft).conj() * np.fft.rfft(frames, n_fft)
    power = np.pad(np.cumsum(frames**2, axis=-1), [(0, 0)] * (frames.ndim - 1) + [(1, 0)])
    energy = power[..., n_window:] - power[..., :n_lags]
    d = energy[..., :1] + energy - 2 * np.fft.irfft(spectrum, n_fft)[..., :n_lags]
    d[..., 0] = 0
    return _relative(d, lambda lags: lags)


SMALL = (1e-20, float(np.finfo(float).eps), 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)


def _difference_in_single_precision(frames, n_lags):
    return _relative(_differences(np.asarray(frames, np.float32), n_lags).astype(float), lambda lags: lags)


def _difference_without_own(terms):
    """d over the sum of d[1] … d[τ − 1], times ``terms(lags)``."""

    def difference(frames, n_lags):
        d = _differences(frames, n_lags)
        before = np.cumsum(d, axis=-1) - d
        return np.where(before > 0, d * terms(np.arange(n_lags)) / np.where(before > 0, before, 1), 1.0)

    return difference


EXERCISE = Exercise(
    title="the function in which YIN seeks its dip",
    stars=2,
    kind="implement",
    task=r"""
Steps 2 and 3 of YIN. How much does a frame differ from itself $\tau$ samples later, and how much is that, relative to the mean over all shorter shifts and this one?

$$d[\tau] = \sum_{n=0}^{W-1} (x[n] - x[n+\tau])^2, \qquad d'[\tau] = \frac{d[\tau]}{\frac1\tau \sum_{j=1}^{\tau} d[j]}, \qquad d'[0] = 1$$

for $\tau = 0, 1, \dots$ `n_lags − 1`. **Each shift has the same number of terms, $W$**: a frame of $N$ samples has $W = N - \texttt{n\_lags} + 1$. Where the mean is 0, as in silence, $d'$ is 1; a frame that is only soft, down to −400 dB, is no silence. Frames are arrays of floats `(…, N)` with $N \ge$ `n_lags`; the leading axes stay, and the result is `(…, n_lags)`.
""",
    form="Frames (…, N) in, d' (…, n_lags) out; entry 0 is 1.",
    answer="normalised_difference",
    spec=Function(
        cases=_frames_and_lags,
        expected=_difference_by_definition,
        properties=(Property("cancellation", _noise_where_nothing_differs),),
    ),
    reference=normalised_difference,
    hints=(
        "First d alone. For which shifts must a frame of 8 samples and 5 lags have samples, and how many are left to sum?",
        "`x[..., :W]` against `x[..., t : t + W]`, for each t. The sums of d so far are `np.cumsum`.",
        "The mean over j = 1 … τ is the sum so far over τ, because d[0] = 0 adds nothing. "
        "So d' is d times τ over the sum; entry 0 and silence need a 1 put in by hand.",
    ),
    wrongs=(
        Wrong(
            "all that is left",
            "Longer shifts have fewer terms here: d sums over what is left of the frame, and falls for that reason alone. "
            "W is the same for all shifts.",
            _difference_of_what_is_left,
        ),
        Wrong(
            "mean with shift 0",
            "The mean runs from shift 0, so that it has τ + 1 terms. d[0] is always 0 and says nothing: begin at 1.",
            lambda frames, n_lags: np.where(
                np.arange(n_lags) == 0, 1.0, _relative(_differences(frames, n_lags), lambda lags: lags + 1)
            ),
        ),
        Wrong(
            "sum, not mean",
            "It is τ times too small: d is divided by the sum of the differences so far, where their mean is asked for.",
            lambda frames, n_lags: _relative(_differences(frames, n_lags), lambda lags: np.where(lags > 0, 1, 0)),
        ),
        Wrong(
            "not normalised",
            "That is d itself. Its minimum is at shift 0, where every frame equals itself; d' has the 1 there.",
            _differences,
        ),
        Wrong(
            "absolute differences",
            "The differences are not squared: their absolute values are another function (the AMDF of Ross et al., 1974).",
            lambda frames, n_lags: _relative(_differences(frames, n_lags, np.abs), lambda lags: lags),
        ),
        Wrong(
            "mean of the shorter shifts only",
            "The mean leaves out the shift itself. It belongs to it, so that d'[1] is 1 for every frame that is not silent: [1:τ] and "
            "range(1, τ) end at τ − 1.",
            (_difference_without_own(lambda lags: lags - 1), _difference_without_own(lambda lags: lags)),
        ),
        Wrong(
            "a term too few",
            "Each sum has one term too few: a frame of N samples has W = N − n_lags + 1 of them for every shift.",
            lambda frames, n_lags: _relative(_differences(frames[..., :-1], n_lags), lambda lags: lags),
        ),
        Wrong(
            "a small number added",
            "A small number guards the division against 0/0. Beside the sums of a soft frame it counts: divide where there is something to divide by.",
            (
                *(_difference_with(small, s) for small in SMALL for s in (1.0, None)),
                *(_difference_of_means(small, on_top) for small in SMALL for on_top in (0, 1)),
                *(_difference_over_at_least(least, s) for least in SMALL for s in (1.0, None)),
            ),
        ),
        Wrong(
            "soft taken for silent",
            "A frame that is very soft is treated as silence: how loud it is must not matter, only whether the mean is 0.",
            tuple(_difference_with(least=least) for least in SMALL),
        ),
        Wrong(
            "0 in silence",
            "Where the mean is 0 the result is 0, which a search would take for a perfect dip: 1 is asked for.",
            _difference_with(silence=0.0),
        ),
        Wrong(
            "silence of the whole batch",
            "It asks once whether there is any sound. One frame may be silent and another not, and one shift's mean may "
            "be 0 and the next one's not: ask each.",
            _difference_where_there_is_any,
        ),
        Wrong(
            "silence of the whole frame",
            "It asks whether the frame as a whole is silent. In a frame that begins with silence the mean is 0 for the "
            "first shifts only: ask at each shift.",
            _difference_where_the_frame_is_silent,
        ),
        Wrong(
            "not a number in silence",
            "Where the mean is 0 it divides 0 by 0, which is not a number: 1 belongs there.",
            _divided_anyway,
        ),
        Wrong(
            "sum over the batch",
            "The sum of the differences runs on from frame to frame, as np.cumsum without an axis does. "
            "Each frame has its own.",
            _sum_over_the_batch,
        ),
        Wrong(
            "cancellation",
            "Where a frame repeats itself exactly, d is 0; two energies less twice a correlation leave rounding noise in "
            "its place, which is then divided by itself. Square the differences.",
            _difference_by_spectrum,
        ),
        Wrong(
            "0 at shift 0",
            "Entry 0 is 0. It is set to 1, so that a search for a dip does not find the shift 0.",
            lambda frames, n_lags: np.where(
                np.arange(n_lags) == 0, 0.0, _relative(_differences(frames, n_lags), lambda lags: lags)
            ),
        ),
        Wrong(
            "single precision",
            "Float32 has seven digits: of small changes on a large constant it keeps few or none. Compute in float64, as "
            "the frames come.",
            _difference_in_single_precision,
        ),
    ),
    after="Because d grows with the square of the amplitude and d' not at all, one threshold serves soft and loud frames alike.",
    also_right=(_difference_by_definition, _difference_with()),
)
