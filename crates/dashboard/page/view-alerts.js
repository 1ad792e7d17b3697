// Alerts: the list that goes on while it is read, and beside it the one that is open.
import * as api from "./api.js";
import * as events from "./events.js";
import { alertPanel } from "./alert.js";
import { calmly, scattered } from "./calm.js";
import { empty, fill, make } from "./dom.js";
import { filters, rangeChoice, selectFilter, textFilter } from "./filters.js";
import { listing } from "./listing.js";
import { failed } from "./notice.js";
import { large } from "./numbers.js";
import { go, query, withQuery } from "./router.js";
import * as looks from "./shown.js";
import { short } from "./text.js";
import { table } from "./table.js";
import { when } from "./time.js";
import { range, textOf, times } from "./times.js";

const RANGES = ["1h", "24h", "7d", "30d", "all"];
const USUAL = "all";
const PAGE = 100;
const MOST_KINDS = 200;
const RENEWED_EVERY = 1500;
const CHANGED_EVERY = 300;
const LEVELS = [
  ["", "Any level"],
  ["low", "Low and worse"],
  ["medium", "Medium and worse"],
  ["high", "High and worse"],
  ["critical", "Critical"],
];
const STATES = [
  ["", "Seen or not"],
  ["false", "Not acknowledged"],
  ["true", "Acknowledged"],
];

export const alerts = { title: "Alerts", stays: true, show };

function show(main, given, signal) {
  const rows = alertTable({
    onOrder: (sort) => go(withQuery({ sort: sort === "newest" ? "" : sort }), { replaces: true }),
  });
  const list = listing({
    ask: (after) => api.get("/alerts", { ...asked(), limit: PAGE, after }, signal),
    table: rows,
    key: ({ id }) => id,
    what: "alert",
    nothing,
    signal,
  });
  const panel = alertPanel({ close, changed: list.replace, signal });
  const kinds = selectFilter("Kind", "what", [["", "Any kind"]]);
  const exports = make("span", { class: "row" });
  const fields = filters(
    textFilter("Search", "text", { signal, type: "search", maxlength: 64 }),
    textFilter("Address or network", "network", { signal }),
    kinds,
    selectFilter("Level", "level", LEVELS),
    selectFilter("Acknowledged", "acknowledged", STATES),
    rangeChoice(RANGES, USUAL, signal),
  );
  const split = make("div", { class: "split" }, list.element, panel.element);
  main.className = "is-split";
  fill(main, make("div", { class: "head" }, make("h1", {}, "Alerts"), exports), fields.element, split);

  api
    .get("/alerts/groups", { by: "what", limit: MOST_KINDS }, signal)
    .then(({ rows: all }) => kinds.offer([["", "Any kind"], ...all.map(({ name }) => [name, short(name, 60)])]))
    .catch((error) => failed(error, "Kinds"));

  let question = null;
  let left = 0;
  function follow({ id }) {
    fields.follow();
    rows.ordered(query().get("sort") ?? "newest");
    fill(
      exports,
      ["csv", "json"].map((form) =>
        make(
          "a",
          { class: "button", href: api.address(`/alerts.${form}`, asked()), download: `alerts.${form}` },
          `Export ${form.toUpperCase()}`,
        ),
      ),
    );
    opened(id);
    const next = JSON.stringify({ ...asked(), since: `${range(USUAL)} ${query().get("from")}` });
    if (next !== question) list.begin().then(() => rows.select(id));
    question = next;
  }

  // On narrow pages the open alert takes the place of the list: on the way back the list is where it was.
  function opened(id) {
    const wasOpen = split.classList.contains("is-open");
    if (id && !wasOpen) left = window.scrollY;
    split.classList.toggle("is-open", Boolean(id));
    main.classList.toggle("has-open", Boolean(id));
    rows.select(id);
    panel.open(id);
    if (Boolean(id) !== wasOpen) window.scrollTo(0, id ? 0 : left);
  }

  function close() {
    const id = panel.id();
    if (!id) return false;
    go(withQuery({}, "/alerts"));
    rows.element.querySelector(`[data-key="${CSS.escape(id)}"] .row-link`)?.focus({ preventScroll: true });
    return true;
  }

  const renew = calmly(scattered(list.renew, signal), RENEWED_EVERY, signal);
  const changed = calmly(list.renew, CHANGED_EVERY, signal);
  events.on("alerts", ({ ids = [] }) => (renew(), panel.news(ids)), signal);
  events.on("change", ({ subject = "" }) => (changed(), panel.changed(subject)), signal);
  events.on(
    "gap",
    scattered(() => (list.renew(), panel.reload()), signal),
    signal,
  );
  follow(given);
  return {
    follow,
    keys: {
      j: () => rows.step(1),
      k: () => rows.step(-1),
      ArrowDown: within(1),
      ArrowUp: within(-1),
      Escape: close,
      n: list.takeNew,
      a: panel.acknowledge,
      s: panel.silence,
    },
  };

  // Arrows move among rows only if a row has the focus: elsewhere they scroll.
  function within(by) {
    return () => rows.element.contains(document.activeElement) && rows.step(by);
  }

  function nothing() {
    const isFiltered = [...query().keys()].some((key) => key !== "sort");
    return isFiltered
      ? empty(
          "No alert fits",
          `Nothing of ${textOf(USUAL)} is what the filters ask for.`,
          make("a", { class: "button", href: "/alerts" }, "Show all alerts"),
        )
      : empty("No alerts", "Nothing was told so far. Alerts stand here as soon as something is.");
  }
}

