"""From hertz to rows, and back.

A formula turned round, three banks to be told apart by eye and three sounds by ear, another library's filter bank, two
clips that become one, and at the end a scale of your own. Nothing needs a network.
"""

from ._measures import bins_off_db, draw_mel, lines_db, pitch_kept, pitches_hz, what_is_kept  # noqa: F401 -- for the lecture
from .three_ways_back import three_ways_back  # noqa: F401 -- shown in the notebook
from .which_scale import rows_of_tones, three_banks  # noqa: F401 -- shown in the notebook

ORDER = (
    "mel_to_hz",
    "which_scale",
    "mel_filterbank",
    "no_empty_band",
    "whisper_features",
    "three_ways_back",
    "mel_to_linear",
    "own_bands",
)
