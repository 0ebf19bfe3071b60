"""A formula of time that is typed, seen as a wave and as a spectrum, and heard.

Lecture: sound
"""

import traitlets

from .._checks import explorables as _checks
from .base import Choice, Explorable, Slider

LONGEST = 500  # characters


class Formula(Explorable):
    """Type a formula of the time t in seconds: its wave, its spectrum and its sound; names in it become sliders.

    ``0.5 sin(2 pi f t) exp(-t / 200 ms)``: + - * / ^ ( ), and what follows directly is multiplied, from left to right
    (``1/2 t`` is half of t). ``-2^2`` is −4, ``2^3^2`` is 2⁹. t may be called x. Constants: pi, e. Functions: sin, cos,
    tan, exp, log (natural), log10, sqrt, abs, sign, floor, tanh, min and max of two or more, and noise(u), a random
    number within ±1 for each 1/48,000 of u, the same at each start; ``noise`` alone is noise(t). A number may have a
    unit: Hz and s leave it, kHz is 1000, ms 0.001, us 0.000001, % 0.01, deg π/180; dB gives the factor of an amplitude,
    10^(dB / 20), and ``-6 dB`` is 0.501. Each other name is a parameter. The page reads it with a small grammar of its
    own (``js/expression.js``); nothing that is typed is ever run.

    The sound has 48,000 samples a second, so what lies above 24 kHz folds. The spectrum is that of the whole clip under
    a Hann window, scaled so that a sine of amplitude A stands at A (dB re amplitude 1); two lines must lie 2 / seconds
    apart. While a slider moves it is taken from the first 0.34 s. What is too loud (RMS above −9 dBFS or a peak above
    0.9) is turned down, and it says so.

    Parameters
    ----------
    expression : str, at most 500 characters
    parameters : dict of float
        Values of the names in the formula; the page adds those that are missing and drops those that are not in it.
    ranges : dict of (float, float)
        From where to where the sliders of the parameters reach; guessed from the name where it is not given.
    seconds : float, s, 0.05…10
        How long the clip is.
    shown_s : float, s, 0.002…10
        How much of it the wave shows; the whole clip if it is shorter.
    from_s : float, s, 0…10
        Where the wave begins.
    lowest_hz, highest_hz : float, Hz, 0.1…20,000 and 20…24,000
        The spectrum shown.
    frequencies : {"linear", "logarithmic"}
    levels : {"dB", "linear"}

    Attributes
    ----------
    message : str
        Why the formula cannot be drawn, and the way out; empty if it can.
    message_at : int or None
        The character that is meant, counted from 0.
    lines : list of [float, float]
        Hz and amplitude of the lines in the spectrum of the whole clip, from the lowest to the highest.

    Lecture: sound
    """

    title = traitlets.Unicode("A formula, its wave, its spectrum and its sound").tag(sync=True)
    expression = traitlets.TraitType("0.3 sin(2 pi f t) + 0.3 sin(2 pi (f + d) t)").tag(sync=True)
    parameters = traitlets.TraitType().tag(sync=True)
    ranges = traitlets.TraitType().tag(sync=True)
    message = traitlets.Unicode(read_only=True).tag(sync=True)
    message_at = traitlets.Int(None, allow_none=True, read_only=True).tag(sync=True)
    lines = traitlets.List(read_only=True).tag(sync=True)
    seconds = Slider(2, 0.05, 10, label="length", unit="s", step=0.05, log=True)
    shown_s = Slider(1, 0.002, 10, label="time shown", unit="s", step=0.001, log=True)
    from_s = Slider(0, 0, 10, label="shown from", unit="s", step=0.001)
    lowest_hz = Slider(400, 0.1, 20_000, label="lowest frequency", unit="Hz", step=0.1, log=True)
    highest_hz = Slider(480, 20, 24_000, label="highest frequency", unit="Hz", step=1, log=True)
    frequencies = Choice("linear", ("linear", "logarithmic"), label="frequencies")
    levels = Choice("dB", ("dB", "linear"), label="levels")

    def __init__(self, expression: str | None = None, **state):
        given = {} if expression is None else {"expression": expression}
        if given:  # the whole spectrum of what is not known
            state = {"parameters": {}, "lowest_hz": 0.1, "highest_hz": 24_000, "frequencies": "logarithmic"} | state
        super().__init__(**given, **state)

    @traitlets.default("parameters")
    def _values_of_the_example(self):
        return {"f": 440.0, "d": 4.0}

    @traitlets.default("ranges")
    def _no_ranges(self):
        return {}

    @traitlets.validate("expression")
    def _one_line(self, proposal):
        return _checks.expression(proposal["value"], LONGEST)

    @traitlets.validate("parameters")
    def _numbers(self, proposal):
        return _checks.parameters(proposal["value"])

    @traitlets.validate("ranges")
    def _pairs(self, proposal):
        return _checks.ranges(proposal["value"])
