// Filters above a list: they stand in the address, so that what is seen can be shared, and the way back leads through them.
import { fill, make } from "./dom.js";
import { go, query, withQuery } from "./router.js";
import { settled } from "./calm.js";
import { short } from "./text.js";
import { asField, fromField, onZone } from "./time.js";
import { BETWEEN, RANGE_TEXTS, bounds, range, said, written } from "./times.js";

const TYPING = 280;

/** A choice of ranges, the last of them from one time to another. */
export function rangeChoice(names, usual, signal) {
  const options = [...names, BETWEEN].map((name) => [name, RANGE_TEXTS[name]]);
  const choice = oneOf(
    "Time",
    "range",
    options,
    () => range(usual),
    (name) => ranged(name, usual),
  );
  const between = make(
    "span",
    { class: "row between" },
    timeFilter("From", "from", signal),
    timeFilter("To", "to", signal),
  );
  const element = make("div", { class: "row times" }, choice, between);
  element.follow = () => {
    choice.follow();
    between.querySelectorAll("input").forEach((input) => input.follow());
    between.hidden = range(usual) !== BETWEEN;
  };
  element.follow();
  return element;
}

// What the address has to say for a range: one that reaches from one time to another begins with what was shown before.
function ranged(name, usual) {
  if (name !== BETWEEN) return { range: name, from: "", to: "" };
  const { from, to } = bounds(usual);
  return { range: "", from: written(from), to: written(to) };
}

// A field of a time, in the reader's zone or in UTC as all times of the page; the address says it in UTC.
function timeFilter(label, name, signal) {
  const input = make("input", { type: "datetime-local", name, "aria-label": label, title: label });
  const write = () => {
    if (signal.aborted || input.validity.badInput) return;
    const at = fromField(input.value);
    go(withQuery({ [name]: Number.isNaN(at) ? "" : written(at) }), { replaces: true });
  };
  input.addEventListener("change", settled(write, TYPING, signal));
  input.follow = () => {
    const at = said(name);
    const value = at === undefined ? "" : asField(at);
    if (input.value !== value) input.value = value;
  };
  onZone(input.follow, signal);
  return input;
}

/** A choice of a few, side by side; `asks` says what the address has to say of one. */
export function oneOf(label, name, options, chosen, asks = (value) => ({ [name]: value })) {
  const current = chosen();
  const inputs = options.map(([value, text]) =>
    make(
      "label",
      {},
      make("input", {
        type: "radio",
        name: `choice-${name}`,
        value,
        checked: value === current,
        on: { change: () => go(withQuery(asks(value)), { replaces: true }) },
      }),
      text,
    ),
  );
  const element = make("div", { class: "choice", role: "radiogroup", "aria-label": label }, inputs);
  element.follow = () =>
    element.querySelectorAll("input").forEach((input) => {
      input.checked = input.value === chosen();
    });
  return element;
}

/** A field whose value is a filter. */
export function textFilter(label, name, { signal, type = "text", ...properties }) {
  const input = make("input", {
    type,
    name,
    "aria-label": label,
    placeholder: label,
    autocomplete: "off",
    spellcheck: "false",
    ...properties,
  });
  const write = () => signal.aborted || go(withQuery({ [name]: input.value.trim() }), { replaces: true });
  const later = settled(write, TYPING, signal);
  input.addEventListener("input", later);
  input.addEventListener("change", write);
  input.follow = () => {
    const value = query().get(name) ?? "";
    if (input.value.trim() !== value) input.value = value;
  };
  input.follow();
  return input;
}

/** A list of which one may be chosen; `offer` puts another list in its place. */
export function selectFilter(label, name, options) {
  const select = make("select", {
    name,
    "aria-label": label,
    on: { change: () => go(withQuery({ [name]: select.value }), { replaces: true }) },
  });
  const item = ([value, text]) => make("option", { value }, text);
  select.follow = () => {
    const wanted = query().get(name) ?? "";
    // What an address asks for can be chosen, whether it is known or not.
    if (![...select.options].some(({ value }) => value === wanted)) select.append(item([wanted, short(wanted, 60)]));
    select.value = wanted;
  };
  select.offer = (all) => {
    fill(select, all.map(item));
    select.follow();
  };
  select.offer(options);
  return select;
}

/** Fields side by side, which follow the address. */
export function filters(...fields) {
  const element = make("div", { class: "filters row", role: "search" }, fields);
  return { element, follow: () => element.querySelectorAll("*").forEach((field) => field.follow?.()) };
}
