// Questions with options. A checkpoint explains at once; a prediction waits until the reader asks.
function render({ model, el }) {
  const quiz = document.createElement("section");
  quiz.className = "practice";
  quiz.setAttribute("aria-label", model.get("title"));
  const questions = model.get("questions");
  questions.forEach((question, number) => quiz.append(form(model, question, number, questions.length)));
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  const tell = () => { note.textContent = model.get("note"); };
  model.on("change:note", tell);
  tell();
  quiz.append(note);
  keepKeys(quiz);
  el.append(quiz);
  return () => model.off("change:note", tell);
}

let counter = 0; // radio buttons belong together by name, and two quizzes must not share one

function form(model, question, number, count) {
  const name = `quiz-${++counter}`;
  const field = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.innerHTML = (count > 1 ? `${number + 1}. ` : "") + question.text;
  field.append(legend);

  const inputs = question.options.map((option, n) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = name;
    input.value = String(n);
    const words = document.createElement("span");
    words.innerHTML = option.text;
    label.append(input, words);
    field.append(label);
    return input;
  });
  const isPrediction = question.kind === "predict";
  const act = document.createElement("button");
  act.type = "button";
  act.textContent = isPrediction ? "Note my prediction" : "Check";
  act.disabled = true;
  const why = document.createElement("div");
  why.className = "why";
  why.setAttribute("role", "status");
  why.hidden = true;

  const chosen = () => inputs.findIndex((input) => input.checked);
  const explain = () => {
    const option = question.options[chosen()];
    why.hidden = false;
    why.innerHTML = `<strong>${option.right ? "✓ Right" : "✗ Not quite"}</strong>: ${option.why}`;
  };
  inputs.forEach((input) => input.addEventListener("change", () => {
    if (!(isPrediction && noted())) act.disabled = false;
  }));
  const noted = () => model.get("choices")[number] !== -1;
  act.addEventListener("click", () => {
    if (chosen() === -1) return;
    const first = !noted();
    if (first) {
      const choices = [...model.get("choices")];
      choices[number] = chosen();
      model.set("choices", choices);
      model.save_changes();
    }
    if (isPrediction && first) {
      why.hidden = false;
      why.textContent = "Noted. Run the next cell, look, and then compare.";
      act.textContent = "Compare";
      inputs.forEach((input) => { input.disabled = true; });
    } else {
      explain();
      if (isPrediction) explainAll(question, why);
    }
  });
  field.append(act, why);
  if (noted()) { // drawn a second time
    inputs[model.get("choices")[number]].checked = true;
    act.disabled = false;
    if (isPrediction) {
      act.textContent = "Compare";
      inputs.forEach((input) => { input.disabled = true; });
    }
  }
  return field;
}

function explainAll(question, why) {
  const right = question.options.find((option) => option.right);
  if (!why.innerHTML.includes("✓")) why.innerHTML += `<p>${right.text}: ${right.why}</p>`;
}

export default { render };
