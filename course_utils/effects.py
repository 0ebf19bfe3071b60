"""Effects: a chain described as data, ``[("lowpass", 300), ("speed", 0.8), ("reverb",)]``, that does what SoX does.

The names, the parameters and their order are those of the command ``sox in.wav out.wav lowpass 300 speed 0.8 reverb``;
times are in seconds. Signals are ``(time,)`` or ``(channels, time)``. Lecture: filters
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ._checks import effects as _checks
from .filters import BUTTERWORTH_Q, biquad, lfilter, resample
from .sound import db_to_amplitude

# --------------------------------------------------------------------------------------------- reverb

# Freeverb's delays in samples at 44.1 kHz: all different, so that few of their echoes coincide.
COMB_DELAYS = (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617)
ALLPASS_DELAYS = (225, 341, 441, 556)
_STEREO_SHIFT = 12  # samples by which the delays of the right channel differ


def _comb(x: np.ndarray, delay: int, feedback: float, damping: float) -> np.ndarray:
    """An echo that repeats and loses its highs: ``y[n] = x[n − D] + g s[n − D]``, ``s[n] = (1 − d) y[n] + d s[n − 1]``.

    What goes into the loop comes out D samples later, so that D samples can be made at once.
    """
    import scipy.signal

    b, a, state = [1 - damping], [1, -damping], np.zeros(1)
    y, loop = np.empty_like(x), np.zeros(delay)
    for start in range(0, len(x), delay):
        piece = slice(start, min(start + delay, len(x)))
        y[piece] = loop[: piece.stop - start]
        damped, state = scipy.signal.lfilter(b, a, y[piece], zi=state)
        loop[: piece.stop - start] = x[piece] + feedback * damped
    return y


def _allpass(x: np.ndarray, delay: int) -> np.ndarray:
    """Spread in time, gain 1 to 5/3: ``y[n] = v[n − D] − x[n]``, ``v[n] = x[n] + v[n − D] / 2``.

    Schroeder's all-pass filter takes ``v[n − D] − v[n] / 2``; Freeverb, and SoX after it, saves the multiplication.
    """
    y, loop = np.empty_like(x), np.zeros(delay)
    for start in range(0, len(x), delay):
        piece = slice(start, min(start + delay, len(x)))
        before = loop[: piece.stop - start]
        y[piece] = before - x[piece]
        loop[: piece.stop - start] = x[piece] + before / 2
    return y


def _wet(x: np.ndarray, r: float, scale: float, shift: float, feedback: float, damping: float) -> np.ndarray:
    """Eight combs side by side, then four all-passes in a row; ``r`` is the sampling rate over 44.1 kHz."""
    total = np.zeros_like(x)
    for i, delay in enumerate(COMB_DELAYS):
        n = math.floor(scale * r * (delay + (-1) ** i * shift) + 0.5)
        total += _comb(x, max(n, 1), feedback, damping)
    for i, delay in reversed(list(enumerate(ALLPASS_DELAYS))):
        total = _allpass(total, max(math.floor(r * (delay + (-1) ** i * shift) + 0.5), 1))
    return total


def reverb(
    signal: np.ndarray,
    *,
    sample_rate: float,
    reverberance: float = 50.0,
    hf_damping: float = 50.0,
    room_scale: float = 100.0,
    stereo_depth: float = 0.0,
    pre_delay_s: float = 0.0,
    wet_gain_db: float = 0.0,
    wet_only: bool = False,
) -> np.ndarray:
    """A room made of echoes: eight damped comb filters side by side, then four nearly all-pass filters in a row.

    A comb repeats its input every D samples, each time weaker by ``g = 1 − e^((reverberance − c₁) / c₂)``, 0.3 to 0.98;
    the all-passes blur the repetitions into a tail. ``y = x + 0.015 · 10^(wet_gain/20) · wet``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    sample_rate : float, Hz
    reverberance : float, 0…100 %
        Feedback of the combs: how long the tail lasts.
    hf_damping : float, 0…100 %
        How much faster the highs die.
    room_scale : float, 0…100 %
        Length of the combs.
    stereo_depth : float, 0…100 %
        Above 0 the right channel's delays differ from the left one's: mono ``(time,)`` comes out as ``(2, time)``,
        a pair ``(2, time)`` as a pair.
    pre_delay_s : float, 0…0.5 s
    wet_gain_db : float, −10…10 dB
    wet_only : bool
        Leaves x out.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        As long as the signal: zero-pad it first to hear the tail. The samples are SoX's up to rounding.

    Source: Schroeder 1962, Journal of the Audio Engineering Society 10(3); Jezar 2000, *Freeverb*; SoX, ``reverb``.
    Lecture: filters
    """
    x = _checks.signal(signal)
    reverberance = _checks.number(reverberance, "reverberance", at_least=0, at_most=100)
    hf_damping = _checks.number(hf_damping, "hf_damping", at_least=0, at_most=100)
    room_scale = _checks.number(room_scale, "room_scale", at_least=0, at_most=100)
    stereo_depth = _checks.number(stereo_depth, "stereo_depth", at_least=0, at_most=100)
    pre_delay_s = _checks.number(pre_delay_s, "pre_delay_s", at_least=0, at_most=0.5)
    gain = 0.015 * db_to_amplitude(_checks.number(wet_gain_db, "wet_gain_db", at_least=-10, at_most=10))
    sample_rate = _checks.number(sample_rate, "sample_rate", above=0, at_most=10 * _checks.LARGEST_RATE)
    r = sample_rate / 44100
    curve = -1 / math.log(1 - 0.3)
    span = 100 / (math.log(1 - 0.98) * curve + 1)  # 0 % gives a feedback of 0.3, 100 % of 0.98
    feedback = 1 - math.exp((reverberance - span) / (curve * span))
    damping, scale = hf_damping / 100 * 0.3 + 0.2, room_scale / 100 * 0.9 + 0.1
    late = math.floor(pre_delay_s * sample_rate + 0.5)

    def wet(channel, shift):
        delayed = np.concatenate([np.zeros(late), channel])[: len(channel)]
        return gain * _wet(delayed.astype(float), r, scale, shift, feedback, damping)

    dry = 0 if _checks.switch(wet_only, "wet_only") else x
    if stereo_depth == 0:
        return (dry + np.apply_along_axis(wet, -1, x, 0.0)).astype(x.dtype)
    channels = np.atleast_2d(_checks.mono_or_stereo(x))
    sides = [np.mean([wet(c, side * _STEREO_SHIFT * stereo_depth / 100) for c in channels], axis=0) for side in (0, 1)]
    return (dry + np.stack(sides)).astype(x.dtype)


# ---------------------------------------------------------------------------------------------- tempo


def tempo(signal: np.ndarray, *, factor: float, sample_rate: float) -> np.ndarray:
    """Faster or slower at the same pitch: segments of 82 ms, laid end to end where they fit best (WSOLA).

    A segment is taken every ``factor · 70 ms`` and written every 70 ms. Its first 12 ms are cross-faded with what
    follows the segment before; within 14.7 ms it is shifted to where both are most alike (least squares).

    Parameters
    ----------
    signal : ndarray, shape (time,) or (channels, time)
        One shift serves all channels.
    factor : float, 0.1…100
        2 is twice as fast.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, round(time / factor)), dtype of ``signal``
        The samples are SoX's up to rounding.

    Source: Verhelst & Roelands 1993, ICASSP; SoX, ``tempo``.
    Lecture: filters
    """
    x = _checks.mono_or_channels(_checks.signal(signal))
    factor = _checks.number(factor, "factor", at_least=0.1, at_most=100)
    most = 10 * _checks.LARGEST_RATE
    sample_rate = _checks.number(sample_rate, "sample_rate", at_least=1000, at_most=most)  # a segment holds samples
    n_out = math.floor(x.shape[-1] / factor + 0.5)
    _checks.something_left(n_out, "tempo")
    if factor == 1:
        return x.copy()
    segment, search = (math.floor(sample_rate * ms / 1000 + 0.5) for ms in (82, 82 / 5.587))
    overlap = 8 * (max(math.floor(sample_rate * 82 / 6.833 / 1000 + 4.5), 16) // 8)
    overlap -= 8 * (2 * overlap > segment)
    hop = segment - overlap
    n_segments = -(-n_out // hop)
    needed = math.ceil(factor * hop * n_segments) + segment + search
    shape = (*x.shape[:-1], n_out)
    x = np.pad(np.atleast_2d(x), ((0, 0), (search // 2, max(0, needed - x.shape[-1]))))  # the search is centred
    fade_in = np.arange(overlap) / overlap
    y = np.empty((len(x), n_segments * hop), x.dtype)
    before = x[:, search // 2 : search // 2 + overlap]  # the first segment continues itself
    for i in range(n_segments):
        start = math.floor(factor * i * hop + 0.5)
        start += _best_match(x[:, start : start + search - 1 + overlap], before) if i else search // 2
        joint = before * (1 - fade_in) + x[:, start : start + overlap] * fade_in
        y[:, i * hop : (i + 1) * hop] = np.hstack([joint, x[:, start + overlap : start + hop]])
        before = x[:, start + hop : start + segment]
    return y[:, :n_out].reshape(shape)


def _best_match(region: np.ndarray, wanted: np.ndarray) -> int:
    """The shift at which ``region`` is closest to ``wanted``: ``argmin_s Σ (region[s + n] − wanted[n])²``."""
    candidates = np.lib.stride_tricks.sliding_window_view(region.astype(float), wanted.shape[-1], axis=-1)
    return int(((candidates - wanted[:, np.newaxis]) ** 2).sum(axis=(0, 2)).argmin())


# -------------------------------------------------------------------------------------------- effects


def _samples(time_s: float, rate: float, name: str) -> int:
    longest_s = _checks.LARGEST_COUNT / rate
    time_s = _checks.number(time_s, name, at_least=0, at_most=float(longest_s))
    n = math.floor(time_s * rate + 0.5)
    _checks.fits_memory(32 * n, f"{name}={time_s:g} at {float(rate):g} Hz", "make it shorter")
    return n


def _biquad(kind):
    def apply(x, rate, frequency_hz, q=BUTTERWORTH_Q):
        return lfilter(*biquad(kind, frequency_hz=frequency_hz, sample_rate=float(rate), q=q), x), rate

    return apply


def _gain(x, rate, gain_db=0.0):
    return (x * db_to_amplitude(_checks.number(gain_db, "gain_db", at_most=200))).astype(x.dtype), rate


def _speed(x, rate, factor):
    """The samples stay, the rate that they are meant for changes; the end of the chain restores it."""
    factor = _checks.number(factor, "the factor of speed", at_least=0.01, at_most=100)
    return x, rate * Fraction(float(factor)).limit_denominator(10_000)


def _rate(x, rate, to_rate):
    """SoX's converter is flat to 91 % of the lower Nyquist frequency and 126 dB down above it: so is this kernel."""
    to_rate = _checks.count(to_rate, "the rate", maximum=10 * _checks.LARGEST_RATE)
    ratio = Fraction(to_rate) / rate
    n_out = math.floor(x.shape[-1] / float(1 / ratio) + 0.5)  # in floating point, as SoX rounds
    _checks.something_left(n_out, "rate")
    y = resample(
        x, from_rate=ratio.denominator, to_rate=ratio.numerator,
        lowpass_filter_width=93, rolloff=0.9568, window="kaiser", beta=13.04,
    )  # fmt: skip
    return y[..., :n_out], Fraction(to_rate)


