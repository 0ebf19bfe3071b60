"""Spoken words whose alignment, durations and pitch are bent and heard at once: what a synthesiser decides, by hand.

Lecture: text_to_speech
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import traitlets
from numpy.lib.stride_tricks import sliding_window_view

from .._checks import explorables as _checks
from ..descriptors import yin
from .attention_asr_lab import RATE, WORDS, spoken_words
from .base import Choice, Explorable, Slider, Switch, clip_at, sound_bytes

LONGEST_S, MOST_SYMBOLS, MOST_STEPS = 3.0, 24, 40
SHORTEST_S, WIDEST_S, MOST_ST = 0.01, 0.8, 12
PAUSE, PAUSE_S = "·", 0.08
BENT = "bent by hand"
PRESETS = ("as spoken", "equal durations", "question", "skip", "repeat", "back to front")
# The sounds of each word and when they end, in s, as flite's durations say of the recording of `spoken_words`; a sound
# below 4 kHz is all that is left of an "s" at 8 kHz, so that some are short.
PHONES = {
    "zero": (("z", 0.058), ("ih", 0.116), ("r", 0.231), ("ow", 0.4655)),
    "one": (("w", 0.135), ("ah", 0.279), ("n", 0.5022)),
    "two": (("t", 0.045), ("uw", 0.3666)),
    "three": (("th", 0.033), ("r", 0.121), ("iy", 0.4812)),
    "four": (("f", 0.064), ("ao", 0.207), ("r", 0.3741)),
    "five": (("f", 0.07), ("ay", 0.307), ("v", 0.476)),
    "six": (("s", 0.026), ("ih", 0.14), ("k", 0.226), ("s", 0.2705)),
    "seven": (("s", 0.022), ("eh", 0.075), ("v", 0.142), ("ax", 0.258), ("n", 0.4355)),
    "eight": (("ey", 0.191), ("t", 0.2866)),
    "nine": (("n", 0.102), ("ay", 0.325), ("n", 0.4693)),
}
F_MIN, F_MAX, FRAME, HOP = 70.0, 400.0, 512, 40  # of the pitch tracker: Hz, Hz, samples, samples
VOICED, LOUD = 0.25, 0.02  # aperiodicity below which, and RMS re the largest above which, a frame has a pitch


def spoken_symbols(digits: Sequence[int]) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Digits with short pauses around them: the sound at 8 kHz, its symbols ("·" for a pause), and when each ends."""
    pause = np.zeros(round(PAUSE_S * RATE), np.float32)
    pieces, symbols, ends_s, at = [pause], [PAUSE], [PAUSE_S], PAUSE_S
    for digit in digits:
        phones, word = PHONES[WORDS[digit]], spoken_words()[digit]
        pieces += [word, pause]
        symbols += [*(phone for phone, _ in phones), PAUSE]
        ends_s += [*(at + end_s for _, end_s in phones[:-1]), at + len(word) / RATE, at + len(word) / RATE + PAUSE_S]
        at = ends_s[-1]
    return np.concatenate(pieces), symbols, np.array(ends_s)


