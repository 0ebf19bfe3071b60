import numpy as np

from ... import sampling as package
from ...practice.model import Exercise, Value, Wrong


def _ratio_truth():
    """Measured on speech, with a generator of its own."""
    from ... import audio

    words, _ = audio.load("speech/sentence_kal16", dtype=np.float64)
    words = words[4000:84_000]
    words = words * 10 ** (-30 / 20) / np.sqrt(np.mean(words**2))
    dithered = package.dither(words, n_bits=12, rng=np.random.default_rng(1))
    return package.sqnr_db(words, package.quantize(dithered, n_bits=12))


def ratio_db():
    step_db = 20 * np.log10(2.0 ** (1 - 12))
    noise_db = step_db + 10 * np.log10(3 / 12)  # triangular dither trebles the power of plain rounding
    return -30 - noise_db


EXERCISE = Exercise(
    title="twelve bits for speech",
    stars=2,
    kind="predict",
    task="""
Speech comes in at −30 dBFS RMS, where 0 dBFS is an RMS of 1. Triangular dither is added as in the lecture, and the sum is rounded to 12 bits. The error is all that differs from the input, the dither included.

**By how many dB does the speech stand above the error?** (Within 0.3 dB.) The tempting formula, 6.02 b + 1.76 dB, is for something else.
""",
    answer="ratio_db",
    spec=Value(truth=_ratio_truth, unit="dB", absolute=0.3),
    reference=ratio_db,
    hints=(
        "For which signal does 6.02 b + 1.76 hold? How far below that one is this speech, and what does dither cost?",
        "Begin with the noise alone. Plain rounding makes a noise of power Δ²/12 with Δ = 2^(1 − b); how many dBFS is "
        "that for 12 bits?",
        "Δ²/12 is −77.0 dBFS RMS. Triangular dither adds its 4.8 dB. The speech is at −30 dBFS RMS.",
    ),
    wrongs=(
        Wrong(
            "full-scale sine",
            "That is the ratio of a sine at full scale, without dither. This speech is 27 dB weaker than such a sine, "
            "and the noise does not get weaker with it.",
            lambda: 6.02 * 12 + 1.76,
        ),
        Wrong(
            "dither forgotten",
            "That would be right without dither. The triangular kind makes the noise three times as strong in power.",
            lambda: -30 - 10 * np.log10(2.0**-22 / 12),
        ),
        Wrong(
            "level forgotten",
            "The dither is in it, the level of the speech is not: this is for a sine at full scale.",
            lambda: 6.02 * 12 + 1.76 - 10 * np.log10(3),
        ),
        Wrong(
            "noise re full scale",
            "That is how far the noise lies below 0 dBFS. The speech lies below 0 dBFS, too.",
            lambda: 6.02 * 12,
        ),
        Wrong(
            "30 dB below the sine",
            "3 dB too little: the sine of the formula has an RMS of 0.71, −3 dBFS. Speech at −30 dBFS RMS is 27 dB "
            "below it, not 30.",
            lambda: 6.02 * 12 + 1.76 - 30 - 10 * np.log10(3),
        ),
        Wrong(
            "44 dB",
            "Two ways lead to 44 dB. Either the dither is forgotten and the sine of the formula is taken for 0 dBFS RMS, "
            "where it has −3; or the dither is taken for the rectangular kind, which only doubles the noise.",
            lambda: 6.02 * 12 + 1.76 - 30,
        ),
        Wrong(
            "step of 2^(−b)",
            "6 dB too much: full scale is ±1, so b bits share a range of 2, and the step is 2^(1 − b).",
            lambda: -30 - 10 * np.log10(3 * 2.0**-24 / 12),
        ),
        Wrong(
            "45 dB",
            "3 dB too much: the dither may be counted as 1.8 dB, where three times the power is 4.8 dB, or the 3 dB between peak and RMS of a sine were taken off twice.",
            lambda: 45.24,
        ),
        Wrong(
            "dither as an amplitude",
            "The noise has three times the power, not three times the amplitude: 4.8 dB and not 9.5 dB.",
            lambda: -30 - 10 * np.log10(9 * 2.0**-22 / 12),
        ),
        Wrong(
            "a bit too few",
            "6 dB too little, one bit: with 12 bits on ±1 the step is 2^(1 − 12).",
            lambda: -30 - 10 * np.log10(3 * 2.0**-20 / 12),
        ),
        Wrong(
            "level added",
            "The speech lies 30 dB below full scale: that lowers the ratio.",
            lambda: 30 + 6.02 * 12,
        ),
    ),
    after="The dither has cost 4.8 dB and bought an error that does not depend on the speech: a fade-out ends in hiss, where plain rounding ends in distortion.",
    also_right=(lambda: -30 + 6.02 * 12, lambda: np.float32(6.02 * 12 + 1.76 - 27 - 4.77)),
)
