"""What the questions of sampling claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import sampling as package


def _tone(frequency_hz, amplitude=1.0, *, sample_rate=44_100, duration_s=1.0):
    return package.sample(
        lambda t: amplitude * np.sin(2 * np.pi * frequency_hz * t), sample_rate=sample_rate, duration_s=duration_s
    )


def _strongest_hz(wave, sample_rate):
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * sample_rate / len(wave)


def _share_above_4k(clip):
    from course_utils import audio

    words, sample_rate = audio.load(clip, dtype=np.float64)
    power = np.abs(np.fft.rfft(words)) ** 2
    return power[np.fft.rfftfreq(len(words), 1 / sample_rate) > 4000].sum() / power.sum()


def above_4k():
    assert round(_share_above_4k("speech/sibilants"), 2) == 0.14
    assert round(_share_above_4k("speech/sonorants"), 3) == 0.001


def every_fourth():
    from course_utils import audio

    sweep, sample_rate = audio.load("test_signals/log_sweep", dtype=np.float64)
    dropped, rate = sweep[::4], sample_rate / 4
    heard = [_strongest_hz(dropped[int(s * rate) : int(s * rate) + 256], rate) for s in (8.0, 8.1, 8.3, 8.5, 8.7, 8.9)]
    assert heard[1] > heard[0] > 5000 and np.all(np.diff(heard[1:]) < -500)
    level = [np.abs(dropped[int(s * rate) : int(s * rate) + 256]).max() for s in (7.0, 8.5, 9.5)]
    assert np.ptp(level) < 0.05 * level[0]  # never silent


def _rebuilt_error():
    times_s = np.linspace(0, 159 / 8000, 2001)
    tone = np.sin(2 * np.pi * 3000 * np.arange(160) / 8000 + 0.4)
    rebuilt = package.sinc_interpolate(tone, times_s, sample_rate=8000)
    return times_s, np.abs(rebuilt - np.sin(2 * np.pi * 3000 * times_s + 0.4))


def rebuilding():
    times_s, error = _rebuilt_error()
    middle = error[(times_s > 0.008) & (times_s < 0.012)].max()
    assert error.argmax() in (*range(40), *range(1960, 2001)) and error.max() > 20 * middle


def quarter_rate():
    between = package.sinc_interpolate(np.tile([1.0, 1, -1, -1], 50), np.arange(9600, 10_400) / 100, sample_rate=1)
    assert np.isclose(np.abs(between).max(), np.sqrt(2), atol=0.01)


def _full_scale_ratio_db(bits):
    sine = _tone(997, 1 - 2.0 ** (1 - bits))
    return package.sqnr_db(sine, package.quantize(sine, n_bits=bits))


def eight_bits():
    assert abs(_full_scale_ratio_db(16) - _full_scale_ratio_db(8) - 48.2) < 0.3


def faint_tone():
    faint = _tone(440, 0.4 / 128, sample_rate=22_050, duration_s=2)
    assert not package.quantize(faint, n_bits=8).any()
    dithered = package.dither(faint, n_bits=8, rng=np.random.default_rng(2))
    hissing = package.quantize(dithered, n_bits=8)
    found = 2 * np.mean(hissing * _tone(440, sample_rate=22_050, duration_s=2))
    assert abs(found * 128 - 0.4) < 0.02
    assert np.abs(dithered - faint).max() <= 1 / 128


def one_bit():
    from course_utils import audio

    digits, _ = audio.load("speech/digits", dtype=np.float64)
    one_bit = np.where(digits < 0, -0.05, 0.05)
    assert np.array_equal(np.diff(one_bit < 0), np.diff(digits < 0))
    assert 1.5 < package.sqnr_db(digits, one_bit) < 2.5


def _companded_db(level_db):
    tone = _tone(997, 127 / 128 * 10 ** (level_db / 20))
    linear = package.sqnr_db(tone, package.quantize(tone, n_bits=8))
    return linear, package.sqnr_db(tone, package.mu_law_decode(package.mu_law_encode(tone)))


def companding():
    (linear_0, companded_0), (linear_40, companded_40) = _companded_db(0), _companded_db(-40)
    assert 11 < linear_0 - companded_0 < 13 and 20 < companded_40 - linear_40 < 25


def three_libraries():
    import inspect
    import io

    import librosa
    import scipy.io.wavfile
    import soundfile

    def written():
        file = io.BytesIO()
        soundfile.write(file, np.zeros((100, 2)), 44_100, subtype="PCM_16", format="WAV")
        file.seek(0)
        return file

    rate, integers = scipy.io.wavfile.read(written())
    assert (rate, integers.dtype, integers.shape) == (44_100, np.int16, (100, 2))
    floats, rate = soundfile.read(written())
    assert (rate, floats.dtype, floats.shape) == (44_100, np.float64, (100, 2))
    defaults = inspect.signature(librosa.load).parameters
    assert (defaults["sr"].default, defaults["mono"].default, defaults["dtype"].default) == (22_050, True, np.float32)


def tone_13k():
    assert _strongest_hz(_tone(13_000, sample_rate=20_000), 20_000) == 7000


def remove_alias():
    alias, tone = (np.cos(2 * np.pi * f * np.arange(1000) / 16_000) for f in (10_000, 6000))
    assert np.allclose(alias, tone)


def clip_between():
    samples = 0.99 * np.tile([1.0, 1, -1, -1], 50)
    between = package.sinc_interpolate(samples, np.arange(9600, 10_400) / 100, sample_rate=1)
    assert np.abs(samples).max() < 1 < 1.39 < np.abs(between).max()


def quiet_speech():
    from course_utils import audio

    words, _ = audio.load("speech/sentence_slt", dtype=np.float64)
    words *= 10 ** (-30 / 20) / np.sqrt(np.mean(words**2))
    assert abs(package.sqnr_db(words, package.quantize(words, n_bits=8)) - 23) < 1
    assert abs(_full_scale_ratio_db(8) - 49.9) < 0.1


def why_dither():
    quiet = _tone(440, 0.1)
    dithered = package.dither(quiet, n_bits=8, rng=np.random.default_rng(5))
    plain, better = (package.quantize(x, n_bits=8) - quiet for x in (quiet, dithered))
    assert abs(10 * np.log10(np.mean(better**2) / np.mean(plain**2)) - 4.77) < 0.3
    assert np.abs(dithered - quiet).max() <= 2.0**-7


def shaped_total():
    quiet, rng = _tone(440, 0.1), np.random.default_rng(5)
    flat = package.quantize(package.dither(quiet, n_bits=8, rng=rng), n_bits=8) - quiet
    shaped = package.noise_shape(quiet, n_bits=8, rng=rng) - quiet
    assert abs(10 * np.log10(np.mean(shaped**2) / np.mean(flat**2)) - 3.0) < 0.2


def loud_pauses():
    quiet = np.array([-2, -1, 0, 1], "<i2").tobytes()
    misread = np.frombuffer(quiet, "<u2") / 65_535 * 2 - 1
    assert np.abs(misread).min() > 0.99


load_defaults = three_libraries  # the same measurement
