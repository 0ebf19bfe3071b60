"""What the questions of mfcc claim, computed. A function proves the question of its name."""

import functools
import math

import numpy as np

from course_utils import mfcc as package
from course_utils.exercises.mfcc.four_whispers import _bands_db


@functools.cache
def _man():
    """The man's sentence of the lecture, without the silence at both ends."""
    from course_utils import audio

    return audio.load("speech/sentence_rms", dtype=np.float64)[0][2400:-2400]


@functools.cache
def _man_db(n_mels=80):
    return _bands_db(_man(), n_mels)


def _man_mfcc(n_mfcc=13):
    return package.mfcc_from_log_mel(_man_db(), n_mfcc=n_mfcc)


def _rms(values):
    return np.sqrt((values**2).mean())


def _cepstrum(piece):
    from course_utils import dft

    spectrum = np.fft.rfft(piece * dft.window("hann", len(piece)), 2048)
    return np.fft.irfft(np.log(np.maximum(np.abs(spectrum), 1e-8)))


def quefrency():
    from course_utils import audio

    ah, rate = audio.load("speech/vowel_a", dtype=np.float64)
    period_ms = 1000 * (55 + _cepstrum(ah[5000:6024])[55:441].argmax()) / rate
    assert 10.2 < period_ms < 10.5 and round(1000 / 97, 1) == 10.3


def _first_hill_hz(note_hz):
    from course_utils import sound

    x = sound.vowel("i", fundamental_hz=note_hz, duration_s=0.2, sample_rate=16_000)
    ripples = _cepstrum(x[800:1824])
    ripples[32:-31] = 0
    smooth = np.fft.rfft(ripples).real
    return (1 + np.flatnonzero(np.diff(np.sign(np.diff(smooth))) < 0)[0]) * 16_000 / 2048


def _hills_hz(note_hz):
    """Where the liftered spectrum of ah has its maxima, below 4 kHz."""
    ripples = _cepstrum(_vowel_at(note_hz))
    ripples[40:-39] = 0  # what is slower than 2.5 ms, below the periods of both notes
    smooth = np.fft.rfft(ripples).real[:512]
    return (1 + np.flatnonzero(np.diff(np.sign(np.diff(smooth))) < 0)) * 16_000 / 2048


def octave_up():
    for formant_hz in (730, 1090, 2440):
        low, high = (hills[np.abs(hills - formant_hz).argmin()] for hills in (_hills_hz(100), _hills_hz(200)))
        assert abs(low - formant_hz) < 100 and abs(high / low - 1) < 0.05
    periods = [_cepstrum(_vowel_at(hz))[50:300].argmax() + 50 for hz in (100, 200)]
    assert abs(periods[0] - 160) <= 1 and abs(periods[1] - 80) <= 1  # the lines alone stand twice as far apart


def child():
    assert abs(_first_hill_hz(400) - 400) < 30 < 100 < _first_hill_hz(400) - 270


def dct_or_dft():
    level_db = _man_db()
    by_dct = package.inverse_mfcc(_man_mfcc(), n_mels=80)
    by_dft = np.fft.irfft(np.fft.rfft(level_db, axis=0)[:7], n=80, axis=0)
    errors = [np.sqrt(((drawn - level_db) ** 2).mean(axis=1)) for drawn in (by_dct, by_dft)]
    assert round(errors[1][-1]) == 42 and round(errors[0][-1]) == 24
    assert abs(errors[0][20:60].mean() / errors[1][20:60].mean() - 1) < 0.1


def variance():
    share = _man_mfcc().var(axis=1).cumsum() / _man_db().var(axis=1).sum()
    lost_db = package.inverse_mfcc(_man_mfcc(), n_mels=80) - _man_db()
    varying_db = lost_db - lost_db.mean(axis=1, keepdims=True)  # a constant shape has no variance
    assert share[1] > 0.7 and round(share[12], 2) == 0.97
    assert round(_rms(lost_db), 1) == 5.1 and round(_rms(varying_db), 1) == 2.8


