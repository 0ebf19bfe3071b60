"""The film shows the moments that Python gave it, plays them in time, and tells what is seen in each."""

import time

import numpy as np
import pytest

from course_utils import explorables, filters
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

LABELS = {"x_label": "time in s", "y_label": "token"}
TIMES = ["before", "after 3,000 strings", "after 9,000 strings"]


def staircase(n_rows=4, n_columns=20):
    """Level everywhere, then two rows at one place, then stairs."""
    frames = np.zeros((3, n_rows, n_columns))
    frames[0] = 1 / n_columns
    frames[1, :, 3] = 0.5
    frames[2, np.arange(n_rows), 2 + 4 * np.arange(n_rows)] = 1
    return frames


def film(frames=staircase(), **given):  # noqa: B008 - it is only read
    return explorables.film(frames, **({"times": TIMES} | LABELS | given))


def said(page):
    wait(page, 100)
    return page.locator(".said").inner_text()


def alt(page, which=0):
    wait(page, 60)
    return page.locator("canvas.plot").nth(which).get_attribute("aria-label")


def moment(page):
    return page.evaluate("() => model.get('moment')")


def colour(page, column, row, n_columns=20, n_rows=4):
    """Of the middle of a value, as the page has drawn it."""
    box = page.locator("canvas.plot").first.bounding_box()
    left, right, top, bottom = 62, box["width"] - 14, 26, box["height"] - 44
    x, y = left + (column + 0.5) / n_columns * (right - left), top + (row + 0.3) / n_rows * (bottom - top)
    read = """([x, y]) => [...document.querySelector('canvas.plot').getContext('2d').getImageData(x, y, 1, 1).data]"""
    return page.evaluate(read, [x, y])[:3]


def test_each_value_stands_at_its_place_in_its_colour(page):
    import matplotlib

    rng = np.random.default_rng(0)
    frames = rng.uniform(0, 1, (2, 4, 20))
    frames[0, 0, 0] = 1
    bare.show(page, film(frames, times=["a", "b"], high=1.0, brightness="linear"))
    magma = matplotlib.colormaps["magma"]
    for which in range(2):
        page.evaluate("n => model.set('moment', n)", which + 1)
        wait(page, 60)
        for row, column in [(0, 0), (0, 19), (3, 0), (3, 19), (1, 7), (2, 13)]:
            expected = 255 * np.array(magma(frames[which, row, column]))[:3]
            # one of 256 levels, and the page draws straight lines between 33 colours
            np.testing.assert_allclose(colour(page, column, row), expected, atol=5)


def test_the_square_root_makes_small_values_visible(page):
    import matplotlib

    bare.show(page, film(high=1.0))
    expected = 255 * np.array(matplotlib.colormaps["magma"](np.sqrt(1 / 20)))[:3]
    np.testing.assert_allclose(colour(page, 10, 2), expected, atol=6)  # 13 of 255 levels, then the root


def test_words_are_those_of_the_moment(page):
    bare.show(page, film(captions=["Nothing.", "One place.", "Stairs."], rows=["a", "b", "c", "end"], x_step=0.04))
    assert said(page) == (
        "before. Nothing. Moment 1 of 3: mean peak 0.051; the brightest place moves on in 0 of 3 steps."
    )
    page.get_by_role("button", name="Next").click()
    assert said(page).startswith("after 3,000 strings. One place. Moment 2 of 3: mean peak 0.5; ")
    page.get_by_role("button", name="Next").click()
    assert said(page).endswith("mean peak 1; the brightest place moves on in 3 of 3 steps.")
    assert page.get_by_role("button", name="Next").is_disabled()
    assert "a 1 at 0.1; b 1 at 0.26; c 1 at 0.42; end 1 at 0.58." in alt(page)  # (column + ½) · 0.04
    assert alt(page, 1) == ("Mean of the rows' largest values: 0.051 at moment 1, 1 at moment 3, 1 at the last.")


