import math

import numpy as np

from ... import gammatone as package
from ...practice.model import Exercise, Value, Wrong


def _telephone_truth():
    """Bands laid side by side, a tenth of a hertz at a time."""

    def bands(low_hz, high_hz):
        steps_hz = np.arange(low_hz + 0.05, high_hz, 0.1)
        return np.sum(0.1 / (24.7 * (4.37 * steps_hz / 1000 + 1)))

    return 100 * bands(300, 3400) / bands(50, 8000)


def telephone_percent():
    below = package.hz_to_erb_rate  # how many bands lie below a frequency
    passed = below(3400) - below(300)
    return 100 * passed / (below(8000) - below(50))


def _share_of_mel(scale):
    from ... import mel

    low, high, lowest, highest = mel.hz_to_mel(np.array([300.0, 3400, 50, 8000]), scale=scale)
    return 100 * (high - low) / (highest - lowest)


def _mel_between(scale):
    from ... import mel

    return np.diff(mel.hz_to_mel(np.array([300.0, 3400]), scale=scale))[0]


EXERCISE = Exercise(
    title="how much of the ear a telephone uses",
    stars=1,
    kind="predict",
    task="""
An old telephone line passes what lies between 300 and 3,400 Hz. Of the hertz between 50 Hz and 8 kHz, that is 39 %. Count bands instead, each one ERB wide and laid side by side (Glasberg & Moore 1990): **what percentage of the bands between 50 Hz and 8 kHz lies between 300 and 3,400 Hz?** Guess first, then compute it to a tenth of a per cent. (Accepted within 0.3.)
""",
    answer="telephone_percent",
    spec=Value(truth=_telephone_truth, unit="per cent", absolute=0.3),
    reference=telephone_percent,
    hints=(
        "The bands are narrow at the bottom and wide at the top. Which scale counts them?",
        "`cu.gammatone.hz_to_erb_rate` counts the bands below a frequency. Between two frequencies there are "
        "as many as the two counts differ by.",
        "17.9 bands lie between 300 and 3,400 Hz. Count those between 50 and 8,000 Hz in the same way, and divide.",
    ),
    wrongs=(
        Wrong(
            "share of the hertz",
            "That is the share of the hertz. Bands are narrower below than above, so each hertz counts for more down "
            "there. (The widths of the bands at the four ends give the same number: ERB is linear in f.)",
            lambda: 100 * 3100 / 7950,
        ),
        Wrong(
            "a fraction",
            "That is a fraction of 1: per cent are asked, a hundred times as many.",
            lambda: telephone_percent() / 100,
        ),
        Wrong(
            "bands, not their share",
            "That is a number of bands: divide the one between 300 and 3,400 Hz by the one between 50 Hz and 8 kHz.",
            (
                lambda: np.diff(package.hz_to_erb_rate([300, 3400]))[0],
                lambda: np.diff(package.hz_to_erb_rate([50, 8000]))[0],
            ),
        ),
        Wrong(
            "share of the octaves",
            "That is the share of the octaves: it takes every octave to hold as many bands. "
            "From 100 to 200 Hz there are 2.5, from 4 to 8 kHz there are 6.2.",
            lambda: 100 * np.log(3400 / 300) / np.log(8000 / 50),
        ),
        Wrong(
            "counted from 0 Hz",
            "That counts the bands from 0 Hz up. What lies below 300 Hz, and in the whole below 50 Hz, "
            "must be taken off.",
            (
                lambda: 100 * package.hz_to_erb_rate(3400) / package.hz_to_erb_rate(8000),
                lambda: 100 * np.diff(package.hz_to_erb_rate([300, 3400]))[0] / package.hz_to_erb_rate(8000),
            ),
        ),
        Wrong(
            "Slaney's mel",
            "That is the share on Slaney's mel scale, which is linear up to 1 kHz: it counts steps of pitch, "
            "and has half as many of them below 500 Hz.",
            lambda: _share_of_mel("slaney"),
        ),
        Wrong(
            "steps of mel",
            "That is the number of mel between 300 and 3,400 Hz: it is bands of one ERB that are counted, and their share that is asked.",
            (lambda: _mel_between("slaney"), lambda: _mel_between("htk")),
        ),
        Wrong(
            "HTK's mel",
            "Close by chance: that is the share on HTK's mel scale. Its curve bends at 700 Hz, the ERB-rate's at 229 Hz.",
            lambda: _share_of_mel("htk"),
        ),
        Wrong(
            "one width for all",
            "That divides each range by the width of a band in its middle. The width changes within the range: "
            "add up the bands, or use the scale that has done so.",
            lambda: 100 * (3100 / package.erb_bandwidth_hz(1850)) / (7950 / package.erb_bandwidth_hz(4025)),
        ),
        Wrong(
            "what is cut away",
            "That is the share of the bands that the line does not pass: what it passes is asked.",
            lambda: 100 - telephone_percent(),
        ),
    ),
    after="Of the bands that the line cuts away, 7.6 lie above 3,400 Hz and 5.9 below 300 Hz.",
    also_right=(
        lambda: 57,
        lambda: 100 * math.log((1 + 0.00437 * 3400) / (1 + 0.00437 * 300)) / math.log(35.96 / 1.2185),
        lambda: np.float32(100 * np.subtract(*package.hz_to_erb_rate([3400, 300])) / 31.46),
    ),
)
