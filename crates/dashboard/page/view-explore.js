// Captures that somebody wants explored: they are sent here, and a page is made of each.
import * as api from "./api.js";
import * as events from "./events.js";
import { button, card, empty, facts, fill, icon, make, refill } from "./dom.js";
import { failed, loader, say, told } from "./notice.js";
import { bytes, percent } from "./numbers.js";
import { query } from "./router.js";
import { mayChange } from "./session.js";
import * as looks from "./shown.js";
import { table } from "./table.js";
import { when } from "./time.js";

const LOOKED_EVERY = 1500;
const MOST_NAME = 200;
const STATES = { waiting: "Waits", running: "Is explored", done: "Done", failed: "Failed" };

export const explore = { title: "Explore", show };

function show(main, _given, signal) {
  const rows = table({
    title: "Reports",
    names: "reports",
    key: ({ id }) => id,
    columns: [
      {
        key: "name",
        title: "Capture",
        value: ({ name }) => name,
        of: (report) =>
          report.state === "done" ? page(report, {}, looks.name(report.name, 100)) : looks.name(report.name, 100),
      },
      {
        key: "bytes",
        title: "Size",
        number: true,
        value: ({ bytes: size }) => size,
        of: ({ bytes: size }) => bytes(size),
      },
      { key: "at", title: "Sent", value: ({ at }) => at, of: ({ at }) => when(at) },
      { key: "state", title: "State", of: state },
      {
        key: "shared",
        title: "Address",
        of: ({ id }) => make("a", { href: `/explore?report=${encodeURIComponent(id)}` }, "To share"),
      },
      {
        key: "ends",
        title: "",
        number: true,
        of: ({ id, name }) => mayChange() && button("Remove", () => removed(id), { "aria-label": `Remove ${name}` }),
      },
    ],
  });
  const none = empty(
    "No reports",
    "Send a capture, and a page tells what is in it: who spoke with whom, how much, and what is strange.",
  );
  const scroll = make("div", { class: "scroll" }, rows.element);
  const wrong = make("div", {});
  const one = make("div", { hidden: true });
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Explore"),
      make(
        "p",
        {},
        "Send a capture (pcap or pcapng, gz and zst too) and read what is in it. It is explored here and goes nowhere else.",
      ),
    ),
    make(
      "div",
      { class: "stack" },
      one,
      mayChange() ? sending(load, signal) : null,
      card("Reports", {}, wrong, none, scroll),
    ),
  );
  let timer = 0;
  const asks = loader(wrong, () => api.get("/reports", {}, signal), shown);

  function load() {
    clearTimeout(timer);
    asks();
  }

  function shown({ rows: all }) {
    clearTimeout(timer);
    fill(wrong);
    rows.show(all);
    rows.select(query().get("report"));
    wanted(one, all);
    none.hidden = all.length > 0;
    scroll.hidden = all.length === 0;
    if (all.some((one) => ["waiting", "running"].includes(one.state))) timer = setTimeout(load, LOOKED_EVERY);
  }

  async function removed(id) {
    try {
      await api.remove(`/reports/${encodeURIComponent(id)}`);
    } catch (error) {
      failed(error);
    }
    load();
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  events.on("change", load, signal);
  events.on("gap", load, signal);
  load();
  return { follow: load };
}

// The page that was made of a capture.
const page = ({ id }, properties, ...content) =>
  make(
    "a",
    { href: api.address(`/reports/${encodeURIComponent(id)}`), target: "_blank", rel: "noopener", ...properties },
    content,
  );

// The report that the address names: whoever was sent the address finds it by itself, though others stand below.
function wanted(place, all) {
  const id = query().get("report");
  const report = all.find((one) => one.id === id);
  place.hidden = !id;
  refill(place, [id, report], () =>
    report
      ? card(
          looks.name(report.name, 120),
          {},
          facts([
            ["Size", bytes(report.bytes)],
            ["Sent", when(report.at)],
            ["State", state(report)],
            ["Report", report.state === "done" && page(report, { "data-key": "page" }, "Read it")],
          ]),
        )
      : card("No such report", {}, empty("It is not here", "It was taken away, or a newer one has its place.")),
  );
}

function state({ state: name, error }) {
  const word = make(
    "span",
    { class: `tag ${name === "failed" ? "strong" : name === "done" ? "good" : "busy"}` },
    STATES[name] ?? name,
  );
  return [word, error && make("span", { class: "small" }, " ", looks.name(error, 300))];
}

function sending(load, signal) {
  const input = make("input", {
    type: "file",
    id: "capture",
    accept: ".pcap,.pcapng,.cap,.gz,.zst",
    on: { change: () => take(input.files) },
  });
  const progress = make("progress", { max: 1, value: 0, "aria-label": "Sent" });
  const words = make("span", { class: "number" });
  let ending = null;
  const stop = button("Stop", () => ending?.abort());
  const going = make("div", { class: "row going", hidden: true }, words, progress, stop);
  const place = make(
    "section",
    { class: "card drop", "aria-label": "Send a capture" },
    icon("down"),
    make("p", {}, make("label", { for: "capture" }, "Choose a capture"), " or drop it here"),
    input,
    going,
  );
  for (const kind of ["dragenter", "dragover"])
    place.addEventListener(kind, (event) => (event.preventDefault(), place.classList.add("is-over")));
  for (const kind of ["dragleave", "drop"])
    place.addEventListener(kind, (event) => (event.preventDefault(), place.classList.remove("is-over")));
  place.addEventListener("drop", ({ dataTransfer }) => take(dataTransfer.files));

  async function take(files) {
    const [file] = files;
    if (!file || !going.hidden) return;
    ending = new AbortController();
    const leave = () => ending.abort();
    signal.addEventListener("abort", leave, { once: true });
    going.hidden = false;
    try {
      await api.upload("/reports", { name: file.name.slice(0, MOST_NAME) }, file, sent, ending.signal);
      told(`${file.name} was sent`);
      say("The capture was sent and is explored now");
    } catch (error) {
      failed(error, file.name);
    }
    going.hidden = true;
    input.value = "";
    signal.removeEventListener("abort", leave);
    if (!signal.aborted) load();
  }

  function sent(part) {
    progress.value = part;
    words.textContent = part < 1 ? `${percent(Math.floor(part * 100) / 100)} sent` : "Sent, one moment …";
  }
  return place;
}
