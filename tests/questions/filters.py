"""What the questions of filters claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import filters as package
from course_utils.exercises.filters.gain_db import gain_db


def _mean_db(n_samples, frequency_hz):
    taps = np.full(n_samples, 1 / n_samples)
    return gain_db(taps, np.ones(1), np.asarray(frequency_hz, float), sample_rate=16_000)


def _lowpass_db(n_taps, window, frequency_hz):
    taps = package.fir_lowpass(4000, sample_rate=44_100, n_taps=n_taps, window=window)
    response = package.frequency_response(taps, [1.0], frequency_hz=frequency_hz, sample_rate=44_100)
    return 20 * np.log10(np.maximum(np.abs(response), 1e-9))


def _strongest_leak_db(n_taps, window):
    """Beyond the first zero above the cut-off at 4 kHz of 44.1 kHz."""
    level_db = _lowpass_db(n_taps, window, np.arange(4000.0, 9000, 2))
    return level_db[np.flatnonzero(np.diff(level_db) > 0)[0] :].max()


def sweep_or_click():
    from course_utils import audio

    sweep, click = (audio.load(f"test_signals/{name}", dtype=np.float64)[0] for name in ("log_sweep", "clicks"))
    energy_db = 10 * np.log10(np.sum(sweep**2) / click.max() ** 2)
    assert 49 < energy_db < 55
    assert np.isclose(10 * np.log10(4), 6, atol=0.03) and np.isclose(10 * np.log10(100), 20)


def two_whistles():
    assert _mean_db(9, 16_000 / 9) <= -119
    assert -14 < _mean_db(9, 2600) < -12


def thousand_taps():
    assert round(_strongest_leak_db(101, "rectangular")) == round(_strongest_leak_db(1001, "rectangular")) == -21


def before_the_blow():
    taps = package.fir_lowpass(1000, sample_rate=44_100, n_taps=4001, window="rectangular")
    before = taps[:2000]  # what a click 2,000 samples later sends ahead of itself
    loudest_hz = np.abs(np.fft.rfft(before * np.hanning(2000), 44_100)).argmax()
    assert 950 < loudest_hz < 1050
    assert np.abs(before[1500:]).max() > 3 * np.abs(before[:500]).max()


def boost_and_cut():
    centre = {"frequency_hz": 1000, "sample_rate": 44_100, "q": 1.5}
    (b_up, a_up), (b_down, a_down) = (package.biquad("peaking", gain_db=db, **centre) for db in (12, -12))
    assert np.allclose(np.convolve(b_up, b_down), np.convolve(a_up, a_down))


def click_order():
    ends_hz = np.array([0.0, 22_050])
    late = 100 * package.group_delay([-0.7, 1], [1, -0.7], frequency_hz=ends_hz, sample_rate=44_100) / 44.1
    assert late[0] > late[1] and 12 < late[0] - late[1] < 13
    assert np.isclose(late[0], 12.85, atol=0.01) and late[1] < 0.5


def decimals():
    qs = 0.5 / np.cos(np.pi * np.array([1, 3, 5, 7]) / 16)
    four = [package.biquad("lowpass", frequency_hz=300, sample_rate=16_000, q=q)[1] for q in qs]
    long = np.ones(1)
    for a in four:
        long = np.convolve(long, a)
    assert [package.is_stable(np.round(long, decimals)) for decimals in (2, 6, 7, 8)] == [False, False, False, True]
    assert all(package.is_stable(np.round(a, 2)) for a in four)
    assert not package.is_stable(long.astype(np.float32).astype(float))


def speed_and_tempo():
    assert 440 * 0.8 == 352 and 440 / 0.8 == 550 and 300 * 0.8 == 240 and 300 / 0.8 == 375


def _conversion_db(frequency_hz, **settings):
    """A tone from 48 to 32 kHz: the level of what comes out, in dB re the tone."""
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(9600) / 48_000 + 1)
    middle = package.resample(tone, from_rate=48_000, to_rate=32_000, **settings)[1600:4800]
    return 10 * np.log10(max(2 * np.mean(middle**2), 1e-12))


def kaiser_width():
    for width, kaiser_is_better in ((6, False), (64, True)):
        hann, kaiser = (
            max(_conversion_db(hz, lowpass_filter_width=width, window=window) for hz in (18_000, 18_500, 19_000))
            for window in ("hann", "kaiser")
        )
        assert (kaiser < hann) == kaiser_is_better


def mean_of_eight():
    assert (_mean_db(8, np.arange(2000, 8001, 2000)) <= -119).all()
    assert np.isclose(_mean_db(8, 3000), -13, atol=0.1)
    assert round(_mean_db(8, np.arange(2000, 8000, 10)).max()) == -13


def window_depth():
    assert round(_strongest_leak_db(201, "hann")) == round(_strongest_leak_db(804, "hann")) == -44
    assert -88 < _strongest_leak_db(201, "kaiser") < -86


def ringing():
    n_samples = 3 / -np.log10(0.999)
    assert int(n_samples) == 6904 and 430 < n_samples / 16 < 433


def in_32_bits():
    a = np.array([1.0])
    for q in 0.5 / np.cos(np.pi * np.array([1, 3, 5, 7]) / 16):
        a = np.convolve(a, package.biquad("lowpass", frequency_hz=100, sample_rate=48_000, q=q)[1])
    assert not package.is_stable(a.astype(np.float32).astype(float))
    moved = package.poles(a.astype(np.float32).astype(float) * np.append(1, np.full(8, 0.999)))
    assert np.abs(moved).max() > 1


def images():
    assert -8 < _conversion_db(16_050) < -5 and -18 < _conversion_db(18_000) < -16
    assert _conversion_db(18_000, lowpass_filter_width=64) < -80


def late():
    taps = package.fir_lowpass(1000, sample_rate=16_000, n_taps=101)
    late = package.group_delay(taps, [1.0], frequency_hz=np.array([100.0, 900]), sample_rate=16_000)
    assert np.allclose(late, 50) and np.isclose(1000 * 50 / 16_000, 3.125)
    assert np.isclose(1000 * 101 / 16_000, 6.3, atol=0.02)


def fir_memory():
    rng = np.random.default_rng(64)
    h, x = rng.standard_normal(64), rng.standard_normal(700)
    whole = np.convolve(x, h)[:700]
    for n_kept, joins in ((63, True), (62, False)):
        known = x[320 - n_kept : 640]
        second = np.convolve(known, h)[n_kept : n_kept + 320]
        assert np.allclose(second, whole[320:640]) == joins
