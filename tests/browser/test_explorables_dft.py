"""The interactives of lecture 03 show the numbers of course_utils, and sound as the formulas say."""

import numpy as np
import pytest

from course_utils import audio, dft, explorables
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

NUMBER = r"(−?[\d.]+)"


def said(page):
    wait(page, 60)
    return page.locator(".said").text_content()


def alt(page, which):
    return page.locator("canvas.plot").nth(which).get_attribute("aria-label")


def numbers(text):
    import re

    return [float(found.replace("−", "-")) for found in re.findall(r"−?\d+\.?\d*", text)]


@pytest.fixture(scope="module")
def chord():
    signal, rate = audio.load("music/piano_chord")
    start = rate // 5
    return signal[start : start + rate // 10].astype(float)


@pytest.mark.parametrize("k", [0, 7, 26, 33, 64])
def test_the_walk_of_the_chord_ends_at_the_bin(page, chord, k):
    bare.show(page, explorables.phasors(k=k))
    expected = dft.fft(chord)[k]
    bin_, _, length, *angle, _, largest = numbers(said(page))
    assert bin_ == k and abs(length - abs(expected)) < 0.3  # rounding to 16 bits adds 0.001 on average
    assert abs(largest - np.abs(dft.fft(chord)[:65]).max()) < 0.3
    if k:
        assert abs((angle[0] - np.angle(expected, deg=True) + 180) % 360 - 180) < 1.5


def test_a_tone_of_whole_turns_is_in_one_bin_and_returns_to_the_start_in_all_others(page):
    bare.show(page, explorables.phasors(sound="two tones"))
    for k, magnitude in ((25, 0), (26, 0.2 * 4410 / 2), (27, 0), (38, 0), (39, 0.1 * 4410 / 2), (64, 0)):
        page.evaluate("k => model.set('k', k)", k)
        assert abs(numbers(said(page))[2] - magnitude) < 0.051
    page.evaluate("() => { model.set('k', 39); }")
    assert "−90°" in said(page)  # delayed by a quarter turn: cos(φ − 90°) has the phase −90°


def test_a_part_of_the_piece_ends_where_its_partial_sum_does(page, chord):
    bare.show(page, explorables.phasors(k=26, turned_ms=37))
    n = round(0.037 * 44_100)
    partial = (chord[:n] * np.exp(-2j * np.pi * 26 * np.arange(n) / 4410)).sum()
    text = said(page)
    assert abs(numbers(text)[2] - abs(partial)) < 0.3 and f"{n} of 4410" in text


def test_the_spectrum_holds_what_k_has_passed_and_no_more(page):
    bare.show(page, explorables.phasors(k=20))
    assert numbers(alt(page, 2))[0] == 1
    page.evaluate("() => model.set('k', 30)")
    said(page)
    assert numbers(alt(page, 2))[0] == 11
    page.get_by_role("button", name="All bins").click()
    said(page)
    assert numbers(alt(page, 2))[0] == 65
    page.get_by_role("button", name="Clear bins").click()
    said(page)
    assert numbers(alt(page, 2))[0] == 1


def test_a_drag_over_the_spectrum_moves_k(page):
    bare.show(page, explorables.phasors())
    box = page.locator("canvas.plot").nth(2).bounding_box()
    page.mouse.move(box["x"] + 62 + (box["width"] - 76) / 2, box["y"] + 80)  # the axes begin at 62 and end 14 before
    page.mouse.down()
    page.mouse.up()
    assert page.evaluate("() => model.get('k')") == 32


def test_the_phasor_and_the_tone_are_heard_where_they_turn(page):
    bare.show(page, explorables.phasors(k=40, sound="one tone"))
    page.get_by_role("button", name="Hear the phasor").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 400) < 1
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) - 0.2 / np.sqrt(2)) < 0.003
    page.evaluate("() => model.set('k', 52)")
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 520) < 1
    page.get_by_role("button", name="Hear the sound").click()
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 260) < 1


def test_signals_that_cannot_be_wound_are_refused_in_python():
    with pytest.raises(ValueError, match=r"at least 0\.1 s"):
        explorables.phasors(np.zeros(100), 8000)
    with pytest.raises(TypeError, match="sample_rate"):
        explorables.phasors(np.zeros(10_000))
    with pytest.raises(ValueError, match="NaN"):
        explorables.phasors(np.full(10_000, np.nan), 8000)
    with pytest.raises(ValueError, match="k must be at most 64"):
        explorables.phasors(k=65)


