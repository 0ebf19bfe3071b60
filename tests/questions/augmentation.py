"""What the questions of augmentation claim, computed. A function proves the question of its name."""

import copy

import numpy as np

from course_utils import augmentation as package
from course_utils import descriptors, filters, mel, rooms, sound, stft
from course_utils.exercises.augmentation.mix import _rms

from ._shared import clip


def padded_word():
    rng = np.random.default_rng(1)
    word, rain = rng.standard_normal(8000), np.ones(40_000)
    padded = np.pad(word, 16_000)
    tight, loose = (np.mean(package.mix_at_snr(clip, rain, 10) - clip) for clip in (word, padded))
    assert 6.9 < 20 * np.log10(tight / loose) < 7.1


def three_small():
    digits, rate = clip("speech/digits")

    def level_db(signal):
        power = mel.mel_spectrogram(signal, sample_rate=rate, n_fft=512, hop_length=160, n_mels=40)
        return sound.power_to_db(power, floor_db=-80)

    before_db = level_db(digits)
    change_db = [
        np.abs(level_db(version) - before_db).mean()
        for version in (-digits, package.gain(digits, -3), package.time_shift(digits, 0.001, sample_rate=rate))
    ]
    assert change_db[0] == 0
    assert change_db[1] > 3 * change_db[2] > 0


def telephone_hiss():
    hiss, rate = clip("speech/sibilants")
    grid = {"n_fft": 512, "hop_length": 256}
    before, after = (stft.spectrogram(x, **grid).sum(axis=0) for x in (hiss, package.telephone(hiss, sample_rate=rate)))
    crossings_hz = rate / 2 * descriptors.zero_crossing_rate(hiss, frame_length=512, hop_length=256)
    is_hiss = (crossings_hz > 4000) & (before > 1e-4 * before.max())
    assert 0.07 < after[is_hiss].sum() / before[is_hiss].sum() < 0.15
    is_vowel = (crossings_hz < 1500) & (before > 1e-4 * before.max())
    assert round(after[is_vowel].sum() / before[is_vowel].sum(), 2) == 0.78
    power = stft.spectrogram(hiss, **grid)[:, is_hiss].sum(axis=1) / before[is_hiss].sum()
    hz = np.arange(len(power)) * rate / 512
    assert round(power[hz > 3400].sum(), 2) == 0.86 and power[hz > 4000].sum() > 0.8


def echoes():
    counts = []
    for within_s in (0.037, 0.1, 0.3):
        places = (6, 5, 3), (1, 1.5, 1.5), (4.5, 3.5, 1.2)
        images = rooms.image_sources(*places, absorption=0.2, max_order=1000, max_distance_m=343 * within_s)
        counts.append(len(images.order))
    assert 95 < counts[0] < 105 and 1700 < counts[1] < 2300 and 45_000 < counts[2] < 55_000
    assert round(4 / 3 * np.pi * (343 * 0.3) ** 3 / 1e6, 1) == 4.6 and 6 * 5 * 3 == 90


def dead_room():
    room_m = (5, 4.5, 4)
    assert round(rooms.sabine_s(room_m, 1.0), 2) == 0.12 and rooms.eyring_s(room_m, 1.0) == 0
    assert np.isclose(rooms.sabine_s(room_m, 0.01), rooms.eyring_s(room_m, 0.01), rtol=0.01)


def hidden_share():
    rng, blank = np.random.default_rng(0), np.zeros((40, 100))
    options = {"rng": rng, "max_warp": 0, "value": 1.0}
    shares = [package.spec_augment(blank, **options).mean() for _ in range(1000)]
    assert 0.32 < np.mean(shares) < 0.37
    assert np.max(shares) > 0.5


def beta():
    share = np.random.default_rng(0).beta(0.2, 0.2, 100_000)
    each_has = {part: np.mean((share > part) & (share < 1 - part)) for part in (0.1, 0.01)}
    assert 0.3 < each_has[0.1] < 0.36 and 0.55 < each_has[0.01] < 0.63


def same_generator():
    original, drawn = np.random.default_rng(0), []
    for _ in range(3):
        workers = [copy.deepcopy(original) for _ in range(2)]
        drawn += [workers[index % 2].uniform() for index in range(8)]
    assert len(drawn) == 24
    assert len(set(drawn)) == 4


def power_or_amplitude():
    signal, hiss = np.random.default_rng(0).standard_normal((2, 5000))
    added = package.mix_at_snr(signal, hiss, 20) - signal
    assert np.isclose(_rms(added) / _rms(signal), 0.1)


def _pitch_hz(signal, sample_rate):
    hz, rest = descriptors.yin(signal, sample_rate=sample_rate, f_min=80, f_max=1000)
    return np.median(hz[rest < 0.15])


def three_ways():
    trumpet, rate = clip("music/trumpet_a4", seconds=1.5)
    ways = (
        package.change_speed(trumpet, 1.25),
        package.time_stretch(trumpet, 1.25, n_fft=2048),
        package.pitch_shift(trumpet, 12 * np.log2(1.25), n_fft=2048),
    )
    shorter = [len(trumpet) / len(version) for version in ways]
    higher = [_pitch_hz(version, rate) / _pitch_hz(trumpet, rate) for version in ways]
    assert np.allclose(shorter, [1.25, 1.25, 1], rtol=0.01) and np.allclose(higher, [1.25, 1, 1.25], rtol=0.01)


