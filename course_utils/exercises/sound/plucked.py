import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _string_by_equations(burst, n_samples, *, decay):
    """All samples at once: each is tied to two earlier ones by a linear equation, and the burst is what drives them."""
    n_made = max(n_samples, len(burst))
    ties, driving = np.eye(n_made), np.zeros(n_made)
    driving[: len(burst)] = burst
    for n in range(len(burst), n_made):
        ties[n, n - len(burst)] -= decay / 2
        if n > len(burst):
            ties[n, n - len(burst) - 1] -= decay / 2
    return np.linalg.solve(ties, driving)[:n_samples]


def _string_by_filter(burst, n_samples, *, decay):
    from scipy.signal import lfilter

    fed = np.concatenate([burst, np.zeros(max(n_samples - len(burst), 0))])[:n_samples]
    return lfilter([1.0], [1, *np.zeros(len(burst) - 1), -decay / 2, -decay / 2], fed)


def _bursts() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([1.0, 0]), 6, decay=1.0, says="two samples, no loss", gives=[1, 0, 0.5, 0.5, 0.25, 0.5]),
        case(np.array([8.0, 0, 4]), 7, decay=0.5, says="three samples, half lost", gives=[8, 0, 4, 2, 2, 1, 1.5]),
        case(rng.uniform(-1, 1, 7), 45, decay=0.9, says="seven random samples, six turns"),
        case(rng.uniform(-1, 1, 20), 20, decay=0.99, says="one turn and no more"),
        case(rng.uniform(-1, 1, 9), 4, decay=0.99, says="less than one turn"),
        case(np.array([3.0, -1, 2]), 1, decay=0.5, says="a single sample", gives=[3]),
        case(rng.uniform(-1, 1, 6), 7, decay=0.8, says="one sample more than a turn"),
        case(1e-6 * rng.uniform(-1, 1, 5), 17, decay=0.95, says="a burst at −120 dB"),
    ]


def plucked(burst, n_samples, *, decay):
    period = len(burst)
    string = [0, *burst]  # the zero stands before the first sample
    for _ in range(period, n_samples):
        string.append(decay * (string[-period] + string[-period - 1]) / 2)
    return np.array(string[1 : n_samples + 1])


def _published_string(burst, n_samples, *, decay):
    string, previous = [], 0.0
    for n in range(n_samples):
        place = n % len(burst)
        burst[place] = decay * (burst[place] + previous) / 2
        previous = burst[place]
        string.append(previous)
    return np.array(string)


def _string(mean, first_turn=True):
    """A loop whose next sample is ``decay * mean(samples so far, period)``."""

    def string(burst, n_samples, *, decay):
        made = list(burst)
        while len(made) < n_samples + len(burst):
            made.append(decay * mean(made, len(burst)))
        return np.array(made if first_turn else made[len(burst) :])[:n_samples]

    return string


def _back(made, delay):
    return made[-delay] if delay <= len(made) else 0.0


def _rolled_string(burst, n_samples, *, decay):
    turns = [np.array(burst)]
    while sum(map(len, turns)) < n_samples:
        turns.append(decay * (turns[-1] + np.roll(turns[-1], 1)) / 2)
    return np.concatenate(turns)[:n_samples]


def _string_of_turns(burst, n_samples, *, decay):
    turns, before = [np.array(burst, float)], 0.0
    while len(turns) * len(burst) < n_samples:
        neighbours = np.concatenate([[before], turns[-1][:-1]])
        before = turns[-1][-1]
        turns.append(decay * (turns[-1] + neighbours) / 2)
    return np.concatenate(turns)[:n_samples]


def _one_lossy(which):
    """A loop in which one of the two neighbours loses nothing."""

    def string(burst, n_samples, *, decay):
        made, weights = [0, *burst], np.where(np.arange(2) == which, decay, 1.0) / 2
        for _ in range(len(burst), n_samples):
            made.append(weights[0] * made[-len(burst)] + weights[1] * made[-len(burst) - 1])
        return np.array(made[1 : n_samples + 1])

    return string


