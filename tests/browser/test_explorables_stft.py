"""The interactives of lecture 04 show the numbers of course_utils, and sound as the formulas say."""

import re

import numpy as np
import pytest

from course_utils import dft, explorables, stft
from course_utils.explorables.stft_lab import RATE, course_clips
from tests.browser import bare
from tests.browser.test_explorables import LISTEN, page, program, strongest_hz  # noqa: F401, the fixtures


def said(page):  # noqa: F811
    page.wait_for_timeout(100)
    return page.locator(".said").text_content()


def numbers(text):
    return [float(found.replace("−", "-")) for found in re.findall(r"−?\d+\.?\d*", text)]


def valley_db(power, middle, peaks):
    return 10 * np.log10(power[middle] / np.min([power[peak] for peak in peaks], axis=0))


def test_no_window_shows_both_the_clicks_and_the_tones_as_two():
    """What the lecture says of the first clip, with the 3 dB of its first section."""
    clip = course_clips()["clicks and tones"].astype(float)
    at = np.flatnonzero(np.abs(clip) > 0.2)
    first, second = at[0], at[-1]
    assert abs((second - first) / RATE - 0.005) < 2e-4
    tones_only = clip.copy()
    tones_only[first - 200 : second + 200] = clip[first - 200 - 6 * RATE // 20 :][: second - first + 400]  # 6 beats ago
    for n_fft in (64, 128, 256, 512, 1024, 2048, 4096, 8192):
        by_time = stft.spectrogram(clip, n_fft=n_fft, hop_length=1)[n_fft // 4 :, first - 300 : second + 300].sum(
            axis=0
        )
        clicks_are_two = valley_db(by_time, 300 + (second - first) // 2, [300, 300 + second - first]) < -3
        by_hz = stft.spectrogram(tones_only, n_fft=RATE, win_length=n_fft, hop_length=50, center=False)
        tones_are_two = valley_db(by_hz, 1010, [1000, 1020]).max() < -3
        assert clicks_are_two == (n_fft <= 128) and tones_are_two == (n_fft >= 4096)


@pytest.mark.parametrize("window", dft.WINDOWS)
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 0.125), (1024, 0.25), (1024, 0.75), (8192, 0.5)])
def test_the_decisions_in_seconds_hertz_and_ripple(page, window, n_fft, hop):  # noqa: F811
    bare.show(page, explorables.stft_lab(n_fft=n_fft, hop=hop, window=window, frequency_hz=2000))
    text = said(page)
    window_ms, lobe_hz, hop_ms, *_ = numbers(text)
    assert abs(window_ms / (1000 * n_fft / RATE) - 1) < 0.006  # three digits are shown
    assert abs(hop_ms / (1000 * n_fft * hop / RATE) - 1) < 0.006
    offsets = np.arange(0.5, 8, 1 / 64)
    lobe_bins = 2 * offsets[np.argmax(np.diff(dft.leakage_db(dft.window(window, 1024), offsets)) > 0)]
    assert abs(lobe_hz / (lobe_bins * RATE / n_fft) - 1) < 0.02
    error = stft.cola_error(dft.window(window, n_fft), hop_length=int(n_fft * hop))
    if error < 1e-6:
        assert "constant (COLA)" in text
    else:
        assert abs(numbers(text.split("ripple by")[1])[0] - 100 * error) <= max(0.51, 5 * error)
    k = round(2000 * n_fft / RATE)
    assert numbers(text)[-2:] == [k, pytest.approx(k * RATE / n_fft, abs=0.051)]


def two_sines(rate=16_000):
    t = np.arange(2 * rate) / rate
    return 0.3 * np.sin(2 * np.pi * 1000 * t) + 0.2 * np.sin(2 * np.pi * 3000 * t), rate


def test_one_bin_is_heard_alone_with_its_share_of_the_window(page):  # noqa: F811
    bare.show(page, explorables.stft_lab(*two_sines(), n_fft=1024, frequency_hz=1000))
    page.get_by_role("button", name="Hear one bin").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 1000) < 1
    share = 2 / 3  # (Σ w)² / (N Σ w²) of a Hann window; the rest of the tone lies in the two bins beside
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) / (0.3 * share / np.sqrt(2)) - 1) < 0.02
    page.evaluate("() => model.set('frequency_hz', 3000)")
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 3000) < 1
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) / (0.2 * share / np.sqrt(2)) - 1) < 0.02


def test_without_a_way_back_nothing_is_heard(page):  # noqa: F811
    bare.show(page, explorables.stft_lab(*two_sines(), n_fft=1024, frequency_hz=1000))
    button = page.get_by_role("button", name="Hear one bin")
    button.click()
    page.wait_for_timeout(200)
    page.evaluate("() => model.set('hop', 1)")
    assert "NOLA fails" in said(page) and button.count() and not button.is_enabled()
    assert page.evaluate("() => courseSound.playing") is None
    page.evaluate("() => model.set('window', 'hamming')")  # ends at 0.08: NOLA holds, COLA does not
    assert "NOLA" not in said(page) and button.is_enabled()


def test_the_brightest_row_of_the_picture_is_the_tone(page):  # noqa: F811
    signal, rate = two_sines()
    bare.show(page, explorables.stft_lab(signal, rate, n_fft=1024))
    row = page.evaluate(
        """() => {
            const canvas = document.querySelector('canvas.plot'), scale = canvas.width / canvas.clientWidth;
            const x = Math.round((62 + (canvas.clientWidth - 76) / 2) * scale);
            const column = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height).data;
            let best = 0, row = 0;
            for (let y = Math.ceil(28 * scale); y < (canvas.clientHeight - 46) * scale; y++) {
                const bright = column[4 * y] + column[4 * y + 1] + column[4 * y + 2];
                if (bright > best) [best, row] = [bright, y];
            }
            return (canvas.clientHeight - 44 - row / scale) / (canvas.clientHeight - 44 - 26);
        }"""
    )
    assert abs(row * 8000 - 1000) < 8000 / 250 + 16  # a pixel and a bin


def test_a_drag_moves_the_bin_but_not_while_the_picture_is_zoomed(page):  # noqa: F811
    bare.show(page, explorables.stft_lab())
    box = page.locator("canvas.plot").first.bounding_box()

    def press_halfway():
        page.mouse.move(box["x"] + 200, box["y"] + 26 + (box["height"] - 70) / 2)
        page.mouse.down()
        page.mouse.up()
        return page.evaluate("() => model.get('frequency_hz')")

    assert abs(press_halfway() - RATE / 4) < 50
    page.evaluate("() => { model.set('frequency_hz', 1010); model.set('zoom', true); }")
    page.wait_for_timeout(60)
    assert press_halfway() == 1010


def test_bad_values_raise_in_python():
    with pytest.raises(ValueError, match="clip must be one of"):
        explorables.stft_lab(clip="violin")
    with pytest.raises(ValueError, match="n_fft must be one of"):
        explorables.stft_lab(n_fft=1000)
    with pytest.raises(ValueError, match="same length"):
        explorables.stft_lab({"a": np.zeros(9000), "b": np.zeros(8000)}, 8000)
    with pytest.raises(ValueError, match="1,000,000 bytes"):
        explorables.stft_lab(np.zeros(600_000), 8000)
    assert sum(len(value) for value in bare.state_of(explorables.stft_lab())[1].values()) < 1e6  # base64
