// One host: its score over time, with whom it spoke, and what was told of it.
import * as api from "./api.js";
import * as change from "./change.js";
import * as events from "./events.js";
import { ranked } from "./bars.js";
import { calmly, scattered } from "./calm.js";
import { button, card, empty, fill, make, refill } from "./dom.js";
import { rangeChoice } from "./filters.js";
import { flowTable } from "./flow.js";
import { loader } from "./notice.js";
import { bytes, many, rounded } from "./numbers.js";
import { end, mayChange } from "./session.js";
import * as looks from "./shown.js";
import { short } from "./text.js";
import { timeChart } from "./timechart.js";
import { when } from "./time.js";
import { textOf, times } from "./times.js";
import { alertTable } from "./view-alerts.js";

const RANGES = ["1h", "24h", "7d", "30d", "all"];
const USUAL = "24h";
const RENEWED_EVERY = 5000;
const RANKED = 10;

export const host = { title: "Host", show };

function show(main, { address }, signal) {
  const choice = rangeChoice(RANGES, USUAL, signal);
  const chart = timeChart({
    said: "Threat score",
    number: (value) => rounded(value, 0),
    tint: "s1",
    height: 170,
    most: 100,
    dots: true,
    signal,
  });
  const last = make("span", { class: "small faint" });
  const parts = { peers: make("div"), ports: make("div"), classes: make("div") };
  const alerts = listed(alertTable({ without: ["action", "first"], title: "Alerts of this host" }));
  const flows = listed(flowTable({ without: ["names", "span", "strange"], title: "Flows of this host" }));
  const actions = mayChange() && [
    button("Silence …", () => change.silence({ source: address })),
    button("Allow …", () => change.allow({ network: address })),
  ];
  const wrong = make("div", {});
  const more = make(
    "p",
    { class: "small faint", hidden: true },
    "It had so much traffic that peers, ports and classes are those of its newest flows.",
  );
  const query = encodeURIComponent(address);
  document.title = `${short(address, 60)} – netsift`;
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, make("span", { class: "address" }, short(address, 80))),
      actions,
      choice,
    ),
    wrong,
    make(
      "div",
      { class: "grid" },
      card(
        "Threat score",
        { class: "w12", aside: last },
        chart.element,
        make("p", { class: "small faint" }, "As it was whenever something was told of it; between, it falls by half in a while."),
      ),
      card("Peers", { class: "w4" }, parts.peers),
      card("Ports", { class: "w4" }, parts.ports),
      card("Classes", { class: "w4" }, parts.classes),
      more,
      card(
        "Alerts",
        { aside: make("a", { class: "small", href: `/alerts?network=${query}` }, "All of them") },
        alerts.element,
      ),
      card(
        "Flows",
        { aside: make("a", { class: "small", href: `/flows?address=${query}` }, "All of them") },
        flows.element,
      ),
    ),
  );

  const load = loader(wrong, () => api.get(`/hosts/${query}`, times(USUAL), signal), shown);

  function shown(told) {
    fill(wrong);
    const scores = told.scores.map(({ at, score }) => [at, score]);
    const { since, until = since === undefined ? (scores.at(-1)?.[0] ?? end()) : end() } = times(USUAL);
    chart.show(scores, since ?? scores[0]?.[0] ?? until - 3_600_000, until);
    const [at, score] = scores.at(-1) ?? [];
    fill(last, make("span", { class: "big number" }, rounded(score, 0)), at && [" at ", when(at)]);
    const bars = (part, rows, tint, name) =>
      refill(part, rows, () =>
        rows.length === 0
          ? empty("None", `Nothing was kept of ${textOf(USUAL)}.`)
          : ranked(
              rows.slice(0, RANKED).map((row) => ({
                name: name(row.name),
                value: row.flows,
                text: `${many(row.flows, "flow")} · ${bytes(row.bytes)}`,
              })),
              { tint },
            ),
      );
    bars(parts.peers, told.peers, "s0", looks.host);
    bars(parts.ports, told.ports, "s2", (port) =>
      make("a", { href: `/flows?address=${query}&port=${encodeURIComponent(port)}` }, short(port, 20)),
    );
    bars(parts.classes, told.classes, "s3", (kind) => looks.name(kind || "none told", 60));
    more.hidden = !told.is_more;
    alerts.show(told.alerts, "No alert is about it");
    flows.show(told.flows, "No flow of it was judged");
  }

  events.on("alerts", calmly(scattered(load, signal), RENEWED_EVERY, signal), signal);
  events.on("change", calmly(load, RENEWED_EVERY, signal), signal);
  events.on("gap", load, signal);
  load();
  return { follow: () => (choice.follow(), load()) };
}

// A table, or what is said where it has no rows.
function listed(rows) {
  const none = make("div", {});
  const scroll = make("div", { class: "scroll" }, rows.element);
  const element = make("div", {}, scroll, none);
  const show = (given, text) => {
    rows.show(given);
    scroll.hidden = given.length === 0;
    fill(none, given.length === 0 && empty(text, ""));
  };
  return { element, show };
}
