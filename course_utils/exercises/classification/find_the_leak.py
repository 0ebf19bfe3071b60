import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _clean_by_looking(train, test):
    kept = []
    for position, (_, speaker, recording) in enumerate(test):
        known = False
        for _, other_speaker, other_recording in train:
            same_voice = speaker.strip().lower() == other_speaker.strip().lower()
            if same_voice or recording == other_recording:
                known = True
        if speaker.strip() and not known:
            kept.append(position)
    return kept


def _two_words():
    train = [("one_01.wav", "Li Na", "r01"), ("one_02.wav", "Anna Maria", "r02")]
    people = "Lina", "  ", " li na ", "Anna", "Maria", "Anna Maria ", "Li Na"
    files = ("r11", "r12", "r13", "r14", "r02", "r16", "r17")
    return train, [(f"one_{n}.wav", who, of) for n, (who, of) in enumerate(zip(people, files, strict=True), start=11)]


def _manifests() -> list[Case]:
    train = [
        ("three_01.wav", "anna", "r01"),
        ("three_02.wav", "Bert", "r02"),
        ("seven_03.wav", "anna", "r01"),
        ("seven_09.wav", "", "r09"),
        ("one_05.wav", "dora ", "r05"),
    ]
    test = [
        ("three_11.wav", "Carl", "r11"),
        ("three_12.wav", "ANNA", "r12"),
        ("seven_13.wav", "Emil", "r02"),
        ("seven_14.wav", "", "r14"),
        ("one_15.wav", " bert", "r15"),
        ("one_16.wav", "Carl", "r11"),
        ("three_01.wav", "Fred", "r16"),
        ("one_17.wav", "Dora", "r17"),
        ("one_18.wav", "Annabel", "r18"),
    ]
    people = [f"s{n:02d}" for n in range(12)]
    rng = np.random.default_rng(3)
    rows = [(f"{n:03d}.wav", str(rng.choice(people)), f"r{rng.integers(70):02d}") for n in range(60)]
    return [
        case(train, test, says="nine test clips", gives=[0, 5, 6, 8]),
        case(train[:1], [("x.wav", "anna", "r77"), ("y.wav", "Gina", "r78")], says="a single training clip", gives=[1]),
        case(train, [("three_01.wav", "anna", "r01")], says="a test clip that is in training", gives=[]),
        case(rows[:12], rows[12:], says="a random split of 60 clips"),
        case([], test[:4], says="no training clips", gives=[0, 1, 2]),
        case(
            *_two_words(),
            says="names of two words, and one of blanks",
            gives=[0, 3],
        ),
        case(train, [], says="no test clips", gives=[]),
    ]


def clean_test(train, test):
    def voice(row):
        return row[1].strip().lower()

    voices = {voice(row) for row in train}
    recordings = {row[2] for row in train}
    return [n for n, row in enumerate(test) if voice(row) and voice(row) not in voices and row[2] not in recordings]


def _clean_with(is_leak, has_name=str.strip):
    """Keep what has a name and is no leak, ``is_leak(row, training rows)``."""
    return lambda train, test: [n for n, row in enumerate(test) if has_name(row[1]) and not is_leak(row, train)]


def _clean_by_names(key, is_among=lambda name, names: name in names, known=None):
    """Recordings compared as asked, and names by ``key(name)``, those of training by ``known(name)``."""
    known = known or key
    return _clean_with(
        lambda row, train: is_among(key(row[1]), [known(other[1]) for other in train]) or _same_recording(row, train)
    )


def _one_spelling(name):
    return name.strip().lower()


def _same_voice(row, train):
    return any(row[1].strip().lower() == other[1].strip().lower() for other in train)


def _same_recording(row, train):
    return any(row[2] == other[2] for other in train)


def _is_leak(row, train):
    return _same_voice(row, train) or _same_recording(row, train)


def _clean_inverted(train, test):
    kept = clean_test(train, test)
    return [n for n in range(len(test)) if n not in kept]


def _clean_one_each(train, test):
    kept, seen = [], list(train)
    for n, row in enumerate(test):
        if row[1].strip() and not _same_voice(row, seen) and not _same_recording(row, seen):
            kept.append(n)
            seen.append(row)
    return kept


def _clean_by_table(train, test):
    """Arrays of words, and membership by numpy."""
    if not train or not test:
        return np.flatnonzero([row[1].strip() != "" for row in test])
    ours, theirs = np.char.lower(np.char.strip(np.array(train))), np.char.lower(np.char.strip(np.array(test)))
    leaks = np.isin(theirs[:, 1], ours[:, 1]) | np.isin(theirs[:, 2], ours[:, 2])
    return np.flatnonzero(~leaks & (theirs[:, 1] != ""))


