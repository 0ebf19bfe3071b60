"""Levels, strings and colours of noise

A microphone's file, a sound level meter, a string and a loudspeaker: each of them is judged by one or two numbers, and
each of these numbers has a way of going wrong. Headphones help once; nothing needs a network.
"""

from .read_pitch import tone_in_words, unknown_tone  # noqa: F401 -- shown in the notebook
from .three_noises import three_noises  # noqa: F401 -- shown in the notebook

ORDER = (
    "read_pitch",
    "crest_factor_db",
    "machine_level",
    "three_noises",
    "adsr",
    "plucked",
    "coloured",
    "flat_tone",
)
