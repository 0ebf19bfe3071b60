import numpy as np

from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _colour_by_definition(white, *, beta, sample_rate):
    """Every frequency, positive and negative, by its own correlation."""
    white = np.asarray(white, float)
    if white.ndim > 1:
        return np.array([_colour_by_definition(one, beta=beta, sample_rate=sample_rate) for one in white])
    n = np.arange(len(white))
    shaped = np.zeros(len(white), complex)
    for k in range(len(white)):
        phasor = np.exp(2j * np.pi * k * n / len(white))
        f_hz = min(k, len(white) - k) * sample_rate / len(white)
        shaped += np.sqrt(max(f_hz, 20) ** -beta) * np.sum(white * phasor.conj()) * phasor
    power = np.sum(np.abs(shaped) ** 2) / len(white)
    return 0.1 * shaped.real / np.sqrt(power)


def _whites() -> list[Case]:
    rng = np.random.default_rng(5)
    n = np.arange(80)
    low, high = np.cos(2 * np.pi * 5 * n / 80), np.sin(2 * np.pi * 20 * n / 80)
    # 100 and 400 Hz at 1,600 Hz: amplitudes 1 and 1 become 2 and 1, whose RMS is √2.5.
    pink = 0.1 / np.sqrt(2.5) * (2 * low + high)
    return [
        case(
            np.array([1.0, -1, 1, -1]), beta=0, sample_rate=8000, says="white stays white", gives=[0.1, -0.1, 0.1, -0.1]
        ),
        case(low + high, beta=1, sample_rate=1600, says="100 and 400 Hz made pink", gives=pink),
        case(rng.standard_normal(64), beta=2, sample_rate=1000, says="64 random samples made brown"),
        case(0.5 + rng.standard_normal(75), beta=1, sample_rate=1000, says="an odd number of samples, with an offset"),
        case(rng.standard_normal(50), beta=-1, sample_rate=4000, says="blue noise, β = −1"),
        case(rng.standard_normal((2, 40)) * [[1], [5]], beta=1, sample_rate=2000, says="a loud and a soft signal"),
        case(rng.standard_normal((2, 3, 31)), beta=2, sample_rate=900, says="a batch of two by three signals"),
        case(
            rng.standard_normal((1, 24)), beta=0.5, sample_rate=90, says="frequencies below 20 Hz, and a batch of one"
        ),
        case(np.array([-3.0]), beta=1, sample_rate=8000, says="a single sample", gives=[-0.1]),
        case(
            np.append(rng.standard_normal(20), np.zeros(20)),
            beta=1,
            sample_rate=2000,
            says="twenty samples of noise and twenty zeros",
        ),
        case(
            1e-6 * rng.standard_normal((2, 40)) * [[1], [1e6]],
            beta=2,
            sample_rate=8000,
            says="noise at −120 dB beside loud noise",
        ),
        case(
            1e-6 * np.tile([1.0, -1], 6),
            beta=2,
            sample_rate=48_000,
            says="the highest frequency alone, at −120 dB",
            gives=0.1 * np.tile([1.0, -1], 6),
        ),
    ]


def coloured(white, *, beta, sample_rate):
    n_samples = np.shape(white)[-1]
    frequency_hz = np.maximum(np.fft.rfftfreq(n_samples, 1 / sample_rate), 20)
    shaped = np.fft.irfft(np.fft.rfft(white) * frequency_hz ** (-beta / 2), n_samples)
    return 0.1 * shaped / np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True))


def _shaped(white, gain_of, scale_of=None):
    """Noise shaped by ``gain_of(f)``, and scaled by another measure than the RMS of each signal."""
    white = np.asarray(white, float)
    f = np.fft.rfftfreq(white.shape[-1], 1)
    shaped = np.fft.irfft(np.fft.rfft(white) * gain_of(f), white.shape[-1])
    scale = np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True)) if scale_of is None else scale_of(shaped)
    with np.errstate(all="ignore"):
        return 0.1 * shaped / scale


