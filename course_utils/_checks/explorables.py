"""What the interactives words."""

from collections.abc import Sequence

import numpy as np

from . import *  # noqa: F403
from . import _show, array, count, number, rounded_up, signal, within_full_scale


def switch(value, name: str) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {_show(value)}: pass one of the two")
    return bool(value)


def listed(value, name: str, values: Sequence[float]):
    """One of a few numbers."""
    if value not in values:
        raise ValueError(f"{name} must be one of {', '.join(map(str, values))}, got {_show(value)}: choose one of them")
    return value


def heard(recording):
    """What a page has recorded and sent."""
    if recording is None:
        raise ValueError(
            "nothing has been heard yet, got no message from the page: press its button, allow the microphone, "
            "and stop it before you read signal"
        )
    return recording


def points(value, name: str, n_points: int, most: float) -> list[list[float]]:
    """A few points of a plane, as pairs of numbers that lie within ±most."""
    rows = [list(row) for row in value]
    if len(rows) != n_points or any(len(row) != 2 for row in rows):
        raise ValueError(f"{name} must be {n_points} pairs [x, y], got {_show(value)}: pass one pair for each")
    return [[float(number(part, name, at_least=-most, at_most=most)) for part in row] for row in rows]


def fits_page(n_bytes: int, most: int, name: str) -> None:
    """Sounds that a page can be sent."""
    if n_bytes > most:
        raise ValueError(
            f"{name} must fit into {most:,} bytes at 2 bytes a sample, got {n_bytes:,}: "
            "pass fewer seconds or a lower sample_rate"
        )


def overshoots_little(resampled: np.ndarray, rate: int) -> np.ndarray:
    """A resampled sound within ±1, give or take half of a 16-bit step, which rounding takes away."""
    largest = float(np.abs(resampled).max())
    if largest > 1 + 0.5 / 32767:
        raise ValueError(
            f"signal must lie within ±1 once it is resampled to {rate} Hz, whose filter overshoots at steep edges, "
            f"got a peak of {rounded_up(largest)}: scale it down by that factor"
        )
    return np.clip(resampled, -1, 1)


def expression(text: str, longest: int) -> str:
    """A formula that fits into its field: one line, and not too long."""
    if not isinstance(text, str):
        raise TypeError(f"expression must be a str, got {_show(text)}: write it in quotes")
    if len(text) > longest:
        raise ValueError(f"expression must have at most {longest} characters, got {len(text)}: shorten it")
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


def _named(values: dict, name: str) -> dict:
    """A table from names, as they stand in a formula."""
    if not isinstance(values, dict):
        raise TypeError(f"{name} must be a dict, got {_show(values)}: pass {{name: …}}")
    for key in values:
        if not (isinstance(key, str) and key.isidentifier()):
            raise ValueError(f"the names in {name} must be words, got {_show(key)}: pass them as in the formula")
    return values


def parameters(values: dict) -> dict:
    """Values of the parameters of a formula."""
    return {key: float(number(value, f"parameter {key}")) for key, value in _named(values, "parameters").items()}


def ranges(values: dict) -> dict:
    """From where to where the parameters of a formula reach."""
    found = {}
    for key, ends in _named(values, "ranges").items():
        ends = list(ends) if isinstance(ends, list | tuple | np.ndarray) else [ends]
        if len(ends) != 2:
            raise ValueError(f"range of {key} must be two numbers, got {_show(ends)}: pass (lowest, highest)")
        low, high = (float(number(end, f"range of {key}", at_least=-1e9, at_most=1e9)) for end in ends)
        if low >= high:
            raise ValueError(f"range of {key} must rise, got {low:g} to {high:g}: pass (lowest, highest)")
        found[key] = [low, high]
    return found


def only_with_posteriors(posteriors, **others) -> None:
    """What says something of a table of the reader's, and not of those of the course."""
    for name, value in others.items():
        if posteriors is None and value is not None:
            raise ValueError(
                f"{name} must be given together with posteriors, got {_show(value)} alone: pass both, or neither"
            )


def no_preset_beside(state: dict) -> None:
    """A table of the reader's own takes the place of the presets."""
    if "preset" in state:
        raise ValueError(f"preset must not stand beside posteriors, got {_show(state['preset'])}: pass one of the two")


