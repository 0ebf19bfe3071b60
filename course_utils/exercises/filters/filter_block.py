import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _block_by_definition(h, block, memory):
    past = [*memory, *block]  # the oldest first
    output = []
    for n in range(len(block)):
        now = len(memory) + n
        output.append(sum(h[m] * past[now - m] for m in range(len(h))))
    return np.array(output), np.array(past[len(past) - (len(h) - 1) :], dtype=float)


def _blocks() -> list[Case]:
    rng = np.random.default_rng(59)
    h = rng.standard_normal(5)
    return [
        case(
            np.array([1.0, 1]), np.array([1.0, 2, 3]), np.array([10.0]),
            says="two taps, after a 10", gives=(np.array([11.0, 3, 5]), np.array([3.0])),
        ),
        case(h, rng.standard_normal(12), np.zeros(4), says="the first block of a stream"),
        case(h, rng.standard_normal(12), rng.standard_normal(4), says="a block in the middle of a stream"),
        case(h, rng.standard_normal(4), rng.standard_normal(4), says="a block as long as the memory"),
        case(h, rng.standard_normal(2), rng.standard_normal(4), says="a block shorter than the memory"),
        case(h, rng.standard_normal(1), rng.standard_normal(4), says="a block of one sample"),
        case(
            np.array([0.5]), np.array([2.0, -4, 6]), np.zeros(0),
            says="a filter of one tap, without a memory", gives=(np.array([1.0, -2, 3]), np.zeros(0)),
        ),
        case(
            np.array([2.0]), np.array([3.0]), np.zeros(0),
            says="one tap and one sample", gives=(np.array([6.0]), np.zeros(0)),
        ),
        case(
            np.array([0.0, 2, 0]), np.array([1.0, 2, 3]), np.array([7.0, 9]),
            says="taps of zero at both ends", gives=(np.array([18.0, 2, 4]), np.array([2.0, 3])),
        ),
        case(
            np.array([1.0, 2, 4]), np.array([1.0, 0, 0]), np.array([9.0, 0]),
            says="zeros in the memory and in the block", gives=(np.array([37.0, 2, 4]), np.array([0.0, 0])),
        ),
        case(h, 1e-6 * rng.standard_normal(9), 1e-6 * rng.standard_normal(4), says="a stream at −120 dB"),
    ]  # fmt: skip


def filter_block(h, block, memory):
    known = np.concatenate([memory, block])  # enough of the past for every output of this block
    output = np.zeros(len(block))
    for n in range(len(block)):
        output[n] = np.sum(h * known[n : n + len(h)][::-1])
    return output, known[len(block) :]


def _block_with(remember, used=lambda memory: memory):
    def filter_block(h, block, memory):
        known = np.concatenate([used(memory), block])
        output = np.convolve(known, h)[len(h) - 1 :][: len(block)]
        return output, remember(h, block, memory, np.concatenate([memory, block]), output)

    return filter_block


def _right_memory(h, block, memory, known, output):
    return known[len(block) :]


def _one_sample_late(h, block, memory):
    known = np.concatenate([np.zeros(1), memory, block])
    return np.convolve(known, h, mode="valid")[: len(block)], known[len(block) + 1 :]


def _block_convolved(h, block, memory):
    known = list(memory) + list(block)
    return np.convolve(known, h, mode="valid").tolist(), known[len(block) :]


def _block_float32(h, block, memory):
    output, memory = _block_by_definition(h, block, memory)
    return output.astype(np.float32), memory.astype(np.float32)


def _overlap_add(h, block, memory):
    full = np.convolve(block, h)
    n_common = min(len(memory), len(full))
    full[:n_common] += memory[:n_common]
    return full[: len(block)], full[len(block) :]


