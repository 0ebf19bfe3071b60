"""The interactives of lecture 05: what they say is what course_utils computes, and what they play is what they say."""

import os
import re

import numpy as np
import pytest

from course_utils import explorables, filters
from tests.browser import bare
from tests.browser.lab import browser, chromium
from tests.browser.test_explorables import LISTEN, strongest_hz

if not chromium() and not os.environ.get("CI"):
    pytest.skip("no Chromium found: install the package chromium to run the browser tests", allow_module_level=True)

MARGINS = {"left": 62, "right": 14, "bottom": 44, "top": 26}  # px around the axes of a plot with a title


@pytest.fixture(scope="module")
def program():
    with browser(bare.SOUND_FLAGS) as opened:
        yield opened


@pytest.fixture
def page(program):
    with bare.page_for(program) as opened:
        yield opened
        assert not opened.problems


def said(page, **traits):
    """What is said once the traits have been set."""
    page.evaluate("(traits) => Object.entries(traits).forEach(([name, value]) => model.set(name, value))", traits)
    page.wait_for_timeout(100)
    return page.locator(".said").text_content().replace("−", "-")


def numbers(text):
    return [float(word) for word in re.findall(r"-?\d+\.?\d*", text)]


def spectrum_db(heard):
    x = np.array(heard["samples"])
    level = np.abs(np.fft.rfft(x * np.blackman(len(x)))) / (0.42 * len(x) / 2)
    return np.fft.rfftfreq(len(x), 1 / heard["rate"]), 20 * np.log10(level + 1e-12)


# -------------------------------------------------------------------------------------------------------- pole_zero


def pair(radius, degrees):
    root = radius * np.exp(1j * np.deg2rad(degrees))
    return np.poly([root, root.conj()]).real


def plane_of(page):
    """From a radius and an angle in degrees to a place on the page."""
    box = page.locator("canvas.plot").first.bounding_box()
    height = box["height"] - MARGINS["top"] - MARGINS["bottom"]
    x = box["x"] + (MARGINS["left"] + box["width"] - MARGINS["right"]) / 2
    y = box["y"] + MARGINS["top"] + height / 2

    def where(radius, degrees):
        root = radius * np.exp(1j * np.deg2rad(degrees)) * height / 2.8  # the plane reaches from −1.4 to 1.4
        return x + root.real, y - root.imag

    return where


@pytest.mark.parametrize(
    ("pole", "zero"), [((0.95, 45.0), (1.0, 90.0)), ((0.8, 60.0), (1.25, 60.0)), ((0.9, 0.0), (0.5, 180.0))]
)
def test_gain_delay_and_ringing_are_those_of_the_reference(page, pole, zero):
    bare.show(page, explorables.pole_zero())
    text = said(page, pole_radius=pole[0], pole_angle=pole[1], zero_radius=zero[0], zero_angle=zero[1])
    b, a, hz = pair(*zero), pair(*pole), np.linspace(0, 8000, 401)
    hz = hz[np.abs(filters._polynomial(b, 2 * np.pi * hz / 16_000)) > 1e-9]
    at = {"frequency_hz": hz, "sample_rate": 16_000}
    gain_db = 20 * np.log10(np.abs(filters.frequency_response(b, a, **at)))
    assert abs(numbers(text)[-1] - gain_db.max()) <= 0.051  # one decimal is shown
    ring_ms = float(re.search(r"ring for ([\d.]+) ms", text)[1])
    assert abs(ring_ms - np.log(1e-3) / np.log(pole[0]) / 16) <= 0.051
    delay = page.get_by_role("img", name="Group delay").get_attribute("aria-label")
    assert abs(numbers(delay)[0] - np.abs(filters.group_delay(b, a, **at)).max()) <= 0.51


def test_zeros_on_the_poles_cancel_them_and_can_be_pulled_off(page):
    bare.show(page, explorables.pole_zero(pole_radius=0.8, pole_angle=60, zero_radius=0.8, zero_angle=60))
    assert "cancelled by the zeros. Gain: 0.0 dB" in said(page)
    where = plane_of(page)
    page.mouse.move(*where(0.8, 60))
    page.mouse.down()
    page.mouse.move(*where(1.25, 60), steps=3)
    page.mouse.up()
    assert page.evaluate("() => model.get('pole_radius')") == 0.8
    assert abs(page.evaluate("() => model.get('zero_radius')") - 1.25) < 0.015


