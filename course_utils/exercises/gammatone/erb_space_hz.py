import math

import numpy as np

from ... import gammatone as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case

SLANEY_C = 9.26449 * 24.7  # Hz; 1 / 0.00437 in Glasberg & Moore's formula, which is the same in seven digits


def _centres_by_counting(*, f_min, f_max, n_channels):
    """From the highest to the lowest, each with the same count of bands to the next."""

    def below(frequency_hz):
        return 9.26449 * math.log(1 + frequency_hz / SLANEY_C)  # the integral of 1 / (f / 9.26449 + 24.7)

    step = (below(f_max) - below(f_min)) / n_channels
    counts = [below(f_max) - i * step for i in range(1, n_channels + 1)]
    return np.array([(math.exp(count / 9.26449) - 1) * SLANEY_C for count in counts])


def _bands() -> list[Case]:
    c = SLANEY_C  # four steps, each of which halves f + c
    halved = [8 * (100 + c) - c, 4 * (100 + c) - c, 2 * (100 + c) - c, 100]
    return [
        case(f_min=100, f_max=16 * (100 + c) - c, n_channels=4, says="four channels above 100 Hz", gives=halved),
        case(f_min=50.0, f_max=8000.0, n_channels=64, says="64 channels from 50 Hz to 8 kHz"),
        case(f_min=20, f_max=20_000, n_channels=9, says="nine channels over the range of hearing"),
        case(f_min=312.5, f_max=625.0, n_channels=2, says="two channels in an octave"),
        case(f_min=440, f_max=4000, n_channels=1, says="a single channel", gives=[440]),
        case(f_min=0.1, f_max=16_000, n_channels=5, says="five channels from 0.1 Hz"),
    ]


def _mel():
    from ... import mel

    return mel


def _on_scale(to_scale, from_scale, steps=lambda points: points[1:]):
    """Equal steps of any scale, from high to low."""

    def centres(*, f_min, f_max, n_channels):
        return from_scale(steps(np.linspace(to_scale(f_max), to_scale(f_min), n_channels + 1)))

    return centres


def _changed(change):
    """The right centres, changed."""
    return lambda **band: change(_centres_by_counting(**band))


def _erb_scale(*, there=np.log10, back=lambda x: 10**x):
    """The ERB-rate scale with another base on the way there or back."""
    return _on_scale(lambda hz: 21.4 * there(1 + 0.00437 * hz), lambda rate: (back(rate / 21.4) - 1) / 0.00437)


def _rate_of_1983(hz):
    """Moore & Glasberg 1983, without the constant that cancels."""
    return 11.17 * np.log((hz + 312) / (hz + 14_675))


def _hz_of_1983(rate):
    ratio = np.exp(rate / 11.17)
    return (14_675 * ratio - 312) / (1 - ratio)


def _bark_by_traunmueller(hz):
    return 26.81 * hz / (1960 + hz) - 0.53


def _hz_by_traunmueller(bark):
    return 1960 * (bark + 0.53) / (26.28 - bark)


def _bark_by_zwicker(hz):
    return 13 * np.arctan(0.00076 * hz) + 3.5 * np.arctan((hz / 7500) ** 2)


def _hz_by_zwicker(bark):
    grid_hz = np.arange(0, 25_000, 0.5)
    return np.interp(bark, _bark_by_zwicker(grid_hz), grid_hz)


def _bending_at(bend_hz):
    """Equal steps of log(1 + f / bend)."""
    return _on_scale(lambda hz: np.log(1 + hz / bend_hz), lambda rate: bend_hz * (np.exp(rate) - 1))


