"""nbval runs every notebook; this keeps what it saw, so that gates and browser read that run.

nbval's own collector and kernel do the running. What is added: no network, the numbers bound in the prose between two
cells, the widgets, the time, and the record (``authoring.runs``).
"""

import time

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbval.plugin import IPyNbCell, IPyNbFile

from authoring import runs


class Recording:
    """A notebook on its way through nbval: each message of the kernel is kept as nbclient would keep it."""

    def __init__(self, path, kernel):
        self.path, self.kernel = path, kernel
        self.notebook = runs.read(path)
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        self.client = NotebookClient(self.notebook, record_timing=False)
        self.client.reset_execution_trackers()
        self.client.kc = kernel.kc  # for widgets that answer a message
        self.executed = runs.Executed(self.notebook)
        self.code = [index for index, cell in enumerate(self.notebook.cells) if cell.cell_type == "code"]
        self.n_done, self.n_read, self.current = 0, 0, None
        self.before, self.started = runs.slowness(), time.perf_counter()
        kernel.kc.execute(runs.NO_NETWORK, silent=True, reply=True, timeout=runs.HANGS_S)

    def value_of(self, expression):
        options = {"silent": True, "user_expressions": {"value": expression}, "reply": True, "timeout": runs.HANGS_S}
        return self.kernel.kc.execute("", **options)["content"]["user_expressions"]["value"]

    def read_prose(self, end):
        """The bound numbers of the cells before number ``end``, which stand after the last cell that was run."""
        for index in range(self.n_read, end):
            for bound in runs.bound_in(self.notebook.cells[index], index + 1):
                bound.take(self.value_of(bound.question) if bound.question else None)
                self.executed.bound.append(bound)
        self.n_read = end

    def begin(self, number):
        """A code cell, counted from 0, is about to run; out of turn, the run is not worth keeping."""
        self.current = self.code[number] if number == self.n_done else None
        self.client.clear_before_next_output = False
        if self.current is not None:
            self.read_prose(self.current)

    def take(self, message):
        if self.current is None:
            return
        try:
            self.client.process_message(message, self.notebook.cells[self.current], self.current)
        except CellExecutionComplete:
            pass

    def end(self, error):
        self.n_done += self.current is not None
        if error is not None and self.executed.error is None and self.current is not None:
            self.executed.error = (self.current + 1, self.reason(error))
        self.current = None
        if self.n_done == len(self.code) and self.kernel.is_alive():
            self.finish()

    def reason(self, error):
        """What the cell raised; where it raised nothing, as in a time-out, what nbval says."""
        raised = [o for o in self.notebook.cells[self.current].outputs if o.output_type == "error"]
        return f"{raised[0].ename}: {raised[0].evalue}" if raised else str(error).strip().splitlines()[0]

    def finish(self):
        self.read_prose(len(self.notebook.cells))
        self.executed.processor_s = float(self.value_of(runs.PROCESSOR_S)["data"]["text/plain"])
        self.executed.seconds = time.perf_counter() - self.started
        self.executed.slowness = (self.before + runs.slowness()) / 2
        self.client.set_widgets_metadata()
        runs.save(self.path, self.executed)


class RecordedFile(IPyNbFile):
    recording = None

    def setup(self):
        super().setup()
        self.recording = Recording(self.path, self.kernel)

    def collect(self):
        for cell in super().collect():
            parts = {"name": cell.name, "cell_num": cell.cell_num, "cell": cell.cell, "options": cell.options}
            yield RecordedCell.from_parent(self, **parts)

    def get_kernel_message(self, timeout=None, stream="iopub"):
        message = super().get_kernel_message(timeout=timeout, stream=stream)
        if stream == "iopub":
            self.recording.take(message)
        return message


class RecordedCell(IPyNbCell):
    def runtest(self):
        recording, error = self.parent.recording, None
        recording.begin(self.cell_num)
        try:
            super().runtest()
        except Exception as failure:
            error = failure
            raise
        finally:
            recording.end(error)


def recorded(node):
    """The collector of a notebook that also records, in place of nbval's own."""
    return RecordedFile.from_parent(node.parent, path=node.path) if type(node) is IPyNbFile else node
