"""A page exported with its widgets' state: the interactives go on working without a kernel and without the network."""

import shutil
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anywidget
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import v4
from traitlets.config import Config

from course_utils import explorables
from tests.browser.bare import SOUND_FLAGS, SOURCES
from tests.browser.lab import browser, wait
from tests.npm import npm

TO_PYTHON = ("record", "live_spectrogram", "stream_microphone")  # they hand over to Python
NAMES = [name for name in explorables.__all__ if name not in TO_PYTHON]
SCRIPTS = {"@jupyter-widgets/html-manager@1.0.15": "dist/embed-amd.js", "requirejs@2.3.7": "require.js"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """nbconvert's page of an executed notebook, and the scripts that draw widgets beside it, fetched once by npm."""
    folder = tmp_path_factory.mktemp("exported")
    for package, file in SCRIPTS.items():
        packed = npm("pack", package, cwd=folder)
        with tarfile.open(folder / packed.split()[-1]) as tar:
            (folder / Path(file).name).write_bytes(tar.extractfile(f"package/{file}").read())
    shutil.copy(Path(anywidget.__file__).parent / "nbextension" / "index.js", folder / "anywidget.js")
    sources = ["import course_utils as cu", *(SOURCES.get(name, f"cu.explorables.{name}()") for name in NAMES)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources], metadata=kernel)
    NotebookClient(notebook, store_widget_state=True).execute()
    local = {"require_js_url": "require.js", "widget_renderer_url": "embed-amd.js", "mathjax_url": "", "jquery_url": ""}
    html, _ = HTMLExporter(config=Config(HTMLExporter=local)).from_notebook_node(notebook)
    (folder / "page.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture
def address(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/page.html"
    server.shutdown()


def pictures(section):
    return section.locator("canvas.plot").evaluate_all("all => all.map((canvas) => canvas.toDataURL()).join()")


def test_exported_page_works_without_a_kernel_and_without_the_network(address):
    outside = []
    with browser(SOUND_FLAGS) as program:
        page = program.new_page(viewport={"width": 1280, "height": 900})
        page.on("request", lambda request: outside.append(request.url))
        page.goto(address)
        drawn = "n => document.querySelectorAll('section.explorable[data-theme]').length === n"
        page.wait_for_function(drawn, arg=len(NAMES))
        for section in page.locator("section.explorable").all():
            slider, before = section.locator("input[type=range]").first, pictures(section)
            at_end = slider.evaluate("slider => Number(slider.value) >= Number(slider.max)")
            for _ in range(5):
                slider.press("ArrowLeft" if at_end else "ArrowRight")
            wait(page, 400)
            assert pictures(section) != before, section.get_attribute("aria-label")
        page.get_by_role("button", name="Hear the samples").first.click()
        page.wait_for_function("courseSound.playing !== null && courseSound.context.state === 'running'")
        page.close()
    assert [url for url in outside if not url.startswith(("http://127.0.0.1", "blob:", "data:"))] == []
