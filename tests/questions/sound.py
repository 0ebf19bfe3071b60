"""What the questions of sound claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import sound as package
from course_utils.exercises.sound.plucked import plucked

from ._shared import clip, level_db

_AIR, _HELIUM = np.sqrt(1.4 * 101_325 / 1.204), np.sqrt(5 / 3 * 101_325 / 0.1664)  # speed of sound in m/s


def _clip(name):
    return clip(name)[0]


def _repetition_hz(signal, sample_rate, low_hz, high_hz):
    """The rate at which a sound agrees best with itself."""
    delays = np.arange(int(sample_rate / high_hz), int(sample_rate / low_hz))
    n = len(signal) - delays[-1]
    return sample_rate / delays[np.argmax([np.dot(signal[:n], signal[d : d + n]) for d in delays])]


def slower_medium():
    water, steel = np.sqrt(2.19e9 / 998.2), np.sqrt(2e11 / 7850)
    assert min(_HELIUM, water, steel) > _AIR and 2.9 < _HELIUM / _AIR < 3
    assert 6500 < 7850 / 1.204 < 6550 and 2e11 / (1.4 * 101_325) > 1e6


def two_loudspeakers():
    late_s = 0.1715 / 343
    assert np.allclose(abs(1 + np.exp(-2j * np.pi * np.array([1000, 2000]) * late_s)), [0, 2])


def fades():
    t = np.arange(8000) / 8000
    strength = np.abs(2 * np.cos(2 * np.pi * 2 * t))
    assert np.allclose(np.abs(np.exp(880j * np.pi * t) + np.exp(888j * np.pi * t)), strength)
    assert np.count_nonzero((strength[1:-1] < strength[:-2]) & (strength[1:-1] < strength[2:])) == 4


def six_instruments():
    strongest, second_db, shares = {}, {}, {}
    for name in ("piano", "guitar", "violin", "flute", "clarinet", "trumpet"):
        spectrum = np.abs(np.fft.rfft(_clip(f"music/{name}_a4")[13_230:57_330] * np.hanning(44_100)))
        lines = [spectrum[440 * k - 20 : 440 * k + 45].max() for k in range(1, 11)]
        strongest[name] = 1 + int(np.argmax(lines))
        second_db[name] = 20 * np.log10(lines[1] / max(lines))
        shares[name] = lines[0] ** 2 / np.sum(np.square(lines))
    assert [name for name, k in strongest.items() if k != 1] == ["trumpet"] and strongest["trumpet"] == 2
    assert [name for name, level in second_db.items() if level < -35] == ["clarinet"]
    assert -10 < second_db["flute"] < -4 and 0.78 < shares["flute"] < 0.82
    assert round(second_db["piano"]) == -30 and round(second_db["clarinet"]) == -50


def twelve_phases():
    t = np.arange(4410) / 44_100
    phases_rad = np.random.default_rng(8).uniform(0, 2 * np.pi, 12)
    waves = [
        sum(np.sin(2 * np.pi * 440 * k * t + phase) / k for k, phase in zip(range(1, 13), phases, strict=True))
        for phases in (np.zeros(12), phases_rad)
    ]
    assert np.allclose(*(np.abs(np.fft.rfft(wave)) for wave in waves), atol=1e-6)
    assert abs(np.corrcoef(*waves)[0, 1]) < 0.5


def helium_voice():
    def brightness_hz(signal):
        power = np.abs(np.fft.rfft(signal)) ** 2
        return np.sum(np.fft.rfftfreq(len(signal), 1 / 22_050) * power) / power.sum()

    throat = {"fundamental_hz": 110, "duration_s": 1, "sample_rate": 22_050}
    formants_hz = np.array(package.VOWELS["ɑ"])
    in_air = package.vowel(formants_hz, **throat)
    in_helium = package.vowel(_HELIUM / _AIR * formants_hz, bandwidths_hz=(240, 270, 360), **throat)
    pitches_hz = [_repetition_hz(voice[:8000], 22_050, 70, 400) for voice in (in_air, in_helium)]
    assert pitches_hz[0] == pitches_hz[1] and abs(pitches_hz[0] - 110) < 1
    assert brightness_hz(in_helium) > 1.5 * brightness_hz(in_air)


def shifted_stack():
    t = np.arange(44_100) / 44_100
    harmonic, moved = (
        sum(np.sin(2 * np.pi * f_hz * t) for f_hz in (low_hz, low_hz + 200, low_hz + 400)) for low_hz in (1000, 1040)
    )
    assert abs(_repetition_hz(harmonic[:8000], 44_100, 150, 300) - 200) < 1
    assert 205 < _repetition_hz(moved[:8000], 44_100, 150, 300) < 208 and round(1240 / 6) == 207
    assert [hz % 200 > 0 for hz in (1040, 1240, 1440)] == [True] * 3 and 1040 % 240 and 1240 % 240 and not 1440 % 240


def backward_piano():
    note = _clip("music/piano_a4")
    assert np.allclose(np.abs(np.fft.rfft(note)), np.abs(np.fft.rfft(note[::-1])))
    assert np.isclose(level_db(note), level_db(note[::-1])) and np.abs(note).max() == np.abs(note[::-1]).max()
    loudest = [np.argmax(x[: len(x) // 100 * 100].reshape(100, -1).std(axis=1)) for x in (note, note[::-1])]
    assert loudest[0] < 20 and loudest[1] > 80  # in hundredths of its length: struck, and swelling


def two_pairs():
    """By their harmonics tones 0 and 1 belong together, by their envelopes 0 and 3."""
    blown = package.adsr(
        attack_s=0.12, decay_s=0.1, sustain_level=0.7, release_s=0.25, duration_s=1, sample_rate=44_100
    )
    struck = package.adsr(attack_s=0.005, decay_s=0.7, sustain_level=0, release_s=0, duration_s=1, sample_rate=44_100)
    tones = []
    for name, envelopes in (("flute", (blown, struck)), ("guitar", (struck, blown))):
        spectrum = np.abs(np.fft.rfft(_clip(f"music/{name}_a4")[13_230:57_330] * np.hanning(44_100)))
        amplitudes = [spectrum[440 * k - 20 : 440 * k + 45].max() for k in range(1, 11)]
        steady = package.harmonic_tone(440, amplitudes=amplitudes, duration_s=1, sample_rate=44_100)
        tones += [envelope * steady / np.abs(steady).max() for envelope in envelopes]
    lines_db = np.array([20 * np.log10(np.abs(np.fft.rfft(x))[440:4401:440]) for x in tones])
    courses = np.array([x.reshape(100, -1).std(axis=1) for x in tones])
    by_lines = np.linalg.norm(lines_db - lines_db[:, :1] - (lines_db[0] - lines_db[0, 0]), axis=1)
    by_course = 1 - np.corrcoef(courses)[0]
    assert by_lines[1] < 0.1 * by_lines[2:].min()
    assert by_course[3] < 0.1 * by_course[1:3].min()


def which_string():
    falls_db = []
    for frequency_hz in (110, 880):
        period = round(44_100 / frequency_hz - 0.5)
        burst = np.random.default_rng(3).uniform(-1, 1, period)
        string = plucked(burst, 48_510, decay=0.996)
        falls_db.append(level_db(string[:4410]) - level_db(string[44_100:]))
    assert falls_db[1] > falls_db[0] + 20
    turns = (110, 880)
    assert [round(-20 * n * np.log10(0.996)) for n in turns] == [4, 31]  # what the loss alone takes in a second


def _rise_db(n_sources):
    """How far the level rises from one source to many: independent ones, and copies in step."""
    noises = np.random.default_rng(0).standard_normal((n_sources, 100_000))
    return level_db(noises.sum(axis=0)) - level_db(noises[0]), level_db(n_sources * noises[0]) - level_db(noises[0])


def second_machine():
    independent_db, in_step_db = _rise_db(2)
    assert abs(independent_db - 3) < 0.1 and abs(in_step_db - 6) < 0.1
    assert 10 * np.log10(1e6) == 20 * np.log10(1e3) == 60  # so many independent ones, or in step, would show 120


def rain_and_clock():
    rain, clock = _clip("environment/rain"), _clip("environment/clock")
    assert round(20 * np.log10(np.abs(rain).max() / np.abs(clock).max())) == 3
    assert round(level_db(rain) - level_db(clock)) == 11


def white_share():
    white = package.noise("white", duration_s=10, sample_rate=44_100, rng=np.random.default_rng(0))
    power = np.abs(np.fft.rfft(white)) ** 2
    hz = np.fft.rfftfreq(len(white), 1 / 44_100)
    assert 0.044 < power[hz < 1000].sum() / power.sum() < 0.047
    assert 0.49 < power[hz > 11_025].sum() / power.sum() < 0.51


def hum_and_kettle():
    f = np.array([100.0, 1000])
    response = 12194.217**2 * f**4 / (f**2 + 20.598997**2) / (f**2 + 12194.217**2)
    response /= np.sqrt((f**2 + 107.65265**2) * (f**2 + 737.86223**2))
    assert round(50 + 20 * np.log10(response[0] / response[1])) == 31


def one_metre():
    t = np.arange(44_100) / 44_100
    near, far = (np.sin(2 * np.pi * 170 * (t - metres / 343)) for metres in (2, 3))
    assert level_db(near + far) < level_db(near) - 25
    assert 1.95 < 343 / 170 < 2.05 and round(1000 / 343) == 3


def two_strings():
    t = np.arange(8 * 4000) / 4000  # 8 s
    beating = (np.sin(2 * np.pi * 220 * t) + np.sin(2 * np.pi * 221.5 * t)) ** 2
    course = beating.reshape(-1, 80).mean(axis=1)  # in steps of 20 ms
    course -= course.mean()
    assert np.argmax(np.abs(np.fft.rfft(course))) / 8 == 1.5


def residue():
    tones = {hz: package.sine(hz, duration_s=0.05, sample_rate=44_100) for hz in (600, 640, 800, 840, 1000, 1040)}
    assert abs(_repetition_hz(tones[600] + tones[800] + tones[1000], 44_100, 130, 2000) - 200) < 1
    moved = _repetition_hz(tones[640] + tones[840] + tones[1040], 44_100, 130, 300)
    assert abs(moved - 200) > 5  # still 200 Hz apart, and not heard at 200 Hz: the distance is not the reason


def ten_violins():
    independent_db, in_step_db = _rise_db(10)
    assert abs(independent_db - 10) < 0.1 and abs(in_step_db - 20) < 0.1 and abs(_rise_db(2)[0] - 3) < 0.1


def equal_peaks():
    crests_db = [
        20 * np.log10(np.abs(sound).max()) - level_db(sound)
        for sound in (_clip("environment/clock"), _clip("music/trumpet_a4"))
    ]
    assert 31 < crests_db[0] < 31.5 and 15 < crests_db[0] - crests_db[1] < 20


def mean_level():
    levels_db = np.array([-20] + [-80] * 9)
    recording = np.repeat(10 ** (levels_db / 20), 100) * np.tile([1, -1], 500)
    assert round(level_db(recording)) == -30 and levels_db.mean() == -74
    assert round(20 * np.log10(np.abs(recording).mean())) == -40


def loop_of_100():
    string = plucked(np.random.default_rng(3).uniform(-1, 1, 100), 44_100, decay=0.999)
    spectrum = np.abs(np.fft.rfft(string[22_050:] * np.hanning(22_050), 441_000))  # a bin every 0.1 Hz
    lowest_hz = (4000 + spectrum[4000:5000].argmax()) / 10
    assert abs(lowest_hz - 44_100 / 100.5) < 0.3
    assert round(lowest_hz) == 439 and round(44_100 / 99.5) == 443
    assert round(1200 * np.log2(441 / (44_100 / 100.5))) == 9


equal_a_levels = hum_and_kettle  # the same measurement


def four_terms():
    rate, seconds = 4000, 20
    x = np.arange(rate * seconds) / rate
    signal = np.sin(203 * x) + np.sin(3 * x) + 2 * np.sin(50 * x) + np.cos(2000 * x)
    level, hz = np.abs(np.fft.rfft(signal * np.hanning(len(x)))), np.fft.rfftfreq(len(x), 1 / rate)
    inside = level[1:-1]
    lines = hz[1:-1][(inside > level[:-2]) & (inside > level[2:]) & (inside > level.max() / 10)]
    assert np.allclose(lines, [0.48, 7.96, 32.3, 318.3], atol=1 / seconds)
    assert np.allclose(2 * np.pi * np.array([3, 50, 203, 2000]), [18.8, 314, 1275, 12_566], rtol=0.005)
    assert 2 * np.pi / 3 > 2