def test_double_poles_on_the_real_axis_are_named(page):
    bare.show(page, explorables.pole_zero(pole_angle=180))
    assert "at 8000 Hz (a double pole on the real axis)" in said(page)


def test_two_tones_through_a_notch_leave_the_other_one_as_loud_as_the_clip(page):
    t = np.arange(24_000) / 16_000
    clip = 0.1 * (np.sin(2 * np.pi * 1000 * t) + np.sin(2 * np.pi * 3000 * t))
    bare.show(page, explorables.pole_zero(clip, 16_000, zero_radius=1, zero_angle=22.5, pole_radius=0.9, pole_angle=45))
    page.get_by_role("button", name="Hear it filtered").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 3000) < 1
    hz, level_db = spectrum_db(heard)
    assert level_db[np.abs(hz - 1000) < 50].max() < level_db.max() - 70
    rms = np.sqrt(np.mean(np.square(heard["samples"])))
    assert abs(20 * np.log10(rms / 0.1)) < 0.2  # dB; the clip's own level
    page.get_by_role("button", name="Hear the clip").click()
    hz, level_db = spectrum_db(page.evaluate(LISTEN))
    assert level_db[np.abs(hz - 1000) < 50].max() > level_db.max() - 1


@pytest.mark.parametrize("radius", [1.0, 1.05])
def test_unstable_is_drawn_and_never_played(page, radius):
    bare.show(page, explorables.pole_zero(pole_radius=0.99))
    hear = page.get_by_role("button", name="Hear it filtered")
    hear.click()
    page.wait_for_timeout(200)
    assert page.evaluate("() => courseSound.playing !== null")
    text = said(page, pole_radius=radius)
    assert "Drawn, not played" in text and ("for ever" in text) == (radius == 1)
    if radius > 1:
        growth_db = numbers(text)[-1]
        assert abs(growth_db - 20 * np.log10(radius) * 16) <= 0.051
    assert page.evaluate("() => courseSound.playing") is None
    assert page.get_by_role("button", name="Hear it filtered").is_disabled()
    assert np.abs(page.evaluate(LISTEN)["samples"]).max() == 0
    said(page, pole_radius=0.9)
    assert page.get_by_role("button", name="Hear it filtered").is_enabled()


def test_the_root_next_to_the_pointer_is_dragged_in_either_half_of_the_plane(page):
    bare.show(page, explorables.pole_zero(pole_radius=0.9, pole_angle=45, zero_radius=0.3, zero_angle=170))
    at = plane_of(page)
    for start, end in (((0.9, -45), (0.5, -120)), ((0.3, 170), (1.2, 30))):
        page.mouse.move(*at(*start))
        page.mouse.down()
        page.mouse.move(*at(*end), steps=3)
        page.mouse.up()
    state = page.evaluate("() => Object.fromEntries(model.state)")
    found = [state[name] for name in ("pole_radius", "pole_angle", "zero_radius", "zero_angle")]
    np.testing.assert_allclose(found, [0.5, 120, 1.2, 30], atol=1.5)  # a pixel is a hundredth, or a degree at most
    page.mouse.move(*at(0.5, 120))
    page.mouse.down()
    page.mouse.move(*at(1.6, 0), steps=2)  # far out: it stays within its range
    page.mouse.up()
    assert page.evaluate("() => model.get('pole_radius')") == 1.1


def test_bad_values_of_pole_zero_raise_in_python():
    for traits, match in (
        ({"pole_radius": 1.2}, "pole_radius must be at most 1.1"),
        ({"zero_angle": float("nan")}, "zero_angle must be finite"),
        ({"pole_angle": "45"}, "pole_angle must be a number"),
        ({"signal": np.zeros(100), "sample_rate": 100}, "sample_rate must be at least 8000"),
        ({"signal": np.full(100, 1.5), "sample_rate": 16_000}, "within ±1"),
    ):
        with pytest.raises((ValueError, TypeError), match=match):
            explorables.pole_zero(**traits)
