"""A network writes a tune, note by note: what it thinks of every next note, how one is drawn, and what comes of it.

Lecture: music_generation
"""

from collections.abc import Sequence

import numpy as np
import traitlets

from .._checks import explorables as _checks
from ..melody_tokens import KINDS, LENGTHS, LOWEST, N_TOKENS, encode
from ..music import tunes
from .base import Choice, Explorable, Slider

MOST_NOTES = 120
SHAPES = ("embedding.weight", "kinds.weight", "bias", "layers.weight_ih_l0", "layers.weight_hh_l0")


class SamplerLab(Explorable):
    """Draw a tune from an LSTM by temperature, top-k and nucleus, and continue it from any of its notes.

    The network is computed in the page. After the tokens so far its scores z become

        p = softmax(z / T), then the k largest, then the fewest of these that add up to P,

    and what is left is divided by its sum. The bars are the probabilities before (outline) and after (full).

    Parameters
    ----------
    model : models.music_generation.MelodyRNN, optional
        Of one layer of LSTM, with the kinds of ``melody_tokens``; the course's own by default.
    tokens : sequence of int, optional
        A tune to continue, from its first 0 on, without the last; `[0]` begins a new one. By default eight notes of a
        jig, "The Campbells are coming", six of which are kept.
    kind : str
        One of ``melody_tokens.KINDS``: metre, and major or minor.
    temperature : float, 0…2
        T; at 0 the likeliest is always drawn.
    top_k : int, 1…302
    nucleus : float, 0.05…1
    kept : int, 0…120
        How many notes of the tune are kept when it is continued.
    seed : int, 1…99
        Of the drawing.

    Attributes
    ----------
    notes : list of int
        The tune's tokens, without the zero that begins it; 0 at its end.
    bars : list of [token, before, after]
        The likeliest tokens after the kept notes.

    Lecture: music_generation
    """

    title = traitlets.Unicode("Draw a tune, note by note").tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    shape = traitlets.Dict().tag(sync=True)
    kind = Choice(KINDS[8], KINDS, label="kind of tune")
    temperature = Slider(1, 0, 2, step=0.05, label="temperature T")
    top_k = Slider(N_TOKENS, 1, N_TOKENS, log=True, label="top k", unit="tokens")
    nucleus = Slider(1, 0.05, 1, step=0.01, label="nucleus P")
    kept = Slider(0, 0, MOST_NOTES, label="kept", unit="notes")
    seed = Slider(1, 1, 99, label="seed of the drawing")
    notes = traitlets.List().tag(sync=True)
    bars = traitlets.List().tag(sync=True)

    def __init__(self, model=None, tokens: Sequence[int] | None = None, **state):
        weights = _weights_of(model)
        width = weights["embedding.weight"].shape[1]
        packed = np.concatenate([weights[name].ravel() for name in SHAPES] + [weights["gates"]]).astype("<f2")
        shape = {"width": width, "tokens": N_TOKENS, "kinds": len(KINDS), "lengths": list(LENGTHS), "lowest": LOWEST}
        notes = _checks.begun_tune(begun() if tokens is None else tokens, N_TOKENS, MOST_NOTES)
        state = {"kept": len(notes) - 2 * (tokens is None)} | state
        super().__init__(weights=packed.tobytes(), shape=shape, notes=notes, **state)


def begun() -> list[int]:
    """The first eight notes of a jig."""
    jig = next(tune for tune in tunes() if tune.title.startswith("The Campbell's"))
    return encode(jig)[:9]


def _weights_of(model) -> dict[str, np.ndarray]:
    """The weights of a network of one layer, the two biases of its gates as one."""
    if model is None:
        from ..models import checkpoints, music_generation

        model = checkpoints.load(music_generation.MelodyRNN(n_kinds=len(KINDS)), "melody/lstm")
    state = _checks.lstm_of_tunes(model, N_TOKENS, len(KINDS))
    weights = {name: value.detach().numpy() for name, value in state.items()}
    return weights | {"gates": weights["layers.bias_ih_l0"] + weights["layers.bias_hh_l0"]}
