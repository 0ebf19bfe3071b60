import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _crest_by_definition(signal):
    if np.ndim(signal) > 1:
        return np.array([_crest_by_definition(one) for one in signal])
    highest = max(abs(float(x)) for x in signal)
    power = sum(float(x) ** 2 for x in signal) / len(signal)
    return 10 * np.log10(highest**2 / power)


def _signals() -> list[Case]:
    rng = np.random.default_rng(1)
    click = np.zeros(100)
    click[40] = -0.5
    return [
        case(np.array([1.0, -1, -1, 1]), says="a square wave", gives=0),
        case(click, says="a negative click in 99 zeros", gives=20),
        case(0.3 * np.sin(2 * np.pi * np.arange(48) / 16), says="a sine", gives=10 * np.log10(2)),
        case(0.4 + 0.1 * rng.standard_normal(51), says="a signal with an offset"),
        case(np.array([-0.25]), says="a single sample", gives=0),
        case(rng.standard_normal((2, 3, 40)), says="a batch of two by three signals"),
        case(rng.integers(-20_000, 20_001, 60).astype(np.int16), says="16-bit samples of a file"),
        case(
            np.array([-32_768, 20_000, 15_000, -300], np.int16), says="16-bit samples, the lowest of which is −32,768"
        ),
        case(rng.standard_normal((1, 30)), says="a batch of a single signal"),
        case(np.append(rng.standard_normal(20), np.zeros(9)), says="a signal that ends in zeros"),
        case(np.append(1e-6, np.zeros(9999)), says="a click of 10⁻⁶ in 9,999 zeros", gives=40),
        case(1e-6 * np.sin(2 * np.pi * np.arange(100) / 20), says="a sine at −120 dB", gives=10 * np.log10(2)),
        case(
            np.array([np.tile([1.0, -1], 50), np.append(1e-6, np.zeros(99))]),
            says="a loud square wave and a faint click",
            gives=[0, 20],
        ),
    ]


def crest_factor_db(signal):
    signal = np.asarray(signal, float)
    highest = np.abs(signal).max(axis=-1)
    mean_square = np.mean(signal**2, axis=-1)
    return 20 * np.log10(highest / np.sqrt(mean_square))


def _crest_of(peak_of, rms_of):
    """A crest factor from another peak or another RMS than the right one."""

    def crest(signal):
        signal = np.asarray(signal, float)
        with np.errstate(all="ignore"):
            return 20 * np.log10(peak_of(signal) / rms_of(signal))

    return crest


def _rms(signal):
    return np.sqrt(np.mean(signal**2, axis=-1))


def _peak(signal):
    return np.abs(signal).max(axis=-1)


def _crest_in_16_bits(signal):
    with np.errstate(all="ignore"):
        return 20 * np.log10(_peak(signal) / _rms(signal))


def _crest_of_16_bits(peak_of):
    """The peak from the samples as they came, the RMS from floats."""

    def crest(signal):
        with np.errstate(all="ignore"):
            return 20 * np.log10(peak_of(signal) / _rms(np.asarray(signal, float)))

    return crest


def _crest_on_a_floor(least, span_db=np.inf):
    """Two levels, neither of them below a floor, as librosa.amplitude_to_db gives them."""

    def crest(signal):
        signal = np.asarray(signal, float)
        levels = [20 * np.log10(np.maximum(level, least)) for level in (_peak(signal), _rms(signal))]
        return np.subtract(*[np.maximum(level, np.max(level) - span_db) for level in levels])

    return crest


SMALL = tuple(10.0**-n for n in (12, 10, 9, 8, 7, 6, 5, 4, 3))


