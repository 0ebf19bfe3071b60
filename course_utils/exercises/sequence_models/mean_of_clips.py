import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _mean_by_definition(hidden, lengths):
    found = []
    for clip, length in zip(hidden, lengths, strict=True):
        found.append([math.fsum(float(clip[t][c]) for t in range(length)) / length for c in range(len(clip[0]))])
    return np.array(found)


def _padded_clips() -> list[Case]:
    rng = np.random.default_rng(3)
    filled = rng.standard_normal((4, 9, 3))
    broken = rng.standard_normal((2, 5, 2))
    broken[1, 3:] = np.inf
    both = np.where(np.arange(6) < 2, 7.0, np.inf * (-1.0) ** np.arange(6))[np.newaxis, :, np.newaxis]
    quiet = np.array([[[0.0], [6], [0], [0]], [[0], [0], [0], [5]]])
    return [
        case(
            np.array([[[1.0], [3.0], [0.0]], [[2.0], [4.0], [9.0]]]),
            np.array([2, 3]),
            says="clips of two and three frames",
            gives=[[2], [5]],
        ),
        case(filled, np.array([9, 1, 4, 8]), says="numbers that are not 0 in the padding"),
        case(broken, np.array([5, 3]), says="infinity in the padding"),
        case(both, np.array([2]), says="infinities of both signs in the padding", gives=[[7]]),
        case(quiet, np.array([3, 2]), says="frames of zeros that belong to the clip", gives=[[2], [0]]),
        case(rng.standard_normal((3, 1, 4)), np.array([1, 1, 1]), says="clips of one frame"),
        case(rng.standard_normal((1, 6, 2)) - 5, np.array([6]), says="one clip, no padding, all numbers negative"),
        case(
            np.where(np.arange(4) < 2, 3.0, np.nan)[np.newaxis, :, np.newaxis],
            np.array([2]),
            says="NaN in the padding",
            gives=[[3]],
        ),
        case(1e-6 * rng.standard_normal((2, 5, 2)), np.array([5, 3]), says="numbers of some 10⁻⁶"),
    ]


def mean_of_clips(hidden, lengths):
    counts = np.arange(hidden.shape[1]) < lengths[:, np.newaxis]
    kept = np.where(counts[..., np.newaxis], hidden, 0)
    return kept.sum(axis=1) / lengths[:, np.newaxis]


def _mean_with(length_of=lambda length, n_frames: length, divisor=lambda length, n_frames: length):
    def mean(hidden, lengths):
        n_frames = hidden.shape[1]
        with np.errstate(invalid="ignore"):  # infinities of both signs in the padding
            return np.array(
                [
                    clip[: length_of(n, n_frames)].sum(axis=0) / divisor(n, n_frames)
                    for clip, n in zip(hidden, lengths, strict=True)
                ]
            )

    return mean


