import numpy as np

from ...practice.model import Exercise, Value, Wrong

TEXT = "five one"
FRAMES = (3, 6, 4, 2, 3, 5, 19, 4)  # steps at each character
STUCK = 6


def made_alignment():
    """Made attention weights (46 steps, 8 characters) of a synthesis of "five one"; each row adds up to 1."""
    rng, letters = np.random.default_rng(3), np.repeat(np.arange(len(TEXT)), FRAMES)
    place = letters + np.concatenate([np.linspace(-0.3, 0.3, n) for n in FRAMES])
    weights = np.exp(-(((np.arange(len(TEXT)) - place[:, None]) / 0.45) ** 2)) + 0.01 * rng.random(
        (len(letters), len(TEXT))
    )
    return weights / weights.sum(axis=1, keepdims=True)


def _stuck_truth():
    """The largest number of steps at which one character is the brightest."""
    brightest = made_alignment().argmax(axis=1).tolist()
    return max(brightest.count(n) for n in range(len(TEXT)))


def stuck_steps():
    brightest = made_alignment().argmax(axis=1)
    starts = np.flatnonzero(np.diff(brightest, prepend=-1))
    return int(np.diff(starts, append=len(brightest)).max())


def peaks_in_letters() -> str:
    """What the picture shows: which steps are brightest at each character."""
    brightest, parts = made_alignment().argmax(axis=1), []
    for n in range(len(TEXT)):
        steps = np.flatnonzero(brightest == n)
        parts.append(f"{TEXT[n]!r} in steps {steps[0]} to {steps[-1]}")
    return (
        f"Weights of attention, a staircase; a row for each character, from the top. Brightest are: {'; '.join(parts)}."
    )


EXERCISE = Exercise(
    title="where did it get stuck?",
    stars=1,
    kind="read",
    task=f"""
A synthesiser was asked to say **{TEXT}**, eight characters with the space, one step every 32 ms. The sentence comes out with one sound drawn out far too long. The picture shows its attention, as many a paper prints it (the numbers are made): steps from left to right, characters from top to bottom.

**At one character it got stuck. For how many steps was it there?** One step more or less is accepted.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.text_to_speech import TEXT, made_alignment, peaks_in_letters

alignment = made_alignment()  # (46 steps, 8 characters)
picture = cu.plotting.Picture(height_in=3.2)
ax = picture.axes[0]
image = ax.pcolormesh(np.arange(47), np.arange(1, 10) - 0.5, alignment.T, cmap="magma")
picture.figure.colorbar(image, ax=ax, label="weight", pad=0.01)
names = [f"{n}  {letter!r}" for n, letter in enumerate(TEXT, start=1)]
ax.set(xlabel="step of 32 ms", ylabel="character", ylim=(8.5, 0.5))
ax.set_yticks(range(1, 9), names)
picture.show(peaks_in_letters())""",
    form="steps, a whole number",
    answer="stuck_steps",
    spec=Value(truth=_stuck_truth, unit="steps", absolute=1.01),
    reference=stuck_steps,
    hints=(
        "Each bright bar is one character. Which bar is the longest?",
        "Read the step at which the long bar begins, and the one at which it ends.",
        "Take the difference of the two: the bar ends about four steps before the last one.",
    ),
    wrongs=(
        Wrong(
            "last step of the bar",
            "That is about the step at which the bar ends, counted from the first step: how long it *lasts* is asked for.",
            (lambda: 42, lambda: 41),
        ),
        Wrong(
            "first step of the bar",
            "That is about the step at which the bar begins: how long it *lasts* is asked for.",
            (lambda: 23, lambda: 22.5),
        ),
        Wrong(
            "all steps",
            "That is how long the whole sentence lasts: the one long bar is asked for.",
            (lambda: 46, lambda: 45),
        ),
        Wrong(
            "milliseconds",
            "That is a time: steps are asked for, of 32 ms each.",
            (lambda: 608, lambda: 0.608, lambda: 0.6),
        ),
        Wrong(
            "another bar",
            "That is the length of another bar, or the number of a character: the steps of the longest bar are asked for.",
            tuple(lambda n=n: n for n in range(3, 9)),
        ),
        Wrong(
            "half of it",
            "The bar is about twice as long as that: read where it begins and where it ends.",
            (lambda: 10, lambda: 10.5),
        ),
    ),
    after="Steps a character, far above the others of its kind, is an alarm that needs no listening: it is how faulty sentences are found.",
    also_right=(lambda: 19.0, lambda: 20, lambda: np.int64(18)),
)
