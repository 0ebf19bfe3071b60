import functools

import numpy as np

from ... import mel as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _scales_as

_TONES_HZ = (250, 500, 750, 1000, 2000, 4000)


@functools.cache
def three_banks():
    """The same six tones through three banks of 128 bands: A, B and C in dB, one column each 30 ms."""
    from ... import sound, stft

    tones = [sound.sine(f, duration_s=0.3, sample_rate=16_000, amplitude=0.3) for f in _TONES_HZ]
    power = stft.spectrogram(np.concatenate(tones).astype(np.float32), n_fft=4096, hop_length=480)
    made = []
    for scale, f_max in (("htk", 8000), ("slaney", 6500), ("slaney", 8000)):
        bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=128, f_max=f_max, scale=scale, norm=None)
        made.append(package.log_mel(bank @ power, ref=np.max, top_db=60))
    return made


def rows_of_tones(level_db):
    """The brightest row in the middle of each tone."""
    return [int(level_db[:, 10 * n + 5].argmax()) for n in range(len(_TONES_HZ))]


def _banks_truth():
    """By the steps between 250, 500, 750 and 1,000 Hz: the same, or smaller and smaller."""
    steps = [np.diff(rows_of_tones(level_db)[:4]) for level_db in three_banks()]
    return ["slaney" if np.ptp(step) <= 1 else "htk" for step in steps]


def scales():
    a, b, c = "htk", "slaney", "slaney"  # the steps shrink in A only
    return [a, b, c]


EXERCISE = Exercise(
    title="which scale a bank stands on",
    stars=1,
    kind="read",
    task="""
Three front ends of unknown origin were shown the same sound: six steady tones of 250, 500, 750, 1,000, 2,000 and 4,000 Hz, one after the other. Each has 128 bands that begin at 0 Hz; where they end is not known, and not the same for all. **Which scale does each one stand on?** Give a list of three words, for A, B and C; a word may occur more than once.
""",
    given="""import course_utils as cu
from course_utils.exercises.mel import rows_of_tones, three_banks

picture = cu.plotting.Picture(n_cols=3, height_in=4.2)
for ax, level_db, name in zip(picture.axes, three_banks(), "ABC", strict=True):
    extent = (0, 1.8, -0.5, 127.5)
    image = ax.imshow(level_db, origin="lower", aspect="auto", cmap="magma", extent=extent, interpolation="nearest")
    ax.set(title=name, xlabel="time in s", ylabel="row", yticks=range(0, 129, 10))
picture.figure.colorbar(image, ax=picture.axes, label="dB re maximum", pad=0.01)
rows = [", ".join(map(str, rows_of_tones(level_db))) for level_db in three_banks()]
picture.show("Three panels, each with six bars that climb like stairs. Their rows are, in A: "
             f"{rows[0]}; in B: {rows[1]}; in C: {rows[2]}.")""",
    form='three of "htk", "slaney"',
    answer="scales",
    spec=Value(truth=_banks_truth, options=("htk", "slaney")),
    reference=scales,
    hints=(
        "Where a bank ends stretches the whole axis. What does stretching leave as it is?",
        "The first four tones are 250 Hz apart. Which of the two scales is straight up to 1 kHz?",
        "Read the rows of the first four bars and take their differences: are they equal, or does each step fall short "
        "of the one before?",
    ),
    wrongs=(
        Wrong(
            "exchanged",
            "The two scales are exchanged: equal steps below 1 kHz are a straight line, and HTK's formula "
            "bends from the start.",
            _scales_as("slaney", "htk", "htk"),
        ),
        Wrong(
            "by the height of the bars",
            "A and C are not alike, though both end near the same row: where a bank ends stretches the stairs as a whole. "
            "Compare the steps within one panel.",
            _scales_as("htk", "slaney", "htk"),
        ),
        Wrong(
            "all bent",
            "Up to the fourth tone two of the three panels are straight: their steps differ by one row at most, "
            "which is the rounding to whole rows.",
            _scales_as("htk", "htk", "htk"),
        ),
        Wrong(
            "all straight",
            "In one panel the steps up to 1 kHz shrink from the beginning, by more than whole rows can explain.",
            _scales_as("slaney", "slaney", "slaney"),
        ),
        Wrong(
            "B bent",
            "The first four bars of B climb by the same number of rows each time, give or take one. Whose do not?",
            (_scales_as("slaney", "htk", "slaney"), _scales_as("htk", "htk", "slaney")),
        ),
        Wrong(
            "C bent",
            "The first four bars of C climb by the same number of rows each time, give or take one. Whose do not?",
            _scales_as("slaney", "slaney", "htk"),
        ),
    ),
    after="Six tones tell the scale of any front end, also when nobody remembers which library made its features.",
    also_right=(lambda: ("HTK", "Slaney", "Slaney"), lambda: np.array(["htk", "slaney", "slaney"])),
)
