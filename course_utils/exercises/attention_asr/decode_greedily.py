import numpy as np

from ...practice.model import Case, Exercise, Function, Property, Wrong, case


def _writes(text, *, start, n_classes=12):
    """A decoder that writes these tokens, the end among them, and the last one on and on.

    It must be shown the start and all that it has written: where that is not so, it writes the class before the last.
    """

    def step(tokens):
        n_written = len(tokens) - 1
        shown = [start, *text, *[text[-1]] * max(0, n_written - len(text))][: n_written + 1]
        lost = n_written < 0 or list(map(int, tokens)) != shown
        scores = np.sin(np.arange(n_classes) + n_written)
        scores[n_classes - 2 if lost else text[min(n_written, len(text) - 1)]] = 3.0
        return scores

    return step


def _counts_down(n_classes):
    """A decoder whose next token is one less than the last one; all its scores are negative."""
    return lambda tokens: -5.0 - np.abs(np.arange(n_classes) - (tokens[-1] - 1) % n_classes)


def _in_doubt(tokens):
    """Two classes share the highest score."""
    return np.array([0.0, 2.0, 1.0, 2.0]) if len(tokens) < 3 else np.array([9.0, 2.0, 1.0, 2.0])


def _written(text, limit, says, gives, *, start=11, end=0) -> Case:
    return case(_writes(text, start=start), start=start, end=end, limit=limit, says=says, gives=gives)


def _decoders() -> list[Case]:
    text = [3, 7, 7, 1, 0]
    down, all_down = ([4, 3], "end"), ([4, 3, 2, 1, 0], "end")
    return [
        _written(text, 20, "3 7 7 1 and the end", ([3, 7, 7, 1], "end")),
        _written(text, 5, "an end at the last call", ([3, 7, 7, 1], "end")),
        _written(text, 4, "a limit of 4, just too low", ([3, 7, 7, 1], "limit")),
        _written([0], 20, "silence: the end at once", ([], "end")),
        _written([5], 9, "a decoder that never ends", ([5] * 9, "limit")),
        _written([2, 0, 4, 9, 5], 30, "9 is the end, and 0 a token", ([2, 0, 4], "end"), start=1, end=9),
        _written([6, 11, 6, 0], 30, "the start comes again", ([6, 11, 6], "end")),
        case(_counts_down(6), start=5, end=2, limit=30, says="scores below 0", gives=down),
        case(_counts_down(6), start=5, end=5, limit=30, says="start and end are one token", gives=all_down),
        case(_in_doubt, start=3, end=0, limit=30, says="two classes with the highest score", gives=([1, 1], "end")),
        _written([8, 8, 8, 4], 1, "a limit of 1", ([8], "limit"), end=4),
        _written([4, 0], 1, "the end at once, a limit of 1", ([], "end"), end=4),
    ]


def _too_many_calls(answer):
    """An answer may be right and have asked the decoder more often than it may."""
    for limit in (9, 4, 1):
        step, shown = _writes([5], start=11), []

        def counted(tokens, step=step, shown=shown):
            shown.append(list(tokens))
            return step(tokens)

        answer(counted, start=11, end=0, limit=limit)
        if len(shown) > limit:
            return f"The results are right, and with a limit of {limit} it calls `step` {len(shown)} times."
    return None


def decode_greedily(step, *, start, end, limit):
    tokens = [start]
    for _ in range(limit):
        best = int(np.argmax(step(tokens)))
        if best == end:
            return tokens[1:], "end"
        tokens.append(best)
    return tokens[1:], "limit"


def _with_while(step, *, start, end, limit):
    written, why = np.array([], int), "limit"
    while len(written) < limit and why == "limit":
        scores = np.asarray(step([start, *written.tolist()]))
        best = np.flatnonzero(scores == scores.max())[0]
        written, why = (written, "end") if best == end else (np.append(written, best), "limit")
    return written, why


def _by_calling_itself(step, *, start, end, limit, so_far=()):
    if limit == 0:
        return list(so_far), "limit"
    best = int(np.argmax(step([start, *so_far])))
    if best == end:
        return list(so_far), "end"
    return _by_calling_itself(step, start=start, end=end, limit=limit - 1, so_far=(*so_far, best))


