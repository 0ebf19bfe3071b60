"""Rooms: the mirror images of a source, how long their echoes last, and a dry recording heard in them.

A room is a box with one corner at the origin; places are (x, y, z) in metres. A room impulse response (RIR) is
``(time,)``: its sample n belongs to the time ``n / sample_rate`` after the source has emitted its impulse.
Lecture: augmentation
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.fft

from ._checks import rooms as _checks
from .filters import biquad, lfilter

SPEED_OF_SOUND = 343.0  # m/s, in air of 20 °C
_MOST_IMAGES = 8_000_000
_POSITIONS = 64  # between two samples, for delays that are no whole number

# ---------------------------------------------------------------------------------------- mirror images


class Images(NamedTuple):
    """The mirror images of a source, nearest to the receiver first; the first is the source itself."""

    position_m: np.ndarray  # (n, 3)
    distance_m: np.ndarray  # (n,), from the receiver
    amplitude: np.ndarray  # (n,), re the sound at 1 m
    order: np.ndarray  # (n,), how many walls the sound has met


def _axis_images(
    length_m: float, source_m: float, absorption: np.ndarray, n_most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The images between two walls: how often each was reflected, where it is in m, what the walls have left of it.

    Image i lies in the i-th copy of the room, mirrored if i is odd. Its sound has met the wall at 0 ``|⌊i/2⌋|`` times,
    and the wall at L as often as is left of ``|i|``.
    """
    i = np.arange(-n_most, n_most + 1)
    place_m = np.where(i % 2 == 0, i * length_m + source_m, (i + 1) * length_m - source_m)
    at_zero = np.abs(i // 2)
    reflection = np.sqrt(1 - absorption)
    return np.abs(i), place_m, reflection[0] ** at_zero * reflection[1] ** (np.abs(i) - at_zero)


def image_sources(
    room_m: Sequence[float],
    source_m: Sequence[float],
    receiver_m: Sequence[float],
    *,
    absorption: float | Sequence[float],
    max_order: int,
    max_distance_m: float | None = None,
) -> Images:
    """Where the echoes of a box come from: one mirror image of the source for each sequence of walls.

    In each direction the images lie at ``i L + s`` for even i and ``(i + 1) L − s`` for odd i; the order is
    ``|i| + |j| + |k|``. An image at distance d is heard with amplitude ``∏ √(1 − α) / d`` over the walls met.

    Parameters
    ----------
    room_m : sequence of 3 floats, m
        Length, width, height L.
    source_m, receiver_m : sequence of 3 floats, m
        Inside the room.
    absorption : float or sequence of 6 floats, 0…1
        α, the part of the *energy* that a wall keeps: one for all, or those at x = 0, x = L, y = 0, y = L, floor,
        ceiling.
    max_order : int
    max_distance_m : float, m, optional
        Leaves out what is farther from the receiver.

    Returns
    -------
    Images

    Raises
    ------
    ValueError
        If a place lies outside, or there are more than 8 million images.

    Source: Allen & Berkley 1979, JASA 65(4).
    Lecture: augmentation
    """
    room_m, walls = _checks.room(room_m, absorption)
    source_m = _checks.inside_room(source_m, room_m, "source_m")
    receiver_m = _checks.inside_room(receiver_m, room_m, "receiver_m")
    _checks.apart(float(np.linalg.norm(source_m - receiver_m)))
    max_order = _checks.count(max_order, "max_order", minimum=0, maximum=100_000)
    reach_m = math.inf if max_distance_m is None else _checks.number(max_distance_m, "max_distance_m", above=0)
    _checks.direct_sound_within(float(np.linalg.norm(source_m - receiver_m)), reach_m)
    n_most = [int(min(max_order, reach_m / length_m + 2)) for length_m in room_m]
    _checks.images_fit(math.prod(2 * n + 1 for n in n_most), _MOST_IMAGES)
    orders, places_m, amplitudes = zip(*map(_axis_images, room_m, source_m, walls, n_most), strict=True)
    order = sum(np.meshgrid(*orders, indexing="ij", sparse=True))
    squared_m2 = sum(np.meshgrid(*((p - r) ** 2 for p, r in zip(places_m, receiver_m, strict=True)), indexing="ij"))
    i, j, k = np.nonzero((order <= max_order) & (squared_m2 <= reach_m * reach_m))
    distance_m = np.sqrt(squared_m2[i, j, k])
    nearest = np.argsort(distance_m, kind="stable")
    i, j, k, distance_m = i[nearest], j[nearest], k[nearest], distance_m[nearest]
    position_m = np.stack([places_m[0][i], places_m[1][j], places_m[2][k]], axis=-1)
    amplitude = amplitudes[0][i] * amplitudes[1][j] * amplitudes[2][k] / distance_m
    return Images(position_m, distance_m, amplitude, order[i, j, k])


def image_source_rir(
    room_m: Sequence[float],
    source_m: Sequence[float],
    receiver_m: Sequence[float],
    *,
    sample_rate: float,
    absorption: float | Sequence[float],
    max_order: int | None = None,
    duration_s: float | None = None,
    n_taps: int = 81,
    high_pass_hz: float | None = 20.0,
) -> np.ndarray:
    """The impulse response of a box: ``h[n] = Σ_images a · w(n − f_s d/c) sinc(n − f_s d/c)``, c = 343 m/s.

    Each image adds a pulse at its time, between two samples too, as a sinc under a Hann window w. Walls reflect all
    frequencies alike, like mirrors: no scattering, and air keeps nothing.

    Parameters
    ----------
    room_m, source_m, receiver_m, absorption : as in ``image_sources``
    sample_rate : float, Hz
    max_order : int, optional
        The most reflections of a path; by default all that arrive within the duration.
    duration_s : float, s, optional
        Length of the response; by default until the last image of ``max_order``, or Eyring's reverberation time.
    n_taps : int, odd
        Length of the window.
    high_pass_hz : float, Hz, optional
        All pulses push the same way, and their sum drifts far from 0, which no loudspeaker could do: a biquad
        takes the drift out, None leaves it in.

    Returns
    -------
    ndarray, shape (time,), float64
        Amplitude re the sound at 1 m. The part of a first pulse that would lie before sample 0 is left out.

    Source: Allen & Berkley 1979, JASA 65(4); fractional delays: Peterson 1986, JASA 80(5).
    Lecture: augmentation
    """
    sample_rate = _checks.sample_rate(sample_rate)
    n_taps = _checks.count(n_taps, "n_taps", minimum=3, maximum=10_001)
    _checks.odd(n_taps, "n_taps")
    if duration_s is None and max_order is None:
        direct_s = math.dist(source_m, receiver_m) / SPEED_OF_SOUND
        duration_s = max(eyring_s(room_m, absorption), direct_s + n_taps / sample_rate)
    n_time = None if duration_s is None else _checks.n_samples(duration_s, sample_rate)
    reach_m = None if duration_s is None else float(duration_s) * SPEED_OF_SOUND
    max_order = 100_000 if max_order is None else max_order
    images = image_sources(
        room_m, source_m, receiver_m, absorption=absorption, max_order=max_order, max_distance_m=reach_m
    )
    delay = images.distance_m * (sample_rate / SPEED_OF_SOUND)
    n_time = n_time or math.ceil(delay.max(initial=0)) + n_taps // 2 + 1
    rir = _pulses(delay, images.amplitude, n_time, n_taps)
    if high_pass_hz is None:
        return rir
    high_pass_hz = _checks.cutoff(high_pass_hz, sample_rate, "high_pass_hz")
    return lfilter(*biquad("highpass", frequency_hz=high_pass_hz, sample_rate=sample_rate), rir)


def _pulses(delay: np.ndarray, amplitude: np.ndarray, n_time: int, n_taps: int) -> np.ndarray:
    """A windowed sinc for each delay in samples, added up: on a grid of 64 positions a sample, linear between them.

    All pulses of one position p/64 share a kernel, so that 64 convolutions do for any number of them.
    """
    _checks.fits_memory(
        24 * _POSITIONS * n_time, f"a response of {n_time:,} samples", "lower duration_s or sample_rate"
    )
    grid = delay * _POSITIONS
    left = grid.astype(int)
    n_grid = _POSITIONS * (max(n_time, math.ceil(delay.max(initial=0))) + 2)
    fine = np.bincount(left, amplitude * (left + 1 - grid), n_grid)
    fine += np.bincount(left + 1, amplitude * (grid - left), n_grid)
    half, rir = n_taps // 2, 0.0
    for p in range(_POSITIONS):
        t = np.arange(-half, half + 1) - p / _POSITIONS
        kernel = np.sinc(t) * np.cos(np.pi * t / (n_taps + 1)) ** 2
        rir = rir + np.convolve(fine[p::_POSITIONS], kernel)
    return rir[half : half + n_time]


# ------------------------------------------------------------------------------------ reverberation time


def _surfaces(room_m: Sequence[float], absorption: float | Sequence[float]) -> tuple[float, float, float]:
    """Volume in m³, area of all walls in m², and their mean absorption."""
    (x, y, z), walls = _checks.room(room_m, absorption)
    areas = np.array([y * z, x * z, x * y])
    mean = float((walls * areas[:, np.newaxis]).sum() / (2 * areas.sum()))
    _checks.some_absorption(mean)
    return x * y * z, 2 * float(areas.sum()), mean


def sabine_s(room_m: Sequence[float], absorption: float | Sequence[float]) -> float:
    """Reverberation time of a diffuse field, for weak absorption: ``T = 24 ln 10 / c · V / (S ᾱ)``, 0.161 V / (S ᾱ).

    Parameters
    ----------
    room_m : sequence of 3 floats, m
    absorption : float or sequence of 6 floats, 0…1
        As in ``image_sources``; ᾱ is their mean, weighted by area.

    Returns
    -------
    float, s
        Above 0 for walls that swallow everything, where the truth is 0: see ``eyring_s``.

    Source: Sabine 1900, *Reverberation*.
    Lecture: augmentation
    """
    volume, area, mean = _surfaces(room_m, absorption)
    return 24 * math.log(10) / SPEED_OF_SOUND * volume / (area * mean)


def eyring_s(room_m: Sequence[float], absorption: float | Sequence[float]) -> float:
    """Reverberation time of a diffuse field: ``T = 24 ln 10 / c · V / (−S ln(1 − ᾱ))``.

    A ray meets ``c S / (4 V)`` walls a second and each leaves ``1 − ᾱ`` of its energy.

    Parameters
    ----------
    room_m : sequence of 3 floats, m
    absorption : float or sequence of 6 floats, 0…1

    Returns
    -------
    float, s
        Below Sabine's; 0 if all walls swallow everything.

    Source: Eyring 1930, JASA 1(2).
    Lecture: augmentation
    """
    volume, area, mean = _surfaces(room_m, absorption)
    exponent = math.inf if mean == 1 else -math.log1p(-mean)
    return 24 * math.log(10) / SPEED_OF_SOUND * volume / (area * exponent)


def energy_decay_db(rir: np.ndarray) -> np.ndarray:
    """Schroeder's curve, what is still to come: ``E[n] = Σ_{m≥n} h[m]² / Σ_m h[m]²`` in dB.

    The mean of many decays of interrupted noise, from one response; smooth where ``h²`` is ragged.

    Parameters
    ----------
    rir : ndarray, shape (…, time)

    Returns
    -------
    ndarray, shape (…, time), dB re the whole energy
        Falls from 0; −200 where nothing is to come.

    Raises
    ------
    ValueError
        If the response is silent.

    Source: Schroeder 1965, JASA 37(3).
    Lecture: augmentation
    """
    rir = _checks.signal(rir, "rir")
    to_come = np.cumsum(rir[..., ::-1].astype(float) ** 2, axis=-1)[..., ::-1]
    total = _checks.not_silent(to_come[..., :1], "rir")
    return 10 * np.log10(np.maximum(to_come / total, 1e-20)).astype(rir.dtype)


def rt60_s(rir: np.ndarray, *, sample_rate: float, decay_db: float = 30.0) -> np.ndarray:
    """How long until the sound is 60 dB weaker: ``60 / slope`` of a line through Schroeder's curve.

    The line is fitted where the curve lies between −5 dB and −5 dB − ``decay_db``.

    Parameters
    ----------
    rir : ndarray, shape (…, time)
        Cut off the noise at its end before: a floor bends the curve and makes the time too long.
    sample_rate : float, Hz
    decay_db : float, dB, 5…100
        30 gives T30, 20 gives T20 of ISO 3382.

    Returns
    -------
    ndarray or scalar, shape (…), s

    Raises
    ------
    ValueError
        If the response does not decay that far.

    Source: Schroeder 1965, JASA 37(3); ISO 3382-2.
    Lecture: augmentation
    """
    sample_rate = _checks.sample_rate(sample_rate)
    decay_db = _checks.number(decay_db, "decay_db", at_least=5, at_most=100)
    level_db = energy_decay_db(rir)
    times_s = []
    for curve in level_db.reshape(-1, level_db.shape[-1]).astype(float):
        fitted = np.flatnonzero((curve <= -5) & (curve >= -5 - decay_db))
        slope = np.polyfit(fitted / sample_rate, curve[fitted], 1)[0] if len(fitted) > 1 else 0.0  # dB per second
        _checks.decays(-slope * curve.size / sample_rate, 5 + decay_db)
        times_s.append(-60 / slope)
    return np.array(times_s, level_db.dtype).reshape(level_db.shape[:-1])[()]


# ------------------------------------------------------------------------------------- use of a response


def trim_rir(
    rir: np.ndarray,
    *,
    sample_rate: float,
    pre_s: float = 0.001,
    threshold_db: float = -20.0,
    normalize: str = "energy",
) -> np.ndarray:
    """Cut what comes before the direct sound, and scale: labels stay in time, levels stay comparable.

    The direct sound is the first sample within ``threshold_db`` of the largest.

    Parameters
    ----------
    rir : ndarray, shape (time,)
        Computed, or measured with its delay.
    sample_rate : float, Hz
    pre_s : float, s
        What is kept before the direct sound.
    threshold_db : float, dB re the largest sample, below 0
    normalize : {"energy", "peak", "none"}
        ``Σ h² = 1`` keeps the power of noise-like sounds; ``max |h| = 1``.

    Returns
    -------
    ndarray, shape (time − start,), dtype of ``rir``

    Lecture: augmentation
    """
    rir = _checks.signal(rir, "rir", mono=True)
    _checks.choice(normalize, "normalize", ("energy", "peak", "none"))
    limit_db = _checks.below_zero(threshold_db, "threshold_db")
    n_pre = round(_checks.number(pre_s, "pre_s", at_least=0, at_most=60) * _checks.sample_rate(sample_rate))
    size = np.abs(rir)
    _checks.not_silent(size.max(), "rir")
    start = max(0, int(np.argmax(size >= 10 ** (limit_db / 20) * size.max())) - n_pre)
    kept = rir[start:]
    scale = {"energy": np.sqrt(np.sum(kept.astype(float) ** 2)), "peak": np.abs(kept).max(), "none": 1.0}[normalize]
    return (kept / scale).astype(rir.dtype)


def convolve_rir(signal: np.ndarray, rir: np.ndarray, *, tail: bool = False) -> np.ndarray:
    """The signal as it is heard in the room: ``y[n] = Σ_m h[m] x[n − m]``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    rir : ndarray, shape (time,)
        ``trim_rir`` it first, or the result comes late.
    tail : bool
        Keep what is still heard after the signal's end.

    Returns
    -------
    ndarray, shape (…, time), or (…, time + len(rir) − 1) with the tail, dtype of ``signal``

    Lecture: augmentation
    """
    signal, rir = _checks.signal(signal), _checks.signal(rir, "rir", mono=True).astype(float)
    n_full = signal.shape[-1] + len(rir) - 1
    n_kept = n_full if _checks.switch(tail, "tail") else signal.shape[-1]
    n_fft = scipy.fft.next_fast_len(n_full, real=True)
    spectrum = scipy.fft.rfft(signal, n=n_fft) * scipy.fft.rfft(rir.astype(signal.dtype), n=n_fft)
    return scipy.fft.irfft(spectrum, n=n_fft)[..., :n_kept]
