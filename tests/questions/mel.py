"""What the questions of mel claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import mel as package
from course_utils.exercises.mel._shared import _hz_by_bisection, _mel_of
from course_utils.exercises.mel.mel_filterbank import _bins_hz


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
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74
    assert round(4 / 0.0464) == 86 and round(4 * 22_050 / 512) == 172


def bell():
    from course_utils import audio

    bell, _ = audio.load("environment/door_bell", sample_rate=16_000, dtype=np.float64)
    voice, _ = audio.load("speech/sentence_awb", dtype=np.float64)
    n_frames = len(voice) // 160
    beside = np.concatenate([0.1 * voice, np.zeros(16_000), bell])
    alone, beside = (package.whisper_log_mel(x, pad_s=None)[:, :n_frames] for x in (0.1 * voice, beside))
    assert 0.45 < (np.abs(alone - beside)[:, :-2] > 0.01).mean() < 0.55


def lost_pitch():
    assert [round(_width_hz(n)) for n in (20, 40, 80)] == [287, 147, 74]


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
    assert (4 * 16_000 / 400, 4 * 16_000 / 1024) == (160, 62.5)
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74


def doubled_db():
    mel_power = 10.0 ** np.array([0, -3, -5])  # 30 and 50 dB below the maximum
    published = 20 * np.log10(mel_power)
    assert np.allclose(np.maximum(published, published.max() - 80), [0, -60, -80])
