"""wave_lab on an empty page: its numbers, its sound and its air are those of course_utils.sound."""

import re

import numpy as np
import pytest

from course_utils import explorables, filters, sound
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

RATE = 48_000
PLAYED = """() => {
    const { context, playing } = courseSound;
    return { rate: context.sampleRate, samples: [...playing.sound.sources[0].buffer.getChannelData(0)] };
}"""
# How many pixels of the colour of the parcels each column of the last canvas holds, and the axes.
PARCELS = """() => {
    const canvas = [...document.querySelectorAll('canvas.plot')].at(-1), { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data, counts = Array(width).fill(0);
    for (let i = 0; i < width * height; i++) {
        if (pixels[4 * i] === 0x63 && pixels[4 * i + 1] === 0x63 && pixels[4 * i + 2] === 0x63) counts[i % width]++;
    }
    return counts;
}"""


def said(page):
    wait(page, 100)
    return page.locator(".said").inner_text()


def played(page):
    found = page.evaluate(PLAYED)
    return np.array(found["samples"]), found["rate"]


def at_rate(signal, rate):
    return filters.resample(signal, from_rate=RATE, to_rate=int(rate), lowpass_filter_width=16)


def scaled(amplitudes):
    amplitudes = np.array(amplitudes, float)
    return 0.1 * amplitudes / np.sqrt(np.sum(amplitudes**2) / 2)


def test_crest_that_is_said_is_the_crest_of_the_harmonic_tone(page):
    amplitudes = [1, 0, 0.6, 0, 0.3, 0, 0.2, 0.8]
    bare.show(page, explorables.wave_lab(amplitudes=amplitudes, highest=12))
    given = [*amplitudes, *(8 * 0.8 / k for k in range(9, 13))]
    tone = sound.harmonic_tone(100, amplitudes=given, duration_s=0.01, sample_rate=409_600)
    crest_db = sound.amplitude_to_db(sound.peak(tone) / sound.rms(tone))
    found = re.fullmatch(r"(\d+) harmonics of 220 Hz, peak (\S+) dB over RMS\.", said(page))
    assert found.group(1) == "9" and abs(float(found.group(2)) - crest_db) < 0.1


def test_held_tone_has_its_partials_at_an_rms_of_a_tenth(page):
    bare.show(page, explorables.wave_lab(amplitudes=[0.5, 0, 0, 1, 0, 0, 0, 0], fundamental_hz=150))
    page.get_by_role("button", name="Hear it held").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 600) < 1
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) - 0.1) < 0.002
    page.evaluate("() => model.set('amplitudes', [0, 0, 1, 0, 0, 0, 0, 0])")
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 450) < 1, "the sound does not follow the bars"


def test_note_is_the_sum_of_the_partials_times_the_envelope(page):
    envelope = {"attack_s": 0.3, "decay_s": 0.2, "sustain_level": 0.4, "release_s": 0.5}
    amplitudes = [1, 0.5, 0.25, 0, 0, 0, 0, 0]
    lab = explorables.wave_lab(amplitudes=amplitudes, fundamental_hz=200, detuned=2, detune_hz=3, **envelope)
    bare.show(page, lab)
    page.get_by_role("button", name="Hear the note").click()
    wait(page, 200)
    samples, rate = played(page)
    first, second, third = scaled(amplitudes)[:3]
    partials = [(200, first), (400, second / 2), (403, second / 2), (600, third)]
    expected = sum(sound.sine(hz, amplitude=a, duration_s=2, sample_rate=RATE) for hz, a in partials)
    expected = at_rate(expected * sound.adsr(**envelope, duration_s=2, sample_rate=RATE), rate)
    faded = round(0.02 * rate)
    np.testing.assert_allclose(samples[:-faded], expected[:-faded], atol=1e-5)


@pytest.mark.parametrize(("detuned", "fall"), [(1, 10 * np.log10((1 + 0.25) / 0.25)), (2, 10 * np.log10(1.25))])
def test_beats_fade_as_often_as_the_detune_says_and_only_their_harmonic(page, detuned, fall):
    amplitudes = [1, 0.5, 0, 0, 0, 0, 0, 0]
    bare.show(page, explorables.wave_lab(amplitudes=amplitudes, fundamental_hz=300, detuned=detuned, detune_hz=4))
    words = f"Harmonic {detuned} fades 4 times a second, the whole tone falls by {fall:.1f} dB."
    assert said(page).endswith(words)
    page.get_by_role("button", name="Hear it held").click()
    wait(page, 100)
    samples, rate = played(page)
    level = sound.rms(samples.reshape(-1, round(rate / 100)))  # every 10 ms, three periods
    assert abs(sound.amplitude_to_db(level.max() / level.min()) - fall) < 0.3
    middle = np.sqrt(level.max() * level.min())
    assert np.count_nonzero(np.diff((level < middle).astype(int)) == 1) == 8  # in two seconds
    assert abs(samples[0] - samples[-1]) < 0.02, "it jumps where it begins anew"


