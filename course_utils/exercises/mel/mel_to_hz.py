import numpy as np

from ... import mel as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _hz_by_bisection


def _pitches() -> list[Case]:
    rng = np.random.default_rng(6)
    return [
        case(2595, scale="htk", says="one number, 2,595 mel of HTK", gives=6300),
        case(np.array([0.0, 3, 15, 42]), scale="slaney", says="four pitches of Slaney", gives=[0, 200, 1000, 6400]),
        case(np.linspace(0, 3000, 13), scale="htk", says="thirteen equal steps up to 3,000 mel of HTK"),
        case(np.linspace(0, 46, 13), scale="slaney", says="thirteen equal steps up to 46 mel of Slaney"),
        case(rng.uniform(0, 50, (2, 4)), scale="slaney", says="two rows of four random pitches of Slaney"),
        case(rng.uniform(0, 3500, (2, 4)), scale="htk", says="two rows of four random pitches of HTK"),
        case(4.5, scale="slaney", says="one number, 4.5 mel of Slaney", gives=300),
        case(np.array([1, 4, 14]), scale="slaney", says="whole numbers of mel", gives=[200 / 3, 800 / 3, 2800 / 3]),
        case(np.array([0.1, 0.7, 2.2]), scale="slaney", says="three low pitches of Slaney"),
        case(np.array([0.3, 5, 31]), scale="htk", says="three low pitches of HTK"),
        case(
            np.array([1, 4, 14, 40], np.uint8),
            scale="slaney",
            says="whole numbers of eight bits",
            gives=[200 / 3, 800 / 3, 2800 / 3, 1000 * 6.4 ** (25 / 27)],
        ),
        case(np.array([[20.0]]), scale="slaney", says="an array of one number"),
        case(np.array([300.0]), scale="htk", says="an array of one number of HTK"),
        case(1234.5, scale="htk", says="one number, 1,234.5 mel of HTK"),
        case(20, scale="slaney", says="one number, 20 mel of Slaney"),
        case(np.array([1, 1000, 2840]), scale="htk", says="whole numbers of mel of HTK"),
    ]


def _hz_with(*, htk=None, slaney=None):
    """An answer whose HTK or Slaney branch is replaced."""

    def mel_to_hz(mel, *, scale):
        mel = np.asarray(mel, float)
        branch = htk if scale == "htk" else slaney
        return branch(mel) if branch else _hz_by_masks(mel, scale=scale)

    return mel_to_hz


def _hz_by_masks(mel, *, scale):
    mel = np.array(mel, dtype=float)
    if scale == "htk":
        return 700 * np.expm1(mel * np.log(10) / 2595)
    high = mel > 15
    hz = np.array(mel / 0.015)
    hz[high] = 1000 * np.exp(np.log(6.4) * (mel[high] - 15) / 27)
    return hz


def _hz_one_by_one(mel, *, scale):
    if np.ndim(mel):
        return [_hz_one_by_one(one, scale=scale) for one in mel]
    if scale == "htk":
        return 700 * 10 ** (mel / 2595) - 700
    mel = float(mel)
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def _hz_changed(change):
    """The right frequencies, changed: what is lost on the way out."""
    return lambda mel, *, scale: change(_hz_by_masks(mel, scale=scale))


def _hz_like_mel(mel, *, scale):
    found = np.empty_like(mel)
    found[...] = _hz_by_masks(mel, scale=scale)
    return found


def _hz_of_one_branch(decides):
    """One branch for the whole array, which ``decides(mel < 15)`` chooses."""
    straight, curved = (lambda m: 200 * m / 3), (lambda m: 1000 * 6.4 ** ((m - 15) / 27))
    return _hz_with(slaney=lambda m: straight(m) if decides(m < 15) else curved(m))


def _hz_if(mel, *, scale):
    if scale == "htk":
        return 700 * (10 ** (np.asarray(mel) / 2595) - 1)
    if mel < 15:
        return 200 * mel / 3
    return 1000 * 6.4 ** ((mel - 15) / 27)


def _hz_in_own_integers(mel, *, scale):
    mel = np.asarray(mel)
    if scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    return np.where(mel < 15, 200 * mel / 3, 1000 * 6.4 ** ((mel - 15.0) / 27))


