"""Pictures: what is drawn is read back from the axes, what is said from the text."""

import base64
import gc
import html
import io
import re
import sys
import weakref

import ipywidgets
import librosa
import matplotlib.image
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import audio, plotting
from tests.hostile import (
    COUNT,
    HOP,
    MONO,
    NOISE,
    NUMBER,
    POSITIVE,
    SAMPLE_RATE,
    SIGNAL,
    SPECTROGRAM,
    SPECTRUM,
    VECTOR,
    refusals,
)
from tests.support import random_signal, refuses

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)


@pytest.fixture
def ax():
    return plotting.Picture().axes[0]


def labels(ax):
    return ax.get_xlabel(), ax.get_ylabel()


def pixels(shown):
    data = re.search(r'src="data:image/png;base64,([^"]+)"', shown._repr_html_())[1]
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(data)))


# ------------------------------------------------------------------------ closed form, hand-worked


def test_a_waveform_stands_at_n_over_the_rate(ax):
    plotting.draw_waveform(ax, [0.1, 0.2, 0.3], 2, label="three")
    assert_allclose(ax.lines[0].get_xydata(), [[0, 0.1], [0.5, 0.2], [1, 0.3]])
    assert labels(ax) == ("time in s", "amplitude")
    assert ax.get_legend_handles_labels()[1] == ["three"]


def test_a_short_waveform_is_drawn_in_milliseconds_and_every_channel_has_its_line(ax):
    plotting.draw_waveform(ax, [[0.1, 0.2], [0.3, 0.4]], 1000)
    assert_allclose(ax.lines[1].get_xydata(), [[0, 0.3], [1, 0.4]])
    assert labels(ax) == ("time in ms", "amplitude")
    assert ax.get_legend_handles_labels()[1] == ["channel 0", "channel 1"]


@pytest.mark.parametrize(("log_x", "scale", "left"), [(False, "linear", 0), (True, "log", 100)])
def test_a_spectrum_is_drawn_as_it_is_given(ax, log_x, scale, left):
    plotting.draw_spectrum(ax, [0, 100, 200], [-3, -2, -1], label="a line", log_x=log_x)
    assert_array_equal(ax.lines[0].get_xydata(), [[0, -3], [100, -2], [200, -1]])
    assert labels(ax) == ("frequency in Hz", "level in dB")
    assert (ax.get_xscale(), *ax.get_xlim()) == (scale, left, 200)


def test_a_pixel_of_a_spectrogram_is_centred_on_its_bin_and_frame(ax):
    level_db = np.array([[10, -10, -20, -30], [-40, -50, -60, -70], [-80, -90, -100, -110.0]])
    plotting.draw_spectrogram(ax, level_db, sample_rate=8000, hop_length=2000, floor_db=-60)
    image = ax.images[0]
    assert_array_equal(image.get_array(), level_db)
    assert image.origin == "lower"
    assert_allclose(image.get_extent(), (-0.125, 0.875, -1000, 5000))  # frames every 0.25 s, bins every 2000 Hz
    assert image.get_clim() == (-50, 10)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 0.75), (0, 4000))
    assert labels(ax) == ("time in s", "frequency in Hz")
    assert ax.figure.axes[1].get_ylabel() == "dB re maximum"


def test_only_an_axis_with_numbers_is_labelled():
    for sharex in (True, False):
        picture = plotting.Picture(n_rows=2, n_cols=2, height_in=1, sharex=sharex)
        for each in picture.axes:
            plotting.draw_waveform(each, np.zeros(9), 8)
        picture.show("Four times silence.")
        above, below = (np.array([each.get_xlabel() for each in part]) for part in np.split(np.array(picture.axes), 2))
        assert list(below) == 2 * ["time in s"] and list(above) == 2 * ["" if sharex else "time in s"]


def test_a_spectrogram_ends_at_the_frequency_asked(ax):
    plotting.draw_spectrogram(ax, np.zeros((3, 4)), sample_rate=8000, hop_length=2000, max_hz=1500, ref="dB re 1")
    assert ax.get_ylim() == (0, 1500)
    assert ax.figure.axes[1].get_ylabel() == "dB re 1"


