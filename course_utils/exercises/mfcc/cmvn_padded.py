import statistics

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case
from ._cmvn_ways import (
    _as_published,
    _by_std,
    _clip_by_clip,
    _mean,
    _normal_with,
    _over_axes,
    _padding_guessed,
    _spread,
    _spread_about_that,
    _spread_with_padding,
    _std_or_one,
    _sum_of_all,
)


def _normal_by_definition(features, lengths):
    """Clip by clip and coefficient by coefficient, from the frames that are there."""
    normal = np.zeros(np.shape(features))
    for b, length in enumerate(lengths):
        for k, row in enumerate(features[b]):
            values = [float(value) for value in row[:length]]
            if max(values) > min(values):
                mean, spread = statistics.fmean(values), statistics.pstdev(values)
                normal[b, k, :length] = [(value - mean) / spread for value in values]
    return normal


def _batches() -> list[Case]:
    rng = np.random.default_rng(17)

    def batch(lengths, n_coefficients, n_time, padding):
        made = np.full((len(lengths), n_coefficients, n_time), padding)
        for clip, length in zip(made, lengths, strict=True):
            clip[:, :length] = rng.uniform(1, 20, (n_coefficients, 1)) * rng.standard_normal((n_coefficients, length))
            clip[:, :length] += rng.uniform(-40, 40, (n_coefficients, 1))
        return made, np.array(lengths)

    held = batch([3, 5], 2, 5, 0.0)
    held[0][0, 0, :3] = 0.1  # whose mean in floating point is 0.10000000000000002
    far_off = 3e7 + 5 * rng.standard_normal((1, 2, 9)), np.array([8])
    hardly = np.array([[[2.1, 1.9, 1.9, 2.1, 2.1, 1.9]]]), np.array([6])
    return [
        case(np.array([[[1.0, 3]]]), np.array([2]), says="one clip of two frames", gives=[[[-1, 1]]]),
        case(
            np.array([[[1.0, 3, 0, 0]]]),
            np.array([2]),
            says="the same with two frames of zeros behind it",
            gives=[[[-1, 1, 0, 0]]],
        ),
        case(*batch([7, 4, 1], 2, 7, 0.0), says="clips of 7, 4 and 1 frames, zeros behind them"),
        case(*batch([6, 9], 3, 9, -100.0), says="clips of 6 and 9 frames, −100 behind the shorter"),
        case(*batch([4, 3, 2, 4], 4, 4, 0.0), says="four clips, four coefficients, four frames"),
        case(*held, says="a coefficient that stays at 0.1"),
        case(np.zeros((1, 2, 4)), np.array([3]), says="silence", gives=np.zeros((1, 2, 4))),
        case(*batch([3, 6], 2, 8, 1e6), says="clips of 3 and 6 frames, a million behind both"),
        case(
            np.array([[[0.0, 4, 0, 4, 9]]]),
            np.array([4]),
            says="zeros in frames that are there",
            gives=[[[-1, 1, -1, 1, 0]]],
        ),
        case(*far_off, says="a coefficient near 3 · 10⁷ that changes by some 5"),
        case(*hardly, says="a coefficient that changes by 0.1"),
    ]


def cmvn_padded(features, lengths):
    n_frames = np.expand_dims(lengths, (1, 2))
    there = np.arange(features.shape[-1]) < n_frames
    mean = np.where(there, features, 0).sum(axis=-1, keepdims=True) / n_frames
    centred = np.where(there, features - mean, 0)
    spread = np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames)
    return centred / np.maximum(spread, 1e-8)  # a coefficient that never changes becomes 0


def _with_lengths(change):
    return lambda features, lengths: cmvn_padded(features, change(np.asarray(lengths), features.shape[-1]))


def _zeros_not_counted(features, lengths):
    def there(features, counted):
        return counted & (features != 0)

    def mean(features, counted):
        kept = there(features, counted)
        return np.where(kept, features, 0).sum(axis=-1, keepdims=True) / np.maximum(kept.sum(axis=-1, keepdims=True), 1)

    def spread(features, counted):
        kept = there(features, counted)
        squares = np.where(kept, (features - mean(features, counted)) ** 2, 0).sum(axis=-1, keepdims=True)
        return np.sqrt(squares / np.maximum(kept.sum(axis=-1, keepdims=True), 1))

    return _normal_with(mean, spread)(features, lengths)


def _squares_less_square(features, there):
    mean = _mean(features, there)
    return np.sqrt(np.maximum((features**2).mean(axis=-1, keepdims=True, where=there) - mean**2, 0) + 1e-10)


