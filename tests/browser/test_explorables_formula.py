"""formula on an empty page: it reads what school writes, points at what it cannot read, shows and plays the rest."""

import math
import re

import numpy as np
import pytest

from course_utils import explorables
from course_utils.explorables import base
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE = 48_000
SEEDS = "sin(203x) + sin(3x) + 2 sin(50x) + cos(2000x)"
PLAYED = """() => {
    const { context, playing } = courseSound;
    return { rate: context.sampleRate, samples: [...playing.sound.sources[0].buffer.getChannelData(0)] };
}"""


@pytest.fixture(scope="module")
def js(program):
    """What evaluates a line of JavaScript beside the grammar: given.text is read, given.times and given.values used."""
    part = (base.JS / "expression.js").read_text(encoding="utf-8")
    code = base.LIBRARY + "\n" + part + "\nexport { readExpression, valuesAt, whyNotFinite };"
    page = program.new_page()
    page.evaluate(
        """async (code) => {
            window.part = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
            window.whole = ({ text, times, values }) => {
                const { tree, error } = part.readExpression(text);
                if (error) return error.words;
                const found = part.valuesAt(tree, Float64Array.from(times), values);
                return typeof found === "number" ? times.map(() => found) : [...found];
            };
        }""",
        code,
    )
    yield page.evaluate
    page.close()


@pytest.fixture
def value(js):
    def evaluate(text, t=0.0, **values):
        found = js("given => whole(given)", {"text": text, "times": [t], "values": values})
        assert isinstance(found, list), found
        return found[0]

    return evaluate


@pytest.fixture
def refused(js):
    """Where a text cannot be read, from 0, and the sentence."""

    def read(text):
        error = js("text => part.readExpression(text).error ?? null", text)
        assert error, f"{text} was read"
        assert error["words"].startswith(f"Character {error['at'] + 1}: ")
        return error["at"], error["words"]

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("12 / 3 / 2", 2),
        ("1/2*4", 2),
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("2 ** 3", 8),
        ("-2^-2", -0.25),
        ("3 * -2", -6),
        ("3 - -2", 5),
        ("2 (3)", 6),
        ("(2)(3) 4", 24),
        ("2pi", 2 * math.pi),
        ("2 pi 3", 6 * math.pi),
        ("pi e", math.pi * math.e),
        ("2 3^2", None),
        ("2 e", 2 * math.e),
        ("2e3", 2000),
        (".5 + 5.", 5.5),
        ("2exp(0)", 2),
        ("1/2 pi", math.pi / 2),
        ("2 π × 3 − 1", 6 * math.pi - 1),
        ("sin(pi/2) + cos 0", None),
        ("sin (pi/2) + cos(0) + tan(0)", 2),
        ("exp(1) - e + log(e) + log10(1000)", 4),
        ("sqrt(16) abs(-3) sign(-2) floor(2.7)", -24),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("tanh(0.5)", math.tanh(0.5)),
    ],
)
def test_arithmetic_of_school(value, refused, text, expected):
    if expected is None:
        refused(text)
    else:
        assert value(text) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("440 Hz", 440),
        ("440Hz", 440),
        ("2 kHz", 2000),
        ("5 ms", 0.005),
        ("1/5 ms", 200),
        ("3 s", 3),
        ("20 us + 20 µs", 4e-5),
        ("50 %", 0.5),
        ("50% 4", None),
        ("180 deg", math.pi),
        ("90° + 0", math.pi / 2),
        ("6 dB", 10**0.3),
        ("-6 dB", 10**-0.3),
        ("2 * -20 dB", 0.2),
        ("-20 dB (3)", 0.3),
        ("-(20 dB)", -10),
        ("1 - 20 dB", -9),
    ],
)
def test_units(value, refused, text, expected):
    if expected is None:
        refused(text)
    else:
        assert value(text) == pytest.approx(expected, rel=1e-12)


