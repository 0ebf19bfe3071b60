"""The process that an answer runs in: right whatever the notebook did before, and bounded whatever it does there."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import psutil
import pytest
import torch
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
from torch import nn

from course_utils import exercises
from course_utils.practice import inside, judge, processes, sandbox, store
from course_utils.practice.model import Design, Function, Property
from tests.answers import doubling, exercise, notebook_function

IS_LINUX = sys.platform == "linux"
WAYS = {"fork": True, "new Python": False} if IS_LINUX else {"new Python": False}
both_ways = pytest.mark.parametrize("fork", WAYS.values(), ids=WAYS)
only_linux = pytest.mark.skipif(not IS_LINUX, reason="os.fork is used, and /proc read, on Linux only")
HUNG_S = 60  # for a machine that is busy; the limit itself is 8 s


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Every test has a file of progress of its own."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "progress.sqlite3"))


def checked(body, fork=True, limit_s=sandbox.LIMIT_S, **variables):
    """What is found of an inverse DFT that does something beside."""
    lines = textwrap.indent(textwrap.dedent(body), "    ")
    answer = notebook_function(f"def answer(X):\n{lines}\n    return np.fft.ifft(X)", **variables)
    return sandbox.run(exercises.find("dft/idft"), answer, fork=fork, limit_s=limit_s)


# ------------------------------------------------------------- right, whatever the notebook did before


def attention():
    nn.MultiheadAttention(64, 4)(*[torch.ones(50, 4, 64)] * 3)


def gradient():
    x = torch.ones(300, 300, requires_grad=True)
    (x @ x).sum().backward()


def own_number_of_threads():
    torch.set_num_threads(torch.get_num_threads() + 1)  # the pool of before is too small
    torch.ones(300, 300) @ torch.ones(300, 300)


@numba.njit(parallel=True, cache=True)
def total(x):
    found = 0.0
    for n in numba.prange(len(x)):
        found += x[n]
    return found


PARALLEL = {
    "softmax": lambda: torch.softmax(torch.zeros(3, 3), -1),
    "matmul": lambda: torch.ones(300, 300) @ torch.ones(300, 300),
    "conv": lambda: nn.Conv2d(8, 8, 3)(torch.ones(4, 8, 64, 64)),
    "stft": lambda: torch.stft(torch.ones(4, 16_000), 512, window=torch.ones(512), return_complex=True),
    "LSTM": lambda: nn.LSTM(40, 40)(torch.ones(100, 4, 40)),
    "attention": attention,
    "gradient": gradient,
    "own number of threads": own_number_of_threads,
    "inter-op pool": lambda: torch.jit.wait(torch.jit.fork(torch.sin, torch.ones(3))),
    "numpy": lambda: np.ones((400, 400)) @ np.ones((400, 400)),
    "scikit-learn": lambda: KMeans(3, n_init=1, max_iter=3, random_state=0).fit(np.eye(500, 4)),
}


@pytest.fixture
def three_threads():
    """Of each OpenMP runtime, as a notebook has them; the tests begin with one."""
    with threadpool_limits(3, user_api="openmp"):
        yield


def no_new_python(*_):
    raise AssertionError("a new Python was started")


@only_linux
@pytest.mark.parametrize("work", PARALLEL.values(), ids=PARALLEL)
def test_what_computes_in_parallel_may_be_used_before_and_in_the_answer(work, monkeypatch, three_threads):
    monkeypatch.setattr(sandbox, "start_python", no_new_python)
    work()
    found = checked("work()", work=work)
    assert found.verdict.status == "right", found


@only_linux
def test_numba_may_be_used_before_and_in_the_answer():
    """It ends each fork of a process that has computed in parallel, so a new Python judges."""
    total(np.ones(10_000))
    found = checked("total(np.ones(10_000))", total=total)
    assert found.verdict.status == "right", found


@only_linux
def test_the_notebook_computes_in_parallel_as_before(three_threads):
    for n in (1, 3):
        torch.set_num_threads(n)
        torch.ones(300, 300) @ torch.ones(300, 300)
        checked("pass")
        assert torch.get_num_threads() == n
        assert (torch.ones(300, 300) @ torch.ones(300, 300) == 300).all()


def test_a_worker_of_a_data_loader_may_be_alive(three_threads):
    loader = iter(torch.utils.data.DataLoader(list(range(100)), num_workers=1, persistent_workers=True))
    next(loader)
    torch.softmax(torch.zeros(300, 300), -1)
    assert checked("torch.softmax(torch.zeros(300, 300), -1)", torch=torch, fork=IS_LINUX).verdict.status == "right"
    assert len(list(loader)) == 99


@pytest.fixture
def hold():
    """Hold a lock in another thread for as long as the test runs."""
    done, threads = threading.Event(), []

    def held_by_a_thread(lock):
        def wait():
            with lock:
                held.set()
                done.wait(HUNG_S)

        held = threading.Event()
        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        held.wait()

    yield held_by_a_thread
    done.set()
    for thread in threads:
        thread.join()


@only_linux
@pytest.mark.parametrize("kind", [threading.Lock, threading.RLock, threading.Condition])
def test_a_lock_that_another_thread_holds_is_not_waited_for(hold, kind):
    """A fork copies the lock, and not the thread that would release it."""
    lock = kind()
    hold(lock)
    assert checked("with lock: pass", lock=lock).verdict.status == "right"


@only_linux
def test_the_logging_lock_may_be_held(hold):
    import logging

    handler = logging.StreamHandler()
    hold(handler.lock)
    body = "logging.getLogger('of an answer').warning('heard')"
    logging.getLogger("of an answer").addHandler(handler)
    assert checked(body, logging=logging).verdict.status == "right"


@only_linux
def test_a_pool_of_threads_may_have_been_used_before():
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(abs, range(4))) == [0, 1, 2, 3]
        time.sleep(0.2)  # both threads wait for work
        assert checked("list(pool.map(abs, range(4)))", pool=pool).verdict.status == "right"


def module_that(tmp_path, monkeypatch, name, source):
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))


@only_linux
def test_another_thread_may_be_importing_what_the_answer_imports(tmp_path, monkeypatch):
    module_that(tmp_path, monkeypatch, "half_imported", "import time\ntime.sleep(4)\nready = True\n")
    thread = threading.Thread(target=__import__, args=("half_imported",))
    thread.start()
    time.sleep(0.5)
    found = checked("import half_imported; half_imported.ready")
    thread.join()
    assert found.verdict.status == "right", found


@both_ways
@pytest.mark.parametrize("way", ["import slow", "import importlib; importlib.import_module('slow')"])
def test_what_an_import_takes_and_changes_is_not_the_answers(tmp_path, monkeypatch, fork, way):
    """The import is slower than the limit, sets a variable as librosa's do, and draws random numbers."""
    source = """
    import os, random, time
    import numpy as np
    os.environ["KMP_INIT_AT_FORK"] = "FALSE"
    np.random.seed(3), random.random(), np.seterr(all="ignore")
    time.sleep(3)
    """
    module_that(tmp_path, monkeypatch, "slow", textwrap.dedent(source))
    found = checked(f"{way}; import os; os.environ.get('HOME')", fork, limit_s=2)
    assert found.verdict.status == "right", found


