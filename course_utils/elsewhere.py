"""Call a library in a process of its own, so that what it imports does not stay in the notebook.

A notebook gives nothing back until its kernel ends, and torch alone takes 200 MB of it, librosa and what it brings 170.
"""

import importlib
import io
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ._checks import elsewhere as _checks


def run(function: Callable | str, *arguments: Any, **options: Any) -> Any:
    """What ``function(*arguments, **options)`` returns, from a new Python that ends with the call.

    Parameters
    ----------
    function : callable or str
        The name of a library's function, ``"librosa.stft"``, or a function of the notebook that imports inside what
        should not stay.
    *arguments, **options
        Copied to the other process, as are the notebook's variables that ``function`` uses.

    Returns
    -------
    object
        Arrays, numbers and text, and tuples, lists and dictionaries of them; a tensor goes through ``.numpy()`` first.

    Raises
    ------
    ModuleNotFoundError
        If the library is not installed.
    RuntimeError
        If the call raises there, which is told in one sentence, or ends its process.
    TypeError
        If something cannot be copied, on the way there or back.
    """
    import cloudpickle

    name = _checks.function_or_name(function)
    try:
        call = cloudpickle.dumps((function, arguments, options))
    except Exception as error:
        _checks.not_copied(name, error)
    command = [sys.executable, "-c", "from course_utils import elsewhere; elsewhere._serve()"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads cost more than they save
    payload = pickle.dumps((sys.path, call))
    done = subprocess.run(command, input=payload, stdout=subprocess.PIPE, env=environment)
    _checks.came_back(name, done.returncode, done.stdout)
    result, error = _Answer(io.BytesIO(done.stdout)).load()
    return _checks.without_error(name, result, error)


class _Answer(pickle.Unpickler):
    """Reads what comes back, without importing a library for it."""

    def find_class(self, module: str, name: str) -> Any:
        _checks.known_here(module, name)
        return super().find_class(module, name)


def _serve() -> None:
    """In the new Python: the call comes by the standard input, its result or error leaves by the standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not get into the answer
    sys.path, call = pickle.load(sys.stdin.buffer)
    try:
        function, arguments, options = pickle.loads(call)
        if isinstance(function, str):
            library, _, name = function.partition(".")
            function = operator.attrgetter(name)(importlib.import_module(library))
        message = pickle.dumps((function(*arguments, **options), None))
    except Exception as error:
        message = pickle.dumps((None, (type(error).__name__, " ".join(str(error).split()))))
    with answer:
        answer.write(message)
    os._exit(0)  # what was imported is not taken down in order, which takes time
