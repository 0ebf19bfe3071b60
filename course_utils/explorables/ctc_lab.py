"""A small table of posteriors to paint, and what CTC makes of it: lattice, paths, occupancy and loss.

Lecture: ctc
"""

from collections.abc import Sequence

import numpy as np
import traitlets

from .._checks import explorables as _checks
from .base import Explorable, Slider, Switch

LETTERS, DIGITS = ("_", *"helo"), ("_", *"0123456789")
N_FRAMES = 12
MOST_CLASSES, LONGEST = 12, 16  # of a reader's table: classes, frames
PAINTED = "painted"
WORDS = ("hello", "helo", "hell", "hole", "")
# One symbol a frame, and its probability; the others share the rest.
PATHS = {
    "hel_lo": ("_hhell_lloo_", 0.7),
    "hello without the blank between": ("_hhellllloo_", 0.7),
    "sharp: one frame a letter": ("_h__e_l_l_o_", 0.96),
    "flat, as if untrained": ("_" * N_FRAMES, 1 / len(LETTERS)),
}
# What a small convolutional network answers to two strings of voices that it has never heard: items 151 and 35 of
# DigitStrings("valid", 200, seed=3, n_digits=(2, 2), pause_s=(0, 0.05)). It has 262,000 weights, gives a frame every
# 80 ms, and was trained with CTC for two minutes on strings of one to three digits. Frame: probability, where it is not
# about 1 for the blank and 0.0001 at most for the others.
ONE_ONE, NINE_FIVE = "a recogniser: “one one”", "a recogniser: “nine five”, misheard"
RECOGNISED = {
    ONE_ONE: {
        "_": {4: 0.9394, 5: 0.0004, 6: 0.9667, 10: 0.0001, 11: 0.5271},
        "1": {4: 0.0606, 5: 0.9993, 6: 0.0329, 10: 0.9998, 11: 0.4726},
        "9": {5: 0.0003, 6: 0.0002, 11: 0.0002},
    },
    NINE_FIVE: {
        "_": {5: 0.0086, 6: 0.0028, 11: 0.0001},
        "1": {11: 0.0002},
        "5": {11: 0.0006},
        "9": {5: 0.9913, 6: 0.9971, 11: 0.9992},
    },
}
SPOKEN = {ONE_ONE: ("11", "1", ""), NINE_FIVE: ("95", "99", "")}


def spread(path: str, probability: float, symbols: Sequence[str] = LETTERS) -> np.ndarray:
    """Posteriors (classes, frames): ``probability`` for the symbol of the path, the rest in equal parts."""
    rest = (1 - probability) / (len(symbols) - 1)
    return np.array([[probability if symbol == here else rest for here in path] for symbol in symbols])


def recognised(name: str) -> np.ndarray:
    """A table of ``RECOGNISED``, (classes, frames), each column scaled to a sum of 1."""
    values = spread("_" * N_FRAMES, 1, DIGITS) + 1e-4
    for symbol, frames in RECOGNISED[name].items():
        for frame, probability in frames.items():
            values[DIGITS.index(symbol), frame - 1] = probability
    return values / values.sum(axis=0)


def greedy(posteriors: np.ndarray, symbols: Sequence[str]) -> str:
    """The likeliest symbol of each frame, repeats merged and blanks dropped."""
    path = posteriors.argmax(axis=0)
    kept = path[np.diff(path, prepend=0) != 0]
    return "".join(symbols[k] for k in kept if k)


def course_tables() -> list[dict]:
    """Name, symbols, posteriors (classes, frames) and targets of each table that comes with the course."""
    tables = [(name, LETTERS, spread(*path), WORDS) for name, path in PATHS.items()]
    tables += [(name, DIGITS, recognised(name), targets) for name, targets in SPOKEN.items()]
    return [
        {"name": name, "symbols": list(symbols), "posteriors": values.tolist(), "targets": list(targets)}
        for name, symbols, values, targets in tables
    ]


def own_table(posteriors, symbols, targets) -> dict:
    """A reader's table, as ``course_tables`` has those of the course."""
    values = _checks.posteriors(posteriors, classes=MOST_CLASSES, frames=LONGEST)
    symbols = _checks.symbols(symbols, len(values))
    if targets is None:
        targets = list(dict.fromkeys([greedy(values, symbols), ""]))
    targets = _checks.spelled(targets, "targets", symbols)
    values = values / values.sum(axis=0)
    return {"name": "yours", "symbols": symbols, "posteriors": values.tolist(), "targets": targets}


def raised(column: np.ndarray, row: int, probability: float) -> np.ndarray:
    """A column with one value changed; the others keep their proportions, or share alike where all of them are 0."""
    rest, left = column.sum() - column[row], 1 - probability
    others = column * left / rest if rest > 1e-12 else np.full(len(column), left / (len(column) - 1))
    others[row] = probability
    return others / others.sum()


def raised_without_blank(column: np.ndarray, row: int, probability: float) -> np.ndarray:
    """As ``raised``, for the share of a symbol in what the blank leaves; a blank that leaves nothing gives way."""
    if row == 0:
        return column
    blank = column[0] if column[0] < 1 else 0.0
    shares = column[1:] if column[1:].any() else np.ones(len(column) - 1)
    return np.r_[blank, (1 - blank) * raised(shares / shares.sum(), row - 1, probability)]


def _union(lists) -> tuple:
    """What stands in any of the lists, each once, in the order in which it first stands."""
    return tuple(dict.fromkeys(entry for entries in lists for entry in entries))


