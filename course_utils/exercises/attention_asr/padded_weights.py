import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case

LOW = (-9, -10, -20, -30, -50, -100, -500, -1000, -5000)  # scores that people put in the place of −∞


def _weights_by_definition(scores, lengths):
    found = np.zeros(np.shape(scores))
    for b, length in enumerate(lengths):
        for i, row in enumerate(scores[b]):
            highest = max(row[:length], default=0.0)
            shares = [math.exp(score - highest) for score in row[:length]]
            for t, share in enumerate(shares):
                found[b, i, t] = share / math.fsum(shares)
    return found


def _score_tables() -> list[Case]:
    rng = np.random.default_rng(41)
    thirds = np.array([[[0.0, math.log(2), 0.0]], [[0.0, 0.0, 9.0]]])
    lengths = np.array([6, 2, 4])
    behind = np.arange(6) >= lengths[:, np.newaxis, np.newaxis]

    def padded_with(value):
        return np.where(behind, value, rng.standard_normal((3, 5, 6)))

    low = np.where(np.arange(5) < 3, -6000 + rng.standard_normal((1, 2, 5)), 0)
    loud = np.where(np.arange(5) < 3, rng.standard_normal((1, 2, 5)), 5000)
    return [
        case(thirds, np.array([3, 2]), says="two clips by hand", gives=[[[0.25, 0.5, 0.25]], [[0.5, 0.5, 0]]]),
        case(rng.standard_normal((3, 4, 7)), np.array([7, 3, 1]), says="three clips of 7, 3 and 1 frames"),
        case(padded_with(0.0), lengths, says="scores of 0 in the padding"),
        case(padded_with(np.nan), lengths, says="NaN in the padding"),
        case(padded_with(np.inf), lengths, says="infinity in the padding"),
        case(low, np.array([3]), says="scores near −6,000, and 0 in the padding"),
        case(loud, np.array([3]), says="scores of 5,000 in the padding"),
        case(rng.standard_normal((2, 3, 5)), np.array([4, 0]), says="a clip without a frame"),
        case(
            np.full((1, 1, 2), np.nan),
            np.array([0]),
            says="a clip without a frame, NaN in the padding",
            gives=[[[0.0, 0.0]]],
        ),
        case(40 * rng.standard_normal((2, 3, 8)), np.array([2, 5]), says="a batch padded beyond its longest clip"),
        case(rng.standard_normal((1, 2, 1)), np.array([1]), says="a single frame", gives=[[[1.0], [1.0]]]),
        case(500 * rng.standard_normal((1, 6, 4)), np.array([4]), says="scores of some hundreds"),
    ]


def padded_weights(scores, lengths):
    is_frame = np.arange(scores.shape[2]) < lengths[:, np.newaxis, np.newaxis]
    inside = np.where(is_frame, scores, -np.inf)
    inside[lengths == 0] = 0
    powers = np.exp(inside - inside.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    weights[lengths == 0] = 0
    return weights


def _clip_by_clip(scores, lengths):
    found = np.zeros_like(scores)
    for clip, table, n in zip(found, scores, lengths, strict=True):
        if n:
            powers = np.exp(table[:, :n] - table[:, :n].max(axis=1, keepdims=True))
            clip[:, :n] = powers / powers.sum(axis=1, keepdims=True)
    return found


def _softmax(scores, axis=2):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)


def _frames(scores, lengths):
    return np.arange(scores.shape[2]) < lengths[:, np.newaxis, np.newaxis]


def _low(number):
    return lambda scores, lengths: _softmax(np.where(_frames(scores, lengths), scores, number))


def _low_and_zeroed(number):
    return lambda scores, lengths: np.where(lengths[:, np.newaxis, np.newaxis] > 0, _low(number)(scores, lengths), 0)


def _finite(scores):
    return np.where(np.isfinite(scores), scores, 0)


def _one_largest(axes, least=0.0):
    """One largest score for several rows, of the clip's own frames."""

    def weights(scores, lengths):
        inside = np.where(_frames(scores, lengths), scores, -np.inf)
        with np.errstate(all="ignore"):
            powers = np.exp(inside - np.maximum(inside.max(axis=axes, keepdims=True), -1e300))
            total = powers.sum(axis=2, keepdims=True)
            found = powers / (np.maximum(total, least) if least else total)
        return np.where(lengths[:, np.newaxis, np.newaxis] > 0, found, 0)

    return weights


def _largest_of_all(least=0.0, *, cleared=_finite):
    """The largest score is looked for in the padding as well; a row of zeros stays one."""

    def weights(scores, lengths):
        with np.errstate(all="ignore"):
            seen = cleared(scores)
            powers = np.where(_frames(scores, lengths), np.exp(seen - seen.max(axis=2, keepdims=True)), 0)
            total = powers.sum(axis=2, keepdims=True)
            return powers / (np.maximum(total, least) if least else np.where(total > 0, total, 1))

    return weights


