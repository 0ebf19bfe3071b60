import itertools
import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _lengths_by_walking(lengths, layers):
    """Each kernel is laid on the padded clip, place after place, as long as it fits."""
    found = []
    for n in np.asarray(lengths).tolist():
        for kernel_size, stride, padding in layers:
            n_padded, start, n_places = n + 2 * padding, 0, 0
            while n > 0 and start + kernel_size <= n_padded:
                n_places, start = n_places + 1, start + stride
            n = n_places
        found.append(n)
    return np.array(found, int)


def _stacks() -> list[Case]:
    rng = np.random.default_rng(5)
    return [
        case(np.array([100, 61, 10]), [(1, 2, 0)], says="every second frame", gives=[50, 31, 5]),
        case(np.array([10, 9, 8]), [(3, 1, 0)], says="a kernel of 3, no padding", gives=[8, 7, 6]),
        case(np.array([10, 9, 8]), [(3, 1, 1)], says="a kernel of 3 that keeps the length", gives=[10, 9, 8]),
        case(np.array([10, 9, 8, 7]), [(3, 2, 1)], says="a kernel of 3 with stride 2", gives=[5, 5, 4, 4]),
        case(np.array([1000, 999, 998, 997]), [(3, 2, 1), (3, 2, 1)], says="two layers of stride 2"),
        case(np.array([101, 64, 33]), [(5, 3, 0), (4, 2, 1), (3, 1, 0)], says="three unlike layers"),
        case(np.array([16000, 8001]), [(400, 160, 0), (3, 2, 1)], says="from samples to frames"),
        case(np.array([3, 5, 20]), [(6, 2, 0)], says="clips shorter than the kernel", gives=[0, 0, 8]),
        case(np.array([4, 12]), [(5, 1, 0), (3, 1, 1)], says="a clip that is gone after the first layer", gives=[0, 8]),
        case(
            np.array([4, 12]),
            [(5, 1, 0), (3, 1, 2)],
            says="a clip that is gone before a layer with much padding",
            gives=[0, 10],
        ),
        case(np.array([7, 5, 1]), [], says="no layers", gives=[7, 5, 1]),
        case(np.array([1]), [(1, 4, 0)], says="a single frame", gives=[1]),
        case(rng.integers(20, 400, 30), [(11, 2, 5), (11, 1, 5), (11, 2, 5)], says="a batch of thirty"),
        case(rng.integers(20, 400, 30), [(8, 4, 2), (4, 3, 0)], says="even kernels"),
    ]


def output_lengths(lengths, layers):
    found = np.array(lengths)
    for kernel_size, stride, padding in layers:
        n_places = (found + 2 * padding - kernel_size) // stride + 1
        found = np.where(found > 0, np.maximum(n_places, 0), 0)
    return found


def _lengths_with(step, lowest=0):
    """``step(n, kernel_size, stride, padding)``, layer after layer."""

    def lengths_of(lengths, layers):
        found = np.array(lengths)
        for layer in layers:
            found = np.where(found > 0, np.maximum(step(found, *layer), lowest), lowest)
        return found

    return lengths_of


def _places(n, kernel_size, stride, padding):
    return (n + 2 * padding - kernel_size) // stride + 1


def _one_by_one(lengths, layers):
    found = []
    for n in lengths.tolist():
        for kernel_size, stride, padding in layers:
            n = len(range(0, n + 2 * padding - kernel_size + 1, stride)) if n else 0
        found.append(n)
    return found


def _as_floats(lengths, layers):
    found = np.array(lengths, float)
    for kernel_size, stride, padding in layers:
        found = np.where(found > 0, np.maximum((found + 2 * padding - kernel_size) / stride + 1, 0), 0)
    return found


def _of_the_batch(lengths, layers):
    return np.full(len(lengths), _lengths_by_walking(lengths, layers).max())


def _total_stride(round_):
    return lambda lengths, layers: round_(lengths, math.prod(stride for _, stride, _ in layers))


def _negative(lengths, layers):
    found = np.array(lengths)
    for layer in layers:
        found = _places(found, *layer)
    return found


def _revived(lengths, layers):
    """None are fewer than 0, and the padding of the next layer is counted as if there were some."""
    found = np.array(lengths)
    for layer in layers:
        found = np.maximum(_places(found, *layer), 0)
    return found


def _unpacked(order, guarded):
    """The numbers of a layer taken in another order; a stride of 0 is an error, or ``guarded`` against."""

    def lengths_of(lengths, layers):
        found = []
        for n in np.asarray(lengths).tolist():
            for layer in layers:
                kernel_size, stride, padding = (layer[k] for k in order)
                room = n + 2 * padding - kernel_size
                n = room // (max(stride, 1) if guarded else stride) + 1 if n > 0 and room >= 0 else 0
            found.append(n)
        return np.array(found, int)

    return lengths_of


def _towards_zero(n, kernel_size, stride, padding):
    return np.trunc((n + 2 * padding - kernel_size) / stride).astype(int) + 1


def _in_proportion(round_):
    def lengths_of(lengths, layers):
        longest = int(np.max(lengths))
        share = np.asarray(lengths) / longest
        return round_(share * int(_lengths_by_walking([longest], layers)[0])).astype(int)

    return lengths_of


