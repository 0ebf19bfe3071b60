import numpy as np

from ... import sampling as package
from ...practice.model import Exercise, Value, Wrong


def four_accidents():
    """One sentence after four accidents: A, B, C and D, equally loud, and the sampling rate."""
    from ... import audio

    words, sample_rate = audio.load("speech/sibilants", dtype=np.float64)
    words = np.pad(words[:44_770] * 0.5 / np.abs(words).max(), 6615)  # 0.3 s of silence before and after
    fourth = words[::4]
    padded = np.fft.rfft(fourth)
    aliased = 4 * np.fft.irfft(np.append(padded[:-1], np.zeros(3 * len(fourth) // 2 + 1)), len(words))
    clipped = np.clip(30 * words, -1, 1)
    coarse = package.quantize(words, n_bits=5)
    dithered = package.quantize(package.dither(words, n_bits=5, rng=np.random.default_rng(3)), n_bits=5)
    versions = [dithered, clipped, aliased, coarse]
    return [0.07 * version / np.sqrt(np.mean(version**2)) for version in versions], sample_rate


def _accident(version, sample_rate):
    """What happened, from the samples: their plateaus, their band, how many levels they have, and their rests."""
    level = np.abs(version)
    power = np.abs(np.fft.rfft(version)) ** 2
    if np.mean(level > 0.999 * level.max()) > 0.01:
        return "clipped"
    if power[len(power) // 4 + 2 :].sum() < 1e-6 * power.sum():
        return "aliased"
    assert len(np.unique(np.round(version / level.max(), 6))) <= 2**5
    return "dithered" if level[: sample_rate // 5].any() else "coarse"


def _accidents_truth():
    versions, sample_rate = four_accidents()
    return [_accident(version, sample_rate) for version in versions]


def accidents():
    a, b, c, d = "dithered", "clipped", "aliased", "coarse"
    return [a, b, c, d]


def _accidents_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="what happened to the sentence?",
    stars=1,
    kind="listen",
    task="""
The beginning of *Six thin shells hiss …*, with 0.3 s of silence before and after, met with four accidents. Then all were brought to the same RMS:

- **clipped**: recorded much too loud, and cut off at full scale
- **aliased**: every fourth sample kept, without a filter before
- **coarse**: rounded to 5 bits
- **dithered**: triangular dither added, then rounded to 5 bits

Listen to the silence and to each *s*, then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sampling import four_accidents

versions, sample_rate = four_accidents()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(
    one_after_the_other,
    sample_rate,
    caption="A, B, C and D, half a second apart. What is in the silence? What has become of the s?",
)""",
    form='four of "clipped", "aliased", "coarse", "dithered"',
    answer="accidents",
    spec=Value(truth=_accidents_truth, options=("clipped", "aliased", "coarse", "dithered")),
    reference=accidents,
    hints=(
        "A steady hiss that is there before the first word is noise that does not depend on the voice. "
        "Which accident adds such?",
        "With three of four samples dropped, half the new rate is 2.8 kHz: one version sounds dull, and has a rustle "
        "in place of each s.",
        "Two remain. In one, soft sounds have become nearly as loud as loud ones; in the other they are the roughest, "
        "or missing.",
    ),
    wrongs=(
        Wrong(
            "coarse and dithered exchanged",
            "A and D are exchanged. Without dither the error follows the voice, and where the voice stops there is "
            "nothing; dither hisses on.",
            _accidents_as("coarse", "clipped", "aliased", "dithered"),
        ),
        Wrong(
            "clipped and coarse exchanged",
            "B and D are exchanged. Clipping cuts the loud and keeps the quiet; few bits do the opposite, "
            "and swallow what is below half a step.",
            _accidents_as("dithered", "coarse", "aliased", "clipped"),
        ),
        Wrong(
            "clipped and dithered exchanged",
            "A and B are exchanged. A's hiss is the same all the time; B is distorted wherever there is sound.",
            _accidents_as("clipped", "dithered", "aliased", "coarse"),
        ),
        Wrong(
            "aliased and dithered exchanged",
            "A and C are exchanged. C has nothing above 2.8 kHz, and rustles only where an s or sh is spoken; "
            "a hiss that never stops is dither.",
            _accidents_as("aliased", "clipped", "dithered", "coarse"),
        ),
        Wrong(
            "aliased and clipped exchanged",
            "B and C are exchanged. The dull one lost its top with three of four samples; clipping adds harmonics, "
            "and makes a sound brighter.",
            _accidents_as("dithered", "aliased", "clipped", "coarse"),
        ),
        Wrong(
            "aliased and coarse exchanged",
            "C and D are exchanged. D has kept its band and is rough; C has nothing above 2.8 kHz.",
            _accidents_as("dithered", "clipped", "coarse", "aliased"),
        ),
    ),
    after="Each of them leaves a trace that a script finds as well: plateaus at the largest value, an empty band, few different values, and a hiss where there should be silence.",
    also_right=(
        lambda: ("Dithered", "Clipped", "Aliased", "Coarse"),
        lambda: np.array(["dithered", "clipped", "aliased", "coarse"]),
    ),
)
