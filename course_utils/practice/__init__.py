"""Practice that names the mistake: check an answer, ask for a hint, take a quiz, see what is due.

``check("dft/idft", idft)``, ``hint("dft/idft")``, ``solution("dft/idft")``, ``quiz("03_dft")``,
``progress()``, ``review()``. The exercises themselves stand in ``course_utils/exercises``.
"""

from .asking import quiz
from .checking import check, hint, solution
from .overview import progress, review
from .store import export_progress, import_progress, reset_progress

__all__ = [
    "check",
    "export_progress",
    "hint",
    "import_progress",
    "progress",
    "quiz",
    "reset_progress",
    "review",
    "solution",
]
