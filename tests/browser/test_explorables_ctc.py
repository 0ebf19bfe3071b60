"""The CTC lab: its lattice, occupancy and loss are sums over all paths, one by one; its table can be painted."""

import functools
import itertools
import math
import re

import numpy as np
import pytest
import torch

from course_utils import explorables
from course_utils.explorables.ctc_lab import DIGITS, LETTERS, NINE_FIVE, ONE_ONE, WORDS, course_tables
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

TABLES = {table["name"]: table for table in course_tables()}
# What the module computes for one table, target and blank; JSON knows no infinity.
FOUND = """async ([code, rows, target, hasBlank]) => {
    const text = `${code}\\nexport { analyse };`;
    const { analyse } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    const finite = (value) => (value === -Infinity ? null : value);
    const all = (table) => table.map((row) => row.map(finite));
    const { states, alpha, beta, logP, nPaths, occupancy, best } = analyse(rows, target, hasBlank);
    return { states, alpha: all(alpha), beta: all(beta), logP: finite(logP), nPaths, occupancy, path: best.path,
        best: finite(best.log) };
}"""


def collapse(path):
    return "".join(symbol for symbol, _ in itertools.groupby(path) if symbol != "_")


@functools.cache
def paths_to(target, n_frames, symbols):
    """All beginnings of 1 … n_frames frames that spell a beginning of the target: one list for each length."""
    found = [[""]]
    for _ in range(n_frames):
        longer = (path + symbol for path in found[-1] for symbol in symbols)
        found.append([path for path in longer if target.startswith(collapse(path))])
    return found[1:]


@functools.cache
def beginnings_of(target, n_frames, symbols, has_blank):
    """For each length: the paths as rows of a table of posteriors, the state of the lattice that each is in, and which
    of them spell the target."""
    found = []
    for paths in paths_to(target, n_frames, symbols if has_blank else symbols[1:]):
        spelled = [collapse(path) for path in paths]
        pairs = zip(paths, spelled, strict=True)
        states = [2 * len(text) - (path[-1] != "_") if has_blank else len(text) - 1 for path, text in pairs]
        rows = np.array([[symbols.index(symbol) for symbol in path] for path in paths], dtype=int)
        found.append((rows, states, [text == target for text in spelled]))
    return found


def brute_force(posteriors, symbols, target, has_blank=True):
    """Sums over paths, one by one, of posteriors (classes, frames)."""
    table = np.array(posteriors)
    beginnings = beginnings_of(target, table.shape[1], tuple(symbols), has_blank)
    alpha = np.zeros((table.shape[1], 2 * len(target) + 1 if has_blank else len(target)))
    for t, (rows, states, _) in enumerate(beginnings):
        if states:
            np.add.at(alpha[t], states, table[rows, np.arange(t + 1)].prod(axis=1))
    rows, _, is_whole = beginnings[-1]
    whole = rows[is_whole].reshape(-1, table.shape[1])
    shares = table[whole, np.arange(table.shape[1])].prod(axis=1)
    occupancy = np.array([(shares[:, None] * (whole == row)).sum(axis=0) for row in range(len(symbols))])
    total = shares.sum()
    return {
        "alpha": alpha,
        "total": total,
        "occupancy": occupancy / total if total else occupancy,
        "n_paths": len(whole),
        "best": shares.max(initial=0),
    }


def without_blank(posteriors):
    rest = np.array(posteriors)
    rest[0] = 0
    return (rest / rest.sum(axis=0)).tolist()


def found_in(page, posteriors, symbols, target, has_blank=True):
    rows = [symbols.index(symbol) for symbol in target]
    return page.evaluate(FOUND, [explorables.ctc_lab._esm, posteriors, rows, has_blank])


def exp(logs):
    return np.exp([[-np.inf if log is None else log for log in row] for row in logs]).reshape(len(logs), -1)