@both_ways
def test_an_import_does_not_hide_what_the_answer_changes(tmp_path, monkeypatch, fork):
    module_that(tmp_path, monkeypatch, "quick", "import os\nos.environ['BY_IMPORT'] = '1'\n")
    found = checked("import os; os.environ['BY_ANSWER'] = '1'; import quick", fork)
    assert found.verdict.diagnosis == "global state" and "BY_ANSWER" in found.verdict.message


def test_a_variable_that_a_library_sets_when_it_is_called_is_not_the_answers(tmp_path, monkeypatch):
    module_that(tmp_path, monkeypatch, "lazy", "import os\ndef work(): os.environ['BY_LIBRARY'] = '1'\n")
    assert checked("import lazy; lazy.work()", fork=IS_LINUX).verdict.status == "right"


@both_ways
def test_a_variable_that_an_import_inside_a_library_sets_is_not_the_answers(tmp_path, monkeypatch, fork):
    """As the first call of librosa imports joblib, which sets one; the answer does not name the environment."""
    module_that(tmp_path, monkeypatch, "inner", "import os\nos.environ['BY_INNER_IMPORT'] = '1'\n")
    module_that(tmp_path, monkeypatch, "outer", "def work(): import inner\n")
    assert checked("import outer; outer.work()", fork).verdict.status == "right"


