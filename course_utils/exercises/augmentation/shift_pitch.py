import functools

import numpy as np

from ... import augmentation as package
from ...practice.model import Design, Exercise, Property, Wrong

_RATE = 16_000


_SHIFTS = (-5.0, 3.0, 4.5)


@functools.cache
def _voice(fundamental_hz):
    """Seven partials that fall by 1/k, a second long."""
    t_s = np.arange(_RATE) / _RATE
    return sum(0.2 / k * np.sin(2 * np.pi * k * fundamental_hz * t_s + k) for k in range(1, 8))


def _spectrum(signal):
    """The middle of a signal under a window whose side lobes lie more than 80 dB down; bins of 1.25 Hz."""
    middle = np.asarray(signal, float)[1600:-1600]
    n = np.arange(len(middle)) / len(middle)
    window = 0.36 - 0.49 * np.cos(2 * np.pi * n) + 0.14 * np.cos(4 * np.pi * n) - 0.01 * np.cos(6 * np.pi * n)
    return np.abs(np.fft.rfft(middle * window)) ** 2


def _called(shift_pitch, fundamental_hz, n_semitones):
    return np.asarray(shift_pitch(_voice(fundamental_hz).copy(), n_semitones), float)


def _other_length(shift_pitch):
    if not callable(shift_pitch):
        return "A function is asked: pass `shift_pitch` itself, without calling it."
    for n_semitones in _SHIFTS:
        got = _called(shift_pitch, 180, n_semitones)
        if got.shape != (_RATE,) or not np.isfinite(got).all():
            return (
                f"16,000 finite samples are asked for a shift by {n_semitones:+g} semitones; "
                f"it gives an array of shape {got.shape}."
            )
    return None


def _other_pitch(shift_pitch):
    for n_semitones in _SHIFTS:
        power = _spectrum(_called(shift_pitch, 220, n_semitones))
        wanted = 220 * 2 ** (n_semitones / 12) * 12_800 / _RATE  # in bins
        k = max(2, int(power[: len(power) - 1].argmax()))
        a, b, c = np.log(power[k - 1 : k + 2] + 1e-30)
        found = k + (a - c) / (2 * (a - 2 * b + c))
        cents = 1200 * np.log2(found / wanted)
        if not abs(cents) <= 5:
            return f"Asked for {n_semitones:+g} semitones, it misses the pitch by {cents:+.0f} cents; at most 5 are accepted."
    return None


def _other_place(shift_pitch):
    signal = np.zeros(_RATE)
    for start in (3000, 12_000):
        signal[start : start + 800] = _voice(500)[:800]
    for n_semitones in _SHIFTS:
        power = np.asarray(shift_pitch(signal.copy(), n_semitones), float) ** 2
        for start, half in ((3000, slice(0, 8000)), (12_000, slice(8000, None))):
            n = np.arange(_RATE)[half]
            centre = np.sum(n * power[half]) / max(np.sum(power[half]), 1e-30)
            late_ms = 1000 * (centre - start - 400) / _RATE
            if not abs(late_ms) <= 20:
                return (
                    f"With {n_semitones:+g} semitones a sound at {1000 * start / _RATE:.0f} ms is moved by "
                    f"{late_ms:+.0f} ms; at most 20 are accepted."
                )
    return None


def _other_level(shift_pitch):
    for n_semitones in _SHIFTS:
        got = _called(shift_pitch, 180, n_semitones)[1600:-1600]
        change_db = 10 * np.log10(np.mean(got**2) / np.mean(_voice(180)[1600:-1600] ** 2))
        if not abs(change_db) <= 2:
            return f"A shift by {n_semitones:+g} semitones changes the level by {change_db:+.1f} dB; at most 2 are accepted."
    return None


def _clean_db(shift_pitch):
    """Power within 8 Hz of the partials over the rest, the mean of all shifts of two voices."""
    found = []
    for fundamental_hz in (110, 240):
        for n_semitones in _SHIFTS:
            power = _spectrum(_called(shift_pitch, fundamental_hz, n_semitones))
            bins_hz = np.arange(len(power)) * _RATE / 12_800
            partials_hz = fundamental_hz * 2 ** (n_semitones / 12) * np.arange(1, 8)
            own = (np.abs(bins_hz - partials_hz[:, np.newaxis]) < 8).any(axis=0)
            found.append(10 * np.log10(power[own].sum() / max(power[~own].sum(), 1e-30)))
    return float(np.mean(found))


