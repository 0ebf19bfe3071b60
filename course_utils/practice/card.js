// The result of a check: what was found, and buttons for a hint and for the solution.
function render({ model, el }) {
  const card = document.createElement("section");
  card.className = "practice";
  card.dataset.status = model.get("status");
  card.setAttribute("aria-label", model.get("label"));
  card.innerHTML = model.get("html");

  const said = document.createElement("div");
  said.setAttribute("role", "status"); // read aloud when it changes
  let clicks = 0;
  const button = (kind, words) => {
    const element = document.createElement("button");
    element.type = "button";
    element.textContent = words;
    element.addEventListener("click", () => {
      const before = said.innerHTML;
      model.set("wish", `${kind} ${++clicks}`);
      model.save_changes();
      setTimeout(() => {
        if (said.innerHTML === before) said.textContent = "No kernel answers: run the notebook, then ask again.";
      }, 5000);
    });
    return element;
  };
  const buttons = document.createElement("div");
  if (model.get("status") !== "right") buttons.append(button("hint", "Hint"));
  buttons.append(button("solution", model.get("status") === "right" ? "One way to do it" : "Solution"));

  const hear = () => { said.innerHTML = model.get("said"); };
  model.on("change:said", hear);
  hear();
  keepKeys(card);
  card.append(buttons, said);
  el.append(card);
  return () => model.off("change:said", hear);
}

export default { render };
