import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_equations(b, a, x):
    """All samples at once: Σ_k a[k] y[n − k] = Σ_k b[k] x[n − k] is one triangular system."""
    n = np.arange(np.shape(x)[-1])
    lag = n[:, np.newaxis] - n

    def matrix(c):
        return np.where((lag >= 0) & (lag < len(c)), np.asarray(c)[np.clip(lag, 0, len(c) - 1)], 0.0)

    sources = np.asarray(x) @ matrix(b).T
    return np.linalg.solve(matrix(a), sources[..., np.newaxis])[..., 0]


def _recursions() -> list[Case]:
    rng = np.random.default_rng(53)
    click, one = np.array([1.0, 0, 0, 0]), np.array([1.0])
    b, a = rng.standard_normal(4), np.array([2.0, -1.5, 0.9])
    return [
        case(np.array([0.5, 0.5]), one, np.array([2.0, 4, 6]), says="a mean of two samples", gives=[1, 3, 5]),
        case(one, np.array([1.0, -0.5]), click, says="a click into one pole", gives=[1, 0.5, 0.25, 0.125]),
        case(one, np.array([4.0, 2]), 8 * click, says="a[0] = 4", gives=[2, -1, 0.5, -0.25]),
        case(one, np.array([-2.0, 1]), 8 * click, says="a[0] = −2", gives=[-4, -2, -1, -0.5]),
        case(one, np.array([1.0, 0, -2]), click, says="an unstable filter", gives=[1, 0, 2, 0]),
        case(b, a, rng.standard_normal(30), says="four b, three a, 30 random samples"),
        case(b[:2], np.append(a, 0.3), rng.standard_normal(3), says="a signal shorter than the filter"),
        case(b, a, rng.standard_normal((2, 3, 8)), says="a batch of two by three signals"),
        case(b, a, rng.standard_normal((1, 5)), says="a batch of one signal"),
        case(b, a, np.array([-1.5]), says="a single sample"),
        case(b, a, np.zeros(6), says="silence"),
        case(
            np.array([0.5]),
            np.array([1.0, -0.5]),
            np.array([1, 2, 3, -1], np.int16),
            says="whole numbers",
            gives=[0.5, 1.25, 2.125, 0.5625],
        ),
        case(one, np.array([1.0, -0.9]), np.append(1.0, np.zeros(80)), says="a click into a pole that rings for long"),
        case(
            np.array([0.0, 0, 3, 0]),
            one,
            np.array([1.0, 2, 4, 8]),
            says="a delay: b begins and ends with zeros",
            gives=[0, 0, 3, 6],
        ),
        case(
            np.array([2e-8, 1e-8]),
            np.array([1e-8, -5e-9]),
            1e-6 * rng.standard_normal(20),
            says="small coefficients, and a signal at −120 dB",
        ),
    ]


def lfilter(b, a, x):
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k <= n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k <= n)
        y[..., n] = (new - old) / a[0]
    return y


def _recursion_with(b, a, x, *, feedback=1.0, wraps=False, divide_new=None, divide_old=None):
    divide_new = a[0] if divide_new is None else divide_new
    divide_old = a[0] if divide_old is None else divide_old
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if wraps or k <= n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k <= n)
        y[..., n] = new / divide_new - feedback * old / divide_old
    return y


def _inputs_fed_back(b, a, x):
    """The coefficients a weigh earlier inputs."""
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k <= n)
        y[..., n] = (new - sum(a[k] * x[..., n - k] for k in range(1, len(a)) if k <= n)) / a[0]
    return y


def _oldest_missed(b, a, x):
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k < n)
        old = sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k < n)
        y[..., n] = (new - old) / a[0]
    return y


def _along_first_axis(b, a, x):
    return np.moveaxis(_recursion_with(b, a, np.moveaxis(x, 0, -1)), -1, 0)


def _batch_as_one(b, a, x):
    return _recursion_with(b, a, np.ravel(x)).reshape(x.shape)


def _ringing_kept(n_more):
    def longer(b, a, x):
        return _recursion_with(b, a, np.append(x, np.zeros((*x.shape[:-1], n_more(b, a))), axis=-1))

    return longer


def _in_a_ring(b, a, x):
    with np.errstate(all="ignore"):
        spectrum = np.fft.rfft(x) * np.fft.rfft(b, x.shape[-1]) / np.fft.rfft(a, x.shape[-1])
        return np.fft.irfft(spectrum, x.shape[-1])


