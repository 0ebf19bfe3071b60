import numpy as np

from ... import mfcc as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _slopes_of_lines(features, *, width):
    """At every frame the line through ``width`` frames that fits best; before the first and after the last stand copies."""
    features = np.asarray(features, float)
    offsets, last = np.arange(width) - width // 2, features.shape[-1] - 1
    slopes = np.empty(features.shape)
    for t in range(last + 1):
        near = features[..., np.clip(t + offsets, 0, last)]
        slopes[..., t] = np.polyfit(offsets, near.reshape(-1, width).T, 1)[0].reshape(features.shape[:-1])
    return slopes


def _curves() -> list[Case]:
    rng = np.random.default_rng(19)
    return [
        case(np.arange(5.0), width=3, says="a ramp, three frames", gives=[0.5, 1, 1, 1, 0.5]),
        case(np.array([0.0, 0, 1, 0, 0]), width=5, says="a single one, five frames", gives=[0.2, 0.1, 0, -0.1, -0.2]),
        case(np.array([[0, 1, 4, 9, 16, 25]]), width=5, says="whole numbers"),
        case(10 * rng.standard_normal((13, 40)), width=9, says="13 coefficients, 40 frames"),
        case(rng.standard_normal((8, 8)), width=7, says="as many frames as coefficients"),
        case(rng.standard_normal((2, 3, 4, 11)), width=5, says="a batch of two by three"),
        case(rng.standard_normal((3, 4)), width=9, says="a width of 9 for four frames"),
        case(rng.standard_normal((3, 6)), width=9, says="a width of 9 for six frames"),
        case(rng.standard_normal((2, 1)), width=3, says="a single frame", gives=[[0], [0]]),
        case(rng.standard_normal((1, 9)), width=3, says="a batch of one"),
        case(np.full((2, 6), -7.0), width=5, says="a held vowel", gives=np.zeros((2, 6))),
        case(np.array([10, 0, 5], np.uint8), width=3, says="whole numbers without a sign", gives=[-5, -2.5, 2.5]),
        case(
            np.array([-100, 0, 100, 100], np.int8), width=3, says="whole numbers of eight bits", gives=[50, 100, 50, 0]
        ),
        case(np.array([200, 0, 5, 90, 131], np.uint8), width=5, says="whole numbers of eight bits, none below zero"),
        case(np.array([[-100, 0, 100, 90, 7]], np.int8), width=7, says="whole numbers of eight bits, width 7"),
        case(np.array([30_000, -30_000, 9], np.int16), width=3, says="whole numbers of sixteen bits"),
        case(1e-6 * rng.standard_normal((2, 9)), width=5, says="curves of some 10⁻⁶"),
    ]


def delta(features, *, width):
    features = np.asarray(features, float)
    half = width // 2
    padded = np.pad(features, [(0, 0)] * (features.ndim - 1) + [(half, half)], mode="edge")
    pieces = np.lib.stride_tricks.sliding_window_view(padded, width, axis=-1)
    offsets = np.arange(width) - half
    return pieces @ offsets / (offsets @ offsets)


def _delta_padded(before, behind=None):
    """Other frames at the ends: ``before`` the first and ``behind`` the last, in the words of np.pad."""

    def slopes(features, *, width):
        features, half = np.asarray(features, float), width // 2
        own = [(0, 0)] * (features.ndim - 1)
        longer = (np.pad(features, [*own, (half, half)], mode=mode) for mode in (before, behind or before))
        first, last = longer
        made = np.concatenate([first[..., : -half or None], last[..., -half:]], axis=-1)
        return delta(made, width=width)[..., half:-half]

    return slopes