def _coloured_with(gain_of, scale_of=None):
    """Noise with another gain, ``gain_of(f in Hz, beta)``, or another scale."""
    return lambda white, *, beta, sample_rate: _shaped(white, lambda f: gain_of(f * sample_rate, beta), scale_of)


def _asked_gain(f, beta):
    return np.maximum(f, 20) ** (-beta / 2)


def _even_length(white, *, beta, sample_rate):
    shaped = np.fft.irfft(np.fft.rfft(white) * _asked_gain(np.fft.rfftfreq(np.shape(white)[-1], 1 / sample_rate), beta))
    return 0.1 * shaped / np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True))


def _without_constant(f, beta):
    return np.where(f > 0, np.where(f > 0, f, 1.0) ** (-beta / 2), 0)


def _coloured_full(white, *, beta, sample_rate):
    white = np.asarray(white, np.float32)
    f = np.abs(np.fft.fftfreq(white.shape[-1], 1 / sample_rate))
    shaped = np.fft.ifft(np.fft.fft(white) / np.sqrt(np.clip(f, 20, None) ** beta)).real
    return (shaped / np.linalg.norm(shaped, axis=-1, keepdims=True) * np.sqrt(white.shape[-1]) / 10).tolist()


def _rms_and(shaped, small):
    return np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True)) + small


def _root_of_power_and(shaped, small):
    return np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True) + small)


def _rms_of_at_least(shaped, small):
    return np.maximum(np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True)), small)


def _floor_at(lowest_hz):
    return _coloured_with(lambda f, beta: np.maximum(f, lowest_hz) ** (-beta / 2))


def _along_the_first_axis(white, *, beta, sample_rate):
    turned = coloured(np.moveaxis(white, 0, -1), beta=beta, sample_rate=sample_rate)
    return np.moveaxis(turned, -1, 0)


def _every_size():
    for n_samples in range(2, 130):
        for sample_rate in (16_000, 44_100):
            white = np.cos(np.arange(n_samples))
            yield case(white, beta=1, sample_rate=sample_rate, says="any length"), (n_samples,)


def _frequencies_by_arange(end):
    def noise(white, *, beta, sample_rate):
        step_hz = sample_rate / np.shape(white)[-1]
        return _shaped(white, lambda f: _asked_gain(np.arange(0, end(sample_rate / 2, step_hz), step_hz), beta))

    return noise


def _rms_where_it_sounds(white, *, beta, sample_rate):
    share = np.mean(np.asarray(white) != 0, axis=-1, keepdims=True)
    return coloured(white, beta=beta, sample_rate=sample_rate) * np.sqrt(share)


