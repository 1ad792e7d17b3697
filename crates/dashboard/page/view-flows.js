// Flows, searched by address, port, class, score and time.
import * as api from "./api.js";
import * as events from "./events.js";
import { often } from "./calm.js";
import { empty, fill, make } from "./dom.js";
import { filters, oneOf, rangeChoice, textFilter } from "./filters.js";
import { flowTable } from "./flow.js";
import { listing } from "./listing.js";
import { query } from "./router.js";
import { textOf, times } from "./times.js";

const RANGES = ["15m", "1h", "24h", "7d", "all"];
const USUAL = "24h";
const PAGE = 100;
const RENEWED_EVERY = 5000;
const KEPT = [
  ["verdicts", "Judged"],
  ["flows", "Others"],
];

export const flows = { title: "Flows", show };

function show(main, _given, signal) {
  const rows = flowTable();
  const list = listing({
    ask: (after) => api.get("/flows", { ...asked(), limit: PAGE, after }, signal),
    table: rows,
    key: ({ id }) => id,
    what: "flow",
    nothing,
    signal,
  });
  const fields = filters(
    textFilter("Address", "address", { signal, type: "search" }),
    textFilter("Port", "port", { signal, inputmode: "numeric", size: 6 }),
    textFilter("Class", "class", { signal, maxlength: 200 }),
    textFilter("Least score", "score", { signal, inputmode: "decimal", size: 9 }),
    oneOf("Which flows", "kept", KEPT, kept),
    rangeChoice(RANGES, USUAL, signal),
  );
  main.className = "is-full";
  fill(main, make("div", { class: "head" }, make("h1", {}, "Flows")), fields.element, list.element);
  const follow = () => (fields.follow(), list.begin());
  often(list.renew, RENEWED_EVERY, signal);
  events.on("gap", list.renew, signal);
  follow();
  return { follow, keys: { j: () => rows.step(1), k: () => rows.step(-1), n: list.takeNew } };
}

const kept = () => (query().get("kept") === "flows" ? "flows" : "verdicts");

function asked() {
  const one = (name) => query().get(name) ?? undefined;
  return {
    kept: kept(),
    ...times(USUAL),
    address: one("address"),
    port: one("port"),
    class: one("class"),
    score: one("score"),
  };
}

function nothing() {
  const isFiltered = ["address", "port", "class", "score"].some((name) => query().has(name));
  if (isFiltered)
    return empty(
      "No flow fits",
      `Nothing of ${textOf(USUAL)} is what the filters ask for.`,
      make("a", { class: "button", href: "/flows?range=all" }, "Show all flows"),
    );
  return kept() === "flows"
    ? empty(
        "No flows were kept",
        "Flows that nothing was said of are kept only if the history is told to (see the settings). Those that were judged stand under “Judged”.",
      )
    : empty(
        "No flow was judged",
        `Nothing was judged in ${textOf(USUAL)}.`,
        make("a", { class: "button", href: "/flows?range=all" }, "Look at all times"),
      );
}
