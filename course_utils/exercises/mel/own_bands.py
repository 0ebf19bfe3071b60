import numpy as np

from ... import mel as package
from ...practice.model import Design, Exercise, Property, Wrong

_LOWEST_HZ, _HIGHEST_HZ, _MOST = 100, 7000, 25


def critical_band_hz(frequency_hz):
    """The ear's bandwidth: about 100 Hz at low frequencies, and wider and wider above (Zwicker & Terhardt 1980)."""
    return 25 + 75 * (1 + 1.4 * (frequency_hz / 1000) ** 2) ** 0.69


def _not_points(points_hz):
    points_hz = np.asarray(points_hz)
    if points_hz.ndim != 1 or len(points_hz) < 3 or points_hz.dtype.kind not in "iuf":
        given = f"got shape {points_hz.shape} and dtype {points_hz.dtype}"
        return f"A list of n + 2 frequencies in Hz is asked, three of them at least; {given}."
    return None


def _outside(points_hz):
    inside = np.isfinite(points_hz).all() and np.min(points_hz) >= 0 and np.max(points_hz) <= 8000 + 1e-6
    return None if inside else "Every point must lie between 0 and 8,000 Hz, the Nyquist frequency."


def _not_rising(points_hz):
    steps = np.diff(points_hz)
    if (steps > 0).all():
        return None
    return f"The points must rise: number {np.argmax(steps <= 0) + 1}, counted from 0, is not above the one before it."


def _weight(points_hz, band, frequency_hz):
    low, centre, high = np.asarray(points_hz, float)[band : band + 3]
    return max(0.0, min((frequency_hz - low) / (centre - low), (high - frequency_hz) / (high - centre)))


def _unseen(points_hz):
    """Between two centres the stronger weight is at least 0.5 by itself: only the two ends can fail."""
    for frequency_hz in (_LOWEST_HZ, _HIGHEST_HZ):
        best = max(_weight(points_hz, band, frequency_hz) for band in range(len(points_hz) - 2))
        if best < 0.5 - 1e-9:
            return f"A tone of {frequency_hz:,} Hz has in its strongest band a weight of {best:.2f}; at least 0.5 is asked."
    return None


def _too_many(points_hz):
    n_bands = len(points_hz) - 2
    return None if n_bands <= _MOST else f"It has {n_bands} bands, more than the {_MOST} that are allowed."


def _confused(points_hz):
    """Neighbouring triangles cross half-way between their centres, so a band wins between two such places."""
    centres = np.asarray(points_hz, float)[1:-1]
    ends = np.concatenate([[_LOWEST_HZ], (centres[1:] + centres[:-1]) / 2, [_HIGHEST_HZ]])
    ends = np.clip(ends, _LOWEST_HZ, _HIGHEST_HZ)
    for band, (low, high) in enumerate(zip(ends, ends[1:], strict=False)):
        if high - low > critical_band_hz(low) * (1 + 1e-5):
            return (
                f"Tones of {low:,.0f} and {low + critical_band_hz(low):,.0f} Hz are one critical band apart "
                f"and both strongest in band {band} (counted from 0)."
            )
    return None


def _fewest_bands():
    """From 100 Hz upward in steps of one critical band: each of these tones needs a band of its own."""
    tone_hz, n_tones = _LOWEST_HZ, 0
    while tone_hz <= _HIGHEST_HZ:
        n_tones += 1
        tone_hz += critical_band_hz(tone_hz)
    return n_tones


def own_points_hz():
    """Neighbours cross one critical band apart, from 100 Hz on; each centre mirrors the one before at the crossing."""
    centres_hz, crossing_hz = [150], 100
    for _ in range(20):  # until the next crossing lies above 7,000 Hz
        crossing_hz += 25 + 75 * (1 + 1.4 * (crossing_hz / 1000) ** 2) ** 0.69
        centres_hz.append(2 * crossing_hz - centres_hz[-1])
    return [50, *centres_hz, 8000]


def _centres_apart(share):
    """The centres themselves lie this share of a critical band apart, from 100 Hz on."""

    def points_hz():
        centres_hz = [100.0]
        while centres_hz[-1] < 7000:
            centres_hz.append(centres_hz[-1] + share * critical_band_hz(centres_hz[-1]))
        return np.array([0, *centres_hz, 8000], np.float32)

    return points_hz