def assert_agree(found, expected, symbols, target, has_blank=True):
    # The same sums in another order, of numbers within 0…1.
    np.testing.assert_allclose(exp(found["alpha"]), expected["alpha"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(found["occupancy"], expected["occupancy"], rtol=0, atol=1e-9)
    assert found["nPaths"] == expected["n_paths"]
    if not expected["total"]:
        assert found["logP"] is None and found["best"] is None and found["path"] == []
        return
    assert found["logP"] == pytest.approx(math.log(expected["total"]), rel=1e-9, abs=1e-9)
    assert found["best"] == pytest.approx(math.log(expected["best"]), rel=1e-9, abs=1e-9)
    assert collapse("".join(symbols[found["states"][s]] for s in found["path"])) == target
    both = exp(found["alpha"]) * exp(found["beta"])
    np.testing.assert_allclose(both.sum(axis=1), expected["total"], rtol=1e-9)  # every frame cuts all paths once


@pytest.mark.parametrize("name", TABLES)
def test_the_page_computes_what_all_paths_sum_to(page, name):
    page.set_content(bare.PAGE)
    symbols = TABLES[name]["symbols"]
    for target, has_blank in itertools.product(TABLES[name]["targets"], (True, False)):
        posteriors = TABLES[name]["posteriors"] if has_blank else without_blank(TABLES[name]["posteriors"])
        found = found_in(page, posteriors, symbols, target, has_blank)
        assert_agree(found, brute_force(posteriors, symbols, target, has_blank), symbols, target, has_blank)


def test_small_tables_agree_with_every_path_there_is(page):
    """Each of the 3⁵ paths of a table is sorted by what it collapses to: no word of the lattice is used."""
    page.set_content(bare.PAGE)
    rng = np.random.default_rng(1)
    posteriors = rng.dirichlet([0.5] * 3, 5).T.tolist()
    posteriors[1][2] = 0.0  # a symbol that a frame excludes
    sums = {}
    for path in map("".join, itertools.product("_ab", repeat=5)):
        shares = [posteriors["_ab".index(symbol)][t] for t, symbol in enumerate(path)]
        sums.setdefault(collapse(path), []).append(math.prod(shares))
    for target in ("", "a", "aa", "ab", "aba", "aab", "aaa", "abab", "ababa", "aaaa", "ababab"):
        found, shares = found_in(page, posteriors, "_ab", target), sums.get(target, [])
        assert found["nPaths"] == len(shares)
        total = sum(shares)
        assert (math.exp(found["logP"]) if total else found["logP"] or 0) == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_posterior_less_occupancy_is_the_gradient(page, name):
    table, target = TABLES[name], TABLES[name]["targets"][0]
    page.set_content(bare.PAGE)
    found = found_in(page, table["posteriors"], table["symbols"], target)
    scores = torch.tensor(table["posteriors"]).log().double().T[:, None].requires_grad_()
    labels = torch.tensor([[table["symbols"].index(symbol) for symbol in target]])
    lengths = torch.tensor([len(scores)]), torch.tensor([len(target)])
    loss = torch.nn.functional.ctc_loss(scores.log_softmax(2), labels, *lengths, reduction="sum")
    loss.backward()
    assert -found["logP"] == pytest.approx(loss.item(), rel=1e-6)  # the table was made float32 by torch.tensor
    difference = np.array(table["posteriors"]) - found["occupancy"]
    np.testing.assert_allclose(difference, scores.grad[:, 0].T, atol=1e-6)


# ------------------------------------------------------------------------------------------------ what is said and done


def said(page):
    wait(page, 200)
    return page.locator(".said").inner_text()


def state(page, *names):
    wait(page, 60)
    return page.evaluate("names => names.map((name) => model.get(name))", list(names))


@pytest.mark.parametrize(
    ("preset", "path", "read"),
    [
        ("hel_lo", "_hhell_lloo_", "“hello”"),
        ("hello without the blank between", "_hhellllloo_", "“helo”"),
        ("sharp: one frame a letter", "_h__e_l_l_o_", "“hello”"),
        ("flat, as if untrained", "____________", "nothing"),
    ],
)
def test_each_table_reads_as_its_name_promises(page, preset, path, read):
    bare.show(page, explorables.ctc_lab(preset=preset))
    text = said(page)
    assert f"No path at all is likelier than {path}, which collapses to {read}." in text


def test_a_recogniser_hears_the_same_digit_twice(page):
    bare.show(page, explorables.ctc_lab(preset=ONE_ONE))
    assert "collapses to “11”." in said(page)
    np.testing.assert_allclose(np.sum(TABLES[ONE_ONE]["posteriors"], axis=0), 1)


def test_a_recogniser_is_sure_of_its_mistake(page):
    bare.show(page, explorables.ctc_lab(preset=NINE_FIVE, frame=11))
    text = said(page)
    assert "collapses to “99”." in text and "towards 1.00 and “9” from 1.00 towards 0.00." in text
    assert np.max(TABLES[NINE_FIVE]["posteriors"], axis=0).min() > 0.98
    page.get_by_label("target").select_option("99")
    assert "There posterior and occupancy agree within 0.005." in said(page)


def test_sums_and_paths_are_told(page):
    bare.show(page, explorables.ctc_lab())
    table = TABLES["hel_lo"]
    expected = brute_force(table["posteriors"], LETTERS, "hello")
    text = said(page)
    assert text.startswith(
        f"{expected['n_paths']:,} paths of 12 frames collapse to “hello”: p = {expected['total']:.3g}"
    )
    assert f"−ln p = {-math.log(expected['total']):.2f} nats" in text
    assert f"_hhell_lloo_ ({expected['best']:.3g}, {100 * expected['best'] / expected['total']:.2g} % of p)" in text
    assert f"Up to frame 7, α sums to {expected['alpha'][6].sum():.3g}." in text
    assert f"the blank from 0.70 towards {expected['occupancy'][0, 6]:.2f}" in text


def test_the_time_slider_fills_the_lattice(page):
    bare.show(page, explorables.ctc_lab(frame=1))
    alpha = brute_force(TABLES["hel_lo"]["posteriors"], LETTERS, "hello")["alpha"]
    inked = """() => { const canvas = document.querySelectorAll('canvas.plot')[2];
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 0 && value < 128).length; }"""
    seen = []
    for frame in range(1, 13):
        sums = re.search(r"Up to frame (\d+), α sums to (\S+)\.", said(page))
        assert int(sums[1]) == frame and float(sums[2]) == pytest.approx(alpha[frame - 1].sum(), rel=5e-3)
        seen.append(page.evaluate(inked))
        page.get_by_label("frame", exact=True).press("ArrowRight")
    assert seen == sorted(seen) and seen[0] < seen[-1]


def test_without_the_blank_doubled_letters_merge(page):
    bare.show(page, explorables.ctc_lab(blank=False))
    text = said(page)
    assert (
        "−ln p is infinite: without the blank, equal neighbours always merge, and ll becomes l in every path." in text
    )
    assert "No path, no gradient." in text and "collapses to “h" in text
    page.get_by_label("target").select_option("helo")
    expected = brute_force(without_blank(TABLES["hel_lo"]["posteriors"]), LETTERS, "helo", has_blank=False)
    assert said(page).startswith(f"{expected['n_paths']} paths of 12 frames collapse to “helo”")
    assert "Without the blank, every frame must be given to some symbol, pauses included." in said(page)
    page.get_by_label("target").select_option("")
    assert "−ln p is infinite: without the blank, every frame must be given to some symbol." in said(page)
    page.get_by_label("with the blank").press("Space")
    assert "1 path of 12 frames collapses to nothing: p = " in said(page)


@pytest.mark.parametrize(
    ("posteriors", "target", "why"),
    [
        ([[0.5, 0.5], [0.5, 0.5]], "aa", "it has more symbols, and blanks between equal ones, than there are frames."),
        ([[1.0, 1.0], [0.0, 0.0]], "a", "each of its paths meets a cell that is 0."),
    ],
)
def test_an_impossible_target_says_why(page, posteriors, target, why):
    bare.show(page, explorables.ctc_lab(posteriors, "_a", [target]))
    assert f"p(“{target}”) = 0, −ln p is infinite: {why}" in said(page)


def drag(page, *cells):
    """The pointer goes over cells (row, frame) of the table of posteriors."""
    to_page = """([row, frame]) => {
        const box = document.querySelector('canvas.plot').getBoundingClientRect(), rows = model.get('symbols').length;
        const nFrames = model.get('posteriors')[0].length, high = box.height - 44 - 26;
        return [box.x + 62 + ((frame - 0.5) / nFrames) * (box.width - 76), box.y + 26 + ((row + 0.5) / rows) * high];
    }"""
    page.mouse.move(*page.evaluate(to_page, cells[0]))
    page.mouse.down()
    for cell in cells[1:]:
        page.mouse.move(*page.evaluate(to_page, cell), steps=3)
    page.mouse.up()


def test_painting_raises_a_low_cell_and_lowers_a_high_one(page):
    bare.show(page, explorables.ctc_lab())
    wait(page, 200)
    before = np.array(TABLES["hel_lo"]["posteriors"])
    drag(page, (3, 7))  # the blank between both l
    posteriors, preset, frame, symbol, shown = state(page, "posteriors", "preset", "frame", "symbol", "probability")
    after = np.array(posteriors)
    assert (preset, frame, symbol, shown) == ("painted", 7, "l", pytest.approx(0.9))
    assert after[3, 6] == pytest.approx(0.9)
    np.testing.assert_allclose(after.sum(axis=0), 1, atol=1e-12)
    rest = np.arange(5) != 3
    np.testing.assert_allclose(after[rest, 6] / after[rest, 6].sum(), before[rest, 6] / before[rest, 6].sum())
    others = np.arange(12) != 6
    assert (after[:, others] == before[:, others]).all()
    assert "collapses to “helo”." in said(page)
    drag(page, (3, 7))
    assert np.array(*state(page, "posteriors"))[3, 6] == pytest.approx(0.1)


def test_a_stroke_paints_all_that_it_crosses(page):
    bare.show(page, explorables.ctc_lab(preset="flat, as if untrained"))
    wait(page, 200)
    drag(page, (1, 2), (1, 5))
    (posteriors,) = state(page, "posteriors")
    np.testing.assert_allclose(posteriors[1], [0.2] + [0.9] * 4 + [0.2] * 7)


def test_the_keyboard_paints_as_the_pointer_does(page):
    bare.show(page, explorables.ctc_lab(frame=6, symbol="l"))
    page.get_by_label("frame", exact=True).press("ArrowRight")
    page.get_by_label("symbol to paint").select_option("o")
    assert state(page, "frame", "probability") == [7, pytest.approx(0.075)]
    slider = page.get_by_label("its probability")
    slider.press("End")
    posteriors, preset = state(page, "posteriors", "preset")
    assert preset == "painted" and [row[6] for row in posteriors] == [0, 0, 0, 0, 1]
    slider.press("Home")  # nothing is left to keep its proportions: the others share alike
    assert [row[6] for row in state(page, "posteriors")[0]] == [0.25] * 4 + [0]
    assert state(page, "probability") == [0]


@pytest.mark.parametrize("options", [{}, {"blank": False, "symbol": "e"}, {"blank": False}])
def test_python_paints_as_the_page_does(page, options):
    bare.show(page, explorables.ctc_lab(**options))
    page.evaluate("() => { model.set('probability', 0.25); }")
    widget = explorables.ctc_lab(probability=0.25, **options)
    assert widget.preset == "painted" and widget.frame == 7
    np.testing.assert_allclose(state(page, "posteriors")[0], widget.posteriors, atol=1e-12)


def test_a_blank_that_is_certain_gives_way_when_it_is_off_and_a_letter_is_painted(page):
    table = [[1.0, 0.5], [0.0, 0.3], [0.0, 0.2]]
    bare.show(page, explorables.ctc_lab(table, "_ab", blank=False, frame=1, symbol="b"))
    assert state(page, "probability") == [0.5]
    page.evaluate("() => model.set('probability', 0.75)")
    np.testing.assert_allclose(state(page, "posteriors")[0], [[0, 0.5], [0.25, 0.3], [0.75, 0.2]])
    widget = explorables.ctc_lab(table, "_ab", blank=False, frame=1, symbol="b", probability=0.75)
    np.testing.assert_allclose(state(page, "posteriors")[0], widget.posteriors)


def test_without_the_blank_a_cell_gets_what_the_slider_shows(page):
    bare.show(page, explorables.ctc_lab(blank=False, frame=5, symbol="h"))
    page.evaluate("() => model.set('probability', 0.5)")
    posteriors, probability = state(page, "posteriors", "probability")
    assert probability == pytest.approx(0.5) and without_blank(posteriors)[1][4] == pytest.approx(0.5)
    assert posteriors[0] == pytest.approx(TABLES["hel_lo"]["posteriors"][0])
    page.get_by_label("symbol to paint").select_option("_")
    before = state(page, "posteriors")
    page.get_by_label("its probability").press("End")
    assert state(page, "posteriors") == before, "the blank is off"


def test_another_table_brings_its_symbols_and_targets(page):
    bare.show(page, explorables.ctc_lab())
    offered = """words => [...document.querySelectorAll('label')]
        .filter((label) => label.textContent === words).flatMap((label) => [...label.control.options])
        .filter((option) => !option.disabled).map((option) => option.value)"""
    assert page.evaluate(offered, "target") == list(WORDS)
    assert page.evaluate(offered, "symbol to paint") == list(LETTERS)
    page.get_by_label("posteriors", exact=True).select_option(ONE_ONE)
    symbols, target, posteriors = state(page, "symbols", "target", "posteriors")
    assert (symbols, target) == (list(DIGITS), "11") and posteriors == TABLES[ONE_ONE]["posteriors"]
    assert page.evaluate(offered, "target") == ["", "11", "1", "95", "99"]
    assert page.evaluate(offered, "symbol to paint") == list(DIGITS)
    page.get_by_label("posteriors", exact=True).select_option(NINE_FIVE)
    assert state(page, "target") == ["95"]
    page.evaluate("() => model.set('target', 'hello')")
    assert "the table has no h. Choose another target." in said(page)


def test_what_the_page_paints_is_accepted_by_python(page):
    widget = explorables.ctc_lab()
    bare.show(page, widget)
    wait(page, 200)
    drag(page, (3, 7), (4, 12), (0, 1))
    wait(page, 300)
    for saved in page.evaluate("() => model.saved"):
        widget.set_state({name: saved[name] for name in ("posteriors", "preset", "frame", "symbol", "probability")})
    assert widget.preset == "painted" and widget.posteriors == state(page, "posteriors")[0]


# ---------------------------------------------------------------------------------------------------- as Python sees it


def test_a_table_of_your_own(page):
    rng = np.random.default_rng(2)
    scores = torch.from_numpy(rng.standard_normal((4, 9)).astype(np.float32))
    widget = explorables.ctc_lab(scores.softmax(0).numpy(), "-xyz", targets=["xyz", "xx"], frame=9)
    assert widget.preset == "yours" and widget.target == "xyz"
    np.testing.assert_allclose(np.sum(widget.posteriors, axis=0), 1, atol=1e-12)
    bare.show(page, widget)
    swapped = [symbol.replace("-", "_") for symbol in widget.symbols]
    expected = brute_force(widget.posteriors, swapped, "xyz")
    assert said(page).startswith(f"{expected['n_paths']:,} paths of 9 frames collapse to “xyz”: p = ")
    assert f"−ln p = {-math.log(expected['total']):.2f} nats" in said(page)


def test_by_default_the_targets_are_what_is_read_and_nothing():
    table = np.full((3, 5), 0.1)
    table[[1, 1, 0, 1, 2], range(5)] = 0.8
    widget = explorables.ctc_lab(table)
    assert widget.target == "aab" and widget.symbols == ["_", "a", "b"]
    assert next(control for control in widget.controls if control["name"] == "target")["options"] == ["aab", ""]


TABLE = np.full((2, 3), 0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"posteriors": np.log(TABLE), "symbols": "_a"}, "posteriors must not be negative, got -0.69.*: of log"),
        (
            {"posteriors": TABLE * 2, "symbols": "_a"},
            "each column of posteriors must sum to 1, got 2 in frame 1: divide",
        ),
        ({"posteriors": TABLE[0], "symbols": "_a"}, r"posteriors must have shape .*, got \(3,\): cut out a part"),
        ({"posteriors": np.full((2, 17), 0.5), "symbols": "_a"}, r"1 to 16 frames\), got \(2, 17\): cut out a part"),
        ({"posteriors": TABLE * np.nan, "symbols": "_a"}, "posteriors must be finite, got 6 NaN"),
        ({"posteriors": TABLE, "symbols": "_ab"}, "symbols must name 2 classes, got '_ab': pass"),
        ({"posteriors": TABLE, "symbols": "__"}, "symbols must be 2 different characters, got '__': rename some"),
        ({"posteriors": TABLE, "symbols": ["_", "ab"]}, "symbols must be 2 different characters, got"),
        ({"posteriors": TABLE, "symbols": "_a", "targets": ["ab"]}, "targets must be spelled with a, got 'b' in 'ab'"),
        ({"posteriors": TABLE, "symbols": "_a", "targets": ["_"]}, "targets must be spelled with a, got '_' in '_'"),
        ({"posteriors": TABLE, "targets": []}, r"targets must hold at least one string, got \[\]: leave targets out"),
        ({"symbols": "_a"}, "symbols must be given together with posteriors, got '_a' alone: pass both, or neither"),
        ({"targets": ["a"]}, r"targets must be given together with posteriors, got \['a'\] alone: pass both"),
        ({"preset": "loud"}, "preset must be one of 'hel_lo', .*, got 'loud': choose one of them"),
        ({"target": "11"}, "target must be one of 'hello', .*, got '11': choose one of them"),
        ({"symbol": "3"}, "symbol must be one of '_', 'h', 'e', 'l', 'o', got '3': choose one of them"),
        ({"frame": 13}, "frame must be at most 12, got 13: lower frame"),
        ({"frame": 0}, "frame must be at least 1, got 0: raise frame"),
        ({"probability": 1.5}, "probability must be at most 1, got 1.5: change probability"),
    ],
)
def test_bad_values_are_refused_in_a_sentence(given, words):
    with refuses(words):
        explorables.ctc_lab(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"posteriors": TABLE, "symbols": "_a", "targets": "a"}, "targets must be a list of strings, got 'a': write"),
        (
            {"posteriors": TABLE, "symbols": "_a", "targets": [3]},
            r"targets must be a list of strings, got \[3\]: write",
        ),
        ({"posteriors": [["a"]], "symbols": "_a"}, "posteriors must hold numbers, got dtype"),
        ({"frame": 2.5}, "frame must be a whole number, got 2.5: pass an int"),
    ],
)
def test_values_of_a_wrong_type_are_refused_in_a_sentence(given, words):
    with refuses(words, TypeError):
        explorables.ctc_lab(**given)


def test_a_table_set_later_must_have_the_shape_of_one_that_is_there():
    widget = explorables.ctc_lab()
    with refuses(r"posteriors must have shape \(5, 12\) or \(11, 12\), got \(2, 3\): open a new interactive"):
        widget.posteriors = TABLE.tolist()
    widget.posteriors = np.full((5, 12), 0.2).tolist()
    assert widget.posteriors[4][11] == 0.2
