"""What the questions of descriptors claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import descriptors as package
from course_utils.exercises.descriptors.fold_to_chroma import fold_to_chroma
from course_utils.exercises.descriptors.pitch_hz import rough_voice
from course_utils.exercises.descriptors.voice_in_rain import EXERCISE as DESIGN
from course_utils.exercises.descriptors.voice_in_rain import _band_detector, _mean_f1, _recordings, voice_in_rain


def _reading_hz(signal, sample_rate):
    return sample_rate / 2 * package.zero_crossing_rate(signal).mean()


def ripple():
    from course_utils import sound

    both = sound.sine(200, duration_s=4, sample_rate=16_000, amplitude=0.5)
    both = both + sound.sine(5100, duration_s=4, sample_rate=16_000, amplitude=0.1)
    assert 480 < _reading_hz(both, 16_000) < 510
    assert round(100 / (1 + 0.2**2)) == 96


def _four_numbers(clip):
    """Centroid, bandwidth, roll-off in Hz and flatness in dB: medians of the loud frames."""
    from course_utils import audio, stft

    signal, sample_rate = audio.load(clip, mono=True, dtype=np.float64)
    magnitude = stft.spectrogram(signal, n_fft=2048, power=1)
    power = (magnitude**2).sum(axis=0)
    loud = magnitude[:, power > 1e-3 * power.max()]
    parts = (package.spectral_centroid_hz, package.spectral_bandwidth_hz, package.spectral_rolloff_hz)
    shape_hz = [np.median(part(loud, sample_rate=sample_rate)) for part in parts]
    return [*shape_hz, 10 * np.log10(np.median(package.spectral_flatness(loud)))]


def same_note():
    trumpet, flute = _four_numbers("music/trumpet_a4"), _four_numbers("music/flute_a4")
    assert 2.1 < trumpet[0] / flute[0] < 2.3 and 2.9 < trumpet[2] / flute[2] < 3.1
    assert 1.2 < trumpet[1] / flute[1] < 1.35 and abs(trumpet[3] - flute[3]) < 2


def rain_or_bird():
    rain, birds = _four_numbers("environment/rain"), _four_numbers("environment/birds")
    assert 49 < rain[3] - birds[3] < 53 and 2 < rain[0] / birds[0] < 2.3


def pauses():
    """Speech with noise 20 dB below it, and a threshold 30 dB below the loudest frame."""
    clip, _, _, is_speech = _recordings()[0]
    from course_utils import audio, sound

    words = np.pad(audio.load(clip, mono=True, dtype=np.float64)[0][:64_000], 16_000)
    loudness = sound.rms(words[np.repeat(is_speech, 160)[: len(words)]])
    noisy = words + 0.1 * loudness * np.random.default_rng(3).standard_normal(len(words))
    active = package.detect_voice(noisy, sample_rate=16_000, threshold_db=-30)
    assert np.mean(active[~is_speech]) > 0.9 and np.mean(active[is_speech]) > 0.99


def first_dip():
    curve = rough_voice()
    assert curve.argmin() in (126, 252) and curve[63] < 0.1 and curve[1:55].min() > 0.4


def bass_bins():
    notes_hz = 440 * 2 ** ((np.arange(24) - 45) / 12)
    bins = np.unique(np.round(notes_hz * 2048 / 44_100))
    assert len(bins) == 5 and np.isclose(44_100 / 2048, 21.5, atol=0.05)
    assert np.round(notes_hz[[0, -1]]).tolist() == [33, 123]


def clock_tempo():
    from course_utils import audio

    clock, sample_rate = audio.load("environment/clock", mono=True, dtype=np.float64)
    strength = package.onset_strength(clock, sample_rate=sample_rate)
    assert np.allclose(60 / np.array([0.488, 0.512]), [123, 117], atol=0.5)
    assert 117 < package.tempo_bpm(strength, sample_rate=sample_rate) < 119
    centred = strength - strength.mean()
    repeats = np.correlate(centred, centred, "full")[len(centred) - 1 :]
    half, whole = round(0.5 * sample_rate / 512), round(sample_rate / 512)
    assert repeats[whole - 1 : whole + 2].max() > repeats[half - 3 : half + 4].max()


def white_crossings():
    white = np.random.default_rng(2).standard_normal(80_000)
    assert 1950 < _reading_hz(white, 8000) < 2050


def transposed_chroma():
    one = fold_to_chroma(np.ones((1, 1)), np.array([262.0]))
    fourth = fold_to_chroma(np.ones((1, 1)), np.array([262.0 * 2 ** (5 / 12)]))
    assert np.array_equal(np.roll(one, 5, axis=0), fourth)


def outlier_in_a_track():
    track_hz = np.array([150.0] * 9 + [300])
    assert np.isclose(track_hz.mean(), 165) and np.median(track_hz) == 150
    assert np.isclose(np.exp(np.log(track_hz).mean()), 160.8, atol=0.05)


def better_voice_detector():
    """The best score that is known, and no step of one setting away from it is better."""
    best = DESIGN.spec.best
    assert np.isclose(_mean_f1(voice_in_rain()), best, atol=1e-5)
    found = (2, 28, 11, 5, 2.0)
    for place, step in enumerate((1, 1, 2, 1, 0.25)):
        for sign in (-1, 1):
            settings = [*found[:place], found[place] + sign * step, *found[place + 1 :]]
            assert _mean_f1(_band_detector(*settings)) <= best


threshold_in_noise = pauses  # the same measurement
