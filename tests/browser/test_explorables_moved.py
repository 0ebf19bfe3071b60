"""Each interactive on an empty page obeys its controls and Python, keeps no memory, and takes all away when it ends."""

import pytest

from tests.browser import bare
from tests.browser.lab import wait

PIXELS = """() => [...document.querySelectorAll('canvas.plot')].map((canvas) => {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let hash = 0;
    for (let i = 0; i < pixels.length; i += 1) hash = (Math.imul(hash, 31) + pixels[i]) | 0;
    return hash;
}).join() + document.querySelector('.said').textContent"""


def test_each_slider_choice_and_switch_changes_trait_and_picture(shown):
    for control in shown.locator("section.explorable :is(input[type=range], select, input[type=checkbox])").all():
        if not (control.is_enabled() and control.is_visible()):
            continue
        before, state = shown.evaluate(PIXELS), shown.evaluate("() => JSON.stringify([...model.state])")
        kind = control.evaluate("c => c.type")
        if kind == "range":
            for _ in range(5):
                at_end = control.evaluate("c => Number(c.value) >= Number(c.max)")
                control.press("ArrowLeft" if at_end else "ArrowRight")
        elif kind == "checkbox":
            control.press("Space")
        else:
            control.select_option(index=control.evaluate("c => (c.selectedIndex + 1) % c.options.length"))
        label = control.evaluate("c => c.labels[0].textContent")
        wait(shown, 60)
        assert shown.evaluate("() => JSON.stringify([...model.state])") != state, f"{label}: no trait has changed"
        for _ in range(40):
            if shown.evaluate(PIXELS) != before:
                break
            wait(shown, 50)
        else:
            raise AssertionError(f"{label}: the picture has not changed")


def test_a_trait_set_from_outside_moves_its_control(shown, name):
    widget = bare.sample(name)
    for spec in widget.controls:
        control = shown.get_by_label(spec["label"], exact=True)
        if spec["kind"] == "slider":
            value = (spec["values"] or [spec["low"], spec["high"]])[0]
            setattr(widget, spec["name"], value)  # Python accepts it
            shown.evaluate("([n, v]) => model.set(n, v)", [spec["name"], value])
            words = control.get_attribute("aria-valuetext").replace(",", "").replace("−", "-")
            assert words.startswith(f"{value:g}"[:3])
        elif spec["kind"] == "choice":
            shown.evaluate("([n, v]) => model.set(n, v)", [spec["name"], spec["options"][-1]])
            assert control.input_value() == spec["options"][-1]
        else:
            was = control.is_checked()
            shown.evaluate("([n, v]) => model.set(n, v)", [spec["name"], not was])
            assert control.is_checked() != was


def test_two_hundred_moves_leave_no_memory_behind(shown):
    shown.set_viewport_size({"width": 380, "height": 900})  # small pictures are drawn sooner, by the same code
    session = shown.context.new_cdp_session(shown)
    slider = shown.locator("section.explorable input[type=range]").first
    if not slider.count():
        pytest.skip("it has no slider")

    def heap():
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"]

    # A frame at once in place of sixty a second: it is the drawing that may leave something behind, not the waiting.
    move = """async (input) => {
        const port = new MessageChannel(), due = [];
        port.port1.onmessage = () => due.splice(0).forEach((draw) => draw(performance.now()));
        window.requestAnimationFrame = (draw) => { due.push(draw); port.port2.postMessage(0); return due.length; };
        for (let i = 0; i < 100; i++) {
            input.value = Number(input.min) + (Number(input.max) - Number(input.min)) * ((i * 37) % 100) / 100;
            input.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise(requestAnimationFrame);
            model.saved.length = 0;
        }
    }"""
    slider.evaluate(move)  # tables that are made once
    before = heap()
    slider.evaluate(move)
    slider.evaluate(move)
    assert heap() - before < 200_000  # bytes; a picture kept at each move would be a thousand times that


def test_closing_takes_everything_away(shown):
    for element in shown.get_by_role("button", name="▶").all()[:1]:
        element.click()
        wait(shown, 150)
    shown.evaluate("() => { close_(); document.querySelector('main').replaceChildren(); }")
    wait(shown, 150)
    assert shown.evaluate("() => model.listeners.length") == 0
    assert shown.evaluate("() => globalThis.courseSound?.playing ?? null") is None
