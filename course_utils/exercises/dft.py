"""Between the samples and their spectrum.

Everything here can be done with paper, numpy and the lecture; nothing needs a network.
"""

import cmath

import numpy as np

from .. import dft as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------------- the inverse


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


IDFT = Exercise(
    name="dft/idft",
    title="the way back",
    stars=1,
    kind="implement",
    task=r"""
The lecture's `dft` turns the n-th sample back by k·n N-ths of a turn and adds up. Write the way back,

$$x[n] = \frac{1}{N}\sum_{k=0}^{N-1} X[k]\,e^{+2\pi i\,k n / N}$$

for any length $N$, one bin included. A list or an array, of complex numbers, comes out. Loops are welcome; `np.fft` would take the fun out of it.
""",
    start='''def idft(spectrum):
    """N complex bins in, N complex samples out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
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

# -------------------------------------------------------------------------------------- the mirror


def _mirror_truth():
    n = np.arange(1200)
    magnitude = np.abs(np.fft.fft(np.cos(2 * np.pi * 3000 * n / 16_000)))
    return 601 + int(magnitude[601:].argmax())  # measured on such a tone


def mirror_bin():
    n_fft, sample_rate, frequency_hz = 1200, 16_000, 3000
    k = frequency_hz * n_fft / sample_rate  # turns in the piece
    return n_fft - k  # X[N − k] = X*[k]


MIRROR = Exercise(
    name="dft/mirror_bin",
    title="where the mirror image stands",
    stars=1,
    kind="predict",
    task="""
A cosine of 3,000 Hz is sampled at 16 kHz for 1,200 samples. Two of the 1,200 bins of its DFT are not zero. One is in the lower half. **Which is the number of the other?** (Bins are counted from 0.)
""",
    start="""### BEGIN SOLUTION
mirror_bin = ...
### END SOLUTION""",
    answer="mirror_bin",
    spec=Value(truth=_mirror_truth, unit="bins", absolute=0.01),
    reference=mirror_bin,
    hints=(
        "How many turns does the tone make in the 1,200 samples?",
        "Bins are f_s/N apart: 13.33 Hz. Divide 3,000 by that for the lower one.",
        "For a real signal X[N − k] is the conjugate of X[k].",
    ),
    wrongs=(
        Wrong("the lower bin", "That is the bin in the lower half; the other is its mirror image.", lambda: 225),
        Wrong(
            "mirrored at N − 1",
            "One too low: bin 0 is its own mirror image, so bin k faces bin N − k, not N − 1 − k.",
            lambda: 974,
        ),
        Wrong(
            "mirrored at N/2",
            "That counts back from bin N/2 = 600; the mirror image of k is N − k.",
            lambda: 600 - 225,
        ),
        Wrong(
            "bins of the half",
            "That divides the sampling rate by the 601 bins that are kept of a real signal; "
            "the bins are f_s/N apart, with N = 1,200.",
            lambda: 1200 - 3000 / (16_000 / 601),
        ),
    ),
    also_right=(lambda: np.float32(975), lambda: 1200 * (1 - 3 / 16)),
)

# ------------------------------------------------------------------------------ frequencies of bins


def _frequencies_by_counting(n_fft, *, sample_rate):
    found, k = [], 0
    while 2 * k <= n_fft:  # up to the Nyquist frequency, and no further
        found.append(sample_rate * k / n_fft)
        k += 1
    return np.array(found)


def _lengths() -> list[Case]:
    return [
        case(4, sample_rate=8, says="four samples at 8 Hz", gives=[0, 2, 4]),
        case(5, sample_rate=10, says="five samples at 10 Hz", gives=[0, 2, 4]),
        case(512, sample_rate=16_000, says="512 samples at 16 kHz"),
        case(441, sample_rate=44_100, says="an odd number of samples at 44.1 kHz"),
        case(1, sample_rate=8000, says="a single sample", gives=[0]),
    ]


FREQUENCIES = Exercise(
    name="dft/frequencies_hz",
    title="frequencies of the bins, mended",
    stars=1,
    kind="repair",
    task="""
The function below stands in more than one tutorial. It labels the frequency axis of a one-sided spectrum, its picture looks right, and the tone of lecture 03's engine comes out at nearly twice its frequency.

**Mend it**, for even *and* odd lengths.
""",
    given='''def published_frequencies_hz(n_fft, *, sample_rate):
    """As published: the frequency of each bin of the one-sided spectrum, in Hz."""
    n_bins = n_fft // 2 + 1
    return [k * sample_rate / n_bins for k in range(n_bins)]


print(published_frequencies_hz(4, sample_rate=8), "Hz; the rate is 8 Hz, the Nyquist frequency 4 Hz")''',
    start='''def frequencies_hz(n_fft, *, sample_rate):
    """The frequency of bin 0, 1, … n_fft // 2, in Hz."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="frequencies_hz",
    spec=Function(cases=_lengths, expected=_frequencies_by_counting),
    reference=package.frequencies_hz,
    hints=(
        "Bin k makes k whole turns. In which time?",
        "The piece lasts N / f_s seconds; k turns in that time are k f_s / N per second.",
        "The number of bins that are kept is n_fft // 2 + 1; the number that the rate is divided by is n_fft.",
    ),
    wrongs=(
        Wrong(
            "rate over the kept bins",
            "The rate is still divided by the bins that are kept. They reach only to half the rate: "
            "divide by the number of samples.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (n_fft // 2 + 1),
        ),
        Wrong(
            "linspace to Nyquist",
            "It is right for even lengths only: with an odd number of samples no bin lies on the Nyquist frequency, "
            "so a linspace that ends there stretches the axis.",
            lambda n_fft, *, sample_rate: np.linspace(0, sample_rate / 2, n_fft // 2 + 1),
        ),
        Wrong(
            "both halves",
            "All N bins are there; the one-sided spectrum keeps the first N // 2 + 1.",
            lambda n_fft, *, sample_rate: np.arange(n_fft) * sample_rate / n_fft,
        ),
        Wrong(
            "Nyquist missing",
            "The last bin is missing: for even N the Nyquist frequency is a bin of its own.",
            lambda n_fft, *, sample_rate: np.arange(max(n_fft // 2, 1)) * sample_rate / n_fft,
        ),
        Wrong(
            "N − 1",
            "The rate is divided by N − 1: a piece of N samples lasts N / f_s seconds, the last sample's own time included.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / max(n_fft - 1, 1),
        ),
    ),
    also_right=(
        lambda n_fft, *, sample_rate: [k * sample_rate / n_fft for k in range(n_fft // 2 + 1)],
        lambda n_fft, *, sample_rate: np.fft.rfftfreq(n_fft, 1 / sample_rate).astype(np.float32),
    ),
)

# --------------------------------------------------------------------------------- amplitude of tones


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
    tone = 0.3 * np.cos(2 * np.pi * 3 * n / 16 + 0.7)
    return [
        case(tone, np.ones(16), says="0.3 of a cosine in bin 3, no window", gives=[0, 0, 0, 0.3, 0, 0, 0, 0, 0]),
        case(0.5 + tone, hann, says="the same and 0.5 of a constant, Hann window"),
        case(np.cos(np.pi * n), np.ones(16), says="a tone at the Nyquist frequency", gives=[0] * 8 + [1]),
        case(rng.standard_normal(9), np.hanning(11)[1:-1], says="nine random samples"),
        case(np.array([-0.25]), np.ones(1), says="a single sample", gives=[0.25]),
        case(np.zeros(8), np.ones(8), says="silence"),
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


AMPLITUDE = Exercise(
    name="dft/amplitude_spectrum",
    title="amplitudes from a windowed spectrum",
    stars=2,
    kind="implement",
    task=r"""
A tone $0.3\cos(2\pi f t + \varphi)$ should read 0.3 in its bin, whatever the window and wherever the bin. Write `amplitude_spectrum(x, window)`: real samples and their weights in, the **amplitude** in each of the $\lfloor N/2\rfloor + 1$ bins out.

A constant of 0.5 should read 0.5 in bin 0. Two bins need their own thought.
""",
    start='''def amplitude_spectrum(x, window):
    """N samples and N weights in, N // 2 + 1 amplitudes out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
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
            lambda x, window: amplitude_spectrum(x, window) * np.sum(window) / len(x),
        ),
        Wrong(
            "window not applied",
            "The samples are not multiplied by the window before the transform.",
            lambda x, window: amplitude_spectrum(np.asarray(x), np.ones(len(x))),
        ),
        Wrong(
            "power",
            "These are squares: an amplitude of 0.3 reads 0.09. Take the magnitude, not the power.",
            lambda x, window: amplitude_spectrum(x, window) ** 2,
        ),
    ),
    also_right=(_amplitude_mask, lambda x, window: amplitude_spectrum(x, window).astype(np.float32)),
)

