"""What the questions of mel claim, computed. A function proves the question of its name."""

import warnings

import numpy as np

from course_utils import mel as package
from course_utils import sound
from course_utils.exercises.mel._shared import _hz_by_bisection, _mel_of
from course_utils.exercises.mel.mel_filterbank import _bins_hz

from ._shared import clip


def _rows_apart(low_hz, high_hz, scale="slaney"):
    """In a bank of 80 bands from 0 to 8 kHz."""
    return 81 * (_mel_of(high_hz, scale) - _mel_of(low_hz, scale)) / _mel_of(8000, scale)


def _width_hz(n_mels, f_max=8000):
    """Of the lowest Slaney triangle, at its feet."""
    return package.mel_frequencies_hz(n_mels + 2, f_max=f_max)[2]


def _fed_by(scale, n_fft=512):
    """How many bins feed each of 128 bands at 16 kHz, counted on the definition."""
    points_hz = _hz_by_bisection(np.linspace(0, _mel_of(8000, scale), 130), scale=scale)
    bins_hz = _bins_hz(16_000, n_fft)
    return [
        np.count_nonzero((bins_hz > low) & (bins_hz < high))
        for low, high in zip(points_hz, points_hz[2:], strict=False)
    ]


def semitone_rows():
    semitone = 2 ** (1 / 12)
    assert round(_rows_apart(200, 200 * semitone), 2) == 0.32 and round(_rows_apart(6000, 6000 * semitone), 1) == 1.5


def scales_apart():
    apart = {f: _rows_apart(0, f, "htk") - _rows_apart(0, f) for f in range(0, 8001, 5)}
    assert max(apart, key=lambda f: abs(apart[f])) == 495 and round(apart[495], 1) == 3.9
    assert round(apart[4000], 1) == -1.7 and abs(apart[8000]) < 1e-9
    assert apart[1315] > 0 > apart[1325] and -2 < min(apart.values()) < -1.9


def tilt():
    bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80)
    plain = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80, norm=None)

    def fall_db(values):
        return 10 * np.log10(values[0] / values[-1])

    assert abs(fall_db(bank.sum(axis=1))) < 0.1 and 8.5 < fall_db(bank.max(axis=1)) < 9.5
    assert -9.5 < fall_db(plain.sum(axis=1)) < -8.5 and abs(fall_db(plain.max(axis=1))) < 0.5


def empty_bands():
    slaney, htk = _fed_by("slaney"), _fed_by("htk")
    assert (slaney.count(0), htk.count(0)) == (0, 1) and (slaney.count(1), htk.count(1)) == (25, 25)
    assert 46 < _width_hz(128) < 47


def level_lines():
    assert round(4 * 22_050 / 512) == 172  # Hann's main lobe
    white = np.random.default_rng(6).normal(0, 0.1, 5 * 22_050)
    mel_power = package.mel_spectrogram(white, sample_rate=22_050, n_fft=512, n_mels=128)[:54]
    bank = package.mel_filterbank(sample_rate=22_050, n_fft=512, n_mels=128)[:54]
    bends = [np.diff(10 * np.log10(level), 2) for level in (mel_power.mean(axis=1), bank.sum(axis=1))]
    assert np.corrcoef(bends)[0, 1] > 0.95  # the noise's stripes are the sums of the rows


def lines_kept():
    lobes_hz = {n_fft: 4 * 22_050 / n_fft for n_fft in (512, 1024)}
    passes = {(n_fft, n): max(lobes_hz[n_fft], _width_hz(n)) < 97 for n_fft in lobes_hz for n in (40, 80, 128)}
    assert [setting for setting, passed in passes.items() if passed] == [(1024, 80), (1024, 128)]
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74
    assert {n: round(lobe) for n, lobe in lobes_hz.items()} == {512: 172, 1024: 86}
    depths_db = [_lines_db(n_fft=n_fft, n_mels=n) for n_fft, n in ((1024, 80), (1024, 40), (512, 128))]
    assert depths_db[0] > 4.5 > 3 > max(depths_db[1:])


def bell():
    bell, _ = clip("environment/door_bell", sample_rate=16_000)
    voice, _ = clip("speech/sentence_awb")
    n_frames = len(voice) // 160
    beside = np.concatenate([0.1 * voice, np.zeros(16_000), bell])
    alone, beside = (package.whisper_log_mel(x, pad_s=None)[:, :n_frames] for x in (0.1 * voice, beside))
    assert 0.45 < (np.abs(alone - beside)[:, :-2] > 0.01).mean() < 0.55
    assert 27 < 40 * (beside.min() - alone.min()) < 29  # dB by which the floor has risen


