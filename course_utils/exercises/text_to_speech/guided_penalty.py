import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(attention, n_letters, n_steps, width=0.2):
    """Clip by clip, step by step, letter by letter."""
    attention = np.asarray(attention, np.float64)
    total, count = 0.0, 0
    for clip, (letters, steps) in enumerate(zip(n_letters, n_steps, strict=True)):
        for t in range(steps):
            for n in range(letters):
                apart = n / letters - t / steps
                total += attention[clip, t, n] * (1 - np.exp(-(apart**2) / (2 * width**2)))
                count += 1
    return total / count


def guided_penalty(attention, n_letters, n_steps, width=0.2):
    attention, n_letters, n_steps = np.asarray(attention), np.asarray(n_letters), np.asarray(n_steps)
    step, letter = np.arange(attention.shape[1])[:, None], np.arange(attention.shape[2])
    letters, steps = n_letters[:, None, None], n_steps[:, None, None]
    penalty = 1 - np.exp(-((letter / letters - step / steps) ** 2) / (2 * width**2))
    counts = (letter < letters) & (step < steps)
    return float((attention * penalty)[counts].mean())


def _by_clips(attention, n_letters, n_steps, width=0.2):
    sums = 0.0
    for one, n, t in zip(attention, n_letters, n_steps, strict=True):
        apart = np.arange(n)[None] / n - np.arange(t)[:, None] / t
        sums += np.sum(np.asarray(one)[:t, :n] * (1 - np.exp(-0.5 * (apart / width) ** 2)))
    return sums / np.sum(np.asarray(n_letters) * np.asarray(n_steps))


def _made(seed, shape, n_letters, n_steps, spoilt=0.0):
    """Rows that add up to 1 over the letters of each clip; ``spoilt`` stands in the padding."""
    rng = np.random.default_rng(seed)
    table = np.full(shape, spoilt)
    for clip, (n, t) in enumerate(zip(n_letters, n_steps, strict=True)):
        rows = rng.random((t, n)) ** 4
        table[clip, :t, :n] = rows / rows.sum(axis=1, keepdims=True)
    return table


def _cases() -> list[Case]:
    half = 1 - np.exp(-0.25 / 0.08)
    one = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    found = [
        case(one, np.array([2]), np.array([2]), says="two letters, each at its step", gives=0.0),
        case(one[:, ::-1], np.array([2]), np.array([2]), says="two letters in the wrong order", gives=half / 2),
        case(np.ones((1, 1, 1)), np.array([1]), np.array([1]), says="one letter, one step", gives=0.0),
        case(
            np.pad(one[:, ::-1], ((0, 0), (0, 3), (0, 5))),
            np.array([2]),
            np.array([2]),
            says="padding of 3 steps and 5 letters",
            gives=half / 2,
        ),
    ]
    made = [
        (1, (1, 20, 8), [8], [20], 0.0, 0.2, "8 letters in 20 steps"),
        (2, (3, 20, 9), [9, 4, 6], [20, 7, 13], 0.0, 0.2, "three clips of different lengths"),
        (3, (3, 20, 9), [9, 4, 6], [20, 7, 13], 0.3, 0.2, "numbers in the padding"),
        (4, (2, 30, 12), [12, 5], [11, 30], 0.0, 0.4, "width 0.4"),
        (5, (2, 15, 10), [7, 10], [15, 9], 0.2, 0.1, "width 0.1"),
        (6, (2, 1, 6), [6, 3], [1, 1], 0.0, 0.2, "a single step"),
    ]
    for seed, shape, letters, steps, spoilt, width, says in made:
        table = _made(seed, shape, letters, steps, spoilt)
        options = {} if width == 0.2 else {"width": width}
        found.append(case(table, np.array(letters), np.array(steps), says=says, **options))
    table = _made(7, (2, 12, 6), [6, 5], [12, 8]).astype(np.float32)
    return [*found, case(table, np.array([6, 5]), np.array([12, 8]), says="float32")]


def _with(
    penalty=lambda apart, width: 1 - np.exp(-(apart**2) / (2 * width**2)),
    letters=lambda n, longest: n,
    steps=lambda t, longest: t,
    gather=lambda weighted, counts, attention: weighted[counts].mean(),
    places=lambda index, count: index / count,
):
    def answer(attention, n_letters, n_steps, width=0.2):
        attention = np.asarray(attention, np.float64)
        _, longest_t, longest_n = attention.shape
        step, letter = np.arange(longest_t)[:, None], np.arange(longest_n)
        n, t = (np.asarray(counts)[:, None, None] for counts in (n_letters, n_steps))
        with np.errstate(all="ignore"):
            apart = places(letter, letters(n, longest_n)) - places(step, steps(t, longest_t))
            weighted = attention * penalty(apart, width)
            return float(gather(weighted, (letter < n) & (step < t), attention))

    return answer


