"""Runs of which each is kept as soon as it is done: what was killed goes on where it stood."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import torch

from course_utils.models import checkpoints

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "results"
RESULTS_FROM = ("course_utils/models", "course_utils/_checks", "course_utils/augmentation*", "course_utils/rooms*")
MELODIES = "music melody_tokens composer ngrams sampling_rules mdct quantisation"
RESULTS_FROM += tuple(f"course_utils/{name}.py" for name in MELODIES.split())


@cache
def code_and_data() -> str:
    """Changes with the models, what augments, and the clips; nothing that was kept before is used then."""
    digest = sha256()
    for pattern in (*RESULTS_FROM, "data/digits", "data/tunes", "tools/results"):
        for top in sorted(ROOT.glob(pattern)):
            for path in [top] if top.is_file() else sorted(top.rglob("*")):
                if path.is_file() and path.suffix in (".py", ".csv", ".flac"):
                    digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def place_of(function: Callable, job: Sequence) -> Path:
    """Where a run's result is kept; a file beside it, of another ending, is free for its weights."""
    key = sha256(repr(job).encode()).hexdigest()[:16]
    return KEPT / code_and_data() / function.__module__.rpartition(".")[2] / f"{function.__name__}-{key}.json"


def _run(call: tuple[Callable, Sequence]) -> dict:
    function, job = call
    torch.set_num_threads(1)
    started = time.process_time()
    found = function(*job) | {"processor_s": round(time.process_time() - started, 1)}
    path = place_of(function, job)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.replace(path)
    shown = {name: value for name, value in found.items() if not isinstance(value, dict | list)}
    print(function.__name__, *job, shown, flush=True)
    return found


def run_all(function: Callable, jobs: Sequence[Sequence], *, n_at_once: int = 2) -> list[dict]:
    """``function(*job)`` of every job, in their order; one thread and a new process each. What is kept is read."""
    ahead = [job for job in jobs if not place_of(function, job).exists()]
    with ProcessPoolExecutor(n_at_once, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        list(pool.map(_run, [(function, job) for job in ahead]))
    return [json.loads(place_of(function, job).read_text(encoding="utf-8")) for job in jobs]


def ship(path: Path, name: str) -> None:
    """The weights beside a kept run, to where lectures find them: ``checkpoints.load(model, name)``."""
    target = (checkpoints.FOLDER / name).with_suffix(".safetensors")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.with_suffix(".safetensors").read_bytes())
