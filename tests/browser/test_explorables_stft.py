"""The interactives of lecture 04 show the numbers of course_utils, and sound as the formulas say."""

import re

import numpy as np
import pytest

from course_utils import dft, explorables, stft
from course_utils.explorables.stft_lab import RATE, course_clips
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait


def said(page):
    wait(page, 100)
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
        near = clip[first - 300 - n_fft // 2 : second + 300 + n_fft // 2]
        by_time = stft.spectrogram(near, n_fft=n_fft, hop_length=1, center=False)[n_fft // 4 :].sum(axis=0)
        clicks_are_two = valley_db(by_time, 300 + (second - first) // 2, [300, 300 + second - first]) < -3
        by_hz = stft.spectrogram(tones_only, n_fft=RATE, win_length=n_fft, hop_length=500, center=False)
        tones_are_two = valley_db(by_hz, 1010, [1000, 1020]).max() < -3
        assert clicks_are_two == (n_fft <= 128) and tones_are_two == (n_fft >= 4096)


@pytest.mark.parametrize("window", dft.WINDOWS)
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 0.125), (1024, 0.25), (1024, 0.75), (8192, 0.5)])
def test_the_decisions_in_seconds_hertz_and_ripple(page, window, n_fft, hop):
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


def test_one_bin_is_heard_alone_with_its_share_of_the_window(page):
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


def test_without_a_way_back_nothing_is_heard(page):
    bare.show(page, explorables.stft_lab(*two_sines(), n_fft=1024, frequency_hz=1000))
    button = page.get_by_role("button", name="Hear one bin")
    button.click()
    wait(page, 200)
    page.evaluate("() => model.set('hop', 1)")
    assert "NOLA fails" in said(page) and button.count() and not button.is_enabled()
    assert page.evaluate("() => courseSound.playing") is None
    page.evaluate("() => model.set('window', 'hamming')")  # ends at 0.08: NOLA holds, COLA does not
    assert "NOLA" not in said(page) and button.is_enabled()


def test_the_brightest_row_of_the_picture_is_the_tone(page):
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


def test_a_drag_moves_the_bin_but_not_while_the_picture_is_zoomed(page):
    bare.show(page, explorables.stft_lab())
    box = page.locator("canvas.plot").first.bounding_box()

    def press_halfway():
        page.mouse.move(box["x"] + 200, box["y"] + 26 + (box["height"] - 70) / 2)
        page.mouse.down()
        page.mouse.up()
        return page.evaluate("() => model.get('frequency_hz')")

    assert abs(press_halfway() - RATE / 4) < 50
    page.evaluate("() => { model.set('frequency_hz', 1010); model.set('zoom', true); }")
    wait(page, 60)
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


# ------------------------------------------------------------------------------------------------------ Griffin–Lim


