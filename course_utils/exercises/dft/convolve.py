import numpy as np

from ... import dft as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _convolution_by_definition(x, h):
    x = np.asarray(x)
    y = np.zeros((*x.shape[:-1], x.shape[-1] + len(h) - 1))
    for m, weight in enumerate(h):
        y[..., m : m + x.shape[-1]] += x * weight
    return y


def _pairs() -> list[Case]:
    rng = np.random.default_rng(11)
    long_x, long_h = (np.random.default_rng(12).standard_normal(n) for n in (900, 400))
    return [
        case(np.array([1.0, 2, 3]), np.array([1.0, 1]), says="three samples, two weights", gives=[1, 3, 5, 3]),
        case(np.array([1.0, 0, 0, 0]), np.array([3.0, 2, 1]), says="a click", gives=[3, 2, 1, 0, 0, 0]),
        case(rng.standard_normal(20), rng.standard_normal(13), says="20 and 13 random samples"),
        case(rng.standard_normal(5), rng.standard_normal(13), says="a response longer than the signal"),
        case(np.array([2.0]), np.array([-1.5]), says="one sample and one weight", gives=[-3]),
        case(rng.standard_normal((2, 3, 8)), rng.standard_normal(4), says="a batch of two by three signals"),
        case(np.array([1.0, -2, 0.5]), np.array([2.0]), says="a response of one weight", gives=[2, -4, 1]),
        case(rng.standard_normal((1, 6)), rng.standard_normal(6), says="a batch of one, and a response as long"),
        case(
            np.array([0.0, 1, 0, 2, 0]),
            np.array([0.0, 3, 0, 0]),
            says="zeros at both ends",
            gives=[0, 0, 3, 0, 6, 0, 0, 0],
        ),
        case(rng.standard_normal(5), rng.standard_normal(6), says="a response longer than the signal by one"),
        case(1e-6 * rng.standard_normal(9), 1e-3 * rng.standard_normal(4), says="a faint signal in a faint room"),
        case(long_x, long_h, says="900 and 400 random samples", gives=np.convolve(long_x, long_h)),
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
    return np.fft.irfft(np.fft.rfft(x, 2048) * np.fft.rfft(h, 2048), 2048)[..., :n_full].astype(np.float32)


def _by_conjugate(x, h):
    n_full = len(x) + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, n_full) * np.fft.rfft(h, n_full).conj(), n_full)


def _twice_the_signal(x, h):
    n_fft, n_full = 2 * np.shape(x)[-1], np.shape(x)[-1] + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(h, n_fft), n_fft)[..., :n_full]


def _by_magnitude(x, h):
    n_full = np.shape(x)[-1] + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, n_full) * np.abs(np.fft.rfft(h, n_full)), n_full)


def _kept(n_fft_of):
    """All that an FFT of ``n_fft_of(n + m − 1)`` points gives."""

    def convolve(x, h):
        n_fft = n_fft_of(np.shape(x)[-1] + len(h) - 1)
        return np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(h, n_fft), n_fft)

    return convolve


def _trimmed(sides):
    def convolve(x, h):
        n_full = np.shape(x)[-1] + len(np.trim_zeros(h, sides)) - 1
        return np.fft.irfft(np.fft.rfft(x, n_full) * np.fft.rfft(np.trim_zeros(h, sides), n_full), n_full)

    return convolve


