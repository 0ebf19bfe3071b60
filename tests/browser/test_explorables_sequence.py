"""The attention lab: its weights, by hand and on a clip, are those of scaled dot-product attention; so is its sound."""

import re

import numpy as np
import pytest
import torch

from course_utils import explorables, filters, mel
from course_utils.explorables.attention_lab import HEADS, NAMES, START
from course_utils.models import layers
from tests.browser import bare
from tests.browser.bare import LISTEN
from tests.browser.lab import wait

RATE = 16_000


def said(page):
    wait(page, 200)
    return page.locator(".said").inner_text()


def shares(page):
    return [int(percent) for percent in re.findall(r"(\d+) % from token", said(page))]


def expected_shares(vectors, last=4, scaled=True):
    query, keys = torch.tensor(vectors[:1]), torch.tensor(vectors[1:5])
    query = query if scaled else query * 2**0.5
    _, weights = layers.attention(query, keys, keys, torch.arange(4)[None] < last)
    return (100 * weights[0]).round().int().tolist()


@pytest.mark.parametrize("options", [{}, {"causal": True, "token": 2}, {"scaled": False}, {"token": 1}])
def test_weights_by_hand_are_those_of_attention(page, options):
    vectors = np.random.default_rng(3).uniform(-2, 2, (9, 2)).round(2).tolist()
    bare.show(page, explorables.attention_lab(vectors=vectors, **options))
    last = options["token"] if options.get("causal") else 4
    assert shares(page) == expected_shares(vectors, last, options.get("scaled", True))


def test_the_longer_key_wins_over_the_one_that_points_the_same_way(page):
    (query, _, second, third, *_) = np.array(START)
    assert query[0] * second[1] == pytest.approx(query[1] * second[0])
    bare.show(page, explorables.attention_lab())
    assert shares(page) == [5, 22, 67, 6]
    assert np.hypot(*third) > 2 * np.hypot(*second)


def log_mel_heads(clip):
    """Frames of a clip as both heads see them: (frames, bands) each."""
    grid = {"sample_rate": RATE, "n_fft": 512, "hop_length": 320, "n_mels": 40}
    power = mel.mel_spectrogram(clip, **grid)
    level_db = np.maximum(10 * np.log10(power / power.max() + 1e-30), -60)
    spread = level_db.std(axis=1, keepdims=True)
    standard = (level_db - level_db.mean(axis=1, keepdims=True)) / np.where(spread == 0, 1, spread)
    centres_hz = mel.mel_frequencies_hz(42, f_min=0, f_max=RATE / 2)[1:-1]
    return {HEADS[0]: standard[centres_hz < 1000].T, HEADS[1]: standard[centres_hz >= 3000].T}


@pytest.mark.parametrize("options", [{}, {"causal": True}, {"scaled": False}])
@pytest.mark.parametrize("query_s", [0.16, 1.44])
def test_heads_on_the_clip_take_from_as_many_frames_as_the_reference(page, options, query_s):
    widget = explorables.attention_lab(query_s=query_s, **options)
    bare.show(page, widget)
    found = re.search(r"from (\d+) by .*, (\d+) by .*\(of (\d+) frames", said(page)).groups()
    m = round(query_s * 50)
    for head, n_most in zip(HEADS, found[:2], strict=True):
        frames = torch.from_numpy(log_mel_heads(np.frombuffer(widget.audio, "<i2") / 32768)[head])
        query = frames[m : m + 1] * (1 if options.get("scaled", True) else frames.shape[1] ** 0.5)
        may_look = torch.arange(len(frames))[None] <= (m if options.get("causal") else len(frames))
        _, weights = layers.attention(query, frames, frames, may_look)
        cumulative = weights[0].sort(descending=True).values.cumsum(dim=0)
        assert int(n_most) == int((cumulative < 0.8).sum()) + 1
    assert int(found[2]) == len(frames)


