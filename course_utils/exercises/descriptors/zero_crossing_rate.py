import functools

import numpy as np

from ... import descriptors as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _crossings_by_counting(signal, *, frame_length, hop_length):
    signal = np.asarray(signal)
    rates = []
    for one in signal.reshape(-1, signal.shape[-1]):
        row, start = [], 0
        while start + frame_length <= len(one):
            n_changes = 0
            for n in range(start + 1, start + frame_length):
                n_changes += (one[n] >= 0) != (one[n - 1] >= 0)
            row.append(n_changes / frame_length)
            start += hop_length
        rates.append(row)
    return np.reshape(rates, (*signal.shape[:-1], -1))


def _waves() -> list[Case]:
    rng = np.random.default_rng(9)
    zeros = np.array([0.0, -1, 0, 0, 2, 0, 0.5, -3])
    signed = np.array([1.0, -0.0, 2, 0.0, -1, -0.0])
    faint = rng.standard_normal(40) * np.where(rng.random(40) < 0.5, 1, 1e-200)
    return [
        case(np.array([1.0, -1, 1, -1]), frame_length=4, hop_length=4, says="a sign that always changes", gives=[0.75]),
        case(zeros, frame_length=8, hop_length=1, says="zeros among the samples", gives=[0.375]),
        case(
            np.array([1.0, 2, -1, -2]),
            frame_length=2,
            hop_length=2,
            says="a change between two frames",
            gives=[0, 0],
        ),
        case(signed, frame_length=6, hop_length=1, says="zeros, two of them with a minus", gives=[1 / 3]),
        case(rng.standard_normal(53), frame_length=16, hop_length=5, says="overlapping frames and a remainder"),
        case(rng.standard_normal(40), frame_length=7, hop_length=11, says="gaps between the frames"),
        case(rng.standard_normal((2, 3, 40)), frame_length=10, hop_length=4, says="a batch of two by three signals"),
        case(1e-12 * rng.standard_normal(40), frame_length=10, hop_length=4, says="a signal at −240 dB"),
        case(1e-30 * rng.standard_normal(40), frame_length=8, hop_length=3, says="samples near ±10⁻³⁰"),
        case(faint, frame_length=8, hop_length=4, says="samples near ±1 among others near ±10⁻²⁰⁰"),
        case(np.zeros(12), frame_length=5, hop_length=2, says="silence", gives=[0, 0, 0, 0]),
        case(np.array([3.0, -1]), frame_length=1, hop_length=1, says="frames of one sample", gives=[0, 0]),
        case(
            np.tile([1.0, -1], 150),
            frame_length=300,
            hop_length=1,
            says="more than 256 changes in a frame",
            gives=[299 / 300],
        ),
        case(rng.standard_normal((1, 30)), frame_length=8, hop_length=4, says="a batch of one signal"),
    ]


def zero_crossing_rate(signal, *, frame_length, hop_length):
    positive = signal >= 0
    changes = positive[..., 1:] != positive[..., :-1]
    pairs = np.lib.stride_tricks.sliding_window_view(changes, frame_length - 1, axis=-1)
    return pairs[..., ::hop_length, :].sum(axis=-1) / frame_length


def _frames(signal, frame_length, hop_length):
    return np.lib.stride_tricks.sliding_window_view(signal, frame_length, axis=-1)[..., ::hop_length, :]


def _crossings_with(changed, per=lambda frame_length: frame_length):
    """A count of ``changed(frames)`` in frames (…, frame, n), over ``per(frame_length)``."""

    def rate(signal, *, frame_length, hop_length):
        return changed(_frames(signal, frame_length, hop_length)).sum(axis=-1) / max(per(frame_length), 1)

    return rate


def _crossings_padded(mode):
    def rate(signal, *, frame_length, hop_length):
        rest = -(signal.shape[-1] - frame_length) % hop_length
        padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(0, rest)], mode=mode)
        return zero_crossing_rate(padded, frame_length=frame_length, hop_length=hop_length)

    return rate


