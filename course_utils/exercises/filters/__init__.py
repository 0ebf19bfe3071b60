"""Filters, by hand and by ear.

A filter is two short lists of numbers and a memory. Here you run it, read it off a picture and hear what happens
where it was left out; at the end you build one with as few taps as a specification allows. numpy, scipy
and the lecture suffice.
"""

from .read_plane import unknown_plane  # noqa: F401 -- shown in the notebook
from .three_conversions import three_conversions  # noqa: F401 -- shown in the notebook

ORDER = (
    "gain_db",
    "fir_lowpass",
    "lfilter",
    "read_plane",
    "both_ways",
    "loop_gain",
    "three_conversions",
    "filter_block",
    "shortest",
)
