import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

N_SEEN = 101  # frames


def _is_a_stack(layers) -> bool:
    try:
        pairs = [tuple(int(number) for number in layer) for layer in layers]
        return (
            len(pairs) > 0 and all(len(p) == 2 and min(p) >= 1 for p in pairs) and np.array(layers).dtype.kind in "iu"
        )
    except (TypeError, ValueError):
        return False


def _no_stack(layers):
    if _is_a_stack(layers):
        return None
    return "A list of layers is asked, each a pair of whole numbers from 1 up: (kernel size, dilation)."


def _seen(layers) -> set[int]:
    """The frames that one output depends on, by walking down every path."""
    frames = {0}
    for kernel_size, dilation in reversed(list(layers)):
        frames = {frame + dilation * tap for frame in frames for tap in range(kernel_size)}
    return frames


def _too_heavy(layers):
    n_taps = sum(kernel_size for kernel_size, _ in layers)
    if n_taps <= 30:
        return None
    return f"The kernels have {n_taps} taps together; more than 30 are not afforded. Depth and dilation are cheaper."


def _too_short(layers):
    field = 1 + sum((kernel_size - 1) * dilation for kernel_size, dilation in layers)
    if field >= N_SEEN:
        return None
    return f"One output sees {field} frames; {N_SEEN} are asked. A larger dilation costs nothing."


def _with_holes(layers):
    field = 1 + sum((kernel_size - 1) * dilation for kernel_size, dilation in layers)
    n_missing = field - len(_seen(layers))
    if not n_missing:
        return None
    return (
        f"Of the {field} frames between the first and the last that one output sees, {n_missing} are never looked at: "
        "the taps of one layer stand further apart than what the layers below it see."
    )


def _taps(layers):
    return sum(kernel_size for kernel_size, _ in layers)


def far_seeing_stack():
    return [(3, 1), (3, 3), (3, 9), (4, 27)]


def _doubling():
    return [(2, 2**n) for n in range(7)]


EXERCISE = Exercise(
    title="see two seconds with few weights",
    stars=3,
    kind="design",
    task=f"""
One output of a convolutional network is to see **at least {N_SEEN} neighbouring frames**, two seconds at 50 frames a second. A single kernel would do, and cost {N_SEEN} taps for each pair of channels; a stack of layers with dilation does it with far fewer.

Give the stack as a list of pairs `(kernel_size, dilation)`, the layer at the input first; strides are 1. The layers see **without holes**: every frame between the first and the last must be looked at. All kernels together may have 30 taps at most. The score is their number: **as few taps as you can**.
""",
    form="a list of pairs (kernel_size, dilation)",
    answer="far_seeing_stack",
    spec=Design(
        properties=(
            Property("no stack", _no_stack),
            Property("too heavy", _too_heavy),
            Property("sees too little", _too_short),
            Property("holes", _with_holes),
        ),
        score=_taps,
        unit="taps",
        best=13,  # k taps make the field k times as long at most, and numbers that add up to 12 multiply to 81 at most
    ),
    reference=far_seeing_stack,
    hints=(
        "Kernels of 2 with dilations 1, 2, 4, 8 … see twice as far with each layer. How many layers is that, and how "
        "many taps?",
        "There are no holes if the dilation of a layer is not larger than what the layers below it see. "
        "Then k taps make the field k times as long at most.",
        "The fields multiply while the taps add. Which k gives the most for its taps: 2, 3 or 4?",
    ),
    wrongs=(
        Wrong("no stack", "", lambda: [3, 3, 3, 3]),
        Wrong("too heavy", "", lambda: [(101, 1)]),
        Wrong("sees too little", "", lambda: [(3, 1), (3, 2), (3, 4), (3, 8)]),
        Wrong("holes", "", lambda: [(3, 1), (3, 49)]),
    ),
    after="Centred on its frame, such a stack sees a second ahead: a live system must wait for it, or shift the stack into the past.",
    also_right=(_doubling, lambda: [(5, 1), (5, 5), (5, 25)], lambda: [[4, 27], [3, 9], [3, 3], [3, 1]]),
)
