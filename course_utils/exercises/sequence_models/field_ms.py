import numpy as np

from ...practice.model import Exercise, Value, Wrong

LAYERS = ((3, 2, 1), (3, 2, 1), (5, 1, 1), (5, 1, 4))  # kernel size, stride, dilation; frames of 10 ms


def _field_truth():
    """Which of 400 input frames the middle output depends on, by asking: what does a pulse in that frame change?"""
    x = np.eye(400)  # one row, one place of the pulse
    for kernel_size, stride, dilation in LAYERS:
        reach = (kernel_size - 1) * dilation
        starts = range(0, x.shape[1] - reach, stride)
        x = np.stack([x[:, n : n + reach + 1 : dilation].sum(axis=1) for n in starts], axis=1)
    seen = np.flatnonzero(x[:, x.shape[1] // 2])
    return 10.0 * (seen[-1] - seen[0] + 1)


def field_ms():
    field, step = 1, 1
    for kernel_size, stride, dilation in LAYERS:
        field += (kernel_size - 1) * dilation * step
        step *= stride
    return 10 * field


EXERCISE = Exercise(
    title="how much sound does one output hear?",
    stars=1,
    kind="predict",
    task="""
A network of four convolutions along time, on frames that come every 10 ms. From the input up:

| layer | kernel size | stride | dilation |
|---|---|---|---|
| 1 | 3 | 2 | 1 |
| 2 | 3 | 2 | 1 |
| 3 | 5 | 1 | 1 |
| 4 | 5 | 1 | 4 |

How long is the **receptive field** of one output, in ms: the number of frames from the first to the last that it depends on, times 10 ms?
""",
    form="in ms",
    answer="field_ms",
    spec=Value(truth=_field_truth, unit="ms", tolerance=1e-6),
    reference=field_ms,
    hints=(
        "Begin with one frame and go up: a layer of kernel size 3 adds two of its input steps.",
        "After a layer with stride 2, one step of the next layer is two frames of the input.",
        "The steps are 1, 2, 4 and 4 frames long. A dilation spreads the kernel: (k − 1) · d steps are added.",
    ),
    wrongs=(
        Wrong(
            "strides forgotten",
            "The dilation is in it, the strides are not: above the second layer one step is four frames long.",
            lambda: 10 * (1 + 2 + 2 + 4 + 16),
        ),
        Wrong(
            "dilation forgotten",
            "The strides are in it, the dilation of the last layer is not: its five taps stand four steps apart.",
            lambda: 10 * (1 + 2 + 4 + 16 + 16),
        ),
        Wrong(
            "strides and dilation forgotten",
            "That is the field of four plain layers: strides and dilation make it longer.",
            lambda: 10 * (1 + 2 + 2 + 4 + 4),
        ),
        Wrong(
            "stride of the layer itself",
            "Each layer's own stride is counted in it; it lengthens the steps of the layers above.",
            lambda: 10 * (1 + 2 * 2 + 2 * 4 + 4 * 4 + 16 * 4),
        ),
        Wrong(
            "kernels in place of kernels less one",
            "A kernel of k taps adds k − 1 steps to the frame that is there already.",
            lambda: 10 * (1 + 3 + 3 * 2 + 5 * 4 + 5 * 16),
        ),
        Wrong(
            "without the first frame",
            "The steps are right; the frame they start from is missing.",
            lambda: 10 * (2 + 4 + 16 + 64),
        ),
        Wrong(
            "frames",
            "That is a number of frames; each stands for 10 ms.",
            lambda: 87,
        ),
    ),
    after="No output ever hears a longer word as a whole: what comes after must put the pieces together, if only by a mean.",
    also_right=(lambda: 870.0, lambda: np.float32(870)),
)
