import cmath

import numpy as np

from ... import dft as package
from ...practice.counts import right_count
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
        case(np.array([1, 1j]), says="two bins", gives=[0.5 + 0.5j, 0.5 - 0.5j]),
        case(rng.standard_normal(16) + 1j * rng.standard_normal(16), says="16 random complex bins"),
        case(1e-6 * random[:5], says="five bins at −120 dB"),
    ]


def _idft_right(spectrum):
    n = np.arange(len(spectrum))
    return np.exp(2j * np.pi * np.outer(n, n) / len(n)) @ np.asarray(spectrum) / len(n)


def _turned(turns, part=np.asarray):
    """The sum over phasors that have made ``turns(k, n, N)`` turns."""

    def inverse(spectrum):
        n = np.arange(len(spectrum))
        return part(np.exp(2j * np.pi * turns(n, n[:, np.newaxis], len(n)))) @ np.asarray(spectrum) / len(n)

    return inverse


def _padded(spectrum):
    return np.fft.ifft(spectrum, 1 << (len(spectrum) - 1).bit_length())[: len(spectrum)]


def _without_the_middle(spectrum):
    spectrum = np.array(spectrum, complex)
    if len(spectrum) % 2:
        spectrum[len(spectrum) // 2] = 0
    return np.fft.ifft(spectrum)


def _lower_half(spectrum):
    return np.fft.ifft(np.where(np.arange(len(spectrum)) <= len(spectrum) // 2, spectrum, 0))


def _every_size():
    for n_bins in (49, 61, 98, 103, 107, 122):
        yield case(np.ones(n_bins, complex), says="any number of bins"), (n_bins,)


def _turned_by_arange(turn):
    """The angles of one turn by np.arange, and then their multiples."""

    def inverse(spectrum):
        angles = np.arange(0, turn, turn / len(spectrum)) * 2 * np.pi / turn
        return np.exp(1j * np.outer(angles, np.arange(len(spectrum)))) @ np.asarray(spectrum) / len(spectrum)

    return inverse


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
    spec=Function(cases=_spectra, expected=_inverse_by_definition, properties=(right_count(_every_size),)),
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
            "The phasors turn backward, as in the forward transform: sample 0 stays in its place, and the others come out in reverse order. "
            "On the way back the exponent is +2πi k n / N.",
            (
                lambda spectrum: np.fft.fft(spectrum) / len(spectrum),
                np.fft.fft,
            ),
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
        Wrong(
            "magnitude only",
            "These are magnitudes: the samples have signs, or phases, and these are what the phasors add up to.",
            lambda spectrum: np.abs(np.fft.ifft(spectrum)),
        ),
        Wrong(
            "a bin left out for odd N",
            "It is right for even N. From −N//2 to N//2 − 1 there are N bins only then: for odd N the bin (N − 1)/2 is left out.",
            _without_the_middle,
        ),
        Wrong(
            "power of two",
            "It is right for powers of two only: at other lengths another number of bins is transformed, and they then stand for other frequencies.",
            (_padded, lambda spectrum: np.fft.ifft(spectrum, 1 << (len(spectrum).bit_length() - 1))),
        ),
        Wrong(
            "read backwards",
            "The samples come out backwards, the last one first. The forward transform gives them in reverse order, too, but with sample 0 still in front.",
            lambda spectrum: np.fft.ifft(spectrum)[::-1],
        ),
        Wrong(
            "half of the bins",
            "Only the bins up to N/2 are used. The upper half holds the phasors that turn the other way, and in general something of its own.",
            (_lower_half, lambda spectrum: np.fft.irfft(spectrum, len(spectrum))),
        ),
        Wrong(
            "N − 1 in the exponent",
            "The exponent is divided by N − 1: bin k makes k turns in N samples, and the next sample would be sample 0 again.",
            _turned(lambda k, n, n_fft: k * n / max(n_fft - 1, 1)),
        ),
        Wrong(
            "bins counted from 1",
            "The bins are counted from 1: X[0] is the constant, and its phasor does not turn.",
            _turned(lambda k, n, n_fft: (k + 1) * n / n_fft),
        ),
        Wrong(
            "samples counted from 1",
            "The samples are counted from 1: at n = 0 all phasors stand at 1.",
            _turned(lambda k, n, n_fft: k * (n + 1) / n_fft),
        ),
        Wrong(
            "half the angle",
            "The phasors turn half as far as they should: k·n N-ths of a turn, and a turn is 2π.",
            _turned(lambda k, n, n_fft: k * n / n_fft / 2),
        ),
        Wrong(
            "cosine for the phasor",
            "The phasor has lost its imaginary part: e^(iφ) is cos φ + i sin φ, and both count.",
            _turned(lambda k, n, n_fft: k * n / n_fft, np.real),
        ),
        Wrong(
            "i missing",
            "Without the i in the exponent nothing turns: the terms grow.",
            lambda spectrum: (
                np.exp(2 * np.pi * np.outer(*[np.arange(len(spectrum))] * 2) / len(spectrum)) @ spectrum / len(spectrum)
            ),
        ),
        Wrong(
            "real part of the spectrum",
            "The imaginary parts of the bins are dropped on the way in: they hold the sines.",
            lambda spectrum: np.fft.ifft(np.real(spectrum)),
        ),
        Wrong(
            "shifted by half",
            "One half is exchanged with the other (`fftshift`): here bins and samples are counted from 0.",
            (
                lambda spectrum: np.fft.fftshift(np.fft.ifft(spectrum)),
                lambda spectrum: np.fft.ifft(np.fft.ifftshift(spectrum)),
                lambda spectrum: np.fft.ifft(np.fft.fftshift(spectrum)),
            ),
        ),
        Wrong(
            "spectrum conjugated",
            "One conjugate is taken, and it takes two, before and after, to turn the forward transform into the inverse. The inverse itself needs none.",
            lambda spectrum: np.fft.ifft(np.conj(spectrum)),
        ),
        Wrong(
            "bin 0 left out",
            "Bin 0 is left out, and with it the mean of the samples.",
            lambda spectrum: np.fft.ifft(np.where(np.arange(len(spectrum)) == 0, 0, spectrum)),
        ),
        Wrong(
            "imaginary part only",
            "Only the imaginary part comes back: the samples are complex, and for the spectrum of a real sound that part is 0.",
            lambda spectrum: np.fft.ifft(spectrum).imag,
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one value too many, and with it "
            "the result a sample. Count the samples in whole numbers, and multiply.",
            (_turned_by_arange(2 * np.pi), _turned_by_arange(1.0)),
        ),
    ),
    after="Two nested loops take N² multiplications, 1.9 billion for one second at 44.1 kHz: that is what the fast transform was needed for.",
    also_right=(_idft_right, lambda spectrum: np.fft.ifft(spectrum).astype(np.complex64).tolist()),
)
