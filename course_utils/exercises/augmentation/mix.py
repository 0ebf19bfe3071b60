import functools

import numpy as np

from ... import augmentation as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _mixed_by_definition(signal, noise, snr_db):
    signal, noise = np.asarray(signal, float), np.asarray(noise, float)
    rows = []
    for one, other in zip(signal.reshape(-1, signal.shape[-1]), noise.reshape(-1, noise.shape[-1]), strict=True):
        wanted = sum(value**2 for value in one) / 10 ** (snr_db / 10)  # the energy that the noise shall have
        scale = (wanted / sum(value**2 for value in other)) ** 0.5
        rows.append([a + scale * b for a, b in zip(one, other, strict=True)])
    return np.reshape(rows, signal.shape)


def _pairs_to_mix() -> list[Case]:
    rng = np.random.default_rng(10)
    signal, noise = np.array([2.0, -2, 2, -2]), np.array([1.0, 1, -1, -1])
    rows, hiss = rng.standard_normal((2, 3, 50)) * [[[0.1], [1], [4]]], rng.standard_normal((2, 3, 50))
    offset = rng.standard_normal(40) + 2
    return [
        case(signal, noise, 10 * np.log10(4), says="a ratio that leaves the noise as it is", gives=[3, -1, 1, -3]),
        case(signal, noise, 10 * np.log10(4) + 20, says="20 dB more than that", gives=[2.1, -1.9, 1.9, -2.1]),
        case(
            rng.standard_normal(64), 0.03 * rng.standard_normal(64), 10.0, says="a loud signal and faint noise, 10 dB"
        ),
        case(rng.standard_normal(31), 5 * rng.standard_normal(31), -3.0, says="noise louder than the signal, −3 dB"),
        case(offset, rng.standard_normal(40), 6.0, says="a signal with an offset"),
        case(rng.standard_normal(40), offset, 6.0, says="noise with an offset"),
        case(rows, hiss, 15.0, says="a batch of two by three signals of different levels"),
        case(rng.standard_normal(40), 1e-8 * rng.standard_normal(40), 10.0, says="noise that has decayed to −160 dB"),
        case(1e-8 * rng.standard_normal((2, 40)), rng.standard_normal((2, 40)), 7.5, says="two signals at −160 dB"),
        case(rng.standard_normal(40), 1e-16 * rng.standard_normal(40), 8.0, says="noise that has decayed to −320 dB"),
        case(1e-16 * rng.standard_normal(40), rng.standard_normal(40), 8.0, says="a signal at −320 dB"),
        case(np.array([0.5]), np.array([-3.0]), 0.0, says="one sample, 0 dB", gives=[0]),
        case(
            np.array([1.0, 1, 0, 0]),
            np.array([1.0, -1, 1, -1]),
            0.0,
            says="a signal, half of which is zeros",
            gives=[1 + 0.5**0.5, 1 - 0.5**0.5, 0.5**0.5, -(0.5**0.5)],
        ),
        case(
            rng.standard_normal((2, 30)) * (rng.random((2, 30)) > 0.3),
            rng.standard_normal((2, 30)) * (rng.random((2, 30)) > 0.6),
            5.0,
            says="zeros within two signals and noises",
        ),
        case(rng.standard_normal((1, 20)), rng.standard_normal((1, 20)), 3.0, says="a batch of one"),
        case(rng.standard_normal(25), rng.standard_normal(25), 6, says="a whole number of decibels"),
    ]


def mix(signal, noise, snr_db):
    power, noise_power = (np.mean(x**2, axis=-1, keepdims=True) for x in (signal, noise))
    return signal + noise * np.sqrt(power / noise_power / 10 ** (snr_db / 10))


def _rms(x):
    return np.sqrt(np.mean(x**2, axis=-1, keepdims=True))


def _mixed_with(ratio, size=_rms):
    """A mixture whose noise is scaled to ``size(signal) / size(noise) · ratio(snr)``."""

    def mixed(signal, noise, snr_db):
        with np.errstate(invalid="ignore"):  # one sample has no standard deviation
            return signal + noise * size(signal) / size(noise) * ratio(snr_db)

    return mixed


def _each(x):
    return np.mean(x**2, axis=-1, keepdims=True)


def _all(x):
    return np.mean(x**2)


def _first(x):
    return np.mean(x.reshape(-1, x.shape[-1])[0] ** 2)


def _mixed_by_powers(power=_each, noise_power=_each, small=0.0):
    """Other means, and a small number added to what is divided by."""
    return lambda signal, noise, snr_db: (
        signal + noise * np.sqrt(power(signal) / (noise_power(noise) + small) / 10 ** (snr_db / 10))
    )


