"""An interactive on an empty page, without JupyterLab: a stand-in for the model holds its traits.

``python -m tests.browser.bare aliasing --shots DIR`` draws interactives in both themes.
"""

import argparse
import base64
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import course_utils
from course_utils import explorables
from tests.browser.lab import browser, wait

SOUND_FLAGS = ["--autoplay-policy=no-user-gesture-required"]
# What anywidget's model offers, with the traits in a Map; every save is noted.
MODEL = """
class Model {
  constructor(state) {
    Object.assign(this, { state: new Map(Object.entries(state)), listeners: [], saved: [], sent: [] });
  }
  get(name) { return this.state.get(name); }
  set(name, value) {
    if (Object.is(this.state.get(name), value)) return;
    this.state.set(name, value);
    for (const [event, react] of [...this.listeners]) if (event === "change" || event === `change:${name}`) react();
  }
  on(event, react) { this.listeners.push([event, react]); }
  off(event, react) { this.listeners = this.listeners.filter(([e, r]) => !(e === event && (!react || r === react))); }
  save_changes() { this.saved.push(Object.fromEntries(this.state)); }
  send(content, callbacks, buffers) { this.sent.push({ content, buffers }); }
}
window.show = async ({ code, css, state, bytes, theme, isLate }) => {
  document.body.dataset.jpThemeLight = String(theme !== "dark");
  document.body.style.background = theme === "dark" ? "#111111" : "#ffffff";
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  for (const [name, text] of Object.entries(bytes)) {
    state[name] = new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  }
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.model = new Model(state);
  const place = document.createElement("div");
  const [main] = document.getElementsByTagName("main");
  if (!isLate) main.append(place);
  window.close_ = await module.default.render({ model: window.model, el: place });
  if (isLate) main.append(place);
};
"""
LISTEN = """async () => {
    const { context, meter } = courseSound, samples = new Float32Array(8192);
    meter.fftSize = 8192;
    await new Promise((resolve) => setTimeout(resolve, 500));
    meter.getFloatTimeDomainData(samples);
    return { rate: context.sampleRate, samples: [...samples] };
}"""
PAGE = "<!doctype html><html lang='en'><title>Interactive</title><main style='max-width: 980px'></main></html>"


# What a notebook says to show one, where that is more than its name; the last line is the interactive.
SOURCES = {
    "abx": """signal, rate = cu.audio.load("speech/digits", mono=True)
cu.explorables.abx(signal[:rate], 0.5 * signal[:rate], rate)""",
    "film": """import numpy as np
x, width = np.arange(40), np.array([60, 20, 6, 2])[:, np.newaxis, np.newaxis]
frames = np.exp(-(((x - 4 - 6 * np.arange(6)[:, np.newaxis]) / width) ** 2)) / width
sounds = [0.2 * np.sin(2 * np.pi * hz / 8000 * np.arange(8000)) for hz in (200, 300, 400, 500)]
labels = {"times": ["at first", "then", "later", "at last"], "x_label": "time in s", "y_label": "token"}
cu.explorables.film(frames, x_step=0.04, sounds=sounds, sample_rate=8000, **labels)""",
    "player": """signal, rate = cu.audio.load("speech/digits", mono=True)
versions = {"as it is": signal[: 2 * rate], "half": 0.5 * signal[: 2 * rate]}
cu.explorables.player(versions, rate)""",
    "stream_microphone": "cu.explorables.stream_microphone(lambda samples: f'{abs(samples).max():.2f}')",
}


def sample(name):
    """An interactive as a lecture might open it."""
    *before, last = SOURCES.get(name, f"cu.explorables.{name}()").splitlines()
    names = {"cu": course_utils}
    exec("\n".join(before), names)
    return eval(last, names)


def state_of(widget):
    """The traits of a widget as the page gets them; bytes apart."""
    own = {
        name: getattr(widget, name)
        for name in widget.keys
        if not name.startswith("_") and name not in ("layout", "tooltip", "tabbable")
    }
    bytes_ = {name: base64.b64encode(value).decode() for name, value in own.items() if isinstance(value, bytes)}
    return {name: value for name, value in own.items() if name not in bytes_}, bytes_


def show(page, widget, theme="light", *, is_late=False):
    """Draw a widget on a page; where it is late, the page shows it only then, as JupyterLab does when it is busy."""
    page.set_content(PAGE)
    page.add_script_tag(content=MODEL)
    state, bytes_ = state_of(widget)
    style = Path(type(widget)._css) if isinstance(type(widget)._css, Path) else None
    css = style.read_text(encoding="utf-8") if style else str(widget._css)
    given = {"code": widget._esm, "css": css, "state": state, "bytes": bytes_, "theme": theme, "isLate": is_late}
    page.evaluate("given => show(given)", given)
    wait(page, 100)


def strongest_hz(heard):
    x = np.array(heard["samples"]) * np.hanning(len(heard["samples"]))
    spectrum = np.abs(np.fft.rfft(x))
    k = spectrum[1:-1].argmax() + 1
    left, middle, right = np.log(spectrum[k - 1 : k + 2])
    return (k + 0.5 * (left - right) / (left - 2 * middle + right)) * heard["rate"] / len(x)


@contextmanager
def page_for(program, **options):
    """A new page that collects what goes wrong."""
    page = program.new_page(viewport={"width": 1024, "height": 900}, **options)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    try:
        yield page
    finally:
        page.close()


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.browser.bare", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="*", default=explorables.__all__)
    parser.add_argument("--shots", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.shots.mkdir(parents=True, exist_ok=True)
    found = []
    with browser(SOUND_FLAGS) as program:
        for name in options.name:
            for theme in ("light", "dark"):
                with page_for(program) as page:
                    show(page, sample(name), theme)
                    page.locator("section.explorable").screenshot(path=options.shots / f"{name}_{theme}.png")
                    found += [f"{name}: {problem}" for problem in page.problems]
    print("\n".join(found) or "no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
