"""Error rates against alignments by hand and by trying all of them, jiwer, rapidfuzz and torchmetrics."""

import random
from functools import cache

import jiwer
import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from torchmetrics.functional.text import char_error_rate, word_error_rate

from course_utils.metrics import student_interval
from course_utils.wer import (
    DELETION,
    HIT,
    INSERTION,
    SUBSTITUTION,
    Errors,
    align,
    cer,
    character_errors,
    draw_alignment,
    edit_distance_loop,
    errors_by_speaker,
    wer,
    wer_interval,
    word_errors,
)
from tests.hostile import COUNT, NAN, POSITIVE, refusals
from tests.support import processor_s, refuses

FEW = st.lists(st.integers(0, 3), max_size=12)  # few words, so that many are equal
SHORT = st.lists(st.integers(0, 2), max_size=5)
TEXT = st.text("abcé 漢", max_size=20)


def heard(rng, words, share):
    """A sentence in which ``share`` of the words is deleted, and as many are replaced, and inserted."""
    found = []
    for word in words:
        kind = rng.random()
        if kind >= share:
            found.append(word if kind >= 2 * share else rng.randrange(10))
        if rng.random() < share:
            found.append(rng.randrange(10))
    return found


def counted(steps):
    kinds = [step.kind for step in steps]
    return Errors(*(kinds.count(kind) for kind in (HIT, SUBSTITUTION, DELETION, INSERTION)))


# ------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", (6, 0, 0, 0)),
        ("the cat sat on the mat", "the hat sat and on mat", (4, 1, 1, 1)),
        ("one two three", "one three", (2, 0, 1, 0)),
        ("one three", "one two three", (2, 0, 0, 1)),
        ("one", "two", (0, 1, 0, 0)),
        ("one one", "one", (1, 0, 1, 0)),
        ("", "", (0, 0, 0, 0)),
        ("one two", "", (0, 0, 2, 0)),
        ("", "one two", (0, 0, 0, 2)),
        ("one two", "two three", (1, 0, 1, 1)),  # and not two substitutions
        ([1, 2, 3], [1, 3], (2, 0, 1, 0)),
        (["New", "York"], ["new", "York"], (1, 1, 0, 0)),
    ],
)
def test_counts_by_hand(reference, hypothesis, counts):
    assert counted(align(reference, hypothesis)) == counts
    assert edit_distance_loop(reference, hypothesis) == sum(counts[1:])
    if isinstance(reference, str):
        assert word_errors(reference, hypothesis) == counts
    else:
        assert word_errors([reference], [hypothesis]) == counts


def test_an_alignment_by_hand():
    assert align("the cat sat on the mat", "the hat sat and on mat") == [
        (HIT, "the", "the"),
        (SUBSTITUTION, "cat", "hat"),
        (HIT, "sat", "sat"),
        (INSERTION, None, "and"),
        (HIT, "on", "on"),
        (DELETION, "the", None),
        (HIT, "mat", "mat"),
    ]


def test_ties_are_broken_by_the_rule_that_is_written():
    assert align("a b", "b c") == [(DELETION, "a", None), (HIT, "b", "b"), (INSERTION, None, "c")]  # a hit
    assert align("a", "a a") == [(INSERTION, None, "a"), (HIT, "a", "a")]  # the later of two equal words
    assert align("a a", "a") == [(DELETION, "a", None), (HIT, "a", "a")]
    assert align("x", "y z") == [(INSERTION, None, "y"), (SUBSTITUTION, "x", "z")]
    assert align("a b", "b a") == [(INSERTION, None, "b"), (HIT, "a", "a"), (DELETION, "b", None)]  # the deletion last


def test_kitten_and_sitting():
    assert character_errors("kitten", "sitting") == Errors(4, 2, 0, 1)
    assert cer("kitten", "sitting") == 0.5
    assert edit_distance_loop(list("kitten"), list("sitting")) == 3


def test_the_errors_say_how_many_words_there_were():
    errors = Errors(hits=4, substitutions=1, deletions=2, insertions=3)
    assert (errors.n_errors, errors.n_reference, errors.n_hypothesis) == (6, 7, 8)
    assert errors.rate == 6 / 7


