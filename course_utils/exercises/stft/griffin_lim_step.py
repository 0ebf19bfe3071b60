import numpy as np

from ... import stft as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _round_trip_by_frames(spectrum, n_fft, hop_length):
    """There and back, frame by frame."""
    weights, n_frames = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2, spectrum.shape[-1]
    laid = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(laid.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        laid[..., here] += weights * np.fft.irfft(spectrum[..., m], n_fft)
        seen[here] += weights**2
    laid /= np.maximum(seen, 1e-300)
    laid[..., : n_fft // 2] = laid[..., laid.shape[-1] - n_fft // 2 :] = 0  # the signal ends; zeros are around it
    starts = hop_length * np.arange(n_frames)
    return np.stack([np.fft.rfft(weights * laid[..., start : start + n_fft]) for start in starts], axis=-1)


def _step_by_definition(spectrum, magnitude, *, n_fft, hop_length):
    returned = _round_trip_by_frames(np.asarray(spectrum), n_fft, hop_length)
    size = np.abs(returned)
    return np.where(size > 0, magnitude * returned / np.where(size > 0, size, 1), magnitude)


def _guesses() -> list[Case]:
    rng = np.random.default_rng(46)

    def guess(n_fft, n_frames, batch=()):
        magnitude = rng.uniform(0.2, 1, (*batch, n_fft // 2 + 1, n_frames))
        return magnitude * np.exp(2j * np.pi * rng.random(magnitude.shape)), magnitude

    x = np.cos(2 * np.pi * 0.11 * np.arange(60) ** 1.1 + 1)
    real = package.stft(x, n_fft=16, hop_length=4)
    return [
        case(*guess(16, 9), n_fft=16, hop_length=4, says="random phases"),
        case(*guess(16, 7), n_fft=16, hop_length=5, says="a hop that does not divide the window"),
        case(*guess(12, 6), n_fft=12, hop_length=6, says="a hop of half a window"),
        case(*guess(16, 5, (2, 3)), n_fft=16, hop_length=3, says="a batch of two by three"),
        case(1j * real, 2 * np.abs(real), n_fft=16, hop_length=4, says="the STFT of a sound, turned and too weak"),
    ]


def griffin_lim_step(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, n_fft=n_fft, hop_length=hop_length)
    consistent = package.stft(sound, n_fft=n_fft, hop_length=hop_length)
    return magnitude * np.exp(1j * np.angle(consistent))


def _there_and_back(spectrum, n_fft, hop_length):
    return package.stft(package.istft(spectrum, n_fft=n_fft, hop_length=hop_length), n_fft=n_fft, hop_length=hop_length)


def _step_not_centred(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, n_fft=n_fft, hop_length=hop_length, center=False)
    return magnitude * np.exp(1j * np.angle(package.stft(sound, n_fft=n_fft, hop_length=hop_length, center=False)))


def _step_by_division(spectrum, magnitude, *, n_fft, hop_length):
    returned = _there_and_back(spectrum, n_fft, hop_length)
    return (returned * magnitude / np.maximum(abs(returned), 1e-12)).astype(np.complex64)


def _step_by_librosa_names(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, hop_length=hop_length, window="hann", center=True)
    phase = np.angle(package.stft(sound, n_fft=n_fft, hop_length=hop_length))
    return magnitude * (np.cos(phase) + 1j * np.sin(phase))


EXERCISE = Exercise(
    title="one step of Griffin–Lim",
    stars=2,
    kind="implement",
    task=r"""
A network has written magnitudes $S$, and a guess at their phases makes them a spectrum $X = S\,e^{i\varphi}$, which is in all likelihood that of no sound. Take **one step** of the classic method, without momentum: from $X$ to sound and back, $C = \mathrm{stft}(\mathrm{istft}(X))$; keep the phase of $C$, put the wanted magnitudes in again. The next $X$ comes out.

Arrays are `(…, freq, time)`, `n_fft` is even, the window is the periodic Hann of `n_fft` samples, and the frames are centred between zeros: all of that is what `cu.stft.stft` and `cu.stft.istft` do unasked. The hop is `hop_length`, and not always a quarter of the window. Magnitudes are amplitudes, not powers. Where $C$ is 0, any phase will do.
""",
    start='''import numpy as np

import course_utils as cu


def griffin_lim_step(spectrum, magnitude, *, n_fft, hop_length):
    """A spectrum (…, freq, time) and the wanted magnitudes in, the next spectrum out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="griffin_lim_step",
    spec=Function(cases=_guesses, expected=_step_by_definition),
    reference=griffin_lim_step,
    hints=(
        "Two things come back from the round trip. Which of them do you keep, and which do you already know better?",
        "A complex number of length 1 in the direction of C is C / |C|, or e to the power of i times its angle.",
        "Three lines: sound = istft of the spectrum, C = stft of the sound, both with n_fft and hop_length; then the "
        "magnitudes times np.exp(1j * np.angle(C)).",
    ),
    wrongs=(
        Wrong(
            "magnitudes of the round trip",
            "This is what came back, with its own magnitudes: the wanted ones have to be put in again.",
            lambda spectrum, magnitude, *, n_fft, hop_length: _there_and_back(spectrum, n_fft, hop_length),
        ),
        Wrong(
            "length not divided out",
            "The wanted magnitudes are multiplied by all of C. Only its direction counts: C has a length of its own, "
            "which must be divided out first.",
            lambda spectrum, magnitude, *, n_fft, hop_length: magnitude * _there_and_back(spectrum, n_fft, hop_length),
        ),
        Wrong(
            "phases of before",
            "The phases are those of the guess: the sound that was made has no influence on the result.",
            lambda spectrum, magnitude, *, n_fft, hop_length: magnitude * np.exp(1j * np.angle(spectrum)),
        ),
        Wrong(
            "the forgotten hop",
            "The hop is not passed on, so stft and istft take a quarter of the window. For that hop it is right, "
            "for any other the frames are laid where they do not belong.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.exp(1j * np.angle(_there_and_back(spectrum, n_fft, n_fft // 4)))
            ),
        ),
        Wrong(
            "angle without phasor",
            "The magnitudes are multiplied by an angle in radians: the result is real, and a phase is a direction, "
            "a complex number of length 1.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.angle(_there_and_back(spectrum, n_fft, hop_length))
            ),
        ),
        Wrong(
            "squared",
            "The magnitudes come out squared: they are amplitudes already, as the task says, and go in as they are.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude**2 * np.exp(1j * np.angle(_there_and_back(spectrum, n_fft, hop_length)))
            ),
        ),
        Wrong(
            "not centred",
            "Only frames near the ends are wrong: with center=False the half frame before the first sample and after the last "
            "is taken for sound, and a centred STFT has silence there.",
            _step_not_centred,
        ),
        Wrong(
            "guess not used",
            "The way to sound begins at the magnitudes alone, with all phases zero: the guess is in `spectrum`.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.exp(1j * np.angle(_there_and_back(magnitude, n_fft, hop_length)))
            ),
        ),
    ),
    also_right=(_step_by_division, _step_by_librosa_names),
)
