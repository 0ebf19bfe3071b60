from functools import cache

import numpy as np

from ...practice.model import Exercise, Value, Wrong

WAYS = ("dice", "printed", "stuck")  # of A, B and C
N_NOTES = 40


@cache
def three_tunes():
    """A jig that was printed, one from a trigram's most probable notes, and one at T = 2: A, B and C."""
    from ... import melody_tokens, music, ngrams, sampling_rules

    jigs = [tune for tune in music.tunes() if tune.metre == "6/8" and tune.mode == "major"]
    pieces = [melody_tokens.encode(tune) for tune in jigs if tune.split == "train"]
    model = ngrams.NGram(pieces, 3).next_probabilities
    rng = np.random.default_rng(16)
    options = {"longest": N_NOTES + 1}

    def without_end(p):
        return np.where(np.arange(len(p)) == 0, 0.0, p) / (1 - p[0])

    stuck = sampling_rules.generate(model, rng, rule=lambda p: sampling_rules.top_k(without_end(p), 1), **options)
    dice = sampling_rules.generate(
        model, rng, rule=lambda p: sampling_rules.temperature(without_end(p), 2.0), **options
    )
    printed = next(tune for tune in jigs if tune.split == "test" and len(tune.notes) > 60)
    made = {"stuck": stuck, "dice": dice, "printed": melody_tokens.encode(printed)[: N_NOTES + 1]}
    return [melody_tokens.decode(made[way], metre="6/8", title=name) for way, name in zip(WAYS, "ABC", strict=True)]


def _ways_truth():
    """By the share of repeated runs of four notes, and by the size of the steps."""
    from ... import sampling_rules

    words = []
    for tune in three_tunes():
        numbers = [1 + 100 * (note.pitch or 0) + int(4 * note.quarters) for note in tune.notes]
        pitches = [note.pitch for note in tune.notes if note.pitch is not None]
        if sampling_rules.repeated_ngrams(numbers) > 0.7:
            words.append("stuck")
        else:
            words.append("dice" if np.mean(np.abs(np.diff(pitches))) > 4.5 else "printed")
    return words


def ways():
    a, b, c = "dice", "printed", "stuck"
    return [a, b, c]


def _as_words(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="which one is alive?",
    stars=1,
    kind="listen",
    task="""
Three beginnings of a jig, each of 40 notes. One was **printed** around 1790. One was written by a trigram that always takes the most probable note, and got **stuck**. And one was drawn from the same trigram at temperature 2, almost by **dice**. Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.music_generation import three_tunes

played = [cu.music.rendered_tune(tune, instrument="flute", tempo_bpm=130) for tune in three_tunes()]
gap = np.zeros(11_025)
one_after_the_other = np.concatenate([part for tune in played for part in (tune, gap)])
cu.audio.play(one_after_the_other, 22050, caption="A, B and C. Which of them knows where it is going?")
# %%
pitches = [note.pitch for note in three_tunes()[0].notes if note.pitch is not None]
print("steps of A:", *np.diff(pitches))""",
    form='three of "printed", "stuck", "dice"',
    answer="ways",
    spec=Value(truth=_ways_truth, options=("printed", "stuck", "dice")),
    reference=ways,
    hints=(
        "One of them plays the same few notes again and again.",
        "Of the two others, one leaps about, and its lengths do not make bars.",
        "Print the steps of each: large leaps without order, a circle, or phrases that come back changed.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "C is right. Of A and B, one has phrases; the other leaps by a sixth and more, without bars.",
            _as_words("printed", "dice", "stuck"),
        ),
        Wrong(
            "A and C exchanged",
            "B is right. Of A and C, one repeats a few notes for ever; the other never repeats anything.",
            _as_words("stuck", "printed", "dice"),
        ),
        Wrong(
            "B and C exchanged",
            "A is right. Of B and C, one repeats a few notes for ever; in the other, phrases come back changed.",
            _as_words("dice", "stuck", "printed"),
        ),
        Wrong(
            "all three elsewhere",
            "None is right. Find the one first that plays the same few notes again and again.",
            (_as_words("printed", "stuck", "dice"), _as_words("stuck", "dice", "printed")),
        ),
        Wrong(
            "a word twice",
            "Each of the three words is needed once.",
            (_as_words("dice", "dice", "stuck"), _as_words("printed", "printed", "printed")),
        ),
    ),
    after="Too cold repeats, too hot forgets: measure the share of repeated runs of notes against what people do before you trust your ears.",
    also_right=(lambda: ("dice", "printed", "stuck"), lambda: np.array(["dice", "printed", "stuck"])),
)