def _x_wraps_round(b, a, x):
    new = sum(b[k] * np.roll(x, k, axis=-1) for k in range(len(b)))
    return _recursion_with([1.0], a, new)


def _first_sample_repeated(b, a, x):
    """Before the first sample stand copies of it; what has come out before is 0."""
    n = np.arange(x.shape[-1])
    new = sum(b[k] * x[..., np.maximum(n - k, 0)] for k in range(len(b)))
    return _recursion_with([1.0], a, new)


def _late_start(b, a, x):
    filled = np.arange(x.shape[-1]) >= max(len(a), len(b)) - 1
    return np.where(filled, _recursion_with(b, a, x), 0)


def _shorter_decides(b, a, x):
    n_shared = min(len(a), len(b))
    return _recursion_with(b[:n_shared], a[:n_shared], x)


def _part_of_convolution(part):
    """The convolution with b, of which ``part(convolution, n_samples)`` is fed into the recursion."""

    def filtered(b, a, x):
        fed = np.apply_along_axis(lambda one: part(np.convolve(one, b), len(one)), -1, x)
        return _recursion_with([1.0], a, fed)

    return filtered


def _by_impulse_response(b, a, x):
    """h by long division, then a convolution of each signal."""
    n_samples = x.shape[-1]
    h = np.zeros(n_samples)
    for n in range(n_samples):
        h[n] = (b[n] if n < len(b) else 0) - sum(a[k] * h[n - k] for k in range(1, min(len(a), n + 1)))
        h[n] /= a[0]
    return np.apply_along_axis(lambda one: np.convolve(one, h)[:n_samples], -1, x)


def _by_scipy(b, a, x):
    from scipy.signal import lfilter

    return lfilter(b, a, x).astype(np.float32)


def _like_the_signal(b, a, x):
    y = np.zeros_like(x)
    for n in range(x.shape[-1]):
        new = sum(b[k] * x[..., n - k] for k in range(len(b)) if k <= n)
        y[..., n] = (new - sum(a[k] * y[..., n - k] for k in range(1, len(a)) if k <= n)) / a[0]
    return y


def _zeros_of_b_cut_off(b, a, x):
    return _recursion_with(np.trim_zeros(b), a, x)