# ------------------------------------------------------------------------------------------ Goertzel


def _one_frequency(x, frequency_hz, *, sample_rate):
    turned = np.exp(-2j * np.pi * frequency_hz / sample_rate * np.arange(np.shape(x)[-1]))
    return np.sum(np.asarray(x) * turned, axis=-1)


def _notes() -> list[Case]:
    rng = np.random.default_rng(7)
    note = np.cos(2 * np.pi * 440 * np.arange(200) / 8000 + 1)
    return [
        case(np.array([1.0, 0, 0, 0]), 2.0, sample_rate=8, says="a click at the first sample", gives=1),
        case(np.array([0.0, 1, 0, 0]), 2.0, sample_rate=8, says="a click at the second sample", gives=-1j),
        case(note, 440, sample_rate=8000, says="a note on a bin"),
        case(note, 659.26, sample_rate=8000, says="a frequency between two bins"),
        case(rng.standard_normal((2, 3, 50)), 1100, sample_rate=8000, says="a batch of two by three signals"),
        case(rng.standard_normal(1), 100, sample_rate=8000, says="a single sample"),
    ]


def _goertzel_single(x, frequency_hz, *, sample_rate):
    omega = 2 * np.pi * frequency_hz / sample_rate
    before, previous = 0 * x[..., 0], 0 * x[..., 0]
    for n in range(x.shape[-1]):
        before, previous = previous, x[..., n] + 2 * np.cos(omega) * previous - before
    return previous, before, omega, x.shape[-1]


def _goertzel_without_last_turn(x, frequency_hz, *, sample_rate):
    previous, before, omega, _ = _goertzel_single(x, frequency_hz, sample_rate=sample_rate)
    return previous - np.exp(-1j * omega) * before


def _goertzel_plus(x, frequency_hz, *, sample_rate):
    previous, before, omega, n_fft = _goertzel_single(x, frequency_hz, sample_rate=sample_rate)
    return np.exp(-1j * omega * (n_fft - 1)) * (previous - np.exp(1j * omega) * before)


