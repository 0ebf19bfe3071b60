"""A blind listening test: is X the sound A or the sound B? What chance would answer as well stands beside the result.

Lecture: text_to_speech
"""

import json
import math
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
import traitlets

from .. import _files, metrics
from .._checks import explorables as _checks
from .._checks import files
from .base import Explorable, Slider, sound_bytes

FEWEST, MOST = 5, 60  # trials: with four, even a guesser has all right more than once in 20 tests
FILE = "abx.jsonl"


@dataclass(frozen=True)
class AbxResult:
    """What a finished test says.

    Parameters
    ----------
    n_right, n_trials : int
    p_value : float
        How often a guesser has so many right or more: ``Σ_{k ≥ n_right} C(n_trials, k) / 2^n_trials``.
    interval : (float, float)
        Of the share that is right, 95 %: ``metrics.wilson_interval``. A guesser's share is 0.5.
    trials : list of (str, str)
        What X was, and what was answered, trial by trial.

    Lecture: text_to_speech
    """

    n_right: int
    n_trials: int
    p_value: float
    interval: tuple[float, float]
    trials: list[tuple[str, str]]


def guessing_p(n_right: int, n_trials: int) -> float:
    """How often a guesser has at least so many right: ``Σ_{k ≥ n_right} C(n_trials, k) / 2^n_trials``.

    Parameters
    ----------
    n_right, n_trials : int
        0 ≤ n_right ≤ n_trials ≤ 1000.

    Returns
    -------
    float
        One-sided and exact.

    Lecture: text_to_speech
    """
    n_trials = _checks.count(n_trials, "n_trials", maximum=1000)
    n_right = _checks.count(n_right, "n_right", minimum=0, maximum=n_trials)
    return sum(math.comb(n_trials, k) for k in range(n_right, n_trials + 1)) / 2**n_trials


def hidden_sounds(seed: int, n_trials: int) -> str:
    """What X is in each trial, "ABBA…": each drawn alone, as ``seededRandom`` of js/dsp.js draws, A below one half."""
    state, drawn, low = seed, "", 0xFFFFFFFF
    for _ in range(n_trials):
        state = (state + 0x6D2B79F5) & low
        mixed = ((state ^ (state >> 15)) * (state | 1)) & low
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & low)) & low
        drawn += "A" if (mixed ^ (mixed >> 14)) < 2**31 else "B"
    return drawn


def level_db(signal: np.ndarray) -> float:
    """The RMS level in dB re full scale, of a sound that is not silent."""
    return 10 * math.log10(np.mean(np.square(signal, dtype=np.float64)))