EXERCISE = Exercise(
    title="crest factor",
    stars=1,
    kind="implement",
    task=r"""
How far does the peak of a signal stand above its RMS? Write the crest factor in dB,

$$C = 20 \log_{10} \frac{\max_n |x[n]|}{\sqrt{\frac1N \sum_n x[n]^2}}$$

for arrays `(…, time)`, one signal or a batch of several: one number for each signal, the leading axes stay. The samples are floating-point numbers, or the 16-bit integers (`np.int16`) that many readers of WAV files give. No signal is silent: the largest magnitude of floats is 10⁻⁶ or more.
""",
    form="Signals (…, time) in, one crest factor in dB for each of them out.",
    answer="crest_factor_db",
    spec=Function(cases=_signals, expected=_crest_by_definition),
    reference=crest_factor_db,
    hints=(
        "Two numbers for each signal: the largest magnitude, and the root of the mean square. Both along the last axis.",
        "It is a ratio of amplitudes. Is it 10 or 20 times the logarithm?",
        "What is 300² in 16 bits? Turn the samples into floats before squaring them.",
    ),
    wrongs=(
        Wrong(
            "10 log",
            "Every value is half of what it should be: peak and RMS are amplitudes, so the level of their ratio is "
            "20 times the logarithm. 10 is for powers.",
            lambda signal: crest_factor_db(signal) / 2,
        ),
        Wrong(
            "largest value",
            "The largest value is not the peak: a converter clips at the bottom too. Take the magnitude first.",
            _crest_of(lambda signal: signal.max(axis=-1), _rms),
        ),
        Wrong(
            "half of peak to peak",
            "Half the distance from the lowest to the highest value is the peak only where the two are equally far "
            "from 0. A single click lies on one side of 0.",
            _crest_of(lambda signal: np.ptp(signal, axis=-1) / 2, _rms),
        ),
        Wrong(
            "peak to peak",
            "The distance from the lowest to the highest value is taken for the peak: the peak is the largest distance from 0.",
            _crest_of(lambda signal: np.ptp(signal, axis=-1), _rms),
        ),
        Wrong(
            "standard deviation",
            "With an offset it is too large: the standard deviation takes the mean away first, the RMS does not.",
            _crest_of(_peak, lambda signal: signal.std(axis=-1)),
        ),
        Wrong(
            "levels on a floor",
            "Levels of soft signals are held at a floor. `librosa.amplitude_to_db` does that unasked: at 10⁻⁵, unless `amin` says "
            "otherwise, and at 80 dB below the loudest, unless `top_db=None`. Divide first, and take the logarithm of the ratio: "
            "that needs no floor.",
            (
                *(_crest_on_a_floor(least) for least in SMALL if least > 2e-8),
                *(_crest_on_a_floor(least, 80) for least in SMALL),
                *(_crest_of(_peak, lambda signal, least=least: np.maximum(_rms(signal), least)) for least in SMALL[4:]),
            ),
        ),
        Wrong(
            "small number added",
            "A small number was added to a level, against a division by 0 or the logarithm of 0, and beside a soft signal it is not "
            "small. No signal is silent: there is nothing to guard against.",
            (
                *(_crest_of(_peak, lambda signal, small=small: _rms(signal) + small) for small in SMALL),
                *(_crest_of(_peak, lambda signal, small=small: np.sqrt(_rms(signal) ** 2 + small)) for small in SMALL),
                *(
                    _crest_of(
                        lambda signal, small=small: _peak(signal) + small,
                        lambda signal, small=small: _rms(signal) + small,
                    )
                    for small in SMALL
                ),
            ),
        ),
        Wrong(
            "mean magnitude",
            "The denominator is the mean of the magnitudes. Square, then mean, then root: "
            "for a sine the two differ by a factor of 1.11.",
            _crest_of(_peak, lambda signal: np.abs(signal).mean(axis=-1)),
        ),
        Wrong(
            "one number for a batch",
            "A batch gives one number in all: without an axis, max and mean run over every signal at once.",
            _crest_of(lambda signal: np.abs(signal).max(), lambda signal: np.sqrt(np.mean(signal**2))),
        ),
        Wrong(
            "RMS of the whole batch",
            "In a batch the RMS is taken over all signals at once, the peak is not: each signal has its own, so the mean needs `axis=-1`, "
            "too.",
            _crest_of(_peak, lambda signal: np.sqrt(np.mean(signal**2))),
        ),
        Wrong(
            "peak of the whole batch",
            "In a batch the peak is taken over all signals at once, the RMS is not: each signal has its own, so the maximum needs "
            "`axis=-1`, too.",
            _crest_of(lambda signal: np.abs(signal).max(), _rms),
        ),
        Wrong(
            "squares in 16 bits",
            "It is right for floats. The square of a 16-bit integer is again one of 16 bits, and above 181² "
            "it wraps: convert before squaring.",
            (
                _crest_in_16_bits,
                lambda signal: (
                    _crest_in_16_bits(signal) + 20 * np.log10(_peak(np.asarray(signal, float)) / _peak(signal))
                ),
            ),
        ),
        Wrong(
            "magnitude in 16 bits",
            "The peak is lost where it is −32,768: 16 bits have no +32,768, so the magnitude of that sample, or its negative, stays negative. Convert before taking it.",
            (
                _crest_of_16_bits(lambda signal: np.abs(signal).max(axis=-1)),
                _crest_of_16_bits(lambda signal: np.maximum(signal.max(axis=-1), -signal.min(axis=-1))),
            ),
        ),
        Wrong(
            "root missing",
            "The denominator is the mean square, a power: the root is missing, so it has another unit than the peak.",
            _crest_of(_peak, lambda signal: np.mean(signal**2, axis=-1)),
        ),
        Wrong(
            "root of the sum",
            "The squares are added up and not averaged: a signal twice as long would come out 3 dB lower.",
            _crest_of(_peak, lambda signal: np.sqrt(np.sum(signal**2, axis=-1))),
        ),
        Wrong(
            "natural logarithm",
            "Every value is 2.3 times too large: decibels are made with the logarithm to base 10, and `np.log` and `math.log` are to base e.",
            lambda signal: crest_factor_db(signal) * np.log(10),
        ),
        Wrong(
            "divided by N − 1",
            "The sum of the squares is divided by N − 1. That is for estimating a variance from a sample; the mean of N squares is their sum divided by N.",
            (
                _crest_of(_peak, lambda signal: np.sqrt(np.sum(signal**2, axis=-1) / max(signal.shape[-1] - 1, 1))),
                _crest_of(_peak, lambda signal: np.sqrt(np.sum(signal**2, axis=-1) / np.float64(signal.shape[-1] - 1))),
            ),
        ),
        Wrong(
            "one level only",
            "That is one level by itself: the crest factor is the distance between peak and RMS, and does not change when the sound is turned down.",
            (_crest_of(_peak, lambda signal: 1.0), _crest_of(_rms, lambda signal: 1.0)),
        ),
        Wrong(
            "axis of one lost",
            "A batch of a single signal comes out as a bare number: `squeeze` takes every axis of length 1, the batch's too.",
            lambda signal: np.squeeze(crest_factor_db(signal)),
        ),
    ),
    after="It says how far below full scale the RMS must stay: the sentences of this course have crest factors of 12 to 20 dB, so at the same peak their RMS is 9 to 17 dB lower than that of a sine.",
    also_right=(
        _crest_by_definition,
        lambda signal: (
            20
            * np.log10(
                np.linalg.norm(signal, np.inf, axis=-1) / np.linalg.norm(signal, axis=-1) * signal.shape[-1] ** 0.5
            )
        ),
        lambda signal: np.log10(_peak(signal.astype(np.float32)) / _rms(signal.astype(np.float32))) * 20,
    ),
)
