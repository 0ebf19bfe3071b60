from math import comb

from ...practice.model import Exercise, Value, Wrong

N = 16


def _by_trying():
    """Counted over all ways in which sixteen coins can fall."""
    heads = [bin(way).count("1") for way in range(2**N)]
    return next(k for k in range(N + 1) if sum(n >= k for n in heads) < 0.05 * 2**N)


def least_right():
    chance, k = 1.0, 0
    while chance >= 0.05:
        k += 1
        chance = sum(comb(16, n) for n in range(k, 17)) / 2**16
    return k


EXERCISE = Exercise(
    title="how many of sixteen?",
    stars=1,
    kind="predict",
    task="""
In a listening test you hear A, then B, then X, which is one of the two, and say which. You do this 16 times. Somebody who hears no difference guesses, and is right half of the time by luck. **How many of the 16 answers must be right, at least, so that a guesser would reach that number or more with a probability below 5 %?**
""",
    form="right answers of 16, a whole number",
    answer="least_right",
    spec=Value(truth=_by_trying, unit="of 16", absolute=0.01),
    reference=least_right,
    hints=(
        "Not *exactly* so many: so many *or more*. Begin from the top: 16 of 16 happens to one guesser in 65,536.",
        "Of 2¹⁶ equally probable ways, C(16, k) have exactly k right: 1, 16, 120, 560, 1820, 4368 for k = 16, 15, … 11.",
        "Add from the top until the sum passes 0.05 · 65,536 = 3,277; the last k before it passes is the answer.",
    ),
    wrongs=(
        Wrong(
            "one too few",
            "11 or more are reached by 10.5 % of those who guess: too often.",
            lambda: 11,
        ),
        Wrong(
            "exactly so many",
            "That takes the probability of *exactly* so many, or is more careful than asked: a guesser who does even better counts, too, "
            "and with 12 the probability is already 3.8 %.",
            lambda: 13,
        ),
        Wrong(
            "two-sided",
            "That would be the number for 5 % in both directions, or for 1 %. Here only many right answers count against chance.",
            lambda: 14,
        ),
        Wrong(
            "ninety-five per cent of the answers",
            "That is 95 % of the 16 answers. The 5 % is the probability that luck does as well, which is something else.",
            (lambda: 15.2, lambda: 15, lambda: 16),
        ),
        Wrong(
            "more than half",
            "A guesser is right in 8 on average, and in 9 or more with 40 %.",
            (lambda: 8, lambda: 9),
        ),
        Wrong("ten", "10 or more are reached by 23 % of those who guess.", lambda: 10),
        Wrong(
            "a probability",
            "A number of answers is asked for, and this is a probability.",
            (lambda: 0.05, lambda: 0.0384),
        ),
    ),
    after="And 11 of 16 do not prove that there is no difference: they only fail to prove one; more trials would tell.",
    also_right=(lambda: 12.0, lambda: N - 4),
)