def _tempo(x, rate, factor):
    return tempo(x, factor=factor, sample_rate=float(rate)), rate


def _pad(x, rate, before_s=0.0, after_s=0.0):
    widths = [(0, 0)] * (x.ndim - 1) + [(_samples(before_s, rate, "before_s"), _samples(after_s, rate, "after_s"))]
    return np.pad(x, widths), rate


def _trim(x, rate, start_s, duration_s=None):
    start = _samples(start_s, rate, "start_s")
    stop = x.shape[-1] if duration_s is None else start + _samples(duration_s, rate, "duration_s")
    _checks.something_left(min(stop, x.shape[-1]) - start, "trim")
    return x[..., start:stop], rate


_FADES = {
    "q": lambda u: np.sin(np.pi * u / 2),
    "h": lambda u: (1 - np.cos(np.pi * u)) / 2,
    "t": lambda u: u,
    "l": lambda u: 10 ** (5 * (u - 1)),  # from −100 dB
    "p": lambda u: 1 - (1 - u) ** 2,
}


def _fade(x, rate, shape, fade_in_s, stop_s=None, fade_out_s=None):
    """In over the first seconds; out before the stop position, which ends the sound (0: its own end)."""
    n_in = _samples(fade_in_s, rate, "fade_in_s")
    n_stop, n_out = x.shape[-1], 0
    if stop_s is not None:
        n_stop = _samples(stop_s, rate, "stop_s") or n_stop
        n_out = n_in if fade_out_s is None else _samples(fade_out_s, rate, "fade_out_s")
        _checks.in_order(n_in, n_stop - n_out)
    longer = [(0, 0)] * (x.ndim - 1) + [(0, max(0, n_stop - x.shape[-1]))]
    n = np.arange(n_stop)
    curve = _FADES[shape or "l"]
    gain = curve(np.minimum(n / max(n_in, 1), 1)) if n_in else np.ones(n_stop)
    gain[n_stop - n_out :] = curve((n_stop - n[n_stop - n_out :]) / max(n_out, 1))
    return (np.pad(x, longer)[..., :n_stop] * gain).astype(x.dtype), rate


