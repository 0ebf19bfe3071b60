"""gammatone."""

from ..practice.exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()

QUESTIONS: tuple[Question, ...] = ()
