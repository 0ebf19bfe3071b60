"""Each interactive on an empty page: it draws, obeys keyboard and Python, is heard as loud as it should, and ends."""

import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from course_utils import explorables
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

CONTROLS = "section.explorable :is(input, select, button)"
PIXELS = """() => [...document.querySelectorAll('canvas.plot')].map((canvas) => {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let hash = 0;
    for (let i = 0; i < pixels.length; i += 1) hash = (Math.imul(hash, 31) + pixels[i]) | 0;
    return hash;
}).join() + document.querySelector('.said').textContent"""


@pytest.fixture(params=explorables.__all__)
def name(request):
    return request.param


@pytest.fixture
def shown(page, name):
    """The interactive in the light theme."""
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    bare.show(page, bare.sample(name))
    yield page
    assert all(url.startswith(("blob:", "data:")) for url in page.requests), "a request leaves the page"


def test_it_draws_on_every_canvas(shown):
    empty = shown.evaluate(
        """() => [...document.querySelectorAll('canvas.plot')].filter((canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size < 5;
        }).map((canvas) => canvas.getAttribute('aria-label'))"""
    )
    assert shown.locator("canvas.plot").count() and not empty


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
            assert control.get_attribute("aria-valuetext").strip()


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
            assert control.get_attribute("aria-valuetext").replace(",", "").startswith(f"{value:g}"[:3])
        elif spec["kind"] == "choice":
            shown.evaluate("([n, v]) => model.set(n, v)", [spec["name"], spec["options"][-1]])
            assert control.input_value() == spec["options"][-1]
        else:
            was = control.is_checked()
            shown.evaluate("([n, v]) => model.set(n, v)", [spec["name"], not was])
            assert control.is_checked() != was


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


