import numpy as np

from ...practice.model import Exercise, Value, Wrong

# What is said, with its first frame of 40 ms and the frame behind its last.
SPOKEN = (
    ("four", 3, 10), ("nine", 12, 21), ("two", 25, 31), ("eight", 33, 38), ("six", 47, 57), ("one", 59, 66), ("five", 68, 77),
)  # fmt: skip
N_FRAMES = 80
# Of each token that was written: where it looks, as (centre, spread, share), in frames.
_LOOKS = (
    ((6.5, 2.0, 1.0),),
    ((16.0, 2.4, 1.0),),
    ((28.0, 1.8, 0.82), (35.5, 1.2, 0.18)),
    ((51.5, 2.6, 1.0),),
    ((62.5, 1.8, 1.0),),
    ((51.0, 3.0, 0.75), (62.0, 2.0, 0.25)),
    ((63.0, 1.6, 0.2), (72.5, 2.2, 0.8)),
)
WORDS = tuple(word for word, *_ in SPOKEN)


def made_attention():
    """Made attention weights (7 tokens, 80 frames) of a decoder that reads seven spoken digits; each row adds up to 1."""
    frames, rng = np.arange(N_FRAMES), np.random.default_rng(8)
    rows = []
    for looks in _LOOKS:
        row = sum(share * np.exp(-(((frames - centre) / spread) ** 2) / 2) / spread for centre, spread, share in looks)
        rows.append(row + 0.0004 * rng.random(N_FRAMES))
    return np.array(rows) / np.sum(rows, axis=1, keepdims=True)


def _words_truth():
    """The word under the brightest frame of each token; which word has none, and which one two."""
    brightest = made_attention().argmax(axis=1)
    counts = [sum(start <= frame < stop for frame in brightest) for _, start, stop in SPOKEN]
    return [WORDS[counts.index(0)], WORDS[counts.index(2)]]


def skipped_and_twice():
    attention = made_attention()
    coverage = [attention[:, start:stop].sum() for _, start, stop in SPOKEN]
    return [SPOKEN[np.argmin(coverage)][0], SPOKEN[np.argmax(coverage)][0]]


def peaks_in_words() -> str:
    """What the picture shows: where each row has its peaks, and where the words lie."""
    rows = []
    for number, row in enumerate(made_attention(), 1):
        places = [n for n in range(1, 79) if row[n] > 0.03 and row[n] == row[n - 1 : n + 2].max()]
        rows.append(f"token {number}: " + " and ".join(f"{row[n]:.2f} in frame {n}" for n in places))
    words = ", ".join(f"{a} to {b - 1}" for _, a, b in SPOKEN)
    return (
        f"Weights of attention, their peaks by token. {'; '.join(rows)}. Each fades within 8 frames. "
        f"The spoken digits lie, in order, in frames {words}."
    )


EXERCISE = Exercise(
    title="what was skipped, and what was said twice?",
    stars=1,
    kind="read",
    task=f"""
Seven digits are spoken: **{", ".join(WORDS)}**. An attention decoder writes seven tokens, and its text is not theirs: **one word was skipped, and one was written twice.** Seven tokens for seven words, so their number says nothing; the attention does.

In the picture, each row is a token that was written, from the first at the top to the seventh, and shows how its weight is spread over the frames (the numbers are made). Dashed lines stand where a word begins and ends; the words are named above. Give a list of two words, the skipped one first.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.attention_asr import SPOKEN, made_attention, peaks_in_words

attention = made_attention()  # (7 tokens, 80 frames of 40 ms)
picture = cu.plotting.Picture(height_in=3.6)
ax = picture.axes[0]
image = ax.pcolormesh(np.arange(81), np.arange(1, 9) - 0.5, attention, cmap="magma")
picture.figure.colorbar(image, ax=ax, label="weight", pad=0.01)
for word, start, stop in SPOKEN:
    ax.text((start + stop) / 2, 0.3, word, ha="center")
    ax.vlines([start, stop], 0.5, 7.5, color="white", linestyle="--", linewidth=0.7)
ax.set(xlabel="frame of 40 ms", ylabel="token written", ylim=(7.5, 0.5), yticks=range(1, 8))
picture.show(peaks_in_words())""",
    form='[skipped, written twice], such as ["four", "nine"]',
    answer="skipped_and_twice",
    spec=Value(truth=_words_truth, options=WORDS),
    reference=skipped_and_twice,
    hints=(
        "Go down the rows, and note for each the word under its brightest frames. A faint second spot is a glance, no reading.",
        "Reading goes from left to right. In which row does it jump back, and to which word?",
        "Go along the words: under which one is no row at its brightest, though one row has a faint spot there? Pauses between "
        "words need not be looked at.",
    ),
    wrongs=(
        Wrong(
            "exchanged",
            "The two are exchanged: the skipped word comes first.",
            lambda: ["six", "eight"],
        ),
        Wrong(
            "not skipped",
            "The second word is right. The first was not skipped: under it one row is at its brightest.",
            tuple(lambda word=word: [word, "six"] for word in WORDS if word not in ("six", "eight")),
        ),
        Wrong(
            "one word for both",
            "A word cannot be skipped and written twice: two different words are asked for.",
            tuple(lambda word=word: [word, word] for word in WORDS),
        ),
        Wrong(
            "a faint spot counted",
            "The skipped word is right. Under the second one row is bright, and others have a faint spot there, a glance. Written "
            "twice is a word under which two rows are at their brightest.",
            lambda: ["eight", "one"],
        ),
        Wrong(
            "written once",
            "The skipped word is right. Under the second one row is bright, and no other has a spot there: it was written once.",
            tuple(lambda word=word: ["eight", word] for word in ("four", "nine", "two", "five")),
        ),
        Wrong(
            "skipped, and named second",
            "No row is at its brightest under the second word, so it was not written at all; and the first was not skipped.",
            tuple(lambda word=word: [word, "eight"] for word in WORDS if word not in ("six", "eight")),
        ),
        Wrong(
            "neither",
            "Neither is right. Under the first word a row is at its brightest, so it was not skipped; under the second only one row "
            "is, so it was written once.",
            tuple(
                lambda first=first, second=second: [first, second]
                for first in WORDS
                for second in WORDS
                if first not in ("eight", second) and second not in ("eight", "six")
            ),
        ),
    ),
    after="Summed over the tokens, the weight that a word's frames get is its coverage: here 0.2 where it was skipped, 1.6 where "
    "it was written twice, 0.7 to 1.4 elsewhere.",
    also_right=(lambda: ("eight", "six"), lambda: np.array(["eight", "six"])),
)
