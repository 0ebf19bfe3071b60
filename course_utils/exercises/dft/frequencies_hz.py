import numpy as np

from ... import dft as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _frequencies_by_counting(n_fft, *, sample_rate):
    found, k = [], 0
    while 2 * k <= n_fft:  # up to the Nyquist frequency, and no further
        found.append(sample_rate * k / n_fft)
        k += 1
    return np.array(found)


def _lengths() -> list[Case]:
    return [
        case(4, sample_rate=8, says="four samples at 8 Hz", gives=[0, 2, 4]),
        case(5, sample_rate=10, says="five samples at 10 Hz", gives=[0, 2, 4]),
        case(512, sample_rate=16_000, says="512 samples at 16 kHz"),
        case(441, sample_rate=44_100, says="an odd number of samples at 44.1 kHz"),
        case(1, sample_rate=8000, says="a single sample", gives=[0]),
        case(2, sample_rate=11_025, says="two samples at an odd rate", gives=[0, 5512.5]),
        case(7, sample_rate=1.5, says="seven samples at 1.5 Hz"),
        case(
            30, sample_rate=16_000, says="30 samples at 16 kHz, where the rounded steps lead past the Nyquist frequency"
        ),
        case(11, sample_rate=16_000, says="eleven samples at 16 kHz"),
    ]


