import numpy as np

from ... import descriptors as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import normalised_difference


def _rough_signal():
    """A vowel at 11,025 Hz, every second period weaker."""
    from ... import sound

    vowel = sound.vowel("ɑ", fundamental_hz=175, duration_s=0.1, sample_rate=11_025)
    return vowel * (1 + 0.2 * np.cos(np.pi * np.arange(len(vowel)) / 63))


def rough_voice():
    """The d' of one frame of a rough voice, for the shifts 0 … 279."""
    return normalised_difference(_rough_signal()[100:], 280)


def _rough_truth():
    """What the package's tracker reports in the middle of the sound."""
    found_hz, _ = package.yin(
        _rough_signal(), sample_rate=11_025, f_min=60, f_max=800, frame_length=800, hop_length=100
    )
    return float(np.median(found_hz[4:-4]))


def pitch_hz():
    lag = 63  # the first dip below the dashed line, read from the picture
    return 11_025 / lag


EXERCISE = Exercise(
    title="a pitch from its dips",
    stars=2,
    kind="read",
    task="""
A rough voice, sampled at 11,025 Hz: its periods are alike, but every second one is weaker. The picture shows $d'$ of one frame over the shift in samples, with YIN's threshold of 0.1 dashed. **Which pitch, in Hz, does YIN report?** (Within 3 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.descriptors import rough_voice

curve = rough_voice()
dips = [n for n in range(1, len(curve) - 1) if curve[n] < min(curve[n - 1], curve[n + 1])]
picture = cu.plotting.Picture(height_in=3.4)
picture.axes[0].plot(curve)
picture.axes[0].axhline(0.1, color="black", linestyle="--")
picture.axes[0].set(xlim=(0, 280), ylim=(-0.05, 2), xticks=range(0, 281, 20))
picture.axes[0].set(xlabel="shift in samples", ylabel="d', relative")
words = ", ".join(f"{curve[n]:.2f} at {n}" for n in dips if n < 160)
picture.show(f"d' from 1 on; a dashed line at 0.1. From left to right, its dips: {words} samples, …")""",
    answer="pitch_hz",
    spec=Value(truth=_rough_truth, unit="Hz", tolerance=0.03),
    reference=pitch_hz,
    hints=(
        "Most of the dips do not count for YIN. Which of them reach below the dashed line?",
        "Of those that do, YIN does not ask which is the deepest.",
        "The first dip below 0.1 is a little right of 60 samples. How many of such periods pass in a second?",
    ),
    wrongs=(
        Wrong(
            "the deepest dip",
            "That is the first of the two deepest dips, at two periods: with every second one weaker, two periods fit better than one. "
            "YIN takes the first dip below the threshold.",
            lambda: 11_025 / 126,
        ),
        Wrong(
            "four periods",
            "That is the last of the deep dips, at four periods. The first one below the threshold counts.",
            lambda: 11_025 / 252,
        ),
        Wrong(
            "three periods",
            "That dip lies at three periods, and there are others below the threshold before it.",
            lambda: 11_025 / 189,
        ),
        Wrong(
            "the first dip of all",
            "That dip is a shallow one, which never comes near the dashed line: it belongs to a formant.",
            lambda: 11_025 / 15,
        ),
        Wrong(
            "a formant",
            "That dip stays above 0.4. Two swings of the first formant fit a little better than other shifts nearby; "
            "a period fits almost completely.",
            lambda: 11_025 / 31,
        ),
        Wrong(
            "the shift itself",
            "That is the shift in samples. How many such shifts pass in a second, at 11,025 samples?",
            lambda: 63,
        ),
        Wrong(
            "the period",
            "That is the period in ms; the pitch is how many of them fit into a second.",
            lambda: 63 / 11.025,
        ),
        Wrong(
            "samples taken for milliseconds",
            "The axis counts samples, not milliseconds: divide the sampling rate by the shift.",
            lambda: 1000 / 63,
        ),
    ),
    after="It holds by little: with an amplitude that swings by ±30 % instead of ±20 % the first dip stays above 0.1, and YIN "
    "reports 87.5 Hz.",
    also_right=(lambda: 175, lambda: 1 / (62.5 / 11_025)),
)
