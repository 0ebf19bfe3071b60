"""The beam lab: its search and its best string are those of all paths, and each preset shows what it promises."""

import itertools
import math
import re

import numpy as np
import pytest

from course_utils import explorables
from course_utils.explorables.beam_lab import PRESETS, bigram_table, table_of
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

# Both sides add the same products in another order.
CLOSE = {"rtol": 1e-12, "atol": 1e-15}
EMPTY = "the empty string"
OPEN = """async (code) => {
    window.lab = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}"""
SEARCH = """([table, options]) => {
    const steps = lab.search(table, options), strings = lab.allStrings(table);
    const best = lab.bestOf(strings, table, options);
    const plain = (entry) => ({ ...entry, from: [...entry.from].sort() });
    return {
        steps: steps.map(({ kept, fallen }) => ({ kept: kept.map(plain), fallen: fallen.map(plain) })), best,
        strings: [...strings],
        reach: steps.map(({ kept }, t) => kept.map((entry) => lab.reachOf(entry, best.text, t, table))),
    };
}"""


@pytest.fixture(scope="module")
def run(program):
    """What searches a table in the page, with the script's own functions."""
    with bare.page_for(program) as page:
        page.evaluate(OPEN, f"{explorables.beam_lab._esm}\nexport {{ search, allStrings, bestOf, reachOf }};")

        def searched(table, width=3, lm_weight=0.0, length_bonus=0.0):
            options = {"width": width, "lmWeight": lm_weight, "lengthBonus": length_bonus}
            return page.evaluate(SEARCH, [table, options])

        yield searched


def collapsed(path, symbols):
    return "".join(symbols[c] for c, before in zip(path, (0, *path), strict=False) if c and c != before)


def paths_of(table, n_frames=None):
    """Every path of the first frames, and its probability."""
    rows = np.array(table["posteriors"])[:, :n_frames]
    for path in itertools.product(range(len(rows)), repeat=rows.shape[1]):
        yield path, math.prod(rows[c, t] for t, c in enumerate(path))


def score(text, p, table, lm_weight, length_bonus):
    before = [table["symbols"].index(letter) for letter in "_" + text]
    ln_bigrams = sum(math.log(table["bigrams"][a][b - 1]) for a, b in itertools.pairwise(before))
    return math.log(p) + lm_weight * ln_bigrams + length_bonus * len(text)


def oracle(table, width, lm_weight, length_bonus):
    """The search told by paths: one is dropped as soon as its prefix is not kept; kept are those with most weight."""
    symbols, n_frames = table["symbols"], len(table["posteriors"][0])
    steps, kept_before = [], []
    for n in range(1, n_frames + 1):
        found = {}
        for path, p in paths_of(table, n):
            if all(collapsed(path[: t + 1], symbols) in kept for t, kept in enumerate(kept_before)):
                found.setdefault(collapsed(path, symbols), [0.0, 0.0])[int(path[-1] != 0)] += p
        ranked = sorted(found, key=lambda text: (-score(text, sum(found[text]), table, lm_weight, length_bonus), text))
        kept_before.append(ranked[:width])
        steps.append({text: found[text] for text in ranked})
    return steps, kept_before


def random_table(seed, n_classes, n_frames):
    rng = np.random.default_rng(seed)
    symbols = "_abcd"[:n_classes]
    texts = ["".join(rng.choice(list(symbols[1:]), 5)) for _ in range(3)]
    return table_of(symbols, rng.dirichlet(np.full(n_classes, 0.8), n_frames).T.tolist(), texts)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("width", "lm_weight", "length_bonus"), [(1, 0, 0), (2, 0.7, 0), (3, 0, -0.8), (5, 1.3, 0.9)])
