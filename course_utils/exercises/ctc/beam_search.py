import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import spelled_by
from .ctc_loss import ctc_loss

_NONE = (-math.inf, -math.inf)


def _search_by_definition(log_probs, beam_width):
    """Each prefix asks where it may have come from: from itself, and from the prefix that lacks its last symbol."""
    kept, total = {(): (0.0, -math.inf)}, {(): 0.0}
    for frame in log_probs.T.tolist():
        found = {}
        candidates = set(kept) | {(*prefix, k) for prefix in kept for k in range(1, len(frame))}
        for prefix in sorted(candidates):
            in_blank, in_symbol = _NONE
            if prefix in kept:
                in_blank = frame[0] + np.logaddexp(*kept[prefix])
                in_symbol = frame[prefix[-1]] + kept[prefix][1] if prefix else -math.inf
            if prefix and prefix[:-1] in kept:
                shorter = kept[prefix[:-1]]
                is_double = prefix[-2:-1] == prefix[-1:]
                came = shorter[0] if is_double else np.logaddexp(*shorter)
                in_symbol = np.logaddexp(in_symbol, frame[prefix[-1]] + came)
            found[prefix] = (in_blank, in_symbol)
        total = {prefix: float(np.logaddexp(*pair)) for prefix, pair in found.items()}
        kept = {prefix: found[prefix] for prefix in sorted(total, key=total.get)[-beam_width:]}
    best = max(kept, key=total.get)
    return np.array(best, int), total[best]


def _clips() -> list[Case]:
    rng = np.random.default_rng(17)

    def clip(n_classes, n_frames, scale=2.0):
        scores = scale * rng.standard_normal((n_classes, n_frames))
        return scores - np.logaddexp.reduce(scores, axis=0)

    def said(path, n_classes=6, most=0.9):
        rest = (1 - most) / (n_classes - 1)
        return np.log(np.where(np.arange(n_classes)[:, np.newaxis] == np.array(path), most, rest))

    even = np.log([[0.6, 0.6], [0.4, 0.4]])
    with np.errstate(divide="ignore"):
        sure = np.log(np.eye(4)[[1, 0, 1, 1, 0, 3]].T)
    return [
        case(even, 8, says="two frames, whose best path is silent", gives=([1], math.log(0.64))),
        case(np.log([[0.2, 0.6, 0.2], [0.8, 0.4, 0.8]]), 9, says="symbol, blank, symbol"),
        case(said([1, 2, 3, 0, 3, 4]), 16, says="h e l _ l o"),
        case(said([1, 2, 3, 3, 4, 4]), 16, says="h e l l o o, without a blank"),
        case(said([3, 3, 0, 0, 3, 0, 3, 3], n_classes=4), 20, says="the same symbol three times, with blanks between"),
        case(sure, 4, says="one path alone", gives=([1, 1, 3], 0.0)),
        case(np.log([[0.25], [0.75]]), 2, says="a single frame", gives=([1], math.log(0.75))),
        case(np.log([[0.9, 0.8], [0.1, 0.2]]), 4, says="nothing but blanks", gives=([], math.log(0.72))),
        case(clip(3, 7), 400, says="a beam that holds all texts"),
        case(clip(3, 9), 4, says="a beam of four"),
        case(clip(4, 20), 1, says="a beam of one"),
        case(clip(5, 30), 8, says="thirty frames"),
        case(clip(3, 40, scale=1.0), 12, says="forty frames of little certainty"),
        case(clip(4, 900, scale=0.3), 1, says="nine hundred frames, a beam of one"),
    ]


