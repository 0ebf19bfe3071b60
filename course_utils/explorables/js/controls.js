// Controls: one for each trait of an interactive, and buttons.

// An id that no other control of the page has: each interactive is a module of its own, so the page must count.
function newId() {
  globalThis.courseControls = (globalThis.courseControls ?? 0) + 1;
  return `explorable-${globalThis.courseControls}`;
}

// One control for each entry of the trait `controls`, which Python makes of the traits themselves.
function buildControls(ui) {
  for (const spec of ui.model.get("controls")) {
    const id = newId(), label = make("label", { htmlFor: id, textContent: spec.label });
    const build = { slider: sliderFor, choice: choiceFor, switch: switchFor }[spec.kind];
    const row = make("div", { className: `control ${spec.kind}` });
    build(ui, spec, id, row, label);
    ui.controls.append(row);
  }
}

// What Python says about the control of a trait.
const controlOf = (model, trait) => model.get("controls").find(({ name }) => name === trait);

// The values of several traits.
const valuesOf = (model, ...names) => names.map((name) => model.get(name));

const inSteps = (value, step) => signed(value, clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6));

function sliderFor(ui, { name, low, high, step, unit, log, values }, id, row, label) {
  const input = make("input", { type: "range", id, min: 0, max: values ? values.length - 1 : 1000, step: 1 });
  if (!log && !values) Object.assign(input, { min: low, max: high, step });
  const output = make("output", { htmlFor: id });
  const toValue = (place) => {
    if (values) return values[place];
    return log ? clamp(Math.round((low * (high / low) ** (place / 1000)) / step) * step, low, high) : place;
  };
  const toPlace = (value) => {
    if (values) return values.indexOf(nearest(values, value));
    return log ? Math.round(1000 * (Math.log(value / low) / Math.log(high / low))) : value;
  };
  const tell = () => {
    const value = ui.model.get(name), text = values ? labelOf(value, 12) : inSteps(value, step);
    if (toValue(Number(input.value)) !== value) input.value = toPlace(value);
    output.textContent = `${text} ${unit}`.trim();
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    const old = ui.model.get(name), moved = Number(input.value) - toPlace(old), value = toValue(Number(input.value));
    const isStuck = log && value === old && moved; // a place is less than a step here: a key moves a step all the same
    ui.set(name, isStuck ? clamp(old + Math.sign(moved) * step, low, high) : value);
  });
  ui.on(name, tell);
  input.value = toPlace(ui.model.get(name));
  tell();
  row.append(label, input, output);
}

function choiceFor(ui, { name, options }, id, row, label) {
  const select = make("select", { id });
  options.forEach((option) => select.append(make("option", { value: option, textContent: option })));
  const tell = () => { select.value = ui.model.get(name); };
  select.addEventListener("input", () => ui.set(name, select.value));
  ui.on(name, tell);
  tell();
  row.append(label, select);
}

function switchFor(ui, { name }, id, row, label) {
  const box = make("input", { type: "checkbox", id });
  const tell = () => { box.checked = ui.model.get(name); };
  box.addEventListener("input", () => ui.set(name, box.checked));
  ui.on(name, tell);
  tell();
  row.append(box, label);
}

function button(ui, text, act) {
  const element = make("button", { type: "button", textContent: text });
  element.addEventListener("click", act);
  ui.controls.append(element);
  return element;
}
