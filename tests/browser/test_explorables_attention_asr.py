"""The attention lab of the recogniser: its matrix, coverage, errors and sound are those of numpy and ``cu.wer``."""

import re

import numpy as np
import pytest

from course_utils import explorables, filters, wer
from course_utils.explorables.attention_asr_lab import BENT, PRESETS, WORDS, rows_of, spoken_string, spoken_words
from course_utils.models.datasets import DIGITS, DigitStrings
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

RATE, HOP_S, GAP = 8000, 0.02, 480
# What the module computes; typed arrays come out as lists.
FOUND = """async ([code, call, given]) => {
    const text = `${code}\\nexport { analyse, align, readAloud };`;
    const module = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    const plain = (value) => ArrayBuffer.isView(value) ? [...value] : Array.isArray(value) ? value.map(plain)
        : value && typeof value === "object"
            ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value;
    return plain(module[call](...given));
}"""
LETTER = {name: letter for name, letter in wer.LETTERS.items()}


@pytest.fixture
def js(page):
    page.set_content(bare.PAGE)
    code = explorables.attention_asr_lab._esm
    return lambda call, *given: page.evaluate(FOUND, [code, call, list(given)])


def clip_of(widget):
    return np.frombuffer(widget.audio, "<i2") / 32768


def expected_of(rows, words, n_frames):
    """Definition, frame by frame."""
    t = np.arange(n_frames) * HOP_S
    g = np.array([np.exp(-((t - c) ** 2) / (2 * s**2)) for c, s in rows])
    weights = g / g.sum(axis=1, keepdims=True)
    inside = np.array([(t >= begin) & (t < end) for _, begin, end in words])
    shares = weights @ inside.T
    read = [words[k][0] if row[k] >= 0.5 else "?" for row, k in zip(shares, shares.argmax(axis=1), strict=True)]
    unseen = inside.any(axis=0) & (g < 0.1).all(axis=0)
    return {
        "weights": weights,
        "coverage": weights.sum(axis=0),
        "looks": shares.sum(axis=0),
        "read": read,
        "isUnseen": unseen,
        "unseen": [unseen[word].mean() for word in inside],
        "share": unseen.sum() / inside.sum(),
    }


def random_rows(rng, end_s, n_rows):
    return np.stack([rng.uniform(0, end_s, n_rows), 10 ** rng.uniform(-1.9, 0.3, n_rows)], axis=1).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_page_computes_what_the_definition_says(js, seed):
    rng, widget = np.random.default_rng(seed), explorables.attention_asr_lab("31809")
    n_frames = 1 + len(clip_of(widget)) // 160
    rows = random_rows(rng, widget._end_s, int(rng.integers(1, 13)))
    found, expected = js("analyse", rows, widget.words, n_frames), expected_of(rows, widget.words, n_frames)
    for name in ("weights", "coverage", "looks", "unseen"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)
    assert found["read"] == expected["read"] and found["isUnseen"] == expected["isUnseen"].tolist()
    assert found["share"] == pytest.approx(expected["share"])
    np.testing.assert_allclose(np.sum(found["coverage"]), len(rows))  # each row gives away 1
    assert found["back"] == [i + 1 for i in range(1, len(rows)) if rows[i][0] < rows[i - 1][0] - 0.01]


def test_a_width_far_below_a_frame_still_sums_to_one(js):
    found = js("analyse", [[0.01, 1e-4]], [["one", 0.0, 0.1]], 10)  # halfway between two frames
    np.testing.assert_allclose(found["weights"], [[0.5, 0.5] + [0] * 8], atol=1e-12)


def test_errors_are_aligned_as_the_word_error_rate_does(js):
    rng = np.random.default_rng(2)
    for _ in range(60):
        spoken, read = (list(rng.choice(["one", "two", "three", "?"], rng.integers(0, 7))) for _ in range(2))
        spoken, read = [str(w) for w in spoken if w != "?"], [str(w) for w in read]
        expected = [
            {"kind": LETTER[kind], "spoken": reference, "read": hypothesis}
            for kind, reference, hypothesis in wer.align(spoken, read)
        ]
        assert js("align", spoken, read) == expected


