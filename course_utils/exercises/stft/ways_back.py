import numpy as np

from ... import stft as package
from ...practice.model import Exercise, Value, Wrong

HEARD = ("right", "zero", "random", "hop")


def _sentence():
    from ... import audio

    words, sample_rate = audio.load("speech/sentence_slt", dtype=np.float64)
    return words[: int(2.2 * sample_rate)], sample_rate


def four_ways_back():
    """One sentence, brought back from its STFT in four ways of which one is right: A, B, C, D and the sampling rate."""
    words, sample_rate = _sentence()
    spectrum = package.stft(words, n_fft=1024, hop_length=160)
    turns = np.random.default_rng(45).random(spectrum.shape)
    dice, flat = np.abs(spectrum) * np.exp(2j * np.pi * turns), np.abs(spectrum)
    versions = [package.istft(s, hop_length=160, length=len(words)) for s in (dice, spectrum, flat)]
    versions.insert(2, package.istft(spectrum, hop_length=256, length=len(words)))
    return [0.1 * version / np.sqrt(np.mean(version**2)) for version in versions], sample_rate


def _ways_truth():
    """By what is left of the waveform, of the pulses at the hop, and of the words' places in time."""
    words, sample_rate = _sentence()
    versions, _ = four_ways_back()

    def levels(signal):
        return np.sqrt(np.mean(np.square(signal[: len(signal) // 160 * 160]).reshape(-1, 160), axis=1))

    original = levels(words)
    stretched = np.interp(np.arange(len(original)) * 160 / 256, np.arange(len(original)), original)
    found = []
    for version in versions:
        if np.corrcoef(version, words)[0, 1] > 0.99:
            found.append("right")
        elif np.corrcoef(version[160:], version[:-160])[0, 1] > 0.7:  # repeats itself with every hop
            found.append("zero")
        else:
            slow, same = (np.corrcoef(levels(version), place)[0, 1] for place in (stretched, original))
            found.append("hop" if slow > same else "random")
    return found


def ways_back():
    a, b, c, d = "random", "right", "hop", "zero"
    return [a, b, c, d]


def _ways_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="which one lost its phase?",
    stars=1,
    kind="listen",
    task="""
A sentence went through an STFT (window 64 ms, hop 10 ms) and came back four times, at the same level. Once everything was done **right**. Once all phases were set to **zero**, once they were **random**. And once the phases were right, but the way back was taken with a longer **hop** than the way there. Listen, then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.stft import four_ways_back

versions, sample_rate = four_ways_back()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B, C and D, half a second apart. What happens to the pitch, and to the tempo?")""",
    form='four of "right", "zero", "random", "hop"',
    answer="ways_back",
    spec=Value(truth=_ways_truth, options=HEARD),
    reference=ways_back,
    hints=(
        "One of the four keeps the speaker's voice but not her tempo. Where a phase is lost, the tempo stays.",
        "With all phases zero neighbouring frames are nearly alike. How many frames are there in a second?",
        "Zero phases: a machine that hums one note of 100 Hz. Random phases: her melody, in a murmuring hall.",
    ),
    wrongs=(
        Wrong(
            "random taken for zero",
            "Two are exchanged, the ones without phase: zeros make neighbouring frames alike, a steady hum of 100 Hz; random "
            "phases blur, and hum nothing.",
            _ways_as("zero", "right", "hop", "random"),
        ),
        Wrong(
            "random taken for right",
            "A is not right: its consonants are smeared, as in a hall. Compare it with B.",
            _ways_as("right", "random", "hop", "zero"),
        ),
        Wrong(
            "slow taken for random",
            "A and C are exchanged: a lost phase does not change the tempo, and C speaks more slowly than the others.",
            _ways_as("hop", "right", "random", "zero"),
        ),
        Wrong(
            "slow taken for zero",
            "C and D are exchanged: C rattles too, but it is slower than the others. With zero phases the tempo stays, "
            "and her melody is gone.",
            _ways_as("random", "right", "zero", "hop"),
        ),
        Wrong(
            "three exchanged",
            "B is right. Of the other three, only one has another tempo, and only one is on a single note.",
            _ways_as("hop", "right", "zero", "random"),
        ),
    ),
    after="A model that writes magnitudes leaves the phases to you, and a wrong choice hums or murmurs; the next exercise takes one step towards a better one.",
    also_right=(lambda: ("Random", "Right", "Hop", "Zero"), lambda: np.array(["random", "right", "hop", "zero"])),
)