def test_time_parameters_and_names(value, js):
    assert value("t + 10 x", 0.5) == 5.5
    assert value("2 sin(50 x)", 0.3) == pytest.approx(2 * math.sin(15))
    assert value("A sin(2 pi f t + phi)", 0.01, A=3, f=20, phi=0.5) == pytest.approx(3 * math.sin(0.4 * math.pi + 0.5))
    assert value("tau (t + 1)", 1, tau=4) == 8, "a name, a blank and a parenthesis are a product"
    names = "text => part.readExpression(text).names"
    assert js(names, "a sin(2 pi f_1 t) + b2 sin(φ t) + a") == ["a", "f_1", "b2", "φ"]
    assert js(names, "constructor + toString") == ["constructor", "toString"]
    assert js("text => part.readExpression(text).notes", "sin(ft)/2 f") == [
        '"ft" is one name: a product needs a space.',
        "From left to right: a/b f is (a/b) f.",
    ]


def test_noise_is_even_within_one_and_the_same_at_each_start(js):
    times = (np.arange(20_000) / RATE).tolist()
    first = np.array(js("given => whole(given)", {"text": "noise", "times": times, "values": {}}))
    again = np.array(js("given => whole(given)", {"text": "noise(t)", "times": times, "values": {}}))
    later = np.array(js("given => whole(given)", {"text": "noise(t + 100)", "times": times, "values": {}}))
    assert (first == again).all() and np.abs(first).max() <= 1
    # Uniform within ±1: mean 0 and power 1/3; 20,000 numbers leave standard errors of 0.004 and 0.002.
    assert abs(first.mean()) < 0.02 and abs(np.mean(first**2) - 1 / 3) < 0.01
    for other in (first[1:], first[100:], later):
        n = len(other)
        assert abs(np.corrcoef(first[:n], other)[0, 1]) < 0.03
    level = np.abs(np.fft.rfft(first)) ** 2
    halves = [half.mean() for half in np.array_split(level[1:], 2)]
    assert 0.9 < halves[0] / halves[1] < 1.1


