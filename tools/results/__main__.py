"""Run what takes too long for a lecture, and write what came out to assets/results.json, from which lectures quote.

    make results                                          everything that needs no recordings
    make results RESULTS_ARGS="--people DIR"              and what needs people: {digit}_{speaker}_{number}.wav in DIR
    make results RESULTS_ARGS="augmentation sequence"     only these

A section is a module of this folder with ``measure(people)``, which gives what JSON can hold, or None where it needs
people. Each run is kept in build/results as soon as it is done, so that an interrupted call goes on where it stood.
Weights that lectures load go to assets/checkpoints. One thread a training, two at once.
"""

import argparse
import json
import pkgutil
import platform
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from course_utils.models import training

HELPERS = "__main__", "jobs", "scores"
SECTIONS = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name not in HELPERS]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what lectures quote, into assets/results.json.")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    parser.add_argument("--people", help="folder of recorded digits")
    arguments = parser.parse_args()
    for name in arguments.sections or SECTIONS:
        started = time.perf_counter()
        found = import_module(f"tools.results.{name}").measure(arguments.people)
        if found is None:
            print(f"{name}: skipped, it needs --people")
            continue
        versions = {package: version(package) for package in ("torch", "numpy")} | {"python": platform.python_version()}
        results = json.loads(training.RESULTS.read_text(encoding="utf-8")) if training.RESULTS.exists() else {}
        results[name] = found | {"versions": versions}
        training.RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{name}: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
