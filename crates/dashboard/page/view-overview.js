// How it goes: rates that move, who talks most, what was told, and how the capture and the models are.
import * as api from "./api.js";
import * as events from "./events.js";
import { calmly, often, scattered } from "./calm.js";
import { card, empty, facts, fill, make, refill } from "./dom.js";
import { histogram, ranked } from "./bars.js";
import { rangeChoice } from "./filters.js";
import { loader } from "./notice.js";
import { bytes, large, many, rounded, whole } from "./numbers.js";
import { rates } from "./rates.js";
import * as looks from "./shown.js";
import { counted } from "./text.js";
import { timeChart } from "./timechart.js";
import { when } from "./time.js";
import { textOf, times } from "./times.js";

const RANGES = ["5m", "15m", "1h", "6h", "24h", "7d", "all"];
const USUAL = "15m";
const SLOW = 10_000;
const ALERTS_EVERY = 2000;
const RANKED = 7;
const LATEST = 7;
const MINUTE = 60_000;
/** What is ranked, and its colour. */
const TOPS = { sources: "s0", targets: "s2", protocols: "s5", classes: "s3" };

export const overview = { title: "Overview", show };

function show(main, _given, signal) {
  const choice = rangeChoice(RANGES, USUAL, signal);
  const moving = rates(signal);
  const parts = {
    latest: part(),
    kinds: part(),
    sources: part(),
    targets: part(),
    protocols: part(),
    classes: part(),
    strange: part(),
    models: part(),
  };
  const health = healthPart(signal);
  fill(
    main,
    make("div", { class: "head" }, make("h1", {}, "Overview"), choice),
    make(
      "div",
      { class: "grid" },
      moving.elements,
      card(
        "Latest alerts",
        { class: "w8", aside: make("a", { href: "/alerts", class: "small" }, "All alerts") },
        parts.latest,
      ),
      card("Kinds of alerts", { class: "w4" }, parts.kinds),
      card("Most active sources", { class: "w4" }, parts.sources),
      card("Most active targets", { class: "w4" }, parts.targets),
      card("Protocols", { class: "w4" }, parts.protocols),
      card("Classes", { class: "w4" }, parts.classes),
      card("Strangeness", { class: "w4" }, parts.strange),
      card("Capture", { class: "w4" }, health.element),
      card(
        "Models and lists",
        { aside: make("a", { href: "/models", class: "small" }, "More about them") },
        parts.models,
      ),
    ),
  );

  const ranking = Object.keys(TOPS).map((of) => ranks(of, parts[of], signal));
  const strange = strangeness(parts.strange, health, signal);
  const slow = () => (moving.renew(), ranking.forEach((load) => load()), strange());
  const latest = alerts(parts, signal);
  const known = knowledge(parts.models, signal);
  function all() {
    choice.follow();
    moving.load();
    slow();
    latest();
    known();
  }
  const soon = calmly(scattered(latest, signal), ALERTS_EVERY, signal);
  events.on(
    "vitals",
    (row) => {
      moving.add(row);
      health.add(row);
    },
    signal,
  );
  events.on("alerts", soon, signal);
  events.on("change", soon, signal);
  events.on("gap", scattered(all, signal), signal);
  often(slow, SLOW, signal);
  often(latest, SLOW * 3, signal);
  all();
  return { follow: all };
}

const part = () => make("div", { class: "part" });

function ranks(of, place, signal) {
  const isAddress = ["sources", "targets"].includes(of);
  const name = ({ name: told }) =>
    isAddress
      ? looks.host(told)
      : of === "classes" && told
        ? make("a", { href: `/flows?class=${encodeURIComponent(told)}` }, looks.name(told, 60))
        : looks.name(told || "none told", 60);
  const bar = (row) => ({
    name: name(row),
    value: row.bytes || row.flows,
    text: `${bytes(row.bytes)} · ${many(row.flows, "flow")}`,
  });
  const ask = () => api.get("/top", { ...times(USUAL), limit: RANKED, of }, signal);
  return loader(place, ask, ({ rows, covers }) =>
    refill(place, [rows, covers], () => [
      rows.length === 0 ? nothing() : ranked(rows.map(bar), { label: of, tint: TOPS[of] }),
      isAddress && rows.length > 0 && covered(covers, times(USUAL).since),
    ]),
  );
}

// Who talks most is kept by the hour: of a shorter time, whole hours are told, and that is said.
function covered({ since: from }, wanted) {
  if (!Number.isFinite(from) || wanted - from < MINUTE) return null;
  return make("p", { class: "small faint covers" }, "Since ", when(from), ": kept by the hour");
}

const nothing = () => empty("Nothing yet", `No flow was kept in ${textOf(USUAL)}.`);

