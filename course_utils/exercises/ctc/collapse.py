import itertools

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _collapse_by_definition(path, blank=0):
    """First the runs, then those that are no blanks."""
    runs = [int(symbol) for symbol, _ in itertools.groupby(np.asarray(path).tolist())]
    return np.array([symbol for symbol in runs if symbol != blank], int)


def _paths() -> list[Case]:
    rng = np.random.default_rng(13)
    return [
        case(np.array([0, 8, 5, 5, 0, 12, 0, 12, 15]), says="h e e _ with a double l", gives=[8, 5, 12, 12, 15]),
        case(np.array([3, 3, 3, 3]), says="one symbol in all frames", gives=[3]),
        case(np.array([2, 0, 2]), says="a symbol, a blank, the same symbol", gives=[2, 2]),
        case(np.array([0, 0, 0]), says="blanks only", gives=[]),
        case(np.array([4]), says="a single frame", gives=[4]),
        case(np.array([0]), says="a single blank", gives=[]),
        case(np.array([9, 1, 9, 1, 1, 9]), says="symbols that come back without a blank", gives=[9, 1, 9, 1, 9]),
        case(np.array([5, 5, 0, 0, 5, 5, 0]), says="runs on both sides of two blanks", gives=[5, 5]),
        case(np.array([5, 0, 0, 5, 2, 5]), says="the blank is class 5", blank=5, gives=[0, 2]),
        case(np.array([2, 0, 0, 2, 0, 1]), says="the blank is class 2", blank=2, gives=[0, 0, 1]),
        case(rng.integers(0, 3, 60), says="sixty frames of three classes"),
        case(np.repeat(rng.integers(0, 29, 40), 5), says="letters of five frames each"),
        case(rng.integers(0, 4, 31), blank=3, says="31 frames, the blank is the last class"),
        case(np.repeat(np.array([0, 700, 0, 700, 1]), 3), says="class numbers of three figures"),
    ]


def collapse(path, blank=0):
    is_new = np.ones(len(path), bool)
    is_new[1:] = path[1:] != path[:-1]
    return path[is_new & (path != blank)]


def _symbol_by_symbol(path, blank=0):
    found, before = [], None
    for symbol in path.tolist():
        if symbol not in (before, blank):
            found.append(symbol)
        before = symbol
    return found


def _blanks_first(path, blank=0):
    kept = path[path != blank]
    return kept[np.diff(kept, prepend=-1) != 0]


def _each_once(path, blank=0):
    return np.array([symbol for symbol in dict.fromkeys(path.tolist()) if symbol != blank], int)


def _sorted_once(path, blank=0):
    return np.setdiff1d(path, [blank])


def _first_lost(path, blank=0):
    return path[1:][(np.diff(path) != 0) & (path[1:] != blank)]


def _runs_with_blanks(path, blank=0):
    return path[np.diff(path, prepend=-1) != 0]


def _last_kept(path, blank=0):
    """What differs from the next one; the last frame has none."""
    return path[:-1][(np.diff(path) != 0) & (path[:-1] != blank)]


def _pairs_merged(path, blank=0):
    found, place = [], 0
    while place < len(path):
        found += [int(path[place])] if path[place] != blank else []
        place += 2 if place + 1 < len(path) and path[place + 1] == path[place] else 1
    return np.array(found, int)


def _blank_at(index_of):
    return lambda path, blank=0: _collapse_by_definition(path, index_of(path))


EXERCISE = Exercise(
    title="what a path spells",
    stars=1,
    kind="implement",
    task="""
A path names one class for each frame; it is an array of **whole numbers**. Write `collapse`, which gives what the path spells: **repeats are merged, then the blanks are taken out**. With 0 as the blank, 0 8 5 5 0 12 0 12 15 spells 8 5 12 12 15.

The blank is class 0 unless `blank` says otherwise: libraries put it first or last. The result is an array or a list of whole numbers; it may be empty.
""",
    form="Classes (frames,) and the class of the blank in; the symbols that are spelled out.",
    answer="collapse",
    spec=Function(cases=_paths, expected=_collapse_by_definition, integers=True),
    reference=collapse,
    hints=(
        "What does the blank between the two 12 do? Would it still do so if blanks were taken out first?",
        "A frame counts if it is not the blank and not the class of the frame before it. The first one has none before it.",
        "`path[1:] != path[:-1]` says of each frame but the first whether it is new.",
    ),
    wrongs=(
        Wrong(
            "blanks first",
            "The blanks are taken out before repeats are merged: two equal letters then stand side by side and become one. "
            "The blank between them is there to prevent just that.",
            _blanks_first,
        ),
        Wrong(
            "each symbol once",
            "Each symbol is kept once in the whole path, where only neighbouring frames are to be merged.",
            (_each_once, _sorted_once),
        ),
        Wrong(
            "repeats kept",
            "The blanks are gone, and every frame of a symbol that lasts is spelled: merge neighbours that are equal.",
            lambda path, blank=0: path[path != blank],
        ),
        Wrong(
            "blanks kept",
            "The repeats are merged, and the blanks still stand in the text.",
            _runs_with_blanks,
        ),
        Wrong(
            "blank always 0",
            "Class 0 is taken for the blank, whatever `blank` says.",
            _blank_at(lambda path: 0),
        ),
        Wrong(
            "blank is the largest class",
            "The largest class of the path is taken for the blank; which one it is stands in `blank`.",
            _blank_at(lambda path: int(path.max())),
        ),
        Wrong(
            "first frame lost",
            "The first frame has none before it and is dropped: a path that begins with a symbol loses it.",
            _first_lost,
        ),
        Wrong(
            "last frame lost",
            "Each frame is compared with the next one, and the last is dropped: a path that ends in a symbol loses it.",
            _last_kept,
        ),
        Wrong(
            "merged in pairs",
            "Two equal frames become one, and three become two: a run is one symbol, however long it lasts.",
            _pairs_merged,
        ),
        Wrong(
            "from the end",
            "The symbols are right, and stand in the order from the last to the first.",
            lambda path, blank=0: _collapse_by_definition(path, blank)[::-1],
        ),
        Wrong(
            "unlike neighbours only",
            "Only frames that differ from both neighbours are kept: a symbol that lasts two frames vanishes, and should count once.",
            lambda path, blank=0: np.array(
                [s for s, run in itertools.groupby(path.tolist()) if len(list(run)) == 1 and s != blank], int
            ),
        ),
    ),
    after="The order of the two steps is what lets a recogniser write a double letter at all, so test each decoder with one.",
    also_right=(_collapse_by_definition, _symbol_by_symbol),
)
