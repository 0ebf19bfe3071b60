"""Text as numbers: byte-level byte-pair encoding, as GPT-2 and Whisper use it.

A text is UTF-8, and UTF-8 is bytes: 256 tokens can write everything. Pairs of tokens that often stand together then
become tokens themselves, again and again, so that a common word is one number and no word is unknown.
Lecture: attention_asr
"""

import base64
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from os import PathLike
from pathlib import Path

from . import _files
from ._checks import bpe as _checks

# ------------------------------------------------------------------------------------- a text in words

# What Unicode calls white space. Python's str.isspace() also counts four control characters, 0x1c to 0x1f.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_ENDINGS = "strevmld"  # letters that follow an apostrophe in 's 't 're 've 'm 'll 'd


class _Kinds(dict):
    """Each character as the kind that the pattern asks for: L letter, N number, S white space, O whatever else.

    The space, the apostrophe and the letters of English endings stay what they are.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _ENDINGS + " '":
            kind = character
        elif character in _SPACES:
            kind = "S"
        else:
            kind = {"L": "L", "N": "N"}.get(unicodedata.category(character)[0], "O")
        self[code] = kind
        return kind


_KINDS = _Kinds()
_WORD = re.compile(rf"'s|'t|'re|'ve|'m|'ll|'d| ?[L{_ENDINGS}]+| ?N+| ?[O']+|[ S]+(?![^ S])|[ S]+")


def split_words(text: str) -> list[str]:
    """The pieces inside which pairs are merged: words with the space before them, numbers, signs, white space.

    GPT-2's pattern ``'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+``: the first
    alternative that fits is taken, as long as it can be. Of several spaces the last goes to the word behind them.

    Parameters
    ----------
    text : str
        What is half a surrogate pair becomes U+FFFD, since UTF-8 has no bytes for it.

    Returns
    -------
    list of str
        Together they are the text.

    What is a letter or a number, Python's own table of Unicode decides; characters newer than it count as signs.
    Source: Radford et al. 2019, the code published with GPT-2.
    Lecture: attention_asr
    """
    text = _checks.text(text)
    kinds = text.translate(_KINDS)  # one letter for each character, so that places agree
    return [text[match.start() : match.end()] for match in _WORD.finditer(kinds)]


# ------------------------------------------------------------------------------------------ what is merged


def learn_merges(texts: Sequence[str], n_merges: int) -> dict[bytes, int]:
    """The tokens of some texts: 256 bytes, then the pair that stands together most often, and so on.

    Each step counts the pairs of neighbours in all words, makes a token of the most frequent one, and merges it
    wherever it stands. Of equally frequent pairs the first in the order of bytes is taken.

    Parameters
    ----------
    texts : sequence of str
    n_merges : int
        Fewer are made where nothing is left to merge.

    Returns
    -------
    dict, bytes → int
        The rank of each token, which is its number: a lower one is merged earlier.

    Source: Sennrich, Haddow & Birch 2016, ACL, algorithm 1.
    Lecture: attention_asr
    """
    n_merges = _checks.count(n_merges, "n_merges", minimum=0, maximum=1_000_000)
    ranks = {bytes([byte]): byte for byte in range(256)}
    counts = Counter(word for text in _checks.texts(texts) for word in split_words(text))
    words = [([bytes([byte]) for byte in word.encode()], n) for word, n in counts.items()]
    for _ in range(n_merges):
        pairs = Counter()
        for parts, n in words:
            for pair in zip(parts, parts[1:], strict=False):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        ranks.setdefault(b"".join(best), len(ranks))
        words = [(_merged(parts, b"".join(best), best), n) for parts, n in words]
    return ranks


def _merged(parts: list[bytes], token: bytes, pair: tuple[bytes, bytes]) -> list[bytes]:
    """The two become one token wherever they are neighbours, from the left."""
    merged, place = [], 0
    while place < len(parts):
        if tuple(parts[place : place + 2]) == pair:
            merged.append(token)
            place += 2
        else:
            merged.append(parts[place])
            place += 1
    return merged


class BytePairEncoding:
    """Text to numbers and back, by a table of ranks.

    In each word the two neighbours whose union has the lowest rank are merged, of several the first, until no union is
    in the table.

    Parameters
    ----------
    ranks : mapping, bytes → int
        All 256 single bytes among them: what ``learn_merges`` or ``whisper_ranks`` gives.

    ``len(encoding)`` is the number of tokens. Source: Sennrich, Haddow & Birch 2016, ACL. Lecture: attention_asr
    """

    def __init__(self, ranks: Mapping[bytes, int]) -> None:
        self.ranks = _checks.ranks(ranks)
        self.tokens = {rank: token for token, rank in self.ranks.items()}
        self._known = {}  # words met before, as most are

    def __len__(self) -> int:
        return len(self.ranks)

    def __deepcopy__(self, _: dict) -> "BytePairEncoding":
        return self  # it never changes, and a copy of a network needs no second vocabulary

    def encode(self, text: str) -> list[int]:
        """The numbers of a text. What looks like a special token, as ``<|endoftext|>``, is read as plain text."""
        ids = []
        for word in split_words(text):
            if word not in self._known:
                if len(self._known) >= 100_000:
                    self._known.clear()
                self._known[word] = self._encode_word(word.encode())
            ids += self._known[word]
        return ids

    def _encode_word(self, word: bytes) -> list[int]:
        """A heap gives the next union, so that n bytes cost n log n: some scripts write a page as one word."""
        if word in self.ranks:
            return [self.ranks[word]]
        n, parts, unions = len(word), [word[place : place + 1] for place in range(len(word))], []
        before, after = list(range(-1, n - 1)), list(range(1, n + 1))

        def propose(place: int) -> None:
            if place >= 0 and after[place] < n and (union := parts[place] + parts[after[place]]) in self.ranks:
                heappush(unions, (self.ranks[union], place, union))

        for place in range(n):
            propose(place)
        while unions:
            _, place, union = heappop(unions)
            gone = after[place]
            if parts[place] is None or gone == n or parts[place] + parts[gone] != union:
                continue  # one of the two has been merged since
            parts[place], parts[gone], after[place] = union, None, after[gone]
            if after[gone] < n:
                before[after[gone]] = place
            propose(before[place])
            propose(place)
        return [self.ranks[part] for part in parts if part is not None]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some numbers; bytes that are no UTF-8, as a character cut in two, become U+FFFD."""
        return b"".join(self.tokens[number] for number in _checks.tokens(ids, self.tokens)).decode(errors="replace")


