"""A tone built from partials, with phases, an envelope and beats; and the air that carries it.

Lecture: sound
"""

import numpy as np
import traitlets

from .. import _checks
from .base import Explorable, Slider

N_AMPLITUDES = 8


class WaveLab(Explorable):
    """Build ``x(t) = Σ_k A_k sin(2π k f₀ t + φ_k)`` partial by partial, hear it, and see the air move.

    Harmonic m may be two partials of half the amplitude, one of them d Hz higher: it then beats as ``|cos(π d t)|``.
    The level is kept at an RMS of 0.1, so that what changes is the timbre. The envelope is ``sound.adsr`` over 2 s.
    Parcels of air are displaced by ``ξ ∝ −∫ p dx``, far too much, so that they crowd where the pressure is high.

    Parameters
    ----------
    amplitudes : list of 8 floats, 0…1
        A_1 … A_8; above the eighth, ``A_k = 8 A_8 / k``. ``1 / k`` by default.
    fundamental_hz : float, Hz, 55…660
        f₀.
    highest : int, 1…30
        The highest harmonic that sounds.
    scatter : float, 0…1
        Of the phases: 0 makes all of them zero, 1 spreads them over the whole circle, at random but always alike.
    detuned : int, 1…8
        m.
    detune_hz : float, Hz, 0…40
        d.
    attack_s, decay_s, release_s : float, s, 0.005…0.6
    sustain_level : float, 0…1
    instant : float, periods, 0…1
        Which instant of the wave in the air is shown.

    Lecture: sound
    """

    title = traitlets.Unicode("A tone, its partials, and the air that carries it").tag(sync=True)
    amplitudes = traitlets.List([round(1 / k, 2) for k in range(1, N_AMPLITUDES + 1)]).tag(sync=True)
    fundamental_hz = Slider(220, 55, 660, label="fundamental", unit="Hz", step=1, log=True)
    highest = Slider(8, label="highest harmonic", values=tuple(range(1, 31)))
    scatter = Slider(0.0, 0, 1, label="scatter of phases", step=0.05)
    detuned = Slider(1, label="detuned harmonic", values=tuple(range(1, 9)))
    detune_hz = Slider(0.0, 0, 40, label="detune", unit="Hz", step=0.5)
    attack_s = Slider(0.02, 0.005, 0.6, label="attack", unit="s", step=0.005)
    decay_s = Slider(0.1, 0.005, 0.6, label="decay", unit="s", step=0.005)
    sustain_level = Slider(0.7, 0, 1, label="sustain level", step=0.05)
    release_s = Slider(0.3, 0.005, 0.6, label="release", unit="s", step=0.005)
    instant = Slider(0.0, 0, 1, label="instant in the air", unit="periods", step=0.02)

    @traitlets.validate("amplitudes")
    def _eight_amplitudes(self, proposal):
        values = _checks.array(proposal["value"], "amplitudes", real=True, one_axis=True)
        _checks.same_shape(values, np.zeros(N_AMPLITUDES), "amplitudes and the harmonics 1 to 8")
        return [_checks.number(value, "an amplitude", at_least=0, at_most=1) for value in values.tolist()]
