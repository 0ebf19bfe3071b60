"""The real JupyterLab in a headless Chromium: open a notebook, run it, look at it, move its controls.

``python -m tests.browser.lab notebooks/03_dft.ipynb --shots DIR`` runs a notebook, saves the whole
page as pictures of about a screen each, and prints what is wrong.
"""

import argparse
import json
import math
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},  # draw the whole page, not only what is seen
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

ERRORS = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
# The cells that hold code, counted from 0 with those of prose.
WITH_CODE = """() => {
    const models = jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model);
    const holdsCode = model => model.type === "code" && model.sharedModel.getSource().trim();
    return models.flatMap((model, number) => holdsCode(model) ? [number] : []);
}"""

# By JupyterLab's own commands: in a page of 140 cells a click and a key cost half a second for each.
OPEN = """name => { jupyterapp.commands.execute("docmanager:open", { path: name }); }"""
RUN = """numbers => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = numbers[0];
    numbers.forEach(number => notebook.select(notebook.widgets[number]));
    jupyterapp.commands.execute("notebook:run-cell");
}"""

# The next entry of a list that can be chosen: a heading such as "your own" cannot.
NEXT_OPTION = """({ options, selectedIndex }) => {
    let next = selectedIndex;
    do { next = (next + 1) % options.length; } while (options[next].disabled);
    return next;
}"""

# How far the last cell reaches.
END_OF_CELLS = """element => {
    const last = [...element.querySelectorAll(".jp-Cell")].at(-1).getBoundingClientRect();
    return last.bottom - element.getBoundingClientRect().top + element.scrollTop;
}"""

# Each of these cells has its number, or one has failed and none is waiting any more. Asked of the notebook and not of
# the page: a folded cell shows no number.
DONE = """([numbers, errors]) => {
    const cells = jupyterapp.shell.currentWidget.content.widgets;
    const models = numbers.map(number => cells[number].model);
    return models.every(model => model.executionCount !== null)
        || (document.querySelector(errors) && models.every(model => model.executionState === "idle"));
}"""


def chromium():
    """The path of the system's Chromium, or None: its headless shell opens a page in a fifth of the time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first starts soonest
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def jupyterlab(folder):
    """A JupyterLab of its own on a folder: own settings, loopback, random port; yields its address and token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex()
    with tempfile.TemporaryDirectory() as private:
        for name, values in SETTINGS.items():
            path = Path(private, "settings", f"{name}.jupyterlab-settings")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        own = {f"JUPYTER_{name.upper()}_DIR": name for name in ("config", "runtime", "data")}
        own |= {f"JUPYTERLAB_{name.upper()}_DIR": name for name in ("settings", "workspaces")}
        environment = os.environ | {key: str(Path(private, name)) for key, name in own.items()}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [
            f"--port={port}",
            "--port-retries=0",
            f"--IdentityProvider.token={token}",
            f"--notebook-dir={folder}",
            "--LabApp.expose_app_in_browser=True",  # so that RUN finds it
        ]
        with open(Path(private, "log"), "w+") as log:
            server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
            try:
                wait_for_server(server, f"http://127.0.0.1:{port}/api?token={token}", log)
                yield f"http://127.0.0.1:{port}", token
            finally:
                server.terminate()
                server.wait(20)


def wait_for_server(server, address, log, seconds=60):
    for _ in range(seconds * 5):
        try:
            return urllib.request.urlopen(address, timeout=5).read()
        except OSError:
            time.sleep(0.2)
        if server.poll() is not None:
            break
    log.seek(0)
    raise RuntimeError(f"JupyterLab does not answer:\n{log.read()}")


def stop_kernels(address, token):
    """Of pages that are closed: a kernel that has trained a model holds a gigabyte."""
    with urllib.request.urlopen(f"{address}/api/sessions?token={token}") as answer:
        sessions = json.load(answer)
    for session in sessions:
        urllib.request.urlopen(
            urllib.request.Request(f"{address}/api/sessions/{session['id']}?token={token}", method="DELETE")
        )


