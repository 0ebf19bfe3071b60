import cmath

import numpy as np

from ... import dft as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _inverse_by_definition(spectrum):
    n_fft = len(spectrum)
    turns = [[cmath.exp(2j * cmath.pi * k * n / n_fft) for k in range(n_fft)] for n in range(n_fft)]
    return np.array([sum(spectrum[k] * row[k] for k in range(n_fft)) / n_fft for row in turns])


def _spectra() -> list[Case]:
    rng = np.random.default_rng(3)
    random = rng.standard_normal(6) + 1j * rng.standard_normal(6)
    return [
        case(np.array([4.0, 0, 0, 0]), says="all in bin 0", gives=[1, 1, 1, 1]),
        case(np.array([0, 4.0, 0, 0]), says="all in bin 1 of 4", gives=[1, 1j, -1, -1j]),
        case(random, says="six random complex bins"),
        case(np.fft.fft(rng.standard_normal(7)), says="the spectrum of seven real samples"),
        case(np.array([2.5 + 0j]), says="a single bin", gives=[2.5]),
        case(np.zeros(5, complex), says="silence"),
    ]


def _idft_right(spectrum):
    n = np.arange(len(spectrum))
    return np.exp(2j * np.pi * np.outer(n, n) / len(n)) @ np.asarray(spectrum) / len(n)


EXERCISE = Exercise(
    title="the way back",
    stars=1,
    kind="implement",
    task=r"""
The lecture's `dft` turns the n-th sample back by k·n N-ths of a turn and adds up. Write the way back,

$$x[n] = \frac{1}{N}\sum_{k=0}^{N-1} X[k]\,e^{+2\pi i\,k n / N}$$

for any length $N$, one bin included. A list or an array, of complex numbers, comes out. Loops are welcome; `np.fft` would take the fun out of it.
""",
    form="N complex bins in, N complex samples out.",
    answer="idft",
    spec=Function(cases=_spectra, expected=_inverse_by_definition),
    reference=package.idft,
    hints=(
        "Bin 0 alone must give a constant. Which constant, if X[0] = 4 and N = 4?",
        "It is the DFT with two changes: the direction in which the phasor turns, and a division.",
        "The conjugate of a phasor turns the other way. So conjugate the spectrum, use the DFT, conjugate what comes, "
        "and divide by N.",
    ),
    wrongs=(
        Wrong(
            "1/N missing",
            "It is N times too large: the forward transform added N samples up, so one of the two directions "
            "must divide by N. In this course that is the inverse.",
            lambda spectrum: np.fft.ifft(spectrum) * len(spectrum),
        ),
        Wrong(
            "1/N twice",
            "It is N times too small: the division by N is there twice, perhaps in a loop and again in the return.",
            lambda spectrum: np.fft.ifft(spectrum) / len(spectrum),
        ),
        Wrong(
            "forward phasors",
            "The phasors turn backward, as in the forward transform: the samples come out in reverse order. "
            "On the way back the exponent is +2πi k n / N.",
            lambda spectrum: np.fft.fft(spectrum) / len(spectrum),
        ),
        Wrong(
            "real part only",
            "The imaginary part is dropped. Real samples come only from spectra with X[N − k] = X*[k]; "
            "the inverse of any other spectrum is complex.",
            lambda spectrum: np.fft.ifft(spectrum).real,
        ),
        Wrong(
            "1/√N",
            "Dividing by √N in both directions is another convention (it makes the matrix unitary); "
            "here the forward transform is unscaled and the inverse divides by N.",
            lambda spectrum: np.fft.ifft(spectrum) * np.sqrt(len(spectrum)),
        ),
    ),
    also_right=(_idft_right, lambda spectrum: np.fft.ifft(spectrum).astype(np.complex64).tolist()),
)
