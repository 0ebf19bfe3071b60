"""Sequences: what a network remembers, attends to and ignores (being written)."""

EXERCISES = ()
QUESTIONS = ()
