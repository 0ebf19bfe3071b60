"""How soon an interactive repaints: in the real JupyterLab, from the input event to the painted frame, while dragging.

``make bench-browser`` writes build/browser_bench.json. The yardstick in the same run is the demonstration of aliasing
with ``interact`` and inline matplotlib.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import v4

from authoring.normal_form import normal_text
from course_utils import explorables
from tests.browser.bare import SOURCES
from tests.browser.lab import ROOT, lab, wait

MEDIAN_MS, P95_MS = 16, 33
YARDSTICK_MS = 89  # what the yardstick takes where the interactives take 6 to 13 ms
YARDSTICK = """
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider, interact

def aliasing(frequency_hz):
    t = np.arange(800) / 400
    plt.figure(figsize=(6, 3))
    plt.plot(t, np.sin(2 * np.pi * frequency_hz * t / 1000))
    n = np.arange(17)
    plt.stem(n / 8, np.sin(2 * np.pi * frequency_hz * n / 8000))
    plt.show()

interact(aliasing, frequency_hz=IntSlider(5000, 100, 15900, 50));
"""
# After each input event: the next frame, and then the first task after it has been painted.
WATCH = """(root) => {
    window.measured = [];
    const channel = new MessageChannel(), waiting = [];
    channel.port1.onmessage = () => {
        const now = performance.now();
        while (waiting.length) measured.push(now - waiting.shift());
    };
    const slider = root.querySelector('input[type=range]');
    let due = false;
    slider.addEventListener('input', (event) => {
        waiting.push(event.timeStamp);
        if (!due) requestAnimationFrame(() => { due = false; channel.port2.postMessage(0); });
        due = true;
    });
}"""
# From a key to the new picture of the yardstick.
WATCH_PICTURE = """(root) => {
    window.measured = [];
    let pressed = null, last = root.querySelector('img')?.src;
    root.addEventListener('keydown', () => { pressed ??= performance.now(); }, true);
    new MutationObserver(() => {
        const picture = root.querySelector('img')?.src, since = pressed;
        if (pressed === null || !picture || picture === last) return;
        [pressed, last] = [null, picture];
        requestAnimationFrame(() => setTimeout(() => measured.push(performance.now() - since)));
    }).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] });
}"""


def notebook(folder, names):
    """A notebook that shows each of the interactives, and the yardstick last."""
    cells = [v4.new_code_cell("import course_utils as cu")]
    cells += [v4.new_code_cell(SOURCES.get(name, f"cu.explorables.{name}()")) for name in names]
    path = Path(folder) / "explorables.ipynb"
    text = normal_text(nbformat.from_dict(v4.new_notebook(cells=[*cells, v4.new_code_cell(YARDSTICK)])))
    path.write_text(text, encoding="utf-8")
    return path


def drag(page, slider, seconds):
    """The thumb from end to end by the mouse, as fast as the browser takes its moves; how long that took."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    left, right, middle = box["x"] + 8, box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    page.mouse.move((left + right) / 2, middle)
    page.mouse.down()
    started = time.perf_counter()
    # A slider of few values moves seldom: it is dragged on until there is something to count.
    while (passed := time.perf_counter() - started) < seconds or (
        passed < 10 and page.evaluate("measured.length") < 20
    ):
        page.mouse.move(left, middle, steps=30)
        page.mouse.move(right, middle, steps=30)
    taken = time.perf_counter() - started
    page.mouse.up()
    wait(page, 300)
    return taken


def row(name, measured, seconds):
    ordered = sorted(measured)
    return {
        "name": name,
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "frames_per_s": round(len(ordered) / seconds, 1),
    }


def dragged(page, name, area, seconds):
    """The row of one interactive: its first slider dragged for some seconds."""
    area.evaluate(WATCH)
    taken = drag(page, area.locator("input[type=range]").first, seconds)
    measured = page.evaluate("measured")
    assert len(measured) > 5, f"{name}: the drag has moved nothing"
    return row(name, measured, taken)


def yardstick(page, seconds):
    area = page.locator(".jp-OutputArea-child:has([role=slider])").last
    area.evaluate(WATCH_PICTURE)
    handle, started = area.locator("[role=slider]"), time.perf_counter()
    while time.perf_counter() - started < max(seconds, 2):
        n_before = page.evaluate("measured.length")
        handle.press("ArrowRight")
        page.wait_for_function("n => measured.length > n", arg=n_before, timeout=10_000)
    return row("interact + inline matplotlib", page.evaluate("measured"), time.perf_counter() - started)


def measure(names, seconds=3.0, again=lambda rows: []):
    """One row for each interactive that has a slider, and the yardstick's last.

    Those that ``again`` picks from the rows are dragged once more, and so is the yardstick: the machine was busy once.
    """
    with tempfile.TemporaryDirectory() as folder, lab([notebook(folder, names)]) as opened:
        with opened(Path("explorables.ipynb")) as opened_page:
            opened_page.run_all()
            page = opened_page.page
            areas = dict(zip(names, page.locator(".jp-OutputArea-child:has(section.explorable)").all(), strict=True))
            areas = {name: area for name, area in areas.items() if area.locator("input[type=range]").count()}
            rows = [dragged(page, name, area, seconds) for name, area in areas.items()] + [yardstick(page, seconds)]
            if late := {r["name"] for r in again(rows)}:
                rows = [dragged(page, r["name"], areas[r["name"]], seconds) if r["name"] in late else r for r in rows]
                rows[-1] = max(rows[-1], yardstick(page, seconds), key=lambda r: r["median_ms"])
    return rows


def too_slow(rows, slack=1.0):
    """The rows that repaint later than they may; the yardstick may."""
    return [r for r in rows[:-1] if r["median_ms"] > slack * MEDIAN_MS or r["p95_ms"] > slack * P95_MS]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="*", default=explorables.__all__)
    options = parser.parse_args()
    os.environ["COURSE_PROGRESS"] = "off"
    rows = measure(options.name)
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "browser_bench.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{'interactive':30s} {'median':>9s} {'95 %':>9s} {'frames':>9s}")
    for r in rows:
        print(f"{r['name']:30s} {r['median_ms']:6.1f} ms {r['p95_ms']:6.1f} ms {r['frames_per_s']:6.1f}/s")
    slow = too_slow(rows)
    if slow:
        print(f"too slow (at most {MEDIAN_MS} ms, 95 % {P95_MS} ms): {', '.join(r['name'] for r in slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
