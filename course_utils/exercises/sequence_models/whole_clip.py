import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _ends_by_definition(outputs, lengths):
    found = []
    for clip, length in zip(outputs, lengths, strict=True):
        half = len(clip[0]) // 2
        found.append([clip[length - 1][c] if c < half else clip[0][c] for c in range(2 * half)])
    return np.array(found)


def _readings() -> list[Case]:
    rng = np.random.default_rng(8)
    numbered = np.arange(12.0).reshape(1, 3, 4)
    return [
        case(numbered, np.array([3]), says="one clip of three frames", gives=[[8, 9, 2, 3]]),
        case(
            np.repeat(numbered, 2, axis=0),
            np.array([3, 2]),
            says="the same, and cut",
            gives=[[8, 9, 2, 3], [4, 5, 2, 3]],
        ),
        case(rng.standard_normal((5, 8, 6)), np.array([8, 1, 4, 7, 2]), says="five clips of 1 to 8 frames"),
        case(rng.standard_normal((3, 9, 4)), np.array([2, 6, 1]), says="a batch padded beyond its longest clip"),
        case(rng.standard_normal((2, 1, 2)), np.array([1, 1]), says="clips of one frame"),
        case(
            np.where(np.arange(4)[:, np.newaxis] < [[[2]], [[3]]], numbered[:, [0, 1, 2, 2]], np.inf),
            np.array([2, 3]),
            says="infinity in the padding",
            gives=[[4, 5, 2, 3], [8, 9, 2, 3]],
        ),
        case(np.array([[[5.0, 6], [0, 0], [7, 8]]]), np.array([2]), says="a last frame of zeros", gives=[[0, 6]]),
        case(
            rng.standard_normal((2, 5, 4)) * (np.arange(5) < [[3], [5]])[..., np.newaxis],
            np.array([3, 5]),
            says="zeros in the padding",
        ),
    ]


def whole_clip(outputs, lengths):
    half = outputs.shape[2] // 2
    forwards = outputs[np.arange(len(outputs)), lengths - 1, :half]
    return np.concatenate([forwards, outputs[:, 0, half:]], axis=1)


def _ends_with(forwards, backwards, swap=False):
    def ends(outputs, lengths):
        half, every = outputs.shape[2] // 2, np.arange(len(outputs))
        parts = [outputs[every, forwards(lengths), :half], outputs[every, backwards(lengths), half:]]
        return np.concatenate(parts[::-1] if swap else parts, axis=1)

    return ends


def _last(lengths):
    return lengths - 1


def _first(lengths):
    return 0 * lengths


def _end_of_batch(lengths):
    return 0 * lengths - 1


def _longest(lengths):
    return 0 * lengths + lengths.max() - 1


def _readers(change):
    """The right vectors, changed."""
    return lambda outputs, lengths: change(*np.split(whole_clip(outputs, lengths), 2, axis=1))


def _pooled(pool):
    return lambda outputs, lengths: np.array([pool(o[:n], axis=0) for o, n in zip(outputs, lengths, strict=True)])


def _even_and_odd(outputs, lengths):
    return np.array([[*clip[n - 1, 0::2], *clip[0, 1::2]] for clip, n in zip(outputs, lengths, strict=True)])


def _behind_the_end(outputs, lengths):
    return _ends_with(lambda n: np.minimum(n, outputs.shape[1] - 1), _first)(outputs, lengths)


def _by_product(outputs, lengths):
    half, chosen = outputs.shape[2] // 2, np.eye(outputs.shape[1])[lengths - 1]
    with np.errstate(invalid="ignore"):  # 0 times infinity
        forwards = np.einsum("bt,btc->bc", chosen, outputs[..., :half])
    return np.concatenate([forwards, outputs[:, 0, half:]], axis=1)


def _last_that_is_not_zero(outputs, lengths):
    """In the whole batch, padding and all."""
    return _last_that_sounds(outputs, np.full_like(lengths, outputs.shape[1]))


def _backwards_from_the_other_end(outputs, lengths):
    return _ends_with(_last, lambda lengths: outputs.shape[1] - lengths)(outputs, lengths)


def _last_that_sounds(outputs, lengths):
    kept = [np.flatnonzero(clip[:n].any(axis=1)).max(initial=0) + 1 for clip, n in zip(outputs, lengths, strict=True)]
    return whole_clip(outputs, np.array(kept))


