import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _encoded_by_definition(word, merges):
    """One merge after another in the order in which they were learned, each wherever its pair stands."""
    tokens = list(word.encode("utf-8"))
    for number, (left, right) in enumerate(merges):
        found, place = [], 0
        while place < len(tokens):
            if place + 1 < len(tokens) and (tokens[place], tokens[place + 1]) == (left, right):
                found.append(256 + number)
                place += 2
            else:
                found.append(tokens[place])
                place += 1
        tokens = found
    return np.array(tokens, int)


def _learned(text: str, n_merges: int) -> list[tuple[int, int]]:
    """The pair that is most frequent, merged; and again."""
    tokens, merges = list(text.encode("utf-8")), []
    for number in range(n_merges):
        pairs = list(zip(tokens, tokens[1:], strict=False))
        merges.append(max(sorted(set(pairs)), key=pairs.count))
        found, place = [], 0
        while place < len(tokens):
            is_pair = tuple(tokens[place : place + 2]) == merges[-1]
            found.append(256 + number if is_pair else tokens[place])
            place += 1 + is_pair
        tokens = found
    return merges


_TEXT = "the low lower lowest slow slower slowest newer newest wide wider widest loudest banana ananas été préféré "


def _words() -> list[Case]:
    l, o, w, a, b, c, d = b"lowabcd"
    low = [(o, w), (l, 256)]
    crossing = [(b, c), (a, b), (c, d), (257, 258)]  # the second pair of "abcd" is merged first
    learned = _learned(_TEXT, 40)
    many = (  # found by trying: here each way to choose the next pair gives other tokens
        ("bbcccccca", [(c, c), (a, a), (a, 257), (c, 256), (c, a), (256, c)]),
        ("bcaccaab", [(c, a), (a, c), (b, 256), (256, a), (258, 259), (b, 258)]),
        ("aaacaacb", [(a, a), (a, c), (256, c), (256, 257), (b, c), (c, a), (c, 261)]),
    )
    return [
        case("low", low, says="ow, then low", gives=[257]),
        case("lol", low, says="no pair that is known", gives=[l, o, l]),
        case("abcd", crossing, says="a pair in the middle that comes before its neighbours", gives=[a, 256, d]),
        case("abcdab", crossing, says="the same, and its second merge at the end", gives=[a, 256, d, 257]),
        case("cab", [(a, b)], says="a pair behind one that is none", gives=[c, 256]),
        case("aaaaa", [(a, a), (256, 256)], says="five times the same byte", gives=[257, a]),
        case("aaa", [(a, a)], says="three times the same byte", gives=[256, a]),
        case("", low, says="no byte at all", gives=[]),
        case("a", low, says="a single byte", gives=[a]),
        case("slow", [], says="no merges", gives=[115, l, o, w]),
        case("é", [], says="a letter of two bytes", gives=[195, 169]),
        case(
            "été", [(195, 169), (256, ord("t")), (257, 256)], says="letters of two bytes that are merged", gives=[258]
        ),
        case("語", [(170, 158), (232, 256)], says="a sign of three bytes", gives=[257]),
        *(case(word, merges, says=f"“{word}” with {len(merges)} merges of a, b and c") for word, merges in many),
        *(
            case(word, learned, says=f"“{word}” with forty merges")
            for word in ("slowest", "bananas", "préférés", "thewidestnewestlowest", "lolololow", "🎧ananas")
        ),
    ]


