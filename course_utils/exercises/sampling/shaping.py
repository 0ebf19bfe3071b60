import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

BAND_HZ, DESIGN_RATE = 4000, 48_000


MOST_COEFFICIENTS, MOST_TOTAL_DB, LEAST_REDUCTION_DB = 4, 9.0, 26.0  # no mixture of the differences gets beyond 24.9


def _error_filter(coefficients):
    """The weights 1, −c₁, −c₂, … through which the rounding error passes."""
    return np.append(1.0, -np.asarray(coefficients, float))


def total_db(coefficients):
    """How much louder all the noise is than without shaping, in dB."""
    return 10 * np.log10(np.sum(_error_filter(coefficients) ** 2))


def reduction_db(coefficients):
    """How much weaker the noise below 4 kHz is than without shaping, in dB: the mean of |H|² over that band."""
    weights = _error_filter(coefficients)
    lags = np.subtract.outer(np.arange(len(weights)), np.arange(len(weights)))
    return -10 * np.log10(weights @ np.sinc(2 * BAND_HZ / DESIGN_RATE * lags) @ weights)


def _best_reduction_db():
    """The minimum of one quadratic form while another is held: in the eigenvectors of the band's correlation
    each coefficient is r / (λ + μ), and μ is the one root that makes the total what is allowed."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    values, vectors = np.linalg.eigh(r[lags])
    target = vectors.T @ r[1:]
    low, high = 0.0, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        too_large = np.sum((target / (values + middle)) ** 2) > 10 ** (MOST_TOTAL_DB / 10) - 1
        low, high = (middle, high) if too_large else (low, middle)
    c = vectors @ (target / (values + high))
    return -10 * np.log10(1 - 2 * r[1:] @ c + c @ r[lags] @ c)


def _not_coefficients(coefficients):
    array = np.asarray(coefficients)
    if array.ndim != 1 or array.dtype.kind not in "iuf" or not 1 <= len(array) <= MOST_COEFFICIENTS:
        return f"A list of one to {MOST_COEFFICIENTS} real numbers is asked, got shape {array.shape} and dtype {array.dtype}."
    return None if np.isfinite(array).all() else "Some of the coefficients are NaN or infinite."


def _is_h(coefficients):
    """The weights of H themselves begin with 1, and with them turned into coefficients the band is much quieter."""
    first, *rest = np.asarray(coefficients, float)
    if first == 1 and rest and reduction_db(np.negative(rest)) > reduction_db(coefficients) + 6:
        return (
            "These look like the weights of H itself, which begin with 1. The coefficients are what comes after that 1, "
            "each with its sign turned: H = 1 − c₁z⁻¹ − c₂z⁻² − …"
        )
    return None


def _louder_in_band(coefficients):
    gained = reduction_db(coefficients)
    if gained >= 0:
        return None
    turned = reduction_db(np.negative(coefficients)) > 0
    advice = " Are all signs turned round? With c₁ above 0 the filter 1 − c₁z⁻¹ − … takes a difference."
    return f"The noise below 4 kHz is {-gained:.1f} dB louder than without shaping.{advice if turned else ''}"


def _too_loud_in_all(coefficients):
    louder = total_db(coefficients)
    if louder > MOST_TOTAL_DB + 0.005:
        return (
            f"All the noise together is {louder:.2f} dB louder than without shaping; at most {MOST_TOTAL_DB:g} dB are "
            "allowed. The sum of the squares of 1, c₁, c₂, … decides, so smaller coefficients are cheaper."
        )
    return None


def _too_little(coefficients):
    gained = reduction_db(coefficients)
    if gained < LEAST_REDUCTION_DB:
        return (
            f"The noise below 4 kHz is {abs(gained):.1f} dB weaker than without shaping; at least {LEAST_REDUCTION_DB:g} dB "
            "are asked. Where in the band is there still noise, and are all four coefficients at work?"
        )
    return None


def shaping():
    """Least squares on the band, with a penalty on the size that is raised until the total is what is allowed."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))  # correlation of noise in the band
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    for penalty in np.geomspace(1e-9, 1, 4000):
        coefficients = np.linalg.solve(r[lags] + penalty * np.eye(MOST_COEFFICIENTS), r[1:])
        if total_db(coefficients) < MOST_TOTAL_DB:
            break
    return coefficients


def _two_spread_zeros():
    """Silent at ±f₀ with f₀ = 4 kHz/√3: near 0 Hz |H|² goes with (f² − f₀²)², whose mean over the band is least there."""
    return [2 * np.cos(2 * np.pi * BAND_HZ / np.sqrt(3) / DESIGN_RATE), -1.0]


def _mixed_orders():
    """The best mixture of nothing and the three differences of the task."""
    return [0.05 * 1 + 0.56 * 2 + 0.31 * 3, -(0.56 + 0.31 * 3), 0.31]


