import functools
import itertools
import time

import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import edit_distance, search_with, spelled_by

N_STRINGS, HIDDEN_SEED = 60, 7
MOST_ERRORS, LIMIT_S = 27.0, 0.15
# how often one symbol follows another; row 0 is the beginning
_FOLLOWS = np.array(
    [
        [0, 5, 1, 1, 5, 1],
        [0, 1, 8, 1, 1, 1],
        [0, 1, 1, 8, 2, 1],
        [0, 6, 1, 4, 1, 1],
        [0, 1, 1, 1, 1, 9],
        [0, 8, 1, 1, 4, 1],
    ]
)


def _text(rng) -> list[int]:
    found, last = [], 0
    up_to = np.cumsum(_FOLLOWS, axis=1) / _FOLLOWS.sum(axis=1, keepdims=True)
    for luck in rng.random(rng.integers(4, 10)):
        last = int(np.searchsorted(up_to[last], luck, side="right"))
        found.append(last)
    return found


def training_texts() -> list[list[int]]:
    """A thousand texts of the symbols 1 to 5, without sound."""
    rng = np.random.default_rng(5)
    return [_text(rng) for _ in range(1000)]


@functools.cache
def noisy_strings(seed: int = 1) -> list[tuple[np.ndarray, list[int]]]:
    """Sixty clips, each its log-probabilities (6 classes, frames), with the blank first, and the text that was said.

    A symbol lasts 1 to 3 frames, and 1 or 2 blanks come behind it. About half of the time another one is as likely.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(N_STRINGS):
        text, parts = _text(rng), []
        for symbol in [0, *(k for said in text for k in (said, 0))]:
            scores = 0.7 * rng.standard_normal((6, int(rng.integers(1, 4 if symbol else 3))))
            scores[symbol] += 5
            if symbol and rng.random() < 0.6:
                scores[int(rng.integers(1, 6))] += 5 + rng.standard_normal()
            if rng.random() < 0.2:
                scores[0 if symbol else int(rng.integers(1, 6))] += 4.8 + rng.standard_normal()
            parts.append(scores)
        scores = np.hstack(parts)
        found.append((scores - np.logaddexp.reduce(scores, axis=0), text))
    return found


def _seconds(decode, log_probs):
    started = time.process_time()
    text = decode(log_probs.copy())
    return time.process_time() - started, text


def _no_symbols(decode):
    if not callable(decode):
        return "A function is asked: pass `decode` itself, without calling it."
    took_s, text = _seconds(decode, noisy_strings(HIDDEN_SEED)[0][0])
    try:
        symbols = np.asarray(text)
    except (TypeError, ValueError):
        symbols = np.array("")
    if symbols.ndim != 1 or (
        symbols.size and (symbols.dtype.kind not in "iu" or not np.isin(symbols, range(1, 6)).all())
    ):
        return (
            f"A list of symbols is asked, whole numbers from 1 to 5, one behind the other; there is {str(text)[:60]}. "
            "The blank, class 0, is no symbol."
        )
    return None


def _too_slow(decode):
    log_probs = noisy_strings(HIDDEN_SEED)[0][0]
    took_s = min(_seconds(decode, log_probs)[0] for _ in range(2))
    if took_s > LIMIT_S:
        return (
            f"A string of {log_probs.shape[1]} frames takes {took_s:.2f} s of the processor; {LIMIT_S} s are allowed. Fewer "
            "prefixes, or a search that does not go through all texts, is sooner."
        )
    return None


@functools.lru_cache(maxsize=1)
def _heard(decode) -> list[list[int]]:
    return [[int(symbol) for symbol in decode(log_probs.copy())] for log_probs, _ in noisy_strings(HIDDEN_SEED)]


def _percent(decode) -> float:
    """Symbols that are replaced, put in or dropped, of those that were said."""
    said = [text for _, text in noisy_strings(HIDDEN_SEED)]
    n_wrong = sum(edit_distance(*pair) for pair in zip(said, _heard(decode), strict=True))
    return 100 * n_wrong / sum(map(len, said))


def _as_greedy(decode):
    greedy = [spelled_by(log_probs.argmax(axis=0)) for log_probs, _ in noisy_strings(HIDDEN_SEED)]
    n_same = sum(one == other for one, other in zip(greedy, _heard(decode), strict=True))
    if n_same > 0.9 * N_STRINGS:
        return (
            f"{n_same} of {N_STRINGS} texts are those of the best path, and {_percent(decode):.1f} % of the symbols are wrong: where "
            "two symbols are about as likely, the sound cannot tell which it was. What can?"
        )
    return None


def _length_ratio(decode) -> float:
    return sum(map(len, _heard(decode))) / sum(len(text) for _, text in noisy_strings(HIDDEN_SEED))


def _too_short(decode):
    if _percent(decode) > MOST_ERRORS and _length_ratio(decode) < 0.88:
        return (
            f"{_percent(decode):.1f} % of the symbols are wrong, and the texts have {_length_ratio(decode):.0%} of the symbols that "
            "were said. Each symbol is multiplied by a probability below 1, so short texts win: pay a bonus for each one, or "
            "give the language less weight. And does a double symbol survive?"
        )
    return None


def _too_long(decode):
    if _percent(decode) > MOST_ERRORS and _length_ratio(decode) > 1.12:
        return (
            f"{_percent(decode):.1f} % of the symbols are wrong, and the texts have {_length_ratio(decode):.0%} of the symbols that "
            "were said. Are repeats merged? And a bonus for each symbol may be too large, or the language may count for too "
            "little, to keep out what the noise puts in."
        )
    return None


def _pairs_backwards(decode):
    """Are the pairs of what was heard frequent in the training texts when they are read from the end?"""
    counts = _counted_pairs()[1:, 1:]
    log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
    pairs = [(one - 1, two - 1) for text in _heard(decode) for one, two in itertools.pairwise(text)]
    forwards, backwards = (
        sum(log_p[one, two] for one, two in ways) for ways in (pairs, [pair[::-1] for pair in pairs])
    )
    if _percent(decode) > MOST_ERRORS and backwards > forwards:
        return (
            f"{_percent(decode):.1f} % of the symbols are wrong, and read from the end your texts fit the pairs of "
            "`training_texts()` better than as they stand: is the table of pairs read with its two sides exchanged?"
        )
    return None


def _too_many_errors(decode):
    if _percent(decode) > MOST_ERRORS:
        return (
            f"{_percent(decode):.1f} % of the symbols are wrong; at most {MOST_ERRORS:.0f} % are asked. Some symbols seldom follow "
            "each other: does the search know, for each pair, how often it comes in `training_texts()`, and which symbol a "
            "text begins with?"
        )
    return None


def _counted_pairs():
    """How often each symbol follows each other one in the training texts; row 0 is the beginning."""
    counts = np.ones((6, 6))
    for text in training_texts():
        np.add.at(counts, ([0, *text[:-1]], text), 1)
    counts[:, 0] = 0
    return counts


def bigram_decoder():
    counts = np.ones((6, 6))  # row: the symbol before, 0 at the beginning
    for text in training_texts():
        for last, symbol in zip([0, *text], text, strict=False):
            counts[last, symbol] += 1
    counts[:, 0] = 0
    follows = counts / counts.sum(axis=1, keepdims=True)
    return functools.partial(search_with, beam_width=8, weights=follows)


def _weighted(power: float, factor: float, beam_width: int = 8):
    """The search with probabilities of pairs that are taken to a power, and a factor for each symbol."""

    def decoder():
        counts = _counted_pairs()
        weights = factor * (5 * counts / counts.sum(axis=1, keepdims=True)) ** power
        return lambda log_probs: search_with(log_probs, beam_width, weights)

    return decoder


def _by_best_path():
    """No sums at all: the best path, in which each new symbol is weighed by the one before it."""
    log_follows = np.log(_FOLLOWS / _FOLLOWS.sum(axis=1, keepdims=True) + 1e-9)

    def decode(log_probs):

        best = {(0, 0): (0.0, ())}  # last symbol, last class
        for frame in log_probs.T.tolist():
            grown = {}
            for (last, before), (score, text) in best.items():
                for k, log_p in enumerate(frame):
                    is_new = k not in (0, before)
                    key = (k if k else last, k)
                    total = score + log_p + (log_follows[last, k] + 0.7 if is_new else 0.0)
                    if key not in grown or total > grown[key][0]:
                        grown[key] = (total, (*text, k) if is_new else text)
            best = grown
        return max(best.values())[1]

    return decode


def _by_gaps():
    """A blank stands behind each symbol, so a search may go from one to the next through it only."""
    counts = _counted_pairs()
    weights = 0.8 * (5 * counts / counts.sum(axis=1, keepdims=True)) ** 1.4

    def decode(log_probs):
        beams = {(): (1.0, 0.0)}
        for frame in np.exp(log_probs.T).tolist():
            grown = {}
            for prefix, (in_blank, in_symbol) in beams.items():
                last = prefix[-1] if prefix else 0
                here = grown.setdefault(prefix, [0.0, 0.0])
                here[0] += (in_blank + in_symbol) * frame[0]
                here[1] += in_symbol * frame[last]
                for symbol in range(1, 6):
                    gained = in_blank * frame[symbol] * weights[last, symbol]
                    grown.setdefault((*prefix, symbol), [0.0, 0.0])[1] += gained
            best = sorted(grown, key=lambda prefix: sum(grown[prefix]), reverse=True)[:12]
            beams = {prefix: grown[prefix] for prefix in best}
        return best[0]

    return decode


def _spelled(change):
    """Greedy decoding, changed."""
    return lambda: lambda log_probs: change(log_probs.argmax(axis=0))


def _by_columns():
    """What comes before a symbol is taken for what follows it."""
    counts = _counted_pairs().T
    weights = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return functools.partial(search_with, beam_width=8, weights=3 * np.maximum(weights, 0.01))


def _patient():
    decode = bigram_decoder()

    def slow(log_probs):
        until = time.process_time() + 1.4 * LIMIT_S
        while time.process_time() < until:
            pass
        return decode(log_probs)

    return slow


EXERCISE = Exercise(
    title="a decoder that knows what texts look like",
    stars=3,
    kind="design",
    task=f"""