@both_ways
def test_settings_of_the_notebook_hold_for_the_answer(fork, monkeypatch):
    """numpy's error handling, the depth of recursion, and the default dtype of torch."""
    body = """
    assert np.geterr()["divide"] == "raise" and sys.getrecursionlimit() == 3000
    assert torch.get_default_dtype() == torch.float64
    """
    depth = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(3000)
        torch.set_default_dtype(torch.float64)
        with np.errstate(divide="raise"):
            found = checked(body, fork, sys=sys, torch=torch)
    finally:
        sys.setrecursionlimit(depth)
        torch.set_default_dtype(torch.float32)
    assert found.verdict.status == "right", found


@only_linux
def test_what_says_that_it_cannot_be_forked_is_tried_in_a_new_python():
    """As CUDA does."""
    body = """
    if os.getpid() != pid and psutil.Process().parent().pid == pid and "-c" not in psutil.Process().cmdline():
        raise RuntimeError("Cannot re-initialize CUDA in forked subprocess")
    """
    assert checked(body, os=os, psutil=psutil, pid=os.getpid()).verdict.status == "right"


@only_linux
def test_a_folder_that_is_gone_is_no_fault_of_the_answer(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert checked("pass").verdict.status == "right"


# ---------------------------------------------------------------------- what an answer may do to itself

HOSTILE = {
    "endless loop": ("while True: pass", "endless loop"),
    "endless loop that catches everything": (
        "while True:\n        try:\n            x = 1\n        except BaseException:\n            pass",
        "endless loop",
    ),
    "sleep": ("import time; time.sleep(1000)", "endless loop"),
    "recursion": ("return answer(x)", "endless recursion"),
    "memory in one piece": ("return np.ones(4_000_000_000)", "memory"),
    "memory piece by piece": ("kept = []\n    while True: kept.append(np.ones(1_000_000))", "memory"),
    "list without end": ("kept = []\n    while True: kept.append([0] * 1_000_000)", "memory"),
    "exception": ("return 1 / 0", "ZeroDivisionError"),
    "unknown name": ("return two * x", "NameError"),
    "wrong arguments": ("return x.sum(axis=7)", "AxisError"),
    "exit": ("exit()", "exit"),
    "sys.exit": ("import sys; sys.exit(0)", "exit"),
    "os._exit": ("import os; os._exit(0)", "exit"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crash"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crash"),
    "input": ("return input()", "RuntimeError"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "pipe closed": ("import os; os.closerange(3, 100); return 2 * x", None),
    "child process": ("import os\n    if os.fork() == 0:\n        while True: pass\n    return 2 * x", None),
}


@both_ways
@pytest.mark.parametrize(("body", "diagnosis"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_an_answer_does_ends_in_a_sentence(body, diagnosis, fork):
    asked = doubling()
    answer = notebook_function(f"def answer(x):\n    {body}")
    started = time.monotonic()
    if fork:
        limit_s = 3 if diagnosis == "endless loop" else HUNG_S  # a machine may take a minute to give so much memory
        found = sandbox.run(asked, answer, fork=True, limit_s=limit_s)
    else:  # the new Python looks the exercise up by its name, so it must be a real one
        found = sandbox.run(exercises.exercises("dft")[0], answer, fork=False, limit_s=4)
    assert time.monotonic() - started < HUNG_S
    assert found.verdict.status in ("wrong", "right") and len(found.verdict.message) > 20
    if diagnosis and fork:
        assert found.verdict.diagnosis == diagnosis
    if diagnosis and not fork:
        assert found.verdict.status == "wrong"


def test_no_child_is_left_behind():
    me = psutil.Process()
    before = set(me.children(recursive=True))
    for body in ("while True: pass", "import os; os.fork(); return 2 * x", "os._exit(3)"):
        sandbox.run(doubling(), notebook_function(f"def answer(x):\n    {body}"), fork=True, limit_s=1)
    time.sleep(0.2)
    assert set(me.children(recursive=True)) <= before


@only_linux
def test_what_holds_is_said_when_the_search_for_a_name_takes_too_long(monkeypatch):
    def searches(*_, **__):
        while True:
            pass

    monkeypatch.setattr(judge, "wrong_function", searches)
    found = sandbox.run(doubling(), notebook_function("def answer(x):\n    return 3 * x"), fork=True, limit_s=1)
    assert found.verdict.status == "wrong" and found.verdict.diagnosis is None
    assert "still running" not in found.verdict.message and found.verdict.evidence


def test_an_endless_loop_names_the_case():
    answer = notebook_function("def answer(x):\n    while x.size == 1: pass\n    return 2 * x")
    message = sandbox.run(doubling(), answer, limit_s=2).verdict.message
    assert "after 2 s" in message and "in the case “one number”" in message


@only_linux
def test_a_busy_machine_takes_no_time_from_an_answer(monkeypatch):
    """By the clock it runs longer than it may, of the processor for half of that: as where others take the rest."""
    whole = processes.processor_s
    monkeypatch.setattr(processes, "processor_s", lambda pid: whole(pid) / 2)
    monkeypatch.setattr(processes, "PATIENCE", 1000)
    busy = "import time\n    until = time.process_time() + 0.5\n    while time.process_time() < until: pass"
    answer = notebook_function(f"def answer(x):\n    {busy}\n    return 2 * x")
    assert sandbox.run(doubling(), answer, fork=True, limit_s=1.5).verdict.status == "right"


@only_linux
@pytest.mark.parametrize(("promised_s", "status"), [(0.0, "wrong"), (30.0, "right")])
def test_what_a_task_promises_is_no_endless_loop(promised_s, status):
    def slow(decode):
        return None if decode() == 1 else "no"

    spec = Design(properties=(Property("slow", slow),), score=lambda _: 1.0, unit="dB", best=1.0, promised_s=promised_s)
    body = "import time\n    until = time.process_time() + 2\n    while time.process_time() < until: pass\n    return 1"
    found = sandbox.run(exercise(spec), notebook_function(f"def answer():\n    {body}"), fork=True, limit_s=1)
    assert found.verdict.status == status


def test_the_line_that_raises_is_shown(tmp_path):
    path = tmp_path / "cell.py"  # the notebook's cells have sources, and so has a file
    path.write_text("def answer(x):\n    half = 1 / 0\n    return half * x\n")
    namespace = {"__name__": "__main__"}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    message = sandbox.run(doubling(), namespace["answer"]).verdict.message
    assert "ZeroDivisionError in the line `half = 1 / 0` in the case “three numbers”: division by zero" in message


@both_ways
def test_an_answer_that_waits_is_not_told_of_a_loop(fork):
    found = checked("import time; time.sleep(1000)", fork, limit_s=2)
    assert found.verdict.diagnosis == "endless loop" and "it waits" in found.verdict.message


# -------------------------------------------------------------------------- the bounds of all it starts

STARTED = {
    "a fork": "if os.fork() == 0: hold()",
    "a group of its own": """
    if os.fork() == 0:
        os.setpgid(0, 0)
        hold()""",
    "a session of its own": """
    if os.fork() == 0:
        os.setsid()
        hold()""",
    "a demon": """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: hold()
        os._exit(0)
    os.wait()""",
    "another program": """
    import subprocess, sys
    code = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); time.sleep(100)"
    process = subprocess.Popen([sys.executable, "-c", code, path], start_new_session=True)
    process.returncode = 0  # no warning that it still runs""",
    "a demon of one that dies": """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: hold()
        os._exit(0)
    wait_until_held()
    os._exit(1)""",
}
HOLDING = """
def is_held():
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True

def wait_until_held():
    while not is_held(): time.sleep(0.05)

def hold():
    file = open(path, "w")
    fcntl.flock(file, fcntl.LOCK_EX)
    while True: time.sleep(1)
"""


@only_linux
@both_ways
@pytest.mark.parametrize("body", STARTED.values(), ids=STARTED)
def test_what_an_answer_has_started_is_ended_with_it(tmp_path, body, fork):
    """What it starts holds a lock for as long as it lives; no thread goes on reading the pipe that it holds, too."""
    import fcntl

    n_threads, path = threading.active_count(), str(tmp_path / "lock")
    variables = {"path": path, "os": os, "fcntl": fcntl, "time": time, "__name__": "__main__"}
    exec(HOLDING, variables)
    found = checked(f"{textwrap.dedent(body)}\nwait_until_held()", fork, **variables)
    assert found.verdict.status == "right" or "os._exit(1)" in body, found
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where it is still held
    assert not waits_for(lambda: threading.active_count() > n_threads, 5)


def waits_for(condition, limit_s):
    """Does it hold for as long as that?"""
    deadline = time.monotonic() + limit_s
    while condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize("start", ["", "start_new_session=True"])
def test_the_tree_of_processes_is_followed_where_there_is_no_mark(monkeypatch, tmp_path, start):
    """As on macOS and Windows."""
    monkeypatch.setattr(processes, "IS_LINUX", False)
    body = f"""
    import subprocess, sys
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], {start})
    open(path, "w").write(str(process.pid))"""
    found = checked(body, fork=False, path=str(tmp_path / "pid"))
    assert found.verdict.status == "right", found
    assert not waits_for(lambda: psutil.pid_exists(int((tmp_path / "pid").read_text())), 5)
    body = "kept = []\nwhile True: kept.append(np.ones(1_000_000))"
    assert checked(body, fork=False).verdict.diagnosis == "memory"


@only_linux
def test_an_endless_answer_ends_with_its_notebook(tmp_path):
    script = f"""
    import os
    from course_utils.practice import check
    def idft(X):
        open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
        while True: pass
    check("dft/idft", idft)
    """
    notebook = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    path = tmp_path / "pid"
    assert not waits_for(lambda: not (path.exists() and path.read_text()), HUNG_S)
    notebook.kill()
    notebook.wait()
    pid = int(path.read_text())
    runs_on = waits_for(lambda: psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie", 5)
    if runs_on:
        psutil.Process(pid).kill()
    assert not runs_on


BEYOND = {
    "memory of grandchildren": (
        """
        for n in range(4):
            if os.fork() == 0:
                kept = np.ones(40_000_000)
                time.sleep(100)
        time.sleep(100)""",
        "memory",
    ),
    "memory that is shared": (
        "import mmap; room = mmap.mmap(-1, 4_000_000_000)\nwhile True: room.write(bytes(10_000_000))",
        "memory",
    ),
    "a large file": (
        "with open(path, 'wb') as file:\n    file.seek(2_000_000_000)\n    file.write(bytes(1))",
        "OSError",
    ),
    "many files": (
        "while True:\n    with open(path, 'wb') as file: file.write(bytes(80_000_000))",
        "disk",
    ),
    "many processes": (
        "for n in range(300):\n    if os.fork() == 0: time.sleep(100)\ntime.sleep(100)",
        "processes",
    ),
    "more on the pipe than a verdict": (
        """
        pipe = max(pipes().keys() - held)
        for n in range(600): os.write(pipes()[pipe], bytes(1_000_000))""",
        "flood",
    ),
}


def pipes():
    """The pipes of this process beyond its standard streams: what the system calls each, and a descriptor of it."""
    used = [(os.fstat(n), n) for n in range(3, 200) if os.path.exists(f"/proc/self/fd/{n}")]
    return {found.st_ino: n for found, n in used if stat.S_ISFIFO(found.st_mode)}


@only_linux
@both_ways
@pytest.mark.parametrize(("body", "diagnosis"), BEYOND.values(), ids=BEYOND)
def test_the_bounds_hold_for_all_that_an_answer_starts(tmp_path, body, diagnosis, fork):
    path, held = str(tmp_path / "written"), set(pipes())  # others of this process may be read by somebody, too
    found = checked(body, fork, limit_s=30, os=os, time=time, pipes=pipes, held=held, path=path)
    assert found.verdict.diagnosis == diagnosis, found
    assert not os.path.exists(path) or os.path.getsize(path) <= processes.LIMIT_FILE


@only_linux
def test_what_forks_share_is_counted_once():
    """As a pool of processes does, each of which has all that the notebook holds."""
    held = np.ones(20_000_000)
    body = """
    n_forks = 8 if len(X) == 1 else 0
    pids = [pid for pid in (os.fork() for n in range(n_forks)) if pid or time.sleep(0.5) or os._exit(0)]
    for pid in pids: os.waitpid(pid, 0)
    held[0]"""
    found = checked(body, os=os, time=time, held=held)
    assert found.verdict.status == "right", found


@only_linux
@both_ways
def test_a_verdict_that_is_written_to_the_pipe_without_its_token_is_none(fork):
    body = """
    import json, os
    used = [n for n in range(3, 200) if os.path.exists(f"/proc/self/fd/{n}")]
    writing = max(n for n in used if stat.S_ISFIFO(os.fstat(n).st_mode))
    verdict = {"status": "right", "message": "Right.", "diagnosis": None, "evidence": [], "score": None}
    os.write(writing, b"\\n" + json.dumps({"verdict": verdict, "printed": ""}).encode() + b"\\n")
    return 3 * np.fft.ifft(X)"""
    found = checked(body, fork, stat=stat)
    assert found.verdict.diagnosis == "scale", found


# ---------------------------------------------------------------------------- prints, checks in answers


@both_ways
def test_what_an_answer_prints_is_shown_and_cut(fork):
    assert checked("print('here', len(X))", fork).printed.startswith("here 4\nhere ")
    found = checked("for n in range(200_000): print('flood')", fork)
    assert found.verdict.status == "right"
    kept, said = found.printed[: inside.LIMIT_PRINTED], found.printed[inside.LIMIT_PRINTED :]
    assert kept.startswith("flood\nflood\n") and "It printed more" in said and len(said) < 200


@only_linux
def test_what_is_written_to_a_stream_of_the_notebook_is_kept_too():
    """By a handler of logging, for one."""
    found = checked("for n in range(1000): stream.write('held')", stream=sys.stdout)
    assert found.printed.startswith("heldheld") and ",499 further pieces" in found.printed


def test_a_long_text_in_one_piece_is_cut():
    found = checked("print('x' * 5000)", fork=IS_LINUX)
    assert found.printed.count("x") == inside.LIMIT_PRINTED and "It printed more" in found.printed


@both_ways
def test_a_check_in_an_answer_writes_nothing(fork):
    body = """
    from course_utils import practice
    inner = practice.check("dft/idft", lambda X: np.fft.ifft(X))
    practice.hint("dft/idft")
    assert inner.status == "right" and practice.check("dft/idft", lambda X: X).status == "wrong"
    """
    found = checked(body, fork)
    assert found.verdict.status == "right", found
    assert store.events() == ([], None)


# ---------------------------------------------------------------------------------- what it may change

STATE = {
    "a variable": ("global count\n    count += 1", "the variable count"),
    "a list": ("seen.append(1)", "the variable seen"),
    "an array": ("table[0] += 1", "the variable table"),
    "a dictionary, by a function": ("remember(x)", "the variable kept"),
    "numpy's generator": ("np.random.seed(0)", "numpy.random"),
    "numpy's errors": ("np.seterr(divide='ignore')", "np.seterr"),
    "the folder": ("import os; os.chdir('/')", "working directory"),
    "the environment": ("import os; os.environ['PATH_X'] = '1'", "environment"),
}


@both_ways
@pytest.mark.parametrize(("body", "named"), STATE.values(), ids=STATE)
def test_a_changed_global_state_is_named_and_does_not_reach_the_notebook(body, named, fork):
    kept, folder = {}, os.getcwd()
    variables = {"count": 0, "seen": [], "table": np.zeros(2), "kept": kept}
    source = f"def remember(x):\n    kept[len(x)] = 1\n\ndef answer(x):\n    {body}\n    return np.fft.ifft(x)"
    answer = notebook_function(source, **variables)
    random_state = np.random.get_state()[1].copy()  # noqa: NPY002
    verdict = sandbox.run(exercises.find("dft/idft"), answer, fork=fork).verdict
    assert verdict.diagnosis == "global state" and named in verdict.message
    mine = answer.__globals__
    assert (mine["count"], mine["seen"], mine["kept"]) == (0, [], {}) and not mine["table"].any()
    assert os.getcwd() == folder and "PATH_X" not in os.environ
    assert np.array_equal(np.random.get_state()[1], random_state)  # noqa: NPY002


# ------------------------------------------------------------------------------------- in a new Python


def test_an_answer_that_cannot_be_sent_gets_a_sentence(tmp_path):
    with open(tmp_path / "file", "w") as file:
        answer = notebook_function("def answer(x):\n    file.write('x')\n    return x", file=file)
        verdict = sandbox.run(exercises.exercises("dft")[0], answer, fork=False).verdict
    assert (verdict.status, verdict.diagnosis) == ("not attempted", "not portable")


def test_both_ways_of_starting_agree():
    asked = exercises.find("dft/idft")
    for answer in (
        asked.reference,
        lambda x: np.fft.ifft(x),
        lambda x: np.fft.fft(x) / len(x),
        lambda x: [0 * v for v in x],
    ):
        by_fork = sandbox.run(asked, answer, fork=True).verdict if sys.platform == "linux" else None
        by_python = sandbox.run(asked, answer, fork=False).verdict
        assert by_fork in (None, by_python)


ONE_OF_EACH_KIND = {
    exercise.kind: exercise for topic in ("dft", "mel", "filters") for exercise in exercises.exercises(topic)
}


@pytest.mark.parametrize("asked", ONE_OF_EACH_KIND.values(), ids=ONE_OF_EACH_KIND)
def test_a_new_python_judges_as_a_fork_does(asked):
    """The way of macOS and Windows, tried wherever the tests run: right, wrong and untouched."""
    is_function = isinstance(asked.spec, Function)
    codes = [asked.reference, asked.wrongs[0].codes[0]]
    answers = [code if is_function else code() for code in codes]
    verdicts = [sandbox.run(asked, answer, fork=False).verdict for answer in (*answers, None)]
    assert [verdict.status for verdict in verdicts] == ["right", "wrong", "not attempted"]
    assert verdicts[1].diagnosis == asked.wrongs[0].name


# ------------------------------------------------------------------------------- in a real notebook

CELLS = {
    "import numpy as np\nfrom course_utils.practice import check\nmine, n = [1, 2, 3], 0": None,
    "def idft(s):\n    while True: pass": None,
    "check('dft/idft', idft)": "still running after 8 s",
    "def idft(s):\n    exit()": None,
    "check('dft/idft', idft) ": "calls exit()",
    "def idft(s):\n    global n\n    n += 1\n    mine.append(4)\n    return np.fft.ifft(s)": None,
    "check('dft/idft', idft)  ": "it changes the variable",
    "def idft(s):\n    return idft(s)": None,
    "check('dft/idft', idft)   ": "calls itself without end",
    "mine, n": "([1, 2, 3], 0)",
}


def test_the_kernel_of_a_notebook_lives_on_with_its_variables():
    from nbclient import NotebookClient
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for cell, expected in zip(notebook.cells, CELLS.values(), strict=True):
        shown = "".join("".join(output.get("data", {}).values()) for output in without_views(cell))
        assert expected is None or expected in shown


def without_views(cell):
    for output in cell.outputs:
        output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        yield output


@pytest.mark.skipif(os.name != "posix", reason="the signal of the stop button is sent with os.kill")
def test_the_stop_button_stops_the_answer_too():
    answer = notebook_function("def answer(x):\n    while True: pass")
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(doubling(), answer)
    assert not [child for child in psutil.Process().children() if child.status() == "running"]