# ---------------------------------------------------------------------------------------------------------- leakage


def tone_levels_db(window, off_bin, weak=0.0, padding=1):
    n, weights = np.arange(256), dft.window(window, 256)
    tone = np.cos(2 * np.pi * (40 + off_bin) * n / 256) + weak * np.cos(2 * np.pi * (60.3 + off_bin) * n / 256)
    spectrum = dft.rfft(np.pad(tone * weights, (0, 256 * (padding - 1))))
    return 20 * np.log10(np.maximum(2 * np.abs(spectrum) / weights.sum(), 1e-10))


@pytest.mark.parametrize("window", dft.WINDOWS)
@pytest.mark.parametrize("off_bin", [0, 0.5, -0.35])
def test_levels_and_lobes_are_those_of_the_window(page, window, off_bin):
    bare.show(page, explorables.leakage(window=window, off_bin=off_bin))
    off, highest_db, n_near, n_bins, _, lobe_bins, side_db = numbers(said(page))
    level_db = tone_levels_db(window, off_bin)
    assert off == off_bin and n_bins == 129
    assert abs(highest_db - level_db.max()) < 0.051  # shown with one digit
    assert n_near == (level_db > level_db.max() - 60).sum()
    offsets = np.arange(1, 40, 1 / 64)
    lobes_db = dft.leakage_db(dft.window(window, 256), offsets)
    edge = int(np.argmax(np.diff(lobes_db) > 0))
    assert abs(lobe_bins - 2 * offsets[edge]) < 0.12  # read at 1/32 of a bin, shown with one digit
    assert abs(side_db - lobes_db[edge:].max()) < 0.8


def test_the_windows_that_show_the_weak_tone_are_those_of_the_lecture(page):
    bare.show(page, explorables.leakage(off_bin=0.5, weak_tone=True))
    for window in dft.WINDOWS:
        page.evaluate("w => model.set('window', w)", window)
        level_db = tone_levels_db(window, 0.5, weak=0.001)
        expected_db = max(0, level_db[60:63].max() - level_db[[58, 64]].max())
        shown_db = numbers(said(page).split("stands out")[1])[0]
        assert abs(shown_db - expected_db) < 0.51
        assert (shown_db > 15) == (window in ("hann", "blackman", "kaiser"))


def test_a_drag_moves_the_tone_off_its_bin_and_no_farther_than_one(page):
    bare.show(page, explorables.leakage())
    box = page.locator("canvas.plot").nth(1).bounding_box()
    at = lambda bin_: box["x"] + 62 + (bin_ - 22) / 46 * (box["width"] - 76)  # noqa: E731
    page.mouse.move(at(40), box["y"] + 100)
    page.mouse.down()
    page.mouse.move(at(40.5), box["y"] + 100)
    assert page.evaluate("() => model.get('off_bin')") == 0.5
    page.mouse.move(at(50), box["y"] + 100)
    page.mouse.up()
    assert page.evaluate("() => model.get('off_bin')") == 1


@pytest.mark.parametrize(("window", "off_bin"), [("rectangular", 0), ("rectangular", 0.5), ("hann", 0.5)])
def test_the_repeated_piece_sounds_as_its_bins_say(page, window, off_bin):
    bare.show(page, explorables.leakage(window=window, off_bin=off_bin))
    page.get_by_role("button", name="Hear it repeated").click()
    heard = page.evaluate(LISTEN)
    x, rate = np.array(heard["samples"]), heard["rate"]
    weights = np.blackman(len(x))
    t = np.arange(len(x)) / rate
    gain = 0.2 * dft.window(window, 256).sum() / 256  # a line of the repeated piece, re a tone of amplitude 1
    expected_db = tone_levels_db(window, off_bin) + 20 * np.log10(gain)
    for k in (20, 35, 39, 40, 41, 45, 60, 90):
        line = 2 * np.abs((x * weights * np.exp(-2j * np.pi * 62.5 * k * t)).sum()) / weights.sum()
        line_db = 20 * np.log10(line + 1e-12)
        assert abs(line_db - expected_db[k]) < 0.5 or max(line_db, expected_db[k]) < -80  # the resampler's own floor


def test_leakage_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="off_bin must be at most 1"):
        explorables.leakage(off_bin=1.5)
    with pytest.raises(ValueError, match="padding must be one of"):
        explorables.leakage(padding=3)
    with pytest.raises(ValueError, match="window must be one of"):
        explorables.leakage(window="bartlett")