# ------------------------------------------------------------------------------------------ Whisper's table


def whisper_ranks(path: str | PathLike | None = None) -> dict[bytes, int]:
    """The 50,257 tokens of Whisper's multilingual vocabulary, or those in a file.

    Parameters
    ----------
    path : path, optional
        A ``.tiktoken`` file (base64 and rank on each line) or the ``vocab.json`` beside published weights, where
        GPT-2's alphabet stands for the bytes. By default the file that comes with the course, published by OpenAI
        under the MIT licence.

    Returns
    -------
    dict, bytes → int

    Raises
    ------
    ValueError, FileNotFoundError
        If there is no such file, or it is of another kind.

    Lecture: attention_asr
    """
    if path is None:
        path = _files.ROOT / "assets" / "whisper" / "multilingual.tiktoken"
    path = Path(_checks.path(path))
    content = _checks.content(path)
    try:
        return dict(_ranks_in(content, path.suffix == ".json"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _checks.no_vocabulary(path, error)


@lru_cache(maxsize=4)
def _ranks_in(content: bytes, is_json: bool) -> dict[bytes, int]:
    if is_json:
        alphabet = _gpt2_alphabet()
        tokens = {token: rank for token, rank in json.loads(content).items() if not token.startswith("<|")}
        return _checks.ranks({bytes(alphabet[sign] for sign in token): rank for token, rank in tokens.items()})
    rows = [line.split() for line in content.splitlines() if line]  # the last token of Whisper's, "=", is empty
    return _checks.ranks({base64.b64decode(token, validate=token != b"="): int(rank) for token, rank in rows})


def _gpt2_alphabet() -> dict[str, int]:
    """The printable character that stands for each byte in GPT-2's files: itself, or the next one from 256 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(others)}