EXERCISE = Exercise(
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
words = np.pad(words, (2 * sample_rate // 5, 0))[: 2 * sample_rate]  # 0.4 s of silence first
noise = np.random.default_rng(0).standard_normal(sample_rate)
room = noise * np.exp(-np.arange(sample_rate) / 4000) / 40
cu.audio.play(published_convolve(words, room), sample_rate, caption="What is heard before the voice?")''',
    form="Signals (…, n) and a response (m,) in, signals (…, n + m - 1) out.",
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
            "zeros behind the wrapped",
            "The number of samples is right, and the tail lies on the beginning all the same: zeros help before the transform, and not "
            "behind what has wrapped.",
            (_padded_to(lambda x, h: max(len(x), len(h))), _padded_to(lambda x, h: len(x))),
        ),
        Wrong(
            "a weight left out",
            "One weight of the response, its last or its first, is not heard: the copies go by all the weights, from the first to the last.",
            (_each(lambda x, h: np.convolve(x, [*h[:-1], 0])), _each(lambda x, h: np.convolve(x, [0, *h[1:]]))),
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
            (
                _each(lambda x, h: np.convolve(x, h)[: len(x)]),
                _each(lambda x, h: np.convolve(x, h)[: max(len(x), len(h))]),
            ),
        ),
        Wrong(
            "twice the signal",
            "Twice the length of the signal is enough only while the response is at most one sample longer than the signal: beyond that "
            "the end wraps. As many points as come out are needed: the length of the last axis of x, and "
            "len(h) − 1 more.",
            _twice_the_signal,
        ),
        Wrong(
            "phases of the response lost",
            "The product is taken with the magnitudes of the response's spectrum: its phases are lost, and with them when each echo "
            "comes. Multiply the complex spectra.",
            _by_magnitude,
        ),
        Wrong(
            "correlation",
            "This slides h along without turning it round: that is correlation. In a convolution "
            "the last weight meets the oldest sample.",
            (
                _each(lambda x, h: np.convolve(x, h[::-1])),
                _each(_by_conjugate),
            ),
        ),
        Wrong(
            "same length",
            "Only the middle is kept, as many samples as went in (mode “same”): beginning and end of the full convolution are cut off.",
            _each(lambda x, h: np.convolve(x, h, "same")),
        ),
        Wrong(
            "whole overlap only",
            "Only the samples are kept for which all weights find a sample (mode “valid”): the full convolution begins with the first sample and ends with the last echo.",
            _each(lambda x, h: np.convolve(x, h, "valid")),
        ),
        Wrong(
            "beginning cut off",
            "The beginning is cut off instead of the padding.",
            _each(lambda x, h: np.convolve(x, h)[len(h) - 1 :]),
        ),
        Wrong(
            "padding kept",
            "It is right and goes on too long: beyond n + m − 1 samples there are only the zeros of the padding.",
            (
                _each(lambda x, h: np.append(np.convolve(x, h), [0, 0])),
                _kept(lambda n: 1 << (n - 1).bit_length()),
                _each(lambda x, h: np.pad(np.convolve(x, h), (0, abs(len(x) - len(h)) + 1))),
                _each(lambda x, h: np.pad(np.convolve(x, h), (0, len(x) + len(h) + 1))),
            ),
        ),
        Wrong(
            "irfft without the length",
            "Where n + m − 1 is odd the last sample is missing and the rest is wrong: irfft takes the length for even unless it is told.",
            lambda x, h: np.fft.irfft(
                np.fft.rfft(x, np.shape(x)[-1] + len(h) - 1) * np.fft.rfft(h, np.shape(x)[-1] + len(h) - 1)
            ),
        ),
        Wrong(
            "response normalised",
            "The response is scaled first: it is convolved as it comes.",
            tuple(
                _each(lambda x, h, size=size: np.convolve(x, h / size(h)))
                for size in (len, np.sum, np.linalg.norm, lambda h: np.abs(h).sum(), lambda h: np.abs(h).max())
            ),
        ),
        Wrong(
            "first axis for time",
            "It works for one signal. In a batch `len(x)` and the first axis count the signals; time is the last axis.",
            lambda x, h: np.fft.irfft(
                np.fft.rfft(x, len(x) + len(h) - 1) * np.fft.rfft(h, len(x) + len(h) - 1), len(x) + len(h) - 1
            ),
        ),
        Wrong(
            "spectra added",
            "The spectra are added where they have to be multiplied.",
            _each(lambda x, h: np.pad(x, (0, len(h) - 1)) + np.pad(h, (0, len(x) - 1))),
        ),
        Wrong(
            "zeros of the response cut off",
            "Zeros at an end of the response are samples of it: those before the first echo are its delay, and the number of "
            "samples that come out counts them all.",
            (_trimmed("b"), _trimmed("fb")),
        ),
    ),
    after="len(h) − 1 zeros are enough for any h; a stream is cut into blocks and treated the same way, and the tail of each block is added to the beginning of the next.",
    also_right=(_each(lambda x, h: np.convolve(x, h)), _by_numpy),
)
