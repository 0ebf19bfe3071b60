import math

from ...practice.model import Exercise, Value, Wrong


def _parameters_truth():
    """Every weight of every matrix, one by one as a layer is built up."""
    shapes = [(4 * 128, 80), (4 * 128, 128), (4 * 128,), (4 * 128,)] * 2
    shapes += [(4 * 128, 256), (4 * 128, 128), (4 * 128,), (4 * 128,)] * 2
    return sum(math.prod(shape) for shape in shapes)


def lstm_parameters():
    total, n_inputs, width = 0, 80, 128
    for _ in range(2):
        total += 2 * 4 * width * (n_inputs + width + 2)
        n_inputs = 2 * width
    return total


EXERCISE = Exercise(
    title="how many numbers does a BiLSTM learn?",
    stars=1,
    kind="predict",
    task="""
Two layers of a bidirectional LSTM on 80 mel bands, each direction 128 numbers wide; the second layer reads both directions of the first. Each direction of a layer has four parts (three gates and the candidate), each with a matrix for its input, one for its own state, and, as `torch.nn.LSTM` keeps it, **two** biases. How many parameters are that together?
""",
    form="a whole number",
    answer="lstm_parameters",
    spec=Value(truth=_parameters_truth, tolerance=1e-9),
    reference=lstm_parameters,
    hints=(
        "One gate of one direction of the first layer: a matrix of 128 × 80, one of 128 × 128, and two biases of 128.",
        "The second layer reads 256 numbers a frame, not 128 and not 80.",
        "Four parts, two directions: 8 · 128 · (n + 128 + 2) for a layer with n inputs.",
    ),
    wrongs=(
        Wrong(
            "first layer only",
            "That is the first layer; the second has weights of its own.",
            lambda: 8 * 128 * (80 + 128 + 2),
        ),
        Wrong(
            "one part",
            "That is one of the four parts; each gate has weights of its own, and the candidate too.",
            lambda: 2 * 128 * (80 + 128 + 2) + 2 * 128 * (256 + 128 + 2),
        ),
        Wrong(
            "one bias",
            "One bias is counted for each part; torch keeps two, which are added.",
            lambda: 8 * 128 * (80 + 128 + 1) + 8 * 128 * (256 + 128 + 1),
        ),
        Wrong(
            "no bias",
            "The biases are not counted: two for each number of each part.",
            lambda: 8 * 128 * (80 + 128) + 8 * 128 * (256 + 128),
        ),
        Wrong(
            "one direction",
            "That is one direction of each layer; there are two, with weights of their own.",
            lambda: 4 * 128 * (80 + 128 + 2) + 4 * 128 * (256 + 128 + 2),
        ),
        Wrong(
            "second layer reads one direction",
            "The second layer is counted with 128 inputs; it reads both directions of the first, 256 numbers.",
            lambda: 8 * 128 * (80 + 128 + 2) + 8 * 128 * (128 + 128 + 2),
        ),
        Wrong(
            "second layer reads the mel bands",
            "Both layers are counted with 80 inputs; the second reads what the first has written.",
            lambda: 2 * 8 * 128 * (80 + 128 + 2),
        ),
        Wrong(
            "three parts",
            "Three gates are counted; the candidate has weights of its own.",
            lambda: 6 * 128 * (80 + 128 + 2) + 6 * 128 * (256 + 128 + 2),
        ),
        Wrong(
            "no state",
            "The matrices for the state of the frame before are missing.",
            lambda: 8 * 128 * (80 + 2) + 8 * 128 * (256 + 2),
        ),
    ),
    after="They take 2.4 MB as float32, for a clip of a second as for an hour: all frames share them.",
    also_right=(lambda: 610_304, lambda: 610_304.0),
)