A recogniser of five symbols is in doubt: about half of the time another symbol than the one that was said is about as likely. Now and then a blank hides a symbol, or noise puts one in. It has texts of its own to go by, however, and in those some symbols follow each other far more often than others. `training_texts()` has a thousand of them, without any sound.

Write `decode(log_probs)`: natural logarithms (6 classes, frames) in, with class 0 as the blank, a list of symbols from 1 to 5 out. It is tried on {N_STRINGS} strings that you do not have, made as those of `noisy_strings()`. Of all symbols **at most {MOST_ERRORS:.0f} % may be wrong** (replaced, put in or dropped, against those that were said; greedy decoding gets some 40 % wrong), and a string may take {LIMIT_S} s of processor time. Then the score is the share of wrong symbols: **as few as you can**. `cu.models` has a beam search; yours from *hel_lo is not helo* will do.
""",
    given='''from course_utils.exercises.ctc import noisy_strings, training_texts
from course_utils.wer import word_errors

texts = training_texts()  # 1,000 lists of symbols
strings = noisy_strings()  # 60 pairs: log-probabilities (6, frames), and the text that was said


def greedy(log_probs):
    """The best class of each frame, repeats merged, blanks out."""
    path = [0, *log_probs.argmax(axis=0).tolist()]
    return [k for n, k in enumerate(path[1:]) if k not in (0, path[n])]


def report(decode):
    said, heard = zip(*[(text, decode(log_probs)) for log_probs, text in strings], strict=True)
    errors = word_errors(said, heard)
    print(f"{100 * errors.rate:.1f} % of {errors.n_reference} symbols are wrong")
    print(f"{errors.substitutions} replaced, {errors.insertions} put in, {errors.deletions} dropped")


report(greedy)
print("training texts:", *texts[:4])''',
    start='''def decode(log_probs):
    """Log-probabilities (6 classes, frames) in, a list of symbols from 1 to 5 out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="decode",
    spec=Design(
        properties=(
            Property("a list of symbols", _no_symbols),
            Property("too slow", _too_slow),
            Property("the best path", _as_greedy),
            Property("too short", _too_short),
            Property("too long", _too_long),
            Property("pairs backwards", _pairs_backwards),
            Property("too many errors", _too_many_errors),
        ),
        score=_percent,
        unit="% of the symbols wrong",
        promised_s=(N_STRINGS + 4) * LIMIT_S,  # the first one is tried alone, timed and tried again
        best=15.625,  # 60 of 384, by the way through a blank
    ),
    reference=bigram_decoder,
    hints=(
        "Count in the training texts how often each symbol follows each other one, and how often each comes first.",
        "In a prefix beam search a prefix that becomes longer by a symbol also gets the probability of that symbol behind the last "
        "one, once: not when a symbol lasts, and not for a blank.",
        "Multiply what a prefix gains by a new symbol by the probability of the pair. Then try a power of it, a factor for each "
        "symbol, and the beam width on `noisy_strings()`; and read there what stands between two symbols.",
    ),
    wrongs=(
        Wrong(
            "a list of symbols",
            "",
            (
                lambda: lambda log_probs: log_probs,
                _spelled(list),
                lambda: lambda log_probs: "".join("12"),
                lambda: [1, 2],
            ),
        ),
        Wrong("too slow", "", _patient),
        Wrong("the best path", "", _spelled(spelled_by)),
        Wrong("too short", "", (_weighted(1.0, 0.004), _spelled(lambda path: list(dict.fromkeys(spelled_by(path)))))),
        Wrong("too long", "", (_weighted(1.0, 12.0), _spelled(lambda path: path[path > 0]))),
        Wrong("pairs backwards", "", _by_columns),
        Wrong("too many errors", "", _weighted(0.0, 0.6)),
    ),
    after="Settings that were chosen on one set of strings are tried on another here, as they should be at work, where the "
    "language of the test is seldom that of the training texts either.",
    also_right=(_by_best_path, _weighted(0.8, 0.4), _by_gaps),
)
