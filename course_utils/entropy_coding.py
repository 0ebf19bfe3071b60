"""Whole numbers as bits, as few as their probabilities allow: an arithmetic coder, and counts that it learns from.

Everything is whole numbers, so that the same bits come out, and are read again, on every machine.
Lecture: music_generation
"""

from collections.abc import Sequence

import numpy as np

from ._checks import entropy_coding as _checks

TOP = 1 << 32  # the interval's ends are numbers below it
HALF, QUARTER = TOP >> 1, TOP >> 2
LARGEST_TOTAL = 1 << 16  # of the counts: a quarter of the interval holds every share


class AdaptiveCounts:
    """Counts of what came before, from which both sides work out the same shares: ``P(s) = c_s / Σ c``.

    Every symbol begins with a count of 1; each time it comes its count grows by ``step``, and all are halved when
    they are too many.

    Parameters
    ----------
    n_symbols : int, 2…4096
    step : int
        32 follows quickly, 1 is the share itself with one added.

    Lecture: music_generation
    """

    def __init__(self, n_symbols: int, step: int = 32):
        self.n_symbols = _checks.count(n_symbols, "n_symbols", minimum=2, maximum=4096)
        self.step = _checks.count(step, "step", maximum=1024)
        self.counts = np.ones(self.n_symbols, dtype=np.int64)

    def edges(self) -> np.ndarray:
        """Where each symbol's part of 0…total begins, and the total: (n_symbols + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    def update(self, symbol: int) -> None:
        """A symbol has come."""
        self.counts[symbol] += self.step
        if self.counts.sum() > LARGEST_TOTAL:
            self.counts = (self.counts + 1) // 2


class _Bits:
    """Bits that are written one after the other; some wait until the interval says which they are."""

    def __init__(self):
        self.bits, self.n_waiting = [], 0

    def put(self, bit: int) -> None:
        self.bits += [bit, *[1 - bit] * self.n_waiting]
        self.n_waiting = 0


def _narrowed(low: int, width: int, edges: np.ndarray, symbol: int) -> tuple[int, int]:
    """The part of an interval that belongs to a symbol."""
    begin, end, total = int(edges[symbol]), int(edges[symbol + 1]), int(edges[-1])
    return low + width * begin // total, width * end // total - width * begin // total


def arithmetic_encode(
    symbols: Sequence[int], contexts: Sequence[int] | None = None, *, n_symbols: int, step: int = 32
) -> bytes:
    """Each symbol narrows an interval to its share of it; the bits say where in 0…1 the interval has ended.

    A symbol of probability p makes the interval p times as long, which costs −log₂ p bits: not a whole number of them,
    as a Huffman code's. The shares are counted as the symbols come, apart for each context.

    Parameters
    ----------
    symbols : sequence of int, 0…n_symbols − 1
    contexts : sequence of int, optional
        One for each symbol, known to the decoder beforehand: the stage of a quantiser, or the symbol before.
    n_symbols : int, 2…4096
    step : int
        See ``AdaptiveCounts``.

    Returns
    -------
    bytes
        Of how many symbols it does not say.

    Source: Rissanen & Langdon 1979, IBM Journal of Research and Development 23(2); in whole numbers as Witten, Neal &
    Cleary 1987, Communications of the ACM 30(6).
    Lecture: music_generation
    """
    symbols = _checks.symbols(symbols, _checks.count(n_symbols, "n_symbols", minimum=2, maximum=4096))
    contexts = _checks.contexts(contexts, len(symbols))
    models, out, low, width = {}, _Bits(), 0, TOP
    for symbol, context in zip(symbols, contexts, strict=True):
        model = models.setdefault(context, AdaptiveCounts(n_symbols, step))
        low, width = _narrowed(low, width, model.edges(), symbol)
        model.update(symbol)
        while True:  # the interval lies in one half, whose bit is known, or about the middle, narrowly
            if low + width <= HALF:
                out.put(0)
            elif low >= HALF:
                out.put(1)
                low -= HALF
            elif low >= QUARTER and low + width <= HALF + QUARTER:
                out.n_waiting += 1
                low -= QUARTER
            else:
                break
            low, width = 2 * low, 2 * width
    out.n_waiting += 1
    out.put(0 if low < QUARTER else 1)
    return np.packbits(out.bits).tobytes()


def arithmetic_decode(
    coded: bytes, n: int, contexts: Sequence[int] | None = None, *, n_symbols: int, step: int = 32
) -> list[int]:
    """The symbols that ``arithmetic_encode`` was given: the same intervals, and in which the coded number lies.

    Parameters
    ----------
    coded : bytes
    n : int
        How many symbols.
    contexts : sequence of int, or function, optional
        As they were encoded; a function is given the symbols so far, and names the context of the next.
    n_symbols, step : int
        As they were encoded.

    Returns
    -------
    list of int

    Source: Witten, Neal & Cleary 1987. Lecture: music_generation
    """
    bits = iter(np.unpackbits(np.frombuffer(_checks.coded_bytes(coded), np.uint8)).tolist())
    n = _checks.count(n, "n", minimum=0)
    n_symbols = _checks.count(n_symbols, "n_symbols", minimum=2, maximum=4096)
    named = contexts if callable(contexts) else None
    contexts = None if named else _checks.contexts(contexts, n)
    value = 0
    for _ in range(32):
        value = 2 * value + next(bits, 0)
    models, found, low, width = {}, [], 0, TOP
    for place in range(n):
        context = named(found) if named else contexts[place]
        model = models.setdefault(context, AdaptiveCounts(n_symbols, step))
        edges = model.edges()
        share = ((value - low + 1) * int(edges[-1]) - 1) // width
        symbol = int(np.searchsorted(edges, share, side="right")) - 1
        low, width = _narrowed(low, width, edges, symbol)
        model.update(symbol)
        found.append(symbol)
        while low + width <= HALF or low >= HALF or (low >= QUARTER and low + width <= HALF + QUARTER):
            away = 0 if low + width <= HALF else HALF if low >= HALF else QUARTER
            low, value = 2 * (low - away), 2 * (value - away) + next(bits, 0)
            width *= 2
    return found


def entropy_bits(symbols: Sequence[int], contexts: Sequence[int] | None = None) -> float:
    """Bits a symbol, by the shares of the whole row: ``−Σ p log₂ p``, apart for each context; the coder's limit.

    Parameters
    ----------
    symbols : sequence of int
    contexts : sequence of int, optional

    Returns
    -------
    float, bits

    Source: Shannon 1948. Lecture: music_generation
    """
    symbols = _checks.symbols(symbols, 2**31)
    contexts, bits = _checks.contexts(contexts, len(symbols)), 0.0
    of_each = {}
    for symbol, context in zip(symbols, contexts, strict=True):
        of_each.setdefault(context, []).append(symbol)
    for row in of_each.values():
        counts = np.unique(row, return_counts=True)[1]
        bits -= float(np.sum(counts * np.log2(counts / counts.sum())))
    return bits / len(symbols)
