"""quantizer on an empty page: its numbers and its sounds are those of course_utils.sampling."""

import re

import numpy as np
import pytest
from scipy.signal import welch

from course_utils import explorables, filters, sampling, sound
from tests.browser import bare
from tests.browser.lab import wait

RATE = 22_050
NUMBERS = re.compile(r"SQNR (\S+) dB, theory (\S+) dB\. Error (\S+) dBFS RMS, (\d+) % of it above 7 kHz\.")
PLAYED = """() => {
    const { context, playing } = courseSound;
    return { rate: context.sampleRate, samples: [...playing.sound.sources[0].buffer.getChannelData(0)] };
}"""
COEFFICIENTS = {"none": (), "first order": (1.0,), "second order": (2.0, -1.0)}


@pytest.fixture(scope="module")
def clip():
    """Noise whose spectrum falls, 1.5 s, as the page gets it: in 16 bits."""
    x = sound.noise("pink", duration_s=1.5, sample_rate=RATE, rng=np.random.default_rng(3), rms=0.12)
    return np.round(x * 32767) / 32768


def said(page):
    wait(page, 150)
    return page.locator(".said").inner_text()


def numbers(page):
    found = NUMBERS.match(said(page))
    return [float(text.replace("−", "-")) for text in found.groups()]


def quantised(x, n_bits, shaping):
    if shaping == "none":
        return sampling.quantize(x, n_bits=n_bits)
    return sampling.noise_shape(x, n_bits=n_bits, coefficients=COEFFICIENTS[shaping])


def share_above_7_khz(error):
    f, density = welch(error, RATE, nperseg=1024)
    return 100 * density[f > 7000].sum() / density[1:].sum()


def show(page, clip, **state):
    bare.show(page, explorables.quantizer(clip * 32768 / 32767, RATE, **state))


@pytest.mark.parametrize("shaping", list(COEFFICIENTS))
@pytest.mark.parametrize(("n_bits", "level_db"), [(3, 0), (8, -20)])
def test_numbers_without_dither_are_those_of_the_reference(page, clip, n_bits, level_db, shaping):
    show(page, clip, n_bits=n_bits, level_db=level_db, shaping=shaping)
    sqnr_db, theory_db, error_db, share = numbers(page)
    x = clip * sound.db_to_amplitude(level_db)
    error = quantised(x, n_bits, shaping) - x
    assert abs(sqnr_db - sampling.sqnr_db(x, x + error)) < 0.06
    assert abs(error_db - sound.amplitude_to_db(sound.rms(error))) < 0.06
    assert abs(share - share_above_7_khz(error)) < 2
    raised = 1 + sum(c**2 for c in COEFFICIENTS[shaping])
    expected = 6.0206 * n_bits + 4.7712 + sound.amplitude_to_db(sound.rms(x)) - sound.power_to_db(raised)
    assert abs(theory_db - expected) < 0.06


@pytest.mark.parametrize("shaping", list(COEFFICIENTS))
def test_dither_makes_theory_right_where_it_was_wrong(page, clip, shaping):
    show(page, clip, n_bits=6, level_db=-30, shaping=shaping)
    without, theory_db, *_ = numbers(page)
    page.evaluate("() => model.set('dither', true)")
    sqnr_db, theory_with_db, _, share = numbers(page)
    assert abs(theory_with_db - theory_db + 10 * np.log10(3)) < 0.11
    assert abs(sqnr_db - theory_with_db) < 0.3
    assert shaping != "none" or without - theory_db > 3
    hz = np.linspace(0, RATE / 2, 1000)
    response = filters.frequency_response(
        [1, *(-c for c in COEFFICIENTS[shaping])], [1], frequency_hz=hz, sample_rate=RATE
    )
    expected = 100 * np.sum(np.abs(response[hz > 7000]) ** 2) / np.sum(np.abs(response) ** 2)
    assert abs(share - expected) < 3
    alt = page.locator("canvas.plot").nth(1).get_attribute("aria-label")
    assert abs(float(re.search(r"by theory (\d+) %", alt).group(1)) - expected) < 1, "the dashed line"


@pytest.mark.parametrize("n_bits", [4, 8, 12])
def test_a_full_scale_sine_has_six_decibels_a_bit(page, n_bits):
    tone = np.round(sound.sine(997, duration_s=1.5, sample_rate=RATE, amplitude=0.999) * 32767) / 32768
    show(page, tone, n_bits=n_bits)
    sqnr_db, theory_db, *_ = numbers(page)
    assert abs(theory_db - (6.02 * n_bits + 1.76)) < 0.1
    assert abs(sqnr_db - sampling.sqnr_db(tone, sampling.quantize(tone, n_bits=n_bits))) < 0.06


def test_each_version_is_heard_and_a_moved_slider_changes_it(page, clip):
    show(page, clip, n_bits=4, heard="clip")

    def heard():
        wait(page, 300)
        found = page.evaluate(PLAYED)
        return np.array(found["samples"]), int(found["rate"])

    def expected(signal, rate):
        return (
            signal if rate == RATE else filters.resample(signal, from_rate=RATE, to_rate=rate, lowpass_filter_width=16)
        )

    page.get_by_role("button", name="Hear").click()
    for n_bits in (4, 7):
        page.evaluate("n => model.set('n_bits', n)", n_bits)
        q = sampling.quantize(clip, n_bits=n_bits)
        for name, signal in (("clip", clip), ("quantised", q), ("error alone", q - clip)):
            page.get_by_label("to be heard").select_option(name)
            samples, rate = heard()
            np.testing.assert_allclose(samples, expected(signal, rate), atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (np.zeros(RATE), "The clip is silent."),
        (np.tile([0.25, 0.5, -0.25, -0.5], RATE // 4), "No error: every sample lies on a step."),
        (np.tile([0.01, -0.01], RATE // 2), "Every sample rounds to zero."),
    ],
)
def test_edges_are_said_and_are_numbers(page, signal, words):
    show(page, signal, n_bits=4, heard="error alone")
    assert said(page).endswith(words)
    page.get_by_role("button", name="Hear").click()
    wait(page, 200)
    assert np.isfinite(page.evaluate(PLAYED)["samples"]).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n_bits": 1}, "n_bits"),
        ({"n_bits": 5.5}, "n_bits"),
        ({"level_db": 3}, "level_db"),
        ({"shaping": "third"}, "shaping"),
        ({"signal": np.zeros(100), "sample_rate": 8000}, "clip"),
        ({"signal": np.zeros((2, 9000)), "sample_rate": 8000}, "mono"),
        ({"signal": np.zeros(9000)}, "sample_rate"),
        ({"signal": 2 * np.ones(9000), "sample_rate": 8000}, "±1"),
    ],
)
def test_bad_values_raise(given, words):
    with pytest.raises((ValueError, TypeError), match=words):
        explorables.quantizer(**given)
