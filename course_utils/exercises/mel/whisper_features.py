import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _whisper_by_definition(mel_power):
    """Cell by cell, one signal after the other."""
    mel_power = np.asarray(mel_power, float)
    result = np.empty_like(mel_power)
    for place in np.ndindex(mel_power.shape[:-2]):
        cells = mel_power[place]
        logs = [[math.log10(max(value, 1e-10)) for value in row] for row in cells]
        top = max(max(row) for row in logs)
        result[place] = [[(max(value, top - 8) + 4) / 4 for value in row] for row in logs]
    return result


def _mel_powers() -> list[Case]:
    rng = np.random.default_rng(8)
    spread = 10 ** rng.uniform(-9, 1, (5, 7))
    loud_and_soft = np.array([100.0, 1e-3])[:, None, None] * 10 ** rng.uniform(-8, 0, (2, 4, 6))
    return [
        case(np.array([[1.0, 1e-4]]), says="one band, two frames", gives=[[1, 0]]),
        case(np.array([[1.0], [1e-12]]), says="two bands 120 dB apart", gives=[[1], [-1]]),
        case(np.array([[1e-7, 1e-12]]), says="a soft cell and one below the floor", gives=[[-0.75, -1.5]]),
        case(spread, says="cells 100 dB apart"),
        case(np.zeros((3, 4)), says="silence", gives=np.full((3, 4), -1.5)),
        case(loud_and_soft, says="a batch of a loud and a soft signal"),
        case(10 ** rng.uniform(-9, 3, (2, 3, 2, 5)), says="a batch of two by three signals"),
        case(10 ** rng.uniform(-9, 3, (1, 2, 1, 3, 4)), says="three leading axes, two of them of length 1"),
        case(np.array([[1e-12]]), says="a single cell below the floor", gives=[[-1.5]]),
    ]


def whisper_features(mel_power):
    level = np.log10(np.maximum(mel_power, 1e-10))
    lowest = level.max(axis=(-2, -1), keepdims=True) - 8
    return (np.maximum(level, lowest) + 4) / 4


def _features(*, log=lambda m: np.log10(np.maximum(m, 1e-10)), axis=(-2, -1), span=8):
    def features(mel_power):
        level = log(np.asarray(mel_power))
        return (np.maximum(level, level.max(axis=axis, keepdims=True) - span) + 4) / 4

    return features


def _first_axis_kept(mel_power):
    axes = tuple(range(1, np.ndim(mel_power))) if np.ndim(mel_power) > 2 else None
    return _features(axis=axes)(mel_power)


def _smaller_of_both(mel_power):
    level = np.log10(np.maximum(mel_power, 1e-10))
    return (np.minimum(level, level.max(axis=(-2, -1), keepdims=True) - 8) + 4) / 4


def _with_floor(floor):
    return _features(log=lambda m: np.log10(np.maximum(m, floor)))


def _features_flat(mel_power):
    flat = np.log10(np.clip(mel_power, 1e-10, None)).reshape(*np.shape(mel_power)[:-2], -1)
    floored = np.maximum(flat, flat.max(axis=-1)[..., None] - 8)
    return (floored / 4 + 1).reshape(np.shape(mel_power))


def _features_power_first(mel_power):
    """The floor on the powers, before the logarithm."""
    powers = np.maximum(mel_power, 1e-10).astype(np.float64)
    top = powers.max(axis=-1).max(axis=-1)[..., None, None]
    return (1 + 0.25 * np.log10(np.maximum(powers, top * 1e-8))).astype(np.float32)