def _reverb(
    x, rate, option, reverberance=50.0, hf_damping=50.0, room_scale=100.0, stereo_depth=100.0, pre_delay_ms=0.0,
    wet_gain_db=0.0,
):  # fmt: skip
    pre_delay_s = _checks.number(pre_delay_ms, "pre_delay_ms", at_least=0, at_most=500) / 1000
    y = reverb(
        x, sample_rate=float(rate), reverberance=reverberance, hf_damping=hf_damping, room_scale=room_scale,
        stereo_depth=stereo_depth if len(np.atleast_2d(x)) <= 2 else 0.0,
        pre_delay_s=pre_delay_s, wet_gain_db=wet_gain_db, wet_only=option == "-w",
    )  # fmt: skip
    return y, rate


class _Effect(NamedTuple):
    apply: Callable  # (signal, rate, option if there are options, *numbers) -> (signal, rate)
    fewest: int
    most: int
    usage: str
    options: tuple = ()  # words that may stand before the numbers


_EFFECTS = {
    "lowpass": _Effect(_biquad("lowpass"), 1, 2, '"lowpass", frequency_hz, q'),
    "highpass": _Effect(_biquad("highpass"), 1, 2, '"highpass", frequency_hz, q'),
    "gain": _Effect(_gain, 0, 1, '"gain", gain_db'),
    "speed": _Effect(_speed, 1, 1, '"speed", factor'),
    "rate": _Effect(_rate, 1, 1, '"rate", sample_rate'),
    "tempo": _Effect(_tempo, 1, 1, '"tempo", factor'),
    "pad": _Effect(_pad, 0, 2, '"pad", before_s, after_s'),
    "trim": _Effect(_trim, 1, 2, '"trim", start_s, duration_s'),
    "fade": _Effect(_fade, 1, 3, '"fade", "t", fade_in_s, stop_s, fade_out_s', tuple(_FADES)),
    "reverb": _Effect(_reverb, 0, 6, '"reverb", "-w", reverberance, hf_damping, …, wet_gain_db', ("-w",)),
}
EFFECTS = tuple(_EFFECTS)


