import math

import numpy as np

from ... import gammatone as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _upright_by_definition(bands, center_hz, *, sample_rate):
    early = np.zeros(np.shape(bands))
    for channel, hz in enumerate(center_hz):
        lag_s = 3 / (2 * math.pi * 1.019 * 24.7 * (4.37 * hz / 1000 + 1))
        lag = math.floor(sample_rate * lag_s + 0.5)
        for n in range(np.shape(bands)[-1] - lag):
            early[..., channel, n] = bands[..., channel, n + lag]
    return early


def _channels() -> list[Case]:
    rng = np.random.default_rng(13)
    counted = np.array([np.arange(1.0, 13), np.arange(21.0, 33)])
    moved = [[11, 12, *[0] * 10], [27, 28, 29, 30, 31, 32, *[0] * 6]]  # by 10.1 and by 6.4 samples
    few_hz, many_hz = np.array([200.0, 450]), np.array([5000.0, 90, 1200])
    bank = rng.standard_normal((3, 700))
    return [
        case(counted, few_hz, sample_rate=1000, says="two channels that lag by 10.1 and 6.4 ms", gives=moved),
        case(bank, many_hz, sample_rate=44_100, says="three channels in no order, at 44.1 kHz"),
        case(rng.standard_normal((2, 3, 60)), many_hz, sample_rate=2205, says="a batch of two signals"),
        case(
            rng.standard_normal((1, 3, 20)),
            many_hz,
            sample_rate=2205,
            says="a batch of one, with one lag longer than it",
        ),
        case(counted[:1], few_hz[:1], sample_rate=1250, says="a lag of 12.65 in 12 samples", gives=[[0] * 12]),
        case(np.zeros((2, 9)), few_hz, sample_rate=1000, says="silence"),
        case(
            counted,
            np.array([200.0, 5000]),
            sample_rate=500,
            says="a lag that rounds to 0",
            gives=[[*np.arange(6.0, 13), *[0] * 5], counted[1]],
        ),
        case(1e-6 * rng.standard_normal((2, 20)), few_hz, sample_rate=1000, says="two channels at −120 dB"),
    ]


def upright(bands, center_hz, *, sample_rate):
    b_hz = 1.019 * package.erb_bandwidth_hz(center_hz)
    lags = np.round(3 / (2 * np.pi * b_hz) * sample_rate).astype(int)
    early = np.zeros_like(bands)
    for channel, lag in enumerate(lags):
        kept = bands[..., channel, lag:]
        early[..., channel, : kept.shape[-1]] = kept
    return early


def _lagging(lags_of, *, later=False, wrap=False):
    """Shifts by other lags, or another way."""

    def shifted(bands, center_hz, *, sample_rate):
        n_time = np.shape(bands)[-1]
        moved = np.zeros(np.shape(bands))
        for channel, lag in enumerate(
            np.broadcast_to(lags_of(np.asarray(center_hz), sample_rate), np.shape(center_hz))
        ):
            source = np.arange(n_time) + (-1 if later else 1) * int(lag)
            inside = (source >= 0) & (source < n_time) | wrap
            moved[..., channel, inside] = np.asarray(bands)[..., channel, source[inside] % n_time]
        return moved

    return shifted


def _lags(center_hz, sample_rate, *, factor=3 / (2 * np.pi * 1.019)):
    return np.round(factor / package.erb_bandwidth_hz(center_hz) * sample_rate)


def _held(bands, center_hz, *, sample_rate):
    """The last sample repeated in place of zeros."""
    n = np.arange(np.shape(bands)[-1]) + _lags(center_hz, sample_rate)[:, np.newaxis].astype(int)
    n = np.minimum(n, np.shape(bands)[-1] - 1)
    return np.take_along_axis(bands, np.broadcast_to(n, np.shape(bands)), axis=-1)


def _upright_by_take(bands, center_hz, *, sample_rate):
    n = np.arange(np.shape(bands)[-1]) + _lags(center_hz, sample_rate)[:, np.newaxis].astype(int)
    padded = np.concatenate([bands, np.zeros_like(bands)], axis=-1)
    last = padded.shape[-1] - 1
    return np.take_along_axis(padded, np.broadcast_to(np.minimum(n, last), np.shape(bands)), axis=-1)


