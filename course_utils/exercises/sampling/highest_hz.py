import numpy as np

from ... import sampling as package
from ...practice.model import Exercise, Value, Wrong

GLIDE_S, TOP_HZ = 4.0, 21_500


def unknown_glide():
    """A tone that rises evenly from 0 Hz for 4 s, read 8,000 times a second without a filter."""
    rate_hz_per_s = TOP_HZ / GLIDE_S
    wave = package.sample(lambda t: np.sin(np.pi * rate_hz_per_s * t**2), sample_rate=8000, duration_s=GLIDE_S)
    return 0.3 * wave, 8000


def glide_in_words():
    """What the picture shows to who cannot see it."""
    turns_s = [f"{GLIDE_S * f_hz / TOP_HZ:.2f}" for f_hz in range(4000, TOP_HZ, 4000)]
    ends_hz = package.alias_frequency_hz(TOP_HZ, sample_rate=8000)
    return (
        f"A line begins at 0 s and 0 Hz and zigzags between 0 and 4000 Hz. It is at the top at {', '.join(turns_s[::2])} s, "
        f"at the bottom at {', '.join(turns_s[1::2])} s, and at 4 s it stops at {ends_hz:g} Hz."
    )


def _glide_truth():
    """From the first half second, in which nothing has folded: the samples' own phase says how fast the tone rises."""
    wave, sample_rate = unknown_glide()
    start = wave[: sample_rate // 2]
    n_fft = len(start)
    spectrum = np.fft.fft(start)
    spectrum[n_fft // 2 :] = 0  # the analytic signal: its phase is that of the tone
    phase = np.unwrap(np.angle(np.fft.ifft(spectrum)))
    middle = np.arange(n_fft // 4, 3 * n_fft // 4) / sample_rate
    half_slope = np.polyfit(middle, phase[n_fft // 4 : 3 * n_fft // 4], 2)[0]  # φ = π · slope · t²
    return half_slope / np.pi * GLIDE_S


def highest_hz():
    n_legs = 5  # up, down, up, down, up, each half the rate high
    descent_hz = 4000 - 2500  # the sixth leg runs down, and ends at 2.5 kHz
    return n_legs * 4000 + descent_hz


EXERCISE = Exercise(
    title="how high did the glide go?",
    stars=2,
    kind="read",
    task="""
A tone rises evenly, by the same number of hertz in each second, from 0 Hz for 4 s. It was sampled at 8 kHz, and somebody had left out the anti-alias filter. The picture shows what is in the samples. **Which frequency, in Hz, did the tone in the air have at the end?** (Within 2 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.sampling import glide_in_words, unknown_glide

glide, sample_rate = unknown_glide()
cu.plotting.spectrogram(
    glide,
    sample_rate,
    title="a rising tone, sampled at 8 kHz without a filter",
    n_fft=256,
    hop_length=64,
    alt=glide_in_words(),
)""",
    form="in Hz",
    answer="highest_hz",
    spec=Value(truth=_glide_truth, unit="Hz", tolerance=0.02),
    reference=highest_hz,
    hints=(
        "Which frequency in the air does the first turning point belong to? And the second?",
        "Each leg of the zigzag, up or down, is 4 kHz of the tone in the air. How many are complete?",
        "Five legs are complete, and the sixth runs down: from the top of the picture to where the line ends.",
    ),
    wrongs=(
        Wrong(
            "what is heard",
            "That is where the line ends, and what is heard. In the air the tone never came down.",
            lambda: 2500,
        ),
        Wrong(
            "last leg from below",
            "The last leg runs down: it begins at 4 kHz and has come only 1.5 kHz far when the sound ends.",
            lambda: 22_500,
        ),
        Wrong(
            "legs of the whole rate",
            "Each leg was taken for 8 kHz. The tone turns round at every multiple of half the rate.",
            lambda: 41_500,
        ),
        Wrong(
            "turns at the top only",
            "Only the legs that go up were counted. On the way down the tone in the air rises just as fast.",
            lambda: 13_500,
        ),
        Wrong(
            "one leg too few",
            "One leg is missing: count the turning points, at the top and at the bottom.",
            lambda: 17_500,
        ),
        Wrong(
            "one leg too many",
            "One leg too many: five are complete, and the sixth has come 1.5 kHz far.",
            lambda: 25_500,
        ),
        Wrong(
            "last leg left out",
            "At that frequency the line turns round: it has gone on since its last turn, and stops before the next one.",
            (lambda: 20_000, lambda: 24_000),
        ),
        Wrong(
            "folded too few times",
            "A tone of that frequency would be heard at 2.5 kHz, too, but it would have turned round less often on its way.",
            (lambda: 5500, lambda: 10_500, lambda: 18_500),
        ),
        Wrong(
            "the top of the picture",
            "The samples hold nothing above half the rate. What is asked is the tone in the air, before it was sampled.",
            (lambda: 4000, lambda: 8000),
        ),
        Wrong(
            "per second",
            "That is how many hertz it rises in a second; it rises for four.",
            lambda: 21_500 / 4,
        ),
    ),
    after="Only the way there gives it away: the samples of the last instant alone are those of 2.5, 5.5, 10.5, 13.5 or 18.5 kHz just as well.",
    also_right=(lambda: 4000 / 0.744 * 4, lambda: np.float32(21_600)),
)
