"""Each interactive on an empty page: it draws, is reached by keyboard, fits the page, and is silent until a click."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import bare

CONTROLS = "section.explorable :is(input, select, button)"


def empty_canvases(page):
    return page.evaluate(
        """() => [...document.querySelectorAll('canvas.plot')].filter((canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size < 5;
        }).map((canvas) => canvas.getAttribute('aria-label'))"""
    )


def test_it_draws_on_every_canvas(shown):
    assert shown.locator("canvas.plot").count() and not empty_canvases(shown)


def test_it_can_be_shown_after_it_was_built(page, name):
    bare.show(page, bare.sample(name), is_late=True)
    assert page.locator("canvas.plot").count() and not empty_canvases(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page, name, theme):
    bare.show(page, bare.sample(name), theme)
    found = Axe().run(page, context="section.explorable").response["violations"]
    assert not found, json.dumps([(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found], indent=1)


def test_every_control_is_reached_by_tab_has_a_name_and_a_visible_focus(shown):
    controls = shown.locator(CONTROLS)
    enabled = [c for c in controls.all() if c.is_enabled() and c.is_visible()]
    reached = set()
    for _ in range(len(enabled) + 3):
        shown.keyboard.press("Tab")
        index = shown.evaluate(f"() => [...document.querySelectorAll('{CONTROLS}')].indexOf(document.activeElement)")
        if index >= 0:
            reached.add(index)
            assert shown.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert len(reached) >= len(enabled)
    for control in enabled:
        text = control.evaluate("c => c.labels?.[0]?.textContent || c.getAttribute('aria-label') || c.textContent")
        assert text.strip()
        if control.get_attribute("type") == "range":
            said = control.get_attribute("aria-valuetext")
            assert said.strip() and not re.search(r"-\d", said), "a hyphen for a minus"


def test_keys_that_belong_to_the_notebook_pass_and_others_stay(shown):
    shown.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key)); }")
    shown.locator(CONTROLS).first.focus()
    for key in ("ArrowRight", "Home", "Control+s", "Escape"):
        shown.keyboard.press(key)
    assert shown.evaluate("() => heard") == ["Control", "s", "Escape"]


@pytest.mark.parametrize(("width", "height", "zoom"), [(1280, 720, 1.0), (853, 480, 1.5), (480, 800, 1.0)])
def test_nothing_is_cut_on_a_projector_zoomed_or_on_a_narrow_page(program, name, width, height, zoom):
    with bare.page_for(program, device_scale_factor=zoom) as page:
        page.set_viewport_size({"width": width, "height": height})
        bare.show(page, bare.sample(name))
        cut = page.evaluate(
            """() => [...document.querySelectorAll('section.explorable, section.explorable *')]
                .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert not cut
        too_small = page.evaluate(
            """() => [...document.querySelectorAll('section.explorable :is(label, output, button, select, p)')]
                .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 13).map((e) => e.textContent)"""
        )
        assert not too_small


def test_no_sound_and_no_audio_context_before_a_click(shown):
    assert shown.evaluate("() => globalThis.courseSound?.context ?? null") is None
