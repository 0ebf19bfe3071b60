import numpy as np

from ... import augmentation as package
from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import calls_of, lost, no_calls, one_for_all, trained

RATE = 8000
WHITE = np.array([0, 2, 4, 5, 7, 9, 11])
NOTES = np.tile(np.arange(12), 12)  # of the test: twelve instruments, twelve notes each
IS_WHITE = np.isin(NOTES, WHITE)
LEAST = 130  # 90 % of 144


def _tones(n_instruments, notes, seed):
    rng, t_s = np.random.default_rng(seed), np.arange(2000) / RATE
    tones = []
    for _ in range(n_instruments):
        level_db = np.append(rng.uniform(-10, 0), rng.uniform(-25, 0, 7))
        for note in notes:
            semitones = note + 12 * rng.integers(2) + rng.uniform(-0.15, 0.15)
            f0_hz, decay = 261.63 * 2 ** (semitones / 12), np.exp(-t_s * rng.uniform(0, 8))
            waves = [
                10 ** (level / 20) * np.sin(2 * np.pi * (k * f0_hz * t_s + rng.uniform()))
                for k, level in enumerate(level_db, 1)
                if k * f0_hz < 3800
            ]
            tones.append(package.add_noise(0.1 * sum(waves) * decay, rng.uniform(10, 30), rng=rng))
    return tones


def played_notes():
    """Tones of fourteen instruments on the seven white keys, which note each is, and 144 tones of twelve others."""
    return _tones(14, WHITE, 0), np.tile(WHITE, 14), _tones(12, range(12), 1)


def spectra(tones):
    """Log spectra, (tones, 150 bins), 36 bins an octave from 200 Hz up, each with mean 0 and standard deviation 1."""
    bins_hz, grid_hz = np.fft.rfftfreq(4096, 1 / RATE), 200 * 2 ** (np.arange(150) / 36)
    size = [np.abs(np.fft.rfft(np.asarray(tone) * np.hanning(len(tone)), 4096)) for tone in tones]
    level = np.log([np.interp(grid_hz, bins_hz, one) + 1e-3 for one in size])
    return (level - level.mean(axis=1, keepdims=True)) / level.std(axis=1, keepdims=True)


def _off(answer):
    """By how many semitones each call misses, −6 to 5."""
    return (calls_of(answer) - NOTES + 6) % 12 - 6


def _blurred(answer):
    off, is_black_called = _off(answer), ~np.isin(calls_of(answer), WHITE)
    n_white, n_near = int((off == 0)[IS_WHITE].sum()), int((np.abs(off)[IS_WHITE] <= 2).sum())
    if not is_black_called.any() and n_white < 79:
        return (
            f"No black key is ever called, and of 84 white ones {n_white} are right, {n_near - n_white} more within two semitones "
            "of right. Did tones change their pitch and keep their note? That makes neighbours alike, and no note new."
        )
    return None


def _never_black(answer):
    off = _off(answer)
    if not (off == 0)[~IS_WHITE].any():
        return (
            f"{int((off == 0)[IS_WHITE].sum())} of 84 white keys are right and 0 of 60 black ones. "
            "A class without one example is never learned. Which change of a tone you have makes an example of it?"
        )
    return None


def _wrong_way(answer):
    off = _off(answer)
    n_wrong, n_even = int((off != 0).sum()), int((np.isin(off, (-4, -2, 2, 4))).sum())
    if n_wrong > 40 and n_even > 0.7 * n_wrong:
        return (
            f"{n_wrong} of 144 are wrong, and {n_even} of these by two or four semitones: twice a shift. In which direction did "
            "the tone move, and in which its note?"
        )
    return None


def _without_the_old(answer):
    is_right = _off(answer) == 0
    n_white, n_black = int(is_right[IS_WHITE].sum()), int(is_right[~IS_WHITE].sum())
    if n_black > 45 and n_white < 50:
        return (
            f"{n_black} of 60 black keys are right, and {n_white} of 84 white ones. Where did the tones go that were played? "
            "They belong in the training beside those that were made from them."
        )
    return None


def _too_few(answer):
    is_right = _off(answer) == 0
    if is_right.sum() < LEAST:
        return (
            f"{is_right.sum()} of 144 notes are right, and {LEAST} are asked: {is_right[IS_WHITE].sum()} of 84 white keys, "
            f"{is_right[~IS_WHITE].sum()} of 60 black ones. Measure the pitch of a shifted tone, and compare it with its note."
        )
    return None


