"""What the tests of the modules share: random signals, limits in processor time, and the contract of an error."""

import os
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest


def processor_s():
    """Seconds that this process and those of its children that have ended have computed, however busy the machine."""
    return sum(os.times()[:4])


def tell(problems):
    """Fail with all problems, a line each, where there are any."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def random_signal(*shape, seed=0, dtype=np.float64):
    """Uniform within ±1."""
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(dtype)


def random_spectrum(*shape, seed=0, dtype=np.complex128):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)


def assert_one_sentence(error):
    """Name, rule, value received, and after the colon the way out; worded in _checks."""
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    where = Path(frame.tb_frame.f_code.co_filename)
    message = str(error)
    # Worded in _checks, and raised there or, of a file, by audio.
    assert where.parent.name == "_checks" or where.name == "audio.py", f"raised in {where.name}: {message}"
    assert re.search(r"\b(must|exceeds|needs|lies above|no sound file)\b.*: ", message), message
    assert "got" in message or "Nyquist" in message or "=" in message or "no sound file" in message, message
    assert "\n" not in message, message
    assert not re.search(r"[.!?](\s+[A-Z]|$)", message), message
    assert len(message) < 400, message


@contextmanager
def refuses(match, error=ValueError):
    """The block raises ``error``, worded like ``match``, in one sentence."""
    with pytest.raises(error, match=match) as caught:
        yield
    assert type(caught.value) in (error if isinstance(error, tuple) else (error,))
    assert_one_sentence(caught.value)
