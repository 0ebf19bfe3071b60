import numpy as np

from ... import dft as package
from ...practice.model import Exercise, Value, Wrong


def unknown_piece():
    """A tone of 1,000 Hz at 8 kHz under a Hann window, and its magnitude in dB around it."""
    n_piece, sample_rate = 640, 8000
    n = np.arange(n_piece)
    piece = np.cos(2 * np.pi * 1000 * n / sample_rate) * package.window("hann", n_piece)
    frequency_hz = np.arange(0, 4000, 0.5)
    n_padded = int(sample_rate / 0.5)
    level = np.abs(np.fft.rfft(piece, n_padded))[: len(frequency_hz)]
    return frequency_hz, 20 * np.log10(np.maximum(level / level.max(), 1e-5))


def piece_in_words():
    """What the picture shows to who cannot see it."""
    frequency_hz, level_db = unknown_piece()
    near = np.abs(frequency_hz - 1000) < 70
    bottom_hz = [f"{f_hz:g}" for f_hz in frequency_hz[near & (level_db < -90)]]
    return f"A curve with its peak at 1000 Hz meets the bottom of the picture at {', '.join(bottom_hz)} Hz, and farther out."


def _piece_truth():
    """From the curve alone: Hann's main lobe is four bins wide between its zeros."""
    frequency_hz, level_db = unknown_piece()
    top = int(level_db.argmax())
    below, above = top, top
    while level_db[below - 1] < level_db[below]:
        below -= 1
    while level_db[above + 1] < level_db[above]:
        above += 1
    return 4 * 8000 / (frequency_hz[above] - frequency_hz[below])


def n_samples():
    lower_zero_hz, upper_zero_hz = 975, 1025  # read from the picture
    spacing_hz = (upper_zero_hz - lower_zero_hz) / 4  # Hann: four bins from zero to zero
    return 8000 / spacing_hz


EXERCISE = Exercise(
    title="how long was the piece?",
    stars=2,
    kind="read",
    task="""
One tone, a Hann window, and zeros appended so that the curve is smooth. The sampling rate was 8 kHz. The picture betrays how many samples were looked at before the zeros were added. **How many?** (Within 8 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.dft import piece_in_words, unknown_piece

frequency_hz, level_db = unknown_piece()
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(frequency_hz, level_db)
picture.axes[0].set(xlim=(900, 1100), ylim=(-90, 3), xticks=range(900, 1101, 25))
picture.axes[0].set(xlabel="frequency in Hz", ylabel="dB re the peak")
picture.show(piece_in_words())""",
    answer="n_samples",
    spec=Value(truth=_piece_truth, unit="samples", tolerance=0.08),
    reference=n_samples,
    hints=(
        "Where does the curve touch the bottom for the first time on each side of the peak?",
        "How many bins wide is the main lobe of a Hann window, from zero to zero? (Section 7 of the lecture.)",
        "Four bins are 50 Hz. A bin is f_s/N.",
    ),
    wrongs=(
        Wrong(
            "rectangular window",
            "That would be right without a window, whose main lobe is two bins wide; Hann's is four.",
            lambda: 2 * 8000 / 50,
        ),
        Wrong(
            "half the lobe", "25 Hz is half the main lobe: it is four bins from zero to zero.", lambda: 4 * 8000 / 25
        ),
        Wrong("one bin", "The main lobe is not one bin wide: Hann's is four, from zero to zero.", lambda: 8000 / 50),
        Wrong(
            "spacing of the drawn points",
            "That is the length with the zeros: they make the curve smooth and leave the lobe as wide as it was.",
            lambda: 16_000,
        ),
        Wrong(
            "another window's lobe",
            "The hump is four bins wide for Hann's window. Six would be Blackman's.",
            (lambda: 3 * 8000 / 50, lambda: 6 * 8000 / 50),
        ),
        Wrong(
            "hertz for samples",
            "That is read from the axis, in hertz: the number of samples is f_s divided by the width of a bin.",
            (lambda: 50, lambda: 12.5, lambda: 25),
        ),
        Wrong(
            "duration",
            "That is how long the piece lasts, in ms or in s. How many samples are that, at 8 kHz?",
            (lambda: 80, lambda: 0.08),
        ),
        Wrong(
            "half the hump over four",
            "Half of the hump, 25 Hz, is two bins.",
            lambda: 4 * 8000 / 12.5,
        ),
    ),
    after="Zeros make the curve smooth and no finer: the hump stays 4 f_s/N wide, 50 Hz here, until more of the sound itself is looked at.",
    also_right=(lambda: 640, lambda: 8000 / 12.5),
)
