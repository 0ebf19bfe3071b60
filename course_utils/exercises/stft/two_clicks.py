import numpy as np

from ... import stft as package
from ...practice.model import Exercise, Value, Wrong


def two_clicks():
    """Two clicks under one window: level in dB re its highest, (freq, time), and the rate of the sound."""
    sample_rate, n_fft, first, distance = 16_000, 1024, 3200, 128
    signal = np.zeros(6400)
    signal[[first, first + distance]] = 1
    power = package.spectrogram(signal, n_fft=n_fft, hop_length=16)
    return 10 * np.log10(np.maximum(power / power.max(), 1e-8)), sample_rate


def _block_and_stripes():
    """Measured in the picture: where the block begins and ends, in ms, and where its dark stripes lie, in Hz."""
    level_db, sample_rate = two_clicks()
    seen_ms = np.flatnonzero(level_db.max(axis=0) > -79)  # a frame a millisecond
    middle = level_db[:, int(seen_ms.mean())]
    dark = [k for k in range(1, len(middle) - 1) if middle[k] < min(middle[k - 1], middle[k + 1], -20)]
    # the next frames on both sides have a click under the zero of the window
    return seen_ms[0] - 1, seen_ms[-1] + 1, np.array(dark) * sample_rate / (2 * len(middle) - 2)


def clicks_in_words():
    """What the picture shows, for those who cannot see it."""
    begins_ms, ends_ms, dark_hz = _block_and_stripes()
    stripes = ", ".join(f"{f_hz:g}" for f_hz in dark_hz if f_hz < 1000)
    return f"A bright block from {begins_ms} ms to {ends_ms} ms. Dark stripes cross it at {stripes} Hz."


def _clicks_truth():
    """From the picture alone: how long the block is, and how far its dark stripes are apart."""
    begins_ms, ends_ms, dark_hz = _block_and_stripes()
    distance_ms = 1000 / np.diff(dark_hz).mean()
    return [ends_ms - begins_ms - distance_ms, distance_ms]


def window_and_distance():
    block_begins_ms, block_ends_ms = 168, 240  # read from the picture
    stripes_hz = 125
    distance = 1000 / stripes_hz  # in ms: they cancel where the later is half a period late
    return [block_ends_ms - block_begins_ms - distance, distance]  # the second click's windows end later


EXERCISE = Exercise(
    title="two clicks in one block",
    stars=2,
    kind="read",
    task="""
Two equal clicks were closer together than the window is long, so the spectrogram shows one block. It was made with a Hann window and a hop of 1 ms, and frame m is drawn at m · 1 ms, where its middle is. **How long was the window, and how far apart are the clicks?** A list of two numbers in ms. (Within 8 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.stft import clicks_in_words, two_clicks

level_db, sample_rate = two_clicks()
picture = cu.plotting.Picture(height_in=3.4)
grid = {"sample_rate": sample_rate, "hop_length": sample_rate // 1000}
cu.plotting.draw_spectrogram(picture.axes[0], level_db, **grid, floor_db=-80, max_hz=1000)
picture.axes[0].set(xlim=(150, 260), xticks=range(150, 261, 10), yticks=range(0, 1001, 125))
picture.show(clicks_in_words())""",
    form="[window in ms, distance in ms]",
    answer="window_and_distance",
    spec=Value(truth=_clicks_truth, unit="ms", tolerance=0.08),  # a reading of the edges within 2 or 3 ms
    reference=window_and_distance,
    hints=(
        "Two equal clicks cancel at the frequencies at which the second comes half a period after the first, or one "
        "and a half, or two and a half. How far apart are these frequencies?",
        "The stripes are 1 / (distance) apart: section 3 of the lecture has them every 200 Hz for 5 ms.",
        "The block begins when the first click enters the window and ends when the second leaves it: it lasts as "
        "long as the window and the distance together.",
    ),
    wrongs=(
        Wrong(
            "length of the block",
            "The distance is right. The block is longer than the window: it begins when the first click comes in "
            "and ends when the second has gone out.",
            lambda: [72, 8],
        ),
        Wrong(
            "subtracted twice",
            "The distance is right, and subtracted twice: each click is seen for the length of the window, and the "
            "second later by one distance.",
            lambda: [56, 8],
        ),
        Wrong(
            "first stripe taken for the spacing",
            "The first stripe is at half a period, 62.5 Hz: what counts is how far the stripes are apart.",
            lambda: [56, 16],
        ),
        Wrong(
            "first stripe and block",
            "Neither is right: the stripes are 125 Hz apart (the first is at half of that), and the block is longer than the "
            "window by the distance of the clicks.",
            lambda: [72, 16],
        ),
        Wrong(
            "exchanged",
            "These are the right numbers, exchanged: the window comes first, the distance second.",
            lambda: [8, 64],
        ),
        Wrong(
            "stripes in hertz",
            "The window is right. The second is asked in ms: stripes 125 Hz apart mean clicks 1 / 125 s apart.",
            (lambda: [64, 125], lambda: [64, 62.5], lambda: [64, 0.125], lambda: [64, 1000]),
        ),
        Wrong(
            "half a window",
            "The distance is right. The first is half of a window, or of the block: a click is seen from half a window "
            "before it to half a window after it.",
            (lambda: [32, 8], lambda: [36, 8]),
        ),
        Wrong(
            "samples",
            "The first is in samples and the second is too: at 16 kHz a millisecond has 16 of them.",
            lambda: [1024, 128],
        ),
        Wrong(
            "first stripe, window right",
            "The window is right. The first stripe is at half a period, 62.5 Hz: what counts is how far the stripes are apart.",
            lambda: [64, 16],
        ),
        Wrong(
            "half the distance",
            "The window is right. The stripes are 1 / (distance) apart; half of that is where the first one lies.",
            lambda: [64, 4],
        ),
        Wrong(
            "added",
            "The distance is right. It is added to the length of the block; the block is longer than the window already.",
            lambda: [80, 8],
        ),
        Wrong(
            "neither subtracted nor turned into ms",
            "The block is longer than the window, by the distance of the clicks; and the stripes are 125 Hz apart, which is a time of 1 / 125 s.",
            lambda: [72, 125],
        ),
    ),
    after="A window shorter than the distance, 4 ms say, shows two clicks and no stripes: what is drawn as time and what as frequency is decided by the window.",
    also_right=(lambda: (63, 8.0), lambda: np.array([240 - 168 - 8, 1000 / 125])),
)