class PageDice(np.random.Generator):
    """The random numbers of seededRandom(1) (mulberry32), frame after frame, as ``griffin_lim`` asks for them."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def random(self, size, dtype):
        n_bins, n_frames = size
        state, drawn = 1, []
        for _ in range(n_bins * n_frames):
            state = (state + 0x6D2B79F5) & 0xFFFFFFFF
            mixed = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
            mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) & 0xFFFFFFFF
            drawn.append((mixed ^ (mixed >> 14)) / 2**32)
        return np.reshape(drawn, (n_frames, n_bins)).T.astype(dtype)


class Zeros(PageDice):
    def random(self, size, dtype):
        return np.zeros(size, dtype)


def short_sound(n=6000, rate=8000):
    t = np.arange(n) / rate
    return 0.2 * np.sin(2 * np.pi * (300 * t + 200 * t**2)) + 0.05 * np.random.default_rng(2).uniform(-1, 1, n), rate


@pytest.mark.parametrize(("momentum", "start"), [(0, "random"), (0.99, "random"), (0.5, "zero")])
def test_the_curve_is_that_of_griffin_lim_from_the_same_phases(page, momentum, start):
    widget = explorables.griffin_lim_lab(*short_sound(), momentum=momentum, start=start)
    sent = np.frombuffer(widget.audio, "<i2") / 32768
    magnitude = np.abs(stft.stft(sent, n_fft=1024, hop_length=256))
    dice = PageDice() if start == "random" else Zeros()
    _, expected = stft.griffin_lim(magnitude, rng=dice, n_iter=8, momentum=momentum, length=len(sent))
    bare.show(page, widget)
    for _ in range(8):
        page.get_by_role("button", name="One step").click()
    got_db = page.evaluate("() => model.get('convergence_db')")
    np.testing.assert_allclose(got_db, 20 * np.log10(expected), rtol=1e-5)
    step, _, shown_momentum, distance_db, *_ = numbers(said(page))
    assert (step, shown_momentum) == (8, momentum) and abs(distance_db - got_db[-1]) < 0.051


def test_it_runs_in_slices_stops_and_starts_again(page):
    bare.show(page, explorables.griffin_lim_lab())
    run = page.get_by_role("button", name="Run")
    run.click()
    gaps_ms = page.evaluate(
        """async () => {
            const gaps = [];
            let last = performance.now();
            for (let i = 0; i < 60; i++) {
                await new Promise(requestAnimationFrame);
                gaps.push(performance.now() - last);
                last = performance.now();
            }
            return gaps.sort((a, b) => a - b);
        }"""
    )
    assert gaps_ms[30] < 5 * gaps_ms[5] and gaps_ms[-1] < 20 * gaps_ms[30]  # a hundred steps in one go take a second
    page.get_by_role("button", name="Stop").click()
    wait(page, 100)
    n = page.evaluate("() => model.get('steps')")
    wait(page, 300)
    curve_db = page.evaluate("() => model.get('convergence_db')")
    assert 3 < n == len(curve_db) == page.evaluate("() => model.get('steps')") < 100
    assert np.diff(curve_db).max() < 1e-9  # without momentum the distance cannot grow
    page.evaluate("() => model.set('momentum', 0.99)")
    assert "Step 0 " in said(page)
    assert "1 earlier curve" in page.locator("canvas.plot").nth(1).get_attribute("aria-label")


def test_the_hundredth_step_is_the_last_and_closing_ends_a_run(page):
    bare.show(page, explorables.griffin_lim_lab(*short_sound(2000)))
    page.get_by_role("button", name="Run").click()
    page.wait_for_function("() => model.get('steps') === 100", timeout=20_000)
    wait(page, 100)
    assert not page.get_by_role("button", name="Run").is_enabled()
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("button", name="Run").click()
    page.evaluate("() => { close_(); model.saved.length = 0; }")
    wait(page, 400)
    assert page.evaluate("() => model.saved.length") == 0


def test_the_estimate_is_heard_and_followed(page):
    t = np.arange(12_000) / 8000
    bare.show(page, explorables.griffin_lim_lab(0.3 * np.sin(2 * np.pi * 1000 * t), 8000, start="zero", momentum=0.99))
    page.get_by_role("button", name="Hear the estimate").click()
    heard = page.evaluate(LISTEN)
    before = np.sqrt(np.mean(np.square(heard["samples"])))
    page.get_by_role("button", name="Run").click()
    page.wait_for_function("() => model.get('steps') === 100", timeout=60_000)
    heard = page.evaluate(LISTEN)
    after = np.sqrt(np.mean(np.square(heard["samples"])))
    assert abs(strongest_hz(heard) - 1000) < 2
    assert abs(after / (0.3 / np.sqrt(2)) - 1) < 0.2 < abs(before / (0.3 / np.sqrt(2)) - 1)
    page.get_by_role("button", name="Hear the original").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 1000) < 1
    assert abs(np.sqrt(np.mean(np.square(heard["samples"]))) / (0.3 / np.sqrt(2)) - 1) < 0.02


def test_griffin_lim_refuses_bad_values():
    with pytest.raises(ValueError, match="momentum must be one of"):
        explorables.griffin_lim_lab(momentum=0.3)
    with pytest.raises(ValueError, match="start must be one of"):
        explorables.griffin_lim_lab(start="dice")
    with pytest.raises(ValueError, match=r"at least 0\.1 s"):
        explorables.griffin_lim_lab(np.zeros(700), 8000)


def test_what_the_lecture_says_of_the_two_starts():
    sent = np.frombuffer(explorables.griffin_lim_lab().audio, "<i2") / 32768
    magnitude = np.abs(stft.stft(sent, n_fft=1024, hop_length=256))

    def run(dice, momentum):
        given = {"n_iter": 100, "momentum": momentum, "length": len(sent)}
        found, convergence = stft.griffin_lim(magnitude, rng=dice, **given)
        assert np.linalg.norm(found - sent) > np.linalg.norm(sent)  # the waveform's error is above 0 dB
        return 20 * np.log10(convergence)

    page_dice, zeros = run(PageDice(), 0.99), run(Zeros(), 0.99)
    np.testing.assert_allclose([page_dice[0], zeros[0], page_dice[-1], zeros[-1]], [-3.8, -0.9, -34, -35], atol=0.5)
    assert abs(page_dice[4] - zeros[4]) < 0.3
    others = [run(np.random.default_rng(seed), 0.99)[-1] for seed in range(3)]
    assert -35.1 < min(others) and max(others) < -32.9
    for dice, last in ((PageDice(), page_dice[-1]), (Zeros(), zeros[-1])):
        with_less = run(dice, 0.9)
        assert with_less[-1] < last and np.diff(with_less).max() < 0
