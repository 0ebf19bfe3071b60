import cmath

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _amplitude_by_correlation(x, window):
    """2/Σw times the correlation with a phasor; the two bins without a mirror image count once."""
    n_fft, found = len(x), []
    for k in range(n_fft // 2 + 1):
        weighted = [x[n] * window[n] * cmath.exp(-2j * cmath.pi * k * n / n_fft) for n in range(n_fft)]
        sides = 1 if k == 0 or 2 * k == n_fft else 2
        found.append(sides * abs(sum(weighted)) / sum(window))
    return np.array(found)


def _tones() -> list[Case]:
    n = np.arange(16)
    rng = np.random.default_rng(5)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / 16)
    flat_top = [0.2156, -0.4166, 0.2773, -0.0836, 0.0069] @ np.cos(2 * np.pi * np.outer(np.arange(5), n) / 16)
    tone = 0.3 * np.cos(2 * np.pi * 3 * n / 16 + 0.7)
    return [
        case(tone, np.ones(16), says="0.3 of a cosine in bin 3, no window", gives=[0, 0, 0, 0.3, 0, 0, 0, 0, 0]),
        case(0.5 + tone, hann, says="the same and 0.5 of a constant, Hann window"),
        case(np.cos(np.pi * n), np.ones(16), says="a tone at the Nyquist frequency", gives=[0] * 8 + [1]),
        case(rng.standard_normal(9), 2.5 * np.hanning(11)[1:-1], says="nine random samples, weights up to 2.5"),
        case(np.array([-0.25]), np.ones(1), says="a single sample", gives=[0.25]),
        case(np.zeros(8), np.ones(8), says="silence"),
        case(np.array([0.5, -0.1]), np.ones(2), says="two samples", gives=[0.2, 0.3]),
        case(0.5 + tone, flat_top, says="a flat-top window, which has negative weights"),
        case(np.array([0.0, 0, 0.8, 0]), np.ones(4), says="a click among zeros", gives=[0.2, 0.4, 0.2]),
        case(1e-6 * rng.standard_normal(12), np.hanning(14)[1:-1], says="samples at −120 dB"),
        case(rng.standard_normal(11), 1e-9 * np.hanning(13)[1:-1], says="weights of 10⁻⁹"),
        case(rng.standard_normal(64), np.hanning(66)[1:-1], says="64 random samples"),
        case(rng.standard_normal(20), 2e-10 * np.hanning(22)[1:-1], says="weights of 2·10⁻¹⁰"),
    ]


def amplitude_spectrum(x, window):
    n_fft = len(x)
    amplitude = 2 * np.abs(np.fft.rfft(x * window)) / np.sum(window)
    amplitude[0] /= 2  # bin 0 has no mirror image
    if n_fft % 2 == 0:
        amplitude[-1] /= 2  # nor has the Nyquist frequency
    return amplitude


