import numpy as np

from ... import stft as package
from ...practice.compare import as_array
from ...practice.model import Case, Exercise, Function, Property, Wrong, case


def _round_trip_by_frames(spectrum, n_fft, hop_length, above=1, below=2):
    """There and back, frame by frame; on the way there the window to the power ``above``, over that to ``below``."""
    weights, n_frames = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2, spectrum.shape[-1]
    laid = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(laid.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        laid[..., here] += weights**above * np.fft.irfft(spectrum[..., m], n_fft)
        seen[here] += weights**below
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
        case(1j * real, np.abs(real), n_fft=16, hop_length=4, says="the STFT of a sound, turned by a quarter"),
        case(*guess(8, 6, (1,)), n_fft=8, hop_length=2, says="a batch of one"),
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


def _not_finite_in_silence(step):
    """Nothing comes back from the spectrum of silence, so C is 0 everywhere."""
    silence, wanted = np.zeros((9, 6), complex), np.linspace(0.1, 1, 54).reshape(9, 6)
    with np.errstate(all="ignore"):
        found = as_array(step(silence, wanted, n_fft=16, hop_length=4))
    if np.isfinite(found).all():
        return None
    return "Where C is 0 it gives NaN: 0 divided by 0 is no number, so take any phase there, or 0."


def _step_under(window):
    def step(spectrum, magnitude, **lengths):
        sound = package.istft(spectrum, window=window, **lengths)
        return magnitude * _phasor(package.stft(sound, window=window, **lengths))

    return step


def _step_mirrored(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, n_fft=n_fft, hop_length=hop_length)
    ends = [(0, 0)] * (sound.ndim - 1) + [(n_fft // 2, n_fft // 2)]
    longer = np.pad(sound, ends, mode="reflect")
    return magnitude * _phasor(package.stft(longer, n_fft=n_fft, hop_length=hop_length, center=False))


def _phasor(spectrum):
    return np.exp(1j * np.angle(spectrum))


def _step(combine):
    """``combine(X, S, trip)``: another use of the trip to sound and back."""

    def step(spectrum, magnitude, *, n_fft, hop_length):
        with np.errstate(all="ignore"):
            return combine(spectrum, magnitude, lambda x: _there_and_back(x, n_fft, hop_length))

    return step


EXERCISE = Exercise(
    title="one step of Griffin–Lim",
    stars=2,
    kind="implement",
    task=r"""
A network has written magnitudes $S$, and a guess at their phases makes them a spectrum $X = S\,e^{i\varphi}$, which is in all likelihood that of no sound. Take **one step** of the classic method, without momentum: from $X$ to sound and back, $C = \mathrm{stft}(\mathrm{istft}(X))$; keep the phase of $C$, put the wanted magnitudes in again. The next $X$ comes out.

Arrays are `(…, freq, time)`, `n_fft` is even, the window is the periodic Hann of `n_fft` samples, and the frames are centred between zeros: all of that is what `cu.stft.stft` and `cu.stft.istft` do unasked. The hop is `hop_length`, and not always a quarter of the window. Magnitudes are amplitudes, not powers, and the largest lie between 0.5 and 10. Where $C$ is 0, any phase will do, so will a result of 0, and NaN will not; elsewhere $|C|$ is 10⁻³ or more.
""",
    start='''import numpy as np

import course_utils as cu


def griffin_lim_step(spectrum, magnitude, *, n_fft, hop_length):
    """A spectrum (…, freq, time) and the wanted magnitudes in, the next spectrum out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="griffin_lim_step",
    spec=Function(
        cases=_guesses,
        expected=_step_by_definition,
        properties=(Property("0 divided by 0", _not_finite_in_silence),),
        tolerance=1e-5,  # an epsilon of 1e-8 beside |C| is no mistake
    ),
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
            (
                _step(lambda x, s, trip: trip(x)),
                _step(lambda x, s, trip: trip(s * _phasor(trip(x)))),
            ),
        ),
        Wrong(
            "length not divided out",
            "The wanted magnitudes are multiplied by all of C. Only its direction counts: C has a length of its own, "
            "which must be divided out first.",
            _step(lambda x, s, trip: s * trip(x)),
        ),
        Wrong(
            "phases of before",
            "What came in comes out again, with the phases of the guess: no way to sound and back has any influence on it.",
            (_step(lambda x, s, trip: s * _phasor(x)), _step(lambda x, s, trip: np.array(x))),
        ),
        Wrong(
            "the forgotten hop",
            "A quarter of the window is taken for the hop, as stft and istft do where none is passed on. For that hop it is "
            "right, for any other the frames are laid where they do not belong.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * _phasor(_there_and_back(spectrum, n_fft, n_fft // 4))
            ),
        ),
        Wrong(
            "angle without phasor",
            "The angle enters as a number of radians: a phase is a direction, a complex number of length 1.",
            (
                _step(lambda x, s, trip: s * np.angle(trip(x))),
                _step(lambda x, s, trip: s + 1j * np.angle(trip(x))),
            ),
        ),
        Wrong(
            "1j missing",
            "The exponential is taken of the angle alone: without 1j it is a real factor, and no direction.",
            _step(lambda x, s, trip: s * np.exp(np.angle(trip(x)))),
        ),
        Wrong(
            "squared",
            "The magnitudes come out squared: they are amplitudes already, as the task says, and go in as they are.",
            _step(lambda x, s, trip: s**2 * _phasor(trip(x))),
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
            _step(lambda x, s, trip: s * _phasor(trip(s))),
        ),
        Wrong(
            "0 divided by 0",
            "Where C is 0 its length cannot be divided out: 0 divided by 0 is not a number. Take any phase there, or 0.",
            _step(lambda x, s, trip: s * trip(x) / np.abs(trip(x))),
        ),
        Wrong(
            "guard too large",
            "What guards the division against 0 is too large: it makes weak cells weaker than they are wanted.",
            (
                *(
                    _step(lambda x, s, trip, e=e: s * trip(x) / (np.abs(trip(x)) + e))
                    for e in (1e-4, 1e-3, 1e-2, 0.1, 1)
                ),
                *(_step(lambda x, s, trip, e=e: s * trip(x) / np.maximum(np.abs(trip(x)), e)) for e in (0.1, 1)),
            ),
        ),
        Wrong(
            "two steps",
            "That is two steps: one is asked, and the next begins with what comes out.",
            _step(lambda x, s, trip: s * _phasor(trip(s * _phasor(trip(x))))),
        ),
        Wrong(
            "momentum",
            "That is the fast variant, which goes on beyond C by a part of the last move: one step without momentum is asked.",
            tuple(_step(lambda x, s, trip, a=a: s * _phasor((1 + a) * trip(x) - a * x)) for a in (0.5, 0.9, 0.99, 1)),
        ),
        Wrong(
            "the wrong half kept",
            "The magnitudes of C are kept and the phases of the guess: it is the other way round.",
            _step(lambda x, s, trip: np.abs(trip(x)) * _phasor(x)),
        ),
        Wrong(
            "real part only",
            "The result is real, so that its phase is 0 or half a turn: the phase of C is any direction.",
            (_step(lambda x, s, trip: s * _phasor(trip(x)).real), _step(lambda x, s, trip: s * np.sign(trip(x).real))),
        ),
        Wrong(
            "no step taken",
            "These are the wanted magnitudes as they came in: the phases of C are to be put to them.",
            _step(lambda x, s, trip: np.array(s)),
        ),
        Wrong(
            "phase only",
            "These are the phases: with the wanted magnitudes they make the next spectrum.",
            (_step(lambda x, s, trip: np.angle(trip(x))), _step(lambda x, s, trip: _phasor(trip(x)))),
        ),
        Wrong(
            "one length for all",
            "C is divided by one number: every cell has a length of its own.",
            (
                _step(lambda x, s, trip: s * trip(x) / np.abs(trip(x)).max()),
                _step(lambda x, s, trip: s * trip(x) / np.abs(trip(x)).mean()),
            ),
        ),
        Wrong(
            "divided by the sum of the windows",
            "The way to sound divides by the sum of the windows. X is the spectrum of no sound, and the nearest sound needs each "
            "frame windowed once more, and the sum of the squared windows below.",
            tuple(
                lambda spectrum, magnitude, *, n_fft, hop_length, above=above: (
                    magnitude * _phasor(_round_trip_by_frames(spectrum, n_fft, hop_length, above, 1))
                )
                for above in (0, 1)
            ),
        ),
        Wrong(
            "root of the magnitudes",
            "The root of the magnitudes is put in: they are amplitudes already, not powers.",
            _step(lambda x, s, trip: np.sqrt(s) * _phasor(trip(x))),
        ),
        Wrong(
            "degrees",
            "The angle is in degrees, and exp wants radians.",
            _step(lambda x, s, trip: s * np.exp(1j * np.angle(trip(x), deg=True))),
        ),
        Wrong(
            "another window",
            "The way to sound and back is taken with another window than Hann's, so other frames are brought together.",
            tuple(_step_under(window) for window in ("hamming", "rectangular")),
        ),
        Wrong(
            "symmetric window",
            "That is what the symmetric Hann window gives, whose last weight is 0 like its first (`np.hanning`): the periodic one "
            "is asked.",
            lambda spectrum, magnitude, *, n_fft, hop_length: _step_under(np.hanning(n_fft))(
                spectrum, magnitude, n_fft=n_fft, hop_length=hop_length
            ),
        ),
        Wrong(
            "mirrored at the ends",
            "The frames that reach over the ends are wrong: the sound is mirrored there, as `torch.stft` does unasked, and zeros "
            "are asked.",
            _step_mirrored,
        ),
    ),
    after="Repeat it: the distance between the wanted magnitudes and those of the sound never grows (Griffin and Lim, 1984), and it may settle well above 0.",
    also_right=(
        _step_by_division,
        _step_by_librosa_names,
        _step(lambda x, s, trip: np.abs(x) * _phasor(trip(x))),
        _step(lambda x, s, trip: s * _phasor(trip(s * _phasor(x)))),
    ),
)
