"""What the questions of stft claim, computed. A function proves the question of its name."""

import functools

import numpy as np
from scipy.signal import find_peaks

from course_utils import descriptors, mel, sound
from course_utils import stft as package
from course_utils.dft import window

from ._shared import clip, level_db, stripes


def _db(ratio):
    return 20 * np.log10(ratio)


def backwards():
    scale, _ = clip("music/piano_scale")
    forwards, backwards = (np.fft.rfft(x) for x in (scale, scale[::-1]))
    assert np.allclose(np.abs(forwards), np.abs(backwards)) and not np.allclose(forwards, backwards)
    turn = np.exp(2j * np.pi * np.arange(len(forwards)) / len(scale))
    assert np.allclose(backwards, forwards.conj() * turn)  # mirrored and turned


def _valley_db(length, low_hz, high_hz):
    """How far the middle of two tones lies below the weaker of them, at worst, wherever the window is laid."""
    n, hz = np.arange(length), np.array([low_hz, (low_hz + high_hz) / 2, high_hz])[:, np.newaxis]
    phasors = np.exp(-2j * np.pi * hz * n / 44_100) * window("hann", length)
    starts = np.linspace(0, 44_100 / (high_hz - low_hz), 16)[:, np.newaxis]  # over one beat
    pieces = sum(np.cos(2 * np.pi * tone * (starts + n) / 44_100) for tone in (low_hz, high_hz))
    low, valley, high = np.abs(phasors @ pieces.T)
    return _db((valley / np.minimum(low, high)).max())


def rescue():
    """A bin more or a hop less reads the same curve, whose middle is filled."""
    assert _valley_db(2048, 1000, 1020) > 0 and _valley_db(8192, 1000, 1020) < -20
    assert 2048 / 44_100 < 1 / 20


def _share_above(signal, below_own_maximum_db):
    power = package.spectrogram(signal, n_fft=1024)
    return (10 * np.log10(power / power.max() + 1e-12) > -below_own_maximum_db).mean()


def silence():
    rng = np.random.default_rng(0)
    dithered = np.round(rng.random(60_000) - rng.random(60_000))
    piano, _ = clip("music/piano_scale", seconds=3)
    assert _share_above(dithered, 40) > 0.99 and 0.05 < _share_above(piano, 40) < 0.1


def _begins_hz(hiss):
    """Where the lowest tenth of a hiss's energy above 345 Hz ends."""
    energy = hiss[4:].sum(axis=1)
    return 22_050 / 256 * (4 + np.searchsorted(np.cumsum(energy), 0.1 * energy.sum()))


def s_and_sh():
    power = package.spectrogram(clip("speech/pair_see_she", seconds=2)[0], n_fft=256, hop_length=64)
    assert 4000 < _begins_hz(power[:, 10:28]) < 5000 and 2000 < _begins_hz(power[:, 355:373]) < 3000


def _words(pair):
    both, _ = clip(f"speech/pair_{pair}")
    return both[:22_050], both[22_050:]


def _distance_of_pictures_db(one, other):
    """The mean difference of two spectrograms, laid over each other as well as it goes."""
    levels = []
    for word in (one, other):
        power = package.spectrogram(word, n_fft=256, hop_length=64)
        levels.append(sound.power_to_db(power, ref=np.max, floor_db=-70))
    return min(np.abs(np.roll(levels[0], shift, axis=1) - levels[1]).mean() for shift in range(-20, 21, 2))


def _voice_onset_ms(word):
    power = package.spectrogram(word, n_fft=256, hop_length=32)
    low, every = power[2:13].sum(axis=0), power.sum(axis=0)
    return 1000 * 32 / 22_050 * (np.argmax(low > 0.03 * low.max()) - np.argmax(every > 0.001 * every.max()))


def _formant_hz(word, low_hz, high_hz):
    power = package.spectrogram(word[2600:4400], n_fft=2048, win_length=256, hop_length=64).mean(axis=1)
    hz = np.arange(1025) * 22_050 / 2048
    return hz[np.argmax(power * ((hz > low_hz) & (hz < high_hz)))]


def hardest_pair():
    distances = {pair: _distance_of_pictures_db(*_words(pair)) for pair in ("pat_bat", "bit_beat", "thin_fin")}
    assert min(distances, key=distances.get) == "thin_fin"
    pat_ms, bat_ms = (_voice_onset_ms(word) for word in _words("pat_bat"))
    assert 30 < pat_ms < 60 and bat_ms < pat_ms - 25
    bit, beat = _words("bit_beat")
    assert 100 < _formant_hz(bit, 150, 900) - _formant_hz(beat, 150, 900) < 140
    assert _formant_hz(beat, 1200, 2600) - _formant_hz(bit, 1200, 2600) > 300