def test_it_plays_to_the_end_and_begins_again(page):
    bare.show(page, film(per_second=10))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => model.get('moment') === 3")
    wait(page, 250)
    play = page.get_by_role("button", name="Play")
    assert play.get_attribute("aria-pressed") == "false"
    play.click()
    assert moment(page) == 1
    page.wait_for_function("() => model.get('moment') === 3")


def test_it_can_be_paused_and_plays_as_fast_as_it_is_asked_to(page):
    frames = np.random.default_rng(0).uniform(0, 1, (40, 3, 5))
    bare.show(page, film(frames, times=[f"moment {n}" for n in range(40)], per_second=10))
    page.get_by_role("button", name="Play").click()
    started, first = time.perf_counter(), moment(page)
    wait(page, 1000)
    passed, n_shown = time.perf_counter() - started, moment(page) - first
    assert 4 * passed <= n_shown <= 10 * passed + 2  # a busy machine is late, none is early
    page.get_by_role("button", name="Pause").click()
    here = moment(page)
    wait(page, 300)
    assert moment(page) == here


def test_nothing_moves_by_itself_where_motion_is_reduced(page):
    page.emulate_media(reduced_motion="reduce")
    bare.show(page, film(per_second=10))
    step = page.get_by_role("button", name="Step on")
    for expected in (2, 3, 1):
        step.click()
        wait(page, 300)
        assert moment(page) == expected


def test_the_moments_are_gone_through_by_keyboard_and_by_pointer(page):
    bare.show(page, film())
    slider = page.get_by_label("moment", exact=True)
    slider.press("ArrowRight")
    assert moment(page) == 2
    slider.press("End")
    assert moment(page) == 3, "there are three"
    slider.press("ArrowRight")
    assert moment(page) == 3
    box = page.locator("canvas.plot").nth(1).bounding_box()
    page.mouse.click(box["x"] + 62 + (box["width"] - 76) / 6, box["y"] + 60)  # the first of three
    assert moment(page) == 1
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()  # the page draws it with its next frame


HOOK = """() => { const copy = AudioBuffer.prototype.copyToChannel;
    window.played = [];
    AudioBuffer.prototype.copyToChannel = function (samples, ...rest) {
        played.push({ rate: this.sampleRate, samples: [...samples] });
        copy.call(this, samples, ...rest);
    }; }"""


def test_each_moment_has_its_own_sound(page):
    tones = [0.2 * np.sin(2 * np.pi * hz / 8000 * np.arange(n)) for hz, n in ((300, 6000), (500, 8000), (900, 4000))]
    bare.show(page, film(sounds=tones, sample_rate=8000))
    page.evaluate(HOOK)
    for which in range(3):
        page.evaluate("n => { model.set('moment', n); window.played = []; }", which + 1)
        page.get_by_role("button", name="Hear this moment").click()
        page.wait_for_function("() => played.length")
        page.get_by_role("button", name="Stop").click()
        heard = page.evaluate("() => played[0]")
        options = {"from_rate": 8000, "to_rate": int(heard["rate"]), "lowpass_filter_width": 16}
        expected = filters.resample(tones[which], **options)
        assert len(heard["samples"]) == len(expected)
        np.testing.assert_allclose(heard["samples"][:-2000], expected[:-2000], atol=3e-4)  # 16 bits; its end fades


def test_a_moment_that_is_chosen_while_it_sounds_is_heard(page):
    tones = [0.1 * np.sin(2 * np.pi * hz / 8000 * np.arange(40_000)) for hz in (300, 500, 900)]
    bare.show(page, film(sounds=tones, sample_rate=8000))
    page.get_by_role("button", name="Hear this moment").click()
    for which, hz in ((1, 300), (3, 900), (2, 500)):
        page.evaluate("n => model.set('moment', n)", which)
        wait(page, 200)
        assert abs(bare.strongest_hz(page.evaluate(bare.LISTEN)) - hz) < 2


def test_without_sounds_there_is_no_button_for_them(page):
    bare.show(page, film())
    assert not page.get_by_role("button", name="Hear").count()