def _mean_of_means(attention, n_letters, n_steps, width=0.2):
    each = [
        _by_definition(np.asarray(attention)[k : k + 1], n_letters[k : k + 1], n_steps[k : k + 1], width)
        for k in range(len(n_letters))
    ]
    return float(np.mean(each))


EXERCISE = Exercise(
    title="guide an attention",
    stars=2,
    kind="implement",
    task=r"""
Speech keeps the order of its text, and more or less its pace, so attention far from the diagonal may be punished from the first step of training on. Write `guided_penalty(attention, n_letters, n_steps, width=0.2)` for a padded batch:

$$W_{tn} = 1 - \exp\left(-\frac{(n/N - t/T)^2}{2 g^2}\right), \qquad \text{penalty} = \operatorname{mean} A_{tn} W_{tn}$$

`attention` has the shape (clips, steps, letters); `n_letters` and `n_steps` are arrays of whole numbers: clip k has $N$ = `n_letters[k]` letters and $T$ = `n_steps[k]` steps, and g is `width`. Steps $t$ and letters $n$ are counted from 0. The result is one number: the mean over **all places of all clips that are no padding**, each place with the same weight. What stands in the padding does not count, whatever it is.
""",
    form="Attention (clips, steps, letters), letters and steps of each clip; the mean penalty.",
    answer="guided_penalty",
    spec=Function(cases=_cases, expected=_by_definition, tolerance=1e-6),
    reference=guided_penalty,
    hints=(
        "Begin with one clip and no padding: a table of `n / N - t / T`, steps down, letters across.",
        "For a batch, each clip is divided by its own N and T, and not by the longest ones.",
        "Multiply by the attention, keep the places with t < T and n < N of each clip, and take one mean over all that is kept.",
    ),
    wrongs=(
        Wrong(
            "padded lengths",
            "The diagonal of each clip ends at its own last letter and step. Yours ends where the padded table does.",
            (
                _with(letters=lambda n, longest: longest, steps=lambda t, longest: longest),
                _with(steps=lambda t, longest: longest),
                _with(letters=lambda n, longest: longest),
            ),
        ),
        Wrong(
            "padding counted",
            "The mean goes over the padding, too: the sum may be right, and is divided by too many places.",
            (
                _with(gather=lambda weighted, counts, attention: weighted.mean()),
                _with(gather=lambda weighted, counts, attention: (weighted * counts).mean()),
            ),
        ),
        Wrong(
            "mean of means",
            "Each clip has the same weight in it: a short one then counts as much as a long one. One mean over all places is asked for.",
            _mean_of_means,
        ),
        Wrong(
            "sum",
            "That is the sum, and the mean is asked for.",
            _with(gather=lambda weighted, counts, attention: weighted[counts].sum()),
        ),
        Wrong(
            "mean over steps",
            "The sum is divided by the number of steps, and the mean is over steps and letters.",
            _with(gather=lambda weighted, counts, attention: weighted[counts].sum() / counts.any(axis=2).sum()),
        ),
        Wrong(
            "reward for the diagonal",
            "The penalty is largest on the diagonal: the 1 − in front of the exponential is missing.",
            _with(penalty=lambda apart, width: np.exp(-(apart**2) / (2 * width**2))),
        ),
        Wrong(
            "without the two",
            "The exponent is divided by g²: it should be 2 g².",
            _with(penalty=lambda apart, width: 1 - np.exp(-(apart**2) / width**2)),
        ),
        Wrong(
            "width not squared",
            "The width is to be squared in the exponent.",
            (
                _with(penalty=lambda apart, width: 1 - np.exp(-(apart**2) / (2 * width))),
                _with(penalty=lambda apart, width: 1 - np.exp(-np.abs(apart) / (2 * width**2))),
            ),
        ),
        Wrong(
            "width ignored",
            "It is right for the width 0.2 and takes it for every other one, too.",
            _with(penalty=lambda apart, width: 1 - np.exp(-(apart**2) / 0.08)),
        ),
        Wrong(
            "counted from 1",
            "Steps and letters are counted from 0: the first letter belongs to the place 0, not 1/N.",
            (
                _with(places=lambda index, count: (index + 1) / count),
                _with(places=lambda index, count: (index + 0.5) / count),
            ),
        ),
        Wrong(
            "last place at 1",
            "The last letter lies at (N − 1)/N and not at 1: divide by the number of letters and of steps.",
            _with(places=lambda index, count: index / np.maximum(count - 1, 1)),
        ),
    ),
    after="The guide is worth most in the first seconds of training: once the staircase stands, the loss of the frames keeps it there.",
    also_right=(_by_definition, _by_clips),
)
