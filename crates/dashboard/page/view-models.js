// What decides: models with their cards, lists, and the policy.
import * as api from "./api.js";
import { curve, ranked } from "./bars.js";
import { inTurn, often } from "./calm.js";
import { card, empty, facts, fill, make, refill } from "./dom.js";
import { trouble } from "./notice.js";
import { rounded, whole } from "./numbers.js";
import * as looks from "./shown.js";
import { counted } from "./text.js";

const RENEWED_EVERY = 30_000;
const MOST_COLUMNS = 200;

export const models = { title: "Models", show };

function show(main, _given, signal) {
  const all = make("div", { class: "stack" });
  fill(main, make("div", { class: "head" }, make("h1", {}, "Models and lists")), all);
  const turns = inTurn();

  async function load() {
    const isNewest = turns();
    try {
      const told = await api.get("/knowledge", {}, signal);
      if (!isNewest()) return;
      refill(all, told, () => [...modelsOf(told), listsOf(told), policyOf(told)]);
    } catch (error) {
      if (isNewest()) trouble(all, error, load);
    }
  }
  often(load, RENEWED_EVERY, signal);
  load();
  return { follow: load };
}

function modelsOf({ models: all }) {
  if (all.length === 0)
    return [
      card(
        "Models",
        {},
        empty(
          "No model",
          "Start netsift serve with --model for classes, or --anomaly for how strange a flow is. Models are made by netsift train.",
        ),
      ),
    ];
  return all.map(modelCard);
}

function modelCard(model) {
  const { name, what, classes, columns, metrics, curves, threshold, drift, card: told } = model;
  return card(
    looks.name(name, 120),
    { aside: make("span", { class: "faint" }, what) },
    make(
      "div",
      { class: "stack" },
      facts([
        ["Classes", classes.length > 0 ? whole(classes.length) : null],
        ["Columns", whole(columns.length)],
        ["Strange from", Number.isFinite(threshold) ? rounded(threshold, 4) : null],
        ["Drift", drift && looks.tag(drift.level, /no|none|steady|stable/i.test(drift.level) ? "" : "strong")],
        ...metrics.filter(({ name: of }) => !ofClass(of, classes)).map(({ name: of, value }) => [of, figure(value)]),
      ]),
      classes.length > 0 && classesOf(classes, metrics),
      curves.length > 0 && make("div", { class: "curves" }, curves.map(curve)),
      drift && driftOf(drift),
      told && more("Its card", make("pre", {}, told)),
      columns.length > 0 &&
        more(
          counted(columns.length, "column"),
          make(
            "p",
            { class: "names" },
            columns.slice(0, MOST_COLUMNS).map((column) => looks.tag(column)),
            columns.length > MOST_COLUMNS && ` and ${columns.length - MOST_COLUMNS} more`,
          ),
        ),
    ),
  );
}

// What a number of one class is of: the class that its name ends with.
const ofClass = (name, classes) => classes.find((one) => name.endsWith(` ${one}`));
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
              {},
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
