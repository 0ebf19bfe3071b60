"""What every interactive shares in Python: its traits are its controls, and a bad value raises before the page sees it.

An interactive is a class here and a JavaScript module of the same name beside it; CONTRIBUTING.md shows how to add one.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from .. import audio
from .._checks import explorables as _checks
from ..filters import resample

JS = Path(__file__).parent / "js"
LARGEST_MESSAGE = 1_000_000  # bytes that one interactive may send to the page

PARTS = ("dsp.js", "frame.js", "controls.js", "plot.js", "sound.js", "microphone.js")  # each may use all the others
OWN_PARTS = {"formula": ("expression.js",)}  # what is large and only one module uses
LIBRARY = "\n".join((JS / name).read_text(encoding="utf-8") for name in PARTS)


class Slider(traitlets.TraitType):
    """A number between two ends, moved by a slider.

    Parameters
    ----------
    default : float
    low, high, step : float
        In ``unit``. Python may set any number between the ends.
    label, unit : str
    log : bool
        Equal distances on the slider are equal factors.
    values : sequence of float, optional
        Only these, from the lowest to the highest, in place of ``low``, ``high`` and ``step``.
    """

    def __init__(self, default, low=None, high=None, *, label, unit="", step=1, log=False, values=None):
        super().__init__(default_value=default)
        low, high = (values[0], values[-1]) if values else (low, high)
        self.control = {"kind": "slider", "label": label, "unit": unit, "low": low, "high": high, "step": step}
        self.control |= {"log": log, "values": list(values) if values else None}
        self.tag(sync=True)

    def validate(self, obj, value):
        value = _checks.number(value, self.name, at_least=self.control["low"], at_most=self.control["high"])
        if self.control["values"]:
            value = _checks.listed(value, self.name, self.control["values"])
        return value


class Choice(traitlets.TraitType):
    """One of several words, chosen from a list."""

    def __init__(self, default, options, *, label):
        super().__init__(default_value=default)
        self.control = {"kind": "choice", "label": label, "options": list(options)}
        self.tag(sync=True)

    def validate(self, obj, value):
        return _checks.choice(value, self.name, self.control["options"])


class Switch(traitlets.TraitType):
    """On or off."""

    def __init__(self, default, *, label):
        super().__init__(default_value=default)
        self.control = {"kind": "switch", "label": label}
        self.tag(sync=True)

    def validate(self, obj, value):
        return _checks.switch(value, self.name)


class Explorable(anywidget.AnyWidget):
    """An interactive: traits that the page and Python share, and the JavaScript module of the same name."""

    _css = JS / "lib.css"
    title = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List(read_only=True).tag(sync=True)

    def __init_subclass__(cls, **options):
        if "_esm" not in vars(cls):  # anywidget makes a subclass of each instance, which has it
            module = Path(sys.modules[cls.__module__].__file__).with_suffix(".js")
            own = [*(JS / part for part in OWN_PARTS.get(module.stem, ())), module]
            cls._esm = "\n".join([LIBRARY, *(path.read_text(encoding="utf-8") for path in own)])
        super().__init_subclass__(**options)

    @traitlets.default("controls")
    def _list_controls(self):
        own = [(name, trait) for name, trait in self.traits().items() if hasattr(trait, "control")]
        order = {name: i for i, name in enumerate(name for c in reversed(type(self).__mro__) for name in vars(c))}
        return [{"name": name} | trait.control for name, trait in sorted(own, key=lambda item: order[item[0]])]

    def __init__(self, **state):
        unknown = sorted(set(state) - set(self.traits()))
        if unknown:
            _checks.choice(unknown[0], "the name of a trait", [control["name"] for control in self.controls])
        super().__init__(**state)


def clip_or(
    signal: np.ndarray | None, sample_rate: float | None, name: str, *, start_s: float = 0.0, longest_s: float
) -> tuple[np.ndarray, float]:
    """The reader's own sound, or a part of a clip of ``data/`` if there is none.

    Parameters
    ----------
    signal : ndarray, shape (time,), within ±1, or None
    sample_rate : float, Hz, 8,000…48,000, or None
    name : str
        Of the clip in ``data/``.
    start_s, longest_s : float, s
        Where the part begins in the clip of ``data/``, and how much is taken of either.

    Returns
    -------
    signal : ndarray, shape (time,)
    sample_rate : float, Hz
    """
    if signal is None:
        signal, sample_rate = audio.load(name, mono=True)
        signal = signal[round(start_s * sample_rate) :]
    sample_rate = _checks.number(sample_rate, "sample_rate", at_least=8000, at_most=48_000)
    return _checks.signal(signal, mono=True)[: round(longest_s * sample_rate)], float(sample_rate)


def clip_at(
    rate: int,
    signal: np.ndarray | None,
    sample_rate: float | None,
    name: str,
    *,
    start_s: float = 0.0,
    longest_s: float,
) -> np.ndarray:
    """As ``clip_or``, resampled to ``rate`` in Hz; where its filter overshoots beyond ±1, that is refused."""
    clip, own_rate = clip_or(signal, sample_rate, name, start_s=start_s, longest_s=longest_s)
    if own_rate == rate:
        return clip
    resampled = resample(_checks.within_full_scale(clip), from_rate=round(own_rate), to_rate=rate)
    return _checks.overshoots_little(resampled, rate)


def sound_bytes(signals: Sequence[np.ndarray], name: str = "signal") -> bytes:
    """Sounds for the page: 16-bit integers, one sound after the other, all of the same length.

    Parameters
    ----------
    signals : sequence of ndarray, shape (time,), within ±1
    name : str
        For the words of an error.

    Returns
    -------
    bytes
        At most 1 MB.

    Raises
    ------
    ValueError
        If a sound would clip, or all together are too long for the page.
    """
    rows = [_checks.within_full_scale(_checks.signal(signal, mono=True)) for signal in signals]
    _checks.fits_page(2 * sum(map(len, rows)), LARGEST_MESSAGE, name)
    return np.concatenate([np.round(row * 32767).astype("<i2") for row in rows]).tobytes()
