"""Interactives that run in the page: each is drawn and heard without asking Python, and shares its state with Python.

``cu.explorables.aliasing(frequency_hz=3000)`` shows one. Lecture: 00_start_here.ipynb
"""

from .aliasing import Aliasing as aliasing
from .player import Player as player

__all__ = ["aliasing", "player"]
