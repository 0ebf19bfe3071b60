import math

import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

MOST_WEIGHTS = 21


SWING = 2 * np.pi * 4 / 100  # 4 Hz at 100 frames a second, in radians per frame


def _slope_response(weights):
    """What the weights make of the slope of a swing, up to 4 Hz: 1 is right, a complex number what comes."""
    offsets = np.arange(len(weights)) - len(weights) // 2
    omega = SWING * np.arange(1, 65) / 64
    return np.exp(1j * np.outer(omega, offsets)) @ np.asarray(weights, float) / (1j * omega)


def _not_weights(weights):
    weights = np.asarray(weights)
    if weights.ndim != 1 or weights.dtype.kind not in "iuf":
        return f"A list of real weights is asked for, got shape {weights.shape} and dtype {weights.dtype}."
    if len(weights) % 2 == 0 or len(weights) > MOST_WEIGHTS:
        return f"An odd number of weights is asked for, {MOST_WEIGHTS} at most; these are {len(weights)}."
    return None if np.isfinite(weights).all() else "Some of the weights are NaN or infinite."


def _ramp_slope(weights):
    weights = np.asarray(weights, float)
    return weights @ (np.arange(len(weights)) - len(weights) // 2)


def _constant_has_slope(weights):
    weights = np.asarray(weights, float)
    if abs(weights.sum()) > 1e-5 * max(np.abs(weights).sum(), 1e-5):
        return f"The weights add up to {weights.sum():.3g}: a held vowel would have a slope. They must add up to 0."
    return None


def _ramp_falls(weights):
    if _ramp_slope(weights) < 0:
        return "A rising ramp gets a negative slope: the first weight is that of the earliest frame."
    return None


def _ramp_is_off(weights):
    slope = _ramp_slope(weights)
    return None if abs(slope - 1) <= 1e-4 else f"A ramp of 1 per frame gets the slope {slope:.4g}; 1 is asked for."


def _swing_is_off(weights):
    error = np.abs(_slope_response(weights) - 1)
    if error.max() > 0.1 + 1e-6:
        worst_hz = 4 * (1 + error.argmax()) / 64
        return f"The slope of a swing at {worst_hz:.2g} Hz is off by {error.max():.1%} of its size; at most 10 % is asked for."
    return None


def _noise(weights):
    return float(np.linalg.norm(np.asarray(weights, float)))


def _least_noise():
    """The least |w| with Σ n w = 1 and, at 4 Hz, Σ sin(ωn) w = 0.9 ω, among all of 21 weights.

    These are fewer conditions than the task sets (more than 0.9 ω only costs noise), so nothing that meets all of them has
    less. By Lagrange w is a sum of n and sin(ωn), and |w|² = bᵀG⁻¹b with the 2 × 2 matrix G of products of the two.
    Its response runs from 1 down to 0.9 at 4 Hz, so this w meets the others, too.
    """
    n = np.arange(-(MOST_WEIGHTS // 2), MOST_WEIGHTS // 2 + 1)
    ramp, sine = float(n @ n), float(np.sin(SWING * n) @ np.sin(SWING * n))
    both, asked = float(n @ np.sin(SWING * n)), 0.9 * SWING
    return math.sqrt((sine - 2 * asked * both + asked**2 * ramp) / (ramp * sine - both**2))


def slope_weights():
    """The shortest vector of weights that meets two conditions: a ramp, and a swing of 4 Hz at the edge of its 10 %."""
    n = np.arange(-10, 11)
    omega = 2 * np.pi * 4 / 100
    conditions = np.array([n, np.sin(omega * n)])
    return np.linalg.pinv(conditions) @ [1, 0.9 * omega]


def _regression(width):
    offsets = np.arange(width) - width // 2
    return offsets / (offsets @ offsets)


def _savitzky_golay():
    from scipy.signal import savgol_coeffs

    return savgol_coeffs(21, 3, deriv=1, use="dot")


EXERCISE = Exercise(
    title="slopes with less noise",
    stars=3,
    kind="design",
    task=r"""
Coefficients come 100 times a second, and in each frame each is off by an error of its own, independent of the last. A delta, $d[t] = \sum_j w_j\, c[t + j - W]$ with $2W + 1$ weights from the earliest frame to the latest, adds these errors up: its own is $\sqrt{\sum_j w_j^2}$ times theirs. More frames average better, and blur what moves.

Design at most **21 weights** (an odd number) with which

- a held vowel has no slope, and a ramp of 1 per frame has the slope 1, both exactly;
- a swing at any frequency up to **4 Hz** gets its slope within **10 %** of the slope's size, delay included: the error is $|H(\omega)/(i\omega) - 1|$, $H(\omega) = \sum_j w_j\, e^{i\omega(j - W)}$ and $\omega$ is in radians per frame;
- the error of the delta is as **small** as you can make it.

The table below is what regression can do. It is a solution to begin with, not the best one.
""",
    given='''import numpy as np


def slope_error(weights, frame_rate_hz=100):
    """The largest error of the slope of a swing up to 4 Hz, as a share of its size."""
    offsets = np.arange(len(weights)) - len(weights) // 2
    omega = 2 * np.pi * np.arange(1, 65) / 64 * 4 / frame_rate_hz  # radians per frame
    response = np.exp(1j * np.outer(omega, offsets)) @ weights
    return np.abs(response / (1j * omega) - 1).max()


for width in range(3, 22, 2):
    offsets = np.arange(width) - width // 2
    weights = offsets / (offsets @ offsets)
    print(f"regression over {width:2d} frames: up to 4 Hz within {slope_error(weights):4.0%}, "
          f"noise {np.linalg.norm(weights):.3f} times that of a frame")''',
    answer="slope_weights",
    spec=Design(
        properties=(
            Property("a list of weights", _not_weights),
            Property("constant with a slope", _constant_has_slope),
            Property("ramp that falls", _ramp_falls),
            Property("ramp of another slope", _ramp_is_off),
            Property("swings off by more than 10 %", _swing_is_off),
        ),
        score=_noise,
        unit="times the noise of a frame",
        best=_least_noise(),
    ),
    reference=slope_weights,
    hints=(
        "Regression over 7 frames meets the specification. Its weights are a straight line through 0. "
        "Which part of a longer line does the damage at 4 Hz?",
        "Fit a cubic in place of a line, over all 21 frames, and take its slope in the middle: "
        "`scipy.signal.savgol_coeffs` with `deriv=1, use='dot'`. How much of the 10 % does it leave unused?",
        "What must hold is two sums: Σ n w = 1, and at 4 Hz Σ w sin(ωn) = 0.9 ω. Of all weights that meet two linear "
        "equations `np.linalg.pinv` finds those with the least sum of squares.",
    ),
    wrongs=(
        Wrong("swings off by more than 10 %", "", lambda: _regression(9)),
        Wrong("ramp that falls", "", lambda: -_regression(7)),
        Wrong("ramp of another slope", "", lambda: np.arange(-3, 4)),
        Wrong("constant with a slope", "", lambda: np.array([0, 0, 0, -1, 1.1, 0, 0])),
        Wrong("a list of weights", "", lambda: np.array([-1, 1])),
    ),
    after="With 21 weights ten frames lie ahead of the present one: 100 ms of waiting for a live recogniser, and nothing offline.",
    also_right=(lambda: _regression(7), _savitzky_golay, lambda: np.gradient(np.eye(9), axis=0)[4].tolist()),
)
