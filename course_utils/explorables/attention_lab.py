"""Attention by hand: queries, keys and values to drag, and two heads that listen to a clip.

Lecture: sequence_models
"""

import numpy as np
import traitlets

from .._checks import explorables as _checks
from .base import Choice, Explorable, Slider, Switch, clip_at, sound_bytes

N_TOKENS, REACH = 4, 2.0
NAMES = ("query", *(f"{kind} {j}" for kind in ("key", "value") for j in range(1, N_TOKENS + 1)))
START = [
    [1.6, 0.8],
    [-0.8, 0.9],
    [0.8, 0.4],
    [1.2, 1.6],
    [0.5, -1.2],
    [-1.6, 1.2],
    [1.6, 1.4],
    [1.4, -1.2],
    [-1.2, -1.4],
]
HEADS = ("below 1 kHz", "above 3 kHz")


class AttentionLab(Explorable):
    """Drag one query, four keys and four values: ``w_j = softmax_j(q · k_j / √d)``, and the output ``Σ_j w_j v_j``.

    Below, frames of a clip are the tokens, one every 20 ms. A head sees a part of the 40 log-mel bands, each in units
    of its own standard deviation about its mean; query, key and value of a frame are these numbers. What the query
    takes is heard as the clip with each frame at the amplitude ``w_j / max w``.

    Parameters
    ----------
    vector : {"query", "key 1", …, "value 4"}
        Which one ``x`` and ``y`` move.
    x, y : float, −2…2
    vectors : list of nine pairs [x, y]
        All of them, in the order of ``vector``.
    token : {1, 2, 3, 4}
        To whom the query belongs: with a causal mask it looks at this token and at those before it.
    causal : bool
        In the clip, too: no frame after the query is looked at.
    scaled : bool
        Divide by √d.
    head : {"below 1 kHz", "above 3 kHz"}
        The head that is heard.
    query_s : float, s
        The frame of the clip that asks, up to its end.
    signal : ndarray, shape (time,), optional
        A clip of your own, cut to 2.5 s; by default hissing speech of ``data/``.
    sample_rate : int, Hz
        Of ``signal``, which is resampled to 16 kHz.

    Lecture: sequence_models
    """

    title = traitlets.Unicode("Attention by hand").tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)
    vectors = traitlets.List(START).tag(sync=True)
    vector = Choice("query", NAMES, label="move")
    x = Slider(START[0][0], -REACH, REACH, label="its x", step=0.05)
    y = Slider(START[0][1], -REACH, REACH, label="its y", step=0.05)
    token = Slider(4, label="the query is token", values=(1, 2, 3, 4))
    causal = Switch(False, label="causal mask")
    scaled = Switch(True, label="divide by √d")
    head = Choice(HEADS[1], HEADS, label="head that is heard")
    query_s = Slider(1.44, 0, 2.5, label="query in the clip", unit="s", step=0.02)

    def __init__(self, signal: np.ndarray | None = None, sample_rate: float | None = None, **state):
        clip = clip_at(16_000, signal, sample_rate, "speech/sibilants", longest_s=2.5)
        self._end_s = len(clip) / 16_000
        vectors = _checks.points(state.get("vectors", START), "vectors", len(NAMES), REACH)
        chosen = NAMES.index(_checks.choice(state.get("vector", "query"), "vector", NAMES))
        vectors[chosen] = [state.get(name, value) for name, value in zip("xy", vectors[chosen], strict=True)]
        state |= {"vectors": vectors, "x": vectors[chosen][0], "y": vectors[chosen][1]}
        super().__init__(
            audio=sound_bytes([clip]), **({"query_s": 1.44 if self._end_s > 1.44 else self._end_s / 2} | state)
        )
        end = {"high": round(self._end_s, 2)}
        self.set_trait("controls", [c | end if c["name"] == "query_s" else c for c in self.controls])

    @traitlets.validate("vectors")
    def _pairs_within_reach(self, proposal):
        return _checks.points(proposal["value"], "vectors", len(NAMES), REACH)

    @traitlets.validate("query_s")
    def _within_the_clip(self, proposal):
        return _checks.number(proposal["value"], "query_s", at_most=self._end_s)
