"""Everyday sounds, made by rule: ten kinds of events, each with two settings that tell one source from another.

A source is one dog, one bell: a pair of positions (a, b) in 0…1, which a class maps to its own physical ranges. What
differs from one sound of a source to the next is drawn anew. Numpy only. Lecture: classification
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .._checks import events as _checks
from ..sound import rms

SAMPLE_RATE = 16_000  # Hz
N_CELLS = 5  # per setting: the 25 cells of a class belong to train (15), valid (5) and test (5)
MARGIN = 0.1  # of a cell, left free at each of its edges
SPLITS = ("train", "valid", "test")
END_DB = -20.0  # an event ends where it has fallen this far below its loudest 10 ms


class Source(NamedTuple):
    """One siren of all sirens: the class, and two positions within its ranges, 0…1."""

    label: int
    a: float
    b: float


# ------------------------------------------------------------------------------------ building blocks


def _times_s(duration_s: float) -> np.ndarray:
    return np.arange(max(1, round(duration_s * SAMPLE_RATE))) / SAMPLE_RATE


def _add(total: np.ndarray, start_s: float, part: np.ndarray) -> None:
    """Mix a part in where it begins; what hangs over is cut off."""
    start = round(start_s * SAMPLE_RATE)
    end = min(len(total), start + len(part))
    total[start:end] += part[: max(0, end - start)]


def _ring(frequency_hz, decay_s, gain, duration_s: float) -> np.ndarray:
    """Struck modes: ``Σ_k g_k sin(2π f_k t) e^{−t/d_k}``; modes above 7.5 kHz are left out."""
    f, d, g = (np.asarray(x, np.float64)[:, np.newaxis] for x in np.broadcast_arrays(frequency_hz, decay_s, gain))
    t = _times_s(duration_s)
    return (np.where(f < 7500, g, 0) * np.sin(2 * np.pi * f * t) * np.exp(-t / d)).sum(axis=0)


def _hiss(rng, duration_s: float, low_hz: float, high_hz: float) -> np.ndarray:
    """Gaussian noise between two frequencies, with soft edges of third order."""
    n = len(_times_s(duration_s))
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    with np.errstate(divide="ignore"):
        shape = 1 / np.sqrt(1 + (low_hz / f) ** 6) / np.sqrt(1 + (f / high_hz) ** 6)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * shape, n)


def _glide(frequency_hz: np.ndarray, partials) -> np.ndarray:
    """A tone whose frequency changes from sample to sample, with the amplitudes of its partials."""
    phase = 2 * np.pi * np.cumsum(frequency_hz) / SAMPLE_RATE
    return sum(a * np.sin(k * phase) for k, a in enumerate(partials, 1) if a and k * frequency_hz.max() < 7500)


# ------------------------------------------------------------------------------------ ten kinds


def alarm(rng: np.random.Generator, *, pitch_hz: float, beeps_per_s: float) -> np.ndarray:
    """A smoke alarm or a microwave oven: a tone, gated on and off.

    Parameters
    ----------
    rng : numpy.random.Generator
    pitch_hz : float, Hz
    beeps_per_s : float, 1/s

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    pitch_hz, beeps_per_s = _checks.settings(rng, pitch_hz=pitch_hz, beeps_per_s=beeps_per_s)
    t = _times_s(rng.integers(3, 8) / beeps_per_s)
    on = (t * beeps_per_s) % 1 < rng.uniform(0.45, 0.7)
    gate = np.convolve(on, np.ones(80) / 80, "same")
    return gate * _glide(np.full(len(t), pitch_hz), [1, rng.uniform(0, 0.3), rng.uniform(0.1, 0.5)])