EXERCISE = Exercise(
    title="find the leak",
    stars=2,
    kind="repair",
    task="""
A student reports 99 % on spoken digits. The manifest has one row for each clip: file, speaker, and the recording that the clip was cut from. Before testing, a script takes out of the test set every *file* that is also in training, and finds none.

**Mend it.** A test clip leaks if its **speaker** is heard in training, or if its **recording** is: a recording may hold two speakers. Speakers were typed by hand: capitals mean nothing, nor do blanks before or after a name, so that `"Bert"`, `" bert"` and `"BERT "` are one person (but `"Li Na"` and `"Lina"` are two; inside a name no two blanks follow each other); recordings were numbered by the machine. A test clip whose speaker is not known (nothing but blanks) must go, too: nobody can say whether it leaks. What stays is compared with training only, not with other test clips. Return the positions in `test` of the clips that stay: whole numbers, counted from 0, in order.
""",
    given='''train = [
    ("three_01.wav", "anna", "r01"),
    ("three_02.wav", "Bert", "r02"),
    ("seven_03.wav", "anna", "r01"),
]
test = [
    ("three_11.wav", "Carl", "r11"),
    ("three_12.wav", "ANNA", "r12"),
    ("seven_13.wav", "Emil", "r02"),
    ("seven_14.wav", "", "r14"),
]


def published_clean_test(train, test):
    """As published: no file of the test set is in training."""
    files = [row[0] for row in train]
    return [position for position, row in enumerate(test) if row[0] not in files]


print("published: keeps", published_clean_test(train, test))''',
    form="Lists of rows (file, speaker, recording) in; the positions of the test rows that stay out.",
    answer="clean_test",
    spec=Function(cases=_manifests, expected=_clean_by_looking, integers=True),
    reference=clean_test,
    hints=(
        "Write down for each of the four test rows of the example whether the network has met the voice, or the room.",
        "Two sets are enough: the voices heard in training, each in one spelling, and the recordings.",
        "`name.strip().lower()` is one spelling of a name; what is left of blanks is the empty string, which is false.",
    ),
    wrongs=(
        Wrong(
            "files compared",
            "Only file names are compared: the same voice says the same word in another file, and the network knows the voice.",
            _clean_with(lambda row, train: row[0] in [other[0] for other in train], has_name=lambda name: True),
        ),
        Wrong(
            "names as they were typed",
            "Names are compared letter by letter, so that somebody typed in capitals, or with a blank, counts as a new person.",
            _clean_by_names(str),
        ),
        Wrong(
            "capitals, but not blanks",
            "Capitals are seen to, and a blank before or after a name still makes another person of it.",
            (
                _clean_by_names(str.lower),
                _clean_by_names(lambda name: name.lstrip().lower()),
                _clean_by_names(lambda name: name.rstrip().lower()),
            ),
        ),
        Wrong(
            "one table only",
            "Only the names of one of the tables are put into one spelling: both were typed by hand.",
            (
                _clean_by_names(_one_spelling, known=str),
                _clean_by_names(str, known=_one_spelling),
                _clean_by_names(lambda name: name.strip().capitalize(), known=str.strip),
            ),
        ),
        Wrong("blanks, but not capitals", "Blanks are seen to, capitals are not.", _clean_by_names(str.strip)),
        Wrong(
            "a name of blanks",
            "A name with nothing in it counts as a person here: it is unknown when nothing is left of it.",
            (_clean_with(_is_leak, has_name=bool), _clean_with(_is_leak, has_name=lambda name: not name.isspace())),
        ),
        Wrong(
            "blanks inside a name",
            "Blanks inside a name are dropped, too, so that two people become one.",
            _clean_by_names(lambda name: name.lower().replace(" ", "")),
        ),
        Wrong(
            "part of a name",
            "Different names count as the same where a part of them is: compare whole names.",
            (
                _clean_by_names(_one_spelling, lambda name, names: any(name in o for o in names)),
                _clean_by_names(lambda name: name.lower().split()[:1]),
            ),
        ),
        Wrong(
            "True and False",
            "This is a list of True and False, one for each test clip. The positions of those that stay are asked.",
            lambda train, test: [n in _clean_by_looking(train, test) for n in range(len(test))],
        ),
        Wrong(
            "the rows themselves",
            "These are the rows; their positions are asked, counted from 0.",
            lambda train, test: [test[n] for n in _clean_by_looking(train, test)],
        ),
        Wrong(
            "recordings forgotten",
            "Speakers are compared, recordings are not: a clip cut from a training recording brings its room, microphone and noise along.",
            _clean_with(_same_voice),
        ),
        Wrong(
            "voices forgotten",
            "Recordings are compared, speakers are not: the same person on another day is still the same throat.",
            _clean_with(_same_recording),
        ),
        Wrong(
            "both needed",
            "A clip is taken out only if its voice and its recording are both known; either of them is a leak.",
            _clean_with(lambda row, train: _same_voice(row, train) and _same_recording(row, train)),
        ),
        Wrong(
            "unknown speakers kept",
            "Clips without a speaker stay: nobody can say that they do not leak.",
            _clean_with(_is_leak, has_name=lambda name: True),
        ),
        Wrong("what leaks", "These are the clips that leak; those that stay are asked.", _clean_inverted),
        Wrong(
            "one clip of each voice",
            "Test clips are compared with other test clips, too: two clips of one new speaker are both fair.",
            _clean_one_each,
        ),
    ),
    after="A split by speaker alone would not do: put clips into one group as soon as they share a voice or a recording, and "
    "split the groups.",
    also_right=(_clean_by_looking, _clean_by_table),
)