def test_closing_ends_the_film(page):
    bare.show(page, film(per_second=10))
    page.get_by_role("button", name="Play").click()
    page.evaluate("() => close_()")
    here = moment(page)
    wait(page, 300)
    assert moment(page) == here


# ---------------------------------------------------------------------------------------------------- as Python sees it


def test_codes_of_eight_bits_and_their_floats_are_the_same_film():
    codes = np.random.default_rng(1).integers(0, 256, (3, 4, 20), dtype=np.uint8)
    assert film(codes, high=1.0).frames == film(codes / 255, high=1.0).frames == codes.tobytes()
    assert film(codes).axes["high"] == codes.max() / 255


def test_spans_and_the_largest_film_are_taken():
    spans = [[0.0, 1.0], [2, 3]]
    assert film(spans=spans).axes["spans"] == spans
    large = film(np.zeros((240, 40, 100)), times=["now"] * 240, high=1)
    assert large.shape == [240, 40, 100] and film(staircase()[:1], times=["now"], moment=1).moment == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"frames": np.zeros((4, 20))},
            r"frames must have shape \(moments, rows, columns\), at most .*, got \(4, 20\)",
        ),
        (
            {"frames": np.zeros((3, 81, 2))},
            r"frames must have shape .* got \(3, 81, 2\): pass fewer moments, or a part",
        ),
        ({"frames": np.full((3, 4, 20), np.nan)}, "frames must be finite, got 240 NaN"),
        ({"frames": np.zeros((3, 4, 20))}, "high must be above low=0, got 0: pass the value that is to be white"),
        ({"frames": np.ones((200, 80, 100)), "times": ["a"] * 200}, "frames must fit into 1,000,000 bytes at one byte"),
        ({"times": TIMES[:2]}, "times must be 3, one for each, got 2: pass as many as there are"),
        ({"times": ["a", "b", ""]}, r"times\[2\] must have 1 to 200 characters, got 0: write a line of words"),
        ({"captions": ["one"]}, "captions must be 3, one for each, got 1"),
        ({"rows": ["one"]}, "rows must be 4, one for each, got 1"),
        ({"x_step": 0}, "x_step must be above 0, got 0"),
        ({"spans": [[1, 0.5]]}, "spans must hold 0 ≤ begin < end ≤ 20, got .*: pass them in the unit of x"),
        ({"spans": [[1, 21]]}, "spans must hold 0 ≤ begin < end ≤ 20"),
        ({"spans": [[0, 1]] * 5}, r"spans must have shape \(4 rows or fewer, 2\), got \(5, 2\)"),
        ({"sounds": [np.ones(9) / 9] * 3}, "sounds must be given together with sample_rate, got .* alone: pass both"),
        ({"sample_rate": 8000}, "sample_rate must be given together with sounds, got 8000 alone: pass both"),
        ({"sounds": [np.ones(9) / 9], "sample_rate": 8000}, "sounds must be 3, one for each, got 1"),
        ({"sounds": [np.ones(9) * 2] * 3, "sample_rate": 8000}, "must lie within ±1, got a peak of 2"),
        ({"moment": 4}, "moment must be at most 3, got 4: lower moment"),
        ({"brightness": "dim"}, "brightness must be one of 'square root', 'linear', got 'dim'"),
    ],
)
def test_bad_values_are_refused_in_a_sentence(given, words):
    with refuses(words):
        film(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"frames": None}, "frames must"),
        ({"frames": staircase() + 0j}, "frames must be real, got complex128"),
        ({"times": "abc"}, "times must be a list, got 'abc': pass one for each"),
        ({"times": [1, 2, 3]}, r"times\[0\] must be a str, got 1: write it in quotes"),
        ({"x_label": None}, "x_label must be a str, got None: write it in quotes"),
        ({"moment": 1.5}, "moment must be a whole number, got 1.5: pass an int"),
        ({"high": "1"}, "high must be a number, got '1'"),
    ],
)
def test_values_of_a_wrong_type_are_refused_in_a_sentence(given, words):
    with refuses(words, TypeError):
        film(**given)
