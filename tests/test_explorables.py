"""The interactives as Python sees them: bad values raise before the page hears of them; each is used in its lecture."""

import ast
import re

import nbformat
import numpy as np
import pytest
import traitlets

from authoring.cells import ROOT
from course_utils import dft, explorables, filters, stft
from course_utils._checks import explorables as checks
from course_utils.explorables import base
from course_utils.explorables.stft_lab import RATE, course_clips
from tests.browser.bare import SOURCES, sample
from tests.support import refuses

NAMES = explorables.__all__
CLASSES = {name: getattr(explorables, name) for name in NAMES}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_each_is_one_python_file_and_one_script_of_the_same_name(name):
    folder = ROOT / "course_utils" / "explorables"
    assert (folder / f"{name}.py").exists() and (folder / f"{name}.js").exists()
    scripts = {path.stem for path in folder.glob("*.js")}
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}
    assert scripts == modules == set(NAMES)


def test_names_stand_in_alphabetical_order():
    assert sorted(NAMES) == NAMES


def test_a_script_defines_no_name_of_the_library(name):
    def top_level(text):
        return set(re.findall(r"^(?:async )?(?:const|let|var|function\*?|class)\s+(\w+)", text, re.MULTILINE))

    own = (ROOT / "course_utils" / "explorables" / f"{name}.js").read_text(encoding="utf-8")
    assert top_level(own) & top_level(base.LIBRARY) == set()
    assert not re.search(r"^import\b|https?://", own, re.MULTILINE)


def test_docstring_names_every_control_and_the_lecture_that_uses_it(name):
    text, widget = CLASSES[name].__doc__, sample(name)
    missing = [control["name"] for control in widget.controls if not re.search(rf"\b{control['name']}\b", text)]
    assert not missing
    lecture = re.search(r"Lecture: (\w+)", text)[1]
    (path,) = (ROOT / "notebooks").glob(f"[0-9][0-9]_{lecture}.ipynb")
    notebook = nbformat.read(path, 4)
    live = [cell.source for cell in notebook.cells if "live" in cell.metadata.get("tags", [])]
    assert any(re.search(rf"cu\.explorables\.{name}\(", source) for source in live), f"{lecture} does not use {name}"


def test_bad_values_raise_in_python(name):
    widget = sample(name)
    for control in widget.controls:
        before = getattr(widget, control["name"])
        bad = {
            "slider": [np.nan, np.inf, control.get("low", 0) - 1, control.get("high", 0) + 1, "loud", None, True],
            "choice": ["no such thing", 3, None],
            "switch": ["yes", 1.0, None],
        }[control["kind"]]
        for value in bad:
            with pytest.raises((ValueError, TypeError), match=control["name"]):
                setattr(widget, control["name"], value)
        assert getattr(widget, control["name"]) == before, "a refused value was kept"


def test_every_end_and_every_option_is_accepted(name):
    widget = sample(name)
    for control in widget.controls:
        values = control["values"] or [control["low"], control["high"]] if control["kind"] == "slider" else None
        for value in values or control.get("options", [True, False]):
            setattr(widget, control["name"], value)
            assert getattr(widget, control["name"]) == value


def test_a_name_that_is_no_trait_is_refused():
    with refuses("the name of a trait must be one of 'frequency_hz', 'sample_rate', 'anti_alias', got 'frequency'"):
        explorables.aliasing(frequency=3)


def test_player_refuses_what_it_cannot_play():
    x = np.zeros(8000)
    with refuses(r"versions must have the same length, got 8000 samples of 'a' and 7999 of 'b'"):
        explorables.player({"a": x, "b": x[1:]}, 8000)
    with refuses("signal must hold at least one version"):
        explorables.player({}, 8000)
    with refuses("must lie within ±1, got a peak of 2"):
        explorables.player(x + 2, 8000)
    with refuses("signal must fit into 1,000,000 bytes"):
        explorables.player(np.zeros(600_000), 48_000)
    with refuses("sample_rate must be at least 3000"):
        explorables.player(x, 8)
    with refuses("must be finite"):
        explorables.player(np.r_[x, np.nan], 8000)
    player = explorables.player({"a": x, "b": x}, 8000)
    for value in ("c", None, 3):
        with refuses("selected must be one of 'a', 'b', got"):
            player.selected = value
    with refuses("position_s must be at most 1, got 1.5"):
        player.position_s = 1.5
    with refuses("position_s must be a number, got None", TypeError):
        player.position_s = None
    for loop_s in ([0.5], [0.7, 0.2], [0, 2], [-1, 0.5]):
        with refuses("loop_s must be \\[\\] or two moments 0 ≤ a < b ≤ 1 s|must be"):
            player.loop_s = loop_s
    player.loop_s = [0.25, 0.75]
    assert player.loop_s == [0.25, 0.75]