def false_label():
    """What of a voice stays: its pitch, which tells child from adult, and whatever a mask does not cover."""
    voice = sound.vowel("ɑ", fundamental_hz=200, duration_s=1, sample_rate=16_000)
    versions = {
        "polarity": package.invert_polarity(voice),
        "telephone": package.telephone(voice, sample_rate=16_000),
        "pitch shift": package.pitch_shift(voice, 5),
    }
    higher = {name: _pitch_hz(version, 16_000) / 200 for name, version in versions.items()}
    assert [name for name, factor in higher.items() if abs(factor - 1) > 0.02] == ["pitch shift"]
    assert 1.32 < higher["pitch shift"] < 1.35

    def first_formant_hz(signal):
        smooth = np.convolve(np.abs(np.fft.rfft(signal, 16_000))[:1600], np.hanning(300), "same")
        return smooth.argmax()

    assert first_formant_hz(versions["pitch shift"]) > 1.2 * first_formant_hz(voice)  # a shorter throat as well
    picture = stft.spectrogram(voice, n_fft=512)
    masks = {"n_freq_masks": 0, "n_time_masks": 1, "max_warp": 0}
    masked = package.spec_augment(picture, rng=np.random.default_rng(1), **masks)
    assert 0.7 < (masked == picture).all(axis=0).mean() < 1


def wrapped_shift():
    """Drums that end while they sound, and begin with a blow: half a second later, wrapped or with zeros."""
    drums, rate = clip("music/drums", seconds=2.1)
    drums = drums[np.argmax(np.abs(drums) > 0.1) :]
    wrapped, moved = (package.time_shift(drums, 0.5, sample_rate=rate, mode=mode) for mode in ("wrap", "zeros"))
    assert np.allclose(np.abs(np.fft.rfft(wrapped)), np.abs(np.fft.rfft(drums)), atol=1e-6)

    def onsets_s(signal):
        strength = descriptors.onset_strength(np.pad(signal, (rate // 10, 0)), sample_rate=rate, hop_length=256)
        found = np.flatnonzero((strength[1:-1] > strength[:-2]) & (strength[1:-1] >= strength[2:]))
        return (found[strength[1 + found] > 0.25 * strength.max()] + 1) * 256 / rate - 0.1

    expected_s = onsets_s(drums) + 0.5

    def n_unlabelled(signal):
        return sum(np.abs(expected_s - onset).min() > 0.03 for onset in onsets_s(signal))

    assert n_unlabelled(wrapped) >= 1 and n_unlabelled(moved) == 0


def split_after():
    rng = np.random.default_rng(0)
    clip_of = np.repeat(np.arange(1000), 10)  # each with its nine copies
    for test_share in (0.1, 0.3):
        is_test = rng.permutation(len(clip_of)) < test_share * len(clip_of)
        has_sibling = np.isin(clip_of[is_test], clip_of[~is_test])
        assert has_sibling.mean() > 0.99
    assert 0.3**9 < 1e-4  # that all nine siblings have fallen into the test set as well
    assert round(1 / 0.5**9, -2) == 500
    recording_of = clip_of // 10
    is_test = np.isin(recording_of, rng.permutation(100)[:10])  # split first, by recording
    assert not np.isin(recording_of[is_test], recording_of[~is_test]).any()


def mask_of_zero():
    """Where a 0 stands among the values of a clip: the share of cells below it."""
    digits, rate = clip("speech/digits", seconds=3)
    power = mel.mel_spectrogram(digits, sample_rate=rate, n_fft=512, n_mels=40)
    full_scale = np.hanning(512).sum() ** 2 / 4
    natural = np.log(np.maximum(power, 1e-6))
    features = {
        "dB re maximum": sound.power_to_db(power, ref=np.max),
        "dB re full scale": sound.power_to_db(power, ref=full_scale),
        "normalised": (natural - natural.mean()) / natural.std(),
        "power": power,
    }
    below = {name: (values < 0).mean() for name, values in features.items()}
    assert below["dB re maximum"] > 0.999 and features["dB re maximum"].max() == 0
    assert below["dB re full scale"] == 1 and features["dB re full scale"].max() < -10
    assert below["power"] == 0 and power.min() > 0 and 0.3 < below["normalised"] < 0.7
    assert abs(features["normalised"].mean()) < 1e-9


def larger_room():
    small, large = rooms.sabine_s((5, 4, 3), 0.2), rooms.sabine_s((10, 8, 6), 0.2)
    assert np.isclose(large / small, 2)


def late_labels():
    """A measured response: 30 ms of travel and delay, then the room. Whose events come when the labels say?"""
    rate = 16_000
    room = np.random.default_rng(0).standard_normal(4000) * 10 ** (-3 * np.arange(4000) / 4000)
    room[0] = 6  # the direct sound
    measured = np.concatenate([np.zeros(480), room])
    events = np.zeros(2 * rate)
    events[[4000, 20_000]] = 1

    def late_ms(rir):
        heard = np.abs(rooms.convolve_rir(events, rir))
        return [
            1000 * np.argmax(heard[label - 80 : label + 800] > 0.5 * heard.max()) / rate - 5 for label in (4000, 20_000)
        ]

    high_passed = filters.lfilter(*filters.biquad("highpass", frequency_hz=20, sample_rate=rate), measured)
    for rir in (measured, measured / np.abs(measured).max(), high_passed):
        assert np.allclose(late_ms(rir), 30, atol=0.2)
    assert np.allclose(late_ms(rooms.trim_rir(measured, sample_rate=rate, pre_s=0)), 0, atol=0.2)
