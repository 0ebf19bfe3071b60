import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case

FIRST, STEP_S, WINDOW_S = 1000, 0.02, 30.0


def _segments_by_definition(tokens, *, first_timestamp, window_start_s, sound_s):
    """Token by token: a timestamp opens a segment or closes the open one."""
    times, counts, opened, n_text = [], [], None, 0
    for token in [*np.asarray(tokens).tolist(), None]:
        is_end = token is None
        if not is_end and token < first_timestamp:
            n_text += 1
            continue
        time_s = window_start_s + (WINDOW_S if is_end else (token - first_timestamp) * STEP_S)
        if opened is None:
            opened, n_text = time_s, 0
            continue
        if n_text and opened < sound_s:
            times.append([opened, min(time_s, sound_s)])
            counts.append(n_text)
        opened = None
    return _columns(times, counts)


def _columns(times, counts):
    """Starts, ends and counts, of rows of a start and an end."""
    starts, ends = np.array(times, float).reshape(-1, 2).T
    return starts, ends, np.array(counts, int)


def _windows() -> list[Case]:
    def at(*seconds_or_words):
        """Seconds are given as floats, text tokens as whole numbers."""
        return np.array([FIRST + round(t / STEP_S) if isinstance(t, float) else t for t in seconds_or_words], int)

    def window(tokens, start_s, sound_s, says, gives=None, first=FIRST):
        gives = gives and _columns(*gives)
        return case(tokens, first_timestamp=first, window_start_s=start_s, sound_s=sound_s, says=says, gives=gives)

    two = at(0.0, 7, 9, 1.5, 1.5, 4, 4, 5, 3.2)
    chatty = at(0.4, 8, 3, 2.0, 2.5, 6, 4.2, 4.2, 9, 9, 1, 6.0, 6.2, 3, 7.9)
    return [
        window(two, 0.0, 10.0, "two segments in the first window", ([[0, 1.5], [1.5, 3.2]], [2, 3])),
        window(two, 60.0, 80.0, "the same after a minute", ([[60, 61.5], [61.5, 63.2]], [2, 3])),
        window(at(0.0, 5, 6, 30.0), 30.0, 34.2, "an end in the padded window", ([[30, 34.2]], [2])),
        window(at(0.0, 5, 6, 4.0, 5.0, 8, 8, 7.0), 0.0, 4.5, "text in the padding", ([[0, 4.0]], [2])),
        window(at(1.0, 5, 6, 2), 30.0, 90.0, "no last timestamp", ([[31.0, 60.0]], [3])),
        window(at(1.0, 5, 6, 2), 30.0, 41.0, "no last timestamp, and padding", ([[31.0, 41.0]], [3])),
        window(at(0.0, 30.0), 0.0, 30.0, "timestamps without text", ([], [])),
        window(at(), 0.0, 30.0, "no token", ([], [])),
        window(at(2.0, 999, 0, 998, 2.5), 7.5, 20.0, "words with the lowest and highest numbers"),
        window(chatty, 0.0, 30.0, "four segments with pauses"),
        window(chatty, 12.34, 18.0, "four segments, the last one cut by the end of the sound"),
        window(chatty, 25.5, 31.7, "four segments, the last one behind the end of the sound"),
        window(chatty + 500, 90.0, 200.0, "another vocabulary", first=FIRST + 500),
        window(at(0.0, 4, 6.0, 6.0, 3, 9.0), 30.0, 36.0, "a segment that begins where the sound ends"),
        window(at(0.0, 4, 6.0, 8.0), 0.0, 30.0, "a start at the end, and no text behind it"),
    ]


def segments_of(tokens, *, first_timestamp, window_start_s, sound_s):
    places = np.flatnonzero(tokens >= first_timestamp)
    counts = np.diff(places, append=len(tokens))[::2] - 1
    seconds = window_start_s + 0.02 * (tokens[places] - first_timestamp)
    if len(seconds) % 2:
        seconds = np.append(seconds, window_start_s + 30)
    starts, ends = seconds[::2], np.minimum(seconds[1::2], sound_s)
    keep = (counts > 0) & (starts < sound_s)
    return starts[keep], ends[keep], counts[keep]


def _parsed(tokens, first_timestamp):
    """Pairs of timestamp tokens with the text between them; the last may lack its end."""
    found = []
    for token in tokens.tolist():
        if token < first_timestamp:
            found[-1][2] += 1
        elif found and found[-1][1] is None:
            found[-1][1] = token
        else:
            found.append([token, None, 0])
    return found


