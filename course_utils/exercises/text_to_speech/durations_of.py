from itertools import combinations

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(attention):
    """Of all ways to cut the frames into as many runs as there are letters, the one with the largest product."""
    logs = np.log(np.asarray(attention, np.float64))
    n_frames, n_letters = logs.shape
    best, found = -np.inf, None
    for cuts in combinations(range(1, n_frames), n_letters - 1):
        ends = [0, *cuts, n_frames]
        total = sum(logs[ends[n] : ends[n + 1], n].sum() for n in range(n_letters))
        if total > best:
            best, found = total, np.diff(ends)
    return found


def durations_of(attention):
    logs = np.log(np.asarray(attention, float))
    n_frames, n_letters = logs.shape
    best = np.full((n_frames, n_letters), -np.inf)
    best[0, 0] = logs[0, 0]
    for t in range(1, n_frames):
        came = np.append(-np.inf, best[t - 1, :-1])
        best[t] = logs[t] + np.maximum(best[t - 1], came)
    counts, n = np.zeros(n_letters, int), n_letters - 1
    for t in reversed(range(n_frames)):
        counts[n] += 1
        if t and n and best[t - 1, n - 1] >= best[t - 1, n]:
            n -= 1
        if n > t:
            n = t
    return counts


def _backwards(attention):
    """From the last frame, the best way on from each place; then read from the first."""
    logs = np.log(np.asarray(attention, float))
    n_frames, n_letters = logs.shape
    ahead = np.full((n_frames, n_letters + 1), -np.inf)
    ahead[-1, n_letters - 1] = logs[-1, -1]
    for t in range(n_frames - 2, -1, -1):
        for n in range(n_letters):
            ahead[t, n] = logs[t, n] + max(ahead[t + 1, n], ahead[t + 1, n + 1])
    counts, n = [0] * n_letters, 0
    for t in range(n_frames):
        counts[n] += 1
        if t + 1 < n_frames and ahead[t + 1, n + 1] > ahead[t + 1, n]:
            n += 1
    return counts


def _staircase(seed, durations, sharp=3.0, noise=1.0):
    """Attention that points at each letter for so many frames, not always the most."""
    rng = np.random.default_rng(seed)
    letters = np.repeat(np.arange(len(durations)), durations)
    scores = noise * rng.standard_normal((len(letters), len(durations)))
    scores[np.arange(len(letters)), letters] += sharp
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True)


def _cases() -> list[Case]:
    by_hand = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    back = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.55, 0.35, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    skipped = np.array([[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.1, 0.1, 0.8], [0.05, 0.05, 0.9]])
    late = np.array([[0.1, 0.9], [0.6, 0.4], [0.2, 0.8]])
    found = [
        case(by_hand, says="two letters in three frames", gives=[2, 1]),
        case(back, says="one frame that looks back", gives=[1, 3, 1]),
        case(skipped, says="a letter that no frame likes best", gives=[2, 1, 1]),
        case(late, says="a first frame that prefers the second letter", gives=[2, 1]),
        case(np.ones((4, 1)), says="one letter", gives=[4]),
        case(np.full((3, 3), 1 / 3), says="as many frames as letters", gives=[1, 1, 1]),
        case(np.ones((1, 1)), says="one frame", gives=[1]),
    ]
    made = [
        (1, [3, 1, 4, 2], 3.0, 1.0, "a clear staircase"),
        (2, [2, 5, 1, 3, 2], 1.5, 1.0, "a noisy staircase"),
        (3, [1, 1, 6, 2, 1], 1.0, 1.5, "a very noisy one"),
        (4, [9, 12, 8], 1.0, 1.2, "long letters"),
        (5, [1, 1, 1, 1, 1, 6], 2.0, 1.0, "short letters and a long one"),
        (6, [7, 1, 1, 1], 2.0, 1.5, "a long letter first"),
        (7, [4, 4], 0.3, 1.5, "hardly a staircase"),
    ]
    found += [case(_staircase(seed, d, sharp, noise), says=says) for seed, d, sharp, noise, says in made]
    return [*found, case(_staircase(8, [2, 3, 2], 2.0).astype(np.float32), says="float32")]


def _argmax_counts(attention):
    attention = np.asarray(attention)
    return np.bincount(attention.argmax(axis=1), minlength=attention.shape[1])


def _argmax_monotonic(attention):
    attention = np.asarray(attention)
    places = np.maximum.accumulate(attention.argmax(axis=1))
    return np.bincount(places, minlength=attention.shape[1])


def _column_sums(attention):
    return np.asarray(attention, float).sum(axis=0)


