"""Byte-pair encoding by hand, against its definition, and against OpenAI's tokenizer in many scripts."""

import hashlib
import json
import random
import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils import bpe
from course_utils.bpe import BytePairEncoding, learn_merges, split_words, whisper_ranks
from tests import openai
from tests.hostile import COUNT, refusals
from tests.support import processor_s, refuses

SCRIPTS = {  # first and last character; what no version of Unicode has assigned is left out
    "Latin": (0x20, 0x24F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x52F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Thai": (0xE00, 0xE7F),
    "Hangul": (0xAC00, 0xD7A3),
    "Kana": (0x3040, 0x30FF),
    "Han": (0x4E00, 0x9FA5),
    "rare Han": (0x20000, 0x2A6D6),
    "combining marks": (0x300, 0x36F),
    "emoji": (0x1F300, 0x1F6FF),
    "numbers": (0x2150, 0x218B),
    "control characters": (0x00, 0x1F),
    "signs": (0x2000, 0x206F),
}
PIECES = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\x1c", "\x85", "'s", "'ll", "'T", "'", "’ve"]
PIECES += [
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "❤️",
    "e\u0301",
    "٣٤",
    "४५",
    "๙",
    "½",
    "²",
    "٪",
    "the",
    " and",
    "WER",
    "16000",
    "…",
    "\ufeff",
    "\ud800",
]
WHISPER = BytePairEncoding(whisper_ranks())


def strings(n, seed):
    rng = random.Random(seed)
    known = {
        name: [chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
        for name, (first, last) in SCRIPTS.items()
    }
    for _ in range(n):
        alphabets = rng.choices(list(known.values()), k=rng.randint(1, 3))
        draw = [lambda a=a: "".join(rng.choices(a, k=rng.randint(1, 8))) for a in alphabets]
        yield "".join(
            rng.choice(PIECES) if rng.random() < 0.5 else rng.choice(draw)() for _ in range(rng.randint(0, 12))
        )


def test_words_take_the_space_before_them():
    assert split_words("It's  10 o'clock, we'll go…\n\n now") == [
        *("It", "'s", " ", " 10", " o", "'", "clock", ",", " we", "'ll", " go", "…", "\n\n", " now"),
    ]
    assert split_words("a\t b \n") == ["a", "\t", " b", " \n"]
    assert split_words("") == [] and split_words("   ") == ["   "]
    assert split_words("x\x1cy") == ["x", "\x1c", "y"]  # no white space to Unicode, but to str.isspace()
    assert split_words("नमस्ते") == ["नमस", "्", "त", "े"]  # vowel signs are no letters to the pattern


def test_the_most_frequent_pair_is_merged_first():
    """hug ×10, pug ×5, pun ×12, bun ×4, hugs ×5: ug 20 and un 16, then hug 15 before pun 12."""
    texts = ["hug"] * 10 + ["pug"] * 5 + ["pun"] * 12 + ["bun"] * 4 + ["hugs"] * 5
    ranks = learn_merges(texts, 4)
    assert [token for token, rank in ranks.items() if rank > 255] == [b"ug", b"un", b"hug", b"pun"]
    encoding = BytePairEncoding(ranks)
    assert len(encoding) == 260 and encoding.encode("bugs hug") == [ord("b"), 256, ord("s"), ord(" "), 258]
    assert encoding.encode("mug") == [ord("m"), 256]
    assert learn_merges(["ab", "cd"], 1) == learn_merges(["cd", "ab"], 1)  # of equals the first in order
    assert len(learn_merges(["ab"], 9)) == 257 and learn_merges([], 3).keys() == {bytes([n]) for n in range(256)}


def test_learning_never_merges_across_words():
    assert b"a b" not in learn_merges(["a b a b a b"], 20) and b"n n" not in learn_merges(["n n n n"], 20)


def by_definition(word, ranks):
    """One merge at a time: of all neighbours those of the lowest rank, the leftmost of them."""
    parts = [bytes([byte]) for byte in word]
    while True:
        found = [
            (ranks[a + b], place) for place, (a, b) in enumerate(zip(parts, parts[1:], strict=False)) if a + b in ranks
        ]
        if not found:
            return [ranks[part] for part in parts]
        _, place = min(found)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


LEARNED = learn_merges(["banana bandana anna ananas abab aabb"] * 3 + ["ननन éé"], 40)


@given(st.text("nadb éन", max_size=30))
def test_encoding_is_its_definition_and_decoding_its_inverse(text):
    encoding = BytePairEncoding(LEARNED)
    expected = [rank for word in split_words(text) for rank in by_definition(word.encode(), LEARNED)]
    assert encoding.encode(text) == expected
    assert encoding.decode(expected) == text


def test_the_tokens_are_those_of_openai_in_many_scripts():
    theirs = openai.module("tokenizer").get_tokenizer(True)
    texts = [*strings(10_000, seed=0), "<|endoftext|> <|en|>", "x" * 500, "ab" * 400]
    kinds = {unicodedata.category(character)[0] for text in texts for character in text}
    assert kinds == set("LNMPSZC")
    wrong = [text for text in texts if WHISPER.encode(text) != theirs.encode(text, disallowed_special=())]
    assert wrong == []
    whole = [text for text in texts if "\ud800" not in text]
    assert [text for text in whole if WHISPER.decode(WHISPER.encode(text)) != text] == []


def test_broken_bytes_become_the_sign_for_them_as_with_openai():
    theirs, rng = openai.module("tokenizer").get_tokenizer(True), random.Random(0)
    for _ in range(2000):
        ids = [rng.randrange(50_257) for _ in range(rng.randint(0, 6))]
        assert WHISPER.decode(ids) == theirs.decode(ids)
    ids = WHISPER.encode("👩")
    assert len(ids) > 1 and WHISPER.decode(ids[:1]) == "\ufffd"


def test_the_vocabulary_is_the_published_file():
    path = bpe._files.ROOT / "assets" / "whisper" / "multilingual.tiktoken"
    theirs = openai.module("tokenizer").__file__.replace("tokenizer.py", "assets/multilingual.tiktoken")
    with open(theirs, "rb") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert "MIT License" in (path.parent / "LICENSE").read_text(encoding="utf-8")
    assert len(whisper_ranks()) == len(WHISPER) == 50_257 and WHISPER.encode(" ") == [220]


def test_a_vocabulary_in_gpt2s_alphabet_is_the_same(tmp_path):
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    alphabet = bytes_to_unicode()
    words = {"".join(alphabet[byte] for byte in token): rank for token, rank in whisper_ranks().items()}
    (tmp_path / "vocab.json").write_text(json.dumps(words | {"<|endoftext|>": 50_257}), encoding="utf-8")
    assert whisper_ranks(tmp_path / "vocab.json") == whisper_ranks()


def test_words_met_before_are_looked_up():
    text = "The quick brown fox jumps over the lazy dog, 1234 times; und fünf Füchse auch. " * 1000
    encoding = BytePairEncoding(whisper_ranks())
    start = processor_s()
    ids = encoding.encode(text)
    assert len(ids) > 20_000 and processor_s() - start < 0.5  # 0.03 s for 79,000 characters


def test_a_change_of_the_table_given_out_changes_no_other():
    whisper_ranks().clear()
    assert len(whisper_ranks()) == 50_257


def test_of_equal_unions_the_first_is_merged_whatever_the_ranks():
    """aba comes before ab here: where all of ab were merged at once, none of it would be left to make aba."""
    ranks = {bytes([n]): n for n in range(256)} | {b"aba": 256, b"ab": 257}
    for word in ("abab", "ababab", "babab", "aabaab"):
        assert BytePairEncoding(ranks).encode(word) == by_definition(word.encode(), ranks)


def test_a_page_without_spaces_takes_no_longer_than_one_with_them():
    letters = random.Random(0)
    word = "".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=10_000))
    start = processor_s()
    ids = WHISPER.encode(word)
    assert WHISPER.decode(ids) == word and processor_s() - start < 2  # 0.05 s; minutes where each union scans the word


