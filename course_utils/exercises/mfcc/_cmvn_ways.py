"""Ways to normalise a padded batch, most of them wrong: what cmvn_padded.py lists."""

import functools

import numpy as np


def _clip_by_clip(normalise):
    """The same for the frames that are there, of one clip after the other."""

    def normal(features, lengths):
        made = np.zeros(np.shape(features))
        for b, length in enumerate(lengths):
            made[b, :, :length] = normalise(features[b][:, :length])
        return made

    return normal


def _by_std(axis=-1, ddof=0, least=1e-8, fewest=1):
    """``fewest=0`` leaves 0/0 where there is one frame and ddof is 1, as torch.std does."""

    def normalise(frames):
        centred = frames - frames.mean(axis=axis, keepdims=True)
        with np.errstate(invalid="ignore"):
            n_frames = np.maximum(np.size(frames, axis) - ddof, fewest)
            spread = np.sqrt((centred**2).sum(axis=axis, keepdims=True) / n_frames)
            return centred / np.maximum(spread, least)

    return normalise


def _std_or_one(frames):
    mean, spread = frames.mean(axis=-1, keepdims=True), frames.std(axis=-1, keepdims=True)
    return (frames - mean) / np.where(spread == 0, 1, spread)


def _mean(features, there, axis=-1):
    return features.mean(axis=axis, keepdims=True, where=there)


def _spread(features, there, axis=-1):
    return features.std(axis=axis, keepdims=True, where=there)


def _normal_with(mean=_mean, spread=_spread, padding=lambda features, made: 0):
    """Mean, deviation or padding found in another way; ``there`` is true where a frame is one."""

    def normal(features, lengths):
        there = np.arange(features.shape[-1]) < np.reshape(lengths, (-1, 1, 1))
        there = np.broadcast_to(there, features.shape)
        made = (features - mean(features, there)) / np.maximum(spread(features, there), 1e-8)
        return np.where(there, made, padding(features, made))

    return normal


def _over_axes(axes):
    return _normal_with(functools.partial(_mean, axis=axes), functools.partial(_spread, axis=axes))


def _sum_of_all(features, there):
    """The sum over all frames of the array, divided by the number of those that are there."""
    return features.sum(axis=-1, keepdims=True) / there.sum(axis=-1, keepdims=True)


def _spread_about_that(features, there):
    squares = np.where(there, (features - _sum_of_all(features, there)) ** 2, 0)
    return np.sqrt(_sum_of_all(squares, there))


def _spread_with_padding(features, there, mean):
    """The squares of what stands in the padding are counted, the frames are not."""
    return np.sqrt(((features - mean) ** 2).sum(axis=-1, keepdims=True) / there.sum(axis=-1, keepdims=True))


def _as_published(features, lengths):
    n_frames = np.reshape(lengths, (-1, 1, 1))
    centred = features - features.sum(axis=-1, keepdims=True) / n_frames
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames), 1e-8)


def _padding_guessed(features, lengths):
    there = features != 0
    n_frames = np.maximum(there.sum(axis=-1, keepdims=True), 1)
    centred = np.where(there, features - np.where(there, features, 0).sum(axis=-1, keepdims=True) / n_frames, 0)
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames), 1e-8)
