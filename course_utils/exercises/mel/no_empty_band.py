import functools
import math

import numpy as np

from ...practice.model import Exercise, Value, Wrong
from ._shared import _hz_by_bisection, _mel_of


def _no_empty_truth():
    """By counting: the first n_fft of which a bin lies inside every triangle."""
    points_hz = _hz_by_bisection(np.linspace(0, _mel_of(11_025, "slaney"), 130), scale="slaney")
    n_fft = 2
    while True:
        spacing_hz = 22_050 / n_fft
        first_inside = (np.floor(points_hz[:-2] / spacing_hz) + 1) * spacing_hz
        if (first_inside < points_hz[2:]).all():
            return n_fft
        n_fft += 1


def _unrounded():
    return 22_050 * 129 / (2 * _mel_of(11_025, "slaney") * 200 / 3)


def smallest_n_fft():
    highest_mel = 15 + 27 * math.log(11.025) / math.log(6.4)
    step_hz = highest_mel / 129 * 200 / 3  # 130 points; below 1 kHz the scale is straight
    return math.floor(22_050 / (2 * step_hz)) + 1  # a triangle is two steps wide


EXERCISE = Exercise(
    title="the shortest FFT that fills every band",
    stars=2,
    kind="predict",
    task="""
A front end at 22,050 Hz has 128 bands on the Slaney scale, from 0 Hz to the Nyquist frequency. A bin that lies exactly on the foot of a triangle has the weight 0 there. **Which is the smallest `n_fft`, even or odd, for which no band is empty?**

It can be found with a loop over the library. It can also be found with one line of arithmetic: start from the width of the narrowest triangle.
""",
    answer="smallest_n_fft",
    spec=Value(truth=_no_empty_truth, unit="samples", absolute=0.01),
    reference=smallest_n_fft,
    hints=(
        "Which bands are the narrowest, and how many points lie between 0 Hz and the Nyquist frequency, ends included?",
        "If a triangle is wider than the bins are apart, can it fall between two of them? And the first triangle begins "
        "on bin 0: what happens if it is narrower?",
        "11,025 Hz are 49.91 mel: 130 points are 0.387 mel apart, below 1 kHz 25.8 Hz. Bins are f_s/N apart.",
    ),
    wrongs=(
        Wrong(
            "bins as dense as the centres",
            "That puts the bins as close together as the centres of the low bands. A triangle is two such steps wide, "
            "so bins may be almost twice as far apart.",
            lambda: 855,
        ),
        Wrong(
            "bins as dense as the centres, and even",
            "Twice too many: a triangle is two steps between centres wide, so bins may be almost that far apart.",
            lambda: 856,
        ),
        Wrong(
            "a step too many",
            "Nearly: 128 bands stand on 130 points, ends included, and 130 points are 129 steps apart, not 130.",
            lambda: 431,
        ),
        Wrong(
            "a step too few",
            "Nearly: 128 bands stand on 130 points, ends included, so the range is cut into 129 steps, not 128.",
            lambda: 425,
        ),
        Wrong(
            "a power of two",
            "With 512 or more no band is empty, but it is not the smallest: an FFT of any length will do here.",
            (lambda: 512, lambda: 1024, lambda: 2048, lambda: 4096),
        ),
        Wrong(
            "bands still empty",
            "That is too short: the bins are then farther apart than the narrowest triangle is wide, 51.6 Hz.",
            (lambda: 256, lambda: 400, lambda: 420, lambda: 424, lambda: 426, lambda: 384),
        ),
        Wrong(
            "not the smallest",
            "With it no band is empty. But there is a smaller one: what happens if you take one sample away?",
            tuple(functools.partial(int, n) for n in (429, 430, 432, 434, 436, 440, 441, 448, 450, 480, 500)),
        ),
        Wrong(
            "not rounded up",
            "The arithmetic is right. An FFT has a whole number of samples: round up, since fewer leave a band empty.",
            (_unrounded, lambda: 427.4),
        ),
        Wrong(
            "bins counted",
            "That is the number of bins that are kept, N // 2 + 1; N itself is asked.",
            lambda: 215,
        ),
        Wrong(
            "one too few",
            "Almost: with 427 bin 1 lies just outside the foot of the first triangle, whose only other bin is bin 0, "
            "on its other foot.",
            lambda: 427,
        ),
        Wrong(
            "as many bins as bands",
            "That gives 128 bins for 128 bands. But the bins are equally far apart and the bands are not: "
            "most of those bins go to the wide bands above 1 kHz.",
            lambda: 254,
        ),
        Wrong(
            "half the rate",
            "That divides the Nyquist frequency by the width of a triangle: bins are f_s/N apart, with the whole "
            "sampling rate.",
            lambda: 214,
        ),
        Wrong(
            "HTK's scale",
            "That is right for HTK, whose lowest bands are narrower; the question is about Slaney's scale.",
            lambda: 706,
        ),
    ),
    after="The same arithmetic passes Whisper's largest model, whose 128 bands come from 400 samples at 16 kHz: bins 40 Hz apart, "
    "triangles 46.8 Hz wide.",
    also_right=(lambda: np.int64(428), lambda: 428.0),
)
