"""From frames to text when nobody has said which frame is which

A recogniser gives one distribution for each frame, and a text has far fewer letters than a clip has frames. Here you count alignments, collapse paths, sum them all in the logarithm, and mend a beam search that loses double letters. You find out why four recognisers say nothing, count the errors of a corpus, train a network that spells, and build a decoder that knows what a text looks like.
"""

from .decoder_design import noisy_strings, training_texts  # noqa: F401 -- shown in the notebook
from .only_blanks import silent_recognisers  # noqa: F401 -- shown in the notebook
from .read_digits import made_posteriors  # noqa: F401 -- shown in the notebook
from .spell_tones import spoken_tones  # noqa: F401 -- shown in the notebook

ORDER = (
    "see_and_sea",
    "collapse",
    "output_lengths",
    "read_digits",
    "corpus_wer",
    "only_blanks",
    "spell_tones",
    "ctc_loss",
    "beam_search",
    "decoder_design",
)