EXERCISE = Exercise(
    title="where each reader has read everything",
    stars=2,
    kind="repair",
    task=r"""
A bidirectional LSTM gives `outputs` of shape `(batch, frames, 2·width)`: the first half of the last axis belongs to the reader that goes forwards, the second half to the one that goes backwards. A script wants one vector a clip that has *seen the whole clip*, and takes `outputs[:, -1]`.

**Mend it.** For each clip take both readers where they have read all of it; `lengths` is an integer array `(batch,)` of frames, and what stands behind the end of a clip is padding, which may hold anything, infinity included. The result is `(batch, 2·width)`, forwards first.
""",
    given='''import numpy as np


def published_whole_clip(outputs, lengths):
    """As published: the last frame."""
    return outputs[:, -1]


# Readers that only count: each output is the number of frames read so far.
forwards, backwards = np.array([1, 2, 3, 4, 0, 0]), np.array([4, 3, 2, 1, 0, 0])
outputs = np.stack([forwards, backwards], axis=-1)[np.newaxis].astype(float)
print("frames read, of 4, by each reader:", published_whole_clip(outputs, np.array([4]))[0])''',
    form="Outputs (batch, frames, 2·width) and lengths (batch,) in, (batch, 2·width) out.",
    answer="whole_clip",
    spec=Function(cases=_readings, expected=_ends_by_definition),
    reference=whole_clip,
    hints=(
        "At which frame has the forward reader seen everything? At which frame has the backward reader?",
        "The forward reader is done at the last frame that is sound, the backward reader at the very first.",
        "A different frame of each clip: `outputs[np.arange(batch), lengths - 1]`.",
    ),
    wrongs=(
        Wrong(
            "end of the batch",
            "That is the published line: behind a short clip it reads padding, and at the end of a long one the "
            "backward reader has seen a single frame.",
            _ends_with(_end_of_batch, _end_of_batch),
        ),
        Wrong(
            "backward reader at the end",
            "The padding is left out now. But at the last frame of a clip the backward reader has seen one frame only.",
            _ends_with(_last, _last),
        ),
        Wrong(
            "forward reader behind the end",
            "The backward reader is taken where it has read all; the forward half of a short clip is still padding.",
            (_ends_with(_end_of_batch, _first), _ends_with(_longest, _first)),
        ),
        Wrong(
            "one length for all clips",
            "The backward reader is right. The forward one is taken at the end of one clip for all: each has its own length.",
            (
                lambda outputs, lengths: whole_clip(outputs, np.full_like(lengths, lengths[0])),
                lambda outputs, lengths: whole_clip(outputs, np.full_like(lengths, min(lengths))),
            ),
        ),
        Wrong(
            "each at its beginning",
            "Each reader is taken where it begins: forwards at the first frame, backwards at the last.",
            _ends_with(_first, _last),
        ),
        Wrong(
            "one frame behind the end",
            "The forward reader is taken at frame `lengths`, the first one of the padding: counting starts at 0.",
            _behind_the_end,
        ),
        Wrong(
            "both at the first frame",
            "The backward reader is taken where it has read all; the forward reader has seen a single frame there.",
            _ends_with(_first, _first),
        ),
        Wrong(
            "even and odd",
            "The readers are taken for the even and the odd numbers of the last axis; they are its first and its second half.",
            _even_and_odd,
        ),
        Wrong(
            "pooled over the clip",
            "That is pooled over the frames of the clip: in most of them each reader has seen only a part.",
            (_pooled(np.mean), _pooled(np.max)),
        ),
        Wrong(
            "one reader only",
            "One of the two readers is missing: (batch, 2·width) is asked, forwards first.",
            (_readers(lambda forwards, backwards: forwards), _readers(lambda forwards, backwards: backwards)),
        ),
        Wrong(
            "readers added",
            "The two readers are put together into one; they are to stand side by side.",
            (
                _readers(lambda forwards, backwards: forwards + backwards),
                _readers(lambda forwards, backwards: (forwards + backwards) / 2),
            ),
        ),
        Wrong(
            "one frame before the end",
            "The forward reader is taken one frame too early.",
            _ends_with(lambda lengths: lengths - 2, _first),
        ),
        Wrong(
            "halves exchanged",
            "The right frames, in the wrong order: forwards first, then backwards.",
            _ends_with(_last, _first, swap=True),
        ),
        Wrong(
            "a product as mask",
            "0 times infinity is NaN, so a product with zeros and ones does not keep the padding out. Take the frame by "
            "its number.",
            _by_product,
        ),
        Wrong(
            "end looked for in the numbers",
            "The forward reader is taken at the last frame that is not 0: padding may hold anything, and lengths says where "
            "a clip ends.",
            _last_that_is_not_zero,
        ),
        Wrong(
            "backwards from the other end",
            "The backward reader is taken at frame `frames − length`. Its numbers stand at the frames that they belong to: "
            "it has read all of a clip at frame 0.",
            _backwards_from_the_other_end,
        ),
        Wrong(
            "last frame that is not 0",
            "The last frame of a clip may be all zeros: lengths says where a clip ends, and no value does.",
            _last_that_sounds,
        ),
    ),
    after="It relies on a backward reader that began at the clip's own end: `torch.nn.LSTM` without packing lets it read the "
    "padding first.",
    also_right=(_ends_by_definition, _ends_with(_last, _first)),
)
