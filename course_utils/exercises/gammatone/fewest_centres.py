import numpy as np

from ... import gammatone as package
from ...practice.model import Design, Exercise, Property, Wrong

LOWEST_HZ, HIGHEST_HZ, RIPPLE_DB, MOST = 200.0, 6000.0, 3.0, 32


def _erb_grid():
    """The band that is to be covered, a hundredth of an ERB at a time, and how far each point is from its edges."""
    low, high = package.hz_to_erb_rate(np.array([LOWEST_HZ, HIGHEST_HZ]))
    points = np.linspace(low, high, 2490)
    return package.erb_rate_to_hz(points), np.minimum(points - low, high - points)


def _summed_db(center_hz):
    frequency_hz, from_edge = _erb_grid()
    centre = np.asarray(center_hz, float)[:, np.newaxis]
    off = (frequency_hz - centre) / (1.019 * package.erb_bandwidth_hz(centre))
    return frequency_hz, from_edge, 10 * np.log10(np.sum((1 + off**2) ** -4, axis=0))


def _not_centres(center_hz):
    center_hz = np.asarray(center_hz)
    if center_hz.ndim != 1 or center_hz.size == 0 or center_hz.dtype.kind not in "iuf":
        return f"A list of centres in Hz is asked, got shape {center_hz.shape} and dtype {center_hz.dtype}."
    return None if np.isfinite(center_hz).all() else "Some of the centres are NaN or infinite."


def _beyond_hearing(center_hz):
    outside = [hz for hz in np.asarray(center_hz, float) if not 20 <= hz <= 20_000]
    return f"A centre stands at {outside[0]:.4g}: they must lie between 20 and 20,000 Hz." if outside else None


def _too_many(center_hz):
    if len(center_hz) > MOST:
        return f"{len(center_hz)} channels; at most {MOST} are accepted, which is more than one for each ERB."
    return None


def _edge_uncovered(center_hz):
    frequency_hz, from_edge, level_db = _summed_db(center_hz)
    lowest = level_db.argmin()
    if np.ptp(level_db) > RIPPLE_DB and from_edge[lowest] < 0.3:
        return (
            f"The sum falls off at an edge of the band: at {frequency_hz[lowest]:.0f} Hz it is {np.ptp(level_db):.1f} dB "
            f"below its highest point, and at most {RIPPLE_DB:g} dB are allowed."
        )
    return None


def _ripple(center_hz):
    frequency_hz, _, level_db = _summed_db(center_hz)
    low, high = frequency_hz[[level_db.argmin(), level_db.argmax()]]
    if np.ptp(level_db) > RIPPLE_DB:
        return (
            f"The sum varies by {np.ptp(level_db):.2f} dB: it is lowest at {low:.0f} Hz, in a gap, "
            f"and highest at {high:.0f} Hz; at most {RIPPLE_DB:g} dB are allowed."
        )
    return None


def fewest_centres():
    """Equal steps of the ERB scale; the outermost flanks reach the edges from 0.4 ERB inside."""
    lowest = package.hz_to_erb_rate(LOWEST_HZ) + 0.4
    highest = package.hz_to_erb_rate(HIGHEST_HZ) - 0.4
    return package.erb_rate_to_hz(np.linspace(lowest, highest, 20))


def _with_both_ends(n_channels):
    low, high = package.hz_to_erb_rate(np.array([LOWEST_HZ, HIGHEST_HZ]))
    return package.erb_rate_to_hz(np.linspace(low, high, n_channels))


EXERCISE = Exercise(
    title="the fewest channels without a hole",
    stars=3,
    kind="design",
    task=r"""
How many channels does a bank need? A tone that glides from 200 to 6,000 Hz should be seen equally well all the way: the powers of all channels together,

$$S(\nu) = \sum_i \Big(1 + \big(\tfrac{\nu - f_i}{b_i}\big)^2\Big)^{-4}, \qquad b_i = 1.019\ \mathrm{ERB}(f_i)$$

(the power response of gammatones of order 4, without the mirror image at −f), may vary by **at most 3 dB** between 200 and 6,000 Hz, both included. Give a list of centres in Hz, in any order, with as **few** channels as you can: 32 are the most that is accepted, and it can be done with fewer channels than there are ERBs in the band, 24.9. A centre may stand anywhere from 20 to 20,000 Hz.

The cell below draws the sum for the centres that the course's `erb_space_hz` gives. Change them there, and watch.
""",
    given='''import numpy as np

import course_utils as cu


def summed_db(center_hz, frequency_hz):
    """The powers of all channels together, in dB."""
    center_hz = np.asarray(center_hz)[:, np.newaxis]
    off = (frequency_hz - center_hz) / (1.019 * cu.gammatone.erb_bandwidth_hz(center_hz))
    return 10 * np.log10(np.sum((1 + off**2) ** -4, axis=0))


frequency_hz = np.geomspace(200, 6000, 4000)
first_try = cu.gammatone.erb_space_hz(f_min=200, f_max=6000, n_channels=24)
level_db = summed_db(first_try, frequency_hz)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].semilogx(frequency_hz, level_db)
picture.axes[0].set_xticks([200, 500, 1000, 2000, 6000], ["200", "500", "1000", "2000", "6000"])
picture.axes[0].minorticks_off()
picture.axes[0].set(xlabel="frequency in Hz", ylabel="summed power in dB", ylim=(-16, 4))
picture.show(f"The sum of {len(first_try)} channels varies by {np.ptp(level_db):.1f} dB: "
             "small waves up to the last centre, and a fall from there to 6,000 Hz.")''',
    answer="center_hz",
    spec=Design(
        properties=(
            Property("no list of centres", _not_centres),
            Property("centres beyond hearing", _beyond_hearing),
            Property("too many channels", _too_many),
            Property("an edge uncovered", _edge_uncovered),
            Property("too much ripple", _ripple),
        ),
        score=len,
        unit="channels",
        # Minimax by a sequence of linear programmes from ten starts: 20 centres come to 2.80 dB, 19 never below 3.26 dB.
        best=20,
    ),
    reference=fewest_centres,
    hints=(
        "`erb_space_hz` leaves f_max out. What should its f_max be, so that the first centre stands at 6,000 Hz?",
        "With a centre at each end, equal steps of the ERB-rate scale do it with 21. "
        "Is the sum at its lowest at the edges, or in the gaps? Draw it.",
        "The outermost channels also cover what lies outside the band, where nothing is asked. Move both inward by some "
        "tenths of an ERB, and the gaps close enough for one channel less.",
    ),
    wrongs=(
        Wrong("no list of centres", "", lambda: 20),
        Wrong("centres beyond hearing", "", lambda: [0.0, *_with_both_ends(21)]),
        Wrong("too many channels", "", lambda: _with_both_ends(40)),
        Wrong("an edge uncovered", "", lambda: package.erb_space_hz(f_min=200, f_max=6000, n_channels=24)),
        Wrong("too much ripple", "", lambda: _with_both_ends(19)),
    ),
    after="A sound that is put together again from its channels needs more: equal steps keep the sum within 1 dB with 28 channels.",
    also_right=(
        lambda: _with_both_ends(21),
        lambda: np.round(fewest_centres()).astype(int).tolist(),
        lambda: sorted(_with_both_ends(30), reverse=True),
    ),
)