function asked() {
  const all = query();
  const one = (name) => all.get(name) ?? undefined;
  return {
    ...times(USUAL),
    text: one("text"),
    network: one("network"),
    what: one("what"),
    level: one("level"),
    acknowledged: one("acknowledged"),
    sort: one("sort"),
  };
}

/** A table of alerts; shorter ones leave out columns by name. */
export function alertTable({ onOrder, without = [], title = "Alerts" } = {}) {
  const columns = [
    { key: "level", title: "Level", of: ({ level }) => looks.level(level) },
    { key: "what", title: "What", main: true, of: ({ what }) => looks.name(what, 70) },
    { key: "way", title: "From and to", of: ({ source, target }) => looks.way(source, target) },
    {
      key: "score",
      title: "Score",
      number: true,
      orders: onOrder && ["worst"],
      of: ({ score, level }) => looks.score(score, level),
    },
    { key: "count", title: "Count", number: true, orders: onOrder && ["most"], of: ({ count }) => large(count) },
    { key: "action", title: "Advice", of: ({ action }) => looks.action(action) },
    { key: "first", title: "First", of: ({ first }) => when(first) },
    { key: "at", title: "Last", orders: onOrder && ["newest", "oldest"], of: ({ at }) => when(at) },
    { key: "state", title: "Seen", of: state },
  ];
  return table({
    title,
    names: "alerts cards",
    key: ({ id }) => id,
    onOrder,
    dim: ({ acknowledged }) => acknowledged,
    columns: columns.filter(({ key }) => !without.includes(key)),
    href: ({ id }) =>
      onOrder ? withQuery({}, `/alerts/${encodeURIComponent(id)}`) : `/alerts/${encodeURIComponent(id)}`,
  });
}

function state({ acknowledged, comments }) {
  const seen =
    acknowledged &&
    make(
      "span",
      { title: `Acknowledged by ${acknowledged.who}` },
      `✓ ${acknowledged.who.length > 12 ? `${acknowledged.who.slice(0, 11)}…` : acknowledged.who}`,
    );
  const said = comments > 0 && make("span", { class: "faint", title: `${comments} comments` }, ` ${comments}\u00a0“`);
  return seen || said ? make("span", { class: "small" }, seen, said) : null;
}