def test_formula_refuses_what_its_page_could_not_hold():
    with refuses("expression must have at most 500 characters, got 501: shorten it"):
        explorables.formula("t" * 501)
    for value in (3, None, b"t"):
        with refuses("expression must be a str, got .*: write it in quotes", TypeError):
            explorables.formula().expression = value
    for name in ("parameters", "ranges"):
        for value in ([1], None):
            with refuses(f"{name} must be a dict, got .*: pass", TypeError):
                explorables.formula(**{name: value})
    with refuses("the names in parameters must be words, got '2a': pass them as in the formula"):
        explorables.formula(parameters={"2a": 1})
    with refuses("parameter f must be finite, got nan"):
        explorables.formula(parameters={"f": np.nan})
    with refuses("parameter f must be a number, got '3'", TypeError):
        explorables.formula(parameters={"f": "3"})
    with refuses(r"range of f must be two numbers, got \[3\]: pass \(lowest, highest\)"):
        explorables.formula(ranges={"f": 3})
    with refuses("range of f must rise, got 5 to 5: pass"):
        explorables.formula(ranges={"f": (5, 5)})
    with refuses("range of f must be finite, got inf"):
        explorables.formula(ranges={"f": (0, np.inf)})


def test_formula_as_python_sees_it():
    formula = explorables.formula(
        "a sin(2 pi f t)\n+ 1", parameters={"f": np.float32(3)}, ranges={"f": np.array([1, 9])}
    )
    assert formula.expression == "a sin(2 pi f t) + 1", "its field has one line"
    assert formula.parameters == {"f": 3.0} and formula.ranges == {"f": [1.0, 9.0]}
    assert (formula.message, formula.message_at, formula.lines) == ("", None, [])
    formula.set_state({"message": "Character 2: no.", "message_at": 1, "lines": [[440, 0.5]]})  # what the page tells
    assert (formula.message, formula.message_at, formula.lines) == ("Character 2: no.", 1, [[440, 0.5]])
    with pytest.raises(traitlets.TraitError, match="read-only"):
        formula.message = "mine"
    assert explorables.formula().parameters == {"f": 440, "d": 4} and explorables.formula("t").parameters == {}


RESAMPLED = ["attention_lab", "augment_lab", "cepstrum_lab", "cochlea", "mel_lab", "pitch_lab"]


@pytest.mark.parametrize("name", RESAMPLED)
def test_what_is_too_loud_is_refused_at_every_rate(name):
    loud = 2 * np.sin(np.arange(48_000))
    for rate in (8000, 16_000, 44_100):
        with refuses("signal must lie within ±1, got a peak of 2: scale it down by that factor"):
            CLASSES[name](loud, rate)


@pytest.mark.parametrize("name", RESAMPLED)
def test_an_overshoot_of_the_filter_is_refused_not_clipped(name):
    square = np.sign(np.sin(2 * np.pi * 100 * (np.arange(44_100) + 0.5) / 44_100))
    with refuses(
        "must lie within ±1 once it is resampled to 16000 Hz, .* got a peak of 1\\.[12]\\d+: scale it down"
    ) as _:
        CLASSES[name](square, 44_100)
    sent = np.frombuffer(CLASSES[name](square / 1.2, 44_100).audio, "<i2")
    assert 30_000 < np.abs(sent).max() < 32_767


