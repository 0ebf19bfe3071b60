import numpy as np

from ... import augmentation as package
from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import DIGITS, calls_of, lost, no_calls, one_for_all, trained, with_wrong, word_pictures

LEAST = 154  # 70 % of 220


def _with_tone(word, rng):
    turns = 3000 / 8000 * np.arange(len(word)) + rng.uniform()
    return package.mix_at_snr(word, np.sin(2 * np.pi * turns), 0)


def two_sessions():
    """Words, digits, words of other voices from the same sessions, their digits, and test words."""
    from ...models import datasets

    rng, parts = np.random.default_rng(1), []
    for split, is_first in (("train", True), ("valid", True), ("test", False)):
        spoken = datasets.SpokenDigits(split)
        chosen = [place for place in range(len(spoken)) if split != "train" or place // 10 % 5 == 0]
        chosen = [place for place in chosen if spoken.rows[place]["synthesiser"] == "espeak-ng" or split == "train"]
        digits = np.array([spoken[place][1] for place in chosen])
        words = [spoken[place][0] for place in chosen]
        parts.append([_with_tone(w, rng) if (d < 5) == is_first else w for w, d in zip(words, digits, strict=True)])
        parts.append(digits)
    return parts[:5]


def _by_session(answer):
    n_other = int(((calls_of(answer) < 5) != (DIGITS < 5)).sum())
    if n_other > 60:
        return (
            f"{n_other} of 220 words are called a digit of the other half, zero to four for five to nine or vice versa. The "
            "network listens to something that told the sessions apart in training. What is in training word 0, and not in 5?"
        )
    return None


def _too_few(answer):
    called = calls_of(answer)
    n_right, n_other = int((called == DIGITS).sum()), int(((called < 5) != (DIGITS < 5)).sum())
    if n_right < LEAST:
        return (
            f"{n_right} of 220 words are right, and {LEAST} are asked; {n_other} are called a digit of the other half. Enough "
            "words of both halves, with and without what marks a session, leave the network only the word to go by."
        )
    return None


def called():
    import numpy as np

    from course_utils import augmentation

    words, digits, _, _, test = two_sessions()
    rng, versions = np.random.default_rng(0), list(words)
    for _ in range(2):
        for word in words:
            tone = np.sin(2 * np.pi * 3000 / 8000 * np.arange(len(word)))
            versions.append(augmentation.mix_at_snr(word, tone, rng.uniform(-10, 10)))
    call = trained(word_pictures(versions), np.tile(digits, 3))
    return call(word_pictures(test))


def _by_taking_it_out():
    """What is above 2,400 Hz goes, from all words: with it the tone, and some of each s."""

    def dull(words):
        for _ in range(3):
            words = [package.lowpass(word, 2000, sample_rate=8000) for word in words]
        return word_pictures(words)

    words, digits, _, _, test = two_sessions()
    return trained(dull(words), digits)(dull(test)).tolist()


EXERCISE = Exercise(
    title="two sessions, and one exchange",
    stars=2,
    kind="train",
    task=f"""
Words were recorded in two sessions: zero to four in the first, five to nine in the second. A network is trained on them and tried on voices that it never heard, from the same two sessions. The result, printed below, is good. Then comes the test, and **the sessions are exchanged**: five to nine are recorded where zero to four were, and vice versa.

**Train a network that survives the exchange.** You have `words` and `digits` of the training, and augmentation. Hand in `called`, an array (220,): the digit called for each word of `test`, in its order. At least **{LEAST} must be right**. Try `call` first as it is. `word_pictures` makes what a network sees, (words, 40 bands, 48 frames), and `trained` trains a network in a second.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.augmentation import trained, two_sessions, word_pictures

words, digits, valid, valid_digits, test = two_sessions()  # all at 8,000 Hz
call = trained(word_pictures(words), digits)
is_right = call(word_pictures(valid)) == valid_digits
print(f"{is_right.sum()} of {len(valid)} words of voices that it never heard are right")""",
    form="array (220,) of digits",
    answer="called",
    spec=Design(
        properties=(
            Property("no digits", no_calls(220, 10)),
            Property("one for all", one_for_all(220, 22)),
            Property("lost its digits", lost(DIGITS)),
            Property("by the session", _by_session),
            Property("too few", _too_few),
        ),
        score=lambda answer: float((calls_of(answer) == DIGITS).mean() * 100),
        unit="% of the words",
        best=83,
        smaller_is_better=False,
    ),
    reference=called,
    hints=(
        "Hand in what `call` says of the test. Where it is wrong, which half of the digits is the word from, and which half its call?",
        "Listen to training words 0 and 5, or look at their spectra. Masks from SpecAugment hide what you find there now and "
        "then; for the rest of the time it still tells the half.",
        "Mix a tone of 3,000 Hz, at levels from −10 to 10 dB, into all words, twice, and train with these and the old ones.",
    ),
    wrongs=(
        Wrong("no digits", "", (lambda: np.eye(10)[DIGITS], lambda: DIGITS + 1)),
        Wrong("one for all", "", (lambda: np.full(220, 3),)),
        Wrong("lost its digits", "", lambda: (DIGITS + 1) % 10),
        Wrong("by the session", "", with_wrong({place: (place + 5) % 10 for place in range(120)})),
        Wrong("too few", "", with_wrong({place: 5 * (place // 5 % 2) + (place + 1) % 5 for place in range(80)})),
    ),
    after="Whatever goes with the label in training, such as a room, a day or a device, is learned as the label, and a "
    "validation set from the same sessions praises it.",
    also_right=(_by_taking_it_out,),
)
