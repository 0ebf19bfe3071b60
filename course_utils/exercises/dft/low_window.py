import numpy as np

from ... import dft as package
from ...practice.model import Design, Exercise, Property, Wrong

N_DESIGN = 64


N_POINTS = 512  # of the response, in each bin


def _response_db(weights):
    """The window's spectrum in dB re its value at 0, up to half the rate."""
    level = np.abs(np.fft.rfft(weights, N_POINTS * N_DESIGN)) / abs(np.sum(weights))
    return 20 * np.log10(np.maximum(level, 1e-10))


def _main_lobe_bins(weights):
    """How far from 0 the response first falls below −70 dB, both sides together."""
    below = np.flatnonzero(_response_db(np.asarray(weights, float)) < -70)
    return 2 * below[0] / N_POINTS if len(below) else np.inf


def _not_a_window(weights):
    weights = np.asarray(weights)
    if weights.shape != (N_DESIGN,) or weights.dtype.kind not in "iuf":
        return f"{N_DESIGN} real weights are asked, got shape {weights.shape} and dtype {weights.dtype}."
    return None if np.isfinite(weights).all() else "Some of the weights are NaN or infinite."


def _no_sum(weights):
    total, size = np.sum(weights), np.sum(np.abs(weights))
    return None if abs(total) > 1e-3 * size else "The weights add up to 0: a constant signal would not be seen at all."


def _not_symmetric(weights):
    """Within 1 %: the periodic form of a window counts as symmetric about its centre."""
    weights = np.asarray(weights, float)
    mirrored, periodic = weights[::-1], np.roll(weights[::-1], 1)
    worst = min(np.abs(weights - mirrored).max(), np.abs(weights - periodic)[1:].max())
    if worst > 0.01 * np.abs(weights).max():
        return "It is not symmetric: tones would be shifted in phase by an amount that depends on their frequency."
    return None


def _high_side_lobes(weights):
    response_db = _response_db(np.asarray(weights, float))
    first_rise = np.flatnonzero(np.diff(response_db) > 0)
    highest_db = response_db[first_rise[0] :].max() if len(first_rise) else -np.inf
    if highest_db > -70:
        return f"Its highest side lobe stands at {highest_db:.1f} dB; below −70 dB is asked."
    return None


def _wide_lobe(weights):
    width = _main_lobe_bins(weights)
    if width > 7:
        return f"Its main lobe is {width:.2f} bins wide at −70 dB: a window with at most 7 exists, and is asked."
    return None


def low_window():
    """Dolph–Chebyshev: all side lobes equal, so none of them wastes width (Dolph 1946)."""
    order, attenuation = N_DESIGN - 1, 10 ** (70.02 / 20)
    beta = np.cosh(np.arccosh(attenuation) / order)
    x = beta * np.cos(np.pi * np.arange(N_DESIGN) / N_DESIGN)
    outside = np.abs(x) > 1
    polynomial = np.cos(order * np.arccos(np.where(outside, 0, x)))
    polynomial[outside] = np.sign(x[outside]) ** order * np.cosh(order * np.arccosh(np.abs(x[outside])))
    spectrum = polynomial * np.exp(1j * np.pi * np.arange(N_DESIGN) / N_DESIGN)
    weights = np.roll(np.fft.fft(spectrum).real, N_DESIGN // 2 - 1)
    return weights / weights.max()


def _scipy_chebyshev():
    from scipy.signal.windows import chebwin

    return chebwin(N_DESIGN, at=70.1)


EXERCISE = Exercise(
    title="a window with side lobes below −70 dB",
    stars=3,
    kind="design",
    task="""
A tone, and 68 dB below it another a few bins away. Design 64 weights whose side lobes **all** stay below −70 dB re the main lobe's peak, with a main lobe as **narrow** as you can make it: its width is measured where the response falls below −70 dB, and 7 bins are the most that is accepted. Real and symmetric weights, please.

None of the windows of the lecture will do as it is. One of them has a parameter.
""",
    given='''import numpy as np

import course_utils as cu


def widths(weights):
    """Its highest side lobe in dB, and its width at -70 dB in bins."""
    offsets = np.arange(0, len(weights) / 2, 1 / 64)
    level_db = cu.dft.leakage_db(weights, offsets)
    rise = np.flatnonzero(np.diff(level_db) > 0)[0]
    below = np.flatnonzero(level_db < -70)
    return level_db[rise:].max(), 2 * offsets[below[0]] if len(below) else np.inf


for name in cu.dft.WINDOWS:
    side_db, width = widths(cu.dft.window(name, 64, periodic=False))
    print(f"{name:12s} side lobes {side_db:6.1f} dB, {width:5.2f} bins wide at -70 dB")''',
    answer="low_window",
    spec=Design(
        properties=(
            Property("64 real weights", _not_a_window),
            Property("not symmetric", _not_symmetric),
            Property("weights that cancel", _no_sum),
            Property("side lobes too high", _high_side_lobes),
            Property("main lobe too wide", _wide_lobe),
        ),
        score=_main_lobe_bins,
        unit="bins",
        best=2 * N_DESIGN / np.pi * np.arccos(1 / np.cosh(np.arccosh(10**3.5) / (N_DESIGN - 1))),  # Dolph 1946
    ),
    reference=low_window,
    hints=(
        "Kaiser's beta trades side lobes for width. How large must it be for −70 dB?",
        "`cu.dft.window('kaiser', 64, periodic=False, beta=…)` does it from about 9.5 on. Is every one of its side "
        "lobes as high as it may be?",
        "A side lobe that is lower than it need be costs width. The window whose side lobes are all equal is "
        "Dolph–Chebyshev's: `scipy.signal.windows.chebwin`.",
    ),
    wrongs=(
        Wrong("side lobes too high", "", lambda: package.window("blackman", N_DESIGN)),
        Wrong("main lobe too wide", "", lambda: package.window("kaiser", N_DESIGN, periodic=False, beta=14)),
        Wrong("64 real weights", "", lambda: package.window("kaiser", 65, periodic=False, beta=10)),
        Wrong("not symmetric", "", lambda: package.window("kaiser", 2 * N_DESIGN, periodic=False, beta=10)[N_DESIGN:]),
        Wrong("weights that cancel", "", lambda: np.cos(np.pi * np.arange(N_DESIGN))),
    ),
    after="Equal side lobes do not fall off: 20 bins away the lecture's Hann window is already at −90 dB, so against a strong tone far away it is the better one.",
    also_right=(_scipy_chebyshev, lambda: package.window("kaiser", N_DESIGN, periodic=False, beta=9.9)),
)