def says(sentence, words):
    """Whether the words stand in a sentence; … stands for any others."""
    return re.search(".*".join(map(re.escape, words.split("…"))), sentence)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 0, "a formula is an expression of t, got nothing: type sin(2 pi 440 t)"),
        ("   ", 0, "got nothing"),
        ("2 sinus(t)", 2, 'a name before "(" must be one of sin, cos, …, got "sinus": write sin, or put *'),
        ("f(t)", 0, 'got "f": write floor, or put'),
        ("q(t)", 0, 'got "q": for a product put * before'),
        ("constructor(t)", 0, 'got "constructor"'),
        ("2 sin(3 t", 5, 'each "(" needs its ")", got none: add'),
        ("sin(", 3, 'each "(" needs'),
        ("((t)", 0, 'each "(" needs'),
        ("sin(t))", 6, 'each ")" needs its "(", got none: remove it'),
        (")", 0, 'each ")" needs'),
        ("2 + * t", 4, 'between two operators a number, a name or "(" must stand, got "+ *": remove one'),
        ("2 - - - t", 6, 'got "- -": remove one'),
        ("2 * + 3", 4, 'got "* +"'),
        ("* 3", 0, 'before "*" a number, a name or ")" must stand, got nothing'),
        ("(+ 3)", 1, 'before "+"'),
        ("t +", 2, 'after "+" a number, a name or "(" must follow, got nothing: add one'),
        ("(t *) 2", 3, 'after "*"'),
        ("sin()", 4, "something must stand, got nothing"),
        ("sin(t,)", 6, 'before ")"'),
        ("sin t", 0, "sin takes its argument in parentheses, got none: write sin("),
        ("sin(1, 2)", 0, "sin takes one argument, got 2"),
        ("max(1)", 0, "max takes two arguments or more, got 1"),
        ("0,5 t", 1, "a decimal has a point"),
        ("(0,5)", 2, "a decimal has a point"),
        ("3 440 t", 2, 'between two numbers an operator must stand, got "3 440": write * or + before 440'),
        ("5 ms 3", 5, "between two numbers"),
        ("1.2.3", 3, "between two numbers"),
        ("440 hz", 4, 'a unit must be Hz, kHz, …, got "hz": write Hz, or put'),
        ("3 * 5 KHZ", 6, 'got "KHZ": write kHz'),
        ("2 seconds", 2, 'got "seconds": convert it'),
        ("60 bpm", 3, 'got "bpm"'),
        ("t ms", 2, "the unit ms must follow a number, got none: choose another name"),
        ("t %", 2, "the unit % must follow"),
        ("2 $ 3", 2, 'got "$": remove it'),
        ("x = 3", 2, 'got "=": type only what stands on its right'),
        ("t²", 1, 'got "²": write ^2'),
        ("|t|", 0, "write abs"),
        ("🎵", 0, 'got "🎵"'),
        ("1e999", 0, "a number must be below 1e308, got 1e999"),
        ("a b c d f g h i j", 16, 'at most 8 parameters, got "j" as one more'),
        ("1" + " + 1" * 130, 500, "a formula has at most 500 characters, got 521: shorten it"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(refused, text, at, words):
    found, sentence = refused(text)
    assert found == at
    assert says(sentence, words) and sentence.endswith("."), sentence


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("2 / t", 2, "at t = 0 s the value is infinite, 2 / 0: shift what divides, as in t + 1 us"),
        ("sin(t) / t", 7, "at t = 0 s the value is no number, 0 / 0"),
        ("1 + 1 / (t - 1.5)", 6, "at t = 1.5 s the value is infinite"),
        ("3 sqrt(0.25 - t)", 2, "at t = 0.25… s the value is no number, sqrt(−"),
        ("log(t)", 0, "at t = 0 s the value is infinite, log(0)"),
        ("exp(1e9 t)", 0, "at t = 0.00002… s the value is infinite, exp"),
        ("1e6 exp(20 t)", 4, "values must lie within ±10000000000, got … at t = 0.4… s: scale the formula down"),
        ("1 / a", 2, "at t = 0 s the value is infinite, 1 / 0"),
    ],
)
def test_values_that_are_not_finite_are_pointed_at_and_never_played(page, text, at, words):
    bare.show(page, explorables.formula(text, parameters={"a": 0.0} if "a" in text.split() else {}))
    page.wait_for_function("() => model.get('message') !== ''")
    assert page.evaluate("() => model.get('message_at')") == at
    message = page.evaluate("() => model.get('message')")
    assert says(message, words), message
    wait(page, 60)
    assert page.locator(".said").inner_text() == message
    assert page.get_by_role("button", name="Hear it", exact=False).first.is_disabled()


def type_in(page, text):
    page.get_by_label("x(t) =").fill(text)
    wait(page, 60)


def settled(page):
    page.wait_for_function("() => !document.querySelector('.said').textContent.includes('first look')")
    wait(page, 60)


def test_caret_stands_under_the_character_and_enter_goes_there(page):
    bare.show(page, explorables.formula())
    field, caret = page.get_by_label("x(t) ="), page.locator("pre.caret")
    assert caret.is_hidden() and field.get_attribute("aria-invalid") == "false"
    type_in(page, "2 sin(50 t) + 3 snu(t)")
    first, second = caret.inner_text().split("\n")
    assert first[second.index("^") :].startswith("snu(t)")
    assert caret.locator("mark").inner_text() == "s" and field.get_attribute("aria-invalid") == "true"
    described = page.locator("#" + field.get_attribute("aria-describedby"))
    assert described.inner_text().startswith("Character 17: ") and described.get_attribute("role") == "status"
    field.press("Home")
    field.press("Enter")
    assert field.evaluate("f => [f.selectionStart, f.selectionEnd]") == [16, 17]
    assert "last formula that could be drawn" not in page.locator("canvas.plot").first.get_attribute("aria-label")
    type_in(page, " + ".join(["0.01 sin(t)"] * 8) + " + 0.1 $")
    first, second = caret.inner_text().split("\n")
    assert first.startswith("…") and first[second.index("^")] == "$", "it has scrolled away"
    type_in(page, "2 sin(50 t)")
    assert caret.is_hidden() and page.evaluate("() => [model.get('message'), model.get('message_at')]") == ["", None]


