import numpy as np

from ... import sound as package
from ...practice.model import Exercise, Value, Wrong

ORDER = ("brown", "white", "pink")


def three_noises():
    """Three noises of 1.25 s with one A-weighted level, and their sampling rate."""
    sample_rate, n = 44_100, 55_125
    weights = 10 ** (package.a_weighting_db(np.fft.rfftfreq(n, 1 / sample_rate)) / 10)
    fade = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 2000)
    noises = []
    for colour, rng in zip(ORDER, np.random.default_rng(11).spawn(3), strict=True):
        noise = package.noise(colour, duration_s=1.25, sample_rate=sample_rate, rng=rng, rms=1)
        power = np.abs(np.fft.rfft(noise)) ** 2
        noises.append(noise * fade * 10 ** (-30 / 20) * np.sqrt(power.sum() / np.sum(weights * power)))
    return noises, sample_rate


def _noises_truth():
    """By the slope between two octaves five octaves apart."""
    noises, sample_rate = three_noises()
    found = []
    for noise in noises:
        power = np.abs(np.fft.rfft(noise[4000:36_000])) ** 2
        f = np.arange(len(power)) * sample_rate / 32_000
        low, high = (power[(f > edge_hz) & (f < 2 * edge_hz)].mean() for edge_hz in (200, 6400))
        found.append(("white", "pink", "brown")[round(2 * np.log10(low / high) / 3)])  # 10 log over 5 octaves of 3 dB
    return found


def colours():
    a, b, c = "brown", "white", "pink"
    return [a, b, c]


def _colours_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="three noises, one level",
    stars=1,
    kind="listen",
    task="""
Three noises, A, B and C, all with the same level in dB(A), so that the level does not give them away. One is **white**: every hertz has the same power. One is **pink**: every octave has the same power. One is **brown**: each octave has half the power of the one below. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sound import three_noises

noises, sample_rate = three_noises()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(noise, gap) for noise in noises])
words = "A, B and C, half a second apart. Which is the darkest, which the brightest?"
cu.audio.play(one_after_the_other, sample_rate, caption=words)""",
    form='three of "white", "pink", "brown"',
    answer="colours",
    spec=Value(truth=_noises_truth, options=("white", "pink", "brown")),
    reference=colours,
    hints=(
        "Sort the three by brightness: which hisses most, which rumbles?",
        "Which colour has the largest share of its power in the highest octave? Which the smallest?",
        "Above 10 kHz white noise has more than half of its power, brown noise next to nothing: "
        "the one without any hiss is brown.",
    ),
    wrongs=(
        Wrong(
            "brightest taken for brown",
            "The order of brightness is turned round: white noise has half of its power in the highest octave, "
            "brown noise nearly all of it in the lowest ones.",
            _colours_as("white", "brown", "pink"),
        ),
        Wrong(
            "white and pink exchanged",
            "A is right. Of B and C the brighter one is white: equal power in every hertz gives the highest octave "
            "as much as all the others together.",
            _colours_as("brown", "pink", "white"),
        ),
        Wrong(
            "brown and pink exchanged",
            "B is right. Of A and C one has lost its hiss altogether: brown falls by 6 dB per octave, twice as fast as pink.",
            _colours_as("pink", "white", "brown"),
        ),
        Wrong(
            "moved on by one",
            "None of them is in its place: begin with the one that hisses most.",
            _colours_as("pink", "brown", "white"),
        ),
        Wrong(
            "moved back by one",
            "None of them is in its place: begin with the one that hisses least.",
            _colours_as("white", "pink", "brown"),
        ),
    ),
    after="With equal RMS instead, brown noise would lie some 12 dB below the other two in dB(A): most of its power lies where the ear, and with it dB(A), takes little notice.",
    also_right=(lambda: ("Brown", "White", "Pink"), lambda: np.array(["brown", "white", "pink"])),
)
