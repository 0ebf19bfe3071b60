import numpy as np

from ... import augmentation as package
from ...practice.model import Exercise, Value, Wrong

_WORD_S, _CLIP_S = 0.8, 3.2


def _word_truth():
    rng, rate = np.random.default_rng(3), 16_000
    clip = np.zeros(round(_CLIP_S * rate))
    word = slice(rate, rate + round(_WORD_S * rate))
    clip[word] = rng.standard_normal(round(_WORD_S * rate))
    noise = np.ones(len(clip))  # as steady as noise can be
    added = package.mix_at_snr(clip, noise, 10.0) - clip
    return float(10 * np.log10(np.sum(clip[word] ** 2) / np.sum(added[word] ** 2)))


def word_snr_db():
    asked_db, word_s, clip_s = 10, 0.8, 3.2
    return asked_db + 10 * np.log10(clip_s / word_s)  # the power of the word, spread over the clip, is a quarter


EXERCISE = Exercise(
    title="ten decibels over the clip, and in the word?",
    stars=1,
    kind="predict",
    task="""
A word lasts 0.8 s and stands in a clip of 3.2 s; the rest of the clip is digital silence. A script mixes in steady noise at 10 dB, both powers taken as the mean square **over the whole clip**. **What is the signal-to-noise ratio in dB while the word sounds?** (Within 0.1 dB.)
""",
    answer="word_snr_db",
    spec=Value(truth=_word_truth, unit="dB", absolute=0.1),
    reference=word_snr_db,
    hints=(
        "The noise has the same power in the word and in the pauses. Does the signal?",
        "The energy of the word is shared among all samples of the clip. By which factor is the mean square smaller?",
        "A factor of four in power is how many decibels? And is the noise, measured against that mean, too weak or too strong?",
    ),
    wrongs=(
        Wrong(
            "as asked",
            "That is the ratio over the whole clip. The word's own power is larger than that mean, which counts "
            "the silence too.",
            lambda: 10,
        ),
        Wrong(
            "the wrong way",
            "The size of the difference is right, its direction is not: silence lowers the mean, so that the noise "
            "mixed in is weaker than it would be for the word alone.",
            lambda: 10 - 10 * np.log10(4),
        ),
        Wrong(
            "20 log",
            "A factor of four in time is a factor of four in mean *power*; twenty times the logarithm is for amplitudes.",
            lambda: 10 + 20 * np.log10(4),
        ),
        Wrong(
            "times four",
            "Decibels are added where powers are multiplied: 10 dB are not multiplied by four.",
            lambda: 40,
        ),
        Wrong("four decibels", "The factor of four is not 4 dB: take its logarithm.", lambda: 14),
        Wrong(
            "three quarters",
            "The word takes a quarter of the clip, not three: the share that sounds counts.",
            lambda: 10 + 10 * np.log10(3.2 / 2.4),
        ),
        Wrong(
            "the factor forgotten",
            "That is the difference alone: it comes on top of the 10 dB that were asked.",
            lambda: 10 * np.log10(4),
        ),
    ),
    after="So the pauses of a corpus decide how hard its 10 dB are: measure the power where somebody speaks, or say that you "
    "did not.",
    also_right=(lambda: 16, lambda: np.float32(16.02)),
)
