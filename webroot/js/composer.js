// A text box from which Enter sends.

/** Whether this key means "send": not with Shift, and not while an input method is still composing a word. */
export function sends(event) {
  // Safari ends the composition before the keydown of its Enter: isComposing is false there, only the code 229 tells.
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/** `send(text)` returns whether it took the text; then the box is emptied. Blank text is never sent. */
export function composer(form, box, send) {
  const submit = () => {
    if (box.value.trim() && send(box.value)) box.value = "";
  };
  box.addEventListener("keydown", event => {
    if (!sends(event)) return;
    event.preventDefault();
    submit();
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    submit();
    box.focus();
  });
}