NOT_ALL_BYTES = [
    "[]",
    "5",
    "{",
    '{"é": "x"}',
    '{"日": 5}',
    "",
    "{}",
    '{"a": 1}',
    '{"a": Infinity}',
    "YQ== 1",
    "[" * 10**5,
]


@pytest.mark.parametrize("content", NOT_ALL_BYTES, ids=lambda content: content[:9])
def test_other_files_are_refused(tmp_path, content):
    for name in ("vocab.json", "words.tiktoken"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with refuses("path must be a .tiktoken file or a vocab.json of GPT-2's kind"):
            whisper_ranks(tmp_path / name)


def test_tables_without_all_bytes_are_refused():
    with refuses("each of the 256 bytes, .* got 255 bytes without a number"):
        BytePairEncoding({b"a": 0})
    with refuses("got two tokens of one number"):
        BytePairEncoding({bytes([n]): n for n in range(256)} | {b"ab": 0})


TEXTS = [None, 5, b"a", ["a"], 1.5, object(), {}]

CALLS = {
    split_words: {"text": ("a b", TEXTS)},
    learn_merges: {
        "texts": (["a b"], ["a", None, 5, [5], [None], [b"a"], {}, object()]),
        "n_merges": (3, [*COUNT[:-5], *COUNT[-4:]]),
    },
    whisper_ranks: {"path": (None, [5, True, "", 1.5, [], object(), "missing/vocab.json", ".", "a" * 300, "a\0b"])},
}

test_hostile_input_is_refused_in_one_sentence = refusals("bpe", CALLS)


@pytest.mark.parametrize("rank", [1.7, True, "5", None])
def test_ranks_that_are_no_whole_numbers_are_refused(tmp_path, rank):
    words = {sign: byte for sign, byte in bpe._gpt2_alphabet().items()} | {"ab": rank}
    (tmp_path / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    with refuses("path must be a .tiktoken file or a vocab.json of GPT-2's kind"):
        whisper_ranks(tmp_path / "vocab.json")


NO_ROWS = [bytearray(b"ab"), memoryview(b"ab"), {1, 2}, np.array(1), torch.tensor(1), torch.tensor([1.0])]
NO_ROWS += [torch.zeros(2, dtype=int, device="meta"), torch.tensor([1, 2]).to_sparse()]


@pytest.mark.parametrize(
    "ids",
    [None, 5, "ab", [1.5], [True], ["a"], [-1], [300], [[1]], {}, *NO_ROWS],
    ids=lambda value: type(value).__name__,
)
def test_numbers_that_are_no_tokens_are_refused(ids):
    with refuses("ids must", (TypeError, ValueError)):
        BytePairEncoding(LEARNED | {}).decode(ids)