def test_a_rate_is_pooled_and_no_mean_of_rates():
    """One word of one, and none of nine: a tenth of the words is wrong, and half of the words on average of rates."""
    references, hypotheses = ["yes", "one two three four five six seven eight nine"], ["no"]
    hypotheses += references[1:]
    assert wer(references, hypotheses) == 1 / 10
    assert np.mean([wer(r, h) for r, h in zip(references, hypotheses, strict=True)]) == 1 / 2


def test_more_than_100_percent():
    assert wer("yes", "no no no") == 3
    assert wer(["one", "two"], ["one and so on", "two"]) == 1.5


def test_a_picture_of_an_alignment():
    assert draw_alignment("the cat sat on the mat", "the hat sat and on mat").splitlines() == [
        "REF the cat sat *** on the mat",
        "HYP the hat sat and on *** mat",
        "        S       I      D",
    ]
    assert draw_alignment(list("a b"), list("ab")).splitlines() == ["REF a ␣   b", "HYP a *** b", "      D"]
    assert draw_alignment([1, 22], [1]).splitlines() == ["REF 1 22", "HYP 1 ***", "      D"]
    assert draw_alignment("", "").splitlines() == ["REF", "HYP"]


def test_wide_letters_and_added_accents_keep_the_columns():
    lines = draw_alignment("漢字 x", "cafe\N{COMBINING ACUTE ACCENT} x").splitlines()
    assert lines[0] == "REF 漢字 x"  # four columns wide, as is the other
    assert lines[1] == "HYP cafe\N{COMBINING ACUTE ACCENT} x"
    full = "\N{FULLWIDTH LATIN SMALL LETTER A}"
    assert draw_alignment(f"{full} x", "ab x").splitlines()[:2] == [f"REF {full} x", "HYP ab x"]
    assert draw_alignment(["\x07", "b"], ["c", "b"]).splitlines()[0] == "REF � b"


def test_a_long_alignment_is_broken_at_the_same_word():
    reference = [f"word{i}" for i in range(30)]
    drawn = draw_alignment(reference, reference[1:], width=40)
    assert all(len(line) <= 40 for line in drawn.splitlines())
    lines = drawn.split("\n")
    rows = [lines[i : i + 3] for i in range(0, len(lines), 4)]  # and an empty line between two of them
    assert " ".join(row[0][4:] for row in rows).split() == reference
    assert " ".join(row[1][4:] for row in rows).split() == ["***", *reference[1:]]
    assert "".join(row[2].strip() for row in rows) == "D"


def test_speakers_by_hand():
    references, hypotheses = ["one two", "three", "four five six"], ["one", "three", "four four five six"]
    found = errors_by_speaker(references, hypotheses, ["ann", "bob", "ann"])
    assert found == {"ann": (4, 0, 1, 1), "bob": (1, 0, 0, 0)}
    assert list(found) == ["ann", "bob"]
    assert errors_by_speaker(references, hypotheses, np.array([7, 2, 7])).keys() == {7, 2}


def test_an_interval_by_hand():
    """E = 6, 8 of N = 10, 30: W = 0.35, residuals 2.5 and −2.5, over a mean of 20: 0.475 and 0.225, half apart 0.125.

    Student's t of one degree of freedom is 1 at 50 %.
    """
    references, hypotheses = [10 * ["a"], 30 * ["a"]], [4 * ["a"] + 6 * ["b"], 22 * ["a"] + 8 * ["b"]]
    found = wer_interval(references, hypotheses, ["ann", "bob"], confidence=0.5)
    assert found == pytest.approx((0.225, 0.475))
    assert wer_interval(references, hypotheses, ["ann", "bob"])[0] == 0  # and not below


# ------------------------------------------------------------------------------------- oracles


@cache
def all_alignments(r, h):
    """Every way to align two short tuples, as (S, D, I, hits)."""
    if not r and not h:
        return {(0, 0, 0, 0)}
    found = set()
    if r and h:
        is_hit = r[-1] == h[-1]
        found |= {(s + (not is_hit), d, i, n + is_hit) for s, d, i, n in all_alignments(r[:-1], h[:-1])}
    if r:
        found |= {(s, d + 1, i, n) for s, d, i, n in all_alignments(r[:-1], h)}
    if h:
        found |= {(s, d, i + 1, n) for s, d, i, n in all_alignments(r, h[:-1])}
    return found