def _steps_of_another_scale(trials):
    """As many as asked, falling to f_min: what is wrong lies between."""
    scales = []
    for trial in trials:
        if trial.right:
            continue
        pair, f_max = trial.pair, trial.case.options["f_max"]
        if pair is None or pair[0].shape != pair[1].shape or not np.isfinite(pair[1]).all():
            return None
        expected, got = pair
        if (
            len(got) < 2
            or abs(got[-1] - expected[-1]) > 1e-4 * expected[-1]
            or (np.diff(got, prepend=f_max) >= 0).any()
        ):
            return None
        scales.append("high" if (got[:-1] > expected[:-1]).all() else "low" if (got < expected)[:-1].all() else "")
    if not scales:
        return None
    way = f" They lie too {scales[0]}." if set(scales) in ({"high"}, {"low"}) else ""
    return (
        f"Number, order and the last centre are right, and not all centres above it are.{way} Are the steps equal on the scale "
        "that counts the ear's bands with 21.4 log₁₀, and its constants those of the lecture?"
    )


def _halfway_in_hz(*, f_min, f_max, n_channels):
    points_hz = np.append(f_max, _centres_by_counting(f_min=f_min, f_max=f_max, n_channels=n_channels))
    return (points_hz[1:] + points_hz[:-1]) / 2


def _centres_by_slaney(*, f_min, f_max, n_channels):
    c = SLANEY_C
    ratio = ((f_min + c) / (f_max + c)) ** (1 / n_channels)
    found = [f_max + c]
    for _ in range(n_channels):
        found.append(found[-1] * ratio)
    return [each - c for each in found[1:]]


def _every_size():
    for n_channels in range(1, 130):
        for f_min, f_max in ((20, 4000), (50, 8000), (104, 5181)):
            yield case(f_min=f_min, f_max=f_max, n_channels=n_channels, says="any number of channels"), (n_channels,)


def _by_arange(places):
    """Centres at ``places(lowest, highest, step)`` of the ERB-rate scale."""

    def centres(*, f_min, f_max, n_channels):
        lowest, highest = package.hz_to_erb_rate(f_min), package.hz_to_erb_rate(f_max)
        return package.erb_rate_to_hz(places(lowest, highest, (highest - lowest) / n_channels))

    return centres


def _by_steps(places):
    """Centres at ``places(lowest, highest, n_channels)`` of the ERB-rate scale."""
    return lambda *, f_min, f_max, n_channels: package.erb_rate_to_hz(
        places(package.hz_to_erb_rate(f_min), package.hz_to_erb_rate(f_max), n_channels)
    )


