"""What the questions of gammatone claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import gammatone as package


def bands_below_500():
    from course_utils import mel

    erb_bands = 64 * package.hz_to_erb_rate(500.0) / package.hz_to_erb_rate(8000.0)
    mel_bands = 64 * mel.hz_to_mel(500.0) / mel.hz_to_mel(8000.0)
    assert (round(float(mel_bands)), round(float(erb_bands))) == (11, 21)


def _envelope(signal):
    spectrum = np.fft.fft(signal)
    spectrum[len(signal) // 2 + 1 :] = 0
    return 2 * np.abs(np.fft.ifft(spectrum))


def _valley_db(course):
    """How deep the lowest point between the highest of each half lies below the lower of the two."""
    middle = len(course) // 2
    left, after = course[:middle].argmax(), middle + course[middle:].argmax()
    return 20 * np.log10(course[left : after + 1].min() / min(course[left], course[after]))


def two_clicks():
    pair = np.zeros(1100)
    pair[[200, 420]] = 1  # as in test_signals/clicks: 5 ms apart
    four = package.gammatone_filterbank(pair, center_hz=[200.0, 1000, 4000, 8000], sample_rate=44_100)
    low, middle, high, highest = (_valley_db(_envelope(response)[200:620]) for response in four)
    assert low > -1 and -4 < middle < -2 and high < -60 and highest < -60


def fft_click():
    click = np.zeros(16_000)
    click[8000] = 1
    grid = {"sample_rate": 16_000, "window_s": 0.005, "hop_s": 0.001}
    lags = []
    for method in package.METHODS:
        levels = package.gammatonegram(click, method=method, **grid)
        lags.append(levels[0].argmax() - levels[-1].argmax())
    assert lags == [17, 0]


def footsteps():
    assert round(10**0.3, 2) == 2.0 and round(10**0.7, 1) == 5.0


def tones_and_clicks():
    t = np.arange(26_460) / 44_100  # 0.6 s
    two = 0.2 * np.sin(2 * np.pi * 200 * t) + 0.2 * np.sin(2 * np.pi * 285 * t)
    bank = package.gammatone_filterbank(two, center_hz=np.geomspace(150, 400, 30), sample_rate=44_100)
    assert _valley_db(np.sqrt(np.mean(bank[:, 8820:] ** 2, axis=1))) < -4


def erb_meaning():
    assert round(float(package.erb_bandwidth_hz(1000.0))) == 133


def rings_longest():
    click = np.zeros(4000)
    click[0] = 1
    bank = package.gammatone_filterbank(click, center_hz=[80.0, 1000, 7000], sample_rate=16_000)
    peaks_ms = [np.abs(band).argmax() / 16 for band in bank]
    assert peaks_ms[0] > 12 and 3 < peaks_ms[1] < 4 and peaks_ms[2] < 1


def peak_at_1k():
    assert np.isclose(1000 * 3 / (2 * np.pi * 1.019 * package.erb_bandwidth_hz(1000.0)), 3.53, atol=0.01)
    assert round(1000 / float(package.erb_bandwidth_hz(1000.0)), 1) == 7.5
    assert round(1000 * 3 / (1.019 * float(package.erb_bandwidth_hz(1000.0)))) == 22


def nan_at_60():
    from scipy.signal import gammatone

    for frequency_hz, sample_rate, stable in ((60, 44_100, False), (1000, 16_000, True)):
        poles = np.roots(gammatone(frequency_hz, "iir", fs=sample_rate)[1])
        assert (np.abs(poles).max() < 1) == stable


def thousandfold():
    assert round(1000**0.3) == 8 and round(20 * np.log10(1000)) == 60


against_mel = bands_below_500  # the same measurement


fft_form = fft_click  # the same measurement
