import numpy as np

from ... import filters as package
from ...practice.model import Exercise, Value, Wrong


def unknown_plane():
    """Zeros and poles of a filter."""
    return np.array([-0.6 + 0.8j, -0.6 - 0.8j]), np.array([0.7 + 0.4j, 0.7 - 0.4j])


def _plane_truth():
    """By running the filter: which tone it silences, and how its answer to a click turns and shrinks."""
    zeros, poles = unknown_plane()
    b, a = np.poly(zeros).real, np.poly(poles).real
    grid_hz = np.arange(1, 8000)
    size = np.abs(package.frequency_response(b, a, frequency_hz=grid_hz, sample_rate=16_000))
    ringing = package.lfilter_loop(b, a, np.eye(1, 200)[0])[3:]  # the inputs have passed
    turned, shrunk = np.linalg.lstsq(np.stack([ringing[1:-1], ringing[:-2]], axis=1), ringing[2:], rcond=None)[0]
    radius = np.sqrt(-shrunk)  # y[n] = 2 r cos ω y[n − 1] − r² y[n − 2]
    rings_hz = np.arccos(turned / (2 * radius)) * 16_000 / (2 * np.pi)
    return [grid_hz[size.argmin()], rings_hz, 1000 * np.log(1000) / -np.log(radius) / 16_000]


def plane():
    zero, pole = -0.6 + 0.8j, 0.7 + 0.4j  # read from the picture
    hz_per_radian = 16_000 / (2 * np.pi)
    n_samples = 3 / -np.log10(abs(pole))  # 60 dB are a factor of 10³
    return [np.angle(zero) * hz_per_radian, np.angle(pole) * hz_per_radian, 1000 * n_samples / 16_000]


def _plane_as(silenced_hz, rings_hz, fades_ms):
    return lambda: [silenced_hz, rings_hz, fades_ms]


def _fades_of_radius(radius):
    return _plane_as(*_ANGLES, 3 / -np.log10(radius) / 16)


_ANGLES = np.angle([-0.6 + 0.8j, 0.7 + 0.4j]) * 16_000 / (2 * np.pi)


_FADES_MS = 3 / -np.log10(abs(0.7 + 0.4j)) / 16