def _delta_with_negative_index(features, *, width):
    """The index of what is earlier is not held at 0; one that is too low even for Python is."""
    features, last = np.asarray(features, float), np.shape(features)[-1] - 1
    found = np.zeros(features.shape)
    for t in range(last + 1):
        for n in range(1, width // 2 + 1):
            found[..., t] += n * (features[..., min(t + n, last)] - features[..., max(t - n, -last - 1)])
    return found / sum(2 * n**2 for n in range(1, width // 2 + 1))


def _delta_of_axis(axis):
    def slopes(features, *, width):
        turned = np.moveaxis(np.asarray(features, float), axis if np.ndim(features) > 1 else 0, -1)
        return np.moveaxis(delta(turned, width=width), -1, axis if np.ndim(features) > 1 else 0)

    return slopes


def _delta_neighbours(features, *, width):
    return delta(features, width=3)


def _gradient(features, *, width):
    return np.gradient(np.asarray(features, float), axis=-1)


def _delta_weighted(weights):
    """Other weights than n / Σn², ``weights(offsets)``."""

    def slopes(features, *, width):
        features, offsets = np.asarray(features, float), np.arange(width) - width // 2
        near = np.clip(np.arange(features.shape[-1])[:, np.newaxis] + offsets, 0, features.shape[-1] - 1)
        return features[..., near] @ weights(offsets)

    return slopes


def _delta_ends(change):
    """The right slopes; ``change(slopes, half)`` does something to the W frames at either end."""
    return lambda features, *, width: change(delta(features, width=width), width // 2)


def _ends_zero(slopes, half):
    place = np.arange(slopes.shape[-1])
    return np.where((place >= half) & (place < len(place) - half), slopes, 0)


def _ends_copied(slopes, half):
    n_time = slopes.shape[-1]
    return slopes[..., np.clip(np.arange(n_time), half, n_time - 1 - half)] if n_time > 2 * half else slopes


def _delta_shrunk(width_of):
    """``width_of(width, n_frames)`` in place of the width."""
    return lambda features, *, width: delta(features, width=width_of(width, np.shape(features)[-1]))


def _outermost_left_out(whole_divisor, of_three):
    """The pair n = W missing above, and below unless ``whole_divisor``; ``of_three(features)`` where nothing is left."""

    def slopes(features, *, width):
        features = np.asarray(features, float)
        if width == 3:
            return of_three(features)
        half = width // 2
        ratio = (half - 1) * (2 * half - 1) / ((half + 1) * (2 * half + 1)) if whole_divisor else 1
        return ratio * delta(features, width=width - 2)

    return slopes


def _divisor_without_last(features, *, width):
    half = width // 2
    with np.errstate(all="ignore"):  # of a width of 3 nothing is left
        ratio = np.divide((half + 1) * (2 * half + 1), (half - 1) * (2 * half - 1))
        return ratio * delta(features, width=width)


def _savgol(order, **options):
    def smoothed(features, *, width):
        from scipy.signal import savgol_filter

        return savgol_filter(features, width, min(order, width - 1), deriv=1, **options)

    return smoothed


def _delta_like(features, *, width):
    """The loop of python_speech_features: its array has the type of what comes in."""
    made = np.empty_like(features)
    made[...] = delta(features, width=width)
    return made


def _delta_loop(features, *, width):
    last, half = np.shape(features)[-1] - 1, width // 2
    features = np.asarray(features, float)
    found = np.zeros(np.shape(features))
    for t in range(last + 1):
        for n in range(1, half + 1):
            found[..., t] += n * (features[..., min(t + n, last)] - features[..., max(t - n, 0)])
    return found / (half * (half + 1) * (2 * half + 1) / 3)  # twice the sum of squares


def _in_own_integers(as_type=lambda features: features, wide=False):
    """Differences, or products with n where ``wide`` is false, in the type that came in."""

    def slopes(features, *, width):
        features, half = as_type(np.asarray(features)), width // 2
        last, t = features.shape[-1] - 1, np.arange(features.shape[-1])
        found = np.zeros(features.shape)
        for n in range(1, half + 1):
            rise = features[..., np.minimum(t + n, last)] - features[..., np.maximum(t - n, 0)]
            found += (float(n) if wide else n) * rise
        return found / (2 * sum(n * n for n in range(1, half + 1)))

    return slopes


EXERCISE = Exercise(
    title="slopes by regression",
    stars=2,
    kind="implement",
    task=r"""
The slope of the line that fits the frames around $t$ best, with `width` $= 2W + 1$:

$$d[t] = \frac{\sum_{n=1}^{W} n\,\bigl(c[t+n] - c[t-n]\bigr)}{2\sum_{n=1}^{W} n^2}$$

`features` has the shape `(…, time)`: one curve, 13 of them, or a batch. `width` is odd and at least 3. Where $t + n$ or $t - n$ lies outside, **the last or the first frame is repeated**, even if `width` is larger than the number of frames. Whole numbers of any type may come in (`uint8` is one), and slopes come out.
""",
    form="Features (…, time) in, their change per frame (…, time) out.",
    answer="delta",
    spec=Function(cases=_curves, expected=_slopes_of_lines),
    reference=delta,
    hints=(
        "Try a ramp that rises by 1 per frame: what must come out in the middle?",
        "`np.pad(…, mode='edge')` repeats the ends, if only the last axis is padded, by W on each side. "
        "Then slices of it are c[t+n] and c[t−n] for all t at once.",
        "For n = 1 … W: later = padded[..., W + n : W + n + T], earlier = padded[..., W − n : W − n + T], T the number "
        "of frames. Add up n times their difference, and divide at the end by twice the sum of the n².",
    ),
    wrongs=(
        Wrong(
            "window shrunk",
            "It is right where the clip is long enough. In a shorter one the window shrinks: repeat the end frames as often "
            "as `width` needs them, in place of taking fewer.",
            (
                _delta_shrunk(lambda width, n: min(width, max(3, n - 1 + n % 2))),
                _delta_shrunk(lambda width, n: min(width, max(3, 2 * n - 1))),
                _delta_shrunk(lambda width, n: min(width, max(3, n + 1 - n % 2))),
            ),
        ),
        Wrong(
            "neighbours only",
            "It looks at the two neighbours only, whatever the width: frames farther away must count, and count more.",
            (_delta_neighbours, _gradient),
        ),
        Wrong(
            "half the divisor",
            "It is twice too large: a ramp of 1 per frame gives 2. The divisor is twice the sum of the squares.",
            lambda features, *, width: 2 * delta(features, width=width),
        ),
        Wrong(
            "zeros at the ends",
            "It is right in the middle. Near the ends it takes the frames outside for zeros, "
            "and reports a fall from the last frame to nothing.",
            _delta_padded("constant"),
        ),
        Wrong(
            "round the corner",
            "It is right in the middle. At both ends it goes on at the other one, as `np.roll` and a remainder (%) do: the last frame "
            "stands before the first, and the first behind the last.",
            _delta_padded("wrap"),
        ),
        Wrong(
            "a negative index",
            "The end is right, the start is not: where t − n is below 0 the last frames are taken, as a negative index does. "
            "The first frame is to be repeated.",
            (_delta_padded("wrap", "edge"), _delta_with_negative_index),
        ),
        Wrong(
            "no frames before the first",
            "The end is right, the start is not: what is taken for the frames before the first is not the first one, repeated.",
            tuple(_delta_padded(mode, "edge") for mode in ("constant", "reflect", "symmetric")),
        ),
        Wrong(
            "no frames behind the last",
            "The start is right, the end is not: what is taken for the frames behind the last is not the last one, repeated.",
            tuple(_delta_padded("edge", mode) for mode in ("constant", "reflect", "symmetric", "wrap")),
        ),
        Wrong(
            "mirrored at the ends",
            "It is right in the middle. At the ends the frames are mirrored; the outermost one is to be repeated.",
            (_delta_padded("reflect"), _delta_padded("symmetric")),
        ),
        Wrong(
            "a line at the ends",
            "It is right in the middle. At the ends it repeats the slope of the outermost line, as librosa and `savgol_filter` "
            "do by default; here the end frames are repeated, which also works for short clips.",
            (
                lambda features, *, width: package.delta(features, width=width),
                _savgol(1),
                _delta_ends(_ends_copied),
            ),
        ),
        Wrong(
            "first axis",
            "It is right for one curve. With several it takes the slope along the first axis, "
            "from one coefficient or one clip to the next: time is the last.",
            _delta_of_axis(0),
        ),
        Wrong(
            "turned round",
            "Rising curves get a negative slope: earlier minus later, as `np.convolve` does, which turns its weights round.",
            lambda features, *, width: -delta(features, width=width),
        ),
        Wrong(
            "whole numbers in, whole numbers out",
            "With whole numbers the slopes are cut to whole numbers: `np.empty_like` and `zeros_like` take over the type "
            "of their model.",
            _delta_like,
        ),
        Wrong(
            "outermost pair left out",
            "The outermost pair of frames, n = W, is left out: Python's range(1, W) ends at W − 1.",
            tuple(
                _outermost_left_out(whole_divisor, of_three)
                for whole_divisor in (False, True)
                for of_three in (
                    lambda features: delta(features, width=3),
                    np.zeros_like,
                    lambda f: np.full(f.shape, np.nan),
                )
            ),
        ),
        Wrong(
            "outermost pair missing below",
            "The outermost pair, n = W, counts above and not below: W² is missing from the sum of squares. Python's range(1, W) ends "
            "at W − 1.",
            _divisor_without_last,
        ),
        Wrong(
            "width on each side",
            "The line is fitted to `width` frames on each side: it looks at 2 · width + 1 frames in place of `width`.",
            lambda features, *, width: delta(features, width=2 * width + 1),
        ),
        Wrong(
            "equal weights",
            "All frames of a side count alike: in the line that fits best, a frame n steps away has the weight n.",
            _delta_weighted(lambda offsets: np.sign(offsets) / (len(offsets) - 1)),
        ),
        Wrong(
            "sum of n",
            "The divisor is twice the sum of the n; it is the squares, n², that are added up.",
            _delta_weighted(lambda offsets: offsets / np.abs(offsets).sum()),
        ),
        Wrong(
            "difference of neighbours",
            "That is the step from the frame before to this one, whatever the width: a line is fitted to frames on both sides.",
            lambda features, *, width: np.diff(
                np.asarray(features, float), axis=-1, prepend=np.asarray(features, float)[..., :1]
            ),
        ),
        Wrong(
            "a cubic",
            "That is the slope of the cubic that fits best; the slope of the best line is asked for.",
            _savgol(3, mode="nearest"),
        ),
        Wrong(
            "frames at the ends missing",
            "The first and the last W frames are missing: repeat the end frames, so that as many slopes come out as frames go in.",
            _delta_ends(lambda slopes, half: slopes[..., half:-half]),
        ),
        Wrong(
            "ends left at 0",
            "It is right in the middle. The first and the last W frames have the slope 0: there, too, a line is fitted, "
            "with the end frames repeated.",
            _delta_ends(_ends_zero),
        ),
        Wrong(
            "differences in few bits",
            "The subtraction is done in the whole numbers that came in: of eight bits, 0 − 10 is 246 without a sign, and "
            "100 − (−100) is −56 with one. Make floats of them before you subtract.",
            (
                _in_own_integers(),
                _in_own_integers(wide=True),
                _in_own_integers(lambda x: x.astype(np.int8) if x.dtype.kind in "iu" else x),
            ),
        ),
    ),
    after="A delta of 9 frames, 10 ms apart, looks 40 ms ahead: a recogniser that listens live must wait for it.",
    also_right=(
        _delta_loop,
        _slopes_of_lines,
        lambda features, *, width: delta(np.float32(features), width=width).astype(np.float32).tolist(),
    ),
)
