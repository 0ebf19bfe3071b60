import numpy as np

from ... import filters as package
from ...practice.model import Exercise, Value, Wrong


def _both_ways_truth():
    """Where twice the gain in dB crosses half the power, on a grid of 0.1 Hz."""
    b, a = package.biquad("lowpass", frequency_hz=2000, sample_rate=16_000)
    grid_hz = np.arange(100, 4000, 0.1)
    gain = np.abs(package.frequency_response(b, a, frequency_hz=grid_hz, sample_rate=16_000))
    power = gain**4  # two passes, and power is amplitude squared
    return grid_hz[np.flatnonzero(power < 0.5)[0]]


def corner_hz():
    sample_rate, single_hz = 16_000, 2000
    x = (2**0.5 - 1) ** (1 / 4)  # analogue: two passes have the power 1 / (1 + x⁴)²
    bent = np.tan(np.pi * single_hz / sample_rate)  # the bilinear transform bends the axis
    return np.arctan(x * bent) * sample_rate / np.pi


EXERCISE = Exercise(
    title="forwards, then backwards",
    stars=2,
    kind="predict",
    task=r"""
`scipy.signal.filtfilt` runs a filter over the sound, then runs it over the result from the end to the beginning, so that the two delays cancel. The filter is a biquad: Butterworth low-pass ($Q = 1/\sqrt2$), corner 2,000 Hz, at 16 kHz. In one pass, a tone at 2,000 Hz comes out with half its power (−3.01 dB).

**At which frequency, in Hz, is the power halved after both passes?** (Within 0.5 %. The lecture's functions may help.)
""",
    answer="corner_hz",
    spec=Value(truth=_both_ways_truth, unit="Hz", tolerance=0.005),
    reference=corner_hz,
    hints=(
        "What is the gain at 2,000 Hz after two passes, in dB?",
        "Gains in dB add. So look for the frequency at which one pass takes 1.505 dB away.",
        'Evaluate `cu.filters.frequency_response` of `cu.filters.biquad("lowpass", …)` on a fine grid, '
        "and find where the fourth power of its magnitude falls below one half.",
    ),
    wrongs=(
        Wrong(
            "unmoved",
            "2,000 Hz are halved by the first pass and halved again by the second: −6.02 dB. The corner has moved.",
            lambda: 2000,
        ),
        Wrong(
            "moved upwards",
            "That is where one pass takes 6 dB away, so two take 12: the 3 dB were doubled where they are to be shared. "
            "Two passes take more away than one at every frequency, so the corner moves down.",
            (lambda: np.arctan(3**0.25 * np.tan(np.pi / 8)) * 16_000 / np.pi, lambda: 2000 * 3**0.25),
        ),
        Wrong(
            "first order",
            "This is a filter of first order in both passes: the power of a Butterworth filter of second order is "
            "1/(1 + x⁴), not 1/(1 + x²).",
            (
                lambda: np.arctan((2**0.5 - 1) ** 0.5 * np.tan(np.pi / 8)) * 16_000 / np.pi,
                lambda: 2000 * (2**0.5 - 1) ** 0.5,
            ),
        ),
        Wrong(
            "the analogue corner",
            "Nearly: that is the corner of the analogue filter. The bilinear transform bends the frequency axis, "
            "more so near the Nyquist frequency: a tangent is involved.",
            lambda: 2000 * (2**0.5 - 1) ** 0.25,
        ),
        Wrong(
            "half the frequency",
            "The corner moves, but not by an octave: at 1,000 Hz one pass takes only 0.2 dB away, "
            "a Butterworth filter is flat until close to its corner.",
            lambda: 1000,
        ),
        Wrong(
            "halved twice",
            "That is where one pass takes 0.75 dB away: the level in dB was halved once too often.",
            lambda: np.arctan((2**0.25 - 1) ** 0.25 * np.tan(np.pi / 8)) * 16_000 / np.pi,
        ),
        Wrong(
            "divided by √2",
            "The corner was divided by √2. Half the power is an amplitude of 1/√2, which does not make the frequency so.",
            lambda: 2000 / 2**0.5,
        ),
        Wrong(
            "the corner to begin with",
            "That is the corner with which one pass must be designed so that both passes have theirs at 2,000 Hz. "
            "Here one pass has its corner at 2,000 Hz.",
            lambda: np.arctan((2**0.5 - 1) ** -0.25 * np.tan(np.pi / 8)) * 16_000 / np.pi,
        ),
        Wrong(
            "share of the Nyquist frequency",
            "That is a share of 8,000 Hz, as scipy takes it without `fs`, or of the sampling rate: it is asked in Hz.",
            (lambda: corner_hz() / 8000, lambda: corner_hz() / 16_000),
        ),
    ),
    after="For a corner at 2,000 Hz after both passes, design one pass for 2,427 Hz; and keep it for finished recordings, "
    "because the second pass begins at the end.",
    also_right=(lambda: np.float32(1634.1), _both_ways_truth),
)