def test_each_step_is_the_sum_over_the_paths_that_are_left(run, seed, width, lm_weight, length_bonus):
    table = random_table(seed, *[(3, 5), (2, 7), (4, 4), (3, 6)][seed])
    steps, kept = oracle(table, width, lm_weight, length_bonus)
    found = run(table, width, lm_weight, length_bonus)["steps"]
    for step, expected, survivors in zip(found, steps, kept, strict=True):
        assert [entry["prefix"] for entry in step["kept"]] == survivors
        assert [entry["prefix"] for entry in step["kept"] + step["fallen"]] == list(expected)
        for entry in step["kept"] + step["fallen"]:
            np.testing.assert_allclose([entry["blank"], entry["symbol"]], expected[entry["prefix"]], **CLOSE)
            p = sum(expected[entry["prefix"]])
            assert entry["score"] == pytest.approx(score(entry["prefix"], p, table, lm_weight, length_bonus), rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_beam_that_is_wide_enough_finds_the_best_string(run, seed):
    table = random_table(seed, *[(3, 5), (2, 8), (4, 5)][seed % 3])
    options = [(0, 0), (0.9, -0.4)][seed % 2]
    expected = {}
    for path, p in paths_of(table):
        text = collapsed(path, table["symbols"])
        expected[text] = expected.get(text, 0) + p
    best = max(expected, key=lambda text: score(text, expected[text], table, *options))
    found = run(table, 10_000, *options)
    assert dict(found["strings"]) == pytest.approx(expected, rel=1e-12)
    assert found["best"]["text"] == best == found["steps"][-1]["kept"][0]["prefix"]
    last = {entry["prefix"]: entry["blank"] + entry["symbol"] for entry in found["steps"][-1]["kept"]}
    assert last == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_what_can_be_reached_is_the_sum_over_paths_through_what_is_kept(run, seed):
    table, width = random_table(seed, 3, 6), 2
    found, (_, kept) = run(table, width), oracle(table, width, 0, 0)
    for t, reach in enumerate(found["reach"]):
        expected = sum(
            p
            for path, p in paths_of(table)
            if collapsed(path, table["symbols"]) == found["best"]["text"]
            and all(collapsed(path[: n + 1], table["symbols"]) in kept[n] for n in range(t + 1))
        )
        assert sum(reach) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_two_frames_by_hand(run):
    table = table_of("_a", [[0.6, 0.6], [0.4, 0.4]], [])
    found = run(table)
    assert dict(found["strings"]) == pytest.approx({"": 0.36, "a": 0.64})
    (a, empty) = found["steps"][1]["kept"]
    assert (a["prefix"], empty["prefix"]) == ("a", "") and a["from"] == ["", "a"] and empty["from"] == [""]
    assert (a["blank"], a["symbol"]) == pytest.approx((0.4 * 0.6, 0.6 * 0.4 + 0.4 * 0.4))
    narrow = run(table, width=1)
    assert narrow["steps"][1]["kept"][0]["prefix"] == "" and narrow["reach"] == [[pytest.approx(0.24)], [0]]


def test_a_repeat_grows_only_out_of_the_blank(run):
    table = table_of("_a", [[0.0, 0.3, 0.0], [1.0, 0.7, 1.0]], [])
    last = {entry["prefix"]: entry for entry in run(table, width=8)["steps"][-1]["kept"]}
    assert last["aa"]["symbol"] == pytest.approx(0.3) and last["aa"]["from"] == ["a"]
    assert last["a"]["symbol"] == pytest.approx(0.7) and set(last) == {"a", "aa"}


def test_a_symbol_of_two_code_units_is_one_symbol(run):
    letters, symbols = table_of("_ab", np.full((3, 4), 1 / 3).tolist(), ["ab", "b"]), str.maketrans("ab", "𝒜𝒷")
    found = run(letters, 4, 0.5, 0.3), run(letters | {"symbols": ["_", "𝒜", "𝒷"]}, 4, 0.5, 0.3)
    plain, wide = [{e["prefix"]: e["score"] for e in each["steps"][-1]["kept"]} for each in found]
    assert wide == pytest.approx({text.translate(symbols): score for text, score in plain.items()}, rel=1e-12)


def test_bigrams_by_hand():
    rows = bigram_table(["ab", "b"], "_ab")
    np.testing.assert_allclose(rows, [[2 / 4, 2 / 4], [1 / 3, 2 / 3], [1 / 2, 1 / 2]])
    assert bigram_table([], "_ab") == [[0.5, 0.5]] * 3
    for symbols, _, texts in PRESETS.values():
        np.testing.assert_allclose(np.sum(bigram_table(texts, symbols), axis=1), 1)


def test_posteriors_of_the_presets_add_up_to_one():
    for symbols, rows, _ in PRESETS.values():
        np.testing.assert_allclose(np.sum(rows, axis=0), 1, atol=1e-12)
        assert np.shape(rows) == (len(symbols), 6)


# ------------------------------------------------------------------------------------------- what the page says


def said(page):
    wait(page, 150)
    return page.locator(".said").inner_text()


@pytest.fixture
def told(program):
    """Best string, frame at which it is lost, and the answers of greedy decoding and of the beam, as a page says."""

    def read(preset, **options):
        with bare.page_for(program) as page:
            bare.show(page, explorables.beam_lab(preset=preset, **options))
            text, tree = said(page), page.locator("canvas").nth(1).get_attribute("aria-label")
            assert not page.problems
        return *parts_of(text), tree

    return read


def parts_of(text):
    name = rf"(?:“(\w+)”|{EMPTY})"
    best = re.search(rf"the best is {name}", text)[1] or ""
    lost = re.search(r"lost for good at frame (\d+)", text)
    greedy, beam = re.search(rf"Greedy decoding answers {name}; this beam answers {name}", text).groups()
    return best, lost and int(lost[1]), greedy or "", beam or ""


def test_greedy_misses_a_letter_that_the_beam_finds(told):
    assert told("greedy misses a letter")[:4] == ("cat", None, "ct", "cat")
    assert told("greedy misses a letter", beam_width=1)[:4] == ("cat", 5, "ct", "ct")


def test_a_repeat_across_a_blank_stays_two_letters(told):
    assert told("a repeat across a blank")[:4] == ("hello", None, "hello", "hello")


@pytest.mark.parametrize(("beam_width", "lost"), [(1, 3), (2, 4), (3, 4), (4, None), (8, None)])
def test_a_narrow_beam_loses_the_best_string_for_good_and_the_frame_is_named(told, beam_width, lost):
    best, found, _, beam, tree = told("a narrow beam loses the best", beam_width=beam_width)
    assert (best, found) == ("tea", lost) and (beam == "tea") == (lost is None)
    frames = re.findall(r"frame (\d) ([^;.]*)", tree.partition(". Of all")[0])
    starred = [int(frame) for frame, kept in frames if "★" in kept]
    assert starred == list(range(1, lost or 7)), "the star stays until the best is lost"


def test_the_language_model_decides(told):
    assert told("the language model decides")[0:4:3] == ("sae", "sae")
    assert told("the language model decides", lm_weight=0.8, beam_width=5)[0:4:3] == ("sea", "sea")


def test_a_length_bonus_draws_the_answer_out_and_a_fine_cuts_it(told):
    lengths = [len(told("a repeat across a blank", beam_width=8, length_bonus=b)[3]) for b in (-2, 0, 2)]
    assert lengths[0] < lengths[1] <= lengths[2]


def test_the_words_carry_the_numbers_of_the_search(page, run):
    widget = explorables.beam_lab(preset="a repeat across a blank", frame=4, beam_width=5)
    bare.show(page, widget)
    text = said(page)
    step = run(widget.tables["a repeat across a blank"], 5)["steps"][3]
    shown = re.findall(r"“(\w+)” ([\d.]+)[,.] ?", text.partition(" Of all")[0])
    assert [prefix for prefix, _ in shown] == [entry["prefix"] for entry in step["kept"]]
    for (_, p), entry in zip(shown, step["kept"], strict=True):
        assert float(p.rstrip(".")) == pytest.approx(entry["blank"] + entry["symbol"], rel=6e-3)  # three digits
    assert f"5 of {len(step['kept'] + step['fallen'])} prefixes are kept" in text
    assert "Greedy" not in text, "the answers come with the last frame"
    bars = page.locator("canvas").nth(2).get_attribute("aria-label")
    assert all(words in bars for words in ("★ 0.", "merged from", "Dropped: "))


def test_a_click_on_a_frame_goes_there(page):
    bare.show(page, explorables.beam_lab())
    for number in (0, 1):
        box = page.locator("canvas").nth(number).bounding_box()
        for frame in (2, 5):
            x = box["x"] + 62 + (box["width"] - 76) * (frame - 0.5) / 6
            page.mouse.click(x, box["y"] + 60)
            assert page.evaluate("() => model.get('frame')") == frame
            assert said(page).startswith(f"After frame {frame},")


def test_a_table_of_ones_own_takes_the_place_of_the_presets(page):
    widget = explorables.beam_lab([[0.6, 0.6], [0.4, 0.4]], "_7", ["7", "77"])
    assert [control["name"] for control in widget.controls] == ["frame", "beam_width", "lm_weight", "length_bonus"]
    bare.show(page, widget)
    assert "the best is “7” (0.64)" in said(page) and "Greedy decoding answers the empty string" in said(page)
    assert page.get_by_label("frames read").get_attribute("aria-valuetext") == "2"
    assert widget.frame == 2 and explorables.beam_lab([[1.0], [0.0]]).tables[""]["symbols"] == ["_", "a"]


def test_columns_that_were_rounded_are_scaled_to_a_sum_of_one():
    table = explorables.beam_lab([[0.6668, 0.25], [0.3337, 0.75]], texts=[]).tables[""]
    np.testing.assert_allclose(table["posteriors"], [[0.6668 / 1.0005, 0.25], [0.3337 / 1.0005, 0.75]], rtol=1e-12)
    assert table["bigrams"] == [[1.0], [1.0]]


@pytest.mark.parametrize(
    "rows", [[[0.0, 0.0], [1.0, 1.0]], [[1.0] * 12, [0.0] * 12], np.full((8, 5), 1 / 8), np.full((2, 12), 0.5)]
)
@pytest.mark.parametrize("width", [1, 8])
def test_tables_at_the_edge_are_drawn(page, rows, width):
    bare.show(page, explorables.beam_lab(rows, beam_width=width, lm_weight=1))
    assert said(page).startswith(f"After frame {len(rows[0])},")


GOOD = [[0.6, 0.6], [0.4, 0.4]]


@pytest.mark.parametrize(
    ("options", "words", "error"),
    [
        ({"posteriors": np.log(GOOD)}, r"must not be negative, got -0\.91.*: of log-probabilities pass", ValueError),
        ({"posteriors": np.transpose(GOOD)}, "must sum to 1, got 1.2 in frame 1: divide by", ValueError),
        ({"posteriors": [[0.6, np.nan], [0.4, 0.4]]}, "posteriors must be finite, got 1 NaN", ValueError),
        ({"posteriors": [0.6, 0.4]}, r"posteriors must have shape \(2 to 8 classes, .*got \(2,\): cut", ValueError),
        ({"posteriors": np.ones((1, 3))}, r"shape \(2 to 8 classes, .*got \(1, 3\)", ValueError),
        ({"posteriors": np.full((4, 9), 0.25)}, "100,000 paths, got 262,144 of 4 classes in 9 frames", ValueError),
        ({"posteriors": np.full((2, 13), 0.5)}, r"1 to 12 frames\), got \(2, 13\): cut out a part", ValueError),
        ({"posteriors": np.full((9, 1), 1 / 9)}, r"2 to 8 classes, .*got \(9, 1\)", ValueError),
        ({"posteriors": "loud"}, "posteriors must hold numbers", TypeError),
        ({"posteriors": GOOD, "symbols": "_"}, "symbols must name 2 classes, got '_': pass one", ValueError),
        ({"posteriors": GOOD, "symbols": "__"}, "symbols must be 2 different characters, got '__'", ValueError),
        ({"posteriors": GOOD, "symbols": "_ab"}, "symbols must name 2 classes, got '_ab'", ValueError),
        ({"posteriors": GOOD, "symbols": 3}, "symbols must name 2 classes, got 3", ValueError),
        ({"posteriors": GOOD, "texts": "aa"}, "texts must be a list of strings, got 'aa': write", TypeError),
        ({"posteriors": GOOD, "texts": [3]}, "texts must be a list of strings", TypeError),
        ({"posteriors": GOOD, "texts": ["ab"]}, "texts must be spelled with a, got 'b' in 'ab': leave", ValueError),
        ({"posteriors": GOOD, "preset": "a"}, "preset must not stand beside posteriors, got 'a'", ValueError),
        ({"symbols": "_ab"}, "symbols must be given together with posteriors, got '_ab' alone", ValueError),
        ({"texts": ["ab"]}, "texts must be given together with posteriors", ValueError),
        ({"posteriors": GOOD, "frame": 3}, "frame must be at most 2, got 3", ValueError),
        ({"frame": 7}, "frame must be at most 6, got 7", ValueError),
        ({"beam_width": 2.5}, "beam_width must be one of 1, 2, 3, 4, 5, 6, 7, 8, got 2.5", ValueError),
        ({"beam_width": 0}, "beam_width must be at least 1", ValueError),
        ({"lm_weight": np.nan}, "lm_weight must be finite", ValueError),
        ({"length_bonus": 3}, "length_bonus must be at most 2", ValueError),
        ({"preset": "mine"}, "preset must be one of", ValueError),
    ],
)
def test_bad_values_are_refused_in_a_sentence(options, words, error):
    with refuses(words, error):
        explorables.beam_lab(**options)
