"""What a classifier's number says, and when not to believe it

A stub: the exercises of the lecture stand here.
"""

EXERCISES = ()
QUESTIONS = ()
