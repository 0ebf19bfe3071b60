import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _standardised_by_definition(features, n_valid):
    n_clips, n_bands, n_frames = features.shape
    result = np.zeros((n_clips, n_bands, n_frames))
    for k in range(n_bands):
        values = [float(features[b, k, t]) for b in range(n_clips) for t in range(n_valid[b])]
        mean = math.fsum(values) / len(values)
        deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
        for b in range(n_clips):
            for t in range(n_valid[b]):
                result[b, k, t] = (features[b, k, t] - mean) / deviation if deviation > 1e-9 else 0.0
    return result


def _padded_batches() -> list[Case]:
    rng = np.random.default_rng(14)

    def batch(n_valid, n_bands, n_frames, filling=0.0):
        features = 3 * rng.standard_normal((len(n_valid), n_bands, n_frames)) - np.arange(n_bands)[:, np.newaxis]
        for clip, n in zip(features, n_valid, strict=True):
            clip[:, n:] = filling
        return features, np.array(n_valid)

    one_band = np.array([[[1.0, 3, 0, 0]], [[5, 7, 0, 0]]])
    hand = np.array([[[-3.0, -1, 0, 0]], [[1, 3, 0, 0]]]) / np.sqrt(5)
    constant, lengths = batch([4, 6], 3, 6)
    constant[:, 1] = np.where(np.arange(6) < lengths[:, np.newaxis], -11.5, 0)
    narrow = rng.standard_normal((2, 3, 7)) * [[1], [1e-6], [3e-10]]
    high = 2.0**20 + np.array([1, -1, -1, 1, 1, 1, -1, -1]).reshape(2, 1, 4) * np.array([[2.0**-10], [2.0**-9]])
    sign = np.sign(high - 2.0**20)  # the deviations are powers of two: all sums are exact
    less_narrow = 2.0**20 + sign / 32
    return [
        case(one_band, np.array([2, 2]), says="two clips of one band, half of it padding", gives=hand),
        case(*batch([9, 4, 7], 5, 9), says="three clips of 9, 4 and 7 frames, padded with zeros"),
        case(*batch([3, 8], 4, 8, filling=-100.0), says="padding of −100 dB"),
        case(*batch([3, 8, 5], 4, 8, filling=np.inf), says="infinity in the padding"),
        case(*batch([5, 0, 3], 2, 5), says="a clip that is all padding"),
        case(narrow, np.array([5, 7]), says="bands with deviations near 1, 10⁻⁶ and 3·10⁻¹⁰"),
        case(high, np.array([4, 4]), says="bands near 10⁶ with deviations near 10⁻³", gives=sign),
        case(less_narrow, np.array([4, 4]), says="bands near 10⁶ with a deviation of 1/32", gives=sign),
        case(*batch([6, 6], 2, 6), says="no padding at all"),
        case(constant, lengths, says="a band that never changes"),
        case(*batch([1, 1, 1], 3, 4), says="clips of a single frame"),
        case(
            np.array([[[0.0, 4, 0, 0]], [[4, 0, 0, 4]]]),
            np.array([2, 4]),
            says="zeros in frames that are sound",
            gives=np.array([[[-1.0, 1, 0, 0]], [[1, -1, -1, 1]]]),
        ),
        case(*batch([3, 6], 3, 7, filling=np.nan), says="NaN in the padding"),
        case(*batch([4], 2, 6), says="a single clip"),
        case(rng.standard_normal((2, 1, 6)) * 4e-9, np.array([6, 4]), says="a band with a deviation near 4·10⁻⁹"),
    ]


def standardise(features, n_valid):
    is_sound = np.arange(features.shape[-1]) < n_valid[:, np.newaxis, np.newaxis]
    n = n_valid.sum()
    mean = np.where(is_sound, features, 0).sum(axis=(0, 2), keepdims=True) / n
    centred = np.where(is_sound, features - mean, 0)
    deviation = np.sqrt((centred**2).sum(axis=(0, 2), keepdims=True) / n)
    return centred / np.where(deviation > 1e-9, deviation, np.inf)


def _scaled(centred, deviation):
    return centred / np.where(deviation > 1e-9, deviation, np.inf)