def _crossings_centred(mode, least=0.0):
    """Half a frame before the first sample and behind the last; what lies below ``least`` is zero."""

    def rate(signal, *, frame_length, hop_length):
        half = frame_length // 2
        padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(half, half)], mode=mode)
        padded = np.where(np.abs(padded) <= least, 0, padded)
        return _crossings_piece_by_piece(padded, frame_length=frame_length, hop_length=hop_length)

    return rate


def _crossings_in_first_frames(count):
    """The rates of ``count(n_samples, frame_length, hop_length)`` frames."""

    def rate(signal, *, frame_length, hop_length):
        rates = zero_crossing_rate(signal, frame_length=frame_length, hop_length=hop_length)
        return rates[..., : count(signal.shape[-1], frame_length, hop_length)]

    return rate


def _product_of_what_is_not_zero(frames):
    frames = np.where(frames == 0, 1, frames)
    return frames[..., 1:] * frames[..., :-1] < 0


def _crossings_across(signal, *, frame_length, hop_length):
    changes = np.diff(signal >= 0, axis=-1, prepend=signal[..., :1] >= 0)
    return _frames(changes, frame_length, hop_length).sum(axis=-1) / frame_length


def _crossings_piece_by_piece(signal, *, frame_length, hop_length):
    """The sign of each sample as a number, and the frames cut out one by one."""
    sign = np.where(signal < 0, -1.0, 1.0)
    starts = range(0, sign.shape[-1] - frame_length + 1, hop_length)
    pieces = [sign[..., start : start + frame_length] for start in starts]
    return np.stack([np.abs(np.diff(piece)).sum(axis=-1) / 2 / frame_length for piece in pieces], axis=-1)


def _crossings_by_mean(signal, *, frame_length, hop_length):
    with np.errstate(all="ignore"):  # a frame of one sample has no pair
        pairs = np.diff(_frames(signal, frame_length, hop_length) >= 0, axis=-1)
        return pairs.sum(axis=-1) / np.float64(frame_length - 1)


def _crossings_over_hop(signal, *, frame_length, hop_length):
    return zero_crossing_rate(signal, frame_length=frame_length, hop_length=hop_length) * frame_length / hop_length


def _counted_in(dtype):
    def rate(signal, *, frame_length, hop_length):
        changes = _frames(signal, frame_length, hop_length) >= 0
        return np.diff(changes, axis=-1).sum(axis=-1, dtype=dtype) / frame_length

    return rate


def _axes_of_one_lost(signal, **lengths):
    return zero_crossing_rate(np.squeeze(signal) if signal.shape[0] == 1 else signal, **lengths)