def test_four_lines_of_the_seeds_are_found_at_their_frequencies_and_heights(page):
    bare.show(page, explorables.formula())
    page.get_by_label("example").select_option("four lines")
    wait(page, 60)
    settled(page)
    assert page.evaluate("() => model.get('expression')") == SEEDS
    lines = np.array(page.evaluate("() => model.get('lines')"))
    expected = np.array([(3, 1), (50, 2), (203, 1), (2000, 1)]) / [2 * np.pi, 1]
    np.testing.assert_allclose(lines[:, 0], expected[:, 0], atol=0.002)  # Hz; a fiftieth of what 10 s can part
    np.testing.assert_allclose(lines[:, 1], expected[:, 1], rtol=0.005)  # a parabola is not quite a Hann window's peak
    words = page.locator(".said").inner_text()
    assert words.startswith("Lines at 0.48 Hz (0.0 dB), 7.96 Hz (6.0 dB), 32.31 Hz (0.0 dB), 318.31 Hz (0.0 dB).")
    assert "lines: 0.48 Hz at 0.0 dB, 7.96" in page.locator("canvas.plot").nth(1).get_attribute("aria-label")


@pytest.mark.parametrize("seconds", [0.3, 2])
def test_spectrum_of_the_page_is_that_of_numpy(page, seconds):
    bare.show(page, explorables.formula("0.5 sin(2 pi 1 kHz t + 1) + 0.2 cos(2 pi 2505.3 t) + 0.1", seconds=seconds))
    settled(page)
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    x = 0.5 * np.sin(2 * np.pi * 1000 * t + 1) + 0.2 * np.cos(2 * np.pi * 2505.3 * t) + 0.1
    level = np.abs(np.fft.rfft(x * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)), 2**22)) * 4 / n
    hz = np.arange(len(level)) * RATE / 2**22
    found = np.array(page.evaluate("() => model.get('lines')"))
    assert len(found) == 3 and found[0, 0] == 0 and abs(found[0, 1] - 0.1) < 1e-4
    for (line_hz, amplitude), near in zip(found[1:], (1000, 2505.3), strict=True):
        inside = np.abs(hz - near) < 10
        peak = level[inside].argmax()
        assert abs(line_hz - hz[inside][peak]) < 0.03 / seconds and abs(amplitude / level[inside][peak] - 1) < 0.01


@pytest.mark.parametrize("text", ["noise", "0.3 noise exp(-t / 50 ms)", "noise exp(-t / 1 ms)", "0", "1 us noise"])
def test_noise_and_silence_have_no_lines(page, text):
    bare.show(page, explorables.formula(text))
    settled(page)
    assert page.evaluate("() => model.get('lines')") == []
    assert page.locator(".said").inner_text().startswith("Silence" if text == "0" else "No clear line")


@pytest.mark.parametrize(("seconds", "n_lines"), [(2, 2), (0.3, 1)])
def test_two_lines_merge_where_the_clip_is_too_short_for_them(page, seconds, n_lines):
    bare.show(page, explorables.formula(seconds=seconds))
    settled(page)
    assert len(page.evaluate("() => model.get('lines')")) == n_lines


def test_each_name_gets_a_slider_that_keeps_its_value_while_others_come_and_go(page):
    bare.show(page, explorables.formula("A sin(2 pi f t)", parameters={"f": 330}, ranges={"f": (100, 500)}))
    sliders = page.locator(".controls input[type=range]")
    assert page.evaluate("() => model.get('parameters')") == {"A": 0.5, "f": 330}
    slider = page.get_by_label("f", exact=True)
    assert [slider.get_attribute(name) for name in ("min", "max")] == ["100", "500"]
    slider.press("ArrowRight")
    assert page.evaluate("() => model.get('parameters').f") == pytest.approx(330.1)
    wait(page, 60)
    assert slider.get_attribute("aria-valuetext") == "f = 330.1"
    n_before = sliders.count()
    type_in(page, "A sin(2 pi f t + phi)")
    assert sliders.count() == n_before + 1
    assert page.evaluate("() => model.get('parameters')") == pytest.approx({"A": 0.5, "f": 330.1, "phi": 0})
    type_in(page, "A sin(2 pi t")
    assert sliders.count() == n_before + 1, "a formula that is being typed takes no slider away"
    type_in(page, "A sin(2 pi t)")
    assert list(page.evaluate("() => model.get('parameters')")) == ["A"]
    type_in(page, "A sin(2 pi f t)")
    assert page.evaluate("() => model.get('parameters').f") == pytest.approx(330.1), "it has been forgotten"