def test_samples_are_dots_on_stems(ax):
    plotting.draw_samples(ax, [0, 0.5, 1], [1, -1, 0.5], label="samples")
    assert_array_equal(ax.lines[0].get_xydata(), [[0, 1], [0.5, -1], [1, 0.5]])
    assert (ax.lines[0].get_marker(), ax.lines[0].get_linestyle()) == ("o", "None")
    assert_array_equal([s[:, 1] for s in ax.collections[0].get_segments()], [[0, 1], [0, -1], [0, 0.5]])


def test_a_waveform_says_its_length_peak_and_where():
    x = np.zeros(RATE)
    x[6000] = -0.75
    shown = plotting.waveform(x, RATE, title="a click")
    assert shown.alt == "Waveform of a click: 1.00 s long, peak 0.75 of full scale at 0.75 s."


def test_a_spectrum_says_where_its_highest_peak_is():
    assert plotting.spectrum(TONE, RATE, title="a tone").alt == "Spectrum of a tone: the highest peak is at 1000 Hz."


def test_a_spectrogram_says_where_the_energy_lies_and_when_it_is_loudest():
    x = TONE * np.where(np.arange(RATE) < 6000, 0.01, 1)
    alt = plotting.spectrogram(x, RATE, title="a late tone", n_fft=256, hop_length=64).alt
    edge_hz, loudest_s = (float(v) for v in re.search(r"below (\d+) Hz, .* at ([\d.]+) s", alt).groups())
    assert alt.startswith("Spectrogram of a late tone: 1.00 s, 95 % of the energy lies below ")
    assert 1000 <= edge_hz <= 1000 + 2 * RATE / 256  # the main lobe of Hann
    assert 0.75 < loudest_s < 1


# ------------------------------------------------------------------------------ independent oracle


def drawn(monkeypatch, function):
    """The axes that a one-line picture was drawn on."""
    pictures, show = [], plotting.Picture.show
    monkeypatch.setattr(plotting.Picture, "show", lambda self, alt: pictures.append(self) or show(self, alt))
    function()
    return pictures[0].axes[0]


def test_the_spectrum_that_is_drawn_is_that_of_scipys_window(monkeypatch):
    x = random_signal(500)
    line = drawn(monkeypatch, lambda: plotting.spectrum(x, RATE, title="some noise")).lines[0]
    magnitude = np.abs(np.fft.rfft(x * scipy.signal.get_window("hann", 500)))
    assert_allclose(line.get_xdata(), np.fft.rfftfreq(500, 1 / RATE), rtol=1e-12)
    assert_allclose(line.get_ydata(), 20 * np.log10(magnitude / magnitude.max()), atol=1e-9)  # logarithm near zeros


def test_the_spectrogram_that_is_drawn_is_librosas(monkeypatch):
    x = random_signal(4000)
    ax = drawn(monkeypatch, lambda: plotting.spectrogram(x, RATE, title="some noise", n_fft=256, hop_length=64))
    power = np.abs(librosa.stft(x, n_fft=256, hop_length=64, dtype=complex)) ** 2
    expected = librosa.power_to_db(power, ref=np.max, amin=1e-20, top_db=80)
    assert_allclose(ax.images[0].get_array(), expected, atol=1e-6)  # logarithms of values down to 1e-8 of the largest


def test_the_waveform_that_is_drawn_is_the_signal(monkeypatch):
    ax = drawn(monkeypatch, lambda: plotting.waveform(TONE, RATE, title="a tone"))
    assert_allclose(ax.lines[0].get_xydata(), np.stack([np.arange(RATE) / RATE, TONE], axis=1), rtol=1e-12)
    assert ax.get_title(loc="left") + ax.get_title() == "a tone"


# ------------------------------------------------------------------------------------- invariants


