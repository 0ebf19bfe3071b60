import numpy as np

from ... import filters as package
from ...practice.model import Design, Exercise, Property, Wrong

RATE_HZ, PASS_HZ, STOP_HZ = 48_000, 6000, 10_000


PASS_DB, STOP_DB, MOST_TAPS = 0.1, -60.0, 50


_PASS_GRID_HZ = np.arange(0, PASS_HZ + 1, 10.0)


_STOP_GRID_HZ = np.arange(STOP_HZ, RATE_HZ / 2 + 1, 10.0)


def _design_db(taps, frequency_hz):
    size = np.abs(package.frequency_response(taps, [1.0], frequency_hz=frequency_hz, sample_rate=RATE_HZ))
    return 20 * np.log10(np.maximum(size, 1e-10))


def _no_taps(taps):
    taps = np.asarray(taps)
    if taps.ndim != 1 or not taps.size or taps.dtype.kind not in "iuf":
        return f"A list of real taps is asked, got shape {taps.shape} and dtype {taps.dtype}."
    return None if np.isfinite(taps).all() else "Some of the taps are NaN or infinite."


def _uneven(taps):
    taps = np.asarray(taps, float)
    if np.abs(taps - taps[::-1]).max() > 1e-6 * np.abs(taps).max():
        return "It is not symmetric: some frequencies would come out later than others. The n-th tap from the end equals the n-th."
    return None


def _too_many(taps):
    if len(taps) > MOST_TAPS:
        return f"It has {len(taps)} taps; at most {MOST_TAPS} are accepted, and far fewer than that can do it."
    return None


def _pass_band_off(taps):
    if np.sum(taps) < 0:
        return "Its gain in the pass band is negative: what passes is turned upside down."
    level_db = _design_db(taps, _PASS_GRID_HZ)
    worst = np.abs(level_db).argmax()
    if abs(level_db[worst]) > PASS_DB:
        return (
            f"In the pass band its gain is {level_db[worst]:+.3f} dB at {_PASS_GRID_HZ[worst]:,.0f} Hz; "
            f"at most {PASS_DB} dB up or down is asked."
        )
    return None


def _stop_band_leaks(taps):
    level_db = _design_db(taps, _STOP_GRID_HZ)
    worst = level_db.argmax()
    if level_db[worst] > STOP_DB:
        return (
            f"In the stop band {level_db[worst]:.1f} dB are left at {_STOP_GRID_HZ[worst]:,.0f} Hz; "
            "at most −60 dB are asked."
        )
    return None


def _can_meet(n_taps):
    """Is there a symmetric filter of this length that meets the mask? By Remez's exchange, without a library.

    For any r + 1 frequencies there is an error that the best of r cosines cannot avoid (de la Vallée Poussin 1910).
    The frequencies are moved to where the error is largest, until it cannot be avoided or stays within the mask.
    """
    grid_hz = np.concatenate([_PASS_GRID_HZ, _STOP_GRID_HZ[:-1]])  # an even length has a zero at the Nyquist frequency
    wanted = (grid_hz <= PASS_HZ).astype(float)
    allowed = np.where(wanted == 1, 10 ** (PASS_DB / 20) - 1, 10 ** (STOP_DB / 20))
    n_cosines = (n_taps + 1) // 2
    half = 0.0 if n_taps % 2 else 0.5
    cosines = np.cos(2 * np.pi * np.outer(grid_hz / RATE_HZ, np.arange(n_cosines) + half))
    chosen = np.linspace(0, len(grid_hz) - 1, n_cosines + 1).astype(int)
    for _ in range(40):
        signs = (-1.0) ** np.arange(n_cosines + 1)
        system = np.column_stack([cosines[chosen], signs * allowed[chosen]])
        solution = np.linalg.solve(system, wanted[chosen])
        error = (cosines @ solution[:-1] - wanted) / allowed
        if abs(solution[-1]) > 1:  # not even at these few frequencies
            return False
        if np.abs(error).max() <= 1:
            return True
        peaks = [0, *np.flatnonzero(np.diff(np.sign(np.diff(error)))) + 1, len(error) - 1]
        for edge in np.flatnonzero(np.diff(wanted)):
            peaks += [edge, edge + 1]
        runs = []  # of each run of peaks with one sign, the largest
        for place in sorted(set(peaks)):
            if runs and error[place] * error[runs[-1]] > 0:
                runs[-1] = max(runs[-1], place, key=lambda p: abs(error[p]))
            else:
                runs.append(place)
        while len(runs) > n_cosines + 1:
            runs.pop(0 if abs(error[runs[0]]) < abs(error[runs[-1]]) else -1)
        chosen = np.array(runs)
    raise ArithmeticError(f"the exchange does not end for {n_taps} taps")


