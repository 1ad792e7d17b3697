// Questions asked in a window of their own: the browser's dialog holds the focus, and Escape ends it.
import { button, icon, make } from "./dom.js";

/**
 * Asks with a form; `does` gets the form's values and may refuse by throwing, which is said in the window. Answers whether it
 * was done.
 */
export function ask({ title, text, fields = [], action, does }) {
  return new Promise((answered) => {
    const wrong = make("p", { class: "wrong", role: "alert", hidden: true });
    const sends = make("button", { type: "submit", class: "main-action" }, action);
    const form = make(
      "form",
      { class: "stack" },
      text && make("p", { class: "faint" }, text),
      fields,
      wrong,
      make(
        "div",
        { class: "row ends" },
        button("Cancel", () => dialog.close()),
        sends,
      ),
    );
    const dialog = windowed(title, form);
    let isDone = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      sends.disabled = true;
      try {
        await does(values(form));
        isDone = true;
        dialog.close();
      } catch (error) {
        wrong.textContent = error.message;
        wrong.hidden = false;
      }
      sends.disabled = false;
    });
    dialog.addEventListener("close", () => answered(isDone));
  });
}

/** Shows something in a window. */
export const present = (title, ...content) => windowed(title, make("div", { class: "stack" }, content));

function windowed(title, content) {
  const close = make(
    "button",
    { type: "button", class: "plain", "aria-label": "Close", on: { click: () => dialog.close() } },
    icon("close"),
  );
  const head = make("header", {}, make("h2", { id: "dialog-title" }, title), close);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" }, head, content);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  content.querySelector("input,select,textarea")?.focus();
  return dialog;
}

function values(form) {
  const all = {};
  for (const [name, value] of new FormData(form)) all[name] = String(value).trim();
  return all;
}

/** A field with its name above. */
export function field(label, name, { value = "", hint, kind = "input", ...properties } = {}) {
  const control = make(kind, { name, autocomplete: "off", ...(kind === "input" ? { value } : {}), ...properties });
  if (kind === "textarea") control.value = value;
  return make("label", { class: "field" }, make("span", {}, label), control, hint && make("small", {}, hint));
}

/** A field of choices: pairs of value and text. */
export function choice(label, name, options, chosen) {
  const items = options.map(([value, text]) =>
    make("option", { value, selected: String(value) === String(chosen) }, text),
  );
  return make("label", { class: "field" }, make("span", {}, label), make("select", { name }, items));
}