def _is_sound(features, n_valid):
    return np.arange(features.shape[-1]) < n_valid[:, np.newaxis, np.newaxis]


def _statistics_with(values, clear=True, axis=(0, 2)):
    """Standardised with the mean and deviation of ``values(features, is_sound)``, NaN where one is left out."""

    def standardised(features, n_valid):
        is_sound = _is_sound(features, n_valid)
        chosen = values(features, is_sound)
        with np.errstate(invalid="ignore"):  # infinity in the padding
            mean, deviation = (f(chosen, axis=axis, keepdims=True) for f in (np.nanmean, np.nanstd))
            result = _scaled(features - mean, deviation)
        return np.where(is_sound, result, 0) if clear else result

    return standardised


def _sound_only(features, is_sound):
    return np.where(is_sound, features, np.nan)


def _divided(divide, ddof=0):
    """The centred values, 0 in the padding, by ``divide(centred, deviation)``."""

    def standardised(features, n_valid):
        is_sound = _is_sound(features, n_valid)
        deviation = np.nanstd(_sound_only(features, is_sound), axis=(0, 2), keepdims=True, ddof=ddof)
        with np.errstate(all="ignore"):
            return np.where(is_sound, divide(_only_centred(features, n_valid), deviation), 0)

    return standardised


def _multiplied_mask(features, n_valid):
    is_sound, n = _is_sound(features, n_valid), n_valid.sum()
    with np.errstate(invalid="ignore"):
        mean = (features * is_sound).sum(axis=(0, 2), keepdims=True) / n
        centred = (features - mean) * is_sound
    return _scaled(centred, np.sqrt((centred**2).sum(axis=(0, 2), keepdims=True) / n))


def _mean_of_means(is_counted, deviation_of=None):
    """The mean of the clips' means; ``is_counted(n)`` says whether a clip of n frames has one.

    The deviation is that of all frames, or ``deviation_of(clips, mean)``, the clips without their padding.
    """

    def standardised(features, n_valid):
        is_sound = _is_sound(features, n_valid)
        pairs = zip(features, n_valid, strict=True)
        means = [clip[:, :n].sum(axis=1) / max(n, 1) for clip, n in pairs if is_counted(n)]
        mean = np.mean(means, axis=0)[:, np.newaxis]
        centred = np.where(is_sound, features - mean, 0)
        if deviation_of:
            return _scaled(
                centred, deviation_of([clip[:, :n] for clip, n in zip(features, n_valid, strict=True) if n], mean)
            )
        return _scaled(centred, np.sqrt((centred**2).sum(axis=(0, 2), keepdims=True) / n_valid.sum()))

    return standardised


def _within_the_clips(features, n_valid):
    """The mean of all frames, and the deviation of each from the mean of its own clip."""
    is_sound = _is_sound(features, n_valid)
    own = np.where(is_sound, features, 0).sum(axis=2, keepdims=True) / np.maximum(n_valid, 1)[:, None, None]
    squares = np.where(is_sound, features - own, 0) ** 2
    return _scaled(_only_centred(features, n_valid), np.sqrt(squares.sum(axis=(0, 2), keepdims=True) / n_valid.sum()))


def _root_of_mean_variance(clips, mean):
    return np.sqrt(np.mean([((clip - mean) ** 2).mean(axis=1, keepdims=True) for clip in clips], axis=0))


def _mean_of_deviations(clips, mean):
    return np.mean([clip.std(axis=1, keepdims=True) for clip in clips], axis=0)


def _squares_less_square(root=lambda variance: np.sqrt(np.maximum(variance, 0))):
    """The variance as mean of the squares less square of the mean."""

    def standardised(features, n_valid):
        is_sound, n = _is_sound(features, n_valid), n_valid.sum()
        chosen = np.where(is_sound, features, 0)
        mean = chosen.sum(axis=(0, 2), keepdims=True) / n
        with np.errstate(all="ignore"):
            deviation = root((chosen**2).sum(axis=(0, 2), keepdims=True) / n - mean**2)
            return np.where(is_sound & (deviation > 1e-9), (chosen - mean) / deviation, 0)

    return standardised