def test_an_overshoot_that_16_bits_cannot_hold_is_none():
    assert checks.overshoots_little(np.array([1 + 1e-5, -1 - 1e-5]), 16_000).tolist() == [1, -1]
    with refuses("got a peak of 1.00002: scale"):
        checks.overshoots_little(np.array([1.00002]), 16_000)


def test_sound_reaches_the_page_as_16_bits():
    x = np.array([0, 0.5, -1, 1, 1 / 32767])
    assert np.frombuffer(base.sound_bytes([x, -x]), "<i2").tolist() == [0, 16384, -32767, 32767, 1] + [
        0, -16384, 32767, -32767, -1,
    ]  # fmt: skip


def test_example_of_contributing_works_in_at_most_sixty_lines(tmp_path, monkeypatch):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text[text.index("## How to add an interactive") :]
    python, script = (re.search(rf"```{kind}\n(.*?)```", part, re.DOTALL)[1] for kind in ("python", "js"))
    assert len([line for line in (python + script).splitlines() if line.strip()]) <= 60
    (tmp_path / "beats.py").write_text(python, encoding="utf-8")
    (tmp_path / "beats.js").write_text(script, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    ast.parse(python)
    import beats

    widget = beats.Beats(apart_hz=3)
    assert [control["name"] for control in widget.controls] == ["apart_hz", "second"]
    assert script in widget._esm
    with refuses("apart_hz must be at most 30, got 31"):
        widget.apart_hz = 31


def test_what_a_notebook_says_to_show_one_is_for_those_that_need_it():
    assert set(SOURCES) <= set(NAMES)


def test_the_answers_below_the_stft_laboratory():
    clips, rate = course_clips(), RATE
    both, piano = clips["clicks and tones"], clips["piano"]
    first, last = np.flatnonzero(np.abs(both) > 0.5 * np.abs(both).max())[[0, -1]]
    assert last - first == 110  # 5 ms
    hz = np.array([1000, 1010, 1020])[:, np.newaxis]
    for n_fft, parts in ((128, "clicks"), (512, ""), (1024, ""), (4096, "tones")):
        by_time = stft.spectrogram(both, n_fft=n_fft, hop_length=1).sum(axis=0)
        ratios = {"clicks": by_time[(first + last) // 2] / min(by_time[first], by_time[last])}
        phasors = dft.window("hann", n_fft) * np.exp(-2j * np.pi * hz * np.arange(n_fft) / rate)
        starts = range(3000, 4100, 100)  # over one beat, before the clicks
        frames = np.array([both[start : start + n_fft] for start in starts])
        low, valley, high = np.abs(phasors @ frames.T) ** 2
        ratios["tones"] = (valley / np.minimum(low, high)).max()
        assert [name for name, ratio in ratios.items() if ratio < 0.5] == ([parts] if parts else [])
    for n_fft, lowest_db, highest_db in ((128, -1, 1), (256, -15, -3), (512, -40, -15)):  # C4 and its first six lines
        level_db = 10 * np.log10(stft.spectrogram(piano, n_fft=n_fft)[:, round(0.2 * rate / (n_fft // 4))])
        lines = [round(k * 261.6 * n_fft / rate) for k in range(1, 7)]
        valleys_db = [
            level_db[a : b + 1].min() - min(level_db[a], level_db[b]) for a, b in zip(lines, lines[1:], strict=False)
        ]
        assert lowest_db < min(valleys_db) and max(valleys_db) < highest_db


def test_the_answers_below_the_laboratory_of_one_biquad():
    hz = np.arange(50.0, 10_000)
    b, a = filters.biquad("bandpass", frequency_hz=1000, sample_rate=44_100, q=0.3)
    passed = hz[np.abs(filters.frequency_response(b, a, frequency_hz=hz, sample_rate=44_100)) > 0.5**0.5]
    assert round(passed[0], -1) == 280 and round(passed[-1], -1) == 3540
    for q, rings_ms in ((3, 13), (12, 53), (50, 220)):
        _, a = filters.biquad("peaking", frequency_hz=1000, sample_rate=44_100, q=q, gain_db=12)
        assert round(3 / -np.log10(np.abs(filters.poles(a)).max()) / 44.1) == rings_ms