EXERCISE = Exercise(
    title="how many frames are left?",
    stars=1,
    kind="repair",
    task=r"""
A recogniser shortens its input with strided convolutions, and the CTC loss asks how many *output* frames of each clip count. The published code passes on the input lengths, so that the loss refuses the batch, or runs through the padding behind the shorter clips, and a decoder spells noise there.

**Mend it.** `lengths` is an array (batch,) of whole numbers, `layers` a **list** of `(kernel_size, stride, padding)`, the layer at the input first; `padding` is added at both ends. The result is an array (batch,) of **whole numbers**: at how many places each clip's kernel fits,

$$n' = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1 ,$$

layer after layer. A clip that is too short for a kernel has 0 frames from there on.
""",
    given='''import numpy as np


def published_lengths(lengths, layers):
    """As published: the network keeps the length, so the author believed."""
    return lengths


layers = [(3, 2, 1), (3, 2, 1)]
print("frames in ", np.array([400, 398, 30]))
print("published ", published_lengths(np.array([400, 398, 30]), layers))
print("the network gives 100 frames for the longest of the three")''',
    form="Lengths (batch,) and a list of (kernel_size, stride, padding) in, lengths (batch,) out.",
    answer="output_lengths",
    spec=Function(cases=_stacks, expected=_lengths_by_walking, integers=True),
    reference=output_lengths,
    hints=(
        "One layer first: lay a kernel of 3 on 10 frames with a padding of 1 at both ends, and move it by 2.",
        "`//` rounds down, and keeps whole numbers whole. Do it layer after layer: the lengths of one go into the next.",
        "Padding stands at both ends, so twice. A negative number of places is none, and no frames stay no frames.",
    ),
    wrongs=(
        Wrong(
            "not divided by the stride",
            "The lengths are those of the input, or are shortened by the kernels alone: a stride of 2 leaves half of the frames.",
            (
                lambda lengths, layers: np.array(lengths),
                _lengths_with(lambda n, k, s, p: n + 2 * p - k + 1),
            ),
        ),
        Wrong(
            "divided by the stride alone",
            "Only the strides count here. Kernel and padding decide whether the last frames still have a place, and one frame "
            "more or less is an error in the loss.",
            (
                _lengths_with(lambda n, k, s, p: n // s),
                _total_stride(lambda n, total: n // total),
            ),
        ),
        Wrong(
            "rounded up",
            "Every frame that has begun is counted: that holds for some kernels with their padding, not for all.",
            (
                _lengths_with(lambda n, k, s, p: -(-n // s)),
                _total_stride(lambda n, total: -(-n // total)),
            ),
        ),
        Wrong(
            "last place rounded up",
            "A place at which the kernel hangs over the end is counted: round down.",
            _lengths_with(lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1),
        ),
        Wrong(
            "padding counted once",
            "The padding is added once, and stands at both ends.",
            _lengths_with(lambda n, k, s, p: _places(n + p, k, s, 0)),
        ),
        Wrong(
            "padding left out",
            "The padding is left out: it makes room for more places at both ends.",
            _lengths_with(lambda n, k, s, p: _places(n, k, s, 0)),
        ),
        Wrong(
            "one place too few",
            "The first place is not counted: a kernel that just fits has one, not none.",
            _lengths_with(lambda n, k, s, p: (n + 2 * p - k) // s),
        ),
        Wrong(
            "one added before the division",
            "The 1 is added before the division by the stride; it is the first place, and belongs behind it.",
            _lengths_with(lambda n, k, s, p: (n + 2 * p - k + 1) // s),
        ),
        Wrong(
            "unpacked in another order",
            "A layer is (kernel_size, stride, padding), in this order; here one of the three is taken for another.",
            tuple(
                _unpacked(order, guarded)
                for order in itertools.permutations(range(3))
                if order != (0, 1, 2)
                for guarded in (True, False)
            ),
        ),
        Wrong(
            "cut towards zero",
            "A clip that is too short for the kernel by less than a stride has one frame here, and has none: its quotient is cut "
            "towards zero, as int() does, and the formula rounds down.",
            _lengths_with(_towards_zero),
        ),
        Wrong(
            "in proportion to the longest",
            "The lengths are scaled in proportion to the longest clip. Kernel and rounding do not scale: send each length through "
            "the layers.",
            (_in_proportion(np.round), _in_proportion(np.floor), _in_proportion(np.ceil)),
        ),
        Wrong(
            "not rounded",
            "These are no whole numbers: half a frame does not exist. Round down.",
            _as_floats,
        ),
        Wrong(
            "the longest for all",
            "All clips have the length of the longest one: the padding counts again.",
            (_of_the_batch, lambda lengths, layers: _of_the_batch(lengths, layers) + 0.0),
        ),
        Wrong(
            "fewer than none",
            "A clip that is shorter than the kernel has a negative length here, or comes to life again in the next layer; it has 0.",
            (
                _negative,
                lambda lengths, layers: np.maximum(_negative(lengths, layers), 0),
                _revived,
            ),
        ),
        Wrong(
            "one frame at least",
            "A clip that is shorter than the kernel is given one frame; it has none, and should be left out of the batch.",
            _lengths_with(_places, lowest=1),
        ),
        Wrong(
            "layers from the end",
            "The layers are taken from the output to the input: their order matters where lengths are rounded.",
            lambda lengths, layers: _lengths_by_walking(lengths, layers[::-1]),
        ),
    ),
    after="A test says more than the formula: feed a clip alone and beside a longer one, and compare what is spelled.",
    also_right=(_lengths_by_walking, _one_by_one),
)