def apply_effects(signal: np.ndarray, effects: Sequence[tuple], *, sample_rate: int) -> tuple[np.ndarray, int]:
    """What ``sox -D in.wav out.wav effect … effect …`` writes, without its clipping.

    ==============  ==============================================================================
    ``lowpass``     frequency_hz, q = 0.7071: biquad; ``highpass`` likewise
    ``gain``        gain_db = 0
    ``speed``       factor: pitch and tempo; resampled at the end of the chain
    ``rate``        sample_rate
    ``tempo``       factor: tempo at the same pitch
    ``pad``         before_s = 0, after_s = 0
    ``trim``        start_s, duration_s = all the rest
    ``fade``        ("q", "h", "t", "l" or "p",) fade_in_s, stop_s, fade_out_s = fade_in_s; "l" by default;
                    the sound ends at stop_s (0: at its end), without stop_s it is not faded out
    ``reverb``      ("-w" for wet only,) reverberance = 50, hf_damping = 50, room_scale = 100,
                    stereo_depth = 100, pre_delay_ms = 0, wet_gain_db = 0; no tail: ``pad`` before it
    ==============  ==============================================================================

    Parameters
    ----------
    signal : ndarray, shape (time,) or (channels, time)
    effects : list of tuples
        ``(name, *parameters)``, applied one after another.
    sample_rate : int, Hz

    Returns
    -------
    signal : ndarray, shape (time,) or (channels, time), dtype of ``signal``
        As many channels as before. Beyond ±1 nothing is cut off, where SoX would clip.
    sample_rate : int, Hz
        That of the last ``rate``, or the one before.

    Raises
    ------
    ValueError
        For an unknown effect, a wrong number of parameters, or one out of range.

    Lecture: filters
    """
    x = _checks.mono_or_channels(_checks.signal(signal))
    is_mono, rate = x.ndim == 1, Fraction(_checks.count(sample_rate, "sample_rate"))
    final_rate = rate
    for step in _checks.effect_list(effects):
        name, option, numbers = _checks.effect(step, _EFFECTS)
        entry = _EFFECTS[name]
        x, rate = entry.apply(x, rate, *((option,) if entry.options else ()), *numbers)
        if name == "rate":
            final_rate = rate
    if is_mono and x.ndim == 2:  # a reverb has made it stereo
        x = x.mean(axis=0)
    if rate != final_rate:
        x, rate = _rate(x, rate, int(final_rate))
    return x, int(rate)