EXERCISE = Exercise(
    title="fewer bands than the mel scale",
    stars=3,
    kind="design",
    task=r"""
The ear's own bandwidth, the **critical band**, is about 100 Hz wide at low frequencies and wider and wider above: $25 + 75\,(1 + 1.4\,(f/1000)^2)^{0.69}$ Hz at $f$ Hz (Zwicker & Terhardt 1980). Build a bank that keeps up with it, on a scale of your own, with as **few bands** as you can, 25 at the most.

The answer is `own_points_hz`: n + 2 rising frequencies in Hz, between 0 and 8,000. Band i is a triangle of height 1 that rises from point i to point i + 1 and falls to point i + 2. The bank must do two things for pure tones from 100 Hz to 7,000 Hz, both ends included:

- **seen**: every tone has a weight of at least 0.5 in its strongest band;
- **told apart**: two tones one critical band apart, the one at f and the other a critical band of f above it, are strongest in different bands. A tone on which two neighbours agree counts for the upper one.

27 HTK bands or 29 of Slaney from 0 to 8 kHz do it. Where do they spend more than they must?
""",
    given='''import numpy as np

import course_utils as cu


def critical_band_hz(frequency_hz):
    return 25 + 75 * (1 + 1.4 * (frequency_hz / 1000) ** 2) ** 0.69


def same_band(points_hz):
    """The first pair of tones, in Hz, that the bank does not tell apart; None if there is none."""
    centres = np.asarray(points_hz, float)[1:-1]
    crossings = (centres[1:] + centres[:-1]) / 2  # two neighbours have the same weight there
    low = np.linspace(100, 7000, 69_001)  # in steps of 0.1 Hz
    high = low + critical_band_hz(low) + 0.01  # so that rounding decides nothing
    alike = np.searchsorted(crossings, low, "right") == np.searchsorted(crossings, high, "right")
    alike &= high <= 7000
    return (float(low[alike][0]), round(float(high[alike][0]), 1)) if alike.any() else None


for scale, n_mels in (("htk", 26), ("htk", 27), ("slaney", 28), ("slaney", 29)):
    points_hz = cu.mel.mel_frequencies_hz(n_mels + 2, f_max=8000, scale=scale)
    print(f"{n_mels} {scale:6s} bands from 0 to 8 kHz, tones that share one: {same_band(points_hz)}")''',
    answer="own_points_hz",
    spec=Design(
        properties=(
            Property("a list of points", _not_points),
            Property("outside the range", _outside),
            Property("not rising", _not_rising),
            Property("not seen", _unseen),
            Property("not told apart", _confused),
            Property("too many bands", _too_many),
        ),
        score=lambda points_hz: len(points_hz) - 2,
        unit="bands",
        best=_fewest_bands(),
    ),
    reference=own_points_hz,
    hints=(
        "Where must a mel step be small, and how large could the steps be everywhere else? If the centres are one critical "
        "band apart, are the places half-way between two centres one critical band apart as well?",
        "The strongest band changes half-way between two centres. How far apart may two such places be, at 200 Hz and "
        "at 2,000 Hz?",
        "Write down these places first: one critical band above 100 Hz, and then a whole critical band up each time. Choose "
        "the first centre; each further one is the mirror image of the one before it, at the place between them.",
    ),
    wrongs=(
        Wrong("a list of points", "", lambda: np.transpose([np.arange(0, 7900, 100), np.arange(100, 8000, 100)])),
        Wrong("outside the range", "", lambda: package.mel_frequencies_hz(50, f_max=11_025)),
        Wrong("not rising", "", lambda: package.mel_frequencies_hz(40, f_max=8000)[::-1]),
        Wrong("not seen", "", lambda: np.linspace(150, 7500, 90)),
        Wrong(
            "not told apart",
            "",
            (lambda: package.mel_frequencies_hz(26, f_max=8000, scale="slaney"), _centres_apart(1)),
        ),
        Wrong("too many bands", "", lambda: package.mel_frequencies_hz(33, f_max=8000, scale="htk")),
    ),
    after="In the smallest such bank two tones a critical band apart are strongest in neighbouring bands: sounding together, "
    "they leave no weaker band between them, and look like one broad tone.",
    also_right=(_centres_apart(0.99), _centres_apart(0.92)),
)