def posteriors(value, *, classes: int, frames: int, paths: int | None = None, tolerance: float = 1e-3) -> np.ndarray:
    """A small table of probabilities, (classes, frames), each column with a sum of 1; ``paths`` where all are tried."""
    table = array(value, "posteriors", real=True).astype(np.float64)
    if table.ndim != 2 or not (2 <= len(table) <= classes and table.shape[1] <= frames):
        raise ValueError(
            f"posteriors must have shape (2 to {classes} classes, 1 to {frames} frames), got {table.shape}: "
            "cut out a part, and transpose a table that has frames first"
        )
    n_classes, n_frames = table.shape
    if paths is not None and n_classes**n_frames > paths:
        raise ValueError(
            f"posteriors must have at most {paths:,} paths, got {n_classes**n_frames:,} of {n_classes} classes in "
            f"{n_frames} frames: pass fewer of either"
        )
    if table.min() < 0:
        raise ValueError(
            f"posteriors must not be negative, got {_show(float(table.min()))}: of log-probabilities pass their np.exp"
        )
    sums = table.sum(axis=0)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > tolerance:
        raise ValueError(
            f"each column of posteriors must sum to 1, got {sums[worst]:.6g} in frame {worst + 1}: "
            "divide by posteriors.sum(axis=0), and take the softmax of scores"
        )
    return table


def shaped(table: np.ndarray, name: str, shapes: Sequence[tuple]) -> None:
    """A table with as many rows and columns as one of those that are there."""
    if table.shape not in shapes:
        known = " or ".join(map(str, dict.fromkeys(shapes)))
        raise ValueError(f"{name} must have shape {known}, got {table.shape}: open a new interactive for another table")


def symbols(value, n_classes: int) -> list[str]:
    """One character for each class, all different, the first for the blank; by default "_", "a", "b" and so on."""
    if value is None:
        value = "_abcdefghijklmnopqrstuvwxyz"[:n_classes]
    known = list(value) if isinstance(value, str | list | tuple | np.ndarray) else [value]
    if len(known) != n_classes:
        raise ValueError(
            f"symbols must name {n_classes} classes, got {_show(value)}: pass one character for each row of posteriors"
        )
    if not all(isinstance(symbol, str) and len(symbol) == 1 for symbol in known) or len(set(known)) < n_classes:
        raise ValueError(f"symbols must be {n_classes} different characters, got {_show(value)}: rename some")
    return [str(symbol) for symbol in known]


def spelled(value, name: str, known: Sequence[str], *, may_be_empty: bool = False) -> list[str]:
    """Strings of the symbols of a table, without its blank; one alone would be read as its letters."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(isinstance(text, str) for text in value):
        raise TypeError(f'{name} must be a list of strings, got {_show(value)}: write ["one", "two"]')
    if not value and not may_be_empty:
        raise ValueError(f"{name} must hold at least one string, got {_show(value)}: leave {name} out, or name one")
    for text in value:
        for symbol in text:
            if symbol not in known[1:]:
                raise ValueError(
                    f"{name} must be spelled with {', '.join(known[1:])}, got {_show(symbol)} in {_show(text)}: "
                    "leave it out, or add it to symbols"
                )
    return list(value)


def function(value, name: str):
    """A function of the reader's, which the page calls."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {_show(value)}: pass its name without brackets")
    return value


def clip(value) -> tuple:
    """A sound with its rate."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(
            f"clip must be (signal, sample_rate), got {_show(value)}: pass the two that cu.audio.load gives"
        )
    return tuple(value)


def line_of_text(value, name: str) -> str | None:
    """What the page shows, if there is anything."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must return text or None, got {_show(value)}: return str(…), or nothing")
    return value


def only_with_signal(**others) -> None:
    """What says something of a recording of the reader's."""
    for name, value in others.items():
        if value is not None:
            raise ValueError(f"{name} must be given together with signal, got {_show(value)} alone: pass both")


def digits_of_a_string(value, most: int, fewest: int = 3) -> list[int]:
    """A few digits, as a text or as numbers."""
    known = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(known, str | list | tuple):
        raise TypeError(f'digits must be a str or a sequence of int, got {_show(value)}: write "40729"')
    if not fewest <= len(known) <= most:
        raise ValueError(f"digits must be {fewest} to {most} digits, got {len(known)}: pass another string")
    for digit in known:
        is_whole = isinstance(digit, int | np.integer) and not isinstance(digit, bool) and 0 <= digit <= 9
        if not (is_whole or isinstance(digit, str) and digit in tuple("0123456789")):
            raise ValueError(
                f"digits must be 0 to 9, got {_show(digit)} in {_show(value)}: spell the string with those"
            )
    return [int(digit) for digit in known]


