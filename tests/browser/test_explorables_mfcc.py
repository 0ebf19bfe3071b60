"""The interactive of lecture 07: its error is that of the reference, and the envelope that it keeps is heard."""

import numpy as np
import pytest

from course_utils import audio, explorables, filters, mel, mfcc, sound
from tests.browser import bare
from tests.browser.bare import LISTEN
from tests.browser.lab import wait

GRID = {"sample_rate": 16_000, "n_fft": 512, "hop_length": 160, "n_mels": 80}
FADE = np.minimum(1, np.minimum(np.arange(24_000), np.arange(24_000)[::-1]) / 3200)
VOICE = FADE * sound.vowel("ɑ", fundamental_hz=200, duration_s=1.5, sample_rate=16_000)


def bands_db(signal):
    return mel.log_mel(mel.mel_spectrogram(np.asarray(signal, np.float64), **GRID))


def hear(page, button):
    """What is played, at 16 kHz."""
    page.get_by_role("button", name=button).click()
    heard = page.evaluate(LISTEN)
    x = np.array(heard["samples"], np.float64)
    assert np.isfinite(x).all()
    return filters.resample(x, from_rate=round(heard["rate"]), to_rate=16_000, lowpass_filter_width=32)


def on_harmonics(signal, hz):
    """The share of the power from 150 to 1,500 Hz that lies next to a multiple of ``hz``."""
    power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) ** 2
    at_hz = np.fft.rfftfreq(len(signal), 1 / 16_000)
    inside = (at_hz > 150) & (at_hz < 1500)
    near = np.abs(at_hz / hz - np.round(at_hz / hz)) * hz < 25
    return power[inside & near].sum() / power[inside].sum()


@pytest.mark.parametrize("n_mfcc", [1, 2, 13, 40, 80])
def test_error_of_the_bands_is_that_of_the_reference(page, n_mfcc):
    bare.show(page, explorables.cepstrum_lab())
    page.evaluate("(n) => model.set('n_mfcc', n)", n_mfcc)
    wait(page, 100)
    clip, _ = audio.load("speech/sentence_slt", mono=True)
    level_db = bands_db(clip[2400:26_400])
    kept = mfcc.inverse_mfcc(mfcc.mfcc_from_log_mel(level_db, n_mfcc=n_mfcc), n_mels=80)
    off_db = np.sqrt(((kept - level_db) ** 2).mean())
    words = page.locator(".said").text_content()
    assert words.startswith(f"{n_mfcc} of 80 coefficients")
    assert abs(float(words.split("off by ")[1].split(" dB")[0]) - off_db) <= 0.06  # one decimal; samples of 16 bits


@pytest.mark.parametrize("n_mfcc", [3, 13, 25])
def test_breath_is_given_the_envelope_that_is_kept(page, n_mfcc):
    bare.show(page, explorables.cepstrum_lab(VOICE, 16_000, n_mfcc=n_mfcc))
    heard_db = bands_db(hear(page, "Hear the source through it"))[:, 4:-4].mean(axis=1)
    kept = mfcc.inverse_mfcc(mfcc.mfcc_from_log_mel(bands_db(VOICE), n_mfcc=n_mfcc), n_mels=80)[:, 20:-20].mean(axis=1)
    inside = kept > kept.max() - 50  # below, the window of the measurement leaks
    assert inside.sum() > 40
    assert np.std((heard_db - kept)[inside]) < 3  # dB; noise in a narrow band is known to 1, steep flanks are smoothed
    assert np.corrcoef(heard_db[inside], kept[inside])[0, 1] > 0.95


@pytest.mark.parametrize("hz", [100, 200])
def test_a_buzz_has_its_own_pitch_whatever_that_of_the_clip(page, hz):
    bare.show(page, explorables.cepstrum_lab(source=f"buzz at {hz} Hz", n_mfcc=5))
    assert on_harmonics(hear(page, "Hear the source through it"), hz) > 0.9


@pytest.mark.parametrize("button", ["Hear the source through it", "Hear it rebuilt"])
@pytest.mark.parametrize("n_mfcc", [1, 40])
def test_the_level_does_not_depend_on_the_coefficients(page, button, n_mfcc):
    bare.show(page, explorables.cepstrum_lab(VOICE, 16_000, n_mfcc=n_mfcc))
    rms = np.sqrt(np.mean(hear(page, button) ** 2))
    assert abs(20 * np.log10(rms / 0.08)) < 1.5  # dB; a part of a sound that is not quite steady


@pytest.mark.parametrize(("n_mfcc", "is_back"), [(13, False), (80, True)])
def test_the_pitch_of_the_clip_comes_back_with_many_coefficients_only(page, n_mfcc, is_back):
    bare.show(page, explorables.cepstrum_lab(VOICE, 16_000, n_mfcc=n_mfcc))
    share = on_harmonics(hear(page, "Hear it rebuilt"), 200)  # of any sound without pitch, a quarter
    assert (share > 0.85) if is_back else (share < 0.5)


def test_moment_and_number_are_dragged_in_the_pictures(page):
    bare.show(page, explorables.cepstrum_lab())

    def drag(which, part, name):
        box = page.locator("canvas.plot").nth(which).bounding_box()
        width = box["width"] - 62 - 14
        page.mouse.move(box["x"] + 62 + part * width, box["y"] + 90)
        page.mouse.down()
        page.mouse.up()
        return page.evaluate("(name) => model.get(name)", name)

    assert abs(drag(2, 0.5, "time_s") - 0.75) < 0.02
    assert abs(drag(3, 0.999, "time_s") - 1.5) < 0.02
    assert drag(1, 40.5 / 81, "n_mfcc") == 40  # the axis begins at −1
    assert drag(1, 0.001, "n_mfcc") == 1


def test_silence_and_a_short_clip_are_drawn_and_never_not_a_number(page):
    bare.show(page, explorables.cepstrum_lab(np.zeros(4000), 16_000))
    for button in ("Hear the source through it", "Hear it rebuilt", "Hear the clip"):
        hear(page, button)
    assert "off by 0.0 dB" in page.locator(".said").text_content()


def test_bad_values_raise_in_python():
    for traits, match in (
        ({"n_mfcc": 14}, "n_mfcc must be one of"),
        ({"n_mfcc": 0}, "n_mfcc must be at least 1"),
        ({"time_s": 2}, "time_s must be at most 1.5"),
        ({"source": "buzz"}, "source must be one of 'breath'"),
    ):
        with pytest.raises(ValueError, match=match):
            explorables.cepstrum_lab(**traits)