EXERCISE = Exercise(
    title="colours of noise",
    stars=2,
    kind="implement",
    task=r"""
White noise comes in, and noise whose **power** falls as $1/f^\beta$ goes out: $\beta = 1$ is pink, 2 is brown, 0 leaves it white, and −1 (blue) rises. Do it to the spectrum, and mind what that asks of the **amplitude** of each frequency. Two black boxes, until lecture 03 opens them: `np.fft.rfft` turns the signals into one number for each of the frequencies `np.fft.rfftfreq(n, 1 / sample_rate)`, and `np.fft.irfft(numbers, n)` turns them back.

- Below 20 Hz, 0 Hz included, the gain is that of 20 Hz: otherwise the result drifts, and 0 Hz would be divided by 0.
- In the end each signal is scaled to an **RMS of 0.1**.
- Signals are `(…, time)`, of even or odd length; as many samples come out. None is silent: the RMS is 10⁻⁶ or more.
""",
    form="Signals (…, time) in, as many of power 1 / f ** beta and RMS 0.1 out.",
    answer="coloured",
    spec=Function(cases=_whites, expected=_colour_by_definition, properties=(right_count(_every_size),)),
    reference=coloured,
    hints=(
        "If the power of a frequency is to fall to a quarter, what must happen to its amplitude?",
        "`np.fft.rfft` works along the last axis. Multiply its numbers by a gain for each frequency, and on the way "
        "back tell `irfft` how many samples there were.",
        "The gain is f^(−β/2), with f the larger of 20 Hz and the frequency from `rfftfreq`. The RMS wants axis=-1 and "
        "keepdims=True.",
    ),
    wrongs=(
        Wrong(
            "β on the amplitude",
            "It falls twice as steeply as asked: the amplitudes were divided by f^β, and the power, their square, "
            "falls as f^(2β). Pink comes out brown.",
            _coloured_with(lambda f, beta: np.maximum(f, 20) ** (-1.0 * beta)),
        ),
        Wrong(
            "rising",
            "It rises where it should fall: the spectrum is multiplied by f^(β/2), where it has to be divided by it.",
            _coloured_with(lambda f, beta: _asked_gain(f, -beta)),
        ),
        Wrong(
            "constant removed",
            "The constant is gone, and the gain goes on following the power law below 20 Hz: there, 0 Hz included, "
            "the gain of 20 Hz is asked.",
            _coloured_with(_without_constant),
        ),
        Wrong(
            "0 Hz alone mended",
            "Only 0 Hz is mended, against a division by 0: every frequency below 20 Hz is to have the gain of 20 Hz.",
            _coloured_with(lambda f, beta: np.where(f == 0, f[min(1, len(f) - 1)] or 1.0, f) ** (-beta / 2)),
        ),
        Wrong(
            "gain limited in place of the frequency",
            "It is the gain that is limited, which is right only where it falls with frequency: limit the frequency to 20 Hz from "
            "below, and the gain follows for any β.",
            _coloured_with(lambda f, beta: np.minimum(np.maximum(f, 1e-3) ** (-beta / 2), 20.0 ** (-beta / 2))),
        ),
        Wrong(
            "frequencies in cycles per sample",
            "The colour does not change at all: all frequencies come out below 20. `rfftfreq` wants the time between two "
            "samples, 1 / sample_rate.",
            (
                lambda white, *, beta, sample_rate: _shaped(white, lambda f: _asked_gain(f, beta)),
                lambda white, *, beta, sample_rate: _shaped(white, lambda f: _asked_gain(f / sample_rate, beta)),
            ),
        ),
        Wrong(
            "one sample short",
            "An odd length loses its last sample, and with it the right spectrum: irfft takes the length for even "
            "unless it is told.",
            _even_length,
        ),
        Wrong(
            "peak of 0.1",
            "The colour is right, the level is not: the peak is scaled to 0.1 and not the RMS.",
            _coloured_with(_asked_gain, lambda shaped: np.abs(shaped).max(axis=-1, keepdims=True)),
        ),
        Wrong(
            "not scaled",
            "The colour is right, the level is not: the last step is missing, which scales each signal to an RMS of 0.1.",
            _coloured_with(_asked_gain, lambda shaped: 0.1),
        ),
        Wrong(
            "standard deviation",
            "The level is right only where the mean is 0: the standard deviation leaves the constant out, the RMS counts it.",
            _coloured_with(_asked_gain, lambda shaped: shaped.std(axis=-1, keepdims=True)),
        ),
        Wrong(
            "one RMS for the batch",
            "A batch is scaled by one RMS for all, so a soft signal stays soft: each signal has its own, along axis=-1.",
            _coloured_with(_asked_gain, lambda shaped: np.sqrt(np.mean(shaped**2))),
        ),
        Wrong(
            "another floor than 20 Hz",
            "The gain is not held from 20 Hz down but from some other frequency: everything below 20 Hz has the gain of 20 Hz.",
            (
                _floor_at(1),
                _floor_at(10),
                _floor_at(40),
                _floor_at(50),
                _floor_at(100),
            ),
        ),
        Wrong(
            "only 0 Hz held",
            "Only 0 Hz has the gain of 20 Hz. Those between 0 and 20 Hz go on following the power law, and are to have it, too.",
            _coloured_with(lambda f, beta: np.where(f > 0, f, 20) ** (-beta / 2)),
        ),
        Wrong(
            "0 Hz held at another gain",
            "Only at 0 Hz is the power law held, and at a gain that is not the one of 20 Hz: everything below 20 Hz, 0 Hz "
            "included, has the gain of 20 Hz.",
            (
                _floor_at(1e-12),
                _coloured_with(lambda f, beta: np.where(f > 0, f, f[1]) ** (-beta / 2)),
            ),
        ),
        Wrong(
            "floor added",
            "Some hertz are added to every frequency: that changes all gains. The gain is held below 20 Hz and untouched above.",
            (
                _coloured_with(lambda f, beta: (f + 20) ** (-beta / 2)),
                _coloured_with(lambda f, beta: (f + 1) ** (-beta / 2)),
            ),
        ),
        Wrong(
            "small number beside the RMS",
            "A small number was added to the RMS or to its square, or stands in for a smaller one: beside a soft signal it is not small. "
            "No signal is silent, so there is nothing to guard against.",
            tuple(
                _coloured_with(_asked_gain, lambda shaped, small=10.0**-n, guard=guard: guard(shaped, small))
                for n in range(3, 13)
                for guard in (_rms_and, _root_of_power_and, _rms_of_at_least)
                if n < 10 or guard is not _rms_of_at_least
            ),
        ),
        Wrong(
            "silent below 20 Hz",
            "What lies below 20 Hz is removed: there the gain of 20 Hz is asked.",
            _coloured_with(lambda f, beta: np.where(f < 20, 0, _asked_gain(f, beta))),
        ),
        Wrong(
            "gain of 1 below 20 Hz",
            "Below 20 Hz the gain is 1, which is not what the gain at 20 Hz is: 20^(−β/2). The curve jumps there.",
            _coloured_with(lambda f, beta: np.where(f < 20, 1, _asked_gain(f, beta))),
        ),
        Wrong(
            "0 Hz removed",
            "The constant is gone: 0 Hz is to have the gain of 20 Hz, as all below 20 Hz has.",
            _coloured_with(lambda f, beta: np.where(f == 0, 0, _asked_gain(f, beta))),
        ),
        Wrong(
            "bins for hertz",
            "A frequency's place in the list was taken for the frequency: neighbours are f_s/N apart, and the limit of 20 is in hertz.",
            lambda white, *, beta, sample_rate: _shaped(white, lambda f: _asked_gain(f * np.shape(white)[-1], beta)),
        ),
        Wrong(
            "always falling",
            "It falls where it should rise: for β = −1 the power grows with f, so β needs its sign.",
            _coloured_with(lambda f, beta: _asked_gain(f, abs(beta))),
        ),
        Wrong(
            "β fixed",
            "It makes the same colour whatever β says.",
            (_coloured_with(lambda f, beta: _asked_gain(f, 1)), _coloured_with(lambda f, beta: _asked_gain(f, 2))),
        ),
        Wrong(
            "mean square",
            "The level is right only by accident: it is divided by the mean square, and the root of it is the RMS.",
            _coloured_with(_asked_gain, lambda shaped: np.mean(shaped**2, axis=-1, keepdims=True)),
        ),
        Wrong(
            "mean magnitude",
            "The level is a little off: it is scaled by the mean of the magnitudes. Square, then mean, then root.",
            _coloured_with(_asked_gain, lambda shaped: np.abs(shaped).mean(axis=-1, keepdims=True)),
        ),
        Wrong(
            "first axis for time",
            "A batch is shaped along its first axis: time is the last one.",
            _along_the_first_axis,
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one frequency too many. Count "
            "them in whole numbers, or ask np.fft.rfftfreq.",
            (
                _frequencies_by_arange(lambda half_hz, step_hz: half_hz + step_hz / 2),
                _frequencies_by_arange(lambda half_hz, step_hz: (half_hz // step_hz + 1) * step_hz),
            ),
        ),
        Wrong(
            "zeros not counted",
            "The mean of the squares is one over all samples. Where the noise that came in is exactly 0, a sample counts, too.",
            _rms_where_it_sounds,
        ),
    ),
    after="`np.fft` takes the piece for one period, so the end of this noise fits its beginning: it can be played in a loop without a click, which a piece cut from a longer brown noise cannot.",
    also_right=(_colour_by_definition, _coloured_full),
)
