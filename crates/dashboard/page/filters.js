// Filters above a list: they stand in the address, so that what is seen can be shared, and the way back leads through them.
import { fill, make } from "./dom.js";
import { now, isNow } from "./session.js";
import { go, query, withQuery } from "./router.js";
import { settled } from "./calm.js";
import { short } from "./text.js";

const TYPING = 280;
const MINUTE = 60_000;

/** Spans of time up to now, by their names in addresses. */
const RANGES = {
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "1h": 60 * MINUTE,
  "6h": 360 * MINUTE,
  "24h": 1440 * MINUTE,
  "7d": 10_080 * MINUTE,
  "30d": 43_200 * MINUTE,
};
const RANGE_TEXTS = {
  "5m": "5 min",
  "15m": "15 min",
  "1h": "1 h",
  "6h": "6 h",
  "24h": "24 h",
  "7d": "7 days",
  "30d": "30 days",
  all: "All",
};

/** The range that the address says; where it says none, this one, or all where nothing happens now. */
export function range(usual = "24h") {
  const asked = query().get("range");
  return asked in RANGE_TEXTS ? asked : isNow() ? usual : "all";
}

/** How long a range is; nothing for all of it. */
export const lengthOf = (name) => RANGES[name];
/** How it is called. */
export const textOf = (name) => (name === "all" ? "all time" : `the last ${RANGE_TEXTS[name]}`);
/** From when on it reaches; nothing for all of it. */
export const since = (name) => (RANGES[name] ? Math.floor(now() - RANGES[name]) : undefined);

/** A choice of ranges. */
export function rangeChoice(names, usual) {
  return oneOf(
    "Time",
    "range",
    names.map((name) => [name, RANGE_TEXTS[name]]),
    () => range(usual),
  );
}

/** A choice of a few, side by side. */
export function oneOf(label, name, options, chosen) {
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
        on: { change: () => go(withQuery({ [name]: value }), { replaces: true }) },
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
  const write = () => go(withQuery({ [name]: input.value.trim() }), { replaces: true });
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