def test_range_of_a_slider_is_typed_and_its_value_moves_into_it(page):
    bare.show(page, explorables.formula("0.1 sin(2 pi f t)"))
    highest, lowest = (page.get_by_label(f"{end} f", exact=True) for end in ("highest", "lowest"))
    assert page.evaluate("() => model.get('parameters').f") == 440
    highest.fill("200")
    highest.press("Enter")
    assert page.evaluate("() => [model.get('parameters').f, ...model.get('ranges').f]") == [200, 0, 200]
    lowest.fill("300")
    lowest.press("Enter")
    assert page.evaluate("() => model.get('ranges').f") == [0, 200] and lowest.input_value() == "0"
    assert page.locator(".said").inner_text() == "The range of f must rise, got 300 to 200: it stays 0 to 200."
    wait(page, 60)
    page.get_by_label("f", exact=True).press("End")
    assert page.evaluate("() => model.get('parameters').f") == 200
    page.evaluate("() => model.set('parameters', { f: 5000 })")
    wait(page, 60)
    assert highest.input_value() == "5000", "a value of Python lies on its slider"


def test_python_sets_and_reads_all_of_it(page):
    bare.show(page, explorables.formula("sin(2 pi g t)", parameters={"g": 100.0}, seconds=0.5))
    assert page.get_by_label("x(t) =").input_value() == "sin(2 pi g t)"
    page.evaluate("() => { model.set('expression', '0.2 sin(2 pi 250 t)'); }")
    wait(page, 60)
    assert page.get_by_label("x(t) =").input_value() == "0.2 sin(2 pi 250 t)"
    settled(page)
    ((hz, amplitude),) = page.evaluate("() => model.get('lines')")
    assert abs(hz - 250) < 0.05 and abs(amplitude - 0.2) < 0.001
    assert page.get_by_label("example").evaluate("c => c.selectedOptions[0].textContent") == "your own"


PIXEL_ROWS = """() => {
    const canvas = document.querySelector('canvas.plot'), { width, height } = canvas, rows = [];
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    for (let x = 0; x < width; x++) {
        let sum = 0, n = 0;
        for (let y = 0; y < height; y++) {
            const at = 4 * (y * width + x);
            if (pixels[at] > 60 || pixels[at + 1] > 110 || pixels[at + 2] < 110) continue;
            sum += y;
            n++;
        }
        rows.push(n ? sum / n : null);
    }
    return rows;
}"""


def test_zoom_shows_the_wave_from_the_whole_clip_down_to_two_milliseconds(page):
    bare.show(page, explorables.formula("0.8 cos(2 pi 500 t)", seconds=3, shown_s=10))
    settled(page)
    wave = page.locator("canvas.plot").first
    assert wave.get_attribute("aria-label").startswith("x(t) from 0 to 3 s")
    shown = page.get_by_label("time shown")
    shown.press("Home")
    wait(page, 60)
    assert shown.get_attribute("aria-valuetext") == "0.002 s"
    assert wave.get_attribute("aria-label").startswith("x(t) from 0 to 0.002 s")
    rows = np.array([np.nan if y is None else y for y in page.evaluate(PIXEL_ROWS)])
    left, right = 62, len(rows) - 14
    rows = rows[left + 3 : right - 3]
    place = np.arange(3, 3 + len(rows)) / (right - left)
    drawn = np.isfinite(rows)
    assert drawn.mean() > 0.9 and np.corrcoef(-rows[drawn], np.cos(2 * np.pi * place[drawn]))[0, 1] > 0.999
    start = page.get_by_label("shown from")
    start.press("End")
    wait(page, 60)
    assert page.evaluate("() => model.get('from_s')") == pytest.approx(2.998)
    assert wave.get_attribute("aria-label").startswith("x(t) from 2.998 to 3 s")


