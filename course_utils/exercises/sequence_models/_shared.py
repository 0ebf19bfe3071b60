"""What several exercises of this topic use."""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def no_decisions(n_clips: int):
    """What is wrong with an array of decisions, one for each clip; None where nothing is."""

    def broken(answer):
        try:
            said = np.asarray(answer)
        except (TypeError, ValueError, RuntimeError):
            return f"An array of {n_clips} decisions is asked, one for each clip."
        if said.shape != (n_clips,):
            return f"An array ({n_clips},) is asked, one decision for each clip; this has the shape {said.shape}."
        if said.dtype.kind in "fc" and not np.isfinite(said).all():
            return "Some are NaN or infinite: the training has run away; a lower learning rate keeps it."
        if said.dtype.kind not in "biuf" or not np.isin(said, (0, 1)).all():
            return (
                "Decisions are asked, each 0 or 1. A logit says 1 where it is above 0, a probability where it is above "
                "0.5; of two logits the larger one decides."
            )
        if (said == said[0]).all():
            return (
                f"It says {int(said[0])} of every clip, and half of the clips are of the other class: nothing has been "
                "learned, or all scores lie on one side of the threshold."
            )
        return None

    return broken