def test_frequencies_that_do_not_return_are_moved_to_where_the_loop_closes(page):
    bare.show(page, explorables.wave_lab(amplitudes=[1] + 7 * [0], fundamental_hz=220.3))
    page.get_by_role("button", name="Hear it held").click()
    wait(page, 100)
    samples, rate = played(page)
    assert abs(samples[0] - samples[-1]) < 2 * np.pi * 221 / rate * 0.15


def test_a_harmonic_that_beats_alone_takes_the_tone_with_it(page):
    bare.show(page, explorables.wave_lab(amplitudes=[0, 1, 0, 0, 0, 0, 0, 0], detuned=2, detune_hz=2.5))
    assert said(page).endswith("Harmonic 2 fades 2.5 times a second, the whole tone falls silent with it.")
    page.evaluate("() => model.set('detuned', 3)")
    assert said(page).endswith("over RMS."), "there is no third harmonic"


def test_without_a_partial_there_is_silence_and_no_nan(page):
    bare.show(page, explorables.wave_lab(amplitudes=8 * [0]))
    assert said(page) == "No partial is left: silence."
    page.get_by_role("button", name="Hear it held").click()
    wait(page, 100)
    assert not np.any(played(page)[0])


def test_a_bar_is_dragged_in_the_picture_and_moved_by_keys(page):
    bare.show(page, explorables.wave_lab())
    box = page.locator("canvas.plot").nth(1).bounding_box()
    width = box["width"] - 62 - 14
    x_of_3 = box["x"] + 62 + width * (3 - 0.4) / 8.2
    page.mouse.move(x_of_3, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(x_of_3, box["y"] + 5)
    page.mouse.up()
    assert page.evaluate("() => model.get('amplitudes')[2]") == 1
    control = page.get_by_label("amplitude of harmonic 5")
    control.press("Home")
    assert page.evaluate("() => model.get('amplitudes')[4]") == 0
    wait(page, 60)
    assert control.get_attribute("aria-valuetext") == "0.00"


@pytest.mark.parametrize("instant", [0.0, 0.3])
def test_parcels_crowd_where_the_pressure_is_high(page, instant):
    bare.show(page, explorables.wave_lab(amplitudes=[1] + 7 * [0], fundamental_hz=220, instant=instant))
    counts, wavelength = np.array(page.evaluate(PARCELS)), 343 / 220
    place = 4 * (np.arange(len(counts)) - 62) / (len(counts) - 76)
    pressure = np.sin(2 * np.pi * (instant - place / wavelength))
    inside = (place > 0.02) & (place < 3.98)
    crest, valley = counts[inside & (pressure > 0.95)].mean(), counts[inside & (pressure < -0.95)].mean()
    assert 2.5 < crest / valley < 6  # density 1 / (1 − 0.6 p): 2.5 against 0.63, less what the line covers


def test_the_air_moves_after_a_click_only_and_stands_where_motion_is_reduced(page, program):
    picture = "() => [...document.querySelectorAll('canvas.plot')].at(-1).toDataURL()"
    bare.show(page, explorables.wave_lab())
    before = page.evaluate(picture)
    wait(page, 200)
    assert page.evaluate(picture) == before
    page.get_by_role("button", name="Move the air").click()
    wait(page, 200)
    assert page.evaluate(picture) != before
    page.get_by_role("button", name="Hold the air").click()
    wait(page, 100)
    assert 0 < page.evaluate("() => model.get('instant')") < 0.5
    with bare.page_for(program, reduced_motion="reduce") as still:
        bare.show(still, explorables.wave_lab())
        still.get_by_role("button", name="an eighth of a period on").click()
        wait(still, 100)
        stands = still.evaluate(picture)
        assert still.evaluate("() => model.get('instant')") == 0.125
        assert "0.13 of a period" in still.locator("canvas.plot").last.get_attribute("aria-label")
        wait(still, 200)
        assert still.evaluate(picture) == stands and not still.problems


@pytest.mark.parametrize("bad", [[1, 0.5], 8 * [1.2], [*7 * [0], float("nan")], "1, 2"])
def test_bad_amplitudes_raise(bad):
    with pytest.raises((ValueError, TypeError), match="amplitude") as error:
        explorables.wave_lab(amplitudes=bad)
    assert type(error.value) is not AssertionError
