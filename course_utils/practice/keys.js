// The notebook and slides have keys of their own: Space and Enter on a button are the button's.
function keepKeys(element) {
  element.addEventListener("keydown", (event) => {
    const ours = [" ", "Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key);
    if (ours && !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey) event.stopPropagation();
  });
}

