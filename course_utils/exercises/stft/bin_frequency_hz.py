import cmath
import math

import numpy as np

from ...dft import window
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _frequency_one_by_one(spectrum, *, n_fft, hop_length, sample_rate):
    """Every cell alone: its turn, and the whole turns that bring it nearest to what the bin's centre would make."""
    spectrum = np.asarray(spectrum)
    found = np.zeros((*spectrum.shape[:-1], spectrum.shape[-1] - 1))
    for *cell, k, m in np.ndindex(found.shape):
        before, after = (cmath.phase(spectrum[(*cell, k, m + step)]) for step in (0, 1))
        turns = (after - before) / (2 * cmath.pi)  # measured, but for whole turns
        expected = k * hop_length / n_fft
        wholes = range(math.floor(expected) - 2, math.floor(expected) + 3)
        nearest = min((turns + whole for whole in wholes), key=lambda t: abs(t - expected))
        found[(*cell, k, m)] = nearest * sample_rate / hop_length
    return found


def _turning() -> list[Case]:
    rng = np.random.default_rng(47)

    def random(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    phasors = np.array([[1, 1], [1, 1j], [2, 3 * cmath.exp(-0.8j * cmath.pi)]])
    tone = np.exp(2j * np.pi * 1234 * (8 * np.arange(9) + np.arange(32)[:, np.newaxis]) / 8000)
    tone = np.fft.fft(tone * window("hann", 32)[:, np.newaxis], axis=0)[:17]  # one phasor: bin 0 turns as well
    grid = {"n_fft": 16, "hop_length": 4, "sample_rate": 16_000}
    return [
        case(phasors, n_fft=4, hop_length=1, sample_rate=4, says="three bins, worked by hand", gives=[[0], [1], [2.4]]),
        case(tone, n_fft=32, hop_length=8, sample_rate=8000, says="the STFT of a phasor of 1,234 Hz"),
        case(random(9, 6), **grid, says="random phases"),
        case(random(4, 5), n_fft=7, hop_length=5, sample_rate=22_050, says="an odd length and a long hop"),
        case(random(2, 3, 5, 7), n_fft=8, hop_length=3, sample_rate=8000, says="a batch of two by three"),
        case(
            random(1, 6, 2),
            n_fft=11,
            hop_length=30,
            sample_rate=8000,
            says="a batch of one, and a hop of several frames",
        ),
        case(
            1e-6 * random(257, 2),
            n_fft=512,
            hop_length=128,
            sample_rate=16_000,
            says="an FFT of 512, magnitudes about 10⁻⁶",
        ),
    ]


def bin_frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
    expected = 2 * np.pi * hop_length / n_fft * np.arange(spectrum.shape[-2])[:, np.newaxis]
    rest = np.diff(np.angle(spectrum), axis=-1) - expected
    rest -= 2 * np.pi * np.round(rest / (2 * np.pi))
    return (expected + rest) / hop_length * sample_rate / (2 * np.pi)


def _turned_by(rest_of, *, centre=True, over="hop_length", unit=1.0):
    """The formula with one of its parts made in another way."""

    def frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
        bins = np.arange(np.shape(spectrum)[-2])[:, np.newaxis]
        rest = rest_of(np.diff(np.angle(spectrum), axis=-1), 2 * np.pi * hop_length / n_fft * bins)
        length = {"hop_length": hop_length, "n_fft": n_fft, "one": 1}[over]
        return centre * bins * sample_rate / n_fft + unit * rest * sample_rate / length / (2 * np.pi)

    return frequency_hz


def _wrapped(angle):
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _with_even_n_fft(spectrum, *, n_fft, hop_length, sample_rate):
    exact = _turned_by(lambda turn, expected: _wrapped(turn - expected))
    return exact(spectrum, n_fft=2 * (np.shape(spectrum)[-2] - 1), hop_length=hop_length, sample_rate=sample_rate)


def _by_products(spectrum, *, n_fft, hop_length, sample_rate):
    """The turn as the angle of a product: nothing has to be wrapped."""
    spectrum, bins = np.asarray(spectrum), np.arange(np.shape(spectrum)[-2])[:, np.newaxis]
    back = np.exp(-2j * np.pi * bins * hop_length / n_fft)
    rest = np.angle(spectrum[..., 1:] * spectrum[..., :-1].conj() * back)
    return bins * sample_rate / n_fft + rest * sample_rate / (2 * np.pi * hop_length)


def _centres_hz(spectrum, n_fft, sample_rate):
    return np.arange(np.shape(spectrum)[-2])[:, np.newaxis] * sample_rate / n_fft


def _counted_from_one(spectrum, **grid):
    with_zero = np.concatenate([spectrum[..., :1, :], spectrum], axis=-2)
    return bin_frequency_hz(with_zero, **grid)[..., 1:, :]


def _by_arctan(spectrum, **grid):
    with np.errstate(divide="ignore"):
        return bin_frequency_hz(np.exp(1j * np.arctan(spectrum.imag / spectrum.real)), **grid)


def _and_then(change):
    """The right frequencies, changed."""

    def frequency_hz(spectrum, *, sample_rate, **grid):
        found = bin_frequency_hz(spectrum, sample_rate=sample_rate, **grid)
        return change(found, sample_rate)

    return frequency_hz


def _every_size():
    for n_fft in range(2, 130):
        spectrum = np.ones((n_fft // 2 + 1, 2), complex)
        for sample_rate in (16_000, 44_100):
            grid = {"n_fft": n_fft, "hop_length": 1, "sample_rate": sample_rate}
            yield case(spectrum, **grid, says="any length of the FFT"), (n_fft // 2 + 1, 1)


def _centres_by_arange(end):
    """The bins' centres by np.arange, up to ``end(half the rate, spacing)``."""

    def frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
        spacing_hz = sample_rate / n_fft
        centre_hz = np.arange(0, end(sample_rate / 2, spacing_hz), spacing_hz)[:, np.newaxis]
        rest = _wrapped(np.diff(np.angle(spectrum), axis=-1) - 2 * np.pi * hop_length * centre_hz / sample_rate)
        return centre_hz + rest * sample_rate / (2 * np.pi * hop_length)

    return frequency_hz


EXERCISE = Exercise(
    title="the frequency inside a bin",
    stars=2,
    kind="implement",
    task=r"""
Bins are $f_s/N$ apart, and a phase vocoder (section 9 of the lecture, deeper) knows a partial's frequency far better than that, from how far the phase has turned between two frames:

$$f_{k,m} = \frac{f_s}{2\pi}\left(\frac{2\pi k}{N} + \frac{1}{H}\Big[\varphi_{k,m+1} - \varphi_{k,m} - \frac{2\pi k H}{N}\Big]_{\pm\pi}\right)$$

The bracket is wrapped to half a turn: whole turns are added or taken away until it lies between −π and π. Write `bin_frequency_hz`: spectra `(…, freq, time)` with $N/2+1$ bins (rounded down, $N$ = `n_fft` may be odd) and two frames or more in, frequencies in **Hz**, `(…, freq, time − 1)`, out. $H$ = `hop_length` is in samples. Magnitudes lie between 10⁻⁶ and 10⁶, and no bracket lies exactly on the edge of ±π.
""",
    form="Spectra (…, freq, time) in, frequencies in Hz (…, freq, time - 1) out.",
    answer="bin_frequency_hz",
    spec=Function(cases=_turning, expected=_frequency_one_by_one, properties=(right_count(_every_size),)),
    reference=bin_frequency_hz,
    hints=(
        "A tone in the middle of bin k turns by 2π k H / N from frame to frame. What does a phase tell you that has "
        "turned by a little more?",
        "k runs down the last axis but one: np.arange(n_bins)[:, np.newaxis] stands beside every frame and every "
        "batch.",
        "Wrap with r − 2π · round(r / 2π). Radians a hop become radians a sample by dividing by H, and hertz by the "
        "factor f_s / 2π.",
    ),
    wrongs=(
        Wrong(
            "unwrapped along the wrong axis",
            "np.unwrap runs along the bins of a frame here. It is the bracket that is wrapped, cell by cell.",
            lambda spectrum, *, n_fft, hop_length, sample_rate: (
                (np.diff(np.unwrap(np.angle(spectrum), axis=-2), axis=-1)) * sample_rate / (2 * np.pi * hop_length)
            ),
        ),
        Wrong(
            "not wrapped",
            "The bracket is not wrapped: phases are known but for whole turns, and each turn too many or too few moves "
            "the result by f_s / H.",
            _turned_by(lambda turn, expected: turn - expected),
        ),
        Wrong(
            "wrapped to a whole turn",
            "The bracket is wrapped to 0 … 2π: a partial just below the centre of its bin is then read f_s / H "
            "too high. Wrap it to −π … π.",
            _turned_by(lambda turn, expected: (turn - expected) % (2 * np.pi)),
        ),
        Wrong(
            "expected turn not subtracted",
            "The wrapped turn is added to the bin's centre with the turn of the centre still in it: subtract 2πkH/N "
            "before wrapping.",
            _turned_by(lambda turn, expected: _wrapped(turn)),
        ),
        Wrong(
            "expected turn added",
            "The turn of the bin's centre is added to what the phase has turned: subtract 2πkH/N before wrapping.",
            _turned_by(lambda turn, expected: _wrapped(turn + expected)),
        ),
        Wrong(
            "wrapped before the subtraction",
            "The difference of the phases is wrapped with the turn of the bin's centre still in it (np.unwrap along time "
            "does the same): whole turns are missing where a bin makes more than half a turn a hop. Subtract 2πkH/N first, "
            "then wrap.",
            _turned_by(lambda turn, expected: _wrapped(turn) - expected),
        ),
        Wrong(
            "N from the bins",
            "It is right for even N. From four bins alone N could be 6 or 7, and 2 (n_bins − 1) takes it for even: "
            "use n_fft.",
            _with_even_n_fft,
        ),
        Wrong(
            "earlier less later",
            "The phases are subtracted the other way round: a phase that has grown means a partial above the centre of "
            "its bin.",
            _turned_by(lambda turn, expected: _wrapped(-turn - expected)),
        ),
        Wrong(
            "rest divided by N",
            "The rest is divided by N. It has grown from one frame to the next, and these are H samples apart.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), over="n_fft"),
        ),
        Wrong(
            "centre missing",
            "This is how far the partial lies from the centre of its bin: add the centre, k f_s / N.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), centre=False),
        ),
        Wrong(
            "rest in radians",
            "The centre is in hertz and the rest, added to it, in radians a second: divide it by 2π too.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), unit=2 * np.pi),
        ),
        Wrong(
            "bin centres only",
            "These are the centres of the bins: how far the phase has turned does not count.",
            lambda spectrum, *, n_fft, hop_length, sample_rate: (
                np.zeros(np.shape(spectrum[..., 1:])) + _centres_hz(spectrum, n_fft, sample_rate)
            ),
        ),
        Wrong(
            "wrapped once",
            "Only one turn is added or taken away: where the bin's centre makes many turns a hop, many are needed.",
            _turned_by(
                lambda turn, expected: (
                    turn - expected - 2 * np.pi * np.sign(turn - expected) * (np.abs(turn - expected) > np.pi)
                )
            ),
        ),
        Wrong(
            "wrapped to half a turn",
            "The bracket is wrapped with a period of π. A turn is 2π.",
            (
                _turned_by(lambda turn, expected: (turn - expected) % np.pi),
                _turned_by(lambda turn, expected: (turn - expected + np.pi / 2) % np.pi - np.pi / 2),
            ),
        ),
        Wrong(
            "rest subtracted",
            "The rest is subtracted from the centre: a phase that has turned further means a higher frequency.",
            _turned_by(lambda turn, expected: -_wrapped(turn - expected)),
        ),
        Wrong(
            "rest not divided by H",
            "The rest has grown over a hop of H samples: divide it by H.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), over="one"),
        ),
        Wrong(
            "bins counted from 1",
            "The bins are counted from 1: row 0 is 0 Hz.",
            _counted_from_one,
        ),
        Wrong(
            "held between 0 and half the rate",
            "The result is kept between 0 and half the rate: the formula may leave that range, and is asked as it stands.",
            _and_then(lambda f_hz, rate: np.clip(f_hz, 0, rate / 2)),
        ),
        Wrong(
            "sign lost",
            "Negative frequencies come out positive: in the lowest bins the formula may give less than 0, and is asked as it stands.",
            _and_then(lambda f_hz, rate: np.abs(f_hz)),
        ),
        Wrong(
            "nothing below 0",
            "Negative frequencies come out as 0: in the lowest bins the formula may give less than 0, and is asked as it stands.",
            _and_then(lambda f_hz, rate: np.maximum(f_hz, 0)),
        ),
        Wrong(
            "remainder with the sign of the bracket",
            "Brackets below −π stay below it, a turn too low: the remainder has kept the sign of what was divided, as that of "
            "fmod does, and of % in C. Here whole turns are to be added there, too.",
            _turned_by(lambda turn, expected: np.fmod(turn - expected + np.pi, 2 * np.pi) - np.pi),
        ),
        Wrong(
            "unwrapped along time",
            "The bracket is made to go on without jumps from frame to frame, as np.unwrap does, and its first value stays as it is. "
            "Each value is to lie between −π and π by itself.",
            _turned_by(lambda turn, expected: np.unwrap(turn - expected, axis=-1)),
        ),
        Wrong(
            "arctangent of a quotient",
            "The angle comes from the arctangent of a quotient, which knows half of the circle only: `np.angle` and `arctan2` look at both signs.",
            _by_arctan,
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one bin too many. Count the bins in "
            "whole numbers, and multiply.",
            (
                _centres_by_arange(lambda half_hz, spacing_hz: half_hz + spacing_hz / 2),
                _centres_by_arange(lambda half_hz, spacing_hz: (half_hz // spacing_hz + 1) * spacing_hz),
            ),
        ),
    ),
    after="With a hop of N/4 it is right for partials up to 2 bins beside a bin's centre, as far as Hann's main lobe reaches; with a hop of N only for half a bin, and then whole turns are lost.",
    also_right=(
        _by_products,
        lambda spectrum, **grid: _turned_by(lambda turn, expected: _wrapped(turn - expected))(spectrum, **grid).astype(
            np.float32
        ),
    ),
)
