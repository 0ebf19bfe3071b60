"""What the questions of stft claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import stft as package
from course_utils.dft import window


def _clip(name, seconds):
    from course_utils import audio

    signal, sample_rate = audio.load(name, dtype=np.float64)
    return signal[..., : int(seconds * sample_rate)], sample_rate


def _db(ratio):
    return 20 * np.log10(ratio)


def backwards():
    x = np.random.default_rng(0).standard_normal(1000)
    assert np.allclose(np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(x[::-1])))


def stereo_shape():
    spectra = package.stft(np.zeros((2, 44_100)), n_fft=2048, hop_length=512)
    assert spectra.shape == (2, 1025, 87) and round(2 * spectra.size / (2 * 44_100)) == 4


def _valley_db(length):
    """How far 1,010 Hz lies below the weaker of two tones at 1,000 and 1,020 Hz, wherever the window is laid."""
    n, hz = np.arange(length), np.array([1000, 1010, 1020])[:, np.newaxis]
    phasors = np.exp(-2j * np.pi * hz * n / 44_100) * window("hann", length)
    starts = 49 * np.arange(45)[:, np.newaxis]  # one beat, every millisecond
    pieces = sum(np.cos(2 * np.pi * tone * (starts + n) / 44_100) for tone in (1000, 1020))
    low, valley, high = np.abs(phasors @ pieces.T)
    return _db((valley / np.minimum(low, high)).max())


def rescue():
    assert _valley_db(2048) > 0 and _valley_db(8192) < -20


def _share_above(signal, below_own_maximum_db):
    power = package.spectrogram(signal, n_fft=1024)
    return (10 * np.log10(power / power.max() + 1e-12) > -below_own_maximum_db).mean()


def silence():
    rng = np.random.default_rng(0)
    dithered = np.round(rng.random(60_000) - rng.random(60_000))
    piano, _ = _clip("music/piano_scale", 3)
    assert _share_above(dithered, 40) > 0.99 and 0.05 < _share_above(piano, 40) < 0.1


def _begins_hz(hiss):
    """Where the lowest tenth of a hiss's energy above 345 Hz ends."""
    energy = hiss[4:].sum(axis=1)
    return 22_050 / 256 * (4 + np.searchsorted(np.cumsum(energy), 0.1 * energy.sum()))


def s_and_sh():
    power = package.spectrogram(_clip("speech/pair_see_she", 2)[0], n_fft=256, hop_length=64)
    assert 4000 < _begins_hz(power[:, 10:28]) < 5000 and 2000 < _begins_hz(power[:, 355:373]) < 3000


def _round_trip(signal, n_fft, hop_length, name):
    layout = {"n_fft": n_fft, "hop_length": hop_length, "window": name}
    return package.istft(package.stft(signal, **layout), **layout)


def layouts():
    x = np.random.default_rng(0).standard_normal(20 * 1024)
    for name, hop_length in (("rectangular", 1024), ("hann", 768)):
        undone = _round_trip(x, 1024, hop_length, name)
        assert np.allclose(undone, x[: len(undone)])
    assert package.cola_error(window("hann", 1024), hop_length=768) > 0.5
    try:
        _round_trip(x, 1024, 1024, "hann")
    except ValueError:
        return
    raise AssertionError("Hann end to end came back")


def _erased_db(spectrum, erased, looked_at):
    edited = spectrum.copy()
    edited[erased] = 0
    returned = package.stft(package.istft(edited), n_fft=2048)
    return _db(np.linalg.norm(returned[looked_at]) / np.linalg.norm(spectrum[looked_at]))


def hole():
    spectrum = package.stft(_clip("music/piano_scale", 2)[0], n_fft=2048)
    hole, middle = np.ix_(range(24, 93), range(103, 121)), np.ix_(range(29, 88), range(107, 117))
    frame = np.ix_(range(1025), [100])
    assert _erased_db(spectrum, hole, hole) > -25 and _erased_db(spectrum, hole, middle) < -55
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def _speech_magnitude(seconds):
    speech, _ = _clip("speech/sentence_awb", seconds)
    return speech, package.spectrogram(speech, n_fft=1024, power=1)


def _distance_db(signal, magnitude):
    error = package.spectrogram(signal, n_fft=1024, power=1) - magnitude
    return _db(np.linalg.norm(error) / np.linalg.norm(magnitude))


def zero_or_random():
    speech, magnitude = _speech_magnitude(3)
    turns = np.random.default_rng(0).random(magnitude.shape)
    zero, dice = (package.istft(magnitude * np.exp(2j * np.pi * t), length=len(speech)) for t in (0 * turns, turns))
    assert -2 < _distance_db(zero, magnitude) < 0 and _distance_db(dice, magnitude) < -3


def steps():
    speech, magnitude = _speech_magnitude(1)
    rebuilt = {}
    for momentum, n_iter in ((0.0, 64), (0.99, 25)):
        rebuilt[momentum] = package.griffin_lim(
            magnitude, n_iter=n_iter, momentum=momentum, rng=np.random.default_rng(1), length=len(speech)
        )
    n_steps = 1 + int(np.argmax(rebuilt[0.99][1] <= rebuilt[0.0][1][-1]))
    assert 15 <= n_steps <= 25
    assert np.linalg.norm(rebuilt[0.99][0] - speech) > np.linalg.norm(speech)


def _before_the_hit_db(signal, hit):
    before, after = signal[hit - 2200 : hit - 100], signal[hit : hit + 2200]
    return _db(np.sqrt(np.mean(before**2) / np.mean(after**2)))


def slow_drums():
    drums, _ = _clip("music/drums", 2)
    slow = package.istft(package.phase_vocoder(package.stft(drums, n_fft=2048), rate=0.5))
    assert _before_the_hit_db(drums, 24_167) < -50
    assert -20 < _before_the_hit_db(slow, 2 * 24_167) < -12


def speech_shape():
    assert package.stft(np.zeros(16_000), n_fft=400, hop_length=160).shape == (201, 101)


def two_flutes():
    assert round(1000 * 32_768 / 44_100) == 743 and round(4 * 44_100 / 32_768, 1) == 5.4
    assert 0.743 * 6 > 4 and round(1000 / 6) == 167 and round(1000 * 8192 / 44_100) == 186


def three_quarters():
    hann = window("hann", 1024)
    assert package.cola_error(hann, hop_length=768) > 0.5
    assert np.isclose(package.dual_window(hann, hop_length=768).max(), 4, rtol=0.01)


def erased_frame():
    test_sound = np.random.default_rng(0).standard_normal(40_000)
    spectrum = package.stft(test_sound, n_fft=2048)
    frame = np.ix_(range(1025), [40])
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def other_hop():
    spectrum = package.stft(np.zeros(3 * 16_000), n_fft=512, hop_length=192)
    assert round(len(package.istft(spectrum)) / 16_000, 1) == 2.0