def _segments_with(
    seconds=lambda token, first: 0.02 * (token - first),
    shift=lambda t, start: t + start,
    without_end=lambda start, sound: start + 30,
    cut=lambda t, start, sound: min(t, sound),
    keep=lambda begin, end, n, start, sound: n > 0 and begin < sound,
    count=lambda n: n,
):
    def segments(tokens, *, first_timestamp, window_start_s, sound_s):
        times, counts = [], []
        for begin, end, n in _parsed(tokens, first_timestamp):
            begin_s = shift(seconds(begin, first_timestamp), window_start_s)
            end_s = (
                without_end(window_start_s, sound_s)
                if end is None
                else shift(seconds(end, first_timestamp), window_start_s)
            )
            if end_s is not None and keep(begin_s, end_s, n, window_start_s, sound_s):
                times.append([cut(begin_s, window_start_s, sound_s), cut(end_s, window_start_s, sound_s)])
                counts.append(count(n))
        return _columns(times, counts)

    return segments


def _between_all(tokens, *, first_timestamp, window_start_s, sound_s):
    """Each timestamp but the last begins a segment, the pauses among them."""
    places = [*np.flatnonzero(tokens >= first_timestamp), len(tokens)]
    seconds = [*(window_start_s + 0.02 * (tokens[places[:-1]] - first_timestamp)), window_start_s + 30]
    is_open = len(tokens) > 0 and tokens[-1] < first_timestamp
    n = len(seconds) - 1 if is_open else max(len(seconds) - 2, 0)
    times = np.minimum([seconds[k : k + 2] for k in range(n)], sound_s).reshape(-1, 2)
    return _columns(times, np.diff(places)[:n] - 1)


def _wrong_steps(step_s):
    return _segments_with(seconds=lambda token, first: step_s * (token - first))


def _changed(change):
    return lambda tokens, **options: change(*_segments_by_definition(tokens, **options))


def _lengths(starts, ends, counts):
    return starts, ends - starts, counts


def _strictly_above(tokens, *, first_timestamp, window_start_s, sound_s):
    """The first timestamp is taken for text."""
    found = [[None, None, 0]]
    for token in tokens.tolist():
        if token <= first_timestamp:
            found[-1][2] += 1
        elif found[-1][0] is None:
            found[-1][:] = [token, None, 0]
        elif found[-1][1] is None:
            found[-1][1] = token
            found.append([None, None, 0])
    rows = [one for one in found if one[0] is not None and one[2]]
    times = [
        [
            window_start_s + 0.02 * (begin - first_timestamp),
            window_start_s + (30 if end is None else 0.02 * (end - first_timestamp)),
        ]
        for begin, end, _ in rows
    ]
    times, counts = np.array(times, float).reshape(-1, 2), np.array([n for *_, n in rows], int)
    keep = times[:, 0] < sound_s
    return _columns(np.minimum(times, sound_s)[keep], counts[keep])