EXERCISE = Exercise(
    title="from rows back to hertz",
    stars=1,
    kind="implement",
    task=r"""
A bank's points are equally far apart in mel, and its triangles stand in hertz. Turn the formulas round: given

$$m_\mathrm{HTK} = 2595\,\log_{10}\!\left(1 + \frac{f}{700}\right) \qquad m_\mathrm{Slaney} = \begin{cases} 3f/200 & f < 1000 \\ 15 + 27\,\dfrac{\ln (f/1000)}{\ln 6.4} & f \ge 1000 \end{cases}$$

write `mel_to_hz(mel, *, scale)` with `scale` either `"htk"` or `"slaney"`. `mel` is one number or an array of any shape, of floats or of whole numbers of any type, nowhere negative, and below 100 kHz in hertz; as many frequencies in Hz come out, in the same shape.
""",
    form='Pitches in mel in, frequencies in Hz out; scale is "htk" or "slaney".',
    answer="mel_to_hz",
    # HTK's own code has 1127 and e for 2595 and 10, which differs by 2e-5.
    spec=Function(cases=_pitches, expected=_hz_by_bisection, tolerance=1e-4),
    reference=package.mel_to_hz,
    hints=(
        "Solve each line for f with pencil and paper first. What undoes log₁₀, and what undoes ln(…)/ln 6.4?",
        "Slaney's scale changes from a line to a logarithm at 1,000 Hz. How many mel is that?",
        "Compute both branches for the whole array and choose with `np.where(mel < 15, …, …)`.",
    ),
    wrongs=(
        Wrong(
            "another number for 10",
            "The HTK frequencies are far too low: 2595 goes with log₁₀, so what undoes it is a power of 10. "
            "(With e the number would be 1127.)",
            (_hz_with(htk=lambda m: 700 * (np.exp(m / 2595) - 1)), _hz_with(htk=lambda m: 700 * (2 ** (m / 2595) - 1))),
        ),
        Wrong(
            "1 not subtracted",
            "Every HTK frequency is 700 Hz too high: the logarithm was that of 1 + f/700, "
            "so the 1 must be taken off again.",
            _hz_with(htk=lambda m: 700 * 10 ** (m / 2595)),
        ),
        Wrong(
            "logarithm everywhere",
            "Slaney's low pitches are wrong: below 1 kHz his scale is a straight line, and pitch 0 is 0 Hz.",
            _hz_with(slaney=lambda m: 1000 * 6.4 ** ((m - 15) / 27)),
        ),
        Wrong(
            "straight everywhere",
            "Slaney's line goes on above 1 kHz, where the scale is a logarithm. If a comparison is there, "
            "does it compare mel with a number of mel?",
            _hz_with(slaney=lambda m: 200 * m / 3),
        ),
        Wrong(
            "ln 6.4 missing",
            "Above 1 kHz, Slaney's 27 mel multiply the frequency by 6.4; yours multiply it by e = 2.718.",
            _hz_with(slaney=lambda m: np.where(m < 15, 200 * m / 3, 1000 * np.exp((m - 15) / 27))),
        ),
        Wrong(
            "a power of ten for e",
            "Slaney's logarithm is a natural one, and what undoes it is e to a power, or 6.4 to one: with 10 the frequencies "
            "above 1 kHz are too high.",
            (
                _hz_with(slaney=lambda m: np.where(m < 15, 200 * m / 3, 1000 * 10 ** ((m - 15) * np.log(6.4) / 27))),
                _hz_with(slaney=lambda m: np.where(m < 15, 200 * m / 3, 1000 * 10 ** ((m - 15) / 27))),
            ),
        ),
        Wrong(
            "HTK for both",
            "It is right for HTK, and takes Slaney's pitches for HTK's, too: `scale` makes no difference.",
            lambda mel, *, scale: 700 * (10 ** (np.asarray(mel, float) / 2595) - 1),
        ),
        Wrong(
            "Slaney for both",
            "It is right for Slaney, and takes HTK's pitches for Slaney's, too: `scale` makes no difference.",
            lambda mel, *, scale: _hz_by_masks(mel, scale="slaney"),
        ),
        Wrong(
            "scales exchanged",
            "The two scales are exchanged: HTK's is the one formula for all frequencies, Slaney's has a break.",
            lambda mel, *, scale: _hz_by_masks(mel, scale="slaney" if scale == "htk" else "htk"),
        ),
        Wrong(
            "15 not subtracted",
            "Slaney's frequencies above the break are far too high: at 15 mel the power of 6.4 must be 1, "
            "so the 15 are taken off before it.",
            _hz_with(slaney=lambda m: np.where(m < 15, 200 * m / 3, 1000 * 6.4 ** (m / 27))),
        ),
        Wrong(
            "line not turned round",
            "Slaney's line stands as it was, 3/200: from mel back to hertz it is steep, 66.7 Hz for each mel.",
            _hz_with(slaney=lambda m: np.where(m < 15, 3 * m / 200, 1000 * 6.4 ** ((m - 15) / 27))),
        ),
        Wrong(
            "from hertz to mel",
            "These are the formulas as they stand, from hertz to mel; the way back is asked.",
            lambda mel, *, scale: package.hz_to_mel(mel, scale=scale),
        ),
        Wrong(
            "if on an array",
            "It works for one number only: `if` asks an array one question, and an array with pitches on both sides "
            "of the break has no single answer. `np.where` asks each element.",
            _hz_if,
        ),
        Wrong(
            "one branch for the whole array",
            "One branch is taken for the whole array: with pitches on both sides of the break each needs its own. "
            "`np.where` asks each element.",
            tuple(map(_hz_of_one_branch, (np.all, np.any, lambda below: np.ravel(below)[0]))),
        ),
        Wrong(
            "whole numbers in, whole numbers out",
            "Whole numbers of mel give whole numbers of hertz, cut off: `np.empty_like` and `zeros_like` take over the type "
            "of their model.",
            _hz_like_mel,
        ),
        Wrong(
            "rounded",
            "The frequencies are rounded to whole hertz, and a pitch need not lie on one: leave them as they are.",
            (_hz_changed(np.round), _hz_changed(np.floor)),
        ),
        Wrong(
            "one number as an array",
            "For one number it gives an array: as many frequencies come out, in the same shape, and one number has none.",
            _hz_changed(np.atleast_1d),
        ),
        Wrong(
            "rows joined",
            "Two rows of pitches come out as one row: the shape is to stay.",
            _hz_changed(np.ravel),
        ),
        Wrong(
            "a product in few bits",
            "Whole numbers of eight bits end at 255, and 200 times one of them begins again at 0. Make floats of what comes "
            "in before anything is multiplied.",
            _hz_in_own_integers,
        ),
    ),
    after="Half-way between 0 and 8 kHz lies 1,768 Hz on HTK's scale and 1,689 Hz on Slaney's: "
    "a bank built on one and read on the other raises no error.",
    also_right=(
        _hz_by_masks,
        _hz_one_by_one,
        lambda mel, *, scale: np.float32(package.mel_to_hz(np.asarray(mel, float), scale=scale)),
    ),
)