def _rounded_sums(attention):
    return np.round(_column_sums(attention)).astype(int)


def _greedy(attention):
    """Goes on as soon as the next letter has more weight than this one."""
    attention = np.asarray(attention)
    counts, n = np.zeros(attention.shape[1], int), 0
    for row in attention:
        if n + 1 < len(counts) and row[n + 1] > row[n]:
            n += 1
        counts[n] += 1
    return counts


def _path(attention, scores, may_skip=False, last=True):
    table = scores(np.asarray(attention, float))
    n_frames, n_letters = table.shape
    best, came = np.full((n_frames, n_letters), -np.inf), np.zeros((n_frames, n_letters), int)
    best[0, 0] = table[0, 0]
    for t in range(1, n_frames):
        for n in range(n_letters):
            before = range(n + 1) if may_skip else range(max(0, n - 1), n + 1)
            came[t, n] = max(before, key=lambda m: best[t - 1, m])
            best[t, n] = table[t, n] + best[t - 1, came[t, n]]
    counts, n = np.zeros(n_letters, int), n_letters - 1 if last else int(best[-1].argmax())
    for t in reversed(range(n_frames)):
        counts[n] += 1
        n = came[t, n]
    return counts


def _evenly(attention):
    n_frames, n_letters = np.shape(attention)
    return np.diff(np.round(np.linspace(0, n_frames, n_letters + 1)).astype(int))


def _ends(attention):
    return np.cumsum(_by_definition(attention))


def _starts(attention):
    return np.cumsum(_by_definition(attention)) - _by_definition(attention)


EXERCISE = Exercise(
    title="from attention to durations",
    stars=3,
    kind="implement",
    task=r"""
A Tacotron that has learned to speak is a teacher: its attention says how long each letter lasts, and a network without attention can learn from that. Write `durations_of(attention)`. `attention` has the shape (frames, letters), all numbers are above 0, and there are at least as many frames as letters.

Counting where each row is largest will not do: a letter may get no frame at all, or a row may look back. So cut the frames into **one run for each letter, in order, none empty**, such that the product of the weights of all frames, each that of its letter, is as large as possible. The result is how many frames each letter has: whole numbers, which add up to the number of frames.
""",
    form="Attention (frames, letters); whole numbers (letters,), in frames.",
    answer="durations_of",
    spec=Function(cases=_cases, expected=_by_definition, integers=True),
    reference=durations_of,
    hints=(
        "Products of small numbers vanish: add logarithms. And the first frame belongs to the first letter, whatever it prefers.",
        "This is forced alignment as in lecture 13, without a blank: to be at letter n in frame t, you were at n or at n − 1 before.",
        "`best[t, n] = log a[t, n] + max(best[t - 1, n], best[t - 1, n - 1])`. Then go back from the last letter in the last frame, "
        "always to the better of the two, and count.",
    ),
    wrongs=(
        Wrong(
            "frames counted where they are largest",
            "It counts where each row is largest. A row that looks back, or a letter that no row likes best, is miscounted.",
            (_argmax_counts, _argmax_monotonic),
        ),
        Wrong(
            "sums of columns",
            "These are sums of weights, and whole frames are asked for, one letter each.",
            _column_sums,
        ),
        Wrong(
            "rounded sums",
            "Rounded sums of weights need not add up to the number of frames, and may be 0.",
            _rounded_sums,
        ),
        Wrong(
            "greedy",
            "It goes on as soon as the next letter has more weight: one early row misleads it. Compare whole ways.",
            _greedy,
        ),
        Wrong(
            "weights added",
            "The weights are added along the way, and their product is asked for: add logarithms.",
            lambda attention: _path(attention, lambda a: a),
        ),
        Wrong(
            "letters skipped",
            "A letter is skipped: each has at least one frame.",
            (lambda attention: _path(attention, np.log, may_skip=True),),
        ),
        Wrong(
            "end anywhere",
            "The way ends at another letter than the last: the whole text is said.",
            lambda attention: _path(attention, np.log, last=False),
        ),
        Wrong("evenly", "Each letter gets the same share: that is where no attention has been looked at.", _evenly),
        Wrong(
            "ends",
            "These are the frames at which letters end. How long each lasts is asked for: take differences.",
            _ends,
        ),
        Wrong("starts", "These are the frames at which letters begin. How long each lasts is asked for.", _starts),
    ),
    after="Durations of a teacher, once found, need no attention any more: the student cannot skip, repeat or go on for ever.",
    also_right=(_by_definition, _backwards),
)
