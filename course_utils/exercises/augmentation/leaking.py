import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _leaks_by_definition(train, test):
    found = []
    for number, (speaker, _, noise) in enumerate(np.asarray(test).tolist()):
        leaks = False
        for other_speaker, _, other_noise in np.asarray(train).tolist():
            if speaker == other_speaker or (noise != -1 and noise == other_noise):
                leaks = True
        if leaks:
            found.append(number)
    return found


def _splits() -> list[Case]:
    rng = np.random.default_rng(4)
    train = np.array([[3, 1, -1], [3, 2, 0], [5, 1, 4], [8, 7, -1]])
    test = np.array([[9, 1, -1], [5, 9, -1], [6, 2, 0], [7, 3, 2], [3, 1, -1], [2, 7, -1], [1, 5, 3], [4, 0, 4]])

    def drawn(n, first, last):
        return np.stack([rng.integers(first, last, n), rng.integers(0, 5, n), rng.integers(-1, 6, n)], axis=1)

    return [
        case(train, test, says="eight clips by hand", gives=[1, 2, 4, 7]),
        case(np.array([[3, 1, -1]]), np.array([[4, 1, -1], [3, 2, -1]]), says="the same take number", gives=[1]),
        case(np.array([[3, 1, 2]]), np.array([[4, 5, 3], [3, 7, 4]]), says="another take of a speaker", gives=[1]),
        case(np.array([[3, 1, 0]]), np.array([[1, 3, 3], [4, 2, 0]]), says="two speakers in one rain", gives=[1]),
        case(drawn(6, 0, 6), drawn(25, 4, 12), says="25 clips of eight speakers"),
        case(drawn(3, 0, 3), drawn(30, 3, 12), says="30 clips, no speaker in common"),
        case(
            np.array([[3, 1, 0], [3, 2, 4]]),
            np.array([[1, 3, 0], [3, 2, 4], [0, 3, 3], [3, 5, -1]]),
            says="noise first, then both, then the voice",
            gives=[0, 1, 3],
        ),
        case(train[:1], test[:1], says="nothing in common", gives=[]),
        case(
            np.array([[2**24, 1, -1], [7, 1, 2**53]]),
            np.array([[2**24 + 1, 1, -1], [8, 1, 2**53 + 1]]),
            says="large numbers that differ by 1",
            gives=[],
        ),
        case(train[:0], test, says="no training clips", gives=[]),
        case(np.array([[0, 1, -1]]), np.array([[0, 3, -1], [5, 1, -1]]), says="speaker number 0", gives=[0]),
        case(
            np.array([[7, 1, 9]]),
            np.array([[2**32 + 7, 1, -1], [8, 1, 2**32 + 9], [7, 1, 3]]),
            says="numbers that differ by 2³²",
            gives=[2],
        ),
    ]


def leaking(train, test):
    same_voice = (test[:, 0, np.newaxis] == train[:, 0]).any(axis=1)
    same_noise = (test[:, 2, np.newaxis] == train[:, 2]).any(axis=1)
    return np.flatnonzero(same_voice | same_noise & (test[:, 2] >= 0))


def _leaks_if(shared):
    """The numbers of the clips for which ``shared(clip, other)`` holds for some other of the training set."""
    return lambda train, test: np.array(
        [n for n, clip in enumerate(test) if any(shared(clip, other) for other in train)], int
    )


def _same_noise(clip, other):
    return clip[2] >= 0 and clip[2] == other[2]


def _from_training(train, test):
    return _leaks_by_definition(test, train)


def _voices_and_noises(train, test):
    return [
        *_leaks_if(lambda clip, other: clip[0] == other[0])(train, test),
        *_leaks_if(_same_noise)(train, test),
    ]


def _not_leaking(train, test):
    return np.setdiff1d(np.arange(len(test)), _leaks_by_definition(train, test))


def _speaker_zero_unknown(clip, other):
    return (clip[0] != 0 and clip[0] == other[0]) or _same_noise(clip, other)


def _in_32_bits(train, test):
    return _leaks_by_definition(train.astype(np.int32), test.astype(np.int32))