def test_five_hundred_moves_leave_no_memory_behind(shown):
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
        for (let i = 0; i < 250; i++) {
            input.value = Number(input.min) + (Number(input.max) - Number(input.min)) * ((i * 37) % 250) / 250;
            input.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise(requestAnimationFrame);
            model.saved.length = 0;
        }
    }"""
    slider.evaluate(move)  # tables that are made once
    before = heap()
    slider.evaluate(move)
    slider.evaluate(move)
    assert heap() - before < 500_000  # bytes; a picture kept at each move would be a thousand times that


def test_closing_takes_everything_away(shown):
    for element in shown.get_by_role("button", name="▶").all()[:1]:
        element.click()
        wait(shown, 150)
    shown.evaluate("() => { close_(); document.querySelector('main').replaceChildren(); }")
    wait(shown, 150)
    assert shown.evaluate("() => model.listeners.length") == 0
    assert shown.evaluate("() => globalThis.courseSound?.playing ?? null") is None


# ------------------------------------------------------------------------------------------------------------ sound


@pytest.mark.parametrize(("hz", "heard_hz"), [(3000, 3000), (5000, 3000), (11_000, 3000), (7800, 200)])
def test_aliasing_sounds_where_the_formula_says_and_as_loud_as_it_was_sampled(page, hz, heard_hz):
    bare.show(page, explorables.aliasing(frequency_hz=hz))
    page.get_by_role("button", name="Hear the samples").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - heard_hz) < 1
    rms = np.sqrt(np.mean(np.square(heard["samples"])))
    assert abs(20 * np.log10(rms / (0.3 / np.sqrt(2)))) < 0.2  # dB; the resampler's pass band is flat to 0.1 dB
    page.get_by_role("button", name="Hear the air").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - hz) < 1, "the other sound goes on, or this one has not begun"


def test_a_moved_slider_moves_the_tone_that_sounds(page):
    bare.show(page, explorables.aliasing(frequency_hz=1000))
    page.get_by_role("button", name="Hear the samples").click()
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1000) < 1
    page.evaluate("() => model.set('frequency_hz', 6500)")
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1500) < 1


def test_anti_alias_filter_takes_the_tone_away(page):
    bare.show(page, explorables.aliasing(frequency_hz=6000, anti_alias=True))
    page.get_by_role("button", name="Hear the samples").click()
    assert np.abs(page.evaluate(LISTEN)["samples"]).max() < 1e-3


def test_no_sound_and_no_audio_context_before_a_click(shown):
    assert shown.evaluate("() => globalThis.courseSound?.context ?? null") is None


OFFLINE = """async ({ code, signals, rate, options, seconds, stopAt, selectAt }) => {
    const { startSound, safeGain } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const context = new OfflineAudioContext(1, Math.round(seconds * 48000), 48000);
    const rows = signals.map((row) => Float32Array.from(row));
    const sound = startSound(context, context.destination, rows, rate, options);
    if (stopAt) context.suspend(stopAt).then(() => { sound.stop(); context.resume(); });
    if (selectAt) context.suspend(selectAt).then(() => { sound.select(1); context.resume(); });
    const rendered = await context.startRendering();
    return { gain: safeGain(rows), samples: [...rendered.getChannelData(0)] };
}"""


@pytest.fixture
def render(page):
    """Render what startSound builds without a sound card: samples at 48 kHz, and the gain that keeps it safe."""
    bare.show(page, explorables.aliasing())
    code = explorables.base.LIBRARY + "\nexport { startSound, safeGain };"

    def rendered(signals, rate=48_000, *, seconds=1.0, stop_at=None, select_at=None, **options):
        given = {"code": code, "signals": [list(map(float, row)) for row in signals], "rate": rate, "options": options}
        given |= {"seconds": seconds, "stopAt": stop_at, "selectAt": select_at}
        result = page.evaluate(OFFLINE, given)
        return np.array(result["samples"]), result["gain"]

    return rendered


def click_db(samples, hz):
    """The loudest moment far above the tone, in dBFS: what a jump would leave there."""
    from scipy.signal import butter, sosfilt

    return 20 * np.log10(np.abs(sosfilt(butter(8, 6000, "high", fs=48_000, output="sos"), samples)).max() + 1e-12)


def test_sound_begins_ends_and_switches_without_a_click(render):
    t = np.arange(48_000) / 48_000
    tone, other = 0.25 * np.cos(2 * np.pi * 300 * t), 0.1 * np.sin(2 * np.pi * 300 * t)
    for options in ({}, {"stop_at": 0.3}, {"loop": True, "stop_at": 0.45}):
        samples, gain = render([tone], seconds=1.3, **options)
        assert gain == 1 and samples[0] == 0 and np.abs(samples[-4800:]).max() == 0
        assert click_db(samples, 300) < -60
        middle = samples[4800:9600]
        assert abs(np.sqrt(np.mean(middle**2)) - 0.25 / np.sqrt(2)) < 1e-3  # the level is the signal's own
    switched, _ = render([tone, other], seconds=0.9, select_at=0.4)
    assert abs(np.sqrt(np.mean(switched[30_000:38_400] ** 2)) - 0.1 / np.sqrt(2)) < 1e-3
    gap = np.sqrt(np.convolve(switched[12_000:30_000] ** 2, np.ones(480) / 480, "valid"))
    assert gap.min() > 0.06, "there is a gap between the versions"
    assert click_db(switched, 300) < -60


def test_a_jump_would_be_noticed(render):
    samples, _ = render([0.25 * np.cos(2 * np.pi * 300 * np.arange(48_000) / 48_000)], seconds=0.9)
    samples[20_000:] = 0
    assert click_db(samples, 300) > -40


def test_too_loud_is_turned_down_and_quiet_is_left_alone(render):
    sine = np.sin(2 * np.pi * 100 * np.arange(24_000) / 48_000)
    for signal in (np.sign(sine), 0.99 * sine):
        samples, gain = render([signal], seconds=0.5)
        assert gain < 1 and np.sqrt(np.mean(samples[2400:-2400] ** 2)) < 10 ** (-9 / 20) * 1.001
    samples, gain = render([0.01 * sine], seconds=0.5)
    assert gain == 1 and abs(np.sqrt(np.mean(samples[2400:-2400] ** 2)) - 0.01 / np.sqrt(2)) < 1e-5


def test_a_sound_of_another_rate_has_no_mirror_images(render):
    t = np.arange(8000) / 8000
    samples, _ = render([0.3 * np.sin(2 * np.pi * 3000 * t)], 8000, seconds=0.8)
    level = np.abs(np.fft.rfft(samples[4800:28_800] * np.blackman(24_000)))
    level_db = 20 * np.log10(level / level.max() + 1e-12)
    assert level.argmax() == 1500
    assert level_db[2100:].max() < -60  # from 4.2 kHz up; straight lines between samples would leave −9 dB at 5 kHz
