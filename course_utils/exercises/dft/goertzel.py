import numpy as np

from ... import dft as package
from ...practice.counts import right_count
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
        case(note + rng.standard_normal(200), 659.26, sample_rate=8000, says="a frequency between two bins"),
        case(rng.standard_normal((2, 3, 50)), 1100, sample_rate=8000, says="a batch of two by three signals"),
        case(rng.standard_normal(1), 100, sample_rate=8000, says="a single sample"),
        case(np.array([1.0, 2, 4]), 0, sample_rate=8000, says="0 Hz", gives=7),
        case(np.array([1.0, 2, 4]), 4000, sample_rate=8000, says="half the rate", gives=3),
        case(rng.standard_normal((1, 20)), 300.5, sample_rate=8000, says="a batch of a single signal"),
        case(np.cos(0.01 * np.arange(1200)), 30.0, sample_rate=44_100, says="a low frequency in 1,200 samples"),
        case(1e-6 * rng.standard_normal(30), 770.7, sample_rate=8000, says="a signal at −120 dB"),
    ]


def _goertzel_first_signal(x, frequency_hz, *, sample_rate):
    return _one_frequency(np.reshape(x, (-1, np.shape(x)[-1]))[0], frequency_hz, sample_rate=sample_rate)


def _resonator(turned=lambda omega, n: np.exp(-1j * omega * (n - 1)), fed_back=lambda omega: 2 * np.cos(omega), sign=1,
               angle=2 * np.pi, last=lambda omega: np.exp(-1j * omega), first=0, left_out=0, scale=lambda n: 1):  # fmt: skip
    """Goertzel's formulas with one of their parts made in another way."""

    def goertzel(x, frequency_hz, *, sample_rate):
        omega, n_time = angle * frequency_hz / sample_rate, x.shape[-1]
        before, previous = 0 * x[..., 0], 0 * x[..., 0]
        for n in range(first, n_time - left_out):
            before, previous = previous, x[..., n] + fed_back(omega) * previous - sign * before
        return scale(n_time) * turned(omega, n_time) * (previous - last(omega) * before)

    return goertzel


def _one_step_more(turned):
    """A zero is appended for a last step."""

    def goertzel(x, frequency_hz, *, sample_rate):
        longer = np.concatenate([x, 0 * x[..., :1]], axis=-1)
        return _resonator(turned=turned)(longer, frequency_hz, sample_rate=sample_rate)

    return goertzel


def _first_step_without_feedback(x, frequency_hz, *, sample_rate):
    """s[0] and s[1] are x[0] and x[1]; the recursion begins at n = 2."""
    omega, s = 2 * np.pi * frequency_hz / sample_rate, np.array(x, dtype=float)
    for n in range(2, s.shape[-1]):
        s[..., n] += 2 * np.cos(omega) * s[..., n - 1] - s[..., n - 2]
    before = s[..., -2] if s.shape[-1] > 1 else 0
    return np.exp(-1j * omega * (s.shape[-1] - 1)) * (s[..., -1] - np.exp(-1j * omega) * before)


def _turned_by_len(less):
    """N is taken for len(x) in the factor in front."""
    return lambda x, frequency_hz, *, sample_rate: _resonator(
        turned=lambda omega, n: np.exp(-1j * omega * (len(x) - less))
    )(x, frequency_hz, sample_rate=sample_rate)


def _loop_over_len(x, frequency_hz, *, sample_rate):
    short = x[..., : len(x)]
    return _resonator()(short, frequency_hz, sample_rate=sample_rate)


def _on_a_bin(whole):
    def nearest(x, frequency_hz, *, sample_rate):
        spacing_hz = sample_rate / np.shape(x)[-1]
        return _one_frequency(x, whole(frequency_hz / spacing_hz) * spacing_hz, sample_rate=sample_rate)

    return nearest


def _whole_hertz(whole):
    return lambda x, frequency_hz, *, sample_rate: _one_frequency(x, whole(frequency_hz), sample_rate=sample_rate)


def _overwritten(both):
    """The value before last is set to the last one before it is used; ``both``: at the end the two are one, too."""

    def goertzel(x, frequency_hz, *, sample_rate):
        omega, n_time = 2 * np.pi * frequency_hz / sample_rate, x.shape[-1]
        before = last = 0 * x[..., 0]
        for n in range(n_time):
            before = last
            last = x[..., n] + 2 * np.cos(omega) * last - before
        before = last if both else before
        return np.exp(-1j * omega * (n_time - 1)) * (last - np.exp(-1j * omega) * before)

    return goertzel


