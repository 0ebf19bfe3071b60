import numpy as np

from ...practice.model import Exercise, Value, Wrong


def sung_vowel():
    """A fifth of a second of a sung vowel with some breath in it, and its sampling rate."""
    from ... import sound

    rng = np.random.default_rng(1)
    clean = sound.vowel("ʌ", fundamental_hz=168, duration_s=0.2, sample_rate=16_000)
    return clean + 0.001 * rng.standard_normal(len(clean)), 16_000


def unknown_cepstrum():
    """The first 320 numbers of the cepstrum of 1,024 samples of it."""
    from ... import dft

    piece = sung_vowel()[0][800:1824] * dft.window("hann", 1024)
    return np.fft.irfft(np.log(np.maximum(np.abs(np.fft.rfft(piece, 2048)), 1e-8)))[:320]


def _pitch_truth():
    """From the sound, without a spectrum: the delay at which it resembles itself most, to a fraction of a sample."""
    x, sample_rate = sung_vowel()
    alike = np.array([x[:-400] @ x[delay : len(x) - 400 + delay] for delay in range(400)])
    top = 40 + int(alike[40:160].argmax())
    before, at, after = alike[top - 1 : top + 2]
    return sample_rate / (top + (before - after) / (2 * (before - 2 * at + after)))


def pitch_hz():
    period = 95.5  # samples: the first narrow peak is at 96, the third at 286
    return 16_000 / period


EXERCISE = Exercise(
    title="how high was it sung?",
    stars=1,
    kind="read",
    task="""
Below is the cepstrum of 1,024 samples of a sung vowel, computed with a DFT of 2,048 points as in section 2 of the lecture. The sampling rate is 16 kHz. The axis counts **samples** of quefrency, as the index of the array does.

**At which pitch, in Hz, was the vowel sung?** (Within 3 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.mfcc import unknown_cepstrum

ripples = unknown_cepstrum()
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(range(3, 320), ripples[3:])
picture.axes[0].set(xticks=range(0, 321, 20), xlabel="quefrency in samples at 16 kHz")
picture.axes[0].set(ylabel="ripple", title="the cepstrum of a sung vowel")
top = [k for k in range(30, 319) if ripples[k] == max(ripples[k - 30 : k + 31]) and ripples[k] > 0.05]
peaks = ", ".join(f"{ripples[k]:.2f} at {k}" for k in top)
picture.show(f"The curve begins with {ripples[3]:.2f} at 3 samples. Its highest points after that, "
             f"each narrow: {peaks} samples. Elsewhere it stays within 0.13 of 0.")""",
    answer="pitch_hz",
    spec=Value(truth=_pitch_truth, unit="Hz", tolerance=0.03),
    reference=pitch_hz,
    hints=(
        "Which part of the curve belongs to the mouth, and which to the voice?",
        "Quefrency is a time. How long does one sample last?",
        "The first narrow peak stands at one period of the voice, the others at its multiples. "
        "Periods per second are samples per second over samples per period.",
    ),
    wrongs=(
        Wrong(
            "samples taken for hertz",
            "That is the place of a narrow peak, in samples. It is a time, one or more periods of the voice, not its pitch.",
            (lambda: 96, lambda: 190, lambda: 286),
        ),
        Wrong(
            "bins of a spectrum",
            "That treats the place of the peak as a bin of a spectrum, f_s/2,048 apart. The axis of a cepstrum is a time: "
            "its steps are 1/f_s.",
            lambda: 96 * 16_000 / 2048,
        ),
        Wrong(
            "the second peak",
            "That is half the pitch: the peak near 190 samples is two periods away. The first narrow one is one period.",
            lambda: 16_000 / 190,
        ),
        Wrong(
            "the third peak",
            "That is a third of the pitch: the peak near 286 samples is three periods away.",
            lambda: 16_000 / 286,
        ),
        Wrong(
            "the period",
            "That is the period, in milliseconds or seconds. The pitch is how many of these fit into a second.",
            (lambda: 6.0, lambda: 0.006),
        ),
        Wrong(
            "samples taken for milliseconds",
            "That takes the axis for milliseconds. It counts samples, of which 16 last a millisecond.",
            lambda: 1000 / 96,
        ),
        Wrong(
            "periods in the DFT",
            "That is how many periods the 2,048 points of the DFT hold. "
            "The pitch is how many there are in a second, 16,000 samples.",
            lambda: 2048 / 96,
        ),
        Wrong(
            "an octave too high",
            "That is twice the pitch: the first narrow peak stands at one whole period, not at half of one.",
            lambda: 2 * 16_000 / 96,
        ),
    ),
    after="The same peak follows a voice through a sentence, and is gone where the sound has no period, as in s, f or a whisper.",
    also_right=(lambda: np.float32(16_000 / 96), lambda: 2 * 16_000 / 190, lambda: 168),
)
