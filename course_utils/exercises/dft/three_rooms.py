import numpy as np

from ... import dft as package
from ...practice.model import Exercise, Value, Wrong


def three_rooms():
    """One sentence in one room, by three ways of which one is right: A, B, C and the sampling rate."""
    from ... import audio

    words, sample_rate = audio.load("speech/sentence_rp_f4", dtype=np.float64)
    words = np.pad(words[: int(1.6 * sample_rate)], (int(0.4 * sample_rate), 0))
    n = np.arange(sample_rate // 2)
    room = np.random.default_rng(4).standard_normal(len(n)) * np.exp(-n / (0.08 * sample_rate))
    full = package.convolve(words, room / np.sqrt((room**2).sum()))[: len(words)]
    n_fft = len(words)
    circular = np.fft.irfft(np.fft.rfft(words) * np.fft.rfft(room / np.sqrt((room**2).sum()), n_fft), n_fft)
    turned = np.fft.irfft(np.fft.rfft(full).conj(), n_fft)
    return [0.6 * version / np.abs(version).max() for version in (circular, turned, full)], sample_rate


def _rooms_truth():
    """By how the level runs: before the first word there is silence, a tail, or the last word backwards."""
    versions, sample_rate = three_rooms()
    found = []
    for version in versions:
        before, after = np.sum(version[: sample_rate // 4] ** 2), np.sum(version[-sample_rate // 4 :] ** 2)
        silent = before < 1e-6 * np.sum(version**2)
        found.append("right" if silent else "wrapped" if after > before else "reversed")
    return found


def rooms():
    a, b, c = "wrapped", "reversed", "right"
    return [a, b, c]


def _rooms_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="which spectrum was mishandled?",
    stars=1,
    kind="listen",
    task="""
A sentence that begins after 0.4 s of silence, in a small room, computed three times with spectra. One is **right**. In one the spectra were too short, and the end **wrapped** onto the beginning. In one the spectrum was conjugated by mistake, and the sound came out **reversed**. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.dft import three_rooms

versions, sample_rate = three_rooms()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C, half a second apart. What starts before the voice?")""",
    form='three of "right", "wrapped", "reversed"',
    answer="rooms",
    spec=Value(truth=_rooms_truth, options=("right", "wrapped", "reversed")),
    reference=rooms,
    hints=(
        "Listen to the beginning of each. Where there is silence, nothing has wrapped.",
        "In a reversed sound an echo grows louder and then stops.",
        "One of the three begins with the reverberation of its own last word.",
    ),
    wrongs=(
        Wrong(
            "A taken for right",
            "A does not begin with silence: what is heard there is the room's answer to the last word, wrapped round.",
            _rooms_as("right", "reversed", "wrapped"),
        ),
        Wrong(
            "A and B exchanged",
            "A is not reversed, its words can be understood; and in B every echo comes before its sound.",
            _rooms_as("reversed", "wrapped", "right"),
        ),
        Wrong(
            "B taken for right",
            "B cannot be right: its words run backwards. A conjugate in the spectrum reverses time.",
            _rooms_as("wrapped", "right", "reversed"),
        ),
        Wrong(
            "all shifted",
            "Start with the one that begins with silence: that one is right.",
            _rooms_as("reversed", "right", "wrapped"),
        ),
        Wrong(
            "B and C exchanged",
            "Only one of the two begins with silence, and its words run forwards. A and its murmur before the first word are not what you take them for, either.",
            _rooms_as("right", "wrapped", "reversed"),
        ),
    ),
    after="The first of these mistakes is found without ears: the samples before the first word have to be 0, and in the wrapped version they are only 5 dB weaker than the rest.",
    also_right=(lambda: ("Wrapped", "Reversed", "Right"), lambda: np.array(["wrapped", "reversed", "right"])),
)