def beam_search(log_probs, beam_width):
    beams = {(): (0.0, -np.inf)}  # of each prefix, ln p of the paths that end in the blank, and in its last symbol
    for frame in log_probs.T:
        grown = {}
        for prefix, (in_blank, in_symbol) in beams.items():
            both = np.logaddexp(in_blank, in_symbol)
            for symbol, log_p in enumerate(frame):
                longer = (*prefix, symbol)
                if symbol == 0:
                    came = [(prefix, 0, both)]
                elif prefix and symbol == prefix[-1]:
                    came = [(prefix, 1, in_symbol), (longer, 1, in_blank)]
                else:
                    came = [(longer, 1, both)]
                for text, end, before in came:
                    pair = grown.setdefault(text, [-np.inf, -np.inf])
                    pair[end] = np.logaddexp(pair[end], before + log_p)
        best = sorted(grown, key=lambda text: np.logaddexp(*grown[text]), reverse=True)[:beam_width]
        beams = {text: grown[text] for text in best}
    return list(best[0]), np.logaddexp(*beams[best[0]])


def _search_with(
    *,
    repeated=lambda prefix, longer, in_blank, in_symbol: [(prefix, 1, in_symbol), (longer, 1, in_blank)],
    add=np.logaddexp,
    rank=np.logaddexp,
    last=np.logaddexp,
    worst=False,
):
    """The search with one of its parts replaced; ``repeated`` says where the last symbol leads when it comes again."""

    def search(log_probs, beam_width):
        beams = {(): [0.0, -math.inf]}
        for frame in log_probs.T.tolist():
            grown = {}
            for prefix, (in_blank, in_symbol) in beams.items():
                both = add(in_blank, in_symbol)
                moves = [(prefix, 0, both, 0)]
                for symbol in range(1, len(frame)):
                    longer = (*prefix, symbol)
                    is_last = prefix and symbol == prefix[-1]
                    ways = repeated(prefix, longer, in_blank, in_symbol) if is_last else [(longer, 1, both)]
                    moves += [(*way, symbol) for way in ways]
                for text, end, before, symbol in moves:
                    pair = grown.setdefault(text, [-math.inf, -math.inf])
                    pair[end] = add(pair[end], before + frame[symbol])
            best = sorted(grown, key=lambda text: rank(*grown[text]), reverse=not worst)[:beam_width]
            beams = {text: grown[text] for text in best}
        return list(best[0]), float(last(*beams[best[0]]))

    return search


def _both(in_blank, in_symbol):
    return np.logaddexp(in_blank, in_symbol)


def _greedy(log_probs, beam_width):
    return spelled_by(log_probs.argmax(axis=0)), float(log_probs.max(axis=0).sum())


def _no_double_text(log_probs, beam_width):
    symbols, log_p = _search_by_definition(log_probs, beam_width)
    return spelled_by(symbols.tolist()), log_p


def _changed(change):
    """The right answer, handed in otherwise."""

    def search(log_probs, beam_width):
        symbols, log_p = _search_by_definition(log_probs, beam_width)
        return change(symbols.tolist(), log_p)

    return search


def _narrowed(width_of):
    return lambda log_probs, beam_width: _search_by_definition(log_probs, width_of(beam_width))


def _over_all_paths(log_probs, beam_width):
    symbols, _ = _search_by_definition(log_probs, beam_width)
    return symbols, -ctc_loss(log_probs, symbols)


def _always(width):
    """A search with one beam width, which is soon done: of probabilities, the largest 1 after each frame, and with
    prefixes that are numbered; ``nodes`` holds what each one continues, and by which symbol."""

    def search(log_probs, beam_width):
        nodes, numbers, beams, total = [(0, 0)], {}, {0: (1.0, 0.0)}, 0.0
        for frame in np.exp(log_probs.T).tolist():
            grown = {}
            for prefix, (in_blank, in_symbol) in beams.items():
                both, last = in_blank + in_symbol, nodes[prefix][1]
                here = grown.setdefault(prefix, [0.0, 0.0])
                here[0] += both * frame[0]
                here[1] += in_symbol * frame[last]
                for symbol in range(1, len(frame)):
                    longer = numbers.setdefault((prefix, symbol), len(nodes))
                    nodes += [(prefix, symbol)] if longer == len(nodes) else []
                    came = in_blank if symbol == last else both
                    grown.setdefault(longer, [0.0, 0.0])[1] += came * frame[symbol]
            sums = {prefix: sum(pair) for prefix, pair in grown.items()}
            best = sorted(sums, key=sums.get, reverse=True)[:width]
            most = sums[best[0]]
            beams = {prefix: (grown[prefix][0] / most, grown[prefix][1] / most) for prefix in best}
            total += math.log(most)
        return _symbols_of(best[0], nodes), total

    return search