EXERCISE = Exercise(
    title="three numbers from a picture",
    stars=2,
    kind="read",
    task="""
The poles (crosses) and zeros (circles) of a filter that runs at 16 kHz. All of them lie on crossings of the grid. Read from the picture, in this order:

1. the frequency that it **silences**, in Hz;
2. the frequency at which it **rings** after a click, in Hz;
3. how long that ringing takes to fall by **60 dB**, in ms.

A list of three numbers, each within 4 %.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.filters import unknown_plane

zeros, poles = unknown_plane()
picture = cu.plotting.Picture(height_in=4.6)
ax, turn = picture.axes[0], np.exp(2j * np.pi * np.arange(361) / 360)
ax.plot(turn.real, turn.imag, color="0.5", linewidth=1)
ax.plot(zeros.real, zeros.imag, "o", markersize=10, fillstyle="none", label="zero")
ax.plot(poles.real, poles.imag, "x", markersize=10, color=cu.plotting.COLOURS[4], label="pole")
ax.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), xlabel="real part", ylabel="imaginary part")
ax.set_xticks(np.arange(-11, 12) / 10, minor=True)
ax.set_yticks(np.arange(-11, 12) / 10, minor=True)
ax.grid(True, which="both", linewidth=0.6, color="0.75")
ax.legend(loc="upper right")
at = [f"{pair[0].real:.1f} plus and minus {pair[0].imag:.1f} i" for pair in (zeros, poles)]
picture.show(f"The unit circle about 0. Circles at {at[0]}; crosses at {at[1]}.")""",
    form="[silences in Hz, rings at in Hz, falls by 60 dB in ms]",
    answer="plane",
    spec=Value(truth=_plane_truth, tolerance=0.04),
    reference=plane,
    hints=(
        "Walk along the circle from 1, which is 0 Hz, to −1, which is the Nyquist frequency. On whose place are you silenced?",
        "A frequency is an angle: the full turn is 16,000 Hz. np.angle gives the angle of a complex number in radians.",
        "At each sample the ringing shrinks to r times its size, r the pole's distance from 0. "
        "60 dB are a factor of 1,000: how many samples is that, and how many ms at 16 kHz?",
    ),
    wrongs=(
        Wrong(
            "poles and zeros exchanged",
            "Crosses and circles are exchanged: a zero silences, a pole rings.",
            _plane_as(_ANGLES[1], _ANGLES[0], _FADES_MS),
        ),
        Wrong(
            "half a turn for the rate",
            "Both frequencies are twice too high: the Nyquist frequency, 8,000 Hz, is half a turn away from 0 Hz.",
            _plane_as(2 * _ANGLES[0], 2 * _ANGLES[1], _FADES_MS),
        ),
        Wrong(
            "half the rate for a turn",
            "Both frequencies are half as high as they are: the full turn is the sampling rate, 16,000 Hz.",
            _plane_as(_ANGLES[0] / 2, _ANGLES[1] / 2, _FADES_MS),
        ),
        Wrong(
            "below the axis",
            "One frequency was read at the lower of its two places, and turned negative or above 8,000 Hz: "
            "the upper one, on the way from 1 to −1, has the frequency between 0 and 8,000 Hz.",
            (
                _plane_as(-_ANGLES[0], _ANGLES[1], _FADES_MS),
                _plane_as(16_000 - _ANGLES[0], _ANGLES[1], _FADES_MS),
                _plane_as(_ANGLES[0], -_ANGLES[1], _FADES_MS),
                _plane_as(_ANGLES[0], 16_000 - _ANGLES[1], _FADES_MS),
                _plane_as(*-_ANGLES, _FADES_MS),
                _plane_as(*(16_000 - _ANGLES), _FADES_MS),
            ),
        ),
        Wrong(
            "time constant",
            "The third is the time in which it falls to 1/e, less than 9 dB; 60 dB take ln 1000 = 6.9 times as long.",
            _plane_as(*_ANGLES, 1 / -np.log(abs(0.7 + 0.4j)) / 16),
        ),
        Wrong(
            "60 dB as 10⁶",
            "The third is twice too long: 60 dB are a factor of 1,000 in amplitude (a million is the power), "
            "and the radius shrinks the amplitude.",
            _plane_as(*_ANGLES, 2 * _FADES_MS),
        ),
        Wrong(
            "time in samples",
            "The third is in samples: at 16 kHz there are 16 in each ms.",
            _plane_as(*_ANGLES, 16 * _FADES_MS),
        ),
        Wrong(
            "radius from one part",
            "The third is computed with the real or the imaginary part, 0.7 or 0.4, for the radius: "
            "the pole's distance from 0 is larger.",
            (_fades_of_radius(0.7), _fades_of_radius(0.4)),
        ),
        Wrong(
            "radius squared",
            "The third is half as long as it is: it was computed with the square of the radius, 0.65, "
            "and at each sample the ringing shrinks to 0.81 of its size.",
            _fades_of_radius(0.65),
        ),
        Wrong(
            "time in seconds",
            "The third is in seconds, ms are asked.",
            _plane_as(*_ANGLES, _FADES_MS / 1000),
        ),
        Wrong(
            "angle in the wrong quadrant",
            "The first angle is counted from −1 backwards: the arc tangent of 0.8 / 0.6 does not know that the zero lies "
            "left of the imaginary axis, between a quarter and half of a turn.",
            (_plane_as(8000 - _ANGLES[0], _ANGLES[1], _FADES_MS), _plane_as(_ANGLES[0] - 8000, _ANGLES[1], _FADES_MS)),
        ),
        Wrong(
            "angles in degrees",
            "The first two are angles in degrees: the full turn of 360° is 16,000 Hz.",
            _plane_as(*np.degrees(np.angle([-0.6 + 0.8j, 0.7 + 0.4j])), _FADES_MS),
        ),
        Wrong(
            "angles in radians",
            "The first two are angles in radians: the full turn of 2π is 16,000 Hz.",
            _plane_as(*np.angle([-0.6 + 0.8j, 0.7 + 0.4j]), _FADES_MS),
        ),
    ),
    after="The nearer a pole is to the circle, the longer it rings: at radius 0.99 the same filter would take 43 ms.",
    also_right=(
        lambda: (5639, 1322, 2.0),
        lambda: np.array([126.87 / 360 * 16_000, 29.74 / 360 * 16_000, 2.004], dtype=np.float32),
    ),
)