class CtcLab(Explorable):
    """Paint posteriors ``y_k(t)`` and see ``p(target) = Σ_π Π_t y_{π(t)}(t)`` over all paths π that collapse to it.

    A path has one symbol a frame; it collapses where equal neighbours are merged and then blanks are dropped. The
    lattice holds ``α_t(s)``, the sum over all beginnings of paths that have come to state s in frame t, as a natural
    logarithm; the states are the target's symbols with a blank before, between and behind them. The occupancy
    ``γ_t(k)`` is the part of p(target) whose paths have symbol k in frame t: the gradient of −ln p(target) by the
    scores in front of the softmax is ``y − γ``, so a step of training pulls y towards γ. Without the blank its row is
    taken out and the others are scaled to sum to 1 again; then nothing can part two equal symbols.

    Parameters
    ----------
    posteriors : array, shape (classes, frames), optional
        A table of your own in place of those of the course: 2 to 12 classes, of which the first is the blank, and 1 to
        16 frames. Each column sums to 1.
    symbols : str or sequence of str, optional
        One character for each class, the first for the blank; "_abcd…" by default. With ``posteriors`` only.
    targets : sequence of str, optional
        What may be chosen as ``target`` for your table; by default what greedy decoding reads in it, and nothing. With
        ``posteriors`` only.
    preset : str
        The table: "hel_lo", "hello without the blank between", "sharp: one frame a letter", "flat, as if untrained",
        "a recogniser: “one one”", "a recogniser: “nine five”, misheard", or "yours"; "painted" once a cell has been
        changed.
    target : str
        What should be read: "hello", "helo", "hell", "hole", "" (nothing), "11", "1", "95" or "99"; or one of
        ``targets``.
    blank : bool
    frame : int, 1…12
        Up to which the lattice is filled, and whose cell is painted.
    symbol : str
        Whose cell is painted.
    probability : float, 0…1
        Of this cell; the rest of its column keeps its proportions.

    Raises
    ------
    ValueError
        If the table is of another shape, holds logarithms or has a column whose sum is not 1, or if the target has a
        symbol that the table lacks.

    Source
    ------
    Graves, Fernández, Gomez and Schmidhuber, "Connectionist temporal classification", ICML 2006, equations 3 to 16.

    Lecture: ctc
    """

    title = traitlets.Unicode("CTC on a table to paint").tag(sync=True)
    tables = traitlets.List().tag(sync=True)
    symbols = traitlets.List().tag(sync=True)
    posteriors = traitlets.List().tag(sync=True)
    preset = traitlets.TraitType("").tag(sync=True)
    target = traitlets.TraitType("").tag(sync=True)
    blank = Switch(True, label="with the blank")
    frame = Slider(1, 1, LONGEST, label="frame")
    symbol = traitlets.TraitType("").tag(sync=True)
    probability = Slider(0.5, 0, 1, step=0.01, label="its probability")

    def __init__(
        self,
        posteriors: np.ndarray | None = None,
        symbols: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
        **state,
    ):
        _checks.only_with_posteriors(posteriors, symbols=symbols, targets=targets)
        tables = course_tables() if posteriors is None else [own_table(posteriors, symbols, targets)]
        names = [table["name"] for table in tables]
        table = tables[names.index(_checks.choice(state.get("preset", names[0]), "preset", names))]
        values, n_frames = np.array(table["posteriors"]), len(table["posteriors"][0])
        frame = _checks.count(state.get("frame", min(7, n_frames)), "frame", maximum=n_frames)
        symbol = _checks.choice(state.get("symbol", table["symbols"][0]), "symbol", table["symbols"])
        target = _checks.choice(state.get("target", table["targets"][0]), "target", table["targets"])
        row = table["symbols"].index(symbol)
        state = {"preset": table["name"], "target": target, "frame": frame, "symbol": symbol} | state
        if "probability" in state:
            wanted = _checks.number(state["probability"], "probability", at_least=0, at_most=1)
            paint = raised if _checks.switch(state.get("blank", True), "blank") else raised_without_blank
            values[:, frame - 1] = paint(values[:, frame - 1], row, wanted)
            state["preset"] = PAINTED
        state |= {"probability": float(values[row, frame - 1]), "posteriors": values.tolist()}
        self._tables = tables
        super().__init__(tables=tables, symbols=table["symbols"], **state)

    @traitlets.default("controls")
    def _list_controls(self):
        slider = {control["name"]: control for control in super()._list_controls()}
        n_frames = len(self._tables[0]["posteriors"][0])
        options = {
            "preset": ("posteriors", [*(table["name"] for table in self._tables), PAINTED]),
            "target": ("target", _union(table["targets"] for table in self._tables)),
            "symbol": ("symbol to paint", _union(table["symbols"] for table in self._tables)),
        }
        choice = {
            name: {"name": name, "kind": "choice", "label": label, "options": list(values)}
            for name, (label, values) in options.items()
        }
        frame = slider["frame"] | {"high": n_frames, "unit": f"of {n_frames}"}
        return [choice["preset"], choice["target"], slider["blank"], frame, choice["symbol"], slider["probability"]]

    @traitlets.validate("preset", "target", "symbol")
    def _one_of_the_options(self, proposal):
        name = proposal["trait"].name
        (options,) = (control["options"] for control in self.controls if control["name"] == name)
        return _checks.choice(proposal["value"], name, options)

    @traitlets.validate("frame")
    def _within_the_table(self, proposal):
        return _checks.count(proposal["value"], "frame", maximum=len(self._tables[0]["posteriors"][0]))

    @traitlets.validate("posteriors")
    def _as_large_as_a_table(self, proposal):
        table = _checks.posteriors(proposal["value"], classes=MOST_CLASSES, frames=LONGEST, tolerance=1e-6)
        _checks.shaped(table, "posteriors", [np.shape(known["posteriors"]) for known in self._tables])
        return table.tolist()
