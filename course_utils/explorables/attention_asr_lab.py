"""Attention over a spoken string of digits, to be bent: rows skip, repeat and change their order, and are heard.

Lecture: attention_asr
"""

import csv
import functools
from collections.abc import Sequence

import numpy as np
import traitlets

from .. import audio
from .._checks import explorables as _checks
from .base import Choice, Explorable, Slider, clip_at, sound_bytes

RATE, HOP = 8000, 160  # Hz; samples, of a frame
LONGEST_S, MOST_WORDS, MOST_ROWS = 8.0, 8, 12
NARROWEST_S, WIDEST_S = 0.01, 2.0
PEAK_S = 0.02
INSIDE = 1.75  # half a word in widths of its row: 92 % of the row lie on it
PAUSE_S = 0.16
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VOICE, TAKE = ("valid", "slt"), 7  # of data/digits: split and speaker, and which of its recordings of the ten words
BENT = "bent by hand"
PRESETS = ("diagonal", "skip", "loop", "swapped", "spread", "peaks")


@functools.cache
def spoken_words() -> tuple[np.ndarray, ...]:
    """ "zero" to "nine" by one voice of ``data/digits``, 8 kHz."""
    with (audio.DATA_FOLDER / "digits" / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["split"], row["speaker"]) == VOICE]
    rows = rows[len(WORDS) * TAKE : len(WORDS) * (TAKE + 1)]
    starts, lengths = ([int(row[name]) for row in rows] for name in ("start", "length"))
    first, last = starts[0], starts[-1] + lengths[-1]
    part = {"start_s": first / RATE, "duration_s": (last - first) / RATE}
    recording, _ = audio.load(f"digits/{VOICE[0]}", mono=True, **part)
    return tuple(recording[start - first :][:length] for start, length in zip(starts, lengths, strict=True))