def _from_the_end(bands, center_hz, *, sample_rate):
    """``moved[:n - lag] = bands[:n - lag]`` where n − lag is negative."""
    moved, n_time = upright(bands, center_hz, sample_rate=sample_rate), np.shape(bands)[-1]
    for channel, lag in enumerate(_lags(np.asarray(center_hz), sample_rate).astype(int)):
        if lag > n_time:
            moved[..., channel, : n_time - lag] = bands[..., channel, : n_time - lag]
    return moved


def _nothing_for_no_lag(bands, center_hz, *, sample_rate):
    """The last ``lag`` samples are written as ``[-lag:]``, which is all of them where the lag is 0."""
    moved = upright(bands, center_hz, sample_rate=sample_rate)
    moved[..., _lags(np.asarray(center_hz), sample_rate) == 0, :] = 0
    return moved


EXERCISE = Exercise(
    title="the click, stood upright",
    stars=2,
    kind="implement",
    task=r"""
The hook of the lecture sent a click through a bank, and the line bent: the envelope $t^3 e^{-2\pi b t}$ of a channel is highest at $3 / (2\pi b)$, with $b = 1.019\ \mathrm{ERB}(f)$ and $\mathrm{ERB}(f) = 24.7\,(0.00437 f + 1)$ Hz. To compare onsets across channels, take each channel's own lag off again.

Write `upright(bands, center_hz, sample_rate=…)`: outputs of a bank `(…, channel, time)`, the centre of each channel in Hz (an array, in any order), and the sampling rate in Hz come in. Each channel is moved **earlier** by its lag, **rounded to the nearest sample**; zeros follow at its end, and the shape stays. Leading axes are a batch. A lag may be longer than the signal, of which then nothing is left.
""",
    given="""import numpy as np

import course_utils as cu

click = np.zeros(640)
click[80] = 1  # at 5 ms
center_hz = cu.gammatone.erb_space_hz(f_min=80, f_max=7000, n_channels=48)[::-1]
bands = cu.gammatone.gammatone_filterbank(click, center_hz=center_hz, sample_rate=16_000)
scaled = bands / np.abs(bands).max(axis=1, keepdims=True)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].pcolormesh(np.arange(640) / 16 - 5, np.arange(48), scaled, cmap="gray")
picture.axes[0].set(xlabel="time after the click in ms", ylabel="centre")
picture.axes[0].set_yticks(range(0, 48, 10), [f"{hz:.0f} Hz" for hz in center_hz[::10]])
picture.axes[0].grid(visible=False)
picture.show("A bent wave: the top rows are strongest within 1 ms of the click, the bottom row after 13 ms.")""",
    form="Outputs of a bank (…, channel, time) in, the same with each channel's lag taken off out.",
    answer="upright",
    spec=Function(cases=_channels, expected=_upright_by_definition),
    reference=upright,
    hints=(
        "Work out the lag of the channel at 1,000 Hz by hand, in ms and in samples at 16 kHz. Is it 3.5 ms?",
        "An array of whole numbers, one lag for each channel; then a loop over the channels, "
        "with `bands[..., channel, lag:]` as what is left of one.",
        "Begin with zeros of the shape of bands, and write what is left of each channel to its beginning. "
        "How many samples are left says the piece itself, also when there are none.",
    ),
    wrongs=(
        Wrong(
            "moved later",
            "The channels are moved the other way: the lag is there twice now. Sample n must get what stood at n + lag.",
            _lagging(_lags, later=True),
        ),
        Wrong(
            "wrapped round",
            "What is moved out at the beginning comes back at the end, as with np.roll: zeros belong there.",
            _lagging(_lags, wrap=True),
        ),
        Wrong(
            "order for order less one",
            "The lags are a third too long: t³ e^(−2π b t) is highest at 3/(2π b), and 4 is the order.",
            _lagging(lambda hz, rate: _lags(hz, rate, factor=4 / (2 * np.pi * 1.019))),
        ),
        Wrong(
            "2π missing or twice there",
            "The lags are off by a factor of 2π: b is in Hz and stands with 2π in the exponent, once.",
            (
                _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / 1.019)),
                _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / (1.019 * (2 * np.pi) ** 2))),
            ),
        ),
        Wrong(
            "ERB for b",
            "The lags are off by 2 %, which is some samples in low channels: b is 1.019 times the ERB.",
            (
                _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / (2 * np.pi))),
                _lagging(lambda hz, rate: _lags(hz, rate, factor=3 / (2 * np.pi * 1.019**2))),
            ),
        ),
        Wrong(
            "one lag for all",
            "All channels are moved by one lag, so that the wave stays bent: each has its own.",
            tuple(
                _lagging(lambda hz, rate, pick=pick: np.round(pick(_lags(hz, rate))))
                for pick in (lambda lags: lags[:1], np.max, np.min, np.mean)
            ),
        ),
        Wrong(
            "rounded down",
            "Some channels are moved a sample too little: the lag is cut to whole samples, and the nearest one is asked.",
            _lagging(lambda hz, rate: np.floor(3 / (2 * np.pi * 1.019) / package.erb_bandwidth_hz(hz) * rate)),
        ),
        Wrong(
            "rounded up",
            "Some channels are moved a sample too far: the lag is rounded up, and the nearest sample is asked.",
            _lagging(lambda hz, rate: np.ceil(3 / (2 * np.pi * 1.019) / package.erb_bandwidth_hz(hz) * rate)),
        ),
        Wrong(
            "milliseconds rounded",
            "The lag is rounded to whole milliseconds before it is in samples: round once, in samples.",
            _lagging(
                lambda hz, rate: np.round(np.round(3 / (2 * np.pi * 1.019) / package.erb_bandwidth_hz(hz), 3) * rate)
            ),
        ),
        Wrong(
            "a sample left of a long lag",
            "A lag that is longer than the signal is held at its length less one, and one sample is left: nothing is to be left.",
            lambda bands, center_hz, *, sample_rate: _lagging(
                lambda hz, rate: np.minimum(_lags(hz, rate), np.shape(bands)[-1] - 1)
            )(bands, center_hz, sample_rate=sample_rate),
        ),
        Wrong(
            "not moved by a long lag",
            "A channel with a lag longer than the signal keeps samples: nothing is to be left of it. A negative number of samples "
            "in a slice counts from the end.",
            (
                lambda bands, center_hz, *, sample_rate: _lagging(
                    lambda hz, rate: np.where(_lags(hz, rate) > np.shape(bands)[-1], 0, _lags(hz, rate))
                )(bands, center_hz, sample_rate=sample_rate),
                _from_the_end,
            ),
        ),
        Wrong(
            "seconds for samples",
            "Nothing has moved: the lags are in seconds, far below 1. In samples they are sample_rate times as many.",
            _lagging(lambda hz, rate: 0 * hz),
        ),
        Wrong(
            "milliseconds for samples",
            "The lags are in ms, whatever the rate: in samples they are sample_rate / 1000 times as many.",
            _lagging(lambda hz, rate: _lags(hz, 1000)),
        ),
        Wrong(
            "kHz for Hz",
            "The lags are far too short: 4.37 goes with kHz, so with f in Hz it must be 0.00437.",
            _lagging(lambda hz, rate: np.round(3 * rate / (2 * np.pi * 1.019 * 24.7 * (4.37 * hz + 1)))),
        ),
        Wrong(
            "relative to another channel",
            "The channels are in line with each other, and not with the click: each is to be moved by the whole of its own lag.",
            (
                _lagging(lambda hz, rate: _lags(hz, rate) - _lags(hz, rate).min()),
                _lagging(lambda hz, rate: _lags(hz, rate).max() - _lags(hz, rate), later=True),
            ),
        ),
        Wrong(
            "centres sorted",
            "The centres were sorted and the channels were not: they may come in any order, each with its own.",
            (
                _lagging(lambda hz, rate: _lags(np.sort(hz), rate)),
                _lagging(lambda hz, rate: _lags(-np.sort(-hz), rate)),
            ),
        ),
        Wrong(
            "last sample held",
            "What follows at the end of a channel is its last sample, over and over; zeros are asked.",
            _held,
        ),
        Wrong(
            "nothing left of a lag of 0",
            "A channel whose lag rounds to 0 stays as it is. `x[-lag:]` is the whole of x where lag is 0, and `x[:-lag]` is "
            "nothing: count from the start.",
            _nothing_for_no_lag,
        ),
    ),
    after="An onset now stands in one column of the picture; the price is the end, of which a channel at 80 Hz lacks the last 14 ms.",
    also_right=(
        _upright_by_take,
        _lagging(_lags),
        lambda bands, center_hz, *, sample_rate: upright(bands, center_hz, sample_rate=sample_rate).tolist(),
    ),
)
