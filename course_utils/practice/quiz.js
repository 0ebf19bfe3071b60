// Questions with options. A checkpoint explains at once; a prediction waits until the reader asks.
function render({ model, el }) {
  const quiz = document.createElement("section");
  quiz.className = "practice";
  quiz.setAttribute("aria-label", model.get("title"));
  const questions = model.get("questions");
  questions.forEach((question, number) => quiz.append(form(model, question, number, questions.length)));
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const tell = () => { said.textContent = model.get("note"); };
  model.on("change:note", tell);
  tell();
  quiz.append(said);
  keepKeys(quiz);
  el.append(quiz);
  return () => model.off("change:note", tell);
}

let counter = 0; // radio buttons belong together by name, and two quizzes must not share one

function form(model, question, number, count) {
  const field = document.createElement("fieldset"), legend = document.createElement("legend");
  legend.innerHTML = (count > 1 ? `${number + 1}. ` : "") + question.text;
  field.append(legend);
  const inputs = optionsOf(question);
  field.append(...inputs.map((input) => input.parentElement));
  const isPrediction = question.kind === "predict", noted = () => model.get("choices")[number];
  const act = document.createElement("button");
  Object.assign(act, { type: "button", textContent: isPrediction ? "Note my prediction" : "Check", disabled: true });
  const why = document.createElement("div");
  Object.assign(why, { className: "why", hidden: true });
  why.setAttribute("role", "status");
  field.append(act, why);

  const chosen = () => inputs.findIndex((input) => input.checked);
  const close = () => {
    act.textContent = "Compare";
    inputs.forEach((input) => { input.disabled = true; });
  };
  inputs.forEach((input) => input.addEventListener("change", () => {
    if (!isPrediction || noted() === -1) act.disabled = false;
  }));
  act.addEventListener("click", () => {
    if (chosen() === -1) return;
    const isFirst = noted() === -1;
    if (isFirst) note(model, number, chosen());
    if (!isPrediction || !isFirst) return explain(question, chosen(), why);
    why.hidden = false;
    why.textContent = "Noted. Run the next cell, look, and then compare.";
    close();
  });
  if (noted() !== -1) { // drawn a second time
    inputs[noted()].checked = true;
    act.disabled = false;
    if (isPrediction) close();
  }
  return field;
}

// A radio button for each option, in its label.
function optionsOf(question) {
  const name = `quiz-${++counter}`;
  return question.options.map((option, n) => {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value: String(n) });
    const words = document.createElement("span");
    words.innerHTML = option.text;
    label.append(input, words);
    return input;
  });
}

function note(model, number, choice) {
  const choices = [...model.get("choices")];
  choices[number] = choice;
  model.set("choices", choices);
  model.save_changes();
}

// What is to be said about the option, and after a prediction which one is right.
function explain(question, choice, why) {
  const option = question.options[choice];
  why.hidden = false;
  why.innerHTML = `<strong>${option.right ? "✓ Right" : "✗ Not quite"}</strong>: ${option.why}`;
  if (option.right || question.kind !== "predict") return;
  const right = question.options.find((other) => other.right);
  why.innerHTML += `<p>${right.text}: ${right.why}</p>`;
}

export default { render };