def bell(rng: np.random.Generator, *, pitch_hz: float, decay_s: float) -> np.ndarray:
    """A door chime: two metal bars, struck one after the other.

    Parameters
    ----------
    rng : numpy.random.Generator
    pitch_hz : float, Hz
    decay_s : float, s

    Returns
    -------
    ndarray, shape (time,)

    Source: modes of a free bar, 1 : 2.756 : 5.404, Fletcher & Rossing 1998, *The Physics of Musical Instruments*.
    Lecture: classification
    """
    pitch_hz, decay_s = _checks.settings(rng, pitch_hz=pitch_hz, decay_s=decay_s)
    total = np.zeros(len(_times_s(0.4 + 3 * decay_s)))
    interval = rng.choice([4 / 5, 5 / 6, 3 / 4])
    for start_s, factor in ((0.0, 1.0), (rng.uniform(0.25, 0.4), interval)):
        modes_hz = pitch_hz * factor * np.array([1, 2.756, 5.404])
        gains = np.array([1, 0.4, 0.2]) * rng.uniform(0.6, 1, 3)
        _add(total, start_s, _ring(modes_hz, decay_s * np.array([1, 0.5, 0.25]), gains, 3 * decay_s))
    return total


def birds(rng: np.random.Generator, *, pitch_hz: float, chirps_per_s: float) -> np.ndarray:
    """A bird: whistles that glide, each a little different.

    Parameters
    ----------
    rng : numpy.random.Generator
    pitch_hz : float, Hz
    chirps_per_s : float, 1/s

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    pitch_hz, chirps_per_s = _checks.settings(rng, pitch_hz=pitch_hz, chirps_per_s=chirps_per_s)
    n_chirps = rng.integers(4, 9)
    total = np.zeros(len(_times_s(n_chirps / chirps_per_s)))
    for i in range(n_chirps):
        u = np.linspace(0, 1, len(_times_s(rng.uniform(0.5, 0.8) / chirps_per_s)))
        octaves = rng.uniform(-0.4, 0.4) * u + rng.uniform(-0.3, 0.3) * np.sin(np.pi * u) + rng.uniform(-0.1, 0.1)
        chirp = np.sin(np.pi * u) ** 0.7 * _glide(pitch_hz * 2**octaves, [1, 0.06])
        _add(total, i / chirps_per_s, rng.uniform(0.5, 1) * chirp)
    return total


def clock(rng: np.random.Generator, *, case_hz: float, ticks_per_s: float) -> np.ndarray:
    """A clock: tick and tock, a few milliseconds of wood or metal each.

    Parameters
    ----------
    rng : numpy.random.Generator
    case_hz : float, Hz
        Lowest resonance of the case.
    ticks_per_s : float, 1/s

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    case_hz, ticks_per_s = _checks.settings(rng, case_hz=case_hz, ticks_per_s=ticks_per_s)
    n_ticks = rng.integers(4, 8)
    total = np.zeros(len(_times_s(n_ticks / ticks_per_s)))
    for i in range(n_ticks):
        modes_hz = case_hz * np.array([1, 2.0, 3.0, 4.3]) * (0.86 if i % 2 else 1.0)
        tick = _ring(modes_hz, [0.02, 0.012, 0.01, 0.006], rng.uniform(0.4, 1, 4), 0.08)
        tick[:40] += rng.standard_normal(40) * np.exp(-np.arange(40) / 10)
        _add(total, i / ticks_per_s, tick)
    return total


