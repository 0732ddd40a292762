// A text box from which Enter sends.

import { session } from "./storage.js";

/** Whether this key means "send": not with Shift, and not while an input method is still composing a word. */
export function sends(event) {
  // Safari ends the composition before the keydown of its Enter: isComposing is false there, only the code 229 tells.
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/**
 * `send(text)` returns whether it took the text; then the box is emptied. Blank text is never sent. With a `draft`, a key of the session's
 * storage, what is written outlives a reload.
 */
export function composer(form, box, send, draft) {
  const keep = () => draft && (box.value ? session.set(draft, box.value) : session.remove(draft));
  const submit = () => {
    if (!box.value.trim() || !send(box.value)) return;
    box.value = "";
    keep();
  };
  if (draft && !box.value) box.value = session.get(draft) ?? "";
  box.addEventListener("input", keep);
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
