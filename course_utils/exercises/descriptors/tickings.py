import numpy as np

from ...practice.model import Exercise, Value, Wrong

BEAT_S = 60 / 110  # the drums' score


def _tick(sample_rate):
    t_s = np.arange(round(0.03 * sample_rate)) / sample_rate
    return 0.4 * np.exp(-t_s / 0.008) * np.sin(2 * np.pi * 2000 * t_s)


def three_tickings():
    """The drums with the ticks of three beat trackers, of which one is right: A, B, C and the sampling rate."""
    from ... import audio

    drums, sample_rate = audio.load("music/drums", mono=True, dtype=np.float64)
    drums, tick = drums[: round(4.36 * sample_rate)], _tick(sample_rate)
    number, found = np.arange(7), []  # the last beat has the crash
    for times_s in ((number + 0.5) * BEAT_S, number * BEAT_S, number * BEAT_S * 0.94):
        ticks = np.zeros(len(drums))
        for start in np.round(times_s * sample_rate).astype(int):
            ticks[start : start + len(tick)] += tick[: len(ticks) - start]
        found.append(0.6 * drums + ticks)
    return found, sample_rate


def _tickings_truth():
    """Where the ticks, taken out of the sound, stand among the beats of the score."""
    from ... import audio

    drums, sample_rate = audio.load("music/drums", mono=True, dtype=np.float64)
    words = []
    for version in three_tickings()[0]:
        loud = np.flatnonzero(np.abs(version - 0.6 * drums[: len(version)]) > 0.05)
        starts_s = loud[np.diff(loud, prepend=-sample_rate) > 0.1 * sample_rate] / sample_rate
        beat = starts_s / BEAT_S
        drift = np.ptp(beat - np.arange(len(beat)))
        aside = abs(np.mean(beat - np.round(beat)))
        words.append("drifts" if drift > 0.2 else "between" if aside > 0.25 else "on")
    return words


def tickings():
    a, b, c = "between", "on", "drifts"
    return [a, b, c]


def _tickings_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="which beat tracker is right?",
    stars=1,
    kind="listen",
    task="""
Two bars of drums, three times, each with the ticks of another beat tracker. The ticks of one are **on** the beat throughout. Those of another have the right tempo and stand **between** the beats, half a beat late. Those of the third begin on the beat, stand 6 % too close to each other, and so **drift** away from it. Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.descriptors import three_tickings

versions, sample_rate = three_tickings()
gap = np.zeros(sample_rate)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(
    one_after_the_other, sample_rate, caption="A, B and C, a second apart. Where do the ticks fall, first and last?"
)""",
    form='three of "on", "between", "drifts"',
    answer="tickings",
    spec=Value(truth=_tickings_truth, options=("on", "between", "drifts")),
    reference=tickings,
    hints=(
        "Listen to the first tick of each: does it come with the first stroke of the drums, or after it?",
        "Two of the three begin with the drums. Then listen to the last ticks of these two.",
        "There is a crash near the end. One of the last ticks comes together with it, one before it, one after it.",
    ),
    wrongs=(
        Wrong(
            "A taken for right",
            "A's first tick comes after the first stroke, with a soft hi-hat alone: its tempo is right, "
            "its place half a beat late.",
            _tickings_as("on", "between", "drifts"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C begin alike. Listen to their ends: the last tick of B comes with the crash, that of C before it.",
            _tickings_as("between", "drifts", "on"),
        ),
        Wrong(
            "A and C exchanged",
            "C begins with the drums, so it cannot be the one that is half a beat late throughout; "
            "and A is as late at the end as at the beginning.",
            _tickings_as("drifts", "on", "between"),
        ),
        Wrong(
            "C taken for right, A for drifting",
            "A keeps its distance from the beat from first to last: that is no drift.",
            _tickings_as("drifts", "between", "on"),
        ),
        Wrong(
            "A taken for right, B for drifting",
            "The first tick of A comes after the first stroke of the drums: it is not on the beat.",
            _tickings_as("on", "drifts", "between"),
        ),
    ),
    after="Tempo alone could not have told A from B, which both tick 110 times a minute: score a beat tracker by where its "
    "beats fall.",
    also_right=(lambda: ("Between", "On", "Drifts"), lambda: np.array(["between", "on", "drifts"])),
)
