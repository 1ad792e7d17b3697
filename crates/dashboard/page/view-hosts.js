// Hosts, the worst first.
import * as api from "./api.js";
import * as events from "./events.js";
import { calmly, often, scattered } from "./calm.js";
import { empty, fill, make } from "./dom.js";
import { filters, rangeChoice, textFilter } from "./filters.js";
import { loader } from "./notice.js";
import { go, query } from "./router.js";
import * as looks from "./shown.js";
import { table } from "./table.js";
import { counted } from "./text.js";
import { when } from "./time.js";
import { range, textOf, times } from "./times.js";

const RANGES = ["1h", "24h", "7d", "30d", "all"];
const USUAL = "24h";
const MOST = 500;
const RENEWED_EVERY = 5000;

export const hosts = { title: "Hosts", show };

function show(main, _given, signal) {
  const rows = table({
    title: "Hosts",
    names: "hosts",
    key: ({ address }) => address,
    href: ({ address }) => `/hosts/${encodeURIComponent(address)}`,
    columns: [
      {
        key: "address",
        title: "Host",
        main: true,
        value: ({ address }) => address,
        of: ({ address }) => make("span", { class: "address" }, address),
      },
      {
        key: "score",
        title: "Highest threat score",
        falls: true,
        value: ({ score }) => score,
        of: ({ score }) => looks.score(score, band(score)),
      },
      { key: "at", title: "When it had that", falls: true, value: ({ at }) => at, of: ({ at }) => when(at) },
    ],
  });
  const search = textFilter("Find a host", "text", {
    signal,
    type: "search",
    placeholder: "Find a host, Enter opens it",
  });
  search.addEventListener("input", shown);
  search.addEventListener(
    "keydown",
    ({ key }) => key === "Enter" && search.value.trim() && go(`/hosts/${encodeURIComponent(search.value.trim())}`),
  );
  const count = make("p", { class: "small faint" });
  const none = make("div", {});
  const scroll = make("div", { class: "scroll" }, rows.element);
  const fields = filters(search, rangeChoice(RANGES, USUAL, signal));
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Hosts"),
      make(
        "p",
        {},
        "How bad what a host did is, from 0 to 100: its highest score of this time, and when it had that. A score falls by half in a while in which nothing happens.",
      ),
    ),
    fields.element,
    scroll,
    none,
    count,
  );
  let all = [];
  const load = loader(
    none,
    () => api.get("/hosts", { ...times(USUAL), limit: MOST }, signal),
    (told) => ((all = told.rows), shown()),
  );

  function shown() {
    const wanted = search.value.trim().toLowerCase();
    const fits = all.filter(({ address }) => address.toLowerCase().includes(wanted));
    rows.show(fits);
    scroll.hidden = fits.length === 0;
    fill(
      none,
      fits.length > 0
        ? null
        : all.length > 0
          ? empty("No host of these fits", "Press Enter to open the page of this address.")
          : empty("No host has a score", `No host did anything that was told in ${textOf(USUAL)}.`),
    );
    count.textContent =
      fits.length > 0 ? `${counted(fits.length, "host")}${all.length === MOST ? ", the worst" : ""}` : "";
  }

  const soon = calmly(scattered(load, signal), RENEWED_EVERY, signal);
  events.on("alerts", soon, signal);
  events.on("gap", load, signal);
  often(load, RENEWED_EVERY * 6, signal);
  let asked = null;
  // What is searched for is found among those that are there already.
  function follow() {
    fields.follow();
    const wanted = `${range(USUAL)} ${query().get("from")} ${query().get("to")}`;
    if (asked === wanted) shown();
    else load();
    asked = wanted;
  }
  follow();
  return { follow, keys: { j: () => rows.step(1), k: () => rows.step(-1) } };
}

// The level whose colours a score of a host has; which alerts it leads to, the policy says.
const band = (score) => (score >= 90 ? "critical" : score >= 70 ? "high" : score >= 40 ? "medium" : "low");