def expected_sound(clip, rows):
    pieces, t = [], np.arange(len(clip)) / RATE
    for centre, width in rows:
        g = np.exp(-((t - centre) ** 2) / (2 * width**2))
        (heard,) = np.nonzero(g >= 0.1)
        part = (clip * np.maximum(0, g - 0.1) / 0.9)[heard]
        n, last = np.arange(len(part)), len(part) - 1
        pieces += [part * (0.5 - 0.5 * np.cos(np.pi * np.minimum(1, np.minimum(n, last - n) / 80))), np.zeros(GAP)]
    return np.concatenate(pieces)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_sound_is_the_clip_under_each_row(js, preset):
    widget = explorables.attention_asr_lab(preset=preset)
    clip = clip_of(widget)
    found = js("readAloud", clip.tolist(), widget.rows)
    np.testing.assert_allclose(found["signal"], expected_sound(clip, widget.rows), atol=1e-9)
    for part in found["parts"]:
        begin, end = part["at"], part["at"] + part["length"]
        assert found["signal"][begin] == 0 and found["signal"][end - 1] == 0, "a jump where a row begins or ends"
        assert not any(found["signal"][end : end + GAP])


def played(page, button):
    page.evaluate(
        """() => { const copy = AudioBuffer.prototype.copyToChannel;
            AudioBuffer.prototype.copyToChannel = function (samples, ...rest) {
                window.played = { rate: this.sampleRate, samples: [...samples] };
                copy.call(this, samples, ...rest);
            }; }"""
    )
    page.get_by_role("button", name=button).click()
    page.wait_for_function("() => window.played")
    return page.evaluate("() => played")


TONES_HZ = (500, 1000, 2000)


def three_tones():
    """Three words that a spectrum tells apart, 0.4 s each, with pauses of 0.1 s."""
    n, spans = np.arange(3200), np.array([[0.1 + 0.5 * k, 0.5 + 0.5 * k] for k in range(3)])
    signal = np.zeros(round(1.6 * RATE))
    for hz, (begin, _) in zip(TONES_HZ, spans, strict=True):
        at = round(begin * RATE)
        signal[at : at + 3200] = 0.2 * np.sin(2 * np.pi * hz / RATE * n) * np.hanning(3200) ** 0.1
    return signal, spans


@pytest.mark.parametrize(("preset", "times"), [("diagonal", (1, 1, 1)), ("skip", (1, 0, 1)), ("loop", (2, 2, 1))])
def test_what_is_skipped_is_not_heard_and_what_is_looked_at_twice_is_heard_twice(page, preset, times):
    signal, spans = three_tones()
    widget = explorables.attention_asr_lab("123", signal, RATE, spans_s=spans, preset=preset)
    bare.show(page, widget)
    heard = played(page, "Hear what is read")
    energy = np.abs(np.fft.rfft(heard["samples"])) ** 2 / heard["rate"]
    hz = np.fft.rfftfreq(len(heard["samples"]), 1 / heard["rate"])
    sums = np.array([energy[np.abs(hz - tone) < 100].sum() / len(hz) for tone in TONES_HZ])
    np.testing.assert_allclose(sums / sums[2], times, atol=0.02)  # the neighbour's edge is heard, 34 dB lower


def test_what_the_speaker_gets_is_what_is_read(page):
    widget = explorables.attention_asr_lab(preset="loop")
    bare.show(page, widget)
    heard = played(page, "Hear what is read")
    expected = expected_sound(clip_of(widget), widget.rows)
    if heard["rate"] != RATE:
        options = {"from_rate": RATE, "to_rate": int(heard["rate"]), "lowpass_filter_width": 16}
        expected = filters.resample(expected, **options)
    np.testing.assert_allclose(heard["samples"], expected, atol=2e-4)


def test_one_row_and_the_clip_are_heard_alone(page):
    widget = explorables.attention_asr_lab(row=2)
    bare.show(page, widget)
    heard = played(page, "Hear this row")
    seconds = 2 * widget.rows[1][1] * np.sqrt(2 * np.log(10)) + GAP / RATE
    assert len(heard["samples"]) / heard["rate"] == pytest.approx(seconds, abs=1e-3)
    page.evaluate("() => { window.played = null; }")
    page.get_by_role("button", name="Hear the clip").click()
    page.wait_for_function("() => window.played")
    assert page.evaluate("() => played.samples.length / played.rate") == pytest.approx(widget._end_s, abs=1e-3)


# ------------------------------------------------------------------------------------------------ what is said and done


def said(page):
    wait(page, 200)
    return page.locator(".said").inner_text()


def state(page, *names):
    wait(page, 60)
    return page.evaluate("names => names.map((name) => model.get(name))", list(names))


SPOKEN = "four zero seven two nine"