EXERCISE = Exercise(
    title="Whisper's features, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below ends the way to Whisper's features: mel power `(…, n_mels, time)` in, the same shape out. It holds two bugs that published code has, and neither raises an error. One is in the level. The other shows in a batch only; openai/whisper's own function has had it since it accepts batches (the project's pull request 2862 describes it).

**Mend it.** For *each signal* of the batch, with M its mel power:

$$L = \log_{10} \max(M, 10^{-10}) \qquad F = \frac{\max(L,\ \max L - 8) + 4}{4}$$

The powers may be zero, and there may be any number of leading axes, none included. The argument stays as it is.
""",
    given='''import numpy as np

import course_utils as cu


def published_features(mel_power):
    """As published in two places: decibels, tens of them, and Whisper's last steps."""
    level = 20 * np.log10(np.maximum(mel_power, 1e-5)) / 10
    return (np.maximum(level, level.max() - 8) + 4) / 4


digits, sample_rate = cu.audio.load("speech/digits", dtype=np.float64)
digits = digits[:sample_rate]
grid = {"sample_rate": sample_rate, "n_fft": 400, "hop_length": 160, "n_mels": 80}
loud, soft = (cu.mel.mel_spectrogram(gain * digits, **grid) for gain in (1, 0.1))
fall = published_features(soft).max() - published_features(loud).max()
print(f"20 dB softer, the loudest cell falls by {-fall:.2f}; a fall by 0.50 is right")
beside = published_features(np.stack([loud, soft]))[1]
changed = np.mean(np.abs(beside - published_features(soft)) > 0.01)
print(f"cells of the soft one that change when the loud one stands beside it: {changed:.0%}")''',
    form="Mel powers (…, n_mels, time) in, Whisper's features in the same shape out.",
    answer="whisper_features",
    spec=Function(cases=_mel_powers, expected=_whisper_by_definition),
    reference=whisper_features,
    hints=(
        "Ten times the power: by how much must L rise? By how much does `level` rise?",
        "Which axes belong to one signal, and which one counts the signals? The maximum runs over the first kind only.",
        "`level.max(axis=(-2, -1), keepdims=True)` keeps the leading axes, and two axes of length 1 for broadcasting.",
    ),
    wrongs=(
        Wrong(
            "still for amplitudes",
            "The batch is right now, the logarithm is not: 20 log₁₀ is for amplitudes, and M is a power, so every L "
            "is doubled and only 40 dB of the sound are left above the floor.",
            (
                _features(log=lambda m: 2 * np.log10(np.maximum(m, 1e-5))),
                _features(log=lambda m: 2 * np.log10(np.maximum(m, 1e-10))),
            ),
        ),
        Wrong(
            "one maximum for the batch",
            "The logarithm is right now; the maximum is still that of the whole batch, so a loud signal raises the floor "
            "of its neighbours.",
            _features(axis=None),
        ),
        Wrong(
            "only the first axis is a batch",
            "It is right as long as there is one leading axis: with more, one maximum is taken for several signals. "
            "Name the two axes of a signal, counted from the end.",
            (_first_axis_kept, lambda mel_power: _features(axis=tuple(range(1, np.ndim(mel_power))))(mel_power)),
        ),
        Wrong(
            "a maximum for each band",
            "The maximum is taken over time only: each band then has a floor of its own. "
            "It belongs to the signal, so it runs over bands and frames.",
            _features(axis=-1),
        ),
        Wrong(
            "a maximum for each frame",
            "The maximum is taken over the bands only: each frame then has a floor of its own. "
            "It belongs to the signal, so it runs over bands and frames.",
            _features(axis=-2),
        ),
        Wrong(
            "as published",
            "Both bugs are still there: 20 log₁₀ taken of a power, and one maximum for the whole batch.",
            _features(log=lambda m: 2 * np.log10(np.maximum(m, 1e-5)), axis=None),
        ),
        Wrong(
            "decibels",
            "The floor is 80 dB below the maximum, as it should be, but the last step wants log₁₀ M, "
            "a tenth of the level in dB.",
            _features(log=lambda m: 10 * np.log10(np.maximum(m, 1e-10)), span=80),
        ),
        Wrong(
            "decibels, and 8 of them",
            "These are decibels: L is log₁₀ M, a tenth of the level in dB, and the 8 below the maximum are 80 dB.",
            _features(log=lambda m: 10 * np.log10(np.maximum(m, 1e-10))),
        ),
        Wrong(
            "another logarithm",
            "The logarithm has another base: Whisper was trained on log₁₀. (The natural one is 2.303 times as large.)",
            (
                _features(log=lambda m: np.log(np.maximum(m, 1e-10))),
                _features(log=lambda m: np.log2(np.maximum(m, 1e-10))),
            ),
        ),
        Wrong(
            "no floor",
            "The floor is missing: cells softer than 10⁻¹⁰ read too low, and silence, whose logarithm is −∞, "
            "stays minus infinity.",
            _features(log=np.log10),
        ),
        Wrong(
            "floor added",
            "The floor is added to the power: a cell of 10⁻¹⁰ then reads 0.075 too high. It stands in for less, "
            "it does not come on top.",
            (_features(log=lambda m: np.log10(m + 1e-10)), _features(log=lambda m: np.log10(m + 1e-9))),
        ),
        Wrong(
            "another floor",
            "The first floor lies elsewhere: the power 10⁻¹⁰ is asked, whose L is −10.",
            (
                *map(_with_floor, (1e-5, 1e-6, 1e-8, 1e-9, 1e-12, 1e-20)),
                _features(log=lambda m: np.log10(m + 1e-12)),
                _features(log=lambda m: np.log10(m + 1e-8)),
            ),
        ),
        Wrong(
            "second floor too high",
            "Too much is cut off: cells up to 8 of L, 80 dB, below the maximum stay as they are.",
            (_features(span=4), _features(span=2), _features(span=0.8)),
        ),
        Wrong(
            "max and min exchanged",
            "The louder cells are cut down to the floor, and the soft ones stay: of L and its floor the larger is to stay.",
            _smaller_of_both,
        ),
        Wrong(
            "no second floor",
            "Soft cells stay: nothing may lie more than 8 of L, 80 dB, below the maximum. "
            "(After the division by 4, these 8 are 2, and 8 are 32.)",
            (_features(span=np.inf), _features(span=80), _features(span=32)),
        ),
    ),
    after="One click in a clip lifts the floor for all of it: Whisper sees no more than the 80 dB below the loudest cell.",
    also_right=(_features_flat, _features_power_first, lambda mel_power: _features()(mel_power).tolist()),
)
