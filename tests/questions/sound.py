"""What the questions of sound claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils.exercises.sound.plucked import plucked


def _level_db(x):
    return 20 * np.log10(np.sqrt(np.mean(np.square(x, dtype=float))))


def _clip(name):
    from course_utils import audio

    return audio.load(name, dtype=np.float64)[0]


def slower_medium():
    air, *others = (
        np.sqrt(stiffness / density)
        for stiffness, density in ((1.4 * 101_325, 1.204), (5 / 3 * 101_325, 0.1664), (2.19e9, 998.2), (2e11, 7850))
    )
    assert all(speed > air for speed in others) and 2.9 < others[0] / air < 3
    assert 2e11 / (1.4 * 101_325) > 1e6


def two_loudspeakers():
    late_s = 0.1715 / 343
    assert np.allclose(abs(1 + np.exp(-2j * np.pi * np.array([1000, 2000]) * late_s)), [0, 2])


def fades():
    t = np.arange(8000) / 8000
    strength = np.abs(2 * np.cos(2 * np.pi * 2 * t))
    assert np.allclose(np.abs(np.exp(880j * np.pi * t) + np.exp(888j * np.pi * t)), strength)
    assert np.count_nonzero((strength[1:-1] < strength[:-2]) & (strength[1:-1] < strength[2:])) == 4


def six_instruments():
    strongest, second_db = {}, {}
    for name in ("piano", "guitar", "violin", "flute", "clarinet", "trumpet"):
        spectrum = np.abs(np.fft.rfft(_clip(f"music/{name}_a4")[13_230:57_330] * np.hanning(44_100)))
        lines = [spectrum[440 * k - 20 : 440 * k + 45].max() for k in range(1, 11)]
        strongest[name] = 1 + int(np.argmax(lines))
        second_db[name] = 20 * np.log10(lines[1] / max(lines))
    assert [name for name, k in strongest.items() if k != 1] == ["trumpet"] and strongest["trumpet"] == 2
    assert [name for name, level in second_db.items() if level < -35] == ["clarinet"]
    assert -10 < second_db["flute"] < -4


def twelve_phases():
    t = np.arange(4410) / 44_100
    phases_rad = np.random.default_rng(8).uniform(0, 2 * np.pi, 12)
    waves = [
        sum(np.sin(2 * np.pi * 440 * k * t + phase) / k for k, phase in zip(range(1, 13), phases, strict=True))
        for phases in (np.zeros(12), phases_rad)
    ]
    assert np.allclose(*(np.abs(np.fft.rfft(wave)) for wave in waves), atol=1e-6)
    assert abs(np.corrcoef(*waves)[0, 1]) < 0.5


def shifted_stack():
    t = np.arange(44_100) / 44_100
    moved = sum(np.sin(2 * np.pi * f_hz * t) for f_hz in (1040, 1240, 1440))
    delays = np.arange(44_100 // 300, 44_100 // 150)
    best = delays[np.argmax([np.dot(moved[:40_000], moved[d : d + 40_000]) for d in delays])]
    assert 205 < 44_100 / best < 208 and round(1240 / 6) == 207


def backward_piano():
    note = _clip("music/piano_a4")
    assert np.allclose(np.abs(np.fft.rfft(note)), np.abs(np.fft.rfft(note[::-1])))


def which_string():
    falls_db = []
    for frequency_hz in (110, 880):
        period = round(44_100 / frequency_hz - 0.5)
        burst = np.random.default_rng(3).uniform(-1, 1, period)
        string = plucked(burst, 48_510, decay=0.996)
        falls_db.append(_level_db(string[:4410]) - _level_db(string[44_100:]))
    assert falls_db[1] > falls_db[0] + 20
    turns = (110, 880)
    assert [round(-20 * n * np.log10(0.996)) for n in turns] == [4, 31]  # what the loss alone takes in a second


def second_machine():
    assert round(60 + 10 * np.log10(2), 1) == 63.0 and round(60 + 20 * np.log10(2), 1) == 66.0
    assert 20 * np.log10(1e3) == 60 and 60 + 10 * np.log10(1e6) == 120


def rain_and_clock():
    rain, clock = _clip("environment/rain"), _clip("environment/clock")
    assert round(20 * np.log10(np.abs(rain).max() / np.abs(clock).max())) == 3
    assert round(_level_db(rain) - _level_db(clock)) == 11


def white_share():
    assert 0.045 < 1000 / 22_050 < 0.046


def hum_and_kettle():
    f = np.array([100.0, 1000])
    response = 12194.217**2 * f**4 / (f**2 + 20.598997**2) / (f**2 + 12194.217**2)
    response /= np.sqrt((f**2 + 107.65265**2) * (f**2 + 737.86223**2))
    assert round(50 + 20 * np.log10(response[0] / response[1])) == 31


def one_metre():
    assert 1.95 < 343 / 170 < 2.05 and round(1000 / 343) == 3


def residue():
    t = np.arange(441 * 4) / 44_100
    tone = sum(np.sin(2 * np.pi * f_hz * t) for f_hz in (600, 800, 1000))
    likeness = [np.dot(tone[:882], tone[d : d + 882]) for d in range(20, 330)]
    assert 20 + np.argmax(likeness) in (220, 221)  # 5 ms are 220.5 samples


def ten_violins():
    assert 10 * np.log10(10) == 10 and 20 * np.log10(10) == 20


def equal_peaks():
    crests_db = [
        20 * np.log10(np.abs(sound).max()) - _level_db(sound)
        for sound in (_clip("environment/clock"), _clip("music/trumpet_a4"))
    ]
    assert 31 < crests_db[0] < 31.5 and 18 < crests_db[0] - crests_db[1] < 20


def mean_level():
    levels_db = np.array([-20] + [-80] * 9)
    assert levels_db.mean() == -74
    assert round(10 * np.log10(np.mean(10 ** (levels_db / 10)))) == -30
    assert round(20 * np.log10(np.mean(10 ** (levels_db / 20)))) == -40


def loop_of_100():
    assert round(44_100 / 100.5) == 439 and round(44_100 / 99.5) == 443
    assert round(1200 * np.log2(441 / (44_100 / 100.5))) == 9


equal_a_levels = hum_and_kettle  # the same measurement
