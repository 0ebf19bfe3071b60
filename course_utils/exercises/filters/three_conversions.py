from functools import cache

import numpy as np

from ... import filters as package
from ...practice.model import Exercise, Value, Wrong


def three_conversions():
    """One sentence taken from 16 kHz to 8 kHz and back, A, B and C, each another way, and the sampling rate."""
    return [version.copy() for version in _conversions()], 16_000


@cache
def _conversions():
    from ... import audio

    words, file_rate = audio.load("speech/sibilants", dtype=np.float64)
    rate = 16_000
    words = package.resample(words[: 2 * file_rate], from_rate=file_rate, to_rate=rate, lowpass_filter_width=64)
    taps = package.fir_lowpass(3600, sample_rate=rate, n_taps=121, window="kaiser")

    def low(signal):
        return package.convolve(signal, taps)[60 : 60 + len(signal)]

    def every_second(signal):
        kept = np.zeros_like(signal)
        kept[::2] = 2 * signal[::2]
        return kept

    filtered = every_second(low(words))
    versions = low(every_second(words)), low(filtered), filtered
    return [0.08 * version / np.sqrt(np.mean(version**2)) for version in versions]


def _conversions_truth():
    """By where the power lies: images above 4 kHz; or below it, more than the gentlest of the others lets through."""
    versions, rate = three_conversions()
    hertz = np.fft.rfftfreq(len(versions[0]), 1 / rate)
    power = [np.abs(np.fft.rfft(version)) ** 2 for version in versions]
    high = [p[hertz > 4500].sum() / p[hertz < 3500].sum() for p in power]
    hiss = [p[(hertz > 2500) & (hertz < 3300)].sum() / p[hertz < 1000].sum() for p in power]
    imaged = int(np.argmax(high))
    rest = [place for place in range(3) if place != imaged]
    aliased = max(rest, key=lambda place: hiss[place])
    return ["imaged" if n == imaged else "aliased" if n == aliased else "clean" for n in range(3)]


def conversions():
    a, b, c = "aliased", "clean", "imaged"
    return [a, b, c]


def _conversions_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="where was the low-pass left out?",
    stars=1,
    kind="listen",
    task="""
A sentence full of s and sh (*Six thin shells hiss…*), taken from 16 kHz to 8 kHz and back. That needs two low-passes: one **before** every second sample is dropped, one **after** zeros were put back in their places. One version had both and is **clean**. One had no first filter and is **aliased**. One had no last filter and is **imaged**. Listen, with headphones if you can, and give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.filters import three_conversions

versions, sample_rate = three_conversions()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C, half a second apart. What has become of the s?")""",
    form='three of "clean", "aliased", "imaged"',
    answer="conversions",
    spec=Value(truth=_conversions_truth, options=("clean", "aliased", "imaged")),
    reference=conversions,
    hints=(
        "Which of the three has anything above 4 kHz? A telephone has not.",
        "Zeros between the samples mirror the voice at 4 kHz: vowels get a shrill double. "
        "Between the other two, compare the s with the vowel beside it.",
        "Where the first filter is missing, the s, which lay above 4 kHz, has come down and hisses where it never was; "
        "where it is there, the s is nearly gone. Or look: draw the spectrograms.",
    ),
    wrongs=(
        Wrong(
            "aliased and clean exchanged",
            "C is found. Of the other two, the one with the louder s is not the clean one: what a clean conversion to 8 kHz "
            "has above 4 kHz is lost, and cannot be heard as hiss below.",
            _conversions_as("clean", "aliased", "imaged"),
        ),
        Wrong(
            "aliased and imaged exchanged",
            "B is found. Images lie above 4 kHz, aliases below: which of A and C is shrill?",
            _conversions_as("imaged", "clean", "aliased"),
        ),
        Wrong(
            "clean and imaged exchanged",
            "C is not clean because it is bright: a rate of 8 kHz has nothing above 4 kHz, "
            "so what you hear up there was made by the zeros.",
            _conversions_as("aliased", "imaged", "clean"),
        ),
        Wrong(
            "all shifted",
            "None is in its place. Begin with the shrill one: only images lie above 4 kHz.",
            _conversions_as("clean", "imaged", "aliased"),
        ),
        Wrong(
            "all shifted the other way",
            "None is in its place. Begin with the shrill one, then ask in which of the others the s is nearly gone.",
            _conversions_as("imaged", "aliased", "clean"),
        ),
    ),
    after="What was imaged can still be mended by the missing filter; what was aliased lies among the speech, and stays.",
    also_right=(lambda: ("Aliased", "Clean", "Imaged"), lambda: np.array(["aliased", "clean", "imaged"])),
)