def _one_deviation(features, lengths):
    found = np.zeros(np.shape(features))
    for clip, z, n in zip(np.asarray(features, float), found, lengths, strict=True):
        size = clip[:, :n].std()
        z[:, :n] = (clip[:, :n] - clip[:, :n].mean(-1, keepdims=True)) / (size if size > 1e-9 else 1)
    return found


EXERCISE = Exercise(
    title="normalisation that must not see the padding",
    stars=2,
    kind="repair",
    task=r"""
Clips of different lengths are padded to one array, `(batch, coefficient, time)`; `lengths` says how many frames of each are there. The function below normalises them. It knows about the padding and still lets it in: a clip gets other features beside a long neighbour than alone. (ESPnet's `utterance_mvn` did this with `norm_vars=True` until its pull request 6571.)

**Mend it.** For each clip and coefficient, over the frames that are there and no others,

$$z[k, t] = \frac{c[k, t] - \mu_k}{\sigma_k}, \qquad \sigma_k^2 = \frac1T \sum_{t=0}^{T-1} (c[k, t] - \mu_k)^2, \qquad T = \texttt{lengths[b]} \ge 1,$$

and **0 in the padding**. What stands in the padding when it comes in can be any number from −10⁶ to 10⁶: zeros, or −100 dB. A coefficient that does not change during a clip becomes 0, also where rounding leaves it a spread of $10^{-17}$. A coefficient may lie some million times as far from 0 as it changes. What changes has a $\sigma_k$ of 0.1 or more. (A number of up to 10⁻⁷ added to the variance, as frameworks do, is no mistake here.)
""",
    given='''import numpy as np


def published_cmvn(features, lengths):
    """As published: mean and deviation over the frames that are there, or so it says."""
    n_frames = np.reshape(lengths, (-1, 1, 1))
    mean = features.sum(axis=-1, keepdims=True) / n_frames  # zeros add nothing
    centred = features - mean
    deviation = np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames)
    return centred / deviation


clip = 10 + np.random.default_rng(0).standard_normal((1, 1, 50))
padded = np.pad(clip, ((0, 0), (0, 0), (0, 30)))
for features in (clip, padded):
    normal = published_cmvn(features, [50])[..., :50]
    print(f"50 frames in an array of {features.shape[-1]}: standard deviation {normal.std():.2f}")''',
    form="Features (batch, coefficient, time) and the frames in each clip in, the same shape out.",
    answer="cmvn_padded",
    # dividing by sqrt(variance + 1e-7) is no mistake
    spec=Function(cases=_batches, expected=_normal_by_definition, tolerance=1e-4),
    reference=cmvn_padded,
    hints=(
        "What stands in the padding after the mean has been subtracted, and what becomes of it when it is squared?",
        "Build a mask: `np.arange(n_time)` against the lengths as a column per clip. Where must it be applied?",
        "Before the sum for the mean, and again before the sum of the squares. Then divide, where there is something to "
        "divide by: a spread of 1e-17 is rounding.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "Unmended: zeros in the padding are −μ after the subtraction, and their squares are counted in the deviation.",
            _as_published,
        ),
        Wrong(
            "padding counted",
            "Mean and deviation are taken over all frames of the array, padding included: "
            "short clips are pulled towards what stands behind them.",
            _normal_with(lambda f, there: _mean(f, True), lambda f, there: _spread(f, True)),
        ),
        Wrong(
            "padding guessed",
            "Zeros are taken for padding, and everything else for sound. A coefficient may be 0, and the padding may be "
            "−100: only `lengths` says what is there.",
            _padding_guessed,
        ),
        Wrong(
            "padding not zero",
            "The frames that are there are right. The padding is not 0, and is to be.",
            (
                _normal_with(padding=lambda f, made: made),
                _normal_with(padding=lambda f, made: f),
                _normal_with(padding=lambda f, made: np.where(abs(made) < 5e6, made, 0)),  # 0 where nothing changes
            ),
        ),
        Wrong(
            "divided by T − 1",
            "The deviation divides by T − 1, the estimate for a sample. Here the frames of the clip are all there is: "
            "divide by T. (`torch.std` has T − 1 as its default.)",
            (_clip_by_clip(_by_std(ddof=1)), _clip_by_clip(_by_std(ddof=1, fewest=0))),
        ),
        Wrong(
            "rounding taken for a spread",
            "A coefficient that stays at 0.1 comes out as ±1 or so: its mean is 0.1 but for rounding, "
            "and a deviation of 1e-17 is not exactly 0. Compare with a small number, not with 0.",
            _clip_by_clip(_std_or_one),
        ),
        Wrong(
            "over the coefficients",
            "Mean and deviation run over the coefficients of each frame. They belong to one coefficient, over time.",
            _clip_by_clip(_by_std(axis=-2)),
        ),
        Wrong(
            "mean only",
            "The mean is subtracted, the deviation not divided by.",
            _normal_with(spread=lambda f, there: 1),
        ),
        Wrong(
            "divided by the variance",
            "It was divided by the variance: the deviation is its square root.",
            _normal_with(spread=lambda f, there: _spread(f, there) ** 2),
        ),
        Wrong(
            "padding counted in the deviation",
            "The mean is that of the frames that are there. In the deviation what stands in the padding is counted, too.",
            (
                _normal_with(spread=lambda f, there: _spread(f, True)),
                _normal_with(
                    spread=lambda f, there: _spread_with_padding(np.where(there, f, 0), there, _mean(f, there))
                ),
                _normal_with(spread=lambda f, there: _spread_with_padding(f, there, _mean(f, there))),
            ),
        ),
        Wrong(
            "divided by all frames",
            "The sum over the frames that are there was divided by all frames of the array: the mean comes out too near 0.",
            _normal_with(lambda f, there: np.where(there, f, 0).mean(axis=-1, keepdims=True)),
        ),
        Wrong(
            "padding taken for zeros",
            "The sum for the mean runs over the padding, too, which is right only while zeros stand there.",
            _normal_with(_sum_of_all, _spread_about_that),
        ),
        Wrong(
            "0/0 where nothing changes",
            "A coefficient that does not change has a deviation of 0, and 0/0 is not a number: it must become 0.",
            _clip_by_clip(_by_std(least=0)),
        ),
        Wrong(
            "over the whole clip",
            "Mean and deviation are those of all coefficients of a clip together: each coefficient has its own.",
            _over_axes((1, 2)),
        ),
        Wrong(
            "over the batch",
            "Mean and deviation are those of all clips together: each clip has its own, whatever stands beside it.",
            (_over_axes((0, 2)), _over_axes((0, 1, 2))),
        ),
        Wrong(
            "a frame more",
            "A clip of T frames has the frames 0 to T − 1: here the first of the padding is counted, too.",
            _with_lengths(lambda lengths, n_time: np.minimum(lengths + 1, n_time)),
        ),
        Wrong(
            "a frame less",
            "A clip of T frames has the frames 0 to T − 1: here the last one is not counted.",
            _with_lengths(lambda lengths, n_time: np.maximum(lengths - 1, 1)),
        ),
        Wrong(
            "one deviation for all coefficients",
            "Each coefficient has its own mean, and all of a clip are divided by one deviation: each has its own.",
            _one_deviation,
        ),
        Wrong(
            "padding cut off",
            "The array comes out shorter, as long as the longest clip: the shape is to stay, with zeros in the padding.",
            lambda features, lengths: cmvn_padded(features, lengths)[..., : max(lengths)],
        ),
        Wrong(
            "zeros not counted",
            "A coefficient may be exactly 0 in a frame that is there, and such a frame counts like any other: the lengths "
            "say which frames are there, and no value does.",
            _zeros_not_counted,
        ),
        Wrong(
            "squares less square",
            "The mean of the squares less the square of the mean is the difference of two large numbers where a coefficient "
            "lies far from 0: nearly all digits cancel. Subtract the mean first, and square then.",
            _normal_with(spread=_squares_less_square),
        ),
        Wrong(
            "single precision",
            "Float32 has seven digits, and a coefficient near 3 · 10⁷ needs them all for its mean: little is left for its changes. "
            "Compute in float64, as the features come.",
            lambda features, lengths: _clip_by_clip(_by_std(least=1e-4))(features.astype(np.float32), lengths),
        ),
        Wrong(
            "clips without padding cleared",
            "Only the clips without padding are wrong, and 0 from end to end. Are the last frames cleared with `[-pad:]`? Where pad is "
            "0 that is `[0:]`, all of them: count from the start, `[T:]`.",
            lambda features, lengths: np.where(
                (np.asarray(lengths) < features.shape[-1])[:, np.newaxis, np.newaxis], cmvn_padded(features, lengths), 0
            ),
        ),
    ),
    after="A clip now has beside any neighbour the features that it has alone, and that is the test to write for every front end "
    "that takes batches.",
    also_right=(
        _clip_by_clip(_by_std()),
        _clip_by_clip(
            lambda frames: (frames - frames.mean(-1, keepdims=True)) / (frames.std(-1, keepdims=True) + 1e-7)
        ),
        lambda features, lengths: cmvn_padded(np.asarray(features), list(lengths)).astype(np.float32),
    ),
)