def _goertzel_first_signal(x, frequency_hz, *, sample_rate):
    return _one_frequency(np.reshape(x, (-1, np.shape(x)[-1]))[0], frequency_hz, sample_rate=sample_rate)


GOERTZEL = Exercise(
    name="dft/goertzel",
    title="one frequency without the others",
    stars=2,
    kind="implement",
    task=r"""
A telephone exchange listens for seven tones, not for a spectrum. Write Goertzel's resonator,

$$s[n] = x[n] + 2\cos(\omega)\,s[n-1] - s[n-2], \qquad \omega = 2\pi f / f_s$$

and from its last two values

$$X(f) = e^{-i\omega(N-1)}\left(s[N-1] - e^{-i\omega}\,s[N-2]\right)$$

for **any** frequency, and for signals `(…, time)`: the leading axes stay.
""",
    start='''def goertzel(x, frequency_hz, *, sample_rate):
    """Signals (…, time) in, one complex number for each of them out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="goertzel",
    spec=Function(cases=_notes, expected=_one_frequency),
    reference=package.goertzel,
    hints=(
        "Two variables are enough: the last value of s and the one before. Both begin at 0.",
        "Loop over the last axis: `for n in range(x.shape[-1])`, and use `x[..., n]`, which is a number for one "
        "signal and an array for a batch.",
        "After the loop the two variables hold s[N−1] and s[N−2]; the factor in front only turns the result.",
    ),
    wrongs=(
        Wrong(
            "last turn missing",
            "The magnitude is right, the phase is not: the factor e^(−iω(N−1)) in front is missing.",
            _goertzel_without_last_turn,
        ),
        Wrong(
            "magnitude only",
            "It returns the magnitude; X(f) is complex, and its angle says where the tone starts.",
            lambda x, frequency_hz, *, sample_rate: abs(_one_frequency(x, frequency_hz, sample_rate=sample_rate)),
        ),
        Wrong(
            "nearest bin",
            "Frequencies between two bins are rounded to the nearest one: ω is 2π f / f_s, without k.",
            lambda x, frequency_hz, *, sample_rate: _one_frequency(
                x,
                round(frequency_hz * np.shape(x)[-1] / sample_rate) * sample_rate / np.shape(x)[-1],
                sample_rate=sample_rate,
            ),
        ),
        Wrong(
            "last phasor forward",
            "s[N−2] is turned forward, by e^(+iω): it was one sample earlier, so it is turned back, by e^(−iω).",
            _goertzel_plus,
        ),
        Wrong(
            "first signal only",
            "Of a batch only the first signal is looked at: index with x[..., n], so that the leading axes stay.",
            _goertzel_first_signal,
        ),
    ),
    also_right=(
        _one_frequency,
        lambda x, frequency_hz, *, sample_rate: (
            np.asarray(x) @ np.exp(-2j * np.pi * frequency_hz * np.arange(np.shape(x)[-1]) / sample_rate)
        ),
    ),
)

# ---------------------------------------------------------------------------------------- convolution


def _convolution_by_definition(x, h):
    x = np.asarray(x)
    y = np.zeros((*x.shape[:-1], x.shape[-1] + len(h) - 1))
    for n in range(x.shape[-1]):
        for m, weight in enumerate(h):
            y[..., n + m] += x[..., n] * weight
    return y


def _pairs() -> list[Case]:
    rng = np.random.default_rng(11)
    return [
        case(np.array([1.0, 2, 3]), np.array([1.0, 1]), says="three samples, two weights", gives=[1, 3, 5, 3]),
        case(np.array([1.0, 0, 0, 0]), np.array([3.0, 2, 1]), says="a click", gives=[3, 2, 1, 0, 0, 0]),
        case(rng.standard_normal(20), rng.standard_normal(13), says="20 and 13 random samples"),
        case(rng.standard_normal(5), rng.standard_normal(13), says="a response longer than the signal"),
        case(np.array([2.0]), np.array([-1.5]), says="one sample and one weight", gives=[-3]),
        case(rng.standard_normal((2, 3, 8)), rng.standard_normal(4), says="a batch of two by three signals"),
    ]


def _each(convolve_one):
    """The same for every signal of a batch."""
    return lambda x, h: np.apply_along_axis(lambda signal: convolve_one(signal, np.asarray(h)), -1, x)


def _padded_to(n_fft_of):
    """Convolution with a period of ``n_fft_of(x, h)`` samples: what lies beyond it wraps."""

    def convolve(x, h):
        n_fft = n_fft_of(x, h)
        wrapped = np.zeros(n_fft)
        for n, value in enumerate(np.convolve(x, h)):
            wrapped[n % n_fft] += value
        return np.pad(wrapped, (0, max(len(x) + len(h) - 1 - n_fft, 0)))

    return _each(convolve)


def _by_numpy(x, h):
    n_full = np.shape(x)[-1] + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, 64) * np.fft.rfft(h, 64), 64)[..., :n_full].astype(np.float32)


CONVOLVE = Exercise(
    name="dft/convolve",
    title="the end that came back at the beginning",
    stars=2,
    kind="repair",
    task="""
A reverberation by FFT. The words are in the room, and so is something else: before the first word there is a murmur. **Mend** the function, so that it returns the full convolution: `x.shape[-1] + len(h) − 1` samples for signals `(…, time)`, a batch of them included.
""",
    given='''import numpy as np

import course_utils as cu


def published_convolve(x, h):
    """As published: multiply the spectra, go back."""
    n_fft = max(len(x), len(h))
    return np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(h, n_fft), n_fft)