EXERCISE = Exercise(
    title="find the leak",
    stars=2,
    kind="implement",
    task="""
A digit recogniser scores 99 % on its test set and 70 % in the field. Its clips were augmented first and split afterwards. A set of clips is an array of whole numbers `(n_clips, 3)`, one row *(speaker, take, noise)* for each clip: who speaks, the number of that speaker's recording, and which recording of noise was mixed in, or −1 for a clean clip.

A clip of the test set **leaks** if its speaker, or the noise in it, occurs anywhere in the training set: the network has heard that voice, or has learned that rain. Write `leaking(train, test)`, which returns the numbers of the rows of `test` that leak: whole numbers, counted from 0, each once, from the first to the last. Clean clips share no noise.
""",
    form="Two arrays (n_clips, 3) of (speaker, take, noise) in, numbers of leaking test rows out.",
    answer="leaking",
    spec=Function(cases=_splits, expected=_leaks_by_definition, integers=True),
    reference=leaking,
    hints=(
        "Of the three numbers of a row, which one plays no part in what a leak is?",
        "One column of `test` against the same column of `train`, each with each: is any equal? Then the other column.",
        "A new axis makes the table of all pairs, `any(axis=1)` asks along it. What must be taken out of the noises?",
    ),
    wrongs=(
        Wrong(
            "only the same recording",
            "Only a clip of the very same recording counts here. Another take of the same speaker is the same voice.",
            _leaks_if(lambda clip, other: (clip[:2] == other[:2]).all()),
        ),
        Wrong(
            "the same recording, or the same noise",
            "Of a voice only the very same recording counts: the take has no say, one recording of a speaker is enough to know "
            "the voice.",
            _leaks_if(lambda clip, other: (clip[:2] == other[:2]).all() or _same_noise(clip, other)),
        ),
        Wrong(
            "speakers and noises in one set",
            "The numbers of speakers and of noises are looked up in one set: compare speakers with speakers and noises with noises.",
            lambda train, test: [
                n for n, (s, _, noise) in enumerate(test.tolist()) if {s, noise} & ({*train[:, 0], *train[:, 2]} - {-1})
            ],
        ),
        Wrong(
            "in floating point",
            "Large numbers that differ by 1 count as one: float32 holds whole numbers exactly up to 2²⁴ only, float64 up to 2⁵³. "
            "Compare whole numbers.",
            tuple(
                lambda train, test, kind=kind: _leaks_by_definition(train.astype(kind), test.astype(kind))
                for kind in (np.float32, np.float64)
            ),
        ),
        Wrong(
            "only identical clips",
            "Only a clip that is the same in all three numbers counts. An augmented copy is no new speaker.",
            _leaks_if(lambda clip, other: (clip == other).all()),
        ),
        Wrong(
            "noise forgotten",
            "Speakers are looked at, noises are not. A network that has learned one recording of rain knows it again.",
            _leaks_if(lambda clip, other: clip[0] == other[0]),
        ),
        Wrong(
            "speakers forgotten",
            "Noises are looked at, speakers are not: a voice of the training set leaks in any noise.",
            _leaks_if(_same_noise),
        ),
        Wrong(
            "no noise taken for a noise",
            "Two clean clips count as sharing their noise: −1 equals −1.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or clip[2] == other[2]),
        ),
        Wrong(
            "noise 0 taken for none",
            "Noise number 0 is left out: it is a recording like the others, −1 stands for none.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or (clip[2] > 0 and clip[2] == other[2])),
        ),
        Wrong(
            "both must be shared",
            "A clip counts only if voice *and* noise are known; one of them is enough to leak.",
            _leaks_if(lambda clip, other: clip[0] == other[0] and _same_noise(clip, other)),
        ),
        Wrong(
            "take numbers compared",
            "The number of a take counts too: take 1 of one speaker has nothing to do with take 1 of another.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or clip[1] == other[1] or _same_noise(clip, other)),
        ),
        Wrong(
            "rows of the training set",
            "These are rows of the training set that are known from the test set: the two are exchanged.",
            _from_training,
        ),
        Wrong(
            "listed twice",
            "The rows are not listed each once, from the first to the last: a clip can share both, voice and noise.",
            (_voices_and_noises, lambda train, test: sorted(_voices_and_noises(train, test))),
        ),
        Wrong(
            "in any column",
            "A number is looked for anywhere in the other table: speaker 3, take 3 and noise 3 have nothing in common.",
            _leaks_if(lambda clip, other: clip[0] in other or (clip[2] >= 0 and clip[2] in other)),
        ),
        Wrong(
            "clean clips left out",
            "Clean clips are never listed here. They share no noise, but their voices may be known.",
            _leaks_if(lambda clip, other: clip[2] >= 0 and (clip[0] == other[0] or clip[2] == other[2])),
        ),
        Wrong(
            "test clips compared with each other",
            "A speaker who occurs twice in the test set counts as known. Only training makes a voice known.",
            lambda train, test: sorted(
                {*_leaks_by_definition(train, test), *(n for n in range(len(test)) if test[n, 0] in test[:n, 0])}
            ),
        ),
        Wrong(
            "True and False",
            "This is a list of True and False, one for each row. The numbers of the rows that leak are asked.",
            lambda train, test: np.isin(np.arange(len(test)), _leaks_by_definition(train, test)),
        ),
        Wrong(
            "the rows themselves",
            "These are the rows; their numbers are asked, counted from 0.",
            lambda train, test: test[np.array(_leaks_by_definition(train, test), int)],
        ),
        Wrong(
            "counted from 1",
            "The rows are counted from 1: the first row of an array has the number 0.",
            lambda train, test: [n + 1 for n in _leaks_by_definition(train, test)],
        ),
        Wrong(
            "what does not leak",
            "These are the rows that do not leak: the answer is the rest of them.",
            _not_leaking,
        ),
        Wrong(
            "speaker 0 taken for none",
            "0 is the number of a speaker like any other. Only of noises does a number, −1, say that there is none.",
            _leaks_if(_speaker_zero_unknown),
        ),
        Wrong(
            "in few bits",
            "Numbers that differ by 2³² are one and the same in 32 bits: leave them in the type in which they come.",
            _in_32_bits,
        ),
    ),
    after="Split by speaker and by recording of noise first, and augment afterwards: then this list is empty by construction.",
    also_right=(
        _leaks_by_definition,
        _leaks_if(lambda clip, other: clip[0] == other[0] or _same_noise(clip, other)),
    ),
)
