"""A library's call in a process of its own: what goes there, what comes back, what stays away."""

import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.signal

from course_utils import elsewhere
from tests.support import assert_one_sentence

KEEPS_NOTHING = """
import sys
from course_utils import elsewhere

elsewhere.run("scipy.signal.firwin", 31, 0.2)
assert "numpy" in sys.modules and "scipy" not in sys.modules
"""


def test_a_library_s_function_is_called_by_its_name():
    taps = elsewhere.run("scipy.signal.firwin", 31, 0.2, window="hamming")
    assert np.array_equal(taps, scipy.signal.firwin(31, 0.2, window="hamming"))


def test_a_function_of_the_notebook_takes_its_variables_along_and_runs_in_another_process():
    namespace = {"__name__": "__main__", "factor": np.float32(3)}
    exec("def scaled(x):\n    import os\n    return factor * x, os.getpid()", namespace)
    scaled, pid = elsewhere.run(namespace["scaled"], np.arange(4, dtype=np.float32))
    assert scaled.dtype == np.float32 and scaled.tolist() == [0, 3, 6, 9]
    assert pid != os.getpid()


def test_a_module_beside_the_notebook_is_found(tmp_path, monkeypatch):
    (tmp_path / "beside_the_notebook.py").write_text("def doubled(x):\n    return 2 * x\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert elsewhere.run("beside_the_notebook.doubled", 3) == 6


def test_what_the_library_imports_does_not_stay():
    subprocess.run([sys.executable, "-c", KEEPS_NOTHING], check=True)


def test_large_arrays_go_there_and_back():
    x = np.random.default_rng(0).standard_normal(2**20)
    assert np.array_equal(elsewhere.run("numpy.negative", x), -x)


def test_what_it_prints_does_not_get_into_the_answer(capfd):
    def talks():
        print("one")
        os.system("echo two")
        return 5

    assert elsewhere.run(talks) == 5
    assert capfd.readouterr().out == ""


def test_an_error_of_the_library_is_told_in_one_sentence():
    with pytest.raises(RuntimeError, match="numpy.linalg.inv.*LinAlgError: Singular matrix") as caught:
        elsewhere.run("numpy.linalg.inv", np.zeros((2, 2)))
    assert_one_sentence(caught.value)
    with pytest.raises(RuntimeError, match="numpy.no_such must .* AttributeError") as caught:
        elsewhere.run("numpy.no_such", 1)
    assert_one_sentence(caught.value)


def test_a_missing_library_is_named():
    with pytest.raises(ModuleNotFoundError, match="stft needs a library .* No module named 'no_such_library': install"):
        elsewhere.run("no_such_library.stft", 1)


def test_a_process_that_ends_without_an_answer_is_told_in_one_sentence():
    with pytest.raises(RuntimeError, match="_exit must come back .* status 3: .* memory") as caught:
        elsewhere.run(os._exit, 3)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("wrong", [None, 5, "stft", "librosa.", "librosa stft", b"librosa.stft"])
def test_what_is_no_function_is_refused(wrong):
    with pytest.raises(TypeError, match="function must be a function or its name in a library, got") as caught:
        elsewhere.run(wrong)
    assert_one_sentence(caught.value)


def test_what_cannot_be_copied_is_refused():
    with pytest.raises(TypeError, match="numpy.sum and its arguments must .* leave out .* generators") as caught:
        elsewhere.run("numpy.sum", (value for value in [1, 2]))
    assert_one_sentence(caught.value)


def test_what_would_bring_its_library_back_is_refused():
    call = "from course_utils import elsewhere\nprint(elsewhere.run('fractions.Fraction', 2))"
    known = subprocess.run([sys.executable, "-c", f"import fractions\n{call}"], capture_output=True, text=True)
    assert known.stdout.strip() == "2", known.stderr
    refused = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True)
    assert "TypeError: what comes back must be arrays, numbers and text, got fractions.Fraction" in refused.stderr


@pytest.mark.parametrize(
    "call", [("sys.exit", 0), ("sys.exit", None), ("sys.exit", 3), ("os._exit", 0), ("os._exit", 1)]
)
def test_an_end_without_an_answer_is_told(call):
    with pytest.raises(RuntimeError, match="must come back from its own process, got an end with status") as caught:
        elsewhere.run(*call)
    assert_one_sentence(caught.value)
