// Who changed what.
import * as api from "./api.js";
import * as events from "./events.js";
import { calmly } from "./calm.js";
import { empty, fill, make } from "./dom.js";
import { filters, textFilter } from "./filters.js";
import { loader } from "./notice.js";
import * as looks from "./shown.js";
import { table } from "./table.js";
import { counted } from "./text.js";
import { when } from "./time.js";

const MOST = 500;

export const changes = { title: "Changes", show };

function show(main, _given, signal) {
  const rows = table({
    title: "Changes",
    names: "changes cards",
    key: (row) => `${row.at} ${row.who} ${row.what} ${row.subject} ${row.detail}`,
    columns: [
      { key: "at", title: "When", value: ({ at }) => at, of: ({ at }) => when(at, "full") },
      { key: "who", title: "Who", value: ({ who }) => who, of: ({ who }) => looks.name(who, 60) },
      { key: "what", title: "Did", value: ({ what }) => what, of: ({ what }) => looks.name(what, 60) },
      { key: "subject", title: "To what", value: ({ subject }) => subject, of: ({ subject }) => subjectOf(subject) },
      { key: "detail", title: "How", of: ({ detail }) => make("span", { class: "small" }, looks.name(detail, 400)) },
    ],
  });
  const search = textFilter("Find a change", "text", { signal, type: "search", placeholder: "Find" });
  search.addEventListener("input", shown);
  const fields = filters(search);
  const none = make("div", {});
  const scroll = make("div", { class: "scroll" }, rows.element);
  const count = make("p", { class: "small faint" });
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Changes"),
      make("p", {}, "Everything that somebody changed, by this page or by the program, the last first."),
    ),
    fields.element,
    none,
    scroll,
    count,
  );
  let all = [];
  const load = loader(
    none,
    () => api.get("/changes", { limit: MOST }, signal),
    (told) => ((all = told.rows), shown()),
  );

  function shown() {
    const wanted = search.value.trim().toLowerCase();
    const fits = all.filter((row) =>
      [row.who, row.what, row.subject, row.detail].some((text) => String(text).toLowerCase().includes(wanted)),
    );
    rows.show(fits);
    scroll.hidden = fits.length === 0;
    fill(
      none,
      fits.length === 0 &&
        empty(
          all.length > 0 ? "No change fits" : "Nobody changed anything",
          "Acknowledging, silencing, allowing and commenting stand here with who did it.",
        ),
    );
    count.textContent =
      fits.length > 0 ? `${counted(fits.length, "change")}${all.length === MOST ? ", the last" : ""}` : "";
  }

  events.on("change", calmly(load, 500, signal), signal);
  events.on("gap", load, signal);
  load();
  const follow = () => (fields.follow(), shown());
  return { follow, keys: { j: () => rows.step(1), k: () => rows.step(-1) } };
}

const IS_ALERT = /^[0-9a-f]{16}$/;
const subjectOf = (subject) =>
  IS_ALERT.test(subject)
    ? make("a", { href: `/alerts/${subject}` }, make("code", {}, subject))
    : looks.name(subject, 120);
