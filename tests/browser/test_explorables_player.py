"""The player: where it is clicked it plays, what is dragged it repeats, and its versions follow one another in step."""

import re

import numpy as np
import pytest

from course_utils import explorables
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE, SECONDS = 16_000, 4
T = np.arange(SECONDS * RATE) / RATE
VERSIONS = {name: 0.2 * np.sin(2 * np.pi * hz * T) for name, hz in (("low", 300), ("middle", 700), ("high", 1500))}


@pytest.fixture
def page(page):
    bare.show(page, explorables.player(VERSIONS, RATE))
    return page


def trait(page, name):
    return page.evaluate("name => model.get(name)", name)


def at(page, seconds, canvas=0):
    """The place of a moment in a picture, in pixels of the page: 62 px of labels on the left, 14 px on the right."""
    box = page.locator("canvas.plot").nth(canvas).bounding_box()
    return box["x"] + 62 + seconds / SECONDS * (box["width"] - 76), box["y"] + box["height"] / 2


def test_versions_are_switched_while_they_play_and_keep_their_place(page):
    page.get_by_role("button", name="Play").click()
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 300) < 1
    page.get_by_role("button", name="high").click()
    assert trait(page, "selected") == "high"
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1500) < 1
    assert page.get_by_role("button", name="Stop").count() == 1, "the switch has stopped it"
    place_s = float(page.get_by_label("position").get_attribute("aria-valuetext").split()[0])
    assert place_s > 0.9, "the switch has begun it again"
    page.evaluate("() => model.set('selected', 'middle')")  # as Python does
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 700) < 1


@pytest.mark.parametrize("canvas", [0, 1])
def test_a_click_goes_there_in_either_picture(page, canvas):
    page.mouse.click(*at(page, 2.5, canvas))
    assert abs(trait(page, "position_s") - 2.5) < 0.02
    page.get_by_role("button", name="Play").click()
    wait(page, 200)
    place_s = float(page.get_by_label("position").get_attribute("aria-valuetext").split()[0])
    assert 2.5 < place_s < 3.2


def test_a_drag_repeats_a_part_of_it(page):
    page.mouse.move(*at(page, 2.0))
    page.mouse.down()
    page.mouse.move(*at(page, 1.5), steps=4)
    page.mouse.move(*at(page, 1.0), steps=4)
    page.mouse.up()
    begin, end = trait(page, "loop_s")
    assert abs(begin - 1) < 0.02 and abs(end - 2) < 0.02
    page.get_by_role("button", name="Play").click()
    places = []
    for _ in range(14):
        wait(page, 100)
        places.append(float(page.get_by_label("position").get_attribute("aria-valuetext").split()[0]))
    assert min(places) >= 0.98 and max(places) <= 2.02
    assert np.any(np.diff(places) < -0.5), "it has not come back"
    page.get_by_role("button", name="No loop").click()
    assert trait(page, "loop_s") == []


def test_the_keyboard_seeks_and_loops(page):
    page.get_by_label("position").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    here = trait(page, "position_s")
    assert here > 0.5
    page.get_by_role("button", name="Loop from here").press("Enter")
    assert trait(page, "loop_s") == pytest.approx([here, SECONDS])


def test_the_meter_says_the_level_that_is_heard(page):
    page.get_by_role("button", name="Play").click()
    wait(page, 400)
    shown = page.locator(".level").inner_text().replace("−", "-")
    expected_db = 20 * np.log10(0.2 / np.sqrt(2))  # -17 dBFS
    assert abs(float(re.match(r"-?\d+", shown)[0]) - expected_db) <= 1
    page.get_by_role("button", name="Stop").click()
    assert page.locator(".level").inner_text() == "−∞ dBFS"


def test_zoom_shows_less_time_around_the_cursor_and_comes_back(page):
    page.mouse.click(*at(page, 3.0))
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    wait(page, 50)
    assert "2.50 to 3.50 s" in page.locator("canvas.plot").first.get_attribute("aria-label")
    for _ in range(3):
        page.get_by_role("button", name="Zoom out").click()
    wait(page, 50)
    assert "0.00 to 4.00 s" in page.locator("canvas.plot").first.get_attribute("aria-label")


def test_it_stops_at_the_end_and_begins_again(page):
    page.evaluate("() => model.set('position_s', 3.8)")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for(timeout=3000)
    assert page.evaluate("() => courseSound.playing") is None


def test_what_is_too_loud_is_turned_down_together_and_it_says_by_how_much(program):
    with bare.page_for(program) as page:
        loud = {"loud": np.sign(VERSIONS["low"]), "half": 0.5 * np.sign(VERSIONS["low"])}
        bare.show(page, explorables.player(loud, RATE))
        said = page.locator(".said").inner_text()
        assert "Turned down by 9.0 dB" in said  # a square wave of ±1 has 0 dBFS RMS; −9 are allowed
        page.get_by_role("button", name="Play").click()
        rms = [np.sqrt(np.mean(np.square(page.evaluate(LISTEN)["samples"])))]
        page.get_by_role("button", name="half").click()
        rms.append(np.sqrt(np.mean(np.square(page.evaluate(LISTEN)["samples"]))))
        np.testing.assert_allclose(20 * np.log10(rms), [-9, -15], atol=0.3)