function alerts(parts, signal) {
  const ask = () =>
    Promise.all([
      api.get("/alerts", { ...times(USUAL), limit: LATEST }, signal),
      api.get("/alerts/groups", { ...times(USUAL), by: "what", limit: RANKED }, signal),
    ]);
  return loader(parts.latest, ask, ([{ rows }, groups]) => {
    refill(parts.latest, rows, () =>
      rows.length === 0
        ? empty("No alerts", `Nothing was told in ${textOf(USUAL)}.`)
        : make("ol", { class: "latest" }, rows.map(latestRow)),
    );
    refill(parts.kinds, groups.rows, () =>
      groups.rows.length === 0
        ? empty("None", "")
        : ranked(
            groups.rows.map((row) => ({
              name: make("a", { href: `/alerts?what=${encodeURIComponent(row.name)}` }, looks.name(row.name, 60)),
              value: row.alerts,
              text: large(row.alerts),
            })),
            { label: "Kinds of alerts", tint: "s1" },
          ),
    );
  });
}

function latestRow(alert) {
  return make(
    "li",
    { class: alert.acknowledged ? "is-dim" : "" },
    looks.level(alert.level),
    make(
      "a",
      { class: "what", href: `/alerts/${encodeURIComponent(alert.id)}`, "data-key": alert.id },
      looks.name(alert.what, 80),
    ),
    looks.way(alert.source, alert.target),
    make(
      "span",
      { class: "times small faint number" },
      alert.count > 1 ? `${large(alert.count)} × ` : "",
      when(alert.at),
    ),
  );
}

function strangeness(place, health, signal) {
  const ask = () => api.get("/vitals", { seconds: 900 }, signal);
  return loader(place, ask, (told) => {
    health.told(told);
    const all = told.strangeness.bins.reduce((sum, count) => sum + count, 0);
    refill(place, told.strangeness, () =>
      all === 0
        ? empty("Nothing scored here", "A model of anomalies says how strange each flow is, while detection runs.")
        : histogram(told.strangeness),
    );
  });
}

function healthPart(signal) {
  const numbers = make("div", {});
  const memory = timeChart({ said: "Memory", number: bytes, tint: "s5", height: 84, signal });
  const title = make("h3", {}, "Memory");
  const element = make("div", { class: "stack" }, numbers, make("div", {}, title, memory.element));
  let rows = [];
  let totals = {};
  function shown() {
    const last = rows.at(-1);
    title.parentElement.hidden = !rows.some(({ resident }) => resident);
    refill(numbers, [last, totals], () =>
      last
        ? facts(
            [
              ["Dropped by the system", drops(totals.kernel_drops)],
              ["By the interface", drops(totals.interface_drops)],
              ["By the queue", drops(totals.queue_drops)],
              ["Lost by the history", drops(totals.history?.lost)],
              ["Queue", `${whole(last.batches_waiting)} of ${whole(last.batches_room)}`],
              ["Flows for the model", whole(last.flows_waiting)],
              ["Memory", last.resident ? bytes(last.resident) : null],
            ],
            "facts tight",
          )
        : empty("Nothing is captured here", "These numbers are known only to the program that captures."),
    );
    if (rows.length)
      memory.show(
        rows.map((row) => [row.at, row.resident]),
        rows[0].at,
        last.at,
      );
  }
  return {
    element,
    told: (told) => {
      ({ rows, totals } = told);
      shown();
    },
    add: (row) => {
      rows = [...rows.slice(-899), row];
      totals = row.totals ?? totals;
      shown();
    },
  };
}

function drops(number) {
  if (number === null || number === undefined) return make("span", { class: "faint" }, "not told");
  return number > 0 ? make("strong", { class: "bad" }, whole(number)) : "0";
}

function knowledge(place, signal) {
  const ask = () => api.get("/knowledge", {}, signal);
  return loader(place, ask, ({ models, lists }) => {
    const model = ({ name, what, classes, columns, threshold, drift }) =>
      make(
        "li",
        {},
        make("strong", {}, looks.name(name, 80)),
        make(
          "span",
          { class: "faint" },
          [
            what,
            classes.length > 0 && counted(classes.length, "class", "classes"),
            counted(columns.length, "column"),
            Number.isFinite(threshold) && `threshold ${rounded(threshold, 4)}`,
          ]
            .filter(Boolean)
            .join(" · "),
        ),
        drift && looks.tag(`drift: ${drift.level}`),
      );
    const list = ({ name, level, loaded, skipped }) =>
      make(
        "li",
        {},
        make("strong", {}, looks.name(name, 80)),
        make(
          "span",
          { class: "faint" },
          `${counted(loaded, "entry", "entries")}${skipped ? `, ${whole(skipped)} not understood` : ""}`,
        ),
        looks.tag(level),
      );
    refill(place, [models, lists], () =>
      models.length + lists.length === 0
        ? empty(
            "No model and no list",
            "Give netsift serve a model (--model, --anomaly) or lists (--lists) to be told more.",
          )
        : make(
            "div",
            { class: "two" },
            make("ul", { class: "known" }, models.map(model)),
            make("ul", { class: "known" }, lists.map(list)),
          ),
    );
  });
}
