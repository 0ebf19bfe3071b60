"""What the questions of dft claim, computed. A function proves the question of its name."""

import cmath
from unittest.mock import patch

import numpy as np
from scipy.signal import find_peaks

from course_utils import dft as package
from course_utils import sound

from ._shared import clip, level_db


def _leakage(window, offset_bins):
    """The highest leakage of a window near a distance in bins, dB re the peak."""
    offsets = np.arange(offset_bins - 2, offset_bins + 2, 1 / 16)
    return package.leakage_db(package.window(window, 1024), offsets).max()


def quarter_period():
    t_s = np.arange(100) / 100
    found = {
        part: abs(np.sum(np.cos(2 * np.pi * (3 * t_s - part)) * np.cos(2 * np.pi * 3 * t_s)))
        for part in (0, 1 / 8, 1 / 4)
    }
    assert np.isclose(found[0], 50) and round(found[1 / 8]) == 35 and found[1 / 4] < 1e-9


def walk():
    chord, rate = clip("music/piano_chord")
    short = chord[rate // 5 : 2 * rate // 5]
    t_s = np.arange(len(short)) / rate
    struck, silent = (abs(np.sum(short * np.exp(-2j * np.pi * hz * t_s))) for hz in (261.63, 293.66))
    assert 20 < struck / silent < 60
    assert round(293.66 - 261.63, -1) == 30 and round((293.66 - 261.63) * 0.2) == 6


def five_turns():
    spectrum = np.fft.fft(np.cos(2 * np.pi * 5 * np.arange(32) / 32))
    assert np.allclose(spectrum[[5, 27]], 16) and np.count_nonzero(np.abs(spectrum) > 1e-9) == 2


class _Counted(np.ndarray):
    """An array that counts the products it takes part in."""

    n_products = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [x.view(np.ndarray) if isinstance(x, _Counted) else x for x in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        _Counted.n_products += np.size(result) * (ufunc is np.multiply)
        return result


def _n_products(n_points):
    """How many phasors the FFT multiplies by."""
    exp, _Counted.n_products = np.exp, 0
    with patch.object(np, "exp", lambda z: exp(z).view(_Counted)):
        package.fft(np.random.default_rng(0).standard_normal(n_points))
    return _Counted.n_products


def _n_steps(n_points):
    """How many phasors the two loops multiply by."""
    with patch.object(package.cmath, "exp", side_effect=cmath.exp) as turned:
        package.dft(np.zeros(n_points))
    return turned.call_count


def growth():
    assert _n_steps(96) == 4 * _n_steps(48)
    assert package.dft_matrix(96).size == 4 * package.dft_matrix(48).size  # a product for each
    assert all(2 < _n_products(2 * n) / _n_products(n) < 2.5 for n in (256, 4096))
    assert _n_steps(64) > 10 * _n_products(64)


def prime_length():
    longer = _n_products(65_521) / _n_products(65_536)
    assert 4 < longer < 20
    assert 65_536**2 / (65_536 * 16) == 4096


def engine_line():
    engine, rate = clip("environment/engine", seconds=0.5)
    magnitude = np.abs(package.rfft(engine * package.window("hann", len(engine))))
    hz = package.frequencies_hz(len(engine), sample_rate=rate)
    strongest_hz = hz[magnitude.argmax()]
    assert strongest_hz > 2 * 28.33 and abs(strongest_hz / 28.33 - round(strongest_hz / 28.33)) < 0.1
    assert 8 < 20 * np.log10(magnitude.max() / magnitude[(hz > 25) & (hz < 32)].max()) < 12
    k = np.arange(1, 11)  # the distance of the lines is the rate of the firings
    on, between = (magnitude[np.round(28.33 * at / hz[1]).astype(int)] for at in (k, k + 0.5))
    assert np.all(on > 1.5 * between) and magnitude[hz < 20].max() < 0.1 * magnitude.max()


def without_padding():
    words, rate = clip("speech/sentence_gb_m1", seconds=1.65)
    n_silent = int(0.4 * rate)
    words = np.pad(words, (n_silent, 0))
    hiss = np.random.default_rng(5).standard_normal(rate) * 10 ** (-3 * np.arange(rate) / rate)
    product = np.fft.rfft(words) * np.fft.rfft(hiss, len(words))
    wrapped, padded = np.fft.irfft(product, len(words)), package.convolve(words, hiss)
    tail = padded[len(words) :]
    before = wrapped[:n_silent]
    assert np.abs(padded[:n_silent]).max() < 1e-9  # silence, had there been room
    assert np.allclose(before, np.pad(tail, (0, len(words)))[:n_silent])
    assert level_db(before[:4000]) > level_db(wrapped) - 6
    assert abs(np.corrcoef(before[:8000], words[n_silent : n_silent + 8000][::-1])[0, 1]) < 0.1


def swapped_phase():
    speech, rate = clip("speech/sentence_rms", seconds=3)
    drums, _ = clip("music/drums", seconds=3, sample_rate=rate)
    turn = np.exp(1j * np.angle(np.fft.fft(drums)))
    mixed = np.fft.ifft(np.abs(np.fft.fft(speech)) * turn).real

    def course(signal):
        return sound.rms(signal.reshape(-1, rate // 20))

    assert np.corrcoef(course(mixed), course(drums))[0, 1] > 0.75
    assert abs(np.corrcoef(course(mixed), course(speech))[0, 1]) < 0.2


def _tops_hz(piece):
    """The peaks of a zero-padded spectrum of two_tones, no lower than half of the highest."""
    magnitude = np.abs(np.fft.rfft(piece, 16 * len(piece)))
    hz = package.frequencies_hz(16 * len(piece), sample_rate=44_100)
    near = (hz > 900) & (hz < 1120)
    return hz[near][find_peaks(magnitude[near], height=0.5 * magnitude[near].max())[0]]


def zero_padding():
    pair, _ = clip("test_signals/two_tones")
    found = {n: [_tops_hz(pair[start : start + n]) for start in range(8000, 10_205, 90)] for n in (1024, 8192)}
    counts = {len(tops) for tops in found[1024]}
    assert {1, 2} <= counts  # other cuts, other pictures
    two = np.array([tops for tops in found[1024] if len(tops) == 2])
    assert np.abs(two - [1000, 1020]).max(axis=1).min() > 5  # and not once the two tones
    assert np.allclose(found[8192], [1000, 1020], atol=2.5)  # which 186 ms show wherever they are cut


def _dip_db(voice, rate):
    """How deep the valleys between harmonics are, below 600 Hz in frames of 25 ms: the median of the loud ones."""
    n = rate // 40
    frames = voice[: len(voice) // n * n].reshape(-1, n)
    loud = frames[sound.rms(frames) > 0.06] * package.window("hann", n)
    hz = package.frequencies_hz(8192, sample_rate=rate)
    levels_db = 20 * np.log10(np.abs(np.fft.rfft(loud, 8192))[:, (hz > 70) & (hz < 600)])
    found = [find_peaks(-level, prominence=0.5, distance=22)[1]["prominences"] for level in levels_db]
    return np.median([np.median(dips) for dips in found if len(dips)])


def three_voices():
    hers, his, deepest = (_dip_db(*clip(f"speech/sentence_{who}")) for who in ("us_f2", "us_m3", "gb_m1"))
    assert hers > 20 > 10 > his > deepest
    assert 188 > 4 / 0.025 > 115 > 89  # the main lobe of a Hann window of 25 ms


def half_bin():
    level = np.abs(np.fft.rfft(np.cos(2 * np.pi * 16.5 * np.arange(256) / 256)))
    assert len(level) == 129 and level.min() > level.max() / 1000


def weak_tone():
    for window, shown in (("rectangular", False), ("hamming", False), ("hann", True), ("kaiser", True)):
        assert (_leakage(window, 20) < -70) == shown
    assert _leakage("hamming", 20) > -60 > _leakage("hann", 20)


def ding():
    bell, rate = clip("environment/door_bell")
    n = rate // 20
    frames = bell[: len(bell) // n * n].reshape(-1, n) * package.window("hann", n)

    def course_db(frequency_hz):
        return 20 * np.log10(np.abs(package.goertzel(frames, frequency_hz, sample_rate=rate)) * 4 / n)

    e5_db, between_db = course_db(659.26), course_db(590)
    assert 15 < e5_db.max() - e5_db[15] < 22  # in the frame that ends at 0.8 s
    assert np.all(e5_db[16:36] > between_db[16:36] + 3)  # and for another second


def engine_speed():
    engine, rate = clip("environment/engine")
    revving = engine[3 * rate : 7 * rate // 2]
    magnitude = np.abs(package.rfft(revving * package.window("hann", len(revving))))
    strongest = magnitude.argmax()
    wrong_hz, right_hz = strongest * rate / len(magnitude), strongest * rate / len(revving)
    assert 3100 < 30 * right_hz < 3400 and 1.99 < wrong_hz / right_hz < 2


def bin_125():
    tone = sound.sine(1000, duration_s=0.125, sample_rate=8000)
    assert len(tone) == 1000 and np.abs(np.fft.rfft(tone)).argmax() == 125
    assert package.frequencies_hz(1000, sample_rate=8000)[125] == 1000
    assert round(125 * 8000 / 501) == 1996


def bin_40():
    assert np.isclose(abs(np.fft.fft(np.cos(2 * np.pi * 40 * np.arange(512) / 512))[40]), 256)


def _valley(sample_rate, duration_s, phase_rad):
    """How high the spectrum is at 442 Hz, re the lower of its values at 440 and 444 Hz; zeros change none of them."""
    t_s = np.arange(round(sample_rate * duration_s)) / sample_rate
    both = np.cos(2 * np.pi * 440 * t_s) + np.cos(2 * np.pi * 444 * t_s + phase_rad)
    faded = both * package.window("hann", len(both))
    low, middle, high = (abs(np.sum(faded * np.exp(-2j * np.pi * hz * t_s))) for hz in (440, 442, 444))
    return middle / min(low, high)


def near_tones():
    phases_rad = np.arange(8) * np.pi / 4
    for sample_rate in (16_000, 48_000):
        assert max(_valley(sample_rate, 0.1, phase) for phase in phases_rad) > 1
        assert max(_valley(sample_rate, 1, phase) for phase in phases_rad) < 0.01
    assert np.isclose(package.frequencies_hz(16_000, sample_rate=16_000)[1], 1)


def delay():
    words, _ = clip("speech/sentence_us_f2", seconds=0.5)
    before, after = np.fft.fft(words), np.fft.fft(np.roll(words, 10))
    turns = 10 * np.arange(len(words)) / len(words)
    assert np.allclose(np.abs(before), np.abs(after))
    assert np.allclose(after, before * np.exp(-2j * np.pi * turns)) and not np.allclose(after, before)


def padding():
    rng = np.random.default_rng(0)
    x, h = rng.standard_normal(1000), rng.standard_normal(100)
    whole = np.convolve(x, h)
    short, enough = (np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(h, n), n) for n in (1024, 1099))
    assert len(whole) == 1099 and np.allclose(enough, whole)
    assert np.allclose(short[75:], whole[75:1024]) and np.allclose(short[:75], whole[:75] + whole[1024:])
    assert np.abs(whole[1024:]).min() > 0


def hum():
    assert _leakage("hann", 35) < -90 and _leakage("kaiser", 35) < -90
    assert -42 < _leakage("rectangular", 35) < -38 and -59 < _leakage("hamming", 35) < -55
    t_s = np.arange(1600) / 16_000  # bins lie 10 Hz apart
    both = np.cos(2 * np.pi * 53 * t_s) + 10**-3.5 * np.cos(2 * np.pi * 403 * t_s)
    for window, shown in (("rectangular", False), ("hamming", False), ("hann", True), ("kaiser", True)):
        magnitude = np.abs(np.fft.rfft(both * package.window(window, len(both))))
        assert (magnitude[40:42].max() > 3 * magnitude[[36, 45]].max()) == shown