EXERCISE = Exercise(
    title="the string that dies too soon",
    stars=2,
    kind="repair",
    task=r"""
A plucked string after Karplus and Strong, as it has been copied from notebook to notebook. It sounds like a string, but a dull one: in dB, the mean damps the lowest harmonics eight times as much as it should. And a second note from the same burst is another note.

**Mend it.** The burst of $P \ge 2$ samples comes first and unchanged, $x[0], \ldots, x[P-1]$; from there on

$$x[n] = d \cdot \tfrac12 \left(x[n-P] + x[n-P-1]\right), \qquad x[-1] = 0$$

`n_samples` samples come out, also where that is less than $P$.
""",
    given='''import numpy as np

import course_utils as cu


def published_plucked(burst, n_samples, *, decay):
    """As published: go round the table, and replace each value by a mean."""
    string, previous = [], 0.0
    for n in range(n_samples):
        place = n % len(burst)
        burst[place] = previous = decay * (burst[place] + previous) / 2
        string.append(previous)
    return np.array(string)


lecture = cu.sound.pluck(220, duration_s=1, sample_rate=22_050, rng=np.random.default_rng(3))
burst = lecture[:100].copy()
both = 0.5 * np.concatenate([lecture, published_plucked(burst, 22_050, decay=0.996)])
print(f"largest change of the burst: {np.abs(burst - lecture[:100]).max():.2f}")
cu.audio.play(both, 22_050, caption="The lecture's string, then the published one. Which is duller?")''',
    form="A burst (period,) in, n_samples of a string out.",
    answer="plucked",
    spec=Function(cases=_bursts, expected=_string_by_equations),
    reference=plucked,
    hints=(
        "Which sample is the neighbour in the mean: one that went in a period ago, or one that has just come out?",
        "`previous` holds what was written a moment ago. The formula asks for the value that stood there before.",
        "Keep every sample in one list, and look back in it by P and by P + 1. Then nothing needs to be overwritten.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "It still does both: the mean is taken with the sample that has just come out, and the caller's burst "
            "is overwritten.",
            _published_string,
        ),
        Wrong(
            "new neighbour, on a copy",
            "The caller's burst is safe now, but the mean is still taken with the sample that has just come out, and the burst "
            "itself goes through it, which is to come out unchanged. "
            "Each output then enters the next one, and this mean, the loss apart, damps the low harmonics about eight times as much in dB.",
            lambda burst, n_samples, *, decay: _published_string(np.array(burst, float), n_samples, decay=decay),
        ),
        Wrong(
            "new neighbour after the first turn",
            "The first turn is right. After it the second term of the mean is x[n − 1], the sample that has just come "
            "out, where x[n − P − 1] is asked.",
            (
                _string(lambda made, period: (made[-period] + made[-1]) / 2),
                _string(lambda made, period: (made[-period] + (made[-1] if len(made) > period else 0)) / 2),
            ),
        ),
        Wrong(
            "burst left out",
            "The string is right and starts one turn late: the burst itself is the first turn.",
            _string(lambda made, period: (made[-period] + _back(made, period + 1)) / 2, first_turn=False),
        ),
        Wrong(
            "neighbour ahead",
            "The neighbour is x[n − P + 1], on the other side: the loop then delays by P − ½ samples, "
            "and the pitch is too high.",
            _string(lambda made, period: (made[-period] + made[-period + 1]) / 2),
        ),
        Wrong(
            "neighbour wraps",
            "The first sample of each turn is averaged with the last one of the same table. "
            "The neighbour of x[n − P] is one sample older than it; np.roll gives the first one a younger one.",
            _rolled_string,
        ),
        Wrong(
            "index −1 is the last",
            "Only the first sample after the burst takes a wrong neighbour, and hands it on: x[−1] is 0 in the formula, "
            "while index −1 of a list is its last entry.",
            _string(lambda made, period: (made[-period] + made[len(made) - period - 1]) / 2),
        ),
        Wrong(
            "sum for mean",
            "The two samples are added and not halved: where the loss is small, the lowest harmonics nearly double in every turn.",
            _string(lambda made, period: made[-period] + _back(made, period + 1)),
        ),
        Wrong(
            "loss left out",
            "The loss d is missing: the mean is taken and not multiplied by it.",
            lambda burst, n_samples, *, decay: _string_by_equations(burst, n_samples, decay=1.0),
        ),
        Wrong(
            "loss of the lecture",
            "The loss is a number of its own, such as the lecture's 0.996, whatever `decay` says.",
            tuple(
                lambda burst, n_samples, *, decay, own=own: _string_by_equations(burst, n_samples, decay=own)
                for own in (0.996, 0.99, 0.995, 0.999, 0.9, 0.5)
            ),
        ),
        Wrong(
            "burst not cut",
            "It is right unless fewer samples are asked than the burst has: then the whole burst comes out.",
            lambda burst, n_samples, *, decay: plucked(burst, max(n_samples, len(burst)), decay=decay),
        ),
        Wrong(
            "first mean of one",
            "Only the first sample after the burst is wrong, and those that come from it: its older neighbour is x[−1] = 0, so it is half of x[0], times the loss.",
            _string(lambda made, period: (made[-period] + made[-period - 1 if len(made) > period else -period]) / 2),
        ),
        Wrong(
            "loss twice",
            "The loss d is multiplied in twice, perhaps once for each of the two neighbours and once for their mean.",
            lambda burst, n_samples, *, decay: plucked(burst, n_samples, decay=decay**2),
        ),
        Wrong(
            "no mean",
            "Each sample is the one of a period ago, times the loss: without the mean of two neighbours all harmonics die equally fast; on a string the high ones die first.",
            _string(lambda made, period: made[-period]),
        ),
        Wrong(
            "burst damped",
            "The loss is multiplied into the burst, too: the first turn is to come out unchanged.",
            lambda burst, n_samples, *, decay: decay * plucked(burst, n_samples, decay=decay),
        ),
        Wrong(
            "loss on one neighbour",
            "The loss is multiplied into one of the two neighbours only: it belongs to their mean.",
            (_one_lossy(0), _one_lossy(1)),
        ),
        Wrong(
            "neighbour too old",
            "The neighbour is not x[n − P − 1]: it lies two or more samples beside x[n − P].",
            tuple(_string(lambda made, period, k=k: (made[-period] + _back(made, period + k)) / 2) for k in (2, 3)),
        ),
        Wrong(
            "difference for mean",
            "The two samples are subtracted: that removes the low harmonics and keeps the high ones. Their mean is asked.",
            (
                _string(lambda made, period: (made[-period] - _back(made, period + 1)) / 2),
                _string(lambda made, period: made[-period] - _back(made, period + 1)),
            ),
        ),
    ),
    after="One turn of the loop takes P + ½ samples, the half from the mean, so the pitch is f_s / (P + ½): 20 samples at 22,050 Hz sound at 1,076 Hz and not at 1,102 Hz, nearly a quarter tone flat.",
    also_right=(
        _string_by_filter,
        _string_of_turns,
        lambda burst, n_samples, *, decay: list(plucked(np.float32(burst), n_samples, decay=decay)),
    ),
)