def shift_pitch():
    """Stretch in time first, then play faster: the duration comes back, the pitch has moved."""

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        longer = package.time_stretch(signal, 1 / ratio, n_fft=1024)
        return package.fix_length(package.change_speed(longer, ratio), len(signal))

    return shift


def _shift_by_wsola():
    """Segments laid end to end where they fit best, then played at another speed."""
    from ... import effects

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        longer = effects.tempo(signal, factor=1 / ratio, sample_rate=_RATE)
        return package.fix_length(package.change_speed(longer, ratio), len(signal))

    return shift


def _shift_by_interpolation():
    """A vocoder by hand, then straight lines between the samples."""
    from ... import stft

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        spectrum = stft.stft(signal, n_fft=1024)
        longer = stft.istft(stft.phase_vocoder(spectrum, rate=1 / ratio), n_fft=1024)
        return np.interp(np.arange(len(signal)) * ratio, np.arange(len(longer)), longer)

    return shift


def _only_speed():
    return lambda signal, n_semitones: package.change_speed(signal, 2 ** (n_semitones / 12))


def _only_stretch():
    return lambda signal, n_semitones: package.fix_length(package.time_stretch(signal, 2 ** (-n_semitones / 12)), _RATE)


def _speed_and_padding():
    return lambda signal, n_semitones: package.fix_length(package.change_speed(signal, 2 ** (n_semitones / 12)), _RATE)


def _half_as_loud():
    return lambda signal, n_semitones: 0.5 * package.pitch_shift(signal, n_semitones)


EXERCISE = Exercise(
    title="another pitch in the same time",
    stars=3,
    kind="design",
    task=r"""
Write `shift_pitch(signal, n_semitones)` for a signal `(time,)` at 16,000 Hz. For shifts from −5 to +4.5 semitones:

1. the result has exactly as many samples as the signal;
2. the pitch is within **5 cents** of the one asked;
3. what happens at a moment stays there, within **20 ms**;
4. the level of a steady voice changes by at most **2 dB**.

You may use everything in `course_utils`, except `pitch_shift` itself. The score is how clean it is: the power within 8 Hz of the seven partials over all the rest, in dB, the mean over three shifts of two steady voices (110 and 240 Hz). The larger, the better.
""",
    given="""import numpy as np

import course_utils as cu

t_s = np.arange(16_000) / 16_000
voice = sum(0.2 / k * np.sin(2 * np.pi * k * 180 * t_s + k) for k in range(1, 8))
faster = cu.augmentation.change_speed(voice, 2 ** (4 / 12))
print(f"played faster: {len(voice)} samples have become {len(faster)}")
cu.audio.play(voice, 16_000, caption="The voice to be shifted: how high is it?")""",
    start='''def shift_pitch(signal, n_semitones):
    """A signal (time,) at 16,000 Hz in, as many samples out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="shift_pitch",
    spec=Design(
        properties=(
            Property("as many samples", _other_length),
            Property("pitch", _other_pitch),
            Property("place in time", _other_place),
            Property("level", _other_level),
        ),
        score=_clean_db,
        unit="dB",
        best=74.85,  # effects.tempo told a rate of 17,000 Hz, then filters.resample with 32 zero crossings
        smaller_is_better=False,
    ),
    reference=shift_pitch,
    hints=(
        "One of the lecture's tools moves the pitch, and the duration with it. Which one moves the duration alone, and can "
        "undo that?",
        "Play faster by r, and the pitch is right while the duration is short by r. What should have been done before?",
        "Stretch by 1/r first, then change the speed by r, then see to the last sample. For the score: what does a longer "
        "window do to a steady tone, and what to requirement 3?",
    ),
    wrongs=(
        Wrong("as many samples", "", _only_speed),
        Wrong("pitch", "", _only_stretch),
        Wrong("place in time", "", _speed_and_padding),
        Wrong("level", "", _half_as_loud),
    ),
    after="What such a shift does not keep are the formants: they move with the pitch, so that four semitones up somebody "
    "smaller seems to speak.",
    also_right=(_shift_by_wsola, _shift_by_interpolation, lambda: package.pitch_shift),
)
