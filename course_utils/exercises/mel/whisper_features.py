import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _whispers(mel_power):
    """Whisper's features of one array, cell by cell."""
    logs = np.log10(np.maximum(mel_power, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


def _joined_by_definition(first, second):
    """From the powers that the features stand for: each cell raised to the line of the louder clip."""
    first, second = (4 * np.asarray(features, float) - 4 for features in (first, second))
    result = np.empty((*first.shape[:-1], first.shape[-1] + second.shape[-1]))
    for place in np.ndindex(first.shape[:-2]):
        cells = [[*a, *b] for a, b in zip(first[place], second[place], strict=True)]
        loudest = max(max(row) for row in cells)
        result[place] = [[(max(level, loudest - 8) + 4) / 4 for level in row] for row in cells]
    return result


def _pairs() -> list[Case]:
    rng = np.random.default_rng(8)

    def clips(*shapes, loud=(0, 0)):
        return [
            _each_whispers(10 ** (rng.uniform(-9, 0, shape) + gain)) for shape, gain in zip(shapes, loud, strict=True)
        ]

    return [
        case(np.array([[1.0, 0]]), np.array([[2.0]]), says="a soft clip before a loud one", gives=[[1, 0, 2]]),
        case(np.array([[1.0, -1]]), np.array([[2.0]]), says="a clip whose softest cell is covered", gives=[[1, 0, 2]]),
        case(np.array([[2.0], [0]]), np.array([[-0.5], [-1.5]]), says="a loud one first", gives=[[2, 0], [0, 0]]),
        case(*clips((5, 7), (5, 4), loud=(0, -3)), says="a loud clip and a soft one"),
        case(*clips((5, 3), (5, 6), loud=(-4, 0)), says="a soft clip and a loud one"),
        case(np.full((2, 3), -1.5), np.full((2, 1), -1.5), says="silence", gives=np.full((2, 4), -1.5)),
        case(*clips((2, 3, 4), (2, 3, 5), loud=(0, -2)), says="a batch of two"),
        case(*clips((2, 3, 4, 5), (2, 3, 4, 2), loud=(-1, 1)), says="a batch of two by three"),
        case(np.array([[2.0]]), np.array([[-1.5]]), says="silence after a loud cell", gives=[[2, 0]]),
        case(*clips((1, 3, 2), (1, 3, 3)), says="a batch of one"),
    ]


def _each_whispers(mel_power):
    """Each signal of a batch on its own, at levels that differ by up to 60 dB."""
    result = np.empty(mel_power.shape)
    for number, place in enumerate(np.ndindex(mel_power.shape[:-2])):
        result[place] = _whispers(mel_power[place] * 10.0 ** -(number % 7))
    return result


def joined_features(first, second):
    joined = np.concatenate([first, second], axis=-1)
    floor = joined.max(axis=(-2, -1), keepdims=True) - 2  # 8 of the logarithm, divided by 4
    return np.maximum(joined, floor)


def _joined(*, span=2.0, axis=(-2, -1), last=-1):
    def answer(first, second):
        both = np.concatenate([first, second], axis=last)
        return np.maximum(both, both.max(axis=axis, keepdims=True) - span)

    return answer


def _way_back(first, second):
    """Through the logarithm: (L + 4) / 4 undone and done again."""
    logs = 4 * np.concatenate([np.asarray(first), np.asarray(second)], axis=-1) - 4
    return (np.maximum(logs, logs.max(axis=(-1, -2))[..., None, None] - 8) + 4) / 4


def _steps_once_more(first, second):
    both = np.concatenate([first, second], axis=-1)
    return (np.maximum(both, both.max(axis=(-2, -1), keepdims=True) - 8) + 4) / 4


def _floor_of(which):
    """The floor of one of the two clips for both."""

    def answer(first, second):
        both = np.concatenate([first, second], axis=-1)
        return np.maximum(both, (first, second)[which].max(axis=(-2, -1), keepdims=True) - 2)

    return answer


def _quieter_floor(first, second):
    both = np.concatenate([first, second], axis=-1)
    tops = [part.max(axis=(-2, -1), keepdims=True) for part in (first, second)]
    return np.maximum(both, np.minimum(*tops) - 2)


def _levelled(first, second):
    """The two clips brought to one loudness first."""
    top = max(np.max(first), np.max(second))
    parts = [part + top - part.max(axis=(-2, -1), keepdims=True) for part in (first, second)]
    return np.concatenate(parts, axis=-1)


def _only_first_axis(first, second):
    both = np.concatenate([first, second], axis=-1)
    axes = tuple(range(1, both.ndim)) if both.ndim > 2 else None
    return np.maximum(both, both.max(axis=axes, keepdims=True) - 2)


def _larger_minimum(first, second):
    lowest = [part.min(axis=(-2, -1), keepdims=True) for part in (first, second)]
    return np.maximum(np.concatenate([first, second], axis=-1), np.maximum(*lowest))


def _lowest_raised(first, second):
    line = np.maximum(*(part.max(axis=(-2, -1), keepdims=True) for part in (first, second))) - 2
    raised = [
        np.where(part <= part.min(axis=(-2, -1), keepdims=True) + 1e-9, np.maximum(part, line), part)
        for part in (first, second)
    ]
    return np.concatenate(raised, axis=-1)


EXERCISE = Exercise(
    title="two clips of Whisper's features become one",
    stars=2,
    kind="implement",
    task=r"""
Two clips were turned into Whisper's features, each by itself (steps 3 to 5 of section 6; the padding is left aside):

$$L = \log_{10} \max(M, 10^{-10}) \qquad F = \frac{\max(L,\ \max L - 8) + 4}{4}$$

The sound is gone. Only the two arrays of features are left, and a model wants the features that the two clips would have **in one piece**, the first and then the second. Write `joined_features(first, second)`: `(…, n_mels, time)` each, with as many bands and the same leading axes but times of their own; `(…, n_mels, time + time)` comes out. *Each pair* of a batch has a maximum of its own.

What happens to the softest cells of the softer clip?
""",
    given="""import numpy as np

import course_utils as cu

digits, sample_rate = cu.audio.load("speech/digits", dtype=np.float64)
loud, soft = digits[:sample_rate], 0.01 * digits[sample_rate : 2 * sample_rate]


def features(signal):
    return cu.mel.whisper_log_mel(signal, pad_s=None)


apart = [features(loud), features(soft)]
together = features(np.concatenate([loud, soft]))
print("maximum and minimum of the loud one:", [round(float(f(apart[0])), 2) for f in (np.max, np.min)])
print("of the soft one:                    ", [round(float(f(apart[1])), 2) for f in (np.max, np.min)])
print("of both in one piece:               ", [round(float(f(together)), 2) for f in (np.max, np.min)])""",
    form="Features of two clips (…, n_mels, time) in, those of both in one piece out.",
    answer="joined_features",
    spec=Function(cases=_pairs, expected=_joined_by_definition),
    reference=joined_features,
    hints=(
        "Step 4 looks at the maximum of the whole array. Which clip has it, and where does the floor then lie for both?",
        "The floor lies 8 below the maximum of L. How far below the maximum of F is that?",
        "`joined.max(axis=(-2, -1), keepdims=True)` is the maximum of each pair, and fits the array again.",
    ),
    wrongs=(
        Wrong(
            "nothing raised",
            "Every cell has kept its value here: each clip has its own floor, or the one for both lies too low. In one piece there "
            "is one floor, below the larger maximum. (A floor of 8 belongs to L; these are features, (L + 4) / 4, and spread less.)",
            (*(_joined(span=span) for span in (np.inf, 80, 20, 12, 8, 4)), _quieter_floor, _joined(axis=-2)),
        ),
        Wrong(
            "raised too far",
            "The floor lies too near the maximum: 8 of L are kept below it. How many are these in features, (L + 4) / 4?",
            (_joined(span=1), _joined(span=0.8), _joined(span=0.2), _joined(span=1.5)),
        ),
        Wrong(
            "the steps once more",
            "The features went through steps 4 and 5 once more, as if they were logarithms: they were divided by 4 already.",
            _steps_once_more,
        ),
        Wrong(
            "floor of the first clip",
            "The floor is taken from the first clip for both. If the second one is louder, its maximum decides.",
            _floor_of(0),
        ),
        Wrong(
            "floor of the second clip",
            "The floor is taken from the second clip for both. If the first one is louder, its maximum decides.",
            _floor_of(1),
        ),
        Wrong(
            "brought to one level",
            "The softer clip was raised until both are equally loud. In one piece it stays as soft as it was.",
            _levelled,
        ),
        Wrong(
            "one maximum for the batch",
            "One maximum is taken for the whole batch: a loud pair raises the floor of the others.",
            _joined(axis=None),
        ),
        Wrong(
            "only the first axis is a batch",
            "It is right as long as there is one leading axis: with more, one maximum is taken for several pairs. "
            "Name the two axes of a pair, counted from the end.",
            _only_first_axis,
        ),
        Wrong(
            "a floor for each band",
            "The maximum is taken over time only, so each band has a floor of its own. It runs over bands and frames.",
            _joined(axis=-1),
        ),
        Wrong(
            "the larger minimum",
            "The larger of the two minima is taken for the floor. A clip need not reach down to its floor, so its softest cell "
            "does not tell where that lies.",
            _larger_minimum,
        ),
        Wrong(
            "only the lowest cells raised",
            "Of each clip only the lowest cells are raised to the new floor. Others may lie below it, too: all that is lower is raised.",
            _lowest_raised,
        ),
        Wrong(
            "8 turned like a level",
            "The floor lies 3 below the larger maximum, which is (8 + 4) / 4. The 8 is a distance between two levels of L: what is "
            "added to both drops out of it.",
            _joined(span=3),
        ),
    ),
    after="It would break the other way round: what the louder clip has covered cannot be uncovered, so joined features "
    "cannot be split again.",
    also_right=(_way_back, lambda first, second: joined_features(first, second).astype(np.float32)),
)