def birds():
    birds, rate = clip("environment/birds", seconds=7)
    birds = birds[22_050 : 22_050 + 264_600]
    bands = {"sample_rate": rate, "n_fft": 2048, "hop_length": 512, "n_mels": 80, "power": 1}
    alone = package.mel_spectrogram(birds, **bands)

    def found(background):
        """The share of the birds' cells above the threshold that 1 % of the others pass: in dB, and with PCEN."""
        both, other = (package.mel_spectrogram(x, **bands) for x in (birds + background, background))
        is_bird = (alone > np.sqrt(10) * other)[:, 86:]
        pictures = both, package.pcen(2**31 * both, sample_rate=rate, hop_length=512)
        return [(x[:, 86:][is_bird] > np.quantile(x[:, 86:][~is_bird], 0.99)).mean() for x in pictures]

    in_db, with_pcen = found(0.3 * clip("environment/engine", seconds=6)[0])
    assert with_pcen > 2 * in_db
    in_db, with_pcen = found(clip("environment/rain", seconds=6)[0])
    assert in_db > 1.3 * with_pcen


def _rows_db(name, *, n_fft=1024, hop_length=256, n_mels=80, f_min=0, f_max=8000):
    signal, _ = clip(name, sample_rate=22_050)
    bank = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels, "f_min": f_min, "f_max": f_max}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # empty bands are one of the faults of a short window
        return package.log_mel(package.mel_spectrogram(signal, sample_rate=22_050, **bank), floor=1e-8)


def _lines_db(*, n_mels=80, f_min=0, f_max=8000, **other):
    """How far the harmonics of a vowel at 97 Hz stand above the middle between them."""
    rows_db = _rows_db("speech/vowel_a", n_mels=n_mels, f_min=f_min, f_max=f_max, **other)
    middle_db = rows_db[:, rows_db.shape[1] // 4 : 3 * rows_db.shape[1] // 4].mean(axis=1)
    at_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max)[1:-1]
    on, below, above = (np.interp(97 * np.arange(2, 11) + d, at_hz, middle_db) for d in (0, -48.5, 48.5))
    return max(np.mean(on - (below + above) / 2), 0)


def _burst_db(*, hop_length=256, **other):
    """The steepest rise of the mean level in 10 ms."""
    rows_db = _rows_db("speech/plosives", hop_length=hop_length, **other)
    times_s = np.arange(rows_db.shape[1]) * hop_length / 22_050
    by_ms = np.interp(np.arange(0, times_s[-1], 0.001), times_s, rows_db.mean(axis=0))
    return (by_ms[10:] - by_ms[:-10]).max()


def settings():
    changes = {
        "n_fft=4096": {"n_fft": 4096},
        "n_fft=256": {"n_fft": 256, "hop_length": 64},
        "hop_length=2048": {"hop_length": 2048},
        "n_mels=20": {"n_mels": 20},
        "f_max=4000": {"f_max": 4000},
        "f_min=1000": {"f_min": 1000},
    }
    measures = {"lines": _lines_db, "burst": _burst_db}
    better = [
        (name, what)
        for what, measure in measures.items()
        for name, change in changes.items()
        if measure(**change) - measure() >= 3
    ]
    assert better == [("n_fft=4096", "lines"), ("f_max=4000", "lines"), ("n_fft=256", "burst")]


def lost_pitch():
    """A pitch passes if it is higher than the lowest triangles are wide."""
    assert [round(_width_hz(n)) for n in (20, 40, 80)] == [287, 147, 74]
    for pitch_hz, lost in ((100, {20, 40}), (200, {20})):
        assert {n for n in (20, 40, 80) if _width_hz(n) > pitch_hz} == lost
        voice = sound.vowel("ɑ", fundamental_hz=pitch_hz, duration_s=0.5, sample_rate=16_000)
        grid = {"sample_rate": 16_000, "n_fft": 1024, "hop_length": 256, "f_max": 8000}
        for n in (20, 40, 80):
            level_db = package.log_mel(package.mel_spectrogram(voice, n_mels=n, **grid))[:, 16]
            at_hz = package.mel_frequencies_hz(n + 2, f_max=8000)[1:-1]
            on, off = (np.interp(pitch_hz * np.arange(1, 4) + d, at_hz, level_db) for d in (0, pitch_hz / 2))
            assert (np.mean(on - off) < 3) == (n in lost)


def octaves():
    assert round(_rows_apart(100, 200), 1) == 2.7 and round(_rows_apart(4000, 8000)) == 18


