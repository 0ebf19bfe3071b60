"""The augmentation lab: what it says is what course_utils computes, and what is heard has changed as it says."""

import re

import numpy as np
import pytest

from course_utils import augmentation, explorables, mel, rooms
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE = 16_000
UNTOUCHED = {"factor": 1.0, "absorption": 1.0, "snr_db": 60, "freq_mask": 0, "time_mask": 0}


def said(page):
    wait(page, 300)
    return page.locator(".said").inner_text().replace("−", "-")


def tone(hz, duration_s=1.5):
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * RATE)) / RATE)


def heard(page, name="Hear it changed"):
    page.get_by_role("button", name=name).click()
    return page.evaluate(LISTEN)


@pytest.mark.parametrize(
    ("way", "factor", "hz", "duration_s"),
    [
        ("speed", 1.25, 625, 1.2),
        ("speed", 0.5, 250, 3.0),
        ("time stretch", 1.25, 500, 1.2),
        ("pitch shift", 1.25, 625, 1.5),
    ],
)
def test_speed_stretch_and_pitch_change_what_they_name(page, way, factor, hz, duration_s):
    bare.show(page, explorables.augment_lab(tone(500), RATE, **(UNTOUCHED | {"way": way, "factor": factor})))
    assert f"{duration_s:.2f} s" in said(page)
    assert abs(strongest_hz(heard(page)) - hz) < 1


@pytest.mark.parametrize("snr_db", [-10, 0, 17])
@pytest.mark.parametrize("room", [{"absorption": 1.0}, {"absorption": 0.3, "room_m": 12}])
def test_the_ratio_is_the_one_that_was_asked_for(page, snr_db, room):
    bare.show(page, explorables.augment_lab(snr_db=snr_db, **room))
    assert f"SNR {snr_db} dB" in said(page)


def test_rain_is_heard_as_loud_as_the_ratio_says(page):
    widget = explorables.augment_lab(tone(500), RATE, **(UNTOUCHED | {"snr_db": 10}))
    bare.show(page, widget)
    wait(page, 300)
    samples = np.array(heard(page)["samples"])
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    k = spectrum.argmax()
    snr_db = 10 * np.log10(spectrum[k - 3 : k + 4].sum() / (spectrum.sum() - spectrum[k - 3 : k + 4].sum()))
    assert abs(snr_db - 10) < 2  # a fifth of a second of rain is not its mean


@pytest.mark.parametrize(("room_m", "absorption"), [(3, 0.5), (12, 0.3)])
def test_reverberation_time_and_volume_are_those_of_the_box(page, room_m, absorption):
    bare.show(page, explorables.augment_lab(room_m=room_m, absorption=absorption))
    box = room_m * np.array([1, 0.8, 0.6])
    expected_s = rooms.eyring_s(box, absorption)
    assert f"room of {np.prod(box):.0f} m³, T60 {expected_s:.2f} s" in said(page)


def test_a_room_is_heard_after_the_sound_has_ended(page):
    knock = np.zeros(RATE)
    knock[:400] = tone(800)[:400] * np.hanning(400)
    bare.show(page, explorables.augment_lab(knock, RATE, **UNTOUCHED, room_m=12))
    levels_db = []
    for absorption in (1.0, 0.3):
        page.evaluate("value => model.set('absorption', value)", absorption)
        wait(page, 300)
        late = np.array(heard(page)["samples"])  # from 0.3 to 0.5 s after the click
        levels_db.append(20 * np.log10(np.sqrt(np.mean(late**2)) + 1e-9))
        page.get_by_role("button", name="Stop").click()
    assert levels_db[1] > levels_db[0] + 6


def test_a_masked_band_is_not_heard_and_its_share_is_said(page):
    band = int(mel.hz_to_mel(1000.0) / mel.hz_to_mel(8000.0) * 41)
    bare.show(page, explorables.augment_lab(tone(1000), RATE, **(UNTOUCHED | {"freq_mask": 8, "freq_mask_at": band})))
    assert "20 % hidden" in said(page)
    quiet = np.sqrt(np.mean(np.square(heard(page)["samples"])))
    page.evaluate("() => model.set('freq_mask_at', 39)")
    wait(page, 400)
    loud = np.sqrt(np.mean(np.square(page.evaluate(LISTEN)["samples"])))
    assert 20 * np.log10(quiet / loud) < -25


@pytest.mark.parametrize(("masks", "share"), [
    ({"time_mask": 30}, 30 / 151), ({"freq_mask": 10, "time_mask": 30}, 1 - (1 - 10 / 40) * (1 - 30 / 151)), ({}, 0)
])  # fmt: skip
def test_masks_hide_as_much_as_they_are_wide_wherever_they_are(page, masks, share):
    options = UNTOUCHED | masks | {"time_mask_at": 0, "freq_mask_at": 0}
    bare.show(page, explorables.augment_lab(tone(300), RATE, **options))
    for at in (0, 50, 100):
        page.evaluate("at => { model.set('time_mask_at', at); model.set('freq_mask_at', Math.min(39, at)); }", at)
        assert int(re.search(r"(\d+) % hidden", said(page))[1]) == round(100 * share)


def test_dragging_places_the_masks_and_makes_some_if_there_are_none(page):
    bare.show(page, explorables.augment_lab(**UNTOUCHED))
    box = page.locator("canvas.plot").nth(2).bounding_box()
    page.mouse.click(box["x"] + 62 + 0.25 * (box["width"] - 76), box["y"] + 26 + 0.5 * (box["height"] - 70))
    state = page.evaluate("() => Object.fromEntries(model.state)")
    assert state["freq_mask"] > 0 and state["time_mask"] > 0
    assert abs(state["time_mask_at"] - 25) <= 2 and abs(state["freq_mask_at"] - 19.5) <= 1.5


@pytest.mark.parametrize("snr_db", [20, 60])
def test_the_picture_moves_by_what_the_reference_moves(page, snr_db):
    widget = explorables.augment_lab(**(UNTOUCHED | {"snr_db": snr_db}))
    bare.show(page, widget)
    clip, rain = (np.frombuffer(data, "<i2") / 32768 for data in (widget.audio, widget.noise))
    grid = {"sample_rate": RATE, "n_fft": 512, "hop_length": 160, "n_mels": 40}
    before, after = (mel.mel_spectrogram(x, **grid) for x in (clip, augmentation.mix_at_snr(clip, rain, snr_db)))
    before_db, after_db = (np.maximum(10 * np.log10(x / before.max() + 1e-30), -60) for x in (before, after))
    moved_db = float(re.search(r"moved by ([\d.]+) dB", said(page))[1])
    assert abs(moved_db - np.abs(after_db - before_db).mean()) < 0.06  # rounded to a tenth


def test_silence_stays_silent(page):
    bare.show(page, explorables.augment_lab(np.zeros(RATE), RATE, absorption=0.3, way="pitch shift", factor=1.5))
    assert "silence" in said(page)
    assert np.abs(heard(page)["samples"]).max() < 1e-12


@pytest.mark.parametrize("bad", [{"factor": 0}, {"absorption": 0.1}, {"snr_db": np.inf}, {"freq_mask": 17}])
def test_bad_values_raise_before_the_page_sees_them(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        explorables.augment_lab(**bad)


def test_the_default_noise_is_rain_that_lasts_long_enough():
    rain = np.frombuffer(explorables.augment_lab().noise, "<i2") / 32767
    assert len(rain) == 3 * RATE
    assert len(augmentation.change_speed(np.zeros(round(1.5 * RATE)), 0.5)) <= len(rain)
