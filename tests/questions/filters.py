"""What the questions of filters claim, computed. A function proves the question of its name."""

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from course_utils import effects
from course_utils import filters as package
from course_utils.exercises.filters.gain_db import gain_db

from ._shared import clip


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
    sweep, click = (clip(f"test_signals/{name}")[0] for name in ("log_sweep", "clicks"))
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
    assert np.isclose(late[0], 12.85, atol=0.01) and np.isclose(late[1], 0.4, atol=0.01)
    assert np.isclose(late[0] / 100, 0.13, atol=0.005) and 5 < late[0] / 100 * 44.1 < 6 and round(44.1) == 44


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
    flute, rate = clip("music/flute_a4")

    def strongest_hz(effect):
        slower, _ = effects.apply_effects(flute, [effect], sample_rate=rate)
        middle = slower[len(slower) // 3 :][:rate]
        return np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 4 * rate))) / 4

    assert abs(strongest_hz(("speed", 0.8)) - 352) < 2 and abs(strongest_hz(("tempo", 0.8)) - 440) < 2
    click = np.eye(1, 16_000, 4000)[0]
    darker, _ = effects.apply_effects(click, [("lowpass", 300), ("speed", 0.8)], sample_rate=16_000)
    gain = np.abs(np.fft.rfft(darker, 64_000))
    assert abs(np.argmax(gain < gain[0] / np.sqrt(2)) / 4 - 240) < 4


def _comb(signal, delay):
    """60 dB down after 1.2 s, whatever the delay."""
    return lfilter([1.0], [1.0, *np.zeros(delay - 1), -(10 ** (-3 * delay / (1.2 * 44_100)))], signal)


def footstep():
    click = np.eye(1, 13_230)[0]  # the first 0.3 s
    one, eight = _comb(click, 1116), sum(_comb(click, delay) for delay in effects.COMB_DELAYS) / 8
    both = eight
    for delay in effects.ALLPASS_DELAYS:
        both = lfilter([-0.5, *np.zeros(delay - 1), 1], [1, *np.zeros(delay - 1), -0.5], both)
    n_one, n_eight, n_both = (np.sum(np.abs(x) > np.abs(x).max() / 1000) for x in (one, eight, both))
    assert np.all(np.diff(np.flatnonzero(one)) == 1116) and round(44_100 / 1116) == 40  # its flutter
    assert n_one == 12 and n_eight == 75
    assert 80 < n_both / n_eight < 160


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
    assert round(_strongest_leak_db(201, "kaiser")) == -87


def ringing():
    angle = 2 * np.pi * 1000 / 16_000
    a = [1, -2 * 0.999 * np.cos(angle), 0.999**2]
    response = np.abs(lfilter([1.0], a, np.eye(1, 16_000)[0]))
    swells = response.reshape(-1, 16).max(axis=1)  # a period of the tone each
    assert 425 < np.argmax(swells < swells[0] / 1000) < 440  # in milliseconds
    assert package.is_stable(np.array(a)) and int(3 / -np.log10(0.999)) == 6904
    at_pole, beside = np.abs(
        package.frequency_response([1.0], a, frequency_hz=np.array([1000.0, 4000]), sample_rate=16_000)
    )
    assert at_pole > 100 * beside and at_pole > 100


def same_magnitude():
    """The hundred all-passes of the hook: every level as it was, and a click that arrives over 12 ms."""
    hz = np.linspace(0, 22_050, 500)
    response = package.frequency_response([-0.7, 1], [1, -0.7], frequency_hz=hz, sample_rate=44_100) ** 100
    late_ms = 100 * package.group_delay([-0.7, 1], [1, -0.7], frequency_hz=hz, sample_rate=44_100) / 44.1
    assert np.allclose(np.abs(response), 1) and np.ptp(late_ms) > 10
    assert package.is_stable(np.array([1, -0.7]))
    click = np.eye(1, 4096)[0]
    glide = click
    for _ in range(100):
        glide = lfilter([-0.7, 1], [1, -0.7], glide)
    assert np.allclose(np.abs(np.fft.rfft(glide)), 1, atol=1e-6)
    n_lasting = np.flatnonzero(np.cumsum(glide**2) > 0.95)[0] - np.flatnonzero(np.cumsum(glide**2) > 0.05)[0]
    assert n_lasting > 44 and np.abs(glide).max() < 0.5  # a millisecond and more, and no click


def in_32_bits():
    sections = [
        package.biquad("lowpass", frequency_hz=100, sample_rate=48_000, q=q)
        for q in 0.5 / np.cos(np.pi * np.array([1, 3, 5, 7]) / 16)
    ]
    a = np.ones(1)
    for _, section in sections:
        a = np.convolve(a, section)
    rounded = a.astype(np.float32).astype(float)
    assert not package.is_stable(rounded) and not package.is_stable(a)
    assert not package.is_stable(butter(8, 100, fs=48_000)[1])
    assert np.abs(package.poles(rounded * np.append(1, np.full(8, 0.999)))).max() > 1
    clipped = np.clip(lfilter([1.0], rounded, np.eye(1, 2000)[0]), -1, 1)
    assert abs(clipped[-500:].sum()) == 500  # all of them +1, or all −1
    ladder = np.array([[*b, *section] for b, section in sections], np.float32)
    quiet = sosfilt(ladder, np.eye(1, 48_000, dtype=np.float32)[0])
    assert quiet.dtype == np.float32 and np.abs(quiet).max() < 0.1 and np.abs(quiet[-1000:]).max() < 1e-6


def images():
    assert [round(-_conversion_db(hz)) for hz in (16_050, 18_000)] == [7, 17]
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