def _on_a_grid():
    """Noise at 400 frequencies of the band and the coefficients themselves, made small together."""
    hz = np.linspace(0, BAND_HZ, 400)
    delays = np.exp(-2j * np.pi * np.outer(hz / DESIGN_RATE, np.arange(1, MOST_COEFFICIENTS + 1))) / np.sqrt(len(hz))
    table = np.vstack([delays.real, delays.imag])
    wanted = np.append(np.full(len(hz), 1 / np.sqrt(len(hz))), np.zeros(len(hz)))
    for penalty in np.geomspace(1e-9, 1, 500):
        rows = np.vstack([table, np.sqrt(penalty) * np.eye(MOST_COEFFICIENTS)])
        found = np.linalg.lstsq(rows, np.append(wanted, np.zeros(MOST_COEFFICIENTS)), rcond=None)[0]
        if total_db(found) < MOST_TOTAL_DB:
            break
    return tuple(found)


def _shaping_by_descent():
    """Project, step, project: the same minimum by walking downhill."""
    r = np.sinc(2 * BAND_HZ / DESIGN_RATE * np.arange(MOST_COEFFICIENTS + 1))
    lags = np.abs(np.subtract.outer(np.arange(MOST_COEFFICIENTS), np.arange(MOST_COEFFICIENTS)))
    c, longest = np.zeros(MOST_COEFFICIENTS), np.sqrt(10 ** (MOST_TOTAL_DB / 10) - 1)
    for _ in range(3000):
        c = c - 0.4 * (r[lags] @ c - r[1:])
        c *= min(1.0, longest / np.linalg.norm(c))
    return c.tolist()


EXERCISE = Exercise(
    title="move the noise out of the way",
    stars=3,
    kind="design",
    task=r"""
A sensor delivers nothing above 4 kHz. It is sampled at 48 kHz with 8 bits and noise shaping, and afterwards everything above 4 kHz is filtered away, the noise there included. (Delta-sigma converters work like this, with fewer bits and higher rates.)

`cu.sampling.noise_shape(x, n_bits=8, coefficients=c)` sends the rounding error through $H(z) = 1 - c_1 z^{-1} - c_2 z^{-2} - \dots$ Choose **at most four coefficients** so that

- the noise below 4 kHz, the mean of $|H|^2$ over 0 … 4 kHz, is **at least 26 dB weaker** than without shaping, and weaker still if you can: that is your score
- all the noise together, 0 … 24 kHz, is **at most 9 dB louder** than without shaping (the sum $1 + c_1^2 + c_2^2 + \dots$ in dB), so that there is still room for the signal

The cell measures the differences of first, second and third order. None of the three will do, nor will any mixture of them.
""",
    given="""import numpy as np

import course_utils as cu


def measured(coefficients, sample_rate=48_000, top_hz=4000):
    \"\"\"How much weaker the noise below 4 kHz gets, and how much louder all of it, in dB.\"\"\"
    frequency_hz = np.linspace(0, sample_rate / 2, 24_001)
    delays = np.exp(-2j * np.pi * np.outer(frequency_hz / sample_rate, np.arange(1, 1 + len(coefficients))))
    gain = np.abs(1 - delays @ np.asarray(coefficients)) ** 2
    return -10 * np.log10(gain[frequency_hz <= top_hz].mean()), 10 * np.log10(gain.mean())


for coefficients in ([1], [2, -1], [3, -3, 1]):
    weaker_db, louder_db = measured(coefficients)
    print(f"{coefficients}: {weaker_db:.1f} dB weaker below 4 kHz, {louder_db:.1f} dB louder in all")""",
    form="up to four coefficients c₁, c₂, …",
    answer="shaping",
    spec=Design(
        properties=(
            Property("up to four real numbers", _not_coefficients),
            Property("H in place of c", _is_h),
            Property("louder in the band", _louder_in_band),
            Property("too loud in all", _too_loud_in_all),
            Property("too little", _too_little),
        ),
        score=reduction_db,
        unit="dB less noise below 4 kHz",
        best=_best_reduction_db(),
        smaller_is_better=False,
    ),
    reference=shaping,
    hints=(
        "The differences put all zeros of H at 0 Hz, where a single frequency falls silent. You have a band of 4 kHz: "
        "where would two zeros do most good?",
        "A pair of zeros at ±f is 1 − 2cos(2πf/f_s) z⁻¹ + z⁻². The best f gives 21.9 dB with two coefficients, and two such "
        "pairs are too loud in all. So let a search choose all four: what should it make small, and what does it cost?",
        "Both noise powers are quadratic in c. Minimise (noise below 4 kHz) + λ·(sum of c²) by least squares on a grid "
        "of frequencies, np.linalg.lstsq or np.linalg.solve, and raise λ until the total is 9 dB.",
    ),
    wrongs=(
        Wrong("up to four real numbers", "", lambda: [1.0, -4, 6, -4, 1]),
        Wrong("H in place of c", "", lambda: [1.0, -2, 1]),
        Wrong("louder in the band", "", lambda: [-2.0, 1]),
        Wrong("too loud in all", "", lambda: [3.0, -3, 1]),
        Wrong("too little", "", (lambda: [2.0, -1], _two_spread_zeros, _mixed_orders)),
    ),
    after="It works because the rest of the band is free: whatever is taken below 4 kHz comes back above, and without the filter afterwards the noise would be 9 dB louder than before.",
    also_right=(_shaping_by_descent, _on_a_grid),
)