def dog(rng: np.random.Generator, *, pitch_hz: float, bark_s: float) -> np.ndarray:
    """A dog: a few barks, each a rough tone that rises and falls, through the resonances of its mouth.

    Parameters
    ----------
    rng : numpy.random.Generator
    pitch_hz : float, Hz
        At the top of the bark.
    bark_s : float, s

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    pitch_hz, bark_s = _checks.settings(rng, pitch_hz=pitch_hz, bark_s=bark_s)
    n_barks = rng.integers(2, 5)
    pause_s = rng.uniform(0.08, 0.2)
    total = np.zeros(len(_times_s(n_barks * (bark_s + pause_s))))
    mouth_hz = rng.uniform(0.9, 1.2) * np.array([1.6, 3.2]) * pitch_hz
    for i in range(n_barks):
        u = np.linspace(0, 1, len(_times_s(bark_s * rng.uniform(0.85, 1.15))))
        pitch = pitch_hz * rng.uniform(0.92, 1.08) * (0.65 + 0.35 * np.sin(np.pi * u**0.7))
        k = np.arange(1, 13)
        weights = sum(1 / (1 + ((k * pitch_hz - f) / (0.35 * f)) ** 2) for f in mouth_hz) / np.sqrt(k)
        rough = 1 + 0.5 * np.interp(u, np.linspace(0, 1, 25), rng.standard_normal(25))
        breath = 0.3 * _hiss(rng, len(u) / SAMPLE_RATE, mouth_hz[0], 3 * mouth_hz[1])
        bark = np.minimum(1, 12 * u) * (1 - u) ** 0.8 * (rough * _glide(pitch, weights) + breath)
        _add(total, i * (bark_s + pause_s), rng.uniform(0.7, 1) * bark)
    return total


def engine(rng: np.random.Generator, *, firings_per_s: float, pipe_hz: float) -> np.ndarray:
    """An engine: pulses of unequal strength, through the resonances of the exhaust pipe.

    Parameters
    ----------
    rng : numpy.random.Generator
    firings_per_s : float, 1/s
    pipe_hz : float, Hz
        Lowest resonance.

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    firings_per_s, pipe_hz = _checks.settings(rng, firings_per_s=firings_per_s, pipe_hz=pipe_hz)
    duration_s = rng.uniform(0.9, 1.8)
    n = len(_times_s(duration_s))
    speed = firings_per_s * (1 + rng.uniform(-0.25, 0.25) * np.linspace(0, 1, n))
    fired = np.flatnonzero(np.diff(np.floor(np.cumsum(speed) / SAMPLE_RATE)) > 0)
    pulses = np.zeros(n)
    cylinders = rng.uniform(0.6, 1, 4)
    pulses[fired] = cylinders[np.arange(len(fired)) % 4] * rng.uniform(0.85, 1.15, len(fired))
    pulses += 0.01 * rng.standard_normal(n)
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    pipe = sum(g / (1 + ((f - k * pipe_hz) / (0.2 * k * pipe_hz)) ** 2) for k, g in ((1, 1), (2.2, 0.7), (4.5, 0.4)))
    return np.fft.irfft(np.fft.rfft(pulses) * pipe, n)


def footsteps(rng: np.random.Generator, *, floor_hz: float, steps_per_s: float) -> np.ndarray:
    """Somebody walks on boards: heel, then sole.

    Parameters
    ----------
    rng : numpy.random.Generator
    floor_hz : float, Hz
        Lowest resonance of the floor.
    steps_per_s : float, 1/s

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    floor_hz, steps_per_s = _checks.settings(rng, floor_hz=floor_hz, steps_per_s=steps_per_s)
    n_steps = rng.integers(3, 6)
    total = np.zeros(len(_times_s((n_steps - 1) / steps_per_s + 0.25)))
    for i in range(n_steps):
        for late_s, gain in ((0.0, 1.0), (rng.uniform(0.06, 0.11), 0.5)):
            boards_hz = floor_hz * np.array([1, 1.6, 2.5, 4.1]) * rng.uniform(0.95, 1.05)
            step = _ring(boards_hz, [0.07, 0.05, 0.04, 0.03], rng.uniform(0.5, 1, 4), 0.2)
            step[:400] += 0.7 * _hiss(rng, 0.025, 500, 3000) * np.exp(-np.arange(400) / 60)
            _add(total, i / steps_per_s + late_s, gain * step)
    return total


def glass(rng: np.random.Generator, *, shard_hz: float, spread_s: float) -> np.ndarray:
    """A pane breaks: a blow, and shards that ring for an instant as they fall.

    Parameters
    ----------
    rng : numpy.random.Generator
    shard_hz : float, Hz
        Typical lowest mode of a shard.
    spread_s : float, s
        Mean time of a shard's landing after the blow.

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    shard_hz, spread_s = _checks.settings(rng, shard_hz=shard_hz, spread_s=spread_s)
    total = np.zeros(len(_times_s(3 * spread_s + 0.2)))
    _add(total, 0.0, 2 * _hiss(rng, 0.08, 900, 7000) * np.exp(-_times_s(0.08) / 0.015))
    for landing_s in rng.exponential(spread_s, 45):
        modes_hz = shard_hz * rng.uniform(0.7, 1.6) * np.array([1, 1.3, 1.75]) * rng.uniform(0.95, 1.05, 3)
        shard = _ring(modes_hz, rng.uniform(0.01, 0.05, 3), rng.uniform(0.2, 1, 3), 0.1)
        _add(total, 0.02 + landing_s, rng.uniform(0.15, 0.7) * shard)
    return total