def test_a_drag_in_the_picture_moves_the_wave_under_the_pointer(page):
    bare.show(page, explorables.formula("0.5 sin(2 pi 3 t)", seconds=2, shown_s=0.5, from_s=1))
    box = page.locator("canvas.plot").first.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=4)
    page.mouse.up()
    assert page.evaluate("() => model.get('from_s')") == pytest.approx(1 + 0.5 * 100 / (box["width"] - 76), abs=0.002)


@pytest.mark.parametrize("button", ["Hear it", "Hear it repeated"])
def test_it_sounds_at_the_frequency_that_is_typed_and_follows_its_slider(page, button):
    bare.show(page, explorables.formula("0.2 sin(2 pi f t)", parameters={"f": 523.25}, seconds=4))
    page.get_by_role("button", name=f"▶ {button}", exact=True).click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 523.25) < 0.5
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) - 0.2 / np.sqrt(2)) < 0.002
    page.evaluate("() => model.set('parameters', { f: 800 })")
    wait(page, 600)
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 800) < 0.5


def test_a_whole_clip_is_played_even_before_it_has_been_drawn(page):
    bare.show(page, explorables.formula("0", seconds=3))
    settled(page)
    type_in(page, "0.2 sign(sin(2 pi 100 t)) max(0, sign(t - 2.5))")
    page.get_by_role("button", name="▶ Hear it", exact=True).click()
    wait(page, 300)
    played = page.evaluate(PLAYED)
    samples, rate = np.array(played["samples"]), played["rate"]
    assert abs(len(samples) - 3 * rate) <= 1
    assert not np.any(samples[: round(2.4 * rate)])
    assert np.abs(samples[round(2.6 * rate) : round(2.9 * rate)]).mean() > 0.15


def test_too_loud_is_turned_down_and_it_says_so(page):
    bare.show(page, explorables.formula("2 sin(2 pi 300 t)"))
    settled(page)
    assert "Peak 2, turned down by 12.0 dB" in page.locator(".said").inner_text()  # RMS 3.01 dB, to −9 dBFS
    page.get_by_role("button", name="▶ Hear it", exact=True).click()
    heard = page.evaluate(LISTEN)
    rms = np.sqrt(np.mean(np.square(heard["samples"])))
    assert abs(20 * np.log10(rms) + 9) < 0.1
    page.evaluate("() => model.set('expression', '0.2 sin(2 pi 300 t)')")
    settled(page)
    assert "turned down" not in page.locator(".said").inner_text()


def test_a_repeated_clip_does_not_jump_where_it_begins_anew(page):
    bare.show(page, explorables.formula("0.5 cos(2 pi 100.3 t)", seconds=1))
    settled(page)
    page.get_by_role("button", name="▶ Hear it repeated").click()
    wait(page, 200)
    samples = np.array(page.evaluate(PLAYED)["samples"])
    assert abs(samples[0]) < 1e-3 and abs(samples[-1]) < 1e-3 and np.abs(samples).max() > 0.49


@pytest.mark.parametrize("number", range(7))
def test_every_example_is_drawn_and_can_be_heard(page, number):
    bare.show(page, explorables.formula("0"))
    page.get_by_label("example").select_option(index=number)
    wait(page, 60)
    settled(page)
    assert page.get_by_label("example").evaluate("c => c.selectedIndex") == number
    assert page.evaluate("() => model.get('message')") == "" and not page.locator("pre.caret").is_visible()
    assert "first look" not in page.locator("canvas.plot").nth(1).get_attribute("aria-label")
    page.get_by_role("button", name="▶ Hear it", exact=True).click()
    wait(page, 150)
    assert np.any(page.evaluate(PLAYED)["samples"])


def test_letters_typed_are_no_shortcuts_of_the_notebook(page):
    bare.show(page, explorables.formula())
    page.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key)); }")
    field = page.get_by_label("x(t) =")
    for key in ("a", "d", "Backspace", "Enter", "Escape"):
        field.press(key)
    assert page.evaluate("() => heard") == ["Escape"]