def correlation():
    off = ~np.eye(40, dtype=bool)
    levels = _man_db(40)
    found = np.abs(np.corrcoef(package.mfcc_from_log_mel(levels, n_mfcc=40))[off])
    assert round(found.mean(), 2) == 0.11 and found.max() > 0.6
    assert round(np.abs(np.corrcoef(levels)[off]).mean(), 1) == 0.5


def twice():
    louder = package.mfcc_from_log_mel(_bands_db(2 * _man()), n_mfcc=13) - _man_mfcc()
    assert np.allclose(louder[0], 53.85, atol=0.005) and np.allclose(louder[1:], 0, atol=1e-9)


def level():
    from course_utils import sound, stft

    pieces = stft.frame(np.pad(_man(), 256), frame_length=512, hop_length=160)
    energy_db = sound.power_to_db((pieces**2).sum(axis=0))
    speaking = energy_db > energy_db.max() - 40

    def alike(level_db, where=speaking):
        return np.corrcoef(level_db[where], energy_db[where])[0, 1]

    hissing = _man_db()[60:].mean(axis=0) > _man_db()[:30].mean(axis=0) + 5
    assert round(alike(_man_mfcc()[0]), 1) == round(alike(_man_mfcc()[0], speaking & ~hissing), 1) == 0.6
    power = 10 ** (_man_db()[:, speaking] / 10)
    assert alike(_man_db()[40:].mean(axis=0)) < 0.2 and power[40:].sum() < 0.05 * power.sum()


def lifter():
    plain, raised = _man_mfcc(), package.lifter(_man_mfcc(), n_lifter=22)
    assert np.allclose(package.cmvn(plain), package.cmvn(raised))
    assert math.isclose(raised[11, 0] / plain[11, 0], 12)


def delta_delta():
    twice = package.delta(_man_mfcc(), order=2, mode="htk")[:, 8:-8]
    parabola = package.delta(_man_mfcc(), order=2)[:, 8:-8]
    assert 2 < parabola.std() / twice.std() < 2.2 and np.corrcoef(twice.ravel(), parabola.ravel())[0, 1] < 0.9


def melody():
    from course_utils import audio, mel, sound, stft

    her = audio.load("speech/sentence_slt", dtype=np.float64)[0][2400:26_400]
    pieces = stft.frame(her, frame_length=640, hop_length=160).T
    pitch_at = np.array([16_000 / (48 + _cepstrum(piece)[48:128].argmax()) for piece in pieces])
    voiced = (sound.rms(pieces) > 0.03) & (np.abs(np.diff(pitch_at, append=0)) < 10)
    pitch = np.median(pitch_at[voiced])
    centres_hz = mel.mel_frequencies_hz(82, f_max=8000.0)[1:-1]
    bands_apart = pitch / (centres_hz[1] - centres_hz[0])
    assert round(bands_apart, 1) == 4.9 and round(2 * 80 / bands_apart) == 33


def _moved(signal):
    """By how much c1 to c12 move, as a share of the swing of speech: as they are, and without their means."""
    true, found = _man_mfcc()[1:], package.mfcc_from_log_mel(_bands_db(signal), n_mfcc=13)[1:]
    centred = true - true.mean(axis=1, keepdims=True)
    swing = np.sqrt((centred**2).sum(axis=0).mean())
    gap = found - true
    gaps = gap, gap - gap.mean(axis=1, keepdims=True)
    return [np.sqrt((gap**2).sum(axis=0).mean()) / swing for gap in gaps]


def line_or_noise():
    from course_utils import filters, sound

    line = _man()
    for kind, edge_hz in (("highpass", 300), ("lowpass", 3400), ("lowpass", 3400)):
        line = filters.lfilter(*filters.biquad(kind, frequency_hz=edge_hz, sample_rate=16_000), line)
    noise = np.random.default_rng(7).standard_normal(len(_man()))
    by_line, by_noise = _moved(line), _moved(_man() + noise * 0.1 * sound.rms(_man()) / sound.rms(noise))
    assert by_line[0] > 1.2 > 0.8 > by_noise[0] and by_line[1] < 0.2 < 0.5 < by_noise[1]