def pitch_marks(signal: np.ndarray) -> list[list[float]]:
    """Where grains are cut: one mark a period, at its largest sample, and one each 5 ms where there is no pitch.

    Parameters
    ----------
    signal : ndarray, shape (time,), at 8 kHz

    Returns
    -------
    list of [sample, f0_hz]
        From sample 0 to the end of the signal. The pitch belongs to the interval that begins at the mark; 0 is none.

    Source: Moulines and Charpentier 1990, "Pitch-synchronous waveform processing techniques for text-to-speech
    synthesis using diphones", Speech Communication 9(5–6).

    Lecture: text_to_speech
    """
    n_time = len(signal)
    padded = np.pad(signal.astype(np.float64), (0, max(0, FRAME - n_time)))
    hz, aperiodicity = yin(padded, sample_rate=RATE, f_min=F_MIN, f_max=F_MAX, frame_length=FRAME, hop_length=HOP)
    power = np.convolve(np.pad(signal, FRAME // 4) ** 2, np.ones(FRAME // 2) / (FRAME // 2), "valid")
    centres = np.minimum(np.arange(len(hz)) * HOP, n_time)
    is_voiced = (aperiodicity < VOICED) & (power[centres] > LOUD**2 * max(power.max(), 1e-12)) & ~np.isnan(hz)
    sign = np.sign(np.sum(padded**3)) or 1.0
    marks, frame = [[0, 0.0]], 0
    for voiced, run in groupby(is_voiced):
        n_frames = len(list(run))
        if voiced and n_frames >= 5:
            part = slice(frame, frame + n_frames)
            steady = np.median(sliding_window_view(np.pad(hz[part], 3, mode="edge"), 7), axis=1)  # no lone octave
            marks += _periods(sign * padded[:n_time], centres[part], steady, marks[-1][0])
        frame += n_frames
    return _filled([*marks, [n_time, 0.0]])


def _periods(signal: np.ndarray, centres: np.ndarray, hz: np.ndarray, after: int) -> list[list[float]]:
    """The marks of one voiced stretch: each the largest sample near a period behind the one before."""
    first, last, found = int(max(centres[0], after + 1)), int(centres[-1]), []
    at, reach = first, round(RATE / hz[0])
    while at + 1 < min(last, len(signal)):
        part = signal[at : min(at + reach, len(signal))]
        at += int(part.argmax())
        here_hz = float(np.interp(at, centres, hz))
        found.append([at, here_hz])
        period = RATE / here_hz
        at, reach = at + round(0.8 * period), max(2, round(0.4 * period))
    if found:
        found[-1][1] = 0.0
    return found


def _filled(marks: list[list[float]]) -> list[list[float]]:
    """Between marks without a pitch, others about 5 ms apart."""
    filled = []
    for (at, hz), (following, _) in zip(marks, marks[1:], strict=False):
        n_parts = 1 if hz else max(1, round((following - at) / HOP))
        filled += [[round(at + (following - at) * k / n_parts), hz] for k in range(n_parts)]
    kept = [mark for mark, after in zip(filled, [*filled[1:], marks[-1]], strict=True) if mark[0] < after[0]]
    return [[int(at), round(float(hz), 2)] for at, hz in [*kept, marks[-1]]]


def preset_steps(symbols: Sequence[str], durations_s: Sequence[float]) -> dict[str, list[list[float]]]:
    """The steps [symbol, duration_s, shift_st] of each preset; symbols count from 1."""
    plain = [[k + 1, duration, 0.0] for k, duration in enumerate(durations_s)]
    first, last = _middle(symbols)
    pitched = [k for k, symbol in enumerate(symbols) if symbol != PAUSE][-3:]
    mean = round(sum(durations_s) / len(plain), 3)
    rises = dict(zip(reversed(pitched), (9.0, 4.0), strict=False))
    again = max(0, min(3, (MOST_STEPS - len(plain)) // (last - first)))
    return {
        "as spoken": plain,
        "equal durations": [[k, mean, shift] for k, _, shift in plain],
        "question": [[k, duration, rises.get(k - 1, 0.0)] for k, duration, _ in plain],
        "skip": [*plain[:first], *plain[last:]] or plain,
        "repeat": [*plain[:last], *(plain[first:last] * again)[: MOST_STEPS - len(plain)], *plain[last:]],
        "back to front": plain[::-1],
    }


def _middle(symbols: Sequence[str]) -> tuple[int, int]:
    """From where to where the middle word goes; the middle symbol if there are no pauses."""
    runs, at = [], 0
    for is_pause, run in groupby(symbols, PAUSE.__eq__):
        n_symbols = len(list(run))
        if not is_pause:
            runs.append((at, at + n_symbols))
        at += n_symbols
    if len(runs) > 1:
        return runs[len(runs) // 2]
    return len(symbols) // 2, len(symbols) // 2 + 1


class TtsLab(Explorable):
    """Bend which symbol is spoken when, for how long and how high, and hear it.

    The steps are what a synthesiser decides before there is a sound: step j says symbol ``k_j`` for ``d_j`` seconds,
    ``r_j`` semitones higher than it was spoken. At each moment u of the output the sound is read at

        s(u) = a_k + (u − U_j) (b_k − a_k) / d_j,   U_j = d_1 + … + d_{j−1},

    a and b being the ends of the symbol in the recording, and has the pitch

        f(u) = f̄ (f₀(s) / f̄)^m · 2^(r(u)/12),

    m being the melody, f̄ the geometric mean of the pitch, and r a straight line from the middle of a step to the next.
    It is made by pitch-synchronous overlap and add: grains of two periods, set as far apart as the new period is.
    Without the stop token nothing ends the last sound: it is held for 1.5 s, where the limit of frames is.

    Parameters
    ----------
    digits : str or sequence of int, 1 to 4 digits
        What is spoken: "259" by default.
    signal : ndarray, shape (time,), optional
        A recording of the reader's own in place of the voice of ``data/digits``, at most 3 s long.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 8 kHz.
    symbols : sequence of str, 1 to 24
        What is spoken in ``signal``: phonemes or letters, "·" for a pause.
    ends_s : array, shape (symbols,), s
        When each symbol ends; the first begins at 0. With ``signal`` only.
    preset : {"as spoken", "equal durations", "question", "skip", "repeat", "back to front"}
        "bent by hand" once a step has been changed.
    steps : list of [symbol, duration_s, shift_st], 1 to 40
        Which symbol, counted from 1; 0.01…0.8 s; −12…12 semitones.
    step : {1, …, 40}
        Which one the sliders and buttons change; beyond the last it is the last.
    duration_s, shift_st : float, s and semitones
        Of that step.
    speed : float, 0.5…2
        All durations are divided by it.
    melody : float, 0…2
        0 speaks on one pitch, 1 as it was spoken.
    stop : bool
        Whether the stop token comes after the last step.

    Attributes
    ----------
    order, durations_s, shifts_st : list
        The three columns of ``steps``; each can be set.

    Raises
    ------
    ValueError
        If symbols, their ends and the sound do not fit together, or a step lies beyond its limits.

    Source: Moulines and Charpentier 1990, Speech Communication 9(5–6), for the sound; durations and pitch, one of each
    for a symbol, as in Łańcucki 2021, "FastPitch".

    Lecture: text_to_speech
    """

    title = traitlets.Unicode("Bend alignment, durations and pitch, and hear what is said").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    symbols = traitlets.List().tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    steps = traitlets.List().tag(sync=True)
    preset = Choice(PRESETS[0], (*PRESETS, BENT), label="spoken")
    step = Slider(1, label="step", values=tuple(range(1, MOST_STEPS + 1)))
    duration_s = Slider(PAUSE_S, SHORTEST_S, WIDEST_S, label="its duration", unit="s", step=0.005, log=True)
    shift_st = Slider(0, -MOST_ST, MOST_ST, step=0.5, label="its pitch is shifted by", unit="semitones")
    speed = Slider(1, 0.5, 2, step=0.05, label="speed", unit="×")
    melody = Slider(1, 0, 2, step=0.1, label="melody", unit="×")
    stop = Switch(True, label="stop token")

    def __init__(
        self,
        digits: str | Sequence[int] = "259",
        signal: np.ndarray | None = None,
        sample_rate: float | None = None,
        *,
        symbols: Sequence[str] | None = None,
        ends_s: np.ndarray | None = None,
        **state,
    ):
        if signal is None:
            _checks.only_with_signal(sample_rate=sample_rate, symbols=symbols, ends_s=ends_s)
            signal, symbols, ends_s = spoken_symbols(_checks.digits_of_a_string(digits, 4, fewest=1))
        else:
            signal = clip_at(RATE, signal, sample_rate, "", longest_s=LONGEST_S)
            symbols = _checks.spoken_symbols(symbols, MOST_SYMBOLS)
            ends_s = _checks.ends_of_symbols(ends_s, len(symbols), len(signal) / RATE, SHORTEST_S, WIDEST_S)
        starts_s = [0.0, *ends_s[:-1].tolist()]
        spans = [[s, round(a, 4), round(b, 4)] for s, a, b in zip(symbols, starts_s, ends_s.tolist(), strict=True)]
        presets = preset_steps(symbols, [round(b - a, 3) for _, a, b in spans])
        self._n_symbols = len(spans)
        given = {"audio": sound_bytes([signal]), "symbols": spans, "marks": pitch_marks(signal), "presets": presets}
        super().__init__(**given, **self._begun(state, presets))

    def _begun(self, state: dict, presets: dict) -> dict:
        """The traits that follow from those that are given."""
        name = _checks.choice(state.get("preset", BENT if "steps" in state else PRESETS[0]), "preset", (*PRESETS, BENT))
        steps = self._checked(state.get("steps", presets.get(name, presets[PRESETS[0]])))
        place = _checks.count(state.get("step", 1), "step", maximum=len(steps)) - 1
        symbol, duration, shift = steps[place]
        bent = [symbol, state.get("duration_s", duration), state.get("shift_st", shift)]
        steps = self._checked([*steps[:place], bent, *steps[place + 1 :]])
        name = name if steps == presets.get(name) else BENT
        return state | {"preset": name, "steps": steps, "duration_s": steps[place][1], "shift_st": steps[place][2]}

    def _checked(self, steps) -> list[list[float]]:
        limits = {"shortest_s": SHORTEST_S, "widest_s": WIDEST_S, "most_st": MOST_ST}
        return _checks.steps_of_speech(steps, most=MOST_STEPS, n_symbols=self._n_symbols, **limits)

    @traitlets.validate("steps")
    def _steps_of_speech(self, proposal):
        return self._checked(proposal["value"])

    def _column(self, place: int, values, name: str) -> None:
        """Other values in one column of the steps, and bent by hand."""
        values = _checks.one_each(values, name, len(self.steps))
        self._bend([[*row[:place], value, *row[place + 1 :]] for row, value in zip(self.steps, values, strict=True)])

    def _bend(self, steps) -> None:
        steps = self._checked(steps)
        with self.hold_trait_notifications():
            self.preset, self.steps = BENT, steps

    @property
    def order(self) -> list[int]:
        return [symbol for symbol, _, _ in self.steps]

    @order.setter
    def order(self, symbols):
        """Each symbol as long as it was spoken, and as high."""
        spoken = {symbol: duration for symbol, duration, _ in self.presets[PRESETS[0]]}
        self._bend([[k, spoken.get(k, SHORTEST_S), 0.0] for k in _checks.order_of_symbols(symbols, MOST_STEPS)])

    @property
    def durations_s(self) -> list[float]:
        return [duration for _, duration, _ in self.steps]

    @durations_s.setter
    def durations_s(self, values):
        self._column(1, values, "durations_s")

    @property
    def shifts_st(self) -> list[float]:
        return [shift for _, _, shift in self.steps]

    @shifts_st.setter
    def shifts_st(self, values):
        self._column(2, values, "shifts_st")