@given(SHORT, SHORT)
def test_no_alignment_has_fewer_errors_or_as_few_and_more_hits(r, h):
    s, d, i, hits = min(all_alignments(tuple(r), tuple(h)), key=lambda counts: (sum(counts[:3]), -counts[3]))
    assert word_errors([r], [h]) == (hits, s, d, i)


@given(FEW, FEW)
def test_as_many_errors_as_rapidfuzz_and_no_fewer_hits(r, h):
    """jiwer 4 divides the counts of this very function."""
    theirs = Levenshtein.opcodes(r, h)
    n_hits = sum(op.src_end - op.src_start for op in theirs if op.tag == "equal")
    ours = word_errors([r], [h])
    assert ours.n_errors == Levenshtein.distance(r, h) == edit_distance_loop(r, h)
    assert ours.hits >= n_hits


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_rates_like_jiwer(pairs):
    """To its last digit; jiwer divides words at spaces only, and refuses nothing where no reference has a word."""
    references, hypotheses = ([" ".join(text.split()) for text in column] for column in zip(*pairs, strict=True))
    if any(references):
        assert wer(references, hypotheses) == jiwer.wer(references, hypotheses)
        assert cer(references, hypotheses) == jiwer.cer(references, hypotheses)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_rates_like_torchmetrics(pairs):
    """What they make of the same strings, pooled; they cut no white space off."""
    references, hypotheses = ([text.strip() for text in column] for column in zip(*pairs, strict=True))
    for ours, theirs in ((wer, word_error_rate), (cer, char_error_rate)):
        if any(references):
            expected = float(theirs(hypotheses, references))
            assert ours(references, hypotheses) == pytest.approx(expected, rel=1e-6)  # float32 there


def test_a_corpus_like_torchmetrics_and_rapidfuzz():
    rng = random.Random(0)
    references = [[rng.randrange(10) for _ in range(rng.randrange(3, 8))] for _ in range(300)]
    hypotheses = [heard(rng, words, 0.05) for words in references]
    texts = [[" ".join(map(str, words)) for words in column] for column in (references, hypotheses)]
    pooled = wer(references, hypotheses)
    assert pooled == wer(*texts)
    assert pooled == pytest.approx(float(word_error_rate(texts[1], texts[0])), rel=1e-6)  # float32 there
    n_errors = sum(map(Levenshtein.distance, references, hypotheses))
    assert pooled == n_errors / sum(map(len, references))
    assert 0.1 < pooled < 0.2


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_an_interval_is_that_of_the_rates_where_all_have_as_many_words(confidence):
    rng = random.Random(1)
    references = [[rng.randrange(10) for _ in range(20)] for _ in range(40)]
    hypotheses = [heard(rng, words, 0.05) for words in references]
    speakers = [i % 8 for i in range(40)]
    rates = [errors.rate for errors in errors_by_speaker(references, hypotheses, speakers).values()]
    found = wer_interval(references, hypotheses, speakers, confidence=confidence)
    assert found == pytest.approx(student_interval(rates, confidence=confidence))


