import numpy as np

from ... import dft as package
from ...practice.model import Case, Exercise, Function, Wrong, case


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


EXERCISE = Exercise(
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
    form="Signals (…, time) in, one complex number for each of them out.",
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
