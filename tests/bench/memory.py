"""What a kernel keeps once it has run a lecture, and how soon it draws the first picture.

Run ``python -m tests.bench.memory`` (``make bench-memory``), or with names, ``04_stft 06_mel``: it prints a table, and
the exit status is 1 where a bound is missed. Memory is the proportional set size of the kernel and all that it has
started and not ended; where the system does not tell it, the unique one. The first picture is timed in seconds of the
processor, from when the kernel answers: its own start, which no lecture changes, is not in it.
"""

import sys

import psutil
from nbclient import NotebookClient
from nbformat import v4

from authoring.cells import ROOT, all_lectures, read

LARGEST_MB, SLOWEST_S = 220, 1.0
FIRST_PICTURE = """
import numpy as np
import course_utils as cu
clip, rate = cu.audio.load("speech/sentence_awb")
cu.plotting.spectrogram(clip, rate, title="a sentence", alt="a sentence")
"""


class Measured(NotebookClient):
    """A notebook whose kernel is measured before and after its last cell."""

    async def async_execute_cell(self, cell, cell_index, **options):
        before = processor_s(self.km.provisioner.pid)
        done = await super().async_execute_cell(cell, cell_index, **options)
        if cell_index == len(self.nb.cells) - 1:
            self.kept_mb = kept_mb(self.km.provisioner.pid)
            self.last_cell_s = processor_s(self.km.provisioner.pid) - before
        return done


def kept_mb(pid):
    kernel = psutil.Process(pid)
    memory = [process.memory_full_info() for process in (kernel, *kernel.children(recursive=True))]
    return sum(getattr(each, "pss", each.uss) for each in memory) / 1e6


def processor_s(pid):
    return sum(psutil.Process(pid).cpu_times()[:2])


def run(notebook):
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    client = Measured(notebook, timeout=600, kernel_name="python3", resources=folder, record_timing=False)
    client.execute()
    return client


def first_picture_s():
    """The second cell's time: the first one is empty, and answered when the kernel is there."""
    return run(v4.new_notebook(cells=[v4.new_code_cell("1"), v4.new_code_cell(FIRST_PICTURE)])).last_cell_s


def measure(paths):
    """Rows of name, value, limit and unit."""
    for path in paths:
        yield path.stem, run(read(path)).kept_mb, LARGEST_MB, "MB"
    yield "first picture", min(first_picture_s() for _ in range(3)), SLOWEST_S, "s"


def main(names):
    """Without names all lectures that train nothing."""
    wanted = [path for path in all_lectures() if (path.stem in names if names else path.stem < "10")]
    n_missed = 0
    for name, value, limit, unit in measure(wanted):
        n_missed += value > limit
        print(f"{name:16} {value:7.2f} {unit:2} of {limit:g}{'  missed' * (value > limit)}", flush=True)
    return min(1, n_missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
