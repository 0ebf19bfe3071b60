import numpy as np
import scipy.fft

from ...practice.model import Exercise, Value, Wrong


def _step_truth():
    """Measured on five frames of any spectrum, and on the same four times as strong in power."""
    power = np.random.default_rng(2).uniform(1e-3, 1, (40, 5))
    louder, quieter = np.log(10**0.6 * power), np.log(power)
    return float((scipy.fft.dct(louder - quieter, axis=0, norm="ortho")[0]).mean())


def c0_rise():
    n_mels, rise_db = 40, 6
    rise = rise_db / 10 * np.log(10)  # of each band, in natural units: the bands hold power
    return rise * np.sqrt(n_mels)  # a constant over the bands, times the row 1/√M


EXERCISE = Exercise(
    title="six decibels louder",
    stars=1,
    kind="predict",
    task="""
A front end takes the mel **power** in 40 bands, its **natural** logarithm, and an orthonormal DCT. A recording is made 6 dB louder and comes in again; no band is near the floor. The coefficients from 1 on stay as they are.

**By how much does c0 rise?** (Within 1 %.)
""",
    answer="c0_rise",
    spec=Value(truth=_step_truth, tolerance=0.01),
    reference=c0_rise,
    hints=(
        "By what is the power in each band multiplied, and what does the natural logarithm make of that?",
        "Each of the 40 levels rises by the same number. Which row of the DCT sees a constant, and what does it add up?",
        "Row 0 has 40 entries of 1/√40. A rise of a in every band makes 40 · a / √40.",
    ),
    wrongs=(
        Wrong(
            "6 in every band",
            "That is the rise for bands in dB. A natural logarithm of power rises by 6/10 · ln 10, not by 6.",
            (lambda: 6 * np.sqrt(40), lambda: 240),
        ),
        Wrong(
            "amplitude for power",
            "Half of it: ln of the amplitude was taken. The bands hold power, and 6 dB are a factor of 10^0.6 = 3.98 in power.",
            lambda: 0.3 * np.log(10) * np.sqrt(40),
        ),
        Wrong(
            "one band's rise",
            "That is the rise of each band. c0 is no mean over the bands: it is the sum of 40 of them, times 1/√40.",
            lambda: 0.6 * np.log(10),
        ),
        Wrong(
            "the whole sum",
            "That is the sum over 40 bands, or twice it, as from `scipy.fft.dct` without `norm`; "
            "the row of the orthonormal DCT has entries of 1/√40.",
            (lambda: 0.6 * np.log(10) * 40, lambda: 1.2 * np.log(10) * 40),
        ),
        Wrong(
            "c0 of HTK",
            "That is HTK's c0, with √(2/M) for row 0 too. In an orthonormal DCT row 0 has √(1/M).",
            lambda: 0.6 * np.log(10) * np.sqrt(80),
        ),
        Wrong(
            "the decibels themselves",
            "c0 would rise by 6 if it were the level in dB. It is neither in dB nor a mean over the bands.",
            lambda: 6,
        ),
        Wrong(
            "log₁₀ for ln",
            "That is the rise for a logarithm to base ten, which is 0.6 in each band. The natural one is 2.303 times as large.",
            (lambda: 0.6 * np.sqrt(40), lambda: 0.6, lambda: 0.6 * 40),
        ),
        Wrong(
            "divided by the root",
            "That takes one entry of the row for its sum: 40 entries of 1/√40 add up to √40.",
            (lambda: 0.6 * np.log(10) / np.sqrt(40), lambda: 6 / np.sqrt(40)),
        ),
        Wrong(
            "no rise",
            "That holds for c1 and those above. c0 is the one that sees what all bands have in common, their level.",
            lambda: 0,
        ),
    ),
    after="So features without c0, or with its mean over the clip subtracted, do not depend on the recording level, "
    "as long as no band is near the floor.",
    also_right=(lambda: 8.738, lambda: np.float32(np.log(3.981) * 40 / np.sqrt(40))),
)