def _signal_scaled(signal, noise, snr_db):
    return signal * _rms(noise) / _rms(signal) * 10 ** (snr_db / 20) + noise


def _peak_normalised(axis=-1, least=1e-30):
    """Divided by the peak, or by ``least`` where that is larger."""

    def normalised(signal, noise, snr_db):
        mixed = mix(signal, noise, snr_db)
        with np.errstate(invalid="ignore"):  # two samples that cancel
            return mixed / np.maximum(np.abs(mixed).max(axis=axis, keepdims=True), least)

    return normalised


SMALL = (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)
SMALL_POWERS = (1e-30, 1e-20, 1e-16, *SMALL)


def _power_with(small):
    """The ways to keep a power from 0 by a small number."""
    return (
        _mixed_by_powers(small=small),
        _mixed_by_powers(noise_power=lambda x: np.maximum(_each(x), small)),
        lambda signal, noise, snr_db: (
            signal + noise * np.sqrt(_each(signal) / (_each(noise) * 10 ** (snr_db / 10) + small))
        ),
    )


def _rms_with(small):
    return (
        lambda signal, noise, snr_db: signal + noise * _rms(signal) / (_rms(noise) + small) * 10 ** (-snr_db / 20),
        lambda signal, noise, snr_db: (
            signal + noise * _rms(signal) / np.maximum(_rms(noise), small) * 10 ** (-snr_db / 20)
        ),
    )


def _both_powers_with(small):
    return (
        _mixed_by_powers(lambda x: _each(x) + small, lambda x: _each(x) + small),
        _mixed_by_powers(lambda x: np.maximum(_each(x), small), lambda x: np.maximum(_each(x), small)),
    )


def _both_rms_with(small):
    return _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: _rms(x) + small)


def _mixed_by_norms(signal, noise, snr_db):
    scale = np.linalg.norm(signal, axis=-1) / np.linalg.norm(noise, axis=-1) * 10 ** (-snr_db / 20)
    return signal + scale[..., None] * noise


def _where_not_zero(x):
    return np.sum(x**2, axis=-1, keepdims=True) / np.count_nonzero(x, axis=-1, keepdims=True)


def _noise_power_beside_the_signal(signal, noise, snr_db):
    heard = np.where(signal != 0, noise, 0)
    return signal + noise * np.sqrt(_each(signal) / _each(heard) / 10 ** (snr_db / 10))


def _noise_beside_the_signal(signal, noise, snr_db):
    return np.where(signal != 0, mix(signal, noise, snr_db), signal)


