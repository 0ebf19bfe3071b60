import functools

import numpy as np

from ... import mel as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _scales_as


@functools.cache
def three_ways_back():
    """A vowel, three ways through mel bands and back to sound (A, B, C), and the sampling rate."""
    from ... import audio
    from ...stft import griffin_lim

    vowel, sample_rate = audio.load("speech/vowel_e", dtype=np.float32)
    vowel = vowel[sample_rate // 20 : sample_rate // 2]
    bank = {"sample_rate": sample_rate, "n_fft": 1024, "f_max": 8000}
    versions = []
    for n_mels, read_as in ((80, "htk"), (80, "slaney"), (20, "slaney")):
        mel_power = package.mel_spectrogram(vowel, **bank, hop_length=256, n_mels=n_mels, scale="slaney")
        magnitude = np.sqrt(package.mel_to_linear(mel_power, **bank, scale=read_as, n_iter=40))
        heard, _ = griffin_lim(magnitude, hop_length=256, n_iter=16, rng=np.random.default_rng(0), length=len(vowel))
        versions.append(0.5 * heard / np.abs(heard).max())
    return 0.5 * vowel / np.abs(vowel).max(), versions, sample_rate


def _periodicity(signal, sample_rate):
    """How well frames of 40 ms repeat at any pitch from 60 to 320 Hz: median over time, at most 1."""
    strengths = []
    for start in range(0, len(signal) - sample_rate // 25, sample_rate // 100):
        frame = signal[start : start + sample_rate // 25]
        correlation = np.correlate(frame, frame, "full")[len(frame) - 1 :]
        strengths.append(correlation[sample_rate // 320 : sample_rate // 60].max() / correlation[0])
    return np.median(strengths)


def _first_formant_hz(signal, sample_rate):
    """The centre of the power between 150 and 1,000 Hz."""
    frequency_hz = np.fft.rfftfreq(len(signal), 1 / sample_rate)
    power = np.abs(np.fft.rfft(signal)) ** 2 * ((frequency_hz > 150) & (frequency_hz < 1000))
    return (power * frequency_hz).sum() / power.sum()


def _ways_truth():
    """By the sound alone: does it repeat, and is its lowest formant where the vowel has it?"""
    vowel, versions, sample_rate = three_ways_back()
    formant_hz, found = _first_formant_hz(vowel, sample_rate), []
    for version in versions:
        if _periodicity(version, sample_rate) < 0.25:
            found.append("few bands")
        else:
            near = abs(_first_formant_hz(version, sample_rate) / formant_hz - 1) < 0.1
            found.append("right" if near else "other scale")
    return found


def ways():
    a, b, c = "other scale", "right", "few bands"
    return [a, b, c]


EXERCISE = Exercise(
    title="what the bands have done to a vowel",
    stars=2,
    kind="listen",
    task="""
A vowel, then three versions of it that have been through Slaney bands and back to sound, with the same window of 46 ms and the same search for the phases. One had 80 bands and was decoded on its own scale: **right**. One had **few bands**, namely 20. One had 80 bands, and whoever decoded it took them for HTK: **other scale**. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.mel import three_ways_back

vowel, versions, sample_rate = three_ways_back()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(sound, gap) for sound in (vowel, *versions)])
cu.audio.play(
    one_after_the_other,
    sample_rate,
    caption="The original, then A, B and C. Which has lost its pitch? Which is another vowel?",
)""",
    form='three of "right", "few bands", "other scale"',
    answer="ways",
    spec=Value(truth=_ways_truth, options=("right", "few bands", "other scale")),
    reference=ways,
    hints=(
        "Hum the original. Which of the three still buzz at a pitch, even one that is a little off, and which does not?",
        "Twenty bands up to 8 kHz are at their lowest 287 Hz wide at the feet; the voice has 97 Hz.",
        "Of the two that have a pitch, say the vowel aloud. The wrong scale moves the first formant down and the "
        "second up.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "C is right, and A and B are exchanged: both have a pitch (that of A is unsteady and somewhat lower), but A is "
            "nearer to an i than to the e of the original.",
            _scales_as("right", "other scale", "few bands"),
        ),
        Wrong(
            "C taken for right",
            "C cannot be right: its pitch has gone, and a voice like a whisper is what is left when the harmonics "
            "fall into one band.",
            _scales_as("other scale", "few bands", "right"),
        ),
        Wrong(
            "A and C exchanged",
            "B is right, and A and C are exchanged: A still has a pitch, though an unsteady one, and C has none.",
            _scales_as("few bands", "right", "other scale"),
        ),
        Wrong(
            "all shifted",
            "Begin with the pitch: A and B have one, so neither of them had 20 bands.",
            _scales_as("few bands", "other scale", "right"),
        ),
        Wrong(
            "all shifted the other way",
            "Begin with the pitch: B has the one of the original, so it had not 20 bands. Which has none?",
            _scales_as("right", "few bands", "other scale"),
        ),
    ),
    after="A vocoder trained on one library's bands and fed another's moves the formants and roughens the pitch, as you heard in A.",
    also_right=(
        lambda: ("Other scale", "Right", "Few bands"),
        lambda: np.array(["other scale", "right", "few bands"]),
    ),
)
