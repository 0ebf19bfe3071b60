import math

import numpy as np

from ...practice.model import Exercise, Value, Wrong


def _decay_db(loop_s, g):
    """By how many dB the echoes of one loop fall in a second: run at 1 kHz, seen at its first and last echo."""
    delay, y = round(1000 * loop_s), [1.0] + [0.0] * 1000
    for n in range(delay, len(y)):
        y[n] = g * y[n - delay]
    last = max(n for n in range(len(y)) if y[n] > 0)
    return -20 * math.log10(y[last]) * 1000 / last


def _loop_truth():
    asked, low, high = _decay_db(0.05, 0.6), 0.1, 0.999
    for _ in range(30):  # a larger g falls more slowly
        middle = (low + high) / 2
        low, high = (middle, high) if _decay_db(0.02, middle) > asked else (low, middle)
    return low


def loop_gain():
    loop_s, shorter_s, g = 0.05, 0.02, 0.6
    rounds = loop_s / shorter_s  # of the shorter loop, in the time of one of the longer
    return g ** (1 / rounds)


EXERCISE = Exercise(
    title="a shorter loop, as long a tail",
    stars=1,
    kind="predict",
    task="""
A comb filter, y[n] = x[n] + g y[n − D], sends a sound round a loop of 50 ms with g = 0.6. The echoes follow each other too slowly: they flutter. You shorten the loop to 20 ms, and the reverberation is to take **as long as before** to fall by 60 dB.

**Which g does the shorter loop need?** (Within 1 %.)
""",
    answer="loop_gain",
    spec=Value(truth=_loop_truth, tolerance=0.01),
    reference=loop_gain,
    hints=(
        "How often does the sound go round each loop in 100 ms?",
        "After 100 ms the longer loop has multiplied twice. The shorter one has multiplied five times, "
        "and is to be at the same level.",
        "g⁵ = 0.6².",
    ),
    wrongs=(
        Wrong(
            "the same g",
            "With the same g the shorter loop dies away in two fifths of the time: "
            "it loses as much in each round, and goes round more often.",
            lambda: 0.6,
        ),
        Wrong(
            "g in proportion to the loop",
            "A smaller g makes it die away faster, and the shorter loop already does: each round must lose less, not more.",
            lambda: 0.6 * 0.4,
        ),
        Wrong(
            "exponent upside down",
            "The exponent is upside down: five rounds of the shorter loop stand for two of the longer.",
            lambda: 0.6**2.5,
        ),
        Wrong(
            "loss in proportion",
            "Near, but the loss of 0.4 must not be divided: losses of one round after the other multiply. "
            "It is the loss in dB that is in proportion to the loop.",
            lambda: 1 - 0.4 * 0.4,
        ),
        Wrong(
            "square root",
            "The square root is for a loop of half the length; 20 ms are two fifths of 50 ms.",
            lambda: 0.6**0.5,
        ),
        Wrong(
            "five rounds against one",
            "Five rounds of the shorter loop last as long as two of the longer one, and it has lost 0.6² by then, not 0.6.",
            lambda: 0.6**0.2,
        ),
        Wrong(
            "more than 1",
            "With a g above 1 each round is louder than the one before: the loop never dies away.",
            (lambda: 1.5, lambda: 0.6**-0.4, lambda: 0.6**-2.5),
        ),
        Wrong(
            "in dB",
            "That is what a round loses in dB: 20 log₁₀ of the g that is asked, or of 0.6.",
            (lambda: 8 * np.log10(0.6), lambda: -8 * np.log10(0.6), lambda: 20 * np.log10(0.6)),
        ),
        Wrong(
            "power for amplitude",
            "That is the square of the right value. g multiplies amplitudes, so 60 dB are a factor of 1,000 to it.",
            lambda: 0.6**0.8,
        ),
    ),
    after="Loops of different lengths die away together if each has g = 10^(−3 D / (f_s T)), T the time for 60 dB in s: "
    "section 9 sets its combs so, Freeverb has one g for all.",
    also_right=(lambda: np.float32(0.8152), lambda: 10 ** (-(-20 * np.log10(0.6) * 0.4) / 20), lambda: 0.36**0.2),
)