def _vowels_at(note_hz):
    from course_utils import sound

    sung = [sound.vowel(name, fundamental_hz=note_hz, duration_s=0.4, sample_rate=16_000) for name in sound.VOWELS]
    bands = [package.mfcc_from_log_mel(_bands_db(x, 40), n_mfcc=13) for x in sung]
    return np.array([found[1:, 8:32].mean(axis=1) for found in bands])


def fifth_higher():
    share = []
    for note_hz in (100, 250):
        gaps = np.linalg.norm(_vowels_at(note_hz)[:, np.newaxis] - _vowels_at(1.2 * note_hz), axis=2)
        share.append(gaps.diagonal().mean() / gaps[~np.eye(len(gaps), dtype=bool)].mean())
    assert share[0] < 0.05 and 0.6 < share[1] < 0.75


_VOWELS_AT_S = {  # three, blue, shawls, young, them: the middle of each vowel, as in section 9
    "rms": (1.492, 2.035, 2.309, 0.430, 5.663),
    "awb": (1.114, 1.659, 1.898, 0.241, 4.648),
    "kal16": (1.086, 1.608, 1.908, 0.211, 4.661),
    "slt": (1.145, 1.590, 1.823, 0.239, 4.406),
}


def vowel_or_speaker():
    from course_utils import audio

    said = {}
    for name, times_s in _VOWELS_AT_S.items():
        levels = _bands_db(audio.load(f"speech/sentence_{name}", dtype=np.float64)[0], 40)
        found = package.mfcc_from_log_mel(levels, n_mfcc=13)[1:]
        said[name] = np.array([found[:, round(100 * t) - 2 : round(100 * t) + 3].mean(axis=1) for t in times_s])

    def apart(one, other, pairs):
        return np.linalg.norm(said[one][:, np.newaxis] - said[other], axis=2)[pairs]

    same, men = np.eye(5, dtype=bool), ("rms", "awb", "kal16")
    two_men = np.concatenate([apart(*pair, ~same) for pair in ((men[0], men[1]), (men[0], men[2]), (men[1], men[2]))])
    with_her = np.concatenate([apart(him, "slt", same) for him in men])
    assert two_men.mean() > with_her.mean() and 0.2 < (with_her[:, np.newaxis] > two_men).mean() < 0.3


def signs():
    signs = []
    for convention, hop_length in (("librosa", 512), ("torchaudio", 200), ("htk", 160), ("kaldi", 160)):
        bands = {"n_mels": 40} if hop_length > 160 else {}
        found = package.mfcc(_man(), sample_rate=16_000, convention=convention, **bands)
        signs.append(np.sign(found[:4, round(1.34 * 16_000 / hop_length)]))
    assert np.array_equal(np.abs(np.sum(signs, axis=0)), [0, 0, 4, 4])


def five_ms():
    """A comb every 200 Hz, and no longer one if the window sees a single period."""
    assert abs(_cepstrum(_vowel_at(200))[32:300].argmax() + 32 - 80) <= 1  # 80 samples at 16 kHz are 5 ms
    assert abs(_cepstrum(_vowel_at(100))[32:300].argmax() + 32 - 160) <= 1
    long, short = (_cepstrum(_vowel_at(200)[:n])[70:90].max() for n in (1024, 80))
    assert long > 4 * short


def _vowel(name, note_hz):
    from course_utils import sound

    return sound.vowel(name, fundamental_hz=note_hz, duration_s=0.2, sample_rate=16_000)


def _vowel_at(note_hz):
    return _vowel("ɑ", note_hz)[800:1824]


def where_lost():
    levels = _man_db(40)
    kept = {n: package.inverse_mfcc(package.mfcc_from_log_mel(levels, n_mfcc=n), n_mels=40) for n in (13, 40)}
    assert np.allclose(kept[40], levels) and _rms(kept[13] - levels) > 2
    assert (levels - kept[13]).var() < 0.1 * levels.var()  # small, and it holds the comb: see melody


