import numpy as np

from ... import augmentation as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _as_words, versions


def three_versions():
    """A sentence, and three versions of it, A, B, C: each 1.3 times as fast, as high, or both; and the rate."""
    from ... import audio

    words, sample_rate = audio.load("speech/sonorants", dtype=np.float64)
    shifted = package.pitch_shift(words, 12 * np.log2(1.3))
    stretched, faster = package.time_stretch(words, 1.3), package.change_speed(words, 1.3)
    return words, [stretched, faster, shifted], sample_rate


def _versions_truth():
    """From the length, and from where the spectrum fits that of the original, stretched along log frequency."""
    words, versions, sample_rate = three_versions()
    grid_hz = np.geomspace(200, 2500, 400)

    def log_spectrum(signal):
        level = np.log(np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) + 1e-9)
        smooth = np.convolve(level, np.ones(41) / 41, "same")
        return np.interp(grid_hz, np.fft.rfftfreq(len(signal), 1 / sample_rate), smooth)

    found, n_up = [], round(np.log(1.3) / np.log(grid_hz[1] / grid_hz[0]))
    for version in versions:
        before, after = log_spectrum(words), log_spectrum(version)
        stays = np.corrcoef(before, after)[0, 1]
        moves = np.corrcoef(before[:-n_up], after[n_up:])[0, 1]
        shorter = len(version) < 0.9 * len(words)
        found.append("speed" if shorter and moves > stays else "stretch" if shorter else "pitch")
    return found


EXERCISE = Exercise(
    title="faster, higher, or both?",
    stars=1,
    kind="listen",
    task="""
A sentence, then three versions of it, all by a factor of 1.3: one with another **speed** (both faster and higher), one with a time **stretch** (faster only), one with a shift of **pitch** (higher only). Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.augmentation import three_versions

sentence, versions, sample_rate = three_versions()
gap = np.zeros(sample_rate)
one_after_the_other = np.concatenate([np.append(version, gap) for version in (sentence, *versions)])
cu.audio.play(one_after_the_other, sample_rate, caption="As it was, then A, B, C. How high, and how long?")""",
    form='three of "speed", "stretch", "pitch"',
    answer="versions",
    spec=Value(truth=_versions_truth, options=("speed", "stretch", "pitch")),
    reference=versions,
    hints=(
        "One of the three lasts as long as the original. Count along with the words.",
        "Of the two that are shorter, one has the voice of the original.",
        "`len(version) / sample_rate` gives the durations; for the height listen to the first word.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "A and B are equally short. One of them speaks with the voice of the original, the other with that of a "
            "smaller person.",
            _as_words("speed", "stretch", "pitch"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C are equally high. Which of them takes as long as the original?",
            _as_words("stretch", "pitch", "speed"),
        ),
        Wrong(
            "A and C exchanged",
            "A has the pitch of the original and is shorter; C is as long as the original and higher.",
            _as_words("pitch", "speed", "stretch"),
        ),
        Wrong(
            "one place on",
            "Only one of the three is as long as the original, and it is not the first.",
            _as_words("pitch", "stretch", "speed"),
        ),
        Wrong(
            "one place back",
            "C is as long as the original, so that nothing was done to its speed.",
            _as_words("speed", "pitch", "stretch"),
        ),
    ),
    after="Speed and pitch multiply the formants by 1.3, too, as in a smaller person: fine where the words are the label, wrong "
    "where the speaker is.",
    also_right=(lambda: ("Stretch", "Speed", "Pitch"), lambda: np.array(["stretch", "speed", "pitch"])),
)