def shortest():
    """Parks and McClellan (1972): all ripples of a band are equal, so none of them wastes a tap."""
    from scipy.signal import remez

    bands_hz = (0, 6000, 10_000, 24_000)
    # 0.1 dB are an error of 0.0116, and −60 dB one of 0.001: the stop band weighs 11.6 times as much.
    return remez(32, bands_hz, [1, 0], weight=[1, 11.6], fs=48_000)


def _kaiser(n_taps=44, beta=5.7, cutoff_hz=7900):
    return package.fir_lowpass(cutoff_hz, sample_rate=RATE_HZ, n_taps=n_taps, window="kaiser", beta=beta)


def _least_squares():
    """Another way to fewer taps than a window: least squares with weights, band by band."""
    hertz = np.concatenate([_PASS_GRID_HZ, _STOP_GRID_HZ])
    wanted = (hertz <= PASS_HZ).astype(float)
    weight = np.where(wanted == 1, 1.0, 9.0)
    cosines = np.cos(2 * np.pi * np.outer(hertz / RATE_HZ, np.arange(20)))
    halves = np.linalg.lstsq(cosines * weight[:, np.newaxis], wanted * weight, rcond=None)[0]
    return np.concatenate([halves[:0:-1] / 2, halves[:1], halves[1:] / 2])


EXERCISE = Exercise(
    title="as few taps as possible",
    stars=3,
    kind="design",
    task="""
Of a sound at 48 kHz every third sample is to be kept, and a low-pass must stand before that. Design its taps:

- 0 to 6,000 Hz: gain 1, within **±0.1 dB**;
- 10,000 to 24,000 Hz: at most **−60 dB**;
- between, anything;
- symmetric, so that all frequencies are late by the same time;
- as **few** taps as you can. 50 are the most that is accepted.

What is left between 6,000 and 10,000 Hz ends up at 6,000 Hz and above, where nobody looks. Every tap costs half a sample of delay. A windowed sinc does it with 44 taps; it can be done with fewer.
""",
    given='''import numpy as np

import course_utils as cu


def measured(taps):
    """The largest deviation from 0 dB up to 6 kHz, and the highest level from 10 kHz on, in dB."""
    bands_hz = np.arange(0, 6001, 10), np.arange(10_000, 24_001, 10)
    passed, stopped = (
        cu.sound.amplitude_to_db(
            np.abs(cu.filters.frequency_response(taps, [1.0], frequency_hz=hz, sample_rate=48_000)), floor_db=-120
        )
        for hz in bands_hz
    )
    return np.abs(passed).max(), stopped.max()


for window in ("hann", "blackman", "kaiser"):
    windowed = cu.filters.fir_lowpass(8000, sample_rate=48_000, n_taps=50, window=window)
    ripple_db, leak_db = measured(windowed)
    print(f"50 taps, {window:9s} off by {ripple_db:.3f} dB, leaks {leak_db:.1f} dB")''',
    answer="taps",
    spec=Design(
        properties=(
            Property("real taps", _no_taps),
            Property("too many taps", _too_many),
            Property("not symmetric", _uneven),
            Property("pass band", _pass_band_off),
            Property("stop band", _stop_band_leaks),
        ),
        score=len,
        unit="taps",
        best=next(n_taps for n_taps in range(3, MOST_TAPS) if _can_meet(n_taps)),
    ),
    reference=shortest,
    hints=(
        "Which of the windows has a parameter? Its depth at β = 8.6 is more than is asked, and depth costs width. "
        "The cut-off is free, too.",
        "Kaiser with β near 5.7 and a cut-off near 7,900 Hz gets to 44 taps. Its error is largest beside the edges and "
        "small elsewhere, and in the pass band less than half of what is allowed: can it be spread evenly?",
        "The filter whose ripples are all as high as they may be was found by Parks and McClellan (1972): "
        "`scipy.signal.remez`, with weights that say how much smaller the error must be in the stop band.",
    ),
    wrongs=(
        Wrong("stop band", "", lambda: package.fir_lowpass(8000, sample_rate=RATE_HZ, n_taps=50, window="hann")),
        Wrong("pass band", "", lambda: package.fir_lowpass(8000, sample_rate=RATE_HZ, n_taps=44, window="kaiser")),
        Wrong("too many taps", "", lambda: _kaiser(101, 8.6, 8000)),
        Wrong("not symmetric", "", lambda: np.append(_kaiser(), 0.001)),
        Wrong("real taps", "", lambda: _kaiser()[np.newaxis]),
    ),
    after="Of every three outputs two are thrown away, so a polyphase filter computes the third only: 32 taps cost "
    "about 11 multiplications for each sample that comes in.",
    also_right=(_kaiser, _least_squares),
)