def spoken_string(digits: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """A string of digits with pauses before, between and behind them.

    Returns
    -------
    signal : float32 ndarray, shape (time,), 8 kHz
    spans_s : ndarray, shape (digits, 2), s
        When each begins and ends.
    """
    pause, pieces, spans = np.zeros(round(PAUSE_S * RATE), np.float32), [], []
    for digit in digits:
        pieces += [pause, spoken_words()[digit]]
        end = sum(map(len, pieces))
        spans.append([end - len(pieces[-1]), end])
    return np.concatenate([*pieces, pause]), np.array(spans) / RATE


def rows_of(weights: np.ndarray, *, hop_s: float) -> list[list[float]]:
    """Centre and width of each row of an attention matrix: ``c = Σ_t w_t t`` and ``σ² = Σ_t w_t (t − c)²``.

    Parameters
    ----------
    weights : array, shape (tokens, frames)
        Not negative; each row is divided by its sum. The row of the token that ends the string is best left out.
    hop_s : float, s
        From one frame to the next. Frame m is at ``m · hop_s``.

    Returns
    -------
    list of [centre_s, width_s]
        The width within 0.01…2 s. Of a row with two peaks the centre lies between them, where it looks at nothing.

    Lecture: attention_asr
    """
    table = _checks.attention_rows(weights, MOST_ROWS)
    times = np.arange(table.shape[1]) * _checks.number(hop_s, "hop_s", above=0, at_most=1)
    centres = table @ times
    variances = (table * (times - centres[:, None]) ** 2).sum(axis=1)
    widths = np.sqrt(variances).clip(NARROWEST_S, WIDEST_S)
    return np.stack([centres, widths], axis=1).round(3).tolist()


def preset_rows(spans_s: np.ndarray, duration_s: float) -> dict[str, list[list[float]]]:
    """The rows [centre_s, width_s] of each preset for words that are spoken at ``spans_s``."""
    n_words, middle = len(spans_s), len(spans_s) // 2
    good = [[round((a + b) / 2, 3), round(max((b - a) / 2 / INSIDE, NARROWEST_S), 3)] for a, b in spans_s]
    order = {
        "diagonal": list(range(n_words)),
        "skip": [k for k in range(n_words) if k != middle],
        "loop": [*range(middle + 1), middle - 1, *range(middle, n_words)],
        "swapped": [*range(middle - 1), middle, middle - 1, *range(middle + 1, n_words)],
    }
    rows = {name: [good[k] for k in places] for name, places in order.items()}
    rows["spread"] = [[round(duration_s / 2, 3), WIDEST_S]] * n_words
    rows["peaks"] = [[centre, PEAK_S] for centre, _ in good]
    return {name: rows[name] for name in PRESETS}


class AttentionAsrLab(Explorable):
    """Bend the attention of a recogniser over a spoken string of digits, and hear what it looks at.

    Row i of the matrix is token i. It looks at frame t with the weight

        w_i(t) = exp(−(t − c_i)² / 2σ_i²) / Σ_u exp(−(u − c_i)² / 2σ_i²),

    c being its centre and σ its width. It reads the word that holds at least half of its weight; where none does it is
    a guess, written "?", and counted as wrong. What is read is compared with what is spoken as ``cu.wer.align`` does.
    Coverage is ``Σ_i w_i(t)``; over a word that is looked at once it adds up to about 1. It is heard row after row: the
    clip at the amplitude ``(g − 0.1) / 0.9``, ``g = exp(−(t − c_i)² / 2σ_i²)``, where g is above 0.1. Where no row's g
    is, the sound is never looked at.

    Parameters
    ----------
    digits : str or sequence of int, 3 to 8 digits
        What is spoken: "40729" by default.
    signal : ndarray, shape (time,), optional
        A recording of ``digits`` in place of the voice of ``data/digits``, at most 8 s long.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 8 kHz.
    spans_s : array, shape (digits, 2), s
        When each digit of ``signal`` begins and ends, as ``DigitStrings.spans_s`` tells. With ``signal`` only.
    preset : {"diagonal", "skip", "loop", "swapped", "spread", "peaks"}
        "bent by hand" once a row has been changed.
    rows : list of [centre_s, width_s], 1 to 12
        All rows, the first token first, in s. ``attention_asr_lab.rows_of(weights, hop_s=…)`` makes them of the
        attention of a network, (tokens, frames).
    row : {1, …, 12}
        Which one the sliders and buttons change; beyond the last it is the last.
    centre_s : float, s
        Where it looks, up to the end of the clip.
    width_s : float, 0.01…2 s
        How widely.

    Raises
    ------
    ValueError
        If there are too few or too many digits or rows, or words lie outside the clip or in another order.

    Source: Chan, Jaitly, Le and Vinyals 2016, "Listen, attend and spell", figure 2, shows such a matrix; the bell
    shape of a row is that of Graves 2013, "Generating sequences with recurrent neural networks", section 5.1.

    Lecture: attention_asr
    """

    rows_of = staticmethod(rows_of)
    title = traitlets.Unicode("Bend the attention, and hear what is read").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    words = traitlets.List().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    preset = Choice("diagonal", (*PRESETS, BENT), label="attention")
    row = Slider(1, label="row", values=tuple(range(1, MOST_ROWS + 1)))
    centre_s = Slider(0, 0, LONGEST_S, label="its centre", unit="s", step=0.01)
    width_s = Slider(0.1, NARROWEST_S, WIDEST_S, label="its width σ", unit="s", step=0.01, log=True)

    def __init__(
        self,
        digits: str | Sequence[int] = "40729",
        signal: np.ndarray | None = None,
        sample_rate: float | None = None,
        *,
        spans_s: np.ndarray | None = None,
        **state,
    ):
        digits = _checks.digits_of_a_string(digits, MOST_WORDS)
        if signal is None:
            _checks.only_with_signal(sample_rate=sample_rate, spans_s=spans_s)
            signal, spans_s = spoken_string(digits)
        else:
            signal = clip_at(RATE, signal, sample_rate, "", longest_s=LONGEST_S)
            spans_s = _checks.spans_of_words(spans_s, len(digits), len(signal) / RATE)
        self._end_s = len(signal) / RATE
        presets = preset_rows(spans_s, self._end_s)
        words = [[WORDS[digit], *span] for digit, span in zip(digits, spans_s.tolist(), strict=True)]
        super().__init__(audio=sound_bytes([signal]), words=words, presets=presets, **self._begun(state, presets))
        end = {"high": int(100 * self._end_s) / 100}
        self.set_trait("controls", [c | end if c["name"] == "centre_s" else c for c in self.controls])

    def _begun(self, state: dict, presets: dict) -> dict:
        """The traits that follow from those that are given."""
        name = _checks.choice(state.get("preset", BENT if "rows" in state else PRESETS[0]), "preset", (*PRESETS, BENT))
        rows = _checks.rows_in_time(state.get("rows", presets.get(name, presets[PRESETS[0]])), **self._reach())
        place = _checks.count(state.get("row", 1), "row", maximum=len(rows)) - 1
        bent = [state.get(trait, value) for trait, value in zip(("centre_s", "width_s"), rows[place], strict=True)]
        rows = _checks.rows_in_time([*rows[:place], bent, *rows[place + 1 :]], **self._reach())
        name = name if rows == presets.get(name) else BENT
        return state | {"preset": name, "rows": rows, "centre_s": rows[place][0], "width_s": rows[place][1]}

    def _reach(self) -> dict:
        return {"most": MOST_ROWS, "end_s": self._end_s, "narrowest_s": NARROWEST_S, "widest_s": WIDEST_S}

    @traitlets.validate("rows")
    def _rows_within_the_clip(self, proposal):
        return _checks.rows_in_time(proposal["value"], **self._reach())

    @traitlets.validate("centre_s")
    def _within_the_clip(self, proposal):
        return _checks.number(proposal["value"], "centre_s", at_most=self._end_s)