# So long, and as many frames as an idle machine draws in that time: on a busy one everything else waits, too.
SETTLE = """ms => new Promise(done => {
    let left = Math.ceil(ms / 16);
    const started = performance.now();
    const step = () => (--left <= 0 && performance.now() - started >= ms ? done() : requestAnimationFrame(step));
    step();
})"""


def wait(page, ms):
    """Let a page come to rest: what was due within ``ms`` on an idle machine has happened."""
    page.evaluate(SETTLE, ms)


class Page:
    """One notebook in the browser, and what has gone wrong on its page so far.

    Where JupyterLab is on the page already, it opens the notebook: it takes longer to begin than a notebook to open.
    """

    def __init__(self, page, address, token, name):
        self.page = page
        self.outside = []
        self.page_errors = []
        self.listeners = {"request": self._note_request, "console": self._note_message, "pageerror": self._note_error}
        for event, listener in self.listeners.items():
            page.on(event, listener)
        if page.url.startswith(address):
            page.evaluate(OPEN, name)
        else:
            page.goto(f"{address}/doc/tree/{name}?token={token}")
        self.wait_until_idle()

    def close(self):
        """Take the notebook off the page, unsaved."""
        self.page.evaluate("() => { jupyterapp.shell.currentWidget.dispose(); }")
        for event, listener in self.listeners.items():
            self.page.remove_listener(event, listener)

    def _note_request(self, request):
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname not in ("127.0.0.1", "localhost"):
            self.outside.append(request.url)

    def _note_message(self, message):
        if message.type == "error":
            self.page_errors.append(message.text)

    def _note_error(self, error):
        self.page_errors.append(str(error))

    def wait_until_idle(self, seconds=60):
        """Until kernel and notebook are idle; the notebook alone says so before it has a kernel."""
        self.page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=seconds * 1000)
        idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
        self.page.wait_for_selector(idle, state="attached", timeout=seconds * 1000)

    def run_all(self):
        """Run > Run All Cells, as a reader does, until every cell has its number."""
        self.page.locator(".lm-MenuBar-item", has_text="Run").click()
        self.page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
        self._wait_for(self.page.evaluate(WITH_CODE), timeout=300_000)

    def run_cells(self, numbers):
        """Select some cells, counted from 0 with those of prose, and run them, until each has its number."""
        self.page.evaluate(RUN, numbers)
        self._wait_for(numbers, timeout=600_000)

    def _wait_for(self, numbers, timeout):
        self.page.wait_for_function(DONE, arg=[numbers, ERRORS], timeout=timeout, polling=100)
        self.wait_until_idle()
        wait(self.page, 1000)  # widgets draw themselves after the kernel has finished

    def errors(self):
        """The texts of all error and warning outputs."""
        return self.page.locator(ERRORS).all_inner_texts()

    def pictures_without_alt(self):
        return self.page.locator(".jp-Notebook img:not([alt]), .jp-Notebook img[alt='']").count()

    def controls(self):
        """The sliders, lists and boxes of the interactives, ipywidgets' and our own."""
        widgets = [f".jupyter-widgets {kind}" for kind in ("[role=slider]", "select", "input[type=checkbox]")]
        own = [f"section.explorable {kind}" for kind in ("input[type=range]", "select", "input[type=checkbox]")]
        # As elements, not as locators: each use of one would look through the whole page anew.
        return self.page.query_selector_all(", ".join(f".jp-Notebook {kind}" for kind in [*widgets, *own]))

    def follows(self, control):
        """Move a control as a reader does: do the pictures and sounds of its output change?"""
        shown = """control => [...control.closest('.jp-OutputArea-child')
            .querySelectorAll('img, audio, source, canvas')]
            .map(element => element.src ?? element.toDataURL()).join()"""
        before = control.evaluate(shown)
        for n_waits in (2, 2, 2, 2, 20):  # one step may be too small to be seen
            self.move(control)
            for _ in range(n_waits):
                wait(self.page, 100)
                if control.evaluate(shown) != before:
                    return True
        return False

    def move(self, control):
        """One step: a slider by the keyboard, a list to its next entry, a box by a click."""
        kind = control.evaluate("control => control.tagName === 'INPUT' ? control.type : control.tagName")
        if kind == "SELECT":
            control.select_option(index=control.evaluate(NEXT_OPTION))
        elif kind == "checkbox":
            control.click()
        else:
            at_end = control.evaluate("c => Number(c.value ?? c.ariaValueNow) >= Number(c.max ?? c.ariaValueMax)")
            control.press("ArrowLeft" if at_end else "ArrowRight")

    def problems(self):
        """Everything that is wrong with the page after its cells have run and its controls were moved."""
        dead = [number for number, control in enumerate(self.controls(), start=1) if not self.follows(control)]
        found = [f"control {number} moves, but no picture or sound beside it changes" for number in dead]
        found += [f"error output: {text.strip().splitlines()[-1]}" for text in self.errors()]
        found += [f"a request leaves the machine: {url}" for url in self.outside]
        found += [f"error on the page: {text}" for text in self.page_errors]
        without_alt = self.pictures_without_alt()
        return found + ([f"{without_alt} pictures without alt text"] if without_alt else [])

    def save_shots(self, folder, stem, height=1600):
        """The page from top to bottom, in pieces that can be looked at."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.page.set_viewport_size({"width": 1280, "height": height + 100})
        wait(self.page, 500)
        notebook = self.page.locator(".jp-WindowedPanel-outer").first
        step = notebook.evaluate("element => element.clientHeight")
        length = notebook.evaluate(END_OF_CELLS)  # below them JupyterLab keeps a page to scroll into
        paths = []
        for number, top in enumerate(range(0, math.ceil(length), step), start=1):
            notebook.evaluate("(element, top) => { element.scrollTop = top; }", top)
            wait(self.page, 200)
            paths.append(folder / f"{stem}_{number:02d}.png")
            notebook.screenshot(path=paths[-1])
        return paths


@contextmanager
def browser(flags=()):
    if not chromium():
        raise RuntimeError("no Chromium is found: install chromium-headless-shell")
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])
        try:
            yield program
        finally:
            program.close()


def place(path):
    """Where a notebook lies in the folder of the browser tests: notebooks/ or notebooks/exercises/."""
    path = Path(path)
    return f"notebooks/exercises/{path.name}" if path.parent.name == "exercises" else f"notebooks/{path.name}"


def stem_of_shots(path):
    """What the pictures of a notebook are called: "notebooks_exercises_03_dft", "my_03_dft"."""
    path = Path(path).resolve()
    inside = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    return "_".join(inside.with_suffix("").parts)


@contextmanager
def lab(notebooks, *, flags=()):
    """JupyterLab and Chromium on a copy of these notebooks and the clips; yields what opens one by its path."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data", Path(folder, "data"))
        Path(folder, "notebooks", "exercises").mkdir(parents=True)
        for path in notebooks:
            shutil.copy(path, Path(folder, place(path)))
        with jupyterlab(folder) as (address, token), browser(flags) as program:
            page = program.new_page(viewport={"width": 1280, "height": 1000})

            @contextmanager
            def opened(path, notebook=None):
                """Open a notebook; another one in its place, if that is given."""
                if notebook is not None:
                    nbformat.write(notebook, Path(folder, place(path)))
                shown = Page(page, address, token, place(path))
                try:
                    yield shown
                finally:
                    shown.close()
                    stop_kernels(address, token)

            yield opened


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.browser.lab", description=__doc__.split("\n")[0])
    parser.add_argument("notebook", nargs="+", type=Path)
    parser.add_argument("--shots", type=Path, help="folder for the pictures of the pages")
    options = parser.parse_args(arguments)
    found = []
    with lab(options.notebook) as opened:
        for path in options.notebook:
            with opened(path) as page:
                page.run_all()
                if options.shots:
                    print(*page.save_shots(options.shots, stem_of_shots(path)), sep="\n")
                found += [f"{path.name}: {problem}" for problem in page.problems()]
    print("\n".join(found) or "no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
