import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

N_HARMONICS, N_PERIOD = 12, 480  # 100 Hz at 48 kHz


def _harmonics(tone):
    """Amplitude of each of the frequencies 0, 1, … of a period."""
    amplitude = np.abs(np.fft.rfft(np.asarray(tone, float))) * 2 / N_PERIOD
    amplitude[0] /= 2
    return amplitude


def _not_a_period(tone):
    tone = np.asarray(tone)
    if tone.shape != (N_PERIOD,) or tone.dtype.kind not in "iuf":
        return f"One period is asked, {N_PERIOD} real samples; got shape {tone.shape} and dtype {tone.dtype}."
    return None if np.isfinite(tone).all() else "Some of the samples are NaN or infinite."


def _wrong_peak(tone):
    highest = np.abs(np.asarray(tone, float)).max()
    if highest > 1 + 1e-6:
        return f"Its peak is {highest:.3f}, and a converter clips at 1: scale it down as a whole."
    if highest < 0.99:
        return f"Its peak is {highest:.3f}, and 1 is asked, within 1 %: louder would fit."
    return None


def _unequal(tone):
    wanted = _harmonics(tone)[1 : N_HARMONICS + 1]
    if wanted.min() <= 1e-5 * wanted.max():
        return f"Harmonic {wanted.argmin() + 1} is missing."
    spread_db = 20 * np.log10(wanted.max() / wanted.min())
    if spread_db > 0.1:
        return (
            f"The twelve harmonics are not equally strong: number {wanted.argmax() + 1} stands {spread_db:.1f} dB above "
            f"number {wanted.argmin() + 1}, and 0.1 dB is allowed. (Clipping a tone changes its harmonics.)"
        )
    return None


def _other_frequencies(tone):
    amplitude = _harmonics(tone)
    others = np.delete(amplitude, np.arange(1, N_HARMONICS + 1))
    above_db = 20 * np.log10(max(others.max(), 1e-12) / amplitude[1])
    if above_db > -60:
        return (
            f"Something besides the harmonics 1 to 12 is in it, at {above_db:.0f} dB re one of them; −60 dB is asked."
        )
    return None


def _crest_db(tone):
    return 10 * np.log10(np.max(np.square(tone, dtype=float)) / np.mean(np.square(tone, dtype=float)))


def _peaky(tone):
    crest_db = _crest_db(tone)
    if crest_db > 5.5:
        return f"Its peak stands {crest_db:.1f} dB above its RMS; at most 5.5 dB is accepted. Which phases let the harmonics take turns?"
    return None


def _of_phases(phases_rad, n_harmonics=N_HARMONICS):
    """One period of harmonics of equal amplitude, with a peak of 1."""
    k = np.arange(1, n_harmonics + 1)[:, np.newaxis]
    tone = np.cos(2 * np.pi * k * np.arange(N_PERIOD) / N_PERIOD + np.reshape(phases_rad, (-1, 1))).sum(axis=0)
    return tone / np.abs(tone).max()


def flat_tone():
    """Begin with Schroeder's phases (1970); then clip the tone a little, keep only the phases of the result, repeat."""
    k = np.arange(1, 13)
    spectrum = np.zeros(241, complex)  # 480 samples a period
    spectrum[k] = np.exp(-1j * np.pi * k * (k - 1) / 12)
    for share in np.linspace(0.75, 1, 300):
        tone = np.fft.irfft(spectrum)
        limit = share * np.abs(tone).max()
        clipped = np.fft.rfft(np.clip(tone, -limit, limit))
        spectrum[k] = clipped[k] / np.abs(clipped[k])
    tone = np.fft.irfft(spectrum)
    return tone / np.abs(tone).max()


def _schroeder():
    k = np.arange(1, N_HARMONICS + 1)
    return _of_phases(-np.pi * k * (k - 1) / N_HARMONICS)