def _symbols_of(prefix, nodes):
    symbols = []
    while prefix:
        prefix, symbol = nodes[prefix]
        symbols.append(symbol)
    return symbols[::-1]


def _in_probabilities(log_probs, beam_width):
    with np.errstate(all="ignore"):
        return _search_with(add=lambda one, other: np.log(np.exp(one) + np.exp(other)))(log_probs, beam_width)


EXERCISE = Exercise(
    title="hel_lo is not helo",
    stars=3,
    kind="repair",
    task="""
A prefix beam search keeps the most probable beginnings of the text, frame after frame, and adds up all paths of each. The published one below has one fault: of *h e l _ l o* it makes *helo*, and of every double letter a single one.

**Mend it.** `log_probs` is (classes, frames), natural logarithms, class 0 is the blank; `beam_width` prefixes are kept after each frame, by the sum over all of their paths. The result is a pair: the symbols of the best prefix at the end, a **list** of whole numbers that may be empty, and ln of its probability, the sum over those of its paths that the beam has kept.

The paths of a prefix end in the blank or in its last symbol, and the code keeps them apart. Where the last symbol comes *again*, these two lead to different texts.
""",
    given='''import numpy as np


def published_search(log_probs, beam_width):
    """As published: a symbol that comes again is a repeat."""
    beams = {(): (0.0, -np.inf)}  # ln p of the paths that end in the blank, in the last symbol
    for frame in log_probs.T:
        grown = {}
        for prefix, (in_blank, in_symbol) in beams.items():
            both = np.logaddexp(in_blank, in_symbol)
            for symbol, log_p in enumerate(frame):
                is_same = symbol == 0 or prefix[-1:] == (symbol,)
                text, end = prefix if is_same else (*prefix, symbol), int(symbol > 0)
                pair = grown.setdefault(text, [-np.inf, -np.inf])
                pair[end] = np.logaddexp(pair[end], both + log_p)
        kept = sorted(grown, key=lambda text: -np.logaddexp(*grown[text]))[:beam_width]
        beams = {text: grown[text] for text in kept}
    return list(kept[0]), float(np.logaddexp(*beams[kept[0]]))

# %%
letters = "_helo"
path = [1, 2, 3, 0, 3, 4]
log_probs = np.log(np.where(np.arange(5)[:, np.newaxis] == path, 0.9, 0.025))
symbols, log_p = published_search(log_probs, 8)
read = "".join(letters[k] for k in symbols)
print(f"{''.join(letters[k] for k in path)} is read as {read}, p = {np.exp(log_p):.3f}")''',
    form="Log-probabilities (classes, frames) and a beam width in, (list of symbols, ln p) out.",
    answer="beam_search",
    spec=Function(cases=_clips, expected=_search_by_definition, tolerance=1e-9),
    reference=beam_search,
    hints=(
        "Take the prefix h e l and the next frame *l*. What do the paths h e l _ and h e l l spell with that l behind them?",
        "Only one case is wrong: a symbol that is the last of the prefix. It has to lead to two texts.",
        "From a path that ends in the symbol, the same prefix; from a path that ends in the blank, the prefix with the symbol "
        "once more. Nothing leads to both.",
    ),
    wrongs=(
        Wrong(
            "a double letter never",
            "A symbol that comes again is always taken for a repeat. After a blank it is a new letter, and the text becomes longer.",
            (
                _search_with(repeated=lambda prefix, longer, b, s: [(prefix, 1, _both(b, s))]),
                _no_double_text,
            ),
        ),
        Wrong(
            "a double letter always",
            "A symbol that comes again always makes the text longer. Behind itself, without a blank, it is a repeat of the same letter.",
            _search_with(repeated=lambda prefix, longer, b, s: [(longer, 1, _both(b, s))]),
        ),
        Wrong(
            "the two cases exchanged",
            "The two cases are exchanged: behind the blank the symbol is new, behind itself it is a repeat.",
            _search_with(repeated=lambda prefix, longer, b, s: [(prefix, 1, b), (longer, 1, s)]),
        ),
        Wrong(
            "counted in both texts",
            "Paths are led to both texts, the same one and the longer one: each path spells one text, and the sum of all texts "
            "exceeds 1.",
            (
                _search_with(
                    repeated=lambda prefix, longer, b, s: [(prefix, 1, _both(b, s)), (longer, 1, _both(b, s))]
                ),
                _search_with(repeated=lambda prefix, longer, b, s: [(prefix, 1, _both(b, s)), (longer, 1, b)]),
                _search_with(repeated=lambda prefix, longer, b, s: [(prefix, 1, s), (longer, 1, _both(b, s))]),
            ),
        ),
        Wrong(
            "the repeat lost",
            "The longer text is there, and the paths in which a letter just lasts are lost: they stay with the same prefix.",
            _search_with(repeated=lambda prefix, longer, b, s: [(longer, 1, b)]),
        ),
        Wrong(
            "the longer text lost",
            "The repeat stays with its prefix, and what comes behind a blank leads nowhere: it makes the text longer.",
            _search_with(repeated=lambda prefix, longer, b, s: [(prefix, 1, s)]),
        ),
        Wrong(
            "best path of each prefix",
            "Only the best path of each prefix is kept, where all of its paths are added up.",
            _search_with(add=max, rank=max),
        ),
        Wrong(
            "ranked by one end",
            "The prefixes are ranked by the paths of one end only; what counts is the sum of both.",
            (
                _search_with(rank=lambda in_blank, in_symbol: in_symbol),
                _search_with(rank=lambda in_blank, in_symbol: in_blank),
                _search_with(rank=max),
            ),
        ),
        Wrong(
            "the least probable kept",
            "The least probable prefixes are kept: sort from the largest down.",
            _search_with(worst=True),
        ),
        Wrong(
            "greedy",
            "That is the best class of each frame, collapsed: one path, where the search adds up all paths of a text.",
            _greedy,
        ),
        Wrong(
            "the probability",
            "The second number is the probability; its logarithm is asked, which does not run under.",
            _changed(lambda symbols, log_p: (symbols, math.exp(log_p))),
        ),
        Wrong(
            "sign",
            "The second number is −ln p; ln p is asked, which is not above 0.",
            _changed(lambda symbols, log_p: (symbols, -log_p)),
        ),
        Wrong(
            "products of probabilities",
            "The paths are added as probabilities, which are 0 after some hundred frames: add them with np.logaddexp.",
            _in_probabilities,
        ),
        Wrong(
            "the beam width ignored",
            "The number of prefixes that are kept is another one than `beam_width`.",
            (
                _narrowed(lambda width: width + 1),
                _narrowed(lambda width: max(1, width - 1)),
                _narrowed(lambda width: 1),
            ),
        ),
        Wrong(
            "one width for all",
            "The result is that of one and the same number of prefixes in each case: `beam_width` says how many are kept.",
            tuple(map(_always, (2, 3, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100))),
        ),
        Wrong(
            "one end of the best prefix",
            "The symbols are right, and ln p is that of the paths with one end only: those of the best prefix end in the blank or in "
            "its last symbol, and both count.",
            (
                _search_with(last=max),
                _search_with(last=lambda in_blank, in_symbol: in_symbol),
                _search_with(last=lambda in_blank, in_symbol: in_blank),
            ),
        ),
        Wrong(
            "ln p of all paths",
            "The symbols are right, and ln p is the sum over all paths of this text, as the CTC loss takes it; asked is what the beam "
            "has summed, without the paths whose prefix it has dropped.",
            _over_all_paths,
        ),
    ),
    after="Test a decoder against brute force on short clips of two or three classes, where every mistake of this kind shows.",
    also_right=(_search_by_definition, _search_with()),
)