EXERCISE = Exercise(
    title="how often the sign changes",
    stars=1,
    kind="implement",
    task=r"""
The cheapest descriptor needs no multiplication. Write

$$z[m] = \frac{1}{N} \sum_{n=1}^{N-1} \big[\, s[mH+n] \ne s[mH+n-1] \,\big], \qquad s[n] = \big[\, x[n] \ge 0 \,\big]$$

with $N$ = `frame_length` and $H$ = `hop_length` in samples. Frame $m$ is `x[m·H : m·H + N]`; nothing is padded, and samples left at the end that fill no frame are not used. **Zero counts as positive**, with a minus too ($-0.0 \ge 0$ is true), and nothing else is taken for zero: $-10^{-12}$ is negative. Signals are floats `(…, time)`, at least one frame long, and the result is `(…, frames)`: crossings per sample. A frame of one sample has no pair, and so the rate 0.
""",
    form="Signals (…, time) in, crossings per sample (…, frames) out.",
    answer="zero_crossing_rate",
    spec=Function(cases=_waves, expected=_crossings_by_counting),
    reference=zero_crossing_rate,
    hints=(
        "How many pairs of neighbours does a frame of N samples have? Each either changes its sign or does not.",
        "Turn the samples into True and False first. Two neighbours that differ are one crossing, zeros included.",
        "`s[..., 1:] != s[..., :-1]` marks the crossings inside one frame; add them along the last axis, divide by N.",
    ),
    wrongs=(
        Wrong(
            "zero as a third sign",
            "A sample of exactly 0 counts here as a sign of its own, so that a way down through 0 is two crossings. "
            "The task counts 0 as positive.",
            _crossings_with(lambda frames: np.diff(np.sign(frames), axis=-1) != 0),
        ),
        Wrong(
            "first sample counted",
            "Every frame has one crossing too many. Is its first sample counted, as librosa does with pad=True? Within the "
            "frame none stands before it.",
            _crossings_with(lambda frames: np.diff(frames >= 0, axis=-1, prepend=~(frames[..., :1] >= 0))),
        ),
        Wrong(
            "half a crossing at zero",
            "A step to or from exactly 0 counts as half a crossing: sign() is 0 there, and half the difference 1/2. "
            "The task knows only two signs.",
            _crossings_with(lambda frames: np.abs(np.diff(np.sign(frames), axis=-1)) / 2),
        ),
        Wrong(
            "negative product",
            "A crossing that passes through a sample of exactly 0 is missed: "
            "the product of that sample with its neighbours is 0, not negative.",
            _crossings_with(lambda frames: frames[..., 1:] * frames[..., :-1] < 0),
        ),
        Wrong(
            "zero taken for negative",
            "Zero counts as negative here: `>` where the task says `≥`.",
            _crossings_with(lambda frames: np.diff(frames > 0, axis=-1)),
        ),
        Wrong(
            "divided by N − 1",
            "It is N/(N − 1) times too large: a mean over the N − 1 pairs. The task divides by the N samples of the frame.",
            (
                _crossings_with(lambda frames: np.diff(frames >= 0, axis=-1), lambda frame_length: frame_length - 1),
                _crossings_by_mean,
            ),
        ),
        Wrong(
            "count",
            "These are numbers of crossings; a rate is asked for: divide by the length of the frame.",
            _crossings_with(lambda frames: np.diff(frames >= 0, axis=-1), lambda frame_length: 1),
        ),
        Wrong(
            "divided by the hop",
            "The crossings are divided by the hop. Each frame has N samples, however far the next one is.",
            _crossings_over_hop,
        ),
        Wrong(
            "another hop",
            "The frames do not begin at m·H: another hop is taken.",
            (
                lambda signal, *, frame_length, hop_length: _crossings_piece_by_piece(
                    signal, frame_length=frame_length, hop_length=1
                ),
                lambda signal, *, frame_length, hop_length: _crossings_piece_by_piece(
                    signal, frame_length=frame_length, hop_length=frame_length
                ),
            ),
        ),
        Wrong(
            "one way only",
            "Only the crossings in one direction are counted: up and down both count.",
            (
                _crossings_with(lambda frames: np.diff((frames >= 0).astype(int), axis=-1) > 0),
                _crossings_with(lambda frames: np.diff((frames >= 0).astype(int), axis=-1) < 0),
            ),
        ),
        Wrong(
            "mean taken off",
            "The mean of the signal is taken off first, which makes it another signal: the task asks for this one.",
            lambda signal, *, frame_length, hop_length: _crossings_piece_by_piece(
                signal - signal.mean(axis=-1, keepdims=True), frame_length=frame_length, hop_length=hop_length
            ),
        ),
        Wrong(
            "the sign bit",
            "A zero that carries a minus counts as negative here: floats have a −0.0, whose sign bit is set, and "
            "−0.0 ≥ 0 is true all the same.",
            _crossings_with(lambda frames: np.diff(np.signbit(frames), axis=-1)),
        ),
        Wrong(
            "a threshold",
            "Samples that are very small count as zero, and so as positive: a signal at −240 dB crosses as often as a loud "
            "one. Compare with 0 itself.",
            (
                *(
                    _crossings_with(lambda frames, least=least: np.diff(frames > -least, axis=-1))
                    for least in (1e-9, 1e-20)
                ),
                _crossings_with(lambda frames: np.diff(np.where(abs(frames) <= 1e-10, 0, frames) >= 0, axis=-1)),
            ),
        ),
        Wrong(
            "single precision",
            "The signal goes through float32, which has nothing between 0 and 10⁻⁴⁵: what is smaller becomes 0, and so "
            "positive. Compare the samples as they came.",
            _crossings_with(lambda frames: np.diff(frames.astype(np.float32) >= 0, axis=-1)),
        ),
        Wrong(
            "a product too small",
            "Zeros are right, but the product of two very small samples is 0 in floats, and not negative, so that their "
            "crossing is missed. Compare the signs.",
            _crossings_with(_product_of_what_is_not_zero),
        ),
        Wrong(
            "a product of zero",
            "Each pair with a zero in it counts as a crossing, on both sides of the zero: its product is 0, and ≤ takes that.",
            _crossings_with(lambda frames: frames[..., 1:] * frames[..., :-1] <= 0),
        ),
        Wrong(
            "pair across the border",
            "The step from the sample before the frame to its first one is counted too: "
            "a frame of N samples has N − 1 pairs of its own.",
            _crossings_across,
        ),
        Wrong(
            "last frame filled up",
            "There is a frame too many where the last samples fill no frame: the task leaves them out.",
            (_crossings_padded("edge"), _crossings_padded("constant")),
        ),
        Wrong(
            "last frame missing",
            "There is a frame too few: one that ends with the very last sample counts, so that T samples have "
            "(T − N) // H + 1 of them.",
            (
                _crossings_in_first_frames(lambda n, length, hop: len(range(0, n - length, hop))),
                _crossings_in_first_frames(lambda n, length, hop: (n - length) // hop),
            ),
        ),
        Wrong(
            "centred frames",
            "Half a frame is padded on either side, so that the frames are centred on every hop, as librosa and the package "
            "do by default (center=True). Here frame m begins at sample m·H.",
            (
                package.zero_crossing_rate,
                *(_crossings_centred(mode, least) for mode in ("edge", "constant") for least in (0.0, 1e-10)),
                _crossings_centred("reflect"),
                _crossings_centred("symmetric"),
            ),
        ),
        Wrong(
            "counted in few bits",
            "The count begins again from the other end at 128 or 256: eight bits hold no more. Let the sum have the type that "
            "numpy gives it.",
            (_counted_in(np.int8), _counted_in(np.uint8)),
        ),
        Wrong(
            "axis of one lost",
            "A batch of one signal is a batch: its leading axis, of length 1, must stay.",
            _axes_of_one_lost,
        ),
        Wrong(
            "last pair left out",
            "The last pair of each frame is not compared: a frame of N samples has N − 1 pairs, the last of them with its sample "
            "N − 1.",
            (
                _crossings_with(lambda frames: (frames[..., 1:-1] >= 0) != (frames[..., :-2] >= 0)),
                _crossings_with(lambda frames: (frames[..., 1:-1] >= 0) != (frames[..., :-2] >= 0), lambda n: n - 1),
            ),
        ),
        Wrong(
            "hop no longer than the frame",
            "It is right up to a hop as long as the frame. A longer one is cut down to the frame: samples between two frames may be "
            "left out, and frame m begins at sample m · H.",
            lambda signal, *, frame_length, hop_length: zero_crossing_rate(
                signal, frame_length=frame_length, hop_length=min(hop_length, frame_length)
            ),
        ),
    ),
    after="An offset breaks it: a tone of amplitude 0.05 on a constant 0.1 never crosses zero and reads 0 Hz, so filter "
    "it out first, with a high-pass.",
    also_right=(
        _crossings_by_counting,
        _crossings_piece_by_piece,
        functools.partial(package.zero_crossing_rate, center=False),
    ),
)