EXERCISE = Exercise(
    title="run any filter",
    stars=2,
    kind="implement",
    task=r"""
Every filter of the lecture is one equation between what goes in and what comes out,

$$\sum_{k} a_k\,y[n-k] = \sum_{k} b_k\,x[n-k]$$

Solve it for $y[n]$ and write `lfilter(b, a, x)`. Before the first sample all is silent, $x$ and $y$. As many samples come out as went in. `a[0]` need not be 1, `b` and `a` need not be of the same length and may be longer than the signal, and signals are `(…, time)`: the leading axes stay. An unstable filter is run all the same. Samples may come as whole numbers, and what comes out is seldom whole.
""",
    form="Coefficients (n_b,) and (n_a,), signals (…, time) in; signals (…, time) out.",
    answer="lfilter",
    spec=Function(cases=_recursions, expected=_by_equations),
    reference=lfilter,
    hints=(
        "Move everything but a₀ y[n] to the right-hand side. Which terms change their sign, and what is left to be done?",
        "Start with zeros in the shape of x, and fill y[..., n] for one n after the other. "
        "What does y[..., n - k] mean to Python while k > n?",
        "For each n: the sum over b of x[..., n − k], less the sum over a from k = 1 of y[..., n − k], "
        "both only as far as k ≤ n; and all of it over a[0].",
    ),
    wrongs=(
        Wrong(
            "feedback added",
            "The feedback is added: on its way to the other side of the equation it changes its sign. "
            "(Some books write the coefficients with the sign already changed; scipy and this course do not.)",
            lambda b, a, x: _recursion_with(b, a, x, feedback=-1.0),
        ),
        Wrong(
            "inputs fed back",
            "The coefficients a weigh earlier inputs, x[n − k]; in the equation they weigh earlier outputs, y[n − k].",
            _inputs_fed_back,
        ),
        Wrong(
            "a[0] ignored",
            "It is right as long as a[0] is 1: what is left of y[n] is a[0] y[n], so a division is missing.",
            lambda b, a, x: _recursion_with(b, a, x, divide_new=1, divide_old=1),
        ),
        Wrong(
            "a[0] divides the input only",
            "The inputs are divided by a[0] and the outputs that come back are not: the whole right-hand side is.",
            lambda b, a, x: _recursion_with(b, a, x, divide_old=1),
        ),
        Wrong(
            "a[0] divides the feedback only",
            "The outputs that come back are divided by a[0] and the inputs are not: the whole right-hand side is.",
            lambda b, a, x: _recursion_with(b, a, x, divide_new=1),
        ),
        Wrong(
            "the past wraps round",
            "The first samples hear the last ones: before the first sample there is silence. A negative index, np.roll and "
            "a product of FFTs go on at the other end.",
            (lambda b, a, x: _recursion_with(b, a, x, wraps=True), _x_wraps_round, _in_a_ring),
        ),
        Wrong(
            "first sample repeated",
            "The first sample stands where the signal has not begun yet, as an index that is held at 0 or a padding with mode "
            "'edge' makes it. Before the first sample all is silent.",
            _first_sample_repeated,
        ),
        Wrong(
            "along the first axis",
            "A batch is filtered across its signals in place of along time, which is the last axis.",
            _along_first_axis,
        ),
        Wrong(
            "time first",
            "The values are right, and time has become the first axis: a list of one output for each n has it there.",
            lambda b, a, x: np.moveaxis(_recursion_with(b, a, x), -1, 0),
        ),
        Wrong(
            "first sample missed",
            "The first sample of the signal is never heard: at n = k the sample n − k is number 0, and it counts.",
            _oldest_missed,
        ),
        Wrong(
            "numerator only",
            "There is no feedback: this is the FIR half, and what came out never comes back. The rest of a, behind a[0], is "
            "left out.",
            (
                lambda b, a, x: _recursion_with(b, a, x, feedback=0.0),
                lambda b, a, x: _recursion_with(b, [1.0], x),
            ),
        ),
        Wrong(
            "batch as one signal",
            "The signals of a batch were laid end to end: the second begins with what the first has left behind, "
            "and before the first sample all is silent.",
            _batch_as_one,
        ),
        Wrong(
            "ringing kept",
            "The output is longer than the signal: what rings on after the last sample is not asked.",
            (
                _ringing_kept(lambda b, a: len(b) - 1),
                _ringing_kept(lambda b, a: max(len(b), len(a)) - 1),
                _ringing_kept(lambda b, a: len(b) + len(a) - 2),
            ),
        ),
        Wrong(
            "a and b exchanged",
            "b and a are exchanged: b weights what goes in, and a what has come out.",
            lambda b, a, x: _recursion_with(a, b, x),
        ),
        Wrong(
            "the shorter list decides",
            "One loop serves both sums and ends with the shorter of the two lists: what the longer one has beyond is left out.",
            _shorter_decides,
        ),
        Wrong(
            "another part of the convolution",
            "Of the convolution with b another part was kept: asked are its first samples, as many as went in.",
            (
                _part_of_convolution(lambda whole, n: whole[-n:]),
                _part_of_convolution(lambda whole, n: whole[(len(whole) - n) // 2 :][:n]),
            ),
        ),
        Wrong(
            "late start",
            "The first outputs are 0, until enough of the past is there. Before the first sample is silence, "
            "which is a past like any other.",
            _late_start,
        ),
        Wrong(
            "axes of length 1 lost",
            "An axis of length 1 has gone: a batch of one signal is still a batch, and one sample still has an axis of time.",
            lambda b, a, x: np.squeeze(_recursion_with(b, a, x)),
        ),
        Wrong(
            "results of the type of x",
            "The result is an array like x: where whole numbers come in, each output is cut to a whole number, and what is "
            "cut off is missing in the feedback, too. Make it an array of floats.",
            _like_the_signal,
        ),
        Wrong(
            "zeros of b cut off",
            "Zeros at the beginning of b are a delay: b[k] stands before x[n − k] whatever came before it.",
            _zeros_of_b_cut_off,
        ),
    ),
    after="A response without end costs no more than its few coefficients; and where a pole lies outside the unit "
    "circle, the same loop grows without bound.",
    also_right=(_by_equations, _by_impulse_response, _by_scipy),
)
