// The settings that are in use. Secrets never reach this page.
import * as api from "./api.js";
import * as events from "./events.js";
import { often } from "./calm.js";
import { card, empty, fill, make, refill } from "./dom.js";
import { loader } from "./notice.js";
import { begun } from "./text.js";
import { when } from "./time.js";

const MOST_DEEP = 8;
const RENEWED_EVERY = 10_000;

export const settings = { title: "Settings", show };

function show(main, _given, signal) {
  const all = make("div", { class: "stack" });
  const since = make("p", { class: "small faint" });
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Settings"),
      make(
        "p",
        {},
        "As they are in use, secrets hidden. They are changed in the configuration file and on the command line.",
      ),
      since,
    ),
    all,
  );
  const shown = (told) => {
    refill(since, told.as_of, (at) => (Number.isFinite(at) ? ["As they have been since ", when(at, "full")] : null));
    refill(all, told, ({ settings: held, limits }) => [
      sections(held),
      limits && card("Limits of this page", {}, tree(limits)),
    ]);
  };
  const load = loader(all, () => api.get("/settings", {}, signal), shown);
  events.on("gap", load, signal);
  often(load, RENEWED_EVERY, signal);
  load();
  return { follow: load };
}

// What is a table of its own is a part of its own; single settings come first.
function sections(told) {
  const entries = Object.entries(told ?? {});
  if (entries.length === 0)
    return card(
      "Settings",
      {},
      empty("No settings are told", "What is shown was recorded elsewhere, or everything is as it is by default."),
    );
  const isGroup = ([, value]) => value !== null && typeof value === "object";
  const single = entries.filter((entry) => !isGroup(entry));
  return [
    single.length > 0 && card("In general", {}, tree(Object.fromEntries(single))),
    ...entries.filter(isGroup).map(([name, value]) => card(title(name), {}, tree(value))),
  ];
}

function tree(value, depth = 0) {
  if (value === null || value === undefined || value === "") return make("span", { class: "faint" }, "not set");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return make("bdi", {}, String(value));
  if (depth >= MOST_DEEP) return make("code", {}, JSON.stringify(value));
  if (Array.isArray(value)) {
    if (value.length === 0) return make("span", { class: "faint" }, "none");
    return value.every((one) => one === null || typeof one !== "object")
      ? make("bdi", {}, value.join(", "))
      : make(
          "ol",
          { class: "nested" },
          value.map((one) => make("li", {}, tree(one, depth + 1))),
        );
  }
  return make(
    "dl",
    { class: "pairs" },
    Object.entries(value).map(([name, inner]) =>
      make("div", {}, make("dt", {}, title(name)), make("dd", {}, tree(inner, depth + 1))),
    ),
  );
}

const title = (name) => begun(name.replaceAll("_", " "));