EXERCISE = Exercise(
    title="a scale that is none",
    stars=1,
    kind="repair",
    task="""
The function below should place `n_channels` centres at equal steps of the ERB-rate scale, which counts the ear's bands below a frequency (section 1 of the lecture), from high to low: the last one is `f_min`, the first one lies a step below `f_max` (so with one channel it is `f_min`). Everything is in Hz. A scale of this kind stands in the training code of the Opus codec (`dnn/torch/osce/utils/spec.py`, 2023); it has two faults, of which one hides the other, and it runs without a complaint.

Look at the four centres that it prints. **Mend it**: an array or a list of `n_channels` numbers comes out. `f_min` is above 0 and below `f_max`, and there is at least one channel.
""",
    given='''import numpy as np


def published_space_hz(*, f_min, f_max, n_channels):
    """As published: from hertz to ERB, equal steps, and back to hertz."""
    lowest, highest = 24.7 * (4.37 * f_min + 1), 24.7 * (4.37 * f_max + 1)
    steps = np.linspace(highest, lowest, n_channels + 1)[1:]
    return (steps / 24.7 - 1) / 4.37


print(np.round(published_space_hz(f_min=100, f_max=8100, n_channels=4)), "Hz")''',
    form="Centres at equal steps of the ERB-rate scale, from high to low, in Hz.",
    answer="erb_space_hz",
    # Slaney's constants and those of Glasberg & Moore differ in the eighth digit: either may be used.
    spec=Function(
        cases=_bands,
        expected=_centres_by_counting,
        properties=(right_count(_every_size),),
        tolerance=1e-5,
        sees=_steps_of_another_scale,
    ),
    reference=package.erb_space_hz,
    hints=(
        "How far apart are the four centres? What would a scale of the ear do to these distances?",
        "The formula gives the *width* of a band. Which function of the lecture *counts* the bands below a frequency?",
        "Replace both ways: hertz to ERB-rate, E = 21.4 log₁₀(1 + 0.00437 f), equal steps of E, and each of them back, "
        "f = (10^(E / 21.4) − 1) / 0.00437.",
    ),
    wrongs=(
        Wrong(
            "still linear",
            "The centres still lie at equal distances in hertz. The width of a band is linear in f, so equal steps of "
            "it are equal steps of hertz, whether f is fed in Hz or in kHz: a width is not a scale.",
            _on_scale(lambda hz: hz, lambda hz: hz),
        ),
        Wrong(
            "a single channel at f_max",
            "A single channel comes out at f_max: the last centre is f_min, however many there are.",
            lambda *, f_min, f_max, n_channels: (
                np.array([1.0 * f_max])
                if n_channels == 1
                else _centres_by_counting(f_min=f_min, f_max=f_max, n_channels=n_channels)
            ),
        ),
        Wrong(
            "kHz for Hz",
            "The scale is the right one, but 4.37 goes with kHz: fed with Hz, the product is a thousand times the 1 "
            "already at 230 Hz, and the steps are all but those of a logarithm.",
            (
                _on_scale(lambda hz: 21.4 * np.log10(1 + 4.37 * hz), lambda rate: (10 ** (rate / 21.4) - 1) / 4.37),
                _on_scale(lambda hz: 21.4 * np.log10(1 + 4.37 * hz), lambda rate: (10 ** (rate / 21.4) - 1) / 0.00437),
            ),
        ),
        Wrong(
            "logarithmic",
            "These are equal steps of octaves. The ear's bands are so only far above 229 Hz; "
            "below, their width hardly changes.",
            _on_scale(np.log, np.exp),
        ),
        Wrong(
            "lowest first",
            "The centres are right and stand in the other order: the highest comes first here, as in Slaney's report.",
            _changed(lambda centres: centres[::-1]),
        ),
        Wrong(
            "f_max included",
            "The first centre is f_max itself: with both ends among them, n centres have n − 1 steps between them, "
            "and the step comes out too large.",
            lambda *, f_min, f_max, n_channels: _on_scale(
                package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: points
            )(f_min=f_min, f_max=f_max, n_channels=max(n_channels - 1, 1))[:n_channels],
        ),
        Wrong(
            "f_min left out",
            "The steps are right and the wrong end is left out: f_max is there, f_min is missing.",
            _on_scale(package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: points[:-1]),
        ),
        Wrong(
            "lowest first, f_max included",
            "Two things are otherwise: the highest centre comes first here, and f_max is not among them. "
            "n centres below it need n steps, not n − 1.",
            lambda *, f_min, f_max, n_channels: package.erb_rate_to_hz(
                np.linspace(package.hz_to_erb_rate(f_min), package.hz_to_erb_rate(f_max), n_channels)
            ),
        ),
        Wrong(
            "mel",
            "These are equal steps of a mel scale: HTK's bends at 700 Hz, Slaney's is linear up to 1 kHz; "
            "the scale that counts ERBs bends at 229 Hz.",
            (
                _on_scale(lambda hz: _mel().hz_to_mel(float(hz)), lambda mels: _mel().mel_to_hz(mels)),
                _on_scale(lambda hz: 2595 * np.log10(1 + hz / 700), lambda mels: 700 * (10 ** (mels / 2595) - 1)),
            ),
        ),
        Wrong(
            "not turned back",
            "These are values of the scale, between 0 and some 40: the way back to hertz is missing.",
            _on_scale(package.hz_to_erb_rate, lambda rate: rate),
        ),
        Wrong(
            "Bark",
            "These are equal steps of a Bark scale, which counts the older critical bands, 100 Hz wide at the bottom; "
            "ERBs are narrower there.",
            (
                _on_scale(lambda hz: np.arcsinh(hz / 600), lambda bark: 600 * np.sinh(bark)),
                _on_scale(lambda hz: np.arcsinh(hz / 650), lambda bark: 650 * np.sinh(bark)),
                _on_scale(_bark_by_traunmueller, _hz_by_traunmueller),
                _on_scale(_bark_by_zwicker, _hz_by_zwicker),
            ),
        ),
        Wrong(
            "the scale of 1983",
            "These are equal steps of the ERB-rate scale that Moore and Glasberg published in 1983, with 11.17 in front of a "
            "logarithm of a quotient. The lecture's is that of 1990, which counts with 21.4 log₁₀.",
            _on_scale(_rate_of_1983, _hz_of_1983),
        ),
        Wrong(
            "another bend",
            "These are equal steps of a scale of the right form that bends elsewhere, such as Greenwood's of the cochlea "
            "at 165 Hz. The one that counts ERBs bends at 229 Hz, 1 over 0.00437.",
            (_bending_at(165.4), _bending_at(1000), _bending_at(625)),
        ),
        Wrong(
            "two bases",
            "The way to the scale and the way back take logarithms to different bases: log₁₀ is undone by a power of 10, "
            "ln by exp.",
            (_erb_scale(there=np.log), _erb_scale(back=np.exp)),
        ),
        Wrong(
            "constants of two sources",
            "The way there and the way back have constants of two sources, 21.4 and 9.26449: the first belongs to log₁₀, and "
            "is 9.294 for ln. Either pair will do, and each way must undo the other.",
            (
                _erb_scale(back=lambda x: np.exp(x * 21.4 / 9.26449)),
                _erb_scale(there=lambda x: np.log(x) * 9.26449 / 21.4),
            ),
        ),
        Wrong(
            "half a step too high",
            "Each centre lies halfway between two of the points: the points themselves are asked, and the last one is f_min.",
            (
                _on_scale(
                    package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: (points[1:] + points[:-1]) / 2
                ),
                _halfway_in_hz,
            ),
        ),
        Wrong(
            "widths",
            "These are the widths of the bands at the right centres, in Hz; the centres are asked.",
            _changed(lambda centres: 24.7 * (0.00437 * centres + 1)),
        ),
        Wrong(
            "both ends left out",
            "f_min and f_max are both left out: the last centre is f_min itself, so n channels take n steps.",
            lambda *, f_min, f_max, n_channels: _on_scale(
                package.hz_to_erb_rate, package.erb_rate_to_hz, lambda points: points[1:-1]
            )(f_min=f_min, f_max=f_max, n_channels=n_channels + 1),
        ),
        Wrong(
            "another number of steps",
            "The range is divided into another number of steps: from f_max down to f_min, which is the last centre, n channels take n.",
            (
                _by_steps(lambda low, high, n: high - (high - low) / max(n - 1, 1) * np.arange(1, n + 1)),
                _by_steps(lambda low, high, n: high - (high - low) / (n + 1) * np.arange(n)),
                _by_steps(lambda low, high, n: low + (high - low) / (n + 1) * np.arange(n)[::-1]),
            ),
        ),
        Wrong(
            "rounded",
            "The centres have lost the digits after the point: leave them as they are.",
            (_changed(np.round), _changed(np.floor), _changed(lambda centres: np.floor(centres - 1e-6))),
        ),
        Wrong(
            "np.arange with a float step",
            "Now and then there is one centre too many: with a step that is no whole number, rounding decides whether "
            "np.arange takes its end. np.linspace takes the number of points.",
            (
                _by_arange(lambda low, high, step: np.arange(low, high, step)[::-1]),
                _by_arange(lambda low, high, step: np.arange(high, low - step, -step)[1:]),
                _by_arange(lambda low, high, step: np.arange(high - step, low - step, -step)),
            ),
        ),
    ),
    after="A bank of 64 channels from 50 Hz to 8 kHz has 19 of them below 500 Hz; equal steps of hertz leave 4.",
    also_right=(
        _centres_by_slaney,
        _on_scale(package.hz_to_erb_rate, package.erb_rate_to_hz),
        lambda **band: _centres_by_counting(**band).astype(np.float32),
    ),
)
