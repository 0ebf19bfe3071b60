import numpy as np

from ...practice.model import Exercise, Value, Wrong

LINES_DB = {465: -12, 775: 0, 1085: -6, 1240: -4}  # frequency in Hz, level in dB re the strongest


def unknown_tone():
    """A steady tone of four harmonics, a tenth of a second, and its sampling rate."""
    sample_rate = 11_025
    t = np.arange(sample_rate // 10) / sample_rate
    lines = [10 ** (level_db / 20) * np.sin(2 * np.pi * f_hz * t + f_hz) for f_hz, level_db in LINES_DB.items()]
    return sum(lines), sample_rate


def tone_in_words():
    """What the picture shows to who cannot see it."""
    peaks = [f"{f_hz} Hz ({level_db} dB)" for f_hz, level_db in LINES_DB.items()]
    return f"Narrow peaks at {', '.join(peaks)}, and nothing else above −30 dB.".replace("(-", "(−")


def _repetition_truth():
    """From the waveform: the shortest delay after which the tone is itself again."""
    tone, sample_rate = unknown_tone()
    delays = np.arange(sample_rate // 2000, sample_rate // 50)
    n = len(tone) - delays[-1]
    likeness = np.array([np.corrcoef(tone[:n], tone[d : d + n])[0, 1] for d in delays])
    return sample_rate / delays[np.flatnonzero(likeness > 0.98)[0]]


def repetition_hz():
    # The distances 310, 310 and 155 Hz suggest 155 Hz, and the lines are indeed 3, 5, 7 and 8 times that.
    guesses_hz = 465 / 3 + 775 / 5 + 1085 / 7 + 1240 / 8
    return guesses_hz / 4


EXERCISE = Exercise(
    title="four lines, one pitch",
    stars=1,
    kind="read",
    task="""
A machine gives off a steady tone, and its spectrum has four lines. **How often a second does the waveform repeat?** That is the pitch which listeners are likely to report. (In Hz, within 2 %.)

Neither the lowest line nor the highest peak has to be the answer, and the lines need not be neighbours in the series of harmonics.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sound import tone_in_words, unknown_tone

tone, sample_rate = unknown_tone()
# its spectrum: a black box until lecture 03
magnitude = np.abs(np.fft.rfft(tone * cu.dft.window("hann", len(tone)), 8 * len(tone)))
frequency_hz = np.fft.rfftfreq(8 * len(tone), 1 / sample_rate)
level_db = cu.sound.amplitude_to_db(magnitude, ref=np.max)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(frequency_hz, level_db)
picture.axes[0].set(xlim=(300, 1400), ylim=(-60, 3), xticks=range(300, 1401, 100))
picture.axes[0].set_xticks(range(300, 1401, 20), minor=True)
picture.axes[0].set(xlabel="frequency in Hz, one small mark every 20 Hz", ylabel="dB re the highest peak")
picture.show(tone_in_words())""",
    answer="repetition_hz",
    spec=Value(truth=_repetition_truth, unit="Hz", tolerance=0.02),
    reference=repetition_hz,
    hints=(
        "Read the four frequencies as exactly as you can, and write down their distances.",
        "All four are whole multiples of the frequency that you look for. Is each of them a multiple of 310 Hz?",
        "Try 155 Hz: which multiples of it are 465, 775, 1,085 and 1,240?",
    ),
    wrongs=(
        Wrong(
            "the lowest line",
            "That is the lowest line. 775 is no multiple of 465, so after 1/465 s the other lines are elsewhere in "
            "their periods: the fundamental may be missing.",
            lambda: 465,
        ),
        Wrong(
            "the strongest line",
            "That is the highest peak. Which harmonic is strongest says something about timbre, not about the period.",
            lambda: 775,
        ),
        Wrong(
            "the commonest distance",
            "Two of the three distances are 310 Hz. But 465 is one and a half times 310: harmonics may be missing "
            "between those that are there.",
            lambda: 310,
        ),
        Wrong(
            "the mean distance",
            "That is the mean of the three distances. Harmonics that are missing widen them; a mean of unequal steps "
            "is the distance of nothing.",
            lambda: (1240 - 465) / 3,
        ),
        Wrong(
            "a smaller divisor",
            "All four lines are multiples of this, and they repeat after its period, but sooner too: "
            "a common divisor is asked, and the largest.",
            tuple(lambda k=k: 155 / k for k in (2, 3, 4, 5, 31)),
        ),
        Wrong(
            "the highest line",
            "That is the highest line. After one of its periods the other three are somewhere else in theirs.",
            lambda: 1240,
        ),
        Wrong(
            "the mean of the lines",
            "A mean of the four frequencies is the frequency of nothing: look for one of which all four are multiples.",
            lambda: 891.25,
        ),
        Wrong(
            "the period",
            "That is the time from one repetition to the next, in seconds or in ms; how often a second is asked.",
            (lambda: 1 / 155, lambda: 1000 / 155),
        ),
        Wrong(
            "the mean of two distances",
            "That is the mean of the two different distances. What has all lines as multiples divides each distance.",
            lambda: (310 + 155) / 2,
        ),
    ),
    after="For the same reason a voice of 120 Hz keeps its pitch over a telephone that passes nothing below 300 Hz: the harmonics that arrive still repeat 120 times a second.",
    also_right=(lambda: np.gcd.reduce([465, 775, 1085, 1240]), lambda: 156.5),
)