def _every_size():
    for n_fft in range(1, 130):
        for sample_rate in (16_000, 44_100, 1.5):
            yield case(n_fft, sample_rate=sample_rate, says="any length"), (n_fft // 2 + 1,)


def _added_up(n_fft, *, sample_rate):
    found, hz = [], 0.0
    while hz <= sample_rate / 2:
        found.append(hz)
        hz += sample_rate / n_fft
    return found


EXERCISE = Exercise(
    title="frequencies of the bins, mended",
    stars=1,
    kind="repair",
    task="""
The function below has a mistake that is easily made. It labels the frequency axis of a one-sided spectrum, its picture looks right, and the tone of lecture 03's engine comes out at nearly twice its frequency.

**Mend it**, for even *and* odd lengths.
""",
    given='''def published_frequencies_hz(n_fft, *, sample_rate):
    """As published: the frequency of each bin of the one-sided spectrum, in Hz."""
    n_bins = n_fft // 2 + 1
    return [k * sample_rate / n_bins for k in range(n_bins)]


print(published_frequencies_hz(4, sample_rate=8), "Hz; the rate is 8 Hz, the Nyquist frequency 4 Hz")''',
    form="The frequency of bin 0, 1, … n_fft // 2, in Hz.",
    answer="frequencies_hz",
    spec=Function(cases=_lengths, expected=_frequencies_by_counting, properties=(right_count(_every_size),)),
    reference=package.frequencies_hz,
    hints=(
        "Bin k makes k whole turns. In which time?",
        "The piece lasts N / f_s seconds; k turns in that time are k f_s / N per second.",
        "The number of bins that are kept is n_fft // 2 + 1; the number that the rate is divided by is n_fft.",
    ),
    wrongs=(
        Wrong(
            "rate over the kept bins",
            "The rate is still divided by the bins that are kept. They reach only to half the rate: "
            "divide by the number of samples.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (n_fft // 2 + 1),
        ),
        Wrong(
            "linspace to Nyquist",
            "It is right for even lengths: with an odd number of samples no bin lies on the Nyquist frequency, "
            "so a linspace that ends there stretches the axis (and so does a division by twice n_fft // 2).",
            lambda n_fft, *, sample_rate: np.linspace(0, sample_rate / 2, n_fft // 2 + 1),
        ),
        Wrong(
            "one more for even lengths",
            "It is right for odd lengths. For even ones the rate is divided by N + 1, as where N is taken for twice the bins "
            "less 1: of N and N + 1 samples the bins are as many.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (2 * (n_fft // 2) + 1),
        ),
        Wrong(
            "both halves",
            "All N bins are there; the one-sided spectrum keeps the first N // 2 + 1.",
            (
                lambda n_fft, *, sample_rate: np.arange(n_fft) * sample_rate / n_fft,
                lambda n_fft, *, sample_rate: np.fft.fftfreq(n_fft, 1 / sample_rate),
                lambda n_fft, *, sample_rate: np.fft.fftshift(np.fft.fftfreq(n_fft, 1 / sample_rate)),
            ),
        ),
        Wrong(
            "Nyquist missing",
            "The last bin of even lengths is missing: for even N the Nyquist frequency is a bin of its own.",
            (
                lambda n_fft, *, sample_rate: np.arange((n_fft + 1) // 2) * sample_rate / n_fft,
                lambda n_fft, *, sample_rate: np.arange(0, sample_rate / 2, sample_rate / n_fft),
            ),
        ),
        Wrong(
            "last bin missing",
            "The last bin is missing: from 0 to n_fft // 2, both included, there are n_fft // 2 + 1.",
            (
                lambda n_fft, *, sample_rate: np.arange(max(n_fft // 2, 1)) * sample_rate / n_fft,
                lambda n_fft, *, sample_rate: np.arange(n_fft // 2) * sample_rate / n_fft,
            ),
        ),
        Wrong(
            "bins counted in hertz",
            "It is right for some lengths only: the last bin is found by comparing frequencies that are rounded, so now and then there is one "
            "too few or too many. Count the bins in whole numbers, n_fft // 2 + 1.",
            (
                lambda n_fft, *, sample_rate: (
                    np.arange(int(sample_rate / 2 / (sample_rate / n_fft)) + 1) * sample_rate / n_fft
                ),
                lambda n_fft, *, sample_rate: (
                    np.arange(int(sample_rate / 2 // (sample_rate / n_fft)) + 1) * sample_rate / n_fft
                ),
                lambda n_fft, *, sample_rate: np.arange(
                    0, sample_rate / 2 + sample_rate / n_fft / 2, sample_rate / n_fft
                ),
            ),
        ),
        Wrong(
            "N − 1",
            "The rate is divided by N − 1: a piece of N samples lasts N / f_s seconds, the last sample's own time included.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / max(n_fft - 1, 1),
        ),
        Wrong(
            "one bin too many",
            "There is one bin too many for an odd number of samples: the rounding goes down, n_fft // 2 + 1.",
            lambda n_fft, *, sample_rate: np.arange((n_fft + 1) // 2 + 1) * sample_rate / n_fft,
        ),
        Wrong(
            "one bin beyond the last",
            "There is one bin too many: from 0 to n_fft // 2, both included, there are n_fft // 2 + 1.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 2) * sample_rate / n_fft,
        ),
        Wrong(
            "linspace without its end",
            "It has the right number of values and stops one step short: N/2 + 1 values lie N/2 steps apart, and the step here is f_s/(N + 2), as with `endpoint=False`.",
            lambda n_fft, *, sample_rate: np.linspace(0, sample_rate / 2, n_fft // 2 + 1, endpoint=False),
        ),
        Wrong(
            "linspace to the rate",
            "The values reach up to the rate: the one-sided spectrum ends at half of it.",
            lambda n_fft, *, sample_rate: np.linspace(0, sample_rate, n_fft // 2 + 1),
        ),
        Wrong(
            "N + 1",
            "The rate is divided by N + 1: N samples last N / f_s seconds.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (n_fft + 1),
        ),
        Wrong(
            "whole hertz",
            "Digits after the point are lost on the way: 16,000 / 512 is 31.25, and a bin need not lie on a whole number of hertz.",
            (
                lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * (sample_rate // n_fft),
                lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate // n_fft,
                lambda n_fft, *, sample_rate: np.round(np.arange(n_fft // 2 + 1) * sample_rate / n_fft),
            ),
        ),
        Wrong(
            "power of two",
            "It is right for powers of two. At other lengths the rate is divided by another number than n_fft, as if the piece had been "
            "lengthened to a power of two.",
            (
                lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (1 << (n_fft - 1).bit_length()),
                lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * sample_rate / (1 << n_fft.bit_length() - 1),
            ),
        ),
        Wrong(
            "whole step",
            "The distance of the bins is rounded to whole hertz before it is multiplied: 16,000 / 512 is 31.25, and the error grows "
            "from bin to bin.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * np.round(sample_rate / n_fft),
        ),
        Wrong(
            "Nyquist negative",
            "The Nyquist frequency is negative: `fftfreq` counts it among the frequencies below 0, and the one-sided spectrum calls it +f_s/2.",
            lambda n_fft, *, sample_rate: np.fft.fftfreq(n_fft, 1 / sample_rate)[: n_fft // 2 + 1],
        ),
        Wrong(
            "bins counted from 1",
            "The axis begins one bin too high: bin 0 is 0 Hz.",
            lambda n_fft, *, sample_rate: np.arange(1, n_fft // 2 + 2) * sample_rate / n_fft,
        ),
        Wrong(
            "half a bin too high",
            "Every value is half a bin too high: bin k stands for exactly k turns.",
            lambda n_fft, *, sample_rate: (np.arange(n_fft // 2 + 1) + 0.5) * sample_rate / n_fft,
        ),
        Wrong(
            "turned over",
            "N stands above the line and the rate below: that is a number of samples per hertz.",
            lambda n_fft, *, sample_rate: np.arange(n_fft // 2 + 1) * n_fft / sample_rate,
        ),
        Wrong(
            "steps added up",
            "The rounding of each step is carried on to the next, and after many of them the sum lies just above the Nyquist "
            "frequency, which is then missed, or just below it. Count the bins, and multiply.",
            _added_up,
        ),
    ),
    after="Before you trust an axis, send one tone of known frequency through it: at n_fft = 512 the published one is off by a factor of 1.99, and its picture looks like any other.",
    also_right=(
        lambda n_fft, *, sample_rate: [k * sample_rate / n_fft for k in range(n_fft // 2 + 1)],
        lambda n_fft, *, sample_rate: np.fft.rfftfreq(n_fft, 1 / sample_rate).astype(np.float32),
    ),
)
