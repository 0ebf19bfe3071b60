"""The pitch lab: what it says of a frame and of a clip is what YIN of course_utils finds, and it sounds like that."""

import re

import numpy as np
import pytest
from scipy.ndimage import median_filter

from course_utils import audio, descriptors, explorables
from course_utils.explorables.pitch_lab import RULES
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE = 16_000
GRID = {"sample_rate": RATE, "f_min": 60, "frame_length": 1024, "hop_length": 160}


def clip_of(widget):
    return np.frombuffer(widget.audio, "<i2") / 32768


def said(page):
    """Pitch in Hz and d′ of the frame, then the frames that are off and those that are periodic."""
    wait(page, 250)
    text = page.locator(".said").inner_text()
    return [float(number) for number in re.search(r"([\d.]+) Hz, d′ = ([\d.]+)\. .*: (\d+) of (\d+)", text).groups()]


@pytest.mark.parametrize("threshold", [0.03, 0.1, 0.6])
@pytest.mark.parametrize(("position_s", "f_max"), [(0.5, 1000), (1.3, 1000), (2.2, 900)])
def test_frame_and_clip_are_those_of_yin(page, threshold, position_s, f_max):
    widget = explorables.pitch_lab(position_s=position_s, threshold=threshold, f_max=f_max)
    bare.show(page, widget)
    found_hz, rest = descriptors.yin(clip_of(widget), **GRID, f_max=f_max, threshold=threshold)
    careful_hz, aperiodicity = descriptors.yin(clip_of(widget), **GRID, f_max=f_max, threshold=0.1)
    periodic = aperiodicity < 0.2
    off = np.abs(np.log2(found_hz / median_filter(careful_hz, 15, mode="nearest"))) >= 0.5
    hz, relative, n_off, n_periodic = said(page)
    m = round(position_s * 100)
    assert abs(hz - found_hz[m]) < 0.06 and abs(relative - rest[m]) < 0.006  # as rounded
    assert (n_off, n_periodic) == ((off & periodic).sum(), periodic.sum())


@pytest.mark.parametrize(("rule", "least", "most"), [(RULES[0], 100, 251), (RULES[1], 100, 251), (RULES[2], 0, 10)])
def test_the_first_dip_is_what_takes_most_errors_away(page, rule, least, most):
    bare.show(page, explorables.pitch_lab(rule=rule))
    assert least <= said(page)[2] <= most


@pytest.mark.parametrize("rule", RULES[:2])
def test_the_smallest_difference_is_found(page, rule):
    widget = explorables.pitch_lab(rule=rule, position_s=0.5)
    bare.show(page, widget)
    frame = clip_of(widget)[8000 - 512 :][:1024]
    d = np.array([np.sum((frame[:756] - frame[lag : lag + 756]) ** 2) for lag in range(269)])
    relative = d[1:] * np.arange(1, 269) / np.cumsum(d[1:])
    values = d[16:268] if rule == RULES[0] else relative[15:267]
    lag = 16 + values.argmin()
    assert abs(said(page)[0] - RATE / lag) < 0.5 * RATE / lag / lag + 0.1  # the parabola moves it by half a lag at most


def test_pitch_of_a_frame_is_heard(page):
    t = np.arange(RATE) / RATE
    bare.show(page, explorables.pitch_lab(0.3 * np.sin(2 * np.pi * 333.3 * t) ** 3, RATE))
    page.get_by_role("button", name="Hear the pitch of this frame").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 333.3) < 0.5
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) - 0.2 / np.sqrt(2)) < 2e-3


@pytest.mark.parametrize(("rule", "divisor"), [(RULES[2], 1), (RULES[0], 2)])
def test_the_pitch_found_is_heard_an_octave_low_where_the_smallest_difference_is(page, rule, divisor):
    t = np.arange(2 * RATE) / RATE
    tone = 0.4 * np.sin(2 * np.pi * 400 * t) + 0.02 * np.sin(2 * np.pi * 200 * t)  # every second period is louder
    bare.show(page, explorables.pitch_lab(tone, RATE, rule=rule, threshold=0.3))
    page.get_by_role("button", name="Hear the pitch found").click()
    ratio = 400 / strongest_hz(page.evaluate(LISTEN))
    assert abs(ratio - round(ratio)) < 0.01 and round(ratio) % divisor == 0
    assert divisor == 2 or round(ratio) == 1


def test_silence_has_no_pitch_and_makes_no_sound(page):
    bare.show(page, explorables.pitch_lab(np.zeros(RATE), RATE))
    wait(page, 200)
    assert "silence" in page.locator(".said").inner_text()
    for name in ("Hear the pitch of this frame", "Hear the pitch found", "Hear the clip"):
        page.get_by_role("button", name=name).click()
        assert np.abs(page.evaluate(LISTEN)["samples"]).max() == 0


def test_dragging_moves_frame_and_threshold(page):
    bare.show(page, explorables.pitch_lab())
    track, lags = page.locator("canvas.plot").nth(0).bounding_box(), page.locator("canvas.plot").nth(3).bounding_box()
    page.mouse.click(track["x"] + 62 + 0.5 * (track["width"] - 76), track["y"] + 100)
    assert abs(page.evaluate("() => model.get('position_s')") - 1.25) < 0.02
    page.mouse.click(lags["x"] + 200, lags["y"] + lags["height"] - 44 - 60)
    assert 0.2 < page.evaluate("() => model.get('threshold')") < 1


def test_the_frame_stays_within_a_short_clip():
    voice, rate = audio.load("speech/vowel_a", mono=True)
    widget = explorables.pitch_lab(voice, rate)
    end_s = len(clip_of(widget)) / RATE
    assert {c["name"]: c for c in widget.controls}["position_s"]["high"] == pytest.approx(end_s, abs=0.006)
    with pytest.raises(ValueError, match="position_s must be at most 0.5"):
        widget.position_s = 1.0


@pytest.mark.parametrize("bad", [{"threshold": 0}, {"f_max": np.nan}, {"position_s": -1}, {"rule": "loudest"}])
def test_bad_values_raise_before_the_page_sees_them(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        explorables.pitch_lab(**bad)