def whisper():
    man, woman, whispered = (
        clip(f"speech/sentence_{who}", seconds=3) for who in ("scotland_m7", "caribbean_f3", "whisper")
    )
    deep = sound.vowel("ɑ", fundamental_hz=80, duration_s=1, sample_rate=22_050), 22_050
    assert min(stripes(*voice) for voice in (man, woman, deep)) > 4 > 3 > stripes(*whispered)

    def moves_db(signal):  # how far the shape of the spectrum wanders from frame to frame, over 20 bands
        levels = mel.log_mel(mel.mel_spectrogram(signal, sample_rate=22_050, n_fft=1024, n_mels=20, f_max=8000))
        loud = levels[:, levels.mean(axis=0) > np.median(levels.mean(axis=0))]
        return (loud - loud.mean(axis=0)).std(axis=1).mean()

    breath = np.random.default_rng(0).standard_normal(66_150)
    assert moves_db(whispered[0]) > 2 * moves_db(breath)  # the mouth shapes it


def _waves_per_s(name):
    """How many times a second the pitch turns back by 30 cents or more, in the third second of a clip."""
    signal, rate = clip(name, seconds=3)
    hop = rate // 100
    hz, rest = descriptors.yin(signal, sample_rate=rate, f_min=100, f_max=1500, hop_length=hop)
    cents = 1200 * np.log2(hz / 440)[200:300]
    return len(find_peaks(cents, prominence=30)[0]) if (rest[200:300] < 0.15).mean() > 0.9 else None


def waving_lines():
    assert 4 <= _waves_per_s("music/violin_vibrato") <= 8
    assert _waves_per_s("environment/siren") <= 1 and _waves_per_s("music/flute") <= 2
    assert all(_waves_per_s(f"environment/{name}") is None for name in ("birds", "breaking_glass"))
    violin, rate = clip("music/violin_vibrato")
    power = package.spectrogram(violin[2 * rate : 4 * rate], n_fft=16_384, win_length=4096, hop_length=441)
    bin_hz, swings = rate / 16_384, []
    for k in (1, 4):
        low, high = (round(k * hz / bin_hz) for hz in (420, 460))
        swings.append(np.std(low + power[low:high, 10:-10].argmax(axis=0)))
    assert 3.5 < swings[1] / swings[0] < 4.5


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
    spectrum = package.stft(clip("music/piano_scale", seconds=2)[0], n_fft=2048)
    hole, middle = np.ix_(range(24, 93), range(103, 121)), np.ix_(range(29, 88), range(107, 117))
    frame = np.ix_(range(1025), [100])
    assert _erased_db(spectrum, hole, hole) > -25 and _erased_db(spectrum, hole, middle) < -55
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def _speech_magnitude(seconds):
    speech, _ = clip("speech/sentence_awb", seconds=seconds)
    return speech, package.spectrogram(speech, n_fft=1024, power=1)


def _distance_db(signal, magnitude):
    error = package.spectrogram(signal, n_fft=1024, power=1) - magnitude
    return _db(np.linalg.norm(error) / np.linalg.norm(magnitude))


def zero_or_random():
    speech, magnitude = _speech_magnitude(3)
    turns = np.random.default_rng(0).random(magnitude.shape)
    zero, dice = (package.istft(magnitude * np.exp(2j * np.pi * t), length=len(speech)) for t in (0 * turns, turns))
    assert -2 < _distance_db(zero, magnitude) < 0 and _distance_db(dice, magnitude) < -3
    assert not np.fft.irfft(magnitude, axis=0).argmax(axis=0).any() and window("hann", 1024)[0] == 0


def _log_cells(signal):
    return np.log(package.spectrogram(signal, n_fft=512, power=1).ravel() + 1e-3)


def traded_phases():
    speech, rate = clip("speech/sentence_awb", seconds=3)
    band, _ = clip("music/arrangement", seconds=3, sample_rate=rate)
    band = band * sound.rms(speech) / sound.rms(band)
    for n_fft, likes_speech in ((1024, True), (65_536, False)):
        phases = np.exp(1j * np.angle(package.stft(band, n_fft=n_fft)))
        traded = package.istft(package.spectrogram(speech, n_fft=n_fft, power=1) * phases, length=len(speech))
        alike = [np.corrcoef(_log_cells(traded), _log_cells(source))[0, 1] for source in (speech, band)]
        assert (alike[0] > alike[1] + 0.1) == likes_speech and (alike[1] > alike[0] + 0.1) != likes_speech


@functools.cache
def _rebuilt(momentum):
    """A second of speech from its magnitudes: the speech, those magnitudes, and 64 steps of Griffin and Lim."""
    speech, magnitude = _speech_magnitude(1)
    rng = np.random.default_rng(1)
    return speech, magnitude, *package.griffin_lim(magnitude, n_iter=64, momentum=momentum, rng=rng, length=len(speech))


