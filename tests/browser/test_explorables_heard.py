"""What the interactives sound: as loud and as high as they say, without clicks or mirror images."""

import numpy as np
import pytest

from course_utils import explorables
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz


@pytest.mark.parametrize(("hz", "heard_hz"), [(3000, 3000), (5000, 3000), (11_000, 3000), (7800, 200)])
def test_aliasing_sounds_where_the_formula_says_and_as_loud_as_it_was_sampled(page, hz, heard_hz):
    bare.show(page, explorables.aliasing(frequency_hz=hz))
    page.get_by_role("button", name="Hear the samples").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - heard_hz) < 1
    rms = np.sqrt(np.mean(np.square(heard["samples"])))
    assert abs(20 * np.log10(rms / (0.3 / np.sqrt(2)))) < 0.2  # dB; the resampler's pass band is flat to 0.1 dB
    page.get_by_role("button", name="Hear the air").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - hz) < 1, "the other sound goes on, or this one has not begun"


def test_a_moved_slider_moves_the_tone_that_sounds(page):
    bare.show(page, explorables.aliasing(frequency_hz=1000))
    page.get_by_role("button", name="Hear the samples").click()
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1000) < 1
    page.evaluate("() => model.set('frequency_hz', 6500)")
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1500) < 1


def test_anti_alias_filter_takes_the_tone_away(page):
    bare.show(page, explorables.aliasing(frequency_hz=6000, anti_alias=True))
    page.get_by_role("button", name="Hear the samples").click()
    assert np.abs(page.evaluate(LISTEN)["samples"]).max() < 1e-3


OFFLINE = """async ({ code, signals, rate, options, seconds, stopAt, selectAt }) => {
    const { startSound, safeGain } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const context = new OfflineAudioContext(1, Math.round(seconds * 48000), 48000);
    const rows = signals.map((row) => Float32Array.from(row));
    const sound = startSound(context, context.destination, rows, rate, options);
    if (stopAt) context.suspend(stopAt).then(() => { sound.stop(); context.resume(); });
    if (selectAt) context.suspend(selectAt).then(() => { sound.select(1); context.resume(); });
    const rendered = await context.startRendering();
    return { gain: safeGain(rows), samples: [...rendered.getChannelData(0)] };
}"""


@pytest.fixture
def render(page):
    """Render what startSound builds without a sound card: samples at 48 kHz, and the gain that keeps it safe."""
    bare.show(page, explorables.aliasing())
    code = explorables.base.LIBRARY + "\nexport { startSound, safeGain };"

    def rendered(signals, rate=48_000, *, seconds=1.0, stop_at=None, select_at=None, **options):
        given = {"code": code, "signals": [list(map(float, row)) for row in signals], "rate": rate, "options": options}
        given |= {"seconds": seconds, "stopAt": stop_at, "selectAt": select_at}
        result = page.evaluate(OFFLINE, given)
        return np.array(result["samples"]), result["gain"]

    return rendered


def click_db(samples, hz):
    """The loudest moment far above the tone, in dBFS: what a jump would leave there."""
    from scipy.signal import butter, sosfilt

    return 20 * np.log10(np.abs(sosfilt(butter(8, 6000, "high", fs=48_000, output="sos"), samples)).max() + 1e-12)


def test_sound_begins_ends_and_switches_without_a_click(render):
    t = np.arange(48_000) / 48_000
    tone, other = 0.25 * np.cos(2 * np.pi * 300 * t), 0.1 * np.sin(2 * np.pi * 300 * t)
    for options in ({}, {"stop_at": 0.3}, {"loop": True, "stop_at": 0.45}):
        samples, gain = render([tone], seconds=1.3, **options)
        assert gain == 1 and samples[0] == 0 and np.abs(samples[-4800:]).max() == 0
        assert click_db(samples, 300) < -60
        middle = samples[4800:9600]
        assert abs(np.sqrt(np.mean(middle**2)) - 0.25 / np.sqrt(2)) < 1e-3  # the level is the signal's own
    switched, _ = render([tone, other], seconds=0.9, select_at=0.4)
    assert abs(np.sqrt(np.mean(switched[30_000:38_400] ** 2)) - 0.1 / np.sqrt(2)) < 1e-3
    gap = np.sqrt(np.convolve(switched[12_000:30_000] ** 2, np.ones(480) / 480, "valid"))
    assert gap.min() > 0.06, "there is a gap between the versions"
    assert click_db(switched, 300) < -60


def test_a_jump_would_be_noticed(render):
    samples, _ = render([0.25 * np.cos(2 * np.pi * 300 * np.arange(48_000) / 48_000)], seconds=0.9)
    samples[20_000:] = 0
    assert click_db(samples, 300) > -40


def test_too_loud_is_turned_down_and_quiet_is_left_alone(render):
    sine = np.sin(2 * np.pi * 100 * np.arange(24_000) / 48_000)
    for signal in (np.sign(sine), 0.99 * sine):
        samples, gain = render([signal], seconds=0.5)
        assert gain < 1 and np.sqrt(np.mean(samples[2400:-2400] ** 2)) < 10 ** (-9 / 20) * 1.001
    samples, gain = render([0.01 * sine], seconds=0.5)
    assert gain == 1 and abs(np.sqrt(np.mean(samples[2400:-2400] ** 2)) - 0.01 / np.sqrt(2)) < 1e-5


def test_a_sound_of_another_rate_has_no_mirror_images(render):
    t = np.arange(8000) / 8000
    samples, _ = render([0.3 * np.sin(2 * np.pi * 3000 * t)], 8000, seconds=0.8)
    level = np.abs(np.fft.rfft(samples[4800:28_800] * np.blackman(24_000)))
    level_db = 20 * np.log10(level / level.max() + 1e-12)
    assert level.argmax() == 1500
    assert level_db[2100:].max() < -60  # from 4.2 kHz up; straight lines between samples would leave −9 dB at 5 kHz
