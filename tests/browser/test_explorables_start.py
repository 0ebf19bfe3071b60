"""record and live_spectrogram with Chromium's microphone from a file: what is played to it arrives on the page."""

import re
import threading
import wave
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from course_utils import explorables
from tests.browser import bare
from tests.browser.lab import browser, wait

FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
RATE = 48_000
SENT = """() => model.sent.map(({ content, buffers }) => (
    { ...content, samples: [...new Float32Array(buffers[0])] }))"""
# The tracks that were opened, so that a test can ask whether they are closed.
WATCH = """() => {
    window.tracks = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (asked) => {
        const stream = await open(asked);
        tracks.push(...stream.getTracks());
        return stream;
    };
}"""


def write(path, signal):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(np.asarray(signal) * 32767).astype("<i2").tobytes())
    return path


def microphone(folder):
    """Flags for a browser whose microphone hears 1.5 s of 1 kHz, then as much silence, again and again."""
    tone = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(round(1.5 * RATE)) / RATE)
    path = write(folder / "tone.wav", np.r_[tone, np.zeros_like(tone)])
    return [*FAKE, f"--use-file-for-fake-audio-capture={path}"]


@pytest.fixture(scope="module")
def address():
    """An empty page on the loopback interface: browsers give a microphone to no other."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Empty</title>")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    with browser(microphone(tmp_path_factory.mktemp("microphone"))) as opened:
        yield opened


@pytest.fixture
def page(program, address):
    with bare.page_for(program) as opened:
        opened.goto(address)
        yield opened
        assert not opened.problems


def show(page, widget, before=WATCH):
    page.evaluate(before)
    bare.show(page, widget)


def said(page):
    wait(page, 100)
    return page.locator(".said").inner_text()


def received(widget, sent):
    """What Python makes of a message of the page."""
    data = np.array(sent["samples"], "<f4").tobytes()
    widget._receive(widget, {name: value for name, value in sent.items() if name != "samples"}, [memoryview(data)])
    return widget


def strongest_hz(signal, rate):
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    k = spectrum[1:-1].argmax() + 1
    left, middle, right = np.log(spectrum[k - 1 : k + 2])
    return (k + 0.5 * (left - right) / (left - 2 * middle + right)) * rate / len(signal)


def record(page, seconds):
    button = page.get_by_role("button", name="Record")
    button.click()
    page.get_by_role("button", name="Stop").wait_for()
    wait(page, 1000 * seconds)
    page.get_by_role("button", name="Stop").click()
    button.wait_for()


def kept_by_the_rule(x, rate, threshold_db):
    """In samples: frames of 20 ms from the first to the last within the threshold of the loudest, and 0.1 s around."""
    frame = round(0.02 * rate)
    power = np.sum(x[: len(x) // frame * frame].reshape(-1, frame) ** 2, axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (threshold_db / 10))
    margin = round(0.1 * rate)
    return max(0, loud[0] * frame - margin), min(len(x), (loud[-1] + 1) * frame + margin)


def test_recording_arrives_in_python_and_the_silence_is_trimmed(page):
    widget = explorables.record()
    show(page, widget)
    assert said(page).startswith("Press Record")
    assert not page.get_by_role("button", name="Hear it").count()
    record(page, 3.4)
    (sent,) = page.evaluate(SENT)
    received(widget, sent)
    x, rate = np.array(sent["samples"]), sent["sample_rate"]
    assert 3.2 < len(x) / rate < 4.5
    widget.kept_s = page.evaluate("() => model.get('kept_s')")
    first, last = kept_by_the_rule(x, rate, -40)
    np.testing.assert_array_equal(widget.signal, x[first:last].astype(np.float32))
    assert widget.signal.dtype == np.float32 and widget.sample_rate == rate
    assert f"of {len(x) / rate:.2f} s at {rate} Hz are kept" in said(page)
    loud = np.abs(x) > 0.1
    assert abs(strongest_hz(x[loud.argmax() :][: round(0.5 * rate)], rate) - 1000) < 1
    assert abs(np.abs(x).max() - 0.25) < 0.02, "the browser has changed the level"
    assert page.evaluate("() => tracks.map((track) => track.readyState)") == ["ended"]
    page.get_by_label("trim silence").click()
    assert page.evaluate("() => model.get('kept_s')") == [0, len(x) / rate]


def test_what_is_kept_is_heard(page):
    show(page, explorables.record())
    record(page, 2.0)
    page.get_by_role("button", name="Hear it").click()
    wait(page, 200)
    length = page.evaluate("() => courseSound.playing.sound.sources[0].buffer.duration")
    first, last = page.evaluate("() => model.get('kept_s')")
    assert abs(length - (last - first)) < 1e-3


def test_it_stops_by_itself_and_the_meter_shows_the_level(page):
    show(page, explorables.record(longest_s=2))
    page.get_by_role("button", name="Record").click()
    levels = []
    for _ in range(60):
        levels.append(page.locator("meter").evaluate("meter => meter.value"))
        wait(page, 50)
        if page.evaluate("() => model.sent.length"):
            break
    (sent,) = page.evaluate(SENT)
    assert 2 <= len(sent["samples"]) / sent["sample_rate"] < 2.05
    assert abs(max(levels) - 20 * np.log10(0.25 / np.sqrt(2))) < 1.5
    assert page.locator("meter").evaluate("meter => meter.value") == -60


@pytest.mark.parametrize("name", ["record", "live_spectrogram"])
def test_closing_stops_the_microphone(page, name):
    show(page, getattr(explorables, name)())
    page.get_by_role("button", name="Record" if name == "record" else "Start").click()
    page.wait_for_function("() => tracks.length === 1")
    wait(page, 300)
    assert page.evaluate("() => tracks[0].readyState") == "live"
    page.evaluate("() => { close_(); document.querySelector('main').replaceChildren(); }")
    assert page.evaluate("() => tracks[0].readyState") == "ended"
    assert page.evaluate("() => model.listeners.length") == 0


REFUSALS = {
    "no access": ("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "localhost"),
    "not allowed": ("NotAllowedError", "Allow it"),
    "no microphone": ("NotFoundError", "Plug one in"),
    "held": ("NotReadableError", "another program"),
    "other": ("AbortError", "does not start: words of the browser"),
}


@pytest.mark.parametrize("name", ["record", "live_spectrogram"])
@pytest.mark.parametrize("case", REFUSALS)
def test_without_a_microphone_it_says_what_to_do(page, name, case):
    before, words = REFUSALS[case]
    if before.endswith("Error"):
        before = f"""() => {{ navigator.mediaDevices.getUserMedia = async () => {{
            throw new DOMException("words of the browser", "{before}"); }}; }}"""
    show(page, getattr(explorables, name)(), before)
    button = page.get_by_role("button", name="Record" if name == "record" else "Start")
    button.click()
    assert words in said(page)
    assert button.is_enabled() and not page.evaluate("() => model.sent.length")
    assert not Axe().run(page, context="section.explorable").response["violations"]


def test_live_spectrogram_shows_the_tone_where_and_when_it_sounds(page):
    widget = explorables.live_spectrogram(floor_db=-80, top_hz=4000, n_fft=2048)
    show(page, widget)
    page.get_by_role("button", name="Start").click()
    heard = []
    for _ in range(30):
        wait(page, 100)
        alt = page.locator("canvas.plot").get_attribute("aria-label")
        heard += [(int(db), int(hz)) for hz, db in re.findall(r"strongest (\d+) Hz, −(\d+) dB", alt)]
    assert min(heard)[0] == 12 and abs(min(heard)[1] - 1000) <= 1  # 0.25 is −12.0 dB re a full-scale sine
    wait(page, 1000)
    page.get_by_role("button", name="Freeze").click()
    wait(page, 300)
    (sent,) = page.evaluate(SENT)
    x, rate = np.array(sent["samples"]), sent["sample_rate"]
    assert received(widget, sent).signal.dtype == np.float32 and len(x) / rate <= 6
    assert "are in Python" in said(page)
    assert page.evaluate("() => tracks[0].readyState") == "ended"
    bright = np.array(
        page.evaluate("""() => {
            const canvas = document.querySelector('canvas.plot'), pen = canvas.getContext('2d');
            const bottom = canvas.height - 44, top = 26, width = canvas.width - 76;
            const row = (hz) => pen.getImageData(62, Math.round(bottom - (hz / 4000) * (bottom - top)), width, 1).data;
            return [1000, 1500].map((hz) => [...row(hz)].filter((_, i) => i % 4 === 0));
        }""")
    )  # red of the pixels at 1,000 and at 1,500 Hz
    seconds = 6 * (np.arange(bright.shape[1]) + 0.5) / bright.shape[1] - 6
    around = [np.abs(x[max(0, n - 4000) : max(0, n + 4000)]) for n in map(round, len(x) + seconds * rate)]
    quiet = np.array([not len(part) or part.max() < 0.01 for part in around])
    steady = np.array([len(part) == 8000 and part.reshape(20, 400).max(axis=1).min() > 0.2 for part in around])
    assert steady.sum() > 50 and quiet.sum() > 50
    assert (bright[0, steady] > 200).mean() > 0.95 and (bright[1, steady] < 50).mean() > 0.95
    assert (bright[0, quiet] < 50).mean() > 0.95


@pytest.mark.parametrize("n_fft", [512, 4096])
def test_another_window_makes_all_columns_anew(page, n_fft):
    show(page, explorables.live_spectrogram(top_hz=4000))
    page.get_by_role("button", name="Start").click()
    wait(page, 2500)
    page.get_by_role("button", name="Freeze").click()
    wait(page, 200)
    picture = "() => document.querySelector('canvas.plot').toDataURL()"
    before = page.evaluate(picture)
    page.evaluate("n => model.set('n_fft', n)", n_fft)
    wait(page, 600)
    changed = page.evaluate(picture)
    assert changed != before
    page.evaluate("() => model.set('n_fft', 2048)")
    wait(page, 600)
    assert page.evaluate(picture) == before


def test_nothing_is_asked_for_before_a_click(page):
    for name in ("record", "live_spectrogram"):
        page.goto(page.url)
        show(page, getattr(explorables, name)())
        wait(page, 200)
        assert page.evaluate("() => tracks.length") == 0


@pytest.mark.parametrize("name", ["record", "live_spectrogram"])
def test_reading_before_anything_was_heard_is_answered_in_words(name):
    widget = getattr(explorables, name)()
    for attribute in ("signal", "sample_rate"):
        with pytest.raises(ValueError, match="nothing has been heard yet, .*: press its button"):
            getattr(widget, attribute)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("record", {"longest_s": 0.5}),
        ("record", {"threshold_db": 0}),
        ("record", {"trim": 1}),
        ("record", {"kept_s": [3, 2]}),
        ("live_spectrogram", {"n_fft": 1000}),
        ("live_spectrogram", {"floor_db": 5}),
        ("live_spectrogram", {"top_hz": float("nan")}),
    ],
)
def test_bad_values_raise(name, given):
    with pytest.raises((ValueError, TypeError), match=next(iter(given))):
        getattr(explorables, name)(**given)