def _loop(
    shown=lambda start, written: [start, *written],
    best=lambda scores, written: int(np.argmax(scores)),
    ends=lambda token, written, end, start: token == end,
    n_calls=lambda limit: limit,
    keeps_end=False,
):
    """A loop whose parts may be wrong: what ``step`` is shown, which class it takes, when it stops, and how late."""

    def decode(step, *, start, end, limit):
        written = []
        for _ in range(n_calls(limit)):
            token = best(np.asarray(step(shown(start, written))), written)
            if ends(token, written, end, start):
                return [*written, token] if keeps_end else written, "end"
            written.append(token)
        return written, "limit"

    return decode


def _changed(change):
    return lambda step, *, start, end, limit: change(
        *decode_greedily(step, start=start, end=end, limit=limit), start, end, limit
    )


def _end_checked_late(step, *, start, end, limit):
    """The token is appended, and the loop looks at the last one when it begins again."""
    tokens = [start]
    for _ in range(limit):
        if len(tokens) > 1 and tokens[-1] == end:
            return tokens[1:-1], "end"
        tokens.append(int(np.argmax(step(tokens))))
    return tokens[1:], "limit"


def _idle_call(step, *, start, end, limit):
    step([start])
    return decode_greedily(step, start=start, end=end, limit=limit)


def _one_more_look(step, *, start, end, limit):
    written, why = decode_greedily(step, start=start, end=end, limit=limit)
    is_over = why == "limit" and int(np.argmax(step([start, *written]))) == end
    return written, "end" if is_over else why


def _while_not_the_end(step, *, start, end, limit):
    """``while tokens[-1] != end``: a start that is the end stops it at once."""
    tokens = [start]
    while tokens[-1] != end and len(tokens) <= limit:
        tokens.append(int(np.argmax(step(tokens))))
    return (
        (tokens[1:-1], "end")
        if tokens[-1] == end and len(tokens) > 1
        else (tokens[1:], "end" if tokens[-1] == end else "limit")
    )


