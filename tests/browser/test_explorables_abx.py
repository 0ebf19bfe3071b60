"""The blind test: X is what it is said to be at the end, nothing tells before, and chance is counted exactly."""

import json
import re

import numpy as np
import pytest
import scipy.stats

from course_utils import _files, explorables
from course_utils.explorables.abx import guessing_p, hidden_sounds, kept_results, level_db
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

RATE = 8000
N = np.arange(RATE)
LOW, HIGH = (0.2 * np.sin(2 * np.pi * hz / RATE * N) for hz in (400, 1000))
JS = """async ([code, call, given]) => {
    const text = `${code}\\nexport { hiddenOf, guesses, tailFrom, wilson };`;
    const module = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    return module[call](...given);
}"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """What is kept is kept here."""
    monkeypatch.setenv(_files.VARIABLE, str(tmp_path / "progress.sqlite3"))
    return tmp_path


@pytest.fixture
def js(page):
    page.set_content(bare.PAGE)
    return lambda call, *given: page.evaluate(JS, [explorables.abx._esm, call, list(given)])


def abx(**given):
    return explorables.abx(LOW, HIGH, RATE, **({"seed": 3} | given))


def said(page):
    wait(page, 150)
    return page.locator(".said").inner_text()


def press(page, name):
    page.get_by_role("button", name=name).click()


def answer_all(page, answers):
    for answered in answers:
        press(page, "▶ X")
        wait(page, 30)
        press(page, f"X is {answered}")
        wait(page, 30)


def to_python(page, widget):
    """What the page has saved last, as the kernel would get it."""
    wait(page, 150)
    saved = page.evaluate("() => model.saved.at(-1)")
    widget.set_state({name: saved[name] for name in ("seed", "answers", "n_trials")})


# ------------------------------------------------------------------------------------------------------ what is counted


def test_the_page_draws_the_same_as_python(js):
    for seed in (0, 1, 3, 2**31, 2**32 - 1):
        assert "".join(js("hiddenOf", seed, 60)) == hidden_sounds(seed, 60)


def test_each_x_is_drawn_alone_and_evenly():
    drawn = [hidden_sounds(seed, 60) for seed in range(500)]
    counts = np.array([row.count("A") for row in drawn])
    # 30,000 fair draws: ± 4 standard deviations of √(n / 4)
    assert abs(counts.sum() - 15_000) < 4 * np.sqrt(30_000 / 4)
    assert 0.75 < counts.var() / 15 < 1.3, "balanced or clustered, and not drawn one by one"
    repeats = sum(a == b for row in drawn for a, b in zip(row, row[1:], strict=False))
    assert abs(repeats - 14_750) < 4 * np.sqrt(29_500 / 4)


@pytest.mark.parametrize("n_trials", [5, 10, 33, 60])
def test_chance_is_the_binomial_of_scipy(js, n_trials):
    shares = js("guesses", n_trials)
    np.testing.assert_allclose(shares, scipy.stats.binom.pmf(range(n_trials + 1), n_trials, 0.5), rtol=1e-9)
    for n_right in range(n_trials + 1):
        expected = scipy.stats.binomtest(n_right, n_trials, 0.5, alternative="greater")
        assert guessing_p(n_right, n_trials) == pytest.approx(expected.pvalue, rel=1e-12)
        assert js("tailFrom", shares, n_right) == pytest.approx(expected.pvalue, rel=1e-9)
        interval = expected_interval(n_right, n_trials)
        assert js("wilson", n_right, n_trials) == pytest.approx(interval, abs=1e-4)  # z is 1.96 there, 1.95996 here


def expected_interval(n_right, n_trials):
    return tuple(scipy.stats.binomtest(n_right, n_trials).proportion_ci(0.95, "wilson"))


def test_by_hand():
    assert guessing_p(10, 10) == 1 / 1024 and guessing_p(9, 10) == 11 / 1024 and guessing_p(0, 10) == 1


# ------------------------------------------------------------------------------------------------------- what is heard

HEAR = """async () => { const { context, meter } = courseSound, samples = new Float32Array(4096);
    meter.fftSize = 4096;
    await new Promise((resolve) => setTimeout(resolve, 200));
    meter.getFloatTimeDomainData(samples);
    return { rate: context.sampleRate, samples: [...samples] }; }"""


def heard_hz(page):
    return bare.strongest_hz(page.evaluate(HEAR))


def test_x_sounds_as_what_it_is_said_to_be_at_the_end(page):
    hidden = hidden_sounds(3, 5)
    assert {"A", "B"} == set(hidden), "the seed must show both"
    long = np.tile(N, 3)
    low, high = (0.2 * np.sin(2 * np.pi * hz / RATE * np.arange(len(long))) for hz in (400, 1000))
    widget = explorables.abx(low, high, RATE, seed=3, n_trials=5)
    bare.show(page, widget)
    for x in hidden:
        for name, hz in (("A", 400), ("B", 1000), ("X", 400 if x == "A" else 1000)):
            press(page, f"▶ {name}")
            assert heard_hz(page) == pytest.approx(hz, abs=3)
        press(page, f"X is {x}")
        wait(page, 60)
    assert said(page).startswith("5 of 5 right. A guesser has so many or more with p = 0.031; ")


def test_levels_are_made_equal_and_told(page):
    widget = explorables.abx(LOW, 0.5 * HIGH, RATE)
    a, b = np.frombuffer(widget.audio, "<i2").reshape(2, -1) / 32767
    assert level_db(a) == pytest.approx(level_db(b), abs=0.01)
    assert level_db(b) == pytest.approx(level_db(0.5 * HIGH), abs=0.01), "only the louder one is touched"
    bare.show(page, widget)
    assert "A and B have the same level, −23.0 dBFS (A was turned down by 6.0 dB)." in said(page)


def test_levels_that_are_left_as_they_are_are_told(page):
    bare.show(page, explorables.abx(LOW, 0.5 * HIGH, RATE, match_levels=False))
    assert "A has −17.0 dBFS, B −23.0 dBFS: the level tells them apart." in said(page)


def test_the_shorter_sound_is_followed_by_silence():
    widget = explorables.abx(LOW[:4000], HIGH, RATE)
    a, _ = np.frombuffer(widget.audio, "<i2").reshape(2, -1)
    assert a[:4000].any() and not a[4000:].any()


# ------------------------------------------------------------------------------------------------------ nothing tells

WATCH = """() => {
    window.noted = [];
    const note = (place, name, tell) => { const old = place[name];
        place[name] = function (...given) { noted.push([name, tell(this, given)]); return old.apply(this, given); }; };
    note(AudioBuffer.prototype, "copyToChannel", (own, [samples]) => samples.length);
    note(AudioNode.prototype, "connect", (own) => own.constructor.name);
    note(AudioBufferSourceNode.prototype, "start", () => 0);
}"""


def trial(page, seed):
    """All that can be read from the page in the first trial: what it holds, shows, and asks of the sound."""
    bare.show(page, explorables.abx(np.tile(LOW, 8), np.tile(HIGH, 8), RATE, seed=seed))  # long enough not to end
    page.evaluate(WATCH)
    seen = []
    for name in ("X", "A", "B", "X"):
        press(page, f"▶ {name}")
        wait(page, 80)
        seen.append(page.evaluate("() => document.querySelector('section').outerHTML"))
        seen.append(
            page.evaluate("() => [...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join()")
        )
    # Words are read aloud once they have stood still: when that is, is the clock's doing.
    return [re.sub(r'aria-busy="\w+"', "", text) for text in seen], page.evaluate("() => noted")


def test_a_page_whose_x_is_a_is_the_same_as_one_whose_x_is_b(program):
    found = []
    for name in "AB":
        with bare.page_for(program) as page:
            found.append(trial(page, next(seed for seed in range(9) if hidden_sounds(seed, 1) == name)))
            assert not page.problems
    (shown_a, noted_a), (shown_b, noted_b) = found
    assert shown_a == shown_b
    assert noted_a == noted_b and [name for name, _ in noted_a].count("copyToChannel") >= 3


@pytest.mark.parametrize("right", [True, False])
def test_no_answer_is_judged_before_the_last(page, right):
    bare.show(page, abx())
    for n, x in enumerate(hidden_sounds(3, 10)[:-1]):
        answer_all(page, [x if right else "AB".replace(x, "")])
        text = said(page)
        assert text.startswith(f"Trial {n + 2} of 10. Hear X") and "right" not in text
    expected = "9 or more of 10 come to a guesser with probability 0.011."
    assert page.locator("canvas").first.get_attribute("aria-label") == expected
    assert "X was" not in page.locator("canvas").nth(1).get_attribute("aria-label")


def test_an_answer_needs_x_to_have_been_heard(page):
    bare.show(page, abx())
    for name in ("X is A", "X is B"):
        assert page.get_by_role("button", name=name).is_disabled()
    press(page, "▶ A")
    wait(page, 60)
    assert page.get_by_role("button", name="X is A").is_disabled()
    press(page, "▶ X")
    wait(page, 60)
    press(page, "X is A")
    wait(page, 60)
    assert page.get_by_role("button", name="X is A").is_disabled(), "the next trial has an X of its own"
    assert page.evaluate("() => model.get('answers')") == ["A"]


# ------------------------------------------------------------------------------------------------ keys, end, beginning


def test_it_is_done_by_keyboard_alone_and_the_notebook_hears_no_letter(page):
    bare.show(page, abx(n_trials=5))
    page.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key)); }")
    page.get_by_role("button", name="▶ A").focus()
    for _ in range(2):
        page.keyboard.press("1")  # not heard yet
        for key in "abx2":
            page.keyboard.press(key)
            wait(page, 60)
        page.get_by_role("button", name="▶ A").focus()
    assert page.evaluate("() => model.get('answers')") == ["B", "B"]
    assert page.evaluate("() => heard") == []
    page.keyboard.press("Control+x")
    assert page.evaluate("() => heard") == ["Control", "x"]


def test_the_end_tells_all_and_begins_anew(page):
    widget = abx(n_trials=5)
    bare.show(page, widget)
    hidden = hidden_sounds(3, 5)
    answer_all(page, [*hidden[:3], *("AB".replace(x, "") for x in hidden[3:])])
    text = said(page)
    assert text.startswith("3 of 5 right. A guesser has so many or more with p = 0.500; 95 % interval of your share ")
    assert "23 to 88 %" in text and "does not prove" in text
    label = page.locator("canvas").nth(1).get_attribute("aria-label")
    assert [found for found in re.findall(r"X was (\w)", label)] == list(hidden)
    assert page.locator("canvas").first.get_attribute("aria-label").endswith("You have 3.")
    assert all(page.get_by_role("button", name=name).is_disabled() for name in ("▶ A", "▶ X", "X is A"))
    assert page.evaluate("() => document.activeElement.textContent") == "Begin anew"
    press(page, "Begin anew")
    assert said(page).startswith("Trial 1 of 5.")
    assert page.evaluate("() => model.get('seed')") != 3 and page.evaluate("() => model.get('answers')") == []


def test_the_number_of_trials_is_fixed_by_the_first_answer(page):
    bare.show(page, abx())
    slider = page.get_by_label("number of trials")
    slider.press("ArrowLeft")
    assert said(page).startswith("Trial 1 of 9.")
    answer_all(page, ["A"])
    wait(page, 60)
    assert slider.is_disabled()


def test_it_ends_without_a_kernel(page):
    bare.show(page, abx(n_trials=5))
    page.evaluate("() => { model.save_changes = () => undefined; }")
    answer_all(page, "AAAAA")
    assert re.match(r"\d of 5 right", said(page))


# ---------------------------------------------------------------------------------------------------- as Python sees it


def test_python_counts_what_the_page_has_counted_and_keeps_it(page, folder):
    widget = abx(n_trials=5, title="tone or tone")
    bare.show(page, widget)
    answer_all(page, "ABABA")
    to_python(page, widget)
    found, hidden = widget.result(), hidden_sounds(3, 5)
    assert found.trials == list(zip(hidden, "ABABA", strict=True)) and found.n_trials == 5
    assert said(page).startswith(f"{found.n_right} of 5 right")
    assert found.p_value == guessing_p(found.n_right, 5)
    assert found.interval == pytest.approx(expected_interval(found.n_right, 5), abs=1e-4)
    (kept,) = kept_results()
    assert (kept["title"], kept["seed"], kept["n_right"]) == ("tone or tone", 3, found.n_right)
    assert widget.note == f"Kept in {folder / 'abx.jsonl'}."
    assert explorables.abx.kept_results() == [kept]


def test_each_finished_test_is_one_line_and_a_damaged_line_is_left_out(folder):
    for _ in range(2):
        widget = abx(n_trials=5)
        widget.answers = list("AAAA")
        assert widget.note == ""
        widget.answers = list("AAAAA")
    assert len(kept_results()) == 2
    with open(folder / "abx.jsonl", "a", encoding="utf-8") as file:
        file.write("{not json\n[1, 2]\n3\n")
    assert len(kept_results()) == 2
    assert len([json.loads(line) for line in (folder / "abx.jsonl").read_text().splitlines()[:2]]) == 2


def test_where_nothing_can_be_kept_it_says_so(tmp_path, monkeypatch):
    widget = abx(n_trials=5)
    monkeypatch.setenv(_files.VARIABLE, "off")
    widget.answers = list("AAAAA")
    assert widget.note == "Not kept: COURSE_PROGRESS is off." and kept_results() == []
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(_files.VARIABLE, str(tmp_path / "file" / "progress.sqlite3"))
    widget.answers = []
    widget.answers = list("AAAAA")
    assert widget.note.startswith("Not kept: ") and widget.result().n_trials == 5


def test_the_result_waits_for_the_last_answer():
    widget = abx()
    for n in range(10):
        widget.answers = ["A"] * n
        with refuses(rf"result\(\) needs all 10 answers, got {n}: go on to the last trial"):
            widget.result()
    widget.answers = ["A"] * 10
    assert widget.result().n_right == hidden_sounds(3, 10).count("A")


def test_without_a_seed_each_test_is_another():
    assert len({explorables.abx(LOW, HIGH, RATE).seed for _ in range(8)}) == 8


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"a": np.zeros(80)}, "a must be above −80 dBFS, got an RMS of 0: pass a sound that can be heard"),
        ({"b": np.full(80, np.nan)}, "b must be finite, got 80 NaN"),
        ({"b": 2 * HIGH / 0.2}, "b must lie within ±1, got a peak of 2"),
        ({"a": np.ones((2, 9))}, "a must be mono"),
        ({"a": []}, "a must not be empty"),
        ({"a": np.tile(LOW, 65)}, "a and b must fit into 1,000,000 bytes at 2 bytes a sample, got 2,080,000"),
        ({"sample_rate": 10}, "sample_rate must be at least 3000, got 10"),
        ({"n_trials": 4}, "n_trials must be at least 5, got 4: raise n_trials"),
        ({"n_trials": 61}, "n_trials must be at most 60, got 61: lower n_trials"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"seed": 2**32}, "seed must be at most 4294967295, got 4294967296"),
        ({"answers": ["C"]}, r"""answers must be a list of "A" and "B", got \['C'\]: pass \[\] to begin anew"""),
        ({"answers": ["A"] * 11}, "answers must be at most 10, got 11: pass one for each trial"),
        ({"title": ""}, "title must have 1 to 200 characters, got 0"),
    ],
)
def test_bad_values_are_refused_in_a_sentence(given, words):
    with refuses(words):
        explorables.abx(**({"a": LOW, "b": HIGH, "sample_rate": RATE} | given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"a": None}, "a must"),
        ({"a": (LOW * 30_000).astype(np.int16)}, "a must be floating point"),
        ({"sample_rate": None}, "sample_rate must be a number, got None"),
        ({"n_trials": 10.0}, "n_trials must be a whole number, got 10.0"),
        ({"seed": "a"}, "seed must be a whole number, got 'a'"),
        ({"match_levels": 1}, "match_levels must be True or False, got 1"),
    ],
)
def test_values_of_a_wrong_type_are_refused_in_a_sentence(given, words):
    with refuses(words, TypeError):
        explorables.abx(**({"a": LOW, "b": HIGH, "sample_rate": RATE} | given))


def test_the_number_of_trials_stays_once_it_has_begun():
    widget = abx()
    widget.answers = ["A"]
    with refuses(r"n_trials must stay 10 once a trial is answered, got 12 after 1: set answers = \[\] to begin anew"):
        widget.n_trials = 12
    widget.answers = []
    widget.n_trials = 12
    assert widget.n_trials == 12