def _amplitude_mask(x, window):
    spectrum = np.fft.fft(np.multiply(x, window))
    sides = np.full(len(x) // 2 + 1, 2.0)
    sides[0] = 1
    if len(x) % 2 == 0:
        sides[len(x) // 2] = 1
    return (sides * abs(spectrum[: len(sides)]) / sum(window)).tolist()


def _sides(n_fft):
    return np.where(2 * np.arange(n_fft // 2 + 1) % n_fft == 0, 1, 2)


def _divided_by(size_of):
    """The right amplitudes, but divided by another measure of the window than the sum of its weights."""
    return lambda x, window: _sides(len(x)) * np.abs(np.fft.rfft(x * window)) / size_of(window)


def _rms_of_tones(x, window):
    return amplitude_spectrum(x, window) / np.sqrt(_sides(len(x)))


EXERCISE = Exercise(
    title="amplitudes from a windowed spectrum",
    stars=2,
    kind="implement",
    task=r"""
A tone $0.3\cos(2\pi f t + \varphi)$ should read 0.3 in its bin, whatever the window (weights may be negative, too; their sum is positive) and wherever the bin. Write `amplitude_spectrum(x, window)`: real samples and their weights in, the **amplitude** in each of the $\lfloor N/2\rfloor + 1$ bins out.

A constant of 0.5 should read 0.5 in bin 0. Two bins need their own thought.
""",
    form="N samples and N weights in, N // 2 + 1 amplitudes out.",
    answer="amplitude_spectrum",
    spec=Function(cases=_tones, expected=_amplitude_by_correlation),
    reference=amplitude_spectrum,
    hints=(
        "Without a window, what is |X[k]| for a cosine of amplitude 1 exactly on bin k? Divide by that.",
        "A window replaces N by the sum of its weights.",
        "The factor 2 makes up for the mirror image. Which bins have none?",
    ),
    wrongs=(
        Wrong(
            "a guard below",
            "The sum of the weights is guarded against 0, by a small number that is added or by a floor, and small weights come out "
            "too small. The sum is positive: it needs no guard.",
            (
                *(_divided_by(lambda window, small=10.0**-n: np.sum(window) + small) for n in range(3, 13)),
                *(_divided_by(lambda window, small=10.0**-n: max(np.sum(window), small)) for n in range(3, 9)),
            ),
        ),
        Wrong(
            "constant doubled",
            "Bin 0 reads twice the constant, and the Nyquist frequency twice its tone: "
            "the factor 2 makes up for the mirror image, and these two bins have none.",
            lambda x, window: 2 * np.abs(np.fft.rfft(x * window)) / np.sum(window),
        ),
        Wrong(
            "Nyquist doubled",
            "The Nyquist bin reads twice its tone: for even N it is its own mirror image, as bin 0 is.",
            lambda x, window: (
                np.abs(np.fft.rfft(x * window)) / np.sum(window) * np.where(np.arange(len(x) // 2 + 1) == 0, 1, 2)
            ),
        ),
        Wrong(
            "last bin halved for odd N",
            "For an odd number of samples the last bin is an ordinary one with a mirror image: it needs the factor 2.",
            lambda x, window: (
                np.abs(np.fft.rfft(x * window))
                / np.sum(window)
                * np.where(np.isin(np.arange(len(x) // 2 + 1), (0, len(x) // 2)), 1, 2)
            ),
        ),
        Wrong(
            "divided by N",
            "With a window the tone reads too small: the sum of N samples becomes the sum of the weights, "
            "so divide by window.sum().",
            _divided_by(lambda window: len(window)),
        ),
        Wrong(
            "window not applied",
            "The samples are not multiplied by the window before the transform.",
            lambda x, window: amplitude_spectrum(np.asarray(x), np.ones(len(x))),
        ),
        Wrong(
            "power",
            "These are squares: a tone of half the amplitude reads a quarter. Take the magnitude, not the power.",
            (
                lambda x, window: amplitude_spectrum(x, window) ** 2,
                lambda x, window: _sides(len(x)) * np.abs(np.fft.rfft(x * window)) ** 2 / np.sum(window) ** 2,
            ),
        ),
        Wrong(
            "sum of magnitudes",
            "The magnitudes of the weights are summed. A window may have negative weights, and a constant meets their plain sum.",
            _divided_by(lambda window: np.sum(np.abs(window))),
        ),
        Wrong(
            "energy of the window",
            "It is divided by a size that is made from the squares of the weights: that is right for powers of noise. A tone adds up with the weights themselves.",
            (
                _divided_by(lambda window: np.sqrt(np.sum(window**2))),
                _divided_by(lambda window: np.sqrt(len(window) * np.sum(window**2))),
                _divided_by(lambda window: np.sum(window**2)),
            ),
        ),
        Wrong(
            "largest weight",
            "It is divided by N times the largest weight: a tone adds up with all weights, and most are smaller.",
            _divided_by(lambda window: len(window) * np.max(window)),
        ),
        Wrong(
            "mean of the weights",
            "It is divided by the mean of the weights where their sum is needed: everything is N times too large.",
            _divided_by(np.mean),
        ),
        Wrong(
            "mirror image forgotten",
            "Every bin that has a mirror image reads half: a real tone has its other half there, and it is not among these bins.",
            lambda x, window: np.abs(np.fft.rfft(x * window)) / np.sum(window),
        ),
        Wrong(
            "all halved",
            "Every bin reads half, the constant in bin 0 too: what the mirror image adds has been halved again.",
            lambda x, window: amplitude_spectrum(x, window) / 2,
        ),
        Wrong(
            "RMS",
            "That is the RMS of each tone, its amplitude divided by √2; the amplitude is asked.",
            (lambda x, window: amplitude_spectrum(x, window) / np.sqrt(2), _rms_of_tones),
        ),
        Wrong(
            "constant removed",
            "The mean is taken away first, and bin 0 is to read the constant.",
            lambda x, window: amplitude_spectrum(x - np.mean(x), window),
        ),
        Wrong(
            "window in the divisor only",
            "The window divides and does not multiply: weight the samples before the transform.",
            lambda x, window: amplitude_spectrum(np.asarray(x), np.ones(len(x))) * len(x) / np.sum(window),
        ),
        Wrong(
            "no magnitude",
            "Its values are complex: the amplitude is the magnitude, the angle is the phase.",
            lambda x, window: _sides(len(x)) * np.fft.rfft(x * window) / np.sum(window),
        ),
        Wrong(
            "both halves",
            "All N bins are there; asked are the first N // 2 + 1.",
            (
                lambda x, window: np.abs(np.fft.fft(x * window)) / np.sum(window),
                lambda x, window: 2 * np.abs(np.fft.fft(x * window)) / np.sum(window),
            ),
        ),
        Wrong(
            "constant halved twice",
            "Bin 0 reads half of the constant: it has no mirror image, so it has nothing to make up for and nothing to share.",
            lambda x, window: amplitude_spectrum(x, window) * np.where(np.arange(len(x) // 2 + 1) == 0, 0.5, 1),
        ),
        Wrong(
            "window twice",
            "The window is applied twice: one multiplication is asked, and its weights divide once.",
            (
                lambda x, window: amplitude_spectrum(x * window, window),
                lambda x, window: amplitude_spectrum(x, window**2),
            ),
        ),
        Wrong(
            "real part only",
            "The real part depends on where in its turn the tone starts: the magnitude does not.",
            (
                lambda x, window: _sides(len(x)) * np.abs(np.fft.rfft(x * window).real) / np.sum(window),
                lambda x, window: _sides(len(x)) * np.fft.rfft(x * window).real / np.sum(window),
            ),
        ),
    ),
    after="It is exact for tones on a bin: half way between two bins a tone reads 3.9 dB too low without a window, 1.4 dB under Hann's, and 0.01 dB under a flat-top window, which is made for reading levels.",
    also_right=(_amplitude_mask, lambda x, window: amplitude_spectrum(x, window).astype(np.float32)),
)