EXERCISE = Exercise(
    title="the filter that forgets, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below filters a stream block by block, and forgets at the end of each block what came before. **Mend it**: `filter_block(h, block, memory)` receives, besides the $N$ taps and the block, the **last $N-1$ inputs** of the stream, the oldest first (zeros at the start of the stream), and returns two things: the output, as long as the block, and the memory for the next call.

Then the outputs of all blocks, joined, equal the filtered whole. The blocks of a real stream are of any length from one sample on, also **shorter than the memory**; and a filter of one tap has an empty memory.
""",
    given='''import numpy as np


def published_filter_block(h, block):
    """As published: each block is convolved for itself, and cut to its length."""
    return np.convolve(block, h)[: len(block)]


h, stream = np.ones(3) / 3, np.full(8, 6.0)
whole = np.convolve(stream, h)[: len(stream)]
joined = np.concatenate([published_filter_block(h, block) for block in np.split(stream, 2)])
print("in one piece:  ", *whole)
print("in two blocks: ", *joined)''',
    form="N taps, a block and N - 1 inputs before it in; the output and the last N - 1 inputs out.",
    answer="filter_block",
    spec=Function(cases=_blocks, expected=_block_by_definition),
    reference=filter_block,
    hints=(
        "Which inputs does the first output of a block need, and where are they?",
        "Put the memory in front of the block. The full convolution of that has outputs you do not want: how many at the "
        "beginning, how many at the end?",
        "The next memory is the end of memory and block together. Count where it begins from the front: "
        "x[-(N − 1):] is all of x when N is 1.",
    ),
    wrongs=(
        Wrong(
            "memory from the block alone",
            "The output is right, and the next memory is cut from the block alone: a block shorter than N − 1 samples does not "
            "hold enough of the past.",
            (
                _block_with(lambda h, block, memory, known, output: block[-(len(h) - 1) :]),
                _block_with(lambda h, block, memory, known, output: block[max(len(block) - len(memory), 0) :]),
                _block_with(lambda h, block, memory, known, output: np.append(0 * memory, block)[len(block) :]),
            ),
        ),
        Wrong(
            "one tap remembers all",
            "It is right but for a filter of one tap: x[-0:] is the same as x[0:], all of it, where nothing is to be remembered.",
            _block_with(lambda h, block, memory, known, output: known[-(len(h) - 1) :]),
        ),
        Wrong(
            "mended in nothing",
            "It still forgets: neither is the memory put in front of the block, nor is a new one made.",
            _block_with(lambda h, block, memory, known, output: memory, np.zeros_like),
        ),
        Wrong(
            "outputs of the memory",
            "The output begins too early: its first N − 1 values belong to the inputs of the memory, "
            "whose outputs were given by earlier calls.",
            lambda h, block, memory: (
                np.convolve(np.concatenate([memory, block]), h)[: len(block)],
                np.concatenate([memory, block])[len(block) :],
            ),
        ),
        Wrong(
            "tail kept",
            "The output is longer than the block: the tail of the convolution belongs to inputs that have not come yet.",
            lambda h, block, memory: (
                np.convolve(np.concatenate([memory, block]), h)[len(memory) :],
                np.concatenate([memory, block])[len(block) :],
            ),
        ),
        Wrong(
            "taps not turned round",
            "The newest input meets the last tap: in a convolution h[0] weighs the newest and the last tap the oldest.",
            lambda h, block, memory: _block_with(_right_memory)(h[::-1], block, memory),
        ),
        Wrong(
            "memory not used",
            "The memory is handed on and not used: the output still begins as if silence had come before.",
            _block_with(_right_memory, np.zeros_like),
        ),
        Wrong(
            "memory read newest first",
            "The memory is taken for newest first: it comes in the order in which it was heard, and goes in front of "
            "the block as it is.",
            _block_with(_right_memory, lambda memory: memory[::-1]),
        ),
        Wrong(
            "memory not renewed",
            "The memory comes back as it went in: the next block would hear the block before this one.",
            _block_with(lambda h, block, memory, known, output: memory),
        ),
        Wrong(
            "outputs remembered",
            "It remembers outputs. An FIR filter has no feedback: what it needs of the past are inputs.",
            _block_with(
                lambda h, block, memory, known, output: np.concatenate([memory, output])[len(block) :],
            ),
        ),
        Wrong(
            "one sample too many",
            "The memory grows by one: for N taps the newest input comes with the block, so N − 1 older ones are enough.",
            _block_with(lambda h, block, memory, known, output: known[max(len(known) - len(h), 0) :]),
        ),
        Wrong(
            "newest first",
            "The memory comes back with the newest input first; it is to stay in the order in which it was heard.",
            (
                _block_with(lambda h, block, memory, known, output: known[len(block) :][::-1]),
                _block_with(
                    lambda h, block, memory, known, output: np.append(memory[::-1], block)[len(block) :][::-1],
                    lambda memory: memory[::-1],
                ),
            ),
        ),
        Wrong(
            "silence remembered",
            "The memory that comes back holds zeros only: the next block begins as if silence had come before.",
            _block_with(lambda h, block, memory, known, output: 0 * memory),
        ),
        Wrong(
            "one sample late",
            "The output comes one sample late: its first value belongs to the first sample of the block.",
            _one_sample_late,
        ),
        Wrong(
            "memory not given back",
            "Only the output comes back: the caller needs the memory for the next call, too.",
            (
                lambda h, block, memory: filter_block(h, block, memory)[0],
                lambda h, block, memory: (filter_block(h, block, memory)[0], None),
            ),
        ),
        Wrong(
            "exchanged",
            "The two are exchanged: the output comes first, the memory second.",
            lambda h, block, memory: filter_block(h, block, memory)[::-1],
        ),
        Wrong(
            "overlap and add",
            "This is the other way to join blocks, overlap-add, whose memory is the tail of what comes out. "
            "Here the memory holds inputs, and nothing is added to the output.",
            _overlap_add,
        ),
    ),
    after="Every front end that listens live carries such a memory from block to block; where it is dropped, the first "
    "N − 1 outputs of each later block are wrong.",
    also_right=(_block_convolved, _block_float32),
)
