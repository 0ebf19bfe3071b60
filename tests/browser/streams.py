"""What the tests of ``stream_microphone`` share: a sound whose every part is told apart, and where it was found."""

import numpy as np
from scipy import signal as scipy_signal

from tests.browser.test_explorables_start import FAKE, RATE, write

N_PLAYED = 20 * RATE  # longer than any test: where it begins anew, Chromium's device leaves out some samples
TOP_HZ = 3000  # so that it passes every filter on its way


def noise(n, seed=0):
    """Noise up to 3 kHz at 48 kHz, −20 dBFS."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    spectrum[np.fft.rfftfreq(n, 1 / RATE) > TOP_HZ] = 0
    x = np.fft.irfft(spectrum, n)
    return 0.1 * x / x.std()


def device(folder):
    """Flags for a browser whose microphone hears that noise."""
    return [*FAKE, f"--use-file-for-fake-audio-capture={write(folder / 'noise.wav', noise(N_PLAYED))}"]


def places(received, rate, played):
    """Of each tenth of a second: where it stands in ``played`` (at 48 kHz, in samples), and its error re its RMS."""
    x = scipy_signal.resample(received, round(len(received) * RATE / rate))
    length, found = RATE // 10, []
    for start in range(0, len(x) - length + 1, length):
        part = x[start : start + length]
        lags = scipy_signal.correlate(played, part, mode="valid")
        at = int(lags.argmax())
        found.append((at - start, np.sqrt(np.mean((part - played[at : at + length]) ** 2)) / 0.1))
    return np.array(found)


def comes_without_a_gap(received, rate, played):
    """Whether all of it is found at one place; the first 0.3 s, in which a device begins, and the last 0.2 s aside."""
    shift, error = places(received, rate, played)[3:-2].T
    # A step of 48 kHz either way: the browser's audio may run at 44.1 kHz, and falls between two samples. That much is
    # also the error: 3 kHz turns by 0.2 rad in half a step, and twice the rest is for the filters on the way.
    return len(shift) >= 10 and np.ptp(shift) <= 1 and error.max() < 0.25