def called():
    import numpy as np

    from course_utils import augmentation

    tones, notes, asked = played_notes()
    versions, their_notes = list(tones), list(notes)
    for n_semitones in (-2, -1, 1, 2):
        for tone, note in zip(tones, notes, strict=True):
            versions.append(augmentation.change_speed(tone, round(2 ** (n_semitones / 12), 2)))
            their_notes.append((note + n_semitones) % 12)
    call = trained(spectra(versions), np.array(their_notes))
    return call(spectra(asked))


def _by_the_picture():
    """Three bins of the spectrum are a semitone: the picture is moved, not the sound."""
    tones, notes, asked = played_notes()
    seen = spectra(tones)
    seen = np.concatenate([seen, np.roll(seen, 3, axis=1), np.roll(seen, -3, axis=1)])
    return trained(seen, np.concatenate([notes, notes + 1, notes - 1]) % 12)(spectra(asked)).tolist()


def _white_below(places):
    """Right on white keys, the white key below for black ones, one up for the white keys at some places."""

    def answer():
        called = np.where(IS_WHITE, NOTES, NOTES - 1)
        where = np.flatnonzero(IS_WHITE)[places]
        called[where] = WHITE[(np.searchsorted(WHITE, NOTES[where]) + 1) % 7]
        return called

    return answer


EXERCISE = Exercise(
    title="the notes that nobody played",
    stars=2,
    kind="train",
    task=f"""
Fourteen instruments were recorded, each on the seven white keys of a keyboard: C is 0, D is 2, and so on to B, 11, in either of two octaves. A network is to name **all twelve** notes, those of the black keys (1, 3, 6, 8, 10) among them, on twelve other instruments. Nobody has played it a black key.

**Train it nevertheless**, by augmentation of `tones` and `notes`. Hand in `called`, an array (144,): the number of the note, 0 to 11, for each tone of `asked`, in its order. At least **{LEAST} must be right**. `spectra(tones)` makes what a network sees, and `trained(spectra, notes)` gives a trained one, as a function, in a second.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.augmentation import played_notes, spectra, trained

tones, notes, asked = played_notes()  # all at 8,000 Hz
call = trained(spectra(tones), notes)
is_black = np.isin(notes, (1, 3, 6, 8, 10))
print(f"{len(tones)} tones to learn from, {is_black.sum()} of them on black keys")
print(f"the first seven are {notes[:7]} and are called {call(spectra(tones[:7]))}")
cu.audio.play(np.concatenate(asked[:12]), 8000, caption="Which of these twelve tones lie on black keys?")""",
    form="array (144,) of notes, 0 to 11",
    answer="called",
    spec=Design(
        properties=(
            Property("no notes", no_calls(144, 12)),
            Property("one for all", one_for_all(144, 12)),
            Property("lost its notes", lost(NOTES)),
            Property("the wrong way", _wrong_way),
            Property("blurred", _blurred),
            Property("never black", _never_black),
            Property("without the old", _without_the_old),
            Property("too few", _too_few),
        ),
        score=lambda answer: float((_off(answer) == 0).mean() * 100),
        unit="% of the notes",
        best=100,
        smaller_is_better=False,
    ),
    reference=called,
    hints=(
        "Augmentation must leave the label true. Here it may also make another label true, if you know which.",
        "A C that is played a semitone higher is a C sharp: what number does its note have then? And a B, 11?",
        "For each shift n of −2, −1, 1, 2: `change_speed(tone, round(2 ** (n / 12), 2))` beside `(note + n) % 12`, and the old ones.",
    ),
    wrongs=(
        Wrong("no notes", "", (lambda: np.where(NOTES == 0, 12, NOTES), lambda: np.eye(12)[NOTES])),
        Wrong("one for all", "", lambda: np.zeros(144, int)),
        Wrong("lost its notes", "", (lambda: NOTES[::-1], lambda: (NOTES + 1) % 12)),
        Wrong("blurred", "", _white_below(slice(0, 30))),
        Wrong("never black", "", (_white_below(slice(0, 1)),)),
        Wrong("the wrong way", "", (lambda: np.where(IS_WHITE, NOTES, (NOTES - 2) % 12),)),
        Wrong("without the old", "", lambda: np.where(IS_WHITE & ~np.isin(NOTES, (0, 5)), NOTES + 1, NOTES) % 12),
        Wrong("too few", "", (lambda: np.where(np.arange(144) < 20, (NOTES + 5) % 12, NOTES))),
    ),
    after="Where a change moves the label in a way you know, as a shift moves a note or a flip a direction, move it along: "
    "that is how gaps in a data set are filled.",
    also_right=(_by_the_picture,),
)