@pytest.mark.parametrize(
    ("preset", "read", "errors", "looked"),
    [
        ("diagonal", SPOKEN, "WER 0 %. Every", "Every moment of speech is looked at."),
        ("skip", "four zero two nine", "WER 20 %: 1 deleted (seven).", "is never looked at, most of seven."),
        ("loop", "four zero seven zero seven two nine", "WER 40 %: 2 inserted (zero, seven).", "Row 4 steps back"),
        ("swapped", "four seven zero two nine", "WER 40 %: 1 deleted (seven), 1 inserted (seven).", "Row 3 steps back"),
        ("spread", "? ? ? ? ?", "WER 100 %: 5 substituted (four by ?,", "Rows 1, 2, 3, 4 and 5: no word has half"),
        ("peaks", SPOKEN, "WER 0 %. ", "One look a word is enough"),
    ],
)
def test_each_preset_is_told(page, preset, read, errors, looked):
    widget = explorables.attention_asr_lab(preset=preset)
    bare.show(page, widget)
    text = said(page)
    assert text.startswith(f"Spoken: {SPOKEN}. Read: {read}. {errors}") and looked in text
    expected = expected_of(widget.rows, widget.words, 1 + len(clip_of(widget)) // 160)
    if expected["share"] > 0.005:
        assert f"{100 * expected['share']:.0f} % of the speech is never looked at" in text
    columns = page.locator("ol.aligned li").all_inner_texts()[1:]
    kinds = [column.split("\n")[-1].strip() for column in columns]
    steps = wer.align(SPOKEN, read)
    assert kinds == [LETTER[step.kind] for step in steps]
    assert wer.wer(SPOKEN, read) == pytest.approx(int(re.search(r"WER (\d+) %", text)[1]) / 100)


def test_a_preset_chosen_on_the_page_brings_its_rows(page):
    widget = explorables.attention_asr_lab()
    bare.show(page, widget)
    for name in PRESETS:
        page.get_by_label("attention", exact=True).select_option(name)
        assert state(page, "preset", "rows") == [name, widget.presets[name]]
    page.get_by_label("attention", exact=True).select_option(BENT)
    assert state(page, "rows") == [widget.presets["peaks"]], "by hand nothing changes of itself"


def test_the_buttons_bend_the_chosen_row(page):
    widget = explorables.attention_asr_lab(row=2)
    bare.show(page, widget)
    a, b, c, d, e = widget.rows
    for button, rows in (
        ("Swap with the next row", [a, c, b, d, e]),
        ("Say it twice", [a, c, c, b, d, e]),
        ("Look where the row above looks", [a, a, c, b, d, e]),
        ("Skip", [a, c, b, d, e]),
        ("Skip", [a, b, d, e]),
    ):
        page.get_by_role("button", name=button).click()
        assert state(page, "rows", "preset", "row") == [rows, BENT, 2]
    assert "Read: four zero two nine." in said(page)


def test_buttons_that_can_do_nothing_are_off(page):
    bare.show(page, explorables.attention_asr_lab())
    names = ("Swap", "Look where", "Skip", "Say it twice")

    def are_on():
        wait(page, 60)
        return [page.get_by_role("button", name=name).is_enabled() for name in names]

    assert are_on() == [True, False, True, True]
    page.evaluate("() => model.set('row', 5)")
    assert are_on() == [False, True, True, True]
    for _ in range(7):
        page.get_by_role("button", name="Say it twice").click()
    assert are_on() == [True, True, True, False] and len(state(page, "rows")[0]) == 12
    for _ in range(11):
        page.get_by_role("button", name="Skip").click()
    assert are_on() == [False, False, False, True] and state(page, "row") == [1]


def test_the_sliders_show_and_move_the_chosen_row_by_keyboard_alone(page):
    widget = explorables.attention_asr_lab()
    bare.show(page, widget)
    page.get_by_label("row", exact=True).press("ArrowRight")
    assert state(page, "row", "centre_s", "width_s") == [2, *widget.rows[1]]
    page.get_by_label("its centre").press("ArrowRight")
    rows, preset = state(page, "rows", "preset")
    assert preset == BENT and rows[1][0] == pytest.approx(widget.rows[1][0] + 0.01, abs=0.006)
    assert [row for i, row in enumerate(rows) if i != 1] == [row for i, row in enumerate(widget.rows) if i != 1]
    page.get_by_label("its width").press("Home")
    assert state(page, "rows")[0][1][1] == 0.01
    page.get_by_label("row", exact=True).press("End")
    assert state(page, "row") == [5], "there are five rows"


def place(page, seconds, row, n_rows, end_s):
    """Of a moment and a row on the matrix, in px."""
    box = page.locator("canvas.plot").first.bounding_box()
    top, bottom, left, right = box["y"] + 26, box["y"] + box["height"] - 44, box["x"] + 62, box["x"] + box["width"] - 14
    return left + seconds / end_s * (right - left), top + (row - 0.5) / n_rows * (bottom - top)


def dragged(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    wait(page, 100)


def test_dragging_moves_a_row_and_its_handle_widens_it(page):
    widget = explorables.attention_asr_lab()
    bare.show(page, widget)
    wait(page, 100)
    at = lambda seconds, row: place(page, seconds, row, 5, widget._end_s)  # noqa: E731
    centre, width = widget.rows[3]
    dragged(page, at(centre, 4), at(1.0, 4))
    row, rows = state(page, "row", "rows")
    assert row == 4 and rows[3] == [pytest.approx(1.0, abs=0.01), width]
    assert "4 zero" in page.locator("canvas.plot").first.get_attribute("aria-label")
    dragged(page, at(rows[3][0] + width, 4), at(1.4, 4))
    rows = state(page, "rows")[0]
    assert rows[3][1] == pytest.approx(0.4, abs=0.02) and rows[3][0] == pytest.approx(1.0, abs=0.01)
    dragged(page, at(1.0, 4), at(-5, 4))
    assert state(page, "rows")[0][3][0] == 0, "a row does not leave the clip"


@pytest.mark.parametrize(("motion", "n_pictures"), [("no-preference", 3), ("reduce", 1)])
def test_while_it_sounds_the_place_is_shown_and_stays_still_where_motion_is_reduced(page, motion, n_pictures):
    pixels = """() => { const canvas = document.querySelectorAll('canvas.plot')[1];
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
            .reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 0); }"""
    page.emulate_media(reduced_motion=motion)
    bare.show(page, explorables.attention_asr_lab(preset="spread"))
    silent = page.evaluate(pixels)
    page.get_by_role("button", name="Hear what is read").click()
    seen = set()
    for _ in range(3):
        wait(page, 300)
        seen.add(page.evaluate(pixels))
    assert len(seen) == n_pictures and (silent in seen) == (motion == "reduce")
    page.get_by_role("button", name="Stop").click()
    wait(page, 200)
    assert page.evaluate(pixels) == silent


def test_what_is_bent_while_it_sounds_is_heard(page):
    bare.show(page, explorables.attention_asr_lab(preset="spread"))
    long = len(played(page, "Hear what is read")["samples"])
    page.get_by_label("attention", exact=True).select_option("peaks")
    page.wait_for_function("longest => played.samples.length < longest", arg=long / 4)


def test_it_goes_on_without_a_kernel(page):
    bare.show(page, explorables.attention_asr_lab())
    page.evaluate("() => { model.save_changes = () => undefined; }")
    page.get_by_label("attention", exact=True).select_option("skip")
    assert "1 deleted (seven)" in said(page)


# ---------------------------------------------------------------------------------------------------- as Python sees it


def test_the_words_are_those_of_the_data_set():
    assert WORDS == DIGITS and len(spoken_words()) == 10
    signal, spans = spoken_string([4, 0])
    for digit, (begin, end) in zip((4, 0), spans, strict=True):
        part = signal[round(begin * RATE) : round(end * RATE)]
        assert part.tolist() == spoken_words()[digit].tolist() and 0.85 < np.abs(part).max() < 0.9  # −1 dBFS
    assert not signal[: round(0.16 * RATE)].any() and not signal[-round(0.16 * RATE) :].any()


def test_a_string_of_the_data_set_can_be_shown(page):
    strings = DigitStrings("test", 3, seed=5, n_digits=(4, 4), pause_s=(0.1, 0.2))
    signal, digits = strings[1]
    widget = explorables.attention_asr_lab(digits, signal, RATE, spans_s=strings.spans_s(1))
    bare.show(page, widget)
    words = " ".join(DIGITS[digit] for digit in digits)
    assert said(page).startswith(f"Spoken: {words}. Read: {words}. WER 0 %.")


def test_rows_of_a_matrix_are_its_moments():
    t = np.arange(100) * 0.04
    rows = np.array([[0.5, 0.1], [3.0, 0.3]])
    weights = np.exp(-((t - rows[:, :1]) ** 2) / (2 * rows[:, 1:] ** 2))
    found = explorables.attention_asr_lab.rows_of(weights, hop_s=0.04)
    np.testing.assert_allclose(found, rows, atol=2e-3)  # rounded to 1 ms; frames are 40 ms
    assert rows_of([[0, 1, 0]], hop_s=0.04) == [[0.04, 0.01]], "one frame has the least width"
    assert rows_of([[1, 0, 0, 1]], hop_s=1.0) == [[1.5, 1.5]]


def test_rows_from_python_are_bent_by_hand():
    rows = [[0.5, 0.1], [1.0, 0.2]]
    widget = explorables.attention_asr_lab(rows=rows, row=2, width_s=0.3)
    assert (widget.preset, widget.rows, widget.centre_s, widget.width_s) == (BENT, [[0.5, 0.1], [1.0, 0.3]], 1.0, 0.3)
    assert explorables.attention_asr_lab(rows=np.array(rows)).rows == rows
    assert explorables.attention_asr_lab(preset="loop", centre_s=1).preset == BENT
    assert explorables.attention_asr_lab(preset="loop").preset == "loop"


SIGNAL, SPANS = three_tones()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"digits": "12"}, "digits must be 3 to 8 digits, got 2: pass another string"),
        ({"digits": "123456789"}, "digits must be 3 to 8 digits, got 9: pass another string"),
        ({"digits": "12a"}, "digits must be 0 to 9, got 'a' in '12a': spell the string with those"),
        ({"digits": [1, 2, 10]}, r"digits must be 0 to 9, got 10 in \[1, 2, 10\]: spell the string with those"),
        ({"digits": [1, 2, True]}, r"digits must be 0 to 9, got True in .*: spell the string with those"),
        ({"sample_rate": 8000}, "sample_rate must be given together with signal, got 8000 alone: pass both"),
        (
            {"digits": "123", "signal": SIGNAL, "sample_rate": RATE},
            "spans_s must be given together with signal, got None",
        ),
        (
            {"digits": "123", "signal": SIGNAL, "sample_rate": RATE, "spans_s": SPANS[:2]},
            r"spans_s must have shape \(3 digits, 2\), got \(2, 2\): pass \[begin, end\] in s for each digit",
        ),
        (
            {"digits": "123", "signal": SIGNAL, "sample_rate": RATE, "spans_s": SPANS[::-1]},
            "spans_s must rise from digit to digit, got .*: pass 0 ≤ begin < end in spoken order",
        ),
        (
            {"digits": "123", "signal": SIGNAL, "sample_rate": RATE, "spans_s": SPANS + 1},
            "spans_s must lie within the clip's 1.6 s, got 1.1 to 2.5 s: pass seconds, and a clip of 8 s at most",
        ),
        ({"rows": []}, r"rows must be 1 to 12 pairs \[centre_s, width_s\], got \[\]: pass one pair for each token"),
        ({"rows": [[1, 0.1]] * 13}, r"rows must be 1 to 12 pairs \[centre_s, width_s\], got"),
        ({"rows": [[9, 0.1]]}, "a centre in rows must be at most 3.0[67]"),
        ({"rows": [[1, 0]]}, "a width in rows must be at least 0.01, got 0"),
        ({"row": 6}, "row must be at most 5, got 6: lower row"),
        ({"centre_s": 4}, "a centre in rows must be at most 3.0[67]"),
        ({"preset": "none"}, "preset must be one of 'diagonal', .*, got 'none': choose one of them"),
    ],
)
def test_bad_values_are_refused_in_a_sentence(given, words):
    with refuses(words):
        explorables.attention_asr_lab(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"digits": 40729}, 'digits must be a str or a sequence of int, got 40729: write "40729"'),
        ({"rows": [["a", 0.1]]}, "a centre in rows must be a number, got 'a': pass an int or a float"),
        (
            {"digits": "123", "signal": SIGNAL, "spans_s": SPANS},
            "sample_rate must be a number, got None: pass an int or a float",
        ),
    ],
)
def test_values_of_a_wrong_type_are_refused_in_a_sentence(given, words):
    with refuses(words, TypeError):
        explorables.attention_asr_lab(**given)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([0.5, 0.5], r"weights must have shape \(1 to 12 tokens, frames\), got \(2,\): pass the matrix of one clip"),
        ([[-0.5, 0.5]], "weights must not be negative, got -0.5: of scores pass their softmax"),
        ([[1, 0], [0, 0]], "each row of weights must have a sum above 0, got 0 in row 2: leave out empty rows"),
    ],
)
def test_a_matrix_that_is_none_is_refused(weights, words):
    with refuses(words):
        rows_of(weights, hop_s=0.04)


def test_rows_set_later_stay_within_the_clip():
    widget = explorables.attention_asr_lab()
    before = widget.rows
    for value, words in (([[9.0, 0.1]], "a centre in rows must be at most"), ([], "rows must be 1 to 12 pairs")):
        with refuses(words):
            widget.rows = value
    assert widget.rows == before
    with refuses("centre_s must be at most 3.071"):
        widget.centre_s = 3.5