def _single_precision(x, frequency_hz, *, sample_rate):
    """Samples and recursion in float32."""
    omega = np.float32(2 * np.pi * frequency_hz / sample_rate)
    previous = before = np.zeros(x.shape[:-1], np.float32)
    for n in range(x.shape[-1]):
        previous, before = x[..., n].astype(np.float32) + 2 * np.cos(omega) * previous - before, previous
    return np.exp(-1j * omega * (x.shape[-1] - 1)) * (previous - np.exp(-1j * omega) * before)


def _every_size():
    for n_time in range(1, 110):
        for sample_rate in (8000, 44_100):
            yield case(np.ones(n_time), 1000, sample_rate=sample_rate, says="any length"), ()


def _timed_by_arange(x, frequency_hz, *, sample_rate):
    times_s = np.arange(0, np.shape(x)[-1] / sample_rate, 1 / sample_rate)
    return x @ np.exp(-2j * np.pi * frequency_hz * times_s)


EXERCISE = Exercise(
    title="one frequency without the others",
    stars=2,
    kind="implement",
    task=r"""
A telephone exchange listens for seven tones, not for a spectrum. Write Goertzel's resonator,

$$s[n] = x[n] + 2\cos(\omega)\,s[n-1] - s[n-2], \qquad \omega = 2\pi f / f_s$$

and from its last two values

$$X(f) = e^{-i\omega(N-1)}\left(s[N-1] - e^{-i\omega}\,s[N-2]\right)$$

for **any** frequency from 0 to half the rate, on a bin or between two, and for signals `(…, time)`: the leading axes stay.
""",
    form="Signals (…, time) in, one complex number for each of them out.",
    answer="goertzel",
    spec=Function(cases=_notes, expected=_one_frequency, properties=(right_count(_every_size),)),
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
            _resonator(turned=lambda omega, n: 1),
        ),
        Wrong(
            "magnitude only",
            "It returns the magnitude; X(f) is complex, and its angle says where the tone starts.",
            lambda x, frequency_hz, *, sample_rate: abs(_one_frequency(x, frequency_hz, sample_rate=sample_rate)),
        ),
        Wrong(
            "power only",
            "It returns the power, the squared magnitude; X(f) is complex, and its angle says where the tone starts.",
            lambda x, frequency_hz, *, sample_rate: abs(_one_frequency(x, frequency_hz, sample_rate=sample_rate)) ** 2,
        ),
        Wrong(
            "nearest bin",
            "Frequencies between two bins are moved to one of the two: ω is 2π f / f_s, without k.",
            (_on_a_bin(round), _on_a_bin(np.floor), _on_a_bin(lambda k: np.floor(k + 0.5))),
        ),
        Wrong(
            "whole hertz",
            "It is what the frequency in whole hertz gives: the digits after its point are lost on the way.",
            (_whole_hertz(np.floor), _whole_hertz(round), _whole_hertz(np.ceil)),
        ),
        Wrong(
            "overwritten",
            "What is subtracted is s[n − 1] in place of s[n − 2]: is the older of the two overwritten before it is used?",
            (_overwritten(False), _overwritten(True)),
        ),
        Wrong(
            "last phasor forward",
            "s[N−2] is turned forward, by e^(+iω): it was one sample earlier, so it is turned back, by e^(−iω).",
            _resonator(last=lambda omega: np.exp(1j * omega)),
        ),
        Wrong(
            "first signal only",
            "Of a batch only the first signal is looked at: index with x[..., n], so that the leading axes stay.",
            _goertzel_first_signal,
        ),
        Wrong(
            "turned by N",
            "It is turned back by N samples; the last one is number N − 1. The magnitude is right.",
            _resonator(turned=lambda omega, n: np.exp(-1j * omega * n)),
        ),
        Wrong(
            "turned forward",
            "The result is turned forward, by e^(+iω(N−1)): the last sample's phase has to be taken back. The magnitude is right.",
            _resonator(turned=lambda omega, n: np.exp(1j * omega * (n - 1))),
        ),
        Wrong(
            "2 missing",
            "The resonator is fed cos ω where 2 cos ω is asked: it does not ring at the frequency.",
            _resonator(fed_back=np.cos),
        ),
        Wrong(
            "added",
            "s[n − 2] is added where it has to be subtracted: the resonator grows without bound or rings elsewhere.",
            _resonator(sign=-1),
        ),
        Wrong(
            "ω without 2π",
            "ω is not the angle per sample: f / f_s turns a sample are an angle of 2π f / f_s, a whole turn for f_s.",
            (_resonator(angle=1.0), _resonator(angle=np.pi)),
        ),
        Wrong(
            "cosine for the phasor",
            "s[N−2] is multiplied by cos ω: that is the real part of the phasor e^(−iω), and its sine is missing.",
            _resonator(last=np.cos),
        ),
        Wrong(
            "last phasor missing",
            "s[N−2] is subtracted as it is: it was one sample earlier, so it is turned back first, by e^(−iω).",
            _resonator(last=lambda omega: 1),
        ),
        Wrong(
            "last two exchanged",
            "In the last formula s[N−1] and s[N−2] have changed places: the last value stands by itself, and the one before it "
            "is turned back, by e^(−iω). The magnitude is right all the same.",
            lambda x, frequency_hz, *, sample_rate: (
                _resonator(last=lambda omega: np.exp(1j * omega))(x, frequency_hz, sample_rate=sample_rate)
                * -np.exp(-2j * np.pi * frequency_hz / sample_rate)
            ),
        ),
        Wrong(
            "last value only",
            "s[N−2] is left out at the end: the last value alone holds X(f) and its mirror image.",
            _resonator(last=lambda omega: 0),
        ),
        Wrong(
            "first sample left out",
            "The first sample does not go in: s[0] is x[0], since what stands before it is 0.",
            _resonator(first=1),
        ),
        Wrong(
            "last sample left out",
            "The last sample does not go in: `range(N)` ends with N − 1 and needs no − 1 of its own.",
            (_resonator(left_out=1), _resonator(left_out=1, turned=lambda omega, n: np.exp(-1j * omega * (n - 2)))),
        ),
        Wrong(
            "leading axes flattened",
            "The values are right and stand in one row: the leading axes of the signals have to come out again, and one signal without them gives a plain number.",
            lambda x, frequency_hz, *, sample_rate: np.ravel(_one_frequency(x, frequency_hz, sample_rate=sample_rate)),
        ),
        Wrong(
            "scaled to an amplitude",
            "It is divided as for reading an amplitude; X(f) is the plain sum.",
            (_resonator(scale=lambda n: 1 / n), _resonator(scale=lambda n: 2 / n)),
        ),
        Wrong(
            "real part only",
            "The imaginary part is missing: without it a tone's phase cannot be read.",
            lambda x, frequency_hz, *, sample_rate: np.real(_one_frequency(x, frequency_hz, sample_rate=sample_rate)),
        ),
        Wrong(
            "one step too many",
            "The loop goes one step too far, with a zero for a sample: s[N] is not asked.",
            _one_step_more(lambda omega, n: np.exp(-1j * omega * (n - 2))),
        ),
        Wrong(
            "one step more, not turned",
            "It is right on a bin only; between two the magnitude is right and the phase is not. A further step with a zero for a sample leaves e^(iωN) X(f), and that factor is 1 on a bin only.",
            _one_step_more(lambda omega, n: 1),
        ),
        Wrong(
            "recursion from n = 2",
            "s[1] lacks its feedback, 2 cos ω times s[0]: the recursion holds from n = 0 on, with zeros before it.",
            _first_step_without_feedback,
        ),
        Wrong(
            "len(x) for N",
            "It is right for one signal. Of a batch the magnitudes are right and the phases are not: N in the factor in front is the number of samples, and len(x) is the number of signals.",
            (_turned_by_len(1), _turned_by_len(0)),
        ),
        Wrong(
            "a loop over len(x)",
            "It is right for one signal. Of a batch only the first few samples are heard: len(x) is the number of its signals.",
            _loop_over_len,
        ),
        Wrong(
            "single precision",
            "At low frequencies the two last values are large and nearly equal, and what is left of their difference in float32 "
            "are a few digits. Compute in float64, as the samples come.",
            _single_precision,
        ),
        Wrong(
            "np.arange with a float step",
            "With a step of 1/f_s seconds, rounding decides whether np.arange has one instant too many. Count the samples in "
            "whole numbers, and divide by the rate.",
            _timed_by_arange,
        ),
    ),
    after="It takes one multiplication a sample and remembers two numbers, so seven of them can listen while the samples come in, and no sample has to be kept.",
    also_right=(
        _one_frequency,
        lambda x, frequency_hz, *, sample_rate: (
            np.asarray(x) @ np.exp(-2j * np.pi * frequency_hz * np.arange(np.shape(x)[-1]) / sample_rate)
        ),
    ),
)
