// What decides: models with their cards, lists, and the policy.
import * as api from "./api.js";
import { curve, ranked } from "./bars.js";
import { often } from "./calm.js";
import { card, empty, facts, fill, make, refillParts } from "./dom.js";
import { loader } from "./notice.js";
import { rounded, whole } from "./numbers.js";
import * as looks from "./shown.js";
import { counted } from "./text.js";

const RENEWED_EVERY = 30_000;
const MOST_COLUMNS = 200;

export const models = { title: "Models", show };

function show(main, _given, signal) {
  const all = make("div", { class: "stack" });
  const wrong = make("div", {});
  const bodies = new Map();
  const bodyOf = (key) => bodies.get(key) ?? bodies.set(key, make("div", { class: "stack" })).get(key);
  fill(main, make("div", { class: "head" }, make("h1", {}, "Models and lists")), wrong, all);
  const shown = (told) => {
    fill(wrong);
    refillParts(all, [
      ...modelsOf(told, bodyOf),
      ["lists", told.lists, () => listsOf(told)],
      ["policy", told.policy, () => policyOf(told)],
    ]);
  };
  const load = loader(wrong, () => api.get("/knowledge", {}, signal), shown);
  often(load, RENEWED_EVERY, signal);
  load();
  return { follow: load };
}

// Each model keeps its card, in whose body only what changes is filled anew.
function modelsOf({ models: all }, bodyOf) {
  if (all.length === 0) return [["no model", "", noModel]];
  return all.map((model, at) => {
    const key = `${at} ${model.name}`;
    const body = bodyOf(key);
    refillParts(body, modelParts(model));
    const told = () => card(looks.name(model.name, 120), { aside: make("span", { class: "faint" }, model.what) }, body);
    return [key, [model.name, model.what], told];
  });
}

const noModel = () =>
  card(
    "Models",
    {},
    empty(
      "No model",
      "Start netsift serve with --model for classes, or --anomaly for how strange a flow is. Models are made by netsift train.",
    ),
  );

function modelParts({ classes, columns, metrics, curves, threshold, drift, card: told }) {
  const general = metrics.filter(({ name }) => !ofClass(name, classes));
  const numbers = () =>
    facts([
      ["Classes", classes.length > 0 ? whole(classes.length) : null],
      ["Columns", whole(columns.length)],
      ["Strange from", Number.isFinite(threshold) ? rounded(threshold, 4) : null],
      ["Drift", drift && looks.tag(drift.level, /no|none|steady|stable/i.test(drift.level) ? "" : "strong")],
      ...general.map(({ name, value }) => [name, figure(value)]),
    ]);
  return [
    ["numbers", [classes.length, columns.length, threshold, drift?.level, general], numbers],
    classes.length > 0 && ["classes", [classes, metrics], () => classesOf(classes, metrics)],
    curves.length > 0 && ["curves", curves, () => make("div", { class: "curves" }, curves.map(curve))],
    drift && ["drift", drift, () => driftOf(drift)],
    told && ["card", told, () => more("Its card", make("pre", {}, told))],
    columns.length > 0 && ["columns", columns, () => more(counted(columns.length, "column"), columnsOf(columns))],
  ].filter(Boolean);
}

const columnsOf = (columns) =>
  make(
    "p",
    { class: "names" },
    columns.slice(0, MOST_COLUMNS).map((column) => looks.tag(column)),
    columns.length > MOST_COLUMNS && ` and ${columns.length - MOST_COLUMNS} more`,
  );

// What a number of one class is of: the class that its name ends with, the longest of those that end alike.
const ofClass = (name, classes) =>
  classes
    .filter((one) => name.endsWith(` ${one}`))
    .reduce((longest, one) => (one.length > (longest?.length ?? -1) ? one : longest), undefined);
const figure = (value) => rounded(value, value >= 0 && value <= 1 ? 4 : 2);

// The classes, with how well each is told where that is known.
function classesOf(classes, metrics) {
  const link = (one) => make("a", { href: `/flows?class=${encodeURIComponent(one)}` }, looks.name(one, 60));
  const told = metrics.filter(({ name }) => ofClass(name, classes));
  if (told.length === 0) {
    const tags = classes.map((one) => make("span", { class: "tag" }, link(one)));
    return make("p", { class: "names" }, tags);
  }
  const bars = told.map(({ name, value }) => ({
    name: [wordBefore(name, classes), link(ofClass(name, classes))],
    value,
    text: figure(value),
  }));
  return make("div", { class: "by-class" }, ranked(bars, { label: "By class", most: 1 }));
}

const wordBefore = (name, classes) => make("span", { class: "faint" }, name.slice(0, -ofClass(name, classes).length));

function driftOf({ rows, columns }) {
  const most = Math.max(1, ...columns.map(({ value }) => value));
  return make(
    "div",
    { class: "drift" },
    make("h3", {}, `Drift, of ${counted(rows, "row")} since it began`),
    make(
      "ol",
      { class: "ranked s4" },
      columns
        .slice(0, 10)
        .map(({ name, value }) =>
          make(
            "li",
            { style: { "--part": value / most } },
            make("span", { class: "ranked-name" }, looks.name(name, 60)),
            make("span", { class: "number" }, rounded(value, 3)),
          ),
        ),
    ),
  );
}

const more = (title, ...content) => make("details", {}, make("summary", {}, title), content);

function listsOf({ lists }) {
  if (lists.length === 0)
    return card(
      "Lists",
      {},
      empty(
        "No list",
        "Start netsift serve with --lists to be told when something speaks with addresses, names or fingerprints that are known to be bad.",
      ),
    );
  return card(
    "Lists",
    {},
    make(
      "ul",
      { class: "known wide" },
      lists.map(({ name, level, loaded, skipped, reasons }) =>
        make(
          "li",
          {},
          make("strong", {}, looks.name(name, 120)),
          make("span", { class: "faint" }, `${counted(loaded, "entry", "entries")}`),
          looks.tag(level),
          skipped > 0 &&
            make(
              "details",
              { "data-key": name },
              make("summary", {}, `${whole(skipped)} not understood`),
              make(
                "ul",
                {},
                reasons.map((reason) => make("li", { class: "small" }, make("bdi", {}, reason))),
              ),
            ),
        ),
      ),
    ),
  );
}

function policyOf({ policy }) {
  return card(
    "Policy",
    {},
    policy
      ? make("pre", {}, policy)
      : empty("No policy is told", "It says which findings become alerts, and how bad they are."),
  );
}
