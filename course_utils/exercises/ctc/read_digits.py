import itertools

import numpy as np

from ...practice.model import Exercise, Value, Wrong

# digit, its first frame, the frame behind its last, how probable it is at most, and in its dips
_SPOKEN = ((2, 4, 7, 0.9), (7, 12, 15, 0.85), (7, 15, 18, 0.6), (7, 24, 27, 0.8), (3, 33, 35, 0.46), (9, 42, 46, 0.95))
N_FRAMES = 50


def made_posteriors():
    """Made probabilities (11, 50) of the blank, class 0, and of the digits d, class d + 1, in 50 frames of 40 ms."""
    probability = np.full((11, N_FRAMES), 0.004)
    for digit, start, stop, most in _SPOKEN:
        probability[digit + 1, start:stop] = most
    probability[8, [11, 18, 23, 27]] = 0.2
    probability[3, [3, 7]] = 0.15
    probability[0] = 0
    probability[0] = 1 - probability.sum(axis=0)
    return probability


def _digits_truth():
    """The best class of each frame; repeats merged, blanks out."""
    best = made_posteriors().argmax(axis=0)
    symbols = [int(symbol) for symbol, _ in itertools.groupby(best) if symbol != 0]
    return int("".join(str(symbol - 1) for symbol in symbols))


def digits():
    leading = "22.77.7.99"  # the highest curve, from left to right; a dot is the blank
    return int(
        "".join(digit for digit, before in zip(leading, "." + leading, strict=False) if digit not in "." + before)
    )


EXERCISE = Exercise(
    title="read the number off its curves",
    stars=2,
    kind="read",
    task="""
A recogniser of digit strings gives eleven probabilities every 40 ms, for the blank and for the ten digits. The picture shows those of one clip, as steps; digits that stay below 1 % are not drawn. **Which number does greedy decoding spell?** It takes the most probable class of each frame, merges repeats, and takes the blanks out. Give the digits as one whole number, such as 4071.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.ctc import made_posteriors

probability = made_posteriors()  # (11, 50): the blank, then the digits
frames = np.arange(probability.shape[1] + 1)
picture = cu.plotting.Picture(height_in=3.6)
words = []
for k, row in enumerate(probability):
    if row.max() > 0.01:
        label = f"digit {k - 1}" if k else "blank"
        picture.axes[0].stairs(row, frames, label=label, linewidth=2 if k else 1, linestyle="-" if k else ":")
        starts = [int(n) for n in frames[:-1] if n == 0 or row[n] != row[n - 1]]
        words.append(f"{label}: " + ", ".join(f"{row[n]:.2f} from frame {n} on" for n in starts))
picture.axes[0].set(xlabel="frame of 40 ms", ylabel="probability", xlim=(0, 50), ylim=(0, 1))
picture.axes[0].legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, 1.18))
picture.show("Steps of probability over 50 frames. " + "; ".join(words) + ".")""",
    form="a whole number",
    answer="digits",
    spec=Value(truth=_digits_truth, tolerance=1e-9),
    reference=digits,
    hints=(
        "Only the highest curve of each frame counts. Follow it from left to right and write down when it changes.",
        "The digit in frames 12 to 17 becomes less probable halfway. Does the blank, or another digit, rise above it there?",
        "Two stretches of one digit are two digits only if something else leads between them; and a bump that stays below the "
        "blank is not spelled at all.",
    ),
    wrongs=(
        Wrong(
            "a dip taken for a gap",
            "The digit that lasts from frame 12 to 17 becomes less probable, and stays the most probable: a repeat, so one digit.",
            (lambda: 27779, lambda: 277739),
        ),
        Wrong(
            "a bump below the blank",
            "The 3 is the most probable digit of its two frames, but the blank is more probable still: greedy decoding does not "
            "spell it. A beam search might.",
            (lambda: 27739, lambda: 2739),
        ),
        Wrong(
            "merged across the blank",
            "The blank leads for some frames between two stretches of one digit: they are two digits, not one.",
            (lambda: 279, lambda: 29),
        ),
        Wrong(
            "frame by frame",
            "Each frame is written down; frames with the same leader in a row are one digit.",
            (
                lambda: int("222" + 9 * "7" + "9999"),
                lambda: int("222" + 9 * "7" + "33" + "9999"),
            ),
        ),
        Wrong(
            "blanks written",
            "The blanks are written as 0: they stand for no digit and are taken out.",
            (lambda: 207070900, lambda: 2070709, lambda: 20707090, lambda: 207070309, lambda: 20770309),
        ),
        Wrong(
            "class for digit",
            "These are the classes. Class 0 is the blank, so digit d is class d + 1.",
            lambda: 38_810,
        ),
    ),
    after="Summed over its paths, the number with the 3 is more than twice as probable as the one without it, which greedy "
    "decoding never finds out.",
    also_right=(lambda: 2779, lambda: 2779.0),
)
