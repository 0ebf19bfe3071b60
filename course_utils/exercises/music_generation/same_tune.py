import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(a, b):
    """Note by note: every step in semitones, every ratio of lengths."""
    a, b = [tuple(map(float, note)) for note in a], [tuple(map(float, note)) for note in b]
    if len(a) != len(b):
        return False
    for (p, d), (q, e), (p2, d2), (q2, e2) in zip(a, a[1:], b, b[1:], strict=False):
        if q - p != q2 - p2 or abs(e / d - e2 / d2) > 1e-9:
            return False
    return True


def same_tune(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        return False
    moved, stretched = b[:, 0] - a[:, 0], b[:, 1] / a[:, 1]
    return bool(np.all(moved == moved[0]) and np.allclose(stretched, stretched[0]))


def _by_sets(a, b):
    shifts = {float(q) - float(p) for (p, _), (q, _) in zip(a, b, strict=False)}
    ratios = {round(float(e) / float(d), 9) for (_, d), (_, e) in zip(a, b, strict=False)}
    return len(a) == len(b) and len(shifts) == 1 and len(ratios) == 1


def _drawn() -> list[Case]:
    """Copies of nine drawn notes, half of them with one note an octave higher."""
    found = []
    rng = np.random.default_rng(16)
    for k in range(6):
        a = np.column_stack([rng.integers(55, 80, 9), rng.choice([0.25, 0.5, 1.0, 1.5], 9)])
        b = (a + [int(rng.integers(-9, 9)), 0]) * [1, rng.choice([0.5, 1, 2, 3])]
        if k % 2:
            b[int(rng.integers(1, 9)), 0] += 12
        found.append(case(a, b, says=f"a copy{' with one note an octave higher' if k % 2 else ''} of nine notes"))
    return found


def _cases() -> list[Case]:
    tune = np.array([(67, 1.0), (69, 0.5), (71, 0.5), (72, 1.0), (67, 2.0)])
    even = np.column_stack([tune[:, 0], np.ones(5)])
    up, slow = tune + [5, 0], tune * [1, 2]
    both = up * [1, 0.5]
    other_last, other_first = tune.copy(), tune.copy()
    other_last[-1, 0] += 1
    other_first[0, 0] -= 2
    turned, longer_end = tune.copy(), tune.copy()
    turned[:, 0] = 2 * 67 - tune[:, 0]
    longer_end[-1, 1] = 3.0
    order = tune[[0, 2, 1, 3, 4]]
    rhythm = tune.copy()
    rhythm[1:3, 1] = [0.75, 0.25]
    scaled = tune * [1.1, 1]
    found = [
        case(tune, tune, says="a tune and itself", gives=True),
        case(tune, up, says="a tune and a copy five semitones higher", gives=True),
        case(tune, slow, says="a tune and a copy in twice as long notes", gives=True),
        case(up, tune - [7, 0], says="two copies in two keys", gives=True),
        case(tune, both, says="a copy, higher and in shorter notes", gives=True),
        case(tune, tune + [19, 0], says="a copy more than an octave higher", gives=True),
        case(tune, tune - [25, 0], says="a copy two octaves and a semitone lower", gives=True),
        case(even, even * [1, 2], says="equal lengths, all doubled", gives=True),
        case(tune, other_last, says="another last note", gives=False),
        case(tune, other_first, says="another first note", gives=False),
        case(tune, turned, says="a tune turned upside down", gives=False),
        case(tune, order, says="the same notes in another order", gives=False),
        case(tune, rhythm, says="the same pitches in another rhythm", gives=False),
        case(tune, longer_end, says="a longer last note", gives=False),
        case(tune, tune[:-1], says="a tune without its last note", gives=False),
        case(tune[:-1], tune, says="a tune with one note more", gives=False),
        case(tune, scaled, says="pitches times 1.1", gives=False),
        case(tune[:1], up[:1], says="one note and one note", gives=True),
    ]
    return found + _drawn()


def _pitches(a, b):
    return [note[0] for note in a], [note[0] for note in b]


EXERCISE = Exercise(
    title="the same tune?",
    stars=1,
    kind="implement",
    task="""
A collection holds a tune twice, once in G and once in D, and the second time in notes twice as long. Before you split it into training and test, such pairs must be found.

**Write `same_tune(a, b)`.** Each tune is a table of notes (notes, 2): the pitch as a MIDI number, and the length in quarter notes. It is True if one is the other **transposed by any interval and with all lengths multiplied by any factor**, and False otherwise. There are no rests, and both have at least one note.
""",
    given="""import numpy as np

in_g = np.array([(67, 1.0), (69, 0.5), (71, 0.5), (72, 1.0), (67, 2.0)])
in_d = (in_g - [5, 0]) * [1, 2]
print("differences of pitch:", in_d[:, 0] - in_g[:, 0])
print("ratios of length:    ", in_d[:, 1] / in_g[:, 1])""",
    form="Two tables (notes, 2) of MIDI numbers and quarters; True or False.",
    answer="same_tune",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=same_tune,
    hints=(
        "What does not change when all pitches move by the same number, and what when all lengths are doubled?",
        "The differences b − a of the pitches must all be one number, and so must the ratios b / a of the lengths.",
        "First compare how many notes there are. Then `np.all(moved == moved[0])`, and the same for the ratios, with `np.allclose`.",
    ),
    wrongs=(
        Wrong(
            "absolute pitches",
            "It compares the pitches as they are, so that a transposed copy counts as another tune.",
            lambda a, b: np.shape(a) == np.shape(b) and bool(np.all(np.asarray(a)[:, 0] == np.asarray(b)[:, 0])),
        ),
        Wrong(
            "rhythm ignored",
            "The lengths are not looked at: the same pitches in another rhythm are another tune.",
            lambda a, b: len(a) == len(b) and len({q - p for p, q in zip(*_pitches(a, b), strict=True)}) == 1,
        ),
        Wrong(
            "lengths as they are",
            "It asks for equal lengths: a copy in notes twice as long is the same tune.",
            lambda a, b: (
                len(a) == len(b)
                and len({q - p for p, q in zip(*_pitches(a, b), strict=True)}) == 1
                and bool(np.all(np.asarray(a)[:, 1] == np.asarray(b)[:, 1]))
            ),
        ),
        Wrong(
            "pitches alone decide by ratio",
            "Pitches are compared by their ratios. A transposition adds: MIDI numbers are a logarithm of frequency.",
            lambda a, b: (
                len(a) == len(b)
                and np.allclose(np.divide(*_pitches(b, a)), np.divide(*_pitches(b, a))[0])
                and np.allclose(
                    np.asarray(b)[:, 1] / np.asarray(a)[:, 1], (np.asarray(b)[:, 1] / np.asarray(a)[:, 1])[0]
                )
            ),
        ),
        Wrong(
            "the shorter one decides",
            "Where one tune has more notes, only the beginning is compared: they are not the same.",
            lambda a, b: _by_definition(a[: min(len(a), len(b))], b[: min(len(a), len(b))]),
        ),
        Wrong(
            "up or down",
            "Only the direction of each step is compared, and not how far it goes.",
            lambda a, b: (
                len(a) == len(b)
                and bool(np.all(np.sign(np.diff(_pitches(a, b)[0])) == np.sign(np.diff(_pitches(a, b)[1]))))
                and np.allclose(
                    np.asarray(b)[:, 1] / np.asarray(a)[:, 1], (np.asarray(b)[:, 1] / np.asarray(a)[:, 1])[0]
                )
            ),
        ),
        Wrong(
            "an octave at most",
            "A copy more than an octave away is taken for another tune: any interval is allowed.",
            lambda a, b: _by_definition(a, b) and abs(float(b[0][0]) - float(a[0][0])) <= 12,
        ),
        Wrong(
            "differences of length",
            "Lengths are compared by their differences: twice as long notes have twice as large ones. Take ratios.",
            lambda a, b: (
                len(a) == len(b)
                and len({q - p for p, q in zip(*_pitches(a, b), strict=True)}) == 1
                and np.allclose(np.diff(np.asarray(a)[:, 1]), np.diff(np.asarray(b)[:, 1]))
            ),
        ),
        Wrong(
            "octaves folded",
            "Steps are compared modulo 12: a note an octave higher makes another tune.",
            lambda a, b: (
                len(a) == len(b)
                and len({(q - p) % 12 for p, q in zip(*_pitches(a, b), strict=True)}) == 1
                and np.allclose(
                    np.asarray(b)[:, 1] / np.asarray(a)[:, 1], (np.asarray(b)[:, 1] / np.asarray(a)[:, 1])[0]
                )
            ),
        ),
        Wrong(
            "order ignored",
            "It compares which steps there are and not their order.",
            lambda a, b: (
                len(a) == len(b)
                and sorted(np.asarray(a, float)[:, 0] - min(_pitches(a, b)[0]))
                == sorted(np.asarray(b, float)[:, 0] - min(_pitches(a, b)[1]))
                and np.allclose(
                    np.sort(np.asarray(b)[:, 1]) / np.sort(np.asarray(a)[:, 1]),
                    np.max(np.asarray(b)[:, 1]) / np.max(np.asarray(a)[:, 1]),
                )
            ),
        ),
    ),
    after="Variants differ by a note or two: compare runs of nine notes, as cu.music.melody_fingerprint does, and count how many are shared.",
    also_right=(_by_definition, _by_sets),
)
