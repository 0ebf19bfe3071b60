from functools import cache

import numpy as np

from ...practice.model import Exercise, Value, Wrong

WAYS = ("phases", "recorded", "blurred")  # of A, B and C
N_FFT, HOP, N_MELS = 1024, 256, 64


@cache
def three_sentences():
    """A sentence as recorded, from its mel, and from its mel after a blur: A, B, C and the sampling rate."""
    from scipy.ndimage import gaussian_filter

    from ... import audio, mel, stft

    sentence, sample_rate = audio.load("speech/sentence_us_f2", mono=True, dtype=np.float64)
    sentence = sentence[: round(2.5 * sample_rate) // HOP * HOP]
    power = np.abs(stft.stft(sentence, n_fft=N_FFT, hop_length=HOP)) ** 2
    bank = mel.mel_filterbank(sample_rate=sample_rate, n_fft=N_FFT, n_mels=N_MELS)
    log_mel = np.log(bank @ power + 1e-8)
    versions = {"recorded": sentence}
    for name, table in (("phases", log_mel), ("blurred", gaussian_filter(log_mel, (1.0, 4.0)))):
        linear = mel.mel_to_linear(np.exp(table), sample_rate=sample_rate, n_fft=N_FFT)
        rng = np.random.default_rng(15)
        back, _ = stft.griffin_lim(np.sqrt(linear), rng=rng, n_iter=32, n_fft=N_FFT, hop_length=HOP)
        versions[name] = back[: len(sentence)]
    rms = np.sqrt(np.mean(sentence**2))
    made = [versions[way] * rms / np.sqrt(np.mean(versions[way] ** 2)) for way in WAYS]
    return made, sample_rate


def _sources_truth():
    """By how fast the bands change from frame to frame, and by the distance from the recording, sample by sample."""
    from ... import audio

    versions, sample_rate = three_sentences()
    recording, _ = audio.load("speech/sentence_us_f2", mono=True, dtype=np.float64)
    words = []
    for version in versions:
        apart = version - recording[: len(version)]
        if np.sqrt(np.mean(apart**2)) < 1e-3 * np.sqrt(np.mean(version**2)):
            words.append("recorded")
            continue
        frames = np.lib.stride_tricks.sliding_window_view(version, 512)[::256]
        level = np.log(
            np.abs(np.fft.rfft(frames * np.hanning(512))) ** 2 @ np.repeat(np.eye(16), 17, axis=0)[:257] + 1e-6
        )
        words.append(float(np.abs(np.diff(level, axis=0)).mean()))
    changes = [word for word in words if not isinstance(word, str)]
    return [word if isinstance(word, str) else "phases" if word == max(changes) else "blurred" for word in words]


def sources():
    a, b, c = "phases", "recorded", "blurred"
    return [a, b, c]


def _as_words(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="which one is real?",
    stars=1,
    kind="listen",
    task="""
The beginning of one sentence, three times, equally loud. One is as **recorded** (a synthesiser's voice, without any change). One was turned into a mel spectrogram and back, with **phases** that Griffin–Lim has found. And one went the same way after its mel was **blurred** over some frames and bands, much as a network blurs that has learned to guess the mean of all good answers. Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.text_to_speech import three_sentences

versions, sample_rate = three_sentences()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C. Listen to the consonants, then to the rooms.")""",
    form='three of "recorded", "phases", "blurred"',
    answer="sources",
    spec=Value(truth=_sources_truth, options=("recorded", "phases", "blurred")),
    reference=sources,
    hints=(
        "One is dry and clear. The two others sound as if spoken through a pipe: wrong phases smear each pulse of the voice.",
        "Of the two, one has lost its edges: stops and hisses run into the vowels beside them.",
        "Draw the three: in one spectrogram nothing begins or ends abruptly.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "C is right. Of A and B, one sounds as through a pipe; the other is dry, and its pulses are sharp.",
            _as_words("recorded", "phases", "blurred"),
        ),
        Wrong(
            "A and C exchanged",
            "B is right. A and C have both been resynthesised; in one of them the consonants still have edges.",
            _as_words("blurred", "recorded", "phases"),
        ),
        Wrong(
            "B and C exchanged",
            "A is right. Of B and C, one has crisp consonants and no pipe around it: that one is untouched.",
            _as_words("phases", "blurred", "recorded"),
        ),
        Wrong(
            "all three elsewhere",
            "None is right. Find the dry one first, with the sharpest consonants.",
            (_as_words("recorded", "blurred", "phases"), _as_words("blurred", "phases", "recorded")),
        ),
        Wrong(
            "a word twice",
            "Each of the three words is needed once.",
            (_as_words("phases", "phases", "blurred"), _as_words("recorded", "recorded", "recorded")),
        ),
    ),
    after="The pipe is what a neural vocoder takes away; the blur is not its fault, and stays: the two are mended in different places.",
    also_right=(lambda: ("phases", "recorded", "blurred"), lambda: np.array(["phases", "recorded", "blurred"])),
)