def spans_of_words(value, n_words: int, end_s: float) -> np.ndarray:
    """When each word begins and ends: they follow each other, and lie within the clip."""
    if value is None:
        raise ValueError("spans_s must be given together with signal, got None: pass when each digit begins and ends")
    spans = array(value, "spans_s", real=True).astype(np.float64)
    if spans.shape != (n_words, 2):
        raise ValueError(
            f"spans_s must have shape ({n_words} digits, 2), got {spans.shape}: pass [begin, end] in s for each digit"
        )
    if (spans[:, 0] >= spans[:, 1]).any() or (np.diff(spans, axis=0) < 0).any():
        raise ValueError(
            f"spans_s must rise from digit to digit, got {_show(spans.tolist())}: pass 0 ≤ begin < end in spoken order"
        )
    if spans[0, 0] < 0 or spans[-1, 1] > end_s + 1e-6:
        raise ValueError(
            f"spans_s must lie within the clip's {end_s:g} s, got {spans[0, 0]:g} to {spans[-1, 1]:g} s: "
            "pass seconds, and a clip of 8 s at most"
        )
    return spans


def rows_in_time(value, *, most: int, end_s: float, narrowest_s: float, widest_s: float) -> list[list[float]]:
    """Rows of an attention matrix as pairs of a centre and a width."""
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    is_list = isinstance(rows, list | tuple) and all(isinstance(row, list | tuple) and len(row) == 2 for row in rows)
    if not is_list or not 1 <= len(rows) <= most:
        raise ValueError(
            f"rows must be 1 to {most} pairs [centre_s, width_s], got {_show(value)}: pass one pair for each token"
        )
    return [
        [
            float(number(centre, "a centre in rows", at_least=0, at_most=end_s)),
            float(number(width, "a width in rows", at_least=narrowest_s, at_most=widest_s)),
        ]
        for centre, width in rows
    ]


def attention_rows(value, most: int) -> np.ndarray:
    """Weights (tokens, frames), not negative; returned with rows that sum to 1."""
    table = array(value, "weights", real=True).astype(np.float64)
    if table.ndim != 2 or not 1 <= len(table) <= most or not table.shape[1]:
        raise ValueError(
            f"weights must have shape (1 to {most} tokens, frames), got {table.shape}: pass the matrix of one clip"
        )
    if table.min() < 0:
        raise ValueError(f"weights must not be negative, got {_show(float(table.min()))}: of scores pass their softmax")
    sums = table.sum(axis=1, keepdims=True)
    if not sums.all():
        raise ValueError(
            f"each row of weights must have a sum above 0, got 0 in row {int(sums.argmin()) + 1}: leave out empty rows"
        )
    return table / sums


# ------------------------------------------------------------------------------------------------------------- film


