import numpy as np

from ... import augmentation as package
from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import DIGITS, calls_of, lost, no_calls, one_for_all, trained, with_wrong, word_pictures

LEAST = 143  # 65 % of 220


def rainy_calls():
    """Words of 460 clean recordings, their digits, 4 s of rain at 8 kHz, and 220 words as they arrive at the other end."""
    from ...audio import load
    from ...models import datasets

    train, test = datasets.SpokenDigits("train"), datasets.SpokenDigits("test")
    chosen = [place for place in range(len(train)) if place // 10 % 5 == 0]  # all ten words of every fifth voice
    rain, rate = load("environment/rain", sample_rate=8000)
    rng, calls = np.random.default_rng(1), []
    for word, _ in test:
        in_rain = package.mix_at_snr(word, rain[4 * rate :], -3, rng=rng)
        calls.append(package.telephone(in_rain, sample_rate=rate))
    words = [train[place][0] for place in chosen]
    return words, np.array([train[place][1] for place in chosen]), rain[: 4 * rate], calls


def _sixes(answer):
    n_sixes = int((calls_of(answer) == 6).sum())
    if n_sixes > 70:
        return (
            f"{n_sixes} of 220 words are called six; 22 are. Rain on the line is a hiss, and a six hisses: a network that "
            "never heard rain this strong on a line takes it for part of the word. Let it hear in training all that a call goes through."
        )
    return None


def _too_few(answer):
    called = calls_of(answer)
    n_right, n_sixes = int((called == DIGITS).sum()), int((called == 6).sum())
    if n_right < LEAST:
        return (
            f"{n_right} of 220 words are right, and {LEAST} are asked; {n_sixes} are called six, and 22 are. Compare a training "
            "word of yours with a call, by ear and in a picture: is the rain there, as strong, and has the line cut it, too?"
        )
    return None


def called():
    import numpy as np

    from course_utils import augmentation

    words, digits, rain, calls = rainy_calls()
    rng, versions = np.random.default_rng(0), list(words)
    for _ in range(2):
        for word in words:
            faster = augmentation.change_speed(word, rng.choice([0.85, 0.9, 1.1, 1.2]))  # other speakers
            in_rain = augmentation.mix_at_snr(faster, rain, rng.uniform(-6, 2), rng=rng)
            versions.append(augmentation.telephone(in_rain, sample_rate=8000))
    call = trained(word_pictures(versions), np.tile(digits, 3))
    return call(word_pictures(calls))


def _by_rain_and_line_alone():
    """No clean word at all and no other speakers: the same line and the same level as in the calls."""
    words, digits, rain, calls = rainy_calls()
    rng = np.random.default_rng(1)
    versions = [
        package.telephone(package.mix_at_snr(word, rain, -3, rng=rng), sample_rate=8000) for word in [*words, *words]
    ]
    return trained(word_pictures(versions), np.tile(digits, 2))(word_pictures(calls)).tolist()


EXERCISE = Exercise(
    title="a call from the rain",
    stars=2,
    kind="train",
    task=f"""
Somebody stands in the rain and telephones. The rain has twice the power of the voice, an SNR of −3 dB, and the line is that of `cu.augmentation.telephone`. A network trained on 460 clean words understands little of it, as you will see.

**Train it for this call**, by augmentation of `words`: `rain` is there to be mixed in. (In the calls other rain falls, and other voices speak.) Hand in `called`, an array (220,): the digit that your network calls for each of `calls`, in their order. At least **{LEAST} must be right**. `word_pictures(signals)` makes what a network sees, and `trained(word_pictures(words), digits)` gives a trained one, as a function. A try takes a few seconds; begin with `call(word_pictures(calls))`.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.augmentation import rainy_calls, trained, word_pictures

words, digits, rain, calls = rainy_calls()  # all at 8,000 Hz
call = trained(word_pictures(words), digits)
print(f"the first ten words, zero to nine, are called {call(word_pictures(words[:10]))}")
cu.audio.play(np.concatenate(calls[:10]), 8000, caption="Zero to nine on the line. Which would you know?")""",
    form="array (220,) of digits",
    answer="called",
    spec=Design(
        properties=(
            Property("no digits", no_calls(220, 10)),
            Property("one for all", one_for_all(220, 22)),
            Property("sixes everywhere", _sixes),
            Property("lost its digits", lost(DIGITS)),
            Property("too few", _too_few),
        ),
        score=lambda answer: float((calls_of(answer) == DIGITS).mean() * 100),
        unit="% of the words",
        best=75,
        smaller_is_better=False,
    ),
    reference=called,
    hints=(
        "Hand in what the network for clean words calls. Which digit does it hear most, and why?",
        "Rain alone is not enough, nor is the line alone. In which order does the world do them?",
        "`telephone(mix_at_snr(word, rain, -3, rng=rng), sample_rate=8000)`, twice for each word, each beside its digit. "
        "A change of speed before the rain adds speakers.",
    ),
    wrongs=(
        Wrong("no digits", "", (lambda: np.eye(10)[DIGITS], lambda: DIGITS[:200])),
        Wrong("one for all", "", (lambda: np.full(220, 6), lambda: np.zeros(220))),
        Wrong("sixes everywhere", "", with_wrong(dict.fromkeys(range(130), 6))),
        Wrong("lost its digits", "", lambda: (DIGITS + 1) % 10),
        Wrong("too few", "", with_wrong({place: (place + 4) % 10 for place in range(80)})),
    ),
    after="An augmentation is worth most where it does what the field does: the same disturbances, at the same level, in the "
    "same order.",
    also_right=(_by_rain_and_line_alone,),
)