def test_a_picture_is_a_png_with_its_alt_text_that_cannot_break_the_page():
    picture = plotting.Picture(2, 2, height_in=1.5, width_in=6)
    shown = picture.show('two by two, "empty" & <flat>')
    assert len(picture.axes) == 4
    assert pixels(shown).shape[:2] == (300, 600)  # 100 dots per inch
    assert f'alt="{html.escape(shown.alt)}"' in shown._repr_html_()
    assert "<flat>" not in shown._repr_html_()
    assert repr(shown) == f"Picture: {shown.alt}"


def test_a_picture_of_labelled_lines_has_a_legend():
    picture = plotting.Picture()
    plotting.draw_waveform(picture.axes[0], TONE, RATE, label="the tone")
    plotting.draw_waveform(picture.axes[0], TONE / 2, RATE, label="half of it")
    picture.show("Two tones, one half as high as the other.")
    assert [text.get_text() for text in picture.axes[0].get_legend().texts] == ["the tone", "half of it"]


@settings(max_examples=8)  # a picture takes a tenth of a second
@pytest.mark.parametrize("make", [plotting.waveform, plotting.spectrum, plotting.spectrogram])
@given(n=st.integers(1, 3000), level=st.sampled_from([0.0, 0.7]), dtype=st.sampled_from([np.float32, np.float64]))
def test_any_sound_can_be_shown_and_described(make, n, level, dtype):
    shown = make((level * random_signal(n)).astype(dtype), RATE, title="any sound")
    assert "nan" not in shown.alt
    assert "inf" not in shown.alt


@pytest.mark.parametrize("make", [plotting.waveform, plotting.spectrum, plotting.spectrogram])
def test_a_text_of_ones_own_replaces_the_generated_one(make):
    assert make(TONE, RATE, title="a tone", alt="a steady tone").alt == "a steady tone"


def test_pyplot_is_not_needed():
    before = sys.modules.pop("matplotlib.pyplot", None)
    try:
        plotting.spectrogram(TONE, RATE, title="a tone")
        assert "matplotlib.pyplot" not in sys.modules
    finally:
        if before is not None:
            sys.modules["matplotlib.pyplot"] = before


def test_controls_redraw_pictures_and_sounds_and_show_an_error_in_their_place():
    def update(level):
        if level > 5:
            raise ValueError("level must be at most 5 <units>")
        return [plotting.Shown(b"", f"level is {level}"), audio.play(TONE, RATE, caption=f"level {level}")]

    slider = ipywidgets.IntSlider(value=3, description="level")
    box = plotting.explore(update, level=slider)
    controls, output = box.children
    assert slider in controls.children
    assert 'alt="level is 3"' in output.value
    slider.value = 5
    assert 'alt="level is 5"' in output.value
    assert "level 5</figcaption>" in output.value
    slider.value = 6
    assert output.value.endswith("level must be at most 5 &lt;units&gt;</p>")
    slider.value = 4
    assert 'alt="level is 4"' in output.value


# ------------------------------------------------------------------------------------------ errors

ONE_LINERS = {
    "waveform": lambda x, rate=RATE, **o: plotting.waveform(x, rate, title="never seen", **o),
    "spectrum": lambda x, rate=RATE, **o: plotting.spectrum(x, rate, title="never seen", **o),
    "spectrogram": lambda x, rate=RATE, **o: plotting.spectrogram(x, rate, title="never seen", **o),
    "draw_waveform": lambda x, rate=RATE: plotting.draw_waveform(plotting.Picture().axes[0], x, rate),
}
one_liners = pytest.mark.parametrize("make", ONE_LINERS.values(), ids=ONE_LINERS)


@one_liners
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ([], ValueError, r"signal must not be empty, got shape \(0,\): pass at least one sample"),
        ([0.0, np.nan], ValueError, "signal must be finite, got 1 NaN or infinite values of 2"),
        (np.ones(9, np.int16), TypeError, "got integer PCM of dtype int16: convert it with signal / 32768"),
        (np.zeros((9000, 2)), ValueError, r"time as its last axis, got shape \(9000, 2\): .* pass signal.T"),
        (np.ones(9, complex), TypeError, "signal must be real, got complex128: pass signal.real"),
    ],
)
def test_what_is_no_signal_is_refused(make, x, error, match):
    with refuses(match, error):
        make(x)


