import numpy as np

from ...practice.model import Exercise, Value, Wrong

_PER_FRAME_US, _PER_PAIR_US, _RECURRENT_US = 30.0, 0.05, 90.0


def made_costs(n_frames):
    """Made times in ms of two networks on clips of so many frames: one reads frame by frame, one attends to pairs."""
    n = np.asarray(n_frames, np.float64)
    return _RECURRENT_US * n / 1000, (_PER_FRAME_US * n + _PER_PAIR_US * n**2) / 1000


def _crossing_truth():
    """The first length at which attention takes longer."""
    n = np.arange(1, 20_000)
    reads, attends = made_costs(n)
    return float(n[attends > reads][0])


def crossing_frames():
    low, high = 1100, 1300  # read from the picture: before 1,100 frames one is cheaper, from 1,300 on the other
    return (low + high) / 2


EXERCISE = Exercise(
    title="from which length on?",
    stars=2,
    kind="read",
    task="""
The picture shows the time of two networks over the number of frames, both axes logarithmic. One reads frame by frame; the other attends from every frame to every frame. Clips come with 100 frames a second. **From how many frames on is the one that attends the slower one?** (Within 10 %.)
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sequence_models import made_costs

n_frames = np.geomspace(100, 10_000, 50)
picture = cu.plotting.Picture(height_in=4.0)
for costs, label in zip(made_costs(n_frames), ("reads", "attends"), strict=True):
    picture.axes[0].loglog(n_frames, costs, label=label)
picture.axes[0].grid(which="both", alpha=0.35)
picture.axes[0].set(xlabel="length in frames", ylabel="time in ms", xlim=(100, 10_000))
ticks = [100, 200, 500, 1000, 2000, 5000, 10_000]
picture.axes[0].set_xticks(ticks, ["100", "200", "500", "1000", "2000", "5000", "10 000"])
points = "; ".join(f"{reads:g} and {attends:g} at {n}" for n, reads, attends in zip(ticks, *made_costs(ticks), strict=True))
picture.show(f"Two rising lines, the times of reads and attends in ms: {points} frames.")""",
    form="frames",
    answer="crossing_frames",
    spec=Value(truth=_crossing_truth, unit="frames", tolerance=0.1),
    reference=crossing_frames,
    hints=(
        "Which line is which? One of them becomes steeper.",
        "Between 1,000 and 2,000 no line is drawn. On a logarithmic axis the middle between them is not 1,500: "
        "the space is as wide as that between 100 and 200.",
        "The crossing stands a little to the right of 1,000: by about a quarter of the way to 2,000.",
    ),
    wrongs=(
        Wrong(
            "the middle of the axis",
            "That is where the axis has 1,000. The lines cross a little to the right of it.",
            lambda: 1000,
        ),
        Wrong(
            "read as if linear",
            "Halfway from 1,000 to 2,000 on a logarithmic axis is 1,414; the crossing stands before it.",
            lambda: 1450,
        ),
        Wrong(
            "where pairs cost as much as frames",
            "At that length the curve begins to bend: the pairs cost as much as the frames. "
            "The other network is slower there still.",
            lambda: 600,
        ),
        Wrong(
            "where it is twice as slow",
            "There the one that attends takes about twice as long as the other. The crossing comes earlier.",
            lambda: 3000,
        ),
        Wrong(
            "the time",
            "That is the time at which the lines cross, in ms; the length is asked, on the axis below.",
            lambda: 108,
        ),
        Wrong(
            "seconds",
            "That is a length in seconds; frames are asked, and there are 100 in a second.",
            lambda: 12,
        ),
    ),
    after="Halve the cost of a pair and the crossing moves to 2,400 frames; halve the cost of a frame and it moves to 1,500 only.",
    also_right=(lambda: 1200, lambda: 1230.0),
)
