"""The interactives of lecture 05: what they say is what course_utils computes, and what they play is what they say."""

import re

import numpy as np
import pytest

from course_utils import explorables, filters
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

MARGINS = {"left": 62, "right": 14, "bottom": 44, "top": 26}  # px around the axes of a plot with a title


def said(page, **traits):
    """What is said once the traits have been set."""
    page.evaluate("(traits) => Object.entries(traits).forEach(([name, value]) => model.set(name, value))", traits)
    wait(page, 100)
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
    wait(page, 200)
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


# --------------------------------------------------------------------------------------------------- resampling_lab

TONES_HZ = np.arange(100, 24_000, 100)
GLIDE = """async () => {
    const { context, meter } = courseSound, spectrum = new Float32Array(2048), heard = [];
    Object.assign(meter, { fftSize: 4096, smoothingTimeConstant: 0 });
    for (let i = 0; i < 36; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        meter.getFloatFrequencyData(spectrum);
        let k = spectrum.indexOf(Math.max(...spectrum));
        heard.push([(k * context.sampleRate) / 4096, spectrum[k]]);
    }
    return heard;
}"""


def quality(**settings):
    """Loss at 14 kHz and strongest alias from 18 kHz on, in dB: tones through the reference, as the lecture does it."""
    tones = np.sin(2 * np.pi * TONES_HZ[:, np.newaxis] * np.arange(4800) / 48_000 + 1)
    middle = filters.resample(tones, from_rate=48_000, to_rate=32_000, **settings)[:, 800:2400]  # whole periods
    level_db = 10 * np.log10(2 * np.mean(middle**2, axis=1) + 1e-13)
    return -level_db[139], level_db[179:].max()


@pytest.mark.parametrize(
    ("width", "rolloff", "window"),
    [
        (6, 0.99, "hann"),
        (64, 0.99, "hann"),
        (6, 0.8, "hann"),
        (6, 0.99, "kaiser"),
        (24, 0.95, "kaiser"),
        (2, 0.65, "hann"),
    ],
)
def test_loss_and_alias_are_those_of_tones_through_the_reference(page, width, rolloff, window):
    bare.show(page, explorables.resampling_lab())
    settings = {"lowpass_filter_width": width, "rolloff": rolloff, "window": window}
    alias_db, loss_db, n_products = (numbers(said(page, **settings))[i] for i in (1, 3, 4))
    expected_loss_db, expected_alias_db = quality(**settings)
    assert abs(loss_db - expected_loss_db) <= 0.06  # one decimal is shown
    assert abs(alias_db - expected_alias_db) < 0.1 + abs(alias_db) / 80  # leaks are highest between the 100 Hz
    kernel = filters.resample_kernel(from_rate=48_000, to_rate=32_000, **settings)
    assert n_products == np.count_nonzero(kernel) / 2


def test_an_alias_too_deep_to_be_measured_is_said_to_be_so(page):
    bare.show(page, explorables.resampling_lab(lowpass_filter_width=64, window="kaiser"))
    assert "Alias from 18 kHz on: below -120 dB" in said(page)
    assert quality(lowpass_filter_width=64, window="kaiser")[1] < -120


@pytest.mark.parametrize(("width", "window", "is_heard"), [(2, "hann", True), (64, "kaiser", False)])
def test_the_sweep_comes_back_down_with_a_short_filter_only(page, width, window, is_heard):
    bare.show(page, explorables.resampling_lab(lowpass_filter_width=width, window=window))
    page.get_by_role("button", name="Hear it at 32 kHz").click()
    hz, level_db = np.array(page.evaluate(GLIDE)).T
    top = hz[level_db > -80].argmax()
    assert 14_000 < hz[:top].max(initial=hz[top]) <= 16_100
    back = [f for f, db in zip(hz[top:], level_db[top:], strict=True) if db > -80 and f < 14_000]
    assert bool(back) == is_heard
    assert back == sorted(back, reverse=True)  # the alias falls


def test_the_cut_off_is_dragged_and_stays_within_its_range(page):
    bare.show(page, explorables.resampling_lab())
    box = page.locator("canvas.plot").nth(1).bounding_box()
    width = box["width"] - MARGINS["left"] - MARGINS["right"]
    page.mouse.move(box["x"] + MARGINS["left"] + 15.8 / 24 * width, box["y"] + 100)
    page.mouse.down()
    for khz, rolloff in ((12.8, 0.8), (2, 0.6), (23, 1)):
        page.mouse.move(box["x"] + MARGINS["left"] + khz / 24 * width, box["y"] + 100)
        assert abs(page.evaluate("() => model.get('rolloff')") - rolloff) < 0.011
    page.mouse.up()


def test_bad_values_of_resampling_lab_raise_in_python():
    for traits, match in (
        ({"lowpass_filter_width": 7}, "lowpass_filter_width must be one of 2, 3, 4"),
        ({"rolloff": 0.5}, "rolloff must be at least 0.6"),
        ({"window": "hamming"}, "window must be one of 'hann', 'kaiser'"),
    ):
        with pytest.raises(ValueError, match=match):
            explorables.resampling_lab(**traits)