def text(value, name: str, longest: int = 200) -> str:
    """A line of words, not empty."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {_show(value)}: write it in quotes")
    if not 1 <= len(value) <= longest:
        raise ValueError(f"{name} must have 1 to {longest} characters, got {len(value)}: write a line of words")
    return str(value)


def one_each(values, name: str, n_values: int) -> list:
    """As many values as there are to be named or heard."""
    if isinstance(values, str | bytes | dict) or not isinstance(values, Sequence | np.ndarray):
        raise TypeError(f"{name} must be a list, got {_show(values)}: pass one for each")
    if len(values) != n_values:
        raise ValueError(f"{name} must be {n_values}, one for each, got {len(values)}: pass as many as there are")
    return list(values)


def texts(values, name: str, n_values: int) -> list[str]:
    """A line of words for each."""
    return [text(value, f"{name}[{i}]") for i, value in enumerate(one_each(values, name, n_values))]


def together(**pair) -> None:
    """Two arguments of which each needs the other."""
    (name, value), (other, its) = pair.items()
    for one, here, two, there in ((name, value, other, its), (other, its, name, value)):
        if here is not None and there is None:
            raise ValueError(f"{one} must be given together with {two}, got {_show(here)} alone: pass both, or neither")


def film_frames(value, most: tuple[int, int, int], most_bytes: int) -> np.ndarray:
    """Matrices (moments, rows, columns); codes of 8 bits become 0 to 1."""
    is_codes = isinstance(value, np.ndarray) and value.dtype == np.uint8
    table = array(value, "frames", real=True).astype(np.float64) / (255 if is_codes else 1)
    if table.ndim != 3 or any(n > largest for n, largest in zip(table.shape, most, strict=True)):
        raise ValueError(
            f"frames must have shape (moments, rows, columns), at most {most}, got {table.shape}: "
            "pass fewer moments, or a part of the matrix"
        )
    if table.size > most_bytes:
        raise ValueError(
            f"frames must fit into {most_bytes:,} bytes at one byte a value, got {table.size:,}: pass fewer moments"
        )
    return table


def film_range(low, high) -> tuple[float, float]:
    """The values that are drawn as black and as white."""
    low, high = (float(number(v, n, at_least=-1e9, at_most=1e9)) for v, n in ((low, "low"), (high, "high")))
    if low >= high:
        raise ValueError(f"high must be above low={low:g}, got {high:g}: pass the value that is to be white")
    return low, high


def film_spans(value, n_rows: int, end: float) -> list[list[float]]:
    """From where to where each of the first rows should be bright."""
    spans = array(value, "spans", real=True).astype(np.float64)
    if spans.ndim != 2 or spans.shape[1] != 2 or len(spans) > n_rows:
        raise ValueError(
            f"spans must have shape ({n_rows} rows or fewer, 2), got {spans.shape}: pass [begin, end] each"
        )
    if (spans[:, 0] >= spans[:, 1]).any() or spans.min() < 0 or spans.max() > end:
        raise ValueError(
            f"spans must hold 0 ≤ begin < end ≤ {end:g}, got {_show(spans.tolist())}: pass them in the unit of x"
        )
    return spans.tolist()


# -------------------------------------------------------------------------------------------------------------- abx


def audible(value, name: str) -> np.ndarray:
    """A mono sound that is not silent."""
    sound = within_full_scale(signal(value, name, mono=True), name)
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if rms < 1e-4:
        raise ValueError(f"{name} must be above −80 dBFS, got an RMS of {rms:.2g}: pass a sound that can be heard")
    return sound.astype(np.float64)


def abx_answers(value, n_trials: int) -> list[str]:
    """One of two letters for each trial that has been answered."""
    answers = list(value) if isinstance(value, list | tuple) else None
    if answers is None or any(answer not in ("A", "B") for answer in answers):
        raise ValueError(f'answers must be a list of "A" and "B", got {_show(value)}: pass [] to begin anew')
    if len(answers) > n_trials:
        raise ValueError(f"answers must be at most {n_trials}, got {len(answers)}: pass one for each trial")
    return answers


def abx_not_begun(n_answers: int, value: int, n_trials: int) -> None:
    """A number of trials that is changed after the first answer would depend on the answers."""
    if n_answers and value != n_trials:
        raise ValueError(
            f"n_trials must stay {n_trials} once a trial is answered, got {value} after {n_answers}: "
            "set answers = [] to begin anew"
        )


def abx_finished(n_answers: int, n_trials: int) -> None:
    """A test is read at its end only: who looks sooner may stop where it suits."""
    if n_answers < n_trials:
        raise ValueError(f"result() needs all {n_trials} answers, got {n_answers}: go on to the last trial")


# ---------------------------------------------------------------------------------------------------------- tts_lab


def spoken_symbols(value, most: int) -> list[str]:
    """A few short names of sounds."""
    if value is None:
        raise ValueError("symbols must be given together with signal, got None: name what is spoken in it")
    if not isinstance(value, list | tuple | np.ndarray) or not all(isinstance(symbol, str) for symbol in value):
        raise TypeError(f'symbols must be a list of str, got {_show(value)}: write ["t", "uw"]')
    if not 1 <= len(value) <= most or any(not 1 <= len(symbol) <= 4 for symbol in value):
        raise ValueError(
            f"symbols must be 1 to {most} of 1 to 4 characters, got {_show(value)}: pass a shorter part of the text"
        )
    return [str(symbol) for symbol in value]


def ends_of_symbols(value, n_symbols: int, end_s: float, shortest_s: float, widest_s: float) -> np.ndarray:
    """When each symbol ends: later and later, the last within the clip."""
    if value is None:
        raise ValueError("ends_s must be given together with signal, got None: pass when each symbol ends, in s")
    ends = array(value, "ends_s", real=True).astype(np.float64)
    if ends.shape != (n_symbols,):
        raise ValueError(f"ends_s must have shape ({n_symbols} symbols,), got {ends.shape}: pass one end for each")
    lengths = np.diff(ends, prepend=0.0).round(3)
    if lengths.min() < shortest_s or lengths.max() > widest_s:
        raise ValueError(
            f"ends_s must make each symbol {shortest_s:g} to {widest_s:g} s long, got "
            f"{lengths.min():g} to {lengths.max():g} s: merge short ones, and split long pauses"
        )
    if ends[-1] > end_s + 1e-6:
        raise ValueError(
            f"ends_s must lie within the clip's {end_s:g} s, got {ends[-1]:g}: pass seconds, and a clip of 3 s at most"
        )
    return ends


def order_of_symbols(value, most: int) -> list:
    """Which symbols are spoken, one after the other."""
    if not isinstance(value, list | tuple | np.ndarray) or not 1 <= len(value) <= most:
        raise ValueError(f"order must be 1 to {most} numbers of symbols, got {_show(value)}: pass a list of them")
    return list(value)


def steps_of_speech(
    value, *, most: int, n_symbols: int, shortest_s: float, widest_s: float, most_st: float
) -> list[list[float]]:
    """Which symbol is spoken, for how long, and how much higher."""
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    is_list = isinstance(rows, list | tuple) and all(isinstance(row, list | tuple) and len(row) == 3 for row in rows)
    if not is_list or not 1 <= len(rows) <= most:
        raise ValueError(
            f"steps must be 1 to {most} triples [symbol, duration_s, shift_st], got {_show(value)}: pass one for each"
        )
    whole = [int(k) if isinstance(k, float) and k.is_integer() else k for k, _, _ in rows]
    return [
        [
            count(symbol, "a symbol in steps", maximum=n_symbols),
            float(number(duration, "a duration in steps", at_least=shortest_s, at_most=widest_s)),
            float(number(shift, "a shift in steps", at_least=-most_st, at_most=most_st)),
        ]
        for symbol, (_, duration, shift) in zip(whole, rows, strict=True)
    ]


def lstm_of_tunes(model, n_tokens: int, n_kinds: int) -> dict:
    """The weights of an LSTM of one layer over the tokens of melodies."""
    state = model.state_dict() if hasattr(model, "state_dict") else {}
    gates = getattr(state.get("layers.weight_hh_l0"), "shape", (0, 1))
    is_one = "layers.weight_hh_l1" not in state and gates[0] == 4 * gates[1]
    fits = getattr(model, "n_tokens", 0) == n_tokens and getattr(model, "n_kinds", 0) == n_kinds
    if not is_one or not fits or gates[1] > 256:
        raise ValueError(
            f"model must be a MelodyRNN of one LSTM layer, 256 wide at most, for {n_tokens} tokens, {n_kinds} kinds, "
            f"got {type(model).__name__}: leave it out for the course's own"
        )
    return state


def begun_tune(tokens, n_tokens: int, most: int) -> list[int]:
    """The notes of a tune that is to be continued, from its first 0 on."""
    from .music import tokens as whole_tokens

    tokens = whole_tokens(tokens, n_tokens)
    if not tokens or tokens[0] or 0 in tokens[1:] or len(tokens) > most:
        raise ValueError(
            f"tokens must begin with 0, hold no other and at most {most - 1} notes, got {_show(tokens)}: "
            "leave out the 0 at the end"
        )
    return tokens[1:]


def codec_of_bins(model, n_bins: int):
    """A codec of 12 stages over frames of the course's own size."""
    straight = getattr(getattr(model, "straight", None), "in_channels", None)
    n_stages = len(getattr(getattr(model, "quantiser", None), "tables", ()))
    if straight != n_bins or n_stages != 12:
        raise ValueError(
            f"model must be a FrameCodec of {n_bins} bins and 12 stages, got {type(model).__name__}: "
            "leave it out for the course's own"
        )
    return model
