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
    """The character with the most steps at its brightest, and how many those are."""
    counts = np.bincount(made_alignment().argmax(axis=1), minlength=len(TEXT))
    return [int(counts.argmax()) + 1, int(counts.max())]


def stuck_at():
    brightest = made_alignment().argmax(axis=1)
    character = max(set(brightest.tolist()), key=brightest.tolist().count)
    return [character + 1, int((brightest == character).sum())]


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

**At which character did it get stuck, and for how many steps was it there?** Characters count from 1, the space among them, so `f` is 1 and the last `e` is 8. Give a list of two numbers, the character and the number of steps; one step more or less is accepted.
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
    form="[character, steps], such as [3, 10]",
    answer="stuck_at",
    spec=Value(truth=_stuck_truth, absolute=1.01),
    reference=stuck_at,
    hints=(
        "Each bright bar is one character. Which bar is the longest?",
        "Count characters from the top, the space as the fifth.",
        "Read the step at which the long bar begins and the one at which it ends, and take the difference.",
    ),
    wrongs=(
        Wrong(
            "last step of the bar",
            "The character is right. That is about the step at which the bar ends, counted from the first step: how long it *lasts* is asked for.",
            (lambda: [7, 42], lambda: [7, 41]),
        ),
        Wrong(
            "first step of the bar",
            "The character is right. That is where the bar begins: how long it *lasts* is asked for.",
            lambda: [7, 23],
        ),
        Wrong(
            "milliseconds",
            "The character is right. The second number is a time: steps are asked for.",
            (lambda: [7, 608], lambda: [7, 0.6]),
        ),
        Wrong(
            "exchanged",
            "The two numbers are exchanged: first the character, then the number of steps.",
            lambda: [19, 7],
        ),
        Wrong(
            "another character",
            "The number of steps is right, and belongs to another character: count from 1, the space among them.",
            (lambda: [2, 19], lambda: [4, 19], lambda: [9, 19]),
        ),
        Wrong(
            "too long by much",
            "The character is right, and its bar is shorter than that.",
            (lambda: [7, 27], lambda: [7, 30]),
        ),
        Wrong(
            "too short by much",
            "The character is right, and its bar is longer than that.",
            (lambda: [7, 5], lambda: [7, 12]),
        ),
    ),
    after="Steps a character, far above the others of its kind, is an alarm that needs no listening: it is how faulty sentences are found.",
    also_right=(lambda: (7, 20), lambda: np.array([7, 18])),
)
