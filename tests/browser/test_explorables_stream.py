"""stream_microphone with a stand-in for Python on the page: what the fake microphone plays is sent, and soon."""

import base64

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from course_utils import audio, explorables, filters
from tests.browser import bare, test_explorables_start
from tests.browser.lab import browser, wait
from tests.browser.streams import N_PLAYED, comes_without_a_gap, device, noise
from tests.browser.test_explorables_start import REFUSALS, WATCH, said

# Answers in the place of Python, `ms` after each chunk, one after the other; null: never. The text is its number.
PYTHON = """(ms) => {
    let free = 0;
    window.answer = (content) => {
        for (const [event, react] of [...model.listeners]) if (event === "msg:custom") react(content, []);
    };
    model.send = (content, callbacks, buffers = []) => {
        const { kind, run, number } = content;
        model.sent.push({ content, bytes: buffers.map((b) => btoa(String.fromCharCode(...new Uint8Array(b)))) });
        if (window.python) window.python(content, model.sent.at(-1).bytes).then((all) => all.forEach(answer));
        else if (ms !== null && (kind === "chunk" || kind === "stop")) {
            free = Math.max(free, performance.now()) + (kind === "chunk" ? ms : 5);
            const reply = { kind: kind === "chunk" ? "answer" : "stopped", run, text: null };
            if (kind === "chunk") Object.assign(reply, { number, text: `chunk ${number}` });
            setTimeout(() => answer(reply), free - performance.now());
        }
    };
}"""
# Every sample that the audio thread hands over.
BLOCKS = """() => {
    window.blocks = [];
    window.AudioWorkletNode = class extends AudioWorkletNode {
        constructor(...given) {
            super(...given);
            this.port.addEventListener("message", ({ data }) => blocks.push(...data.block));
        }
    };
}"""
DENIED = """() => { navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("words of the browser", "NotAllowedError"); }; }"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    with browser(device(tmp_path_factory.mktemp("microphone"))) as opened:
        yield opened


address, page = test_explorables_start.address, test_explorables_start.page


def made(**options):
    return explorables.stream_microphone(options.pop("on_chunk", lambda samples: None), **options)


def show(page, widget, ms=20, before=WATCH):
    page.evaluate(before)
    bare.show(page, widget)
    page.evaluate(PYTHON, ms)


def connect(page, widget):
    """The widget itself answers, as in JupyterLab but slowly."""

    def receive(content, encoded):
        answers = []
        widget.send = answers.append
        widget._receive(widget, content, [base64.b64decode(text) for text in encoded])
        return answers

    page.expose_function("python", receive)


def press(page, name):
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="Start" if name == "Stop" else "Stop").wait_for()


def replayed(page, widget):
    """What Python makes of all that the page has sent."""
    wait(page, 200)
    widget.send = lambda content: None
    for message in page.evaluate("() => model.sent"):
        widget._receive(widget, message["content"], [base64.b64decode(text) for text in message["bytes"]])
    return widget


@pytest.mark.parametrize(("rate", "chunk_ms"), [(16_000, 60), (8000, 40), (48_000, 100), (22_050, 80)])
def test_chunks_are_what_the_audio_thread_hands_over_resampled_and_in_order(page, rate, chunk_ms):
    lengths = []
    widget = made(on_chunk=lambda samples: lengths.append(len(samples)), sample_rate=rate, chunk_ms=chunk_ms)
    show(page, widget)
    page.evaluate(BLOCKS)
    assert said(page) == "Press Start and speak. The sound goes to Python and nowhere else."
    press(page, "Start")
    assert said(page) == "Streaming the microphone."
    page.wait_for_timeout(1500)
    press(page, "Stop")
    replayed(page, widget)
    assert set(lengths) == {round(rate * chunk_ms / 1000)}
    assert widget.signal.dtype == np.float32 and len(widget.signal) == sum(lengths) > rate
    assert widget.left_out_s == 0 and widget.error is None
    assert len(widget.delays_ms) == len(lengths)
    blocks, own_rate = page.evaluate("() => [blocks, courseSound.context.sampleRate]")
    expected = filters.resample(np.array(blocks), from_rate=own_rate, to_rate=rate, lowpass_filter_width=16)
    n = len(widget.signal) - lengths[0] - rate // 100  # the last chunk is filled up
    np.testing.assert_allclose(widget.signal[:n], expected[:n], atol=1e-6)  # float32
    assert np.sqrt(np.mean(expected[rate // 2 : n] ** 2)) == pytest.approx(0.1, rel=0.1), (
        "another level than was played"
    )
    assert page.evaluate("() => tracks.map((track) => track.readyState)") == ["ended"]
    assert page.locator("meter").evaluate("meter => meter.value") == -60


def test_what_the_microphone_plays_arrives_without_a_gap_and_soon(page):
    for _ in range(4):  # on a busy machine Chromium's own device loses samples
        widget = made()
        page.goto(page.url)
        show(page, widget)
        press(page, "Start")
        page.wait_for_timeout(3000)
        assert page.locator(".live").inner_text().startswith("chunk ")
        press(page, "Stop")
        replayed(page, widget)
        median_ms = np.median(widget.delays_ms)
        assert median_ms >= 60 + 20 - 2  # the clocks of page and audio count whole ms
        assert f"the text was behind by {median_ms:.0f} ms (median)" in said(page)
        if median_ms < 300 and comes_without_a_gap(widget.signal, 16_000, noise(N_PLAYED)):
            return
    raise AssertionError(f"a gap, or a median delay of {median_ms:.0f} ms, four times")


def test_a_gap_and_a_swap_are_found():
    played = noise(N_PLAYED)
    x = filters.resample(played[10_000:106_000], from_rate=48_000, to_rate=16_000, lowpass_filter_width=16)  # 2 s
    assert comes_without_a_gap(x, 16_000, played)
    assert not comes_without_a_gap(np.delete(x, slice(16_000, 16_003)), 16_000, played)
    assert not comes_without_a_gap(np.insert(x, 16_000, np.zeros(3)), 16_000, played)
    swapped = np.r_[x[:14_400], x[15_360:16_320], x[14_400:15_360], x[16_320:]]
    assert not comes_without_a_gap(swapped, 16_000, played)
    assert not comes_without_a_gap(1.3 * x, 16_000, played)


def test_meter_delay_and_live_line_while_it_streams(page):
    show(page, made())
    press(page, "Start")
    page.wait_for_timeout(1500)
    assert abs(page.locator("meter").evaluate("meter => meter.value") + 20) < 3
    line = page.locator(".live")
    assert line.get_attribute("aria-live") == "polite" and line.get_attribute("aria-busy") == "true"
    assert 70 <= float(page.locator(".behind").inner_text().split()[1]) < 300
    alt = page.locator("canvas.plot").nth(1).get_attribute("aria-label")
    assert "a chunk has 60 ms; the last 20 answers: median " in alt
    assert not Axe().run(page, context="section.explorable").response["violations"]
    press(page, "Stop")
    wait(page, 600)
    assert line.get_attribute("aria-busy") == "false", "it is read aloud once it stands still"


def test_by_keyboard_alone(page):
    show(page, made())
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").wait_for()
    assert page.evaluate("() => document.activeElement.textContent") == "■ Stop"
    assert page.get_by_role("button", name="Stop").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    page.get_by_role("button", name="Start").wait_for()


@pytest.mark.parametrize(("rate", "clip_rate"), [(16_000, 16_000), (8000, 22_050)])
def test_clip_is_streamed_in_its_place_in_real_time_to_its_end(page, rate, clip_rate):
    clip = filters.resample(noise(72_000), from_rate=48_000, to_rate=clip_rate)  # 1.5 s
    widget = made(clip=(clip, clip_rate), source="clip", sample_rate=rate)
    show(page, widget)
    assert said(page).startswith("Press Start to hear the clip")
    page.evaluate("() => { window.began = performance.now(); }")
    press(page, "Start")
    assert said(page) == "Streaming the clip."
    heard = page.evaluate("() => courseSound.playing !== null")
    page.get_by_role("button", name="Start").wait_for(timeout=10_000)
    assert page.evaluate("() => performance.now() - began") > 1900, "faster than real time"
    assert heard and page.evaluate("() => courseSound.playing") is None
    replayed(page, widget)
    got = widget.signal
    assert 1.94 * rate <= len(got) <= 2.5 * rate  # with 0.5 s of silence, and blocks that came before its end was told
    sent = np.round(clip * 32767) / 32768  # 16 bits on their way to the page
    expected = filters.resample(sent, from_rate=clip_rate, to_rate=rate, lowpass_filter_width=16)
    np.testing.assert_allclose(got[: len(expected) - 100], expected[:-100], atol=1e-6)  # float32
    assert np.abs(got[round(1.6 * rate) : round(1.94 * rate)]).max() < 1e-3
    assert page.evaluate("() => tracks.length") == 0, "it has asked for the microphone"


@pytest.mark.parametrize("case", REFUSALS)
def test_without_a_microphone_it_says_so_and_plays_the_clip(page, case):
    before, words = REFUSALS[case]
    if before.endswith("Error"):
        before = DENIED.replace("NotAllowedError", before)
    widget = made()
    show(page, widget, before=before)
    press(page, "Start")
    text = said(page)
    assert words in text and text.endswith("Meanwhile a clip is played in its place.")
    assert not Axe().run(page, context="section.explorable").response["violations"]
    page.wait_for_timeout(1500)
    press(page, "Stop")
    signal, rate = audio.load("speech/digits", mono=True)
    got, start = replayed(page, widget).signal, signal[: rate // 2]
    assert len(got) > 1.2 * rate
    np.testing.assert_allclose(got[: rate // 2], start, atol=1e-4)  # 16 bits
    assert page.evaluate("() => courseSound.playing") is None
    assert page.evaluate("() => model.get('source')") == "microphone", "the next start must try it again"


def test_clip_needs_no_page_that_could_have_a_microphone(program):
    with bare.page_for(program) as page:  # of no address, as one that comes by http from another machine
        widget = made()
        show(page, widget, before="() => { window.tracks = []; }")
        assert page.evaluate("() => navigator.mediaDevices === undefined && !window.isSecureContext")
        press(page, "Start")
        assert said(page).endswith("Meanwhile a clip is played in its place.")
        page.wait_for_timeout(1000)
        press(page, "Stop")
        signal, rate = audio.load("speech/digits", mono=True)
        got = replayed(page, widget).signal[: rate // 2]
        np.testing.assert_allclose(got, signal[: rate // 2], atol=1e-4)
        assert not page.problems


def test_another_sound_of_the_page_stops_the_clip(page):
    show(page, made(source="clip"))
    press(page, "Start")
    page.wait_for_timeout(300)
    page.evaluate("() => courseSound.playing.stop()")
    page.get_by_role("button", name="Start").wait_for()
    wait(page, 200)
    assert page.evaluate("() => model.sent.at(-1).content.kind") == "measured"


def test_python_slower_than_the_sound_leaves_some_out_and_says_so(page):
    widget = made()
    show(page, widget, ms=150)  # two and a half times the length of a chunk
    press(page, "Start")
    behind = []
    for _ in range(40):
        page.wait_for_timeout(100)
        behind.append(page.evaluate("() => Number(document.querySelector('.behind').textContent.split(' ')[1])"))
    assert "Streaming the microphone. Python has not kept up: " in said(page)
    press(page, "Stop")
    replayed(page, widget)
    numbers = page.evaluate("() => model.sent.map(({ content }) => content.number).filter((n) => n !== undefined)")
    assert numbers == sorted(numbers) and np.diff(numbers).max() > 10
    assert widget.left_out_s >= 1 and f" {widget.left_out_s:.1f} s of the sound were left out." in said(page)
    assert abs(widget.left_out_s - (np.diff(numbers) - 1).sum() * 0.06) < 1e-6
    # A second waits, three chunks are with Python, and one is being made.
    assert np.nanmax(behind) < 1000 + 3 * 150 + 60 + 300


def test_python_that_does_not_answer_gets_three_chunks_and_it_says_so(page):
    show(page, made(), ms=None)
    press(page, "Start")
    page.wait_for_timeout(2500)
    assert said(page).startswith("Python does not answer: it runs a cell, or its kernel is gone.")
    assert page.evaluate("() => model.sent.map(({ content }) => content.kind)") == ["start", "chunk", "chunk", "chunk"]
    press(page, "Stop")
    assert "and Python has not answered" in said(page)
    assert page.evaluate("() => model.sent.length") <= 4 + 17 + 2, "a second of sound at most, and its end"


def test_an_exception_ends_the_stream_in_one_sentence(page):
    calls = []

    def fails(samples):
        calls.append(samples)
        if len(calls) == 3:
            raise ZeroDivisionError("division\nby zero.")
        return "fine"

    widget = made(on_chunk=fails)
    connect(page, widget)
    show(page, widget)
    press(page, "Start")
    page.get_by_role("button", name="Start").wait_for(timeout=10_000)
    assert said(page) == (
        "on_chunk has failed with ZeroDivisionError: division by zero; mend it, run its cell again, and start anew."
    )
    wait(page, 500)
    assert len(calls) == 3 and isinstance(widget.error, ZeroDivisionError)
    assert page.evaluate("() => tracks.map((track) => track.readyState)") == ["ended"]
    assert page.locator(".live").inner_text() == "fine"


def test_text_of_python_is_text_and_a_long_one_keeps_its_end(page):
    widget = made(on_chunk=lambda samples: "<b>one</b>" if widget._n_expected < 6 else 300 * "one " + "end")
    connect(page, widget)
    show(page, widget)
    press(page, "Start")
    page.get_by_text("<b>one</b>").wait_for()
    page.get_by_text("… ").wait_for()
    text = page.locator(".live").inner_text()
    assert len(text) in (501, 502) and text.endswith("one end")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    press(page, "Stop")


def test_closing_stops_the_microphone_and_tells_python(page):
    show(page, made())
    press(page, "Start")
    page.wait_for_timeout(300)
    page.evaluate("() => { close_(); document.querySelector('main').replaceChildren(); }")
    assert page.evaluate("() => tracks.map((track) => track.readyState)") == ["ended"]
    assert page.evaluate("() => model.listeners.length") == 0
    assert page.evaluate("() => model.sent.at(-1).content.kind") == "stop"


def test_closed_while_the_browser_asks_nothing_begins(page):
    before = """() => {
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = () => new Promise((_, refuse) => {
            window.refuse = () => refuse(new DOMException("no", "NotAllowedError"));
        });
    }"""
    show(page, made(), before=before)
    button = page.get_by_role("button", name="Start")
    button.click()
    button.click()  # asks no second time
    page.evaluate("() => { close_(); document.querySelector('main').replaceChildren(); refuse(); }")
    page.wait_for_timeout(200)
    assert page.evaluate("() => courseSound.playing === null && model.sent.length === 0")


def test_nothing_is_asked_for_before_a_click(page):
    show(page, made())
    wait(page, 200)
    assert page.evaluate("() => tracks.length + model.sent.length") == 0