# The lowest crest factor known to us. From some 4,500 starts at random the p-norm of the tone was made small for growing
# p, then the peak of the best by linear programming in small steps. At least 19 starts ended at 2.8130 dB, none below.
BEST_PHASES_RAD = (5.6936, 3.2636, 0.2509, 3.5112, 0.8561, 0.5142, 4.8677, 5.74, 2.5584, 3.1045, 4.3983, 4.1978)


EXERCISE = Exercise(
    title="twelve harmonics, as loud as they fit",
    stars=3,
    kind="design",
    task="""
A loudspeaker is to be measured with twelve harmonics of 100 Hz, all **equally strong**, played as loudly as the converter allows. The peak is what clips and the power is what is heard above the noise: the lower the **crest factor**, the better. You are free to choose the phases.

Hand in the samples of **one period**: 480 of them at 48 kHz, with

- a peak of 1 (0.99 is enough, more than 1 clips),
- harmonics 1 to 12 equal within 0.1 dB, and everything else (0 Hz, harmonic 13 and up) at least 60 dB below one of them,
- a crest factor of at most **5.5 dB**, measured on the 480 samples; the lower the better.

A single sine has 3 dB. Can a sum of twelve come near it?
""",
    given="""import numpy as np

import course_utils as cu


def crest_db(tone):
    return cu.sound.amplitude_to_db(cu.sound.peak(tone) / cu.sound.rms(tone))


rng = np.random.default_rng(0)
sounds = []
for name, phases_rad in (("all zero", np.zeros(12)), ("at random", rng.uniform(0, 2 * np.pi, 12))):
    tone = cu.sound.harmonic_tone(
        100, amplitudes=np.ones(12), duration_s=1, sample_rate=48_000, phases_rad=phases_rad
    )
    print(f"phases {name}: crest factor {crest_db(tone[:480]):.1f} dB")
    sounds.append(0.5 * tone / cu.sound.peak(tone))
cu.audio.play(np.concatenate(sounds), 48_000, caption="Equal peaks, phases zero, then at random. Which is louder?")""",
    form="480 samples",
    answer="flat_tone",
    spec=Design(
        properties=(
            Property("one period", _not_a_period),
            Property("peak not 1", _wrong_peak),
            Property("unequal harmonics", _unequal),
            Property("other frequencies", _other_frequencies),
            Property("crest factor too high", _peaky),
        ),
        score=_crest_db,
        unit="dB",
        best=_crest_db(_of_phases(BEST_PHASES_RAD)),
    ),
    reference=flat_tone,
    hints=(
        "With all phases zero the twelve sines start together, and their first crests pile up. A glide has its harmonics one after the other: "
        "which phases make the tone glide?",
        "Schroeder (1970) gives harmonic k of K equal cosines the phase −π k (k − 1) / K (`harmonic_tone` adds sines: one more π/2). "
        "That is a glide through all twelve within one period, and it meets the specification.",
        "From there on, repeat: clip the highest peaks of the tone a little, take the phases of what comes out, "
        "and give the twelve harmonics their equal amplitudes back.",
    ),
    wrongs=(
        Wrong("one period", "", lambda: np.tile(_schroeder(), 2)),
        Wrong("peak not 1", "", lambda: 1.5 * _schroeder()),
        Wrong("unequal harmonics", "", lambda: np.clip(_schroeder() / 0.7, -1, 1)),
        Wrong("other frequencies", "", lambda: _of_phases(-np.pi * np.arange(13) * np.arange(1, 14) / 13, 13)),
        Wrong("crest factor too high", "", lambda: _of_phases(np.zeros(12))),
    ),
    after="The sines with all phases zero have a crest factor of 11.3 dB: at the same peak your tone carries at least 5.8 dB more power, and stands that much further above the noise of the room.",
    also_right=(_schroeder, lambda: _of_phases(BEST_PHASES_RAD), lambda: (0.995 * _schroeder()).tolist()),
)