def _squares_less_square_unbounded(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    chosen = _sound_only(features, is_sound)
    with np.errstate(all="ignore"):
        variance = (
            np.nanmean(chosen**2, axis=(0, 2), keepdims=True) - np.nanmean(chosen, axis=(0, 2), keepdims=True) ** 2
        )
        return np.where(is_sound, _only_centred(features, n_valid) / np.sqrt(variance), 0)


def _single_precision(features, n_valid):
    with np.errstate(all="ignore"):
        return standardise(np.asarray(features, np.float32), n_valid)


def _all_frames_counted(features, n_valid):
    """The sums are right and divided by the number of all frames."""
    is_sound, n = _is_sound(features, n_valid), features.shape[0] * features.shape[2]
    mean = np.where(is_sound, features, 0).sum(axis=(0, 2), keepdims=True) / n
    centred = np.where(is_sound, features - mean, 0)
    return _scaled(centred, np.sqrt((centred**2).sum(axis=(0, 2), keepdims=True) / n))


def _only_centred(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    mean = np.nanmean(_sound_only(features, is_sound), axis=(0, 2), keepdims=True)
    return np.where(is_sound, features - mean, 0)


def _by_variance(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    chosen = _sound_only(features, is_sound)
    return _scaled(_only_centred(features, n_valid), np.nanvar(chosen, axis=(0, 2), keepdims=True))


def _standardised_by_gathering(features, n_valid):
    """The frames that are sound, side by side; and back into their places."""
    result = np.zeros(features.shape)
    frames = np.concatenate([clip[:, :n] for clip, n in zip(features, n_valid, strict=True)], axis=1)
    mean, deviation = frames.mean(axis=1, keepdims=True), frames.std(axis=1, keepdims=True)
    for b, n in enumerate(n_valid):
        result[b, :, :n] = (features[b, :, :n] - mean) / np.where(deviation > 1e-9, deviation, np.inf)
    return result


def _each_clip_by_itself(features, n_valid):
    result = np.zeros(features.shape)
    for b in np.flatnonzero(n_valid):
        result[b] = _standardised_by_gathering(features[b : b + 1], n_valid[b : b + 1])[0]
    return result


def _zeros_not_counted(features, is_sound):
    return np.where(is_sound & (features != 0), features, np.nan)


def _infinity_only(features, n_valid):
    """Infinities are cleared before the product with the mask, NaN is not."""
    return _multiplied_mask(np.where(np.isinf(features), 0, features), n_valid)


def _without_last_frames(features, n_valid):
    """Mean and deviation without the last frame of each clip, for all that is sound."""

    def chosen(features, is_sound):
        return np.where(_is_sound(features, n_valid - 1), features, np.nan)

    return _statistics_with(chosen)(features, n_valid)


def _without_full_clips(features, n_valid):
    def chosen(features, is_sound):
        return np.where(is_sound & (n_valid < features.shape[-1])[:, np.newaxis, np.newaxis], features, np.nan)

    return _statistics_with(chosen)(features, n_valid)


EXERCISE = Exercise(
    title="statistics without the padding",
    stars=2,
    kind="implement",
    task=r"""
Clips of different length stand in one table `features`, `(clips, bands, frames)`; `n_valid[b]` says how many frames of clip $b$ are sound, and the rest is padding. Standardise each band over **all clips together**:

$$\hat x_{b,k,t} = \frac{x_{b,k,t} - \mu_k}{\sigma_k}, \qquad \mu_k = \frac1N \sum_{b} \sum_{t < n_b} x_{b,k,t}, \qquad \sigma_k^2 = \frac1N \sum_{b} \sum_{t < n_b} (x_{b,k,t} - \mu_k)^2, \qquad N = \sum_b n_b$$

so that the padding has no say in $\mu$ and $\sigma$: it may hold anything, infinity and NaN included, and a clip may be all padding. In the result the padding is **0**, the mean, whatever stood there. A band that never changes ($\sigma_k < 10^{-9}$) becomes 0 throughout; any other is divided by $\sigma_k$ itself, also one that stays within $10^{-3}$ of $10^6$, which float32 cannot hold.
""",
    form="Features (clips, bands, frames) and how many frames are sound (clips,) in; same shape out.",
    answer="standardise",
    spec=Function(cases=_padded_batches, expected=_standardised_by_definition),
    reference=standardise,
    hints=(
        "Draw one band of two clips as two rows, and strike out what is padding. How many values are left?",
        "A table of True and False, one row for each clip, says which frames are sound; choose by it before you add.",
        "`np.arange(n_frames) < n_valid[:, None, None]` has the shape (clips, 1, frames). Apply it again after the mean is subtracted.",
    ),
    wrongs=(
        Wrong(
            "padding in the statistics",
            "The padding counts in mean and deviation: what fills a short clip drags the mean towards it.",
            _statistics_with(lambda features, is_sound: features),
        ),
        Wrong(
            "spread within the clips",
            "The mean is right. The deviation is that of each frame from the mean of its own clip: what differs between the "
            "clips is missing from it. The same mean of all is subtracted before you square.",
            _within_the_clips,
        ),
        Wrong(
            "padding not cleared",
            "Mean and deviation are right, but the padding was standardised, too, and is no longer 0: the network sees a wall there.",
            (
                _statistics_with(_sound_only, clear=False),
                lambda features, n_valid: _statistics_with(_sound_only, clear=False)(
                    np.where(_is_sound(features, n_valid), features, 0), n_valid
                ),
            ),
        ),
        Wrong(
            "clips without padding cleared",
            "Only the clips without padding are wrong, and 0 from end to end. Are the last frames cleared with `[-pad:]`? Where pad is 0 "
            "that is `[0:]`, all of them: count from the start, `[n:]`.",
            lambda features, n_valid: np.where(
                (n_valid < features.shape[-1])[:, np.newaxis, np.newaxis], standardise(features, n_valid), 0
            ),
        ),
        Wrong(
            "padding counted as zeros",
            "The padding is cleared, and its frames are counted all the same: to the sum of a mean each adds nothing, and 1 to what "
            "divides it. N is the number of frames that are sound.",
            (
                _statistics_with(lambda features, is_sound: np.where(is_sound, features, 0)),
                _all_frames_counted,
                lambda features, n_valid: _statistics_with(lambda chosen, _: chosen, clear=False)(
                    np.where(_is_sound(features, n_valid), features, 0), n_valid
                ),
            ),
        ),
        Wrong(
            "squares less square",
            "A band that hardly moves is lost in rounding. Is the variance the mean of the squares less the square of the mean? "
            "Far from 0 these two are all but equal: subtract the mean before you square.",
            (
                _squares_less_square(),
                _squares_less_square(np.sqrt),
                _squares_less_square(lambda variance: np.sqrt(np.abs(variance))),
                _squares_less_square_unbounded,
            ),
        ),
        Wrong(
            "single precision",
            "It is computed in float32, which has 24 bits: near 10⁶ its steps are 1/16 wide, and a band that moves less "
            "comes out constant.",
            _single_precision,
        ),
        Wrong(
            "each clip by itself",
            "Each clip has its own mean and deviation here; all clips together are asked, so that loud bands of one clip stay louder than another's.",
            _each_clip_by_itself,
        ),
        Wrong(
            "all bands together",
            "One mean and one deviation for all bands: the slope of the spectrum stays in.",
            _statistics_with(_sound_only, axis=(0, 1, 2)),
        ),
        Wrong(
            "0/0",
            "A band that never changes has the deviation 0, and 0/0 is NaN, the first step to a loss of NaN.",
            _divided(lambda centred, deviation: centred / deviation),
        ),
        Wrong(
            "a product as mask",
            "0 times infinity is NaN: a mask that is multiplied lets what is broken in the padding through. Choose instead.",
            _multiplied_mask,
        ),
        Wrong(
            "a small number added",
            "A small number guards the division against 0/0. A band with a small deviation then comes out with one below 1.",
            (
                *(
                    _divided(lambda c, s, small=small: np.where(s > 1e-9, c / (s + small), 0))
                    for small in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)
                ),
                *(
                    _divided(lambda c, s, small=small: np.where(s > 1e-9, c / np.maximum(s, small), 0))
                    for small in (1e-8, 1e-7, 1e-6, 1e-5, 1e-3)
                ),
                *(
                    _divided(lambda c, s, small=small: c / (s + small))
                    for small in (1e-10, 1e-9, 1e-8, 1e-6, 1e-5, 1e-3)
                ),
                *(
                    _divided(lambda c, s, small=small: c / np.sqrt(s**2 + small))
                    for small in (1e-12, 1e-10, 1e-8, 1e-5)
                ),
            ),
        ),
        Wrong(
            "only an exact 0",
            "A band that hardly changes is divided by its deviation. Below 10⁻⁹ that is rounding, and divided by it rounding fills the band: the task asks for 0 there.",
            _divided(lambda centred, deviation: np.where(deviation > 0, centred / deviation, 0)),
        ),
        Wrong(
            "another threshold",
            "A band that changes little counts as constant here: the task draws the line at a deviation of 10⁻⁹. (`np.isclose` takes "
            "all up to 10⁻⁸ for 0.)",
            tuple(
                _divided(lambda centred, deviation, least=least: np.where(deviation > least, centred / deviation, 0))
                for least in (1e-8, 1e-7, 1e-4)
            ),
        ),
        Wrong(
            "1 where nothing changes",
            "A band that never changes comes out as 1; 0 is asked.",
            _divided(lambda centred, deviation: np.where(deviation > 1e-9, centred / deviation, 1)),
        ),
        Wrong(
            "N − 1",
            "The squares are divided by N − 1; the task divides by N.",
            _divided(lambda centred, deviation: _scaled(centred, deviation), ddof=1),
        ),
        Wrong(
            "mean of the clips' means",
            "Each clip has a mean of its own, and these were averaged: a short clip then counts as much as a long one.",
            (
                _mean_of_means(lambda n: n > 0),
                _mean_of_means(lambda n: True),
                _mean_of_means(lambda n: n > 0, _root_of_mean_variance),
                _mean_of_means(lambda n: n > 0, _mean_of_deviations),
            ),
        ),
        Wrong(
            "one frame too many",
            "The frame after the last one is counted: n frames are those from 0 to n − 1.",
            (
                lambda features, n_valid: _standardised_by_definition(
                    features, np.minimum(n_valid + 1, features.shape[2])
                ),
                lambda features, n_valid: _statistics_with(_sound_only)(
                    features, np.minimum(n_valid + 1, features.shape[2])
                ),
                lambda features, n_valid: np.where(
                    _is_sound(features, n_valid),
                    _statistics_with(_sound_only)(features, np.minimum(n_valid + 1, features.shape[2])),
                    0,
                ),
            ),
        ),
        Wrong(
            "last frame left out",
            "The last frame of each clip is left out: n frames are those from 0 to n − 1, and the end of a slice, or of a range, is "
            "not part of it.",
            (
                lambda features, n_valid: _statistics_with(_sound_only)(features, n_valid - 1),
                _without_last_frames,
                lambda features, n_valid: np.where(_is_sound(features, n_valid - 1), standardise(features, n_valid), 0),
            ),
        ),
        Wrong(
            "clips without padding not counted",
            "The clips without padding have no say in mean and deviation. Is the sound of a clip taken with `[:-pad]`? Where pad is 0 "
            "that is `[:0]`, nothing: count from the start, `[:n]`.",
            _without_full_clips,
        ),
        Wrong("not scaled", "The mean is gone, the deviation is not yet 1.", _only_centred),
        Wrong("variance", "Divided by the variance; its root, the standard deviation, is asked.", _by_variance),
        Wrong(
            "zeros not counted",
            "A band may be exactly 0 in a frame that is sound, and such a frame counts like any other: n_valid says which "
            "frames are padding, and no value does.",
            _statistics_with(_zeros_not_counted),
        ),
        Wrong(
            "NaN from the padding",
            "Infinity in the padding is cleared and NaN is not: times 0 it is NaN still. Choose with the mask, as np.where "
            "does, whatever stands there.",
            _infinity_only,
        ),
    ),
    after="Keep μ and σ of the training set for the test: taken anew from each batch they make a clip's features depend on its "
    "neighbours.",
    also_right=(_standardised_by_definition, _standardised_by_gathering, _statistics_with(_sound_only)),
)