words, sample_rate = cu.audio.load("speech/sentence_gb_m1")
words = words[: 2 * sample_rate]
noise = np.random.default_rng(0).standard_normal(sample_rate)
room = noise * np.exp(-np.arange(sample_rate) / 4000) / 40
cu.audio.play(published_convolve(words, room), sample_rate, caption="What is heard before the voice?")''',
    start='''def convolve(x, h):
    """Signals (…, n) and a response (m,) in, signals (…, n + m - 1) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="convolve",
    spec=Function(cases=_pairs, expected=_convolution_by_definition),
    reference=package.convolve,
    hints=(
        "The DFT takes a piece for one period of something that repeats. Where does the echo of the last word go?",
        "Give the echo room: lengthen both with zeros before the transform. By how many?",
        "n_fft must be at least len(x) + len(h) − 1; irfft needs to be told the same n_fft.",
    ),
    wrongs=(
        Wrong(
            "still circular",
            "It still wraps: the product of two spectra of the signal's length is the circular convolution. "
            "Pad both to len(x) + len(h) − 1 first.",
            lambda x, h: _padded_to(lambda x, h: max(len(x), len(h)))(x, h)[..., : max(np.shape(x)[-1], len(h))],
        ),
        Wrong(
            "one zero short",
            "Nearly: the last sample wraps onto the first. The full length is len(x) + len(h) − 1, and one less is too short.",
            _padded_to(lambda x, h: max(len(x) + len(h) - 2, 1)),
        ),
        Wrong(
            "one zero long",
            "One sample too many: n samples and m weights overlap in n + m − 1 places.",
            _each(lambda x, h: np.append(np.convolve(x, h), 0)),
        ),
        Wrong(
            "tail cut off",
            "The echo after the last sample is cut off: the full convolution is longer than the signal.",
            _each(lambda x, h: np.convolve(x, h)[: len(x)]),
        ),
        Wrong(
            "correlation",
            "This slides h along without turning it round: that is correlation. "
            "(A conjugate on one of the spectra does it.)",
            _each(lambda x, h: np.convolve(x, h[::-1])),
        ),
    ),
    also_right=(_each(lambda x, h: np.convolve(x, h)), _by_numpy),
)

# ---------------------------------------------------------------------------------- reading a picture


def unknown_piece():
    """A tone of 1,000 Hz at 8 kHz under a Hann window, and its magnitude in dB around it."""
    n_piece, sample_rate = 640, 8000
    n = np.arange(n_piece)
    piece = np.cos(2 * np.pi * 1000 * n / sample_rate) * package.window("hann", n_piece)
    frequency_hz = np.arange(0, 4000, 0.5)
    n_padded = int(sample_rate / 0.5)
    level = np.abs(np.fft.rfft(piece, n_padded))[: len(frequency_hz)]
    return frequency_hz, 20 * np.log10(np.maximum(level / level.max(), 1e-5))


def _piece_truth():
    """From the curve alone: Hann's main lobe is four bins wide between its zeros."""
    frequency_hz, level_db = unknown_piece()
    top = int(level_db.argmax())
    below, above = top, top
    while level_db[below - 1] < level_db[below]:
        below -= 1
    while level_db[above + 1] < level_db[above]:
        above += 1
    return 4 * 8000 / (frequency_hz[above] - frequency_hz[below])


def n_samples():
    lower_zero_hz, upper_zero_hz = 975, 1025  # read from the picture
    spacing_hz = (upper_zero_hz - lower_zero_hz) / 4  # Hann: four bins from zero to zero
    return 8000 / spacing_hz


READ = Exercise(
    name="dft/read_length",
    title="how long was the piece?",
    stars=2,
    kind="read",
    task="""
One tone, a Hann window, and zeros appended so that the curve is smooth. The sampling rate was 8 kHz. The picture betrays how many samples were looked at before the zeros were added. **How many?** (Within 8 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.dft import unknown_piece

frequency_hz, level_db = unknown_piece()
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(frequency_hz, level_db)
picture.axes[0].set(xlim=(900, 1100), ylim=(-90, 3), xticks=range(900, 1101, 25))
picture.axes[0].set(xlabel="frequency in Hz", ylabel="dB re the peak")
picture.show("A hump around 1000 Hz meets the bottom of the picture at 975 Hz and at 1025 Hz; "
             "outside, side lobes touch the bottom every 12.5 Hz.")""",
    start="""### BEGIN SOLUTION
n_samples = ...
### END SOLUTION""",
    answer="n_samples",
    spec=Value(truth=_piece_truth, unit="samples", tolerance=0.08),
    reference=n_samples,
    hints=(
        "Where does the curve touch the bottom for the first time on each side of the peak?",
        "How many bins wide is the main lobe of a Hann window, from zero to zero? (Section 7 of the lecture.)",
        "Four bins are 50 Hz. A bin is f_s/N.",
    ),
    wrongs=(
        Wrong(
            "rectangular window",
            "That would be right without a window, whose main lobe is two bins wide; Hann's is four.",
            lambda: 2 * 8000 / 50,
        ),
        Wrong(
            "half the lobe", "25 Hz is half the main lobe: it is four bins from zero to zero.", lambda: 4 * 8000 / 25
        ),
        Wrong("one bin", "The main lobe is not one bin wide: Hann's is four, from zero to zero.", lambda: 8000 / 50),
        Wrong(
            "spacing of the drawn points",
            "That is the length with the zeros: they make the curve smooth and leave the lobe as wide as it was.",
            lambda: 16_000,
        ),
    ),
    also_right=(lambda: 640, lambda: 8000 / 12.5),
)

