"""The interactive of lecture 06: its counts are those of the filter bank, and it plays what the bands have kept."""

import re
import warnings

import numpy as np
import pytest

from course_utils import explorables, mel
from tests.browser import bare
from tests.browser.bare import LISTEN, strongest_hz
from tests.browser.lab import wait

TONE = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000)
AXES = (26, 220 - 44)  # px from the top of a picture to the top and the bottom of its axes
# Of a canvas: in its middle column, how bright each row of pixels is; and how many rows have the colour of empty bands.
COLUMN = """(canvas) => {
    const scale = canvas.height / canvas.clientHeight, x = Math.round(canvas.width / 2), rows = [];
    const pixels = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height).data;
    for (let y = 0; y < canvas.height; y++) rows.push([...pixels.slice(4 * y, 4 * y + 3)]);
    return { scale, rows };
}"""

LABELS = """(canvas) => {
    const scale = canvas.height / canvas.clientHeight, pen = canvas.getContext('2d');
    return Array.from({ length: canvas.height }, (_, y) =>
        pen.getImageData(Math.round(30 * scale), y, Math.round(28 * scale), 1).data.some((value) => value < 128));
}"""


def said(page):
    wait(page, 100)
    return page.locator(".said").text_content()


def column(page, which):
    found = page.locator("canvas.plot").nth(which).evaluate(COLUMN)
    return np.array(found["rows"]), found["scale"]


def row_of(place, n_mels, pixels):
    """The row of pixels of a place on the axis of bands."""
    return (AXES[1] - place / n_mels * (AXES[1] - AXES[0])) * pixels


@pytest.mark.parametrize(
    ("n_mels", "n_fft", "scale"), [(40, 512, "slaney"), (128, 256, "slaney"), (128, 512, "htk"), (128, 256, "htk")]
)
@pytest.mark.parametrize("norm", ["slaney", "none"])
def test_empty_bands_are_counted_and_light_up(page, n_mels, n_fft, scale, norm):
    bare.show(page, explorables.mel_lab(n_mels=n_mels, n_fft=n_fft, scale=scale, norm=norm))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that bands are empty
        bank = mel.mel_filterbank(sample_rate=16_000, n_fft=n_fft, n_mels=n_mels, scale=scale)
    fed_by = (bank > 0).sum(axis=1)
    text = said(page)
    n_empty, n_single = (int((fed_by == n).sum()) for n in (0, 1))
    verb = "is" if n_empty < 2 else "are"
    assert f"{n_mels} bands of {bank.shape[1]} bins: {n_empty or 'none'} {verb} empty, {n_single or 'none'} fed" in text
    feet_hz = mel.mel_frequencies_hz(n_mels + 2, f_max=8000, scale=scale)[2]
    assert f"The lowest is {feet_hz:.0f} Hz wide" in text
    rows, pixels = column(page, 2)
    lit = np.abs(rows - [0x1A, 0x96, 0xD4]).max(axis=1) < 3
    assert lit.any() == (n_empty > 0)
    middles = [row_of(band + 0.5, n_mels, pixels) for band in np.flatnonzero(fed_by == 0)]
    assert all(lit[round(row) - 1 : round(row) + 2].any() for row in middles)
    assert lit.sum() <= 3.5 * pixels * n_empty  # a stripe is 2 px high


@pytest.mark.parametrize("scale", mel.SCALES)
def test_a_tone_stands_at_its_frequency_in_the_picture(page, scale):
    bare.show(page, explorables.mel_lab(TONE, 16_000, n_mels=50, n_fft=1024, scale=scale))
    wait(page, 100)
    rows, pixels = column(page, 2)
    first = int(AXES[0] * pixels) + 2
    inside = rows[first : int(AXES[1] * pixels) - 2].sum(axis=1)
    bright = first + np.flatnonzero(inside >= inside.max() - 3).mean()
    band_of = mel.hz_to_mel(1000, scale=scale) / mel.hz_to_mel(8000, scale=scale) * 51 - 0.5
    assert abs(bright - row_of(band_of, 50, pixels)) < 150 / 50 * pixels  # the tone lies between two centres
    margin = page.locator("canvas.plot").nth(2).evaluate(LABELS)
    ends = np.flatnonzero(np.diff(np.r_[False, margin, False].astype(int)))
    labels = ends.reshape(-1, 2).mean(axis=1)[::-1]  # 250, 500, 1000, … Hz
    assert abs(labels[2] - bright) < 5 * pixels


@pytest.mark.parametrize("n_mels", [80, 10])
def test_what_is_heard_has_the_spectrum_of_the_reference_inverse(page, n_mels):
    t = np.arange(16_000) / 16_000
    voice = 0.1 * sum(np.cos(2 * np.pi * 150 * k * t + k**2) for k in range(1, 30))
    bare.show(page, explorables.mel_lab(voice, 16_000, n_mels=n_mels, n_fft=1024))
    page.get_by_role("button", name="Hear what is left").click()
    heard = page.evaluate(LISTEN)
    x = np.array(heard["samples"])
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    bank = {"sample_rate": 16_000, "n_fft": 1024}
    M = mel.mel_spectrogram(voice, n_mels=n_mels, hop_length=256, **bank)[:, 20:40]
    expected = mel.mel_to_linear(M, n_iter=20, **bank).sum(axis=1)

    def on_harmonics(power, hz):  # the share of the power below 1 kHz that lies next to one
        return power[(np.abs(hz / 150 - np.round(hz / 150)) < 0.17) & (hz < 1000)].sum() / power[hz < 1000].sum()

    shares = [
        on_harmonics(power, np.fft.rfftfreq(len(x), 1 / heard["rate"])),
        on_harmonics(expected, np.arange(513) * 15.625),
    ]
    assert abs(shares[0] - shares[1]) < 0.1


def test_a_tone_comes_back_as_loud_as_it_was(page):
    bare.show(page, explorables.mel_lab(TONE, 16_000, n_mels=80, n_fft=1024))
    page.get_by_role("button", name="Hear what is left").click()
    heard = page.evaluate(LISTEN)
    assert abs(strongest_hz(heard) - 1000) < 40  # half of the band
    assert abs(20 * np.log10(np.sqrt(np.mean(np.square(heard["samples"]))) / (0.3 / np.sqrt(2)))) < 1  # dB


def test_what_is_heard_follows_the_settings_once_they_rest(page):
    bare.show(page, explorables.mel_lab(TONE, 16_000, n_mels=5, n_fft=1024))
    page.get_by_role("button", name="Hear what is left").click()
    wait(page, 200)
    page.evaluate("() => [10, 20, 40, 80].forEach((n) => model.set('n_mels', n))")
    wait(page, 700)
    assert abs(strongest_hz(page.evaluate(LISTEN)) - 1000) < 40


def test_silence_is_drawn_and_stays_silent(page):
    bare.show(page, explorables.mel_lab(np.zeros(16_000), 16_000))
    assert re.match("40 bands of 257 bins", said(page))
    page.get_by_role("button", name="Hear what is left").click()
    heard = page.evaluate(LISTEN)["samples"]
    assert np.isfinite(heard).all() and not np.any(heard)


def test_bad_values_raise_in_python():
    for traits, match in (
        ({"n_mels": 41}, "n_mels must be one of"),
        ({"n_fft": 400}, "n_fft must be one of 256"),
        ({"scale": "mel"}, "scale must be one of 'slaney', 'htk'"),
        ({"norm": None}, "norm must be one of 'slaney', 'none'"),
    ):
        with pytest.raises((ValueError, TypeError), match=match):
            explorables.mel_lab(**traits)