class Abx(Explorable):
    """Hear A, B and X, and say which of the two X is; nothing tells who is right before the last trial.

    X is A or B with probability ½ in each trial, whatever it was before. All three run in step, so that switching
    between them makes no gap. Keys: A, B and X to hear, 1 for “X is A”, 2 for “X is B”. Whoever hears no difference
    guesses, and so many right answers or more come with ``p = Σ_{k ≥ right} C(n, k) / 2^n``.

    Parameters
    ----------
    a, b : ndarray, shape (time,), within ±1
        Not silent; at most 500,000 samples together. The shorter one is followed by silence.
    sample_rate : float, Hz, 3,000…192,000
    n_trials : int, 5…60
        Fixed by the first answer.
    seed : int, 0…2³² − 1, optional
        Draws the same X in the same order again; without it they are new ones.
    match_levels : bool
        Turn the louder of the two down to the RMS level of the other: else the level alone tells them apart.
    title : str

    Attributes
    ----------
    answers : list of {"A", "B"}
        What has been answered so far; an empty list begins the test anew.
    note : str
        Where the result has been kept: a line of ``abx.jsonl`` in the folder that holds the progress.

    Source: Munson and Gardner 1950, "Standardizing auditory tests", Journal of the Acoustical Society of America
    22(5), for A, B and X; a binomial count of X alone.

    Lecture: text_to_speech
    """

    audio = traitlets.Bytes().tag(sync=True)
    sample_rate = traitlets.Float().tag(sync=True)
    levels_db = traitlets.List().tag(sync=True)
    turned_down_db = traitlets.List().tag(sync=True)
    seed = traitlets.TraitType(0).tag(sync=True)
    answers = traitlets.List().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    n_trials = Slider(10, FEWEST, MOST, label="number of trials")

    def __init__(
        self,
        a: np.ndarray,
        b: np.ndarray,
        sample_rate: float,
        *,
        n_trials: int = 10,
        seed: int | None = None,
        match_levels: bool = True,
        title: str = "A, B and X: which of the two is X?",
        **state,
    ):
        pair = [_checks.audible(sound, name) for sound, name in ((a, "a"), (b, "b"))]
        rate = _checks.number(sample_rate, "sample_rate", at_least=3000, at_most=192_000)
        levels = [level_db(sound) for sound in pair]
        if _checks.switch(match_levels, "match_levels"):
            pair = [sound * 10 ** ((min(levels) - level) / 20) for sound, level in zip(pair, levels, strict=True)]
        longest = max(map(len, pair))
        own = {
            "audio": sound_bytes([np.pad(sound, (0, longest - len(sound))) for sound in pair], "a and b"),
            "levels_db": [round(level_db(sound), 2) for sound in pair],
            "turned_down_db": [round(before - level_db(now), 2) for before, now in zip(levels, pair, strict=True)],
            "seed": secrets.randbits(32) if seed is None else seed,
            "sample_rate": float(rate),
            "title": _checks.text(title, "title"),
        }
        super().__init__(**own, n_trials=_checks.count(n_trials, "n_trials", minimum=FEWEST, maximum=MOST), **state)

    @traitlets.validate("seed")
    def _fits_32_bits(self, proposal):
        return _checks.count(proposal["value"], "seed", minimum=0, maximum=2**32 - 1)

    @traitlets.validate("answers")
    def _a_or_b(self, proposal):
        return _checks.abx_answers(proposal["value"], self.n_trials)

    @traitlets.validate("n_trials")
    def _not_once_it_has_begun(self, proposal):
        value = _checks.count(proposal["value"], "n_trials", minimum=FEWEST, maximum=MOST)
        _checks.abx_not_begun(len(self.answers), value, self.n_trials)
        return value

    def result(self) -> AbxResult:
        """How many are right, and how often a guesser would do as well.

        Returns
        -------
        AbxResult

        Raises
        ------
        ValueError
            Before the last trial has been answered.
        """
        _checks.abx_finished(len(self.answers), self.n_trials)
        hidden = hidden_sounds(self.seed, self.n_trials)
        trials = list(zip(hidden, self.answers, strict=True))
        n_right = sum(x == answer for x, answer in trials)
        interval = metrics.wilson_interval(n_right, self.n_trials)
        return AbxResult(n_right, self.n_trials, guessing_p(n_right, self.n_trials), interval, trials)

    @traitlets.observe("answers")
    def _keep(self, change):
        if len(change["new"]) < self.n_trials:
            self.note = ""
            return
        kept = {"title": self.title, "time": datetime.now(UTC).isoformat(timespec="seconds"), "seed": self.seed}
        self.note = keep_line(json.dumps(kept | asdict(self.result())))


def keep_line(line: str) -> str:
    """Add a line to the file of finished tests; returns the sentence that says where it is, or why it is not."""
    progress = _files.progress_file()
    if progress is None:
        return f"Not kept: {_files.VARIABLE} is off."
    path = progress.with_name(FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        return f"Not kept: {files.unwritable(path, error)}."
    return f"Kept in {path}."


def kept_results() -> list[dict]:
    """The finished tests that were kept, the oldest first: title, time, seed, and what ``AbxResult`` holds.

    Lines that cannot be read are left out.

    Lecture: text_to_speech
    """
    progress, found = _files.progress_file(), []
    try:
        lines = progress.with_name(FILE).read_text(encoding="utf-8", errors="replace").splitlines() if progress else []
    except OSError:
        return []
    for line in lines:
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


Abx.kept_results = staticmethod(kept_results)