def encode_word(word, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    tokens = list(word.encode())
    while True:
        pairs = list(zip(tokens, tokens[1:], strict=False))
        best = min(pairs, key=lambda pair: ranks.get(pair, np.inf), default=None)
        if best not in ranks:
            return tokens
        place = pairs.index(best)
        tokens[place : place + 2] = [256 + ranks[best]]


def _by_bytes(word, merges):
    """Pieces of bytes in place of numbers, one place after the other."""
    pieces = [bytes([n]) for n in range(256)]
    rank = {}
    for number, (left, right) in enumerate(merges):
        rank[pieces[left], pieces[right]] = number
        pieces.append(pieces[left] + pieces[right])
    parts = [bytes([n]) for n in word.encode()]
    while len(parts) > 1:
        ranked = [(rank.get(pair, np.inf), n) for n, pair in enumerate(zip(parts, parts[1:], strict=False))]
        lowest, n = min(ranked)
        if lowest == np.inf:
            break
        parts = [*parts[:n], parts[n] + parts[n + 1], *parts[n + 2 :]]
    return np.array([pieces.index(part) for part in parts], int)


def _merging(choose, tokens_of=lambda word: list(word.encode()), n_most=10_000, first=256):
    """``choose(places and ranks)`` gives which one of all places with a known pair is merged next."""

    def encode(word, merges):
        ranks, tokens = {pair: rank for rank, pair in enumerate(merges)}, tokens_of(word)
        for _ in range(n_most):
            known = [(n, ranks[p]) for n, p in enumerate(zip(tokens, tokens[1:], strict=False)) if p in ranks]
            if not known:
                break
            place, rank = choose(known)
            tokens[place : place + 2] = [first + rank]
        return tokens

    return encode


def _lowest(known):
    return min(known, key=lambda one: one[1])


def _last_of_the_lowest(known):
    return min(known, key=lambda one: (one[1], -one[0]))


def _one_pass(word, merges):
    """From left to right, once: each pair that is known is merged, and what came of it may take the next byte."""
    tokens, ranks = [], {pair: rank for rank, pair in enumerate(merges)}
    for byte in word.encode():
        tokens.append(byte)
        if len(tokens) > 1 and tuple(tokens[-2:]) in ranks:
            tokens[-2:] = [256 + ranks[tuple(tokens[-2:])]]
    return tokens


def _pieces(merges):
    pieces = {bytes([n]): n for n in range(256)}
    names = dict(enumerate(pieces))
    for number, (left, right) in enumerate(merges):
        names[256 + number] = names[left] + names[right]
        pieces.setdefault(names[256 + number], 256 + number)
    return pieces


def _longest_piece(word, merges):
    pieces, rest, found = _pieces(merges), word.encode(), []
    while rest:
        n = max(n for n in range(1, len(rest) + 1) if rest[:n] in pieces)
        found.append(pieces[rest[:n]])
        rest = rest[n:]
    return found


def _fewest_pieces(word, merges):
    pieces, raw = _pieces(merges), word.encode()
    best = [[]]
    for n in range(1, len(raw) + 1):
        ways = [[*best[m], pieces[raw[m:n]]] for m in range(n) if raw[m:n] in pieces]
        best.append(min(ways, key=len))
    return best[-1]


def _sweeps(word, merges, n_sweeps=100):
    """Sweeps from left to right; in each, every known pair is merged, in whatever order they stand."""
    ranks, tokens = {pair: rank for rank, pair in enumerate(merges)}, list(word.encode())
    for _ in range(n_sweeps):
        found, place = [], 0
        while place < len(tokens):
            rank = ranks.get(tuple(tokens[place : place + 2]))
            found.append(tokens[place] if rank is None else 256 + rank)
            place += 1 if rank is None else 2
        tokens = found
    return tokens


def _merges_in_order(first_only=False, n_unseen=1, order=lambda numbered: numbered, first=256):
    def encode(word, merges):
        tokens = list(word.encode())
        for number, (left, right) in order(list(enumerate(merges))):
            place = 0
            while place + n_unseen < len(tokens):
                if (tokens[place], tokens[place + 1]) == (left, right):
                    tokens[place : place + 2] = [first + number]
                    if first_only:
                        break
                place += 1
        return tokens

    return encode


def _letters(word):
    return [ord(letter) for letter in word]


def _narrow_letters(word):
    return list(word.encode("latin-1", errors="ignore"))


EXERCISE = Exercise(
    title="from a word to its tokens",
    stars=2,
    kind="implement",
    task="""
Whisper writes neither letters nor words but tokens of **byte-level byte-pair encoding**. A word is first taken as its bytes in UTF-8; they are the tokens 0 to 255. Training has then learned merges: `merges` is a **list** of pairs of tokens, `(left, right)`, in the order in which they were learned, and merge number k (from 0) makes the token **256 + k** of its pair.

Write `encode_word`, which gives the tokens of a word, a text that may be empty. As long as neighbouring tokens form a pair of `merges`, **the pair that was learned first is merged**, wherever in the word it stands; of two equal pairs that overlap, as in *aaa*, the left one. The result is a list of **whole numbers**.

With `merges = [(111, 119), (108, 256)]`, the word *low* has the bytes 108 111 119; merge 0 makes 108 256 of them, and merge 1 makes 257.
""",
    form="A word and a list of pairs of tokens in; the list of the word's tokens out.",
    answer="encode_word",
    spec=Function(cases=_words, expected=_encoded_by_definition, integers=True),
    reference=encode_word,
    hints=(
        "In *abcd*, with the merges bc and ab, learned in this order: which one comes first? What is left for the other?",
        '`list(word.encode("utf-8"))` are the bytes. `zip(tokens, tokens[1:])` are the neighbours.',
        "Go through `merges` in their order, and for each of them once through the tokens, from left to right: what one merge makes "
        "only later ones can use.",
    ),
    wrongs=(
        Wrong(
            "from left to right",
            "Pairs are merged as they stand in the word, from left to right. A pair that was learned earlier and begins one token "
            "later finds its left half already taken.",
            (_one_pass, _merging(lambda known: known[0]), _sweeps),
        ),
        Wrong(
            "one sweep",
            "The word is gone through once, and what came of the merges is not merged any further.",
            lambda word, merges: _sweeps(word, merges, n_sweeps=1),
        ),
        Wrong(
            "the longest piece",
            "From the left, the longest piece of the vocabulary is taken each time: that is another tokenizer, with the same vocabulary "
            "and other tokens.",
            _longest_piece,
        ),
        Wrong(
            "the fewest tokens",
            "The word is cut into as few tokens as it can be. Merging by rank does not look for that, and does not always find it.",
            _fewest_pieces,
        ),
        Wrong(
            "the newest first",
            "The pair that was learned last is merged first.",
            (
                _merging(lambda known: max(known, key=lambda one: one[1])),
                _merges_in_order(order=lambda numbered: numbered[::-1]),
            ),
        ),
        Wrong(
            "one merge only",
            "It stops after one merge: go on as long as a pair of the list stands there.",
            _merging(_lowest, n_most=1),
        ),
        Wrong(
            "each merge at one place only",
            "Each merge is made at the first place where its pair stands, and nowhere else in the word.",
            _merges_in_order(first_only=True),
        ),
        Wrong(
            "last pair not seen",
            "The last two tokens are never merged: of n tokens, the pairs begin at 0 to n − 2.",
            _merges_in_order(n_unseen=2),
        ),
        Wrong(
            "overlaps from the right",
            "In a row of equal bytes the right pair is merged first: of two that overlap, the left one is asked for.",
            _merging(_last_of_the_lowest),
        ),
        Wrong(
            "letters for bytes",
            "The word is taken letter by letter: é is one letter and two bytes. Only bytes have the tokens 0 to 255.",
            (_merging(_lowest, _letters), _merging(_lowest, _narrow_letters)),
        ),
        Wrong(
            "bytes only",
            "No pair is merged: these are the bytes.",
            lambda word, merges: list(word.encode()),
        ),
        Wrong(
            "numbered from 1",
            "Merge number 0 makes the token 256: here each new token is one too high.",
            (
                lambda word, merges: [token + (token > 255) for token in _encoded_by_definition(word, merges).tolist()],
                _merging(_lowest, first=257),
                _merges_in_order(first=257),
            ),
        ),
        Wrong(
            "numbered from 0",
            "A merge makes the token 256 + k: here it is k, and those from 0 to 255 are bytes.",
            lambda word, merges: [
                token - 256 * (token > 255) for token in _encoded_by_definition(word, merges).tolist()
            ],
        ),
        Wrong(
            "last byte lost",
            "The last token is lost: it has no neighbour to its right, and belongs to the word all the same.",
            lambda word, merges: _encoded_by_definition(word, merges)[:-1],
        ),
        Wrong(
            "how many",
            "The number of tokens came back, and the tokens are asked for.",
            lambda word, merges: len(_encoded_by_definition(word, merges)),
        ),
    ),
    after="Every text of any script has tokens, since all bytes are among them, but a script that the merges have hardly seen costs "
    "two or three tokens a letter.",
    also_right=(_encoded_by_definition, _by_bytes),
)