def test_an_interval_over_many_speakers_is_that_of_scipys_bootstrap():
    rng = random.Random(2)
    references, hypotheses, speakers = [], [], []
    for speaker in range(100):
        share = rng.choice([0.01, 0.02, 0.05])
        for _ in range(rng.randrange(1, 6)):
            references.append([rng.randrange(10) for _ in range(rng.randrange(3, 8))])
            hypotheses.append(heard(rng, references[-1], share))
            speakers.append(f"speaker {speaker}")
    table = np.array(
        [(e.n_errors, e.n_reference) for e in errors_by_speaker(references, hypotheses, speakers).values()]
    )
    theirs = scipy.stats.bootstrap(
        tuple(table.T), lambda e, n, axis: e.sum(axis) / n.sum(axis), paired=True, n_resamples=4000,
        method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    width = theirs.high - theirs.low
    found = wer_interval(references, hypotheses, speakers)
    assert found == pytest.approx(tuple(theirs), abs=0.1 * width)  # a bootstrap's ends are random, and the rate skewed


# ------------------------------------------------------------------------------------- invariants


@given(FEW, FEW)
def test_an_alignment_holds_both_sentences_and_their_counts(r, h):
    steps = align(r, h)
    assert [step.reference for step in steps if step.kind != INSERTION] == r
    assert [step.hypothesis for step in steps if step.kind != DELETION] == h
    assert all(step.reference is None for step in steps if step.kind == INSERTION)
    assert all(step.hypothesis is None for step in steps if step.kind == DELETION)
    both = [step for step in steps if step.kind in (HIT, SUBSTITUTION)]
    assert all((step.reference == step.hypothesis) == (step.kind == HIT) for step in both)
    errors = word_errors([r], [h])
    assert counted(steps) == errors
    assert (errors.n_reference, errors.n_hypothesis) == (len(r), len(h))


@given(FEW, FEW, FEW)
def test_the_distance_is_a_metric(a, b, c):
    assert (edit_distance_loop(a, b) == 0) == (a == b)
    assert edit_distance_loop(a, b) == edit_distance_loop(b, a)
    assert edit_distance_loop(a, c) <= edit_distance_loop(a, b) + edit_distance_loop(b, c)
    assert abs(len(a) - len(b)) <= edit_distance_loop(a, b) <= max(len(a), len(b))


@given(FEW, FEW)
def test_counts_know_no_direction(a, b):
    """Exchanged, deletions and insertions change places; backwards, or with an equal word added, nothing does."""
    errors = word_errors([a], [b])
    assert word_errors([b], [a]) == (errors.hits, errors.substitutions, errors.insertions, errors.deletions)
    assert word_errors([a[::-1]], [b[::-1]]) == errors
    assert word_errors([[9, *a, 9]], [[9, *b, 9]]) == errors._replace(hits=errors.hits + 2)


@given(st.lists(st.tuples(FEW, FEW), min_size=1, max_size=6))
def test_counts_of_sentences_add_up(pairs):
    references, hypotheses = map(list, zip(*pairs, strict=True))
    total = np.sum([word_errors([r], [h]) for r, h in pairs], axis=0)
    assert word_errors(references, hypotheses) == tuple(total)
    by_speaker = errors_by_speaker(references, hypotheses, [i % 2 for i in range(len(pairs))])
    assert tuple(np.sum(list(by_speaker.values()), axis=0)) == tuple(total)


@given(TEXT, TEXT)
def test_a_sentence_is_what_its_words_are(r, h):
    assert word_errors(r, h) == word_errors([r], [h]) == word_errors([r.split()], [h.split()])
    assert character_errors(r, h) == character_errors([list(r.strip())], [list(h.strip())])
    assert align(r, h) == align(r.split(), h.split())


@given(TEXT, TEXT)
def test_what_is_drawn_is_what_was_aligned(r, h):
    rows = draw_alignment(r, h, width=10_000).split("\n")
    letters = "".join(rows[2].split())
    errors = word_errors(r, h)
    assert [letters.count(letter) for letter in "SDI"] == list(errors[1:])
    assert [word for word in rows[0].split()[1:] if word != "***"] == r.split()


def coverage(share_of, n_speakers=8, n_trials=400):
    """How often an interval of 80 % holds the rate of all speakers; their own rates are drawn by ``share_of``."""
    rng = np.random.default_rng(0)
    truth = np.mean([share_of(rng) for _ in range(20_000)])
    inside = 0
    for _ in range(n_trials):
        lengths = rng.integers(10, 30, n_speakers)
        wrong = rng.binomial(lengths, [share_of(rng) for _ in lengths])
        references = [["a"] * n for n in lengths]
        hypotheses = [["b"] * w + ["a"] * (n - w) for n, w in zip(lengths, wrong, strict=True)]
        low, high = wer_interval(references, hypotheses, list(range(n_speakers)), confidence=0.8)
        inside += low <= truth <= high
    return inside / n_trials


def test_an_interval_holds_what_it_promises_unless_few_speakers_make_the_errors():
    even = coverage(lambda rng: rng.beta(4, 16))
    skewed = coverage(lambda rng: 0.6 if rng.random() < 0.1 else 0.02)
    assert 0.74 < even < 0.86  # 80 % within three standard errors of 2 %
    assert skewed < 0.7


# ------------------------------------------------------------------------------------- edges


def test_a_sentence_in_which_nobody_spoke():
    """As jiwer 4: what is heard there is inserted, and its share is one of all words."""
    assert word_errors(["one two", ""], ["one two", "three"]) == (2, 0, 0, 1)
    assert wer(["one two", ""], ["one two", "three"]) == 0.5
    assert wer(["one two", " "], ["one two", ""]) == 0
    assert wer("", "") == cer("", "") == wer(["", ""], ["", ""]) == Errors(0, 0, 0, 0).rate == 0
    assert wer("one two", "") == cer("ab", "") == 1


def test_white_space():
    assert wer(" one\ttwo\n", "one  two") == 0
    assert character_errors(" one two\n", "one two") == (7, 0, 0, 0)
    assert character_errors("one two", "onetwo") == (6, 0, 1, 0)
    assert character_errors([["a", " ", "b"]], [["a", "b"]]) == (2, 0, 1, 0)


def test_nothing_is_normalised():
    assert wer("Two, please", "two please") == 0.5
    assert cer("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}") == 0.5


def test_words_that_are_numbers():
    for convert in (list, tuple, np.array, torch.tensor, lambda x: np.array(x, np.uint8), lambda x: list(np.array(x))):
        said, was_heard = convert([1, 2, 3]), convert([1, 3])
        assert word_errors(said, was_heard) == word_errors([said], [was_heard]) == (2, 0, 1, 0)
        assert align(said, was_heard)[1] == (DELETION, 2, None)
        assert type(align(said, was_heard)[1].reference) is int
    assert word_errors([1, 2], []) == (0, 0, 2, 0)
    assert word_errors([[1], []], [[1], [2]]) == (1, 0, 0, 1)
    assert word_errors([], [1, 2]) == (0, 0, 0, 2)
    assert word_errors(np.array(["one two", "three"]), ["one two", "three"]) == (3, 0, 0, 0)


def test_a_speaker_of_whom_nothing_was_asked_counts_as_insertions():
    low, high = wer_interval(["a b", "", "c d"], ["a b", "x", "c d"], ["ann", "bob", "eve"])
    assert low == 0 and high > 0.25
    assert wer_interval(["a", "b"], ["a", "b"], [1, 2]) == (0, 0)


def test_a_long_sentence_and_one_of_a_thousand_copies():
    rng = random.Random(3)
    text = "".join(rng.choice("abcdefgh ") for _ in range(1500))
    other = "".join(letter for letter in text if rng.random() > 0.1)
    assert character_errors(text, other).n_errors == Levenshtein.distance(text.strip(), other.strip())
    assert word_errors(["a"] * 1000, ["b"] * 1000) == (0, 1000, 0, 0)


def test_a_corpus_takes_less_than_a_second():
    rng = random.Random(4)
    references = [[rng.randrange(500) for _ in range(20)] for _ in range(1000)]
    hypotheses = [heard(rng, words, 0.05) for words in references]
    begin = processor_s()
    wer(references, hypotheses)
    assert processor_s() - begin < 1


# ------------------------------------------------------------------------------------- errors


def test_a_share_of_no_words():
    with refuses("references must hold at least one word, got none and 2 insertions: .*report the insertions"):
        wer("", "one two")
    with refuses("at least one word, got none and 1 insertions"):
        cer([""], ["a"])
    with refuses("at least one word"):
        _ = Errors(0, 0, 0, 3).rate
    with refuses("at least one word, got none and 0 insertions"):
        wer_interval(["", ""], ["", ""], [1, 2])


def test_lists_that_do_not_match():
    with refuses("must have as many sentences, got 2 and 1: pair them"):
        wer(["one", "two"], ["one"])
    with refuses(r"as many sentences, got 2 and 1: .* as a list of words as \[words\]"):
        word_errors(["one", "two"], "one two")
    with refuses("references must hold at least one sentence, got 0"):
        wer([], [])
    with refuses("speakers must name one for each sentence, got 1 for 2"):
        errors_by_speaker(["a", "b"], ["a", "b"], ["ann"])
    with refuses("speakers must name at least two people, got 1"):
        wer_interval(["a", "b"], ["a", "b"], ["ann", "ann"])
    with refuses("a speaker must be a name or a whole number, got None", TypeError):
        errors_by_speaker(["a", "b"], ["a", "b"], ["ann", None])


def test_what_is_no_sentence():
    with refuses(r"hypotheses\[1\] must be a sentence, text or a list of words, got None", TypeError):
        wer(["a", "b"], ["a", None])
    with refuses(r"references must be text or a list of sentences, got b'a': decode it", TypeError):
        wer(b"a", "a")
    with refuses(r"a word of references\[0\] must be text or a whole number, got \['a'\]", TypeError):
        wer([[["a"]]], [["a"]])
    with refuses("a word of reference must be text or a whole number, got 0.5", TypeError):
        align([0.5], [1])
    with refuses("a word of hypothesis must be text or a whole number, got nan", TypeError):
        edit_distance_loop([1], [NAN])
    with refuses("must be one word, got 'one two': split the text"):
        align(["one two"], ["one", "two"])
    with refuses("must be one word, got ''"):
        draw_alignment("one  two".split(" "), "one two")
    with refuses("must be at least 0, got -100: cut the padding off"):
        wer([[1, 2, -100]], [[1, 2, -100]])
    with refuses(r"got an array of shape \(2, 2\) and dtype int64: pass a list, without padding", TypeError):
        wer(np.ones((2, 2), int), np.ones((2, 2), int))
    with refuses("all text or all whole numbers, got both, which are never equal", TypeError):
        wer(["7"], [[7]])


def test_a_table_that_no_memory_holds(monkeypatch):
    monkeypatch.setattr("course_utils._checks.ALWAYS_FITS", 0)
    monkeypatch.setattr("course_utils._checks.free_bytes", lambda: 0)
    for call in (align, wer, draw_alignment):
        with refuses(
            "the table of 2 by 1 words needs .* GB of memory, which exceeds what is free: align shorter|got 0 GB"
        ):
            call("one two", "one")


# ------------------------------------------------------------------------------------ hostile input

NO_SENTENCES = [
    None,
    5,
    0.5,
    NAN,
    True,
    b"one",
    object(),
    {},
    {"one"},
    [None],
    [0.5],
    [NAN],
    [True],
    [b"one"],
    [[["a"]]],
]
NO_SENTENCES += [["one", 1], [-1], [object()], np.ones(3), np.ones((2, 2), int), np.array([object()]), np.array(1)]
NO_SENTENCES += [np.array([True]), np.ma.masked_array([1, 2], [True, False]), torch.ones(3, requires_grad=True)]
NO_SENTENCES += [torch.ones(3, device="meta"), torch.ones((2, 2), dtype=torch.int64), (x for x in "ab"), 1j, [1j]]
NO_SENTENCES += [torch.ones(3, dtype=torch.int64).to_sparse(), [torch.tensor(1)], np.array(["2026"], "datetime64[D]")]
ONE = {name: ("one two", [*NO_SENTENCES, ["one two"], [""], [["one"]], [1]]) for name in ("reference", "hypothesis")}
MANY = [
    *NO_SENTENCES,
    [],
    ["one"],
    ["one", "two", "three"],
    "one two",
    [["one two"], ["a"]],
    [[""], ["a"]],
    ["one", None],
]
MANY += [["one", [1]], ["one", ["two", [3]]], ["one", {}], [1, 2], np.array([1, 2])]
CORPUS = {name: (["one two", "three"], MANY) for name in ("references", "hypotheses")}
SPEAKERS = [None, 5, "ann", b"ann", object(), {}, [], ["ann"], ["a", "b", "c"], ["a", None], ["a", 0.5], ["a", True]]
SPEAKERS += [["a", []], np.ones(2), np.array([["a", "b"]]), (x for x in "ab")]
SPOKEN = {**CORPUS, "speakers": (["ann", "bob"], SPEAKERS)}

CALLS = {
    edit_distance_loop: ONE,
    align: ONE,
    draw_alignment: {**ONE, "width": (80, [*COUNT, 19])},
    word_errors: CORPUS,
    character_errors: CORPUS,
    wer: CORPUS,
    cer: CORPUS,
    errors_by_speaker: SPOKEN,
    wer_interval: {
        **CORPUS, "speakers": (["ann", "bob"], [*SPEAKERS, ["a", "a"]]), "confidence": (0.95, [*POSITIVE, 1.0]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("wer", CALLS)


def test_a_table_that_would_be_filled_for_minutes_is_refused():
    with refuses("must have at most 4,000,000 cells to be filled one by one, got 400,000,000: use word_errors"):
        edit_distance_loop("a " * 20_000, "b " * 20_000)


def test_a_speaker_is_not_told_apart_from_himself():
    with refuses("speakers must be all text or all whole numbers, got both", TypeError):
        errors_by_speaker(["a", "b"], ["a", "b"], ["1", 1])
