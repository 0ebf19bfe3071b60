import functools
from itertools import permutations

import numpy as np

from ... import mfcc as package
from ...practice.model import Exercise, Value, Wrong

_GRID = {"sample_rate": 16_000, "n_fft": 512, "hop_length": 160}


def _bands_db(signal, n_mels=80):
    """The lecture's log-mel spectrogram, in dB."""
    from ... import mel

    return mel.log_mel(mel.mel_spectrogram(signal, **_GRID, n_mels=n_mels))


@functools.cache
def four_whispers():
    """A sentence, whispered from its coefficients after one of four treatments: A, B, C, D, and the sampling rate."""
    from ... import audio, dft, mel, sound, stft

    words, sample_rate = audio.load("speech/sentence_slt", dtype=np.float64)
    words = words[2400:24_000]
    true = package.mfcc_from_log_mel(_bands_db(words), n_mfcc=13)
    level, tilt = true.copy(), true.copy()
    level[0], tilt[1] = level[0].mean(), tilt[1].mean()
    breath = np.random.default_rng(3).standard_normal(len(words))
    breath = stft.stft(breath, n_fft=512, hop_length=160)
    bins_hz = dft.frequencies_hz(512, sample_rate=sample_rate)
    bands_hz = mel.mel_frequencies_hz(82, f_max=8000.0)[1:-1]
    drawn = np.array([np.interp(bins_hz, bands_hz, row) for row in package.dct_matrix(13, 80)]).T
    spoken = []
    for kept in (tilt, true[:2], level, true):
        bins_db = drawn[:, : len(kept)] @ kept
        sound_of = stft.istft(breath * 10 ** (bins_db / 20), n_fft=512, hop_length=160)
        spoken.append(0.08 * sound_of / sound.rms(sound_of))
    return spoken, sample_rate


def _treatment(whisper):
    """From the sound: does its level move, does its tilt move, and is there more than level and tilt?"""
    level_db = _bands_db(whisper)
    place = np.arange(80) - 39.5
    mean = level_db.mean(axis=0)
    tilt = place @ level_db / (place @ place)
    rest = level_db - mean - np.outer(place, tilt)
    if mean.std() < 2:
        return "c0 held"
    if 80 * tilt.std() < 8:  # dB from the first band to the last
        return "c1 held"
    return "2 kept" if rest.std() < 6 else "13 kept"


def _whispers_truth():
    return [_treatment(whisper) for whisper in four_whispers()[0]]


def whispers():
    a, b, c, d = "c1 held", "2 kept", "c0 held", "13 kept"
    return [a, b, c, d]


def _whispers_as(*words):
    return lambda: list(words)


_IN_PLACE = ("c1 held", "2 kept", "c0 held", "13 kept")


def _found(*places):
    """The orders in which these words stand where they belong, and no others."""
    return tuple(
        _whispers_as(*order)
        for order in permutations(_IN_PLACE)
        if tuple(n for n in range(4) if order[n] == _IN_PLACE[n]) == places
    )


EXERCISE = Exercise(
    title="which coefficients do you hear?",
    stars=2,
    kind="listen",
    task="""
The vocoder of section 8 whispers the same words four times: *The young judge chose three thick*. It breathes through the curve that the coefficients draw, frame by frame. Once **13 are kept**, c0 to c12. Once only **2 are kept**, c0 and c1. Once 13 are kept, but **c0 is held** at its mean over the sentence in every frame, and once **c1 is held** at its mean. All four are equally loud on the whole.

Before you listen, decide what each would sound like: what is c0, what is c1, and in which sounds is either far from its mean? Then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.mfcc import four_whispers

whispered, sample_rate = four_whispers()
gap = np.zeros(sample_rate // 2)
cu.audio.play(
    np.concatenate([np.append(version, gap) for version in whispered]),
    sample_rate,
    caption="A, B, C and D, half a second apart. Which have words, pauses, a sharp ch?",
)""",
    form='four of "13 kept", "2 kept", "c0 held", "c1 held"',
    answer="whispers",
    spec=Value(truth=_whispers_truth, options=("13 kept", "2 kept", "c0 held", "c1 held")),
    reference=whispers,
    hints=(
        "c0 follows the mean level. Held, it makes the gaps between the words nearly as loud as the words.",
        "c1 is low bands against high ones. In a vowel it is mostly above its mean, in *j* and *ch* far below. "
        "Held, *ch* is no sharper than a vowel.",
        "With c0 and c1 alone there is loud and quiet, dark and sharp, and no vowel: nothing draws two formants.",
    ),
    wrongs=(
        Wrong(
            "c0 and c1 exchanged",
            "c0 and c1 are exchanged: where the level is held, the pauses roar; where the tilt is held, "
            "pauses stay and the sharp sounds lose their edge.",
            _whispers_as("c0 held", "2 kept", "c1 held", "13 kept"),
        ),
        Wrong(
            "A and D exchanged",
            "A and D are exchanged. Compare the *ch* of *chose* with its vowel in both: "
            "in one of them the *ch* is no brighter.",
            _whispers_as("13 kept", "2 kept", "c0 held", "c1 held"),
        ),
        Wrong(
            "A and B exchanged",
            "A and B are exchanged. Two coefficients cannot draw a vowel; in one of the two you can tell *three* from *chose*.",
            _whispers_as("2 kept", "c1 held", "c0 held", "13 kept"),
        ),
        Wrong(
            "B and D exchanged",
            "B and D are exchanged: the clip with clear words has more coefficients, not fewer.",
            _whispers_as("c1 held", "13 kept", "c0 held", "2 kept"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C are exchanged. Two coefficients keep the loudness of the syllables; where c0 is held there are no pauses.",
            _whispers_as("c1 held", "c0 held", "2 kept", "13 kept"),
        ),
        Wrong(
            "C and D exchanged",
            "C and D are exchanged: both have words, but only one of them has quiet between the words.",
            _whispers_as("c1 held", "2 kept", "13 kept", "c0 held"),
        ),
        Wrong(
            "only A found",
            "A is found, and no other. Which of B, C and D has no pauses? There c0 is held.",
            _found(0),
        ),
        Wrong(
            "only B found",
            "B is found, and no other. Which of A, C and D has no pauses, and which has no sharp *ch*?",
            _found(1),
        ),
        Wrong(
            "only C found",
            "C is found, and no other. In which of A, B and D can you not tell *three* from *chose*? There only two are kept.",
            _found(2),
        ),
        Wrong(
            "only D found",
            "D is found, and no other. Which of A, B and C has no pauses, and which has no sharp *ch*?",
            _found(3),
        ),
        Wrong(
            "none found",
            "None is in its place. Begin with the pauses: in one of the four they are nearly as loud as the words, and there c0 is held.",
            _found(),
        ),
    ),
    after="c0 alone finds the pauses, as a detector of speech by energy does, and c1 tells a hiss from a vowel; "
    "words need the rest.",
    also_right=(
        lambda: ("C1 held", "2 kept", "C0 held", "13 kept"),
        lambda: np.array(["c1 held", "2 kept", "c0 held", "13 kept"]),
    ),
)
