// Elements made of names, properties and texts. Nothing here reads markup: a text stays a text.
import { plain } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `properties` are attributes, but for `class`, `data` (an object), `on` (listeners by event) and `style` (custom
 * properties by name); `true` is an attribute without a value, and what is null, undefined or false is left out.
 */
export function make(name, properties = {}, ...children) {
  return dressed(document.createElement(name), properties, children);
}

/** The same for drawings. */
export function draw(name, properties = {}, ...children) {
  return dressed(document.createElementNS(SVG, name), properties, children);
}

function dressed(element, properties, children) {
  const { class: names, data = {}, on = {}, style = {}, ...attributes } = properties;
  if (names) element.setAttribute("class", names);
  for (const [key, value] of Object.entries(data)) element.dataset[key] = value;
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  for (const [key, value] of Object.entries(style)) element.style.setProperty(key, value);
  for (const [key, value] of Object.entries(attributes)) attribute(element, key, value);
  element.append(...children.flat(Infinity).filter(isSomething).map(node));
  return element;
}

const isSomething = (child) => child !== null && child !== undefined && child !== false;
const node = (child) => (child instanceof Node ? child : plain(child));

function attribute(element, key, value) {
  if (value === true) element.setAttribute(key, "");
  else if (isSomething(value)) element.setAttribute(key, plain(value));
}

/** Puts these children in the place of what was there. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(isSomething).map(node));
  return element;
}

/**
 * Fills an element anew only if what it shows has changed, gives the focus back to the control that had it, and leaves open
 * what was (both are known by `data-key`).
 */
export function refill(element, shown, children) {
  const told = JSON.stringify(shown);
  if (element.told === told) return;
  element.told = told;
  const held = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = [...element.querySelectorAll("details[open][data-key]")].map(({ dataset }) => dataset.key);
  fill(element, children(shown));
  for (const key of open) element.querySelector(`details[data-key="${CSS.escape(key)}"]`)?.setAttribute("open", "");
  if (held) element.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

/**
 * Fills an element part by part, each a row of its key, what it shows and what makes that: what has not changed stays as it is,
 * with what is open, scrolled and selected in it.
 */
export function refillParts(element, all) {
  const held = new Map([...element.children].map((part) => [part.dataset.part, part]));
  const parts = all.map(([key, shown, children]) => {
    const part = held.get(key) ?? make("div", { class: "of-parts", data: { part: key } });
    refill(part, shown, children);
    return part;
  });
  const isSame = parts.length === element.children.length && parts.every((part, at) => part === element.children[at]);
  if (!isSame) fill(element, parts);
}

/** A button with what it does. */
export function button(text, does, properties = {}) {
  return make("button", { type: "button", "data-key": text, ...properties, on: { click: does } }, text);
}

/** A drawing of the table in `index.html`, by its name. */
export function icon(name) {
  return draw(
    "svg",
    { class: "icon", "aria-hidden": "true", viewBox: "0 0 24 24" },
    draw("use", { href: `#i-${name}` }),
  );
}

/** A part of a page with a heading. */
export function card(title, properties, ...children) {
  const { class: names = "", aside, id = `part-${(parts += 1)}`, ...others } = properties ?? {};
  const head = make("header", {}, make("h2", { id }, title), aside);
  return make("section", { class: `card ${names}`, "aria-labelledby": id, ...others }, head, ...children);
}
let parts = 0;

/** What is said where there is nothing, and what to do about it. */
export function empty(title, hint, ...actions) {
  return make(
    "div",
    { class: "empty" },
    make("p", { class: "empty-title" }, title),
    hint && make("p", {}, hint),
    ...actions,
  );
}

/** Names with their values; those without a value are left out. */
export function facts(pairs, names = "facts") {
  const shown = pairs.filter(([, value]) => isSomething(value) && value !== "");
  return make(
    "dl",
    { class: names },
    shown.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}
