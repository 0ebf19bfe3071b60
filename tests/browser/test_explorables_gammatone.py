"""The cochlea: its numbers are those of the gammatone bank, and what is heard at a place is what the bank passes on."""

import numpy as np
import pytest

from course_utils import explorables, gammatone, mel, stft
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE = 16_000


def said(page):
    wait(page, 150)
    return page.locator(".said").inner_text().replace("−", "-")


def response_db(place_hz, tone_hz):
    t = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * tone_hz * t)
    heard = gammatone.gammatone_filterbank(tone, center_hz=np.array([place_hz]), sample_rate=RATE)[0]
    return 10 * np.log10(np.mean(heard[RATE // 2 :] ** 2) / 0.5)


@pytest.mark.parametrize(("place_hz", "tone_hz"), [(1000, 1000), (1000, 1300), (4000, 2000), (200, 285)])
def test_response_to_a_tone_is_that_of_the_bank(page, place_hz, tone_hz):
    bare.show(page, explorables.cochlea(place_hz=place_hz, frequency_hz=tone_hz))
    expected = response_db(float(place_hz), float(tone_hz))
    assert f"reaches it with {expected + 0:.0f} dB".replace("-0 dB", "0 dB") in said(page)
    assert f"{gammatone.erb_bandwidth_hz(float(place_hz)):.0f} Hz (its ERB)" in said(page)


def mel_band_db(place_hz, tone_hz):
    """The band as lecture 06 builds it, with its centre at the place, on the centred STFT of a tone."""
    step = mel.hz_to_mel(8000.0) / 65
    left, right = mel.mel_to_hz(mel.hz_to_mel(place_hz) + np.array([-step, step]))
    bins_hz = np.arange(257) * RATE / 512
    triangle = np.clip(np.minimum((bins_hz - left) / (place_hz - left), (right - bins_hz) / (right - place_hz)), 0, 1)
    t = np.arange(RATE) / RATE
    powers = [
        triangle @ stft.spectrogram(np.sin(2 * np.pi * hz * t), n_fft=512)[:, 20:60].mean(axis=1)
        for hz in (tone_hz, place_hz)
    ]
    return 10 * np.log10(powers[0] / powers[1])


@pytest.mark.parametrize(("place_hz", "tone_hz"), [(1000.0, 1060.0), (4000.0, 4200.0), (200.0, 250.0)])
def test_response_of_the_mel_band_is_that_of_a_triangle_on_an_stft(page, place_hz, tone_hz):
    bare.show(page, explorables.cochlea(place_hz=place_hz, frequency_hz=tone_hz))
    shown_db = float(said(page).rsplit("with ", 1)[1].removesuffix(" dB."))
    assert abs(shown_db - mel_band_db(place_hz, tone_hz)) < 1  # rounded; the page leaves out the mirrored frequency


@pytest.mark.parametrize(("place_hz", "gap_ms", "n_clicks"), [(4000, 5, "two"), (200, 5, "one"), (200, 20, "two")])
def test_clicks_are_counted_where_the_place_is_quick_enough(page, place_hz, gap_ms, n_clicks):
    bare.show(page, explorables.cochlea(sound="two clicks", place_hz=place_hz, gap_ms=gap_ms))
    assert f"ms apart, are {n_clicks}" in said(page)


def test_the_mel_band_sees_one_click_where_the_place_of_4_khz_sees_two(page):
    bare.show(page, explorables.cochlea(sound="two clicks", place_hz=4000, gap_ms=5))
    assert said(page).endswith("are two, with silence between them; in the mel band they are one.")


@pytest.mark.parametrize(("tone_hz", "place_hz"), [(1000, 1000), (1500, 1000)])
def test_a_tone_is_heard_through_its_place_at_the_right_frequency_and_level(page, tone_hz, place_hz):
    bare.show(page, explorables.cochlea(frequency_hz=tone_hz, place_hz=place_hz))
    page.get_by_role("button", name="Hear this place").click()
    heard = page.evaluate(LISTEN)
    level_db = 20 * np.log10(np.sqrt(np.mean(np.square(heard["samples"]))) / (0.3 / np.sqrt(2)))
    assert abs(strongest_hz(heard) - tone_hz) < 1
    raised_db = min(20, max(0, -response_db(float(place_hz), float(tone_hz))))
    assert abs(level_db - response_db(float(place_hz), float(tone_hz)) - raised_db) < 0.3


@pytest.mark.parametrize("place_hz", [300, 3000])
def test_a_clip_loses_what_lies_off_the_place(page, place_hz):
    t = np.arange(RATE) / RATE
    both = 0.2 * np.sin(2 * np.pi * 300 * t) + 0.2 * np.sin(2 * np.pi * 3000 * t)
    bare.show(page, explorables.cochlea(both, RATE, sound="clip", place_hz=place_hz))
    page.get_by_role("button", name="Hear this place").click()
    assert abs(strongest_hz(page.evaluate(LISTEN)) - place_hz) < 2


def test_moving_a_tone_or_clicks_chooses_them(page):
    bare.show(page, explorables.cochlea(sound="clip"))
    page.get_by_label("clicks apart").press("ArrowRight")
    assert page.evaluate("() => model.get('sound')") == "two clicks"
    page.get_by_label("tone", exact=True).press("ArrowRight")
    assert page.evaluate("() => model.get('sound')") == "tone"


@pytest.mark.parametrize("bad", [{"place_hz": 20}, {"frequency_hz": np.nan}, {"gap_ms": 0}, {"sound": "noise"}])
def test_bad_values_raise_before_the_page_sees_them(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        explorables.cochlea(**bad)


def test_own_clips_are_resampled_and_too_loud_ones_refused():
    t = np.arange(48_000) / 48_000
    widget = explorables.cochlea(0.5 * np.sin(2 * np.pi * 440 * t), 48_000)
    sent = np.frombuffer(widget.audio, "<i2") / 32767
    np.testing.assert_allclose(
        sent[1000:-1000], 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)[1000:-1000], atol=1e-3
    )
    with pytest.raises(ValueError, match="±1"):
        explorables.cochlea(np.full(RATE, 1.5), RATE)