def steps():
    speech, _, _, plain = _rebuilt(0.0)
    _, _, rebuilt, fast = _rebuilt(0.99)
    assert 15 <= 1 + int(np.argmax(fast <= plain[-1])) <= 25
    assert np.linalg.norm(rebuilt - speech) > np.linalg.norm(speech)


def laid_apart():
    voice, rate = clip("speech/sentence_rp_f4", seconds=2)
    laid = package.istft(package.stft(voice, n_fft=1024, hop_length=256), hop_length=366)

    def rattle_db(signal):  # the ripple of the power at the rate of the frames that were laid apart
        ripple = np.abs(np.fft.rfft(signal**2 * np.hanning(len(signal))))
        at = round(len(signal) / 366)
        return _db(ripple[at - 4 : at + 5].max() / ripple[0])

    def pitch_hz(signal):
        hz, rest = descriptors.yin(signal, sample_rate=rate, f_min=100, f_max=400)
        return np.median(hz[rest < 0.2])

    assert rattle_db(laid) > rattle_db(voice) + 10
    assert abs(1200 * np.log2(pitch_hz(laid) / pitch_hz(voice))) < 200  # no child, who would be 600 cents higher
    loud = laid[: len(laid) // 366 * 366].reshape(-1, 366).std(axis=1)
    assert np.median(loud) > 0.01 and (loud == 0).mean() < 0.05  # no gaps


def _before_the_hit_db(signal, hit):
    before, after = signal[hit - 2200 : hit - 100], signal[hit : hit + 2200]
    return _db(np.sqrt(np.mean(before**2) / np.mean(after**2)))


def slow_drums():
    drums, _ = clip("music/drums", seconds=2)
    slow = package.istft(package.phase_vocoder(package.stft(drums, n_fft=2048), rate=0.5))
    assert _before_the_hit_db(drums, 24_167) < -50
    assert -20 < _before_the_hit_db(slow, 2 * 24_167) < -12


def speech_shape():
    assert package.stft(np.zeros(16_000), n_fft=400, hop_length=160).shape == (201, 101)


def two_flutes():
    assert _valley_db(2048, 440, 446) > 0 and _valley_db(8192, 440, 446) > -6
    assert _valley_db(32_768, 440, 446) < -20
    assert round(1000 * 32_768 / 44_100) == 743 and round(4 * 44_100 / 32_768, 1) == 5.4
    assert 0.743 * 6 > 4 and round(1000 / 6) == 167 and round(1000 * 8192 / 44_100) == 186


def which_is_louder():
    piano, _ = clip("music/piano_scale", seconds=3)
    noise = np.random.default_rng(0).standard_normal(len(piano)) * sound.rms(piano)
    for gain in (0.001, 1000):
        brighter = _share_above(gain * noise, 40) > _share_above(piano, 40)
        assert brighter and (level_db(gain * noise) > level_db(piano)) == (gain > 1)
    assert np.isclose(_share_above(piano, 40), _share_above(0.01 * piano, 40))


def three_quarters():
    hann = window("hann", 1024)
    assert package.cola_error(hann, hop_length=768) > 0.5
    assert np.isclose(package.dual_window(hann, hop_length=768).max(), 4, rtol=0.01)


def erased_frame():
    test_sound = np.random.default_rng(0).standard_normal(40_000)
    spectrum = package.stft(test_sound, n_fft=2048)
    frame = np.ix_(range(1025), [40])
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def promise():
    speech, magnitude, rebuilt, convergence = _rebuilt(0.99)
    assert convergence[-1] < 0.04 and abs(_distance_db(rebuilt, magnitude) + 30) < 3
    assert np.linalg.norm(rebuilt - speech) > np.linalg.norm(speech)
    spectra = (np.fft.rfft(x, 2 * len(speech)) for x in (rebuilt, speech))
    fits = np.fft.irfft(next(spectra) * next(spectra).conj())  # at every shift in time
    assert np.abs(fits).max() < 0.7 * np.linalg.norm(rebuilt) * np.linalg.norm(speech)


def other_hop():
    voice, rate = clip("speech/sentence_awb", seconds=3)
    laid = package.istft(package.stft(voice, n_fft=512, hop_length=192))
    assert round(len(laid) / rate, 1) == 2.0

    def centre_hz(signal):
        power = package.spectrogram(signal, n_fft=512).sum(axis=1, keepdims=True)
        return descriptors.spectral_centroid_hz(power, sample_rate=rate)[0]

    assert abs(centre_hz(laid) / centre_hz(voice) - 1) < 0.1  # faster by half, and no higher
