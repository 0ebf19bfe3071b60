"""Prefix beam search frame by frame over a small table of posteriors: what is kept, merged, dropped and lost for good.

Lecture: ctc
"""

from collections.abc import Sequence

import numpy as np
import traitlets

from .._checks import explorables as _checks
from .base import Choice, Explorable, Slider

LONGEST, WIDEST, MOST_PATHS = 12, 8, 100_000  # frames; beam width, and classes; what goes through all paths at once
# What a preset is made of: the symbols, the blank first; a row of posteriors for each; texts that the bigrams count.
PRESETS = {
    "greedy misses a letter": (
        "_act",
        [
            [0.06, 0.14, 0.54, 0.52, 0.50, 0.12],
            [0.04, 0.04, 0.40, 0.44, 0.40, 0.06],
            [0.88, 0.80, 0.04, 0.02, 0.04, 0.02],
            [0.02, 0.02, 0.02, 0.02, 0.06, 0.80],
        ],
        ("cat", "act", "at"),
    ),
    "a repeat across a blank": (
        "_ehlo",
        [
            [0.06, 0.10, 0.14, 0.80, 0.12, 0.10],
            [0.04, 0.80, 0.06, 0.02, 0.02, 0.02],
            [0.84, 0.04, 0.02, 0.02, 0.02, 0.02],
            [0.04, 0.04, 0.74, 0.12, 0.76, 0.06],
            [0.02, 0.02, 0.04, 0.04, 0.08, 0.80],
        ],
        ("hello", "hell", "hole", "hello"),
    ),
    "a narrow beam loses the best": (
        "_ate",
        [
            [0.04, 0.85, 0.27, 0.13, 0.19, 0.05],
            [0.02, 0.06, 0.17, 0.38, 0.44, 0.72],
            [0.92, 0.05, 0.41, 0.03, 0.15, 0.20],
            [0.02, 0.04, 0.15, 0.46, 0.22, 0.03],
        ],
        ("tea", "eat", "ate", "tee"),
    ),
    "the language model decides": (
        "_aes",
        [
            [0.08, 0.16, 0.20, 0.16, 0.20, 0.30],
            [0.02, 0.42, 0.40, 0.36, 0.34, 0.30],
            [0.02, 0.38, 0.36, 0.44, 0.42, 0.36],
            [0.88, 0.04, 0.04, 0.04, 0.04, 0.04],
        ],
        ("sea", "seas", "see", "ease"),
    ),
}


def bigram_table(texts: Sequence[str], symbols: Sequence[str]) -> list[list[float]]:
    """Probabilities of a letter after another: counts in ``texts``, one added to each. No text's end is counted.

    Parameters
    ----------
    texts : sequence of str
        Their letters stand in ``symbols``.
    symbols : sequence of str
        The blank first, which stands for the beginning of a text here.

    Returns
    -------
    list of lists of float, shape (symbols, symbols − 1)
        The row is what stands before; each adds up to 1.

    Lecture: ctc
    """
    counts = np.ones((len(symbols), len(symbols) - 1))
    for text in texts:
        for before, letter in zip(symbols[0] + text, text, strict=False):
            counts[symbols.index(before), symbols.index(letter) - 1] += 1
    return (counts / counts.sum(axis=1, keepdims=True)).tolist()


def table_of(symbols: Sequence[str], posteriors: Sequence, texts: Sequence[str]) -> dict:
    """What the page is told of one table."""
    return {"symbols": list(symbols), "posteriors": posteriors, "bigrams": bigram_table(texts, symbols)}


class BeamLab(Explorable):
    """See a CTC prefix beam search at work, one frame after the other.

    A prefix has two probabilities: that of its paths which end in the blank, and of those which end in its last symbol.
    With the frame's posteriors y each prefix ℓ stays, ``p_blank ← y_blank (p_blank + p_symbol)`` and
    ``p_symbol ← y_last p_symbol``, and is continued by each symbol c with ``y_c (p_blank + p_symbol)``, by its own last
    symbol only with ``y_c p_blank``. What meets in one prefix is added; those with the largest

        ln(p_blank + p_symbol) + lm_weight · ln p_bigrams(ℓ) + length_bonus · |ℓ|

    are kept. The best string of all is found by going through every path, and marked with a star; how much of its
    probability the kept prefixes can still reach falls from frame to frame, and at 0 % it is lost.

    Parameters
    ----------
    posteriors : array, shape (classes, frames), optional
        A table of your own in place of the presets: columns that add up to 1, class 0 is the blank; at most 8
        classes, 12 frames and 100,000 paths.
    symbols : str or sequence of str, optional
        One character for each class, the first for the blank; "_abcd…" by default. With ``posteriors`` only.
    texts : sequence of str, optional
        What the bigrams are counted in, one added to each count; none by default, so that all letters are equally
        likely. With ``posteriors`` only.
    preset : {"greedy misses a letter", "a repeat across a blank", "a narrow beam loses the best", \
"the language model decides"}
    frame : int
        The frame that has just been read, from 1.
    beam_width : {1, …, 8}
    lm_weight : float, 0…2
    length_bonus : float, −2…2
        Nats for each symbol.

    Source: Hannun et al. 2014, "First-pass large vocabulary continuous speech recognition using bi-directional
    recurrent DNNs", algorithm 1. Lecture: ctc
    """

    title = traitlets.Unicode("Prefix beam search, frame by frame").tag(sync=True)
    tables = traitlets.Dict(read_only=True).tag(sync=True)
    preset = Choice("greedy misses a letter", PRESETS, label="posteriors")
    frame = Slider(6, label="frames read", values=tuple(range(1, LONGEST + 1)))
    beam_width = Slider(3, label="beam width", values=tuple(range(1, WIDEST + 1)))
    lm_weight = Slider(0, 0, 2, label="language model", step=0.1)
    length_bonus = Slider(0, -2, 2, label="length bonus", unit="nats", step=0.1)

    def __init__(
        self,
        posteriors: np.ndarray | None = None,
        symbols: Sequence[str] | None = None,
        texts: Sequence[str] | None = None,
        **state,
    ):
        _checks.only_with_posteriors(posteriors, symbols=symbols, texts=texts)
        if posteriors is None:
            tables = {name: table_of(*preset) for name, preset in PRESETS.items()}
        else:
            _checks.no_preset_beside(state)
            posteriors = _checks.posteriors(posteriors, classes=WIDEST, frames=LONGEST, paths=MOST_PATHS)
            symbols = _checks.symbols(symbols, len(posteriors))
            texts = [] if texts is None else _checks.spelled(texts, "texts", symbols, may_be_empty=True)
            tables = {"": table_of(symbols, (posteriors / posteriors.sum(axis=0)).tolist(), texts)}
        self._n_frames = len(next(iter(tables.values()))["posteriors"][0])
        super().__init__(**({"frame": self._n_frames} | state))
        self.set_trait("tables", tables)
        frames = {"values": list(range(1, self._n_frames + 1)), "high": self._n_frames}
        shown = [c for c in self.controls if c["name"] != "preset" or posteriors is None]
        self.set_trait("controls", [c | frames if c["name"] == "frame" else c for c in shown])

    @traitlets.validate("frame")
    def _within_the_table(self, proposal):
        return _checks.number(proposal["value"], "frame", at_most=self._n_frames)
