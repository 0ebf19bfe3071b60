import functools

import numpy as np

from ... import augmentation as package
from ...practice.model import Exercise, Value, Wrong
from ._shared import _as_words


@functools.cache
def _plain_db():
    from ... import audio, mel, sound

    words, sample_rate = audio.load("speech/digits", dtype=np.float64)
    power = mel.mel_spectrogram(words[: 2 * sample_rate], sample_rate=sample_rate, n_fft=512, hop_length=160, n_mels=40)
    return sound.power_to_db(power, ref=np.max, floor_db=-60.0)


def four_pictures():
    """A log-mel spectrogram of two seconds as it was, and as four scripts have augmented it: A, B, C, D."""
    level_db = _plain_db()
    options = {"n_freq_masks": 1, "n_time_masks": 1, "max_freq_width": 6, "max_time_width": 25, "max_warp": 0}
    gone = {"n_freq_masks": 4, "n_time_masks": 6, "max_freq_width": 14, "max_time_width": 60, "max_time_share": 1.0}
    fine = package.spec_augment(level_db, rng=np.random.default_rng(20), **options)
    hidden = package.spec_augment(level_db, rng=np.random.default_rng(3), max_warp=0, **gone)
    loud = package.spec_augment(level_db, rng=np.random.default_rng(41), value=0.0, **options)
    moved = package.time_warp(level_db, source=40, target=120)
    return level_db, [hidden, fine, moved, loud]


def _pictures_truth():
    """What share was changed, to which level, and whether the columns have only changed places."""
    level_db, versions = four_pictures()
    words = []
    for version in versions:
        changed = version != level_db
        values = np.unique(version[changed])
        if len(values) > 1:
            words.append("moved")
        elif values[0] > level_db.max() - 1:
            words.append("loud")
        else:
            words.append("gone" if changed.mean() > 0.5 else "fine")
    return words


def pictures():
    a, b, c, d = "gone", "fine", "moved", "loud"
    return [a, b, c, d]


def what_is_seen() -> str:
    """Five sentences of coordinates, for those who hear the pictures read: what holds one value, and where sound is."""
    level_db, versions = four_pictures()
    words = [f"As it was: mean {level_db.mean():.0f} dB, {_where_it_sounds(level_db)}"]
    for name, version in zip("ABCD", versions, strict=True):
        bands, frames = (np.ptp(version, axis=axis) == 0 for axis in (1, 0))
        frames &= version.max(axis=0) > -60  # silence holds one value, too
        held = ""
        if bands.any():
            value_db = version[bands][0, 0]
            held = f"bands {_stretches(bands)} and times {_stretches(frames, 0.01)} s hold {value_db:.0f} dB; "
        words.append(f"{name}: {held}{_where_it_sounds(version)}")
    return ". ".join(words) + "."


def _where_it_sounds(level_db):
    return f"the lowest bands lie above -30 dB at {_stretches(level_db[:2].max(axis=0) > -30, 0.01)} s"


def _stretches(is_so, step=1):
    edges = np.flatnonzero(np.diff(is_so.astype(int), prepend=0, append=0)).reshape(-1, 2) * step
    return ", ".join(f"{first:.4g} to {end:.4g}" for first, end in edges)


EXERCISE = Exercise(
    title="these augmentations hurt: why?",
    stars=1,
    kind="read",
    task="""
Four scripts augment the log-mel spectrogram of two seconds of speech, and three of them make the recogniser worse. One of the four is **fine**. One hides with the **loud**est value instead of the mean. One hides so much that the words are **gone**. And one warps time so far that things have **moved** away from where the labels say they are. Which is which? Give a list of four words, for A, B, C and D.
""",
    given="""import course_utils as cu
from course_utils.exercises.augmentation import four_pictures, what_is_seen

level_db, versions = four_pictures()
picture = cu.plotting.Picture(5, 1, height_in=1.9, sharex=True)
for ax, values, name in zip(picture.axes, [level_db, *versions], ["as it was", *"ABCD"], strict=True):
    image = ax.imshow(values, origin="lower", aspect="auto", vmin=-60, vmax=0, cmap="magma", extent=(0, 2, 0, 40))
    ax.grid(visible=False)
    ax.set(ylabel="mel band", title=name)
    picture.figure.colorbar(image, ax=ax, label="dB re max", pad=0.01)
picture.axes[-1].set(xlabel="time in s")
picture.show(f"Five spectrograms of 40 bands and 2 s below each other. {what_is_seen()}")""",
    form='four of "fine", "loud", "gone", "moved"',
    answer="pictures",
    spec=Value(truth=_pictures_truth, options=("fine", "loud", "gone", "moved")),
    reference=pictures,
    hints=(
        "One of the four has no masks at all. Compare its columns with those of the picture at the top.",
        "What colour has the loudest value? And what colour has the mean, which lies far below it?",
        "Of the two with masks of the mean's colour, one leaves most of the picture, the other leaves islands.",
    ),
    wrongs=(
        Wrong(
            "loud taken for fine",
            "The masks of D are as bright as the loudest vowel: to the network that is the loudest thing in the clip. "
            "Those of the fine one have the colour of the mean.",
            _as_words("gone", "loud", "moved", "fine"),
        ),
        Wrong(
            "gone taken for fine",
            "A leaves islands of the words: more than half of it is hidden. The other one with masks of that colour "
            "hides a band and a moment.",
            _as_words("fine", "gone", "moved", "loud"),
        ),
        Wrong(
            "moved taken for fine",
            "C has no mask, but its words stand elsewhere than in the picture at the top: compare where they begin.",
            _as_words("gone", "moved", "fine", "loud"),
        ),
        Wrong(
            "gone and loud exchanged",
            "Look at the colours of the masks in A and D: which of the two is as bright as the brightest vowel?",
            _as_words("loud", "fine", "moved", "gone"),
        ),
        Wrong(
            "gone and moved exchanged",
            "A has masks, C has none: what has moved is still all there.",
            _as_words("moved", "fine", "gone", "loud"),
        ),
        Wrong(
            "loud and moved exchanged",
            "C has no masks, so that none of them can be loud; D has two bright ones.",
            _as_words("gone", "fine", "loud", "moved"),
        ),
    ),
    after="None of the three raises an error: look at a batch as the network gets it before you train.",
    also_right=(lambda: ("Gone", "Fine", "Moved", "Loud"), lambda: np.array(["gone", "fine", "moved", "loud"])),
)
