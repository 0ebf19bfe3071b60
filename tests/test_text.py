"""Text as it is read aloud: hard cases by hand, and what holds for every text."""

import csv
import re
import shutil
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import _files, text
from course_utils.numerals import LARGEST, read_number, spell_year
from course_utils.text import (
    CHARACTERS,
    END,
    N_PHONEMES,
    PADDING,
    PHONEMES,
    decode,
    encode,
    encode_phonemes,
    lexicon,
    normalize,
    phonemes,
    readings,
    stresses,
)
from tests.hostile import NO_ROW, refusals
from tests.support import processor_s, refuses

with (_files.ROOT / "data" / "text" / "hard_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
WRITTEN = [case["written"] for case in CASES]
PIECES = st.sampled_from(
    [
        *WRITTEN,
        "Henry ",
        *" .,;:-–'()?!/@#$€£%²°½",
        *'"`{|}~^&*+=<>[]_',
        "a.m.",
        "e.g",
        "Dr",
        "St",
        "I",
        "IV",
        "A.",
        "\n",
        "\t",
    ]
)
NUMBERS = st.integers(0, LARGEST).map(str) | st.from_regex(r"\A[0-9]{1,6}\Z")
LATIN = st.text(st.characters(codec="utf-8", max_codepoint=0x24F, exclude_categories=["Cn", "Lo", "Lm"]), max_size=40)
TEXTS = st.lists(PIECES | NUMBERS, max_size=8).map("".join) | LATIN


def said(written):
    """What a text of any characters sounds like; None where it holds a letter that is refused."""
    try:
        return normalize(written)
    except ValueError as error:
        assert "must be English" in str(error)
        return None


# ------------------------------------------------------------------------------------------ by hand


@pytest.mark.parametrize("case", CASES, ids=WRITTEN)
def test_hard_case(case):
    assert normalize(case["written"]) == case["spoken"] == normalize(case["spoken"])


def test_there_are_enough_hard_cases_and_none_stands_twice():
    assert len(CASES) >= 120 and len(set(WRITTEN)) == len(CASES)
    assert sum(bool(case["choice"]) for case in CASES) >= 25
    rules = {reading.rule for written in WRITTEN for reading in readings(written)}
    assert {name for name, _, _ in text.RULES} - rules <= {"long number", "weekday", "dot"}


def test_a_reading_names_its_rule():
    assert [tuple(r) for r in readings("Dr. Bell, $5") if r.spoken] == [
        *[
            ("Dr.", "abbreviation", "doctor"),
            ("Bell", "word", "bell"),
            (",", "sign", ","),
            ("$5", "money", "five dollars"),
        ],
    ]


def test_weekdays_and_long_numbers():
    assert normalize("Mon. to Fri. and Sat. 5 but in the Sun. Tan") == (
        "monday to friday and saturday five but in the sun. tan"
    )
    assert normalize("1" * 37) == " ".join(["one"] * 37)


def test_characters_have_the_numbers_that_models_were_trained_with():
    assert CHARACTERS == "abcdefghijklmnopqrstuvwxyz '.,?!-" and (PADDING, END) == (0, 34) and text.N_TOKENS == 35
    assert encode("a b", end=True) == [1, 27, 2, 34] and decode([1, 27, 2, 0, 34, 5]) == "a b"


# ---------------------------------------------------------------------------- what holds for every text


@given(TEXTS)
@settings(max_examples=300)
def test_what_is_said_can_be_encoded_and_is_read_as_it_stands(written):
    spoken = said(written)
    if spoken is not None:
        assert normalize(spoken) == spoken
        assert decode(encode(spoken)) == spoken


@given(st.text(max_size=30) | st.text(st.characters(max_codepoint=126), max_size=30))
def test_any_character_is_said_or_named_in_a_refusal(written):
    spoken = said(written)
    assert spoken is None or set(spoken) <= set(CHARACTERS)


@given(TEXTS)
@settings(max_examples=300)
def test_no_digit_is_skipped_and_none_is_left(written):
    if said(written) is None:
        return
    pieces = readings(written)
    tidied = "".join(piece.written for piece in pieces)
    digits = [str(unicodedata.decimal(c)) for c in written if unicodedata.decimal(c, None) is not None]
    assert re.sub(r"\D", "", tidied) == "".join(digits) or set(written) & set("¼½¾²³¹⁵⁶⁻")
    for piece in pieces:
        assert not re.search(r"\d", piece.spoken)
        assert piece.spoken or not re.search(r"\d", piece.written)


def values(spoken):
    """The numbers in a text that has been read aloud: from the left, each as long as it can be."""
    words, found = spoken.replace("-", " ").split(), []
    while words:
        for n_words in range(min(len(words), 40), 0, -1):
            try:
                found.append(read_number(" ".join(words[:n_words])))
                break
            except ValueError:
                pass
        del words[:n_words]
    return found


KINDS = {  # how a number may be written, and the numbers that must be heard
    "number": (st.integers(1, 10**15).filter(lambda n: not 1000 <= n <= 2099), lambda n: (f"{n:,}", [n])),
    "negative": (st.integers(1, 999), lambda n: (f"-{n}", [-n])),
    "unit": (st.integers(2, 10**9), lambda n: (f"{n} kHz", [n])),
    "percent": (st.integers(0, 10**6), lambda n: (f"{n}%", [n])),
    "money": (st.integers(0, 10**9), lambda n: (f"£{n}", [n])),
    "score": (st.tuples(st.integers(0, 99), st.integers(0, 99)), lambda n: (f"{n[0]}-{n[1]}", list(n))),
    "power": (st.integers(2, 999), lambda n: (f"{n}^{n}", [n, n])),
}


@given(st.lists(st.sampled_from(sorted(KINDS)).flatmap(lambda kind: KINDS[kind][0].map(KINDS[kind][1])), max_size=6))
def test_every_value_is_heard(items):
    spoken = normalize(" and so ".join(written for written, _ in items))
    assert values(spoken.replace(" and so ", " so ")) == [value for _, heard in items for value in heard]


@given(st.integers(1100, 2099))
def test_four_digits_are_a_year_and_with_a_comma_a_number(year):
    assert normalize(f"{year}") == spell_year(year)
    assert read_number(normalize(f"{year:,}")) == year


def seconds_for(written):
    """The shortest of three runs: what else the machine does makes one longer, and none shorter."""
    spent = []
    for _ in range(3):
        start = processor_s()
        normalize(written)
        spent.append(processor_s() - start)
    return min(spent)


def test_time_grows_no_faster_than_the_text():
    nasty = ["a.", "a@", "1,", "1/", "1-", "A.", "Dr. ", "THE FBI ", "9", "'", "²⁵ ", "-", "½", "Henry I "]
    for piece in nasty:
        short, long = (seconds_for(piece * n) for n in (1_000, 4_000))
        assert long < 10 * short + 0.2, piece  # 4 times the text; 16 times the time if it grew as the square


# -------------------------------------------------------------------------------------------- phonemes

ESPEAK = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is an optional program")


def test_the_lexicon_is_small_and_in_ipa():
    path = _files.ROOT / "data" / "text" / "lexicon.csv"
    assert path.stat().st_size <= 60_000 and len(lexicon()) >= 400
    assert all(set(word) <= set(CHARACTERS[:26] + "'") and said for word, said in lexicon().items())
    assert not any(
        re.search(r"[^a-zæɑɒɐɔəɚɛɜɪʊʌᵻðθʃʒŋɹɡɾʔɫθˈˌː̩]", form) for forms in lexicon().values() for form in forms
    )


def test_every_sentence_of_the_course_can_be_said_without_espeak():
    with (_files.ROOT / "data" / "sentences" / "index.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["text"] for row in csv.DictReader(file)}
    words = {word for written in texts for word in re.findall(r"[a-z']+", written)}
    assert words <= set(lexicon()) and len(words) >= 500
    assert phonemes("Where did you put my keys?", source="lexicon").endswith("kˈiːz?")


def test_words_of_the_lexicon_and_its_heteronyms():
    assert phonemes("Seven, two!", source="lexicon") == "sˈɛvən, tˈuː!"
    for word, first, second in [("read", "ɹˈiːd", "ɹˈɛd"), ("live", "lˈɪv", "lˈaɪv"), ("lead", "lˈiːd", "lˈɛd")]:
        assert set(lexicon()[word]) == {first, second}
    with refuses("text must hold words of the lexicon, got 'zyzzyva'"):
        phonemes("a zyzzyva", source="lexicon")


@ESPEAK
def test_espeak_reads_words_as_the_lexicon_has_them_and_heteronyms_by_their_neighbors():
    assert phonemes("seven two", source="espeak-ng") == "sˈɛvən tˈuː" == phonemes("seven two", source="lexicon")
    assert "ɹˈɛd" in phonemes("I have read it.") and "ɹˈiːd" in phonemes("I will read it.")
    assert "ɹˈiːd" in phonemes("I read it yesterday.")  # wrong: what every front end must guess


@ESPEAK
def test_no_text_is_taken_for_an_option_or_a_command(tmp_path):
    for hostile in ("--version", "-v de hallo", f"; touch {tmp_path}/x", "$(id)", "[[h@l@U]]", "<b>bold</b>", "\0a"):
        assert phonemes(hostile, source="espeak-ng") and not list(tmp_path.iterdir())
    assert "eSpeak" not in phonemes("--version", source="espeak-ng")


def test_without_espeak_the_lexicon_speaks(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert phonemes("seven") == "sˈɛvən"
    with refuses("source must be one that is installed, got 'espeak-ng'"):
        phonemes("seven", source="espeak-ng")


def test_an_espeak_that_fails_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/nowhere/espeak-ng")
    with refuses("source must work, got '/nowhere/espeak-ng', which fails"):
        phonemes("seven")


def test_stress_by_hand():
    assert stresses("əmˈɛɹɪkən jˈɛstɚdˌeɪ") == [0, 1, 0, 0, 1, 0, 2] and stresses("") == []
    assert stresses(" ".join(lexicon()["seven"])) == [1, 0]


NO_TEXTS = [None, 5, b"abc", ["abc"], object(), "жук", "日本", "\ud800", "a" * 1_000_001]
# ------------------------------------------------------------------------------------ phonemes as numbers


def test_phonemes_are_numbered_by_hand():
    ids = encode_phonemes("tˈuː, ə")
    assert [PHONEMES[number - 1] for number in ids] == ["t", "ˈuː", ",", " ", "ə"] and encode_phonemes("") == []
    assert encode_phonemes("ˌuː") == encode_phonemes("uː") != encode_phonemes("ˈuː") != encode_phonemes("ˈu")
    assert encode_phonemes("n\u0329") == encode_phonemes("n")


def test_all_words_of_the_lexicon_have_numbers_that_spell_them():
    assert len(set(PHONEMES)) == len(PHONEMES) == N_PHONEMES - 1
    for said in lexicon().values():
        ids = encode_phonemes(said[0])
        assert 0 < min(ids) and max(ids) < N_PHONEMES
        assert "".join(PHONEMES[number - 1] for number in ids) == said[0].replace("ˌ", "").replace("\u0329", "")


@pytest.mark.parametrize("ipa", ["ˈ", "aːː", "ˈt", "ˈˈa", "seven7", "x\n", "a-b"])
def test_what_is_no_phoneme_is_refused(ipa):
    with refuses("ipa must hold phonemes of English as espeak-ng writes them, got "):
        encode_phonemes(ipa)


CALLS = {
    encode: {"text": ("abc", [*NO_TEXTS, "ABC", "5", "é"])},
    decode: {"ids": ([1, 2], [*NO_ROW, None, "ab", 5, [1.5], [35], [-1], [True], ["a"], [None]])},
    lexicon: {},
    normalize: {"text": ("abc", NO_TEXTS)},
    readings: {"text": ("abc", NO_TEXTS)},
    phonemes: {"text": ("seven", NO_TEXTS), "source": ("lexicon", [None, 5, "", "cmudict"])},
    stresses: {"ipa": ("sˈɛvən", NO_TEXTS[:5])},
    encode_phonemes: {"ipa": ("sˈɛvən", [*NO_TEXTS[:5], "ˈ"])},
}
test_hostile_input = refusals("text", CALLS)