# ------------------------------------------------------------------------------------------ listening


def three_rooms():
    """One sentence in one room, by three ways of which one is right: A, B, C and the sampling rate."""
    from .. import audio

    words, sample_rate = audio.load("speech/sentence_rp_f4", dtype=np.float64)
    words = np.pad(words[: int(1.6 * sample_rate)], (int(0.4 * sample_rate), 0))
    n = np.arange(sample_rate // 2)
    room = np.random.default_rng(4).standard_normal(len(n)) * np.exp(-n / (0.08 * sample_rate))
    full = package.convolve(words, room / np.sqrt((room**2).sum()))[: len(words)]
    n_fft = len(words)
    circular = np.fft.irfft(np.fft.rfft(words) * np.fft.rfft(room / np.sqrt((room**2).sum()), n_fft), n_fft)
    turned = np.fft.irfft(np.fft.rfft(full).conj(), n_fft)
    return [0.6 * version / np.abs(version).max() for version in (circular, turned, full)], sample_rate


def _rooms_truth():
    """By how the level runs: before the first word there is silence, a tail, or the last word backwards."""
    versions, sample_rate = three_rooms()
    found = []
    for version in versions:
        before, after = np.sum(version[: sample_rate // 4] ** 2), np.sum(version[-sample_rate // 4 :] ** 2)
        silent = before < 1e-6 * np.sum(version**2)
        found.append("right" if silent else "wrapped" if after > before else "reversed")
    return found


def rooms():
    a, b, c = "wrapped", "reversed", "right"
    return [a, b, c]


def _rooms_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="dft/three_rooms",
    title="which spectrum was mishandled?",
    stars=1,
    kind="listen",
    task="""
A sentence that begins after 0.4 s of silence, in a small room, computed three times with spectra. One is **right**. In one the spectra were too short, and the end **wrapped** onto the beginning. In one the spectrum was conjugated by mistake, and the sound came out **reversed**. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.dft import three_rooms

versions, sample_rate = three_rooms()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B and C, half a second apart. What starts before the voice?")""",
    start="""### BEGIN SOLUTION
rooms = ...  # three of "right", "wrapped", "reversed"
### END SOLUTION""",
    answer="rooms",
    spec=Value(truth=_rooms_truth, options=("right", "wrapped", "reversed")),
    reference=rooms,
    hints=(
        "Listen to the first half second of each. Where there is silence, nothing has wrapped.",
        "In a reversed sound an echo grows louder and then stops.",
        "One of the three begins with the reverberation of its own last word.",
    ),
    wrongs=(
        Wrong(
            "A taken for right",
            "A does not begin with silence: what is heard there is the room's answer to the last word, wrapped round.",
            _rooms_as("right", "reversed", "wrapped"),
        ),
        Wrong(
            "A and B exchanged",
            "A is not reversed, its words can be understood; and in B every echo comes before its sound.",
            _rooms_as("reversed", "wrapped", "right"),
        ),
        Wrong(
            "B taken for right",
            "B cannot be right: its words run backwards. A conjugate in the spectrum reverses time.",
            _rooms_as("wrapped", "right", "reversed"),
        ),
        Wrong(
            "all shifted",
            "Start with the one that begins with silence: that one is right.",
            _rooms_as("reversed", "right", "wrapped"),
        ),
    ),
    also_right=(lambda: ("Wrapped", "Reversed", "Right"), lambda: np.array(["wrapped", "reversed", "right"])),
)

# --------------------------------------------------------------------------------------------- design

N_DESIGN = 64


N_POINTS = 512  # of the response, in each bin


def _response_db(weights):
    """The window's spectrum in dB re its value at 0, up to half the rate."""
    level = np.abs(np.fft.rfft(weights, N_POINTS * N_DESIGN)) / abs(np.sum(weights))
    return 20 * np.log10(np.maximum(level, 1e-10))


def _main_lobe_bins(weights):
    """How far from 0 the response first falls below −70 dB, both sides together."""
    below = np.flatnonzero(_response_db(np.asarray(weights, float)) < -70)
    return 2 * below[0] / N_POINTS if len(below) else np.inf


def _not_a_window(weights):
    weights = np.asarray(weights)
    if weights.shape != (N_DESIGN,) or weights.dtype.kind not in "iuf":
        return f"{N_DESIGN} real weights are asked, got shape {weights.shape} and dtype {weights.dtype}."
    return None if np.isfinite(weights).all() else "Some of the weights are NaN or infinite."


def _no_sum(weights):
    total, size = np.sum(weights), np.sum(np.abs(weights))
    return None if abs(total) > 1e-3 * size else "The weights add up to 0: a constant signal would not be seen at all."


def _not_symmetric(weights):
    """Within 1 %: the periodic form of a window counts as symmetric about its centre."""
    weights = np.asarray(weights, float)
    mirrored, periodic = weights[::-1], np.roll(weights[::-1], 1)
    worst = min(np.abs(weights - mirrored).max(), np.abs(weights - periodic)[1:].max())
    if worst > 0.01 * np.abs(weights).max():
        return "It is not symmetric: tones would be shifted in phase by an amount that depends on their frequency."
    return None


def _high_side_lobes(weights):
    response_db = _response_db(np.asarray(weights, float))
    first_rise = np.flatnonzero(np.diff(response_db) > 0)
    highest_db = response_db[first_rise[0] :].max() if len(first_rise) else -np.inf
    if highest_db > -70:
        return f"Its highest side lobe stands at {highest_db:.1f} dB; below −70 dB is asked."
    return None


def _wide_lobe(weights):
    width = _main_lobe_bins(weights)
    if width > 7:
        return f"Its main lobe is {width:.2f} bins wide at −70 dB: a window with at most 7 exists, and is asked."
    return None


def low_window():
    """Dolph–Chebyshev: all side lobes equal, so none of them wastes width (Dolph 1946)."""
    order, attenuation = N_DESIGN - 1, 10 ** (70.02 / 20)
    beta = np.cosh(np.arccosh(attenuation) / order)
    x = beta * np.cos(np.pi * np.arange(N_DESIGN) / N_DESIGN)
    outside = np.abs(x) > 1
    polynomial = np.cos(order * np.arccos(np.where(outside, 0, x)))
    polynomial[outside] = np.sign(x[outside]) ** order * np.cosh(order * np.arccosh(np.abs(x[outside])))
    spectrum = polynomial * np.exp(1j * np.pi * np.arange(N_DESIGN) / N_DESIGN)
    weights = np.roll(np.fft.fft(spectrum).real, N_DESIGN // 2 - 1)
    return weights / weights.max()


def _scipy_chebyshev():
    from scipy.signal.windows import chebwin

    return chebwin(N_DESIGN, at=70.1)


DESIGN = Exercise(
    name="dft/low_window",
    title="a window with side lobes below −70 dB",
    stars=3,
    kind="design",
    task="""
A tone, and 68 dB below it another a few bins away. Design 64 weights whose side lobes **all** stay below −70 dB re the main lobe's peak, with a main lobe as **narrow** as you can make it: its width is measured where the response falls below −70 dB, and 7 bins are the most that is accepted. Real and symmetric weights, please.

None of the windows of the lecture will do as it is. One of them has a parameter.
""",
    given='''import numpy as np

import course_utils as cu


def widths(weights):
    """Its highest side lobe in dB, and its width at -70 dB in bins."""
    offsets = np.arange(0, len(weights) / 2, 1 / 64)
    level_db = cu.dft.leakage_db(weights, offsets)
    rise = np.flatnonzero(np.diff(level_db) > 0)[0]
    below = np.flatnonzero(level_db < -70)
    return level_db[rise:].max(), 2 * offsets[below[0]] if len(below) else np.inf


for name in cu.dft.WINDOWS:
    side_db, width = widths(cu.dft.window(name, 64, periodic=False))
    print(f"{name:12s} side lobes {side_db:6.1f} dB, {width:5.2f} bins wide at -70 dB")''',
    start="""### BEGIN SOLUTION
low_window = ...
### END SOLUTION""",
    answer="low_window",
    spec=Design(
        properties=(
            Property("64 real weights", _not_a_window),
            Property("not symmetric", _not_symmetric),
            Property("weights that cancel", _no_sum),
            Property("side lobes too high", _high_side_lobes),
            Property("main lobe too wide", _wide_lobe),
        ),
        score=_main_lobe_bins,
        unit="bins",
        best=2 * N_DESIGN / np.pi * np.arccos(1 / np.cosh(np.arccosh(10**3.5) / (N_DESIGN - 1))),  # Dolph 1946
    ),
    reference=low_window,
    hints=(
        "Kaiser's beta trades side lobes for width. How large must it be for −70 dB?",
        "`cu.dft.window('kaiser', 64, periodic=False, beta=…)` does it from about 9.5 on. Is every one of its side "
        "lobes as high as it may be?",
        "A side lobe that is lower than it need be costs width. The window whose side lobes are all equal is "
        "Dolph–Chebyshev's: `scipy.signal.windows.chebwin`.",
    ),
    wrongs=(
        Wrong("side lobes too high", "", lambda: package.window("blackman", N_DESIGN)),
        Wrong("main lobe too wide", "", lambda: package.window("kaiser", N_DESIGN, periodic=False, beta=14)),
        Wrong("64 real weights", "", lambda: package.window("kaiser", 65, periodic=False, beta=10)),
        Wrong("not symmetric", "", lambda: package.window("kaiser", 2 * N_DESIGN, periodic=False, beta=10)[N_DESIGN:]),
        Wrong("weights that cancel", "", lambda: np.cos(np.pi * np.arange(N_DESIGN))),
    ),
    also_right=(_scipy_chebyshev, lambda: package.window("kaiser", N_DESIGN, periodic=False, beta=9.9)),
)

EXERCISES = (IDFT, MIRROR, FREQUENCIES, LISTEN, AMPLITUDE, GOERTZEL, CONVOLVE, READ, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _leakage(window, offset_bins):
    """The highest leakage of a window near a distance in bins, dB re the peak."""
    offsets = np.arange(offset_bins - 2, offset_bins + 2, 1 / 16)
    return package.leakage_db(package.window(window, 1024), offsets).max()


def _proof_quarter_period():
    t_s = np.arange(100) / 100
    delayed = np.cos(2 * np.pi * 3 * (t_s - 1 / 12))
    assert abs(np.sum(delayed * np.cos(2 * np.pi * 3 * t_s))) < 1e-9


def _proof_five_turns():
    spectrum = np.fft.fft(np.cos(2 * np.pi * 5 * np.arange(32) / 32))
    assert np.allclose(spectrum[[5, 27]], 16) and np.count_nonzero(np.abs(spectrum) > 1e-9) == 2


def _proof_half_bin():
    level = np.abs(np.fft.rfft(np.cos(2 * np.pi * 16.5 * np.arange(256) / 256)))
    assert len(level) == 129 and level.min() > level.max() / 1000


def _proof_weak_tone():
    for window, shown in (("rectangular", False), ("hamming", False), ("hann", True), ("kaiser", True)):
        assert (_leakage(window, 20) < -70) == shown


def _proof_bin_125():
    assert package.frequencies_hz(1000, sample_rate=8000)[125] == 1000
    assert round(125 * 8000 / 501) == 1996


def _proof_bin_40():
    assert np.isclose(abs(np.fft.fft(np.cos(2 * np.pi * 40 * np.arange(512) / 512))[40]), 256)


def _proof_lengths():
    full = 1000 + 100 - 1
    assert full == 1099 and full - 1024 == 75


def _proof_hum():
    assert _leakage("hann", 35) < -90 and _leakage("kaiser", 35) < -90
    assert -42 < _leakage("rectangular", 35) < -38 and -59 < _leakage("hamming", 35) < -55


QUESTIONS = (
    Question(
        name="quarter_period",
        kind="predict",
        text="How much of the 50 does the correlation with the 3 Hz cosine still find?",
        options=(
            wrong("all of it", "The frequency is the same, but products of both signs now balance."),
            wrong("about 35", "That is cos 45° of 50: it holds for a delay of an eighth of a period."),
            right("none", "A cosine that is a quarter of a period late is a sine, and the two never move together."),
        ),
        proof=_proof_quarter_period,
    ),
    Question(
        name="walk",
        kind="predict",
        text="How many times farther does the walk of C4 get in 0.2 s?",
        options=(
            wrong("about 3 times", "D4's steps cancel better than that: they turn through all directions many times."),
            right("about 30 times", "C4's steps line up for 0.2 s; those of D4 walk in circles of 1/30 of a second."),
            wrong(
                "about 300 times",
                "In 0.2 s the two phasors drift apart by only six turns; the cancelling is not that complete.",
            ),
        ),
    ),
    Question(
        name="five_turns",
        kind="predict",
        text="How many of the 32 numbers differ from zero, and how large are they?",
        options=(
            wrong("one, of 32", "A cosine is two phasors, and each gets half."),
            wrong("one, of 1", "The sum is not divided by anything: it grows with the number of samples."),
            right("two, of 16", "Half of 32 goes to bin 5 and half to bin −5, which is bin 27."),
        ),
        proof=_proof_five_turns,
    ),
    Question(
        name="growth",
        kind="predict",
        text="Twice the length: by which factor does the time grow?",
        options=(
            wrong("2 for all three", "Each of N numbers is a sum of N terms: twice as many sums, each twice as long."),
            right(
                "about 4 for the loops, 4 or more for the matrix, a little over 2 for the FFT",
                "N² against N log N. The matrix must be built, too, and soon no longer fits into the cache.",
            ),
            wrong("4 for all three", "The FFT takes N log₂ N steps: a little more than twice as many."),
        ),
    ),
    Question(
        name="prime_length",
        kind="predict",
        text="How much longer does the FFT of 65,521 samples take than that of 65,536?",
        options=(
            wrong("as long", "A prime cannot be halved even once; something else must be done first."),
            right("some ten times", "It is turned into a convolution, which takes three padded FFTs of 131,072."),
            wrong("thousands of times", "That would be the plain sum, N²/(N log₂ N) = 4,096 times as long."),
        ),
    ),
    Question(
        name="engine_line",
        kind="predict",
        text="Where is the strongest line of the idling engine?",
        options=(
            wrong(
                "at 28.3 Hz",
                "That is the distance of the lines. Their heights are what the exhaust pipe makes of them.",
            ),
            wrong("below 28.3 Hz", "Nothing repeats more slowly than the firings, if all cylinders are alike."),
            right("above 28.3 Hz", "At one of the multiples: look for the distance of the lines, not for the highest."),
        ),
    ),
    Question(
        name="without_padding",
        kind="predict",
        text="What is heard in the 0.4 s of silence?",
        options=(
            wrong("silence", "The DFT takes the piece for one period of something that repeats."),
            wrong("the first words, backwards", "Time is not reversed by a product of spectra."),
            right("the tail of the last words", "Their reverberation runs past the end, and wraps onto the beginning."),
        ),
    ),
    Question(
        name="swapped_phase",
        kind="predict",
        text="What does the combination follow in time?",
        options=(
            right("the words", "It has the phase of the speech, and over a whole sound the phase says when."),
            wrong("the drums", "It has only their magnitude, which says how much of each frequency there is in all."),
            wrong("neither", "A magnitude of something else blurs the words, and they are still there."),
        ),
    ),
    Question(
        name="zero_padding",
        kind="predict",
        text="Do the two tones come apart, and does the place of the cut matter?",
        options=(
            wrong("yes, and it does not matter", "There are more bins, and not one more sample of the sound."),
            wrong(
                "no, and it does not matter", "Where the beats are strong and where they are weak gives other pictures."
            ),
            right(
                "no, but the place of the cut matters",
                "Two tones 20 Hz apart beat 20 times a second: 23 ms show half a beat, in which they add or cancel.",
            ),
        ),
    ),
    Question(
        name="three_voices",
        kind="predict",
        text="In whose spectrum can the harmonics be counted?",
        options=(
            wrong("in all three", "A Hann window of 25 ms has a main lobe 160 Hz wide: lines of 86 Hz run together."),
            right(
                "in hers clearly, in the men's hardly or not",
                "185 Hz is more than the lobe's 160 Hz; 115 and 86 Hz are less.",
            ),
            wrong("in the deepest", "The lower the voice, the closer its harmonics: it needs the longest frame."),
        ),
    ),
    Question(
        name="half_bin",
        kind="predict",
        text="With 16.5 turns, how many of the 129 bins are within 60 dB of the highest?",
        options=(
            wrong("two", "The nearest two are the highest, but no other is zero either."),
            wrong("about ten", "The side lobes fall by only 6 dB each time the distance doubles."),
            right("all 129", "The piece does not close on itself, and the jump at the seam has all frequencies."),
        ),
        proof=_proof_half_bin,
    ),
    Question(
        name="weak_tone",
        kind="predict",
        text="Which of the four windows show the tone that is 60 dB weaker, 20 bins away?",
        options=(
            wrong(
                "all but the rectangular one", "Hamming's far side lobes hardly fall: they stand as high as the tone."
            ),
            right(
                "Hann and Kaiser", "Their side lobes are below −70 dB at 20 bins; those of the others hide the tone."
            ),
            wrong("Hamming and Kaiser", "Hamming has the lower first side lobe, but 20 bins away Hann's are lower."),
        ),
        proof=_proof_weak_tone,
    ),
    Question(
        name="ding",
        kind="predict",
        text="When dong is struck, how far has ding faded?",
        options=(
            wrong("it is gone", "Metal rings on: at 0.8 s it can still be measured, and heard."),
            right("some 20 dB", "It rings on under the second note for another second."),
            wrong("not at all", "It loses energy from the moment it is struck."),
        ),
    ),
    Question(
        name="engine_speed",
        kind="predict",
        text="What does the code read for an engine that turns at most 3,400 times a minute?",
        options=(
            wrong("the right speed", "The one-sided spectrum has N/2 + 1 bins, but they reach only to half the rate."),
            right(
                "nearly twice the speed",
                "Dividing by N/2 + 1 in place of N makes every frequency nearly twice as high.",
            ),
            wrong("half the speed", "It is the other way round: the divisor is too small."),
        ),
    ),
    Question(
        name="bin_125",
        text="A real signal of 1,000 samples at 8 kHz. What is in bin 125?",
        options=(
            right("1,000 Hz", "125 · 8,000 / 1,000 = 1,000 Hz."),
            wrong("125 Hz", "That holds only when the piece is one second long."),
            wrong(
                "1,996 Hz",
                "This divides by the 501 bins of the one-sided spectrum. Divide by the number of samples.",
            ),
        ),
        proof=_proof_bin_125,
    ),
    Question(
        name="bin_40",
        text="A tone of amplitude 1 exactly on bin 40, N = 512, no window. What is |X[40]|?",
        options=(
            wrong("1", "The forward transform is not scaled; the sum grows with the number of samples."),
            wrong("512", "Half of it went to bin 472, its mirror image."),
            right("256", "N/2, because a cosine is two phasors of half the amplitude."),
        ),
        proof=_proof_bin_40,
    ),
    Question(
        name="near_tones",
        text="You must tell 440 Hz from 444 Hz, equally loud, recorded at 16 kHz. What helps?",
        options=(
            wrong("zero-padding to 65,536", "It draws the same curve more finely."),
            wrong("recording at 48 kHz", "Bins are 1/T apart whatever the rate."),
            right(
                "listening for one second",
                "Bins are then 1 Hz apart and the tones four bins, so that even Hann's wider main lobe parts them.",
            ),
        ),
    ),
    Question(
        name="delay",
        text="A signal is delayed by 10 samples on the circle. What changes?",
        options=(
            right("the phases only", "Bin k turns by 2π · 10 k / N, and its length stays."),
            wrong("the magnitudes only", "The same frequencies are present as strongly as before."),
            wrong("both", "The factor that enters has length 1."),
        ),
    ),
    Question(
        name="padding",
        text="x has 1,000 samples, h has 100. You multiply FFTs of length 1,024 and go back. Is it the convolution?",
        options=(
            wrong(
                "yes, 1,024 is more than 1,000", "The result has 1,099 samples, and the last 75 wrap onto the first."
            ),
            right("no, at least 1,099 are needed", "1,000 + 100 − 1; take 2,048, or any length from 1,099 on."),
            wrong("no, the lengths must be equal", "Zero-padding makes them equal; the question is to which length."),
        ),
        proof=_proof_lengths,
    ),
    Question(
        name="hum",
        text="A hum at 50 Hz, and 70 dB below it a tone at 400 Hz. The frame has 100 ms. Which window?",
        options=(
            wrong(
                "rectangular: it has the narrowest lobe",
                "Its side lobes fall slowly, and 35 bins away they are still only about 40 dB down.",
            ),
            wrong("Hamming: it has low side lobes", "At 35 bins they are near −57 dB, above the tone."),
            right(
                "Hann or Kaiser",
                "At 35 bins both are below −90 dB, and the tones are far enough apart for their wider lobes.",
            ),
        ),
        proof=_proof_hum,
    ),
)