@one_liners
@pytest.mark.parametrize(("rate", "error"), [(0, ValueError), (-1, ValueError), (np.inf, ValueError), ("8", TypeError)])
def test_an_impossible_rate_is_refused(make, rate, error):
    with refuses("sample_rate must be (above 0|finite|a number), got ", error):
        make(TONE, rate)


@pytest.mark.parametrize("name", ["spectrum", "spectrogram"])
def test_stereo_where_mono_is_asked_is_refused(name):
    with refuses(r"signal must be mono with shape \(time,\), got shape \(2, 8000\): take one channel with signal\[0\]"):
        ONE_LINERS[name](np.stack([TONE, TONE]))
    for max_hz in (0, 4001, np.nan):
        with refuses("max_hz must be (above 0|at most 4000|finite), got "):
            ONE_LINERS[name](TONE, max_hz=max_hz)


DRAW = {"sample_rate": 8, "hop_length": 1}


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda ax: plotting.Picture(0), ValueError, "n_rows must be at least 1, got 0"),
        (lambda ax: plotting.Picture(1, 1.5), TypeError, "n_cols must be a whole number, got 1.5"),
        (lambda ax: plotting.Picture(height_in=np.nan), ValueError, "height_in must be finite, got nan"),
        (lambda ax: plotting.Picture(width_in=0), ValueError, "width_in must be at least 0.5, got 0"),
        (lambda ax: plotting.Picture().show(""), ValueError, "alt must say in words what is heard or seen, got ''"),
        (lambda ax: plotting.Picture().show("plot"), ValueError, "alt must say in words .* got 'plot': write a short"),
        (
            lambda ax: plotting.draw_spectrum(ax, [1, 2], [3]),
            ValueError,
            "frequency_hz and level_db must have the same",
        ),
        (lambda ax: plotting.draw_spectrum(ax, [0], [3], log_x=True), ValueError, "highest frequency_hz .* above 20"),
        (lambda ax: plotting.draw_spectrum(ax, [1], [np.inf]), ValueError, "level_db must be finite, got 1 NaN or inf"),
        (lambda ax: plotting.draw_samples(ax, [1, 2], [3]), ValueError, "times and samples must have the same shape"),
        (lambda ax: plotting.draw_samples(ax, None, [3]), TypeError, "times must hold numbers, got dtype object"),
        (lambda ax: plotting.draw_spectrogram(ax, np.zeros(3), **DRAW), ValueError, r"level_db must have the axes \(…"),
        (
            lambda ax: plotting.draw_spectrogram(ax, np.zeros((2, 3, 4)), **DRAW),
            ValueError,
            r"shape \(freq, time\), two",
        ),
        (lambda ax: plotting.draw_spectrogram(ax, np.zeros((1, 4)), **DRAW), ValueError, r"shape \(freq, time\), two"),
        (
            lambda ax: plotting.draw_spectrogram(ax, np.zeros((3, 4)), sample_rate=8, hop_length=0),
            ValueError,
            "hop_length must be at least 1, got 0",
        ),
        (
            lambda ax: plotting.draw_spectrogram(ax, np.zeros((3, 4)), **DRAW, floor_db=5),
            ValueError,
            "floor_db must be at most 0, got 5",
        ),
        (lambda ax: plotting.explore(None), TypeError, "update must be a function of the controls' values, got None"),
        (lambda ax: plotting.explore(print, level=3), TypeError, "level must be a control of ipywidgets, got 3: pass"),
    ],
)
def test_a_wrong_parameter_is_refused(ax, call, error, match):
    with refuses(match, error):
        call(ax)


# ------------------------------------------------------------------------------------ hostile input

AX = {"ax": (plotting.Picture().axes[0], [None, 5, "x", plotting, plotting.Picture().axes])}
LABEL = {"label": ("a tone", [])}
TITLE = {"title": ("a tone", []), "alt": ("a tone again", [5, "word", b"two words"])}