def band_of_noise(low_hz, high_hz):
    """Half a second between two frequencies, with soft ends."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(RATE // 2))
    hz = np.fft.rfftfreq(RATE // 2, 1 / RATE)
    noise = np.fft.irfft(np.where((hz > low_hz) & (hz < high_hz), spectrum, 0)) * np.hanning(RATE // 2) ** 0.25
    return 0.1 * noise / noise.std()


@pytest.mark.parametrize(("query_s", "is_low"), [(0.26, True), (0.76, False)])
@pytest.mark.parametrize("head", HEADS)
def test_what_the_query_takes_is_heard(page, query_s, is_low, head):
    clip = np.concatenate([band_of_noise(200, 900), band_of_noise(3500, 7500)])
    bare.show(page, explorables.attention_lab(clip, RATE, query_s=query_s, head=head))
    page.get_by_role("button", name="Hear what the query takes").click()
    power = np.zeros(2)  # below and above 2 kHz
    for _ in range(4):  # the sound goes round once a second
        heard = page.evaluate(LISTEN)
        spectrum = np.abs(np.fft.rfft(heard["samples"] * np.hanning(8192))) ** 2
        split = round(2000 * 8192 / heard["rate"])
        power += spectrum[:split].sum(), spectrum[split:].sum()
    assert (power[0] > 10 * power[1]) == is_low and (power[1] > 10 * power[0]) != is_low


def test_the_sound_is_the_clip_with_each_frame_at_its_weight(page):
    widget = explorables.attention_lab(query_s=0.16, head=HEADS[0])
    bare.show(page, widget)
    page.evaluate(
        """() => { const copy = AudioBuffer.prototype.copyToChannel;
            AudioBuffer.prototype.copyToChannel = function (samples, ...rest) {
                window.played = { rate: this.sampleRate, samples: [...samples] };
                copy.call(this, samples, ...rest);
            }; }"""
    )
    page.get_by_role("button", name="Hear what the query takes").click()
    wait(page, 300)
    played = page.evaluate("() => played")
    clip = np.frombuffer(widget.audio, "<i2") / 32768
    frames = torch.from_numpy(log_mel_heads(clip)[HEADS[0]])
    weights = layers.attention(frames[8:9], frames, frames)[1][0].numpy()
    expected = clip * np.interp(np.arange(len(clip)) / 320, np.arange(len(weights)), weights / weights.max())
    if played["rate"] != RATE:
        options = {"from_rate": RATE, "to_rate": int(played["rate"]), "lowpass_filter_width": 16}
        expected = filters.resample(expected, **options)
    np.testing.assert_allclose(played["samples"], expected, atol=2e-4)


def test_dragging_a_vector_takes_hold_of_the_nearest(page):
    widget = explorables.attention_lab()
    bare.show(page, widget)
    wait(page, 200)
    to_page = """([x, y]) => {
        const box = document.querySelector('canvas.plot').getBoundingClientRect(), high = 2.3, width = box.width - 76;
        const wide = (high * width) / 230;
        return [box.x + 62 + (x + wide) / (2 * wide) * width, box.y + 256 - (y + high) / (2 * high) * 230];
    }"""
    page.mouse.move(*page.evaluate(to_page, START[NAMES.index("key 4")]))
    page.mouse.down()
    page.mouse.move(*page.evaluate(to_page, [1.0, 1.0]), steps=4)
    page.mouse.up()
    wait(page, 200)
    state = page.evaluate("() => Object.fromEntries(['vector', 'x', 'y', 'vectors'].map((n) => [n, model.get(n)]))")
    assert state["vector"] == "key 4"
    np.testing.assert_allclose([state["x"], state["y"]], [1, 1], atol=0.06)
    assert state["vectors"][4] == [state["x"], state["y"]]
    assert [v for i, v in enumerate(state["vectors"]) if i != 4] == [v for i, v in enumerate(START) if i != 4]


def test_the_sliders_show_and_move_the_chosen_vector(page):
    bare.show(page, explorables.attention_lab(vector="key 1"))
    assert page.evaluate("() => [model.get('x'), model.get('y')]") == START[1]
    page.get_by_label("move").select_option("value 3")
    wait(page, 50)
    assert page.evaluate("() => [model.get('x'), model.get('y')]") == START[7]
    page.get_by_label("its x").press("ArrowLeft")
    wait(page, 50)
    moved = page.evaluate("() => model.get('vectors')")
    assert moved[7][0] == pytest.approx(START[7][0] - 0.05) and moved[0] == START[0]


def test_x_and_y_from_python_move_the_chosen_vector():
    widget = explorables.attention_lab(vector="key 2", x=-1.0)
    assert widget.vectors[2] == [-1.0, START[2][1]] and widget.y == START[2][1]


@pytest.mark.parametrize(
    "bad", [{"vectors": [[0, 0]] * 8}, {"vectors": [[0, 3.0]] + START[1:]}, {"x": np.nan}, {"token": 5}, {"query_s": 9}]
)
def test_bad_values_raise_before_the_page_sees_them(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        explorables.attention_lab(**bad)