def dull_microphone():
    from course_utils import filters, sound

    dull = filters.lfilter(*filters.biquad("lowpass", frequency_hz=2000, sample_rate=16_000), _man())
    gap = package.mfcc_from_log_mel(_bands_db(dull), n_mfcc=13) - _man_mfcc()
    assert np.all(np.abs(gap.mean(axis=1)) > 0.2) and _rms(gap.mean(axis=1)) > 5 * _rms(gap.std(axis=1))
    noise = np.random.default_rng(7).standard_normal(len(_man()))
    (before, after), (_, noisy) = _moved(dull), _moved(_man() + noise * 0.1 * sound.rms(_man()) / sound.rms(noise))
    assert before > 0.8 > 0.15 > after and noisy > 0.5  # the mean holds the filter, and not the noise
    louder = package.mfcc_from_log_mel(_bands_db(0.5 * _man()), n_mfcc=13) - _man_mfcc()
    assert _rms(louder[1:]) < 0.01 * _rms(louder[0])  # a level is all that the first alone could hold


def hidden_change():
    from course_utils import mel

    for factor in (np.log(10) / 10, 10 / np.log(10)):
        assert np.allclose(package.cmvn(factor * _man_mfcc()), package.cmvn(_man_mfcc()))
    grid = {"sample_rate": 16_000, "n_fft": 1024, "hop_length": 160, "n_mels": 40}
    plain, *others = (
        package.cmvn(package.mfcc_from_log_mel(mel.log_mel(mel.mel_spectrogram(_man(), **grid | change)), n_mfcc=13))
        for change in ({}, {"scale": "htk"}, {"win_length": 400})
    )
    assert all(_rms(plain - other) > 0.15 for other in others)


def wrong_axis():
    import librosa

    features = _man_mfcc()[:, :98].T
    wrong, right = librosa.feature.delta(features), librosa.feature.delta(features, axis=0)
    assert features.shape == wrong.shape == (98, 13)
    assert np.allclose(wrong[7], librosa.feature.delta(features[7]))  # a frame by itself: nothing of time
    assert np.allclose(right.T, package.delta(features.T)) and not np.allclose(wrong, right)


def network():
    """Neighbouring bands are alike, coefficients are not; a higher note moves the bands, and hardly 13 coefficients."""

    def alike(rows):
        return np.mean([abs(np.corrcoef(one, other)[0, 1]) for one, other in zip(rows, rows[1:], strict=False)])

    bands, coefficients = _man_db(40), package.mfcc_from_log_mel(_man_db(40), n_mfcc=13)
    anywhere = alike(np.random.default_rng(0).permutation(bands))
    assert alike(bands) > 0.95 > 0.6 > anywhere and alike(coefficients) < 0.3
    note, other_note, other_mouth = (_bands_db(_vowel(name, hz)) for name, hz in (("ɑ", 150), ("ɑ", 180), ("i", 150)))
    moves = []
    for n_kept in (13, 80):  # all 80 are a rotation of the bands
        found = [
            package.mfcc_from_log_mel(x, n_mfcc=n_kept)[1:, 4:-4].mean(axis=1) for x in (note, other_note, other_mouth)
        ]
        moves.append(np.linalg.norm(found[1] - found[0]) / np.linalg.norm(found[2] - found[0]))
    assert moves[0] < 0.2 < 0.4 < moves[1]  # the pitch stays in


def far_end():
    quiet, loud = 0.05 * _man()[:24_000], np.sin(np.arange(8000))
    settings = {"sample_rate": 16_000, "n_fft": 512, "hop_length": 160, "n_mels": 40}
    together = package.mfcc(np.concatenate([quiet, loud]), **settings)
    alone = package.mfcc(quiet, **settings)
    n_words = 1 + (len(quiet) - 512) // 160
    assert (np.abs(together[:, :n_words] - alone[:, :n_words]).max(axis=0) > 0.1).mean() > 0.5
    fixed = [package.mfcc(x, top_db=None, **settings)[:, :n_words] for x in (np.concatenate([quiet, loud]), quiet)]
    assert np.allclose(*fixed)
