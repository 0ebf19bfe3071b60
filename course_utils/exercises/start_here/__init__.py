"""Start here

The first notebook has questions and no exercises: those begin with lecture 01.
"""

ORDER = ()