EXERCISE = Exercise(
    title="noise at ten decibels, and not at nine",
    stars=1,
    kind="implement",
    task=r"""
Write `mix(signal, noise, snr_db)`, which returns $x + g\,v$ with the factor $g > 0$ that makes

$$10 \log_{10} \frac{P_x}{P_{gv}} = \texttt{snr\_db}, \qquad P_x = \frac1N \sum_n x[n]^2$$

Signal and noise are floats of the same shape `(…, time)`, and neither is silent, though it may be as faint as −320 dB (an RMS of 10⁻¹⁶). **Each signal of a batch has a factor of its own.** The signal itself is not changed, and nothing is normalised afterwards.
""",
    form="Signals and noises (…, time) in, mixtures (…, time) out.",
    answer="mix",
    spec=Function(cases=_pairs_to_mix, expected=_mixed_by_definition),
    reference=mix,
    hints=(
        "What power must the noise have in the end? And what does a factor g do to a power?",
        "P of g·v is g² times P of v. Solve for g; a square root is left.",
        "Means along the last axis need `keepdims=True`, so that they stretch over time again.",
    ),
    wrongs=(
        Wrong(
            "exponential",
            "The ratio of amplitudes is taken as exp(snr/10), not as 10^(snr/20). Asked 10 dB, it gives 8.7.",
            _mixed_with(lambda snr_db: np.exp(-snr_db / 10)),
        ),
        Wrong(
            "power for amplitude",
            "The noise is scaled by a ratio of powers: asked 10 dB, it gives 20. The factor multiplies amplitudes.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 10)),
        ),
        Wrong(
            "upside down",
            "More decibels give more noise here. A high signal-to-noise ratio means a weak noise.",
            _mixed_with(lambda snr_db: 10 ** (snr_db / 20)),
        ),
        Wrong(
            "no square root",
            "The factor is a ratio of powers, where that of amplitudes is asked: the root is missing.",
            tuple(
                lambda signal, noise, snr_db, per=per: (
                    signal + noise * _rms(signal) ** 2 / _rms(noise) ** 2 / 10 ** (snr_db / per)
                )
                for per in (10, 20)
            ),
        ),
        Wrong(
            "the noise's own level forgotten",
            "The noise is made weaker by the ratio, whatever its level was: that is right only for noise as strong "
            "as the signal.",
            lambda signal, noise, snr_db: signal + noise * 10 ** (-snr_db / 20),
        ),
        Wrong(
            "standard deviation",
            "The mean was subtracted before squaring, as a standard deviation does. An offset has power too.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.std(x, axis=-1, keepdims=True)),
        ),
        Wrong(
            "peaks",
            "The ratio is one of peaks. A decibel of signal to noise compares powers, the means of squares.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.abs(x).max(axis=-1, keepdims=True)),
        ),
        Wrong(
            "one factor for the batch",
            "One power is taken over the whole batch: the loud signals get too little noise and the soft ones too much.",
            tuple(_mixed_by_powers(*powers) for powers in ((_all, _all), (_all, _each))),
        ),
        Wrong(
            "one power for all noises",
            "The power of the noise is taken over the whole batch: each noise of a batch has a power of its own.",
            _mixed_by_powers(_each, _all),
        ),
        Wrong(
            "the first of the batch for all",
            "The power of the first signal of a batch serves for all of them: each has one of its own.",
            tuple(_mixed_by_powers(*powers) for powers in ((_first, _first), (_first, _each))),
        ),
        Wrong(
            "a small number added",
            "A small number guards a division against 0. Beside noise that has decayed it counts, and the noise comes out too soft; neither sound is silent.",
            (
                *(code for small in SMALL_POWERS for code in _power_with(small)),
                *(code for small in SMALL for code in _rms_with(small)),
            ),
        ),
        Wrong(
            "halved",
            "The mixture is halved: the level of the signal is to stay.",
            lambda signal, noise, snr_db: mix(signal, noise, snr_db) / 2,
        ),
        Wrong(
            "noise alone",
            "That is the scaled noise; signal and noise together are asked.",
            lambda signal, noise, snr_db: mix(signal, noise, snr_db) - signal,
        ),
        Wrong(
            "noise subtracted",
            "The noise is subtracted. The ratio is right, and g is to be positive.",
            lambda signal, noise, snr_db: 2 * signal - mix(signal, noise, snr_db),
        ),
        Wrong(
            "means of absolute values",
            "The sizes are means of absolute values; a power is a mean of squares.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.abs(x).mean(axis=-1, keepdims=True)),
        ),
        Wrong(
            "clipped",
            "The mixture is clipped at ±1, which changes signal and noise where they are loud. It is to be the sum.",
            lambda signal, noise, snr_db: np.clip(mix(signal, noise, snr_db), -1, 1),
        ),
        Wrong(
            "whole decibels",
            "The ratio is rounded to whole decibels; 7.5 dB may be asked.",
            tuple(
                lambda signal, noise, snr_db, rounded=rounded: mix(signal, noise, rounded(snr_db))
                for rounded in (int, round, np.floor)
            ),
        ),
        Wrong(
            "the signal scaled",
            "The ratio is right, but the signal was made louder or softer and the noise left as it was: "
            "the task keeps the signal.",
            _signal_scaled,
        ),
        Wrong(
            "normalised",
            "The mixture was scaled to a peak of 1: the ratio survives that, the level of the signal does not.",
            (_peak_normalised(), _peak_normalised(least=0.0), _peak_normalised(None), _peak_normalised(None, 0.0)),
        ),
        Wrong(
            "normalised where it is loud",
            "The mixture is divided by its peak where that exceeds 1: the signal is to stay as loud as it was, and floats "
            "may exceed 1.",
            (_peak_normalised(least=1.0), _peak_normalised(None, 1.0)),
        ),
        Wrong(
            "a small number added to both",
            "A small number guards the sizes of both, signal and noise. Beside a faint sound it counts, and the ratio is another.",
            (
                *(code for small in SMALL_POWERS for code in _both_powers_with(small)),
                *map(_both_rms_with, SMALL),
            ),
        ),
        Wrong(
            "zeros not counted",
            "The power is the mean over all N samples, and those that are exactly 0 count, too: a word in as much silence has "
            "half the power.",
            (
                _mixed_by_powers(power=_where_not_zero),
                _mixed_by_powers(noise_power=_where_not_zero),
                _mixed_by_powers(power=_where_not_zero, noise_power=_where_not_zero),
            ),
        ),
        Wrong(
            "noise only beside the signal",
            "The noise is there throughout, also where the signal is exactly 0: it is heard there, and its power counts.",
            (_noise_power_beside_the_signal, _noise_beside_the_signal),
        ),
    ),
    after="The ratio is one over the whole array: stand the word in as much silence again, and for the same number the noise "
    "comes out 3 dB weaker.",
    also_right=(_mixed_by_definition, _mixed_by_norms, functools.partial(package.mix_at_snr, rng=None)),
)
