// Who is told of alerts, and whether he is reached.
import * as api from "./api.js";
import * as events from "./events.js";
import { calmly, inTurn, often } from "./calm.js";
import { button, card, empty, facts, fill, make, refill } from "./dom.js";
import { failed, told as notice, trouble } from "./notice.js";
import { bytes, whole } from "./numbers.js";
import { mayChange } from "./session.js";
import * as looks from "./shown.js";
import { when } from "./time.js";

const RENEWED_EVERY = 3000;

export const sinks = { title: "Sinks", show };

function show(main, _given, signal) {
  const all = make("div", { class: "grid" });
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
    all,
  );
  const turns = inTurn();

  async function load() {
    const isNewest = turns();
    try {
      const told = await api.get("/sinks", {}, signal);
      if (!isNewest()) return;
      refill(all, told, ({ rows, runs_here: runsHere }) =>
        rows.length === 0 ? nothing(runsHere) : rows.map((sink) => sinkCard(sink, load)),
      );
    } catch (error) {
      if (isNewest()) trouble(all, error, load);
    }
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

function sinkCard(sink, load) {
  const state = sink.is_failing
    ? looks.tag("Failing", "strong")
    : sink.waiting > 0
      ? looks.tag("Busy")
      : looks.tag("Well", "good");
  return card(
    looks.name(sink.name, 80),
    { class: "w6 sink", aside: state },
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
    ]),
    sink.last_error &&
      make(
        "p",
        { class: "last-error" },
        make("span", { class: "faint small" }, sink.is_failing ? "It says: " : "It last said: "),
        make("bdi", {}, sink.last_error),
      ),
    mayChange() &&
      make(
        "div",
        { class: "row ends" },
        button("Send a test alert", (event) => test(sink.name, event.currentTarget, load), {
          "data-key": `test ${sink.name}`,
          "aria-label": `Send a test alert to ${sink.name}`,
        }),
      ),
  );
}

async function test(name, pressed, load) {
  pressed.disabled = true;
  try {
    const { ok, error } = await api.post(`/sinks/${encodeURIComponent(name)}/test`);
    if (ok) notice(`The test alert arrived at ${name}`);
    else failed(new Error(error ?? "it did not arrive"), name);
  } catch (error) {
    failed(error, name);
  }
  pressed.disabled = false;
  load();
}
