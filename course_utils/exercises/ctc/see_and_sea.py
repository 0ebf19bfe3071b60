import itertools
import math

from ...practice.model import Exercise, Value, Wrong


def _truth():
    """All paths of six frames over the letters and the blank, collapsed one by one; other letters never help."""
    spelled = [
        "".join(symbol for symbol, _ in itertools.groupby(path) if symbol != "_")
        for path in itertools.product("_sea", repeat=6)
    ]
    return [spelled.count("sea"), spelled.count("see")]


def n_paths():
    found = []
    for shortest in ("sea", "se_e"):
        left = 6 - len(shortest)
        n_places = 2 * 3 + 1  # a blank before, between and behind the letters, and the letters themselves
        found.append(math.comb(left + n_places - 1, n_places - 1))
    return found


EXERCISE = Exercise(
    title="how many ways to say sea, and see?",
    stars=1,
    kind="predict",
    task="""
A clip has 6 frames. A path names one symbol for each frame, a letter or the blank; to collapse it, repeats are merged first, and then the blanks taken out. **How many paths spell *sea*, and how many spell *see*?** Give a list of two whole numbers. Pen and paper will do.
""",
    answer="n_paths",
    form="[sea, see]",
    spec=Value(truth=_truth, absolute=0.01),  # whole numbers are asked
    reference=n_paths,
    hints=(
        "Write the shortest path of each. How many frames does it need, and how many of the six are left over?",
        "A frame that is left over makes one of the stretches longer. There are seven: three letters, and a blank before, "
        "between and behind them, which may have no frame at all.",
        "r frames go to 7 places in C(r + 6, 6) ways. *sea* needs three frames, *see* four.",
    ),
    wrongs=(
        Wrong(
            "double letter as any other",
            "*sea* is right, and *see* is not: without a blank between the two letters e, its repeats are merged, and *se* is left.",
            lambda: [84, 84],
        ),
        Wrong(
            "exchanged",
            "The two numbers are exchanged: the text that needs more frames leaves fewer to be spread.",
            lambda: [28, 84],
        ),
        Wrong(
            "no blanks",
            "The letters are stretched and the blanks forgotten: a path may have blanks before, between and behind them.",
            (lambda: [10, 10], lambda: [10, 4], lambda: [10, 0], lambda: [10, 6]),
        ),
        Wrong(
            "letters not stretched",
            "The blanks are spread and the letters last one frame each: a letter may be repeated, too.",
            (lambda: [20, 10], lambda: [20, 20]),
        ),
        Wrong(
            "blanks between only",
            "The blanks between the letters are counted; before the first and behind the last there may be some as well.",
            (lambda: [35, 15], lambda: [35, 35]),
        ),
        Wrong(
            "one frame too few",
            "These are the numbers for a clip of five frames; this one has six.",
            lambda: [28, 7],
        ),
        Wrong(
            "one frame too many",
            "These are the numbers for a clip of seven frames; this one has six.",
            lambda: [210, 84],
        ),
        Wrong(
            "two blanks needed",
            "One blank between the two letters e is enough; here two frames were set aside for it.",
            lambda: [84, 7],
        ),
        Wrong(
            "all paths",
            "That is the number of all paths over the letters and the blank, whatever they spell.",
            (lambda: [4**6, 3**6], lambda: [27**6, 27**6], lambda: [4**6, 4**6]),
        ),
    ),
    after="The count grows so fast that seven digits in 75 frames have more than 10¹⁵ paths, which is why they are summed "
    "frame by frame and never listed.",
    also_right=(lambda: [84, 28], lambda: (84.0, 28.0)),
)
