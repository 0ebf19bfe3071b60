"""What the questions of augmentation claim, computed. A function proves the question of its name."""

import numpy as np

from course_utils import augmentation as package
from course_utils.exercises.augmentation.mix import _rms


def padded_word():
    rng = np.random.default_rng(1)
    word, rain = rng.standard_normal(8000), np.ones(40_000)
    padded = np.pad(word, 16_000)
    tight, loose = (np.mean(package.mix_at_snr(clip, rain, 10) - clip) for clip in (word, padded))
    assert 6.9 < 20 * np.log10(tight / loose) < 7.1


def three_small():
    from course_utils import audio, mel, sound

    digits, rate = audio.load("speech/digits", dtype=np.float64)

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
    from course_utils import audio, descriptors, stft

    hiss, rate = audio.load("speech/sibilants", dtype=np.float64)
    grid = {"n_fft": 512, "hop_length": 256}
    before, after = (stft.spectrogram(x, **grid).sum(axis=0) for x in (hiss, package.telephone(hiss, sample_rate=rate)))
    crossings_hz = rate / 2 * descriptors.zero_crossing_rate(hiss, frame_length=512, hop_length=256)
    is_hiss = (crossings_hz > 4000) & (before > 1e-4 * before.max())
    assert 0.07 < after[is_hiss].sum() / before[is_hiss].sum() < 0.15


def echoes():
    from course_utils import rooms

    images = rooms.image_sources(
        (6, 5, 3), (1, 1.5, 1.5), (4.5, 3.5, 1.2), absorption=0.2, max_order=1000, max_distance_m=343 * 0.3
    )
    assert 45_000 < len(images.order) < 55_000


def dead_room():
    from course_utils import rooms

    assert rooms.sabine_s((5, 4.5, 4), 1.0) > 0.1
    assert rooms.eyring_s((5, 4.5, 4), 1.0) == 0


def hidden_share():
    rng, blank = np.random.default_rng(0), np.zeros((40, 100))
    options = {"rng": rng, "max_warp": 0, "value": 1.0}
    shares = [package.spec_augment(blank, **options).mean() for _ in range(1000)]
    assert 0.32 < np.mean(shares) < 0.37
    assert np.max(shares) > 0.5


def beta():
    share = np.random.default_rng(0).beta(0.2, 0.2, 100_000)
    assert 0.3 < np.mean((share > 0.1) & (share < 0.9)) < 0.36


def same_generator():
    import copy

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


def three_ways():
    sixteen = np.zeros(16_000)
    assert len(package.pitch_shift(sixteen, 12)) == 16_000
    assert len(package.change_speed(sixteen, 2)) == len(package.time_stretch(sixteen, 2)) == 8000


def larger_room():
    from course_utils import rooms

    small, large = rooms.sabine_s((5, 4, 3), 0.2), rooms.sabine_s((10, 8, 6), 0.2)
    assert np.isclose(large / small, 2)
