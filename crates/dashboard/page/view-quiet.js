// What nobody is told of: silences for a time, and what is allowed until somebody takes it back.
import * as api from "./api.js";
import * as change from "./change.js";
import * as events from "./events.js";
import { calmly, often } from "./calm.js";
import { button, card, empty, fill, make } from "./dom.js";
import { loader, trouble } from "./notice.js";
import { mayChange, now } from "./session.js";
import * as looks from "./shown.js";
import { table } from "./table.js";
import { when } from "./time.js";

const RENEWED_EVERY = 30_000;

export const quiet = { title: "Quiet", show };

function show(main, _given, signal) {
  const action = (text, does) => ({
    key: "ends",
    title: "",
    number: true,
    of: ({ id }) => mayChange() && button(text, () => does(id).then(load)),
  });
  const silences = part(
    "Silences",
    "No silence holds",
    "A silence keeps alerts of a kind, or about a host, from being told for a time.",
    {
      title: "Silences",
      names: "held cards",
      key: ({ id }) => id,
      dim: ({ until }) => until <= now(),
      columns: [
        { key: "which", title: "What is silenced", of: (row) => said(row, row.which) },
        { key: "until", title: "Until", value: ({ until }) => until, of: ({ until }) => when(until, "full") },
        { key: "who", title: "By", value: ({ who }) => who, of: ({ who }) => looks.name(who, 40) },
        { key: "since", title: "Since", value: ({ since }) => since, of: ({ since }) => when(since) },
        { key: "comment", title: "Why", of: ({ comment }) => looks.name(comment, 300) },
        action("Lift", change.lift),
      ],
    },
    "New silence …",
    () => change.silence().then((isDone) => isDone && load()),
  );
  const allowances = part(
    "Allowed",
    "Nothing is allowed here",
    "What is allowed is no longer told of. The policy may allow more (see Models).",
    {
      title: "Allowed",
      names: "held cards",
      key: ({ id }) => id,
      columns: [
        { key: "which", title: "What is allowed", of: (row) => said(row, row.entry) },
        { key: "who", title: "By", value: ({ who }) => who, of: ({ who }) => looks.name(who, 40) },
        { key: "since", title: "Since", value: ({ since }) => since, of: ({ since }) => when(since) },
        { key: "comment", title: "Why", of: ({ comment }) => looks.name(comment, 300) },
        action("Take back", change.disallow),
      ],
    },
    "Allow something …",
    () => change.allow().then((isDone) => isDone && load()),
  );
  const wrong = make("div", {});
  fill(
    main,
    make(
      "div",
      { class: "head" },
      make("h1", {}, "Quiet"),
      make("p", {}, "What nobody is told of. Alerts that are silenced are kept all the same."),
    ),
    wrong,
    make("div", { class: "stack" }, silences.element, allowances.element),
  );
  // What cannot be loaded keeps nobody from the other.
  const both = () => Promise.allSettled(["/silences", "/allowances"].map((path) => api.get(path, {}, signal)));
  const shown = ([held, allowed]) => {
    fill(wrong);
    if (held.value) silences.show(listed(held.value));
    if (allowed.value) allowances.show(listed(allowed.value));
    const error = held.reason ?? allowed.reason;
    if (error) trouble(wrong, error, load);
  };
  const load = loader(wrong, both, shown);
  events.on("change", calmly(load, 500, signal), signal);
  events.on("gap", load, signal);
  often(load, RENEWED_EVERY, signal);
  load();
  return { follow: load };
}

function part(title, none, hint, of, text, does) {
  const rows = table(of);
  const nothing = empty(none, hint);
  const scroll = make("div", { class: "scroll" }, rows.element);
  const element = card(title, { aside: mayChange() && button(text, does) }, nothing, scroll);
  const show = (given) => {
    rows.show(given);
    nothing.hidden = given.length > 0;
    scroll.hidden = given.length === 0;
  };
  return { element, show };
}

const WORDS = {
  what: "is",
  source: "from",
  target: "to",
  destination: "to",
  network: "with",
  at_least: "at least",
  at_most: "at most",
  rule: "by the rule",
  id: "alert",
  port: "port",
  protocol: "protocol",
  domain: "name",
  class: "class",
  note: "note",
};

// Those that can be read, and below them those that cannot, which somebody may want to be rid of.
const listed = ({ rows, unreadable = [] }) => [
  ...rows,
  ...unreadable.map((id) => ({ id, isUnread: true, who: "", comment: "" })),
];

const said = ({ id, isUnread }, all) =>
  isUnread ? make("strong", { class: "bad" }, `Number ${id} cannot be read, and does not hold`) : conditions(all);

// What has to hold, as words and values.
function conditions(all) {
  const said = Object.entries(all ?? {}).filter(
    ([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return make(
    "span",
    { class: "names" },
    said.map(([key, value]) =>
      make(
        "span",
        { class: "tag" },
        make("span", { class: "faint" }, `${WORDS[key] ?? key} `),
        looks.name(Array.isArray(value) ? value.join(", ") : value, 200),
      ),
    ),
  );
}
