"""What the questions of gammatone claim, computed. A function proves the question of its name."""

import warnings

import numpy as np

from course_utils import audio, filters, mel, sound, stft
from course_utils import gammatone as package

from ._shared import clip


def bands_below_500():
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
    steps, sample_rate = clip("environment/footsteps")
    course = package.cochleagram(steps, sample_rate=sample_rate, power=1.0).mean(axis=0)
    blow = course[:50].argmax()
    assert 0.22 < 0.01 * (course[blow:] < 0.1 * course[blow]).argmax() < 0.28  # to a tenth in a quarter of a second
    assert round(10**0.3, 2) == 2.0 and round(10**0.7, 1) == 5.0


def _described(power):
    levels_db = np.maximum(sound.power_to_db(power, ref=np.max), -60)
    return np.concatenate([levels_db.mean(axis=1), levels_db.std(axis=1)])


def neighbours():
    """The lecture's comparison on the first two seconds of each clip, at 8 kHz."""
    listed = [row for row in audio.clips() if row["kind"] != "test_signals"]
    kinds = np.array([row["kind"] for row in listed])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the lowest mel bands are empty, as in the lecture
        bank = mel.mel_filterbank(sample_rate=8000, n_fft=256, n_mels=64, f_max=4000)
    described = {"linear": [], "mel": [], "gammatone": []}
    for row in listed:
        signal, rate = clip(row["file"], seconds=2)
        signal = filters.resample(signal, from_rate=rate, to_rate=8000) if rate != 8000 else signal
        power = stft.spectrogram(signal, n_fft=256)
        described["linear"].append(_described(power[:128].reshape(64, 2, -1).mean(axis=1)))
        described["mel"].append(_described(bank @ power))
        described["gammatone"].append(_described(package.gammatonegram(signal, sample_rate=8000, f_max=3999) ** 2))
    share = {}
    for name, points in described.items():
        apart = np.linalg.norm(np.array(points)[:, np.newaxis] - points, axis=-1) + np.diag(
            np.full(len(points), np.inf)
        )
        share[name] = (kinds[apart.argmin(axis=1)] == kinds).mean()
    assert all(0.6 < found < 0.75 for found in share.values())  # two of three
    assert max(share.values()) - min(share.values()) < 0.1  # five of 49 clips: none by far
    n_of = np.array([(kinds == kind).sum() for kind in set(kinds)])
    assert 0.35 < (n_of * (n_of - 1)).sum() / (len(kinds) * (len(kinds) - 1)) < 0.45 and n_of.max() > len(kinds) / 2


def tones_and_clicks():
    """A valley of 6 dB and more in the amplitude makes two of one."""
    two = sum(sound.sine(hz, duration_s=0.6, sample_rate=44_100, amplitude=0.2) for hz in (200, 285))
    grid = {"n_fft": 1024, "hop_length": 256}
    bins = stft.spectrogram(two, **grid)[:, 20:80].mean(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 64 bands of 43 Hz bins: some are empty
        bands = mel.mel_spectrogram(two, sample_rate=44_100, n_mels=64, f_max=8000, **grid)[:, 20:80].mean(axis=1)
    bank = package.gammatone_filterbank(two, center_hz=np.geomspace(150, 400, 30), sample_rate=44_100)[:, 8820:]
    frames = stft.frame(two[5000:], frame_length=1024, hop_length=97) * np.hanning(1025)[:-1, np.newaxis]
    fine = (np.abs(np.fft.rfft(frames, 1 << 15, axis=0)[110:250]) ** 2).mean(axis=1)  # 148 to 336 Hz, between the bins
    dent_db = _valley_db(np.sqrt(fine))
    assert -3.5 < dent_db < -2 < _valley_db(np.sqrt(bins[3:10]))
    pictures = {"STFT": bins[3:10], "mel": bands[3:9], "gammatone": np.mean(bank**2, axis=1)}
    assert [name for name, power in pictures.items() if _valley_db(np.sqrt(power)) < -4] == ["gammatone"]
    pair = np.zeros(2500)
    pair[[1100, 1320]] = 1  # 5 ms apart
    across = stft.spectrogram(pair, n_fft=1024, hop_length=8)[93]  # 4 kHz
    at_4k = _envelope(package.gammatone_filterbank(pair, center_hz=[4000.0], sample_rate=44_100)[0])
    framed = package.gammatonegram(np.pad(pair, 20_000), sample_rate=44_100, f_max=8000, hop_s=0.001)[51]  # 3.9 kHz
    assert _valley_db(framed[framed > 0.01 * framed.max()]) > -1  # frames of 25 ms make one of the two
    assert _valley_db(np.sqrt(across)) > -6 and _valley_db(at_4k[1080:1440]) < -40


def erb_meaning():
    """How much of white noise gets into the filter at 1,000 Hz, from within and from outside of one ERB."""
    assert round(float(package.erb_bandwidth_hz(1000.0))) == 133
    click = np.eye(1, 16_000)[0]
    response = np.fft.rfft(package.gammatone_filterbank(click, center_hz=[1000.0], sample_rate=16_000)[0])
    power, away_hz = np.abs(response) ** 2, np.abs(np.arange(8001) - 1000)
    inside = power[away_hz <= 133 / 2].sum() / power.sum()
    assert 0.73 < inside < 0.78 and 1 < -10 * np.log10(inside) < 1.2
    slits_db = [10 * np.log10(power[away_hz > width_hz / 2].sum() / power.sum()) for width_hz in (133, 400)]
    assert -7 < slits_db[0] < -5 and slits_db[1] < -18  # a slit of one ERB is far from the end of what a slit can do


def rings_longest():
    click = np.eye(1, 8000)[0]
    bank = package.gammatone_filterbank(click, center_hz=[80.0, 1000, 7000], sample_rate=16_000)
    peaks_ms = np.abs(bank).argmax(axis=1) / 16
    lasting_ms = [np.flatnonzero(band > 0.01 * band.max())[-1] / 16 for band in bank]  # until 40 dB below the peak
    assert lasting_ms[0] > 3 * lasting_ms[1] > 9 * lasting_ms[2]
    assert peaks_ms[0] > 12 and 3 < peaks_ms[1] < 4 and peaks_ms[2] < 1


def peak_at_1k():
    erb_hz = float(package.erb_bandwidth_hz(1000.0))
    click = np.eye(1, 44_100)[0]
    envelope = _envelope(package.gammatone_filterbank(click, center_hz=[1000.0], sample_rate=44_100)[0])
    assert abs(1000 * envelope.argmax() / 44_100 - 3.53) < 0.1
    assert np.isclose(1000 * 3 / (2 * np.pi * 1.019 * erb_hz), 3.53, atol=0.01)
    assert round(1000 / erb_hz, 1) == 7.5 and round(1000 * 3 / (1.019 * erb_hz)) == 22


def nan_at_60():
    from scipy.signal import gammatone

    for frequency_hz, sample_rate, stable in ((60, 44_100, False), (1000, 16_000, True)):
        poles = np.roots(gammatone(frequency_hz, "iir", fs=sample_rate)[1])
        assert (np.abs(poles).max() < 1) == stable


def thousandfold():
    assert round(1000**0.3) == 8 and round(20 * np.log10(1000)) == 60


against_mel = bands_below_500  # the same measurement


fft_form = fft_click  # the same measurement