EXERCISE = Exercise(
    title="when was it said?",
    stars=2,
    kind="repair",
    task="""
Whisper reads windows of 30 s, pads the last one with silence, and writes timestamps among the words: the token `first_timestamp` is 0.00 s after the start of the window, the next one 0.02 s, and so on to 30.00 s. Tokens below it are text. The published code reads the times off, and every segment after the first window lies too early, by the time at which its window starts, while the last one ends in the padding.

**Mend it.** `tokens` is an array of whole numbers: a timestamp, text, a timestamp; then perhaps the next segment, again a timestamp, text, a timestamp. Only the last segment may lack its second timestamp: it lasts to the end of the window, 30 s after `window_start_s`. The result is a tuple of three arrays or lists, each with a value for every segment: where it starts and where it ends, in **seconds of the recording**, and how many text tokens it has, as whole numbers.

`sound_s` is the length of the recording in seconds. No segment ends later than that; one that would begin there or later is left out (the model has read the padding), and so is one without text.
""",
    given='''import numpy as np


def published_segments(tokens, *, first_timestamp, window_start_s, sound_s):
    """As published: pairs of timestamps, in seconds."""
    places = np.flatnonzero(tokens >= first_timestamp)
    seconds = 0.02 * (tokens[places] - first_timestamp)
    return seconds[::2], seconds[1::2], np.diff(places)[::2] - 1


tokens = np.array([1000, 41, 7, 1075, 1100, 15, 2500])
found = published_segments(tokens, first_timestamp=1000, window_start_s=60.0, sound_s=64.2)
print("a window from 60 s on, of a recording of 64.2 s, by the published code:")
for start_s, end_s, count in zip(*found, strict=True):
    print(f"{start_s:5.2f} s to {end_s:5.2f} s, tokens of text: {count}")''',
    form="Tokens in; a tuple out, for each segment: starts in s, ends in s, numbers of text tokens.",
    answer="segments_of",
    spec=Function(cases=_windows, expected=_segments_by_definition, integers=True),
    reference=segments_of,
    hints=(
        "At which second of the recording lies the token 1075 of the cell above, and how long is the recording?",
        "Timestamps come in pairs, a start and an end. If their number is odd, the window's end closes the last pair.",
        "In this order: add `window_start_s`, leave out what has no text or begins at `sound_s` or later, then take the smaller of "
        "each end and `sound_s`.",
    ),
    wrongs=(
        Wrong(
            "seconds of the window",
            "The times count from the start of the window, and seconds of the recording are asked for.",
            (
                _segments_with(shift=lambda t, start: t, without_end=lambda start, sound: 30),
                _segments_with(shift=lambda t, start: t),
                _segments_with(shift=lambda t, start: t, without_end=lambda start, sound: min(30, sound - start)),
                _segments_with(
                    shift=lambda t, start: t,
                    without_end=lambda start, sound: 30,
                    cut=lambda t, start, sound: min(t, sound - start),
                    keep=lambda begin, end, n, start, sound: n > 0 and begin < sound - start,
                ),
            ),
        ),
        Wrong(
            "start subtracted",
            "The start of the window is subtracted from the times: the window lies that much later in the recording.",
            _segments_with(shift=lambda t, start: t - start),
        ),
        Wrong(
            "ends in the padding",
            "A segment ends later than the sound does: the window is padded to 30 s, and a timestamp may lie in the padding.",
            (
                _segments_with(cut=lambda t, start, sound: t),
                _segments_with(cut=lambda t, start, sound: min(t, start + 30)),
                _segments_with(cut=lambda t, start, sound: t, without_end=lambda start, sound: min(start + 30, sound)),
            ),
        ),
        Wrong(
            "cut before the start was added",
            "The time in the window is compared with the length of the recording, before the start of the window is added.",
            (
                _segments_with(
                    shift=lambda t, start: t,
                    cut=lambda t, start, sound: min(t, sound) + start,
                    without_end=lambda start, sound: 30,
                ),
            ),
        ),
        Wrong(
            "text from the padding",
            "A segment that begins where the sound has ended, or later, is kept. What stands in it was read from silence.",
            (
                _segments_with(keep=lambda begin, end, n, start, sound: n > 0),
                _segments_with(keep=lambda begin, end, n, start, sound: n > 0 and begin <= sound),
            ),
        ),
        Wrong(
            "what ends late left out",
            "A segment that begins in the sound and ends after it is left out: it is kept, and ends where the sound does.",
            (
                _segments_with(keep=lambda begin, end, n, start, sound: n > 0 and end <= sound),
                _segments_with(keep=lambda begin, end, n, start, sound: n > 0 and end < sound),
            ),
        ),
        Wrong(
            "segments without text",
            "A segment without a text token is kept, and is to be left out.",
            _segments_with(keep=lambda begin, end, n, start, sound: begin < sound),
        ),
        Wrong(
            "last segment lost",
            "The last segment is lost where its second timestamp is missing: it lasts to the end of the window, or of the sound.",
            _segments_with(without_end=lambda start, sound: None),
        ),
        Wrong(
            "to the end of the recording",
            "Without a second timestamp the segment lasts to the end of the window: the recording may go on for minutes.",
            _segments_with(without_end=lambda start, sound: sound),
        ),
        Wrong(
            "another step",
            "The timestamps are not 0.02 s apart here: they count frames of the encoder, of which 50 make a second.",
            tuple(_wrong_steps(step_s) for step_s in (0.01, 0.04, 0.03, 0.1, 1.0)),
        ),
        Wrong(
            "one token off",
            "All times are off by one step: the token `first_timestamp` itself is 0.00 s.",
            (
                _segments_with(seconds=lambda token, first: 0.02 * (token - first - 1)),
                _segments_with(seconds=lambda token, first: 0.02 * (token - first + 1)),
            ),
        ),
        Wrong(
            "first timestamp taken for text",
            "The token `first_timestamp` is taken for text: it is the timestamp of 0.00 s.",
            _strictly_above,
        ),
        Wrong(
            "pauses as segments",
            "Every timestamp begins a segment, so that the pauses between two segments are there as well, with 0 tokens of text.",
            _between_all,
        ),
        Wrong(
            "timestamps counted",
            "The times are right. The counts hold the timestamps, too: only text tokens count.",
            (_segments_with(count=lambda n: n + 2), _segments_with(count=lambda n: n + 1)),
        ),
        Wrong(
            "lengths for ends",
            "In place of the ends stand the lengths of the segments.",
            _changed(_lengths),
        ),
        Wrong(
            "exchanged",
            "The right results stand in another order: first the starts, then the ends, then the counts.",
            (
                _changed(lambda starts, ends, counts: (ends, starts, counts)),
                _changed(lambda starts, ends, counts: (counts, starts, ends)),
            ),
        ),
    ),
    after="A caption that stays on the screen after the last word, or words that come from the padding, are what this looks like in "
    "a product.",
    also_right=(_segments_by_definition, _segments_with()),
)
