"""What the questions of start_here claim, computed. A function proves the question of its name."""

import io
import tempfile
import webbrowser
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile

from course_utils import audio, doctor, practice, sound, stft
from course_utils.practice import store

from ._shared import clip, level_db, stripes


def half_as_loud():
    steps, rate = clip("test_signals/level_steps")
    levels_db = [level_db(steps[int((k + 0.3) * rate) : int((k + 0.7) * rate)]) for k in range(8)]
    assert np.allclose(-np.diff(levels_db), 6.02, atol=0.05)  # what is played: a halving each second
    loudness = 2 ** (-6.02 * np.arange(4) / 10)  # in sones, by Stevens: it halves every 10 dB
    assert loudness[1] > 0.6 and loudness[2] < 0.45 and 0.25 < loudness[3] < 0.3


def whisper():
    spoken, whispered = (clip(f"speech/sentence_{who}", seconds=2) for who in ("us_m3", "whisper"))
    assert stripes(*spoken) > 4 > 3 > stripes(*whispered)


def reversed():
    spoken, _ = clip("speech/sentence_us_m3")
    spoken = spoken[: 1024 + 256 * 200]
    forward, backward = (stft.spectrogram(x, n_fft=1024, hop_length=256, center=False) for x in (spoken, spoken[::-1]))
    assert np.abs(backward - forward).max() > 0.5 * forward.max()  # something does change: the order
    assert np.abs(backward[:, ::-1] - forward).max() < 0.02 * forward.max()


def flat_line():
    tone, click = sound.sine(440, duration_s=1, sample_rate=16_000), np.eye(1, 16_000, 8000)[0]
    settings = {"n_fft": 1024, "hop_length": 512}
    line, other = (stft.spectrogram(x, **settings)[:, 2:-2] for x in (tone, click))
    assert np.all(line.argmax(axis=0) == round(440 * 1024 / 16_000))
    assert np.array_equal(line.argmax(axis=0), stft.spectrogram(440 * tone, **settings)[:, 2:-2].argmax(axis=0))
    is_lit = other > 0.01 * other.max()
    assert is_lit.any(axis=0).sum() <= 2 and is_lit.any(axis=1).all()  # few columns, all rows: upright


def _played(signal):
    return soundfile.read(io.BytesIO(audio.play(signal, 16_000, caption="Is it quieter?").flac))[0]


def half_the_amplitude():
    loud = 0.5 * sound.sine(300, duration_s=1, sample_rate=16_000)
    whole, half = _played(loud), _played(0.5 * loud)
    assert len(whole) == len(half) == 16_000
    assert np.isclose(level_db(half) - level_db(whole), -6.02, atol=0.01)
    assert np.isclose(level_db(whole), level_db(loud), atol=0.1)  # nor is either normalised; the ends fade


def warning():
    differs, missing = doctor.check_package("numpy", "0.0.1"), doctor.check_package("no-such-package", None)
    with patch.object(webbrowser, "get", side_effect=webbrowser.Error):
        remote = doctor.check_browser()
    for result in (differs, remote):
        assert result.status == "warn" and result.fix and result.fix in str(doctor.Report((result,)))
        assert doctor.Report((result,)).ok
    assert missing.status == "FAIL" and not doctor.Report((differs, missing)).ok


def why_no_stripes():
    whispered, rate = clip("speech/sentence_whisper", seconds=2)
    assert stripes(10 * whispered, rate) < 3  # louder, and still none
    voices = [sound.vowel("ɑ", fundamental_hz=hz, duration_s=1, sample_rate=16_000) for hz in (200, 100)]
    assert all(stripes(voice, 16_000) > 4 for voice in voices)  # a lower pitch has them
    mouth = np.abs(np.fft.rfft(voices[1]))[100::100]  # at each harmonic
    breath = np.fft.rfft(np.random.default_rng(0).standard_normal(16_000))
    breath *= np.interp(np.arange(8001), np.arange(100, 8001, 100), mouth)
    assert stripes(np.fft.irfft(breath), 16_000) < 3  # the same mouth, and noise in place of the folds


def same_answer_again():
    def right(x):
        return np.fft.ifft(x)

    def anew(x):
        return np.conj(np.fft.fft(np.conj(x))) / len(x)

    start = store.now()
    due = []
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "progress.sqlite3")
        for day, answer in enumerate((right, right, anew)):
            with (
                patch.dict("os.environ", {store.VARIABLE: file}),
                patch.object(store, "now", lambda day=day: start + timedelta(days=day)),
            ):
                assert practice.check("dft/idft", answer).status == "right"
                due.append(store.standings()[0]["dft/idft"].due)
    assert due[0] == due[1] < due[2]