def rain(rng: np.random.Generator, *, hiss_hz: float, drops_per_s: float) -> np.ndarray:
    """A shower: far drops fuse into hiss, near ones stand out.

    Parameters
    ----------
    rng : numpy.random.Generator
    hiss_hz : float, Hz
        Middle of the hiss, which is two octaves and a half wide.
    drops_per_s : float, 1/s
        Near drops.

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    hiss_hz, drops_per_s = _checks.settings(rng, hiss_hz=hiss_hz, drops_per_s=drops_per_s)
    duration_s = rng.uniform(0.9, 1.8)
    total = _hiss(rng, duration_s, hiss_hz / 2.4, hiss_hz * 2.4)
    total *= np.minimum(1, np.minimum(_times_s(duration_s), _times_s(duration_s)[::-1]) / 0.05)
    for start_s in rng.uniform(0.02, duration_s - 0.05, rng.poisson(drops_per_s * duration_s)):
        drop = _ring([rng.uniform(1000, 6000)], [rng.uniform(0.002, 0.006)], [1], 0.025)
        _add(total, start_s, min(rng.pareto(2), 2.5) * drop)
    return total


def siren(rng: np.random.Generator, *, low_hz: float, period_s: float) -> np.ndarray:
    """A siren: a horn whose pitch sweeps up and down.

    Parameters
    ----------
    rng : numpy.random.Generator
    low_hz : float, Hz
    period_s : float, s
        Of the sweep.

    Returns
    -------
    ndarray, shape (time,)

    Lecture: classification
    """
    low_hz, period_s = _checks.settings(rng, low_hz=low_hz, period_s=period_s)
    t = _times_s(rng.uniform(0.9, 1.8))
    sweep = 0.5 - 0.5 * np.cos(2 * np.pi * (t / period_s + rng.uniform()))
    horn = _glide(low_hz * rng.uniform(1.7, 2.4) ** sweep, [1, 0.35, 0.5, 0.15, 0.2])
    return horn * np.minimum(1, np.minimum(t, t[::-1]) / 0.03)


class Kind(NamedTuple):
    """A generator, and what position 0 and position 1 of its two settings mean; in between they grow by ratios."""

    make: Callable[..., np.ndarray]
    a: tuple[str, float, float]
    b: tuple[str, float, float]


KINDS = {
    "alarm": Kind(alarm, ("pitch_hz", 700, 3400), ("beeps_per_s", 2.5, 9)),
    "bell": Kind(bell, ("pitch_hz", 350, 1400), ("decay_s", 0.15, 0.5)),
    "birds": Kind(birds, ("pitch_hz", 2000, 5400), ("chirps_per_s", 3.5, 12)),
    "clock": Kind(clock, ("case_hz", 800, 2600), ("ticks_per_s", 2.5, 7)),
    "dog": Kind(dog, ("pitch_hz", 250, 1000), ("bark_s", 0.1, 0.3)),
    "engine": Kind(engine, ("firings_per_s", 20, 120), ("pipe_hz", 80, 400)),
    "footsteps": Kind(footsteps, ("floor_hz", 70, 300), ("steps_per_s", 1.8, 4)),
    "glass": Kind(glass, ("shard_hz", 1500, 4400), ("spread_s", 0.1, 0.4)),
    "rain": Kind(rain, ("hiss_hz", 1000, 4400), ("drops_per_s", 10, 150)),
    "siren": Kind(siren, ("low_hz", 300, 900), ("period_s", 0.4, 4.0)),
}
EVENTS = tuple(KINDS)  # the label of an event is its position here

# ------------------------------------------------------------------------------------ sources and scenes


def split_of_cell(i: int, j: int) -> str:
    """Whose cell (i, j) of the square of settings is: ``(i + 2 j) mod 5`` is 0–2 for train, 3 for valid, 4 for test.

    Parameters
    ----------
    i, j : int, 0…4

    Returns
    -------
    str
        In every row and every column of the square three cells are for training: each setting of a test source comes
        from a range that was trained, and no pair of settings from a cell that was.

    Lecture: classification
    """
    i = _checks.count(i, "i", minimum=0, maximum=N_CELLS - 1)
    j = _checks.count(j, "j", minimum=0, maximum=N_CELLS - 1)
    return ("train", "train", "train", "valid", "test")[(i + 2 * j) % N_CELLS]


def draw_source(label: int, split: str, rng: np.random.Generator) -> Source:
    """A source of a class, from the cells of a split; uniform in them.

    Parameters
    ----------
    label : int
        A position in ``EVENTS``.
    split : {"train", "valid", "test"}
    rng : numpy.random.Generator

    Returns
    -------
    Source

    Lecture: classification
    """
    label = _checks.count(label, "label", minimum=0, maximum=len(EVENTS) - 1)
    _checks.choice(split, "split", SPLITS)
    cells = [(i, j) for i in range(N_CELLS) for j in range(N_CELLS) if split_of_cell(i, j) == split]
    cell = np.array(cells[_checks.generator(rng).integers(len(cells))])
    a, b = (cell + rng.uniform(MARGIN, 1 - MARGIN, 2)) / N_CELLS
    return Source(label, float(a), float(b))


def settings(source: Source) -> dict[str, float]:
    """The physical settings of a source: ``low · (high/low)^position``.

    Parameters
    ----------
    source : Source

    Returns
    -------
    dict of str to float
        Names end in their unit.

    Lecture: classification
    """
    kind = KINDS[EVENTS[_checks.source(source, len(EVENTS)).label]]
    return {
        name: low * (high / low) ** position for (name, low, high), position in ((kind.a, source.a), (kind.b, source.b))
    }


def render_event(source: Source, rng: np.random.Generator) -> np.ndarray:
    """One sound of a source, from the moment it begins to where it has fallen 20 dB below its loudest 10 ms.

    Parameters
    ----------
    source : Source
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (time,), float64, RMS 1, at 16 kHz
        From some 0.3 to 3 s.

    Lecture: classification
    """
    signal = KINDS[EVENTS[_checks.source(source, len(EVENTS)).label]].make(_checks.generator(rng), **settings(source))
    n_block = SAMPLE_RATE // 100
    blocks = np.pad(signal, (0, -len(signal) % n_block)).reshape(-1, n_block)
    level = np.sqrt((blocks**2).mean(axis=1))
    heard = np.flatnonzero(level >= 10 ** (END_DB / 20) * level.max())
    signal = signal[heard[0] * n_block : (heard[-1] + 1) * n_block].copy()
    n_fade = min(80, len(signal) // 2)
    signal[-n_fade:] *= np.linspace(1, 0, n_fade)
    return signal / rms(signal)


def background(duration_s: float, rng: np.random.Generator) -> np.ndarray:
    """What is always there: Gaussian noise of white, pink and brown power, ``Σ_β w_β f^(−β)``, in random shares.

    Parameters
    ----------
    duration_s : float, s
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (time,), float64, RMS 1, at 16 kHz

    Lecture: classification
    """
    white = _checks.generator(rng).standard_normal(_checks.n_samples(duration_s, SAMPLE_RATE))
    f = np.maximum(np.fft.rfftfreq(len(white), 1 / SAMPLE_RATE), 20.0)
    power = np.zeros(len(f))
    for beta, share in zip((0, 1, 2), rng.dirichlet([1, 1, 1]), strict=True):
        power += share * f ** float(-beta) / np.sum(f ** float(-beta))
    total = np.fft.irfft(np.fft.rfft(white) * np.sqrt(power), len(white))
    return total / rms(total)


def as_recorded(signal: np.ndarray) -> np.ndarray:
    """Rounded to the steps of a 16-bit file, so that it is the same on machines that differ in the last bit.

    Parameters
    ----------
    signal : ndarray, shape (…, time), within ±1

    Returns
    -------
    ndarray, same shape, float32

    Lecture: classification
    """
    steps = np.round(_checks.within_full_scale(_checks.signal(signal)) * 32_768)
    return (steps.clip(-32_768, 32_767) / 32_768).astype(np.float32)
