"""Start here

The first notebook has questions and no exercises: those begin with lecture 01.
"""

import numpy as np

from ..practice.exercise import Exercise, Question, right, wrong

EXERCISES: tuple[Exercise, ...] = ()


def _proof_half_as_loud():
    assert round(20 * np.log10(0.5)) == -6
    n_steps = np.log(10 ** (-10 / 20)) / np.log(0.5)  # 10 dB in halvings of the amplitude
    assert 1.6 < n_steps < 1.7


def _proof_reversed():
    x = np.random.default_rng(0).standard_normal(512)
    assert np.allclose(np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(x[::-1])))


QUESTIONS = (
    Question(
        name="half_as_loud",
        kind="predict",
        text="After how many halvings of the amplitude does it sound half as loud to you?",
        options=(
            wrong("one", "Half the amplitude is −6 dB; half the loudness of a 1 kHz tone takes about −10 dB."),
            right("between one and two", "About −10 dB, which is 1.7 halvings, for most listeners (Stevens 1955)."),
            wrong("more than three", "That is −18 dB and less, about a quarter of the loudness."),
        ),
        proof=_proof_half_as_loud,
    ),
    Question(
        name="whisper",
        kind="predict",
        text="What happens to the stripes in the whisper?",
        options=(
            wrong("they stay", "They are the harmonics of the vocal folds, and in a whisper the folds do not vibrate."),
            wrong("they spread", "They would for a higher pitch. A whisper has no pitch of the folds at all."),
            right("they disappear", "No vibration, no harmonics; what remains is noise, shaped by the mouth."),
        ),
    ),
    Question(
        name="reversed",
        kind="predict",
        text="Which of the two pictures changes more than being mirrored?",
        options=(
            wrong("the waveform", "Reversal is exactly its mirror image."),
            wrong(
                "the spectrogram",
                "Each column keeps its levels, whichever way the sound runs; only their order changes.",
            ),
            right(
                "neither", "The spectrogram has no phase, and inside a column nothing else tells forward from backward."
            ),
        ),
        proof=_proof_reversed,
    ),
    Question(
        name="flat_line",
        text="In a spectrogram, what does a single flat line at 440 Hz mean?",
        options=(
            wrong("a click", "A click is short and holds all frequencies, so it draws an upright line."),
            right("a steady tone of 440 Hz", "One frequency, for as long as the line is."),
            wrong("a sound of amplitude 440", "Amplitude is the colour; the height on the page is the frequency."),
        ),
    ),
    Question(
        name="half_the_amplitude",
        text="A clip has half the amplitude of another. What does the course's player do?",
        options=(
            wrong(
                "plays both equally loud",
                "Players that normalise do that, and hide the difference. This one does not.",
            ),
            right("plays it 6 dB quieter", "The level is what the samples say."),
            wrong("plays it half as fast", "Speed follows from the sampling rate, not from the amplitude."),
        ),
    ),
    Question(
        name="warning",
        text="`course doctor` shows a line marked `warn`. What follows?",
        options=(
            wrong("no lecture will run", "That would be FAIL. A warning leaves the lectures usable."),
            right(
                "something differs from what was tested; the fix stands beside it",
                "For instance a package in another version, or no browser on a remote machine.",
            ),
            wrong(
                "nothing, warnings are for maintainers",
                "The line says what may go wrong for you, and how to repair it.",
            ),
        ),
    ),
    Question(
        name="why_no_stripes",
        text="Why does a whisper lack the fine stripes of a voice?",
        options=(
            wrong("it is quieter", "Turned up, a whisper still has no stripes."),
            wrong("it has a lower pitch", "Stripes would lie closer together, not disappear."),
            right(
                "the vocal folds do not vibrate",
                "No vibration, no harmonics; the noise of the breath is shaped by the mouth alone.",
            ),
        ),
    ),
    Question(
        name="same_answer_again",
        text="You solved an exercise yesterday, and today you run its notebook from top to bottom. What does your review date do?",
        options=(
            wrong(
                "it moves on, as after every right answer",
                "Running a notebook is no practice, and is not taken for it.",
            ),
            right("nothing", "The same answer again is no review; a new one, from memory, is."),
            wrong("it is deleted", "Nothing is deleted unless you call `reset_progress` and confirm it."),
        ),
    ),
)
