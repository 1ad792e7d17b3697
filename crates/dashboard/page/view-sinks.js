// Who is told of alerts, and whether he is reached.
import * as api from "./api.js";
import * as events from "./events.js";
import { calmly, often } from "./calm.js";
import { button, card, empty, facts, fill, make, refill } from "./dom.js";
import { failed, loader, told as notice } from "./notice.js";
import { bytes, whole } from "./numbers.js";
import { mayChange } from "./session.js";
import * as looks from "./shown.js";
import { when } from "./time.js";

const RENEWED_EVERY = 3000;
/** Who is being sent a test alert: that goes on when somebody looks elsewhere meanwhile. */
const tried = new Set();

export const sinks = { title: "Sinks", show };

function show(main, _given, signal) {
  const all = make("div", { class: "grid" });
  const wrong = make("div", {});
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Sinks"),
      make(
        "p",
        {},
        "Where alerts are sent. What cannot be delivered waits and is tried again; what is given up is a dead letter.",
      ),
    ),
    wrong,
    all,
  );
  const cards = new Map();
  const load = loader(wrong, () => api.get("/sinks", {}, signal), shown);

  // Every sink keeps its card, and with it what somebody selects, reads or presses there.
  function shown({ rows, runs_here: runsHere }) {
    fill(wrong);
    if (rows.length === 0) return refill(all, [runsHere], () => nothing(runsHere));
    const shownCards = rows.map((sink) => {
      if (!cards.has(sink.name)) cards.set(sink.name, sinkCard(sink.name, load));
      cards.get(sink.name).show(sink);
      return cards.get(sink.name).element;
    });
    refill(
      all,
      rows.map(({ name }) => name),
      () => shownCards,
    );
  }

  events.on("sinks", calmly(load, RENEWED_EVERY, signal), signal);
  events.on("gap", load, signal);
  often(load, RENEWED_EVERY, signal);
  load();
  return { follow: load };
}

function nothing(runsHere) {
  return runsHere === false
    ? empty(
        "Sinks are not run here",
        "This page shows a history alone. Sinks are run by the program that detects, and it alone knows how they are.",
      )
    : empty(
        "No sinks",
        "Name some in the configuration (netsift config init writes one with examples), and alerts go to files, mail, web hooks or a SIEM as well.",
      );
}

function sinkCard(name, load) {
  const state = make("span", {});
  const numbers = make("div", {});
  const said = make("div", {});
  const tries = button("Send a test alert", () => ((tries.disabled = true), test(name, load)), {
    "data-key": `test ${name}`,
    "aria-label": `Send a test alert to ${name}`,
  });
  const ends = mayChange() && make("div", { class: "row ends" }, tries);
  const element = card(looks.name(name, 80), { class: "w6 sink", aside: state }, numbers, said, ends);
  function show(sink) {
    const { is_failing: isFailing, waiting, last_error: error } = sink;
    refill(state, [isFailing, waiting > 0], () => stateOf(sink));
    refill(numbers, sink, factsOf);
    refill(said, [error, isFailing], () => error && lastError(sink));
    tries.disabled = tried.has(name);
  }
  return { element, show };
}

const stateOf = ({ is_failing: isFailing, waiting }) =>
  isFailing ? looks.tag("Failing", "strong") : waiting > 0 ? looks.tag("Busy") : looks.tag("Well", "good");

const factsOf = (sink) =>
  facts([
    ["Delivered", whole(sink.delivered)],
    ["Waiting", sink.waiting > 0 ? `${whole(sink.waiting)} (${bytes(sink.bytes)})` : "0"],
    ["Dead letters", whole(sink.dead)],
    ["Failed attempts", whole(sink.failures)],
    ["Told as one, beyond the limit", sink.limited > 0 ? whole(sink.limited) : null],
    ["Not taken, queue full", sink.overflowed > 0 ? whole(sink.overflowed) : null],
    ["Not written", sink.unwritten > 0 ? whole(sink.unwritten) : null],
    ["Partly", sink.partly > 0 ? whole(sink.partly) : null],
    ["Last arrived", sink.last_success ? when(sink.last_success) : "never"],
    ["Last failed", sink.last_failure ? when(sink.last_failure) : "never"],
  ]);

const lastError = ({ is_failing: isFailing, last_error: error }) =>
  make(
    "p",
    { class: "last-error" },
    make("span", { class: "faint small" }, isFailing ? "It says: " : "It last said: "),
    make("bdi", {}, error),
  );

async function test(name, load) {
  tried.add(name);
  try {
    const { ok, error } = await api.post(`/sinks/${encodeURIComponent(name)}/test`);
    if (ok) notice(`The test alert arrived at ${name}`);
    else failed(new Error(error ?? "it did not arrive"), name);
  } catch (error) {
    failed(error, name);
  }
  tried.delete(name);
  load();
}