EXERCISE = Exercise(
    title="write until the end, or until enough",
    stars=1,
    kind="implement",
    task="""
Unlike CTC, an attention decoder decides itself how much it writes: one token after the other, until the **end token** comes. On a recording that it does not understand the end may never come, so every decoder needs a **limit** as well, and whoever reads the text should know which of the two stopped it.

Write the greedy loop. `step(tokens)` is a decoder: it takes the list of all tokens so far, `start` first, and gives an array of scores, one for each class; the class with the highest score is the next token (the lower one where two are equal). `step` may be called `limit` times at most, and `limit` is at least 1. The result is a tuple: the **list** of what was written, whole numbers, without `start` and without the end token; and why it stopped, `"end"` or `"limit"`. If the end token comes at the last call that is allowed, the answer is `"end"`.
""",
    form="step(tokens) -> scores (classes,); a tuple out: list of tokens, 'end' or 'limit'.",
    answer="decode_greedily",
    spec=Function(cases=_decoders, integers=True, properties=(Property("calls beyond the limit", _too_many_calls),)),
    reference=decode_greedily,
    start='''def decode_greedily(step, *, start, end, limit):
    """step(tokens) -> scores (classes,); a tuple out: list of tokens, 'end' or 'limit'."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    hints=(
        "What does `step` get at the first call, and what at the second?",
        "A `for` loop of `limit` rounds calls `step` often enough. Two things leave it: a `return` in its middle, and its end.",
        "Look at the new token before it joins the list: if it is the end, return what is there; else append it, and go on.",
    ),
    wrongs=(
        Wrong(
            "end token kept",
            "The end token stands in the result: it says that the text is over and is no part of it.",
            _loop(keeps_end=True),
        ),
        Wrong(
            "start kept",
            "The start token stands in the result: it was given to the decoder and not written by it.",
            _changed(lambda tokens, why, start, end, limit: ([start, *tokens], why)),
        ),
        Wrong(
            "start and end kept",
            "Start and end token stand in the result: what was written lies between them.",
            _changed(lambda tokens, why, start, end, limit: ([start, *tokens, *[end] * (why == "end")], why)),
        ),
        Wrong(
            "only the last token shown",
            "The decoder is shown the last token alone: `step` needs all tokens so far.",
            _loop(shown=lambda start, written: [start, *written][-1:]),
        ),
        Wrong(
            "start not shown",
            "The decoder is not shown the start token before what it has written: the list for `step` begins with it.",
            (
                _loop(shown=lambda start, written: written or [start]),
                _loop(shown=lambda start, written: written[:] if written else [start, *written]),
            ),
        ),
        Wrong(
            "only the start shown",
            "The decoder is shown the start token alone at every call, so it does not know what it has written.",
            _loop(shown=lambda start, written: [start]),
        ),
        Wrong(
            "the newest first",
            "The decoder is shown the tokens from the newest to the oldest: `start` comes first, the newest last.",
            _loop(shown=lambda start, written: [start, *written][::-1]),
        ),
        Wrong(
            "0 as the end",
            "It stops at class 0, whatever `end` says.",
            _loop(ends=lambda token, written, end, start: token == 0),
        ),
        Wrong(
            "stops at the start",
            "It stops where the start token comes again: only `end` ends the text.",
            _loop(ends=lambda token, written, end, start: token in (end, start)),
        ),
        Wrong(
            "start and end taken out everywhere",
            "All start and end tokens are taken out of the list. The decoder may write the start token itself, and then it belongs "
            "to the text: only the first place is not written.",
            _changed(lambda tokens, why, start, end, limit: ([t for t in tokens if t not in (start, end)], why)),
        ),
        Wrong(
            "stops at a repeat",
            "It stops where a token comes twice in a row: that is CTC's rule for frames, and here 7 7 is two tokens.",
            _loop(ends=lambda token, written, end, start: token == end or written[-1:] == [token]),
        ),
        Wrong(
            "repeats merged",
            "Equal neighbours are merged, as CTC does with frames; here each token was written on its own.",
            _changed(
                lambda tokens, why, start, end, limit: (
                    [token for n, token in enumerate(tokens) if n == 0 or token != tokens[n - 1]],
                    why,
                )
            ),
        ),
        Wrong(
            "one call too few",
            "It stops one call too early: `step` may be called `limit` times.",
            (_loop(n_calls=lambda limit: limit - 1), _loop(n_calls=lambda limit: max(limit - 1, 1))),
        ),
        Wrong(
            "one call too many",
            "It calls `step` once more than `limit` allows.",
            _loop(n_calls=lambda limit: limit + 1),
        ),
        Wrong(
            "end at the last call not seen",
            'Where the end token comes at the last call that is allowed, the answer says "limit": what stopped the text is told by '
            "the token itself, looked at as soon as it is there, and not by the number of calls.",
            (
                _end_checked_late,
                _changed(lambda tokens, why, start, end, limit: (tokens, "limit" if len(tokens) + 1 == limit else why)),
                _changed(lambda tokens, why, start, end, limit: (tokens, "limit" if len(tokens) + 1 >= limit else why)),
            ),
        ),
        Wrong(
            "one more look for the end",
            'Where the end would come at the call after the last one that is allowed, the answer says "end". `step` may be '
            "called `limit` times, and by then the limit has stopped the text.",
            _one_more_look,
        ),
        Wrong(
            "calls beyond the limit",
            "The results are right, and with a limit of 9 it calls `step` 10 times: each token needs one call.",
            _idle_call,
        ),
        Wrong(
            "the last token lost at the limit",
            "Where the limit stops it, the last token that was written is missing: only an end token is cut off.",
            _changed(lambda tokens, why, start, end, limit: (tokens if why == "end" else tokens[:-1], why)),
        ),
        Wrong(
            "a start that is the end",
            "Where start and end are one token, as in GPT-2, it stops before the first call: only what the decoder has written can "
            "end the text.",
            _while_not_the_end,
        ),
        Wrong(
            "the lowest score",
            "The class with the lowest score is taken.",
            _loop(best=lambda scores, written: int(np.argmin(scores))),
        ),
        Wrong(
            "scores squared or without sign",
            "The class whose score is largest in absolute value is taken: scores may be negative, and the highest one counts.",
            _loop(best=lambda scores, written: int(np.argmax(np.abs(scores)))),
        ),
        Wrong(
            "the last of equal ones",
            "Where two classes share the highest score, the higher class is taken, and the lower one is asked for.",
            _loop(best=lambda scores, written: len(scores) - 1 - int(np.argmax(scores[::-1]))),
        ),
        Wrong(
            "always the end",
            "It says that the end stopped it, also where the limit did.",
            _changed(lambda tokens, why, start, end, limit: (tokens, "end")),
        ),
        Wrong(
            "always the limit",
            "It says that the limit stopped it, also where the end token came.",
            _changed(lambda tokens, why, start, end, limit: (tokens, "limit")),
        ),
        Wrong(
            "without the reason",
            "The tokens come back alone: a tuple of the tokens and the reason is asked for.",
            _changed(lambda tokens, why, start, end, limit: tokens),
        ),
    ),
    after="Log how often the limit stops your decoder: a text that was cut off there often belongs to a recording unlike those that "
    "it was trained on.",
    also_right=(_with_while, _by_calling_itself),
)