def _counted(length_of, empty=True):
    """Right for other lengths; a clip without a frame stays 0 where ``empty``."""

    def weights(scores, lengths):
        with np.errstate(all="ignore"):
            found = _clip_by_clip(scores, np.clip(length_of(lengths, scores.shape[2]), 0, scores.shape[2]))
        return np.where(lengths[:, np.newaxis, np.newaxis] > 0, found, 0) if empty else found

    return weights


def _cut_after(again=False, small=0.0):
    def weights(scores, lengths):
        cut = np.where(_frames(scores, lengths), _softmax(scores), 0)
        with np.errstate(all="ignore"):
            return cut / (cut.sum(axis=2, keepdims=True) + small) if again else cut

    return weights


def _multiplied(scores, lengths):
    with np.errstate(all="ignore"):
        return _softmax(scores) * _frames(scores, lengths)


def _multiplied_and_again(scores, lengths):
    with np.errstate(all="ignore"):
        cut = _softmax(scores) * _frames(scores, lengths)
        return cut / np.maximum(cut.sum(axis=2, keepdims=True), 1e-12)


def _added(low):
    def weights(scores, lengths):
        with np.errstate(all="ignore"):
            return _softmax(scores + np.where(_frames(scores, lengths), 0, low))

    return weights


def _added_and_zeroed(low):
    def weights(scores, lengths):
        return np.where(lengths[:, np.newaxis, np.newaxis] > 0, _added(low)(scores, lengths), 0)

    return weights


def _scores_multiplied(scores, lengths):
    with np.errstate(all="ignore"):
        return _softmax(scores * _frames(scores, lengths))


def _over_tokens(scores, lengths):
    found = _softmax(scores, axis=1)
    return np.where(_frames(scores, lengths), found, 0)


def _rows_masked(scores, lengths):
    """The mask lies along the tokens."""
    is_token = np.arange(scores.shape[1])[:, np.newaxis] < lengths[:, np.newaxis, np.newaxis]
    return np.where(is_token, _softmax(scores), 0)


def _unstable(mend):
    def weights(scores, lengths):
        with np.errstate(all="ignore"):
            powers = np.where(_frames(scores, lengths), np.exp(scores), 0)
            return mend(powers / powers.sum(axis=2, keepdims=True))

    return weights


def _as_infinities(scores, lengths):
    with np.errstate(all="ignore"):
        return _softmax(np.where(_frames(scores, lengths), scores, -np.inf))


def _first_frame_kept(scores, lengths):
    return _clip_by_clip(np.where(np.isnan(scores), 0, scores), np.maximum(lengths, 1))