def test_dollars_that_are_no_formula_stay_dollars():
    for title in (r"take $\frac{1}$ of it", "$5 and $6", "a_$1_b_$2.wav"):
        assert title in plotting.waveform(NOISE, 8000, title=title).alt
        plotting.spectrum(NOISE, 8000, title=title)
        plotting.spectrogram(np.tile(NOISE, 32), 8000, title=title)
        picture = plotting.Picture()
        plotting.draw_waveform(picture.axes[0], NOISE, 8000, label=title)
        picture.axes[0].set(title=title, xlabel=title)
        picture.show("two words")
    picture = plotting.Picture()
    picture.axes[0].set_title("$x^2$")
    picture.show("two words")
    assert picture.axes[0].title.get_parse_math() and picture.axes[0].get_title(loc="left") == "$x^2$"


CALLS = {
    plotting.draw_waveform: {**AX, "signal": (NOISE, SIGNAL), **SAMPLE_RATE, **LABEL},
    plotting.draw_spectrum: {
        **AX, **LABEL, "frequency_hz": (NOISE + 1, [*VECTOR, NOISE[1:]]), "level_db": (NOISE, [*VECTOR, NOISE[1:]]),
    },
    plotting.draw_spectrogram: {
        **AX, "level_db": (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, NOISE]), **SAMPLE_RATE, **HOP,
        "max_hz": (100, POSITIVE[1:]), "floor_db": (-80, [*NUMBER, 1]), "ref": ("dB re 1", []),
    },
    plotting.draw_samples: {
        **AX, **LABEL, "times": (NOISE, [*VECTOR, NOISE[1:]]), "samples": (NOISE, [*VECTOR, NOISE[1:]]),
    },
    plotting.waveform: {"signal": (NOISE, SIGNAL), **SAMPLE_RATE, **TITLE},
    plotting.spectrum: {"signal": (NOISE, MONO), **SAMPLE_RATE, **TITLE, "max_hz": (100, POSITIVE[1:])},
    plotting.spectrogram: {
        "signal": (NOISE, MONO), **SAMPLE_RATE, **TITLE, "n_fft": (16, COUNT), **HOP, "max_hz": (100, POSITIVE[1:]),
        "floor_db": (-80, [*NUMBER, 1]),
    },
    plotting.explore: {"update": (lambda **_: [], [None, 5, "x"]), "level": (ipywidgets.IntSlider(), [None, 5, "x"])},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("plotting", CALLS)


def test_silence_has_neither_a_peak_nor_energy():
    for draw in (plotting.spectrum, plotting.spectrogram):
        assert repr(draw(np.zeros(4000), 8000, title="nothing")).endswith("silence.")


def test_what_explore_cannot_show_is_said_in_the_place_of_the_picture():
    output = plotting.explore(lambda level: None, level=ipywidgets.IntSlider()).children[-1]
    assert "update must return a list of pictures and sounds, got None" in output.value


def test_earlier_pictures_are_forgotten_and_not_at_every_move(monkeypatch):
    """A slider that is moved a hundred times must neither fill the memory nor wait for the garbage to be collected."""
    monkeypatch.setattr(plotting, "_bytes_drawn", 0)
    drawn, collections = [], []
    gc.collect()
    gc.disable()  # what is forgotten is forgotten by us
    gc.callbacks.append(lambda phase, info: collections.append(phase))
    try:
        for _ in range(40):
            picture = plotting.Picture(height_in=1.5, width_in=3)
            plotting.draw_spectrogram(picture.axes[0], np.zeros((400, 500)), sample_rate=8000, hop_length=80)
            picture.show("all of it black")
            drawn.append(weakref.ref(picture.figure))
    finally:
        gc.callbacks.pop()
        gc.enable()
    n_kept, n_bytes = sum(figure() is not None for figure in drawn), 400 * 500 * 4
    assert n_kept <= 2 + plotting.MOST_BYTES_DRAWN / n_bytes < 40
    assert collections.count("start") == 1