def _multiplied_mask(hidden, lengths):
    counts = np.arange(hidden.shape[1]) < lengths[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        return (hidden * counts[..., np.newaxis]).sum(axis=1) / lengths[:, np.newaxis]


def _zeros_left_out(is_there):
    """The mean over the frames where ``is_there(hidden)``."""

    def mean(hidden, lengths):
        counts = is_there(hidden)
        with np.errstate(invalid="ignore"):
            return np.where(counts, hidden, 0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)

    return mean


def _finite_ones(hidden, lengths):
    return hidden.mean(axis=1, where=np.isfinite(hidden))


def _in_order(order_of):
    """The right means, in another order."""
    return lambda hidden, lengths: _mean_with()(hidden, lengths)[order_of(lengths)]


def _own_zeros_left_out(hidden, lengths):
    there = np.arange(hidden.shape[1]) < lengths[:, np.newaxis]
    return _zeros_left_out(lambda hidden: there[..., np.newaxis] & (hidden != 0).any(axis=2, keepdims=True))(
        hidden, lengths
    )


def _infinity_only(hidden, lengths):
    return _multiplied_mask(np.where(np.isinf(hidden), 0, hidden), lengths)


EXERCISE = Exercise(
    title="a mean that knows where the clip ends",
    stars=1,
    kind="repair",
    task=r"""
Clips of different lengths share a batch, and the shorter ones are padded. The published code averages over all frames, so that a clip's vector shrinks when a longer clip stands beside it.

**Mend it**: the mean of each clip over its own frames. `hidden` is `(batch, frames, width)`, `lengths` is an integer array `(batch,)` of frames, each at least 1; the result is `(batch, width)`. What stands in the padding must not matter, **whatever it is**: after some layers it is no longer 0, and it may be infinite, or NaN.
""",
    given='''import numpy as np


def published_mean(hidden, lengths):
    """As published: the mean over time."""
    return hidden.mean(axis=1)


clip = np.full((1, 3, 1), 6.0)
beside_a_long_one = np.pad(clip, ((0, 0), (0, 9), (0, 0)))
for name, batch in (("alone", clip), ("beside a clip of 12 frames", beside_a_long_one)):
    print(f"{name:28s} {published_mean(batch, np.array([3]))[0, 0]:.1f}")''',
    form="Numbers (batch, frames, width) and lengths (batch,) in, means (batch, width) out.",
    answer="mean_of_clips",
    spec=Function(cases=_padded_clips, expected=_mean_by_definition),
    reference=mean_of_clips,
    hints=(
        "Which frames count, and by what is their sum divided?",
        "A table of True and False, (batch, frames), comes from comparing frame numbers with lengths as a column.",
        "0 times infinity is NaN: `np.where` with that table chooses, where a product would not.",
    ),
    wrongs=(
        Wrong(
            "over the padding too",
            "The padding is counted, so that a clip's vector depends on its neighbours.",
            (
                _mean_with(*2 * [lambda length, n_frames: n_frames]),
                lambda hidden, lengths: _mean_with(*2 * [lambda length, n_frames: n_frames])(
                    hidden[:, : lengths.max()], lengths
                ),
            ),
        ),
        Wrong(
            "right sum, all frames",
            "The sum leaves the padding out, the division does not: the longer the neighbour, the smaller the result.",
            _mean_with(divisor=lambda length, n_frames: n_frames),
        ),
        Wrong(
            "sum of all, own frames",
            "The division knows where the clip ends, the sum does not: what stands in the padding is added.",
            _mean_with(length_of=lambda length, n_frames: n_frames),
        ),
        Wrong(
            "a product as mask",
            "0 times infinity is NaN: a mask that is multiplied lets what is broken in the padding through. Choose instead.",
            _multiplied_mask,
        ),
        Wrong(
            "one frame too many",
            "The frame after the last one is counted: a clip of n frames ends with frame n − 1.",
            (
                _mean_with(length_of=lambda length, n_frames: length + 1),
                lambda hidden, lengths: _mean_with()(hidden, np.minimum(lengths + 1, hidden.shape[1])),
            ),
        ),
        Wrong(
            "last frame left out",
            "The last frame of each clip is left out of the sum.",
            (
                _mean_with(length_of=lambda length, n_frames: length - 1),
                lambda hidden, lengths: _mean_with()(hidden, np.maximum(lengths - 1, 1)),
            ),
        ),
        Wrong(
            "zeros taken for padding",
            "Zeros are left out, as if all of them were padding. A clip may hold zeros of its own, and the padding other numbers: "
            "only `lengths` tells one from the other.",
            (
                _zeros_left_out(lambda hidden: (hidden != 0).any(axis=2, keepdims=True)),
                _zeros_left_out(lambda hidden: np.isfinite(hidden) & (hidden != 0).any(axis=2, keepdims=True)),
                _zeros_left_out(lambda hidden: hidden != 0),
                _own_zeros_left_out,
            ),
        ),
        Wrong(
            "only what is finite",
            "Whatever is finite is counted, padding or not. What belongs to a clip stands in `lengths`.",
            (
                _finite_ones,
                lambda hidden, lengths: np.where(np.isfinite(hidden), hidden, 0).sum(axis=1) / lengths[:, None],
            ),
        ),
        Wrong(
            "over the width, too",
            "All numbers of a clip are the same: the mean runs over the width, too, and is to be one over the frames.",
            lambda hidden, lengths: np.array(
                [np.full(clip.shape[1], clip[:n].mean()) for clip, n in zip(hidden, lengths, strict=True)]
            ),
        ),
        Wrong(
            "sorted by length",
            "The means are right, and stand in the order of the lengths: each clip's belongs where the clip came.",
            (_in_order(lambda lengths: np.argsort(-lengths, kind="stable")), _in_order(np.argsort)),
        ),
        Wrong(
            "mean of the batch",
            "All clips have the same mean here: the frames of the whole batch were averaged.",
            lambda hidden, lengths: np.broadcast_to(
                np.concatenate([clip[:n] for clip, n in zip(hidden, lengths, strict=True)]).mean(axis=0),
                (len(hidden), hidden.shape[2]),
            ),
        ),
        Wrong(
            "maximum",
            "That is the largest value of each clip; the mean is asked.",
            lambda hidden, lengths: np.array([clip[:n].max(axis=0) for clip, n in zip(hidden, lengths, strict=True)]),
        ),
        Wrong(
            "padding in front",
            "The last frames of each row are taken, as if the padding stood in front: it stands behind.",
            lambda hidden, lengths: _mean_with()(np.flip(hidden, axis=1), lengths),
        ),
        Wrong(
            "cut to the shortest",
            "Every clip is cut to the shortest of the batch: the longer ones lose their ends, and depend on their neighbours again.",
            lambda hidden, lengths: hidden[:, : min(lengths)].mean(axis=1),
        ),
        Wrong(
            "median",
            "That is the median of each clip; the mean is asked.",
            lambda hidden, lengths: np.array(
                [np.median(clip[:n], axis=0) for clip, n in zip(hidden, lengths, strict=True)]
            ),
        ),
        Wrong(
            "the last frame",
            "That is the last frame of each clip; the mean over its frames is asked.",
            lambda hidden, lengths: hidden[np.arange(len(hidden)), lengths - 1],
        ),
        Wrong(
            "sum",
            "These are sums; a mean is asked: divide by the number of frames of each clip.",
            _mean_with(divisor=lambda length, n_frames: 1),
        ),
        Wrong(
            "NaN from the padding",
            "Infinity in the padding is cleared and NaN is not: times 0 it is NaN still. Choose with the mask, as np.where "
            "does, or cut each clip to its length.",
            _infinity_only,
        ),
        Wrong(
            "clips without padding empty",
            "Only the clips without padding are wrong: nothing is averaged there. Are the frames of a clip taken with `[:-pad]`? Where "
            "pad is 0 that is `[:0]`, nothing: count from the start, `[:n]`.",
            tuple(
                _mean_with(length_of=lambda n, n_frames: 0 if n == n_frames else n, divisor=divisor)
                for divisor in (
                    lambda n, n_frames: n,
                    lambda n, n_frames: np.float64(0 if n == n_frames else n),
                )
            ),
        ),
    ),
    after="Test every layer that pools like this: fill the padding with infinity, and whatever leaks shows at once.",
    also_right=(_mean_by_definition, _mean_with()),
)