EXERCISE = Exercise(
    title="no weight on the padding",
    stars=2,
    kind="repair",
    task="""
Clips of different lengths share a batch, and the shorter ones are padded. The published code takes the softmax over all frames and then sets the weights of the padding to 0. A clip's weights no longer add up to 1, and the context shrinks when a longer clip stands beside it.

**Mend it.** `scores` is `(batch, tokens, frames)`, `lengths` is an integer array `(batch,)`; the result has the shape of `scores`. In each row the padding has the weight 0, **whatever stands there** (it may be NaN or infinite), and the frames of the clip share 1 by a softmax of their own. Scores of some thousands occur, of either sign. A clip that has no frame at all, `lengths` 0, gets zeros, and no NaN.
""",
    given='''import numpy as np


def published_weights(scores, lengths):
    """As published: the softmax, then the mask."""
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    is_frame = np.arange(scores.shape[2]) < lengths[:, np.newaxis, np.newaxis]
    return weights * is_frame


for n_frames in (3, 30):
    weights = published_weights(np.zeros((1, 1, n_frames)), np.array([3]))
    print(f"a clip of 3 frames, padded to {n_frames:2d}: its weights add up to {weights.sum():.1f}")''',
    form="Scores (batch, tokens, frames), lengths (batch,) in; weights of the same shape out.",
    answer="padded_weights",
    spec=Function(cases=_score_tables, expected=_weights_by_definition, per_value=True),
    reference=padded_weights,
    hints=(
        "Which number must a score become, so that its exponential is 0? And when: before the largest score is taken, or after?",
        "`np.where` chooses and does not care what it leaves behind; NaN times 0 is NaN.",
        "In a row of −∞ only, the largest is −∞ as well, and −∞ − (−∞) is NaN: treat the clips without a frame by themselves.",
    ),
    wrongs=(
        Wrong(
            "cut after the softmax",
            "The weights of the padding are cut after the softmax: what they had taken is lost to the frames of the clip.",
            (_cut_after(), _multiplied),
        ),
        Wrong(
            "shared out again",
            "The softmax runs over the padding too, and what is left is divided by its sum. A padding of 5,000 leaves nothing "
            "that could be shared out, and NaN spoils the row: mask before the softmax.",
            (
                _cut_after(again=True),
                *(_cut_after(again=True, small=small) for small in (1e-12, 1e-9, 1e-8, 1e-6)),
                _multiplied_and_again,
            ),
        ),
        Wrong(
            "the largest of all",
            "Where padding stands thousands above a clip's scores, the clip's weights all become 0: the padding decides what is "
            "subtracted before the exponential. Subtract the largest of the clip's own frames.",
            (
                _largest_of_all(),
                *(_largest_of_all(least) for least in (1e-300, 1e-30, 1e-12, 1e-9)),
                _largest_of_all(cleared=np.nan_to_num),
                _largest_of_all(cleared=lambda scores: scores),
            ),
        ),
        Wrong(
            "one largest for several rows",
            "One largest score is subtracted from several rows. Where a row's own scores lie hundreds below it, their exponentials "
            "become 0: each row needs the largest of its own frames.",
            tuple(_one_largest(axes, least) for axes in (None, (1, 2)) for least in (0.0, 1e-300, 1e-12, 1e-9)),
        ),
        Wrong(
            "a row of −∞",
            "It is right until a clip has no frame: there all scores are −∞, and −∞ − (−∞) is NaN.",
            _as_infinities,
        ),
        Wrong(
            "weights for an empty clip",
            "Where a clip has no frame, its padding shares the weight: a large negative number in the place of −∞ is the same for "
            "all, and the softmax makes them equal.",
            tuple(_low(number) for number in (-1e9, -1e10, -1e30, np.finfo(np.float32).min, np.finfo(float).min)),
        ),
        Wrong(
            "not low enough",
            "The padding gets a fixed score, and it is not low enough: scores near −6,000 occur, and then the padding takes the weight.",
            (
                *(_low(number) for number in LOW),
                *(_low_and_zeroed(number) for number in LOW),
            ),
        ),
        Wrong(
            "score 0 for the padding",
            "The padding gets the score 0, and e⁰ is 1: it still takes a share.",
            (_low(0.0),),
        ),
        Wrong(
            "a multiplied mask",
            "The scores are multiplied by the mask before the softmax. That makes a score 0, not a weight, and NaN times 0 is NaN.",
            _scores_multiplied,
        ),
        Wrong(
            "a large number added",
            "A large negative number is added to the scores of the padding. What stands there may be NaN or infinite, and then so "
            "is the sum: choose with `np.where`, do not add.",
            (
                *(_added(low) for low in (-1e9, -1e30, -np.inf)),
                *(_added_and_zeroed(low) for low in (-1e9, -1e30, -np.inf)),
            ),
        ),
        Wrong(
            "no mask",
            "The softmax runs over all frames, as if there were no padding: its frames take a share.",
            lambda scores, lengths: _softmax(scores),
        ),
        Wrong(
            "mask inverted",
            "The padding shares the weight, and the frames of the clip have none.",
            (
                lambda scores, lengths: _softmax(np.where(_frames(scores, lengths), -np.inf, scores)),
                lambda scores, lengths: _softmax(np.where(_frames(scores, lengths), -1e9, scores)),
            ),
        ),
        Wrong(
            "one frame too many",
            "The frame after the last one has a share: a clip of n frames ends with frame n − 1.",
            (_counted(lambda lengths, n: lengths + 1), _counted(lambda lengths, n: lengths + 1, empty=False)),
        ),
        Wrong(
            "last frame left out",
            "The last frame of each clip has no share.",
            _counted(lambda lengths, n: lengths - 1),
        ),
        Wrong(
            "one length for all",
            "All clips are masked alike: each has a length of its own.",
            (
                _counted(lambda lengths, n: 0 * lengths + lengths.max()),
                _counted(lambda lengths, n: 0 * lengths + lengths.max(), empty=False),
                _counted(lambda lengths, n: 0 * lengths + lengths.min(), empty=False),
                _counted(lambda lengths, n: 0 * lengths + lengths[0], empty=False),
            ),
        ),
        Wrong(
            "an empty clip looks at its first frame",
            "A clip without a frame is treated as if it had one, which then takes all the weight. Zeros are asked for.",
            _first_frame_kept,
        ),
        Wrong(
            "over the tokens",
            "The softmax runs over the tokens: each token shares its weight among the frames, along the last axis.",
            _over_tokens,
        ),
        Wrong(
            "rows cut",
            "The lengths are laid along the tokens, and whole rows are 0: they count frames, along the last axis.",
            _rows_masked,
        ),
        Wrong(
            "nothing subtracted",
            "The exponentials are taken of the scores as they are: at scores of some thousands they are infinite or all 0. "
            "Subtract the largest score of the clip's own frames first.",
            (_unstable(np.nan_to_num), _unstable(lambda weights: weights)),
        ),
    ),
    after="Padding that is masked before the softmax cannot be told from padding that is not there, so a clip's transcript no "
    "longer depends on its neighbours in the batch.",
    also_right=(_weights_by_definition, _clip_by_clip),
)