def two_sines():
    bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80)
    low, high = (bank[:, round(f * 4096 / 16_000)].max() for f in (150, 7000))
    assert 8 < 10 * np.log10(low / high) < 12


def stripes():
    rows = {n: package.mel_filterbank(sample_rate=22_050, n_fft=512, n_mels=n).sum(axis=1) for n in (80, 128)}
    ripple_db = {n: np.ptp(10 * np.log10(row)) for n, row in rows.items()}
    assert ripple_db[128] > 4 and ripple_db[80] < 1


def gates():
    settings = ((400, 128), (1024, 80), (1024, 40))
    assert [max(4 * 16_000 / n_fft, _width_hz(n)) < 100 for n_fft, n in settings] == [False, True, False]
    assert (4 * 16_000 / 400, 4 * 16_000 / 1024) == (160, 62.5)
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74


def door_slam():
    quiet = 0.02 * clip("speech/sentence_awb", seconds=4)[0]
    recording = np.zeros(29 * 16_000)
    recording[: len(quiet)] = quiet
    slam = np.random.default_rng(0).standard_normal(16_000) * np.exp(-np.arange(16_000) / 2000)
    with_slam, without = (
        package.whisper_log_mel(x)[:, :100] for x in (np.append(recording, 0.9 * slam / np.abs(slam).max()), recording)
    )
    changed = np.abs(with_slam - without) > 0.01
    assert changed.mean() > 0.3
    assert np.all(with_slam[changed] > without[changed])  # what stood under the floor comes out from under it
    assert np.ptp(with_slam[changed]) < 1e-6  # and had been one and the same value
    ends = (
        package.mel_spectrogram(x, sample_rate=16_000, n_fft=400, hop_length=160)[:, :100]
        for x in (recording, np.append(recording, slam))
    )
    assert np.allclose(*ends)  # before step 4 the first second knows nothing of the last


def _read_hz(frequency_hz):
    """Where a model that was trained on HTK's rows believes a frequency to be that comes in Slaney's."""
    row = _mel_of(frequency_hz, "slaney") / _mel_of(8000, "slaney")
    return _hz_by_bisection(np.array([row * _mel_of(8000, "htk")]), scale="htk")[0]


def other_default():
    import inspect

    import librosa

    assert inspect.signature(librosa.filters.mel).parameters["htk"].default is False
    assert all(_read_hz(f) < 0.97 * f for f in (300, 500, 1000)) and all(_read_hz(f) > 1.02 * f for f in (2000, 4000))
    assert abs(_read_hz(1320) - 1320) < 10
    rng, names = np.random.default_rng(6), list(sound.VOWELS)

    def say(name):
        formants_hz = tuple(rng.uniform(0.9, 1.1) * np.array(sound.VOWELS[name]))
        pitch = {"fundamental_hz": rng.uniform(90, 150), "duration_s": 0.1, "sample_rate": 16_000}
        said = sound.vowel(formants_hz, **pitch)
        return said + 0.1 * sound.rms(said) * rng.standard_normal(len(said))

    def shape_db(voices, scale):
        power = package.mel_spectrogram(voices, sample_rate=16_000, n_fft=512, n_mels=40, scale=scale)
        rows_db = package.log_mel(power.mean(axis=-1))
        return rows_db - rows_db.mean(axis=-1, keepdims=True)

    heard, asked = (np.array([[say(name) for _ in range(10)] for name in names]) for _ in range(2))
    templates = shape_db(heard, "htk").mean(axis=1)
    right = {}
    for served in ("htk", "slaney"):
        rows = shape_db(asked, served)
        assert rows.shape == shape_db(asked, "htk").shape
        distance = ((rows[:, :, np.newaxis] - templates) ** 2).sum(axis=-1)
        right[served] = (distance.argmin(axis=-1) == np.arange(len(names))[:, np.newaxis]).mean(axis=1)
    assert right["htk"].mean() > 0.95 and 0.3 < right["slaney"].mean() < 0.8  # chance is 0.1
    assert right["slaney"].min() < 0.2 and right["slaney"].max() > 0.8  # some classes lose all, some nothing


def doubled_db():
    mel_power = 10.0 ** np.array([0, -3, -5])  # 30 and 50 dB below the maximum
    published = sound.amplitude_to_db(mel_power, ref=np.max, floor_db=-80)
    assert np.allclose(published, [0, -60, -80])
    assert np.allclose(sound.power_to_db(mel_power, ref=np.max, floor_db=-80), [0, -30, -50])
