// The frame of an interactive: heading, picture, words and controls on the page, in the colours of its theme; and what
// the interactives say and remember. anywidget calls the module's own render({ model, el }).

// The frame of one view: returns what its module builds with. `draw` is called once for each repaint that is due.
function explorable(model, el, draw) {
  const { root, stage, said, controls } = sectionOf(model.get("title"));
  el.append(root);
  keepKeys(root);
  const ui = { model, controls, stage, closers: [], ink: null };
  ui.redraw = repainter(ui, root, draw);
  ui.say = speechOf(ui, said);
  ui.set = setterOf(ui);
  ui.plot = (options) => new Plot(ui, options);
  ui.on = (name, react) => listen(ui, `change:${name}`, react);
  ui.close = () => ui.closers.forEach((close) => close());
  listen(ui, "change", () => ui.redraw());
  const theme = new MutationObserver(ui.redraw);
  for (const place of [document.body, document.documentElement]) theme.observe(place, { attributes: true });
  ui.closers.push(() => theme.disconnect());
  buildControls(ui);
  ui.redraw();
  return ui;
}

function sectionOf(title) {
  const root = make("section", { className: "explorable" });
  root.setAttribute("aria-label", title);
  const stage = make("div", { className: "stage" }), controls = make("div", { className: "controls" });
  const said = make("p", { className: "said" });
  said.setAttribute("role", "status"); // read aloud when it changes
  root.append(make("p", { className: "title", textContent: title }), stage, said, controls);
  return { root, stage, said, controls };
}

// What asks for a repaint.
function repainter(ui, root, draw) {
  let due = 0;
  const repaint = () => {
    due = 0;
    ui.ink = palette();
    root.dataset.theme = ui.ink.isDark ? "dark" : "light";
    draw(ui);
  };
  ui.closers.push(() => cancelAnimationFrame(due));
  return () => { due ||= requestAnimationFrame(repaint); };
}

// What puts the outcome into words, under the picture. They are read aloud once the reader holds still.
function speechOf(ui, said) {
  let talk = 0;
  ui.closers.push(() => clearTimeout(talk));
  return (text) => {
    if (said.textContent === text) return;
    clearTimeout(talk);
    said.setAttribute("aria-busy", "true");
    said.textContent = text;
    talk = setTimeout(() => said.setAttribute("aria-busy", "false"), 300);
  };
}

// What sets a trait, here at once and in Python ten times a second at most: a drag is many moves.
function setterOf({ model, closers }) {
  let saving = 0;
  const save = () => {
    saving = 0;
    model.save_changes();
  };
  closers.push(() => {
    if (!saving) return;
    clearTimeout(saving);
    save();
  });
  return (name, value) => {
    model.set(name, value);
    saving ||= setTimeout(save, 100);
  };
}

// React to an event of the model until the view is closed.
function listen({ model, closers }, event, react) {
  model.on(event, react);
  closers.push(() => model.off(event, react));
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// JupyterLab and slides have keys of their own; inside an interactive, arrows, Space and Enter belong to its controls.
function keepKeys(element) {
  const keys = [" ", "Enter", "Home", "End", "PageUp", "PageDown"];
  element.addEventListener("keydown", (event) => {
    const isOurs = keys.includes(event.key) || event.key.startsWith("Arrow");
    if (isOurs && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Colours that stay apart in grey and for the colour-blind (Okabe & Ito), in the theme of the page.
function palette() {
  const lab = document.body.dataset.jpThemeLight, site = document.documentElement.dataset.theme;
  const isDark = lab !== undefined ? lab === "false" : site !== undefined ? site === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  return isDark
    ? { isDark, paper: "#111111", ink: "#eeeeee", faint: "#9a9a9a", grid: "#3a3a3a",
        lines: ["#7cc4f5", "#f0b43c", "#38c9a0", "#e3a1c6", "#ff8a4a", "#ffffff"] }
    : { isDark, paper: "#ffffff", ink: "#222222", faint: "#636363", grid: "#dddddd",
        lines: ["#00508c", "#b86e00", "#007a59", "#a8447c", "#c04a00", "#000000"] };
}

// -------------------------------------------------------------------------------------------------- numbers in words

// With so many digits after the point and the sign of mathematics; what rounds to zero has none.
const signed = (value, digits) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
const labelOf = (value, digits = 6) => `${Number(value.toPrecision(digits))}`.replace("-", "−"); // as short as may be
const percent = (share) => `${(100 * share).toFixed(0)} %`;

// ------------------------------------------------------------------------------------------------- what is remembered

// The value of a key, computed when it is first asked for; `memory` is a Map.
function once(memory, key, compute) {
  if (!memory.has(key)) memory.set(key, compute());
  return memory.get(key);
}

// One value under each name: it is computed again when its key has changed.
function latest(memory, name, key, compute) {
  if (memory.get(name)?.key !== key) memory.set(name, { key, value: compute() });
  return memory.get(name).value;
}
